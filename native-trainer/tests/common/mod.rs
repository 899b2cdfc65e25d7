//! Small data: a file of 60 users in two camps over 30 items that trains in a second, and one without randomness.

pub(crate) mod paths;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use native_trainer::rng;
use sharp_distill::hypergraph::Incidence;

/// Settings under which everything is small; as flags.
pub(crate) const SMALL: [&str; 14] = [
    "--epochs",
    "4",
    "--set",
    "teacher.emb_dim=8",
    "--set",
    "student.emb_dim=8",
    "--set",
    "student.hidden_dim=8",
    "--set",
    "teacher.fit.eval_every=2",
    "--set",
    "distilled.fit.eval_every=2",
    "--threads",
    "2",
];

/// Writes `ratings.csv` and returns its path.
pub(crate) fn ratings(folder: &Path) -> PathBuf {
    let mut rng = rng::stream(1, "toy");
    let mut text = "user_id,item_id,rating,timestamp,title\n".to_owned();
    for user in 0..60 {
        for item in 0..30 {
            let likes = if user % 2 == item % 2 { 0.8 } else { 0.1 };
            let draw = rng::uniform(&mut rng);
            let rating = if draw < likes { 4.5 } else { 1.5 };
            if rng::uniform(&mut rng) < 0.7 {
                text += &format!("u{user},i{item},{rating},{},\"Film {item}, The\"\n", 1000 + user * 30 + item);
            }
        }
    }
    let path = folder.join("ratings.csv");
    std::fs::write(&path, text).unwrap();
    path
}

/// Training and validation: users 0..40 in two camps over items 0..20; item 20 belongs to nobody.
pub(crate) fn camps() -> (Arc<Incidence>, Incidence) {
    let (mut train, mut valid) = (Vec::new(), Vec::new());
    for user in 0..40u32 {
        for item in (user % 2..20).step_by(2) {
            let part = if (user + item / 2) % 5 == 0 { &mut valid } else { &mut train };
            part.push((user, item));
        }
    }
    let incidence = |pairs: Vec<(u32, u32)>| Incidence::from_memberships(40, 21, pairs).unwrap();
    (Arc::new(incidence(train)), incidence(valid))
}
