//! `tokcli` keeps vendor API tokens alive. Start reading at `session/refresh.rs`; the rooms are in `docs/architecture.md`.
//!
//! A program, not a library: what is public here serves the programs and `fuzz/` alone.

#![cfg_attr(not(windows), forbid(unsafe_code))]

mod base;
mod commands;
mod credential;
mod dialect;
mod http;
mod profile;
mod session;
mod store;
mod surface;
mod terminal;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod testing;
mod warm;

use std::ffi::OsString;

use base::clock::{ClockReading, VERSION};
use base::detached::stand_apart;
#[cfg(target_os = "linux")]
use base::error::internal;
use base::error::{Code, Error};
use base::process;
#[cfg(target_os = "linux")]
use base::signals;
use base::users;
use terminal::arguments::usage::{self, Unparsed};
use terminal::arguments::{Cli, Command, called_as};
use terminal::output;
#[cfg(target_os = "linux")]
use warm::front;
#[cfg(target_os = "linux")]
pub use warm::front::AtHand;

/// `tokcli`. What comes of it is the exit status.
pub fn main() -> u8 {
    process::harden(output::panicked);
    // musl reads files for it, and nothing else.
    #[cfg(not(target_env = "gnu"))]
    users::ask_the_machine();
    let started = ClockReading::now();
    let words = called_as::words(std::env::args_os());
    #[cfg(target_os = "linux")]
    let ended = front::run(started, words);
    #[cfg(not(target_os = "linux"))]
    let ended = run(started, words, None);
    ended
}

/// What a call of `tokcli` comes to at once. `None`: [`main`] must look further. It neither waits, nor reads standard input, nor
/// prints, nor asks the C library for what that finds out when it starts.
#[cfg(target_os = "linux")]
pub fn at_hand(words: Vec<OsString>) -> Option<AtHand> {
    process::harden(output::panicked);
    front::at_hand(&called_as::words(words.into_iter()))
}

/// `tokcli-engine`, to which `front.rs` hands over.
#[cfg(target_os = "linux")]
pub fn engine() -> u8 {
    process::harden(output::panicked);
    // The small program waits for nothing that could be lost.
    signals::be_mortal();
    let mut words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let first = if words.is_empty() { OsString::new() } else { words.remove(0) };
    match ClockReading::from_word(&first) {
        Some((started, version)) => run(started, words, Some(version).filter(|version| *version != VERSION)),
        None => {
            let error = internal("this is the engine of `tokcli`, and was not started by it");
            told(&error.hint("run `tokcli`; it and `tokcli-engine` must be in one directory"))
        }
    }
}

/// `other`: the version of the small program, if it is not of ours.
fn run(started: ClockReading, mut words: Vec<OsString>, other: Option<&str>) -> u8 {
    users::ask_the_machine();
    stand_apart(&mut words);
    if let Some(code) = commands::completions::asked(&words) {
        return code;
    }
    let cli = match Cli::read(words) {
        Ok(cli) => cli,
        Err(Unparsed::Mistake(error)) => return told(&error),
        Err(Unparsed::Help(help)) => return shown(&help),
    };
    let out = output::Output::new(&cli.global);
    // It tells of that among all else that is wrong.
    let doctor = matches!(cli.command, Command::Doctor(_));
    if let Some(other) = other.filter(|_| !doctor) {
        // Unless it is being upgraded this moment. Until then no copy is found: each looks for those of its own version.
        out.warn(format!(
            "`tokcli` is version {other} and `tokcli-engine` is {VERSION}; install the same version of both"
        ));
    }
    match commands::run(&cli, &out, started, other) {
        Ok(code) => code,
        Err((profile, error)) => {
            out.error(profile.as_deref(), &error);
            error.code.exit()
        }
    }
}

fn told(error: &Error) -> u8 {
    output::usage(error, usage::asks_for_json());
    error.code.exit()
}

fn shown(help: &clap::Error) -> u8 {
    match help.print() {
        Ok(()) => u8::try_from(help.exit_code()).unwrap_or(2),
        Err(_) => Code::Internal.exit(),
    }
}
