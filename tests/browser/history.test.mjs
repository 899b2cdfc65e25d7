// A visitor's own history: every export in its own columns, 20,000 rows, rows that need a decision, files that are
// none, and files that try to be more than text. Nothing leaves the page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { answered, loaded, recommendations, reranked, reset } from './lib/actions.mjs';
import { openPage } from './lib/browser.mjs';
import { ROOT, servePage } from './lib/server.mjs';

const fixture = (name) => path.join(ROOT, 'tests/fixtures/history', name);
const { items } = JSON.parse(readFileSync(path.join(ROOT, 'assets/catalogue.json'), 'utf8'));
const csv = (text, name = 'films.csv') => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

for (const [width, height] of [[1280, 800], [390, 844]]) {
  describe(`${width} pixels wide`, () => {
    let tab;
    let page;
    const opened = async (file) => {
      await page.getByTestId('import').click();
      await page.getByTestId('import-file').setInputFiles(file);
      await page.getByTestId('import-report').waitFor();
    };
    const entries = () =>
      page.getByTestId('shelf-item').evaluateAll((items) => items.map((item) => [item.textContent, item.dataset.taste]));
    beforeEach(async () => {
      tab = await openPage({ url: `${server.url}/?engine=cpu`, viewport: { width, height } });
      ({ page } = tab);
      await answered(tab);
      await reset(tab);
    });
    afterEach(async () => {
      const problems = tab.problems();
      await tab.close();
      assert.deepEqual(problems, []);
    });

    for (const [file, source, first] of [
      ['imdb-ratings.csv', 'IMDb', ['The Matrix', 'liked']],
      ['letterboxd-ratings.csv', 'Letterboxd', ['Heat', 'liked']],
      ['movielens-ratings.csv', 'MovieLens', ['Toy Story', 'liked']],
      ['trakt-ratings-movies.json', 'Trakt', null],
      ['table.csv', 'a table', ['Heat', 'liked']],
    ]) {
      test(`${file} is told from its columns and lands on the shelf`, async () => {
        await loaded(tab);
        const mark = tab.mark();
        await opened(fixture(file));
        assert.match(await page.getByTestId('import-found').textContent(), new RegExp(`^From ${source}: \\d+ films? found`));
        await reranked(tab, () => page.getByTestId('import-add').click());
        const films = await entries();
        assert.ok(films.length > 0);
        if (first) assert.deepEqual(films[0], first);
        assert.equal(await page.getByTestId('import-dialog').isVisible(), false);
        assert.deepEqual(tab.requestsSince(mark), [], 'nothing leaves the page');
        await reranked(tab, () => page.getByTestId('undo').click());
        assert.deepEqual(await entries(), []);
      });
    }

    test('films without ratings are seen, or liked where the visitor says so', async () => {
      await opened(fixture('letterboxd-watched.csv'));
      assert.match(await page.getByTestId('import-tally').textContent(), /\d+ seen/);
      await page.getByRole('button', { name: 'I like' }).click();
      assert.match(await page.getByTestId('import-tally').textContent(), /\d+ liked/);
      await reranked(tab, () => page.getByTestId('import-add').click());
      assert.deepEqual((await entries())[0], ['Heat', 'liked']);
    });

    test('the visitor decides what a rating means', async () => {
      await opened(csv('title,year,rating\nHeat,1995,6/10\nCasino,1995,9/10\nAlien,1979,2/10\n'));
      assert.match(await page.getByTestId('import-tally').textContent(), /1 liked, 1 not for you, 1 seen/);
      await page.getByTestId('liked-from').selectOption('6');
      assert.match(await page.getByTestId('import-tally').textContent(), /2 liked, 1 not for you/);
      await page.getByTestId('disliked-to').selectOption('0');
      assert.match(await page.getByTestId('import-tally').textContent(), /2 liked, 1 seen/);
    });

    test('what is ambiguous, unknown or wrong is mended by hand', async () => {
      await opened(csv('title,year,rating\nHamlet,,8/10\nNo Such Film At All,2001,9/10\nHeat,1995,9/10\n'));
      assert.match(await page.getByTestId('import-found').textContent(), /1 film found, 1 to decide on, 1 not in this catalogue/);
      // Ambiguous: one of the candidates.
      await page.getByTestId('import-ambiguous').getByTestId('import-choice').filter({ hasText: '1996' }).click();
      assert.match(await page.getByTestId('import-found').textContent(), /2 films found, 1 not in this catalogue/);
      // Unknown: the visitor looks for it.
      const unknown = page.getByTestId('import-unmatched');
      await unknown.locator('summary').click();
      await unknown.getByRole('button', { name: 'Find it' }).click();
      await unknown.getByTestId('import-search').fill('jaws');
      await unknown.getByTestId('import-choice').first().click();
      assert.match(await page.getByTestId('import-found').textContent(), /3 films found\./);
      // Wrong: taken out again.
      const found = page.getByTestId('import-matched');
      await found.locator('summary').click();
      await found.locator('li').filter({ hasText: 'Heat' }).getByRole('button', { name: 'Change' }).click();
      await found.getByRole('button', { name: 'Leave it out' }).click();
      await reranked(tab, () => page.getByTestId('import-add').click());
      assert.deepEqual((await entries()).map(([title]) => title).sort(), ['Hamlet', 'Jaws']);
    });

    test('20,000 rows are read, and the page goes on', async () => {
      // Each film of the catalogue as IMDb would name it, again and again, every tenth with a title that nobody knows.
      const rows = Array.from({ length: 20_000 }, (_, n) => {
        const { title, year = '' } = items[n % items.length];
        const name = n % 10 === 9 ? `Unknown ${n} of the North` : title;
        return `"${name.replaceAll('"', '""')}",${year},${(n % 10) + 1}/10`;
      });
      await page.evaluate(() => {
        globalThis.frames = 0;
        const count = () => {
          globalThis.frames += 1;
          requestAnimationFrame(count);
        };
        requestAnimationFrame(count);
      });
      const before = await page.evaluate(() => globalThis.frames);
      await opened(csv(`title,year,rating\n${rows.join('\n')}\n`));
      assert.ok((await page.evaluate(() => globalThis.frames)) > before, 'frames are drawn meanwhile');
      assert.match(await page.getByTestId('import-found').textContent(), /From a table: 2,\d{3} films found/);
      assert.ok((await page.getByTestId('import-matched').locator('li').count()) <= 60, 'long lists are shown in parts');
      await page.getByTestId('import-add').click();
      // Whatever is left is not on the shelf.
      await page.getByTestId('import-dialog').waitFor({ state: 'hidden' });
      const own = new Set((await entries()).map(([title]) => title));
      for (const { id } of await recommendations(tab)) assert.ok(!own.has(items.find((item) => item.id === id).title));
    });

    test('a file that is dropped anywhere on the page is read', async () => {
      const transfer = await page.evaluateHandle(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(['title,year\nHeat,1995\n'], 'films.csv', { type: 'text/csv' }));
        return transfer;
      });
      await page.locator('h1').dispatchEvent('drop', { dataTransfer: transfer });
      await page.getByTestId('import-report').waitFor();
      assert.match(await page.getByTestId('import-found').textContent(), /1 film found/);
    });

    for (const [name, file, told] of [
      ['empty', csv(''), /empty/i],
      ['an archive', { name: 'a.zip', mimeType: 'application/zip', buffer: Buffer.from('PK\x03\x04rest of it') }, /unpack/i],
      ['a web page', csv('<!doctype html><html><body>Sign in</body></html>'), /web page/i],
      ['a table without titles', csv('a,b\n1,2\n'), /title/i],
      ['of several people', csv('userId,movieId,rating,timestamp\n1,1,4,0\n2,1,4,0\n'), /people|person|user/i],
    ]) {
      test(`a file that is ${name} is refused with a remedy, and another one can follow`, async () => {
        await page.getByTestId('import').click();
        await page.getByTestId('import-file').setInputFiles(file);
        assert.match(await page.getByTestId('import-error').textContent(), told);
        await page.getByTestId('import-file').setInputFiles(fixture('imdb-ratings.csv'));
        await page.getByTestId('import-report').waitFor();
        await page.keyboard.press('Escape');
        assert.equal(await page.getByTestId('import-dialog').isVisible(), false);
        assert.deepEqual(await entries(), []);
      });
    }

    test('what a file holds is text, never markup', async () => {
      const evil = ['<img src=x onerror=globalThis.hacked=1>', '<script>globalThis.hacked=1</script>', 'javascript:globalThis.hacked=1'];
      await opened(csv(`title,year\n${evil.map((title) => `"${title}",2001`).join('\n')}\nHeat,1995\n`));
      const list = page.getByTestId('import-unmatched');
      await list.locator('summary').click();
      for (const title of evil) assert.ok((await list.textContent()).includes(title), title);
      for (let n = 0; n < evil.length; n += 1) {
        await list.getByRole('button', { name: 'Find it' }).nth(n).click();
      }
      assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
      assert.equal(await list.locator('img, script').count(), 0);
    });
  });
}
