//! What a credential lacks, or that there is none, before anything is sent.

use super::hints::{import, login_hint, unread_hint};
use super::time::moment_of;
use crate::base::clock::rfc3339;
use crate::base::error::{Code, Error, refused};
use crate::credential::reading::RenewsWith;
use crate::credential::state::{Content, Credential};
use crate::profile::Profile;

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
    let hint = if profile.store.owner().is_some() {
        format!("`tokcli token --profile {name}` asks the owner for a token")
    } else if profile.renews_with() == RenewsWith::Client {
        format!("`tokcli token --profile {name}` gets one; nothing is imported")
    } else if profile.awaits_discovery() {
        format!("`tokcli login --profile {name}` gets one")
    } else if profile.can_log_in() {
        format!(
            "`tokcli login --profile {name}` gets one; {} imports one that exists already",
            import(profile, false)
        )
    } else {
        format!("{} reads one from standard input or a prompt", import(profile, false))
    };
    Error::new(Code::NoCredential, words).hint(hint)
}

/// `; the answer to the login of …`, if there is nothing but a login that was broken off.
pub(crate) fn login_lost(there: &Credential) -> String {
    let begun = there.logging_in_by().filter(|_| there.content() == Content::Begun);
    let at = begun.and_then(|login| rfc3339(login.sent_at.wall_ms.div_euclid(1_000)));
    at.map(|at| {
        format!("; the answer to the login of {at} was lost, and whether it was granted is not known")
    })
    .unwrap_or_default()
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

/// The access token is there all the same.
pub(crate) fn no_id_token(profile: &Profile) -> Error {
    let words =
        format!("the vendor's answer holds no id token, which `profiles.{}.token` asks for", profile.name);
    let lacks_scope = profile.dialect.refresh().uses("scope") && !profile.asks_for("openid");
    refused(words).hint(match lacks_scope {
        true => format!("OpenID Connect gives one for the scope `openid`, which `profiles.{}.scope` lacks", profile.name),
        false => format!(
            "if the answer holds one, `answer.id_token` in the dialect `{}` can say where; `tokcli refresh --profile {}` asks again",
            profile.dialect_name, profile.name
        ),
    })
}

/// Nobody is logged in, but an answer to a login lies sealed.
pub(crate) fn unread_login(profile: &Profile) -> Error {
    let words = "not logged in: the vendor's answer to the last login could not be read, and is kept";
    Error::new(Code::UnreadableAnswer, words).hint(unread_hint(&profile.name))
}

/// The next answer may be another, and there is no room for ever more.
pub(crate) fn too_many_unread(most: usize, profile: &Profile) -> Error {
    let words =
        format!("{most} answers that could not be read are kept already, and the next may be another");
    Error::new(Code::UnreadableAnswer, words).hint(unread_hint(&profile.name))
}
