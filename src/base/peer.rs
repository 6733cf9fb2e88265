//! Whoever is at the other end of a connection on this machine: by the word of the kernel, not by their own.
//!
//! The rule that matters: nothing is said to another user.

#[cfg(target_os = "linux")]
pub(crate) use linux::Peer;
#[cfg(not(target_os = "linux"))]
pub(crate) use none::Peer;

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::io::Write as _;
    use std::os::fd::{AsFd as _, OwnedFd};
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use nix::sys::socket::{getsockopt, sockopt};
    use nix::unistd::geteuid;

    use crate::base::error::{Error, Result, internal, plain, refused};

    /// With one that reads nothing.
    const PATIENCE: Duration = Duration::from_secs(10);

    pub(crate) struct Peer(UnixStream);

    impl Peer {
        /// Whoever is at the other end of standard input. Refuses one of another user, and one that came through a
        /// socket which others may use.
        pub(crate) fn of_standard_input() -> Result<Peer> {
            #[expect(clippy::disallowed_methods, reason = "nothing is read of it")]
            let input = std::io::stdin();
            let connection: OwnedFd = input.as_fd().try_clone_to_owned().map_err(no_connection)?;
            let credentials = getsockopt(&connection, sockopt::PeerCredentials).map_err(no_connection)?;
            let stream = UnixStream::from(connection);
            // One that is not connected has nobody at its other end.
            stream.peer_addr().map_err(no_connection)?;
            let (own, theirs) = (geteuid().as_raw(), credentials.uid());
            if theirs != own && theirs != 0 {
                return Err(refused(format!("another user (uid {theirs}) is asking; no token")));
            }
            check_socket(&stream, own)?;
            Ok(Peer(stream))
        }

        /// The name that it has bound, of those that lie in no directory.
        pub(crate) fn name(&self) -> Option<Vec<u8>> {
            Some(self.0.peer_addr().ok()?.as_abstract_name()?.to_owned())
        }

        pub(crate) fn say(&self, bytes: &[u8]) -> Result<()> {
            let limited = self.0.set_write_timeout(Some(PATIENCE));
            let said = limited.and_then(|()| (&self.0).write_all(bytes));
            said.map_err(|cause| internal("the asking program is gone").because(&cause))
        }
    }

    fn no_connection(_: impl std::fmt::Debug) -> Error {
        refused("standard input is not a connection of a Unix socket")
            .hint("set `Accept=yes` in the socket unit, and `StandardInput=socket` in its service")
    }

    /// Where its file cannot be seen, as from another root directory, nothing can be said of it.
    fn check_socket(stream: &UnixStream, own: u32) -> Result<()> {
        let address = stream
            .local_addr()
            .map_err(|cause| internal(format!("the socket cannot be examined: {}", plain(&cause))))?;
        let Some(path) = address.as_pathname() else { return Ok(()) };
        let Ok(facts) = fs::symlink_metadata(path) else { return Ok(()) };
        let (name, mode, owner) = (path.display(), facts.mode() & 0o777, facts.uid());
        if owner != own && owner != 0 {
            return Err(refused(format!("the socket {name} belongs to another user (uid {owner})")));
        }
        if mode & 0o077 != 0 {
            return Err(refused(format!("others may use the socket {name} (mode {mode:04o})"))
                .hint("set `SocketMode=0600` in its unit"));
        }
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
mod none {
    use crate::base::error::{Result, refused};

    pub(crate) enum Peer {}

    impl Peer {
        pub(crate) fn name(&self) -> Option<Vec<u8>> {
            match *self {}
        }

        pub(crate) fn say(&self, _: &[u8]) -> Result<()> {
            match *self {}
        }

        pub(crate) fn of_standard_input() -> Result<Peer> {
            Err(refused("systemd exists only on Linux"))
        }
    }
}
