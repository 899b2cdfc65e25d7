// What every peer does in JavaScript around its library: the visitor's half of the model before the scores, the ten best
// after them. Both are tiny beside the scores.

/** The visitor's side of the student: `z = d_v^-1/2 sum_j d_j^-1/2 (XW)_j` and `a = W_u z`, into the same memory each time. */
export class Visitor {
  constructor({ itemXw, itemInvSqrtDegree, userWeight, embDim, hiddenDim }) {
    Object.assign(this, { itemXw, itemInvSqrtDegree, userWeight });
    this.emb = new Float32Array(embDim);
    this.hidden = new Float32Array(hiddenDim);
  }

  /** Fill `emb` and `hidden` for somebody who likes these items. */
  see(shelf) {
    const { itemXw, itemInvSqrtDegree, userWeight, emb, hidden } = this;
    const embDim = emb.length;
    emb.fill(0);
    for (const item of shelf) {
      const scale = itemInvSqrtDegree[item];
      const row = item * embDim;
      for (let dim = 0; dim < embDim; dim += 1) emb[dim] += scale * itemXw[row + dim];
    }
    const scale = 1 / Math.sqrt(shelf.length + 1);
    for (let dim = 0; dim < embDim; dim += 1) emb[dim] *= scale;
    for (let unit = 0; unit < hidden.length; unit += 1) {
      const row = unit * embDim;
      let sum = 0;
      for (let dim = 0; dim < embDim; dim += 1) sum += userWeight[row + dim] * emb[dim];
      hidden[unit] = sum;
    }
  }
}

/** The `k` best of all logits without the shelf: one pass, a short sorted list, equal scores by index. */
export function topK(logits, shelf, k) {
  const scores = new Float64Array(k).fill(-Infinity);
  const items = new Array(k).fill(-1);
  let worst = -Infinity;
  for (let item = 0; item < logits.length; item += 1) {
    const score = logits[item];
    // Few items come this far, so the shelf is searched there and not marked before.
    if (score > worst && !shelf.includes(item)) worst = insert(scores, items, score, item);
  }
  return items;
}

/** Put an item where it belongs in a sorted list and drop the last; returns the score that the next must beat. */
export function insert(scores, items, score, item) {
  let place = scores.length - 1;
  for (; place > 0 && scores[place - 1] < score; place -= 1) {
    scores[place] = scores[place - 1];
    items[place] = items[place - 1];
  }
  scores[place] = score;
  items[place] = item;
  return scores[scores.length - 1];
}

/** The first `k` of a ranking that are not on the shelf. */
export function withoutSeen(ranking, shelf, k) {
  const items = [];
  for (const ranked of ranking) {
    const item = Number(ranked);
    if (!shelf.includes(item)) items.push(item);
    if (items.length === k) break;
  }
  return items;
}
