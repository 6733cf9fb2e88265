//! One connection to an owner: the program that carries it, and what its end means where no answer came.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use super::wire::{Answer, Asked, Request, Said};
use crate::base::error::{Code, Error, Result, config, internal};
use crate::base::program::command_in;
use crate::base::runner::{self, Call, Ended, Failure, Input};
use crate::base::shell;
use crate::base::waiting::What;
use crate::profile::secret_command::stderr;
use crate::profile::{Profile, RemoteStore};
use crate::session::demand::Invocation;
use crate::store::draw_nonce;

/// As for a connection to a vendor.
const LEAST: Duration = Duration::from_secs(1);
/// In bytes, of all that comes back, banners included.
const LARGEST: usize = 512 << 10;
/// Of the time that is left, in tenths: the owner has so much, so that its own words are heard.
const OWNERS_SHARE: u32 = 9;
/// What the program is asked to do there, unless the key that lets it in says so already.
const SERVE_ONCE: &str = "serve-once";

/// `Err`: the owner was not asked, did not answer, or said why not.
pub(super) fn exchange(
    invocation: &Invocation<'_>,
    profile: &Profile,
    ask: Asked,
    more: impl FnOnce(&mut Request),
) -> Result<Answer> {
    let owner = profile.store.owner().ok_or_else(|| internal("there is no owner"))?;
    let mut request = Request::new(draw_nonce()?, ask, profile);
    let left = invocation.deadline.saturating_duration_since(Instant::now()).max(LEAST);
    request.deadline_ms = u64::try_from((left / 10 * OWNERS_SHARE).as_millis()).ok();
    more(&mut request);
    invocation.out.step(&format!("asking {}", owner_of(profile)));
    let ended = run(owner, profile, invocation.out.json(), left, &request)?;
    let answer = Answer::find(&ended.output, request.nonce())
        .ok_or_else(|| unanswered(owner, &owner_of(profile), ended.status))?;
    match answer.said {
        Said::Error(failed) => Err(failed.told(&owner_of(profile))),
        _ => Ok(answer),
    }
}

fn run(
    owner: &RemoteStore,
    profile: &Profile,
    silent: bool,
    patience: Duration,
    request: &Request,
) -> Result<Ended> {
    let mut command = command_in(&owner.directory, &owner.command);
    command.arg(SERVE_ONCE);
    let call = Call {
        input: Some(Input::Bytes(request.to_line()?)),
        hidden: &profile.hidden,
        largest: LARGEST,
        stderr: stderr(silent),
        ..Call::new(What::Owner, patience)
    };
    let (program, who) = (&owner.command[0], owner_of(profile));
    runner::run(command, call).map_err(|failure| match failure {
        Failure::NotStarted(why) => config(format!("`stores.{}.command`: `{program}` {why}", owner.name))
            .hint(format!(
                "install `{program}`, or name it by its whole path in `command` under [stores.{}]",
                owner.name
            )),
        Failure::Late(why) => unreachable(owner, format!("{who} {why}")),
        Failure::Other(why) => unreachable(owner, format!("{who} cannot be asked: `{program}` {why}")),
    })
}

/// By how the program ended: `ssh` has the status of what it ran, or 255.
fn unanswered(owner: &RemoteStore, who: &str, status: ExitStatus) -> Error {
    let (program, name) = (&owner.command[0], &owner.name);
    match status.code() {
        // A forced command counts more than what was asked for.
        Some(126 | 127) => config(format!(
            "{who} has no `tokcli` that `{program}` could run there ({status})"
        ))
        .hint(format!(
            "on the owner: install it, and give its whole path in the line of `authorized_keys`; without a `command=` there it belongs in `command` under [stores.{name}] here"
        )),
        Some(2) => config(format!("{who} does not know `{SERVE_ONCE}` ({status})"))
            .hint("install the same version of tokcli on both machines"),
        _ => unreachable(owner, format!("{who} gave no answer: `{program}` ended ({status})")),
    }
}

fn unreachable(owner: &RemoteStore, words: String) -> Error {
    Error::new(Code::Unreachable, words).hint(looked_into_by(owner))
}

/// For the shell of a person here.
const NOTHING: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// How a person sees what the program says.
pub(crate) fn looked_into_by(owner: &RemoteStore) -> String {
    let words: Vec<String> = owner.command.iter().map(|word| shell::quoted(word)).collect();
    let command = words.join(" ");
    format!(
        "`{command} {SERVE_ONCE} < {NOTHING}` shows what is in the way; a tokcli that can be asked says that standard input ended"
    )
}

pub(super) fn owner_of(profile: &Profile) -> String {
    format!("the owner behind the store `{}`", profile.store_name)
}
