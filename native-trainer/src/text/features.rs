//! The text of users and items: which documents are read, and what becomes of their vectors.

use std::collections::HashMap;

use candle_core::Device;
use sharp_distill::catalogue::CatalogueItem;
use sharp_distill::hypergraph::Incidence;

use super::{TextEncoder, TextError, TextSettings, encoder};
use crate::data::Dataset;
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
    /// With reviews, each different one is encoded once; the text of a user, and of an item, is the mean over its
    /// reviews. An item without a review is its title, year and genres; a user without one is the mean of the
    /// items it was trained on. Without reviews all items and users are of that second kind. What has no text at
    /// all is a row of zeros.
    ///
    /// # Errors
    /// A document that cannot be encoded.
    pub fn with(data: &Dataset, encoder: &dyn TextEncoder) -> Result<Self, TextError> {
        let mut documents = Documents::default();
        let reviews: Vec<usize> = data.reviews.iter().map(|review| documents.place_of(review.text.clone())).collect();
        let mut is_reviewed = vec![false; data.n_items()];
        data.reviews.iter().for_each(|review| is_reviewed[review.item as usize] = true);
        let described: Vec<Option<usize>> = data
            .items
            .iter()
            .zip(&is_reviewed)
            .map(
                |(item, is_reviewed)| {
                    if *is_reviewed { None } else { description(item).map(|text| documents.place_of(text)) }
                },
            )
            .collect();
        let vectors = encoder.encode(&documents.texts)?;
        let dim = encoder.dim();
        let of_item = data.reviews.iter().zip(&reviews).map(|(review, &document)| (review.item as usize, document));
        let of_title = described.iter().enumerate().filter_map(|(item, document)| Some((item, (*document)?)));
        let items = means(data.n_items(), dim, of_item.chain(of_title), &vectors);
        let of_user = data.reviews.iter().zip(&reviews).map(|(review, &document)| (review.user as usize, document));
        let mut users = means(data.n_users(), dim, of_user, &vectors);
        let mut is_writer = vec![false; data.n_users()];
        data.reviews.iter().for_each(|review| is_writer[review.user as usize] = true);
        let of_likes = means(data.n_users(), dim, likes(&data.train, &is_writer), &items);
        users.iter_mut().zip(of_likes).for_each(|(user, of_likes)| *user += of_likes);
        Ok(Self { dim, users, items })
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

/// Each text once.
#[derive(Default)]
struct Documents {
    texts: Vec<String>,
    places: HashMap<String, usize>,
}

impl Documents {
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

/// The training likes of the users who wrote nothing.
fn likes<'a>(train: &'a Incidence, is_writer: &'a [bool]) -> impl Iterator<Item = (usize, usize)> + Clone + 'a {
    let silent = (0..train.n_nodes()).filter(|&user| !is_writer[user]);
    silent.flat_map(|user| train.hyperedges_of(user).iter().map(move |&item| (user, item as usize)))
}

/// Row `i` is the mean of the rows of `vectors` that `i` is paired with; zeros without one.
///
/// # Shapes
/// `vectors` is `[.., dim]`, the result `[n_rows, dim]`.
fn means(n_rows: usize, dim: usize, pairs: impl Iterator<Item = (usize, usize)> + Clone, vectors: &[f32]) -> Vec<f32> {
    let mut n_of = vec![0usize; n_rows];
    pairs.clone().for_each(|(row, _)| n_of[row] += 1);
    let mut means = vec![0.0f32; n_rows * dim];
    for (row, place) in pairs {
        let share = n_of[row] as f32;
        let mean = &mut means[row * dim..][..dim];
        mean.iter_mut().zip(&vectors[place * dim..][..dim]).for_each(|(mean, x)| *mean += x / share);
    }
    means
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
