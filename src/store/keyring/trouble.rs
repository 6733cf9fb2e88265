//! Our words for the ways in which a Secret Service fails; the library's may quote what it read.

use dbus_secret_service::Error as Trouble;

use super::failure::{OTHER_STORE, gone, way_to_a_keyring};
use crate::base::error::{Code, Error, unavailable};

pub(super) fn locked() -> Error {
    Error::new(Code::StoreLocked, "the keyring is locked")
        .hint("unlock it, for example by logging in to the desktop, and try again")
}

pub(super) fn is_gone(trouble: &Trouble) -> bool {
    let Trouble::Dbus(cause) = trouble else { return false };
    matches!(last_word(cause.name()), "NoSuchObject" | "UnknownObject" | "UnknownMethod")
}

/// Of the error's name, as `NoReply` of `org.freedesktop.DBus.Error.NoReply`.
fn last_word(name: Option<&str>) -> &str {
    name.unwrap_or_default().rsplit('.').next().unwrap_or_default()
}

pub(super) fn explain(trouble: &Trouble) -> Error {
    match trouble {
        Trouble::Locked | Trouble::Prompt => locked(),
        Trouble::NoResult => unavailable("the keyring has no default collection").hint(OTHER_STORE),
        Trouble::Unavailable => {
            unavailable("there is no Secret Service on this session's bus").hint(way_to_a_keyring())
        }
        Trouble::Dbus(_) if is_gone(trouble) => gone(),
        Trouble::Dbus(cause) => explain_bus(last_word(cause.name())),
        Trouble::Crypto(_) => unavailable("the keyring's answer could not be decrypted"),
        _ => unavailable("the keyring's answer makes no sense"),
    }
}

fn explain_bus(error: &str) -> Error {
    match error {
        "ServiceUnknown" | "NameHasNoOwner" => {
            unavailable("no program offers a keyring (Secret Service) on this session's bus")
                .hint(way_to_a_keyring())
        }
        "NoReply" | "TimedOut" | "Timeout" => unavailable("the keyring did not answer"),
        "IsLocked" => locked(),
        "NotSupported" | "FileNotFound" | "NoServer" | "Disconnected" | "BadAddress" | "AccessDenied"
        | "AuthFailed" => {
            unavailable("there is no D-Bus session to reach the keyring through").hint(way_to_a_keyring())
        }
        other => unavailable(format!("the keyring failed ({other})")),
    }
}
