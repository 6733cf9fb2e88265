//! Files of other programs that a person has lines added to, and links by which those programs find this one.
//!
//! The rule that matters: a file is replaced whole or not at all, and only with what was made of the text that it still has; a
//! link is made where there is none, or in the place of one of ours.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::time::Instant;

use super::files::{self, directories};
use crate::base::error::{Code, Error, Result, config, refused};
use crate::base::poll::Poll;
use crate::base::writers;

/// Larger than any configuration that people write.
const LARGEST: u64 = 4 << 20;

/// The text of a file; empty if there is none.
pub(crate) fn read(path: &Path) -> Result<String> {
    let name = path.display();
    let file = match fs::metadata(path) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        Ok(facts) if !facts.is_file() => return Err(config(format!("{name} is not a file"))),
        _ => fs::File::open(path),
    };
    let mut bytes = Vec::new();
    file.and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|cause| config(format!("cannot read {name}")).because(&cause))?;
    if bytes.len() as u64 > LARGEST {
        return Err(config(format!("{name} is larger than {} MiB", LARGEST >> 20)));
    }
    String::from_utf8(bytes).map_err(|_| config(format!("{name} is not UTF-8")))
}

/// While it is held, no other run of ours changes files where this one is.
pub(crate) fn lock(path: &Path, until: Instant) -> Result<Option<fs::File>> {
    let target = writers::target(path);
    let directory = files::directory_of(&target);
    directories::make_if_missing(directory)?;
    let mut poll = Poll::until(until);
    loop {
        match files::try_lock_directory(directory)? {
            Some(lock) => return Ok(lock),
            None if poll.wait() => {}
            None => {
                let words = format!("another run of tokcli is changing {}", path.display());
                return Err(Error::new(Code::Busy, words));
            }
        }
    }
}

/// A symlink stays, and what it leads to is written; mode and owner stay too. Gives what is worth a warning.
pub(crate) fn replace(path: &Path, before: &str, text: &str, until: Instant) -> Result<Option<String>> {
    let lock = lock(path, until)?;
    let target = writers::target(path);
    files::sweep(&target);
    if read(path)? != before {
        return Err(refused(format!("{} was changed meanwhile; nothing was written", path.display())));
    }
    let done = files::replace(&target, text.as_bytes(), fs::metadata(&target).ok().as_ref());
    drop(lock);
    done
}

/// A file that is there for a moment only, for a program to read.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    files::put(path, bytes)
}

/// Removes a file. One that is not there is fine.
pub(crate) fn remove(path: &Path) -> Result<()> {
    files::remove(path);
    match fs::symlink_metadata(path) {
        Ok(_) => Err(refused(format!("{} cannot be removed", path.display()))),
        Err(_) => Ok(()),
    }
}

/// Removes a directory with nothing in it.
pub(crate) fn remove_if_empty(directory: &Path) {
    let _ = fs::remove_dir(directory);
}

/// What stands in the place of a link.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum There {
    Nothing,
    /// A link that leads to this program.
    Same,
    /// One to another `tokcli`, or to one that is gone.
    Older,
    /// Something that is not ours.
    Foreign,
}

/// There it is a copy of the program, and an older one is a program that knows the same names.
#[cfg(windows)]
pub(crate) fn there(link: &Path, program: &Path) -> There {
    let Ok(facts) = fs::symlink_metadata(link) else { return There::Nothing };
    let Ok(bytes) = fs::read(link) else { return There::Foreign };
    if files::size(program) == facts.len() && fs::read(program).ok().as_ref() == Some(&bytes) {
        return There::Same;
    }
    let knows = |word: &str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
    let older =
        bytes.starts_with(b"MZ") && knows("docker-credential-tokcli") && knows("cargo-credential-tokcli");
    if older { There::Older } else { There::Foreign }
}

#[cfg(unix)]
pub(crate) fn there(link: &Path, program: &Path) -> There {
    let Ok(facts) = fs::symlink_metadata(link) else { return There::Nothing };
    let Some(target) = facts.is_symlink().then(|| writers::target(link)) else { return There::Foreign };
    if fs::canonicalize(link).ok().is_some_and(|led| fs::canonicalize(program).ok() == Some(led)) {
        return There::Same;
    }
    if target.file_name() == Path::new("tokcli").file_name() { There::Older } else { There::Foreign }
}

/// Makes the link, and the directory that it lies in. Whatever stands there and is not ours stays.
pub(crate) fn link(link: &Path, program: &Path) -> Result<There> {
    let before = there(link, program);
    match before {
        There::Same => return Ok(before),
        There::Foreign => {
            let words = format!("{} exists and is not a link to tokcli; it was not changed", link.display());
            return Err(refused(words).hint("`--dir DIR` puts the link elsewhere"));
        }
        There::Nothing | There::Older => {}
    }
    directories::make_if_missing(files::directory_of(link))?;
    match files::put_link(link, program, before == There::Older) {
        // Another run may have been faster.
        Err(_) if there(link, program) == There::Same => Ok(There::Same),
        done => done.map(|()| before),
    }
}
