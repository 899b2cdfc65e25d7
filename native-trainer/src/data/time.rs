//! Times as people write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What a time may be, in words.
pub const EXPECTED: &str = "a time: unix seconds, or a date such as 2023-01-31 or 2023-01-31 18:30:00";

/// Unix seconds, a number as it stands or a date: `2023-01-31`, `2023-01-31 18:30`, `2023-01-31T18:30:00Z`; without
/// an offset it is taken as UTC.
pub fn parse(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some(number);
    }
    let timestamp = text.parse::<Timestamp>().ok().or_else(|| {
        let date: DateTime = text.parse().ok()?;
        TimeZone::UTC.to_timestamp(date).ok()
    })?;
    Some(timestamp.as_millisecond() as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds by `date -u -d ... +%s`.
    #[test]
    fn numbers_and_dates_are_times() {
        let cases = [
            ("1393545600", Some(1_393_545_600.0)),
            ("1.5e9", Some(1.5e9)),
            ("2014-02-28", Some(1_393_545_600.0)),
            ("2014-02-28 00:00:01", Some(1_393_545_601.0)),
            ("2014-02-28T00:00:01Z", Some(1_393_545_601.0)),
            ("2014-02-28 01:00:01+01:00", Some(1_393_545_601.0)),
            ("2014-02-28 00:01", Some(1_393_545_660.0)),
            ("2014-02-30", None),
            ("02 28, 2014", None),
            ("NaN", None),
            ("", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse(text), seconds, "{text}");
        }
    }
}
