//! Reads what is typed or pasted while a login is waited for, without waiting for it: longer than a line of a terminal
//! may be, and unseen, since it holds a code.
//!
//! The rule that matters: nobody is left reading. At a terminal what is there is taken from time to time, on the thread
//! that waits; so the next line of the shell is the shell's.

use std::sync::mpsc::{Receiver, TryRecvError};

use zeroize::Zeroizing;

use crate::base::error::Result;
use crate::terminal::input;
#[cfg(windows)]
use crate::terminal::modes::Held;

/// Where it comes from.
pub(super) enum Pasting {
    #[cfg(unix)]
    Keys(Box<Keys>),
    /// From a pipe one line.
    Lines {
        lines: Receiver<Zeroizing<String>>,
        asks: bool,
        over: bool,
        /// At a console, which shows nothing of them.
        #[cfg(windows)]
        _hidden: Option<Held>,
    },
}

impl Pasting {
    /// `beside` a listener it is taken from a terminal only: a pipe is more likely somebody else's. Nobody is asked who
    /// is told nothing (`silent`). `None`: nothing can be pasted here.
    pub(super) fn begin(beside: bool, silent: bool) -> Option<Pasting> {
        if beside && (silent || !input::can_ask()) {
            return None;
        }
        if silent || !input::is_terminal() {
            return Some(Pasting::Lines {
                lines: input::lines(1),
                asks: false,
                over: false,
                #[cfg(windows)]
                _hidden: None,
            });
        }
        Pasting::at_terminal()
    }

    #[cfg(unix)]
    fn at_terminal() -> Option<Pasting> {
        Keys::begin().map(|keys| Pasting::Keys(Box::new(keys)))
    }

    /// Elsewhere keys come in lines, and not more of one than the console gives.
    #[cfg(windows)]
    fn at_terminal() -> Option<Pasting> {
        let hidden = Held::take().ok()?;
        Some(Pasting::Lines {
            lines: input::lines(usize::MAX),
            asks: true,
            over: false,
            _hidden: Some(hidden),
        })
    }

    /// Whether somebody sits there, and can try again.
    pub(super) fn asks(&self) -> bool {
        match self {
            #[cfg(unix)]
            Pasting::Keys(_) => true,
            Pasting::Lines { asks, .. } => *asks,
        }
    }

    /// Nothing more comes.
    pub(super) fn is_over(&self) -> bool {
        match self {
            #[cfg(unix)]
            Pasting::Keys(keys) => keys.over,
            Pasting::Lines { over, .. } => *over,
        }
    }

    /// What has been given by now. `Err`: interrupted.
    pub(super) fn text(&mut self) -> Result<Option<Zeroizing<String>>> {
        match self {
            #[cfg(unix)]
            Pasting::Keys(keys) => keys.text(),
            Pasting::Lines { lines, over, .. } => match lines.try_recv() {
                Ok(line) => Ok(Some(line)),
                Err(ended) => {
                    *over = ended == TryRecvError::Disconnected;
                    Ok(None)
                }
            },
        }
    }
}

#[cfg(unix)]
pub(super) use keys::Keys;

#[cfg(unix)]
mod keys {
    use zeroize::Zeroizing;

    use super::super::typed::{Typed as Word, Typing};
    use crate::base::error::Result;
    use crate::terminal::modes::{Held, Typed};

    /// A terminal without echo and without lines.
    pub(in super::super) struct Keys {
        held: Held,
        typing: Typing,
        pub(super) over: bool,
    }

    impl Keys {
        pub(super) fn begin() -> Option<Keys> {
            let held = Held::take_aside().ok()?;
            Some(Keys { held, typing: Typing::default(), over: false })
        }

        pub(super) fn text(&mut self) -> Result<Option<Zeroizing<String>>> {
            let mut part = Zeroizing::new([0; 4096]);
            match self.held.typed(part.as_mut()) {
                Typed::Nothing => Ok(None),
                Typed::Gone => {
                    self.over = true;
                    Ok(None)
                }
                Typed::Bytes(count) => match self.typing.take(&part[..count]) {
                    Some(Word::Text(text)) => Ok(Some(text)),
                    Some(Word::End) => {
                        self.over = true;
                        Ok(None)
                    }
                    Some(Word::Interrupt) => Err(self.held.interrupt()),
                    None => Ok(None),
                },
            }
        }
    }

    /// What is still on its way is not left for the shell.
    impl Drop for Keys {
        fn drop(&mut self) {
            self.held.drain();
        }
    }
}
