//! Reading is a ladder: first strictly what is declared; then what transport and habit did to the bytes is undone, rung
//! by rung, only as far as needed, and each rung is told. It knows no place of the dialect's: what it gives are trees,
//! and tokens are looked for in these where the dialect says, and nowhere else.

mod charset;
mod encoding;
mod loose;
mod oddity;
mod page;
mod values;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub(super) use self::oddity::Oddity;
pub(super) use self::values::Candidate;
use self::values::Wanted;
use super::body;
use crate::dialect::schema::Format;
use crate::http::message::RawAnswer;

/// So many characters are looked at for each that came: brackets of other text are tried and given up.
const FUEL: usize = 8;

/// What a body is, as far as it can be told.
pub(super) struct Climbed {
    /// What may be meant by it; none: it cannot be read.
    pub(super) candidates: Vec<Candidate>,
    /// It begins as HTML.
    pub(super) is_page: bool,
    /// Nothing but blanks.
    pub(super) is_blank: bool,
    /// Without blanks around it, and without what was done to it on its way.
    pub(super) text: String,
}

/// `list`: somebody looks into a body that is a list.
pub(super) fn climb(formats: &[Format], list: bool, raw: &RawAnswer) -> Climbed {
    let named = |name| {
        let values = raw.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        values.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(",")
    };
    let bare = encoding::undo(&raw.body, &named("content-encoding"), raw.garbled.is_some());
    let (text, charset) = charset::text(&bare.bytes, &declared_charset(&named("content-type"), &bare.bytes));
    let whole = raw.complete && !bare.cut;
    let climber = Climber { formats, list, whole, text: &text, fuel: FUEL * text.len() + 1_000 };
    let is_page = page::begins(&text);
    let is_blank = text.trim_matches(loose::is_blank).is_empty();
    // A text may be Base64 and still be meant as it is.
    let plain = charset.is_none() && [None, Some(&Oddity::Base64)].contains(&bare.odd.first());
    let strictly = climber.strictly(&raw.body, is_page).filter(|_| plain || formats == [Format::None]);
    let candidates = match strictly {
        Some(one) => vec![one],
        None => {
            let mut all = climber.leniently(is_page);
            for candidate in &mut all {
                candidate.odd.splice(0..0, bare.odd.iter().copied().chain(charset));
            }
            all
        }
    };
    Climbed { candidates, is_page, is_blank, text: text.trim_matches(loose::is_blank).to_owned() }
}

/// The JSON of a body that nobody declares anything about.
pub(super) fn json(body: &[u8]) -> Option<Value> {
    let bare = encoding::undo(body, "", false);
    let (text, _) = charset::text(&bare.bytes, "");
    let strictly = || serde_json::from_str(&text).ok();
    let mut fuel = FUEL * text.len();
    let mut loosely =
        || values::in_text(&text, Wanted { list: true, within: true }, &mut fuel).into_iter().next();
    strictly().or_else(|| loosely().map(|candidate| candidate.tree))
}

/// Of the header `Content-Type`, or of an XML declaration.
fn declared_charset(content_type: &str, bytes: &[u8]) -> String {
    let named = |text: &str, key: &str| {
        let lower = text.to_ascii_lowercase();
        let value = lower.split_once(key)?.1.trim_start().strip_prefix('=')?.trim_start();
        let value = value.trim_start_matches(['"', '\'']);
        let end = value.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)));
        Some(value[..end.unwrap_or(value.len())].to_owned())
    };
    let begin = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let declaration = || begin.trim_start().strip_prefix("<?xml")?.split_once("?>").map(|(head, _)| head);
    let from_xml = || named(declaration()?, "encoding");
    named(content_type, "charset").or_else(from_xml).unwrap_or_default()
}

struct Climber<'a> {
    formats: &'a [Format],
    list: bool,
    /// Its end came, as the frame says.
    whole: bool,
    text: &'a str,
    fuel: usize,
}

impl Climber<'_> {
    /// As it is declared, and nothing odd about it.
    fn strictly(&self, body: &[u8], is_page: bool) -> Option<Candidate> {
        self.formats.iter().find_map(|format| {
            let json = matches!(format, Format::Json | Format::JsonWithin);
            // Only JSON shows its own end, and a page is not the text that a dialect means.
            if (!json && !self.whole && *format != Format::None) || (*format == Format::Text && is_page) {
                return None;
            }
            let tree = body::read(*format, body).filter(|tree| tree.is_object() || self.list)?;
            if !json {
                return Some(other_than_json(*format, tree, self.text));
            }
            let twice = values::twice(self.text, &mut self.fuel.clone());
            let strict = Candidate { tree, doubted: None, odd: Vec::new(), closed: true, format: *format };
            Some(twice.unwrap_or(strict))
        })
    }

    fn leniently(&self, is_page: bool) -> Vec<Candidate> {
        let mut all = Vec::new();
        for format in self.with_relatives() {
            all = match format {
                Format::Json | Format::JsonWithin => self.json(format),
                // Of a form what an `&` ends came whole, to be saved and no more.
                Format::Form if !self.whole && self.formats.contains(&Format::Form) => self.broken_form(),
                _ if !self.whole => Vec::new(),
                Format::Text if is_page => Vec::new(),
                other => self.other(other).into_iter().collect(),
            };
            if !all.is_empty() {
                let within = format == Format::Json && self.formats.contains(&Format::JsonWithin);
                let declared = within || self.formats.contains(&format);
                self.tell_format(&mut all, format, declared);
                break;
            }
        }
        all
    }

    fn broken_form(&self) -> Vec<Candidate> {
        let came = self.text.rfind('&').map(|end| &self.text[..end]);
        let tree = came.and_then(|came| Some((body::read(Format::Form, came.as_bytes())?, came)));
        let open = |(tree, came)| Candidate { closed: false, ..other_than_json(Format::Form, tree, came) };
        tree.map(open).into_iter().collect()
    }

    /// What is declared, and what is sent by mistake in its place.
    fn with_relatives(&self) -> Vec<Format> {
        let mut all = self.formats.to_vec();
        let declares = |format| self.formats.contains(&format);
        if declares(Format::Form) || declares(Format::Xml) || declares(Format::JsonWithin) {
            all.push(Format::Json);
        }
        if declares(Format::Json) || declares(Format::JsonWithin) {
            all.push(Format::Form);
        }
        all
    }

    fn tell_format(&self, all: &mut [Candidate], format: Format, declared: bool) {
        let name = match format {
            Format::Form => "a form",
            _ => "JSON",
        };
        for candidate in all.iter_mut().filter(|_| !declared) {
            candidate.odd.push(Oddity::NotDeclared(name));
        }
    }

    fn json(&self, format: Format) -> Vec<Candidate> {
        let mut fuel = self.fuel;
        let wanted = Wanted { list: self.list, within: format == Format::JsonWithin };
        let all = values::in_text(self.text, wanted, &mut fuel);
        // Who gave up has not seen whether another value follows.
        if fuel == 0 { Vec::new() } else { all }
    }

    fn other(&self, format: Format) -> Option<Candidate> {
        let text = self.text.trim_matches(loose::is_blank);
        let bare = match format {
            Format::Xml => document(text),
            Format::Form => line(text),
            _ => text,
        };
        let tree = body::read(format, bare.as_bytes())?;
        let mut candidate = other_than_json(format, tree, bare);
        if bare.len() != self.text.len() {
            candidate.odd.push(Oddity::Around);
        }
        Some(candidate)
    }
}

fn other_than_json(format: Format, tree: Value, text: &str) -> Candidate {
    let mut candidate = Candidate { tree, doubted: None, odd: Vec::new(), closed: true, format };
    if format == Format::Form {
        let pairs = url::form_urlencoded::parse(text.trim().as_bytes());
        let twice: Vec<_> = pairs.filter(|(name, value)| candidate.tree[&**name] != **value).collect();
        if !twice.is_empty() {
            let mut doubted = candidate.tree.clone();
            twice.iter().for_each(|(name, _)| doubted[&**name] = "\u{fffd}".into());
            (candidate.doubted, candidate.odd) = (Some(doubted), vec![Oddity::Twice]);
        }
    }
    candidate
}

/// From the first tag of a document to the last.
fn document(text: &str) -> &str {
    let tag = |at: &usize| text[at + 1..].starts_with(|c: char| c.is_alphabetic() || c == '?' || c == '_');
    let begin = text.match_indices('<').map(|(at, _)| at).find(tag).unwrap_or(0);
    let end = text.rfind('>').map_or(0, |at| at + 1);
    text.get(begin..end).unwrap_or(text)
}

/// The one line that can be a form.
fn line(text: &str) -> &str {
    let mut forms = text.lines().map(str::trim).filter(|line| line.contains('=') && !line.contains(' '));
    match (forms.next(), forms.next()) {
        (Some(one), None) => one,
        _ => text,
    }
}
