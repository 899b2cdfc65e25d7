//! Which engine answers: said, watched, and tried again.

use futures_channel::oneshot;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Session;
use crate::clock;
use crate::page::{header, text};
use crate::recommender::{EngineChoice, EngineKind};

/// Whether the page offers to try the GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum GpuOffer {
    /// It would not help: the GPU answers, is not wanted, or cannot.
    #[default]
    Nothing,
    /// It has failed, and another attempt may not.
    Again,
    /// It is being tried.
    Trying,
}

impl Session {
    /// What is left to do about the engine when the first answer is on screen.
    pub(super) fn settle_engine(self, choosing: Option<oneshot::Receiver<()>>) {
        let core = self.core();
        spawn_local(async move {
            if let Some(choosing) = choosing {
                let _ = choosing.await;
                self.say_engine();
            }
            self.watch_engine();
            clock::idle().await;
            core.recommender.measure_software().await;
            self.say_engine();
            self.time_stages().await;
        });
    }

    /// Asks the GPU's clock about the stages of a request like the one that is shown.
    async fn time_stages(self) {
        let times = self.core().recommender.stage_times(&self.request()).await;
        // A shelf is never refused; see `ask`.
        self.stage_times.set(times.ok().flatten().unwrap_or_default());
    }

    /// Says it when the GPU fails, though nobody asks it anything.
    fn watch_engine(self) {
        let Some(engine) = self.core().recommender.engine() else { return };
        let failure = engine.gpu().failure();
        spawn_local(async move {
            failure.await;
            self.say_engine();
        });
    }

    /// Tries the GPU again, with a new device; the CPU answers meanwhile.
    pub(crate) fn try_gpu(self) {
        if self.gpu_offer.get_untracked() == GpuOffer::Trying {
            return;
        }
        self.gpu_offer.set(GpuOffer::Trying);
        self.announcement.set(text::TRYING_GPU.to_owned());
        let core = self.core();
        spawn_local(async move {
            let status = core.recommender.choose_engine(EngineChoice::WebGpu).await;
            if !status.can_try_gpu {
                header::hand_focus_on();
            }
            self.gpu_offer.set(GpuOffer::Nothing);
            self.say_engine();
            self.watch_engine();
            self.announcement.set(text::gpu_tried(status.kind == EngineKind::WebGpu, &status.reason));
            clock::idle().await;
            self.time_stages().await;
        });
    }

    /// Shows which engine answers and why. A failure that the page has not told yet is announced, and kept for what
    /// else there is to announce.
    pub(super) fn say_engine(self) {
        let core = self.core();
        let status = core.recommender.engine_status();
        let text = text::engine(status.kind.name(), &status.reason, core.engine_note.as_deref());
        if self.gpu_offer.get_untracked() != GpuOffer::Trying {
            let offer = if status.can_try_gpu { GpuOffer::Again } else { GpuOffer::Nothing };
            self.gpu_offer.maybe_update(|before| std::mem::replace(before, offer) != offer);
        }
        if self.engine.with_untracked(|engine| *engine == text) {
            return;
        }
        self.engine.set(text);
        if status.fault.is_some() {
            let failure = text::gpu_failed(&status.reason);
            self.failure.set_value(Some(failure.clone()));
            self.announcement.set(failure);
        }
    }
}
