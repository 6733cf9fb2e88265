//! `extends`: one dialect on top of another. Tables merge by key; all else replaces.

use toml::{Table, Value};

use crate::base::toml_source::Fault;

/// What belongs to a dialect alone.
const OWN: [&str; 3] = ["examples", "undocumented", "remove"];

/// The three kinds of body, of which a request has one.
const BODIES: [&str; 3] = ["form", "json", "body"];

/// `over` on top of `base`.
pub(super) fn extend(mut base: Table, over: &Table) -> Result<Table, Fault> {
    for key in OWN {
        base.remove(key);
    }
    let removed = over.get("remove").and_then(Value::as_array);
    for (index, path) in removed.into_iter().flatten().enumerate() {
        let gone = path.as_str().and_then(|path| take(&mut base, path));
        gone.ok_or_else(|| {
            let words = "the dialect that this extends has no such key; a path is written `exchanges.refresh.request.form.scope`";
            Fault::at(&["remove", &index.to_string()], words)
        })?;
    }
    let exchanges = over.get("exchanges").and_then(Value::as_table);
    for (name, exchange) in exchanges.into_iter().flatten() {
        let below = base.get_mut("exchanges").and_then(|all| all.get_mut(name)?.get_mut("request"));
        if let (Some(Value::Table(below)), Some(Value::Table(above))) = (below, exchange.get("request")) {
            give_way(below, above);
        }
    }
    merge(&mut base, over);
    Ok(base)
}

/// A body of another kind takes the place of the base's.
fn give_way(below: &mut Table, above: &Table) {
    let Some(kind) = BODIES.into_iter().find(|kind| above.contains_key(*kind)) else { return };
    let others: Vec<&str> = BODIES.into_iter().filter(|other| *other != kind).collect();
    if !others.iter().any(|other| below.contains_key(*other)) {
        return;
    }
    others.iter().for_each(|other| drop(below.remove(*other)));
    if below.get("extra_params").and_then(Value::as_str).is_some_and(|part| others.contains(&part)) {
        below.remove("extra_params");
        if kind != "body" {
            below.insert("extra_params".into(), kind.into());
        }
    }
}

/// Takes out what stands at a path of keys; a key with dots in it is found as well.
fn take(table: &mut Table, path: &str) -> Option<Value> {
    if let Some(value) = table.remove(path) {
        return Some(value);
    }
    let splits = path.match_indices('.').map(|(at, _)| (&path[..at], &path[at + 1..]));
    for (key, rest) in splits {
        if let Some(Value::Table(below)) = table.get_mut(key)
            && let Some(value) = take(below, rest)
        {
            return Some(value);
        }
    }
    None
}

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
