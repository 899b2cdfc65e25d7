// Missing, damaged and foreign assets: one clear message with a remedy, never a blank page.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { openPage } from './lib/browser.mjs';
import { ROOT, servePage } from './lib/server.mjs';

/** Serve a copy of dist/ in which `damage(folder, findFile)` has been done. */
async function withDamage(damage, check) {
  const folder = await mkdtemp(path.join(ROOT, 'target/damaged-'));
  try {
    await cp(path.join(ROOT, 'dist'), folder, { recursive: true });
    const files = await readdir(folder, { recursive: true });
    // The explorer's own file is not of those without which the page cannot open.
    const find = (ending) => path.join(folder, files.find((file) => file.endsWith(ending) && !file.startsWith('explorer-')));
    await damage(find);
    const server = await servePage({ '/': folder });
    const tab = await openPage({ url: `${server.url}/` });
    try {
      const alert = tab.page.getByRole('alert');
      await alert.waitFor({ timeout: 20_000 });
      await check(await alert.textContent(), tab);
      assert.deepEqual(tab.errors, [], 'no exception');
    } finally {
      await tab.close();
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('a missing model file', () =>
  withDamage(
    (find) => rm(find('.safetensors')),
    async (message) => assert.match(message, /model.*(404|not be (found|loaded))/is),
  ));

test('a model file cut off in the middle', () =>
  withDamage(
    async (find) => {
      const file = find('.safetensors');
      const bytes = await readFile(file);
      await writeFile(file, bytes.subarray(0, bytes.length / 2));
    },
    async (message, tab) => {
      assert.match(message, /damaged|cut off/);
      assert.match(message, /native-trainer/, 'the remedy is named');
      await tab.screenshot('damaged-model');
    },
  ));

test('a model file of another version', () =>
  withDamage(
    async (find) => {
      const file = find('.safetensors');
      const bytes = await readFile(file);
      const from = Buffer.from('\\"format_version\\":1');
      const place = bytes.indexOf(from);
      assert.ok(place > 0);
      Buffer.from('\\"format_version\\":9').copy(bytes, place);
      await writeFile(file, bytes);
    },
    async (message) => assert.match(message, /version 9/),
  ));

test('a model file with an index out of range', () =>
  withDamage(
    async (find) => {
      const file = find('.safetensors');
      const bytes = await readFile(file);
      const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString());
      const start = 8 + Number(bytes.readBigUInt64LE(0)) + header['incidence.indices'].data_offsets[0];
      bytes.writeUInt32LE(0xffffffff, start);
      await writeFile(file, bytes);
    },
    async (message) => assert.match(message, /incidence/),
  ));

test('a catalogue of another model', () =>
  withDamage(
    async (find) => {
      const file = find('.json');
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace('"id":"1"', '"id":"one"'));
    },
    async (message) => assert.match(message, /does not belong/),
  ));

test('a catalogue that is no JSON', () =>
  withDamage(
    async (find) => writeFile(find('.json'), '<html>'),
    async (message) => assert.match(message, /catalogue/),
  ));
