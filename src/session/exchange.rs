//! Performing a flow. For each exchange in turn, in this order:
//!
//! prove the store writable → intent, durable → send once → seal the raw answer → apply it → save.
//!
//! Between the vendor's answer and the journal write stands nothing.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::answer::AnswerReader;
use super::demand::Invocation;
use super::durability::{Durability, Fate, InBackend, Stake};
use super::notice::Death;
use super::time_step;
use super::unjudged;
use super::write_ahead::{Hold, Sealed, WRITES, WriteAhead};
use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result, internal, unavailable};
use crate::base::process;
use crate::base::waiting::{Waiting, What};
use crate::credential::access::Access;
use crate::credential::issued::Issued;
use crate::credential::outcome::Outcome;
use crate::credential::reading::{RefusalKind, RenewsWith};
use crate::credential::record::{AttemptEnd, Record};
use crate::credential::secrets::{ClientSecret, Kept, RefreshToken};
use crate::credential::state::{AnswerAt, Attempt, Beginning, Credential, Order};
use crate::credential::transition::Applied;
use crate::dialect::flow::{Flow, Step};
use crate::dialect::nonces::Nonces;
use crate::dialect::template::Values;
use crate::http::client::{Again, Delivery, Door, Route};
use crate::http::message::{HttpRequest, RawAnswer};
use crate::http::tries::Tries;
use crate::profile::Profile;
use crate::profile::request::{Presented, REDIRECT_URI};
use crate::profile::secrets::Secrets;
use crate::store::{Claim, Store, draw_nonce};
use crate::terminal::wording;

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
    Granted(Issued),
    /// The vendor refused what somebody without our claim has renewed meanwhile.
    Elsewhere(Issued),
}

/// What became of one exchange.
pub(super) enum Stepped {
    Slept,
    /// It was not the last; and the step that the answer asks for, where it is not simply the next.
    Further(Credential, Option<String>),
    /// The vendor granted no login, or nobody knows.
    Declined(Outcome, Option<u64>),
    Ended(Performed),
}

impl Performer<'_> {
    /// Each exchange is sent at most once, and its answer is durable before the next. `looked`: when `before` was seen.
    pub(super) fn perform(
        &mut self,
        flow: Flow<'_>,
        mut before: Credential,
        mut follow_up: FollowUp,
        mut looked: Moment,
    ) -> Result<Performed> {
        let mut sent = false;
        for step in flow.steps() {
            match self.step(&step, before, &follow_up, &looked)? {
                Stepped::Ended(performed) => return Ok(performed),
                Stepped::Slept if sent => break,
                Stepped::Slept => return Ok(Performed::Slept),
                Stepped::Declined(..) => break,
                Stepped::Further(after, _) => {
                    // What it presented may be spent, however the next step ends.
                    let earlier = after.open().map(|open| open.attempt.clone());
                    let replays = if earlier.is_some() { follow_up.replays } else { 0 };
                    follow_up = FollowUp { replays, earlier };
                    (before, looked, sent) = (after, Moment::now(), true);
                }
            }
        }
        let words = "the machine slept between two steps; the next run begins anew";
        Err(Error::new(Code::Unreachable, words))
    }

    /// Sends one exchange, at most once.
    pub(super) fn step(
        &mut self,
        step: &Step<'_>,
        before: Credential,
        follow_up: &FollowUp,
        looked: &Moment,
    ) -> Result<Stepped> {
        let turn = time_step::turn(self.invocation, self.profile, self.secrets, self.store, step, &before)?;
        let looked = turn.looked.as_ref().unwrap_or(looked);
        let request = self.request(step, &before, &turn.draw)?;
        let door = Door::open(&request.url, &self.route())?.limited(self.profile.peers(&request.url));
        if self.profile.tls.insecure {
            self.invocation.out.warn("`tls.insecure` is set: whoever answers is believed to be the vendor");
        }
        let intent = self.intent(step, &before, follow_up, turn.time_step)?;
        self.tell("proving the store writable");
        self.store.prove_writable(self.claim, &intent)?;
        let hold = if self.spends_nothing() { Hold::Nothing } else { Hold::Signals };
        let write_ahead = WriteAhead::new(self.store.writer(WRITES)?, intent, looked.clone(), hold);
        let waiting = Arc::new(Waiting::begin(What::Connection, Some(self.invocation.deadline)));
        let Some(raw) = self.send(&door, &request, &write_ahead, &before, &waiting)? else {
            return Ok(Stepped::Slept);
        };
        let Sealed { credential, durable } = write_ahead.seal(raw);
        waiting.turn_to(What::Saving, None);
        if durable.is_ok() {
            process::panic_means(Code::UnreadableAnswer);
        }
        drop(door);
        self.tell("the answer is sealed in the journal; reading it");
        let key = self.store.key()?.clone();
        let reader = AnswerReader { profile: self.profile, secrets: self.secrets, key: &key, own: true };
        let (_, raw) = credential.unread().ok_or_else(|| internal("an answer that was sealed is gone"))?;
        let applied = reader.apply(&credential, AnswerAt::Unread, raw, step);
        let stepped = self.save(step, applied, &durable, &credential);
        drop(write_ahead);
        stepped
    }

    fn request(&self, step: &Step<'_>, before: &Credential, draw: &Nonces) -> Result<HttpRequest> {
        if let Some(login) = self.login {
            let Logging { given, kept, .. } = login;
            let presented = Presented { refresh_token: None, access_token: None, kept, given };
            return self.profile.request(step, self.secrets, &presented, draw);
        }
        let record = before.record().ok_or_else(|| wording::no_credential(self.profile))?;
        let shown = record.shown_access(&self.profile.audience);
        if self.profile.needs_access_token() && shown.is_none() {
            let words = "the vendor wants the current access token with each refresh, and there is none";
            return Err(Error::new(Code::NoCredential, words).hint(wording::login_hint(self.profile)));
        }
        let presented = Presented {
            refresh_token: record.refresh_token.as_ref().map(RefreshToken::expose),
            access_token: shown.map(|access| access.token.expose()),
            kept: &record.kept,
            given: &Values::new(),
        };
        self.profile.request(step, self.secrets, &presented, draw)
    }

    /// A client that gets tokens by its own keys can ask as often as it likes.
    fn spends_nothing(&self) -> bool {
        self.profile.renews_with() == RenewsWith::Client
    }

    fn route(&self) -> Route<'_> {
        let left = self.invocation.deadline.saturating_duration_since(Instant::now());
        // A request that was sent is given a second at the least: cut off at once it helps nobody.
        let timeout = if self.invocation.abandon {
            self.profile.timeout.min(left.max(Duration::from_secs(1)))
        } else {
            self.profile.timeout
        };
        Route {
            tls: &self.profile.tls,
            proxy: &self.profile.proxy,
            proxy_auth: self.secrets.proxy_auth.as_ref().map(ClientSecret::expose),
            connect: left.max(Duration::from_secs(1)),
            timeout,
        }
    }

    /// With it is written which time step is used up.
    fn intent(
        &self,
        step: &Step<'_>,
        before: &Credential,
        follow_up: &FollowUp,
        time_step: Option<i64>,
    ) -> Result<Credential> {
        let sent_at = Moment::now();
        let attempt = Attempt {
            nonce: draw_nonce()?,
            journal: self.store.journal_id()?,
            sent_at: sent_at.clone(),
            replays: follow_up.replays,
            step: step.name.to_owned(),
            audience: Some(self.profile.audience.clone()),
            login: None,
        };
        let mut intent = match self.login {
            Some(login) => {
                let beginning = self.beginning(login, &attempt.nonce);
                before.logging_in(attempt, beginning)
            }
            None => before.opened(attempt, follow_up.earlier.clone()),
        };
        time_step.into_iter().for_each(|time_step| intent.use_up(time_step));
        if let Some(record) = intent.record_mut() {
            if self.is_by_itself() {
                unjudged::begin(record, sent_at);
            }
        }
        Ok(intent)
    }

    fn is_by_itself(&self) -> bool {
        self.login.is_some_and(|login| login.by_itself)
    }

    /// Of what was kept only what is asked for later is kept with the credential.
    fn beginning(&self, login: &Logging, nonce: &str) -> Beginning {
        let presented = self.secrets.never_shown(self.profile);
        let wanted = |name: &String| {
            self.profile.dialect.wants_later(&format!("kept.{name}"))
                || (name == REDIRECT_URI && self.profile.keeps_redirect_uri())
        };
        let kept = login.kept.iter().filter(|(name, _)| wanted(name));
        Beginning {
            grant: login.grant.clone(),
            epoch: login.epoch,
            bound: self.profile.binding.clone(),
            kept: kept.map(|(name, kept)| (name.clone(), kept.clone())).collect(),
            presented: presented.iter().map(|secret| Beginning::digest(nonce, secret)).collect(),
            over: None,
        }
    }

    /// `None`: nothing was sent, because the look is too old for it.
    fn send(
        &mut self,
        door: &Door,
        request: &HttpRequest,
        write_ahead: &WriteAhead,
        before: &Credential,
        waiting: &Arc<Waiting>,
    ) -> Result<Option<RawAnswer>> {
        let what = if self.spends_nothing() { What::FreeAnswer } else { What::Answer };
        let timeout = self.route().timeout;
        let sent = || {
            let waiting = Arc::clone(waiting);
            move || waiting.turn_to(what, Instant::now().checked_add(timeout))
        };
        self.tell(&format!("connecting{}", self.profile.proxy.words(&request.url)));
        let mut tries = Tries::new();
        loop {
            match door.send(request, write_ahead.before_first_byte(sent())) {
                Delivery::Answer(raw) => return Ok(Some(raw)),
                Delivery::Nothing(_, Again::Yes) if tries.again(self.invocation.deadline) => {}
                Delivery::Nothing(..) if write_ahead.slept() => {
                    self.take_back(before, None);
                    return Ok(None);
                }
                Delivery::Nothing(error, _) => {
                    let outcome = Outcome::Other { code: error.code, words: error.message() };
                    let ended = AttemptEnd { at: Moment::now(), outcome, retry_after: error.retry_after };
                    self.take_back(
                        before,
                        Some(ended).filter(|_| self.login.is_none() || self.is_by_itself()),
                    );
                    return Err(error);
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
            self.tell(&format!("the intent could not be taken back: {cause}"));
        }
    }

    /// New state into the journal, then the backend. The journal alone is enough to go on.
    fn save(
        &mut self,
        step: &Step<'_>,
        mut applied: Applied,
        sealed: &io::Result<()>,
        answered: &Credential,
    ) -> Result<Stepped> {
        self.store.renew_patience();
        let before = answered.order();
        let refused = applied.outcome == Outcome::OtherAtHand
            || applied.outcome.refusal() == Some(RefusalKind::LoginRequired);
        if refused
            && self.login.is_none()
            && let Some(elsewhere) = self.newer_elsewhere(before)
        {
            return elsewhere.map(|issued| Stepped::Ended(Performed::Elsewhere(issued)));
        }
        if self.is_by_itself() {
            let asked = answered.unread().and_then(|(_, raw)| raw.retry_after());
            unjudged::spare(&mut applied, asked, &self.profile.audience);
        }
        let after = &applied.credential;
        let stake = if after.order() > before {
            Stake::RefreshToken
        } else if after.seals.len() > answered.seals.len() {
            Stake::Answer
        } else {
            Stake::Nothing
        };
        let (durability, trouble) = self.write(after, sealed.is_ok());
        if durability.journal {
            self.death.note(answered, after, self.profile);
        }
        if durability.fate(stake) == Fate::Lost {
            return Err(self.not_stored(after, stake));
        }
        if self.login.is_some() && applied.outcome.code().is_some() {
            return Ok(Stepped::Declined(applied.outcome, applied.retry_after));
        }
        if applied.outcome.code().is_some() {
            let error = wording::error(&applied.outcome, applied.retry_after, self.profile);
            let plain = self.profile.may_send_basic_plain(self.secrets);
            return Err(if plain { wording::hinting_at_plain_basic(error) } else { error });
        }
        self.go_on(step, applied, trouble)
    }

    /// What a step before the last gave is durable everywhere before the next is sent.
    fn go_on(&self, step: &Step<'_>, applied: Applied, trouble: Option<Error>) -> Result<Stepped> {
        if let Some(cause) = trouble {
            if !step.is_last() {
                return Err(cause);
            }
            self.tell_behind(&cause)?;
        }
        applied.warnings.into_iter().for_each(|words| self.invocation.out.warn(words));
        if !step.is_last() || applied.further.is_some() {
            return Ok(Stepped::Further(applied.credential, applied.further));
        }
        let access = self.at_hand(applied.credential.record())?;
        Ok(Stepped::Ended(Performed::Granted(Issued {
            access,
            refreshed: true,
            logged_in: self.login.is_some(),
        })))
    }

    /// What is given out of what was granted.
    fn at_hand(&self, record: Option<&Record>) -> Result<Access> {
        let access = record.and_then(|record| record.access(&self.profile.audience));
        let access = access.ok_or_else(|| internal("a grant without access token"))?;
        access.served(self.profile.token).ok_or_else(|| wording::no_id_token(self.profile))
    }

    /// Where it stands now, and what went wrong.
    fn write(&mut self, after: &Credential, sealed: bool) -> (Durability, Option<Error>) {
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
        let words = format!(
            "the new credential is safe, but not everywhere it belongs: {cause}; the next run repairs that"
        );
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
            _ => "the refresh token was rotated, and neither journal nor store could take the new one",
        };
        let mut error = Error::new(Code::NotStored, words);
        if let Ok(sealed) = self.store.seal_for_export(after) {
            error.sealed = Some(BASE64_STANDARD.encode(sealed));
            error = error.hint(format!("keep the sealed text; `tokcli recover --stdin --profile {}` takes it once the disk is writable", self.profile.name));
        }
        error
    }

    fn tell(&self, words: &str) {
        self.invocation.out.step(words);
    }
}
