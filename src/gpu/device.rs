//! From nothing to a device: adapter, limits, and the two callbacks through which a device reports its faults.

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use super::backend::{Device, Opened, Queue, Scopes, on_lost, on_uncaptured, open};
use super::error::GpuError;
use crate::ascii::mentions;

/// What a visitor may know about the adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterSummary {
    /// Its name, as far as the browser tells.
    pub name: String,
    /// `WebGPU` in a browser, else the native interface.
    pub backend: String,
    /// Whether a CPU pretends to be a GPU (SwiftShader, lavapipe, WARP).
    pub is_software: bool,
}

impl AdapterSummary {
    pub(super) fn new(mut name: String, backend: String, is_software: bool) -> Self {
        let is_software = is_software || mentions(&name, "swiftshader");
        if name.is_empty() {
            name = "a GPU without a name".to_owned();
        }
        Self { name, backend, is_software }
    }
}

impl fmt::Display for AdapterSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.backend)
    }
}

/// The first fault of a device. It outlives the request that caused it: a faulty device is not asked again.
#[derive(Debug, Clone, Default)]
pub(super) struct Fault(Arc<Mutex<FaultState>>);

#[derive(Debug, Default)]
struct FaultState {
    first: Option<GpuError>,
    /// Who wants to know of it.
    waiting: Vec<Waker>,
}

impl Fault {
    fn state(&self) -> MutexGuard<'_, FaultState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self) -> Result<(), GpuError> {
        self.state().first.clone().map_or(Ok(()), Err)
    }

    /// Keeps the first fault, but for a loss, which explains the faults that come before it is reported.
    fn set(&self, fault: GpuError) {
        let mut state = self.state();
        let explains = matches!(fault, GpuError::DeviceLost { .. });
        if state.first.is_none() || explains {
            state.first = Some(fault);
        }
        // Woken when the lock is free again.
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// An open device.
#[derive(Debug, Clone)]
pub struct Gpu {
    pub(super) device: Device,
    pub(super) queue: Queue,
    pub(super) fault: Fault,
    adapter: AdapterSummary,
    pub(super) buffer_limit: u64,
    binding_limit: u64,
}

impl Gpu {
    /// Asks for the fastest adapter and opens a device with the limits that the stages need.
    ///
    /// # Errors
    /// [`GpuError::NoWebGpu`], [`GpuError::NoAdapter`] or [`GpuError::DeviceRefused`], each with what helps.
    pub async fn request() -> Result<Self, GpuError> {
        let Opened { device, queue, adapter, buffer_limit, binding_limit } = open().await?;
        let fault = Fault::default();
        let lost = fault.clone();
        on_lost(&device, move |kind, message| {
            let reason = if message.is_empty() { kind } else { message.strip_suffix(".").unwrap_or(message) };
            lost.set(GpuError::DeviceLost { reason: reason.to_owned() });
        });
        let refused = fault.clone();
        on_uncaptured(&device, move |error| refused.set(error));
        Ok(Self { device, queue, fault, adapter, buffer_limit, binding_limit: binding_limit.min(buffer_limit) })
    }

    /// The same device as if it could bind no more than `bytes` at once: what a smaller adapter would do.
    #[must_use]
    pub fn with_binding_limit(self, bytes: u64) -> Self {
        Self { binding_limit: self.binding_limit.min(bytes), ..self }
    }

    /// The most bytes that a storage binding may have.
    pub fn binding_limit(&self) -> u64 {
        self.binding_limit
    }

    /// What it runs on.
    pub fn adapter(&self) -> &AdapterSummary {
        &self.adapter
    }

    /// The device, for tests and benchmarks.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The queue, for tests and benchmarks.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Fails when the device has failed before.
    ///
    /// # Errors
    /// The first fault, or the loss of the device.
    pub fn check(&self) -> Result<(), GpuError> {
        self.fault.get()
    }

    /// Waits until the device fails, at once where it has failed. Keeps no device alive.
    pub fn failure(&self) -> impl Future<Output = ()> + use<> {
        let fault = self.fault.clone();
        poll_fn(move |context| {
            let mut state = fault.state();
            if state.first.is_some() {
                return Poll::Ready(());
            }
            if !state.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                state.waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
    }

    /// Gives the device up because it says nothing.
    pub(super) fn hung(&self, limit: Duration) -> GpuError {
        let fault = GpuError::Hung { what: "answer", seconds: limit.as_secs() };
        self.fault.set(fault.clone());
        fault
    }

    /// Runs `work` and waits for what the device has to say about it.
    ///
    /// # Errors
    /// Those of `work`, or the first thing that the device refused meanwhile.
    pub async fn validated<T>(&self, work: impl FnOnce() -> Result<T, GpuError>) -> Result<T, GpuError> {
        let scopes = Scopes::open(&self.device);
        let outcome = work();
        let refused = scopes.close().await;
        self.check()?;
        // What is made of a table that did not fit is refused, too.
        outcome.and_then(|made| refused.map_or(Ok(made), Err))
    }
}
