//! What `doctor` found, as it is printed: one line each, or one object for all. Also the small program says what it finds
//! so, where there is no engine to look further.

use serde_json::{Value, json};

use crate::base::characters::harmless_line;
use crate::base::error::Error;

pub(crate) struct Finding {
    /// Which check it is of; the names are a contract (`docs/reference.md`).
    pub(crate) check: &'static str,
    pub(crate) profile: Option<String>,
    pub(crate) message: String,
    /// A command or a line to write. `None`: there is nothing to mend, and it is only good to know.
    pub(crate) mend: Option<String>,
    /// It was mended just now.
    pub(crate) fixed: bool,
}

impl Finding {
    /// In the words of the code that stumbled over it. `or`: how it is mended, if those do not say.
    pub(crate) fn of(check: &'static str, error: &Error, or: impl FnOnce() -> String) -> Finding {
        let mend = Some(error.hint.clone().unwrap_or_else(or));
        Finding { check, profile: None, message: error.message(), mend, fixed: false }
    }

    pub(crate) fn new(check: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { check, profile: None, message: message.into(), mend: Some(mend.into()), fixed: false }
    }

    /// Nothing is wrong with it.
    pub(crate) fn note(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { check, profile: None, message: message.into(), mend: None, fixed: false }
    }

    pub(crate) fn about(self, profile: &str) -> Finding {
        Finding { profile: Some(profile.to_owned()), ..self }
    }

    pub(crate) fn needs_mending(&self) -> bool {
        self.mend.is_some() && !self.fixed
    }

    fn line(&self) -> String {
        let about = self.profile.as_ref().map(|profile| format!(" `{profile}`")).unwrap_or_default();
        let mend = match &self.mend {
            Some(mend) if self.fixed => format!(" -- fixed: {mend}"),
            Some(mend) => format!(" -- mend: {mend}"),
            None => String::new(),
        };
        harmless_line(&format!("{}{about}: {}{mend}", self.check, self.message)) + "\n"
    }

    fn value(&self) -> Value {
        json!({
            "check": self.check,
            "profile": self.profile,
            "message": self.message,
            "mend": self.mend,
            "fixed": self.fixed,
        })
    }
}

pub(crate) fn lines(findings: &[Finding]) -> String {
    match findings {
        [] => "nothing is wrong\n".to_owned(),
        some => some.iter().map(Finding::line).collect(),
    }
}

pub(crate) fn object(findings: &[Finding]) -> Value {
    json!({ "version": 1, "findings": findings.iter().map(Finding::value).collect::<Vec<_>>() })
}
