//! How alike teacher and student see users and items.

use candle_core::{Result, Tensor};

use super::{Cka, cka};
use crate::models::Model;
use crate::ops::to_vec;

/// CKA of a student's embeddings with its teacher's: `Z_s` after the graph convolution, `Z_t` after the fusion (of the deep
/// channels, or of the linear one where there are no deep ones; the wide channel has no embeddings).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// Whose embeddings.
    pub student: Model,
    /// Of the users.
    pub users: Cka,
    /// Of the items.
    pub items: Cka,
}

/// Embeddings of users and items, kept to be compared.
#[derive(Debug, Clone)]
pub(crate) struct Embedded {
    users: Tensor,
    items: Tensor,
}

impl Embedded {
    /// `[n_users, d]` and `[n_items, d]`.
    pub(crate) fn new(users: &Tensor, items: &Tensor) -> Self {
        Self { users: users.clone(), items: items.clone() }
    }

    /// This teacher's with those of a student, whose width may be another.
    ///
    /// # Errors
    /// Embeddings that are no numbers, or of other nodes.
    pub(crate) fn with(&self, model: Model, student: &Self) -> Result<Alignment> {
        let of = |teacher: &Tensor, student: &Tensor| {
            let n_rows = teacher.dim(0)?;
            if student.dim(0)? != n_rows {
                candle_core::bail!("a teacher of {n_rows} nodes, a student of {}", student.dim(0)?);
            }
            cka(&to_vec(teacher)?, &to_vec(student)?, n_rows).map_err(candle_core::Error::wrap)
        };
        let (users, items) = (of(&self.users, &student.users)?, of(&self.items, &student.items)?);
        Ok(Alignment { student: model, users, items })
    }
}
