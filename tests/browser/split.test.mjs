// The program comes in two parts (.make/split.mjs): the page answers with the first; explorer, tour and import come with
// the second, which is not asked for before. What the second does waits for it and says so; without it, the rest works.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { answered, like, reranked, reset } from './lib/actions.mjs';
import { openPage } from './lib/browser.mjs';
import { ROOT, servePage } from './lib/server.mjs';

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

const SECOND = /\/second-[0-9a-f]{16}\.wasm$/;
const TABS = ['map', 'propagation', 'why', 'comparison', 'race'];
const file = readdirSync(path.join(ROOT, 'dist')).find((name) => SECOND.test(`/${name}`));
const bytes = readFileSync(path.join(ROOT, 'dist', file));
const fixture = path.join(ROOT, 'tests/fixtures/history/imdb-ratings.csv');

/** An open page whose second part is held back until `release()`. */
async function opened(options = {}) {
  const tab = await openPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
  let release;
  const released = new Promise((resolve) => (release = resolve));
  await tab.page.route(SECOND, async (route) => {
    await released;
    await route.continue();
  });
  await tab.page.goto(`${server.url}/?engine=cpu`);
  await answered(tab);
  return { tab, page: tab.page, release };
}

/** What needs the first part alone, in every corner of it. */
async function usesFirst({ page, ...tab }, film) {
  await page.getByTestId('details-button').first().click();
  await page.getByTestId('details').first().waitFor();
  await page.getByTestId('details-button').first().click();
  await page.getByTestId('recommendation').nth(1).hover();
  await page.locator('.film-title').nth(4).click();
  await page.getByTestId('tune').click();
  await reranked({ page, ...tab }, () => page.getByRole('button', { name: 'Sci-Fi', exact: true }).click());
  await reranked({ page, ...tab }, () => page.getByRole('button', { name: 'Sci-Fi', exact: true }).click());
  await page.getByTestId('tune').click();
  await reset({ page, ...tab });
  await reranked({ page, ...tab }, () => page.getByTestId('undo').click());
  await like({ page, ...tab }, film);
  await reranked({ page, ...tab }, () => page.getByTestId('recommendation').nth(2).getByRole('button', { name: /seen/i }).click());
  await page.getByTestId('copy-link').click();
  await page.getByTestId('notice').filter({ hasText: /copied|address/i }).waitFor();
  for (const choice of await page.getByTestId('hypergraph').getByRole('button').all()) {
    if (await choice.isVisible()) await choice.click();
  }
  await page.keyboard.press('Escape');
}

test('the second part is asked for after the first answer, and once', async () => {
  const tab = await openPage();
  try {
    await tab.context.addInitScript(() => {
      window.asked = [];
      const { fetch } = window;
      window.fetch = (...args) => {
        const n = document.querySelectorAll('[data-testid=recommendation]').length;
        window.asked.push([String(args[0]), n]);
        return fetch(...args);
      };
    });
    await tab.page.goto(`${server.url}/`);
    await tab.page.getByTestId('tab-map').waitFor();
    const asked = (await tab.page.evaluate(() => window.asked)).filter(([url]) => url.includes('second'));
    assert.equal(asked.length, 1);
    assert.ok(asked[0][1] >= 10, 'the list was there before');
    assert.equal(tab.requests.filter(({ url }) => SECOND.test(url)).length, 1, 'nothing preloads it');
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('before it is there everything else works, and what waits for it says so', async () => {
  const { tab, page, release } = await opened();
  try {
    await tab.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const waits = (where) => page.locator(where).getByTestId('later').filter({ hasText: /Loading/ }).waitFor();
    await waits('[data-testid=explore]');
    await usesFirst(tab, 'alien');
    await page.getByTestId('tour-start').click();
    await waits('[data-testid=tour]');
    await page.getByTestId('tour-leave').click();
    await page.getByTestId('tour').waitFor({ state: 'detached' });
    await page.getByTestId('tour-start').click();
    await page.getByTestId('import').click();
    await waits('[data-testid=import-dialog]');
    assert.deepEqual(tab.problems(), []);

    release();
    await page.getByTestId('import-file').setInputFiles(fixture);
    await page.getByTestId('import-report').waitFor();
    await reranked(tab, () => page.getByTestId('import-add').click());
    await page.getByTestId('tour').filter({ hasText: 'Step 1 of' }).waitFor();
    await page.getByTestId('tour-leave').click();
    await usesFirst(tab, 'casablanca');
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('a file that is dropped before it is there is read once it is', async () => {
  const { tab, page, release } = await opened();
  try {
    await page.evaluate((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], 'ratings.csv', { type: 'text/csv' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    }, readFileSync(fixture, 'utf8'));
    await page.getByTestId('import-dialog').getByTestId('later').waitFor();
    release();
    await page.getByTestId('import-found').filter({ hasText: /From IMDb/ }).waitFor();
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('all of the second part can be used', async () => {
  const { tab, page, release } = await opened();
  try {
    release();
    for (const name of [...TABS, ...[...TABS].reverse()]) {
      await page.getByTestId(`tab-${name}`).click();
      await page.locator(`[data-testid=tab-${name}][aria-selected=true]`).waitFor();
      await page.locator('.explore-waits').waitFor({ state: 'detached' });
      const panel = page.getByTestId('explore-panel');
      for (const kind of ['button', 'input[type=range]', 'select']) {
        const count = Math.min(await panel.locator(kind).count(), 12);
        for (let i = 0; i < count; i++) {
          const control = panel.locator(kind).nth(i);
          if (!(await control.isVisible().catch(() => false)) || !(await control.isEnabled())) continue;
          if (kind === 'button') await control.click({ timeout: 5_000 });
          else await control.press('ArrowRight');
        }
      }
    }
    await usesFirst(tab, 'alien');
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

const foreign = () => {
  const copy = Buffer.from(bytes);
  const [key] = copy.toString('latin1').match(/[0-9a-f]{12}/);
  copy.write([...key].reverse().join(''), copy.indexOf(key));
  return copy;
};
for (const [what, answer, said] of [
  ['missing', { status: 404, body: 'nothing here' }, /404/],
  ['cut off', { body: bytes.subarray(0, bytes.length / 2) }, /damaged or of another version.*Load the page again/],
  ['of another build', { body: foreign() }, /damaged or of another version/],
]) {
  test(`a second part that is ${what} is told, with what to do, and the rest works`, async () => {
    const tab = await openPage({ viewport: { width: 1280, height: 800 } });
    const { page } = tab;
    try {
      await page.route(SECOND, (route) => route.fulfill({ contentType: 'application/wasm', ...answer }));
      await page.goto(`${server.url}/?engine=cpu`);
      await answered(tab);
      const told = page.getByTestId('explore').getByTestId('later').filter({ hasText: said });
      await told.waitFor();
      assert.match(await told.textContent(), /Load the page again/, 'the remedy is named');
      await usesFirst(tab, 'alien');
      await page.getByTestId('import').click();
      await page.getByTestId('import-dialog').getByTestId('later').filter({ hasText: said }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByTestId('import-dialog').waitFor({ state: 'hidden' });
      await page.getByTestId('tour-start').click();
      await page.getByTestId('tour').getByTestId('later').filter({ hasText: said }).waitFor();
      await page.getByTestId('tour-leave').click();
      await page.getByTestId('tour').waitFor({ state: 'detached' });
      assert.deepEqual(tab.errors, [], 'no exception');
    } finally {
      await tab.close();
    }
  });
}
