//! What holds for the product's protocol, and how each lesser one fails.

use std::time::Duration;

use stateright::{Checker, Model};

use super::{Connects, Faults, Fleet, KILLED, Keeps, LOST, Protocol, STUCK, TWICE};
use crate::credential::fleet::{Consent, Recovery};
use crate::credential::retry::Class;

const NOTHING: Protocol = Protocol {
    claims: false,
    keeps: Keeps::Blindly,
    journal: false,
    sent: false,
    connects: Connects::First,
    consent: Consent::Nobody,
};
const AT_WRITE_BACK: Protocol = Protocol { keeps: Keeps::IfUnchanged, ..NOTHING };
const LEASE: Protocol = Protocol { claims: true, ..NOTHING };
const CLAIM: Protocol = Protocol { claims: true, ..AT_WRITE_BACK };
const JOURNAL: Protocol = Protocol { journal: true, ..CLAIM };
const GENERATIONS: Protocol = Protocol { keeps: Keeps::Generations, ..JOURNAL };
const STEALING: Protocol = Protocol { sent: true, consent: Consent::After(Duration::ZERO), ..GENERATIONS };
/// The claim says `sent` from the start.
const AT_ONCE: Protocol = Protocol { connects: Connects::Last, ..OURS };
const OURS: Protocol = Protocol { consent: Consent::Nobody, ..STEALING };

const DURABLE: [Recovery; 3] = [Recovery::Durable; 3];

/// What fails, how many states were seen, and the shortest way to a halt.
fn failures(
    protocol: Protocol,
    class: Class,
    members: &[Recovery],
    faults: Faults,
) -> (Vec<&'static str>, usize, String) {
    let fleet = Fleet { protocol, class, members: members.to_vec(), faults };
    let checker = fleet.checker().spawn_bfs().join();
    let mut failed: Vec<&'static str> = checker.discoveries().into_keys().collect();
    failed.sort_unstable();
    let halt = checker.discovery(STUCK).map(|path| {
        let why = checker.model().goes_on(path.last_state());
        format!("{why:?} after {:?}", path.into_actions())
    });
    (failed, checker.unique_state_count(), halt.unwrap_or_default())
}

#[test]
fn each_lesser_protocol_kills_or_loses_a_token() {
    use Class::{Family, GraceNew, Strict};
    let stalled = Faults { leaps: 1, ..FEW };
    let killed = Faults { kills: 1, ..FEW };
    for (name, protocol, class, faults, fails) in [
        ("nothing", NOTHING, Family, FEW, &[KILLED][..]),
        ("nothing", NOTHING, Strict, FEW, &[LOST]),
        ("check-and-set at write-back", AT_WRITE_BACK, Family, FEW, &[KILLED]),
        ("check-and-set at write-back", AT_WRITE_BACK, GraceNew, Faults { tokens: 3, ..FEW }, &[LOST]),
        ("lease, blind write", LEASE, Family, FEW, &[]),
        ("lease, blind write", LEASE, Family, stalled, &[KILLED]),
        ("lease, blind write", LEASE, Strict, killed, &[LOST]),
        ("claim, dropped if overtaken", CLAIM, Family, FEW, &[]),
        ("claim, dropped if overtaken", CLAIM, Strict, stalled, &[LOST]),
        ("claim, dropped if overtaken", CLAIM, Strict, killed, &[LOST]),
        ("with a journal", JOURNAL, Strict, killed, &[]),
        ("with a journal", JOURNAL, Strict, stalled, &[LOST]),
        ("with generations", GENERATIONS, Strict, stalled, &[]),
        ("with generations", GENERATIONS, Family, stalled, &[KILLED]),
        ("with generations", GENERATIONS, Family, killed, &[]),
        ("`sent`, but stolen", STEALING, Family, killed, &[]),
        ("`sent`, but stolen", STEALING, Family, FEW, &[]),
        ("`sent`, but stolen", STEALING, Family, stalled, &[KILLED]),
        ("ours without `claimed`", AT_ONCE, Family, FEW, &[]),
        ("ours without `claimed`", AT_ONCE, Family, stalled, &[]),
        ("ours without `claimed`", AT_ONCE, Family, killed, &[STUCK]),
        ("ours", OURS, Family, FEW, &[]),
        ("ours", OURS, Family, stalled, &[]),
        ("ours", OURS, Strict, stalled, &[]),
        ("ours", OURS, Family, killed, &[]),
        ("ours", OURS, Strict, killed, &[]),
    ] {
        let (failed, ..) = failures(protocol, class, &DURABLE[..2], faults);
        let expected: Vec<&str> = failed.iter().copied().filter(|name| *name != TWICE).collect();
        assert!(fails.iter().all(|name| failed.contains(name)), "{name}, {}: {failed:?}", class.word());
        assert!(!fails.is_empty() || expected.is_empty(), "{name}, {}: {failed:?}", class.word());
    }
}

/// One token is given.
const FEW: Faults =
    Faults { kills: 0, timeouts: 0, not_sent: 0, late: 0, lost: 0, consents: 0, leaps: 0, tokens: 2 };

#[test]
fn ours_kills_and_loses_nothing_whatever_dies_sleeps_or_is_not_heard_of() {
    use Class::{Family, GraceNew, GraceSame, None, Strict, Unknown};
    let one = Faults { leaps: 1, ..FEW };
    let ephemeral = [Recovery::Durable, Recovery::None];
    for (class, members, faults) in [
        (None, &DURABLE[..2], one),
        (Strict, &DURABLE[..2], Faults { kills: 1, ..one }),
        (GraceSame, &DURABLE[..2], Faults { kills: 1, ..one }),
        (GraceNew, &DURABLE[..2], Faults { kills: 1, ..one }),
        (Unknown, &DURABLE[..2], Faults { kills: 1, ..one }),
        (Family, &DURABLE[..2], Faults { timeouts: 1, not_sent: 1, ..one }),
        (Family, &DURABLE[..2], Faults { late: 1, ..one }),
        (Family, &DURABLE[..2], Faults { lost: 1, ..one }),
        (Family, &DURABLE[..2], Faults { consents: 1, ..one }),
        (Strict, &ephemeral, Faults { kills: 1, ..one }),
        (Family, &ephemeral, Faults { kills: 1, ..one }),
        (Family, &DURABLE, one),
        // Who dies may have been to repeat what another one sent, or itself.
        (GraceSame, &DURABLE[..2], Faults { kills: 2, consents: 1, tokens: 1, ..FEW }),
        (Strict, &ephemeral, Faults { kills: 1, timeouts: 1, tokens: 1, ..FEW }),
    ] {
        let (failed, states, halt) = failures(OURS, class, members, faults);
        assert!(failed.is_empty(), "{}, {members:?}, {faults:?}: {failed:?} {halt}", class.word());
        assert!(states > 100, "{}, {members:?}, {faults:?}: {states}", class.word());
    }
}
