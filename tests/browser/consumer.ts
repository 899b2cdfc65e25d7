// Code of somebody who uses the package, for `tsc --noEmit` only: each line with @ts-expect-error must be an error.
import { init, Recommender } from 'sharp-distill';
import type { Contribution, EngineName, FoundItem, Info, ItemFilter, ItemId, LoadOptions, Recommendation, RecommendRequest, Source, StageTime } from 'sharp-distill';

const engine: EngineName = 'cpu';
const options: LoadOptions = { catalogue: new URL('catalogue.json', import.meta.url), engine };
const sources: Source[] = ['model.safetensors', new Uint8Array(8), new ArrayBuffer(8)];

export async function use(): Promise<Recommendation[]> {
  await init();
  await init(new URL('sharp_distill_bg.wasm', import.meta.url));
  const recommender: Recommender = await Recommender.load(sources[0]!, options);
  const [film]: FoundItem[] = recommender.search('alien', 3);
  const liked: ItemId[] = film ? [film.item, 260] : [];
  const only: ItemFilter = { notGenres: ['Horror'], years: [1960, 1979], popularity: 'lesser-known' };
  const request: RecommendRequest = { liked, disliked: ['2'], hidden: [], k: 5, only, novelty: 0.5, diversity: 0.2 };
  const best = await recommender.recommend(request);
  const parts: Contribution[] = recommender.explain(best[0]!.item);
  const info: Info = await recommender.chooseEngine('webgpu');
  const times: StageTime[] | undefined = await recommender.stageTimes(request);
  console.log(parts[0]?.contribution.toFixed(2), info.timings.cpuMs?.toFixed(1), times?.[0]?.stage);

  // @ts-expect-error a misspelt key
  await recommender.recommend({ like: ['1'] });
  // @ts-expect-error an engine that is none
  await recommender.chooseEngine('quantum');
  // @ts-expect-error made by load() only
  new Recommender();
  // @ts-expect-error a title may be missing
  best[0]!.title.length;

  recommender.free();
  return best;
}
