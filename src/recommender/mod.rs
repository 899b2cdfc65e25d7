//! The recommender that pages and embedders hold: a model, and the engine that answers with it.
//!
//! It is never without an engine: WebGPU where that is the faster and correct one, else the CPU twin (WebAssembly
//! SIMD in a browser), and [`Recommender::engine_status`] says which and why. All methods take `&self`, so that
//! requests may overlap (typing is faster than a readback).

mod choice;
mod timing;
mod tuning;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

pub use choice::{EngineChoice, EngineKind, EngineStatus, UnknownEngine};
pub use timing::EngineTimings;
pub use tuning::Diverse;

use crate::bundle::{Bundle, Provenance};
use crate::clock;
use crate::gpu::{Engine, Gpu, GpuError, StageTime, Storage, check_answer};
use crate::hypergraph::Incidence;
use crate::ranking::{Ranked, sorted_indices};
use crate::student::{PreparedRequest, Request, RequestError, Student, Workspace};

/// How long a GPU may take to open a device, and then to compile everything and to give its first answers. A software
/// adapter on a busy machine has taken five seconds; the page does not wait for it.
const READY_LIMIT: Duration = Duration::from_secs(20);

/// The largest model, in parameters, that is measured on a software adapter: uploading more than 64 MiB would be felt.
const MOST_PARAMETERS_IN_SOFTWARE: usize = 1 << 24;

/// A model that answers requests.
#[derive(Debug)]
pub struct Recommender {
    bundle: Bundle,
    student: Student,
    /// Items in the order of their ids.
    by_id: Vec<u32>,
    workspace: RefCell<Workspace>,
    prepared: RefCell<PreparedRequest>,
    engine: RefCell<Option<Rc<Engine>>>,
    status: RefCell<EngineStatus>,
    /// Counts the choices: one that a newer has overtaken changes nothing.
    n_choices: Cell<u32>,
    /// A software adapter that was found and not measured yet.
    unmeasured: RefCell<Option<Gpu>>,
    tuning: tuning::Tuning,
}

impl Recommender {
    /// Prepares a model and chooses its engine. A GPU that is missing or wrong is no failure: the CPU answers then.
    pub async fn new(bundle: Bundle, choice: EngineChoice) -> Self {
        let recommender = Self::on_cpu(bundle);
        recommender.choose_engine(choice).await;
        recommender
    }

    /// Prepares a model for the CPU, at once; [`Self::choose_engine`] may follow.
    pub fn on_cpu(bundle: Bundle) -> Self {
        let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
        // Made now, so that the first visitor does not wait for it.
        student.sketch();
        let by_id = sorted_indices(bundle.item_ids.len(), &|a, b| bundle.item_ids[a].cmp(&bundle.item_ids[b]));
        Self {
            bundle,
            student,
            by_id,
            workspace: RefCell::default(),
            prepared: RefCell::default(),
            engine: RefCell::default(),
            status: RefCell::new(EngineStatus::cpu(None, "no other engine has been tried yet")),
            n_choices: Cell::new(0),
            unmeasured: RefCell::default(),
            tuning: tuning::Tuning::default(),
        }
    }

    /// Chooses again, for instance after the GPU was lost: each choice opens a new device. The CPU answers while the
    /// choice is made; of two choices at once the later one counts.
    pub async fn choose_engine(&self, choice: EngineChoice) -> EngineStatus {
        let turn = self.n_choices.get().wrapping_add(1);
        self.n_choices.set(turn);
        let replaced = self.engine.replace(None);
        // Requests in flight hold it, too, and may end.
        if let Some(engine) = replaced.filter(|engine| Rc::strong_count(engine) == 1) {
            engine.gpu().device().destroy();
        }
        self.unmeasured.replace(None);
        let adapter = self.status.borrow().adapter.clone();
        if choice == EngineChoice::Cpu {
            self.status.replace(EngineStatus::cpu(adapter, "it was asked for (?engine=cpu)"));
            return self.engine_status();
        }
        self.status.replace(EngineStatus::cpu(adapter.clone(), "the GPU is still being prepared"));
        let chosen = match clock::within(READY_LIMIT, Gpu::request()).await.unwrap_or_else(|| Err(not_ready())) {
            Err(fault) => Chosen::cpu(EngineStatus::faulty(adapter, fault)),
            Ok(gpu) if choice == EngineChoice::Auto && gpu.adapter().is_software => {
                let status = EngineStatus::software(gpu.adapter().clone(), EngineTimings::default());
                Chosen { unmeasured: Some(gpu), ..Chosen::cpu(status) }
            }
            Ok(gpu) => self.try_gpu(gpu).await,
        };
        if self.n_choices.get() == turn {
            self.engine.replace(chosen.engine.map(Rc::new));
            self.unmeasured.replace(chosen.unmeasured);
            self.status.replace(chosen.status);
        } else if let Some(engine) = chosen.engine {
            engine.gpu().device().destroy();
        }
        self.engine_status()
    }

    async fn try_gpu(&self, gpu: Gpu) -> Chosen {
        let adapter = gpu.adapter().clone();
        match self.measured_engine(gpu).await {
            Ok((engine, timings)) => {
                Chosen { engine: Some(engine), ..Chosen::cpu(EngineStatus::web_gpu(adapter, timings)) }
            }
            Err(fault) => Chosen::cpu(EngineStatus::faulty(Some(adapter), fault)),
        }
    }

    /// An engine that has passed its self-check, and what both engines take.
    async fn measured_engine(&self, gpu: Gpu) -> Result<(Engine, EngineTimings), GpuError> {
        let device = gpu.device().clone();
        let ready = async {
            let engine = Engine::new(gpu, &self.student, &self.bundle.weights).await?;
            engine.self_check(&self.student, &self.bundle.golden).await?;
            let request = timing::usual_request(&self.bundle);
            let webgpu_ms = timing::webgpu_ms(&engine, &self.student, &request).await?;
            // The model's own request is a valid one, as the self-check has seen.
            let cpu_ms = timing::cpu_ms(&self.student, &request, &mut self.workspace.borrow_mut()).unwrap_or_default();
            Ok((engine, EngineTimings { cpu_ms, webgpu_ms }))
        };
        let ready = clock::within(READY_LIMIT, ready).await.unwrap_or_else(|| Err(not_ready()));
        if ready.is_err() {
            // Its memory is free at once, not when the browser collects its garbage.
            device.destroy();
        }
        ready
    }

    /// Measures both engines where the CPU was chosen because the adapter computes in software: work for an idle moment,
    /// as a software adapter takes its time. The CPU answers meanwhile and afterwards.
    pub async fn measure_software(&self) -> EngineStatus {
        let turn = self.n_choices.get();
        let gpu = self.unmeasured.take();
        let is_small = self.bundle.weights.n_parameters().0 <= MOST_PARAMETERS_IN_SOFTWARE;
        if let Some(gpu) = gpu.filter(|_| is_small) {
            let adapter = gpu.adapter().clone();
            let status = match self.measured_engine(gpu).await {
                Ok((engine, timings)) => {
                    engine.gpu().device().destroy();
                    EngineStatus::software(adapter, timings)
                }
                Err(fault) => EngineStatus::unmeasured(adapter, &fault),
            };
            if self.n_choices.get() == turn {
                self.status.replace(status);
            }
        }
        self.engine_status()
    }

    /// The best `request.k` items for a visitor, best first, without those that the request names.
    ///
    /// When the GPU fails in mid-request or answers wrongly, the CPU answers the same call and [`Self::engine_status`]
    /// says why. When it has too much to do, the CPU answers at once.
    ///
    /// # Errors
    /// The request itself is at fault; see [`RequestError`].
    pub async fn recommend(&self, request: &Request) -> Result<Vec<Ranked>, RequestError> {
        // Cloned out of its cell: nothing stays borrowed while the GPU works.
        let engine = self.engine.borrow().clone();
        let Some(engine) = engine else { return self.recommend_on_cpu(request) };
        let pending = {
            let mut prepared = self.prepared.borrow_mut();
            prepared.refill(self.student.config(), request)?;
            engine.submit(&prepared)
        };
        let answer = match pending {
            Ok(pending) => pending.ranked().await,
            Err(fault) => Err(fault),
        };
        match answer.and_then(|ranked| self.checked(&engine, request, ranked)) {
            Ok(ranked) => Ok(ranked),
            Err(GpuError::Busy) => self.recommend_on_cpu(request),
            Err(fault) => {
                self.give_up_on(&engine, fault);
                self.recommend_on_cpu(request)
            }
        }
    }

    /// An answer of the GPU, exact where its tables are stored in fewer bits, and checked: its scores are the CPU's for the
    /// same items. The self-check has seen known requests only, and a device may turn bad later.
    fn checked(&self, engine: &Engine, request: &Request, mut ranked: Vec<Ranked>) -> Result<Vec<Ranked>, GpuError> {
        // Refilled: other requests have used it while this one was in flight.
        let mut prepared = self.prepared.borrow_mut();
        let unfit = |error: RequestError| GpuError::Validation { message: error.to_string() };
        prepared.refill(self.student.config(), request).map_err(unfit)?;
        if engine.storage() != Storage::F32 {
            self.student.rerank(&prepared, &mut ranked);
        }
        check_answer(&self.student, &prepared, &ranked)?;
        let n_left = prepared.n_left(self.student.config().n_items);
        if ranked.len() < request.k.min(n_left) {
            // Items whose score is no number are never ranked, so fewer can be right.
            let n_expected = self.recommend_on_cpu(request).map_err(unfit)?.len();
            if ranked.len() != n_expected {
                let message = format!("{} items where there are {n_expected}", ranked.len());
                return Err(GpuError::WrongLater { message });
            }
        }
        Ok(ranked)
    }

    /// What each stage of a request takes on the GPU, by the GPU's own clock, the fastest of three times; none where the CPU
    /// answers, the adapter has no clock, or the GPU fails at it.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn stage_times(&self, request: &Request) -> Result<Option<Vec<StageTime>>, RequestError> {
        let engine = self.engine.borrow().clone();
        let mut prepared = PreparedRequest::default();
        prepared.refill(self.student.config(), request)?;
        let Some(engine) = engine else { return Ok(None) };
        let total = |times: &[StageTime]| times.iter().map(|time| time.milliseconds).sum::<f64>();
        let mut fastest: Option<Vec<StageTime>> = None;
        for _ in 0..3 {
            // A fault is found, and said, by the next request.
            let Ok(Some(times)) = engine.stage_times(&prepared).await else { return Ok(None) };
            if fastest.as_ref().is_none_or(|fastest| total(&times) < total(fastest)) {
                fastest = Some(times);
            }
        }
        Ok(fastest)
    }

    /// The CPU twin's answer, at once, whichever engine is chosen.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn recommend_on_cpu(&self, request: &Request) -> Result<Vec<Ranked>, RequestError> {
        self.student.recommend(request, &mut self.workspace.borrow_mut()).map(<[Ranked]>::to_vec)
    }

    /// How far each liked or disliked item of the request lifts `item_idx`: [`Student::contributions`].
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn explain(&self, request: &Request, item_idx: u32) -> Result<Vec<(u32, f32)>, RequestError> {
        self.student.contributions(request, item_idx)
    }

    /// Which engine answers the next request, and why. A device that was lost since the last request is noticed here.
    pub fn engine_status(&self) -> EngineStatus {
        let engine = self.engine();
        if let Some((engine, fault)) = engine.and_then(|engine| engine.gpu().check().err().map(|fault| (engine, fault)))
        {
            self.give_up_on(&engine, fault);
        }
        self.status.borrow().clone()
    }

    /// The GPU engine, where one answers.
    pub fn engine(&self) -> Option<Rc<Engine>> {
        self.engine.borrow().clone()
    }

    /// The student on the CPU.
    pub fn student(&self) -> &Student {
        &self.student
    }

    /// Who liked what in the training data: users are nodes, items hyperedges.
    pub fn incidence(&self) -> &Incidence {
        &self.bundle.incidence
    }

    /// Where the model comes from and how good it is.
    pub fn provenance(&self) -> &Provenance {
        &self.bundle.provenance
    }

    /// The model as it was read.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The index of an item by the data set's name for it.
    pub fn item_idx_of(&self, id: &str) -> Option<u32> {
        let id_of = |item_idx: &u32| self.bundle.item_ids[*item_idx as usize].as_str();
        self.by_id.binary_search_by(|item_idx| id_of(item_idx).cmp(id)).ok().map(|place| self.by_id[place])
    }

    /// The data set's name of an item.
    pub fn item_id_of(&self, item_idx: u32) -> Option<&str> {
        self.bundle.item_ids.get(item_idx as usize).map(String::as_str)
    }

    fn give_up_on(&self, engine: &Rc<Engine>, fault: GpuError) {
        // A later choice may already have put another engine in its place.
        let is_current = self.engine.borrow().as_ref().is_some_and(|current| Rc::ptr_eq(current, engine));
        if is_current {
            self.engine.replace(None);
            self.status.replace(EngineStatus::faulty(Some(engine.adapter().clone()), fault));
            // It is not asked again; requests in flight end, and its memory is free at once.
            engine.gpu().device().destroy();
        }
    }
}

/// What a choice came to.
struct Chosen {
    engine: Option<Engine>,
    unmeasured: Option<Gpu>,
    status: EngineStatus,
}

impl Chosen {
    fn cpu(status: EngineStatus) -> Self {
        Self { engine: None, unmeasured: None, status }
    }
}

fn not_ready() -> GpuError {
    GpuError::Hung { what: "get ready", seconds: READY_LIMIT.as_secs() }
}
