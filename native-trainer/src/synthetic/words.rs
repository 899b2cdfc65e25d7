//! What a user writes about an item: words of a language that does not exist, by Zipf's law, some of them peculiar to the
//! item's community. As long as reviews are, so that sizes are realistic.

use rand_chacha::ChaCha8Rng;

use crate::rng;

const ONSETS: [&str; 16] = ["b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr"];
const NUCLEI: [&str; 7] = ["a", "e", "i", "o", "u", "ea", "ou"];
const CODAS: [&str; 8] = ["", "", "", "n", "r", "s", "l", "nd"];
/// Words that everybody uses, and words of a community.
const N_COMMON: usize = 3000;
const N_OF_COMMUNITY: usize = 200;
/// How many of ten words are of the community.
const TENTHS_OF_COMMUNITY: u32 = 3;
/// A review has at least so many words, and `MORE_WORDS` more on average.
const LEAST_WORDS: f64 = 20.0;
const MORE_WORDS: f64 = 70.0;
const MOST_WORDS: f64 = 600.0;

/// The words, common ones first, each list from the most frequent on.
#[derive(Debug, Clone)]
pub struct Lexicon {
    seed: u64,
    common: Vec<String>,
    of_communities: Vec<Vec<String>>,
}

impl Lexicon {
    /// Invents the words.
    pub fn new(seed: u64, n_communities: usize) -> Self {
        let words = |purpose: &str, n: usize| -> Vec<String> {
            let mut rng = rng::stream(seed, &format!("synthetic.words.{purpose}"));
            (0..n).map(|rank| word(&mut rng, rank)).collect()
        };
        let of_communities = (0..n_communities).map(|at| words(&at.to_string(), N_OF_COMMUNITY)).collect();
        Self { seed, common: words("common", N_COMMON), of_communities }
    }

    /// The review of a pair; it follows from the pair alone, so that reviews can be made one by one.
    pub fn review(&self, user: u32, item: u32, community: u16) -> String {
        let mut rng = rng::stream(self.seed, &format!("synthetic.review.{user}.{item}"));
        let more = -MORE_WORDS * (1.0 - f64::from(rng::uniform(&mut rng))).ln();
        let n_words = (LEAST_WORDS + more).min(MOST_WORDS) as usize;
        let of_community = &self.of_communities[usize::from(community) % self.of_communities.len()];
        let mut text = String::with_capacity(n_words * 7);
        let mut left = 0;
        for at in 0..n_words {
            let list = if rng::below(&mut rng, 10) < TENTHS_OF_COMMUNITY { of_community } else { &self.common };
            let word = &list[zipf(&mut rng, list.len())];
            if left == 0 {
                text.push_str(if at > 0 { ". " } else { "" });
                text.extend(word.chars().take(1).map(|first| first.to_ascii_uppercase()));
                text.push_str(&word[1..]);
                left = 6 + rng::below(&mut rng, 12);
            } else {
                text.push(' ');
                text.push_str(word);
            }
            left -= 1;
        }
        text.push('.');
        text
    }
}

/// Rank `r` from 0 with a chance of about `1 / (r + 1)`.
fn zipf(rng: &mut ChaCha8Rng, n: usize) -> usize {
    ((n as f32 + 1.0).powf(rng::uniform(rng)) as usize).clamp(1, n) - 1
}

/// Frequent words are short.
fn word(rng: &mut ChaCha8Rng, rank: usize) -> String {
    let n_syllables = if rank < 60 { 1 } else { 2 + rng::below(rng, 2) as usize };
    let mut pick = |from: &[&'static str]| from[rng::below(rng, from.len() as u32) as usize];
    (0..n_syllables).flat_map(|_| [pick(&ONSETS), pick(&NUCLEI), pick(&CODAS)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reviews_are_as_long_as_reviews_and_of_their_community() {
        let lexicon = Lexicon::new(3, 4);
        let texts: Vec<String> = (0..2000).map(|user| lexicon.review(user, 7, 2)).collect();
        let n_words = texts.iter().map(|text| text.split(' ').count()).sum::<usize>() as f64 / 2000.0;
        assert!((85.0..95.0).contains(&n_words), "{n_words} words a review");
        assert!(texts.iter().all(|text| text.is_ascii() && !text.contains(['"', ',', '\n'])));
        assert_eq!(texts[5], Lexicon::new(3, 4).review(5, 7, 2));
        assert_ne!(texts[5], Lexicon::new(4, 4).review(5, 7, 2));
        let frequent = |community: usize| &lexicon.of_communities[community][0];
        let n_of =
            |word: &str| texts.iter().flat_map(|text| text.split([' ', '.'])).filter(|&said| said == word).count();
        assert!(n_of(frequent(2)) > 10 * n_of(frequent(1)).max(1), "{} {}", n_of(frequent(2)), n_of(frequent(1)));
    }
}
