//! What is kept of one login. The only place where tokens are written down.
//!
//! A record is replaced as a whole, never changed behind the journal's back; how copies
//! of one are told apart is the business of `state.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use super::reading::{Evidence, RefusalKind, RenewsWith};
use super::secrets::{self, AccessToken, Kept, RefreshToken};
use crate::base::clock::Moment;
use crate::base::digest::sha256_hex;

const MOST_SPENT: usize = 8;
const MOST_CANDIDATES: usize = 2;

/// To whom a credential may be sent: it never goes elsewhere without `rebind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binding {
    /// Scheme, host and port of every exchange that carries a secret.
    pub(crate) origins: Vec<String>,
    pub(crate) client_id: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    /// `None`: the vendor has none, and the client's own keys renew.
    #[serde(default, with = "secrets::stored_option", skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<RefreshToken>,
    /// When it was given, or brought by a person; without one, when the credential began.
    pub(crate) refresh_obtained: Moment,
    /// Milliseconds since 1970; `None`: not known.
    pub(crate) refresh_expires_ms: Option<i64>,
    /// One for each audience.
    accesses: BTreeMap<Audience, Access>,
    pub(crate) bound: Binding,
    /// Tokens that may be the live one, if the first is refused; the one obtained last comes first.
    #[serde(with = "secrets::stored_list")]
    pub(crate) candidates: Vec<RefreshToken>,
    /// SHA-256 of refresh tokens used up; the tokens themselves are discarded (RFC 6749 section 6).
    pub(crate) spent: Vec<String>,
    /// How the last attempt ended, so that whoever waited for it can adopt it.
    pub(crate) ended: Option<AttemptEnd>,
    pub(crate) mark: Option<Mark>,
    /// What answers gave for later requests, by the dialect's names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) kept: BTreeMap<String, Kept>,
    /// Who the tokens are for, in the vendor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// Who is logged in, for people: harmless, and no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) who: Option<String>,
    /// The credential's name in its store: its files are named by a hash of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

/// What of a profile changes what is granted. All profiles of a credential have the same one as yet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
struct Audience(String);

impl Audience {
    fn of_all() -> Audience {
        Audience("all".to_owned())
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Access {
    #[serde(with = "secrets::stored")]
    pub(crate) token: AccessToken,
    pub(crate) token_type: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) obtained: Moment,
    pub(crate) expires: AccessExpiry,
    /// Shown with it; no secrets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) extra: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccessExpiry {
    /// Milliseconds since 1970.
    At(i64),
    /// Nobody says: good until the next refresh.
    Unknown,
    /// Imported, and nobody knows how old it was: kept for the vendors that
    /// want it in the request, never printed.
    UnknownAge,
}

/// How an attempt ended, and when.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AttemptEnd {
    pub(crate) at: Moment,
    pub(crate) outcome: Outcome,
    /// Whole seconds from `at`; binds every run.
    pub(crate) retry_after: Option<u64>,
}

/// The vendor refused for good; spares it the same question until what it was about changes.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) outcome: Outcome,
    /// Keyed hash of all that was sent but the tokens.
    pub(crate) about: String,
    pub(crate) evidence: Evidence,
    /// When the vendor said so last.
    pub(crate) at: Moment,
    /// How often it has been asked again since it said so first.
    pub(crate) again: u32,
    /// A person is told of it: by the run that noted this, once for the whole of a login's death.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) told: bool,
}

impl Mark {
    /// Whether a person must log in.
    pub(crate) fn wants_login(&self) -> bool {
        self.outcome.refusal() == Some(RefusalKind::LoginRequired)
    }
}

impl Record {
    /// Of a login that nothing is known of but its refresh token, if the vendor has such.
    pub(crate) fn first(refresh_token: Option<RefreshToken>, obtained: Moment, bound: Binding) -> Record {
        Record {
            refresh_token,
            refresh_obtained: obtained,
            refresh_expires_ms: None,
            accesses: BTreeMap::new(),
            bound,
            candidates: Vec::new(),
            spent: Vec::new(),
            ended: None,
            mark: None,
            kept: BTreeMap::new(),
            account: None,
            who: None,
            name: None,
        }
    }

    /// When the login ends if nobody refreshes, in milliseconds since 1970: with its refresh token, or, where the access
    /// token itself is presented, with that.
    pub(crate) fn dies_ms(&self, renews_with: RenewsWith) -> Option<i64> {
        let presented = self.access().filter(|_| renews_with == RenewsWith::AccessToken);
        let access = presented.and_then(|access| match access.expires {
            AccessExpiry::At(at) => Some(at),
            AccessExpiry::Unknown | AccessExpiry::UnknownAge => None,
        });
        [access, self.refresh_expires_ms].into_iter().flatten().min()
    }

    pub(crate) fn access(&self) -> Option<&Access> {
        self.accesses.get(&Audience::of_all())
    }

    pub(crate) fn set_access(&mut self, access: Option<Access>) {
        match access {
            Some(access) => self.accesses.insert(Audience::of_all(), access),
            None => self.accesses.remove(&Audience::of_all()),
        };
    }

    /// What may be shown of what is kept.
    pub(crate) fn extra(&self) -> BTreeMap<String, String> {
        let shown = self.kept.iter().filter(|(_, kept)| !kept.secret);
        shown.map(|(name, kept)| (name.clone(), kept.value.expose().to_owned())).collect()
    }

    /// All of it that is printed nowhere, unlike an access token.
    pub(crate) fn never_printed(&self) -> impl Iterator<Item = &str> {
        let refresh = self.refresh_token.iter().chain(&self.candidates).map(RefreshToken::expose);
        refresh.chain(self.kept.values().filter(|kept| kept.secret).map(|kept| kept.value.expose()))
    }

    /// Everything in it that must not show in any output.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let refresh = self.refresh_token.iter().chain(&self.candidates).map(RefreshToken::expose);
        let access = self.accesses.values().map(|access| access.token.expose());
        let kept = self.kept.values().filter(|kept| kept.secret).map(|kept| kept.value.expose());
        refresh.chain(access).chain(kept)
    }

    pub(crate) fn is_spent(&self, token: &RefreshToken) -> bool {
        self.spent.contains(&sha256_hex(token.expose()))
    }

    /// One that may yet be the live one, tried after the others if the first is refused.
    pub(crate) fn keep_candidate(&mut self, token: RefreshToken) {
        let known = self.refresh_token.as_ref() == Some(&token) || self.candidates.contains(&token);
        if !known && self.candidates.len() < MOST_CANDIDATES {
            self.candidates.push(token);
        }
    }

    /// What the next generation begins with: `new` replaces the refresh token, whose hash is kept.
    pub(super) fn succeed(&mut self, new: Option<RefreshToken>, at: &Moment) {
        self.mark = None;
        self.candidates.clear();
        let Some(new) = new.filter(|new| self.refresh_token.as_ref() != Some(new)) else {
            return;
        };
        let old = self.refresh_token.replace(new);
        self.spent.extend(old.map(|old| sha256_hex(old.expose())));
        let surplus = self.spent.len().saturating_sub(MOST_SPENT);
        self.spent.drain(..surplus);
        self.refresh_obtained = at.clone();
    }

    /// What a small item left out of the same record.
    pub(super) fn complete_from(&mut self, fuller: &Record) {
        if self.refresh_token != fuller.refresh_token || self.access().is_some() {
            return;
        }
        self.accesses = fuller.accesses.clone();
        // What was found out since then is more than what was left out.
        if self.spent.is_empty() && self.candidates.is_empty() {
            self.spent = fuller.spent.clone();
            self.candidates = fuller.candidates.clone();
        }
    }

    /// The next smaller form for keyrings with small items; `false`: there is none. The access token goes
    /// first, and lives in the journal; then what only helps.
    pub(crate) fn shrink(&mut self) -> bool {
        if !self.accesses.is_empty() {
            self.accesses.clear();
            return true;
        }
        let helpful = !self.spent.is_empty() || !self.candidates.is_empty();
        let large = helpful || self.ended.is_some() || self.mark.is_some();
        (self.spent, self.candidates) = (Vec::new(), Vec::new());
        (self.ended, self.mark) = (None, None);
        large
    }

    /// Every moment in it.
    pub(super) fn moments(&self) -> impl Iterator<Item = &Moment> {
        let obtained = self.accesses.values().map(|access| &access.obtained);
        let ended = self.ended.iter().map(|ended| &ended.at);
        let mark = self.mark.iter().map(|mark| &mark.at);
        [&self.refresh_obtained].into_iter().chain(obtained).chain(ended).chain(mark)
    }
}

impl Access {
    /// Milliseconds it is still good for; `i64::MAX` if nobody says how long.
    /// `None`: expired, or of unknown age, or the clocks were set back since.
    pub(crate) fn remaining(&self, now: &Moment) -> Option<i64> {
        match self.expires {
            AccessExpiry::UnknownAge => None,
            AccessExpiry::Unknown => Some(i64::MAX),
            AccessExpiry::At(at) => {
                let life = at.saturating_sub(self.obtained.wall_ms);
                Some(life.saturating_sub(self.obtained.age(now)?)).filter(|left| *left > 0)
            }
        }
    }

    /// Its whole life in milliseconds, if known.
    pub(crate) fn lifetime(&self) -> Option<i64> {
        match self.expires {
            AccessExpiry::At(at) => Some(at.saturating_sub(self.obtained.wall_ms)),
            _ => None,
        }
    }

    /// In seconds since 1970.
    pub(crate) fn expires_at(&self) -> Option<i64> {
        match self.expires {
            AccessExpiry::At(at) => Some(at.div_euclid(1_000)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::samples::{moment, record};

    #[test]
    fn a_clock_set_back_makes_a_token_doubtful_only_across_a_boot() {
        let access = |boot: &str| Access {
            token: AccessToken::new("at"),
            token_type: None,
            scope: None,
            obtained: Moment { wall_ms: 1_000_000, boot_ms: 50_000, boot: boot.into() },
            expires: AccessExpiry::At(1_060_000),
            extra: BTreeMap::new(),
        };
        let now = Moment { wall_ms: 0, boot_ms: 80_000, boot: "b".into() };
        assert_eq!(access("b").remaining(&now), Some(30_000));
        assert_eq!(access("other").remaining(&now), None);
        let late = Moment { wall_ms: 0, boot_ms: 110_000, boot: "b".into() };
        assert_eq!(access("b").remaining(&late), None);
    }

    #[test]
    fn a_succession_keeps_hashes_of_spent_tokens_only() {
        let mut record = record(0, "t0");
        for n in 1..=10 {
            record.succeed(Some(RefreshToken::new(format!("t{n}"))), &moment(n));
        }
        assert_eq!(record.spent.len(), MOST_SPENT);
        assert!(record.is_spent(&RefreshToken::new("t9")) && !record.is_spent(&RefreshToken::new("t10")));
        record.succeed(None, &moment(11));
        assert_eq!(record.refresh_token, Some(RefreshToken::new("t10")));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn no_token_is_valid_after_its_expiry(at in any::<i64>(), wall in 0..1_i64 << 50, boot in 0..1_i64 << 50, lives in 0..1_i64 << 40, reboot: bool) {
            let at = if lives % 2 == 0 { at } else { wall + lives };
            let obtained = Moment { wall_ms: wall, boot_ms: boot, boot: "b".into() };
            let access = Access { token: AccessToken::new("at"), token_type: None, scope: None, obtained, expires: AccessExpiry::At(at), extra: BTreeMap::new() };
            let boot_name = if reboot { "c" } else { "b" };
            // A boot that began just now: one that is older than the token tells more than the wall clock.
            let after = |ms: i64| Moment { wall_ms: wall + ms, boot_ms: if reboot { 0 } else { boot + ms }, boot: boot_name.into() };
            for ms in [0, 1, lives / 2, lives - 1, lives, lives + 1].into_iter().filter(|ms| *ms >= 0) {
                let left = access.remaining(&after(ms));
                prop_assert_eq!(left.is_some(), at > wall + ms, "{} ms on", ms);
                let later = access.remaining(&after(ms + 1));
                prop_assert!(later.unwrap_or(0) <= left.unwrap_or(0), "it grows");
                // Within a boot the wall clock does not matter.
                let jumped = Moment { wall_ms: -wall, ..after(ms) };
                prop_assert!(reboot || access.remaining(&jumped) == left);
            }
        }

        #[test]
        fn no_clock_and_no_expiry_overflows(at in any::<i64>(), times in any::<[i64; 4]>(), reboot: bool, kind in 0..3) {
            let [wall_ms, boot_ms, now_wall, now_boot] = times;
            let expires = [AccessExpiry::At(at), AccessExpiry::Unknown, AccessExpiry::UnknownAge][usize::try_from(kind).expect("small")];
            let obtained = Moment { wall_ms, boot_ms, boot: "b".into() };
            let access = Access { token: AccessToken::new("at"), token_type: None, scope: None, obtained, expires, extra: BTreeMap::new() };
            let now = Moment { wall_ms: now_wall, boot_ms: now_boot, boot: if reboot { "c" } else { "b" }.into() };
            let left = access.remaining(&now);
            prop_assert!(left.is_none_or(|left| left > 0));
            prop_assert!(expires != AccessExpiry::UnknownAge || left.is_none());
            let _ = (access.lifetime(), access.expires_at());
        }
    }
}
