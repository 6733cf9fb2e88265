//! Everything that can go wrong, as a script or a person must tell it apart:
//! the code (stable, in `--json`), the exit status, the words, the way out.
//!
//! A message never holds a secret, and vendor text only after `redact.rs`.

use std::fmt;

pub(crate) type Result<T> = std::result::Result<T, Error>;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $word:literal $exit:literal)*) => {
        /// What happened, in the words of the contract (`docs/reference.md`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code { $($(#[$doc])* $name),* }

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
}

impl Code {
    /// Passing trouble: a still valid access token may be printed instead.
    pub(crate) fn is_passing(self) -> bool {
        matches!(self.exit(), 5 | 8)
    }

    /// The store's trouble: after a look that succeeded, the token seen there will do.
    pub(crate) fn is_store(self) -> bool {
        self.exit() == 6
    }
}

/// One failure. `hint` is set only where following it certainly helps.
#[derive(Clone, Debug)]
pub(crate) struct Error {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// Whole seconds from now.
    pub(crate) retry_after: Option<u64>,
    /// An answer nothing durable could take, sealed, in base64.
    pub(crate) sealed: Option<String>,
    /// Nothing is said: the reader of stdout went away.
    pub(crate) silent: bool,
}

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Error {
        let message = message.into();
        Error { code, message, hint: None, retry_after: None, sealed: None, silent: false }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u64) -> Error {
        self.retry_after = Some(seconds);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Shorthands for the codes that are made in many places.
pub(crate) fn config(message: impl Into<String>) -> Error {
    Error::new(Code::Config, message)
}

pub(crate) fn refused(message: impl Into<String>) -> Error {
    Error::new(Code::Refused, message)
}

pub(crate) fn unavailable(message: impl Into<String>) -> Error {
    Error::new(Code::StoreUnavailable, message)
}

pub(crate) fn damaged(message: impl Into<String>) -> Error {
    Error::new(Code::StoreDamaged, message)
}

pub(crate) fn internal(message: impl Into<String>) -> Error {
    Error::new(Code::Internal, message)
}

/// The operating system's words without its error number.
pub(crate) fn plain(cause: &std::io::Error) -> String {
    let words = cause.to_string();
    words.split(" (os error").next().unwrap_or_default().to_lowercase()
}
