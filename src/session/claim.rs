//! Waiting for the claim of a credential, for whoever does not look at it meanwhile.

use std::time::Instant;

use crate::base::error::{Code, Error, Result};
use crate::base::poll::Poll;
use crate::base::waiting::{Waiting, What};
use crate::store::{Claim, Store};

/// `what` the claim is of, in words: `the credential ...`. `Err`: another run had it until `deadline`.
pub(crate) fn take(store: &Store, what: &str, deadline: Instant) -> Result<Claim> {
    let mut poll = Poll::until(deadline);
    let _waiting = Waiting::begin(What::Lock, Some(deadline));
    loop {
        if let Some(claim) = store.claim()? {
            return Ok(claim);
        }
        if !poll.wait() {
            return Err(busy(what));
        }
    }
}

pub(crate) fn busy(what: &str) -> Error {
    Error::new(Code::Busy, format!("another run of tokcli is busy with {what}"))
}

/// As `what` of a profile's credential.
pub(crate) fn credential(account: &str) -> String {
    format!("the credential `{account}`")
}
