//! How a client authenticates (RFC 6749 section 2.3), by the registered names.

use serde::Deserialize;

use crate::base::duration::Span;
use crate::dialect::template::Template;

/// By their names in the registry of RFC 7591 section 2, but for one.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[expect(clippy::enum_variant_names, reason = "they are the registry's")]
pub(crate) enum ClientAuth {
    /// `Authorization: Basic` over `client_id:client_secret`, both form-encoded first (RFC 6749 section 2.3.1).
    ClientSecretBasic,
    /// The same without that encoding, as many vendors have it. Not a registered name.
    ClientSecretBasicPlain,
    /// `client_id` and `client_secret` as the last members of the body.
    ClientSecretPost,
    /// A JWT signed with the client secret (RFC 7523).
    ClientSecretJwt,
    /// A JWT signed with a private key (RFC 7523).
    PrivateKeyJwt,
    /// `client_id` in the body, over mutual TLS (RFC 8705).
    TlsClientAuth,
    /// `client_id` in the body, over mutual TLS with a self-signed certificate (RFC 8705).
    SelfSignedTlsClientAuth,
    /// A public client: `client_id` in the body, if the profile gives one.
    None,
}

impl ClientAuth {
    pub(crate) fn word(self) -> &'static str {
        match self {
            ClientAuth::ClientSecretBasic => "client_secret_basic",
            ClientAuth::ClientSecretBasicPlain => "client_secret_basic_plain",
            ClientAuth::ClientSecretPost => "client_secret_post",
            ClientAuth::ClientSecretJwt => "client_secret_jwt",
            ClientAuth::PrivateKeyJwt => "private_key_jwt",
            ClientAuth::TlsClientAuth => "tls_client_auth",
            ClientAuth::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
            ClientAuth::None => "none",
        }
    }

    /// What the profile must give for it.
    pub(crate) fn needs(self) -> &'static [&'static str] {
        match self {
            ClientAuth::ClientSecretBasic
            | ClientAuth::ClientSecretBasicPlain
            | ClientAuth::ClientSecretPost
            | ClientAuth::ClientSecretJwt => &["client_id", "client_secret"],
            ClientAuth::PrivateKeyJwt => &["client_id", "private_key"],
            ClientAuth::TlsClientAuth | ClientAuth::SelfSignedTlsClientAuth => &["client_id"],
            ClientAuth::None => &[],
        }
    }

    pub(crate) fn needs_certificate(self) -> bool {
        matches!(self, ClientAuth::TlsClientAuth | ClientAuth::SelfSignedTlsClientAuth)
    }
}

/// Of a client assertion (RFC 7523 section 3).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ClientAssertion {
    /// `aud`; the address of the request if it is not given.
    pub(crate) audience: Option<Template>,
    /// `exp` less `iat`; five minutes if it is not given.
    pub(crate) lifetime: Option<Span>,
}
