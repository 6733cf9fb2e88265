//! The parameters of a request, in its address and in its body.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use url::Url;
use zeroize::Zeroizing;

use super::pairs::{Pairs, encoded, secret};
use super::rendering::{fields, json_body};
use super::settings::Settings;
use crate::dialect::schema::{Part, Request};
use crate::dialect::template::{Filling, from_json_value};

/// The parameters of a request. Without a description of it, those that speak of it are left out.
pub(super) struct Parameters {
    pub(super) query: Pairs,
    form: Option<Pairs>,
    json: Option<Value>,
}

/// With its content type; none for a body as it stands, which says its own.
pub(super) type Body = (Option<&'static str>, Zeroizing<String>);

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
        Ok(Parameters { query, form, json })
    }

    /// As templates see it under `request`.
    pub(super) fn described(&self, request: &Request, url: &Url, body: Option<&str>) -> minijinja::Value {
        let mut bare = url.clone();
        bare.set_query(None);
        let form = self.form.as_ref().map_or_else(|| json!({}), by_name);
        let about = json!({
            "method": request.method.word(), "url": bare.as_str(), "host": url.host_str().unwrap_or_default(), "path": url.path(),
            "query": by_name(&self.query), "form": form, "json": self.json.clone().unwrap_or_else(|| json!({})), "body": body.unwrap_or_default(),
        });
        from_json_value(&about)
    }

    pub(super) fn body(&self, request: &Request, filling: &Filling<'_>) -> Result<Option<Body>, String> {
        if let Some(body) = &request.body {
            return Ok(body.render(filling)?.map(|text| (None, text)));
        }
        Ok(match (&self.form, &self.json) {
            (Some(pairs), _) => Some((Some("application/x-www-form-urlencoded"), encoded(pairs))),
            (None, Some(tree)) => Some((Some("application/json"), Zeroizing::new(tree.to_string()))),
            (None, None) => None,
        })
    }
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

fn put(json: &mut Option<Value>, name: String, value: &str) {
    if let Value::Object(members) = json.get_or_insert_with(|| Value::Object(Map::new())) {
        members.insert(name, value.into());
    }
}
