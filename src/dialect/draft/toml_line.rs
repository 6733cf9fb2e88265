//! Lines of TOML with comments, as a person would write them.

use toml::Value;

/// `key = value  # note`; all but the note is TOML already.
#[derive(Clone)]
pub(super) struct TomlLine {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) note: Option<String>,
}

impl TomlLine {
    pub(super) fn plain(key: &str, value: String) -> TomlLine {
        TomlLine { key: key.to_owned(), value, note: None }
    }

    pub(super) fn noted(key: &str, value: String, note: &str) -> TomlLine {
        TomlLine { note: Some(note.to_owned()), ..TomlLine::plain(key, value) }
    }

    pub(super) fn text(&self) -> String {
        let line = format!("{} = {}", self.key, self.value);
        match &self.note {
            None => format!("{line}\n"),
            Some(note) if line.len() + note.len() + 4 <= WIDEST => format!("{line}  # {note}\n"),
            Some(note) => format!("# {note}\n{line}\n"),
        }
    }
}

const WIDEST: usize = 110;

pub(super) fn lines(all: &[TomlLine]) -> String {
    all.iter().map(TomlLine::text).collect()
}

/// A string of TOML.
pub(super) fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// A list, of which an only value stands alone.
pub(super) fn one_or_list(mut all: Vec<String>) -> String {
    if all.len() == 1 { all.remove(0) } else { format!("[{}]", all.join(", ")) }
}

/// A key, in quotes where it needs them.
pub(super) fn key(name: &str) -> String {
    let is_bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    if is_bare { name.to_owned() } else { serde_json::Value::from(name).to_string() }
}

/// The headings of a dialect's tables.
#[derive(Clone, Copy)]
pub(super) struct Headings<'a>(pub(super) &'a str);

impl Headings<'_> {
    pub(super) fn table(self, rest: &str) -> String {
        format!("[dialects.{}{rest}]\n", key(self.0))
    }

    /// A list of tables.
    pub(super) fn item(self, rest: &str) -> String {
        format!("[[dialects.{}{rest}]]\n", key(self.0))
    }

    pub(super) fn exchange(self, rest: &str) -> String {
        self.table(&format!(".exchanges.refresh.{rest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_stands_behind_its_line_or_above_a_long_one() {
        let line = |value: &str| TomlLine::noted("a", value.to_owned(), "why").text();
        assert_eq!(line("1"), "a = 1  # why\n");
        let long = "1".repeat(WIDEST);
        assert_eq!(line(&long), format!("# why\na = {long}\n"));
    }

    #[test]
    fn headings_are_toml_whatever_the_name() {
        for name in ["acme", "acme.v2"] {
            let headings = Headings(name);
            let text = format!("{}\n{}", headings.exchange("request"), headings.item(".examples"));
            let file: toml::Table = text.parse().expect(name);
            assert!(file["dialects"][name]["exchanges"]["refresh"]["request"].is_table(), "{name}");
            assert!(file["dialects"][name]["examples"].is_array(), "{name}");
        }
    }
}
