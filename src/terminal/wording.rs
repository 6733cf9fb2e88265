//! The words for how an attempt ended, and the way out of it. Outcomes are data until they come here.

use crate::base::error::{Code, Error};
use crate::credential::outcome::{Next, Outcome, Said, Then};
use crate::credential::reading::{RefusalKind, RenewsWith};
use crate::credential::record::Mark;
use crate::profile::Profile;

/// `retry_after`: whole seconds from now.
pub(crate) fn error(outcome: &Outcome, retry_after: Option<u64>, profile: &Profile) -> Error {
    told(outcome, message(outcome), retry_after, profile)
}

fn told(outcome: &Outcome, words: String, retry_after: Option<u64>, profile: &Profile) -> Error {
    let code = outcome.code().unwrap_or(Code::Internal);
    let mut error = Error::new(code, words);
    error.retry_after = retry_after;
    match hint(outcome, code, profile) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// What a mark says, to whoever would ask the same again.
pub(crate) fn remembered(mark: &Mark, profile: &Profile) -> Error {
    let words = format!("remembered from the last request: {}", message(&mark.outcome));
    told(&mark.outcome, words, None, profile)
}

fn message(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Granted => "what was asked for was given".to_owned(),
        Outcome::Refused { kind, said } => format!("{}{}", refusal(*kind), shown(said)),
        Outcome::OtherAtHand => {
            "the vendor refused the refresh token, but another one is at hand; the next run uses it".to_owned()
        }
        Outcome::Unreadable { looked_for, said, then, .. } => {
            format!("the answer holds no {looked_for}{}; {}", shown(said), unreadable(*then))
        }
        Outcome::Salvaged => {
            "the answer is not whole, but its new refresh token is, and is kept; the next run refreshes with it"
                .to_owned()
        }
        Outcome::Unclear { why, next } => {
            format!("{why}; whether the refresh token was used is not known; {}", follows(*next))
        }
        Outcome::NothingSpent { why } => format!("{why}; nothing was spent"),
        Outcome::Other { words, .. } => words.clone(),
    }
}

fn refusal(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::RateLimited => "the vendor limits how often it is asked",
        RefusalKind::Unavailable => "the vendor is not available now",
        RefusalKind::RequestRejected => "the vendor rejected the request",
        RefusalKind::ClientRejected => "the vendor rejected the client",
        RefusalKind::NoAnswer => "the outcome is not known",
        RefusalKind::LoginRequired => "the vendor refused the refresh token, a person must log in again",
    }
}

/// ` (status 400: invalid_grant)`
fn shown(said: &Said) -> String {
    match &said.words {
        Some(words) => format!(" (status {}: {words})", said.status),
        None => format!(" (status {})", said.status),
    }
}

fn unreadable(then: Then) -> &'static str {
    match then {
        Then::Rotated => "its new refresh token is kept, and the next run refreshes with it",
        Then::AsksAgain => "nothing was spent, and the next run asks again",
        Then::Waits => "the answer is kept sealed, and nothing is sent until it can be read",
    }
}

fn follows(next: Next) -> String {
    match next {
        Next::AsksAgain => "the next run asks again".to_owned(),
        Next::OnceWithinGrace(after) => {
            format!("a run after {} s, within the grace, asks once more", after.as_secs())
        }
        Next::Once(after) => format!("a run after {} s asks once more", after.as_secs()),
        Next::Nothing => "nothing more is sent by itself".to_owned(),
    }
}

fn hint(outcome: &Outcome, code: Code, profile: &Profile) -> Option<String> {
    match (outcome, code) {
        (Outcome::Unreadable { held, then, .. }, _) => {
            let mend = match then {
                Then::Waits => format!(", and `tokcli recover --profile {}` then reads it", profile.name),
                Then::Rotated | Then::AsksAgain => String::new(),
            };
            let dialect = &profile.dialect_name;
            Some(format!("it holds {held}; if it is a refusal the dialect `{dialect}` should list it{mend}"))
        }
        (Outcome::Unclear { next: Next::Nothing, .. }, _) => Some(used_up_hint(&profile.name)),
        (_, Code::LoginRequired) => Some(login_hint(profile)),
        (_, Code::ClientRejected) => Some(client_hint(profile)),
        (_, Code::RequestRejected) => {
            Some(format!("`tokcli refresh --profile {} --dry-run` shows what is sent", profile.name))
        }
        _ => None,
    }
}

pub(crate) fn login_hint(profile: &Profile) -> String {
    let name = &profile.name;
    if profile.needs_access_token() {
        format!("log in at the vendor and give its whole answer to `tokcli import --answer --profile {name}`")
    } else {
        format!("log in at the vendor and give the new refresh token to `tokcli import --profile {name}`")
    }
}

/// Whatever the vendor may have rejected, and how to ask again.
fn client_hint(profile: &Profile) -> String {
    let id = profile.binding.client_id.as_ref().map(|_| "client_id");
    let named = profile.secret.iter().map(|(name, _)| name.as_str());
    let keys: Vec<String> = id.into_iter().chain(named).map(|key| format!("`{key}`")).collect();
    let name = &profile.name;
    let what = match keys.is_empty() {
        true => "the account or its subscription at the vendor".to_owned(),
        false => format!("{} under [profiles.{name}]", keys.join(", ")),
    };
    format!("check {what}; `tokcli refresh --profile {name}` asks again")
}

pub(crate) fn used_up_hint(profile: &str) -> String {
    format!(
        "log in again and `tokcli import --replace --profile {profile}`, or risk one more request with `tokcli refresh --force-replay --profile {profile}`"
    )
}

pub(crate) fn no_credential(profile: &Profile) -> Error {
    let words = format!("there is no credential `{}` in the store `{}`", profile.account, profile.store_name);
    let name = &profile.name;
    let hint = if profile.renews_with() == RenewsWith::Client {
        format!("`tokcli token --profile {name}` gets one; nothing is imported")
    } else {
        let answer = if profile.needs_access_token() { " --answer" } else { "" };
        format!("`tokcli import{answer} --profile {name}` takes one from standard input or a prompt")
    };
    Error::new(Code::NoCredential, words).hint(hint)
}
