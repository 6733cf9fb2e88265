//! Looking into a store, with the claim or without it: nothing is written here.

use super::Store;
use super::backend::Holder;
use super::claim;
use super::copies::{Copies, Look, looked};
use super::item::Item;
use super::journal::{Glance, Journal, JournalVersion, Unsealed};
use super::seal::SealingKey;
use crate::base::error::{Error, Result};
use crate::credential::state::{Credential, State, Version};

impl Store {
    /// Reads without the claim, and writes nothing.
    pub(crate) fn look(&mut self) -> Result<Look> {
        self.state.check()?;
        let journal = self.journal(false)?;
        self.seen = journal.as_ref().and_then(Journal::version);
        if self.backend.asks_last() {
            return self.look_here(journal.as_ref());
        }
        self.look_into(journal.as_ref())
    }

    /// The same, wherever the store is. What cannot be reached is told beside what the journal says.
    pub(crate) fn look_everywhere(&mut self) -> Result<(Look, Option<Error>)> {
        if !self.backend.asks_last() {
            return self.look().map(|look| (look, None));
        }
        self.state.check()?;
        let journal = self.journal(false)?;
        self.seen = journal.as_ref().and_then(Journal::version);
        let error = match self.look_into(journal.as_ref()) {
            Ok(look) => return Ok((look, None)),
            Err(error) => error,
        };
        match self.look_here(journal.as_ref())? {
            Look::Unsettled(None) => Err(error),
            look => Ok((look, Some(error))),
        }
    }

    /// Which other machine has the claim, after a look that went everywhere.
    pub(crate) fn holder(&mut self) -> Option<Holder> {
        self.backend.holder()
    }

    fn look_into(&mut self, journal: Option<&Journal>) -> Result<Look> {
        Ok(match self.copies(journal)? {
            Copies::None | Copies::Buried { left: false, .. } => Look::Nothing,
            Copies::Buried { left: true, .. } => Look::Unsettled(None),
            Copies::Some { held, stored, key } => {
                let held = match (held, &stored) {
                    (Unsealed::Held(held), _) => Some(*held),
                    (Unsealed::Unreadable(order), Some(stored)) if order > stored.order() => {
                        return Ok(Look::Unsettled(None));
                    }
                    (Unsealed::Unreadable(_), None) => return Err(self.seal_broken()),
                    _ => None,
                };
                match looked(held, stored, key) {
                    Look::Settled(credential, key) => Look::Settled(self.named(credential), key),
                    Look::Unsettled(credential) => Look::Unsettled(credential.map(|it| self.named(it))),
                    Look::Nothing => Look::Nothing,
                }
            }
        })
    }

    /// In the journal alone: the backend is asked under the claim, if that does not suffice, or if it may not have what the
    /// journal has.
    fn look_here(&mut self, journal: Option<&Journal>) -> Result<Look> {
        let sealed = journal.filter(|journal| matches!(journal.glance(), Glance::Sealed(_)));
        let Some((journal, key)) = sealed.zip(self.backend.key()?) else { return Ok(Look::Unsettled(None)) };
        self.key = Some(key.clone());
        Ok(match journal.unseal(&key) {
            Unsealed::Held(held) if self.is_left_unsaved() => Look::Unsettled(Some(self.named(held))),
            Unsealed::Held(held) => Look::Settled(self.named(held), key),
            _ => Look::Unsettled(None),
        })
    }

    /// And nobody is about to save it.
    fn is_left_unsaved(&self) -> bool {
        self.unsaved.is_noted() && !claim::is_held(&self.state.lock(&self.id))
    }

    /// While another run has the claim: what it has written into the journal. Those who wait would otherwise all ask the
    /// keyring for what the journal tells them; it is written first.
    pub(crate) fn look_meanwhile(&mut self) -> Result<Look> {
        let Some(key) = self.key.clone().filter(|_| self.backend.mirrors()) else { return self.look() };
        self.seen = None;
        match self.journal(false)?.map(|journal| journal.unseal(&key)) {
            Some(Unsealed::Held(held)) if matches!(held.state, State::Held(_)) => {
                Ok(Look::Settled(self.named(held), key))
            }
            Some(Unsealed::Held(_)) => Ok(Look::Unsettled(None)),
            _ => self.look(),
        }
    }

    /// What journal and backend hold, each opened with the key.
    pub(super) fn copies(&mut self, journal: Option<&Journal>) -> Result<Copies> {
        let glance = journal.map_or(Glance::Nothing, Journal::glance);
        let item = self.backend.load()?;
        if matches!(glance, Glance::Sealed(_)) {
            self.backend.check_found(item.is_some())?;
        }
        if let Glance::Buried(order) = glance
            && item.as_ref().is_none_or(|item| item.credential.order() < order)
        {
            return Ok(Copies::Buried { order, left: item.is_some() });
        }
        if let Some(buried) = item.as_ref().filter(|item| item.credential.is_buried())
            && glance.order().is_none_or(|order| order <= buried.credential.order())
        {
            return Ok(Copies::Buried { order: buried.credential.order(), left: false });
        }
        let Some(key) = self.key_for(item.as_ref(), glance)? else { return Ok(Copies::None) };
        self.key = Some(key.clone());
        let held = journal.map_or(Unsealed::Nothing, |journal| journal.unseal(&key));
        self.stored = item.as_ref().map(|item| item.credential.version);
        Ok(match (held, item.map(|item| Box::new(item.credential))) {
            (Unsealed::Nothing | Unsealed::Buried, None) => Copies::None,
            (held, stored) => Copies::Some { held, stored, key },
        })
    }

    fn key_for(&mut self, item: Option<&Item>, glance: Glance) -> Result<Option<SealingKey>> {
        if let Some(item) = item {
            return Ok(Some(item.key.clone()));
        }
        match (self.backend.holds_key(), glance) {
            (true, Glance::Sealed(_)) => Err(self.item_missing()),
            (true, _) => Ok(None),
            (false, Glance::Sealed(_)) => self.backend.key()?.ok_or_else(|| self.key_missing()).map(Some),
            (false, _) => Ok(None),
        }
    }

    /// The journal as this run last saw or wrote it; `None`: nothing can be concluded from it.
    pub(crate) fn version(&mut self) -> Option<JournalVersion> {
        match &self.opened {
            Some(opened) => opened.journal().version(),
            None => self.seen.take(),
        }
    }

    /// Changes with every write of the journal; cheap to poll.
    pub(crate) fn stamp(&self) -> Option<Version> {
        match self.journal(false).ok()??.glance() {
            Glance::Sealed(version) => Some(version),
            Glance::Buried(order) => Some(Version { order, sequence: 0 }),
            Glance::Nothing => None,
        }
    }

    /// What the backend holds now, if it can be read.
    pub(crate) fn peek(&mut self) -> Option<Credential> {
        let there = self.backend.load().ok()??.credential;
        Some(*self.named(Box::new(there)))
    }

    pub(super) fn named(&self, mut credential: Box<Credential>) -> Box<Credential> {
        self.unnamed.iter().for_each(|audience| credential.adopt(audience));
        credential
    }

    /// Whether the backend gives back what it was given; never for a store that is the journal alone.
    pub(crate) fn reads_back(&mut self, credential: &Credential) -> bool {
        self.peek().is_some_and(|there| there.is_copy_of(credential))
    }
}
