// The class that other pages use, from plain JavaScript: tests/browser/library.html.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage } from './lib/browser.mjs';
import { servePage } from './lib/server.mjs';

let server;
before(async () => (server = await servePage()));
after(async () => server.close());

async function withLibrary(engine, use) {
  const tab = await openPage({ url: `${server.url}/tests/library.html?engine=${engine}` });
  try {
    await tab.page.waitForFunction(() => document.querySelectorAll('#recommendations li').length > 0 || document.querySelector('#error').textContent);
    assert.equal(await tab.page.locator('#error').textContent(), '');
    await use(tab.page);
    assert.deepEqual(tab.problems().filter((problem) => !/nowhere|404/.test(problem)), []);
  } finally {
    await tab.close();
  }
}

for (const engine of ['cpu', 'webgpu']) {
  test(`load, recommend, explain and info on the ${engine} engine`, () =>
    withLibrary(engine, async (page) => {
      const { info, answer, contributions, scoreAlone } = await page.evaluate(async () => {
        const { recommender } = await window.library;
        const answer = await recommender.recommend({ liked: ['1', 260], disliked: ['2'], k: 7 });
        const contributions = recommender.explain(answer[0].item);
        const left = contributions.find((one) => one.item === '1');
        const without = await recommender.recommend({ liked: [260], disliked: ['2'], k: 100 });
        const found = without.find((one) => one.item === answer[0].item);
        return { info: recommender.info(), answer, contributions, scoreAlone: found && answer[0].score - found.score - left.contribution };
      });
      assert.equal(info.engine, engine);
      assert.ok(info.reason.length > 3);
      assert.equal(info.nItems, 2398);
      assert.ok(info.provenance.results.length >= 5);
      assert.equal(answer.length, 7);
      assert.ok(answer.every((row) => typeof row.item === 'string' && row.title && Number.isFinite(row.score)));
      assert.ok(answer.every((row) => !['1', '260', '2'].includes(row.item)), 'what is named is not recommended');
      assert.ok(contributions.some((one) => one.item === '260'));
      assert.ok(Math.abs(scoreAlone) < 1e-3, `leaving Toy Story out changes the score by what explain says (off by ${scoreAlone})`);
    }));
}

test('what is wrong ends in a JavaScript Error that helps', () =>
  withLibrary('cpu', async (page) => {
    const said = await page.evaluate(async () => {
      const { Recommender, recommender } = await window.library;
      const fresh = await Recommender.load('/model.safetensors');
      const attempts = {
        item: () => recommender.recommend({ liked: ['no such film'] }),
        twice: () => recommender.recommend({ liked: ['1', '1'] }),
        k: () => recommender.recommend({ liked: ['1'], k: 101 }),
        fraction: () => recommender.recommend({ k: 1.5 }),
        key: () => recommender.recommend({ likes: ['1'] }),
        option: () => Recommender.load('/model.safetensors', { engin: 'cpu' }),
        engine: () => Recommender.load('/model.safetensors', { engine: 'quantum' }),
        missing: () => Recommender.load('/nowhere.safetensors'),
        damaged: () => Recommender.load(new Uint8Array(100)),
        explain: () => fresh.explain('1'),
        search: () => fresh.search('alien'),
      };
      const said = {};
      for (const [name, attempt] of Object.entries(attempts)) {
        try {
          await attempt();
          said[name] = 'nothing';
        } catch (error) {
          said[name] = error instanceof Error ? error.message : `not an Error: ${error}`;
        }
      }
      return said;
    });
    const expected = {
      item: /no such film/,
      twice: /"1".*twice/,
      k: /101.*1 to 100/,
      fraction: /whole number/,
      key: /likes.*liked, disliked, hidden, k/,
      option: /engin.*catalogue, engine/,
      engine: /quantum.*auto, webgpu or cpu/,
      missing: /nowhere.*404/,
      damaged: /damaged|cut off/,
      explain: /recommend\(\) first/,
      search: /catalogue/,
    };
    for (const [name, pattern] of Object.entries(expected)) assert.match(said[name], pattern, name);
    assert.ok(!JSON.stringify(said).includes('unreachable'), 'no panic');
  }));
