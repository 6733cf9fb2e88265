//! The surfaces that are asked most often, answered from the cache: a header, a mail program's response, and git.

use std::ffi::OsString;

use crate::base::clock::ClockReading;
use crate::base::error::refused;
use crate::session::demand::Demand;
use crate::surface::{Handed, git, header, sasl};
use crate::terminal::arguments::{Cli, Command, Global, HelperCommand, Later};
use crate::terminal::input;
use crate::terminal::output::Output;
use crate::warm::answer::{Answer, Manner};
use crate::warm::cache::Question;
use crate::warm::token::cached;

/// `None`: the engine is needed, or will say it better; what was read of standard input is there again.
pub(super) fn answered(started: ClockReading, words: &[OsString], manner: Manner) -> Option<Answer> {
    let Cli { global, command } = Cli::quick_surface(words)?;
    let out = Output::new(&global);
    let plain = Demand { obey_marks: true, ..Demand::default() };
    let hand = |question: Option<Question>, want: &Demand, global: &Global| {
        let (_, access, now) = cached(&out, manner, want, &question?, global, started)?;
        // The engine has the key of one that is bound to one.
        Handed::of(&access, &now).ok()
    };
    let mut answer = match command {
        Command::Header(args) => {
            let want = Demand { half_a_life: args.fresh, ..plain };
            let handed = hand(Question::of(&global, None), &want, &global)?;
            header::shown(&handed, None, args.form)
        }
        Command::Sasl(args) => {
            let handed = hand(Question::of(&global, None), &plain, &global)?;
            sasl::line(args.mechanism, &args.mailbox(), &handed)
        }
        // Its question comes as standard input, which can be read once.
        Command::Helper(Later(HelperCommand::Git { .. })) if manner == Manner::AtOnce => return None,
        Command::Helper(Later(HelperCommand::Git { username, .. })) => {
            let input = match input::all() {
                Ok(input) => input,
                // What is left of it would be another question.
                Err(words) => return Answer::failed(out, None, &refused(words), manner),
            };
            let found = git::Request::read(&input).ok().and_then(|request| {
                let question = Question::of_address(&global, &request.address());
                Some(request.answer(&hand(question, &plain, &global)?, username.as_deref()))
            });
            match found {
                Some(answer) => answer,
                None => {
                    let words = input::put_back(&input).err()?;
                    return Answer::failed(out, None, &refused(words), manner);
                }
            }
        }
        _ => return None,
    };
    Some(Answer { out, profile: None, text: std::mem::take(&mut *answer).into_bytes().into(), code: 0 })
}
