//! Words and pairs of neighbouring words, hashed into a vector (Weinberger et al., "Feature hashing for large scale
//! multitask learning", ICML 2009), weighted by their rarity: the simplest encoder, and what a better one has to beat.

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest, Sha256};
use sharp_distill::catalogue::words;

use super::{Documents, TextEncoder, TextError};

/// Hashes words into `dim` places with signs.
#[derive(Debug, Clone, Copy)]
pub struct HashingEncoder {
    dim: usize,
}

impl HashingEncoder {
    /// With vectors of `dim` numbers, at least 1.
    pub fn new(dim: usize) -> Self {
        Self { dim: dim.max(1) }
    }
}

/// Number and sign of a term: SHA-256, so the same on every machine.
fn digest_of(term: &str) -> (u64, f32) {
    let hash = Sha256::digest(term.as_bytes());
    let number = hash[..8].iter().fold(0u64, |number, &byte| number << 8 | u64::from(byte));
    (number, if hash[8] % 2 == 0 { 1.0 } else { -1.0 })
}

/// How often each term stands in a document. In the order of the terms, so that sums have a fixed order.
fn terms(document: &str) -> BTreeMap<String, f32> {
    let words: Vec<String> = words(document).into_iter().collect();
    let pairs = words.windows(2).map(|pair| format!("{} {}", pair[0], pair[1]));
    let mut terms = BTreeMap::new();
    words.iter().cloned().chain(pairs).for_each(|term| *terms.entry(term).or_insert(0.0) += 1.0);
    terms
}

impl TextEncoder for HashingEncoder {
    fn name(&self) -> String {
        format!("hashing-{}", self.dim)
    }

    fn dim(&self) -> usize {
        self.dim
    }

    /// The weight of a term depends on the other documents.
    fn identity(&self) -> Option<[u8; 32]> {
        None
    }

    fn fitted(&self, documents: &mut Documents<'_>) -> Result<Option<Box<dyn TextEncoder>>, TextError> {
        let mut rarity = Rarity::default();
        for document in documents {
            rarity.see(&document.map_err(|reason| TextError::Kept { reason })?);
        }
        Ok(Some(Box::new(FittedHashing { hashing: *self, rarity })))
    }

    fn encode_with(&self, documents: &[String], done: &(dyn Fn(usize) + Sync)) -> Result<Vec<f32>, TextError> {
        let mut rarity = Rarity::default();
        documents.iter().for_each(|document| rarity.see(document));
        FittedHashing { hashing: *self, rarity }.encode_with(documents, done)
    }
}

/// In how many different documents each term stands; no text is kept.
#[derive(Debug, Default)]
struct Rarity {
    seen: HashSet<[u8; 16]>,
    /// By the digest of the term: pairs of words are many.
    n_documents_with: HashMap<u64, f32>,
}

impl Rarity {
    /// One more document; one that was seen counts once.
    fn see(&mut self, document: &str) {
        let mut digest = [0; 16];
        digest.copy_from_slice(&Sha256::digest(document.as_bytes())[..16]);
        if self.seen.insert(digest) {
            for term in terms(document).into_keys() {
                *self.n_documents_with.entry(digest_of(&term).0).or_insert(0.0) += 1.0;
            }
        }
    }

    fn of(&self, term: u64) -> f32 {
        (self.seen.len() as f32 / self.n_documents_with.get(&term).copied().unwrap_or(1.0)).ln() + 1.0
    }
}

/// The encoder once it has seen all documents.
#[derive(Debug)]
struct FittedHashing {
    hashing: HashingEncoder,
    rarity: Rarity,
}

impl TextEncoder for FittedHashing {
    fn name(&self) -> String {
        self.hashing.name()
    }

    fn dim(&self) -> usize {
        self.hashing.dim
    }

    fn identity(&self) -> Option<[u8; 32]> {
        None
    }

    fn encode_with(&self, documents: &[String], _done: &(dyn Fn(usize) + Sync)) -> Result<Vec<f32>, TextError> {
        let mut vectors = vec![0.0f32; documents.len() * self.dim()];
        for (document, vector) in documents.iter().zip(vectors.chunks_exact_mut(self.dim())) {
            for (term, count) in terms(document) {
                let (digest, sign) = digest_of(&term);
                vector[(digest % self.dim() as u64) as usize] += sign * (1.0 + count.ln()) * self.rarity.of(digest);
            }
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            if length > 0.0 {
                vector.iter_mut().for_each(|x| *x /= length);
            }
        }
        Ok(vectors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_documents_are_near_and_every_vector_has_length_one_or_zero() {
        let documents = ["Alien (1979). Horror, Sci-Fi", "Aliens (1986). Horror, Sci-Fi", "Emma (1996). Romance", " "];
        let vectors = HashingEncoder::new(512).encode(&documents.map(str::to_owned)).unwrap();
        let row = |at: usize| &vectors[at * 512..][..512];
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        assert!((dot(row(0), row(0)) - 1.0).abs() < 1e-5);
        assert!(dot(row(0), row(1)) > 0.2 && dot(row(0), row(2)).abs() < 0.1);
        assert_eq!(dot(row(3), row(3)), 0.0);
    }
}
