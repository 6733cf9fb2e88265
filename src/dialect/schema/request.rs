//! A request as a dialect writes it: its parts, each a template or a tree of them.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::fields::Fields;
use super::json::Json;
use super::one_or_many::one_or_many;
use crate::base::duration::Span;
use crate::dialect::template::Template;
use crate::http::message::Method;

/// What is sent. Parameters are sent in the order in which they are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transform = crate::testing::json_schema::nothing_required, transform = crate::testing::json_schema::one_body))]
pub(crate) struct Request {
    /// A method of HTTP in capitals; `POST` if it is not given.
    #[serde(default)]
    pub(crate) method: Method,
    /// The address; a profile's `token_url` replaces it whole.
    pub(crate) url: Template,
    /// The vendor wants a secret in the address itself. Prefer `query`, which is never logged.
    #[serde(default)]
    pub(crate) secret_in_url: bool,
    /// How the client authenticates: one registered name, or several of which the profile chooses; the first is the default.
    #[serde(default, deserialize_with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<ClientAuth>"))]
    pub(crate) client_auth: Vec<ClientAuth>,
    /// For `private_key_jwt` and `client_secret_jwt`.
    #[serde(default)]
    pub(crate) client_assertion: ClientAssertion,
    /// Where params that the dialect does not declare are sent; without it they are errors.
    pub(crate) extra_params: Option<Part>,
    /// Made once for each request, for its templates to name: `{{ values.NAME }}`.
    #[serde(default)]
    pub(crate) values: Fields,
    /// Added to the address, form-encoded, after a query that the address has.
    #[serde(default)]
    pub(crate) query: Fields,
    /// Headers, by their names in RFC 9110.
    #[serde(default)]
    pub(crate) headers: Fields,
    /// A body in `application/x-www-form-urlencoded`.
    pub(crate) form: Option<Fields>,
    /// A body in `application/json`: strings in it are templates, other values stand as written.
    pub(crate) json: Option<Json>,
    /// A body as it stands: XML, text. Give it a `Content-Type` in `headers`.
    pub(crate) body: Option<Template>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Part {
    /// Added to the address.
    Query,
    /// Members of the form.
    Form,
    /// Members of the JSON body.
    Json,
}

impl Request {
    /// Every template and where it stands.
    pub(crate) fn templates(&self) -> Vec<(Vec<String>, &Template)> {
        let mut all = vec![(vec!["url".to_owned()], &self.url)];
        for (part, fields) in [
            ("values", Some(&self.values)),
            ("query", Some(&self.query)),
            ("headers", Some(&self.headers)),
            ("form", self.form.as_ref()),
        ] {
            for (name, several) in fields.into_iter().flat_map(|fields| &fields.0) {
                for (index, template) in several.iter().enumerate() {
                    let mut path = vec![part.to_owned(), name.clone()];
                    path.extend((several.len() > 1).then(|| index.to_string()));
                    all.push((path, template));
                }
            }
        }
        if let Some(json) = &self.json {
            json.templates(&["json".to_owned()], &mut all);
        }
        all.extend(self.body.iter().map(|template| (vec!["body".to_owned()], template)));
        let audience = self.client_assertion.audience.iter();
        all.extend(
            audience.map(|template| (vec!["client_assertion".to_owned(), "audience".to_owned()], template)),
        );
        all
    }

    /// What a template names, also by what its values name.
    pub(crate) fn named_through(&self, template: &Template) -> BTreeSet<String> {
        let mut all: BTreeSet<String> = template.names().map(str::to_owned).collect();
        loop {
            let known = all.len();
            for (name, value) in self.values.templates() {
                if all.contains(&format!("values.{name}")) {
                    all.extend(value.names().map(str::to_owned));
                }
            }
            if all.len() == known {
                return all;
            }
        }
    }

    /// Whether some template names `name`.
    pub(crate) fn uses(&self, name: &str) -> bool {
        self.templates().iter().any(|(_, template)| template.uses(name))
    }
}

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

    /// What it is, for people who choose one.
    pub(crate) fn about(self) -> &'static str {
        match self {
            ClientAuth::ClientSecretBasic => "a client secret, in the `Authorization` header",
            ClientAuth::ClientSecretBasicPlain => {
                "a client secret, in the `Authorization` header, not form-encoded"
            }
            ClientAuth::ClientSecretPost => "a client secret, in the body",
            ClientAuth::ClientSecretJwt => "an assertion signed with the client secret",
            ClientAuth::PrivateKeyJwt => "an assertion signed with a private key",
            ClientAuth::TlsClientAuth => "a client certificate (mutual TLS)",
            ClientAuth::SelfSignedTlsClientAuth => "a client certificate signed by itself (mutual TLS)",
            ClientAuth::None => "a public client, without a secret",
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
