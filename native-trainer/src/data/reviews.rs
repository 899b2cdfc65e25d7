//! What users wrote, one entry a pair of user and item. Only the first few megabytes are held in memory: the rest lies in a
//! temporary file without a name, which goes with the process, and is read again as it is asked for.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::SpooledTempFile;

use super::Review;

/// Bytes of texts that are held in memory before they go to a file.
pub const MAX_IN_MEMORY: usize = 8 << 20;
/// Bytes that are written at a time.
const BUFFER: usize = 1 << 18;

/// Texts, as they come.
#[derive(Debug)]
pub(super) struct TextWriter {
    file: SpooledTempFile,
    buffer: Vec<u8>,
    n_bytes: u64,
}

impl Default for TextWriter {
    fn default() -> Self {
        Self { file: SpooledTempFile::new(MAX_IN_MEMORY), buffer: Vec::new(), n_bytes: 0 }
    }
}

/// Where a text lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    start: u64,
    n_bytes: u32,
}

impl TextWriter {
    /// Keeps a text.
    pub(super) fn add(&mut self, text: &str) -> io::Result<Place> {
        let too_long = || io::Error::other("a text of more than 4 GiB");
        let place = Place { start: self.n_bytes, n_bytes: u32::try_from(text.len()).map_err(|_| too_long())? };
        self.buffer.extend_from_slice(text.as_bytes());
        self.n_bytes += text.len() as u64;
        if self.buffer.len() >= BUFFER {
            self.file.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(place)
    }

    /// All of them, to be read.
    pub(super) fn finish(mut self) -> io::Result<Texts> {
        self.file.write_all(&self.buffer)?;
        Ok(Texts(Arc::new(Mutex::new(self.file))))
    }
}

/// Texts that were kept. Cloning shares them.
#[derive(Debug, Clone)]
pub(super) struct Texts(Arc<Mutex<SpooledTempFile>>);

impl Texts {
    /// One of them.
    pub(super) fn read(&self, place: Place) -> io::Result<String> {
        let mut bytes = vec![0; place.n_bytes as usize];
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place.start))?;
        file.read_exact(&mut bytes)?;
        String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// Who wrote about what, and where the text lies: in several places, where somebody wrote more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    user: u32,
    item: u32,
    /// Into [`Reviews::places`].
    first: u32,
    n_places: u32,
}

/// Reviews, sorted by user, then item. Cloning shares the texts.
#[derive(Debug, Clone, Default)]
pub struct Reviews {
    entries: Vec<Entry>,
    places: Vec<Place>,
    texts: Option<Texts>,
}

impl Reviews {
    /// From texts that were kept; `of_pairs` names user, item and the places of each pair, in order.
    pub(super) fn new(texts: Texts, of_pairs: impl IntoIterator<Item = (u32, u32, Vec<Place>)>) -> Self {
        let mut made = Self { texts: Some(texts), ..Self::default() };
        for (user, item, places) in of_pairs {
            let (first, n_places) = (made.places.len() as u32, places.len() as u32);
            made.entries.push(Entry { user, item, first, n_places });
            made.places.extend(places);
        }
        made
    }

    /// From reviews in memory, in their order.
    ///
    /// # Errors
    /// The temporary file cannot be written.
    pub fn from_memory(reviews: impl IntoIterator<Item = Review>) -> io::Result<Self> {
        let mut writer = TextWriter::default();
        let mut of_pairs = Vec::new();
        for Review { user, item, text } in reviews {
            of_pairs.push((user, item, vec![writer.add(&text)?]));
        }
        Ok(Self::new(writer.finish()?, of_pairs))
    }

    /// How many pairs have one.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nobody wrote anything.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// User and item of each, in order.
    pub fn pairs(&self) -> impl ExactSizeIterator<Item = (u32, u32)> + Clone + '_ {
        self.entries.iter().map(|entry| (entry.user, entry.item))
    }

    /// Those that are wanted, under new numbers.
    pub(super) fn renumbered(self, new_of: impl Fn(u32, u32) -> Option<(u32, u32)>) -> Self {
        let Self { entries, places, texts } = self;
        let entries = entries.into_iter().filter_map(|entry| {
            let (user, item) = new_of(entry.user, entry.item)?;
            Some(Entry { user, item, ..entry })
        });
        Self { entries: entries.collect(), places, texts }
    }

    /// The text of the one at a place of the order.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn text(&self, at: usize) -> io::Result<String> {
        let (entry, Some(texts)) = (&self.entries[at], &self.texts) else { return Ok(String::new()) };
        let places = &self.places[entry.first as usize..][..entry.n_places as usize];
        let texts = places.iter().map(|&place| texts.read(place)).collect::<io::Result<Vec<_>>>()?;
        Ok(texts.join("\n"))
    }

    /// One after the other, read as it is asked for.
    pub fn iter(&self) -> impl Iterator<Item = io::Result<Review>> + '_ {
        self.pairs().enumerate().map(|(at, (user, item))| Ok(Review { user, item, text: self.text(at)? }))
    }

    /// All of them in memory: for small data.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn to_vec(&self) -> io::Result<Vec<Review>> {
        self.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(user: u32, text: &str) -> Review {
        Review { user, item: user % 7, text: text.to_owned() }
    }

    #[test]
    fn texts_come_back_from_memory_and_from_the_file() {
        for n in [3, 4000] {
            // 4000 times about 8 kB are 32 MB, four times what is held in memory.
            let text = |user: u32| format!("{user} é {}", "word ".repeat(1600));
            let reviews = Reviews::from_memory((0..n).map(|user| review(user, &text(user)))).unwrap();
            assert_eq!(reviews.len(), n as usize);
            for user in [0, 1, n - 1, n / 2] {
                assert_eq!(reviews.text(user as usize).unwrap(), text(user));
            }
            let is_rolled = reviews.texts.as_ref().unwrap().0.lock().unwrap().is_rolled();
            assert_eq!(is_rolled, n == 4000, "the larger lies in a file");
            let odd = reviews.clone().renumbered(|user, item| (user % 2 == 1).then_some((user / 2, item)));
            let odd: Vec<_> =
                odd.iter().map(|read| read.map(|read| (read.user, read.text.len()))).collect::<Result<_, _>>().unwrap();
            assert!(odd.iter().zip(0..).all(|(read, at)| *read == (at, text(2 * at + 1).len())));
        }
        assert!(Reviews::default().is_empty() && Reviews::default().to_vec().unwrap().is_empty());
    }
}
