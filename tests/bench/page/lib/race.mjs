// One size: every contestant starts cold in a tab of its own, is checked and tried; the fastest variant of each then
// runs in rounds with the others, so that what else the machine does hits all alike.
import { resolve } from '../../../../.make/serve.mjs';
import { wrong } from './reference.mjs';

/** What a contestant may take at one size, in milliseconds. */
const COLD_LIMIT = 120_000;
const REQUEST_LIMIT = 20_000;
/** Slower than the best variant by this factor: not tried at the next size. Less is forgiven where a request takes seconds. */
const HOPELESS = 4;
const HOPELESS_IF_SLOW = 1.25;
const SLOW = 2_000;
/** Up to this many items a cold start is taken again, in tabs of its own, and the median counts. */
const COLD_AGAIN_UP_TO = 100_000;
const N_COLD_AGAIN = 2;

export const quantile = (samples, q) => {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
};

const within = (promise, limit, what) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${limit / 1000} s`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

const firstLine = (error) => String(error.message ?? error).replace(/^page\.evaluate: (Error: )?/, '').split('\n')[0].slice(0, 200);

/** The code files among what a tab has fetched, ours and theirs, without the harness. */
const CODE = /^\/(engine|npm|peers)\//;

export class Race {
  /** `pace`: rounds, milliseconds a round and a contestant, samples a round. */
  constructor({ browser, server, mounts, pace, say }) {
    Object.assign(this, { browser, server, mounts, pace, say });
    /** The size before: contestant id -> variant name -> `{ trial }` or `{ reason }`. */
    this.before = new Map();
    this.nBefore = 0;
  }

  async #open(context, size, variant) {
    const page = await context.newPage();
    const files = new Set();
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (CODE.test(pathname) && response.ok()) files.add(resolve(this.mounts, pathname));
    });
    await page.goto(`${this.server.url}/lib/tab.html`);
    const { module, needs, options } = variant;
    const job = { folder: `/data/${size}`, module, needs, options };
    try {
      const cold = await within(page.evaluate((job) => globalThis.bench.cold(job), job), COLD_LIMIT, 'load and first answer');
      return { page, cold, files };
    } catch (error) {
      await page.close();
      throw error;
    }
  }

  /** Cold start, check and trial of one variant; the tab stays open. Rejects where it cannot run here. */
  async #trial(context, size, variant, answers, fail) {
    const tab = await this.#open(context, size, variant);
    try {
      const checked = await within(tab.page.evaluate(() => globalThis.bench.check(5_000)), COLD_LIMIT, 'the first answers');
      checked.forEach((items, request) => {
        const fault = wrong(answers[request], items);
        if (fault) fail(request, fault);
      });
      const { samples } = await tab.page.evaluate(([ms, most]) => globalThis.bench.slice(ms, most), this.pace.trial);
      const exact = checked.filter((items, request) => items.every((item, at) => item === answers[request].best[at])).length;
      return { ...tab, nChecked: checked.length, nExact: exact, trial: Math.min(...samples) };
    } catch (error) {
      await tab.page.close();
      throw error;
    }
  }

  /** Why a contestant need not start, or null. */
  #foreseen(contestant, variant, nItems) {
    const before = this.before.get(contestant.id);
    if (!before) return null;
    const best = Math.min(...[...before.values()].map(({ trial }) => trial ?? Infinity));
    const { trial: own, reason } = before.get(variant.name);
    if (reason) return reason;
    const ahead = (own * nItems) / this.nBefore;
    const from = `${this.nBefore.toLocaleString('en')} items`;
    if (ahead > REQUEST_LIMIT) return `about ${Math.round(ahead / 1000)} s a request, foreseen from ${from}; the limit is ${REQUEST_LIMIT / 1000} s`;
    const hopeless = ahead > SLOW ? HOPELESS_IF_SLOW : HOPELESS;
    return own > hopeless * best ? `more than ${hopeless} times as slow as the best variant at ${from}` : null;
  }

  /** The variant that was the fastest at the size before, or the first. */
  #best({ id, variants }) {
    const before = this.before.get(id);
    const trialOf = ({ name }) => before?.get(name)?.trial ?? Infinity;
    return variants.reduce((best, variant) => (trialOf(variant) < trialOf(best) ? variant : best));
  }

  /** All variants of a contestant, one after the other; the fastest keeps its tab, as `row.tab`. */
  async #trials(context, contestant, { size, nItems, answers, failures }) {
    const row = { id: contestant.id, name: contestant.name, size, nItems, variants: [] };
    for (const variant of contestant.variants) {
      const title = [contestant.name, variant.name].filter(Boolean).join(', ');
      const entry = { name: variant.name, reason: this.#foreseen(contestant, variant, nItems) };
      row.variants.push(entry);
      if (entry.reason) continue;
      try {
        const fail = (request, fault) => failures.push({ size, request, variant: variant.name, fault, contestant: contestant.name });
        const { page, cold, files, ...tried } = await this.#trial(context, size, variant, answers, fail);
        Object.assign(entry, { cold, ...tried });
        this.say(`  ${title}: ${tried.trial.toFixed(3)} ms, cold ${cold.toFixed(0)} ms`);
        const better = !row.tab || tried.trial < row.tab.trial;
        await (better ? row.tab?.page : page)?.close();
        if (better) row.tab = { page, files, colds: [cold], samples: [], spent: 0, batch: 1, variant, fail, ...tried };
      } catch (error) {
        entry.reason = firstLine(error);
        this.say(`  ${title}: - (${entry.reason})`);
      }
    }
    if (!row.tab) row.reason = this.#best(row).reason;
    return row;
  }

  /** One turn of one contestant. A tab that breaks costs its contestant the figure, not everyone the run. */
  async #turn(row, answers) {
    const { tab } = row;
    if (tab.samples.length >= 5 && tab.spent > 10_000) return;
    try {
      await tab.page.bringToFront();
      const began = performance.now();
      const turn = tab.page.evaluate(([ms, most]) => globalThis.bench.slice(ms, most), this.pace.slice);
      const { samples, batch, request, items } = await within(turn, COLD_LIMIT, 'a turn');
      tab.spent += performance.now() - began;
      tab.samples.push(...samples);
      tab.batch = batch;
      const fault = wrong(answers[request], items);
      if (fault) tab.fail(request, fault);
    } catch (error) {
      row.reason = firstLine(error);
      delete row.tab;
      this.say(`  ${row.name}: - (${row.reason})`);
    }
  }

  /** Race at one size; resolves to `{ rows, failures }`. */
  async run(size, contestants, { model, answers }) {
    const { nItems } = model;
    const failures = [];
    const context = await this.browser.newContext();
    const rows = [];
    for (const contestant of contestants) rows.push(await this.#trials(context, contestant, { size, nItems, answers, failures }));
    for (let round = 0; round < this.pace.rounds; round += 1) {
      for (const row of rows.filter(({ tab }) => tab)) await this.#turn(row, answers);
    }
    await context.close();

    const running = rows.filter(({ tab }) => tab);
    for (let again = 0; again < N_COLD_AGAIN && nItems <= COLD_AGAIN_UP_TO; again += 1) {
      for (const { tab } of running) tab.colds.push(...(await this.#coldAgain(size, tab.variant)));
    }
    for (const row of running) {
      const { samples, batch, colds, variant, files, nChecked, nExact } = row.tab;
      const [p50, p95] = [0.5, 0.95].map((q) => quantile(samples, q));
      Object.assign(row, { p50, p95, best: Math.min(...samples), nSamples: samples.length, batch, cold: quantile(colds, 0.5) });
      Object.assign(row, { nColds: colds.length, variant: variant.name, files: [...files], nChecked, nExact });
      delete row.tab;
    }
    this.before = new Map(rows.map(({ id, variants }) => [id, new Map(variants.map((variant) => [variant.name, variant]))]));
    this.nBefore = nItems;
    return { rows, failures };
  }

  /** One more cold start, in a profile of its own; nothing where it fails. */
  async #coldAgain(size, variant) {
    const context = await this.browser.newContext();
    const opened = await this.#open(context, size, variant).catch(() => null);
    await context.close();
    return opened ? [opened.cold] : [];
  }

  /** p50 and p95 of something that is not checked. */
  async orientation(size, variant) {
    const context = await this.browser.newContext();
    try {
      const { page } = await this.#open(context, size, variant);
      const { samples } = await page.evaluate(() => globalThis.bench.slice(2_000, 200));
      return { p50: quantile(samples, 0.5), p95: quantile(samples, 0.95) };
    } catch (error) {
      return { reason: firstLine(error) };
    } finally {
      await context.close();
    }
  }
}
