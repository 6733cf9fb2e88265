//! A token for a program that may lose its patience: what has to be sent is sent by a process of its own, which goes on, and keeps
//! what comes, if the one that was called is killed in the middle.
//!
//! The rule that matters: the process that a program started sends nothing.

use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::demand::{Demand, Invocation};
use super::refresh::{self, Obtained};
use crate::base::clock::Moment;
use crate::base::detached::{self, Said};
use crate::base::error::{Code, Error, Result, internal};
use crate::credential::access::{Access, AccessExpiry};
use crate::credential::issued::Issued;
use crate::credential::secrets::AccessToken;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;

/// For what a run says at its deadline.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// By which run the token was given out.
pub(crate) enum Given {
    Here(Obtained),
    Apart(Obtained),
}

/// `global`: the options that a run for the same profile has on its command line.
pub(crate) fn obtain(
    invocation: &Invocation<'_>,
    all: &Profiles,
    profile: &Profile,
    demand: &Demand,
    global: &[String],
) -> Result<Given> {
    if let Some(found) = refresh::at_hand(invocation, profile, demand)? {
        return Ok(Given::Here(found));
    }
    let Ok(told) = detached::start_ourselves(&words(invocation, demand, global)) else {
        // Where no process can be started, none is killed for its slowness either.
        return refresh::obtain(invocation, all, profile, demand).map(Given::Here);
    };
    // It has the same deadline, and says better what became of it by then.
    let left = invocation.deadline.saturating_duration_since(Instant::now()) + LAST_WORDS;
    let said = match told.recv_timeout(left) {
        Ok(said) => {
            said.map_err(|cause| internal("the run that was started cannot be heard").because(&cause))?
        }
        Err(RecvTimeoutError::Timeout) => {
            let words = "a refresh is under way, and takes longer than the caller would wait";
            return Err(Error::new(Code::Busy, words).hint("it continues by itself: ask again in a moment"));
        }
        Err(RecvTimeoutError::Disconnected) => return Err(internal("the run that was started is gone")),
    };
    let others = words_of_others(&said);
    if !others.is_empty() {
        invocation.out.report(&others);
    }
    if !said.well {
        return Err(failure(&said));
    }
    let printed = printed(&said)?;
    printed.warnings.iter().for_each(|words| invocation.out.warn(words));
    // As the store has it, with all that is known, also if less of its life is left than was asked for; what the store could not
    // take stands in the answer alone.
    let any = Demand { offline: true, min_ttl: None, half_a_life: false, ..demand.clone() };
    let found = refresh::at_hand(invocation, profile, &any)?;
    let same = found.filter(|(issued, _)| issued.access.token.expose() == printed.access_token);
    Ok(Given::Apart(same.unwrap_or_else(|| (issued(printed), None))))
}

fn words(invocation: &Invocation<'_>, demand: &Demand, global: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    if cfg!(target_os = "linux") {
        words.push(invocation.started.to_word());
    }
    words.push(detached::word_of_the_caller());
    words.extend(["token", "--json"].map(str::to_owned));
    words.extend_from_slice(global);
    if demand.half_a_life {
        words.push("--fresh".to_owned());
    } else if let Some(ttl) = demand.min_ttl {
        words.push(format!("--min-ttl={}s", ttl.as_secs()));
    }
    words
}

/// What commands of the user said: the run itself says one object.
fn words_of_others(said: &Said) -> String {
    let lines = String::from_utf8_lossy(&said.err);
    lines.split_inclusive('\n').filter(|line| !line.starts_with('{')).collect()
}

#[derive(Deserialize)]
struct Printed {
    access_token: String,
    token_type: Option<String>,
    expires_at_unix: Option<i64>,
    warnings: Vec<String>,
}

fn printed(said: &Said) -> Result<Printed> {
    let Ok(printed) = serde_json::from_slice(&said.out) else {
        // Where who ends a program is not told, it ended well.
        return Err(if said.out.is_empty() {
            failure(said)
        } else {
            internal("the run that was started printed no token")
        });
    };
    Ok(printed)
}

fn issued(printed: Printed) -> Issued {
    let at = |seconds: i64| AccessExpiry::At(seconds.saturating_mul(1_000));
    Issued::at_hand(Access {
        token: AccessToken::new(printed.access_token),
        put_together: None,
        token_type: printed.token_type,
        scope: None,
        obtained: Moment::now(),
        expires: printed.expires_at_unix.map_or(AccessExpiry::Unknown, at),
        extra: Default::default(),
        beside: Default::default(),
        id_token: None,
    })
}

#[derive(Deserialize)]
struct Failed {
    error: Told,
}

#[derive(Deserialize)]
struct Told {
    code: String,
    message: String,
    hint: Option<String>,
    retry_after: Option<u64>,
    sealed: Option<String>,
}

/// Its error is ours.
fn failure(said: &Said) -> Error {
    let last = said.err.rsplit(|b| *b == b'\n').find(|line| line.first() == Some(&b'{'));
    let told = last.and_then(|line| serde_json::from_slice::<Failed>(line).ok()).map(|failed| failed.error);
    let Some(told) = told else {
        return internal("the run that was started was ended before it said how it went")
            .hint("`tokcli recover` shows what it left");
    };
    let mut error = Error::new(Code::from_word(&told.code).unwrap_or(Code::Internal), told.message);
    (error.hint, error.retry_after, error.sealed) =
        (told.hint, told.retry_after, told.sealed.map(String::into_boxed_str));
    error
}
