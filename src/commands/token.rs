//! `tokcli token`: a valid access token, whatever it takes. Where there is a cache,
//! it was asked before we got here (`front.rs`).

use super::context::Context;
use crate::base::error::Result;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::refresh;
use crate::terminal::arguments::Token;
use crate::warm;

pub(super) fn run(context: &Context<'_>, args: &Token, all: &Profiles, profile: &Profile) -> Result<()> {
    let scope = args.scope.as_deref();
    let scoped = scope.map(|scope| all.with_scope(profile, scope)).transpose()?;
    let profile = scoped.as_ref().unwrap_or(profile);
    let (issued, journal) = refresh::obtain(&context.invocation, all, profile, &warm::demand(args))?;
    // What only an offline run would print is not what the next one is to find.
    if args.offline || args.no_cache {
        return context.issue(all, profile, &issued);
    }
    context.give(all, profile, scope, issued, journal)
}
