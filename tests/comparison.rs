//! Teacher and students beside each other: the parts worked by hand, then on the shipped model.

use std::path::Path;

use sharp_distill::bundle::{Bundle, ExplorerBundle};
use sharp_distill::explorer::{
    Answer, Compare, Positions, SoftLabel, SoftLabelBars, cosines, interpolated, interpolated_logits, most_similar,
    n_effective, nearest, on_log_axis,
};
use sharp_distill::ranking::items_of;
use sharp_distill::student::Student;
use sharp_distill::teacher::{Positional, Teacher, cosine, similarity, soft_labels};

/// Films 0 to 5 with logits 9 8 7 7 1 0; films 0 and 4 are the person's own. The rest stands as 1, 2, 3, 5 (a tie goes
/// to the lower index). Held out are 3 and 5: places 3 and 4. NDCG@10: (1/log2(4) + 1/log2(5)) / (1 + 1/log2(3)) =
/// 0.930677 / 1.630930 = 0.570642.
#[test]
fn held_out_films_are_found_behind_what_is_not_masked() {
    let answer = Answer::new(&[9.0, 8.0, 7.0, 7.0, 1.0, 0.0], &[&[0], &[4]], &[3, 5]);
    assert_eq!(items_of(&answer.top), [1, 2, 3, 5]);
    assert_eq!(answer.places, [3, 4]);
    assert!((answer.ndcg - 0.570_642).abs() < 1e-6, "{}", answer.ndcg);
}

/// Twelve films in order: the eleventh and the twelfth are behind the ten that count.
#[test]
fn a_film_behind_the_tenth_place_has_a_place_and_no_gain() {
    let logits: Vec<f32> = (0..12).map(|item_idx| -(item_idx as f32)).collect();
    let answer = Answer::new(&logits, &[], &[11]);
    assert_eq!((answer.top.len(), answer.places.as_slice(), answer.ndcg), (10, [12].as_slice(), 0.0));
    let none = Answer::new(&logits, &[], &[]);
    assert_eq!((none.places.len(), none.ndcg), (0, 0.0));
}

#[test]
fn overlap_counts_films_that_both_have() {
    let of = |logits: &[f32]| Answer::new(logits, &[], &[]);
    let logits: Vec<f32> = (0..12).map(|item_idx| item_idx as f32).collect();
    let reversed: Vec<f32> = logits.iter().rev().copied().collect();
    // 11 to 2 and 0 to 9: eight of them in both.
    assert_eq!(of(&logits).overlap(&of(&reversed)), 8);
    assert_eq!(of(&logits).overlap(&of(&logits)), 10);
}

/// ln 1 = 0, ln 10 / ln 100 = 1/2.
#[test]
fn places_stand_on_an_axis_of_logarithms() {
    assert_eq!([1, 10, 100].map(|place| on_log_axis(place, 100)), [0.0, 0.5, 1.0]);
    assert_eq!(on_log_axis(1, 1), 0.0);
}

/// Eight films share 1/8 each: exp(H) = 8. Half, a quarter, a quarter: H = 1.5 ln 2, exp(H) = 2^1.5 = 2.828427.
#[test]
fn effective_films_are_those_of_an_even_spread() {
    assert!((n_effective(&[0.125; 8]) - 8.0).abs() < 1e-9);
    assert!((n_effective(&[0.5, 0.25, 0.25, 0.0]) - 2.828_427).abs() < 1e-6);
    assert_eq!(n_effective(&[1.0, 0.0]), 1.0);
}

#[test]
fn soft_labels_are_the_first_films_and_the_rest_in_one() {
    let bars = SoftLabelBars::new(&[0.125, 0.5, 0.25, 0.125], &[0.5, 0.25, 0.125, 0.125], 2);
    let shown = [SoftLabel { item_idx: 1, labels: [0.5, 0.25] }, SoftLabel { item_idx: 2, labels: [0.25, 0.125] }];
    assert_eq!(bars.shown, shown);
    assert_eq!((bars.n_others, bars.others, bars.largest()), (2, [0.25, 0.625], 0.5));
    // Teacher: H = 0.5 ln 2 + 0.25 ln 4 + 0.25 ln 8 = 1.75 ln 2; the student has the same four numbers.
    assert!(bars.n_effective.iter().all(|n| (n - 2.0f64.powf(1.75)).abs() < 1e-6), "{:?}", bars.n_effective);
}

/// User: student (1, 0), teacher (0, 1). Items: student (2, 0) and (0, 2), teacher (0, 1) and (3, 0).
/// gamma 1: 2, 0. gamma 0: 1, 0. gamma 1/2: user (1/2, 1/2); items (1, 1/2), (3/2, 1): 3/4, 5/4.
#[test]
fn a_mixture_moves_from_the_teacher_to_the_student() {
    let logits =
        |gamma| interpolated_logits([&[1.0, 0.0], &[0.0, 1.0]], [&[2.0, 0.0, 0.0, 2.0], &[0.0, 1.0, 3.0, 0.0]], gamma);
    assert_eq!(logits(1.0), [2.0, 0.0]);
    assert_eq!(logits(0.0), [1.0, 0.0]);
    assert_eq!(logits(0.5), [0.75, 1.25]);
    assert_eq!(interpolated(&[4.0], &[0.0], 0.75), [3.0]);
}

#[test]
fn cosines_know_no_length() {
    assert_eq!(cosines(&[3.0, 4.0], &[6.0, 8.0, -4.0, 3.0, 0.0, 0.0]), [1.0, 0.0, 0.0]);
    assert_eq!(cosines(&[0.0, 0.0], &[1.0, 0.0]), [0.0]);
    let rows = [1.0, 0.0, 2.0, 2.0, 1.0, 1.0];
    assert_eq!(nearest(&[1.0, 1.0], &rows, &|_| true), Some(1), "the first of equal ones");
    assert_eq!(nearest(&[1.0, 1.0], &rows, &|row| row != 1), Some(2));
    assert_eq!(nearest(&[1.0], &[], &|_| true), None);
}

/// Person 0 among 0 to 3. alpha 1: by embeddings 2 (0.75), 1 (0.5), 3 (0.25). alpha 0: by positions 3, 1, 2.
/// alpha 1/2: 3 and 1 are 0.5 and 0.5, and 2 is 0.375; equal ones by index.
#[test]
fn alpha_moves_from_positions_to_embeddings() {
    let cosines: [&[f32]; 2] = [&[1.0, 0.5, 0.75, 0.25], &[1.0, 0.5, 0.0, 0.75]];
    let order =
        |alpha| -> Vec<u32> { most_similar(0, cosines, alpha, 3).iter().map(|similar| similar.user_idx).collect() };
    assert_eq!(order(1.0), [2, 1, 3]);
    assert_eq!(order(0.0), [3, 1, 2]);
    assert_eq!(order(0.5), [1, 3, 2]);
    let first = most_similar(0, cosines, 0.5, 1);
    assert_eq!((first[0].similarity, first[0].cosines), (0.5, [0.5, 0.5]));
}

/// The models of the committed files.
struct Shipped {
    model: Bundle,
    file: ExplorerBundle,
    teacher: Teacher,
    student: Student,
    scratch: Student,
}

impl Shipped {
    fn new() -> Self {
        let read = |name| std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name)).unwrap();
        let model = Bundle::read(&read("model.safetensors")).unwrap();
        let file = ExplorerBundle::read(&read("explorer.safetensors"), &model).unwrap();
        let (config, weights) = file.teacher.clone().unwrap();
        let teacher = Teacher::new(config, weights, &model.incidence).unwrap();
        let student = |weights| Student::new(model.config.clone(), weights, &model.incidence);
        let (scratch, student) = (student(file.scratch.as_ref().unwrap()), student(&model.weights));
        Self { teacher, student, scratch, model, file }
    }

    fn compare(&self) -> Compare<'_> {
        let held_out = self.file.held_out.as_ref();
        let Self { teacher, student, scratch, file, .. } = self;
        Compare { teacher, student, scratch: Some(scratch), held_out, distil: &file.distil }
    }
}

fn near(a: f64, b: f64, tolerance: f64, what: &str) {
    assert!((a - b).abs() <= tolerance, "{what}: {a} and {b}");
}

/// What the page shows of single people adds up to the model file's table, for all three models.
#[test]
fn the_means_of_all_people_are_those_of_the_table() {
    let shipped = Shipped::new();
    let compare = shipped.compare();
    let people: Vec<_> = (0..shipped.model.config.n_users as u32).map(|user_idx| compare.person(user_idx)).collect();
    let counted: Vec<_> = people.iter().filter(|person| !person.test.is_empty()).collect();
    for (at, row) in ["teacher", "student", "student-scratch"].into_iter().enumerate() {
        let mean = counted.iter().map(|person| person.answers[at].ndcg).sum::<f64>() / counted.len() as f64;
        let reported = shipped.model.provenance.results.iter().find(|other| other.model == row).unwrap();
        // Both files hold parameters in 16 bits; a place or two may change by that.
        near(mean, reported.at_10.ndcg, 5e-4, row);
    }
    for person in people {
        let node = person.user_idx as usize;
        assert_eq!(person.liked, shipped.model.incidence.hyperedges_of(node));
        for answer in &person.answers {
            assert_eq!(answer.top.len(), 10);
            let own = |item_idx| person.liked.contains(item_idx) || person.valid.contains(item_idx);
            assert!(items_of(&answer.top).iter().all(|item_idx| !own(item_idx)), "person {node}");
            // A place among the first ten is that of the list.
            for (film, &place) in person.test.iter().zip(&answer.places) {
                let at = answer.top.iter().position(|ranked| ranked.item_idx == *film);
                assert_eq!(at.map(|at| at as u32 + 1), (place <= 10).then_some(place), "person {node}");
            }
        }
    }
}

/// The slider's temperature is that of training, divided by what the teacher's logits were multiplied by: the labels at
/// both ends of training are those that training computes (eq. 11).
#[test]
fn soft_labels_are_those_of_training() {
    let shipped = Shipped::new();
    let (compare, distil) = (shipped.compare(), &shipped.file.distil);
    let user_idx = 38;
    let person = compare.person(user_idx);
    let mut shown = shipped.teacher.logits(user_idx as usize);
    distil.soften(&mut shown);
    let own = shipped.student.logits_of(shipped.student.user_emb(user_idx as usize));
    for (temperature, trained_at) in
        compare.trained_at().into_iter().zip([distil.temperature_max, distil.temperature_min])
    {
        let (bars, kl) = person.soft_labels(temperature);
        let (teacher, student) = (soft_labels(&shown, trained_at), soft_labels(&own, trained_at));
        for label in &bars.shown {
            let at = label.item_idx as usize;
            near(label.labels[0].into(), teacher[at].into(), 1e-6, "teacher");
            near(label.labels[1].into(), student[at].into(), 1e-6, "student");
        }
        near(kl, sharp_distill::teacher::kl(&teacher, &student), 1e-5, "divergence");
        near(bars.n_effective[0], n_effective(&teacher), 0.05, "effective films");
    }
}

/// Dark knowledge appears with the heat: ever more films share, and the first fifteen have ever less.
#[test]
fn heat_spreads_the_shares_of_everybody() {
    let shipped = Shipped::new();
    let compare = shipped.compare();
    for user_idx in [0, 38, 300, 662] {
        let person = compare.person(user_idx);
        let bars: Vec<_> = [1.0, 2.0, 4.0, 7.0, 10.0].iter().map(|&t| person.soft_labels(t).0).collect();
        for (colder, hotter) in bars.iter().zip(&bars[1..]) {
            assert!(colder.n_effective[0] < hotter.n_effective[0] && colder.n_effective[1] < hotter.n_effective[1]);
            assert!(colder.others[0] < hotter.others[0]);
            assert_eq!(items(colder), items(hotter), "the order stays");
        }
        for bars in bars {
            let sum: f32 = bars.shown.iter().map(|label| label.labels[0]).sum();
            near((sum + bars.others[0]).into(), 1.0, 1e-5, "all shares");
            assert_eq!(bars.shown.len() + bars.n_others, shipped.model.config.n_items);
        }
    }
}

fn items(bars: &SoftLabelBars) -> Vec<u32> {
    bars.shown.iter().map(|label| label.item_idx).collect()
}

/// At gamma 0 the mixture is the teacher's deep channel, which scores by the inner product, and at 1 the student's.
#[test]
fn the_ends_of_the_mixture_are_both_models_embeddings() {
    let shipped = Shipped::new();
    let compare = shipped.compare();
    let user_idx = 7;
    let deep = shipped.teacher.deep_logits(user_idx).unwrap();
    let mixed = compare.interpolated(user_idx as u32, 0.0).unwrap();
    assert!(deep.iter().zip(&mixed).all(|(deep, mixed)| (deep - mixed).abs() < 1e-4));
    let d = shipped.model.config.emb_dim;
    let of_student = compare.interpolated(user_idx as u32, 1.0).unwrap();
    let user_emb = shipped.student.user_emb(user_idx);
    for (item_emb, logit) in shipped.student.item_emb().chunks_exact(d).zip(of_student) {
        let product: f32 = user_emb.iter().zip(item_emb).map(|(a, b)| a * b).sum();
        near(product.into(), logit.into(), 1e-4, "inner product");
    }
}

/// S of the page is S of training (eq. 18), and P that of eq. 17, however the rows are made.
#[test]
fn likeness_is_that_of_the_contrast() {
    let shipped = Shipped::new();
    let (compare, distil) = (shipped.compare(), &shipped.file.distil);
    let n_users = shipped.model.config.n_users;
    let mut positions = Positions::new(&shipped.teacher, distil);
    while positions.make(100) {}
    let rows = positions.into_rows();
    assert_eq!(rows.len(), n_users * n_users);
    let positional = Positional::new(&shipped.model.incidence, distil.n_hops, distil.beta as f32);
    let user_idx = 42;
    let of_positions = cosines(&rows[user_idx * n_users..][..n_users], &rows);
    let of_embeddings = compare.embedding_cosines(user_idx as u32).unwrap();
    for similar in most_similar(user_idx as u32, [&of_embeddings, &of_positions], 0.5, 10) {
        let other = similar.user_idx as usize;
        assert_ne!(other, user_idx);
        let emb = cosine(shipped.teacher.user_emb(user_idx), shipped.student.user_emb(other));
        let expected = similarity(0.5, emb, positional.cosine(user_idx, other));
        near(similar.similarity.into(), expected.into(), 1e-5, "S");
    }
}

#[test]
fn nobody_is_nearer_than_oneself() {
    let shipped = Shipped::new();
    let compare = shipped.compare();
    let person = (0..).find(|&user_idx| compare.person(user_idx).test.len() >= 5).unwrap();
    assert_eq!(compare.nearest(shipped.student.user_emb(person as usize)), Some(person));
}
