//! What types alone cannot say of a dialect: whether its parts go together, and
//! whether every template can be filled in. All of it, before anything is sent.

use minijinja::Value;
use serde_json::json;

use super::answer::Step;
use super::filters::from_json_value;
use super::place::header_name;
use super::schema::{Answer, ClientAuth, Dialect, LifetimeKind, Part, REFRESH, RenewsWith, Request};
use super::template::{Filling, Template, Values, stand_in};
use crate::config::{self, Fault};

/// And whether it is about the whole, so that it may follow from another.
pub(super) struct Found(pub(super) Fault, pub(super) bool);

pub(super) fn faults(dialect: &Dialect) -> Vec<Found> {
    let mut all = Faults { dialect, found: Vec::new() };
    all.metadata();
    all.steps();
    for (name, _) in &dialect.exchanges {
        all.exchange(&dialect.step(name));
    }
    all.chain();
    all.found
}

/// An exchange that no step names is mostly a slip, and then lacks all that another has.
pub(super) fn stranger(table: &toml::Table) -> Option<Fault> {
    let steps = table.get("steps").and_then(toml::Value::as_array);
    let steps: Vec<&str> = match steps {
        Some(steps) => steps.iter().filter_map(toml::Value::as_str).collect(),
        None => vec![REFRESH],
    };
    let exchanges = table.get("exchanges")?.as_table()?;
    let name = exchanges.keys().find(|name| !steps.contains(&name.as_str()))?;
    let missing = steps.iter().copied().filter(|step| !exchanges.contains_key(*step));
    let words = match config::did_you_mean(name, missing).or(config::did_you_mean(name, steps)) {
        Some(close) => format!("no step sends it, did you mean `{close}`?"),
        None => "no step sends it; name it in `steps`, as in `steps = [\"session\", \"refresh\"]`".to_owned(),
    };
    Some(Fault::at(&["exchanges", name], &words))
}

struct Faults<'a> {
    dialect: &'a Dialect,
    found: Vec<Found>,
}

impl Faults<'_> {
    fn add(&mut self, path: &[&str], words: &str) {
        self.found.push(Found(Fault::at(path, words), false));
    }

    fn add_of_whole(&mut self, path: &[&str], words: &str) {
        self.found.push(Found(Fault::at(path, words), true));
    }

    fn metadata(&mut self) {
        let dialect = self.dialect;
        let graceful = dialect.rotation.word().starts_with("grace-");
        if graceful != dialect.grace.is_some() {
            self.add(
                &["grace"],
                "goes with the rotation classes `grace-same` and `grace-new`, and only with them",
            );
        }
        if dialect.refresh_lifetime_kind == LifetimeKind::Absolute && dialect.refresh_lifetime.is_none() {
            self.add(&["refresh_lifetime_kind"], "`absolute` needs a `refresh_lifetime`");
        }
        for host in &dialect.hosts {
            let literal = url::Url::parse(&format!("https://{host}/"));
            if !literal.is_ok_and(|url| url.host_str() == Some(host) && url.port().is_none()) {
                self.add(
                    &["hosts"],
                    "each is the name of a host in lower case, without scheme, port or path",
                );
            }
        }
        self.params();
    }

    fn params(&mut self) {
        let dialect = self.dialect;
        for (name, rule) in &dialect.params {
            // Templates must be able to name it.
            if !is_identifier(name) {
                let words = "a param is named by letters, digits and `_`, and begins with a letter";
                self.add(&["params", name], words);
            }
            if rule.secret && (rule.default.is_some() || rule.one_of.is_some()) {
                self.add(&["params", name], "a secret has no `default` and no `one_of`");
            }
            if let (Some(default), Some(one_of)) = (&rule.default, &rule.one_of)
                && !one_of.contains(default)
            {
                self.add(&["params", name, "default"], "is not in `one_of`");
            }
            if rule.one_of.as_ref().is_some_and(Vec::is_empty) {
                self.add(&["params", name, "one_of"], "names no value");
            }
        }
    }

    fn steps(&mut self) {
        let dialect = self.dialect;
        if !dialect.exchanges.contains_key(REFRESH) {
            self.add(&["exchanges"], "`refresh` is missing; it is the exchange that gives the access token");
        }
        if dialect.steps.last().is_none_or(|last| last != REFRESH) {
            self.add(&["steps"], "the last step is `refresh`, which gives the access token");
        }
        for (index, name) in dialect.steps.iter().enumerate() {
            let at = index.to_string();
            if !dialect.exchanges.contains_key(name) {
                let known = dialect.exchanges.keys().map(String::as_str);
                let close = config::did_you_mean(name, known);
                let advice = close.map(|close| format!(", did you mean `{close}`?")).unwrap_or_default();
                self.add(&["steps", &at], &format!("there is no exchange of that name{advice}"));
            }
            if dialect.steps[..index].contains(name) {
                self.add(&["steps", &at], "each exchange is sent once");
            }
        }
    }

    fn chain(&mut self) {
        let dialect = self.dialect;
        if !dialect.exchanges.contains_key(REFRESH) {
            return;
        }
        let last = dialect.refresh();
        let at = ["exchanges", REFRESH, "request"];
        let (refresh, access) = (dialect.uses("refresh_token"), dialect.uses("access_token"));
        match dialect.renews_with {
            RenewsWith::RefreshToken if !refresh => {
                self.add_of_whole(&at, "nothing here sends the `refresh_token`; a vendor that has none is written `renews_with = \"client\"` or `\"access_token\"`");
            }
            RenewsWith::AccessToken if !refresh && !access => {
                self.add_of_whole(&at, "nothing here sends the `access_token`, which this renews with");
            }
            RenewsWith::Client if refresh => {
                self.add_of_whole(&at, "with `renews_with = \"client\"` there is no `refresh_token`");
            }
            RenewsWith::Client if last.exchange.answer.refresh_token.is_some() => {
                let words = "with `renews_with = \"client\"` there is no refresh token to look for";
                self.add(&["exchanges", REFRESH, "answer", "refresh_token"], words);
            }
            _ => {}
        }
        if last.exchange.answer.access_token.is_none() && !last.exchange.answer.keeps_access_token {
            self.add(&["exchanges", REFRESH, "answer"], "`access_token` is missing");
        }
        for name in dialect.params.keys().filter(|name| !dialect.uses(&format!("params.{name}"))) {
            let words = format!("nothing sends it; a template is written `{{{{ params.{name} }}}}`");
            self.add_of_whole(&["params", name], &words);
        }
    }

    fn exchange(&mut self, step: &Step<'_>) {
        let here = |more: &[&str]| -> Vec<String> {
            ["exchanges", step.name].iter().chain(more).map(|key| (*key).to_owned()).collect()
        };
        let mut found: Vec<(Vec<String>, String)> = Vec::new();
        if !is_identifier(step.name) {
            found.push((here(&[]), "an exchange is named by letters, digits and `_`".into()));
        }
        for (path, words) in self.request(&step.exchange.request) {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            found.push((here(&[&["request"], path.as_slice()].concat()), words));
        }
        for (key, words) in self.places(&step.exchange.answer) {
            found.push((here(&["answer", &key]), words));
        }
        for (index, refusal) in step.exchange.refusals.iter().enumerate() {
            if refusal.status.is_none() && refusal.tests.is_empty() {
                let words = "needs a `status`, `tests` or both".to_owned();
                found.push((here(&["refusals", &index.to_string()]), words));
            }
        }
        for (path, words) in found {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            self.add(&path, &words);
        }
    }

    /// One value is one thing: a scope that is the refresh token would be printed.
    fn places(&self, answer: &Answer) -> Vec<(String, String)> {
        let same_token = self.dialect.renews_with == RenewsWith::AccessToken;
        let shown = answer.keep.iter().filter(|(_, keep)| !keep.secret);
        let places = [
            ("access_token", answer.access_token.as_ref()),
            ("refresh_token", answer.refresh_token.as_ref().filter(|_| !same_token)),
            ("token_type", answer.token_type.as_ref()),
            ("scope", answer.scope.as_ref()),
        ];
        let places: Vec<_> = places
            .into_iter()
            .chain(shown.map(|(name, keep)| (name.as_str(), Some(&keep.place))))
            .filter_map(|(key, place)| Some((key, place?)))
            .collect();
        let mut found = Vec::new();
        for (index, (key, place)) in places.iter().enumerate() {
            if let Some((twin, _)) = places[..index].iter().find(|(_, other)| other == place) {
                found.push(((*key).to_owned(), format!("points to where `{twin}` stands")));
            }
        }
        if answer.keep.len() > MOST_KEPT {
            found.push(("keep".into(), format!("at most {MOST_KEPT} values are kept")));
        }
        for name in answer.keep.keys().filter(|name| !is_identifier(name)) {
            found.push((
                "keep".into(),
                format!(
                    "`{name}`: a kept value is named by letters, digits and `_`, and begins with a letter"
                ),
            ));
        }
        found
    }

    fn request(&self, request: &Request) -> Vec<(Vec<String>, String)> {
        let mut found = Vec::new();
        let at = |keys: &[&str]| -> Vec<String> { keys.iter().map(|key| (*key).to_owned()).collect() };
        for (path, template) in request.templates() {
            if let Err(why) = self.template(&path, template) {
                found.push((path, why));
            }
        }
        if let Some(name) =
            request.url.names().find(|name| self.is_secret(name)).filter(|_| !request.secret_in_url)
        {
            let words = format!(
                "`{name}` is a secret and does not belong into an address; put it into `query`, or say `secret_in_url = true` if the vendor wants it so"
            );
            found.push((at(&["url"]), words));
        }
        if self.dialect.hosts.is_empty() && request.url.names().any(|name| name.starts_with("kept.")) {
            let words = "an address that an answer gave may lead only to `hosts`; list them";
            found.push((at(&["url"]), words.into()));
        }
        if let Some(words) = one_body(request) {
            found.push((at(&[words.0]), words.1.into()));
        }
        for (name, _) in &request.headers.0 {
            let taken = ["host", "content-length", "transfer-encoding", "connection"];
            if let Err(why) = header_name(name) {
                found.push((at(&["headers", name]), why));
            } else if taken.contains(&name.to_ascii_lowercase().as_str()) {
                found.push((at(&["headers", name]), "this header is made by tokcli".into()));
            }
        }
        found
    }

    fn is_secret(&self, name: &str) -> bool {
        let param = name.strip_prefix("params.").and_then(|name| self.dialect.params.get(name));
        let kept = name.strip_prefix("kept.");
        let exchanges = self.dialect.exchanges.values();
        ["refresh_token", "access_token", "client_secret", "private_key"].contains(&name)
            || param.is_some_and(|rule| rule.secret)
            || kept.is_some_and(|name| {
                exchanges.filter_map(|exchange| exchange.answer.keep.get(name)).any(|keep| keep.secret)
            })
    }

    fn template(&self, path: &[String], template: &Template) -> Result<(), String> {
        let place = path[0].as_str();
        if template.gives_many() && place != "json" {
            return Err(
                "a list or a map stands here; add `| json`, `| join(',')` or `| sorted_pairs('=', '&')`"
                    .into(),
            );
        }
        self.names(template)?;
        self.describes(place, template)?;
        self.trial(template, place == "json")
    }

    fn names(&self, template: &Template) -> Result<(), String> {
        let known = self.known_names();
        for name in template.names().filter(|name| !name.starts_with("request.")) {
            if known.iter().any(|one| one == name) {
                continue;
            }
            let close = config::did_you_mean(name, known.iter().map(String::as_str));
            let advice = match (close, name.split_once('.')) {
                (Some(close), _) => format!(", did you mean `{close}`?"),
                (None, Some(("params", param))) => {
                    format!("; declare it: `params.{param} = {{ optional = true }}`")
                }
                (None, Some(("kept", kept))) => {
                    format!("; an answer must keep it: `answer.keep.{kept} = \"/pointer\"`")
                }
                (None, _) => format!("; known are {}", known.join(", ")),
            };
            return Err(format!("the template names `{name}`, which is not known{advice}"));
        }
        Ok(())
    }

    fn known_names(&self) -> Vec<String> {
        let params = self.dialect.params.keys().map(|name| format!("params.{name}"));
        let keeps = self.dialect.exchanges.values().flat_map(|exchange| exchange.answer.keep.keys());
        let kept = keeps.map(|name| format!("kept.{name}"));
        NAMES.iter().map(|name| (*name).to_owned()).chain(params).chain(kept).collect()
    }

    /// What is filled in first cannot speak of what is filled in last.
    fn describes(&self, place: &str, template: &Template) -> Result<(), String> {
        let later = match place {
            "url" | "client_assertion" => template.names().find(|name| name.starts_with("request.")),
            "form" | "json" | "body" => template.names().find(|name| *name == "request.body"),
            _ => None,
        };
        match later {
            Some(name) => Err(format!("`{name}` is not there yet when this is filled in")),
            None => Ok(()),
        }
    }

    /// Fills it in with stand-ins, once with each value that a param can have.
    fn trial(&self, template: &Template, json: bool) -> Result<(), String> {
        let mut values: Values = template.names().map(|name| (name.to_owned(), stand_in(name))).collect();
        let mut choices: Vec<(String, &Vec<String>)> = Vec::new();
        for (name, rule) in &self.dialect.params {
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
        let request = self.any_request();
        let attempt = |values: &Values| {
            let filling = Filling { values, request: Some(&request), trial: true };
            if json {
                template.render_json(&filling).map(|_| ())
            } else {
                template.render(&filling).map(|_| ())
            }
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

    /// With members for everything that it may be asked for.
    fn any_request(&self) -> Value {
        let mut params = serde_json::Map::new();
        for exchange in self.dialect.exchanges.values() {
            let request = &exchange.request;
            let fields = request.query.0.iter().chain(request.form.iter().flat_map(|form| &form.0));
            params.extend(fields.map(|(name, _)| (name.clone(), json!("x"))));
            if let Some(super::schema::Json::Object(members)) = &request.json {
                params.extend(members.iter().map(|(name, _)| (name.clone(), json!("x"))));
            }
        }
        from_json_value(&json!({
            "method": "POST", "url": "https://x.example/x", "host": "x.example", "path": "/x",
            "query": params.clone(), "form": params.clone(), "json": params, "body": "x",
        }))
    }
}

/// Of one answer.
const MOST_KEPT: usize = 16;

/// What templates may name beside params, kept values and the request.
const NAMES: [&str; 15] = [
    "refresh_token",
    "access_token",
    "base_url",
    "token_url",
    "client_id",
    "client_secret",
    "private_key",
    "key_id",
    "certificate",
    "scope",
    "now",
    "now_ms",
    "uuid",
    "random",
    "random_digits",
];

fn is_identifier(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Which key, and why.
fn one_body(request: &Request) -> Option<(&'static str, &'static str)> {
    let in_body = request.client_auth.iter().any(|auth| {
        !matches!(auth, ClientAuth::None | ClientAuth::ClientSecretBasic | ClientAuth::ClientSecretBasicPlain)
    });
    let extra = |part| request.extra_params == Some(part);
    if request.json.is_some() && request.form.is_some() {
        return Some(("json", "a request has one body: `json` or `form`"));
    }
    if request.json.is_some() && extra(Part::Form) {
        return Some((
            "extra_params",
            "a request has one body, and this one has `json`; say `extra_params = \"json\"`",
        ));
    }
    if request.form.is_some() && extra(Part::Json) {
        return Some((
            "extra_params",
            "a request has one body, and this one is a form; say `extra_params = \"form\"`",
        ));
    }
    let raw = request.body.is_some();
    if raw
        && (request.json.is_some()
            || request.form.is_some()
            || in_body
            || extra(Part::Form)
            || extra(Part::Json))
    {
        return Some((
            "body",
            "a request has one body: `body`, or what `form`, `json`, `client_auth` and `extra_params` make",
        ));
    }
    if in_body && !matches!(request.json, None | Some(super::schema::Json::Object(_))) {
        return Some(("client_auth", "cannot add to a `json` that is a list"));
    }
    None
}
