//! Waiting for the claim of a credential. Whoever looks at it meanwhile goes through the queue step by step.

use std::time::Instant;

use super::demand::Invocation;
use crate::base::error::{Code, Error, Result};
use crate::base::poll::Poll;
use crate::base::waiting::{Waiting, What};
use crate::profile::Profile;
use crate::store::{Claim, Store};

/// Of the profile's credential.
pub(crate) fn of_credential(invocation: &Invocation<'_>, profile: &Profile, store: &Store) -> Result<Claim> {
    take(store, &credential(profile), invocation.deadline)
}

/// `what` the claim is of, in words: `the credential ...`. `Err`: another run had it until `deadline`.
pub(super) fn take(store: &Store, what: &str, deadline: Instant) -> Result<Claim> {
    let mut queue = Queue::until(deadline);
    loop {
        if let Some(claim) = store.claim()? {
            return Ok(claim);
        }
        queue.wait(what)?;
    }
}

pub(super) fn credential(profile: &Profile) -> String {
    format!("the credential `{}`", profile.account)
}

pub(super) struct Queue {
    poll: Poll,
    _waiting: Waiting,
}

impl Queue {
    pub(super) fn until(deadline: Instant) -> Queue {
        Queue { poll: Poll::until(deadline), _waiting: Waiting::begin(What::Lock, Some(deadline)) }
    }

    /// For a moment. `Err`: the time is over, and another run has the claim of `what` still.
    pub(super) fn wait(&mut self, what: &str) -> Result<()> {
        if self.poll.wait() {
            return Ok(());
        }
        Err(Error::new(Code::Busy, format!("another run of tokcli is busy with {what}")))
    }
}
