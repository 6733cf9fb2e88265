//! The words for logins that came to nothing: each ends with the command that asks for the same again, after what must be
//! mended first.

use super::hints::{check, unread_hint};
use super::outcome::{message, shown};
use super::time::until;
use crate::base::clock::rfc3339;
use crate::base::error::{Code, Error};
use crate::credential::access::Access;
use crate::credential::outcome::{AfterUnreadable, Outcome};
use crate::credential::reading::RefusalKind;
use crate::credential::record::AttemptEnd;
use crate::dialect::flow::Flow;
use crate::profile::Profile;
use crate::profile::login::Question;
use crate::terminal::login_line::LoginLine;

/// What a login presented, and how it is asked for again.
pub(crate) struct Tried<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) flow: Flow<'a>,
    pub(crate) again: &'a LoginLine,
    /// A person has typed something.
    pub(crate) typed: bool,
}

/// Keys of a profile that say who logs in.
const OWN: [&str; 4] = ["username", "password", "totp_seed", "subject_token"];

/// The keys that the profile gives to the login.
fn given(profile: &Profile, flow: Flow<'_>) -> Vec<String> {
    let used = |key: &str| flow.uses(if key == "totp_seed" { "totp" } else { key });
    let given = OWN.into_iter().filter(|key| used(key) && profile.gives(key));
    given.map(str::to_owned).collect()
}

/// What was asked for by the request that came to nothing, and what is left of its answer.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    /// Something that nobody could read lies sealed.
    pub(crate) is_kept: bool,
    /// It may have granted the login.
    pub(crate) may_grant: bool,
}

/// A login that was not granted.
pub(crate) fn declined(
    outcome: &Outcome,
    retry_after: Option<u64>,
    answer: Answer,
    tried: &Tried<'_>,
) -> Error {
    let guessable = tried.typed || ["password", "totp"].iter().any(|name| tried.flow.uses(name));
    let mut words = refusal(outcome);
    if guessable && is_refused(outcome) {
        words += "; it was tried once, because wrong attempts can lock an account";
    }
    let unusable = matches!(outcome, Outcome::Unreadable { .. });
    if !unusable && answer.is_kept {
        words += KEPT;
    }
    if unusable && !answer.may_grant {
        words += "; nothing was granted";
    }
    let code = match outcome.code() {
        // Nothing is lost that anybody could look for.
        Some(Code::UnreadableAnswer) if !answer.may_grant => Code::RequestRejected,
        code => code.unwrap_or(Code::Internal),
    };
    let mut error = Error::new(code, words);
    error.retry_after = retry_after.filter(|_| !unusable);
    match hint(outcome, code, answer, tried) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

const KEPT: &str = "; what came of it is kept sealed";

/// An answer was lost that may have granted the login, and `after` it none did.
pub(crate) fn lost(lost: &Outcome, after: &str, answer: Answer, tried: &Tried<'_>) -> Error {
    let why = match lost {
        Outcome::Unclear { why, .. } => why.clone(),
        other => refusal(other),
    };
    let kept = if answer.is_kept { KEPT } else { "" };
    let words = format!(
        "an earlier answer was lost ({why}), and the login may have been granted by it{kept}; after that: {after}"
    );
    Error::new(Code::NoAnswer, words).hint(anew(answer, tried))
}

/// A person was waited for, who was to decide elsewhere.
pub(crate) fn nobody_approved(what: &str, answer: Answer, tried: &Tried<'_>) -> Error {
    let error = nobody_came(what, tried.again);
    if !answer.is_kept {
        return error;
    }
    let words = format!("{}; an answer that broke off is kept sealed", error.message());
    Error::new(error.code, words).hint(anew(answer, tried))
}

/// What is kept stands in the way of the next login.
fn anew(answer: Answer, tried: &Tried<'_>) -> String {
    match answer.is_kept {
        true => unread_hint(&tried.profile.name),
        false => format!("{} starts over", tried.again),
    }
}

fn is_refused(outcome: &Outcome) -> bool {
    outcome.refusal() == Some(RefusalKind::LoginRequired)
}

fn refusal(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused { kind: RefusalKind::LoginRequired, said, .. } => {
            format!("the vendor refused the login{}", shown(said))
        }
        Outcome::Unclear { why, .. } => format!("{why}; whether the login was granted is not known"),
        Outcome::NothingSpent { why } => format!("{why}; nothing was granted"),
        Outcome::Unreadable { looked_for, said, then: AfterUnreadable::AsksAgain, .. } => {
            format!("the answer holds no {looked_for}{}; it is not kept", shown(said))
        }
        Outcome::Unreadable { looked_for, said, then: AfterUnreadable::Rotated, .. } => {
            format!(
                "the answer holds no {looked_for}{}; its refresh token is kept, and the next run uses it",
                shown(said)
            )
        }
        Outcome::Unreadable { looked_for, said, .. } => {
            format!("the answer holds no {looked_for}{}; it is kept sealed", shown(said))
        }
        other => message(other),
    }
}

/// What a refresh sends, and where, says nothing of a login.
fn hint(outcome: &Outcome, code: Code, answer: Answer, tried: &Tried<'_>) -> Option<String> {
    let Tried { profile, flow, again, .. } = tried;
    match (outcome, code) {
        (Outcome::Unreadable { then: AfterUnreadable::AsksAgain, held, .. }, _) => Some(format!(
            "it holds {}; if it is a refusal, the dialect `{}` should list it; {again} starts over",
            if held.is_empty() { "nothing that has a name" } else { held },
            profile.dialect_name
        )),
        (outcome, _) if answer.is_kept && !matches!(outcome, Outcome::Unreadable { .. }) => {
            Some(anew(answer, tried))
        }
        (Outcome::Unreadable { then: AfterUnreadable::Waits, .. }, _) => Some(unread_hint(&profile.name)),
        (Outcome::Unreadable { .. }, _) => None,
        (_, Code::LoginRequired) => Some(mended(profile, &given(profile, *flow), again)),
        (_, Code::ClientRejected) => Some(client(profile, again)),
        (Outcome::Unclear { .. } | Outcome::NothingSpent { .. }, _) => Some(anew(answer, tried)),
        _ => None,
    }
}

/// Once what the profile gives is right.
fn mended(profile: &Profile, keys: &[String], again: &LoginLine) -> String {
    match keys.is_empty() {
        true => format!("{again} starts over"),
        false => format!("{}; then {again}", check(profile, keys)),
    }
}

/// The client was rejected before anybody was logged in.
fn client(profile: &Profile, again: &LoginLine) -> String {
    let own = |key: &&str| !OWN.contains(key);
    let secrets = profile.secret.iter().map(|(key, _)| key.as_str()).filter(own);
    let id = profile.binding.client_id.as_ref().map(|_| "client_id");
    let keys: Vec<String> = id.into_iter().chain(secrets).map(str::to_owned).collect();
    format!("{}; then {again}", check(profile, &keys))
}

/// Whoever was to log in comes back from the vendor with an error (RFC 6749 section 4.1.2.1): `error` is its name.
pub(crate) fn denied(error: &str, words: &str, tried: &Tried<'_>) -> Error {
    let Tried { profile, again, .. } = tried;
    let name = &profile.name;
    let code = match error {
        "temporarily_unavailable" | "server_error" => Code::Unavailable,
        "unauthorized_client" => Code::ClientRejected,
        "invalid_request" | "invalid_scope" | "unsupported_response_type" | "invalid_target" => {
            Code::RequestRejected
        }
        _ => Code::LoginRequired,
    };
    let hint = match (error, code) {
        ("invalid_scope", _) if again.says("--scope") => format!("check what `--scope` says; then {again}"),
        ("invalid_scope", _) => format!("check `scope` under [profiles.{name}]; then {again}"),
        ("invalid_target", _) if profile.resource().is_some() => {
            format!("check `resource` under [profiles.{name}]; then {again}")
        }
        (_, Code::ClientRejected) => {
            format!(
                "check `client_id` under [profiles.{name}], and at the vendor whether this client may log in this way; then {again}"
            )
        }
        (_, Code::RequestRejected) => {
            format!(
                "check at the vendor what the client `client_id` under [profiles.{name}] is registered for, its redirect address too; then {again}"
            )
        }
        _ => format!("{again} starts over"),
    };
    let what = if code == Code::LoginRequired { "not logged in" } else { "the vendor grants no login" };
    Error::new(code, format!("{what}: {words}")).hint(hint)
}

/// A person was waited for, and did not come back.
pub(crate) fn nobody_came(what: &str, again: &LoginLine) -> Error {
    Error::new(Code::LoginRequired, format!("not logged in: {what}")).hint(format!("{again} starts over"))
}

/// One run sends each step once.
pub(crate) fn asked_again(step: &str, again: &LoginLine) -> Error {
    let words = format!(
        "the vendor asks for the step `{step}` again, which was sent already: what was sent may be wrong"
    );
    Error::new(Code::LoginRequired, words).hint(format!("{again} starts over"))
}

/// A login asks something, and nobody sits here.
pub(crate) fn nobody_to_ask(questions: &[Question], profile: &Profile, again: &LoginLine) -> Error {
    let abouts: Vec<String> = questions.iter().map(|one| format!("the {}", one.about)).collect();
    let words = format!("the login asks for {}, and there is no terminal to ask on", listed(&abouts, "and"));
    let keys: Vec<String> =
        questions.iter().filter_map(Question::key).map(|key| format!("`{key}`")).collect();
    let it = if questions.len() == 1 { "it" } else { "them" };
    let mut hint = format!("at a terminal {again} asks for {it}");
    if keys.len() == questions.len() {
        hint += &format!(", and {} under [profiles.{}] can give {it}", listed(&keys, "and"), profile.name);
    }
    Error::new(Code::LoginRequired, words).hint(hint)
}

/// `a, b and c`
pub(crate) fn listed(all: &[String], and: &str) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} {and} {last}", others.join(", ")),
    }
}

/// What else is wrong, to whoever comes after a login by itself that was tried in vain: it is tried once.
pub(crate) fn tried_by_itself(error: &Error, ended: Option<&AttemptEnd>, tried: &Tried<'_>) -> Error {
    let at = ended.and_then(|ended| rfc3339(ended.at.wall_ms.div_euclid(1_000)));
    let at = at.map(|at| format!(" at {at}")).unwrap_or_default();
    let how = ended.map(|ended| format!(": {}", refusal(&ended.outcome))).unwrap_or_default();
    let words = format!("{}; an automatic login was tried{at}, and failed{how}", error.message());
    let code = ended.and_then(|ended| ended.outcome.code());
    let Tried { profile, flow, again, .. } = tried;
    let hint = match code {
        Some(Code::ClientRejected) => client(profile, again),
        _ => mended(profile, &given(profile, *flow), again),
    };
    let mut told = Error::new(error.code, words).hint(hint);
    told.retry_after = error.retry_after;
    told
}

/// Nothing renews what was given. `unattended`: the grant, if that needs nobody.
pub(crate) fn no_refresh_token(profile: &Profile, access: &Access, unattended: Option<&str>) -> String {
    let end = until(access).map(|at| format!(" at {at}")).unwrap_or_default();
    if let Some(grant) = unattended {
        return format!(
            "the vendor gave no refresh token: when the access token ends{end}, only a new login gets another; with `relogin = \"{grant}\"` under [profiles.{}] that is automatic",
            profile.name
        );
    }
    let scope = match profile.dialect.sends("scope") && !profile.asks_for("offline_access") {
        true => format!(
            "; many servers give one for the scope `offline_access`, which `profiles.{}.scope` lacks",
            profile.name
        ),
        false => String::new(),
    };
    format!(
        "the vendor gave no refresh token: when the access token ends{end}, a person must log in again{scope}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::outcome::Said;
    use crate::testing::profiles::profile;

    const KEYS: &str = "dialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\nusername = 'u'\npassword.store = true\nclient_secret.env = 'S'\n";

    fn of(keys: &str, grant: &str, act: impl Fn(&Tried<'_>)) {
        let profile = profile(keys).expect(keys);
        let (_, flow) = profile.login(grant).expect(grant);
        let again = LoginLine::plain("a").with("--replace");
        act(&Tried { profile: &profile, flow, again: &again, typed: false });
    }

    fn refused(kind: RefusalKind) -> Outcome {
        Outcome::Refused {
            kind,
            said: Said { status: 400, words: Some("no".into()) },
            lost_at: None,
            sent_by: Vec::new(),
        }
    }

    #[test]
    fn each_refusal_ends_with_what_to_mend_and_the_same_command() {
        let again = "`tokcli login --replace --profile a`";
        let stored = "`tokcli secret set password --profile a` replaces what the store keeps";
        for (grant, kind, wanted) in [
            (
                "password",
                RefusalKind::LoginRequired,
                Some(format!("check `username`, `password` under [profiles.a]; {stored}; then {again}")),
            ),
            ("device_code", RefusalKind::LoginRequired, Some(format!("{again} starts over"))),
            (
                "password",
                RefusalKind::ClientRejected,
                Some(format!("check `client_id`, `client_secret` under [profiles.a]; then {again}")),
            ),
            ("password", RefusalKind::RequestRejected, None),
            ("password", RefusalKind::RateLimited, None),
        ] {
            of(KEYS, grant, |tried| {
                let answer = Answer { is_kept: false, may_grant: true };
                let error = declined(&refused(kind), Some(7), answer, tried);
                assert_eq!((error.hint.clone(), error.retry_after), (wanted.clone(), Some(7)), "{grant}");
                let once = grant == "password" && kind == RefusalKind::LoginRequired;
                assert_eq!(error.message().contains("wrong attempts can lock an account"), once, "{grant}");
            });
        }
    }

    #[test]
    fn what_comes_back_from_the_vendor_says_what_is_to_be_mended() {
        for (error, code, says) in [
            ("access_denied", Code::LoginRequired, "`tokcli login --replace --profile a` starts over"),
            ("server_error", Code::Unavailable, "starts over"),
            ("unauthorized_client", Code::ClientRejected, "check `client_id` under [profiles.a]"),
            ("invalid_scope", Code::RequestRejected, "check `scope` under [profiles.a]"),
            ("invalid_request", Code::RequestRejected, "its redirect address"),
        ] {
            of(KEYS, "device_code", |tried| {
                let told = denied(error, "no", tried);
                assert!(
                    told.code == code && told.hint.as_ref().is_some_and(|hint| hint.contains(says)),
                    "{told:?}"
                );
            });
        }
    }

    #[test]
    fn questions_are_answered_at_a_terminal_or_by_keys_that_there_are() {
        let question =
            |name: &str, about: &str| Question { name: name.into(), about: about.into(), secret: true };
        let ask =
            |all: &[Question]| nobody_to_ask(all, &profile(KEYS).expect("good"), &LoginLine::plain("a"));
        let both = ask(&[question("username", "user name"), question("password", "password")]);
        assert_eq!(
            (both.message().as_str(), both.hint.as_deref()),
            (
                "the login asks for the user name and the password, and there is no terminal to ask on",
                Some(
                    "at a terminal `tokcli login --profile a` asks for them, and `username` and `password` under [profiles.a] can give them"
                )
            )
        );
        let code = ask(&[question("totp", "one-time code")]).hint.expect("one");
        assert!(code.contains("`totp_seed` under [profiles.a] can give it"), "{code}");
        let own = ask(&[question("asked.pin", "PIN")]).hint.expect("one");
        assert_eq!(own, "at a terminal `tokcli login --profile a` asks for it");
    }
}
