// The answers, once, in double precision: what every contestant is checked against.
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Two scores closer than this, relatively, may change places: single precision cannot tell them apart. */
const NEAR_TIE = 1e-4;

const floats = async (folder, name) => {
  const bytes = await readFile(path.join(folder, `${name}.f32`));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
};

/** Scores of all items and the best `k`, for every shelf of the model in `folder`. */
export async function reference(folder, k) {
  const model = JSON.parse(await readFile(path.join(folder, 'model.json'), 'utf8'));
  const { nItems, embDim, hiddenDim, hasDot, outputBias, shelves } = model;
  const hidden = await floats(folder, 'item_hidden');
  const emb = await floats(folder, 'item_emb');
  const xw = await floats(folder, 'item_xw');
  const invSqrtDegree = await floats(folder, 'item_inv_sqrt_degree');
  const userWeight = await floats(folder, 'user_weight');
  const outputWeight = Float64Array.from(await floats(folder, 'output_weight'));
  const answers = shelves.map((shelf) => {
    const z = new Float64Array(embDim);
    for (const item of shelf) for (let d = 0; d < embDim; d += 1) z[d] += invSqrtDegree[item] * xw[item * embDim + d];
    for (let d = 0; d < embDim; d += 1) z[d] /= Math.sqrt(shelf.length + 1);
    const a = new Float64Array(hiddenDim);
    for (let h = 0; h < hiddenDim; h += 1) for (let d = 0; d < embDim; d += 1) a[h] += userWeight[h * embDim + d] * z[d];
    const scores = new Float64Array(nItems);
    for (let item = 0; item < nItems; item += 1) {
      let score = outputBias;
      for (let h = 0; h < hiddenDim; h += 1) score += outputWeight[h] * Math.max(a[h] + hidden[item * hiddenDim + h], 0);
      if (hasDot) for (let d = 0; d < embDim; d += 1) score += z[d] * emb[item * embDim + d];
      scores[item] = score;
    }
    const seen = new Set(shelf);
    const best = [];
    for (let item = 0; item < nItems; item += 1) {
      if (seen.has(item) || (best.length === k && scores[item] <= scores[best[k - 1]])) continue;
      const place = best.findIndex((other) => scores[other] < scores[item]);
      best.splice(place < 0 ? best.length : place, 0, item);
      best.length = Math.min(best.length, k);
    }
    return { shelf: seen, scores, best };
  });
  return { model, answers };
}

/** What is wrong with an answer, in words, or null; exchanges among near-ties are fine. */
export function wrong({ shelf, scores, best }, items) {
  if (items.length !== best.length) return `${items.length} items instead of ${best.length}`;
  if (new Set(items).size !== items.length) return `an item twice in ${items.join(' ')}`;
  const seen = items.find((item) => shelf.has(item));
  if (seen !== undefined) return `item ${seen} is on the shelf`;
  const place = items.findIndex((item, at) => {
    const expected = scores[best[at]];
    return !(Math.abs(scores[item] - expected) <= NEAR_TIE * Math.abs(expected));
  });
  if (place < 0) return null;
  const [item, expected] = [items[place], best[place]];
  return `item ${item} (${scores[item]}) at place ${place + 1}, where ${expected} (${scores[expected]}) belongs`;
}
