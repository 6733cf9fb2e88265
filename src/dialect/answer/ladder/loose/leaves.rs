//! The leaves of loose JSON: strings, numbers, words, and the blanks and comments between them.

use serde_json::{Number, Value};

use super::{Parser, is_blank};
use crate::dialect::answer::ladder::oddity::Loose;

impl Parser<'_> {
    pub(super) fn number(&mut self) -> Option<Value> {
        let run = self.run(|c| c.is_ascii_alphanumeric() || "+-._".contains(c));
        // At the end of what came it may go on.
        if self.peek().is_none() {
            self.stop();
            return None;
        }
        if let Ok(number) = serde_json::from_str::<Number>(run) {
            return Some(Value::Number(number));
        }
        self.odd.add(Loose::NUMBERS);
        let number = lenient_number(run);
        if number.is_none() {
            self.doubt();
        }
        Some(number.map_or(Value::Null, Value::Number))
    }

    pub(super) fn word(&mut self) -> Option<Value> {
        let word = self.run(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == '.');
        if self.peek().is_none() {
            self.stop();
            return None;
        }
        if !["true", "false", "null"].contains(&word) {
            self.odd.add(Loose::WORDS);
        }
        let value = match word.to_ascii_lowercase().as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" | "none" | "nil" | "undefined" | "nan" | "infinity" | "inf" => Value::Null,
            _ => {
                self.doubt();
                Value::Null
            }
        };
        Some(value)
    }

    /// `None`: its last quote did not come.
    pub(super) fn string(&mut self, quotes: &[char]) -> Option<String> {
        if self.next() != Some('"') {
            self.odd.add(Loose::QUOTES);
        }
        let mut text = String::new();
        loop {
            let Some(c) = self.next() else {
                self.stop();
                return None;
            };
            match c {
                c if quotes.contains(&c) => return Some(text),
                '\\' => self.escape(&mut text)?,
                c => {
                    if c < ' ' {
                        self.odd.add(Loose::CONTROLS);
                    }
                    text.push(c);
                }
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Option<()> {
        let Some(c) = self.next() else {
            self.stop();
            return None;
        };
        match c {
            '"' | '\\' | '/' => text.push(c),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'u' if self.hex(4).is_some() => self.unicode(text),
            _ => self.odd_escape(c, text),
        }
        Some(())
    }

    /// As JavaScript has it, or doubtful.
    fn odd_escape(&mut self, c: char, text: &mut String) {
        self.odd.add(Loose::ESCAPES);
        match c {
            '\'' | '`' => text.push(c),
            'v' => text.push('\u{b}'),
            '\n' => {}
            'x' if let Some(code) = self.hex(2) => {
                self.at += 2;
                text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            c => text.extend([char::REPLACEMENT_CHARACTER, c]),
        }
    }

    /// The digits that follow, without passing them.
    fn hex(&self, digits: usize) -> Option<u32> {
        let digits = self.rest().get(..digits)?;
        let code = u32::from_str_radix(digits, 16).ok();
        code.filter(|_| digits.bytes().all(|b| b.is_ascii_hexdigit()))
    }

    /// Behind `\u`: one code unit or two (RFC 8259 section 7).
    fn unicode(&mut self, text: &mut String) {
        let first = self.hex(4).unwrap_or_default();
        self.at += 4;
        let second = || {
            let digits = self.rest().strip_prefix("\\u")?.get(..4)?;
            let code = u32::from_str_radix(digits, 16).ok()?;
            (0xdc00..0xe000).contains(&code).then_some(code)
        };
        let whole = match first {
            0xd800..0xdc00 => second().map(|second| 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)),
            0xdc00..0xe000 => None,
            code => Some(code),
        };
        if whole.is_some_and(|code| code > 0xffff) {
            self.at += 6;
        }
        if whole.is_none() {
            self.odd.add(Loose::SURROGATES);
        }
        text.push(whole.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    pub(super) fn blanks(&mut self) {
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\n' | '\r' => {}
                '/' | '#' | '<' => {
                    if !self.comment() {
                        return;
                    }
                    self.odd.add(Loose::COMMENTS);
                    continue;
                }
                c if is_blank(c) => self.odd.add(Loose::BLANKS),
                _ => return,
            }
            if self.next().is_none() {
                return;
            }
        }
    }

    /// Past a comment, if one is here.
    fn comment(&mut self) -> bool {
        let rest = self.rest();
        let end = match rest {
            _ if rest.starts_with("//") || rest.starts_with('#') => "\n",
            _ if rest.starts_with("/*") => "*/",
            _ if rest.starts_with("<!--") => "-->",
            _ => return false,
        };
        let length = rest[1..].find(end).map_or(rest.len(), |at| 1 + at + end.len());
        *self.fuel = self.fuel.saturating_sub(length);
        self.at += length;
        true
    }
}

/// With a plus sign, zeros before it, no digits on one side of the dot, or in hexadecimal.
fn lenient_number(run: &str) -> Option<Number> {
    let (sign, digits) = match run.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", run.strip_prefix('+').unwrap_or(run)),
    };
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).ok().filter(|_| sign.is_empty()).map(Number::from);
    }
    let digits = digits.replace('_', "");
    let bare = digits.trim_start_matches('0');
    let bare =
        if bare.starts_with(|c: char| c.is_ascii_digit()) { bare.to_owned() } else { format!("0{bare}") };
    let bare = bare.strip_suffix('.').unwrap_or(&bare);
    serde_json::from_str(&format!("{sign}{bare}")).ok()
}
