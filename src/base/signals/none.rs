//! Where there are no signals to hold off.

use crate::base::error::Result;

pub(super) struct Mask;

pub(super) fn hold() -> Mask {
    Mask
}

pub(super) fn restore(_: &Mask) {}

pub(super) struct Caught;

impl Caught {
    pub(super) fn all() -> Result<Caught> {
        Ok(Caught)
    }

    pub(super) fn each(self, _: impl Fn(i32)) {}
}

pub(crate) fn obey(_: i32) {}

pub(crate) fn is_fatal(_: i32) -> bool {
    true
}
