//! The Secret Service (gnome-keyring, KWallet, KeePassXC) as a store of `keyring-core`, over `dbus-secret-service`.
//!
//! Why not one of the ready-made stores: they unlock what is locked by a prompt, and wait for it up to a year; they
//! call an item and a look-alike with more attributes ambiguous; they agree on a session key, which protects from
//! nobody and takes 8 of 10 ms; and they search before each call. This one asks nobody, finds the one exact item,
//! and remembers where it was. The items are those that these stores and `secret-tool` make: attributes `service`
//! and `username`.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use dbus_secret_service::{EncryptionType, Error as Trouble, Item, Path, SecretService};
use keyring_core::api::{Credential, CredentialApi, CredentialStoreApi};
use keyring_core::{Entry, Error as Failure, Result};

use super::failure::{carry, gone};
use super::trouble::{explain, is_gone, locked};
use crate::base::environment;
use crate::base::error::{Code, Error, unavailable};

/// What is locked is an error at once, and asks nobody. But KeePassXC makes and deletes every item
/// by a prompt, one that answers itself; for such a one there is time, in seconds, as for any call.
const PROMPT_TIME: u64 = 3;

const CONTENT: &str = "text/plain";

pub(crate) struct SecretServiceStore(Arc<Connection>);

impl SecretServiceStore {
    /// Connects when something is asked first.
    pub(crate) fn new() -> Arc<SecretServiceStore> {
        Arc::new(SecretServiceStore(Arc::default()))
    }
}

impl CredentialStoreApi for SecretServiceStore {
    fn vendor(&self) -> String {
        "Secret Service, by tokcli".to_owned()
    }

    fn id(&self) -> String {
        format!("{} at {:p}", env!("CARGO_PKG_VERSION"), Arc::as_ptr(&self.0))
    }

    fn build(&self, service: &str, user: &str, more: Option<&HashMap<&str, &str>>) -> Result<Entry> {
        if more.is_some_and(|more| !more.is_empty()) {
            return Err(Failure::NotSupportedByStore("an entry has no other attributes".to_owned()));
        }
        Ok(Entry::new_with_credential(Arc::new(Specifier {
            connection: Arc::clone(&self.0),
            service: service.to_owned(),
            user: user.to_owned(),
            found: Mutex::default(),
        })))
    }

    fn search(&self, attributes: &HashMap<&str, &str>) -> Result<Vec<Entry>> {
        let found = self.0.find(attributes)?;
        Ok(Wrapper::all(&self.0, found).map(Wrapper::into_entry).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Whoever asks next connects again.
pub(super) fn disconnect() {
    let Some(store) = keyring_core::get_default_store() else { return };
    if let Some(SecretServiceStore(connection)) = store.as_any().downcast_ref() {
        *connection.service() = None;
    }
}

/// Does in advance what the next search for this account would do. Its errors are left to that search.
/// What it finds is believed `until` then.
pub(super) fn search_early(service: &str, user: &str, until: Instant) {
    let Some(store) = keyring_core::get_default_store() else { return };
    if let Some(SecretServiceStore(connection)) = store.as_any().downcast_ref() {
        let found = connection.find(&attributes(service, user));
        // That there is none, or that it is locked, may have changed until somebody asks; and several are for the search to judge.
        let path = match found.as_deref() {
            Ok([(path, false)]) => Some(path.clone()),
            _ => None,
        };
        *connection.early() = Some(Early { service: service.to_owned(), user: user.to_owned(), path, until });
    }
}

/// Whether the default collection, in which items are made, is there and unlocked.
pub(super) fn has_open_collection() -> Result<bool> {
    let store = keyring_core::get_default_store().ok_or(Failure::NoDefaultStore)?;
    let Some(SecretServiceStore(connection)) = store.as_any().downcast_ref() else { return Ok(false) };
    connection.ask_service(|service| service.get_default_collection()?.is_locked().map(|locked| !locked))
}

/// The default collection, in which items are made.
pub(super) enum Default {
    Open,
    Locked,
    /// It ends with the session.
    Session,
    /// There are collections, but none is the default one.
    None,
    /// The same, and the only collection ends with the session.
    NoneButSession,
}

pub(super) fn default_collection() -> Result<Default> {
    let store = keyring_core::get_default_store().ok_or(Failure::NoDefaultStore)?;
    let Some(SecretServiceStore(connection)) = store.as_any().downcast_ref() else {
        return Ok(Default::Open);
    };
    let is_session = |path: &Path<'_>| path.ends_with("/session");
    connection.ask_service(|service| {
        let default = match service.get_default_collection() {
            Err(Trouble::NoResult) => {
                let all = service.get_all_collections()?;
                let lasts = all.iter().any(|one| !is_session(&one.path));
                return Ok(if lasts { Default::None } else { Default::NoneButSession });
            }
            found => found?,
        };
        Ok(match default.is_locked()? {
            _ if is_session(&default.path) => Default::Session,
            true => Default::Locked,
            false => Default::Open,
        })
    })
}

/// One for all entries of a store.
#[derive(Default)]
struct Connection {
    service: Mutex<Option<SecretService>>,
    /// What was found before anybody asked.
    early: Mutex<Option<Early>>,
}

/// The one item of an account, and until when that is believed.
struct Early {
    service: String,
    user: String,
    path: Option<Path<'static>>,
    until: Instant,
}

/// Where an item is, and whether it was locked.
type Found = (Path<'static>, bool);

impl Connection {
    fn service(&self) -> MutexGuard<'_, Option<SecretService>> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn early(&self) -> MutexGuard<'_, Option<Early>> {
        self.early.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None`: what was asked is not there.
    fn ask<T>(&self, work: impl FnOnce(&SecretService) -> Reply<T>) -> Result<Option<T>> {
        let mut open = self.service();
        let service = match &mut *open {
            Some(service) => service,
            closed => closed.insert(connect().map_err(carry)?),
        };
        let trouble = match work(service) {
            Ok(answer) => return Ok(Some(answer)),
            Err(trouble) if is_gone(&trouble) => return Ok(None),
            Err(trouble) => explain(&trouble),
        };
        // The daemon may have been started anew since: whoever is next connects again.
        if trouble.code == Code::StoreUnavailable {
            *open = None;
        }
        Err(carry(trouble))
    }

    fn find(&self, attributes: &HashMap<&str, &str>) -> Result<Vec<Found>> {
        self.ask_service(|service| {
            let found = service.search_items(attributes.clone())?;
            let unlocked = found.unlocked.into_iter().map(|item| (item.path, false));
            let locked = found.locked.into_iter().map(|item| (item.path, true));
            Ok(unlocked.chain(locked).collect())
        })
    }

    /// Asks what is there always; if that is not, the daemon is on its way up or down.
    fn ask_service<T>(&self, work: impl FnOnce(&SecretService) -> Reply<T>) -> Result<T> {
        self.ask(work)?.ok_or_else(|| {
            *self.service() = None;
            carry(gone())
        })
    }
}

type Reply<T> = std::result::Result<T, Trouble>;

fn connect() -> std::result::Result<SecretService, Error> {
    // Such an address starts a program, with our environment, and it outlives us.
    if environment::os("DBUS_SESSION_BUS_ADDRESS")
        .is_some_and(|address| address.to_string_lossy().contains("unixexec:"))
    {
        let words = "`DBUS_SESSION_BUS_ADDRESS` names a program to run, which tokcli does not do";
        return Err(
            unavailable(words).hint("set it to the socket of a bus, as `unix:path=/run/user/UID/bus`")
        );
    }
    // The bus is a socket of this user, and whoever can watch it can ask the keyring themselves: no session key.
    SecretService::connect_with_max_prompt_timeout(EncryptionType::Plain, PROMPT_TIME)
        .map_err(|trouble| explain(&trouble))
}

fn attributes<'a>(service: &'a str, user: &'a str) -> HashMap<&'a str, &'a str> {
    HashMap::from([("service", service), ("username", user)])
}

/// An account's entry. It remembers where its one item was, until that is not there any more.
struct Specifier {
    connection: Arc<Connection>,
    service: String,
    user: String,
    found: Mutex<Option<Wrapper>>,
}

impl Specifier {
    fn attributes(&self) -> HashMap<&str, &str> {
        attributes(&self.service, &self.user)
    }

    /// Does it to the one item: where it was found last, else where a search finds it.
    fn with_item<T>(&self, work: impl Fn(&Wrapper) -> Result<T>) -> Result<T> {
        let known = self.remembered().clone().or_else(|| self.found_early());
        match known.as_ref().map(&work) {
            None | Some(Err(Failure::NoEntry)) => {}
            Some(done) => {
                *self.remembered() = known;
                return done;
            }
        }
        let found = self.search();
        *self.remembered() = found.as_ref().ok().cloned();
        work(&found?)
    }

    fn found_early(&self) -> Option<Wrapper> {
        let early = self.connection.early().take()?;
        if early.until <= Instant::now() {
            // The daemon may be another one since.
            *self.connection.service() = None;
            return None;
        }
        let is_this = early.service == self.service && early.user == self.user;
        let path = early.path.filter(|_| is_this)?;
        Some(Wrapper { connection: Arc::clone(&self.connection), path, locked: false })
    }

    fn remembered(&self) -> MutexGuard<'_, Option<Wrapper>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Items of exactly these attributes if there are any, else all that have them among others.
    fn search(&self) -> Result<Wrapper> {
        let wanted = self.attributes();
        let found = self.connection.find(&wanted)?;
        let mut all: Vec<Wrapper> = Wrapper::all(&self.connection, found).collect();
        // Each question is a wait for two programs; of one alone it would change nothing.
        if all.len() > 1 {
            let (mut exact, mut similar) = (Vec::new(), Vec::new());
            for item in all {
                let own = item.get_attributes()?;
                let more = |name: &String| !wanted.contains_key(name.as_str()) && name != "xdg:schema";
                if own.keys().any(more) { similar.push(item) } else { exact.push(item) }
            }
            all = if exact.is_empty() { similar } else { exact };
        }
        match all.len() {
            0 => Err(Failure::NoEntry),
            1 => Ok(all.remove(0)),
            _ => Err(Failure::Ambiguous(all.into_iter().map(Wrapper::into_entry).collect())),
        }
    }

    fn create(&self, secret: &[u8]) -> Result<()> {
        let label = format!("{}: {}", self.service, self.user);
        let path = self.connection.ask_service(|service| {
            let collection = service.get_default_collection()?;
            if collection.is_locked()? {
                return Err(Trouble::Locked);
            }
            let item = collection.create_item(&label, self.attributes(), secret, true, CONTENT)?;
            Ok(item.path)
        })?;
        let connection = Arc::clone(&self.connection);
        *self.remembered() = Some(Wrapper { connection, path, locked: false });
        Ok(())
    }
}

impl CredentialApi for Specifier {
    fn set_secret(&self, secret: &[u8]) -> Result<()> {
        match self.with_item(|item| item.set_secret(secret)) {
            Err(Failure::NoEntry) => self.create(secret),
            done => done,
        }
    }

    fn get_secret(&self) -> Result<Vec<u8>> {
        self.with_item(Wrapper::get_secret)
    }

    fn get_attributes(&self) -> Result<HashMap<String, String>> {
        self.with_item(Wrapper::get_attributes)
    }

    fn delete_credential(&self) -> Result<()> {
        self.with_item(Wrapper::delete_credential)
    }

    fn get_credential(&self) -> Result<Option<Arc<Credential>>> {
        Ok(Some(Arc::new(self.search()?)))
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        Some((self.service.clone(), self.user.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// One item, where it was found.
#[derive(Clone)]
struct Wrapper {
    connection: Arc<Connection>,
    path: Path<'static>,
    /// When it was found: if it is locked since, it says so itself.
    locked: bool,
}

impl Wrapper {
    fn all(connection: &Arc<Connection>, found: Vec<Found>) -> impl Iterator<Item = Wrapper> {
        let wrapper = |(path, locked)| Wrapper { connection: Arc::clone(connection), path, locked };
        found.into_iter().map(wrapper)
    }

    fn into_entry(self) -> Entry {
        Entry::new_with_credential(Arc::new(self))
    }

    fn ask<T>(&self, work: impl FnOnce(Item<'_>) -> Reply<T>) -> Result<T> {
        self.connection.ask(|service| work(Item::new(service, self.path.clone())))?.ok_or(Failure::NoEntry)
    }

    fn ask_unlocked<T>(&self, work: impl FnOnce(Item<'_>) -> Reply<T>) -> Result<T> {
        if self.locked { Err(carry(locked())) } else { self.ask(work) }
    }
}

impl CredentialApi for Wrapper {
    fn set_secret(&self, secret: &[u8]) -> Result<()> {
        self.ask_unlocked(|item| item.set_secret(secret, CONTENT))
    }

    fn get_secret(&self) -> Result<Vec<u8>> {
        self.ask_unlocked(|item| item.get_secret())
    }

    fn get_attributes(&self) -> Result<HashMap<String, String>> {
        self.ask(|item| item.get_attributes())
    }

    fn delete_credential(&self) -> Result<()> {
        self.ask(|item| match item.delete() {
            Err(Trouble::NoResult) => Ok(()),
            done => done,
        })
    }

    /// It is one already; fails if the item is not there any more.
    fn get_credential(&self) -> Result<Option<Arc<Credential>>> {
        self.get_attributes().map(|_| None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        let mut own = self.get_attributes().ok()?;
        Some((own.remove("service")?, own.remove("username")?))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
