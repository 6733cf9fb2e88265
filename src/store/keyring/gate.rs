//! The door to the keyring's daemon that all processes of one user share: a few at a time. Four hundred that ask at once
//! have killed a daemon, and none of them was served.
//!
//! It keeps order and nothing else: whoever cannot have it, or waits too long, goes in all the same. So it is no file
//! and no lock on one, which a look without the claim does not take, but a name that only one socket can have.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How many at a time.
const PLACES: u32 = 4;
/// What a call may take is kept back from the deadline.
const LAST_MOMENT: Duration = Duration::from_secs(3);

static DEADLINE: OnceLock<Instant> = OnceLock::new();

/// Until when this process may wait for others.
pub(crate) fn wait_until(deadline: Instant) {
    let _ = DEADLINE.set(deadline);
}

fn until() -> Option<Instant> {
    DEADLINE.get().and_then(|deadline| deadline.checked_sub(LAST_MOMENT))
}

/// Of the time that this process may wait for others; a second at the least.
pub(crate) fn left() -> Duration {
    let left = DEADLINE.get().map_or(Duration::MAX, |it| it.saturating_duration_since(Instant::now()));
    left.max(Duration::from_secs(1))
}

pub(super) fn has_time() -> bool {
    until().is_some_and(|until| Instant::now() < until)
}

/// A place, as long as it is held.
pub(super) struct Place {
    _name: Option<imp::Name>,
    /// Others were before us.
    pub(super) waited: bool,
}

/// `gate`: what no other user knows of this one's files.
pub(super) fn enter(gate: &str) -> Place {
    let mut waited = false;
    loop {
        if let Some(place) = enter_at_once(gate) {
            return Place { waited, ..place };
        }
        if !has_time() {
            return Place { _name: None, waited: true };
        }
        waited = true;
        // By process: they were perhaps started together.
        std::thread::sleep(Duration::from_millis(10 + u64::from(std::process::id() % 23)));
    }
}

/// `None`: others have all there is.
pub(super) fn enter_at_once(gate: &str) -> Option<Place> {
    (0..PLACES).find_map(|place| match imp::Name::take(&format!("tokcli-{gate}-{place}")) {
        imp::Taken::Ours(name) => Some(Place { _name: Some(name), waited: false }),
        imp::Taken::Never => Some(Place { _name: None, waited: false }),
        imp::Taken::Others => None,
    })
}

#[cfg(target_os = "linux")]
mod imp {
    use std::io::ErrorKind;
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    /// It is free again when this is dropped, and when the process ends, however it ends.
    pub(super) struct Name(#[expect(dead_code, reason = "held, not used")] UnixDatagram);

    pub(super) enum Taken {
        Ours(Name),
        Others,
        /// There are no such names here.
        Never,
    }

    impl Name {
        pub(super) fn take(name: &str) -> Taken {
            match SocketAddr::from_abstract_name(name).and_then(|address| UnixDatagram::bind_addr(&address)) {
                Ok(socket) => Taken::Ours(Name(socket)),
                Err(cause) if cause.kind() == ErrorKind::AddrInUse => Taken::Others,
                Err(_) => Taken::Never,
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    pub(super) struct Name;

    #[expect(dead_code, reason = "there is no daemon to keep order before")]
    pub(super) enum Taken {
        Ours(Name),
        Others,
        Never,
    }

    impl Name {
        pub(super) fn take(_: &str) -> Taken {
            Taken::Never
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_let_in_and_a_place_that_is_left_is_free() {
        let gate = format!("test-{}", std::process::id());
        let mut inside: Vec<Place> = (0..PLACES).map(|_| enter(&gate)).collect();
        assert!(inside.iter().all(|place| place._name.is_some() && !place.waited));
        // Without a deadline nobody waits.
        let late = enter(&gate);
        assert!(late._name.is_none() && late.waited);
        inside.pop();
        // A program that another test starts has the socket until it is begun.
        let free = (0..1_000).any(|_| {
            std::thread::sleep(Duration::from_millis(1));
            enter(&gate)._name.is_some()
        });
        assert!(free);
        assert!(enter(&format!("{gate}-other"))._name.is_some(), "another user's");
    }
}
