//! A program of the user's, as it is written.

use serde::{Deserialize, Deserializer};

use crate::base::fault::said;

/// A program and its arguments; no shell.
#[derive(Clone)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(inline))]
pub(super) struct Program(#[cfg_attr(test, schemars(length(min = 1)))] pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Program {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Program, D::Error> {
        let words = Vec::<String>::deserialize(from)?;
        match words.first().is_some_and(|name| !name.is_empty()) {
            true => Ok(Program(words)),
            false => Err(said("names no program; write `[\"PROGRAM\", \"ARGUMENT\"]`")),
        }
    }
}
