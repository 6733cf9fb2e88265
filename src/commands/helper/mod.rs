//! `tokcli helper NAME`: a program asks for a token in a way of its own (`surface/`), and gets one.

mod install;
mod links;
pub(super) mod list;
mod others;

use std::cell::OnceCell;

use zeroize::Zeroizing;

use super::audit::{self, Event};
use super::context::{Context, Failure, Looks, perhaps_renamed};
use crate::base::environment;
use crate::base::error::{Error, Result, refused};
use crate::base::peer::Peer;
use crate::profile::Profile;
use crate::profile::addressed::is_plain;
use crate::profile::configuration::Profiles;
use crate::session::demand::Demand;
use crate::session::doubt::doubt;
use crate::surface::{
    Caller, Handed, Wanted, aws, bazel, cargo, docker, git, google, kubectl, pip, pnpm, systemd, terraform,
};
use crate::terminal::arguments::HelperCommand;
use crate::terminal::input;
use crate::warm::cache::Question;

pub(super) fn run(context: &Context<'_>, args: &HelperCommand) -> std::result::Result<u8, Failure> {
    match args {
        HelperCommand::Install(args) => return install::run(context, args),
        HelperCommand::List => return list::run(context).map(|()| 0).map_err(|error| (None, error)),
        _ => {}
    }
    let mut call = Call { context, read: OnceCell::new(), about: None, peer: None };
    serve(&mut call, args).map_err(|error| (call.about, error))
}

/// The exit status.
fn serve(call: &mut Call<'_>, args: &HelperCommand) -> Result<u8> {
    let plain = |done: Result<()>| done.map(|()| 0);
    match args {
        HelperCommand::Git { action, username } => plain(git::serve(call, action, username.as_deref())),
        HelperCommand::Docker { action, username } => docker::serve(call, action, username.as_deref()),
        HelperCommand::Kubectl => plain(kubectl::serve(call)),
        HelperCommand::Bazel { action } => plain(bazel::serve(call, action)),
        HelperCommand::Cargo { bare, .. } => plain(cargo::serve(call, *bare)),
        HelperCommand::Terraform => plain(terraform::serve(call)),
        HelperCommand::Pip { mode, action, service, username, .. } => {
            let both = mode.as_deref() == Some("creds");
            pip::serve(call, action, service, username.as_deref(), both)
        }
        HelperCommand::Pnpm => plain(pnpm::serve(call)),
        HelperCommand::Google => plain(google::serve(call)),
        HelperCommand::Aws => plain(aws::serve(call)),
        HelperCommand::Systemd => plain(to_systemd(call)),
        HelperCommand::Install(_) | HelperCommand::List => Ok(0),
    }
}

/// The connection is looked at before anything is read.
fn to_systemd(call: &mut Call<'_>) -> Result<()> {
    let peer = Peer::of_standard_input()?;
    let asked = peer.name().and_then(|name| systemd::Asked::of(&name));
    if let Some(asked) = &asked {
        call.context.out.step(&format!("`{}` asks for its credential `{}`", asked.unit, asked.credential));
    }
    call.peer = Some(peer);
    systemd::serve(call, asked.as_ref().map(|asked| asked.credential.as_str()))
}

/// One call of a program.
struct Call<'a> {
    context: &'a Context<'a>,
    /// What is wrong with them is told like all else, in the form that the program reads.
    read: OnceCell<Result<Profiles>>,
    /// The profile that it came to be about.
    about: Option<String>,
    /// Whom the answer goes to, if it is not standard output.
    peer: Option<Peer>,
}

impl Call<'_> {
    fn profiles(&self) -> Result<&Profiles> {
        self.read.get_or_init(|| self.context.profiles()).as_ref().map_err(Clone::clone)
    }

    /// `None`: none is for the address that is asked for.
    fn profile(&self, wanted: &Wanted<'_>) -> Result<Option<String>> {
        let (global, profiles) = (self.context.global, self.profiles()?);
        match wanted.address {
            None => {
                let asked = global.asked_profile()?.or_else(|| wanted.profile.map(str::to_owned));
                profiles.choose(asked).map(Some)
            }
            Some(address) if wanted.passes_on && !is_plain(address) => Ok(None),
            // One that is named opens no place that it is not for.
            Some(address) => {
                let only = global.profile.as_deref().map(|name| profiles.choose(Some(name.to_owned())));
                let preferred = global.asked_profile()?;
                profiles.addressed(address, only.transpose()?.as_deref(), preferred.as_deref())
            }
        }
    }

    fn placed(&self, name: &str) -> Result<Profile> {
        self.context.profile(self.profiles()?, name, Looks::AtOnce)
    }

    fn handed(&self, name: &str, wanted: &Wanted<'_>) -> Result<Handed> {
        let (context, all, profile) = (self.context, self.profiles()?, self.placed(name)?);
        let demand = Demand { obey_marks: true, ..Demand::default() };
        let asked = match wanted.address {
            // What is kept is found again by what the command line says.
            None if wanted.profile.is_some() => None,
            None => Question::of(context.global, None),
            Some(address) => Question::of_address(context.global, address),
        };
        context.hand(all, &profile, &demand, asked).map_err(|error| perhaps_renamed(error, all, &profile))
    }
}

impl Caller for Call<'_> {
    fn input(&mut self) -> Result<Zeroizing<Vec<u8>>> {
        input::all().map_err(refused)
    }

    fn line(&mut self) -> Result<Option<Zeroizing<String>>> {
        input::next_line().map_err(refused)
    }

    fn token(&mut self, wanted: &Wanted<'_>) -> Result<Option<Handed>> {
        let Some(name) = self.profile(wanted)? else { return Ok(None) };
        self.about = Some(name.clone());
        let handed = self.handed(&name, wanted);
        if let Err(error) = &handed {
            audit::note_of(self.context.out, self.profiles()?, &name, None, &Event::Refused(error));
        }
        handed.map(Some)
    }

    fn doubt(&mut self, wanted: &Wanted<'_>, token: &str) -> Result<()> {
        let Some(name) = self.profile(wanted)? else { return Ok(()) };
        let profile = self.placed(&name)?;
        doubt(&self.context.invocation, &profile, token)
    }

    fn print(&mut self, bytes: &[u8]) -> Result<()> {
        match &self.peer {
            Some(peer) => peer.say(bytes),
            None => self.context.out.bytes(bytes),
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        environment::text(name).ok().flatten()
    }

    fn complain(&mut self, error: &Error) {
        self.context.out.error(self.about.as_deref(), error);
    }
}
