//! The bar that shows how far `refresh --all` has come: the last line of the terminal, written over again and again. It is erased
//! by spaces, which every terminal knows.

use std::sync::Mutex;

use crate::base::mutex::lock;

const CELLS: usize = 30;

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
    /// How wide it was drawn, if it can be seen.
    drawn: Option<usize>,
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
        self.draw(&mut state);
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
        state.drawn = Some(line.len());
    }

    fn erase(&self, state: &mut State) {
        if let Some(columns) = state.drawn.take() {
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

    #[test]
    fn each_end_is_drawn_and_what_is_said_meanwhile_has_the_line() {
        static SAID: Mutex<String> = Mutex::new(String::new());
        let said = || std::mem::take(&mut *lock(&SAID));
        let bar = Bar::new(2, 20, |text| lock(&SAID).push_str(text));
        let drawn = |done| format!("\r{}", &line(done, 2)[..20]);
        let erased = format!("\r{}\r", " ".repeat(20));
        assert_eq!(said(), drawn(0));
        bar.advance();
        assert_eq!(said(), drawn(1));
        bar.aside(|| lock(&SAID).push_str("a line\n"));
        assert_eq!(said(), format!("{erased}a line\n{}", drawn(1)));
        bar.advance();
        bar.end();
        assert_eq!(said(), format!("{}{erased}", drawn(2)));
        bar.advance();
        assert_eq!(said(), "", "it has ended");
    }
}
