//! The dialects that a run knows: those of profiles.toml and its `dialect_files` by their names, above the
//! catalogue. Each is unread until it is used, and then extended, read and checked whole.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use toml::{Table, Value};

use super::examples::{self, Example};
use super::schema::{Dialect, listed};
use super::{catalog, check, diagnosis, extend, made};
use crate::base::error::{Error, Result};
use crate::base::mutex::lock;
use crate::base::suggest;
use crate::base::toml_source::{self, Fault, Source};

#[derive(Default)]
pub(crate) struct UserDialects {
    tables: BTreeMap<String, (usize, Table)>,
    sources: Vec<Source>,
    /// The names in lower case, each as it is written.
    twins: BTreeMap<String, String>,
    /// Read once, however many profiles use it, and whatever came of it.
    loaded: Mutex<BTreeMap<String, Result<Arc<Dialect>>>>,
    /// Built-in dialects that others extend.
    bases: Mutex<BTreeMap<String, Table>>,
    /// Names that were compared with others to say which was meant.
    compared: AtomicUsize,
}

/// Nobody reads so many suggestions as follow from these.
const MOST_COMPARED: usize = 300_000;

impl UserDialects {
    /// What cannot be added, such as a name that stands in another file already, is given back as an error.
    pub(crate) fn add(
        &mut self,
        source: Source,
        tables: impl IntoIterator<Item = (String, Table)>,
    ) -> Vec<Error> {
        let index = self.sources.len();
        self.sources.push(source);
        let mut found = Vec::new();
        for (name, table) in tables {
            match self.check_new(&name) {
                Err(why) => found.push(self.sources[index].fault(&prefix(&name), &why)),
                Ok(()) => {
                    self.twins.insert(name.to_ascii_lowercase(), name.clone());
                    self.tables.insert(name, (index, table));
                }
            }
        }
        found
    }

    fn check_new(&self, name: &str) -> std::result::Result<(), String> {
        suggest::check_name(name)?;
        let twin = self.twins.get(&name.to_ascii_lowercase()).and_then(|twin| self.tables.get(twin));
        match twin {
            Some((first, _)) => Err(format!("`{name}` is in {} already", self.sources[*first].name())),
            None => Ok(()),
        }
    }

    /// One dialect that was read already.
    pub(crate) fn only(name: &str, dialect: Arc<Dialect>) -> UserDialects {
        UserDialects {
            loaded: Mutex::new(BTreeMap::from([(name.to_owned(), Ok(dialect))])),
            ..UserDialects::default()
        }
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
        let mut loaded = lock(&self.loaded);
        if let Some(known) = loaded.get(name) {
            return Some(known.clone());
        }
        let dialect = self.read(name)?.map(Arc::new);
        loaded.insert(name.to_owned(), dialect.clone());
        Some(dialect)
    }

    fn read(&self, name: &str) -> Option<Result<Dialect>> {
        if !self.has(name) && !catalog::has(name) {
            return None;
        }
        let dialect = self.whole(name).and_then(|whole| {
            let unwanted = self.unwanted(name, &whole).into_iter().next();
            read(whole).and_then(|dialect| unwanted.map_or(Ok(dialect), Err))
        });
        Some(dialect.map_err(|fault| self.first_told(name).unwrap_or_else(|| self.at_fault(name, &fault))))
    }

    /// What is wrong first in a dialect or, if that is right in itself, in one that it extends.
    fn first_told(&self, name: &str) -> Option<Error> {
        let first =
            |name: &str| self.told(name).into_iter().min_by_key(|(at, _)| *at).map(|(_, error)| error);
        let bases = self.bases(name);
        first(name).or_else(|| bases.iter().find_map(|base| first(base)))
    }

    /// Everything that is wrong with dialects, in one pass, as it stands in the files.
    pub(crate) fn faults(&self, names: &[String]) -> Vec<Error> {
        let known = names.iter().filter(|name| self.has(name) || catalog::has(name));
        let mut all: Vec<(Position, Error)> = known.flat_map(|name| self.told(name)).collect();
        all.sort_by_key(|(position, _)| *position);
        all.into_iter().map(|(_, error)| error).collect()
    }

    /// What is wrong with one dialect. What it has from another of the user's is told of that one alone.
    fn told(&self, name: &str) -> Vec<(Position, Error)> {
        let mut found = Vec::new();
        let mut own = self.table(name, &[]).unwrap_or_default();
        let bases = self.bases(name);
        let alone = |base: &&String| !self.bases(base).iter().any(|one| one == name);
        if bases.iter().filter(alone).any(|base| self.merged(base, &mut Vec::new()).is_err()) {
            return Vec::new();
        }
        let merged = loop {
            match self.on_its_base(own.clone(), name, &mut Vec::new()) {
                Ok(table) => break Some(table),
                Err(fault) => {
                    let mended = mend(&mut own, &fault);
                    // Where it stood before others were taken out, which came before it.
                    let before = found.iter().filter(|fault: &&Fault| fault.path().len() == 2).count();
                    let at = match fault.path() {
                        [key, index] => [key.clone(), later(index, before)].to_vec(),
                        path => path.to_vec(),
                    };
                    found.push(fault.with_path(at));
                    if !mended {
                        break None;
                    }
                }
            }
        };
        if let Some(table) = merged {
            let of_bases: Vec<Fault> = bases.iter().flat_map(|base| self.faults_of_a_base(base)).collect();
            let unwanted = self.whole(name).map_or(Vec::new(), |whole| self.unwanted(name, &whole));
            let faults = diagnosis::faults(self.with_examples(name, table.clone())).into_iter();
            let faults = faults.map(|fault| below_the_base(&own, &table, fault)).chain(unwanted);
            found.extend(faults.filter_map(|fault| self.of_its_own(&own, &bases, &of_bases, fault)));
        }
        let file = self.tables.get(name).map(|(index, _)| *index);
        let offset =
            |fault: &Fault| self.origin(name).map_or(0, |source| source.offset_below(&prefix(name), fault));
        found.iter().map(|fault| ((file, offset(fault)), self.at_fault(name, fault))).collect()
    }

    /// Of a dialect that the user wrote, and another extends.
    fn faults_of_a_base(&self, base: &str) -> Vec<Fault> {
        let merged = self.has(base).then(|| self.merged(base, &mut Vec::new()).ok()).flatten();
        merged.map(diagnosis::faults).unwrap_or_default()
    }

    /// What is wrong in what a dialect says itself, or in how it goes with what it inherits: the rest is told of the base.
    fn of_its_own(&self, own: &Table, bases: &[String], of_bases: &[Fault], fault: Fault) -> Option<Fault> {
        let path = fault.path();
        let holds = |table: &Table| diagnosis::holds(&Value::Table(table.clone()), path);
        let other = fault.other().is_some_and(|other| diagnosis::holds(&Value::Table(own.clone()), other));
        if other || (holds(own) && !path.is_empty()) {
            return Some(fault);
        }
        if of_bases.iter().any(|base| base.path() == path && base.words() == fault.words()) {
            return None;
        }
        let base = bases.iter().find(|base| self.table(base, &[]).is_ok_and(|table| holds(&table)));
        Some(match base.filter(|_| !path.is_empty()) {
            Some(base) => fault.noted(format!("inherited from `{base}`")),
            None => fault,
        })
    }

    /// The dialects that one extends, the nearest first, as far as there are any; not itself.
    fn bases(&self, name: &str) -> Vec<String> {
        let mut seen = Vec::new();
        let _ = self.merged(name, &mut seen);
        seen.retain(|base| base != name);
        seen
    }

    /// What is worth a word about a user's dialects that are whole.
    pub(crate) fn remarks(&self, names: &[String]) -> Vec<String> {
        let own = names.iter().filter(|name| self.has(name));
        let whole = own.filter_map(|name| Some((name, self.load(name)?.ok()?)));
        whole
            .flat_map(|(name, dialect)| {
                check::remarks(&dialect).into_iter().map(move |words| format!("{name}: {words}"))
            })
            .collect()
    }

    /// Those of a built-in are not read with it, but only for whoever replays them.
    fn with_examples(&self, name: &str, mut table: Table) -> Table {
        if !self.has(name)
            && let Some(examples) = catalog::examples(name)
            && let Ok(Some(Value::Array(examples))) =
                built_in(name, &examples).map(|mut table| table.remove("examples"))
        {
            table.insert("examples".into(), Value::Array(examples));
        }
        table
    }

    /// The recorded examples of `dialect`, which is that of this name.
    pub(crate) fn examples(&self, name: &str, dialect: &Dialect) -> Result<Vec<Example>> {
        let table = Table::from_iter([("examples".to_owned(), Value::Array(dialect.examples.clone()))]);
        let recorded = match self.with_examples(name, table).remove("examples") {
            Some(Value::Array(recorded)) => recorded,
            _ => Vec::new(),
        };
        examples::read(dialect, &recorded).map_err(|fault| self.at_fault(name, &fault))
    }

    /// An error about a part of the dialect `name`, where it stands.
    fn at_fault(&self, name: &str, fault: &Fault) -> Error {
        match self.origin(name) {
            Some(source) => source.fault_below(&prefix(name), fault),
            None => Source::built_in(name, &catalog::file(name).unwrap_or_default())
                .fault_below(&prefix(name), fault),
        }
    }

    /// Its table as it is read: with all that it leaves to another dialect or another exchange.
    fn whole(&self, name: &str) -> std::result::Result<Table, Fault> {
        let mut table = extend::fill_in_likes(self.merged(name, &mut Vec::new())?)?;
        made::fill_in(&mut table)?;
        Ok(table)
    }

    /// What it only inherits, and hardly wants.
    fn unwanted(&self, name: &str, whole: &Table) -> Vec<Fault> {
        // A built-in is checked with the catalogue.
        let own = self.tables.get(name).map(|(_, own)| own);
        own.map_or(Vec::new(), |own| extend::unwanted_client_auth(own, whole))
    }

    /// Its table with the tables it extends beneath.
    fn merged(&self, name: &str, seen: &mut Vec<String>) -> std::result::Result<Table, Fault> {
        let table = self.table(name, seen)?;
        self.on_its_base(table, name, seen)
    }

    /// The table that a name means, with the tables it extends beneath.
    fn on_its_base(
        &self,
        table: Table,
        name: &str,
        seen: &mut Vec<String>,
    ) -> std::result::Result<Table, Fault> {
        if seen.len() > LONGEST_CHAIN {
            let words = format!("this chain is too long; at most {LONGEST_CHAIN} extend each other");
            return Err(Fault::at(&["extends"], &words));
        }
        seen.push(name.to_owned());
        match table.get("extends") {
            None if table.contains_key("remove") => {
                Err(Fault::at(&["remove"], "goes with `extends`: there is nothing to remove from"))
            }
            None => Ok(table),
            Some(Value::String(base)) if base != name && seen.contains(base) => {
                Err(Fault::at(&["extends"], CIRCLE))
            }
            Some(Value::String(base)) => extend::extend(self.merged(base, seen)?, &table),
            Some(_) => Err(Fault::at(&["extends"], "expected a string")),
        }
    }

    /// The table that a name means after those of a chain: a user's dialect may extend the built-in whose name
    /// it takes.
    fn table(&self, name: &str, seen: &[String]) -> std::result::Result<Table, Fault> {
        let times = seen.iter().filter(|one| *one == name).count();
        if let Some((_, table)) = self.tables.get(name).filter(|_| times == 0) {
            return Ok(listed(table.clone()));
        }
        match (times, catalog::has(name)) {
            (0 | 1, true) => self.base(name),
            (0, false) => {
                let close = self.meant(name).filter(|close| !seen.iter().any(|one| one == close));
                let words = format!("there is no such dialect{}", advice(close));
                Err(Fault::at(&["extends"], &words).meaning(close))
            }
            (1, false) => {
                let words = "only a dialect that takes a built-in name may extend its own; name another";
                Err(Fault::at(&["extends"], words))
            }
            _ => Err(Fault::at(&["extends"], CIRCLE)),
        }
    }

    fn base(&self, name: &str) -> std::result::Result<Table, Fault> {
        let mut bases = lock(&self.bases);
        if let Some(known) = bases.get(name) {
            return Ok(known.clone());
        }
        let table = built_in(name, &catalog::source(name).unwrap_or_default())?;
        bases.insert(name.to_owned(), table.clone());
        Ok(table)
    }

    pub(crate) fn unknown(&self, name: &str) -> String {
        format!("there is no such dialect{}", advice(self.meant(name)))
    }

    /// The dialect that was probably meant.
    fn meant(&self, name: &str) -> Option<&str> {
        let known: Vec<&str> = catalog::names().chain(self.names()).collect();
        suggest::did_you_mean(name, self.while_read(known))
    }

    /// Names to compare one with, as long as what follows from it is read.
    pub(crate) fn while_read<'a>(&self, names: Vec<&'a str>) -> Vec<&'a str> {
        let before = self.compared.fetch_add(names.len(), Ordering::Relaxed);
        if before < MOST_COMPARED { names } else { Vec::new() }
    }
}

/// The end of words about a dialect that is not there.
fn advice(meant: Option<&str>) -> String {
    let list =
        || "; `tokcli dialect list` names them, and one in another file needs `dialect_files`".to_owned();
    meant.map_or_else(list, |close| format!(", did you mean `{close}`?"))
}

/// Which file, and where in it.
type Position = (Option<usize>, usize);

/// Puts a fault in how a dialect extends another out of the way of the next. `false`: nobody knows how.
fn mend(own: &mut Table, fault: &Fault) -> bool {
    match fault.path() {
        [key] if key == "extends" => match fault.suggestion() {
            Some(meant) => {
                own.insert(key.clone(), meant.into()).is_some_and(|was| was.as_str() != Some(meant))
            }
            None => false,
        },
        [key, index] if key == "remove" => {
            let list = own.get_mut(key).and_then(Value::as_array_mut);
            let index = index.parse().ok();
            list.zip(index).is_some_and(|(list, index): (_, usize)| {
                index < list.len() && {
                    list.remove(index);
                    true
                }
            })
        }
        _ => false,
    }
}

/// Of a list that begins with what comes after all refusals of the base, the place in the dialect's own.
fn below_the_base(own: &Table, merged: &Table, fault: Fault) -> Fault {
    let [exchanges, name, key, index, ..] = fault.path() else { return fault };
    let count = |table: &Table| table.get(exchanges)?.get(name)?.get(key)?.as_array().map(Vec::len);
    let before = count(merged).zip(count(own)).map(|(all, own)| all.saturating_sub(own));
    let own =
        index.parse().ok().zip(before).and_then(|(index, before): (usize, usize)| index.checked_sub(before));
    match own.filter(|_| key == extend::AFTER) {
        Some(index) => {
            let mut path = fault.path().to_vec();
            path[3] = index.to_string();
            fault.with_path(path)
        }
        None => fault,
    }
}

/// An index, so many further.
fn later(index: &str, by: usize) -> String {
    index.parse::<usize>().map_or_else(|_| index.to_owned(), |index| (index + by).to_string())
}

fn prefix(name: &str) -> [String; 2] {
    ["dialects".to_owned(), name.to_owned()]
}

const CIRCLE: &str = "this goes round in a circle; one of them must not extend another";

/// Of dialects that extend each other.
const LONGEST_CHAIN: usize = 16;

fn built_in(name: &str, source: &str) -> std::result::Result<Table, Fault> {
    let mut file: Table = source.parse().map_err(|_| Fault::at(&[], "the built-in dialect is no TOML"))?;
    let table = file.get_mut("dialects").and_then(|all| all.get_mut(name)).and_then(Value::as_table_mut);
    table
        .map(std::mem::take)
        .map(listed)
        .ok_or_else(|| Fault::at(&[], "the built-in dialect does not name itself"))
}

fn read(table: Table) -> std::result::Result<Dialect, Fault> {
    if let Some(fault) = check::stranger(&table) {
        return Err(fault);
    }
    let dialect: Dialect = toml_source::from_value(Value::Table(table))?;
    match check::faults(&dialect).into_iter().next() {
        Some(found) => Err(found.fault),
        None => Ok(dialect),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::reading::{Evidence, RefusalKind};
    use crate::dialect::schema::Refusal;

    #[test]
    fn every_built_in_dialect_is_whole() {
        for name in catalog::names() {
            let loaded = UserDialects::default().load(name).expect("it is in the catalogue");
            if let Err(error) = loaded {
                panic!("{name}: {error}");
            }
        }
    }

    /// A gateway can answer with any status: only the vendor can say that one of its own means that much.
    #[test]
    fn what_a_bare_status_means_is_documented_in_every_built_in_dialect() {
        let mut bare = 0;
        for name in catalog::names() {
            let table = built_in(name, &catalog::source(name).expect("it is there")).expect("it is whole");
            let exchanges = table.get("exchanges").and_then(Value::as_table);
            for (exchange, here) in exchanges.into_iter().flatten() {
                let listed = |key: &str| here.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
                let all = [listed("refusals"), listed(extend::AFTER)].concat();
                let refusals: Vec<Refusal> = Value::Array(all).try_into().expect("refusals");
                let stops = |refusal: &&Refusal| {
                    matches!(refusal.verdict, RefusalKind::LoginRequired | RefusalKind::ClientRejected)
                };
                for refusal in refusals.iter().filter(stops).filter(|one| one.evidence() == Evidence::Status)
                {
                    let address = refusal.documentation.as_deref().unwrap_or_default();
                    assert!(address.starts_with("https://"), "{name}, {exchange}: {:?}", refusal.status);
                    bare += 1;
                }
            }
        }
        assert!(bare > 0, "none was looked at");
    }

    #[test]
    fn a_verdict_that_stops_callers_on_a_bare_status_is_worth_a_remark() {
        let exchange = "exchanges.refresh = { request.url = \"{{ base_url }}/t\", request.form.t = \"{{ refresh_token }}\", answer.access_token = \"/t\"";
        for (refusal, remarks) in [
            ("is = \"client_rejected\", status = [401]", 1),
            ("is = \"login_required\", status = [\"4xx\"]", 1),
            ("is = \"login_required\", status = [400], tests = [{ empty = true }]", 1),
            ("is = \"login_required\", status = [401], documentation = \"https://v.example/errors#401\"", 0),
            ("is = \"login_required\", status = [401], tests = [{ at = \"/e\", equals = 1 }]", 0),
            ("is = \"rate_limited\", status = [420]", 0),
            ("is = \"request_rejected\", status = [403]", 0),
        ] {
            let text = format!("[dialects.acme]\n{exchange}, refusals = [{{ {refusal} }}] }}\n");
            let found = user(&text).remarks(&["acme".to_owned()]);
            assert_eq!(found.len(), remarks, "{refusal}: {found:?}");
            assert!(found.iter().all(|words| words.starts_with("acme: `exchanges.refresh.refusals.1`")));
        }
        // What a built-in documents is documented for whoever extends it.
        let text = "[dialects.acme]\nextends = \"oauth2\"\n";
        assert_eq!(user(text).remarks(&["acme".to_owned(), "oauth2".to_owned()]), [""; 0]);
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
        assert!(dialects.add(source, tables).is_empty(), "names are good");
        dialects
    }

    #[test]
    fn a_dialect_can_say_only_what_differs() {
        let text = "[dialects.acme]\nextends = \"oauth2\"\n[dialects.acme.exchanges.refresh.request]\nurl = \"{{ base_url }}/t\"\nform.grant_type = \"Refresh\"\n";
        let dialect = user(text).load("acme").expect("known").expect("whole");
        let request = &dialect.refresh().last().exchange.request;
        let names: Vec<_> =
            request.form.as_ref().expect("form").0.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["grant_type", "refresh_token", "scope", "resource"]);
        assert!(dialect.refresh().last().exchange.request.url.uses("base_url"));
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
            ("exchanges.refresh.request.form.x = \"{{ scope | bas64 }}\"\n", "there is no filter `bas64`"),
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
            (
                "exchanges.refresh.success.tests = [{ at = \"/ok\", empty = true }]\n",
                "`empty` is about the whole body",
            ),
            ("exchanges.refresh.success.tests = [{ equals = 1 }]\n", "a place is one of"),
            (
                "exchanges.refresh.refusals = [{ is = \"login_required\", tests = [{ empty = true }] }]\n",
                "name the `status` that it comes with",
            ),
            ("exchanges.refresh.refusals = [{ is = \"login_required\" }]\n", "needs a `status`"),
            (
                "exchanges.refresh.refusals = [{ is = \"login_required\", status = [401], documentation = \"page 4\" }]\n",
                "`dialects.acme.exchanges.refresh.refusals.1.documentation`: this is not the address of a page",
            ),
            ("exchanges.refresh.request = { form.a = \"b\", json.a = \"b\" }\n", "one body"),
            (
                "exchanges.refresh.request.client_auth = \"client_secret_baisc\"\n",
                "did you mean `client_secret_basic`?",
            ),
            ("exchanges.refrsh.request.url = \"x\"\n", "did you mean `refresh`?"),
            (
                "exchanges.refresh.request.form.sign = \"{{ client_secret | sha256 | hex }}\"\n",
                "form.sign`: the client secret only signs here",
            ),
            (
                "exchanges.refresh.request.form.secret = \"{{ client_secret }}\"\n",
                "form.secret`: `client_auth` sends the client secret already, as `client_secret_basic`; say `client_auth = []`",
            ),
            (
                "exchanges.refresh.request = { method = \"GET\", client_auth = \"none\", extra_params = \"query\" }\n",
                "`dialects.acme.exchanges.refresh.request.method`: a GET has no body",
            ),
            ("grace = \"30s\"\n", "grace-same"),
            // By its place among all refusals and among its own.
            (
                "exchanges.refresh.refusals_after = [{ is = \"login_required\", status = [401] }, { is = \"login_required\" }]\n",
                "`dialects.acme.exchanges.refresh.refusals_after.2`: a refusal needs a `status`",
            ),
            (
                "exchanges.refresh.refusals_after = [{ is = \"login_requird\", status = [401] }]\n",
                "`dialects.acme.exchanges.refresh.refusals_after.1.is`: expected one of",
            ),
        ] {
            let text = format!("{head}{rest}");
            let error = user(&text).load("acme").expect("known").expect_err(rest);
            assert!(error.message().contains(wanted), "{rest}: {error}");
            assert!(error.message().starts_with("test.toml:3:"), "{rest}: {error}");
        }
    }

    /// Each fault of these dialects, without the file.
    fn all_told(text: &str) -> Vec<String> {
        let all = user(text);
        let names: Vec<String> = all.names().map(str::to_owned).collect();
        let told = all.faults(&names).into_iter().map(|error| error.message());
        told.map(|words| words.trim_start_matches("test.toml:").to_owned()).collect()
    }

    #[test]
    fn a_mistake_is_told_once_and_where_its_author_made_it() {
        let base = "[dialects.base]\nexchanges.refresh = { request.url = \"{{ bas_url }}/t\", request.form.t = \"{{ refresh_token }}\", answer.access_token = \"/t\" }\n";
        let like = "[dialects.base.revocation]\n[dialects.base.exchanges.revoke]\nlike = \"refresh\"\nrequest.form.t = \"{{ token }}\"\n";
        let child =
            "[dialects.child]\nextends = \"base\"\nexchanges.refresh.request.form.c = \"{{ client_idd }}\"\n";
        let url = "2:31: `dialects.base.exchanges.refresh.request.url`: the template names `bas_url`, which is not known, did you mean `base_url`?";
        let form = |line: u8| {
            format!(
                "{line}:32: `dialects.child.exchanges.refresh.request.form.c`: the template names `client_idd`, which is not known, did you mean `client_id`?"
            )
        };
        assert_eq!(all_told(&format!("{base}{child}")), [url, &form(5)]);
        assert_eq!(all_told(&format!("{base}{like}{child}")), [url, &form(9)]);
        // A run that uses the one which has no mistake of its own names that of the other.
        let other = "[dialects.other]\nextends = \"base\"\n";
        let error = user(&format!("{base}{other}")).load("other").expect("known").expect_err("not whole");
        assert_eq!(error.message(), format!("test.toml:{url}"));
        // What goes wrong only where another exchange has it is told where it stands.
        let code = "[dialects.base]\nexchanges.refresh = { request.url = \"{{ base_url }}/t\", request.form.t = \"{{ refresh_token }}\", request.headers.X = \"{{ access_token }}\", answer.access_token = \"/t\" }\nlogins.password = {}\nexchanges.password = { like = \"refresh\", request.form = { p = \"{{ password }}\" } }\n";
        let told = all_told(code);
        assert!(
            matches!(&told[..], [one] if one.contains("`dialects.base.exchanges.refresh.request.headers.X`: the template names `access_token`, which")),
            "{told:?}"
        );
    }

    #[test]
    fn what_a_dialect_inherits_is_named_by_where_it_comes_from() {
        let told = all_told("[dialects.a]\nextends = \"oauth2\"\nrenews_with = \"client\"\n");
        let inherited = told.iter().filter(|words| words.ends_with("(inherited from `oauth2`)"));
        assert_eq!(inherited.count(), told.len(), "{told:?}");
        assert!(!told.is_empty());
    }

    #[test]
    fn all_that_is_wrong_with_extending_is_told_at_once() {
        let text = "[dialects.a]\nextends = \"oauth3\"\nremove = [\"title\", \"nope\", \"documentation\", \"no.pe\"]\ntitel = \"A\"\n[dialects.b]\nextends = \"a\"\n[dialects.c]\nextends = \"oauth2\"\nexchanges.refresh.request.url = \"https://c.example\"\nlogins.password = {}\nexchanges.password = { like = \"refrsh\", request.form = { p = \"{{ pasword }}\" } }\n";
        let told = all_told(text);
        let places: Vec<&str> = told.iter().filter_map(|words| words.split('`').nth(1)).collect();
        let wanted = [
            "dialects.a.extends",
            "dialects.a.remove.2",
            "dialects.a.remove.4",
            "dialects.a.titel",
            "dialects.c.exchanges.password.like",
            "dialects.c.exchanges.password.request.form.p",
        ];
        assert_eq!(places, wanted, "{told:?}");
    }

    #[test]
    fn extends_must_lead_somewhere_and_not_in_a_circle() {
        let text = "[dialects.a]\nextends = \"b\"\n[dialects.b]\nextends = \"a\"\n[dialects.c]\nextends = \"oauth3\"\n";
        let all = user(text);
        assert!(all.load("a").expect("known").expect_err("circle").message().contains("circle"));
        assert!(
            all.load("c").expect("known").expect_err("unknown").message().contains("did you mean `oauth2`?")
        );
    }
}
