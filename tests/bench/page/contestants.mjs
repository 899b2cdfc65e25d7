// Who takes part. A contestant may have several variants, ways to say the same thing to a library; each is tried at each
// size and the fastest is the one that counts.

const TABLES = { needs: 'tables' };
const LAYOUTS = { items: '[n, 64]', transposed: '[64, n]' };

/** Both layouts of the item table, ranked by the library or in JavaScript. */
function variants(module, options, prefix = '') {
  return Object.entries(LAYOUTS).flatMap(([layout, shape]) =>
    [true, false].map((topK) => ({
      name: `${prefix}${shape}, top-k in ${topK ? 'the library' : 'JavaScript'}`,
      module,
      ...TABLES,
      options: { ...options, layout, topK },
    })),
  );
}

const ours = (engine) => [{ name: '', module: 'sharp-distill.mjs', needs: 'model', options: { engine } }];
const onnx = (build, threads, prefix) => variants('onnxruntime.mjs', { build, threads }, prefix);
const tensorflow = (backend, threads) => variants('tensorflow.mjs', { backend, threads });

/** `on` is where it computes; `ours` are the ones to beat. */
export const CONTESTANTS = [
  { id: 'ours-cpu', name: 'sharp-distill, CPU', on: 'cpu', ours: true, variants: ours('cpu') },
  { id: 'ours-webgpu', name: 'sharp-distill, WebGPU', on: 'gpu', ours: true, variants: ours('webgpu') },
  { id: 'plain', name: 'plain JavaScript', on: 'cpu', variants: [{ name: '', module: 'plain.mjs', ...TABLES, options: {} }] },
  { id: 'onnx-wasm', name: 'ONNX Runtime Web, wasm', on: 'cpu', variants: onnx('wasm', 1) },
  { id: 'onnx-wasm-2', name: 'ONNX Runtime Web, wasm, 2 threads', on: 'cpu', variants: onnx('wasm', 2) },
  {
    id: 'onnx-webgpu',
    name: 'ONNX Runtime Web, WebGPU',
    on: 'gpu',
    variants: [...onnx('webgpu', 1), ...onnx('jspi', 1, 'JSPI, ')],
  },
  { id: 'tf-wasm', name: 'TensorFlow.js, wasm', on: 'cpu', variants: tensorflow('wasm', 1) },
  { id: 'tf-wasm-2', name: 'TensorFlow.js, wasm, 2 threads', on: 'cpu', variants: tensorflow('wasm', 2) },
  { id: 'tf-webgl', name: 'TensorFlow.js, WebGL', on: 'gpu', variants: tensorflow('webgl') },
  { id: 'tf-webgpu', name: 'TensorFlow.js, WebGPU', on: 'gpu', variants: tensorflow('webgpu') },
];

/** Not a contestant: the least that any answer from WebGPU takes. */
export const EMPTY_SUBMIT = { name: 'an empty submit with readback', module: 'empty-submit.mjs', needs: 'nothing', options: {} };
