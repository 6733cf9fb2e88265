//! Logging in by itself, where the profile says so and nobody has to do anything: when a login died, and when there is none
//! yet. Once for each death of a login, so that wrong secrets are not tried again and again.
//!
//! The rule that matters: that it is tried is noted with the intent, before the first byte. What certainly did not go out has
//! not been tried. Whatever the vendor answers uses the try up, unless it says that it looked at nothing: then everybody
//! waits, longer each time, for some vendors say so of a wrong password.

use super::claim;
use super::demand::{Demand, Invocation};
use super::login::standing::{Standing, standing};
use super::login::{self, ways};
use crate::base::clock::Moment;
use crate::base::error::Result;
use crate::credential::audience::Audience;
use crate::credential::issued::Issued;
use crate::credential::outcome::Outcome;
use crate::credential::reading::RefusalKind;
use crate::credential::record::AttemptEnd;
use crate::credential::state::Credential;
use crate::credential::transition::Applied;
use crate::profile::Profile;
use crate::store::Store;

/// Seconds after the first answer that judged nothing.
const FIRST_PAUSE: u64 = 60;
/// Seconds, at the most, unless the vendor asks for more.
const DAY: u64 = 24 * 3_600;
/// So many tries of one day, at the most, are not judged.
const HANDFUL: u32 = 5;

/// `None`: the profile does not say so, no login goes without a person, or it was tried already.
pub(super) fn again(
    invocation: &Invocation<'_>,
    profile: &Profile,
    wanted: &Demand,
) -> Result<Option<Issued>> {
    let Some(grant) = ways::unattended(profile)? else { return Ok(None) };
    // Before any secret is read.
    let there = {
        let mut store = Store::open(profile, invocation.out.json())?;
        let claim = claim::take(&store, &claim::credential(&profile.account), invocation.deadline)?;
        store.load(&claim)?
    };
    match standing(invocation, profile, wanted, &there)? {
        Standing::Alive(issued) => return Ok(Some(issued)),
        Standing::NoReason => return Ok(None),
        Standing::Wanted => {}
    }
    invocation.out.step(&format!("nobody is logged in; logging in by `{grant}`"));
    login::by_itself(invocation, profile, grant, wanted).map(Some)
}

/// Whether a login would be given by itself, once no login lives.
pub(crate) fn may_come(profile: &Profile, there: Option<&Credential>) -> bool {
    let untried = |there: &Credential| {
        let unread = there.is_answered() || there.last_words().next().is_some();
        !unread && there.record().is_none_or(|record| !record.relogin_tried)
    };
    there.is_none_or(untried) && ways::unattended(profile).is_ok_and(|grant| grant.is_some())
}

/// A vendor that says it judged nothing has not used up the one try; everybody waits until the next. `asked`: for so many
/// seconds, by the vendor.
pub(super) fn spare(applied: &mut Applied, asked: Option<u64>, audience: &Audience) {
    let Applied { credential, outcome, retry_after, .. } = applied;
    let Some(record) = credential.record_mut().filter(|_| is_unjudged(outcome)) else {
        // Asking again is of no use.
        *retry_after = None;
        return;
    };
    let pause = pause(asked.and(*retry_after), record.relogins_unjudged).max(retry_after.unwrap_or(0));
    *retry_after = Some(pause);
    record.relogin_tried = false;
    record.relogins_unjudged = record.relogins_unjudged.saturating_add(1);
    let ended = AttemptEnd { at: Moment::now(), outcome: outcome.clone(), retry_after: Some(pause) };
    record.note_end(audience, ended);
}

/// An error beside the status of a success may be about the password, whatever it counts as.
fn is_unjudged(outcome: &Outcome) -> bool {
    let Outcome::Refused { kind, said, .. } = outcome else { return false };
    matches!(kind, RefusalKind::RateLimited | RefusalKind::Unavailable) && !(200..300).contains(&said.status)
}

/// In seconds, after so many tries before this one that were not judged either.
fn pause(asked: Option<u64>, before: u32) -> u64 {
    match asked {
        Some(asked) if before + 1 < HANDFUL => asked.max(1),
        _ => FIRST_PAUSE.saturating_mul(8_u64.saturating_pow(before)).min(DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_judged_is_tried_a_handful_of_times_a_day() {
        for asked in [None, Some(0), Some(1), Some(600)] {
            let tries = (0..100).scan(0, |at, before| {
                let now = *at;
                *at += pause(asked, before);
                Some(now)
            });
            let tries = tries.take_while(|at| *at < DAY).count();
            assert!((2..=5).contains(&tries), "{asked:?}: {tries}");
        }
        assert_eq!([0, 1, 2].map(|before| pause(None, before)), [60, 480, 3_840]);
        assert_eq!([0, 3, 4, u32::MAX - 1].map(|before| pause(Some(7), before)), [7, 7, DAY, DAY]);
    }
}
