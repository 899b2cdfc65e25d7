// The explorer's file and the films' names, read without any code of the page: what a test compares the page with.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './server.mjs';

const asset = (name) => readFileSync(path.join(ROOT, 'assets', name));

/** A safetensors file: its JSON document, and its tensors of whole numbers as arrays. */
function safetensors(name) {
  const bytes = asset(name);
  const n = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + n));
  const integers = (tensor) => {
    const [begin, end] = header[tensor].data_offsets;
    return Array.from({ length: (end - begin) / 4 }, (_, at) => bytes.readUInt32LE(8 + n + begin + 4 * at));
  };
  /** Row `row` of a compressed matrix. */
  const rows = (offsets, indices) => {
    const [from, all] = [integers(offsets), integers(indices)];
    return (row) => all.slice(from[row], from[row + 1]);
  };
  return { document: JSON.parse(header.__metadata__['sharp-distill']), rows };
}

/**
 * What the files say.
 *
 * @returns {{ ids: string[], liked: (user: number) => number[], valid: (user: number) => number[],
 *   test: (user: number) => number[], golden: { user_idx: number, items: number[] }[], distil: object }}
 */
export function explorerFile() {
  const explorer = safetensors('explorer.safetensors');
  const model = safetensors('model.safetensors');
  return {
    ids: JSON.parse(asset('catalogue.json')).items.map((item) => item.id),
    liked: model.rows('incidence.offsets', 'incidence.indices'),
    valid: explorer.rows('held_out.valid_offsets', 'held_out.valid_indices'),
    test: explorer.rows('held_out.test_offsets', 'held_out.test_indices'),
    golden: explorer.document.golden,
    distil: explorer.document.distil,
  };
}
