// Reading and writing WebAssembly modules, as far as the build changes them.

export const SECTION = { custom: 0, type: 1, import: 2, function: 3, export: 7, code: 10, data: 11 };

/** The unsigned LEB128 number at `at`, and where it ends. */
export function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

export function leb(value) {
  const bytes = [];
  do {
    bytes.push((value % 128) + (value >= 128 ? 128 : 0));
    value = Math.floor(value / 128);
  } while (value > 0);
  return Buffer.from(bytes);
}

export const named = (text) => Buffer.concat([leb(Buffer.byteLength(text)), Buffer.from(text)]);

/** The name at `at`, and where it ends. */
export function nameAt(bytes, at) {
  const [length, from] = number(bytes, at);
  return [bytes.toString('utf8', from, from + length), from + length];
}

/** What follows the names of an import: whether it is a function, then of which type, and where it ends. */
export function importType(bytes, at) {
  const limits = (at) => {
    const [flags, minimum] = number(bytes, at);
    let [, end] = number(bytes, minimum);
    if (flags & 1) [, end] = number(bytes, end);
    return end;
  };
  const kind = bytes[at++];
  const [type, end] = number(bytes, at);
  if (kind === 0) return { isFunction: true, type, end };
  if (kind === 1) return { end: limits(at + 1) };
  if (kind === 2) return { end: limits(at) };
  if (kind === 3) return { end: at + 2 };
  if (kind === 4) return { end: number(bytes, at + 1)[1] };
  throw new Error(`an import of the unknown kind ${kind}`);
}

/** The sections of a module in their order: number and content. */
export function sections(module) {
  const found = [];
  for (let at = 8; at < module.length; ) {
    const [length, from] = number(module, at + 1);
    found.push([module[at], module.subarray(from, from + length)]);
    at = from + length;
  }
  return found;
}

/** The module with what `change` makes of each section's number and content. */
export function withSections(module, change) {
  const parts = sections(module).map(([id, section]) => {
    const content = change(id, section);
    return Buffer.concat([Buffer.from([id]), leb(content.length), content]);
  });
  return Buffer.concat([module.subarray(0, 8), ...parts]);
}
