//! What a mark is about, so that it is seen when one of these changes.

use crate::credential::reading::RefusalKind;
use crate::credential::record::Mark;
use crate::profile::Profile;
use crate::profile::secrets::Secrets;
use crate::store::seal::SealingKey;

/// A keyed hash: of the token address and the client, and, if it was rejected, of its secrets.
pub(super) fn about(
    kind: RefusalKind,
    profile: &Profile,
    key: &SealingKey,
    secrets: Option<&Secrets>,
) -> String {
    let client = profile.binding.client_id.as_deref().unwrap_or_default();
    let address = profile.token_address();
    let secrets = secrets.filter(|_| rests_on_secrets(kind)).map(|secrets| secrets.all(profile));
    key.keyed_hash(&[&[address.as_str(), client], secrets.unwrap_or_default().as_slice()].concat())
}

/// Whether what `mark` is about is as it was.
pub(super) fn holds(mark: &Mark, profile: &Profile, key: &SealingKey, secrets: Option<&Secrets>) -> bool {
    mark.about == about(kind(mark), profile, key, secrets)
}

/// Whether [`holds`] must be given the secrets.
pub(super) fn needs_secrets(mark: &Mark) -> bool {
    rests_on_secrets(kind(mark))
}

fn rests_on_secrets(kind: RefusalKind) -> bool {
    kind == RefusalKind::ClientRejected
}

fn kind(mark: &Mark) -> RefusalKind {
    mark.outcome.refusal().unwrap_or(RefusalKind::LoginRequired)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Code;
    use crate::credential::outcome::{Outcome, Said};
    use crate::credential::secrets::ClientSecret;
    use crate::profile::secret_source::SecretSource;
    use crate::testing::profiles::profile;

    const URL: &str = "token_url = 'https://a.example/t'\n";
    const SECRET: &str = "client_secret = { env = 'S' }\n";

    fn of(keys: &str) -> Profile {
        profile(&format!("dialect = 'oauth2'\n{keys}")).expect(keys)
    }

    /// Each secret is the name of its variable, with `end` after it.
    fn secrets(profile: &Profile, end: &str) -> Secrets {
        let read = |source: &SecretSource| match source {
            SecretSource::Env(name) => Ok(ClientSecret::new(format!("{name}{end}"))),
            _ => Err("no variable".to_owned()),
        };
        profile.secrets_by(read).expect("read")
    }

    fn key(text: &str) -> SealingKey {
        SealingKey::from_base64(text).expect("a key")
    }

    fn one() -> SealingKey {
        key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    }

    fn refused(kind: RefusalKind) -> Outcome {
        Outcome::Refused { kind, said: Said { status: 400, words: None } }
    }

    #[test]
    fn a_mark_holds_until_what_it_is_about_changes() {
        use RefusalKind::{ClientRejected, LoginRequired};
        let then = of(&format!("{URL}client_id = 'c'\n{SECRET}"));
        let marked = |kind| Mark {
            outcome: refused(kind),
            about: about(kind, &then, &one(), Some(&secrets(&then, "-1"))),
        };
        let proxy = "proxy = 'http://p.example'\nproxy_auth = { env = 'P' }\n";
        // Of the mark of a login, and of that of a client.
        for (keys, end, holds_still) in [
            (format!("{URL}client_id = 'c'\n{SECRET}"), "-1", [true, true]),
            (format!("{URL}client_id = 'c'\n{SECRET}scope = 'other'\naccount = 'b'\n"), "-1", [true, true]),
            (format!("token_url = 'https://a.example/u'\nclient_id = 'c'\n{SECRET}"), "-1", [false, false]),
            (format!("token_url = 'https://b.example/t'\nclient_id = 'c'\n{SECRET}"), "-1", [false, false]),
            (format!("{URL}client_id = 'd'\n{SECRET}"), "-1", [false, false]),
            (format!("{URL}client_id = 'c'\n{SECRET}"), "-2", [true, false]),
            (format!("{URL}client_id = 'c'\n"), "-1", [true, false]),
            (format!("{URL}client_id = 'c'\n{SECRET}private_key = {{ env = 'K' }}\n"), "-1", [true, false]),
            (format!("{URL}client_id = 'c'\n{SECRET}{proxy}"), "-1", [true, false]),
        ] {
            let now = of(&keys);
            let secrets = secrets(&now, end);
            let held = [LoginRequired, ClientRejected]
                .map(|kind| holds(&marked(kind), &now, &one(), Some(&secrets)));
            assert_eq!(held, holds_still, "{keys}{end}");
        }
        let other = key("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        assert!(!holds(&marked(LoginRequired), &then, &other, None), "another key");
    }

    #[test]
    fn what_it_is_about_cannot_be_put_together_from_other_pieces() {
        let about = |url: &str, id: &str| {
            about(
                RefusalKind::LoginRequired,
                &of(&format!("token_url = '{url}'\nclient_id = '{id}'\n")),
                &one(),
                None,
            )
        };
        assert_ne!(about("https://a.example/tc", "d"), about("https://a.example/t", "cd"));
    }

    #[test]
    fn only_a_rejected_client_rests_on_its_secrets() {
        let other = |code: Code| Outcome::Other { code, words: String::new() };
        let profile = of(&format!("{URL}client_id = 'c'\n{SECRET}"));
        for (outcome, needs) in [
            (refused(RefusalKind::ClientRejected), true),
            (refused(RefusalKind::LoginRequired), false),
            // As version 0.1.0 kept them.
            (other(Code::ClientRejected), true),
            (other(Code::LoginRequired), false),
            (other(Code::Internal), false),
        ] {
            let kind = if needs { RefusalKind::ClientRejected } else { RefusalKind::LoginRequired };
            let about = about(kind, &profile, &one(), Some(&secrets(&profile, "")));
            let mark = Mark { outcome, about };
            assert_eq!(needs_secrets(&mark), needs, "{:?}", mark.outcome);
            assert!(holds(&mark, &profile, &one(), Some(&secrets(&profile, ""))), "{:?}", mark.outcome);
            assert_eq!(holds(&mark, &profile, &one(), None), !needs, "{:?}", mark.outcome);
        }
    }
}
