// The npm package that `make package` makes: what is in it, its types, and a plain HTML page that uses it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { answered, ids, like, recommendations, reset } from './lib/actions.mjs';
import { openPage } from './lib/browser.mjs';
import { ROOT, servePage } from './lib/server.mjs';
import { serve } from '../../.make/serve.mjs';

const run = promisify(execFile);
const PACKAGE = path.join(ROOT, 'target/package');
const inPackage = (file) => readFile(path.join(PACKAGE, file), 'utf8');
const PACKED = ['LICENSE', 'README.md', 'index.d.ts', 'index.js', 'package.json', 'sharp_distill.js', 'sharp_distill_bg.wasm'];

let work;
before(async () => {
  await mkdir(path.join(ROOT, 'target'), { recursive: true });
  work = await mkdtemp(path.join(ROOT, 'target/consumer-'));
});
after(() => rm(work, { recursive: true, force: true }));

/** Open a file of a folder under the policy that the package's README tells; its one inline script may run. */
async function withPage(folder, file, use) {
  const html = await readFile(path.join(folder, file), 'utf8');
  const hashes = [...html.matchAll(/<script type="module">([\s\S]*?)<\/script>/g)].map(([, script]) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  assert.equal(hashes.length, 1);
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${hashes}; connect-src 'self'; style-src 'self'; img-src data:`;
  const server = await serve({ '/': folder }, { headers: { 'content-security-policy': policy } });
  const tab = await openPage({ url: `${server.url}/${file}` });
  try {
    await use(tab, server);
    assert.deepEqual(tab.problems(), []);
    for (const { url } of tab.requestsSince(0)) assert.ok(url.startsWith(server.url), url);
  } finally {
    await tab.close();
    await server.close();
  }
}

/** Puts what `npm pack` packs into node_modules/sharp-distill of `work`. */
async function installed() {
  const folder = path.join(work, 'node_modules/sharp-distill');
  await mkdir(folder, { recursive: true });
  for (const file of PACKED) await cp(path.join(PACKAGE, file), path.join(folder, file));
}

test('npm packs exactly what is needed, and nothing runs when it is installed', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json'], { cwd: PACKAGE });
  const [{ name, version, files }] = JSON.parse(stdout);
  const paths = files.map((file) => file.path).sort();
  assert.deepEqual(paths, [...PACKED].sort());
  const cargo = await readFile(path.join(ROOT, 'Cargo.toml'), 'utf8');
  assert.equal(name, 'sharp-distill');
  assert.equal(version, cargo.match(/^version = "(.*)"$/m)[1]);
  const manifest = JSON.parse(await inPackage('package.json'));
  assert.equal(manifest.license, 'MIT OR Apache-2.0');
  assert.equal(manifest.type, 'module');
  for (const key of ['scripts', 'dependencies', 'private']) assert.equal(manifest[key], undefined, key);
  const targets = Object.values(manifest.exports).flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)));
  for (const target of targets) assert.ok(paths.includes(path.posix.normalize(target)), target);
});

test('a consumer’s TypeScript compiles, without any library of types', async () => {
  await installed();
  await cp(path.join(ROOT, 'tests/browser/consumer.ts'), path.join(work, 'consumer.ts'));
  await writeFile(path.join(work, 'package.json'), '{ "type": "module" }');
  const tsc = path.join(ROOT, 'tests/browser/node_modules/typescript/bin/tsc');
  for (const resolution of [['bundler', 'es2022'], ['nodenext', 'nodenext']]) {
    const [moduleResolution, module] = resolution;
    const compilerOptions = { moduleResolution, module, target: 'es2022', lib: ['es2022', 'dom'], types: [], noEmit: true, strict: true, noUncheckedIndexedAccess: true };
    await writeFile(path.join(work, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
    const { stdout } = await run(process.execPath, [tsc, '--project', work]).catch((error) => error);
    assert.equal(stdout, '', `with ${moduleResolution}`);
  }
});

test('the README knows every method, and its example works in a plain page', async () => {
  const [readme, types] = [await inPackage('README.md'), await inPackage('index.d.ts')];
  const [body] = types.match(/(?<=export class Recommender \{)[\s\S]*?(?=\n\})/);
  const methods = [...body.matchAll(/^ {4}(?:static )?(\w+)\(/gm)].map(([, name]) => name);
  assert.ok(methods.length >= 8, String(methods));
  for (const name of methods) assert.match(readme, new RegExp(`^\\| \`(Recommender\\.)?${name}\\(`, 'm'), `.make/package/README.md has no row for ${name}()`);
  for (const type of ['RecommendRequest', 'ItemFilter', 'LoadOptions']) {
    const [fields] = types.match(new RegExp(`(?<=export interface ${type} \\{)[\\s\\S]*?(?=\\n\\})`));
    const keys = [...fields.matchAll(/^ {4}(\w+)\?:/gm)].map(([, key]) => key);
    assert.ok(keys.length >= 2, type);
    for (const key of keys) assert.match(readme, new RegExp(`^\\|.*\\b${key}\\b`, 'm'), `.make/package/README.md does not say what ${key} is`);
  }
  assert.doesNotMatch(readme, /\{\{/);

  await installed();
  const [, example] = readme.match(/```js\n([\s\S]*?)```/);
  const script = example.replace("'sharp-distill'", "'./node_modules/sharp-distill/index.js'");
  assert.notEqual(script, example);
  for (const file of ['model.safetensors', 'catalogue.json']) await cp(path.join(PACKAGE, 'example', file), path.join(work, file));
  await writeFile(path.join(work, 'plain.html'), `<!doctype html><link rel="icon" href="data:,"><script type="module">${script}window.isDone = true;</script>`);
  await withPage(work, 'plain.html', async (tab) => {
    await tab.page.waitForFunction(() => window.isDone);
    const lines = tab.console.map(({ text }) => text);
    assert.equal(lines.length, 12, lines.join('\n'));
    assert.match(lines.at(-1), /^(cpu|webgpu) \w+/);
    const loaded = tab.requests.filter(({ url }) => url.includes('/node_modules/')).map(({ url }) => path.basename(url));
    assert.deepEqual(loaded.sort(), ['index.js', 'sharp_distill.js', 'sharp_distill_bg.wasm']);
  });
});

test('the example page answers as the page does', async () => {
  const server = await servePage();
  const tab = await openPage({ url: `${server.url}/?engine=cpu` });
  let expected;
  try {
    await answered(tab);
    await reset(tab);
    await like(tab, 'casablanca');
    assert.equal((await ids(tab)).length, 10);
    expected = await recommendations(tab);
  } finally {
    await tab.close();
    await server.close();
  }
  await withPage(PACKAGE, 'example.html', async ({ page }) => {
    const search = page.getByLabel(/film you like/i);
    await search.fill('casablanca');
    await page.locator('#found button').first().click();
    await page.locator('#recommended li').nth(9).waitFor();
    assert.match(await page.locator('#liked').textContent(), /Casablanca \(1942\)/);
    assert.match(await page.getByRole('status').textContent(), /ms on the (cpu|webgpu)/);
    const shown = await page.locator('#recommended li').allTextContents();
    const own = await page.evaluate(async () => {
      const { Recommender } = await import('./index.js');
      const recommender = await Recommender.load('example/model.safetensors', { catalogue: 'example/catalogue.json', engine: 'cpu' });
      const [film] = recommender.search('casablanca');
      return recommender.recommend({ liked: [film.item], k: 10 });
    });
    assert.deepEqual(own.map(({ item }) => item), expected.map(({ id }) => id));
    own.forEach(({ score }, place) => assert.ok(Math.abs(score - expected[place].score) < 1e-5, `${score} and ${expected[place].score}`));
    assert.deepEqual(shown, own.map(({ title, year }) => `${title} (${year})`));
  });
});

test('in Node it starts from bytes', async () => {
  await installed();
  const script = `
    import { readFile } from 'node:fs/promises';
    import { createRequire } from 'node:module';
    import { init, Recommender } from 'sharp-distill';
    const file = (name) => readFile(${JSON.stringify(path.join(PACKAGE, 'example'))} + '/' + name);
    await init(await readFile(createRequire(import.meta.url).resolve('sharp-distill/sharp_distill_bg.wasm')));
    const recommender = await Recommender.load(await file('model.safetensors'), { catalogue: await file('catalogue.json') });
    const best = await recommender.recommend({ liked: ['912'], k: 3 });
    console.log(best.length, recommender.info().engine);
  `;
  await writeFile(path.join(work, 'use.mjs'), script);
  const { stdout } = await run(process.execPath, ['use.mjs'], { cwd: work });
  assert.equal(stdout, '3 cpu\n');
});
