//! The credential as it is kept: one versioned record, and beside it the attempt
//! that may still be open. The only place where tokens are written down.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::clock::Moment;
use crate::base::digest::sha256_hex;
use crate::credential::secrets::{self, AccessToken, Kept, RefreshToken};
use crate::dialect::schema::REFRESH;
use crate::http::message::RawAnswer;

const MOST_SPENT: usize = 8;
const MOST_CANDIDATES: usize = 2;
/// No time in ms and no count that a run writes reaches this.
const MOST: i64 = 1 << 53;

/// Newer is greater: `epoch` is the login (ms since 1970, at least one more than
/// the last), `generation` counts its rotations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) epoch: i64,
    pub(crate) generation: u64,
}

impl Order {
    /// Whether a run could have written it: arithmetic on another would overflow.
    pub(crate) fn is_sane(self) -> bool {
        (-MOST..MOST).contains(&self.epoch) && self.generation < MOST.unsigned_abs()
    }
}

/// To whom a credential may be sent: it never goes elsewhere without `rebind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binding {
    /// Scheme, host and port of every exchange that carries a secret.
    pub(crate) origins: Vec<String>,
    pub(crate) client_id: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) epoch: i64,
    pub(crate) generation: u64,
    #[serde(with = "secrets::stored")]
    pub(crate) refresh_token: RefreshToken,
    pub(crate) refresh_obtained: Moment,
    /// Milliseconds since 1970; `None`: not known.
    pub(crate) refresh_expires_ms: Option<i64>,
    pub(crate) access: Option<Access>,
    pub(crate) bound: Binding,
    /// Tokens that may be the live one, if the first is refused.
    #[serde(with = "secrets::stored_list")]
    pub(crate) candidates: Vec<RefreshToken>,
    /// SHA-256 of refresh tokens used up; the tokens themselves are discarded (RFC 6749 section 6).
    pub(crate) spent: Vec<String>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) mark: Option<Mark>,
    /// What answers gave for later requests, by the dialect's names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) kept: BTreeMap<String, Kept>,
    /// Who the tokens are for, in the vendor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
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

/// How the last attempt ended, so that whoever waited for it can adopt it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) at: Moment,
    /// `ok`, or an error's code.
    pub(crate) code: String,
    pub(crate) message: String,
    /// Whole seconds from `at`; binds every run.
    pub(crate) retry_after: Option<u64>,
}

/// The vendor refused for good; spares it the same question until what it was about changes.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// `login_required` or `client_rejected`.
    pub(crate) code: String,
    pub(crate) message: String,
    /// Keyed hash of token address, client and, for the latter, its secret.
    pub(crate) about: String,
}

/// A request that was begun and whose outcome is not in the record.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) nonce: String,
    /// Which journal saw it; another one knows nothing of how it went on.
    pub(crate) journal: String,
    pub(crate) sent_at: Moment,
    pub(crate) replays: u32,
    /// Which exchange of the dialect it was.
    #[serde(default = "last_step", skip_serializing_if = "is_last_step")]
    pub(crate) step: String,
    pub(crate) answer: Option<RawAnswer>,
}

fn last_step() -> String {
    REFRESH.to_owned()
}

fn is_last_step(step: &str) -> bool {
    step == REFRESH
}

/// What a slot of the journal and an item of a store hold.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Contents {
    /// Counts writes: of two copies of one order the later is right.
    pub(crate) sequence: u64,
    pub(crate) record: Record,
    pub(crate) attempt: Option<Attempt>,
}

impl Record {
    /// Of a login that nothing is known of but its refresh token; empty, where the vendor has none.
    pub(crate) fn first(epoch: i64, refresh_token: RefreshToken, obtained: Moment, bound: Binding) -> Record {
        Record {
            epoch,
            generation: 0,
            refresh_token,
            refresh_obtained: obtained,
            refresh_expires_ms: None,
            access: None,
            bound,
            candidates: Vec::new(),
            spent: Vec::new(),
            outcome: None,
            mark: None,
            kept: BTreeMap::new(),
            account: None,
        }
    }

    /// What may be shown of what is kept.
    pub(crate) fn extra(&self) -> BTreeMap<String, String> {
        let shown = self.kept.iter().filter(|(_, kept)| !kept.secret);
        shown.map(|(name, kept)| (name.clone(), kept.value.expose().to_owned())).collect()
    }

    pub(crate) fn order(&self) -> Order {
        Order { epoch: self.epoch, generation: self.generation }
    }

    pub(crate) fn is_spent(&self, token: &RefreshToken) -> bool {
        self.spent.contains(&sha256_hex(token.expose()))
    }

    /// One that may yet be the live one, tried after the others if the first is refused.
    pub(crate) fn keep_candidate(&mut self, token: RefreshToken) {
        let known = token == self.refresh_token || self.candidates.contains(&token);
        if !known && self.candidates.len() < MOST_CANDIDATES {
            self.candidates.push(token);
        }
    }

    /// The next generation: `new` replaces the refresh token, whose hash is kept.
    pub(crate) fn succeed(&mut self, new: Option<RefreshToken>, at: &Moment) {
        self.generation += 1;
        self.mark = None;
        self.candidates.clear();
        let Some(new) = new.filter(|new| *new != self.refresh_token) else {
            return;
        };
        self.spent.push(sha256_hex(self.refresh_token.expose()));
        let surplus = self.spent.len().saturating_sub(MOST_SPENT);
        self.spent.drain(..surplus);
        self.refresh_token = new;
        self.refresh_obtained = at.clone();
    }
}

impl Access {
    /// Milliseconds it is still good for; `i64::MAX` if nobody says how long.
    /// `None`: expired, or of unknown age, or the clock was set back since.
    pub(crate) fn remaining(&self, now: &Moment) -> Option<i64> {
        let left = match self.expires {
            AccessExpiry::UnknownAge => return None,
            AccessExpiry::Unknown => return Some(i64::MAX),
            AccessExpiry::At(at) => {
                at.saturating_sub(self.obtained.wall_ms).saturating_sub(now.since(&self.obtained))
            }
        };
        let set_back = now.since(&self.obtained) < 0;
        (left > 0 && !set_back).then_some(left)
    }

    /// Its whole life in milliseconds, if known.
    pub(crate) fn lifetime(&self) -> Option<i64> {
        match self.expires {
            AccessExpiry::At(at) => Some(at.saturating_sub(self.obtained.wall_ms)),
            _ => None,
        }
    }

    pub(crate) fn expires_at(&self) -> Option<i64> {
        match self.expires {
            AccessExpiry::At(at) => Some(at.div_euclid(1_000)),
            _ => None,
        }
    }
}

impl Contents {
    pub(crate) fn order(&self) -> Order {
        self.record.order()
    }

    /// An answer that was sealed by a run which did not live to read it.
    pub(crate) fn holds_unread_answer(&self) -> bool {
        let answer = self.attempt.as_ref().and_then(|attempt| attempt.answer.as_ref());
        // A replay of it that was put off has a later outcome.
        let read =
            |at: &Moment| self.record.outcome.as_ref().is_some_and(|outcome| at.since(&outcome.at) <= 0);
        answer.is_some_and(|answer| !read(&answer.at))
    }

    /// The right one of two copies.
    pub(crate) fn newest(left: Contents, right: Contents) -> Contents {
        let (left_rank, right_rank) = ((left.order(), left.sequence), (right.order(), right.sequence));
        let twins = left.order() == right.order() && left.record.refresh_token != right.record.refresh_token;
        if !twins {
            return if left_rank >= right_rank { left } else { right };
        }
        // Two rotations of one token: the later obtained wins, the other may yet be the live one.
        let token = |contents: &Contents| contents.record.refresh_token.expose().to_owned();
        let left_is_later = match left.record.refresh_obtained.since(&right.record.refresh_obtained) {
            0 => token(&left) > token(&right),
            later => later > 0,
        };
        let (mut winner, loser) = if left_is_later { (left, right) } else { (right, left) };
        let record = &mut winner.record;
        for token in [loser.record.refresh_token].into_iter().chain(loser.record.candidates) {
            if !record.is_spent(&token) {
                record.keep_candidate(token);
            }
        }
        winner.sequence = winner.sequence.max(loser.sequence) + 1;
        winner
    }

    /// What a small item left out of the same record.
    pub(crate) fn complete_from(&mut self, fuller: &Contents) {
        let same = self.order() == fuller.order() && self.record.refresh_token == fuller.record.refresh_token;
        if same && self.record.access.is_none() {
            self.record.access = fuller.record.access.clone();
            if self.record.spent.is_empty() {
                self.record.spent = fuller.record.spent.clone();
                self.record.candidates = fuller.record.candidates.clone();
            }
        }
    }

    /// Numbers that a run could have written: arithmetic on others would overflow.
    pub(crate) fn is_sane(&self) -> bool {
        let record = &self.record;
        let moments = [Some(&record.refresh_obtained), record.access.as_ref().map(|access| &access.obtained)];
        let moments = moments.into_iter().flatten().chain(record.outcome.as_ref().map(|outcome| &outcome.at));
        let moments = moments.chain(self.attempt.as_ref().map(|attempt| &attempt.sent_at));
        let answers = self.attempt.iter().flat_map(|attempt| &attempt.answer);
        let moments = moments.chain(answers.map(|answer| &answer.at));
        let mut times: Vec<i64> = moments.flat_map(|moment| [moment.wall_ms, moment.boot_ms]).collect();
        times.extend([record.epoch, record.refresh_expires_ms.unwrap_or(0)]);
        times.iter().all(|time| (-MOST..MOST).contains(time))
            && self.attempt.as_ref().is_none_or(|attempt| attempt.replays < u32::MAX)
            && [record.generation, self.sequence].iter().all(|count| *count < MOST.unsigned_abs())
    }

    /// A copy that was made from the same write.
    pub(crate) fn is_copy_of(&self, other: &Contents) -> bool {
        self.order() == other.order()
            && self.sequence == other.sequence
            && self.record.refresh_token == other.record.refresh_token
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::array::uniform3;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::subsequence;
    use serde_json::Value;

    use super::*;
    use crate::testing::samples::{Any, contents, moment};

    #[test]
    fn the_newest_copy_wins_and_a_twin_becomes_a_candidate() {
        let newest = |a: &Contents, b: &Contents| {
            let left = Contents::newest(a.clone(), b.clone()).record.refresh_token;
            assert_eq!(
                left,
                Contents::newest(b.clone(), a.clone()).record.refresh_token,
                "whichever comes first"
            );
            left.expose().to_owned()
        };
        assert_eq!(newest(&contents(2, 0, 1, "new login"), &contents(1, 9, 9, "old")), "new login");
        assert_eq!(newest(&contents(1, 2, 1, "rotated"), &contents(1, 1, 9, "old")), "rotated");
        let (a, b) = (contents(1, 2, 3, "a"), contents(1, 2, 4, "b"));
        assert_eq!(newest(&a, &b), "b");
        let twin = Contents::newest(a, b);
        assert_eq!(twin.record.candidates, [RefreshToken::new("a")]);
        assert_eq!(twin.sequence, 5);
    }

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
        let mut record = contents(1, 0, 0, "t0").record;
        for n in 1..=10 {
            record.succeed(Some(RefreshToken::new(format!("t{n}"))), &moment(n));
        }
        assert_eq!((record.generation, record.spent.len()), (10, MOST_SPENT));
        assert!(record.is_spent(&RefreshToken::new("t9")) && !record.is_spent(&RefreshToken::new("t10")));
        record.succeed(None, &moment(11));
        assert_eq!((record.generation, record.refresh_token.expose()), (11, "t10"));
    }

    /// Three of few tokens and two orders, so that copies meet their likes. As in life a
    /// token of an order was obtained once, and one of its copies is as good as another.
    fn three_copies() -> impl Strategy<Value = [Any<Contents>; 3]> {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        let one = (0..3_i64, 1..4_u64, subsequence(&NAMES[..], 0..=2), subsequence(&NAMES[..], 0..=1));
        (vec(one, 8), uniform3((0..2_usize, 0..4_usize))).prop_map(|(world, picks)| {
            picks.map(|(generation, token)| {
                let (obtained, sequence, candidates, spent) = &world[generation * 4 + token];
                let others = |names: &Vec<&'static str>| -> Vec<&'static str> {
                    names.iter().copied().filter(|name| *name != NAMES[token]).collect()
                };
                let mut contents = contents(1, generation as u64, *sequence, NAMES[token]);
                contents.record.refresh_obtained = moment(*obtained);
                contents.record.candidates = others(candidates).into_iter().map(RefreshToken::new).collect();
                contents.record.spent = others(spent).into_iter().map(sha256_hex).collect();
                Any(contents)
            })
        })
    }

    /// Every token in it that may be live.
    fn live(contents: &Contents) -> BTreeSet<&str> {
        let record = &contents.record;
        [&record.refresh_token].into_iter().chain(&record.candidates).map(RefreshToken::expose).collect()
    }

    fn json(contents: &Contents) -> Value {
        serde_json::to_value(contents).expect("JSON")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn the_newest_of_copies_is_the_same_in_any_order([Any(a), Any(b), Any(c)] in three_copies()) {
            let newest = |one: &Contents, other: &Contents| Contents::newest(one.clone(), other.clone());
            prop_assert_eq!(json(&newest(&a, &b)), json(&newest(&b, &a)));
            prop_assert_eq!(json(&newest(&a, &a)), json(&a));
            let (left, right) = (newest(&newest(&a, &b), &c), newest(&a, &newest(&b, &c)));
            prop_assert_eq!(left.order(), right.order());
            prop_assert_eq!(left.record.refresh_token, right.record.refresh_token);
        }

        #[test]
        fn twins_lose_no_token_that_may_be_live([Any(a), Any(b), _] in three_copies()) {
            prop_assume!(a.order() == b.order() && a.record.refresh_token != b.record.refresh_token);
            let both = Contents::newest(a.clone(), b.clone());
            let record = &both.record;
            prop_assert!(both.sequence > a.sequence && both.sequence > b.sequence, "a write of its own");
            prop_assert!(!record.candidates.contains(&record.refresh_token));
            for token in live(&a).union(&live(&b)) {
                let gone = record.is_spent(&RefreshToken::new(*token)) || record.candidates.len() >= MOST_CANDIDATES;
                prop_assert!(live(&both).contains(token) || gone, "{token} is lost");
            }
        }

        #[test]
        fn no_token_is_valid_after_its_expiry(at in any::<i64>(), wall in 0..1_i64 << 50, boot in 0..1_i64 << 50, lives in 0..1_i64 << 40, reboot: bool) {
            let at = if lives % 2 == 0 { at } else { wall + lives };
            let obtained = Moment { wall_ms: wall, boot_ms: boot, boot: "b".into() };
            let access = Access { token: AccessToken::new("at"), token_type: None, scope: None, obtained, expires: AccessExpiry::At(at), extra: BTreeMap::new() };
            let boot_name = if reboot { "c" } else { "b" };
            let after = |ms: i64| Moment { wall_ms: wall + ms, boot_ms: boot + ms, boot: boot_name.into() };
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
