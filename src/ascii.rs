//! Looking for ASCII in short texts. What the standard library has for it, made for any pattern and for long texts, is two
//! kilobytes of WebAssembly.

/// The parts of a text between bytes of ASCII.
pub(crate) fn split(text: &str, at: u8) -> impl Iterator<Item = &str> {
    // Cut at ASCII, what was text is text.
    text.as_bytes().split(move |&byte| byte == at).map(|part| std::str::from_utf8(part).unwrap_or_default())
}

/// Whether `word` stands in `text`, in letters of any case.
#[cfg(feature = "gpu")]
pub(crate) fn mentions(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_those_of_the_standard_library() {
        for text in ["", " ", "a", "a b", " é  ü ", "七人 の侍"] {
            assert_eq!(split(text, b' ').collect::<Vec<_>>(), text.split(' ').collect::<Vec<_>>());
        }
    }

    #[cfg(feature = "gpu")]
    #[test]
    fn words_are_found_in_any_case() {
        assert!(mentions("Google SwiftShader", "swiftshader") && !mentions("Swift", "swiftshader"));
    }
}
