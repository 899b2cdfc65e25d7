// Plain JavaScript over typed arrays: one pass that scores and keeps the ten best, no logits in between.
import { Visitor, insert } from './student.mjs';

export async function load(model) {
  const { itemHidden, itemEmb, nItems, embDim, hiddenDim, hasDot } = model;
  const visitor = new Visitor(model);
  // Doubles, because JavaScript adds in double precision: then only the table has to be widened.
  const a = new Float64Array(hiddenDim);
  const halfWeight = Float64Array.from(model.outputWeight, (weight) => weight / 2);

  /**
   * `sum w * relu(a + c)` from `row` on. As `w/2 * (x + |x|)`, which V8 runs several times as fast as `Math.max(x, 0)`
   * or a branch; four sums, so that no addition waits for the one before.
   */
  function mlp(row) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let unit = 0; unit < hiddenDim; unit += 4) {
      const x0 = a[unit] + itemHidden[row + unit];
      const x1 = a[unit + 1] + itemHidden[row + unit + 1];
      const x2 = a[unit + 2] + itemHidden[row + unit + 2];
      const x3 = a[unit + 3] + itemHidden[row + unit + 3];
      s0 += halfWeight[unit] * (x0 + Math.abs(x0));
      s1 += halfWeight[unit + 1] * (x1 + Math.abs(x1));
      s2 += halfWeight[unit + 2] * (x2 + Math.abs(x2));
      s3 += halfWeight[unit + 3] * (x3 + Math.abs(x3));
    }
    return s0 + s1 + (s2 + s3);
  }

  function dot(z, row) {
    let sum = 0;
    for (let dim = 0; dim < embDim; dim += 1) sum += z[dim] * itemEmb[row + dim];
    return sum;
  }

  return {
    recommend({ shelf, k }) {
      visitor.see(shelf);
      const { emb } = visitor;
      a.set(visitor.hidden);
      const scores = new Float64Array(k).fill(-Infinity);
      const items = new Array(k).fill(-1);
      let worst = -Infinity;
      for (let item = 0; item < nItems; item += 1) {
        let score = mlp(item * hiddenDim);
        if (hasDot) score += dot(emb, item * embDim);
        if (score > worst && !shelf.includes(item)) worst = insert(scores, items, score, item);
      }
      return items;
    },
    items: (answer) => answer,
  };
}
