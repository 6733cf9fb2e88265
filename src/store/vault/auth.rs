//! The token with which the vault is asked: as it is given, or by a login.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::base::error::{Error, Result, config, unavailable};
use crate::profile::secret_source::{SecretReader, SecretSource};
use crate::profile::stores::vault::{VaultAuth, VaultStore};

/// What a login sends, and where.
pub(super) struct Login {
    /// Below `auth/`.
    pub(super) path: String,
    pub(super) body: Value,
}

/// The way to a token.
pub(super) enum Way {
    Token(Zeroizing<String>),
    Login(Login),
}

pub(super) fn way(store: &str, auth: &VaultAuth, reader: SecretReader<'_>) -> Result<Way> {
    let secret = |what: &str, key: &str, source: &SecretSource| {
        let read = source.read(reader);
        read.map(|secret| Zeroizing::new(secret.expose().to_owned())).map_err(|why| {
            unavailable(format!("the {what} of the store `{store}`: {why}")).hint(mend(store, key, source))
        })
    };
    Ok(match auth {
        VaultAuth::Token(source) => {
            let token = secret("token", "token", source)?;
            if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(config(format!(
                    "the token of the store `{store}` is not a token: it contains blanks or other invalid characters"
                )));
            }
            Way::Token(token)
        }
        VaultAuth::AppRole { mount, role_id, secret_id } => {
            let mut body = json!({ "role_id": *secret("role id", "role_id", role_id)? });
            if let Some(source) = secret_id {
                body["secret_id"] = json!(*secret("secret id", "secret_id", source)?);
            }
            Way::Login(Login { path: format!("{mount}/login"), body })
        }
        VaultAuth::Jwt { mount, role, jwt } => {
            let body = json!({ "role": role, "jwt": *secret("JWT", "token", jwt)? });
            Way::Login(Login { path: format!("{mount}/login"), body })
        }
    })
}

/// The token that a login gave.
pub(super) fn granted(body: &Value) -> Option<Zeroizing<String>> {
    body.pointer("/auth/client_token")?.as_str().map(|token| Zeroizing::new(token.to_owned()))
}

fn mend(store: &str, key: &str, source: &SecretSource) -> String {
    let other = format!("set `{key}` under [stores.{store}] to another source");
    match source {
        SecretSource::Env(name) => format!("set `{name}` wherever `tokcli` runs, or {other}"),
        SecretSource::Credential(name) => format!("run it in the unit that is given `{name}`, or {other}"),
        SecretSource::Command(_) => {
            format!("run the command in `{key}` under [stores.{store}] by hand to see why")
        }
        _ => format!("see that this user can read the {}, or {other}", source.place()),
    }
}

pub(super) fn refused(store: &VaultStore, said: &str) -> Error {
    let name = &store.name;
    let keys = match store.auth {
        VaultAuth::AppRole { .. } => "`role_id`, `secret_id` and `mount` of `approle`",
        VaultAuth::Jwt { .. } | VaultAuth::Token(_) => "`role`, `token` and `mount` of the login",
    };
    unavailable(format!("the vault of the store `{name}` refused the login{said}"))
        .hint(format!("see that {keys} under [stores.{name}] are what the vault knows"))
}
