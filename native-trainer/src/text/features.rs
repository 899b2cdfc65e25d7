//! The text of users and items: which documents are read, and what becomes of their vectors.

use std::collections::HashMap;

use candle_core::Device;
use sharp_distill::catalogue::CatalogueItem;

use super::{TextEncoder, TextError, TextSettings, encoder};
use crate::data::{Dataset, Review};
use crate::progress::Progress;

/// The encoded text of all users and items.
#[derive(Debug, Clone, PartialEq)]
pub struct TextFeatures {
    /// Numbers of a vector.
    pub dim: usize,
    /// `[n_users, dim]`.
    pub users: Vec<f32>,
    /// `[n_items, dim]`.
    pub items: Vec<f32>,
}

impl TextFeatures {
    /// [`Self::read`], silently and by the CPU.
    ///
    /// # Errors
    /// An encoder that cannot be used, a document that cannot be encoded.
    pub fn of(data: &Dataset, settings: &TextSettings) -> Result<Option<Self>, TextError> {
        Ok(Self::read(data, settings, &Device::Cpu, Progress::quiet())?.map(|read| read.features))
    }

    /// Encodes the text of a data set with the encoder of the settings; `None` without one.
    ///
    /// # Errors
    /// An encoder that cannot be used, a document that cannot be encoded.
    pub fn read(
        data: &Dataset,
        settings: &TextSettings,
        device: &Device,
        progress: Progress,
    ) -> Result<Option<ReadText>, TextError> {
        let Some(encoder) = encoder(settings, device, progress)? else { return Ok(None) };
        let mut features = Self::with(data, encoder.as_ref())?;
        if settings.center {
            let dim = features.dim;
            center(&mut features.users, dim);
            center(&mut features.items, dim);
        }
        let digest = encoder.identity().unwrap_or_default();
        let identity = format!("{} {}", encoder.dim(), digest.map(|byte| format!("{byte:02x}")).concat());
        Ok(Some(ReadText { features, identity }))
    }

    /// With any encoder. **Nothing of a held-out like is read**: a data set holds no other reviews than those of training
    /// likes, and users are joined to items by training likes alone.
    ///
    /// The text of a user, and of an item, is the mean over its reviews. An item without a review is its title, year and
    /// genres; a user without one is the mean of the items it was trained on. Without reviews all items and users are of
    /// that second kind. What has no text at all is a row of zeros.
    ///
    /// Reviews are read and encoded a few thousand at a time, each different text of these once, and go into the means:
    /// texts and their vectors are never all in memory.
    ///
    /// # Errors
    /// A document that cannot be read or encoded.
    pub fn with(data: &Dataset, encoder: &dyn TextEncoder) -> Result<Self, TextError> {
        let (mut of_items, mut of_users) = (vec![0usize; data.n_items()], vec![0usize; data.n_users()]);
        for (user, item) in data.reviews.pairs() {
            of_users[user as usize] += 1;
            of_items[item as usize] += 1;
        }
        let titles = || {
            let unreviewed = data.items.iter().enumerate().filter(|(item, _)| of_items[*item] == 0);
            unreviewed.filter_map(|(item, about)| Some((Owner::Item(item), description(about)?))).map(Ok)
        };
        let reviews = || {
            let owner = |Review { user, item, text }| (Owner::Review(user as usize, item as usize), text);
            data.reviews.iter().map(move |review| review.map(owner))
        };
        let fitted = encoder.fitted(&mut reviews().chain(titles()).map(|document| Ok(document?.1)))?;
        let encoder = fitted.as_deref().unwrap_or(encoder);
        encoder.expect(data.reviews.len() + titles().count());
        let dim = encoder.dim();
        let mut users = Means { dim, rows: vec![0.0; data.n_users() * dim] };
        let mut items = Means { dim, rows: vec![0.0; data.n_items() * dim] };
        let mut documents = reviews().chain(titles());
        loop {
            let mut batch = Batch::default();
            for document in documents.by_ref().take(DOCUMENTS_AT_ONCE) {
                let (owner, text) = document.map_err(|reason| TextError::Kept { reason })?;
                let place = batch.place_of(text);
                batch.owners.push((owner, place));
            }
            if batch.owners.is_empty() {
                break;
            }
            let vectors = encoder.encode(&batch.texts)?;
            for (owner, place) in batch.owners {
                let vector = &vectors[place * dim..][..dim];
                match owner {
                    Owner::Review(user, item) => {
                        users.add(user, of_users[user], vector);
                        items.add(item, of_items[item], vector);
                    }
                    Owner::Item(item) => items.add(item, 1, vector),
                }
            }
        }
        encoder.finish();
        for user in (0..data.n_users()).filter(|&user| of_users[user] == 0) {
            let liked = data.train.hyperedges_of(user);
            for &item in liked {
                users.add(user, liked.len(), &items.rows[item as usize * dim..][..dim]);
            }
        }
        Ok(Self { dim, users: users.rows, items: items.rows })
    }
}

/// Documents that are in memory at a time.
const DOCUMENTS_AT_ONCE: usize = 4096;

/// Whose text a document is.
enum Owner {
    Review(usize, usize),
    Item(usize),
}

/// Means that grow as their vectors come.
struct Means {
    dim: usize,
    rows: Vec<f32>,
}

impl Means {
    /// One of the `n` vectors that a row is the mean of.
    fn add(&mut self, row: usize, n: usize, vector: &[f32]) {
        let share = n as f32;
        let mean = &mut self.rows[row * self.dim..][..self.dim];
        mean.iter_mut().zip(vector).for_each(|(mean, x)| *mean += x / share);
    }
}

/// Features, and what made them.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadText {
    /// Of users and items.
    pub features: TextFeatures,
    /// Names the encoder by what is in its files: another encoder makes another run.
    pub identity: String,
}

/// A few documents, each text once.
#[derive(Default)]
struct Batch {
    texts: Vec<String>,
    places: HashMap<String, usize>,
    owners: Vec<(Owner, usize)>,
}

impl Batch {
    fn place_of(&mut self, text: String) -> usize {
        *self.places.entry(text).or_insert_with_key(|text| {
            self.texts.push(text.clone());
            self.texts.len() - 1
        })
    }
}

/// "title (year). genres", if the item has a title of its own or genres.
fn description(item: &CatalogueItem) -> Option<String> {
    let is_named = !item.title.is_empty() && item.title != format!("Item {}", item.id);
    let year = item.year.map(|year| format!(" ({year})")).unwrap_or_default();
    (is_named || !item.genres.is_empty()).then(|| format!("{}{year}. {}", item.title, item.genres.join(", ")))
}

/// Subtracts the mean of the rows that are not zero, and scales all so that their root mean square length is 1: what a
/// projection then sees is how texts differ, not what all texts have in common.
fn center(rows: &mut [f32], dim: usize) {
    let is_text = |row: &[f32]| row.iter().any(|&x| x != 0.0);
    let n_texts = rows.chunks_exact(dim.max(1)).filter(|row| is_text(row)).count();
    if n_texts == 0 {
        return;
    }
    let mut mean = vec![0.0f64; dim];
    for row in rows.chunks_exact(dim).filter(|row| is_text(row)) {
        mean.iter_mut().zip(row).for_each(|(mean, &x)| *mean += f64::from(x) / n_texts as f64);
    }
    let mut squares = 0.0f64;
    for row in rows.chunks_exact_mut(dim).filter(|row| is_text(row)) {
        for (x, mean) in row.iter_mut().zip(&mean) {
            *x -= *mean as f32;
            squares += f64::from(*x) * f64::from(*x);
        }
    }
    if squares > 0.0 {
        let scale = (n_texts as f64 / squares).sqrt() as f32;
        rows.iter_mut().for_each(|x| *x *= scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centred_rows_have_mean_zero_and_length_one_and_no_text_stays_zero() {
        let mut rows = vec![1.0, 0.2, 0.0, 0.0, 0.8, 0.6, 0.9, 0.4];
        center(&mut rows, 2);
        assert_eq!(rows[2..4], [0.0, 0.0]);
        for column in 0..2 {
            assert!(rows.iter().skip(column).step_by(2).sum::<f32>().abs() < 1e-5);
        }
        assert!((rows.iter().map(|x| x * x).sum::<f32>() / 3.0 - 1.0).abs() < 1e-5);
        let mut same = vec![0.5; 6];
        center(&mut same, 2);
        assert_eq!(same, [0.0; 6]);
    }
}
