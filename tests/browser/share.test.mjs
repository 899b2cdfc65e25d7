// A link carries the shelf and the view: a friend who opens it sees the same, and keeps their own shelf until they
// decide otherwise. Links that are damaged or too long are told, not obeyed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answered, ids, like, recommendations, reranked, reset } from './lib/actions.mjs';
import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

const shelf = (tab) => tab.page.getByTestId('shelf-item').allTextContents();
/** The address follows the page at a short distance. */
const addressed = (tab) => tab.page.waitForFunction(() => location.hash.length > 1);

for (const [name, width, height] of [['wide', 1280, 800], ['phone', 390, 844]]) {
  test(`a friend opens the link and sees the same, ${name}`, async () => {
    const viewport = { width, height };
    const mine = await openPage({ url: `${server.url}/?engine=cpu`, viewport });
    const friend = await openPage({ viewport });
    try {
      await answered(mine);
      await mine.context.grantPermissions(['clipboard-read', 'clipboard-write']);
      await reset(mine);
      await like(mine, 'alien');
      await like(mine, 'blade runner');
      await mine.page.getByTestId('recommendation').nth(2).getByRole('button', { name: /seen/i }).click();
      await mine.page.getByTestId('tune').click();
      await reranked(mine, () => mine.page.getByRole('button', { name: 'Sci-Fi', exact: true }).click());
      await reranked(mine, () => mine.page.getByTestId('more').click());
      await mine.page.locator('.film-title').nth(4).click();
      const centre = await mine.page.locator('.in-the-centre strong').textContent();
      await mine.page.getByTestId('copy-link').click();
      await mine.page.getByTestId('notice').filter({ hasText: /copied/i }).waitFor();
      const link = await mine.page.evaluate(() => navigator.clipboard.readText());
      assert.equal(link, mine.page.url());

      await friend.page.goto(link);
      await answered(friend);
      assert.deepEqual(await shelf(friend), await shelf(mine));
      assert.deepEqual(await recommendations(friend), await recommendations(mine));
      assert.equal((await ids(friend)).length, 20);
      assert.equal(await friend.page.locator('.in-the-centre strong').textContent(), centre);
      assert.equal(await friend.page.getByTestId('shared').isVisible(), true, 'the page says whose shelf it is');
      assert.equal(await mine.page.getByTestId('shared').isVisible(), false);
      assert.deepEqual([...mine.problems(), ...friend.problems()], []);
    } finally {
      await mine.close();
      await friend.close();
    }
  });
}

test('a shared shelf takes the place of one’s own only when it is kept', async () => {
  const tab = await openPage({ url: `${server.url}/?engine=cpu` });
  const { page } = tab;
  try {
    await answered(tab);
    await reset(tab);
    await like(tab, 'heat');
    await addressed(tab);
    const link = page.url();
    await reset(tab);
    await like(tab, 'casablanca');
    await addressed(tab);
    await page.waitForFunction((link) => location.href !== link && location.hash.length > 1, link);
    const casablanca = (await page.evaluate(() => location.hash)).slice(1);

    await page.goto('about:blank');
    await page.goto(link);
    await answered(tab);
    assert.match((await shelf(tab)).join(), /Heat/);
    // Playing with it does not touch one's own.
    await like(tab, 'fargo');
    await page.getByTestId('leave-shared').click();
    await page.getByTestId('shelf-item').filter({ hasText: 'Casablanca' }).waitFor();
    assert.equal((await shelf(tab)).length, 1);

    await page.goto('about:blank');
    await page.goto(link);
    await answered(tab);
    await page.getByTestId('keep-shared').click();
    assert.equal(await page.getByTestId('shared').isVisible(), false);
    await page.goto('about:blank');
    await page.goto(`${server.url}/?engine=cpu`);
    await answered(tab);
    assert.match((await shelf(tab)).join(), /Heat/);
    // And the shelf before can be had back.
    await page.goto('about:blank');
    await page.goto(`${server.url}/?engine=cpu#${casablanca}`);
    await answered(tab);
    await page.getByTestId('keep-shared').click();
    await page.getByTestId('undo').click();
    await page.getByTestId('shelf-item').filter({ hasText: 'Heat' }).waitFor();
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('a first visit that only tries the settings is nobody’s shared shelf', async () => {
  const tab = await openPage({ url: `${server.url}/?engine=cpu` });
  const { page } = tab;
  try {
    await answered(tab);
    await page.getByTestId('tune').click();
    await reranked(tab, () => page.getByRole('button', { name: 'Drama', exact: true }).click());
    await addressed(tab);
    const list = await ids(tab);
    await page.reload();
    await answered(tab);
    assert.deepEqual(await ids(tab), list, 'the address carries the settings');
    assert.equal(await page.getByTestId('shared').isVisible(), false);
    await reranked(tab, () => page.getByTestId('untune').click());
    await page.waitForFunction(() => location.hash === '');
  } finally {
    await tab.close();
  }
});

test('a link that is pasted into the open page is followed', async () => {
  const tab = await openPage({ url: `${server.url}/?engine=cpu` });
  try {
    await answered(tab);
    await reset(tab);
    await like(tab, 'heat');
    await addressed(tab);
    const hash = await tab.page.evaluate(() => location.hash);
    await reset(tab);
    await tab.page.waitForFunction(() => location.hash === '');
    await Promise.all([tab.page.waitForEvent('load'), tab.page.evaluate((hash) => (location.hash = hash), hash)]);
    await answered(tab);
    assert.match((await shelf(tab)).join(), /Heat/);
  } finally {
    await tab.close();
  }
});

for (const [name, spoil, told] of [
  ['cut off', (hash) => hash.slice(0, -4), /damaged/],
  ['mistyped', (hash) => hash.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')), /damaged/],
  ['no link at all', () => '#top', /damaged/],
  ['markup', () => '#<img src=x onerror=alert(1)>', /damaged/],
  ['too long', () => `#${'A'.repeat(70_000)}`, /characters long/],
]) {
  test(`a link that is ${name} is told, and one’s own shelf stays`, async () => {
    const tab = await openPage({ url: `${server.url}/?engine=cpu` });
    try {
      await answered(tab);
      await reset(tab);
      await like(tab, 'heat');
      await addressed(tab);
      const hash = spoil(await tab.page.evaluate(() => location.hash));
      await tab.page.goto('about:blank');
      await tab.page.goto(`${server.url}/?engine=cpu${hash}`);
      await answered(tab);
      await tab.page.getByTestId('notice').filter({ hasText: told }).waitFor();
      assert.match((await shelf(tab)).join(), /Heat/);
      assert.deepEqual(tab.problems(), []);
    } finally {
      await tab.close();
    }
  });
}
