//! When a token of a pasted answer expires, as well as names and values tell.

use serde_json::Value;

use super::leaf::{DraftedExpiry, Leaf, bearer};
use crate::credential::jwt::claims;
use crate::dialect::draft::looks::{Epoch, epoch};
use crate::dialect::draft::word_list::canonical;

/// A unit, and what was guessed.
pub(super) type UnitGuess = (&'static str, Option<&'static str>);

pub(super) fn expiry(leaves: &[Leaf<'_>], of_refresh: bool, token: &Leaf<'_>) -> Option<DraftedExpiry> {
    let above = &token.path[..token.path.len() - 1];
    let says_refresh = |leaf: &Leaf<'_>| leaf.path.iter().any(|name| canonical(name).contains("refresh"));
    let mut found: Vec<(u8, DraftedExpiry)> = Vec::new();
    for leaf in leaves.iter().filter(|leaf| is_expiry(&leaf.name()) && says_refresh(leaf) == of_refresh) {
        if let Some((unit, note)) = unit(&leaf.name(), leaf.value) {
            let near = u8::from(leaf.is_below(above)) * 2 + u8::from(leaf.name().contains("access"));
            // A lifetime holds also where clocks differ.
            let counts = u8::from(["seconds", "milliseconds", "minutes", "hours", "days"].contains(&unit));
            found.push((near * 2 + counts, DraftedExpiry { selector: leaf.selector(), unit, note }));
        }
    }
    let nearest = found.iter().map(|(score, _)| *score).max();
    let by_name = found.into_iter().find(|(score, _)| Some(*score) == nearest).map(|(_, expiry)| expiry);
    by_name.or_else(|| {
        let text = bearer(token.value).or(token.value.as_str())?;
        claims(text)?.get("exp")?;
        let selector = token.selector();
        (!selector.strip).then_some(DraftedExpiry {
            selector,
            unit: "jwt_exp",
            note: Some("the token is a JWT"),
        })
    })
}

/// Whether what is named so says when something ends, or for how long it lasts.
pub(in crate::dialect::draft) fn tells_a_time(name: &str) -> bool {
    is_expiry(&canonical(name))
}

fn is_expiry(name: &str) -> bool {
    ["expir", "validuntil", "validto", "validfor", "validity", "lifetime", "lifespan", "maxage", "duration"]
        .iter()
        .any(|part| name.contains(part))
        || ["exp", "ttl", "accessexp", "refreshexp", "validminutes", "validseconds"].contains(&name)
}

pub(super) fn unit(name: &str, value: &Value) -> Option<UnitGuess> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        return text.parse().ok().and_then(|count| counted(name, count, &text));
    }
    if text.parse::<jiff::Timestamp>().is_ok() {
        return Some(("iso8601", None));
    }
    if text.parse::<jiff::civil::DateTime>().is_ok() {
        return Some(("iso8601", Some("it has no offset: UTC is meant, or what `offset = \"+08:00\"` says")));
    }
    if jiff::fmt::rfc2822::parse(&text).is_ok() {
        return Some(("http_date", None));
    }
    let is_span = text.starts_with('P') && text.parse::<jiff::Span>().is_ok();
    is_span.then_some(("duration", None))
}

fn counted(name: &str, count: u64, text: &str) -> Option<UnitGuess> {
    match epoch(text) {
        Some(Epoch::Seconds) => return Some(("epoch_seconds", Some("guessed: so large a number is a date"))),
        Some(Epoch::Milliseconds) => {
            return Some(("epoch_milliseconds", Some("guessed: so large a number is a date")));
        }
        None if count == 0 => return None,
        None => {}
    }
    for (ends, unit) in [
        (&["ms", "millis", "milliseconds", "msec"][..], "milliseconds"),
        (&["minutes", "mins", "min"], "minutes"),
        (&["hours", "hour"], "hours"),
        (&["days", "day"], "days"),
        (&["seconds", "secs", "sec"], "seconds"),
    ] {
        if ends.iter().any(|end| name.ends_with(end)) {
            return Some((unit, None));
        }
    }
    if count > CENTURY {
        return Some(("milliseconds", Some("guessed: as seconds it would be more than a century")));
    }
    // 1 h, 2 h, 24 h; as seconds they would be 41 days and more.
    if count.is_multiple_of(3_600_000) || [300_000, 600_000, 900_000, 1_800_000].contains(&count) {
        return Some(("milliseconds", Some("guessed: a round number of milliseconds")));
    }
    if name == "expiresin" { Some(("seconds", None)) } else { Some(("seconds", Some("guessed: seconds"))) }
}

const CENTURY: u64 = 3_200_000_000;
