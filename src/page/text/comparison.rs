//! What the comparison of teacher and students says: plain words first, the field's term second, the equation third.

use super::{count, fixed, grouped, listed, person};
use crate::explorer::{N_BARS, N_COMPARED, Similar};
use crate::teacher::DistilConfig;

pub(crate) const LEAD: &str = "One person of the data before three models. The large teacher learned first. The student, a \
    small part of its work for an answer, learned to rank as the teacher does; the last model is the same student, trained \
    on the likes alone. Films marked “held out” are likes of this person that none of them was shown.";

pub(crate) const PERSON: &str = "Person";
pub(crate) const PREVIOUS: &str = "Previous";
pub(crate) const NEXT: &str = "Next";
pub(crate) const RANDOM: &str = "Somebody";
pub(crate) const NEAREST: &str = "Nearest to you";
pub(crate) const NEAREST_HINT: &str =
    "The person with held-out films whose embedding points most nearly where yours does (largest cosine)";
pub(crate) const IN_CENTRE: &str = "In the hypergraph’s centre";

pub(crate) const NO_TEACHER: &str = "This page’s file holds no teacher, so there is nothing to compare.";
pub(crate) const NO_TEACHER_COMPUTED: &str = "The teacher cannot be computed on this device.";

/// Why the file has no teacher.
pub(crate) fn no_teacher(reason: Option<&str>) -> String {
    reason.map_or_else(|| NO_TEACHER.to_owned(), |reason| format!("{NO_TEACHER} The reason: {reason}."))
}

/// What is known of a person: titles of a few of the films, and how many there are.
pub(crate) fn liked(titles: &[&str], n: usize) -> String {
    let some = named(titles, n);
    format!("Liked {}, and the models learned from it: {some}.", count(n, "film", "films"))
}

/// The films that are reported on.
pub(crate) fn test(titles: &[&str], n: usize) -> String {
    match n {
        0 => "Nothing of this person was held out for the test, so no model can be right or wrong here.".to_owned(),
        n => format!("Held out, to test the models on ({n}): {}.", named(titles, n)),
    }
}

/// The films that choices were made on.
pub(crate) fn valid(titles: &[&str], n: usize) -> String {
    format!(
        "Held out, to choose settings on ({n}): {}. They are masked below, as the films learned from are.",
        named(titles, n)
    )
}

fn named(titles: &[&str], n: usize) -> String {
    let more = format!("{} more", grouped(n - titles.len()));
    let mut all = titles.to_vec();
    if n > titles.len() {
        all.push(&more);
    }
    listed(&all)
}

/// Teacher, student, student without a teacher.
pub(crate) const MODELS: [&str; 3] = ["Teacher", "Student", "Student without a teacher"];
pub(crate) const SHORT_MODELS: [&str; 3] = ["Teacher", "Student", "Without"];
/// What the model file's table calls them.
pub(crate) const ROWS: [&str; 3] = ["teacher", "student", "student-scratch"];
pub(crate) const HELD_OUT: &str = "held out";

pub(crate) const TOPS: &str = "Their first ten";

/// How good a list is for this person, and the mean over everyone.
pub(crate) fn quality(n_hits: usize, n_test: usize, ndcg: f64, mean: Option<f64>) -> String {
    let own = match n_test {
        0 => "Nothing to find".to_owned(),
        _ => format!("{n_hits} of {n_test} found; NDCG@10 {}", fixed(ndcg, 3)),
    };
    match mean {
        Some(mean) => format!("{own} (everyone: {})", fixed(mean, 3)),
        None => own,
    }
}

/// How many films two lists share.
pub(crate) fn agreement(pairs: &[(usize, usize, usize)]) -> String {
    let pair = |&(a, b, n): &(usize, usize, usize)| {
        format!("{} and {} share {n} of {N_COMPARED}", MODELS[a].to_ascii_lowercase(), MODELS[b].to_ascii_lowercase())
    };
    let pairs: Vec<String> = pairs.iter().map(pair).collect();
    let text = listed(&pairs.iter().map(String::as_str).collect::<Vec<_>>());
    format!("Agreement (overlap@10): {text}.")
}

pub(crate) const PLACES: &str = "Where each finds the held-out films";
pub(crate) const PLACES_HINT: &str = "Further to the left is better; each step is ten times as far down the list. A line joins \
    one film in all models. What stands left of the line at ten is found.";
pub(crate) const PLACES_CAPTION: &str = "The place of every held-out film among all films that are not masked";
pub(crate) const FILM: &str = "Film";

/// `1st`, `2nd`, `1,234th`.
pub(crate) fn ordinal(place: u32) -> String {
    let ending = match (place % 10, place % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{}{ending}", grouped(place as usize))
}

pub(crate) const SOFT_LABELS: &str = "What the teacher handed on";
pub(crate) const SOFT_LABELS_LEAD: &str = "A list of likes says of each film only yes or nothing. A teacher has an opinion on every \
    film, and turns it into shares that add up to 100 %. Divided by a temperature T first, the differences shrink: at T = 1 a few \
    films have most of it and the rest looks alike; at T = 10 nearly all have something, and the order among them becomes \
    large enough to learn from. That order among films nobody liked is called dark knowledge, the shares soft labels.";
pub(crate) const SOFT_LABELS_EQUATION: &str = "P = softmax(y / T), eq. 11";
pub(crate) const TEMPERATURE: &str = "Temperature T";
pub(crate) const TEMPERATURE_ENDS: (&str, &str) = ("1: sharp", "10: flat");
pub(crate) const STOP: &str = "Stop";

/// The two schedules that can be played.
pub(crate) fn play(from: f32, to: f32, is_published: bool) -> String {
    let whose = if is_published { "Play the paper’s annealing" } else { "Play this model’s" };
    format!("{whose}: T {} to {}", short(from), short(to))
}

fn short(value: f32) -> String {
    let text = fixed(value, 1);
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

/// A temperature in tenths.
pub(crate) fn temperature(tenths: u8) -> String {
    fixed(f64::from(tenths) / 10.0, 1)
}

/// The epoch that is played.
pub(crate) fn epoch(epoch: usize, n_epochs: usize, temperature: &str) -> String {
    format!("Epoch {epoch} of {n_epochs}: T = {temperature}")
}

/// What the soft labels at a temperature come to, for whoever does not see them move.
pub(crate) fn spread(tenths: u8, first: f32, effective: f64) -> String {
    format!(
        "At T = {} the teacher gives {} % to its first {N_BARS} films, and its shares are as uneven as if {} films shared everything \
         evenly.",
        temperature(tenths),
        percent(first),
        films(effective),
    )
}

pub(crate) const FIRST: &str = "Share of the first fifteen films";
pub(crate) const EFFECTIVE: &str = "Films, effectively: exp(H)";
pub(crate) const DIVERGENCE: &str = "Student from teacher: KL, in nats";
pub(crate) const DIVERGENCE_HINT: &str =
    "Kullback–Leibler divergence, 0 where both say the same: what the student learned to make small";

/// An effective number of films.
pub(crate) fn films(n: f64) -> String {
    if n < 10.0 { fixed(n, 1) } else { grouped((n + 0.5) as usize) }
}

/// A share, with as many places as tell something.
pub(crate) fn percent(share: f32) -> String {
    let percent = 100.0 * share;
    fixed(
        percent,
        if percent < 0.1 {
            3
        } else if percent < 10.0 {
            2
        } else {
            1
        },
    )
}

pub(crate) const LABELS_CAPTION: &str = "Shares in percent by teacher and student, over all films, the liked ones included, as in \
    training. The longest bar is the largest share of a film";

/// The bar of all films without one of their own.
pub(crate) fn all_others(n: usize) -> String {
    format!("All {} others together", grouped(n))
}

/// How the model that the page ships was taught.
pub(crate) fn taught(distil: &DistilConfig, [from, to]: [f32; 2]) -> String {
    let scale = if distil.logit_scale == 1.0 {
        String::new()
    } else {
        format!(
            " It was shown {} times the teacher’s standardised scores at T {} to {}, which is the same; the student’s are drawn on the \
             teacher’s scale here.",
            fixed(distil.logit_scale, 2),
            short(distil.temperature_max),
            short(distil.temperature_min),
        )
    };
    format!(
        "T falls while the student learns: T(e) = Tmax − (Tmax − Tmin) · min(1, e / E), eq. 12. The paper goes from 10 to 1 in 200 \
         epochs; this student learned at {} to {} over {} epochs.{scale}",
        short(from),
        short(to),
        distil.annealing_epochs,
    )
}

pub(crate) const GAMMA: &str = "Leaning on the teacher: γ";
pub(crate) const GAMMA_LEAD: &str = "While it learns, a student may borrow: its embeddings are mixed with the teacher’s, and the mixture is \
    scored. Z ← γ Z + (1 − γ) Zt, eq. 13. Move γ and see this person’s first ten go from the teacher’s embeddings to the \
    student’s. Here the score is the inner product of the mixed embeddings alone, without the student’s head and without the \
    teacher’s other channels, so the ends differ from the lists above.";
pub(crate) const GAMMA_ENDS: (&str, &str) = ("0: the teacher’s", "1: the student’s");
pub(crate) const GAMMA_TABLE: &str = "First ten by the mixture";

/// What gamma was.
pub(crate) fn gamma_used(distil: &DistilConfig) -> String {
    let own = match (distil.gamma >= 1.0, distil.gamma_epochs) {
        (true, _) => "This student was trained with γ = 1: nothing was mixed.".to_owned(),
        (false, 0) => format!("This student was trained with γ = {}.", fixed(distil.gamma, 2)),
        (false, n) => format!("This student was trained with γ from {} to 1 in {n} epochs.", fixed(distil.gamma, 2)),
    };
    format!("The paper takes γ = 0.5. {own} An answer never mixes anything: it would need the teacher.")
}

/// In whose list a film of the mixture is: at gamma 0, at gamma 1.
pub(crate) fn also_in(teacher: bool, student: bool) -> &'static str {
    match (teacher, student) {
        (true, true) => "in both",
        (true, false) => "the teacher’s",
        (false, true) => "the student’s",
        (false, false) => "only mixed",
    }
}

pub(crate) const CANNOT_MIX: &str =
    "This teacher has no embeddings of the student’s width, so that nothing can be mixed or compared.";

pub(crate) const ALPHA: &str = "Who counts as alike: α";
pub(crate) const ALPHA_LEAD: &str = "A contrast pulls a person’s two embeddings together and pushes other people away, the less the more alike they \
    are. Alike means two things, and α weighs them: the teacher’s embedding of this person against the student’s of the other, \
    and the places of both in the hypergraph, three steps out. S(u, v) = α cos(zt_u, zs_v) + (1 − α) cos(P_u, P_v), eq. 18. \
    The places P (positional features, eq. 17) come from the likes alone and hold no number of the student, so their part \
    only re-weights whom the student is pushed away from.";
pub(crate) const ALPHA_ENDS: (&str, &str) = ("0: places", "1: embeddings");
pub(crate) const ALPHA_TABLE: &str = "The people most alike";
pub(crate) const ALPHA_COLUMNS: [&str; 4] = ["S", "Embeddings", "Places", "Shared films"];
pub(crate) const PLACING: &str = "Finding everyone’s place in the hypergraph …";

/// What alpha was.
pub(crate) fn alpha_used(distil: &DistilConfig) -> String {
    format!(
        "The paper takes α = 0.5, K = 3 steps and β = 0.5; this model’s file says α = {}, K = {}, β = {}. The contrasts count in training \
         only, and in the preset “tuned” they have no weight (λ2 = λ3 = 0); the preset “paper” gives them 1.",
        fixed(distil.alpha, 2),
        distil.n_hops,
        fixed(distil.beta, 2),
    )
}

/// What a slider from 0 to 100 stands for.
pub(crate) fn share(percent: u8) -> String {
    fixed(f64::from(percent) / 100.0, 2)
}

/// One of the most alike, for whoever does not see the table.
pub(crate) fn most_alike(first: Option<&Similar>, alpha: u8) -> String {
    match first {
        Some(first) => {
            format!(
                "At α = {} {} is most alike, S = {}.",
                share(alpha),
                person(first.user_idx),
                fixed(first.similarity, 3)
            )
        }
        None => String::new(),
    }
}

/// The first of the mixture, likewise.
pub(crate) fn mixed_first(title: &str, n_teacher: usize, n_student: usize, gamma: u8) -> String {
    format!(
        "At γ = {} {title} comes first; {n_teacher} of the ten are also in the list at γ = 0, {n_student} in that at γ = 1.",
        share(gamma)
    )
}
