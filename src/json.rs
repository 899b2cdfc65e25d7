//! A reader of JSON for the files of a page: the header and the document of a model, the catalogue.
//!
//! It fills what derives `serde::Deserialize`, natively and in the browser the same. `serde_json`, which writes these
//! files and against which the tests below hold it, would be a fifth of an embedder's code: it reads any type in
//! several ways, and parses and prints floats itself, where a browser can do that.
//!
//! It knows structs (as objects), enums without data, lists, pairs, strings, numbers and options; whatever a type does
//! not ask for is skipped, after a check that it is JSON. No input makes it panic or recurse without bound.

use std::fmt;

use serde::de::{DeserializeOwned, VariantAccess};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use crate::ranking::decimal;

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

impl serde::de::Error for JsonError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        said(format_args!("{message}"))
    }

    // The usual ones would print floats with `Display`.
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        unexpected("type", found, expected)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        unexpected("value", found, expected)
    }
}

#[cold]
#[inline(never)]
fn said(message: fmt::Arguments<'_>) -> JsonError {
    JsonError(Box::new(Fault { message: message.to_string(), place: None }))
}

#[cold]
#[inline(never)]
fn unexpected(what: &str, found: Unexpected<'_>, expected: &dyn Expected) -> JsonError {
    let found = match found {
        Unexpected::Unsigned(value) => format!("integer `{value}`"),
        Unexpected::Signed(value) => format!("integer `{value}`"),
        Unexpected::Float(value) => format!("number `{}`", decimal(value as f32)),
        Unexpected::Str(value) => format!("string `{value}`"),
        _ => "another one".to_owned(),
    };
    said(format_args!("invalid {what}: {found}, expected {expected}"))
}

/// Reads one value, with nothing but white space around it.
///
/// # Errors
/// The text is no JSON, or not that of a `T`.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    read_with(bytes, |reader| T::deserialize(reader))
}

/// The same for what is read by hand.
pub(crate) fn read_with<'de, T>(
    bytes: &'de [u8],
    value: impl FnOnce(&mut Reader<'de>) -> Result<T, JsonError>,
) -> Result<T, JsonError> {
    let mut reader = Reader::new(bytes)?;
    value(&mut reader).and_then(|read| reader.end().map(|()| read)).map_err(|error| reader.placed(error))
}

/// How deep what nobody asks for may be nested.
const MAX_DEPTH: u32 = 128;

/// A text and how far it has been read.
pub(crate) struct Reader<'de> {
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
                    self.unescaped.push_str(&self.text[copied..self.at]);
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
            return Ok(&self.text[from..end]);
        }
        self.unescaped.push_str(&self.text[copied..end]);
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
                if (0xd800..0xdc00).contains(&code) && self.text[self.at..].starts_with("\\u") {
                    self.at += 2;
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
        Ok(&self.text[from..self.at])
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

    fn float(&mut self) -> Result<f64, JsonError> {
        let number = self.number()?;
        let value = parse_float(number);
        if value.is_finite() { Ok(value) } else { Err(said(format_args!("number `{number}` is out of range"))) }
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

/// The elements of a list or an object that has been opened.
struct Elements<'a, 'de> {
    reader: &'a mut Reader<'de>,
    is_first: bool,
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = JsonError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, JsonError> {
        if self.reader.next(b']', &mut self.is_first)? {
            seed.deserialize(&mut *self.reader).map(Some)
        } else {
            Ok(None)
        }
    }
}

impl<'de> MapAccess<'de> for Elements<'_, 'de> {
    type Error = JsonError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, JsonError> {
        if self.reader.next(b'}', &mut self.is_first)? {
            seed.deserialize(&mut *self.reader).map(Some)
        } else {
            Ok(None)
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, JsonError> {
        self.reader.need(b':', "`:`")?;
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> EnumAccess<'de> for &mut Reader<'de> {
    type Error = JsonError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), JsonError> {
        Ok((seed.deserialize(&mut *self)?, self))
    }
}

/// Variants are names and hold nothing.
impl<'de> VariantAccess<'de> for &mut Reader<'de> {
    type Error = JsonError;

    fn unit_variant(self) -> Result<(), JsonError> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, JsonError> {
        self.expected("a name that stands alone")
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, JsonError> {
        self.expected("a name that stands alone")
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, JsonError> {
        self.expected("a name that stands alone")
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $read:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
            visitor.$visit(self.$read()?)
        })+
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = JsonError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, JsonError> {
        self.expected("a type that this reader knows")
    }

    numbers! {
        deserialize_u8 visit_u64 integer
        deserialize_u16 visit_u64 integer
        deserialize_u32 visit_u64 integer
        deserialize_u64 visit_u64 integer
        deserialize_f32 visit_f64 float
        deserialize_f64 visit_f64 float
        deserialize_str visit_str string
        deserialize_string visit_str string
        deserialize_identifier visit_str string
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        if self.word("null") { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        self.need(b'[', "a list")?;
        visitor.visit_seq(Elements { reader: self, is_first: true })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, JsonError> {
        self.need(b'[', "a list")?;
        let tuple = visitor.visit_seq(Elements { reader: &mut *self, is_first: true })?;
        self.need(b']', "the end of a list")?;
        Ok(tuple)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        self.need(b'{', "an object")?;
        visitor.visit_map(Elements { reader: self, is_first: true })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        visitor.visit_enum(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        self.skip(0)?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u128 char bytes byte_buf unit unit_struct newtype_struct tuple_struct
    }
}
