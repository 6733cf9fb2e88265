//! A program that is started and left to itself: no run lasts longer for it, nothing of ours reaches it but what it is given, and
//! no signal that is meant for us.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};

use zeroize::Zeroizing;

use super::environment;
use super::process;
use super::program::command_in;
use super::signals::spawn_deaf;

/// It runs in `directory`, with our environment but for the variables in `hidden`, and with those that are `given`.
pub(crate) fn start(
    words: &[String],
    directory: &Path,
    hidden: &[String],
    given: &[(&str, &str)],
) -> io::Result<()> {
    spawn(words, directory, hidden, given).map(drop)
}

/// The same for a run that goes on for a while: what has ended is taken note of, and whether it went well can be heard.
pub(crate) fn start_heard(words: &[String], hidden: &[String]) -> io::Result<Receiver<bool>> {
    let mut child = spawn(words, Path::new(""), hidden, &[])?;
    let (tell, told) = mpsc::channel();
    spawn_deaf(move || {
        let ended = child.wait();
        // Nobody may want to know any more.
        let _ = tell.send(ended.is_ok_and(|status| status.success()));
    });
    Ok(told)
}

/// What a program said before it ended, and whether it ended well.
pub(crate) struct Said {
    pub(crate) out: Zeroizing<Vec<u8>>,
    pub(crate) err: Vec<u8>,
    pub(crate) well: bool,
}

/// This very program, with other words and all that is in its environment. It goes on if whoever waits for it is gone, once it
/// stands apart.
pub(crate) fn start_ourselves(words: &[String]) -> io::Result<Receiver<io::Result<Said>>> {
    // Not by its name, which may be that of another version by now.
    let running = if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { std::env::current_exe()? };
    let mut command = Command::new(running);
    command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(windows)]
    detach(&mut command);
    let child = command.spawn()?;
    let (tell, told) = mpsc::channel();
    spawn_deaf(move || {
        let said = child.wait_with_output().map(|said| Said {
            out: Zeroizing::new(said.stdout),
            err: said.stderr,
            well: said.status.success(),
        });
        // Whoever asked may have given up.
        let _ = tell.send(said);
    });
    Ok(told)
}

/// Before the words of a run that works for this one: who called this one.
const APART: &str = "apart=";

pub(crate) fn word_of_the_caller() -> String {
    format!("{APART}{}", process::parent_name().unwrap_or_default())
}

/// Whether a run was started by another one of ours: then it may have any name that ours has, which means nothing.
pub(crate) fn is_word_of_a_caller(word: &OsStr) -> bool {
    word.to_str().is_some_and(|word| word.starts_with(APART))
}

/// Takes that word. Neither signals of the terminal nor those for the group of whoever started this process reach it from then on,
/// and what it starts cannot ask at the terminal: `/dev/tty` is not there, while a group in the background would be stopped by it.
pub(crate) fn stand_apart(words: &mut Vec<OsString>) {
    let Some(caller) = words.first().and_then(|word| word.to_str()?.strip_prefix(APART)) else { return };
    process::works_for(caller);
    words.remove(0);
    // It fails for the first process of a group, whose signals are its own anyway.
    #[cfg(unix)]
    let _ = nix::unistd::setsid();
}

fn spawn(words: &[String], directory: &Path, hidden: &[String], given: &[(&str, &str)]) -> io::Result<Child> {
    let mut command = command_in(directory, words);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in hidden {
        command.env_remove(name);
    }
    for name in environment::proxies_with_a_login() {
        command.env_remove(name);
    }
    command.envs(given.iter().copied());
    detach(&mut command);
    command.spawn()
}

/// A group of its own: what a terminal sends to ours, such as Ctrl-C, does not reach it.
#[cfg(unix)]
fn detach(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

/// `DETACHED_PROCESS` and `CREATE_NEW_PROCESS_GROUP`.
#[cfg(windows)]
fn detach(command: &mut Command) {
    use std::os::windows::process::CommandExt as _;
    command.creation_flags(0x0000_0008 | 0x0000_0200);
}
