//! Both models on the GPU that answers the page's requests.

use std::rc::Rc;

use crate::gpu::{Asked, Engine, TeacherEngine};
use crate::page::session::Core;
use crate::student::{PreparedRequest, Request};
use crate::teacher::Teacher;

/// What races on the GPU.
pub(super) struct OnGpu {
    engine: Rc<Engine>,
    teacher: TeacherEngine,
}

impl OnGpu {
    /// Uploads the teacher, and checks it against its twin: what is raced must be right.
    ///
    /// # Errors
    /// Why the GPU does not race, as a clause.
    pub(super) async fn new(core: &Core, teacher: &Teacher) -> Result<Self, String> {
        let Some(engine) = core.recommender.engine() else { return Err(core.recommender.engine_status().reason) };
        let made = async {
            let on_gpu = TeacherEngine::new(engine.gpu().clone(), teacher).await?;
            on_gpu.self_check(teacher).await?;
            Ok(on_gpu)
        };
        let teacher = made.await.map_err(|error: crate::gpu::GpuError| error.to_string())?;
        Ok(Self { engine, teacher })
    }

    /// What computes.
    pub(super) fn device(&self) -> String {
        self.engine.adapter().to_string()
    }

    /// The teacher's logits for the shelf, `[n_items]`, the deep channels' from the GPU.
    pub(super) async fn teacher(&self, teacher: &Teacher, request: &Request) -> Result<Vec<f32>, String> {
        self.teacher.logits(teacher, Asked::Visitor(&request.liked)).await.map_err(|error| error.to_string())
    }

    /// How many films the student ranks, on the shelf or not.
    pub(super) async fn student(&self, core: &Core, request: &Request) -> Result<usize, String> {
        let student = core.recommender.student();
        let mut prepared = PreparedRequest::default();
        prepared.refill(student.config(), request).map_err(|error| error.to_string())?;
        let ranked = self.engine.recommend(student, &prepared).await.map_err(|error| error.to_string())?;
        Ok(ranked.len())
    }
}
