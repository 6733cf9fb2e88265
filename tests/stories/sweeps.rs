//! Sweeps: kill -9 at every system call of a run, one after the other, and errors at
//! every call that writes. Each time the next runs must find a live credential, and no
//! refresh token may go out twice.
//!
//! Here a refresh on the file store is killed at every call, and one on the keyring at some of them.
//! `make torture` sweeps over all calls of `refresh`, `token` and `import`, on both stores.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Instant;

use crate::audiences;
use crate::moments::Traced;
use crate::stand_in::{StandIn, Vendor};
use crate::world::{Ended, On, World};

/// What a sweep came to, as a line of a table.
#[derive(Default)]
pub struct Tally {
    pub what: String,
    pub faults: usize,
    pub requests: usize,
    /// Answers lost between the vendor and the journal, where nothing can help.
    pub inherent: usize,
    pub lost: usize,
    pub seconds: f64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { what, faults, requests, inherent, lost, seconds } = self;
        write!(f, "| {what} | {faults} | {requests} | {inherent} | {lost} | {seconds:.0} |")
    }
}

/// One system call of the reference run: `nth` of its name in its thread, as strace counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    name: String,
    nth: usize,
}

struct Reference {
    points: BTreeSet<Point>,
    /// Between the request's last byte and the journal's write of the answer: by name, from which to which.
    window: BTreeMap<String, (usize, usize)>,
    /// So many calls, with those of other threads.
    in_window: usize,
    before_sending: usize,
}

/// A command, and what makes it do its whole work each time.
#[derive(Clone, Copy, PartialEq)]
pub enum Swept {
    Refresh,
    Token,
    Import,
    /// A refresh for one audience, while the token of another is held.
    Audience,
}

impl Swept {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Swept::Refresh => &["refresh"],
            Swept::Token => &["token"],
            Swept::Import => &["import", "--replace"],
            Swept::Audience => &["refresh", "-p", "files"],
        }
    }
}

struct Sweep {
    vendor: StandIn,
    world: World,
    swept: Swept,
    input: String,
    /// The other audience's token.
    held: String,
}

impl Sweep {
    fn new(store: On, swept: Swept) -> Sweep {
        if swept == Swept::Audience {
            return Sweep::with_another_audience(store);
        }
        let vendor = StandIn::start(Vendor::Fbox);
        // A lost answer leaves only the old token, which a strict vendor then refuses.
        vendor.expect_reuse();
        let mut world = World::with(store, &vendor);
        world.add("rotation = \"strict\"");
        world.run(&["refresh"]).succeeds();
        Sweep { vendor, world, swept, input: String::new(), held: String::new() }
    }

    fn with_another_audience(store: On) -> Sweep {
        let vendor = audiences::vendor();
        vendor.expect_reuse();
        let mut world = audiences::world(store, &vendor);
        world.set("TOKCLI_PROFILE", "files");
        Sweep { vendor, world, swept: Swept::Audience, input: String::new(), held: String::new() }
    }

    /// Whatever became of the run, the other audience's token is served.
    fn check_beside(&self, at: &str) {
        if self.swept == Swept::Audience {
            let beside = self.world.run(&audiences::OF_MAIL).succeeds();
            assert_eq!(beside.stdout, self.held, "{at}");
        }
    }

    /// The credential is such that the command has all its work to do.
    fn prepare(&mut self) {
        match self.swept {
            Swept::Refresh => {}
            // Imported, it has no access token yet.
            Swept::Token => {
                self.world.run_with(&["import", "--replace"], &self.vendor.login().refresh_token).succeeds();
            }
            Swept::Audience => self.held = self.world.run(&audiences::OF_MAIL).succeeds().stdout,
            Swept::Import => self.input = self.vendor.login().refresh_token,
        }
    }

    fn run_injected(&self, inject: &str) -> std::process::Output {
        self.world.run_injected_with(inject, self.swept.arguments(), &self.input)
    }

    fn next(&self) -> Ended {
        self.world.run_with(self.swept.arguments(), &self.input)
    }

    /// The calls of a run that nothing disturbs.
    fn reference(&mut self) -> Reference {
        self.prepare();
        let (mut points, mut window) = (BTreeSet::new(), BTreeMap::new());
        let (mut sent, mut journal_writes, mut in_window, mut before_sending) = (false, 0, 0, 0);
        for Traced { name, text, nth } in self.world.calls_with(self.swept.arguments(), &self.input) {
            // A process cannot be killed on its way into its first call, or after its last.
            if ["execve", "exit_group", "exit"].contains(&name.as_str()) {
                continue;
            }
            let is_new = points.insert(Point { name: name.clone(), nth });
            before_sending += usize::from(!sent && is_new);
            if sent && journal_writes < 2 {
                window.entry(name.clone()).or_insert((nth, nth)).1 = nth;
                in_window += 1;
            }
            sent |= text.contains("\"POST ");
            journal_writes += usize::from(name == "pwrite64");
        }
        assert_eq!(sent, self.swept != Swept::Import, "{points:?}");
        Reference { points, window, in_window, before_sending }
    }

    /// kill -9 at every system call, or at every `nth` and the journal's own.
    fn kills(mut self, what: String, nth: usize) -> Tally {
        let begun = Instant::now();
        let Reference { points, window, in_window, before_sending } = self.reference();
        let all = points.len();
        let is_of_the_journal = |at: &Point| ["pwrite64", "fdatasync"].contains(&at.name.as_str());
        let points = points.into_iter().enumerate();
        let points: Vec<Point> =
            points.filter(|(n, at)| n % nth == 0 || is_of_the_journal(at)).map(|(_, at)| at).collect();
        let mut tally = Tally { what, faults: points.len(), ..Tally::default() };
        let points_tried = points.len();
        let (first, mut unsent, mut lost_at) = (self.vendor.requests().len(), 0, Vec::new());
        for Point { name, nth } in points {
            self.prepare();
            let before = self.vendor.requests().len();
            let presented = self.vendor.current().refresh_token;
            self.run_injected(&format!("{name}:signal=KILL:when={nth}"));
            let sent = self.vendor.requests().len() - before;
            assert!(sent <= 1, "{name} {nth}: {sent} requests");
            self.check_beside(&format!("{name} {nth}"));
            let next = self.next();
            // A vendor may get to read a request only after its sender was killed.
            let sent = if next.code == Some(4) { self.vendor.sends_of(&presented) - 1 } else { sent };
            match (sent, next.code) {
                (0, Some(0)) => unsent += 1,
                (1, Some(0)) => {}
                (1, Some(4)) if lies_in(&window, &name, nth) => {
                    lost_at.push(format!("{name} {nth}"));
                    self.world.run_with(&["import"], &self.vendor.login().refresh_token).succeeds();
                }
                other => panic!("{}: {name} {nth}: {other:?}: {next:#?}", tally.what),
            }
            let live = self.world.run(&["token"]).succeeds();
            assert!(self.vendor.accepts(live.stdout.trim()), "{name} {nth}");
        }
        eprintln!("{}: of {} kills {unsent} before sending; lost at {lost_at:?}", tally.what, tally.faults);
        // Those before the request are most of all, wherever a thread got to meanwhile.
        let share = before_sending * points_tried / all;
        assert!(unsent * 2 > share, "{unsent} unsent of {share}");
        // One more for the thread that listens for signals, and one for the heap.
        assert!(
            lost_at.len() <= in_window + 2,
            "more than the window between sending and journal: {lost_at:?}"
        );
        tally.requests = self.vendor.requests().len() - first;
        tally.inherent = lost_at.len();
        tally.seconds = begun.elapsed().as_secs_f64();
        tally
    }

    /// Each of the errors at every call that writes.
    fn errors(mut self, what: String) -> Tally {
        let begun = Instant::now();
        let points = self.reference().points;
        let points: Vec<_> = points.into_iter().filter(|at| WRITING.contains(&at.name.as_str())).collect();
        assert!(points.iter().any(|at| at.name == "pwrite64" || at.name == "rename"), "{points:?}");
        let mut tally = Tally { what, faults: points.len() * ERRORS.len(), ..Tally::default() };
        let (first, mut codes) = (self.vendor.requests().len(), BTreeMap::<i32, usize>::new());
        for (Point { name, nth }, error) in points.iter().flat_map(|at| ERRORS.map(|error| (at, error))) {
            let at = format!("{}: {name} {nth} {error}", tally.what);
            self.prepare();
            let before = self.vendor.requests().len();
            let output = self.run_injected(&format!("{name}:error={error}:when={nth}"));
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            let code = output.status.code().unwrap_or_else(|| panic!("{at}: by a signal"));
            *codes.entry(code).or_default() += 1;
            assert!([0, 1, 5, 6, 7, 8].contains(&code), "{at}: {code}: {words}");
            // The runtime wakes its own loop through an eventfd, and takes an error there, which no
            // kernel gives, for impossible. Even then nothing is lost.
            let waking = name == "write" && words.contains("runtime/io/driver.rs");
            assert!(waking || !words.contains("internal error"), "{at}: {words}");
            assert!(!words.contains(crate::world::CANARY), "{at}: {words}");
            assert!(output.stdout.is_empty() || code == 0, "{at}: {code}, but it printed");
            let sent = self.vendor.requests().len() - before;
            assert!(sent <= 1, "{at}: more than one request");
            assert!(sent == 0 || ![5, 6].contains(&code), "{at}: {code} says that nothing was sent: {words}");
            if let Some(sealed) = words.lines().find_map(|line| line.strip_prefix("sealed: ")) {
                self.world.run_with(&["recover", "--stdin", "-p", "fbox"], sealed).succeeds();
            }
            self.check_beside(&at);
            let next = self.next();
            assert_eq!(next.code, Some(0), "{at}: ended by {code}: {words}; then {next:#?}");
            let live = self.world.run(&["token"]).succeeds();
            assert!(self.vendor.accepts(live.stdout.trim()), "{at}");
        }
        assert!(self.vendor.reused().is_empty(), "{}: a spent token went out again", tally.what);
        eprintln!("{}: exit codes {codes:?}", tally.what);
        tally.requests = self.vendor.requests().len() - first;
        tally.seconds = begun.elapsed().as_secs_f64();
        tally
    }
}

/// How often a client waits and looks differs by one or two from run to run; what it writes does not.
pub fn lies_in(window: &BTreeMap<String, (usize, usize)>, name: &str, nth: usize) -> bool {
    let play = if name == "pwrite64" { 0 } else { 2 };
    // The thread that listens for signals goes its own way, and where the heap begins, and so when it grows, is chance.
    ["rt_sigtimedwait", "brk"].contains(&name)
        || window
            .get(name)
            .is_some_and(|(first, last)| (first.saturating_sub(play)..=last + play).contains(&nth))
}

const WRITING: [&str; 13] = [
    "pwrite64",
    "write",
    "writev",
    "sendto",
    "sendmsg",
    "fdatasync",
    "fsync",
    "rename",
    "mkdir",
    "fchmod",
    "ftruncate",
    "unlink",
    "flock",
];
const ERRORS: [&str; 4] = ["EIO", "ENOSPC", "EINTR", "EDQUOT"];

/// At every `nth` system call.
pub fn kills(store: On, swept: Swept, nth: usize) -> Tally {
    let what = format!("kill -9 at each call of `{}`, {}", swept.arguments().join(" "), store.word());
    Sweep::new(store, swept).kills(what, nth)
}

pub fn errors(store: On, swept: Swept) -> Tally {
    let what =
        format!("{} at each writing call of `{}`, {}", ERRORS.join(", "), swept.arguments()[0], store.word());
    Sweep::new(store, swept).errors(what)
}

#[test]
fn killed_at_every_system_call_of_a_refresh_on_the_file_store() {
    kills(On::File, Swept::Refresh, 1);
}

/// And at each call that writes or syncs the journal.
#[test]
fn killed_at_every_eighth_system_call_of_a_refresh_on_the_keyring() {
    kills(On::Keyring, Swept::Refresh, 8);
}

#[test]
fn killed_at_every_fourth_system_call_of_an_import() {
    kills(On::File, Swept::Import, 4);
}

#[test]
fn errors_at_every_writing_call_of_a_refresh_on_the_file_store() {
    errors(On::File, Swept::Refresh);
}

#[test]
fn killed_at_every_system_call_of_a_refresh_beside_another_audience_on_the_file_store() {
    kills(On::File, Swept::Audience, 1);
}

#[test]
fn killed_at_every_eighth_system_call_of_a_refresh_beside_another_audience_on_the_keyring() {
    kills(On::Keyring, Swept::Audience, 8);
}
