//! A request compared with the vendor's document: what it presents, where it departs, and why it would be refused.
//!
//! Departures are words for people and test logs: they name the place and the rule, and never show a value that could be
//! a secret. The first refusal wins; what comes later is still recorded.

use super::Options;
use super::fields::{Fields, well_encoded};
use super::http::Request;
use super::logins::Ask;

pub const FORM: &str = "application/x-www-form-urlencoded";

/// Why a vendor says no. Each vendor words it in its own way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    Method,
    Path,
    /// The request is wrong; the code is one of RFC 6749 section 5.2.
    Request(&'static str),
    Client,
    RefreshToken,
    AccessToken,
    /// What a person knows (a password, a one-time code) is wrong, or no longer asked for.
    Person,
    /// With what `Retry-After` says, if it is sent.
    TooOften(Option<String>),
}

#[derive(Default)]
pub struct Reading {
    /// A refresh, unless the vendor's document has it otherwise.
    pub ask: Ask,
    /// Who shows itself as the client.
    pub client: String,
    pub refresh: Option<String>,
    /// The access token, where the vendor wants it presented.
    pub access: Option<String>,
    /// What is asked for, where the vendor looks at that.
    pub scope: Option<String>,
    pub departures: Vec<String>,
    pub refusal: Option<Refusal>,
}

impl Reading {
    /// A departure that a vendor would let pass.
    pub fn departs(&mut self, words: impl Into<String>) {
        self.departures.push(words.into());
    }

    /// A departure that a vendor would refuse.
    pub fn refuses(&mut self, refusal: Refusal, words: impl Into<String>) {
        self.departs(words);
        self.rejects(refusal);
    }

    /// A refusal that is no departure: the request is in order, what it presents is not.
    pub fn rejects(&mut self, refusal: Refusal) {
        self.refusal.get_or_insert(refusal);
    }

    /// What every vendor wants: POST, a documented path, a length instead of chunks, no secret outside `allowed` headers.
    pub fn common(&mut self, request: &Request, paths: &[&str], allowed: &[&str], options: &Options) {
        if !paths.contains(&request.path.as_str()) {
            self.refuses(Refusal::Path, "the path is not the documented one");
        }
        self.arrives(request, "POST", allowed, options);
    }

    /// The same for a path that is known already, and with another method.
    pub fn arrives(&mut self, request: &Request, method: &str, allowed: &[&str], options: &Options) {
        self.client.clone_from(&options.client_id);
        if request.method != method {
            self.refuses(Refusal::Method, format!("the method is {}, not {method}", plain(&request.method)));
        }
        if request.header("transfer-encoding").is_some() {
            self.refuses(Refusal::Request("invalid_request"), "the body comes with Transfer-Encoding");
        }
        if request.headers_named("host").len() != 1 {
            self.refuses(Refusal::Request("invalid_request"), "not exactly one Host header");
        }
        self.secrets_stay_home(request, allowed, &options.secret_word);
    }

    fn secrets_stay_home(&mut self, request: &Request, allowed: &[&str], word: &str) {
        if word.is_empty() {
            return;
        }
        if request.path.contains(word) {
            self.departs("a secret stands in the path");
        }
        for (name, value) in &request.headers {
            let documented = allowed.iter().any(|other| name.eq_ignore_ascii_case(other));
            if !documented && value.contains(word) {
                self.departs(format!("a secret stands in the header {}", plain(name)));
            }
        }
    }

    pub fn no_query(&mut self, request: &Request) {
        if !request.query.is_empty() {
            self.refuses(Refusal::Request("invalid_request"), "there is a query; no parameter goes there");
        }
    }

    pub fn no_header(&mut self, request: &Request, name: &str) {
        if request.header(name).is_some() {
            self.refuses(Refusal::Request("invalid_request"), format!("there is a header {name}"));
        }
    }

    /// Exactly one header of that name, else a departure that is refused as `refusal`.
    pub fn one_header<'a>(&mut self, request: &'a Request, name: &str, refusal: Refusal) -> Option<&'a str> {
        match request.headers_named(name)[..] {
            [value] => return Some(value),
            [] => self.refuses(refusal, format!("the header {name} is missing")),
            _ => self.refuses(refusal, format!("the header {name} comes twice")),
        }
        None
    }

    /// `kind`, with no parameter but an optional charset=utf-8.
    pub fn content_type(&mut self, request: &Request, kind: &str) {
        let refusal = Refusal::Request("invalid_request");
        let Some(value) = self.one_header(request, "Content-Type", refusal.clone()) else {
            return;
        };
        let (found, charset) = value.split_once(';').unwrap_or((value, "charset=utf-8"));
        let utf8 = charset.trim().eq_ignore_ascii_case("charset=utf-8");
        if !found.trim().eq_ignore_ascii_case(kind) || !utf8 {
            self.refuses(refusal, format!("the content type is not {kind}"));
        }
    }

    /// An answer is asked for that the vendor does not give.
    pub fn accepts_json(&mut self, request: &Request) {
        let Some(value) = request.header("accept") else {
            return;
        };
        if !value.contains("application/json") && !value.contains("*/*") {
            self.departs("Accept leaves out application/json");
        }
    }

    /// The parameters of the body.
    pub fn form(&mut self, request: &Request) -> Fields {
        self.content_type(request, FORM);
        match std::str::from_utf8(&request.body) {
            Ok(text) => self.fields(text, "form"),
            Err(_) => {
                self.refuses(Refusal::Request("invalid_request"), "the form is not UTF-8");
                Fields::default()
            }
        }
    }

    /// Parameters in form encoding, from the body or the query (`place`).
    pub fn fields(&mut self, text: &str, place: &'static str) -> Fields {
        let fields = Fields::parse(text, place);
        if !well_encoded(text) {
            let words = format!("the {place} is not form-encoded");
            self.refuses(Refusal::Request("invalid_request"), words);
        }
        for name in fields.doubled() {
            let words = format!("{place}: {} comes twice", plain(name));
            self.refuses(Refusal::Request("invalid_request"), words);
        }
        fields
    }

    /// A parameter that must be there and not be empty.
    pub fn required(&mut self, fields: &Fields, name: &str) -> Option<String> {
        match fields.get(name) {
            Some("") => self
                .refuses(Refusal::Request("invalid_request"), format!("{}: {name} is empty", fields.place)),
            Some(value) => return Some(value.to_owned()),
            None => self
                .refuses(Refusal::Request("invalid_request"), format!("{}: {name} is missing", fields.place)),
        }
        None
    }

    /// A parameter whose value the document fixes, letter by letter.
    pub fn fixed(&mut self, fields: &Fields, name: &str, value: &str, code: &'static str) {
        let Some(found) = self.required(fields, name) else {
            return;
        };
        if found != value {
            let words = format!("{}: {name} is {}, documented is {value}", fields.place, plain(&found));
            self.refuses(Refusal::Request(code), words);
        }
    }

    /// No parameter but these, spelled like this.
    pub fn only(&mut self, fields: &Fields, names: &[&str]) {
        for name in fields.names() {
            if !names.contains(&name) {
                let words = format!("{}: {} is not documented", fields.place, plain(name));
                self.refuses(Refusal::Request("invalid_request"), words);
            }
        }
    }
}

/// Short words are shown, anything that could be a piece of a secret is not.
pub fn plain(text: &str) -> &str {
    let word = |c: char| c.is_ascii_alphabetic() || "_-. ".contains(c);
    let short = (1..=40).contains(&text.len());
    if short && text.chars().all(word) { text } else { "(something not shown)" }
}
