//! Words of a marker, numbers and tables as texts show them.

use serde_json::Value;

use super::{Fault, Json};
use crate::report::milliseconds;

/// The words of a marker; what stands in quotation marks is one word.
pub(super) fn words(asks: &str) -> Result<Vec<String>, Fault> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for char in asks.chars() {
        match char {
            '"' => quoted = !quoted,
            char if char.is_whitespace() && !quoted => words.extend(Some(std::mem::take(&mut word))),
            char => word.push(char),
        }
    }
    if quoted {
        return Err(Fault::Quotes { asks: asks.to_owned() });
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    Ok(words)
}

/// A table of markdown, without the last line end; a row is its cells.
pub(super) fn markdown(titles: &[String], rows: &[Vec<String>]) -> String {
    let cell = |cell: &String| if cell.is_empty() { " |".to_owned() } else { format!(" {cell} |") };
    let line = |cells: &[String]| format!("|{}", cells.iter().map(cell).collect::<String>());
    let rule = format!("|{}", "---|".repeat(titles.len()));
    let rows = rows.iter().map(|cells| line(cells));
    [line(titles), rule].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

/// A whole number with commas between thousands: `29,858`.
pub(super) fn with_commas(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let comma = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    let grouped: String =
        digits.char_indices().flat_map(|(at, digit)| comma(at).then_some(',').into_iter().chain([digit])).collect();
    if value.round() < 0.0 { format!("-{grouped}") } else { grouped }
}

/// `+0.0029`
pub(super) fn signed(value: f64) -> String {
    format!("{value:+.4}")
}

/// `0.1738 ± 0.0028`
pub(super) fn mean_std(mean: f64, std: Option<f64>, decimals: usize) -> String {
    match std {
        Some(std) => format!("{mean:.decimals$} ± {std:.decimals$}"),
        None => format!("{mean:.decimals$}"),
    }
}

/// What lies at a pointer of a part of a file, in a format: see [`Fault::Format`].
pub(super) fn shown(json: &Json, part: &Value, pointer: &str, format: &str) -> Result<String, Fault> {
    let number = || json.number(part, pointer);
    let decimals = |digits: &str| match digits.parse::<usize>() {
        Ok(decimals) if digits.len() == 1 => Ok(decimals),
        _ => Err(Fault::Format { given: format.to_owned() }),
    };
    match format {
        "text" => match part.pointer(pointer).ok_or_else(|| json.lacks("value", pointer))? {
            Value::String(text) => Ok(text.clone()),
            Value::Null => Ok("–".to_owned()),
            other => Ok(other.to_string()),
        },
        "count" => Ok(with_commas(number()?)),
        "ms" => Ok(milliseconds(number()?)),
        _ => {
            if let Some(digits) = format.strip_prefix('+') {
                let decimals = decimals(digits)?;
                Ok(format!("{:+.decimals$}", number()?))
            } else if let Some(digits) = format.strip_prefix('%') {
                let decimals = decimals(digits)?;
                Ok(format!("{:.decimals$} %", number()? * 100.0))
            } else if let Some(digits) = format.strip_prefix('±') {
                let decimals = decimals(digits)?;
                let of = |name: &str| json.number(part, &format!("{pointer}/{name}"));
                Ok(mean_std(of("mean")?, Some(of("std")?), decimals))
            } else {
                let decimals = decimals(format)?;
                Ok(format!("{:.decimals$}", number()?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn quotation_marks_keep_words_together() {
        assert_eq!(words("columns  a \"x y=b\" c").unwrap(), ["columns", "a", "x y=b", "c"]);
        assert_eq!(words("a \"b").unwrap_err(), Fault::Quotes { asks: "a \"b".to_owned() });
    }

    #[test]
    fn every_format_writes_what_it_says() {
        let value =
            json!({"n": 1234567, "x": -0.12345, "m": {"mean": 1.0, "std": 0.25}, "t": "as it is", "none": null});
        let json = Json { file: "f.json".to_owned(), value: value.clone() };
        let all = [
            ("/n", "count"),
            ("/x", "3"),
            ("/x", "+2"),
            ("/m", "±2"),
            ("/x", "%1"),
            ("/n", "ms"),
            ("/t", "text"),
            ("/none", "text"),
        ];
        let shown_all: Vec<_> =
            all.iter().map(|(pointer, format)| shown(&json, &value, pointer, format).unwrap()).collect();
        assert_eq!(shown_all, ["1,234,567", "-0.123", "-0.12", "1.00 ± 0.25", "-12.3 %", "1234567", "as it is", "–"]);
        assert_eq!(shown(&json, &value, "/x", "12").unwrap_err(), Fault::Format { given: "12".to_owned() });
        let lacks = Fault::NoValue { file: "f.json".to_owned(), what: "number", pointer: "/t".to_owned() };
        assert_eq!(shown(&json, &value, "/t", "2").unwrap_err(), lacks);
    }
}
