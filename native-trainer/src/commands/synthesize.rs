//! `synthesize`: generated data as files.

use serde_json::json;

use super::{command, print};
use crate::cli::SynthesizeArgs;
use crate::export::check_writable;
use crate::progress::Progress;

/// Runs the command.
///
/// # Errors
/// Said in one message.
pub fn synthesize(args: &SynthesizeArgs) -> anyhow::Result<()> {
    let recipe = args.recipe();
    recipe.check()?;
    check_writable(&args.out, "--out")?;
    let progress = Progress::shown();
    let bar = progress.spinner("generating");
    let made = recipe.generate()?;
    bar.finish_and_clear();
    let bar = progress.documents("writing", made.pairs.len());
    let written = made.write(&args.out, args.reviews, || bar.inc(1))?;
    bar.finish_and_clear();
    let in_community = made.in_community();
    if args.json {
        let value = json!({
            "users": recipe.n_users,
            "items": recipe.n_items,
            "interactions": written.n_interactions,
            "communities": recipe.n_communities,
            "in_community": in_community,
            "text_bytes": written.text_bytes,
            "seed": recipe.seed,
            "files": written.files,
            "command": command(),
            "version": env!("CARGO_PKG_VERSION"),
        });
        return print(&serde_json::to_string_pretty(&value)?);
    }
    let [interactions, items, planted] = written.files.map(|path| path.display().to_string());
    let texts =
        if args.reviews { format!(", {} MB of reviews", written.text_bytes / 1_000_000) } else { String::new() };
    print(&format!(
        "{} interactions of {} users and {} items in {} communities, {:.1} % within them{texts}\n\
         wrote {interactions}, {items} and {planted}\n\
         train on them with --data {interactions} --items {items}",
        written.n_interactions,
        recipe.n_users,
        recipe.n_items,
        recipe.n_communities,
        in_community * 100.0
    ))
}
