// Teacher and students side by side, as a visitor sees and moves them; what is shown is compared with the files themselves.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answered } from './lib/actions.mjs';
import { violations } from './lib/axe.mjs';
import { openPage } from './lib/browser.mjs';
import { explorerFile } from './lib/explorer-file.mjs';
import { servePage } from './lib/server.mjs';

let server;
const file = explorerFile();
before(async () => (server = await servePage()));
after(async () => server.close());

/** Open the view, everything in it computed. */
async function compared(options = {}) {
  const tab = await openPage({ url: `${server.url}/?engine=cpu`, reducedMotion: 'reduce', ...options });
  await answered(tab);
  await tab.page.getByTestId('tab-comparison').click();
  await tab.page.getByTestId('comparison-alike').waitFor({ timeout: 30_000 });
  return tab;
}

/** The three lists: `[{ id, isHit }]` each. */
const lists = (tab) =>
  tab.page.getByTestId('comparison-answer').evaluateAll((answers) =>
    answers.map((answer) =>
      [...answer.querySelectorAll('li')].map((row) => ({ id: row.dataset.itemId, isHit: row.querySelector('.held-out') !== null })),
    ),
  );

/** Whose number stands in the input, from 0. */
const shownPerson = async (tab) => Number(await tab.page.getByTestId('comparison-person').inputValue()) - 1;

/** Type a person's number, and wait for their lists. */
async function goTo(tab, user) {
  const input = tab.page.getByTestId('comparison-person');
  await input.fill(String(user + 1));
  await input.press('Enter');
  await tab.page.waitForFunction(
    (n) => document.querySelector('[data-testid=comparison-liked]').textContent.startsWith(`Liked ${n} film`),
    file.liked(user).length,
  );
}

const discount = (place) => 1 / Math.log2(place + 2);
/** NDCG@10 by its definition. */
function ndcg(ids, heldOut) {
  const ideal = Array.from({ length: Math.min(10, heldOut.length) }, (_, place) => discount(place)).reduce((a, b) => a + b, 0);
  return ids.reduce((sum, id, place) => sum + (heldOut.includes(id) ? discount(place) : 0), 0) / ideal;
}

test('three lists of ten, masked and marked as the files say, with places and NDCG that follow from them', async () => {
  const tab = await compared();
  try {
    for (const user of [await shownPerson(tab), 42, 299]) {
      await goTo(tab, user);
      const [masked, heldOut] = [[...file.liked(user), ...file.valid(user)], file.test(user)].map((items) => items.map((item) => file.ids[item]));
      const shown = await lists(tab);
      assert.deepEqual(shown.map((list) => list.length), [10, 10, 10]);
      for (const list of shown) {
        for (const { id, isHit } of list) {
          assert.ok(!masked.includes(id), `${id} is the person's own`);
          assert.equal(isHit, heldOut.includes(id), `mark of ${id}`);
        }
      }
      const places = await tab.page.getByTestId('comparison-places-table').locator('tbody tr').evaluateAll((rows) =>
        rows.map((row) => [row.querySelector('th').dataset.itemId, ...[...row.querySelectorAll('td')].map((cell) => Number(cell.dataset.place))]),
      );
      assert.deepEqual(places.map(([id]) => id).sort(), [...heldOut].sort(), 'every held-out film has its places');
      for (const [id, ...of] of places) {
        of.forEach((place, model) => {
          const at = shown[model].findIndex((row) => row.id === id);
          assert.ok(place >= 1 && place <= file.ids.length - masked.length);
          assert.equal(place <= 10 ? place - 1 : -1, at, `${id} in list ${model}`);
        });
      }
      assert.equal(await tab.page.getByTestId('comparison-plot').locator('.model-mark').count(), 3 * heldOut.length);
      const notes = await tab.page.getByTestId('comparison-answer').locator('.note').allTextContents();
      shown.forEach((list, model) => {
        const ids = list.map((row) => row.id);
        assert.ok(notes[model].includes(`NDCG@10 ${ndcg(ids, heldOut).toFixed(3)}`), `${notes[model]} of list ${model}`);
        assert.ok(notes[model].startsWith(`${ids.filter((id) => heldOut.includes(id)).length} of ${heldOut.length} found`));
      });
      const shares = shown.flatMap((a, at) => shown.slice(at + 1).map((b) => a.filter(({ id }) => b.some((other) => other.id === id)).length));
      const said = await tab.page.getByTestId('comparison-agreement').textContent();
      assert.deepEqual([...said.matchAll(/share (\d+) of 10/g)].map(([, n]) => Number(n)), shares);
    }
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('the teacher’s list is the one that the trainer’s teacher gave', async () => {
  const tab = await compared();
  try {
    for (const { user_idx: user, items } of file.golden) {
      await goTo(tab, user);
      // The trainer's answers mask what was trained on; the page masks what settings were chosen on, too.
      const expected = items.filter((item) => !file.valid(user).includes(item)).map((item) => file.ids[item]);
      const [teacher] = await lists(tab);
      assert.deepEqual(teacher.slice(0, expected.length).map((row) => row.id), expected, `person ${user + 1}`);
    }
  } finally {
    await tab.close();
  }
});

test('people are chosen by number, one by one, by chance, by likeness and from the hypergraph; no number is no person', async () => {
  const tab = await compared();
  const { page } = tab;
  try {
    await goTo(tab, 0);
    await page.getByTestId('comparison-previous').click();
    assert.equal(await shownPerson(tab), 662, 'before the first comes the last');
    await page.getByTestId('comparison-next').click();
    assert.equal(await shownPerson(tab), 0);
    const seen = new Set();
    for (let n = 0; n < 4; n++) {
      await page.getByTestId('comparison-random').click();
      seen.add(await shownPerson(tab));
    }
    assert.ok(seen.size >= 3, [...seen].join());
    const before = await shownPerson(tab);
    for (const nobody of ['0', '664', '', '-3']) {
      await page.getByTestId('comparison-person').fill(nobody);
      await page.getByTestId('comparison-person').press('Enter');
      assert.equal(await shownPerson(tab), before, `"${nobody}" changes nothing`);
    }
    await page.getByTestId('comparison-nearest').click();
    const nearest = await shownPerson(tab);
    assert.ok(file.test(nearest).length >= 5);
    assert.ok(await page.getByTestId('comparison-centre').isHidden(), 'a film is in the centre');
    await page.getByTestId('details-button').first().click();
    const person = page.getByTestId('people').getByRole('button').first();
    const number = Number((await person.textContent()).match(/Person (\d+)/)[1]);
    await person.click();
    await page.getByTestId('comparison-centre').click();
    assert.equal(await shownPerson(tab), number - 1);
    await page.getByTestId('reset').click();
    await page.waitForFunction(() => document.querySelector('[data-testid=comparison-nearest]').disabled);
  } finally {
    await tab.close();
  }
});

/** What stands in the part of the soft labels. */
const labels = (tab) =>
  tab.page.evaluate(() => ({
    temperature: Number(document.querySelector('[data-testid=temperature]').value) / 10,
    effective: Number(document.querySelector('[data-testid=comparison-spread]').dataset.effective),
    kl: Number(document.querySelector('[data-testid=comparison-spread]').dataset.kl),
    shares: [...document.querySelectorAll('[data-testid=comparison-bars] tbody tr')].map((row) =>
      [...row.querySelectorAll('td')].map((cell) => Number(cell.textContent)),
    ),
  }));

test('the temperature spreads what the teacher gives, by mouse and by keyboard', async () => {
  const tab = await compared();
  const { page } = tab;
  try {
    await goTo(tab, 42);
    const slider = page.getByTestId('temperature');
    const cold = await labels(tab);
    assert.equal(cold.temperature, 1);
    await slider.fill('100');
    const hot = await labels(tab);
    assert.ok(hot.effective > 5 * cold.effective, `${cold.effective} films, then ${hot.effective}`);
    assert.ok(hot.kl < cold.kl && hot.kl >= 0, `${cold.kl}, then ${hot.kl}`);
    for (const { shares } of [cold, hot]) {
      assert.equal(shares.length, 16, 'fifteen films and the rest');
      for (const side of [0, 1]) {
        const sum = shares.reduce((sum, row) => sum + row[side], 0);
        assert.ok(Math.abs(sum - 100) < 0.5, `${sum} %`);
      }
      const teacher = shares.slice(0, 15).map(([share]) => share);
      assert.deepEqual(teacher, [...teacher].sort((a, b) => b - a), 'the teacher’s, largest first');
    }
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    const step = await labels(tab);
    assert.equal(step.temperature, 9.9);
    assert.ok(step.effective < hot.effective);
    assert.equal(await slider.getAttribute('aria-valuetext'), '9.9');
  } finally {
    await tab.close();
  }
});

test('the annealing is played down to its end, can be stopped, and ends with its tab', async () => {
  const tab = await compared();
  const { page } = tab;
  const temperature = async () => (await labels(tab)).temperature;
  try {
    await page.getByTestId('anneal').click();
    await page.waitForFunction(() => document.querySelector('[data-testid=temperature]').value > 60);
    assert.match(await page.getByTestId('comparison-epoch').textContent(), /Epoch \d+ of 200/);
    await page.waitForFunction(() => document.querySelector('[data-testid=temperature]').value < 90);
    await page.getByTestId('anneal').click();
    const stopped = await temperature();
    await page.waitForTimeout(400);
    assert.equal(await temperature(), stopped, 'stopped is stopped');
    // As this model was taught: T_max and T_min over the factor on the teacher's logits.
    const { temperature_max: max, temperature_min: min, logit_scale: scale } = file.distil;
    await page.getByTestId('anneal-own').click();
    await page.waitForFunction(
      ({ end }) => Number(document.querySelector('[data-testid=temperature]').value) === end && document.querySelector('[data-testid=comparison-epoch]').textContent === '',
      { end: Math.round((10 * min) / scale) },
      { timeout: 20_000 },
    );
    assert.ok(max / scale <= 10);
    await page.getByTestId('anneal').click();
    await page.waitForFunction(() => document.querySelector('[data-testid=comparison-epoch]').textContent !== '');
    await page.getByTestId('tab-map').click();
    const hash = () => page.evaluate(() => location.hash);
    await page.waitForTimeout(500);
    const after = await hash();
    await page.waitForTimeout(800);
    assert.equal(await hash(), after, 'nothing moves any more');
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('gamma moves from the teacher’s embeddings to the student’s, alpha from places to embeddings', async () => {
  const tab = await compared();
  const { page } = tab;
  const mixed = () => page.getByTestId('comparison-mixed').locator('li').evaluateAll((rows) => rows.map((row) => [row.dataset.itemId, row.querySelector('.origin').textContent]));
  const alike = () =>
    page.getByTestId('comparison-alike').locator('tbody tr').evaluateAll((rows) =>
      rows.map((row) => [Number(row.dataset.person) - 1, ...[...row.querySelectorAll('td')].map((cell) => Number(cell.textContent))]),
    );
  try {
    await goTo(tab, 42);
    const at = {};
    for (const gamma of [0, 50, 100]) {
      await page.getByTestId('gamma').fill(String(gamma));
      at[gamma] = await mixed();
      assert.equal(at[gamma].length, 10);
    }
    const ids = (gamma) => at[gamma].map(([id]) => id);
    assert.notDeepEqual(ids(0), ids(100));
    const origins = { 'in both': [true, true], 'the teacher’s': [true, false], 'the student’s': [false, true], 'only mixed': [false, false] };
    for (const gamma of [0, 50, 100]) {
      for (const [id, origin] of at[gamma]) assert.deepEqual(origins[origin], [ids(0).includes(id), ids(100).includes(id)], `${id} at ${gamma}`);
    }
    for (const alpha of [0, 35, 100]) {
      await page.getByTestId('alpha').fill(String(alpha));
      const rows = await alike();
      assert.equal(rows.length, 10);
      for (const [other, similarity, emb, places, shared] of rows) {
        assert.notEqual(other, 42);
        assert.ok(Math.abs(similarity - (alpha * emb + (100 - alpha) * places) / 100) < 0.0015, `S of person ${other + 1}`);
        assert.equal(shared, file.liked(42).filter((item) => file.liked(other).includes(item)).length);
      }
      const similarities = rows.map(([, similarity]) => similarity);
      assert.deepEqual(similarities, [...similarities].sort((a, b) => b - a));
    }
    const [[other]] = await alike();
    await page.getByTestId('comparison-alike').getByRole('button').first().click();
    assert.equal(await shownPerson(tab), other);
  } finally {
    await tab.close();
  }
});

test('a link brings back the person and the sliders', async () => {
  const tab = await compared();
  const { page } = tab;
  try {
    await goTo(tab, 123);
    for (const [slider, value] of [['temperature', '73'], ['gamma', '20'], ['alpha', '90']]) await page.getByTestId(slider).fill(value);
    const before = await lists(tab);
    await page.waitForTimeout(800);
    const link = await page.evaluate(() => location.href);
    const other = await openPage({ url: link });
    try {
      await other.page.getByTestId('comparison-alike').waitFor({ timeout: 30_000 });
      assert.equal(await shownPerson(other), 123);
      for (const [slider, value] of [['temperature', '73'], ['gamma', '20'], ['alpha', '90']]) {
        assert.equal(await other.page.getByTestId(slider).inputValue(), value, slider);
      }
      assert.deepEqual(await lists(other), before);
    } finally {
      await other.close();
    }
  } finally {
    await tab.close();
  }
});

for (const [width, colorScheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light'], [320, 'dark']]) {
  test(`axe-core finds nothing in the comparison at ${width} pixels, ${colorScheme}`, async () => {
    const tab = await compared({ viewport: { width, height: 900 }, colorScheme });
    try {
      assert.deepEqual(await violations(tab), []);
      const wide = await tab.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} pixels in a window of ${width}`);
      assert.deepEqual(tab.problems(), []);
    } finally {
      await tab.close();
    }
  });
}
