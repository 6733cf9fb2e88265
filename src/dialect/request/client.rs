//! What authenticates the client: members of the body (RFC 6749 section 2.3.1, RFC 7523) or a header.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use url::Url;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::assertion::Assertion;
use super::pairs::{Pairs, secret};
use super::settings::Settings;
use crate::dialect::schema::{ClientAuth, Request};
use crate::dialect::template::Values;

/// `urn:…` of RFC 7523 section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What authenticates the client in the body.
pub(super) fn params(
    request: &Request,
    settings: &Settings<'_>,
    values: &Values,
    url: &Url,
) -> Result<Pairs, String> {
    let value = |name: &str| values.get(name).cloned().unwrap_or_default();
    let own = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), value(name))).collect();
    if request.client_auth.is_empty() {
        return Ok(Pairs::new());
    }
    Ok(match settings.client_auth {
        ClientAuth::ClientSecretBasic | ClientAuth::ClientSecretBasicPlain => Pairs::new(),
        ClientAuth::ClientSecretPost => own(&["client_id", "client_secret"]),
        ClientAuth::TlsClientAuth | ClientAuth::SelfSignedTlsClientAuth => own(&["client_id"]),
        // Section 3.2.1: a public client names itself.
        ClientAuth::None if values.contains_key("client_id") && request.body.is_none() => own(&["client_id"]),
        ClientAuth::None => Pairs::new(),
        ClientAuth::ClientSecretJwt | ClientAuth::PrivateKeyJwt => {
            let assertion = Assertion { request, settings, values }.signed(url)?;
            let mut pairs: Pairs = own(&["client_id"]);
            pairs.push(("client_assertion_type".into(), secret(JWT_BEARER)));
            pairs.push(("client_assertion".into(), assertion));
            pairs
        }
    })
}

/// `Authorization: Basic` (RFC 7617).
pub(super) fn header(request: &Request, method: ClientAuth, values: &Values) -> Option<Zeroizing<String>> {
    let part = |name: &str, encode: bool| -> Zeroizing<String> {
        let value = values.get(name).cloned().unwrap_or_default();
        if encode { byte_serialize(value.as_bytes()).collect::<String>().into() } else { value }
    };
    let encode = match method {
        _ if request.client_auth.is_empty() => return None,
        // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
        ClientAuth::ClientSecretBasic => true,
        ClientAuth::ClientSecretBasicPlain => false,
        _ => return None,
    };
    let (id, key) = (part("client_id", encode), part("client_secret", encode));
    let joined = Zeroizing::new(format!("{}:{}", id.as_str(), key.as_str()));
    Some(secret(&format!("Basic {}", BASE64_STANDARD.encode(joined.as_bytes()))))
}
