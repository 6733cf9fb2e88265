//! A command of the user that prints a secret, or takes one. Its exit counts, not the end of its output: what it left
//! behind, such as an agent, may hold that for ever.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::base::error::plain;
use crate::base::program::is_found;
#[cfg(not(unix))]
use crate::base::signals::spawn_deaf;
use crate::base::waiting::{Waiting, What};

/// In bytes, of every source.
pub(super) const LARGEST: usize = 64 << 10;

/// How a source is read: relative paths begin in `directory`; with `silent` a
/// command's stderr is dropped.
#[derive(Clone, Copy)]
pub(crate) struct SecretReader<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) silent: bool,
}

/// A password manager that asks for a finger needs a while.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is asked of a command.
pub(crate) struct Call {
    /// Its standard input.
    pub(crate) input: Option<File>,
    /// In bytes, of what it prints.
    pub(crate) largest: usize,
    pub(crate) patience: Duration,
    pub(crate) what: What,
}

/// That it prints a secret.
impl Default for Call {
    fn default() -> Call {
        Call { input: None, largest: LARGEST, patience: PATIENCE, what: What::Secret }
    }
}

/// What the command prints until it ends. `Err` says why not, to stand behind the command's name.
pub(super) fn output(words: &[String], reader: SecretReader<'_>) -> Result<Zeroizing<Vec<u8>>, String> {
    run(words, reader, Call::default())
}

pub(crate) fn run(
    words: &[String],
    reader: SecretReader<'_>,
    call: Call,
) -> Result<Zeroizing<Vec<u8>>, String> {
    let Call { input, largest, patience, what } = call;
    let mut command = Command::new(&words[0]);
    let here = reader.directory.as_os_str().is_empty();
    command.args(&words[1..]).current_dir(if here { Path::new(".") } else { reader.directory });
    // On a terminal it may ask there. Elsewhere somebody may read ours to its end, which must not be an agent's.
    let passed_on = !reader.silent && !on_terminal();
    command.stdin(input.map_or_else(Stdio::null, Stdio::from)).stdout(Stdio::piped());
    command.stderr(match (reader.silent, passed_on) {
        (true, _) => Stdio::null(),
        (_, true) => Stdio::piped(),
        (_, false) => Stdio::inherit(),
    });
    let mut child = command.spawn().map_err(|cause| format!("cannot be run: {}", plain(&cause)))?;
    let mut pipes = Pipes::of(&mut child, largest)?;
    let until = Instant::now() + patience;
    let _waiting = Waiting::begin(what, Some(until));
    loop {
        // In this order: when it has ended, all that it wrote is there.
        let ended = child.try_wait().ok().flatten();
        let room = pipes.take(ended.is_some());
        let late = Instant::now() >= until;
        if ended.is_none() && (late || !matches!(room, Ok(true))) {
            end(&mut child);
        }
        if !room.map_err(|cause| format!("cannot be read: {}", plain(&cause)))? {
            return Err(format!("gives more than {} KiB", largest >> 10));
        }
        match ended {
            Some(status) => return ended_with(status, pipes.taken),
            None if late => return Err(format!("did not end within {} s", patience.as_secs())),
            None => thread::sleep(Duration::from_millis(3)),
        }
    }
}

/// `Err` if there is no such program, in the words of one that was started. It is not.
pub(super) fn check(words: &[String], directory: &Path) -> Result<(), String> {
    let name = &words[0];
    if is_found(name, directory) { Ok(()) } else { Err(format!("there is no program `{name}`")) }
}

fn ended_with(status: ExitStatus, taken: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, String> {
    if status.success() { Ok(taken) } else { Err(format!("failed ({status})")) }
}

#[expect(clippy::disallowed_methods, reason = "it is only asked what it is")]
fn on_terminal() -> bool {
    io::stderr().is_terminal()
}

#[expect(clippy::disallowed_methods, reason = "these are another program's words")]
fn pass_on(words: &[u8]) {
    let _ = io::stderr().lock().write_all(words);
}

/// What the command writes to.
struct Pipes {
    stdout: Option<Source<ChildStdout>>,
    stderr: Option<Source<ChildStderr>>,
    taken: Zeroizing<Vec<u8>>,
    largest: usize,
}

impl Pipes {
    fn of(child: &mut Child, largest: usize) -> Result<Pipes, String> {
        let failed = |cause: io::Error| format!("cannot be read: {}", plain(&cause));
        Ok(Pipes {
            stdout: child.stdout.take().map(Source::new).transpose().map_err(failed)?,
            stderr: child.stderr.take().map(Source::new).transpose().map_err(failed)?,
            // So large at once, because what it grows out of would not be wiped.
            taken: Zeroizing::new(Vec::with_capacity(largest + 1)),
            largest,
        })
    }

    /// What is there by now; whether it is not too much.
    fn take(&mut self, ended: bool) -> io::Result<bool> {
        if let Some(stderr) = &mut self.stderr {
            let mut words = Vec::new();
            stderr.read(&mut words, LARGEST, ended)?;
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

/// Who came of it and did not leave it, as an agent does. Where nobody says: none.
fn descendants(of: u32) -> Vec<u32> {
    let parent = |id: u32| -> Option<u32> {
        let facts = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // Behind the name, which may hold anything: the state, and the parent.
        facts.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
    };
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pairs: Vec<(u32, u32)> = all
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|id| Some((id, parent(id)?)))
        .collect();
    let mut found = vec![of];
    let mut next = 0;
    while let Some(one) = found.get(next).copied() {
        found.extend(pairs.iter().filter(|(_, parent)| *parent == one).map(|(id, _)| *id));
        next += 1;
    }
    found.split_off(1)
}

#[cfg(unix)]
fn unblocked(pipe: &impl std::os::fd::AsFd) -> io::Result<()> {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(())
}

/// One end of a pipe, of which is read what is there.
#[cfg(unix)]
struct Source<T>(T);

#[cfg(unix)]
impl<T: Read + std::os::fd::AsFd> Source<T> {
    fn new(pipe: T) -> io::Result<Source<T>> {
        unblocked(&pipe)?;
        Ok(Source(pipe))
    }

    fn read(&mut self, into: &mut Vec<u8>, room: usize, _ended: bool) -> io::Result<()> {
        match (&mut self.0).take(room as u64).read_to_end(into) {
            Err(cause) if cause.kind() != io::ErrorKind::WouldBlock => Err(cause),
            _ => Ok(()),
        }
    }
}

/// Elsewhere a pipe cannot be asked whether something is there; a thread reads it.
#[cfg(not(unix))]
struct Source<T>(std::sync::mpsc::Receiver<Zeroizing<Vec<u8>>>, std::marker::PhantomData<T>);

#[cfg(not(unix))]
impl<T: Read + Send + 'static> Source<T> {
    fn new(mut pipe: T) -> io::Result<Source<T>> {
        let (found, taken) = std::sync::mpsc::channel();
        spawn_deaf(move || {
            let mut piece = Zeroizing::new([0; 4096]);
            while let Ok(length @ 1..) = pipe.read(&mut *piece) {
                if found.send(Zeroizing::new(piece[..length].to_vec())).is_err() {
                    break;
                }
            }
        });
        Ok(Source(taken, std::marker::PhantomData))
    }

    fn read(&mut self, into: &mut Vec<u8>, room: usize, ended: bool) -> io::Result<()> {
        // The thread may not have come to what was there at the end.
        let wait = Duration::from_millis(if ended { 200 } else { 0 });
        let begun = into.len();
        while into.len() - begun < room
            && let Ok(piece) = self.0.recv_timeout(wait)
        {
            into.extend_from_slice(&piece);
        }
        Ok(())
    }
}
