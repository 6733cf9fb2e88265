//! How a credential fares, for people and for monitoring: whether an access token can be had of it without a person, and
//! until when. Nothing is decided by it.

use super::access::Access;
use super::audience::Audience;
use super::reading::{RefusalKind, RenewsWith};
use super::record::Record;
use super::state::Credential;
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
    const ALL: [Condition; 7] = [
        Condition::Valid,
        Condition::Ready,
        Condition::Expired,
        Condition::LoginRequired,
        Condition::ClientRejected,
        Condition::Uncertain,
        Condition::None,
    ];

    /// `None`: one of a later version, or that nothing can be read.
    pub(crate) fn of_word(word: &str) -> Option<Condition> {
        Condition::ALL.into_iter().find(|condition| condition.word() == word)
    }

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
    /// Of whoever asks, as marks have it. `None`: nobody knows it without running a command.
    pub(crate) client: Option<&'a str>,
    /// Nothing more is sent by itself.
    pub(crate) is_stuck: bool,
    /// Whoever asks for a token logs in without a person where no login lives, and has what that takes.
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
            // Whoever comes next reads the answer to the first login.
            let answered = credential.is_some_and(Credential::is_answered);
            let condition = match by_itself {
                _ if answered => Condition::Uncertain,
                true => Condition::Ready,
                false => Condition::None,
            };
            return Outlook { condition, needs_person: !by_itself && !answered, dies_ms: None };
        };
        let marked = marked(record, prospects);
        let renews = can_renew(record, prospects);
        let logs_in = prospects.logs_in && !prospects.is_stuck && may_log_in(record, marked, renews);
        let valid = access.filter(|access| access.remaining(now).is_some());
        let dies_ms = match renews {
            true => record.dies_ms(prospects.renews_with),
            false => valid.and_then(Access::ends_ms),
        };
        let dies_ms = dies_ms.filter(|_| !logs_in);
        let dead = dies_ms.is_some_and(|dies| dies <= now.wall_ms);
        let condition = match marked {
            // What nobody has looked into may lift the mark. What lies beneath a login that is under way stays as it was.
            _ if credential.is_answered() => Condition::Uncertain,
            Some(marked) => marked,
            None if credential.open().is_some() => Condition::Uncertain,
            None if valid.is_some() => Condition::Valid,
            None if (renews && !dead) || logs_in => Condition::Ready,
            // That a login by itself was tried is all that it says.
            None if record.holds_nothing() => Condition::None,
            None => Condition::Expired,
        };
        let comes_to_nothing = marked.is_some() || prospects.is_stuck || (!renews && valid.is_none());
        let needs_person = !logs_in && !credential.is_answered() && comes_to_nothing;
        Outlook { condition, needs_person, dies_ms }
    }
}

/// A login comes by itself once the vendor has refused the last one for good, or nothing is there that it could refuse.
fn may_log_in(record: &Record, marked: Option<Condition>, renews: bool) -> bool {
    match marked {
        Some(marked) => marked == Condition::LoginRequired,
        None => renews || record.refresh_token.is_none(),
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

fn marked(record: &Record, prospects: Prospects<'_>) -> Option<Condition> {
    record.mark(prospects.audience, prospects.client).map(|mark| match mark.outcome.refusal() {
        Some(RefusalKind::ClientRejected) => Condition::ClientRejected,
        _ => Condition::LoginRequired,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::LazyLock;

    use super::*;
    use crate::credential::access::AccessExpiry;
    use crate::credential::mark::Mark;
    use crate::credential::outcome::{Outcome, Said};
    use crate::credential::reading::Evidence;
    use crate::credential::record::Binding;
    use crate::credential::state::Beginning;
    use crate::testing::samples::{access, attempt, credential, moment, raw};

    static OWN: LazyLock<Audience> = LazyLock::new(Audience::default);

    fn plain() -> Prospects<'static> {
        let renews_with = RenewsWith::RefreshToken;
        Prospects {
            renews_with,
            needs_access_token: false,
            audience: &OWN,
            client: None,
            is_stuck: false,
            logs_in: false,
        }
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
        assert!(over.condition == Condition::None && over.needs_person);
        let stuck = Outlook::of(Some(&without), None, Prospects { is_stuck: true, ..logs_in }, &moment(60));
        assert!(stuck.needs_person);
        // With a refresh token no login comes before the vendor has refused it.
        let both = Prospects { needs_access_token: true, ..logs_in };
        assert_eq!(seen(Some(&held(None, None)), both), (Condition::Expired, true, None));
    }

    #[test]
    fn only_a_login_that_the_vendor_ended_is_followed_by_one_by_itself() {
        let logs_in = Prospects { logs_in: true, ..plain() };
        for (kind, needs_person) in [(RefusalKind::LoginRequired, false), (RefusalKind::ClientRejected, true)]
        {
            let mut there = held(None, None);
            there.record_mut().expect("held").marks = Some(mark(kind, None)).into();
            assert_eq!(seen(Some(&there), logs_in).1, needs_person, "{kind:?}");
            // Also where there is nothing that it could refuse.
            there.record_mut().expect("held").refresh_token = None;
            assert_eq!(seen(Some(&there), logs_in).1, needs_person, "{kind:?}");
        }
    }

    #[test]
    fn what_lies_beneath_a_login_fares_as_it_did() {
        let asked = |there: &Credential| {
            let login = Beginning { epoch: 9, ..beginning() };
            there.logging_in(attempt(0), login)
        };
        let alive = held(Some(101), None);
        let open = alive.opened(attempt(1), None);
        for (there, condition) in [(&alive, Condition::Valid), (&open, Condition::Uncertain)] {
            assert_eq!(seen(Some(&asked(there)), plain()), (condition, false, None));
        }
        assert_eq!(seen(Some(&asked(&Credential::default())), plain()), (Condition::None, true, None));
        // The answer that nobody has read may change all of it: whoever comes next reads it.
        let mut dead = held(None, None);
        dead.record_mut().expect("held").marks = Some(mark(RefusalKind::LoginRequired, None)).into();
        for there in [Credential::default(), alive, dead] {
            let answered = asked(&there).answered(raw(200, "{}"));
            assert_eq!(seen(Some(&answered), plain()), (Condition::Uncertain, false, None));
        }
    }

    #[test]
    fn without_a_refresh_token_the_login_ends_with_the_access_token() {
        let of = |ends: Option<i64>| {
            let mut there = held(ends, None);
            there.record_mut().expect("held").refresh_token = None;
            there
        };
        assert_eq!(seen(Some(&of(Some(101))), plain()), (Condition::Valid, false, Some(101_000)));
        assert_eq!(seen(Some(&of(Some(100))), plain()), (Condition::Expired, true, None));
        let logs_in = Prospects { logs_in: true, ..plain() };
        assert_eq!(seen(Some(&of(Some(101))), logs_in), (Condition::Valid, false, None));
        assert_eq!(seen(Some(&of(Some(100))), logs_in), (Condition::Ready, false, None));
        // That one was tried by itself, where nothing ever was.
        assert_eq!(seen(Some(&of(None)), plain()), (Condition::None, true, None));
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
        assert_eq!(seen(Some(&begun), plain()), (Condition::None, true, None));
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

    fn mark(kind: RefusalKind, audience: Option<Audience>) -> Mark {
        Mark {
            outcome: Outcome::Refused {
                kind,
                said: Said { status: 400, words: None },
                lost_at: None,
                sent_by: Vec::new(),
            },
            about: String::new(),
            alike: Vec::new(),
            client: None,
            audience,
            evidence: Evidence::Words,
            at: moment(5),
            again: 0,
            told: false,
        }
    }

    fn beginning() -> Beginning {
        Beginning {
            grant: "password".into(),
            epoch: 0,
            bound: Binding { origins: Vec::new(), client_id: None, discovered: None },
            kept: BTreeMap::new(),
            dpop: None,
            presented: Vec::new(),
            over: None,
        }
    }

    #[test]
    fn a_mark_and_an_end_after_which_nothing_is_sent_need_a_person() {
        for (kind, condition) in [
            (RefusalKind::LoginRequired, Condition::LoginRequired),
            (RefusalKind::ClientRejected, Condition::ClientRejected),
        ] {
            let mut there = held(Some(101), None);
            there.record_mut().expect("held").marks = Some(mark(kind, None)).into();
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
        there.record_mut().expect("held").marks = Some(mark(RefusalKind::ClientRejected, other)).into();
        assert_eq!(seen(Some(&there), plain()), (Condition::Valid, false, None));
    }

    #[test]
    fn what_another_client_was_refused_is_its_own_trouble_and_a_dead_login_everybodys() {
        use RefusalKind::{ClientRejected, LoginRequired};
        let condition = |kind, client| {
            let mut there = held(Some(101), None);
            let of = Mark { client: Some("wrong".into()), ..mark(kind, None) };
            there.record_mut().expect("held").marks = Some(of).into();
            seen(Some(&there), Prospects { client, ..plain() }).0
        };
        for (client, wanted) in [
            (None, Condition::ClientRejected),
            (Some("wrong"), Condition::ClientRejected),
            (Some("good"), Condition::Valid),
        ] {
            assert_eq!(condition(ClientRejected, client), wanted, "{client:?}");
            assert_eq!(condition(LoginRequired, client), Condition::LoginRequired, "{client:?}");
        }
    }
}
