//! What `tokcli` itself is on Linux: a small program that answers `tokcli token` and `status --check` from
//! the cache, and hands everything else over to the engine, the large one beside it.
//!
//! A program pays at its start for all that it may ever do: of the engine alone the
//! dynamic loader touches more pages than a warm call does altogether.

use std::ffi::{CString, OsString};

use zeroize::Zeroizing;

use crate::base::clock::ClockReading;
use crate::base::error::Code;
use crate::credential::issued::Issued;
use crate::terminal::arguments::usage::{asks_for_doctor, asks_for_json};
use crate::terminal::arguments::{Cli, Command, Global, Token};
use crate::terminal::finding::Finding;
use crate::terminal::output::{self, Output};
use crate::warm::answer::{Answer, Manner};
use crate::warm::cache::{Question, forecast};
use crate::warm::{engine, surfaces, token};

pub(crate) fn run(started: ClockReading, words: Vec<OsString>) -> u8 {
    if let Some(answer) = answered(started, &words, Manner::Patient) {
        return answer.print();
    }
    let doctor = asks_for_doctor(&words);
    let error = engine::start(started, words);
    if doctor {
        let anew = || "install `tokcli` and `tokcli-engine` again".to_owned();
        output::found(Finding::of("engine", &error, anew), asks_for_json());
        return Code::Internal.exit();
    }
    output::usage(&error, asks_for_json());
    error.code.exit()
}

/// What comes of a call before the C library has started.
pub enum AtHand {
    /// To be printed as it is, and the exit code.
    Answer(Zeroizing<Vec<u8>>, u8),
    /// No cache ever answers that: what is to be executed, its path first.
    Engine(Vec<CString>),
}

/// `None`: somebody must look further.
pub(crate) fn at_hand(words: &[OsString]) -> Option<AtHand> {
    let started = ClockReading::now();
    if let Some(answer) = answered(started, words, Manner::AtOnce) {
        return Some(AtHand::Answer(answer.text, answer.code));
    }
    if is_for_the_engine(words) { engine::at_once(started, words).map(AtHand::Engine) } else { None }
}

fn is_for_the_engine(words: &[OsString]) -> bool {
    match Cli::quick(words) {
        Some(Cli { command: Command::Token(args), .. }) => args.no_cache,
        _ => Cli::quick_check(words).is_none() && Cli::quick_surface(words).is_none(),
    }
}

fn answered(started: ClockReading, words: &[OsString], manner: Manner) -> Option<Answer> {
    let Some(Cli { global, command: Command::Token(args) }) = Cli::quick(words) else {
        return foretold(words).or_else(|| surfaces::answered(started, words, manner));
    };
    let out = Output::new(&global);
    let (profile, issued) = printable(&out, manner, &args, &global, started)?;
    match out.issued(&profile, &issued) {
        Ok(text) => Some(Answer { out, profile: Some(profile), text: text.into(), code: 0 }),
        Err(error) => Answer::failed(out, Some(profile), &error, manner),
    }
}

/// Of `status --check`, which says nothing else. `None`: the stores must be looked into.
fn foretold(words: &[OsString]) -> Option<Answer> {
    let Cli { global, command: Command::Status(args) } = Cli::quick_check(words)? else { return None };
    let needed = forecast::read::foretold(&global, args.within.unwrap_or_default())?;
    let code = if needed { Code::LoginRequired.exit() } else { 0 };
    Some(Answer { out: Output::new(&global), profile: None, text: Zeroizing::default(), code })
}

/// `None`: the engine is needed, or will say it better.
fn printable(
    out: &Output,
    manner: Manner,
    args: &Token,
    global: &Global,
    started: ClockReading,
) -> Option<(String, Issued)> {
    if args.no_cache {
        return None;
    }
    let want = super::demand(args);
    let (profile, access, _) =
        token::cached(out, manner, &want, &Question::of(global, args.scope.as_deref())?, global, started)?;
    Some((profile, Issued::at_hand(access)))
}
