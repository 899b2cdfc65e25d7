// Divide the page's program in two: `node split.mjs LINKED FOLDER SECOND` takes what the linker has made and what
// wasm-bindgen has made of that (NAME.js and NAME_bg.wasm in FOLDER), and writes the second part to the file SECOND.
//
// A visitor who wants to be answered needs a part of the program only; the rest is loaded later (src/page/later). It is
// one program all the same: one memory, one table of functions, one stack.
//
// * What is needed first follows from the linker's notes: everything that is reached from where the program begins,
//   directly, by a function's address or by data that hold one, without passing a gate (a function of `later::gates`).
//   The rest, functions and data, is the second part: nothing but a gate leads there, so nothing else has to wait.
// * In the first part functions of the second have no body, and a gate calls what stands in a place of the table that
//   the second part fills.
// * The first part exports what the second leans on, under short names, and the memory under a name that follows from
//   the whole, so that parts of different builds never meet.
//
// With SPLIT_LIST=FILE it writes down who went where, and how many bytes each has.
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { behindGates, reached } from './links.mjs';
import * as wasm from './module.mjs';

const { KIND, SECTION } = wasm;
/** Mangled either way; never a closure in it, nor a generic one. */
const GATE = /13sharp_distill4page5later5gates\d+[a-z_]+(17h[0-9a-f]{16}E)?$/;
/** Shorter data are not worth a segment of their own. */
const N_WORTH_A_SEGMENT = 16;
/** What the linker has noted, which is no longer true, and what wasm-bindgen has not taken. */
const NOTES = /^(linking|reloc\..*|__wasm_split_unstable)$/;
const UNREACHABLE = Buffer.from([0, 0x00, 0x0b]);
/** The page's script gets this. Imports of both parts are the same functions. */
const JOIN = `globalThis.joinSecondPart = (bytes) => WebAssembly.instantiate(bytes, Object.assign(__wbg_get_imports(), { '': wasm }));\n`;

const [linkedPath, folder, secondPath] = process.argv.slice(2);
const scriptPath = path.join(folder, readdirSync(folder).find((file) => file.endsWith('.js')));
const modulePath = scriptPath.replace(/\.js$/, '_bg.wasm');

const custom = (all, name) => all.find((section) => section.name === name)?.content ?? fail(`the program has no section '${name}'`);
function fail(message) {
  throw new Error(`${message}: look at .make/split.mjs`);
}

const linked = wasm.sections(readFileSync(linkedPath));
const whole = readFileSync(modulePath);
const all = wasm.sections(whole);
const content = (id) => all.find((section) => section.id === id)?.content ?? fail(`the program has no section ${id}`);

const imports = wasm.importsOf(content(SECTION.import));
if (imports.some(({ kind }) => kind !== KIND.function)) fail('the program imports more than functions');
const names = wasm.functionNames(custom(all, 'name'));
const signatures = wasm.signatures(content(SECTION.type));
const types = new Map(wasm.numbers(content(SECTION.function)).map((type, i) => [imports.length + i, type]));
const tables = wasm.tables(content(SECTION.table));
const globals = wasm.globalTypes(content(SECTION.global));
const exported = wasm.exportsOf(content(SECTION.export));
const elements = wasm.elements(content(SECTION.element));
const bodies = new Map(wasm.bodies(content(SECTION.code)).map(({ bytes }, i) => [imports.length + i, bytes]));
const calls = new Map([...bodies].map(([index, body]) => [index, wasm.calls(body)]));

const filling = elements.filter(({ place }) => place !== undefined);
const mainTable = filling[0].table;
if (filling.some(({ table }) => table !== mainTable)) fail('functions stand in two tables');
const places = new Map();
for (const { place, functions } of filling) functions.forEach((index, i) => places.set(place + i, index));

// --- Who goes where ----------------------------------------------------------------------------------------------------

const lazy = behindGates(linked, (name) => GATE.test(name));
const linkedNames = new Set(wasm.functionNames(custom(linked, 'name')).values());
const counted = new Map();
for (const name of names.values()) counted.set(name, (counted.get(name) ?? 0) + 1);
const isLazy = (index) => lazy.functions.has(names.get(index)) && counted.get(names.get(index)) === 1;
const gates = [...bodies.keys()].filter((index) => isLazy(index) && GATE.test(names.get(index)));
if (gates.length === 0) fail('the program has no gates (src/page/later/gates.rs)');

const second = (() => {
  const roots = exported.filter(({ kind }) => kind === KIND.function).map(({ index }) => index);
  const start = all.find(({ id }) => id === SECTION.start);
  if (start) roots.push(wasm.number(start.content, 0)[0]);
  for (const { place, functions } of elements) if (place === undefined) roots.push(...functions);
  const inTable = new Set(places.values());
  for (const index of bodies.keys()) {
    // What wasm-bindgen has added is needed where something calls it that is, or where it may be called by its place.
    const isAdded = !linkedNames.has(names.get(index));
    if (isAdded ? inTable.has(index) : !isLazy(index)) roots.push(index);
  }
  const leansOn = new Map([...calls].map(([index, found]) => [index, found.map(([, , callee]) => callee)]));
  const first = reached(roots, leansOn, new Set(gates));
  return [...bodies.keys()].filter((index) => !first.has(index));
})();
const isSecond = new Set(second);

// Gates get places of their own, at the table's end.
const nPlaces = tables[mainTable].minimum + gates.length;
const placeOfGate = new Map(gates.map((index, i) => [index, tables[mainTable].minimum + i]));

// --- Data --------------------------------------------------------------------------------------------------------------

/** Segments of the second part, and those of the first with nothing where these were. */
function divided() {
  const theirs = [];
  const ours = wasm.data(content(SECTION.data)).map(({ place, bytes }) => ({ place, bytes: Buffer.from(bytes) }));
  for (const { from, to } of lazy.data) {
    const segment = ours.find(({ place, bytes }) => place <= from && to <= place + bytes.length);
    // Without one it is nothing but zeros.
    if (!segment || to - from < N_WORTH_A_SEGMENT) continue;
    const bytes = segment.bytes.subarray(from - segment.place, to - segment.place);
    theirs.push({ place: from, bytes: Buffer.from(bytes) });
    bytes.fill(0);
  }
  return [ours, theirs];
}
const [dataOfFirst, dataOfSecond] = divided();

// --- The parts ---------------------------------------------------------------------------------------------------------

/** What the first part exports for the second, by what it is. */
const shared = new Map();
function share(kind, index) {
  const key = `${kind} ${index}`;
  if (!shared.has(key)) shared.set(key, { name: shared.size.toString(36), kind, index });
  return shared.get(key).name;
}

/** Neighbours in the table, as segments. */
function runs(filled) {
  const found = [];
  for (const [place, index] of [...filled].sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last && last.place + last.functions.length === place) last.functions.push(index);
    else found.push({ place, functions: [index] });
  }
  return found;
}

/** A function's body in which the functions that it names have their new numbers. */
function renumbered(index, newIndex) {
  const body = bodies.get(index);
  const parts = [];
  let at = 0;
  for (const [from, to, callee] of calls.get(index)) {
    parts.push(body.subarray(at, from), wasm.leb(newIndex.get(callee)));
    at = to;
  }
  return Buffer.concat([...parts, body.subarray(at)]);
}

function secondPart() {
  const used = new Set(second.flatMap((index) => calls.get(index).map(([, , callee]) => callee)).filter((index) => !isSecond.has(index)));
  const newIndex = new Map();
  const taken = [...used].sort((a, b) => a - b).map((index, i) => {
    newIndex.set(index, i);
    if (index < imports.length) return imports[index];
    return { module: '', name: share(KIND.function, index), kind: KIND.function, type: wasm.leb(types.get(index)) };
  });
  second.forEach((index, i) => newIndex.set(index, taken.length + i));
  // All of these, so that they keep their numbers.
  tables.forEach((table, i) => {
    const type = wasm.tableType({ ...table, flags: 0, minimum: i === mainTable ? nPlaces : table.minimum });
    taken.push({ module: '', name: share(KIND.table, i), kind: KIND.table, type });
  });
  const memory = wasm.memories(content(SECTION.memory))[0];
  const key = createHash('sha256').update(whole).digest('hex').slice(0, 12);
  shared.set('memory', { name: key, kind: KIND.memory, index: 0 });
  taken.push({ module: '', name: key, kind: KIND.memory, type: wasm.memoryType({ flags: 0, minimum: memory.minimum }) });
  globals.forEach((type, i) => taken.push({ module: '', name: share(KIND.global, i), kind: KIND.global, type }));

  const filled = [...places].filter(([, index]) => isSecond.has(index)).map(([place, index]) => [place, newIndex.get(index)]);
  for (const [index, place] of placeOfGate) filled.push([place, newIndex.get(index)]);
  return wasm.moduleOf([
    { id: SECTION.type, content: content(SECTION.type) },
    { id: SECTION.import, content: wasm.importSection(taken) },
    { id: SECTION.function, content: wasm.vector(second.map((index) => wasm.leb(types.get(index)))) },
    { id: SECTION.element, content: wasm.elementSection(runs(filled)) },
    { id: SECTION.code, content: wasm.codeSection(second.map((index) => renumbered(index, newIndex))) },
    { id: SECTION.data, content: wasm.dataSection(dataOfSecond) },
    { id: SECTION.custom, name: 'name', content: wasm.nameSection(new Map(second.map((index) => [newIndex.get(index), names.get(index)]))) },
  ]);
}

/** Calls what stands in the gate's place, with the same arguments. */
function throughTable(index) {
  const type = types.get(index);
  const taken = signatures[type].map((_, i) => Buffer.concat([Buffer.from([0x20]), wasm.leb(i)]));
  const place = Buffer.concat([Buffer.from([0x41]), wasm.signedLeb(placeOfGate.get(index))]);
  return Buffer.concat([Buffer.from([0]), ...taken, place, Buffer.from([0x11]), wasm.leb(type), wasm.leb(mainTable), Buffer.from([0x0b])]);
}

function firstPart() {
  const without = [...bodies].map(([index, body]) => {
    if (!isSecond.has(index)) return body;
    return placeOfGate.has(index) ? throughTable(index) : UNREACHABLE;
  });
  const longer = tables.map((table, i) => {
    if (i !== mainTable) return table;
    return { ...table, minimum: nPlaces, maximum: Math.max(table.maximum ?? 0, nPlaces) };
  });
  const changed = {
    [SECTION.table]: wasm.vector(longer.map(wasm.tableType)),
    [SECTION.export]: wasm.exportSection([...exported, ...shared.values()]),
    [SECTION.code]: wasm.codeSection(without),
    [SECTION.data]: wasm.dataSection(dataOfFirst),
  };
  const kept = all.filter(({ name }) => !NOTES.test(name));
  return wasm.moduleOf(kept.map((section) => ({ ...section, content: changed[section.id] ?? section.content })));
}

// The second first: it says what it needs of the other.
writeFileSync(secondPath, secondPart());
writeFileSync(modulePath, firstPart());
appendFileSync(scriptPath, JOIN);
const sum = (list) => list.reduce((total, index) => total + bodies.get(index).length, 0);
const bytes = dataOfSecond.reduce((total, segment) => total + segment.bytes.length, 0);
console.error(`split: ${second.length} of ${bodies.size} functions (${sum(second)} of ${sum([...bodies.keys()])} bytes) and ${bytes} bytes of data come later`);
if (process.env.SPLIT_LIST) {
  const list = (kept) => [...bodies].filter(([index]) => isSecond.has(index) !== kept).map(([index, body]) => `${body.length} ${names.get(index)}`);
  writeFileSync(process.env.SPLIT_LIST, `# first\n${list(true).join('\n')}\n# second\n${list(false).join('\n')}\n`);
}
