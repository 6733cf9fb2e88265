//! Waiting for the claim of a credential. Whoever looks at it meanwhile goes through the queue step by step.

use std::time::{Duration, Instant};

use super::demand::Invocation;
use crate::base::error::{Code, Error, Result};
use crate::base::poll::Poll;
use crate::base::waiting::{Waiting, What};
use crate::credential::fleet::Consent;
use crate::credential::state::Credential;
use crate::profile::Profile;
use crate::store::{Claim, Store, Turn};

/// Of the profile's credential.
pub(crate) fn of_credential(invocation: &Invocation<'_>, profile: &Profile, store: &Store) -> Result<Claim> {
    take(store, &credential(profile), invocation.deadline)
}

/// The credential, once no other machine is about to renew it. `Err`: one was until the deadline.
pub(crate) fn when_at_rest(
    invocation: &Invocation<'_>,
    profile: &Profile,
    store: &mut Store,
    claim: &Claim,
) -> Result<Credential> {
    let mut queue = None;
    loop {
        let there = store.load(claim)?;
        let Turn::Wait { holder } = store.turn(&there, false, Consent::Nobody)? else { return Ok(there) };
        let queue = queue.get_or_insert_with(|| Queue::of_the_fleet(invocation.deadline));
        queue.wait_for(Some(&holder), profile)?;
    }
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

/// Another machine at work is asked about less often: each look is a question to a server that many share.
const FAR: Duration = Duration::from_millis(700);

impl Queue {
    /// For a machine that has the claim of the fleet.
    pub(super) fn of_the_fleet(deadline: Instant) -> Queue {
        Queue { poll: Poll::slowly(deadline, FAR), _waiting: Waiting::begin(What::Lock, Some(deadline)) }
    }

    /// The same for one on another machine.
    pub(super) fn wait_for(&mut self, holder: Option<&str>, profile: &Profile) -> Result<()> {
        if self.poll.wait() {
            return Ok(());
        }
        let who =
            holder.map_or_else(|| "another machine".to_owned(), |holder| format!("the machine `{holder}`"));
        let busy = Error::new(Code::Busy, format!("{who} is busy with {}", credential(profile)));
        Err(busy.hint("run the command again; a machine that died counts as busy for about three minutes"))
    }

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
