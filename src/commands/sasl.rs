//! `tokcli sasl`: what a mail program says to its server in the place of a password, or whether that server takes it.

use std::time::{Duration, Instant};

use super::context::Context;
use crate::base::error::Result;
use crate::http::lines::{Lines, Server};
use crate::http::tls::Tls;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::demand::Demand;
use crate::surface::Handed;
use crate::surface::sasl;
use crate::surface::sasl::check::{self, Asked, Peer, Service};
use crate::terminal::arguments::Sasl;
use crate::warm::cache::Question;

/// For a mail server's answers, all together.
const LONGEST: Duration = Duration::from_secs(30);

pub(super) fn run(context: &Context<'_>, args: &Sasl, all: &Profiles, profile: &Profile) -> Result<()> {
    let checked = args.checked().transpose()?;
    let at = |(service, port)| Ok((service, Server::of(args.host.as_deref().unwrap_or_default(), port)?));
    let checked = checked.map(at).transpose()?;
    let demand = Demand { obey_marks: true, ..Demand::default() };
    let handed = context.hand(all, profile, &demand, Question::of(context.global, None))?;
    match checked {
        Some((service, server)) => check(context, args, profile, &handed, service, &server),
        None => context.out.bytes(sasl::line(args.mechanism, &args.mailbox(), &handed).as_bytes()),
    }
}

fn check(
    context: &Context<'_>,
    args: &Sasl,
    profile: &Profile,
    handed: &Handed,
    service: Service,
    server: &Server,
) -> Result<()> {
    let line = sasl::line(args.mechanism, &args.mailbox(), handed);
    let asked = Asked {
        service,
        mechanism: args.mechanism,
        user: &args.user,
        response: line.trim_end(),
        token: handed.token(),
        server: server.name(),
        here: server.is_here(),
    };
    // What says which server the vendor is, and who this is to it, says nothing of another.
    let tls = Tls { ca_file: profile.tls.ca_file.clone(), ..Tls::default() };
    let deadline = context.invocation.deadline.min(Instant::now() + LONGEST);
    context.out.step(&format!("logging in at {}", server.name()));
    let mut lines = Lines::connect(server, service.is_secure_from_the_start(), &tls, deadline)?;
    check::check(&asked, &mut lines)?;
    let words = format!("{} accepts the token for {}", server.name(), args.user);
    context.print_outcome(profile, "accepted", &words)
}

impl Peer for Lines {
    fn line(&mut self) -> Result<String> {
        Lines::line(self)
    }

    fn say(&mut self, line: &[u8]) -> Result<()> {
        Lines::say(self, line)
    }

    fn secure(&mut self) -> Result<()> {
        Lines::secure(self)
    }
}
