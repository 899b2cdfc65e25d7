//! A shelf and a view as a piece of text for an address, so that a friend sees the same.
//!
//! `1` (version), then sections (a tag, a length, the content), then three bytes of a checksum, all in base64url. Films are
//! named as the data set names them, so that a link outlives the model; a number takes two or three bytes. A reader skips
//! sections that it does not know.

use thiserror::Error;

use super::state::{SavedEntry, SavedShelf, Taste};
use super::view::{Centre, N_AT_A_TIME, View};
use crate::catalogue::{Filter, PopularityBand};
use crate::student::MAX_K;

/// What a link carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The films.
    pub shelf: SavedShelf,
    /// How they are looked at.
    pub view: View,
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
const N_CHECK_BYTES: usize = 3;
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

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
                _ => Some(()),
            };
            read.ok_or(LinkError::Damaged)?;
        }
        Ok(link)
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
    match &view.centre {
        None => {}
        Some(Centre::You) => put_name(&mut bytes, "", 0),
        Some(Centre::Person(user_idx)) => put_name(&mut bytes, &user_idx.to_string(), 1),
        Some(Centre::Item(item)) => put_name(&mut bytes, item, 2),
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
    view.centre = match bytes.is_empty() {
        true => None,
        false => Some(match take_name(bytes)? {
            (_, 0) => Centre::You,
            (user_idx, 1) => Centre::Person(user_idx.parse().ok()?),
            (item, _) => Centre::Item(item),
        }),
    };
    Some(())
}

fn percent(value: u64) -> Option<u8> {
    u8::try_from(value).ok().filter(|&value| value <= 100)
}

/// Seven bits a byte, the lowest first.
fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 128 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Some(value);
        }
    }
    None
}

fn put_text(bytes: &mut Vec<u8>, text: &[u8]) {
    put(bytes, text.len() as u64);
    bytes.extend_from_slice(text);
}

fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take(bytes)?).ok()?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(text)
}

/// Beyond this a number takes no less room than its digits.
const MAX_NUMBER: u64 = 1 << 48;

/// A name with one of three marks: most names are numbers, which are shorter as such.
fn put_name(bytes: &mut Vec<u8>, name: &str, mark: u64) {
    match name.parse::<u64>().ok().filter(|number| *number < MAX_NUMBER && number.to_string() == name) {
        Some(number) => put(bytes, number * 6 + mark),
        None => {
            put(bytes, name.len() as u64 * 6 + 3 + mark);
            bytes.extend_from_slice(name.as_bytes());
        }
    }
}

fn take_name(bytes: &mut &[u8]) -> Option<(String, usize)> {
    let value = take(bytes)?;
    let (content, mark) = (value / 6, (value % 3) as usize);
    if value % 6 < 3 {
        return Some((content.to_string(), mark));
    }
    let (name, rest) = bytes.split_at_checked(usize::try_from(content).ok()?)?;
    *bytes = rest;
    Some((std::str::from_utf8(name).ok()?.to_owned(), mark))
}

/// FNV-1a, folded to three bytes: it finds accidents; a link holds nothing that anybody could gain by forging.
fn checksum(bytes: &[u8]) -> [u8; N_CHECK_BYTES] {
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [a, b, c, d] = hash.to_le_bytes();
    [a ^ d, b, c]
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |place: usize| u32::from(group.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..=group.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * place)) as usize % 64]));
        }
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.as_bytes().chunks(4) {
        let mut bits = 0u32;
        for &digit in group {
            bits = bits << 6 | DIGITS.iter().position(|&known| known == digit)? as u32;
        }
        bits <<= 6 * (4 - group.len());
        let [_, content @ ..] = bits.to_be_bytes();
        // A lone digit holds no byte; what the last digits have beyond whole bytes must be zero.
        let (content, rest) = content.split_at(group.len() - 1);
        if group.len() == 1 || rest.iter().any(|&byte| byte != 0) {
            return None;
        }
        bytes.extend_from_slice(content);
    }
    Some(bytes)
}
