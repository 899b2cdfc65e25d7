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
// Gzipped, it saves some 14 kB of the page and a tenth of the engine.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SECTION, importType, leb, named, number, withSections } from './wasm.mjs';

const IMPORT = /\b__wbg_\w+_[0-9a-f]{16}\b|\b__wbindgen_\w+_[0-9a-f]{16}\b/g;
const EXPORT = /\b\w+__h[0-9a-f]{16}(?:_\d+)?\b/g;
const UNUSED_CLASS = /^export class IntoUnderlying\w+ \{\n[\s\S]*?^\}\n(?:if \(Symbol\.dispose\).*\n)?/gm;
const UNUSED_REGISTRY = /^const IntoUnderlying\w+ = [\s\S]*?;\n/gm;
const UNUSED_EXPORT = /^(?:__wbg_)?intounderlying/;

/** The section of imports with other names. */
function renamedImports(section, rename) {
  const [count, start] = number(section, 0);
  const parts = [leb(count)];
  let at = start;
  for (let i = 0; i < count; i += 1) {
    const texts = [0, 1].map(() => {
      const [length, from] = number(section, at);
      at = from + length;
      return section.toString('utf8', from, at);
    });
    const { end } = importType(section, at);
    parts.push(named(texts[0]), named(rename(texts[1])), section.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** The section of exports with other names, without those that are not wanted. */
function wantedExports(section, rename, isWanted) {
  const [count, start] = number(section, 0);
  const kept = [];
  let at = start;
  for (let i = 0; i < count; i += 1) {
    const [length, from] = number(section, at);
    const end = number(section, from + length + 1)[1];
    const name = section.toString('utf8', from, from + length);
    if (isWanted(name)) kept.push(Buffer.concat([named(rename(name)), section.subarray(from + length, end)]));
    at = end;
  }
  return Buffer.concat([leb(kept.length), ...kept]);
}

function changedModule(module, rename, isWanted) {
  return withSections(module, (id, section) => {
    if (id === SECTION.import) return renamedImports(section, rename);
    if (id === SECTION.export) return wantedExports(section, rename, isWanted);
    return section;
  });
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
  const text = kept.filter((line) => line !== '').join('\n') + '\n';
  const shorter = text.replaceAll(/^const ret = ([^;\n]*);\nreturn ret;/gm, 'return $1;');
  // Of imports, whose object is the only one that is written so.
  return shorter.replaceAll(/^(\w+): function\(/gm, '$1(');
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
