//! An expiry as a dialect writes it: where it stands, and in which of the ways in which vendors say it.

use std::fmt;
use std::marker::PhantomData;

use jiff::civil::Time;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::pointer::Pointer;
use super::selector::{HeaderName, Selector};
use crate::base::duration::Span;
use crate::base::fault::said;
use crate::dialect::utc_offset::UtcOffset;

/// A place, and what the value there means.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "ExpiryTable"))]
pub(crate) struct Expiry {
    pub(crate) selector: Selector,
    pub(crate) unit: Unit,
    pub(crate) format: Option<String>,
    pub(crate) offset: Option<UtcOffset>,
    /// When the span that stands at the place began; at the answer if it is not there.
    pub(crate) since: Option<Box<Expiry>>,
    /// The date that stands at the place is the issue: so much later is the end.
    pub(crate) plus: Option<Span>,
    /// It stands nowhere: the next such time after the answer.
    pub(crate) time_of_day: Option<TimeOfDay>,
}

/// A time of day.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::ClockTime"))]
pub(crate) struct TimeOfDay(pub(crate) Time);

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<TimeOfDay, D::Error> {
        let text = String::deserialize(from)?;
        let forms = ["%H:%M", "%H:%M:%S"].into_iter();
        let time = forms.filter(|_| text.len() > 4).find_map(|form| Time::strptime(form, &text).ok());
        time.map(TimeOfDay).ok_or_else(|| said("a time of day is written `06:00` or `06:00:30`"))
    }
}

impl Expiry {
    pub(super) fn selectors(&self) -> impl Iterator<Item = &Selector> {
        [&self.selector].into_iter().chain(self.since.iter().map(|since| &since.selector))
    }

    pub(super) fn selectors_mut(&mut self) -> impl Iterator<Item = &mut Selector> {
        [&mut self.selector].into_iter().chain(self.since.iter_mut().map(|since| &mut since.selector))
    }
}

/// As written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ExpiryTable", transform = crate::testing::json_schema::expiry))]
struct ExpiryTable {
    /// Where in the body: a JSON Pointer (RFC 6901). It goes on into strings that hold JSON and into the claims of a JWT.
    at: Option<Pointer>,
    /// A header of the answer, its name in any case.
    header: Option<HeaderName>,
    /// A cookie that the answer sets.
    cookie: Option<String>,
    /// A beginning of the value that is taken off if it is there, in any case, such as `Bearer `.
    strip: Option<String>,
    /// What the value there means.
    unit: Option<Unit>,
    /// With `date` in the letters of strptime, such as `%d/%m/%Y %H:%M`; with `duration` by the fields `D`, `H`, `M` and `S`, such as `D:HH:MM`.
    format: Option<String>,
    /// With `date` and `iso8601`: of values that have no offset from UTC themselves. With `time_of_day`: of that.
    offset: Option<UtcOffset>,
    /// With a span: where the answer says when it began.
    #[cfg_attr(test, schemars(with = "Option<IssuedTable>"))]
    since: Option<Issued>,
    /// With a date, which is that of the issue: how long after it the end is.
    plus: Option<Span>,
    /// Without a place: the next such time after the answer, `06:00`.
    time_of_day: Option<TimeOfDay>,
}

/// A place, and in which of its ways it says when a token was issued.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "IssuedTable", transform = crate::testing::json_schema::one_site, transform = crate::testing::json_schema::issue))]
struct IssuedTable {
    /// Where in the body: a JSON Pointer (RFC 6901). It goes on into strings that hold JSON and into the claims of a JWT.
    at: Option<Pointer>,
    /// A header of the answer, its name in any case.
    header: Option<HeaderName>,
    /// A cookie that the answer sets.
    cookie: Option<String>,
    /// A beginning of the value that is taken off if it is there, in any case.
    strip: Option<String>,
    /// What the value there means.
    unit: Unit,
    /// With `date` in the letters of strptime, such as `%d/%m/%Y %H:%M`.
    format: Option<String>,
    /// With `date` and `iso8601`: of values that have no offset from UTC themselves.
    offset: Option<UtcOffset>,
}

/// What the value there means.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Unit {
    /// Seconds from the moment of the answer.
    Seconds,
    /// Milliseconds from the moment of the answer.
    Milliseconds,
    /// Minutes from the moment of the answer.
    Minutes,
    /// Hours from the moment of the answer.
    Hours,
    /// Days from the moment of the answer.
    Days,
    /// From the moment of the answer: by the fields of `format`, else ISO 8601, `PT1H30M`.
    Duration,
    /// A number that is seconds from the moment of the answer, or a date since 1970 in seconds or parts of them, by its size.
    BySize,
    /// Seconds since 1970-01-01T00:00:00Z.
    EpochSeconds,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    EpochMilliseconds,
    /// Microseconds since 1970-01-01T00:00:00Z.
    EpochMicroseconds,
    /// ISO 8601, `2021-10-04T16:04:04Z`, up to nine fraction digits.
    Iso8601,
    /// A date by `format`.
    Date,
    /// `Wed, 21 Oct 2026 07:28:00 GMT` (RFC 9110 section 5.6.7).
    HttpDate,
    /// `Max-Age` or `Expires` of the cookie itself (RFC 6265 section 4.1.2).
    CookieLife,
    /// A JWT; its `exp` is meant (RFC 7519 section 4.1.4).
    JwtExp,
}

impl Unit {
    /// What is counted from some moment.
    pub(crate) fn is_span(self) -> bool {
        matches!(
            self,
            Unit::Seconds | Unit::Milliseconds | Unit::Minutes | Unit::Hours | Unit::Days | Unit::Duration
        )
    }

    /// What is a moment itself.
    pub(crate) fn is_date(self) -> bool {
        use Unit::{Date, EpochMicroseconds, EpochMilliseconds, EpochSeconds, HttpDate, Iso8601};
        matches!(self, EpochSeconds | EpochMilliseconds | EpochMicroseconds | Iso8601 | Date | HttpDate)
    }
}

impl<'de> Deserialize<'de> for Expiry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Expiry, D::Error> {
        let written: ExpiryTable = table(from)?;
        let ExpiryTable { at, header, cookie, strip, unit, format, offset, since, plus, time_of_day } =
            written;
        let placed = at.is_some() || header.is_some() || cookie.is_some() || strip.is_some();
        if time_of_day.is_some() {
            let more = unit.is_some() || format.is_some() || since.is_some() || plus.is_some();
            if placed || more {
                let words = "`time_of_day` is used alone or with `offset`; remove the other keys, or write another entry for them";
                return Err(said(words));
            }
            let (selector, unit) = (Selector(Vec::new()), Unit::Iso8601);
            return Ok(Expiry { selector, unit, format, offset, since: None, plus, time_of_day });
        }
        let selector = Selector::of(at, header, cookie, strip).map_err(said)?;
        let unit = unit.ok_or_else(|| D::Error::missing_field("unit"))?;
        let since = since.map(|since| since.0);
        Ok(Expiry { selector, unit, format, offset, since, plus, time_of_day })
    }
}

/// What is written as a place alone is told what it lacks.
fn table<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    struct Table<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Table<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table")
        }
        fn visit_str<E: de::Error>(self, place: &str) -> Result<T, E> {
            let place = if place.starts_with('/') { place } else { "/expires_in" };
            Err(said(format!(
                "expected a table with what the value means, as in `{{ at = \"{place}\", unit = \"seconds\" }}`"
            )))
        }
        fn visit_map<M: de::MapAccess<'de>>(self, map: M) -> Result<T, M::Error> {
            T::deserialize(de::value::MapAccessDeserializer::new(map))
        }
    }
    from.deserialize_any(Table(PhantomData))
}

/// The time of an issue.
struct Issued(Box<Expiry>);

impl<'de> Deserialize<'de> for Issued {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Issued, D::Error> {
        let IssuedTable { at, header, cookie, strip, unit, format, offset }: IssuedTable = table(from)?;
        let selector = Selector::of(at, header, cookie, strip).map_err(said)?;
        let (since, plus, time_of_day) = (None, None, None);
        Ok(Issued(Box::new(Expiry { selector, unit, format, offset, since, plus, time_of_day })))
    }
}
