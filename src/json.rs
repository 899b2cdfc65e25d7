//! A reader of JSON for the files of a page: the header and the document of a model, the catalogue.
//!
//! What can be read implements [`Read`]: a struct lists its [`Field`]s, an enum its names. With `serde_json`, which writes
//! these files and against which tests/json.rs holds this, an embedder would load 20 kB more (of 113, both gzipped): it
//! reads any type in several ways, and parses and prints floats itself, where a browser can do that. 3 of these kB are
//! those of readers that serde derives.
//!
//! It knows structs (as objects), enums without data, lists, pairs, strings, numbers, truth values and options; whatever a type does
//! not ask for is skipped, after a check that it is JSON. No input makes it panic or recurse without bound.

use std::fmt;

/// What is wrong with a JSON text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError(Box<Fault>);

// Boxed: every reading function returns it, and few ever do.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    message: String,
    /// Line and column, from 1, once they are known.
    place: Option<(usize, usize)>,
}

impl std::error::Error for JsonError {}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match self.0.place {
            Some((line, column)) => write!(f, " at line {line} column {column}"),
            None => Ok(()),
        }
    }
}

#[cold]
#[inline(never)]
pub(crate) fn said(message: fmt::Arguments<'_>) -> JsonError {
    JsonError(Box::new(Fault { message: message.to_string(), place: None }))
}

/// What can be read. The value stands somewhere already and is filled: so one function reads the objects of all types.
pub trait Read {
    /// Reads one value into this one.
    ///
    /// # Errors
    /// What stands there is no JSON, or not that of this type.
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError>;
}

/// One field of an object, and where its value goes.
pub struct Field<'a> {
    name: &'static str,
    is_needed: bool,
    value: &'a mut dyn Read,
}

impl<'a> Field<'a> {
    /// A field that must be there.
    pub fn needed(name: &'static str, value: &'a mut dyn Read) -> Self {
        Self { name, is_needed: true, value }
    }

    /// A field that may be missing: the value then stays as it is.
    pub fn optional(name: &'static str, value: &'a mut dyn Read) -> Self {
        Self { name, is_needed: false, value }
    }
}

/// What becomes of fields that a type does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// They may be there.
    Skipped,
    /// They are errors.
    Refused,
}

/// Needed fields of a struct, called in JSON as in Rust: `needed!(self: a, b)`.
macro_rules! needed {
    ($of:ident: $($field:ident),+) => {
        [$($crate::json::Field::needed(stringify!($field), &mut $of.$field)),+]
    };
}
pub(crate) use needed;

/// Reads one value, with nothing but white space around it.
///
/// # Errors
/// The text is no JSON, or not that of a `T`.
pub fn read<T: Read + Default>(bytes: &[u8]) -> Result<T, JsonError> {
    let mut value = T::default();
    read_with(bytes, &mut |reader| value.fill(reader))?;
    Ok(value)
}

/// The same for what is read by hand.
pub(crate) fn read_with(
    bytes: &[u8],
    value: &mut dyn FnMut(&mut Reader<'_>) -> Result<(), JsonError>,
) -> Result<(), JsonError> {
    let mut reader = Reader::new(bytes)?;
    value(&mut reader).and_then(|()| reader.end()).map_err(|error| reader.placed(error))
}

/// How deep what nobody asks for may be nested.
const MAX_DEPTH: u32 = 128;

/// A text and how far it has been read.
pub struct Reader<'de> {
    text: &'de str,
    at: usize,
    /// The last string that was read, if it had to be unescaped.
    unescaped: String,
}

impl<'de> Reader<'de> {
    fn new(bytes: &'de [u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| said(format_args!("invalid utf-8 at byte {}", error.valid_up_to())))?;
        Ok(Self { text, at: 0, unescaped: String::new() })
    }

    #[cold]
    fn placed(&self, mut error: JsonError) -> JsonError {
        let read = &self.text.as_bytes()[..self.at];
        let line_start = read.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let line = 1 + read.iter().filter(|byte| **byte == b'\n').count();
        error.0.place.get_or_insert((line, 1 + self.at - line_start));
        error
    }

    #[cold]
    fn expected<T>(&self, what: &str) -> Result<T, JsonError> {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => Err(said(format_args!("expected {what}, found `{found}`"))),
            None => Err(said(format_args!("expected {what}, found the end"))),
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The first byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
        self.byte()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn need(&mut self, byte: u8, what: &str) -> Result<(), JsonError> {
        if self.take(byte) { Ok(()) } else { self.expected(what) }
    }

    fn end(&mut self) -> Result<(), JsonError> {
        if self.peek().is_none() { Ok(()) } else { self.expected("the end") }
    }

    /// Takes a word such as `null`.
    fn word(&mut self, word: &str) -> bool {
        self.peek();
        self.take_at_once(word)
    }

    fn take_at_once(&mut self, word: &str) -> bool {
        let is_there = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    fn string(&mut self) -> Result<&str, JsonError> {
        self.need(b'"', "a string")?;
        let from = self.at;
        self.unescaped.clear();
        let mut copied = from;
        loop {
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.unescaped.push_str(part(self.text, copied, self.at));
                    self.at += 1;
                    let letter = self.escaped()?;
                    self.unescaped.push(letter);
                    copied = self.at;
                }
                Some(0..=0x1f) => return self.expected("no control character in a string"),
                Some(_) => self.at += 1,
                None => return self.expected("the end of a string"),
            }
        }
        let end = self.at;
        self.at += 1;
        if copied == from {
            return Ok(part(self.text, from, end));
        }
        self.unescaped.push_str(part(self.text, copied, end));
        Ok(&self.unescaped)
    }

    /// The letter that stands behind a backslash.
    fn escaped(&mut self) -> Result<char, JsonError> {
        let letter = match self.byte() {
            Some(letter @ (b'"' | b'\\' | b'/')) => char::from(letter),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let mut code = self.four_digits()?;
                if (0xd800..0xdc00).contains(&code) && self.take_at_once("\\u") {
                    // A half without its other one stays a half, which is no letter.
                    let low = self.four_digits()?;
                    if (0xdc00..0xe000).contains(&low) {
                        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                    }
                }
                return match char::from_u32(code) {
                    Some(letter) => Ok(letter),
                    None => self.expected("a letter behind `\\u`"),
                };
            }
            _ => return self.expected("a letter behind `\\`"),
        };
        self.at += 1;
        Ok(letter)
    }

    fn four_digits(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).unwrap_or_default();
        let value = |code: Option<u32>, digit: &u8| Some(code? * 16 + char::from(*digit).to_digit(16)?);
        match digits.iter().fold((!digits.is_empty()).then_some(0), value) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => self.expected("four hexadecimal digits"),
        }
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - from
    }

    fn number(&mut self) -> Result<&'de str, JsonError> {
        self.peek();
        let from = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        let has_leading_zero = self.byte() == Some(b'0');
        let n_digits = self.digits();
        if n_digits == 0 || (has_leading_zero && n_digits > 1) {
            return self.expected("a number");
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return self.expected("a digit");
            }
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return self.expected("a digit");
            }
        }
        Ok(part(self.text, from, self.at))
    }

    fn integer(&mut self) -> Result<u64, JsonError> {
        let number = self.number()?;
        let digit = |value: u64, digit: u8| match digit {
            b'0'..=b'9' => value.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
            _ => None,
        };
        let value = number.bytes().try_fold(0, digit);
        value.ok_or_else(|| said(format_args!("invalid value: number `{number}`, expected a whole number from 0 on")))
    }

    fn integer_to(&mut self, most: u64, expected: &str) -> Result<u64, JsonError> {
        let value = self.integer()?;
        if value <= most {
            Ok(value)
        } else {
            Err(said(format_args!("invalid value: integer `{value}`, expected {expected}")))
        }
    }

    /// A number of no larger magnitude than `most`.
    fn float(&mut self, most: f64) -> Result<f64, JsonError> {
        let number = self.number()?;
        let value = parse_float(number);
        if value.abs() <= most { Ok(value) } else { Err(said(format_args!("number `{number}` is out of range"))) }
    }

    fn skip(&mut self, depth: u32) -> Result<(), JsonError> {
        match self.peek() {
            _ if depth > MAX_DEPTH => self.expected("less nesting"),
            Some(b'"') => self.string().map(|_| ()),
            Some(b'-' | b'0'..=b'9') => self.number().map(|_| ()),
            Some(b'{') => {
                self.at += 1;
                let mut is_first = true;
                while self.next(b'}', &mut is_first)? {
                    self.string()?;
                    self.need(b':', "`:`")?;
                    self.skip(depth + 1)?;
                }
                Ok(())
            }
            Some(b'[') => {
                self.at += 1;
                let mut is_first = true;
                while self.next(b']', &mut is_first)? {
                    self.skip(depth + 1)?;
                }
                Ok(())
            }
            _ if self.word("null") || self.word("true") || self.word("false") => Ok(()),
            _ => self.expected("a value"),
        }
    }

    /// Whether another element comes before the closing bracket, which is taken, as is the comma.
    fn next(&mut self, close: u8, is_first: &mut bool) -> Result<bool, JsonError> {
        if self.take(close) {
            return Ok(false);
        }
        if !std::mem::take(is_first) {
            self.need(b',', "`,` or a closing bracket")?;
        }
        Ok(true)
    }

    /// Reads a list; `element` reads each of its elements.
    fn list(&mut self, element: &mut dyn FnMut(&mut Self) -> Result<(), JsonError>) -> Result<(), JsonError> {
        self.need(b'[', "a list")?;
        let mut is_first = true;
        while self.next(b']', &mut is_first)? {
            element(self)?;
        }
        Ok(())
    }

    /// Reads an object, entry by entry; `entry` reads the value that belongs to the name.
    ///
    /// # Errors
    /// It is no object, or an entry fails.
    pub fn entries(
        &mut self,
        entry: &mut dyn FnMut(&mut Self, String) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.need(b'{', "an object")?;
        let mut is_first = true;
        while self.next(b'}', &mut is_first)? {
            let name = self.string()?.to_owned();
            entry(self, name)?;
        }
        Ok(())
    }

    /// Reads the value behind the name of an entry.
    pub(crate) fn value(&mut self, value: &mut dyn Read) -> Result<(), JsonError> {
        self.need(b':', "`:`")?;
        value.fill(self)
    }

    /// Reads an object with these fields, at most 32, each at most once.
    ///
    /// # Errors
    /// It is no object, a needed field is missing, or a field stands twice or is none of them where others are refused.
    pub fn object(&mut self, others: Others, fields: &mut [Field<'_>]) -> Result<(), JsonError> {
        // A bit for each field that has been read.
        let mut read = 0u32;
        self.entries(&mut |reader, name| {
            let Some(at) = fields.iter().position(|field| field.name == name) else {
                if others == Others::Refused {
                    return Err(unknown("field", &name, &mut fields.iter().map(|field| field.name)));
                }
                reader.need(b':', "`:`")?;
                return reader.skip(0);
            };
            if read >> at & 1 == 1 {
                return Err(said(format_args!("duplicate field `{name}`")));
            }
            read |= 1 << at;
            reader.value(fields[at].value)
        })?;
        let is_missing = |(at, field): &(usize, &Field<'_>)| field.is_needed && read >> at & 1 == 0;
        match fields.iter().enumerate().find(is_missing) {
            Some((_, field)) => Err(said(format_args!("missing field `{}`", field.name))),
            None => Ok(()),
        }
    }

    /// Reads one of these names.
    ///
    /// # Errors
    /// Something else stands there.
    pub fn choice<T: Copy>(&mut self, choices: &[(&'static str, T)]) -> Result<T, JsonError> {
        let name = self.string()?;
        match choices.iter().find(|(known, _)| *known == name) {
            Some((_, choice)) => Ok(*choice),
            None => Err(unknown("variant", name, &mut choices.iter().map(|(known, _)| *known))),
        }
    }
}

#[cold]
#[inline(never)]
fn unknown(what: &str, name: &str, known: &mut dyn Iterator<Item = &'static str>) -> JsonError {
    let known: Vec<_> = known.map(|name| format!("`{name}`")).collect();
    let expected = match &known[..] {
        [one] => one.clone(),
        [one, other] => format!("{one} or {other}"),
        _ => format!("one of {}", known.join(", ")),
    };
    said(format_args!("unknown {what} `{name}`, expected {expected}"))
}

/// A part of a text, between two bytes of ASCII or ends.
fn part(text: &str, from: usize, end: usize) -> &str {
    text.get(from..end).unwrap_or_default()
}

#[cfg(not(target_arch = "wasm32"))]
fn parse_float(number: &str) -> f64 {
    number.parse().unwrap_or(f64::NAN)
}

/// The browser's own: exact as well.
#[cfg(target_arch = "wasm32")]
fn parse_float(number: &str) -> f64 {
    js_sys::parse_float(number)
}

impl Read for String {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.string()?.clone_into(self);
        Ok(())
    }
}

macro_rules! integers {
    ($($integer:ident)+) => {
        $(impl Read for $integer {
            fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
                *self = reader.integer_to(<$integer>::MAX as u64, stringify!($integer))? as $integer;
                Ok(())
            }
        })+
    };
}

integers! { u16 u32 u64 usize }

impl Read for bool {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        *self = reader.word("true");
        if *self || reader.word("false") { Ok(()) } else { reader.expected("`true` or `false`") }
    }
}

impl Read for f32 {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        *self = reader.float(f64::from(f32::MAX))? as f32;
        Ok(())
    }
}

impl Read for f64 {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        *self = reader.float(f64::MAX)?;
        Ok(())
    }
}

impl<T: Read + Default> Read for Option<T> {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        *self = None;
        if reader.word("null") { Ok(()) } else { self.insert(T::default()).fill(reader) }
    }
}

impl<T: Read + Default> Read for Vec<T> {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        self.clear();
        reader.list(&mut |reader| {
            // Filled where it stands, so that no element is moved.
            self.push(T::default());
            self.last_mut().map_or(Ok(()), |element| element.fill(reader))
        })
    }
}

impl<T: Read> Read for (T, T) {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.need(b'[', "a list")?;
        let mut is_first = true;
        for (at, half) in [&mut self.0, &mut self.1].into_iter().enumerate() {
            if !reader.next(b']', &mut is_first)? {
                return Err(said(format_args!("invalid length {at}, expected a tuple of size 2")));
            }
            half.fill(reader)?;
        }
        reader.need(b']', "the end of a list")
    }
}
