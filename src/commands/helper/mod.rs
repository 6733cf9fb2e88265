//! `tokcli helper NAME`: a program asks for a token in a way of its own (`surface/`), and gets one.

use zeroize::Zeroizing;

use super::audit::{self, Event};
use super::context::{Context, Failure, perhaps_renamed};
use crate::base::clock::Moment;
use crate::base::environment;
use crate::base::error::{Error, Result, refused};
use crate::profile::configuration::Profiles;
use crate::session::demand::Demand;
use crate::session::refresh;
use crate::surface::{Caller, Handed, Wanted, git};
use crate::terminal::arguments::HelperCommand;
use crate::terminal::input;

pub(super) fn run(context: &Context<'_>, args: &HelperCommand) -> std::result::Result<u8, Failure> {
    let profiles = context.profiles().map_err(|error| (None, error))?;
    let mut call = Call { context, profiles: &profiles, about: None };
    let served = match args {
        HelperCommand::Git { action, username } => git::serve(&mut call, action, username.as_deref()),
    };
    served.map(|()| 0).map_err(|error| (call.about, error))
}

/// One call of a program.
struct Call<'a> {
    context: &'a Context<'a>,
    profiles: &'a Profiles,
    /// The profile that it came to be about.
    about: Option<String>,
}

impl Call<'_> {
    /// `None`: none is for the address that is asked for.
    fn profile(&self, wanted: &Wanted<'_>) -> Result<Option<String>> {
        let global = self.context.global;
        match wanted.address {
            None => self.profiles.choose(global.asked_profile()?).map(Some),
            // One that is named opens no place that it is not for.
            Some(address) => {
                let only = global.profile.as_deref().map(|name| self.profiles.choose(Some(name.to_owned())));
                let preferred = global.asked_profile()?;
                self.profiles.addressed(address, only.transpose()?.as_deref(), preferred.as_deref())
            }
        }
    }

    fn handed(&self, name: &str, wanted: &Wanted<'_>) -> Result<Handed> {
        let (context, all) = (self.context, self.profiles);
        let profile = all.get(name).and_then(|profile| context.placed(all, profile))?;
        let demand = Demand { fresh: wanted.fresh, obey_marks: true, ..Demand::default() };
        let (issued, _) = refresh::obtain(&context.invocation, &profile, &demand)
            .map_err(|error| perhaps_renamed(error, all, &profile))?;
        if issued.refreshed {
            audit::note(context.out, all, &profile, &Event::gained(&issued));
        }
        audit::note(context.out, all, &profile, &Event::Issued);
        Handed::of(name, &issued.access, &Moment::now())
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
            audit::note_of(self.context.out, self.profiles, &name, None, &Event::Refused(error));
        }
        handed.map(Some)
    }

    fn doubt(&mut self, _: &Wanted<'_>, _: &str) -> Result<()> {
        Ok(())
    }

    fn print(&mut self, bytes: &[u8]) -> Result<()> {
        self.context.out.bytes(bytes)
    }

    fn variable(&self, name: &str) -> Option<String> {
        environment::text(name).ok().flatten()
    }

    fn complain(&mut self, error: &Error) {
        self.context.out.error(self.about.as_deref(), error);
    }
}
