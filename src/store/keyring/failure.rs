//! What a keyring's failure means, in words of ours. `keyring-core`'s own errors may hold the secret's bytes
//! (`BadEncoding`, `BadDataFormat`) or other programs' items (`Ambiguous`), and are never printed.

use std::fmt;

use keyring_core::Error as Failure;

use crate::base::error::{Code, Error, unavailable};

pub(super) const OTHER_STORE: &str =
    "where there is no keyring, `store = \"file\"` in the profile keeps the credential in a sealed file";

/// An error of ours on its way through `keyring-core`.
#[derive(Debug)]
struct Carried(Error);

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Carried {}

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
        Failure::NoStorageAccess(_) => {
            Error::new(Code::StoreLocked, "the keyring is locked or not accessible from this session")
        }
        Failure::PlatformFailure(_) => unavailable("the keyring failed"),
        Failure::NoEntry => gone(),
        Failure::TooLong(_, limit) => {
            unavailable(format!("the credential is larger than the {limit} bytes this keyring takes"))
                .hint(OTHER_STORE)
        }
        _ => unavailable("the keyring's answer makes no sense"),
    }
}

pub(super) fn gone() -> Error {
    unavailable("the keyring's item or collection is not there any more")
}

#[cfg(test)]
mod tests {
    use super::*;

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
