// After one visit the page opens without a network; a new version comes as a whole or not at all.
import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { answered, ids, like, loaded, searchFor } from './lib/actions.mjs';
import { openPage } from './lib/browser.mjs';
import { copyOfPage, edit, find, rebuild, remove } from './lib/builds.mjs';
import { ROOT } from './lib/server.mjs';
import { serve } from '../../.make/serve.mjs';

const OLD_TITLE = 'Casablanca';
const NEW_TITLE = 'Casablancb';
const cleanUps = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A server of `folder` at `prefix` that remembers what it was asked for. */
async function site({ folder, prefix = '/' } = {}) {
  const requests = [];
  const onRequest = ({ method, url, headers }) => requests.push({ method, url, isOfWorker: headers['sec-fetch-dest'] === 'serviceworker' });
  const server = await serve({ [prefix]: folder ?? path.join(ROOT, 'dist') }, { onRequest });
  cleanUps.push(() => server.close());
  return { requests, address: server.url + prefix, close: server.close };
}

async function copy() {
  const folder = await copyOfPage();
  cleanUps.push(() => remove(folder));
  return folder;
}

async function visit(url, options = {}) {
  const tab = await openPage({ url, offline: true, ...options });
  cleanUps.push(() => tab.close());
  await answered(tab);
  return tab;
}

/** A first visit, until the page is on the device. */
async function firstVisit(url, options) {
  const tab = await visit(url, options);
  await tab.page.getByTestId('works-offline').waitFor();
  return tab;
}

const asset = (tab, what) => tab.page.locator(`link[data-asset=${what}]`).getAttribute('href');
const titleOf = async (tab) => {
  await searchFor(tab, 'casablanc');
  return tab.page.getByTestId('search-result').first().textContent();
};
const cacheNames = (tab) => tab.page.evaluate(() => caches.keys());
const nWorkers = (tab) => tab.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);

async function until(condition) {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `in vain: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Another model and another catalogue. */
const newModel = (folder) =>
  rebuild(folder, async (file) => {
    await edit(file('catalogue.json'), `"${OLD_TITLE}"`, `"${NEW_TITLE}"`);
    await edit(file('model.safetensors'), 'native-trainer', 'native-Trainer');
  });

/** Resolves to whether the browser's attempt to take a new version has ended, well or not, within a while. */
const attemptEnded = (tab) =>
  tab.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration.update();
    const worker = registration.installing;
    if (!worker) return registration.active.state;
    return new Promise((resolve) => worker.addEventListener('statechange', () => worker.state !== 'installed' && resolve(worker.state)));
  });

async function cutOff(tab, server) {
  await server.close();
  await tab.context.setOffline(true);
}

for (const prefix of ['/', '/some/path/']) {
  test(`after one visit the page at ${prefix} opens without a network`, async () => {
    const server = await site({ prefix });
    const tab = await firstVisit(server.address);
    const online = await ids(tab);
    for (const { method, url } of server.requests) {
      assert.equal(method, 'GET');
      assert.match(url, new RegExp(`^${prefix}(service-worker\\.js|[\\w-]+-[0-9a-f]{16}(_bg)?\\.\\w+)?$`), 'only the page’s own files, without a query');
    }
    assert.equal(await tab.page.evaluate(async () => (await navigator.serviceWorker.ready).scope), server.address);

    await cutOff(tab, server);
    await tab.page.reload();
    await loaded(tab);
    assert.deepEqual(await ids(tab), online);
    await like(tab, 'alien');
    assert.notDeepEqual(await ids(tab), online);
    for (const address of ['?engine=cpu', 'index.html']) {
      await tab.page.goto(server.address + address);
      await loaded(tab);
      await tab.page.getByTestId('tab-map').waitFor();
    }
    assert.deepEqual(tab.problems(), []);
    assert.match(await tab.page.getByTestId('latency').textContent(), /\d/);
  });
}

test('the page is stored after its first answer, from what the browser has already', async () => {
  const server = await site();
  const tab = await firstVisit(server.address, {
    init: () => {
      const { register } = ServiceWorkerContainer.prototype;
      ServiceWorkerContainer.prototype.register = function (...args) {
        window.nAnswersBefore = document.querySelectorAll('[data-testid=recommendation]').length;
        return register.apply(this, args);
      };
    },
  });
  assert.equal(await tab.page.evaluate(() => window.nAnswersBefore), 10);
  const asked = (part) => server.requests.filter(({ url }) => url.includes(part)).length;
  for (const part of ['model-', 'catalogue-', '_bg.wasm', '.css']) assert.equal(asked(part), 1, `${part} is asked for once`);
  assert.equal(asked('.png'), 0, 'icons are for those who install');
});

test('a new version comes as a whole, with the reload after it is stored', async () => {
  const folder = await copy();
  const server = await site({ folder });
  const tab = await firstVisit(server.address);
  const oldModel = await asset(tab, 'model');
  await newModel(folder);
  const newest = path.basename(await find(folder, 'model-'));
  assert.notEqual(newest, oldModel);

  server.requests.length = 0;
  await tab.page.evaluate(async () => void (await navigator.serviceWorker.getRegistration()).update());
  await tab.page.getByTestId('new-version').waitFor();
  assert.equal(await tab.page.getByTestId('works-offline').isVisible(), false);
  assert.match(await titleOf(tab), new RegExp(OLD_TITLE), 'the open page stays as it is');
  assert.ok(server.requests.some(({ url }) => url.includes(newest)));
  assert.ok(!server.requests.some(({ url }) => url.endsWith('.wasm')), 'what has not changed is not fetched again');

  await cutOff(tab, server);
  await tab.page.reload();
  await answered(tab);
  assert.equal(await asset(tab, 'model'), newest);
  assert.match(await titleOf(tab), new RegExp(NEW_TITLE));
  assert.deepEqual(tab.problems(), []);
});

test('a visitor who comes back gets the version before, and the new one next time', async () => {
  const folder = await copy();
  const server = await site({ folder });
  const tab = await firstVisit(server.address);
  await newModel(folder);
  await tab.page.reload();
  await answered(tab);
  assert.match(await titleOf(tab), new RegExp(OLD_TITLE), 'old page, old films');
  // By itself: nobody calls update().
  await tab.page.getByTestId('new-version').waitFor();
  await tab.page.reload();
  await answered(tab);
  assert.match(await titleOf(tab), new RegExp(NEW_TITLE));
  // A third version: the first one goes.
  const before = await cacheNames(tab);
  assert.equal(before.length, 2);
  await rebuild(folder, (file) => edit(file('catalogue.json'), `"${NEW_TITLE}"`, `"Casablancc"`));
  assert.match(await attemptEnded(tab), /activat/);
  await until(async () => !(await cacheNames(tab)).includes(before[0]));
  assert.equal((await cacheNames(tab)).length, 2);
});

const halves = {
  'the model’s old bytes under its new name': async (folder, old) => cp(await find(old, 'model-'), await find(folder, 'model-')),
  'the old page with the new worker': (folder, old) => cp(path.join(old, 'index.html'), path.join(folder, 'index.html')),
  'a file that has not arrived': async (folder) => remove(await find(folder, 'catalogue-')),
};
for (const [what, damage] of Object.entries(halves)) {
  test(`half a new version is refused: ${what}`, async () => {
    const [folder, old, whole] = [await copy(), await copy(), await copy()];
    const server = await site({ folder });
    const tab = await firstVisit(server.address);
    const before = await cacheNames(tab);
    await newModel(folder);
    await remove(whole);
    await cp(folder, whole, { recursive: true });
    await damage(folder, old);
    assert.equal(await attemptEnded(tab), 'redundant');
    assert.deepEqual(await cacheNames(tab), before, 'nothing of it is kept');
    await tab.page.reload();
    await answered(tab);
    assert.match(await titleOf(tab), new RegExp(OLD_TITLE));

    // The rest arrives.
    await cp(whole, folder, { recursive: true });
    assert.match(await attemptEnded(tab), /activat/);
    await cutOff(tab, server);
    await tab.page.reload();
    await answered(tab);
    assert.match(await titleOf(tab), new RegExp(NEW_TITLE));
  });
}

test('all of it can be removed, and nothing that belongs to others', async () => {
  const server = await site();
  const tab = await firstVisit(server.address);
  await tab.page.evaluate(() => caches.open('of another page'));
  assert.equal((await cacheNames(tab)).length, 2);
  await tab.page.getByTestId('forget').click();
  await until(async () => (await nWorkers(tab)) === 0);
  await until(async () => (await cacheNames(tab)).length === 1);
  assert.deepEqual(await cacheNames(tab), ['of another page']);
  assert.equal(await tab.page.getByTestId('works-offline').isVisible(), false);
  await cutOff(tab, server);
  await assert.rejects(tab.page.reload(), /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED/);
});

test('where there can be no service worker the page is as it was', async () => {
  const server = await site();
  const insecure = server.address.replace('127.0.0.1', 'films.test');
  for (const [url, options] of [
    [insecure, { args: ['--host-resolver-rules=MAP films.test 127.0.0.1'] }],
    [server.address, { offline: false }],
    [server.address, { init: () => delete Navigator.prototype.serviceWorker }],
  ]) {
    const tab = await visit(url, options);
    assert.equal(await tab.page.evaluate(() => window.offline.ready()), false);
    assert.equal(await tab.page.getByTestId('works-offline').isVisible(), false);
    await tab.page.evaluate(() => window.offline.forget());
    assert.deepEqual(tab.problems(), []);
  }
});

test('without the script that registers the worker the page is as it was', async () => {
  const server = await site();
  const tab = await openPage({ offline: true });
  cleanUps.push(() => tab.close());
  await tab.page.route('**/offline-*.js', (route) => route.abort());
  await tab.page.goto(server.address);
  await answered(tab);
  // Without a limit this may never come: Chromium on a busy machine takes some pages as never idle.
  await tab.page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve, { timeout: 1000 })));
  await like(tab, 'alien');
  assert.equal(await nWorkers(tab), 0);
  const others = tab.problems().filter((problem) => !/offline-|ERR_FAILED/.test(problem));
  assert.deepEqual(others, []);
});

test('other addresses are left to the server', async () => {
  const folder = await copy();
  await cp(path.join(ROOT, 'LICENSE'), path.join(folder, 'LICENSE.txt'));
  const server = await site({ folder });
  const tab = await firstVisit(server.address);
  await tab.page.reload();
  await answered(tab);
  server.requests.length = 0;
  const fetched = await tab.page.evaluate(async () => (await fetch('LICENSE.txt?a=b')).status);
  assert.equal(fetched, 200);
  assert.deepEqual(server.requests.map(({ url }) => url), ['/LICENSE.txt?a=b']);
  await tab.page.goto(`${server.address}LICENSE.txt`);
  assert.match(await tab.page.locator('body').textContent(), /Apache/);
});

test('`trunk serve` leaves neither a policy nor a worker, and removes one from before', async () => {
  const folder = await copy();
  const server = await site({ folder });
  const tab = await firstVisit(server.address);
  await rebuild(folder, (file) => edit(file('index.html'), '</body>', '<script>// {{__TRUNK_ADDRESS__}}\n</script></body>'));
  const html = await readFile(path.join(folder, 'index.html'), 'utf8');
  assert.doesNotMatch(html, /content-security-policy|offline/);
  await attemptEnded(tab);
  await until(async () => (await nWorkers(tab)) === 0);
  assert.deepEqual(await cacheNames(tab), []);
});

test('the page can be installed: manifest and icons', async () => {
  const server = await site({ prefix: '/some/path/' });
  const tab = await visit(server.address, { offline: false });
  const session = await tab.context.newCDPSession(tab.page);
  const { url, errors, data } = await session.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data);
  for (const key of ['name', 'short_name', 'description']) assert.ok(manifest[key].length > 5, key);
  assert.equal(manifest.display, 'standalone');
  assert.equal(new URL(manifest.start_url, url).href, server.address);
  assert.equal(new URL(manifest.scope, url).href, server.address);
  const kinds = manifest.icons.map(({ sizes, purpose = 'any' }) => `${purpose} ${sizes}`);
  assert.deepEqual(kinds.sort(), ['any 192x192', 'any 512x512', 'maskable 192x192', 'maskable 512x512']);
  for (const { src, sizes, type } of manifest.icons) {
    assert.match(src, /-[0-9a-f]{16}\.png$/);
    const [status, kind, size] = await tab.page.evaluate(async (address) => {
      const response = await fetch(address);
      const { width, height } = await createImageBitmap(await response.blob());
      return [response.status, response.headers.get('content-type'), `${width}x${height}`];
    }, new URL(src, url).href);
    assert.deepEqual([status, kind, size], [200, type, sizes], src);
  }
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'), []);
  assert.deepEqual(tab.problems(), []);
});
