//! A credential under the claim, opened: its journal and key, and the writer that a request is sent with.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::backend::Announce;
use super::home::Home;
use super::journal::Journal;
use super::seal::{Nonce, SealingKey};
use crate::base::error::Result;
use crate::credential::state::Credential;

/// A credential under the claim: its journal and key, and where they belong.
#[derive(Clone)]
pub(super) struct OpenedStore {
    journal: Arc<Mutex<Journal>>,
    pub(super) key: SealingKey,
    pub(super) home: Arc<Home>,
}

impl OpenedStore {
    pub(super) fn new(journal: Journal, key: SealingKey, home: Home) -> OpenedStore {
        OpenedStore { journal: Arc::new(Mutex::new(journal)), key, home: Arc::new(home) }
    }

    pub(super) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the journal from wherever the request is sent. Nonces and memory are there when it is made, so
/// that nothing stands between an answer and its write.
pub(crate) struct JournalWriter {
    pub(super) opened: OpenedStore,
    pub(super) nonces: Vec<Nonce>,
    pub(super) announce: Option<Announce>,
}

impl JournalWriter {
    /// Whoever shares the credential learns that the next byte is the request's. `false`, or `Err`: it must not be sent.
    pub(crate) fn announce(&self, intent: &Credential) -> Result<bool> {
        self.announce.as_ref().map_or(Ok(true), |announce| announce(intent))
    }

    /// Durable when it returns, and where the next run looks for it.
    pub(crate) fn write(&mut self, credential: &Credential) -> io::Result<()> {
        let nonce = self.nonces.pop().ok_or_else(|| io::Error::other("more writes than nonces"))?;
        let OpenedStore { key, home, .. } = &self.opened;
        let mut journal = self.opened.journal();
        journal.write(credential, key, &nonce)?;
        home.keep(&mut journal, key).map_err(|error| io::Error::other(error.message()))
    }
}
