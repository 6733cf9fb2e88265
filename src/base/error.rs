//! Everything that can go wrong, as a script or a person must tell it apart:
//! the code (stable, in `--json`), the exit status, the words, the way out.
//!
//! A message never holds a secret, and vendor text only after `redact.rs`. What lies beneath it is carried by
//! `anyhow`, whose blanket conversion would take any foreign error as it prints itself, secrets included
//! (`toml`, `serde_json`, `hyper` and keyring errors do). So `anyhow` is known to this file alone (`clippy.toml`),
//! and causes enter as a [`Cause`], in words of ours.

#![expect(clippy::disallowed_types, reason = "this is the door")]

use std::fmt;
use std::io;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) type Result<T> = std::result::Result<T, Error>;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $word:literal $exit:literal)*) => {
        /// What happened, in the words of the contract (`docs/reference.md`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum Code { $($(#[$doc])* #[serde(rename = $word)] $name),* }

        impl Code {
            pub(crate) fn word(self) -> &'static str {
                match self { $(Code::$name => $word),* }
            }

            /// The exit status of the process.
            pub(crate) fn exit(self) -> u8 {
                match self { $(Code::$name => $exit),* }
            }

            pub(crate) fn from_word(word: &str) -> Option<Code> {
                match word { $($word => Some(Code::$name),)* _ => None }
            }
        }
    };
}

codes! {
    Internal "internal" 1
    /// The command line is wrong.
    Usage "usage" 2
    Config "config" 3
    UnknownProfile "unknown_profile" 3
    ClientRejected "client_rejected" 3
    RequestRejected "request_rejected" 3
    Refused "refused" 3
    NoCredential "no_credential" 4
    LoginRequired "login_required" 4
    Unreachable "unreachable" 5
    RateLimited "rate_limited" 5
    Unavailable "unavailable" 5
    Busy "busy" 5
    StoreLocked "store_locked" 6
    StoreUnavailable "store_unavailable" 6
    StoreDamaged "store_damaged" 6
    NotStored "not_stored" 7
    NoAnswer "no_answer" 8
    UnreadableAnswer "unreadable_answer" 8
    /// Of the command of `exec`, as shells say it.
    NotExecutable "not_executable" 126
    NotFound "not_found" 127
}

impl Code {
    /// A still valid access token may be printed instead: whatever the vendor, the way to it or, after a look that
    /// succeeded, the store says, it does not concern that token. What is wrong here does.
    pub(crate) fn leaves_the_token_at_hand(self) -> bool {
        use Code::{ClientRejected, LoginRequired, RequestRejected};
        matches!(self, ClientRejected | LoginRequired | RequestRejected) || matches!(self.exit(), 5 | 6 | 8)
    }
}

/// One failure. `hint` is set only where following it certainly helps.
#[derive(Clone, Debug)]
pub(crate) struct Error {
    pub(crate) code: Code,
    words: Box<str>,
    /// Shared, because a chain cannot be copied.
    cause: Option<Arc<anyhow::Error>>,
    pub(crate) hint: Option<String>,
    /// What few errors have.
    more: Option<Box<More>>,
    /// Whole seconds from now.
    pub(crate) retry_after: Option<u64>,
    /// An answer nothing durable could take, sealed, in base64.
    pub(crate) sealed: Option<Box<str>>,
    /// Nothing is said: the reader of stdout went away.
    pub(crate) silent: bool,
}

#[derive(Clone, Debug, Default)]
struct More {
    place: Option<Place>,
    member: Option<(&'static str, serde_json::Value)>,
    obstacle: Option<Obstacle>,
}

/// What stood between this machine and the server that it wanted to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    Proxy,
    Certificate,
}

/// Where it is to be mended, to put several in order.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Error {
    pub(crate) fn new(code: Code, words: impl Into<String>) -> Error {
        let words = words.into().into_boxed_str();
        Error {
            code,
            words,
            cause: None,
            hint: None,
            more: None,
            retry_after: None,
            sealed: None,
            silent: false,
        }
    }

    pub(crate) fn because(mut self, cause: impl Into<Cause>) -> Error {
        self.cause = Some(Arc::new(cause.into().0));
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u64) -> Error {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn at(mut self, place: Place) -> Error {
        self.more.get_or_insert_default().place = Some(place);
        self
    }

    pub(crate) fn place(&self) -> Option<&Place> {
        self.more.as_ref()?.place.as_ref()
    }

    pub(crate) fn met(mut self, obstacle: Obstacle) -> Error {
        self.more.get_or_insert_default().obstacle = Some(obstacle);
        self
    }

    pub(crate) fn obstacle(&self) -> Option<Obstacle> {
        self.more.as_ref()?.obstacle
    }

    /// With a member more in the object of `--json`.
    pub(crate) fn member(mut self, name: &'static str, value: serde_json::Value) -> Error {
        self.more.get_or_insert_default().member = Some((name, value));
        self
    }

    pub(crate) fn own_member(&self) -> Option<&(&'static str, serde_json::Value)> {
        self.more.as_ref()?.member.as_ref()
    }

    /// The words, and after a colon the nearest cause.
    pub(crate) fn message(&self) -> String {
        self.to_string()
    }

    /// With the way out, for whoever shows one line to people.
    pub(crate) fn in_one_line(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{self}; {hint}"),
            None => self.to_string(),
        }
    }

    /// What lies beneath the nearest cause, for `-v`.
    pub(crate) fn further_causes(&self) -> impl Iterator<Item = String> {
        self.cause.iter().flat_map(|cause| cause.chain().skip(1)).map(ToString::to_string)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => write!(f, "{}: {cause}", self.words),
            None => f.write_str(&self.words),
        }
    }
}

/// Why something failed, with what lies beneath that: in words of ours, whatever they were made from.
pub(crate) struct Cause(anyhow::Error);

impl From<&io::Error> for Cause {
    fn from(cause: &io::Error) -> Cause {
        let words = plain(cause);
        Cause(match cause.raw_os_error() {
            Some(number) => anyhow::Error::msg(format!("operating system error {number}")).context(words),
            None => anyhow::Error::msg(words),
        })
    }
}

/// Shorthands for the codes that are made in many places.
pub(crate) fn config(words: impl Into<String>) -> Error {
    Error::new(Code::Config, words)
}

pub(crate) fn refused(words: impl Into<String>) -> Error {
    Error::new(Code::Refused, words)
}

pub(crate) fn unavailable(words: impl Into<String>) -> Error {
    Error::new(Code::StoreUnavailable, words)
}

pub(crate) fn damaged(words: impl Into<String>) -> Error {
    Error::new(Code::StoreDamaged, words)
}

pub(crate) fn internal(words: impl Into<String>) -> Error {
    Error::new(Code::Internal, words)
}

/// The operating system's words without its error number.
pub(crate) fn plain(cause: &io::Error) -> String {
    let words = cause.to_string();
    words.split(" (os error").next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Does not compile if one of ours can be made from one of theirs, by `?` for example.
    macro_rules! never_made_from {
        ($ours:ty: $($theirs:ty),*) => {
            $({
                trait Ambiguous<Case> { fn met() {} }
                struct Convertible;
                impl<T> Ambiguous<()> for T {}
                impl<T: From<$theirs>> Ambiguous<Convertible> for T {}
                <$ours as Ambiguous<_>>::met();
            })*
        };
    }

    #[test]
    fn errors_that_print_what_they_read_cannot_become_ours() {
        never_made_from!(Error: toml::de::Error, serde_json::Error, hyper::Error, io::Error, anyhow::Error);
        never_made_from!(Cause: toml::de::Error, serde_json::Error, hyper::Error, anyhow::Error);
    }

    #[test]
    fn the_nearest_cause_is_part_of_the_message_and_the_rest_is_at_hand() {
        let full = io::Error::from_raw_os_error(28);
        let error = unavailable("cannot write the journal").because(&full).hint("make room");
        let again = error.clone();
        assert_eq!(again.message(), format!("cannot write the journal: {}", plain(&full)));
        assert_eq!(again.further_causes().collect::<Vec<_>>(), ["operating system error 28"]);
        assert_eq!(unavailable("it is gone").further_causes().count(), 0);
        let own = unavailable("cannot read it").because(&io::Error::other("it Ended"));
        assert_eq!((own.message().as_str(), own.further_causes().count()), ("cannot read it: it ended", 0));
    }
}
