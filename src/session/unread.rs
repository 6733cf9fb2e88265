//! An answer that an earlier run sealed and did not live to read, or could not.

use super::answer::AnswerReader;
use super::binding;
use super::demand::{Demand, Invocation};
use super::freshness::Asked;
use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result};
use crate::base::process;
use crate::credential::issued::Issued;
use crate::credential::record::Access;
use crate::credential::state::{Credential, Open};
use crate::dialect::flow::Step;
use crate::http::message::RawAnswer;
use crate::profile::Profile;
use crate::profile::secrets::Secrets;
use crate::store::{Claim, Store};
use crate::terminal::wording;

/// Who reads it, and for what.
pub(super) struct Recovery<'a> {
    pub(super) invocation: &'a Invocation<'a>,
    pub(super) profile: &'a Profile,
    pub(super) demand: &'a Demand,
    pub(super) secrets: &'a Secrets,
}

/// What reading it came to.
pub(super) enum Recovered {
    /// There was none, or it left something to ask for.
    GoOn(Credential),
    Satisfied(Issued),
}

/// For `recover`: reads a sealed answer if the dialect now can; whether it could.
pub(crate) fn recover(
    invocation: &Invocation<'_>,
    profile: &Profile,
    store: &mut Store,
    claim: &Claim,
    credential: Credential,
) -> Result<bool> {
    let (Some(_), Some(record)) = (credential.sealed(), credential.record()) else { return Ok(false) };
    binding::check(profile, &record.bound)?;
    let secrets = profile.secrets(invocation.out.json())?;
    secrets.odd.iter().for_each(|words| invocation.out.warn(words.as_str()));
    let demand = Demand { force_replay: true, ..Demand::default() };
    let order = credential.order();
    let unread = Recovery { invocation, profile, demand: &demand, secrets: &secrets };
    Ok(match unread.read(store, claim, credential)? {
        Recovered::Satisfied(_) => true,
        Recovered::GoOn(after) => after.order() > order || after.sealed().is_none(),
    })
}

impl Recovery<'_> {
    pub(super) fn read(&self, store: &mut Store, claim: &Claim, before: Credential) -> Result<Recovered> {
        let Some((step, raw)) = before.sealed() else { return Ok(Recovered::GoOn(before)) };
        self.invocation.out.step("reading the answer that an earlier run left sealed");
        process::panic_means(Code::UnreadableAnswer);
        let (raw, step) = (raw.clone(), self.step(step)?);
        self.apply(store, claim, before, &raw, &step)
    }

    fn step(&self, name: &str) -> Result<Step<'_>> {
        let flow = self.profile.dialect.refresh();
        // Whoever insists has it read as what the flow ends with.
        let insisting = || self.demand.force_replay.then(|| flow.last());
        flow.step(name).or_else(insisting).ok_or_else(|| {
            let words = format!(
                "an answer is kept sealed that belongs to a step `{name}`, which the dialect does not have"
            );
            Error::new(Code::UnreadableAnswer, words)
        })
    }

    fn apply(
        &self,
        store: &mut Store,
        claim: &Claim,
        before: Credential,
        raw: &RawAnswer,
        step: &Step<'_>,
    ) -> Result<Recovered> {
        let key = store.key()?.clone();
        let reader = AnswerReader { profile: self.profile, secrets: self.secrets, key: &key };
        let applied = reader.apply(&before, raw, step, replayed(&before));
        let after = applied.credential;
        let Some(code) = applied.outcome.code() else {
            applied.warnings.into_iter().for_each(|words| self.invocation.out.warn(words));
            store.save(claim, &after)?;
            // Too long ago it is no use, but this run has sent nothing and may ask.
            return Ok(match self.sufficient(&after).filter(|_| step.is_last()) {
                Some(access) => Recovered::Satisfied(Issued::at_hand(access.clone())),
                None => Recovered::GoOn(after),
            });
        };
        // A new refresh token without an access token: this run has sent nothing and may use it.
        let rotated = after.order() > before.order();
        let useless = matches!(code, Code::NoAnswer | Code::UnreadableAnswer);
        // Remembered as read, it keeps no run from a valid token at hand.
        if rotated || !useless || before.is_answered() {
            store.save(claim, &after)?;
        }
        let insisting = code == Code::UnreadableAnswer && self.demand.force_replay;
        if rotated || code == Code::NoAnswer || insisting {
            return Ok(Recovered::GoOn(after));
        }
        match self.sufficient(&after).filter(|_| !self.demand.fresh) {
            Some(access) => Ok(Recovered::Satisfied(Issued::at_hand(access.clone()))),
            None => Err(wording::error(&applied.outcome, applied.retry_after, self.profile)),
        }
    }

    fn sufficient<'c>(&self, credential: &'c Credential) -> Option<&'c Access> {
        let access = credential.record()?.access()?;
        let (now, started) = (Moment::now(), self.invocation.started.moment());
        let (demand, min_ttl) = (self.demand, self.profile.min_ttl);
        let (enough, cut) = Asked { demand, min_ttl, started: &started, now: &now }.suffices(access);
        cut.into_iter().for_each(|cut| self.invocation.out.warn(cut.words()));
        enough.then_some(access)
    }
}

/// What a replay replayed is not known any more; put off, it stays open and used up.
fn replayed(before: &Credential) -> Option<Open> {
    let attempt = &before.open()?.attempt;
    (attempt.replays > 0).then(|| Open::new(attempt.clone()))
}
