//! What was written where, and what that means for what is new.

use crate::credential::state::Credential;

/// Where the state after an answer stands now.
#[derive(Clone, Copy)]
pub(super) struct Durability {
    /// The answer itself is in the journal, as it came.
    pub(super) sealed: bool,
    pub(super) journal: bool,
    pub(super) backend: InBackend,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InBackend {
    /// It took the write.
    Written,
    /// And gave it back.
    ReadBack,
    Failed,
}

/// What would be lost with the state after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stake {
    /// The refresh token is as it was.
    Nothing,
    RefreshToken,
    /// The answer, which is the journal's alone, may hold a new refresh token.
    Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Everywhere it belongs.
    Safe,
    /// In one place at least: the next run brings it to the others.
    Behind,
    /// Nothing durable has it.
    Lost,
}

impl Stake {
    pub(super) fn of(answered: &Credential, after: &Credential) -> Stake {
        if after.order() > answered.order() {
            Stake::RefreshToken
        } else if after.seals.len() > answered.seals.len() {
            Stake::Answer
        } else {
            Stake::Nothing
        }
    }
}

impl Durability {
    pub(super) fn fate(self, stake: Stake) -> Fate {
        let in_journal = self.sealed || self.journal;
        match (self.backend, stake) {
            (InBackend::Written | InBackend::ReadBack, _) if self.journal => Fate::Safe,
            (_, Stake::Nothing) => Fate::Behind,
            _ if in_journal => Fate::Behind,
            (InBackend::ReadBack, Stake::RefreshToken) => Fate::Behind,
            _ => Fate::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_new_is_lost_that_any_place_holds() {
        use InBackend::{Failed, ReadBack, Written};
        for sealed in [false, true] {
            for journal in [false, true] {
                for backend in [Written, ReadBack, Failed] {
                    for stake in [Stake::Nothing, Stake::RefreshToken, Stake::Answer] {
                        let fate = Durability { sealed, journal, backend }.fate(stake);
                        let told = format!("{sealed} {journal} {backend:?} {stake:?}");
                        let everywhere = journal && backend != Failed;
                        assert_eq!(fate == Fate::Safe, everywhere, "{told}");
                        // A backend holds no answers, and a write that was not read back proves nothing.
                        let somewhere = sealed || journal || (backend == ReadBack && stake != Stake::Answer);
                        assert_eq!(fate == Fate::Lost, stake != Stake::Nothing && !somewhere, "{told}");
                    }
                }
            }
        }
    }
}
