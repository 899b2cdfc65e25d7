//! Losses over a sample of the items. Over all of them a step costs users times items, which no large catalogue affords;
//! over a sample it costs users times the sample, and an epoch grows with the data as the convolution does.
//!
//! Half of a step's items are those of likes drawn at random, so that an item comes as often as it is liked; the other
//! half are drawn evenly. All users of a step have the same sample. Both softmaxes of the soft labels run over it, and
//! the hard labels are the likes within it.

use std::sync::Arc;

use candle_core::Result;
use sharp_distill::hypergraph::Incidence;

use crate::rng;

/// The items of a step.
#[derive(Debug, Clone)]
pub(super) struct SampledItems {
    /// Ascending, each once.
    pub(super) items: Vec<u32>,
}

impl SampledItems {
    /// About `n` of the items of `train`: fewer where one is drawn twice. None where all of them are no more.
    pub(super) fn draw(seed: u64, (epoch, step): (usize, usize), train: &Incidence, n: usize) -> Option<Self> {
        let (n_items, n_likes) = (train.n_hyperedges(), train.n_memberships());
        if n == 0 || n >= n_items {
            return None;
        }
        let mut rng = rng::stream(seed, &format!("student.items.{epoch}.{step}"));
        let likes = train.by_node().indices();
        let n_liked = if n_likes == 0 { 0 } else { n / 2 };
        let mut items: Vec<u32> = (0..n_liked).map(|_| likes[rng::below(&mut rng, n_likes as u32) as usize]).collect();
        items.extend((n_liked..n).map(|_| rng::below(&mut rng, n_items as u32)));
        items.sort_unstable();
        items.dedup();
        Some(Self { items })
    }

    /// Where an item stands in the sample.
    pub(super) fn place_of(&self, item: u32) -> Option<u32> {
        self.items.binary_search(&item).ok().map(|place| place as u32)
    }

    /// The likes of some users within the sample: row `i` are those of `users[i]`, items by their place.
    pub(super) fn likes(&self, train: &Incidence, users: &[u32]) -> Result<Arc<Incidence>> {
        let of_user = |(row, &user): (usize, &u32)| {
            let items = train.hyperedges_of(user as usize).iter();
            items.filter_map(|&item| Some((row as u32, self.place_of(item)?))).collect::<Vec<_>>()
        };
        let likes = users.iter().enumerate().flat_map(of_user);
        let likes = Incidence::from_memberships(users.len(), self.items.len(), likes);
        likes.map(Arc::new).map_err(candle_core::Error::wrap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Item 0 is liked by 90 of 100 users, the others by one each.
    fn train() -> Incidence {
        Incidence::from_memberships(100, 50, (0..100).map(|user| (user, if user < 90 { 0 } else { user - 60 })))
            .unwrap()
    }

    #[test]
    fn half_of_a_sample_follows_the_likes_and_half_is_even() {
        let (mut liked, mut others) = (0, vec![0; 50]);
        for step in 0..400 {
            let sample = SampledItems::draw(1, (0, step), &train(), 8).unwrap();
            assert!(sample.items.windows(2).all(|pair| pair[0] < pair[1]) && sample.items.len() <= 8);
            liked += usize::from(sample.place_of(0) == Some(0));
            sample.items.iter().for_each(|&item| others[item as usize] += 1);
        }
        assert!(liked >= 399, "item 0 is among four liked ones but once in ten thousand: {liked}");
        // Items 1 to 29 are liked by nobody: four even draws of 50 reach each in 7.8 % of the steps, 31 of 400.
        assert!((1..30).all(|item| (10..60).contains(&others[item])), "{others:?}");
        assert!(
            SampledItems::draw(1, (0, 0), &train(), 50).is_none()
                && SampledItems::draw(1, (0, 0), &train(), 0).is_none()
        );
    }

    #[test]
    fn likes_are_those_within_the_sample_by_their_place() {
        let train = Incidence::from_memberships(3, 6, [(0, 1), (0, 4), (1, 2), (2, 4), (2, 5)]).unwrap();
        let sample = SampledItems { items: vec![1, 4, 5] };
        let likes = sample.likes(&train, &[2, 1, 0]).unwrap();
        assert_eq!(likes.memberships().collect::<Vec<_>>(), [(0, 1), (0, 2), (2, 0), (2, 1)]);
    }
}
