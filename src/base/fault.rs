//! What is wrong in TOML that people write, and under which key: not yet tied to a file.
//!
//! The rule that matters: no value ever gets into one. What a reader expected is told and what
//! stood there is not; free words are told only if they are ours ([`said`]), all others are
//! replaced. Code asks a fault by its fields, never by its words.

use std::fmt::{self, Display};

use serde::de;

use super::suggest::did_you_mean;

/// Small, because nearly everything that is read may come to one.
#[derive(Clone, Debug)]
pub(crate) struct Fault(Box<Detail>);

#[derive(Clone, Debug)]
struct Detail {
    path: Vec<String>,
    /// Where else it can be mended, for a file that does not hold `path`.
    other: Option<Vec<String>>,
    kind: Mistake,
    /// The name that was probably meant.
    meant: Option<String>,
    /// The names that it speaks of.
    about: Vec<String>,
    /// Where else the key stands, or counts.
    note: Option<String>,
}

#[derive(Clone, Debug)]
enum Mistake {
    UnknownKey { known: &'static [&'static str] },
    Missing(&'static str),
    OneOf(&'static [&'static str]),
    Expected(String),
    Words(String),
}

/// Goes before words of ours on their way through a reader's error.
const OURS: char = '\u{2}';

/// What a `Deserialize` of ours finds wrong. The words must hold no value.
pub(crate) fn said<E: de::Error>(words: impl Display) -> E {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    E::custom(format_args!("{OURS}{words}"))
}

impl Fault {
    pub(crate) fn at(path: &[&str], words: &str) -> Fault {
        Fault::of(Mistake::Words(words.to_owned())).with_path(owned(path))
    }

    fn of(kind: Mistake) -> Fault {
        let (path, about) = (Vec::new(), Vec::new());
        Fault(Box::new(Detail { path, other: None, kind, meant: None, about, note: None }))
    }

    /// Two keys are at odds: what was inherited is not what to change.
    pub(crate) fn or_at(mut self, path: &[&str]) -> Fault {
        self.0.other = Some(owned(path));
        self
    }

    /// With the name that was probably meant, as the words say.
    pub(crate) fn meaning(mut self, name: Option<&str>) -> Fault {
        self.0.meant = name.map(str::to_owned);
        self
    }

    /// Would go if `name` were not written wrong elsewhere.
    pub(crate) fn about(mut self, name: &str) -> Fault {
        self.0.about.push(name.to_owned());
        self
    }

    /// With where else the key stands, or counts.
    pub(crate) fn noted(mut self, note: String) -> Fault {
        self.0.note = Some(note);
        self
    }

    pub(crate) fn path(&self) -> &[String] {
        &self.0.path
    }

    pub(crate) fn other(&self) -> Option<&[String]> {
        self.0.other.as_deref()
    }

    /// For a path that was right when parts of the whole were put aside.
    pub(crate) fn with_path(mut self, path: Vec<String>) -> Fault {
        self.0.path = path;
        self
    }

    pub(crate) fn suggestion(&self) -> Option<&str> {
        self.0.meant.as_deref()
    }

    pub(crate) fn speaks_of(&self, name: &str) -> bool {
        self.0.about.iter().any(|known| known == name)
    }

    /// The last key of its path is one that nobody knows.
    pub(crate) fn is_unknown_key(&self) -> bool {
        matches!(self.0.kind, Mistake::UnknownKey { .. })
    }

    /// The key that is not there, if that is what is wrong.
    pub(crate) fn missing(&self) -> Option<&str> {
        match self.0.kind {
            Mistake::Missing(key) => Some(key),
            _ => None,
        }
    }

    pub(crate) fn below(mut self, prefix: &[&str]) -> Fault {
        let detail = &mut *self.0;
        for path in [Some(&mut detail.path), detail.other.as_mut()].into_iter().flatten() {
            path.splice(0..0, owned(prefix));
        }
        self
    }

    /// What is wrong, for whoever wrote it.
    pub(crate) fn words(&self) -> String {
        match &self.0.note {
            Some(note) => format!("{} ({note})", self.own_words()),
            None => self.own_words(),
        }
    }

    fn own_words(&self) -> String {
        let meant = self.0.meant.as_ref().map(|name| format!(", did you mean `{name}`?"));
        match &self.0.kind {
            Mistake::UnknownKey { known } if meant.is_none() && !known.is_empty() => {
                format!("unknown key; known keys are {}", known.join(", "))
            }
            Mistake::UnknownKey { .. } => format!("unknown key{}", meant.unwrap_or_default()),
            Mistake::Missing(key) => format!("`{key}` is missing"),
            Mistake::OneOf(known) => {
                format!("expected one of {}{}", known.join(", "), meant.unwrap_or_default())
            }
            Mistake::Expected(what) => format!("expected {what}"),
            Mistake::Words(words) => words.clone(),
        }
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|key| (*key).to_owned()).collect()
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}

impl std::error::Error for Fault {}

/// serde's own messages quote what stood there. They are never made: each kind is kept as what it is.
impl de::Error for Fault {
    fn custom<T: Display>(words: T) -> Fault {
        let words = words.to_string();
        let ours = words.strip_prefix(OURS).unwrap_or("this cannot be read as what it should be");
        Fault::of(Mistake::Words(ours.to_owned()))
    }

    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Fault {
        Fault::of(Mistake::Expected(plain_type(&expected.to_string()).to_owned()))
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Fault {
        Fault::invalid_type(unexpected, expected)
    }

    fn invalid_length(_: usize, expected: &dyn de::Expected) -> Fault {
        Fault::invalid_type(de::Unexpected::Seq, expected)
    }

    fn unknown_variant(given: &str, known: &'static [&'static str]) -> Fault {
        Fault::of(Mistake::OneOf(known)).meaning(did_you_mean(given, known.iter().copied()))
    }

    fn unknown_field(given: &str, known: &'static [&'static str]) -> Fault {
        Fault::of(Mistake::UnknownKey { known }).meaning(did_you_mean(given, known.iter().copied()))
    }

    fn missing_field(key: &'static str) -> Fault {
        Fault::of(Mistake::Missing(key))
    }

    fn duplicate_field(_: &'static str) -> Fault {
        Fault::of(Mistake::Words("duplicate key".to_owned()))
    }
}

/// TOML's words for serde's.
fn plain_type(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list in brackets",
        "a map" => "a table",
        other if other.starts_with("struct ") => "a table",
        "u16" | "u32" | "u64" | "i64" => "a whole number",
        other => other,
    }
}
