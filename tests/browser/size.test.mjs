// How much code a visitor or an embedder loads. Bytes as a server sends them, gzip at its best; kB are 1000 bytes.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ROOT } from './lib/server.mjs';

/** What the page loads once it has answered. */
const SECOND = /^second-[0-9a-f]{16}\.wasm$/;

function codeBytes(folder, isCounted) {
  const files = readdirSync(path.join(ROOT, folder)).filter((file) => /\.(js|wasm)$/.test(file));
  assert.ok(files.some((file) => file.endsWith('.js')) && files.some((file) => file.endsWith('.wasm')), `${folder}/ holds no build`);
  const sizes = files.filter(isCounted).map((file) => [file, gzipSync(readFileSync(path.join(ROOT, folder, file)), { level: 9 }).length]);
  assert.ok(sizes.length > 0, `${folder}/ has nothing of it`);
  return { total: sizes.reduce((sum, [, size]) => sum + size, 0), told: sizes.map(([file, size]) => `${file} ${size}`).join(', ') };
}

for (const [what, folder, limit, isCounted] of [
  ['the page until it has answered', 'dist', 250_000, (file) => !SECOND.test(file)],
  ['explorer, tour and import, which come later,', 'dist', 160_000, (file) => SECOND.test(file)],
  ['the engine without the page', 'target/engine', 80_000, () => true],
]) {
  test(`the code of ${what} stays under ${limit / 1000} kB`, (t) => {
    const { total, told } = codeBytes(folder, isCounted);
    t.diagnostic(`${total} bytes: ${told}`);
    assert.ok(total < limit, `${total} bytes: ${told}`);
  });
}
