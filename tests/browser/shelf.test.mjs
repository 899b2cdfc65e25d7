// The shelf: search with slips of the keyboard, like, dislike, remove, reset; every edit re-ranks, a reload keeps it.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { answered, ids, like, recommendations, reranked, reset, searchFor } from './lib/actions.mjs';
import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';

let server;
let tab;
before(async () => (server = await servePage()));
after(async () => server.close());
beforeEach(async () => {
  tab = await openPage({ url: `${server.url}/` });
  await answered(tab);
});
afterEach(async () => {
  const problems = tab.problems();
  await tab.close();
  assert.deepEqual(problems, []);
});

const shelf = () => tab.page.getByTestId('shelf-item');

test('a slip of the keyboard still finds the film', async () => {
  await searchFor(tab, 'godfahter');
  assert.match(await tab.page.getByTestId('search-result').first().textContent(), /The Godfather/);
});

test('a film that does not exist is said not to exist', async () => {
  await tab.page.getByTestId('search').fill('zzyzx qqq');
  await tab.page.getByText(/no film/i).first().waitFor();
  assert.equal(await tab.page.getByTestId('search-result').count(), 0);
});

test('liking puts a film on the shelf, ranks anew and never recommends it', async () => {
  await reset(tab);
  assert.equal(await shelf().count(), 0);
  await like(tab, 'toy story');
  assert.equal(await shelf().count(), 1);
  assert.match(await shelf().first().textContent(), /Toy Story/);
  assert.ok(!(await ids(tab)).includes('1'), 'Toy Story (id 1) is recommended to one who has it');
  const rows = await recommendations(tab);
  assert.equal(rows.length, 10);
  for (let place = 1; place < rows.length; place += 1) assert.ok(rows[place - 1].score >= rows[place].score, 'best first');
  assert.match(await tab.page.getByTestId('why').first().textContent(), /Toy Story/);
});

test('“not for me” removes the recommendation and keeps it away', async () => {
  const first = (await ids(tab))[0];
  const row = tab.page.getByTestId('recommendation').first();
  await reranked(tab, () => row.getByRole('button', { name: /not for me/i }).click());
  assert.ok(!(await ids(tab)).includes(first));
});

test('liking a recommendation takes it out of the list and onto the shelf', async () => {
  const first = (await ids(tab))[0];
  const n = await shelf().count();
  const row = tab.page.getByTestId('recommendation').first();
  await reranked(tab, () => row.getByRole('button', { name: /^like/i }).click());
  assert.ok(!(await ids(tab)).includes(first));
  assert.equal(await shelf().count(), n + 1);
});

test('removing a film undoes liking it, to the last digit', async () => {
  await reset(tab);
  await like(tab, 'alien');
  const before = await recommendations(tab);
  await like(tab, 'amelie');
  assert.notDeepEqual(await recommendations(tab), before);
  const amelie = shelf().filter({ hasText: 'Amelie' });
  await reranked(tab, () => amelie.getByRole('button', { name: /remove/i }).click());
  assert.deepEqual(await recommendations(tab), before);
});

test('a reload keeps the shelf and the answer', async () => {
  await reset(tab);
  await like(tab, 'blade runner');
  const before = await recommendations(tab);
  await tab.page.reload();
  await answered(tab);
  assert.equal(await shelf().count(), 1);
  assert.deepEqual(await recommendations(tab), before);
});

test('storage that is forbidden does not stop the page', async () => {
  const strict = await openPage({
    url: `${server.url}/`,
    init: () => {
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('forbidden', 'SecurityError');
        },
      });
    },
  });
  try {
    await answered(strict);
    await like(strict, 'heat');
    assert.deepEqual(strict.problems(), []);
  } finally {
    await strict.close();
  }
});

test('a stored shelf that is damaged, or from another catalogue, is left aside', async () => {
  const keys = await tab.page.evaluate(() => {
    for (const key of Object.keys(localStorage)) localStorage.setItem(key, '{"liked":["no such film"],"x');
    return Object.keys(localStorage);
  });
  await tab.page.reload();
  await answered(tab);
  assert.ok(keys.length >= 0);
  assert.equal((await ids(tab)).length, 10);
});

test('fast typing and fast clicks end in the answer to the last edit', async () => {
  await reset(tab);
  for (const title of ['alien', 'heat', 'jaws', 'fargo']) await like(tab, title);
  const settled = await recommendations(tab);
  const remove = () => shelf().first().getByRole('button', { name: /remove/i }).click();
  await remove();
  await remove();
  await remove();
  await remove();
  for (const title of ['alien', 'heat', 'jaws', 'fargo']) await like(tab, title);
  assert.deepEqual((await recommendations(tab)).map((row) => row.id), settled.map((row) => row.id));
});
