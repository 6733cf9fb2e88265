//! The timer that keeps logins alive, if one was installed: whether it runs, what its last run met, and whether it gets at the
//! keyring when nobody is logged in.

use super::finding::{Found, about};
use super::scope::{Scope, in_keyring};
use crate::base::clock::rfc3339;
use crate::base::error::{Code, Error};
use crate::commands::keepalive::standing::{Standing, standing};
use crate::store::last_run::LastRun;
use crate::terminal::arguments::keepalive::TimerKind;
use crate::terminal::finding::Finding;

const CHECK: &str = "timer";
const ANEW: &str = "`tokcli keepalive install` sets it up anew, or says why it cannot run";

pub(super) fn check(scope: &Scope<'_>, found: &mut Found) {
    let Ok(path) = scope.context.global.config_path() else { return };
    let hidden = scope.profiles.as_ref().map(|all| all.secret_variables()).unwrap_or_default();
    let Ok(mut there) = standing(hidden, &path, scope.context.invocation.deadline) else { return };
    // That of another configuration is none of this one's.
    let own = std::path::absolute(&path).unwrap_or(path);
    there.timers.retain(|timer| timer.configuration.as_ref().is_none_or(|other| *other == own));
    let trouble = there.timers.iter().flat_map(|timer| &timer.trouble);
    found.extend(trouble.map(|words| Finding::new(CHECK, format!("the timer does not run: {words}"), ANEW)));
    if there.timers.iter().all(|timer| timer.trouble.is_empty()) && !there.timers.is_empty() {
        let overdue = there.overdue.as_ref();
        found.extend(overdue.map(|words| Finding::new(CHECK, format!("the timer does not run: {words}"), ANEW)));
        found.extend(without_a_session(scope, &there));
        failed(there.last.as_ref(), found);
    }
}

/// A timer has an environment of its own, in which a run may lack what it has here. What a person has to do about a login is
/// told with that, and what only passed is over.
fn failed(last: Option<&LastRun>, found: &mut Found) {
    let Some(last) = last else { return };
    let of_surroundings = |code: Option<Code>| {
        code.filter(|code| matches!(code, Code::Config | Code::StoreLocked | Code::StoreUnavailable))
    };
    let at = rfc3339(last.began.wall_ms.div_euclid(1_000)).unwrap_or_default();
    let words = |code: Code| format!("the timer's run of {at} failed (`{}`), though nothing is wrong here", code.word());
    let mend = || "`tokcli keepalive install` looks at it as the timer does, and says what is in the way".to_owned();
    let well = found.is_well();
    for ended in last.profiles.iter().filter(|_| well) {
        if let Some(code) = of_surroundings(ended.code) {
            let error = Error::new(code, format!("`{}`: {}", ended.profile, words(code)));
            found.add(about(CHECK, &ended.profile, &error, mend));
        }
    }
    if let Some(code) = of_surroundings(last.code).filter(|_| well) {
        found.add(Finding::new(CHECK, words(code), mend()));
    }
}

fn without_a_session(scope: &Scope<'_>, there: &Standing) -> Option<Finding> {
    let mut timers = there.timers.iter();
    timers.find(|timer| timer.kind == TimerKind::Cron || timer.lingers == Some(true))?;
    let first = scope.asked.iter().find(|profile| in_keyring(&profile.store))?;
    let words = format!(
        "after a reboot the keyring is locked until somebody logs in, and the timer's runs before that fail for `{}`",
        first.name
    );
    let mend = format!("`store = \"file\"` under [profiles.{}], and a login for it", first.name);
    Some(Finding::new("keyring_after_reboot", words, mend))
}
