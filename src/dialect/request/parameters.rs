//! The parameters of a request: its templates filled in, in its address, its headers and its body. What names
//! something that is not there is left out; what speaks of the request itself waits for a description of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use url::Url;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use crate::base::address::Cleartext;
use crate::dialect::digest_auth::is_unmade;
use crate::dialect::dpop::UNMADE;
use crate::dialect::schema::{ClientAuth, Fields, FormIn, Json, Part, Request};
use crate::dialect::signature::Alg;
use crate::dialect::template::{Filling, from_json_value};
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
    pub(crate) cleartext: Cleartext,
}

/// The parameters of a request. Without a description of it, those that speak of it are left out.
pub(super) struct Parameters {
    pub(super) query: Pairs,
    form: Option<Pairs>,
    json: Option<Value>,
}

/// With its content type; none for a body as it stands, which says its own.
type Body = (Option<&'static str>, Zeroizing<String>);

impl Parameters {
    pub(super) fn make(
        request: &Request,
        settings: &Settings<'_>,
        client: &Pairs,
        filling: &Filling<'_>,
    ) -> Result<Parameters, String> {
        let mut query = fields(&request.query, filling)?;
        let mut form = request.form.as_ref().map(|form| fields(form, filling)).transpose()?;
        let mut json = request.json.as_ref().map(|json| json_body(json, filling)).transpose()?;
        let extra = settings.extra.iter().map(|(name, value)| ((*name).to_owned(), secret(value)));
        match request.extra_params {
            Some(Part::Query) => extra.for_each(|(name, value)| replace(&mut query, name, value)),
            Some(Part::Json) if request.form_in != FormIn::Json => {
                extra.for_each(|(name, value)| put(&mut json, name, &value));
            }
            Some(Part::Form | Part::Json) => {
                let form = form.get_or_insert_default();
                extra.for_each(|(name, value)| replace(form, name, value));
            }
            None => {}
        }
        if request.form_in == FormIn::Query {
            query.extend(form.take().unwrap_or_default());
        }
        let in_query =
            settings.client_auth == ClientAuth::ClientSecretQuery || request.form_in == FormIn::Query;
        match &mut json {
            _ if client.is_empty() => {}
            _ if in_query => add_new(&mut query, client),
            Some(_) => client.iter().for_each(|(name, value)| put(&mut json, name.clone(), value)),
            None => add_new(form.get_or_insert_default(), client),
        }
        if request.form_in == FormIn::Json && json.is_none() {
            let members = form.take().filter(|pairs| !pairs.is_empty());
            json = members.as_ref().map(as_object);
        }
        Ok(Parameters { query, form, json })
    }

    /// As templates see it under `request`.
    pub(super) fn described(&self, request: &Request, url: &Url, body: Option<&str>) -> minijinja::Value {
        let form = self.form.as_ref().map_or_else(|| json!({}), by_name);
        let json = self.json.clone().unwrap_or_else(|| json!({}));
        let body = json!({ "form": form, "json": json, "body": body.unwrap_or_default() });
        about(request.method.word(), url, &self.query, body)
    }

    pub(super) fn body(&self, request: &Request, filling: &Filling<'_>) -> Result<Option<Body>, String> {
        if let Some(body) = &request.body {
            return Ok(body.render(filling)?.map(|text| (None, text)));
        }
        Ok(match (&self.form, &self.json) {
            // Nothing comes of a form without members.
            (Some(pairs), _) if pairs.is_empty() => None,
            (Some(pairs), _) => Some((Some("application/x-www-form-urlencoded"), encoded(pairs))),
            (None, Some(tree)) => Some((Some("application/json"), Zeroizing::new(tree.to_string()))),
            (None, None) => None,
        })
    }
}

/// A request as templates see it under `request`; `body`: its `form`, `json` and `body`.
pub(super) fn about(method: &str, url: &Url, query: &Pairs, body: Value) -> minijinja::Value {
    let mut bare = url.clone();
    bare.set_query(None);
    let mut about = json!({
        "method": method, "url": bare.as_str(), "host": url.host_str().unwrap_or_default(), "path": url.path(),
        "query": by_name(query),
    });
    if let (Value::Object(about), Value::Object(body)) = (&mut about, body) {
        about.extend(body);
    }
    from_json_value(&about)
}

/// What is there already is not said again.
fn add_new(pairs: &mut Pairs, more: &Pairs) {
    let new = more.iter().filter(|(name, _)| !pairs.iter().any(|(known, _)| known == name));
    let new: Pairs = new.cloned().collect();
    pairs.extend(new);
}

/// A form as JSON, in its own order. Several values of one name are a list.
fn as_object(pairs: &Pairs) -> Value {
    let mut members = Map::new();
    for (name, value) in pairs {
        let value = json!(value.as_str());
        match members.get_mut(name) {
            Some(Value::Array(list)) => list.push(value),
            Some(first) => *first = json!([first.take(), value]),
            None => drop(members.insert(name.clone(), value)),
        }
    }
    Value::Object(members)
}

/// Several values of one name are a list.
fn by_name(pairs: &Pairs) -> Value {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in pairs {
        all.entry(name).or_default().push(value);
    }
    let value = |all: &[&str]| if let [one] = all { json!(one) } else { json!(all) };
    Value::Object(all.into_iter().map(|(name, all)| (name.to_owned(), value(&all))).collect())
}

/// In the place of what the dialect sends under that name.
fn replace(pairs: &mut Pairs, name: String, value: Zeroizing<String>) {
    match pairs.iter_mut().find(|(known, _)| *known == name) {
        Some((_, there)) => *there = value,
        None => pairs.push((name, value)),
    }
}

fn put(json: &mut Option<Value>, name: String, value: &str) {
    if let Value::Object(members) = json.get_or_insert_with(|| Value::Object(Map::new())) {
        members.insert(name, value.into());
    }
}

pub(super) fn fields(fields: &Fields, filling: &Filling<'_>) -> Result<Pairs, String> {
    let mut pairs = Vec::new();
    for (name, template) in fields.templates() {
        if filling.request.is_none() && template.uses_request() {
            continue;
        }
        if let Some(value) = template.render(filling).map_err(|why| format!("`{name}`: {why}"))? {
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

pub(super) type Pairs = Vec<(String, Zeroizing<String>)>;

pub(super) fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

pub(super) fn encoded(pairs: &Pairs) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for (name, value) in pairs {
        let sign = if text.is_empty() { "" } else { "&" };
        let _ = write!(text, "{sign}{}=", byte_serialize(name.as_bytes()).collect::<String>());
        text.extend(byte_serialize(value.as_bytes()));
    }
    text
}

pub(super) fn with_query(mut url: Url, query: &Pairs) -> Url {
    if !query.is_empty() {
        let joined: Vec<&str> = url.query().into_iter().filter(|own| !own.is_empty()).collect();
        let whole = Zeroizing::new([joined.as_slice(), &[encoded(query).as_str()]].concat().join("&"));
        url.set_query(Some(&whole));
    }
    url
}

pub(super) fn add_default_headers(headers: &mut Pairs, content_type: Option<&str>) {
    let has = |headers: &Pairs, name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if !has(headers, "accept") {
        headers.push(("Accept".into(), secret("application/json")));
    }
    if let Some(kind) = content_type.filter(|_| !has(headers, "content-type")) {
        headers.push(("Content-Type".into(), secret(kind)));
    }
}

/// A line break in a value would be a header of its own.
pub(super) fn check_headers(headers: &Pairs) -> Result<(), String> {
    match headers.iter().find(|(_, value)| value.bytes().any(|b| b < 0x20 || b == 0x7f)) {
        Some((name, _)) => Err(format!("the value of header `{name}` holds a control character")),
        None => Ok(()),
    }
}

/// Whether a header is what is sent with every request of that kind.
pub(crate) fn is_default_header(name: &str, value: &str, built: &HttpRequest) -> bool {
    let json = built.body.as_ref().is_some_and(|body| body.starts_with(['{', '[']));
    match name.to_ascii_lowercase().as_str() {
        "authorization" => is_unmade(value),
        "dpop" => value == UNMADE,
        "accept" => value == "application/json",
        "content-type" if json => value == "application/json",
        "content-type" => value == "application/x-www-form-urlencoded",
        _ => false,
    }
}
