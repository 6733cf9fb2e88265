//! The keyring now, and after a reboot.

use super::scope::Scope;
use crate::store::keyring;
use crate::terminal::finding::Finding;

pub(super) fn check(scope: &Scope<'_>) -> Vec<Finding> {
    if !scope.uses_keyring() || scope.state.is_none() {
        return Vec::new();
    }
    let restart = || {
        "end the program that keeps it (`gnome-keyring-daemon`, `kwalletd6`, KeePassXC) and start it again, or log in again".to_owned()
    };
    match keyring::check() {
        Err(error) => vec![Finding::of("keyring", &error, restart)],
        Ok(()) => after_a_reboot().into_iter().collect(),
    }
}

/// Where this user's services run before anybody logs in.
#[cfg(target_os = "linux")]
fn after_a_reboot() -> Option<Finding> {
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).ok()??.name;
    std::path::Path::new("/var/lib/systemd/linger").join(&user).exists().then(|| {
        Finding::note(
            "keyring_after_reboot",
            format!(
                "services of `{user}` run before anybody logs in (`loginctl enable-linger`), and until then the keyring is locked: they cannot use it after a reboot"
            ),
        )
    })
}

#[cfg(not(target_os = "linux"))]
fn after_a_reboot() -> Option<Finding> {
    None
}
