//! Equations as the stages state them, in MathML.

use crate::page::dom::{El, el, mathml};

/// From words with `_` before what stands below and `^` before what stands above: `z_v = d_v^-1/2 sum_j (XW)_j`. A `,` is
/// where a narrow screen may begin a new line.
pub(in crate::page::explore) fn equation(text: &str) -> El {
    let part = |part: &str| mathml("math").child(mathml("mrow").children(part.split(' ').map(word)));
    el("span", "equation").children(text.split(" , ").map(part))
}

fn word(word: &str) -> El {
    // A bracket that closes behind an index is not part of it.
    let (word, closing) = match word.strip_suffix([')', ']']) {
        Some(rest) if word.contains('_') && !word.contains('(') => (rest, &word[rest.len()..]),
        _ => (word, ""),
    };
    let (word, above) = word.split_once('^').map_or((word, None), |(word, above)| (word, Some(above)));
    let (base, below) = word.split_once('_').map_or((word, None), |(base, below)| (base, Some(below)));
    let base = match base {
        "sum" => mathml("mo").text("∑"),
        "." => mathml("mo").text("·"),
        "-" => mathml("mo").text("−"),
        "=" | "+" => mathml("mo").text(base),
        // With digits behind it, an index.
        "w2" | "b2" | "b1" => mathml("msub").child(letters(&base[..1])).child(letters(&base[1..])),
        _ => letters(base),
    };
    let all = match (below, above) {
        (None, None) => base,
        (Some(below), None) => mathml("msub").child(base).child(letters(below)),
        (None, Some(above)) => mathml("msup").child(base).child(letters(above)),
        (Some(below), Some(above)) => mathml("msubsup").child(base).child(letters(below)).child(letters(above)),
    };
    if closing.is_empty() { all } else { mathml("mrow").child(all).child(letters(closing)) }
}

fn letters(text: &str) -> El {
    mathml("mi").text(&text.replace('-', "−"))
}
