//! What was asked, and what came of it that nobody could read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::audience::Audience;
use super::dpop::Dpop;
use super::record::Binding;
use super::secrets::{Kept, RefreshToken};
use crate::base::clock::Moment;
use crate::base::digest::sha256_hex;
use crate::http::message::RawAnswer;

/// What is under way.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Open {
    pub(crate) attempt: Attempt,
    /// What it repeats, or goes on from, and whose end is as unknown: if the vendor did nothing, that is open still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) earlier: Option<Box<Attempt>>,
}

/// A request that was begun and whose end is not in the record.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) nonce: String,
    /// Which journal saw it; another one knows nothing of how it went on.
    pub(crate) journal: String,
    pub(crate) sent_at: Moment,
    pub(crate) replays: u32,
    /// Machines that presented the same before, by their names, if their journals may hold the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sent_by: Vec<String>,
    /// Which exchange of the dialect it was.
    pub(crate) step: String,
    /// It follows another step in the same run, which was answered. A step that is taken only now and then leaves the next one
    /// to be the first, or not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) goes_on: bool,
    /// What was asked for. `None`: written before there were several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audience: Option<Audience>,
    /// What begins if it is granted. `None`: it renews what is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) login: Option<Box<Beginning>>,
}

/// A credential that begins with the answer to a login. What is there stays as it is until then.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Beginning {
    pub(crate) grant: String,
    /// Of the new credential: greater than that of whatever is there.
    pub(crate) epoch: i64,
    pub(crate) bound: Binding,
    /// What the redirect and earlier steps gave.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) kept: BTreeMap<String, Kept>,
    /// The key that its tokens will be bound to (RFC 9449).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dpop: Option<Box<Dpop>>,
    /// SHA-256 over the attempt's nonce and each secret that was presented: none of them is taken for a token, whenever the
    /// answer is read. A password can be guessed by it, so it stands sealed in the journal alone, with the answer: a store has
    /// the journal's key, and with it whatever the hash could be keyed with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) presented: Vec<String>,
    /// What was open before, and is so still if nothing comes of the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) over: Option<Box<Open>>,
}

impl Beginning {
    /// How a secret is noted that was presented by the attempt of this nonce.
    pub(crate) fn digest(nonce: &str, secret: &str) -> String {
        sha256_hex(&format!("{nonce}\n{secret}"))
    }

    /// Whether it was presented by that attempt.
    pub(crate) fn has_presented(&self, nonce: &str, text: &str) -> bool {
        self.presented.contains(&Beginning::digest(nonce, text))
    }
}

/// An answer that was looked into, and could not be read.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Seal {
    /// The nonce of what it is the answer to.
    pub(crate) attempt: String,
    pub(crate) step: String,
    /// As its attempt has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audience: Option<Audience>,
    /// As its attempt has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) login: Option<Box<Beginning>>,
    pub(crate) raw: RawAnswer,
    /// Part of a secret stands among its names, which are not shown then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) names_a_secret: bool,
    /// The SHA-256 of a refresh token that came since then, with a grant or with something else. Once the vendor takes
    /// that one, the answer is certainly of the past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) followed_by: Option<String>,
}

impl Open {
    pub(crate) fn new(attempt: Attempt) -> Open {
        Open { attempt, earlier: None }
    }

    pub(super) fn attempts(&self) -> impl Iterator<Item = &Attempt> + Clone {
        [&self.attempt].into_iter().chain(self.earlier.as_deref())
    }

    /// Also of what is open beneath a login.
    pub(super) fn change_each(&mut self, change: &mut dyn FnMut(&mut Attempt)) {
        change(&mut self.attempt);
        self.earlier.as_deref_mut().into_iter().for_each(&mut *change);
        let beneath = self.attempt.login.as_deref_mut().and_then(|login| login.over.as_deref_mut());
        beneath.into_iter().for_each(|open| open.change_each(change));
    }

    /// What is open if the attempt itself did nothing.
    pub(super) fn without_the_last(&self) -> Option<Open> {
        self.earlier.as_deref().cloned().map(Open::new)
    }

    /// What is open without the attempt of this nonce, if it is one of them.
    pub(super) fn without(self, nonce: &str) -> Option<Open> {
        match &self.earlier {
            _ if self.attempt.nonce == nonce => self.without_the_last(),
            Some(earlier) if earlier.nonce == nonce => Some(Open::new(self.attempt)),
            _ => Some(self),
        }
    }
}

/// The refresh token came after each of these answers, but for those to logins. One that came before it, and was `spent` since
/// without being taken by the vendor, will be presented to nobody any more.
pub(crate) fn follow(seals: &mut [Seal], token: &RefreshToken, spent: &[String]) {
    let now = sha256_hex(token.expose());
    for seal in seals.iter_mut().filter(|seal| seal.login.is_none()) {
        let known = seal.followed_by.take().filter(|known| !spent.contains(known));
        seal.followed_by = Some(known.unwrap_or_else(|| now.clone()));
    }
}

impl Seal {
    pub(crate) fn new(of: &Attempt, raw: RawAnswer) -> Seal {
        let Attempt { nonce, step, audience, mut login, .. } = of.clone();
        // What was open beneath it goes on without it.
        if let Some(login) = &mut login {
            login.over = None;
        }
        Seal { attempt: nonce, step, audience, login, raw, names_a_secret: false, followed_by: None }
    }

    /// No refresh token came since: what it holds may be the newest there is.
    pub(crate) fn is_last_word(&self) -> bool {
        self.followed_by.is_none()
    }
}
