//! An answer that a vendor gave, with all that may be somebody's replaced by something of the same form: letters by letters,
//! digits by digits, a JSON Web Token by another one. What stays are words that anybody may see, dates and lifetimes.

use std::collections::{BTreeMap, BTreeSet};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Map, Value};

use super::answer::{is_harmless_word, tells_a_time};
use super::curl;
use super::looks::is_jwt;
use crate::base::order::Arrange as _;
use crate::dialect::draft::word_list::canonical;
use crate::dialect::schema::{Dialect, Exchange, Selector};

/// What replaces what; the same always by the same.
pub(crate) struct Disguise {
    known: BTreeMap<String, String>,
    /// What the dialect compares with: a test must hold of the record, too.
    compared: Vec<Value>,
    /// The names by which it finds something.
    looked_for: BTreeSet<String>,
    /// In lower case, as `contains` has it.
    contained: Vec<String>,
    drawn: u64,
}

/// Shorter ones stand in many a word by chance.
const TELLING: usize = 6;

/// A longer number may be somebody's.
const COUNT: usize = 2;

impl Disguise {
    pub(crate) fn of(dialect: &Dialect) -> Disguise {
        let tests = dialect.exchanges.values().flat_map(Exchange::tests);
        let compared = tests.flat_map(|test| test.equals.iter().chain(&test.not_equals).flatten().cloned());
        let tests = dialect.exchanges.values().flat_map(Exchange::tests);
        let contained = tests.flat_map(|test| test.contains.iter().flatten().cloned());
        let selectors = dialect.exchanges.values().flat_map(Exchange::selectors);
        let places: Vec<String> = selectors.map(Selector::source).collect();
        let looked_for = places.iter().flat_map(|place| place.split('/').skip(1).map(unescaped));
        Disguise {
            known: BTreeMap::new(),
            compared: compared.collect(),
            looked_for: looked_for.collect(),
            contained: contained.collect(),
            drawn: 0,
        }
    }

    /// Words apart, of which those stay that anybody may see.
    pub(crate) fn words(&mut self, text: &str) -> String {
        let shown = |word: &str| if is_harmless_word(word) { word.to_owned() } else { self.text(word) };
        text.split(' ').map(shown).collect::<Vec<_>>().join(" ")
    }

    /// What is secret wherever it stands, also where nobody knows what is what.
    pub(crate) fn learn(&mut self, secrets: impl IntoIterator<Item = String>) {
        for secret in secrets.into_iter().filter(|secret| !secret.trim().is_empty()) {
            self.text(&secret);
        }
    }

    /// Whether something that was replaced stands in it all the same.
    pub(crate) fn is_seen_in(&self, text: &str) -> bool {
        let replaced = self.known.iter().filter(|(was, is)| was != is && was.len() >= TELLING);
        let mut seen = replaced.filter(|(was, _)| text.contains(was.as_str()));
        // What is part of something made up is there by chance.
        seen.any(|(was, _)| !self.known.values().any(|is| is.contains(was.as_str())))
    }

    /// Another text of the same form.
    pub(crate) fn text(&mut self, text: &str) -> String {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let made_up = match text.split_once("://") {
            Some((scheme, rest)) if scheme.bytes().all(|b| b.is_ascii_lowercase()) => {
                format!("{scheme}://{}", self.letters(rest))
            }
            _ if is_jwt(text) => self.token(text),
            _ => self.letters(text),
        };
        self.known.insert(text.to_owned(), made_up.clone());
        made_up
    }

    fn letters(&mut self, text: &str) -> String {
        let mut other = |c: char| {
            // Knuth's generator: nobody need foresee it, for nothing of the text goes into it.
            self.drawn =
                self.drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let drawn = u8::try_from(self.drawn >> 59).unwrap_or_default();
            match c {
                'a'..='z' => char::from(b'a' + drawn % 26),
                'A'..='Z' => char::from(b'A' + drawn % 26),
                '0'..='9' => char::from(b'0' + drawn % 10),
                c if c.is_ascii() => c,
                _ => 'x',
            }
        };
        text.chars().map(&mut other).collect()
    }

    /// Header and claims in disguise, and another signature.
    fn token(&mut self, text: &str) -> String {
        let parts: Vec<&str> = text.splitn(3, '.').collect();
        let mut part = |part: &str| {
            let tree = BASE64_URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok();
            let tree = tree.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
            match tree {
                Some(tree) => BASE64_URL_SAFE_NO_PAD.encode(self.value("", &tree).to_string()),
                None => self.letters(part),
            }
        };
        let (header, claims) = (part(parts[0]), part(parts[1]));
        format!("{header}.{claims}.{}", self.letters(parts[2]))
    }

    /// The body of an answer, whatever it is.
    pub(crate) fn body(&mut self, text: &str) -> String {
        if let Ok(tree) = serde_json::from_str::<Value>(text) {
            return match tree {
                Value::String(bare) => Value::String(self.text(&bare)).to_string(),
                tree => self.value("", &tree).to_string(),
            };
        }
        if text.trim_start().starts_with('<') {
            return self.markup(text);
        }
        let is_form = !text.contains(char::is_whitespace) && text.contains('=');
        if is_form {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in curl::pairs(text) {
                let value = self.value(&name, &Value::String(value));
                form.append_pair(&name, value.as_str().unwrap_or_default());
            }
            return form.finish();
        }
        let within = text.find(['{', '[']).zip(text.rfind(['}', ']'])).filter(|(from, to)| from < to);
        if let Some((from, to)) = within
            && let Ok(tree) = serde_json::from_str::<Value>(&text[from..=to])
        {
            let (before, after) = (self.runs(&text[..from]), self.runs(&text[to + 1..]));
            return format!("{before}{}{after}", self.value("", &tree));
        }
        self.runs(text)
    }

    /// The value of a cookie, and whatever stands in any other header.
    pub(crate) fn header(&mut self, name: &str, value: &str) -> String {
        let cookie = value.split_once('=').filter(|_| name.eq_ignore_ascii_case("set-cookie"));
        match cookie {
            Some((of, rest)) => {
                let (value, attributes) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
                format!("{of}={}{attributes}", self.text(value))
            }
            None => self.body(value),
        }
    }

    /// Texts of elements and values of attributes, but for addresses, which name what elements mean.
    fn markup(&mut self, text: &str) -> String {
        let mut whole = String::new();
        for (at, piece) in text.split('<').enumerate() {
            let Some((tag, content)) = piece.split_once('>').filter(|_| at > 0) else {
                whole += &self.runs(piece);
                continue;
            };
            whole.push('<');
            for (at, part) in tag.split('"').enumerate() {
                if at > 0 {
                    whole.push('"');
                }
                let is_value = at % 2 == 1 && !part.contains("://") && !tag.starts_with(['?', '!']);
                whole += &if is_value { self.shown_in_markup(part) } else { part.to_owned() };
            }
            whole.push('>');
            whole += &self.shown_in_markup(content);
        }
        whole
    }

    fn shown_in_markup(&mut self, text: &str) -> String {
        let bare = text.trim();
        let known = self.compared.iter().any(|one| one.as_str() == Some(bare));
        if bare.is_empty() || known {
            return text.to_owned();
        }
        let shown = self.string("", bare);
        text.replacen(bare, shown.as_str().unwrap_or_default(), 1)
    }

    /// Of a text in which nobody knows what is what: whatever is no word that anybody may see.
    fn runs(&mut self, text: &str) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "+/_=.~-".contains(c);
        let mut whole = String::new();
        for run in text.split_inclusive(|c: char| !is_part(c)) {
            let (run, end) = match run.char_indices().next_back() {
                Some((at, last)) if !is_part(last) => run.split_at(at),
                _ => (run, ""),
            };
            let stays = run.len() <= COUNT || is_harmless_word(run);
            whole += &if stays { run.to_owned() } else { self.text(run) };
            whole += end;
        }
        // The longer first: one may be part of another.
        let mut known: Vec<(&String, &String)> = self.known.iter().collect();
        known.arrange_by_key(|(was, _)| std::cmp::Reverse(was.len()));
        known.into_iter().fold(whole, |text, (was, is)| text.replace(was.as_str(), is))
    }

    fn value(&mut self, name: &str, value: &Value) -> Value {
        if self.compared.contains(value) {
            return value.clone();
        }
        match value {
            Value::Object(members) => {
                let mut all = Map::new();
                for (name, value) in members {
                    let stays = self.looked_for.contains(name) || is_harmless_word(name);
                    let shown = if stays { name.clone() } else { self.text(name) };
                    all.insert(shown, self.value(name, value));
                }
                Value::Object(all)
            }
            Value::Array(items) => items.iter().map(|item| self.value(name, item)).collect(),
            Value::String(text) => self.string(name, text),
            Value::Number(number) => {
                let digits = number.to_string();
                let stays = digits.len() <= COUNT || is_about_time(name) || says_how_it_went(name);
                if stays { value.clone() } else { self.text(&digits).parse().unwrap_or(0).into() }
            }
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    fn string(&mut self, name: &str, text: &str) -> Value {
        let inner =
            serde_json::from_str::<Value>(text).ok().filter(|inner| inner.is_object() || inner.is_array());
        if let Some(inner) = inner {
            return self.value(name, &inner).to_string().into();
        }
        let is_a_time = text.parse::<jiff::Timestamp>().is_ok()
            || text.parse::<jiff::civil::DateTime>().is_ok()
            || (is_about_time(name) && text.len() <= 30 && text.bytes().any(|b| b.is_ascii_digit()));
        // Scopes and words of the vendor are words apart.
        let words = text.split([' ', ',']).all(|word| word.is_empty() || is_harmless_word(word));
        if is_a_time || words {
            return text.into();
        }
        let lower = text.to_ascii_lowercase();
        let found = self.contained.iter().find_map(|part| Some((lower.find(part)?, part.len())));
        match found {
            Some((at, length)) => {
                let (before, rest) = text.split_at(at);
                let (part, after) = rest.split_at(length);
                format!("{}{part}{}", self.letters(before), self.letters(after)).into()
            }
            None => self.text(text).into(),
        }
    }
}

/// RFC 6901 section 4.
fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// `expires_in`, `issued_at`, `iat`: what is named so is a time or a span.
fn is_about_time(name: &str) -> bool {
    let name = canonical(name);
    let ends = ["time", "date", "timestamp", "iat", "nbf", "exp", "createdat", "issuedat", "updatedat"];
    tells_a_time(&name) || ends.iter().any(|end| name.ends_with(end))
}

/// `code`, `status`, `errcode`: numbers of the vendor's own.
fn says_how_it_went(name: &str) -> bool {
    let name = canonical(name);
    ["code", "status", "errno", "ret", "result"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::UserDialects;

    #[test]
    fn nothing_of_anybody_stays_whatever_the_body_is() {
        let dialect = UserDialects::default().load("oauth2").expect("known").expect("whole");
        let secrets = ["realtoken12345", "hunter2abc", "jane@corp.example", "Jane Roe"];
        for (body, stays) in [
            ("realtoken12345", ""),
            ("<r a=\"hunter2abc\"><t>realtoken12345</t><n>Jane Roe</n><e>true</e></r>", "</t><n>"),
            (
                "<e:r xmlns:e=\"http://e.example/\"><t> realtoken12345 </t></e:r>",
                "xmlns:e=\"http://e.example/\"",
            ),
            ("sid=hunter2abc&info={\"who\":\"jane@corp.example\"}&token_type=bearer", "token_type=bearer"),
            (
                "callback({\"token\":\"realtoken12345\",\"expires_in\":3600}); // hunter2abc",
                "\"expires_in\":3600}); // ",
            ),
            (
                "{\"error\":\"invalid_grant\",\"who\":[\"Jane Roe\",\"jane@corp.example\"]}",
                "\"invalid_grant\"",
            ),
            ("{\"j\":\"{\\\"t\\\":\\\"hunter2abc\\\"}\"}", "{\\\"t\\\":"),
        ] {
            let mut disguise = Disguise::of(&dialect);
            disguise.learn(secrets[..2].iter().map(|secret| (*secret).to_owned()));
            let shown = disguise.body(body);
            assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{body}: {shown}");
            assert!(
                shown.contains(stays) && (shown.len() == body.len() || body.contains('&')),
                "{body}: {shown}"
            );
            assert!(!disguise.is_seen_in(&shown) && disguise.is_seen_in(&format!("x{}", secrets[0])));
        }
        let mut disguise = Disguise::of(&dialect);
        let cookie = disguise.header("Set-Cookie", "session=hunter2abc; Path=/; Max-Age=60");
        assert!(cookie.starts_with("session=") && cookie.ends_with("; Path=/; Max-Age=60"), "{cookie}");
        assert!(!cookie.contains("hunter2abc"), "{cookie}");
    }
}
