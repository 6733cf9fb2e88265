//! The logins: what is kept of each, whether it can be read, and whether it lives.

use std::collections::BTreeSet;

use super::finding::{Found, about};
use super::owner;
use super::scope::Scope;
use crate::base::clock::Moment;
use crate::base::error::Code;
use crate::commands::context::perhaps_renamed;
use crate::commands::status::line::{Line, instant, line};
use crate::credential::outlook::Condition;
use crate::credential::reading::{LifetimeKind, RenewsWith};
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::store::{credential_id, is_busy};
use crate::terminal::finding::Finding;
use crate::terminal::wording;

/// What ends later is nobody's care yet, in milliseconds.
const NEAR: i64 = 7 * 86_400_000;

/// `closed`: stores whose key is not to be had.
pub(super) fn check(scope: &Scope<'_>, closed: &BTreeSet<String>, found: &mut Found) {
    let (Some(profiles), Some(_)) = (&scope.profiles, &scope.state) else { return };
    for profile in scope.asked.iter().filter(|profile| !closed.contains(&profile.store_name)) {
        let line = line(scope.context, profiles, &profile.name);
        found.extend(trouble(profile, &line));
        if scope.store.is_none() && line.condition.is_some() {
            found.extend(unread(profile, &line));
            found.extend(unsaved(scope, profile, &line));
            let fares = fares(scope, profiles, profile, &line, found);
            found.extend(fares);
        }
    }
}

fn trouble(profile: &Profile, line: &Line) -> Option<Finding> {
    let error = line.trouble.as_ref()?;
    let check = match error.code {
        Code::StoreDamaged | Code::StoreUnavailable | Code::StoreLocked => "credential",
        Code::Refused => "binding",
        Code::Config => "secret_source",
        _ => "login",
    };
    let name = &profile.name;
    Some(about(check, name, error, || format!("`tokcli recover --profile {name}` shows what is kept of it")))
}

fn unread(profile: &Profile, line: &Line) -> Option<Finding> {
    let words = format!("an answer of the vendor could not be read and is kept ({})", line.unread.join("; "));
    let mend = wording::unread_hint(&profile.name);
    (!line.unread.is_empty()).then(|| Finding::new("unread_answer", words, mend).about(&profile.name))
}

/// The store did not take it, or the run was ended before that.
fn unsaved(scope: &Scope<'_>, profile: &Profile, line: &Line) -> Option<Finding> {
    let open = line.condition == Some(Condition::Uncertain);
    if !line.unsaved || open || is_busy(scope.state.as_ref()?, &credential_id(profile)) {
        return None;
    }
    let (name, store) = (&profile.name, &profile.store_name);
    let words = format!(
        "what the vendor last gave `{name}` is only in the journal of this machine: the store `{store}` has not taken it"
    );
    let mend = format!("`tokcli recover --profile {name}` brings it there, or says why not");
    Some(Finding::new("credential", words, mend).about(name))
}

fn fares(
    scope: &Scope<'_>,
    profiles: &Profiles,
    profile: &Profile,
    line: &Line,
    found: &Found,
) -> Option<Finding> {
    // It is kept alive where the copy is.
    if line.exported.is_some() {
        return None;
    }
    if let Some(at) = line.said_before {
        // Whoever is asked says it anew.
        return (!scope.online).then(|| owner::said_before(profile, at));
    }
    let name = &profile.name;
    let of = |check, words: String, mend: String| Some(Finding::new(check, words, mend).about(name));
    match line.condition? {
        Condition::Uncertain if line.unread.is_empty() => {
            let busy = scope.state.as_ref().is_some_and(|state| is_busy(state, &credential_id(profile)));
            if busy { None } else { uncertain(profile, line) }
        }
        Condition::Uncertain => None,
        Condition::ClientRejected => {
            of("client", format!("the vendor rejected the client of `{name}`"), wording::client_hint(profile))
        }
        Condition::LoginRequired => {
            of("login", format!("the vendor refused the login of `{name}`"), wording::login_hint(profile))
        }
        Condition::None if line.needs_person && found.explains_no_login(profile) => None,
        Condition::None if line.needs_person => {
            let error = perhaps_renamed(wording::no_credential(profile), profiles, profile);
            Some(about("login", name, &error, || wording::login_hint(profile)))
        }
        Condition::Expired => {
            let when = instant(line.dies).map(|at| format!(" at {at}")).unwrap_or_default();
            of("login", format!("the login of `{name}` has ended{when}"), wording::login_hint(profile))
        }
        Condition::Valid | Condition::Ready | Condition::None => ends_soon(profile, line),
    }
}

fn uncertain(profile: &Profile, line: &Line) -> Option<Finding> {
    let name = &profile.name;
    if let Some(holder) = line.holder.as_ref().filter(|holder| !holder.is_here) {
        if holder.is_at_work() {
            return None;
        }
        let error = wording::held_by_another_machine(&holder.machine, holder.age, profile);
        return Some(about("open_attempt", name, &error, || wording::used_up_hint(profile)));
    }
    let (words, mend) = match (line.answered, line.needs_person) {
        (true, _) => (
            format!("an answer of the vendor to `{name}` is kept, and has not been looked into yet"),
            format!("`tokcli refresh --profile {name}` reads it"),
        ),
        (false, false) => (
            format!("a request of `{name}` was sent, and how it ended is not known"),
            format!("`tokcli refresh --profile {name}` asks again, once a minute has passed since"),
        ),
        (false, true) => (
            format!(
                "a request of `{name}` was sent, how it ended is not known, and it is not sent again automatically"
            ),
            wording::used_up_hint(profile),
        ),
    };
    Some(Finding::new("open_attempt", words, mend).about(name))
}

/// Of a life that is more than half over, and whose end is near: whoever uses it has renewed it before.
fn ends_soon(profile: &Profile, line: &Line) -> Option<Finding> {
    let (dies, begun, now) = (line.dies?, line.begun?, Moment::now().wall_ms);
    let left = dies.saturating_sub(now);
    if left > NEAR || left > dies.saturating_sub(begun) / 2 {
        return None;
    }
    let (name, at) = (&profile.name, instant(line.dies)?);
    let renewable = line.refreshes
        && (profile.dialect.refresh_lifetime_kind != LifetimeKind::Absolute
            || profile.renews_with() == RenewsWith::AccessToken);
    let (words, mend) = match renewable {
        true => (
            format!("the login of `{name}` ends at {at} unless it is refreshed before then"),
            format!("tokcli refresh --profile {name}"),
        ),
        false => (
            format!("the login of `{name}` ends at {at}, and no refresh extends it"),
            wording::login_hint(profile),
        ),
    };
    Some(Finding::new("login_ends", words, mend).about(name))
}
