//! How long each stage of a request takes on the GPU itself, by its own clock.
//!
//! Beside the hot path: a pass of its own for every stage costs more than the stages of a small catalogue do.

use super::backend::{Usage, time_stamps, timed_pass};
use super::engine::{Engine, mapped};
use super::error::GpuError;
use super::request_stages::RequestStages;
use super::tables::Maker;
use crate::student::{PreparedRequest, Stage};

/// Bytes of a time stamp.
const STAMP_BYTES: u32 = 8;

/// What a stage took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageTime {
    /// The stage.
    pub stage: Stage,
    /// Milliseconds between the GPU's time stamps before and after it. Browsers round them (Chromium: to 0.1 ms).
    pub milliseconds: f64,
}

impl Engine {
    /// Runs a request with a time stamp before and after each stage; none where the adapter has no time stamps.
    ///
    /// # Errors
    /// The device fails.
    pub async fn stage_times(&self, prepared: &PreparedRequest) -> Result<Option<Vec<StageTime>>, GpuError> {
        let gpu = self.gpu();
        gpu.check()?;
        let (stages, n_places) = (RequestStages::order(prepared), self.n_places(prepared.k));
        let n_stamps = 2 * stages.len() as u32;
        let Some(stamps) = time_stamps(&gpu.device, n_stamps) else { return Ok(None) };
        let n_bytes = u64::from(n_stamps * STAMP_BYTES);
        let maker = Maker::new(gpu);
        let resolved = maker.empty("time stamps", Usage::QUERY_RESOLVE | Usage::COPY_SRC, n_bytes);
        let readback = maker.empty("time stamps", Usage::MAP_READ | Usage::COPY_DST, n_bytes);
        let mut encoder = self.stages().begin(gpu, prepared, n_places);
        for (&stage, first) in stages.iter().zip((0..).step_by(2)) {
            let mut pass = timed_pass(&mut encoder, stage.name(), &stamps, first);
            self.stages().encode(&mut pass, stage, prepared);
        }
        encoder.resolve_query_set(&stamps, 0..n_stamps, &resolved, 0);
        encoder.copy_buffer_to_buffer(&resolved, 0, &readback, 0, n_bytes);
        gpu.queue.submit([encoder.finish()]);
        let stamps = mapped(gpu, &readback, n_bytes).await?;
        let ticks: Vec<u64> = stamps.iter().map(|&[low, high]| u64::from(high) << 32 | u64::from(low)).collect();
        let period = f64::from(gpu.queue.get_timestamp_period());
        let time = |(&stage, pair): (&Stage, &[u64])| StageTime {
            stage,
            milliseconds: pair[1].saturating_sub(pair[0]) as f64 * period / 1e6,
        };
        Ok(Some(stages.iter().zip(ticks.chunks_exact(2)).map(time).collect()))
    }
}
