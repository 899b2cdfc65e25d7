//! Who meets whom: every interaction of a user is a stub, and so is every one of an item; stubs are joined at random,
//! most of them within a community. Twice the same pair, or a stray stub that leads home, is drawn again.

use rand_chacha::ChaCha8Rng;

use super::degrees::{apportion, weights};
use super::{LEAST_DEGREE, MOST_OF_COMMUNITY, Recipe, Synthetic};
use crate::rng;

/// Draws before an interaction is given up.
const N_TRIES: usize = 64;

pub(super) fn generate(recipe: &Recipe) -> Synthetic {
    let Recipe { n_users, n_items, n_interactions, n_communities, in_community, seed, .. } = *recipe;
    let stream = |purpose: &str| rng::stream(seed, &format!("synthetic.{purpose}"));
    let user_community = communities(&mut stream("users"), n_users, n_communities);
    let item_community = communities(&mut stream("items"), n_items, n_communities);
    // Nobody strays where there is no elsewhere.
    let in_community = if n_communities == 1 { 1.0 } else { in_community };
    // At most half of what there is inside, and half of what there is elsewhere.
    let most = |n_others: usize| {
        let inside = n_others as f64 / n_communities as f64 * MOST_OF_COMMUNITY;
        let outside = n_others as f64 * MOST_OF_COMMUNITY - inside;
        let bound = |room: f64, share: f64| if share > 0.0 { room / share } else { f64::INFINITY };
        bound(inside, in_community).min(bound(outside, 1.0 - in_community)).ceil() as usize
    };
    let least = |n: usize| LEAST_DEGREE.min(n_interactions / (2 * n)).max(1);
    let user_weights = weights(&mut stream("user degrees"), n_users, recipe.user_exponent);
    let user_degrees = apportion(&user_weights, n_interactions, least(n_users), most(n_items));
    let n_inside = shares_inside(&mut stream("inside"), &user_degrees, in_community);
    // Items have as many stubs in a community as its users ask for, and of those that stray as many as others.
    let (mut inside, mut n_members) = (vec![0usize; n_communities], vec![0usize; n_communities]);
    user_community.iter().zip(&n_inside).for_each(|(&community, n)| inside[usize::from(community)] += n);
    item_community.iter().for_each(|&community| n_members[usize::from(community)] += 1);
    let n_stray = user_degrees.iter().sum::<usize>() - inside.iter().sum::<usize>();
    let item_weights = weights(&mut stream("item degrees"), n_items, recipe.item_exponent);
    let mut stray = Vec::with_capacity(n_stray);
    let mut pools = Vec::with_capacity(n_communities);
    let mut rng = stream("stubs");
    let (mut items_before, mut stray_before) = (0, 0);
    for community in 0..n_communities {
        items_before += n_members[community];
        let stray_upto = n_stray * items_before / n_items;
        let n_stubs = inside[community] + stray_upto - stray_before;
        stray_before = stray_upto;
        let mut stubs = item_stubs(&item_community, community, &item_weights, n_stubs, least(n_items), most(n_users));
        rng::shuffle(&mut rng, &mut stubs);
        let kept = inside[community].min(stubs.len());
        stray.extend_from_slice(&stubs[kept..]);
        stubs.truncate(kept);
        pools.push(stubs);
    }
    let mut wiring = Wiring { rng: stream("wiring"), item_community: &item_community, taken: vec![0; n_items] };
    let mut pairs = Vec::with_capacity(n_interactions);
    // Who has most goes first: at the end few different items are left.
    let mut order: Vec<u32> = (0..n_users as u32).collect();
    order.sort_by_key(|&user| (std::cmp::Reverse(user_degrees[user as usize]), user));
    for user in order {
        let home = user_community[user as usize];
        let n_home = n_inside[user as usize];
        for nth in 0..user_degrees[user as usize] {
            let pool = if nth < n_home { &mut pools[usize::from(home)] } else { &mut stray };
            if let Some(item) = wiring.draw(user, pool, (nth >= n_home).then_some(home)) {
                pairs.push((user, item));
            }
        }
    }
    pairs.sort_unstable();
    Synthetic { recipe: recipe.clone(), pairs, user_community, item_community }
}

/// Communities of equal size; ids say nothing about them.
fn communities(rng: &mut ChaCha8Rng, n: usize, n_communities: usize) -> Vec<u16> {
    let mut communities: Vec<u16> = (0..n).map(|at| (at % n_communities) as u16).collect();
    rng::shuffle(rng, &mut communities);
    communities
}

/// How many of each user's interactions stay inside: the share, rounded up or down at random.
fn shares_inside(rng: &mut ChaCha8Rng, degrees: &[usize], share: f64) -> Vec<usize> {
    let round = |degree: &usize| ((*degree as f64 * share + f64::from(rng::uniform(rng))) as usize).min(*degree);
    degrees.iter().map(round).collect()
}

/// Every item of a community as often as it has interactions.
fn item_stubs(
    item_community: &[u16],
    community: usize,
    weights: &[f64],
    n_stubs: usize,
    least: usize,
    most: usize,
) -> Vec<u32> {
    let is_member = |item: &usize| usize::from(item_community[*item]) == community;
    let members: Vec<usize> = (0..item_community.len()).filter(is_member).collect();
    let of_members: Vec<f64> = members.iter().map(|&item| weights[item]).collect();
    let degrees = apportion(&of_members, n_stubs, least, most);
    members.iter().zip(degrees).flat_map(|(&item, degree)| std::iter::repeat_n(item as u32, degree)).collect()
}

struct Wiring<'a> {
    rng: ChaCha8Rng,
    item_community: &'a [u16],
    /// Per item the last user that it was joined to, from 1.
    taken: Vec<u32>,
}

impl Wiring<'_> {
    /// Takes an item out of a pool that the user has not got yet, and that does not lie at home, where that is said.
    fn draw(&mut self, user: u32, pool: &mut Vec<u32>, not_at: Option<u16>) -> Option<u32> {
        for _ in 0..N_TRIES {
            if pool.is_empty() {
                return None;
            }
            let place = rng::below(&mut self.rng, pool.len() as u32) as usize;
            let item = pool[place];
            let is_home = not_at == Some(self.item_community[item as usize]);
            if self.taken[item as usize] != user + 1 && !is_home {
                self.taken[item as usize] = user + 1;
                pool.swap_remove(place);
                return Some(item);
            }
        }
        None
    }
}
