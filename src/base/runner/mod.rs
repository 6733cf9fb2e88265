//! Programs that are run to their end, for what they print, or for what they do with what they are given. Its exit counts, not
//! the end of its output: what a program left behind, such as an agent, may hold that for ever.
//!
//! The rule that matters: none is waited for beyond its time, and with one that is ended ends what it started.

mod pipes;

use std::fs::File;
use std::io::{self, Write as _};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use self::pipes::{Sink, Source};
use super::error::plain;
use super::program;
use super::waiting::{Waiting, What};

/// What becomes of what a program says on stderr.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stderr {
    Dropped,
    Inherited,
    /// It gets to ours, but does not have it.
    PassedOn,
    Kept,
}

/// A file is whole even if this run is killed while it is read.
pub(crate) enum Input {
    Bytes(Zeroizing<Vec<u8>>),
    File(File),
}

/// What is asked of a program.
pub(crate) struct Call<'a> {
    /// For its standard input, which ends there.
    pub(crate) input: Option<Input>,
    /// A file that it has open beside, from its start.
    pub(crate) kept: Option<&'a File>,
    /// Variables of ours that it does not get.
    pub(crate) hidden: &'a [String],
    /// In bytes, of what it prints; 0: that goes nowhere.
    pub(crate) largest: usize,
    pub(crate) stderr: Stderr,
    pub(crate) patience: Duration,
    pub(crate) what: What,
}

impl Call<'_> {
    /// Of a program that is given nothing, and prints nothing that is read.
    pub(crate) fn new(what: What, patience: Duration) -> Self {
        Call { input: None, kept: None, hidden: &[], largest: 0, stderr: Stderr::Dropped, patience, what }
    }
}

/// How a program ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) output: Zeroizing<Vec<u8>>,
    /// What was kept of its stderr.
    pub(crate) said: Vec<u8>,
}

/// Why it did not. In words to stand behind its name.
pub(crate) enum Failure {
    NotStarted(String),
    Late(String),
    Other(String),
}

impl Failure {
    pub(crate) fn into_words(self) -> String {
        match self {
            Failure::NotStarted(words) | Failure::Late(words) | Failure::Other(words) => words,
        }
    }

    fn other(what: &str) -> impl Fn(io::Error) -> Failure {
        move |cause| Failure::Other(format!("{what}: {}", plain(&cause)))
    }
}

static ALL_UNTIL: OnceLock<Instant> = OnceLock::new();

/// All programs together are waited for until then: for each half of what is left, so that one that is silent leaves time for the
/// others, and a second at the least.
pub(crate) fn wait_until(deadline: Instant) {
    let _ = ALL_UNTIL.set(deadline);
}

fn left() -> Duration {
    let left = ALL_UNTIL.get().map(|until| until.saturating_duration_since(Instant::now()) / 2);
    left.map_or(Duration::MAX, |left| left.max(Duration::from_secs(1)))
}

pub(crate) fn run(mut command: Command, call: Call<'_>) -> Result<Ended, Failure> {
    let Call { input, kept, hidden, largest, stderr, patience, what } = call;
    let patience = patience.min(left());
    let (stdin, input) = match input {
        None => (Stdio::null(), None),
        Some(Input::File(file)) => (Stdio::from(file), None),
        Some(Input::Bytes(bytes)) => (Stdio::piped(), Some(bytes)),
    };
    command.stdin(stdin);
    command.stdout(if largest > 0 { Stdio::piped() } else { Stdio::null() });
    command.stderr(match stderr {
        Stderr::Dropped => Stdio::null(),
        Stderr::Inherited => Stdio::inherit(),
        Stderr::PassedOn | Stderr::Kept => Stdio::piped(),
    });
    for variable in hidden {
        command.env_remove(variable);
    }
    if let Some(file) = kept {
        keep_open(&mut command, file);
    }
    let started = command.spawn();
    let mut child = started.map_err(|cause| {
        let meant = cfg!(windows).then(|| program::script_meant(&command)).flatten();
        let mend = meant.map_or_else(String::new, |script| format!("; with its extension it is `{script}`"));
        Failure::NotStarted(format!("cannot be run: {}{mend}", plain(&cause).trim_end_matches('.')))
    })?;
    let mut sink = Sink::of(&mut child, input).map_err(Failure::other("cannot be written to"))?;
    let unread = Failure::other("cannot be read");
    let mut pipes = Pipes::of(&mut child, largest, stderr).map_err(&unread)?;
    let until = Instant::now() + patience;
    let _waiting = Waiting::begin(what, Some(until));
    loop {
        // In this order: when it has ended, all that it wrote is there.
        let ended = child.try_wait().ok().flatten();
        sink.give();
        let room = pipes.take(ended.is_some());
        let late = Instant::now() >= until;
        if ended.is_none() && (late || !matches!(room, Ok(true))) {
            end(&mut child);
        }
        if !room.map_err(&unread)? {
            return Err(Failure::Other(format!("gives more than {} KiB", largest >> 10)));
        }
        match ended {
            Some(status) => return Ok(Ended { status, output: pipes.taken, said: pipes.said }),
            None if late => return Err(Failure::Late(format!("did not end within {} s", whole(patience)))),
            None => thread::sleep(Duration::from_millis(3)),
        }
    }
}

#[cfg(unix)]
fn keep_open(command: &mut Command, file: &File) {
    use std::os::fd::{AsRawFd as _, OwnedFd};

    use command_fds::{CommandFdExt as _, FdMapping};
    let Ok(parent_fd) = file.try_clone().map(OwnedFd::from) else { return };
    let child_fd = parent_fd.as_raw_fd();
    let _ = command.fd_mappings(vec![FdMapping { parent_fd, child_fd }]);
}

#[cfg(not(unix))]
fn keep_open(_: &mut Command, _: &File) {}

/// In seconds. What is left of a deadline is never whole.
fn whole(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

#[expect(clippy::disallowed_methods, reason = "these are another program's words")]
fn pass_on(words: &[u8]) {
    let _ = io::stderr().lock().write_all(words);
}

/// As much of stderr as is read at once, and as is kept.
const WORDS: usize = 64 << 10;

/// What the program writes to.
struct Pipes {
    stdout: Option<Source<ChildStdout>>,
    stderr: Option<Source<ChildStderr>>,
    taken: Zeroizing<Vec<u8>>,
    largest: usize,
    keeps: bool,
    said: Vec<u8>,
}

impl Pipes {
    fn of(child: &mut Child, largest: usize, stderr: Stderr) -> io::Result<Pipes> {
        Ok(Pipes {
            stdout: child.stdout.take().map(Source::new).transpose()?,
            stderr: child.stderr.take().map(Source::new).transpose()?,
            // So large at once, because what it grows out of would not be wiped.
            taken: Zeroizing::new(Vec::with_capacity(largest + 1)),
            largest,
            keeps: stderr == Stderr::Kept,
            said: Vec::new(),
        })
    }

    /// What is there by now; whether it is not too much.
    fn take(&mut self, ended: bool) -> io::Result<bool> {
        if let Some(stderr) = &mut self.stderr {
            let mut words = Vec::new();
            stderr.read(&mut words, WORDS, ended)?;
            if self.keeps {
                words.truncate(WORDS - self.said.len());
                self.said.append(&mut words);
            }
            pass_on(&words);
        }
        if let Some(stdout) = &mut self.stdout {
            let room = self.largest + 1 - self.taken.len();
            stdout.read(&mut self.taken, room, ended)?;
        }
        Ok(self.taken.len() <= self.largest)
    }
}

/// Kills it and what it started.
fn end(child: &mut Child) {
    let others = descendants(child.id());
    let _ = child.kill();
    let _ = child.wait();
    kill_all(&others);
}

#[cfg(unix)]
fn kill_all(processes: &[u32]) {
    use nix::sys::signal::{Signal, kill};
    for process in processes.iter().filter_map(|id| i32::try_from(*id).ok()) {
        let _ = kill(nix::unistd::Pid::from_raw(process), Signal::SIGKILL);
    }
}

#[cfg(not(unix))]
fn kill_all(_: &[u32]) {}

/// Who came of it and did not leave it, as an agent does.
#[cfg(target_os = "linux")]
fn descendants(of: u32) -> Vec<u32> {
    use super::listed::{Listed, processes};
    let pairs: Vec<(u32, u32)> = processes().filter_map(|id| Some((id, Listed::read(id)?.parent))).collect();
    let mut found = vec![of];
    let mut next = 0;
    while let Some(one) = found.get(next).copied() {
        found.extend(pairs.iter().filter(|(_, parent)| *parent == one).map(|(id, _)| *id));
        next += 1;
    }
    found.split_off(1)
}

/// Nobody says.
#[cfg(not(target_os = "linux"))]
fn descendants(_: u32) -> Vec<u32> {
    Vec::new()
}
