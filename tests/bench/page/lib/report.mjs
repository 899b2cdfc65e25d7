// The report as a Markdown table, and its place in README.md.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { plot } from './plot.mjs';

/** Three digits that mean something. */
export function ms(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toFixed(3);
}
const kB = (bytes) => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB`);
const count = (n) => n.toLocaleString('en');
const line = (cells) => `| ${cells.join(' | ')} |`;

const sizeTitle = ({ name, nItems }) => (name === 'demo' ? `demo, ${count(nItems)}` : count(nItems));

/** The size whose cold start is in the table: that of a real catalogue, if it was run. */
const coldSize = ({ sizes }) => (sizes.find(({ name }) => name === '65443') ?? sizes.at(-1)).name;

const rowOf = (report, id, size) => report.rows.find((row) => row.id === id && row.size === size);

function faults({ failures }) {
  const lines = failures.map(({ contestant, variant, size, request, fault }) => {
    return `* **Wrong**: ${contestant}${variant && `, ${variant}`}, ${size} items, request ${request}: ${fault}.`;
  });
  return lines.length ? ['', ...lines] : [];
}

function reasons(report) {
  const lines = report.rows
    .filter((row) => row.reason)
    .map((row) => {
      const { name } = report.contestants.find(({ id }) => id === row.id);
      return `* ${name}, ${count(row.nItems)} items: ${row.reason.replace(/\.$/, '')}.`;
    });
  return lines.length ? ['', 'A dash is a contestant that gave no figure:', '', ...lines] : [];
}

/** Ours beside the fastest of some peers, in words. */
function ratios(report) {
  const say = (ours, peers, what) =>
    report.sizes.flatMap(({ name, nItems }) => {
      const own = rowOf(report, ours, name)?.p50;
      const rows = peers.map((id) => rowOf(report, id, name)).filter((row) => row?.p50);
      if (!own || !rows.length || name === 'demo') return [];
      const best = rows.reduce((best, row) => (row.p50 < best.p50 ? row : best));
      const peer = report.contestants.find(({ id }) => id === best.id).name;
      return [line([count(nItems), what, peer, `${(best.p50 / own).toPrecision(2)} times as long`])];
    });
  const peersOn = (where) => report.contestants.filter(({ on, ours }) => on === where && !ours).map(({ id }) => id);
  const lines = [
    ...say('ours-cpu', ['onnx-wasm', 'onnx-wasm-2'], 'CPU'),
    ...say('ours-cpu', peersOn('cpu'), 'CPU'),
    ...say('ours-webgpu', ['onnx-webgpu'], 'WebGPU'),
    ...say('ours-webgpu', peersOn('gpu'), 'WebGPU'),
  ];
  const head = [line(['items', 'ours on', 'the best of the peers', 'takes']), line(['---:', '---', '---', '---'])];
  return lines.length ? ['', 'Beside ours, first the best of ONNX Runtime Web, then the best of all:', '', ...head, ...new Set(lines)] : [];
}

function variants(report) {
  const lines = report.contestants.flatMap(({ id, name }) => {
    const rows = report.sizes.map((size) => rowOf(report, id, size.name));
    if (rows[0].variants.length < 2) return [];
    return rows[0].variants.map((variant) =>
      line([
        `${name}: ${variant.name}`,
        ...rows.map((row) => {
          const entry = row.variants.find((other) => other.name === variant.name);
          return entry?.trial ? `${row.variant === variant.name ? `**${ms(entry.trial)}**` : ms(entry.trial)}` : '-';
        }),
      ]),
    );
  });
  if (!lines.length) return [];
  const head = [line(['', ...report.sizes.map(sizeTitle)]), line(['---', ...report.sizes.map(() => '---:')])];
  const why =
    'The quickest request of a short trial before the rounds, in milliseconds; the best, in bold, is the one in the table ' +
    'above. A dash is a variant that failed, or was left out for what it took at the size before; report.json says which.';
  return ['', '<details><summary>All variants of the peers</summary>', '', why, '', ...head, ...lines, '', '</details>'];
}

/** The whole report in Markdown. */
export function table(report) {
  const at = coldSize(report);
  const cell = (row) => (row?.p50 ? `${ms(row.p50)} (${ms(row.p95)})` : '-');
  const lines = report.contestants.map(({ id, name, ours }) => {
    const cold = rowOf(report, id, at);
    return line([
      ours ? `**${name}**` : name,
      ...report.sizes.map((size) => cell(rowOf(report, id, size.name))),
      cold?.cold ? ms(cold.cold) : '-',
      cold?.gzipped ? kB(cold.gzipped) : '-',
    ]);
  });
  const { cpu, cores, memoryGiB, load } = report.machine;
  const checked = report.rows.filter((row) => row.p50);
  const [nExact, nChecked] = ['nExact', 'nChecked'].map((key) => checked.reduce((sum, row) => sum + row[key], 0));
  const others = report.failures.length ? 'not all others are right: see below' : 'the others exchange near-ties';
  const inOrder = nExact === nChecked ? 'all have' : `${count(nExact)} have`;
  const order = `${inOrder} the ids of the reference in its very order${nExact === nChecked ? '' : `; ${others}`}.`;
  const empty = report.emptySubmit.p50 ? `${ms(report.emptySubmit.p50)} (${ms(report.emptySubmit.p95)})` : report.emptySubmit.reason;
  const packages = ['onnxruntime-web', '@tensorflow/tfjs-core'].map((name) => `${name} ${report.packages[name]}`).join(', ');
  return [
    `\`${report.command}\`, ${report.date}, commit ${report.commit}; ${report.browser}; ${packages}.`,
    `Machine: ${cpu}, ${cores} cores, ${memoryGiB} GiB, load ${load.toFixed(1)} before the first figure. WebGPU adapter: ${report.webgpu}. WebGL: ${report.webgl}.`,
    '',
    `Milliseconds a request, p50 (p95); cold start in milliseconds and code shipped, gzipped,`,
    `at ${sizeTitle(report.sizes.find(({ name }) => name === at))} items:`,
    '',
    line(['', ...report.sizes.map(sizeTitle), 'cold start', 'shipped']),
    line(['---', ...report.sizes.map(() => '---:'), '---:', '---:']),
    ...lines,
    '',
    `An empty submit with readback on the same adapter: ${empty} ms. Our whole page: ${kB(report.wholePage)} of code, gzipped.`,
    `Answers checked: ${count(nChecked)}; ${order}`,
    ...faults(report),
    ...ratios(report),
    ...reasons(report),
    ...variants(report),
    '',
  ].join('\n');
}

const BEGIN = '<!-- results: written by make bench-page -->';
const END = '<!-- /results -->';

/** Put table and plot where they are committed. */
export async function publish(folder, report) {
  const file = path.join(folder, 'README.md');
  const readme = await readFile(file, 'utf8');
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${path.basename(file)} has lost its marks ${BEGIN} and ${END}`);
  await writeFile(file, `${before}${BEGIN}\n\n${table(report)}\n${END}${after}`);
  await writeFile(path.join(folder, 'results.svg'), plot(report));
}
