// What a visitor does with the shelf beyond liking: seen, undo, save and read again, a long shelf, and forgetting it all.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { answered, ids, like, recommendations, reranked, reset, searchFor } from './lib/actions.mjs';
import { openPage } from './lib/browser.mjs';
import { ROOT, servePage } from './lib/server.mjs';

const { items } = JSON.parse(readFileSync(path.join(ROOT, 'assets/catalogue.json'), 'utf8'));

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

for (const [width, height] of [[1280, 800], [390, 844]]) {
  describe(`${width} pixels wide`, () => {
    let tab;
    let page;
    const shelf = () => page.getByTestId('shelf-item');
    const entries = () => shelf().evaluateAll((items) => items.map((item) => [item.textContent, item.dataset.taste]));
    beforeEach(async () => {
      tab = await openPage({ url: `${server.url}/?engine=cpu`, viewport: { width, height } });
      ({ page } = tab);
      await answered(tab);
    });
    afterEach(async () => {
      const problems = tab.problems();
      await tab.close();
      assert.deepEqual(problems, []);
    });

    test('“seen” hides a film and says nothing about taste', async () => {
      const before = await recommendations(tab);
      await reranked(tab, () => page.getByTestId('recommendation').first().getByRole('button', { name: /^seen/i }).click());
      const after = await recommendations(tab);
      assert.deepEqual(after.slice(0, 9), before.slice(1), 'the others keep their scores');
      assert.equal(await shelf().last().getAttribute('data-taste'), 'seen');
    });

    test('the search offers all three, and marks what is on the shelf', async () => {
      await searchFor(tab, 'jaws');
      const first = page.getByTestId('search-result').first();
      await first.getByRole('button', { name: /^seen/i }).click();
      await shelf().filter({ hasText: 'Jaws' }).waitFor();
      assert.deepEqual((await entries()).at(-1), ['Jaws', 'seen']);
      await searchFor(tab, 'jaws');
      assert.equal(await first.locator('.chosen').getAttribute('title'), 'Seen, hide it: Jaws');
    });

    test('a press on a film of the shelf goes round: liked, not for me, seen', async () => {
      const film = shelf().first();
      for (const taste of ['disliked', 'seen', 'liked']) {
        await film.locator('.chip-toggle').click();
        assert.equal(await film.getAttribute('data-taste'), taste);
      }
    });

    test('every change can be undone, by button and by keyboard', async () => {
      const [list, films] = [await recommendations(tab), await entries()];
      await like(tab, 'alien');
      await reset(tab);
      await reranked(tab, () => page.getByTestId('undo').click());
      await page.locator('h1').click();
      await reranked(tab, () => page.keyboard.press('Control+z'));
      assert.deepEqual(await recommendations(tab), list);
      assert.deepEqual(await entries(), films);
      assert.equal(await page.getByTestId('undo').isDisabled(), true);
      // In the search, Ctrl + Z is the search's own.
      await like(tab, 'alien');
      await page.getByTestId('search').pressSequentially('he');
      await page.keyboard.press('Control+z');
      assert.equal((await entries()).at(-1)[0], 'Alien');
    });

    test('a shelf that is saved to a file comes back from it', async () => {
      await like(tab, 'alien');
      await reranked(tab, () => page.getByTestId('recommendation').nth(1).getByRole('button', { name: /not for me/i }).click());
      const [list, films] = [await recommendations(tab), await entries()];
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('save-file').click()]);
      assert.equal(download.suggestedFilename(), 'my-shelf.json');
      const file = await download.path();
      assert.match(await readFile(file, 'utf8'), /"title":"Alien","year":1979,"taste":"liked"/);
      await reset(tab);
      await page.getByTestId('import').click();
      await reranked(tab, () => page.getByTestId('import-file').setInputFiles(file));
      assert.deepEqual(await recommendations(tab), list);
      assert.deepEqual(await entries(), films);
      assert.equal(await page.getByTestId('import-dialog').isVisible(), false);
    });

    test('a file of a shelf that is damaged is told', async () => {
      const buffer = Buffer.from('{"format":"sharp-distill-shelf","version":1,"films":[{"item":"1","taste":"loved"}]}');
      await page.getByTestId('import').click();
      await page.getByTestId('import-file').setInputFiles({ name: 'my-shelf.json', mimeType: 'application/json', buffer });
      assert.match(await page.getByTestId('import-error').textContent(), /damaged.*loved.*line 1/s);
    });

    test('“forget everything” leaves nothing of the visitor', async () => {
      await like(tab, 'alien');
      await page.waitForFunction(() => location.hash.length > 1);
      await reranked(tab, () => page.getByTestId('forget').click());
      assert.equal(await shelf().count(), 0);
      assert.deepEqual(await page.evaluate(() => [location.hash, { ...localStorage }, document.cookie]), ['', {}, '']);
      assert.equal(await page.getByTestId('undo').isDisabled(), true);
      // And nothing comes back by itself.
      await page.waitForTimeout(600);
      assert.deepEqual(await page.evaluate(() => [location.hash, { ...localStorage }]), ['', {}]);
      await page.reload();
      await answered(tab);
      assert.equal((await ids(tab)).length, 10);
      assert.ok(!(await entries()).some(([title]) => title === 'Alien'));
    });

    test('of a long shelf the newest films are shown, and all on demand', async () => {
      const films = items.slice(0, 60).map(({ id }) => ({ item: id, taste: 'liked' }));
      const buffer = Buffer.from(JSON.stringify({ format: 'sharp-distill-shelf', version: 1, films }));
      await page.getByTestId('import').click();
      await reranked(tab, () => page.getByTestId('import-file').setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer }));
      assert.equal(await shelf().count(), 24);
      await page.getByTestId('show-all').click();
      assert.equal(await shelf().count(), 60);
    });
  });
}
