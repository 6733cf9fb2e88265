use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::errno::Errno;
use nix::libc::{VMIN, VTIME};
use nix::sys::termios::{
    FlushArg, LocalFlags, OutputFlags, SetArg, Termios, cfmakeraw, tcflush, tcgetattr, tcsetattr,
};
use nix::unistd::{getpgrp, read, tcgetpgrp};
use zeroize::Zeroizing;

use crate::base::error::{Error, Result, refused};
use crate::base::mutex::lock;
use crate::base::sends::SendsClosed;
use crate::base::{signals, waiting};

/// Of what is pasted, in bytes.
const MOST: u64 = 256 << 10;
/// So long a signal may take to the thread that catches it.
const A_MOMENT: Duration = Duration::from_millis(300);

/// No echo and no signals by key while a question stands, so that nothing shows between two keys that are read.
pub(in crate::terminal) struct Held {
    raw: Termios,
    before: Termios,
    /// Something else is waited for too.
    aside: bool,
    /// The terminal says where a paste begins and ends.
    brackets: bool,
    /// What a signal has to bring back; nothing once that is done.
    owed: Arc<Mutex<Option<Owed>>>,
    /// A signal ends or stops the run any moment.
    given_back: Arc<AtomicBool>,
}

struct Owed {
    before: Termios,
    aside: bool,
    brackets: bool,
}

/// What was typed since it was last asked.
pub(in crate::terminal) enum Typed {
    Nothing,
    Bytes(usize),
    /// The terminal is gone.
    Gone,
}

impl Held {
    pub(in crate::terminal) fn take() -> Result<Held> {
        Held::with(false)
    }

    /// For what is typed or pasted while something else is waited for too. Ask with [`Held::typed`].
    pub(in crate::terminal) fn take_aside() -> Result<Held> {
        Held::with(true)
    }

    fn with(aside: bool) -> Result<Held> {
        let nobody = |_| refused("there is no terminal to ask on");
        let before = tcgetattr(stdin().as_fd()).map_err(nobody)?;
        if aside && !in_foreground() {
            return Err(refused("cannot ask in the background"));
        }
        let mut raw = before.clone();
        cfmakeraw(&mut raw);
        // Each line begins at the left.
        raw.output_flags = before.output_flags | OutputFlags::OPOST;
        if aside {
            raw.local_flags |= before.local_flags & LocalFlags::ISIG;
            (raw.control_chars[VMIN], raw.control_chars[VTIME]) = (0, 0);
        }
        let brackets = aside && shows();
        let owed = Arc::new(Mutex::new(Some(Owed { before: before.clone(), aside, brackets })));
        let held = Held { raw, before, aside, brackets, owed, given_back: Arc::default() };
        held.give_back_at_signals()?;
        // Not for a run that is about to end.
        held.set_if_owed(&held.raw);
        if brackets {
            show(BRACKETS);
        }
        Ok(held)
    }

    fn give_back_at_signals(&self) -> Result<()> {
        let (owed, before) = (Arc::clone(&self.owed), self.before.clone());
        let given_back = Arc::clone(&self.given_back);
        let number = NEWEST.fetch_add(1, Ordering::SeqCst) + 1;
        signals::catch(move |signal| {
            // Whoever has asked since then obeys, and once is enough: a run that is stopped twice has to be
            // continued twice.
            if number != NEWEST.load(Ordering::SeqCst) {
                return;
            }
            given_back.store(true, Ordering::SeqCst);
            restore(&owed);
            // Whoever reads a key sets what was there when it began to, once it is interrupted: that is ours.
            std::thread::sleep(A_MOMENT / 6);
            if in_foreground() {
                set(&before);
            }
            // Who was asked may have a request under way by now: what comes of it is saved first.
            waiting::tell_of_signal();
            let _closed = SendsClosed::close();
            signals::obey(signal);
            // It was stopped, and goes on.
            given_back.store(false, Ordering::SeqCst);
        })
    }

    /// Waits for nothing. Of a terminal that another program has at the moment, nothing.
    pub(in crate::terminal) fn typed(&self, into: &mut [u8]) -> Typed {
        // A signal waits until the read is over: with the modes from before it would wait for a line.
        let mut owed = lock(&self.owed);
        if self.given_back.load(Ordering::SeqCst) || !in_foreground() {
            return Typed::Nothing;
        }
        match tcgetattr(stdin().as_fd()) {
            // This run was stopped and goes on; whoever had the terminal meanwhile left it as it was before.
            Ok(modes) if modes.local_flags.contains(LocalFlags::ICANON) => self.take_again(&mut owed),
            Ok(_) => {}
            Err(_) => return Typed::Gone,
        }
        match read(stdin().as_fd(), into) {
            Ok(0) | Err(Errno::EINTR | Errno::EAGAIN) => Typed::Nothing,
            Ok(count) => Typed::Bytes(count),
            Err(_) => Typed::Gone,
        }
    }

    fn take_again(&self, owed: &mut Option<Owed>) {
        let (aside, brackets) = (self.aside, self.brackets);
        *owed = Some(Owed { before: self.before.clone(), aside, brackets });
        set(&self.raw);
        if self.brackets {
            show(BRACKETS);
        }
    }

    /// Takes away what is typed ahead, with the rest of what is being pasted, before anybody else can read or show it.
    /// Whether that was more than ends of lines.
    pub(in crate::terminal) fn drain(&self) -> bool {
        // Nobody was asked, or somebody else has the terminal now: a read could wait for ever.
        if self.aside && (lock(&self.owed).is_none() || !in_foreground()) {
            return false;
        }
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
    pub(in crate::terminal) fn give_way(&self) {
        std::thread::sleep(A_MOMENT);
    }

    /// Comes back only where signals do not end a process.
    pub(in crate::terminal) fn interrupt(&self) -> Error {
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

/// How often the terminal was taken.
static NEWEST: AtomicUsize = AtomicUsize::new(0);

/// A terminal marks what is pasted, or no more.
const BRACKETS: &str = "\x1b[?2004h";
const NO_BRACKETS: &str = "\x1b[?2004l";

/// What is on a line of a question stays there.
fn end_line() {
    show("\n");
}

#[expect(clippy::disallowed_methods, reason = "no result, and no words")]
fn show(command: &str) {
    let _ = io::stderr().write_all(command.as_bytes());
}

#[expect(clippy::disallowed_methods, reason = "it is only asked what it is")]
fn shows() -> bool {
    io::stderr().is_terminal()
}

/// A program in the background that sets a terminal's modes, or reads from it, is stopped. One that is not the
/// terminal's own has no such ground.
fn in_foreground() -> bool {
    tcgetpgrp(stdin().as_fd()).map_or(true, |group| group == getpgrp())
}

fn set(modes: &Termios) {
    let _ = tcsetattr(stdin().as_fd(), SetArg::TCSADRAIN, modes);
}

fn restore(owed: &Mutex<Option<Owed>>) {
    if let Some(owed) = lock(owed).take() {
        if owed.brackets {
            show(NO_BRACKETS);
        }
        if owed.aside {
            // What is pasted into a run that ends is not for the shell.
            let _ = tcflush(stdin().as_fd(), FlushArg::TCIFLUSH);
        }
        set(&owed.before);
    }
}
