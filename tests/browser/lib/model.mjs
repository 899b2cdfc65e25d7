// The page's own model file, read by the tests: what the page shows is computed again from its bytes, in JavaScript.

import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './server.mjs';

/** What the built page loads: the films, the student over them, and the tensors of the explorer's file. */
export function builtModel() {
  const folder = path.join(ROOT, 'dist');
  const read = (beginning) => readFileSync(path.join(folder, readdirSync(folder).find((file) => file.startsWith(beginning))));
  const catalogue = JSON.parse(read('catalogue-')).items;
  const student = new Student(read('model-'), catalogue.map((item) => String(item.id)));
  student.explorer = tensors(read('explorer-'));
  return { catalogue, student };
}

/** The tensors of a safetensors file as flat arrays of numbers, by name. */
export function tensors(bytes) {
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerLength).toString());
  const data = bytes.subarray(8 + headerLength);
  const readers = {
    F32: (at) => data.readFloatLE(at),
    F16: (at) => half(data.readUInt16LE(at)),
    U32: (at) => data.readUInt32LE(at),
    U8: (at) => data[at],
  };
  const widths = { F32: 4, F16: 2, U32: 4, U8: 1 };
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  return Object.fromEntries(
    entries.map(([name, { dtype, shape, data_offsets: [from] }]) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return [name, Array.from({ length }, (_, place) => readers[dtype](from + place * widths[dtype]))];
    }),
  );
}

function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * 2 ** -14 * (fraction / 1024);
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

/** The student over the model's tensors and the ids of its films. */
export class Student {
  constructor(bytes, ids) {
    this.of = tensors(bytes);
    this.ids = ids;
    this.d = Math.round(Math.sqrt(this.of['student.weight'].length));
    this.nUsers = this.of['incidence.offsets'].length - 1;
    this.degrees = new Array(ids.length).fill(1);
    for (const item of this.of['incidence.indices']) this.degrees[item] += 1;
    this.people = ids.map(() => []);
    for (let user = 0; user < this.nUsers; user += 1) {
      for (const item of this.films(user)) this.people[item].push(user);
    }
  }

  films(user) {
    const offsets = this.of['incidence.offsets'];
    return this.of['incidence.indices'].slice(offsets[user], offsets[user + 1]);
  }

  item(id) {
    const item = this.ids.indexOf(id);
    if (item < 0) throw new Error(`no film ${id}`);
    return item;
  }

  features(node) {
    return this.of['student.features'].slice(node * this.d, (node + 1) * this.d);
  }

  /** `X W` of a node. */
  transformed(node) {
    const [xs, weight] = [this.features(node), this.of['student.weight']];
    return xs.map((_, column) => xs.reduce((sum, x, row) => sum + x * weight[row * this.d + column], 0));
  }

  /** `z` of a visitor who likes these films. */
  visitor(items) {
    const scaled = items.map((item) => this.transformed(this.nUsers + item).map((x) => x / Math.sqrt(this.degrees[item])));
    const degree = items.length + 1;
    return Array.from({ length: this.d }, (_, column) => scaled.reduce((sum, row) => sum + row[column], 0) / Math.sqrt(degree));
  }

  /** `z` of a film. */
  film(item) {
    const rows = [[this.nUsers + item, this.degrees[item]], ...this.people[item].map((user) => [user, this.films(user).length + 1])];
    const scaled = rows.map(([node, degree]) => this.transformed(node).map((x) => x / Math.sqrt(degree)));
    return Array.from({ length: this.d }, (_, column) => scaled.reduce((sum, row) => sum + row[column], 0) / Math.sqrt(this.degrees[item]));
  }

  /** The logit of a film for a visitor who likes these films. */
  logit(items, item) {
    const [user, film] = [this.visitor(items), this.film(item)];
    const bias = this.of['head.hidden_bias'];
    const times = (matrix, xs, unit) => xs.reduce((sum, x, k) => sum + x * matrix[unit * this.d + k], 0);
    const units = bias.map((b, unit) =>
      Math.max(0, times(this.of['head.user_weight'], user, unit) + times(this.of['head.item_weight'], film, unit) + b),
    );
    const mlp = units.reduce((sum, unit, place) => sum + unit * this.of['head.output_weight'][place], 0);
    return mlp + user.reduce((sum, x, k) => sum + x * film[k], 0) + this.of['head.output_bias'][0];
  }
}

/** A printed number of the page, with its minus sign. */
export const numeric = (text) => Number(text.replace('−', '-').replace('+', '').trim());

/** A printed number in whole units of its `places`-th place, so that sums are exact. */
export function units(text, places) {
  const [whole, part = ''] = text.replace('−', '-').replace('+', '').trim().split('.');
  return BigInt(whole + part.padEnd(places, '0'));
}

/** Whether printed terms, added up and rounded, are the printed total, as a reader with a pencil would find. */
export function addsUp(terms, total) {
  const decimals = (text) => (text.split('.')[1] ?? '').length;
  const places = Math.max(...[...terms, total].map(decimals));
  const sum = terms.reduce((sum, term) => sum + units(term, places), 0n);
  const off = 2n * (sum - units(total, places));
  const unit = 10n ** BigInt(places - decimals(total));
  return (off < 0n ? -off : off) <= unit;
}
