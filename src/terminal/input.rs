//! The only file that reads standard input, and the only one that prompts. The rules:
//!
//! - a secret comes from a pipe or from a hidden prompt, never from the command line;
//! - what is read is bounded, and wiped when it is dropped;
//! - a question is asked only where somebody sits to answer it.

#![expect(clippy::disallowed_methods, reason = "this is the door")]

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use zeroize::Zeroizing;

use crate::base::error::{Result, plain, refused};

/// Larger than any token answer.
pub(crate) const LARGEST: u64 = 256 << 10;

pub(crate) fn is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// A secret from standard input, or from a hidden prompt at a terminal; without one trailing newline.
pub(crate) fn secret(what: &str) -> Result<Zeroizing<String>> {
    let text = if is_terminal() {
        let typed = rpassword::prompt_password(format!("{what}: "));
        Zeroizing::new(typed.map_err(|cause| refused("nothing could be read").because(&cause))?)
    } else {
        let bytes = all().map_err(refused)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| refused("standard input is not UTF-8"))?;
        Zeroizing::new(text.to_owned())
    };
    let bare = text.strip_suffix('\n').map_or(text.as_str(), |cut| cut.strip_suffix('\r').unwrap_or(cut));
    if bare.trim().is_empty() {
        return Err(refused(format!("there is no {what} on standard input")));
    }
    Ok(Zeroizing::new(bare.to_owned()))
}

/// All of standard input. `Err` says why not.
pub(crate) fn all() -> std::result::Result<Zeroizing<Vec<u8>>, String> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|cause| format!("standard input cannot be read: {}", plain(&cause)))?;
    if bytes.len() as u64 > LARGEST {
        return Err("standard input is larger than 256 KiB".into());
    }
    Ok(bytes)
}

/// Whether the line that somebody types says yes.
pub(crate) fn says_yes() -> bool {
    let mut line = String::new();
    let _ = io::stdin().lock().read_line(&mut line);
    matches!(line.trim(), "y" | "Y" | "yes")
}
