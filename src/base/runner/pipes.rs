//! The ends of a program's pipes that are ours: none of them ever blocks.

use std::io::{self, Read, Write as _};
use std::process::Child;
#[cfg(unix)]
use std::process::ChildStdin;
#[cfg(not(unix))]
use std::time::Duration;

use zeroize::Zeroizing;

#[cfg(not(unix))]
use crate::base::signals::spawn_deaf;

/// Takes what the command reads whenever it likes, or not at all.
#[cfg(unix)]
pub(super) struct Sink {
    stdin: Option<ChildStdin>,
    input: Zeroizing<Vec<u8>>,
    given: usize,
}

#[cfg(unix)]
impl Sink {
    pub(super) fn of(child: &mut Child, input: Option<Zeroizing<Vec<u8>>>) -> io::Result<Sink> {
        let stdin = child.stdin.take();
        stdin.iter().try_for_each(unblocked)?;
        Ok(Sink { stdin, input: input.unwrap_or_default(), given: 0 })
    }

    pub(super) fn give(&mut self) {
        while let Some(stdin) = &mut self.stdin {
            match stdin.write(&self.input[self.given..]) {
                Ok(length @ 1..) => self.given += length,
                Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => return,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                // All is given, or it wants no more.
                _ => self.stdin = None,
            }
        }
    }
}

#[cfg(unix)]
fn unblocked(pipe: &impl std::os::fd::AsFd) -> io::Result<()> {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Elsewhere a thread gives it.
#[cfg(not(unix))]
pub(super) struct Sink;

#[cfg(not(unix))]
impl Sink {
    pub(super) fn of(child: &mut Child, input: Option<Zeroizing<Vec<u8>>>) -> io::Result<Sink> {
        if let Some((mut stdin, input)) = child.stdin.take().zip(input) {
            spawn_deaf(move || {
                let _ = stdin.write_all(&input);
            });
        }
        Ok(Sink)
    }

    pub(super) fn give(&mut self) {}
}

/// One end of a pipe, of which is read what is there.
#[cfg(unix)]
pub(super) struct Source<T>(T);

#[cfg(unix)]
impl<T: Read + std::os::fd::AsFd> Source<T> {
    pub(super) fn new(pipe: T) -> io::Result<Source<T>> {
        unblocked(&pipe)?;
        Ok(Source(pipe))
    }

    pub(super) fn read(&mut self, into: &mut Vec<u8>, room: usize, _ended: bool) -> io::Result<()> {
        match (&mut self.0).take(room as u64).read_to_end(into) {
            Err(cause) if cause.kind() != io::ErrorKind::WouldBlock => Err(cause),
            _ => Ok(()),
        }
    }
}

/// Elsewhere a pipe cannot be asked whether something is there; a thread reads it.
#[cfg(not(unix))]
pub(super) struct Source<T>(std::sync::mpsc::Receiver<Zeroizing<Vec<u8>>>, std::marker::PhantomData<T>);

#[cfg(not(unix))]
impl<T: Read + Send + 'static> Source<T> {
    pub(super) fn new(mut pipe: T) -> io::Result<Source<T>> {
        let (found, taken) = std::sync::mpsc::channel();
        spawn_deaf(move || {
            let mut piece = Zeroizing::new([0; 4096]);
            while let Ok(length @ 1..) = pipe.read(&mut *piece) {
                if found.send(Zeroizing::new(piece[..length].to_vec())).is_err() {
                    break;
                }
            }
        });
        Ok(Source(taken, std::marker::PhantomData))
    }

    pub(super) fn read(&mut self, into: &mut Vec<u8>, room: usize, ended: bool) -> io::Result<()> {
        // The thread may not have come to what was there at the end.
        let wait = Duration::from_millis(if ended { 200 } else { 0 });
        let begun = into.len();
        while into.len() - begun < room
            && let Ok(piece) = self.0.recv_timeout(wait)
        {
            into.extend_from_slice(&piece);
        }
        Ok(())
    }
}
