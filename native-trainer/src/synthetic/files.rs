//! Generated interactions as files that the loader reads, written piece by piece.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Lexicon, Synthetic};
use crate::export::{ExportError, write_stream};
use crate::rng;

/// Who met what, when, and what was written: what `--data` takes.
pub const INTERACTIONS_FILE: &str = "interactions.csv";
/// Titles of the items: what `--items` takes.
pub const ITEMS_FILE: &str = "items.csv";
/// The planted communities, which no model is shown.
pub const PLANTED_FILE: &str = "planted.csv";

/// 2015-01-01, and ten years in seconds.
const FROM: u32 = 1_420_070_400;
const SPAN: u32 = 315_532_800;

/// What was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Written {
    /// Interactions, items, communities.
    pub files: [PathBuf; 3],
    /// Lines of the first, its header not counted.
    pub n_interactions: usize,
    /// Bytes of texts in it.
    pub text_bytes: u64,
}

impl Synthetic {
    /// Writes the three files, each whole or not at all; `done` hears of every interaction.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn write(&self, folder: &Path, reviews: bool, mut done: impl FnMut()) -> Result<Written, ExportError> {
        let lexicon = reviews.then(|| Lexicon::new(self.recipe.seed, self.recipe.n_communities));
        let mut text_bytes = 0;
        let interactions = write_stream(folder, "--out", INTERACTIONS_FILE, |file| {
            let mut file = BufWriter::new(file);
            let mut rng = rng::stream(self.recipe.seed, "synthetic.times");
            writeln!(file, "user_id,item_id,timestamp{}", if reviews { ",review" } else { "" })?;
            for &(user, item) in &self.pairs {
                let (time, users, items) = (FROM + rng::below(&mut rng, SPAN), user as usize, item as usize);
                write!(file, "{},{},{time}", self.user_id(users), self.item_id(items))?;
                if let Some(lexicon) = &lexicon {
                    let text = lexicon.review(user, item, self.item_community[items]);
                    text_bytes += text.len() as u64;
                    write!(file, ",{text}")?;
                }
                writeln!(file)?;
                done();
            }
            file.flush()
        })?;
        let items = write_stream(folder, "--out", ITEMS_FILE, |file| {
            let mut file = BufWriter::new(file);
            writeln!(file, "item_id,title,genres")?;
            for item in 0..self.recipe.n_items {
                let about = self.catalogue_item(item);
                writeln!(file, "{},{},{}", about.id, about.title, about.genres.join("|"))?;
            }
            file.flush()
        })?;
        let planted = write_stream(folder, "--out", PLANTED_FILE, |file| {
            let mut file = BufWriter::new(file);
            writeln!(file, "id,community")?;
            for (user, community) in self.user_community.iter().enumerate() {
                writeln!(file, "{},{}", self.user_id(user), community + 1)?;
            }
            for (item, community) in self.item_community.iter().enumerate() {
                writeln!(file, "{},{}", self.item_id(item), community + 1)?;
            }
            file.flush()
        })?;
        Ok(Written { files: [interactions, items, planted], n_interactions: self.pairs.len(), text_bytes })
    }
}
