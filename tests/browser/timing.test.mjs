// What the page and the class say about time: the whole answer by the page's clock, the stages by the GPU's own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answered } from './lib/actions.mjs';
import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';

const STAGES = ['fold_in', 'user_half', 'score', 'mask', 'top_k'];

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

test('the page tells what the stages take on the GPU, and they add up', async () => {
  const tab = await openPage({ url: `${server.url}/?engine=webgpu` });
  try {
    await answered(tab);
    const line = tab.page.getByTestId('gpu-stages');
    await line.waitFor();
    const text = await line.textContent();
    const stages = Object.fromEntries(STAGES.map((name) => [name, Number(text.match(new RegExp(`${name} ([\\d.]+)`))?.[1])]));
    const total = Number(text.match(/works ([\d.]+) ms/)?.[1]);
    const sum = Object.values(stages).reduce((a, b) => a + b, 0);
    // Each is rounded to a hundredth.
    assert.ok(total > 0 && Math.abs(total - sum) <= 0.031, text);
    assert.deepEqual(tab.problems(), []);
  } finally {
    await tab.close();
  }
});

test('without a GPU at work there is nothing to tell', async () => {
  const tab = await openPage({ url: `${server.url}/?engine=cpu` });
  try {
    await answered(tab);
    await tab.page.waitForTimeout(1500);
    assert.equal(await tab.page.getByTestId('gpu-stages').count(), 0);
  } finally {
    await tab.close();
  }
});

for (const engine of ['webgpu', 'cpu']) {
  test(`the class gives the stages' times to other pages, engine ${engine}`, async () => {
    const tab = await openPage({ url: `${server.url}/tests/library.html?engine=${engine}` });
    try {
      const times = await tab.page.evaluate(async () => {
        const { recommender } = await window.library;
        const [film] = recommender.search('alien');
        return recommender.stageTimes({ liked: [film.item] });
      });
      if (engine === 'cpu') {
        assert.equal(times, undefined);
      } else {
        assert.deepEqual(times.map((time) => time.stage), STAGES);
        assert.ok(times.every((time) => time.milliseconds >= 0 && time.milliseconds < 10_000), JSON.stringify(times));
      }
    } finally {
      await tab.close();
    }
  });
}
