//! Finding the markers of a text.

use std::ops::Range;

use super::{Fault, Form};

const BLOCK: &str = "<!-- figures:";
const BLOCK_END: &str = "<!-- /figures -->";
const WORDS: &str = "<!-- figure:";
const WORDS_END: &str = "<!-- /figure -->";
const CLOSE: &str = "-->";

/// A place of a text that is made from data.
#[derive(Debug)]
pub(super) struct Marker {
    /// The line it begins in, from 1.
    pub(super) line: usize,
    /// Its words.
    pub(super) asks: String,
    /// A table or words.
    pub(super) form: Form,
    /// Bytes between the markers.
    pub(super) body: Range<usize>,
}

/// All markers outside of code, in order; a fault comes with its line.
pub(super) fn find(text: &str) -> Result<Vec<Marker>, (usize, Fault)> {
    let mut markers = Vec::new();
    let mut open: Option<Marker> = None;
    let mut fence: Option<&str> = None;
    let mut start = 0;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let (number, begin) = (at + 1, start);
        start += line.len();
        let line = line.trim_end();
        if let Some(marker) = &mut open {
            if line == BLOCK_END {
                marker.body.end = begin;
                markers.extend(open.take());
            } else if line.contains(BLOCK) || line.contains(WORDS) {
                break;
            }
            continue;
        }
        let ticks = &line.trim_start()[..line.trim_start().bytes().take_while(|&byte| byte == b'`').count()];
        match fence {
            Some(opened) if ticks.len() >= opened.len() && line.trim() == ticks => fence = None,
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => match line.strip_prefix(BLOCK).and_then(|rest| rest.strip_suffix(CLOSE)) {
                Some(asks) => {
                    let asks = asks.trim().to_owned();
                    open = Some(Marker { line: number, asks, form: Form::Block, body: start..start });
                }
                None => words_of(line, begin, number, &mut markers).map_err(|fault| (number, fault))?,
            },
            Some(_) => {}
        }
    }
    match open {
        Some(Marker { line, asks, .. }) => Err((line, Fault::NoEnd { asks, end: BLOCK_END })),
        None => Ok(markers),
    }
}

/// The markers within a line that begins at this byte of the text.
fn words_of(line: &str, begin: usize, number: usize, markers: &mut Vec<Marker>) -> Result<(), Fault> {
    let is_code = |at: usize| line[..at].matches('`').count() % 2 == 1;
    let outside = |pattern: &str| line.match_indices(pattern).map(|(at, _)| at).find(|&at| !is_code(at));
    if outside(BLOCK).is_some() {
        return Err(Fault::NotAlone);
    }
    if outside(BLOCK_END).is_some() {
        return Err(Fault::NoBeginning { end: BLOCK_END });
    }
    let mut from = 0;
    loop {
        let next = |pattern: &str| {
            let found = line[from..].match_indices(pattern).map(|(at, _)| from + at);
            found.into_iter().find(|&at| !is_code(at))
        };
        let (starts, ends) = (next(WORDS), next(WORDS_END));
        let Some(at) = starts.filter(|&at| ends.is_none_or(|end| at < end)) else {
            return match ends {
                Some(_) => Err(Fault::NoBeginning { end: WORDS_END }),
                None => Ok(()),
            };
        };
        let after = &line[at + WORDS.len()..];
        let no_end = |asks: &str| Fault::NoEnd { asks: asks.trim().to_owned(), end: WORDS_END };
        let close = after.find(CLOSE).ok_or_else(|| no_end(after))?;
        let asks = after[..close].trim();
        let body = at + WORDS.len() + close + CLOSE.len();
        let length = line[body..].find("<!--").filter(|&found| line[body + found..].starts_with(WORDS_END));
        let length = length.ok_or_else(|| no_end(asks))?;
        if line[..at].trim().is_empty() {
            return Err(Fault::BeginsLine { asks: asks.to_owned() });
        }
        let range = begin + body..begin + body + length;
        markers.push(Marker { line: number, asks: asks.to_owned(), form: Form::Words, body: range });
        from = body + length + WORDS_END.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_left_alone_and_tables_and_words_are_found() {
        let text = "a `<!-- figure: x -->` b <!-- figure: gain m -->1<!-- /figure --> and <!-- figure: y -->2<!-- /figure -->\n\
                    ```\n<!-- figures: in code -->\n```\n<!-- figures: results m -->\n|old|\n```sh\nx\n```\n<!-- /figures -->\nend\n";
        let found = find(text).unwrap();
        let shown: Vec<_> =
            found.iter().map(|marker| (marker.line, marker.asks.as_str(), &text[marker.body.clone()])).collect();
        assert_eq!(shown, [(1, "gain m", "1"), (1, "y", "2"), (5, "results m", "|old|\n```sh\nx\n```\n")]);
    }

    #[test]
    fn what_is_not_closed_or_not_opened_is_told_with_its_line() {
        let fault = |text: &str| find(text).unwrap_err();
        let no_end = |asks: &str, end| Fault::NoEnd { asks: asks.to_owned(), end };
        assert_eq!(fault("x\n<!-- figures: a -->\n|1|\n"), (2, no_end("a", BLOCK_END)));
        assert_eq!(
            fault("<!-- figures: a -->\n<!-- figures: b -->\n<!-- /figures -->\n"),
            (1, no_end("a", BLOCK_END)),
            "the next table begins in it"
        );
        assert_eq!(fault("x <!-- figure: a -->1\n"), (1, no_end("a", WORDS_END)));
        assert_eq!(fault("x <!-- figure: a -->1 <!-- figure: b -->2<!-- /figure -->"), (1, no_end("a", WORDS_END)));
        assert_eq!(fault("x\n<!-- /figures -->\n"), (2, Fault::NoBeginning { end: BLOCK_END }));
        assert_eq!(fault("x 1<!-- /figure -->\n"), (1, Fault::NoBeginning { end: WORDS_END }));
        assert_eq!(fault("x <!-- figures: a -->\n"), (1, Fault::NotAlone));
        assert_eq!(fault("<!-- figure: a -->1<!-- /figure -->"), (1, Fault::BeginsLine { asks: "a".to_owned() }));
    }
}
