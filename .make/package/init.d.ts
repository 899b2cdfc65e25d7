/**
 * Starts the WebAssembly from elsewhere than its place beside this file: an address, a response, bytes or a module.
 * Call it before the first `Recommender.load`, which otherwise does this by itself.
 */
export function init(module?: string | URL | Response | BufferSource | WebAssembly.Module): Promise<void>;
