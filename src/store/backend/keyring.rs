//! The whole credential as one item of the platform's keyring, and the journal's key in it.

use std::path::Path;

use super::Backend;
use crate::base::error::{Error, Result, unavailable};
use crate::credential::state::{Credential, Order, Version};
use crate::store::claim::{self, Claim};
use crate::store::item::Item;
use crate::store::keyring::{ItemSecret, Keyring, LARGEST};
use crate::store::seal::SealingKey;
use crate::store::state_dir::StateDir;

/// The whole credential is one item of the keyring.
pub(in crate::store) struct InKeyring {
    keyring: Keyring,
    account: String,
    warnings: Vec<String>,
    /// Of the last save, what an item has no room for.
    left_out: Option<String>,
}

/// Stored secrets are set by a person, who can put them elsewhere.
fn holds_tokens(credential: &Credential) -> bool {
    credential.record().is_some_and(|record| record.stored.is_empty())
}

fn is_item(secret: &[u8]) -> bool {
    Item::decode(secret, "").is_ok()
}

impl InKeyring {
    pub(in crate::store) fn open(account: &str, state: &StateDir) -> InKeyring {
        InKeyring {
            keyring: Keyring::open(account, state),
            account: account.to_owned(),
            warnings: Vec::new(),
            left_out: None,
        }
    }

    fn newest(&mut self, found: Vec<ItemSecret>) -> Result<Option<Item>> {
        let place = self.key_place();
        let (mut newest, mut foreign): (Option<Item>, Option<Error>) = (None, None);
        if found.len() > 1 {
            let words =
                format!("the keyring holds {} items `{}`; the newest is used", found.len(), self.account);
            self.warnings.push(words);
        }
        for secret in found {
            let item = match Item::decode(&secret, &place) {
                Ok(item) => item,
                // That one may be the newest.
                Err(error) if Item::is_newer(&secret) => return Err(error),
                Err(error) => {
                    foreign = Some(error);
                    continue;
                }
            };
            let version = item.credential.version;
            if newest.as_ref().is_none_or(|known| version > known.credential.version) {
                newest = Some(item);
            }
        }
        // A foreign one beside ours is in nobody's way.
        match (newest, foreign) {
            (None, Some(error)) => Err(error),
            (newest, _) => Ok(newest),
        }
    }

    /// What is there now where the last look found it. If that is not this credential any more, it is searched anew.
    fn look_again(&mut self, key: &SealingKey) -> Result<Option<Version>> {
        let mut found = self.keyring.look_again()?;
        if !found.iter().all(|secret| Item::decode(secret, "").is_ok_and(|item| item.key == *key)) {
            found = self.keyring.search_anew()?;
        }
        Ok(self.newest(found)?.map(|item| item.credential.version))
    }
}

impl Backend for InKeyring {
    fn load(&mut self) -> Result<Option<Item>> {
        let found = self.keyring.look()?;
        self.newest(found)
    }

    fn save(&mut self, key: &SealingKey, credential: &Credential, expected: Option<Version>) -> Result<()> {
        let found = self.look_again(key)?;
        let newer = found.filter(|there| Some(*there) > expected);
        if newer.is_some_and(|there| there.order >= credential.order()) {
            return Err(unavailable("the keyring holds a newer credential than the one to be saved")
                .hint("run the command again"));
        }
        self.left_out = None;
        match Item::new(key.clone(), credential).encode_within(LARGEST) {
            Ok(text) => self.keyring.set(&text, is_item),
            // The item that is there has the key, and the journal all else: nothing is in the way of the next refresh.
            Err(error) if found.is_some() && holds_tokens(credential) => {
                self.left_out = Some(format!(
                    "{}: the credential `{}` is only in the journal of this machine; {}",
                    error.message(),
                    self.account,
                    error.hint.unwrap_or_default()
                ));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn remove(&mut self, below: Order) -> Result<()> {
        match self.load()? {
            Some(item) if item.credential.order() < below => self.keyring.delete(is_item),
            _ => Ok(()),
        }
    }

    fn key(&mut self) -> Result<Option<SealingKey>> {
        Ok(None)
    }

    fn make_key(&mut self) -> Result<SealingKey> {
        SealingKey::draw()
    }

    fn claim(&self, lock: &Path) -> Result<Option<Claim>> {
        let claim = claim::try_lock(lock)?;
        self.keyring.go_first(claim.is_some());
        Ok(claim)
    }

    fn key_place(&self) -> String {
        format!("the keyring's item `{}`", self.account)
    }

    fn is_loaded(&mut self) -> bool {
        self.keyring.is_open()
    }

    fn mirrors(&self) -> bool {
        true
    }

    fn holds_key(&self) -> bool {
        true
    }

    fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings).into_iter().chain(self.left_out.take()).collect()
    }

    fn take_left_out(&mut self) -> Option<String> {
        self.left_out.take()
    }

    fn renew_patience(&mut self) {
        self.keyring.renew();
    }
}
