//! Every learned model, small, on a device of choice: what two ways of computing are compared with.

use std::sync::Arc;

use candle_core::{Device, Tensor, Var};
use native_trainer::baselines::collaborative::Task;
use native_trainer::baselines::learned;
use native_trainer::fit::{Fit, FitSettings};
use native_trainer::models::Model;
use native_trainer::optimizer::Adam;
use native_trainer::presets::Preset;
use native_trainer::rng;
use native_trainer::settings::Settings;
use native_trainer::student::{CandleStudent, Distillation};
use native_trainer::teacher::{PreparedTeacher, Supervision, Teacher, TeacherSettings, WideKind};
use native_trainer::text::TextFeatures;
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::Head;

/// Of the losses of a training, absolute and relative: Adam divides by the size of a gradient, so that the rounding of one
/// that is all but 0 becomes a step.
pub(crate) const FULL: f32 = 1e-3;

pub(crate) type Data = (Arc<Incidence>, Incidence);
pub(crate) type Make = Box<dyn for<'a> Fn(&'a Data, &Device) -> Box<dyn Fit + 'a>>;

pub(crate) const FIT: FitSettings = FitSettings {
    epochs: 3,
    learning_rate: 0.01,
    decay_to: 1.0,
    batch_size: 16,
    eval_every: 3,
    patience: 2,
    min_epochs: 0,
};

pub(crate) fn random(name: &str, shape: (usize, usize)) -> Var {
    let values = rng::normals(&mut rng::stream(7, name), shape.0 * shape.1, 1.0);
    Var::from_vec(values, shape, &Device::Cpu).unwrap()
}

pub(crate) fn flat(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Texts of the camps' 40 users and 21 items.
pub(crate) fn text() -> TextFeatures {
    let normals = |name: &str, n| rng::normals(&mut rng::stream(9, name), n, 0.3);
    TextFeatures { dim: 6, users: normals("users", 240), items: normals("items", 126) }
}

fn small_teacher(preset: Preset) -> TeacherSettings {
    let mut settings = preset.settings().teacher;
    (settings.emb_dim, settings.hidden_dim, settings.dropout, settings.fit) = (6, 5, 0.3, FIT);
    settings.contrastive_batch = 16;
    settings
}

/// Teachers of all kinds: every loss, every head, with text and without, every channel.
pub(crate) fn teachers() -> Vec<(&'static str, TeacherSettings, bool)> {
    let mut mse = small_teacher(Preset::Paper);
    (mse.supervision, mse.scorer) = (Supervision::Mse, Head::Dot);
    let mut whole = small_teacher(Preset::Tuned);
    (whole.fit.batch_size, whole.scorer) = (0, Head::Hybrid);
    let mut filter = small_teacher(Preset::Tuned);
    (filter.wide_kind, filter.filter_rank) = (WideKind::Filter, 4);
    let mut softmax = small_teacher(Preset::Tuned);
    (softmax.supervision, softmax.supervision_weight, softmax.scorer) = (Supervision::Softmax, 1.0, Head::Mlp);
    (softmax.linear.weight, softmax.deep_weight) = (0.5, 0.5);
    vec![
        ("paper", small_teacher(Preset::Paper), true),
        ("paper without text", small_teacher(Preset::Paper), false),
        ("mse", mse, true),
        ("tuned", whole, false),
        ("graph filter", filter, false),
        ("all channels", softmax, true),
        ("tuned-reviews", small_teacher(Preset::TunedReviews), true),
        ("distillhgnn-lr", small_teacher(Preset::DistillhgnnLr), true),
    ]
}

fn student<'a>(preset: Preset, batch_size: usize, data: &'a Data, device: &Device) -> Box<dyn Fit + 'a> {
    student_of_samples(preset, (batch_size, 0), data, device)
}

/// With losses over some of the items, if any number is said.
fn student_of_samples<'a>(
    preset: Preset,
    (batch_size, n_sampled_items): (usize, usize),
    data: &'a Data,
    device: &Device,
) -> Box<dyn Fit + 'a> {
    let mut settings = preset.settings();
    settings.distilled.n_sampled_items = n_sampled_items;
    (settings.student.emb_dim, settings.student.hidden_dim, settings.distilled.fit) = (6, 5, FIT);
    settings.distilled.fit.batch_size = batch_size;
    (settings.distil.contrastive_batch, settings.distil.gamma) = (16, 0.9);
    (settings.distil.lambda2, settings.distil.lambda3) = (0.1, 0.1);
    (settings.distilled.leave_one_out, settings.distilled.hard_loss_weight) = (true, 0.5);
    let teacher = small_teacher(Preset::Tuned);
    let teacher = Arc::new(Teacher::on(device, teacher, 5, data.0.clone(), &data.1, None).unwrap());
    let prepared = PreparedTeacher::new(teacher).unwrap();
    let embeddings = [prepared.user_emb.clone(), prepared.item_emb.clone()];
    if n_sampled_items > 0 {
        (settings.distil.max_kept_logits, settings.distil.unseen_only) = (0, true);
    }
    let distillation = Distillation::new(settings.distil, Box::new(prepared), Some(embeddings), &data.0).unwrap();
    let (of, name) = ((data.0.clone(), &data.1), ("student", "distilled"));
    let distillation = Some(distillation);
    Box::new(CandleStudent::on(device, name, &settings.student, settings.distilled, 3, of, distillation).unwrap())
}

/// All of them; the first is BPR-MF.
pub(crate) fn learned_models() -> Vec<(&'static str, Make)> {
    let mut models: Vec<(&'static str, Make)> = Vec::new();
    for model in [Model::BprMf, Model::LightGcn, Model::Hccf, Model::HgAtt, Model::Hgnn] {
        let make: Make = Box::new(move |data, device| {
            let mut settings = Settings::default();
            for (key, value) in [("emb_dim", "8"), ("fit.learning_rate", "0.01"), ("fit.batch_size", "100")] {
                settings.set(&format!("{}.{key}={value}", model.name())).unwrap();
            }
            let task = Task { seed: 3, train: data.0.clone(), valid: &data.1, device: device.clone() };
            Box::new(learned(model, &settings, task).unwrap())
        });
        models.push((model.name(), make));
    }
    for (name, settings, reads) in teachers() {
        let make: Make = Box::new(move |data, device| {
            let text = reads.then(text);
            let (train, valid) = (data.0.clone(), &data.1);
            Box::new(Teacher::on(device, settings.clone(), 5, train, valid, text.as_ref()).unwrap())
        });
        models.push((name, make));
    }
    models.push(("student, paper", Box::new(|data, device| student(Preset::Paper, 16, data, device))));
    models.push(("student, tuned", Box::new(|data, device| student(Preset::Tuned, 0, data, device))));
    models
        .push(("student, sampled", Box::new(|data, device| student_of_samples(Preset::Tuned, (16, 9), data, device))));
    models
}

/// The terms of every step of some epochs of training.
pub(crate) fn losses_of(model: &mut dyn Fit, n_epochs: usize) -> Vec<(&'static str, f32)> {
    let mut optimizer = Adam::new(model.params().vars(), FIT.learning_rate).unwrap();
    let mut losses = Vec::new();
    for epoch in 0..n_epochs {
        for step in 0..model.n_steps() {
            let terms = model.loss_terms(epoch, step).unwrap();
            losses.extend(terms.iter().map(|(name, loss)| (*name, loss.to_scalar::<f32>().unwrap())));
            if let Some(total) = terms.into_iter().map(|(_, loss)| loss).reduce(|a, b| (a + b).unwrap()) {
                optimizer.step(&total.backward().unwrap()).unwrap();
            }
        }
    }
    losses
}
