//! An expiry as a dialect writes it: where it stands, and in which of the ways in which vendors say it.

use serde::{Deserialize, Deserializer};

use super::pointer::Pointer;
use super::selector::{HeaderName, Selector};
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
}

/// As written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ExpiryTable", transform = crate::testing::json_schema::one_site, transform = crate::testing::json_schema::expiry))]
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
    unit: Unit,
    /// With `date` in the letters of strptime, such as `%d/%m/%Y %H:%M`; with `duration` by the fields `D`, `H`, `M` and `S`, such as `D:HH:MM`.
    format: Option<String>,
    /// With `date` and `iso8601`: of values that have no offset from UTC themselves.
    offset: Option<UtcOffset>,
}

/// What the value there means.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
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

impl<'de> Deserialize<'de> for Expiry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Expiry, D::Error> {
        let ExpiryTable { at, header, cookie, strip, unit, format, offset } = ExpiryTable::deserialize(from)?;
        let selector = Selector::of(at, header, cookie, strip).map_err(said)?;
        Ok(Expiry { selector, unit, format, offset })
    }
}
