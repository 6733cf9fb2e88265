//! A command of the user that prints a secret, or takes one.
//!
//! The rule that matters: one that did not end in its time is not asked for a secret once more by this run, whichever profile
//! needs it.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::base::mutex::lock;
use crate::base::process;
use crate::base::program::command_in;
pub(crate) use crate::base::runner::Call;
use crate::base::runner::{self, Ended, Failure, Stderr};
use crate::base::waiting::What;

/// In bytes, of every source.
pub(super) const LARGEST: usize = 64 << 10;

/// How a source is read: relative paths begin in `directory`; with `silent` a
/// command's stderr is dropped.
#[derive(Clone, Copy)]
pub(crate) struct SecretReader<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) silent: bool,
}

/// A password manager that asks for a finger needs a while.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the command prints until it ends. `Err` says why not, to stand behind the command's name.
pub(super) fn output(words: &[String], reader: SecretReader<'_>) -> Result<Zeroizing<Vec<u8>>, String> {
    run(words, words, reader, Call { largest: LARGEST, ..Call::new(What::Secret, PATIENCE) })
}

/// Those that did not end: where they run, how they are written, and what is said of them.
static SILENT: Mutex<Vec<(PathBuf, Vec<String>, String)>> = Mutex::new(Vec::new());

/// `written`: how it stands in the configuration, where the words of each account are other ones.
pub(crate) fn run(
    words: &[String],
    written: &[String],
    reader: SecretReader<'_>,
    call: Call<'_>,
) -> Result<Zeroizing<Vec<u8>>, String> {
    // What is to be saved is another's each time.
    let gives = call.what == What::Secret;
    let known =
        |(place, known, _): &&(PathBuf, Vec<String>, String)| place == reader.directory && known == written;
    if let Some((_, _, why)) = lock(&SILENT).iter().find(known).filter(|_| gives) {
        return Err(why.clone());
    }
    let command = command_in(reader.directory, words);
    match runner::run(command, Call { stderr: stderr(reader.silent), ..call }) {
        Ok(Ended { status, output, .. }) if status.success() => Ok(output),
        Ok(Ended { status, .. }) => Err(format!("failed ({status})")),
        Err(Failure::Late(why)) => {
            if gives {
                lock(&SILENT).push((reader.directory.to_owned(), written.to_vec(), why.clone()));
            }
            Err(why)
        }
        Err(failure) => Err(failure.into_words()),
    }
}

/// What becomes of a program's own words.
pub(crate) fn stderr(silent: bool) -> Stderr {
    // On a terminal it may ask there. Elsewhere somebody may read ours to its end, which must not be an agent's.
    // Whoever waits for this run passes it on, or not.
    match silent && !process::works_for_another() {
        true => Stderr::Dropped,
        false if on_terminal() => Stderr::Inherited,
        false => Stderr::PassedOn,
    }
}

#[expect(clippy::disallowed_methods, reason = "it is only asked what it is")]
fn on_terminal() -> bool {
    io::stderr().is_terminal()
}
