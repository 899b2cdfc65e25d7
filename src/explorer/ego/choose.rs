//! Which hyperedges and which of their members are shown.

use super::lens::{Hyperedge, Lens, standing};
use super::{Ego, Role, Shown, Vertex};
use crate::ranking::{reordered, sorted_indices};

/// How much is shown around the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Hyperedges at most.
    pub hyperedges: usize,
    /// Members at most, the centre aside.
    pub members: usize,
}

/// What a selection is made around.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// What stands in the centre.
    pub centre: Vertex,
    /// Members whose own hyperedges are shown, too, in the order in which they were opened.
    pub expanded: &'a [Vertex],
    /// What is shown wherever the centre is.
    pub pinned: &'a [Vertex],
    /// Whether members of the same shown hyperedges are shown as one; then all of them are counted, not a choice.
    pub collapses_twins: bool,
    /// How much is shown beside `expanded` and `pinned`.
    pub limits: Limits,
}

impl Wish<'_> {
    /// Hyperedges that opening a member adds.
    pub const OPENED_HYPEREDGES: usize = 2;
    /// Members that each of those brings.
    pub const OPENED_MEMBERS: usize = 3;
    /// With everything opened and pinned, never more hyperedges than this.
    pub const MOST_HYPEREDGES: usize = 14;
    /// Nor more nodes, the centre aside.
    pub const MOST_NODES: usize = 24;

    /// A centre and nothing else.
    pub fn around(centre: Vertex, limits: Limits) -> Self {
        Self { centre, expanded: &[], pinned: &[], collapses_twins: false, limits }
    }
}

/// Chooses what is shown around the centre. What is opened or pinned adds to that and takes nothing away.
pub fn ego(lens: &Lens<'_>, wish: &Wish<'_>) -> Ego {
    let Wish { centre, limits, .. } = *wish;
    let is_node = |vertex: Vertex| vertex.is_item() == centre.is_item();
    let wanted = |things: &[Vertex], as_nodes: bool| -> Vec<Vertex> {
        things.iter().copied().filter(|&it| it != centre && lens.has(it) && is_node(it) == as_nodes).collect()
    };
    let opened = wanted(wish.expanded, true);
    let (pinned_nodes, pinned_hyperedges) = (wanted(wish.pinned, true), wanted(wish.pinned, false));

    let mut hyperedges = lens.hyperedges(centre);
    let n_hyperedges = hyperedges.len();
    hyperedges.truncate(limits.hyperedges);
    let n_around = hyperedges.len();
    for &node in &opened {
        let mut others = lens.hyperedges(node);
        others.retain(|other| hyperedges.iter().all(|shown| shown.vertex != other.vertex));
        others.truncate(Wish::OPENED_HYPEREDGES);
        hyperedges.extend(others);
    }
    for vertex in pinned_hyperedges {
        if hyperedges.iter().all(|shown| shown.vertex != vertex) {
            hyperedges.push(lens.hyperedge(vertex));
        }
    }
    hyperedges.truncate(Wish::MOST_HYPEREDGES.max(n_around));

    let mut nodes = vec![lens.shown(centre)];
    let candidates = candidates(lens, centre, &hyperedges);
    let n_members = candidates.len();
    // Those of the centre's own hyperedges as if there were no others, so that opening something moves nothing away.
    let chosen: Vec<Shown> = if wish.collapses_twins {
        let apart: Vec<Vertex> = opened.iter().chain(&pinned_nodes).copied().collect();
        classes(lens, candidates, &apart, limits.members)
    } else {
        let around = if n_around == hyperedges.len() {
            candidates
        } else {
            self::candidates(lens, centre, &hyperedges[..n_around])
        };
        choose_members(around, n_around, limits.members).into_iter().map(|vertex| lens.shown(vertex)).collect()
    };
    nodes.extend(chosen);
    let most = Wish::MOST_NODES.max(limits.members) + 1;
    let mut add = |vertex: Vertex| {
        if nodes.len() < most && nodes.iter().all(|shown| shown.vertex != vertex && !shown.twins.contains(&vertex)) {
            nodes.push(lens.shown(vertex));
        }
    };
    opened.into_iter().chain(pinned_nodes).for_each(&mut add);
    if !wish.collapses_twins {
        for hyperedge in &hyperedges[n_around..] {
            let best = self::candidates(lens, centre, std::slice::from_ref(hyperedge));
            best.iter().take(Wish::OPENED_MEMBERS).for_each(|member| add(member.vertex));
        }
    }

    let members = |hyperedge: &Hyperedge| {
        (0..nodes.len()).filter(|&place| hyperedge.members.binary_search(&nodes[place].vertex).is_ok()).collect()
    };
    let members = hyperedges.iter().map(members).collect();
    let hyperedges = hyperedges.iter().map(|hyperedge| lens.shown(hyperedge.vertex)).collect();
    Ego { nodes, hyperedges, members, is_dual: false, n_hyperedges, n_members }
}

/// Someone or something that could be shown.
struct Candidate {
    vertex: Vertex,
    role: Role,
    /// Places of its hyperedges among the shown ones, ascending.
    holders: Vec<usize>,
    /// Smaller is shown first among equals: films that many know, people who like few (what they share says more).
    rank: (usize, Vertex),
}

/// Which members of the shown hyperedges are shown.
///
/// Two thirds at most go to what the visitor knows: the shelf and the recommendations. Then come a few that are
/// shared by many of the hyperedges, each in its own way; then the hyperedges take turns, the emptiest first, with
/// something that they share with one other, so that the drawing shows differences and not only what all have.
fn choose_members(candidates: Vec<Candidate>, n_hyperedges: usize, limit: usize) -> Vec<Vertex> {
    let (for_others, for_shared) = (limit / 3, limit / 5);
    let is_known = |candidate: &Candidate| candidate.vertex == Vertex::You || candidate.role != Role::Other;
    let (mut chosen, mut others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(is_known);
    chosen.truncate(limit - for_others);

    let mut ways: Vec<Vec<usize>> = Vec::new();
    let mut place = 0;
    while ways.len() < for_shared && chosen.len() < limit && place < others.len() {
        if others[place].holders.len() > 1 && !ways.contains(&others[place].holders) {
            ways.push(others[place].holders.clone());
            chosen.push(others.remove(place));
        } else {
            place += 1;
        }
    }

    while chosen.len() < limit && !others.is_empty() {
        let filled = |hyperedge: usize| chosen.iter().filter(|shown| shown.holders.contains(&hyperedge)).count();
        let has_more = |hyperedge: &usize| others.iter().any(|other| other.holders.contains(hyperedge));
        let emptiest = (0..n_hyperedges).filter(has_more).min_by_key(|&hyperedge| (filled(hyperedge), hyperedge));
        let best = emptiest.and_then(|hyperedge| {
            let held = (0..others.len()).filter(|&place| others[place].holders.contains(&hyperedge));
            held.min_by_key(|&place| (others[place].holders.len().abs_diff(2), others[place].rank))
        });
        match best {
            Some(place) => chosen.push(others.remove(place)),
            None => break,
        }
    }
    chosen.into_iter().map(|candidate| candidate.vertex).collect()
}

/// All members as few: those of exactly the same hyperedges are one, called by the one most worth showing. What the
/// visitor knows comes first, then the larger groups. `apart` are left for themselves.
fn classes(lens: &Lens<'_>, candidates: Vec<Candidate>, apart: &[Vertex], limit: usize) -> Vec<Shown> {
    let mut classes: Vec<(Candidate, Vec<Vertex>)> = Vec::new();
    for candidate in candidates.into_iter().filter(|candidate| !apart.contains(&candidate.vertex)) {
        match classes.iter_mut().find(|(first, _)| first.holders == candidate.holders) {
            Some((_, twins)) => twins.push(candidate.vertex),
            None => classes.push((candidate, Vec::new())),
        }
    }
    let order = sorted_indices(classes.len(), &|a, b| {
        let worth = |place: usize| (standing(classes[place].0.role), classes[place].1.len());
        worth(b).cmp(&worth(a))
    });
    let classes = reordered(classes, &order).into_iter().take(limit);
    classes.map(|(first, twins)| Shown { twins, ..lens.shown(first.vertex) }).collect()
}

/// All members of the shown hyperedges, those worth showing first.
fn candidates(lens: &Lens<'_>, centre: Vertex, hyperedges: &[Hyperedge]) -> Vec<Candidate> {
    let all: Vec<(Vertex, usize)> = (0..)
        .zip(hyperedges)
        .flat_map(|(place, hyperedge)| hyperedge.members.iter().map(move |&member| (member, place)))
        .filter(|(member, _)| *member != centre)
        .collect();
    let all = reordered(all.clone(), &sorted_indices(all.len(), &|a, b| all[a].cmp(&all[b])));
    let rank = |vertex: Vertex| match vertex {
        Vertex::You => (0, vertex),
        Vertex::Person(user_idx) => (lens.incidence.node_degree(user_idx as usize), vertex),
        Vertex::Item(item_idx) => (usize::MAX - lens.incidence.hyperedge_degree(item_idx as usize), vertex),
    };
    let candidates: Vec<Candidate> = all
        .chunk_by(|a, b| a.0 == b.0)
        .map(|same| {
            let vertex = same[0].0;
            let holders = same.iter().map(|(_, place)| *place).collect();
            Candidate { vertex, role: lens.role(vertex), holders, rank: rank(vertex) }
        })
        .collect();
    let first = |place: usize| {
        let candidate = &candidates[place];
        (candidate.vertex == Vertex::You, standing(candidate.role), candidate.holders.len())
    };
    let order = sorted_indices(candidates.len(), &|a, b| {
        first(b).cmp(&first(a)).then(candidates[a].rank.cmp(&candidates[b].rank))
    });
    reordered(candidates, &order)
}
