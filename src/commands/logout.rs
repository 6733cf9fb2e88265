//! `tokcli logout`: forgets a credential for good.

use super::context::Context;
use crate::base::error::Result;
use crate::profile::Profile;
use crate::store::Store;
use crate::terminal::arguments::Logout;
use crate::terminal::wording::no_credential;
use crate::warm::cache;

pub(super) fn run(context: &Context<'_>, args: &Logout, profile: &Profile) -> Result<()> {
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let forgotten = store.forget(&claim);
    // Whatever came of it: the copy is never wanted again.
    cache::forget(profile);
    if !forgotten? {
        return Err(no_credential(profile));
    }
    // Nothing is revoked: no dialect has an exchange for it.
    let untold = match args.local {
        true => String::new(),
        false => {
            format!("the vendor was not told, for the dialect `{}` knows no way; ", profile.dialect_name)
        }
    };
    let words = format!(
        "forgot the credential `{}`; {untold}at the vendor it lives until it expires",
        profile.account
    );
    context.print_outcome(profile, "logged_out", &words)
}
