//! One template: whether it stands where it can, names what there is, and can be filled in with any value, by what
//! is known of each name before there are values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::base::order::InOrder as _;
use crate::base::suggest::{self, meant_or};
use crate::dialect::flow::Step;
use crate::dialect::schema::{Ask, DeclaredParam, Dialect, Json, Login, REVOKE, Request};
use crate::dialect::template::{Filling, NamedValues, StandIns, Template, Value, Values, stand_in};

/// What a dialect declares, and what else is there for what the template stands in.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    dialect: &'a Dialect,
    /// What it stands in, if that may name values of its own.
    request: Option<&'a Request>,
    beside: Beside<'a>,
}

#[derive(Clone, Copy)]
enum Beside<'a> {
    Refresh,
    /// Of one login, or of all that the exchange belongs to.
    Login(Option<&'a Login>),
    Revoke,
}

/// What templates may name beside params, kept values and the request.
const NAMES: &str = "base_url token_url client_id client_secret private_key key_id \
     certificate username password totp scope resource now now_ms uuid random random_digits";
/// What is presented by a refresh.
const OF_A_REFRESH: &str = "refresh_token access_token redirect_uri";
/// What a login has instead.
const OF_A_LOGIN: &str = "authorization_url device_authorization_url redirect_uri state code code_verifier code_challenge \
     subject_token";
/// What may be given back.
const OF_A_REVOCATION: &str = "refresh_token access_token token token_type_hint revocation_url";

const SECRETS: [&str; 10] = [
    "refresh_token",
    "access_token",
    "client_secret",
    "private_key",
    "password",
    "totp",
    "code",
    "code_verifier",
    "subject_token",
    "token",
];

impl<'a> Known<'a> {
    pub(super) fn of_step(step: &Step<'a>) -> Known<'a> {
        let beside = match (step.is_of_a_login(), step.name) {
            (true, _) => Beside::Login(None),
            (false, REVOKE) => Beside::Revoke,
            (false, _) => Beside::Refresh,
        };
        Known { dialect: step.dialect, request: Some(&step.exchange.request), beside }
    }

    /// What is put together of an answer: a refresh knows all that it may name.
    pub(super) fn of_an_answer(dialect: &'a Dialect) -> Known<'a> {
        Known { dialect, request: None, beside: Beside::Refresh }
    }

    pub(super) fn of_login(dialect: &'a Dialect, login: &'a Login) -> Known<'a> {
        Known { dialect, request: None, beside: Beside::Login(Some(login)) }
    }

    /// What a person is asked for.
    fn asked(self) -> impl Iterator<Item = (&'a String, &'a Ask)> {
        let only = match self.beside {
            Beside::Login(login) => login,
            Beside::Refresh | Beside::Revoke => None,
        };
        let all = self.dialect.logins.values().filter(move |_| only.is_none());
        only.into_iter().chain(all).flat_map(|login| &login.ask)
    }

    fn names(self) -> Vec<String> {
        let beside = match self.beside {
            Beside::Refresh => OF_A_REFRESH,
            Beside::Login(_) => OF_A_LOGIN,
            Beside::Revoke => OF_A_REVOCATION,
        };
        let asked = self.asked().map(|(name, _)| format!("asked.{name}"));
        let params = self.dialect.params.keys().map(|name| format!("params.{name}"));
        let keeps = self.dialect.exchanges.values().flat_map(|exchange| exchange.answer.keep.keys());
        let kept = keeps.map(|name| format!("kept.{name}"));
        let redirects = self.dialect.logins.values().filter_map(|login| login.authorization.as_ref());
        let kept =
            kept.chain(redirects.flat_map(|it| it.answer.keep.keys().map(|name| format!("kept.{name}"))));
        let own = self.request.into_iter().flat_map(|request| &request.values.0);
        let own = own.map(|(name, _)| format!("values.{name}"));
        let fixed = beside.split_whitespace().chain(NAMES.split_whitespace()).map(str::to_owned);
        fixed.chain(params).chain(kept).chain(asked).chain(own).collect()
    }

    fn param(self, name: &str) -> Option<&'a DeclaredParam> {
        self.dialect.params.get(name.strip_prefix("params.")?)
    }

    pub(super) fn is_secret(self, name: &str) -> bool {
        let mut exchanges = self.dialect.exchanges.values();
        let keep = |name: &str| {
            exchanges.any(|exchange| exchange.answer.keep.get(name).is_some_and(|keep| keep.secret))
        };
        let asked = |name: &str| self.asked().any(|(one, ask)| one == name && ask.secret);
        SECRETS.contains(&name)
            || name.strip_prefix("asked.").is_some_and(asked)
            || self.param(name).is_some_and(|rule| rule.secret)
            || name.strip_prefix("kept.").is_some_and(keep)
    }

    /// What may be absent, and would take the whole address or body with it.
    fn may_lack(self, name: &str) -> bool {
        let optional = |rule: &DeclaredParam| rule.optional && rule.default.is_none();
        // The address that the login named, which one without a browser does not.
        let of_the_login = name == "redirect_uri" && matches!(self.beside, Beside::Refresh);
        matches!(name, "scope" | "resource") || of_the_login || self.param(name).is_some_and(optional)
    }

    /// A request with members for everything that it may be asked for.
    fn any_request(self, stand_ins: StandIns<'_>) -> Value {
        let mut headers = serde_json::Map::new();
        for name in ["accept", "content-type"] {
            headers.insert(name.to_owned(), json!("x"));
        }
        for exchange in self.dialect.exchanges.values() {
            let names = exchange.request.headers.0.iter();
            headers.extend(names.map(|(name, _)| (name.to_ascii_lowercase(), json!("x"))));
        }
        let mut params = serde_json::Map::new();
        for exchange in self.dialect.exchanges.values() {
            let request = &exchange.request;
            let fields = request.query.0.iter().chain(request.form.iter().flat_map(|form| &form.0));
            params.extend(fields.map(|(name, _)| (name.clone(), json!("x"))));
            if let Some(Json::Object(members)) = &request.json {
                params.extend(members.iter().map(|(name, _)| (name.clone(), json!("x"))));
            }
        }
        for authorization in self.dialect.logins.values().filter_map(|login| login.authorization.as_ref()) {
            params.extend(authorization.query.0.iter().map(|(name, _)| (name.clone(), json!("x"))));
        }
        let any = json!({
            "method": "POST", "url": "https://x.example/x", "host": "x.example", "path": "/x", "headers": headers,
            "query": params.clone(), "form": params.clone(), "json": params, "body": "x",
        });
        Value::from_json(&any, stand_ins)
    }

    /// What a template names, also by the values of its request.
    fn through(self, template: &Template) -> BTreeSet<String> {
        match self.request {
            Some(request) => request.named_through(template),
            None => template.names().map(str::to_owned).collect(),
        }
    }
}

/// Where a template stands, from its request on.
pub(super) type Placed<'a> = (Vec<String>, &'a Template);

/// What is wrong with which of these, all of one request.
pub(super) fn check(known: Known<'_>, templates: &[Placed<'_>]) -> BTreeMap<usize, String> {
    let names = known.names();
    let mut wrong = BTreeMap::new();
    for (index, (path, template)) in templates.iter().enumerate() {
        let part = path[0].as_str();
        let said = stands_well(known, &names, part, template)
            .and_then(|()| check_names(&names, template))
            .and_then(|()| describes(known, part, template));
        wrong.extend(said.err().map(|why| (index, why)));
    }
    Trial::new(known, templates).run(&mut wrong);
    wrong
}

/// What is wrong with one that stands alone.
pub(super) fn check_one(known: Known<'_>, part: &str, template: &Template) -> Result<(), String> {
    let found = check(known, &[(vec![part.to_owned()], template)]).into_values().next();
    found.map_or(Ok(()), Err)
}

fn stands_well(known: Known<'_>, names: &[String], part: &str, template: &Template) -> Result<(), String> {
    let may_lack = |name: &&str| template.omits(name) || (template.needs(name) && known.may_lack(name));
    let lacks = template.names().find(may_lack);
    if let Some(name) = lacks.filter(|_| ["url", "body", "fragment", "digest"].contains(&part)) {
        let mend = match part {
            // Nothing may be no part of an address.
            "url" => "give it a `default`, or make it required".to_owned(),
            _ => format!("write `{{{{ {name} | default('') }}}}`"),
        };
        return Err(format!(
            "without `{name}`, which a profile need not give, all of this would be left out; {mend}"
        ));
    }
    if template.gives_many() && !["json", "values"].contains(&part) {
        return Err(
            "this gives a list or a map; add `| json`, `| join(',')` or `| sorted_pairs('=', '&')`".into()
        );
    }
    if let Some(name) = names.iter().find(|name| template.has_single_braces(name)) {
        return Err(format!("`{{{name}}}` is sent unchanged; a template is written `{{{{ {name} }}}}`"));
    }
    if part == "headers" && template.has_control_characters() {
        return Err("a header must not contain line breaks or other control characters".into());
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

fn check_names(known: &[String], template: &Template) -> Result<(), String> {
    let Some(name) = unknown(template, known) else { return Ok(()) };
    let advice = meant_or(name, known.iter().map(String::as_str), || match name.split_once('.') {
        Some(("params", param)) => format!("; declare it: `params.{param} = {{ optional = true }}`"),
        Some(("kept", kept)) => format!("; an answer must keep it: `answer.keep.{kept} = \"/pointer\"`"),
        _ => format!("; known names are {}", known.join(", ")),
    });
    Err(format!("the template names `{name}`, which is not known{advice}"))
}

/// What is filled in first cannot speak of what is filled in last.
fn describes(known: Known<'_>, part: &str, template: &Template) -> Result<(), String> {
    let through = known.through(template);
    let later = match part {
        "url" | "fragment" | "client_assertion" => {
            if let Some(name) = template.names().find(|name| name.starts_with("values.")) {
                return Err(format!(
                    "`{name}` is not available yet when this is filled in; write the expression itself"
                ));
            }
            through.iter().find(|name| name.starts_with("request."))
        }
        "form" | "json" | "body" => through.iter().find(|name| *name == "request.body"),
        _ => None,
    };
    match later {
        Some(name) => Err(format!(
            "`{name}` is not available yet when this is filled in; write it in {}",
            if *name == *"request.body" { "`query` or `headers`" } else { "`query`, `headers` or the body" }
        )),
        None => Ok(()),
    }
}

/// Fills templates in with stand-ins, once with each value that a param can have. As in a request, each of its values is
/// made once, and all of it together costs no more than that may.
struct Trial<'a> {
    known: Known<'a>,
    templates: &'a [Placed<'a>],
    /// What each of them names, also by the values of the request.
    through: Vec<BTreeSet<String>>,
    values: Values,
    unknown: BTreeSet<String>,
    choices: Vec<(String, &'a Vec<String>)>,
}

impl<'a> Trial<'a> {
    fn new(known: Known<'a>, templates: &'a [Placed<'a>]) -> Trial<'a> {
        let through: Vec<BTreeSet<String>> =
            templates.iter().map(|(_, template)| known.through(template)).collect();
        let mut unknown: BTreeSet<String> = through.iter().flatten().cloned().collect();
        let mut values: Values = unknown.iter().map(|name| (name.clone(), stand_in(name))).in_order();
        let mut choices: Vec<(String, &Vec<String>)> = Vec::new();
        for (name, rule) in &known.dialect.params {
            let name = format!("params.{name}");
            if !unknown.contains(&name) {
                continue;
            }
            if let Some(default) = &rule.default {
                values.insert(name.clone(), default.clone().into());
            }
            if let Some(one_of) = rule.one_of.as_ref().filter(|one_of| !one_of.is_empty()) {
                values.insert(name.clone(), one_of[0].clone().into());
                unknown.remove(&name);
                choices.push((name, one_of));
            }
        }
        Trial { known, templates, through, values, unknown, choices }
    }

    fn run(mut self, wrong: &mut BTreeMap<usize, String>) {
        let request = self.known.any_request(StandIns::Tried(&self.unknown));
        if !self.attempt(&request, None, wrong) {
            return;
        }
        for (name, one_of) in std::mem::take(&mut self.choices) {
            let first = self.values.get(&name).cloned().unwrap_or_default();
            for value in one_of {
                self.values.insert(name.clone(), value.clone().into());
                if !self.attempt(&request, Some((&name, value)), wrong) {
                    return;
                }
            }
            self.values.insert(name, first);
        }
    }

    /// `of`: only those that name this, which has this value. `false`: they cost too much, and that is told.
    fn attempt(
        &self,
        request: &Value,
        of: Option<(&str, &str)>,
        wrong: &mut BTreeMap<usize, String>,
    ) -> bool {
        let filling = Filling::standing_in(&self.values, StandIns::Tried(&self.unknown));
        let (named, failed) = self.named(&filling, request);
        let filling = filling.with(Some(request), &named);
        for (index, (path, template)) in self.templates.iter().enumerate() {
            let concerned = of.is_none_or(|(name, _)| self.through[index].contains(name));
            if !concerned || wrong.contains_key(&index) {
                continue;
            }
            let own = |name: &str| failed.get(name.strip_prefix("values.")?);
            let made = match &path[..] {
                [part, name, ..] if part == "values" => {
                    failed.get(name.as_str()).cloned().flatten().map_or(Ok(()), Err)
                }
                // That is told where the value is named.
                _ if template.names().any(|name| own(name).is_some()) => Ok(()),
                [part, ..] if part == "json" => template.render_json(&filling).map(|_| ()),
                _ => template.render(&filling).map(|_| ()),
            };
            let told = |why| match of {
                Some((name, value)) => format!("with `{value}` for `{name}`: {why}"),
                None => why,
            };
            wrong.extend(made.err().map(|why| (index, told(why))));
            if filling.is_spent() && wrong.contains_key(&index) {
                return false;
            }
        }
        true
    }

    /// What the values of the request may be, and which cannot be made: with a word on it where it is not told elsewhere.
    fn named(
        &self,
        filling: &Filling<'_>,
        request: &Value,
    ) -> (NamedValues, BTreeMap<&'a str, Option<String>>) {
        let (mut named, mut failed) = (NamedValues::new(), BTreeMap::new());
        for (name, template) in self.known.request.map(Request::values_in_order).unwrap_or_default() {
            let there =
                |other: &str| other.strip_prefix("values.").is_none_or(|other| named.contains_key(other));
            if filling.is_spent() || !template.names().all(there) {
                failed.insert(name, None);
                continue;
            }
            let made = template.evaluate(&filling.with(Some(request), &named));
            match made.and_then(|made| made.as_ref().map(Value::to_json).transpose().map(|_| made)) {
                Ok(value) => drop(named.insert(name.to_owned(), value)),
                Err(why) => drop(failed.insert(name, Some(why))),
            }
        }
        (named, failed)
    }
}
