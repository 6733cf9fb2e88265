//! What a keyring's failure means, in words of ours. `keyring-core`'s own errors may hold the secret's bytes
//! (`BadEncoding`, `BadDataFormat`) or other programs' items (`Ambiguous`), and are never printed.

use std::fmt;
#[cfg(any(target_os = "linux", test))]
use std::path::Path;
#[cfg(target_os = "linux")]
use std::path::PathBuf;

use keyring_core::Error as Failure;

use super::keychain::{code_of, is_locked};
#[cfg(target_os = "linux")]
use crate::base::environment;
use crate::base::error::{Code, Error, unavailable};

pub(super) const OTHER_STORE: &str =
    "where there is no keyring, `store = \"file\"` in the profile keeps the credential in a sealed file";

/// Where there is one that keeps nothing.
#[cfg(target_os = "linux")]
pub(super) const NEW_DEFAULT: &str = "make a keyring and set it as the default, with Seahorse for example, or keep the credential in a sealed file: `store = \"file\"` in the profile";

/// Where nobody offers a keyring: perhaps only because this run was started outside the session, as by cron.
#[cfg(target_os = "linux")]
pub(super) fn way_to_a_keyring() -> String {
    match session_bus() {
        Some(socket) => way_to_the_session(&socket, environment::os("DBUS_SESSION_BUS_ADDRESS").is_some()),
        None => match environment::os("DBUS_SESSION_BUS_ADDRESS") {
            Some(_) => format!(
                "set `DBUS_SESSION_BUS_ADDRESS` to the bus of the session that has the keyring, as `unix:path=/run/user/UID/bus`; {OTHER_STORE}"
            ),
            None => format!(
                "a keyring can be reached only from within its session, or where `XDG_RUNTIME_DIR` is that of one; {OTHER_STORE}"
            ),
        },
    }
}

#[cfg(any(target_os = "linux", test))]
fn way_to_the_session(socket: &Path, address_is_set: bool) -> String {
    let (socket, runtime) = (socket.display(), socket.parent().unwrap_or(Path::new("/")).display());
    let set = match address_is_set {
        true => format!("DBUS_SESSION_BUS_ADDRESS=unix:path={socket}"),
        false => format!("XDG_RUNTIME_DIR={runtime}"),
    };
    format!("`{set}` in the environment, as in a line of the crontab, leads to the keyring of your session")
}

/// That of the user's session, where systemd and others put it, if the environment does not lead there already.
#[cfg(target_os = "linux")]
fn session_bus() -> Option<PathBuf> {
    use std::os::unix::fs::FileTypeExt as _;
    let directory = PathBuf::from(format!("/run/user/{}", nix::unistd::geteuid()));
    let socket = directory.join("bus");
    let leads_there = match environment::os("DBUS_SESSION_BUS_ADDRESS") {
        Some(address) => address.to_string_lossy().contains(&format!("path={}", socket.display())),
        None => environment::os("XDG_RUNTIME_DIR").is_some_and(|given| Path::new(&given) == directory),
    };
    let is_there = std::fs::metadata(&socket).is_ok_and(|facts| facts.file_type().is_socket());
    (is_there && !leads_there).then_some(socket)
}

/// An error of ours on its way through `keyring-core`.
#[derive(Debug)]
struct Carried(Error);

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Carried {}

#[cfg(any(target_os = "linux", test))]
pub(super) fn carry(error: Error) -> Failure {
    match error.code {
        Code::StoreLocked => Failure::NoStorageAccess(Box::new(Carried(error))),
        _ => Failure::PlatformFailure(Box::new(Carried(error))),
    }
}

/// An error that was carried is whole again; of others the kind alone is told.
pub(super) fn explain(failure: &Failure) -> Error {
    if let Failure::NoStorageAccess(cause) | Failure::PlatformFailure(cause) = failure
        && let Some(Carried(error)) = cause.downcast_ref()
    {
        return error.clone();
    }
    match failure {
        Failure::PlatformFailure(cause) if code_of(&**cause).is_some_and(is_locked) => Error::new(
            Code::StoreLocked,
            "the keychain is locked, or does not let this program in without asking",
        )
        .hint("unlock the login keychain; after an update of tokcli, allow it again in Keychain Access"),
        Failure::NoStorageAccess(_) => {
            Error::new(Code::StoreLocked, "the keyring is locked or not accessible from this session")
        }
        Failure::PlatformFailure(_) => unavailable("the keyring failed"),
        Failure::NoEntry => gone(),
        Failure::TooLong(_, limit) => {
            unavailable(format!("the credential is larger than the {limit} bytes that this keyring accepts"))
                .hint(OTHER_STORE)
        }
        _ => unavailable("the keyring's answer makes no sense"),
    }
}

pub(super) fn gone() -> Error {
    unavailable("the keyring's item or collection no longer exists")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_outside_the_session_is_told_the_way_to_its_keyring() {
        let socket = Path::new("/run/user/1000/bus");
        for (is_set, wanted) in [
            (false, "`XDG_RUNTIME_DIR=/run/user/1000` in the environment"),
            (true, "`DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus` in the environment"),
        ] {
            let way = way_to_the_session(socket, is_set);
            assert!(way.starts_with(wanted), "{way}");
        }
    }

    #[test]
    fn an_error_of_ours_comes_back_whole_and_a_foreign_one_by_its_kind_alone() {
        let ours = Error::new(Code::StoreLocked, "the keyring is locked").hint("unlock it");
        let back = explain(&carry(ours));
        assert_eq!(
            (back.code, back.message().as_str(), back.hint.as_deref()),
            (Code::StoreLocked, "the keyring is locked", Some("unlock it"))
        );
        for foreign in [
            Failure::BadEncoding(b"rt-CANARY".to_vec()),
            Failure::BadDataFormat(b"rt-CANARY".to_vec(), "CANARY".into()),
            Failure::BadStoreFormat("CANARY".to_owned()),
            Failure::Invalid("CANARY".to_owned(), "CANARY".to_owned()),
            Failure::PlatformFailure("CANARY".into()),
            Failure::NoStorageAccess("CANARY".into()),
            Failure::TooLong("CANARY".to_owned(), 7),
        ] {
            let error = explain(&foreign);
            assert!(error.code.exit() == 6 && !format!("{error:?}").contains("CANARY"), "{error:?}");
        }
    }
}
