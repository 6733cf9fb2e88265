//! Asking the owner: the machine that has the login, and lends an access token of it. What is asked and answered is in `wire.rs`,
//! the token on its way in `lent.rs`.
//!
//! The rule that matters: what is kept here can be lost at any time, and whoever is killed while it asks costs the owner nothing.
//! So nothing is noted before; one run asks, under the claim, and all others find what it got.

pub(crate) mod lent;
pub(crate) mod wire;

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use self::lent::Span;
use self::wire::{Answer, Asked, Fares, Given, Place, Request, Said};
use super::demand::{Demand, Invocation};
use crate::base::clock::{Moment, millis};
use crate::base::digest::sha256_hex;
use crate::base::error::{Code, Error, Result, config, internal, refused};
use crate::base::runner::{self, Call, Ended, Failure, Input};
use crate::base::waiting::What;
use crate::credential::access::{Access, Served};
use crate::credential::issued::Issued;
use crate::credential::outcome::Outcome;
use crate::credential::record::{AttemptEnd, Record};
use crate::credential::state::Credential;
use crate::profile::secret_command::stderr;
use crate::profile::{Profile, RemoteStore};
use crate::store::{Claim, Store, draw_nonce};
use crate::terminal::wording;

/// As for a connection to a vendor.
const LEAST: Duration = Duration::from_secs(1);
/// In bytes, of all that comes back, banners included.
const LARGEST: usize = 512 << 10;
/// Of the time that is left, in tenths: the owner has so much, so that its own words are heard.
const OWNERS_SHARE: u32 = 9;

/// What became of asking.
pub(super) struct Renewed {
    pub(super) issued: Issued,
    /// It is in the journal.
    pub(super) kept: bool,
}

/// `Err`: how it ended is noted, for whoever waits.
pub(super) fn renew(
    invocation: &Invocation<'_>,
    profile: &Profile,
    demand: &Demand,
    store: &mut Store,
    claim: &Claim,
    there: &Credential,
) -> Result<Renewed> {
    let own = there.record().filter(|record| profile.binding.is_as(&record.bound));
    let access = own.and_then(|record| record.access(&profile.audience));
    match receive(invocation, profile, demand, access) {
        Ok(received) => {
            let after = there.changed(|record| keep(record, profile, &received));
            let saved = store.save(claim, &after);
            if let Err(cause) = &saved {
                invocation.out.warn(format!("the token could not be kept on this machine: {cause}"));
            }
            let Received { access, refreshed, .. } = received;
            let access = access.served(profile.token).ok_or_else(|| wording::no_id_token(profile))?;
            let issued = Issued { access, refreshed, logged_in: false };
            Ok(Renewed { issued, kept: saved.is_ok() })
        }
        Err(error) => {
            let outcome = Outcome::Other { code: error.code, words: error.in_one_line() };
            let ended = AttemptEnd { at: Moment::now(), outcome, retry_after: error.retry_after };
            let after = there.changed(|record| record.note_end(&profile.audience, ended));
            if let Err(cause) = store.save(claim, &after) {
                invocation.out.step(&format!("how it ended could not be noted: {cause}"));
            }
            Err(error)
        }
    }
}

/// In the place of what was lent for another vendor or client.
fn keep(record: &mut Record, profile: &Profile, received: &Received) {
    let now = Moment::now();
    if !profile.binding.is_as(&record.bound) {
        *record = Record::first(None, now.clone(), profile.binding.clone());
    }
    record.set_access(&profile.audience, Some(received.access.clone()));
    record.who.clone_from(&received.who);
    record.name = Some(profile.account.clone());
    let ended = AttemptEnd { at: now, outcome: Outcome::Granted, retry_after: None };
    record.note_end(&profile.audience, ended);
}

/// What came of it, as it is kept here.
struct Received {
    access: Access,
    refreshed: bool,
    who: Option<String>,
}

/// `known`: what was lent before.
fn receive(
    invocation: &Invocation<'_>,
    profile: &Profile,
    demand: &Demand,
    known: Option<&Access>,
) -> Result<Received> {
    let ask = if demand.fresh { Asked::Refresh } else { Asked::Token };
    let doubted = known.filter(|access| access.is_ended()).and_then(|access| access.served(profile.token));
    let sent = Moment::now();
    let answer = exchange(invocation, profile, ask, |request| {
        let min_ttl = demand.min_ttl.or(profile.min_ttl);
        request.min_ttl_ms = min_ttl.and_then(|ttl| u64::try_from(ttl.as_millis()).ok());
        request.half_a_life = demand.half_a_life;
        request.doubted = doubted.map(|access| sha256_hex(access.token.expose()));
        request.age_ms = u64::try_from(sent.since(&invocation.started.moment())).unwrap_or(0);
    })?;
    let now = Moment::now();
    let Said::Token(given) = answer.said else { return Err(odd(profile)) };
    let Given { binding, lent, refreshed, who } = *given;
    check_place(profile, &binding)?;
    if !lent.is(profile.token) {
        return Err(odd(profile));
    }
    answer.warnings.iter().for_each(|words| invocation.out.warn(format!("{}: {words}", owner_of(profile))));
    let id = known.and_then(|access| access.id_token.clone()).filter(|_| profile.token == Served::Access);
    let span = Span { sent: &sent, now: &now, held_ms: answer.held_ms };
    Ok(Received { access: lent.received(&span, id), refreshed, who })
}

/// How the login fares there, and the owner's version.
pub(crate) fn fares(invocation: &Invocation<'_>, profile: &Profile) -> Result<(Fares, String)> {
    let answer = exchange(invocation, profile, Asked::Status, |_| {})?;
    let Said::Status(fares) = answer.said else { return Err(odd(profile)) };
    check_place(profile, &fares.binding)?;
    Ok((*fares, answer.tokcli))
}

/// The login is given back there; in the owner's words.
pub(crate) fn log_out(invocation: &Invocation<'_>, profile: &Profile) -> Result<String> {
    let answer = exchange(invocation, profile, Asked::Logout, |_| {})?;
    let Said::LoggedOut { words } = answer.said else { return Err(odd(profile)) };
    Ok(format!("{}: {words}", owner_of(profile)))
}

/// `what` is done where the login is: another machine has no say in it.
pub(crate) fn check_is_here(profile: &Profile, what: &str) -> Result<()> {
    let Some(store) = profile.store.owner() else { return Ok(()) };
    let words = format!(
        "the login of `{}` is another machine's, the owner behind the store `{}`: `{what}` is not passed on to it",
        profile.name, store.name
    );
    Err(refused(words).hint(format!("on the owner: `tokcli {what} --profile {}`", profile.account)))
}

fn owner_of(profile: &Profile) -> String {
    format!("the owner behind the store `{}`", profile.store_name)
}

fn odd(profile: &Profile) -> Error {
    internal(format!("{} answers something that was not asked", owner_of(profile)))
}

/// `Err`: what the owner calls so is another vendor's, or another client's.
fn check_place(profile: &Profile, said: &Place) -> Result<()> {
    let own = Place::of(profile);
    if own.is_as(said) {
        return Ok(());
    }
    Err(misplaced(&profile.account, said, &own, &owner_of(profile)))
}

/// Also for the owner, which looks before it sends.
pub(crate) fn misplaced(name: &str, there: &Place, here: &Place, owner: &str) -> Error {
    let words = format!(
        "{owner} has the profile `{name}` for {}, but whoever asks means {}",
        there.words(),
        here.words()
    );
    refused(words).hint("give both profiles the same addresses and `client_id`; `account` here is what the owner calls its profile")
}

/// One connection. `Err`: the owner was not asked, did not answer, or said why not.
fn exchange(
    invocation: &Invocation<'_>,
    profile: &Profile,
    ask: Asked,
    more: impl FnOnce(&mut Request),
) -> Result<Answer> {
    let owner = profile.store.owner().ok_or_else(|| internal("there is no owner"))?;
    let mut request = Request::new(draw_nonce()?, ask, profile);
    let left = invocation.deadline.saturating_duration_since(Instant::now()).max(LEAST);
    request.deadline_ms = u64::try_from((left / 10 * OWNERS_SHARE).as_millis()).ok();
    more(&mut request);
    invocation.out.step(&format!("asking {}", owner_of(profile)));
    let ended = run(owner, profile, invocation.out.json(), left, &request)?;
    let answer = Answer::find(&ended.output, request.nonce())
        .ok_or_else(|| unanswered(owner, &owner_of(profile), ended.status))?;
    match answer.said {
        Said::Error(failed) => Err(failed.told(&owner_of(profile))),
        _ => Ok(answer),
    }
}

fn run(
    owner: &RemoteStore,
    profile: &Profile,
    silent: bool,
    patience: Duration,
    request: &Request,
) -> Result<Ended> {
    let mut command = Command::new(&owner.command[0]);
    let directory = match owner.directory.as_os_str().is_empty() {
        true => Path::new("."),
        false => &owner.directory,
    };
    command.args(&owner.command[1..]).arg(SERVE_ONCE).current_dir(directory);
    let call = Call {
        input: Some(Input::Bytes(request.to_line()?)),
        hidden: &profile.hidden,
        largest: LARGEST,
        stderr: stderr(silent),
        ..Call::new(What::Owner, patience)
    };
    let program = &owner.command[0];
    runner::run(command, call).map_err(|failure| match failure {
        Failure::NotStarted(why) => config(format!("`stores.{}.command`: `{program}` {why}", owner.name))
            .hint(format!(
                "install `{program}`, or let `command` under [stores.{}] name it by its whole path",
                owner.name
            )),
        Failure::Late(why) => Error::new(Code::Unreachable, format!("{} {why}", owner_of(profile))),
        Failure::Other(why) => {
            Error::new(Code::Unreachable, format!("{} cannot be asked: `{program}` {why}", owner_of(profile)))
        }
    })
}

/// What the program is asked to do there, unless the key that lets it in says so already.
const SERVE_ONCE: &str = "serve-once";

/// By how the program ended: `ssh` has the status of what it ran, or 255.
fn unanswered(owner: &RemoteStore, who: &str, status: ExitStatus) -> Error {
    let (program, name) = (&owner.command[0], &owner.name);
    match status.code() {
        Some(126 | 127) => config(format!(
            "{who} has no `tokcli` that `{program}` could run there ({status})"
        ))
        .hint(format!("install it there, or let `command` under [stores.{name}] name it by its whole path")),
        Some(2) => config(format!("{who} does not know `{SERVE_ONCE}` ({status})"))
            .hint("install the same version of tokcli on both machines"),
        _ => Error::new(Code::Unreachable, format!("{who} gave no answer: `{program}` ended ({status})")),
    }
}

/// How long ago whoever asks began, as a moment of this machine.
pub(crate) fn age_of(request: &Request) -> Duration {
    Duration::from_millis(request.age_ms.min(LONGEST_AGE))
}

/// In milliseconds: nobody waits for a day.
const LONGEST_AGE: u64 = 86_400_000;

/// What another machine asks for, as this one's engine has it.
pub(crate) fn demand(request: &Request) -> Demand {
    Demand {
        fresh: request.ask == Asked::Refresh,
        obey_marks: request.ask == Asked::Token,
        min_ttl: request.min_ttl_ms.map(Duration::from_millis),
        half_a_life: request.half_a_life,
        ..Demand::default()
    }
}

/// In whole seconds from `now`; `at` in milliseconds since 1970.
pub(crate) fn seconds_from(now: &Moment, at: Option<i64>) -> Option<i64> {
    at.map(|at| at.saturating_sub(now.wall_ms).div_euclid(1_000))
}

/// The other way round, in milliseconds since 1970.
pub(crate) fn ends(now: &Moment, left: Option<i64>) -> Option<i64> {
    let of = |left: i64| now.wall_ms.saturating_add(left.saturating_mul(millis(Duration::from_secs(1))));
    left.map(of)
}
