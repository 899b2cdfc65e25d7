//! A hundred megabytes of reviews are loaded and encoded without ever being in memory. Alone in its process, so that the
//! peak is its own.

#![cfg(target_os = "linux")]
use std::cell::Cell;
use std::path::Path;

use native_trainer::data::{DataChoice, Dataset, SplitChoice, load};
use native_trainer::memory::peak_bytes;
use native_trainer::synthetic::{INTERACTIONS_FILE, Recipe};
use native_trainer::text::{TextEncoder, TextError, TextFeatures};

/// The length of a text, and what it was asked.
#[derive(Default)]
struct Lengths {
    most_at_once: Cell<usize>,
    bytes: Cell<usize>,
}

impl TextEncoder for Lengths {
    fn name(&self) -> String {
        "lengths".to_owned()
    }

    fn dim(&self) -> usize {
        1
    }

    fn identity(&self) -> Option<[u8; 32]> {
        None
    }

    fn encode_with(&self, documents: &[String], _done: &(dyn Fn(usize) + Sync)) -> Result<Vec<f32>, TextError> {
        self.most_at_once.set(self.most_at_once.get().max(documents.len()));
        self.bytes.set(self.bytes.get() + documents.iter().map(String::len).sum::<usize>());
        Ok(documents.iter().map(|document| document.len() as f32).collect())
    }
}

fn read(folder: &Path) -> Dataset {
    let data = Some(folder.join(INTERACTIONS_FILE));
    load(&DataChoice { data, split: Some(SplitChoice::Random), ..DataChoice::default() }).unwrap()
}

#[test]
fn a_hundred_megabytes_of_reviews_are_never_in_memory() {
    let made = Recipe::new(9000, 6000, 180_000, 5).generate().unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    made.write(folders[0].path(), false, || ()).unwrap();
    let text_bytes = made.write(folders[1].path(), true, || ()).unwrap().text_bytes;
    assert!(text_bytes > 90_000_000, "{text_bytes}");
    drop(made);
    // The same interactions without a word first: what a process has taken is its peak from then on.
    assert!(read(folders[0].path()).reviews.is_empty());
    let before = peak_bytes().unwrap();
    let data = read(folders[1].path());
    let encoder = Lengths::default();
    let features = TextFeatures::with(&data, &encoder).unwrap();
    let more = peak_bytes().unwrap() - before;
    assert!(more < text_bytes / 3, "{more} bytes more for {text_bytes} bytes of reviews");
    // All of them were read all the same: four fifths are of training likes.
    assert_eq!(data.reviews.len(), data.train.n_memberships());
    assert!(encoder.bytes.get() as f64 > 0.7 * text_bytes as f64 && encoder.most_at_once.get() <= 4096);
    // The mean over the reviews of a user, in any order.
    let of_first: Vec<f32> = data
        .reviews
        .iter()
        .map(Result::unwrap)
        .take_while(|read| read.user == 0)
        .map(|read| read.text.len() as f32)
        .collect();
    let mean = of_first.iter().sum::<f32>() / of_first.len() as f32;
    assert!((features.users[0] - mean).abs() < 0.1 && of_first.len() == data.train.node_degree(0));
}
