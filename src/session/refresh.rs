//! The one hard sequence, in the order in which it must happen:
//!
//! look → claim, looking again → look under the claim, recover, adopt → perform the flow
//! (`exchange.rs`) → release. Printing is the caller's, after all of it.

use super::binding;
use super::claim::{self, Queue};
use super::demand::{Demand, Invocation};
use super::exchange::{Performed, Performer};
use super::freshness::{Criteria, Freshness};
use super::loss;
use super::mark::{self, Rest};
use super::notice::Death;
use super::owner::{self, Renewed};
use super::relogin::{self, Again};
use super::replay;
use super::stored_secrets;
use super::unread::{Recovered, Recovery};
use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result, refused};
use crate::credential::access::Access;
use crate::credential::fleet::Consent;
use crate::credential::issued::Issued;
use crate::credential::reading::RenewsWith;
use crate::credential::record::{AttemptEnd, Record};
use crate::credential::retry::Class;
use crate::credential::state::Credential;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::profile::secrets::{For, Secrets};
use crate::store::seal::SealingKey;
use crate::store::{Claim, JournalVersion, Look, Store, Turn};
use crate::terminal::wording;

/// A token that answers the demand, and the journal that says so, if it alone does and nothing is left to be done.
pub(crate) type Obtained = (Issued, Option<JournalVersion>);

/// Whatever it takes.
pub(crate) fn obtain(
    invocation: &Invocation<'_>,
    all: &Profiles,
    profile: &Profile,
    demand: &Demand,
) -> Result<Obtained> {
    let mut store = Store::open(profile, invocation.out.json())?;
    let mut renewal = Renewal::new(invocation, profile, demand);
    let ended = renewal.go(&mut store);
    store.take_warnings().into_iter().for_each(|words| invocation.out.warn(words));
    let Renewal { at_hand, only_by_login, elsewhere, death, .. } = renewal;
    let ended = match ended {
        // What it brought is in the journal, but this run's look at that is older.
        Err(error) if may_log_in(&error, profile, demand) => {
            match again(invocation, (all, profile), demand, error, only_by_login) {
                Ok(issued) => return Ok((issued, None)),
                Err(error) => Err(error),
            }
        }
        ended => ended,
    };
    // Whoever is logged in again need not be told.
    death.tell(profile, invocation.out);
    match (ended, at_hand) {
        (Ok(issued), _) if invocation.out.has_warned() || elsewhere => Ok((issued, None)),
        (Ok(issued), _) => Ok((issued, store.version())),
        (Err(error), Some(access))
            if !demand.fresh
                && error.code.leaves_the_token_at_hand()
                && !refuses_it(profile, &error)
                && access.remaining(&Moment::now()).is_some() =>
        {
            invocation.out.warn(still_valid(&error, &access));
            Ok((Issued::at_hand(access), None))
        }
        (Err(error), _) => Err(error),
    }
}

fn still_valid(error: &Error, access: &Access) -> String {
    let end = wording::until(access).map(|at| format!("; it ends at {at}")).unwrap_or_default();
    format!("the token at hand is still valid and is used, because refreshing failed: {error}{end}")
}

/// An access token that renews itself is what the vendor refuses.
fn refuses_it(profile: &Profile, error: &Error) -> bool {
    profile.renews_with() == RenewsWith::AccessToken && error.code == Code::LoginRequired
}

/// For whoever holds the claim already, and needs a token that is valid now.
pub(crate) fn under(
    invocation: &Invocation<'_>,
    profile: &Profile,
    store: &mut Store,
    claim: &Claim,
) -> Result<Issued> {
    let demand = Demand::default();
    let mut renewal = Renewal::new(invocation, profile, &demand);
    renewal.read_secrets()?;
    renewal.settled(store, claim)
}

/// By a look alone. `None`: it takes more than that, or that will say it better.
pub(crate) fn at_hand(
    invocation: &Invocation<'_>,
    profile: &Profile,
    demand: &Demand,
) -> Result<Option<Obtained>> {
    let mut store = Store::open(profile, invocation.out.json())?;
    let found = Renewal::new(invocation, profile, demand).look(&mut store);
    store.take_warnings().into_iter().for_each(|words| invocation.out.warn(words));
    let version = if invocation.out.has_warned() { None } else { store.version() };
    Ok(found.ok().flatten().map(|issued| (issued, version)))
}

/// A login that died, or that has nothing to renew it. Another machine's is that one's to give.
fn may_log_in(error: &Error, profile: &Profile, demand: &Demand) -> bool {
    let here = profile.store.owner().is_none() && !demand.offline;
    here && matches!(error.code, Code::LoginRequired | Code::NoCredential)
}

fn forbidden() -> Error {
    refused("no access token at hand is still valid, and `--offline` forbids asking for one")
}

/// The first error stays if that does not help.
fn again(
    invocation: &Invocation<'_>,
    (all, profile): (&Profiles, &Profile),
    demand: &Demand,
    error: Error,
    only_by_login: bool,
) -> Result<Issued> {
    match relogin::again(invocation, all, profile, demand, error.clone()) {
        Ok(Again::LoggedIn(issued)) => Ok(issued),
        Ok(Again::Not(error)) => Err(error),
        // There was nothing to renew: this is all that went wrong.
        Err(why) if only_by_login || error.code == Code::NoCredential => Err(why),
        Err(why) => {
            invocation.out.warn(format!("logging in again did not help: {why}"));
            // What that would take is what is to be done.
            let is_for_people = matches!(why.code, Code::LoginRequired | Code::ClientRejected | Code::Config);
            Err(match why.hint.filter(|_| is_for_people) {
                Some(hint) => error.hint(hint),
                None => error,
            })
        }
    }
}

struct Renewal<'a> {
    invocation: &'a Invocation<'a>,
    profile: &'a Profile,
    demand: &'a Demand,
    /// Read before the claim; none with `--offline`.
    secrets: Option<Secrets>,
    /// Valid for a while yet, should refreshing fail for a passing reason.
    at_hand: Option<Access>,
    /// There is nothing to renew.
    only_by_login: bool,
    /// What is issued is not what the journal holds.
    elsewhere: bool,
    /// Of the login, if this run noticed it first.
    death: Death,
}

enum Claimed {
    Ours(Claim),
    /// While this run waited, another got what was asked for.
    Satisfied(Issued),
}

/// How it went under the claim.
enum Went {
    Issued(Issued),
    /// Nothing was sent, because the look is too old for it.
    Slept,
    /// Nothing was sent: another machine is at work, by this name if that is known.
    Elsewhere(Option<String>),
}

impl<'a> Renewal<'a> {
    fn new(invocation: &'a Invocation<'a>, profile: &'a Profile, demand: &'a Demand) -> Renewal<'a> {
        Renewal {
            invocation,
            profile,
            demand,
            secrets: None,
            at_hand: None,
            only_by_login: false,
            elsewhere: false,
            death: Death::default(),
        }
    }
}

impl Renewal<'_> {
    fn go(&mut self, store: &mut Store) -> Result<Issued> {
        self.tell("looking for a valid access token");
        if let Some(issued) = self.look(store)? {
            return Ok(issued);
        }
        // What a command of the user takes to give a secret is spent before the claim.
        if !self.demand.offline {
            self.read_secrets()?;
        }
        self.tell("taking the lock");
        let claim = match self.claim(store)? {
            Claimed::Ours(claim) => claim,
            Claimed::Satisfied(issued) => return Ok(issued),
        };
        self.settled(store, &claim)
    }

    fn settled(&mut self, store: &mut Store, claim: &Claim) -> Result<Issued> {
        let (mut slept, mut queue) = (0, None);
        loop {
            match self.under_the_claim(store, claim)? {
                Went::Issued(issued) => return Ok(issued),
                // Twice, should the machine sleep between the look and the send.
                Went::Slept if slept > 0 => {
                    let words = "the machine slept while it was connecting, twice; nothing was sent";
                    return Err(Error::new(Code::Unreachable, words));
                }
                Went::Slept => slept += 1,
                Went::Elsewhere(holder) => {
                    let deadline = self.invocation.deadline;
                    queue
                        .get_or_insert_with(|| Queue::of_the_fleet(deadline))
                        .wait_for(holder.as_deref(), self.profile)?;
                }
            }
        }
    }

    /// Without the claim: most calls end here.
    fn look(&mut self, store: &mut Store) -> Result<Option<Issued>> {
        let look = store.look()?;
        self.looked(store, look)
    }

    fn looked(&mut self, store: &mut Store, look: Look) -> Result<Option<Issued>> {
        match look {
            Look::Nothing if self.begins_by_itself() => Ok(None),
            Look::Nothing if self.profile.store.owner().is_some() => Err(forbidden()),
            Look::Nothing => Err(wording::no_credential(self.profile)),
            Look::Settled(credential, key) => {
                let marked = credential.record().is_some_and(|record| !record.marks.is_empty());
                let key = if marked { store.key_of_marks_beside(key.clone()).unwrap_or(key) } else { key };
                match self.judge(&credential, &key) {
                    // What this machine was told is no verdict on what another one has got since.
                    Err(_) if self.profile.store.is_shared() => Ok(None),
                    judged => judged,
                }
            }
            Look::Unsettled(credential) => {
                // What was seen before a refresh began is as good while that is under way.
                self.at_hand = credential.and_then(|there| self.served_by(&there)).or(self.at_hand.take());
                Ok(None)
            }
        }
    }

    /// What the journal has is valid, should the store that is behind not be reached.
    fn served_by(&self, credential: &Credential) -> Option<Access> {
        let record = credential.record()?;
        binding::check_held(self.profile, record).ok()?;
        let access = record.access(&self.profile.audience)?.served(self.profile.token)?;
        access.remaining(&Moment::now()).map(|_| access)
    }

    /// Looks again whenever the journal has changed while it waits.
    fn claim(&mut self, store: &mut Store) -> Result<Claimed> {
        let mut stamp = None;
        let what = claim::credential(self.profile);
        let mut queue = Queue::until(self.invocation.deadline);
        loop {
            if let Some(claim) = store.claim()? {
                return Ok(Claimed::Ours(claim));
            }
            queue.wait(&what)?;
            let seen = Some(store.stamp());
            if seen != stamp {
                stamp = seen;
                let look = store.look_meanwhile()?;
                if let Some(issued) = self.looked(store, look)? {
                    return Ok(Claimed::Satisfied(issued));
                }
            }
        }
    }

    fn under_the_claim(&mut self, store: &mut Store, claim: &Claim) -> Result<Went> {
        self.tell("looking again, under the lock");
        let looked = Moment::now();
        let credential = match self.look_again(store, claim)? {
            Recovered::GoOn(credential) => credential,
            Recovered::Satisfied(issued) => return Ok(Went::Issued(issued)),
        };
        if self.profile.store.owner().is_some() {
            return self.ask_the_owner(store, claim, &credential).map(Went::Issued);
        }
        self.check_renewable(&credential)?;
        if let Err(error) = self.check_allowed(&credential) {
            return self.served_all_the_same(error).map(Went::Issued);
        }
        let mut credential = credential;
        if let Some(holder) = self.elsewhere(store, &mut credential)? {
            return Ok(Went::Elsewhere(holder));
        }
        self.send(store, claim, credential, looked)
    }

    /// Where the login is another machine's, its owner stands where otherwise the vendor does.
    fn ask_the_owner(&mut self, store: &mut Store, claim: &Claim, there: &Credential) -> Result<Issued> {
        let renewed = owner::renew(self.invocation, self.profile, self.demand, store, claim, there);
        let Renewed { issued, kept } = renewed?;
        self.elsewhere = !kept;
        Ok(issued)
    }

    /// What another run got is adopted, what an earlier one left unread is read, and what is missing begun.
    fn look_again(&mut self, store: &mut Store, claim: &Claim) -> Result<Recovered> {
        // Whoever was logging in is gone; what it was told is read all the same.
        let there = store.load(claim)?;
        let mut credential = there.without_login();
        if credential.record().is_none() && credential.answers().next().is_none() {
            credential = self.begin(store, claim, &there)?;
        }
        if let Some(issued) = self.judge(&credential, &store.key_of_marks()?)? {
            return Ok(Recovered::Satisfied(issued));
        }
        let mut credential = match self.unread()?.read(store, claim, credential)? {
            Recovered::GoOn(credential) => credential,
            satisfied @ Recovered::Satisfied(_) => return Ok(satisfied),
        };
        if credential.record().is_none() {
            if credential.last_words().next().is_some() {
                return Err(wording::unread_login(self.profile));
            }
            credential = self.begin(store, claim, &credential)?;
        }
        // What was read may leave nothing to ask for.
        Ok(match self.judge(&credential, &store.key_of_marks()?)? {
            Some(issued) => Recovered::Satisfied(issued),
            None => Recovered::GoOn(credential),
        })
    }

    fn send(
        &mut self,
        store: &mut Store,
        claim: &Claim,
        credential: Credential,
        looked: Moment,
    ) -> Result<Went> {
        let credential = replay::settling(store, claim, credential)?;
        let follow_up = replay::follow_up(self.profile, store, &credential, self.demand.force_replay)?;
        let flow = self.profile.dialect.refresh();
        let mut exchange = Performer {
            invocation: self.invocation,
            profile: self.profile,
            secrets: self.secrets()?,
            store,
            claim,
            strict_store: self.demand.strict_store,
            death: &self.death,
            login: None,
        };
        match exchange.perform(flow, credential, follow_up, looked)? {
            Performed::Slept => Ok(Went::Slept),
            Performed::Overtaken => Ok(Went::Elsewhere(None)),
            Performed::Granted(issued, _) => Ok(Went::Issued(issued)),
            Performed::Elsewhere(issued) => {
                self.elsewhere = true;
                Ok(Went::Issued(issued))
            }
        }
    }

    /// Who else is about to renew it, on another machine. What one left behind that will not come back is this one's.
    fn elsewhere(&self, store: &mut Store, credential: &mut Credential) -> Result<Option<Option<String>>> {
        let harmless = matches!(self.profile.policy.class, Class::None | Class::Strict)
            || self.profile.renews_with() == RenewsWith::Client;
        let consent = match self.demand.takeover {
            true => Consent::Now,
            false => self.profile.store.takeover_after().map_or(Consent::Nobody, Consent::After),
        };
        match store.turn(credential, harmless, consent)? {
            Turn::Ours => Ok(None),
            Turn::TakeOver { age, there } => {
                *credential = store.take_over(credential, age, &there)?;
                Ok(None)
            }
            Turn::Wait { holder } => Ok(Some(Some(holder))),
            Turn::Blocked { holder, age } => {
                Err(wording::held_by_another_machine(&holder, age, self.profile))
            }
        }
    }

    /// `Err`: a login alone gives what is asked for.
    fn check_renewable(&mut self, credential: &Credential) -> Result<()> {
        let Some(record) = credential.record() else { return Ok(()) };
        let renewable = self.profile.renews_with() == RenewsWith::Client || record.refresh_token.is_some();
        self.only_by_login = !renewable;
        match renewable {
            true => Ok(()),
            false if record.holds_nothing() => Err(wording::no_credential(self.profile)),
            false => Err(wording::nothing_renews(self.profile)),
        }
    }

    /// `Err`: the refresh token is not this machine's to present, or its successor could not be kept.
    fn check_allowed(&self, credential: &Credential) -> Result<()> {
        match credential.record().and_then(|record| record.exported_ms) {
            Some(at) => Err(wording::exported(at, self.profile)),
            None => loss::check_renewal(self.invocation, self.profile),
        }
    }

    /// With the token at hand while it is valid: what may not be refreshed may be used.
    fn served_all_the_same(&self, error: Error) -> Result<Issued> {
        let valid = |access: &Access| access.remaining(&Moment::now()).is_some();
        let at_hand = self.at_hand.clone().filter(|access| !self.demand.fresh && valid(access));
        let Some(access) = at_hand else { return Err(error) };
        self.invocation.out.warn(still_valid(&error, &access));
        Ok(Issued::at_hand(access))
    }

    /// Where nothing is imported, a credential begins with the first request for one.
    fn begin(&self, store: &mut Store, claim: &Claim, last: &Credential) -> Result<Credential> {
        if !self.begins_by_itself() {
            return Err(wording::none_but_begun(self.profile, last));
        }
        let now = Moment::now();
        let epoch = now.wall_ms.max(last.order().epoch + 1);
        let mut record = Record::first(None, now.clone(), self.profile.binding.clone());
        last.hand_time_steps(&mut record);
        record.name = Some(self.profile.account.clone());
        let first = Credential::first(epoch, 1, record);
        store.establish(claim, &first)?;
        Ok(first)
    }

    fn begins_by_itself(&self) -> bool {
        let by_asking =
            self.profile.renews_with() == RenewsWith::Client || self.profile.store.owner().is_some();
        by_asking && !self.demand.offline
    }

    /// `None`: it must be refreshed.
    fn judge(&mut self, credential: &Credential, key: &SealingKey) -> Result<Option<Issued>> {
        let Some(record) = credential.record() else { return Ok(None) };
        // What was lent for another vendor or client is got anew.
        if self.profile.store.owner().is_some() && !self.profile.binding.is_as(&record.bound) {
            return Ok(None);
        }
        binding::check_held(self.profile, record)?;
        let (now, started) = (Moment::now(), self.invocation.started.moment());
        let criteria = Criteria::of(self.profile, self.demand, &started, &now);
        let (freshness, cut) = criteria.judge(credential);
        cut.into_iter().for_each(|cut| self.invocation.out.warn(cut.words()));
        match freshness {
            Freshness::Enough(access) => {
                // Nobody is asked now; whoever only ever does this would learn of it when the token is over.
                let client = self.client(record, key);
                let mark = record.mark(&self.profile.audience, client.as_deref());
                mark.into_iter().for_each(|mark| self.invocation.out.warn(wording::marked(mark, &access)));
                return Ok(Some(Issued::at_hand(access)));
            }
            Freshness::Due(at_hand) => self.at_hand = at_hand,
            // The last one was lent to a profile that needs none.
            Freshness::WithoutId if self.profile.store.owner().is_some() => {}
            Freshness::WithoutId => return Err(wording::no_id_token(self.profile)),
            Freshness::Spared { ended, at_hand, .. } if self.is_of_another_client(ended, key)? => {
                self.at_hand = at_hand;
            }
            Freshness::Spared { ended, retry_after, at_hand } => {
                self.at_hand = at_hand;
                return Err(wording::spared(&ended.outcome, retry_after, self.profile));
            }
        }
        // An answer that waits to be read may lift the mark.
        if self.demand.obey_marks && !self.demand.offline && !credential.is_answered() {
            self.obey_mark(record, key)?;
        }
        Ok(None)
    }

    /// Another one, by which this run waited for an answer, may be told something else.
    fn is_of_another_client(&mut self, ended: &AttemptEnd, key: &SealingKey) -> Result<bool> {
        let Some(other) = ended.client.as_deref().filter(|_| ended.is_about_the_client()) else {
            return Ok(false);
        };
        self.read_secrets()?;
        Ok(mark::client(self.profile, key, self.secrets()?) != other)
    }

    /// That of this run, where a mark is there to compare it with, and as far as it is known by now.
    fn client(&self, record: &Record, key: &SealingKey) -> Option<String> {
        match &self.secrets {
            Some(secrets) => Some(mark::client(self.profile, key, secrets)),
            None => mark::client_at_hand(self.invocation, self.profile, record, || Ok(key.clone())),
        }
    }

    fn obey_mark(&mut self, record: &Record, key: &SealingKey) -> Result<()> {
        let now = Moment::now();
        let bearing = |mark| match mark::rest(mark, self.profile, &now) {
            Rest::Spare(left) => Some((mark, left)),
            Rest::AskAgain => None,
        };
        let bearing: Vec<_> = record.marks.iter().filter_map(bearing).collect();
        if bearing.is_empty() {
            return Ok(());
        }
        self.read_secrets()?;
        let asked = mark::Fingerprint::of(self.profile, key, self.secrets()?);
        match bearing.into_iter().find(|(mark, _)| asked.is_refused_by(mark)) {
            Some((mark, left)) => Err(wording::remembered(&mark.outcome, left, self.profile)),
            None => Ok(()),
        }
    }

    fn read_secrets(&mut self) -> Result<()> {
        if self.secrets.is_none() {
            self.secrets = Some(stored_secrets::secrets(self.invocation, self.profile, For::Renewal)?);
        }
        Ok(())
    }

    fn secrets(&self) -> Result<&Secrets> {
        self.secrets.as_ref().ok_or_else(forbidden)
    }

    fn unread(&self) -> Result<Recovery<'_>> {
        let secrets = self.secrets()?;
        let (invocation, profile, demand, death) = (self.invocation, self.profile, self.demand, &self.death);
        Ok(Recovery { invocation, profile, demand, secrets, death })
    }

    fn tell(&self, words: &str) {
        self.invocation.out.step(words);
    }
}
