//! Durations as people write them: `90s`, `15m`, `2h`, `30d`. None is longer than a century, so that
//! no date made of one overflows.

use std::time::Duration;

use crate::base::fault::said;
use serde::{Deserialize, Deserializer};

/// A century: longer is a slip of the pen, and would overflow dates.
const LONGEST: u64 = 100 * 366 * 86_400;

/// `90s`, `15m`, `2h`, `30d`; a bare `0` too (`--deadline 0` never waits).
pub(crate) fn parse_any(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let (digits, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(expected()),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(expected());
    }
    let count: u64 = digits.parse().map_err(|_| too_long())?;
    match count.checked_mul(seconds) {
        Some(total) if total <= LONGEST => Ok(Duration::from_secs(total)),
        _ => Err(too_long()),
    }
}

fn expected() -> String {
    "expected a number and a unit, such as `90s`, `15m`, `2h` or `30d`".into()
}

fn too_long() -> String {
    "a duration of more than a hundred years".into()
}

/// A whole number and a unit, `90s`, `15m`, `2h`, `30d`: longer than zero, at most a hundred years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::Duration"))]
pub(crate) struct Span(pub(crate) Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Span, D::Error> {
        let text = String::deserialize(from).map_err(|_| said(expected() + ", in quotes"))?;
        match parse_any(&text) {
            Ok(Duration::ZERO) => Err(said("must be longer than zero")),
            Ok(span) => Ok(Span(span)),
            Err(why) => Err(said(why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (text, seconds) in
            [("90s", 90), ("15m", 900), ("2h", 7_200), ("30d", 2_592_000), ("0", 0), ("0s", 0)]
        {
            assert_eq!(parse_any(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in
            ["", "90", "s", "-1s", "1.5h", "NaN", "1e18s", "99999999999999999999s", "4000000d", "5ü", " 5s"]
        {
            assert!(parse_any(text).is_err(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn a_count_of_a_unit_is_that_long_or_too_long(count: u64, unit in 0..4_usize, small: bool) {
            let count = if small { count % 40_000 } else { count };
            let (letter, seconds) = [("s", 1_u128), ("m", 60), ("h", 3_600), ("d", 86_400)][unit];
            let total = u128::from(count) * seconds;
            let parsed = parse_any(&format!("{count}{letter}"));
            prop_assert_eq!(parsed.as_ref().ok().map(|span| u128::from(span.as_secs())), (total <= u128::from(LONGEST)).then_some(total));
        }

        #[test]
        fn no_text_does_harm(text in prop_oneof![any::<String>(), "[0-9]{0,25}[smhd]?"]) {
            prop_assert!(parse_any(&text).is_ok_and(|span| span.as_secs() <= LONGEST) || parse_any(&text).is_err());
        }
    }
}
