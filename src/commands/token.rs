//! `tokcli token`: a valid access token, whatever it takes.

use super::Context;
use crate::cli::Token;
use crate::error::Result;
use crate::profile::Profile;
use crate::refresh;
use crate::run::Want;

pub(super) fn run(context: &Context<'_>, args: &Token, profile: &Profile) -> Result<()> {
    let want = Want { min_ttl: args.min_ttl, offline: args.offline, obey_marks: true, ..Want::default() };
    let grant = refresh::obtain(&context.run, profile, &want)?;
    context.print_grant(profile, &grant)
}
