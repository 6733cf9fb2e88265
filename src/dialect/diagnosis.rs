//! Everything that is wrong with a dialect, in one pass: each fault that the reader
//! stops at is noted and put out of its way, and it reads again.
//!
//! What only follows from another fault is not told: it would go with it.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::check;
use super::examples;
use super::extend;
use super::made;
use super::origin::{self, Author, Origin, Origins};
use super::schema::{Dialect, REFRESH};
use crate::base::order::Arrange as _;
use crate::base::toml_source::{self, Fault};

/// More at once help nobody.
const MOST: usize = 100;

/// What is wrong, and who wrote that, where it is known.
pub(super) struct Attributed {
    pub(super) fault: Fault,
    pub(super) author: Option<Author>,
}

/// Of the table `written`, in which exchanges that are like others are not filled in yet.
pub(super) fn faults(mut written: Table) -> Vec<Attributed> {
    let mut found = Vec::new();
    let whole = loop {
        match extend::fill_in_likes(written.clone()) {
            Ok(whole) => break Some(whole),
            Err(fault) => {
                let mended = like_another(&mut written, fault.path());
                found.push(fault);
                if !mended || found.len() == MOST {
                    break None;
                }
            }
        }
    };
    let mut told = Vec::new();
    if let Some(mut whole) = whole {
        let origins = origin::unmark(&mut whole);
        found.extend(made::fill_in(&mut whole));
        told = as_written(&written, &origins, of_the_whole(whole));
    }
    let found = found.into_iter().map(|fault| Attributed { fault, author: None });
    let mut all: Vec<Attributed> = found.chain(told).collect();
    all.truncate(MOST);
    all
}

/// Lets an exchange whose `like` is wrong be like `refresh`, as most are, so that all else of it can be read.
fn like_another(written: &mut Table, like: &[String]) -> bool {
    let [exchanges, name, _] = like else { return false };
    let Some(Value::Table(all)) = written.get_mut(exchanges) else { return false };
    let first = all.get(REFRESH).is_some_and(|refresh| refresh.get("like").is_none());
    match all.get_mut(name).and_then(Value::as_table_mut) {
        Some(exchange) if first && exchange.get("like").and_then(Value::as_str) != Some(REFRESH) => {
            exchange.insert("like".into(), REFRESH.into());
            true
        }
        _ => all.remove(name).is_some(),
    }
}

/// Where what is wrong was written.
struct Place {
    path: Vec<String>,
    author: Option<Author>,
    /// In another exchange, which that of the fault is like.
    elsewhere: bool,
}

/// What an exchange has of the one that it is like is told where it was written, and once.
fn as_written(written: &Table, origins: &Origins, found: Vec<Fault>) -> Vec<Attributed> {
    let places: Vec<Place> = found.iter().map(|fault| place(written, origins, fault.path())).collect();
    let right_there = places.iter().filter(|place| !place.elsewhere);
    let told: BTreeSet<Vec<String>> = right_there.map(|place| place.path.clone()).collect();
    let once = |(fault, place): (Fault, Place)| {
        let Place { path, author, elsewhere } = place;
        if elsewhere && told.contains(&path) {
            return None;
        }
        let used = fault.path().get(1).filter(|name| elsewhere && path.get(1) != Some(*name));
        let note =
            used.map(|name| format!("in `{name}`, which starts from this one; write there what must differ"));
        let fault = fault.with_path(path);
        let fault = match note {
            Some(note) => fault.noted(note),
            None => fault,
        };
        Some(Attributed { fault, author })
    };
    found.into_iter().zip(places).filter_map(once).collect()
}

fn place(written: &Table, origins: &Origins, path: &[String]) -> Place {
    let here = || Place { path: path.to_vec(), author: None, elsewhere: false };
    let [exchanges, name, rest @ ..] = path else { return here() };
    let all = written.get("exchanges").filter(|_| exchanges == "exchanges" && !rest.is_empty());
    if let [part, index, rest @ ..] = rest
        && part == "refusals"
    {
        let of = |index: usize| origins.get(name)?.get(index)?.as_ref();
        return index.parse().ok().and_then(of).map_or_else(here, |origin: &Origin| Place {
            path: origin.path(rest),
            author: Some(origin.author.clone()),
            elsewhere: origin.exchange != *name,
        });
    }
    let like = all.and_then(|all| Some((all, all.get(name)?.get("like")?.as_str()?)));
    let there = |(all, like): &(&Value, &str)| {
        !all.get(name).is_some_and(|own| holds(own, rest))
            && all.get(*like).is_some_and(|base| holds(base, rest))
    };
    like.filter(there).map_or_else(here, |(_, like)| Place {
        path: [&[exchanges.clone(), like.to_owned()], rest].concat(),
        author: None,
        elsewhere: true,
    })
}

/// Whether there is something at `path`. What stands where a list may is its only item.
pub(super) fn holds(value: &Value, path: &[String]) -> bool {
    let Some((step, rest)) = path.split_first() else { return true };
    let below = match value {
        Value::Table(table) => table.get(step),
        Value::Array(list) => step.parse::<usize>().ok().and_then(|index| list.get(index)),
        _ => return step == "0" && rest.is_empty(),
    };
    below.is_some_and(|below| holds(below, rest))
}

fn of_the_whole(table: Table) -> Vec<Fault> {
    let mut diagnosis = Diagnosis::default();
    let Some(dialect) =
        diagnosis.read::<Dialect>(Value::Table(table), |value| value.as_table().and_then(check::stranger))
    else {
        return diagnosis.found;
    };
    for check::Found { fault, of } in check::faults(&dialect) {
        let follows =
            of.is_some_and(|part| diagnosis.touched(part) || diagnosis.meant(|name| fault.speaks_of(name)));
        if !follows && !diagnosis.explains(fault.path()) {
            diagnosis.found.push(fault);
        }
    }
    for (index, example) in dialect.examples.iter().enumerate() {
        let at = ["examples", &index.to_string()];
        let mut own = Diagnosis::default();
        let read = own.read(example.clone(), |_| None);
        diagnosis.found.extend(own.found.into_iter().map(|fault| fault.below(&at)));
        let unread = own.gone.is_empty().then_some(read).flatten();
        diagnosis.found.extend(
            unread.and_then(|example| examples::check(&dialect, &example)).map(|fault| fault.below(&at)),
        );
    }
    diagnosis.found
}

/// What a reader of any table stops at, and what is left without it.
pub(crate) struct Unread<T> {
    pub(crate) faults: Vec<Fault>,
    pub(crate) rest: Option<T>,
    /// Where something was put aside, or something harmless put in the place of what is missing.
    pub(crate) gone: Vec<Vec<String>>,
}

pub(crate) fn unread<T: DeserializeOwned>(table: Table) -> Unread<T> {
    let mut diagnosis = Diagnosis::default();
    let rest = diagnosis.read(Value::Table(table), |_| None);
    diagnosis.found.truncate(MOST);
    Unread { faults: diagnosis.found, rest, gone: diagnosis.gone }
}

#[derive(Default)]
struct Diagnosis {
    found: Vec<Fault>,
    /// Where something was put aside, or something harmless put in the place of what is missing.
    gone: Vec<Vec<String>>,
}

impl Diagnosis {
    /// `None`: a fault cannot be put out of the way.
    fn read<T: DeserializeOwned>(
        &mut self,
        mut whole: Value,
        first: impl Fn(&Value) -> Option<Fault>,
    ) -> Option<T> {
        while self.gone.len() < MOST {
            let fault = match first(&whole).map_or_else(|| toml_source::from_value::<T>(whole.clone()), Err) {
                Ok(value) => return Some(value),
                Err(fault) => fault,
            };
            let missing = fault.missing().map(str::to_owned);
            let here = [fault.path(), missing.as_slice()].concat();
            // What lacks a key for which nothing can stand in goes as a whole.
            let done = (missing.is_some() && insert(&mut whole, &here))
                || put_aside(&mut whole, if missing.is_some() { fault.path() } else { &here });
            let (at, path) = (self.original(fault.path()), self.original(&here));
            let meant = missing.is_some_and(|key| self.meant(|name| name == key));
            if !meant && !self.explains(&path) {
                self.found.push(fault.with_path(at));
            }
            self.gone.push(path);
            if !done {
                return None;
            }
        }
        None
    }

    /// A fault there may be there only because a part of it was put aside.
    fn explains(&self, path: &[String]) -> bool {
        self.gone.iter().any(|gone| gone.starts_with(path))
    }

    /// Whether a fault says that something was written wrong for which `is` holds.
    fn meant(&self, is: impl Fn(&str) -> bool) -> bool {
        self.found.iter().filter_map(Fault::suggestion).any(is)
    }

    fn touched(&self, part: &str) -> bool {
        self.gone.iter().flatten().any(|key| key == part)
    }

    /// A path as it was before items of lists were put aside.
    fn original(&self, path: &[String]) -> Vec<String> {
        let mut whole: Vec<String> = Vec::new();
        for key in path {
            let mut gone: Vec<usize> = self
                .gone
                .iter()
                .filter(|gone| gone.len() == whole.len() + 1 && gone.starts_with(&whole))
                .filter_map(|gone| gone[whole.len()].parse().ok())
                .collect();
            gone.arrange();
            let index = key.parse::<usize>();
            let index = index.map(|index| gone.iter().fold(index, |at, gone| at + usize::from(*gone <= at)));
            whole.push(index.map_or_else(|_| key.clone(), |index| index.to_string()));
        }
        whole
    }
}

/// Takes the value at `path` away.
fn put_aside(whole: &mut Value, path: &[String]) -> bool {
    let Some((last, above)) = path.split_last() else { return false };
    match descend(whole, above) {
        Some(Value::Table(table)) => table.remove(last).is_some(),
        Some(Value::Array(list)) => {
            let index = last.parse::<usize>().ok().filter(|index| *index < list.len());
            index.map(|index| list.remove(index)).is_some()
        }
        _ => false,
    }
}

/// Something harmless in the place of a key that must be there.
fn insert(whole: &mut Value, path: &[String]) -> bool {
    let Some((last, above)) = path.split_last() else { return false };
    let Some(Value::Table(table)) = descend(whole, above) else { return false };
    let empty = || Value::Table(Table::new());
    let value = match last.as_str() {
        "url" => "https://x.example".into(),
        "at" => "/x".into(),
        "unit" => "seconds".into(),
        "is" => "request_rejected".into(),
        "dialect" => "oauth2".into(),
        "access_token" => "x".into(),
        "request" | "answer" | "exchanges" | "refresh" => empty(),
        _ => return false,
    };
    table.insert(last.clone(), value);
    true
}

fn descend<'a>(mut value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    for step in path {
        value = match value {
            Value::Table(table) => table.get_mut(step)?,
            Value::Array(list) => list.get_mut(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each fault by its path, in their order.
    fn paths(lines: &str) -> Vec<String> {
        let whole = "exchanges.refresh.request.url = 'https://a.example'\nexchanges.refresh.request.form.t = '{{ refresh_token }}'";
        let table = format!("{lines}\n{whole}").parse::<Table>().expect(lines);
        let mut all: Vec<String> = faults(table).iter().map(|told| told.fault.path().join(".")).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn all_faults_are_told_where_they_stand_and_none_that_only_follows() {
        let good = "exchanges.refresh.answer.access_token = '/t'";
        assert_eq!(paths(good), [""; 0]);
        assert_eq!(
            paths(&format!("hosts = [1, 'a', 2]\ntitel = 'x'\n{good}")),
            ["hosts.0", "hosts.2", "titel"]
        );
        // That nothing sends a param which cannot be read is not told.
        let param = "params.p.optional = 7\nexchanges.refresh.answer.scope = '{{'\n";
        assert_eq!(paths(&format!("{param}{good}")), ["exchanges.refresh.answer.scope", "params.p.optional"]);
        // What is missing is one fault, not also all that it would hold.
        assert_eq!(paths(""), ["exchanges.refresh"]);
    }

    /// Each fault of a dialect of these lines, by its path.
    fn of_lines(lines: &str) -> Vec<String> {
        let all = faults(lines.parse().expect(lines));
        all.iter().map(|told| told.fault.path().join(".")).collect()
    }

    #[test]
    fn beside_what_makes_a_token_all_other_mistakes_are_told() {
        let head = "renews_with = 'client'\ntitel = 'x'\nhosts = [1]\n";
        let good = "{ iat: now }".replace("iat", "'iat'");
        let token = format!("{{{{ {good} | jwt('HS256', client_secret) }}}}");
        let made = |template: &str, more: &str| {
            let mut all = of_lines(&format!(
                "{head}[exchanges.refresh]\nmakes.access_token = \"{template}\"\n{more}\n"
            ));
            all.retain(|path| !["titel", "hosts.0"].contains(&path.as_str()));
            all
        };
        let sent = "request = { url = 'https://a.example', form.s = '{{ client_idd }}' }\nanswer = { access_token = 'no' }";
        for (template, more, wanted) in [
            (token.as_str(), "", &[][..]),
            (&token, "request.url = 'https://a.example'", &["exchanges.refresh.makes"]),
            (
                &token,
                sent,
                &[
                    "exchanges.refresh.makes",
                    "exchanges.refresh.answer.access_token",
                    "exchanges.refresh.request.form.s",
                ],
            ),
            (
                "{{ x | nofilter }}",
                "request = { url = 'https://a.example' }\nanswer.access_token = '/t'",
                &["exchanges.refresh.makes", "exchanges.refresh.makes.access_token"],
            ),
            (
                "{{ client_secre }}",
                "success.status = 200",
                &["exchanges.refresh.makes", "exchanges.refresh.makes.access_token"],
            ),
            (
                "{{ client_secre }}",
                "mekes = 1",
                &["exchanges.refresh.mekes", "exchanges.refresh.makes.access_token"],
            ),
            (
                "{{ x | nofilter }}",
                "like = 7",
                &["exchanges.refresh.like", "exchanges.refresh.makes.access_token"],
            ),
        ] {
            let mut is = made(template, more);
            let mut wanted = wanted.to_vec();
            is.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(is, wanted, "{template} {more}");
        }
        let all = of_lines(&format!(
            "{head}exchanges.refresh = {{ makes.access_token = '{{{{ client_secre }}}}', refusals = [] }}\nexchanges.other = 7"
        ));
        assert!(
            ["titel", "hosts.0", "exchanges.refresh.makes"]
                .iter()
                .all(|path| all.iter().any(|one| one == path)),
            "{all:?}"
        );
    }
}
