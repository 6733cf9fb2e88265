//! Whether the refresh token may be presented, after an attempt whose end nobody knows: `credential::retry` has the rule, and
//! here it meets the journal that saw the attempt.

use std::time::Duration;

use super::exchange::FollowUp;
use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result};
use crate::credential::retry::{self, Class, ReplayVerdict};
use crate::credential::state::{Attempt, Credential, MOST_SEALS, Open};
use crate::profile::Profile;
use crate::store::{Claim, Store};
use crate::terminal::wording;

/// Whether the refresh token may be presented, given how the last attempt ended.
pub(super) fn follow_up(
    profile: &Profile,
    store: &Store,
    credential: &Credential,
    force: bool,
) -> Result<FollowUp> {
    // Those of logins leave what is there alone.
    if credential.seals.iter().filter(|seal| seal.login.is_none()).count() >= MOST_SEALS {
        return Err(wording::too_many_unread(MOST_SEALS, profile));
    }
    let Some(attempt) = credential.open().and_then(|open| undecided(profile, open)) else {
        return Ok(FollowUp::default());
    };
    if attempt.journal != store.journal_id()? && !force {
        let words = format!(
            "an unfinished request is recorded in another state directory (journal {}); only a run there knows how it went on",
            attempt.journal
        );
        return Err(uncertain(profile, words));
    }
    let elapsed = elapsed(attempt, &Moment::now());
    match retry::next(profile.policy, elapsed, attempt.replays, force) {
        Ok(replays) => Ok(FollowUp { replays, earlier: Some(attempt.clone()) }),
        Err(ReplayVerdict::Wait(left)) => Err(too_soon(credential, left)),
        Err(_) => Err(uncertain(
            profile,
            "the last request has no known outcome, and presenting the refresh token again could end the session",
        )),
    }
}

fn uncertain(profile: &Profile, words: impl Into<String>) -> Error {
    Error::new(Code::NoAnswer, words).hint(wording::used_up_hint(profile))
}

/// Of what is open, the attempt that presented what can be spent.
fn undecided<'c>(profile: &Profile, open: &'c Open) -> Option<&'c Attempt> {
    let flow = profile.dialect.refresh();
    let spends = |attempt: &&Attempt| flow.step(&attempt.step).is_none_or(|step| step.spends());
    [&open.attempt].into_iter().chain(open.earlier.as_deref()).find(spends)
}

fn elapsed(attempt: &Attempt, now: &Moment) -> Duration {
    Duration::from_millis(u64::try_from(now.certainly_since(&attempt.sent_at)).unwrap_or(0))
}

/// Whether nothing more is sent by itself, whoever runs here: an answer waits for somebody who can read it, or presenting
/// the refresh token once more could do harm. `journal`: its identity, if it is known.
pub(crate) fn is_stuck(
    profile: &Profile,
    credential: &Credential,
    journal: Option<&str>,
    now: &Moment,
) -> bool {
    // What nobody has looked into may decide it.
    let undecided = credential.open().and_then(|open| undecided(profile, open));
    let Some(attempt) = undecided.filter(|_| !credential.is_answered()) else { return false };
    let spends = profile.policy.class != Class::None;
    let next = retry::next(profile.policy, elapsed(attempt, now), attempt.replays, false);
    (spends && credential.awaits_a_reader())
        || journal.is_some_and(|journal| journal != attempt.journal)
        || next == Err(ReplayVerdict::UsedUp)
}

/// What was sent by a clock that has been set back since settles from now on.
pub(super) fn settling(store: &mut Store, claim: &Claim, credential: Credential) -> Result<Credential> {
    let Some(dated) = credential.dated(&store.journal_id()?, &Moment::now()) else {
        return Ok(credential);
    };
    store.save(claim, &dated)?;
    Ok(dated)
}

fn too_soon(credential: &Credential, left: Duration) -> Error {
    let last = credential.last_words().next();
    let words = match last.map(|(_, seal)| seal) {
        Some(seal) if seal.raw.complete => {
            "the last answer could not be used, and asking again so soon could end the session"
        }
        _ => "the last request has no known outcome; the vendor may still be working on it",
    };
    Error::new(Code::NoAnswer, words).retry_after(left.as_secs() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::profiles::profile;
    use crate::testing::samples::{attempt, credential, moment};

    /// The attempts of the samples are sent in second 50 by the journal `j`.
    #[test]
    fn a_run_that_was_killed_leaves_it_stuck_where_nothing_may_be_presented_again() {
        for (keys, replays, journal, at, stuck) in [
            ("rotation = 'strict'", 0, "j", 51, false),
            ("rotation = 'strict'\nreplay = 'never'", 0, "j", 51, true),
            ("rotation = 'strict'", 0, "another", 51, true),
            ("rotation = 'family'", 0, "j", 51, false),
            ("rotation = 'family'", 0, "j", 500, false),
            ("rotation = 'family'", 1, "j", 500, true),
            ("rotation = 'grace-new'\ngrace = '30s'", 0, "j", 70, false),
            ("rotation = 'grace-new'\ngrace = '30s'", 0, "j", 90, true),
            ("rotation = 'none'", 7, "j", 500, false),
        ] {
            let keys =
                format!("dialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\n{keys}\n");
            let profile = profile(&keys).expect(&keys);
            let held = credential(1, 1, 1, "rt");
            let open = held.opened(attempt(replays), None);
            assert_eq!(is_stuck(&profile, &open, Some(journal), &moment(at)), stuck, "{keys} {replays} {at}");
            assert!(!is_stuck(&profile, &held, Some(journal), &moment(at)));
        }
    }
}
