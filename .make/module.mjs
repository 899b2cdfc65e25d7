// What a module of WebAssembly consists of, read and written: for .make/split.mjs, which takes one apart.
import { leb, named, number } from './wasm.mjs';

export { leb, named, number };
export const SECTION = {
  custom: 0, type: 1, import: 2, function: 3, table: 4, memory: 5, global: 6,
  export: 7, start: 8, element: 9, code: 10, data: 11, dataCount: 12,
};
/** Kinds of imports and exports. */
export const KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 };

/** A signed number of 32 bits. */
export function signedLeb(value) {
  const bytes = [];
  for (;;) {
    const byte = value & 0x7f;
    value >>= 7;
    if ((value === 0 && !(byte & 0x40)) || (value === -1 && byte & 0x40)) return Buffer.from([...bytes, byte]);
    bytes.push(byte | 0x80);
  }
}

/** Parts after their number. */
export const vector = (parts) => Buffer.concat([leb(parts.length), ...parts]);

/** Reads one thing after another. */
export class Reader {
  constructor(bytes, at = 0) {
    Object.assign(this, { bytes, at });
  }

  byte() {
    return this.bytes[this.at++];
  }

  number() {
    const [value, end] = number(this.bytes, this.at);
    this.at = end;
    return value;
  }

  /** A signed number of at most 32 bits. */
  signed() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return shift < 25 && byte & 0x40 ? value | (-1 << (shift + 7)) : value;
    }
  }

  text() {
    const length = this.number();
    this.at += length;
    return this.bytes.toString('utf8', this.at - length, this.at);
  }

  slice(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** As many things as the number before them says. */
  vector(read) {
    return Array.from({ length: this.number() }, (_, i) => read(i));
  }

  get isAtEnd() {
    return this.at >= this.bytes.length;
  }
}

/** The sections of a module in their order; a custom one has a name, and its content comes after that. */
export function sections(bytes) {
  const all = [];
  const reader = new Reader(bytes, 8);
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const content = reader.slice(reader.number());
    if (id !== SECTION.custom) {
      all.push({ id, content });
      continue;
    }
    const inner = new Reader(content);
    const name = inner.text();
    all.push({ id, name, content: content.subarray(inner.at) });
  }
  return all;
}

export function moduleOf(all) {
  const parts = all.flatMap(({ id, name, content }) => {
    const whole = name === undefined ? content : Buffer.concat([named(name), content]);
    return [Buffer.from([id]), leb(whole.length), whole];
  });
  return Buffer.concat([Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), ...parts]);
}

/** What follows the kind of an import: its type, as bytes. */
function importType(reader, kind) {
  const began = reader.at;
  if (kind === KIND.table) reader.at += 1;
  if (kind === KIND.table || kind === KIND.memory) limits(reader);
  else if (kind === KIND.global) reader.at += 2;
  else if (kind === KIND.tag) reader.at += 1;
  if (kind === KIND.function || kind === KIND.tag) reader.number();
  if (kind > KIND.tag) throw new Error(`an import of the unknown kind ${kind}`);
  return reader.bytes.subarray(began, reader.at);
}

function limits(reader) {
  const flags = reader.number();
  const minimum = reader.number();
  return { flags, minimum, maximum: flags & 1 ? reader.number() : undefined };
}

export function importsOf(content) {
  const reader = new Reader(content);
  return reader.vector(() => {
    const module = reader.text();
    const name = reader.text();
    const kind = reader.byte();
    return { module, name, kind, type: importType(reader, kind) };
  });
}

export const importSection = (all) =>
  vector(all.map(({ module, name, kind, type }) => Buffer.concat([named(module), named(name), Buffer.from([kind]), type])));

export function exportsOf(content) {
  const reader = new Reader(content);
  return reader.vector(() => ({ name: reader.text(), kind: reader.byte(), index: reader.number() }));
}

export const exportSection = (all) =>
  vector(all.map(({ name, kind, index }) => Buffer.concat([named(name), Buffer.from([kind]), leb(index)])));

/** A vector of numbers. */
export function numbers(content) {
  const reader = new Reader(content);
  return reader.vector(() => reader.number());
}

/** What functions of each type take. */
export function signatures(content) {
  const reader = new Reader(content);
  return reader.vector(() => {
    if (reader.byte() !== 0x60) throw new Error('a type that is not of a function');
    const taken = reader.vector(() => reader.byte());
    reader.vector(() => reader.byte());
    return taken;
  });
}

export function tables(content) {
  const reader = new Reader(content);
  return reader.vector(() => ({ type: reader.byte(), ...limits(reader) }));
}

export const tableType = ({ type, flags, minimum, maximum }) =>
  Buffer.concat([Buffer.from([type]), leb(flags), leb(minimum), ...(flags & 1 ? [leb(maximum)] : [])]);

export function memories(content) {
  const reader = new Reader(content);
  return reader.vector(() => limits(reader));
}

export const memoryType = ({ flags, minimum }) => Buffer.concat([leb(flags), leb(minimum)]);

/** Types of globals, without what they begin as. */
export function globalTypes(content) {
  const reader = new Reader(content);
  return reader.vector(() => {
    const type = reader.slice(2);
    for (const _ of instructions(reader));
    return type;
  });
}

/** A place in memory or in a table as a constant expression. */
function constant(reader) {
  if (reader.byte() !== 0x41) throw new Error('a segment whose place is no constant');
  const value = reader.signed();
  if (reader.byte() !== 0x0b) throw new Error('a segment whose place is computed');
  return value >>> 0;
}

export const placeOf = (value) => Buffer.concat([Buffer.from([0x41]), signedLeb(value | 0), Buffer.from([0x0b])]);

/** Segments of functions. Those without `place` put nothing into a table by themselves. */
export function elements(content) {
  const reader = new Reader(content);
  return reader.vector(() => {
    const flags = reader.number();
    if (flags > 3) throw new Error('a segment of expressions');
    const isActive = !(flags & 1);
    const table = isActive && flags & 2 ? reader.number() : 0;
    const place = isActive ? constant(reader) : undefined;
    if (flags !== 0) reader.byte();
    return { table, place, functions: reader.vector(() => reader.number()) };
  });
}

export const elementSection = (runs) =>
  vector(runs.map(({ place, functions }) => Buffer.concat([leb(0), placeOf(place), vector(functions.map(leb))])));

/** Segments of memory: where they go, their bytes, and where these stand in the section. */
export function data(content) {
  const reader = new Reader(content);
  return reader.vector(() => {
    const flags = reader.number();
    if (flags & 1) throw new Error('a passive segment of memory');
    if (flags & 2) reader.number();
    const place = constant(reader);
    const length = reader.number();
    return { place, at: reader.at, bytes: reader.slice(length) };
  });
}

export const dataSection = (segments) =>
  vector(segments.map(({ place, bytes }) => Buffer.concat([leb(0), placeOf(place), leb(bytes.length), bytes])));

/** Bodies of functions, and where they stand in the section. */
export function bodies(content) {
  const reader = new Reader(content);
  return reader.vector(() => {
    const length = reader.number();
    return { at: reader.at, bytes: reader.slice(length) };
  });
}

export const codeSection = (all) => vector(all.map((bytes) => Buffer.concat([leb(bytes.length), bytes])));

/** Names of functions by their index, from the section `name`. */
export function functionNames(content) {
  const reader = new Reader(content);
  const names = new Map();
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const end = reader.number() + reader.at;
    if (id === 1) reader.vector(() => names.set(reader.number(), reader.text()));
    reader.at = end;
  }
  return names;
}

/** The section `name` for functions that have one. */
export function nameSection(names) {
  const known = [...names].filter(([, name]) => name !== undefined);
  const content = vector(known.map(([index, name]) => Buffer.concat([leb(index), named(name)])));
  return Buffer.concat([Buffer.from([1]), leb(content.length), content]);
}

const CALLS = new Set([0x10, 0x12, 0xd2]);
const memoryArgument = (reader) => {
  if (reader.number() & 0x40) reader.number();
  reader.number();
};

/** Steps through an expression to its end and yields where it names a function: `[from, to, index]`. */
export function* instructions(reader) {
  for (let depth = 1; depth > 0; ) {
    const code = reader.byte();
    if (CALLS.has(code)) {
      const from = reader.at;
      const index = reader.number();
      yield [from, reader.at, index];
    } else if (code <= 0x01 || code === 0x05 || code === 0x0f || code === 0x1a || code === 0x1b || code === 0xd1) {
      continue;
    } else if (code >= 0x02 && code <= 0x04) {
      reader.number();
      depth += 1;
    } else if (code === 0x0b) {
      depth -= 1;
    } else if (code === 0x0c || code === 0x0d || (code >= 0x20 && code <= 0x26) || [0x3f, 0x40, 0x41, 0x42, 0xd0].includes(code)) {
      reader.number();
    } else if (code === 0x0e || code === 0x1c) {
      reader.vector(() => reader.number());
      if (code === 0x0e) reader.number();
    } else if (code === 0x11 || code === 0x13) {
      reader.number();
      reader.number();
    } else if (code >= 0x28 && code <= 0x3e) {
      memoryArgument(reader);
    } else if (code === 0x43 || code === 0x44) {
      reader.at += code === 0x43 ? 4 : 8;
    } else if (code >= 0x45 && code <= 0xc4) {
      continue;
    } else if (code === 0xfc) {
      bulk(reader);
    } else if (code === 0xfd) {
      vectors(reader);
    } else {
      throw new Error(`the unknown instruction 0x${code?.toString(16)}`);
    }
  }
}

/** Conversions that saturate, and what is done to whole ranges of memory and tables. */
function bulk(reader) {
  const code = reader.number();
  if (code > 17) throw new Error(`the unknown instruction 0xfc ${code}`);
  const n = code <= 7 ? 0 : [8, 10, 12, 14].includes(code) ? 2 : 1;
  for (let i = 0; i < n; i += 1) reader.number();
}

function vectors(reader) {
  const code = reader.number();
  if (code <= 11 || (code >= 84 && code <= 93)) memoryArgument(reader);
  if (code === 12 || code === 13) reader.at += 16;
  if ((code >= 21 && code <= 34) || (code >= 84 && code <= 91)) reader.at += 1;
}

/** Where the body of a function names functions. */
export function calls(body) {
  const reader = new Reader(body);
  reader.vector(() => [reader.number(), reader.number()]);
  return [...instructions(reader)];
}
