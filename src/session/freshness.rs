//! Whether a credential as it stands answers what is asked. Decides, and does nothing else:
//! it prints nothing, reads no secret and no clock.

use std::time::Duration;

use super::demand::Demand;
use crate::base::clock::{Moment, millis};
use crate::base::error::Code;
use crate::credential::access::{Access, AccessExpiry, Served};
use crate::credential::audience::Audience;
use crate::credential::record::{AttemptEnd, Record};
use crate::credential::state::Credential;
use crate::profile::Profile;

const MIN_TTL: Duration = Duration::from_secs(60);
/// Milliseconds that one who waits takes to look, on a slow machine.
const JUST_NOW: i64 = 60_000;

/// What the answer depends on beside the credential.
pub(crate) struct Criteria<'a> {
    pub(crate) demand: &'a Demand,
    pub(crate) audience: &'a Audience,
    pub(crate) token: Served,
    /// The profile's.
    pub(crate) min_ttl: Option<Duration>,
    /// When this run began: what others did since then it may adopt.
    pub(crate) started: &'a Moment,
    pub(crate) now: &'a Moment,
}

/// What a look comes to.
pub(crate) enum Freshness<'a> {
    /// The token at hand is what was asked for.
    Enough(Access),
    /// A refresh is due; meanwhile this token is still valid.
    Due(Option<Access>),
    /// It is due, but another run failed while this one waited, or was told to stay away for so
    /// many seconds yet.
    Spared { ended: &'a AttemptEnd, retry_after: Option<u64>, at_hand: Option<Access> },
    /// The access token would do, but no id token came with it, and asking again brings none.
    WithoutId,
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

impl<'a> Criteria<'a> {
    pub(crate) fn of(
        profile: &'a Profile,
        demand: &'a Demand,
        started: &'a Moment,
        now: &'a Moment,
    ) -> Criteria<'a> {
        let Profile { audience, token, min_ttl, .. } = profile;
        Criteria { demand, audience, token: *token, min_ttl: *min_ttl, started, now }
    }
}

impl Criteria<'_> {
    /// The minimum TTL that was cut, if it was, goes with any of them.
    pub(crate) fn judge<'c>(&self, credential: &'c Credential) -> (Freshness<'c>, Option<TtlCut>) {
        let Some(record) = credential.record() else { return (Freshness::Due(None), None) };
        let there = record.access(self.audience);
        let served = there.and_then(|access| access.served(self.token));
        let at_hand = served.clone().filter(|access| access.remaining(self.now).is_some());
        // An answer that waits to be read may hold a better one, and may have ended this one.
        if credential.is_answered() && !self.demand.offline {
            return (Freshness::Due(at_hand), None);
        }
        let mut cut = None;
        if let Some(access) = served.filter(|access| self.came_meanwhile(access)) {
            return (Freshness::Enough(access), None);
        }
        if let Some(access) = at_hand.clone().filter(|_| !self.demand.fresh) {
            let enough;
            (enough, cut) = self.outlives(&access);
            let in_vain = self.token == Served::Id && there.is_some_and(Access::came_without_id_token);
            if enough || in_vain {
                return (Freshness::Enough(access), cut);
            }
        }
        if at_hand.is_none() && there.is_some_and(|access| self.is_without_id(access)) {
            return (Freshness::WithoutId, None);
        }
        if self.demand.offline {
            return (Freshness::Due(None), cut);
        }
        let freshness = match self.spared(record) {
            Some((ended, retry_after)) => Freshness::Spared { ended, retry_after, at_hand },
            None => Freshness::Due(at_hand),
        };
        (freshness, cut)
    }

    /// Beside an access token that would do: nobody need ask for another.
    fn is_without_id(&self, access: &Access) -> bool {
        let would_do = || self.came_meanwhile(access) || (!self.demand.fresh && self.outlives(access).0);
        self.token == Served::Id && access.came_without_id_token() && would_do()
    }

    fn outlives(&self, access: &Access) -> (bool, Option<TtlCut>) {
        let (least, cut) = min_ttl(self.demand, self.min_ttl, access);
        (access.remaining(self.now).is_some_and(|left| left > least), cut)
    }

    /// What one run obtained serves all that waited for it, also one so short that it is over when they look: asked again,
    /// the vendor would give another such.
    fn came_meanwhile(&self, access: &Access) -> bool {
        let just_now = access.obtained.age(self.now).is_some_and(|age| age <= JUST_NOW);
        let usable = access.remaining(self.now).is_some()
            || (just_now && !matches!(access.expires, AccessExpiry::UnknownAge));
        usable && access.obtained.is_between(self.started, self.now)
    }

    /// By what this audience was told, or else by the longest wait that another one was given.
    fn spared<'c>(&self, record: &'c Record) -> Option<(&'c AttemptEnd, Option<u64>)> {
        let elsewhere = || {
            let all = record.ended_elsewhere(self.audience).filter_map(|ended| self.spares(ended, false));
            all.max_by_key(|(_, retry_after)| *retry_after)
        };
        record.ended(self.audience).and_then(|ended| self.spares(ended, true)).or_else(elsewhere)
    }

    /// `own`: it was for the same audience. What another one was refused may be about that alone; a wait, and the end
    /// of the login, are not.
    fn spares<'c>(&self, ended: &'c AttemptEnd, own: bool) -> Option<(&'c AttemptEnd, Option<u64>)> {
        let code = ended.outcome.code()?;
        // What lies ahead was told by another clock: nobody knows how long ago it was.
        ended.at.age(self.now)?;
        let elapsed = u64::try_from(self.now.certainly_since(&ended.at) / 1_000).unwrap_or(0);
        let retry_after = ended.retry_after.map(|wait| wait.saturating_sub(elapsed));
        let binds = match code {
            Code::RateLimited | Code::Unavailable => true,
            // Whoever asks by hand may have mended what could not be read.
            Code::UnreadableAnswer => own && self.demand.obey_marks,
            _ => false,
        };
        let binding = binds && retry_after.is_some_and(|left| left > 0);
        let concerns = own || ended.is_about_the_login();
        let meanwhile = concerns && ended.at.is_between(self.started, self.now);
        (binding || meanwhile).then_some((ended, retry_after))
    }

    /// Whether a token that an earlier run obtained will do for this one, which has asked nobody yet.
    pub(crate) fn suffices(&self, access: &Access) -> (bool, Option<TtlCut>) {
        match self.demand.fresh {
            true => (access.remaining(self.now).is_some(), None),
            false => self.outlives(access),
        }
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
    if demand.half_a_life && access.lifetime().is_some() {
        return (half, None);
    }
    let cut = (ttl > half && asked.is_some()).then_some(TtlCut(half / 1_000));
    (ttl.min(half), cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::access::IdToken;
    use crate::credential::outcome::{Outcome, Said};
    use crate::credential::reading::RefusalKind;
    use crate::credential::secrets::AccessToken;
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
        record.set_access(&Audience::default(), Some(access("at", moment(0), AccessExpiry::At(3_600_000))));
        ended.into_iter().for_each(|ended| record.note_end(&Audience::default(), ended));
        let min_ttl = min_ttl.map(Duration::from_secs);
        let criteria = Criteria {
            demand,
            audience: &Audience::default(),
            token: Served::Access,
            min_ttl,
            started: &moment(100),
            now: &moment(now),
        };
        let (freshness, cut) = criteria.judge(&there);
        let word = match freshness {
            Freshness::Enough(_) => "enough",
            Freshness::Due(Some(_)) => "due",
            Freshness::Due(None) => "expired",
            Freshness::Spared { .. } => "spared",
            Freshness::WithoutId => "without",
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
        AttemptEnd {
            at: moment(at),
            outcome: Outcome::Refused { kind, said, lost_at: None, sent_by: Vec::new() },
            retry_after,
            client: None,
        }
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
        let granted =
            AttemptEnd { at: moment(150), outcome: Outcome::Granted, retry_after: None, client: None };
        assert_eq!(judged(&fresh, None, 200, Some(granted)).0, "due", "a success spares nothing");
    }

    /// What a run that began at second 100 thinks at second `now` of a token that came at `obtained` and ends at `ends`.
    fn enough(obtained: i64, expires: AccessExpiry, now: i64, fresh: bool) -> bool {
        let mut there = credential(1, 1, 1, "rt");
        there
            .record_mut()
            .expect("held")
            .set_access(&Audience::default(), Some(access("at", moment(obtained), expires)));
        let demand = Demand { fresh, ..Demand::default() };
        let criteria = Criteria {
            demand: &demand,
            audience: &Audience::default(),
            token: Served::Access,
            min_ttl: None,
            started: &moment(100),
            now: &moment(now),
        };
        matches!(criteria.judge(&there).0, Freshness::Enough(_))
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
        there
            .record_mut()
            .expect("held")
            .set_access(&Audience::default(), Some(access("at", moment(0), AccessExpiry::Unknown)));
        let there = crate::testing::samples::answered(&there, 200, "{}");
        let demand = Demand::default();
        let criteria = Criteria {
            demand: &demand,
            audience: &Audience::default(),
            token: Served::Access,
            min_ttl: None,
            started: &moment(100),
            now: &moment(101),
        };
        assert!(matches!(criteria.judge(&there).0, Freshness::Due(Some(_))));
    }

    fn of(scope: &str) -> Audience {
        Audience::of([("scope", scope)])
    }

    #[test]
    fn a_wait_and_the_end_of_a_login_are_told_to_every_audience_and_other_refusals_to_their_own() {
        use RefusalKind::*;
        let fresh = Demand { fresh: true, ..Demand::default() };
        for (kind, wait, everybody) in [
            (LoginRequired, None, true),
            (RateLimited, Some(600), true),
            (Unavailable, Some(600), true),
            (RequestRejected, None, false),
            (ClientRejected, None, false),
            (NoAnswer, None, false),
        ] {
            let mut there = credential(1, 1, 1, "rt");
            there.record_mut().expect("held").note_end(&of("a"), refusal(kind, 150, wait));
            let spared = |scope: &str, started: i64| {
                let (started, now) = (moment(started), moment(200));
                let (audience, token) = (&of(scope), Served::Access);
                let criteria =
                    Criteria { demand: &fresh, audience, token, min_ttl: None, started: &started, now: &now };
                matches!(criteria.judge(&there).0, Freshness::Spared { .. })
            };
            assert!(spared("a", 100), "{kind:?}: it waited for that");
            assert_eq!(spared("b", 100), everybody, "{kind:?}");
            assert_eq!([spared("a", 160), spared("b", 160)], [wait.is_some(); 2], "{kind:?}: it began later");
        }
    }

    #[test]
    fn the_outcome_of_one_audience_does_not_overwrite_that_of_another() {
        let mut there = credential(1, 1, 1, "rt");
        let record = there.record_mut().expect("held");
        record.note_end(&of("a"), refusal(RefusalKind::RequestRejected, 150, None));
        let granted =
            AttemptEnd { at: moment(160), outcome: Outcome::Granted, retry_after: None, client: None };
        record.note_end(&of("b"), granted);
        let fresh = Demand { fresh: true, ..Demand::default() };
        let (audience, token) = (&of("a"), Served::Access);
        let criteria = Criteria {
            demand: &fresh,
            audience,
            token,
            min_ttl: None,
            started: &moment(100),
            now: &moment(200),
        };
        assert!(matches!(criteria.judge(&there).0, Freshness::Spared { .. }));
    }

    /// What a run that began at second 100 thinks at second `now` of an id token for 600 s beside an access token for 3,600 s, both
    /// obtained at 0.
    fn of_id(id_token: Option<bool>, now: i64, fresh: bool) -> &'static str {
        let mut there = credential(1, 1, 1, "rt");
        let mut access = access("at", moment(0), AccessExpiry::At(3_600_000));
        let (token, expires) = (AccessToken::new("id"), AccessExpiry::At(600_000));
        access.id_token = id_token.map(|is_old| Box::new(IdToken { token, expires, is_old }));
        there.record_mut().expect("held").set_access(&Audience::default(), Some(access));
        let demand = Demand { fresh, ..Demand::default() };
        let (audience, token) = (&Audience::default(), Served::Id);
        let criteria = Criteria {
            demand: &demand,
            audience,
            token,
            min_ttl: None,
            started: &moment(100),
            now: &moment(now),
        };
        match criteria.judge(&there).0 {
            Freshness::Enough(access) if access.token.expose() == "id" => "enough",
            Freshness::Enough(_) => "another",
            Freshness::Due(_) => "due",
            Freshness::Spared { .. } => "spared",
            Freshness::WithoutId => "without",
        }
    }

    #[test]
    fn an_id_token_is_judged_by_its_own_end_and_where_none_comes_nobody_asks_again_and_again() {
        assert_eq!(of_id(Some(false), 539, false), "enough");
        assert_eq!(of_id(Some(false), 540, false), "due");
        assert_eq!(of_id(Some(false), 700, false), "due", "the next answer may hold one");
        assert_eq!(of_id(Some(true), 599, false), "enough", "another would not come");
        assert_eq!(of_id(Some(true), 600, false), "without");
        assert_eq!(of_id(None, 200, false), "without");
        assert_eq!(of_id(None, 3_550, false), "due", "with the access token");
        for id_token in [None, Some(true), Some(false)] {
            assert_eq!(of_id(id_token, 200, true), "due", "who refreshes by hand asks");
        }
    }
}
