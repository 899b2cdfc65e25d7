//! Vectors of documents that were encoded before, on disk, so that a second run encodes nothing.
//!
//! One file an encoder, named after its identity (the digest of its files, and all that its vectors depend on):
//!
//! | bytes | what |
//! |---|---|
//! | 8 | magic |
//! | 32 | identity of the encoder |
//! | 4, 8 | numbers of a vector, vectors; little-endian |
//! | 32 + 4 dim, each | sha256 of the document, its vector in f32 |
//! | 32 | sha256 of all that |
//!
//! It is replaced by a finished new one or not at all. A damaged file is left out of account, with a warning, and
//! replaced. Nothing in it is text.

use std::collections::HashMap;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Documents, TextEncoder, TextError};
use crate::progress::Progress;

const MAGIC: &[u8; 8] = b"SDTEXT1\n";
const HEADER: usize = 8 + 32 + 4 + 8;
/// Documents after which what is new may be kept, should the run be interrupted.
const KEEP_EVERY: usize = 4096;

/// Where vectors are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum CacheChoice {
    /// `sharp-distill/text` in the user's cache folder: `default`.
    Default,
    /// Nowhere: `none`.
    None,
    /// In this folder, which is made if need be.
    Folder(PathBuf),
}

impl CacheChoice {
    /// The folder, if there is one.
    pub fn folder(&self) -> Option<PathBuf> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        match self {
            Self::None => None,
            Self::Folder(folder) => Some(folder.clone()),
            Self::Default => {
                let caches = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
                caches.map(|caches| caches.join("sharp-distill").join("text"))
            }
        }
    }
}

impl From<String> for CacheChoice {
    fn from(given: String) -> Self {
        match given.as_str() {
            "default" => Self::Default,
            "none" => Self::None,
            _ => Self::Folder(given.into()),
        }
    }
}

impl From<CacheChoice> for String {
    fn from(choice: CacheChoice) -> Self {
        choice.to_string()
    }
}

impl FromStr for CacheChoice {
    type Err = std::convert::Infallible;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        Ok(given.to_owned().into())
    }
}

impl fmt::Display for CacheChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::None => f.write_str("none"),
            Self::Folder(folder) => write!(f, "{}", folder.display()),
        }
    }
}

/// An encoder whose vectors are kept.
#[derive(Debug)]
pub struct Cached<E> {
    encoder: E,
    folder: Option<PathBuf>,
    progress: Progress,
    state: Mutex<State>,
}

/// What stays from call to call while documents come in several.
#[derive(Debug, Default)]
struct State {
    /// What is kept, read when it is first asked for.
    store: Option<Store>,
    /// New since it was last written.
    n_unkept: usize,
    /// How many documents are expected, in several calls, and how many have come.
    expected: Option<usize>,
    n_come: usize,
    /// Shown from the first document on that is encoded.
    bar: Option<ProgressBar>,
}

impl<E: TextEncoder> Cached<E> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self) -> Option<CacheFile> {
        Some(CacheFile::new(self.folder.as_ref()?, self.identity()?, self.dim()))
    }

    /// Keeps vectors in a folder, or only shows progress without one.
    pub fn new(encoder: E, folder: Option<PathBuf>, progress: Progress) -> Self {
        Self { encoder, folder, progress, state: Mutex::default() }
    }
}

impl<E: TextEncoder> TextEncoder for Cached<E> {
    fn name(&self) -> String {
        self.encoder.name()
    }

    fn dim(&self) -> usize {
        self.encoder.dim()
    }

    fn identity(&self) -> Option<[u8; 32]> {
        self.encoder.identity()
    }

    fn fitted(&self, documents: &mut Documents<'_>) -> Result<Option<Box<dyn TextEncoder>>, TextError> {
        self.encoder.fitted(documents)
    }

    fn expect(&self, n_documents: usize) {
        let mut state = self.state();
        (state.expected, state.n_come) = (Some(n_documents), 0);
    }

    fn finish(&self) {
        let mut state = self.state();
        let State { store, n_unkept, bar, expected, .. } = &mut *state;
        *expected = None;
        if let (Some(file), Some(store), true) = (self.file(), store, *n_unkept > 0) {
            file.write(store);
            *n_unkept = 0;
        }
        if let Some(bar) = bar.take() {
            bar.finish();
        }
    }

    fn encode_with(&self, documents: &[String], done: &(dyn Fn(usize) + Sync)) -> Result<Vec<f32>, TextError> {
        let file = self.file();
        let mut state = self.state();
        let State { store: kept, n_unkept, expected, n_come, bar } = &mut *state;
        // Without a file nothing is held from one call to the next.
        let mut of_call = Store::new();
        let store = match &file {
            Some(file) => kept.get_or_insert_with(|| file.read()),
            None => &mut of_call,
        };
        let keys: Vec<Key> = documents.iter().map(|document| Sha256::digest(document).into()).collect();
        let mut new: HashMap<Key, usize> = HashMap::new();
        let mut documents_of_new = Vec::new();
        for (key, document) in keys.iter().zip(documents) {
            if !store.contains_key(key) && !new.contains_key(key) {
                new.insert(*key, documents_of_new.len());
                documents_of_new.push((*key, document.clone()));
            }
        }
        *n_come += documents.len() - documents_of_new.len();
        if !documents_of_new.is_empty() {
            let shown =
                bar.get_or_insert_with(|| self.progress.documents("text", expected.unwrap_or(documents_of_new.len())));
            shown.set_position(*n_come as u64);
            let count = |n: usize| {
                shown.inc(n as u64);
                done(n);
            };
            for chunk in documents_of_new.chunks(KEEP_EVERY) {
                let texts: Vec<String> = chunk.iter().map(|(_, text)| text.clone()).collect();
                let vectors = self.encoder.encode_with(&texts, &count)?;
                for ((key, _), vector) in chunk.iter().zip(vectors.chunks_exact(self.dim())) {
                    store.insert(*key, vector.to_vec());
                }
                *n_unkept += chunk.len();
                // The whole file is written each time: seldom enough that this is a small part of the work.
                if let Some(file) = file.as_ref().filter(|_| *n_unkept * 4 >= store.len()) {
                    file.write(store);
                    *n_unkept = 0;
                }
            }
            *n_come += documents_of_new.len();
            if expected.is_none() {
                if let Some(file) = file.as_ref().filter(|_| *n_unkept > 0) {
                    file.write(store);
                    *n_unkept = 0;
                }
                if let Some(bar) = bar.take() {
                    bar.finish();
                }
                *n_come = 0;
            }
        }
        let mut vectors = Vec::with_capacity(documents.len() * self.dim());
        for key in &keys {
            vectors.extend_from_slice(&store[key]);
        }
        Ok(vectors)
    }
}

type Key = [u8; 32];
type Store = HashMap<Key, Vec<f32>>;

struct CacheFile {
    path: PathBuf,
    identity: [u8; 32],
    dim: usize,
}

impl CacheFile {
    fn new(folder: &Path, identity: [u8; 32], dim: usize) -> Self {
        let name: String = identity[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { path: folder.join(name + ".vectors"), identity, dim }
    }

    /// What is kept; nothing, with a warning, of a damaged file.
    fn read(&self) -> Store {
        let problem = match std::fs::read(&self.path) {
            Ok(bytes) => match self.parse(&bytes) {
                Ok(store) => return store,
                Err(problem) => problem.to_owned(),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Store::new(),
            Err(error) => error.to_string(),
        };
        eprintln!("warning: the kept vectors in {} are encoded again: {problem}", self.path.display());
        Store::new()
    }

    fn parse(&self, bytes: &[u8]) -> Result<Store, &'static str> {
        let end = bytes.len().checked_sub(32).filter(|&end| end >= HEADER).ok_or("the file is cut off")?;
        let (content, sum) = bytes.split_at(end);
        if content[..8] != *MAGIC {
            return Err("it is no file of vectors");
        }
        if sum != Sha256::digest(content).as_slice() {
            return Err("the file is damaged");
        }
        let number = |range: std::ops::Range<usize>| {
            content[range].iter().rev().fold(0u64, |number, &byte| number << 8 | u64::from(byte))
        };
        let (dim, n_vectors) = (number(40..44), number(44..52));
        if content[8..40] != self.identity || dim != self.dim as u64 {
            return Err("it is of another encoder");
        }
        let row = 32 + 4 * self.dim;
        let rows = &content[HEADER..];
        if (rows.len() as u64) != n_vectors.saturating_mul(row as u64) {
            return Err("its length is wrong");
        }
        let parse_row = |row: &[u8]| {
            let mut key = [0; 32];
            key.copy_from_slice(&row[..32]);
            let numbers =
                row[32..].chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
            (key, numbers.collect())
        };
        Ok(rows.chunks_exact(row).map(parse_row).collect())
    }

    /// Keeps everything, with what others have kept meanwhile. Where nothing can be kept, a warning says so, once more
    /// encoding is the whole damage.
    fn write(&self, store: &mut Store) {
        if let Ok(others) = std::fs::read(&self.path)
            && let Ok(others) = self.parse(&others)
        {
            others.into_iter().for_each(|(key, vector)| {
                store.entry(key).or_insert(vector);
            });
        }
        if let Err(error) = self.try_write(store) {
            eprintln!("warning: vectors cannot be kept in {}: {error}", self.path.display());
        }
    }

    fn try_write(&self, store: &Store) -> std::io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut keys: Vec<&Key> = store.keys().collect();
        keys.sort();
        let mut bytes = Vec::with_capacity(HEADER + store.len() * (32 + 4 * self.dim) + 32);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&self.identity);
        bytes.extend_from_slice(&(self.dim as u32).to_le_bytes());
        bytes.extend_from_slice(&(store.len() as u64).to_le_bytes());
        for key in keys {
            bytes.extend_from_slice(key);
            bytes.extend(store[key].iter().flat_map(|x| x.to_le_bytes()));
        }
        let sum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&sum);
        let mut file = tempfile::Builder::new().prefix(".sharp-distill").tempfile_in(folder)?;
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}
