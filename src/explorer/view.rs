//! How the visitor looks at things: what may be recommended, what counts more, how many, and what is in the centre.

use crate::catalogue::Filter;

/// How many recommendations are shown at first, and how many more at a time.
pub const N_AT_A_TIME: usize = 10;

/// What the visitor has set, the shelf aside. It goes into links and answers the question "what do I see?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// What may be recommended.
    pub filter: Filter,
    /// How much what few have liked is preferred, 0 to 100.
    pub novelty: u8,
    /// How much films that are unlike each other are preferred, 0 to 100.
    pub diversity: u8,
    /// How many recommendations are shown.
    pub n_shown: usize,
    /// What stands in the centre of the drawing, if the visitor has chosen it.
    pub centre: Option<Centre>,
}

impl Default for View {
    fn default() -> Self {
        Self { filter: Filter::default(), novelty: 0, diversity: 0, n_shown: N_AT_A_TIME, centre: None }
    }
}

impl View {
    /// Whether the list is another one than without any setting.
    pub fn is_tuned(&self) -> bool {
        !self.filter.is_empty() || self.novelty > 0 || self.diversity > 0
    }

    /// Everything that changes the list, as at first.
    pub fn untune(&mut self) {
        *self = Self { n_shown: self.n_shown, centre: self.centre.take(), ..Self::default() };
    }
}

/// The centre of the drawing by the data set's own names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Centre {
    /// The visitor.
    You,
    /// A person of the data, by index.
    Person(u32),
    /// A film, by the data set's name.
    Item(String),
}
