//! What is noted beside the journal of a credential that other machines share: that the backend may lack what the journal has, and
//! which attempts this machine has begun since it had it all.

use std::io::Write as _;
use std::path::PathBuf;

use super::files;
use crate::credential::state::Credential;

/// In bytes.
const MOST: usize = 65_536;

/// `None`: nobody shares it.
pub(super) struct Unsaved(Option<PathBuf>);

impl Unsaved {
    pub(super) fn noted_at(path: Option<PathBuf>) -> Unsaved {
        Unsaved(path)
    }

    /// Where a look asks the journal alone, it asks the backend too while this is noted. If it cannot be, the others learn
    /// what is new when this machine needs another token.
    pub(super) fn note(&self) {
        let _ = self.0.as_deref().map(files::open_or_make);
    }

    /// Before anybody learns of it: a machine that has not noted what it claimed is a copy of the one that did.
    pub(super) fn note_attempt(&self, intent: &Credential) {
        let Some((path, open)) = self.0.as_deref().zip(intent.open()) else { return };
        if let Ok(mut file) = files::open_to_append(path) {
            let _ = writeln!(file, "{}", open.attempt.nonce);
        }
    }

    /// By their nonces.
    pub(super) fn attempts(&self) -> Vec<String> {
        let text = self.0.as_deref().and_then(|path| files::text(path, MOST).ok().flatten());
        text.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    pub(super) fn is_noted(&self) -> bool {
        self.0.as_deref().is_some_and(std::path::Path::exists)
    }

    /// The backend has it all.
    pub(super) fn clear(&self) {
        self.0.as_deref().into_iter().for_each(files::remove);
    }
}
