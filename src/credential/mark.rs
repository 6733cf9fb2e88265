//! The vendor refused for good. A mark spares it the same question until what it was about changes.
//!
//! The rule that matters: profiles of one login that differ in what they ask for do not take turns in asking again,
//! because each sees that something else was sent. Who has mended a mistake is not taken for one of these.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::audience::Audience;
use super::outcome::Outcome;
use super::reading::{Evidence, RefusalKind};
use crate::base::clock::Moment;

/// Of what was refused alike.
const MOST_ALIKE: usize = 16;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) outcome: Outcome,
    /// Keyed hash of all that was sent but the tokens; empty if it was another profile's, which nobody knows here.
    pub(crate) about: String,
    /// Such hashes of what was refused before it in the same way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) alike: Vec<String>,
    /// The same without what makes the audience. `None`: written by an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client: Option<String>,
    /// What it was refused for last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audience: Option<Audience>,
    pub(crate) evidence: Evidence,
    /// When the vendor said so last.
    pub(crate) at: Moment,
    /// How often it has been asked again since it said so first.
    pub(crate) again: u32,
}

/// What would be sent.
pub(crate) struct Question<'a> {
    pub(crate) about: &'a str,
    pub(crate) client: &'a str,
    pub(crate) audience: &'a Audience,
    /// What other profiles ask for that mean the same login.
    pub(crate) siblings: &'a BTreeSet<Audience>,
}

impl Mark {
    /// Whether a person must log in.
    pub(crate) fn wants_login(&self) -> bool {
        self.outcome.refusal() == Some(RefusalKind::LoginRequired)
    }

    /// Whether it spares the vendor this question. What was said of the login goes for every profile that asks with the
    /// same client; what was said of the client may have been about the scope.
    pub(crate) fn is_about(&self, question: &Question<'_>) -> bool {
        let of = self.audience.as_ref().filter(|_| self.client.as_deref() == Some(question.client));
        let sibling = |of: &Audience| self.wants_login() && question.siblings.contains(of);
        // Of one that another profile's run heard of, no more is known.
        let same = |of: &Audience| self.about.is_empty() && of == question.audience;
        self.has_refused(question.about) || of.is_some_and(|of| same(of) || sibling(of))
    }

    fn has_refused(&self, about: &str) -> bool {
        !about.is_empty() && [&self.about].into_iter().chain(&self.alike).any(|known| known == about)
    }

    /// The next one after `last`, if it refuses alike.
    pub(crate) fn following(mut self, last: Option<&Mark>) -> Mark {
        let Some(last) = last.filter(|last| last.outcome.refusal() == self.outcome.refusal()) else {
            return self;
        };
        let known = [&last.about].into_iter().chain(&last.alike).filter(|about| !about.is_empty());
        self.alike = known.filter(|about| **about != self.about).take(MOST_ALIKE).cloned().collect();
        self
    }
}
