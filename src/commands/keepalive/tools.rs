//! Programs of the platform that know its timers: asked in plain English, and without what profiles keep secret.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::base::error::{Error, Result, refused};

pub(super) struct Tools {
    /// Variables that secrets come from: no program is given them.
    pub(super) hidden: Arc<[String]>,
}

/// How a program ended.
pub(super) struct Answer {
    pub(super) good: bool,
    pub(super) output: Vec<u8>,
    /// On stderr.
    pub(super) said: String,
}

impl Answer {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    /// The first line of what it complains of.
    pub(super) fn complaint(&self) -> &str {
        self.said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it said nothing")
    }
}

impl Tools {
    /// `None`: there is no such program, or it cannot be started.
    pub(super) fn ask(&self, words: &[&str], input: Option<&[u8]>) -> Option<Answer> {
        let (name, arguments) = words.split_first()?;
        let mut command = Command::new(name);
        command.args(arguments).env("LC_ALL", "C").stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        for variable in self.hidden.iter() {
            command.env_remove(variable);
        }
        let mut child = command.spawn().ok()?;
        if let (Some(input), Some(mut pipe)) = (input, child.stdin.take()) {
            // One that does not want it says so itself.
            let _ = pipe.write_all(input);
        }
        let output = child.wait_with_output().ok()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Some(Answer { good: output.status.success(), output: output.stdout, said })
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
