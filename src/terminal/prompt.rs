//! Questions at a terminal: a choice from a list that narrows as one types, a line, a hidden secret. They stand on stderr,
//! and only where somebody sits to see and to answer them.
//!
//! The rule that matters: Ctrl-C, Esc and every signal end the run as an interrupt does, with the terminal as it was. So
//! whoever asks has changed nothing yet.

use inquire::ui::RenderConfig;
use inquire::validator::Validation;
use inquire::{InquireError, Select, Text};
use zeroize::Zeroizing;

use super::input;
use super::modes;
use crate::base::characters::harmless_line;
use crate::base::error::{Error, Result, plain, refused};
use crate::base::order::Arrange as _;

/// One of several that can be chosen.
pub(crate) struct Choice {
    /// Shown.
    pub(crate) words: String,
    /// Looked for first.
    pub(crate) name: String,
    /// Looked for too.
    pub(crate) about: String,
}

impl std::fmt::Display for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = harmless_line(&self.words);
        match words.char_indices().nth(WIDEST) {
            Some((at, _)) => write!(f, "{}...", &words[..at]),
            None => f.write_str(&words),
        }
    }
}

/// With the mark in front of it a line of 80 columns.
const WIDEST: usize = 74;

/// Holds the terminal while it asks.
pub(crate) struct Prompter(modes::Held);

impl Prompter {
    /// `Err`: nobody can be asked here.
    pub(crate) fn open() -> Result<Prompter> {
        modes::Held::take().map(Prompter)
    }

    /// Which of them, by number.
    pub(crate) fn choose(
        &self,
        question: &str,
        help: &str,
        choices: Vec<Choice>,
        first: usize,
    ) -> Result<usize> {
        let scorer = |typed: &str, choice: &Choice, _: &str, _: usize| score(typed, choice);
        let sorter = |all: &mut [(usize, i64)]| all.arrange_by_key(|(at, score)| (-score, *at));
        let shown = |choice: inquire::list_option::ListOption<&Choice>| harmless_line(&choice.value.name);
        let chosen = Select::new(question, choices)
            .with_help_message(help)
            .with_starting_cursor(first)
            .with_scorer(&scorer)
            .with_sorter(&sorter)
            .with_formatter(&shown)
            .with_render_config(RenderConfig::empty())
            .raw_prompt();
        chosen.map(|chosen| chosen.index).map_err(|wrong| self.ended(&wrong))
    }

    /// A line that `check` has nothing against; `default` if none is typed.
    pub(crate) fn line(
        &self,
        question: &str,
        help: &str,
        default: Option<&str>,
        check: impl Fn(&str) -> std::result::Result<(), String> + Clone,
    ) -> Result<String> {
        let valid = move |typed: &str| {
            Ok(match check(typed.trim()) {
                Ok(()) => Validation::Valid,
                Err(why) => Validation::Invalid(why.into()),
            })
        };
        let mut text = Text::new(question).with_validator(valid).with_render_config(RenderConfig::empty());
        text.help_message = Some(help).filter(|help| !help.is_empty());
        text.default = default;
        text.prompt().map(|typed| typed.trim().to_owned()).map_err(|wrong| self.ended(&wrong))
    }

    /// Typed unseen. `None`: what came has several lines, and nobody types those.
    pub(crate) fn secret(&self, what: &str) -> Result<Option<Zeroizing<String>>> {
        input::hidden(&self.0, what)
    }

    fn ended(&self, wrong: &InquireError) -> Error {
        match wrong {
            InquireError::OperationCanceled | InquireError::OperationInterrupted => self.0.interrupt(),
            InquireError::IO(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {
                self.0.give_way();
                self.0.interrupt()
            }
            InquireError::IO(cause) => refused(format!("nothing could be read: {}", plain(cause))),
            _ => refused("nothing could be read"),
        }
    }
}

/// The better, the higher; all words must be there.
fn score(typed: &str, choice: &Choice) -> Option<i64> {
    let (name, about) = (choice.name.to_lowercase(), choice.about.to_lowercase());
    let of = |word: &str| match () {
        () if name == word => Some(8),
        () if name.starts_with(word) => Some(4),
        () if name.contains(word) => Some(2),
        () if about.contains(word) => Some(1),
        () => None,
    };
    typed.to_lowercase().split_whitespace().map(of).sum::<Option<i64>>().or(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(name: &str, about: &str) -> Choice {
        Choice { words: format!("{name}  {about}"), name: name.to_owned(), about: about.to_owned() }
    }

    #[test]
    fn a_choice_is_found_by_every_word_and_best_by_its_name() {
        let all = [
            choice("amadeus", "Amadeus https://github.com/amadeus"),
            choice("github-app", "GitHub App"),
            choice("github", "GitHub"),
        ];
        let scores = |typed: &str| all.iter().map(|one| score(typed, one)).collect::<Vec<_>>();
        assert_eq!(scores(""), [Some(0), Some(0), Some(0)]);
        assert_eq!(scores("GitHub"), [Some(1), Some(4), Some(8)]);
        assert_eq!(scores("git app"), [None, Some(6), None]);
        assert_eq!(scores("x"), [None, None, None]);
    }

    #[test]
    fn a_line_of_the_list_fits_a_terminal_and_commands_it_nothing() {
        let long = choice("n", &format!("\u{1b}[2J{}", "ü".repeat(200))).to_string();
        assert!(
            long.starts_with("n  \\u{1b}[2J") && long.ends_with("üü...") && long.chars().count() == 77,
            "{long}"
        );
        assert_eq!(choice("n", "t").to_string(), "n  t");
    }
}
