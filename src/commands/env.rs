//! `tokcli env`: a token as an assignment that a shell reads.

use super::context::Context;
use crate::base::error::Result;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::demand::Demand;
use crate::surface::{env, variable};
use crate::terminal::arguments::Env;
use crate::warm::cache::Question;

pub(super) fn run(context: &Context<'_>, args: &Env, all: &Profiles, profile: &Profile) -> Result<()> {
    // Before anything is sent.
    variable::check(&args.name)?;
    let demand = Demand::of_life(args.life.min_ttl, args.life.fresh);
    let handed = context.hand(all, profile, &demand, Question::of(context.global, None))?;
    let line = env::assignment(args.format, &args.name, handed.token())?;
    context.out.bytes(line.as_bytes())
}
