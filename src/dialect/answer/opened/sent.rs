//! What was presented with the request of an answer.

use crate::credential::reading::Tokens;

/// What was presented with the request: an answer that gives it back as its access token gives nothing.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sent<'a> {
    pub(crate) refresh_token: Option<&'a str>,
    pub(crate) secrets: &'a [&'a str],
    /// Whether it was presented, although nobody knows it any more.
    pub(crate) was_sent: Option<&'a dyn Fn(&str) -> bool>,
    /// Whether a refresh token was presented before: an answer may be read long after it came.
    pub(crate) is_spent: Option<&'a dyn Fn(&str) -> bool>,
}

impl Sent<'_> {
    /// No id token that was sent: it would be printed.
    pub(super) fn without_echo(&self, mut tokens: Tokens) -> Tokens {
        let is_echo = |token: &str| self.is_secret(token) || self.has_token(token);
        tokens.id_token = tokens.id_token.filter(|token| !is_echo(token.expose()));
        tokens
    }

    pub(super) fn is_secret(&self, token: &str) -> bool {
        self.secrets.contains(&token) || self.was_sent.is_some_and(|was_sent| was_sent(token))
    }

    pub(super) fn has_token(&self, token: &str) -> bool {
        self.refresh_token == Some(token) || self.is_spent.is_some_and(|is_spent| is_spent(token))
    }
}
