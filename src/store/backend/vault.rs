//! A record that many machines share, in a vault: whoever wants to renew it says so there first.
//!
//! The rules that matter: a machine that may have sent the refresh token is waited for, and nobody writes over what it noted; what
//! a vendor gave is always written back, whoever has the claim by then.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Map, Value, json};

use super::file::InFile;
use super::key::KeyPlace;
use super::{Announce, Backend, Holder, Theirs, Turn};
use crate::base::error::{Code, Error, Result, damaged, internal, unavailable};
use crate::credential::fleet::{self, Consent, FleetClaim, Machine, Verdict};
use crate::credential::state::{Credential, Open, Order, Version};
use crate::profile::stores::vault::VaultStore;
use crate::profile::{KeySource, Profile};
use crate::store::item::Item;
use crate::store::keyring::gate;
use crate::store::payload::{from_payload, payload};
use crate::store::seal::SealingKey;
use crate::store::sealed;
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
    secret: Secret,
    seal: Option<(KeyPlace, Option<SealingKey>)>,
    known: Option<Known>,
    /// It was read a moment ago, for whoever asks next.
    just_read: bool,
    /// Of this machine.
    journal: Option<String>,
    /// The attempts that this machine began.
    noted: Vec<String>,
    /// The version that it was judged by whose turn it is.
    judged: u64,
    /// A request was sent, and its answer is to be kept, however long that takes.
    answered: bool,
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

const FORMAT: &str = "1";
/// The journal has it by then, and nobody else may have it.
const WRITING_BACK: Duration = Duration::from_secs(60);

impl InVault {
    pub(in crate::store) fn open(
        store: &Arc<VaultStore>,
        account: &str,
        profile: &Profile,
        state: &StateDir,
        silent: bool,
    ) -> InVault {
        let cluster = Cluster::of(store, silent);
        let path = format!("{}/{account}", store.prefix);
        let seal = store.seal.as_ref().map(|source| {
            let source = KeySource::Secret(source.clone());
            (KeyPlace::new(&source, "store", profile.directory(), state, silent), None)
        });
        let shared = Shared {
            store: Arc::clone(store),
            account: account.to_owned(),
            secret: Secret::of(cluster, &store.mount, path),
            seal,
            known: None,
            just_read: false,
            journal: None,
            noted: Vec::new(),
            judged: 0,
            answered: false,
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
        let Seen { version, age, what } = seen;
        let (credential, claim) = match what {
            What::Nothing => (None, None),
            What::Deleted { destroyed } => return Err(self.deleted(version, destroyed)),
            What::Data(data) => (Some(self.opened(&data)?), claim_in(&data).map_err(|()| self.strange())?),
        };
        Ok(Known { version, age, seen: Instant::now(), credential, claim })
    }

    fn opened(&mut self, data: &Map<String, Value>) -> Result<Credential> {
        let text = |key: &str| data.get(key).and_then(Value::as_str);
        match text("format") {
            Some(FORMAT) => {}
            Some(_) => {
                return Err(damaged(format!("{} was written by a newer tokcli", self.secret.words()))
                    .hint("update tokcli"));
            }
            None => return Err(self.strange()),
        }
        if let Some(account) = text("account").filter(|account| *account != self.account) {
            let words = format!("{} holds the record of the account `{account}`", self.secret.words());
            return Err(damaged(words).hint(format!(
                "somebody copied it there: remove it, or give this profile `account = \"{account}\"` if it is the same login"
            )));
        }
        let record = text("record").ok_or_else(|| self.strange())?.to_owned();
        let credential = match self.seal_key()? {
            Some(key) => {
                let opened = sealed::open(&key, &record).map_err(|flaw| {
                    damaged(format!("what {} holds {}", self.secret.words(), flaw.words())).hint(format!(
                        "let `seal` under [stores.{}] name the key with which it was sealed",
                        self.store.name
                    ))
                })?;
                (opened.account == self.account).then_some(opened.credential)
            }
            None if record.starts_with("tokcli-sealed-") => {
                let words = format!("{} is sealed, and the store has no `seal`", self.secret.words());
                return Err(damaged(words).hint(format!(
                    "let `seal` under [stores.{}] name the key with which it was sealed",
                    self.store.name
                )));
            }
            None => BASE64_STANDARD.decode(record).ok().and_then(|bytes| from_payload(&bytes)),
        };
        credential.ok_or_else(|| self.strange())
    }

    fn seal_key(&mut self) -> Result<Option<SealingKey>> {
        let Some((place, known)) = &mut self.seal else { return Ok(None) };
        if known.is_none() {
            *known = place.read()?;
        }
        let words = place.words();
        known.clone().map(Some).ok_or_else(|| {
            unavailable(format!("the key of the store `{}` is missing: there is no {words}", self.store.name))
        })
    }

    fn strange(&self) -> Error {
        damaged(format!("{} holds no record of tokcli", self.secret.words())).hint(format!(
            "let `prefix` under [stores.{}] name a place where nothing else writes",
            self.store.name
        ))
    }

    fn deleted(&self, version: u64, destroyed: bool) -> Error {
        let words = self.secret.words();
        if destroyed {
            return damaged(format!("version {version} of {words}, which holds the record, was destroyed"))
                .hint("where nothing else helps, remove its metadata and log in again");
        }
        damaged(format!("version {version} of {words}, which holds the record, was deleted")).hint(format!(
            "`bao kv undelete -mount={} -versions={version} {}/{}` brings it back",
            self.store.mount, self.store.prefix, self.account
        ))
    }

    /// If nobody has written since what is known. `None`: somebody has.
    fn write(&mut self, credential: &Credential, claim: Option<FleetClaim>) -> Result<bool> {
        let version = self.known.as_ref().map_or(0, |known| known.version);
        let until = self.until();
        if version == 0 {
            self.secret.check_mount(until)?;
        }
        let record = match self.seal_key()? {
            Some(key) => sealed::seal(&key, &self.account, "", credential)?,
            None => BASE64_STANDARD.encode(payload(credential)?),
        };
        let mut data = Map::new();
        data.insert("format".into(), json!(FORMAT));
        data.insert("account".into(), json!(self.account));
        data.insert("record".into(), json!(record));
        let noted = claim.as_ref().map(serde_json::to_value).transpose();
        data.insert(
            "claim".into(),
            noted.map_err(|_| internal("a claim is no JSON"))?.unwrap_or(Value::Null),
        );
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
                    "{} is written all the time by others",
                    self.secret.words()
                )));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What this machine knows may not stand in the way of what another one is about to get.
    fn busy(&self, there: &Known) -> Error {
        let holder = there.claim.as_ref().map_or("?", |claim| &claim.holder);
        Error::new(
            Code::Busy,
            format!("the machine `{holder}` is busy with the credential `{}`", self.account),
        )
    }

    fn machine(&self) -> Machine {
        let (holder, recovery) = (self.store.holder(), self.store.recovery());
        let journal = self.journal.clone().unwrap_or_default();
        Machine { holder, journal, noted: Some(self.noted.clone()), recovery }
    }

    /// Before anything is sent: it is this run's turn.
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
        // Nobody has written since it was judged whose turn it is.
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

fn claim_in(data: &Map<String, Value>) -> std::result::Result<Option<FleetClaim>, ()> {
    match data.get("claim") {
        None | Some(Value::Null) => Ok(None),
        Some(claim) => serde_json::from_value(claim.clone()).map(Some).map_err(|_| ()),
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

    fn key_place(&self) -> String {
        self.file.key_place()
    }

    fn mirrors(&self) -> bool {
        true
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
