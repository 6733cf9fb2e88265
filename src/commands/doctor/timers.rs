//! The timer that keeps logins alive, if one was installed: whether it runs, whether its runs have all that they need, and
//! whether they get at the keyring when nobody is logged in.

use std::time::Instant;

use super::finding::Found;
use super::scope::Scope;
use crate::base::clock::rfc3339;
use crate::commands::keepalive::refusal;
use crate::commands::keepalive::standing::{Standing, standing};
use crate::profile::configuration::Profiles;
use crate::store::last_run::LastRun;
use crate::terminal::arguments::keepalive::TimerKind;
use crate::terminal::finding::Finding;

const CHECK: &str = "timer";
const ANEW: &str = "`tokcli keepalive install` sets it up again, or says why it cannot run";

pub(super) fn check(scope: &Scope<'_>, found: &mut Found) {
    let Ok(path) = scope.context.global.config_path() else { return };
    let hidden = scope.profiles.as_ref().map(Profiles::secret_variables).unwrap_or_default();
    let deadline = scope.context.invocation.deadline;
    let mut there = match standing(hidden, &path, deadline) {
        Ok(there) => there,
        // Nobody was asked, because no time was left for it; or the state directory is to be mended first.
        Err(_) if Instant::now() >= deadline || scope.state.is_none() => return,
        Err(error) => {
            return found.add(Finding::of(CHECK, &error, || {
                "mend what this names; `tokcli keepalive status` then shows the timer".to_owned()
            }));
        }
    };
    // That of another configuration is none of this one's.
    let own = std::path::absolute(&path).unwrap_or(path);
    there.timers.retain(|timer| timer.configuration.as_ref().is_none_or(|other| *other == own));
    for timer in &there.timers {
        let mend = match timer.kind {
            // It stands in the crontab, and that is all that installing does.
            TimerKind::Cron if timer.is_current() => timer.way_to_run(),
            _ => ANEW,
        };
        let trouble = timer.trouble.iter();
        found.extend(
            trouble.map(|words| Finding::new(CHECK, format!("the timer does not run: {words}"), mend)),
        );
    }
    if let Some(first) =
        there.timers.first().filter(|_| there.timers.iter().all(|timer| timer.trouble.is_empty()))
    {
        let overdue = there.overdue.as_ref();
        found.extend(overdue.map(|words| {
            Finding::new(CHECK, format!("the timer does not run: {words}"), first.way_to_run())
        }));
        found.extend(there.last.as_ref().and_then(failed));
        if first.lingers == Some(false) {
            let words = "the timer stops when you log out; `loginctl enable-linger` keeps it running";
            found.add(Finding::note(CHECK, words));
        }
        found.extend(without_a_session(scope, &there));
        // Its environment is another one: what is well here may not be there.
        let well = found.is_well();
        let profiles = scope.profiles.as_ref().filter(|_| well);
        let refusals = there.timers.iter().filter_map(|timer| refusal(scope.context, profiles?, timer));
        found.extend(refusals.map(|error| Finding::of(CHECK, &error, || ANEW.to_owned())));
    }
}

/// What is wrong still is told by the check that finds it; what has gone by since is worth a look.
fn failed(last: &LastRun) -> Option<Finding> {
    let told =
        last.profiles.iter().filter_map(|one| Some(format!("`{}`: {}", one.profile, one.code?.word())));
    let told: Vec<String> = last.code.map(|code| code.word().to_owned()).into_iter().chain(told).collect();
    let at = rfc3339(last.began.wall_ms.div_euclid(1_000)).unwrap_or_default();
    (last.exit != 0).then(|| {
        let words =
            format!("the timer's last run, at {at}, ended with status {} ({})", last.exit, told.join(", "));
        Finding::note(CHECK, words)
    })
}

/// Where systemd has runs go on without a session, `keyring.rs` knows it.
fn without_a_session(scope: &Scope<'_>, there: &Standing) -> Option<Finding> {
    there.timers.iter().find(|timer| timer.kind == TimerKind::Cron)?;
    let first = scope.asked.iter().find(|profile| profile.store.needs_keyring())?;
    let words = format!(
        "cron also runs while nobody is logged in, and then the keyring is locked: those runs fail for `{}`",
        first.name
    );
    Some(Finding::note("keyring_after_reboot", words))
}
