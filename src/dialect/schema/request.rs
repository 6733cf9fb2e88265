//! A request as a dialect writes it: its parts, each a template or a tree of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};

use super::fields::Fields;
use super::json::Json;
use super::one_or_many::one_or_many;
use crate::base::duration::Span;
use crate::base::fault::said;
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
    /// Answer a 401 that asks for it by HTTP Digest (RFC 7616).
    pub(crate) digest: Option<DigestLogin>,
    /// Prove with each request that whoever asks holds a key, to which the tokens are bound (RFC 9449): `true` or `"ES256"`.
    #[serde(default, deserialize_with = "proven")]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::Proven"))]
    pub(crate) dpop: bool,
    /// Where params that the dialect does not declare are sent; without it they are errors.
    pub(crate) extra_params: Option<Part>,
    /// Names of secrets that the vendor wants in more than one place of the request.
    #[serde(default, deserialize_with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<String>"))]
    pub(crate) repeats: Vec<String>,
    /// Made once for each request, for its templates to name: `{{ values.NAME }}`.
    #[serde(default)]
    pub(crate) values: Fields,
    /// Added to the address, form-encoded, after a query that the address has.
    #[serde(default)]
    pub(crate) query: Fields,
    /// Headers, by their names in RFC 9110.
    #[serde(default)]
    pub(crate) headers: Fields,
    /// Parameters in `application/x-www-form-urlencoded`, sent as the body if `form_in` does not say otherwise.
    pub(crate) form: Option<Fields>,
    /// Where the members of `form`, and what a client authentication adds to them, are sent.
    #[serde(default)]
    pub(crate) form_in: FormIn,
    /// A body in `application/json`: strings in it are templates, other values stand as written.
    pub(crate) json: Option<Json>,
    /// A body as it stands: XML, text. Give it a `Content-Type` in `headers`.
    pub(crate) body: Option<Template>,
}

/// Whose password a digest is made with.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DigestLogin {
    /// The user name.
    pub(crate) username: Template,
    /// The password, which is not sent.
    pub(crate) password: Template,
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

/// Where the members of a form are sent.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum FormIn {
    /// As the body.
    #[default]
    Body,
    /// Added to the address, after `query`; there is no body.
    Query,
    /// As the body, in JSON: an object of strings, of lists of strings where a name has several values.
    Json,
}

impl Request {
    /// Every template and where it stands.
    pub(crate) fn templates(&self) -> Vec<(Vec<String>, &Template)> {
        let mut all = Vec::new();
        self.each(&mut |path, template| {
            all.push((path.iter().map(|&key| key.to_owned()).collect(), template));
        });
        all
    }

    fn each<'a>(&'a self, visit: &mut dyn FnMut(&[&str], &'a Template)) {
        visit(&["url"], &self.url);
        for (part, fields) in [
            ("values", Some(&self.values)),
            ("query", Some(&self.query)),
            ("headers", Some(&self.headers)),
            ("form", self.form.as_ref()),
        ] {
            for (name, several) in fields.into_iter().flat_map(|fields| &fields.0) {
                match &several[..] {
                    [only] => visit(&[part, name], only),
                    all => {
                        for (index, template) in all.iter().enumerate() {
                            visit(&[part, name, &index.to_string()], template);
                        }
                    }
                }
            }
        }
        if let Some(json) = &self.json {
            json.each(&["json"], visit);
        }
        self.body.iter().for_each(|template| visit(&["body"], template));
        if let Some(DigestLogin { username, password }) = &self.digest {
            visit(&["digest", "username"], username);
            visit(&["digest", "password"], password);
        }
        for (key, template) in self.client_assertion.claims() {
            template.iter().for_each(|template| visit(&["client_assertion", key], template));
        }
    }

    /// The names of what is sent in the query and in the body.
    pub(crate) fn member_names(&self) -> impl Iterator<Item = &str> {
        let fields =
            [Some(&self.query), self.form.as_ref()].into_iter().flatten().flat_map(|fields| &fields.0);
        let members = match &self.json {
            Some(Json::Object(members)) => members.as_slice(),
            _ => &[],
        };
        fields.map(|(name, _)| name.as_str()).chain(members.iter().map(|(name, _)| name.as_str()))
    }

    /// What a template names, also by what its values name.
    pub(crate) fn named_through(&self, template: &Template) -> BTreeSet<String> {
        self.through(template, |template| template.names().map(str::to_owned).collect())
    }

    /// What can be told from what comes of a template, also by the values that it names.
    pub(crate) fn shown_through(&self, template: &Template) -> BTreeSet<String> {
        let shown = |template: &Template| {
            template.names().filter(|name| template.shows(name)).map(str::to_owned).collect()
        };
        self.through(template, shown)
    }

    fn through(&self, template: &Template, of: impl Fn(&Template) -> Vec<String>) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        let mut open = of(template);
        while let Some(name) = open.pop() {
            if let Some(own) = name.strip_prefix("values.").filter(|_| !all.contains(&name)) {
                let values = self.values.templates().filter(|(value, _)| *value == own);
                open.extend(values.flat_map(|(_, value)| of(value)));
            }
            all.insert(name);
        }
        all
    }

    /// Its values, each after those that it names. What is made of itself comes after some of them alone.
    pub(crate) fn values_in_order(&self) -> Vec<(&str, &Template)> {
        fn visit<'a>(
            name: &'a str,
            open: &mut BTreeMap<&'a str, Vec<&'a Template>>,
            order: &mut Vec<(&'a str, &'a Template)>,
        ) {
            for template in open.remove(name).into_iter().flatten() {
                template
                    .names()
                    .filter_map(|name| name.strip_prefix("values."))
                    .for_each(|other| visit(other, open, order));
                order.push((name, template));
            }
        }
        let mut open: BTreeMap<&str, Vec<&Template>> = BTreeMap::new();
        self.values.templates().for_each(|(name, template)| open.entry(name).or_default().push(template));
        let mut order = Vec::new();
        self.values.templates().for_each(|(name, _)| visit(name, &mut open, &mut order));
        order
    }

    /// Whether some template names `name`.
    pub(crate) fn uses(&self, name: &str) -> bool {
        self.any(|_, template| template.uses(name))
    }

    /// Whether some template is so, at the place where it stands.
    pub(crate) fn any(&self, is_so: impl Fn(&[&str], &Template) -> bool) -> bool {
        let mut found = false;
        self.each(&mut |path, template| found = found || is_so(path, template));
        found
    }
}

/// `true`, or the one algorithm that proofs are signed with.
fn proven<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match serde_json::Value::deserialize(from)? {
        serde_json::Value::Bool(truth) => Ok(truth),
        serde_json::Value::String(word) if word == "ES256" => Ok(true),
        _ => Err(said("expected `true`, `false` or `\"ES256\"`")),
    }
}

/// By their names in the registry of RFC 7591 section 2, but for two.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[expect(clippy::enum_variant_names, reason = "they are the registry's, or as it would have them")]
pub(crate) enum ClientAuth {
    /// `Authorization: Basic` over `client_id:client_secret`, both form-encoded first (RFC 6749 section 2.3.1).
    ClientSecretBasic,
    /// The same without that encoding, as many vendors have it. Not a registered name.
    ClientSecretBasicPlain,
    /// `client_id` and `client_secret` as the last members of the body.
    ClientSecretPost,
    /// `client_id` and `client_secret` as the last parameters of the query. Not a registered name.
    ClientSecretQuery,
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
            ClientAuth::ClientSecretQuery => "client_secret_query",
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
            ClientAuth::ClientSecretQuery => "a client secret, in the address",
            ClientAuth::ClientSecretJwt => "an assertion signed with the client secret",
            ClientAuth::PrivateKeyJwt => "an assertion signed with a private key",
            ClientAuth::TlsClientAuth => "a client certificate (mutual TLS)",
            ClientAuth::SelfSignedTlsClientAuth => "a self-signed client certificate (mutual TLS)",
            ClientAuth::None => "a public client, without a secret",
        }
    }

    /// What the profile must give for it.
    pub(crate) fn needs(self) -> &'static [&'static str] {
        match self {
            ClientAuth::ClientSecretBasic
            | ClientAuth::ClientSecretBasicPlain
            | ClientAuth::ClientSecretPost
            | ClientAuth::ClientSecretQuery
            | ClientAuth::ClientSecretJwt => &["client_id", "client_secret"],
            ClientAuth::PrivateKeyJwt => &["client_id", "private_key"],
            ClientAuth::TlsClientAuth | ClientAuth::SelfSignedTlsClientAuth => &["client_id"],
            ClientAuth::None => &[],
        }
    }

    /// The client secret itself, and not what is signed with it.
    pub(crate) fn sends_secret(self) -> bool {
        use ClientAuth::{ClientSecretBasic, ClientSecretBasicPlain, ClientSecretPost, ClientSecretQuery};
        matches!(self, ClientSecretBasic | ClientSecretBasicPlain | ClientSecretPost | ClientSecretQuery)
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
    /// `iss`; the `client_id` if it is not given.
    pub(crate) issuer: Option<Template>,
    /// `sub`; the `client_id` if it is not given.
    pub(crate) subject: Option<Template>,
    /// `aud`; the address of the request if it is not given.
    pub(crate) audience: Option<Template>,
    /// `exp` less `iat`; five minutes if it is not given.
    pub(crate) lifetime: Option<Span>,
}

impl ClientAssertion {
    /// Those that a dialect writes, by their keys.
    fn claims(&self) -> [(&'static str, &Option<Template>); 3] {
        [("issuer", &self.issuer), ("subject", &self.subject), ("audience", &self.audience)]
    }
}
