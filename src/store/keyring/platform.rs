//! All in which the platforms differ: which store is `keyring-core`'s default one, and how much an item holds.
//!
//! macOS and Windows take the native store that `keyring` chooses. On Linux `keyring` cannot be had without its own
//! choice, a Secret Service store over a second D-Bus implementation: no feature leaves that out (4.0 to 4.2), and
//! with none it refuses to compile. So there ours is the default, and `keyring-core`, whose entries these are
//! on every platform, is all that is taken.

use crate::base::error::Result;

/// What an item can hold, in bytes; Windows: `CRED_MAX_CREDENTIAL_BLOB_SIZE`.
pub(in crate::store) const LARGEST: Option<usize> = if cfg!(windows) { Some(2_560) } else { None };

#[cfg(target_os = "linux")]
pub(super) fn choose_store() -> Result<()> {
    static CHOSEN: std::sync::Once = std::sync::Once::new();
    CHOSEN.call_once(|| keyring_core::set_default_store(super::secret_service::SecretServiceStore::new()));
    Ok(())
}

/// A daemon that was just started may not have loaded its collections yet.
#[cfg(target_os = "linux")]
pub(super) fn is_open() -> Result<bool> {
    choose_store()?;
    super::secret_service::has_open_collection().map_err(|failure| super::failure::explain(&failure))
}

/// `Err` unless items can be made, last, and are open.
#[cfg(target_os = "linux")]
pub(super) fn check() -> Result<()> {
    use super::secret_service::Default;
    use super::{failure, trouble};
    choose_store()?;
    let none = |words: &str| Err(crate::base::error::unavailable(words).hint(failure::NEW_DEFAULT));
    match super::secret_service::default_collection().map_err(|why| failure::explain(&why))? {
        Default::Open => Ok(()),
        Default::Locked => Err(trouble::locked()),
        Default::Session => {
            none("the keyring's default collection is `session`, which ends with the session")
        }
        Default::None => none("the keyring has no default collection"),
        Default::NoneButSession => {
            none("the keyring has no default collection, and only `session`, which ends with the session")
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn check() -> Result<()> {
    choose_store()
}

/// Of all items of the service. Elsewhere than on Linux a search may ask the user.
#[cfg(target_os = "linux")]
pub(super) fn accounts(service: &str) -> Result<Vec<String>> {
    choose_store()?;
    let wanted = std::collections::HashMap::from([("service", service)]);
    let found = keyring_core::Entry::search(&wanted).map_err(|failure| super::failure::explain(&failure))?;
    Ok(found.iter().filter_map(|entry| Some(entry.get_specifiers()?.1)).collect())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn accounts(_: &str) -> Result<Vec<String>> {
    Ok(Vec::new())
}

/// For an item that will be asked for soon.
#[cfg(target_os = "linux")]
pub(super) fn search_early(service: &str, account: &str, until: std::time::Instant) {
    let _ = choose_store();
    super::secret_service::search_early(service, account, until);
}

/// Until something is asked again.
#[cfg(target_os = "linux")]
pub(super) fn disconnect() {
    super::secret_service::disconnect();
}

#[cfg(not(target_os = "linux"))]
pub(super) fn disconnect() {}

/// There it is a part of the system, and not started by whoever asks.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_open() -> Result<bool> {
    Ok(true)
}

#[cfg(windows)]
pub(super) fn choose_store() -> Result<()> {
    keyring::Entry::store_status().as_ref().copied().map_err(super::failure::explain)
}

/// From then on the system asks nobody: neither to unlock a keychain, nor whether a program that was updated may use it. What
/// it would ask about fails.
#[cfg(target_os = "macos")]
pub(super) fn choose_store() -> Result<()> {
    use security_framework::os::macos::keychain::SecKeychain;
    static QUIET: std::sync::Once = std::sync::Once::new();
    // If that cannot be had, it asks, as ever. It lasts as long as what is forgotten here would have.
    QUIET.call_once(|| SecKeychain::disable_user_interaction().map_or((), std::mem::forget));
    keyring::Entry::store_status().as_ref().copied().map_err(super::failure::explain)
}

/// The item of one account, of a service.
#[cfg(not(windows))]
pub(super) fn entry(service: &str, account: &str) -> keyring_core::Result<keyring_core::Entry> {
    keyring_core::Entry::new(service, account)
}

/// The same, of this machine: one that follows the user to another would be there without journal and lock.
#[cfg(windows)]
pub(super) fn entry(service: &str, account: &str) -> keyring_core::Result<keyring_core::Entry> {
    let local = std::collections::HashMap::from([("persistence", "local")]);
    keyring_core::Entry::new_with_modifiers(service, account, &local)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub(super) fn choose_store() -> Result<()> {
    Err(crate::base::error::unavailable("tokcli supports no keyring on this platform")
        .hint(super::failure::OTHER_STORE))
}
