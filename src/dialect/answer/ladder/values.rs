//! The JSON values that stand in a text: alone, between other text (a notice before it, a guard such as `)]}',`, a
//! callback around it), in a string, in a list of one, or with entities in place of quotes.

use serde_json::Value;

use super::loose::{self, is_blank};
use super::oddity::{Loose, Oddity};
use super::page;
use crate::dialect::schema::Format;

/// So often one stands within another.
const DEEPEST: usize = 4;

/// So many characters tell whether JSON begins.
const NEAR: usize = 40;

/// What is looked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// Somebody looks into a body that is a list.
    pub(super) list: bool,
    /// Other text may stand around it.
    pub(super) within: bool,
}

/// A body as a tree, and what was odd on the way to it.
pub(in crate::dialect::answer) struct Candidate {
    pub(in crate::dialect::answer) tree: Value,
    /// The same with U+FFFD wherever the value is doubtful, if it is anywhere.
    pub(in crate::dialect::answer) doubted: Option<Value>,
    pub(in crate::dialect::answer) odd: Vec<Oddity>,
    /// Its end came. Of what is no JSON only its frame can tell.
    pub(in crate::dialect::answer) closed: bool,
    /// What it was read as.
    pub(in crate::dialect::answer) format: Format,
}

/// Every one that could be meant, in their order. `fuel`: how many characters are looked at, at most.
pub(super) fn in_text(text: &str, wanted: Wanted, fuel: &mut usize) -> Vec<Candidate> {
    let mut all = below(text, wanted, 0, fuel);
    let strict = text.trim_matches([' ', '\t', '\n', '\r']);
    if strict.len() != text.trim_matches(is_blank).len() {
        all.iter_mut().for_each(|candidate| candidate.loose(Loose::BLANKS));
    }
    all
}

impl Candidate {
    pub(in crate::dialect::answer) fn is_json(&self) -> bool {
        matches!(self.format, Format::Json | Format::JsonWithin)
    }

    fn loose(&mut self, more: Loose) {
        for odd in &mut self.odd {
            if let Oddity::Loose(loose) = odd {
                return loose.add(more);
            }
        }
        self.odd.push(Oddity::Loose(more));
    }
}

fn below(text: &str, wanted: Wanted, depth: usize, fuel: &mut usize) -> Vec<Candidate> {
    let text = text.trim_matches(is_blank);
    if depth > DEEPEST {
        return Vec::new();
    }
    if let Some(found) = in_string(text, wanted, depth, fuel) {
        return found;
    }
    let (found, around) = containers(text, fuel);
    let mut all = Vec::new();
    for read in found {
        let mut odd = Vec::new();
        if around && !wanted.within {
            odd.push(Oddity::Around);
        }
        unwrapped(read, odd, wanted, depth, fuel, &mut all);
    }
    if !all.is_empty() {
        return all;
    }
    match unescaped(text) {
        Some(plain) => with(Oddity::Escaped, below(&plain, wanted, depth + 1, fuel)),
        None => all,
    }
}

fn with(oddity: Oddity, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    for candidate in &mut candidates {
        candidate.odd.insert(0, oddity);
    }
    candidates
}

/// If the whole text is a string.
fn in_string(text: &str, wanted: Wanted, depth: usize, fuel: &mut usize) -> Option<Vec<Candidate>> {
    let (inner, end, _) = loose::string(text, 0, fuel)?;
    text[end..].trim_matches([';', ' ']).is_empty().then_some(())?;
    Some(with(Oddity::InString, below(&inner, wanted, depth + 1, fuel)))
}

/// Every list or object on the first level, and whether anything else stands there.
fn containers(text: &str, fuel: &mut usize) -> (Vec<loose::Read>, bool) {
    let (mut all, mut at, mut outside) = (Vec::new(), 0, String::new());
    while let Some(begin) = text[at..].find(['{', '[']).map(|found| at + found).filter(|_| *fuel > 0) {
        let Some(read) = loose::container(text, begin, fuel) else {
            // JSON that broke off at once: what seems to begin within it stands in a string.
            let end = if begins_as_json(&text[begin..]) { text.len() } else { begin + 1 };
            outside += &text[at..end];
            at = end;
            continue;
        };
        outside += &text[at..begin];
        at = read.end;
        let closed = read.closed;
        all.push(read);
        // What follows within one that is open stands elsewhere than it seems to.
        if !closed {
            at = text.len();
        }
    }
    outside += &text[at..];
    // A page that says more than the value is not the vendor's answer.
    if page::begins(text) && !page::without_tags(&outside).trim_matches(is_blank).is_empty() {
        return (Vec::new(), false);
    }
    let around = all.len() > 1 || !outside.trim_matches(is_blank).is_empty();
    (all, around)
}

/// As a program writes it; a notice may hold a brace, too.
fn begins_as_json(text: &str) -> bool {
    let mut next = text.chars().take(NEAR).skip_while(|c| matches!(c, '{' | '[') || is_blank(*c));
    next.next() == Some('"')
}

fn unwrapped(
    read: loose::Read,
    mut odd: Vec<Oddity>,
    wanted: Wanted,
    depth: usize,
    fuel: &mut usize,
    all: &mut Vec<Candidate>,
) {
    if !read.odd.is_empty() {
        odd.push(Oddity::Loose(read.odd));
    }
    let (mut doubted, closed, mut tree) = (read.doubted(), read.closed, read.value);
    if tree.is_array() && !wanted.list {
        odd.push(Oddity::ListOfOne);
        for _ in 0..DEEPEST {
            tree = match only(tree) {
                Some(tree) => tree,
                None => return,
            };
            doubted = doubted.map(|list| only(list).unwrap_or_else(|| "\u{fffd}".into()));
            match &tree {
                Value::Array(_) => continue,
                Value::String(text) if closed => {
                    let inner = below(text, wanted, depth + 1, fuel);
                    let inner = with(Oddity::InString, inner).into_iter().map(|mut candidate| {
                        candidate.odd.splice(0..0, odd.iter().copied());
                        candidate
                    });
                    all.extend(inner);
                    return;
                }
                _ => break,
            }
        }
    }
    if tree.is_object() || (tree.is_array() && wanted.list) {
        all.push(Candidate { tree, doubted, odd, closed, format: Format::Json });
    }
}

fn only(list: Value) -> Option<Value> {
    match list {
        Value::Array(mut items) if items.len() == 1 => items.pop(),
        _ => None,
    }
}

/// Without the entities of HTML, or the percent signs of an address, that stand for the quotes of JSON.
fn unescaped(text: &str) -> Option<String> {
    let quote = ["&quot;", "&#34;", "&#x22;", "&#034;"];
    if quote.iter().any(|entity| text.contains(entity)) {
        let all = quote.iter().fold(text.to_owned(), |text, entity| text.replace(entity, "\""));
        let plain =
            [("&#39;", "'"), ("&#x27;", "'"), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&#x2F;", "/")];
        let all = plain.iter().fold(all, |all, (entity, plain)| all.replace(entity, plain));
        return Some(all.replace("&amp;", "&"));
    }
    let begins = ["%7b", "%5b", "%22"];
    let head = text.get(..3)?.to_ascii_lowercase();
    // A plus sign is itself to some, and a blank to others.
    if !begins.contains(&head.as_str()) || text.contains('+') {
        return None;
    }
    let whole = url::form_urlencoded::parse(text.as_bytes()).next()?.0.into_owned();
    (!text.contains(['&', '=']) && !whole.contains(char::REPLACEMENT_CHARACTER)).then_some(whole)
}

/// What strict JSON does not refuse, and this reading still finds odd: a name that stands twice.
pub(super) fn twice(text: &str, fuel: &mut usize) -> Option<Candidate> {
    let begin = text.find(['{', '['])?;
    let read = loose::container(text, begin, fuel).filter(|read| read.odd.holds(Loose::TWICE))?;
    let (doubted, odd, closed) = (read.doubted(), vec![Oddity::Loose(read.odd)], read.closed);
    Some(Candidate { tree: read.value, doubted, odd, closed, format: Format::Json })
}
