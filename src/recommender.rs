//! The recommender that pages and embedders hold: a model, and the engine that answers with it.
//!
//! It is never without an engine: WebGPU where that is the faster and correct one, else the CPU twin (WebAssembly
//! SIMD in a browser), and [`Recommender::engine_status`] says which and why. All methods take `&self`, so that
//! requests may overlap (typing is faster than a readback).

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

use crate::bundle::{Bundle, Provenance};
use crate::gpu::{AdapterSummary, Engine, Gpu, GpuError};
use crate::hypergraph::Incidence;
use crate::ranking::Ranked;
use crate::student::{PreparedRequest, Request, RequestError, Student, Workspace};

/// Which engine is wanted; `?engine=` in the page's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineChoice {
    /// WebGPU on a hardware adapter; the CPU where WebGPU is missing, wrong, or computed in software anyway.
    #[default]
    Auto,
    /// WebGPU on any adapter that answers correctly.
    WebGpu,
    /// The CPU.
    Cpu,
}

impl FromStr for EngineChoice {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "auto" | "" => Ok(Self::Auto),
            "webgpu" => Ok(Self::WebGpu),
            "cpu" => Ok(Self::Cpu),
            _ => Err(UnknownEngine { name: name.to_owned() }),
        }
    }
}

/// An engine's name that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no engine {name:?}: choose auto, webgpu or cpu")]
pub struct UnknownEngine {
    /// The name that was given.
    pub name: String,
}

/// The engine that answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// WGSL through WebGPU (natively Vulkan).
    WebGpu,
    /// The CPU twin.
    Cpu,
}

impl EngineKind {
    /// `webgpu` or `cpu`, as `?engine=` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::WebGpu => "webgpu",
            Self::Cpu => "cpu",
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which engine answers, and why that one.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineStatus {
    /// The engine of the next request.
    pub kind: EngineKind,
    /// The adapter that was found, whether or not it answers.
    pub adapter: Option<AdapterSummary>,
    /// Why, in plain words; a clause that can stand after "because".
    pub reason: String,
    /// The GPU's fault, where one decided for the CPU.
    pub fault: Option<GpuError>,
}

impl fmt::Display for EngineStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.reason)
    }
}

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
}

impl Recommender {
    /// Prepares a model and chooses its engine. A GPU that is missing or wrong is no failure: the CPU answers then.
    pub async fn new(bundle: Bundle, choice: EngineChoice) -> Self {
        let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
        // Made now, so that the first visitor does not wait for it.
        student.sketch();
        let mut by_id: Vec<u32> = (0..bundle.item_ids.len() as u32).collect();
        by_id.sort_by(|&a, &b| bundle.item_ids[a as usize].cmp(&bundle.item_ids[b as usize]));
        let recommender = Self {
            bundle,
            student,
            by_id,
            workspace: RefCell::default(),
            prepared: RefCell::default(),
            engine: RefCell::default(),
            status: RefCell::new(cpu_status(None, "no other engine has been tried yet", None)),
        };
        recommender.choose_engine(choice).await;
        recommender
    }

    /// Chooses again, for instance after the GPU was lost; the CPU answers while the choice is made.
    pub async fn choose_engine(&self, choice: EngineChoice) -> EngineStatus {
        self.engine.replace(None);
        let (engine, status) = match choice {
            EngineChoice::Cpu => (None, cpu_status(None, "?engine=cpu asks for it", None)),
            EngineChoice::Auto | EngineChoice::WebGpu => match Gpu::request().await {
                Err(fault) => (None, cpu_status(None, &fault.to_string(), Some(fault.clone()))),
                Ok(gpu) => self.try_gpu(gpu, choice).await,
            },
        };
        self.engine.replace(engine.map(Rc::new));
        self.status.replace(status.clone());
        status
    }

    async fn try_gpu(&self, gpu: Gpu, choice: EngineChoice) -> (Option<Engine>, EngineStatus) {
        let adapter = gpu.adapter().clone();
        if choice == EngineChoice::Auto && adapter.is_software {
            let reason = format!("{adapter} computes in software, where the CPU alone is faster");
            return (None, cpu_status(Some(adapter), &reason, None));
        }
        match self.checked_engine(gpu).await {
            Ok(engine) => {
                let reason = format!("{adapter} gives the same answers as the CPU");
                (Some(engine), EngineStatus { kind: EngineKind::WebGpu, adapter: Some(adapter), reason, fault: None })
            }
            Err(fault) => (None, cpu_status(Some(adapter), &fault.to_string(), Some(fault.clone()))),
        }
    }

    async fn checked_engine(&self, gpu: Gpu) -> Result<Engine, GpuError> {
        let engine = Engine::new(gpu, &self.student, &self.bundle.weights).await?;
        engine.self_check(&self.student, &self.bundle.golden).await?;
        Ok(engine)
    }

    /// The best `request.k` items for a visitor, best first, without those that the request names.
    ///
    /// When the GPU fails in mid-request, the CPU answers the same call and [`Self::engine_status`] says why.
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
        match answer {
            Ok(ranked) => Ok(ranked),
            Err(GpuError::Busy) => self.recommend_on_cpu(request),
            Err(fault) => {
                self.give_up_on(&engine, fault);
                self.recommend_on_cpu(request)
            }
        }
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

    /// Which engine answers the next request, and why.
    pub fn engine_status(&self) -> EngineStatus {
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
            let status = cpu_status(Some(engine.adapter().clone()), &fault.to_string(), Some(fault));
            self.status.replace(status);
        }
    }
}

fn cpu_status(adapter: Option<AdapterSummary>, reason: &str, fault: Option<GpuError>) -> EngineStatus {
    EngineStatus { kind: EngineKind::Cpu, adapter, reason: reason.to_owned(), fault }
}
