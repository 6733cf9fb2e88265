//! How an attempt ended, as data: it gets its words where it is printed (`terminal/wording/`).

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

use super::reading::RefusalKind;
use crate::base::error::Code;

/// How an attempt ended. Vendors' words in it are fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// What was asked for was given.
    Granted,
    /// The vendor said no.
    Refused {
        kind: RefusalKind,
        said: Said,
        /// In ms since 1970: when a request was sent whose answer never came, if the refused token was presented before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lost_at: Option<i64>,
        /// Machines that presented the refused token before, by their names, if their journals may hold the answer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sent_by: Vec<String>,
    },
    /// The vendor refused the refresh token, but another one is at hand.
    OtherAtHand,
    /// The vendor handled it, but what it gave does not stand where the dialect looks.
    Unreadable { looked_for: String, held: String, said: Said, then: AfterUnreadable },
    /// The answer is not whole, but its new refresh token is.
    Salvaged,
    /// Nobody knows whether the vendor handled it.
    Unclear { why: String, next: Next },
    /// The same, but nothing that was presented can be spent.
    NothingSpent { why: String },
    /// What else went wrong, mostly before anything was sent, in the words of whoever found it.
    Other {
        /// One of a later version counts as `internal`: what is kept stays legible.
        #[serde(deserialize_with = "known_code")]
        code: Code,
        words: String,
    },
}

fn known_code<'de, D: Deserializer<'de>>(from: D) -> Result<Code, D::Error> {
    let word = String::deserialize(from)?;
    Ok(Code::from_word(&word).unwrap_or(Code::Internal))
}

/// The answer's status and the words that the vendor found for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) words: Option<String>,
}

/// Words that begin so are ours: the vendor's own stand where the dialect does not look.
pub(crate) const HOLDS: &str = "the answer holds ";

/// What follows an answer that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AfterUnreadable {
    /// Its new refresh token is the next to be presented.
    Rotated,
    /// Nothing was spent: it is asked again.
    AsksAgain,
    /// It is kept sealed, and nothing is sent until it can be read.
    Waits,
}

/// What follows an attempt whose end nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Next {
    /// Whoever is next asks again.
    AsksAgain,
    /// Once more, after this time (see `retry.rs`), within the vendor's grace.
    OnceWithinGrace(Duration),
    /// Once more, after this time.
    Once(Duration),
    /// Nothing more is sent by itself.
    Nothing,
}

impl Outcome {
    /// Also if nothing of it is here.
    pub(super) fn may_have_granted(&self) -> bool {
        match self {
            Outcome::Refused { kind, .. } => *kind == RefusalKind::NoAnswer,
            Outcome::Other { code, .. } => matches!(code, Code::NoAnswer | Code::UnreadableAnswer),
            Outcome::OtherAtHand => false,
            Outcome::Granted
            | Outcome::Unreadable { .. }
            | Outcome::Salvaged
            | Outcome::Unclear { .. }
            | Outcome::NothingSpent { .. } => true,
        }
    }

    /// `None`: all went well.
    pub(crate) fn code(&self) -> Option<Code> {
        Some(match self {
            Outcome::Granted => return None,
            Outcome::Refused { kind, .. } => match kind {
                RefusalKind::LoginRequired => Code::LoginRequired,
                RefusalKind::ClientRejected => Code::ClientRejected,
                RefusalKind::RateLimited => Code::RateLimited,
                RefusalKind::Unavailable => Code::Unavailable,
                RefusalKind::RequestRejected | RefusalKind::UnsupportedTokenType => Code::RequestRejected,
                RefusalKind::NoAnswer => Code::NoAnswer,
                // Whoever waits for it no longer waits.
                RefusalKind::AuthorizationPending | RefusalKind::SlowDown => Code::LoginRequired,
            },
            Outcome::OtherAtHand | Outcome::NothingSpent { .. } => Code::Unavailable,
            Outcome::Unreadable { .. } => Code::UnreadableAnswer,
            Outcome::Salvaged | Outcome::Unclear { .. } => Code::NoAnswer,
            Outcome::Other { code, .. } => *code,
        })
    }

    /// Why the vendor said no, if it did.
    pub(crate) fn refusal(&self) -> Option<RefusalKind> {
        match self {
            Outcome::Refused { kind, .. } => Some(*kind),
            // As format 1 has it.
            Outcome::Other { code, .. } => match code {
                Code::LoginRequired => Some(RefusalKind::LoginRequired),
                Code::ClientRejected => Some(RefusalKind::ClientRejected),
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_code_of_a_later_version_leaves_the_rest_legible() {
        let read = |code: &str| -> Outcome {
            serde_json::from_value(json!({ "other": { "code": code, "words": "why" } })).expect("an outcome")
        };
        let other = |code| Outcome::Other { code, words: "why".into() };
        assert_eq!(read("unheard_of"), other(Code::Internal));
        assert_eq!(read("rate_limited"), other(Code::RateLimited));
    }
}
