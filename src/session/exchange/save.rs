//! What an exchange ends with: the state after its answer goes where it belongs, and its outcome to whoever waits for it.

use std::io;

use super::super::durability::{Durability, Fate, InBackend, Stake};
use super::super::unjudged;
use super::{Declined, Performed, Performer, Sealing, Stepped};
use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result, internal, unavailable};
use crate::credential::access::Access;
use crate::credential::issued::Issued;
use crate::credential::outcome::Outcome;
use crate::credential::reading::RefusalKind;
use crate::credential::record::Record;
use crate::credential::state::{Credential, Order};
use crate::credential::transition::Applied;
use crate::dialect::flow::Step;
use crate::terminal::wording;

impl Performer<'_> {
    /// New state into the journal, then the backend. The journal alone is enough to go on.
    pub(super) fn save(
        &mut self,
        step: &Step<'_>,
        mut applied: Applied,
        sealed: &io::Result<()>,
        answered: &Credential,
    ) -> Result<Stepped> {
        self.store.renew_patience();
        if self.login.is_none()
            && is_refused(&applied.outcome)
            && let Some(elsewhere) = self.newer_elsewhere(answered.order())
        {
            return elsewhere.map(|issued| Stepped::Ended(Performed::Elsewhere(issued)));
        }
        if self.is_by_itself() {
            let asked = answered.unread().and_then(|(_, raw)| raw.retry_after());
            unjudged::spare(&mut applied, asked, &self.profile.audience);
        }
        let after = &applied.credential;
        let stake = Stake::of(answered, after);
        let (durability, trouble) = self.write(after, sealed.is_ok());
        if durability.journal {
            self.death.note(answered, after, self.profile);
        }
        if durability.fate(stake) == Fate::Lost {
            return Err(self.not_stored(after, stake));
        }
        if applied.outcome.code().is_some() {
            self.failed(applied, answered)
        } else {
            self.go_on(step, applied, trouble)
        }
    }

    /// Nothing was granted. A login has its own words for it.
    fn failed(&self, applied: Applied, answered: &Credential) -> Result<Stepped> {
        if self.login.is_some() {
            let kept = Sealing::of(&applied.credential, answered);
            let Applied { outcome, retry_after, .. } = applied;
            return Ok(Stepped::Declined(Declined { outcome, retry_after, kept }));
        }
        let error = wording::error(&applied.outcome, applied.retry_after, self.profile);
        let plain = self.profile.may_send_basic_plain(self.secrets);
        Err(if plain { wording::hinting_at_plain_basic(error) } else { error })
    }

    /// What a step gave is durable everywhere before the next is sent.
    pub(super) fn go_on(
        &mut self,
        step: &Step<'_>,
        applied: Applied,
        trouble: Option<Error>,
    ) -> Result<Stepped> {
        let another_follows = !step.is_last() || applied.further.is_some();
        if let Some(cause) = trouble {
            if another_follows {
                return Err(cause);
            }
            self.tell_behind(&cause)?;
        }
        if self.strict_store
            && !another_follows
            && let Some(words) = self.store.take_left_out()
        {
            return Err(Error::new(Code::NotStored, words));
        }
        applied.warnings.into_iter().for_each(|words| self.invocation.out.warn(words));
        if another_follows {
            return Ok(Stepped::Further(applied.credential, applied.further));
        }
        let access = self.at_hand(applied.credential.record())?;
        let issued = Issued { access, refreshed: true, logged_in: self.login.is_some() };
        Ok(Stepped::Ended(Performed::Granted(issued, Box::new(applied.credential))))
    }

    /// What is given out of what was granted.
    fn at_hand(&self, record: Option<&Record>) -> Result<Access> {
        let access = record.and_then(|record| record.access(&self.profile.audience));
        let access = access.ok_or_else(|| internal("a grant without access token"))?;
        access.served(self.profile.token).ok_or_else(|| wording::no_id_token(self.profile))
    }

    /// Where it stands now, and what went wrong.
    pub(super) fn write(&mut self, after: &Credential, sealed: bool) -> (Durability, Option<Error>) {
        let journal = self.store.write_journal(self.claim, after);
        let backend = self.store.write_backend(self.claim, after);
        let in_journal = sealed || journal.is_ok();
        let written = match &backend {
            Err(_) => InBackend::Failed,
            Ok(()) if !in_journal && self.store.reads_back(after) => InBackend::ReadBack,
            Ok(()) => InBackend::Written,
        };
        let durability = Durability { sealed, journal: journal.is_ok(), backend: written };
        let unwritten = || unavailable("the journal could not be written");
        let trouble = match backend {
            Err(cause) if in_journal => Some(cause),
            _ => journal.err().map(|_| unwritten()),
        };
        (durability, trouble)
    }

    fn tell_behind(&self, cause: &Error) -> Result<()> {
        if self.profile.store.is_ephemeral_here() {
            let words = format!(
                "the new credential is on this machine alone, which does not outlive its job: {cause}"
            );
            let again = format!(
                "run `tokcli refresh --profile {}` again here before the job ends: it brings the credential to the store",
                self.profile.name
            );
            return Err(Error::new(Code::NotStored, words).hint(again));
        }
        let end = match cause.code {
            Code::StoreDamaged => cause.hint.iter().map(|hint| format!("; {hint}")).collect(),
            _ => "; the next run repairs that".to_owned(),
        };
        let words = format!("the new credential is safe, but not everywhere it belongs: {cause}{end}");
        if self.strict_store {
            return Err(Error::new(Code::NotStored, words));
        }
        self.invocation.out.warn(words);
        Ok(())
    }

    /// `invalid_grant` is a question: perhaps somebody without our claim has rotated meanwhile.
    fn newer_elsewhere(&mut self, ours: Order) -> Option<Result<Issued>> {
        let there = self.store.peek().filter(|there| there.order() > ours)?;
        let record = there.record().filter(|record| record.bound == self.profile.binding)?;
        let served =
            record.access(&self.profile.audience).and_then(|access| access.served(self.profile.token));
        let valid = served.filter(|access| access.remaining(&Moment::now()).is_some());
        Some(valid.map(Issued::at_hand).ok_or_else(|| {
            let words =
                "the vendor refused the refresh token, but the store holds a newer one; the next run uses it";
            Error::new(Code::Unavailable, words).retry_after(0)
        }))
    }

    /// Neither journal nor store took it: the sealed record on stderr is the last resort.
    fn not_stored(&self, after: &Credential, stake: Stake) -> Error {
        let words = match stake {
            Stake::Answer => "the vendor's answer cannot be read, and the journal could not take it",
            _ if self.login.is_some() => {
                "the vendor granted the login, and neither journal nor store could take it"
            }
            _ => "the refresh token was rotated, and neither journal nor store could take the new one",
        };
        let mut error = Error::new(Code::NotStored, words);
        if let Ok(sealed) = self.store.sealed_text(after) {
            error.sealed = Some(sealed.into());
            error = error.hint(format!("keep the sealed text; `tokcli recover --stdin --profile {}` stores it once the disk is writable", self.profile.name));
        }
        error
    }
}

impl Sealing {
    /// Of the answer that `answered` holds unread, in the state after it.
    fn of(after: &Credential, answered: &Credential) -> Sealing {
        let nonce = answered.unread().map(|(attempt, _)| &attempt.nonce);
        match after.seals.iter().find(|seal| Some(&seal.attempt) == nonce) {
            Some(seal) if seal.raw.is_cut_in_its_head() => Sealing::Head,
            Some(_) => Sealing::Answer,
            None => Sealing::Nothing,
        }
    }
}

/// The refresh token was, whether or not there is another to try.
fn is_refused(outcome: &Outcome) -> bool {
    *outcome == Outcome::OtherAtHand || outcome.refusal() == Some(RefusalKind::LoginRequired)
}
