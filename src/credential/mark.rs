//! The vendor refused for good. A mark spares it the same question until what it was about changes.
//!
//! The rule that matters: profiles of one login that differ in what they ask for, and machines that differ in their client,
//! do not take turns in asking again, because each sees that something else was sent. Who has mended a mistake is not taken
//! for one of these.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::audience::Audience;
use super::outcome::Outcome;
use super::reading::{Evidence, RefusalKind};
use crate::base::clock::Moment;
use crate::base::fault::said;

/// Of what was refused alike.
const MOST_ALIKE: usize = 16;
/// Few have so many secrets that are wrong.
const MOST: usize = 16;

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

/// Of each client, and of each kind of refusal, the last one; the newest first.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Marks(Vec<Mark>);

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

    /// Whether `next` takes its place. Of one that an earlier version wrote nobody knows whose it is: it gives way to any.
    fn gives_way_to(&self, next: &Mark) -> bool {
        let alike = self.outcome.refusal() == next.outcome.refusal() && self.client == next.client;
        alike || self.client.is_none()
    }

    /// The next one after `last`, if it refuses alike.
    fn following(mut self, last: Option<&Mark>) -> Mark {
        let Some(last) = last.filter(|last| last.outcome.refusal() == self.outcome.refusal()) else {
            return self;
        };
        let known = [&last.about].into_iter().chain(&last.alike).filter(|about| !about.is_empty());
        self.alike = known.filter(|about| **about != self.about).take(MOST_ALIKE).cloned().collect();
        self
    }
}

impl Marks {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mark> {
        self.0.iter()
    }

    pub(crate) fn newest(&self) -> Option<&Mark> {
        self.0.first()
    }

    /// What says that a person must log in. Whatever was said of a client since, it holds.
    pub(crate) fn of_the_login(&self) -> Option<&Mark> {
        self.iter().find(|mark| mark.wants_login())
    }

    /// In place of what was noted alike of the same client.
    pub(crate) fn note(&mut self, mark: Mark) {
        let last = self.0.iter().find(|last| last.gives_way_to(&mark)).cloned();
        let next = mark.following(last.as_ref());
        self.0.retain(|last| !last.gives_way_to(&next));
        self.0.insert(0, next);
        // A refused login concerns all, and stays.
        while let Some(last) = self.0.len().checked_sub(1).filter(|last| *last >= MOST) {
            let oldest = self.0.iter().rposition(|mark| !mark.wants_login());
            self.0.remove(oldest.unwrap_or(last));
        }
    }

    /// `false`: there are no others.
    pub(super) fn keep_one(&mut self) -> bool {
        let one = self.0.iter().position(Mark::wants_login).unwrap_or(0);
        let others = self.0.len() > 1;
        if others {
            self.0 = vec![self.0.swap_remove(one)];
        }
        others
    }
}

impl From<Option<Mark>> for Marks {
    fn from(mark: Option<Mark>) -> Marks {
        Marks(mark.into_iter().collect())
    }
}

/// There was one for all.
impl<'de> Deserialize<'de> for Marks {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Marks, D::Error> {
        let unknown = |_| said("no marks");
        match Option::<Value>::deserialize(from)? {
            None => Ok(Marks::default()),
            Some(all @ Value::Array(_)) => Vec::deserialize(all).map(Marks).map_err(unknown),
            Some(one) => Mark::deserialize(one).map(|mark| Marks(vec![mark])).map_err(unknown),
        }
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
        let noted = |marks: &[Mark]| {
            let mut all = Marks::default();
            marks.iter().for_each(|mark| all.note(mark.clone()));
            all
        };
        let (first, second) = (mark(kind, "a's", "a"), mark(kind, "b's", "b"));
        for marks in [noted(&[first.clone(), second.clone()]), noted(&[first.clone(), second, first.clone()])]
        {
            let newest = marks.newest().expect("one");
            assert!(spares(newest, "a's", "client", "a", &[]) && spares(newest, "b's", "client", "b", &[]));
            assert_eq!((marks.iter().count(), newest.alike.len()), (1, 1));
        }
        let other = noted(&[first.clone(), mark(RefusalKind::LoginRequired, "b's", "b")]);
        assert!(other.newest().expect("one").alike.is_empty(), "that was another refusal");
        let many: Vec<Mark> = (0..99).map(|n| mark(kind, &n.to_string(), "a")).collect();
        assert_eq!(noted(&many).newest().expect("one").alike.len(), MOST_ALIKE);
    }

    #[test]
    fn what_was_said_of_one_client_stands_beside_what_was_said_of_another() {
        use RefusalKind::{ClientRejected, LoginRequired};
        let of_client = |kind, client: Option<&str>| Mark {
            client: client.map(str::to_owned),
            ..mark(kind, client.unwrap_or_default(), "a")
        };
        let mut marks = Marks::from(Some(of_client(LoginRequired, Some("good"))));
        marks.note(of_client(ClientRejected, Some("wrong")));
        marks.note(of_client(ClientRejected, Some("worse")));
        let clients = |marks: &Marks| -> Vec<String> {
            marks.iter().map(|mark| mark.client.clone().unwrap_or_default()).collect()
        };
        assert_eq!(clients(&marks), ["worse", "wrong", "good"]);
        assert_eq!(marks.of_the_login().and_then(|mark| mark.client.as_deref()), Some("good"));
        marks.note(of_client(ClientRejected, Some("wrong")));
        assert_eq!(clients(&marks), ["wrong", "worse", "good"]);
        // One of an earlier version is nobody's, and was the only one.
        let mut old = Marks::from(Some(of_client(LoginRequired, None)));
        old.note(of_client(ClientRejected, Some("wrong")));
        assert_eq!(clients(&old), ["wrong"]);
        (0..99).for_each(|n| marks.note(of_client(ClientRejected, Some(&n.to_string()))));
        let newest: Vec<String> = (84..99).rev().map(|n| n.to_string()).chain(["good".into()]).collect();
        assert_eq!(clients(&marks), newest, "the dead login stays");
        assert!(marks.keep_one() && !marks.keep_one());
        assert_eq!(clients(&marks), ["good"]);
        (0..99).for_each(|n| marks.note(of_client(LoginRequired, Some(&n.to_string()))));
        assert_eq!((marks.iter().count(), clients(&marks)[0].as_str()), (MOST, "98"));
    }

    #[test]
    fn the_one_mark_that_was_there_for_all_is_understood() {
        let one = mark(RefusalKind::LoginRequired, "a's", "a");
        let text = |value: &Marks| serde_json::to_value(value).expect("JSON");
        let read = |value: Value| serde_json::from_value::<Marks>(value).map(|marks| text(&marks)).ok();
        let many = text(&Marks::from(Some(one.clone())));
        assert_eq!(read(serde_json::to_value(&one).expect("JSON")), Some(many.clone()));
        assert_eq!(read(many.clone()), Some(many));
        assert_eq!(read(Value::Null), Some(text(&Marks::default())));
        assert_eq!(read("marked".into()), None);
    }

    #[test]
    fn of_an_answer_that_another_profile_read_the_audience_is_known() {
        let heard = mark(RefusalKind::LoginRequired, "", "a");
        assert!(spares(&heard, "a's", "client", "a", &[]) && !spares(&heard, "a's", "another", "a", &[]));
        assert!(!spares(&heard, "", "client", "b", &[]), "nothing is about nothing");
    }
}
