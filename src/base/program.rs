//! Another program in the place of this one: the same process, so that its status, signals, terminal and jobs are its own, and
//! nothing of ours stays behind.
//!
//! The rule that matters: it inherits what whoever called us gave us, and of us only what it is given. No signal is held off,
//! `SIGPIPE` is as usual (`exec` of the standard library does that), and our descriptors are all close-on-exec. What the caller
//! ignores, as `nohup` does, stays ignored.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::environment;
use super::error::{Code, Error, Result, refused};

/// Whether it could be started, by somebody.
#[cfg(unix)]
pub(crate) fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
pub(crate) fn is_program(file: &Path) -> bool {
    file.is_file()
}

/// Whether a program of that name would be found by one that runs in `directory`.
pub(crate) fn is_found(name: &str, directory: &Path) -> bool {
    if name.contains(std::path::is_separator) {
        return is_program(&started_as(directory.join(name), cfg!(windows)));
    }
    // Without it the platform looks in places of its own.
    environment::os("PATH").is_none_or(|path| first_on_path(&path, name).is_some())
}

/// Why a program cannot be started, and the way out.
pub(crate) struct Unstartable {
    pub(crate) words: String,
    pub(crate) mend: String,
}

/// `None`: it can be. `named_by`: where it is named, as a person knows that.
pub(crate) fn unstartable(name: &str, directory: &Path, named_by: &str) -> Option<Unstartable> {
    if is_found(name, directory) {
        let file = match name.contains(std::path::is_separator) {
            true => directory.join(name),
            false => first_on_path(&environment::os("PATH")?, name)?,
        };
        let interpreter = interpreter(&file).filter(|interpreter| !Path::new(interpreter).exists())?;
        let words = format!("`{name}` is a script for `{interpreter}`, which does not exist");
        return Some(Unstartable {
            words,
            mend: format!("install `{interpreter}`, or correct the first line of {}", file.display()),
        });
    }
    let file = directory.join(name);
    if name.contains(std::path::is_separator) && file.is_file() {
        let mend = format!("chmod u+x {}", super::shell::quoted(&file.display().to_string()));
        return Some(Unstartable { words: format!("`{name}` is not executable"), mend });
    }
    if cfg!(windows)
        && let Some(script) = script_of_windows(name, directory)
    {
        let mend = format!("write it with its extension: `{script}`");
        return Some(Unstartable { words: format!("there is no program `{name}.exe`"), mend });
    }
    let mend = match name.contains(std::path::is_separator) {
        true => format!("put it there, or write another one in {named_by}"),
        false => format!("install `{name}`, or write its whole path in {named_by}"),
    };
    Some(Unstartable { words: format!("there is no program `{name}`"), mend })
}

/// Of a script, as its first line names it.
fn interpreter(file: &Path) -> Option<String> {
    use std::io::Read as _;
    let mut start = Vec::new();
    std::fs::File::open(file).ok()?.take(256).read_to_end(&mut start).ok()?;
    let line =
        String::from_utf8(start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?.to_vec()).ok()?;
    line.split_whitespace().next().filter(|word| word.starts_with('/')).map(str::to_owned)
}

/// Where a program of that name is found first, of the directories of `PATH`.
pub(crate) fn first_on_path(path: &OsStr, name: &str) -> Option<PathBuf> {
    on_path(path, name).find(|file| is_program(file))
}

/// The same, for a program that is given a secret: an element that is empty, or no whole path, leads into the directory where we
/// are, which may be a stranger's.
pub(crate) fn first_of_whole_paths(path: &OsStr, name: &str) -> Option<PathBuf> {
    on_path(path, name).find(|file| file.is_absolute() && is_program(file))
}

fn on_path(path: &OsStr, name: &str) -> impl Iterator<Item = PathBuf> {
    std::env::split_paths(path).map(move |place| started_as(place.join(name), cfg!(windows)))
}

/// The file that is started by this name. On Windows `.exe` goes without saying, and no other ending does: `PATHEXT` is the
/// shell's.
fn started_as(name: PathBuf, on_windows: bool) -> PathBuf {
    match on_windows && name.extension().is_none() {
        true => name.with_extension("exe"),
        false => name,
    }
}

/// A program that runs in `directory`, and is looked for from there if its name is a path. Windows would look for it from
/// where we are, which may be a stranger's.
pub(crate) fn command_in(directory: &Path, words: &[String]) -> Command {
    let (name, arguments) = words.split_first().map_or(("", &[][..]), |(name, rest)| (name, rest));
    let from_there = cfg!(windows) && name.contains(std::path::is_separator);
    let mut command = match std::path::absolute(directory.join(name)) {
        Ok(program) if from_there => Command::new(program),
        _ => Command::new(name),
    };
    command.args(arguments);
    if !directory.as_os_str().is_empty() {
        command.current_dir(directory);
    }
    command
}

/// The name of one that `cmd.exe` would run by this name.
pub(crate) fn script_of_windows(name: &str, directory: &Path) -> Option<String> {
    let is_there = |script: &String| match name.contains(std::path::is_separator) {
        true => directory.join(script).is_file(),
        false => environment::os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|place| place.join(script).is_file())),
    };
    ["cmd", "bat"].map(|ending| format!("{name}.{ending}")).into_iter().find(is_there)
}

/// The same of a command that could not be started.
pub(super) fn script_meant(command: &Command) -> Option<String> {
    let directory = command.get_current_dir().unwrap_or(Path::new(""));
    script_of_windows(command.get_program().to_str()?, directory)
}

pub(crate) struct Program {
    name: OsString,
    command: Command,
    #[cfg(unix)]
    descriptors: Vec<command_fds::FdMapping>,
}

impl Program {
    /// By its name and its arguments, found as a shell finds it. Nothing is started yet.
    pub(crate) fn new(words: &[OsString]) -> Program {
        let (name, arguments) = words.split_first().map_or_else(Default::default, |(n, a)| (n.clone(), a));
        let mut command = Command::new(&name);
        command.args(arguments);
        Program {
            name,
            command,
            #[cfg(unix)]
            descriptors: Vec::new(),
        }
    }

    /// It does not get this variable of ours.
    pub(crate) fn hide(&mut self, variable: &str) {
        self.command.env_remove(variable);
    }

    pub(crate) fn set(&mut self, variable: &str, value: &str) {
        self.command.env(variable, value);
    }

    /// It reads `bytes` from this descriptor, to their end.
    #[cfg(unix)]
    pub(crate) fn hand(&mut self, descriptor: i32, bytes: &[u8]) -> Result<()> {
        use nix::sys::resource::{Resource, getrlimit};
        let most = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(soft, _)| soft);
        if u64::try_from(descriptor).is_ok_and(|number| number >= most) {
            return Err(refused(format!(
                "descriptor {descriptor} is beyond the limit of {most} (`ulimit -n`)"
            )));
        }
        let failed = |cause: io::Error| refused("the token cannot be put on a descriptor").because(&cause);
        let parent_fd = readable(bytes).map_err(failed)?;
        self.descriptors.push(command_fds::FdMapping { parent_fd, child_fd: descriptor });
        Ok(())
    }

    #[cfg(not(unix))]
    pub(crate) fn hand(&mut self, _: i32, _: &[u8]) -> Result<()> {
        Err(refused("descriptors are inherited only on Unix; `--env` puts the token into the environment"))
    }

    /// Comes back only if it cannot be started.
    #[cfg(unix)]
    pub(crate) fn take_over(mut self) -> Error {
        use std::os::unix::process::CommandExt as _;

        use command_fds::CommandFdExt as _;
        if self.command.fd_mappings(self.descriptors).is_err() {
            return refused("one descriptor is given twice");
        }
        super::signals::let_all_through();
        let cause = self.command.exec();
        not_started(&self.name, &cause)
    }

    /// Where no process can become another, this one waits for it and ends as it does. Comes back only if it cannot be started.
    #[cfg(not(unix))]
    pub(crate) fn take_over(mut self) -> Error {
        match self.command.status() {
            #[expect(clippy::disallowed_methods, reason = "the status of another program is wider than ours")]
            Ok(status) => std::process::exit(status.code().unwrap_or(1)),
            Err(cause) => not_started(&self.name, &cause),
        }
    }
}

/// As shells tell the two apart.
fn not_started(name: &OsStr, cause: &io::Error) -> Error {
    let code = if cause.kind() == ErrorKind::NotFound { Code::NotFound } else { Code::NotExecutable };
    Error::new(code, format!("cannot run `{}`", name.to_string_lossy())).because(cause)
}

/// Memory that nobody can change any more, as a file without a name: it can be read again from its beginning, and cannot
/// block.
#[cfg(target_os = "linux")]
fn readable(bytes: &[u8]) -> io::Result<std::os::fd::OwnedFd> {
    use std::fs::File;
    use std::io::{Seek as _, Write as _};

    use nix::fcntl::{FcntlArg, SealFlag, fcntl};
    use nix::sys::memfd::{MFdFlags, memfd_create};
    let made = memfd_create(c"token", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?;
    let mut file = File::from(made);
    file.write_all(bytes)?;
    file.rewind()?;
    let all =
        SealFlag::F_SEAL_SEAL | SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_WRITE;
    fcntl(&file, FcntlArg::F_ADD_SEALS(all))?;
    Ok(file.into())
}

/// A pipe, which must hold it all: nobody is left to write the rest.
#[cfg(all(unix, not(target_os = "linux")))]
fn readable(bytes: &[u8]) -> io::Result<std::os::fd::OwnedFd> {
    use std::io::Write as _;

    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    let (reader, mut writer) = io::pipe()?;
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    writer.write_all(bytes)?;
    Ok(reader.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_windows_one_ending_goes_without_saying() {
        for (name, there) in [("gh", "gh.exe"), ("gh.exe", "gh.exe"), ("op.cmd", "op.cmd")] {
            assert_eq!(started_as(PathBuf::from(name), true), PathBuf::from(there));
            assert_eq!(started_as(PathBuf::from(name), false), PathBuf::from(name));
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "it makes files on purpose")]
    fn a_script_that_lacks_its_ending_is_found() {
        let directory = tempfile::tempdir().expect("tempdir");
        let name = format!("bin{}az", std::path::MAIN_SEPARATOR);
        assert_eq!(script_of_windows(&name, directory.path()), None);
        std::fs::create_dir(directory.path().join("bin")).expect("made");
        std::fs::write(directory.path().join(format!("{name}.bat")), "").expect("written");
        assert_eq!(script_of_windows(&name, directory.path()), Some(format!("{name}.bat")));
    }
}
