// The report as one SVG: a line a contestant, a dot a size, on a logarithmic axis. Self-contained; light and dark.
import { ms } from './report.mjs';

const WIDTH = 960;
const LEFT = 276;
const RIGHT = 928;
const ROW = 40;
const TOP = 84;
const RADII = [4, 6, 8];

const STYLE = `
  svg { --ink: #1f2328; --muted: #656d76; --grid: #d8dee4; --ours: #0a58ca; --peer: #8c959f; --paper: #ffffff; }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #e6edf3; --muted: #9198a1; --grid: #343b44; --ours: #6cb0ff; --peer: #848d97; --paper: #0d1117; }
  }
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--ink); }
  .title { font-size: 17px; font-weight: 600; }
  .group { font-size: 12px; font-weight: 600; fill: var(--muted); letter-spacing: 0.02em; }
  .value, .muted, .group { paint-order: stroke; stroke: var(--paper); stroke-width: 4; stroke-linejoin: round; }
  .muted, .tick { fill: var(--muted); font-size: 12px; }
  .value { font-size: 11.5px; font-variant-numeric: tabular-nums; fill: var(--muted); }
  .ours.label, .ours.value { fill: var(--ours); font-weight: 600; }
  .grid { stroke: var(--grid); }
  .track { stroke: var(--peer); stroke-width: 2; opacity: 0.45; }
  .dot { fill: var(--peer); stroke: var(--paper); stroke-width: 1.5; }
  .ours.track, .ours.spread { stroke: var(--ours); }
  .ours.dot { fill: var(--ours); }
  .floor { stroke: var(--muted); stroke-dasharray: 3 3; }
  .paper { fill: var(--paper); }`;

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const decadeLabel = (decade) => (decade >= 0 ? (10 ** decade).toLocaleString('en') : (10 ** decade).toFixed(-decade));

/** The SVG of a report; the demo's model has another head and is left to the table. */
export function plot(report) {
  const sizes = report.sizes.filter(({ name }) => name !== 'demo').slice(-RADII.length);
  if (!sizes.length) sizes.push(...report.sizes);
  const radii = RADII.slice(RADII.length - sizes.length);
  const row = (id, size) => report.rows.find((row) => row.id === id && row.size === size.name);
  const values = report.rows.filter((row) => row.p50 && sizes.some(({ name }) => name === row.size)).map((row) => row.p50);
  if (report.emptySubmit.p50) values.push(report.emptySubmit.p50);
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  const x = (value) => LEFT + ((Math.log10(value) - low) / (high - low)) * (RIGHT - LEFT);

  const out = [];
  let y = TOP;
  for (const [on, title] of [['cpu', 'On the CPU'], ['gpu', `On the GPU: ${report.webgpu}`]]) {
    const members = report.contestants.filter((contestant) => contestant.on === on);
    if (!members.length) continue;
    y += 18;
    out.push(`<text class="group" x="24" y="${y}">${escape(title.slice(0, 100))}</text>`);
    const groupTop = y + 12;
    for (const { id, name, ours } of members) {
      y += ROW;
      const mark = ours ? 'ours ' : '';
      const dots = sizes.map((size, at) => ({ size, r: radii[at], p50: row(id, size)?.p50 }));
      const shown = dots.filter(({ p50 }) => p50);
      out.push(`<text class="${mark}label" x="${LEFT - 20}" y="${y + 4}" text-anchor="end">${escape(name)}</text>`);
      if (shown.length > 1) {
        const ends = shown.map(({ p50 }) => x(p50));
        out.push(`<line class="${mark}track" x1="${Math.min(...ends)}" x2="${Math.max(...ends)}" y1="${y}" y2="${y}"/>`);
      }
      let free = -Infinity;
      for (const { p50, r } of shown) {
        // Figures stand above the dots, and below where two would meet.
        const above = x(p50) - free > 46;
        if (above) free = x(p50);
        out.push(`<circle class="${mark}dot" cx="${x(p50).toFixed(1)}" cy="${y}" r="${r}"/>`);
        out.push(`<text class="${mark}value" x="${x(p50).toFixed(1)}" y="${above ? y - 12 : y + 20}" text-anchor="middle">${ms(p50)}</text>`);
      }
      const missing = dots.filter(({ p50 }) => !p50).map(({ size }) => size.nItems.toLocaleString('en'));
      if (missing.length) {
        const first = Math.min(RIGHT, ...shown.map(({ p50 }) => x(p50)));
        const last = Math.max(LEFT, ...shown.map(({ p50 }) => x(p50)));
        const place = last > RIGHT - 190 ? `x="${first - 22}" text-anchor="end"` : `x="${last + 22}"`;
        out.push(`<text class="muted" ${place} y="${y + 4}">no figure at ${missing.join(', ')}</text>`);
      }
    }
    if (on === 'gpu' && report.emptySubmit.p50) {
      const at = x(report.emptySubmit.p50).toFixed(1);
      out.push(`<line class="floor" x1="${at}" x2="${at}" y1="${groupTop}" y2="${y + 16}"/>`);
      out.push(`<text class="muted" x="${at}" y="${y + 32}" text-anchor="middle">an empty submit, ${ms(report.emptySubmit.p50)}</text>`);
      y += 18;
    }
    y += 30;
  }
  const bottom = y;
  const grid = [];
  for (let decade = low; decade <= high; decade += 1) {
    const at = x(10 ** decade).toFixed(1);
    grid.push(`<line class="grid" x1="${at}" x2="${at}" y1="${TOP}" y2="${bottom}"/>`);
    grid.push(`<text class="tick" x="${at}" y="${bottom + 18}" text-anchor="middle">${decadeLabel(decade)}</text>`);
  }
  let at = 24;
  const legend = sizes.map(({ nItems }, index) => {
    const label = `${nItems.toLocaleString('en')} items`;
    const entry = `<circle class="dot" cx="${at + 8}" cy="60" r="${radii[index]}"/><text class="muted" x="${at + 22}" y="64">${label}</text>`;
    at += 42 + label.length * 7;
    return entry;
  });
  const height = bottom + 66;
  const { cpu, cores } = report.machine;
  const foot = `p50, same weights, same ids, one run. ${report.browser}, ${cpu}, ${cores} cores, ${report.date}. ${report.command}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Milliseconds a request of each contestant">
<style>${STYLE}
</style>
<rect class="paper" width="${WIDTH}" height="${height}" rx="8"/>
<text class="title" x="24" y="34">Ten recommendations: milliseconds a request</text>
${[...legend, ...grid, ...out].join('\n')}
<text class="tick" x="${(LEFT + RIGHT) / 2}" y="${bottom + 36}" text-anchor="middle">milliseconds, logarithmic: less is better</text>
<text class="muted" x="24" y="${height - 10}" style="font-size: 11px">${escape(foot)}</text>
</svg>
`;
}
