//! What `tokcli` itself is on Linux: a small program that answers `tokcli token` and `status --check` from
//! the cache, and hands everything else over to the engine, the large one beside it.
//!
//! A program pays at its start for all that it may ever do: of the engine alone the
//! dynamic loader touches more pages than a warm call does altogether.

mod surfaces;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Instant;

use crate::base::clock::{ClockReading, Moment};
use crate::base::error::Code;
use crate::base::poll::Poll;
use crate::base::waiting::{Occasion, PATIENCE, What};
use crate::credential::access::Access;
use crate::credential::issued::Issued;
use crate::session::demand::Demand;
use crate::session::freshness;
use crate::terminal::arguments::usage::asks_for_json;
use crate::terminal::arguments::{Cli, Command, Global, Token};
use crate::terminal::output::{self, Output};
use crate::warm::cache::{Cache, Plan, Question, forecast};
use crate::warm::engine;

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
    let error = engine::start(started, words);
    output::usage(&error, asks_for_json());
    ExitCode::from(error.code.exit())
}

/// Of `status --check`, which says nothing else. `None`: the stores must be looked into.
fn foretold(words: &[OsString]) -> Option<ExitCode> {
    let Cli { global, command: Command::Status(args) } = Cli::quick_check(words)? else { return None };
    let needed = forecast::foretold(&global, args.within.unwrap_or_default())?;
    Some(ExitCode::from(if needed { Code::LoginRequired.exit() } else { 0 }))
}

/// `None`: the engine is needed, or will say it better.
fn printable(out: &Output, args: &Token, global: &Global, started: ClockReading) -> Option<(String, Issued)> {
    if args.no_cache {
        return None;
    }
    let want = super::demand(args);
    let (profile, access, _) =
        cached(out, &want, &Question::of(global, args.scope.as_deref())?, global, started)?;
    Some((profile, Issued::at_hand(access)))
}

/// The profile that is meant, and its token at this time. `None`: the engine is needed, or will say it better.
fn cached(
    out: &Output,
    want: &Demand,
    question: &Question,
    global: &Global,
    started: ClockReading,
) -> Option<(String, Access, Moment)> {
    let cache = Cache::open()?;
    let (plan, mut journal) = Plan::find(&cache, question)?;
    let deadline = started.later(global.deadline());
    let mut waiting = Poll::until(deadline);
    let mut waited = false;
    let mut began = None;
    loop {
        if let Some((access, now)) = plan.token(&cache, &journal)
            && let Some(cut) = freshness::serves(want, plan.min_ttl, &access, &now)
        {
            cut.into_iter().for_each(|cut| out.warn(cut.words()));
            return Some((plan.profile, access, now));
        }
        // A run that refreshes lets go of the lock a moment before it leaves its token in the cache.
        let busy = !want.offline && plan.awaits_one(want, &journal);
        if !(busy || waited) || !waiting.wait() {
            return None;
        }
        waited = busy;
        if say_once(&mut began) && out.is_watched() {
            let left = deadline.saturating_duration_since(Instant::now());
            output::waits(What::Lock, Some(left), Occasion::TakesLong);
        }
        journal = plan.journal()?;
    }
}

/// Whether the time has come to say what is waited for. `began`: `None` inside when that is said.
fn say_once(began: &mut Option<Option<Instant>>) -> bool {
    let since = began.get_or_insert_with(|| Some(Instant::now()));
    since.take_if(|since| since.elapsed() >= PATIENCE).is_some()
}
