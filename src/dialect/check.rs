//! What types alone cannot say of a dialect: whether its parts go together, and
//! whether every template can be filled in. All of it, before anything is sent.

use minijinja::Value;
use serde_json::json;

use super::filters::from_json_value;
use super::flow::Step;
use super::place::{Place, header_name};
use super::schema::{Answer, ClientAuth, Dialect, Part, REFRESH, Request};
use super::template::{Filling, Template, Values, stand_in};
use crate::base::suggest;
use crate::base::toml_source::Fault;
use crate::credential::reading::{LifetimeKind, RenewsWith};

pub(super) struct Found {
    pub(super) fault: Fault,
    /// The part that it is about as a whole: what is wrong in there may be the cause of it.
    pub(super) of: Option<&'static str>,
}

pub(super) fn faults(dialect: &Dialect) -> Vec<Found> {
    let mut all = Faults { dialect, found: Vec::new() };
    all.metadata();
    all.steps();
    for name in dialect.exchanges.keys() {
        dialect.step(name).iter().for_each(|step| all.exchange(step));
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
    let name = exchanges.keys().find(|name| *name != REFRESH && !steps.contains(&name.as_str()))?;
    let missing = steps.iter().copied().filter(|step| !exchanges.contains_key(*step));
    let close = suggest::did_you_mean(name, missing).or(suggest::did_you_mean(name, steps));
    let words = match close {
        Some(close) => format!("no step sends it, did you mean `{close}`?"),
        None => "no step sends it; name it in `steps`, as in `steps = [\"session\", \"refresh\"]`".to_owned(),
    };
    Some(Fault::at(&["exchanges", name], &words).meaning(close))
}

struct Faults<'a> {
    dialect: &'a Dialect,
    found: Vec<Found>,
}

impl Faults<'_> {
    fn add(&mut self, path: &[&str], words: &str) {
        self.found.push(Found { fault: Fault::at(path, words), of: None });
    }

    fn add_of(&mut self, part: &'static str, path: &[&str], words: &str) {
        self.found.push(Found { fault: Fault::at(path, words).about(part), of: Some(part) });
    }

    fn metadata(&mut self) {
        let dialect = self.dialect;
        let graceful = dialect.rotation.word().starts_with("grace-");
        if graceful && dialect.grace.is_none() {
            let words = "this class needs a `grace`, such as `grace = \"30s\"`";
            self.add_of("grace", &["rotation"], words);
        }
        if !graceful && dialect.grace.is_some() {
            let words = "goes with the rotation classes `grace-same` and `grace-new`, and only with them";
            self.add_of("rotation", &["grace"], words);
        }
        if dialect.refresh_lifetime_kind == LifetimeKind::Absolute && dialect.refresh_lifetime.is_none() {
            let words = "`absolute` needs a `refresh_lifetime`, such as `refresh_lifetime = \"30d\"`";
            self.add_of("refresh_lifetime", &["refresh_lifetime_kind"], words);
        }
        for (index, host) in dialect.hosts.iter().enumerate() {
            let literal = url::Url::parse(&format!("https://{host}/"));
            let whole = literal.is_ok_and(|url| url.host_str() == Some(host) && url.port().is_none());
            if !whole || host.contains('*') {
                let words = "write the name of a host in lower case, without scheme, port or path; `*` stands for no others";
                self.add(&["hosts", &index.to_string()], words);
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
            for (key, given) in [("default", rule.default.is_some()), ("one_of", rule.one_of.is_some())] {
                if rule.secret && given {
                    self.add(&["params", name, key], "a secret never stands in a dialect; leave this away");
                }
            }
            if let (Some(default), Some(one_of)) = (&rule.default, &rule.one_of)
                && !one_of.contains(default)
            {
                self.add(
                    &["params", name, "default"],
                    "is not in `one_of`; write one of those, or add it there",
                );
            }
            if rule.one_of.as_ref().is_some_and(Vec::is_empty) {
                self.add(&["params", name, "one_of"], "names no value; write at least one");
            }
        }
    }

    fn steps(&mut self) {
        let dialect = self.dialect;
        if !dialect.exchanges.contains_key(REFRESH) {
            self.add(&["exchanges"], "`refresh` is missing; it is the exchange that gives the access token");
        }
        if dialect.steps.last().is_none_or(|last| last != REFRESH) {
            let words = "the last step is `refresh`, which gives the access token; write it there";
            self.add(&["steps"], words);
        }
        for (index, name) in dialect.steps.iter().enumerate() {
            let at = index.to_string();
            if !dialect.exchanges.contains_key(name) {
                let known = dialect.exchanges.keys().map(String::as_str);
                let close = suggest::did_you_mean(name, known);
                let advice = close.map_or_else(
                    || "; write it under `exchanges`".to_owned(),
                    |close| format!(", did you mean `{close}`?"),
                );
                let words = format!("there is no exchange of that name{advice}");
                let fault = Fault::at(&["steps", &at], &words).about("exchanges").meaning(close);
                self.found.push(Found { fault, of: Some("exchanges") });
            }
            if dialect.steps[..index].contains(name) {
                self.add(&["steps", &at], "each exchange is sent once; name it once");
            }
        }
    }

    fn chain(&mut self) {
        let dialect = self.dialect;
        let ends_well = dialect.steps.last().is_some_and(|last| last == REFRESH);
        if !ends_well || !dialect.exchanges.contains_key(REFRESH) {
            return;
        }
        let last = dialect.refresh().last();
        let at = ["exchanges", REFRESH, "request"];
        let (refresh, access) =
            (dialect.refresh().uses("refresh_token"), dialect.refresh().uses("access_token"));
        match dialect.renews_with {
            RenewsWith::RefreshToken if !refresh => {
                let words = "nothing here sends the `refresh_token`; a vendor that has none is written `renews_with = \"client\"` or `\"access_token\"`";
                let fault = Fault::at(&at, words).about("refresh_token").about("renews_with");
                self.found.push(Found { fault, of: Some("request") });
            }
            RenewsWith::AccessToken if !refresh && !access => {
                let words = "nothing here sends the `access_token`, which this renews with; write `{{ access_token }}` where it goes";
                let fault = Fault::at(&at, words).about("access_token");
                self.found.push(Found { fault, of: Some("request") });
            }
            RenewsWith::Client => self.tokenless(),
            _ => {}
        }
        if last.exchange.answer.access_token.is_none() && !last.exchange.answer.keeps_access_token {
            self.add_of("answer", &["exchanges", REFRESH, "answer"], "`access_token` is missing");
        }
        for name in dialect.params.keys().filter(|name| !dialect.refresh().uses(&format!("params.{name}"))) {
            let words = format!("nothing sends it; a template is written `{{{{ params.{name} }}}}`");
            let fault = Fault::at(&["params", name], &words).about(&format!("params.{name}"));
            self.found.push(Found { fault, of: Some("request") });
        }
    }

    /// Who renews with what the client has is given no refresh token, and presents none.
    fn tokenless(&mut self) {
        for (name, exchange) in &self.dialect.exchanges {
            for (path, _) in exchange.request.templates().iter().filter(|(_, one)| one.uses("refresh_token"))
            {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                let words =
                    "with `renews_with = \"client\"` there is no `refresh_token`; leave one of them away";
                self.add_of("renews_with", &[&["exchanges", name, "request"], &path[..]].concat(), words);
            }
            if exchange.answer.refresh_token.is_some() {
                let words =
                    "with `renews_with = \"client\"` there is no refresh token to look for; leave this away";
                self.add_of("renews_with", &["exchanges", name, "answer", "refresh_token"], words);
            }
        }
    }

    fn exchange(&mut self, step: &Step<'_>) {
        let here = |more: &[&str]| -> Vec<String> {
            ["exchanges", step.name].iter().chain(more).map(|key| (*key).to_owned()).collect()
        };
        let mut found: Vec<(Vec<String>, String)> = Vec::new();
        if !is_identifier(step.name) {
            self.add(&["exchanges", step.name], "an exchange is named by letters, digits and `_`");
        }
        for (path, template) in step.exchange.request.templates() {
            if let Err(why) = self.template(&path, template) {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                let known = self.known_names();
                let close = unknown(template, &known).and_then(|name| near(name, &known));
                let fault =
                    Fault::at(&[&["exchanges", step.name, "request"], path.as_slice()].concat(), &why);
                self.found.push(Found { fault: fault.meaning(close), of: None });
            }
        }
        for (path, words) in self.request(&step.exchange.request) {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            found.push((here(&[&["request"], path.as_slice()].concat()), words));
        }
        for (path, words) in
            self.keep(&step.exchange.answer).into_iter().chain(expiries(&step.exchange.answer))
        {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            found.push((here(&[&["answer"], path.as_slice()].concat()), words));
        }
        if step.name != REFRESH && step.exchange.answer.access_token.is_some() {
            let words = "only the last step gives the access token; keep this one for it: `keep = { token = { at = \"…\", secret = true } }`, then `{{ kept.token }}`";
            found.push((here(&["answer", "access_token"]), words.to_owned()));
        }
        for (index, refusal) in step.exchange.refusals.iter().enumerate() {
            if refusal.status.is_none() && refusal.tests.is_empty() {
                let words = "a refusal needs a `status`, `tests` or both".to_owned();
                found.push((here(&["refusals", &index.to_string()]), words));
            }
        }
        for (path, words) in found {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            self.add(&path, &words);
        }
        self.places(step);
    }

    /// One value is one thing: a scope that is the refresh token would be printed.
    fn places(&mut self, step: &Step<'_>) {
        let answer = &step.exchange.answer;
        let same_token = self.dialect.renews_with == RenewsWith::AccessToken;
        let shown = answer.keep.iter().filter(|(_, keep)| !keep.secret);
        let places = [
            ("access_token", answer.access_token.as_ref()),
            ("refresh_token", answer.refresh_token.as_ref().filter(|_| !same_token)),
            ("token_type", answer.token_type.as_ref()),
            ("scope", answer.scope.as_ref()),
        ];
        let places: Vec<(Vec<&str>, &Place)> = places
            .into_iter()
            .filter_map(|(key, place)| Some((vec![key], place?)))
            .chain(shown.map(|(name, keep)| (vec!["keep", name], &keep.place)))
            .collect();
        let whole = |keys: &[&str]| -> Vec<String> {
            ["exchanges", step.name, "answer"].iter().chain(keys).map(|key| (*key).to_owned()).collect()
        };
        for (index, (key, place)) in places.iter().enumerate() {
            let Some((twin, _)) =
                places[..index].iter().find(|(_, other)| other.meets(place, answer.ignore_case))
            else {
                continue;
            };
            let words = format!(
                "`{}` points to where `{}` stands; each has a place of its own",
                key.join("."),
                twin.join(".")
            );
            let (key, twin) = (whole(key), whole(twin));
            let [key, twin] = [&key, &twin].map(|path| path.iter().map(String::as_str).collect::<Vec<_>>());
            self.found.push(Found { fault: Fault::at(&key, &words).or_at(&twin), of: None });
        }
    }

    fn keep(&self, answer: &Answer) -> Vec<(Vec<String>, String)> {
        let mut found = Vec::new();
        if answer.keep.len() > MOST_KEPT {
            found.push((vec!["keep".into()], format!("at most {MOST_KEPT} values are kept")));
        }
        for name in answer.keep.keys().filter(|name| !is_identifier(name)) {
            let words = "a kept value is named by letters, digits and `_`, and begins with a letter";
            found.push((vec!["keep".into(), name.clone()], words.into()));
        }
        found
    }

    fn request(&self, request: &Request) -> Vec<(Vec<String>, String)> {
        let mut found = Vec::new();
        let at = |keys: &[&str]| -> Vec<String> { keys.iter().map(|key| (*key).to_owned()).collect() };
        if let Some(name) =
            request.url.names().find(|name| self.is_secret(name)).filter(|_| !request.secret_in_url)
        {
            let words = format!(
                "`{name}` is a secret and does not belong into an address; put it into `query`, or say `secret_in_url = true` if the vendor wants it so"
            );
            found.push((at(&["url"]), words));
        }
        if self.dialect.hosts.is_empty() && request.url.leads_by("kept.") {
            let words = "an address that an answer gave may lead only to hosts that the dialect lists, as in `hosts = [\"api.vendor.example\"]`";
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
                found.push((at(&["headers", name]), "tokcli makes this header; leave it away".into()));
            } else if name.eq_ignore_ascii_case("authorization") && request.client_auth.iter().any(is_basic) {
                let words = "`client_auth` makes this header; take one of them away";
                found.push((at(&["headers", name]), words.into()));
            }
        }
        for (index, (name, _)) in request.headers.0.iter().enumerate() {
            if request.headers.0[..index].iter().any(|(twin, _)| twin.eq_ignore_ascii_case(name)) {
                let words = "this header stands here already, in other letters; several values are a list";
                found.push((at(&["headers", name]), words.into()));
            }
        }
        if let Err(why) = request.url.could_be_an_address() {
            found.push((at(&["url"]), why));
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

    /// What may be absent, and would take the whole address or body with it.
    fn may_lack(&self, name: &str) -> bool {
        let param = name.strip_prefix("params.").and_then(|name| self.dialect.params.get(name));
        name == "scope" || param.is_some_and(|rule| rule.optional && rule.default.is_none())
    }

    fn template(&self, path: &[String], template: &Template) -> Result<(), String> {
        let place = path[0].as_str();
        let lacks = template.names().find(|name| template.needs(name) && self.may_lack(name));
        if let Some(name) = lacks.filter(|_| ["url", "body"].contains(&place)) {
            return Err(format!(
                "without `{name}`, which a profile need not give, all of this would be left out; write `{{{{ {name} | default('') }}}}`"
            ));
        }
        if template.gives_many() && place != "json" {
            return Err(
                "a list or a map stands here; add `| json`, `| join(',')` or `| sorted_pairs('=', '&')`"
                    .into(),
            );
        }
        if let Some(name) = self.known_names().iter().find(|name| template.has_single_braces(name)) {
            return Err(format!(
                "`{{{name}}}` is sent as it stands; a template is written `{{{{ {name} }}}}`"
            ));
        }
        if place == "headers" && template.has_control_characters() {
            return Err("a header holds no line break and no other control character".into());
        }
        self.names(template)?;
        self.describes(place, template)?;
        self.trial(template, place == "json")
    }

    fn names(&self, template: &Template) -> Result<(), String> {
        let known = self.known_names();
        let Some(name) = unknown(template, &known) else { return Ok(()) };
        let advice = match (near(name, &known), name.split_once('.')) {
            (Some(close), _) => format!(", did you mean `{close}`?"),
            (None, Some(("params", param))) => {
                format!("; declare it: `params.{param} = {{ optional = true }}`")
            }
            (None, Some(("kept", kept))) => {
                format!("; an answer must keep it: `answer.keep.{kept} = \"/pointer\"`")
            }
            (None, _) => format!("; known are {}", known.join(", ")),
        };
        Err(format!("the template names `{name}`, which is not known{advice}"))
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
            Some(name) => Err(format!(
                "`{name}` is not there yet when this is filled in; write it in {}",
                if *name == *"request.body" {
                    "`query` or `headers`"
                } else {
                    "`query`, `headers` or the body"
                }
            )),
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

/// The first name in it that nothing gives.
fn unknown<'a>(template: &'a Template, known: &[String]) -> Option<&'a str> {
    template.names().find(|name| !name.starts_with("request.") && !known.iter().any(|one| one == name))
}

fn near<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    suggest::did_you_mean(name, known.iter().map(String::as_str))
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

fn expiries(answer: &Answer) -> impl Iterator<Item = (Vec<String>, String)> {
    let lists = [
        ("access_expires", &answer.access_expires),
        ("refresh_expires", &answer.refresh_expires),
        ("retry_after", &answer.retry_after),
    ];
    lists.into_iter().flat_map(|(key, list)| {
        list.iter().enumerate().filter_map(move |(index, expiry)| {
            let (part, words) = expiry.fault()?;
            Some((vec![key.to_owned(), index.to_string(), part.to_owned()], words.to_owned()))
        })
    })
}

fn is_identifier(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn is_basic(auth: &ClientAuth) -> bool {
    matches!(auth, ClientAuth::ClientSecretBasic | ClientAuth::ClientSecretBasicPlain)
}

/// Which key, and why.
fn one_body(request: &Request) -> Option<(&'static str, &'static str)> {
    let in_body = request.client_auth.iter().any(|auth| *auth != ClientAuth::None && !is_basic(auth));
    let extra = |part| request.extra_params == Some(part);
    if request.json.is_some() && request.form.is_some() {
        return Some(("json", "a request has one body: take `json` or `form` away"));
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
            "a request has one body: take this away, or what `form`, `json`, `client_auth` and `extra_params` make",
        ));
    }
    if in_body && !matches!(request.json, None | Some(super::schema::Json::Object(_))) {
        return Some((
            "client_auth",
            "this adds members to the body, and a `json` that is a list takes none; authenticate in another way",
        ));
    }
    None
}
