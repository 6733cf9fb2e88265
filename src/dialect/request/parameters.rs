//! The parameters of a request: its templates filled in, in its address, its headers and its body. What names
//! something that is not there is left out; what speaks of the request itself waits for a description of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use url::Url;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::unmade::Unmade;
use crate::base::address::Cleartext;
use crate::dialect::schema::{ClientAuth, Fields, FormIn, Json, Part, Request};
use crate::dialect::signature::Alg;
use crate::dialect::template::{Filling, NamedValues, StandIns, Template, Value as Filled};
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
    /// With one nothing is signed.
    pub(crate) stand_ins: StandIns<'a>,
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
        stage: &Stage<'_>,
    ) -> Result<Parameters, Unmade> {
        let mut query = fields(&request.query, stage).map_err(|unmade| unmade.below("query"))?;
        // One without members only drops the base's; one whose members are all left out is still a form.
        let form = request.form.as_ref().filter(|form| !form.0.is_empty());
        let form = form.map(|form| fields(form, stage)).transpose();
        let mut form = form.map_err(|unmade| unmade.below("form"))?;
        let json = request.json.as_ref().map(|json| json_body(json, stage)).transpose();
        let mut json = json.map_err(|unmade| unmade.below("json"))?;
        let extra = settings.extra.iter().map(|(name, value)| ((*name).to_owned(), secret(value)));
        match request.extra_params {
            Some(Part::Query) => extra.for_each(|(name, value)| replace(&mut query, name, value)),
            Some(Part::Json) if request.form_in != FormIn::Json => {
                extra.for_each(|(name, value)| put(&mut json, name, &value));
            }
            Some(Part::Form | Part::Json) if !settings.extra.is_empty() => {
                let form = form.get_or_insert_default();
                extra.for_each(|(name, value)| replace(form, name, value));
            }
            Some(Part::Form | Part::Json) | None => {}
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
            json = form.take().as_ref().map(as_object);
        }
        Ok(Parameters { query, form, json })
    }

    /// As templates see it under `request`, but for its body; `headers`: those that do not speak of it.
    pub(super) fn described(&self, request: &Request, url: &Url, headers: &Pairs) -> Value {
        let form = self.form.as_ref().map_or_else(|| json!({}), by_name);
        let json = self.json.clone().unwrap_or_else(|| json!({}));
        let mut headers = headers.clone();
        add_default_headers(&mut headers, self.content_type());
        headers.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase());
        let more = json!({ "form": form, "json": json, "headers": by_name(&headers) });
        about(request.method.word(), url, &self.query, more)
    }

    fn content_type(&self) -> Option<&'static str> {
        match (&self.form, &self.json) {
            (Some(_), _) => Some("application/x-www-form-urlencoded"),
            (None, Some(_)) => Some("application/json"),
            (None, None) => None,
        }
    }

    pub(super) fn body(&self, request: &Request, stage: &Stage<'_>) -> Result<Option<Body>, Unmade> {
        if let Some(body) = &request.body {
            let text = stage.text(body).map_err(|why| Unmade::from(why).below("body"))?;
            return Ok(text.map(|text| (None, text)));
        }
        Ok(match (&self.form, &self.json) {
            (Some(pairs), _) => Some((self.content_type(), encoded(pairs))),
            (None, Some(tree)) => Some((self.content_type(), Zeroizing::new(tree.to_string()))),
            (None, None) => None,
        })
    }
}

/// A request as templates see it under `request`; `more`: what stands beside its address.
pub(super) fn about(method: &str, url: &Url, query: &Pairs, more: Value) -> Value {
    let mut bare = url.clone();
    bare.set_query(None);
    let mut about = json!({
        "method": method, "url": bare.as_str(), "host": url.host_str().unwrap_or_default(), "path": url.path(),
        "query": by_name(query),
    });
    if let (Value::Object(about), Value::Object(more)) = (&mut about, more) {
        about.extend(more);
    }
    about
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

/// How much of a request is there already. Each template is filled in once, as soon as all that it names is there:
/// two that name the same signature see the same one, even if it is another each time.
pub(super) struct Stage<'a> {
    filling: Filling<'a>,
    request: Option<Filled>,
    named: NamedValues,
    made: RefCell<BTreeMap<*const Template, Option<Filled>>>,
}

impl<'a> Stage<'a> {
    /// Nothing of the request is there but its own values.
    pub(super) fn first(filling: Filling<'a>, request: &Request) -> Result<Stage<'a>, Unmade> {
        let mut stage = Stage::of_a_visit(filling);
        stage.name_values(request)?;
        Ok(stage)
    }

    /// What a browser visits has no values of its own.
    pub(super) fn of_a_visit(filling: Filling<'a>) -> Stage<'a> {
        Stage { filling, request: None, named: NamedValues::new(), made: RefCell::default() }
    }

    pub(super) fn seeing(self, about: &Value) -> Stage<'a> {
        Stage { request: Some(self.filling.described(about)), ..self }
    }

    pub(super) fn speaking_of(self, about: &Value, request: &Request) -> Result<Stage<'a>, Unmade> {
        let mut stage = self.seeing(about);
        stage.name_values(request)?;
        Ok(stage)
    }

    /// Those that can be made by now.
    fn name_values(&mut self, request: &Request) -> Result<(), Unmade> {
        for (name, template) in request.values_in_order() {
            if !self.named.contains_key(name) && !self.lacks_for(template) {
                let value = template.evaluate(&self.filling());
                let value = value.map_err(|why| Unmade::from(why).below(name).below("values"))?;
                self.named.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }

    fn filling(&self) -> Filling<'_> {
        self.filling.with(self.request.as_ref(), &self.named)
    }

    /// Something that it names is not there yet.
    fn lacks_for(&self, template: &Template) -> bool {
        let known =
            |part: &str| matches!(&self.request, Some(Filled::Map(parts)) if parts.contains_key(part));
        template.names().any(|name| match name.split_once('.') {
            Some(("request", part)) => !known(part),
            Some(("values", own)) => !self.named.contains_key(own),
            _ => false,
        })
    }

    /// `None`: it is left out, here or for good.
    fn made(&self, template: &Template) -> Result<Option<Filled>, String> {
        if self.lacks_for(template) {
            return Ok(None);
        }
        let key = std::ptr::from_ref(template);
        if let Some(made) = self.made.borrow().get(&key) {
            return Ok(made.clone());
        }
        let made = template.evaluate(&self.filling())?;
        self.made.borrow_mut().insert(key, made.clone());
        Ok(made)
    }

    pub(super) fn text(&self, template: &Template) -> Result<Option<Zeroizing<String>>, String> {
        self.made(template)?.map(|made| made.plain_text()).transpose()
    }
}

pub(super) fn fields(fields: &Fields, stage: &Stage<'_>) -> Result<Pairs, Unmade> {
    let mut pairs = Vec::new();
    for (name, template) in fields.templates() {
        if let Some(value) = stage.text(template).map_err(|why| Unmade::from(why).below(name))? {
            pairs.push((name.to_owned(), value));
        }
    }
    Ok(pairs)
}

fn json_body(json: &Json, stage: &Stage<'_>) -> Result<Value, Unmade> {
    json_value(json, stage)?.ok_or_else(|| "the body needs a value that the profile does not give".into())
}

/// `None`: a template in it names something that is not there, so it is left out.
fn json_value(json: &Json, stage: &Stage<'_>) -> Result<Option<Value>, Unmade> {
    Ok(match json {
        Json::Plain(value) => Some(value.clone()),
        Json::Text(template) => stage.made(template)?.map(|made| made.to_json()).transpose()?,
        Json::List(items) => {
            let item = |(index, item): (usize, &Json)| {
                json_value(item, stage).map_err(|unmade| unmade.below(&index.to_string()))
            };
            let all = items.iter().enumerate().map(item).collect::<Result<Vec<_>, _>>()?;
            Some(Value::Array(all.into_iter().flatten().collect()))
        }
        Json::Object(members) => {
            let mut object = Map::new();
            for (name, member) in members {
                if let Some(value) = json_value(member, stage).map_err(|unmade| unmade.below(name))? {
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
        Some((name, _)) => Err(format!("the value of header `{name}` contains a control character")),
        None => Ok(()),
    }
}

/// Whether a header is what is sent with every request of that kind.
pub(crate) fn is_default_header(name: &str, value: &str, built: &HttpRequest) -> bool {
    if built.proofs.headers().any(|(unmade, shown)| unmade.eq_ignore_ascii_case(name) && shown == value) {
        return true;
    }
    let json = built.body.as_ref().is_some_and(|body| body.starts_with(['{', '[']));
    match name.to_ascii_lowercase().as_str() {
        "accept" => value == "application/json",
        "content-type" if json => value == "application/json",
        "content-type" => value == "application/x-www-form-urlencoded",
        _ => false,
    }
}
