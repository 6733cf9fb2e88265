//! Performing a flow. For each exchange in turn, in this order:
//!
//! prove the store writable → intent, durable → send → seal the raw answer → apply it → save.
//!
//! Each is sent once; once more, with an intent of its own, after a challenge that looked at nothing else and gave nothing. One
//! that makes its token (`make.rs`) is sent not at all. Between the vendor's answer and the journal write stands nothing.

mod intent;
mod make;
pub(super) mod proof;
mod save;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use super::answer::AnswerReader;
use super::demand::Invocation;
use super::door;
use super::notice::Death;
use super::time_step;
use super::unjudged;
use super::write_ahead::{HeldBack, Hold, Sealed, WRITES, WriteAhead};
use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result, internal};
use crate::base::process;
use crate::base::waiting::{Waiting, What};
use crate::credential::dpop::Dpop;
use crate::credential::issued::Issued;
use crate::credential::outcome::Outcome;
use crate::credential::reading::RenewsWith;
use crate::credential::record::AttemptEnd;
use crate::credential::secrets::Kept;
use crate::credential::state::{AnswerAt, Attempt, Credential};
use crate::dialect::digest_auth::DigestChallenge;
use crate::dialect::flow::{Flow, Step};
use crate::dialect::template::Values;
use crate::http::client::{Again, Delivery, Door};
use crate::http::message::{HttpRequest, RawAnswer};
use crate::http::tries::Tries;
use crate::profile::Profile;
use crate::profile::secrets::Secrets;
use crate::store::{Claim, Store};

/// Everything that a flow is performed with.
pub(super) struct Performer<'a> {
    pub(super) invocation: &'a Invocation<'a>,
    pub(super) profile: &'a Profile,
    pub(super) secrets: &'a Secrets,
    pub(super) store: &'a mut Store,
    pub(super) claim: &'a Claim,
    pub(super) strict_store: bool,
    pub(super) death: &'a Death,
    /// `None`: it renews what is there.
    pub(super) login: Option<&'a Logging>,
}

/// What a login presents, and what it begins.
pub(super) struct Logging {
    pub(super) grant: String,
    /// Nobody asked for it: it is tried once for each death.
    pub(super) by_itself: bool,
    /// Of the credential that it begins.
    pub(super) epoch: i64,
    /// What a person, a browser or another program gave for it.
    pub(super) given: Values,
    /// What the redirect and earlier steps gave.
    pub(super) kept: BTreeMap<String, Kept>,
    /// The key that its tokens will be bound to, if the dialect proves one.
    pub(super) dpop: RefCell<Option<Dpop>>,
}

/// Which of the two requests of an exchange it is.
enum Asking {
    /// A challenge in its answer is followed.
    First,
    /// After a challenge, perhaps one that wants a digest: its answer is one like any other.
    Again(Option<DigestChallenge>),
}

/// How the last attempt is followed up.
#[derive(Clone, Default)]
pub(super) struct FollowUp {
    /// How often what is presented was presented before.
    pub(super) replays: u32,
    /// What is open, and stays so if the vendor says that it did nothing.
    pub(super) earlier: Option<Attempt>,
}

/// What became of the flow.
pub(super) enum Performed {
    /// Nothing was sent, because the look is too old for it.
    Slept,
    /// Nothing was sent, because another machine was faster.
    Overtaken,
    /// With the credential as it is now.
    Granted(Issued, Box<Credential>),
    /// The vendor refused what somebody without our claim has renewed meanwhile.
    Elsewhere(Issued),
}

/// What became of one exchange.
pub(super) enum Stepped {
    Slept,
    Overtaken,
    /// It was not the last; and the step that the answer asks for, where it is not simply the next.
    Further(Credential, Option<String>),
    /// The vendor granted no login, or nobody knows.
    Declined(Declined),
    /// Certainly nothing was sent, and why.
    NotSent(Error),
    Ended(Performed),
}

/// Certainly nothing was sent.
enum Unsent {
    Slept,
    Overtaken,
    Because(Error),
}

/// How a step of a login ended that was not granted.
pub(super) struct Declined {
    pub(super) outcome: Outcome,
    pub(super) retry_after: Option<u64>,
    pub(super) kept: Sealing,
}

/// What of the answer lies sealed, because nobody could read it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Sealing {
    #[default]
    Nothing,
    /// It broke off before anything that a dialect looks into.
    Head,
    Answer,
}

impl Performer<'_> {
    /// The steps that are due now, each answer durable before the next is sent. `looked`: when `before` was seen.
    pub(super) fn perform(
        &mut self,
        flow: Flow<'_>,
        mut before: Credential,
        mut follow_up: FollowUp,
        mut looked: Moment,
    ) -> Result<Performed> {
        let mut sent = false;
        let expires = before.record().and_then(|record| record.refresh_expires_ms);
        for step in flow.due(expires.map(|at| at.saturating_sub(Moment::now().wall_ms))) {
            match self.step(&step, before, &follow_up, &looked)? {
                Stepped::Ended(performed) => return Ok(performed),
                Stepped::Slept | Stepped::Overtaken if sent => break,
                Stepped::Slept => return Ok(Performed::Slept),
                Stepped::Overtaken => return Ok(Performed::Overtaken),
                Stepped::NotSent(error) => return Err(error),
                Stepped::Declined(_) => break,
                Stepped::Further(after, _) => {
                    // What it presented may be spent, however the next step ends.
                    let earlier = after.open().map(|open| open.attempt.clone());
                    let replays = if earlier.is_some() { follow_up.replays } else { 0 };
                    follow_up = FollowUp { replays, earlier };
                    (before, looked, sent) = (after, Moment::now(), true);
                }
            }
        }
        let words = "the machine slept between two steps, or another one went on; the next run starts over";
        Err(Error::new(Code::Unreachable, words))
    }

    /// Sends one exchange, at most once; once more after a challenge that looked at nothing but who asks: at the proof of a key
    /// (RFC 9449 section 8), or for a digest (RFC 7616 section 3.3).
    pub(super) fn step(
        &mut self,
        step: &Step<'_>,
        before: Credential,
        follow_up: &FollowUp,
        looked: &Moment,
    ) -> Result<Stepped> {
        let (challenged, digest) = match self.ask(step, before, follow_up, looked, Asking::First)? {
            ControlFlow::Break(stepped) => return Ok(stepped),
            ControlFlow::Continue(challenged) => challenged,
        };
        self.tell(
            "the vendor wants another proof of who asks, and has looked at nothing else; asking once more",
        );
        match self.ask(step, challenged, follow_up, &Moment::now(), Asking::Again(digest))? {
            ControlFlow::Break(stepped) => Ok(stepped),
            ControlFlow::Continue(_) => Err(internal("a second challenge was obeyed")),
        }
    }

    /// With an intent of its own. `Continue`: the state from which it may be asked once more.
    fn ask(
        &mut self,
        step: &Step<'_>,
        before: Credential,
        follow_up: &FollowUp,
        looked: &Moment,
        asking: Asking,
    ) -> Result<ControlFlow<Stepped, (Credential, Option<DigestChallenge>)>> {
        let before = self.with_key(step, before)?;
        let turn = time_step::turn(self.invocation, self.profile, self.secrets, self.store, step, &before)?;
        let looked = turn.looked.as_ref().unwrap_or(looked);
        let mut request = self.request(step, &before, &turn.draw)?;
        if step.exchange.makes.is_some() {
            let token = request.body.as_ref().map_or("", |token| token.as_str());
            return self.make(step, &before, token, turn.time_step).map(ControlFlow::Break);
        }
        self.prove(step, &before, &mut request)?;
        asking.log_in(&mut request)?;
        let door = door::open(self.invocation, self.profile, self.secrets, &request.url)?;
        if self.profile.tls.insecure {
            self.invocation.out.warn("`tls.insecure` is set: whoever answers is believed to be the vendor");
        }
        let intent = self.intent(step, &before, follow_up, turn.time_step)?;
        self.tell("proving the store writable");
        let Some(looked) = &self.proven(&intent, looked)? else {
            return Ok(ControlFlow::Break(Stepped::Overtaken));
        };
        let hold = if self.spends_nothing() { Hold::Nothing } else { Hold::Signals };
        let key = self.store.key_of_marks()?;
        let write_ahead = WriteAhead::new(self.store.writer(WRITES)?, intent, looked.clone(), hold);
        let waiting = Arc::new(Waiting::begin(What::Connection, Some(self.invocation.deadline)));
        let raw = match self.send(&door, &request, &write_ahead, &before, &waiting) {
            Ok(raw) => raw,
            Err(Unsent::Slept) => return Ok(ControlFlow::Break(Stepped::Slept)),
            Err(Unsent::Overtaken) => return Ok(ControlFlow::Break(Stepped::Overtaken)),
            Err(Unsent::Because(error)) => return Ok(ControlFlow::Break(Stepped::NotSent(error))),
        };
        let Sealed { credential, durable } = write_ahead.seal(raw);
        waiting.turn_to(What::Saving, None);
        if durable.is_ok() {
            process::panic_means(Code::UnreadableAnswer);
        }
        drop(door);
        if matches!(asking, Asking::First)
            && durable.is_ok()
            && let Some(challenged) = self.challenged(step, &credential)
        {
            return Ok(ControlFlow::Continue(challenged));
        }
        self.tell("the answer is sealed in the journal; reading it");
        let unchallenged = matches!(asking, Asking::First);
        let reader =
            AnswerReader { profile: self.profile, secrets: self.secrets, key: &key, own: true, unchallenged };
        let (_, raw) = credential.unread().ok_or_else(|| internal("an answer that was sealed is gone"))?;
        let applied = reader.apply(&credential, AnswerAt::Unread, raw, step);
        self.note_for_a_login(step, raw);
        let stepped = self.save(step, applied, &durable, &credential);
        if let Some(witness) = self.invocation.witness {
            witness.saw(step.name, raw);
        }
        drop(write_ahead);
        stepped.map(ControlFlow::Break)
    }

    /// Until when what was looked at is as it was: where nobody else uses the store, until the proof is had, because a program
    /// of the user may take its time over that.
    /// `None`: another machine was faster.
    fn proven(&mut self, intent: &Credential, looked: &Moment) -> Result<Option<Moment>> {
        if !self.store.prove_writable(self.claim, intent)? {
            return Ok(None);
        }
        Ok(Some(if self.store.is_alone() { Moment::now() } else { looked.clone() }))
    }

    /// A client that gets tokens by its own keys can ask as often as it likes.
    fn spends_nothing(&self) -> bool {
        self.profile.renews_with() == RenewsWith::Client
    }

    fn is_by_itself(&self) -> bool {
        self.login.is_some_and(|login| login.by_itself)
    }

    /// `Err`: nothing was sent, and why.
    fn send(
        &mut self,
        door: &Door,
        request: &HttpRequest,
        write_ahead: &WriteAhead,
        before: &Credential,
        waiting: &Arc<Waiting>,
    ) -> std::result::Result<RawAnswer, Unsent> {
        let what = if self.spends_nothing() { What::FreeAnswer } else { What::Answer };
        let timeout = door::timeout(self.invocation, self.profile);
        let sent = || {
            let waiting = Arc::clone(waiting);
            move || waiting.turn_to(what, Instant::now().checked_add(timeout))
        };
        self.tell(&format!("connecting{}", self.profile.proxy.words(&request.url)));
        let mut tries = Tries::new();
        loop {
            match door.send(request, write_ahead.before_first_byte(sent())) {
                Delivery::Answer(raw) => return Ok(raw),
                Delivery::Nothing(_, Again::Yes) if tries.again(self.invocation.deadline) => {}
                Delivery::Nothing(error, _) => {
                    if let Some(why) = write_ahead.held_back() {
                        self.take_back(before, None);
                        return Err(match why {
                            HeldBack::Slept => Unsent::Slept,
                            HeldBack::Overtaken => Unsent::Overtaken,
                        });
                    }
                    let outcome = Outcome::Other { code: error.code, words: error.message() };
                    let ended = AttemptEnd {
                        at: Moment::now(),
                        outcome,
                        retry_after: error.retry_after,
                        client: None,
                    };
                    self.take_back(
                        before,
                        Some(ended).filter(|_| self.login.is_none() || self.is_by_itself()),
                    );
                    return Err(Unsent::Because(error));
                }
            }
        }
    }

    /// Certainly nothing was sent: the journal forgets the intent first, the store after it.
    fn take_back(&mut self, before: &Credential, ended: Option<AttemptEnd>) {
        let mut after = before.taken_back();
        if let (Some(record), Some(mut ended)) = (after.record_mut(), ended) {
            if self.is_by_itself() {
                unjudged::put_off(record, &mut ended);
            }
            record.note_end(&self.profile.audience, ended);
        }
        if let Err(cause) = self.store.save(self.claim, &after) {
            self.tell(&format!("the intent could not be withdrawn: {cause}"));
        }
    }

    fn tell(&self, words: &str) {
        self.invocation.out.step(words);
    }
}
