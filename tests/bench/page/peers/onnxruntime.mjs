// ONNX Runtime Web. The item table is a constant of the session, so on WebGPU it is uploaded once; a request sends 64
// numbers and takes back the logits, or the best items where the graph ranks.
import { Visitor, topK, withoutSeen } from './student.mjs';

/** The published builds: without WebGPU, with it through Asyncify (the default), with it through JSPI. */
const BUILDS = { wasm: 'ort.wasm.bundle.min.mjs', webgpu: 'ort.webgpu.bundle.min.mjs', jspi: 'ort.jspi.bundle.min.mjs' };

export async function load(model, { build, layout, topK: ranks, threads = 1 }) {
  const ort = await import(`/npm/onnxruntime-web/dist/${BUILDS[build]}`);
  ort.env.wasm.wasmPaths = '/npm/onnxruntime-web/dist/';
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  const externalData = [{ path: 'item_hidden', data: new Uint8Array(model.itemHidden.buffer) }];
  if (model.hasDot) externalData.push({ path: 'item_emb', data: new Uint8Array(model.itemEmb.buffer) });
  const session = await ort.InferenceSession.create(model.onnx, {
    executionProviders: [build === 'wasm' ? 'wasm' : 'webgpu'],
    externalData,
  });
  // The session has its own copy; a page would not keep this one either.
  model.itemHidden = null;
  model.itemEmb = null;

  const visitor = new Visitor(model);
  const items = layout === 'items';
  const feeds = { a: new ort.Tensor('float32', visitor.hidden, items ? [1, model.hiddenDim] : [model.hiddenDim, 1]) };
  if (model.hasDot) feeds.z = new ort.Tensor('float32', visitor.emb, items ? [model.embDim, 1] : [1, model.embDim]);
  return {
    async recommend({ shelf, k }) {
      visitor.see(shelf);
      const out = await session.run(feeds);
      return ranks ? withoutSeen(out.best.data, shelf, k) : topK(out.logits.data, shelf, k);
    },
    items: (answer) => answer,
  };
}
