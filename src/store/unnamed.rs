//! Which credentials there are, by their accounts, whatever the profiles say: from the state directory alone, without a
//! key, a keyring or a lock. A credential's files are named by a hash; the lock's file says of what.

use super::files;
use super::id_of;
use super::journal::{Glance, Journal};
use super::state_dir::StateDir;
use crate::base::suggest::check_name;

/// No account's name is longer.
const LONGEST: u64 = 64;

/// A credential that is kept on this machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kept {
    pub(crate) in_keyring: bool,
    pub(crate) account: String,
}

/// Sorted. What cannot be read, or was last used by an earlier version, is not among them.
pub(crate) fn credentials() -> Vec<Kept> {
    let Ok(state) = StateDir::locate() else { return Vec::new() };
    if state.check().is_err() {
        return Vec::new();
    }
    let mut found: Vec<Kept> = state.journals().iter().filter_map(|path| kept(&state, path)).collect();
    found.sort();
    found
}

fn kept(state: &StateDir, journal: &std::path::Path) -> Option<Kept> {
    let id = journal.file_stem()?.to_str()?;
    let file = files::open(&state.lock(id), false).ok()??;
    let account = std::io::read_to_string(std::io::Read::take(file, LONGEST + 1)).ok()?;
    check_name(&account).ok()?;
    let in_keyring = [true, false].into_iter().find(|in_keyring| id == id_of(*in_keyring, &account))?;
    let journal = Journal::open(journal, id, false).ok()??;
    matches!(journal.glance(), Glance::Sealed(_)).then_some(Kept { in_keyring, account })
}
