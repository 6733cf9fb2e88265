//! `tokcli serve-once`: one request of another machine, answered on standard output. Whoever may ask is decided by whoever
//! starts this, such as a key in `authorized_keys`; for what, by `--profiles` and `--allow`.
//!
//! The rules that matter: nobody learns of a profile that is not served to them, whether it is there or not; and whatever is
//! found out before the caller's number is known is told on stderr alone.

use std::time::{Duration, Instant};

use super::audit::{self, Event};
use super::context::{Context, Failure, Looks};
use super::logout;
use super::status::line::{line, logged_in};
use crate::base::clock::Moment;
use crate::base::digest::sha256_hex;
use crate::base::error::{Code, Error, Result, config, refused};
use crate::credential::access::{Access, Served};
use crate::credential::state::Credential;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::demand::Invocation;
use crate::session::owner::lent::Lent;
use crate::session::owner::wire::{
    Answer, Asked, Failed, Fares, Given, LARGEST, Place, Request, Said, Unread,
};
use crate::session::{doubt, owner, refresh};
use crate::store::{Look, Store};
use crate::terminal::arguments::{Allowed, ServeOnce};
use crate::terminal::input;

/// The other machine has it ready.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn run(context: &Context<'_>, args: &ServeOnce) -> std::result::Result<u8, Failure> {
    let left = context.invocation.deadline.saturating_duration_since(Instant::now());
    let line = input::request(LARGEST, PATIENCE.min(left));
    let line = line.map_err(|why| (None, Error::new(Code::Usage, why).hint(ASKED)))?;
    let begun = Instant::now();
    match Request::read(&line) {
        Ok(request) => answer(context, args, &request, begun),
        Err(Unread { nonce: Some(nonce), error }) => {
            let failed = Said::Error(Failed::of(&error));
            print(context, &Answer::new(0, Vec::new(), failed), &nonce)?;
            Ok(error.code.exit())
        }
        Err(Unread { nonce: None, error }) => Err((None, error.hint(ASKED))),
    }
}

const ASKED: &str = "a profile in a store of kind `remote`, on another machine, sends one";

fn answer(
    context: &Context<'_>,
    args: &ServeOnce,
    request: &Request,
    begun: Instant,
) -> std::result::Result<u8, Failure> {
    let out = context.out.for_another_machine();
    let waits = request.deadline_ms.and_then(|ms| Instant::now().checked_add(Duration::from_millis(ms)));
    let deadline = context.invocation.deadline;
    let invocation = Invocation {
        out: &out,
        started: context.invocation.started.before(owner::age_of(request)),
        deadline: waits.map_or(deadline, |waits| waits.min(deadline)),
        ..context.invocation
    };
    let served = Context { global: context.global, out: &out, invocation };
    let said = said(&served, args, request);
    let held = u64::try_from(begun.elapsed().as_millis()).unwrap_or(0);
    let exit = said.as_ref().map_or_else(|error| error.code.exit(), |_| 0);
    let said = said.unwrap_or_else(|error| Said::Error(Failed::of(&error)));
    print(context, &Answer::new(held, out.take_warnings(), said), request.nonce())?;
    Ok(exit)
}

fn print(context: &Context<'_>, answer: &Answer, nonce: &str) -> std::result::Result<(), Failure> {
    let printed = answer.framed(nonce).and_then(|bytes| context.out.bytes(&bytes));
    printed.map_err(|error| (None, error))
}

fn said(served: &Context<'_>, args: &ServeOnce, request: &Request) -> Result<Said> {
    let name = request.profile.as_str();
    if args.profiles.as_ref().is_some_and(|all| !all.iter().any(|one| one == name)) {
        return Err(unserved(name));
    }
    // What is wrong with the whole may name what is not served.
    let profiles = served
        .profiles()
        .map_err(|_| config("its configuration cannot be read").hint("`tokcli config check` says why"))?;
    if !profiles.has(name) {
        return Err(unserved(name));
    }
    let looks = if request.ask == Asked::Logout { Looks::Later } else { Looks::AtOnce };
    let profile = served.profile(&profiles, name, looks);
    let mut profile = profile.map_err(|_| {
        config(format!("its profile `{name}` has a mistake")).hint("`tokcli config check` says which")
    })?;
    profile.token = request.token;
    let said = done(served, args, request, &profiles, &profile);
    if let Err(error) = &said {
        audit::note_of(served.out, &profiles, name, Some(&profile), &Event::Refused(error));
    }
    said
}

fn done(
    served: &Context<'_>,
    args: &ServeOnce,
    request: &Request,
    all: &Profiles,
    profile: &Profile,
) -> Result<Said> {
    check(request, profile)?;
    match request.ask {
        Asked::Token | Asked::Refresh => lend(served, all, profile, request),
        Asked::Status => Ok(Said::Status(Box::new(fares(served, all, profile)))),
        Asked::Logout if args.allow != Some(Allowed::Logout) => {
            let words = "it does not log out for another machine";
            Err(refused(words).hint(format!(
                "`tokcli logout --profile {}`; `serve-once --allow logout` would permit it",
                profile.name
            )))
        }
        Asked::Logout => logout::for_another(served, all, profile).map(|words| Said::LoggedOut { words }),
    }
}

/// One word for what is not served and for what is not there.
fn unserved(name: &str) -> Error {
    refused(format!("it serves no profile `{name}` to this machine")).hint(format!(
        "`{name}` must be a profile there, and in `--profiles` of its `serve-once`, if that is given; the `account` of a profile here is its name there"
    ))
}

/// Before anything is sent.
fn check(request: &Request, profile: &Profile) -> Result<()> {
    let here = Place::of(profile);
    if !request.binding.is_as(&here) {
        return Err(owner::misplaced(&profile.name, &here, &request.binding, "it"));
    }
    let own = profile.told_audience.as_str();
    if request.audience != own && matches!(request.ask, Asked::Token | Asked::Refresh) {
        let words = format!(
            "its profile `{}` asks for `{own}`, but this machine wants `{}`",
            profile.name, request.audience
        );
        return Err(refused(words).hint("a profile for that too, which is served under its own name"));
    }
    Ok(())
}

fn lend(served: &Context<'_>, all: &Profiles, profile: &Profile, request: &Request) -> Result<Said> {
    let doubted = request.doubted.as_ref().and_then(|digest| {
        let there = look(served, profile)?;
        let access = there.record()?.access(&profile.audience)?.served(profile.token)?;
        (sha256_hex(access.token.expose()) == *digest).then_some(access)
    });
    if let Some(access) = doubted {
        doubt::doubt(&served.invocation, profile, access.token.expose())?;
    }
    let (issued, _) = refresh::obtain(&served.invocation, all, profile, &owner::demand(request))?;
    served.note(all, profile, &issued);
    let now = Moment::now();
    let there = look(served, profile);
    let record = there.as_ref().and_then(Credential::record);
    let beside = record.and_then(|record| record.access(&profile.audience)?.served(Served::Access));
    let (access, id): (Option<&Access>, Option<&Access>) = match profile.token {
        Served::Access => (Some(&issued.access), None),
        // The access token that it came with, if it is still good for anything.
        Served::Id => {
            (beside.as_ref().filter(|access| access.remaining(&now).is_some()), Some(&issued.access))
        }
    };
    let lent = Lent::of(access, id, &now).ok_or_else(|| unserved(&profile.name))?;
    let who = record.and_then(logged_in);
    let refreshed = issued.refreshed;
    Ok(Said::Token(Box::new(Given { binding: Place::of(profile), lent, refreshed, who })))
}

fn look(served: &Context<'_>, profile: &Profile) -> Option<Credential> {
    match Store::open(profile, true).and_then(|mut store| store.look()) {
        Ok(Look::Settled(there, _) | Look::Unsettled(Some(there))) => Some(*there),
        Ok(_) => None,
        Err(error) => {
            served.out.step(&format!("the store cannot be looked into: {error}"));
            None
        }
    }
}

fn fares(served: &Context<'_>, all: &Profiles, profile: &Profile) -> Fares {
    let now = Moment::now();
    let line = line(served, all, &profile.name);
    let left = |at| owner::seconds_from(&now, at);
    Fares {
        binding: Place::of(profile),
        state: line.state().to_owned(),
        needs_person: line.needs_person,
        trouble: line.trouble.as_ref().map(ToString::to_string),
        expires_in: left(line.access_ends),
        refresh_expires_in: left(line.refresh_ends),
        dies_in: left(line.dies),
        who: line.who,
    }
}
