//! Lists as NGCF and LightGCN publish their splits: `train.txt` and `test.txt`, a line is `user item item ...`.

use std::path::{Path, PathBuf};

use super::error::{DataError, Fault, Skipped};
use super::folder::SplitFolder;
use super::source::{Source, read_lines};
use super::split::n_held_out;
use crate::rng;

/// `train.txt` and `test.txt` in a folder, compressed or not; none if one of them is missing.
pub fn find(folder: &Path) -> Option<[PathBuf; 2]> {
    let part = |name: &str| {
        [format!("{name}.txt"), format!("{name}.txt.gz")]
            .into_iter()
            .map(|file| folder.join(file))
            .find(|path| path.exists())
    };
    Some([part("train")?, part("test")?])
}

/// A user, and the items of the user.
pub type List = (u32, Vec<u32>);

/// Validation pairs are taken out of each user's training items at random, a tenth and at least one, because choices
/// must not be made on test.
pub(super) fn split(name: String, train: Vec<List>, test: Vec<List>, seed: u64) -> SplitFolder {
    let (mut kept, mut valid) = (Vec::new(), Vec::new());
    for (user, mut items) in train {
        rng::shuffle(&mut rng::stream(seed, &format!("lists.valid.{user}")), &mut items);
        let n_valid = if items.len() < 2 { 0 } else { n_held_out(items.len()) };
        let pair = |item: u32| (user.to_string(), item.to_string());
        valid.extend(items.drain(..n_valid).map(pair));
        kept.extend(items.into_iter().map(pair));
    }
    let test = test
        .into_iter()
        .flat_map(|(user, items)| items.into_iter().map(move |item| (user.to_string(), item.to_string())));
    SplitFolder::new(name, [kept, valid, test.collect()])
}

/// The lines of a list, and what was skipped.
///
/// # Errors
/// A file that cannot be read, or a line with something that is no number.
pub fn read_list(source: Source<'_>) -> Result<(Vec<List>, Option<Skipped>), DataError> {
    let mut lists = Vec::new();
    let skipped = read_lines(source, |_, line| {
        let mut numbers = Vec::new();
        for (place, text) in line.split_whitespace().enumerate() {
            let column = || if place == 0 { "user".to_owned() } else { format!("item {place}") };
            let fault = |_| Fault::Value { column: column(), value: text.to_owned(), expected: "a number" };
            numbers.push(text.parse::<u32>().map_err(fault)?);
        }
        if let Some((&user, items)) = numbers.split_first() {
            lists.push((user, items.to_vec()));
        }
        Ok(())
    })?;
    Ok((lists, skipped))
}
