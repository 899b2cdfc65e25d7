//! `recommend`: the student, from a terminal.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::json;
use sharp_distill::bundle::{Bundle, REGENERATE};
use sharp_distill::catalogue::{Catalogue, Search};
use sharp_distill::student::{Request, Student, Workspace};

use super::{candidates, print};
use crate::cli::RecommendArgs;
use crate::export::CATALOGUE_FILE;

const N_SUGGESTIONS: usize = 3;

/// Runs the command.
///
/// # Errors
/// Said in one message.
pub fn recommend(args: &RecommendArgs) -> anyhow::Result<()> {
    let bundle = read_bundle(&args.model)?;
    let beside = args.model.with_file_name(CATALOGUE_FILE);
    let bytes = std::fs::read(&beside).with_context(|| {
        format!("the catalogue must lie beside the model file, but {} cannot be read", beside.display())
    })?;
    let catalogue = Catalogue::read(&bytes)?;
    catalogue.check_against(&bundle.item_ids)?;
    let titles = Titles::new(&catalogue, &bundle);
    let find =
        |wanted: &[String]| wanted.iter().map(|wanted| titles.find(wanted)).collect::<anyhow::Result<Vec<u32>>>();
    let request = Request { liked: find(&args.like)?, disliked: find(&args.dislike)?, k: args.k, ..Request::default() };
    let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
    let ranked = match &args.candidates {
        Some(path) => candidates::ranked(path, &request, &bundle, &student)?,
        None => student.recommend(&request, &mut Workspace::default())?.to_vec(),
    };
    let answers = ranked.iter().filter_map(|ranked| Some((catalogue.item(ranked.item_idx)?, ranked.score)));
    if args.json {
        let answers: Vec<_> =
            answers.map(|(item, score)| json!({"id": item.id, "title": item.title, "score": score})).collect();
        return print(&serde_json::to_string_pretty(&json!({"recommendations": answers}))?);
    }
    let lines = answers.enumerate().map(|(at, (item, score))| {
        let year = item.year.map(|year| format!(" ({year})")).unwrap_or_default();
        format!("{:>3}  {score:>8.4}  {}{year}", at + 1, item.title)
    });
    print(&lines.collect::<Vec<_>>().join("\n"))
}

/// Reads and checks a model file.
///
/// # Errors
/// It does not open, or is refused.
pub fn read_bundle(path: &Path) -> anyhow::Result<Bundle> {
    let bytes = std::fs::read(path)
        .with_context(|| format!("there is no model to read at {} (write one: {REGENERATE})", path.display()))?;
    Bundle::read(&bytes).with_context(|| format!("{} is no usable model file", path.display()))
}

/// Finds items by title or id.
struct Titles<'a> {
    catalogue: &'a Catalogue,
    popularity: Vec<u32>,
}

impl<'a> Titles<'a> {
    fn new(catalogue: &'a Catalogue, bundle: &Bundle) -> Self {
        Self { catalogue, popularity: bundle.incidence.hyperedge_degrees() }
    }

    /// A title as it stands, then a title but for case, article and punctuation, then an id; of several the best known.
    fn find(&self, wanted: &str) -> anyhow::Result<u32> {
        let titled = |item_idx: &usize, same: &dyn Fn(&str) -> bool| {
            let item = &self.catalogue.items()[*item_idx];
            let with_year = item.year.map(|year| format!("{} ({year})", item.title));
            same(&item.title) || with_year.is_some_and(|title| same(&title)) || item.aka.iter().any(|title| same(title))
        };
        let best = |same: &dyn Fn(&str) -> bool| {
            let found = (0..self.popularity.len()).filter(|item_idx| titled(item_idx, same));
            found.max_by_key(|&item_idx| (self.popularity[item_idx], std::cmp::Reverse(item_idx)))
        };
        let folded = fold(wanted);
        let found = best(&|title| title == wanted)
            .or_else(|| if folded.is_empty() { None } else { best(&|title| fold(title) == folded) })
            .or_else(|| self.catalogue.items().iter().position(|item| item.id == wanted));
        if let Some(item_idx) = found {
            return Ok(item_idx as u32);
        }
        let near = Search::new(self.catalogue, &self.popularity).find(wanted, N_SUGGESTIONS);
        let near: Vec<String> = near
            .iter()
            .filter_map(|hit| self.catalogue.item(hit.item_idx))
            .map(|item| format!("{:?}", item.title))
            .collect();
        match near.is_empty() {
            true => bail!("there is no item {wanted:?} in the catalogue, and none like it"),
            false => bail!("there is no item {wanted:?} in the catalogue. Did you mean {}?", near.join(" or ")),
        }
    }
}

/// Letters and digits in lower case, without a leading article.
fn fold(title: &str) -> String {
    let lower = title.to_lowercase();
    let rest = ["the ", "a ", "an "].iter().find_map(|article| lower.strip_prefix(article)).unwrap_or(&lower);
    rest.chars().filter(|char| char.is_alphanumeric()).collect()
}
