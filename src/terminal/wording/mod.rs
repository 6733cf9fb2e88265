//! The words for how an attempt ended, and the way out of it. Outcomes are data until they come here.

mod hints;
pub(crate) mod login;

use std::time::Duration;

pub(crate) use self::hints::{
    client_hint, hinting_at_plain_basic, import_hint, import_line, login_hint, unread_hint, used_up_hint,
};
use self::hints::{hint, import};
use crate::base::clock::rfc3339;
use crate::base::error::{Code, Error, refused};
use crate::base::spoken;
use crate::base::waiting::{Occasion, What};
use crate::credential::access::Access;
use crate::credential::mark::Mark;
use crate::credential::outcome::{AfterUnreadable, Next, Outcome, Said};
use crate::credential::reading::{RefusalKind, RenewsWith};
use crate::credential::state::{Content, Credential};
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
        Outcome::Refused { kind: RefusalKind::LoginRequired, said, lost_at } => {
            format!("the vendor refused the refresh token{}{}", shown(said), lost(*lost_at))
        }
        outcome => message(outcome),
    };
    let end = until(access).map(|at| format!(" before this access token ends at {at}")).unwrap_or_default();
    let whose = match mark.outcome.refusal() {
        Some(RefusalKind::ClientRejected) => "the client must be mended",
        _ => "a person must log in again",
    };
    format!("{words}; {whose}{end}")
}

/// When it expires, if that is known.
pub(crate) fn until(access: &Access) -> Option<String> {
    access.expires_at().and_then(rfc3339)
}

/// What a run waits for, to whoever waits with it, or wants to end it.
pub(crate) fn waits(what: What, left: Option<Duration>, occasion: Occasion) -> String {
    let most = left.map(|left| format!(", for {} s at the most", left.as_secs() + 1)).unwrap_or_default();
    let what = match what {
        What::Lock => "another run of tokcli, which is busy with this credential",
        What::Connection => "a connection to the vendor",
        What::Answer | What::FreeAnswer => "the vendor's answer",
        What::Saving => "the new credential to be saved",
        What::Secret => "the command that gives a secret",
        What::Program => "another program",
        What::Keyring => "the keyring",
        What::Visit => "the login in the browser",
    };
    match occasion {
        Occasion::TakesLong => format!("waiting for {what}{most}"),
        Occasion::Signal => format!(
            "waiting for {what}{most}, and then this run ends; do not kill it (`kill -9`): what the vendor gives would be lost, and what was sent may be spent"
        ),
    }
}

fn message(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Granted => "what was asked for was given".to_owned(),
        Outcome::Refused { kind, said, lost_at } => {
            format!("{}{}{}", refusal(*kind), shown(said), lost(*lost_at))
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
        RefusalKind::LoginRequired => "the vendor refused the refresh token, a person must log in again",
        RefusalKind::AuthorizationPending | RefusalKind::SlowDown => "nobody has decided yet",
        RefusalKind::UnsupportedTokenType => "the vendor takes no tokens of this kind back",
    }
}

/// Why a token may have been refused that nobody knew to be spent.
fn lost(at: Option<i64>) -> String {
    let at = at.and_then(|ms| rfc3339(ms.div_euclid(1_000)));
    at.map(|at| format!("; the answer of {at} was lost on its way")).unwrap_or_default()
}

/// ` (status 400: invalid_grant)`
fn shown(said: &Said) -> String {
    match &said.words {
        Some(words) => format!(" (status {}: {words})", said.status),
        None => format!(" (status {})", said.status),
    }
}

fn unreadable(then: AfterUnreadable) -> &'static str {
    match then {
        AfterUnreadable::Rotated => "its new refresh token is kept, and the next run refreshes with it",
        AfterUnreadable::AsksAgain => "nothing was spent, and a later run asks again",
        AfterUnreadable::Waits => "the answer is kept sealed, and nothing more is sent by itself",
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

/// The access token is there all the same.
pub(crate) fn no_id_token(profile: &Profile) -> Error {
    let words =
        format!("the vendor's answer holds no id token, which `profiles.{}.token` asks for", profile.name);
    let lacks_scope = profile.dialect.refresh().uses("scope") && !profile.asks_for("openid");
    refused(words).hint(match lacks_scope {
        true => format!("OpenID Connect has one for the scope `openid`, which `profiles.{}.scope` lacks", profile.name),
        false => format!(
            "if the answer holds one, `answer.id_token` in the dialect `{}` can say where; `tokcli refresh --profile {}` asks again",
            profile.dialect_name, profile.name
        ),
    })
}

/// The vendor did not take a token back.
pub(crate) fn not_revoked(
    kind: RefusalKind,
    status: u16,
    words: Option<String>,
    retry_after: Option<u64>,
) -> Error {
    let outcome = Outcome::Refused { kind, said: Said { status, words }, lost_at: None };
    let code = outcome.code().unwrap_or(Code::Internal);
    let mut error = Error::new(code, format!("the token was not revoked: {}", message(&outcome)));
    error.retry_after = retry_after;
    error
}

/// The next answer may be another, and there is no room for ever more.
pub(crate) fn too_many_unread(most: usize, profile: &Profile) -> Error {
    let words =
        format!("{most} answers that could not be read are kept already, and the next may be another");
    Error::new(Code::UnreadableAnswer, words).hint(unread_hint(&profile.name))
}

/// Nobody is logged in, but an answer to a login lies sealed.
pub(crate) fn unread_login(profile: &Profile) -> Error {
    let words = "nobody is logged in: the vendor's answer to the last login could not be read, and is kept";
    Error::new(Code::UnreadableAnswer, words).hint(unread_hint(&profile.name))
}

/// There is a credential, and perhaps an access token that is valid for a while yet.
pub(crate) fn nothing_renews(profile: &Profile) -> Error {
    let words = format!(
        "the credential `{}` has no refresh token: only a new login gets another access token",
        profile.account
    );
    Error::new(Code::LoginRequired, words).hint(login_hint(profile))
}

/// It was handed over to another machine, in ms since 1970.
pub(crate) fn exported(at: i64, profile: &Profile) -> Error {
    let words = format!(
        "the credential `{}` was exported{}: it is refreshed where the copy is, and nothing is sent from here",
        profile.account,
        moment_of(at)
    );
    refused(words).hint(format!(
        "`tokcli import --sealed --profile {}` takes that copy back, with the key that it was exported with",
        profile.name
    ))
}

/// ` at 2026-01-31T12:00:00Z`, of milliseconds since 1970.
pub(crate) fn moment_of(at: i64) -> String {
    rfc3339(at.div_euclid(1_000)).map(|at| format!(" at {at}")).unwrap_or_default()
}

pub(crate) fn no_credential(profile: &Profile) -> Error {
    nothing_but(profile, "")
}

pub(crate) fn none_but_begun(profile: &Profile, there: &Credential) -> Error {
    nothing_but(profile, &login_lost(there))
}

fn nothing_but(profile: &Profile, lost: &str) -> Error {
    let words =
        format!("there is no credential `{}` in the store `{}`{lost}", profile.account, profile.store_name);
    let name = &profile.name;
    let hint = if profile.renews_with() == RenewsWith::Client {
        format!("`tokcli token --profile {name}` gets one; nothing is imported")
    } else if profile.awaits_discovery() {
        format!("`tokcli login --profile {name}` gets one")
    } else if profile.can_log_in() {
        format!(
            "`tokcli login --profile {name}` gets one; {} takes one that is there already",
            import(profile, false)
        )
    } else {
        format!("{} takes one from standard input or a prompt", import(profile, false))
    };
    Error::new(Code::NoCredential, words).hint(hint)
}

/// `; the answer to the login of …`, if there is nothing but a login that was broken off.
pub(crate) fn login_lost(there: &Credential) -> String {
    let begun = there.logging_in_by().filter(|_| there.content() == Content::Begun);
    let at = begun.and_then(|login| rfc3339(login.sent_at.wall_ms.div_euclid(1_000)));
    at.map(|at| {
        format!("; the answer to the login of {at} was lost, and nobody knows whether it was granted")
    })
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::profiles::profile;

    const PUBLIC: &str = "dialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\n";
    /// Renews with the client's own keys, and has none to check.
    const CLIENT: &str = "dialect = 'own'\nbase_url = 'https://a.example'\n[dialects.own]\nrenews_with = 'client'\nexchanges.refresh = { request.url = '{{ base_url }}/t', answer.access_token = '/t' }\n";
    /// Presents the access token with each refresh.
    const BOTH: &str = "dialect = 'own'\nbase_url = 'https://a.example'\n[dialects.own]\nexchanges.refresh.answer.access_token = '/t'\nexchanges.refresh.request = { url = '{{ base_url }}/t', form = { t = '{{ refresh_token }}', a = '{{ access_token }}' } }\n";

    fn of(keys: &str) -> Profile {
        profile(keys).expect(keys)
    }

    fn refused(kind: RefusalKind) -> Outcome {
        Outcome::Refused { kind, said: Said { status: 400, words: Some("no".into()) }, lost_at: None }
    }

    fn unreadable(then: AfterUnreadable) -> Outcome {
        let said = Said { status: 200, words: None };
        Outcome::Unreadable { looked_for: "access token at `/t`".into(), held: "/a, /b".into(), said, then }
    }

    fn unclear(next: Next) -> Outcome {
        Outcome::Unclear { why: "no answer came".into(), next }
    }

    fn other(code: Code) -> Outcome {
        Outcome::Other { code, words: "it is so".into() }
    }

    /// Every outcome, with its code, its words and the way out.
    fn all() -> Vec<(Outcome, Code, &'static str, Option<&'static str>)> {
        use RefusalKind::*;
        let login =
            Some("log in at the vendor and give the new refresh token to `tokcli import --profile a`");
        let client = Some("check `client_id` under [profiles.a]; `tokcli refresh --profile a` asks again");
        let after = Duration::from_secs(15);
        vec![
            // Never printed: it is no error.
            (Outcome::Granted, Code::Internal, "what was asked for was given", None),
            (
                refused(LoginRequired),
                Code::LoginRequired,
                "the vendor refused the refresh token, a person must log in again (status 400: no)",
                login,
            ),
            (
                Outcome::Refused {
                    kind: LoginRequired,
                    said: Said { status: 400, words: None },
                    lost_at: Some(1_767_225_600_999),
                },
                Code::LoginRequired,
                "the vendor refused the refresh token, a person must log in again (status 400); the answer of 2026-01-01T00:00:00Z was lost on its way",
                login,
            ),
            (
                refused(ClientRejected),
                Code::ClientRejected,
                "the vendor rejected the client (status 400: no)",
                client,
            ),
            (
                refused(RateLimited),
                Code::RateLimited,
                "the vendor limits how often it is asked (status 400: no)",
                None,
            ),
            (
                refused(Unavailable),
                Code::Unavailable,
                "the vendor is not available now (status 400: no)",
                None,
            ),
            (
                refused(RequestRejected),
                Code::RequestRejected,
                "the vendor rejected the request (status 400: no)",
                Some("`tokcli refresh --profile a --dry-run` shows what is sent"),
            ),
            (refused(NoAnswer), Code::NoAnswer, "the outcome is not known (status 400: no)", None),
            (
                Outcome::OtherAtHand,
                Code::Unavailable,
                "the vendor refused the refresh token, but another one is at hand; the next run uses it",
                None,
            ),
            (
                unreadable(AfterUnreadable::Rotated),
                Code::UnreadableAnswer,
                "the answer holds no access token at `/t` (status 200); its new refresh token is kept, and the next run refreshes with it",
                Some("it holds /a, /b; if it is a refusal the dialect `oauth2` should list it"),
            ),
            (
                unreadable(AfterUnreadable::AsksAgain),
                Code::UnreadableAnswer,
                "the answer holds no access token at `/t` (status 200); nothing was spent, and a later run asks again",
                Some("it holds /a, /b; if it is a refusal the dialect `oauth2` should list it"),
            ),
            (
                unreadable(AfterUnreadable::Waits),
                Code::UnreadableAnswer,
                "the answer holds no access token at `/t` (status 200); the answer is kept sealed, and nothing more is sent by itself",
                Some(
                    "it holds /a, /b; if it is a refusal the dialect `oauth2` should list it; correct the dialect and `tokcli recover --profile a` reads it, or give it up with `tokcli recover --discard-answers --profile a`, or log in again and `tokcli import --replace --profile a`",
                ),
            ),
            (
                Outcome::Salvaged,
                Code::NoAnswer,
                "the answer broke off or reports a failure, but its new refresh token came whole and is kept; the next run refreshes with it",
                None,
            ),
            (
                unclear(Next::AsksAgain),
                Code::NoAnswer,
                "no answer came; whether the refresh token was used is not known; the next run asks again",
                None,
            ),
            (
                unclear(Next::OnceWithinGrace(after)),
                Code::NoAnswer,
                "no answer came; whether the refresh token was used is not known; a run after 15 s, within the grace, asks once more",
                None,
            ),
            (
                unclear(Next::Once(after)),
                Code::NoAnswer,
                "no answer came; whether the refresh token was used is not known; a run after 15 s asks once more",
                None,
            ),
            (
                unclear(Next::Nothing),
                Code::NoAnswer,
                "no answer came; whether the refresh token was used is not known; nothing more is sent by itself",
                Some(
                    "log in again and `tokcli import --replace --profile a`, or risk one more request with `tokcli refresh --force-replay --profile a`",
                ),
            ),
            (
                Outcome::NothingSpent { why: "no answer came".into() },
                Code::Unavailable,
                "no answer came; nothing was spent",
                None,
            ),
            (other(Code::Unreachable), Code::Unreachable, "it is so", None),
            (other(Code::LoginRequired), Code::LoginRequired, "it is so", login),
            (other(Code::ClientRejected), Code::ClientRejected, "it is so", client),
            (other(Code::Internal), Code::Internal, "it is so", None),
        ]
    }

    #[test]
    fn each_outcome_has_its_code_its_words_and_the_way_out() {
        let profile = of(PUBLIC);
        for (outcome, code, words, hint) in all() {
            let error = error(&outcome, Some(7), &profile);
            assert_eq!((error.code, error.message().as_str(), error.hint.as_deref()), (code, words, hint));
            assert_eq!(error.retry_after, Some(7), "{outcome:?}");
            assert_eq!(super::error(&outcome, None, &profile).retry_after, None, "{outcome:?}");
        }
    }

    #[test]
    fn hints_name_commands_that_this_profile_takes() {
        for (keys, login, used_up) in [
            (PUBLIC, "`tokcli import --profile a`", "`tokcli import --replace --profile a`"),
            (BOTH, "`tokcli import --answer --profile a`", "`tokcli import --answer --replace --profile a`"),
        ] {
            let profile = of(keys);
            assert!(login_hint(&profile).ends_with(login), "{keys}");
            assert!(used_up_hint(&profile).contains(used_up), "{keys}");
        }
        // Whoever can log in here is not sent elsewhere.
        let browser = of(&format!("{PUBLIC}authorization_url = 'https://a.example/authorize'\n"));
        assert!(login_hint(&browser).starts_with("`tokcli login --profile a`"));
        assert!(used_up_hint(&browser).starts_with("log in again with `tokcli login --replace --profile a`"));
        // Nobody logs in, and nothing can be imported.
        assert!(login_hint(&of(CLIENT)).starts_with("check the account"));
    }

    #[test]
    fn what_a_mark_says_is_marked_as_remembered() {
        let profile = of(PUBLIC);
        for (outcome, code, words, hint) in all() {
            let error = remembered(&outcome, Some(7), &profile);
            let again = "the vendor is asked again in 7 s";
            assert_eq!(error.message(), format!("remembered from the last request: {words}; {again}"));
            let for_good = remembered(&outcome, None, &profile);
            assert_eq!(for_good.message(), format!("remembered from the last request: {words}"));
            assert_eq!(
                (error.code, error.hint.as_deref(), error.retry_after),
                (code, hint, Some(7)),
                "{words}"
            );
        }
    }

    #[test]
    fn a_login_brings_the_whole_answer_where_the_vendor_wants_the_access_token_too() {
        for (keys, wanted) in [
            (PUBLIC, "log in at the vendor and give the new refresh token to `tokcli import --profile a`"),
            (BOTH, "log in at the vendor and give its whole answer to `tokcli import --answer --profile a`"),
        ] {
            let error = error(&refused(RefusalKind::LoginRequired), None, &of(keys));
            assert_eq!(error.hint.as_deref(), Some(wanted), "{keys}");
        }
    }

    #[test]
    fn a_rejected_client_is_told_all_that_the_vendor_may_have_rejected() {
        let secret = format!("{PUBLIC}client_secret = {{ env = 'S' }}\nprivate_key = {{ file = 'k' }}\n");
        for (keys, wanted) in [
            (PUBLIC, "`client_id` under [profiles.a]"),
            (secret.as_str(), "`client_id`, `client_secret`, `private_key` under [profiles.a]"),
            (CLIENT, "the account or its subscription at the vendor"),
            (
                &format!("{PUBLIC}client_secret = {{ store = true }}\n"),
                "`client_id`, `client_secret` under [profiles.a]; `tokcli secret set client_secret --profile a` replaces what the store keeps",
            ),
            (
                &format!("{PUBLIC}client_secret.store = true\npassword.store = true\n"),
                "`client_id`, `client_secret`, `password` under [profiles.a]; `tokcli secret set NAME --profile a` replaces what the store keeps",
            ),
        ] {
            let error = error(&refused(RefusalKind::ClientRejected), None, &of(keys));
            let wanted = format!("check {wanted}; `tokcli refresh --profile a` asks again");
            assert_eq!(error.hint, Some(wanted), "{keys}");
        }
    }

    #[test]
    fn where_there_is_no_credential_it_is_said_how_to_come_by_one() {
        let elsewhere = format!("{PUBLIC}account = 'b'\nstore = 'file'\n");
        for (keys, words, hint) in [
            (
                PUBLIC,
                "`a` in the store `keyring`",
                "`tokcli import --profile a` takes one from standard input or a prompt",
            ),
            (
                &elsewhere,
                "`b` in the store `file`",
                "`tokcli import --profile a` takes one from standard input or a prompt",
            ),
            (
                BOTH,
                "`a` in the store `keyring`",
                "`tokcli import --answer --profile a` takes one from standard input or a prompt",
            ),
            (
                CLIENT,
                "`a` in the store `keyring`",
                "`tokcli token --profile a` gets one; nothing is imported",
            ),
        ] {
            let error = no_credential(&of(keys));
            assert_eq!((error.code, error.hint.as_deref()), (Code::NoCredential, Some(hint)), "{keys}");
            assert_eq!(error.message(), format!("there is no credential {words}"));
        }
    }
}
