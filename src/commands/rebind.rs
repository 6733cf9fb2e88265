//! `tokcli rebind`: a person confirms that a credential may go to where its
//! profile now points.

use super::confirm::confirm;
use super::context::Context;
use crate::base::error::Result;
use crate::credential::mark::Marks;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::binding::shown;
use crate::session::issuer;
use crate::store::Store;
use crate::terminal::arguments::Rebind;
use crate::terminal::wording::no_credential;

pub(super) fn run(context: &Context<'_>, args: &Rebind, all: &Profiles, profile: &Profile) -> Result<()> {
    // Before anybody waits for the claim.
    let asked = match &profile.issuer {
        Some(issuer) => {
            let server = issuer::server(&context.invocation, profile, issuer)?;
            Some(all.with_addresses(profile, &issuer::pin(&server, profile))?)
        }
        None => None,
    };
    let as_written = profile;
    let profile = asked.as_ref().unwrap_or(profile);
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let credential = context.at_rest(&mut store, profile, &claim)?;
    let bound = &credential.record().ok_or_else(|| no_credential(as_written))?.bound;
    if *bound == profile.binding {
        return context.print_outcome(
            profile,
            "unchanged",
            &format!("the credential `{}` is bound to where the profile points", profile.account),
        );
    }
    context.out.say(&format!("the credential `{}` is bound to {}", profile.account, shown(bound)));
    let found = bound.discovered.as_ref().zip(profile.binding.discovered.as_ref());
    let changes = found.map(|(before, now)| before.changes(now)).unwrap_or_default();
    changes.iter().for_each(|words| context.out.say(words));
    let what = format!("the profile `{}` now says {}", profile.name, shown(&profile.binding));
    let sure = format!("`tokcli rebind --yes --profile {}`", profile.name);
    confirm(context, args.yes, &what, "send the credential there?", &sure)?;
    let rebound = credential.changed(|record| {
        record.bound = profile.binding.clone();
        record.marks = Marks::default();
    });
    store.save(&claim, &rebound)?;
    context.print_outcome(profile, "rebound", "from now on the credential is sent there")
}
