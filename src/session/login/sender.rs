//! One request of a login, under the claim: whoever refreshes meanwhile has had its turn before it, or has it after.

use std::time::Instant;

use zeroize::Zeroizing;

use super::super::claim;
use super::super::demand::{Demand, Invocation};
use super::super::door;
use super::super::exchange::{Declined, FollowUp, Logging, Performed, Performer, Stepped};
use super::super::loss;
use super::super::notice::Death;
use super::super::unread;
use super::place::{confirms_binding, may_replace};
use super::standing::{self, Standing};
use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result};
use crate::credential::issued::Issued;
use crate::credential::record::Record;
use crate::credential::state::{Credential, MOST_SEALS, State};
use crate::dialect::flow::Step;
use crate::profile::Profile;
use crate::profile::request::DPOP_JKT;
use crate::profile::secrets::Secrets;
use crate::store::{Claim, Store};
use crate::terminal::login_line::LoginLine;
use crate::terminal::wording;

/// Who is logged in now.
pub(crate) struct LoggedIn {
    pub(crate) issued: Issued,
    pub(crate) who: Option<String>,
    pub(crate) has_refresh_token: bool,
}

impl LoggedIn {
    pub(super) fn of(issued: Issued, now: &Credential) -> LoggedIn {
        let record = now.record();
        let who = record.and_then(|record| record.who.clone().or(record.account.clone()));
        let has_refresh_token = record.is_some_and(|record| record.refresh_token.is_some());
        LoggedIn { issued, who, has_refresh_token }
    }
}

/// What came of one request.
pub(super) enum Sent {
    Granted(LoggedIn),
    /// More is to be sent; which step, where it is not simply the next.
    Further(Option<String>),
    Declined(Declined),
    /// Certainly nothing was sent, and why.
    Nothing(Error),
}

pub(super) struct Sender<'a> {
    invocation: &'a Invocation<'a>,
    profile: &'a Profile,
    secrets: &'a Secrets,
    replace: bool,
    store: Store,
    by_itself: bool,
    /// In ms since 1970: logins of this run are no older.
    begun: i64,
    /// How a person asks for this login, in the place of what is there.
    anew: LoginLine,
    /// Where no person is waited for, nobody else has a turn between two steps.
    held: Option<Claim>,
}

impl<'a> Sender<'a> {
    pub(super) fn open(
        invocation: &'a Invocation<'a>,
        profile: &'a Profile,
        secrets: &'a Secrets,
        replace: bool,
        by_itself: bool,
        again: &LoginLine,
    ) -> Result<Sender<'a>> {
        loss::check_first(invocation, profile)?;
        let store = Store::open(profile, invocation.out.json())?;
        let begun = Moment::now().wall_ms;
        let anew = again.with("--replace");
        Ok(Sender { invocation, profile, secrets, replace, store, by_itself, begun, anew, held: None })
    }

    /// Whether a login is allowed at all, as things are now. A token that is there already, if one is `wanted`, does.
    pub(super) fn check(&mut self, wanted: Option<&Demand>) -> Result<Option<Issued>> {
        let claim = self.claim(self.invocation.deadline)?;
        if let Some(wanted) = wanted {
            let there = self.store.load(&claim)?;
            match standing::standing(self.invocation, self.profile, wanted, &there)? {
                Standing::Alive(issued) => return Ok(Some(issued)),
                Standing::NoReason => return Err(standing::tried(self.profile)),
                Standing::Wanted => {}
            }
        }
        self.read_first(&claim);
        self.there(&claim)?;
        self.held = Some(claim).filter(|_| self.by_itself);
        Ok(None)
    }

    /// What nobody has looked into may be all that was wanted. Where it cannot be read, it is said why nothing is sent.
    fn read_first(&mut self, claim: &Claim) {
        let Ok(there) = self.store.load(claim) else { return };
        self.tell_elsewhere(&there);
        if there.is_answered() && !self.replace {
            let death = Death::default();
            let _ = unread::recover(self.invocation, self.profile, &mut self.store, claim, there, &death);
        }
    }

    /// Whoever was logging in from another state directory may have left an answer there, which gives way to this login.
    fn tell_elsewhere(&self, there: &Credential) {
        let Some(attempt) = there.logging_in_by() else { return };
        if self.store.journal_id().is_ok_and(|own| own != attempt.journal) {
            self.invocation.out.warn(format!(
                "a login was begun in another state directory (journal {}), and only a run there knows how it went on; this one takes its place",
                attempt.journal
            ));
        }
    }

    /// Sent at most once. What it gives beside tokens is kept in `logging`. `until`: what is presented is good for nothing
    /// after that.
    pub(super) fn send(&mut self, step: &Step<'_>, logging: &mut Logging, until: Instant) -> Result<Sent> {
        self.secrets.derive(presented(logging));
        // What was given at the last moment is lost to nobody who is busy for a moment.
        let until = until.max(Instant::now() + door::LEAST);
        let claim = self.held.take().map_or_else(|| self.claim(until), Ok)?;
        let sent = self.send_under(&claim, step, logging);
        self.held = Some(claim).filter(|_| self.by_itself);
        sent
    }

    fn send_under(&mut self, claim: &Claim, step: &Step<'_>, logging: &mut Logging) -> Result<Sent> {
        // Twice, should the machine sleep between the look and the send.
        for _ in 0..2 {
            let there = self.there(claim)?;
            if let Some(sent) = self.send_over(claim, there, step, logging)? {
                return Ok(sent);
            }
        }
        let words = "the machine slept while it was connecting, twice; nothing was sent";
        Ok(Sent::Nothing(Error::new(Code::Unreachable, words)))
    }

    fn there(&mut self, claim: &Claim) -> Result<Credential> {
        let mut there = self.store.load(claim)?;
        // What this run itself could not read keeps it from nothing.
        let mut judged = there.clone();
        judged.seals.retain(|seal| seal.login.as_ref().is_none_or(|login| login.epoch < self.begun));
        may_replace(&judged, self.replace, self.profile, &self.anew)?;
        there.record().map_or(Ok(()), |record| confirms_binding(record, self.replace, self.profile))?;
        // Each may hold a login that lives: they are not to become ever more.
        if self.replace {
            there.leave_seals_of_logins(MOST_SEALS - 1);
        } else if there.seals_of_logins() >= MOST_SEALS {
            return Err(wording::too_many_unread(MOST_SEALS, self.profile));
        }
        Ok(there.beneath_a_login())
    }

    fn send_over(
        &mut self,
        claim: &Claim,
        there: Credential,
        step: &Step<'_>,
        logging: &mut Logging,
    ) -> Result<Option<Sent>> {
        let nothing = matches!(there.state, State::Empty | State::Buried) && there.seals.is_empty();
        let there = if there.record().is_some() { there } else { self.establish(claim, there)? };
        logging.epoch = Moment::now().wall_ms.max(there.order().epoch + 1);
        let death = Death::default();
        let mut performer = Performer {
            invocation: self.invocation,
            profile: self.profile,
            secrets: self.secrets,
            store: &mut self.store,
            claim,
            strict_store: false,
            death: &death,
            login: Some(logging),
        };
        let stepped = performer.step(step, there, &FollowUp::default(), &Moment::now());
        self.store.take_warnings().into_iter().for_each(|words| self.invocation.out.warn(words));
        // The sealed text that was printed needs the key.
        let kept = matches!(&stepped, Ok(Stepped::Ended(_)))
            || matches!(&stepped, Err(error) if error.code == Code::NotStored);
        if nothing && !kept {
            self.leave_as_it_was(claim);
        }
        Ok(match stepped? {
            Stepped::Slept | Stepped::Overtaken => None,
            Stepped::NotSent(error) => Some(Sent::Nothing(error)),
            Stepped::Declined(declined) => Some(Sent::Declined(declined)),
            Stepped::Further(after, asked) => {
                logging.kept.extend(after.login().into_iter().flat_map(|login| login.kept.clone()));
                Some(Sent::Further(asked))
            }
            Stepped::Ended(Performed::Granted(issued, now)) => {
                Some(Sent::Granted(LoggedIn::of(issued, &now)))
            }
            Stepped::Ended(_) => None,
        })
    }

    /// Journal and key, with nothing in them yet.
    fn establish(&mut self, claim: &Claim, there: Credential) -> Result<Credential> {
        if self.by_itself {
            // What is tried by itself is noted in a record.
            let (now, bound) = (Moment::now(), self.profile.binding.clone());
            let mut record = Record::first(None, now.clone(), bound);
            there.hand_time_steps(&mut record);
            record.name = Some(self.profile.account.clone());
            let epoch = now.wall_ms.max(there.order().epoch + 1);
            let first = Credential::first(epoch, there.version.sequence + 1, record);
            self.store.establish(claim, &first)?;
            return Ok(first);
        }
        let mut blank = Credential { state: State::Empty, ..there };
        blank.version.sequence += 1;
        self.store.establish(claim, &blank)?;
        Ok(blank)
    }

    /// Where nothing was before, and nothing came of it, nothing is left.
    fn leave_as_it_was(&mut self, claim: &Claim) {
        // Of a login by itself it stays noted that it was tried, or when it may be tried again.
        let unsaid = |record: &Record| {
            self.by_itself && !record.relogin_tried && record.ended(&self.profile.audience).is_none()
        };
        let left = self.store.load(claim).map(|there| there.without_login()).and_then(|there| {
            let empty = there.record().is_none_or(unsaid) && there.answers().next().is_none();
            if empty { self.store.withdraw(claim) } else { Ok(()) }
        });
        // It says nothing of the login itself, and whoever comes next finds it empty.
        if let Err(error) = left {
            self.invocation.out.step(&format!("what was made for the login could not be removed: {error}"));
        }
    }

    fn claim(&self, until: Instant) -> Result<Claim> {
        claim::take(&self.store, &claim::credential(self.profile), until)
    }
}

/// Given by a person, the vendor's pages or an earlier answer, and secret: never shown, and no token.
fn presented(logging: &Logging) -> Vec<Zeroizing<String>> {
    let shown = ["redirect_uri", "state", "code_challenge", "username", DPOP_JKT];
    let given = logging.given.iter().filter(|(name, _)| !shown.contains(&name.as_str()));
    let kept = logging.kept.values().filter(|kept| kept.secret);
    let kept = kept.map(|kept| Zeroizing::new(kept.value.expose().to_owned()));
    given.map(|(_, value)| value.clone()).chain(kept).collect()
}
