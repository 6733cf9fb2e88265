//! Whether a token is certain: nothing else may have been meant, all of its characters came, and it is not what was sent.

use serde_json::Value;

use super::{OpenedAnswer, Sent};
use crate::credential::reading::{RenewsWith, Tokens};
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::dialect::answer::ladder::Oddity;
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
    pub(super) fn may_hold_a_token(&self) -> bool {
        let Answer { access_token, refresh_token, .. } = self.answer();
        let at_its_place =
            |place: &Selector| place.tested(&self.parts).iter().any(|value| is_something(value));
        let mut places = access_token.iter().chain(refresh_token);
        places.any(at_its_place) || self.parts.body.as_ref().is_some_and(|body| holds_a_token("", body))
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
        let unsure = known || self.is_ambiguous || self.is_doubted() || self.is_unsure(token.expose());
        (!unsure).then_some(token)
    }
}

/// Vendors write nothing in many ways.
fn is_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) => true,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// Whether anything in it looks like a token, by its name and by itself. `name`: that of the value, or of the list that it is in.
fn holds_a_token(name: &str, value: &Value) -> bool {
    const NAMES: [&str; 10] =
        ["token", "jwt", "access", "refresh", "session", "secret", "bearer", "ticket", "credential", "auth"];
    /// Of what is said about a token under its name.
    const WORDS: [&str; 9] =
        ["://", "invalid", "expired", "required", "missing", "error", "denied", "must_", "not_"];
    let has_any = |text: &str, parts: &[&str]| {
        let text = text.to_ascii_lowercase();
        parts.iter().any(|part| text.contains(part))
    };
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| holds_a_token(name, value)),
        Value::Array(items) => items.iter().any(|item| holds_a_token(name, item)),
        Value::String(text) => {
            let is_jwt = text.starts_with("eyJ") && text.matches('.').count() >= 2;
            let drawn = text.len() >= SHORTEST && text.bytes().all(|b| b.is_ascii_graphic());
            drawn && (is_jwt || (has_any(name, &NAMES) && !has_any(text, &WORDS)))
        }
        _ => false,
    }
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
