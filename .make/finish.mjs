// The last step of the page's build, a hook of trunk (Trunk.toml): `node finish.mjs FOLDER` changes what trunk has put there.
//
// * Every file is named after its contents, so that a new page can never meet an old model, nor an old page a new one;
//   the names in index.html follow.
// * index.html gets a Content-Security-Policy: only the page's own files, only the scripts that are in it now.
//
// `trunk serve` writes a script of its own into index.html, for reloading, and changes it with every request; so what
// it serves has no policy.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const PAGE = 'index.html';
const IS_PROGRAM = /-[0-9a-f]{16}(\.js|_bg\.wasm)$/;
const IS_NAMED = /-[0-9a-f]{16}(_bg)?\.\w+$/;
const LEFT_BY_TRUNK_SERVE = '{{__TRUNK_';

function fail(message, remedy) {
  console.error(`error: ${message}\n  ${remedy}`);
  process.exit(1);
}

const sha256 = (bytes, encoding) => createHash('sha256').update(bytes).digest(encoding);

/** The policy of a page with these inline scripts. What it does not name is refused: `default-src 'none'`. */
function policy(scripts) {
  const hashes = scripts.map((script) => `'sha256-${sha256(script, 'base64')}'`);
  return [
    `default-src 'none'`,
    `script-src 'self' 'wasm-unsafe-eval' ${hashes.join(' ')}`,
    `style-src 'self'`,
    `img-src 'self'`,
    `connect-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
}

/** `html` with the policy after `<meta charset>`, before anything that loads. */
function withPolicy(html) {
  const scripts = [...html.matchAll(/<script\b(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, script]) => script);
  const charset = /<meta charset="utf-8" ?\/?>/;
  if (!charset.test(html)) fail(`${PAGE} has no <meta charset="utf-8" />`, 'Put it first in the head: the policy goes after it.');
  return html.replace(charset, (meta) => `${meta}\n    <meta http-equiv="content-security-policy" content="${policy(scripts)}" />`);
}

const folder = process.argv[2] ?? process.env.TRUNK_STAGING_DIR;
if (!folder) fail('no folder is named', 'node .make/finish.mjs FOLDER');
const inFolder = (file) => path.join(folder, file);

let html = readFileSync(inFolder(PAGE), 'utf8');

/** Names files after their contents: `stem` becomes `named`, there and where index.html refers to them. */
function rename(files, stem, named) {
  if (!html.includes(stem)) fail(`nothing in ${PAGE} refers to ${files}`, `Add a <link ... href="${files[0]}" /> to it, or do not copy the file.`);
  html = html.replaceAll(stem, named);
  for (const file of files) renameSync(inFolder(file), inFolder(file.replace(stem, named)));
}

const digest = (files) => sha256(Buffer.concat(files.map((file) => readFileSync(inFolder(file)))), 'hex').slice(0, 16);
const names = readdirSync(folder).sort();
for (const file of names.filter((file) => file !== PAGE && !IS_NAMED.test(file))) {
  const { name, ext } = path.parse(file);
  rename([file], file, `${name}-${digest([file])}${ext}`);
}
// trunk names module and script after the module alone.
const program = names.filter((file) => IS_PROGRAM.test(file));
if (program.length !== 2) fail(`there are ${program.length} files of the program, not 2`, 'trunk leaves NAME-HASH.js and NAME-HASH_bg.wasm: see index.html.');
const [script] = program;
rename(program, path.parse(script).name, script.replace(/-\w+\.js$/, `-${digest(program)}`));

writeFileSync(inFolder(PAGE), html.includes(LEFT_BY_TRUNK_SERVE) ? html : withPolicy(html));
