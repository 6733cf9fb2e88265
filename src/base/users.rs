//! What the machine knows of its users: names, groups, homes.
//!
//! The rule that matters: glibc asks modules for that, which `/etc/nsswitch.conf` names, and a static program that loads them
//! crashes where they are of another version than its own. So the small program asks nobody unless it is told to, and hands over to
//! the engine what cannot be said without.

use std::path::PathBuf;
use std::sync::OnceLock;

#[cfg(unix)]
use nix::errno::Errno;
#[cfg(unix)]
use nix::unistd::{Group, Uid, User};

/// Whom to ask.
struct Lists {
    #[cfg(unix)]
    user: fn(Uid) -> Result<Option<User>, Errno>,
    #[cfg(unix)]
    group: fn(u32) -> Result<Option<Group>, Errno>,
    config_directory: fn() -> Option<PathBuf>,
}

static LISTS: OnceLock<Lists> = OnceLock::new();

/// From now on the machine is asked.
pub(crate) fn ask_the_machine() {
    LISTS.get_or_init(|| Lists {
        #[cfg(unix)]
        user: User::from_uid,
        #[cfg(unix)]
        group: |group| Group::from_gid(group.into()),
        config_directory: by_the_machine,
    });
}

fn lists() -> Option<&'static Lists> {
    #[cfg(any(test, feature = "fuzzing"))]
    ask_the_machine();
    LISTS.get()
}

/// `Err`: nobody may be asked, or nobody could say.
#[cfg(unix)]
pub(super) fn user(user: Uid) -> Result<Option<User>, Errno> {
    lists().map_or(Err(Errno::ENOSYS), |lists| (lists.user)(user))
}

/// The same for a group.
#[cfg(unix)]
pub(super) fn group(group: u32) -> Result<Option<Group>, Errno> {
    lists().map_or(Err(Errno::ENOSYS), |lists| (lists.group)(group))
}

/// The home that the passwd entry of the effective user names, whatever `HOME` says:
/// every run of one user must find the same journal and lock.
#[cfg(unix)]
pub(crate) fn home() -> Option<PathBuf> {
    let user = user(nix::unistd::geteuid()).ok()??;
    Some(user.dir).filter(|dir| dir.is_absolute())
}

#[cfg(windows)]
pub(crate) fn home() -> Option<PathBuf> {
    directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned())
}

/// Where the configuration of `tokcli` is. `None`: nowhere, or nobody may be asked.
pub(crate) fn config_directory() -> Option<PathBuf> {
    lists().map_or(by_the_environment as fn() -> _, |lists| lists.config_directory)()
}

fn by_the_machine() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "tokcli").map(|dirs| dirs.config_dir().to_owned())
}

/// As the machine says it where `HOME` is set.
#[cfg(target_os = "linux")]
fn by_the_environment() -> Option<PathBuf> {
    let named = |name| super::environment::os(name).map(PathBuf::from);
    let home = named("HOME")?;
    let place = named("XDG_CONFIG_HOME").filter(|place| place.is_absolute());
    Some(place.unwrap_or_else(|| home.join(".config")).join("tokcli"))
}

#[cfg(not(target_os = "linux"))]
fn by_the_environment() -> Option<PathBuf> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn the_environment_says_the_same_as_the_machine() {
        assert!(super::by_the_environment().is_some(), "tests have a home");
        assert_eq!(super::by_the_environment(), super::by_the_machine());
    }
}
