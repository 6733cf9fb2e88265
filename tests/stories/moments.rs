//! The moments of a refresh, as strace counts system calls: found in a trace of an undisturbed run of this very build,
//! so that no story counts for itself what another libc or runtime counts otherwise.

use std::collections::HashMap;
use std::fs;
use std::sync::OnceLock;

use crate::stand_in::{StandIn, Vendor};
use crate::world::{LEGIBLE, On, World};

/// In the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    Lock,
    Connect,
    /// The connection is asked whether it stands.
    Connected,
    Intent,
    IntentSynced,
    Send,
    Answer,
    AnswerSynced,
    Record,
    RecordSynced,
}

const ALL: [(Moment, &str); 10] = [
    (Moment::Lock, "flock("),
    (Moment::Connect, "sa_family=AF_INET"),
    (Moment::Connected, "getsockopt("),
    (Moment::Intent, "pwrite64("),
    (Moment::IntentSynced, "fdatasync("),
    (Moment::Send, "\"POST "),
    (Moment::Answer, "pwrite64("),
    (Moment::AnswerSynced, "fdatasync("),
    (Moment::Record, "pwrite64("),
    (Moment::RecordSynced, "fdatasync("),
];

/// The call that makes the moment: its name, and the how manieth of that name it is in its thread.
#[derive(Clone, Debug)]
struct Call {
    name: String,
    nth: usize,
}

impl Moment {
    /// What strace injects there: `error=EIO`, `signal=KILL`, …
    pub fn inject(self, fault: &str) -> String {
        let Call { name, nth } = self.call();
        format!("{name}:{fault}:when={nth}")
    }

    /// The same there, and at every later call of this kind.
    pub fn inject_from(self, fault: &str) -> String {
        self.inject(fault) + "+"
    }

    /// The same in a run that makes these calls.
    pub fn inject_into(self, calls: &[Traced], fault: &str) -> String {
        let Call { name, nth } = self.among(&all(calls));
        format!("{name}:{fault}:when={nth}")
    }

    fn call(self) -> Call {
        static CALLS: OnceLock<Vec<Call>> = OnceLock::new();
        self.among(CALLS.get_or_init(undisturbed))
    }

    fn among(self, calls: &[Call]) -> Call {
        let at = ALL.iter().position(|(moment, _)| *moment == self).expect("one of all");
        calls[at].clone()
    }
}

/// The journal is written and synced on the same calls on either store.
fn undisturbed() -> Vec<Call> {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    all(&world.calls(&["refresh"]))
}

/// All moments, of a run that makes these calls.
fn all(calls: &[Traced]) -> Vec<Call> {
    let mut from = 0;
    let find = |(_, what): &(Moment, &str)| {
        let found = calls[from..].iter().position(|call| call.text.contains(what));
        from += found.unwrap_or_else(|| panic!("{what} after {from}: {calls:#?}"));
        let Traced { name, nth, .. } = calls[from].clone();
        from += 1;
        Call { name, nth }
    };
    ALL.iter().map(find).collect()
}

/// One system call of a run.
#[derive(Clone, Debug)]
pub struct Traced {
    pub name: String,
    /// `name(arguments) = result`
    pub text: String,
    /// Of its name, in its thread.
    pub nth: usize,
}

impl World {
    /// All system calls of a run that succeeds, in order.
    pub fn calls(&self, arguments: &[&str]) -> Vec<Traced> {
        self.calls_with(arguments, "")
    }

    pub fn calls_with(&self, arguments: &[&str], input: &str) -> Vec<Traced> {
        let file = self.path().join("calls").display().to_string();
        let command = self.strace(&["-s", "64", "-e", LEGIBLE, "-o", &file], arguments);
        let output = assert_cmd::Command::from_std(command).write_stdin(input).output();
        let output = output.expect("strace is installed (`make test` installs it)");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        read(&fs::read_to_string(file).expect("the trace"))
    }
}

/// Each line is `PID name(arguments) = result`; what is resumed was counted when it began.
pub fn read(trace: &str) -> Vec<Traced> {
    let mut counts: HashMap<(String, String), usize> = HashMap::new();
    let call = |line: &str| {
        let (thread, text) = line.split_once(' ')?;
        let (name, _) = text.trim().split_once('(').filter(|(name, _)| !name.contains(' '))?;
        let nth = counts.entry((thread.to_owned(), name.to_owned())).or_default();
        *nth += 1;
        Some(Traced { name: name.to_owned(), text: text.trim().to_owned(), nth: *nth })
    };
    trace.lines().filter_map(call).collect()
}
