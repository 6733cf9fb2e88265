//! When a token expires, read in each of the ways in which vendors say it. What is beyond reason is no expiry:
//! a token that is never valid would be refreshed for ever.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::Offset;
use serde_json::Value;

use super::lookup::{Parts, number};
use crate::base::clock::millis;
use crate::credential::jwt;
use crate::credential::reading::Expires;
use crate::dialect::schema::{ExpiresBy, Expiry, Unit};

impl Expiry {
    /// Keys that do not go together: which, and why.
    pub(crate) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let known = match (self.unit, &self.format) {
            (Unit::Date, Some(format)) => check_format(format),
            (Unit::Date, None) => {
                return Some(("unit", "`date` needs a `format`, such as `%d/%m/%Y %H:%M`"));
            }
            (Unit::Duration, Some(format)) => check_fields(format),
            (_, None) => Ok(()),
            (_, Some(_)) => Err("goes with the units `date` and `duration`; remove it"),
        };
        if self.offset.is_some() && !matches!(self.unit, Unit::Date | Unit::Iso8601) {
            return Some(("offset", "goes with the units `date` and `iso8601`; remove it"));
        }
        known.err().map(|why| ("format", why))
    }

    fn utc_offset(&self) -> Offset {
        self.offset.map_or(Offset::UTC, |offset| offset.0)
    }

    /// `None`: nothing is there. `Some(None)`: something that cannot be read.
    fn read(&self, parts: &Parts<'_>) -> Option<Option<Expires>> {
        if self.unit == Unit::CookieLife {
            let life = self.selector.cookie_life(parts)?;
            let seconds = life.parse::<f64>().ok().and_then(after);
            return Some(seconds.or_else(|| http_date(&life)));
        }
        match self.selector.find(parts)? {
            Cow::Owned(Value::Null) | Cow::Borrowed(Value::Null) => None,
            value => Some(self.value(&value)),
        }
    }

    fn value(&self, value: &Value) -> Option<Expires> {
        match self.unit {
            Unit::Duration => after(duration(value.as_str()?.trim(), self.format.as_deref())?),
            Unit::Iso8601 => iso8601(value.as_str()?.trim(), self.utc_offset()),
            Unit::Date => by_format(&text(value)?, self.format.as_deref()?, self.utc_offset()),
            Unit::HttpDate => http_date(value.as_str()?.trim()),
            unit => counted(unit, value),
        }
    }
}

/// How the expiries of a list are read in one answer.
pub(super) struct ExpiryReader<'a> {
    pub(super) parts: &'a Parts<'a>,
    pub(super) by: ExpiresBy,
    /// The moment of the answer, in milliseconds since 1970.
    pub(super) at_ms: i64,
    /// Nobody knows whether that was the moment, so only absolute expiries count.
    pub(super) only_absolute: bool,
}

impl ExpiryReader<'_> {
    pub(super) fn read(&self, list: &[Expiry], warnings: &mut Vec<String>) -> Option<Expires> {
        let mut found = Vec::new();
        for expiry in list.iter().filter(|expiry| !(self.only_absolute && expiry.unit.is_relative())) {
            match expiry.read(self.parts) {
                None => {}
                Some(Some(expires)) if self.by == ExpiresBy::First => return Some(expires),
                Some(Some(expires)) => found.push(expires),
                // A token that is no JWT has no `exp`: nothing odd about it.
                Some(None) if expiry.unit == Unit::JwtExp => {}
                Some(None) => {
                    let at = expiry.selector.source();
                    warnings.push(format!("the answer's `{at}` is no usable expiry"));
                }
            }
        }
        let end = |expires: &Expires| match expires {
            Expires::After(span) => self.at_ms.saturating_add(millis(*span)),
            Expires::At(at) => *at,
        };
        match self.by {
            ExpiresBy::Latest => found.into_iter().max_by_key(end),
            ExpiresBy::First | ExpiresBy::Earliest => found.into_iter().min_by_key(end),
        }
    }
}

/// With the hyphens that cookies still have.
fn http_date(text: &str) -> Option<Expires> {
    let date = jiff::fmt::rfc2822::parse(&text.replace('-', " ")).ok()?;
    at(as_f64(date.timestamp()))
}

fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .map(|text| text.trim().to_owned())
        .or_else(|| value.as_u64().map(|number| number.to_string()))
}

/// A century from now: beyond it a number is no lifetime but a mistake.
const LONGEST_SECONDS: f64 = 3.2e9;

/// A life of less than our clocks can tell is no life: a token that is never valid would be refreshed for ever.
fn after(seconds: f64) -> Option<Expires> {
    let usable = (0.001..=LONGEST_SECONDS).contains(&seconds);
    usable.then(|| Expires::After(Duration::from_secs_f64(seconds)))
}

#[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
fn at(ms: f64) -> Option<Expires> {
    (ms / 1000.0 <= 4.0 * LONGEST_SECONDS && ms >= -4e15).then_some(Expires::At(ms as i64))
}

#[expect(clippy::cast_precision_loss, reason = "years within reason have few digits")]
fn as_f64(time: Timestamp) -> f64 {
    time.as_millisecond() as f64
}

/// `/Date(1767229200000)/`, as .NET has it, holds a number.
fn bare(value: &Value) -> Cow<'_, Value> {
    let inner = value.as_str().and_then(|text| text.strip_prefix("/Date(")?.strip_suffix(")/"));
    let digits = inner.map(|inner| inner.split(['+', '-']).next().unwrap_or_default());
    digits.map_or(Cow::Borrowed(value), |digits| Cow::Owned(digits.into()))
}

fn counted(unit: Unit, value: &Value) -> Option<Expires> {
    if unit == Unit::JwtExp {
        return jwt::expiry(value.as_str()?);
    }
    let count = number(&bare(value)).filter(|count| count.is_finite() && *count >= 0.0)?;
    match unit {
        Unit::Seconds => after(count),
        Unit::Milliseconds => after(count / 1000.0),
        Unit::Minutes => after(count * 60.0),
        Unit::Hours => after(count * 3_600.0),
        Unit::Days => after(count * 86_400.0),
        Unit::EpochSeconds => at(count * 1000.0),
        Unit::EpochMilliseconds => at(count),
        Unit::EpochMicroseconds => at(count / 1000.0),
        _ => None,
    }
}

/// With an offset of its own, or in ours; a date alone is its midnight.
fn iso8601(text: &str, offset: Offset) -> Option<Expires> {
    let local = |time: DateTime| offset.to_timestamp(time).ok();
    let time = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| local(text.parse::<DateTime>().ok()?))
        .or_else(|| local(text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight())))?;
    at(as_f64(time))
}

fn by_format(text: &str, format: &str, offset: Offset) -> Option<Expires> {
    let broken = BrokenDownTime::parse(format, text).ok()?;
    let local = || {
        let date = broken.to_date().ok()?;
        let time = broken.to_time().unwrap_or(jiff::civil::Time::midnight());
        offset.to_timestamp(date.to_datetime(time)).ok()
    };
    at(as_f64(broken.to_timestamp().ok().or_else(local)?))
}

/// What it writes it must be able to read.
fn check_format(format: &str) -> Result<(), &'static str> {
    let wrong = "no format of a whole date; its letters are those of strptime, as in `%d/%m/%Y %H:%M`";
    let sample = Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
    let written = jiff::fmt::strtime::format(format, &sample).map_err(|_| wrong)?;
    by_format(&written, format, Offset::UTC).map(|_| ()).ok_or(wrong)
}

/// Letter by letter the seconds that each field counts.
const FIELDS: [(char, f64); 4] = [('D', 86_400.0), ('H', 3_600.0), ('M', 60.0), ('S', 1.0)];

fn field(letter: char) -> Option<f64> {
    FIELDS.iter().find(|(known, _)| *known == letter).map(|(_, seconds)| *seconds)
}

fn check_fields(format: &str) -> Result<(), &'static str> {
    let mut letters: Vec<char> = format.chars().filter(char::is_ascii_alphabetic).collect();
    letters.dedup();
    let known = letters.iter().all(|letter| field(*letter).is_some());
    if known && !letters.is_empty() {
        return Ok(());
    }
    Err("the fields of a duration are named by `D`, `H`, `M` and `S`, as in `D:HH:MM`")
}

/// In seconds.
fn duration(text: &str, format: Option<&str>) -> Option<f64> {
    let Some(format) = format else {
        return text.parse::<jiff::SignedDuration>().ok().map(|span| span.as_secs_f64()).or_else(|| {
            // Days are no fixed time to those who think of summer time.
            let span = text.parse::<jiff::Span>().ok()?;
            span.total(jiff::SpanTotal::from(jiff::Unit::Second).days_are_24_hours()).ok()
        });
    };
    let mut letters: Vec<char> = format.chars().filter(char::is_ascii_alphabetic).collect();
    letters.dedup();
    // A unit in the value would be another than that of the field.
    if text.chars().any(char::is_alphabetic) {
        return None;
    }
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let numbers: Vec<f64> = numbers.map(|part| part.parse().ok()).collect::<Option<_>>()?;
    if numbers.len() != letters.len() || text.starts_with('-') {
        return None;
    }
    letters.iter().zip(numbers).map(|(letter, count)| Some(field(*letter)? * count)).sum()
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::dialect::schema::Selector;
    use crate::dialect::schema::pointer::Pointer;

    fn read(written: &str, value: &Value) -> Option<Expires> {
        #[derive(Deserialize)]
        struct One {
            expiry: Expiry,
        }
        let one: One = toml::from_str(&format!("expiry = {{ at = '/x', {written} }}")).expect(written);
        let parts =
            Parts { body: Some(json!({ "x": value })), headers: &[], ignore_case: false, empty: false };
        one.expiry.read(&parts)?
    }

    #[test]
    fn expiries_are_read_in_every_unit_and_absurd_ones_are_not() {
        let hour = Some(Expires::After(Duration::from_secs(3600)));
        for value in [json!(3600), json!("3600"), json!(3600.0)] {
            assert_eq!(read("unit = 'seconds'", &value), hour, "{value}");
        }
        for value in [
            json!(0),
            json!(-1),
            json!(0.0001),
            json!(1e12),
            json!("soon"),
            json!(null),
            json!(true),
            json!([3600]),
            json!(""),
        ] {
            assert_eq!(read("unit = 'seconds'", &value), None, "{value}");
        }
        let jwt = format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(r#"{"exp":1633363444}"#));
        let at = Some(Expires::At(1_633_363_444_000));
        for (written, value, wanted) in [
            ("unit = 'milliseconds'", json!("3600000"), hour),
            ("unit = 'minutes'", json!(60), hour),
            ("unit = 'hours'", json!(1), hour),
            ("unit = 'days'", json!("1"), Some(Expires::After(Duration::from_secs(86_400)))),
            ("unit = 'duration'", json!("PT1H"), hour),
            ("unit = 'duration'", json!("P1D"), Some(Expires::After(Duration::from_secs(86_400)))),
            ("unit = 'duration', format = 'D:HH:MM'", json!("0:01:00"), hour),
            ("unit = 'duration', format = 'HH:MM:SS'", json!("01:00:00"), hour),
            ("unit = 'duration', format = 'HH:MM:SS'", json!("01:00"), None),
            ("unit = 'duration', format = 'H'", json!("30m"), None),
            ("unit = 'duration'", json!("60m"), hour),
            ("unit = 'duration'", json!("0h 60m"), hour),
            ("unit = 'duration'", json!("1 hour"), hour),
            ("unit = 'epoch_seconds'", json!(1_633_363_444), at),
            ("unit = 'epoch_milliseconds'", json!("1633363444000"), at),
            ("unit = 'epoch_milliseconds'", json!("/Date(1633363444000+0200)/"), at),
            ("unit = 'epoch_microseconds'", json!(1_633_363_444_000_000_u64), at),
            ("unit = 'iso8601'", json!("2021-10-04T16:04:04.9259046Z"), Some(Expires::At(1_633_363_444_925))),
            ("unit = 'iso8601'", json!("2021-10-04T16:04:04+0000"), at),
            ("unit = 'iso8601'", json!("2021-10-04 16:04:04"), at),
            ("unit = 'iso8601', offset = '+08:00'", json!("2021-10-05 00:04:04"), at),
            ("unit = 'iso8601', offset = '+08:00'", json!("2021-10-04T16:04:04Z"), at),
            ("unit = 'iso8601'", json!("1970-01-02"), Some(Expires::At(86_400_000))),
            ("unit = 'date', format = '%d/%m/%Y %H:%M:%S'", json!("04/10/2021 16:04:04"), at),
            (
                "unit = 'date', format = '%Y%m%d', offset = '-0100'",
                json!(19_700_101),
                Some(Expires::At(3_600_000)),
            ),
            ("unit = 'date', format = '%Y-%m-%d %H:%M:%S %z'", json!("2021-10-04 18:04:04 +0200"), at),
            ("unit = 'http_date'", json!("Mon, 04 Oct 2021 16:04:04 GMT"), at),
            ("unit = 'jwt_exp'", json!(jwt), at),
            ("unit = 'jwt_exp'", json!("opaque"), None),
        ] {
            assert_eq!(read(written, &value), wanted, "{written}: {value}");
        }
    }

    #[test]
    fn a_unit_that_cannot_be_meant_is_refused() {
        for written in [
            "unit = 'date'",
            "unit = 'date', format = '%Q'",
            "unit = 'duration', format = 'X:YY'",
            "unit = 'seconds', format = '%Y'",
            "unit = 'seconds', offset = '+08:00'",
            "unit = 'iso8601', offset = '8'",
            "unit = 'fortnights'",
            "unit = 'seconds', header = 'X'",
        ] {
            let text = format!("at = '/x'\n{}", written.replace(", ", "\n"));
            let read = toml::from_str::<Expiry>(&text);
            assert!(!read.is_ok_and(|expiry| expiry.fault().is_none()), "{written}");
        }
    }

    const UNITS: [Unit; 9] = [
        Unit::Seconds,
        Unit::Milliseconds,
        Unit::Minutes,
        Unit::EpochSeconds,
        Unit::EpochMilliseconds,
        Unit::Iso8601,
        Unit::Duration,
        Unit::HttpDate,
        Unit::JwtExp,
    ];

    fn of(unit: Unit) -> Expiry {
        let selector = Selector::of(Pointer::parse("/x").ok(), None, None, None).expect("one place");
        Expiry { selector, unit, format: None, offset: None }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<f64>().prop_map(|number| json!(number)),
            any::<i64>().prop_map(|number| json!(number)),
            any::<u64>().prop_map(|number| json!(number)),
            "[-+0-9.eE]{0,30}".prop_map(Value::String),
            "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,12})?(Z|[+-][0-2][0-9]:[0-5][0-9])?".prop_map(Value::String),
            "-?P[0-9]{0,12}D?T?[0-9]{0,12}[HMS]?".prop_map(Value::String),
            "[-+0-9.eE]{1,20}".prop_map(|exp| json!(format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{exp}}}"))))),
            any::<String>().prop_map(Value::String),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn any_expiry_is_within_reason_or_none(value in any_value(), unit in select(&UNITS[..])) {
            match of(unit).value(&value) {
                Some(Expires::After(span)) => {
                    prop_assert!(span >= Duration::from_millis(1) && span.as_secs_f64() <= LONGEST_SECONDS, "{value}");
                }
                // A record takes no moment further away.
                Some(Expires::At(ms)) => prop_assert!((-(1 << 53)..1 << 53).contains(&ms), "{value}"),
                None => {}
            }
        }

        #[test]
        fn a_larger_number_never_expires_sooner(one in 0.0..5e9, other in 0.0..5e9, unit in select(&UNITS[..5])) {
            let in_order = |a: f64, b: f64| match (of(unit).value(&json!(a)), of(unit).value(&json!(b))) {
                (Some(Expires::After(a)), Some(Expires::After(b))) => a <= b,
                (Some(Expires::At(a)), Some(Expires::At(b))) => a <= b,
                _ => true,
            };
            prop_assert!(in_order(f64::min(one, other), f64::max(one, other)));
        }
    }
}
