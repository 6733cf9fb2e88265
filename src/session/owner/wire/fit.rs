//! What another machine says, made fit for a terminal and a log: it may be anybody's by now.

use super::{Answer, Failed, Fares, Given, Said};
use crate::base::characters::harmless_line;
use crate::credential::who::{self, AnswerTokens};

/// In characters. A message of ours may hold a vendor's words, and addresses.
const LONGEST: usize = 1_000;
/// What names a state or a version.
const LONGEST_WORD: usize = 40;
const MOST_WARNINGS: usize = 10;
/// In seconds. Whoever is to wait for longer asks again meanwhile.
const LONGEST_WAIT: u64 = 86_400;

/// On one line.
pub(in crate::session::owner) fn words(text: &str) -> String {
    cut(text, LONGEST)
}

fn cut(text: &str, longest: usize) -> String {
    // Of a long text no more is looked at than could be shown.
    let begin: String = text.chars().take(longest + 1).collect();
    let clean = harmless_line(&begin);
    match clean.char_indices().nth(longest) {
        Some(_) => clean.chars().take(longest - 1).chain(['…']).collect(),
        None => clean,
    }
}

impl Answer {
    pub(super) fn made_fit(mut self) -> Answer {
        self.tokcli = cut(&self.tokcli, LONGEST_WORD);
        self.warnings.truncate(MOST_WARNINGS);
        self.warnings.iter_mut().for_each(|warning| *warning = words(warning));
        match &mut self.said {
            Said::Token(given) => given.make_fit(),
            Said::Status(fares) => fares.make_fit(),
            Said::LoggedOut { words: told } => *told = words(told),
            Said::Error(failed) => failed.make_fit(),
        }
        self
    }
}

/// As whatever else names a login here.
fn name(who: Option<String>) -> Option<String> {
    who::of(Some(&who?), None, AnswerTokens::default())
}

impl Given {
    fn make_fit(&mut self) {
        self.who = name(self.who.take());
    }
}

impl Fares {
    fn make_fit(&mut self) {
        self.state = cut(&self.state, LONGEST_WORD);
        self.trouble = self.trouble.as_deref().map(words);
        self.who = name(self.who.take());
    }
}

impl Failed {
    fn make_fit(&mut self) {
        self.message = words(&self.message);
        self.hint = self.hint.as_deref().map(words);
        self.retry_after = self.retry_after.map(|wait| wait.min(LONGEST_WAIT));
        // It is printed as it is: in base64, or not at all.
        self.sealed = self.sealed.take().filter(|text| is_base64(text));
    }
}

fn is_base64(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    !letters.is_empty() && letters.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
}
