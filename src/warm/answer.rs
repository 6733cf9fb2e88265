//! What the small program answers, before it is printed.

use zeroize::Zeroizing;

use crate::base::error::Error;
use crate::terminal::output::Output;

/// Whether a call may wait for another run, and speak of anything but its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    AtOnce,
    Patient,
}

/// What is left to be done is to print it.
pub(super) struct Answer {
    pub(super) out: Output,
    pub(super) profile: Option<String>,
    pub(super) text: Zeroizing<Vec<u8>>,
    pub(super) code: u8,
}

impl Answer {
    /// The error is printed already. `None`: nothing may be printed yet.
    pub(super) fn failed(
        out: Output,
        profile: Option<String>,
        error: &Error,
        manner: Manner,
    ) -> Option<Answer> {
        if manner == Manner::AtOnce {
            return None;
        }
        out.error(profile.as_deref(), error);
        Some(Answer { out, profile, text: Zeroizing::default(), code: error.code.exit() })
    }

    /// With the exit code that it has come to.
    pub(super) fn print(self) -> u8 {
        let Err(error) = self.out.bytes(&self.text) else { return self.code };
        self.out.error(self.profile.as_deref(), &error);
        error.code.exit()
    }
}
