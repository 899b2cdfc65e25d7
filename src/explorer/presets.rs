//! Tastes to start from: real films, found in whatever catalogue is there by title and year.

use crate::catalogue::{Catalogue, words};

/// A taste to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// What its button says.
    pub name: &'static str,
    films: &'static [(&'static str, u16)],
}

/// The tastes on offer; a first visit starts with the first.
pub const PRESETS: [Preset; 6] = [
    Preset {
        name: "Mind-benders",
        films: &[
            ("The Matrix", 1999),
            ("Inception", 2010),
            ("Memento", 2000),
            ("Eternal Sunshine of the Spotless Mind", 2004),
            ("Twelve Monkeys", 1995),
        ],
    },
    Preset {
        name: "Animated worlds",
        films: &[
            ("Toy Story", 1995),
            ("Spirited Away", 2001),
            ("Finding Nemo", 2003),
            ("The Lion King", 1994),
            ("WALL·E", 2008),
        ],
    },
    Preset {
        name: "Crime with wit",
        films: &[
            ("Pulp Fiction", 1994),
            ("Fargo", 1996),
            ("Snatch", 2000),
            ("The Big Lebowski", 1998),
            ("Reservoir Dogs", 1992),
        ],
    },
    Preset {
        name: "Great adventures",
        films: &[
            ("Raiders of the Lost Ark", 1981),
            ("Star Wars: Episode IV - A New Hope", 1977),
            ("Back to the Future", 1985),
            ("Jurassic Park", 1993),
            ("The Princess Bride", 1987),
        ],
    },
    Preset {
        name: "Golden age",
        films: &[
            ("Casablanca", 1942),
            ("Rear Window", 1954),
            ("Citizen Kane", 1941),
            ("12 Angry Men", 1957),
            ("Some Like It Hot", 1959),
        ],
    },
    Preset {
        name: "Tender hearts",
        films: &[
            ("Amelie", 2001),
            ("Lost in Translation", 2003),
            ("Before Sunrise", 1995),
            ("Sense and Sensibility", 1995),
            ("Little Miss Sunshine", 2006),
        ],
    },
];

impl Preset {
    /// Its films in this catalogue; those that are not in it are left out.
    pub fn find(&self, catalogue: &Catalogue) -> Vec<u32> {
        let place = |&(title, year): &(&str, u16)| {
            let wanted = folded(title);
            let found = catalogue.items().iter().position(|item| {
                item.year == Some(year)
                    && std::iter::once(&item.title).chain(&item.aka).any(|name| folded(name) == wanted)
            });
            found.map(|item_idx| item_idx as u32)
        };
        self.films.iter().filter_map(place).collect()
    }
}

/// The letters and digits of a title without articles, so that "Matrix, The" is "The Matrix", and without what stands
/// in brackets ("Spirited Away (Sen to Chihiro no kamikakushi)").
fn folded(title: &str) -> String {
    let title = title.split_once(" (").map_or(title, |(before, _)| before);
    words(title).into_iter().filter(|word| !["the", "a", "an"].contains(&word.as_str())).collect()
}
