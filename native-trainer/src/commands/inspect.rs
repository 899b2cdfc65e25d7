//! `inspect`: what a model file holds, checked, and what the explorer's file beside it does.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use sharp_distill::bundle::{Bundle, ExplorerBundle};
use sharp_distill::student::Student;
use sharp_distill::teacher::Teacher;

use super::print;
use super::recommend::read_bundle;
use crate::cli::InspectArgs;
use crate::explorer::check_teacher;
use crate::export::{EXPLORER_FILE, MODEL_FILE, check_twin};

/// Runs the command.
///
/// # Errors
/// Said in one message.
pub fn inspect(args: &InspectArgs) -> anyhow::Result<()> {
    let is_explorer = args.file.file_name().is_some_and(|name| name == EXPLORER_FILE);
    // An explorer's file says nothing without its model.
    let model = if is_explorer { args.file.with_file_name(MODEL_FILE) } else { args.file.clone() };
    let bundle = read_bundle(&model)?;
    check_twin(&bundle.golden, &Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence))?;
    let explorer = args.file.with_file_name(EXPLORER_FILE);
    let explorer = match explorer.try_exists() {
        Ok(false) if !is_explorer => None,
        _ => Some(read_explorer(&explorer, &bundle)?),
    };
    if args.json {
        let mut value = as_json(&bundle);
        value["explorer"] = explorer.as_ref().map(explorer_as_json).unwrap_or_default();
        return print(&serde_json::to_string_pretty(&value)?);
    }
    print(&(as_text(&bundle) + &explorer.as_ref().map(explorer_as_text).unwrap_or_default()))
}

/// Reads and checks an explorer's file, its teacher's answers included.
fn read_explorer(path: &Path, model: &Bundle) -> anyhow::Result<ExplorerBundle> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let explorer = ExplorerBundle::read(&bytes, model)
        .with_context(|| format!("{} cannot be used beside the model", path.display()))?;
    if let Some((config, weights)) = explorer.teacher.clone() {
        check_teacher(&explorer.golden, &Teacher::new(config, weights, &model.incidence)?)?;
    } else if !explorer.golden.is_empty() {
        bail!("{} has answers of a teacher, but no teacher", path.display());
    }
    Ok(explorer)
}

fn as_json(bundle: &Bundle) -> Value {
    let (n_parameters, without_embeddings) = bundle.weights.n_parameters();
    let tensors = bundle.weights.tensors(&bundle.config).into_iter();
    let tensors: Vec<_> = tensors.map(|(name, shape, _)| json!({"name": name, "shape": shape})).collect();
    json!({
        "config": bundle.config,
        "provenance": bundle.provenance,
        "fingerprint": bundle.fingerprint(),
        "params": n_parameters,
        "params_without_embeddings": without_embeddings,
        "n_memberships": bundle.incidence.n_memberships(),
        "n_golden_cases": bundle.golden.len(),
        "tensors": tensors,
    })
}

fn as_text(bundle: &Bundle) -> String {
    let (n_parameters, without_embeddings) = bundle.weights.n_parameters();
    let (config, from) = (&bundle.config, &bundle.provenance);
    let mut text = format!(
        "{} users, {} items, {} memberships; head {:?}, embeddings of {}, {n_parameters} parameters \
         ({without_embeddings} without embeddings), dislike weight {}\n\
         made from {} (sha256 {}), split {}, seed {}\nby `{}`, version {}\n{} golden cases, all answered alike\n\n",
        config.n_users,
        config.n_items,
        bundle.incidence.n_memberships(),
        config.head,
        config.emb_dim,
        config.dislike_weight,
        from.data,
        from.data_sha256,
        from.split,
        from.seed,
        from.command,
        from.trainer_version,
        bundle.golden.len()
    );
    for (name, shape, _) in bundle.weights.tensors(config) {
        text += &format!("{name:<22} {shape:?}\n");
    }
    text += "\nmodel            NDCG@10  Recall@10  Hit@10\n";
    for row in &from.results {
        text +=
            &format!("{:<16} {:>7.4} {:>10.4} {:>7.4}\n", row.model, row.at_10.ndcg, row.at_10.recall, row.at_10.hit);
    }
    text
}

fn explorer_as_json(explorer: &ExplorerBundle) -> Value {
    let held_out = explorer.held_out.as_ref();
    json!({
        "teacher": explorer.teacher.as_ref().map(|(config, _)| config),
        "tensors": teacher_tensors(explorer).iter().map(|(name, shape)| json!({"name": name, "shape": shape})).collect::<Vec<_>>(),
        "has_scratch": explorer.scratch.is_some(),
        "projection_explains": explorer.projection.as_ref().map(|projection| projection.explained),
        "n_valid": held_out.map(|held_out| held_out.valid.n_memberships()),
        "n_test": held_out.map(|held_out| held_out.test.n_memberships()),
        "distil": explorer.distil,
        "n_golden_cases": explorer.golden.len(),
        "left_out": explorer.left_out,
    })
}

fn explorer_as_text(explorer: &ExplorerBundle) -> String {
    let mut text = format!("\n{EXPLORER_FILE}, of this model\n");
    if let Some((config, _)) = &explorer.teacher {
        text += &format!(
            "teacher: embeddings of {}, {} layers, weights of its channels: wide {}, linear {}, deep {}; {} golden \
             users, all answered alike\n",
            config.emb_dim,
            config.n_layers,
            config.wide_weight,
            config.linear_weight,
            config.deep_weight,
            explorer.golden.len()
        );
        for (name, shape) in teacher_tensors(explorer) {
            text += &format!("{name:<34} {shape:?}\n");
        }
    }
    if explorer.scratch.is_some() {
        text += "student without a teacher: of the student's sizes\n";
    }
    if let Some(projection) = &explorer.projection {
        let [first, second] = projection.explained.map(|share| share * 100.0);
        text += &format!("projection: its axes show {first:.1} % and {second:.1} % of the items' spread\n");
    }
    if let Some(held_out) = &explorer.held_out {
        let (valid, test) = (held_out.valid.n_memberships(), held_out.test.n_memberships());
        text += &format!("held out: {valid} likes for validation, {test} for test\n");
    }
    for left_out in &explorer.left_out {
        text += &format!("left out: {}: {}\n", left_out.part, left_out.reason);
    }
    text
}

fn teacher_tensors(explorer: &ExplorerBundle) -> Vec<(&'static str, Vec<usize>)> {
    let Some((config, mut weights)) = explorer.teacher.clone() else { return Vec::new() };
    weights.tensors_mut(&config).into_iter().map(|(name, shape, _)| (name, shape)).collect()
}
