//! The state directory, its file system, and who may use what lies in it.

use std::path::Path;

use super::scope::Scope;
use crate::base::environment;
use crate::profile::StoreSpec;
use crate::store::state_dir::StateDir;
use crate::store::survey::{self, Kind, Trouble};
use crate::terminal::finding::Finding;

/// `Err`: it cannot be used, and nothing can be said of what it should hold.
pub(super) fn check(scope: &Scope<'_>) -> Result<Vec<Finding>, Vec<Finding>> {
    let state = match StateDir::locate() {
        Ok(state) => state,
        Err(error) => {
            let relative = StateDir::given().is_some_and(|given| !given.path().is_absolute());
            let named = || match relative {
                true => "set `TOKCLI_STATE_DIR` to the whole path of the directory, from `/` on".to_owned(),
                false => "set `TOKCLI_STATE_DIR` to a directory of this user".to_owned(),
            };
            return Err(vec![Finding::of("state_directory", &error, named)]);
        }
    };
    let mut found = if scope.fix { tightened(&state) } else { Vec::new() };
    let keeps = |store: &StoreSpec| matches!(store, StoreSpec::Keyring | StoreSpec::File(_));
    let keeps = scope.stores().next().is_none() || scope.stores().any(keeps);
    let mut troubles = state.survey();
    troubles.retain(|trouble| keeps || trouble.kind != Kind::Volatile);
    found.extend(troubles.iter().map(|trouble| match finding(&state, trouble) {
        // What it keeps is not to outlive the job.
        told if trouble.kind == Kind::Volatile && is_job() => Finding { mend: None, ..told },
        told => told,
    }));
    found.extend(missing(&state).filter(|_| troubles.is_empty()));
    let closed = troubles.iter().any(|trouble| trouble.kind == Kind::Closed);
    if closed { Err(found) } else { Ok(found) }
}

fn is_job() -> bool {
    environment::text("CI").ok().flatten().is_some_and(|value| !["false", "0"].contains(&value.as_str()))
}

/// The first login makes it; but where somebody names one, another may be meant.
fn missing(state: &StateDir) -> Option<Finding> {
    StateDir::given().filter(|_| !state.path().exists())?;
    let words = format!("`TOKCLI_STATE_DIR` names {}, which does not exist yet", state.path().display());
    Some(Finding::note("state_directory", words))
}

/// What lies in a directory may come to light when that is closed.
fn tightened(state: &StateDir) -> Vec<Finding> {
    let mut done = Vec::new();
    for _ in 0..2 {
        for trouble in state.survey().into_iter().filter(|trouble| trouble.kind == Kind::Loose) {
            if survey::tighten(&trouble.path).is_ok() {
                let found = finding(state, &trouble);
                // There is no command that did it.
                let mend = if cfg!(windows) { Some("their access was removed".into()) } else { found.mend };
                done.push(Finding { fixed: true, mend, ..found });
            }
        }
    }
    done
}

fn finding(state: &StateDir, trouble: &Trouble) -> Finding {
    let check = match trouble.kind {
        Kind::Closed | Kind::Unusable | Kind::Unwritable => "state_directory",
        Kind::Loose => "permissions",
        Kind::FileSystem | Kind::Volatile => "file_system",
        Kind::Full => "disk_full",
        Kind::Limit => "limits",
        Kind::Locks => "locks",
    };
    Finding::of(check, &trouble.error, || mend(state, &trouble.path))
}

/// Where the words say only what it is.
#[cfg(unix)]
fn mend(state: &StateDir, path: &Path) -> String {
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;

    use crate::base::shell::quoted;
    let name = quoted(&path.display().to_string());
    let is_directory =
        path == state.path() || ["journal", "locks"].iter().any(|name| path == state.path().join(name));
    match fs::symlink_metadata(path) {
        Ok(facts) if facts.is_symlink() && is_directory => match fs::canonicalize(path) {
            Ok(target) if path == state.path() => {
                format!("set `TOKCLI_STATE_DIR` to {}, where it leads", target.display())
            }
            Ok(target) if target.is_dir() => {
                let target = quoted(&target.display().to_string());
                format!("put what {name} leads to in its place: `rm {name} && cp -a {target} {name}`")
            }
            Ok(_) => format!("mv {name} {name}.aside"),
            // Its disk may come back.
            Err(_) => match fs::read_link(path) {
                Ok(target) => {
                    format!("check that {}, where it leads, exists and its disk is mounted", target.display())
                }
                Err(_) => format!("mv {name} {name}.aside"),
            },
        },
        Ok(facts) if facts.is_symlink() => {
            format!(
                "put what {name} leads to in its place: `cp --remove-destination \"$(readlink -f {name})\" {name}`"
            )
        }
        Ok(facts) if facts.is_file() && facts.nlink() > 1 => {
            format!("remove the other name: `find / -xdev -samefile {name}` shows it")
        }
        Ok(facts) if is_directory && facts.is_dir() || !is_directory && facts.is_file() => {
            format!("chmod u+rwX {name}")
        }
        _ => format!("mv {name} {name}.aside"),
    }
}

#[cfg(not(unix))]
fn mend(_: &StateDir, path: &Path) -> String {
    format!("move {} aside", path.display())
}
