// TensorFlow.js. The item table is a tensor that stays on the device; a request uploads 64 numbers and takes back the
// logits, or the best items where TensorFlow ranks.
import { Visitor, topK, withoutSeen } from './student.mjs';

const script = (name, file) =>
  new Promise((loaded, failed) => {
    const element = document.createElement('script');
    element.src = `/npm/@tensorflow/${name}/dist/${file}`;
    element.onload = loaded;
    element.onerror = () => failed(new Error(`${element.src} cannot be loaded`));
    document.head.append(element);
  });

export async function load(model, { backend, layout, topK: ranks, threads = 1 }) {
  await script('tfjs-core', 'tf-core.es2017.min.js');
  await script(`tfjs-backend-${backend}`, `tf-backend-${backend}.es2017.min.js`);
  const { tf } = globalThis;
  if (backend === 'wasm') {
    tf.wasm.setWasmPaths('/npm/@tensorflow/tfjs-backend-wasm/dist/');
    if (threads === 1) tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    else tf.wasm.setThreadsCount(threads);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} does not start`);
  await tf.ready();

  const { nItems, embDim, hiddenDim, hasDot, nBest } = model;
  const items = layout === 'items';
  const table = (values, width) => tf.tensor2d(values, items ? [nItems, width] : [width, nItems]);
  const itemHidden = table(model.itemHidden, hiddenDim);
  const itemEmb = hasDot ? table(model.itemEmb, embDim) : null;
  const column = (values) => tf.tensor2d(values, items ? [values.length, 1] : [1, values.length]);
  const product = (table, vector) => (items ? tf.matMul(table, vector) : tf.matMul(vector, table));
  const outputWeight = column(model.outputWeight);
  model.itemHidden = null;
  model.itemEmb = null;

  const visitor = new Visitor(model);
  const scores = () => {
    const hidden = tf.tensor2d(visitor.hidden, items ? [1, hiddenDim] : [hiddenDim, 1]);
    let logits = product(tf.relu(tf.add(itemHidden, hidden)), outputWeight);
    if (hasDot) logits = tf.add(logits, product(itemEmb, column(visitor.emb)));
    logits = tf.reshape(logits, [nItems]);
    return ranks ? tf.topk(logits, nBest, true).indices : logits;
  };
  const select = (values, { shelf, k }) => (ranks ? withoutSeen(values, shelf, k) : topK(values, shelf, k));
  const finish = (tensor, values, request) => {
    const answer = select(values, request);
    tensor.dispose();
    return answer;
  };
  return {
    recommend(request) {
      visitor.see(request.shelf);
      const out = tf.tidy(scores);
      // The wasm backend computes at once and shares its memory; the others have to be waited for.
      if (backend === 'wasm') return finish(out, out.dataSync(), request);
      return out.data().then((values) => finish(out, values, request));
    },
    items: (answer) => answer,
  };
}
