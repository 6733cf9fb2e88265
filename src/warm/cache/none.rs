//! Where there is no kernel keyring, nothing is kept: the store answers each time.

use std::time::Duration;

pub(crate) struct Cache;

impl Cache {
    pub(crate) fn open() -> Option<Cache> {
        None
    }

    pub(super) fn put(&self, _: &str, _: &[u8], _: Duration) -> Option<()> {
        None
    }

    pub(super) fn remove(&self, _: &str) {}
}
