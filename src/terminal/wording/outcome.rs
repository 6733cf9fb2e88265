//! How an attempt ended, in words. Outcomes are data until they come here.

use super::hints::hint;
use super::time::until;
use crate::base::clock::rfc3339;
use crate::base::error::{Code, Error};
use crate::base::spoken;
use crate::credential::access::Access;
use crate::credential::mark::Mark;
use crate::credential::outcome::{AfterUnreadable, Next, Outcome, Said};
use crate::credential::reading::RefusalKind;
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

/// What a mark says, to whoever would ask the same again; `left`: in so many seconds it is asked again.
pub(crate) fn remembered(outcome: &Outcome, left: Option<u64>, profile: &Profile) -> Error {
    let again =
        left.map(|left| format!("; the vendor is asked again in {}", spoken::span(left))).unwrap_or_default();
    told(outcome, format!("remembered from the last request: {}{again}", message(outcome)), left, profile)
}

/// For whoever asks while another run does, or within a wait that the vendor asked for: nothing was sent now.
pub(crate) fn spared(outcome: &Outcome, retry_after: Option<u64>, profile: &Profile) -> Error {
    match retry_after.filter(|seconds| *seconds > 0) {
        Some(seconds) => {
            let pause = spoken::span(seconds);
            let words = format!("the vendor is not asked again for {pause}; {}", answered(outcome));
            told(outcome, words, retry_after, profile)
        }
        None => error(outcome, retry_after, profile),
    }
}

/// What the last request came to, of which it is said already who was asked.
fn answered(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused { said: Said { status, words }, .. } => {
            let words = words.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
            format!("it answered with status {status}{words}")
        }
        Outcome::NothingSpent { why } if why.starts_with("the vendor answered") => {
            why.replacen("the vendor", "it", 1)
        }
        _ => format!("the last request: {}", message(outcome)),
    }
}

/// A token is issued although the vendor has refused to renew it.
pub(crate) fn marked(mark: &Mark, access: &Access) -> String {
    let words = match &mark.outcome {
        Outcome::Refused { kind: RefusalKind::LoginRequired, said, lost_at, sent_by } => {
            let lost = lost(*lost_at, sent_by);
            format!("the vendor refused the refresh token{}{lost}", shown(said))
        }
        outcome => message(outcome),
    };
    let end = until(access).map(|at| format!(" before this access token ends at {at}")).unwrap_or_default();
    let whose = match mark.outcome.refusal() {
        Some(RefusalKind::ClientRejected) => "the client must be fixed",
        _ => "a person must log in again",
    };
    format!("{words}; {whose}{end}")
}

pub(super) fn message(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Granted => "what was asked for was given".to_owned(),
        Outcome::Refused { kind, said, lost_at, sent_by } => {
            format!("{}{}{}", refusal(*kind), shown(said), lost(*lost_at, sent_by))
        }
        Outcome::OtherAtHand => {
            "the vendor refused the refresh token, but another one is at hand; the next run uses it".to_owned()
        }
        Outcome::Unreadable { looked_for, said, then, .. } => {
            format!("the answer holds no {looked_for}{}; {}", shown(said), unreadable(*then))
        }
        Outcome::Salvaged => {
            "the answer broke off or reports a failure, but its new refresh token came whole and is kept; the next run refreshes with it"
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
        RefusalKind::LoginRequired => "the vendor refused the refresh token; a person must log in again",
        RefusalKind::AuthorizationPending | RefusalKind::SlowDown => "nobody has decided yet",
        RefusalKind::UnsupportedTokenType => "the vendor does not revoke tokens of this kind",
    }
}

/// Why a token may have been refused that nobody knew to be spent.
/// Whether it is lost, the machines know that sent it before.
fn lost(at: Option<i64>, sent_by: &[String]) -> String {
    if !sent_by.is_empty() {
        let names: Vec<String> = sent_by.iter().map(|name| format!("`{name}`")).collect();
        return format!(
            "; presented before by {}, whose next run brings the answer if it came",
            names.join(" and ")
        );
    }
    let at = at.and_then(|ms| rfc3339(ms.div_euclid(1_000)));
    at.map(|at| format!("; the answer of {at} was lost on its way")).unwrap_or_default()
}

/// ` (status 400: invalid_grant)`
pub(super) fn shown(said: &Said) -> String {
    match &said.words {
        Some(words) => format!(" (status {}: {words})", said.status),
        None => format!(" (status {})", said.status),
    }
}

fn unreadable(then: AfterUnreadable) -> &'static str {
    match then {
        AfterUnreadable::Rotated => "its new refresh token is kept, and the next run refreshes with it",
        AfterUnreadable::AsksAgain => "nothing was spent, and a later run asks again",
        AfterUnreadable::Waits => "the answer is kept sealed, and nothing more is sent automatically",
    }
}

fn follows(next: Next) -> String {
    match next {
        Next::AsksAgain => "the next run asks again".to_owned(),
        Next::OnceWithinGrace(after) => {
            format!("a run after {} s, within the grace, asks once more", after.as_secs())
        }
        Next::Once(after) => format!("a run after {} s asks once more", after.as_secs()),
        Next::Nothing => "nothing more is sent automatically".to_owned(),
    }
}

/// The vendor did not take a token back.
pub(crate) fn not_revoked(
    kind: RefusalKind,
    status: u16,
    words: Option<String>,
    retry_after: Option<u64>,
) -> Error {
    let outcome = Outcome::Refused { kind, said: Said { status, words }, lost_at: None, sent_by: Vec::new() };
    let code = outcome.code().unwrap_or(Code::Internal);
    let mut error = Error::new(code, format!("the token was not revoked: {}", message(&outcome)));
    error.retry_after = retry_after;
    error
}
