// The propagation, step by step: the numbers on screen are those of the page's own model file, computed again here; the
// arithmetic of any cell adds up as printed; play, pause, step, scrub and the keyboard work; a link shows the same.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answered, like, recommendations, reset } from './lib/actions.mjs';
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

/** The page with a known shelf and the view open. */
async function open({ url = `${server.url}/?engine=cpu`, ...options } = {}) {
  const tab = await openPage({ url, ...options });
  await answered(tab);
  return tab;
}

async function opened(options) {
  const tab = await open(options);
  await reset(tab);
  for (const title of TITLES) await like(tab, title.toLowerCase());
  await tab.page.getByTestId('tab-propagation').click();
  await tab.page.getByTestId('flow-stage').waitFor();
  return tab;
}

const go = async (tab, step) => {
  await tab.page.getByTestId('flow-scrub').fill(String(step));
};

/** The table of a step: `{ name: [numbers] }`. */
async function numbers(tab) {
  const table = tab.page.getByTestId('flow-table');
  if (!(await table.evaluate((details) => details.open))) await table.locator('summary').click();
  await table.locator('td').first().waitFor();
  return table.evaluate((details) => {
    const rows = [...details.querySelectorAll('tr')].map((row) => [...row.children].map((cell) => cell.textContent));
    const [[, ...names], ...lines] = rows;
    return names.map((name, column) => ({ name, cells: lines.map((line) => line[column + 1]).filter((text) => text !== '') }));
  });
}

function assertNear(shown, expected, what) {
  assert.equal(shown.length, expected.length, what);
  shown.forEach((text, place) => {
    const value = numeric(text);
    assert.ok(Math.abs(value - expected[place]) <= 6e-5 + 1e-5 * Math.abs(expected[place]), `${what}, ${place}: ${text}, not ${expected[place]}`);
  });
}

test('every number of the visitor is the model’s, from what was learned to the score in the list', async () => {
  const tab = await opened();
  try {
    const items = TITLES.map(itemOf);
    const row = (rows, name) => rows.find((row) => row.name === name)?.cells ?? assert.fail(`${name} is not among ${rows.map((row) => row.name)}`);

    const learned = await numbers(tab);
    for (const [place, title] of TITLES.entries()) assertNear(row(learned, title), student.features(student.nUsers + items[place]), title);
    await go(tab, 1);
    const transformed = await numbers(tab);
    for (const [place, title] of TITLES.entries()) assertNear(row(transformed, title), student.transformed(student.nUsers + items[place]), title);
    await go(tab, 2);
    const scaled = await numbers(tab);
    for (const [place, title] of TITLES.entries()) {
      const factor = 1 / Math.sqrt(student.degrees[items[place]]);
      assertNear(row(scaled, title), student.transformed(student.nUsers + items[place]).map((x) => x * factor), title);
      const written = tab.page.locator('.flow-row', { hasText: title }).locator('.flow-degree');
      assert.equal(await written.textContent(), `degree ${student.degrees[items[place]]}: × ${factor.toFixed(4)}`);
    }
    const visitor = student.visitor(items);
    await go(tab, 3);
    assertNear(row(await numbers(tab), 'The sum'), visitor.map((x) => x * Math.sqrt(4)), 'the sum');
    await go(tab, 4);
    assertNear(row(await numbers(tab), 'You: z'), visitor, 'z');
    assert.match(await tab.page.locator('.flow-degree').last().textContent(), /^degree 4: × 0.5000$/);
    await go(tab, 7);
    const [first] = await recommendations(tab);
    const score = row(await numbers(tab), 'The score');
    assertNear(score, [first.score], 'the score');
    assertNear(score, [student.logit(items, student.item(first.id))], 'the score, computed again');
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

/** What is written out beside the chosen cell. */
const written = (tab) =>
  tab.page.getByTestId('flow-arithmetic').evaluate((panel) => {
    const last = (row) => row.lastElementChild.textContent;
    const rows = (selector) => [...panel.querySelectorAll(selector)].map(last);
    return {
      cell: panel.querySelector('[data-testid=flow-cell]').textContent,
      factors: [...panel.querySelectorAll('[data-testid=flow-terms] tr')].map((row) => row.children[1].textContent),
      terms: rows('[data-testid=flow-terms] tr'),
      foot: rows(':scope > table tr'),
    };
  });

for (const model of ['student', 'teacher']) {
  test(`the arithmetic of any cell adds up as printed: ${model}`, async () => {
    const tab = await opened({ reducedMotion: 'reduce' });
    const { page } = tab;
    try {
      if (model === 'teacher') {
        await page.getByTestId('flow-teacher').click();
        await page.getByTestId('flow-said').filter({ hasText: 'of 6' }).waitFor({ state: 'attached' });
      }
      const nSteps = Number(await page.getByTestId('flow-scrub').getAttribute('max')) + 1;
      assert.equal(nSteps, model === 'student' ? 8 : 6);
      let nSums = 0;
      for (let step = 0; step < nSteps; step += 1) {
        await go(tab, step);
        const rows = await page.locator('.flow-row[data-r]').count();
        for (let row = 0; row < rows; row += 1) {
          const cells = page.locator(`.flow-row[data-r="${row}"] [data-c]`);
          const n = await cells.count();
          for (const column of n === 1 ? [0] : [0, (7 * step + 13 * row) % n, n - 1]) {
            await cells.nth(column).click();
            const { cell, terms, foot, factors } = await written(tab);
            const value = cell.match(/number \d+: (.*)$/)[1];
            assert.match(cell, new RegExp(`number ${column + 1}: `));
            if (!terms.length) continue;
            nSums += 1;
            const total = foot.at(-1);
            assert.ok(addsUp([...terms, ...foot.slice(0, -1)], total), `${cell}: ${terms} = ${foot}`);
            // What relu has made 0 is said; all other sums are the number on screen.
            const isClipped = await page.getByTestId('flow-arithmetic').getByText('so 0 stands').isVisible();
            assert.equal(isClipped ? '0.0000' : total, value, cell);
            factors.forEach((text, place) => {
              if (!text) return;
              const product = text.split(' × ').map(numeric).reduce((a, b) => a * b, 1);
              const size = text.split(' × ').map(numeric).reduce((a, b) => a + Math.abs(b), 1);
              assert.ok(Math.abs(product - numeric(terms[place])) < 2e-5 * size * size, `${text} = ${terms[place]}`);
            });
          }
        }
      }
      assert.ok(nSums > 20, `${nSums} sums`);
      assert.deepEqual(tab.problems(), []);
    } finally {
      await tab.close();
    }
  });
}

test('a film is followed, too: for the student its people meet in it, for the teacher its hyperedges', async () => {
  const tab = await opened({ reducedMotion: 'reduce' });
  const { page } = tab;
  try {
    const film = itemOf('Alien');
    await page.getByTestId('flow-node').selectOption(`i${film}`);
    await go(tab, 4);
    assertNear((await numbers(tab))[0].cells, student.film(film), 'z of the film');
    assert.equal(await page.getByTestId('flow-stage-name').textContent(), 'graph_convolution');

    await page.getByTestId('flow-teacher').click();
    await go(tab, 4);
    assert.equal(await page.getByTestId('flow-stage-name').textContent(), 'edge_to_node');
    const input = student.explorer['teacher.item_channel.input'];
    const degree = (item) => student.degrees[item] - 1;
    const edge = (user, column) =>
      student.films(user).reduce((sum, item) => sum + input[item * student.d + column] / Math.sqrt(degree(item)), 0) / student.films(user).length;
    const expected = Array.from({ length: student.d }, (_, column) =>
      student.people[film].reduce((sum, user) => sum + edge(user, column), 0) / Math.sqrt(degree(film)),
    );
    assertNear((await numbers(tab))[0].cells, expected, 'propagated');
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('it plays to the end, pauses, steps and scrubs, with the keyboard too', async () => {
  const tab = await opened();
  const { page } = tab;
  try {
    const step = () => page.getByTestId('flow-scrub').inputValue().then(Number);
    const play = page.getByTestId('flow-play');
    const back = page.getByTestId('flow-back');
    assert.equal(await step(), 0);
    assert.equal(await back.isDisabled(), true);
    const sentence = await page.getByTestId('flow-sentence').textContent();
    await page.getByTestId('flow-forward').click();
    assert.equal(await step(), 1);
    assert.notEqual(await page.getByTestId('flow-sentence').textContent(), sentence);
    assert.equal(await page.getByTestId('flow-sentence').getAttribute('aria-live'), 'polite');
    await back.click();
    assert.equal(await step(), 0);

    await play.click();
    assert.equal(await play.getAttribute('aria-label'), 'Pause');
    assert.equal(await step(), 1, 'the first step is taken at once');
    await page.waitForFunction(() => document.querySelector('[data-testid=flow-scrub]').value === '2', null, { timeout: 6000 });
    await play.click();
    const paused = await step();
    await page.waitForTimeout(3600);
    assert.equal(await step(), paused, 'a pause holds');

    await page.getByTestId('flow-scrub').focus();
    await page.keyboard.press('End');
    assert.equal(await step(), 7);
    assert.match(await page.getByTestId('flow-scrub').getAttribute('aria-valuetext'), /^Step 8 of 8: /);
    assert.equal(await page.getByTestId('flow-forward').isDisabled(), true);
    await page.keyboard.press('ArrowLeft');
    assert.equal(await step(), 6);
    await page.keyboard.press('Space');
    assert.equal(await step(), 7, 'space plays on');
    await page.waitForTimeout(100);
    await page.keyboard.press('Home');
    assert.equal(await step(), 0);

    await page.getByTestId('flow-stage').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    assert.match(await page.getByTestId('flow-cell').textContent(), /number 2: /);
    await page.getByTestId('flow-slow').click();
    assert.equal(await page.getByTestId('flow-slow').getAttribute('aria-pressed'), 'true');

    // Another view is opened while it plays: nothing of this one goes on.
    await play.click();
    await page.getByTestId('tab-why').click();
    await page.waitForTimeout(500);
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('only position and opacity move, and nothing with reduced motion', async () => {
  for (const reducedMotion of ['no-preference', 'reduce']) {
    const tab = await opened({ reducedMotion });
    try {
      const moving = await tab.page.evaluate(async () => {
        const seen = new Set();
        for (let step = 1; step < 8; step += 1) {
          document.querySelector('[data-testid=flow-forward]').click();
          await new Promise((resolve) => requestAnimationFrame(resolve));
          const stage = document.querySelector('[data-testid=flow-stage]');
          for (const animation of stage.getAnimations({ subtree: true })) {
            for (const frame of animation.effect.getKeyframes()) {
              Object.keys(frame).filter((name) => !['offset', 'computedOffset', 'easing', 'composite'].includes(name)).forEach((name) => seen.add(name));
            }
          }
        }
        return [...seen].sort();
      });
      assert.deepEqual(moving, reducedMotion === 'reduce' ? [] : ['opacity', 'transform']);
    } finally {
      await tab.close();
    }
  }
});

test('a link restores node, step and cell', async () => {
  const mine = await opened();
  const friend = await openPage();
  try {
    await mine.page.getByTestId('flow-node').selectOption(`i${itemOf('Alien')}`);
    await go(mine, 2);
    await mine.page.locator('.flow-row[data-r="1"] [data-c="9"]').click();
    const cell = await mine.page.getByTestId('flow-cell').textContent();
    // The address follows at a short distance.
    await mine.page.waitForTimeout(700);
    await friend.page.goto(mine.page.url());
    await answered(friend);
    assert.equal(await friend.page.getByTestId('flow-cell').textContent(), cell);
    assert.equal(await friend.page.getByTestId('flow-scrub').inputValue(), '2');
    assert.equal(await friend.page.getByTestId('flow-node').inputValue(), `i${itemOf('Alien')}`);
    assert.deepEqual([...mine.problems(), ...friend.problems()], []);
  } finally {
    await mine.close();
    await friend.close();
  }
});

test('many likes: the strongest have rows of their own, the others one that says so and adds up', async () => {
  const tab = await open({ reducedMotion: 'reduce' });
  const { page } = tab;
  try {
    // Ten likes of the list itself.
    for (let place = 0; place < 10; place += 1) {
      await page.getByTestId('recommendation').nth(1).getByRole('button', { name: /^like /i }).click();
      await page.waitForTimeout(150);
    }
    await page.getByTestId('tab-propagation').click();
    await go(tab, 2);
    const rows = await numbers(tab);
    assert.equal(rows.length, 6);
    assert.match(rows[5].name, /^1\d others, added up$|^\d+ others, added up$/);
    const sums = rows[0].cells.map((_, column) => rows.reduce((sum, row) => sum + numeric(row.cells[column]), 0));
    await go(tab, 3);
    const [sum] = await numbers(tab);
    sum.cells.forEach((text, column) => assert.ok(Math.abs(numeric(text) - sums[column]) < 4e-4, `${text}, not ${sums[column]}`));
    await go(tab, 2);
    await page.locator('.flow-row[data-r="5"] [data-c="3"]').click();
    const { terms } = await written(tab);
    assert.equal(terms.length, Number(rows[5].name.split(' ')[0]), 'a term for each of the others');
  } finally {
    await tab.close();
  }
});

for (const [width, colorScheme] of [[1280, 'light'], [320, 'dark']]) {
  test(`axe-core finds nothing in any step, ${width} pixels, ${colorScheme}`, async () => {
    const tab = await opened({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' });
    const { page } = tab;
    try {
      await page.getByTestId('flow-table').locator('summary').click();
      for (const model of ['student', 'teacher']) {
        await page.getByTestId(`flow-${model}`).click();
        for (let step = 0; step < 6; step += 1) {
          await go(tab, step);
          assert.deepEqual(await violations(tab), [], `${model}, step ${step}`);
        }
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} pixels in a window of ${width}`);
    } finally {
      await tab.close();
    }
  });
}

test('an empty shelf has nothing to gather, and says so', async () => {
  const tab = await open();
  try {
    await reset(tab);
    await tab.page.getByTestId('tab-propagation').click();
    assert.match(await tab.page.getByTestId('flow-sentence').textContent(), /like a film/i);
    for (let step = 1; step < 8; step += 1) await go(tab, step);
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});
