//! `extends`: one dialect on top of another. Tables merge by key; all else replaces.

use toml::{Table, Value};

use super::flow as flows;
use super::made;
use crate::base::suggest;
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
        let below = base.get_mut("exchanges").and_then(|all| all.get_mut(name)?.as_table_mut());
        if let (Some(below), Some(above)) = (below, exchange.as_table()) {
            made::give_way(below, above);
        }
        let below = base.get_mut("exchanges").and_then(|all| all.get_mut(name)?.get_mut("request"));
        if let (Some(Value::Table(below)), Some(Value::Table(above))) = (below, exchange.get("request")) {
            give_way(below, above);
        }
    }
    leave_out_unnamed(&mut base, over);
    merge(&mut base, over);
    Ok(base)
}

/// Logins and revocation that the base has only for whoever names them.
fn leave_out_unnamed(base: &mut Table, over: &Table) {
    let named = over.get("logins").and_then(Value::as_table);
    if let Some(Value::Table(logins)) = base.get_mut("logins") {
        logins.retain(|name, login| {
            let Some(login) = login.as_table_mut() else { return true };
            login.remove("inherit").is_none() || named.is_some_and(|named| named.contains_key(name))
        });
    }
    if let Some(Value::Table(revocation)) = base.get_mut("revocation")
        && revocation.remove("inherit").is_some()
        && !over.contains_key("revocation")
    {
        base.remove("revocation");
    }
    // What only those sent goes with them.
    let sent = flows::exchanges(base);
    let own = over.get("exchanges").and_then(Value::as_table);
    let wanted = flows::exchanges(over);
    if let Some(Value::Table(exchanges)) = base.get_mut("exchanges") {
        exchanges.retain(|name, _| {
            sent.contains(name) || wanted.contains(name) || own.is_some_and(|own| own.contains_key(name))
        });
    }
}

/// An exchange that says `like = "ANOTHER"` is that one, but for what stands in its own table. Once all is merged.
pub(super) fn fill_in_likes(mut table: Table) -> Result<Table, Fault> {
    let Some(Value::Table(all)) = table.get("exchanges").cloned() else { return Ok(table) };
    let mut filled = all.clone();
    for (name, exchange) in &all {
        let Some(like) = exchange.get("like").and_then(Value::as_str) else { continue };
        let at = ["exchanges", name, "like"];
        let base = all.get(like).filter(|_| like != name).and_then(Value::as_table);
        let base = base.ok_or_else(|| {
            let others = all.keys().map(String::as_str).filter(|other| other != name);
            let words = format!("there is no other exchange of that name{}", suggest::meant(like, others));
            Fault::at(&at, &words)
        })?;
        if base.contains_key("like") {
            return Err(Fault::at(&at, "that one starts from another itself; name the first of them"));
        }
        if let Value::Table(own) = exchange {
            filled.insert(name.clone(), Value::Table(alike(base.clone(), own)));
        }
    }
    table.insert("exchanges".into(), Value::Table(filled));
    Ok(table)
}

/// `own` on top of the exchange that it is like.
fn alike(mut base: Table, own: &Table) -> Table {
    made::give_way(&mut base, own);
    // Whether that one is taken says nothing of this one.
    base.remove("refresh_expires_within");
    if let (Some(Value::Table(below)), Some(Value::Table(above))) =
        (base.get_mut("request"), own.get("request"))
        && BODIES.iter().any(|kind| above.contains_key(*kind))
    {
        give_way(below, above);
        BODIES.iter().for_each(|kind| drop(below.remove(*kind)));
    }
    for (key, value) in own {
        match (base.get_mut(key), value) {
            (Some(Value::Table(below)), Value::Table(above)) if key == "request" || key == "answer" => {
                below.extend(above.clone());
            }
            (Some(Value::Array(below)), Value::Array(above)) if key == "refusals" => {
                below.splice(0..0, above.iter().cloned());
            }
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
    base
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
