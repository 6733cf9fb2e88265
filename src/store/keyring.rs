//! The platform's keyring, behind one seam: items of service `tokcli`, one per
//! account. Every call runs on a thread of its own under a budget, because a
//! stopped daemon or a stopped bus answers never; what is locked is never asked for.
//!
//! However many profiles are refreshed at once, one connection serves them, one call after the other:
//! a storm of writers has killed a daemon. Nobody's budget pays for the calls of those before him.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::base::error::{Code, Error, Result, unavailable};
use crate::base::signals::spawn_deaf;

pub(super) const SERVICE: &str = "tokcli";
/// In sum, for all calls before something is sent, and again for those after.
const BUDGET: Duration = Duration::from_secs(3);

type Secret = Vec<u8>;
/// Whether it may be overwritten or deleted.
pub(super) type Ours = fn(&[u8]) -> bool;

/// What each platform must be able to do.
trait Platform {
    /// Every item that is exactly this account's; several only if another program copied one.
    fn get(&mut self, account: &str) -> Result<Vec<Secret>>;
    /// Replaces the item in place; makes it if it is not there. Of several only those that are `ours`.
    fn set(&mut self, account: &str, secret: &[u8], ours: Ours) -> Result<()>;
    /// A missing item is fine. Of several only those that are `ours`.
    fn delete(&mut self, account: &str, ours: Ours) -> Result<()>;
}

enum Call {
    Get,
    Set(Secret, Ours),
    Delete(Ours),
}

type Answer = Result<Vec<Secret>>;
type Job = (Call, String, Sender<Answer>);

pub(super) struct Keyring {
    left: Duration,
}

/// Held by whoever's turn it is.
static LINE: Mutex<Line> = Mutex::new(Line { jobs: None, overdue: None });

struct Line {
    jobs: Option<Sender<Job>>,
    /// The call that nobody waits for any more. Until it comes back every other would wait in vain.
    overdue: Option<Receiver<Answer>>,
}

impl Line {
    fn jobs(&mut self) -> &Sender<Job> {
        self.jobs.get_or_insert_with(|| {
            let (jobs, inbox) = mpsc::channel::<Job>();
            spawn_deaf(move || {
                let mut platform = None;
                for (call, account, reply) in inbox {
                    let _ = reply.send(run(&mut platform, &call, &account));
                }
            });
            jobs
        })
    }

    fn is_stuck(&mut self) -> bool {
        if let Some(overdue) = &self.overdue
            && overdue.try_recv().is_err_and(|why| why == TryRecvError::Empty)
        {
            return true;
        }
        self.overdue = None;
        false
    }
}

impl Keyring {
    pub(super) fn open() -> Keyring {
        Keyring { left: BUDGET }
    }

    /// A new budget, for the calls after the answer.
    pub(super) fn renew(&mut self) {
        self.left = BUDGET;
    }

    pub(super) fn get(&mut self, account: &str) -> Result<Vec<Secret>> {
        self.call(Call::Get, account)
    }

    pub(super) fn set(&mut self, account: &str, secret: &str, ours: Ours) -> Result<()> {
        self.call(Call::Set(secret.as_bytes().to_vec(), ours), account).map(drop)
    }

    pub(super) fn delete(&mut self, account: &str, ours: Ours) -> Result<()> {
        self.call(Call::Delete(ours), account).map(drop)
    }

    fn call(&mut self, call: Call, account: &str) -> Answer {
        // Each of those before us holds it for his own budget at most.
        let mut line = LINE.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        let silent = || unavailable("the keyring did not answer within 3 s");
        let gone = || unavailable("the keyring's thread ended");
        if line.is_stuck() {
            return Err(silent());
        }
        let (reply, answer) = mpsc::channel();
        line.jobs().send((call, account.to_owned(), reply)).map_err(|_| gone())?;
        let result = answer.recv_timeout(self.left);
        self.left = self.left.saturating_sub(begun.elapsed());
        match result {
            Ok(done) => done,
            Err(RecvTimeoutError::Timeout) => {
                line.overdue = Some(answer);
                Err(silent())
            }
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        }
    }
}

fn run(platform: &mut Option<Box<dyn Platform>>, call: &Call, account: &str) -> Result<Vec<Secret>> {
    let open = match &mut *platform {
        Some(open) => open,
        closed => closed.insert(native::connect()?),
    };
    let done = match call {
        Call::Get => open.get(account),
        Call::Set(secret, ours) => open.set(account, secret, *ours).map(|()| Vec::new()),
        Call::Delete(ours) => open.delete(account, *ours).map(|()| Vec::new()),
    };
    // The daemon may have been started anew since: whoever is next connects again.
    if done.as_ref().is_err_and(|error| error.code == Code::StoreUnavailable) {
        *platform = None;
    }
    done
}

/// What an item can hold, in bytes; Windows: `CRED_MAX_CREDENTIAL_BLOB_SIZE`.
pub(super) const LARGEST: Option<usize> = if cfg!(windows) { Some(2_560) } else { None };

const OTHER_STORE: &str =
    "where there is no keyring, `store = \"file\"` in the profile keeps the credential in a sealed file";

#[cfg(target_os = "linux")]
mod native {
    use std::collections::HashMap;

    use dbus_secret_service::{EncryptionType, Error as ServiceError, Item, SecretService};

    use super::{Error, OTHER_STORE, Ours, Platform, Result, SERVICE, Secret, unavailable};
    use crate::base::environment;
    use crate::base::error::Code;

    /// What is locked is an error at once, and asks nobody. But KeePassXC makes and deletes every item
    /// by a prompt, one that answers itself; for such a one there is time, in seconds, as for any call.
    const PROMPT_TIME: u64 = 3;

    /// The Secret Service over D-Bus. The items are those that the keyring crate
    /// and `secret-tool` make: attributes `service` and `username`.
    struct Service(SecretService);

    pub(super) fn connect() -> Result<Box<dyn Platform>> {
        // Such an address starts a program, with our environment, and it outlives us.
        if environment::os("DBUS_SESSION_BUS_ADDRESS")
            .is_some_and(|address| address.to_string_lossy().contains("unixexec:"))
        {
            return Err(unavailable("`DBUS_SESSION_BUS_ADDRESS` names a program to run, which is not done"));
        }
        // The bus is a socket of this user, and whoever can watch it can ask the keyring himself. The key
        // agreement of the Secret Service protects from nobody else, and takes 8 of 10 ms.
        let service = SecretService::connect_with_max_prompt_timeout(EncryptionType::Plain, PROMPT_TIME)
            .map_err(explain)?;
        Ok(Box::new(Service(service)))
    }

    impl Service {
        /// Items of exactly our attributes if there are any, else all that have them among others.
        fn items(&self, account: &str) -> Result<Vec<Found<'_>>> {
            let wanted = attributes(account);
            let found = self.0.search_items(wanted.clone()).map_err(explain)?;
            let unlocked = found.unlocked.into_iter().map(|item| Found { item, locked: false });
            let locked = found.locked.into_iter().map(|item| Found { item, locked: true });
            let all: Vec<_> = unlocked.chain(locked).collect();
            // Each question is a wait for two programs; of one alone it would change nothing.
            if all.len() < 2 {
                return Ok(all);
            }
            let (mut exact, mut similar) = (Vec::new(), Vec::new());
            for found in all {
                let own = found.item.get_attributes().map_err(explain)?;
                let extra = own
                    .keys()
                    .filter(|name| !wanted.contains_key(name.as_str()) && *name != "xdg:schema")
                    .count();
                if extra == 0 {
                    exact.push(found);
                } else {
                    similar.push(found);
                }
            }
            Ok(if exact.is_empty() { similar } else { exact })
        }
    }

    struct Found<'a> {
        item: Item<'a>,
        /// When it was found: if it is locked since, it says so itself.
        locked: bool,
    }

    impl Found<'_> {
        fn secret(&self) -> Result<Secret> {
            if self.locked {
                return Err(locked());
            }
            self.item.get_secret().map_err(explain)
        }
    }

    impl Platform for Service {
        fn get(&mut self, account: &str) -> Result<Vec<Secret>> {
            self.items(account)?.iter().map(Found::secret).collect()
        }

        fn set(&mut self, account: &str, secret: &[u8], ours: Ours) -> Result<()> {
            let items = self.items(account)?;
            let only = (items.len() > 1).then_some(ours);
            let mut replaced = false;
            for item in &items {
                replaced |= replace(item, secret, only)?;
            }
            if replaced {
                return Ok(());
            }
            let collection = self.0.get_default_collection().map_err(explain)?;
            if collection.is_locked().map_err(explain)? {
                return Err(locked());
            }
            let label = format!("tokcli: {account}");
            collection
                .create_item(&label, attributes(account), secret, items.is_empty(), "text/plain")
                .map(drop)
                .map_err(explain)
        }

        fn delete(&mut self, account: &str, ours: Ours) -> Result<()> {
            let items = self.items(account)?;
            for item in &items {
                if items.len() > 1 && !ours(&item.item.get_secret().map_err(explain)?) {
                    continue;
                }
                match item.item.delete() {
                    Err(ServiceError::NoResult) | Ok(()) => {}
                    Err(cause) => return Err(explain(cause)),
                }
            }
            Ok(())
        }
    }

    /// `false`: it is not ours, or somebody deleted it since it was found.
    fn replace(found: &Found<'_>, secret: &[u8], only: Option<Ours>) -> Result<bool> {
        if found.locked {
            return Err(locked());
        }
        let item = &found.item;
        let done = match only.map(|ours| item.get_secret().map(|there| ours(&there))) {
            Some(Ok(false)) => return Ok(false),
            Some(Err(cause)) => Err(cause),
            Some(Ok(true)) | None => item.set_secret(secret, "text/plain"),
        };
        match done {
            Err(ServiceError::Dbus(cause)) if GONE.contains(&last_word(cause.name())) => Ok(false),
            done => done.map(|()| true).map_err(explain),
        }
    }

    fn attributes(account: &str) -> HashMap<&str, &str> {
        HashMap::from([("service", SERVICE), ("username", account)])
    }

    fn locked() -> Error {
        Error::new(Code::StoreLocked, "the keyring is locked")
            .hint("unlock it, for example by logging in to the desktop, and try again")
    }

    const GONE: [&str; 3] = ["NoSuchObject", "UnknownObject", "UnknownMethod"];

    /// Of the error's name, as `NoReply` of `org.freedesktop.DBus.Error.NoReply`.
    fn last_word(name: Option<&str>) -> &str {
        name.unwrap_or_default().rsplit('.').next().unwrap_or_default()
    }

    /// Our words for the ways it fails; the library's may quote what it read.
    fn explain(cause: ServiceError) -> Error {
        match cause {
            ServiceError::Locked | ServiceError::Prompt => locked(),
            ServiceError::NoResult => unavailable("the keyring has no default collection").hint(OTHER_STORE),
            ServiceError::Unavailable => {
                unavailable("there is no Secret Service on this session's bus").hint(OTHER_STORE)
            }
            ServiceError::Dbus(cause) => match last_word(cause.name()) {
                "ServiceUnknown" | "NameHasNoOwner" => {
                    unavailable("no program offers a keyring (Secret Service) on this session's bus")
                        .hint(OTHER_STORE)
                }
                "NoReply" | "TimedOut" | "Timeout" => unavailable("the keyring did not answer"),
                "IsLocked" => locked(),
                gone if GONE.contains(&gone) => {
                    unavailable("the keyring's item or collection is not there any more")
                }
                "NotSupported" | "FileNotFound" | "NoServer" | "Disconnected" | "BadAddress"
                | "AccessDenied" | "AuthFailed" => {
                    unavailable("there is no D-Bus session to reach the keyring through").hint(OTHER_STORE)
                }
                other => unavailable(format!("the keyring failed ({other})")),
            },
            ServiceError::Crypto(_) => unavailable("the keyring's answer could not be decrypted"),
            _ => unavailable("the keyring's answer makes no sense"),
        }
    }
}

/// macOS Keychain and Windows Credential Manager, through keyring-core: untested.
#[cfg(any(target_os = "macos", windows))]
mod native {
    use std::sync::Arc;

    use keyring_core::api::CredentialStoreApi;
    use keyring_core::{Entry, Error as KeyringError};

    use super::{Error, OTHER_STORE, Ours, Platform, Result, SERVICE, Secret, unavailable};
    use crate::base::error::Code;

    struct Core(Arc<dyn CredentialStoreApi + Send + Sync>);

    #[cfg(target_os = "macos")]
    pub(super) fn connect() -> Result<Box<dyn Platform>> {
        let store = apple_native_keyring_store::keychain::Store::new().map_err(explain)?;
        Ok(Box::new(Core(store)))
    }

    #[cfg(windows)]
    pub(super) fn connect() -> Result<Box<dyn Platform>> {
        let store = windows_native_keyring_store::Store::new().map_err(explain)?;
        Ok(Box::new(Core(store)))
    }

    impl Core {
        fn entry(&self, account: &str) -> Result<Entry> {
            self.0.build(SERVICE, account, None).map_err(explain)
        }
    }

    impl Platform for Core {
        fn get(&mut self, account: &str) -> Result<Vec<Secret>> {
            match self.entry(account)?.get_secret() {
                Ok(secret) => Ok(vec![secret]),
                Err(KeyringError::NoEntry) => Ok(Vec::new()),
                Err(cause) => Err(explain(cause)),
            }
        }

        fn set(&mut self, account: &str, secret: &[u8], _: Ours) -> Result<()> {
            self.entry(account)?.set_secret(secret).map_err(explain)
        }

        fn delete(&mut self, account: &str, _: Ours) -> Result<()> {
            match self.entry(account)?.delete_credential() {
                Ok(()) | Err(KeyringError::NoEntry) => Ok(()),
                Err(cause) => Err(explain(cause)),
            }
        }
    }

    /// By kind only: some of the library's errors hold the secret itself.
    fn explain(cause: KeyringError) -> Error {
        match cause {
            KeyringError::NoStorageAccess(_) => {
                Error::new(Code::StoreLocked, "the keyring is locked or not accessible from this session")
            }
            KeyringError::TooLong(_, limit) => {
                unavailable(format!("the credential is larger than the {limit} bytes this keyring takes"))
                    .hint(OTHER_STORE)
            }
            KeyringError::PlatformFailure(_) => unavailable("the keyring failed"),
            _ => unavailable("the keyring's answer makes no sense"),
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod native {
    use super::{OTHER_STORE, Platform, Result, unavailable};

    pub(super) fn connect() -> Result<Box<dyn Platform>> {
        Err(unavailable("tokcli knows no keyring on this platform").hint(OTHER_STORE))
    }
}
