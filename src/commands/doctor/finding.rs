//! What was found so far. What is wrong in one place is met at several: it is told where it was met first.

use crate::base::error::Error;
use crate::profile::relogin::Relogin;
use crate::profile::{Profile, StoreSpec};
use crate::terminal::finding::Finding;

#[derive(Default)]
pub(super) struct Found(Vec<Finding>);

impl Found {
    pub(super) fn add(&mut self, finding: Finding) {
        if !self.0.iter().any(|known| known.message == finding.message) {
            self.0.push(finding);
        }
    }

    pub(super) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.add(finding));
    }

    /// Whether a mend says these words already.
    pub(super) fn mends_by(&self, words: &str) -> bool {
        self.0.iter().filter_map(|finding| finding.mend.as_ref()).any(|mend| mend.contains(words))
    }

    /// Whether a login is not there, or not seen, by what was found already.
    pub(super) fn explains_no_login(&self, profile: &Profile) -> bool {
        let by_itself = profile.relogin != Relogin::Never;
        self.0.iter().filter(|finding| finding.needs_mending()).any(|finding| match finding.check {
            "state_directory" | "file_system" | "locks" => finding.profile.is_none(),
            "keyring" => profile.store == StoreSpec::Keyring,
            "secret_source" => by_itself && finding.profile.as_ref() == Some(&profile.name),
            _ => false,
        })
    }

    /// Nothing was found yet that needs mending.
    pub(super) fn is_well(&self) -> bool {
        !self.needs_mending()
    }

    pub(super) fn needs_mending(&self) -> bool {
        self.0.iter().any(Finding::needs_mending)
    }

    pub(super) fn all(&self) -> &[Finding] {
        &self.0
    }
}

/// Of a profile, in the words of the code that stumbled over it.
pub(super) fn about(
    check: &'static str,
    profile: &str,
    error: &Error,
    or: impl FnOnce() -> String,
) -> Finding {
    Finding::of(check, error, or).about(profile)
}
