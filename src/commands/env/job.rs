//! A token as a variable of the steps that follow in a CI job.
//!
//! The rule that matters: first the mask, and only if that was given the value; nothing of either is on the log but what the
//! CI takes off it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use zeroize::Zeroizing;

use crate::base::environment;
use crate::base::error::{Error, Result, config, internal, refused};
use crate::base::program::first_of_whole_paths;
use crate::base::runner::{self, Call, Input, Stderr};
use crate::base::stdout;
use crate::base::waiting::What;
use crate::store::lines::Lines;
use crate::surface::ci::{self, Ci, Means};
use crate::terminal::output::Output;

pub(super) struct CiJob<'a> {
    ci: Ci,
    variable: &'a str,
    way: Way,
}

enum Way {
    /// Commands on the log are enough.
    Log,
    LogAndFile(Lines),
    /// The agent's program.
    Program(PathBuf),
}

impl CiJob<'_> {
    /// `Err`: it would take no variable, or could not mask it.
    pub(super) fn open<'a>(ci: Ci, variable: &'a str, profile: &str) -> Result<CiJob<'a>> {
        let instead = |error: Error| {
            error.hint(format!(
                "`tokcli exec -p {profile} --env {variable} -- CMD` gives the token to one command"
            ))
        };
        let means = ci.means().ok_or_else(|| {
            let words = format!("`{}` cannot mask a value that a job gets while it runs", ci.name());
            instead(refused(words))
        })?;
        ci.check_name(variable)?;
        let way = match means {
            Means::Agent => Way::Program(agent()?),
            Means::Actions => Way::LogAndFile(file()?),
            Means::LoggingCommands => Way::Log,
        };
        if let Some(why) = stdout::misses_the_log().filter(|_| !matches!(way, Way::Program(_))) {
            let words = format!("the mask would not reach the log of `{}`: {why}", ci.name());
            return Err(refused(words).hint("run `tokcli env` in the step as a command of its own"));
        }
        Ok(CiJob { ci, variable, way })
    }

    /// The program of an agent gets none of the `hidden` variables.
    pub(super) fn give(self, out: &Output, value: &str, hidden: &[String]) -> Result<()> {
        self.ci.check_value(value)?;
        match self.way {
            Way::Log => out.bytes(self.ci.commands(self.variable, value).as_bytes()),
            Way::LogAndFile(file) => {
                let lines = ci::lines(self.variable, value, &delimiter()?);
                out.bytes(self.ci.commands(self.variable, value).as_bytes())?;
                file.add(lines.as_bytes())
            }
            Way::Program(program) => {
                told(&program, &["redactor", "add", "--format", "none"], value.as_bytes(), hidden)?;
                let object = Zeroizing::new(json!({ self.variable: value }).to_string());
                let words = ["env", "set", "--input-format", "json", "--output-format", "quiet", "-"];
                told(&program, &words, object.as_bytes(), hidden)
            }
        }
    }
}

fn file() -> Result<Lines> {
    let path = environment::os(ci::FILE).ok_or_else(|| {
        config(format!("environment variable `{}` is not set, as it is in each step of a job", ci::FILE))
    })?;
    Lines::open(ci::FILE, Path::new(&path))
}

fn delimiter() -> Result<String> {
    let mut drawn = [0; 16];
    getrandom::fill(&mut drawn).map_err(|_| internal("the system gives no random bytes"))?;
    Ok(format!("tokcli_{:032x}", u128::from_ne_bytes(drawn)))
}

const AGENT: &str = "buildkite-agent";
/// Where the agent listens to its job.
const SOCKET: &str = "BUILDKITE_AGENT_JOB_API_SOCKET";

fn agent() -> Result<PathBuf> {
    if environment::os(SOCKET).is_none() {
        let words = format!(
            "environment variable `{SOCKET}` is not set: the agent of this job takes no variables from it"
        );
        return Err(config(words));
    }
    let path: OsString = environment::os("PATH").unwrap_or_default();
    first_of_whole_paths(&path, AGENT).ok_or_else(|| {
        config(format!("`{AGENT}` is in none of the directories that `PATH` gives as absolute paths"))
    })
}

/// It asks only its agent, on this machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs it with a secret on standard input; what it says is dropped, since that may repeat it.
fn told(program: &Path, words: &[&str], input: &[u8], hidden: &[String]) -> Result<()> {
    let failed = |why: &str| refused(format!("`{AGENT} {} {}` {why}", words[0], words[1]));
    let mut command = Command::new(program);
    command.args(words);
    let input = Some(Input::Bytes(Zeroizing::new([input, b"\n"].concat())));
    let (stderr, what) = (Stderr::Dropped, What::Program);
    match runner::run(command, Call { input, hidden, stderr, ..Call::new(what, PATIENCE) }) {
        Ok(ended) if ended.status.success() => Ok(()),
        Ok(_) => Err(failed("failed: what it says is not shown, since it may hold the token")),
        Err(failure) => Err(failed(&failure.into_words())),
    }
}
