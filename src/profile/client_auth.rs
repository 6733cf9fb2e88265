//! How the client authenticates in each step of a chain: as the profile asks, or else by what it has.

use std::collections::BTreeMap;

use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::Profile;
use super::file::WrittenProfile;
use super::secrets::Secrets;
use crate::base::fault::Fault;
use crate::base::order::InOrder as _;
use crate::credential::reading::RenewsWith;
use crate::dialect::flow::Step;
use crate::dialect::schema::{ClientAuth, Dialect};

/// By the name of the step; of those that say so.
pub(super) fn chosen(
    written: &WrittenProfile,
    dialect: &Dialect,
) -> Result<BTreeMap<String, ClientAuth>, Fault> {
    check_offered(written, dialect)?;
    let chosen = dialect.all_steps().filter_map(|step| {
        Some((step.name.to_owned(), choose(written, &step.exchange.request.client_auth)?))
    });
    Ok(chosen.in_order())
}

/// Whether the profile says nothing of a client that the vendor may know by its name alone. `client_auth = "none"` says
/// something: the client may have no name.
pub(super) fn names_no_client(
    written: &WrittenProfile,
    dialect: &Dialect,
    client_auth: &BTreeMap<String, ClientAuth>,
) -> bool {
    let is_public = |step: Step<'_>| client_auth.get(step.name) == Some(&ClientAuth::None);
    written.client_auth.is_none()
        && written.client_id.is_none()
        && !written.unread.contains("client_id")
        && dialect.renews_with != RenewsWith::Client
        && dialect.refresh().steps().any(is_public)
}

impl Profile {
    /// How the client authenticates in each step that says so.
    pub(crate) fn client_auth_words(&self) -> impl Iterator<Item = &str> {
        let mut words: Vec<&str> = self.client_auth.values().map(|auth| auth.word()).collect();
        words.dedup();
        words.into_iter()
    }

    /// Whether form-encoding changes what Basic sends (RFC 6749 section 2.3.1), and the dialect offers it without: there are
    /// servers that do not decode it.
    pub(crate) fn may_send_basic_plain(&self, secrets: &Secrets) -> bool {
        let encodes = self.client_auth.values().any(|auth| *auth == ClientAuth::ClientSecretBasic);
        let changed = |name: &&str| {
            secrets.values.get(*name).is_some_and(|value| {
                let encoded: Zeroizing<String> = byte_serialize(value.as_bytes()).collect::<String>().into();
                encoded != *value
            })
        };
        encodes
            && self.dialect.client_auth().contains(&ClientAuth::ClientSecretBasicPlain)
            && ["client_id", "client_secret"].iter().any(changed)
    }
}

fn check_offered(written: &WrittenProfile, dialect: &Dialect) -> Result<(), Fault> {
    let offered = dialect.client_auth();
    let words = match written.client_auth {
        Some(_) if offered.is_empty() => "authenticates the client in its own way".to_owned(),
        Some(asked) if !offered.contains(&asked) => {
            let mut names: Vec<&str> = offered.iter().map(|one| one.word()).collect();
            names.dedup();
            format!("supports only {}", names.join(", "))
        }
        _ => return Ok(()),
    };
    Err(Fault::at(&["client_auth"], &format!("the dialect `{}` {words}", written.dialect)))
}

/// `None`: this step offers none.
fn choose(written: &WrittenProfile, offered: &[ClientAuth]) -> Option<ClientAuth> {
    let has = |one: ClientAuth| offered.contains(&one);
    match written.client_auth {
        Some(asked) if has(asked) => Some(asked),
        None if written.private_key.is_some() && has(ClientAuth::PrivateKeyJwt) => {
            Some(ClientAuth::PrivateKeyJwt)
        }
        // Without a secret there is a public client, if the vendor has those.
        None if written.client_secret.is_none() && has(ClientAuth::None) => Some(ClientAuth::None),
        // What the server says that it knows, if it says so.
        None => {
            let known = written.discovered.as_ref().map_or(&[][..], |found| &found.client_auth);
            let with_a_secret = |one: &&ClientAuth| {
                one.needs().contains(&"client_secret") && known.iter().any(|word| word == one.word())
            };
            offered.iter().find(with_a_secret).or_else(|| offered.first()).copied()
        }
        _ => offered.first().copied(),
    }
}

#[cfg(test)]
mod tests {
    use crate::credential::secrets::ClientSecret;
    use crate::testing::profiles::profile;

    #[test]
    fn the_client_authenticates_as_asked_or_by_what_it_has() {
        let chosen = |keys: &str| {
            let profile = profile(&format!(
                "dialect = 'oauth2'\ntoken_url = 'https://a.example'\nclient_id = 'c'\n{keys}"
            ))?;
            Ok(profile.client_auth_words().map(str::to_owned).collect::<Vec<_>>())
        };
        for (keys, wanted) in [
            ("", "none"),
            ("client_secret = { env = 'S' }", "client_secret_basic"),
            ("client_secret = { env = 'S' }\nclient_auth = 'client_secret_post'", "client_secret_post"),
            ("client_secret = { env = 'S' }\nprivate_key = { file = 'k' }", "private_key_jwt"),
            ("private_key = { file = 'k' }\nclient_auth = 'none'", "none"),
        ] {
            assert_eq!(chosen(keys), Ok(vec![wanted.to_owned()]), "{keys}");
        }
        for (keys, why) in [
            (
                "client_auth = 'client_secret_post'",
                "`profiles.a.client_secret`: missing; the dialect `oauth2` needs it",
            ),
            (
                "client_auth = 'tls_client_auth'",
                "`profiles.a.tls.client_cert`: missing; the client authenticates with mutual TLS",
            ),
        ] {
            let is: String = chosen(keys).expect_err(keys);
            assert!(is.ends_with(why), "{is}");
        }
    }

    #[test]
    fn basic_can_be_sent_plain_where_that_makes_a_difference() {
        let hinted = |keys: &str, secret: &str| {
            let text = format!("token_url = 'https://a.example'\nclient_secret = {{ env = 'S' }}\n{keys}");
            let profile = profile(&text).expect(keys);
            let secrets = profile.secrets_by(|_| Ok(ClientSecret::new(secret))).expect("secrets");
            profile.may_send_basic_plain(&secrets)
        };
        let oauth2 = "dialect = 'oauth2'\nclient_id = 'c'\n";
        for (keys, secret, wanted) in [
            (oauth2, "Plain-1.2_3*", false),
            (oauth2, "", false),
            (oauth2, "s3:cr3t", true),
            (oauth2, "a+b", true),
            (oauth2, "a b", true),
            (oauth2, "50%", true),
            ("dialect = 'oauth2'\nclient_id = 'client|app-7'\n", "s", true),
            ("dialect = 'oauth2'\nclient_id = 'c'\nclient_auth = 'client_secret_post'\n", "s3:cr3t", false),
            (
                "dialect = 'oauth2'\nclient_id = 'c'\nclient_auth = 'client_secret_basic_plain'\n",
                "s3:cr3t",
                false,
            ),
            ("dialect = 'canva'\nclient_id = 'c'\n", "s3:cr3t", false),
        ] {
            assert_eq!(hinted(keys, secret), wanted, "{keys} {secret}");
        }
    }

    #[test]
    fn what_the_dialect_does_not_offer_is_refused() {
        let with = |offered: &str| {
            let text = format!(
                "dialect = 'own'\nbase_url = 'https://a.example'\nclient_auth = 'client_secret_basic'\n[dialects.own]\nexchanges.refresh.answer.access_token = '/t'\nexchanges.refresh.request = {{ url = '{{{{ base_url }}}}', form.t = '{{{{ refresh_token }}}}'{offered} }}\n"
            );
            profile(&text).map(|_| ()).expect_err("refused")
        };
        let all = with(", client_auth = ['client_secret_post', 'none']");
        assert!(
            all.ends_with(
                "`profiles.a.client_auth`: the dialect `own` supports only client_secret_post, none"
            ),
            "{all}"
        );
        assert!(with("").ends_with("the dialect `own` authenticates the client in its own way"));
    }
}
