//! Equations as the stages state them, in MathML.

use crate::page::dom::{El, mathml};

/// From words with `_` before what stands below and `^` before what stands above: `z_v = d_v^-1/2 sum_j (XW)_j`.
pub(in crate::page::explore) fn equation(text: &str) -> El {
    let row = text.split(' ').map(|word| {
        let (word, above) = word.split_once('^').map_or((word, None), |(word, above)| (word, Some(above)));
        let (base, below) = word.split_once('_').map_or((word, None), |(base, below)| (base, Some(below)));
        let base = match base {
            "sum" => mathml("mo").text("∑"),
            "." => mathml("mo").text("·"),
            "-" => mathml("mo").text("−"),
            "=" | "+" | "(" | ")" | "relu(" => mathml("mo").text(base),
            _ => mathml("mi").text(base),
        };
        let script = |text: &str| mathml("mi").text(&text.replace('-', "−"));
        match (below, above) {
            (None, None) => base,
            (Some(below), None) => mathml("msub").child(base).child(script(below)),
            (None, Some(above)) => mathml("msup").child(base).child(script(above)),
            (Some(below), Some(above)) => mathml("msubsup").child(base).child(script(below)).child(script(above)),
        }
    });
    mathml("math").child(mathml("mrow").children(row))
}
