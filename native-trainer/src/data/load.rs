//! From a choice on the command line to a [`Dataset`].

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use sharp_distill::catalogue::CatalogueItem;
use sharp_distill::hypergraph::Incidence;

use super::folder::SplitFolder;
use super::formats::Format;
use super::interactions::{About, Interactions};
use super::known::Known;
use super::source::{Source, hex};
use super::split::{self, Order, Parts};
use super::{CORE, DISLIKE_TO, DataError, Dataset, LIKE_FROM, embedded, folder, formats, items, kcore, lists, parquet};
use crate::progress::Progress;

/// Which data, and how they are split.
#[derive(Debug, Clone)]
pub struct DataChoice {
    /// A file of interactions, or a folder; the embedded MovieLens without one.
    pub data: Option<PathBuf>,
    /// How to read it.
    pub format: Format,
    /// What is known about the items.
    pub items: Option<PathBuf>,
    /// Whether bad lines are skipped and counted.
    pub lenient: bool,
    /// A rating of at least this is a like. A split that is given decides by itself.
    pub like_from: f64,
    /// Which data set it is, by the name that people know.
    pub dataset: Option<&'static Known>,
    /// How to split; the fixed split with the embedded data and a random one with others when nothing is said.
    pub split: Option<SplitChoice>,
    /// Whether what would be validated on is trained on.
    pub no_validation: bool,
    /// Seed of a random split.
    pub seed: u64,
}

impl Default for DataChoice {
    fn default() -> Self {
        Self {
            data: None,
            format: Format::Auto,
            items: None,
            lenient: false,
            like_from: LIKE_FROM,
            dataset: None,
            split: None,
            no_validation: false,
            seed: 0,
        }
    }
}

/// How to split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SplitChoice {
    /// Per user 80/10/10 at random.
    Random,
    /// Per user the last likes are held out.
    Time,
    /// A folder with train, valid and test.
    Folder(PathBuf),
}

/// Loads and splits.
///
/// # Errors
/// See [`DataError`].
pub fn load(choice: &DataChoice) -> Result<Dataset, DataError> {
    load_shown(choice, &Progress::quiet())
}

/// Loads and splits, and shows how far it is.
///
/// # Errors
/// See [`DataError`].
pub fn load_shown(choice: &DataChoice, progress: &Progress) -> Result<Dataset, DataError> {
    let open = |path: &Path| Ok::<_, DataError>(Source::open_shown(path, progress)?.lenient(choice.lenient));
    let Found { mut loaded, split } = match &choice.data {
        None => built_in(choice)?,
        Some(path) if parquet::is_given(path, choice.format)? => of_parquet(path, choice, progress)?,
        Some(folder) if folder.is_dir() => of_folder(folder, choice, &open)?,
        Some(path) => of_file(path, choice, &open)?,
    };
    let interactions = &mut loaded.interactions;
    if let Some(path) = &choice.items {
        let wanted = interactions.item_ids.iter().map(String::as_str).collect();
        let (about, skipped) = match parquet::is_given(path, Format::Auto)? {
            true => parquet::items(path, &wanted, choice.lenient, progress)?,
            false => items::read(open(path)?, &wanted).map(|(about, skipped)| (about, Vec::from_iter(skipped)))?,
        };
        interactions.about.extend(about);
        interactions.skipped.extend(skipped);
    }
    if let Some(known) = choice.dataset {
        known.title.clone_into(&mut loaded.name);
    }
    if choice.data.is_some() {
        progress.say(&loaded.summary());
    }
    loaded.interactions.skipped.iter().for_each(|skipped| progress.say(&skipped.to_string()));
    match (&choice.split, split) {
        (None, Some((split, described))) => loaded.with_folder(split, described),
        (Some(SplitChoice::Folder(path)), _) => {
            loaded.with_folder(folder::read_folder(path)?, format!("given: {}", path.display()))
        }
        (Some(SplitChoice::Time), _) => loaded.split_by(Order::Time, "by time, 80/10/10 a user".to_owned()),
        (Some(SplitChoice::Random) | None, _) => {
            loaded.split_by(Order::Random(choice.seed), format!("random, 80/10/10 a user, seed {}", choice.seed))
        }
    }
}

/// Data, and the split that they bring along.
struct Found {
    loaded: Loaded,
    split: Option<(SplitFolder, String)>,
}

fn built_in(choice: &DataChoice) -> Result<Found, DataError> {
    if let Some(known) = choice.dataset.filter(|known| !known.is_built_in()) {
        return Err(DataError::NotHere { known });
    }
    let loaded = Loaded {
        name: embedded::NAME.to_owned(),
        sha256: hex(Sha256::digest(embedded::RATINGS)),
        like_from: choice.like_from,
        no_validation: choice.no_validation,
        interactions: embedded::interactions()?,
    };
    Ok(Found { loaded, split: Some((embedded::split_folder()?, "fixed".to_owned())) })
}

type Open<'a> = &'a dyn Fn(&Path) -> Result<Source<'static>, DataError>;

fn of_file(path: &Path, choice: &DataChoice, open: Open<'_>) -> Result<Found, DataError> {
    let source = open(path)?;
    let digest = source.digest();
    let interactions = formats::read(source, choice.format)?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let loaded = Loaded {
        name,
        sha256: hex(digest.finish()),
        like_from: choice.like_from,
        no_validation: choice.no_validation,
        interactions,
    };
    Ok(Found { loaded, split: None })
}

fn of_parquet(path: &Path, choice: &DataChoice, progress: &Progress) -> Result<Found, DataError> {
    let interactions = parquet::interactions(path, choice.lenient, progress)?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let loaded = Loaded {
        name,
        sha256: parquet::sha256(path)?,
        like_from: choice.like_from,
        no_validation: choice.no_validation,
        interactions,
    };
    Ok(Found { loaded, split: None })
}

/// A folder is data and split in one: LightGCN's lists, or train, valid and test.
fn of_folder(folder: &Path, choice: &DataChoice, open: Open<'_>) -> Result<Found, DataError> {
    let foreign = |found, remedy| DataError::Foreign { file: folder.display().to_string(), found, remedy };
    let files = match (choice.format, lists::find(folder)) {
        (Format::Auto | Format::Lightgcn, Some(files)) => Some(files),
        (Format::Lightgcn, None) => {
            return Err(foreign("a folder without train.txt and test.txt", "Lists of LightGCN are these two files"));
        }
        (Format::Auto | Format::Csv, _) => None,
        _ => return Err(foreign("a folder, and this format is one file", "Give the file")),
    };
    let mut hasher = Sha256::new();
    let mut skipped = Vec::new();
    let (split, described) = match files {
        Some(files) => {
            let mut read = |path: &Path| {
                let source = open(path)?;
                let digest = source.digest();
                let (lists, skips) = lists::read_list(source)?;
                skipped.extend(skips);
                hasher.update(hex(digest.finish()));
                Ok::<_, DataError>(lists)
            };
            let [train, test] = [read(&files[0])?, read(&files[1])?];
            let described = format!("published lists; of train, a tenth a user for validation, seed {}", choice.seed);
            (lists::split(folder.display().to_string(), train, test, choice.seed), described)
        }
        None => {
            for file in folder::files(folder)? {
                hasher.update(parquet::sha256(&file)?);
            }
            (folder::read_folder(folder)?, "given with the data".to_owned())
        }
    };
    let name = folder.canonicalize().ok().and_then(|path| {
        let folders = path.components().rev().map(|part| part.as_os_str().to_string_lossy().into_owned());
        folders.into_iter().find(|name| name != "split")
    });
    let name = name.unwrap_or_else(|| folder.display().to_string());
    let mut interactions = split.interactions()?;
    interactions.skipped = skipped;
    let loaded = Loaded {
        name,
        sha256: hex(hasher.finalize()),
        like_from: choice.like_from,
        no_validation: choice.no_validation,
        interactions,
    };
    Ok(Found { loaded, split: Some((split, described)) })
}

struct Loaded {
    name: String,
    sha256: String,
    like_from: f64,
    no_validation: bool,
    interactions: Interactions,
}

impl Loaded {
    /// One line on what was read.
    fn summary(&self) -> String {
        let Interactions { user_ids, item_ids, rows, reviews, .. } = &self.interactions;
        let (n_rows, n_texts) = (rows.len(), reviews.len());
        let (n_users, n_items) = (user_ids.len(), item_ids.len());
        format!("{}: {n_rows} interactions ({n_texts} with text) of {n_users} users and {n_items} items", self.name)
    }

    fn split_by(self, order: Order, mut described: String) -> Result<Dataset, DataError> {
        if self.like_from != LIKE_FROM {
            described += &format!(", likes from {}", self.like_from);
        }
        let rows = &self.interactions.rows;
        let n_timeless = rows.iter().filter(|row| row.timestamp.is_none()).count();
        if order == Order::Time && n_timeless > 0 {
            return Err(match n_timeless == rows.len() {
                true => DataError::NoTimestamps { data: self.name },
                false => DataError::SomeTimestamps { data: self.name, n_timeless, n: rows.len() },
            });
        }
        // Without a rating an interaction counts as a like.
        let liked = |rating: Option<f64>| rating.is_none_or(|rating| rating >= self.like_from);
        let likes: Vec<(u32, u32)> =
            rows.iter().filter(|row| liked(row.rating)).map(|row| (row.user, row.item)).collect();
        let core = kcore::k_core(likes, CORE);
        let mut timed = Vec::with_capacity(core.len());
        let mut rows_left = rows.iter();
        for (user, item) in core {
            let row = rows_left.by_ref().find(|row| (row.user, row.item) == (user, item));
            timed.push((user, item, row.and_then(|row| row.timestamp).unwrap_or(0.0)));
        }
        let mut parts = split::split(&timed, order);
        if self.no_validation {
            parts.train_on_validation();
        }
        self.into_dataset(parts, described)
    }

    fn with_folder(self, folder: SplitFolder, described: String) -> Result<Dataset, DataError> {
        let mut parts = folder.into_parts(&self.name, &self.interactions)?;
        if self.no_validation {
            parts.train_on_validation();
        }
        self.into_dataset(split::drop_untrained(parts), described)
    }

    /// Keeps the users and items of the split, renumbered in natural order.
    fn into_dataset(self, parts: Parts, mut split: String) -> Result<Dataset, DataError> {
        let Self { name, sha256, like_from, no_validation, interactions } = self;
        if no_validation {
            split += "; the validation items are trained on, and nothing is chosen";
        }
        if parts.train.is_empty() || (parts.valid.is_empty() && !no_validation) {
            let why = format!(
                "after keeping likes (rating >= {like_from}) of users and items with at least {CORE} there are {} \
                 training and {} validation pairs. More data are needed",
                parts.train.len(),
                parts.valid.len()
            );
            return Err(DataError::TooSmall { data: name, why });
        }
        let pairs = || parts.train.iter().chain(&parts.valid).chain(&parts.test);
        let users = Renumbering::new(interactions.user_ids.len(), pairs().map(|pair| pair.0));
        let items = Renumbering::new(interactions.item_ids.len(), pairs().map(|pair| pair.1));
        let incidence = |pairs: &mut dyn Iterator<Item = (u32, u32)>| {
            let renumbered = pairs.filter_map(|(user, item)| Some((users.new_of(user)?, items.new_of(item)?)));
            Incidence::from_memberships(users.kept.len(), items.kept.len(), renumbered)
        };
        let train = incidence(&mut parts.train.iter().copied())?;
        let valid = incidence(&mut parts.valid.iter().copied())?;
        let test = incidence(&mut parts.test.iter().copied())?;
        let disliked = |rating: Option<f64>| rating.is_some_and(|rating| rating <= DISLIKE_TO);
        let rows = interactions.rows.iter().filter(|row| disliked(row.rating)).map(|row| (row.user, row.item));
        let has = |part: &[(u32, u32)], pair: &(u32, u32)| part.binary_search(pair).is_ok();
        let in_split = |pair: &(u32, u32)| [&parts.train, &parts.valid, &parts.test].iter().any(|part| has(part, pair));
        let dislikes = incidence(&mut rows.filter(|pair| !in_split(pair)))?;
        let reviews = interactions.reviews.renumbered(|user, item| {
            has(&parts.train, &(user, item)).then_some((users.new_of(user)?, items.new_of(item)?))
        });
        let user_ids = users.kept.iter().map(|&old| interactions.user_ids[old as usize].clone()).collect();
        let item_ids: Vec<String> = items.kept.iter().map(|&old| interactions.item_ids[old as usize].clone()).collect();
        let items = item_ids.iter().map(|id| catalogue_item(id, &interactions.about)).collect();
        Ok(Dataset { name, sha256, split, user_ids, item_ids, items, train, valid, test, dislikes, reviews })
    }
}

/// Which old indices are kept, in order, and their new ones.
struct Renumbering {
    kept: Vec<u32>,
    new: Vec<Option<u32>>,
}

impl Renumbering {
    fn new(n_old: usize, used: impl Iterator<Item = u32>) -> Self {
        let mut is_used = vec![false; n_old];
        used.for_each(|old| is_used[old as usize] = true);
        let kept: Vec<u32> = (0..n_old as u32).filter(|&old| is_used[old as usize]).collect();
        let mut new = vec![None; n_old];
        kept.iter().enumerate().for_each(|(at, &old)| new[old as usize] = Some(at as u32));
        Self { kept, new }
    }

    fn new_of(&self, old: u32) -> Option<u32> {
        self.new[old as usize]
    }
}

fn catalogue_item(id: &str, about: &HashMap<String, About>) -> CatalogueItem {
    let About { title, year, genres, aka } = about.get(id).cloned().unwrap_or_default();
    let title = if title.is_empty() { format!("Item {id}") } else { title };
    CatalogueItem { id: id.to_owned(), title, year, genres, aka }
}
