//! The engine: everything is made on load; a request writes three small buffers, submits once and reads once.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::backend::{Buffer, Mapping, Usage, mapped_values, pass};
use super::device::{AdapterSummary, Gpu};
use super::error::GpuError;
use super::layout::MAX_PLACES;
use super::ranking::ranked_of;
use super::request_stages::{RequestStages, ranked_bytes};
use super::storage::Storage;
use super::tables::{Maker, Tables};
use crate::clock;
use crate::ranking::Ranked;
use crate::student::{MAX_K, PreparedRequest, Student, StudentWeights};

/// Requests that may be in flight; a further one is [`GpuError::Busy`].
const N_READBACKS: usize = 4;

/// How long a request may take; a GPU that has said nothing by then is given up. Software adapters take most of a second
/// for a million items, and four requests may be in flight. Natively nobody waits in front of a screen.
const ANSWER_LIMIT: Duration = Duration::from_secs(if cfg!(target_arch = "wasm32") { 4 } else { 60 });
/// The same for the first request of an engine: drivers, and software adapters above all, compile shaders during it.
const FIRST_ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// Places that are ranked beyond those asked for where tables are stored in fewer bits: the CPU twin puts them into
/// their exact order, and what the rounding has pushed a little too low is among them.
const SLACK: usize = MAX_PLACES as usize - MAX_K;

/// A student on the GPU, ready for requests.
#[derive(Debug)]
pub struct Engine {
    gpu: Gpu,
    storage: Storage,
    n_items: usize,
    score_bytes: u64,
    stages: RequestStages,
    readbacks: Vec<Rc<Readback>>,
    has_answered: Rc<Cell<bool>>,
}

/// A buffer that the CPU can read; one for each request in flight, for only these cannot be shared.
#[derive(Debug)]
struct Readback {
    buffer: Buffer,
    in_flight: Cell<bool>,
}

/// A request that the GPU works on. Dropping it is fine: the answer is then thrown away.
#[derive(Debug)]
pub struct Pending {
    gpu: Gpu,
    readback: Lease,
    mapping: Mapping,
    /// Items that a place may name; anything else is no answer.
    n_items: usize,
    n_places: usize,
    has_answered: Rc<Cell<bool>>,
}

/// Gives the readback free when the answer has been taken or is no longer wanted.
#[derive(Debug)]
struct Lease(Rc<Readback>);

impl Drop for Lease {
    fn drop(&mut self) {
        // Also takes back a mapping that has not happened yet.
        self.0.buffer.unmap();
        self.0.in_flight.set(false);
    }
}

impl Engine {
    /// Uploads the model, runs the load stages and makes all that requests need, with tables as [`Storage::preferred`] has
    /// them.
    ///
    /// # Errors
    /// Memory is short even so, the device refuses a shader or is lost.
    pub async fn new(gpu: Gpu, student: &Student, weights: &StudentWeights) -> Result<Self, GpuError> {
        let mut outcome = Err(GpuError::OutOfMemory);
        for &storage in Storage::preferred(student.config()) {
            if matches!(outcome, Err(GpuError::OutOfMemory)) {
                outcome = Self::with_storage(gpu.clone(), student, weights, storage).await;
            }
        }
        outcome
    }

    /// The same with tables in so many bits.
    ///
    /// # Errors
    /// See [`Self::new`].
    pub async fn with_storage(
        gpu: Gpu,
        student: &Student,
        weights: &StudentWeights,
        storage: Storage,
    ) -> Result<Self, GpuError> {
        let device = gpu.clone();
        device.validated(|| Self::make(gpu, student, weights, storage)).await
    }

    fn make(gpu: Gpu, student: &Student, weights: &StudentWeights, storage: Storage) -> Result<Self, GpuError> {
        let maker = Maker::new(&gpu);
        let tables = Tables::load(&maker, student, weights, storage)?;
        let stages = RequestStages::new(&maker, student.config(), &tables, storage);
        let readback = |_| {
            let bytes = ranked_bytes(u64::from(MAX_PLACES));
            let buffer = maker.empty("readback", Usage::MAP_READ | Usage::COPY_DST, bytes);
            Rc::new(Readback { buffer, in_flight: Cell::new(false) })
        };
        let readbacks = (0..N_READBACKS).map(readback).collect();
        maker.check()?;

        Ok(Self {
            storage,
            n_items: student.config().n_items,
            score_bytes: tables.score_bytes(),
            stages,
            readbacks,
            has_answered: Rc::default(),
            gpu,
        })
    }

    /// What it runs on.
    pub fn adapter(&self) -> &AdapterSummary {
        self.gpu.adapter()
    }

    /// The device it runs on, for tests and benchmarks.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// In how many bits the items' tables are stored.
    pub fn storage(&self) -> Storage {
        self.storage
    }

    /// Bytes of the tables that `score` reads in each request: over the adapter's bandwidth, the least time it can take.
    pub fn score_bytes(&self) -> u64 {
        self.score_bytes
    }

    /// Into how many chunks the items' tables are cut.
    pub fn n_chunks(&self) -> usize {
        self.stages.n_chunks()
    }

    /// The stages of a request.
    pub(super) fn stages(&self) -> &RequestStages {
        &self.stages
    }

    /// Places that the GPU ranks for a request of `k`.
    pub(super) fn n_places(&self, k: usize) -> usize {
        k + if self.storage == Storage::F32 { 0 } else { SLACK }
    }

    /// Hands a request to the GPU: small writes, one submit. Requests in flight are answered in order.
    ///
    /// # Errors
    /// [`GpuError::Busy`] when too many are in flight, or the device's first fault.
    pub fn submit(&self, prepared: &PreparedRequest) -> Result<Pending, GpuError> {
        self.gpu.check()?;
        let readback = self.readbacks.iter().find(|readback| !readback.in_flight.get()).ok_or(GpuError::Busy)?;
        let n_places = self.n_places(prepared.k);
        let mut encoder = self.stages.begin(&self.gpu, prepared, n_places);
        {
            let mut pass = pass(&mut encoder);
            for &stage in RequestStages::order(prepared) {
                self.stages.encode(&mut pass, stage, prepared);
            }
        }
        let n_bytes = ranked_bytes(n_places as u64);
        encoder.copy_buffer_to_buffer(self.stages.ranked(), 0, &readback.buffer, 0, n_bytes);
        self.gpu.queue.submit([encoder.finish()]);

        readback.in_flight.set(true);
        let mapping = Mapping::begin(&readback.buffer, n_bytes);
        let readback = Lease(Rc::clone(readback));
        let has_answered = Rc::clone(&self.has_answered);
        Ok(Pending { gpu: self.gpu.clone(), readback, mapping, n_items: self.n_items, n_places, has_answered })
    }

    /// [`Self::submit`], [`Pending::ranked`] and, where tables are stored in fewer bits, [`Student::rerank`] in one.
    ///
    /// # Errors
    /// See both.
    pub async fn recommend(&self, student: &Student, prepared: &PreparedRequest) -> Result<Vec<Ranked>, GpuError> {
        let mut ranked = self.submit(prepared)?.ranked().await?;
        if self.storage != Storage::F32 {
            student.rerank(prepared, &mut ranked);
        }
        Ok(ranked)
    }
}

impl Pending {
    /// Waits for the answer: the best `k` unmasked items, best first, fewer where fewer are left. Where tables are stored
    /// in fewer bits than 32, scores are rounded and there are more than `k`: [`Student::rerank`] makes them exact.
    ///
    /// # Errors
    /// The device was lost, failed or said nothing meanwhile, or the bytes are no answer.
    pub async fn ranked(self) -> Result<Vec<Ranked>, GpuError> {
        let Self { gpu, readback, mapping, n_items, n_places, has_answered } = self;
        let n_bytes = ranked_bytes(n_places as u64);
        let limit = if has_answered.get() { ANSWER_LIMIT } else { FIRST_ANSWER_LIMIT };
        let places = read(&gpu, &readback.0.buffer, n_bytes, mapping, limit).await?;
        has_answered.set(true);
        ranked_of(&places, n_items, n_places)
    }
}

/// Waits until a buffer is mapped and copies its first bytes, as pairs of words: whatever is read back is made of these.
async fn read(
    gpu: &Gpu,
    buffer: &Buffer,
    n_bytes: u64,
    mapping: Mapping,
    limit: Duration,
) -> Result<Vec<[u32; 2]>, GpuError> {
    let Some(mapped) = mapping.end(gpu, limit).await else { return Err(gpu.hung(limit)) };
    if mapped.is_err() {
        // A lost device fails its readbacks first and says afterwards that it is lost.
        clock::moment().await;
    }
    gpu.check()?;
    mapped.and_then(|()| mapped_values(buffer, n_bytes)).map_err(|message| GpuError::Readback { message })
}

/// Maps a buffer and copies its first bytes.
pub(super) async fn mapped(gpu: &Gpu, buffer: &Buffer, n_bytes: u64) -> Result<Vec<[u32; 2]>, GpuError> {
    read(gpu, buffer, n_bytes, Mapping::begin(buffer, n_bytes), FIRST_ANSWER_LIMIT).await
}
