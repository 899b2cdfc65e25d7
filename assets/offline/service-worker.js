// Keeps one version of the page on the visitor's device and answers from it, so that the page opens without a network.
//
// .make/finish.mjs writes the two constants. A version is taken as a whole or not at all: every file must have the
// checksum that the build wrote here, else nothing of it is kept and the version before goes on. All names but that of
// the page itself follow from the contents, so a page finds its own files whatever version the worker has; that is why
// a new worker need not wait for old pages to be closed.
//
// It asks for the page's own files and for nothing else; what is not among them it leaves alone.
const FILES = {};
const VERSION = '';

const HOME = registration.scope;
const OURS = `sharp-distill ${HOME} `;
const CACHE = OURS + VERSION;
const ANY = { ignoreSearch: true, ignoreVary: true };

/** Names of our caches, the oldest first. Other pages of this origin have caches, too. */
const versions = async () => (await caches.keys()).filter((name) => name.startsWith(OURS));

/** A file of any version that is here. */
async function kept(url) {
  for (const cacheName of (await versions()).reverse()) {
    const response = await caches.match(url, { cacheName, ...ANY });
    if (response) return response;
  }
}

/** A file with the right contents, from the browser's cache if it is there, else from the server. */
async function fetched(url, integrity) {
  for (const cache of [url === HOME ? 'no-cache' : 'default', 'reload']) {
    const response = await fetch(url, { cache, integrity }).catch(() => null);
    // Without the mark of a redirection, which a page that is opened may not carry.
    if (response?.ok) return new Response(response.body, { headers: response.headers });
  }
  throw new Error(`${url} is missing or of another version`);
}

async function take() {
  const cache = await caches.open(CACHE);
  try {
    const files = Object.entries(FILES).map(([file, integrity]) => [new URL(file, HOME).href, integrity]);
    await Promise.all(files.map(async ([url, integrity]) => {
      if (!(await cache.match(url, ANY))) await cache.put(url, (url !== HOME && (await kept(url))) || (await fetched(url, integrity)));
    }));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
  await skipWaiting();
}

/** Removes old versions but the last one, of which a page may still be loading. */
async function tidy() {
  const old = (await versions()).filter((name) => name !== CACHE);
  await Promise.all(old.slice(0, -1).map((name) => caches.delete(name)));
  await clients.claim();
}

async function page(request) {
  return (await caches.match(HOME, { cacheName: CACHE, ...ANY })) ?? fetch(request);
}

addEventListener('install', (event) => event.waitUntil(take()));
addEventListener('activate', (event) => event.waitUntil(tidy()));
addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(HOME)) return;
  const [file] = request.url.slice(HOME.length).split(/[?#]/);
  if (request.mode === 'navigate') {
    if (file === '' || file === 'index.html') event.respondWith(page(request));
  } else if (/^[\w-]+-[0-9a-f]{16}(_bg)?\.\w+$/.test(file)) {
    event.respondWith(kept(request.url).then((response) => response ?? fetch(request)));
  }
});
