//! `inspect`: what a model file holds, checked.

use serde_json::json;
use sharp_distill::student::Student;

use super::print;
use super::recommend::read_bundle;
use crate::cli::InspectArgs;
use crate::export::check_twin;

/// Runs the command.
///
/// # Errors
/// Said in one message.
pub fn inspect(args: &InspectArgs) -> anyhow::Result<()> {
    let bundle = read_bundle(&args.file)?;
    check_twin(&bundle.golden, &Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence))?;
    let tensors: Vec<_> =
        bundle.weights.tensors(&bundle.config).into_iter().map(|(name, shape, _)| (name, shape)).collect();
    let (n_parameters, without_embeddings) = bundle.weights.n_parameters();
    if args.json {
        let tensors: Vec<_> = tensors.iter().map(|(name, shape)| json!({"name": name, "shape": shape})).collect();
        return print(&serde_json::to_string_pretty(&json!({
            "config": bundle.config,
            "provenance": bundle.provenance,
            "params": n_parameters,
            "params_without_embeddings": without_embeddings,
            "n_memberships": bundle.incidence.n_memberships(),
            "n_golden_cases": bundle.golden.len(),
            "tensors": tensors,
        }))?);
    }
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
    for (name, shape) in tensors {
        text += &format!("{name:<22} {shape:?}\n");
    }
    text += "\nmodel            NDCG@10  Recall@10  Hit@10\n";
    for row in &from.results {
        text +=
            &format!("{:<16} {:>7.4} {:>10.4} {:>7.4}\n", row.model, row.at_10.ndcg, row.at_10.recall, row.at_10.hit);
    }
    print(&text)
}
