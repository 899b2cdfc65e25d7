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

for (const engine of ['cpu', 'webgpu']) {
  test(`filter, novelty and diversity on the ${engine} engine`, () =>
    withLibrary(engine, async (page) => {
      const { lists, horrors, explained, info } = await page.evaluate(async () => {
        const { recommender, catalogue } = await window.library;
        const { items } = await (await fetch(catalogue)).json();
        const liked = ['1', '260'];
        const list = (more) => recommender.recommend({ liked, k: 10, ...more });
        const genre = (name) => items.filter((item) => item.genres?.includes(name)).map((item) => item.id);
        const lists = {
          plain: await list({}),
          horror: await list({ only: { genres: ['Horror'] } }),
          sober: await list({ only: { notGenres: ['Horror', 'Comedy'], popularity: 'lesser-known' } }),
          nineties: await list({ only: { years: [1990, 1999] } }),
          old: await list({ only: { years: [0, 1929] }, k: 100 }),
          open: await list({ only: { years: [2010, Infinity] } }),
          nothing: await list({ only: { years: [1800, 1801] } }),
          all: await list({ only: {}, novelty: 0, diversity: 0 }),
          novel: await list({ novelty: 1 }),
          diverse: await list({ diversity: 0.8 }),
        };
        const best = lists.plain[0].item;
        const explained = [];
        for (const more of [{}, { novelty: 1, diversity: 0.5, only: { popularity: 'well-known' } }]) {
          await list(more);
          explained.push(recommender.explain(best));
        }
        return { lists, horrors: genre('Horror'), explained, info: recommender.info() };
      });
      assert.equal(info.engine, engine, info.reason);
      const items = (list) => list.map((row) => row.item);
      for (const [name, list] of Object.entries(lists)) assert.equal(new Set(items(list)).size, list.length, `${name}: each item once`);
      assert.ok(items(lists.horror).every((item) => horrors.includes(item)) && lists.horror.length === 10);
      assert.ok(lists.sober.length === 10 && !items(lists.sober).some((item) => horrors.includes(item)));
      assert.ok(lists.nineties.every(({ year }) => year >= 1990 && year <= 1999) && lists.nineties.length === 10);
      assert.ok(lists.old.length > 0 && lists.old.length < 100 && lists.old.every(({ year }) => year <= 1929), 'fewer than k are left');
      assert.ok(lists.open.every(({ year }) => year >= 2010) && lists.open.length === 10);
      assert.deepEqual(lists.nothing, []);
      assert.deepEqual(items(lists.all), items(lists.plain));
      const kept = (list) => items(list).filter((item) => items(lists.plain).includes(item)).length;
      assert.ok(kept(lists.novel) < 10 && lists.novel.every(({ score }) => Number.isFinite(score)));
      assert.equal(lists.diverse[0].item, lists.plain[0].item, 'the best stays in front');
      assert.ok(kept(lists.diverse) < 10 && lists.diverse.length === 10);
      assert.deepEqual(explained[1], explained[0], 'what lifts an item does not depend on what is filtered');
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
        novelty: () => recommender.recommend({ novelty: 2 }),
        diversity: () => recommender.recommend({ diversity: 'much' }),
        only: () => recommender.recommend({ only: 'Horror' }),
        onlyKey: () => recommender.recommend({ only: { genre: ['Horror'] } }),
        genre: () => recommender.recommend({ only: { genres: ['Horor'] } }),
        genres: () => recommender.recommend({ only: { notGenres: 'Horror' } }),
        years: () => recommender.recommend({ only: { years: [1990] } }),
        popularity: () => recommender.recommend({ only: { popularity: 'huge' } }),
        untitled: () => fresh.recommend({ only: { years: [1990, 1999] } }),
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
      key: /likes.*liked, disliked, hidden, k, only, novelty, diversity/,
      novelty: /novelty must be a number from 0 to 1/,
      diversity: /diversity must be a number from 0 to 1/,
      only: /an object is expected/,
      onlyKey: /"genre".*genres, notGenres, years, popularity/,
      genre: /no item of genre "Horor"/,
      genres: /notGenres must be an array/,
      years: /the first and the last/,
      popularity: /all, well-known or lesser-known/,
      untitled: /need a catalogue.*catalogue: \.\.\./,
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
