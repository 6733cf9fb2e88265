//! Whether a token is certain: nothing else may have been meant, all of its characters came, and it is not what was sent.

use serde_json::Value;

use super::{OpenedAnswer, Sent};
use crate::credential::reading::{RenewsWith, Tokens};
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::dialect::answer::ladder::Oddity;
use crate::dialect::answer::lookup::{is_nothing, is_words};
use crate::dialect::schema::{Answer, Selector};

impl OpenedAnswer<'_> {
    /// Of JSON that is not closed, only what cannot have been followed by anything that counts.
    pub(super) fn came_before_the_end(&self, tokens: &Tokens) -> bool {
        let whole = self.answer().refresh_token.is_none() || tokens.refresh_token.is_some();
        tokens.access_token.is_some() && whole
    }

    /// It may not be what the vendor meant: two that differ, one that was not understood, or not all of its characters.
    pub(super) fn is_doubtful(&self, tokens: &Tokens) -> bool {
        let access = tokens.access_token.as_ref().map(AccessToken::expose);
        let refresh = tokens.refresh_token.as_ref().map(RefreshToken::expose);
        let kept = tokens.kept.values().map(|kept| kept.value.expose());
        self.is_ambiguous
            || self.is_doubted()
            || (refresh.is_none() && self.may_have_passed_over_one())
            || access.into_iter().chain(refresh).chain(kept).any(|token| self.is_unsure(token))
    }

    /// A refresh token may stand in what was passed over, or under a name that was damaged on its way.
    fn may_have_passed_over_one(&self) -> bool {
        let skipped = self.odd.iter().any(|odd| matches!(odd, Oddity::Loose(loose) if loose.has_skipped()));
        let strange = self.odd.contains(&Oddity::Charset);
        let damaged = |name: &str| {
            name.contains(char::REPLACEMENT_CHARACTER)
                || name.starts_with("amp;")
                || (strange && !name.is_ascii())
        };
        let body = self.parts.body.as_ref();
        self.answer().refresh_token.is_some()
            && (skipped || body.is_some_and(|body| has_name(body, &damaged)))
    }

    /// What stands where a token would is of another kind, or one may stand elsewhere.
    pub(super) fn may_hold_a_token(&self, sent: &Sent<'_>) -> bool {
        let Answer { access_token, refresh_token, .. } = self.answer();
        let is_new = |text: &str| !sent.is_secret(text) && !sent.has_token(text);
        let at_its_place =
            |place: &Selector| place.tested(&self.parts).iter().any(|value| is_something(value, &is_new));
        let mut places = access_token.iter().chain(refresh_token);
        let elsewhere = |body: &Value| holds_a_token("", body, &is_new);
        places.any(at_its_place) || self.parts.body.as_ref().is_some_and(elsewhere)
    }

    /// Another value could stand where a token does.
    fn is_doubted(&self) -> bool {
        let Some(doubted) = &self.doubted else { return false };
        let answer = self.answer();
        let mut places = [&answer.access_token, &answer.refresh_token].into_iter().flatten();
        places.any(|place| place.text(&self.parts) != place.text(doubted))
    }

    /// The grant does not depend on it: one that is not certain, or is the refresh token, is none.
    pub(super) fn leave_doubtful_id_token_out(&self, tokens: &mut Tokens) {
        let doubted = self.doubted.as_ref().map(|parts| self.step.id_token(parts));
        let refresh = tokens.refresh_token.as_ref().map(RefreshToken::expose);
        tokens.id_token = tokens.id_token.take().filter(|token| {
            let same = doubted.as_ref().is_none_or(|doubted| doubted.as_ref() == Some(token));
            same && !self.is_unsure(token.expose()) && refresh != Some(token.expose())
        });
    }

    pub(super) fn is_unsure(&self, token: &str) -> bool {
        let in_strings = |odd: &Oddity| matches!(odd, Oddity::Loose(loose) if loose.has_controls());
        let from_form = |odd: &Oddity| matches!(odd, Oddity::NotDeclared(_)) && !self.body.is_json;
        let controls = self.odd.iter().any(in_strings) && token.contains(char::is_control);
        let signs = self.odd.iter().any(from_form) && token.contains([' ', ';', '|', '"', '\'']);
        // What parts the members of a form was another sign.
        let parts = !self.body.is_json && token.contains("token=");
        controls || signs || parts || (!self.odd.is_empty() && token.contains(char::REPLACEMENT_CHARACTER))
    }

    /// What was sent, as if it were the vendor's.
    pub(super) fn gives_back(&self, tokens: &Tokens, sent: &Sent<'_>) -> bool {
        let access = tokens.access_token.as_ref().map(AccessToken::expose);
        let refresh = tokens.refresh_token.as_ref().map(RefreshToken::expose);
        let is_secret = |token: &str| sent.is_secret(token);
        // A vendor that renews the access token by itself may well give the same one.
        let renewed = self.step.dialect.renews_with != RenewsWith::AccessToken;
        access.is_some_and(|token| is_secret(token) || (renewed && sent.has_token(token)))
            || refresh.is_some_and(is_secret)
    }

    /// A new one that can be told for sure.
    pub(super) fn refresh_token(&self, sent: &Sent<'_>) -> Option<RefreshToken> {
        let token = self.step.new_refresh_token(&self.parts, &mut Vec::new())?;
        let known = sent.has_token(token.expose()) || sent.is_secret(token.expose());
        let unsure = known
            || is_nothing(token.expose())
            || self.is_ambiguous
            || self.is_doubted()
            || self.is_unsure(token.expose());
        (!unsure).then_some(token)
    }
}

/// Vendors write nothing in many ways.
fn is_something(value: &Value, is_new: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) => true,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.trim().is_empty() && !is_words(text.trim()) && is_new(text),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// Whether anything in it looks like a token, by its name and by itself. `name`: that of the value, or of what it is in.
fn holds_a_token(name: &str, value: &Value, is_new: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(own, value)| {
            let about = AT_ITS_END.contains(&own.to_ascii_lowercase().as_str());
            holds_a_token(if is_a_tokens(name) && !about { name } else { own }, value, is_new)
        }),
        Value::Array(items) => items.iter().any(|item| holds_a_token(name, item, is_new)),
        Value::Number(number) => is_a_tokens(name) && number.to_string().len() >= SHORTEST,
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => holds_a_token(name, &inner, is_new),
            _ => {
                let bare = text.trim_start_matches("Bearer ");
                let is_jwt = bare.starts_with("eyJ") && bare.matches('.').count() >= 2;
                is_new(bare) && (is_jwt || (is_a_tokens(name) && may_be_drawn(bare)))
            }
        },
        _ => false,
    }
}

/// Parts of the names of tokens.
const NAMES: &[&str] = &["token", "jwt", "bearer", "ticket", "secret", "credential"];

/// Ends of names of what is about one.
const AT_ITS_END: &[&str] = &[
    "type",
    "level",
    "id",
    "at",
    "in",
    "on",
    "url",
    "uri",
    "name",
    "count",
    "status",
    "result",
    "error",
    "message",
    "expires",
    "expiry",
    "expiration",
    "valid",
    "scope",
    "kind",
];

/// `newToken`, `access_token`, `refresh`; neither `token_type` nor `tokenExpiresAt`.
fn is_a_tokens(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let last_word = name.rfind(|c: char| c.is_ascii_uppercase() || matches!(c, '_' | '-')).unwrap_or(0);
    let last = lower[last_word..].trim_start_matches(['_', '-']);
    let whole = ["access", "refresh", "session", "auth"].contains(&lower.as_str());
    whole || (NAMES.iter().any(|part| lower.contains(part)) && !AT_ITS_END.contains(&last))
}

/// Nothing that is written for people or for other programs.
fn may_be_drawn(text: &str) -> bool {
    let words = ["invalid", "expired", "required", "missing", "error", "denied", "revoked", "must_", "not_"];
    let lower = text.to_ascii_lowercase();
    let digits = text.bytes().any(|b| b.is_ascii_digit());
    let is_said = !digits && words.iter().any(|word| lower.contains(word));
    let is_code = text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let is_date = text.as_bytes().get(4) == Some(&b'-')
        && text.contains(':')
        && text.starts_with(|c: char| c.is_ascii_digit());
    let graphic = text.bytes().all(|b| b.is_ascii_graphic());
    text.len() >= SHORTEST
        && graphic
        && !is_said
        && !is_code
        && !is_date
        && !text.contains("://")
        && !text.contains('@')
}

/// Of what looks like a token, in bytes.
const SHORTEST: usize = 16;

/// Whether a name anywhere in it is one of these.
fn has_name(value: &Value, is_one: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| is_one(name) || has_name(value, is_one)),
        Value::Array(items) => items.iter().any(|item| has_name(item, is_one)),
        _ => false,
    }
}
