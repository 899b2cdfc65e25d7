// The page runs its own files and nothing else, asks nobody but its own server, and tells nobody where it was.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answered, like, reset } from './lib/actions.mjs';
import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';

let server;
let elsewhere;
before(async () => {
  server = await servePage();
  elsewhere = await servePage();
});
after(() => Promise.all([server.close(), elsewhere.close()]));

/** Remembers, in the page, what the browser refuses. */
const recordRefusals = () => {
  window.refusals = [];
  document.addEventListener('securitypolicyviolation', (event) => window.refusals.push(`${event.effectiveDirective} ${event.blockedURI}`));
};

async function withPage(use, options = {}) {
  const tab = await openPage({ url: `${server.url}/`, init: recordRefusals, ...options });
  try {
    await answered(tab);
    await use(tab);
  } finally {
    await tab.close();
  }
}

/** Every part of the page that changes, used once. */
async function useAll(tab) {
  const { page } = tab;
  await like(tab, 'casablanca');
  await page.getByTestId('recommendation').first().hover();
  await page.getByTestId('recommendation').nth(1).getByRole('button').first().click();
  await page.getByTestId('search').fill('alien');
  await page.getByTestId('search-result').first().waitFor();
  await page.getByTestId('search').press('Escape');
  await page.getByTestId('hypergraph').waitFor();
  await reset(tab);
}

test('the policy is strict, and nothing but the charset stands before it', async () => {
  const html = await (await fetch(`${server.url}/`)).text();
  const head = html.slice(html.indexOf('<head>') + 6);
  const [, before, content] = head.match(/^([\s\S]*?)<meta http-equiv="content-security-policy" content="([^"]*)"/) ?? assert.fail('there is no policy');
  assert.equal(before.trim(), '<meta charset="utf-8" />');
  const policy = new Map(content.split('; ').map((part) => [part.slice(0, part.indexOf(' ')), part.slice(part.indexOf(' ') + 1).split(' ')]));
  assert.deepEqual(policy.get('default-src'), ["'none'"]);
  for (const nothing of ['base-uri', 'form-action']) assert.deepEqual(policy.get(nothing), ["'none'"], nothing);
  assert.deepEqual(policy.get('img-src'), ["'self'", 'data:'], 'data: for the icon');
  const [scripts, ...rest] = ['script-src', 'style-src', 'connect-src', 'worker-src', 'manifest-src'].map((kind) => policy.get(kind));
  assert.deepEqual(scripts.slice(0, 2), ["'self'", "'wasm-unsafe-eval'"]);
  assert.equal(scripts.length, 3, 'one inline script, that of trunk');
  assert.match(scripts[2], /^'sha256-[\w+/]{43}='$/);
  for (const sources of rest) assert.deepEqual(sources, ["'self'"]);
  assert.doesNotMatch(content, /unsafe-inline|unsafe-eval(?<!wasm-unsafe-eval)|https?:|\*/);
});

test('every file but two is named after its contents, and index.html names only files that are there', async () => {
  const html = await (await fetch(`${server.url}/`)).text();
  const named = [...html.matchAll(/(?:href|src)="(?:\.\/)?([^"#]+)"/g)].map(([, file]) => file).filter((file) => !file.startsWith('data:'));
  assert.ok(named.length >= 8, String(named));
  for (const file of named) {
    assert.match(file, /-[0-9a-f]{16}(_bg)?\.\w+$/);
    const { status } = await fetch(`${server.url}/${file}`, { method: 'HEAD' });
    assert.equal(status, 200, file);
  }
});

test('all of the page works within its policy, and asks only its own server', () =>
  withPage(async (tab) => {
    await useAll(tab);
    assert.deepEqual(await tab.page.evaluate(() => window.refusals), []);
    assert.deepEqual(tab.problems(), []);
    assert.ok(tab.requests.length > 4);
    for (const { url, method } of tab.requestsSince(0)) assert.ok(method === 'GET' && url.startsWith(`${server.url}/`), `${method} ${url}`);
    const bars = await tab.page.getByTestId('recommendation').evaluateAll((rows) => rows.map((row) => getComputedStyle(row).getPropertyValue('--bar')));
    assert.ok(bars.length === 10 && bars.every((bar) => Number(bar) > 0), `styles are set, too: ${bars}`);
  }));

test('what somebody slips into the page is refused', () =>
  withPage(async (tab) => {
    const attempts = [
      ['an inline script', /script-src/, () => {
        const script = document.createElement('script');
        script.textContent = 'window.isHacked = true';
        document.body.append(script);
      }],
      ['a script in an attribute', /script-src/, () => {
        const image = document.createElement('div');
        image.innerHTML = '<img src="/nowhere.png" onerror="window.isHacked = true">';
        document.body.append(image);
      }],
      // Later, because what a test asks for may be evaluated.
      ['eval', /script-src/, () => setTimeout(() => (0, eval)('window.isHacked = true'))],
      ['a script from elsewhere', /script-src/, (url) => {
        const script = document.createElement('script');
        script.src = `${url}/tests/lib/server.mjs`;
        document.body.append(script);
      }],
      ['fetch', /connect-src/, (url) => fetch(`${url}/?shelf=secret`, { mode: 'no-cors' }).then(() => (window.isHacked = true), () => {})],
      ['a beacon', /connect-src/, (url) => navigator.sendBeacon(`${url}/`, 'secret')],
      ['an image', /img-src/, (url) => (new Image().src = `${url}/?shelf=secret`)],
      ['a style', /style-src/, () => document.body.setAttribute('style', 'color: red')],
      ['a frame', /frame-src/, (url) => {
        const frame = document.createElement('iframe');
        frame.src = url;
        document.body.append(frame);
      }],
      ['a form', /form-action/, (url) => {
        const form = document.createElement('form');
        form.action = url;
        document.body.append(form);
        form.submit();
      }],
    ];
    for (const [what, directive, attempt] of attempts) {
      await tab.page.evaluate(() => (window.refusals = []));
      await tab.page.evaluate(`(${attempt})(${JSON.stringify(elsewhere.url)})`);
      await tab.page.waitForFunction(() => window.refusals.length > 0, null, { timeout: 5000 }).catch(() => assert.fail(`${what} was not refused`));
      const refusals = await tab.page.evaluate(() => window.refusals);
      assert.match(refusals[0], directive, what);
    }
    assert.equal(await tab.page.evaluate(() => window.isHacked), undefined);
    assert.deepEqual(tab.requests.filter(({ url }) => url.startsWith(elsewhere.url) && !tab.failures.some((f) => f.url === url)), [], 'nothing got out');
  }));

test('the server that comes with the page forbids frames and guesses', async () => {
  const { headers } = await fetch(`${server.url}/`);
  assert.match(headers.get('content-security-policy'), /frame-ancestors 'none'/);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
  const other = await openPage({ url: `${elsewhere.url}/tests/library.html` });
  try {
    await other.page.evaluate((url) => {
      const frame = document.createElement('iframe');
      frame.src = url;
      document.body.append(frame);
    }, `${server.url}/`);
    await other.page.waitForTimeout(1500);
    const framed = other.page.frames().find((frame) => frame !== other.page.mainFrame());
    assert.equal(await framed.getByTestId('recommendation').count(), 0);
    assert.ok(other.console.some(({ text }) => /frame-ancestors/.test(text)), 'the browser says why');
  } finally {
    await other.close();
  }
});
