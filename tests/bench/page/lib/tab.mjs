// Runs in the tab of one contestant: fetches the tables, starts the contestant cold, times it when run.mjs says so.
import { onnxModel } from './onnx.mjs';

/** A sample shorter than this would be mostly clock: then several requests make one sample. */
const SHORTEST_SAMPLE_MS = 0.5;
/** No shelf is larger; who ranks before dropping what was seen takes so many more. */
const LARGEST_SHELF = 12;
/** Faster than this: a turn begins with a request that does not count, to warm what other tabs have cooled. */
const WARM_UP_BELOW_MS = 100;
const K = 10;

const fetched = async (address) => {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response;
};
const bytes = async (address) => new Uint8Array(await (await fetched(address)).arrayBuffer());
const floats = async (address) => new Float32Array(await (await fetched(address)).arrayBuffer());

/** `[n, width]` as `[width, n]`. */
function transpose(rows, width) {
  const n = rows.length / width;
  const out = new Float32Array(rows.length);
  for (let i = 0; i < n; i += 1) for (let j = 0; j < width; j += 1) out[j * n + i] = rows[i * width + j];
  return out;
}

let contestant;
let requests;
let at = 0;
let batch = 1;
let recent = Infinity;

const answer = async (index) => {
  const answered = contestant.recommend(requests[index % requests.length]);
  return answered instanceof Promise ? await answered : answered;
};

/** Fetch what `needs` (`model` or `tables`) says and start from nothing; resolves to the milliseconds to the first answer. */
async function cold({ folder, module, needs, options }) {
  const model = await (await fetched(`${folder}/model.json`)).json();
  const ids = (await (await fetched(`${folder}/ids.txt`)).text()).split('\n');
  model.k = K;
  model.nBest = K + LARGEST_SHELF;
  if (needs === 'model') {
    model.bytes = await bytes(`${folder}/model.safetensors`);
    model.itemIdxOf = new Map(ids.map((id, index) => [id, index]));
  } else if (needs === 'tables') {
    const named = { itemHidden: 'item_hidden', itemEmb: 'item_emb', itemXw: 'item_xw', itemInvSqrtDegree: 'item_inv_sqrt_degree' };
    Object.assign(named, { userWeight: 'user_weight', outputWeight: 'output_weight' });
    for (const [key, name] of Object.entries(named)) model[key] = await floats(`${folder}/${name}.f32`);
    if (options.layout === 'transposed') {
      model.itemHidden = transpose(model.itemHidden, model.hiddenDim);
      if (model.hasDot) model.itemEmb = transpose(model.itemEmb, model.embDim);
    }
    if (module === 'onnxruntime.mjs') model.onnx = onnxModel({ ...model, layout: options.layout, nBest: options.topK ? model.nBest : 0 });
  }
  requests = model.shelves.map((shelf) => ({ shelf, liked: shelf.map((item) => ids[item]), k: K }));

  const began = performance.now();
  const { load } = await import(`/peers/${module}`);
  contestant = await load(model, options);
  await answer(0);
  return performance.now() - began;
}

/** The answers to all requests, or to as many as fit into `budgetMs`; at least three. */
async function check(budgetMs) {
  const began = performance.now();
  const answers = [];
  for (let index = 0; index < requests.length; index += 1) {
    answers.push(contestant.items(await answer(index)));
    if (answers.length >= 3 && performance.now() - began > budgetMs) break;
  }
  return answers;
}

/** Milliseconds a request, as many samples as fit into `budgetMs`, at least one; and the last answer. */
async function slice(budgetMs, mostSamples) {
  const samples = [];
  let last;
  if (recent < WARM_UP_BELOW_MS) await answer(at);
  const began = performance.now();
  while (samples.length < mostSamples && (samples.length === 0 || performance.now() - began < budgetMs)) {
    const sampleBegan = performance.now();
    for (let repeat = 0; repeat < batch; repeat += 1) {
      last = await answer(at);
      at += 1;
    }
    const took = performance.now() - sampleBegan;
    if (took < SHORTEST_SAMPLE_MS) {
      batch *= 2;
    } else {
      recent = took / batch;
      samples.push(recent);
    }
  }
  return { samples, batch, request: (at - 1) % requests.length, items: contestant.items(last) };
}

/** What this browser computes on. */
async function machine() {
  const adapter = await navigator.gpu?.requestAdapter();
  const { vendor, architecture, device, description } = adapter?.info ?? {};
  const gl = document.createElement('canvas').getContext('webgl2');
  const unmasked = gl?.getExtension('WEBGL_debug_renderer_info');
  return {
    webgpu: adapter ? [...new Set([vendor, architecture, device, description])].filter(Boolean).join(', ') : 'no adapter',
    webgl: gl ? gl.getParameter(unmasked ? unmasked.UNMASKED_RENDERER_WEBGL : gl.RENDERER) : 'none',
    isolated: globalThis.crossOriginIsolated,
  };
}

globalThis.bench = { cold, check, slice, machine };
