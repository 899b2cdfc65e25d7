// The page's side of service-worker.js, for src/page/offline.rs. Without service workers (an origin that is not secure,
// a visitor who forbids them, an old browser) all of it does nothing.
const { serviceWorker } = navigator;
let isControlled = Boolean(serviceWorker?.controller);
let isReady;

const renewed = new Promise((resolve) => {
  serviceWorker?.addEventListener('controllerchange', () => {
    if (isControlled) resolve();
    isControlled = true;
  });
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
  return worker ? lives(worker) : false;
}

globalThis.offline = {
  /** Keeps the page on this device, from the first call on. Resolves to whether it will open without a network. */
  ready: () => (isReady ??= register().catch(() => false)),

  /** Resolves when a newer version has been stored, which the next load of the page shows. */
  renewed: () => renewed,

  /** Removes the worker and everything it has stored. The next visit begins anew. */
  async forget() {
    const home = new URL('.', document.baseURI).href;
    const registration = await serviceWorker?.getRegistration();
    if (registration?.scope === home) await registration.unregister();
    const names = (await globalThis.caches?.keys()) ?? [];
    await Promise.all(names.filter((name) => name.startsWith(`sharp-distill ${home} `)).map((name) => caches.delete(name)));
  },
};
