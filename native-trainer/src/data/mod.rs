//! From ratings to a training hypergraph and held-out items.

pub mod embedded;
pub mod error;
pub mod folder;
pub mod formats;
pub mod interactions;
pub mod items;
pub mod kcore;
pub mod lists;
pub mod merge;
pub mod source;
pub mod split;
pub mod table;
pub mod time;
pub mod titles;

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use sharp_distill::catalogue::CatalogueItem;
use sharp_distill::hypergraph::Incidence;

pub use error::{DataError, LineProblem};
use folder::SplitFolder;
pub use formats::Format;
use interactions::{About, Interactions};
use source::Source;
use split::{Order, Parts};

use crate::progress::Progress;

/// A rating of at least this is a like, where nothing else is said.
pub const LIKE_FROM: f64 = 3.5;
/// A rating of at most this is a dislike.
pub const DISLIKE_TO: f64 = 2.0;
/// Users and items with fewer likes are left out.
pub const CORE: usize = 5;

/// Everything that training and evaluation need. All incidences are `[n_users, n_items]`: users are nodes.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Name for reports.
    pub name: String,
    /// sha256 of the data file, in hex.
    pub sha256: String,
    /// How it was split, in words.
    pub split: String,
    /// The data's own names of the users, in natural order.
    pub user_ids: Vec<String>,
    /// The data's own names of the items, in natural order.
    pub item_ids: Vec<String>,
    /// What a visitor reads, one an item.
    pub items: Vec<CatalogueItem>,
    /// Trained on.
    pub train: Incidence,
    /// Choices are made on these.
    pub valid: Incidence,
    /// Reported on these.
    pub test: Incidence,
    /// Items a user rated [`DISLIKE_TO`] or lower that are in none of the three; empty without ratings.
    pub dislikes: Incidence,
    /// What users wrote about items they are **trained** on, by user and item; empty without texts. A review of a
    /// held-out item is not here, so nothing that reads these can leak an answer.
    pub reviews: Vec<Review>,
}

/// What a user wrote about an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Index of the user.
    pub user: u32,
    /// Index of the item.
    pub item: u32,
    /// The text, not empty.
    pub text: String,
}

impl Dataset {
    /// Users of the training data.
    pub fn n_users(&self) -> usize {
        self.train.n_nodes()
    }

    /// Items of the catalogue.
    pub fn n_items(&self) -> usize {
        self.train.n_hyperedges()
    }
}

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
    /// A rating of at least this is a like.
    pub like_from: f64,
    /// How to split; the fixed split with the embedded data and a random one with others when nothing is said.
    pub split: Option<SplitChoice>,
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
            split: None,
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
    let source = |path: &Path| Ok::<_, DataError>(Source::open_shown(path, progress)?.lenient(choice.lenient));
    if let Some(folder) = choice.data.as_ref().filter(|path| path.is_dir()) {
        return load_folder(folder, choice);
    }
    let mut loaded = match &choice.data {
        None => Loaded {
            name: embedded::NAME.to_owned(),
            sha256: hex(Sha256::digest(embedded::RATINGS)),
            like_from: choice.like_from,
            interactions: embedded::interactions()?,
        },
        Some(path) => Loaded {
            name: path
                .file_name()
                .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned()),
            sha256: sha256_of(path)?,
            like_from: choice.like_from,
            interactions: formats::read(source(path)?, choice.format)?,
        },
    };
    if let Some(path) = &choice.items {
        let (items, skipped) = items::read(source(path)?)?;
        loaded.interactions.about.extend(items);
        loaded.interactions.skipped.extend(skipped);
    }
    loaded.interactions.skipped.iter().for_each(|skipped| progress.say(&skipped.to_string()));
    match (&choice.split, &choice.data) {
        (None, None) => loaded.with_folder(embedded::split_folder()?, "fixed"),
        (Some(SplitChoice::Folder(path)), _) => {
            let described = format!("given: {}", path.display());
            loaded.with_folder(folder::read_folder(path)?, &described)
        }
        (Some(SplitChoice::Time), _) => loaded.split_by(Order::Time, "by time, 80/10/10 a user".to_owned()),
        (Some(SplitChoice::Random) | None, _) => {
            loaded.split_by(Order::Random(choice.seed), format!("random, 80/10/10 a user, seed {}", choice.seed))
        }
    }
}

/// A folder is data and split in one: LightGCN's lists, or train, valid and test as CSV.
fn load_folder(folder: &Path, choice: &DataChoice) -> Result<Dataset, DataError> {
    let (split, described, files) = match lists::find(folder) {
        Some(files) => {
            let described = format!("published lists; of train, a tenth a user for validation, seed {}", choice.seed);
            (lists::read(&files, choice.seed)?, described, files.to_vec())
        }
        None => (folder::read_folder(folder)?, "given with the data".to_owned(), folder::files(folder)?),
    };
    let name = folder.canonicalize().ok().and_then(|path| {
        let folders = path.components().rev().map(|part| part.as_os_str().to_string_lossy().into_owned());
        folders.into_iter().find(|name| name != "split")
    });
    let mut hasher = Sha256::new();
    for file in &files {
        hasher.update(sha256_of(file)?);
    }
    let name = name.unwrap_or_else(|| folder.display().to_string());
    let like_from = choice.like_from;
    let loaded = Loaded { name, sha256: hex(hasher.finalize()), like_from, interactions: split.interactions() };
    match &choice.split {
        None => loaded.with_folder(split, &described),
        Some(SplitChoice::Folder(path)) => {
            loaded.with_folder(folder::read_folder(path)?, &format!("given: {}", path.display()))
        }
        Some(SplitChoice::Time) => Err(DataError::NoTimestamps { data: loaded.name }),
        Some(SplitChoice::Random) => {
            loaded.split_by(Order::Random(choice.seed), format!("random, 80/10/10 a user, seed {}", choice.seed))
        }
    }
}

struct Loaded {
    name: String,
    sha256: String,
    like_from: f64,
    interactions: Interactions,
}

impl Loaded {
    fn split_by(self, order: Order, described: String) -> Result<Dataset, DataError> {
        let rows = &self.interactions.rows;
        if order == Order::Time && rows.iter().any(|row| row.timestamp.is_none()) {
            return Err(DataError::NoTimestamps { data: self.name });
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
        let parts = split::split(&timed, order);
        self.into_dataset(parts, described)
    }

    fn with_folder(self, folder: SplitFolder, described: &str) -> Result<Dataset, DataError> {
        let parts = folder.into_parts(&self.name, &self.interactions)?;
        self.into_dataset(split::drop_untrained(parts), described.to_owned())
    }

    /// Keeps the users and items of the split, renumbered in natural order.
    fn into_dataset(self, parts: Parts, split: String) -> Result<Dataset, DataError> {
        let Self { name, sha256, like_from, interactions } = self;
        if parts.train.is_empty() || parts.valid.is_empty() {
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
        let reviews = interactions.reviews.into_iter().filter(|review| has(&parts.train, &(review.user, review.item)));
        let reviews = reviews.filter_map(|Review { user, item, text }| {
            Some(Review { user: users.new_of(user)?, item: items.new_of(item)?, text })
        });
        let reviews = reviews.collect();
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

fn sha256_of(path: &Path) -> Result<String, DataError> {
    let open = |reason| DataError::Open { path: path.to_owned(), reason };
    let mut file = std::fs::File::open(path).map_err(open)?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0u8; 1 << 16]);
    loop {
        match file.read(&mut buffer).map_err(open)? {
            0 => return Ok(hex(hasher.finalize())),
            n => hasher.update(&buffer[..n]),
        }
    }
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
