//! Answers that say no: those that the dialect lists, and what a status alone means.

use serde_json::Value;

use super::lookup::{Parts, same};
use crate::credential::reading::{Evidence, RefusalKind};
use crate::dialect::schema::{Exchange, Test};

/// The first that matches, and what it rests on.
pub(super) fn listed(exchange: &Exchange, status: u16, parts: &Parts<'_>) -> Option<(RefusalKind, Evidence)> {
    let listed = exchange.refusals.iter().find(|refusal| {
        refusal.status.as_ref().is_none_or(|set| set.holds(status))
            && refusal.tests.iter().all(|test| test.holds(parts))
    });
    listed.map(|refusal| (refusal.verdict, refusal.evidence()))
}

/// By what the body says, whatever its status: a refusal of the dialect that says what must be there, or an `error` of
/// RFC 6749 (section 5.2), which passes if nothing lists it.
pub(super) fn by_words(exchange: &Exchange, parts: &Parts<'_>) -> Option<(RefusalKind, Evidence)> {
    let listed = exchange.refusals.iter().find(|refusal| {
        refusal.tests.iter().any(Test::wants_a_value) && refusal.tests.iter().all(|test| test.holds(parts))
    });
    let error = parts.body.as_ref().and_then(|body| body.get("error")?.as_str());
    let unlisted =
        || error.filter(|error| is_error(error)).map(|_| (RefusalKind::Unavailable, Evidence::Nothing));
    listed.map(|refusal| (refusal.verdict, Evidence::Words)).or_else(unlisted)
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
        let in_body = self.selector.headers().next().is_none();
        in_body && (self.equals.is_some() || self.contains.is_some() || self.present == Some(true))
    }

    pub(super) fn holds(&self, parts: &Parts<'_>) -> bool {
        if let Some(empty) = self.empty {
            return empty == parts.empty;
        }
        // Of a body that cannot be read nothing is known, not even what it lacks.
        if parts.body.is_none() && self.selector.headers().next().is_none() {
            return false;
        }
        let value = self.selector.find(parts).filter(|value| !value.is_null());
        let any = |wanted: &Vec<Value>| {
            value.as_ref().is_some_and(|value| wanted.iter().any(|one| same(value, one)))
        };
        let contains = |wanted: &Vec<String>| {
            let text = value.as_ref().and_then(|value| value.as_str()).map(str::to_lowercase);
            text.is_some_and(|text| wanted.iter().any(|one| text.contains(one)))
        };
        self.present.is_none_or(|present| present == value.is_some())
            && self.equals.as_ref().is_none_or(any)
            && self.not_equals.as_ref().is_none_or(|wanted| !any(wanted))
            && self.contains.as_ref().is_none_or(contains)
    }
}
