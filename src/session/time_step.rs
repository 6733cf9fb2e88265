//! The time steps of one-time codes: each has one code, and a code goes out once (RFC 6238 section 5.2). Whoever comes too
//! early waits for the next one. Which were used stands in the credential, written with the intent; the last of them also in
//! what is left of it once it is forgotten.

use std::thread;
use std::time::{Duration, Instant};

use super::demand::Invocation;
use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result, internal};
use crate::credential::state::Credential;
use crate::dialect::flow::Step;
use crate::dialect::nonces::Nonces;
use crate::dialect::totp::Totp;
use crate::profile::Profile;
use crate::profile::secrets::Secrets;
use crate::store::Store;

/// What of the moment a request is made with.
pub(super) struct Turn {
    pub(super) draw: Nonces,
    /// Which its one-time code uses up.
    pub(super) time_step: Option<i64>,
    /// When it had been waited for.
    pub(super) looked: Option<Moment>,
}

/// The clock may be set meanwhile, or the machine sleep.
const MOMENT: Duration = Duration::from_millis(200);

/// For `step`: where it sends a one-time code, the first time step that `before` knows no code of.
pub(super) fn turn(
    invocation: &Invocation<'_>,
    profile: &Profile,
    secrets: &Secrets,
    store: &mut Store,
    step: &Step<'_>,
    before: &Credential,
) -> Result<Turn> {
    let Some(totp) = profile.totp(step, secrets)? else {
        return Ok(Turn { draw: drawn()?, time_step: None, looked: None });
    };
    let turn = next(invocation, &profile.name, &totp, |time_step| before.has_used(time_step))?;
    // Who waited looks again.
    if turn.looked.is_some() && store.peek().is_some_and(|there| there.version > before.version) {
        let words = "the store holds a newer credential than the one that waited for its one-time code";
        return Err(Error::new(Code::Unavailable, words).retry_after(0));
    }
    Ok(turn)
}

fn next(
    invocation: &Invocation<'_>,
    profile: &str,
    totp: &Totp,
    is_used: impl Fn(i64) -> bool,
) -> Result<Turn> {
    let mut waits = false;
    loop {
        let draw = drawn()?;
        let time_step = totp.step(draw.now_ms);
        if !is_used(time_step) {
            let looked = waits.then(Moment::now);
            return Ok(Turn { draw, time_step: Some(time_step), looked });
        }
        let left = totp.left(draw.now_ms);
        let words = format!("`{profile}`: the one-time code of this time step was sent already");
        if Instant::now() + Duration::from_secs(left) > invocation.deadline {
            let words = format!("{words}, and the next begins in {left} s");
            return Err(Error::new(Code::Unavailable, words).retry_after(left));
        }
        if !waits {
            invocation.out.say(&format!("{words}; waiting {left} s for the next"));
        }
        waits = true;
        thread::sleep(MOMENT);
    }
}

fn drawn() -> Result<Nonces> {
    Nonces::now().map_err(internal)
}
