//! `tokcli status --check`: whether a person is needed, now or within a time, by the exit status alone. For prompts and
//! monitoring: what was found out is kept, and the small program says it again (`warm/cache/forecast.rs`).

use std::time::Duration;

use super::line::{Line, line, names};
use super::owner;
use crate::base::clock::{Moment, millis};
use crate::base::error::{Code, Error, Result};
use crate::commands::context::Context;
use crate::profile::configuration::Profiles;
use crate::terminal::wording::moment_of;
use crate::warm::cache::forecast;

/// The exit status: 0, 4 if a person is needed, or that of what cannot be read; of several the highest.
pub(super) fn run(context: &Context<'_>, within: Duration, asks_owner: bool) -> Result<u8> {
    let profiles = context.profiles()?;
    let mut lines: Vec<Line> =
        names(context, &profiles)?.iter().map(|name| line(context, &profiles, name)).collect();
    if asks_owner {
        owner::ask(context, &profiles, &mut lines);
    }
    let until = Moment::now().wall_ms.saturating_add(millis(within));
    let mut exit = tell(context, &lines);
    for line in &lines {
        if line.needs_person || line.dies.is_some_and(|dies| dies <= until) {
            let said = line
                .said_before
                .map(|at| format!(", as its owner said{}", moment_of(at)))
                .unwrap_or_default();
            context.out.step(&format!("`{}` needs a person: {}{said}", line.profile, line.state()));
            exit = exit.max(Code::LoginRequired.exit());
        }
    }
    keep(context, &profiles, &mut lines);
    Ok(exit)
}

/// What is wrong; with `--json` the worst of it.
fn tell(context: &Context<'_>, lines: &[Line]) -> u8 {
    let trouble = |line: &'_ Line| line.trouble.clone().map(|error| (line.profile.clone(), error));
    let mut all: Vec<(String, Error)> = lines.iter().filter_map(trouble).collect();
    let exit = |(_, error): &(String, Error)| error.code.exit();
    let worst = all.iter().map(exit).max().unwrap_or(0);
    if context.out.json() {
        all.retain(|one| exit(one) == worst);
        all.truncate(1);
    }
    if context.out.json() {
        all.iter().for_each(|(profile, error)| context.out.error(Some(profile), error));
        return worst;
    }
    // Where all have one keyring, one line is enough for it.
    while let Some((profile, error)) = all.first().cloned() {
        let alike = |one: &(String, Error)| one.1.message() == error.message();
        let names: Vec<String> =
            all.iter().filter(|one| alike(one)).map(|(name, _)| format!("`{name}`")).collect();
        let told = Error::new(error.code, format!("{}: {}", names.join(", "), error.message()));
        let hint = error.hint.clone();
        context.out.error(Some(&profile), &hint.into_iter().fold(told, Error::hint));
        all.retain(|one| !alike(one));
    }
    worst
}

/// For the next check, unless one of them would have to look again.
fn keep(context: &Context<'_>, profiles: &Profiles, lines: &mut [Line]) {
    let journals: Option<Vec<_>> = lines.iter_mut().map(|line| line.watched.take()).collect();
    if let Some(journals) = journals {
        let needs_person = lines.iter().any(|line| line.needs_person);
        let dies = lines.iter().filter_map(|line| line.dies).min();
        forecast::keep(context.global, profiles, &journals, needs_person, dies);
    }
}
