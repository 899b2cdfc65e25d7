//! Numbers, names and texts as bytes, and bytes as the letters of an address.

use crate::explorer::Centre;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// No film is called so: names have no line break (the model file separates them by it).
const NOTHING: &str = "\n";

/// A number up to 100.
pub(crate) fn percent(value: u64) -> Option<u8> {
    u8::try_from(value).ok().filter(|&value| value <= 100)
}

/// Seven bits a byte, the lowest first.
pub(crate) fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 128 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
}

pub(crate) fn take(bytes: &mut &[u8]) -> Option<u64> {
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

pub(crate) fn put_text(bytes: &mut Vec<u8>, text: &[u8]) {
    put(bytes, text.len() as u64);
    bytes.extend_from_slice(text);
}

pub(crate) fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take(bytes)?).ok()?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(text)
}

/// Beyond this a number takes no less room than its digits.
const MAX_NUMBER: u64 = 1 << 48;

/// A name with one of three marks: most names are numbers, which are shorter as such.
pub(crate) fn put_name(bytes: &mut Vec<u8>, name: &str, mark: u64) {
    match name.parse::<u64>().ok().filter(|number| *number < MAX_NUMBER && number.to_string() == name) {
        Some(number) => put(bytes, number * 6 + mark),
        None => {
            put(bytes, name.len() as u64 * 6 + 3 + mark);
            bytes.extend_from_slice(name.as_bytes());
        }
    }
}

pub(crate) fn take_name(bytes: &mut &[u8]) -> Option<(String, usize)> {
    let value = take(bytes)?;
    let (content, mark) = (value / 6, (value % 3) as usize);
    if value % 6 < 3 {
        return Some((content.to_string(), mark));
    }
    let (name, rest) = bytes.split_at_checked(usize::try_from(content).ok()?)?;
    *bytes = rest;
    Some((std::str::from_utf8(name).ok()?.to_owned(), mark))
}

/// Something of the hypergraph by the data set's own names, or nothing.
pub(crate) fn put_centre(bytes: &mut Vec<u8>, centre: Option<&Centre>) {
    match centre {
        None => put_name(bytes, NOTHING, 2),
        Some(Centre::You) => put_name(bytes, "", 0),
        Some(Centre::Person(user_idx)) => put_name(bytes, &user_idx.to_string(), 1),
        Some(Centre::Item(item)) => put_name(bytes, item, 2),
    }
}

pub(crate) fn take_centre(bytes: &mut &[u8]) -> Option<Option<Centre>> {
    Some(match take_name(bytes)? {
        (_, 0) => Some(Centre::You),
        (user_idx, 1) => Some(Centre::Person(user_idx.parse().ok()?)),
        (item, _) if item == NOTHING => None,
        (item, _) => Some(Centre::Item(item)),
    })
}

pub(crate) fn encode(bytes: &[u8]) -> String {
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

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
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
