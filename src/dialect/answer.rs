//! From a vendor's answer to what it means. Reads, and decides nothing else:
//! names are matched exactly, JSON strictly, and what is not understood is said
//! to be so, because an answer may hold the only copy of a rotated token.

use std::time::Duration;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::salvage;
use super::schema::{BodyTest, Exchange, Expiry, Format, Pointer, StatusSet, Unit, Verdict};
use crate::clock::Moment;
use crate::token::{AccessToken, RefreshToken};

/// What came over the wire, before anybody looked into it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RawAnswer {
    /// 0 if not even a status line came.
    pub(crate) status: u16,
    /// Only those that matter later: content type, `Retry-After`, `Date`.
    pub(crate) headers: Vec<(String, String)>,
    #[serde(skip)]
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its end.
    pub(crate) complete: bool,
    pub(crate) at: Moment,
}

impl RawAnswer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

pub(crate) enum Reading {
    Granted(Box<Tokens>),
    /// The vendor said no, and nothing was spent.
    Refused {
        verdict: Verdict,
        words: Option<String>,
    },
    /// The vendor handled it, but there is no usable access token.
    Unreadable {
        refresh_token: Option<RefreshToken>,
        words: Option<String>,
    },
    /// The answer broke off or cannot be read further, but after its new refresh token.
    Salvaged(RefreshToken, Option<AccessToken>),
    /// Nobody can know whether it was handled.
    Unknown(String),
}

pub(crate) struct Tokens {
    pub(crate) access_token: AccessToken,
    /// `None`: the vendor gave no new one, so the old one stays (RFC 6749 section 5.1).
    pub(crate) refresh_token: Option<RefreshToken>,
    pub(crate) token_type: Option<String>,
    pub(crate) scope: Option<String>,
    /// From the moment of the answer, or absolute.
    pub(crate) access_expires: Option<Expires>,
    pub(crate) refresh_expires: Option<Expires>,
    pub(crate) warnings: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expires {
    After(Duration),
    /// Milliseconds since 1970.
    At(i64),
}

pub(crate) fn read(exchange: &Exchange, raw: &RawAnswer) -> Reading {
    if !raw.complete {
        return broken_off(exchange, raw);
    }
    let body = body_of(exchange.answer.format, &raw.body);
    if let Some(tokens) = body.as_ref().and_then(|body| success(exchange, raw.status, body)) {
        return Reading::Granted(Box::new(tokens));
    }
    match refusal(exchange, raw.status, body.as_ref()) {
        Some(verdict) => {
            let words = body.as_ref().and_then(|body| words(&exchange.answer.words, body));
            Reading::Refused { verdict, words }
        }
        None => neither(exchange, raw, body.as_ref()),
    }
}

fn broken_off(exchange: &Exchange, raw: &RawAnswer) -> Reading {
    match salvaged(exchange, raw) {
        Some((refresh_token, access)) => Reading::Salvaged(refresh_token, access),
        None if raw.status == 0 => Reading::Unknown("no answer came".into()),
        None => Reading::Unknown("the answer broke off".into()),
    }
}

/// A new refresh token that came whole is worth more than the old one.
fn salvaged(exchange: &Exchange, raw: &RawAnswer) -> Option<(RefreshToken, Option<AccessToken>)> {
    let good = exchange.success.status.holds(raw.status);
    let mended = salvage::mend(&raw.body).filter(|_| good)?;
    let refresh = new_refresh_token(exchange.answer.refresh_token.as_ref()?, &mended, &mut Vec::new())?;
    Some((refresh, text_at(&exchange.answer.access_token, &mended).map(AccessToken::new)))
}

/// `None`: not of the declared format.
fn body_of(format: Format, bytes: &[u8]) -> Option<Value> {
    match format {
        Format::Json => serde_json::from_slice(bytes).ok().filter(Value::is_object),
    }
}

/// The same for an answer that a person brings, and whose status nobody knows.
/// Of one whose age is not known either, only absolute expiries count.
pub(crate) fn read_imported(exchange: &Exchange, body: &Value, age_known: bool) -> Option<Tokens> {
    let mut exchange = exchange.clone();
    exchange.success.status = StatusSet::any();
    if !age_known {
        for places in [&mut exchange.answer.access_expires, &mut exchange.answer.refresh_expires] {
            places.retain(|place| !matches!(place.unit, Unit::Seconds | Unit::Milliseconds));
        }
    }
    success(&exchange, 200, body)
}

fn success(exchange: &Exchange, status: u16, body: &Value) -> Option<Tokens> {
    let good = exchange.success.status.holds(status)
        && exchange.success.tests.iter().all(|test| test_holds(test, body));
    let answer = &exchange.answer;
    let access_token = text_at(&answer.access_token, body).filter(|_| good)?;
    let mut warnings = Vec::new();
    let refresh_token =
        answer.refresh_token.as_ref().and_then(|at| new_refresh_token(at, body, &mut warnings));
    Some(Tokens {
        access_token: AccessToken::new(access_token),
        refresh_token,
        token_type: answer.token_type.as_ref().and_then(|at| text_at(at, body)).map(str::to_owned),
        scope: answer.scope.as_ref().and_then(|at| text_at(at, body)).map(str::to_owned),
        access_expires: first_expiry(&answer.access_expires, body, &mut warnings),
        refresh_expires: first_expiry(&answer.refresh_expires, body, &mut warnings),
        warnings,
    })
}

fn new_refresh_token(at: &Pointer, body: &Value, warnings: &mut Vec<String>) -> Option<RefreshToken> {
    match at.find(body) {
        None => None,
        Some(Value::String(token)) if !token.trim().is_empty() => Some(RefreshToken::new(token)),
        Some(_) => {
            warnings.push(format!(
                "the answer's `{}` is empty or no string; the old refresh token stays",
                at.source()
            ));
            None
        }
    }
}

fn refusal(exchange: &Exchange, status: u16, body: Option<&Value>) -> Option<Verdict> {
    let listed = exchange.refusals.iter().find(|refusal| {
        refusal.status.as_ref().is_none_or(|set| set.holds(status))
            && refusal.tests.iter().all(|test| body.is_some_and(|body| test_holds(test, body)))
    });
    match (listed, status) {
        (Some(refusal), _) => Some(refusal.verdict),
        (None, 429) => Some(Verdict::RateLimited),
        (None, 503) => Some(Verdict::Unavailable),
        (None, 408) => None,
        (None, 300..=499) => Some(Verdict::RequestRejected),
        _ => None,
    }
}

fn neither(exchange: &Exchange, raw: &RawAnswer, body: Option<&Value>) -> Reading {
    let Some(body) = body.filter(|_| (200..300).contains(&raw.status)) else {
        // Also an answer that nothing announced the length of may have been cut.
        return match (salvaged(exchange, raw), raw.status) {
            (Some((refresh_token, access)), _) => Reading::Salvaged(refresh_token, access),
            (None, status @ 200..300) => {
                Reading::Unknown(format!("the answer (status {status}) is not of the declared format"))
            }
            (None, status) => Reading::Unknown(format!("the vendor answered with status {status}")),
        };
    };
    let refresh_token =
        exchange.answer.refresh_token.as_ref().and_then(|at| new_refresh_token(at, body, &mut Vec::new()));
    Reading::Unreadable { refresh_token, words: words(&exchange.answer.words, body) }
}

fn test_holds(test: &BodyTest, body: &Value) -> bool {
    let value = test.at.find(body).filter(|value| !value.is_null());
    let any = |wanted: &Vec<Value>| value.is_some_and(|value| wanted.iter().any(|one| same(value, one)));
    test.present.is_none_or(|present| present == value.is_some())
        && test.equals.as_ref().is_none_or(any)
        && test.not_equals.as_ref().is_none_or(|wanted| !any(wanted))
}

/// Numbers and numeric strings are equal: `0`, `"0"` and `0.0` are one.
fn same(left: &Value, right: &Value) -> bool {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text)
            if text.bytes().any(|b| b.is_ascii_digit())
                && text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') =>
        {
            text.parse().ok()
        }
        _ => None,
    }
}

fn text_at<'a>(at: &Pointer, body: &'a Value) -> Option<&'a str> {
    at.find(body)?.as_str().filter(|text| !text.trim().is_empty())
}

/// Texts and numbers: some vendors speak in codes.
fn words(at: &[Pointer], body: &Value) -> Option<String> {
    let shown = |value: &Value| match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let found: Vec<String> = at.iter().filter_map(|at| shown(at.find(body)?)).collect();
    (!found.is_empty()).then(|| found.join(": "))
}

/// Where the values of an answer stand and of what kind they are, never the values.
/// `None`: the answer is not JSON.
pub(crate) fn members(body: &[u8]) -> Option<Vec<(String, String)>> {
    fn walk(value: &Value, at: &str, found: &mut Vec<(String, String)>) {
        let kind = match value {
            Value::Object(object) => {
                for (name, value) in object {
                    walk(value, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
                }
                return;
            }
            Value::Array(list) => format!("list of {}", list.len()),
            Value::String(text) => format!("string of {} characters", text.chars().count()),
            Value::Number(_) => "number".into(),
            Value::Bool(_) => "true or false".into(),
            Value::Null => "null".into(),
        };
        found.push((at.to_owned(), kind));
    }
    let mut found = Vec::new();
    walk(&serde_json::from_slice(body).ok()?, "", &mut found);
    Some(found)
}

fn first_expiry(places: &[Expiry], body: &Value, warnings: &mut Vec<String>) -> Option<Expires> {
    for place in places {
        match place.at.find(body) {
            None | Some(Value::Null) => {}
            Some(value) => match expiry(place.unit, value) {
                Some(expires) => return Some(expires),
                // A token that is no JWT has no `exp`: nothing odd about it.
                None if place.unit == Unit::JwtExp => {}
                None => warnings.push(format!("the answer's `{}` is no usable expiry", place.at.source())),
            },
        }
    }
    None
}

/// A century from now: beyond it a number is no lifetime but a mistake.
const LONGEST_SECONDS: f64 = 3.2e9;

fn expiry(unit: Unit, value: &Value) -> Option<Expires> {
    let count = || number(value).filter(|count| count.is_finite() && *count >= 0.0);
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    let at = |ms: f64| (ms / 1000.0 <= 4.0 * LONGEST_SECONDS).then_some(Expires::At(ms as i64));
    // A life of less than our clocks can tell is no life: a token that is never valid would be refreshed for ever.
    let after = |seconds: f64| {
        let usable = (0.001..=LONGEST_SECONDS).contains(&seconds);
        usable.then(|| Expires::After(Duration::from_secs_f64(seconds)))
    };
    match unit {
        Unit::Seconds => after(count()?),
        Unit::Milliseconds => after(count()? / 1000.0),
        Unit::EpochSeconds => at(count()? * 1000.0),
        Unit::EpochMilliseconds => at(count()?),
        Unit::Iso8601 => {
            value.as_str()?.parse::<jiff::Timestamp>().ok().map(|time| Expires::At(time.as_millisecond()))
        }
        Unit::JwtExp => jwt_exp(value.as_str()?),
    }
}

/// `exp` of a JWT, not verified: it says when to refresh, not whom to trust.
pub(crate) fn jwt_exp(token: &str) -> Option<Expires> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    expiry(Unit::EpochSeconds, claims.get("exp")?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

    #[test]
    fn expiries_are_read_in_every_unit_and_absurd_ones_are_not() {
        let hour = Some(Expires::After(Duration::from_secs(3600)));
        for value in [json!(3600), json!("3600"), json!(3600.0)] {
            assert_eq!(expiry(Unit::Seconds, &value), hour, "{value}");
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
            assert_eq!(expiry(Unit::Seconds, &value), None, "{value}");
        }
        assert_eq!(expiry(Unit::Milliseconds, &json!("3600000")), hour);
        assert_eq!(expiry(Unit::EpochSeconds, &json!(1_633_363_444)), Some(Expires::At(1_633_363_444_000)));
        assert_eq!(
            expiry(Unit::Iso8601, &json!("2021-10-04T16:04:04.9259046Z")),
            Some(Expires::At(1_633_363_444_925))
        );
        let token = format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(r#"{"exp":1633363444}"#));
        assert_eq!(expiry(Unit::JwtExp, &json!(token)), Some(Expires::At(1_633_363_444_000)));
        assert_eq!(expiry(Unit::JwtExp, &json!("opaque")), None);
    }

    #[test]
    fn numbers_and_numeric_strings_are_equal_and_nothing_else_is() {
        assert!(same(&json!(0), &json!("0")) && same(&json!("0"), &json!(0.0)));
        assert!(
            !same(&json!(""), &json!(0))
                && !same(&json!(false), &json!(0))
                && !same(&json!("0x0"), &json!(0))
        );
    }

    const UNITS: [Unit; 6] = [
        Unit::Seconds,
        Unit::Milliseconds,
        Unit::EpochSeconds,
        Unit::EpochMilliseconds,
        Unit::Iso8601,
        Unit::JwtExp,
    ];

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<f64>().prop_map(|number| json!(number)),
            any::<i64>().prop_map(|number| json!(number)),
            any::<u64>().prop_map(|number| json!(number)),
            "[-+0-9.eE]{0,30}".prop_map(Value::String),
            "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,12})?(Z|[+-][0-2][0-9]:[0-5][0-9])?".prop_map(Value::String),
            "[-+0-9.eE]{1,20}".prop_map(|exp| json!(format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{exp}}}"))))),
            any::<String>().prop_map(Value::String),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn any_expiry_is_within_reason_or_none(value in any_value(), unit in select(&UNITS[..])) {
            match expiry(unit, &value) {
                Some(Expires::After(span)) => {
                    prop_assert!(span >= Duration::from_millis(1) && span.as_secs_f64() <= LONGEST_SECONDS, "{value}");
                }
                // A record takes no moment further away.
                Some(Expires::At(ms)) => prop_assert!((-(1 << 53)..1 << 53).contains(&ms), "{value}"),
                None => {}
            }
        }

        #[test]
        fn a_larger_number_never_expires_sooner(one in 0.0..5e9, other in 0.0..5e9, unit in select(&UNITS[..4])) {
            let in_order = |a: f64, b: f64| match (expiry(unit, &json!(a)), expiry(unit, &json!(b))) {
                (Some(Expires::After(a)), Some(Expires::After(b))) => a <= b,
                (Some(Expires::At(a)), Some(Expires::At(b))) => a <= b,
                _ => true,
            };
            prop_assert!(in_order(f64::min(one, other), f64::max(one, other)));
        }
    }
}
