//! Everything that is wrong with a dialect, in one pass: each fault that the reader
//! stops at is noted and put out of its way, and it reads again.
//!
//! What only follows from another fault is not told: it would go with it.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::check;
use super::examples;
use super::schema::Dialect;
use crate::base::toml_source::{self, Fault};

/// More at once help nobody.
const MOST: usize = 100;

pub(super) fn faults(table: Table) -> Vec<Fault> {
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
    diagnosis.found.truncate(MOST);
    diagnosis.found
}

/// The faults that a reader of any table stops at, and what is left without them.
pub(crate) fn unread<T: DeserializeOwned>(table: Table) -> (Vec<Fault>, Option<T>) {
    let mut diagnosis = Diagnosis::default();
    let rest = diagnosis.read(Value::Table(table), |_| None);
    diagnosis.found.truncate(MOST);
    (diagnosis.found, rest)
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
            let done =
                if missing.is_some() { insert(&mut whole, &here) } else { put_aside(&mut whole, &here) };
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
            gone.sort_unstable();
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
        let mut all: Vec<String> = faults(table).iter().map(|fault| fault.path().join(".")).collect();
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
}
