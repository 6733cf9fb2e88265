//! How a credential fares, for people and for monitoring: whether an access token can be had of it without a person, and
//! until when. Nothing is decided by it.

use super::access::Access;
use super::audience::Audience;
use super::reading::{RefusalKind, RenewsWith};
use super::record::Record;
use super::state::{Credential, State};
use crate::base::clock::Moment;

/// A word for it, as `status --json` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// The access token at hand is valid.
    Valid,
    /// It is not, but another can be had without a person.
    Ready,
    /// It is not, and nothing is there that could renew it.
    Expired,
    LoginRequired,
    ClientRejected,
    /// A request was sent whose end is not known.
    Uncertain,
    None,
}

impl Condition {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Condition::Valid => "valid",
            Condition::Ready => "ready",
            Condition::Expired => "expired",
            Condition::LoginRequired => "login_required",
            Condition::ClientRejected => "client_rejected",
            Condition::Uncertain => "uncertain",
            Condition::None => "none",
        }
    }
}

/// What it depends on beside the credential.
#[derive(Clone, Copy)]
pub(crate) struct Prospects<'a> {
    pub(crate) renews_with: RenewsWith,
    /// The current access token is presented with each refresh.
    pub(crate) needs_access_token: bool,
    pub(crate) audience: &'a Audience,
    /// Nothing more is sent by itself.
    pub(crate) is_stuck: bool,
    /// Whoever asks for a token logs in without a person, where no login lives.
    pub(crate) logs_in: bool,
}

pub(crate) struct Outlook {
    pub(crate) condition: Condition,
    /// Nothing more comes of it by itself, whatever time it is.
    pub(crate) needs_person: bool,
    /// When the login ends if nobody refreshes, in milliseconds since 1970.
    pub(crate) dies_ms: Option<i64>,
}

impl Outlook {
    /// `access`: the token at hand that is asked about.
    pub(crate) fn of(
        credential: Option<&Credential>,
        access: Option<&Access>,
        prospects: Prospects<'_>,
        now: &Moment,
    ) -> Outlook {
        let Some((credential, record)) = credential.and_then(|one| Some((one, one.record()?))) else {
            let by_itself = prospects.logs_in || prospects.renews_with == RenewsWith::Client;
            let condition = if by_itself { Condition::Ready } else { Condition::None };
            return Outlook { condition, needs_person: !by_itself, dies_ms: None };
        };
        let logs_in = prospects.logs_in && !prospects.is_stuck;
        let dies_ms = record.dies_ms(prospects.renews_with).filter(|_| !logs_in);
        let renews = can_renew(record, prospects);
        let dead = dies_ms.is_some_and(|dies| dies <= now.wall_ms);
        let marked = marked(record, prospects.audience);
        let condition = match (marked, &credential.state) {
            (Some(marked), _) => marked,
            (None, State::Open { .. } | State::Answered { .. }) => Condition::Uncertain,
            _ if access.is_some_and(|access| access.remaining(now).is_some()) => Condition::Valid,
            _ if (renews && !dead) || logs_in => Condition::Ready,
            _ => Condition::Expired,
        };
        let needs_person = !logs_in && (marked.is_some() || !renews || prospects.is_stuck);
        Outlook { condition, needs_person, dies_ms }
    }
}

fn can_renew(record: &Record, prospects: Prospects<'_>) -> bool {
    match prospects.renews_with {
        RenewsWith::Client => true,
        RenewsWith::AccessToken => record.refresh_token.is_some(),
        RenewsWith::RefreshToken => {
            record.refresh_token.is_some()
                && (!prospects.needs_access_token || record.newest_access().is_some())
        }
    }
}

fn marked(record: &Record, audience: &Audience) -> Option<Condition> {
    record.mark.as_ref().filter(|mark| mark.concerns(audience)).map(|mark| match mark.outcome.refusal() {
        Some(RefusalKind::ClientRejected) => Condition::ClientRejected,
        _ => Condition::LoginRequired,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::credential::access::AccessExpiry;
    use crate::credential::mark::Mark;
    use crate::credential::outcome::{Outcome, Said};
    use crate::credential::reading::Evidence;
    use crate::testing::samples::{access, attempt, credential, moment};

    static OWN: LazyLock<Audience> = LazyLock::new(Audience::default);

    fn plain() -> Prospects<'static> {
        let renews_with = RenewsWith::RefreshToken;
        Prospects { renews_with, needs_access_token: false, audience: &OWN, is_stuck: false, logs_in: false }
    }

    /// At second 100.
    fn seen(credential: Option<&Credential>, prospects: Prospects<'_>) -> (Condition, bool, Option<i64>) {
        let access = credential.and_then(|one| one.record()?.access(&Audience::default()));
        let Outlook { condition, needs_person, dies_ms } =
            Outlook::of(credential, access, prospects, &moment(100));
        (condition, needs_person, dies_ms)
    }

    /// With an access token and a login that end at these seconds.
    fn held(ends: Option<i64>, dies: Option<i64>) -> Credential {
        let mut there = credential(1, 1, 1, "rt");
        let record = there.record_mut().expect("held");
        record.set_access(
            &Audience::default(),
            ends.map(|ends| access("at", moment(1), AccessExpiry::At(ends * 1_000))),
        );
        record.refresh_expires_ms = dies.map(|dies| dies * 1_000);
        there
    }

    #[test]
    fn whoever_logs_in_by_itself_needs_no_person_but_where_it_is_stuck() {
        let logs_in = Prospects { logs_in: true, ..plain() };
        let nothing = Outlook::of(None, None, logs_in, &moment(60));
        assert!(nothing.condition == Condition::Ready && !nothing.needs_person);
        let mut without = credential(1, 1, 1, "rt");
        without.record_mut().expect("held").refresh_token = None;
        let over = Outlook::of(Some(&without), None, logs_in, &moment(60));
        assert!(over.condition == Condition::Ready && !over.needs_person && over.dies_ms.is_none());
        let over = Outlook::of(Some(&without), None, plain(), &moment(60));
        assert!(over.condition == Condition::Expired && over.needs_person);
        let stuck = Outlook::of(Some(&without), None, Prospects { is_stuck: true, ..logs_in }, &moment(60));
        assert!(stuck.needs_person);
    }

    #[test]
    fn who_can_have_a_token_without_a_person_is_ready() {
        for (ends, dies, condition) in [
            (Some(101), None, Condition::Valid),
            (Some(101), Some(99), Condition::Valid),
            (Some(100), None, Condition::Ready),
            (None, None, Condition::Ready),
            (None, Some(101), Condition::Ready),
            (Some(100), Some(100), Condition::Expired),
            (None, Some(99), Condition::Expired),
        ] {
            let dies_ms = dies.map(|dies| dies * 1_000);
            assert_eq!(
                seen(Some(&held(ends, dies)), plain()),
                (condition, false, dies_ms),
                "{ends:?} {dies:?}"
            );
        }
        let client = Prospects { renews_with: RenewsWith::Client, ..plain() };
        assert_eq!(seen(None, client), (Condition::Ready, false, None));
        assert_eq!(seen(None, plain()), (Condition::None, true, None));
        let mut begun = held(None, None);
        begun.record_mut().expect("held").refresh_token = None;
        assert_eq!(seen(Some(&begun), client), (Condition::Ready, false, None));
        assert_eq!(seen(Some(&begun), plain()), (Condition::Expired, true, None));
        let both = Prospects { needs_access_token: true, ..plain() };
        assert_eq!(seen(Some(&held(None, None)), both), (Condition::Expired, true, None));
        assert_eq!(seen(Some(&held(Some(9), None)), both), (Condition::Ready, false, None));
    }

    #[test]
    fn where_the_access_token_renews_the_login_ends_with_it() {
        let own = Prospects { renews_with: RenewsWith::AccessToken, ..plain() };
        assert_eq!(seen(Some(&held(Some(101), None)), own), (Condition::Valid, false, Some(101_000)));
        assert_eq!(seen(Some(&held(Some(99), None)), own), (Condition::Expired, false, Some(99_000)));
    }

    #[test]
    fn a_mark_and_an_end_after_which_nothing_is_sent_need_a_person() {
        let mark = |kind, audience| Mark {
            outcome: Outcome::Refused { kind, said: Said { status: 400, words: None }, lost_at: None },
            about: String::new(),
            alike: Vec::new(),
            client: None,
            audience,
            evidence: Evidence::Words,
            at: moment(5),
            again: 0,
            told: false,
        };
        for (kind, condition) in [
            (RefusalKind::LoginRequired, Condition::LoginRequired),
            (RefusalKind::ClientRejected, Condition::ClientRejected),
        ] {
            let mut there = held(Some(101), None);
            there.record_mut().expect("held").mark = Some(mark(kind, None));
            assert_eq!(seen(Some(&there), plain()), (condition, true, None));
        }
        let open = held(Some(101), None).opened(attempt(0), None);
        for is_stuck in [true, false] {
            let prospects = Prospects { is_stuck, ..plain() };
            assert_eq!(seen(Some(&open), prospects), (Condition::Uncertain, is_stuck, None));
        }
        // A client that was rejected for what another asked is not this one's trouble.
        let mut there = held(Some(101), None);
        let other = Some(Audience::of([("scope", "other")]));
        there.record_mut().expect("held").mark = Some(mark(RefusalKind::ClientRejected, other));
        assert_eq!(seen(Some(&there), plain()), (Condition::Valid, false, None));
    }
}
