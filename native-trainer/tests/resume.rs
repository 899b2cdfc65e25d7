//! Ctrl-C and `--resume` give what an uninterrupted run gives, to the byte.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::{camps, paths};
use candle_core::{Device, Tensor};
use indicatif::ProgressBar;
use native_trainer::checkpoint::{CheckpointError, Checkpointer, Checkpoints};
use native_trainer::evaluation::DenseLogits;
use native_trainer::fit::{Fit, FitError, FitSettings, Fitted, fit};
use native_trainer::params::Params;
use native_trainer::presets::Preset;
use native_trainer::rng;
use native_trainer::student::{CandleStudent, Distillation};
use native_trainer::teacher::Teacher;
use serde_json::{Value, json};
use sharp_distill::hypergraph::Incidence;

type Data = (Arc<Incidence>, Incidence);

/// A model during whose training Ctrl-C is pressed.
struct Stopped<'a> {
    model: Box<dyn Fit + 'a>,
    /// In which epoch, and the flag of the handler.
    stop: Option<(usize, Arc<AtomicBool>)>,
    n_steps_done: usize,
}

impl Fit for Stopped<'_> {
    fn name(&self) -> (&'static str, &'static str) {
        self.model.name()
    }
    fn params(&self) -> &Params {
        self.model.params()
    }
    fn n_steps(&self) -> usize {
        self.model.n_steps()
    }
    fn loss_terms(&mut self, epoch: usize, step: usize) -> candle_core::Result<Vec<(&'static str, Tensor)>> {
        self.n_steps_done += 1;
        if let Some((at, flag)) = &self.stop {
            flag.store(*at == epoch, Ordering::Relaxed);
        }
        self.model.loss_terms(epoch, step)
    }
    fn has_validation(&self) -> bool {
        self.model.has_validation()
    }
    fn validate(&self) -> candle_core::Result<f64> {
        self.model.validate()
    }
}

/// With a learning rate that falls, so that a resumed training must go on where it was.
const FIT: FitSettings = FitSettings { epochs: 14, decay_to: 0.1, ..paths::FIT };

/// Small; the preset `paper` has every random part of the objective: batches, negatives, views, contrasts.
fn teacher(preset: Preset, data: &Data) -> Box<dyn Fit + '_> {
    let mut settings = preset.settings().teacher;
    (settings.emb_dim, settings.hidden_dim, settings.dropout, settings.fit) = (6, 5, 0.3, FIT);
    settings.contrastive_batch = 16;
    Box::new(Teacher::new(settings, 5, data.0.clone(), &data.1, None).unwrap())
}

fn student(preset: Preset, data: &Data) -> Box<dyn Fit + '_> {
    let mut settings = preset.settings();
    (settings.student.emb_dim, settings.student.hidden_dim, settings.distilled.fit) = (6, 5, FIT);
    settings.distil.contrastive_batch = 16;
    let (n_users, n_items) = (data.0.n_nodes(), data.0.n_hyperedges());
    let logits = DenseLogits { logits: (0..n_users * n_items).map(|at| (at % 7) as f32 * 0.5).collect(), n_items };
    let embeddings = [n_users, n_items].map(|n_rows| {
        let numbers = rng::normals(&mut rng::stream(9, "embeddings"), n_rows * 6, 0.3);
        Tensor::from_vec(numbers, (n_rows, 6), &Device::Cpu).unwrap()
    });
    let distillation = Distillation::new(settings.distil, Box::new(logits), Some(embeddings), &data.0).unwrap();
    let (of, name) = ((data.0.clone(), &data.1), ("student", "distilled"));
    Box::new(CandleStudent::new(name, &settings.student, settings.distilled, 3, of, Some(distillation)).unwrap())
}

type Make = for<'a> fn(&'a Data) -> Box<dyn Fit + 'a>;
const ALL: [Make; 4] = [
    |data| teacher(Preset::Tuned, data),
    |data| teacher(Preset::Paper, data),
    |data| student(Preset::Tuned, data),
    |data| student(Preset::Paper, data),
];
const TEACHER: Make = ALL[0];
const STUDENT: Make = ALL[2];

/// Bits of all parameters.
fn bits(model: &Stopped<'_>) -> Vec<Vec<u32>> {
    let of = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    model.params().snapshot().unwrap().iter().map(|tensor| of(tensor).into_iter().map(f32::to_bits).collect()).collect()
}

/// Trains in a folder; with `stop_in` Ctrl-C is pressed in that epoch, and with `resume` what lies there is used.
fn train<'a>(
    make: Make,
    data: &'a Data,
    folder: &Path,
    (resume, stop_in): (bool, Option<usize>),
    run: Value,
) -> (Stopped<'a>, Result<Fitted, FitError>) {
    let checkpoints = Checkpoints::new(folder.to_owned(), resume).unwrap();
    let stop = stop_in.map(|epoch| (epoch, checkpoints.interrupted()));
    let mut model = Stopped { model: make(data), stop, n_steps_done: 0 };
    let fitted = fit(&mut model, &FIT, &mut checkpoints.of("teacher", 5, run), &ProgressBar::hidden());
    (model, fitted)
}

#[test]
fn a_training_interrupted_anywhere_ends_with_the_same_bits() {
    let data = camps();
    for make in ALL {
        let folder = tempfile::tempdir().unwrap();
        let (whole, fitted) = train(make, &data, &folder.path().join("whole"), (false, None), json!({}));
        let fitted = fitted.unwrap();
        // Before the first look at validation, right at one, between two, and several times in a row.
        for (at, stops) in [vec![0], vec![2], vec![4], vec![0, 3, 7]].into_iter().enumerate() {
            let folder = folder.path().join(at.to_string());
            for (nth, &epoch) in stops.iter().enumerate() {
                let (_, stopped) = train(make, &data, &folder, (nth > 0, Some(epoch)), json!({}));
                let Err(FitError::Interrupted { n_epochs, path, .. }) = stopped else { panic!("{stopped:?}") };
                assert_eq!(n_epochs, epoch + 1);
                assert!(path.starts_with(&folder) && path.is_file());
            }
            let (resumed, again) = train(make, &data, &folder, (true, None), json!({}));
            assert_eq!(again.unwrap(), fitted);
            assert!(bits(&resumed) == bits(&whole), "interrupted after {stops:?}");
        }
    }
}

#[test]
fn what_is_finished_is_not_trained_again() {
    let data = camps();
    let folder = tempfile::tempdir().unwrap();
    let (first, fitted) = train(STUDENT, &data, folder.path(), (false, None), json!({}));
    let (second, again) = train(STUDENT, &data, folder.path(), (true, None), json!({}));
    assert!(first.n_steps_done > 0 && second.n_steps_done == 0);
    assert_eq!(fitted.unwrap(), again.unwrap());
    assert!(bits(&first) == bits(&second));
}

#[test]
fn a_checkpoint_of_another_run_is_refused_by_what_differs() {
    let data = camps();
    let folder = tempfile::tempdir().unwrap();
    let run = |rate: f64| json!({"seed": 5, "settings": {"fit": {"learning_rate": rate}}});
    train(TEACHER, &data, folder.path(), (false, Some(1)), run(0.01)).1.unwrap_err();
    let (_, refused) = train(TEACHER, &data, folder.path(), (true, None), run(0.5));
    let Err(FitError::Checkpoint(CheckpointError::OtherRun { key, found, wanted, .. })) = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!([key, found, wanted], ["settings.fit.learning_rate", "0.01", "0.5"]);
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("its settings.fit.learning_rate is 0.01, now it is 0.5"), "{said}");
}

#[test]
fn a_damaged_checkpoint_is_refused_with_the_remedy() {
    let data = camps();
    let folder = tempfile::tempdir().unwrap();
    train(TEACHER, &data, folder.path(), (false, Some(1)), json!({})).1.unwrap_err();
    let path = folder.path().join("teacher-seed-5.safetensors");
    let whole = std::fs::read(&path).unwrap();
    for n_bytes in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..n_bytes]).unwrap();
        let said = train(TEACHER, &data, folder.path(), (true, None), json!({})).1.unwrap_err().to_string();
        assert!(said.contains("no usable checkpoint") && said.contains("Remove it"), "{n_bytes} bytes: {said}");
    }
    // The parameters of another model.
    train(STUDENT, &data, folder.path(), (false, Some(1)), json!({})).1.unwrap_err();
    assert!(train(TEACHER, &data, folder.path(), (true, None), json!({})).1.is_err());
}

#[test]
fn only_our_own_files_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoints = folder.path().join("checkpoints");
    let none = Checkpoints::new(checkpoints.clone(), true).unwrap_err();
    assert!(none.to_string().contains("leave out --resume"), "{none}");
    std::fs::create_dir(&checkpoints).unwrap();
    for name in ["student-seed-42.safetensors", ".sharp-distillXYZ", "mine.safetensors", "teacher-seed-x.safetensors"] {
        std::fs::write(checkpoints.join(name), "").unwrap();
    }
    let left = || {
        let entries = std::fs::read_dir(&checkpoints).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    Checkpoints::new(checkpoints.clone(), true).unwrap().remove().unwrap();
    assert_eq!(left(), ["mine.safetensors", "teacher-seed-x.safetensors"]);
    left().iter().for_each(|name| std::fs::remove_file(checkpoints.join(name)).unwrap());
    Checkpoints::new(checkpoints.clone(), true).unwrap().remove().unwrap();
    assert!(!checkpoints.exists());
}

#[test]
fn ctrl_c_between_two_models_stops_where_resume_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(folder.path().join("checkpoints"), false).unwrap();
    assert!(checkpoints.stopped().unwrap().is_none());
    checkpoints.interrupted().store(true, Ordering::Relaxed);
    let stopped = checkpoints.stopped().unwrap().unwrap();
    assert!(Checkpoints::new(stopped, true).is_ok(), "with nothing trained yet, there is still a run to resume");
}

/// The program, stopped by the signal that a terminal sends.
#[cfg(unix)]
mod signals {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Output, Stdio};
    use std::time::Duration;

    use super::*;
    use crate::common::{SMALL, ratings};

    fn program(args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_native-trainer"));
        command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn said(output: &Output) -> String {
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Runs until stderr names the teacher, then sends SIGINT; exit code and what was said.
    fn interrupt(args: &[&str]) -> (Option<i32>, String) {
        let mut child = program(args).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("teacher ...") {
            assert!(stderr.read_line(&mut said).unwrap() > 0, "it ended before the teacher: {said}");
        }
        // Some epochs, of the many that are asked for. Without any the test holds as well.
        std::thread::sleep(Duration::from_millis(100));
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        stderr.read_to_string(&mut said).unwrap();
        (child.wait().unwrap().code(), said)
    }

    /// Enough epochs that training cannot end before a signal arrives.
    const LONG: [&str; 10] = [
        "--epochs",
        "1500",
        "--set",
        "teacher.fit.min_epochs=1500",
        "--set",
        "distilled.fit.min_epochs=40",
        "--set",
        "distilled.fit.epochs=60",
        "--set",
        "scratch.fit.epochs=20",
    ];

    #[test]
    fn the_model_of_a_resumed_train_is_that_of_an_uninterrupted_one() {
        let folder = tempfile::tempdir().unwrap();
        let (data, out) = (ratings(folder.path()), folder.path().join("out"));
        let paths = ["train", "--data", data.to_str().unwrap(), "--out", out.to_str().unwrap()];
        // The command is part of the file: all runs are given the same one.
        let args = [&paths[..], &SMALL[2..], &LONG[..]].concat();
        let model = || std::fs::read(out.join("model.safetensors")).unwrap();
        let whole = program(&args).output().unwrap();
        assert!(whole.status.success(), "{}", said(&whole));
        let expected = model();
        std::fs::remove_dir_all(&out).unwrap();

        let (code, text) = interrupt(&args);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("interrupted while training the teacher") && text.contains("--resume"), "{text}");
        assert!(out.join("checkpoints").join("teacher-seed-42.safetensors").is_file());
        assert!(!out.join("model.safetensors").exists(), "nothing half-made is written");

        let other = program(&[&args[..], &["--resume", "--set", "teacher.dropout=0.25"]].concat()).output().unwrap();
        assert_eq!(other.status.code(), Some(1));
        assert!(said(&other).contains("settings.teacher.dropout is 0.1, now it is 0.25"), "{}", said(&other));

        let resumed = program(&[&args[..], &["--resume"]].concat()).output().unwrap();
        assert!(resumed.status.success(), "{}", said(&resumed));
        assert!(expected == model(), "the resumed model is another one");
        assert!(!out.join("checkpoints").exists());

        let nothing = program(&[&args[..], &["--resume"]].concat()).output().unwrap();
        assert_eq!(nothing.status.code(), Some(1));
        assert!(said(&nothing).contains("there is nothing to resume"), "{}", said(&nothing));
    }

    #[test]
    fn an_evaluation_goes_on_and_says_what_it_would_have_said() {
        let folder = tempfile::tempdir().unwrap();
        let (data, report) = (ratings(folder.path()), folder.path().join("report"));
        let paths = ["evaluate", "--data", data.to_str().unwrap(), "--report", report.to_str().unwrap()];
        let args = [&paths[..], &["--models", "ease,teacher,student"], &SMALL[2..], &LONG[..]].concat();
        let metrics = || {
            let report: Value = serde_json::from_slice(&std::fs::read(report.join("report.json")).unwrap()).unwrap();
            let models = report["models"].as_array().unwrap().iter();
            (
                report["comparisons"].clone(),
                report["command"].clone(),
                models.map(|model| model["metrics"].clone()).collect::<Vec<_>>(),
            )
        };
        assert!(program(&args).output().unwrap().status.success());
        let expected = metrics();
        std::fs::remove_dir_all(&report).unwrap();
        let (code, text) = interrupt(&args);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("--resume") && !report.join("report.json").exists(), "{text}");
        let resumed = program(&[&args[..], &["--resume"]].concat()).output().unwrap();
        assert!(resumed.status.success(), "{}", said(&resumed));
        assert_eq!(metrics(), expected);
        assert!(!report.join("checkpoints").exists());
    }
}

/// Nothing is chosen, so nothing is put back: the last epoch's parameters stay, whatever the patience.
#[test]
fn without_validation_every_epoch_is_run_and_the_last_one_stays() {
    let (train, valid) = camps();
    let none = Incidence::from_memberships(valid.n_nodes(), valid.n_hyperedges(), []).unwrap();
    let data = (train, none);
    let mut model = teacher(Preset::Tuned, &data);
    let fitted = fit(&mut *model, &FIT, &mut Checkpointer::none(), &ProgressBar::hidden()).unwrap();
    assert_eq!((fitted.epoch, fitted.valid_ndcg), (FIT.epochs, 0.0));
    let mut again = teacher(Preset::Tuned, &data);
    let shorter = FitSettings { epochs: FIT.epochs - 1, ..FIT };
    fit(&mut *again, &shorter, &mut Checkpointer::none(), &ProgressBar::hidden()).unwrap();
    let values = |model: &dyn Fit| -> Vec<Vec<f32>> {
        let values = model.params().snapshot().unwrap();
        values.iter().map(|values| values.flatten_all().unwrap().to_vec1().unwrap()).collect()
    };
    assert_ne!(values(&*model), values(&*again), "one epoch less is another model");
}
