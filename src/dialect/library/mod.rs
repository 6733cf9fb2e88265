//! The dialects that a run knows: those of profiles.toml and its `dialect_files` by their names, above the
//! catalogue. Each is unread until it is used, and then extended, read and checked whole.

mod bases;
#[cfg(test)]
mod tests;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use toml::{Table, Value};

use super::examples::{self, Example};
use super::schema::Dialect;
use super::{catalog, check};
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
    /// Built-in dialects that were read. Kept from the second time on: most runs read each once, and a copy costs nearly as much.
    bases: Mutex<BTreeMap<String, Option<Table>>>,
    /// Those that extend each other, once all are there.
    circles: OnceLock<BTreeSet<String>>,
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
        self.circles = OnceLock::new();
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
        // Of the catalogue alone the tests have seen all that a run could find.
        let of_the_catalogue = self.tables.is_empty();
        let merged = of_the_catalogue.then(|| catalog::merged(name)).flatten();
        match merged.map(|text| toml_source::from_packed(&text)) {
            Some(Ok(dialect)) => return Some(Ok(dialect)),
            unread => debug_assert!(unread.is_none(), "{name} was packed otherwise than it is read"),
        }
        let dialect = self.whole(name).and_then(|whole| {
            if of_the_catalogue {
                return toml_source::from_value(Value::Table(whole));
            }
            let unwanted = self.unwanted(name, &whole).into_iter().next();
            read(whole).and_then(|dialect| unwanted.map_or(Ok(dialect), Err))
        });
        Some(dialect.map_err(|fault| self.first_told(name).unwrap_or_else(|| self.at_fault(name, &fault))))
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

    pub(crate) fn unknown(&self, name: &str) -> String {
        format!("no such dialect{}", advice(self.meant(name)))
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
        || "; `tokcli dialect list` lists them, and one in another file needs `dialect_files`".to_owned();
    meant.map_or_else(list, |close| format!(", did you mean `{close}`?"))
}

fn prefix(name: &str) -> [String; 2] {
    ["dialects".to_owned(), name.to_owned()]
}

/// Checked, too.
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
