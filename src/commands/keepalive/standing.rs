//! Which timer there is, whether it works, and when it ran last and with what: as data, for whoever tells it.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::platform::Platform;
use super::timer::{Found, Part};
use crate::base::clock::{Moment, rfc3339};
use crate::base::error::{Code, Result};
use crate::base::program::is_program;
use crate::base::spoken;
use crate::commands::tools::Tools;
use crate::store::last_run::LastRun;

pub(in crate::commands) struct Standing {
    pub(in crate::commands) timers: Vec<Found>,
    /// Of this configuration.
    pub(in crate::commands) last: Option<LastRun>,
    /// Why it has not run for longer than it should.
    pub(in crate::commands) overdue: Option<String>,
}

/// Three times what lies between two runs at the most, in milliseconds.
const LATE: i64 = 3 * 3_600_000;

/// `hidden`: variables of secrets, which no program of the platform is given.
pub(in crate::commands) fn standing(
    hidden: Arc<[String]>,
    configuration: &Path,
    until: Instant,
) -> Result<Standing> {
    let tools = Tools::new(hidden, until);
    let mut timers = Platform { tools: &tools }.found()?;
    let configuration = std::path::absolute(configuration).unwrap_or(configuration.to_owned());
    for found in &mut timers {
        found.trouble.extend(trouble(found, &configuration));
    }
    let last = LastRun::read()?.filter(|last| last.configuration == configuration);
    let overdue = overdue(&timers, last.as_ref(), &Moment::now());
    Ok(Standing { timers, last, overdue })
}

/// What is wrong with what it would run.
fn trouble(found: &Found, configuration: &Path) -> Option<String> {
    match (&found.program, &found.configuration) {
        (Some(program), _) if !is_program(program) => Some(format!(
            "{} no longer exists; `tokcli keepalive install` names the new one",
            program.display()
        )),
        (_, Some(other)) if other != configuration => Some(format!("it is for {}", other.display())),
        _ => None,
    }
}

fn overdue(timers: &[Found], last: Option<&LastRun>, now: &Moment) -> Option<String> {
    // Who has just started it had nobody to run it before.
    if timers.is_empty() || now.boot_ms < LATE {
        return None;
    }
    match last.map(|last| last.began.age(now)) {
        // By another clock.
        Some(None) => None,
        Some(Some(age)) if age < LATE => None,
        Some(Some(age)) => {
            let span = spoken::rough_span(u64::try_from(age / 1_000).unwrap_or(0));
            Some(format!("the last run was {span} ago, though there should be one each hour"))
        }
        None => {
            let since = timers.iter().filter_map(|found| found.since_ms).max()?;
            (now.wall_ms.saturating_sub(since) >= LATE)
                .then(|| "it has not run yet, though there should be a run each hour".to_owned())
        }
    }
}

impl Found {
    pub(in crate::commands) fn runs(&self) -> bool {
        self.trouble.is_empty()
    }

    pub(super) fn object(&self) -> Value {
        let paths: Vec<&Path> = self.parts.iter().map(|part: &Part| part.place.as_path()).collect();
        json!({
            "timer": self.kind.word(),
            "places": paths,
            "program": self.program,
            "configuration": self.configuration,
            "works": self.runs(),
            "trouble": self.trouble,
            "lingers": self.lingers,
            "next_run_at": self.next_ms.and_then(|ms| rfc3339(ms.div_euclid(1_000))),
        })
    }
}

impl Standing {
    pub(super) fn object(&self) -> Value {
        let code = |code: Option<Code>| code.map(Code::word);
        let last = self.last.as_ref().map(|last| {
            let ended = last
                .profiles
                .iter()
                .map(|one| json!({ "profile": one.profile, "outcome": one.outcome, "code": code(one.code) }));
            json!({
                "began_at": rfc3339(last.began.wall_ms.div_euclid(1_000)),
                "exit": last.exit,
                "code": code(last.code),
                "profiles": ended.collect::<Vec<_>>(),
            })
        });
        let timers: Vec<Value> = self.timers.iter().map(Found::object).collect();
        json!({ "version": 1, "timers": timers, "last_run": last, "overdue": self.overdue.is_some() })
    }

    /// For people: what there is on stdout.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if self.timers.is_empty() {
            text += "timer: none\n";
        }
        for found in &self.timers {
            let places: Vec<String> =
                found.parts.iter().map(|part| part.place.display().to_string()).collect();
            text += &format!("timer: {} ({})\n", found.kind.word(), places.join(", "));
            let works = found.runs() && self.overdue.is_none();
            text += &format!("works: {}\n", if works { "yes" } else { "no" });
            if let Some(next) = found.next_ms.and_then(|ms| rfc3339(ms.div_euclid(1_000))) {
                text += &format!("next run: {next}\n");
            }
        }
        let Some(last) = &self.last else { return text + "last run: none\n" };
        let at = rfc3339(last.began.wall_ms.div_euclid(1_000)).unwrap_or_default();
        let code = last.code.map(|code| format!(" ({})", code.word())).unwrap_or_default();
        text += &format!("last run: {at}, exit {}{code}\n", last.exit);
        for one in &last.profiles {
            let code = one.code.map(|code| format!(", {}", code.word())).unwrap_or_default();
            text += &format!("  {}: {}{code}\n", one.profile, one.outcome);
        }
        text
    }
}
