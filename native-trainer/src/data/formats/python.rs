//! Metadata of 2014 are written as Python writes a dictionary, not as JSON: `{'asin': 'B1', 'salesRank': None}`.

use std::borrow::Cow;

/// The same as JSON; a line that is JSON already is left as it is.
pub(super) fn to_json(line: &str) -> Cow<'_, str> {
    if !line.starts_with("{'") && !line.starts_with("{u'") {
        return Cow::Borrowed(line);
    }
    let mut json = String::with_capacity(line.len() + 16);
    let mut rest = line;
    while let Some(char) = rest.chars().next() {
        rest = match char {
            '\'' | '"' => string(&rest[1..], char, &mut json),
            'u' if rest[1..].starts_with(['\'', '"']) => &rest[1..],
            _ if char.is_alphabetic() => word(rest, &mut json),
            _ => {
                json.push(char);
                &rest[char.len_utf8()..]
            }
        };
    }
    Cow::Owned(json)
}

fn word<'a>(text: &'a str, json: &mut String) -> &'a str {
    let end = text.find(|char: char| !char.is_alphanumeric()).unwrap_or(text.len());
    json.push_str(match &text[..end] {
        "True" => "true",
        "False" => "false",
        "None" => "null",
        other => other,
    });
    &text[end..]
}

/// From behind the opening quote to behind the closing one.
fn string<'a>(text: &'a str, quote: char, json: &mut String) -> &'a str {
    json.push('"');
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            _ if char == quote => {
                json.push('"');
                return &text[at + 1..];
            }
            '"' => json.push_str("\\\""),
            '\\' => match chars.next() {
                Some((_, 'x')) => json.push_str("\\u00"),
                Some((_, '\'')) => json.push('\''),
                Some((_, escaped)) => json.extend(['\\', escaped]),
                None => json.push_str("\\\\"),
            },
            _ => json.push(char),
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_becomes_an_object() {
        let line = r#"{'asin': 'B1', 'title': "Don't \"stop\"", u'b': 'say "x" it\'s \xe9', 'n': None, 'ok': True, 'p': -1.5e3, 'c': [['é']]}"#;
        let json: serde_json::Value = serde_json::from_str(&to_json(line)).unwrap();
        let expected = serde_json::json!({
            "asin": "B1", "title": "Don't \"stop\"", "b": "say \"x\" it's é", "n": null, "ok": true, "p": -1500.0,
            "c": [["é"]],
        });
        assert_eq!(json, expected);
        for odd in ["{'a", "{'a\\", "{'", "{u'", "{'a': \\", r#"{"a": "'"}"#] {
            let _ = to_json(odd);
        }
    }
}
