//! The only file that prints. The terminal's rules:
//!
//! - stdout carries exactly the result, once, at the end; on failure it is empty;
//! - stderr carries `tokcli: …` lines: warnings, steps with `-v`, one error (with `-v` all its causes) and at most one hint;
//! - with `--json` stderr carries nothing but, on failure, one object; warnings go into the result;
//! - a progress bar is drawn on a terminal only, and steps aside for each line;
//! - at a terminal, and only there, a message is broken between words where the line ends (`prose.rs`).
//!
//! - what is for people is made harmless here, whoever's words are in it: names, paths and titles may hold what commands
//!   a terminal or turns text around. Tokens and JSON go out as they are.
//!
//! What vendors say comes here only through `redact.rs`; refresh tokens never do.

#![expect(clippy::disallowed_methods, reason = "this is the door")]

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::base::characters::{escaped_in_json, escaped_in_toml, harmless, harmless_line};
use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result, internal};
use crate::base::mutex::lock;
use crate::base::waiting::{self, Occasion, What};
use crate::credential::issued::Issued;
use crate::surface::printable;
use crate::terminal::arguments::usage::asks_for_json;
use crate::terminal::arguments::{Color, Global};
#[cfg(target_os = "linux")]
use crate::terminal::finding::{self, Finding};
use crate::terminal::objects::{error_object, issued_object};
use crate::terminal::progress::Bar;
use crate::terminal::prose;
use crate::terminal::screen::{Screen, colored};
use crate::terminal::wording;

pub(crate) struct Output {
    json: bool,
    quiet: bool,
    verbose: bool,
    color: Color,
    /// Found out when something is first painted: most runs have nothing to say.
    colored: OnceLock<bool>,
    started: Instant,
    /// The one of several profiles that words are about.
    about: Option<String>,
    progress: OnceLock<Arc<Bar>>,
    warnings: Mutex<Vec<String>>,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Output {
        Output {
            json: global.json,
            quiet: global.quiet,
            verbose: global.verbose && !global.json,
            color: global.color,
            colored: OnceLock::new(),
            started: Instant::now(),
            about: None,
            progress: OnceLock::new(),
            warnings: Mutex::default(),
        }
    }

    /// For one of several profiles: its words name it, and its warnings are its own.
    pub(crate) fn about(&self, profile: &str) -> Output {
        Output {
            about: Some(profile.to_owned()),
            colored: self.colored.clone(),
            progress: self.progress.clone(),
            warnings: Mutex::default(),
            ..*self
        }
    }

    /// For what is looked into on the way to something else: no word of it is told.
    pub(crate) fn silent(&self) -> Output {
        Output {
            quiet: true,
            verbose: false,
            colored: self.colored.clone(),
            about: None,
            progress: self.progress.clone(),
            warnings: Mutex::default(),
            ..*self
        }
    }

    /// For another machine, which gets the warnings with its answer.
    pub(crate) fn for_another_machine(&self) -> Output {
        Output { json: true, ..self.silent() }
    }

    /// Draws how many of `count` are done, if somebody sits there to see it.
    pub(crate) fn begin_progress(&self, count: usize) {
        if self.json || self.quiet || !io::stderr().is_terminal() {
            return;
        }
        let columns = Screen::columns_of_stderr().map_or(usize::MAX, |columns| columns.saturating_sub(1));
        let _ = self.progress.set(Arc::new(Bar::new(count, columns, to_stderr)));
    }

    pub(crate) fn advance(&self) {
        if let Some(progress) = self.progress.get() {
            progress.advance();
        }
    }

    pub(crate) fn end_progress(&self) {
        if let Some(progress) = self.progress.get() {
            progress.end();
        }
    }

    /// `work` has the terminal to itself.
    pub(crate) fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        match self.progress.get() {
            Some(progress) => progress.aside(work),
            None => work(),
        }
    }

    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// Something the user should know although all went well.
    pub(crate) fn warn(&self, words: impl Into<String>) {
        let words = words.into();
        let mut warnings = lock(&self.warnings);
        // A credential is looked at more than once.
        if warnings.contains(&words) {
            return;
        }
        if !self.json && !self.quiet {
            self.line(&format!("{}: ", self.paint("33", "warning")), &format!("{}{words}", self.subject()));
        }
        warnings.push(words);
    }

    /// What was done, what is waited for, or a question: no result, and no warning.
    pub(crate) fn say(&self, words: &str) {
        if !self.json && !self.quiet {
            self.line("", words);
        }
    }

    /// To whoever has just asked for something by a signal.
    pub(crate) fn notice(&self, words: &str) {
        if !self.json {
            self.line("", words);
        }
    }

    /// One step and when it was taken, with `-v`.
    pub(crate) fn step(&self, words: &str) {
        if self.verbose {
            let at = self.started.elapsed().as_secs_f64() * 1000.0;
            self.to_stderr(&format!(
                "tokcli: {at:8.1} ms  {}{}\n",
                harmless_line(&self.subject()),
                harmless_line(words)
            ));
        }
    }

    /// Whoever waits with this run is told for what. `watched`: also when it only takes long, if somebody sits there.
    pub(crate) fn tell_of_waits(&self, watched: bool) {
        if !self.json {
            waiting::tell_by(waits, watched && !self.quiet && io::stderr().is_terminal());
        }
    }

    /// Whether somebody wants to be told what takes long.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_watched(&self) -> bool {
        !self.json && !self.quiet && io::stderr().is_terminal()
    }

    pub(crate) fn has_warned(&self) -> bool {
        !lock(&self.warnings).is_empty()
    }

    fn subject(&self) -> String {
        self.about.as_ref().map(|profile| format!("`{profile}`: ")).unwrap_or_default()
    }

    /// The warnings so far, for `"warnings"` in a JSON result.
    pub(crate) fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.warnings))
    }

    /// An access token as it was asked for: bare and with one newline, or with all that is known of it.
    pub(crate) fn issued(&self, profile: &str, issued: &Issued) -> Result<Vec<u8>> {
        if self.json {
            let object = issued_object(profile, issued, self.take_warnings(), &Moment::now());
            return Ok(json_line(&object).into_bytes());
        }
        let bare = printable(&issued.access.token).map_err(|error| error.hint("`--json` can carry it"))?;
        Ok([bare.as_bytes(), b"\n"].concat())
    }

    /// One line of text, or several.
    pub(crate) fn text(&self, text: &str) -> Result<()> {
        self.to_stdout(harmless(text).as_bytes())
    }

    /// `None` unless text for people belongs on stdout, and it is a terminal.
    pub(crate) fn screen(&self) -> Option<Screen> {
        if self.json { None } else { Screen::of_stdout(self.color) }
    }

    /// `None` unless something may be drawn on stderr. With the number of its rows.
    pub(crate) fn canvas(&self) -> Option<(Screen, usize)> {
        if self.json { None } else { Screen::of_stderr(self.color) }
    }

    /// On stderr, and harmless already: only what this program makes up itself, such as a QR code.
    pub(crate) fn draw(&self, drawing: &str) {
        if !self.json {
            self.to_stderr(drawing);
        }
    }

    /// What [`table::fitted`](crate::terminal::table::fitted) made: harmless already, and perhaps with colours.
    pub(crate) fn table(&self, table: &str) -> Result<()> {
        self.to_stdout(table.as_bytes())
    }

    /// A file's text in TOML, that somebody may save and others read through.
    pub(crate) fn source(&self, text: &str) -> Result<()> {
        self.to_stdout(escaped_in_toml(text).as_bytes())
    }

    /// What another program reads, as it is.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<()> {
        self.to_stdout(bytes)
    }

    /// One JSON object on one line.
    pub(crate) fn object(&self, value: &Value) -> Result<()> {
        self.to_stdout(json_line(value).as_bytes())
    }

    /// What a failure looks like at length; with `--json` the one object must do.
    pub(crate) fn report(&self, text: &str) {
        if !self.json {
            self.to_stderr(&harmless(text));
        }
    }

    /// One of several things wrong; with `--json` they are in the one object.
    pub(crate) fn error_line(&self, words: &str) {
        if !self.json {
            self.line(&format!("{}: ", self.paint("1;31", "error")), words);
        }
    }

    /// One of ours: `label` is, `words` may be anybody's.
    fn line(&self, label: &str, words: &str) {
        self.to_stderr(&self.prose(&format!("tokcli: {label}"), words));
    }

    /// One line; at a terminal of several, if it is too long for one.
    fn prose(&self, begin: &str, words: &str) -> String {
        let columns = (!self.json).then(Screen::columns_of_stderr).flatten();
        prose::lines(begin, &harmless_line(words), columns)
    }

    pub(crate) fn error(&self, profile: Option<&str>, error: &Error) {
        if error.silent {
            return;
        }
        if self.json {
            return self.to_stderr(&json_line(&error_object(profile, error)));
        }
        let label = self.paint("1;31", "error");
        let mut words = self.prose(&format!("tokcli: {label}: "), &error.to_string());
        if self.verbose {
            let causes = error.further_causes().map(|cause| harmless_line(&cause));
            words.extend(causes.map(|cause| format!("cause: {cause}\n")));
        }
        let later = error.retry_after.filter(|seconds| *seconds > 0);
        let later = later.map(|seconds| format!("try again in {seconds} s"));
        if let Some(hint) = error.hint.as_ref().or(later.as_ref()) {
            words += &self.prose(&format!("{}: ", self.paint("36", "hint")), hint);
        }
        if let Some(sealed) = &error.sealed {
            words += &format!("sealed: {sealed}\n");
        }
        self.to_stderr(&words);
    }

    fn paint(&self, style: &str, word: &str) -> String {
        let colored = *self.colored.get_or_init(|| colored(self.color, &io::stderr()));
        if colored { format!("\x1b[{style}m{word}\x1b[0m") } else { word.to_owned() }
    }

    fn to_stdout(&self, bytes: &[u8]) -> Result<()> {
        self.aside(|| to_stdout(bytes))
    }

    fn to_stderr(&self, text: &str) {
        self.aside(|| to_stderr(text));
    }
}

fn json_line(value: &Value) -> String {
    escaped_in_json(&value.to_string()) + "\n"
}

fn to_stdout(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|cause| {
        let mut error = internal("cannot write to standard output").because(&cause);
        error.silent = cause.kind() == io::ErrorKind::BrokenPipe;
        debug_assert_eq!(error.code, Code::Internal);
        error
    })
}

/// A wrong command line, before there is an [`Output`].
pub(crate) fn usage(error: &Error, json: bool) {
    if json {
        to_stderr(&json_line(&error_object(None, error)));
    } else {
        let columns = Screen::columns_of_stderr();
        let hint = error.hint.as_ref().map(|hint| prose::lines("hint: ", &harmless_line(hint), columns));
        // With the usage it is of several lines.
        let words = harmless(&error.to_string());
        to_stderr(&format!("tokcli: error: {words}\n{}", hint.unwrap_or_default()));
    }
}

/// What `doctor` finds where nobody can look further.
#[cfg(target_os = "linux")]
pub(crate) fn found(finding: Finding, json: bool) {
    let all = [finding];
    let text = if json { json_line(&finding::object(&all)) } else { finding::lines(&all) };
    // The exit status says that something is wrong.
    let _ = to_stdout(text.as_bytes());
}

/// What a shell is to offer next, for the shell alone.
pub(crate) fn completed(text: &[u8]) {
    let _ = to_stdout(text);
}

/// A defect of ours, told without an [`Output`]; what the program had in hand is not shown.
pub(crate) fn panicked(place: &str, code: Code) {
    let words = format!("internal error at {place}, please report it");
    let error = match code {
        Code::UnreadableAnswer => Error::new(code, format!("{words}; the answer is kept sealed"))
            .hint("a newer tokcli may read it; a new login and `tokcli import --replace` do without it"),
        Code::NoAnswer => {
            Error::new(code, format!("{words}; whether the refresh token was used is not known"))
        }
        _ => Error::new(code, words),
    };
    usage(&error, asks_for_json());
}

/// Said on a thread of its own, mostly.
pub(crate) fn waits(what: What, left: Option<Duration>, occasion: Occasion) {
    let words = wording::waits(what, left, occasion);
    to_stderr(&prose::lines("tokcli: ", &words, Screen::columns_of_stderr()));
}

/// Nobody is left to tell if stderr is gone.
fn to_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
