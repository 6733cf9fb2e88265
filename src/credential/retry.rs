//! Whether a refresh token may be presented again after an attempt whose
//! outcome nobody knows. A pure function of facts, so that it can be checked
//! exhaustively; why each row is as it is stands in `docs/reliability.md`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::reading::Evidence;

/// What a server does with a refresh token that was used before (RFC 9700 section 4.14).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Class {
    /// Refresh tokens are not rotated: one may be used again and again.
    None,
    /// The old token is refused, with no further penalty.
    Strict,
    /// Within `grace` a second use returns the same successor.
    GraceSame,
    /// Within `grace` a second use makes another successor, and the newest wins.
    GraceNew,
    /// The old token is good until the new access token is first used.
    CommitOnUse,
    /// A second use revokes every token that came of the same login.
    Family,
    /// Nobody says: treated as `family`.
    #[default]
    Unknown,
}

impl Class {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Class::None => "none",
            Class::Strict => "strict",
            Class::GraceSame => "grace-same",
            Class::GraceNew => "grace-new",
            Class::CommitOnUse => "commit-on-use",
            Class::Family => "family",
            Class::Unknown => "unknown",
        }
    }
}

/// What is known about the server's rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) class: Class,
    pub(crate) grace: Duration,
    pub(crate) never: bool,
}

/// After this long no server is still working on the first request.
pub(crate) const SETTLED: Duration = Duration::from_secs(60);
/// A sibling is minted only once the first request must have been handled.
pub(crate) const SIBLING_AFTER: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplayVerdict {
    Replay,
    /// Not yet: the server may still be handling the first request.
    Wait(Duration),
    /// The one replay was had, or none is allowed.
    UsedUp,
}

/// How long the vendor is spared the same question after it said no, unless what was sent changes. `None`: for good.
/// `again`: how often it has been asked since it said so first.
pub(crate) fn spared_for(reuse: Reuse, evidence: Evidence, policy: Policy, again: u32) -> Option<Duration> {
    let doubling = FIRST_PAUSE.saturating_mul(1 << again.min(16)).min(LONGEST_PAUSE);
    let harmless = matches!(policy.class, Class::None | Class::Strict);
    match (reuse, evidence) {
        (Reuse::Nothing, _) => Some(doubling),
        (Reuse::RefusedToken, _) if policy.never => None,
        // Who gave the bare status, and whether the token came further, nobody knows.
        (Reuse::Token, Evidence::Status) if policy.never => None,
        (Reuse::RefusedToken, Evidence::Words) if !harmless => None,
        (Reuse::RefusedToken, Evidence::Status) if !harmless && again >= MOST_TRIES => None,
        (_, Evidence::Status | Evidence::Nothing) => Some(doubling),
        (_, Evidence::Words) => Some(A_DAY),
    }
}

/// What the same question would present once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reuse {
    /// Nothing that can be spent.
    Nothing,
    /// A token that the vendor did not judge: it refused the client.
    Token,
    /// The very token that it refused.
    RefusedToken,
}

/// A bare status is asked again after this time, then after twice of it, and so on.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// The vendor's own words.
const A_DAY: Duration = Duration::from_secs(86_400);
/// A token of a class in which a second use can do harm is presented so often again upon a bare status.
const MOST_TRIES: u32 = 3;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The vendor decided about the token presented.
    Decided,
    /// Nothing was sent, or the vendor said that it did nothing (429, 503).
    Nothing,
    /// No whole answer, or one that tells nothing.
    Unknown,
}

/// Whether the refresh token may be presented again, and how often that would be then:
/// `elapsed` since the last attempt was sent, `replays` made so far.
pub(crate) fn next(
    policy: Policy,
    elapsed: Duration,
    replays: u32,
    force: bool,
) -> Result<u32, ReplayVerdict> {
    match if force { forced(policy, elapsed) } else { verdict(policy, elapsed, replays) } {
        ReplayVerdict::Replay => Ok(replays + 1),
        not_now => Err(not_now),
    }
}

/// How an attempt ended that the vendor turned down without judging the token. `again`: it was presented before, and
/// nobody knows what came of that. Of the first time such an answer says nothing, and the second is used up.
pub(crate) fn turned_down(again: bool) -> End {
    if again { End::Unknown } else { End::Decided }
}

/// What is open after an attempt that ended so: itself, or the one that it replayed,
/// whose outcome is as unknown as before.
pub(crate) fn left_open<A>(end: End, attempt: Option<A>, earlier: Option<A>) -> Option<A> {
    match end {
        End::Decided => None,
        End::Nothing => earlier,
        End::Unknown => attempt,
    }
}

fn verdict(policy: Policy, elapsed: Duration, replays: u32) -> ReplayVerdict {
    if policy.never {
        return ReplayVerdict::UsedUp;
    }
    match policy.class {
        // Past its grace a `grace-same` token is as a `strict` one: a replay is in vain, not harmful.
        Class::None | Class::Strict | Class::CommitOnUse | Class::GraceSame => ReplayVerdict::Replay,
        Class::GraceNew if replays > 0 => ReplayVerdict::UsedUp,
        Class::GraceNew if elapsed < SIBLING_AFTER => ReplayVerdict::Wait(SIBLING_AFTER - elapsed),
        Class::GraceNew if elapsed < policy.grace => ReplayVerdict::Replay,
        Class::GraceNew => ReplayVerdict::UsedUp,
        Class::Family | Class::Unknown if replays > 0 => ReplayVerdict::UsedUp,
        Class::Family | Class::Unknown => after(SETTLED, elapsed),
    }
}

/// `--force-replay` permits one request, but does not shorten the settling.
fn forced(policy: Policy, elapsed: Duration) -> ReplayVerdict {
    match policy.class {
        Class::Family | Class::Unknown => after(SETTLED, elapsed),
        Class::GraceNew => after(SIBLING_AFTER, elapsed),
        _ => ReplayVerdict::Replay,
    }
}

fn after(settled: Duration, elapsed: Duration) -> ReplayVerdict {
    if elapsed < settled { ReplayVerdict::Wait(settled - elapsed) } else { ReplayVerdict::Replay }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(class: Class, seconds: u64, replays: u32) -> ReplayVerdict {
        let policy = Policy { class, grace: Duration::from_secs(30), never: false };
        verdict(policy, Duration::from_secs(seconds), replays)
    }

    #[test]
    fn a_family_is_left_to_settle_and_replayed_once() {
        for class in [Class::Family, Class::Unknown] {
            assert_eq!(at(class, 1, 0), ReplayVerdict::Wait(Duration::from_secs(59)));
            assert_eq!(at(class, 60, 0), ReplayVerdict::Replay);
            assert_eq!(at(class, 600, 1), ReplayVerdict::UsedUp);
        }
    }

    #[test]
    fn a_sibling_is_minted_once_late_in_the_grace() {
        assert_eq!(at(Class::GraceNew, 14, 0), ReplayVerdict::Wait(Duration::from_secs(1)));
        assert_eq!(at(Class::GraceNew, 15, 0), ReplayVerdict::Replay);
        assert_eq!(at(Class::GraceNew, 30, 0), ReplayVerdict::UsedUp);
        assert_eq!(at(Class::GraceNew, 20, 1), ReplayVerdict::UsedUp);
    }

    #[test]
    fn harmless_classes_replay_at_once_and_as_often_as_needed() {
        for class in [Class::None, Class::Strict, Class::GraceSame, Class::CommitOnUse] {
            assert_eq!(at(class, 0, 7), ReplayVerdict::Replay);
        }
    }

    #[test]
    fn never_means_never_unless_forced_and_forcing_does_not_hurry() {
        let policy = Policy { class: Class::Family, grace: Duration::ZERO, never: true };
        assert_eq!(verdict(policy, Duration::from_secs(3_600), 0), ReplayVerdict::UsedUp);
        assert_eq!(forced(policy, Duration::from_secs(59)), ReplayVerdict::Wait(Duration::from_secs(1)));
        assert_eq!(forced(policy, Duration::from_secs(60)), ReplayVerdict::Replay);
    }
}
