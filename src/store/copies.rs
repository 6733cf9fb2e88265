//! The copies of one credential: the journal's and the backend's, and what they come to when they are looked at.

use super::journal::Unsealed;
use super::seal::SealingKey;
use crate::credential::merge::merged;
use crate::credential::state::{Credential, Order};

/// What a look without the claim shows.
pub(crate) enum Look {
    Nothing,
    Settled(Box<Credential>, SealingKey),
    /// The journal is ahead of the store, or has buried it; how, if the key opens it.
    /// Whoever wants to use it takes the claim, which brings them together.
    Unsettled(Option<Box<Credential>>),
}

/// The copies of one credential.
pub(super) enum Copies {
    None,
    /// The journal says so, and the backend holds nothing newer; perhaps something older is left there.
    Buried {
        order: Order,
        left: bool,
    },
    Some {
        held: Unsealed,
        stored: Option<Box<Credential>>,
        key: SealingKey,
    },
}

/// Whether the copies agree as far as a look needs it: with an attempt open in the backend's, the journal may hold its
/// answer; otherwise what the journal alone knows of the same rotation can wait.
pub(super) fn looked(held: Option<Credential>, stored: Option<Box<Credential>>, key: SealingKey) -> Look {
    let right = Box::new(merged(held.as_ref(), stored.as_deref(), None));
    let ahead = held.zip(stored).is_some_and(|(held, stored)| match stored.open() {
        Some(_) => held.version > stored.version,
        None => held.order() > stored.order(),
    });
    if ahead { Look::Unsettled(Some(right)) } else { Look::Settled(right, key) }
}
