//! Numbers as they are printed, so that what is printed adds up: a sum is checked in the printed digits, not in floats.

use crate::ranking::fixed;

/// A sum as it is printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Printed {
    /// The terms, all with as many places.
    pub terms: Vec<String>,
    /// Places of the terms behind the point.
    pub n_places: u8,
    /// What they add up to, with the places that were asked for.
    pub total: String,
    /// What rounding has left over, where the printed terms alone would not round to the printed total: the terms and this
    /// are the total exactly.
    pub remainder: Option<String>,
}

/// How many places more than their total the terms may have.
const MORE_PLACES: u8 = 4;

/// Prints `terms` so that what is printed, added up and rounded, is `total` as it is printed with `n_places`.
pub fn printed(terms: &[f64], total: f64, n_places: u8) -> Printed {
    let total = number(total, n_places);
    let of = |n_places: u8| terms.iter().map(|&term| number(term, n_places)).collect::<Vec<_>>();
    for n_places_of_terms in n_places + 1..=n_places + MORE_PLACES {
        let terms = of(n_places_of_terms);
        let unit = 10i64.pow(u32::from(n_places_of_terms - n_places));
        let off = terms.iter().map(|term| units(term)).sum::<i64>() - units(&total) * unit;
        if 2 * off.abs() < unit {
            return Printed { terms, n_places: n_places_of_terms, total, remainder: None };
        }
    }
    let n_places_of_terms = n_places + 2;
    let terms = of(n_places_of_terms);
    let off = units(&total) * 100 - terms.iter().map(|term| units(term)).sum::<i64>();
    let remainder = Some(of_units(off, n_places_of_terms));
    Printed { terms, n_places: n_places_of_terms, total, remainder }
}

/// A number with so many places behind the point; zero has no sign.
pub fn number(value: f64, n_places: u8) -> String {
    let text = fixed(value, n_places);
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|digit| matches!(digit, b'0' | b'.')) => digits.to_owned(),
        _ => text,
    }
}

/// A printed number in units of its last place.
fn units(text: &str) -> i64 {
    let magnitude = text.bytes().filter(u8::is_ascii_digit);
    let magnitude =
        magnitude.fold(0i64, |units, digit| units.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    if text.starts_with('-') { -magnitude } else { magnitude }
}

/// A number of units of the last of `n_places`.
fn of_units(units: i64, n_places: u8) -> String {
    let digits = units.unsigned_abs().to_string();
    let width = usize::from(n_places) + 1;
    let digits = "0".repeat(width.saturating_sub(digits.len())) + &digits;
    let (whole, part) = digits.split_at(digits.len() - usize::from(n_places));
    format!("{}{whole}.{part}", if units < 0 { "-" } else { "" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{number, of_units, printed, units};

    #[test]
    fn zero_has_no_sign_and_units_come_back() {
        assert_eq!(number(-0.000_01, 4), "0.0000");
        assert_eq!(number(-0.5, 2), "-0.50");
        for text in ["-0.0012", "0.0000", "12.3456", "-3.0000"] {
            assert_eq!(of_units(units(text), 4), text);
        }
    }

    #[test]
    fn what_rounding_leaves_over_is_said() {
        // Just at the edge between two printed totals: no number of places would settle it.
        let sum = printed(&[0.5, 0.5], 1.000_06, 4);
        assert_eq!((sum.total.as_str(), sum.remainder.as_deref()), ("1.0001", Some("0.000100")));
    }

    proptest! {
        #[test]
        fn what_is_printed_adds_up(terms in prop::collection::vec(-3.0f64..3.0, 0..140), error in -1e-6f64..1e-6) {
            let total = terms.iter().sum::<f64>() + error;
            let sum = printed(&terms, total, 4);
            let scale = 10i64.pow(u32::from(sum.n_places) - 4);
            let left = sum.terms.iter().chain(&sum.remainder).map(|term| units(term)).sum::<i64>() - units(&sum.total) * scale;
            if sum.remainder.is_some() {
                prop_assert_eq!(left, 0);
            } else {
                prop_assert!(2 * left.abs() < scale, "{:?}", sum);
            }
        }
    }
}
