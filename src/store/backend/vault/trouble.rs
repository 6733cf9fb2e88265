//! What is said of a record in a vault that is no use, or is busy.

use super::{Known, Shared};
use crate::base::error::{Code, Error, damaged};

impl Shared {
    pub(super) fn strange(&self) -> Error {
        damaged(format!("{} contains no record of tokcli", self.secret.words())).hint(format!(
            "set `prefix` under [stores.{}] to a place where nothing else writes",
            self.store.name
        ))
    }

    /// Another machine may know a later one: this one's own, put there, would let a spent token be presented.
    pub(super) fn gone(&self) -> Error {
        let (name, profile) = (&self.store.name, &self.profile);
        damaged(format!("{} is gone, but this machine knows a record there", self.secret.words())).hint(format!(
            "if `address` under [stores.{name}] leads to another vault now, give that vault a store with its own name; if the record was deleted with all its versions, `tokcli recover --profile {profile}` puts it back, on the machine that refreshed last"
        ))
    }

    pub(super) fn another(&self) -> Error {
        let (name, profile) = (&self.store.name, &self.profile);
        let secrets = if self.of_secrets { " --secrets" } else { "" };
        damaged(format!("{} is not the record that this machine knows", self.secret.words())).hint(format!(
            "if `address` under [stores.{name}] leads to another vault now, give that vault a store with its own name; if the record was started again, `tokcli recover --discard-journal{secrets} --yes --profile {profile}` lets this machine continue with that: it sets the journal here aside, with what only this journal knows, and says how to bring it back"
        ))
    }

    pub(super) fn claimed_strangely(&self) -> Error {
        damaged(format!("{} holds a claim that this version does not understand", self.secret.words()))
            .hint("update tokcli; if it is up to date, someone else has written there")
    }

    pub(super) fn deleted(&self, version: u64, destroyed: bool) -> Error {
        let words = self.secret.words();
        if destroyed {
            return damaged(format!("version {version} of {words}, which holds the record, was destroyed"))
                .hint(format!(
                    "where nothing else helps, ask an operator to delete its metadata; then `tokcli recover --profile {}`, on the machine that refreshed last, puts back what that machine knows",
                    self.profile
                ));
        }
        damaged(format!("version {version} of {words}, which holds the record, was deleted")).hint(format!(
            "`bao kv undelete -mount={} -versions={version} {}/{}` brings it back",
            self.store.mount, self.store.prefix, self.account
        ))
    }

    /// What this machine knows may not stand in the way of what another one is about to get.
    pub(super) fn busy(&self, there: &Known) -> Error {
        let holder = there.claim.as_ref().map_or("?", |claim| &claim.holder);
        Error::new(
            Code::Busy,
            format!("the machine `{holder}` is busy with the credential `{}`", self.account),
        )
    }
}
