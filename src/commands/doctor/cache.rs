//! The cache. Without it all is as it should be, only slower.

use crate::terminal::finding::Finding;
use crate::warm::cache::Cache;

pub(super) fn check() -> Option<Finding> {
    let words = "the kernel's keyring is refused or not there, as in many containers: each `token` reads the store, which is slower";
    (cfg!(target_os = "linux") && Cache::open().is_none()).then(|| Finding::note("cache", words))
}
