// A GPU that fails, in every way that can be made to happen: the page answers on through the CPU, says why, and tries the
// GPU again when asked to.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answered, recommendations, reranked } from './lib/actions.mjs';
import { openBackground } from './lib/background.mjs';
import { openPage } from './lib/browser.mjs';
import { gpuFaults } from './lib/faults.mjs';
import { servePage } from './lib/server.mjs';

let server;
/** What the CPU answers to each of the tastes to start from: the reference for whatever the page shows. */
let expected;
before(async () => {
  server = await servePage();
  await withPage({ query: '?engine=cpu' }, async (tab) => {
    expected = [];
    for (let taste = 0; taste < (await tastes(tab).count()); taste += 1) {
      await tastes(tab).nth(taste).click();
      expected.push((await recommendations(tab)).map((row) => row.id));
    }
    assert.ok(expected.length >= 3 && new Set(expected.map(String)).size === expected.length, 'tastes differ');
  });
});
after(async () => server.close());

const tastes = (tab) => tab.page.locator('.presets .preset');
const button = (tab) => tab.page.getByTestId('try-gpu');
const engine = (tab) => tab.page.getByTestId('engine').textContent();

/** The page has told screen readers so. Parts of the page that are on their way say theirs, too. */
const announced = (tab, pattern) => tab.page.getByRole('status').filter({ hasText: pattern }).waitFor({ state: 'attached' });

/** Open the page with `fault` set up from the start, and see that nothing but that fault is said in the console. */
async function withPage({ query = '?engine=webgpu', fault, ...options }, check) {
  const init = fault ? `(${gpuFaults})(); (${fault})(window.gpu);` : gpuFaults;
  const tab = await openPage({ url: undefined, ...options });
  try {
    await tab.context.addInitScript(typeof init === 'string' ? { content: init } : init);
    await tab.page.goto(`${server.url}/${query}`);
    await answered(tab);
    await check(tab);
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
}

const saysEngine = (tab, pattern) =>
  tab.page.waitForFunction(
    ([source, flags]) => new RegExp(source, flags).test(document.querySelector('[data-testid=engine]').textContent),
    [pattern.source, pattern.flags],
    { timeout: 40_000 },
  ).catch(async () => assert.match(await engine(tab), pattern));

/** Choose a taste and see that the right answer to it comes, whichever engine gives it. */
async function answersRightly(tab, taste) {
  await tastes(tab).nth(taste).click();
  await tab.page.waitForFunction(
    (wanted) => JSON.stringify([...document.querySelectorAll('[data-testid=recommendation]')].map((row) => row.dataset.itemId)) === wanted,
    JSON.stringify(expected[taste]),
    { timeout: 15_000 },
  ).catch(async () => assert.deepEqual((await recommendations(tab)).map((row) => row.id), expected[taste]));
}

/** The CPU answers, the line says why, and answers are right. */
async function fellBack(tab, why) {
  await saysEngine(tab, /Engine: cpu/);
  assert.match(await engine(tab), why);
  await answersRightly(tab, 2);
  await answersRightly(tab, 0);
}

/** The GPU is tried again by the button and answers. */
async function comesBack(tab) {
  await button(tab).click();
  await saysEngine(tab, /Engine: webgpu.*same answers/);
  await button(tab).waitFor({ state: 'hidden' });
  await answersRightly(tab, 1);
  assert.match(await engine(tab), /Engine: webgpu/, 'it stays on the GPU');
}

test('a device that is lost in mid-request', () =>
  withPage({}, async (tab) => {
    assert.match(await engine(tab), /Engine: webgpu/);
    assert.ok(await button(tab).isHidden(), 'nothing to try');
    await tab.page.evaluate(() => (window.gpu.losesNext = true));
    await answersRightly(tab, 1);
    await announced(tab, /The CPU answers now, because the GPU was lost/);
    await fellBack(tab, /because the GPU was lost/);
    await comesBack(tab);
    assert.equal(await tab.page.evaluate(() => window.gpu.devices.length), 2, 'a new device');
  }));

test('a device that is lost while nobody asks is told at once', () =>
  withPage({}, async (tab) => {
    await tab.page.evaluate(() => window.gpu.devices.at(-1).destroy());
    await saysEngine(tab, /Engine: cpu, because the GPU was lost/);
    await announced(tab, /The CPU answers now, because the GPU was lost/);
    await fellBack(tab, /the GPU was lost/);
    await comesBack(tab);
  }));

test('no memory on the GPU, when it is made ready', () =>
  withPage({ fault: (gpu) => (gpu.outOfMemory = true) }, async (tab) => {
    await fellBack(tab, /because the GPU is out of memory; closing other tabs/);
    // Still none: that is said, too.
    await button(tab).click();
    await announced(tab, /still does not answer, because the GPU is out of memory/);
    assert.equal(await button(tab).textContent(), 'Try the GPU again');
    await tab.page.evaluate(() => (window.gpu.outOfMemory = false));
    await comesBack(tab);
  }));

test('no memory on the GPU, later', () =>
  withPage({}, async (tab) => {
    await tab.page.evaluate(() => {
      const error = new GPUOutOfMemoryError('a simulated lack of memory');
      window.gpu.devices.at(-1).dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error, cancelable: true }));
    });
    await fellBack(tab, /because the GPU is out of memory/);
    await comesBack(tab);
  }));

test('a shader that does not compile', () =>
  withPage({ fault: (gpu) => (gpu.rewrites = (code) => `${code}\nno WGSL;`) }, async (tab) => {
    await fellBack(tab, /because the GPU refused a shader of this page: .*error/);
    assert.ok((await engine(tab)).length < 300, 'no listing of the compiler');
    await tab.page.evaluate(() => (window.gpu.rewrites = null));
    await comesBack(tab);
  }));

test('an adapter that computes something else', () =>
  withPage(
    { fault: (gpu) => (gpu.rewrites = (code) => code.replaceAll('dims.output_bias', '(dims.output_bias + 1.0)')) },
    async (tab) => {
      assert.ok((await tab.page.evaluate(() => window.gpu.nRewritten)) > 0, 'no shader has a bias to change: change something else');
      await fellBack(tab, /because the GPU failed its self-check/);
      await tab.page.evaluate(() => (window.gpu.rewrites = null));
      await comesBack(tab);
    },
  ));

for (const [what, corrupts, why] of [
  // How many places, 0, then pairs: the score as an integer of the same order, the item.
  ['a score is off', (words) => (words[2] ^= 0x00400000), /the GPU gave a wrong answer: item \d+ with score/],
  ['another item', (words) => (words[3] = (words[3] + 1) % 1000), /the GPU gave a wrong answer: item \d+/],
  ['nothing', (words) => words.fill(0, 2), /the GPU gave a wrong answer: 0 items where there are 10/],
  ['rubbish', (words) => words.fill(0xffffffff), /could not be read back/],
]) {
  test(`an adapter that turns wrong after its self-check: ${what}`, () =>
    withPage({}, async (tab) => {
      await answersRightly(tab, 1);
      assert.match(await engine(tab), /Engine: webgpu/);
      await tab.page.evaluate(`window.gpu.corrupts = ${corrupts}`);
      await answersRightly(tab, 0);
      await fellBack(tab, why);
      // Wrong from the start now: the self-check finds it.
      await button(tab).click();
      await announced(tab, /still does not answer/);
      await tab.page.evaluate(() => (window.gpu.corrupts = null));
      await comesBack(tab);
    }));
}

test('a GPU that hangs is given up after a while', () =>
  withPage({}, async (tab) => {
    await tab.page.evaluate(() => (window.gpu.hangs = true));
    const began = Date.now();
    await answersRightly(tab, 1);
    const seconds = (Date.now() - began) / 1000;
    assert.ok(seconds > 3 && seconds < 10, `given up after ${seconds} s`);
    await fellBack(tab, /because the GPU did not answer within 4 seconds/);
    await tab.page.evaluate(() => (window.gpu.hangs = false));
    await comesBack(tab);
  }));

test('a GPU that hangs behind fast edits does not hold up the last one', () =>
  withPage({}, async (tab) => {
    await tab.page.evaluate(() => {
      window.gpu.hangs = true;
      const presets = document.querySelectorAll('.presets .preset');
      for (let edit = 0; edit < 12; edit += 1) presets[edit % presets.length].click();
      presets[2].click();
    });
    await answersRightly(tab, 2);
    await saysEngine(tab, /Engine: cpu, because the GPU did not answer within 4 seconds/);
    await fellBack(tab, /did not answer/);
  }));

test('a browser that never says whether it has an adapter', () =>
  withPage({ query: '', fault: (gpu) => (gpu.adapterHangs = true) }, async (tab) => {
    assert.match(await engine(tab), /Engine: cpu, because the GPU is still being prepared/);
    await answersRightly(tab, 1);
    await saysEngine(tab, /Engine: cpu, because the GPU did not get ready within 20 seconds/);
    assert.ok(await button(tab).isVisible());
  }));

test('no adapter for a moment, as after a crash of the browser’s GPU process', () =>
  withPage({}, async (tab) => {
    await tab.page.evaluate(() => {
      window.gpu.hasNoAdapter = true;
      window.gpu.devices.at(-1).destroy();
    });
    await fellBack(tab, /the GPU was lost/);
    await button(tab).click();
    await saysEngine(tab, /Engine: cpu, because no GPU adapter was offered/);
    assert.ok(await button(tab).isVisible(), 'there was an adapter, so there may be one again');
    await tab.page.evaluate(() => (window.gpu.hasNoAdapter = false));
    await comesBack(tab);
  }));

for (const [what, options] of [
  ['without an adapter', { webgpu: 'no-adapter', query: '' }],
  ['without WebGPU', { webgpu: 'absent' }],
  ['on a software adapter', { query: '' }],
  ['when the CPU was asked for', { query: '?engine=cpu' }],
]) {
  test(`the GPU is not offered ${what}`, () =>
    withPage(options, async (tab) => {
      await tab.page.waitForTimeout(1500);
      assert.match(await engine(tab), /Engine: cpu/);
      assert.ok(await button(tab).isHidden());
    }));
}

test('both engines are measured and said, and on a software adapter only after the first answer', () =>
  withPage({ query: '' }, async (tab) => {
    await saysEngine(tab, /Engine: cpu, because .*computes in software; measured here [\d.]+ ms a request, the CPU [\d.]+ ms/);
    await answersRightly(tab, 1);
    await tab.page.goto(`${server.url}/?engine=webgpu`);
    await answered(tab);
    assert.match(await engine(tab), /Engine: webgpu, because .* measured here [\d.]+ ms a request, the CPU [\d.]+ ms/);
  }));

test('nothing moves when the measurements come', async () => {
  for (const [width, height] of [[1280, 900], [390, 844]]) {
    await withPage({ query: '', viewport: { width, height } }, async (tab) => {
      const top = () => tab.page.getByTestId('shelf').evaluate((shelf) => shelf.getBoundingClientRect().top);
      const before = await top();
      await saysEngine(tab, /measured here/);
      assert.equal(await top(), before, `${width} px wide`);
    });
  }
});

test('the offer is there for keyboards and screen readers, and keeps the focus', () =>
  withPage({}, async (tab) => {
    await tab.page.evaluate(() => window.gpu.devices.at(-1).destroy());
    await button(tab).waitFor();
    await tab.page.evaluate(() => (window.gpu.adapterHangs = true));
    await button(tab).focus();
    await tab.page.keyboard.press('Enter');
    await tab.page.getByRole('button', { name: 'Trying the GPU' }).waitFor();
    assert.equal(await button(tab).getAttribute('aria-disabled'), 'true');
    assert.ok(await button(tab).evaluate((node) => node === document.activeElement), 'the focus stays on it');
    await tab.page.keyboard.press('Enter'); // does nothing
    await tab.page.getByRole('button', { name: 'Try the GPU again' }).waitFor({ timeout: 40_000 });
    await announced(tab, /still does not answer, because the GPU did not get ready/);
    await tab.page.evaluate(() => (window.gpu.adapterHangs = false));
    await tab.page.keyboard.press('Enter');
    await button(tab).waitFor({ state: 'hidden' });
    await announced(tab, /The GPU answers again/);
    assert.equal(await tab.page.evaluate(() => document.activeElement.id), 'engine', 'the focus goes to the line that has changed');
  }));

test('thirty fast edits while the GPU is silent: each is shown at once, few requests in flight, the last shelf’s answer', () =>
  withPage({}, async (tab) => {
    const seen = await tab.page.evaluate(async () => {
      const before = window.gpu.nReadbacks;
      let answer;
      window.gpu.until = new Promise((resolve) => (answer = resolve));
      const presets = document.querySelectorAll('.presets .preset');
      const shelves = [];
      for (let edit = 0; edit < 30; edit += 1) {
        presets[edit % presets.length].click();
        await new Promise((resolve) => setTimeout(resolve, 10));
        shelves.push([...document.querySelectorAll('[data-testid=shelf-item]')].map((item) => item.textContent).join());
      }
      presets[1].click();
      const left = window.gpu.nInFlight;
      window.gpu.until = null;
      answer();
      return { shelves, left, n: window.gpu.nReadbacks - before, nPresets: presets.length };
    });
    // Nothing was answered before the last edit, so that a page which waits for answers still shows an old shelf.
    assert.ok(seen.left >= 1, 'requests are under way');
    assert.equal(new Set(seen.shelves.slice(0, seen.nPresets)).size, seen.nPresets, 'shelves differ');
    seen.shelves.forEach((shelf, edit) => assert.equal(shelf, seen.shelves[edit % seen.nPresets], `edit ${edit} is shown`));
    assert.ok(seen.n < 31, `${seen.n} of 31 requests went to a GPU that was busy`);
    await answersRightly(tab, 1);
    const most = await tab.page.evaluate(() => window.gpu.mostInFlight);
    assert.ok(most <= 4, `${most} requests in flight`);
    // Answers to earlier shelves that land late change nothing.
    await tab.page.waitForFunction(() => window.gpu.nInFlight === 0);
    await tab.page.waitForTimeout(500);
    assert.deepEqual((await recommendations(tab)).map((row) => row.id), expected[1]);
    assert.match(await engine(tab), /Engine: webgpu/, 'to be busy is no fault');
  }));

/** The same in a tab that can be in the background; Playwright cannot look into it. */
async function withBackground(options, check) {
  const tab = await openPage({ throttled: true });
  try {
    const page = await openBackground(tab, `${server.url}/?engine=webgpu`, { init: gpuFaults, ...options });
    const shows = (wanted) =>
      JSON.stringify([...document.querySelectorAll('[data-testid=recommendation]')].map((row) => row.dataset.itemId)) === wanted;
    const choose = (taste) => page.evaluate((taste) => document.querySelectorAll('.presets .preset')[taste].click(), taste);
    const isAnswered = (taste) => page.waitFor(shows, JSON.stringify(expected[taste]));
    const engineSays = (text) =>
      page.waitFor((text) => document.querySelector('[data-testid=engine]').textContent.includes(text), text);
    await check(page, { choose, isAnswered, engineSays });
    assert.deepEqual(page.problems(), []);
  } finally {
    await tab.close();
  }
}

test('a tab in the background answers, without animation frames and with slow timers', () =>
  withBackground({}, async (page, { choose, isAnswered, engineSays }) => {
    await page.hide();
    const frame = await page.evaluate(() =>
      Promise.race([
        new Promise((resolve) => requestAnimationFrame(() => resolve('a frame'))),
        new Promise((resolve) => setTimeout(() => resolve('no frame'), 1500)),
      ]),
    );
    assert.equal(frame, 'no frame', 'it is really in the background');
    for (const taste of [1, 2, 0]) {
      await choose(taste);
      await isAnswered(taste);
    }
    await engineSays('Engine: webgpu');
    await page.evaluate(() => (window.gpu.losesNext = true));
    await choose(1);
    await isAnswered(1);
    await engineSays('Engine: cpu, because the GPU was lost');
    await page.evaluate(() => document.querySelector('[data-testid=try-gpu]').click());
    await engineSays('Engine: webgpu');
    await page.show();
    await choose(2);
    await isAnswered(2);
  }));

test('a tab that is opened in the background starts there', () =>
  withBackground({ isHidden: true }, async (page, { choose, isAnswered, engineSays }) => {
    assert.equal(await page.evaluate(() => document.visibilityState), 'hidden');
    await engineSays('Engine: webgpu');
    await choose(1);
    await isAnswered(1);
  }));

test('a tab that is frozen in mid-request and thawed later loses neither the answer nor the GPU', () =>
  withBackground({}, async (page, { choose, isAnswered, engineSays }) => {
    await page.evaluate(() => {
      window.gpu.delay = 500;
      window.frozen = 0;
      document.addEventListener('freeze', () => (window.frozen += 1));
    });
    await page.hide();
    await choose(1);
    await page.freeze();
    await new Promise((resolve) => setTimeout(resolve, 6000)); // longer than a GPU is waited for
    await page.thaw();
    await isAnswered(1);
    assert.equal(await page.evaluate(() => window.frozen), 1, 'it was frozen');
    await engineSays('Engine: webgpu');
    await choose(2);
    await isAnswered(2);
    await engineSays('Engine: webgpu');
  }));

for (const [name, width, height] of [['wide', 1280, 900], ['phone', 390, 844]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`the offer fits ${name}, ${colorScheme}`, () =>
      withPage({ viewport: { width, height }, colorScheme, touch: name === 'phone' }, async (tab) => {
        await tab.page.evaluate(() => window.gpu.devices.at(-1).destroy());
        await button(tab).waitFor();
        await tab.page.waitForTimeout(500);
        await tab.screenshot(`fault-${name}-${colorScheme}`);
        const overflow = await tab.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
        const box = await button(tab).boundingBox();
        assert.ok(box.height >= 24 && box.x >= 0 && box.x + box.width <= width, 'it can be hit');
      }));
  }
}
