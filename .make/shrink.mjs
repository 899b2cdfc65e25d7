// Make what wasm-bindgen has written smaller: `node shrink.mjs FOLDER [SECOND]` changes the NAME.js and NAME_bg.wasm in it,
// and the second part of the program, where there is one (split.mjs).
//
// * Every import carries a name such as `__wbg_createBuffer_1b2f3a4c5d6e7f80`, in the module and in the JavaScript;
//   digits of a hash do not compress, and nobody but these two files reads the names, so they get short ones.
// * Leptos brings classes for streams from a server, which nothing here can make; they and what they export go.
// * Imports that are the same in JavaScript, as those of `label` of ten kinds of objects, become one.
// * Functions, variables and parameters that JavaScript alone knows get short names, and so do exports with such a hash.
// * Indentation and comments go (types and their comments are in NAME.d.ts).
//
// It saves 14 kB of the page's 228 and 9 kB of the engine's 99, gzipped.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SECTION, exportSection, exportsOf, importSection, importsOf, moduleOf, sections } from './wasm.mjs';

const IMPORT = /\b__wbg_\w+_[0-9a-f]{16}\b|\b__wbindgen_\w+_[0-9a-f]{16}\b/g;
const EXPORT = /\b\w+__h[0-9a-f]{16}(?:_\d+)?\b/g;
const UNUSED_CLASS = /^export class IntoUnderlying\w+ \{\n[\s\S]*?^\}\n(?:if \(Symbol\.dispose\).*\n)?/gm;
const UNUSED_REGISTRY = /^const IntoUnderlying\w+ = [\s\S]*?;\n/gm;
const UNUSED_EXPORT = /^(?:__wbg_)?intounderlying/;

function changedModule(module, rename, isWanted) {
  const changed = {
    [SECTION.import]: (section) => importSection(importsOf(section).map((one) => ({ ...one, name: rename(one.name) }))),
    [SECTION.export]: (section) => {
      const wanted = exportsOf(section).filter(({ name }) => isWanted(name));
      return exportSection(wanted.map((one) => ({ ...one, name: rename(one.name) })));
    },
  };
  return moduleOf(sections(module).map((one) => ({ ...one, content: changed[one.id]?.(one.content) ?? one.content })));
}

/** Short names by long ones: for imports, of which those with the same function share one, and for exports. */
function shortNames(script) {
  const short = new Map();
  const byFunction = new Map();
  for (const [name] of script.matchAll(IMPORT)) {
    if (short.has(name)) continue;
    const [, text = name] = script.match(new RegExp(`^ +${name}: (function[^]*?\\n +\\}.*),\\n`, 'm')) ?? [];
    if (!byFunction.has(text)) byFunction.set(text, `_${byFunction.size.toString(36)}`);
    short.set(name, byFunction.get(text));
  }
  // Functions of the same names call these; only what follows a point is an export.
  const exported = new Set([...script.matchAll(EXPORT)].map(([name]) => name));
  for (const name of exported) short.set(name, `_$${short.size.toString(36)}`);
  return short;
}

/** Without the functions of imports whose name is taken by one before them. */
function withoutRepeats(script) {
  const seen = new Set();
  return script.replace(/^ +(_\w+): function[^]*?\n {8}\}.*,\n/gm, (text, name) => {
    const isRepeated = seen.has(name);
    seen.add(name);
    return isRepeated ? '' : text;
  });
}

/** With short names for what stands at the top and is not exported, and for parameters. */
function withShortNames(script) {
  const exported = script.match(/^export \{.*\}/m)?.[0] ?? '';
  const tops = [...script.matchAll(/^(?:(?:async )?function|let|const) (\w{5,})/gm)].map(([, name]) => name);
  const short = new Map([...new Set(tops)].filter((name) => !exported.includes(name)).map((name, i) => [name, `$${i.toString(36)}`]));
  return script.replace(/(?<![.\w$])[A-Za-z_]\w{3,}\b/g, (name) => short.get(name) ?? name.replace(/^arg(\d+)$/, '$$_$1'));
}

/** Lines without indentation; no comments, none that are empty. Text in backticks keeps its lines. */
function withoutLayout(script) {
  const lines = script.replaceAll(/^[ \t]*\/\*\*[\s\S]*?\*\/[ \t]*\n/gm, '').split('\n');
  let isInTemplate = false;
  const kept = lines.map((line) => {
    const text = isInTemplate ? line : line.trim();
    const isComment = !isInTemplate && text.startsWith('//');
    if (!isComment && (line.match(/`/g) ?? []).length % 2) isInTemplate = !isInTemplate;
    return isComment ? '' : text;
  });
  return kept.filter((line) => line !== '').join('\n').replaceAll(/^const ret = ([^;\n]*);\nreturn ret;/gm, 'return $1;') + '\n';
}

const [folder, second] = process.argv.slice(2);
for (const file of readdirSync(folder).filter((file) => file.endsWith('_bg.wasm'))) {
  const scriptPath = path.join(folder, file.replace(/_bg\.wasm$/, '.js'));
  const modulePath = path.join(folder, file);
  let script = readFileSync(scriptPath, 'utf8');
  const used = script.replace(UNUSED_CLASS, '').replace(UNUSED_REGISTRY, '');
  const isUnused = !/IntoUnderlying/.test(used);
  if (isUnused) script = used;
  const short = shortNames(script);
  const rename = (name) => short.get(name) ?? name;
  const isWanted = (name) => !isUnused || !UNUSED_EXPORT.test(name);
  for (const part of [modulePath, ...(second ? [second] : [])]) {
    writeFileSync(part, changedModule(readFileSync(part), rename, isWanted));
  }
  const renamed = script.replace(IMPORT, rename).replace(EXPORT, rename);
  writeFileSync(scriptPath, withoutLayout(withShortNames(withoutRepeats(renamed))));
}
