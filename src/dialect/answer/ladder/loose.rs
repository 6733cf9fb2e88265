//! JSON as people and servers write it: with comments, commas too many or too few, other quotes, bare names, and
//! values that cannot be read at all. No crate reads all of that and says what it met, which is what a warning
//! names and a doubt rests on: a value that stands twice, or was not understood, is *doubtful*, and no token
//! is taken from where one stands. Where reading must end, all that is open ends: what was whole before stays.
//!
//! Linear, but for a name that is looked at twice; `fuel` bounds it whatever comes.

mod leaves;

use serde_json::{Map, Value};

use super::oddity::Loose;

/// Deeper values are passed over, as strict JSON refuses them.
const DEEPEST: usize = 127;
/// More than so many doubts, and all is doubtful.
const MOST_DOUBTS: usize = 64;

/// What came of reading one value.
pub(super) struct Read {
    pub(super) value: Value,
    /// Where doubtful values stand, by the names that lead to each.
    doubts: Vec<Vec<String>>,
    /// Where it ends in the text.
    pub(super) end: usize,
    /// Its last bracket came.
    pub(super) closed: bool,
    pub(super) odd: Loose,
}

impl Read {
    /// The same with U+FFFD in every doubtful place. `None`: there is none.
    pub(super) fn doubted(&self) -> Option<Value> {
        if self.doubts.is_empty() {
            return None;
        }
        let mut doubted = self.value.clone();
        for way in &self.doubts {
            put(&mut doubted, way);
        }
        Some(doubted)
    }
}

fn put(value: &mut Value, way: &[String]) {
    let Some((name, rest)) = way.split_first() else {
        *value = Value::from("\u{fffd}");
        return;
    };
    let inner = match value {
        Value::Object(members) => members.get_mut(name),
        Value::Array(items) => name.parse::<usize>().ok().and_then(|at| items.get_mut(at)),
        _ => None,
    };
    if let Some(inner) = inner {
        put(inner, rest);
    }
}

/// The list or object at `at`. `None`: it is a bracket of some other text.
pub(super) fn container(text: &str, at: usize, fuel: &mut usize) -> Option<Read> {
    let mut parser = Parser::new(text, at, fuel);
    let value = match parser.peek()? {
        '{' => parser.object(0),
        '[' => parser.array(0),
        _ => return None,
    };
    let closed = !parser.broken;
    if !parser.sure && !closed {
        return None;
    }
    if parser.doubts.len() > MOST_DOUBTS {
        parser.doubts = vec![Vec::new()];
    }
    let Parser { doubts, at: end, odd, .. } = parser;
    Some(Read { value, doubts, end, closed, odd })
}

/// The string at `at`, and where it ends. `None`: none is there, or it has no end.
pub(super) fn string(text: &str, at: usize, fuel: &mut usize) -> Option<(String, usize, Loose)> {
    let mut parser = Parser::new(text, at, fuel);
    let quotes = quotes(parser.peek()?)?;
    let string = parser.string(quotes)?;
    Some((string, parser.at, parser.odd))
}

/// By what a string ends that begins with `c`.
fn quotes(c: char) -> Option<&'static [char]> {
    match c {
        '"' => Some(&['"']),
        '\'' => Some(&['\'']),
        '`' => Some(&['`']),
        '\u{201c}'..='\u{201f}' => Some(&['\u{201c}', '\u{201d}']),
        _ => None,
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    fuel: &'t mut usize,
    odd: Loose,
    /// The names that lead to what is being read.
    way: Vec<String>,
    doubts: Vec<Vec<String>>,
    /// Nothing more is read.
    broken: bool,
    /// It is JSON, and no bracket of some other text.
    sure: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, at: usize, fuel: &'t mut usize) -> Parser<'t> {
        let (odd, way, doubts) = (Loose::default(), Vec::new(), Vec::new());
        Parser { text, at, fuel, odd, way, doubts, broken: false, sure: false }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        *self.fuel = self.fuel.checked_sub(1)?;
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn run(&mut self, part: impl Fn(char) -> bool) -> &'t str {
        let begin = self.at;
        while self.peek().is_some_and(&part) && self.next().is_some() {}
        &self.text[begin..self.at]
    }

    /// The end of `opening`'s level: nothing that is open goes on.
    fn stop(&mut self) {
        self.broken = true;
    }

    fn doubt(&mut self) {
        if self.doubts.len() <= MOST_DOUBTS {
            self.doubts.push(self.way.clone());
        }
    }

    fn object(&mut self, depth: usize) -> Value {
        let mut members = Map::new();
        self.next();
        while self.enter('}') {
            let quoted = self.peek().is_some_and(|c| quotes(c).is_some());
            // A name with a line break in it was cut apart on its way, and nobody knows which it was.
            let whole = |name: &String| !name.contains(char::is_control);
            let Some(name) = self.name().filter(whole).filter(|_| self.colon()) else {
                self.stop();
                break;
            };
            self.sure |= quoted;
            self.blanks();
            self.way.push(name);
            let value = self.value(depth + 1);
            if !self.broken {
                self.leave('}');
                self.sure |= depth == 0;
            }
            let name = self.way.pop().unwrap_or_default();
            if let Some(value) = value {
                self.add(&mut members, name, value);
            }
        }
        Value::Object(members)
    }

    fn array(&mut self, depth: usize) -> Value {
        let mut items = Vec::new();
        self.next();
        while self.enter(']') {
            self.way.push(items.len().to_string());
            let before = (self.doubts.len(), self.odd);
            let value = self.value(depth + 1);
            if !self.broken {
                self.leave(']');
                self.sure |= before == (self.doubts.len(), self.odd);
            }
            self.way.pop();
            items.extend(value);
        }
        Value::Array(items)
    }

    /// To the next member or item; `false`: there is none.
    fn enter(&mut self, close: char) -> bool {
        loop {
            if self.broken {
                return false;
            }
            self.blanks();
            match self.peek() {
                Some(c) if c == close => {
                    self.next();
                    return false;
                }
                Some(',') if self.next().is_some() => self.odd.add(Loose::COMMAS),
                Some('}' | ']' | ',') | None => self.stop(),
                Some(_) => return true,
            }
        }
    }

    /// Past the comma behind a value, and past what else stands there.
    fn leave(&mut self, close: char) {
        self.blanks();
        if let Some(c) = self.peek().filter(|c| ![',', '}', ']'].contains(c)) {
            let next =
                if close == '}' { self.begins_member() } else { quotes(c).is_some() || c == '{' || c == '[' };
            if next {
                self.odd.add(Loose::NO_COMMA);
                return;
            }
            self.junk();
        }
        if self.peek() == Some(',') {
            self.next();
            self.blanks();
            if self.peek() == Some(close) {
                self.odd.add(Loose::COMMAS);
            }
        }
    }

    fn begins_member(&mut self) -> bool {
        let (at, odd) = (self.at, self.odd);
        let begins = self.name().is_some() && self.colon();
        (self.at, self.odd, self.broken) = (at, odd, false);
        begins
    }

    /// What cannot be read, to the next comma or bracket of its own level. The value is doubtful.
    fn junk(&mut self) {
        self.odd.add(Loose::JUNK);
        self.doubt();
        let mut open = 0_usize;
        while let Some(c) = self.peek() {
            if quotes(c).is_some() || ":=".contains(c) {
                self.odd.add(Loose::SKIPPED);
            }
            match c {
                ',' if open == 0 => return,
                '}' | ']' | ')' if open == 0 && c != ')' => return,
                '{' | '[' | '(' => open += 1,
                '}' | ']' | ')' => open = open.saturating_sub(1),
                '"' => {
                    if self.string(&['"']).is_none() {
                        break;
                    }
                    continue;
                }
                _ => {}
            }
            if self.next().is_none() {
                break;
            }
        }
        self.stop();
    }

    fn name(&mut self) -> Option<String> {
        if let Some(quotes) = self.peek().and_then(quotes) {
            return self.string(quotes);
        }
        let name = self.run(|c| c.is_alphanumeric() || "_$-.@".contains(c));
        self.odd.add(Loose::NAMES);
        (!name.is_empty()).then(|| name.to_owned())
    }

    fn colon(&mut self) -> bool {
        self.blanks();
        match self.next() {
            Some(':') => true,
            Some('=') => {
                self.odd.add(Loose::COLONS);
                if self.peek() == Some('>') {
                    self.next();
                }
                true
            }
            _ => false,
        }
    }

    /// `None`: it does not come to its end.
    fn value(&mut self, depth: usize) -> Option<Value> {
        match self.peek() {
            Some('{' | '[') if depth > DEEPEST => self.deep(),
            Some('{') => Some(self.object(depth)),
            Some('[') => Some(self.array(depth)),
            Some(c) if quotes(c).is_some() => self.string(quotes(c)?).map(Value::from),
            Some('0'..='9' | '-' | '+' | '.') => self.number(),
            Some(_) => self.word(),
            None => {
                self.stop();
                None
            }
        }
    }

    /// Passed over without going down.
    fn deep(&mut self) -> Option<Value> {
        self.odd.add(Loose::DEEP);
        let mut open = 0_usize;
        while let Some(c) = self.peek() {
            match c {
                '"' => {
                    self.string(&['"'])?;
                    continue;
                }
                '{' | '[' => open += 1,
                '}' | ']' => open -= 1,
                _ => {}
            }
            if self.next().is_none() {
                break;
            }
            if open == 0 {
                return Some(Value::Null);
            }
        }
        self.stop();
        None
    }

    /// Of a name that stands twice the last value counts, but a void one does not undo another.
    fn add(&mut self, members: &mut Map<String, Value>, name: String, value: Value) {
        let Some(known) = members.get_mut(&name) else {
            members.insert(name, value);
            return;
        };
        self.odd.add(Loose::TWICE);
        self.way.push(name);
        self.merge(known, value);
        self.way.pop();
    }

    fn merge(&mut self, known: &mut Value, value: Value) {
        match (known, value) {
            (known, value) if *known == value || is_void(&value) => {}
            (known, value) if is_void(known) => *known = value,
            (Value::Object(members), Value::Object(more)) => {
                for (name, value) in more {
                    self.add(members, name, value);
                }
            }
            (known, value) => {
                self.doubt();
                *known = value;
            }
        }
    }
}

fn is_void(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// What no JSON needs to be told from a blank.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\0' | '\u{feff}' | '\u{200b}' | '\u{fffe}')
}
