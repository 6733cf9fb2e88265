//! What stdout and stderr are, for those who print there: how wide, and whether in colours.

#![expect(clippy::disallowed_methods, reason = "it is only asked what it is")]

use std::io::{self, IsTerminal};

use crate::base::environment;
use crate::terminal::arguments::Color;

/// A terminal.
#[derive(Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) columns: usize,
    pub(crate) colored: bool,
}

/// One that does not say how wide it is, is as wide as they were.
const USUAL: usize = 80;

impl Screen {
    /// `None`: stdout is no terminal.
    pub(super) fn of_stdout(color: Color) -> Option<Screen> {
        let stdout = io::stdout();
        if !stdout.is_terminal() {
            return None;
        }
        let columns = terminal_size::terminal_size_of(&stdout).map(|(width, _)| usize::from(width.0));
        let columns = columns.filter(|columns| *columns > 0).unwrap_or(USUAL);
        Some(Screen { columns, colored: colored(color, &stdout) })
    }

    /// With the number of its rows. `None`: stderr is no terminal, or does not say how large it is.
    pub(super) fn of_stderr(color: Color) -> Option<(Screen, usize)> {
        let stderr = io::stderr();
        let (width, height) = terminal_size::terminal_size_of(&stderr).filter(|_| stderr.is_terminal())?;
        let screen = Screen { columns: width.0.into(), colored: colored(color, &stderr) };
        Some((screen, height.0.into()))
    }

    /// `None`: stderr is no terminal, or does not say how wide it is.
    pub(super) fn columns_of_stderr() -> Option<usize> {
        Screen::of_stderr(Color::Never).map(|(screen, _)| screen.columns)
    }
}

pub(super) fn colored(color: Color, on: &impl IsTerminal) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            environment::os("NO_COLOR").is_none()
                && environment::os("TERM").is_none_or(|term| term != "dumb")
                && on.is_terminal()
        }
    }
}
