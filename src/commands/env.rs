//! `tokcli env`: a token as an assignment that a shell reads, or as a variable of a CI job.

mod job;

use super::context::{Context, Failure, Looks};
use crate::base::error::{Code, Error, Result};
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::demand::Demand;
use crate::surface::ci::{self, Ci};
use crate::surface::env::{self, Format};
use crate::surface::variable;
use crate::terminal::arguments::Env;
use crate::warm::cache::Question;
use job::CiJob;

pub(super) fn run(context: &Context<'_>, args: &Env) -> std::result::Result<u8, Failure> {
    let reader = Reader::of(args).map_err(|error| (None, error))?;
    context.with_profile(Looks::AtOnce, |all, profile| give(context, args, &reader, all, profile))
}

/// Who reads the assignment.
enum Reader {
    Shell(Format),
    Job(Ci),
}

impl Reader {
    fn of(args: &Env) -> Result<Reader> {
        if let Some(format) = args.format {
            return Ok(Reader::Shell(format));
        }
        let wrong = |words: String| Err(Error::new(Code::Usage, words));
        match (args.to, &ci::here()[..]) {
            (Some(ci), _) => Ok(Reader::Job(ci)),
            (None, [ci]) => Ok(Reader::Job(*ci)),
            (None, []) => wrong(
                "`env` needs `--format FORMAT` for a shell, or `--to CI` in a job of a CI that it does not recognise"
                    .to_owned(),
            ),
            (None, several) => {
                let names: Vec<String> = several.iter().map(|ci| format!("`{}`", ci.name())).collect();
                wrong(format!("this looks like a job of {}: `--to CI` says which", names.join(" and of ")))
            }
        }
    }
}

/// All that can be known is checked before anything is sent.
fn give(context: &Context<'_>, args: &Env, reader: &Reader, all: &Profiles, profile: &Profile) -> Result<()> {
    variable::check(&args.name)?;
    let ask = || {
        let demand = Demand::of_life(args.life.min_ttl, args.life.fresh);
        context.hand(all, profile, &demand, Question::of(context.global, None))
    };
    match reader {
        Reader::Shell(format) => {
            let line = env::assignment(*format, &args.name, ask()?.token())?;
            context.out.bytes(line.as_bytes())
        }
        Reader::Job(ci) => {
            let job = CiJob::open(*ci, &args.name, &profile.name)?;
            job.give(context.out, ask()?.token(), &all.secret_variables())
        }
    }
}
