//! Texts as the search compares them: words of letters and digits, without accents, in lower case.
//!
//! ASCII, which is most titles, takes the short way. The rest is taken apart by Unicode's tables: natively those of the
//! crate `unicode-normalization`, in WebAssembly those that every browser carries (`String.prototype.normalize` and
//! `\p{...}` of regular expressions), which saves the page a tenth of its size. `tests/catalogue.rs` and
//! `tests/browser/engine.test.mjs` hold both to the same answers.

use crate::ascii::split;

/// Lower-case words of letters and digits: accents, case and punctuation do not count ("Amélie" = "amelie",
/// "Schindler's" = "schindlers", "WALL·E" = "wall", "e").
pub fn words(text: &str) -> Vec<String> {
    let folded = if text.is_ascii() { ascii(text) } else { unicode(text) };
    split(&folded, b' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Words in lower case with spaces between them. An apostrophe or a full stop ends no word.
fn ascii(text: &str) -> String {
    let folded = text.bytes().filter(|byte| !matches!(byte, b'\'' | b'.'));
    folded.map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte.to_ascii_lowercase()) } else { ' ' }).collect()
}

/// The same for any text.
#[cfg(not(target_arch = "wasm32"))]
fn unicode(text: &str) -> String {
    use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

    let is_kept = |c: &char| !is_combining_mark(*c) && !matches!(c, '\'' | '\u{2019}' | '.');
    let folded = text.nfkd().filter(is_kept).flat_map(char::to_lowercase);
    // A sigma that ends a word is the letter that the others are.
    let folded = folded.map(|c| if c == 'ς' { 'σ' } else { c });
    folded.map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect()
}

/// The same for any text.
#[cfg(target_arch = "wasm32")]
fn unicode(text: &str) -> String {
    use js_sys::{JsString, RegExp};

    let replace = |text: &JsString, pattern: &str, by: &str| text.replace_by_pattern(&RegExp::new(pattern, "gu"), by);
    let text = replace(&JsString::from(text).normalize("NFKD"), r"[\p{M}'’.]+", "").to_lower_case();
    let text = replace(&text, "ς", "σ");
    String::from(replace(&text, r"[^\p{Alphabetic}\p{N}]+", " "))
}
