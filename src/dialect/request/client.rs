//! What authenticates the client: members of the body (RFC 6749 section 2.3.1, RFC 7523) or a header.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Map, Value, json};
use url::Url;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::parameters::{Pairs, Settings, secret};
use super::unmade::Unmade;
use crate::dialect::schema::{ClientAuth, Request};
use crate::dialect::signature::{self, Alg};
use crate::dialect::template::{Filling, Template, Values};

/// `urn:…` of RFC 7523 section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What authenticates the client among the parameters.
pub(super) fn params(
    request: &Request,
    settings: &Settings<'_>,
    filling: &Filling<'_>,
    url: &Url,
) -> Result<Pairs, Unmade> {
    let values = filling.values;
    let value = |name: &str| values.get(name).cloned().unwrap_or_default();
    let own = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), value(name))).collect();
    if request.client_auth.is_empty() {
        return Ok(Pairs::new());
    }
    Ok(match settings.client_auth {
        ClientAuth::ClientSecretBasic | ClientAuth::ClientSecretBasicPlain => Pairs::new(),
        ClientAuth::ClientSecretPost | ClientAuth::ClientSecretQuery => own(&["client_id", "client_secret"]),
        ClientAuth::TlsClientAuth | ClientAuth::SelfSignedTlsClientAuth => own(&["client_id"]),
        // Section 3.2.1: a public client names itself.
        ClientAuth::None if values.contains_key("client_id") && request.body.is_none() => own(&["client_id"]),
        ClientAuth::None => Pairs::new(),
        ClientAuth::ClientSecretJwt | ClientAuth::PrivateKeyJwt => {
            let assertion = Assertion { request, settings, filling }.signed(url)?;
            let mut pairs: Pairs = own(&["client_id"]);
            pairs.push(("client_assertion_type".into(), secret(JWT_BEARER)));
            pairs.push(("client_assertion".into(), assertion));
            pairs
        }
    })
}

/// `Authorization: Basic` (RFC 7617). Of a masked login a mask.
pub(super) fn header(
    request: &Request,
    settings: &Settings<'_>,
    values: &Values,
) -> Option<Zeroizing<String>> {
    let part = |name: &str, encode: bool| -> Zeroizing<String> {
        let value = values.get(name).cloned().unwrap_or_default();
        if encode { byte_serialize(value.as_bytes()).collect::<String>().into() } else { value }
    };
    let encode = match settings.client_auth {
        _ if request.client_auth.is_empty() => return None,
        // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
        ClientAuth::ClientSecretBasic => true,
        ClientAuth::ClientSecretBasicPlain => false,
        _ => return None,
    };
    let is_masked = ["client_id", "client_secret"].iter().any(|name| settings.stand_ins.names(name));
    if let Some(mask) = settings.stand_ins.mask().filter(|_| is_masked) {
        return Some(secret(&format!("Basic {mask}")));
    }
    let (id, key) = (part("client_id", encode), part("client_secret", encode));
    let joined = Zeroizing::new(format!("{}:{}", id.as_str(), key.as_str()));
    Some(secret(&format!("Basic {}", BASE64_STANDARD.encode(joined.as_bytes()))))
}

/// Of a client assertion, in seconds, where the dialect does not say.
const LIFETIME: u64 = 300;

/// The client assertion: a JWT that the client signs (RFC 7523 section 3).
struct Assertion<'a> {
    request: &'a Request,
    settings: &'a Settings<'a>,
    filling: &'a Filling<'a>,
}

impl Assertion<'_> {
    fn signed(&self, url: &Url) -> Result<Zeroizing<String>, Unmade> {
        let name = if self.by_secret() { "client_secret" } else { "private_key" };
        let key = self.text(name).unwrap_or_default();
        if self.settings.stand_ins.names(name) {
            return Ok(secret(key));
        }
        let claims = self.claims(url)?;
        let alg = match self.settings.signing_alg {
            Some(alg) => alg,
            None if self.by_secret() => Alg::HS256,
            None => signature::own_alg(key.as_bytes())?,
        };
        Ok(Zeroizing::new(signature::jwt(alg, key.as_bytes(), self.header()?, &claims)?))
    }

    fn by_secret(&self) -> bool {
        self.settings.client_auth == ClientAuth::ClientSecretJwt
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.filling.values.get(name).map(|value| value.as_str())
    }

    fn claims(&self, url: &Url) -> Result<Value, Unmade> {
        let own = |key: &str, template: &Option<Template>, otherwise: &str| match template {
            Some(template) => template
                .render(self.filling)
                .and_then(|text| text.ok_or_else(|| "needs a value that is not there".to_owned()))
                .map_err(|why| Unmade::from(why).below(key).below("client_assertion")),
            None => Ok(secret(otherwise)),
        };
        let client = self.text("client_id").unwrap_or_default();
        let given = &self.request.client_assertion;
        let issuer = own("issuer", &given.issuer, client)?;
        let subject = own("subject", &given.subject, client)?;
        let audience = own("audience", &given.audience, url.as_str())?;
        let now: i64 = self.text("now").and_then(|now| now.parse().ok()).unwrap_or_default();
        let lifetime = self.request.client_assertion.lifetime.map_or(LIFETIME, |span| span.0.as_secs());
        Ok(json!({
            "iss": issuer.as_str(), "sub": subject.as_str(), "aud": audience.as_str(), "iat": now,
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
