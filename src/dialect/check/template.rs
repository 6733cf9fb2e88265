//! One template: whether it stands where it can, names what there is, and can be filled in with any value, by what
//! is known of each name before there are values.

use minijinja::Value;
use serde_json::json;

use crate::base::suggest::{self, meant_or};
use crate::dialect::schema::{DeclaredParam, Dialect, Json};
use crate::dialect::template::{Filling, Template, Values, from_json_value, stand_in};

/// What a dialect declares.
#[derive(Clone, Copy)]
pub(super) struct Known<'a>(pub(super) &'a Dialect);

/// What templates may name beside params, kept values and the request.
const NAMES: &str = "refresh_token access_token base_url token_url client_id client_secret private_key key_id \
     certificate username password totp scope now now_ms uuid random random_digits";

impl Known<'_> {
    fn names(self) -> Vec<String> {
        let params = self.0.params.keys().map(|name| format!("params.{name}"));
        let keeps = self.0.exchanges.values().flat_map(|exchange| exchange.answer.keep.keys());
        let kept = keeps.map(|name| format!("kept.{name}"));
        NAMES.split(' ').map(str::to_owned).chain(params).chain(kept).collect()
    }

    fn param(&self, name: &str) -> Option<&DeclaredParam> {
        self.0.params.get(name.strip_prefix("params.")?)
    }

    pub(super) fn is_secret(self, name: &str) -> bool {
        let mut exchanges = self.0.exchanges.values();
        let keep = |name: &str| {
            exchanges.any(|exchange| exchange.answer.keep.get(name).is_some_and(|keep| keep.secret))
        };
        ["refresh_token", "access_token", "client_secret", "private_key", "password", "totp"].contains(&name)
            || self.param(name).is_some_and(|rule| rule.secret)
            || name.strip_prefix("kept.").is_some_and(keep)
    }

    /// What may be absent, and would take the whole address or body with it.
    fn may_lack(self, name: &str) -> bool {
        let optional = |rule: &DeclaredParam| rule.optional && rule.default.is_none();
        name == "scope" || self.param(name).is_some_and(optional)
    }

    /// A request with members for everything that it may be asked for.
    fn any_request(self) -> Value {
        let mut params = serde_json::Map::new();
        for exchange in self.0.exchanges.values() {
            let request = &exchange.request;
            let fields = request.query.0.iter().chain(request.form.iter().flat_map(|form| &form.0));
            params.extend(fields.map(|(name, _)| (name.clone(), json!("x"))));
            if let Some(Json::Object(members)) = &request.json {
                params.extend(members.iter().map(|(name, _)| (name.clone(), json!("x"))));
            }
        }
        from_json_value(&json!({
            "method": "POST", "url": "https://x.example/x", "host": "x.example", "path": "/x",
            "query": params.clone(), "form": params.clone(), "json": params, "body": "x",
        }))
    }
}

/// `path` leads to it from its request.
pub(super) fn check(known: Known<'_>, path: &[String], template: &Template) -> Result<(), String> {
    let part = path[0].as_str();
    stands_well(known, part, template)?;
    names(known, template)?;
    describes(part, template)?;
    trial(known, template, part == "json")
}

fn stands_well(known: Known<'_>, part: &str, template: &Template) -> Result<(), String> {
    let lacks = template.names().find(|name| template.needs(name) && known.may_lack(name));
    if let Some(name) = lacks.filter(|_| ["url", "body"].contains(&part)) {
        return Err(format!(
            "without `{name}`, which a profile need not give, all of this would be left out; write `{{{{ {name} | default('') }}}}`"
        ));
    }
    if template.gives_many() && part != "json" {
        return Err(
            "a list or a map stands here; add `| json`, `| join(',')` or `| sorted_pairs('=', '&')`".into()
        );
    }
    if let Some(name) = known.names().iter().find(|name| template.has_single_braces(name)) {
        return Err(format!("`{{{name}}}` is sent as it stands; a template is written `{{{{ {name} }}}}`"));
    }
    if part == "headers" && template.has_control_characters() {
        return Err("a header holds no line break and no other control character".into());
    }
    Ok(())
}

/// The first name in it that nothing gives.
fn unknown<'a>(template: &'a Template, known: &[String]) -> Option<&'a str> {
    template.names().find(|name| !name.starts_with("request.") && !known.iter().any(|one| one == name))
}

/// What it was probably meant to be.
pub(super) fn meant(known: Known<'_>, template: &Template) -> Option<String> {
    let known = known.names();
    let name = unknown(template, &known)?;
    suggest::did_you_mean(name, known.iter().map(String::as_str)).map(str::to_owned)
}

fn names(known: Known<'_>, template: &Template) -> Result<(), String> {
    let known = known.names();
    let Some(name) = unknown(template, &known) else { return Ok(()) };
    let advice = meant_or(name, known.iter().map(String::as_str), || match name.split_once('.') {
        Some(("params", param)) => format!("; declare it: `params.{param} = {{ optional = true }}`"),
        Some(("kept", kept)) => format!("; an answer must keep it: `answer.keep.{kept} = \"/pointer\"`"),
        _ => format!("; known are {}", known.join(", ")),
    });
    Err(format!("the template names `{name}`, which is not known{advice}"))
}

/// What is filled in first cannot speak of what is filled in last.
fn describes(part: &str, template: &Template) -> Result<(), String> {
    let later = match part {
        "url" | "client_assertion" => template.names().find(|name| name.starts_with("request.")),
        "form" | "json" | "body" => template.names().find(|name| *name == "request.body"),
        _ => None,
    };
    match later {
        Some(name) => Err(format!(
            "`{name}` is not there yet when this is filled in; write it in {}",
            if *name == *"request.body" { "`query` or `headers`" } else { "`query`, `headers` or the body" }
        )),
        None => Ok(()),
    }
}

/// Fills it in with stand-ins, once with each value that a param can have.
fn trial(known: Known<'_>, template: &Template, json: bool) -> Result<(), String> {
    let mut values: Values = template.names().map(|name| (name.to_owned(), stand_in(name))).collect();
    let mut choices: Vec<(String, &Vec<String>)> = Vec::new();
    for (name, rule) in &known.0.params {
        let name = format!("params.{name}");
        if !template.uses(&name) {
            continue;
        }
        if let Some(default) = &rule.default {
            values.insert(name.clone(), default.clone().into());
        }
        if let Some(one_of) = rule.one_of.as_ref().filter(|one_of| !one_of.is_empty()) {
            values.insert(name.clone(), one_of[0].clone().into());
            choices.push((name, one_of));
        }
    }
    let request = known.any_request();
    let attempt = |values: &Values| {
        let filling = Filling { values, request: Some(&request), trial: true };
        if json { template.render_json(&filling).map(|_| ()) } else { template.render(&filling).map(|_| ()) }
    };
    attempt(&values)?;
    for (name, one_of) in choices {
        for value in one_of {
            let mut values = values.clone();
            values.insert(name.clone(), value.clone().into());
            attempt(&values).map_err(|why| format!("with `{value}` for `{name}`: {why}"))?;
        }
    }
    Ok(())
}
