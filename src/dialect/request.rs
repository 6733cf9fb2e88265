//! From an exchange and the values of a profile and a credential to one request,
//! as plain data. Nothing is sent here, and nothing here knows how.

use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Map, Value};
use url::Url;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::schema::{ClientAuth, Fields, Json, Method, Place, Request};
use super::template::{Template, Values};

/// One request, ready to be sent. Headers and body hold secrets: no `Debug`.
pub(crate) struct HttpRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(String, Zeroizing<String>)>,
    pub(crate) body: Option<Zeroizing<String>>,
}

/// What the profile decides about a request.
pub(crate) struct Settings<'a> {
    /// `token_url`: the whole address.
    pub(crate) address: Option<&'a Url>,
    pub(crate) client_auth: ClientAuth,
    /// Params that the dialect does not declare.
    pub(crate) extra: Vec<(&'a str, &'a str)>,
}

type Pairs = Vec<(String, Zeroizing<String>)>;

/// `Err` says which part cannot be made, never with which value.
pub(crate) fn build(
    request: &Request,
    settings: &Settings<'_>,
    values: &Values,
) -> Result<HttpRequest, String> {
    let mut query = fields(&request.query, values)?;
    let mut headers = fields(&request.headers, values)?;
    let mut form = request.form.as_ref().map(|form| fields(form, values)).transpose()?;
    let extra = settings.extra.iter().map(|(name, value)| ((*name).to_owned(), secret(value)));
    match request.extra_params {
        Some(Place::Query) => query.extend(extra),
        Some(Place::Form) => form.get_or_insert_default().extend(extra),
        None => {}
    }
    authenticate(request, settings.client_auth, values, &mut headers, &mut form);
    let json = request.json.as_ref().map(|json| json_body(json, values)).transpose()?;
    let body = match (form, json) {
        (Some(pairs), _) => Some(("application/x-www-form-urlencoded", encoded(&pairs))),
        (None, Some(text)) => Some(("application/json", text)),
        (None, None) => None,
    };
    add_default_headers(&mut headers, body.as_ref().map(|(kind, _)| *kind));
    check_headers(&headers)?;
    Ok(HttpRequest {
        method: request.method,
        url: address(request, settings, values, &query)?,
        headers,
        body: body.map(|(_, text)| text),
    })
}

/// The address alone, without query: for binding, before any secret is at hand.
pub(crate) fn endpoint(request: &Request, address: Option<&Url>, values: &Values) -> Result<Url, String> {
    if let Some(whole) = address {
        return Ok(whole.clone());
    }
    let rendered = render(&request.url, values)?
        .ok_or("the request's address needs a value that the profile does not give")?;
    crate::address::checked_url(&rendered)
}

fn address(
    request: &Request,
    settings: &Settings<'_>,
    values: &Values,
    query: &Pairs,
) -> Result<Url, String> {
    let mut url = endpoint(request, settings.address, values)?;
    if !query.is_empty() {
        let joined: Vec<&str> = url.query().into_iter().filter(|own| !own.is_empty()).collect();
        let whole = Zeroizing::new([joined.as_slice(), &[encoded(query).as_str()]].concat().join("&"));
        url.set_query(Some(&whole));
    }
    Ok(url)
}

fn authenticate(
    request: &Request,
    method: ClientAuth,
    values: &Values,
    headers: &mut Pairs,
    form: &mut Option<Pairs>,
) {
    if request.client_auth.is_empty() {
        return;
    }
    let value = |name: &str| values.get(name).cloned().unwrap_or_default();
    match method {
        ClientAuth::ClientSecretBasic => {
            // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
            let part = |name| byte_serialize(value(name).as_bytes()).collect::<String>();
            let joined = Zeroizing::new(format!("{}:{}", part("client_id"), part("client_secret")));
            headers.push((
                "Authorization".into(),
                secret(&format!("Basic {}", BASE64_STANDARD.encode(joined.as_bytes()))),
            ));
        }
        ClientAuth::ClientSecretPost => {
            let pairs = form.get_or_insert_default();
            pairs.push(("client_id".into(), value("client_id")));
            pairs.push(("client_secret".into(), value("client_secret")));
        }
        // Section 3.2.1: a public client names itself.
        ClientAuth::None if values.contains_key("client_id") && request.json.is_none() => {
            form.get_or_insert_default().push(("client_id".into(), value("client_id")));
        }
        ClientAuth::None => {}
    }
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

fn fields(fields: &Fields, values: &Values) -> Result<Pairs, String> {
    let mut pairs = Vec::new();
    for (name, template) in &fields.0 {
        if let Some(value) = render(template, values).map_err(|why| format!("`{name}`: {why}"))? {
            pairs.push((name.clone(), value));
        }
    }
    Ok(pairs)
}

fn json_body(json: &Json, values: &Values) -> Result<Zeroizing<String>, String> {
    let tree = json_value(json, values)?.ok_or("the body needs a value that the profile does not give")?;
    Ok(Zeroizing::new(tree.to_string()))
}

/// `None`: a template in it names something that is not there, so it is left out.
fn json_value(json: &Json, values: &Values) -> Result<Option<Value>, String> {
    Ok(match json {
        Json::Plain(value) => Some(value.clone()),
        Json::Text(template) => render(template, values)?.map(|text| Value::String(text.to_string())),
        Json::List(items) => {
            let all = items.iter().map(|item| json_value(item, values)).collect::<Result<Vec<_>, _>>()?;
            Some(Value::Array(all.into_iter().flatten().collect()))
        }
        Json::Object(members) => {
            let mut object = Map::new();
            for (name, member) in members {
                if let Some(value) = json_value(member, values).map_err(|why| format!("`{name}`: {why}"))? {
                    object.insert(name.clone(), value);
                }
            }
            Some(Value::Object(object))
        }
    })
}

fn render(template: &Template, values: &Values) -> Result<Option<Zeroizing<String>>, String> {
    template.render(values).map_err(|kind| format!("the template cannot be filled in ({kind})"))
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
