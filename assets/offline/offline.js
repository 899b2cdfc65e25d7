// The page's side of service-worker.js, for src/page/offline.rs. Without service workers (an origin that is not secure,
// a visitor who forbids them, an old browser) all of it does nothing. <html data-offline> is `ready` when the page will
// open without a network, and `renewed` when the next load shows a newer version.
const { serviceWorker } = navigator;
const { dataset } = document.documentElement;
let isControlled = Boolean(serviceWorker?.controller);
let isReady;

serviceWorker?.addEventListener('controllerchange', () => {
  if (isControlled) dataset.offline = 'renewed';
  isControlled = true;
});

/** Whether this worker comes into its own; it does not where a file is missing or of another version. */
const lives = (worker) =>
  new Promise((resolve) => {
    const look = () => {
      if (worker.state === 'activated') resolve(true);
      if (worker.state === 'redundant') resolve(false);
    };
    worker.addEventListener('statechange', look);
    look();
  });

async function register() {
  const registration = await serviceWorker?.register('service-worker.js', { updateViaCache: 'none' });
  const worker = registration?.active ?? registration?.waiting ?? registration?.installing;
  if (!worker || !(await lives(worker))) return false;
  dataset.offline ??= 'ready';
  return true;
}

globalThis.offline = {
  /** Keeps the page on this device, from the first call on. Resolves to whether it will open without a network. */
  ready: () => (isReady ??= register().catch(() => false)),

  /** Removes the worker and everything it has stored. The next visit begins anew. */
  async forget() {
    delete dataset.offline;
    const home = new URL('.', document.baseURI).href;
    const registration = await serviceWorker?.getRegistration();
    if (registration?.scope === home) await registration.unregister();
    const names = (await globalThis.caches?.keys()) ?? [];
    await Promise.all(names.filter((name) => name.startsWith(`sharp-distill ${home} `)).map((name) => caches.delete(name)));
  },
};
