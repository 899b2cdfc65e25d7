// The engine without the page, as somebody loads it who has a page already: here in Node, where the CPU answers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { ROOT } from './lib/server.mjs';

const file = (name) => readFileSync(path.join(ROOT, name));
const model = file('assets/model.safetensors');
const catalogue = () => JSON.parse(file('assets/catalogue.json'));

let Recommender;
before(async () => {
  const engine = await import(path.join(ROOT, 'target/engine/sharp_distill.js'));
  engine.initSync({ module: file('target/engine/sharp_distill_bg.wasm') });
  Recommender = engine.Recommender;
});

/** A recommender whose first items carry these titles, and the others nothing that anybody looks for. */
async function withTitles(titles) {
  const changed = catalogue();
  changed.items.forEach((item, i) => Object.assign(item, { title: titles[i] ?? '-', aka: [], genres: [] }));
  return Recommender.load(model, { catalogue: Buffer.from(JSON.stringify(changed)), engine: 'cpu' });
}

test('it answers', async () => {
  const recommender = await Recommender.load(model, { catalogue: file('assets/catalogue.json'), engine: 'cpu' });
  const answer = await recommender.recommend({ liked: ['1', 260], k: 5 });
  assert.equal(answer.length, 5);
  assert.ok(answer.every(({ title, score }) => title && Number.isFinite(score)));
  assert.equal(recommender.info().engine, 'cpu');
  assert.ok(recommender.info().provenance.results.some(({ at_10: { ndcg } }) => ndcg > 0.1 && ndcg < 1));
});

// As in tests/catalogue.rs: there Unicode's tables are a crate's, here they are the browser's.
test('accents, case and punctuation do not count in a search, in any alphabet', async () => {
  const titles = ["Le Fabuleux destin d'Amélie Poulain", 'Alien³', 'Schindler’s Spaß', '8½', 'À bout de souffle', 'Зеркало', 'ΟΔΥΣΣΕΥΣ', 'Ｗｉｄｅ Ⅻ', 'WALL·E', 'İstanbul', '七人の侍', 'Ｎｏ．５'];
  const recommender = await withTitles(titles);
  for (const [query, title] of [
    ['AMÉLIE', 0], ['amelie', 0], ['ame\u0301lie poulain', 0], ['damelie', 0], ['alien3', 1], ['schindlers', 2], ['SCHINDLER\'S', 2],
    ['8½', 3], ['A BOUT DE SOUFFLE', 4], ['ЗЕРК', 5], ['зеркаол', 5], ['οδυσσευς', 6], ['ΟΔΥΣΣΕΥ', 6], ['wide xii', 7], ['wall e', 8],
    ['ISTANBUL', 9], ['istanbul', 9], ['七人', 10], ['no5', 11],
  ]) {
    assert.equal(recommender.search(query, 1)[0]?.title, titles[title], query);
  }
  assert.deepEqual(recommender.search('·—!', 1), []);
});

test('what is wrong with a file is said, not panicked about', async () => {
  const said = async (load) => load().then(() => 'nothing', (error) => (error instanceof Error ? error.message : `no Error: ${error}`));
  const text = file('assets/catalogue.json').toString();
  const other = (from, to) => Recommender.load(model, { catalogue: Buffer.from(text.replace(from, to)), engine: 'cpu' });
  assert.match(await said(() => other('"version":1', '"version":2')), /version 2, not/);
  assert.match(await said(() => other('"title"', '"titel"')), /unknown field `titel`.*line 2 column/);
  assert.match(await said(() => other(/"year":\d+/, '"year":1e3')), /number `1e3`, expected a whole number/);
  assert.match(await said(() => other(/"year":\d+/, '"year":99999')), /integer `99999`, expected u16/);
  assert.match(await said(() => Recommender.load(model.subarray(0, 500_000))), /damaged, cut off/);
  assert.match(await said(() => Recommender.load(model.subarray(0, 5))), /less than 8 bytes/);
  // The first feature becomes a NaN: the message names tensor and place.
  const damaged = Buffer.from(model);
  const header = JSON.parse(damaged.subarray(8, 8 + Number(damaged.readBigUInt64LE())));
  const [begin] = header['student.features'].data_offsets;
  damaged.writeUInt16LE(0x7e00, 8 + Number(damaged.readBigUInt64LE()) + begin);
  assert.match(await said(() => Recommender.load(damaged)), /`student.features` holds NaN at position 0/);
});
