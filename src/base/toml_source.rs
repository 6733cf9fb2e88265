//! Reading TOML that people write, and saying where and how it is wrong.
//!
//! The rule that matters: a message names file, line, column and key, and never
//! the line's text or a value, because a secret may stand there by mistake.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use toml::de::{DeTable, DeValue};

use super::error::{Error, Result, config, plain};
use super::file_stamp::FileStamp;
use super::suggest::did_you_mean;

/// Far above ten thousand profiles.
const LARGEST: u64 = 16 << 20;

/// A file of configuration: its path and its text.
#[derive(Clone)]
pub(crate) struct Source {
    path: PathBuf,
    text: String,
}

/// What is wrong, and under which key: not yet tied to a file.
#[derive(Debug)]
pub(crate) struct Fault {
    path: Vec<String>,
    /// Where else it can be mended, for a file that does not hold `path`.
    other: Option<Vec<String>>,
    words: String,
}

impl Fault {
    pub(crate) fn at(path: &[&str], words: &str) -> Fault {
        Fault { path: owned(path), other: None, words: words.to_owned() }
    }

    /// Two keys are at odds: what was inherited is not what to change.
    pub(crate) fn or_at(mut self, path: &[&str]) -> Fault {
        self.other = Some(owned(path));
        self
    }

    pub(crate) fn path(&self) -> &[String] {
        &self.path
    }

    /// For a path that was right when parts of the whole were put aside.
    pub(crate) fn with_path(self, path: Vec<String>) -> Fault {
        Fault { path, ..self }
    }

    /// The name that was probably meant.
    pub(crate) fn suggestion(&self) -> Option<&str> {
        self.words.strip_suffix("`?")?.rsplit_once("did you mean `").map(|(_, name)| name)
    }

    pub(crate) fn speaks_of(&self, name: &str) -> bool {
        self.words.contains(name)
    }

    /// The key that is not there, if that is what is wrong.
    pub(crate) fn missing(&self) -> Option<&str> {
        self.words.strip_suffix("` is missing")?.strip_prefix('`')
    }

    pub(crate) fn below(mut self, prefix: &[&str]) -> Fault {
        for path in [Some(&mut self.path), self.other.as_mut()].into_iter().flatten() {
            path.splice(0..0, owned(prefix));
        }
        self
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|key| (*key).to_owned()).collect()
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
        from_value(toml::Value::Table(table)).map_err(|fault| self.fault(&fault.path, &fault.words))
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
        self.fault(&self.path_of(prefix, fault), &fault.words)
    }

    /// Where in the text it stands, to put several in order.
    pub(crate) fn offset_below(&self, prefix: &[String], fault: &Fault) -> usize {
        self.locate(&self.path_of(prefix, fault)).map_or(0, |(at, _)| at)
    }

    fn path_of(&self, prefix: &[String], fault: &Fault) -> Vec<String> {
        let whole = |path: &[String]| [prefix, path].concat();
        let held = |path: &[String]| self.locate(path).is_some_and(|(_, whole)| whole);
        let other = fault.other.as_deref().map(whole).filter(|other| held(other));
        let own = whole(&fault.path);
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

/// A value that was merged and stands in no one file: its fault can be tied to one later.
pub(crate) fn from_value<T: DeserializeOwned>(value: toml::Value) -> std::result::Result<T, Fault> {
    serde_path_to_error::deserialize(value).map_err(|cause| Fault {
        path: steps(cause.path()),
        other: None,
        words: own_words(cause.inner().message()),
    })
}

fn steps(path: &serde_path_to_error::Path) -> Vec<String> {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Map { key } => Some(key.clone()),
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// serde quotes the value in some messages; this keeps what was expected and drops what was there.
fn own_words(message: &str) -> String {
    let quoted = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    if message.starts_with("unknown field") {
        let names = quoted(message);
        return match names.split_first() {
            Some((name, known)) => format!("unknown key{}", advice(name, known)),
            None => "unknown key".into(),
        };
    }
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        // The value may hold anything, these words too: the last ones are serde's.
        let Some((value, known)) = rest.rsplit_once("`, expected ") else {
            return "not one of the known values".into();
        };
        let known = quoted(known);
        return format!("expected one of {}{}", known.join(", "), suggestion(value, &known));
    }
    if message.starts_with("invalid ")
        && let Some((_, expected)) = message.rsplit_once(", expected ")
    {
        return format!("expected {}", plain_type(expected));
    }
    if let Some(name) = message.strip_prefix("missing field ") {
        return format!("{name} is missing");
    }
    message.replace('\n', " ")
}

/// TOML's words for serde's.
fn plain_type(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list in brackets",
        "a map" => "a table",
        "string only" => "a string",
        other if other.starts_with("struct ") => "a table",
        "u16" | "u32" | "u64" | "i64" => "a whole number",
        other => other,
    }
}

fn advice(name: &str, known: &[String]) -> String {
    let close = suggestion(name, known);
    if close.is_empty() && !known.is_empty() { format!("; known are {}", known.join(", ")) } else { close }
}

fn suggestion(name: &str, known: &[String]) -> String {
    did_you_mean(name, known.iter().map(String::as_str))
        .map(|close| format!(", did you mean `{close}`?"))
        .unwrap_or_default()
}

/// Where `path` leads: itself, then each place that a symlink names. The kernel follows no more than 40.
fn chain(path: &Path) -> Vec<PathBuf> {
    let mut places = vec![path.to_owned()];
    let above = |place: &Path| place.parent().unwrap_or(Path::new("")).to_owned();
    while let Some(place) = places.last()
        && places.len() <= 41
        && let Ok(target) = fs::read_link(place)
    {
        places.push(above(place).join(target));
    }
    places
}

/// The directory that a name stands in.
fn directory_of(place: &Path) -> &Path {
    place.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Everything whose change could mean that a file would be read differently, or refused.
/// `None`: it was changed too short a time ago. Taken before the file is read.
pub(crate) fn stamps(path: &Path) -> Option<Vec<FileStamp>> {
    let places = chain(path);
    let directories = places.iter().map(|place| FileStamp::of_directory(directory_of(place)));
    directories.chain(places.iter().map(|place| FileStamp::of(place))).collect()
}

#[cfg(unix)]
fn check_writers(path: &Path, facts: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let places = chain(path);
    // A symlink is as good as the place that it leads to.
    for (at, place) in places.iter().enumerate() {
        check_directory(place)?;
        if at + 1 < places.len() {
            fs::symlink_metadata(place).map_or(Ok(()), |link| check_owner("", place, &link))?;
        }
    }
    check_owner("", path, facts)?;
    if facts.mode() & 0o022 != 0 {
        let name = path.display();
        return Err(config(format!("others can write {name} (mode {:03o})", facts.mode() & 0o777))
            .hint(format!("chmod go-w {name}")));
    }
    Ok(())
}

/// Whoever can write the directory can put another file in its place; a sticky one forbids that to all but its owner.
#[cfg(unix)]
fn check_directory(of: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let above = directory_of(of);
    let Ok(facts) = fs::metadata(above) else { return Ok(()) };
    if facts.mode() & 0o1002 == 0o002 {
        let words = format!("others can write the directory of {}", of.display());
        return Err(config(words).hint(format!("chmod o-w {}", above.display())));
    }
    check_owner("the directory of ", of, &facts)
}

#[cfg(unix)]
fn check_owner(what: &str, path: &Path, facts: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let owner = facts.uid();
    if owner == 0 || owner == nix::unistd::geteuid().as_raw() {
        return Ok(());
    }
    Err(config(format!("{what}{} belongs to another user (uid {owner})", path.display())))
}

#[cfg(not(unix))]
fn check_writers(_: &Path, _: &fs::Metadata) -> Result<()> {
    Ok(())
}

/// A file that a profile names: a plain one, and small.
pub(crate) fn read_small(path: &Path, limit: u64) -> std::result::Result<Vec<u8>, String> {
    let name = path.display();
    let facts = fs::metadata(path).map_err(|cause| format!("cannot read {name}: {}", plain(&cause)))?;
    if !facts.is_file() || facts.len() > limit {
        return Err(format!("{name} is no file of at most {} KiB", limit >> 10));
    }
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|cause| format!("cannot read {name}: {}", plain(&cause)))?;
    Ok(bytes)
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
