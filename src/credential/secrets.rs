//! The kinds of secret, so that none is mistaken for another: the printer
//! takes an [`AccessToken`] and cannot be handed a [`RefreshToken`].
//!
//! No `Display`; `Debug` is masked, because derived `Debug` of a struct around
//! them is how secrets reach logs. Only the stored record serialises them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub(crate) struct $name(Zeroizing<String>);

        impl $name {
            pub(crate) fn new(value: impl Into<String>) -> Self {
                Self(Zeroizing::new(value.into()))
            }

            /// The secret itself: for a request, a store or, if it is an access token, stdout.
            pub(crate) fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(masked)"))
            }
        }

        impl Stored for $name {
            fn revive(value: String) -> Self {
                Self::new(value)
            }
            fn bare(&self) -> &str {
                self.expose()
            }
        }
    };
}

secret!(
    /// What an API call carries (RFC 6749 section 1.4).
    AccessToken
);
secret!(
    /// What obtains the next access token, often once (RFC 6749 section 1.5). Never printed.
    RefreshToken
);
secret!(
    /// Whatever else a profile keeps secret: client secret, password, proxy login.
    ClientSecret
);

secret!(
    /// What an answer gave beside its tokens. Printed only if the dialect does not call it a secret.
    KeptValue
);

/// A value that is kept with the credential for later requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    #[serde(with = "stored")]
    pub(crate) value: KeptValue,
    /// Never shown.
    pub(crate) secret: bool,
}

impl Kept {
    pub(crate) fn new(value: String, secret: bool) -> Kept {
        Kept { value: KeptValue::new(value), secret }
    }
}

/// Lets `record.rs`, and nobody else, write a secret down: `#[serde(with = "secrets::stored")]`.
pub(crate) trait Stored {
    fn revive(value: String) -> Self;
    fn bare(&self) -> &str;
}

impl<T: Stored> Stored for Box<T> {
    fn revive(value: String) -> Box<T> {
        Box::new(T::revive(value))
    }
    fn bare(&self) -> &str {
        (**self).bare()
    }
}

pub(crate) mod stored {
    use super::{Deserialize, Deserializer, Serializer, Stored};

    pub(crate) fn serialize<T: Stored, S: Serializer>(secret: &T, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.bare())
    }

    pub(crate) fn deserialize<'de, T: Stored, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        String::deserialize(from).map(T::revive)
    }
}

/// The same for a secret that may not be there.
pub(crate) mod stored_option {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Stored};

    pub(crate) fn serialize<T: Stored, S: Serializer>(secret: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(Stored::bare).serialize(to)
    }

    pub(crate) fn deserialize<'de, T: Stored, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map(T::revive))
    }
}

/// The same for a list of secrets.
pub(crate) mod stored_list {
    use super::{Deserialize, Deserializer, Serializer, Stored};

    pub(crate) fn serialize<T: Stored, S: Serializer>(secrets: &[T], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(secrets.iter().map(Stored::bare))
    }

    pub(crate) fn deserialize<'de, T: Stored, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
        Ok(Vec::<String>::deserialize(from)?.into_iter().map(T::revive).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_a_secret_is_masked() {
        let shown = format!("{:?}", (AccessToken::new("at-1"), RefreshToken::new("rt-1")));
        assert_eq!(shown, "(AccessToken(masked), RefreshToken(masked))");
    }
}
