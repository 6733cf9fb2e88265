//! The words of every outcome, and hints that fit the profile.

use std::time::Duration;

use super::*;
use crate::base::error::Code;
use crate::credential::outcome::{AfterUnreadable, Next, Outcome, Said};
use crate::credential::reading::RefusalKind;
use crate::profile::Profile;
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
    Outcome::Refused {
        kind,
        said: Said { status: 400, words: Some("no".into()) },
        lost_at: None,
        sent_by: Vec::new(),
    }
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
    let login = Some("log in at the vendor and give the new refresh token to `tokcli import --profile a`");
    let client = Some("check `client_id` under [profiles.a]; `tokcli refresh --profile a` asks again");
    let after = Duration::from_secs(15);
    vec![
        // Never printed: it is no error.
        (Outcome::Granted, Code::Internal, "what was asked for was given", None),
        (
            refused(LoginRequired),
            Code::LoginRequired,
            "the vendor refused the refresh token; a person must log in again (status 400: no)",
            login,
        ),
        (
            Outcome::Refused {
                kind: LoginRequired,
                said: Said { status: 400, words: None },
                lost_at: Some(1_767_225_600_999),
                sent_by: Vec::new(),
            },
            Code::LoginRequired,
            "the vendor refused the refresh token; a person must log in again (status 400); the answer of 2026-01-01T00:00:00Z was lost on its way",
            login,
        ),
        (
            Outcome::Refused {
                kind: LoginRequired,
                said: Said { status: 400, words: None },
                lost_at: Some(1_767_225_600_999),
                sent_by: vec!["m1".into()],
            },
            Code::LoginRequired,
            "the vendor refused the refresh token; a person must log in again (status 400); presented before by `m1`, whose next run brings the answer if it came",
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
        (refused(Unavailable), Code::Unavailable, "the vendor is not available now (status 400: no)", None),
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
            Some("it holds /a, /b; if it is a refusal, the dialect `oauth2` should list it"),
        ),
        (
            unreadable(AfterUnreadable::AsksAgain),
            Code::UnreadableAnswer,
            "the answer holds no access token at `/t` (status 200); nothing was spent, and a later run asks again",
            Some("it holds /a, /b; if it is a refusal, the dialect `oauth2` should list it"),
        ),
        (
            unreadable(AfterUnreadable::Waits),
            Code::UnreadableAnswer,
            "the answer holds no access token at `/t` (status 200); the answer is kept sealed, and nothing more is sent automatically",
            Some(
                "it holds /a, /b; if it is a refusal, the dialect `oauth2` should list it; correct the dialect and `tokcli recover --profile a` reads it, or give it up with `tokcli recover --discard-answers --profile a`, or log in again and `tokcli import --replace --profile a`",
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
            "no answer came; whether the refresh token was used is not known; nothing more is sent automatically",
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
        assert_eq!((error.code, error.hint.as_deref(), error.retry_after), (code, hint, Some(7)), "{words}");
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
            "`tokcli import --profile a` reads one from standard input or a prompt",
        ),
        (
            &elsewhere,
            "`b` in the store `file`",
            "`tokcli import --profile a` reads one from standard input or a prompt",
        ),
        (
            BOTH,
            "`a` in the store `keyring`",
            "`tokcli import --answer --profile a` reads one from standard input or a prompt",
        ),
        (CLIENT, "`a` in the store `keyring`", "`tokcli token --profile a` gets one; nothing is imported"),
    ] {
        let error = no_credential(&of(keys));
        assert_eq!((error.code, error.hint.as_deref()), (Code::NoCredential, Some(hint)), "{keys}");
        assert_eq!(error.message(), format!("there is no credential {words}"));
    }
}
