//! Credentials that systemd gives to a unit (`LoadCredential=` and its relatives): files in a directory that one variable
//! names, readable for that unit alone and gone with it.
//!
//! The rule that matters: a name is one that systemd takes, so that it leads to no other file.

use std::path::{Path, PathBuf};

use serde::{Deserialize as _, Deserializer};
use zeroize::Zeroizing;

use crate::base::environment;
use crate::base::fault::said;
use crate::base::secret_text::decoded;
use crate::base::small_file::read_small;

const DIRECTORY: &str = "CREDENTIALS_DIRECTORY";

/// As systemd has it: the name of a file, of printable ASCII without a colon.
pub(super) fn is_name(name: &str) -> bool {
    let good = |b: u8| (b' '..=b'~').contains(&b) && b != b'/' && b != b':';
    (1..=255).contains(&name.len()) && name.bytes().all(good) && name != "." && name != ".."
}

/// One that is written in a place of its own.
pub(super) fn name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(from)?;
    if is_name(&name) { Ok(Some(name)) } else { Err(said(NO_NAME)) }
}

/// What is wrong with one that is none.
pub(super) const NO_NAME: &str =
    "`credential` needs the name that the unit gives it: printable ASCII without `/` and `:`, not a path";

pub(super) fn read(name: &str, limit: u64) -> Result<Zeroizing<String>, String> {
    let path = path(name)?;
    let place = path.display();
    if let Ok(false) = path.try_exists() {
        return Err(format!(
            "systemd gave this unit no credential `{name}`: there is no {place}; {}",
            line(name)
        ));
    }
    let bytes = Zeroizing::new(read_small(&path, limit)?);
    decoded(&bytes).map_err(|why| format!("{place}: its content {why}"))
}

fn path(name: &str) -> Result<PathBuf, String> {
    let directory = environment::os(DIRECTORY).ok_or_else(|| {
        format!(
            "credential `{name}` is available only within a systemd unit: environment variable `{DIRECTORY}` is not set; {}",
            line(name)
        )
    })?;
    if !Path::new(&directory).is_absolute() {
        return Err(format!("environment variable `{DIRECTORY}` is not an absolute path"));
    }
    Ok(Path::new(&directory).join(name))
}

/// That it needs.
fn line(name: &str) -> String {
    format!("the unit needs `LoadCredential={name}:PATH` or `LoadCredentialEncrypted={name}:PATH`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_systemd_takes_and_leads_nowhere_else() {
        for name in ["tokcli-key", "a", ".hidden", "a.b", "tokcli key", "..."] {
            assert!(is_name(name), "{name}");
        }
        let long = "a".repeat(256);
        for name in ["", ".", "..", "a/b", "../x", "/etc/passwd", "a:b", "a\nb", "a\0b", "ä", &long] {
            assert!(!is_name(name), "{name:?}");
        }
    }
}
