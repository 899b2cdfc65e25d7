//! Memory: what a training will take, what the machine has, and what a process has taken.
//!
//! | file | what it is |
//! |---|---|
//! | `machine` | limits and peaks, as the system tells them |
//! | `estimate` | bytes of each model's training, from sizes and settings |
//! | `check` | the two compared before anything is trained, and what to change |

mod check;
mod estimate;
mod machine;

pub use check::{Expected, TooLarge, check, estimate};
pub use estimate::{Estimate, Part, Sizes, When, of_ease, of_embeddings, of_student, of_teacher};
pub use machine::{Available, available, peak_bytes, reset_peak, resident_bytes};

/// In words: GB of 10^9 bytes, or MB below one.
pub fn in_words(bytes: u64) -> String {
    let bytes = bytes as f64;
    if bytes >= 1e9 { format!("{:.1} GB", bytes / 1e9) } else { format!("{:.0} MB", (bytes / 1e6).max(1.0)) }
}
