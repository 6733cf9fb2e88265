//! The answer that is recorded: only what a dialect reads of the pasted one, and with other tokens. Of the rest
//! nothing is kept: it may say whose they are.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::DraftedAnswer;
use super::envelope::is_word;
use super::leaf::{DraftedSelector, bearer};
use crate::base::order::InOrder as _;
use crate::credential::jwt::claims;
use crate::dialect::draft::looks::MADE_UP_JWT;
use crate::dialect::schema::pointer::Pointer;

impl DraftedAnswer {
    pub(super) fn made_up(&self, body: &Value) -> String {
        let tree = pruned(body, "", &self.values(body)).unwrap_or_default();
        match self.format {
            Some("form") => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in tree.as_object().into_iter().flatten() {
                    form.append_pair(name, value.as_str().unwrap_or_default());
                }
                form.finish()
            }
            Some(_) => format!("callback({tree});"),
            None => tree.to_string(),
        }
    }

    /// What stays, by where it stands.
    fn values(&self, body: &Value) -> BTreeMap<String, Value> {
        let seen = |selector: &DraftedSelector| body.pointer(&selector.at).cloned().unwrap_or_default();
        let tokens = self.refresh_token.iter().map(|selector| (selector, "rt-2"));
        let tokens = tokens.chain([(&self.access_token, "at-2")]);
        let mut all: BTreeMap<String, Value> = tokens
            .map(|(selector, made_up)| (selector.at.clone(), token(&seen(selector), made_up, selector.strip)))
            .in_order();
        let expiries = self.access_expires.iter().chain(&self.refresh_expires);
        for expiry in expiries.filter(|expiry| expiry.unit != "jwt_exp") {
            all.insert(expiry.selector.at.clone(), lifetime(seen(&expiry.selector), expiry.unit));
        }
        for (selector, otherwise) in self.texts() {
            if let Some(text) = harmless(seen(selector), otherwise) {
                all.entry(selector.at.clone()).or_insert(text);
            }
        }
        all.extend(self.tests.iter().map(|(selector, value)| (selector.at.clone(), value.clone())));
        all
    }

    /// What is read beside the tokens, and what stands for it where it is no word.
    fn texts(&self) -> impl Iterator<Item = (&DraftedSelector, &'static str)> {
        let kind = self.token_type.iter().map(|selector| (selector, "Bearer"));
        let scope = self.scope.iter().map(|selector| (selector, "read"));
        kind.chain(scope).chain(self.words.iter().map(|selector| (selector, "ok")))
    }
}

/// `None`: there is nothing.
fn harmless(seen: Value, otherwise: &str) -> Option<Value> {
    match &seen {
        Value::Null | Value::Object(_) | Value::Array(_) => None,
        Value::String(text) if !text.is_empty() && !is_word(text, 20) => Some(otherwise.into()),
        _ => Some(seen),
    }
}

/// An hour, or a month where days are counted; a date stays.
fn lifetime(seen: Value, unit: &str) -> Value {
    let made_up = match unit {
        "seconds" => 3_600,
        "milliseconds" => 3_600_000,
        "minutes" => 60,
        "hours" => 1,
        "days" => 30,
        _ => return seen,
    };
    if seen.is_string() { made_up.to_string().into() } else { made_up.into() }
}

/// A JWT stays one, because its `exp` may be read.
fn token(seen: &Value, made_up: &str, strip: bool) -> Value {
    let text = bearer(seen).or(seen.as_str()).unwrap_or_default();
    let has_exp = claims(text).is_some_and(|claims| claims.get("exp").is_some());
    let made_up = if has_exp { format!("{MADE_UP_JWT}.{made_up}") } else { made_up.to_owned() };
    if strip { format!("Bearer {made_up}").into() } else { made_up.into() }
}

fn pruned(value: &Value, at: &str, kept: &BTreeMap<String, Value>) -> Option<Value> {
    if let Some(value) = kept.get(at) {
        return Some(value.clone());
    }
    match value {
        Value::Object(members) => {
            let members = members.iter().filter_map(|(name, value)| {
                let at = format!("{at}/{}", Pointer::escaped(name));
                Some((name.clone(), pruned(value, &at, kept)?))
            });
            Some(members.collect::<Map<_, _>>()).filter(|members| !members.is_empty()).map(Value::Object)
        }
        Value::Array(items) => {
            // Places count, so what goes leaves a gap.
            let items: Vec<Option<Value>> = items
                .iter()
                .enumerate()
                .map(|(index, item)| pruned(item, &format!("{at}/{index}"), kept))
                .collect();
            let any = items.iter().any(Option::is_some);
            let last = items.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
            any.then(|| items.into_iter().take(last).map(Option::unwrap_or_default).collect())
        }
        _ => None,
    }
}
