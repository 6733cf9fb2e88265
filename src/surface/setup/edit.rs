//! Lines that are added to the files of other programs. All else in a file stays as it is.

use serde::Serialize as _;
use serde_json::{Map, Value, json};
use toml::Table;

use super::{How, Part};
use crate::base::toml_outline::{Node, What, statements};

#[derive(Debug, PartialEq)]
pub(crate) enum Edit {
    /// It says so already.
    Same,
    New(String),
    /// It says something else, under this key.
    Other(String),
}

impl Part {
    /// `Err`: what is wrong with the text. Nothing of it is repeated: it may hold secrets.
    pub(crate) fn edited(&self, text: &str) -> Result<Edit, String> {
        match &self.how {
            How::ByHand | How::Git(_) | How::Kubectl(..) => Ok(Edit::Same),
            How::Ini { section, key, value } => ini(text, section, key, value),
            How::Lines(lines) => one_by_one(text, lines, |text, (key, line)| {
                Ok(match value_of(text, key) {
                    Some(value) if line.ends_with(&format!("={value}")) => Edit::Same,
                    Some(_) => Edit::Other(key.clone()),
                    None => Edit::New(appended(text, &format!("{line}\n"))),
                })
            }),
            How::Json(table, entries) => {
                one_by_one(text, entries, |text, (key, value)| in_json(text, table, key, value))
            }
            How::Providers(name) => provider(text, name),
            How::Whole if text.is_empty() => Ok(Edit::New(self.text.clone())),
            How::Whole if text == self.text => Ok(Edit::Same),
            How::Whole => Ok(Edit::Other("another text".to_owned())),
        }
    }
}

fn one_by_one<T>(
    text: &str,
    all: &[T],
    edit: impl Fn(&str, &T) -> Result<Edit, String>,
) -> Result<Edit, String> {
    let mut now = text.to_owned();
    for one in all {
        match edit(&now, one)? {
            Edit::Same => {}
            Edit::New(text) => now = text,
            other @ Edit::Other(_) => return Ok(other),
        }
    }
    Ok(if now == text { Edit::Same } else { Edit::New(now) })
}

/// What stands behind the `=` of this key.
fn value_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let value = |line: &'a str| line.trim().strip_prefix(key)?.trim_start().strip_prefix('=').map(str::trim);
    text.lines().rev().find_map(value)
}

fn appended(text: &str, more: &str) -> String {
    let nl = match text {
        "" => "",
        // The line would go on with what follows.
        _ if text.trim_end_matches('\n').ends_with('\\') => "\n\n",
        _ if text.ends_with('\n') => "",
        _ => "\n",
    };
    [text, nl, more].concat()
}

/// `[section]`, `key = value` or `key: value`, comments, and lines that go on with an indent.
fn ini(text: &str, section: &str, key: &str, value: &str) -> Result<Edit, String> {
    let (mut here, mut head, mut at) = (String::new(), None, 0);
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let start = at;
        at += line.len();
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) || line.starts_with([' ', '\t']) && start > 0 {
            continue;
        }
        if let Some(name) = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.trim().clone_into(&mut here);
            if here == section {
                head = Some(at);
            }
            continue;
        }
        match bare.find(['=', ':']).map(|end| (bare[..end].trim(), bare[end + 1..].trim())) {
            Some((_, _)) if here.is_empty() => return Err(format!("line {number} is in no section")),
            // pip takes `_` for `-`.
            Some((known, found))
                if here == section
                    && known.replace('_', "-").eq_ignore_ascii_case(&key.replace('_', "-")) =>
            {
                let same = found == value;
                return Ok(if same { Edit::Same } else { Edit::Other(format!("{key} under [{section}]")) });
            }
            Some(_) => {}
            None => return Err(format!("line {number} is neither a section nor a key with a value")),
        }
    }
    Ok(Edit::New(match head {
        Some(at) => {
            let nl = if text[..at].ends_with('\n') { "" } else { "\n" };
            [&text[..at], nl, key, " = ", value, "\n", &text[at..]].concat()
        }
        None => {
            let gap = if text.is_empty() || text.ends_with("\n\n") { "" } else { "\n" };
            appended(text, "") + gap + &format!("[{section}]\n{key} = {value}\n")
        }
    }))
}

fn in_json(text: &str, table: &str, key: &str, value: &str) -> Result<Edit, String> {
    let mut root: Value = if text.trim().is_empty() {
        json!({})
    } else {
        let wrong = |cause: serde_json::Error| {
            format!("it is not JSON (line {}, column {})", cause.line(), cause.column())
        };
        let root: Value = serde_json::from_str(text).map_err(wrong)?;
        // Numbers of many digits, keys that stand twice, escapes that nobody needs.
        if without_gaps(text) != without_gaps(&root.to_string()) {
            return Err("something in it would be written differently".to_owned());
        }
        root
    };
    let all = root.as_object_mut().ok_or("it is not a JSON object")?;
    let inner = all.entry(table).or_insert_with(|| Value::Object(Map::new()));
    let inner = inner.as_object_mut().ok_or(format!("its `{table}` is not an object"))?;
    match inner.get(key).map(|found| found == value) {
        Some(true) => return Ok(Edit::Same),
        Some(false) => return Ok(Edit::Other(format!("`{key}` in `{table}`"))),
        None => inner.insert(key.to_owned(), json!(value)),
    };
    let indented = text.lines().find(|line| line.starts_with([' ', '\t']));
    let indent = indented.map_or("\t", |line| &line[..line.len() - line.trim_start().len()]);
    let end = if text.is_empty() || text.ends_with('\n') { "\n" } else { "" };
    Ok(Edit::New(pretty(&root, indent) + end))
}

/// JSON without what stands between its words.
fn without_gaps(text: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let stays = |c: &char| {
        let within = quoted;
        quoted ^= *c == '"' && !escaped;
        escaped = within && *c == '\\' && !escaped;
        within || !c.is_ascii_whitespace()
    };
    text.chars().filter(stays).collect()
}

/// As people and programs write such files.
pub(crate) fn pretty(value: &Value, indent: &str) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Into memory, of what was read as JSON.
    let _ = value.serialize(&mut serializer);
    String::from_utf8(bytes).unwrap_or_default()
}

const PROVIDERS: [&str; 2] = ["registry", "global-credential-providers"];
/// What cargo asks if nothing is said.
const USUAL: &str = "cargo:token";

/// `global-credential-providers`, with this one behind the others.
fn provider(text: &str, name: &str) -> Result<Edit, String> {
    let read = |text: &str| text.parse::<Table>().map_err(|_| "it is not TOML".to_owned());
    let mut wanted = read(text)?;
    let registry = wanted.entry(PROVIDERS[0]).or_insert_with(|| Table::new().into());
    let registry = registry.as_table_mut().ok_or("its `registry` is not a table")?;
    let list = registry.entry(PROVIDERS[1]).or_insert_with(|| vec![USUAL].into());
    let list = list.as_array_mut().ok_or("its `registry.global-credential-providers` is not a list")?;
    let is_it = |one: &toml::Value| {
        one.as_str() == Some(name)
            || one.as_array().is_some_and(|words| words.first().and_then(toml::Value::as_str) == Some(name))
    };
    if list.iter().any(is_it) {
        return Ok(Edit::Same);
    }
    let was_empty = list.is_empty();
    list.push(name.into());
    let all = statements(text);
    let value = all.iter().find_map(|one| match &one.what {
        What::Entry(Node { span, .. }) if one.path == PROVIDERS => Some(span.clone()),
        _ => None,
    });
    let head = all.iter().find(|one| matches!(one.what, What::Header) && one.path == PROVIDERS[..1]);
    let line = format!("{} = [\"{USUAL}\", \"{name}\"]\n", PROVIDERS[1]);
    let made = match (value, head) {
        (Some(span), _) => {
            let inside = text[..span.end - 1].trim_end();
            let comma = if was_empty || inside.ends_with(',') { "" } else { "," };
            let gap = if was_empty { "" } else { " " };
            [inside, comma, gap, "\"", name, "\"", &text[inside.len()..]].concat()
        }
        (None, Some(head)) => {
            let at = text[head.span.end..].find('\n').map_or(text.len(), |end| head.span.end + end + 1);
            let nl = if text[..at].ends_with('\n') { "" } else { "\n" };
            [&text[..at], nl, &line, &text[at..]].concat()
        }
        (None, None) => {
            let gap = if text.is_empty() || text.ends_with("\n\n") { "" } else { "\n" };
            appended(text, "") + gap + "[registry]\n" + &line
        }
    };
    // Nothing is written that would say something else: a comment within the list, or a table in braces.
    match read(&made) {
        Ok(now) if now == wanted => Ok(Edit::New(made)),
        _ => Ok(Edit::Other(
            "`registry.global-credential-providers`, written in a way that is not changed here".into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(text: &str) -> Result<Edit, String> {
        Ok(Edit::New(text.to_owned()))
    }

    #[test]
    fn a_key_goes_under_its_section_and_is_not_replaced() {
        let edit = |text: &str| ini(text, "global", "provider", "ours");
        for (text, wanted) in [
            ("", new("[global]\nprovider = ours\n")),
            ("[a]\nx = 1", new("[a]\nx = 1\n\n[global]\nprovider = ours\n")),
            ("[global]", new("[global]\nprovider = ours\n")),
            ("# c\n[global]\nx: 1\n\n[b]\ny=2\n", new("# c\n[global]\nprovider = ours\nx: 1\n\n[b]\ny=2\n")),
            ("[global]\nprovider=ours\n", Ok(Edit::Same)),
            ("[global]\nProvider : theirs\n", Ok(Edit::Other("provider under [global]".into()))),
            ("[b]\nprovider=theirs\n", new("[b]\nprovider=theirs\n\n[global]\nprovider = ours\n")),
            ("[a]\nx =\n  one\n  two\n", new("[a]\nx =\n  one\n  two\n\n[global]\nprovider = ours\n")),
            ("x = 1\n", Err("line 1 is in no section".into())),
            ("[a]\nnonsense\n", Err("line 2 is neither a section nor a key with a value".into())),
        ] {
            assert_eq!(edit(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_table_of_json_keeps_its_order_and_all_else() {
        let edit = |text: &str| in_json(text, "t", "k", "v");
        for (text, wanted) in [
            ("", new("{\n\t\"t\": {\n\t\t\"k\": \"v\"\n\t}\n}\n")),
            (
                "{\n  \"z\": [1],\n  \"t\": {\"b\": \"c\"},\n  \"a\": null\n}",
                new(
                    "{\n  \"z\": [\n    1\n  ],\n  \"t\": {\n    \"b\": \"c\",\n    \"k\": \"v\"\n  },\n  \"a\": null\n}",
                ),
            ),
            ("{\"t\":{\"k\":\"v\"}}", Ok(Edit::Same)),
            ("{\"t\":{\"k\":\"w\"}}", Ok(Edit::Other("`k` in `t`".into()))),
            ("[]", Err("it is not a JSON object".into())),
            ("{\"t\":1}", Err("its `t` is not an object".into())),
            ("{\"t\":", Err("it is not JSON (line 1, column 5)".into())),
        ] {
            assert_eq!(edit(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_provider_comes_behind_the_others() {
        let line = "global-credential-providers";
        for (text, wanted) in [
            (String::new(), new("[registry]\nglobal-credential-providers = [\"cargo:token\", \"ours\"]\n")),
            (
                "[net]\nx = 1\n".into(),
                new(
                    "[net]\nx = 1\n\n[registry]\nglobal-credential-providers = [\"cargo:token\", \"ours\"]\n",
                ),
            ),
            (
                "[registry] # c\ndefault = 'a'\n[b]\n".into(),
                new(
                    "[registry] # c\nglobal-credential-providers = [\"cargo:token\", \"ours\"]\ndefault = 'a'\n[b]\n",
                ),
            ),
            (
                format!("[registry]\n{line} = ['a', ['b', '--x']]\n"),
                new(&format!("[registry]\n{line} = ['a', ['b', '--x'], \"ours\"]\n")),
            ),
            (
                format!("registry.{line} = [\n  'a',\n]\n"),
                new(&format!("registry.{line} = [\n  'a', \"ours\"\n]\n")),
            ),
            (format!("[registry]\n{line} = []\n"), new(&format!("[registry]\n{line} = [\"ours\"]\n"))),
            (format!("[registry]\n{line} = ['ours', 'a']\n"), Ok(Edit::Same)),
            (format!("[registry]\n{line} = [['ours', '--bare']]\n"), Ok(Edit::Same)),
            ("[registry".into(), Err("it is not TOML".into())),
            ("registry = 1".into(), Err("its `registry` is not a table".into())),
        ] {
            assert_eq!(provider(&text, "ours"), wanted, "{text:?}");
        }
        for text in [
            format!("registry = {{ {line} = ['a'] }}\n"),
            format!("[registry]\n{line} = ['a' # c\n]\n"),
            "registry = { default = 'a' }\n".to_owned(),
        ] {
            match provider(&text, "ours") {
                Ok(Edit::Other(_)) => {}
                Ok(Edit::New(made)) => {
                    let made: Table = made.parse().expect("TOML");
                    assert!(made["registry"][line].as_array().expect("a list").contains(&"ours".into()));
                }
                other => panic!("{text:?}: {other:?}"),
            }
        }
    }
}
