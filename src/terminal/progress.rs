//! The bar that shows how far `refresh --all` has come: the last line of the terminal, written over again and again. It is erased
//! by spaces, which every terminal knows.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::base::mutex::lock;

const CELLS: usize = 30;
/// Nobody sees more.
const BETWEEN: Duration = Duration::from_millis(100);

pub(crate) struct Bar {
    count: usize,
    /// What is longer could not be written over.
    columns: usize,
    /// Writes to stderr, which must be a terminal.
    write: fn(&str),
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    done: usize,
    /// When, and how many columns of it.
    drawn: Option<(Instant, usize)>,
    ended: bool,
}

impl Bar {
    pub(super) fn new(count: usize, columns: usize, write: fn(&str)) -> Bar {
        let bar = Bar { count, columns, write, state: Mutex::default() };
        bar.draw(&mut lock(&bar.state));
        bar
    }

    pub(super) fn advance(&self) {
        let mut state = lock(&self.state);
        state.done += 1;
        let is_due = state.drawn.is_none_or(|(at, _)| at.elapsed() >= BETWEEN);
        if is_due || state.done == self.count {
            self.draw(&mut state);
        }
    }

    pub(super) fn end(&self) {
        let mut state = lock(&self.state);
        self.erase(&mut state);
        state.ended = true;
    }

    /// `work` has the terminal to itself.
    pub(super) fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        let mut state = lock(&self.state);
        self.erase(&mut state);
        let done = work();
        self.draw(&mut state);
        done
    }

    fn draw(&self, state: &mut State) {
        if state.ended {
            return;
        }
        let mut line = line(state.done, self.count);
        line.truncate(self.columns);
        (self.write)(&format!("\r{line}"));
        state.drawn = Some((Instant::now(), line.len()));
    }

    fn erase(&self, state: &mut State) {
        if let Some((_, columns)) = state.drawn.take() {
            (self.write)(&format!("\r{:columns$}\r", ""));
        }
    }
}

fn line(done: usize, count: usize) -> String {
    let full = (done * CELLS).checked_div(count).unwrap_or(CELLS).min(CELLS);
    let cells: String = "=".repeat(full).chars().chain(['>']).take(CELLS).collect();
    format!("tokcli: [{cells:CELLS$}] {done}/{count}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_grows_with_what_is_done_and_keeps_its_length() {
        assert_eq!(line(0, 5), format!("tokcli: [>{}] 0/5", " ".repeat(29)));
        assert_eq!(line(2, 5), format!("tokcli: [{}>{}] 2/5", "=".repeat(12), " ".repeat(17)));
        assert_eq!(line(5, 5), format!("tokcli: [{}] 5/5", "=".repeat(30)));
        assert_eq!(line(0, 0), format!("tokcli: [{}] 0/0", "=".repeat(30)));
    }
}
