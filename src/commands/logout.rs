//! `tokcli logout`: forgets a credential for good.

use super::context::Context;
use crate::base::error::{Result, config};
use crate::credential::record::Record;
use crate::credential::state::Credential;
use crate::profile::Profile;
use crate::store::Store;
use crate::terminal::arguments::Logout;
use crate::terminal::wording::no_credential;
use crate::warm::cache;

pub(super) fn run(context: &Context<'_>, args: &Logout, profile: &Profile) -> Result<()> {
    if !args.local {
        let words = format!(
            "the dialect `{}` has no exchange `revoke`, so the vendor cannot be told",
            profile.dialect_name
        );
        return Err(config(words).hint(format!(
            "`tokcli logout --local --profile {}` forgets the credential here",
            profile.name
        )));
    }
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let there = store.load(&claim).ok();
    let known = there.as_ref().and_then(Credential::record).into_iter().flat_map(Record::audiences);
    let forgotten = store.forget(&claim);
    // Whatever came of it: the copies are never wanted again.
    cache::forget(profile, known.chain([&profile.audience]));
    if !forgotten? {
        return Err(no_credential(profile));
    }
    context.print_outcome(
        profile,
        "logged_out",
        &format!("forgot the credential `{}`; at the vendor it lives until it expires", profile.account),
    )
}
