//! From a vendor's answer to what it means. Reads, and decides nothing else:
//! names are matched exactly, JSON strictly, and what is not understood is said
//! to be so, because an answer may hold the only copy of a rotated token.

use std::collections::BTreeMap;

use serde_json::Value;

use super::expiry::{Expiry, Unit};
use super::flow::Step;
use super::place::{Parts, Place};
use super::schema::{Answer, Exchange, ExpiresBy, Format, StatusSet, Test};
use super::{salvage, xml};
use crate::base::clock::Moment;
use crate::credential::reading::Reading;
use crate::credential::reading::Tokens;
use crate::credential::reading::{Expires, RefusalKind, RenewsWith};
use crate::credential::secrets::{AccessToken, Kept, RefreshToken};
use crate::http::message::RawAnswer;

/// The headers of an answer that are kept whatever the dialect says.
const ALWAYS_KEPT: [&str; 3] = ["content-type", "retry-after", "date"];

/// In lower case, each once.
pub(crate) fn headers_to_keep(exchange: &Exchange) -> Vec<String> {
    let named = places(exchange).flat_map(Place::headers).map(str::to_owned);
    let mut all: Vec<String> = ALWAYS_KEPT.map(str::to_owned).into_iter().chain(named).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Everywhere that somebody looks in an answer.
fn places(exchange: &Exchange) -> impl Iterator<Item = &Place> {
    let answer = &exchange.answer;
    let Answer { access_token, refresh_token, token_type, scope, account, words, .. } = answer;
    let expiries = answer.access_expires.iter().chain(&answer.refresh_expires).chain(&answer.retry_after);
    let single = [access_token, refresh_token, token_type, scope, account].into_iter().flatten();
    let kept = answer.keep.values().map(|keep| &keep.place);
    let tested = exchange.tests().map(|test| &test.place);
    single.chain(words).chain(expiries.map(|expiry| &expiry.place)).chain(kept).chain(tested)
}

impl Step<'_> {
    fn answer(&self) -> &Answer {
        &self.exchange.answer
    }

    fn parts<'r>(&self, raw: &'r RawAnswer) -> Parts<'r> {
        Parts { body: self.body(&raw.body), headers: &raw.headers, ignore_case: self.answer().ignore_case }
    }

    /// A list is of the declared format only if somebody looks into it.
    fn body(&self, bytes: &[u8]) -> Option<Value> {
        let list = places(self.exchange).any(Place::is_in_list);
        let body = self.answer().format.iter().find_map(|format| body_of(*format, bytes));
        body.filter(|body| body.is_object() || list)
    }

    pub(crate) fn read(&self, raw: &RawAnswer) -> Reading {
        // A body that is not looked at may break off.
        if !raw.complete && (raw.status == 0 || self.answer().format != [Format::None]) {
            return self.broken_off(raw);
        }
        let parts = self.parts(raw);
        let listed = listed_refusal(self.exchange, raw.status, &parts);
        if let Some(tokens) =
            self.success(raw.status, &parts).filter(|_| listed.is_none() || self.is_proven())
        {
            return Reading::Granted(Box::new(tokens));
        }
        match refusal(self.exchange, raw.status, &parts) {
            Some(RefusalKind::NoAnswer) => Reading::Unknown(format!(
                "the vendor answered with a failure of its own (status {})",
                raw.status
            )),
            Some(verdict) => Reading::Refused { verdict, words: self.words(&parts) },
            None => self.neither(raw, &parts),
        }
    }

    /// A success holds something that no refusal does.
    fn is_proven(&self) -> bool {
        let answer = self.answer();
        match self.is_last() {
            true => !answer.keeps_access_token,
            false => answer.keep.values().any(|keep| !keep.optional),
        }
    }

    fn broken_off(&self, raw: &RawAnswer) -> Reading {
        match self.salvaged(raw) {
            Some((refresh_token, access)) => Reading::Salvaged(refresh_token, access),
            None if raw.status == 0 => Reading::Unknown("no answer came".into()),
            None => Reading::Unknown("the answer broke off".into()),
        }
    }

    /// A new refresh token that came whole is worth more than the old one.
    fn salvaged(&self, raw: &RawAnswer) -> Option<(RefreshToken, Option<AccessToken>)> {
        if !self.exchange.success.status.holds(raw.status) {
            return None;
        }
        // Headers came whole, whatever became of the body.
        let json = self.answer().format.contains(&Format::Json);
        let body = if json { salvage::mend(&raw.body) } else { None };
        let parts = Parts { body, ..self.parts(raw) };
        let refresh = self.new_refresh_token(&parts, &mut Vec::new())?;
        Some((refresh, self.access_token(&parts)))
    }

    /// The same for an answer that a person brings, and whose status nobody knows.
    /// Of one whose age is not known either, only absolute expiries count.
    pub(crate) fn read_imported(&self, raw: &RawAnswer, age_known: bool) -> Option<Tokens> {
        let mut exchange = self.exchange.clone();
        exchange.success.status = StatusSet::any();
        if !age_known {
            for places in [&mut exchange.answer.access_expires, &mut exchange.answer.refresh_expires] {
                places.retain(|place| !place.unit.is_relative());
            }
        }
        let step = self.with(&exchange);
        step.success(200, &step.parts(raw))
    }

    fn success(&self, status: u16, parts: &Parts<'_>) -> Option<Tokens> {
        let (answer, success) = (self.answer(), &self.exchange.success);
        let formed = parts.body.is_some();
        let good = success.status.holds(status) && success.tests.iter().all(|test| test_holds(test, parts));
        let access_token = self.access_token(parts);
        let enough = access_token.is_some() || !self.is_last() || answer.keeps_access_token;
        let kept = self.kept(parts)?;
        if !(formed && good && enough) {
            return None;
        }
        let mut warnings = Vec::new();
        let text = |place: &Option<Place>| place.as_ref().and_then(|place| place.text(parts));
        Some(Tokens {
            access_token,
            refresh_token: self.new_refresh_token(parts, &mut warnings),
            token_type: text(&answer.token_type),
            scope: text(&answer.scope).or_else(|| answer.scope.as_ref()?.list(parts)),
            account: answer.account.as_ref().and_then(|place| place.scalar(parts)),
            access_expires: expires(&answer.access_expires, answer.expires_by, parts, &mut warnings),
            refresh_expires: expires(&answer.refresh_expires, answer.expires_by, parts, &mut warnings),
            kept,
            warnings,
        })
    }

    /// Why an answer is no success, for who writes the dialect.
    pub(crate) fn why_not(&self, raw: &RawAnswer) -> String {
        let (parts, success) = (self.parts(raw), &self.exchange.success);
        let lost = self
            .answer()
            .keep
            .iter()
            .find(|(_, keep)| !keep.optional && !self.is_last() && keep.place.scalar(&parts).is_none());
        let failed = success.tests.iter().find(|test| !test_holds(test, &parts));
        if parts.body.is_none() {
            return "the body is not of the declared format".into();
        }
        match (success.status.holds(raw.status), failed, lost, &self.answer().access_token) {
            (false, ..) => format!("status {} is no success", raw.status),
            (true, Some(test), ..) => format!("the test at `{}` does not hold", test.place.source()),
            (true, None, Some((name, keep)), _) => format!("`{name}` is not at `{}`", keep.place.source()),
            (true, None, None, Some(place)) => format!("no access token at `{}`", place.source()),
            _ => "a value is too long to be kept".into(),
        }
    }

    fn access_token(&self, parts: &Parts<'_>) -> Option<AccessToken> {
        self.answer().access_token.as_ref()?.text(parts).map(AccessToken::new)
    }

    /// `None`: something that a later step needs is not there.
    fn kept(&self, parts: &Parts<'_>) -> Option<BTreeMap<String, Kept>> {
        // The record, which holds them twice, must fit where the answer was.
        let (mut kept, mut room) = (BTreeMap::new(), LONGEST_KEPT);
        for (name, keep) in &self.answer().keep {
            match keep.place.scalar(parts).filter(|value| value.len() <= LONGEST_KEPT) {
                Some(value) if room >= value.len() => {
                    room -= value.len();
                    kept.insert(name.clone(), Kept::new(value, keep.secret));
                }
                _ if keep.optional || self.is_last() => {}
                _ => return None,
            }
        }
        Some(kept)
    }

    fn new_refresh_token(&self, parts: &Parts<'_>, warnings: &mut Vec<String>) -> Option<RefreshToken> {
        if self.dialect.renews_with == RenewsWith::AccessToken && self.answer().refresh_token.is_none() {
            return self.access_token(parts).map(|token| RefreshToken::new(token.expose()));
        }
        let place = self.answer().refresh_token.as_ref()?;
        if let Some(token) = place.text(parts) {
            return Some(RefreshToken::new(token));
        }
        if place.find(parts).is_some() {
            let at = place.source();
            warnings.push(format!("the answer's `{at}` is empty or no string; the old refresh token stays"));
        }
        None
    }

    fn neither(&self, raw: &RawAnswer, parts: &Parts<'_>) -> Reading {
        if parts.body.is_none() || !(200..300).contains(&raw.status) {
            // Also an answer that nothing announced the length of may have been cut.
            return match (self.salvaged(raw), raw.status) {
                (Some((refresh_token, access)), _) => Reading::Salvaged(refresh_token, access),
                (None, status @ 200..300) => {
                    Reading::Unknown(format!("the answer (status {status}) is not of the declared format"))
                }
                (None, status) => Reading::Unknown(format!("the vendor answered with status {status}")),
            };
        }
        let refresh_token = self.new_refresh_token(parts, &mut Vec::new());
        Reading::Unreadable { refresh_token, words: self.words(parts) }
    }

    /// Texts and numbers: some vendors speak in codes.
    fn words(&self, parts: &Parts<'_>) -> Option<String> {
        let found: Vec<String> = self.answer().words.iter().filter_map(|place| place.scalar(parts)).collect();
        (!found.is_empty()).then(|| found.join(": "))
    }

    /// In whole seconds from the answer: what the vendor says beside the header `Retry-After`.
    pub(crate) fn retry_after(&self, raw: &RawAnswer) -> Option<u64> {
        let parts = self.parts(raw);
        let wait = expires(&self.answer().retry_after, ExpiresBy::First, &parts, &mut Vec::new())?;
        match wait {
            Expires::After(span) => Some(span.as_secs().max(1)),
            Expires::At(ms) => u64::try_from((ms - raw.at.wall_ms + 999).div_euclid(1_000)).ok(),
        }
    }
}

/// Of the kept values of an answer, in bytes.
const LONGEST_KEPT: usize = 16_384;

/// `None`: not of the declared format.
fn body_of(format: Format, bytes: &[u8]) -> Option<Value> {
    let text = || std::str::from_utf8(bytes).ok();
    match format {
        Format::Json => {
            serde_json::from_slice(bytes).ok().filter(|body: &Value| body.is_object() || body.is_array())
        }
        Format::JsonWithin => {
            let text = text()?;
            let (from, to) = (text.find(['{', '['])?, text.rfind(['}', ']'])?);
            body_of(Format::Json, text.get(from..=to)?.as_bytes())
        }
        Format::Form => {
            let text = text()?.trim();
            let pairs = url::form_urlencoded::parse(text.as_bytes());
            let members = pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
            text.contains('=').then(|| Value::Object(members.collect()))
        }
        Format::Xml => xml::to_json(text()?),
        Format::Text => {
            let text = text()?.trim();
            // A text in quotes is one of JSON.
            let bare = serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned());
            Some(serde_json::json!({ "text": bare }))
        }
        Format::None => Some(Value::Object(serde_json::Map::new())),
    }
}

fn listed_refusal(exchange: &Exchange, status: u16, parts: &Parts<'_>) -> Option<RefusalKind> {
    let listed = exchange.refusals.iter().find(|refusal| {
        refusal.status.as_ref().is_none_or(|set| set.holds(status))
            && refusal.tests.iter().all(|test| test_holds(test, parts))
    });
    listed.map(|refusal| refusal.verdict)
}

fn refusal(exchange: &Exchange, status: u16, parts: &Parts<'_>) -> Option<RefusalKind> {
    match (listed_refusal(exchange, status, parts), status) {
        (Some(verdict), _) => Some(verdict),
        (None, 429) => Some(RefusalKind::RateLimited),
        (None, 503) => Some(RefusalKind::Unavailable),
        (None, 408) => None,
        (None, 300..=499) => Some(RefusalKind::RequestRejected),
        _ => None,
    }
}

fn test_holds(test: &Test, parts: &Parts<'_>) -> bool {
    // Of a body that cannot be read nothing is known, not even what it lacks.
    if parts.body.is_none() && test.place.headers().next().is_none() {
        return false;
    }
    let value = test.place.find(parts).filter(|value| !value.is_null());
    let any =
        |wanted: &Vec<Value>| value.as_ref().is_some_and(|value| wanted.iter().any(|one| same(value, one)));
    let contains = |wanted: &Vec<String>| {
        let text = value.as_ref().and_then(|value| value.as_str()).map(str::to_lowercase);
        text.is_some_and(|text| wanted.iter().any(|one| text.contains(one)))
    };
    test.present.is_none_or(|present| present == value.is_some())
        && test.equals.as_ref().is_none_or(any)
        && test.not_equals.as_ref().is_none_or(|wanted| !any(wanted))
        && test.contains.as_ref().is_none_or(contains)
}

/// Numbers and numeric strings are equal: `0`, `"0"` and `0.0` are one.
fn same(left: &Value, right: &Value) -> bool {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

pub(crate) fn number(value: &Value) -> Option<f64> {
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

fn expires(
    places: &[Expiry],
    by: ExpiresBy,
    parts: &Parts<'_>,
    warnings: &mut Vec<String>,
) -> Option<Expires> {
    let mut found = Vec::new();
    for place in places {
        match place.read(parts) {
            None => {}
            Some(Some(expires)) if by == ExpiresBy::First => return Some(expires),
            Some(Some(expires)) => found.push(expires),
            // A token that is no JWT has no `exp`: nothing odd about it.
            Some(None) if place.unit == Unit::JwtExp => {}
            Some(None) => {
                warnings.push(format!("the answer's `{}` is no usable expiry", place.place.source()));
            }
        }
    }
    // An answer takes no time worth counting: both kinds are measured from now.
    let now = Moment::now().wall_ms;
    let ends = |expires: &Expires| match expires {
        Expires::After(span) => now.saturating_add(crate::base::clock::millis(*span)),
        Expires::At(at) => *at,
    };
    match by {
        ExpiresBy::Latest => found.into_iter().max_by_key(ends),
        ExpiresBy::First | ExpiresBy::Earliest => found.into_iter().min_by_key(ends),
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_numeric_strings_are_equal_and_nothing_else_is() {
        assert!(same(&json!(0), &json!("0")) && same(&json!("0"), &json!(0.0)));
        assert!(
            !same(&json!(""), &json!(0))
                && !same(&json!(false), &json!(0))
                && !same(&json!("0x0"), &json!(0))
        );
    }

    #[test]
    fn a_body_of_any_format_has_places() {
        for (format, body, at, wanted) in [
            (Format::Json, "[{\"a\":1}]", "/0/a", json!(1)),
            (Format::JsonWithin, "callback( {\"a\":[1]} );", "/a/0", json!(1)),
            (Format::Form, "a=1&b=x+y%21", "/b", json!("x y!")),
            (Format::Text, " t-1\n", "/text", json!("t-1")),
            (Format::Text, "\"t-1\"", "/text", json!("t-1")),
            (
                Format::Xml,
                "<a:r xmlns:a='u'><b c='d'> e </b><f>1</f><f>2</f></a:r>",
                "/r/b/#text",
                json!("e"),
            ),
            (Format::Xml, "<r><b c='d'>e</b></r>", "/r/b/@c", json!("d")),
            (Format::Xml, "<r><f>1</f><f>2</f></r>", "/r/f/1", json!("2")),
        ] {
            let body = body_of(format, body.as_bytes()).expect(body);
            let pointer = crate::dialect::place::Pointer::parse(at).expect(at);
            assert_eq!(pointer.find(&body, false).as_deref(), Some(&wanted), "{at}");
        }
        for (format, body) in
            [(Format::Json, "\"x\""), (Format::Form, "oops"), (Format::Xml, "<a>"), (Format::Text, "\u{0}")]
        {
            let bytes = if format == Format::Text { &b"\xff"[..] } else { body.as_bytes() };
            assert_eq!(body_of(format, bytes), None, "{body}");
        }
    }
}
