//! The JavaScript class `Recommender`, for pages of other people: the same model and engines as the page's.
//!
//! Items are named by the data set's own ids. Whatever is wrong ends in a JavaScript `Error` that says what to do.

mod request;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Number, Object, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::bundle::{Bundle, Provenance, ResultRow};
use crate::catalogue::{Catalogue, Filter, Hit, Search};
use crate::clock;
use crate::fetch::fetched;
use crate::gpu::StageTime;
use crate::js::{Fields, get};
use crate::metrics::Metrics;
use crate::ranking::{ItemMask, Ranked, sorted_indices};
use crate::recommender::{EngineChoice, Recommender};
use crate::student::{Request, RequestError};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** An item by the data set's own id; a number means the id with these digits. */
export type ItemId = string | number;

/** Bytes, or an address to fetch them from. */
export type Source = Uint8Array | ArrayBuffer | string | URL;

export interface LoadOptions {
    /** Titles, years and genres of the model's items: needed for `search` and for titles in answers. */
    catalogue?: Source;
    /** `auto` by default. */
    engine?: EngineName;
}

export interface Recommendation {
    item: string;
    title?: string;
    year?: number;
    /** A logit, less what novelty takes: only the order means something. Where a request has diversity, it need not fall. */
    score: number;
}

export interface Contribution {
    item: string;
    title?: string;
    year?: number;
    /** The recommended item's score minus its score without this item; negative where it pulls down. */
    contribution: number;
}

export interface FoundItem {
    item: string;
    title: string;
    year?: number;
    genres: string[];
}

export interface RankingMetrics {
    precision: number;
    recall: number;
    ndcg: number;
    hit: number;
}

export interface StageTime {
    stage: "fold_in" | "user_half" | "score" | "novelty" | "mask" | "top_k";
    milliseconds: number;
}

/** `auto` takes WebGPU where it is real hardware and answers correctly, else the CPU. */
export type EngineName = "auto" | "webgpu" | "cpu";

export interface Info {
    /** The engine of the next request. */
    engine: "webgpu" | "cpu";
    /** Why that one, and what was measured, in words. */
    reason: string;
    /**
     * Milliseconds of a request on each engine, the median of a few, measured when the engine was chosen; null where
     * it was not. A software adapter, which `auto` does not use, is measured in an idle moment after loading.
     */
    timings: { cpuMs: number | null; webgpuMs: number | null };
    /** Whether the CPU answers for a fault that may have passed: `chooseEngine("webgpu")` tries the GPU again. */
    canTryGpu: boolean;
    nItems: number;
    nUsers: number;
    nLikes: number;
    embDim: number;
    nParameters: number;
    provenance: {
        data: string;
        data_sha256: string;
        split: string;
        seed: number;
        command: string;
        trainer_version: string;
        results: { model: string; n_parameters: number; at_10: RankingMetrics; at_20: RankingMetrics }[];
    };
}
"#;

#[wasm_bindgen]
extern "C" {
    /// Bytes or an address.
    #[wasm_bindgen(typescript_type = "Source")]
    pub type Source;
    /// Options of `load`.
    #[wasm_bindgen(typescript_type = "LoadOptions")]
    pub type LoadOptions;
    /// A request.
    #[wasm_bindgen(typescript_type = "RecommendRequest")]
    pub type RecommendRequest;
    /// An item's id.
    #[wasm_bindgen(typescript_type = "ItemId")]
    pub type ItemId;
    /// The answer of `recommend`.
    #[wasm_bindgen(typescript_type = "Recommendation[]")]
    pub type Recommendations;
    /// The answer of `explain`.
    #[wasm_bindgen(typescript_type = "Contribution[]")]
    pub type Contributions;
    /// The answer of `search`.
    #[wasm_bindgen(typescript_type = "FoundItem[]")]
    pub type FoundItems;
    /// The answer of `info`.
    #[wasm_bindgen(typescript_type = "Info")]
    pub type Info;
    /// The answer of `stageTimes`.
    #[wasm_bindgen(typescript_type = "StageTime[] | undefined")]
    pub type StageTimes;
    /// An engine's name.
    #[wasm_bindgen(typescript_type = "EngineName")]
    pub type EngineName;
}

const DEFAULT_K: usize = 10;

/// A model that answers in this page, on WebGPU or on the CPU.
#[wasm_bindgen(js_name = Recommender)]
pub struct JsRecommender {
    recommender: Rc<Recommender>,
    titles: Option<Titles>,
    last_request: RefCell<Option<Request>>,
    last_filter: RefCell<Option<(Filter, ItemMask)>>,
}

struct Titles {
    catalogue: Catalogue,
    search: Search,
}

#[wasm_bindgen(js_class = Recommender)]
impl JsRecommender {
    /// Loads a model from its bytes or its address.
    ///
    /// # Errors
    /// The source cannot be fetched or is no model, an option is unknown, the catalogue belongs to another model.
    pub async fn load(model: Source, options: Option<LoadOptions>) -> Result<JsRecommender, JsError> {
        let options = options.map(JsValue::from).unwrap_or_default();
        check_keys(&options, "option", &["catalogue", "engine"])?;
        let engine = match get(&options, "engine") {
            None => EngineChoice::Auto,
            Some(name) => engine_choice(&name)?,
        };
        let bundle = Bundle::read(&bytes_of(&model, "model").await?)?;
        let titles = match get(&options, "catalogue") {
            None => None,
            Some(source) => Some(Titles::new(Catalogue::read(&bytes_of(&source, "catalogue").await?)?, &bundle)?),
        };
        let recommender = Rc::new(Recommender::new(bundle, engine).await);
        measure_when_idle(&recommender);
        Ok(Self { recommender, titles, last_request: RefCell::default(), last_filter: RefCell::default() })
    }

    /// The best items for somebody with this taste, best first; never one that the request names.
    ///
    /// # Errors
    /// An unknown item, key or genre, an item named twice, a number out of range.
    pub async fn recommend(&self, request: RecommendRequest) -> Result<Recommendations, JsError> {
        let (request, diversity) = self.request_of(&request)?;
        self.last_request.replace(Some(request.clone()));
        let answer = self.recommender.recommend_diverse(&request, diversity).await;
        let answer = answer.map_err(|error| self.refusal(&error))?;
        let scored = |ranked: &Ranked| self.named(ranked.item_idx, "score", ranked.score.into());
        Ok(answer.ranked.iter().map(scored).collect::<Array>().unchecked_into())
    }

    /// What each item of the last request contributes to the score of `item`, the strongest first: exact, by leaving
    /// each out in turn. Filter, novelty and diversity change which items are recommended, and nothing of this.
    ///
    /// # Errors
    /// There was no request yet, or the item is unknown.
    pub fn explain(&self, item: ItemId) -> Result<Contributions, JsError> {
        let request = self.last_request.borrow().clone();
        let request = request.ok_or_else(|| JsError::new("nothing to explain yet: call recommend() first"))?;
        let item_idx = self.item_idx_of(&item)?;
        let parts = self.recommender.explain(&request, item_idx).map_err(|error| self.refusal(&error))?;
        let strongest_first = |a: usize, b: usize| {
            let (a, b) = (parts[a], parts[b]);
            b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0))
        };
        let order = sorted_indices(parts.len(), &strongest_first);
        let named = |&place: &u32| {
            let (item_idx, by) = parts[place as usize];
            self.named(item_idx, "contribution", by.into())
        };
        Ok(order.iter().map(named).collect::<Array>().unchecked_into())
    }

    /// Finds items by title, year or genre, forgiving typing errors; 10 by default.
    ///
    /// # Errors
    /// No catalogue was loaded.
    pub fn search(&self, query: &str, limit: Option<usize>) -> Result<FoundItems, JsError> {
        let titles = self.titles.as_ref().ok_or_else(|| {
            JsError::new("search needs titles: pass a catalogue to Recommender.load(model, { catalogue: ... })")
        })?;
        let hits = titles.search.find(query, limit.unwrap_or(DEFAULT_K));
        let found = |hit: &Hit| {
            let genres = titles.catalogue.item(hit.item_idx).map(|item| item.genres.as_slice()).unwrap_or_default();
            self.named(hit.item_idx, "genres", genres.iter().map(JsValue::from).collect::<Array>().into())
        };
        Ok(hits.iter().map(found).collect::<Array>().unchecked_into())
    }

    /// What each stage of a request takes on the GPU, by the GPU's own clock (browsers round it); undefined where the
    /// CPU answers or the adapter has no clock. Slower than `recommend`, which does not ask the clock.
    ///
    /// # Errors
    /// Those of `recommend`.
    #[wasm_bindgen(js_name = stageTimes)]
    pub async fn stage_times(&self, request: RecommendRequest) -> Result<StageTimes, JsError> {
        let (request, _) = self.request_of(&request)?;
        let times = self.recommender.stage_times(&request).await.map_err(|error| self.refusal(&error))?;
        let Some(times) = times else { return Ok(JsValue::UNDEFINED.unchecked_into()) };
        let named = |time: &StageTime| {
            Fields::new().text("stage", time.stage.name()).number("milliseconds", time.milliseconds).made()
        };
        Ok(times.iter().map(named).collect::<Array>().unchecked_into())
    }

    /// Chooses the engine again, with a new device: `webgpu` tries the GPU again after a fault. Requests meanwhile are
    /// answered by the CPU. A GPU that fails again is no error; the answer says why.
    ///
    /// # Errors
    /// There is no such engine.
    #[wasm_bindgen(js_name = chooseEngine)]
    pub async fn choose_engine(&self, engine: EngineName) -> Result<Info, JsError> {
        self.recommender.choose_engine(engine_choice(&engine)?).await;
        measure_when_idle(&self.recommender);
        self.info()
    }

    /// Which engine answers and why, the model's sizes, and where it comes from.
    ///
    /// # Errors
    /// Only what JavaScript itself refuses.
    pub fn info(&self) -> Result<Info, JsError> {
        let status = self.recommender.engine_status();
        let bundle = self.recommender.bundle();
        let milliseconds = |ms: Option<f64>| ms.map_or(JsValue::NULL, JsValue::from);
        let timings = Fields::new()
            .with("cpuMs", milliseconds(status.timings.cpu_ms))
            .with("webgpuMs", milliseconds(status.timings.webgpu_ms));
        let info = Fields::new()
            .text("engine", status.kind.name())
            .text("reason", &status.reason)
            .with("timings", timings.made())
            .with("canTryGpu", status.can_try_gpu.into())
            .number("nItems", bundle.config.n_items as f64)
            .number("nUsers", bundle.config.n_users as f64)
            .number("nLikes", bundle.incidence.n_memberships() as f64)
            .number("embDim", bundle.config.emb_dim as f64)
            .number("nParameters", bundle.weights.n_parameters().0 as f64)
            .with("provenance", provenance_object(&bundle.provenance));
        Ok(info.made().unchecked_into())
    }
}

impl JsRecommender {
    fn item_idx_of(&self, item: &JsValue) -> Result<u32, JsError> {
        let id =
            item.as_string().or_else(|| Some(String::from(item.dyn_ref::<Number>()?.to_string_with_radix(10).ok()?)));
        let id = id.ok_or_else(|| JsError::new("an item is named by a string or a number"))?;
        self.recommender.item_idx_of(&id).ok_or_else(|| JsError::new(&self.unknown_item(&id)))
    }

    /// That there is no such item, and what may have been meant.
    fn unknown_item(&self, id: &str) -> String {
        let said = format!("the model knows no item \"{id}\": items are named by the data set's ids");
        let hit = self.titles.as_ref().and_then(|titles| titles.search.find(id, 1).first().copied());
        let title = hit.and_then(|hit| Some((self.item(hit.item_idx)?, self.recommender.item_id_of(hit.item_idx)?)));
        let example = self.recommender.item_id_of(0);
        match (title, example) {
            (Some((item, id)), _) => format!("{said}; \"{}\" is \"{id}\"", item.title),
            (None, Some(example)) => format!("{said}, as \"{example}\""),
            (None, None) => said,
        }
    }

    /// A refused request, with the data set's ids in place of the model's indices.
    fn refusal(&self, error: &RequestError) -> JsError {
        match error {
            RequestError::NamedTwice { item_idx } => {
                let id = self.recommender.item_id_of(*item_idx).unwrap_or_default();
                JsError::new(&format!("item \"{id}\" is named twice: an item is liked, disliked or hidden, once"))
            }
            other => JsError::new(&other.to_string()),
        }
    }

    fn item(&self, item_idx: u32) -> Option<&crate::catalogue::CatalogueItem> {
        self.titles.as_ref()?.catalogue.item(item_idx)
    }

    /// An item's id, its title and year where they are known, and what the answer says of it.
    fn named(&self, item_idx: u32, what: &str, value: JsValue) -> JsValue {
        let item = self.item(item_idx);
        Fields::new()
            .text("item", self.recommender.item_id_of(item_idx).unwrap_or_default())
            .with("title", item.map(|item| item.title.as_str()).into())
            .with("year", item.and_then(|item| item.year).into())
            .with(what, value)
            .made()
    }
}

impl Titles {
    fn new(catalogue: Catalogue, bundle: &Bundle) -> Result<Self, JsError> {
        catalogue.check_against(&bundle.item_ids)?;
        let search = Search::new(&catalogue, &bundle.incidence.hyperedge_degrees());
        Ok(Self { catalogue, search })
    }
}

fn engine_choice(name: &JsValue) -> Result<EngineChoice, JsError> {
    Ok(name.as_string().ok_or_else(|| JsError::new("engine must be a string"))?.parse()?)
}

/// Measures a software adapter that `auto` has left aside, when nobody waits for the page.
fn measure_when_idle(recommender: &Rc<Recommender>) {
    let recommender = Rc::clone(recommender);
    spawn_local(async move {
        clock::idle().await;
        recommender.measure_software().await;
    });
}

/// Refuses keys that mean nothing: a misspelt one would else be ignored in silence.
fn check_keys(object: &JsValue, what: &str, known: &[&str]) -> Result<(), JsError> {
    if object.is_undefined() || object.is_null() {
        return Ok(());
    }
    let object = object.dyn_ref::<Object>().ok_or_else(|| JsError::new("an object is expected here, as { ... }"))?;
    for key in Object::keys(object).iter().filter_map(|key| key.as_string()) {
        if !known.contains(&key.as_str()) {
            return Err(JsError::new(&format!("there is no {what} \"{key}\": choose from {}", known.join(", "))));
        }
    }
    Ok(())
}

/// The bytes that a source stands for.
async fn bytes_of(source: &JsValue, what: &str) -> Result<Vec<u8>, JsError> {
    if let Some(bytes) = source.dyn_ref::<Uint8Array>() {
        return Ok(bytes.to_vec());
    }
    if let Some(buffer) = source.dyn_ref::<ArrayBuffer>() {
        return Ok(Uint8Array::new(buffer).to_vec());
    }
    // A URL object carries its address as `href`.
    let address = source
        .as_string()
        .or_else(|| get(source, "href")?.as_string())
        .ok_or_else(|| JsError::new(&format!("the {what} must be a Uint8Array, an ArrayBuffer or an address")))?;
    let failed = |reason| JsError::new(&format!("the {what} could not be fetched from {address}: {reason}"));
    fetched(&address).await.map_err(failed)
}

fn provenance_object(provenance: &Provenance) -> JsValue {
    let Provenance { data, data_sha256, split, seed, command, trainer_version, results } = provenance;
    Fields::new()
        .text("data", data)
        .text("data_sha256", data_sha256)
        .text("split", split)
        .number("seed", *seed as f64)
        .text("command", command)
        .text("trainer_version", trainer_version)
        .with("results", results.iter().map(result_object).collect::<Array>().into())
        .made()
}

fn result_object(row: &ResultRow) -> JsValue {
    Fields::new()
        .text("model", &row.model)
        .number("n_parameters", row.n_parameters as f64)
        .with("at_10", metrics_object(&row.at_10))
        .with("at_20", metrics_object(&row.at_20))
        .made()
}

fn metrics_object(metrics: &Metrics) -> JsValue {
    let Metrics { precision, recall, ndcg, hit } = *metrics;
    let fields = Fields::new().number("precision", precision).number("recall", recall);
    fields.number("ndcg", ndcg).number("hit", hit).made()
}
