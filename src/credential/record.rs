//! What is kept of one login. Secrets are written down here, in `access.rs`, `dpop.rs` and `stored_secret.rs`, and nowhere else.
//!
//! A record is replaced as a whole, never changed behind the journal's back; how copies
//! of one are told apart is the business of `state.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::access::{Access, AccessExpiry};
use super::audience::Audience;
use super::discovered::Discovered;
use super::dpop::Dpop;
use super::mark::{Mark, Marks};
use super::outcome::Outcome;
use super::reading::{RefusalKind, RenewsWith};
use super::secrets::{self, AccessToken, Kept, RefreshToken};
use super::stored_secret::StoredSecrets;
use crate::base::clock::Moment;
use crate::base::digest::sha256_hex;
use crate::base::fault::said;
use crate::base::order::InOrder as _;

const MOST_SPENT: usize = 8;
const MOST_CANDIDATES: usize = 2;
/// Access tokens, each of an audience; and of what is noted beside them.
const MOST_AUDIENCES: usize = 16;
const MOST_TIME_STEPS: usize = 8;

/// To whom a credential may be sent: it never goes elsewhere without `rebind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binding {
    /// Scheme, host and port of every exchange that carries a secret.
    pub(crate) origins: Vec<String>,
    pub(crate) client_id: Option<String>,
    /// What its server said of itself, where the profile names an issuer alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) discovered: Option<Box<Discovered>>,
}

impl Binding {
    /// The same places and the same client, by the word of the same issuer if there is one.
    pub(crate) fn is_as(&self, other: &Binding) -> bool {
        let issuer = |one: &Binding| one.discovered.as_ref().map(|found| found.issuer.clone());
        self.origins == other.origins && self.client_id == other.client_id && issuer(self) == issuer(other)
    }
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
    /// How the last attempt for each audience ended, so that whoever waited for it can adopt it. There was one for all.
    #[serde(default, alias = "ended", deserialize_with = "each_or_one")]
    ends: BTreeMap<Audience, AttemptEnd>,
    #[serde(default, alias = "mark")]
    pub(crate) marks: Marks,
    /// What answers gave for later requests, by the dialect's names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) kept: BTreeMap<String, Kept>,
    /// Who the tokens are for, in the vendor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// Of one-time codes that were sent: when the time step of each began, in seconds since 1970, the last one last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    time_steps: Vec<i64>,
    /// Secrets of profiles. They have a record to themselves; in one that holds tokens there are none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) stored: StoredSecrets,
    /// The refresh token was reached by a refusal of another one, and nothing was granted since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_second_choice: bool,
    /// A login was tried by itself since this one died; it is tried once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) relogin_tried: bool,
    /// When and how that ended; for as long as it has not, that nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) relogin_ended: Option<AttemptEnd>,
    /// How often one was tried since then and the vendor said that it judged nothing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) relogins_unjudged: u32,
    /// Who is logged in, for people: harmless, and no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) who: Option<String>,
    /// The key that its tokens are bound to, if the dialect proves one (RFC 9449).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dpop: Option<Box<Dpop>>,
    /// When it was handed over to another machine, in milliseconds since 1970: nothing is presented here since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exported_ms: Option<i64>,
    /// The credential's name in its store: its files are named by a hash of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

/// How an attempt ended, and when.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AttemptEnd {
    pub(crate) at: Moment,
    pub(crate) outcome: Outcome,
    /// Whole seconds from `at`; binds every run.
    pub(crate) retry_after: Option<u64>,
    /// Which client was refused something, as marks have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

fn each_or_one<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<Audience, AttemptEnd>, D::Error> {
    let unknown = |_| said("no outcomes");
    match Option::<Value>::deserialize(from)? {
        None => Ok(BTreeMap::new()),
        Some(one) if one.get("outcome").is_some() => {
            let ended = AttemptEnd::deserialize(one).map_err(unknown)?;
            Ok(BTreeMap::from([(Audience::unnamed(), ended)]))
        }
        Some(each) => BTreeMap::deserialize(each).map_err(unknown),
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
            ends: BTreeMap::new(),
            marks: Marks::default(),
            kept: BTreeMap::new(),
            account: None,
            time_steps: Vec::new(),
            stored: StoredSecrets::new(),
            is_second_choice: false,
            relogin_tried: false,
            relogin_ended: None,
            relogins_unjudged: 0,
            who: None,
            dpop: None,
            exported_ms: None,
            name: None,
        }
    }

    /// When the login ends if nobody refreshes, in milliseconds since 1970: with its refresh token, or, where the access
    /// token itself is presented, of which there is one then, with that.
    pub(crate) fn dies_ms(&self, renews_with: RenewsWith) -> Option<i64> {
        let presented = self.newest_access().filter(|_| renews_with == RenewsWith::AccessToken);
        let access = presented.and_then(|access| match access.expires {
            AccessExpiry::At(at) => Some(at),
            AccessExpiry::Unknown | AccessExpiry::UnknownAge => None,
        });
        [access, self.refresh_expires_ms].into_iter().flatten().min()
    }

    pub(crate) fn access(&self, audience: &Audience) -> Option<&Access> {
        self.accesses.get(audience)
    }

    /// Whoever it is for.
    pub(crate) fn newest_access(&self) -> Option<&Access> {
        self.accesses.values().max_by(|one, other| one.obtained.since(&other.obtained).cmp(&0))
    }

    /// What a vendor is shown that wants the current access token with each refresh.
    pub(crate) fn shown_access(&self, audience: &Audience) -> Option<&Access> {
        self.access(audience).or_else(|| self.newest_access())
    }

    /// In the place of what was obtained longest ago, if there are too many.
    pub(crate) fn set_access(&mut self, audience: &Audience, access: Option<Access>) {
        let Some(access) = access else {
            self.accesses.remove(audience);
            return;
        };
        if !self.accesses.contains_key(audience) && self.accesses.len() >= MOST_AUDIENCES {
            self.forget_an_access();
        }
        self.accesses.insert(audience.clone(), access);
    }

    /// Whoever asks for the same again gets it anew. `false`: there is none.
    fn forget_an_access(&mut self) -> bool {
        let oldest =
            self.accesses.iter().min_by(|(_, one), (_, other)| one.obtained.since(&other.obtained).cmp(&0));
        let oldest = oldest.map(|(audience, _)| audience.clone());
        oldest.and_then(|audience| self.accesses.remove(&audience)).is_some()
    }

    /// All that the login has a token for.
    pub(crate) fn audiences(&self) -> impl Iterator<Item = &Audience> {
        self.accesses.keys()
    }

    pub(crate) fn ended(&self, audience: &Audience) -> Option<&AttemptEnd> {
        self.ends.get(audience)
    }

    pub(crate) fn ended_mut(&mut self, audience: &Audience) -> Option<&mut AttemptEnd> {
        self.ends.get_mut(audience)
    }

    /// How the attempts for the others ended.
    pub(crate) fn ended_elsewhere(&self, audience: &Audience) -> impl Iterator<Item = &AttemptEnd> {
        self.ends.iter().filter(move |(other, _)| *other != audience).map(|(_, ended)| ended)
    }

    /// A grant ends what was said of the login, whoever it was said to.
    pub(crate) fn note_end(&mut self, audience: &Audience, ended: AttemptEnd) {
        if ended.outcome == Outcome::Granted {
            self.ends.retain(|_, other| !other.is_about_the_login());
        }
        self.ends.insert(audience.clone(), ended);
        while self.ends.len() > MOST_AUDIENCES {
            let others = self.ends.iter().filter(|(other, _)| *other != audience);
            let oldest = others.min_by(|(_, one), (_, other)| one.at.since(&other.at).cmp(&0));
            let Some(oldest) = oldest.map(|(other, _)| other.clone()) else { return };
            self.ends.remove(&oldest);
        }
    }

    /// What was noted without an audience is of this one. A program that knows none may have noted it later.
    pub(super) fn adopt(&mut self, audience: &Audience) {
        let unnamed = Audience::unnamed();
        if let Some(access) = self.accesses.remove(&unnamed) {
            let own = self.accesses.entry(audience.clone()).or_insert_with(|| access.clone());
            if access.obtained.since(&own.obtained) > 0 {
                *own = access;
            }
        }
        if let Some(ended) = self.ends.remove(&unnamed) {
            let own = self.ends.entry(audience.clone()).or_insert_with(|| ended.clone());
            if ended.at.since(&own.at) > 0 {
                *own = ended;
            }
        }
    }

    /// No token, nor anything that was kept of one.
    pub(crate) fn holds_nothing(&self) -> bool {
        let key = self.dpop.as_ref().map(|dpop| dpop.key.expose());
        self.secrets().all(|secret| Some(secret) == key) && self.kept.is_empty()
    }

    /// Nor can the vendor have granted one that did not come here.
    pub(super) fn is_bare(&self) -> bool {
        let lost = |ended: &AttemptEnd| ended.outcome.may_have_granted();
        let relogin = self.relogin_tried && self.relogin_ended.as_ref().is_none_or(lost);
        self.holds_nothing() && !relogin && !self.ends.values().any(lost)
    }

    /// What may be shown of what is kept.
    pub(crate) fn extra(&self) -> BTreeMap<String, String> {
        let shown = self.kept.iter().filter(|(_, kept)| !kept.secret);
        shown.map(|(name, kept)| (name.clone(), kept.value.expose().to_owned())).in_order()
    }

    /// All of it that is printed nowhere, unlike an access token.
    pub(crate) fn never_printed(&self) -> impl Iterator<Item = &str> {
        let refresh = self.refresh_token.iter().chain(&self.candidates).map(RefreshToken::expose);
        let kept = self.kept.values().filter(|kept| kept.secret).map(|kept| kept.value.expose());
        refresh.chain(kept).chain(self.dpop.iter().map(|dpop| dpop.key.expose()))
    }

    /// Everything in it that must not show in any output.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let refresh = self.refresh_token.iter().chain(&self.candidates).map(RefreshToken::expose);
        let access = self.accesses.values().flat_map(Access::tokens).map(AccessToken::expose);
        let kept = self.kept.values().filter(|kept| kept.secret).map(|kept| kept.value.expose());
        let stored = self.stored.values().map(|secret| secret.value.expose());
        refresh.chain(access).chain(kept).chain(stored).chain(self.dpop.iter().map(|dpop| dpop.key.expose()))
    }

    /// Whether a code of the time step that began then was sent.
    pub(super) fn has_used(&self, time_step: i64) -> bool {
        self.time_steps.contains(&time_step)
    }

    /// Codes of that time step are not sent again.
    pub(crate) fn use_up(&mut self, time_step: i64) {
        self.time_steps.push(time_step);
        let surplus = self.time_steps.len().saturating_sub(MOST_TIME_STEPS);
        self.time_steps.drain(..surplus);
    }

    pub(super) fn last_time_step(&self) -> Option<i64> {
        self.time_steps.last().copied()
    }

    /// A new login ends no time step.
    pub(super) fn take_time_steps(&mut self, of: &Record) {
        self.time_steps.clone_from(&of.time_steps);
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

    /// The same, before the others. Too many: the newest stays, and the last, which may be the one that was granted.
    pub(super) fn keep_candidate_first(&mut self, token: RefreshToken) {
        self.candidates.retain(|known| *known != token);
        if self.refresh_token.as_ref() != Some(&token) {
            self.candidates.insert(0, token);
        }
        while self.candidates.len() > MOST_CANDIDATES {
            self.candidates.remove(self.candidates.len() - 2);
        }
    }

    /// What the next generation begins with: `new` replaces the refresh token, whose hash is kept.
    pub(super) fn succeed(&mut self, new: Option<RefreshToken>, at: &Moment) {
        self.marks = Marks::default();
        self.is_second_choice = false;
        self.relogin_tried = false;
        self.relogin_ended = None;
        self.relogins_unjudged = 0;
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
        if self.refresh_token != fuller.refresh_token {
            return;
        }
        // What only helps is left out after all access tokens; and what was found out since then is more than that.
        if self.accesses.is_empty() && self.spent.is_empty() && self.candidates.is_empty() {
            self.spent = fuller.spent.clone();
            self.candidates = fuller.candidates.clone();
        }
        for (audience, access) in &fuller.accesses {
            self.accesses.entry(audience.clone()).or_insert_with(|| access.clone());
        }
    }

    /// What was refused for good, if whoever asks for `audience` is concerned by it. `client`: theirs, as marks have it, if that
    /// is known.
    pub(crate) fn mark(&self, audience: &Audience, client: Option<&str>) -> Option<&Mark> {
        // What another client was refused is none of their affair.
        let is_theirs = |mark: &Mark| client.zip(mark.client.as_deref()).is_none_or(|(own, of)| own == of);
        let concerned = |mark: &&Mark| mark.concerns(audience) && is_theirs(mark);
        self.marks.of_the_login().or_else(|| self.marks.iter().find(concerned))
    }

    /// The next smaller form for keyrings with small items; `false`: there is none. Access tokens go first, the oldest
    /// before the others, and live in the journal; then what only helps.
    pub(crate) fn shrink(&mut self) -> bool {
        if self.marks.keep_one() || self.forget_an_access() {
            return true;
        }
        let helpful = !self.spent.is_empty() || !self.candidates.is_empty();
        let large = helpful || !self.ends.is_empty() || !self.marks.is_empty();
        (self.spent, self.candidates) = (Vec::new(), Vec::new());
        (self.ends, self.marks) = (BTreeMap::new(), Marks::default());
        large
    }

    /// Every moment in it.
    pub(super) fn moments(&self) -> impl Iterator<Item = &Moment> {
        let obtained = self.accesses.values().map(|access| &access.obtained);
        let ended = self.ends.values().map(|ended| &ended.at);
        let mark = self.marks.iter().map(|mark| &mark.at);
        let stored = self.stored.values().map(|secret| &secret.set);
        [&self.refresh_obtained].into_iter().chain(obtained).chain(ended).chain(mark).chain(stored)
    }
}

impl AttemptEnd {
    /// Whether another client may well be told something else.
    pub(crate) fn is_about_the_client(&self) -> bool {
        use RefusalKind::{ClientRejected, LoginRequired, RequestRejected};
        self.outcome
            .refusal()
            .is_some_and(|kind| [LoginRequired, ClientRejected, RequestRejected].contains(&kind))
    }

    /// What it says goes for every audience: the refresh token is refused.
    pub(crate) fn is_about_the_login(&self) -> bool {
        self.outcome.refusal() == Some(RefusalKind::LoginRequired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::outcome::Said;
    use crate::testing::samples::{access, moment, record};

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

    #[test]
    fn the_one_mark_of_an_earlier_version_is_read() {
        let mut record = serde_json::to_value(record(0, "t0")).expect("JSON");
        let object = record.as_object_mut().expect("an object");
        object.remove("marks").expect("as it is written now");
        let (at, said) = (serde_json::to_value(moment(1)).expect("JSON"), Said { status: 400, words: None });
        let outcome =
            Outcome::Refused { kind: RefusalKind::LoginRequired, said, lost_at: None, sent_by: Vec::new() };
        let outcome = serde_json::to_value(outcome).expect("JSON");
        let mark = serde_json::json!({ "outcome": outcome, "about": "a", "evidence": "words", "at": at, "again": 2 });
        for (mark, there) in [(mark, true), (Value::Null, false)] {
            object.insert("mark".into(), mark);
            let read: Record = serde_json::from_value(Value::Object(object.clone())).expect("read");
            assert_eq!(read.marks.of_the_login().is_some(), there);
        }
        object.remove("mark");
        let read: Record = serde_json::from_value(Value::Object(object.clone())).expect("read");
        assert!(read.marks.is_empty());
    }

    #[test]
    fn the_last_time_steps_are_known_and_a_new_login_knows_them_too() {
        let mut record = record(0, "t0");
        for n in 1..=10 {
            record.use_up(n * 30);
        }
        let mut next = Record::first(None, moment(1), record.bound.clone());
        next.take_time_steps(&record);
        for record in [&record, &next] {
            assert!(
                record.has_used(300) && record.has_used(90) && !record.has_used(60) && !record.has_used(330)
            );
        }
    }

    fn of(scope: &str) -> Audience {
        Audience::of([("scope", scope)])
    }

    fn with(scopes: &[(&str, i64)]) -> Record {
        let mut record = record(0, "rt");
        for (scope, at) in scopes {
            let access = access(&format!("at-{scope}"), moment(*at), AccessExpiry::Unknown);
            record.set_access(&of(scope), Some(access));
        }
        record
    }

    fn scopes(record: &Record) -> Vec<&str> {
        record.accesses.values().map(|access| &access.token.expose()[3..]).collect()
    }

    #[test]
    fn of_many_audiences_that_obtained_longest_ago_is_forgotten_and_never_the_one_just_obtained() {
        let names: Vec<String> = (0..20).map(|n| format!("{n:02}")).collect();
        // The last one comes by a clock that was set back.
        let all: Vec<(&str, i64)> =
            names.iter().zip(1..).map(|(name, at)| (name.as_str(), if at == 20 { -9 } else { at })).collect();
        let record = with(&all);
        let kept: Vec<&str> = names[4..].iter().map(String::as_str).collect();
        assert_eq!(scopes(&record), kept);
        assert_eq!(record.newest_access().map(|access| access.token.expose()), Some("at-18"));
        let mut again = record;
        again.set_access(&of("10"), Some(access("at-10", moment(30), AccessExpiry::Unknown)));
        assert_eq!(scopes(&again), kept, "in its own place");
        assert_eq!(again.newest_access().map(|access| access.token.expose()), Some("at-10"));
    }

    #[test]
    fn a_small_item_leaves_out_the_oldest_first_and_is_completed_by_audience() {
        let whole = with(&[("a", 2), ("b", 3), ("c", 1)]);
        let mut small = whole.clone();
        assert!(small.shrink());
        assert_eq!(scopes(&small), ["a", "b"]);
        assert!(small.shrink());
        assert_eq!(scopes(&small), ["b"]);
        // A later write of the item may know a later token of one of them.
        small.set_access(&of("b"), Some(access("at-b2", moment(9), AccessExpiry::Unknown)));
        small.complete_from(&whole);
        assert_eq!(scopes(&small), ["a", "b2", "c"]);
        let mut rotated = record(0, "another");
        rotated.complete_from(&whole);
        assert!(scopes(&rotated).is_empty(), "of another rotation");
        while small.shrink() {}
        assert!(scopes(&small).is_empty() && small.refresh_token.is_some());
    }

    fn ended(at: i64, kind: Option<RefusalKind>) -> AttemptEnd {
        let said = Said { status: 400, words: None };
        let outcome = kind.map_or(Outcome::Granted, |kind| Outcome::Refused {
            kind,
            said,
            lost_at: None,
            sent_by: Vec::new(),
        });
        AttemptEnd { at: moment(at), outcome, retry_after: None, client: None }
    }

    #[test]
    fn each_audience_has_its_own_outcome_and_a_grant_ends_what_was_said_of_the_login() {
        let mut record = record(0, "rt");
        record.note_end(&of("a"), ended(1, Some(RefusalKind::RequestRejected)));
        record.note_end(&of("b"), ended(2, Some(RefusalKind::LoginRequired)));
        assert_eq!(record.ended(&of("a")).map(|ended| ended.at.wall_ms), Some(1_000));
        record.note_end(&of("c"), ended(3, None));
        assert!(record.ended(&of("a")).is_some() && record.ended(&of("b")).is_none());
        (0..40).for_each(|n| record.note_end(&of(&n.to_string()), ended(n, None)));
        assert_eq!(record.ends.len(), MOST_AUDIENCES);
        assert!(record.ended(&of("39")).is_some() && record.ended(&of("10")).is_none());
    }

    #[test]
    fn what_was_noted_before_there_were_several_is_of_nobody_or_of_the_one_who_asks_alone() {
        let unnamed = Audience::unnamed();
        let mut written = serde_json::to_value(record(0, "rt")).expect("JSON");
        let old = access("at-old", moment(5), AccessExpiry::Unknown);
        written["accesses"] = serde_json::json!({ "all": old });
        written.as_object_mut().expect("an object").remove("ends");
        written["ended"] = serde_json::to_value(ended(7, None)).expect("JSON");
        let mut read: Record = serde_json::from_value(written.clone()).expect("as it was");
        assert!(read.access(&of("a")).is_none() && read.ended(&of("a")).is_none());
        assert!(read.access(&unnamed).is_some() && read.ended(&unnamed).is_some());
        read.adopt(&of("a"));
        assert_eq!(read.access(&of("a")).map(|access| access.token.expose()), Some("at-old"));
        assert!(
            read.ended(&of("a")).is_some()
                && read.access(&unnamed).is_none()
                && read.ended(&unnamed).is_none()
        );
        // What is noted by name is the later.
        let mut both: Record = serde_json::from_value(written.clone()).expect("as it was");
        both.set_access(&of("a"), Some(access("at-new", moment(9), AccessExpiry::Unknown)));
        both.adopt(&of("a"));
        assert_eq!(scopes(&both), ["new"]);
        let mut both: Record = serde_json::from_value(written.clone()).expect("as it was");
        both.set_access(&of("a"), Some(access("at-new", moment(4), AccessExpiry::Unknown)));
        both.adopt(&of("a"));
        assert_eq!(scopes(&both), ["old"], "an earlier program has refreshed meanwhile");
        // Nothing had ended yet.
        written["ended"] = Value::Null;
        let read: Record = serde_json::from_value(written).expect("as it was");
        assert!(read.ends.is_empty());
    }
}
