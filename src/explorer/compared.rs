//! One person of the data before three models: everything of a comparison that does not move with a slider.

use super::comparison::{Answer, SoftLabelBars, cosines, interpolated_logits, nearest};
use crate::bundle::HeldOut;
use crate::student::Student;
use crate::teacher::{DistilConfig, Positional, Teacher, kl, soft_labels, standardize};

/// How many films have a bar of their own among the soft labels.
pub const N_BARS: usize = 15;

/// Fewer held-out films say little of a model.
const N_TELLING: usize = 5;

/// The models of one comparison.
#[derive(Debug, Clone, Copy)]
pub struct Compare<'a> {
    /// The teacher.
    pub teacher: &'a Teacher,
    /// The student that it taught.
    pub student: &'a Student,
    /// The student without a teacher, where it is there.
    pub scratch: Option<&'a Student>,
    /// What was held out, where that is known.
    pub held_out: Option<&'a HeldOut>,
    /// How the student was taught.
    pub distil: &'a DistilConfig,
}

/// What the models say to one person.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Compared {
    /// The person.
    pub user_idx: u32,
    /// Films that all models were trained on, ascending.
    pub liked: Vec<u32>,
    /// Films that choices were made on, ascending.
    pub valid: Vec<u32>,
    /// Films that are reported on, ascending.
    pub test: Vec<u32>,
    /// Of the teacher, the student, and the student without a teacher where it is there.
    pub answers: Vec<Answer>,
    /// Teacher's and student's logits on the teacher's scale, `[n_items]` each.
    logits: [Vec<f32>; 2],
}

impl<'a> Compare<'a> {
    /// What they say to a person of the data.
    ///
    /// # Panics
    /// There is no such person.
    pub fn person(&self, user_idx: u32) -> Compared {
        let node = user_idx as usize;
        let liked = self.teacher.incidence().hyperedges_of(node).to_vec();
        let [valid, test] = match self.held_out {
            Some(HeldOut { valid, test }) => [valid, test].map(|part| part.hyperedges_of(node).to_vec()),
            None => [Vec::new(), Vec::new()],
        };
        let student_logits = |student: &Student| student.logits_of(student.user_emb(node));
        let mut logits = vec![self.teacher.logits(node), student_logits(self.student)];
        logits.extend(self.scratch.map(student_logits));
        let answers = logits.iter().map(|logits| Answer::new(logits, &[&liked, &valid], &test)).collect();
        let mut logits = logits.into_iter();
        let mut next = || logits.next().unwrap_or_default();
        let logits = self.on_teachers_scale([next(), next()]);
        Compared { user_idx, liked, valid, test, answers, logits }
    }

    /// The student was shown `logit_scale` times the teacher's logits, so its own are divided by that: one temperature then
    /// means the same for both, `logit_scale` times as much in training.
    fn on_teachers_scale(&self, [mut teacher, mut student]: [Vec<f32>; 2]) -> [Vec<f32>; 2] {
        if self.distil.standardize {
            standardize(&mut teacher);
        }
        if self.distil.logit_scale > 0.0 {
            student.iter_mut().for_each(|logit| *logit /= self.distil.logit_scale);
        }
        [teacher, student]
    }

    /// The temperatures that training began and ended with, on the same scale.
    pub fn trained_at(&self) -> [f32; 2] {
        let scale = if self.distil.logit_scale > 0.0 { self.distil.logit_scale } else { 1.0 };
        [self.distil.temperature_max, self.distil.temperature_min].map(|temperature| temperature / scale)
    }

    /// Whether both have embeddings, and of one width: only those can be mixed or compared.
    pub fn can_mix(&self) -> bool {
        !self.teacher.item_emb().is_empty() && self.teacher.config().emb_dim == self.student.config().emb_dim
    }

    /// Logits by the inner products of the mixed embeddings (eq. 13), where they can be mixed; gamma 1 is the student.
    pub fn interpolated(&self, user_idx: u32, gamma: f32) -> Option<Vec<f32>> {
        let user = [self.student.user_emb(user_idx as usize), self.teacher.user_emb(user_idx as usize)];
        let items = [self.student.item_emb(), self.teacher.item_emb()];
        self.can_mix().then(|| interpolated_logits(user, items, gamma))
    }

    /// `cos(z_t_u, z_s_v)` of a person u with everyone, `[n_users]`, where they can be compared.
    pub fn embedding_cosines(&self, user_idx: u32) -> Option<Vec<f32>> {
        let of_teacher = self.teacher.user_emb(user_idx as usize);
        self.can_mix().then(|| cosines(of_teacher, self.student.all_user_emb()))
    }

    /// Whose embedding is nearest to a visitor's, among those of whom five films or more are held out; of equal ones
    /// the first.
    pub fn nearest(&self, visitor_emb: &[f32]) -> Option<u32> {
        let is_telling = |user_idx: u32| {
            self.held_out.is_none_or(|held_out| held_out.test.node_degree(user_idx as usize) >= N_TELLING)
        };
        nearest(visitor_emb, self.student.all_user_emb(), &is_telling)
    }
}

impl Compared {
    /// The films' soft labels by teacher and student at a temperature (eq. 11), and the divergence of the student's from the
    /// teacher's.
    pub fn soft_labels(&self, temperature: f32) -> (SoftLabelBars, f64) {
        let [teacher, student] = [&self.logits[0], &self.logits[1]].map(|logits| soft_labels(logits, temperature));
        (SoftLabelBars::new(&teacher, &student, N_BARS), kl(&teacher, &student))
    }
}

/// `P_v` (eq. 17) of everyone, made a few rows at a time.
#[derive(Debug, Clone)]
pub struct Positions<'a> {
    positional: Positional<'a>,
    n_users: usize,
    rows: Vec<f32>,
}

impl<'a> Positions<'a> {
    /// None yet, of the users of the teacher's hypergraph.
    pub fn new(teacher: &'a Teacher, distil: &DistilConfig) -> Self {
        let incidence = teacher.incidence();
        let positional = Positional::new(incidence, distil.n_hops, distil.beta as f32);
        Self { positional, n_users: incidence.n_nodes(), rows: Vec::new() }
    }

    /// Makes some more; whether there are still others.
    pub fn make(&mut self, n_rows: usize) -> bool {
        let n_made = self.rows.len() / self.n_users.max(1);
        for user_idx in n_made..self.n_users.min(n_made + n_rows) {
            self.rows.extend(self.positional.features(user_idx));
        }
        self.rows.len() < self.n_users * self.n_users
    }

    /// All of them, `[n_users, n_users]`.
    pub fn into_rows(self) -> Vec<f32> {
        self.rows
    }
}
