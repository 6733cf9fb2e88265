//! A record that many machines share, in a vault: whoever wants to renew it says so there first.
//!
//! The rules that matter: a machine that may have sent the refresh token is waited for, and nobody writes over what it noted; what
//! a vendor gave is always written back, whoever has the claim by then.

mod record;
mod trouble;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::file::InFile;
use super::key::KeyPlace;
use super::place::Place;
use super::{Announce, Backend, Holder, Theirs, Turn};
use crate::base::error::{Result, internal, unavailable};
use crate::credential::fleet::{self, Consent, FleetClaim, Machine, Verdict};
use crate::credential::state::{Credential, Open, Order, Version};
use crate::profile::stores::vault::VaultStore;
use crate::profile::{KeySource, Profile};
use crate::store::item::Item;
use crate::store::keyring::gate;
use crate::store::seal::SealingKey;
use crate::store::state_dir::StateDir;
use crate::store::vault::cluster::Cluster;
use crate::store::vault::kv::{Secret, Seen, What, Written};

pub(in crate::store) struct InVault {
    /// Where the journal's key is.
    file: InFile,
    shared: Arc<Mutex<Shared>>,
}

/// Used by whoever sends, too.
struct Shared {
    store: Arc<VaultStore>,
    account: String,
    profile: String,
    secret: Secret,
    place: Place,
    seal: Option<(KeyPlace, Option<SealingKey>)>,
    known: Option<Known>,
    /// It was read a moment ago, for whoever asks next.
    just_read: bool,
    /// Of this machine.
    journal: Option<String>,
    /// The attempts that this machine began.
    noted: Vec<String>,
    /// The version that this run was allowed to claim by.
    judged: u64,
    /// A request was sent, and its answer is to be kept, however long that takes.
    answered: bool,
    /// Where nothing is although this machine knows a record, that counts as none.
    puts_back: bool,
    /// It is what is kept beside the tokens: nothing there rotates, and an older one spends nothing.
    of_secrets: bool,
}

/// What is there, as far as this run knows.
#[derive(Clone)]
struct Known {
    version: u64,
    age: Duration,
    seen: Instant,
    credential: Option<Credential>,
    claim: Option<FleetClaim>,
}

/// What was seen longer ago is looked at again before anything is written over it.
const KNOWN_FOR: Duration = Duration::from_secs(1);
/// The journal has it by then, and nobody else may have it.
const WRITING_BACK: Duration = Duration::from_secs(60);

impl InVault {
    pub(in crate::store) fn open(
        store: &Arc<VaultStore>,
        account: &str,
        id: &str,
        profile: &Profile,
        state: &StateDir,
        silent: bool,
    ) -> InVault {
        let cluster = Cluster::of(store, silent);
        let path = format!("{}/{account}", store.prefix);
        let of_secrets = account != profile.account;
        let seal = store.seal.as_ref().map(|source| {
            let source = KeySource::Secret(source.clone());
            (KeyPlace::new(&source, "store's `seal`", profile.directory(), state, silent), None)
        });
        let shared = Shared {
            store: Arc::clone(store),
            account: account.to_owned(),
            profile: profile.name.clone(),
            secret: Secret::of(cluster, &store.mount, path),
            place: Place::remembered_at(state.place(id)),
            seal,
            known: None,
            just_read: false,
            journal: None,
            noted: Vec::new(),
            judged: 0,
            answered: false,
            puts_back: of_secrets,
            of_secrets,
        };
        InVault {
            file: InFile::of(&store.key, &profile.file_keys, profile.directory(), state, silent),
            shared: Arc::new(Mutex::new(shared)),
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn until(&self) -> Instant {
        let usual = if self.answered {
            WRITING_BACK
        } else {
            self.secret.cluster().usual_patience().min(gate::left())
        };
        Instant::now() + usual
    }

    fn read(&mut self) -> Result<&Known> {
        let until = self.until();
        let seen = self.secret.read(until)?;
        let known = self.understood(seen)?;
        Ok(self.known.insert(known))
    }

    fn understood(&mut self, seen: Seen) -> Result<Known> {
        let Seen { version, age_ms, what } = seen;
        let (credential, claim) = match what {
            What::Nothing => (None, None),
            What::Deleted { destroyed } => return Err(self.deleted(version, destroyed)),
            What::Data(data) => (Some(self.opened(&data)?), self.claim_in(&data)?),
        };
        let age = fleet::age(age_ms);
        Ok(Known { version, age, seen: Instant::now(), credential, claim })
    }

    /// If nobody has written since what is known. `false`: somebody has.
    fn write(&mut self, credential: &Credential, claim: Option<FleetClaim>) -> Result<bool> {
        let version = self.known.as_ref().map_or(0, |known| known.version);
        // The number alone says little by now: a record that was deleted meanwhile begins anew with 1.
        if self.known.as_ref().is_some_and(|known| known.seen.elapsed() > KNOWN_FOR)
            && self.read()?.version != version
        {
            return Ok(false);
        }
        let until = self.until();
        if version == 0 {
            self.secret.check_mount(until)?;
        }
        let data = self.data(credential, claim.as_ref())?;
        Ok(match self.secret.write(data, version, until)? {
            Written::At(version) => {
                if self.known.as_ref().is_some_and(|known| known.version == self.judged) {
                    self.judged = version;
                }
                let credential = Some(credential.clone());
                self.known =
                    Some(Known { version, age: Duration::ZERO, seen: Instant::now(), credential, claim });
                true
            }
            Written::Overtaken => {
                self.known = None;
                false
            }
        })
    }

    fn known(&mut self) -> Result<Known> {
        match &self.known {
            Some(known) => Ok(known.clone()),
            None => self.read().cloned(),
        }
    }

    /// Whatever else is there meanwhile: no token that may live is lost, and no note of somebody who may have sent.
    fn save(&mut self, credential: &Credential) -> Result<()> {
        let until = self.until();
        loop {
            let there = self.known()?;
            let machine = self.machine();
            let written = match &there.credential {
                None => Some((credential.clone(), fleet::left(credential, None, &machine))),
                Some(present) => fleet::written_back(present, there.claim.as_ref(), credential, &machine),
            };
            let Some((right, claim)) = written else { return Err(self.busy(&there)) };
            if self.write(&right, claim)? {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(unavailable(format!(
                    "{} is being written by others all the time",
                    self.secret.words()
                )));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn machine(&self) -> Machine {
        let (holder, recovery) = (self.store.holder(), self.store.recovery());
        let journal = self.journal.clone().unwrap_or_default();
        Machine { holder, journal, noted: Some(self.noted.clone()), recovery }
    }

    /// Before anything is sent.
    fn propose(&mut self, intent: &Credential) -> Result<bool> {
        let there = self.known()?;
        if intent.open().is_none() || intent.login().is_some() {
            // A login presents nothing of what is there: it is enough that the vault takes a write. One that would make a claim
            // younger is none to try that by.
            return match &there.credential {
                Some(credential) if there.claim.is_none() => self.write(credential, None),
                _ => Ok(true),
            };
        }
        // Nobody has written since then.
        if there.version != self.judged {
            return Ok(false);
        }
        self.noted.extend(intent.open().map(|open| open.attempt.nonce.clone()));
        let claim = FleetClaim::proposed(there.credential.as_ref(), there.claim, intent, &self.machine());
        let credential = there.credential.unwrap_or_else(|| intent.taken_back());
        claim.map_or(Ok(false), |claim| self.write(&credential, Some(claim)))
    }

    /// The next byte is the request's.
    fn announce(&mut self, intent: &Credential) -> Result<bool> {
        let Some(attempt) = intent.open().map(|open| &open.attempt).filter(|_| intent.login().is_none())
        else {
            return Ok(true);
        };
        let there = self.known.as_ref().and_then(|known| known.claim.as_ref());
        let claim = FleetClaim::announced(there, attempt, &self.machine());
        claim.map_or(Ok(false), |claim| self.write(intent, Some(claim)))
    }

    fn turn(&mut self, open: Option<&Open>, harmless: bool, consent: Consent) -> Result<Turn> {
        let (machine, known) = (self.machine(), self.known()?);
        self.judged = known.version;
        let Some(claim) = &known.claim else { return Ok(Turn::Ours) };
        let age = known.age + known.seen.elapsed();
        let journal = machine.journal_for(claim, open);
        let (verdict, claim) = claim.verdict(journal, age, harmless, consent);
        Ok(match verdict {
            Verdict::Free => Turn::Ours,
            Verdict::TakeOver => {
                let credential = known.credential.clone().unwrap_or_default();
                Turn::TakeOver { age, there: Box::new(Theirs { credential, claim: claim.clone() }) }
            }
            Verdict::Wait(_) => Turn::Wait { holder: claim.holder.clone() },
            Verdict::Blocked => Turn::Blocked { holder: claim.holder.clone(), age },
        })
    }
}

impl Backend for InVault {
    fn load(&mut self) -> Result<Option<Item>> {
        let credential = {
            let mut shared = self.shared();
            let just_read = std::mem::take(&mut shared.just_read).then(|| shared.known.clone()).flatten();
            match just_read {
                Some(known) => known.credential,
                None => shared.read()?.credential.clone(),
            }
        };
        let Some(credential) = credential else { return Ok(None) };
        // Whoever only looks seals nothing.
        let key = self.file.key()?.map_or_else(SealingKey::draw, Ok)?;
        Ok(Some(Item::whole(key, credential)))
    }

    fn prepare(&mut self) -> Result<()> {
        let there = {
            let mut shared = self.shared();
            let there = shared.read()?.credential.is_some();
            shared.just_read = true;
            there
        };
        if there && self.file.key()?.is_none() {
            self.file.make_key()?;
        }
        Ok(())
    }

    fn save(&mut self, _: &SealingKey, credential: &Credential, _: Option<Version>) -> Result<()> {
        self.shared().save(credential)
    }

    fn remove(&mut self, below: Order) -> Result<()> {
        let mut shared = self.shared();
        if shared.read()?.credential.as_ref().is_none_or(|there| there.order() >= below) {
            return Ok(());
        }
        shared.save(&Credential::buried(below))
    }

    fn key(&mut self) -> Result<Option<SealingKey>> {
        self.file.key()
    }

    fn make_key(&mut self) -> Result<SealingKey> {
        self.file.make_key()
    }

    fn key_of_marks(&mut self) -> Result<Option<SealingKey>> {
        let mut shared = self.shared();
        match shared.seal_key()? {
            Some(key) => Ok(Some(key)),
            None => Ok(shared.place.name()?.as_deref().map(SealingKey::named)),
        }
    }

    fn key_place(&self) -> String {
        self.file.key_place()
    }

    fn mirrors(&self) -> bool {
        true
    }

    fn settle(&mut self) -> Result<()> {
        let shared = self.shared();
        match shared.known.as_ref().and_then(|known| known.credential.as_ref()) {
            Some(_) => shared.place.settle(),
            None => Ok(()),
        }
    }

    fn unsettle(&mut self) {
        self.shared().place.forget();
    }

    fn check_found(&mut self, found: bool) -> Result<()> {
        let shared = self.shared();
        match found {
            false if !shared.puts_back => Err(shared.gone()),
            true if shared.place.known()?.is_none() => Err(shared.another()),
            _ => Ok(()),
        }
    }

    fn put_back(&mut self) {
        self.shared().puts_back = true;
    }

    fn renew_patience(&mut self) {
        self.shared().answered = true;
    }

    fn asks_last(&self) -> bool {
        true
    }

    fn propose(&mut self, _: &SealingKey, intent: &Credential, _: Option<Version>) -> Result<bool> {
        self.shared().propose(intent)
    }

    fn announcer(&self) -> Option<Announce> {
        let shared = Arc::clone(&self.shared);
        Some(Arc::new(move |intent: &Credential| {
            // Whoever sends is busy with a runtime of its own.
            let asked = thread::scope(|scope| {
                let asking =
                    scope.spawn(|| shared.lock().unwrap_or_else(PoisonError::into_inner).announce(intent));
                asking.join()
            });
            asked.unwrap_or_else(|_| Err(internal("the claim could not be written")))
        }))
    }

    fn holder(&mut self) -> Option<Holder> {
        let shared = self.shared();
        let known = shared.known.as_ref()?;
        let claim = known.claim.as_ref()?;
        let age = known.age + known.seen.elapsed();
        let is_here = claim.holder == shared.store.holder();
        Some(Holder { machine: claim.holder.clone(), phase: claim.phase, age, is_here })
    }

    fn meet(&mut self, journal: &str, noted: Vec<String>) {
        let mut shared = self.shared();
        (shared.journal, shared.noted) = (Some(journal.to_owned()), noted);
    }

    fn turn(&mut self, open: Option<&Open>, harmless: bool, consent: Consent) -> Result<Turn> {
        self.shared().turn(open, harmless, consent)
    }
}
