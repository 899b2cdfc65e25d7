// The list: more on demand, explanations that add up, filters that leave k films where there are k, sliders whose
// effect can be read.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { answered, ids, like, recommendations, reranked, reset } from './lib/actions.mjs';
import { openPage } from './lib/browser.mjs';
import { ROOT, servePage } from './lib/server.mjs';

const { items } = JSON.parse(readFileSync(path.join(ROOT, 'assets/catalogue.json'), 'utf8'));
const train = gunzipSync(readFileSync(path.join(ROOT, 'assets/movielens-small/split/train.csv.gz'))).toString();
/** How many people liked each film. */
const likes = new Map();
for (const [, id] of train.matchAll(/^\d+,(\d+)$/gm)) likes.set(id, (likes.get(id) ?? 0) + 1);
const item = (id) => items.find((item) => item.id === id);

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

for (const [engine, width, height] of [['cpu', 1280, 800], ['webgpu', 390, 844]]) {
  describe(`on ${engine}, ${width} pixels wide`, () => {
    let tab;
    let page;
    beforeEach(async () => {
      tab = await openPage({ url: `${server.url}/?engine=${engine}`, viewport: { width, height } });
      ({ page } = tab);
      await answered(tab);
      assert.match(await page.getByTestId('engine').textContent(), new RegExp(`: ${engine}`));
    });
    afterEach(async () => {
      const problems = tab.problems();
      await tab.close();
      assert.deepEqual(problems, []);
    });

    test('ten more come on demand, up to a hundred, without a change in those above', async () => {
      const ten = await recommendations(tab);
      await reranked(tab, () => page.getByTestId('more').click());
      const twenty = await recommendations(tab);
      assert.deepEqual(twenty.slice(0, 10), ten);
      assert.equal(twenty.length, 20);
      for (let n = 30; n <= 100; n += 10) await reranked(tab, () => page.getByTestId('more').click());
      const all = await ids(tab);
      assert.equal(new Set(all).size, 100);
      assert.equal(await page.getByTestId('more').isVisible(), false);
    });

    test('each bar is what the score loses without that film', async () => {
      await reset(tab);
      for (const title of ['alien', 'heat', 'fargo']) await like(tab, title);
      const [first] = await recommendations(tab);
      await page.getByTestId('details-button').first().click();
      const bars = await page.getByTestId('pulls').locator('li').evaluateAll((bars) => bars.map((bar) => ({ name: bar.querySelector('.pull-name').textContent, by: Number(bar.dataset.by) })));
      assert.deepEqual(bars.map(({ name }) => name).sort(), ['Alien', 'Fargo', 'Heat']);
      const strengths = bars.map(({ by }) => Math.abs(by));
      assert.deepEqual(strengths, [...strengths].sort((a, b) => b - a), 'the strongest first');
      for (const { name, by } of bars) {
        await reranked(tab, () => page.getByTestId('shelf-item').filter({ hasText: name }).getByRole('button', { name: /remove/i }).click());
        while (!(await ids(tab)).includes(first.id)) await reranked(tab, () => page.getByTestId('more').click());
        const without = (await recommendations(tab)).find(({ id }) => id === first.id).score;
        assert.ok(Math.abs(first.score - without - by) < 2e-4, `${name}: ${first.score} - ${without} is not ${by}`);
        await reranked(tab, () => page.getByTestId('undo').click());
      }
    });

    test('the people between lead into the hypergraph', async () => {
      await page.getByTestId('details-button').first().click();
      const person = page.getByTestId('people').getByRole('button').first();
      const name = (await person.textContent()).match(/Person \d+/)[0];
      await person.click();
      await page.locator('.in-the-centre strong').filter({ hasText: name }).waitFor();
    });

    test('filters narrow the choice, not the list', async () => {
      await page.getByTestId('tune').click();
      await reranked(tab, () => page.getByRole('button', { name: 'Animation', exact: true }).click());
      let shown = (await ids(tab)).map(item);
      assert.equal(shown.length, 10);
      for (const { title, genres } of shown) assert.ok(genres.includes('Animation'), title);
      await reranked(tab, () => page.locator('.years select').nth(1).selectOption('1999'));
      shown = (await ids(tab)).map(item);
      assert.equal(shown.length, 10);
      for (const { title, genres, year } of shown) assert.ok(genres.includes('Animation') && year <= 1999, title);
      await reranked(tab, () => page.getByRole('button', { name: 'Lesser known', exact: true }).click());
      assert.ok((await ids(tab)).length > 0);
      await reranked(tab, () => page.getByTestId('untune').click());
      assert.equal((await ids(tab)).length, 10);
    });

    test('where nothing fits, the page says so and leads back', async () => {
      await page.getByTestId('tune').click();
      await page.getByRole('button', { name: 'IMAX', exact: true }).click();
      await page.locator('.years select').nth(1).selectOption('1939');
      await page.getByTestId('nothing-fits').waitFor();
      assert.equal((await ids(tab)).length, 0);
      assert.equal(await page.getByTestId('more').isVisible(), false);
      await page.getByTestId('nothing-fits').getByRole('button').click();
      await answered(tab);
    });

    test('surprise brings what fewer have liked', async () => {
      const people = async () => (await ids(tab)).reduce((sum, id) => sum + likes.get(id), 0);
      const before = await people();
      await page.getByTestId('tune').click();
      await reranked(tab, () => page.getByTestId('novelty').fill('100'));
      assert.ok((await people()) < before, `${await people()} likes in all, ${before} before`);
      await reranked(tab, () => page.getByTestId('novelty').fill('0'));
      assert.equal(await people(), before);
    });

    test('variety makes the films less alike, by the numbers beside the slider', async () => {
      await page.getByTestId('tune').click();
      await reranked(tab, () => page.getByTestId('diversity').fill('60'));
      const [after, before] = (await page.getByTestId('likeness').textContent()).match(/[\d.]+(?= \()|(?<=variety )[\d.]+/g).map(Number);
      assert.ok(after < before, `${after} with variety, ${before} without`);
    });
  });
}

test('an edit re-ranks in the frame of the click, with the CPU', async () => {
  const tab = await openPage({ url: `${server.url}/?engine=cpu` });
  try {
    await answered(tab);
    const [before, after] = await tab.page.evaluate(async () => {
      const list = () => [...document.querySelectorAll('[data-testid=recommendation]')].map((row) => row.dataset.itemId).join();
      await new Promise(requestAnimationFrame);
      const before = list();
      document.querySelector('[data-testid=reset]').click();
      // Whatever a click has set going without waiting is done when the frame is drawn.
      await new Promise(requestAnimationFrame);
      return [before, list()];
    });
    assert.notEqual(after, before);
  } finally {
    await tab.close();
  }
});
