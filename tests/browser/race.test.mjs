// The race: both really run, every number is one, it can be stopped, and it ends with its tab. Nothing is asserted of how
// long anything takes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answered } from './lib/actions.mjs';
import { violations } from './lib/axe.mjs';
import { openPage } from './lib/browser.mjs';
import { explorerFile } from './lib/explorer-file.mjs';
import { servePage } from './lib/server.mjs';

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

/** Open the view, both models ready. */
async function ready(options = {}, engine = 'cpu') {
  const tab = await openPage({ url: `${server.url}/?engine=${engine}`, reducedMotion: 'reduce', ...options });
  await answered(tab);
  await tab.page.getByTestId('tab-race').click();
  await tab.page.getByTestId('race-start').waitFor({ timeout: 30_000 });
  return tab;
}

const isDone = (tab) => tab.page.getByTestId('race-said').filter({ hasText: /takes .* ms/ }).waitFor({ timeout: 120_000 });

/** The rows of the table of times, numbers where they are some. */
const times = (tab) =>
  tab.page.getByTestId('race-times').locator('tbody tr').evaluateAll((rows) =>
    rows.map((row) => [row.querySelector('th').textContent, ...[...row.querySelectorAll('td')].map((cell) => parseFloat(cell.textContent.replaceAll(',', '')))]),
  );

test('thirty runs of each end in finite times, beside what the paper claims', async () => {
  const tab = await ready();
  const { page } = tab;
  try {
    assert.equal(await page.getByTestId('race-lane').count(), 0, 'nothing runs before it is started');
    await page.getByTestId('race-start').focus();
    await page.keyboard.press('Enter');
    await isDone(tab);
    const [cpu, paper, ...others] = await times(tab);
    assert.deepEqual(others, []);
    assert.equal(cpu[0], 'CPU');
    const [runs, teacher50, teacher95, student50, student95, ratio] = cpu.slice(1);
    assert.equal(runs, 30);
    for (const ms of [teacher50, teacher95, student50, student95]) assert.ok(Number.isFinite(ms) && ms > 0, `${cpu}`);
    assert.ok(teacher50 <= teacher95 && student50 <= student95);
    // Both medians are rounded to three figures.
    assert.ok(Math.abs(ratio / (teacher50 / student50) - 1) < 0.02, `${cpu}`);
    assert.deepEqual([paper[2], paper[4], paper[6]], [668.23, 9.77, 68]);
    assert.match(await page.getByTestId('race-method').textContent(), /clock/);
    const lengths = await page.locator('.track-lane').evaluateAll((tracks) => tracks.map((track) => track.getBoundingClientRect().width));
    assert.ok(lengths[0] > lengths[1], `tracks of ${lengths}`);
    assert.equal(await page.getByTestId('race-start').textContent(), 'Race again');
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('where a GPU answers, both race on it, too', async () => {
  const tab = await ready({}, 'webgpu');
  const { page } = tab;
  try {
    await page.getByTestId('race-start').click();
    // A software adapter takes its time; a few runs say that both run.
    await page.getByTestId('race-progress').filter({ hasText: 'Run 4 of 30' }).waitFor({ timeout: 120_000 });
    await page.getByTestId('race-start').click();
    await page.getByTestId('race-said').filter({ hasText: 'Stopped' }).waitFor();
    const [cpu, gpu, paper] = await times(tab);
    assert.deepEqual([cpu[0], gpu[0], paper[0]], ['CPU', 'GPU', 'The paper’s claim']);
    for (const [, runs, ...numbers] of [cpu, gpu]) {
      assert.ok(runs >= 3, `${runs} runs`);
      for (const number of numbers) assert.ok(Number.isFinite(number) && number > 0, `${numbers}`);
    }
    assert.match(await page.locator('[data-testid=race-lane][data-engine=GPU] .note').first().textContent(), /swiftshader.*WebGPU/i);
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('the counted work follows from shapes and likes, and the teacher takes more', async () => {
  const tab = await ready();
  const { page } = tab;
  try {
    const ratio = page.getByTestId('race-work-ratio');
    const read = async () => [Number(await ratio.getAttribute('data-multiply-adds')), Number(await ratio.getAttribute('data-bytes'))];
    const [multiplyAdds, bytes] = await read();
    assert.ok(multiplyAdds > 1 && bytes > 1, `${multiplyAdds}, ${bytes}`);
    const stages = await page.getByTestId('race-work').locator('tbody th code').allTextContents();
    for (const stage of ['node_to_edge', 'edge_to_node', 'layer_transform', 'fusion', 'fold_in', 'score']) assert.ok(stages.includes(stage), stages.join());
    // One stage by hand: the student's head over every film, 2 * 64 multiply-adds each.
    const score = page.getByTestId('race-work').locator('tr', { has: page.locator('code', { hasText: /^score$/ }) });
    const { ids } = explorerFile();
    assert.ok((await score.textContent()).includes(`${((ids.length * 128) / 1000).toFixed(1)} thousand`));
    await page.getByTestId('reset').click();
    await page.waitForFunction((before) => document.querySelector('[data-testid=race-work-ratio]').dataset.multiplyAdds !== before, String(multiplyAdds.toFixed(3)));
    assert.ok((await read())[0] > 1);
  } finally {
    await tab.close();
  }
});

test('it can be stopped, and the page answers meanwhile', async () => {
  const tab = await ready();
  const { page } = tab;
  try {
    await page.getByTestId('race-start').click();
    await page.waitForFunction(() => /Run \d+ of 30/.test(document.querySelector('[data-testid=race-progress]').textContent));
    await page.getByTestId('recommendation').first().getByRole('button', { name: /^Like/ }).click();
    await page.getByTestId('race-start').click();
    await page.getByTestId('race-said').filter({ hasText: 'Stopped' }).waitFor();
    const stopped = await times(tab);
    assert.ok(stopped[0][1] < 30, 'stopped before its end');
    await page.waitForTimeout(500);
    assert.deepEqual(await times(tab), stopped, 'stopped is stopped');
    await page.getByTestId('race-start').click();
    await isDone(tab);
    assert.equal((await times(tab))[0][1], 30, 'and it can be run again');
  } finally {
    await tab.close();
  }
});

test('nothing runs when its tab is not open', async () => {
  const tab = await ready();
  const { page } = tab;
  try {
    await page.getByTestId('race-start').click();
    await page.waitForFunction(() => /Run \d+ of 30/.test(document.querySelector('[data-testid=race-progress]').textContent));
    await page.getByTestId('tab-map').click();
    // What keeps a page busy is seen in its long tasks and its idle callbacks: the race asks for one before every run.
    const asked = await page.evaluate(async () => {
      let n = 0;
      const original = globalThis.requestIdleCallback;
      await new Promise((resolve) => setTimeout(resolve, 1500));
      globalThis.requestIdleCallback = (...args) => ((n += 1), original(...args));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      globalThis.requestIdleCallback = original;
      return n;
    });
    assert.equal(asked, 0);
    await page.getByTestId('tab-race').click();
    await page.getByTestId('race-start').filter({ hasText: 'Start the race' }).waitFor();
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('the replay moves where motion is welcome, and is not offered where it is not', async () => {
  for (const reducedMotion of ['no-preference', 'reduce']) {
    const tab = await ready({ reducedMotion });
    const { page } = tab;
    try {
      await page.getByTestId('race-start').click();
      await isDone(tab);
      if (reducedMotion === 'reduce') {
        assert.ok(await page.getByTestId('race-replay').isHidden());
        continue;
      }
      const running = () => page.evaluate(() => document.getAnimations().filter(({ animationName }) => animationName?.startsWith('replay')).map(({ effect }) => effect.getTiming().duration));
      assert.deepEqual(await running(), []);
      await page.getByTestId('race-replay').click();
      const [teacher] = await running();
      assert.ok(teacher > 0, `${teacher} ms`);
    } finally {
      await tab.close();
    }
  }
});

for (const [width, colorScheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light'], [320, 'dark']]) {
  test(`axe-core finds nothing in the race at ${width} pixels, ${colorScheme}`, async () => {
    const tab = await ready({ viewport: { width, height: 900 }, colorScheme });
    const { page } = tab;
    try {
      await page.getByTestId('race-start').click();
      await isDone(tab);
      assert.deepEqual(await violations(tab), []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} pixels in a window of ${width}`);
      assert.deepEqual(tab.problems(), []);
    } finally {
      await tab.close();
    }
  });
}
