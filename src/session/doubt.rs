//! A program was refused with a token that it got here: the next one is to be another.
//!
//! The rule that matters: nothing is deleted, and nobody is asked for it. Whoever needs a token next finds that this one is over.
//! One that has just come is not doubted: another would be no better, and a server that refuses everything would cost a refresh
//! for each call.

use super::claim;
use super::demand::Invocation;
use crate::base::clock::Moment;
use crate::base::error::Result;
use crate::credential::access::{Access, Served};
use crate::credential::reading::RenewsWith;
use crate::profile::Profile;
use crate::store::Store;

/// In milliseconds.
const JUST_CAME: i64 = 60_000;

/// `token`: what the program was refused with; one of another time changes nothing.
pub(crate) fn doubt(invocation: &Invocation<'_>, profile: &Profile, token: &str) -> Result<()> {
    // Where the access token renews itself, its end would be that of the login.
    if profile.renews_with() == RenewsWith::AccessToken {
        return Ok(());
    }
    let mut store = Store::open(profile, invocation.out.json())?;
    let claim = claim::of_credential(invocation, profile, &store)?;
    let there = store.load(&claim)?;
    let at_hand = there.record().and_then(|record| record.access(&profile.audience));
    if at_hand.is_none_or(|access| !is_meant(access, profile.token, token)) {
        return Ok(());
    }
    let doubted = there.changed(|record| {
        let Some(mut access) = record.access(&profile.audience).cloned() else { return };
        access.end();
        record.set_access(&profile.audience, Some(access));
    });
    store.save(&claim, &doubted)
}

/// It is the one at hand, and has been for a while.
fn is_meant(access: &Access, kind: Served, token: &str) -> bool {
    let served = access.served(kind).filter(|served| served.token.expose() == token);
    served.is_some_and(|served| served.obtained.age(&Moment::now()).is_some_and(|age| age > JUST_CAME))
}
