//! Answers that earlier runs sealed and did not live to read, or could not.

use super::answer::AnswerReader;
use super::binding;
use super::demand::{Demand, Invocation};
use super::exchange::proof;
use super::freshness::Criteria;
use super::notice::Death;
use super::stored_secrets;
use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result};
use crate::base::process;
use crate::base::redact;
use crate::credential::access::Access;
use crate::credential::issued::Issued;
use crate::credential::outcome::{AfterUnreadable, Outcome};
use crate::credential::record::Record;
use crate::credential::state::{AnswerAt, Beginning, Credential};
use crate::credential::transition::Applied;
use crate::dialect::answer;
use crate::dialect::flow::Step;
use crate::http::message::RawAnswer;
use crate::profile::Profile;
use crate::profile::secrets::{For, Secrets};
use crate::store::seal::SealingKey;
use crate::store::{Claim, Store};
use crate::terminal::wording;

/// Who reads it, and for what.
pub(super) struct Recovery<'a> {
    pub(super) invocation: &'a Invocation<'a>,
    pub(super) profile: &'a Profile,
    pub(super) demand: &'a Demand,
    pub(super) secrets: &'a Secrets,
    pub(super) death: &'a Death,
}

/// What reading it came to.
pub(super) enum Recovered {
    /// There was none, or it left something to ask for.
    GoOn(Credential),
    Satisfied(Issued),
}

/// For `recover`: reads what the dialect now can; what is left then, and whether anything was read.
pub(crate) fn recover(
    invocation: &Invocation<'_>,
    profile: &Profile,
    store: &mut Store,
    claim: &Claim,
    credential: Credential,
    death: &Death,
) -> Result<(Credential, bool)> {
    if credential.answers().next().is_none() {
        return Ok((credential, false));
    }
    if let Some(record) = credential.record() {
        binding::check(profile, &record.bound)?;
    }
    let secrets = stored_secrets::secrets(invocation, profile, For::Renewal)?;
    let demand = Demand { force_replay: true, ..Demand::default() };
    let (order, answers) = (credential.order(), credential.answers().count());
    let recovery = Recovery { invocation, profile, demand: &demand, secrets: &secrets, death };
    let after = match recovery.read(store, claim, credential)? {
        Recovered::Satisfied(_) => store.load(claim)?,
        Recovered::GoOn(after) => after,
    };
    // What was read may have come after others.
    let after = recovery.read_late(store, claim, after)?;
    let read = after.order() > order || after.answers().count() < answers;
    Ok((after, read))
}

/// What the answers hold that nobody has read: names and lengths, never values.
pub(crate) fn described(credential: &Credential) -> Vec<String> {
    let secrets: Vec<&str> = credential.record().into_iter().flat_map(Record::secrets).collect();
    let seals = credential.seals.iter().map(|seal| (&seal.raw, seal.names_a_secret.then_some(NAMED)));
    let unread = credential.unread().map(|(_, raw)| (raw, Some("not looked into yet")));
    let lines = seals.chain(unread).flat_map(|(raw, instead)| {
        let ending = if raw.complete { "" } else { ", broken off" };
        let head = format!("status {}, {} bytes{ending}", raw.status, raw.body.len());
        let members = match (instead, answer::members(&raw.body)) {
            (Some(words), _) => vec![words.to_owned()],
            (None, Some(members)) => members.iter().map(|(at, kind)| format!("{at}: {kind}")).collect(),
            (None, None) => vec!["not JSON".to_owned()],
        };
        [head].into_iter().chain(members).take(MOST_LINES).collect::<Vec<_>>()
    });
    lines.map(|line| redact::vendor_words(&line, &secrets)).collect()
}

const NAMED: &str = "its names hold part of a secret, and are not shown";
/// Of one answer.
const MOST_LINES: usize = 100;

impl Recovery<'_> {
    /// The answer that nobody has tried to read, or else those that nobody could, if nothing was granted after them.
    pub(super) fn read(&self, store: &mut Store, claim: &Claim, before: Credential) -> Result<Recovered> {
        // That to a login that this profile knows nothing of concerns nobody here: it waits sealed.
        let strange = before.login_of(AnswerAt::Unread).is_some_and(|(_, login)| !self.knows(login));
        let before = if strange { before.beneath_a_login() } else { before };
        let before = self.read_late(store, claim, before)?;
        let answers = to_be_read(&before);
        if answers.is_empty() {
            return Ok(Recovered::GoOn(before));
        }
        self.invocation.out.step("reading the answer that an earlier run left sealed");
        process::panic_means(Code::UnreadableAnswer);
        let key = store.key_of_marks()?;
        let reader = self.reader(&key);
        let mut last_word = None;
        for (source, login, step, raw) in answers {
            if before.login_of(source).is_some_and(|(_, login)| !self.knows(login)) {
                continue;
            }
            let step = self.step(login.as_deref(), &step)?;
            // Whoever was asked for another proof was killed before that was made: nothing was spent, and this run asks.
            if source == AnswerAt::Unread
                && let Some((challenged, _)) = proof::challenged(self.profile, &step, &before, &raw)
            {
                store.save(claim, &challenged)?;
                return Ok(Recovered::GoOn(challenged));
            }
            let applied = reader.apply(&before, source, &raw, &step);
            let read = applied.credential.seals.len() < before.seals.len();
            if read || source == AnswerAt::Unread {
                return self.finish(store, claim, &before, applied, &step);
            }
            last_word.get_or_insert((applied, step));
        }
        match last_word.filter(|_| before.awaits_a_reader()) {
            Some((applied, step)) => self.finish(store, claim, &before, applied, &step),
            None => Ok(Recovered::GoOn(before)),
        }
    }

    /// Of what an earlier run was answered.
    fn reader<'k>(&'k self, key: &'k SealingKey) -> AnswerReader<'k> {
        AnswerReader { profile: self.profile, secrets: self.secrets, key, own: false, unchallenged: false }
    }

    /// A login for where this profile points, by a way that its dialect has.
    fn knows(&self, login: &Beginning) -> bool {
        login.bound == self.profile.binding && self.profile.dialect.login(&login.grant).is_some()
    }

    /// Answers after which something else was given: a refresh token in one may live yet, but is not the newest.
    fn read_late(&self, store: &mut Store, claim: &Claim, before: Credential) -> Result<Credential> {
        let key = store.key_of_marks()?;
        let reader = self.reader(&key);
        let mut after = before;
        for at in (0..after.seals.len())
            .rev()
            .filter(|at| !after.seals[*at].is_last_word() && after.seals[*at].login.is_none())
            .collect::<Vec<_>>()
        {
            // One of a step that the dialect does not have any more waits on, in nobody's way.
            let Ok(step) = self.step(None, &after.seals[at].step) else { continue };
            if let Some(read) = reader.apply_late(&after, at, &step) {
                store.save(claim, &read)?;
                after = read;
            }
        }
        Ok(after)
    }

    /// Of a login by that grant, or of a refresh.
    fn step(&self, login: Option<&str>, name: &str) -> Result<Step<'_>> {
        let dialect = &self.profile.dialect;
        let flow = login.and_then(|grant| dialect.login(grant)).unwrap_or_else(|| dialect.refresh());
        // Whoever insists has it read as what the flow ends with.
        let insisting = || self.demand.force_replay.then(|| flow.last());
        flow.step(name).or_else(insisting).ok_or_else(|| {
            let words = format!(
                "an answer is kept sealed that belongs to a step `{name}`, which the dialect does not have"
            );
            Error::new(Code::UnreadableAnswer, words)
        })
    }

    fn finish(
        &self,
        store: &mut Store,
        claim: &Claim,
        before: &Credential,
        applied: Applied,
        step: &Step<'_>,
    ) -> Result<Recovered> {
        let (after, own) = (applied.credential, applied.audience == self.profile.audience);
        let of_a_login = step.is_of_a_login();
        let Some(code) = applied.outcome.code() else {
            applied.warnings.into_iter().for_each(|words| self.invocation.out.warn(words));
            store.save(claim, &after)?;
            // Too long ago it is no use, but this run has sent nothing and may ask. Of another audience it brought nothing new.
            let brings = step.is_last() && (own || !self.demand.fresh);
            return Ok(match self.sufficient(&after).filter(|_| brings) {
                Some(access) => Recovered::Satisfied(Issued::at_hand(access)),
                None => Recovered::GoOn(after),
            });
        };
        let (rotated, read) = (after.order() > before.order(), after.seals.len() < before.seals.len());
        // Remembered as read, it keeps no run from a valid token at hand.
        if rotated || read || before.is_answered() {
            store.write_journal(claim, &after)?;
            self.death.note(before, &after, self.profile);
            store.write_backend(claim, &after)?;
        }
        // A new refresh token without an access token: this run has sent nothing and may use it.
        let goes_on = match &applied.outcome {
            Outcome::Unreadable { then: AfterUnreadable::AsksAgain, .. } => true,
            Outcome::Unreadable { .. } => rotated || self.demand.force_replay,
            _ => rotated || code == Code::NoAnswer,
        };
        // What another audience was refused for its own sake is no answer to this run.
        let theirs = !own && matches!(code, Code::RequestRejected | Code::ClientRejected);
        // What a login came to is no answer to whoever renews what was there before.
        if goes_on || theirs || of_a_login {
            return Ok(Recovered::GoOn(after));
        }
        match self.sufficient(&after).filter(|_| !self.demand.fresh) {
            Some(access) => Ok(Recovered::Satisfied(Issued::at_hand(access))),
            None => Err(wording::error(&applied.outcome, applied.retry_after, self.profile)),
        }
    }

    /// Of what this run asks for, whatever the answer was for.
    fn sufficient(&self, credential: &Credential) -> Option<Access> {
        let access = credential.record()?.access(&self.profile.audience)?.served(self.profile.token)?;
        let (now, started) = (Moment::now(), self.invocation.started.moment());
        let (enough, cut) = Criteria::of(self.profile, self.demand, &started, &now).suffices(&access);
        cut.into_iter().for_each(|cut| self.invocation.out.warn(cut.words()));
        enough.then_some(access)
    }
}

/// Answers, each with the grant and the step that it answers, in the order in which they are tried.
fn to_be_read(before: &Credential) -> Vec<(AnswerAt, Option<String>, String, RawAnswer)> {
    let grant = |login: &Option<Box<Beginning>>| login.as_ref().map(|login| login.grant.clone());
    match before.unread() {
        Some((attempt, raw)) => {
            vec![(AnswerAt::Unread, grant(&attempt.login), attempt.step.clone(), raw.clone())]
        }
        None => {
            let seals = before.last_words();
            seals
                .map(|(at, seal)| {
                    (AnswerAt::Seal(at), grant(&seal.login), seal.step.clone(), seal.raw.clone())
                })
                .collect()
        }
    }
}
