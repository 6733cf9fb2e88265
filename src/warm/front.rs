//! What `tokcli` itself is on Linux: a small program that answers `tokcli token` and `status --check` from
//! the cache, and hands everything else over to the engine, the large one beside it.
//!
//! A program pays at its start for all that it may ever do: of the engine alone the
//! dynamic loader touches more pages than a warm call does altogether.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::base::clock::ClockReading;
use crate::base::error::Code;
use crate::credential::issued::Issued;
use crate::terminal::arguments::usage::{asks_for_doctor, asks_for_json};
use crate::terminal::arguments::{Cli, Command, Global, Token};
use crate::terminal::finding::Finding;
use crate::terminal::output::{self, Output};
use crate::warm::cache::{Question, forecast};
use crate::warm::{engine, surfaces, token};

pub(crate) fn run(started: ClockReading, words: Vec<OsString>) -> ExitCode {
    if let Some(Cli { global, command: Command::Token(args) }) = Cli::quick(&words) {
        let out = Output::new(&global);
        if let Some((profile, issued)) = printable(&out, &args, &global, started) {
            return match out.issued(&profile, &issued) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    out.error(Some(&profile), &error);
                    ExitCode::from(error.code.exit())
                }
            };
        }
    } else if let Some(exit) = foretold(&words).or_else(|| surfaces::answered(started, &words)) {
        return exit;
    }
    let doctor = asks_for_doctor(&words);
    let error = engine::start(started, words);
    if doctor {
        let anew = || "install `tokcli` and `tokcli-engine` anew".to_owned();
        output::found(Finding::of("engine", &error, anew), asks_for_json());
        return ExitCode::FAILURE;
    }
    output::usage(&error, asks_for_json());
    ExitCode::from(error.code.exit())
}

/// Of `status --check`, which says nothing else. `None`: the stores must be looked into.
fn foretold(words: &[OsString]) -> Option<ExitCode> {
    let Cli { global, command: Command::Status(args) } = Cli::quick_check(words)? else { return None };
    let needed = forecast::read::foretold(&global, args.within.unwrap_or_default())?;
    Some(ExitCode::from(if needed { Code::LoginRequired.exit() } else { 0 }))
}

/// `None`: the engine is needed, or will say it better.
fn printable(out: &Output, args: &Token, global: &Global, started: ClockReading) -> Option<(String, Issued)> {
    if args.no_cache {
        return None;
    }
    let want = super::demand(args);
    let (profile, access, _) =
        token::cached(out, &want, &Question::of(global, args.scope.as_deref())?, global, started)?;
    Some((profile, Issued::at_hand(access)))
}
