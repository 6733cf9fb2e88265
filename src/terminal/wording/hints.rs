//! The ways out of what went wrong, each for this profile.

use std::time::Duration;

use super::time;
use crate::base::error::{Code, Error};
use crate::credential::outcome::{AfterUnreadable, HOLDS, Next, Outcome, Said};
use crate::credential::reading::RenewsWith;
use crate::profile::Profile;

pub(super) fn hint(outcome: &Outcome, code: Code, profile: &Profile) -> Option<String> {
    match (outcome, code) {
        (Outcome::Unreadable { held, then, .. }, _) => {
            let mend = match then {
                AfterUnreadable::Waits => {
                    let name = &profile.name;
                    format!(
                        "; correct the dialect and `tokcli recover --profile {name}` reads it, or give it up with `tokcli recover --discard-answers --profile {name}`, or {}",
                        log_in_anew(profile)
                    )
                }
                AfterUnreadable::Rotated | AfterUnreadable::AsksAgain => String::new(),
            };
            let dialect = &profile.dialect_name;
            let held = if held.is_empty() { "nothing that has a name" } else { held };
            Some(format!("it holds {held}; if it is a refusal, the dialect `{dialect}` should list it{mend}"))
        }
        (Outcome::Unclear { next: Next::Nothing, .. }, _) => Some(used_up_hint(profile)),
        (Outcome::Refused { said, .. }, Code::RequestRejected | Code::Unavailable)
            if NOTHING_THERE.contains(&said.status) =>
        {
            Some(address_hint(profile))
        }
        // In whose words its hint stands already.
        _ if profile.store.owner().is_some() => None,
        (_, Code::LoginRequired) => Some(login_hint(profile)),
        (_, Code::ClientRejected) => Some(client_hint(profile)),
        (Outcome::Refused { said, .. }, Code::RequestRejected) if is_redirect(said) => {
            let name = &profile.name;
            if profile.is_discovered() {
                return Some(rebind_hint(profile));
            }
            Some(format!(
                "if the vendor has moved there for good, `token_url` under [profiles.{name}] can say so"
            ))
        }
        (Outcome::Refused { said, .. }, Code::RequestRejected) if holds_words(said) => Some(format!(
            "if one of these says why, the dialect `{}` can name it in `words`, and list it in `refusals`",
            profile.dialect_name
        )),
        (_, Code::RequestRejected) => {
            Some(format!("`tokcli refresh --profile {} --dry-run` shows what is sent", profile.name))
        }
        _ => None,
    }
}

/// Not found, method not allowed, gone.
const NOTHING_THERE: [u16; 3] = [404, 405, 410];

/// Nobody refreshes tokens there. Servers say where, by OpenID Connect Discovery or RFC 8414.
fn address_hint(profile: &Profile) -> String {
    let (name, origin) = (&profile.name, profile.binding.origins.last().map_or("", String::as_str));
    if profile.is_discovered() {
        return rebind_hint(profile);
    }
    if profile.has_token_url() {
        format!(
            "compare `token_url` under [profiles.{name}] with the `token_endpoint` at {origin}/.well-known/openid-configuration, or at {origin}/.well-known/oauth-authorization-server (RFC 8414)"
        )
    } else if profile.has_base_url() {
        format!(
            "check `base_url` under [profiles.{name}]; `tokcli refresh --profile {name} --dry-run` shows the whole address"
        )
    } else {
        format!("`tokcli refresh --profile {name} --dry-run` shows what is sent, and where")
    }
}

/// Where the server itself said it.
fn rebind_hint(profile: &Profile) -> String {
    format!(
        "`tokcli rebind --profile {}` asks the issuer where its addresses are now, and shows what has changed",
        profile.name
    )
}

/// The words are made of its `Location`.
fn is_redirect(said: &Said) -> bool {
    (300..400).contains(&said.status)
        && said.words.as_deref().is_some_and(|words| words.starts_with("redirects to "))
}

fn holds_words(said: &Said) -> bool {
    said.words.as_deref().is_some_and(|words| words.starts_with(HOLDS))
}

pub(crate) fn login_hint(profile: &Profile) -> String {
    if profile.store.owner().is_some() {
        return format!("on the owner, `tokcli login --profile {}` logs in again", profile.account);
    }
    let what = match profile.renews_with() {
        // Nothing is imported, and nobody logs in.
        RenewsWith::Client => return client_hint(profile),
        _ if profile.needs_access_token() => "its whole answer",
        RenewsWith::RefreshToken => "the new refresh token",
        RenewsWith::AccessToken => "the new access token",
    };
    if profile.can_log_in() {
        return format!("`tokcli login --profile {}` logs in again", profile.name);
    }
    format!("log in at the vendor and give {what} to {}", import(profile, false))
}

/// Whatever the vendor may have rejected, and how to ask again.
pub(crate) fn client_hint(profile: &Profile) -> String {
    let id = profile.binding.client_id.as_ref().map(|_| "client_id");
    let named = profile.secret.iter().map(|(name, _)| name.as_str());
    let keys: Vec<String> = id.into_iter().chain(named).map(str::to_owned).collect();
    format!("{}; `tokcli refresh --profile {}` asks again", check(profile, &keys), profile.name)
}

/// What the vendor may have rejected. No `keys`: what it knows of the account.
pub(super) fn check(profile: &Profile, keys: &[String]) -> String {
    let name = &profile.name;
    let what = match keys.is_empty() {
        true => "the account or its subscription at the vendor".to_owned(),
        false => {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            format!("{} under [profiles.{name}]", keys.join(", "))
        }
    };
    let mut stored = profile.stored_keys().filter(|stored| keys.iter().any(|key| key == stored));
    let stored = stored.next().map(|only| if stored.next().is_some() { "NAME" } else { only });
    let stored = stored
        .map(|key| format!("; `tokcli secret set {key} --profile {name}` replaces what the store keeps"));
    format!("check {what}{}", stored.unwrap_or_default())
}

/// A refusal that may come of how Basic is encoded.
pub(crate) fn hinting_at_plain_basic(mut error: Error) -> Error {
    if matches!(error.code, Code::ClientRejected | Code::RequestRejected) {
        let plain = "the client's id or secret holds characters that Basic form-encodes (RFC 6749 section 2.3.1); for a server that does not decode them, set `client_auth = \"client_secret_basic_plain\"`";
        error.hint =
            Some(error.hint.iter().map(String::as_str).chain([plain]).collect::<Vec<_>>().join("; "));
    }
    error
}

pub(crate) fn used_up_hint(profile: &Profile) -> String {
    format!(
        "{}, or risk one more request with `tokcli refresh --force-replay --profile {}`",
        log_in_anew(profile),
        profile.name
    )
}

/// A machine that shares the credential has sent its refresh token, and nobody else knows how that ended.
pub(crate) fn held_by_another_machine(holder: &str, age: Duration, profile: &Profile) -> Error {
    let words = format!(
        "the machine `{holder}` sent the refresh token {} ago, and its journal may hold the answer",
        time::words_of(age)
    );
    let name = &profile.name;
    let way = match profile.store.name_here().is_some_and(|here| here == holder) {
        true => format!(
            "this machine is called `{holder}` too, and its journal knows nothing of that: the other one may be this one before it lost its state directory, or one with the same name, which `machine` in the store sets"
        ),
        false => format!("run `tokcli refresh --profile {name}` on `{holder}`"),
    };
    Error::new(Code::NoAnswer, words).hint(format!(
        "{way}; if it is gone for good, `tokcli refresh --takeover=replay --profile {name}` goes on without it"
    ))
}

/// In the place of what is there.
fn log_in_anew(profile: &Profile) -> String {
    match profile.can_log_in() {
        true => format!("log in again with `tokcli login --replace --profile {}`", profile.name),
        false => format!("log in again and {}", import(profile, true)),
    }
}

/// The command that takes a new login of this profile.
pub(super) fn import(profile: &Profile, replace: bool) -> String {
    import_line(profile, false, replace)
}

/// The same of a whole `answer`, although the refresh token would be enough.
pub(crate) fn import_line(profile: &Profile, answer: bool, replace: bool) -> String {
    let answer = if answer || profile.needs_access_token() { "--answer " } else { "" };
    let replace = if replace { "--replace " } else { "" };
    format!("`tokcli import {answer}{replace}--profile {}`", profile.name)
}

pub(crate) fn unread_hint(profile: &str) -> String {
    format!(
        "`tokcli recover --profile {profile}` reads what the dialect can read now, and `--discard-answers` with it gives the rest up"
    )
}

/// How to bring what was got elsewhere.
pub(crate) fn import_hint(profile: &Profile) -> String {
    format!("{} imports a refresh token that was obtained elsewhere", import(profile, false))
}
