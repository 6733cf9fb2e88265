//! When, and how long.

use std::time::Duration;

use crate::base::clock::rfc3339;
use crate::base::waiting::{Occasion, What};
use crate::credential::access::Access;

/// When it expires, if that is known.
pub(crate) fn until(access: &Access) -> Option<String> {
    access.expires_at().and_then(rfc3339)
}

/// ` at 2026-01-31T12:00:00Z`, of milliseconds since 1970.
pub(crate) fn moment_of(at: i64) -> String {
    rfc3339(at.div_euclid(1_000)).map(|at| format!(" at {at}")).unwrap_or_default()
}

/// In the largest unit that says enough.
pub(crate) fn words_of(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// What a run waits for, to whoever waits with it, or wants to end it.
pub(crate) fn waits(what: What, left: Option<Duration>, occasion: Occasion) -> String {
    let most = left.map(|left| format!(", for {} s at most", left.as_secs() + 1)).unwrap_or_default();
    let what = match what {
        What::Lock => "another run of tokcli, which is busy with this credential",
        What::Connection => "a connection to the vendor",
        What::Answer | What::FreeAnswer => "the vendor's answer",
        What::Saving => "the new credential to be saved",
        What::Secret => "the command that gives a secret",
        What::Program => "another program",
        What::Owner => "the machine that has the login",
        What::Keyring => "the keyring",
        What::Visit => "the login in the browser",
    };
    match occasion {
        Occasion::TakesLong => format!("waiting for {what}{most}"),
        Occasion::Signal => format!(
            "waiting for {what}{most}, and then this run ends; do not kill it (`kill -9`): what the vendor gives would be lost, and what was sent may be spent"
        ),
    }
}
