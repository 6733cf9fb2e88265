//! Everything that is wrong with a dialect, in one pass: each fault that the reader
//! stops at is noted and put out of its way, and it reads again.

use toml::{Table, Value};

use super::check;
use super::examples;
use super::schema::Dialect;
use crate::config::{self, Fault};

/// More at once help nobody.
const MOST: usize = 100;

pub(super) fn faults(table: Table) -> Vec<Fault> {
    let mut whole = Value::Table(table);
    let mut found: Vec<Fault> = Vec::new();
    let mut mended: Vec<Vec<String>> = Vec::new();
    while found.len() < MOST {
        let stranger = whole.as_table().and_then(check::stranger);
        let read = stranger.map_or_else(|| config::from_value::<Dialect>(whole.clone()), Err);
        let fault = match read {
            Ok(dialect) => {
                // What was put aside is no fault of the rest.
                let of_parts = |fault: &check::Found| found.is_empty() || !fault.1;
                let rest: Vec<Fault> =
                    check::faults(&dialect).into_iter().filter(of_parts).map(|fault| fault.0).collect();
                found.extend(rest);
                found.extend(examples::read(&dialect, &dialect.examples).err());
                break;
            }
            Err(fault) => fault,
        };
        let missing = fault.missing().map(|key| [fault.path(), &[key.to_owned()]].concat());
        let path = missing.clone().unwrap_or_else(|| fault.path().to_vec());
        let seen = mended.contains(&path);
        let done = match missing {
            Some(path) => insert(&mut whole, &path),
            None => !seen && put_aside(&mut whole, &path),
        };
        if !seen {
            found.push(fault);
        }
        mended.push(path);
        if !done || mended.len() > 2 * MOST {
            break;
        }
    }
    found
}

/// Takes the value at `path` away; of a list the whole, because its order counts.
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
