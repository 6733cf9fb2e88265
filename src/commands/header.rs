//! `tokcli header`: the header that a request carries.

use super::context::Context;
use crate::base::error::Result;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::demand::Demand;
use crate::surface::header;
use crate::terminal::arguments::Header;
use crate::warm::cache::Question;

pub(super) fn run(context: &Context<'_>, args: &Header, all: &Profiles, profile: &Profile) -> Result<()> {
    let demand = Demand { half_a_life: args.fresh, obey_marks: true, ..Demand::default() };
    let handed = context.hand(all, profile, &demand, Question::of(context.global, None))?;
    context.out.bytes(header::shown(&handed, args.form).as_bytes())
}
