// What the linker knows of a program's parts (`--emit-relocs`): which functions and data lean on which. For split.mjs.
import { KIND, Reader, SECTION, bodies, calls, data, exportsOf, functionNames, importsOf, number } from './module.mjs';

const SYMBOLS = 8;
const SYMBOL = { function: 0, data: 1, section: 3 };
const IS_UNDEFINED = 0x10;
const HAS_NAME = 0x40;
/** Kinds of links by what they name; those to memory, and some that only debuggers read, add a distance. */
const TO_FUNCTION = new Set([0, 1, 2, 12, 18, 19, 24, 26]);
const TO_DATA = new Set([3, 4, 5, 11, 14, 15, 16, 17, 21, 22, 23, 25]);
const HAS_DISTANCE = new Set([...TO_DATA, 8, 9]);

function symbols(section) {
  const reader = new Reader(section);
  if (reader.number() !== 2) throw new Error('the linker writes another version of its notes');
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const length = reader.number();
    if (id !== SYMBOLS) {
      reader.at += length;
      continue;
    }
    return reader.vector(() => symbol(reader));
  }
  throw new Error('the linker has left no symbols');
}

function symbol(reader) {
  const kind = reader.byte();
  const flags = reader.number();
  if (kind === SYMBOL.section) return { kind, index: reader.number() };
  if (kind !== SYMBOL.data) {
    const index = reader.number();
    if (!(flags & IS_UNDEFINED) || flags & HAS_NAME) reader.text();
    return { kind, index };
  }
  reader.text();
  if (flags & IS_UNDEFINED) return { kind };
  return { kind, segment: reader.number(), offset: reader.number(), size: reader.number() };
}

function* links(section) {
  const reader = new Reader(section);
  reader.number();
  for (let left = reader.number(); left > 0; left -= 1) {
    const type = reader.byte();
    const [offset, symbolIdx] = [reader.number(), reader.number()];
    // A distance is signed; what it is does not matter here.
    if (HAS_DISTANCE.has(type)) reader.number();
    yield { type, offset, symbolIdx };
  }
}

/** For sorted, disjoint ranges: the one that holds a place. */
function finder(ranges) {
  return (place) => {
    let [low, high] = [0, ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ranges[middle].from <= place) low = middle + 1;
      else high = middle;
    }
    const range = ranges[low - 1];
    return range && place < range.to ? range : undefined;
  };
}

/**
 * The functions and the data that nobody needs who does not pass a gate, and where data lie.
 *
 * Functions are known by their names. What a name is not enough for, as it is not the only one, counts as needed.
 *
 * @param {{ id: number, name?: string, content: Buffer }[]} all the sections of what the linker has made
 * @param {(name: string) => boolean} isGate
 * @returns {{ functions: Set<string>, data: { from: number, to: number }[], gates: string[] }} data by their addresses
 */
export function behindGates(all, isGate) {
  const section = (id, name) => all.find((one) => one.id === id && one.name === name)?.content;
  const custom = (name) => section(SECTION.custom, name) ?? fail(name);
  const names = functionNames(custom('name'));
  const known = symbols(custom('linking'));
  const nImported = importsOf(section(SECTION.import)).filter(({ kind }) => kind === KIND.function).length;
  const segments = data(section(SECTION.data));

  // Nodes: functions by their index, data by their symbol.
  const leansOn = new Map();
  const node = (symbolIdx, type) => {
    const { kind, index, segment } = known[symbolIdx];
    if (TO_FUNCTION.has(type) && kind === SYMBOL.function) return `f${index}`;
    return TO_DATA.has(type) && kind === SYMBOL.data && segment !== undefined ? `d${symbolIdx}` : undefined;
  };
  const note = (from, to) => {
    if (to === undefined) return;
    if (!leansOn.has(from)) leansOn.set(from, new Set());
    leansOn.get(from).add(to);
  };

  const code = bodies(section(SECTION.code)).map(({ at, bytes }, i) => ({ from: at, to: at + bytes.length, node: `f${nImported + i}`, bytes }));
  // Of the few functions that it makes itself the linker notes nothing.
  for (const { node, bytes } of code) for (const [, , index] of calls(bytes)) note(node, `f${index}`);
  const functionAt = finder(code);
  for (const { type, offset, symbolIdx } of links(custom('reloc.CODE'))) {
    const from = functionAt(offset) ?? fail('code');
    note(from.node, node(symbolIdx, type));
  }

  // Data may lie in one another where the linker has found them equal: links belong to all that hold them.
  const pieces = known.flatMap(({ kind, segment, offset, size }, i) => {
    if (kind !== SYMBOL.data || segment === undefined || !segments[segment]) return [];
    const { place, at } = segments[segment];
    return [{ node: `d${i}`, from: place + offset, to: place + offset + size, at: at + offset, end: at + offset + size }];
  });
  const byPlace = [...pieces].sort((a, b) => a.at - b.at);
  const longest = Math.max(0, ...pieces.map(({ at, end }) => end - at));
  const links_ = all.some(({ name }) => name === 'reloc.DATA') ? [...links(custom('reloc.DATA'))] : [];
  const roots = new Set();
  for (const { type, offset, symbolIdx } of links_) {
    const to = node(symbolIdx, type);
    const first = byPlace.findLastIndex(({ at }) => at <= offset);
    let isHeld = false;
    for (let i = first; i >= 0 && byPlace[i].at > offset - longest - 1; i -= 1) {
      if (byPlace[i].end > offset) {
        note(byPlace[i].node, to);
        isHeld = true;
      }
    }
    // Of nobody known: needed.
    if (!isHeld && to !== undefined) roots.add(to);
  }

  const gates = [...names].filter(([, name]) => isGate(name)).map(([index]) => `f${index}`);
  for (const { kind, index } of exportsOf(section(SECTION.export))) if (kind === KIND.function) roots.add(`f${index}`);
  const start = section(SECTION.start);
  if (start) roots.add(`f${number(start, 0)[0]}`);
  const needed = reached(roots, leansOn, new Set(gates));

  const counted = new Map();
  for (const name of names.values()) counted.set(name, (counted.get(name) ?? 0) + 1);
  const isLazy = ([index, name]) => index >= nImported && counted.get(name) === 1 && !needed.has(`f${index}`);
  const isMissing = gates.filter((gate) => needed.has(gate));
  if (isMissing.length > 0) throw new Error('a gate is exported');
  return {
    functions: new Set([...names].filter(isLazy).map(([, name]) => name)),
    data: onlyIn(pieces.filter(({ node }) => !needed.has(node)), pieces.filter(({ node }) => needed.has(node))),
    gates: gates.map((gate) => names.get(Number(gate.slice(1)))),
  };
}

function fail(what) {
  throw new Error(`the linker's notes lack what is known of ${what}: is the program linked with --emit-relocs?`);
}

/** All that is reached from `roots` without going through `cut`. */
export function reached(roots, leansOn, cut) {
  const found = new Set();
  const waiting = [...roots].filter((root) => !cut.has(root));
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (found.has(next)) continue;
    found.add(next);
    for (const other of leansOn.get(next) ?? []) if (!cut.has(other) && !found.has(other)) waiting.push(other);
  }
  return found;
}

/** Ranges of what lies in some of `ranges` and in none of `others`. */
function onlyIn(ranges, others) {
  const steps = [];
  for (const [all, place] of [[ranges, 0], [others, 1]]) {
    for (const { from, to } of all) if (to > from) steps.push([from, place, 1], [to, place, -1]);
  }
  steps.sort((a, b) => a[0] - b[0]);
  const found = [];
  const depth = [0, 0];
  let began;
  for (const [place, which, by] of steps) {
    const was = depth[0] > 0 && depth[1] === 0;
    if (was && place > began) found.push({ from: began, to: place });
    depth[which] += by;
    began = place;
  }
  // Neighbours become one.
  return found.reduce((joined, range) => {
    const last = joined.at(-1);
    if (last?.to === range.from) last.to = range.to;
    else joined.push({ ...range });
    return joined;
  }, []);
}
