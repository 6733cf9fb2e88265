//! What types alone cannot say of a dialect: whether its parts go together, and
//! whether every template can be filled in. All of it, before anything is sent.

mod answer;
mod conditions;
mod further;
mod limits;
mod login;
mod request;
mod sent;
mod steps;
mod template;
mod visit;

use super::flow::{self, Step};
use super::made;
use super::schema::{Dialect, Exchange, Expiry, REFRESH, REVOKE};
use crate::base::suggest;
use crate::base::toml_source::Fault;
use crate::credential::reading::LifetimeKind;

pub(super) fn faults(dialect: &Dialect) -> Vec<Found> {
    let mut all = Faults { dialect, found: Vec::new() };
    if !all.limits() {
        return all.found;
    }
    all.metadata();
    all.steps();
    for name in dialect.exchanges.keys() {
        dialect.step(name).iter().for_each(|step| all.exchange(step));
    }
    all.chain();
    all.made();
    all.now_and_then();
    all.logins();
    all.further();
    all.foreign_names();
    all.led_by_others();
    all.found
}

pub(super) struct Found {
    pub(super) fault: Fault,
    /// The part that it is about as a whole: what is wrong in there may be the cause of it.
    pub(super) of: Option<&'static str>,
}

/// The faults of one dialect as they are found.
struct Faults<'a> {
    dialect: &'a Dialect,
    found: Vec<Found>,
}

impl Faults<'_> {
    fn add(&mut self, path: &[&str], words: &str) {
        self.add_fault(None, Fault::at(path, words));
    }

    fn add_of(&mut self, part: &'static str, path: &[&str], words: &str) {
        self.add_fault(Some(part), Fault::at(path, words).about(part));
    }

    fn add_fault(&mut self, of: Option<&'static str>, mut fault: Fault) {
        let made = |name: &String| self.dialect.exchanges.get(name).is_some_and(|one| one.makes.is_some());
        if fault.path().get(1).is_some_and(made)
            && let Some(path) = made::written_at(fault.path())
        {
            fault = fault.with_path(path);
        }
        self.found.push(Found { fault, of });
    }

    fn no_such_exchange(&mut self, at: &[&str], name: &str) {
        let known = self.dialect.exchanges.keys().map(String::as_str);
        let close = suggest::did_you_mean(name, known);
        let advice = close.map(|close| format!(", did you mean `{close}`?"));
        let advice = advice.unwrap_or_else(|| "; add it under `exchanges`".to_owned());
        let words = format!("no such exchange{advice}");
        let fault = Fault::at(at, &words).about("exchanges").meaning(close);
        self.add_fault(Some("exchanges"), fault);
    }

    /// What it says of the vendor beside its exchanges.
    fn metadata(&mut self) {
        let dialect = self.dialect;
        let graceful = dialect.rotation.word().starts_with("grace-");
        if graceful && dialect.grace.is_none() {
            let words = "this class needs a `grace`, such as `grace = \"30s\"`";
            self.add_of("grace", &["rotation"], words);
        }
        if !graceful && dialect.grace.is_some() {
            let words = "works only with the rotation classes `grace-same` and `grace-new`";
            self.add_of("rotation", &["grace"], words);
        }
        if dialect.refresh_lifetime_kind == LifetimeKind::Absolute && dialect.refresh_lifetime.is_none() {
            let words = "`absolute` needs a `refresh_lifetime`, such as `refresh_lifetime = \"30d\"`";
            self.add_of("refresh_lifetime", &["refresh_lifetime_kind"], words);
        }
        for (index, host) in dialect.hosts.iter().enumerate() {
            let literal = url::Url::parse(&format!("https://{host}/"));
            let whole = literal.is_ok_and(|url| url.host_str() == Some(host) && url.port().is_none());
            if !whole || host.contains('*') {
                let words = "write the name of a host in lower case, without scheme, port or path; `*` is not a wildcard here";
                self.add(&["hosts", &index.to_string()], words);
            }
        }
        self.params();
    }

    fn params(&mut self) {
        let dialect = self.dialect;
        for (name, rule) in &dialect.params {
            // Templates must be able to name it.
            if !is_identifier(name) {
                let words =
                    "the name of a param consists of letters, digits and `_`, and begins with a letter";
                self.add(&["params", name], words);
            }
            for (key, given) in [("default", rule.default.is_some()), ("one_of", rule.one_of.is_some())] {
                if rule.secret && given {
                    self.add(&["params", name, key], "a secret is never written in a dialect; remove this");
                }
            }
            if let (Some(default), Some(one_of)) = (&rule.default, &rule.one_of)
                && !one_of.contains(default)
            {
                self.add(
                    &["params", name, "default"],
                    "is not in `one_of`; write one of those, or add it there",
                );
            }
            if rule.one_of.as_ref().is_some_and(Vec::is_empty) {
                self.add(&["params", name, "one_of"], "has no value; write at least one");
            }
        }
    }

    fn exchange(&mut self, step: &Step<'_>) {
        let answer = ["exchanges", step.name, "answer"];
        if !is_identifier(step.name) {
            self.add(&answer[..2], "the name of an exchange consists of letters, digits and `_`");
        }
        self.request(step);
        self.keep(step);
        self.expiries(step);
        self.put_together(step);
        // Which one is last is told elsewhere, if it is another.
        let own = step.exchange.like.is_none() && step.exchange.answer.access_token.is_some();
        if own && !step.may_be_last() {
            let words = "only the last step gives the access token; keep this one for it: `keep = { token = { at = \"…\", secret = true } }`, then `{{ kept.token }}`";
            self.add(&[&answer[..], &["access_token"]].concat(), words);
        }
        self.refusals(step);
        self.tests(step);
        self.selectors(step);
    }
}

/// What is right and yet worth a word.
pub(super) fn remarks(dialect: &Dialect) -> Vec<Remark<'_>> {
    const BARE: &str = "relies on a bare status, which anything in front of the vendor can give as well; test the vendor's words, or write in `documentation` where the vendor says so";
    const UTC: &str = "gives a time of day without an `offset`, so UTC is meant; write the vendor's own as in `offset = \"+05:30\"`";
    let mut all = Vec::new();
    for (exchange, Exchange { refusals, answer, like, .. }) in &dialect.exchanges {
        let weak = refusals.iter().enumerate().filter(|(_, refusal)| refusal.is_guessed());
        all.extend(weak.map(|(at, _)| Remark { exchange, about: About::Refusal(at), words: BARE }));
        let expiries =
            [("access_expires", &answer.access_expires), ("refresh_expires", &answer.refresh_expires)];
        for (key, expiries) in expiries.into_iter().filter(|_| like.is_none()) {
            let bare = |expiry: &Expiry| expiry.time_of_day.is_some() && expiry.offset.is_none();
            let bare = expiries.iter().any(bare);
            all.extend(bare.then_some(Remark { exchange, about: About::Answer(key), words: UTC }));
        }
    }
    all
}

pub(super) struct Remark<'a> {
    pub(super) exchange: &'a String,
    pub(super) about: About,
    pub(super) words: &'static str,
}

pub(super) enum About {
    /// By its number among all of its exchange.
    Refusal(usize),
    /// A key of its answer.
    Answer(&'static str),
}

/// An address for people to read at.
fn is_page(text: &str) -> bool {
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    plain && url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

/// What templates can name.
fn is_identifier(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// An exchange that nothing sends is mostly a slip, and then lacks all that another has.
pub(super) fn stranger(table: &toml::Table) -> Option<Fault> {
    let sent = flow::exchanges(table);
    let exchanges = table.get("exchanges")?.as_table()?;
    let name = exchanges.keys().find(|name| *name != REFRESH && !sent.contains(*name))?;
    let all = || sent.iter().map(String::as_str);
    let missing = all().filter(|step| !exchanges.contains_key(*step));
    let close = suggest::did_you_mean(name, missing).or(suggest::did_you_mean(name, all()));
    let words = match close {
        Some(close) => format!("no step sends it, did you mean `{close}`?"),
        None if name == REVOKE => {
            "nothing sends it without the table `revocation`; an empty table is enough".to_owned()
        }
        None => format!(
            "no step sends it; list it in `steps`, as in `steps = [\"session\", \"refresh\"]`, or add `logins.{name}` if it is a login"
        ),
    };
    Some(Fault::at(&["exchanges", name], &words).meaning(close))
}

/// Each fault of a dialect of these lines, as `path: words`.
#[cfg(test)]
fn told(lines: &str) -> Vec<String> {
    let dialect: Dialect = toml::from_str(lines).unwrap_or_else(|why| panic!("{lines}: {why}"));
    let all = faults(&dialect).into_iter().map(|found| found.fault);
    all.map(|fault| format!("{}: {}", fault.path().join("."), fault.words())).collect()
}
