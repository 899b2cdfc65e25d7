//! What is not as it is published, said in sentences that follow from the run.

use serde::Serialize;
use serde_json::Value;

use super::published::{DATA_OF_ACCURACY, SOURCE};
use crate::data::Dataset;
use crate::data::known::Sizes;
use crate::ops::plain_numbers;
use crate::settings::Settings;
use crate::teacher::Supervision;
use crate::text::EncoderChoice;

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is about.
    pub topic: &'static str,
    /// How it is here and there.
    pub text: String,
}

/// What a run was made with.
#[derive(Debug)]
pub struct Made<'a> {
    /// What was read.
    pub data: &'a Dataset,
    /// The name of the data set, if it was given one.
    pub dataset: Option<&'a str>,
    /// What the publication says of its size.
    pub sizes: Option<Sizes>,
    /// From which rating on an interaction is a like; none where a split folder or the data decide.
    pub like_from: Option<f64>,
    /// The published configuration, with what flags changed.
    pub settings: &'a Settings,
    /// What flags changed of it.
    pub changed: &'a [String],
    /// How many seeds.
    pub n_seeds: usize,
    /// The machine, in words.
    pub machine: String,
}

/// All that differs, the data first.
pub fn differences(made: &Made<'_>) -> Vec<Difference> {
    let mut all = vec![data(made), likes(made)];
    all.extend(fixed(made));
    all.push(text(made));
    all.extend(training(made));
    all
}

fn difference(topic: &'static str, text: impl Into<String>) -> Difference {
    Difference { topic, text: text.into() }
}

fn data(made: &Made<'_>) -> Difference {
    let Made { data, .. } = made;
    let n_likes = data.train.n_memberships() + data.valid.n_memberships() + data.test.n_memberships();
    let ours = format!("{} users, {} items and {n_likes} likes", data.n_users(), data.n_items());
    let said = match (made.sizes, made.dataset) {
        (Some(sizes), Some(name)) => {
            let Sizes { users, items, reviews } = sizes;
            let accuracy = if name == DATA_OF_ACCURACY {
                ""
            } else {
                ". Its README gives accuracies of Amazon CDs alone, so none stand beside these"
            };
            format!(
                "the publication counts {users} users, {items} items and {reviews} reviews of {name}; what was read here has {ours}. \
                 Which edition it took, and what it left out, it does not say{accuracy}"
            )
        }
        _ => format!(
            "{} is none of the publication's data sets, so no published accuracy stands beside these, and nothing here \
             reproduces one of its tables. It has {ours}; the smallest of the published ones has 7598 users, the largest 71258",
            data.name
        ),
    };
    difference("data", said)
}

fn likes(made: &Made<'_>) -> Difference {
    let rule = match made.like_from {
        Some(from) if from > 0.0 => {
            format!("ratings of {from} and above are likes, and users and items with fewer than five are left out")
        }
        Some(_) => "every interaction is a like, and users and items with fewer than five are left out".to_owned(),
        None => "the likes are those of the split that was given".to_owned(),
    };
    difference(
        "likes and split",
        format!(
            "{rule}; split {}. The publication's split is not published, nor whether it leaves ratings out",
            made.data.split
        ),
    )
}

/// What is so in every run.
fn fixed(made: &Made<'_>) -> Vec<Difference> {
    vec![
        difference(
            "ranking",
            "every model ranks all items that a user does not have yet, equal scores by index; users without a test item are left out. \
             The README does not say what is ranked",
        ),
        difference(
            "seeds",
            format!(
                "{} here, mean and standard deviation, differences with paired intervals over users; one figure each there",
                made.n_seeds
            ),
        ),
        difference(
            "head",
            "the published head takes the teacher's score as an input, too, and would need the teacher when it serves; this one \
             takes the student's embeddings alone",
        ),
        difference(
            "soft labels",
            "the softmax runs over all items. Over a single column, as in the published code, its gradient is 0",
        ),
        difference(
            "positional features",
            "they have no parameter of the student: in the contrasts they weigh the negatives. Similarities are computed for the \
             nodes of a batch",
        ),
        difference(
            "what is not published",
            "what follows a layer (here the setting teacher.activation), how weights begin, how gamma is used when it serves (here the student alone). The published \
             code is no reference: its text features and the teacher's inputs are random",
        ),
        difference(
            "baselines",
            "settings were chosen on validation of MovieLens, or of Musical Instruments where the data have reviews, with the same \
             number of trials each; the publication does not say how its were chosen",
        ),
        difference(
            "latency",
            format!(
                "median of warm answers from request to ranked ids, on {}. {SOURCE} names neither machine nor protocol",
                made.machine
            ),
        ),
    ]
}

fn text(made: &Made<'_>) -> Difference {
    let reads = if made.data.reviews.is_empty() {
        "titles, years and genres, because the data have no reviews"
    } else {
        "training reviews only"
    };
    let said = match &made.settings.text.encoder {
        EncoderChoice::None => "no text is read; the publication's teacher reads reviews with a DeBERTa".to_owned(),
        EncoderChoice::Hashing => {
            format!("words and pairs of words are hashed in the place of a DeBERTa; it reads {reads}")
        }
        EncoderChoice::Builtin => format!(
            "the built-in DeBERTa (3 layers of width 256, trained by this project) in the place of a published one; it reads {reads}. \
             --text-encoder DIR names a full-sized one"
        ),
        other => format!("the encoder is {other}; it reads {reads}"),
    };
    difference("text", said)
}

fn training(made: &Made<'_>) -> Vec<Difference> {
    let teacher = &made.settings.teacher;
    let supervision = match teacher.supervision {
        Supervision::Bpr => "BPR",
        Supervision::Mse => "the squared error of sampled pairs",
        Supervision::Softmax => "cross-entropy over all items",
    };
    let fit = &teacher.fit;
    let mut all = vec![
        difference(
            "supervised loss",
            format!(
                "the published sources disagree on the teacher's (BPR, or the squared error); here it is {supervision}"
            ),
        ),
        difference(
            "stopping",
            format!(
                "{} epochs at most for the teacher (200 are published), a look at validation every {}; it ends after {} looks \
                 without a gain and keeps the best, while the publication says nothing of stopping",
                fit.epochs, fit.eval_every, fit.patience
            ),
        ),
    ];
    if !made.changed.is_empty() {
        all.push(difference("settings changed by flags", made.changed.join("; ")));
    }
    all
}

/// Settings in which a configuration differs from its preset, as `key: from -> to`.
pub fn changed_settings(preset: &Settings, settings: &Settings) -> Vec<String> {
    let mut changed = Vec::new();
    let (mut from, mut to) = (preset.to_value(), settings.to_value());
    for value in [&mut from, &mut to] {
        if let Some(text) = value["text"].as_object_mut() {
            // Where vectors are kept changes none of them.
            text.remove("cache");
        }
    }
    leaves("", &plain_numbers(from), &plain_numbers(to), &mut changed);
    changed
}

fn leaves(path: &str, from: &Value, to: &Value, changed: &mut Vec<String>) {
    match (from, to) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, from) in a {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves(&path, from, b.get(key).unwrap_or(&Value::Null), changed);
            }
        }
        (from, to) if from != to => changed.push(format!("{path}: {from} -> {to}")),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::Preset;

    #[test]
    fn what_flags_changed_is_told_by_path() {
        let preset = Preset::Paper.settings();
        let mut settings = preset.clone();
        assert_eq!(changed_settings(&preset, &settings), Vec::<String>::new());
        settings.set("teacher.fit.epochs=3").unwrap();
        settings.set("distil.alpha=0.25").unwrap();
        settings.set("text.cache=none").unwrap();
        let changed = changed_settings(&preset, &settings);
        assert_eq!(changed, ["distil.alpha: 0.5 -> 0.25", "teacher.fit.epochs: 200 -> 3"]);
    }
}
