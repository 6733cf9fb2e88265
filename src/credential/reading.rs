//! What an answer says of a credential, whichever vendor gave it and however it put that.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::secrets::{AccessToken, Kept, RefreshToken};

/// What one answer means.
pub(crate) enum Reading {
    Granted(Box<Tokens>),
    /// Of a login: one more step is asked for, and what the answer keeps for it.
    Further {
        step: String,
        tokens: Box<Tokens>,
    },
    /// The vendor said no, and nothing was spent.
    Refused {
        verdict: RefusalKind,
        evidence: Evidence,
        words: Option<String>,
        /// If it gave one all the same.
        refresh_token: Option<RefreshToken>,
    },
    /// The vendor handled it, but there is no usable access token.
    Unreadable {
        refresh_token: Option<RefreshToken>,
        words: Option<String>,
    },
    /// The answer broke off, or cannot be read from some point on, but its new refresh token stands before that point.
    Salvaged(RefreshToken, Option<AccessToken>),
    /// Nobody can know whether it was handled.
    Unknown(String),
}

impl Reading {
    /// Whatever else it means.
    pub(crate) fn new_refresh_token(&self) -> Option<&RefreshToken> {
        match self {
            Reading::Granted(tokens) | Reading::Further { tokens, .. } => tokens.refresh_token.as_ref(),
            Reading::Refused { refresh_token, .. } | Reading::Unreadable { refresh_token, .. } => {
                refresh_token.as_ref()
            }
            Reading::Salvaged(token, _) => Some(token),
            Reading::Unknown(_) => None,
        }
    }

    /// What it rests on, if it is a refusal.
    pub(crate) fn evidence(&self) -> Evidence {
        match self {
            Reading::Refused { evidence, .. } => *evidence,
            _ => Evidence::default(),
        }
    }
}

#[derive(Default)]
pub(crate) struct Tokens {
    /// `None` where the dialect lets the current one stay, and in a step before the last.
    pub(crate) access_token: Option<AccessToken>,
    /// What programs get in its place, of which it is a part.
    pub(crate) put_together: Option<Box<AccessToken>>,
    /// `None`: the vendor gave no new one, so the old one stays (RFC 6749 section 5.1).
    pub(crate) refresh_token: Option<RefreshToken>,
    /// Beside the access token, if the answer gives one.
    pub(crate) id_token: Option<AccessToken>,
    pub(crate) token_type: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) account: Option<String>,
    /// Who is logged in, in words fit to be shown.
    pub(crate) who: Option<String>,
    /// From the moment of the answer, or absolute.
    pub(crate) access_expires: Option<Expires>,
    /// How long the access token lives from the answer on, if that stands beside an absolute expiry.
    pub(crate) access_lasts: Option<Duration>,
    /// An expiry of the access token that is there and cannot be read: which.
    pub(crate) access_unread: Option<String>,
    pub(crate) refresh_expires: Option<Expires>,
    /// The refresh token is said never to expire.
    pub(crate) refresh_forever: bool,
    pub(crate) kept: BTreeMap<String, Kept>,
    pub(crate) warnings: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum RefusalKind {
    /// The refresh token is refused: a person must log in again.
    LoginRequired,
    /// The client or account is refused.
    ClientRejected,
    /// Too many requests; tried again later.
    RateLimited,
    /// A passing failure; tried again later.
    Unavailable,
    /// The request is wrong.
    RequestRejected,
    /// Nobody knows whether it was done.
    NoAnswer,
    /// Of a login that somebody decides elsewhere: not yet (RFC 8628 section 3.5).
    AuthorizationPending,
    /// The same, and it is asked too often.
    SlowDown,
    /// Of a revocation: the vendor takes no tokens of this kind back (RFC 7009 section 2.2.1).
    UnsupportedTokenType,
}

/// What a refusal rests on: how long it is believed depends on it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Evidence {
    /// The vendor's own words: an `error` of RFC 6749, or a test of the dialect.
    #[default]
    Words,
    /// A bare status, which whatever stands before the vendor can give as well.
    Status,
    /// Neither: a web page, or an error that the dialect does not know.
    Nothing,
}

/// When a token expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expires {
    /// From the moment of the answer.
    After(Duration),
    /// Milliseconds since 1970, by the vendor's clock.
    At(i64),
}

/// From when a refresh token's lifetime counts.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum LifetimeKind {
    /// From its own issue: a new one begins it anew.
    #[default]
    Sliding,
    /// From its last use: every refresh begins it anew, also of a token that stays.
    Idle,
    /// From the login: refreshing does not extend it.
    Absolute,
}

/// What a refresh presents.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum RenewsWith {
    /// A refresh token (RFC 6749 section 6).
    #[default]
    RefreshToken,
    /// The access token itself, which the answer replaces; there is no other token.
    AccessToken,
    /// What the profile has: client credentials, an API key, a signed assertion. Nothing is ever imported.
    Client,
}

impl RenewsWith {
    /// As it is written.
    pub(crate) fn key(self) -> &'static str {
        match self {
            RenewsWith::RefreshToken => "refresh_token",
            RenewsWith::AccessToken => "access_token",
            RenewsWith::Client => "client",
        }
    }

    /// As it is said.
    pub(crate) fn word(self) -> &'static str {
        match self {
            RenewsWith::RefreshToken => "refresh token",
            RenewsWith::AccessToken => "access token itself",
            RenewsWith::Client => "client's own keys",
        }
    }
}
