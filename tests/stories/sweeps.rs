//! Sweeps: kill -9 at every system call of a run, one after the other, and errors at
//! every call that writes. Each time the next runs must find a live credential, and no
//! refresh token may go out twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::time::Instant;

use crate::stand_in::{StandIn, Vendor};
use crate::world::{Ended, LEGIBLE, On, World};

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
}

/// A command, and what makes it do its whole work each time.
#[derive(Clone, Copy)]
pub enum Swept {
    Refresh,
    Token,
    Import,
}

impl Swept {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Swept::Refresh => &["refresh"],
            Swept::Token => &["token"],
            Swept::Import => &["import", "--replace"],
        }
    }
}

struct Sweep {
    vendor: StandIn,
    world: World,
    swept: Swept,
    input: String,
}

impl Sweep {
    fn new(store: On, swept: Swept) -> Sweep {
        let vendor = StandIn::start(Vendor::Fbox);
        // A lost answer leaves only the old token, which a strict vendor then refuses.
        vendor.expect_reuse();
        let mut world = World::with(store, &vendor);
        world.add("rotation = \"strict\"");
        world.run(&["refresh"]).succeeds();
        Sweep { vendor, world, swept, input: String::new() }
    }

    /// The credential is such that the command has all its work to do.
    fn prepare(&mut self) {
        match self.swept {
            Swept::Refresh => {}
            // Imported, it has no access token yet.
            Swept::Token => {
                self.world.run_with(&["import", "--replace"], &self.vendor.login().refresh_token).succeeds();
            }
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
        let file = self.world.path().join("trace").display().to_string();
        let command = self.world.strace(&["-s", "64", "-e", LEGIBLE, "-o", &file], self.swept.arguments());
        let output = assert_cmd::Command::from_std(command).write_stdin(self.input.as_str()).output();
        let output = output.expect("strace is installed (`make test` installs it)");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = fs::read_to_string(file).expect("the trace");
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let (mut points, mut window) = (BTreeSet::new(), BTreeMap::new());
        let (mut sent, mut journal_writes) = (false, 0);
        for line in text.lines() {
            let Some((thread, (name, rest))) =
                line.split_once(' ').and_then(|(thread, call)| Some((thread, call.trim().split_once('(')?)))
            else {
                continue;
            };
            // A process cannot be killed on its way into its first call, or after its last.
            if ["execve", "exit_group", "exit"].contains(&name) {
                continue;
            }
            let nth = counts.entry((thread, name)).or_default();
            *nth += 1;
            points.insert(Point { name: name.to_owned(), nth: *nth });
            if sent && journal_writes < 2 {
                window.entry(name.to_owned()).or_insert((*nth, *nth)).1 = *nth;
            }
            sent |= rest.contains("\"POST ");
            journal_writes += usize::from(name == "pwrite64");
        }
        Reference { points, window }
    }

    /// kill -9 at every system call.
    fn kills(mut self, what: String) -> Tally {
        let begun = Instant::now();
        let Reference { points, window } = self.reference();
        assert!(points.len() > 80, "{}", points.len());
        let mut tally = Tally { what, faults: points.len(), ..Tally::default() };
        let (first, mut unsent, mut lost_at) = (self.vendor.requests().len(), 0, Vec::new());
        for Point { name, nth } in points {
            self.prepare();
            let before = self.vendor.requests().len();
            let presented = self.vendor.current().refresh_token;
            self.run_injected(&format!("{name}:signal=KILL:when={nth}"));
            let sent = self.vendor.requests().len() - before;
            assert!(sent <= 1, "{name} {nth}: {sent} requests");
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
        assert!(unsent > 40, "{unsent} unsent");
        assert!(lost_at.len() <= 14, "more than the window between sending and journal: {lost_at:?}");
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
        assert!(points.len() >= 4, "{points:?}");
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
fn lies_in(window: &BTreeMap<String, (usize, usize)>, name: &str, nth: usize) -> bool {
    let play = if name == "pwrite64" { 0 } else { 2 };
    window.get(name).is_some_and(|(first, last)| (first.saturating_sub(play)..=last + play).contains(&nth))
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

pub fn kills(store: On, swept: Swept) -> Tally {
    Sweep::new(store, swept).kills(format!(
        "kill -9 at each call of `{}`, {}",
        swept.arguments()[0],
        store.word()
    ))
}

pub fn errors(store: On, swept: Swept) -> Tally {
    let what =
        format!("{} at each writing call of `{}`, {}", ERRORS.join(", "), swept.arguments()[0], store.word());
    Sweep::new(store, swept).errors(what)
}

#[test]
fn killed_at_every_system_call_of_a_refresh_on_the_file_store() {
    kills(On::File, Swept::Refresh);
}

#[test]
fn killed_at_every_system_call_of_a_refresh_on_the_keyring() {
    kills(On::Keyring, Swept::Refresh);
}

#[test]
fn killed_at_every_system_call_of_token_on_the_file_store() {
    kills(On::File, Swept::Token);
}

#[test]
fn killed_at_every_system_call_of_token_on_the_keyring() {
    kills(On::Keyring, Swept::Token);
}

#[test]
fn killed_at_every_system_call_of_an_import() {
    kills(On::File, Swept::Import);
    kills(On::Keyring, Swept::Import);
}

#[test]
fn errors_at_every_writing_call_on_the_file_store() {
    for swept in [Swept::Refresh, Swept::Token, Swept::Import] {
        errors(On::File, swept);
    }
}

#[test]
fn errors_at_every_writing_call_on_the_keyring() {
    errors(On::Keyring, Swept::Refresh);
}
