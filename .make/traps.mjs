// Put a trap in the place of every panic: `node traps.mjs MODULE.wasm`, before wasm-opt, which needs the names for it.
//
// The engine has nobody to tell a panic's message to: it installs no hook, and std's own writes to a standard error that
// a browser does not have. What is left of a panic is the trap at its end, which JavaScript sees as a RuntimeError. So
// whatever only makes the message is not loaded: the functions of core, alloc and std that never return become traps,
// wasm-opt then drops what is handed to them, and what the messages would say, places in the source above all, becomes zeros.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SECTION, importType, leb, nameAt, number, sections, withSections } from './wasm.mjs';

/** Functions of Rust's own libraries that never return. */
const NEVER_RETURNS = [
  /^<?(?:core|alloc|std)\b.*\b\w+_(?:fail|failed|fail_rt|overflow)\b/,
  /^core\b.*::panicking::panic/,
  /^core\b.*::panic_(?:already_\w*borrowed|poisoned)/,
  /^alloc\b.*::handle_(?:alloc_)?error/,
  /^std\b.*::(?:panic_handler|panic_with_hook|rust_panic\w*|rust_oom|begin_panic\w*)/,
  /\brust_(?:begin_unwind|panic)$/,
];
/** How panics alone print a value: src/lib.rs lets nothing else do so. */
const PANICS_PRINT = /^<.* as core::fmt::Debug>::fmt$/;
/** A function's name without hashes. */
const plain = (name) => name.replaceAll(/\[[0-9a-f]{16}\]|::h[0-9a-f]{16}$/g, '');

/** What panics of Rust's own libraries say: long enough to be nothing else's, and src/ is looked through for them. */
const SAID_BY_PANICS = [
  'slice index starts at ', ' but ends at ', 'index out of bounds: the len is ', ' but the index is ', 'range start index ',
  ' out of range for slice of length ', 'range end index ', 'assertion `left ', ' right` failed', '  left: ', ' right: ',
  'copy_from_slice: source slice length (', ') does not match destination slice length (', 'removal index (is ',
  ') should be < len (is ', 'one-time initialization may not be performed recursively', 'cannot recursively acquire mutex',
  'assertion failed: step != 0', 'called `Result::unwrap()` on an `Err` value', 'LazyCell instance has previously been poisoned',
  'attempt to divide by zero', '`async fn` resumed after completion', 'RefCell already mutably borrowed', 'RefCell already borrowed',
  'internal error: entered unreachable code',
];
const TRAP = Buffer.from([3, 0, 0x00, 0x0b]);
const FUNCTION_NAMES = 1;

/** The items of a section that begins with how many there are; `next` reads one and says where it ends. */
function items(section, next) {
  let [count, at] = number(section, 0);
  const found = [];
  for (; count > 0; count -= 1) {
    const [item, end] = next(at);
    found.push(item);
    at = end;
  }
  return found;
}

function functionNames(module) {
  const names = new Map();
  for (const [id, section] of sections(module)) {
    if (id !== SECTION.custom) continue;
    let [kind, at] = nameAt(section, 0);
    while (kind === 'name' && at < section.length) {
      const [length, from] = number(section, at + 1);
      if (section[at] === FUNCTION_NAMES) {
        const part = section.subarray(from, from + length);
        items(part, (at) => {
          const [index, named] = number(part, at);
          const [name, end] = nameAt(part, named);
          names.set(index, name);
          return [name, end];
        });
      }
      at = from + length;
    }
  }
  return names;
}

/** How many results each type has. */
function resultCounts(section) {
  return items(section, (at) => {
    if (section[at] !== 0x60) throw new Error('a type that is none of a function');
    const [nParameters, parameters] = number(section, at + 1);
    const [nResults, results] = number(section, parameters + nParameters);
    return [nResults, results + nResults];
  });
}

/** The code with traps in the place of functions that never return. */
function trapped(module) {
  const content = Object.fromEntries(sections(module).filter(([id]) => id !== SECTION.custom));
  const names = functionNames(module);
  const nResults = resultCounts(content[SECTION.type]);
  const imports = content[SECTION.import];
  const imported = items(imports, (at) => {
    const type = importType(imports, nameAt(imports, nameAt(imports, at)[1])[1]);
    return [type, type.end];
  });
  const nImported = imported.filter(({ isFunction }) => isFunction).length;
  const types = items(content[SECTION.function], (at) => number(content[SECTION.function], at));
  const code = content[SECTION.code];
  const bodies = items(code, (at) => {
    const [length, from] = number(code, at);
    return [code.subarray(at, from + length), from + length];
  });
  let nTraps = 0;
  const kept = bodies.map((body, i) => {
    const name = plain(names.get(nImported + i) ?? '');
    // What gives something back does return.
    const neverReturns = nResults[types[i]] === 0 && NEVER_RETURNS.some((pattern) => pattern.test(name));
    if (!neverReturns && !PANICS_PRINT.test(name)) return body;
    nTraps += 1;
    return TRAP;
  });
  if (nTraps === 0) throw new Error('no function of a panic is known by its name: the names are needed');
  return Buffer.concat([leb(bodies.length), ...kept]);
}

/** The data with zeros in the place of what panics say. */
function withoutTexts(data) {
  for (const text of SAID_BY_PANICS) {
    for (let at = data.indexOf(text); at >= 0; at = data.indexOf(text, at)) data.fill(0, at, at + text.length);
  }
  return data;
}

/** Stops where the project itself says what is taken away. */
function checkSources(folder) {
  for (const file of readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.rs'))) {
    const source = readFileSync(path.join(folder, file), 'utf8');
    // Only what is said: `right: ` may well be a field.
    const said = source.replaceAll(/'\\?"'/g, '').match(/"(?:[^"\\]|\\[^])*"/g) ?? [];
    const text = SAID_BY_PANICS.find((text) => said.some((literal) => literal.includes(text)));
    if (text) throw new Error(`src/${file} has "${text}", which .make/traps.mjs takes for a panic's: say it otherwise`);
  }
}

/** Zeros in the place of each `core::panic::Location`: address and length of a file's name, line, column. */
function withoutLocations(section) {
  const data = Buffer.from(section);
  items(data, (at) => {
    // An active segment of memory 0: its offset is `i32.const N; end`.
    if (data[at] !== 0 || data[at + 1] !== 0x41) throw new Error('a segment that is no plain one');
    let [offset, end] = number(data, at + 2);
    const [length, from] = number(data, end + 1);
    const segment = data.subarray(from, from + length);
    const files = [];
    // Rust aligns them by 4, and what the linker aligns a segment by is more.
    for (let place = -offset & 3; place + 16 <= length; place += 4) {
      const [file, nBytes] = [segment.readUInt32LE(place) - offset, segment.readUInt32LE(place + 4)];
      if (file < 0 || nBytes < 4 || nBytes > 200 || file + nBytes > length) continue;
      if (!/^[\x20-\x7e]+\.rs\0?$/.test(segment.toString('latin1', file, file + nBytes))) continue;
      segment.fill(0, place, place + 16);
      files.push([file, nBytes]);
    }
    for (const [file, nBytes] of files) segment.fill(0, file, file + nBytes);
    return [offset, from + length];
  });
  return data;
}

checkSources(fileURLToPath(new URL('../src', import.meta.url)));
const [modulePath] = process.argv.slice(2);
const module = readFileSync(modulePath);
const code = trapped(module);
const change = (id, section) => {
  if (id === SECTION.code) return code;
  return id === SECTION.data ? withoutTexts(withoutLocations(section)) : section;
};
writeFileSync(modulePath, withSections(module, change));
