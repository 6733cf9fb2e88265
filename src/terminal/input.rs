//! The only file that reads standard input (`modes` takes away what is typed ahead), and with `prompt.rs`, which asks
//! questions of several parts, the only one that prompts. The rules:
//!
//! - a secret comes from a pipe or from a hidden prompt, never from the command line;
//! - what is read is bounded, and wiped when it is dropped;
//! - a question is asked only where somebody sits to answer it.

#![expect(clippy::disallowed_methods, reason = "this is the door")]

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use zeroize::Zeroizing;

use super::modes::Held;
use crate::base::error::{Result, plain, refused};
use crate::base::secret_text::{bare, decoded, unmarked};
use crate::base::{shell, signals};

/// Larger than any token answer.
pub(crate) const LARGEST: u64 = 256 << 10;

pub(crate) fn is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Whether somebody sees a question and can answer it.
pub(crate) fn can_ask() -> bool {
    is_terminal() && io::stderr().is_terminal()
}

/// A terminal gives no more of a line, and says nothing of the rest.
const LONGEST_LINE: usize = if cfg!(target_os = "linux") { 4095 } else { 1023 };

/// A secret from standard input, or from a hidden prompt at a terminal; without byte order mark and one trailing
/// newline. `command` takes one of several lines, which nobody types.
pub(crate) fn secret(what: &str, command: &str) -> Result<Zeroizing<String>> {
    secret_within(what, command, LARGEST)
}

/// The same for what may hold several answers of a vendor.
pub(crate) fn large_secret(what: &str, command: &str) -> Result<Zeroizing<String>> {
    secret_within(what, command, LARGEST << 3)
}

fn secret_within(what: &str, command: &str, largest: u64) -> Result<Zeroizing<String>> {
    if is_terminal() {
        let typed = hidden(&Held::take()?, what)?;
        return typed.ok_or_else(|| {
            refused(format!("the {what} has several lines; nothing was stored"))
                .hint(format!("give it from a file: `{}`", shell::fed_by_a_file(command)))
        });
    }
    let bytes = all_within(largest).map_err(refused)?;
    let text = decoded(&bytes).map_err(|why| refused(format!("standard input {why}")))?;
    let bare = bare(&text);
    if bare.trim().is_empty() {
        return Err(refused(format!("there is no {what} on standard input")));
    }
    Ok(Zeroizing::new(bare.to_owned()))
}

/// An end of the terminal looks like an empty line, and comes again and again.
const TRIES: usize = 3;

/// A line typed unseen. `None`: what came has several; all of it is taken away, or it would be shown, and land in the next
/// question or in the shell.
pub(super) fn hidden(held: &Held, what: &str) -> Result<Option<Zeroizing<String>>> {
    for _ in 0..TRIES {
        let typed = rpassword::prompt_password(format!("{what}: ")).map(Zeroizing::new);
        let more = held.drain();
        let typed = typed.map_err(|cause| {
            held.give_way();
            refused("nothing could be read").because(&cause)
        })?;
        if more || begins_block(&typed) {
            return Ok(None);
        }
        if cfg!(unix) && typed.len() >= LONGEST_LINE {
            let words = format!("the {what} may be cut off: a line of a terminal holds {LONGEST_LINE} bytes");
            return Err(refused(words).hint("give it with a pipe or `<FILE`"));
        }
        let text = unmarked(typed);
        if !text.trim().is_empty() {
            return Ok(Some(text));
        }
        let _ = io::stderr().write_all(b"nothing was typed\n");
    }
    Err(refused(format!("no {what} was typed")))
}

/// As JSON over several lines and PEM do.
fn begins_block(line: &str) -> bool {
    let line = line.trim();
    matches!(line, "{" | "[") || line.starts_with("-----BEGIN")
}

/// Lines of standard input as they come, `most` of them, each bounded; read on a thread of its own, which nobody can break
/// off. So for what is no terminal, or where a terminal cannot be asked whether something was typed.
pub(super) fn lines(most: usize) -> Receiver<Zeroizing<String>> {
    let (tell, told) = mpsc::channel();
    signals::spawn_deaf(move || {
        for _ in 0..most {
            let mut line = Zeroizing::new(Vec::new());
            let read = io::stdin().lock().take(LARGEST).read_until(b'\n', &mut line);
            if !matches!(read, Ok(1..))
                || tell.send(Zeroizing::new(String::from_utf8_lossy(&line).into_owned())).is_err()
            {
                return;
            }
        }
    });
    told
}

/// The one line that another machine sends. `Err` says why there is none.
pub(crate) fn request(largest: usize, patience: Duration) -> std::result::Result<Zeroizing<String>, String> {
    if is_terminal() {
        return Err("standard input is a terminal, where nobody sends a request".into());
    }
    match lines(1).recv_timeout(patience) {
        Ok(line) if line.len() > largest => Err(format!("the request is longer than {} KiB", largest >> 10)),
        Ok(line) => Ok(line),
        Err(RecvTimeoutError::Timeout) => Err(format!("no request came within {} s", patience.as_secs())),
        Err(RecvTimeoutError::Disconnected) => Err("standard input ended before a request came".into()),
    }
}

/// All of standard input. `Err` says why not.
pub(crate) fn all() -> std::result::Result<Zeroizing<Vec<u8>>, String> {
    all_within(LARGEST)
}

fn all_within(largest: u64) -> std::result::Result<Zeroizing<Vec<u8>>, String> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = io::stdin().lock().take(largest + 1).read_to_end(&mut bytes);
    read.map_err(|cause| format!("standard input cannot be read: {}", plain(&cause)))?;
    if bytes.len() as u64 > largest {
        return Err(format!("standard input is larger than {} KiB", largest >> 10));
    }
    Ok(bytes)
}

/// What a pipe takes that nobody reads yet.
#[cfg(target_os = "linux")]
const PIPEFUL: usize = 60 << 10;

/// For the program that follows in this process: it finds on standard input what was read of it. `Err`: that is too much. (A file
/// in memory would take more, and have the loader look for another version of libc.)
#[cfg(target_os = "linux")]
pub(crate) fn put_back(bytes: &[u8]) -> std::result::Result<(), String> {
    if bytes.len() > PIPEFUL {
        return Err("standard input is larger than 60 KiB".into());
    }
    // Where that fails, it finds nothing, and says so.
    let Ok((reader, mut writer)) = io::pipe() else { return Ok(()) };
    if writer.write_all(bytes).is_ok() {
        let _ = nix::unistd::dup2_stdin(&reader);
    }
    Ok(())
}

/// The next line of standard input, without its end, for what is said in turns. `Err` says why not.
pub(crate) fn next_line() -> std::result::Result<Option<Zeroizing<String>>, String> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = io::stdin().lock().take(LARGEST).read_until(b'\n', &mut bytes);
    read.map_err(|cause| format!("standard input cannot be read: {}", plain(&cause)))?;
    if bytes.is_empty() {
        return Ok(None);
    }
    // What is left of it would be a line of its own.
    if bytes.len() as u64 == LARGEST && !bytes.ends_with(b"\n") {
        return Err("a line of standard input is longer than 256 KiB".into());
    }
    let line = std::str::from_utf8(&bytes).map_err(|_| "standard input is not UTF-8")?;
    Ok(Some(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned())))
}

/// Whether the line that somebody types says yes.
pub(crate) fn says_yes() -> bool {
    matches!(line().trim(), "y" | "Y" | "yes")
}

/// Whether it does not say no. An end without a line does.
pub(crate) fn says_yes_or_nothing() -> bool {
    let line = line();
    line.ends_with('\n') && matches!(line.trim_end(), "" | "y" | "Y" | "yes")
}

fn line() -> String {
    let mut line = String::new();
    let _ = io::stdin().lock().read_line(&mut line);
    line
}
