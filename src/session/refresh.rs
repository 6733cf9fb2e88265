//! The one hard sequence, in the order in which it must happen:
//!
//! look → lock, looking again → look under the lock, recover, adopt → prove the
//! store writable → intent, durable → send once → seal the raw answer → read it →
//! save → release. Printing is the caller's, after all of it.
//!
//! Between the vendor's answer and the journal write stands nothing.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result, refused, unavailable};
use crate::base::poll::Poll;
use crate::base::process;
use crate::credential::issued::Issued;
use crate::credential::reading::RenewsWith;
use crate::credential::record::{Access, Attempt, Contents, Order, Record};
use crate::credential::retry::{self, End, ReplayVerdict};
use crate::credential::secrets::{ClientSecret, RefreshToken};
use crate::credential::transition::{self, Facts, Settled, settle};
use crate::dialect::flow::Step;
use crate::http::client::{Again, Delivery, Door, Route};
use crate::http::tries::Tries;
use crate::profile::Profile;
use crate::profile::request::Presented;
use crate::profile::secrets::Secrets;
use crate::session::demand::{Demand, Run};
use crate::session::freshness::{Judge, Judged, check_binding};
use crate::session::write_ahead::{WRITES, WriteAhead};
use crate::store::seal::SealingKey;
use crate::store::{JournalVersion, Lock, Look, Store};

/// The token, and the journal that says so, if it alone does, and nothing is left to be done.
pub(crate) fn obtain(
    run: &Run<'_>,
    profile: &Profile,
    want: &Demand,
) -> Result<(Issued, Option<JournalVersion>)> {
    let mut store = Store::open(profile, run.out.json())?;
    let mut sequence = Sequence {
        run,
        profile,
        want,
        at_hand: RefCell::default(),
        elsewhere: Cell::new(false),
        secrets: None,
    };
    let ended = sequence.go(&mut store);
    store.take_warnings().into_iter().for_each(|words| run.out.warn(words));
    match (ended, sequence.at_hand.take()) {
        (Ok(grant), _) if run.out.has_warned() || sequence.elsewhere.get() => Ok((grant, None)),
        (Ok(grant), _) => Ok((grant, store.heads())),
        (Err(error), Some(access))
            if !want.fresh
                && (error.code.is_passing() || error.code.is_store())
                && access.remaining(&Moment::now()).is_some() =>
        {
            run.out.warn(format!(
                "the token at hand is still valid and used, because refreshing failed: {error}"
            ));
            Ok((Issued::at_hand(access), None))
        }
        (Err(error), _) => Err(error),
    }
}

/// For `recover`: reads a sealed answer if the dialect now can; whether it could.
pub(crate) fn resume(
    run: &Run<'_>,
    profile: &Profile,
    store: &mut Store,
    lock: &Lock,
    contents: Contents,
) -> Result<bool> {
    if contents.attempt.as_ref().is_none_or(|attempt| attempt.answer.is_none()) {
        return Ok(false);
    }
    check_binding(profile, &contents)?;
    let secrets = profile.secrets(run.out.json())?;
    let want = Demand { force_replay: true, ..Demand::default() };
    let sequence = Sequence {
        run,
        profile,
        want: &want,
        at_hand: RefCell::default(),
        elsewhere: Cell::new(false),
        secrets: None,
    };
    let order = contents.order();
    let resumed = sequence.resume(store, lock, contents, &secrets)?;
    let sealed = |after: &Contents| after.attempt.as_ref().is_some_and(|attempt| attempt.answer.is_some());
    Ok(resumed.map_or(true, |after| after.order() > order || !sealed(&after)))
}

pub(crate) fn no_credential(profile: &Profile) -> Error {
    let words = format!("there is no credential `{}` in the store `{}`", profile.account, profile.store_name);
    if profile.renews_with() == RenewsWith::Client {
        return Error::new(Code::NoCredential, words)
            .hint(format!("`tokcli token --profile {}` gets one; nothing is imported", profile.name));
    }
    let answer = if profile.needs_access_token() { " --answer" } else { "" };
    Error::new(Code::NoCredential, words).hint(format!(
        "`tokcli import{answer} --profile {}` takes one from standard input or a prompt",
        profile.name
    ))
}

struct Sequence<'a> {
    run: &'a Run<'a>,
    profile: &'a Profile,
    want: &'a Demand,
    /// Read before the lock; none with `--offline`.
    secrets: Option<Secrets>,
    /// Valid for a while yet, should refreshing fail for a passing reason.
    at_hand: RefCell<Option<Access>>,
    /// What is granted is not what the journal holds.
    elsewhere: Cell<bool>,
}

/// How the last attempt is followed up.
struct Plan {
    replays: u32,
    reopened: Option<Attempt>,
}

/// What became of one step.
enum Stepped {
    /// The look is too old: nothing was sent.
    Slept,
    /// It was not the last.
    Further(Box<Contents>),
    Granted(Box<Issued>),
}

impl Sequence<'_> {
    fn go(&mut self, store: &mut Store) -> Result<Issued> {
        self.step("looking for a valid access token");
        if let Some(grant) = self.look(store)? {
            return Ok(grant);
        }
        // What a command of the user takes to give a secret is spent before the lock.
        if !self.want.offline {
            self.secrets = Some(self.profile.secrets(self.run.out.json())?);
        }
        self.step("taking the lock");
        let lock = match self.lock(store)? {
            Ok(lock) => lock,
            Err(grant) => return Ok(grant),
        };
        // Twice, should the machine sleep between the look and the send.
        for _ in 0..2 {
            if let Some(grant) = self.under_the_lock(store, &lock)? {
                return Ok(grant);
            }
        }
        let words = "the machine slept while it was connecting, twice; nothing was sent";
        Err(Error::new(Code::Unreachable, words))
    }

    /// `None`: nothing was sent, because the look is too old for it.
    fn under_the_lock(&self, store: &mut Store, lock: &Lock) -> Result<Option<Issued>> {
        self.step("looking again, under the lock");
        let looked = Moment::now();
        let contents = match store.load(lock)? {
            Some(contents) => contents,
            None => self.begin(store, lock)?,
        };
        if let Some(grant) = self.judge(&contents, store.key()?)? {
            return Ok(Some(grant));
        }
        let secrets = self.secrets.as_ref().ok_or_else(|| {
            refused("no access token at hand is still valid, and `--offline` forbids asking for one")
        })?;
        let contents = match self.resume(store, lock, contents, secrets)? {
            Ok(contents) => contents,
            Err(grant) => return Ok(Some(grant)),
        };
        // What was read may leave nothing to ask for.
        if let Some(grant) = self.judge(&contents, store.key()?)? {
            return Ok(Some(grant));
        }
        let plan = self.plan(store, &contents)?;
        self.refresh(store, lock, contents, plan, secrets, &looked)
    }

    /// Where nothing is imported, a credential begins with the first request for one.
    fn begin(&self, store: &mut Store, lock: &Lock) -> Result<Contents> {
        if self.profile.renews_with() != RenewsWith::Client || self.want.offline {
            return Err(no_credential(self.profile));
        }
        let now = Moment::now();
        let epoch = now.wall_ms.max(store.last_epoch()? + 1);
        let record = Record::first(epoch, RefreshToken::new(""), now, self.profile.binding.clone());
        let contents = Contents { sequence: 1, record, attempt: None };
        store.establish(lock, &contents)?;
        Ok(contents)
    }

    /// Without the lock: most calls end here.
    fn look(&mut self, store: &mut Store) -> Result<Option<Issued>> {
        match store.look()? {
            Look::Nothing if self.profile.renews_with() == RenewsWith::Client && !self.want.offline => {
                Ok(None)
            }
            Look::Nothing => Err(no_credential(self.profile)),
            Look::Held(contents, key) => self.judge(&contents, &key),
            Look::Unsettled(_) => Ok(None),
        }
    }

    fn judging(&self) -> Judge<'_> {
        Judge { run: self.run, profile: self.profile, want: self.want, secrets: self.secrets.as_ref() }
    }

    fn judge(&self, contents: &Contents, key: &SealingKey) -> Result<Option<Issued>> {
        match self.judging().judge(contents, key)? {
            Judged::Enough(grant) => Ok(Some(grant)),
            Judged::Due(at_hand) => {
                self.at_hand.replace(at_hand);
                Ok(None)
            }
            Judged::Spared(error, at_hand) => {
                self.at_hand.replace(at_hand);
                Err(error)
            }
        }
    }

    /// `Ok(Err(_))`: while it waited, another run got what was asked for.
    fn lock(&mut self, store: &mut Store) -> Result<std::result::Result<Lock, Issued>> {
        let mut stamp = store.stamp();
        let mut waiting = Poll::until(self.run.deadline);
        loop {
            if let Some(lock) = store.try_lock()? {
                return Ok(Ok(lock));
            }
            if !waiting.wait() {
                let words =
                    format!("another run of tokcli is busy with the credential `{}`", self.profile.account);
                return Err(Error::new(Code::Busy, words));
            }
            let seen = store.stamp();
            if seen != stamp {
                stamp = seen;
                if let Some(grant) = self.look(store)? {
                    return Ok(Err(grant));
                }
            }
        }
    }

    /// An answer that an earlier run sealed and did not live to read.
    fn resume(
        &self,
        store: &mut Store,
        lock: &Lock,
        contents: Contents,
        secrets: &Secrets,
    ) -> Result<std::result::Result<Contents, Issued>> {
        let Some(raw) = contents.attempt.as_ref().and_then(|attempt| attempt.answer.clone()) else {
            return Ok(Ok(contents));
        };
        self.step("reading the answer that an earlier run left sealed");
        process::panic_means(Code::UnreadableAnswer);
        let key = store.key()?.clone();
        // What a replay replayed is not known any more; put off, it stays open and used up.
        let replay = contents.attempt.clone().filter(|attempt| attempt.replays > 0);
        let replay = replay.map(|attempt| Attempt { answer: None, ..attempt });
        let name = contents.attempt.as_ref().map(|attempt| attempt.step.clone()).unwrap_or_default();
        let step = self.profile.dialect.step(&name).unwrap_or_else(|| self.profile.dialect.refresh().last());
        if !self.profile.dialect.steps.contains(&name) && !self.want.force_replay {
            let words = format!(
                "an answer is kept sealed that belongs to a step `{name}`, which the dialect does not have"
            );
            return Err(Error::new(Code::UnreadableAnswer, words));
        }
        let last = step.is_last();
        let facts = Facts { profile: self.profile, step, key: &key, secrets, reopened: replay.as_ref() };
        let Settled { contents: after, result, .. } = settle(&contents, &raw, &facts);
        match result {
            Ok(warnings) => {
                warnings.into_iter().for_each(|words| self.run.out.warn(words));
                store.save(lock, &after)?;
                match &after.record.access {
                    Some(access) if last && self.judging().suffices(access) => {
                        Ok(Err(Issued::at_hand(access.clone())))
                    }
                    // It was too long ago; this run has sent nothing and may ask.
                    _ => Ok(Ok(after)),
                }
            }
            // A new refresh token without an access token: this run has sent nothing and may use it.
            Err(_) if after.order() > contents.order() => {
                store.save(lock, &after)?;
                Ok(Ok(after))
            }
            Err(error) => {
                let useless = matches!(error.code, Code::NoAnswer | Code::UnreadableAnswer);
                // Remembered as read, it keeps no run from a valid token at hand.
                if !useless || contents.holds_unread_answer() {
                    store.save(lock, &after)?;
                }
                let goes_on = error.code == Code::NoAnswer
                    || (error.code == Code::UnreadableAnswer && self.want.force_replay);
                match &after.record.access {
                    _ if goes_on => Ok(Ok(after)),
                    Some(access) if !self.want.fresh && self.judging().suffices(access) => {
                        Ok(Err(Issued::at_hand(access.clone())))
                    }
                    _ => Err(error),
                }
            }
        }
    }

    /// Whether the refresh token may be presented, given how the last attempt ended.
    fn plan(&self, store: &Store, contents: &Contents) -> Result<Plan> {
        let Some(open) = &contents.attempt else {
            return Ok(Plan { replays: 0, reopened: None });
        };
        let dialect = &self.profile.dialect;
        let spends = dialect.refresh().step(&open.step).is_none_or(|step| step.spends());
        if !spends && open.replays == 0 {
            return Ok(Plan { replays: 0, reopened: None });
        }
        let elapsed =
            Duration::from_millis(u64::try_from(Moment::now().certainly_since(&open.sent_at)).unwrap_or(0));
        let name = &self.profile.name;
        if open.journal != store.journal_id()? && !self.want.force_replay {
            let words = format!(
                "an unfinished request is recorded in another state directory (journal {}); only a run there knows how it went on",
                open.journal
            );
            return Err(Error::new(Code::NoAnswer, words).hint(transition::used_up_hint(name)));
        }
        // Counted when it was begun, but what would be spent was not presented yet.
        let replays = if spends { open.replays } else { open.replays.saturating_sub(1) };
        match retry::next(self.profile.policy, elapsed, replays, self.want.force_replay) {
            Ok(replays) => Ok(Plan { replays, reopened: Some(open.clone()) }),
            Err(ReplayVerdict::Wait(left)) => {
                let words = match &open.answer {
                    Some(answer) if answer.complete => {
                        "the last answer could not be used, and asking again so soon could end the session"
                    }
                    _ => "the last request has no known outcome; the vendor may still be working on it",
                };
                Err(Error::new(Code::NoAnswer, words).retry_after(left.as_secs() + 1))
            }
            Err(_) => {
                let words = "the last request has no known outcome, and presenting the refresh token again could end the session";
                Err(Error::new(Code::NoAnswer, words).hint(transition::used_up_hint(name)))
            }
        }
    }

    /// Every step in turn, each sent at most once and its answer durable before the next.
    fn refresh(
        &self,
        store: &mut Store,
        lock: &Lock,
        before: Contents,
        plan: Plan,
        secrets: &Secrets,
        looked: &Moment,
    ) -> Result<Option<Issued>> {
        let (mut before, mut plan, mut looked) = (before, plan, looked.clone());
        let mut sent = false;
        for step in self.profile.dialect.refresh().steps() {
            match self.send(store, lock, &step, before, &plan, secrets, &looked)? {
                Stepped::Granted(grant) => return Ok(Some(*grant)),
                Stepped::Slept if sent => break,
                Stepped::Slept => return Ok(None),
                Stepped::Further(after) => {
                    // What it presented may be spent, however the next step ends.
                    let open = after.attempt.clone();
                    plan = Plan { replays: if open.is_some() { plan.replays } else { 0 }, reopened: open };
                    (before, looked, sent) = (*after, Moment::now(), true);
                }
            }
        }
        let words = "the machine slept between two steps; the next run begins anew";
        Err(Error::new(Code::Unreachable, words))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the sequence in one page reads better than a struct for it"
    )]
    fn send(
        &self,
        store: &mut Store,
        lock: &Lock,
        step: &Step<'_>,
        before: Contents,
        plan: &Plan,
        secrets: &Secrets,
        looked: &Moment,
    ) -> Result<Stepped> {
        let record = &before.record;
        if self.profile.needs_access_token() && record.access.is_none() {
            let words = "the vendor wants the current access token with each refresh, and there is none";
            return Err(Error::new(Code::NoCredential, words).hint(transition::login_hint(self.profile)));
        }
        let presented = Presented {
            refresh_token: record.refresh_token.expose(),
            access_token: record.access.as_ref().map(|access| access.token.expose()),
            kept: &record.kept,
        };
        let request = self.profile.request(step, secrets, &presented)?;
        let door = Door::open(&request.url, &self.route(secrets))?;
        if self.profile.tls.insecure {
            self.run.out.warn("`tls.insecure` is set: whoever answers is believed to be the vendor");
        }
        let intent = self.intent(store, step, &before, plan)?;
        self.step("proving the store writable");
        store.prove_writable(lock, &intent)?;
        let sealing = WriteAhead::new(store.writer(WRITES)?, intent, looked.clone());
        self.step(&format!("connecting{}", self.profile.proxy.words()));
        let mut tries = Tries::new();
        let raw = loop {
            match door.send(&request, sealing.before_first_byte()) {
                Delivery::Answer(raw) => break raw,
                Delivery::Nothing(_, Again::Yes) if tries.again(self.run.deadline) => {}
                Delivery::Nothing(..) if sealing.slept() => {
                    self.take_back(store, lock, before, plan);
                    return Ok(Stepped::Slept);
                }
                Delivery::Nothing(error, _) => {
                    let mut before = before;
                    let outcome: Result<()> = Err(error.clone());
                    before.record.outcome = Some(transition::outcome(&outcome, Moment::now()));
                    self.take_back(store, lock, before, plan);
                    return Err(error);
                }
            }
        };
        let (answered, durable) = sealing.seal(raw);
        if durable.is_ok() {
            process::panic_means(Code::UnreadableAnswer);
        }
        drop(door);
        self.step("the answer is sealed in the journal; reading it");
        let key = store.key()?.clone();
        let reopened = plan.reopened.as_ref();
        let facts = Facts { profile: self.profile, step: *step, key: &key, secrets, reopened };
        let raw = answered.attempt.as_ref().and_then(|attempt| attempt.answer.as_ref());
        let raw = raw.ok_or_else(|| crate::base::error::internal("an answer that was sealed is gone"))?;
        let settled = settle(&answered, raw, &facts);
        let saved = if step.is_last() || settled.result.is_err() {
            self.save(store, lock, settled, durable, before.order())
                .map(|grant| Stepped::Granted(Box::new(grant)))
        } else {
            self.go_on(store, lock, settled, durable, before.order())
                .map(|after| Stepped::Further(Box::new(after)))
        };
        drop(sealing);
        saved
    }

    /// What a step before the last gave is durable before the next is sent.
    fn go_on(
        &self,
        store: &mut Store,
        lock: &Lock,
        settled: Settled,
        durable: std::io::Result<()>,
        before: Order,
    ) -> Result<Contents> {
        let Settled { contents: after, result, .. } = settled;
        store.renew_patience();
        let journal = store.write_journal(lock, &after);
        let home = store.write_home(lock, &after);
        // The sealed answer, or either of the two, holds what the next run goes on with.
        let lost = durable.is_err() && journal.is_err() && home.is_err() && after.order() > before;
        if let Err(cause) = journal.and(home) {
            return Err(if lost { self.not_stored(store, &after, false) } else { cause });
        }
        result?.into_iter().for_each(|words| self.run.out.warn(words));
        Ok(after)
    }

    fn route<'b>(&'b self, secrets: &'b Secrets) -> Route<'b> {
        let left = self.run.deadline.saturating_duration_since(Instant::now());
        // A request that was sent is given a second at the least: cut off at once it helps nobody.
        let timeout = if self.run.abandon {
            self.profile.timeout.min(left.max(Duration::from_secs(1)))
        } else {
            self.profile.timeout
        };
        Route {
            tls: &self.profile.tls,
            proxy: &self.profile.proxy,
            proxy_auth: secrets.proxy_auth.as_ref().map(ClientSecret::expose),
            connect: left.max(Duration::from_secs(1)),
            timeout,
        }
    }

    fn intent(&self, store: &Store, step: &Step<'_>, before: &Contents, plan: &Plan) -> Result<Contents> {
        let mut intent = before.clone();
        intent.sequence += 1;
        intent.attempt = Some(Attempt {
            nonce: crate::store::draw_nonce()?,
            journal: store.journal_id()?,
            sent_at: Moment::now(),
            replays: plan.replays,
            step: step.name.to_owned(),
            answer: None,
        });
        Ok(intent)
    }

    /// Certainly nothing was sent: the journal forgets the intent first, the store after it.
    fn take_back(&self, store: &mut Store, lock: &Lock, before: Contents, plan: &Plan) {
        let mut after = before;
        after.sequence += 2;
        after.attempt = retry::left_open(End::Nothing, after.attempt, plan.reopened.clone());
        if let Err(cause) = store.save(lock, &after) {
            self.step(&format!("the intent could not be taken back: {cause}"));
        }
    }

    /// New record into the journal, then the store. The journal alone is enough to go on.
    fn save(
        &self,
        store: &mut Store,
        lock: &Lock,
        settled: Settled,
        durable: std::io::Result<()>,
        before: Order,
    ) -> Result<Issued> {
        let Settled { contents: after, result, refused } = settled;
        store.renew_patience();
        if refused && let Some(newer) = self.newer_elsewhere(store, before) {
            return newer;
        }
        let rotated = after.order() > before;
        // The answer itself, which is the journal's alone, may hold the new refresh token.
        let unread = !rotated && matches!(&result, Err(error) if error.code == Code::UnreadableAnswer);
        let journal = store.write_journal(lock, &after);
        let home = store.write_home(lock, &after);
        let trouble = match (journal.is_ok() || durable.is_ok(), home) {
            (true, Ok(())) if journal.is_ok() => None,
            (true, Ok(())) => Some(unavailable("the journal could not be written")),
            (true, Err(cause)) => Some(cause),
            (false, Ok(())) if !unread && store.reads_back(&after) => {
                Some(unavailable("the journal could not be written"))
            }
            (false, _) if rotated || unread => return Err(self.not_stored(store, &after, unread)),
            // A refusal leaves the refresh token as it was: nothing new is at stake.
            (false, _) => Some(unavailable("the journal could not be written")),
        };
        let warnings = result?;
        warnings.into_iter().for_each(|words| self.run.out.warn(words));
        if let Some(cause) = trouble {
            let words = format!(
                "the new credential is safe, but not everywhere it belongs: {cause}; the next run repairs that"
            );
            if self.want.strict_store {
                return Err(Error::new(Code::NotStored, words));
            }
            self.run.out.warn(words);
        }
        let access = after
            .record
            .access
            .ok_or_else(|| crate::base::error::internal("a grant without access token"))?;
        Ok(Issued { access, refreshed: true })
    }

    /// `invalid_grant` is a question: perhaps somebody without our lock has rotated meanwhile.
    fn newer_elsewhere(&self, store: &mut Store, ours: Order) -> Option<Result<Issued>> {
        let here = |there: &Contents| there.record.bound == self.profile.binding;
        let newer = store.peek_home().filter(|there| there.order() > ours && here(there))?;
        self.elsewhere.set(true);
        let valid = newer.record.access.filter(|access| access.remaining(&Moment::now()).is_some());
        Some(valid.map(Issued::at_hand).ok_or_else(|| {
            let words =
                "the vendor refused the refresh token, but the store holds a newer one; the next run uses it";
            Error::new(Code::Unavailable, words).retry_after(0)
        }))
    }

    /// Neither journal nor store took it: the sealed record on stderr is the last resort.
    fn not_stored(&self, store: &Store, after: &Contents, unread: bool) -> Error {
        let words = match unread {
            true => "the vendor's answer cannot be read, and the journal could not take it",
            false => "the refresh token was rotated, and neither journal nor store could take the new one",
        };
        let mut error = Error::new(Code::NotStored, words);
        if let Ok(sealed) = store.seal_for_export(after) {
            error.sealed = Some(BASE64_STANDARD.encode(sealed));
            error = error.hint(format!("keep the sealed text; `tokcli recover --stdin --profile {}` takes it once the disk is writable", self.profile.name));
        }
        error
    }

    fn step(&self, words: &str) {
        self.run.out.step(words);
    }
}
