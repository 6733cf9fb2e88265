//! Logging in again by itself, where the profile says so and nobody has to do anything: once for each death of a login, so
//! that wrong secrets are not tried again and again.

use std::sync::Arc;

use super::claim;
use super::demand::Invocation;
use super::login::place::is_dead;
use super::login::ways;
use super::login::{self, LoginDemand};
use crate::base::clock::Moment;
use crate::base::error::{Code, Result};
use crate::credential::issued::Issued;
use crate::profile::Profile;
use crate::store::Store;

/// `None`: the profile does not say so, no login goes without a person, or it was tried already.
pub(super) fn again(invocation: &Invocation<'_>, profile: &Profile) -> Result<Option<Issued>> {
    let Some(grant) = Some(profile).filter(|profile| profile.relogin).and_then(ways::unattended) else {
        return Ok(None);
    };
    match noted(invocation, profile, true)? {
        Noted::Alive(issued) => return Ok(Some(issued)),
        Noted::NoReason => return Ok(None),
        Noted::Dead => {}
    }
    invocation.out.step(&format!("the login died; logging in again by `{grant}`"));
    let demand = LoginDemand {
        grant: grant.to_owned(),
        replace: false,
        opens_browser: false,
        only_pasted: false,
        redirect_port: None,
        hidden: Arc::default(),
    };
    match login::log_in(invocation, profile, &demand, &|_| Ok(())) {
        Ok(logged_in) => Ok(Some(logged_in.issued)),
        Err(error) => {
            // Nothing was presented: whoever comes next may try.
            if matches!(error.code, Code::Unreachable | Code::Unavailable | Code::RateLimited | Code::Busy) {
                noted(invocation, profile, false)?;
            }
            Err(error)
        }
    }
}

enum Noted {
    /// Another run has logged in meanwhile.
    Alive(Issued),
    NoReason,
    Dead,
}

/// Under the claim: whether it is dead, and that a login is `tried` now.
fn noted(invocation: &Invocation<'_>, profile: &Profile, tried: bool) -> Result<Noted> {
    let mut store = Store::open(profile, invocation.out.json())?;
    let claim = claim::take(&store, &claim::credential(&profile.account), invocation.deadline)?;
    let there = store.load(&claim)?;
    let Some(record) = there.record() else { return Ok(Noted::NoReason) };
    if let Some(access) = record.access(&profile.audience).and_then(|access| access.served(profile.token))
        && access.remaining(&Moment::now()).is_some()
    {
        return Ok(Noted::Alive(Issued::at_hand(access)));
    }
    if !is_dead(record) || record.relogin_tried == tried {
        return Ok(Noted::NoReason);
    }
    store.save(&claim, &there.changed(|record| record.relogin_tried = tried))?;
    Ok(Noted::Dead)
}
