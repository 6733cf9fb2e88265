//! Logging in by itself, where the profile says so and nobody has to do anything: when a login died, and when there is none
//! yet. Once for each death of a login, so that wrong secrets are not tried again and again.
//!
//! The rule that matters: that it is tried is noted with the intent, before the first byte. What certainly did not go out has
//! not been tried. Whatever the vendor answers uses the try up, unless it says that it looked at nothing: then everybody
//! waits, longer each time, for some vendors say so of a wrong password.

use super::claim;
use super::demand::{Demand, Invocation};
use super::issuer;
use super::login::standing::{Standing, standing};
use super::login::{self, ways};
use super::stored_secrets;
use crate::base::error::{Code, Error, Result, refused};
use crate::credential::issued::Issued;
use crate::credential::state::Credential;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::store::Store;
use crate::terminal::login_line::LoginLine;
use crate::terminal::wording::login::{self as wording, Tried};

/// What came of looking whether to log in.
pub(super) enum Again {
    LoggedIn(Issued),
    /// Nothing was tried now: the error for which it would have been, and what came of the one try, if there was one.
    Not(Error),
}

/// `Err`: it was tried, and did not help.
pub(super) fn again(
    invocation: &Invocation<'_>,
    all: &Profiles,
    profile: &Profile,
    wanted: &Demand,
    error: Error,
) -> Result<Again> {
    // The profile does not say so, or no login goes without a person.
    let Some(grant) = grant(profile)? else { return Ok(Again::Not(error)) };
    // Before any secret is read.
    let there = {
        let mut store = Store::open(profile, invocation.out.json())?;
        let claim = claim::of_credential(invocation, profile, &store)?;
        store.load(&claim)?
    };
    match standing(invocation, profile, wanted, &there)? {
        Standing::Alive(issued) => return Ok(Again::LoggedIn(issued)),
        Standing::NoReason => return Ok(Again::Not(tried(profile, grant, &there, error))),
        Standing::Wanted => {}
    }
    let found = match &profile.issuer {
        Some(issuer) if profile.awaits_discovery() => {
            Some(introduced(invocation, all, profile, issuer, grant)?)
        }
        _ => None,
    };
    invocation.out.step(&format!("not logged in; logging in by `{grant}`"));
    login::by_itself(invocation, found.as_ref().unwrap_or(profile), grant, wanted).map(Again::LoggedIn)
}

/// With the addresses of the server that the profile names alone. Nobody is there to agree to more than that server itself.
fn introduced(
    invocation: &Invocation<'_>,
    all: &Profiles,
    profile: &Profile,
    issuer: &str,
    grant: &str,
) -> Result<Profile> {
    let server = issuer::server(invocation, profile, issuer)?;
    let name = &profile.name;
    let placed = all.with_addresses(profile, &issuer::pin(&server, profile))?;
    if ways::unattended_at(&placed, Some(&server))? != Some(grant) {
        let words = format!("`{issuer}` does not offer the login `{grant}`, so there is no automatic login");
        let hint = format!("`relogin = \"{grant}\"` under [profiles.{name}] asks for it all the same");
        return Err(Error::new(Code::LoginRequired, words).hint(hint));
    }
    let new = issuer::new_origins(&server.pinned, None);
    if !new.is_empty() {
        let words = format!(
            "`{issuer}` leads to {}, and an automatic login sends nothing to an address that nobody has confirmed",
            new.join(", ")
        );
        return Err(refused(words).hint(format!(
            "if that is right, `tokcli login --yes --profile {name}` confirms it; with `token_url` under [profiles.{name}] nothing needs to be confirmed"
        )));
    }
    Ok(placed)
}

fn tried(profile: &Profile, grant: &str, there: &Credential, error: Error) -> Error {
    let there = there.clone().without_login();
    let record = there.record().filter(|record| record.relogin_tried);
    match record.zip(profile.login(grant).ok()) {
        Some((record, (_, flow))) => {
            let again = LoginLine::plain(&profile.name);
            let tried = Tried { profile, flow, again: &again, typed: false };
            wording::tried_by_itself(&error, record.relogin_ended.as_ref(), &tried)
        }
        None => error,
    }
}

/// Whether a login by itself has all that it takes. `None`: none is given once no login lives.
pub(crate) fn prospect(
    invocation: &Invocation<'_>,
    profile: &Profile,
    there: Option<&Credential>,
) -> Option<Result<()>> {
    may_come(profile, there).then(|| stored_secrets::check_login(invocation, profile))
}

fn grant(profile: &Profile) -> Result<Option<&str>> {
    if profile.store.owner().is_some() { Ok(None) } else { ways::unattended(profile) }
}

fn may_come(profile: &Profile, there: Option<&Credential>) -> bool {
    let untried = |there: &Credential| {
        !there.has_unread_answers() && there.record().is_none_or(|record| !record.relogin_tried)
    };
    there.is_none_or(untried) && grant(profile).is_ok_and(|grant| grant.is_some())
}
