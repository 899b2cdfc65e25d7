// Fill a folder with the npm package: `node package.mjs FOLDER`, from target/engine/ and .make/package/.
//
// The demo's model and the example that shows it lie in the folder, too, but are not packed: their data have conditions
// of their own (assets/README.md), and what is packed is all under the licence that package.json names.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const SOURCES = '.make/package';
const ENGINE = 'target/engine';
const folder = path.resolve(process.argv[2]);

const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');
const write = (file, text) => writeFileSync(path.join(folder, file), text);
const copy = (from, to) => cpSync(path.join(ROOT, from), path.join(folder, to));
const fail = (message, remedy) => {
  console.error(`error: ${message}\n  ${remedy}`);
  process.exit(1);
};

/** A value of Cargo.toml, by its first line that begins so. */
function cargo(key) {
  const [, value] = read('Cargo.toml').match(new RegExp(`^${key} = "(.*)"$`, 'm')) ?? fail(`Cargo.toml has no ${key}`, 'Look at .make/package.mjs.');
  return value;
}

/** The types of the class, and what it takes and gives, without those of wasm-bindgen's own functions. */
function types() {
  const all = read(`${ENGINE}/sharp_distill.d.ts`);
  const end = all.indexOf('export type InitInput');
  if (end < 0) fail('wasm-bindgen writes other types than it did', 'Look at types() in .make/package.mjs.');
  const ours = all
    .slice(0, end)
    .replace(/^\/\* [te]slint.*\n/gm, '')
    // Only known to TypeScript with the newest library; free() does the same.
    .replace(/^ *\[Symbol\.dispose\].*\n/m, '')
    .replace(/\* # Errors\n *\* /g, '* @throws ')
    .replace(/\n{3,}/g, '\n\n');
  return `${ours.trim()}\n\n${read(`${SOURCES}/init.d.ts`)}`;
}

const CODE = ['index.js', 'sharp_distill.js', 'sharp_distill_bg.wasm'];
const manifest = {
  name: cargo('name'),
  version: cargo('version'),
  description: cargo('description'),
  keywords: ['recommender', 'recommendation', 'hypergraph', 'webgpu', 'webassembly'],
  license: cargo('license'),
  type: 'module',
  main: './index.js',
  types: './index.d.ts',
  exports: {
    '.': { types: './index.d.ts', default: './index.js' },
    './sharp_distill_bg.wasm': './sharp_distill_bg.wasm',
    './package.json': './package.json',
  },
  files: [...CODE, 'index.d.ts'],
  // It gives the class its `load`: a bundler must not go past it.
  sideEffects: ['./index.js'],
};

mkdirSync(path.join(folder, 'example'), { recursive: true });
copy(`${ENGINE}/sharp_distill_bg.wasm`, 'sharp_distill_bg.wasm');
write('sharp_distill.js', read(`${ENGINE}/sharp_distill.js`).replace(/^\/\* @ts-self-types.*\n/, ''));
copy(`${SOURCES}/index.js`, 'index.js');
write('index.d.ts', types());
write('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
copy('LICENSE', 'LICENSE');
const size = CODE.reduce((sum, file) => sum + gzipSync(readFileSync(path.join(folder, file)), { level: 9 }).length, 0);
write('README.md', read(`${SOURCES}/README.md`).replace('{{SIZE}}', Math.round(size / 1000)));

copy(`${SOURCES}/example.html`, 'example.html');
copy(`${SOURCES}/example.css`, 'example/example.css');
copy('assets/README.md', 'example/README.md');
for (const file of ['model.safetensors', 'catalogue.json']) copy(`assets/${file}`, `example/${file}`);
