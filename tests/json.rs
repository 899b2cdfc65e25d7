//! The reader of JSON takes what `serde_json` takes, refuses what it refuses, and reads the same.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use sharp_distill::json::{Field, JsonError, Others, Read, Reader, read};

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Colour {
    #[default]
    Red,
    Blue,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    id: u32,
    name: String,
    colour: Colour,
    #[serde(default)]
    year: Option<u16>,
    #[serde(default)]
    parts: Vec<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Lenient {
    pair: (usize, usize),
    big: u64,
    small: f32,
    strict: Vec<Strict>,
}

impl Read for Colour {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        *self = reader.choice(&[("red", Self::Red), ("blue", Self::Blue)])?;
        Ok(())
    }
}

impl Read for Strict {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        let mut fields = [
            Field::needed("id", &mut self.id),
            Field::needed("name", &mut self.name),
            Field::needed("colour", &mut self.colour),
            Field::optional("year", &mut self.year),
            Field::optional("parts", &mut self.parts),
        ];
        reader.object(Others::Refused, &mut fields)
    }
}

impl Read for Lenient {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        let mut fields = [
            Field::needed("pair", &mut self.pair),
            Field::needed("big", &mut self.big),
            Field::needed("small", &mut self.small),
            Field::needed("strict", &mut self.strict),
        ];
        reader.object(Others::Skipped, &mut fields)
    }
}

fn lenient() -> impl Strategy<Value = Lenient> {
    let colour = prop_oneof![Just(Colour::Red), Just(Colour::Blue)];
    let strict = (any::<u32>(), ".*", colour, any::<Option<u16>>(), prop::collection::vec(-1e300f64..1e300, 0..4));
    let strict = strict.prop_map(|(id, name, colour, year, parts)| Strict { id, name, colour, year, parts });
    (any::<(u32, u32)>(), any::<u64>(), -1e30f32..1e30, prop::collection::vec(strict, 0..4))
        .prop_map(|(pair, big, small, strict)| Lenient { pair: (pair.0 as usize, pair.1 as usize), big, small, strict })
}

/// Both readers on one text: the same value, or two refusals.
fn agree(text: &[u8]) {
    let (ours, theirs) = (read::<Lenient>(text), serde_json::from_slice::<Lenient>(text));
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs),
        (Err(_), Err(_)) => {}
        _ => panic!("{}\nours: {ours:?}\ntheirs: {theirs:?}", String::from_utf8_lossy(text)),
    }
}

const SMALL: &str = r#" {"pair" : [1, 2],"big":3,"small":-4.5e-1,"strict":[{"id":7,"name":"a\n\u00e9\ud83d\ude00",
    "colour":"blue","parts":[0,-0.0,1E2]}], "more":{"a":[true,false,null,"\\",{}],"b":-1.5}} "#;

#[test]
fn a_text_with_all_there_is_is_read() {
    let small = read::<Lenient>(SMALL.as_bytes()).unwrap();
    assert_eq!(small.strict[0].name, "a\né😀");
    assert_eq!((small.pair, small.big, small.small), ((1, 2), 3, -0.45));
    agree(SMALL.as_bytes());
}

#[test]
fn every_text_cut_off_is_refused() {
    let text = SMALL.trim();
    for length in 0..text.len() {
        assert!(read::<Lenient>(&text.as_bytes()[..length]).is_err(), "{length}");
    }
}

#[test]
fn messages_say_what_where_and_what_was_expected() {
    let said = |from: &str, to: &str| {
        assert!(SMALL.contains(from));
        read::<Lenient>(SMALL.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
    };
    for (from, to, expected) in [
        ("\"blue\"", "\"green\"", "unknown variant `green`, expected `red` or `blue` at line 2 column 21"),
        ("\"id\"", "\"idd\"", "unknown field `idd`, expected one of `id`, `name`"),
        ("\"id\":7,", "", "missing field `id`"),
        ("\"big\":3", "\"big\":3,\"big\":3", "duplicate field `big`"),
        ("\"id\":7", "\"id\":99999999999", "integer `99999999999`, expected u32"),
        ("\"id\":7", "\"id\":-7", "number `-7`, expected a whole number"),
        ("\"id\":7", "\"id\":\"7\"", "expected a number, found `\"` at line 1"),
        ("[1, 2]", "[1]", "length 1"),
        ("[1, 2]", "[1, 2, 3]", "the end of a list, found `,`"),
        ("-4.5e-1", "1e999", "`1e999` is out of range"),
        ("}} ", "}} x", "expected the end, found `x`"),
    ] {
        let message = said(from, to);
        assert!(message.contains(expected), "{to}: {message}");
    }
    let message = read::<Lenient>(b"{\"\xff").unwrap_err().to_string();
    assert!(message.contains("utf-8 at byte 2"), "{message}");
}

#[test]
fn nesting_has_an_end() {
    for (depth, is_read) in [(100, true), (100_000, false)] {
        let nested = "[".repeat(depth) + &"]".repeat(depth);
        let text = SMALL.replacen("-1.5", &nested, 1);
        assert_eq!(read::<Lenient>(text.as_bytes()).is_ok(), is_read);
    }
}

#[test]
fn numbers_and_escapes_are_those_of_the_standard() {
    for number in ["0", "-0", "1.0", "1e5", "01", "1.", ".5", "+1", "1e", "1e+", "--1", "1.5.5", "NaN", "0x1", "1e-400"]
    {
        agree(SMALL.replacen("-4.5e-1", number, 1).as_bytes());
        agree(SMALL.replacen("\"big\":3", &format!("\"big\":{number}"), 1).as_bytes());
    }
    for text in
        [r"\/", r"\b\f\r\t", r"\x", r"\u12", r"\ud800", r"\ud800\u0041", r"\udc00", r"\ud800\ue000", "\t", "\u{7f}"]
    {
        agree(SMALL.replacen(r"a\n", text, 1).as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_serde_json_writes_is_read(value in lenient()) {
        let text = serde_json::to_vec(&value).unwrap();
        prop_assert_eq!(read::<Lenient>(&text).unwrap(), value.clone());
        prop_assert_eq!(read::<Lenient>(&serde_json::to_vec_pretty(&value).unwrap()).unwrap(), value);
    }

    #[test]
    fn damaged_texts_are_read_alike(place in 0..SMALL.len(), byte in 0u8..128, other in 0..SMALL.len()) {
        let mut text = SMALL.as_bytes().to_vec();
        text[place] = byte;
        agree(&text);
        text.remove(other);
        agree(&text);
        text.insert(other, b"{}[],:\"\\ 0"[usize::from(byte) % 10]);
        agree(&text);
    }
}
