// The page's answer is the CPU twin's, from both engines: the reference is the same model file, read and answered
// natively by `native-trainer recommend`.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answered, like, recommendations, reset } from './lib/actions.mjs';
import { openPage } from './lib/browser.mjs';
import { nativeTrainer } from './lib/native.mjs';
import { servePage } from './lib/server.mjs';

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

/** What the native CPU twin answers: `[{ id, score }]`. */
async function native(titles) {
  const likes = titles.flatMap((title) => ['--like', title]);
  const stdout = await nativeTrainer(['recommend', '--model', 'assets/model.safetensors', ...likes, '--json']);
  return JSON.parse(stdout).recommendations.map((row) => ({ id: String(row.id), score: row.score }));
}

const tastes = [
  ['Toy Story'],
  ['The Matrix', 'Blade Runner', 'Alien'],
  ['Casablanca', 'Vertigo', 'Rear Window', 'North by Northwest', 'Psycho', 'Notorious'],
];

for (const engine of ['cpu', 'webgpu']) {
  test(`the ${engine} engine of the page agrees with the native CPU twin`, async () => {
    const tab = await openPage({ url: `${server.url}/?engine=${engine}` });
    try {
      await answered(tab);
      assert.match(await tab.page.getByTestId('engine').textContent(), new RegExp(engine, 'i'));
      for (const titles of tastes) {
        await reset(tab);
        for (const title of titles) await like(tab, title.toLowerCase());
        const shown = await recommendations(tab);
        const expected = await native(titles);
        assert.deepEqual(shown.map((row) => row.id), expected.map((row) => row.id), titles.join(', '));
        shown.forEach((row, place) => {
          const wanted = expected[place].score;
          // Written so that NaN fails; both are f32, summed in different orders.
          assert.ok(Math.abs(row.score - wanted) <= 1e-3 + 1e-3 * Math.abs(wanted), `${row.id}: ${row.score}, natively ${wanted}`);
        });
      }
      assert.match(await tab.page.getByTestId('engine').textContent(), new RegExp(engine, 'i'), 'it stayed on its engine');
    } finally {
      await tab.close();
    }
  });
}
