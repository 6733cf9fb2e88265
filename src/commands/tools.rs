//! Other people's programs that are asked for what they have at hand: in plain English, without what profiles keep secret, and
//! not for longer than the deadline leaves.

use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::base::error::{Error, Result, refused};
use crate::base::runner::{self, Call, Failure, Input, Stderr};
use crate::base::waiting::What;

pub(in crate::commands) struct Tools {
    /// Variables that secrets come from: no program is given them.
    hidden: Arc<[String]>,
    pub(in crate::commands) until: Instant,
    /// Programs that did not end in their time, and what is said of them. They are not asked again.
    silent: RefCell<Vec<(OsString, String)>>,
}

const PATIENCE: Duration = Duration::from_secs(30);
/// What is half done is undone after the deadline, too.
const UNDOING: Duration = Duration::from_secs(10);
/// In bytes, of what one prints: no crontab and no list of profiles is larger.
const LARGEST: usize = 4 << 20;

/// How a program ended.
pub(in crate::commands) struct Answer {
    pub(in crate::commands) good: bool,
    /// `None`: it did not end by itself.
    pub(in crate::commands) code: Option<i32>,
    /// It did not end in its time, or none was left for it.
    pub(in crate::commands) late: bool,
    pub(in crate::commands) output: Zeroizing<Vec<u8>>,
    /// On stderr.
    pub(in crate::commands) said: String,
}

impl Answer {
    fn none(late: bool, said: String) -> Answer {
        Answer { good: false, code: None, late, output: Zeroizing::default(), said }
    }

    pub(in crate::commands) fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    /// The first line of what it complains of.
    pub(in crate::commands) fn complaint(&self) -> &str {
        self.said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it said nothing")
    }
}

impl Tools {
    pub(in crate::commands) fn new(hidden: Arc<[String]>, until: Instant) -> Tools {
        Tools { hidden, until, silent: RefCell::default() }
    }

    pub(in crate::commands) fn for_undoing(&self) -> Tools {
        Tools::new(Arc::clone(&self.hidden), self.until.max(Instant::now() + UNDOING))
    }

    /// `None`: there is no such program, or it cannot be started.
    pub(in crate::commands) fn ask(&self, words: &[&str], input: Option<&[u8]>) -> Option<Answer> {
        let (name, arguments) = words.split_first()?;
        let mut command = Command::new(name);
        command.args(arguments).env("LC_ALL", "C");
        self.answer(command, &self.hidden, input)
    }

    /// The same of a program that has the environment of a timer, with what is in there.
    pub(in crate::commands) fn run(&self, command: Command) -> Option<Answer> {
        self.answer(command, &[], None)
    }

    fn answer(&self, command: Command, hidden: &[String], input: Option<&[u8]>) -> Option<Answer> {
        let name = known_as(command.get_program());
        // Half of what is left, so that one that is silent leaves time for the others.
        let patience = (self.until.saturating_duration_since(Instant::now()) / 2).min(PATIENCE);
        let silent = self.silence(&name).or_else(|| self.first_silence().filter(|_| patience.is_zero()));
        if let Some(words) = silent {
            return Some(Answer::none(true, words));
        }
        if patience.is_zero() {
            return Some(Answer::none(true, format!("no time was left for `{}`", name.display())));
        }
        let input = input.map(|input| Input::Bytes(Zeroizing::new(input.to_vec())));
        let (stderr, what) = (Stderr::Kept, What::Program);
        match runner::run(
            command,
            Call { input, hidden, largest: LARGEST, stderr, ..Call::new(what, patience) },
        ) {
            Ok(ended) => Some(Answer {
                good: ended.status.success(),
                code: ended.status.code(),
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

    /// What is said of a program that did not end in its time.
    pub(in crate::commands) fn silence(&self, name: impl AsRef<OsStr>) -> Option<String> {
        let name = known_as(name.as_ref());
        self.silent.borrow().iter().find(|(known, _)| *known == name).map(|(_, words)| words.clone())
    }

    fn first_silence(&self) -> Option<String> {
        self.silent.borrow().first().map(|(_, words)| words.clone())
    }

    /// It must succeed.
    pub(in crate::commands) fn call(&self, words: &[&str], input: Option<&[u8]>) -> Result<Answer> {
        match self.ask(words, input) {
            Some(answer) if answer.good => Ok(answer),
            Some(answer) => Err(failed(words, &answer)),
            None => Err(refused(format!("`{}` cannot be run", words.first().unwrap_or(&"")))),
        }
    }
}

/// Several links may lead to one program.
fn known_as(name: &OsStr) -> OsString {
    let path = Path::new(name);
    let target = path.is_absolute().then(|| path.canonicalize().ok()).flatten();
    target.map_or_else(|| name.to_owned(), PathBuf::into_os_string)
}

/// In its own words.
pub(in crate::commands) fn failed(words: &[&str], answer: &Answer) -> Error {
    refused(format!("`{}` failed: {}", words.join(" "), answer.complaint()))
}
