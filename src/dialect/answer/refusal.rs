//! Answers that say no: those that the dialect lists, and what a status alone means.

use serde_json::Value;

use super::lookup::{Parts, same};
use crate::credential::reading::{Evidence, RefusalKind};
use crate::dialect::schema::{Exchange, Refusal, Test};

/// The first that matches and that `may` be meant.
pub(super) fn listed<'a>(
    exchange: &'a Exchange,
    status: u16,
    parts: &Parts<'_>,
    may: impl Fn(&Refusal) -> bool,
) -> Option<&'a Refusal> {
    exchange.refusals.iter().filter(|refusal| !refusal.otherwise).find(|refusal| {
        refusal.takes(status) && refusal.tests.iter().all(|test| test.holds(parts)) && may(refusal)
    })
}

/// What takes all that no other names.
pub(super) fn otherwise(exchange: &Exchange, status: u16) -> Option<&Refusal> {
    exchange.refusals.iter().filter(|refusal| refusal.otherwise).find(|refusal| refusal.takes(status))
}

/// By what the body says, whatever its status: a refusal of the dialect that says what must be there.
pub(super) fn by_words(exchange: &Exchange, parts: &Parts<'_>) -> Option<(RefusalKind, Evidence)> {
    let listed = exchange.refusals.iter().find(|refusal| {
        refusal.tests.iter().any(Test::wants_a_value) && refusal.tests.iter().all(|test| test.holds(parts))
    });
    listed.map(|refusal| (refusal.verdict, Evidence::Words))
}

/// An `error` of RFC 6749 (section 5.2) passes if nothing lists it.
pub(super) fn by_error(_: &Exchange, parts: &Parts<'_>) -> Option<(RefusalKind, Evidence)> {
    let error = parts.body.as_ref().and_then(|body| body.get("error")?.as_str());
    error.filter(|error| is_error(error)).map(|_| (RefusalKind::Unavailable, Evidence::Nothing))
}

pub(super) fn speaks(exchange: &Exchange, parts: &Parts<'_>) -> bool {
    by_words(exchange, parts).or_else(|| by_error(exchange, parts)).is_some()
}

/// Some vendors say there that all went well.
fn is_error(error: &str) -> bool {
    let error = error.trim().to_ascii_lowercase();
    let good = ["", "ok", "none", "null", "nil", "no", "false", "success", "no error", "no_error"];
    !good.contains(&error.as_str()) && error.parse::<f64>().is_err()
}

/// What a status means where the dialect lists nothing for it. `None`: no refusal.
pub(super) fn by_status(status: u16) -> Option<RefusalKind> {
    match status {
        429 => Some(RefusalKind::RateLimited),
        503 => Some(RefusalKind::Unavailable),
        408 => None,
        300..=499 => Some(RefusalKind::RequestRejected),
        _ => None,
    }
}

impl Test {
    /// A body that holds nothing does not pass it.
    fn wants_a_value(&self) -> bool {
        let in_body = self.selector.headers().next().is_none() && !self.selector.is_text();
        in_body && self.makes_sure()
    }

    /// Not only that something else than one value is there.
    pub(super) fn says_what(&self) -> bool {
        self.makes_sure() && (self.not_equals.is_none() || self.equals.is_some() || self.contains.is_some())
    }

    /// What it holds of is no other answer, as far as its author can tell.
    pub(super) fn makes_sure(&self) -> bool {
        !self.optional && (self.equals.is_some() || self.contains.is_some() || self.present == Some(true))
    }

    pub(super) fn holds(&self, parts: &Parts<'_>) -> bool {
        if let Some(empty) = self.empty {
            return empty == parts.empty;
        }
        // Of a body that cannot be read nothing is known, not even what it lacks.
        if parts.body.is_none() && self.selector.headers().next().is_none() && !self.selector.is_text() {
            return false;
        }
        let values = self.selector.tested(parts);
        let wants = self.equals.is_some() || self.contains.is_some();
        let fits = match values.is_empty() {
            true => self.optional,
            false => values.iter().any(|value| self.fits(value)),
        };
        let ruled_out = |wanted: &Vec<Value>| values.iter().any(|value| is_one_of(value, wanted));
        self.present.is_none_or(|present| present != values.is_empty())
            && (!wants || fits)
            && !self.not_equals.as_ref().is_some_and(ruled_out)
    }

    /// What must be there is.
    fn fits(&self, value: &Value) -> bool {
        let contains = |wanted: &Vec<String>| {
            let text = value.as_str().map(str::to_lowercase);
            text.is_some_and(|text| wanted.iter().any(|one| text.contains(one)))
        };
        self.equals.as_ref().is_none_or(|wanted| is_one_of(value, wanted))
            && self.contains.as_ref().is_none_or(contains)
    }
}

fn is_one_of(value: &Value, wanted: &[Value]) -> bool {
    wanted.iter().any(|one| same(value, one))
}
