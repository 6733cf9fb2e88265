//! The faults of one dialect as they are found.

use crate::base::toml_source::Fault;
use crate::dialect::schema::Dialect;

pub(crate) struct Found {
    pub(crate) fault: Fault,
    /// The part that it is about as a whole: what is wrong in there may be the cause of it.
    pub(crate) of: Option<&'static str>,
}

pub(super) struct Faults<'a> {
    pub(super) dialect: &'a Dialect,
    pub(super) found: Vec<Found>,
}

impl<'a> Faults<'a> {
    pub(super) fn of(dialect: &'a Dialect) -> Faults<'a> {
        Faults { dialect, found: Vec::new() }
    }
}

impl Faults<'_> {
    pub(super) fn add(&mut self, path: &[&str], words: &str) {
        self.add_fault(None, Fault::at(path, words));
    }

    pub(super) fn add_of(&mut self, part: &'static str, path: &[&str], words: &str) {
        self.add_fault(Some(part), Fault::at(path, words).about(part));
    }

    pub(super) fn add_fault(&mut self, of: Option<&'static str>, fault: Fault) {
        self.found.push(Found { fault, of });
    }
}

/// What templates can name.
pub(super) fn is_identifier(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
}
