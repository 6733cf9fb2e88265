//! Whether a credential as it stands answers what is asked. Decides, and does nothing else:
//! it prints nothing, reads no secret and no clock.

use std::time::Duration;

use super::demand::Demand;
use crate::base::clock::{Moment, millis};
use crate::base::error::Code;
use crate::credential::record::{Access, AccessExpiry, AttemptEnd};
use crate::credential::state::Credential;

const MIN_TTL: Duration = Duration::from_secs(60);
/// Milliseconds that one who waits takes to look, on a slow machine.
const JUST_NOW: i64 = 60_000;

/// What the answer depends on beside the credential.
pub(crate) struct Asked<'a> {
    pub(crate) demand: &'a Demand,
    /// The profile's.
    pub(crate) min_ttl: Option<Duration>,
    /// When this run began: what others did since then it may adopt.
    pub(crate) started: &'a Moment,
    pub(crate) now: &'a Moment,
}

/// What a look comes to.
pub(crate) enum Freshness<'a> {
    /// The token at hand is what was asked for.
    Enough(&'a Access),
    /// A refresh is due; meanwhile this token is still valid.
    Due(Option<&'a Access>),
    /// It is due, but another run failed while this one waited, or was told to stay away for so
    /// many seconds yet.
    Spared { ended: &'a AttemptEnd, retry_after: Option<u64>, at_hand: Option<&'a Access> },
}

/// The minimum TTL that was asked for is cut to so many seconds, half of the token's life: otherwise it
/// would be refreshed for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TtlCut(pub(crate) i64);

impl TtlCut {
    pub(crate) fn words(self) -> String {
        format!("the minimum TTL is cut to half of the token's life, {} s", self.0)
    }
}

impl Asked<'_> {
    /// The minimum TTL that was cut, if it was, goes with any of them.
    pub(crate) fn judge<'c>(&self, credential: &'c Credential) -> (Freshness<'c>, Option<TtlCut>) {
        let Some(record) = credential.record() else { return (Freshness::Due(None), None) };
        let valid = record.access().and_then(|access| Some((access, access.remaining(self.now)?)));
        let meanwhile = record.access().filter(|access| self.came_meanwhile(access));
        let at_hand = valid.map(|(access, _)| access);
        // An answer that waits to be read may hold a better one, and may have ended this one.
        if credential.is_answered() && !self.demand.offline {
            return (Freshness::Due(at_hand), None);
        }
        let mut cut = None;
        if let Some(access) = meanwhile {
            return (Freshness::Enough(access), None);
        }
        if let Some((access, left)) = valid.filter(|_| !self.demand.fresh) {
            let least;
            (least, cut) = min_ttl(self.demand, self.min_ttl, access);
            if left > least {
                return (Freshness::Enough(access), cut);
            }
        }
        if self.demand.offline {
            return (Freshness::Due(None), cut);
        }
        let spared = record.ended.as_ref().and_then(|ended| self.spared(ended, at_hand));
        (spared.unwrap_or(Freshness::Due(at_hand)), cut)
    }

    /// What one run obtained serves all that waited for it, also one so short that it is over when they look: asked again,
    /// the vendor would give another such.
    fn came_meanwhile(&self, access: &Access) -> bool {
        let just_now = access.obtained.age(self.now).is_some_and(|age| age <= JUST_NOW);
        let usable = access.remaining(self.now).is_some()
            || (just_now && !matches!(access.expires, AccessExpiry::UnknownAge));
        usable && access.obtained.is_between(self.started, self.now)
    }

    fn spared<'c>(&self, ended: &'c AttemptEnd, at_hand: Option<&'c Access>) -> Option<Freshness<'c>> {
        let code = ended.outcome.code()?;
        // What lies ahead was told by another clock: nobody knows how long ago it was.
        ended.at.age(self.now)?;
        let elapsed = u64::try_from(self.now.certainly_since(&ended.at) / 1_000).unwrap_or(0);
        let retry_after = ended.retry_after.map(|wait| wait.saturating_sub(elapsed));
        let binds = match code {
            Code::RateLimited | Code::Unavailable => true,
            // Whoever asks by hand may have mended what could not be read.
            Code::UnreadableAnswer => self.demand.obey_marks,
            _ => false,
        };
        let binding = binds && retry_after.is_some_and(|left| left > 0);
        let meanwhile = ended.at.is_between(self.started, self.now);
        (binding || meanwhile).then_some(Freshness::Spared { ended, retry_after, at_hand })
    }

    /// Whether a token that an earlier run obtained will do for this one, which has asked nobody yet.
    pub(crate) fn suffices(&self, access: &Access) -> (bool, Option<TtlCut>) {
        let (least, cut) = match self.demand.fresh {
            true => (0, None),
            false => min_ttl(self.demand, self.min_ttl, access),
        };
        (access.remaining(self.now).is_some_and(|left| left > least), cut)
    }
}

/// Whether a token of the cache answers what is asked: a copy, judged as the record would be. With the
/// cut that goes with it, if it does; otherwise whoever gets another token tells of that.
pub(crate) fn serves(
    demand: &Demand,
    of_profile: Option<Duration>,
    access: &Access,
    now: &Moment,
) -> Option<Option<TtlCut>> {
    let (least, cut) = min_ttl(demand, of_profile, access);
    access.remaining(now).filter(|left| *left > least).map(|_| cut)
}

/// In milliseconds; never more than half of the token's life.
fn min_ttl(demand: &Demand, of_profile: Option<Duration>, access: &Access) -> (i64, Option<TtlCut>) {
    let asked = demand.min_ttl.or(if demand.offline { Some(Duration::ZERO) } else { of_profile });
    let ttl = millis(asked.unwrap_or(MIN_TTL));
    let half = access.lifetime().map_or(i64::MAX, |life| life / 2);
    let cut = (ttl > half && asked.is_some()).then_some(TtlCut(half / 1_000));
    (ttl.min(half), cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::outcome::{Outcome, Said};
    use crate::credential::reading::RefusalKind;
    use crate::testing::samples::{access, credential, moment};

    /// What a run that began at second 100 thinks at second `now` of a token obtained at 0 for 3,600 s.
    fn judged(
        demand: &Demand,
        min_ttl: Option<u64>,
        now: i64,
        ended: Option<AttemptEnd>,
    ) -> (&'static str, Option<TtlCut>) {
        let mut there = credential(1, 1, 1, "rt");
        let record = there.record_mut().expect("held");
        record.set_access(Some(access("at", moment(0), AccessExpiry::At(3_600_000))));
        record.ended = ended;
        let min_ttl = min_ttl.map(Duration::from_secs);
        let question = Asked { demand, min_ttl, started: &moment(100), now: &moment(now) };
        let (freshness, cut) = question.judge(&there);
        let word = match freshness {
            Freshness::Enough(_) => "enough",
            Freshness::Due(Some(_)) => "due",
            Freshness::Due(None) => "expired",
            Freshness::Spared { .. } => "spared",
        };
        (word, cut)
    }

    #[test]
    fn a_token_is_enough_while_it_outlives_the_minimum_ttl() {
        let plain = Demand::default();
        assert_eq!(judged(&plain, None, 3_539, None).0, "enough");
        assert_eq!(judged(&plain, None, 3_540, None).0, "due");
        assert_eq!(judged(&plain, None, 3_600, None).0, "expired");
        assert_eq!(judged(&plain, Some(600), 3_100, None).0, "due", "the profile's");
        let own = Demand { min_ttl: Some(Duration::from_secs(5)), ..Demand::default() };
        assert_eq!(judged(&own, Some(600), 3_590, None).0, "enough", "the command line's comes first");
    }

    #[test]
    fn what_is_asked_is_cut_to_half_of_the_life_and_told_only_if_it_was_asked() {
        let own = Demand { min_ttl: Some(Duration::from_secs(3_000)), ..Demand::default() };
        assert_eq!(judged(&own, None, 1_799, None), ("enough", Some(TtlCut(1_800))));
        assert_eq!(judged(&own, None, 1_801, None), ("due", Some(TtlCut(1_800))));
        assert_eq!(judged(&Demand::default(), None, 1_801, None), ("enough", None));
    }

    #[test]
    fn offline_takes_any_valid_token_and_never_adopts_a_failure() {
        let offline = Demand { offline: true, ..Demand::default() };
        let failed = Some(refusal(RefusalKind::Unavailable, 200, Some(60)));
        assert_eq!(judged(&offline, Some(600), 3_599, failed.clone()).0, "enough");
        assert_eq!(judged(&offline, Some(600), 3_600, failed).0, "expired");
    }

    fn refusal(kind: RefusalKind, at: i64, retry_after: Option<u64>) -> AttemptEnd {
        let said = Said { status: 400, words: None };
        AttemptEnd { at: moment(at), outcome: Outcome::Refused { kind, said, lost_at: None }, retry_after }
    }

    #[test]
    fn a_failure_is_adopted_by_whoever_waited_for_it_and_a_wait_binds_everybody() {
        let fresh = Demand { fresh: true, ..Demand::default() };
        let refused = |at| Some(refusal(RefusalKind::LoginRequired, at, None));
        assert_eq!(judged(&fresh, None, 200, refused(150)).0, "spared", "while it waited");
        assert_eq!(judged(&fresh, None, 200, refused(50)).0, "due", "before it began");
        let limited = |at| Some(refusal(RefusalKind::RateLimited, at, Some(60)));
        assert_eq!(judged(&fresh, None, 109, limited(50)).0, "spared");
        assert_eq!(judged(&fresh, None, 110, limited(50)).0, "due", "the wait is over");
        let granted = AttemptEnd { at: moment(150), outcome: Outcome::Granted, retry_after: None };
        assert_eq!(judged(&fresh, None, 200, Some(granted)).0, "due", "a success spares nothing");
    }

    /// What a run that began at second 100 thinks at second `now` of a token that came at `obtained` and ends at `ends`.
    fn enough(obtained: i64, expires: AccessExpiry, now: i64, fresh: bool) -> bool {
        let mut there = credential(1, 1, 1, "rt");
        there.record_mut().expect("held").set_access(Some(access("at", moment(obtained), expires)));
        let demand = Demand { fresh, ..Demand::default() };
        let question = Asked { demand: &demand, min_ttl: None, started: &moment(100), now: &moment(now) };
        matches!(question.judge(&there).0, Freshness::Enough(_))
    }

    #[test]
    fn what_came_while_a_run_waited_serves_it_however_short_it_is() {
        let ends = |second: i64| AccessExpiry::At(second * 1_000);
        for fresh in [false, true] {
            assert!(enough(150, ends(151), 150, fresh));
            // Over, by the time that somebody looks, and before it came.
            assert!(enough(150, ends(151), 160, fresh) && enough(150, ends(0), 150, fresh));
            assert!(!enough(150, ends(151), 260, fresh), "who slept over it asks anew");
            assert!(!enough(150, AccessExpiry::UnknownAge, 150, fresh), "brought, and of unknown age");
            assert!(!enough(99, ends(101), 160, fresh), "before it began");
            assert!(!enough(500, ends(501), 160, fresh), "it lies ahead");
        }
    }

    #[test]
    fn failures_and_waits_that_lie_ahead_bind_nobody() {
        let fresh = Demand { fresh: true, ..Demand::default() };
        for kind in [RefusalKind::LoginRequired, RefusalKind::RateLimited] {
            let ended = |at| Some(refusal(kind, at, Some(60)));
            assert_eq!(judged(&fresh, None, 200, ended(200)).0, "spared", "{kind:?}");
            assert_eq!(judged(&fresh, None, 200, ended(201)).0, "due", "{kind:?}");
            assert_eq!(judged(&fresh, None, 200, ended(31_536_000)).0, "due", "{kind:?}");
        }
    }

    #[test]
    fn an_answer_that_nobody_has_read_makes_a_refresh_due() {
        let mut there = credential(1, 1, 1, "rt");
        there.record_mut().expect("held").set_access(Some(access("at", moment(0), AccessExpiry::Unknown)));
        let there = crate::testing::samples::answered(&there, 200, "{}");
        let demand = Demand::default();
        let question = Asked { demand: &demand, min_ttl: None, started: &moment(100), now: &moment(101) };
        assert!(matches!(question.judge(&there).0, Freshness::Due(Some(_))));
    }
}
