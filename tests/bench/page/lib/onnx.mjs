// The student's scoring as an ONNX model, written by hand: the few messages of ONNX's protobuf that it takes. The item
// table stays outside (`external_data`), as ONNX Runtime wants it for large models: nothing has to be parsed.

const FLOAT = 1;
const INT64 = 7;
const text = new TextEncoder();

function varint(value) {
  const bytes = [];
  let rest = BigInt(value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return bytes;
}

/** A message from its fields: `[number, value]`; numbers become varints, strings and bytes are length-delimited. */
function message(...fields) {
  const out = [];
  for (const [number, value] of fields) {
    if (typeof value === 'number') {
      out.push(...varint(number << 3), ...varint(value));
    } else {
      const bytes = typeof value === 'string' ? text.encode(value) : value;
      out.push(...varint((number << 3) | 2), ...varint(bytes.length));
      for (const byte of bytes) out.push(byte);
    }
  }
  return out;
}

const bytesOf = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const dims = (shape) => shape.map((size) => [1, size]);
const node = (type, inputs, outputs, ...attributes) =>
  message(...inputs.map((name) => [1, name]), ...outputs.map((name) => [2, name]), [4, type], ...attributes.map((a) => [5, a]));
const integer = (name, value) => message([1, name], [3, value], [20, 2]);
const tensor = (name, type, shape, values) => message(...dims(shape), [2, type], [8, name], [9, bytesOf(values)]);
const entry = (key, value) => message([1, key], [2, value]);
const external = (name, shape) => message(...dims(shape), [2, FLOAT], [8, name], [13, entry('location', name)], [14, 1]);
const value = (name, type, shape) =>
  message([1, name], [2, message([1, message([1, type], [2, message(...shape.map((size) => [1, message([1, size])]))])])]);

/**
 * `w2 . relu(a + C_i) [+ z . z_i]`, and the best `nBest` of all items if that is not 0.
 *
 * `layout` is `items` (`C` as `[n, h]`) or `transposed` (`[h, n]`). Inputs: `a`, with a dot head `z`; output: `logits`
 * or `best`. The tables `item_hidden` and `item_emb` are external, in that layout. `b2` moves all logits alike and is
 * left out.
 */
export function onnxModel({ nItems, embDim, hiddenDim, hasDot, outputWeight, layout, nBest }) {
  const items = layout === 'items';
  const table = (width) => (items ? [nItems, width] : [width, nItems]);
  const vector = (width) => (items ? [1, width] : [width, 1]);
  const column = (width) => (items ? [width, 1] : [1, width]);
  const scores = items ? [nItems, 1] : [1, nItems];
  const product = (table, vector, out) => node('MatMul', items ? [table, vector] : [vector, table], [out]);

  const nodes = [node('Add', ['item_hidden', 'a'], ['sum']), node('Relu', ['sum'], ['relu'])];
  const initializers = [external('item_hidden', table(hiddenDim)), tensor('w2', FLOAT, column(hiddenDim), outputWeight)];
  const inputs = [value('a', FLOAT, vector(hiddenDim))];
  if (hasDot) {
    nodes.push(product('relu', 'w2', 'mlp'), product('item_emb', 'z', 'dot'), node('Add', ['mlp', 'dot'], ['logits']));
    initializers.push(external('item_emb', table(embDim)));
    inputs.push(value('z', FLOAT, column(embDim)));
  } else {
    nodes.push(product('relu', 'w2', 'logits'));
  }
  if (nBest) {
    nodes.push(node('TopK', ['logits', 'k'], ['values', 'best'], integer('axis', items ? 0 : 1)));
    initializers.push(tensor('k', INT64, [1], new BigInt64Array([BigInt(nBest)])));
  }
  const output = nBest ? value('best', INT64, items ? [nBest, 1] : [1, nBest]) : value('logits', FLOAT, scores);
  const graph = message(
    ...nodes.map((node) => [1, node]),
    [2, 'student'],
    ...initializers.map((initializer) => [5, initializer]),
    ...inputs.map((input) => [11, input]),
    [12, output],
  );
  return new Uint8Array(message([1, 8], [7, graph], [8, message([1, ''], [2, 17])]));
}
