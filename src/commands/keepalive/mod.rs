//! `tokcli keepalive`: has the platform's timer run `refresh --all --due`, so that a login lives that nobody uses.
//!
//! The rule that matters: an installation is whole or undone, and nothing is written that cannot work.

mod cron;
mod files;
mod fitness;
mod job;
mod launchd;
mod platform;
pub(super) mod standing;
mod systemd;
mod task;
mod timer;

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use self::platform::Platform;
use self::timer::{Found, Job, Part, Timer, any_minute};
use super::context::Context;
use super::tools::Tools;
use crate::base::error::{Code, Error, Result, refused};
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::terminal::arguments::keepalive::{InstallTimer, Keepalive, TimerKind};

pub(super) fn run(context: &Context<'_>, args: &Keepalive) -> Result<u8> {
    if context.global.profile.is_some() {
        let words = "`keepalive` is about every profile; omit `--profile`";
        return Err(Error::new(Code::Usage, words));
    }
    match args {
        Keepalive::Install(args) => install(context, args),
        Keepalive::Status => status(context),
        Keepalive::Remove => remove(context),
    }
    .map(|()| 0)
}

/// What secrets are read from; nothing, where nobody can tell.
fn hidden(context: &Context<'_>) -> Arc<[String]> {
    context.profiles().map_or_else(|_| Arc::default(), |profiles| profiles.secret_variables())
}

fn install(context: &Context<'_>, args: &InstallTimer) -> Result<()> {
    let profiles = context.profiles()?;
    let tools = Tools::new(profiles.secret_variables(), context.invocation.deadline);
    let platform = Platform { tools: &tools };
    let found = platform.found()?;
    let kind = kind(args, &platform, &found)?;
    let timer = platform.timer(kind);
    let all = fitness::legible(context.out, &profiles);
    let path = context.global.config_path()?;
    let job = job::job(context.out, kind, args.program.as_deref(), &path, fitness::calls(&all))?;
    fitness::check(context.out, &tools, &all, timer.as_ref(), &job)?;
    if args.dry_run {
        let other = found.iter().find(|found| found.kind != kind);
        if let Some(other) = other {
            let words = "`tokcli keepalive remove` removes that first";
            context.out.warn(format!(
                "{} runs it already, and {} would be refused; {words}",
                other.kind.word(),
                kind.word()
            ));
        }
        return print(context, timer.as_ref(), &job);
    }
    let change = timer.install(&job)?;
    let before = found.iter().find_map(|found| found.configuration.clone());
    if let Some(before) = before.filter(|before| before.as_os_str() != job.configuration()) {
        context.out.warn(format!("it was for {} until now; a machine has one timer", before.display()));
    }
    let now = timer.found()?;
    let places: Vec<String> =
        now.iter().flat_map(|found| &found.parts).map(|part| part.place.display().to_string()).collect();
    context.out.say(&match change {
        timer::Change::Unchanged => format!("the timer is there already: {}", places.join(", ")),
        _ => format!("{} runs `tokcli refresh --all --due` each hour: {}", kind.word(), places.join(", ")),
    });
    warn(context, &all, kind, now.as_ref());
    tell(context, change.word(), kind, now.map(|found| found.parts).unwrap_or_default())
}

fn kind(args: &InstallTimer, platform: &Platform<'_>, found: &[Found]) -> Result<TimerKind> {
    let there = found.first().map(|found| found.kind);
    let kind = match args.timer.or(there) {
        Some(kind) => kind,
        None => platform.usual()?,
    };
    if !args.dry_run && !Platform::has(kind) {
        return Err(refused(format!(
            "there is no {} here; `--dry-run` prints what it would be given",
            kind.word()
        )));
    }
    match there.filter(|there| *there != kind && !args.dry_run) {
        None => Ok(kind),
        Some(there) => {
            let words =
                format!("{} runs it already, and {} would run it once more", there.word(), kind.word());
            Err(refused(words).hint("`tokcli keepalive remove` removes that first"))
        }
    }
}

const UNTIL_LOGOUT: &str = "it stops when you log out; `loginctl enable-linger` keeps it running";

/// What may fail although the timer is there.
fn warn(context: &Context<'_>, all: &[Profile], kind: TimerKind, found: Option<&Found>) {
    let lingers = found.and_then(|found| found.lingers);
    if let Some(found) = found {
        found.trouble.iter().for_each(|words| context.out.warn(words.clone()));
    }
    if lingers == Some(false) {
        context.out.warn(UNTIL_LOGOUT);
    }
    let without_a_session = kind == TimerKind::Cron || lingers == Some(true);
    fitness::warn_of_the_keyring(context.out, all, without_a_session);
}

fn print(context: &Context<'_>, timer: &dyn Timer, job: &Job) -> Result<()> {
    let parts = timer.parts(job, any_minute())?;
    if !context.out.json() {
        let text = parts.iter().map(|part| format!("{}:\n{}", part.place.display(), part.text));
        return context.out.text(&text.collect::<Vec<_>>().join("\n"));
    }
    tell(context, "printed", timer.kind(), parts)
}

fn tell(context: &Context<'_>, outcome: &str, kind: TimerKind, parts: Vec<Part>) -> Result<()> {
    if !context.out.json() {
        return Ok(());
    }
    let files: Vec<Value> =
        parts.into_iter().map(|part| json!({ "path": part.place, "text": part.text })).collect();
    let warnings = context.out.take_warnings();
    context.out.object(&json!({
        "version": 1, "outcome": outcome, "timer": kind.word(), "files": files, "warnings": warnings,
    }))
}

/// Why a run of this timer would fail now, in its own environment. `None`: it would not, or nobody can tell.
pub(super) fn refusal(context: &Context<'_>, profiles: &Profiles, found: &Found) -> Option<Error> {
    let out = &context.out.silent();
    let tools = Tools::new(profiles.secret_variables(), context.invocation.deadline);
    let platform = Platform { tools: &tools };
    let name = |path: &Option<PathBuf>| Some(path.as_ref()?.to_str()?.to_owned());
    let job = Job::new(name(&found.program)?, name(&found.configuration)?, found.environment.clone());
    let timer = platform.timer(found.kind);
    fitness::check(out, &tools, &fitness::legible(out, profiles), timer.as_ref(), &job).err()
}

fn status(context: &Context<'_>) -> Result<()> {
    let path = context.global.config_path()?;
    let standing = standing::standing(hidden(context), &path, context.invocation.deadline)?;
    if context.out.json() {
        return context.out.object(&standing.object());
    }
    context.out.text(&standing.text())?;
    for found in &standing.timers {
        found.trouble.iter().for_each(|words| context.out.warn(words.clone()));
        if found.lingers == Some(false) {
            context.out.warn(UNTIL_LOGOUT);
        }
    }
    standing.overdue.iter().for_each(|words| context.out.warn(words.clone()));
    Ok(())
}

fn remove(context: &Context<'_>) -> Result<()> {
    let tools = Tools::new(hidden(context), context.invocation.deadline);
    let platform = Platform { tools: &tools };
    let mut removed: Vec<&str> = Vec::new();
    for timer in platform.timers() {
        if timer.remove()? {
            removed.push(timer.kind().word());
        }
    }
    let outcome = if removed.is_empty() { "unchanged" } else { "removed" };
    context.out.say(&match removed.is_empty() {
        true => "no keepalive timer is installed".to_owned(),
        false => format!("removed the timer: {}", removed.join(", ")),
    });
    if context.out.json() {
        context.out.object(&json!({ "version": 1, "outcome": outcome, "timers": removed }))?;
    }
    Ok(())
}
