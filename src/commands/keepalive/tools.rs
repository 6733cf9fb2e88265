//! Programs of the platform that know its timers: asked in plain English, without what profiles keep secret, and not for longer
//! than the deadline leaves.

use std::cell::RefCell;
use std::ffi::OsString;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::base::error::{Error, Result, refused};
use crate::base::runner::{self, Call, Failure, Input, Stderr};
use crate::base::waiting::What;

pub(super) struct Tools {
    /// Variables that secrets come from: no program is given them.
    hidden: Arc<[String]>,
    pub(super) until: Instant,
    /// Programs that did not end in their time, and what is said of them. They are not asked again.
    silent: RefCell<Vec<(OsString, String)>>,
}

/// All of them are asked for what they have at hand.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is half done is undone after the deadline, too.
const UNDOING: Duration = Duration::from_secs(10);
/// In bytes, of what one prints: no crontab and no list of profiles is larger.
const LARGEST: usize = 4 << 20;

/// How a program ended.
pub(super) struct Answer {
    pub(super) good: bool,
    /// It did not end in its time, or none was left for it.
    pub(super) late: bool,
    pub(super) output: Zeroizing<Vec<u8>>,
    /// On stderr.
    pub(super) said: String,
}

impl Answer {
    fn none(late: bool, said: String) -> Answer {
        Answer { good: false, late, output: Zeroizing::default(), said }
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    /// The first line of what it complains of.
    pub(super) fn complaint(&self) -> &str {
        self.said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it said nothing")
    }
}

impl Tools {
    pub(super) fn new(hidden: Arc<[String]>, until: Instant) -> Tools {
        Tools { hidden, until, silent: RefCell::default() }
    }

    pub(super) fn for_undoing(&self) -> Tools {
        Tools::new(Arc::clone(&self.hidden), self.until.max(Instant::now() + UNDOING))
    }

    /// `None`: there is no such program, or it cannot be started.
    pub(super) fn ask(&self, words: &[&str], input: Option<&[u8]>) -> Option<Answer> {
        let (name, arguments) = words.split_first()?;
        let mut command = Command::new(name);
        command.args(arguments).env("LC_ALL", "C");
        self.answer(command, &self.hidden, input)
    }

    /// The same of a program that has the environment of a timer, with what is in there.
    pub(super) fn run(&self, command: Command) -> Option<Answer> {
        self.answer(command, &[], None)
    }

    fn answer(&self, command: Command, hidden: &[String], input: Option<&[u8]>) -> Option<Answer> {
        let name = command.get_program().to_owned();
        // Half of what is left, so that one that is silent leaves time for the others.
        let patience = (self.until.saturating_duration_since(Instant::now()) / 2).min(PATIENCE);
        let is_silent = |(known, _): &&(OsString, String)| *known == name || patience.is_zero();
        let silent = self.silent.borrow().iter().find(is_silent).cloned();
        if let Some((_, words)) = silent {
            return Some(Answer::none(true, words));
        }
        if patience.is_zero() {
            return Some(Answer::none(true, format!("no time was left for `{}`", name.display())));
        }
        let input = input.map(|input| Input::Bytes(Zeroizing::new(input.to_vec())));
        let (stderr, what) = (Stderr::Kept, What::Program);
        match runner::run(command, Call { input, hidden, largest: LARGEST, stderr, patience, what }) {
            Ok(ended) => Some(Answer {
                good: ended.status.success(),
                late: false,
                output: ended.output,
                said: String::from_utf8_lossy(&ended.said).into_owned(),
            }),
            Err(Failure::NotStarted(_)) => None,
            Err(Failure::Late(why)) => {
                let words = format!("`{}` {why}", name.display());
                self.silent.borrow_mut().push((name, words.clone()));
                Some(Answer::none(true, words))
            }
            Err(Failure::Other(why)) => Some(Answer::none(false, format!("it {why}"))),
        }
    }

    /// It must succeed.
    pub(super) fn call(&self, words: &[&str], input: Option<&[u8]>) -> Result<Answer> {
        match self.ask(words, input) {
            Some(answer) if answer.good => Ok(answer),
            Some(answer) => Err(failed(words, &answer)),
            None => Err(refused(format!("`{}` cannot be run", words.first().unwrap_or(&"")))),
        }
    }
}

/// In its own words.
pub(super) fn failed(words: &[&str], answer: &Answer) -> Error {
    refused(format!("`{}` failed: {}", words.join(" "), answer.complaint()))
}
