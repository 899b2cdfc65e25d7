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

test('the engine can be chosen anew, and both are measured', () =>
  withLibrary('auto', async (page) => {
    const said = await page.evaluate(async () => {
      const { recommender } = await window.library;
      const until = performance.now() + 15_000;
      while (recommender.info().timings.webgpuMs === null && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
      const auto = recommender.info();
      const webgpu = await recommender.chooseEngine('webgpu');
      const ids = async () => (await recommender.recommend({ liked: ['1'], k: 5 })).map((row) => row.item);
      const onGpu = await ids();
      // Of two at once the later one counts.
      const both = await Promise.all([recommender.chooseEngine('webgpu'), recommender.chooseEngine('cpu')]);
      const unknown = await recommender.chooseEngine('quantum').catch((error) => String(error));
      return { auto, webgpu, both: both.map((info) => info.engine), last: recommender.info(), same: String(onGpu) === String(await ids()), unknown };
    });
    assert.equal(said.auto.engine, 'cpu', 'the adapter is a software one');
    assert.match(said.auto.reason, /computes in software; measured here/);
    assert.equal(said.webgpu.engine, 'webgpu');
    for (const { timings, canTryGpu } of [said.auto, said.webgpu]) {
      assert.ok(timings.cpuMs > 0 && timings.webgpuMs > 0, JSON.stringify(timings));
      assert.equal(canTryGpu, false);
    }
    assert.deepEqual(said.both, ['cpu', 'cpu']);
    assert.equal(said.last.engine, 'cpu');
    assert.equal(said.last.timings.cpuMs, null, 'nothing was measured for a choice without alternative');
    assert.ok(said.same);
    assert.match(said.unknown, /quantum.*auto, webgpu or cpu/);
  }));

test('what is wrong ends in a JavaScript Error that helps', () =>
  withLibrary('cpu', async (page) => {
    const said = await page.evaluate(async () => {
      const { Recommender, recommender, model } = await window.library;
      const fresh = await Recommender.load(model);
      const attempts = {
        item: () => recommender.recommend({ liked: ['no such film'] }),
        twice: () => recommender.recommend({ liked: ['1', '1'] }),
        k: () => recommender.recommend({ liked: ['1'], k: 101 }),
        fraction: () => recommender.recommend({ k: 1.5 }),
        key: () => recommender.recommend({ likes: ['1'] }),
        option: () => Recommender.load(model, { engin: 'cpu' }),
        engine: () => Recommender.load(model, { engine: 'quantum' }),
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
