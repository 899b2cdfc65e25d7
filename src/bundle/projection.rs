//! From an embedding to a point: the plane in which the student's items differ most.

/// Principal components of the student's item embeddings, each scaled to length 1 before: what counts is the direction.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Projection {
    /// The mean of the scaled embeddings, `[emb_dim]`.
    pub mean: Vec<f32>,
    /// Two axes of length 1, `[2, emb_dim]`.
    pub axes: Vec<f32>,
    /// Which share of the items' spread either axis shows, 0 to 1.
    pub explained: [f32; 2],
}

impl Projection {
    /// Where an embedding of the student's space stands, a visitor's for example; one of length 0 where nothing is.
    ///
    /// # Shapes
    /// `emb` is `[emb_dim]`.
    pub fn point(&self, emb: &[f32]) -> [f32; 2] {
        let length = emb.iter().map(|x| x * x).sum::<f32>().sqrt();
        let scale = if length > 0.0 { length.recip() } else { 0.0 };
        let on = |axis: &[f32]| -> f32 {
            axis.iter().zip(emb).zip(&self.mean).map(|((axis, x), mean)| axis * (x * scale - mean)).sum()
        };
        let (first, second) = self.axes.split_at(self.mean.len());
        [on(first), on(second)]
    }

    /// The length of an axis that has not length 1.
    pub(super) fn badly_scaled(&self) -> Option<f32> {
        let lengths = self.axes.chunks_exact(self.mean.len().max(1));
        lengths.map(|axis| axis.iter().map(|x| x * x).sum::<f32>().sqrt()).find(|length| (length - 1.0).abs() > 1e-3)
    }
}
