//! A credential on its way to the next state: what an answer changes of record, tokens and seals.

use std::collections::BTreeMap;

use super::super::access::{self, Access, AccessExpiry};
use super::super::attempt;
use super::super::audience::Audience;
use super::super::expiry::{self, Answered};
use super::super::outcome::{AfterUnreadable, Outcome};
use super::super::reading::{Evidence, LifetimeKind, RefusalKind, RenewsWith, Tokens};
use super::super::record::{AttemptEnd, Record};
use super::super::retry::{self, Class, End, Policy};
use super::super::secrets::{AccessToken, RefreshToken};
use super::super::state::{AnswerAt, Attempt, Credential, Open, Seal};
use super::terms::{Applied, ReadAnswer, Terms};
use crate::base::clock::{Moment, millis};
use crate::base::digest::sha256_hex;
use crate::base::error::Code;

/// A vendor's clock is read within so many milliseconds before its answer came, whatever the wait was.
const LONGEST_EXCHANGE: i64 = 120_000;

/// The access token that stays if an answer gives none: that of the audience, or else whichever was presented.
pub(super) fn current<'r>(record: &'r Record, terms: &Terms) -> Option<&'r Access> {
    if terms.needs_access_token {
        record.shown_access(&terms.audience)
    } else {
        record.access(&terms.audience)
    }
}

/// The credential on its way to the next state.
pub(super) struct After<'a> {
    record: Record,
    seals: Vec<Seal>,
    rotations: u64,
    before: &'a Credential,
    answered: Answered,
    source: AnswerAt,
    /// Whether an answer that tells nothing is kept all the same.
    holds_something: bool,
    names_a_secret: &'a dyn Fn() -> bool,
    /// The token was presented before, and nobody knows what came of that.
    pub(super) again: bool,
    /// When that was sent, if no answer to it came.
    pub(super) lost_at: Option<i64>,
    /// Whose journals may hold the answer to that.
    pub(super) sent_by: Vec<String>,
    /// The answer may be the one to that, which asked for another audience.
    pub(super) repeats_another: bool,
    terms: &'a Terms,
    warnings: Vec<String>,
}

impl<'a> After<'a> {
    pub(super) fn new(before: &'a Credential, answer: &ReadAnswer<'a>, terms: &'a Terms) -> After<'a> {
        let begun = || Record::first(None, answer.at.clone(), terms.bound.clone());
        let sent = before.open().filter(|_| answer.source == AnswerAt::Unread);
        // What a further step goes on from was answered.
        // The first step goes on from nothing: it repeats, whichever step was asked last.
        let repeats = |open: &Open, it: &Attempt| it.step == open.attempt.step || terms.step.first;
        let replayed = |open: &Open| Some(*open.earlier.clone()?).filter(|it| repeats(open, it));
        let came = |it: &Attempt| before.seals.iter().any(|seal| seal.attempt == it.nonce);
        let earlier = sent.and_then(replayed).filter(|_| terms.step.spends);
        let another = earlier.as_ref().is_some_and(|it| it.audience.as_ref() != Some(&terms.audience));
        let within_grace =
            earlier.as_ref().is_some_and(|it| gives_the_same(&it.sent_at, &answer.at, terms.policy));
        let took = sent.map_or(0, |open| answer.at.since(&open.attempt.sent_at)).clamp(0, LONGEST_EXCHANGE);
        let sent_by = earlier.as_ref().and(sent).map(|open| open.attempt.sent_by.clone());
        After {
            record: before.record().cloned().unwrap_or_else(begun),
            seals: before.seals.clone(),
            rotations: 0,
            before,
            source: answer.source,
            holds_something: answer.holds_something,
            names_a_secret: answer.names_a_secret,
            again: earlier.is_some(),
            lost_at: earlier.as_ref().filter(|it| !came(it)).map(|it| it.sent_at.wall_ms),
            sent_by: sent_by.unwrap_or_default(),
            repeats_another: another && within_grace,
            answered: Answered {
                at: answer.at.clone(),
                date: answer.date,
                took,
                older: older(earlier.as_ref().map(|attempt| &attempt.sent_at), &answer.at, terms.policy),
                brought: false,
            },
            terms,
            warnings: Vec::new(),
        }
    }
}

/// A vendor that gives the same successor twice gives its access token twice, too: one that is as old as the first request.
fn older(first_sent: Option<&Moment>, at: &Moment, policy: Policy) -> i64 {
    first_sent.filter(|sent| gives_the_same(sent, at, policy)).map_or(0, |sent| at.since(sent).max(0))
}

/// Past its grace it gives another one, or none.
fn gives_the_same(first_sent: &Moment, at: &Moment, policy: Policy) -> bool {
    policy.class == Class::GraceSame && at.since(first_sent) <= millis(policy.grace)
}

impl After<'_> {
    pub(super) fn ended(mut self, end: End, outcome: Outcome, retry_after: Option<u64>) -> Applied {
        let ended =
            AttemptEnd { at: self.answered.at.clone(), outcome: outcome.clone(), retry_after, client: None };
        self.record.note_end(&self.terms.audience, ended);
        self.keep_or_drop(&outcome);
        let open = self.left_open(end);
        let warnings = std::mem::take(&mut self.warnings);
        let audience = self.terms.audience.clone();
        let further = None;
        Applied { credential: self.credential(open), audience, outcome, retry_after, warnings, further }
    }

    fn left_open(&self, end: End) -> Option<Open> {
        let open = self.before.open();
        match self.source {
            // Whatever was asked since then is another matter.
            AnswerAt::Seal(at) if end != End::Unknown && self.rotations == 0 => {
                open.cloned()?.without(&self.before.seals[at].attempt)
            }
            _ => retry::left_open(end, open.cloned(), open.and_then(Open::without_the_last)),
        }
    }

    /// Where nothing was kept and nothing was given, nothing is kept.
    fn credential(self, open: Option<Open>) -> Credential {
        let given = self.rotations > 0 || !self.record.kept.is_empty();
        let record = (given || self.before.record().is_some()).then_some(self.record);
        self.before.settled(self.rotations, record, open, self.seals)
    }

    /// What becomes of the answer itself.
    fn keep_or_drop(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Unreadable { then: AfterUnreadable::Rotated, .. } => self.unseal(),
            Outcome::Unreadable { .. } => self.seal(),
            Outcome::Unclear { .. } | Outcome::NothingSpent { .. } if self.holds_something => self.seal(),
            Outcome::Unclear { .. } | Outcome::NothingSpent { .. } => {}
            Outcome::Granted => {
                self.unseal();
                self.follow_all();
            }
            _ => self.unseal(),
        }
    }

    /// The answer is kept as it came. Of those by which nothing can be spent, and of heads without a body, the last one is
    /// enough.
    fn seal(&mut self) {
        let Some((attempt, raw)) = self.before.unread().filter(|_| self.source == AnswerAt::Unread) else {
            return;
        };
        if self.terms.policy.class == Class::None || !self.terms.step.spends {
            self.seals.retain(|seal| seal.step != attempt.step);
        }
        // No dialect looks into those, and a server that always breaks off there must not fill the journal.
        if raw.is_cut_in_its_head() {
            self.seals.retain(|seal| !seal.raw.is_cut_in_its_head());
        }
        self.seals.push(Seal { names_a_secret: (self.names_a_secret)(), ..Seal::new(attempt, raw.clone()) });
    }

    /// It has been read, and is needed no more.
    fn unseal(&mut self) {
        if let AnswerAt::Seal(at) = self.source {
            self.seals.remove(at);
        }
    }

    /// Answers that were not read are of the past once the vendor has taken a refresh token that came after them.
    fn leave_behind(&mut self) {
        let Some(presented) = token_hash(self.before.record()).filter(|_| self.source == AnswerAt::Unread)
        else {
            return;
        };
        self.seals.retain(|seal| seal.followed_by.as_ref() != Some(&presented));
    }

    /// What was granted came after every answer that was not read.
    fn follow_all(&mut self) {
        match self.record.refresh_token.clone().filter(|_| self.terms.policy.class != Class::None) {
            Some(now) => self.follow_with(&now),
            None => self.seals.retain(|seal| seal.login.is_some()),
        }
    }

    /// The refresh token came after every answer that was not read, whether or not it was granted.
    fn follow_with(&mut self, token: &RefreshToken) {
        if self.source == AnswerAt::Unread {
            attempt::follow(&mut self.seals, token, &self.record.spent);
        }
    }

    /// A step before the last went well: what it gave is kept, and a new refresh token counts at once.
    pub(super) fn progressed(mut self, tokens: Tokens) -> Applied {
        self.unseal();
        let rotated = tokens.refresh_token.is_some() && tokens.refresh_token != self.record.refresh_token;
        let known = self.record.access(&self.terms.audience).map(|access| &access.token);
        let ahead = self.answered.ahead(&tokens, known);
        self.note_refresh_expiry(&tokens, ahead);
        self.record.kept.extend(tokens.kept);
        if rotated {
            self.leave_behind();
            self.succeed(tokens.refresh_token);
        }
        let open = self.before.open();
        // What was presented may be spent, and its successor is not there yet.
        let open = match (rotated, self.terms.step.spends) {
            (true, _) => None,
            (false, true) => open.map(|open| Open::new(open.attempt.clone())),
            (false, false) => open.and_then(Open::without_the_last),
        };
        Applied {
            audience: self.terms.audience.clone(),
            credential: self.credential(open),
            outcome: Outcome::Granted,
            retry_after: None,
            warnings: tokens.warnings,
            further: None,
        }
    }

    pub(super) fn granted(&mut self, tokens: &Tokens) -> Outcome {
        self.leave_behind();
        let audience = &self.terms.audience;
        let before = current(&self.record, self.terms).cloned();
        let old_id_token =
            self.record.access(audience).and_then(|access| access.old_id_token(&self.answered.at));
        let ahead = self.answered.ahead(tokens, before.as_ref().map(|access| &access.token));
        self.note_refresh_expiry(tokens, ahead);
        let presented = self.record.refresh_token.as_ref().map(|token| AccessToken::new(token.expose()));
        let current = before.as_ref().map(|access| access.token.clone()).or(presented);
        self.succeed(tokens.refresh_token.clone());
        let (access, warning) = expiry::access(tokens, current, &self.answered, &self.terms.lifetimes, ahead);
        let Some(mut access) = access else { return Outcome::Granted };
        if tokens.access_token.is_none() {
            access.put_together = before.as_ref().and_then(|before| before.put_together.clone());
        }
        // A token that stays, and of which nothing new is said, ends when it would have ended.
        if let Some(before) = before.filter(|before| before.remaining(&self.answered.at).is_some())
            && tokens.access_token.is_none()
            && access.expires == AccessExpiry::Unknown
        {
            access.expires = before.expires;
            access.obtained = before.obtained;
        }
        let (id_token, doubt) = expiry::id_token(tokens, &access, &self.answered, &self.terms.lifetimes)
            .unwrap_or((old_id_token, None));
        access.id_token = id_token;
        self.record.set_access(audience, Some(access));
        self.warnings = remember(&mut self.record, audience, tokens);
        self.warnings.extend(tokens.warnings.iter().cloned());
        self.warnings.extend(expiry::clock_warning(ahead).into_iter().chain(warning).chain(doubt));
        Outcome::Granted
    }

    /// Whose access token it holds nobody can tell: that is left out, and the next run asks with the new refresh token.
    pub(super) fn repeated(&mut self, tokens: Tokens) -> Outcome {
        let ahead = self.answered.ahead(&tokens, None);
        self.note_refresh_expiry(&tokens, ahead);
        self.record.kept.extend(tokens.kept);
        self.succeed(tokens.refresh_token);
        let words = "the vendor may have repeated its answer to an earlier request, which was for another scope or other params; its refresh token is kept, and the next run asks again";
        Outcome::Other { code: Code::Unavailable, words: words.to_owned() }
    }

    /// The new refresh token is what the next run presents, and the old one after it, should
    /// the answer deceive. An access token of such an answer, or the old one, which may have died
    /// with the old refresh token, is not printed, only sent where a vendor wants it. Those of other audiences stay.
    pub(super) fn rotated_without_access(&mut self, token: RefreshToken, access: Option<AccessToken>) {
        let mut others = std::mem::take(&mut self.record.candidates);
        others.retain(|other| *other != token);
        let old = self.record.refresh_token.clone().filter(|_| !self.terms.policy.never);
        self.succeed(Some(token));
        self.record.candidates = others;
        old.into_iter().for_each(|old| self.record.keep_candidate_first(old));
        let audience = &self.terms.audience;
        let known = self.record.shown_access(audience).cloned().filter(|_| self.terms.needs_access_token);
        let kept = known.map(|known| Access {
            token: access.unwrap_or_else(|| known.token.clone()),
            put_together: None,
            expires: AccessExpiry::UnknownAge,
            beside: BTreeMap::new(),
            id_token: None,
            ..known
        });
        self.record.set_access(audience, kept);
    }

    /// What follows an answer that holds no access token.
    pub(super) fn unreadable(&mut self, refresh_token: Option<RefreshToken>) -> AfterUnreadable {
        match refresh_token {
            Some(token) => {
                self.rotated_without_access(token, None);
                AfterUnreadable::Rotated
            }
            None if self.terms.step.spends && self.terms.policy.class != Class::None => {
                AfterUnreadable::Waits
            }
            None => AfterUnreadable::AsksAgain,
        }
    }

    /// What a refusal gave all the same, to be tried first should what was presented be refused. Of a vendor that gives one
    /// with each refusal for good, one is enough, or no refusal would ever be the last.
    pub(super) fn keep_given(&mut self, kind: RefusalKind, refresh_token: Option<RefreshToken>) {
        let one_more = kind == RefusalKind::LoginRequired && self.record.is_second_choice;
        if let Some(token) = refresh_token.filter(|token| !one_more && !self.record.is_spent(token)) {
            self.follow_with(&token);
            self.record.keep_candidate_first(token);
        }
    }

    pub(super) fn has_candidate(&self) -> bool {
        !self.record.candidates.is_empty()
    }

    /// An access token that renews itself is what was refused: no program is to get it any more.
    pub(super) fn end_what_was_refused(&mut self) {
        if self.terms.renews_with != RenewsWith::AccessToken || !self.terms.step.spends {
            return;
        }
        let Some(refused) = self.record.refresh_token.clone() else { return };
        for audience in self.record.audiences().cloned().collect::<Vec<_>>() {
            let access = self.record.access(&audience).cloned();
            if let Some(mut access) = access.filter(|access| access.token.expose() == refused.expose()) {
                access.end();
                self.record.set_access(&audience, Some(access));
            }
        }
    }

    /// The one that was obtained last. Should it be refused too, the others may yet be the live one.
    /// What was refused on weak evidence may be that, too, and comes last.
    pub(super) fn next_candidate(&mut self, evidence: Evidence) -> Outcome {
        let mut others = std::mem::take(&mut self.record.candidates);
        let next = others.remove(0);
        let again = evidence != Evidence::Words && !self.terms.policy.never;
        let refused = self.record.refresh_token.clone().filter(|token| again && !self.record.is_spent(token));
        // It came before whatever was not read since.
        self.record.succeed(Some(next), &self.answered.at);
        self.rotations += 1;
        self.record.candidates = others;
        refused.into_iter().for_each(|token| self.record.keep_candidate(token));
        self.record.is_second_choice = true;
        Outcome::OtherAtHand
    }

    fn succeed(&mut self, new: Option<RefreshToken>) {
        self.record.succeed(new.clone(), &self.answered.at);
        new.iter().for_each(|new| self.follow_with(new));
        self.rotations += 1;
    }

    /// A refresh token that stays is as good as new where its use renews it.
    fn used_one(&self) -> bool {
        let idle = self.terms.lifetimes.refresh_kind == LifetimeKind::Idle;
        idle && self.terms.step.spends && self.record.refresh_token.is_some()
    }

    /// Before the tokens are taken over: it depends on what is there.
    fn note_refresh_expiry(&mut self, tokens: &Tokens, ahead: i64) {
        let lifetimes = &self.terms.lifetimes;
        if let Some(said) = expiry::refresh_end(tokens, &self.answered, ahead) {
            self.record.refresh_expires_ms = said;
        } else if (tokens.refresh_token.is_some() || self.used_one())
            && let epoch = self.before.order().epoch
            && let Some(ends) = expiry::refresh_lifetime(lifetimes, &self.record, &self.answered.at, epoch)
        {
            self.record.refresh_expires_ms = Some(ends);
        }
    }
}

fn token_hash(record: Option<&Record>) -> Option<String> {
    Some(sha256_hex(record?.refresh_token.as_ref()?.expose()))
}

/// What the last answer gave beside its tokens; what the user should know of it.
pub(crate) fn remember(record: &mut Record, audience: &Audience, tokens: &Tokens) -> Vec<String> {
    record.kept.extend(tokens.kept.clone());
    let extra = record.extra();
    if let Some(access) = record.access(audience).cloned() {
        let beside = access::beside(&tokens.kept);
        record.set_access(audience, Some(Access { extra, beside, ..access }));
    }
    let other = tokens.account.clone().filter(|new| record.account.as_ref() != Some(new));
    let changed = other.is_some() && record.account.is_some();
    record.account = other.or(record.account.take());
    // No reason to warn: tokens for other audiences may say it in other words.
    record.who = tokens.who.clone().or(record.who.take());
    let words = "the vendor's answer is for another account than before";
    if changed { vec![words.to_owned()] } else { Vec::new() }
}
