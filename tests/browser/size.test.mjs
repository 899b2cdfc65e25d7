// How much code a visitor or an embedder loads. Bytes as a server sends them, gzip at its best; kB are 1000 bytes.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ROOT } from './lib/server.mjs';

function codeBytes(folder) {
  const files = readdirSync(path.join(ROOT, folder)).filter((file) => /\.(js|wasm)$/.test(file));
  assert.ok(files.some((file) => file.endsWith('.js')) && files.some((file) => file.endsWith('.wasm')), `${folder}/ holds no build`);
  const sizes = files.map((file) => [file, gzipSync(readFileSync(path.join(ROOT, folder, file)), { level: 9 }).length]);
  return { total: sizes.reduce((sum, [, size]) => sum + size, 0), told: sizes.map(([file, size]) => `${file} ${size}`).join(', ') };
}

for (const [what, folder, limit] of [
  ['the page', 'dist', 250_000],
  ['the engine without the page', 'target/engine', 80_000],
]) {
  test(`the code of ${what} stays under ${limit / 1000} kB`, (t) => {
    const { total, told } = codeBytes(folder);
    t.diagnostic(`${total} bytes: ${told}`);
    assert.ok(total < limit, `${total} bytes: ${told}`);
  });
}
