//! From an exchange and the values of a profile and a credential to one request,
//! as plain data. Nothing is sent here, and nothing here knows how.
//!
//! In this order: the address, the client's authentication, the parameters, then those
//! that speak of the request itself: in the body, in the query, in the headers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Map, Value, json};
use url::Url;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::schema::{ClientAuth, Exchange, Fields, Json, Part, Request};
use super::signature::{self, Alg};
use super::template::from_json_value;
use super::template::{Filling, Template, Values};
use crate::http::message::HttpRequest;

/// What the profile decides about a request.
pub(crate) struct Settings<'a> {
    /// `token_url`: the whole address.
    pub(crate) address: Option<&'a Url>,
    pub(crate) client_auth: ClientAuth,
    /// Of a client assertion; without it the key's own.
    pub(crate) signing_alg: Option<Alg>,
    /// Params that the dialect does not declare.
    pub(crate) extra: Vec<(&'a str, &'a str)>,
    /// Values are stand-ins: nothing is signed.
    pub(crate) trial: bool,
}

type Pairs = Vec<(String, Zeroizing<String>)>;

/// `Err` says which part cannot be made, never with which value.
pub(crate) fn build(
    exchange: &Exchange,
    settings: &Settings<'_>,
    values: &Values,
) -> Result<HttpRequest, String> {
    let request = &exchange.request;
    let early = Filling { values, request: None, trial: settings.trial };
    let url = endpoint(request, settings.address, &early)?;
    let client = client_params(request, settings, values, &url)?;
    let draft = Draft::make(request, settings, &client, &early)?;
    let about = draft.described(request, &url, None);
    let late = Filling { request: Some(&about), ..early };
    let body = Draft::make(request, settings, &client, &late)?.body(request, &late)?;
    let about = draft.described(request, &url, body.as_ref().map(|(_, text)| text.as_str()));
    let last = Filling { request: Some(&about), ..early };
    let query = Draft::make(request, settings, &client, &last)?.query;
    let mut headers = fields(&request.headers, &last)?;
    basic(request, settings.client_auth, values, &mut headers);
    add_default_headers(&mut headers, body.as_ref().map(|(kind, _)| *kind).filter(|kind| !kind.is_empty()));
    check_headers(&headers)?;
    Ok(HttpRequest {
        method: request.method.clone(),
        url: with_query(url, &query),
        headers,
        body: body.map(|(_, text)| text),
        keep: exchange.headers_to_keep(),
    })
}

/// The address alone, without query: for binding, before any secret is at hand.
pub(crate) fn endpoint(
    request: &Request,
    address: Option<&Url>,
    filling: &Filling<'_>,
) -> Result<Url, String> {
    if let Some(whole) = address {
        return Ok(whole.clone());
    }
    let rendered = render(&request.url, filling)?
        .ok_or("the request's address needs a value that the profile does not give")?;
    crate::base::address::checked_url(&rendered)
}

/// The parameters of a request. Without a description of it, those that speak of it are left out.
struct Draft {
    query: Pairs,
    form: Option<Pairs>,
    json: Option<Value>,
}

impl Draft {
    fn make(
        request: &Request,
        settings: &Settings<'_>,
        client: &Pairs,
        filling: &Filling<'_>,
    ) -> Result<Draft, String> {
        let mut query = fields(&request.query, filling)?;
        let mut form = request.form.as_ref().map(|form| fields(form, filling)).transpose()?;
        let mut json = request.json.as_ref().map(|json| json_body(json, filling)).transpose()?;
        let extra = settings.extra.iter().map(|(name, value)| ((*name).to_owned(), secret(value)));
        match request.extra_params {
            Some(Part::Query) => query.extend(extra),
            Some(Part::Form) => form.get_or_insert_default().extend(extra),
            Some(Part::Json) => extra.for_each(|(name, value)| put(&mut json, name, &value)),
            None => {}
        }
        match &mut json {
            Some(_) => client.iter().for_each(|(name, value)| put(&mut json, name.clone(), value)),
            None if client.is_empty() => {}
            None => form.get_or_insert_default().extend(client.iter().cloned()),
        }
        Ok(Draft { query, form, json })
    }

    /// As templates see it under `request`.
    fn described(&self, request: &Request, url: &Url, body: Option<&str>) -> minijinja::Value {
        let pairs = |pairs: &Pairs| {
            let mut map: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for (name, value) in pairs {
                map.entry(name).or_default().push(value);
            }
            Value::Object(
                map.into_iter()
                    .map(|(name, all)| {
                        (name.to_owned(), if let [one] = all[..] { json!(one) } else { json!(all) })
                    })
                    .collect(),
            )
        };
        let mut bare = url.clone();
        bare.set_query(None);
        let form = self.form.as_ref().map_or_else(|| json!({}), &pairs);
        let about = json!({
            "method": request.method.word(), "url": bare.as_str(), "host": url.host_str().unwrap_or_default(), "path": url.path(),
            "query": pairs(&self.query), "form": form, "json": self.json.clone().unwrap_or_else(|| json!({})), "body": body.unwrap_or_default(),
        });
        from_json_value(&about)
    }

    /// With its content type; none for a body as it stands, which says its own.
    fn body(
        &self,
        request: &Request,
        filling: &Filling<'_>,
    ) -> Result<Option<(&'static str, Zeroizing<String>)>, String> {
        if let Some(body) = &request.body {
            return Ok(render(body, filling)?.map(|text| ("", text)));
        }
        Ok(match (&self.form, &self.json) {
            (Some(pairs), _) => Some(("application/x-www-form-urlencoded", encoded(pairs))),
            (None, Some(tree)) => Some(("application/json", Zeroizing::new(tree.to_string()))),
            (None, None) => None,
        })
    }
}

fn put(json: &mut Option<Value>, name: String, value: &str) {
    if let Value::Object(members) = json.get_or_insert_with(|| Value::Object(Map::new())) {
        members.insert(name, value.into());
    }
}

fn with_query(mut url: Url, query: &Pairs) -> Url {
    if !query.is_empty() {
        let joined: Vec<&str> = url.query().into_iter().filter(|own| !own.is_empty()).collect();
        let whole = Zeroizing::new([joined.as_slice(), &[encoded(query).as_str()]].concat().join("&"));
        url.set_query(Some(&whole));
    }
    url
}

/// What authenticates the client in the body.
fn client_params(
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
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            let assertion = assertion(request, settings, values, url)?;
            let mut pairs: Pairs = own(&["client_id"]);
            pairs.push(("client_assertion_type".into(), secret(kind)));
            pairs.push(("client_assertion".into(), assertion));
            pairs
        }
    })
}

/// RFC 7523 section 3.
fn assertion(
    request: &Request,
    settings: &Settings<'_>,
    values: &Values,
    url: &Url,
) -> Result<Zeroizing<String>, String> {
    let text = |name: &str| values.get(name).map(|value| value.as_str());
    let by_secret = settings.client_auth == ClientAuth::ClientSecretJwt;
    let key = text(if by_secret { "client_secret" } else { "private_key" }).unwrap_or_default();
    if settings.trial {
        return Ok(secret(key));
    }
    let filling = Filling { values, request: None, trial: settings.trial };
    let audience = match &request.client_assertion.audience {
        Some(template) => render(template, &filling)?.ok_or("`audience` needs a value that is not there")?,
        None => secret(url.as_str()),
    };
    let now: i64 = text("now").and_then(|now| now.parse().ok()).unwrap_or_default();
    let lifetime = request.client_assertion.lifetime.map_or(300, |span| span.0.as_secs());
    let client = text("client_id").unwrap_or_default();
    let claims = json!({
        "iss": client, "sub": client, "aud": audience.as_str(), "iat": now,
        "exp": now.saturating_add_unsigned(lifetime), "jti": text("uuid").unwrap_or_default(),
    });
    let alg = match settings.signing_alg {
        Some(alg) => alg,
        None if by_secret => Alg::HS256,
        None => signature::own_alg(key.as_bytes())?,
    };
    let mut header = Map::new();
    if let Some(id) = text("key_id") {
        header.insert("kid".into(), id.into());
    }
    if let Some(certificate) = text("certificate").filter(|_| !by_secret) {
        header.extend(
            signature::thumbprints(certificate.as_bytes())?.map(|(name, print)| (name.into(), print.into())),
        );
    }
    signature::jwt(alg, key.as_bytes(), header, &claims).map(Zeroizing::new)
}

fn basic(request: &Request, method: ClientAuth, values: &Values, headers: &mut Pairs) {
    if request.client_auth.is_empty() {
        return;
    }
    let value = |name: &str| values.get(name).cloned().unwrap_or_default();
    let joined = match method {
        // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
        ClientAuth::ClientSecretBasic => {
            let part = |name| byte_serialize(value(name).as_bytes()).collect::<String>();
            format!("{}:{}", part("client_id"), part("client_secret"))
        }
        ClientAuth::ClientSecretBasicPlain => {
            format!("{}:{}", value("client_id").as_str(), value("client_secret").as_str())
        }
        _ => return,
    };
    let joined = Zeroizing::new(joined);
    let header = format!("Basic {}", BASE64_STANDARD.encode(joined.as_bytes()));
    headers.push(("Authorization".into(), secret(&header)));
}

fn add_default_headers(headers: &mut Pairs, content_type: Option<&str>) {
    let has = |headers: &Pairs, name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if !has(headers, "accept") {
        headers.push(("Accept".into(), secret("application/json")));
    }
    if let Some(kind) = content_type.filter(|_| !has(headers, "content-type")) {
        headers.push(("Content-Type".into(), secret(kind)));
    }
}

/// A line break in a value would be a header of its own.
fn check_headers(headers: &Pairs) -> Result<(), String> {
    match headers.iter().find(|(_, value)| value.bytes().any(|b| b < 0x20 || b == 0x7f)) {
        Some((name, _)) => Err(format!("the value of header `{name}` holds a control character")),
        None => Ok(()),
    }
}

fn fields(fields: &Fields, filling: &Filling<'_>) -> Result<Pairs, String> {
    let mut pairs = Vec::new();
    for (name, template) in fields.templates() {
        if filling.request.is_none() && template.uses_request() {
            continue;
        }
        if let Some(value) = render(template, filling).map_err(|why| format!("`{name}`: {why}"))? {
            pairs.push((name.to_owned(), value));
        }
    }
    Ok(pairs)
}

fn json_body(json: &Json, filling: &Filling<'_>) -> Result<Value, String> {
    json_value(json, filling)?.ok_or_else(|| "the body needs a value that the profile does not give".into())
}

/// `None`: a template in it names something that is not there, so it is left out.
fn json_value(json: &Json, filling: &Filling<'_>) -> Result<Option<Value>, String> {
    Ok(match json {
        Json::Plain(value) => Some(value.clone()),
        Json::Text(template) if filling.request.is_none() && template.uses_request() => None,
        Json::Text(template) => template.render_json(filling)?,
        Json::List(items) => {
            let all = items.iter().map(|item| json_value(item, filling)).collect::<Result<Vec<_>, _>>()?;
            Some(Value::Array(all.into_iter().flatten().collect()))
        }
        Json::Object(members) => {
            let mut object = Map::new();
            for (name, member) in members {
                if let Some(value) = json_value(member, filling).map_err(|why| format!("`{name}`: {why}"))? {
                    object.insert(name.clone(), value);
                }
            }
            Some(Value::Object(object))
        }
    })
}

fn render(template: &Template, filling: &Filling<'_>) -> Result<Option<Zeroizing<String>>, String> {
    template.render(filling)
}

fn encoded(pairs: &Pairs) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for (name, value) in pairs {
        let sign = if text.is_empty() { "" } else { "&" };
        let _ = write!(text, "{sign}{}=", byte_serialize(name.as_bytes()).collect::<String>());
        text.extend(byte_serialize(value.as_bytes()));
    }
    text
}

fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}
