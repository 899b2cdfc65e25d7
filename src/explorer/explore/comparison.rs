//! Whom teacher and students are compared on, and how.

use crate::explorer::link::bytes::{percent, put, take};

/// The state of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComparisonState {
    /// A person of the data, by index; without one, whom the view starts with.
    pub person: Option<u32>,
    /// The temperature of the soft labels, in tenths: 10 to 100.
    pub temperature: u8,
    /// The student's share of the mixed embeddings (eq. 13), in percent.
    pub gamma: u8,
    /// The embeddings' share of a similarity (eq. 18), in percent.
    pub alpha: u8,
}

impl Default for ComparisonState {
    /// The numbers of the paper, and the temperature at its end.
    fn default() -> Self {
        Self { person: None, temperature: Self::COLDEST, gamma: 50, alpha: 50 }
    }
}

impl ComparisonState {
    /// The lowest temperature, 1, in tenths.
    pub const COLDEST: u8 = 10;
    /// The highest, 10.
    pub const HOTTEST: u8 = 100;

    pub(in crate::explorer) fn write(&self, bytes: &mut Vec<u8>) {
        put(bytes, self.person.map_or(0, |user_idx| u64::from(user_idx) + 1));
        put(bytes, self.temperature.into());
        put(bytes, self.gamma.into());
        put(bytes, self.alpha.into());
    }

    /// `None` where the bytes end too early, or say what cannot be.
    pub(in crate::explorer) fn read(&mut self, bytes: &mut &[u8]) -> Option<()> {
        self.person = take(bytes)?.checked_sub(1).map(u32::try_from).transpose().ok()?;
        self.temperature = percent(take(bytes)?).filter(|tenths| *tenths >= Self::COLDEST)?;
        self.gamma = percent(take(bytes)?)?;
        self.alpha = percent(take(bytes)?)?;
        Some(())
    }
}
