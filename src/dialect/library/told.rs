//! Everything that is wrong with dialects, each told once: in the file of its author, by the place that is known there.

use std::sync::Arc;

use toml::{Table, Value};

use super::bases::Chain;
use super::{UserDialects, prefix};
use crate::base::error::Error;
use crate::base::order::Arrange as _;
use crate::base::toml_source::{Fault, counted};
use crate::dialect::check::About;
use crate::dialect::diagnosis::{self, Attributed};
use crate::dialect::origin::{Origin, Origins};
use crate::dialect::schema::Dialect;
use crate::dialect::{catalog, check};

/// Which file, and where in it.
type FileOffset = (Option<usize>, usize);

impl UserDialects {
    /// What is wrong first in a dialect or, if that is right in itself, in one that it extends.
    pub(super) fn first_told(&self, name: &str) -> Option<Error> {
        let first =
            |name: &str| self.told(name).into_iter().min_by_key(|(at, _)| *at).map(|(_, error)| error);
        let bases = self.bases(name);
        first(name).or_else(|| bases.iter().find_map(|base| first(base)))
    }

    /// Everything that is wrong with dialects, in one pass, as it stands in the files.
    pub(crate) fn faults(&self, names: &[String]) -> Vec<Error> {
        let known = names.iter().filter(|name| self.has(name) || catalog::has(name));
        let mut all: Vec<(FileOffset, Error)> = known.flat_map(|name| self.told(name)).collect();
        all.arrange_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, error)| error).collect()
    }

    /// What is wrong with one dialect. What it has from another of the user's is told of that one alone.
    fn told(&self, name: &str) -> Vec<(FileOffset, Error)> {
        let mut found = Vec::new();
        let mut own = self.table(name, &Chain::marked()).unwrap_or_default();
        let bases = self.bases(name);
        if bases.iter().any(|base| self.merged(base, &mut Chain::plain()).is_err()) {
            return Vec::new();
        }
        let merged = loop {
            match self.on_its_base(own.clone(), name, &mut Chain::marked()) {
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
            let of_bases: Vec<Attributed> =
                bases.iter().flat_map(|base| self.faults_of_a_base(base)).collect();
            let unwanted = self.whole(name).map_or(Vec::new(), |whole| self.unwanted(name, &whole));
            let unwanted = unwanted.into_iter().map(|fault| Attributed { fault, author: None });
            let faults = diagnosis::faults(self.with_examples(name, table)).into_iter().chain(unwanted);
            let author = self.author(name);
            found.extend(faults.filter_map(|told| match &told.author {
                Some(written_by) if *written_by == author => Some(told.fault),
                Some(_) => of_a_base(&of_bases, told),
                None => self.of_its_own(&own, &bases, &of_bases, told.fault),
            }));
        }
        let file = self.tables.get(name).map(|(index, _)| *index);
        let offset =
            |fault: &Fault| self.origin(name).map_or(0, |source| source.offset_below(&prefix(name), fault));
        found.iter().map(|fault| ((file, offset(fault)), self.at_fault(name, fault))).collect()
    }

    /// Of a dialect that the user wrote, and another extends.
    fn faults_of_a_base(&self, base: &str) -> Vec<Attributed> {
        let merged = self.has(base).then(|| self.merged(base, &mut Chain::marked()).ok()).flatten();
        merged.map(diagnosis::faults).unwrap_or_default()
    }

    /// What is wrong in what a dialect says itself, or in how it goes with what it inherits: the rest is told of the base.
    fn of_its_own(
        &self,
        own: &Table,
        bases: &[String],
        of_bases: &[Attributed],
        fault: Fault,
    ) -> Option<Fault> {
        let path = fault.path();
        let holds = |table: &Table| diagnosis::holds(&Value::Table(table.clone()), path);
        let other = fault.other().is_some_and(|other| diagnosis::holds(&Value::Table(own.clone()), other));
        if other || (holds(own) && !path.is_empty()) {
            return Some(fault);
        }
        if of_bases.iter().any(|base| base.fault.path() == path && base.fault.words() == fault.words()) {
            return None;
        }
        let base =
            bases.iter().find(|base| self.table(base, &Chain::plain()).is_ok_and(|table| holds(&table)));
        Some(match base.filter(|_| !path.is_empty()) {
            Some(base) => fault.noted(format!("inherited from `{base}`")),
            None => fault,
        })
    }

    /// What is worth a word about a user's dialects that are whole.
    pub(crate) fn remarks(&self, names: &[String]) -> Vec<String> {
        let own = names.iter().filter(|name| self.has(name));
        let whole = own.filter_map(|name| Some((name, self.load(name)?.ok()?, self.origins(name).ok()?)));
        let remark = |(name, dialect, origins): (&String, Arc<Dialect>, Origins)| {
            let author = self.author(name);
            let told = check::remarks(&dialect).into_iter().filter_map(move |remark| {
                let check::Remark { exchange, about, words } = remark;
                let path = match about {
                    About::Refusal(at) => {
                        let origin = origins.get(exchange)?.get(at)?.as_ref();
                        let own = |one: &&Origin| one.author == author && one.exchange == *exchange;
                        origin.filter(own)?.path(&[])
                    }
                    About::Answer(key) => ["exchanges", exchange, "answer", key].map(str::to_owned).to_vec(),
                };
                let own = Value::Table(self.table(name, &Chain::plain()).ok()?);
                diagnosis::holds(&own, &path).then(|| format!("{name}: `{}` {words}", by_count(&path)))
            });
            told.collect::<Vec<_>>()
        };
        whole.flat_map(remark).collect()
    }
}

/// For people, who count items from one.
fn by_count(path: &[String]) -> String {
    path.iter().map(|step| counted(step).unwrap_or_else(|| step.clone())).collect::<Vec<_>>().join(".")
}

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

/// What is wrong in a refusal that another dialect wrote, and that dialect alone does not tell.
fn of_a_base(of_bases: &[Attributed], told: Attributed) -> Option<Fault> {
    let Attributed { fault, author } = told;
    let same = |base: &Fault| base.path() == fault.path() && base.words() == fault.words();
    if of_bases.iter().any(|base| base.author == author && same(&base.fault)) {
        return None;
    }
    let author = author?;
    let (exchange, written) = fault.path().split_at(fault.path().len().min(2));
    let note = format!("inherited from `{}`, there in `{}`", author.dialect, by_count(written));
    let exchange = exchange.to_vec();
    Some(fault.noted(note).with_path(exchange))
}

/// An index, so many further.
fn later(index: &str, by: usize) -> String {
    index.parse::<usize>().map_or_else(|_| index.to_owned(), |index| (index + by).to_string())
}
