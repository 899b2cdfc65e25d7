//! What a deployment of a model costs, in one number that is compared with its teacher's.
//!
//! The publication names a deployment cost index and gives no formula that could be checked. This one is ours, and plain:
//!
//! ```text
//! DCI(model) = cube root of  (p50 of one user's answer / the teacher's) (bytes held / the teacher's) (learned numbers / the teacher's)
//! ```
//!
//! It is 1 for the teacher, lower is better, and it says nothing of how good the answers are: it stands beside NDCG, and two
//! models are compared by it where their answers are equal. Each factor counts alike, so that a model ten times as fast and
//! otherwise the same has 0.46.
//!
//! **Bytes held** are counted, not measured: four for a learned number (two for the student's features, which the model file
//! holds as f16), four for every like and every row of the incidence where an answer propagates over it, four for
//! every number of the text vectors that the model reads. Models whose answers are looked up in tables made at training (popularity,
//! ItemKNN, EASE^R) have no index: what their answer was timed without is what the index is about. The teacher's wide channel is such
//! a table, too, which makes the teacher look cheaper than it is.

use serde::Serialize;

use crate::data::Dataset;
use crate::models::Model;

/// The formula, for reports.
pub const RULE: &str = "The deployment cost index is ours (the publication names one without a formula that could be checked): the \
                        geometric mean of three ratios to the teacher, the median latency of one user's answer, the bytes that a \
                        deployment must hold, and the learned numbers. 1 for the teacher, lower is better; it says nothing of how good \
                        the answers are. Bytes are counted: four a learned number (two for the student's features, f16 in the model \
                        file), four a like and a row of the incidence where answers propagate over it, four a number of the text \
                        vectors that are read. Models that look their answers up have none";

const NUMBER: u64 = 4;
const HALF: u64 = 2;

/// What a deployment of one model costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// Milliseconds of one user's answer: the median.
    pub one_user_ms: f64,
    /// Bytes that must be held.
    pub held_bytes: u64,
    /// Learned numbers.
    pub params: usize,
}

impl Cost {
    /// The index beside a teacher's cost; none where a ratio is not defined or is 0.
    pub fn index(&self, teacher: &Self) -> Option<f64> {
        let index = self.ratios(teacher).iter().product::<f64>().cbrt();
        (index.is_finite() && index > 0.0).then_some(index)
    }

    /// Latency, bytes and learned numbers over the teacher's.
    pub fn ratios(&self, teacher: &Self) -> [f64; 3] {
        [
            self.one_user_ms / teacher.one_user_ms,
            self.held_bytes as f64 / teacher.held_bytes as f64,
            self.params as f64 / teacher.params as f64,
        ]
    }
}

/// Bytes that a deployment must hold to answer any user; none for models that look their answers up, and for those that
/// are not served in that form (an ablation, or the student asked otherwise).
///
/// `n_parameters` are all learned numbers and those that are no embedding, `text_dim` is the width of the vectors of users
/// and items that the teacher reads, if any.
pub fn held_bytes(model: Model, n_parameters: (usize, usize), data: &Dataset, text_dim: Option<usize>) -> Option<u64> {
    let (all, without_embeddings) = (n_parameters.0 as u64, n_parameters.1 as u64);
    let likes = NUMBER * (data.train.n_memberships() + data.n_users() + 1) as u64;
    let texts = NUMBER * (text_dim.unwrap_or(0) * (data.n_users() + data.n_items())) as u64;
    match model {
        Model::BprMf => Some(NUMBER * all),
        Model::LightGcn | Model::Hccf | Model::HgAtt | Model::Hgnn | Model::TeacherNoText => Some(NUMBER * all + likes),
        Model::Teacher => Some(NUMBER * all + likes + texts),
        Model::Student => Some(HALF * (all - without_embeddings) + NUMBER * without_embeddings + likes),
        Model::Popularity | Model::ItemKnn | Model::Ease => None,
        Model::StudentFoldIn | Model::StudentNoText | Model::StudentScratch | Model::StudentSoftLabels => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEACHER: Cost = Cost { one_user_ms: 8.0, held_bytes: 1000, params: 600 };

    #[test]
    fn the_index_is_the_cube_root_of_three_ratios() {
        assert_eq!(TEACHER.index(&TEACHER), Some(1.0));
        // 1/8 1/1 1/1, and 1/8 1/10 1/100.
        assert_eq!(Cost { one_user_ms: 1.0, ..TEACHER }.index(&TEACHER), Some(0.5));
        let small = Cost { one_user_ms: 1.0, held_bytes: 100, params: 6 };
        assert_eq!(small.ratios(&TEACHER), [0.125, 0.1, 0.01]);
        assert!((small.index(&TEACHER).unwrap() - 0.05).abs() < 1e-12);
        let back = TEACHER.index(&small).unwrap();
        assert!((back - 20.0).abs() < 1e-9, "{back}: the other way round it is the reciprocal");
    }

    #[test]
    fn what_costs_nothing_has_no_index() {
        assert_eq!(Cost { params: 0, ..TEACHER }.index(&TEACHER), None);
        assert_eq!(TEACHER.index(&Cost { one_user_ms: 0.0, ..TEACHER }), None);
    }
}
