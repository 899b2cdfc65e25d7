//! The paths from the films of a shelf through people to a recommended film, with the weight of every hop. The student is
//! one matrix product and a light head, so a score is a sum of them, without a rest:
//!
//! `z_v . z_i = sum_j sum_u A_vj <(XW)_j, (XW)_u> A_ui + sum_j A_vj <(XW)_j, (XW)_i> A_ii`, film j, person u who likes film i,
//! and `w2 . relu(W_u z_v + C_i) + b2 = sum_j A_vj <(XW)_j, g> + (w2 on . C_i + b2)` with `g = W_u^T (w2 on)`, where `on` says
//! which hidden units are above zero for this visitor and this film: there the light MLP is linear.

use crate::hypergraph::Incidence;
use crate::ranking::{reordered, sorted_indices};
use crate::student::{PreparedRequest, Student, cpu};

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    /// A film of the shelf, with its weight `A_vj`: negative where a dislike counts against what is like it.
    Film {
        /// The film.
        item_idx: u32,
        /// `A_vj = w_j / sqrt(d_v d_j)`.
        weight: f64,
    },
    /// The films of the shelf that have no line of their own.
    Others {
        /// How many.
        n_films: usize,
    },
    /// The recommended film's own part: whoever asks, it is the same.
    Own,
}

/// What a path goes through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Channel {
    /// A person who likes the film: a hyperedge that holds it.
    Person {
        /// The person.
        user_idx: u32,
        /// `A_ui = 1 / sqrt(d_u d_i)`.
        weight: f64,
        /// How many liked films of the shelf this person likes, too.
        n_shared: usize,
    },
    /// The people who have no line of their own, in two groups.
    Others {
        /// How many.
        n_people: usize,
        /// Whether they like something of the shelf, too.
        is_shared: bool,
    },
    /// The film's self-loop.
    SelfLoop {
        /// `A_ii = 1 / d_i`.
        weight: f64,
    },
    /// The light MLP.
    Hidden {
        /// Units above zero, for this visitor and this film.
        n_on: usize,
        /// All units.
        n_units: usize,
    },
}

/// How much is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathLimits {
    /// Sources that are films at most, the rest among them.
    pub films: usize,
    /// People at most; where there are more, one fewer and the groups of the others.
    pub people: usize,
}

/// A score, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths {
    /// Where paths begin: films with the strongest first, the other films, the film's own part.
    pub sources: Vec<Source>,
    /// What they go through: people with those first who link what is liked with the film, the others, the film's
    /// self-loop, the light MLP.
    pub channels: Vec<Channel>,
    /// `[n_sources, n_channels]`: what each path adds to the logit.
    pub parts: Vec<f64>,
    /// `[n_sources, n_channels]`: `<(XW)_j, (XW)_u>`, the middle hop from a film through a person or the self-loop; 0 elsewhere.
    pub hops: Vec<f64>,
    /// `[n_sources, n_channels]`: whether the path is that of a person who likes the film where it begins, too.
    pub is_shared: Vec<bool>,
    /// The logit, as the student computes it: the sum of the parts, to the precision of its numbers.
    pub logit: f32,
    /// `novelty p_i`: what the request's novelty takes off.
    pub novelty: f32,
}

impl Paths {
    /// What a source adds, through all channels.
    pub fn of_source(&self, source: usize) -> f64 {
        self.parts.chunks_exact(self.channels.len()).nth(source).unwrap_or_default().iter().sum()
    }

    /// What comes through a channel, from all sources.
    pub fn of_channel(&self, channel: usize) -> f64 {
        self.parts.iter().skip(channel).step_by(self.channels.len()).sum()
    }

    /// The score by which the film is ranked.
    pub fn score(&self) -> f32 {
        self.logit - self.novelty
    }
}

/// A film of the shelf, or several: `sum A_vj (XW)_j`.
struct Pull {
    source: Source,
    xs: Vec<f64>,
}

/// Takes the score of `item_idx` for a prepared request apart; `None` for an item out of range.
pub fn paths(
    student: &Student,
    incidence: &Incidence,
    prepared: &PreparedRequest,
    item_idx: u32,
    limits: PathLimits,
) -> Option<Paths> {
    let config = student.config();
    let (place, d) = (item_idx as usize, config.emb_dim);
    if place >= config.n_items {
        return None;
    }
    let degrees = student.graph().inv_sqrt_degree();
    let xw = |node_idx: usize| &student.xw()[node_idx * d..][..d];
    let item_node = config.n_users + place;

    // The visitor, as the stages compute it, to know which units are on.
    let (mut user_emb, mut user_hidden) = (vec![0.0; d], vec![0.0; config.hidden_dim]);
    let (memberships, visitor) = (&prepared.memberships, prepared.visitor_inv_sqrt_degree);
    cpu::fold_in(memberships, student.graph().item_inv_sqrt_degree(), student.item_xw(), visitor, &mut user_emb);
    cpu::user_half(&user_emb, &student.head().user_weight, &mut user_hidden);
    let (gradient, own, n_on) = linear_head(student, &user_hidden, place);
    let has_dot = config.head.has_dot();
    let item_emb = &student.item_emb()[place * d..][..d];

    let pull = |membership: &cpu::Membership| {
        let node_idx = config.n_users + membership.item_idx as usize;
        let weight = f64::from(membership.weight) * f64::from(visitor) * f64::from(degrees[node_idx]);
        let xs = xw(node_idx).iter().map(|&x| weight * f64::from(x)).collect();
        Pull { source: Source::Film { item_idx: membership.item_idx, weight }, xs }
    };
    let strength = |pull: &Pull| {
        let by_dot = if has_dot { dot(&pull.xs, item_emb) } else { 0.0 };
        (by_dot + wide_dot(&pull.xs, &gradient)).abs()
    };
    let pulls = strongest(memberships.iter().map(pull).collect(), &strength, limits.films);

    let members = if has_dot { incidence.members_of(place) } else { &[] };
    let mut is_liked = vec![false; config.n_items];
    for membership in memberships.iter().filter(|membership| membership.weight > 0.0) {
        is_liked[membership.item_idx as usize] = membership.item_idx != item_idx;
    }
    let n_shared = |user_idx: u32| {
        incidence.hyperedges_of(user_idx as usize).iter().filter(|&&liked| is_liked[liked as usize]).count()
    };
    let (people, other_people) = people(student, incidence, members, &pulls, item_node, limits.people);
    let (linked, unlinked): (Vec<u32>, Vec<u32>) =
        other_people.into_iter().partition(|&user_idx| n_shared(user_idx) > 0);

    let mut channels: Vec<Channel> = people
        .iter()
        .map(|&(user_idx, weight)| Channel::Person { user_idx, weight, n_shared: n_shared(user_idx) })
        .collect();
    let mut groups = Vec::new();
    for (people, is_shared) in [(&linked, true), (&unlinked, false)] {
        if !people.is_empty() {
            channels.push(Channel::Others { n_people: people.len(), is_shared });
            let mut sum = vec![0.0; d];
            for &user_idx in people {
                let weight = f64::from(degrees[user_idx as usize]) * f64::from(degrees[item_node]);
                add(&mut sum, weight, xw(user_idx as usize));
            }
            groups.push((is_shared, sum));
        }
    }
    if has_dot {
        channels.push(Channel::SelfLoop { weight: f64::from(degrees[item_node]) * f64::from(degrees[item_node]) });
    }
    channels.push(Channel::Hidden { n_on, n_units: config.hidden_dim });

    let n_sources = pulls.len() + 1;
    let (mut parts, mut hops, mut is_shared) = (Vec::new(), Vec::new(), Vec::new());
    for pull in &pulls {
        for &channel in &channels {
            let through = |node_idx: usize, weight: f64| (dot(&pull.xs, xw(node_idx)) * weight, node_idx);
            let (part, node_idx) = match channel {
                Channel::Person { user_idx, weight, .. } => through(user_idx as usize, weight),
                Channel::SelfLoop { weight } => through(item_node, weight),
                Channel::Others { is_shared, .. } => {
                    let group = groups.iter().find(|(of_shared, _)| *of_shared == is_shared);
                    (group.map_or(0.0, |(_, sum)| wide_dot(&pull.xs, sum)), 0)
                }
                Channel::Hidden { .. } => (wide_dot(&pull.xs, &gradient), 0),
            };
            let is_one = matches!(channel, Channel::Person { .. } | Channel::SelfLoop { .. });
            parts.push(part);
            hops.push(match pull.source {
                Source::Film { item_idx, .. } if is_one => xw(config.n_users + item_idx as usize)
                    .iter()
                    .zip(xw(node_idx))
                    .map(|(&a, &b)| f64::from(a) * f64::from(b))
                    .sum(),
                _ => 0.0,
            });
            is_shared.push(match (pull.source, channel) {
                (Source::Film { item_idx, .. }, Channel::Person { user_idx, .. }) => {
                    incidence.contains(user_idx, item_idx)
                }
                _ => false,
            });
        }
    }
    // The last channel is the head, and the last source goes through nothing else.
    parts.resize(n_sources * channels.len(), 0.0);
    hops.resize(parts.len(), 0.0);
    is_shared.resize(parts.len(), false);
    if let Some(last) = parts.last_mut() {
        *last = own;
    }
    let sources = pulls.iter().map(|pull| pull.source).chain([Source::Own]).collect();
    let logit = student.logit_of(&user_emb, item_idx);
    let novelty = prepared.novelty * student.popularity()[place];
    Some(Paths { sources, channels, parts, hops, is_shared, logit, novelty })
}

/// The light MLP around one pair, where it is linear: `g`, the part that does not depend on the visitor, units above zero.
fn linear_head(student: &Student, user_hidden: &[f32], item_idx: usize) -> (Vec<f64>, f64, usize) {
    let (d, hidden_dim) = (student.config().emb_dim, student.config().hidden_dim);
    let head = student.head();
    let item_hidden = &student.item_hidden()[item_idx * hidden_dim..][..hidden_dim];
    let (mut gradient, mut own, mut n_on) = (vec![0.0; d], f64::from(head.output_bias), 0);
    for (unit, (&a, &c)) in user_hidden.iter().zip(item_hidden).enumerate() {
        if a + c > 0.0 {
            let weight = f64::from(head.output_weight[unit]);
            add(&mut gradient, weight, &head.user_weight[unit * d..][..d]);
            own += weight * f64::from(c);
            n_on += 1;
        }
    }
    (gradient, own, n_on)
}

/// All, or the strongest and the sum of the rest.
fn strongest(pulls: Vec<Pull>, strength: &dyn Fn(&Pull) -> f64, limit: usize) -> Vec<Pull> {
    let strengths: Vec<f64> = pulls.iter().map(strength).collect();
    let order = sorted_indices(pulls.len(), &|a, b| strengths[b].total_cmp(&strengths[a]));
    let mut pulls = reordered(pulls, &order);
    if pulls.len() > limit {
        let rest = pulls.split_off(limit.saturating_sub(1));
        let n_films = rest.len();
        let sum = rest.into_iter().map(|pull| pull.xs).reduce(|mut sum, xs| {
            sum.iter_mut().zip(&xs).for_each(|(sum, x)| *sum += x);
            sum
        });
        pulls.extend(sum.map(|xs| Pull { source: Source::Others { n_films }, xs }));
    }
    pulls
}

/// The people through whom most comes, with their weights `A_ui`: first by what they tie together themselves, as likers of
/// both films, then by all that comes through them. And the others.
fn people(
    student: &Student,
    incidence: &Incidence,
    members: &[u32],
    pulls: &[Pull],
    item_node: usize,
    limit: usize,
) -> (Vec<(u32, f64)>, Vec<u32>) {
    let (d, degrees) = (student.config().emb_dim, student.graph().inv_sqrt_degree());
    let weight = |user_idx: u32| f64::from(degrees[user_idx as usize]) * f64::from(degrees[item_node]);
    let strength = |&user_idx: &u32| {
        let mut by = [0.0; 2];
        for pull in pulls {
            let part = (weight(user_idx) * dot(&pull.xs, &student.xw()[user_idx as usize * d..][..d])).abs();
            by[1] += part;
            if matches!(pull.source, Source::Film { item_idx, .. } if incidence.contains(user_idx, item_idx)) {
                by[0] += part;
            }
        }
        by
    };
    let strengths: Vec<[f64; 2]> = members.iter().map(strength).collect();
    let order = sorted_indices(members.len(), &|a, b| {
        let (a, b) = (strengths[a], strengths[b]);
        b[0].total_cmp(&a[0]).then(b[1].total_cmp(&a[1]))
    });
    let mut people = reordered(members.to_vec(), &order);
    let others = people.split_off(if people.len() > limit { limit.saturating_sub(1) } else { people.len() });
    (people.into_iter().map(|user_idx| (user_idx, weight(user_idx))).collect(), others)
}

/// Inner product.
fn dot(xs: &[f64], ys: &[f32]) -> f64 {
    xs.iter().zip(ys).map(|(x, &y)| x * f64::from(y)).sum()
}

/// `sum += scale * xs`.
fn add(sum: &mut [f64], scale: f64, xs: &[f32]) {
    sum.iter_mut().zip(xs).for_each(|(sum, &x)| *sum += scale * f64::from(x));
}

/// Inner product of two sums.
fn wide_dot(xs: &[f64], ys: &[f64]) -> f64 {
    xs.iter().zip(ys).map(|(x, y)| x * y).sum()
}
