// Why this film: the paths from the shelf through people to the film, weights on every hop, adding up to the score that
// stands in the list; computed again here from the page's own model file.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { answered, like, recommendations, reranked, reset } from './lib/actions.mjs';
import { violations } from './lib/axe.mjs';
import { openPage } from './lib/browser.mjs';
import { addsUp, builtModel, numeric } from './lib/model.mjs';
import { servePage } from './lib/server.mjs';

const TITLES = ['The Matrix', 'Alien', 'Casablanca'];

let server;
let catalogue;
let student;
before(async () => {
  server = await servePage();
  ({ catalogue, student } = builtModel());
});
after(async () => server.close());

const itemOf = (title) => catalogue.findIndex((item) => item.title === title);

async function opened(options = {}) {
  const tab = await openPage({ url: `${server.url}/?engine=cpu`, ...options });
  await answered(tab);
  await reset(tab);
  for (const title of TITLES) await like(tab, title.toLowerCase());
  await tab.page.getByTestId('tab-why').click();
  await tab.page.getByTestId('why-table').waitFor();
  return tab;
}

/** The table: heads, and lines of `[name, weight, ...parts, sum]`; the last is the score. */
const table = (tab) =>
  tab.page.getByTestId('why-table').evaluate((table) => ({
    heads: [...table.querySelectorAll('thead th')].map((cell) => cell.textContent),
    lines: [...table.querySelectorAll('tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent)),
  }));

/** Checks that the table adds up in its printed digits: every line to the right, and the lines to the score. */
function assertAddsUp({ lines }) {
  const total = lines.at(-1).at(-1);
  const rest = lines.slice(0, -1);
  assert.ok(addsUp(rest.map((line) => line.at(-1)), total), `${rest.map((line) => line.at(-1))} = ${total}`);
  for (const [name, ...cells] of rest) {
    const parts = cells.slice(1, -1).filter((text) => text !== '');
    if (parts.length) assert.ok(addsUp(parts, cells.at(-1)), `${name}: ${parts} = ${cells.at(-1)}`);
  }
  return total;
}

test('the table adds up, line by line, to the score in the list, and its parts are the model’s', async () => {
  const tab = await opened();
  try {
    const found = await table(tab);
    const [first] = await recommendations(tab);
    const total = assertAddsUp(found);
    assert.equal(numeric(total).toFixed(2), first.score.toFixed(2));
    const shown = await tab.page.getByTestId('recommendation').first().locator('.score-number').textContent();
    assert.equal(total, shown.replace('-', '−'));

    // A_vj (XW)_j . z_i of every film of the shelf: all that comes through people and the film's self-loop.
    const items = TITLES.map(itemOf);
    const film = student.film(student.item(first.id));
    const last = found.heads.length - 1;
    for (const [place, title] of TITLES.entries()) {
      const line = found.lines.find(([name]) => name === title);
      const weight = 1 / Math.sqrt((items.length + 1) * student.degrees[items[place]]);
      assert.equal(line[1], weight.toFixed(4));
      const row = student.transformed(student.nUsers + items[place]);
      const expected = weight * row.reduce((sum, x, k) => sum + x * film[k], 0);
      // The head's part stands before the sum.
      const byPaths = line.slice(2, last - 1).reduce((sum, text) => sum + numeric(text || '0'), 0);
      assert.ok(Math.abs(byPaths - expected) < 1e-3, `${title}: ${byPaths}, not ${expected}`);
    }
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('the strongest paths are products of the weights on their hops, and people who liked both come first', async () => {
  const tab = await opened();
  try {
    const [first] = await recommendations(tab);
    const film = student.item(first.id);
    const paths = await tab.page.getByTestId('why-path').evaluateAll((paths) =>
      paths.map((path) => ({
        stops: [...path.querySelectorAll('b')].map((stop) => stop.textContent),
        hops: [...path.querySelectorAll('.why-hop')].map((hop) => hop.textContent),
        part: path.querySelector('.why-part').textContent.replace('= ', ''),
        isBoth: path.classList.contains('both'),
      })),
    );
    assert.ok(paths.length >= 3);
    for (const { stops, hops, part, isBoth } of paths) {
      const [liked, , person, end] = stops;
      const user = Number(person.match(/\d+/)[0]) - 1;
      assert.equal(end, catalogue[film].title);
      assert.ok(student.films(user).includes(film), `${person} likes ${end}`);
      assert.equal(isBoth, student.films(user).includes(itemOf(liked)), `${person} and ${liked}`);
      const row = student.transformed(student.nUsers + itemOf(liked));
      const between = row.reduce((sum, x, k) => sum + x * student.transformed(user)[k], 0);
      const into = 1 / Math.sqrt((TITLES.length + 1) * student.degrees[itemOf(liked)]);
      const out = 1 / Math.sqrt((student.films(user).length + 1) * student.degrees[film]);
      [into, between, out].forEach((weight, place) => {
        assert.ok(Math.abs(weight - numeric(hops[place])) < (place === 1 ? 6e-3 : 6e-5), `${hops[place]}, not ${weight}`);
      });
      assert.ok(Math.abs(into * between * out - numeric(part)) < 6e-5, `${part}, not ${into * between * out}`);
    }
    assert.equal(paths[0].isBoth, true);
  } finally {
    await tab.close();
  }
});

test('any film of the list, by its details or the choice; surprise is a line of the sum', async () => {
  const tab = await opened();
  const { page } = tab;
  try {
    const row = page.getByTestId('recommendation').nth(3);
    await page.getByTestId('tab-map').click();
    await row.getByTestId('details-button').click();
    await row.getByTestId('every-hop').click();
    await page.getByTestId('why-table').waitFor();
    const rows = await recommendations(tab);
    const title = catalogue[student.item(rows[3].id)].title;
    assert.ok((await page.getByTestId('why-summary').textContent()).startsWith(title));
    assert.equal(assertAddsUp(await table(tab)), rows[3].score.toFixed(2).replace('-', '−'));

    const other = student.item(rows[6].id);
    await page.getByTestId('flow-film').selectOption(`i${other}`);
    assert.ok((await page.getByTestId('why-summary').textContent()).startsWith(catalogue[other].title));

    await page.getByTestId('tune').click();
    await reranked(tab, () => page.getByTestId('novelty').fill('50'));
    const surprised = await recommendations(tab);
    await page.getByTestId('flow-film').selectOption(`i${student.item(surprised[0].id)}`);
    const found = await table(tab);
    const novelty = found.lines.at(-2);
    assert.match(novelty[0], /surprise/i);
    assert.ok(numeric(novelty.at(-1)) < 0);
    assert.equal(assertAddsUp(found), surprised[0].score.toFixed(2).replace('-', '−'));
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('what the pointer is on lights up, here and in the list', async () => {
  const tab = await opened();
  const { page } = tab;
  try {
    await page.locator('.why-label', { hasText: 'Alien' }).first().hover();
    await page.locator('.chip.lit').waitFor();
    assert.ok((await page.locator('.ribbon.strong').count()) > 0, 'its ribbons stand out');
    assert.ok((await page.locator('.ribbon.weak').count()) > 0, 'others step back');
    await page.mouse.move(0, 0);
    assert.equal(await page.locator('.ribbon.strong').count(), 0);
  } finally {
    await tab.close();
  }
});

test('a link restores the film', async () => {
  const mine = await opened();
  const friend = await openPage();
  try {
    const rows = await recommendations(mine);
    await mine.page.getByTestId('flow-film').selectOption(`i${student.item(rows[5].id)}`);
    const summary = await mine.page.getByTestId('why-summary').textContent();
    await mine.page.waitForTimeout(700);
    await friend.page.goto(mine.page.url());
    await answered(friend);
    assert.equal(await friend.page.getByTestId('why-summary').textContent(), summary);
    assert.deepEqual(await table(friend), await table(mine));
  } finally {
    await mine.close();
    await friend.close();
  }
});

test('an empty shelf and a dislike add up, too', async () => {
  const tab = await opened();
  const { page } = tab;
  try {
    await reranked(tab, () => page.getByTestId('recommendation').first().getByRole('button', { name: /not for me/i }).click());
    assertAddsUp(await table(tab));
    await reset(tab);
    const total = assertAddsUp(await table(tab));
    assert.equal(numeric(total).toFixed(2), (await recommendations(tab))[0].score.toFixed(2));
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

for (const [width, colorScheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light'], [320, 'dark']]) {
  test(`axe-core finds nothing, ${width} pixels, ${colorScheme}`, async () => {
    const tab = await opened({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' });
    try {
      assert.deepEqual(await violations(tab), []);
      const wide = await tab.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} pixels in a window of ${width}`);
    } finally {
      await tab.close();
    }
  });
}
