//! What it may cost to fill in the templates of one request: a dialect is data, and data must not be able to fill the
//! memory or to keep a run from ending.

use std::cell::Cell;

/// Of all texts, lists and maps that are made on the way, in bytes.
const MOST_TEXT: usize = 16 << 20;
const TEXT_SPENT: &str = "the templates of this request produce more than 16 MiB in all; remove what repeats, or make it once under `values`";

/// Of what costs time, in iterations of PBKDF2: a second or two.
const MOST_WORK: u64 = 5_000_000;
const WORK_SPENT: &str = "deriving keys, signing and encrypting for this request costs more than 5,000,000 PBKDF2 iterations; lower the iterations or the cost, or make the value once under `values`";

/// One signature, or what is encrypted by a public key, with the largest keys. One with a shared secret costs less, and
/// is not told apart.
pub(super) const ONE_SIGNATURE: u64 = 20_000;

#[derive(Debug, Default)]
pub(super) struct Budget {
    text: Cell<usize>,
    work: Cell<u64>,
}

impl Budget {
    pub(super) fn text(&self, bytes: usize) -> Result<(), String> {
        self.text.set(self.text.get().saturating_add(bytes));
        if self.text.get() > MOST_TEXT { Err(TEXT_SPENT.into()) } else { Ok(()) }
    }

    /// Before it is done.
    pub(super) fn work(&self, iterations: u64) -> Result<(), String> {
        self.work.set(self.work.get().saturating_add(iterations));
        if self.work.get() > MOST_WORK { Err(WORK_SPENT.into()) } else { Ok(()) }
    }

    /// Whatever is filled in next fails.
    pub(super) fn is_spent(&self) -> bool {
        self.text.get() > MOST_TEXT || self.work.get() > MOST_WORK
    }
}
