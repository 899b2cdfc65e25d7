// Faults of a GPU, made in the page. `openPage({ init: gpuFaults })` keeps hold of what the page does with WebGPU;
// `window.gpu` then says what goes wrong from now on. Nothing is wrong until a test says so.

/** Runs in the page before any of its scripts. Self-contained: it is sent to the browser as text. */
export function gpuFaults() {
  const gpu = {
    /** Devices that were opened, the newest last. */
    devices: [],
    /**
     * Readbacks of answers that are asked for and not there yet, and the most there were. The time stamps that the page
     * reads once, in idle time, are no answer.
     */
    nInFlight: 0,
    mostInFlight: 0,
    nReadbacks: 0,
    /** Milliseconds by which each readback is late. */
    delay: 0,
    /** A promise that readbacks wait for. */
    until: null,
    /** Readbacks never come. */
    hangs: false,
    /** The device goes away as soon as the next readback was asked for. */
    losesNext: false,
    /** Bytes that are read back are changed: (Uint32Array) => void. */
    corrupts: null,
    /** WGSL is changed: (text) => text. */
    rewrites: null,
    nRewritten: 0,
    /** What an error scope of the kind 'out-of-memory' reports. */
    outOfMemory: false,
    /** The browser has no adapter for now; or never says whether it has. */
    hasNoAdapter: false,
    adapterHangs: false,
  };
  window.gpu = gpu;
  if (!globalThis.GPU) return;
  const wrap = (type, name, make) => {
    type.prototype[name] = make(type.prototype[name]);
  };

  wrap(GPU, 'requestAdapter', (original) => function (...args) {
    if (gpu.adapterHangs) return new Promise(() => {});
    return gpu.hasNoAdapter ? Promise.resolve(null) : original.apply(this, args);
  });
  wrap(GPUAdapter, 'requestDevice', (original) => async function (...args) {
    const device = await original.apply(this, args);
    gpu.devices.push(device);
    return device;
  });
  wrap(GPUDevice, 'createShaderModule', (original) => function (descriptor) {
    const code = gpu.rewrites ? gpu.rewrites(descriptor.code) : descriptor.code;
    if (code !== descriptor.code) gpu.nRewritten += 1;
    return original.call(this, { ...descriptor, label: descriptor.label, code });
  });
  const scopes = new WeakMap();
  wrap(GPUDevice, 'pushErrorScope', (original) => function (filter) {
    if (!scopes.has(this)) scopes.set(this, []);
    scopes.get(this).push(filter);
    return original.call(this, filter);
  });
  wrap(GPUDevice, 'popErrorScope', (original) => async function () {
    const filter = scopes.get(this).pop();
    const error = await original.call(this);
    return gpu.outOfMemory && filter === 'out-of-memory' ? new GPUOutOfMemoryError('a simulated lack of memory') : error;
  });
  wrap(GPUBuffer, 'mapAsync', (original) => function (...args) {
    gpu.nReadbacks += 1;
    const n = this.label === 'time stamps' ? 0 : 1;
    gpu.nInFlight += n;
    gpu.mostInFlight = Math.max(gpu.mostInFlight, gpu.nInFlight);
    const landed = () => (gpu.nInFlight -= n);
    if (gpu.hangs) return new Promise(() => {});
    const { delay: late, until } = gpu;
    const mapped = original.apply(this, args);
    if (gpu.losesNext) {
      gpu.losesNext = false;
      gpu.devices.at(-1).destroy();
    }
    const done = mapped.then(() => until).then(() => late > 0 && new Promise((resolve) => setTimeout(resolve, late)));
    done.then(landed, landed);
    return done;
  });
  wrap(GPUBuffer, 'getMappedRange', (original) => function (...args) {
    const bytes = original.apply(this, args);
    if (gpu.corrupts) gpu.corrupts(new Uint32Array(bytes));
    return bytes;
  });
}
