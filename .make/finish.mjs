// The last step of the page's build, a hook of trunk (Trunk.toml): `node finish.mjs FOLDER` changes what trunk has put there.
//
// * Every file is named after its contents, so that a new page can never meet an old model, nor an old page a new one;
//   the names in index.html and in the manifest follow. The small icon moves into index.html, and
//   the styles into one file.
// * index.html gets a Content-Security-Policy: only the page's own files, only the scripts that are in it now.
// * The service worker gets the list of files with their checksums, and a version, which follows from that list.
//
// `trunk serve` writes a script of its own into index.html, for reloading, and changes it with every request. So what
// it serves has no policy and no service worker, and removes one that an earlier build left in the browser.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const PAGE = 'index.html';
const MANIFEST = 'manifest.webmanifest';
const WORKER = 'service-worker.js';
const OFFLINE = /^offline(-[0-9a-f]{16})?\.js$/;
// trunk writes its hash as a number: with few zeros at its front it is shorter.
const PROGRAM = /-[0-9a-f]{8,16}(\.js|_bg\.wasm)$/;
// Name, trunk's hash where there is one, ending.
const NAME = /^(.*?)(?:-[0-9a-f]{8,16})?(\.\w+)$/;
const LEFT_BY_TRUNK_SERVE = '{{__TRUNK_';

const WORKER_THAT_ENDS = `addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(end()));
async function end() {
  const names = (await caches.keys()).filter((name) => name.startsWith(\`sharp-distill \${registration.scope} \`));
  await Promise.all(names.map((name) => caches.delete(name)));
  await registration.unregister();
}
`;

function fail(message, remedy) {
  console.error(`error: ${message}\n  ${remedy}`);
  process.exit(1);
}

const folder = process.argv[2] ?? process.env.TRUNK_STAGING_DIR;
if (!folder) fail('no folder is named', 'node .make/finish.mjs FOLDER');
const inFolder = (file) => path.join(folder, file);
if (!existsSync(inFolder(PAGE))) fail(`there is no ${PAGE} in ${folder}`, 'Name the folder that trunk has built: make page does it all.');
const text = (file) => readFileSync(inFolder(file), 'utf8');
const write = (file, content) => writeFileSync(inFolder(file), content);
const sha256 = (bytes, encoding) => createHash('sha256').update(bytes).digest(encoding);
const digest = (files) => sha256(Buffer.concat(files.map((file) => readFileSync(inFolder(file)))), 'hex').slice(0, 16);

/** A script without comments and indentation; only lines that are nothing else are comments. */
const withoutComments = (script) => script.replace(/^[ \t]*(\/\/|\/\*\*).*\n/gm, '').replace(/^[ \t]+|\n(?=\n)/gm, '');

/** Replaces what stands there once; says what is wrong where it does not. */
function replaceOnce(content, before, after, where) {
  if (content.split(before).length !== 2) fail(`${where} has no '${before}', or has it twice`, 'Put it back, or change .make/finish.mjs with it.');
  return content.replace(before, () => after);
}

/** Names files after their contents: `stem` becomes `named`, there and where the page or its manifest refers to them. */
function rename(files, stem, named) {
  const inTexts = [PAGE, MANIFEST].filter((file) => readdirSync(folder).includes(file) && text(file).includes(stem));
  if (inTexts.length === 0) fail(`nothing in ${PAGE} refers to ${files}`, `Add a <link ... href="${files[0]}" /> to it, or do not copy the file.`);
  for (const file of inTexts) write(file, text(file).replaceAll(stem, named));
  for (const file of files) renameSync(inFolder(file), inFolder(file.replace(stem, named)));
}

function nameAll() {
  const isProgram = (file) => PROGRAM.test(file) && !OFFLINE.test(file);
  const names = readdirSync(folder).filter((file) => file !== PAGE && file !== WORKER && !isProgram(file));
  // The manifest last: its contents are names of others.
  for (const file of [...names.filter((file) => file !== MANIFEST), MANIFEST]) {
    const [, name, ending] = file.match(NAME);
    const named = `${name}-${digest([file])}${ending}`;
    if (named !== file) rename([file], file, named);
  }
  // trunk names the program's module and script after the module alone.
  const program = readdirSync(folder).filter(isProgram).sort();
  if (program.length !== 2) fail(`there are ${program.length} files of the program, not 2`, 'trunk leaves NAME-HASH.js and NAME-HASH_bg.wasm: see index.html.');
  const stem = path.parse(program[0]).name;
  rename(program, stem, stem.replace(/\w+$/, digest(program)));
}

/** Puts the icon into the page: browsers ask for it anew with every change of the address, as every change of the shelf is. */
function takeIcon() {
  const [link, file] = text(PAGE).match(/<link rel="icon" href="\.\/([^"]+\.svg)"[^>]*>/) ?? [];
  // A folder that is finished once more has it.
  if (!link) return;
  const address = `data:image/svg+xml;base64,${readFileSync(inFolder(file), 'base64')}`;
  write(PAGE, replaceOnce(text(PAGE), link, `<link rel="icon" href="${address}" />`, PAGE));
  rmSync(inFolder(file));
}

/** The program's second part, which trunk knows nothing of (split.mjs). Where the program was not divided, nothing asks for it. */
function takeSecond() {
  if (process.env.SECOND_PART) copyFileSync(process.env.SECOND_PART, inFolder('second.wasm'));
  const [link, file] = text(PAGE).match(/\n *<link rel="second"[^>]* href="([^"]+)"[^>]*>/) ?? [];
  if (link && !existsSync(inFolder(file))) write(PAGE, replaceOnce(text(PAGE), link, '', PAGE));
}

/** Puts all styles into one file, in their order: one request before the first paint. */
function joinStyles() {
  const links = [...text(PAGE).matchAll(/<link rel="stylesheet" href="\.\/([^"]+\.css)"[^>]*>\s*/g)];
  if (links.length < 2) return;
  const [[tag, first], ...others] = links;
  write(first, links.map(([, file]) => text(file)).join('\n'));
  const integrity = `integrity="sha384-${createHash('sha384').update(text(first)).digest('base64')}"`;
  write(PAGE, replaceOnce(text(PAGE), tag, tag.replace(/integrity="[^"]*"/, integrity), PAGE));
  for (const [link, file] of others) {
    write(PAGE, replaceOnce(text(PAGE), link, '', PAGE));
    rmSync(inFolder(file));
  }
}

/** The policy of a page with these inline scripts. What it does not name is refused: `default-src 'none'`. */
function policy(scripts) {
  const hashes = scripts.map((script) => `'sha256-${sha256(script, 'base64')}'`);
  return [
    `default-src 'none'`,
    `script-src 'self' 'wasm-unsafe-eval' ${hashes.join(' ')}`,
    `img-src 'self' data:`,
    ...['style-src', 'connect-src', 'manifest-src', 'worker-src'].map((kind) => `${kind} 'self'`),
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
}

/** `html` with the policy after `<meta charset>`, before anything that loads. */
function withPolicy(html) {
  const scripts = [...html.matchAll(/<script\b(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, script]) => script);
  const charset = '<meta charset="utf-8" />';
  const meta = `${charset}\n    <meta http-equiv="content-security-policy" content="${policy(scripts)}" />`;
  return replaceOnce(html, charset, meta, PAGE);
}

/** The worker with the list of the page's files: all but itself and the icons, which only an installation asks for. */
function withFiles(worker) {
  const listed = readdirSync(folder).filter((file) => file !== WORKER && !file.endsWith('.png')).sort();
  const checksum = (file) => `sha256-${sha256(readFileSync(inFolder(file)), 'base64')}`;
  // The page by the address under which it is opened.
  const files = JSON.stringify(Object.fromEntries(listed.map((file) => [file === PAGE ? './' : file, checksum(file)])));
  const listing = replaceOnce(worker, 'const FILES = {};', `const FILES = ${files};`, WORKER);
  return replaceOnce(listing, `const VERSION = '';`, `const VERSION = '${sha256(files, 'hex').slice(0, 16)}';`, WORKER);
}

write('offline.js', withoutComments(text('offline.js')));
takeIcon();
joinStyles();
takeSecond();
nameAll();
if (text(PAGE).includes(LEFT_BY_TRUNK_SERVE)) {
  const registers = /<script type="module" src="offline[^>]*><\/script>/;
  write(PAGE, text(PAGE).replace(registers, ''));
  write(WORKER, WORKER_THAT_ENDS);
} else {
  write(PAGE, withPolicy(text(PAGE)));
  write(WORKER, withFiles(withoutComments(text(WORKER))));
}
