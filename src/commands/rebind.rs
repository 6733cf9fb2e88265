//! `tokcli rebind`: a person confirms that a credential may go to where its
//! profile now points.

use super::context::Context;
use crate::base::error::{Result, refused};
use crate::profile::Profile;
use crate::session::binding::{said, shown};
use crate::store::Store;
use crate::terminal::arguments::Rebind;
use crate::terminal::input;
use crate::terminal::wording::no_credential;

pub(super) fn run(context: &Context<'_>, args: &Rebind, profile: &Profile) -> Result<()> {
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let credential = store.load(&claim)?;
    let bound = &credential.record().ok_or_else(|| no_credential(profile))?.bound;
    if *bound == profile.binding {
        return context.print_outcome(
            profile,
            "unchanged",
            &format!("the credential `{}` is bound to where the profile points", profile.account),
        );
    }
    context.out.say(&format!("the credential `{}` is bound to {}", profile.account, shown(bound)));
    context.out.say(&format!("the profile `{}` now says {}", profile.name, said(profile)));
    if !args.yes && !confirmed(context)? {
        return Err(refused("not confirmed, nothing was changed"));
    }
    let rebound = credential.changed(|record| {
        record.bound = profile.binding.clone();
        record.mark = None;
    });
    store.save(&claim, &rebound)?;
    context.print_outcome(profile, "rebound", "from now on the credential is sent there")
}

fn confirmed(context: &Context<'_>) -> Result<bool> {
    if !input::is_terminal() || context.out.json() {
        return Err(refused("nobody can be asked here").hint("`--yes` confirms the change"));
    }
    context.out.say("send the credential there? [y/N]");
    Ok(input::says_yes())
}
