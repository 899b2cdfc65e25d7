// For everyone: no violation that axe-core can find, a focus that can always be seen, from 320 pixels to 4K, light and
// dark, without motion, with titles from right to left, and nothing that jumps while the page loads.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { answered, ids, like, reranked, searchFor } from './lib/actions.mjs';
import { violations } from './lib/axe.mjs';
import { openPage } from './lib/browser.mjs';
import { ROOT, servePage } from './lib/server.mjs';

const IMDB = path.join(ROOT, 'tests/fixtures/history/imdb-ratings.csv');

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

for (const [width, colorScheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light'], [320, 'dark']]) {
  test(`axe-core finds nothing at ${width} pixels, ${colorScheme}`, async () => {
    const tab = await openPage({
      url: `${server.url}/?engine=cpu`,
      viewport: { width, height: 900 },
      colorScheme,
      // A row that fades in has no contrast yet.
      reducedMotion: 'reduce',
    });
    const { page } = tab;
    try {
      await answered(tab);
      assert.deepEqual(await violations(tab), [], 'as it opens');
      await page.getByTestId('tune').click();
      await page.getByTestId('diversity').fill('50');
      await page.getByTestId('details-button').first().click();
      await page.getByTestId('pulls').waitFor();
      await page.getByTestId('copy-link').click();
      assert.deepEqual(await violations(tab), [], 'settings, details and a notice');
      await searchFor(tab, 'matrix');
      assert.deepEqual(await violations(tab), [], 'search');
      await page.keyboard.press('Escape');
      await page.getByTestId('reset').click();
      await page.getByRole('button', { name: 'IMAX' }).click();
      await page.locator('.years select').nth(1).selectOption('1939');
      await page.getByTestId('nothing-fits').waitFor();
      assert.deepEqual(await violations(tab), [], 'an empty shelf and nothing that fits');
      await page.getByTestId('import').click();
      assert.deepEqual(await violations(tab), [], 'the dialog');
      await page.getByTestId('import-file').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') });
      await page.getByTestId('import-error').waitFor();
      assert.deepEqual(await violations(tab), [], 'a refused file');
      await page.getByTestId('import-file').setInputFiles(IMDB);
      await page.getByTestId('import-report').waitFor();
      for (const list of ['import-matched', 'import-unmatched']) {
        if (await page.getByTestId(list).isVisible()) await page.getByTestId(list).locator('summary').click();
      }
      await page.getByTestId('import-matched').getByRole('button', { name: 'Change' }).first().click();
      assert.deepEqual(await violations(tab), [], 'a report');
      assert.deepEqual(tab.problems(), []);
    } finally {
      await tab.close();
    }
  });
}

test('nothing is cut off from 320 pixels to 4K', async () => {
  const tab = await openPage({ url: `${server.url}/?engine=cpu` });
  try {
    await answered(tab);
    await tab.page.getByTestId('tune').click();
    await tab.page.getByTestId('details-button').first().click();
    for (const width of [320, 390, 768, 1024, 1920, 3840]) {
      await tab.page.setViewportSize({ width, height: 1000 });
      await tab.page.waitForTimeout(100);
      const wide = await tab.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} pixels in a window of ${width}`);
      await tab.screenshot(`width-${width}`);
    }
  } finally {
    await tab.close();
  }
});

test('every stop of the keyboard can be seen, and there is a way through the page', async () => {
  const tab = await openPage({ url: `${server.url}/?engine=cpu` });
  const { page } = tab;
  try {
    await answered(tab);
    await page.getByTestId('tune').click();
    const seen = new Set();
    let stops = 0;
    // Once around: from the button that was pressed to the end, and from the beginning.
    for (let rounds = 0; stops < 250; stops += 1) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const styles = getComputedStyle(element);
        const isVisible = (styles.outlineStyle !== 'none' && parseFloat(styles.outlineWidth) >= 2) || styles.boxShadow !== 'none';
        const { top, bottom } = element.getBoundingClientRect();
        return { isVisible, onScreen: bottom > 0 && top < innerHeight, html: element.outerHTML.slice(0, 160), hook: element.dataset.testid };
      });
      if (!stop && ++rounds === 2) break;
      if (!stop) continue;
      assert.ok(stop.isVisible, `no visible focus: ${stop.html}`);
      assert.ok(stop.onScreen, `focus out of sight: ${stop.html}`);
      if (stop.hook) seen.add(stop.hook);
    }
    assert.ok(stops > 40 && stops < 250, `${stops} stops`);
    for (const hook of ['search', 'reset', 'import', 'copy-link', 'save-file', 'forget', 'tune', 'novelty', 'diversity', 'details-button', 'more']) {
      assert.ok(seen.has(hook), `no way to ${hook} with Tab`);
    }
  } finally {
    await tab.close();
  }
});

test('with reduced motion nothing moves', async () => {
  for (const [reducedMotion, moves] of [['reduce', false], ['no-preference', true]]) {
    const tab = await openPage({ url: `${server.url}/?engine=cpu`, reducedMotion });
    try {
      await answered(tab);
      await tab.page.evaluate(() => {
        globalThis.moved = 0;
        for (const event of ['animationstart', 'transitionrun']) {
          document.addEventListener(event, ({ propertyName }) => (globalThis.moved += ['background-color', 'color', 'border-color'].includes(propertyName) ? 0 : 1));
        }
      });
      await like(tab, 'alien');
      await tab.page.waitForTimeout(400);
      const moved = await tab.page.evaluate(() => globalThis.moved);
      assert.equal(moved > 0, moves, `${moved} animations with ${reducedMotion}`);
    } finally {
      await tab.close();
    }
  }
});

test('a title from right to left reads from right to left, and leaves the rest as it is', async () => {
  const title = 'הסיפור שאינו נגמר';
  const tab = await openPage();
  try {
    await tab.page.route('**/catalogue-*.json', async (route) => {
      const response = await route.fetch();
      const catalogue = await response.json();
      for (const item of catalogue.items) item.title = `${title} ${item.id}`;
      await route.fulfill({ response, json: catalogue });
    });
    await tab.page.goto(`${server.url}/?engine=cpu`);
    await answered(tab);
    const first = tab.page.getByTestId('recommendation').first();
    const button = first.getByRole('button', { name: new RegExp(title) }).first();
    assert.equal(await button.evaluate((element) => getComputedStyle(element).direction), 'rtl');
    assert.equal(await first.evaluate((element) => getComputedStyle(element).direction), 'ltr');
    await searchFor(tab, title);
    const found = tab.page.getByTestId('search-result').first().locator('[dir=auto]');
    assert.equal(await found.evaluate((element) => getComputedStyle(element).direction), 'rtl');
  } finally {
    await tab.close();
  }
});

for (const width of [1280, 390]) {
  test(`nothing jumps while the page loads, at ${width} pixels`, async () => {
    const tab = await openPage({
      viewport: { width, height: 800 },
      init: () => {
        globalThis.shifts = [];
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifts.push(entry.value);
        }).observe({ type: 'layout-shift', buffered: true });
      },
    });
    try {
      await tab.page.goto(`${server.url}/`);
      await answered(tab);
      await tab.page.waitForTimeout(1500);
      const shift = await tab.page.evaluate(() => globalThis.shifts.reduce((sum, value) => sum + value, 0));
      // 0.1 is called good; what is left here is the skeleton giving way to the page.
      assert.ok(shift < 0.1, `a cumulative layout shift of ${shift}`);
    } finally {
      await tab.close();
    }
  });
}

test('new recommendations are announced, by their names', async () => {
  const tab = await openPage({ url: `${server.url}/?engine=cpu` });
  try {
    await answered(tab);
    await reranked(tab, () => tab.page.getByTestId('recommendation').first().getByRole('button', { name: /not for me/i }).click());
    const first = (await ids(tab))[0];
    const title = await tab.page.locator(`[data-item-id="${first}"] .film-title`).textContent();
    const live = await tab.page.locator('[role=status], [aria-live=polite]').allTextContents();
    assert.ok(live.some((text) => text.includes(title)), live.join(' | '));
  } finally {
    await tab.close();
  }
});
