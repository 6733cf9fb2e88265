//! `extends`: one dialect on top of another. Tables merge by key; all else replaces.

use toml::{Table, Value};

use crate::base::toml_source::Fault;

/// What belongs to a dialect alone.
const OWN: [&str; 4] = ["examples", "keywords", "undocumented", "remove"];

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

#[cfg(test)]
mod tests {
    use super::*;

    fn extended(base: &str, over: &str) -> Result<Table, Fault> {
        let table = |text: &str| text.parse::<Table>().expect(text);
        extend(table(base), &table(over))
    }

    #[test]
    fn tables_merge_and_all_else_is_replaced() {
        let base = "title = 'a'\nkeywords = ['k']\nhosts = ['x', 'y']\nundocumented = ['z']\nparams.p.optional = true";
        for (over, wanted) in [
            ("hosts = ['w']", "title = 'a'\nhosts = ['w']\nparams.p.optional = true"),
            (
                "params = { p.secret = true, q = {} }",
                "title = 'a'\nhosts = ['x', 'y']\nparams = { p.optional = true, p.secret = true, q = {} }",
            ),
            ("params = 7", "title = 'a'\nhosts = ['x', 'y']\nparams = 7"),
            ("remove = ['params.p']", "title = 'a'\nhosts = ['x', 'y']\nparams = {}\nremove = ['params.p']"),
        ] {
            assert_eq!(extended(base, over).ok(), wanted.parse().ok(), "{over}");
        }
    }

    #[test]
    fn a_body_of_another_kind_takes_the_place_of_the_first() {
        let request = |lines: &str| format!("[exchanges.refresh.request]\n{lines}");
        for (base, over, wanted) in [
            ("form.a = '1'", "form.b = '2'", "form = { a = '1', b = '2' }"),
            ("form.a = '1'", "json.b = '2'", "json.b = '2'"),
            ("form.a = '1'\nextra_params = 'form'", "json.b = '2'", "json.b = '2'\nextra_params = 'json'"),
            ("form.a = '1'\nextra_params = 'form'", "body = 'b'", "body = 'b'"),
            ("form.a = '1'\nextra_params = 'query'", "body = 'b'", "body = 'b'\nextra_params = 'query'"),
        ] {
            let found = extended(&request(base), &request(over)).ok();
            assert_eq!(found, request(wanted).parse().ok(), "{base} and {over}");
        }
    }

    #[test]
    fn what_is_removed_must_be_there_also_with_dots_in_its_name() {
        let base = "headers = { 'X.Y' = '1', Z = '2' }";
        let found = extended(base, "remove = ['headers.X.Y']").ok();
        assert_eq!(found, "headers.Z = '2'\nremove = ['headers.X.Y']".parse().ok());
        let fault = extended(base, "remove = ['headers.Z', 'headers.W']").expect_err("not there");
        assert_eq!(fault.path(), ["remove", "1"]);
    }
}
