//! The client assertion: a JWT that the client signs (RFC 7523 section 3).

use serde_json::{Map, Value, json};
use url::Url;
use zeroize::Zeroizing;

use super::pairs::secret;
use super::settings::Settings;
use crate::dialect::schema::{ClientAuth, Request};
use crate::dialect::signature::{self, Alg};
use crate::dialect::template::{Filling, Values};

/// Seconds, where the dialect does not say.
const LIFETIME: u64 = 300;

pub(super) struct Assertion<'a> {
    pub(super) request: &'a Request,
    pub(super) settings: &'a Settings<'a>,
    pub(super) values: &'a Values,
}

impl Assertion<'_> {
    pub(super) fn signed(&self, url: &Url) -> Result<Zeroizing<String>, String> {
        let key =
            self.text(if self.by_secret() { "client_secret" } else { "private_key" }).unwrap_or_default();
        if self.settings.trial {
            return Ok(secret(key));
        }
        let claims = self.claims(url)?;
        let alg = match self.settings.signing_alg {
            Some(alg) => alg,
            None if self.by_secret() => Alg::HS256,
            None => signature::own_alg(key.as_bytes())?,
        };
        signature::jwt(alg, key.as_bytes(), self.header()?, &claims).map(Zeroizing::new)
    }

    fn by_secret(&self) -> bool {
        self.settings.client_auth == ClientAuth::ClientSecretJwt
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.as_str())
    }

    fn claims(&self, url: &Url) -> Result<Value, String> {
        let filling = Filling { values: self.values, request: None, trial: false };
        let audience = match &self.request.client_assertion.audience {
            Some(template) => {
                template.render(&filling)?.ok_or("`audience` needs a value that is not there")?
            }
            None => secret(url.as_str()),
        };
        let now: i64 = self.text("now").and_then(|now| now.parse().ok()).unwrap_or_default();
        let lifetime = self.request.client_assertion.lifetime.map_or(LIFETIME, |span| span.0.as_secs());
        let client = self.text("client_id").unwrap_or_default();
        Ok(json!({
            "iss": client, "sub": client, "aud": audience.as_str(), "iat": now,
            "exp": now.saturating_add_unsigned(lifetime), "jti": self.text("uuid").unwrap_or_default(),
        }))
    }

    /// Beside `alg` and `typ` (RFC 7515 section 4.1).
    fn header(&self) -> Result<Map<String, Value>, String> {
        let mut header = Map::new();
        header.extend(self.text("key_id").map(|id| ("kid".to_owned(), id.into())));
        if let Some(certificate) = self.text("certificate").filter(|_| !self.by_secret()) {
            let prints = signature::thumbprints(certificate.as_bytes())?;
            header.extend(prints.map(|(name, print)| (name.to_owned(), print.into())));
        }
        Ok(header)
    }
}
