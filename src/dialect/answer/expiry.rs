//! When a token expires, read in each of the ways in which vendors say it: as the dialect says, else as the value itself
//! says, where it can be meant in one way only. What is beyond reason is no expiry.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::Offset;
use serde_json::Value;

use super::duration::{check_fields, duration};
use super::lookup::Parts;
use crate::base::clock::millis;
use crate::credential::jwt;
use crate::credential::reading::Expires;
use crate::dialect::schema::{ExpiresBy, Expiry, Unit};

impl Expiry {
    /// Keys that do not go together: which, and why.
    pub(crate) fn fault(&self) -> Option<(Vec<&'static str>, &'static str)> {
        if let Some((key, why)) = self.own_fault() {
            return Some((vec![key], why));
        }
        let since = self.since.as_deref()?;
        if !self.unit.is_span() {
            let words = "works only with a span, such as the unit `seconds`; remove it";
            return Some((vec!["since"], words));
        }
        if !since.unit.is_date() {
            let words = "expected the unit of a date, such as `epoch_seconds` or `iso8601`";
            return Some((vec!["since", "unit"], words));
        }
        since.own_fault().map(|(key, why)| (vec!["since", key], why))
    }

    fn own_fault(&self) -> Option<(&'static str, &'static str)> {
        if self.time_of_day.is_some() {
            return None;
        }
        if self.plus.is_some() && !self.unit.is_date() {
            return Some(("plus", "works only with a date, such as the unit `epoch_seconds`; remove it"));
        }
        let known = match (self.unit, &self.format) {
            (Unit::Date, Some(format)) => check_format(format),
            (Unit::Date, None) => {
                return Some(("unit", "`date` needs a `format`, such as `%d/%m/%Y %H:%M`"));
            }
            (Unit::Duration, Some(format)) => check_fields(format),
            (_, None) => Ok(()),
            (_, Some(_)) => Err("works only with the units `date` and `duration`; remove it"),
        };
        if self.offset.is_some() && !matches!(self.unit, Unit::Date | Unit::Iso8601) {
            return Some(("offset", "works only with the units `date` and `iso8601`; remove it"));
        }
        known.err().map(|why| ("format", why))
    }

    fn utc_offset(&self) -> Offset {
        self.offset.map_or(Offset::UTC, |offset| offset.0)
    }

    /// `at_ms`: what time it was at the answer. `None`: nothing is there. `Some(None)`: something that cannot be read.
    fn read(&self, parts: &Parts<'_>, at_ms: i64) -> Option<Option<ReadExpiry>> {
        if let Some(time) = self.time_of_day {
            let expires = self.next(time.0, at_ms).map(Expires::At);
            return Some(expires.map(|expires| ReadExpiry { expires, lasts: None, of_the_answer: true }));
        }
        let Some(expires) = self.stated(parts)? else { return Some(None) };
        Some(match (expires, &self.since, self.plus) {
            (Expires::At(issued), _, Some(span)) => Some(ReadExpiry::dated(issued, span.0)),
            (Expires::After(_), _, Some(_)) => None,
            (Expires::After(span), Some(since), _) => match since.stated(parts) {
                Some(Some(Expires::At(issued))) => Some(ReadExpiry::dated(issued, span)),
                Some(_) => None,
                None => Some(ReadExpiry::of(expires)),
            },
            _ => Some(ReadExpiry::of(expires)),
        })
    }

    /// The first such time after the answer.
    fn next(&self, time: Time, at_ms: i64) -> Option<i64> {
        let (offset, now) = (self.utc_offset(), Timestamp::from_millisecond(at_ms).ok()?);
        let today = offset.to_datetime(now).date();
        let days = [Some(today), today.tomorrow().ok()].into_iter().flatten();
        let mut moments = days.filter_map(|day| offset.to_timestamp(day.to_datetime(time)).ok());
        moments.find(|moment| *moment > now).map(Timestamp::as_millisecond)
    }

    /// What stands at the place. `None`: nothing is there. `Some(None)`: something that cannot be read.
    fn stated(&self, parts: &Parts<'_>) -> Option<Option<Expires>> {
        if self.unit == Unit::CookieLife {
            let life = self.selector.cookie_life(parts)?;
            let seconds = life.parse::<f64>().ok().and_then(after);
            return Some(seconds.or_else(|| http_date(&life)));
        }
        let value = match self.selector.find(parts)? {
            Cow::Owned(Value::Null) | Cow::Borrowed(Value::Null) => return None,
            value => value,
        };
        match self.unit {
            // A token that is no JWT has no `exp`: nothing odd about it.
            Unit::JwtExp => jwt::expiry(value.as_str()?),
            _ => Some(self.value(only(&value))),
        }
    }

    fn value(&self, value: &Value) -> Option<Expires> {
        self.any_value(value).filter(|expires| !is_before_all_tokens(*expires))
    }

    /// Also the dates with which some vendors say "none".
    fn any_value(&self, value: &Value) -> Option<Expires> {
        let text = || value.as_str().map(str::trim);
        let declared = match self.unit {
            Unit::Duration => text().and_then(|text| duration(text, self.format.as_deref())).and_then(after),
            Unit::Iso8601 => text().and_then(|text| iso8601(text, self.utc_offset())),
            Unit::Date => {
                as_text(value).and_then(|text| by_format(&text, self.format.as_deref()?, self.utc_offset()))
            }
            Unit::HttpDate => text().and_then(http_date),
            unit => number(value).and_then(|count| counted(unit, count)),
        };
        // Fields that a format counts leave no room for a unit of the value's own.
        let fields = self.unit == Unit::Duration && self.format.is_some();
        declared.or_else(|| plain(value).filter(|_| !fields))
    }

    /// A number that is no life, or a date before all tokens, as vendors write "never".
    fn is_none_at_all(&self, parts: &Parts<'_>) -> bool {
        if self.plus.is_some() {
            return false;
        }
        let Some(value) = self.selector.find(parts) else { return false };
        match self.unit {
            Unit::JwtExp => value.as_str().and_then(jwt::expiry) == Some(None),
            Unit::CookieLife => false,
            _ => {
                let value = only(&value);
                number(value).is_some_and(|number| number <= 0.0)
                    || self.any_value(value).is_some_and(is_before_all_tokens)
            }
        }
    }
}

/// An expiry as it was read.
#[derive(Clone, Copy)]
struct ReadExpiry {
    expires: Expires,
    /// How long the token lives, if it is a date that was reckoned from its issue.
    lasts: Option<Duration>,
    /// It depends on when the answer was given.
    of_the_answer: bool,
}

impl ReadExpiry {
    fn of(expires: Expires) -> ReadExpiry {
        match expires {
            Expires::After(span) => ReadExpiry { expires, lasts: Some(span), of_the_answer: true },
            Expires::At(_) => ReadExpiry { expires, lasts: None, of_the_answer: false },
        }
    }

    fn dated(issued: i64, span: Duration) -> ReadExpiry {
        let expires = Expires::At(issued.saturating_add(millis(span)));
        ReadExpiry { expires, lasts: Some(span), of_the_answer: false }
    }
}

/// 2001, long before any token that is still of use: `0001-01-01` and 1970 mean that there is no date.
fn is_before_all_tokens(expires: Expires) -> bool {
    matches!(expires, Expires::At(ms) if ms < 978_307_200_000)
}

/// How the expiries of a list are read in one answer.
pub(super) struct ExpiryReader<'a> {
    pub(super) parts: &'a Parts<'a>,
    pub(super) by: ExpiresBy,
    /// What time it was at the answer, in milliseconds since 1970, to whoever gave it.
    pub(super) at_ms: i64,
    /// Nobody knows when the answer was given, so only absolute expiries count.
    pub(super) only_absolute: bool,
}

/// What a list of expiries finds.
#[derive(Default)]
pub(super) struct FoundExpiry {
    pub(super) expires: Option<Expires>,
    /// How long the token lives, if that stands behind the absolute expiry that counts.
    pub(super) lasts: Option<Duration>,
    /// The first that is there and cannot be read.
    pub(super) unread: Option<String>,
    /// One of them is a number that is no life.
    pub(super) never: bool,
}

impl ExpiryReader<'_> {
    pub(super) fn read(&self, list: &[Expiry]) -> FoundExpiry {
        let (mut found, mut all) = (FoundExpiry::default(), Vec::new());
        for expiry in list {
            match expiry.read(self.parts, self.at_ms) {
                None => {}
                Some(Some(read)) if self.only_absolute && read.of_the_answer => {}
                Some(Some(read)) => all.push(read),
                Some(None) => {
                    let what = || format!("answer's `{}`", expiry.selector.source());
                    found.unread.get_or_insert_with(what);
                    found.never |= expiry.is_none_at_all(self.parts);
                }
            }
        }
        found.expires = self.which(&all).map(|read| read.expires);
        found.lasts = all.iter().find_map(|read| read.lasts.filter(|_| self.by == ExpiresBy::First));
        found
    }

    fn which(&self, all: &[ReadExpiry]) -> Option<ReadExpiry> {
        let end = |read: &&ReadExpiry| match read.expires {
            Expires::After(span) => self.at_ms.saturating_add(millis(span)),
            Expires::At(at) => at,
        };
        let which = match self.by {
            ExpiresBy::First => all.first(),
            ExpiresBy::Earliest => all.iter().min_by_key(end),
            ExpiresBy::Latest => all.iter().max_by_key(end),
        };
        which.copied()
    }
}

/// Of a list of one, the one.
fn only(value: &Value) -> &Value {
    match value.as_array().map(Vec::as_slice) {
        Some([one]) => one,
        _ => value,
    }
}

/// What can be meant in one way only, whatever the dialect says.
fn plain(value: &Value) -> Option<Expires> {
    if let Some(number) = number(value) {
        return date_of(number, SECONDS_OF_A_DATE);
    }
    let text = value.as_str()?.trim();
    let in_utc = || {
        let bare = text.strip_suffix("UTC").or_else(|| text.strip_suffix("GMT"))?;
        iso8601(bare.trim_end(), Offset::UTC)
    };
    instant(text)
        .and_then(|time| at(as_f64(time)))
        .or_else(in_utc)
        .or_else(|| http_date(text))
        .or_else(|| after(duration(text, None)?))
}

/// RFC 9110 section 5.6.7 with its obsolete forms, and with the hyphens that cookies still have.
fn http_date(text: &str) -> Option<Expires> {
    let as_mail = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp());
    if let Some(date) = as_mail(text).or_else(|| as_mail(&text.replace('-', " "))) {
        return at(as_f64(date));
    }
    let obsolete = ["%A, %d-%b-%y %H:%M:%S GMT", "%a, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    obsolete.iter().find_map(|format| by_format(text, format, Offset::UTC))
}

fn as_text(value: &Value) -> Option<String> {
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
    (-4e15..=END_OF_DATES).contains(&ms).then_some(Expires::At(ms as i64))
}

/// In milliseconds: the year 9999, with which some vendors say "never".
const END_OF_DATES: f64 = 253_402_300_800_000.0;

#[expect(clippy::cast_precision_loss, reason = "years within reason have few digits")]
fn as_f64(time: Timestamp) -> f64 {
    time.as_millisecond() as f64
}

/// Also as text, and in `/Date(1767229200000)/`, as .NET has it.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => {
            let text = text.trim();
            let inner = text.strip_prefix("/Date(").and_then(|inner| inner.strip_suffix(")/"));
            let digits =
                inner.map(|inner| inner.split(['+', '-']).next().unwrap_or_default()).unwrap_or(text);
            // No "inf", and no "NaN".
            let good = digits.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
            digits.parse().ok().filter(|_| good)?
        }
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// 2008 in seconds since 1970, 38 years as a life: from here on a number is a date, also where a life is looked for.
const SECONDS_OF_A_DATE: f64 = 1.2e9;
/// Ten years in seconds, 1980 as a date: up to here a number is a life, also where a date is looked for.
const SECONDS_OF_A_LIFE: f64 = 3.2e8;

/// In seconds, milliseconds, microseconds or nanoseconds: a number tells by its size. No date is before `least`.
fn date_of(number: f64, least: f64) -> Option<Expires> {
    let scales = [1.0, 1e3, 1e6, 1e9].into_iter();
    let seconds = scales.map(|scale| number / scale).find(|seconds| (least..1e10).contains(seconds))?;
    at(seconds * 1_000.0)
}

fn counted(unit: Unit, count: f64) -> Option<Expires> {
    let (of_life, of_date) = match unit {
        Unit::Seconds | Unit::BySize => (1.0, None),
        Unit::Milliseconds => (1e-3, None),
        Unit::Minutes => (60.0, None),
        Unit::Hours => (3_600.0, None),
        Unit::Days => (86_400.0, None),
        Unit::EpochSeconds => (1.0, Some(1e3)),
        Unit::EpochMilliseconds => (1e-3, Some(1.0)),
        Unit::EpochMicroseconds => (1e-6, Some(1e-3)),
        _ => return None,
    };
    let seconds = count * of_life;
    match of_date {
        // So many milliseconds are a life, so many seconds a date.
        None if unit == Unit::Milliseconds => date_of(count, SECONDS_OF_A_DATE)
            .filter(|_| seconds >= SECONDS_OF_A_DATE)
            .or_else(|| after(seconds)),
        None => date_of(count, SECONDS_OF_A_DATE).or_else(|| after(seconds)),
        Some(of_date) => date_of(count, SECONDS_OF_A_DATE).or_else(|| match seconds <= SECONDS_OF_A_LIFE {
            true => after(seconds).filter(|_| seconds >= SHORTEST_FOR_A_DATE),
            false => at(count * of_date),
        }),
    }
}

/// A minute: less, where a date is looked for, is counted in something else.
const SHORTEST_FOR_A_DATE: f64 = 60.0;

/// With an offset of its own. "Never" is the last day of year 9999 to some, which is beyond what can be reckoned with.
fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| text.starts_with("9999-12-3").then_some(Timestamp::MAX))
}

/// With an offset of its own, or in ours; a date alone is its midnight.
fn iso8601(text: &str, offset: Offset) -> Option<Expires> {
    let local = |time: DateTime| offset.to_timestamp(time).ok();
    let time = instant(text)
        .or_else(|| local(text.parse::<DateTime>().ok()?))
        .or_else(|| local(text.parse::<Date>().ok()?.to_datetime(Time::midnight())))?;
    at(as_f64(time))
}

fn by_format(text: &str, format: &str, offset: Offset) -> Option<Expires> {
    let broken = BrokenDownTime::parse(format, text).ok()?;
    let local = || {
        let date = broken.to_date().ok()?;
        let time = broken.to_time().unwrap_or(Time::midnight());
        offset.to_timestamp(date.to_datetime(time)).ok()
    };
    at(as_f64(broken.to_timestamp().ok().or_else(local)?))
}

/// What it writes it must be able to read.
fn check_format(format: &str) -> Result<(), &'static str> {
    let wrong = "not the format of a whole date; the letters are those of strptime, as in `%d/%m/%Y %H:%M`";
    let sample = Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
    let written = jiff::fmt::strtime::format(format, &sample).map_err(|_| wrong)?;
    by_format(&written, format, Offset::UTC).map(|_| ()).ok_or(wrong)
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
        let parts = Parts { body: Some(json!({ "x": value })), ..Parts::default() };
        one.expiry.stated(&parts)?
    }

    /// What an expiry as it is written comes to, in seconds after the answer, which was at 2026-01-01T00:00:00Z.
    fn ends(written: &str, body: &Value) -> Result<Option<f64>, &'static str> {
        #[derive(Deserialize)]
        struct One {
            expiry: Expiry,
        }
        let one: One = toml::from_str(&format!("expiry = {{ {written} }}")).expect(written);
        assert_eq!(one.expiry.fault(), None, "{written}");
        let parts = Parts { body: Some(body.clone()), ..Parts::default() };
        let at_ms = 1_767_225_600_000;
        match one.expiry.read(&parts, at_ms) {
            None => Err("nothing"),
            Some(read) => Ok(read.map(|read| match read.expires {
                Expires::After(span) => span.as_secs_f64(),
                #[expect(clippy::cast_precision_loss, reason = "of this century")]
                Expires::At(ms) => (ms - at_ms) as f64 / 1e3,
            })),
        }
    }

    #[test]
    fn an_expiry_is_counted_from_an_issue_or_is_a_time_of_day() {
        let since = "at = '/in', unit = 'seconds', since = { at = '/iat', unit = 'epoch_seconds' }";
        let plus = "at = '/iat', unit = 'epoch_seconds', plus = '2h'";
        let iat = 1_767_225_000;
        for (written, body, wanted) in [
            (since, json!({ "in": 3600, "iat": iat }), Ok(Some(3000.0))),
            (since, json!({ "in": "3600", "iat": iat.to_string() }), Ok(Some(3000.0))),
            (since, json!({ "in": 3600, "iat": iat * 1000_i64 }), Ok(Some(3000.0))),
            // Without it, from the answer.
            (since, json!({ "in": 3600 }), Ok(Some(3600.0))),
            (since, json!({ "in": 3600, "iat": null }), Ok(Some(3600.0))),
            (since, json!({ "in": 3600, "iat": "then" }), Ok(None)),
            (since, json!({ "in": 3600, "iat": 7200 }), Ok(None)),
            (since, json!({ "in": 3600, "iat": 0 }), Ok(None)),
            (since, json!({ "in": "soon", "iat": iat }), Ok(None)),
            (since, json!({ "iat": iat }), Err("nothing")),
            // The value is a date whatever the unit says.
            (since, json!({ "in": 1_767_229_200, "iat": iat }), Ok(Some(3600.0))),
            (
                "at = '/in', unit = 'duration', since = { at = '/at', unit = 'date', format = '%d/%m/%Y %H:%M', offset = '+01:00' }",
                json!({ "in": "PT2H", "at": "01/01/2026 00:00" }),
                Ok(Some(3600.0)),
            ),
            (plus, json!({ "iat": iat }), Ok(Some(6600.0))),
            (plus, json!({ "iat": 3600 }), Ok(None)),
            (plus, json!({ "iat": 0 }), Ok(None)),
            (plus, json!({}), Err("nothing")),
            (
                "at = '/at', unit = 'iso8601', plus = '1h'",
                json!({ "at": "2026-01-01T00:00:00Z" }),
                Ok(Some(3600.0)),
            ),
            ("time_of_day = '06:00'", json!({}), Ok(Some(21_600.0))),
            ("time_of_day = '00:00'", json!({}), Ok(Some(86_400.0))),
            ("time_of_day = '00:00:01'", json!({}), Ok(Some(1.0))),
            ("time_of_day = '06:00', offset = '+05:30'", json!({}), Ok(Some(1_800.0))),
            ("time_of_day = '05:30', offset = '+05:30'", json!({}), Ok(Some(86_400.0))),
            ("time_of_day = '23:00', offset = '-03:00'", json!({}), Ok(Some(7_200.0))),
            ("at = '/x', unit = 'by_size'", json!({ "x": 3600 }), Ok(Some(3600.0))),
            ("at = '/x', unit = 'by_size'", json!({ "x": 1_767_229_200 }), Ok(Some(3600.0))),
            ("at = '/x', unit = 'by_size'", json!({ "x": "1767229200000" }), Ok(Some(3600.0))),
            ("at = '/x', unit = 'by_size'", json!({ "x": -1 }), Ok(None)),
        ] {
            assert_eq!(ends(written, &body), wanted, "{written} {body}");
        }
    }

    #[test]
    fn of_an_answer_of_unknown_age_only_what_does_not_depend_on_it_counts() {
        #[derive(Deserialize)]
        struct All {
            all: Vec<Expiry>,
        }
        let all: All = toml::from_str(
            "all = [{ time_of_day = '06:00' }, { at = '/in', unit = 'seconds' }, { at = '/in', unit = 'seconds', since = { at = '/iat', unit = 'epoch_seconds' } }]",
        )
        .expect("expiries");
        let parts = Parts { body: Some(json!({ "in": 3600, "iat": 1_767_225_600 })), ..Parts::default() };
        for (only_absolute, by, wanted) in [
            (true, ExpiresBy::First, Expires::At(1_767_229_200_000)),
            (false, ExpiresBy::First, Expires::At(1_767_247_200_000)),
            (false, ExpiresBy::Earliest, Expires::After(Duration::from_secs(3600))),
        ] {
            let reader = ExpiryReader { parts: &parts, by, at_ms: 1_767_225_600_000, only_absolute };
            let found = reader.read(&all.all);
            assert_eq!(found.expires, Some(wanted));
        }
    }

    #[test]
    fn expiries_are_read_in_every_unit_and_absurd_ones_are_not() {
        let hour = Some(Expires::After(Duration::from_secs(3600)));
        for value in [
            json!(3600),
            json!("3600"),
            json!(3600.0),
            json!(" 3600 "),
            json!("3.6e3"),
            json!("+3600"),
            json!([3600]),
            json!(["3600"]),
            json!("3600s"),
            json!("3600 seconds"),
            json!("60m"),
            json!("60 min"),
            json!("1h"),
            json!("1 hour"),
            json!("PT1H"),
            json!("PT3600S"),
        ] {
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
            json!([3600, 3600]),
            json!([]),
            json!({ "seconds": 3600 }),
            json!("inf"),
            json!("NaN"),
            json!("0x10"),
            json!("3600x"),
            json!("2026-11-28 18:00:00"),
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
            ("unit = 'iso8601'", json!("2026-11-28"), Some(Expires::At(1_795_824_000_000))),
            ("unit = 'date', format = '%d/%m/%Y %H:%M:%S'", json!("04/10/2021 16:04:04"), at),
            (
                "unit = 'date', format = '%Y%m%d', offset = '-0100'",
                json!(20_261_128),
                Some(Expires::At(1_795_827_600_000)),
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
    fn what_can_be_meant_in_one_way_only_is_read_whatever_the_unit() {
        let at = Some(Expires::At(1_795_888_800_000));
        for unit in [
            "seconds",
            "milliseconds",
            "minutes",
            "duration",
            "epoch_seconds",
            "epoch_milliseconds",
            "iso8601",
            "http_date",
        ] {
            for value in [
                json!("2026-11-28T18:00:00Z"),
                json!("2026-11-28T19:00:00+01:00"),
                json!("2026-11-28 18:00:00 UTC"),
                json!("Sat, 28 Nov 2026 18:00:00 GMT"),
                json!("Saturday, 28-Nov-26 18:00:00 GMT"),
                json!("Sat Nov 28 18:00:00 2026"),
                json!("/Date(1795888800000)/"),
                json!(1_795_888_800_000_i64),
                json!("1795888800000"),
                json!(1_795_888_800_000_000_i64),
            ] {
                assert_eq!(read(&format!("unit = '{unit}'"), &value), at, "{unit}: {value}");
            }
        }
        for unit in ["seconds", "minutes", "epoch_seconds", "epoch_milliseconds", "iso8601"] {
            assert_eq!(read(&format!("unit = '{unit}'"), &json!("1795888800")), at, "{unit}");
        }
        // So many milliseconds are twenty days.
        let days = Some(Expires::After(Duration::from_millis(1_795_888_800)));
        assert_eq!(read("unit = 'milliseconds'", &json!(1_795_888_800)), days);
        // Too small for a date, and too large for a life.
        let after = |seconds| Some(Expires::After(Duration::from_secs(seconds)));
        for (unit, value, wanted) in [
            ("epoch_seconds", 3_600_i64, after(3_600)),
            ("epoch_seconds", 5_184_000, after(5_184_000)),
            ("epoch_milliseconds", 7_200_000, after(7_200)),
            ("epoch_milliseconds", 7_200, None),
            ("epoch_seconds", 0, None),
            ("epoch_seconds", -1, None),
            ("epoch_seconds", 1_000_000_000, Some(Expires::At(1_000_000_000_000))),
            ("seconds", 2_147_483_647, Some(Expires::At(2_147_483_647_000))),
            ("seconds", 99_999_999_999_999_999, None),
            // Dates without a line between their digits.
            ("seconds", 20_261_128_180_000, None),
            ("iso8601", 20_261_128, None),
        ] {
            assert_eq!(read(&format!("unit = '{unit}'"), &json!(value)), wanted, "{unit}: {value}");
        }
    }

    /// What a list finds, of an answer of a known second.
    fn found(list: &str, body: &str, by: ExpiresBy, only_absolute: bool) -> FoundExpiry {
        #[derive(Deserialize)]
        struct List {
            list: Vec<Expiry>,
        }
        let list: List = toml::from_str(&format!("list = [{list}]")).expect(list);
        let body = Some(serde_json::from_str(body).expect(body));
        let parts = Parts { body, ..Parts::default() };
        ExpiryReader { parts: &parts, by, at_ms: 1_795_888_800_000, only_absolute }.read(&list.list)
    }

    #[test]
    fn which_of_several_counts_is_told_by_the_answers_own_time() {
        let list = "{ at = '/in', unit = 'seconds' }, { at = '/at', unit = 'epoch_seconds' }";
        let (hour, at) = (Expires::After(Duration::from_secs(3_600)), |ms| Expires::At(ms));
        for (body, by, wanted) in [
            (r#"{"in":3600,"at":1795888860}"#, ExpiresBy::First, hour),
            (r#"{"in":3600,"at":1795888860}"#, ExpiresBy::Earliest, at(1_795_888_860_000)),
            (r#"{"in":3600,"at":1795888860}"#, ExpiresBy::Latest, hour),
            (r#"{"in":3600,"at":1795896000}"#, ExpiresBy::Earliest, hour),
            (r#"{"in":3600,"at":1795896000}"#, ExpiresBy::Latest, at(1_795_896_000_000)),
            (r#"{"in":0,"at":1795896000}"#, ExpiresBy::First, at(1_795_896_000_000)),
        ] {
            assert_eq!(found(list, body, by, false).expires, Some(wanted), "{body} {by:?}");
        }
        let absolute = found(list, r#"{"in":3600,"at":1795888860}"#, ExpiresBy::First, true);
        assert_eq!((absolute.expires, absolute.lasts), (Some(at(1_795_888_860_000)), None));
        // A date where a life is looked for counts, a life where a date is looked for does not.
        let lookalike = |body: &str| found(list, body, ExpiresBy::First, true).expires;
        assert_eq!(lookalike(r#"{"in":1795896000}"#), Some(at(1_795_896_000_000)));
        assert_eq!(lookalike(r#"{"at":3600}"#), None);
    }

    #[test]
    fn what_is_there_and_cannot_be_read_is_named_and_no_life_at_all_may_mean_never() {
        let list = "{ at = '/in', unit = 'seconds' }, { at = '/jwt', unit = 'jwt_exp' }";
        let jwt =
            |exp: &str| format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(format!(r#"{{"exp":{exp}}}"#)));
        for (body, unread, never) in [
            (json!({}), None, false),
            (json!({ "in": null, "jwt": "opaque" }), None, false),
            (json!({ "in": 3600 }), None, false),
            (json!({ "in": "soon" }), Some("answer's `/in`"), false),
            (json!({ "in": 0 }), Some("answer's `/in`"), true),
            (json!({ "in": "-1", "jwt": "opaque" }), Some("answer's `/in`"), true),
            (json!({ "in": "0001-01-01T00:00:00Z" }), Some("answer's `/in`"), true),
            (json!({ "in": "Thu, 01 Jan 1970 00:00:00 GMT" }), Some("answer's `/in`"), true),
            (json!({ "in": "9999-12-31T23:59:59Z" }), None, false),
            (json!({ "jwt": jwt("0") }), Some("answer's `/jwt`"), true),
            (json!({ "jwt": jwt("null") }), None, false),
        ] {
            let found = found(list, &body.to_string(), ExpiresBy::First, false);
            assert_eq!((found.unread.as_deref(), found.never), (unread, never), "{body}");
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
        Expiry { selector, unit, format: None, offset: None, since: None, plus: None, time_of_day: None }
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
