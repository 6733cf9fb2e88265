//! `tokcli sasl`: what a mail program says to its server in the place of a password.

use super::context::Context;
use crate::base::error::Result;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::demand::Demand;
use crate::surface::sasl::{self, Mailbox};
use crate::terminal::arguments::Sasl;

pub(super) fn run(context: &Context<'_>, args: &Sasl, all: &Profiles, profile: &Profile) -> Result<()> {
    let handed = context.hand(all, profile, &Demand { obey_marks: true, ..Demand::default() })?;
    let mailbox = Mailbox { user: &args.user, host: args.host.as_deref(), port: args.port };
    let response = sasl::response(args.mechanism, &mailbox, &handed);
    context.out.bytes(format!("{}\n", *response).as_bytes())
}
