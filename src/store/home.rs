//! Where the journal of a credential belongs: whether it is there still, after a write, and how it comes back. While a
//! request is out somebody may move, delete or replace it, or the whole state directory; the next run would go on
//! from what it finds there, and present a refresh token that is spent.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::claim::{self, Claim};
use super::files::{self, Identity};
use super::journal::Journal;
use super::seal::SealingKey;
use super::state_dir::StateDir;
use crate::base::error::{Result, damaged, unavailable};
use crate::base::mutex::lock;

/// Of a file with a key, in bytes: that of anything longer is none.
const LONGEST_KEY: u64 = 256;

pub(super) struct Home {
    state: StateDir,
    id: String,
    /// The file whose lock is this run's claim.
    lock: Option<Identity>,
    /// Where the key lies, if that is in the state directory.
    key_file: Option<PathBuf>,
    brought_back: AtomicBool,
    /// Held until the run is over, as the first one is.
    anew: Mutex<Option<Claim>>,
}

impl Home {
    pub(super) fn new(state: StateDir, id: &str, lock: Option<Identity>, key_file: Option<PathBuf>) -> Home {
        Home {
            state,
            id: id.to_owned(),
            lock,
            key_file,
            brought_back: AtomicBool::new(false),
            anew: Mutex::new(None),
        }
    }

    /// Sees that the journal, which was just written, and its key are where the next run looks for them.
    pub(super) fn keep(&self, journal: &mut Journal, key: &SealingKey) -> Result<()> {
        if !journal.is_in_place() {
            self.state.prepare()?;
            self.claim_anew()?;
            self.keep_key(key)?;
            journal.bring_back()?;
            self.brought_back.store(true, Ordering::Relaxed);
        }
        self.keep_key(key)
    }

    /// In a state directory that is another one by now, another run may hold the claim.
    fn claim_anew(&self) -> Result<()> {
        let path = self.state.lock(&self.id);
        let mut anew = lock(&self.anew);
        if anew.is_some() || (self.lock.is_some() && files::identity(&path) == Some(self.lock)) {
            return Ok(());
        }
        let claim = claim::try_lock(&path)?;
        let held = || unavailable(format!("another run of tokcli holds {}", path.display()));
        *anew = Some(claim.ok_or_else(held)?);
        Ok(())
    }

    fn keep_key(&self, key: &SealingKey) -> Result<()> {
        let Some(path) = &self.key_file else { return Ok(()) };
        let put = || files::put(path, (key.to_base64() + "\n").as_bytes());
        match files::identity(path) {
            Some(None) => put(),
            Some(Some(_)) => match files::open(path, false) {
                Ok(Some(file)) => {
                    let mut bytes = Vec::new();
                    file.take(LONGEST_KEY)
                        .read_to_end(&mut bytes)
                        .map_err(|cause| files::failed("read", path, &cause))?;
                    match SealingKey::from_base64(&String::from_utf8_lossy(&bytes)) {
                        Some(there) if there == *key => Ok(()),
                        Some(_) => Err(damaged(format!("{} holds another key now", path.display()))),
                        // Whoever changed it left no key that anything could be sealed by.
                        None => {
                            self.brought_back.store(true, Ordering::Relaxed);
                            put()
                        }
                    }
                }
                // What is no file of ours any more is told by the next run, with its mend; the key may be well in it.
                _ => Ok(()),
            },
            None => Ok(()),
        }
    }

    pub(super) fn take_warning(&self) -> Option<String> {
        let words = "the journal, or the key beside it, was moved, deleted or changed while a request was out; it was written again";
        self.brought_back.swap(false, Ordering::Relaxed).then(|| words.to_owned())
    }
}
