//! The modes of the terminal while it is asked: no echo, no lines and no signals by key.
//!
//! The rule that matters: however the run ends, the terminal is as it was.

#[cfg(unix)]
pub(super) use unix::Held;

#[cfg(unix)]
mod unix {
    use std::io::{self, Write as _};
    use std::os::fd::AsFd as _;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use nix::libc::{VMIN, VTIME};
    use nix::sys::termios::{
        FlushArg, OutputFlags, SetArg, Termios, cfmakeraw, tcflush, tcgetattr, tcsetattr,
    };
    use nix::unistd::read;
    use zeroize::Zeroizing;

    use crate::base::error::{Error, Result, refused};
    use crate::base::mutex::lock;
    use crate::base::signals;

    /// Of what is pasted, in bytes.
    const MOST: u64 = 256 << 10;
    /// So long a signal may take to the thread that catches it.
    const A_MOMENT: Duration = Duration::from_millis(300);

    /// No echo and no signals by key while a question stands, so that nothing shows between two keys that are read.
    pub(in super::super) struct Held {
        raw: Termios,
        /// What a signal has to bring back; nothing once that is done.
        owed: Arc<Mutex<Option<Termios>>>,
    }

    impl Held {
        pub(in super::super) fn take() -> Result<Held> {
            let nobody = |_| refused("nobody can be asked here");
            let before = tcgetattr(stdin().as_fd()).map_err(nobody)?;
            let mut raw = before.clone();
            cfmakeraw(&mut raw);
            // Each line begins at the left.
            raw.output_flags = before.output_flags | OutputFlags::OPOST;
            let held = Held { raw, owed: Arc::new(Mutex::new(Some(before.clone()))) };
            let owed = Arc::clone(&held.owed);
            signals::catch(move |signal| {
                restore(&owed);
                // Whoever reads a key sets what was there when it began to, once it is interrupted: that is ours.
                std::thread::sleep(A_MOMENT / 6);
                set(&before);
                signals::obey(signal);
            })?;
            // Not for a run that is about to end.
            held.set_if_owed(&held.raw);
            Ok(held)
        }

        /// Takes away what is typed ahead, with the rest of what is being pasted, before anybody else can read or show it.
        /// Whether that was more than ends of lines.
        pub(in super::super) fn drain(&self) -> bool {
            let mut patient = self.raw.clone();
            // A read waits for a tenth of a second, which is more than two parts of a paste are apart.
            (patient.control_chars[VMIN], patient.control_chars[VTIME]) = (0, 1);
            self.set_if_owed(&patient);
            let (mut more, mut left) = (false, MOST);
            let mut part = Zeroizing::new([0; 1024]);
            while let Ok(count @ 1..) = read(stdin().as_fd(), part.as_mut()) {
                more |= part[..count].iter().any(|byte| !matches!(byte, b'\r' | b'\n'));
                left = left.saturating_sub(count as u64);
                if left == 0 {
                    break;
                }
            }
            let _ = tcflush(stdin().as_fd(), FlushArg::TCIFLUSH);
            self.set_if_owed(&self.raw);
            more
        }

        /// Not once a signal has brought back what was there before.
        fn set_if_owed(&self, modes: &Termios) {
            let owed = lock(&self.owed);
            if owed.is_some() {
                set(modes);
            }
        }

        /// Something was interrupted, perhaps by a signal that ends the run any moment: as what it was, and not as
        /// what came of it here.
        pub(in super::super) fn give_way(&self) {
            std::thread::sleep(A_MOMENT);
        }

        /// Comes back only where signals do not end a process.
        pub(in super::super) fn interrupt(&self) -> Error {
            restore(&self.owed);
            end_line();
            signals::obey(nix::libc::SIGINT);
            refused("interrupted; nothing was changed")
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            restore(&self.owed);
        }
    }

    #[expect(clippy::disallowed_methods, reason = "of the terminal that `input.rs` reads from")]
    fn stdin() -> io::Stdin {
        io::stdin()
    }

    /// What is on a line of a question stays there.
    #[expect(clippy::disallowed_methods, reason = "no result, and no words")]
    fn end_line() {
        let _ = io::stderr().write_all(b"\n");
    }

    fn set(modes: &Termios) {
        let _ = tcsetattr(stdin().as_fd(), SetArg::TCSADRAIN, modes);
    }

    fn restore(owed: &Mutex<Option<Termios>>) {
        if let Some(before) = lock(owed).take() {
            set(&before);
        }
    }
}

#[cfg(not(unix))]
pub(super) struct Held;

#[cfg(not(unix))]
impl Held {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
    pub(super) fn take() -> crate::base::error::Result<Held> {
        Ok(Held)
    }

    pub(super) fn drain(&self) -> bool {
        false
    }

    pub(super) fn give_way(&self) {}

    pub(super) fn interrupt(&self) -> crate::base::error::Error {
        crate::base::error::refused("interrupted; nothing was changed")
    }
}
