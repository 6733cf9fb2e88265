//! The token with which the vault is asked: as it is given, or by a login.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::base::error::{Code, Error, Result, config, unavailable};
use crate::profile::secret_source::{SecretReader, SecretSource};
use crate::profile::stores::vault::VaultAuth;

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
    let secret = |what: &str, source: &SecretSource| {
        let read = source.read(reader);
        read.map(|secret| Zeroizing::new(secret.expose().to_owned()))
            .map_err(|why| unavailable(format!("the {what} of the store `{store}`: {why}")))
    };
    Ok(match auth {
        VaultAuth::Token(source) => {
            let token = secret("token", source)?;
            if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(config(format!(
                    "the token of the store `{store}` is no token: it has blanks or other signs in it"
                )));
            }
            Way::Token(token)
        }
        VaultAuth::AppRole { mount, role_id, secret_id } => {
            let mut body = json!({ "role_id": *secret("role id", role_id)? });
            if let Some(source) = secret_id {
                body["secret_id"] = json!(*secret("secret id", source)?);
            }
            Way::Login(Login { path: format!("{mount}/login"), body })
        }
        VaultAuth::Jwt { mount, role, jwt } => {
            let body = json!({ "role": role, "jwt": *secret("JWT", jwt)? });
            Way::Login(Login { path: format!("{mount}/login"), body })
        }
    })
}

/// The token that a login gave.
pub(super) fn granted(body: &Value) -> Option<Zeroizing<String>> {
    body.pointer("/auth/client_token")?.as_str().map(|token| Zeroizing::new(token.to_owned()))
}

pub(super) fn refused(store: &str, said: &str) -> Error {
    let words = format!("the vault of the store `{store}` refused the login{said}");
    Error::new(Code::StoreUnavailable, words)
}
