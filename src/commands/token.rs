//! `tokcli token`: a valid access token, whatever it takes. Where there is a cache,
//! it was asked before we got here (`front.rs`).

use super::Context;
use crate::cli::Token;
use crate::error::Result;
use crate::profile::Profile;
use crate::profiles::Profiles;
use crate::refresh;
use crate::run::Want;

pub(super) fn run(context: &Context<'_>, args: &Token, all: &Profiles, profile: &Profile) -> Result<()> {
    let grant = refresh::obtain(&context.run, profile, &Want::from(args))?;
    // What only an offline run would print is not what the next one is to find.
    if args.offline || args.no_cache {
        return context.out.grant(&profile.name, &grant);
    }
    context.give(all, profile, grant)
}
