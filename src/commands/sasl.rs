//! `tokcli sasl`: what a mail program says to its server in the place of a password.

use super::context::Context;
use crate::base::error::Result;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::demand::Demand;
use crate::surface::sasl;
use crate::terminal::arguments::Sasl;
use crate::warm::cache::Question;

pub(super) fn run(context: &Context<'_>, args: &Sasl, all: &Profiles, profile: &Profile) -> Result<()> {
    let demand = Demand { obey_marks: true, ..Demand::default() };
    let handed = context.hand(all, profile, &demand, Question::of(context.global, None))?;
    context.out.bytes(sasl::line(args.mechanism, &args.mailbox(), &handed).as_bytes())
}
