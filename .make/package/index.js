// The package's entry: `Recommender.load` starts the WebAssembly by itself. Nothing is fetched before that.
import start, { Recommender } from './sharp_distill.js';

const load = Recommender.load;

/**
 * Starts the WebAssembly, from its place beside this file or from what is given: an address, a Response, bytes, a
 * module. Only needed where it lies elsewhere; call it before the first `Recommender.load`.
 */
export async function init(module) {
  await start(module === undefined ? undefined : { module_or_path: module });
}

Recommender.load = async (model, options) => {
  await init();
  return load(model, options);
};

export { Recommender };
