//! What people wrote about the items, as short vectors: which items are alike by their text.

/// The most numbers of a vector.
pub const MAX_ITEM_TEXT_DIM: usize = 64;

/// A vector an item, projected from what an encoder made of its reviews or its title. Its values are ones that f16 holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemText {
    /// Numbers of a vector, 1 to [`MAX_ITEM_TEXT_DIM`].
    pub dim: usize,
    /// `[n_items, dim]`; rows have length 1, or 0 where nothing is written about the item.
    pub rows: Vec<f32>,
}

impl ItemText {
    /// The cosine between the texts of two items, 0 where one has none. Both must be items.
    pub fn cosine(&self, a: usize, b: usize) -> f32 {
        let row = |item: usize| &self.rows[item * self.dim..][..self.dim];
        row(a).iter().zip(row(b)).map(|(a, b)| a * b).sum()
    }

    /// The first row whose length is neither 1 nor 0 as far as f16 can tell, with that length; the numbers must be finite.
    pub(super) fn badly_scaled(&self) -> Option<(usize, f32)> {
        let lengths = self.rows.chunks_exact(self.dim).map(|row| row.iter().map(|x| x * x).sum::<f32>().sqrt());
        lengths.enumerate().find(|(_, length)| *length != 0.0 && (length - 1.0).abs() > 5e-3)
    }
}
