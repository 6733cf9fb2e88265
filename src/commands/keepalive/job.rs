//! The job that a timer is given: this program by its absolute path, and what it needs of the environment that it is installed
//! in. A timer begins with next to nothing: no variable of a shell, a short `PATH`, no session.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::timer::Job;
use crate::base::environment;
use crate::base::error::{Result, refused};
use crate::base::program::is_program;
use crate::commands::own_program;
use crate::terminal::arguments::keepalive::TimerKind;
use crate::terminal::output::Output;

/// `calls`: whether secrets or notices come of commands, which are looked for on `PATH`.
pub(super) fn job(
    out: &Output,
    kind: TimerKind,
    given: Option<&Path>,
    configuration: &Path,
    calls: bool,
) -> Result<Job> {
    let program = program(out, given)?;
    let configuration = std::path::absolute(configuration)
        .map_err(|cause| refused(format!("cannot find {}", configuration.display())).because(&cause))?;
    let mut environment: Vec<(&str, OsString)> = environment::carried().collect();
    for name in environment::proxies_with_a_login() {
        out.warn(format!(
            "`{name}` holds a login and is not given to the timer; `proxy` and `proxy_auth` in a profile are"
        ));
    }
    if calls && kind != TimerKind::Task {
        environment.extend(lasting_path().map(|path| ("PATH", path)));
    }
    if kind == TimerKind::Cron {
        environment.extend(session().map(|directory| ("XDG_RUNTIME_DIR", directory.into())));
    }
    let set = |(name, value): (&str, OsString)| Ok((name.to_owned(), legible(name, value)?));
    let environment = environment.into_iter().map(set).collect::<Result<_>>()?;
    let program = legible("the path of the program", program.into())?;
    Ok(Job::new(program, legible("the path of the configuration", configuration.into())?, environment))
}

/// What can stand in a line of whatever format.
fn legible(what: &str, value: OsString) -> Result<String> {
    match value.into_string() {
        Ok(text) if !text.chars().any(char::is_control) => Ok(text),
        Ok(_) => Err(refused(format!("{what} holds a control character, which no timer accepts"))),
        Err(_) => Err(refused(format!("{what} is not UTF-8, which no timer accepts"))),
    }
}

fn program(out: &Output, given: Option<&Path>) -> Result<PathBuf> {
    let program = given.map_or_else(own_program::program, |given| Ok(given.to_owned()))?;
    let name = program.display();
    if !program.is_absolute() {
        let words = format!("`--program` must be an absolute path: a timer would not find {name}");
        return Err(refused(words));
    }
    if !is_program(&program) {
        return Err(refused(format!("{name} is not a program that can be run")));
    }
    if is_temporary(&program) {
        let words = format!("{name} is in a temporary directory, and will be gone when the timer needs it");
        if given.is_none() {
            return Err(refused(words).hint("`--program FILE` names one that stays"));
        }
        out.warn(words);
    }
    Ok(program)
}

/// Where things are cleared away by themselves.
fn is_temporary(path: &Path) -> bool {
    const USUAL: [&str; 7] = [
        "/tmp",
        "/var/tmp",
        "/dev/shm",
        "/run/user",
        "/private/tmp",
        "/private/var/tmp",
        "/private/var/folders",
    ];
    let below = |path: &Path| {
        let own = std::env::temp_dir();
        USUAL.iter().any(|directory| path.starts_with(directory)) || path.starts_with(own)
    };
    below(path) || path.canonicalize().is_ok_and(|path| below(&path))
}

/// Without what would be another directory each time.
fn lasting_path() -> Option<OsString> {
    let mut all: Vec<PathBuf> = Vec::new();
    for directory in std::env::split_paths(&own_program::path()) {
        if directory.is_absolute() && !all.contains(&directory) {
            all.push(directory);
        }
    }
    std::env::join_paths(all).ok().filter(|path| !path.is_empty())
}

/// Where the user's session has its bus, and with it the keyring.
#[cfg(unix)]
fn session() -> Option<PathBuf> {
    use std::os::unix::fs::FileTypeExt as _;
    let directory = PathBuf::from(format!("/run/user/{}", nix::unistd::geteuid()));
    let bus = std::fs::metadata(directory.join("bus"));
    bus.is_ok_and(|facts| facts.file_type().is_socket()).then_some(directory)
}

#[cfg(not(unix))]
fn session() -> Option<PathBuf> {
    None
}
