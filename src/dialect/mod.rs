//! Dialects: how one vendor's requests are shaped and its answers read, as data.
//!
//! A built-in and a user's own are read by the same code and checked whole
//! before anything is sent. A dialect opens no socket and knows no store.

pub(crate) mod answer;
pub(crate) mod catalog;
pub(crate) mod request;
mod salvage;
pub(crate) mod schema;
pub(crate) mod template;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use toml::{Table, Value};

use crate::config::{self, Fault, Source};
use crate::error::Result;
use schema::{Answer, ClientAuth, Dialect, Exchange, LifetimeKind, Place, Request};
use template::Template;

/// The dialects of profiles.toml and its `dialect_files`, unread until one is used.
#[derive(Default)]
pub(crate) struct UserDialects {
    tables: BTreeMap<String, (usize, Table)>,
    sources: Vec<Source>,
    /// Read once, however many profiles use it.
    loaded: Mutex<BTreeMap<String, Arc<Dialect>>>,
}

impl UserDialects {
    /// `Err` names the file in which the same name stands already.
    pub(crate) fn add(
        &mut self,
        source: Source,
        tables: impl IntoIterator<Item = (String, Table)>,
    ) -> Result<()> {
        let index = self.sources.len();
        self.sources.push(source);
        for (name, table) in tables {
            let source = &self.sources[index];
            let path = ["dialects".to_owned(), name.clone()];
            config::check_name(&name).map_err(|why| source.fault(&path, &why))?;
            let twin = self.tables.keys().find(|known| known.eq_ignore_ascii_case(&name));
            if let Some((first, _)) = twin.and_then(|twin| self.tables.get(twin)) {
                let words = format!("`{name}` is in {} already", self.sources[*first].name());
                return Err(source.fault(&path, &words));
            }
            self.tables.insert(name, (index, table));
        }
        Ok(())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    /// A user's dialect, written as TOML that could stand in a file of its own.
    pub(crate) fn written(&self, name: &str) -> Option<String> {
        let (_, table) = self.tables.get(name)?;
        let inner = Table::from_iter([(name.to_owned(), Value::Table(table.clone()))]);
        toml::to_string(&Table::from_iter([("dialects".to_owned(), Value::Table(inner))])).ok()
    }

    /// The file and the text of a user's dialect.
    pub(crate) fn origin(&self, name: &str) -> Option<&Source> {
        self.tables.get(name).map(|(index, _)| &self.sources[*index])
    }

    /// The dialect `name`, extended, read and checked; `None` if there is no such name.
    pub(crate) fn load(&self, name: &str) -> Option<Result<Arc<Dialect>>> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaded.get(name) {
            return Some(Ok(Arc::clone(known)));
        }
        Some(
            self.read(name)?
                .map(|dialect| Arc::clone(loaded.entry(name.to_owned()).or_insert(Arc::new(dialect)))),
        )
    }

    fn read(&self, name: &str) -> Option<Result<Dialect>> {
        if let Some((index, _)) = self.tables.get(name) {
            let source = &self.sources[*index];
            let prefix = ["dialects".to_owned(), name.to_owned()];
            return Some(
                self.merged(name, &mut Vec::new())
                    .and_then(read)
                    .map_err(|fault| source.fault_below(&prefix, &fault)),
            );
        }
        let source = catalog::source(name)?;
        let builtin = built_in(name, source).and_then(read);
        Some(builtin.map_err(|fault| {
            Source::built_in(name, source).fault_below(&["dialects".to_owned(), name.to_owned()], &fault)
        }))
    }

    /// Its table with the tables it extends beneath.
    fn merged(&self, name: &str, seen: &mut Vec<String>) -> std::result::Result<Table, Fault> {
        // A user's dialect may extend the built-in whose name it takes.
        let own = self.tables.get(name).filter(|_| !seen.iter().any(|one| one == name));
        let Some((_, table)) = own else {
            if seen.iter().filter(|one| *one == name).count() > 1 {
                return Err(Fault::at(&["extends"], "this goes round in a circle"));
            }
            let source = catalog::source(name).ok_or_else(|| Fault::at(&["extends"], &self.unknown(name)))?;
            return built_in(name, source);
        };
        if seen.len() > LONGEST_CHAIN {
            return Err(Fault::at(&["extends"], "this chain is too long"));
        }
        seen.push(name.to_owned());
        match table.get("extends") {
            None => Ok(table.clone()),
            Some(Value::String(base)) => {
                if base != name && seen.contains(base) {
                    return Err(Fault::at(&["extends"], "this goes round in a circle"));
                }
                let mut whole = self.merged(base, seen)?;
                merge(&mut whole, table);
                Ok(whole)
            }
            Some(_) => Err(Fault::at(&["extends"], "expected a string")),
        }
    }

    pub(crate) fn unknown(&self, name: &str) -> String {
        let known = catalog::CATALOG.iter().map(|(known, _)| *known).chain(self.names());
        let close = config::did_you_mean(name, known).map(|close| format!(", did you mean `{close}`?"));
        format!("there is no such dialect{}", close.unwrap_or_default())
    }
}

/// Of dialects that extend each other.
const LONGEST_CHAIN: usize = 16;

fn built_in(name: &str, source: &str) -> std::result::Result<Table, Fault> {
    let mut file: Table = source.parse().map_err(|_| Fault::at(&[], "the built-in dialect is no TOML"))?;
    let table = file.get_mut("dialects").and_then(|all| all.get_mut(name)).and_then(Value::as_table_mut);
    table.map(std::mem::take).ok_or_else(|| Fault::at(&[], "the built-in dialect does not name itself"))
}

/// Tables merge by key; arrays and all else replace.
fn merge(base: &mut Table, over: &Table) {
    for (key, value) in over {
        match (base.get_mut(key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => merge(below, above),
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

fn read(table: Table) -> std::result::Result<Dialect, Fault> {
    let dialect: Dialect = config::from_value(Value::Table(table))?;
    check(&dialect)?;
    Ok(dialect)
}

/// What types alone cannot say.
fn check(dialect: &Dialect) -> std::result::Result<(), Fault> {
    let graceful = dialect.rotation.word().starts_with("grace-");
    if graceful != dialect.grace.is_some() {
        return Err(Fault::at(
            &["grace"],
            "goes with the rotation classes `grace-same` and `grace-new`, and only with them",
        ));
    }
    if dialect.refresh_lifetime_kind == LifetimeKind::Absolute && dialect.refresh_lifetime.is_none() {
        return Err(Fault::at(&["refresh_lifetime_kind"], "`absolute` needs a `refresh_lifetime`"));
    }
    for name in dialect.params.keys() {
        // Templates must be able to name it.
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            || !name.starts_with(|c: char| c.is_ascii_alphabetic())
        {
            let words = "a param is named by letters, digits and `_`, and begins with a letter";
            return Err(Fault::at(&["params", name], words));
        }
    }
    check_exchange(dialect, dialect.refresh()).map_err(|fault| fault.below(&["exchanges", "refresh"]))
}

fn check_exchange(dialect: &Dialect, exchange: &Exchange) -> std::result::Result<(), Fault> {
    check_request(dialect, &exchange.request).map_err(|fault| fault.below(&["request"]))?;
    check_places(&exchange.answer).map_err(|fault| fault.below(&["answer"]))?;
    for (index, refusal) in exchange.refusals.iter().enumerate() {
        if refusal.status.is_none() && refusal.tests.is_empty() {
            return Err(Fault::at(&["refusals", &index.to_string()], "needs a `status`, `tests` or both"));
        }
    }
    let tests =
        exchange.success.tests.iter().chain(exchange.refusals.iter().flat_map(|refusal| &refusal.tests));
    for test in tests {
        if test.equals.is_none() && test.not_equals.is_none() && test.present.is_none() {
            let words =
                format!("the test at `{}` needs `equals`, `not_equals` or `present`", test.at.source());
            return Err(Fault::at(&[], &words));
        }
    }
    Ok(())
}

/// One value is one thing: a scope that is the refresh token would be printed.
fn check_places(answer: &Answer) -> std::result::Result<(), Fault> {
    let places = [
        ("access_token", Some(&answer.access_token)),
        ("refresh_token", answer.refresh_token.as_ref()),
        ("token_type", answer.token_type.as_ref()),
        ("scope", answer.scope.as_ref()),
    ];
    for (index, (key, at)) in places.iter().enumerate() {
        let twin = places[..index].iter().find(|(_, other)| at.is_some() && other == at);
        if let Some((twin, _)) = twin {
            return Err(Fault::at(&[key], &format!("points to where `{twin}` stands")));
        }
    }
    Ok(())
}

fn check_request(dialect: &Dialect, request: &Request) -> std::result::Result<(), Fault> {
    for (path, template) in request.templates() {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        check_names(dialect, template).map_err(|why| Fault::at(&path, &why))?;
    }
    if let Some(name) =
        request.url.names().find(|name| CREDENTIAL_NAMES.contains(name) || *name == "client_secret")
    {
        let words = format!("`{name}` is a secret and does not belong into an address; put it into `query`");
        return Err(Fault::at(&["url"], &words));
    }
    if let Some(name) = dialect.params.keys().find(|name| !request.uses(&format!("params.{name}"))) {
        let words =
            format!("nothing here sends the param `{name}`; a template is written `{{{{ params.{name} }}}}`");
        return Err(Fault::at(&[], &words));
    }
    if !request.uses("refresh_token") {
        return Err(Fault::at(&[], "nothing here sends the `refresh_token`"));
    }
    let in_form = request.extra_params == Some(Place::Form)
        || request.client_auth.contains(&ClientAuth::ClientSecretPost);
    if request.json.is_some() && (request.form.is_some() || in_form) {
        return Err(Fault::at(
            &["json"],
            "a request has one body: `json` or a form (`form`, `client_secret_post`, `extra_params = \"form\"`)",
        ));
    }
    for (name, _) in &request.headers.0 {
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
            || name.is_empty()
        {
            return Err(Fault::at(&["headers", name], "this is no name of a header"));
        }
    }
    Ok(())
}

/// Templates see these of the credential.
const CREDENTIAL_NAMES: [&str; 2] = ["refresh_token", "access_token"];
/// And these of the profile.
const PROFILE_NAMES: [&str; 5] = ["base_url", "token_url", "client_id", "client_secret", "scope"];

fn check_names(dialect: &Dialect, template: &Template) -> std::result::Result<(), String> {
    for name in template.names() {
        let known: Vec<String> = CREDENTIAL_NAMES
            .iter()
            .chain(&PROFILE_NAMES)
            .map(|name| (*name).to_owned())
            .chain(dialect.params.keys().map(|param| format!("params.{param}")))
            .collect();
        if !known.iter().any(|one| one == name) {
            let close = config::did_you_mean(name, known.iter().map(String::as_str));
            let advice = match (close, name.strip_prefix("params.")) {
                (Some(close), _) => format!(", did you mean `{close}`?"),
                (None, Some(param)) => {
                    format!("; declare it: `params.{param} = {{ optional = true }}`")
                }
                (None, None) => format!("; known are {}", known.join(", ")),
            };
            return Err(format!("the template names `{name}`, which is not known{advice}"));
        }
    }
    Ok(())
}

impl Dialect {
    pub(crate) fn refresh(&self) -> &Exchange {
        &self.exchanges.refresh
    }
}

impl Request {
    /// Every template and where it stands.
    fn templates(&self) -> Vec<(Vec<String>, &Template)> {
        let mut all = vec![(vec!["url".to_owned()], &self.url)];
        for (place, fields) in
            [("query", Some(&self.query)), ("headers", Some(&self.headers)), ("form", self.form.as_ref())]
        {
            for (name, template) in fields.into_iter().flat_map(|fields| &fields.0) {
                all.push((vec![place.to_owned(), name.clone()], template));
            }
        }
        let mut found = Vec::new();
        if let Some(json) = &self.json {
            json.templates(&mut found);
        }
        all.extend(found.into_iter().map(|template| (vec!["json".to_owned()], template)));
        all
    }

    pub(crate) fn uses(&self, name: &str) -> bool {
        self.templates().iter().any(|(_, template)| template.uses(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_dialect_is_whole() {
        for &(name, _) in catalog::CATALOG {
            let loaded = UserDialects::default().load(name).expect("it is in the catalogue");
            if let Err(error) = loaded {
                panic!("{name}: {error}");
            }
        }
    }

    fn user(text: &str) -> UserDialects {
        let mut dialects = UserDialects::default();
        let source = Source::for_tests(text);
        let file: Table = text.parse().expect("TOML");
        let tables = file["dialects"].as_table().expect("table").clone();
        let tables: Vec<_> = tables
            .into_iter()
            .map(|(name, value)| (name, value.as_table().expect("table").clone()))
            .collect();
        dialects.add(source, tables).expect("names are good");
        dialects
    }

    #[test]
    fn a_dialect_can_say_only_what_differs() {
        let text = "[dialects.acme]\nextends = \"oauth2\"\n[dialects.acme.exchanges.refresh.request]\nurl = \"{{ base_url }}/t\"\nform.grant_type = \"Refresh\"\n";
        let dialect = user(text).load("acme").expect("known").expect("whole");
        let names: Vec<_> = dialect
            .refresh()
            .request
            .form
            .as_ref()
            .expect("form")
            .0
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["grant_type", "refresh_token", "scope"]);
        assert!(dialect.refresh().request.url.uses("base_url"));
    }

    #[test]
    fn a_user_may_take_and_extend_a_built_in_name() {
        let text = "[dialects.oauth2]\nextends = \"oauth2\"\nrotation = \"family\"\n";
        let dialect = user(text).load("oauth2").expect("known").expect("whole");
        assert_eq!(dialect.rotation.word(), "family");
    }

    /// Each mistake, and what its message must say.
    #[test]
    fn mistakes_are_found_at_load_with_line_and_mend() {
        let head = "[dialects.acme]\nextends = \"oauth2\"\n";
        for (rest, wanted) in [
            (
                "rotaton = \"strict\"\n",
                "test.toml:3:1: `dialects.acme.rotaton`: unknown key, did you mean `rotation`?",
            ),
            ("rotation = \"strickt\"\n", "did you mean `strict`?"),
            ("exchanges.refresh.request.form.x = \"{{ refresh_tokn }}\"\n", "did you mean `refresh_token`?"),
            (
                "exchanges.refresh.request.form.x = \"{{ params.pin }}\"\n",
                "declare it: `params.pin = { optional = true }`",
            ),
            ("exchanges.refresh.request.form.x = \"{{ scope | bas64 }}\"\n", "filter bas64 is unknown"),
            ("exchanges.refresh.request.form.x = \"{% if a %}\"\n", "no statements"),
            ("exchanges.refresh.request.url = \"https://x/{{ refresh_token }}\"\n", "put it into `query`"),
            ("exchanges.refresh.answer.access_token = \"access_token\"\n", "begins with `/`"),
            (
                "exchanges.refresh.answer.access_token = \"/refresh_token\"\n",
                "points to where `access_token` stands",
            ),
            ("exchanges.refresh.answer.access_token = \"/a~b\"\n", "`~0`"),
            ("exchanges.refresh.success.status = [2000]\n", "expected a status"),
            ("exchanges.refresh.success.tests = [{ at = \"/ok\" }]\n", "needs `equals`"),
            ("exchanges.refresh.refusals = [{ is = \"login_required\" }]\n", "needs a `status`"),
            ("exchanges.refresh.request.json.a = \"b\"\n", "one body"),
            (
                "exchanges.refresh.request.client_auth = \"client_secret_baisc\"\n",
                "did you mean `client_secret_basic`?",
            ),
            ("exchanges.refrsh.request.url = \"x\"\n", "did you mean `refresh`?"),
            ("grace = \"30s\"\n", "grace-same"),
        ] {
            let text = format!("{head}{rest}");
            let error = user(&text).load("acme").expect("known").expect_err(rest);
            assert!(error.message.contains(wanted), "{rest}: {error}");
            assert!(error.message.starts_with("test.toml:3:"), "{rest}: {error}");
        }
    }

    #[test]
    fn extends_must_lead_somewhere_and_not_in_a_circle() {
        let text = "[dialects.a]\nextends = \"b\"\n[dialects.b]\nextends = \"a\"\n[dialects.c]\nextends = \"oauth3\"\n";
        let all = user(text);
        assert!(all.load("a").expect("known").expect_err("circle").message.contains("circle"));
        assert!(
            all.load("c").expect("known").expect_err("unknown").message.contains("did you mean `oauth2`?")
        );
    }
}
