// Ours, as any page would use it: the model file in, titles' ids out.
import init, { Recommender } from '/engine/sharp_distill.js';

export async function load({ bytes, itemIdxOf }, { engine }) {
  await init();
  const recommender = await Recommender.load(bytes, { engine });
  const info = recommender.info();
  if (info.engine !== engine) throw new Error(`answers on ${info.engine}: ${info.reason}`);
  return {
    recommend: ({ liked, k }) => recommender.recommend({ liked, k }),
    items: (answer) => answer.map(({ item }) => itemIdxOf.get(item)),
  };
}
