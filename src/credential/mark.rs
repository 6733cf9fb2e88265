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
    /// A person is told of it: by the run that noted this, once for the whole of a login's death.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) told: bool,
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

    /// Whether it says something of this audience: a client may have been rejected for what it asked for.
    pub(crate) fn concerns(&self, audience: &Audience) -> bool {
        self.wants_login() || self.audience.as_ref().is_none_or(|of| of == audience)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::outcome::Said;
    use crate::testing::samples::moment;

    fn of(scope: &str) -> Audience {
        Audience::of([("scope", scope)])
    }

    fn mark(kind: RefusalKind, about: &str, scope: &str) -> Mark {
        let outcome = Outcome::Refused {
            kind,
            said: Said { status: 400, words: None },
            lost_at: None,
            sent_by: Vec::new(),
        };
        let (client, audience) = (Some("client".into()), Some(of(scope)));
        let (evidence, at) = (Evidence::Words, moment(1));
        Mark {
            outcome,
            about: about.into(),
            alike: Vec::new(),
            client,
            audience,
            evidence,
            at,
            again: 0,
            told: false,
        }
    }

    fn spares(mark: &Mark, about: &str, client: &str, scope: &str, siblings: &[&str]) -> bool {
        let siblings = siblings.iter().map(|scope| of(scope)).collect();
        mark.is_about(&Question { about, client, audience: &of(scope), siblings: &siblings })
    }

    #[test]
    fn a_sibling_is_spared_and_whoever_has_mended_something_asks() {
        use RefusalKind::{ClientRejected, LoginRequired};
        let login = mark(LoginRequired, "a's", "a");
        assert!(spares(&login, "a's", "client", "a", &["b"]));
        assert!(spares(&login, "b's", "client", "b", &["a"]), "a profile asks for what was refused");
        assert!(!spares(&login, "b's", "client", "b", &[]), "the scope was changed");
        assert!(!spares(&login, "b's", "another", "b", &["a"]), "the secret was changed");
        assert!(!spares(&login, "a's param", "client", "a", &["b"]), "a secret param was changed");
        let client = mark(ClientRejected, "a's", "a");
        assert!(!spares(&client, "b's", "client", "b", &["a"]), "perhaps it may ask for that");
        assert!(spares(&client, "a's", "client", "a", &["b"]));
    }

    #[test]
    fn two_that_were_refused_do_not_take_turns() {
        let kind = RefusalKind::ClientRejected;
        let first = mark(kind, "a's", "a");
        let second = mark(kind, "b's", "b").following(Some(&first));
        let third = mark(kind, "a's", "a").following(Some(&second));
        for mark in [&second, &third] {
            assert!(spares(mark, "a's", "client", "a", &[]) && spares(mark, "b's", "client", "b", &[]));
        }
        assert_eq!(third.alike, ["b's"]);
        let other = mark(RefusalKind::LoginRequired, "b's", "b").following(Some(&first));
        assert!(other.alike.is_empty(), "that was another refusal");
        let many = (0..99).fold(first, |last, n| mark(kind, &n.to_string(), "a").following(Some(&last)));
        assert_eq!(many.alike.len(), MOST_ALIKE);
    }

    #[test]
    fn of_an_answer_that_another_profile_read_the_audience_is_known() {
        let heard = mark(RefusalKind::LoginRequired, "", "a");
        assert!(spares(&heard, "a's", "client", "a", &[]) && !spares(&heard, "a's", "another", "a", &[]));
        assert!(!spares(&heard, "", "client", "b", &[]), "nothing is about nothing");
    }
}
