//! A shelf and a view as a piece of text for an address, so that a friend sees the same.
//!
//! `1` (version), then sections (a tag, a length, the content), then three bytes of a checksum, all in base64url. Films are
//! named as the data set names them, so that a link outlives the model; a number takes two or three bytes. A reader skips
//! sections that it does not know.

pub(super) mod bytes;

use thiserror::Error;

use self::bytes::{
    decode, encode, percent, put, put_centre, put_name, put_text, take, take_centre, take_name, take_text,
};
use super::explore::Explore;
use super::state::{SavedEntry, SavedShelf, Taste};
use super::view::{N_AT_A_TIME, View};
use crate::catalogue::{Filter, PopularityBand};
use crate::student::MAX_K;

/// What a link carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The films.
    pub shelf: SavedShelf,
    /// How they are looked at.
    pub view: View,
    /// What is looked at beside them.
    pub explore: Explore,
}

/// Why a link is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LinkError {
    /// Cut off, mistyped, or never a link of this page.
    #[error("it is damaged: part of it may have been lost on its way. Ask for it again, as a whole")]
    Damaged,
    /// Of a later version of the page.
    #[error("it was made by a newer version of this page (format {version}, this page reads 1). Load the page anew")]
    Newer {
        /// The version it names.
        version: u8,
    },
    /// Longer than any shelf needs.
    #[error("it is {length} characters long, more than the {MAX_LENGTH} that are read. Ask for the shelf as a file")]
    TooLong {
        /// Its length in characters.
        length: usize,
    },
}

/// Longest text that is read.
pub const MAX_LENGTH: usize = 60_000;

const VERSION: u8 = 1;
const SHELF: u8 = 1;
const VIEW: u8 = 2;
const EXPLORE: u8 = 3;
const HYPERGRAPH: u8 = 4;
const PROPAGATION: u8 = 5;
const COMPARISON: u8 = 6;
const MAP: u8 = 7;
const N_CHECK_BYTES: usize = 3;

impl Link {
    /// The text; nothing where there is nothing to tell, and letters, digits, `-` and `_` else.
    pub fn to_text(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        let mut bytes = vec![VERSION];
        section(&mut bytes, SHELF, &shelf_bytes(&self.shelf));
        if self.view != View::default() {
            section(&mut bytes, VIEW, &view_bytes(&self.view));
        }
        self.write_explore(&mut bytes);
        let check = checksum(&bytes);
        bytes.extend(check);
        encode(&bytes)
    }

    /// Reads a text that [`Link::to_text`] has made.
    ///
    /// # Errors
    /// It is too long, of another version, or not what was written.
    pub fn read(text: &str) -> Result<Self, LinkError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.len() > MAX_LENGTH {
            return Err(LinkError::TooLong { length: text.chars().count() });
        }
        let bytes = decode(text).ok_or(LinkError::Damaged)?;
        let (body, check) =
            bytes.split_at_checked(bytes.len().wrapping_sub(N_CHECK_BYTES)).ok_or(LinkError::Damaged)?;
        if checksum(body) != check {
            return Err(LinkError::Damaged);
        }
        let (&version, mut rest) = body.split_first().ok_or(LinkError::Damaged)?;
        if version != VERSION {
            return Err(LinkError::Newer { version });
        }
        let mut link = Self::default();
        while let Some((&tag, after)) = rest.split_first() {
            rest = after;
            let mut content = take_text(&mut rest).ok_or(LinkError::Damaged)?;
            let read = match tag {
                SHELF => read_shelf(&mut content, &mut link.shelf),
                VIEW => read_view(&mut content, &mut link.view),
                EXPLORE => link.explore.read(&mut content),
                HYPERGRAPH => link.explore.hypergraph.read(&mut content),
                PROPAGATION => link.explore.propagation.read(&mut content),
                COMPARISON => link.explore.comparison.read(&mut content),
                MAP => link.explore.map.read(&mut content),
                _ => Some(()),
            };
            read.ok_or(LinkError::Damaged)?;
        }
        Ok(link)
    }

    /// A section for what is not as it is at first.
    fn write_explore(&self, bytes: &mut Vec<u8>) {
        let (explore, at_first) = (&self.explore, Explore::default());
        let Explore { tab, tour, why, hypergraph, map, propagation, comparison } = explore;
        let mut content = Vec::new();
        let mut add = |tag: u8, is_as_at_first: bool, content: &mut Vec<u8>| {
            if !is_as_at_first {
                section(bytes, tag, content);
            }
            content.clear();
        };
        explore.write(&mut content);
        add(EXPLORE, (*tab, *tour, why) == (at_first.tab, at_first.tour, &at_first.why), &mut content);
        hypergraph.write(&mut content);
        add(HYPERGRAPH, *hypergraph == at_first.hypergraph, &mut content);
        propagation.write(&mut content);
        add(PROPAGATION, *propagation == at_first.propagation, &mut content);
        comparison.write(&mut content);
        add(COMPARISON, *comparison == at_first.comparison, &mut content);
        map.write(&mut content);
        add(MAP, *map == at_first.map, &mut content);
    }
}

fn section(bytes: &mut Vec<u8>, tag: u8, content: &[u8]) {
    bytes.push(tag);
    put_text(bytes, content);
}

fn shelf_bytes(shelf: &SavedShelf) -> Vec<u8> {
    let mut bytes = Vec::new();
    for SavedEntry { item, taste } in &shelf.entries {
        put_name(&mut bytes, item, *taste as u64);
    }
    bytes
}

/// `None` where the bytes end too early, or say what cannot be.
fn read_shelf(bytes: &mut &[u8], shelf: &mut SavedShelf) -> Option<()> {
    while !bytes.is_empty() {
        let (item, taste) = take_name(bytes)?;
        shelf.entries.push(SavedEntry { item, taste: Taste::ALL[taste] });
    }
    Some(())
}

/// Years that stand for no choice of years.
const ANY_YEAR: (u16, u16) = (0, 0);

fn view_bytes(view: &View) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, view.n_shown as u64);
    put(&mut bytes, view.novelty.into());
    put(&mut bytes, view.diversity.into());
    let Filter { genres, not_genres, years, popularity } = &view.filter;
    put(&mut bytes, *popularity as u64);
    let (first, last) = years.unwrap_or(ANY_YEAR);
    put(&mut bytes, first.into());
    put(&mut bytes, last.into());
    for genres in [genres, not_genres] {
        put(&mut bytes, genres.len() as u64);
        genres.iter().for_each(|genre| put_text(&mut bytes, genre.as_bytes()));
    }
    if view.centre.is_some() {
        put_centre(&mut bytes, view.centre.as_ref());
    }
    bytes
}

fn read_view(bytes: &mut &[u8], view: &mut View) -> Option<()> {
    view.n_shown = usize::try_from(take(bytes)?).ok()?.clamp(N_AT_A_TIME, MAX_K);
    view.novelty = percent(take(bytes)?)?;
    view.diversity = percent(take(bytes)?)?;
    let Filter { genres, not_genres, years, popularity } = &mut view.filter;
    *popularity = *PopularityBand::ALL.get(usize::try_from(take(bytes)?).ok()?)?;
    let first_and_last = (u16::try_from(take(bytes)?).ok()?, u16::try_from(take(bytes)?).ok()?);
    *years = Some(first_and_last).filter(|years| *years != ANY_YEAR);
    for genres in [genres, not_genres] {
        for _ in 0..take(bytes)? {
            genres.push(std::str::from_utf8(take_text(bytes)?).ok()?.to_owned());
        }
    }
    view.centre = if bytes.is_empty() { None } else { take_centre(bytes)? };
    Some(())
}

/// FNV-1a, folded to three bytes: it finds accidents; a link holds nothing that anybody could gain by forging.
fn checksum(bytes: &[u8]) -> [u8; N_CHECK_BYTES] {
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [a, b, c, d] = hash.to_le_bytes();
    [a ^ d, b, c]
}
