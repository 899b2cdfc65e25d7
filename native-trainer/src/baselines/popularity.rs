//! The same ranking for everyone: by number of training likes.

use sharp_distill::hypergraph::Incidence;

/// The number of users of each item, for every user.
///
/// # Shapes
/// The result is `[n_users, n_items]`.
pub fn popularity(train: &Incidence) -> Vec<f32> {
    let of_items: Vec<f32> = train.hyperedge_degrees().into_iter().map(|degree| degree as f32).collect();
    of_items.repeat(train.n_nodes())
}
