//! The engine: found beside `tokcli`, looked at before it is trusted, and started in the place of this process.
//!
//! The rule that matters: whoever could change what is started could as well change `tokcli`. So it may be swapped between
//! the look and the start by those alone who are trusted anyway, and can be started by its name. By an open descriptor
//! (`execveat`) the process would be called by a number, and no program that another one runs (binfmt_misc) would start.

use std::ffi::{CString, OsString};
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::unistd;

use super::elf;
use crate::base::clock::ClockReading;
use crate::base::environment;
use crate::base::error::{Error, internal};

const ENGINE: &str = "tokcli-engine";
const REINSTALL: &str = "install `tokcli` and `tokcli-engine` again, of the same version, in one directory";

/// An upgrade that is under way, or a machine short of memory, is given so many moments.
const TRIES: usize = 8;
const MOMENT: Duration = Duration::from_millis(25);

/// How `nobody` is numbered, and in a user namespace everybody who has no number there.
const OVERFLOW: u32 = 65_534;
/// It never was so small: a TLS library and the catalogue are in it.
const SMALLEST: u64 = 1 << 20;

/// Why the engine cannot be started.
struct Refusal {
    error: Error,
    /// Perhaps only for a moment.
    passing: bool,
}

/// `tokcli` itself, as far as it can be found out.
struct Own {
    path: PathBuf,
    /// Of the file that runs here, whatever has its name by now; `None`: it was found by its name alone.
    facts: Option<Metadata>,
}

/// Comes back only if the engine cannot be started. It is told when this process began, because
/// what others did since then may be adopted.
pub(super) fn start(started: ClockReading, words: Vec<OsString>) -> Error {
    if words.first().is_some_and(|word| ClockReading::from_word(word).is_some()) {
        return handed_over_twice();
    }
    if is_of_another_user() {
        let words = "`tokcli` runs with the rights of a user other than the one who started it";
        return internal(words).hint("remove its set-user-ID and set-group-ID bits: `chmod ug-s`");
    }
    let mut refusal = try_to_start(started, &words);
    for _ in 1..TRIES {
        if !refusal.passing {
            break;
        }
        thread::sleep(MOMENT);
        refusal = try_to_start(started, &words);
    }
    refusal.error
}

/// What is to be executed for the same, its path first, before the C library has started and without a wait. `None`: there is
/// something to be said, or to be looked for, and `start` does both.
pub(super) fn at_once(started: ClockReading, words: &[OsString]) -> Option<Vec<CString>> {
    let is_handed_over = words.first().is_some_and(|word| ClockReading::from_word(word).is_some());
    if is_handed_over || is_of_another_user() {
        return None;
    }
    let own = running()?;
    let engine = own.path.with_file_name(ENGINE);
    // The kernel names where `tokcli` is without links, and this is none either.
    let facts = fs::symlink_metadata(&engine).ok().filter(Metadata::is_file)?;
    check(&engine, &engine, [&facts, &facts], &own).ok()?;
    handed_over(&engine, started, words)
}

fn is_of_another_user() -> bool {
    unistd::getuid() != unistd::geteuid() || unistd::getgid() != unistd::getegid()
}

fn try_to_start(started: ClockReading, words: &[OsString]) -> Refusal {
    match found() {
        Ok(engine) => exec(&engine, started, words),
        Err(refusal) => refusal,
    }
}

/// An engine that was looked at.
fn found() -> Result<PathBuf, Refusal> {
    let own = running().or_else(by_name).ok_or_else(|| {
        let error = internal(
            "cannot find out where `tokcli` is: there is no `/proc/self/exe`, and its name leads nowhere",
        );
        Refusal { error: error.hint("mount `/proc`, or start it by its whole path"), passing: false }
    })?;
    let engine = own.path.with_file_name(ENGINE);
    let Err(refusal) = look(&engine, &own) else { return Ok(engine) };
    // The directory of an old version may be gone with it, and a loader that was told to start `tokcli` is what runs here;
    // its name still leads to where both are.
    let elsewhere = || by_name().filter(|named| named.path.parent() != own.path.parent());
    if fs::symlink_metadata(&engine).is_err()
        && let Some(named) = elsewhere()
    {
        let engine = named.path.with_file_name(ENGINE);
        if look(&engine, &named).is_ok() {
            return Ok(engine);
        }
    }
    Err(refusal)
}

/// `None` without `/proc`.
fn running() -> Option<Own> {
    let path = std::env::current_exe().ok().filter(|path| path.is_absolute())?;
    let facts = fs::metadata("/proc/self/exe").ok()?;
    Some(Own { path, facts: Some(facts) })
}

/// As a shell would find it. Never in a directory that is named relative to the present one, unless the caller did.
fn by_name() -> Option<Own> {
    let name = PathBuf::from(environment::program_name().unwrap_or_else(|| "tokcli".into()));
    let named = if name.as_os_str().as_bytes().contains(&b'/') {
        name
    } else {
        let path = environment::os("PATH")?;
        let places = std::env::split_paths(&path).filter(|place| place.is_absolute());
        let is_program = |file: &PathBuf| {
            fs::metadata(file).is_ok_and(|facts| facts.is_file() && facts.mode() & 0o111 != 0)
        };
        places.map(|place| place.join(&name)).find(is_program)?
    };
    Some(Own { path: fs::canonicalize(named).ok()?, facts: None })
}

/// Whether the file is the engine, whole, and in nobody's hands but those that `tokcli` itself is in.
fn look(engine: &Path, own: &Own) -> Result<(), Refusal> {
    let unseen = |cause: io::Error| {
        let passing = cause.kind() == io::ErrorKind::NotFound;
        Refusal { error: cannot_start(engine).because(&cause).hint(REINSTALL), passing }
    };
    let link = fs::symlink_metadata(engine).map_err(unseen)?;
    let real = fs::canonicalize(engine).map_err(unseen)?;
    let facts = fs::metadata(&real).map_err(unseen)?;
    check(engine, &real, [&link, &facts], own)
}

/// `real`: where its name leads; what is known of both.
fn check(engine: &Path, real: &Path, [link, facts]: [&Metadata; 2], own: &Own) -> Result<(), Refusal> {
    let cannot = |why: &str| refused(engine, why);
    let own_file = own.facts.clone().or_else(|| fs::metadata(&own.path).ok());
    if own_file.is_some_and(|own| (own.dev(), own.ino()) == (facts.dev(), facts.ino())) {
        return Err(cannot("it is `tokcli` itself, under another name"));
    }
    if !facts.is_file() {
        return Err(cannot(if facts.is_dir() { "it is a directory" } else { "it is not a file" }));
    }
    let open = check_directory(engine)? || check_directory(real)?;
    for facts in [link, facts] {
        check_owner(engine, facts, own, open)?;
    }
    check_mode(engine, facts, own)?;
    check_program(engine, facts)
}

/// Whether others may make files in it; where they may exchange one as well, it is refused.
fn check_directory(of: &Path) -> Result<bool, Refusal> {
    let above = of.parent().unwrap_or(Path::new("/"));
    let mode = fs::metadata(above).map_or(0, |facts| facts.mode());
    if mode & 0o1002 == 0o002 {
        let error = cannot_start(of).because(&io::Error::other("others can write its directory"));
        return Err(for_good(error.hint(format!("chmod o-w {}", above.display()))));
    }
    Ok(mode & 0o002 != 0)
}

/// Root, this user, or whom `tokcli` belongs to: packages, another user's Homebrew, a store of Nix. A number that
/// stands for many is nobody's where others may make files.
fn check_owner(engine: &Path, facts: &Metadata, own: &Own, open: bool) -> Result<(), Refusal> {
    let owner = facts.uid();
    let trusted = [Some(0), Some(unistd::geteuid().as_raw()), own.facts.as_ref().map(Metadata::uid)];
    if trusted.contains(&Some(owner)) && !(open && owner == OVERFLOW) {
        return Ok(());
    }
    let refusal = refused(engine, &format!("it belongs to another user (uid {owner})"));
    if owner == OVERFLOW && own.facts.is_none() && !open {
        let error = refusal.error.hint("mount `/proc`, by which the owners of both programs are compared");
        return Err(Refusal { error, ..refusal });
    }
    Err(refusal)
}

fn check_mode(engine: &Path, facts: &Metadata, own: &Own) -> Result<(), Refusal> {
    let mode = facts.mode();
    // Where the umask is 002 both can be written by the user's own group.
    let same_group = |own: &Metadata| own.mode() & 0o020 != 0 && own.gid() == facts.gid();
    if mode & 0o002 != 0 || (mode & 0o020 != 0 && !own.facts.as_ref().is_some_and(same_group)) {
        let why = io::Error::other(format!("others can write it (mode {:04o})", mode & 0o7777));
        let hint = format!("chmod go-w {}", engine.display());
        return Err(for_good(cannot_start(engine).because(&why).hint(hint)));
    }
    if mode & 0o6000 != 0 {
        return Err(refused(
            engine,
            "it would run with the rights of another user (set-user-ID or set-group-ID)",
        ));
    }
    if mode & 0o111 == 0 {
        return Err(refused(engine, "it is not executable"));
    }
    Ok(())
}

/// What the kernel would start and silently end, or start and kill, is found before.
fn check_program(engine: &Path, facts: &Metadata) -> Result<(), Refusal> {
    let mut head = [0; elf::HEAD];
    let read = File::open(engine).and_then(|file| file.read_at(&mut head, 0));
    let why = match read {
        // What may be run need not be legible.
        Err(_) => return Ok(()),
        Ok(0) => "it is empty",
        Ok(length) => match elf::extent(&head[..length]) {
            None => "it is not a program",
            Some(extent) if extent > facts.len() => "it is cut off",
            Some(_) if facts.len() < SMALLEST => "it is another program",
            Some(_) => return Ok(()),
        },
    };
    // As is one that is just being copied.
    Err(Refusal { passing: true, ..refused(engine, why) })
}

/// What the engine is started with.
fn handed_over(engine: &Path, started: ClockReading, words: &[OsString]) -> Option<Vec<CString>> {
    let first = [engine.as_os_str().to_owned(), started.to_word().into()];
    let text = |word: &OsString| CString::new(word.clone().into_vec()).ok();
    first.iter().chain(words).map(text).collect()
}

/// Plainly: `execvp`, and whatever is made of it, would have a shell run what is no program.
fn exec(engine: &Path, started: ClockReading, words: &[OsString]) -> Refusal {
    let cause = match handed_over(engine, started, words) {
        Some(words) => match unistd::execv(&words[0], &words) {
            Err(cause) => cause,
            Ok(never) => match never {},
        },
        None => Errno::EINVAL,
    };
    let passing = matches!(cause, Errno::ETXTBSY | Errno::EAGAIN | Errno::ENOMEM | Errno::ENOENT);
    let error = match cause {
        // It was there just now.
        Errno::ENOENT => refused(engine, "the loader that it names is not there").error,
        _ => {
            let hint = match cause {
                Errno::EACCES | Errno::EPERM => {
                    "is it on a file system mounted `noexec`, or denied by a policy?"
                }
                Errno::ENOEXEC => {
                    "is it for another kind of machine? install both programs again, in one directory"
                }
                Errno::E2BIG => "the arguments and the environment are too long",
                Errno::ENOMEM | Errno::EAGAIN => "try again when the machine has room",
                Errno::ETXTBSY => "it is being written; try again when that is done",
                _ => REINSTALL,
            };
            cannot_start(engine).because(&io::Error::from(cause)).hint(hint)
        }
    };
    Refusal { error, passing }
}

/// Who was handed over to is the engine, and this is not.
fn handed_over_twice() -> Error {
    let own =
        std::env::current_exe().map_or_else(|_| "this program".to_owned(), |own| own.display().to_string());
    internal(format!("{own} was started as the engine of `tokcli`, which it is not")).hint(REINSTALL)
}

fn cannot_start(engine: &Path) -> Error {
    internal(format!("cannot start {}", engine.display()))
}

fn refused(engine: &Path, why: &str) -> Refusal {
    for_good(cannot_start(engine).because(&io::Error::other(why.to_owned())).hint(REINSTALL))
}

fn for_good(error: Error) -> Refusal {
    Refusal { error, passing: false }
}
