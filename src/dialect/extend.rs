//! `extends`: one dialect on top of another. Tables merge by key; all else replaces.

use std::borrow::Cow;

use toml::{Table, Value};

use super::flow as flows;
use super::made;
pub(super) use super::made::AFTER;
use super::origin;
use super::schema::{ClientAuth, Refusal};
use super::template::Template;
use crate::base::suggest;
use crate::base::toml_source::Fault;

/// What belongs to a dialect alone.
const OWN: [&str; 4] = ["examples", "keywords", "undocumented", "remove"];

/// The three kinds of body, of which a request has one.
const BODIES: [&str; 3] = ["form", "json", "body"];

const MOST_REMOVED: usize = 100;

/// `over` on top of `base`.
pub(super) fn extend(mut base: Table, over: &Table) -> Result<Table, Fault> {
    for key in OWN {
        base.remove(key);
    }
    let removed = over.get("remove").and_then(Value::as_array);
    if removed.is_some_and(|removed| removed.len() > MOST_REMOVED) {
        let words = format!(
            "there are more than {MOST_REMOVED} keys to remove (the limit); name the table that holds them"
        );
        return Err(Fault::at(&["remove"], &words));
    }
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
            made::replace_the_other_kind(below, above);
        }
        let below = base.get_mut("exchanges").and_then(|all| all.get_mut(name)?.get_mut("request"));
        if let (Some(Value::Table(below)), Some(Value::Table(above))) = (below, exchange.get("request")) {
            give_way(below, above);
        }
    }
    own_extra_params(&mut base);
    let over = &add_refusals(&mut base, over);
    leave_out_unnamed(&mut base, over);
    merge(&mut base, over, false);
    Ok(base)
}

/// What a profile adds goes to the vendor only where the dialect itself says so, and not because its base does.
fn own_extra_params(base: &mut Table) {
    let exchanges = base.get_mut("exchanges").and_then(Value::as_table_mut);
    for (_, exchange) in exchanges.into_iter().flatten() {
        if let Some(Value::Table(request)) = exchange.get_mut("request") {
            request.remove("extra_params");
        }
    }
}

/// A dialect's own refusals come before those of its base, its `refusals_after` come after them. Gives back the rest of it.
fn add_refusals<'a>(base: &mut Table, over: &'a Table) -> Cow<'a, Table> {
    let mut over = Cow::Borrowed(over);
    let own = |over: &Table| {
        over.get("exchanges").and_then(Value::as_table).is_some_and(|all| {
            all.values().any(|exchange| exchange.get("refusals").or(exchange.get(AFTER)).is_some())
        })
    };
    if !own(&over) {
        return over;
    }
    let exchanges = over.to_mut().get_mut("exchanges").and_then(Value::as_table_mut);
    for (name, exchange) in exchanges.into_iter().flatten() {
        let below = base.get_mut("exchanges").and_then(|all| all.get_mut(name)?.as_table_mut());
        if let (Some(below), Value::Table(own)) = (below, exchange) {
            if own.contains_key("refusals") || own.contains_key(AFTER) {
                leave_out_bare_statuses(below);
            }
            around(below, own);
        }
    }
    over
}

/// What a bare status means only a vendor can say: who knows its refusals does not have those of RFC 6749 beside them.
fn leave_out_bare_statuses(base: &mut Table) {
    let says = |refusal: &Value| {
        let tests = refusal.get("tests").and_then(Value::as_array);
        let tests = tests.into_iter().flatten().any(|test| test.get("empty").is_none());
        tests || refusal.get("otherwise").and_then(Value::as_bool) == Some(true)
    };
    for key in ["refusals", AFTER] {
        if let Some(Value::Array(all)) = base.get_mut(key) {
            all.retain(says);
        }
    }
}

/// Puts the refusals of `own` around those of `base`, in `base`.
fn around(base: &mut Table, own: &mut Table) {
    leave_out_taken(base, own);
    for (key, last) in [("refusals", false), (AFTER, true)] {
        let Some(more) = taken(own, key) else { continue };
        let mut all = taken(base, key).unwrap_or_default();
        let at = if last { all.len() } else { 0 };
        all.splice(at..at, more);
        base.insert(key.to_owned(), Value::Array(all));
    }
}

/// A list, if there is one: what is none is told when it is read.
fn taken(table: &mut Table, key: &str) -> Option<Vec<Value>> {
    table.get(key)?.as_array()?;
    table.remove(key).and_then(|list| list.try_into().ok())
}

/// An `otherwise` of the base that one of `own` takes the answers of is not looked at any more.
fn leave_out_taken(base: &mut Table, own: &Table) {
    let read = |refusal: &Value| origin::bare(refusal.clone()).try_into::<Refusal>().ok();
    let all = ["refusals", AFTER].into_iter().filter_map(|key| own.get(key)?.as_array()).flatten();
    let own: Vec<Refusal> = all.filter_map(read).filter(|refusal| refusal.otherwise).collect();
    for key in ["refusals", AFTER].into_iter().filter(|_| !own.is_empty()) {
        if let Some(Value::Array(all)) = base.get_mut(key) {
            all.retain(|refusal| !read(refusal).is_some_and(|refusal| refusal.is_taken_by(&own)));
        }
    }
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
    let Some(Value::Table(all)) = table.get_mut("exchanges") else { return Ok(table) };
    let mut filled = Vec::new();
    for (name, exchange) in all.iter() {
        let Some(like) = exchange.get("like").and_then(Value::as_str) else { continue };
        let at = ["exchanges", name, "like"];
        let base = all.get(like).filter(|_| like != name).and_then(Value::as_table);
        let base = base.ok_or_else(|| {
            let others = all.keys().map(String::as_str).filter(|other| other != name);
            let words = format!("no other exchange has that name{}", suggest::meant(like, others));
            Fault::at(&at, &words)
        })?;
        if base.contains_key("like") {
            return Err(Fault::at(&at, "that one starts from another itself; name the first of them"));
        }
        if let Value::Table(own) = exchange {
            filled.push((name.clone(), Value::Table(alike(base.clone(), own.clone()))));
        }
    }
    all.extend(filled);
    for (_, exchange) in all {
        if let Value::Table(exchange) = exchange
            && let Some(after) = taken(exchange, AFTER)
        {
            let mut all = taken(exchange, "refusals").unwrap_or_default();
            all.extend(after);
            exchange.insert("refusals".to_owned(), Value::Array(all));
        }
    }
    Ok(table)
}

/// `own` on top of the exchange that it is like.
fn alike(mut base: Table, mut own: Table) -> Table {
    made::replace_the_other_kind(&mut base, &own);
    // Whether that one is taken says nothing of this one.
    base.remove("refresh_expires_within");
    if let (Some(Value::Table(below)), Some(Value::Table(above))) =
        (base.get_mut("request"), own.get("request"))
        && BODIES.iter().any(|kind| above.contains_key(*kind))
    {
        give_way(below, above);
        BODIES.iter().for_each(|kind| drop(below.remove(*kind)));
    }
    around(&mut base, &mut own);
    for (key, value) in own {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) if key == "request" || key == "answer" => {
                below.extend(above);
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
    base
}

/// What an author who signs with the client secret hardly wants: that the `client_auth` of the dialect that `own`
/// extends sends the secret as well. `whole`: all of it, merged.
pub(super) fn unwanted_client_auth(own: &Table, whole: &Table) -> Vec<Fault> {
    let exchanges = own.get("exchanges").and_then(Value::as_table).filter(|_| own.contains_key("extends"));
    let says = |name: &str| request_of(own, name).is_some_and(|it| it.get("client_auth").is_some());
    let mut faults = Vec::new();
    for (name, exchange) in exchanges.into_iter().flatten() {
        let like = exchange.get("like").and_then(Value::as_str);
        let auth = request_of(whole, name).and_then(|it| it.get("client_auth"));
        if says(name) || like.is_some_and(says) || !auth.is_some_and(sends_the_secret) {
            continue;
        }
        let mut uses = Vec::new();
        let here = vec!["exchanges".to_owned(), name.clone(), "request".to_owned()];
        request_of(own, name).iter().for_each(|part| secret_templates(part, &here, &mut uses));
        if let Some((path, _)) = uses.first().filter(|_| !uses.iter().any(|(_, shown)| *shown)) {
            let words = "the client secret only signs here, and the `client_auth` of the dialect that this extends would send it too; set `client_auth = []`, or name what the vendor wants besides the signature";
            faults.push(Fault::at(&path.iter().map(String::as_str).collect::<Vec<_>>(), words));
        }
    }
    faults
}

fn request_of<'a>(table: &'a Table, exchange: &str) -> Option<&'a Value> {
    table.get("exchanges")?.get(exchange)?.get("request")
}

fn sends_the_secret(client_auth: &Value) -> bool {
    let one = |name: &Value| name.clone().try_into::<ClientAuth>().is_ok_and(ClientAuth::sends_secret);
    client_auth.as_array().map_or_else(|| one(client_auth), |all| all.iter().any(one))
}

/// The templates below that name the client secret, and whether what comes out shows it.
fn secret_templates(part: &Value, path: &[String], found: &mut Vec<(Vec<String>, bool)>) {
    let below = |key: &str| [path, &[key.to_owned()]].concat();
    match part {
        Value::String(text) => {
            let named = text.contains("client_secret");
            let template = named.then(|| Template::parse(text.clone()).ok()).flatten();
            let template = template.filter(|one| one.uses("client_secret"));
            found.extend(template.map(|template| (path.to_owned(), template.shows("client_secret"))));
        }
        Value::Array(items) => {
            let all = items.iter().enumerate();
            all.for_each(|(index, item)| secret_templates(item, &below(&index.to_string()), found));
        }
        Value::Table(members) => {
            members.iter().for_each(|(key, member)| secret_templates(member, &below(key), found));
        }
        _ => {}
    }
}

/// A body of another kind takes the place of the base's.
fn give_way(below: &mut Table, above: &Table) {
    let Some(kind) = BODIES.into_iter().find(|kind| above.contains_key(*kind)) else { return };
    let others: Vec<&str> = BODIES.into_iter().filter(|other| *other != kind).collect();
    if !others.iter().any(|other| below.contains_key(*other)) {
        return;
    }
    others.iter().for_each(|other| drop(below.remove(*other)));
    if kind != "form" && !above.contains_key("form_in") {
        below.remove("form_in");
    }
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

/// `sent`: these are the parts of a request, and an empty one leaves nothing of the base's.
fn merge(base: &mut Table, over: &Table, sent: bool) {
    for (key, value) in over {
        match (base.get_mut(key), value) {
            (Some(Value::Table(below)), Value::Table(above)) if !(sent && above.is_empty()) => {
                merge(below, above, ["request", "authorization"].contains(&key.as_str()));
            }
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::schema::listed;

    fn extended(base: &str, over: &str) -> Result<Table, Fault> {
        let table = |text: &str| listed(text.parse::<Table>().expect(text));
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
            ("form.a = '1'\nform_in = 'query'", "json.b = '2'", "json.b = '2'"),
            (
                "form.a = '1'\nform_in = 'query'",
                "form.b = '2'",
                "form = { a = '1', b = '2' }\nform_in = 'query'",
            ),
            // An empty part leaves nothing of the base's.
            ("form.a = '1'\nquery.q = '1'", "form = {}", "form = {}\nquery.q = '1'"),
            ("json.a = '1'", "form = {}", "form = {}"),
            ("json = { a.b = '1' }", "json.a = {}", "json.a.b = '1'"),
            ("headers.a = '1'", "headers = {}\nquery = {}", "headers = {}\nquery = {}"),
            // What the base lets profiles add, a dialect on top of it does not.
            ("form.a = '1'\nextra_params = 'form'", "form.b = '2'", "form = { a = '1', b = '2' }"),
            ("extra_params = 'form'", "extra_params = 'query'", "extra_params = 'query'"),
        ] {
            let found = extended(&request(base), &request(over)).ok();
            assert_eq!(found, request(wanted).parse().ok(), "{base} and {over}");
        }
    }

    /// The refusals of an exchange, as many as there are.
    fn refusals(base: &str, over: &str) -> String {
        let whole = extended(base, over).and_then(fill_in_likes).expect("whole");
        let exchanges = whole["exchanges"].as_table().expect("a table").iter();
        let of = |(name, exchange): (&String, &Value)| {
            let all = exchange.get("refusals").and_then(Value::as_array).into_iter().flatten();
            let all: Vec<_> = all.map(|one| one["is"].as_str().expect("a word")).collect();
            assert!(exchange.get(AFTER).is_none(), "{exchange}");
            format!("{name} {}", all.join(""))
        };
        exchanges.map(of).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn refusals_come_before_and_after_those_of_the_base() {
        let says = |is: &str| format!("{{ is = '{is}', tests = [{{ at = '/e' }}] }}");
        let base = format!(
            "exchanges.refresh.refusals = [{}, {}]\nexchanges.code = {{ like = 'refresh', refusals = [{}] }}\nsteps = ['code', 'refresh']",
            says("a"),
            says("b"),
            says("c")
        );
        for (over, wanted) in [
            ("", "refresh ab; code cab"),
            ("exchanges.refresh.refusals = [{ is = 'x' }, { is = 'y' }]", "refresh xyab; code cxyab"),
            ("exchanges.refresh.refusals = { is = 'x' }", "refresh xab; code cxab"),
            ("exchanges.refresh.refusals_after = [{ is = 'z' }]", "refresh abz; code cabz"),
            (
                "exchanges.code = { refusals = [{ is = 'x' }], refusals_after = [{ is = 'z' }] }",
                "refresh ab; code xcabz",
            ),
            (
                "remove = ['exchanges.refresh.refusals']\nexchanges.refresh.refusals = [{ is = 'x' }]",
                "refresh x; code cx",
            ),
        ] {
            assert_eq!(refusals(&base, over), wanted, "{over}");
        }
        let late = format!(
            "exchanges.refresh = {{ refusals = [{}], refusals_after = [{{ is = 'request_rejected', otherwise = true }}] }}",
            says("a")
        );
        let late = late.as_str();
        // What a bare status means the base says for whoever says nothing.
        let bare = format!(
            "exchanges.refresh = {{ refusals = [{}, {{ is = 'n', status = 401 }}, {{ is = 'm', status = 400, tests = [{{ empty = true }}] }}], refusals_after = [{{ is = 'o', status = 403 }}] }}",
            says("a")
        );
        for (over, wanted) in [
            ("", "refresh anmo"),
            ("exchanges.refresh.refusals = [{ is = 'x' }]", "refresh xa"),
            ("exchanges.refresh.refusals_after = [{ is = 'x', status = 401 }]", "refresh ax"),
            ("exchanges.refresh.refusals = []", "refresh a"),
        ] {
            assert_eq!(refusals(&bare, over), wanted, "{over}");
        }
        // What an `otherwise` of its own takes is not looked for in the base's.
        for (own, wanted) in [
            ("", "refresh xa"),
            ("status = ['2xx', '3xx', '4xx']", "refresh xa"),
            ("status = ['4xx']", "refresh xarequest_rejected"),
        ] {
            let own = own.replace("status", ", status");
            let own = format!(
                "exchanges.refresh.refusals = [{{ is = 'request_rejected', otherwise = true{own} }}]"
            );
            assert_eq!(refusals(late, &own).replacen("request_rejected", "x", 1), wanted, "{own}");
        }
        assert_eq!(
            refusals(late, "exchanges.refresh.refusals = [{ is = 'x' }]"),
            "refresh xarequest_rejected"
        );
        assert_eq!(
            refusals(late, "exchanges.refresh.refusals_after = [{ is = 'x' }]"),
            "refresh arequest_rejectedx"
        );
    }

    #[test]
    fn what_is_removed_must_be_there_also_with_dots_in_its_name() {
        let base = "headers = { 'X.Y' = '1', Z = '2' }";
        let found = extended(base, "remove = ['headers.X.Y']").ok();
        assert_eq!(found, "headers.Z = '2'\nremove = ['headers.X.Y']".parse().ok());
        let fault = extended(base, "remove = ['headers.Z', 'headers.W']").expect_err("not there");
        assert_eq!(fault.path(), ["remove", "1"]);
    }

    #[test]
    fn so_many_keys_may_be_removed_and_no_more() {
        let removing = |count: usize| {
            let base: String = (0..count).map(|index| format!("a{index} = 1\n")).collect();
            let names: String = (0..count).map(|index| format!("'a{index}', ")).collect();
            extended(&base, &format!("remove = [{names}]"))
        };
        assert!(removing(MOST_REMOVED).is_ok_and(|rest| rest.keys().all(|key| key == "remove")));
        assert_eq!(removing(MOST_REMOVED + 1).expect_err("too many").path(), ["remove"]);
    }
}
