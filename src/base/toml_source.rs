//! Reading TOML that people write, and saying where and how it is wrong.
//!
//! The rule that matters: a message names file, line, column and key, and never
//! the line's text or a value, because a secret may stand there by mistake.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

use super::error::{Error, Result, config};
pub(crate) use super::fault::Fault;
pub(crate) use super::toml_value::from_value;
use super::writers::check_writers;

/// Far above ten thousand profiles.
const LARGEST: u64 = 16 << 20;

/// A file of configuration: its path and its text.
#[derive(Clone)]
pub(crate) struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// Refuses what is no plain file, is not text, or could have been written by others.
    pub(crate) fn open(path: &Path) -> Result<Source> {
        let name = path.display();
        let facts =
            fs::metadata(path).map_err(|cause| config(format!("cannot read {name}")).because(&cause))?;
        if !facts.is_file() {
            return Err(config(format!("{name} is not a file")));
        }
        if facts.len() > LARGEST {
            return Err(config(format!("{name} is larger than 16 MiB")));
        }
        check_writers(path, &facts)?;
        let mut bytes = Vec::new();
        let read = fs::File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
        read.map_err(|cause| config(format!("cannot read {name}")).because(&cause))?;
        let text = String::from_utf8(bytes).map_err(|_| config(format!("{name} is not UTF-8")))?;
        Ok(Source { path: path.to_owned(), text })
    }

    pub(crate) fn built_in(name: &str, text: &str) -> Source {
        Source { path: PathBuf::from(format!("{name} (built in)")), text: text.to_owned() }
    }

    #[cfg(test)]
    pub(crate) fn for_tests(text: &str) -> Source {
        Source { path: PathBuf::from("test.toml"), text: text.to_owned() }
    }

    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Where relative paths in it begin.
    pub(crate) fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        let table: toml::Table = toml::from_str(&self.text).map_err(|cause| self.syntax(&cause))?;
        // Everything is read by one kind of reader: a second would be as much code again.
        from_value(toml::Value::Table(table)).map_err(|fault| self.fault(fault.path(), &fault.words()))
    }

    /// An error at `path`, or at the nearest table above it that the file holds.
    pub(crate) fn fault(&self, path: &[String], words: &str) -> Error {
        let at = self.locate(path).map_or(0, |(at, _)| at);
        // A key may hold anything; look-alikes of letters are told apart.
        let key =
            if path.is_empty() { String::new() } else { format!("`{}`: ", path.join(".").escape_default()) };
        self.error_at(at, &format!("{key}{words}"))
    }

    pub(crate) fn fault_below(&self, prefix: &[String], fault: &Fault) -> Error {
        self.fault(&self.path_of(prefix, fault), &fault.words())
    }

    /// Where in the text it stands, to put several in order.
    pub(crate) fn offset_below(&self, prefix: &[String], fault: &Fault) -> usize {
        self.locate(&self.path_of(prefix, fault)).map_or(0, |(at, _)| at)
    }

    fn path_of(&self, prefix: &[String], fault: &Fault) -> Vec<String> {
        let whole = |path: &[String]| [prefix, path].concat();
        let held = |path: &[String]| self.locate(path).is_some_and(|(_, whole)| whole);
        let other = fault.other().map(whole).filter(|other| held(other));
        let own = whole(fault.path());
        if held(&own) { own } else { other.unwrap_or(own) }
    }

    fn syntax(&self, cause: &toml::de::Error) -> Error {
        // Syntax messages of the parser carry no text of the file.
        self.error_at(cause.span().map_or(0, |span| span.start), &cause.message().replace('\n', " "))
    }

    fn error_at(&self, offset: usize, words: &str) -> Error {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        // A key in quotes may hold anything, and this goes to a terminal.
        let words = words.replace(char::is_control, "?");
        config(format!("{}:{line}:{column}: {words}", self.name()))
    }

    /// Of the nearest part that the file holds; and whether that is the whole of `path`.
    fn locate(&self, path: &[String]) -> Option<(usize, bool)> {
        let tree = DeTable::parse(&self.text).ok()?;
        let mut table: &DeTable<'_> = tree.get_ref();
        let mut at = None;
        let mut list: Option<&toml::de::DeArray<'_>> = None;
        for (depth, step) in path.iter().enumerate() {
            let value = if let Some(items) = list.take() {
                let Some(item) = step.parse().ok().and_then(|index: usize| items.get(index)) else { break };
                at = Some((item.span().start, depth + 1 == path.len()));
                item
            } else {
                let Some((key, value)) = table.get_key_value(step.as_str()) else {
                    break;
                };
                at = Some((key.span().start, depth + 1 == path.len()));
                value
            };
            match value.get_ref() {
                DeValue::Table(inner) => table = inner,
                DeValue::Array(items) => list = Some(items),
                _ => break,
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors matter")]
    struct File {
        profiles: BTreeMap<String, Profile>,
    }

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors matter")]
    struct Profile {
        dialect: String,
        timeout: Option<u32>,
    }

    #[test]
    fn errors_name_the_place_and_never_the_value() {
        for (text, wanted) in [
            (
                "[profiles.a]\ndialect = 'x'\ntimeuot = 'CANARY'\n",
                "test.toml:3:1: `profiles.a.timeuot`: unknown key, did you mean `timeout`?",
            ),
            (
                "[profiles.a]\ndialect = 'x'\ntimeout = 'CANARY'\n",
                "test.toml:3:1: `profiles.a.timeout`: expected a whole number",
            ),
            ("[profiles.a]\ntimeout = 3\n", "test.toml:1:11: `profiles.a`: `dialect` is missing"),
            ("[profiles.a]\r\ndialect = 'x'\r\n dialect = 'CANARY'\r\n", "test.toml:3:2: duplicate key"),
            (
                "[profiles.a]\ndialect = 'x' CANARY\n",
                "test.toml:2:15: unexpected key or value, expected newline, `#`",
            ),
            (
                "profiles = 'a, expected CANARY`, expected CANARY'\n",
                "test.toml:1:1: `profiles`: expected a table",
            ),
            (
                "[profiles.a]\ndialect = 'x'\n\"a\\u001b[31m\\nb\" = 1\n",
                "test.toml:3:1: `profiles.a.a\\u{1b}[31m\\nb`: unknown key; known are dialect, timeout",
            ),
            ("profiles = 'CANARY'\n", "test.toml:1:1: `profiles`: expected a table"),
        ] {
            let error = Source::for_tests(text).parse::<File>().expect_err(text);
            assert_eq!(error.message(), wanted);
            assert!(!error.message().contains("CANARY"));
        }
    }
}
