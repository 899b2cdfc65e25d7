// The hypergraph and the map of films on the real page: one selection in three forms and its dual, parts opened, pinned and
// merged by mouse and by keyboard, links that bring all of it back, and a map on which the visitor moves.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answered, ids, reranked, reset } from './lib/actions.mjs';
import { violations } from './lib/axe.mjs';
import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

/** The page, answered and with its map. */
async function open(options = {}) {
  const tab = await openPage({ url: `${server.url}/?engine=cpu`, ...options });
  await answered(tab);
  await tab.page.getByTestId('map-drawing').waitFor();
  return tab;
}

/** What is drawn: vertices of nodes and hyperedges, and of each band its strokes. */
function drawn(page) {
  return page.getByTestId('drawing').evaluate((svg) => {
    const vertices = (what) => [...svg.querySelectorAll(`.thing.${what}`)].map((thing) => thing.dataset.vertex).sort();
    const strokes = [...svg.querySelectorAll('.shape-border')].map((path) => path.getAttribute('d').split('M').length - 1);
    return { nodes: vertices('member'), hyperedges: vertices('anchor'), n_strokes: strokes.reduce((sum, n) => sum + n, 0) };
  });
}

/** The address once it says what is on screen. */
async function address(page) {
  await page.waitForTimeout(600);
  return page.url();
}

/** Choose the first member that is not the centre, by a click on the drawing. */
async function chooseMember(page, nth = 0) {
  await page.waitForTimeout(700);
  await page.locator('[data-testid=drawing] .thing.member:not(.dot-centre)').nth(nth).click();
  await page.getByTestId('chosen').waitFor();
}

test('one selection in three forms, and each keeps its elements', async () => {
  const tab = await open();
  const { page } = tab;
  try {
    const shapes = await drawn(page);
    assert.ok(shapes.nodes.length >= 8 && shapes.hyperedges.length >= 4, JSON.stringify(shapes));
    await page.evaluate(() => document.querySelectorAll('.thing').forEach((thing) => (thing.wasThere = true)));
    const radios = page.getByTestId('hypergraph').getByRole('radio');
    assert.deepEqual(await radios.allTextContents(), ['Shapes', 'Lines', 'Table']);
    for (const form of ['form-bipartite', 'form-matrix', 'form-outlines']) {
      await page.getByTestId(form).click();
      assert.equal(await page.getByTestId(form).getAttribute('aria-checked'), 'true');
      assert.deepEqual(await drawn(page), shapes, `${form} shows something else`);
      const kept = await page.locator('.thing').evaluateAll((things) => things.every((thing) => thing.wasThere));
      assert.ok(kept, `${form} draws anew what it should move`);
    }
    // The arrow keys go from form to form, around.
    await page.getByTestId('form-outlines').focus();
    await page.keyboard.press('ArrowLeft');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'form-matrix');
    assert.match(await page.getByTestId('what-is-seen').textContent(), /incidence matrix/);
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('the cells of the table are the likes, and the dual is the table transposed', async () => {
  const tab = await open();
  const { page } = tab;
  try {
    await page.getByTestId('form-matrix').click();
    const cells = () =>
      page.getByTestId('drawing').evaluate((svg) => {
        const at = (thing) => thing.style.transform.match(/-?[\d.]+/g).map(Number);
        const names = (what, axis) => [...svg.querySelectorAll(`.thing.${what}`)].map((thing) => [at(thing)[axis], thing.dataset.vertex]);
        const [columns, rows] = [names('anchor', 0), names('member', 1)];
        const nearest = (list, value) => list.toSorted((a, b) => Math.abs(a[0] - value) - Math.abs(b[0] - value))[0][1];
        return [...svg.querySelectorAll('.shape-border')]
          .flatMap((path) => path.getAttribute('d').split('M').slice(1))
          .map((stroke) => stroke.match(/-?[\d.]+/g).map(Number))
          .map(([left, y, , , right]) => [nearest(columns, (left + right) / 2), nearest(rows, y)]);
      });
    const table = await cells();
    const before = await drawn(page);
    await page.getByTestId('dual').click();
    assert.equal(await page.getByTestId('dual').getAttribute('aria-pressed'), 'true');
    const dual = await drawn(page);
    assert.deepEqual([dual.nodes, dual.hyperedges], [before.hyperedges, before.nodes], 'roles are exchanged');
    const transposed = (await cells()).map(([column, row]) => [row, column]);
    assert.deepEqual(transposed.map(String).sort(), table.map(String).sort());
    assert.match(await page.getByTestId('what-is-seen').textContent(), /the other way around \(the dual\)/);
    await page.getByTestId('dual').click();
    assert.deepEqual((await cells()).map(String).sort(), table.map(String).sort(), "the dual's dual");
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('a member opens into its people, is pinned, and a link brings everything back', async () => {
  const tab = await open();
  const { page } = tab;
  try {
    const before = await drawn(page);
    await chooseMember(page);
    const chosen = await page.locator('.thing.chosen').first().getAttribute('data-vertex');
    await page.getByTestId('expand').click();
    const opened = await drawn(page);
    assert.ok(opened.hyperedges.length > before.hyperedges.length, 'it opens');
    assert.ok(before.nodes.every((node) => opened.nodes.includes(node)), 'and takes nothing away');
    await page.getByTestId('pin').click();
    assert.equal(await page.getByTestId('pin').getAttribute('aria-pressed'), 'true');
    await page.getByTestId('form-bipartite').click();
    await page.getByTestId('dual').click();
    const shown = await drawn(page);

    const link = await address(page);
    const other = await openPage({ url: link });
    try {
      await answered(other);
      assert.deepEqual(await drawn(other.page), shown, 'the link shows the same');
      assert.equal(await other.page.getByTestId('form-bipartite').getAttribute('aria-checked'), 'true');
      assert.equal(await other.page.getByTestId('dual').getAttribute('aria-pressed'), 'true');
    } finally {
      await other.close();
    }
    await page.getByTestId('dual').click();
    await page.getByTestId('form-outlines').click();
    await page.getByTestId('expand').click();
    assert.deepEqual(await drawn(page), before, 'it closes again');

    // Wherever the centre goes, what is pinned stays; and what was opened was of the centre before.
    await page.getByTestId('hypergraph').getByRole('button', { name: 'You', exact: true }).click();
    const aroundYou = await drawn(page);
    assert.ok([...aroundYou.nodes, ...aroundYou.hyperedges].includes(chosen), 'pinned');
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('by keyboard: choose, put in the centre, close, and the focus is never lost', async () => {
  const tab = await open();
  const { page } = tab;
  try {
    const entry = page.getByTestId('legend-entry').nth(1);
    const name = await entry.locator('.legend-name').textContent();
    await entry.focus();
    assert.ok((await page.locator('.thing.lit').count()) > 0, 'the keyboard lights what it is on');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'chosen', 'the focus goes to what can be done');
    await page.keyboard.press('Escape');
    assert.equal(await page.getByTestId('chosen').isVisible(), false);
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'legend-entry', 'and back');
    await page.keyboard.press('Enter');
    for (let press = 0; press < 6; press += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement.dataset.testid === 'to-centre')) break;
    }
    await page.keyboard.press('Enter');
    await page.waitForFunction((name) => document.querySelector('.in-the-centre strong').textContent === name, name);
    assert.ok(await page.evaluate(() => document.activeElement !== document.body), 'the focus is somewhere');
    await page.locator('.tab-back').click();
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('twins are one dot with their number, and a list tells who they are', async () => {
  const tab = await open();
  const { page } = tab;
  try {
    await page.getByTestId('twins').click();
    await page.waitForTimeout(700);
    const stack = page.locator('[data-testid=drawing] .thing.stack').first();
    const n = Number(await stack.locator('.mark').textContent());
    assert.ok(n >= 2, `${n} in one dot`);
    await stack.click();
    await page.getByTestId('twin-list').waitFor();
    const n_listed = await page.getByTestId('twin-list').getByRole('button').count();
    assert.equal(n_listed, Math.min(12, n - 1));
    await page.getByTestId('twins').click();
    assert.equal(await page.locator('.thing.stack').count(), 0);
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('on a phone: chosen by touch, liked from the drawing, more is shown', async () => {
  const tab = await open({ viewport: { width: 390, height: 844 }, touch: true });
  const { page } = tab;
  try {
    await page.waitForTimeout(700);
    await page.locator('[data-testid=drawing] .thing.dot-other').first().tap();
    const like = page.getByTestId('chosen').getByRole('button', { name: /^Like / });
    await reranked(tab, () => like.tap());
    const before = await drawn(page);
    await page.getByTestId('show-more').tap();
    assert.ok((await drawn(page)).nodes.length > before.nodes.length);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 390, `${wide} pixels in a window of 390`);
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('nothing moves from form to form for those who want no motion', async () => {
  for (const [reducedMotion, moves] of [['reduce', false], ['no-preference', true]]) {
    const tab = await open({ reducedMotion });
    try {
      await tab.page.evaluate(() => {
        globalThis.moved = 0;
        document.addEventListener('transitionrun', ({ propertyName }) => (globalThis.moved += ['transform', 'd', 'stroke-width'].includes(propertyName)));
      });
      await tab.page.getByTestId('form-matrix').click();
      await tab.page.waitForTimeout(300);
      assert.equal((await tab.page.evaluate(() => globalThis.moved)) > 0, moves, reducedMotion);
    } finally {
      await tab.close();
    }
  }
});

test('on the map the visitor moves as they like things, and is nowhere without a like', async () => {
  const tab = await open();
  const { page } = tab;
  try {
    const you = page.getByTestId('map-you');
    const place = () => you.evaluate((mark) => mark.style.transform);
    const before = await place();
    await reranked(tab, () => page.getByTestId('recommendation').first().getByRole('button', { name: /^Like/ }).click());
    assert.notEqual(await place(), before);
    await page.locator('.map-way').waitFor({ state: 'attached' });
    await reset(tab);
    assert.equal(await you.count(), 0);
    assert.match(await page.getByTestId('map').textContent(), /You like nothing yet/);
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('the map tells what is under the pointer, and everything else lights up with it', async () => {
  const tab = await open();
  const { page } = tab;
  try {
    // The list lights the map ...
    const first = (await ids(tab))[0];
    await page.locator(`[data-item-id="${first}"] .film-title`).hover();
    const title = await page.locator(`[data-item-id="${first}"] .film-title`).textContent();
    assert.equal(await page.locator('.map-ring').count(), 1);
    // A long title is cut, at its end or of its first part.
    const name = await page.locator('.map-name.pointed-at').textContent();
    assert.ok(title.includes(name.replaceAll('…', '').trim()), `${name}, not ${title}`);
    // ... and the map lights the list.
    const ring = await page.locator('.map-mark.dot-recommended .dot').last().boundingBox();
    await page.getByTestId('map-frame').scrollIntoViewIfNeeded();
    const mark = await page.locator('.map-mark.dot-recommended .dot').last().boundingBox();
    assert.ok(ring && mark);
    await page.mouse.move(mark.x + mark.width / 2, mark.y + mark.height / 2);
    await page.locator('.map-name.pointed-at').waitFor();
    assert.equal(await page.locator('[data-testid=recommendation].lit').count(), 1);
    // A click says more, and leads into the hypergraph.
    await page.mouse.click(mark.x + mark.width / 2, mark.y + mark.height / 2);
    const panel = page.getByTestId('map-chosen');
    const chosen = await panel.locator('strong').textContent();
    await panel.getByRole('button', { name: 'Show in the hypergraph' }).click();
    assert.ok((await page.locator('.in-the-centre strong').textContent()).startsWith(chosen));
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('the map comes nearer and moves by wheel, drag, keys and buttons, and a link keeps where it was', async () => {
  const tab = await open();
  const { page } = tab;
  try {
    const frame = page.getByTestId('map-frame');
    const world = () => page.locator('.map-world').evaluate((world) => world.style.transform);
    const changed = async (what, act) => {
      const before = await world();
      await act();
      assert.notEqual(await world(), before, what);
    };
    await frame.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await frame.boundingBox();
    const whole = await world();
    await page.mouse.move(x + width / 2, y + 40);
    await page.mouse.wheel(0, -100);
    await page.waitForTimeout(300);
    assert.equal(await world(), whole, 'who scrolls past does not mean the map');
    await frame.scrollIntoViewIfNeeded();
    await changed('button', () => page.getByTestId('map-nearer').click());
    await frame.focus();
    await changed('+', () => page.keyboard.press('+'));
    await changed('arrow', () => page.keyboard.press('ArrowRight'));
    const now = await frame.boundingBox();
    await page.mouse.move(now.x + width / 2, now.y + height / 2);
    await changed('drag', async () => {
      await page.mouse.down();
      await page.mouse.move(now.x + width / 2 + 90, now.y + height / 2 + 30, { steps: 5 });
      await page.mouse.up();
    });
    await changed('wheel', async () => {
      await frame.focus();
      await page.mouse.wheel(0, -100);
      await page.waitForTimeout(100);
    });
    await page.getByTestId('colour-genre').click();
    const there = await world();
    const link = await address(page);
    const other = await open({ url: link });
    try {
      assert.equal(await other.page.locator('.map-world').evaluate((world) => world.style.transform), there);
      assert.equal(await other.page.getByTestId('colour-genre').getAttribute('aria-checked'), 'true');
    } finally {
      await other.close();
    }
    await page.getByTestId('map-whole').click();
    assert.equal(await world(), whole);
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('all films are on the map, in one colour each', async () => {
  const tab = await open();
  const { page } = tab;
  try {
    const n_films = await page.evaluate(async () => {
      const link = document.querySelector('link[href*="catalogue"]').href;
      return (await (await fetch(link)).json()).items.length;
    });
    for (const colour of ['colour-decade', 'colour-genre', 'colour-likes']) {
      await page.getByTestId(colour).click();
      const n = await page.locator('.map-dot').evaluateAll((paths) => paths.reduce((sum, path) => sum + path.getAttribute('d').split('M').length - 1, 0));
      assert.equal(n, n_films, colour);
      assert.equal(await page.locator('.map-class').count(), await page.locator('.map-dot').count(), 'a key for each colour');
    }
    await page.locator('.map-class').first().click();
    assert.equal(await page.locator('.map-dot.faint').count(), (await page.locator('.map-dot').count()) - 1);
  } finally {
    await tab.close();
  }
});

for (const [width, colorScheme] of [[1280, 'light'], [390, 'dark']]) {
  test(`axe-core finds nothing in any form, at ${width} pixels, ${colorScheme}`, async () => {
    const tab = await open({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' });
    const { page } = tab;
    try {
      for (const form of ['form-bipartite', 'form-matrix', 'form-outlines']) {
        await page.getByTestId(form).click();
        await page.getByTestId('dual').click();
        await page.getByTestId('legend-entry').nth(2).click();
        assert.deepEqual(await violations(tab), [], form);
        await page.getByTestId('close').click();
      }
      await page.getByTestId('colour-genre').click();
      await page.getByTestId('map').locator('summary').click();
      await page.locator('.map-nearest button').first().click();
      assert.deepEqual(await violations(tab), [], 'the map and its list');
    } finally {
      await tab.close();
    }
  });
}
