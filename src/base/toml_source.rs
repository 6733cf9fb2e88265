//! Reading TOML that people write, and saying where and how it is wrong.
//!
//! The rule that matters: a message names file, line, column and key, and never
//! the line's text or a value, because a secret may stand there by mistake.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

use super::error::{Error, Place, Result, config};
pub(crate) use super::fault::Fault;
use super::order::InOrder as _;
pub(crate) use super::toml_value::{from_packed, from_value};
use super::writers::check_writers;

/// Far above ten thousand profiles.
const LARGEST: u64 = 16 << 20;

/// A file of configuration: its path and its text.
#[derive(Clone)]
pub(crate) struct Source {
    path: PathBuf,
    text: Arc<str>,
    /// Made at the first mistake: there may be ten thousand.
    places: Arc<OnceLock<Places>>,
}

/// Where in a text its lines and its keys begin.
#[derive(Default)]
struct Places {
    lines: Vec<usize>,
    keys: Part,
}

/// A part of a text, with the parts in it by their keys or numbers.
#[derive(Default)]
struct Part {
    at: usize,
    is_list: bool,
    parts: BTreeMap<String, Part>,
}

impl Places {
    fn of(text: &str) -> Places {
        let keys = DeTable::parse(text).map(|tree| Part::of_table(0, tree.get_ref())).unwrap_or_default();
        Places { lines: text.match_indices('\n').map(|(at, _)| at + 1).collect(), keys }
    }
}

impl Part {
    fn of_table(at: usize, table: &DeTable<'_>) -> Part {
        let part = |key: &str, start: usize, value: &DeValue<'_>| (key.to_owned(), Part::of(start, value));
        let parts = table.iter().map(|(key, value)| part(key.get_ref(), key.span().start, value.get_ref()));
        Part { at, is_list: false, parts: parts.in_order() }
    }

    fn of(at: usize, value: &DeValue<'_>) -> Part {
        match value {
            DeValue::Table(table) => Part::of_table(at, table),
            DeValue::Array(items) => {
                let item = |(index, item): (usize, &toml::Spanned<DeValue<'_>>)| {
                    (index.to_string(), Part::of(item.span().start, item.get_ref()))
                };
                Part { at, is_list: true, parts: items.iter().enumerate().map(item).in_order() }
            }
            _ => Part { at, is_list: false, parts: BTreeMap::new() },
        }
    }
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
        let text = String::from_utf8(bytes)
            .map_err(|_| config(format!("{name} is not UTF-8")).hint("save it as UTF-8"))?;
        Ok(Source::new(path.to_owned(), text))
    }

    pub(crate) fn built_in(name: &str, text: &str) -> Source {
        Source::new(PathBuf::from(format!("{name} (built in)")), text.to_owned())
    }

    /// What could stand at `path`.
    pub(crate) fn of(path: &Path, text: String) -> Source {
        Source::new(path.to_owned(), text)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn new(path: PathBuf, text: String) -> Source {
        Source { path, text: text.into(), places: Arc::default() }
    }

    #[cfg(test)]
    pub(crate) fn for_tests(text: &str) -> Source {
        Source::new(PathBuf::from("test.toml"), text.to_owned())
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
        let path = &self.as_written(path);
        let at = self.locate(path).map_or(0, |(at, _)| at);
        // A key may hold anything; look-alikes of letters are told apart.
        let key = if path.is_empty() { String::new() } else { format!("`{}`: ", self.shown(path)) };
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
        let whole = |path: &[String]| self.as_written(&[prefix, path].concat());
        let held = |path: &[String]| self.locate(path).is_some_and(|(_, whole)| whole);
        let other = fault.other().map(whole).filter(|other| held(other));
        let own = whole(fault.path());
        if held(&own) { own } else { other.unwrap_or(own) }
    }

    /// For people, who count from one. A name may be a number, too.
    fn shown(&self, path: &[String]) -> String {
        let mut part = Some(&self.places().keys);
        let mut steps = Vec::new();
        for (depth, step) in path.iter().enumerate() {
            // What another file says is a list beneath the names of profiles and dialects.
            let counts = part.map_or(depth > 1, |part| part.is_list);
            part = part.and_then(|part| part.parts.get(step));
            steps.push(counted(step).filter(|_| counts).unwrap_or_else(|| shortened(step)));
        }
        steps.join(".")
    }

    fn syntax(&self, cause: &toml::de::Error) -> Error {
        // Syntax messages of the parser carry no text of the file.
        let words = cause.message().replace('\n', " ");
        let error = self.error_at(cause.span().map_or(0, |span| span.start), &words);
        // As people write paths of Windows.
        match words.contains("escape") || words.contains("unicode") {
            true => error
                .hint("between `\"` a backslash begins an escape; between `'` it is an ordinary character"),
            false => error,
        }
    }

    fn places(&self) -> &Places {
        self.places.get_or_init(|| Places::of(&self.text))
    }

    fn error_at(&self, offset: usize, words: &str) -> Error {
        let lines = &self.places().lines;
        let line = lines.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).map_or(0, |before| lines[before]);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        let line = line + 1;
        // A key in quotes may hold anything, and this goes to a terminal.
        let words = words.replace(char::is_control, "?");
        let file = self.name();
        config(format!("{file}:{line}:{column}: {words}")).at(Place { file, line, column })
    }

    /// A value that stands alone where a list is expected was read as the first of one.
    fn as_written(&self, path: &[String]) -> Vec<String> {
        let mut part = Some(&self.places().keys);
        let mut written = Vec::new();
        for step in path {
            let here = part.filter(|part| !part.is_list && !part.parts.contains_key(step));
            if here.is_some() && step == "0" {
                continue;
            }
            part = part.and_then(|part| part.parts.get(step));
            written.push(step.clone());
        }
        written
    }

    /// Of the nearest part that the file holds; and whether that is the whole of `path`.
    fn locate(&self, path: &[String]) -> Option<(usize, bool)> {
        let mut part = &self.places().keys;
        let mut at = None;
        for (depth, step) in path.iter().enumerate() {
            let Some(below) = part.parts.get(step) else { break };
            at = Some((below.at, depth + 1 == path.len()));
            part = below;
        }
        at
    }
}

/// The number of an item of a list, as people count. `None`: it is a name.
pub(crate) fn counted(step: &str) -> Option<String> {
    step.parse::<usize>().ok().map(|index| (index + 1).to_string())
}

/// A key as far as anybody reads it.
fn shortened(key: &str) -> String {
    let mut letters = key.chars();
    let shown: String = letters.by_ref().take(100).collect();
    format!("{}{}", shown.escape_default(), if letters.next().is_some() { "..." } else { "" })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_key_is_shown_as_far_as_anybody_reads_it() {
        let shown = |count: usize| {
            let fault = Source::for_tests("a = 1").fault(&["k".repeat(count)], "words").message();
            fault.matches('k').count()
        };
        assert_eq!((shown(100), shown(101), shown(1_000_000)), (100, 100, 100));
    }

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
    fn items_are_counted_from_one_and_names_stay() {
        let source =
            Source::for_tests("[dialects.1688]\nsteps = ['a', 'b']\nform = { 0 = 'x' }\n[[stores]]\na = 1\n");
        for (path, shown) in [
            ("dialects.1688.steps.1", "dialects.1688.steps.2"),
            ("dialects.1688.form.0", "dialects.1688.form.0"),
            ("stores.0.a", "stores.1.a"),
            ("dialects.1688.refusals.0.is", "dialects.1688.refusals.1.is"),
            ("profiles.7", "profiles.7"),
        ] {
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            assert_eq!(source.shown(&path), shown);
        }
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
                "test.toml:3:1: `profiles.a.a\\u{1b}[31m\\nb`: unknown key; known keys are dialect, timeout",
            ),
            ("profiles = 'CANARY'\n", "test.toml:1:1: `profiles`: expected a table"),
        ] {
            let error = Source::for_tests(text).parse::<File>().expect_err(text);
            assert_eq!(error.message(), wanted);
            assert!(!error.message().contains("CANARY"));
        }
    }
}
