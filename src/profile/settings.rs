//! `--set KEY=VALUE`: KEY as it is written in profiles.toml, with dots (`params.tenant`, `client_secret.env`), VALUE as it
//! stands. Where a key wants no text, VALUE is TOML.
//!
//! The rule that matters: a value is never repeated, and a key only if it is known: either may be a secret in the wrong place.

use toml::{Table, Value};

use super::file::WrittenProfile;
use super::missing::wrong;
use crate::base::error::{Error, Result, config};
use crate::base::fault::Fault;
use crate::base::toml_source::from_value;

/// The keys of a profile, as they were given. What is right for its type may still be wrong for its dialect.
pub(crate) fn keys(settings: &[String]) -> Result<Table> {
    let mut all = Table::new();
    for (index, setting) in settings.iter().enumerate() {
        let unreadable = || {
            let words = format!("`--set` number {} is not KEY=VALUE", index + 1);
            config(words).hint("KEY is a key of profiles.toml, such as `client_id` or `params.tenant`")
        };
        let (key, value) = setting.split_once('=').ok_or_else(unreadable)?;
        let key = path(key).ok_or_else(unreadable)?;
        let value = fitting(&key, value).map_err(|fault| told(index, &fault))?;
        put(&mut all, &key, value)?;
    }
    Ok(all)
}

/// `Err`: it is there, or stands below one that is.
pub(crate) fn put(keys: &mut Table, path: &[String], value: Value) -> Result<()> {
    let twice = || config(format!("`{}` is given twice", path.join(".")));
    let Some((last, above)) = path.split_last() else { return Ok(()) };
    let mut table = keys;
    for key in above {
        let entry = table.entry(key.clone()).or_insert_with(|| Value::Table(Table::new()));
        table = entry.as_table_mut().ok_or_else(twice)?;
    }
    if table.contains_key(last) {
        return Err(twice());
    }
    table.insert(last.clone(), value);
    Ok(())
}

/// A key of TOML with its dots. `None`: it is none.
fn path(key: &str) -> Option<Vec<String>> {
    if key.contains(['\n', '\r', '=', '#']) {
        return None;
    }
    let mut table: Table = format!("{key} = 0").parse().ok()?;
    let mut path = Vec::new();
    loop {
        let (key, value) = table.into_iter().next()?;
        path.push(key);
        match value {
            Value::Table(inner) => table = inner,
            _ => return Some(path),
        }
    }
}

/// As text if the key takes that, else as TOML. No key takes a text that is a table.
fn fitting(path: &[String], value: &str) -> std::result::Result<Value, Fault> {
    let toml = format!("v = {value}").parse::<Table>().ok().and_then(|mut table| table.remove("v"));
    let text = Value::String(value.to_owned());
    match toml {
        Some(table @ Value::Table(_)) => check(path, table),
        Some(other) => check(path, text).or_else(|fault| {
            // Of a value that is of the right type, what is wrong beyond that.
            check(path, other).map_err(|of| if of.words().starts_with("expected ") { fault } else { of })
        }),
        None => check(path, text),
    }
}

/// By the types that read the file.
fn check(path: &[String], value: Value) -> std::result::Result<Value, Fault> {
    let mut table = Table::new();
    // A dialect there must be.
    table.insert("dialect".into(), "oauth2".into());
    if path == ["dialect"] {
        table.clear();
    }
    // Two keys cannot be one: there is no other yet.
    let _ = put(&mut table, path, value.clone());
    from_value::<WrittenProfile>(Value::Table(table)).map(|_| value)
}

/// A secret source as it would be written. `Err` says what is wrong with it.
pub(crate) fn check_source(source: &Value) -> std::result::Result<(), String> {
    check(&["client_secret".to_owned()], source.clone()).map(|_| ()).map_err(|fault| fault.words())
}

fn told(index: usize, fault: &Fault) -> Error {
    if !fault.is_unknown_key() {
        return wrong(fault);
    }
    let above = fault.path().split_last().map(|(_, above)| above).filter(|above| !above.is_empty());
    let place = above.map(|above| format!(" below `{}`", above.join("."))).unwrap_or_default();
    config(format!("the key of `--set` number {}{place}: {}", index + 1, fault.words()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[&str]) -> std::result::Result<String, String> {
        let settings: Vec<String> = settings.iter().map(|one| (*one).to_owned()).collect();
        keys(&settings).map(|table| Value::Table(table).to_string()).map_err(|error| error.message())
    }

    #[test]
    fn values_are_text_where_the_key_takes_text() {
        for (settings, wanted) in [
            (&["client_id=12345"][..], "{ client_id = \"12345\" }"),
            (&["client_id=true", "scope=a b=c"], "{ client_id = \"true\", scope = \"a b=c\" }"),
            (&["client_secret.env=X"], "{ client_secret = { env = \"X\" } }"),
            (&["client_secret={ env = \"X\" }"], "{ client_secret = { env = \"X\" } }"),
            (
                &["client_secret.command=[\"pass\", \"x\"]"],
                "{ client_secret = { command = [\"pass\", \"x\"] } }",
            ),
            (&["tls.insecure=true", "tls . 'ca_file'=1"], "{ tls = { insecure = true, ca_file = \"1\" } }"),
            (
                &["params.count=3", "params.\"a.b\"={ file = 'p' }"],
                "{ params = { count = \"3\", \"a.b\" = { file = \"p\" } } }",
            ),
            (&["min_ttl=5m", "rotation=strict"], "{ min_ttl = \"5m\", rotation = \"strict\" }"),
        ] {
            assert_eq!(read(settings).as_deref(), Ok(wanted));
        }
    }

    #[test]
    fn what_cannot_be_is_told_without_what_was_given() {
        let literal = "`client_secret`: a secret is never written here itself";
        for (settings, wanted) in [
            (&["CANARY"][..], "`--set` number 1 is not KEY=VALUE"),
            (&["client_id=c", "=CANARY"], "`--set` number 2 is not KEY=VALUE"),
            (&["a b=CANARY"], "`--set` number 1 is not KEY=VALUE"),
            (&["cleint_id=CANARY"], "the key of `--set` number 1: unknown key, did you mean `client_id`?"),
            (&["CANARY_X=1"], "the key of `--set` number 1: unknown key; known keys are dialect, base_url"),
            (
                &["tls.ca_flie=CANARY"],
                "the key of `--set` number 1 below `tls`: unknown key, did you mean `ca_file`?",
            ),
            (&["client_secret=CANARY"], literal),
            (&["client_secret=\"CANARY\""], literal),
            (&["client_secret=['CANARY']"], literal),
            (&["client_secret.env=CANARY-1"], "`client_secret`: `env` needs the name of a variable"),
            (&["client_secret.store=false"], "`client_secret`: `store = false` names no source"),
            (&["min_ttl=CANARY"], "`min_ttl`: "),
            (&["tls.insecure=CANARY"], "`tls.insecure`: expected a boolean"),
            (&["rotation=CANARY"], "`rotation`: expected one of"),
            (&["client_id=a", "client_id=CANARY"], "`client_id` is given twice"),
            (&["tls.insecure=true", "tls={ insecure = true }"], "`tls` is given twice"),
        ] {
            let why = read(settings).expect_err(settings[0]);
            assert!(why.starts_with(wanted) && !why.contains("CANARY"), "{settings:?}: {why}");
        }
    }
}
