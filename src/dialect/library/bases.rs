//! What a dialect is with all that it extends: its table on top of theirs.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::{UserDialects, advice};
use crate::base::mutex::lock;
use crate::base::toml_source::Fault;
use crate::dialect::origin::{self, Author, Origins};
use crate::dialect::schema::listed;
use crate::dialect::{catalog, extend, made};

type Merged<T> = Result<T, Fault>;

const CIRCLE: &str = "this goes round in a circle; one of them must not extend another";

/// Of dialects that extend each other.
const LONGEST_CHAIN: usize = 16;

/// The dialects that extend each other, as far as one has come.
pub(super) struct Chain {
    names: Vec<String>,
    /// Each refusal notes where it was written. Whoever only loads a dialect does without.
    marks: bool,
}

impl Chain {
    pub(super) fn plain() -> Chain {
        Chain { names: Vec::new(), marks: false }
    }

    pub(super) fn marked() -> Chain {
        Chain { names: Vec::new(), marks: true }
    }

    /// The table of one of them.
    fn noted(&self, mut table: Table, dialect: &str, built_in: bool) -> Table {
        if self.marks {
            origin::mark(&mut table, &Author { dialect: dialect.to_owned(), built_in });
        }
        table
    }
}

impl UserDialects {
    /// Its table as it is read, with all that it leaves to another dialect or another exchange.
    pub(super) fn whole(&self, name: &str) -> Merged<Table> {
        let mut table = extend::fill_in_likes(self.merged(name, &mut Chain::plain())?)?;
        made::fill_in(&mut table).into_iter().next().map_or(Ok(table), Err)
    }

    /// Where its refusals were written.
    pub(super) fn origins(&self, name: &str) -> Merged<Origins> {
        let mut table = extend::fill_in_likes(self.merged(name, &mut Chain::marked())?)?;
        Ok(origin::unmark(&mut table))
    }

    /// What it only inherits, and hardly wants.
    pub(super) fn unwanted(&self, name: &str, whole: &Table) -> Vec<Fault> {
        // A built-in is checked with the catalogue.
        let own = self.tables.get(name).map(|(_, own)| own);
        own.map_or(Vec::new(), |own| extend::unwanted_client_auth(own, whole))
    }

    /// Its table with the tables it extends beneath.
    pub(super) fn merged(&self, name: &str, chain: &mut Chain) -> Merged<Table> {
        let table = self.table(name, chain)?;
        self.on_its_base(table, name, chain)
    }

    /// The table that a name means, with the tables it extends beneath.
    pub(super) fn on_its_base(&self, table: Table, name: &str, chain: &mut Chain) -> Merged<Table> {
        if chain.names.len() > LONGEST_CHAIN {
            let words = format!("this chain is too long; at most {LONGEST_CHAIN} extend each other");
            return Err(Fault::at(&["extends"], &words));
        }
        chain.names.push(name.to_owned());
        if self.circles().contains(name) {
            return Err(Fault::at(&["extends"], CIRCLE));
        }
        match table.get("extends") {
            None if table.contains_key("remove") => {
                Err(Fault::at(&["remove"], "works only with `extends`: there is nothing to remove from"))
            }
            None => Ok(table),
            Some(Value::String(base)) => extend::extend(self.merged(base, chain)?, &table),
            Some(_) => Err(Fault::at(&["extends"], "expected a string")),
        }
    }

    /// The table that a name means after those of a chain: a user's dialect may extend the built-in whose name
    /// it takes.
    pub(super) fn table(&self, name: &str, chain: &Chain) -> Merged<Table> {
        let times = chain.names.iter().filter(|one| *one == name).count();
        if let Some((_, table)) = self.tables.get(name).filter(|_| times == 0) {
            return Ok(chain.noted(listed(table.clone()), name, false));
        }
        match (times, catalog::has(name)) {
            (0 | 1, true) => self.base(name).map(|table| chain.noted(table, name, true)),
            (0, false) => {
                let close = self.meant(name).filter(|close| !chain.names.iter().any(|one| one == close));
                let words = format!("no such dialect{}", advice(close));
                Err(Fault::at(&["extends"], &words).meaning(close))
            }
            (1, false) => {
                let words = "only a dialect that takes a built-in name may extend its own; name another";
                Err(Fault::at(&["extends"], words))
            }
            _ => Err(Fault::at(&["extends"], CIRCLE)),
        }
    }

    fn base(&self, name: &str) -> Merged<Table> {
        let mut bases = lock(&self.bases);
        let asked = bases.get(name);
        if let Some(Some(known)) = asked {
            return Ok(known.clone());
        }
        let again = asked.is_some();
        let table = built_in(name, &catalog::source(name).unwrap_or_default())?;
        bases.insert(name.to_owned(), again.then(|| table.clone()));
        Ok(table)
    }

    /// Those of a built-in are not read with it, but only for whoever replays them.
    pub(super) fn with_examples(&self, name: &str, mut table: Table) -> Table {
        if !self.has(name)
            && let Some(examples) = catalog::examples(name)
            && let Ok(Some(Value::Array(examples))) =
                built_in(name, &examples).map(|mut table| table.remove("examples"))
        {
            table.insert("examples".into(), Value::Array(examples));
        }
        table
    }

    /// Who wrote what is called so.
    pub(super) fn author(&self, name: &str) -> Author {
        Author { dialect: name.to_owned(), built_in: !self.has(name) }
    }

    /// The dialects that one extends, the nearest first, as far as there are any; not itself.
    pub(super) fn bases(&self, name: &str) -> Vec<String> {
        let mut chain = Chain::plain();
        let _ = self.merged(name, &mut chain);
        chain.names.retain(|base| base != name);
        chain.names
    }

    /// The dialects that extend each other in a circle, however long it is.
    fn circles(&self) -> &BTreeSet<String> {
        self.circles.get_or_init(|| {
            let extended = |name: &str| {
                let (base, _) =
                    self.tables.get_key_value(self.tables.get(name)?.1.get("extends")?.as_str()?)?;
                Some(base.as_str()).filter(|base| *base != name)
            };
            let (mut known, mut circles) = (BTreeSet::new(), BTreeSet::new());
            for start in self.names() {
                let mut way = BTreeMap::new();
                let mut here = Some(start);
                while let Some(name) = here.filter(|name| !known.contains(name)) {
                    known.insert(name);
                    way.insert(name, way.len());
                    here = extended(name);
                }
                let begin = here.and_then(|name| way.get(name).copied());
                let round = way.iter().filter(|(_, at)| begin.is_some_and(|begin| **at >= begin));
                circles.extend(round.map(|(name, _)| (*name).to_owned()));
            }
            circles
        })
    }
}

pub(super) fn built_in(name: &str, source: &str) -> Result<Table, Fault> {
    let mut file: Table = source.parse().map_err(|_| Fault::at(&[], "the built-in dialect is not TOML"))?;
    let table = file.get_mut("dialects").and_then(|all| all.get_mut(name)).and_then(Value::as_table_mut);
    table
        .map(std::mem::take)
        .map(listed)
        .ok_or_else(|| Fault::at(&[], "the built-in dialect does not name itself"))
}
