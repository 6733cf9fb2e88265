//! The cache's place on Linux: the user's keyring in the kernel, which never touches
//! a disk and whose keys expire by themselves. Every failure is a miss.
//!
//! A key is made in this process's own keyring and linked into the user's only when
//! it has its timeout and its permissions: whatever ends us, none without an expiry is
//! left behind, and none that is there is changed under a reader.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use linux_keyutils::{KeyError, KeyPermissions, KeyRing, KeyRingIdentifier, Permission};
use zeroize::Zeroize as _;

use super::seal;

/// The kernel's own limit for a payload of this type.
const LARGEST: usize = 32_767;
/// Most are smaller, and a page is what is touched for it.
const USUAL: usize = 4_096;

pub(crate) struct Cache(KeyRing);

/// What a key holds, wiped in the end. Not with the rest of the buffer, in which nothing ever was: `Zeroizing` would wipe
/// that too, byte by byte, and it would be a tenth of what a warm call takes.
pub(super) struct Payload(Vec<u8>);

impl Deref for Payload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Payload {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

impl Cache {
    pub(crate) fn open() -> Option<Cache> {
        KeyRing::from_special_id(KeyRingIdentifier::User, false).ok().map(Cache)
    }

    pub(super) fn get(&self, name: &str) -> Option<Payload> {
        let key = self.0.search(name).ok()?;
        let mut payload = Payload(vec![0; USUAL]);
        let length = key.read(&mut payload.0).ok()?;
        if length > USUAL {
            payload = Payload(vec![0; length.min(LARGEST)]);
            // Somebody may have put a larger one there meanwhile.
            (key.read(&mut payload.0).ok()? == length).then_some(())?;
        }
        payload.0.truncate(length);
        Some(payload)
    }

    pub(super) fn put(&self, name: &str, payload: &[u8], lasting: Duration) -> Option<()> {
        let own = KeyRing::from_special_id(KeyRingIdentifier::Process, true).ok()?;
        let key = match own.add_key(name, payload) {
            Err(KeyError::QuotaExceeded) => {
                self.make_room(name, payload.len() + name.len());
                own.add_key(name, payload)
            }
            made => made,
        };
        let key = key.ok()?;
        // Zero would mean for ever.
        let seconds = usize::try_from(lasting.as_secs()).ok()?.max(1);
        key.set_timeout(seconds).ok()?;
        key.set_perms(readable_by_the_user()).ok()?;
        self.0.link_key(key).ok()
    }

    /// At once: unlinked alone, a key would be wiped, and its room given back, some time later.
    pub(super) fn remove(&self, name: &str) {
        // Only who holds a key may revoke it.
        let own = KeyRing::from_special_id(KeyRingIdentifier::Process, true);
        let held = own.and_then(|own| own.link_keyring(self.0));
        if let (Ok(()), Ok(key)) = (held, self.0.search(name)) {
            let _ = key.revoke();
            let _ = self.0.unlink_key(key);
        }
    }

    /// A user who is not root has 20,000 bytes for all keys: the oldest of ours go first, and
    /// the one that is about to be replaced before them.
    fn make_room(&self, name: &str, needed: usize) {
        let size = |name: &str| self.get(name).map_or(0, |bytes| bytes.len() + name.len());
        let mut free = size(name);
        self.remove(name);
        let mut ours: Vec<(i64, String)> = names().into_iter().map(|name| (self.age(&name), name)).collect();
        ours.sort_unstable();
        for (_, name) in ours {
            if free >= needed {
                break;
            }
            free += size(&name);
            self.remove(&name);
        }
    }

    fn age(&self, name: &str) -> i64 {
        self.get(name).map_or(0, |kept| seal::made(&kept))
    }
}

/// Also from a session that has no link to the user's keyring; nobody else.
fn readable_by_the_user() -> KeyPermissions {
    let mut permissions = KeyPermissions::new();
    permissions.set_posessor_perms(Permission::ALL);
    permissions.set_user_perms(Permission::VIEW | Permission::READ | Permission::SEARCH);
    permissions
}

/// Of the keys of this cache. The kernel lists what we may see, one line for each:
/// `ID FLAGS USES TIMEOUT PERMISSIONS UID GID TYPE NAME: SIZE`.
fn names() -> Vec<String> {
    let list = std::fs::read("/proc/keys").unwrap_or_default();
    let list = String::from_utf8_lossy(&list);
    let name = |line: &str| {
        let from = line.find(" tokcli:")? + 1;
        let (name, _) = line[from..].rsplit_once(": ")?;
        Some(name.to_owned())
    };
    list.lines().filter_map(name).collect()
}
