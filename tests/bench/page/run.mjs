// `make bench-page`: ours beside what people use today, on the same weights, in the same browser, in one run. The shell
// script has built the engine and the models; see README.md for the options and for what is measured.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';
import { serve } from '../../../.make/serve.mjs';
import { CONTESTANTS, EMPTY_SUBMIT } from './contestants.mjs';
import { plot } from './lib/plot.mjs';
import { Race } from './lib/race.mjs';
import { reference } from './lib/reference.mjs';
import { publish, table } from './lib/report.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.resolve(HERE, '../../..');
const OUT = path.join(ROOT, 'target/bench-page');

const { QUICK, ONLY = '', SIZES = '', ADAPTER = 'software', CHROMIUM, BENCH_COMMAND } = process.env;
const words = (list) => list.split(/\s+/).filter(Boolean);
const [sizes, only] = [words(SIZES), words(ONLY)];
const contestants = CONTESTANTS.filter(({ id }) => !only.length || only.some((part) => id.includes(part)));
const pace = QUICK ? { trial: [200, 20], rounds: 3, slice: [100, 10] } : { trial: [800, 40], rounds: 8, slice: [250, 25] };

const die = (message) => {
  console.error(`error: ${message}`);
  process.exit(1);
};
if (!CHROMIUM || !BENCH_COMMAND || !sizes.length) die('the script around this one was left out: run `make bench-page`.');
if (!contestants.length) die(`ONLY='${ONLY}' names nobody: choose from ${CONTESTANTS.map(({ id }) => id).join(', ')}.`);

const gzipped = new Map();
const gzippedBytes = (file) => {
  if (!gzipped.has(file)) gzipped.set(file, execFileSync('gzip', ['-9', '-c', file], { maxBuffer: 1 << 28 }).length);
  return gzipped.get(file);
};

const mounts = {
  '/engine/': path.join(OUT, 'engine'),
  '/data/': OUT,
  '/npm/': path.join(HERE, 'node_modules'),
  '/peers/': path.join(HERE, 'peers'),
  '/lib/': path.join(HERE, 'lib'),
};
const server = await serve(mounts, {
  compress: false,
  headers: {
    // Every tab starts cold.
    'cache-control': 'no-store',
    // Isolated: a clock of 5 microseconds, and threads for those who want them.
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
  },
});
const software = ['--use-webgpu-adapter=swiftshader', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  headless: true,
  args: [
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic', '--no-first-run'],
    // A tab that waits for its turn must be as awake as the one that runs.
    ...['--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows'],
    '--enable-unsafe-webgpu',
    ...(ADAPTER === 'software' ? software : ['--ignore-gpu-blocklist']),
  ],
});

try {
  const page = await browser.newPage();
  await page.goto(`${server.url}/lib/tab.html`);
  const machine = await page.evaluate(() => globalThis.bench.machine());
  await page.close();
  if (!machine.isolated) die('the tab is not isolated, so its clock is too coarse.');

  const race = new Race({ browser, server, mounts, pace, say: (line) => console.log(line) });
  const report = {
    command: BENCH_COMMAND,
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim(),
    browser: `Chromium ${browser.version()}`,
    webgpu: machine.webgpu,
    webgl: machine.webgl,
    machine: {
      cpu: os.cpus()[0].model.trim(),
      cores: os.cpus().length,
      memoryGiB: Math.round(os.totalmem() / 2 ** 30),
      load: os.loadavg()[0],
    },
    packages: JSON.parse(readFileSync(path.join(HERE, 'package.json'), 'utf8')).devDependencies,
    emptySubmit: await race.orientation(sizes[0], EMPTY_SUBMIT),
    contestants: contestants.map(({ id, name, on, ours = false }) => ({ id, name, on, ours })),
    sizes: [],
    rows: [],
    failures: [],
  };
  for (const size of sizes) {
    console.log(`${size} items`);
    const expected = await reference(path.join(OUT, size), 10);
    const { rows, failures } = await race.run(size, contestants, expected);
    report.sizes.push({ name: size, nItems: expected.model.nItems, nRequests: expected.answers.length });
    report.rows.push(...rows);
    report.failures.push(...failures);
  }
  for (const row of report.rows.filter(({ files }) => files)) {
    row.gzipped = row.files.reduce((sum, file) => sum + gzippedBytes(file), 0);
    row.files = row.files.map((file) => path.relative(ROOT, file)).sort();
  }
  const dist = readdirSync(path.join(ROOT, 'dist'), { recursive: true }).filter((name) => /\.(js|wasm)$/.test(name));
  report.wholePage = dist.reduce((sum, name) => sum + gzippedBytes(path.join(ROOT, 'dist', name)), 0);

  await writeFile(path.join(OUT, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
  await writeFile(path.join(OUT, 'results.md'), table(report));
  await writeFile(path.join(OUT, 'results.svg'), plot(report));
  console.log(`\n${table(report)}`);
  if (report.failures.length) {
    console.error('error: wrong answers, named above.');
    process.exitCode = 1;
  } else if (BENCH_COMMAND === 'make bench-page') {
    await publish(HERE, report);
    console.log('tests/bench/page/README.md and results.svg are up to date');
  }
} finally {
  await browser.close();
  await server.close();
}
