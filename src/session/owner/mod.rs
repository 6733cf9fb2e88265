//! Asking the owner: the machine that has the login, and lends an access token of it. What is asked and answered is in `wire.rs`,
//! the token on its way in `lent.rs`.
//!
//! The rule that matters: what is kept here can be lost at any time, and whoever is killed while it asks costs the owner nothing.
//! So nothing is noted before; one run asks, under the claim, and all others find what it got.

mod connection;
pub(crate) mod lent;
pub(crate) mod wire;

use std::time::Duration;

pub(crate) use self::connection::looked_into_by;
use self::connection::{exchange, owner_of};
use self::lent::Span;
use self::wire::fit::words as fit;
use self::wire::{Asked, Fares, Given, Place, Request, Said};
use super::demand::{Demand, Invocation};
use super::freshness::{TtlCut, serves};
use crate::base::clock::{Moment, millis};
use crate::base::digest::sha256_hex;
use crate::base::error::{Code, Error, Result, damaged, refused};
use crate::credential::access::{Access, Served};
use crate::credential::issued::Issued;
use crate::credential::outcome::Outcome;
use crate::credential::record::{AttemptEnd, Record};
use crate::credential::state::Credential;
use crate::profile::Profile;
use crate::store::{Claim, Store};
use crate::terminal::wording;

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
            let ended =
                AttemptEnd { at: Moment::now(), outcome, retry_after: error.retry_after, client: None };
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
    let ended = AttemptEnd { at: now, outcome: Outcome::Granted, retry_after: None, client: None };
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
    let id = known.and_then(|access| access.id_token.clone()).filter(|_| profile.token == Served::Access);
    let access = lent.received(&Span { sent: &sent, now: &now, held_ms: answer.held_ms }, id);
    let short = shortness(profile, demand, &access, &now)?;
    let others = answer.warnings.iter().filter(|words| Some(*words) != short.as_ref());
    others.for_each(|words| invocation.out.warn(format!("{}: {words}", owner_of(profile))));
    short.into_iter().for_each(|words| invocation.out.warn(words));
    Ok(Received { access, refreshed, who })
}

/// What is to be said of a token that lives shorter than was asked for. `Err`: it was over before it came, and is nobody's.
fn shortness(profile: &Profile, demand: &Demand, access: &Access, now: &Moment) -> Result<Option<String>> {
    let served = access.served(profile.token);
    let left = served.as_ref().and_then(|served| Some((served, served.remaining(now)?)));
    let Some((served, left)) = left else {
        let words = format!("the token that {} lent had already expired when it came", owner_of(profile));
        return Err(Error::new(Code::Unavailable, words));
    };
    let asked = demand.min_ttl.or(profile.min_ttl).is_some() && !demand.fresh;
    let words = || {
        format!(
            "the token that {} lent ends in {} s, sooner than was asked for",
            owner_of(profile),
            left / 1_000
        )
    };
    Ok(match serves(demand, profile.min_ttl, served, now) {
        _ if !asked => None,
        Some(cut) => cut.map(TtlCut::words),
        None => Some(words()),
    })
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

fn odd(profile: &Profile) -> Error {
    damaged(format!("{} answered something that was not asked", owner_of(profile)))
        .hint("install the same version of tokcli on both machines")
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
        "{owner} has the profile `{name}` for {}, but this machine means {}",
        fit(&there.words()),
        fit(&here.words())
    );
    refused(words).hint("give both profiles the same addresses and `client_id`; `account` here is what the owner calls its profile")
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
