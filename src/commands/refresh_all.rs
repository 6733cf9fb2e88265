//! `tokcli refresh --all`: every profile by the one sequence, on plain threads. Outcomes, never
//! tokens, in the order of the names; one summary; the highest exit status.
//!
//! Profiles of one credential follow each other on one thread: nobody here waits for our own lock.
//! A signal lets what was sent be stored, lets nothing more be sent, and then does what it does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use serde_json::json;

use super::audit;
use super::context::{Context, Looks, perhaps_renamed};
use crate::base::clock::{Moment, rfc3339};
use crate::base::error::{Code, Error, Result, internal};
use crate::base::process;
use crate::base::sends::SendsClosed;
use crate::base::signals;
use crate::base::waiting::{self, Occasion, What};
use crate::profile::Profile;
use crate::profile::configuration::{CredentialKey, Profiles};
use crate::session::binding;
use crate::session::demand::{Demand, Invocation};
use crate::session::host_backoff::HostBackoff;
use crate::session::mark;
use crate::session::refresh;
use crate::session::schedule;
use crate::store::last_run::{Ended, LastRun};
use crate::store::{Look, Store};
use crate::terminal::arguments::Refresh;
use crate::terminal::objects::error_member;
use crate::terminal::output::Output;
use crate::terminal::wording;

pub(super) fn run(context: &Context<'_>, args: &Refresh) -> Result<u8> {
    let mut ended = Vec::new();
    let done = refresh_all(context, args, &mut ended);
    if args.due {
        note(context, &done, ended);
    }
    done
}

/// For `keepalive status`. Nothing depends on it, so that it is lost where it cannot be written.
fn note(context: &Context<'_>, done: &Result<u8>, ended: Vec<Ended>) {
    let (exit, code) = match done {
        Ok(exit) => (*exit, None),
        Err(error) => (error.code.exit(), Some(error.code)),
    };
    let kept = context.global.config_path().and_then(|path| {
        let configuration = std::path::absolute(&path).unwrap_or(path);
        LastRun::new(context.invocation.started.moment(), configuration, exit, code, ended).keep()
    });
    if let Err(error) = kept {
        context.out.step(&format!("the outcome of this run is not recorded: {error}"));
    }
}

fn refresh_all(context: &Context<'_>, args: &Refresh, noted: &mut Vec<Ended>) -> Result<u8> {
    let profiles = context.profiles()?;
    let names: Vec<&str> = profiles.names().collect();
    let groups = groups(&profiles, &names);
    let crowd = Crowd {
        context,
        profiles: &profiles,
        due: args.due,
        want: Demand { fresh: true, obey_marks: true, strict_store: args.strict_store, ..Demand::default() },
        patience: HostBackoff::default(),
    };
    let mut report = Report::new(context.out, names.len());
    let (tell, events) = mpsc::channel();
    let tell_signal = tell.clone();
    signals::catch(move |signal| {
        if signals::is_fatal(signal) {
            let _ = tell_signal.send(Event::Ending(waiting::held_off()));
        }
        let _closed = SendsClosed::close();
        let (told, wait) = mpsc::channel();
        let _ = tell_signal.send(Event::Signal(signal, told));
        // Not for ever: who prints may be stuck, because nobody reads it.
        let _ = wait.recv_timeout(LAST_WORDS);
        signals::obey(signal);
    })?;
    context.out.begin_progress(names.len());
    let next = AtomicUsize::new(0);
    let work = |tell: &Sender<Event>| {
        while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
            crowd.refresh(group, &mut |index, ended| drop(tell.send(Event::Ended(index, ended))));
        }
    };
    std::thread::scope(|scope| {
        let at_once = usize::from(args.jobs).min(process::files_at_once() / FILES);
        for started in 0..at_once.max(1).min(groups.len()) {
            let (tell, work) = (tell.clone(), &work);
            let worker = std::thread::Builder::new().spawn_scoped(scope, move || work(&tell));
            if worker.is_err() && started == 0 {
                context.out.end_progress();
                return Err(internal("no thread can be started"));
            }
        }
        report.collect(&events);
        Ok(())
    })?;
    noted.append(&mut report.noted);
    report.end()
}

/// That a profile has open at most while it is refreshed: its claim, its journal, its connection, and what waits for that.
const FILES: usize = 6;
/// How long a signal waits for what is to be printed.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A profile: its place among all, and its name.
type Member<'a> = (usize, &'a str);

/// The profiles of each credential together, in the order of the names.
fn groups<'a>(profiles: &Profiles, names: &[&'a str]) -> Vec<Vec<Member<'a>>> {
    let mut by_credential: BTreeMap<CredentialKey, Vec<Member<'a>>> = BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        by_credential.entry(profiles.credential(name)).or_default().push((index, name));
    }
    let mut groups: Vec<_> = by_credential.into_values().collect();
    groups.sort_unstable();
    groups
}

enum Event {
    Ended(usize, ProfileEnd),
    /// A signal came that ends us; what is to be awaited first, and for how long at the most.
    Ending(Option<(What, Option<Duration>)>),
    /// Everything sent is stored. Dropped when what there is to say is said.
    Signal(i32, Sender<()>),
}

/// How it went with one profile.
struct ProfileEnd {
    profile: String,
    outcome: ProfileOutcome,
    /// Of the access token, in seconds since 1970.
    expires_at: Option<i64>,
    error: Option<Error>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ProfileOutcome {
    Refreshed,
    Adopted,
    NotDue,
    Failed,
}

impl ProfileOutcome {
    fn word(self) -> &'static str {
        match self {
            ProfileOutcome::Refreshed => "refreshed",
            ProfileOutcome::Adopted => "adopted",
            ProfileOutcome::NotDue => "not_due",
            ProfileOutcome::Failed => "failed",
        }
    }
}

/// What all threads share.
struct Crowd<'a> {
    context: &'a Context<'a>,
    profiles: &'a Profiles,
    due: bool,
    want: Demand,
    patience: HostBackoff,
}

impl Crowd<'_> {
    /// A second profile of the same account and audience adopts what the first obtained.
    fn refresh(&self, group: &[Member<'_>], tell: &mut dyn FnMut(usize, ProfileEnd)) {
        let mut obtained = BTreeSet::new();
        for (index, name) in group {
            let profile = self.context.profile(self.profiles, name, Looks::Later);
            let ended = profile.as_ref().map_err(Clone::clone).and_then(|profile| {
                let ended = self.one(profile, !obtained.contains(&profile.audience))?;
                if ended.0 != ProfileOutcome::NotDue {
                    obtained.insert(profile.audience.clone());
                }
                Ok(ended)
            });
            if let Err(error) = &ended {
                let refused = audit::Event::Refused(error);
                audit::note_of(self.context.out, self.profiles, name, profile.as_ref().ok(), &refused);
            }
            process::panic_means(Code::Internal);
            let profile = (*name).to_owned();
            tell(
                *index,
                match ended {
                    Ok((outcome, expires_at)) => ProfileEnd { profile, outcome, expires_at, error: None },
                    Err(error) => ProfileEnd {
                        profile,
                        outcome: ProfileOutcome::Failed,
                        expires_at: None,
                        error: Some(error),
                    },
                },
            );
        }
    }

    /// The outcome, and when the token expires. `first`: this run has not obtained it yet.
    fn one(&self, profile: &Profile, first: bool) -> Result<(ProfileOutcome, Option<i64>)> {
        let out = self.context.out.about(&profile.name);
        if first {
            if self.due
                && let Some(expires_at) = self.not_due(&out, profile)?
            {
                return Ok((ProfileOutcome::NotDue, expires_at));
            }
            self.patience.check(vendors(profile), Instant::now())?;
        }
        let invocation = Invocation { out: &out, ..self.context.invocation };
        let (issued, _) = refresh::obtain(&invocation, self.profiles, profile, &self.want)
            .inspect_err(|error| self.patience.note(vendors(profile), error, Instant::now()))
            .map_err(|error| perhaps_renamed(error, self.profiles, profile))?;
        if issued.refreshed {
            audit::note(&out, self.profiles, profile, &audit::Event::gained(&issued));
        }
        let outcome =
            if first && issued.refreshed { ProfileOutcome::Refreshed } else { ProfileOutcome::Adopted };
        Ok((outcome, issued.access.expires_at()))
    }

    /// By a look alone. `None`: it is due, or the sequence has to say what is wrong with it.
    fn not_due(&self, out: &Output, profile: &Profile) -> Result<Option<Option<i64>>> {
        let mut store = Store::open(profile, out.json())?;
        // Another machine keeps it alive.
        let elsewhere = profile.store.owner().is_some();
        let Look::Settled(credential, key) = store.look()? else { return Ok(elsewhere.then_some(None)) };
        let client = credential.record().and_then(|record| {
            let marks = || store.key_of_marks_beside(key);
            mark::client_at_hand(&self.context.invocation, profile, record, marks)
        });
        let renewal = schedule::Renewal {
            audience: &profile.audience,
            client: client.as_deref(),
            lifetime_kind: profile.dialect.refresh_lifetime_kind,
            with: profile.renews_with(),
        };
        let due = !elsewhere
            && (credential.record().is_none_or(|record| binding::check(profile, &record.bound).is_err())
                || schedule::is_due(&credential, renewal, &Moment::now()));
        if due {
            return Ok(None);
        }
        store.take_warnings().into_iter().for_each(|words| out.warn(words));
        let access = credential.record().and_then(|record| record.access(&profile.audience));
        Ok(Some(access.and_then(|access| access.served(profile.token)?.expires_at())))
    }
}

/// Whom this machine asks. Whoever only asks another machine meets none of them.
fn vendors(profile: &Profile) -> &[String] {
    if profile.store.owner().is_some() { &[] } else { &profile.binding.origins }
}

/// Prints each line when all before it are known, so that the order is that of the names.
struct Report<'a> {
    out: &'a Output,
    ended: Vec<Option<ProfileEnd>>,
    printed: usize,
    /// For [`note`].
    noted: Vec<Ended>,
    /// Refreshed or adopted, not due, failed.
    counts: [usize; 3],
    exit: u8,
    unprintable: Option<Error>,
}

impl Report<'_> {
    fn new(out: &Output, count: usize) -> Report<'_> {
        let ended = std::iter::repeat_with(|| None).take(count).collect();
        Report { out, ended, printed: 0, noted: Vec::new(), counts: [0; 3], exit: 0, unprintable: None }
    }

    /// Until every profile has ended, or a signal ends us.
    fn collect(&mut self, events: &Receiver<Event>) {
        let mut left = self.ended.len();
        let mut ending = false;
        while left > 0 || ending {
            match events.recv() {
                Ok(Event::Ended(index, ended)) => {
                    left -= 1;
                    self.take(index, ended);
                }
                Ok(Event::Ending(held_off)) => {
                    ending = true;
                    if let Some((what, left)) = held_off {
                        self.out.notice(&wording::waits(what, left, Occasion::Signal));
                    }
                }
                Ok(Event::Signal(signal, _told)) => {
                    if signals::is_fatal(signal) {
                        self.last_words(events);
                    }
                }
                // Unreachable: the threads end only when there is no more to do.
                Err(_) => return,
            }
        }
    }

    fn take(&mut self, index: usize, ended: ProfileEnd) {
        let class = match ended.outcome {
            ProfileOutcome::Refreshed | ProfileOutcome::Adopted => 0,
            ProfileOutcome::NotDue => 1,
            ProfileOutcome::Failed => 2,
        };
        self.counts[class] += 1;
        self.exit = self.exit.max(ended.error.as_ref().map_or(0, |error| error.code.exit()));
        // A token that is nowhere else waits for no other profile.
        if !self.out.json() {
            self.last_resort(&ended);
        }
        if let Some(place) = self.ended.get_mut(index) {
            *place = Some(ended);
        }
        self.out.advance();
        while let Some(next) = self.ended.get_mut(self.printed).and_then(Option::take) {
            self.printed += 1;
            self.print(&next);
        }
    }

    /// Before a signal ends us: what has ended meanwhile, and the lines whose turn has not come.
    fn last_words(&mut self, events: &Receiver<Event>) {
        while let Ok(event) = events.recv_timeout(Duration::from_millis(100)) {
            if let Event::Ended(index, ended) = event {
                self.take(index, ended);
            }
        }
        self.out.end_progress();
        for ended in std::mem::take(&mut self.ended).into_iter().flatten() {
            self.print(&ended);
        }
    }

    fn print(&mut self, ended: &ProfileEnd) {
        self.noted.push(Ended {
            profile: ended.profile.clone(),
            outcome: ended.outcome.word().to_owned(),
            code: ended.error.as_ref().map(|error| error.code),
        });
        // Who does not read outcomes any more still wants the tokens kept alive.
        if self.unprintable.is_none() {
            self.unprintable = print(self.out, ended).err();
        }
        if self.out.json() && self.unprintable.is_some() {
            self.last_resort(ended);
        }
    }

    /// What nothing durable took is on stderr, unless a line of JSON has it.
    fn last_resort(&self, ended: &ProfileEnd) {
        if let Some(error) = ended.error.as_ref().filter(|error| error.sealed.is_some()) {
            self.out.error(Some(&ended.profile), error);
        }
    }

    fn end(self) -> Result<u8> {
        self.out.end_progress();
        let [good, not_due, failed] = self.counts;
        let mut words = format!("{good} refreshed");
        for (count, what) in [(not_due, "not due"), (failed, "failed")] {
            if count > 0 {
                words += &format!(", {count} {what}");
            }
        }
        self.out.say(&words);
        self.unprintable.map_or(Ok(self.exit), Err)
    }
}

fn print(out: &Output, ended: &ProfileEnd) -> Result<()> {
    let ProfileEnd { profile, outcome, expires_at, error } = ended;
    let (outcome, expires) = (outcome.word(), expires_at.and_then(rfc3339));
    if out.json() {
        let error = error.as_ref().map(|error| error_member(Some(profile), error));
        return out.object(&json!({ "version": 1, "profile": profile, "outcome": outcome, "expires_at": expires, "error": error }));
    }
    out.text(&match (error, expires) {
        (Some(error), _) => format!("{profile}: {outcome}, {}: {error}\n", error.code.word()),
        (None, Some(expires)) => format!("{profile}: {outcome}, expires {expires}\n"),
        (None, None) => format!("{profile}: {outcome}\n"),
    })
}
