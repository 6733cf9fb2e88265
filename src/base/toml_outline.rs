//! Where in a TOML text its statements stand, to the byte: each header, each key with its value, and the entries of
//! tables in braces. For edits that leave everything else as it is: what is not named here is never touched.
//!
//! The rule that matters: only of a text that was read as TOML before. Of another it says nothing of use.

use std::ops::Range;

use toml_parser::parser::{Event, EventKind, parse_document};
use toml_parser::{ParseError, Source};

/// A statement of its own, in the order of the text.
pub(crate) struct Statement {
    /// From the root of the file.
    pub(crate) path: Vec<String>,
    pub(crate) span: Range<usize>,
    pub(crate) what: What,
}

pub(crate) enum What {
    /// `[a.b]` or `[[a.b]]`; what follows belongs to it, up to the next.
    Header,
    /// A key and its value.
    Entry(Node),
}

/// A value, and what is in it if that is a table in braces.
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) entries: Option<Vec<Inner>>,
}

/// One entry of a table in braces.
pub(crate) struct Inner {
    /// From the root of the file.
    pub(crate) path: Vec<String>,
    pub(crate) span: Range<usize>,
    pub(crate) node: Node,
    /// The comma behind it, if there is one.
    pub(crate) comma: Option<Range<usize>>,
}

pub(crate) fn statements(text: &str) -> Vec<Statement> {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut events: Vec<Event> = Vec::new();
    let mut wrong: Option<ParseError> = None;
    parse_document(&tokens, &mut events, &mut wrong);
    let blank = |kind| matches!(kind, EventKind::Whitespace | EventKind::Comment | EventKind::Newline);
    events.retain(|event| !blank(event.kind()));
    Reader { source, events: &events, at: 0 }.all()
}

struct Reader<'a> {
    source: Source<'a>,
    events: &'a [Event],
    at: usize,
}

impl Reader<'_> {
    fn all(mut self) -> Vec<Statement> {
        let (mut all, mut section) = (Vec::new(), Vec::new());
        while let Some(kind) = self.peek() {
            let start = self.start();
            if matches!(kind, EventKind::StdTableOpen | EventKind::ArrayTableOpen) {
                self.at += 1;
                section = self.keys();
                let end = self.take();
                all.push(Statement { path: section.clone(), span: start..end, what: What::Header });
            } else if kind == EventKind::SimpleKey {
                let (path, node) = self.entry(&section);
                all.push(Statement { path, span: start..node.span.end, what: What::Entry(node) });
            } else {
                self.at += 1;
            }
        }
        all
    }

    fn peek(&self) -> Option<EventKind> {
        self.events.get(self.at).map(Event::kind)
    }

    fn start(&self) -> usize {
        self.events.get(self.at).map_or(self.source.input().len(), |event| event.span().start())
    }

    /// Goes past one; gives where it ends.
    fn take(&mut self) -> usize {
        let end = self.events.get(self.at).map_or(self.source.input().len(), |event| event.span().end());
        self.at += 1;
        end
    }

    /// A key with its dots.
    fn keys(&mut self) -> Vec<String> {
        let mut keys = Vec::new();
        while let Some(event) = self.events.get(self.at) {
            match event.kind() {
                EventKind::SimpleKey => {
                    let mut key = String::new();
                    let mut wrong: Option<ParseError> = None;
                    if let Some(raw) = self.source.get(event) {
                        raw.decode_key(&mut key, &mut wrong);
                    }
                    keys.push(key);
                }
                EventKind::KeySep => {}
                _ => break,
            }
            self.at += 1;
        }
        keys
    }

    fn entry(&mut self, section: &[String]) -> (Vec<String>, Node) {
        let path = [section, &self.keys()].concat();
        if self.peek() == Some(EventKind::KeyValSep) {
            self.at += 1;
        }
        let node = self.value(&path);
        (path, node)
    }

    fn value(&mut self, path: &[String]) -> Node {
        let start = self.start();
        match self.peek() {
            Some(EventKind::InlineTableOpen) => self.braces(start, path),
            Some(EventKind::ArrayOpen) => Node { span: start..self.brackets(), entries: None },
            _ => Node { span: start..self.take(), entries: None },
        }
    }

    /// Past a list, whatever is in it.
    fn brackets(&mut self) -> usize {
        let mut depth = 0_usize;
        while let Some(kind) = self.peek() {
            let end = self.take();
            match kind {
                EventKind::ArrayOpen => depth += 1,
                EventKind::ArrayClose if depth == 1 => return end,
                EventKind::ArrayClose => depth -= 1,
                _ => {}
            }
        }
        self.source.input().len()
    }

    fn braces(&mut self, start: usize, path: &[String]) -> Node {
        let mut entries: Vec<Inner> = Vec::new();
        self.at += 1;
        while let Some(kind) = self.peek() {
            let begin = self.start();
            match kind {
                EventKind::InlineTableClose => break,
                EventKind::SimpleKey => {
                    let (path, node) = self.entry(path);
                    entries.push(Inner { path, span: begin..node.span.end, node, comma: None });
                }
                _ => {
                    let end = self.take();
                    if let Some(last) = entries.last_mut().filter(|_| kind == EventKind::ValueSep) {
                        last.comma = Some(begin..end);
                    }
                }
            }
        }
        Node { span: start..self.take(), entries: Some(entries) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, &str)> {
        let part = |one: &Statement| (one.path.join("."), &text[one.span.clone()]);
        statements(text).iter().map(part).collect()
    }

    #[test]
    fn each_statement_stands_where_it_begins_and_ends() {
        let text = "\u{feff}# head\r\na.'b c' = 1 # one\r\n[x . \"y.z\"] # two\r\nk = '''\n[no]\n'''\n  l = [ # three\n[1], { m = 2 } ]\n[[q]]";
        let wanted = [
            ("a.b c", "a.'b c' = 1"),
            ("x.y.z", "[x . \"y.z\"]"),
            ("x.y.z.k", "k = '''\n[no]\n'''"),
            ("x.y.z.l", "l = [ # three\n[1], { m = 2 } ]"),
            ("q", "[[q]]"),
        ];
        let wanted: Vec<(String, &str)> =
            wanted.iter().map(|(path, text)| ((*path).to_owned(), *text)).collect();
        assert_eq!(told(text), wanted);
        assert_eq!(told(""), []);
    }

    #[test]
    fn the_entries_of_braces_are_told_with_their_commas() {
        let text = "p = { a.b = { c = 1 }, # x\n \"d\" = [{ e = 1 }, 2] , }\n";
        let [Statement { what: What::Entry(Node { entries: Some(inner), .. }), .. }] = &statements(text)[..]
        else {
            panic!("one statement");
        };
        let told: Vec<_> = inner.iter().map(|one| (one.path.join("."), &text[one.span.clone()])).collect();
        assert_eq!(
            told,
            [("p.a.b".to_owned(), "a.b = { c = 1 }"), ("p.d".to_owned(), "\"d\" = [{ e = 1 }, 2]")]
        );
        assert!(inner.iter().all(|one| one.comma.clone().is_some_and(|comma| &text[comma] == ",")));
        assert_eq!(inner[0].node.entries.as_ref().map(Vec::len), Some(1));
    }
}
