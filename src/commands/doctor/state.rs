//! The state directory, its file system, and who may use what lies in it.

use std::fs;
use std::path::Path;

use super::scope::Scope;
use crate::profile::StoreSpec;
use crate::store::state_dir::StateDir;
use crate::store::survey::{self, Kind, Trouble};
use crate::terminal::finding::Finding;

pub(super) fn check(scope: &Scope<'_>) -> Vec<Finding> {
    let state = match StateDir::locate() {
        Ok(state) => state,
        Err(error) => {
            let absolute = || "let `TOKCLI_STATE_DIR` name the directory from `/` on".to_owned();
            return vec![Finding::of("state_directory", &error, absolute)];
        }
    };
    let mut found = if scope.fix { tightened(&state) } else { Vec::new() };
    let keeps = |store: &StoreSpec| matches!(store, StoreSpec::Keyring | StoreSpec::File(_));
    let keeps = scope.stores().next().is_none() || scope.stores().any(keeps);
    let told = state.survey().into_iter().filter(|trouble| keeps || trouble.kind != Kind::Volatile);
    found.extend(told.map(|trouble| finding(&trouble)));
    found
}

/// What lies in a directory may come to light when that is closed.
fn tightened(state: &StateDir) -> Vec<Finding> {
    let mut done = Vec::new();
    for _ in 0..2 {
        for trouble in state.survey().into_iter().filter(|trouble| trouble.kind == Kind::Loose) {
            if survey::tighten(&trouble.path).is_ok() {
                done.push(Finding { fixed: true, ..finding(&trouble) });
            }
        }
    }
    done
}

fn finding(trouble: &Trouble) -> Finding {
    let check = match trouble.kind {
        Kind::Unusable => "state_directory",
        Kind::Loose => "permissions",
        Kind::FileSystem | Kind::Volatile => "file_system",
        Kind::Full => "disk_full",
        Kind::Limit => "limits",
        Kind::Locks => "locks",
    };
    Finding::of(check, &trouble.error, || mend(&trouble.path))
}

/// Where the words say only what it is.
#[cfg(unix)]
fn mend(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let (name, user) = (path.display(), nix::unistd::geteuid());
    match fs::symlink_metadata(path) {
        Ok(facts) if facts.uid() != user.as_raw() => format!("as root: `chown {user} {name}`"),
        Ok(facts) if facts.is_symlink() => {
            format!("put what {name} leads to in its place: `cp --remove-destination \"$(readlink -f {name})\" {name}`")
        }
        Ok(facts) if facts.is_file() && facts.nlink() > 1 => {
            format!("remove the other name: `find / -xdev -samefile {name}` shows it")
        }
        Ok(facts) if facts.is_file() || facts.is_dir() && path.parent().is_none_or(|above| !above.ends_with("locks")) => {
            format!("`chmod u+rwX {name}`")
        }
        _ => format!("`mv {name} {name}.aside`"),
    }
}

#[cfg(not(unix))]
fn mend(path: &Path) -> String {
    format!("set {} aside", path.display())
}
