//! Whether a login is to be given by itself, as things are now: once for each death, whoever comes.

use super::super::demand::{Demand, Invocation};
use super::super::freshness::{Criteria, Freshness};
use super::place::is_dead;
use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result};
use crate::credential::issued::Issued;
use crate::credential::state::Credential;
use crate::profile::Profile;
use crate::terminal::wording;

/// What is to be done about a login that is dead, or was never there.
pub(in crate::session) enum Standing {
    /// Another run has logged in meanwhile.
    Alive(Issued),
    /// It lives, it was tried already, or an answer waits to be read.
    NoReason,
    Wanted,
}

/// Under the claim. `Err`: it was tried in vain while this run waited, or the vendor wants to be left alone.
pub(in crate::session) fn standing(
    invocation: &Invocation<'_>,
    profile: &Profile,
    wanted: &Demand,
    there: &Credential,
) -> Result<Standing> {
    let there = there.without_login();
    if there.has_unread_answers() {
        return Ok(Standing::NoReason);
    }
    let Some(record) = there.record() else { return Ok(Standing::Wanted) };
    let (now, started) = (Moment::now(), invocation.started.moment());
    match Criteria::of(profile, wanted, &started, &now).judge(&there).0 {
        Freshness::Enough(access) => return Ok(Standing::Alive(Issued::at_hand(access))),
        Freshness::Spared { ended, retry_after, .. } if is_passing(ended.outcome.code()) => {
            return Err(wording::spared(&ended.outcome, retry_after, profile));
        }
        _ => {}
    }
    let wanted = is_dead(record) && !record.relogin_tried;
    Ok(if wanted { Standing::Wanted } else { Standing::NoReason })
}

fn is_passing(code: Option<Code>) -> bool {
    matches!(code, Some(Code::Unreachable | Code::Unavailable | Code::RateLimited | Code::Busy))
}

/// By another run, a moment ago.
pub(in crate::session) fn tried(profile: &Profile) -> Error {
    let words = "another run has just tried an automatic login, and failed; it is tried only once";
    Error::new(Code::LoginRequired, words)
        .hint(format!("`tokcli login --profile {}` starts over", profile.name))
}
