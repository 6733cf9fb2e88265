//! A journal that cannot be opened: what is said of it, of an item or a key that is missing, and how it is set aside.

use std::path::{Path, PathBuf};

use super::{Claim, Kept, Store, files};
use crate::base::error::{Error, Result, damaged, refused, unavailable};

/// A journal that was set aside.
pub(crate) struct Discarded {
    /// Where it is now; `None`: there was none, and what lay beside it is forgotten.
    pub(crate) aside: Option<PathBuf>,
    /// What was renamed, from and to: back where it was, all is as before.
    pub(crate) renamed: Vec<(PathBuf, PathBuf)>,
}

impl Store {
    /// `Err` if the journal opens, or it cannot be told now whether it does.
    pub(crate) fn check_discardable(&mut self) -> Result<()> {
        let there = self.path().exists();
        match self.look() {
            Ok(_) if there => Err(refused(format!(
                "the journal {} can be opened: there is no reason to set it aside",
                self.path().display()
            ))
            .hint("`--yes` sets it aside all the same")),
            Ok(_) => Ok(()),
            Err(_) if self.unopenable.get() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Sets the journal aside; the store's item stays.
    pub(crate) fn discard_journal(&mut self, _: &Claim) -> Result<Option<Discarded>> {
        let (journal, place) = (self.path(), self.state.place(&self.id));
        let mut renamed = Vec::new();
        // The place first: without it, the journal is believed by nobody.
        for path in [&place, &journal] {
            if files::identity(path).flatten().is_some() {
                let aside = aside_of(path);
                files::set_aside(path, &aside)?;
                renamed.push((path.clone(), aside));
            }
        }
        let forgot = self.backend.forget_here() || !renamed.is_empty();
        let aside = renamed.iter().find(|(from, _)| *from == journal).map(|(_, to)| to.clone());
        Ok(forgot.then_some(Discarded { aside, renamed }))
    }

    /// What setting the journal aside costs depends on what else there is.
    pub(super) fn discard_hint(&self, error: Error) -> Error {
        self.unopenable.set(true);
        let cost = match (self.backend.mirrors(), self.kept) {
            (true, _) => "then the store's own copy counts",
            (false, Kept::Tokens) => "the credential in it is lost then",
            (false, Kept::Secrets) => "the secrets in it are lost then",
        };
        error.hint(format!("where nothing else helps, `{}` sets it aside; {cost}", self.discarding()))
    }

    /// The command line that sets the journal aside.
    fn discarding(&self) -> String {
        let which = if self.kept == Kept::Secrets { " --secrets" } else { "" };
        format!("tokcli recover --discard-journal{which} --profile {}", self.profile)
    }

    /// A keyring that is only coming up knows no item either: what cannot be undone is named only where one is open.
    pub(super) fn item_missing(&mut self) -> Error {
        let (whose, again) = match self.kept {
            Kept::Tokens => ("this account", "import"),
            Kept::Secrets => ("the stored secrets of this account", "secret set NAME"),
        };
        let error = unavailable(format!(
            "the keyring has no item for {whose}, but its sealed journal is here; the keyring may not be the right one, or not loaded yet"
        ));
        if !self.backend.is_loaded() {
            return error.hint("see that the keyring with the item is there and unlocked, then try again");
        }
        self.unopenable.set(true);
        error.hint(format!(
            "see that it is the keyring with the item; if that was reset and the item is gone for good, `{}` and then `tokcli {again} --profile {}` start again",
            self.discarding(), self.profile
        ))
    }

    pub(super) fn key_missing(&self) -> Error {
        self.unopenable.set(true);
        let place = self.backend.key_place();
        unavailable(format!(
            "the file store's key is missing, but its sealed journal is here: there is no {place}"
        ))
        .hint(format!("bring the key back from where it was kept, as {place}"))
    }

    pub(super) fn seal_broken(&self) -> Error {
        let words = format!(
            "the journal {} does not open with the key that the store holds: {}",
            self.path().display(),
            self.backend.key_place()
        );
        let error = self.discard_hint(damaged(words));
        let last = error.hint.clone().unwrap_or_default();
        error.hint(format!("put back the key with which it was sealed; {last}"))
    }
}

/// A name that nothing has.
fn aside_of(path: &Path) -> PathBuf {
    let named = |end: &str| PathBuf::from(format!("{}.discarded{end}", path.display()));
    let mut names = std::iter::once(named("")).chain((2_u32..).map(|n| named(&n.to_string())));
    names.find(|name| name.symlink_metadata().is_err()).unwrap_or_else(|| named("-"))
}
