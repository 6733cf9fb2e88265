//! A pasted command, cut into words as a shell does it: bash, and the command prompt of
//! Windows. What a shell would fill in (`$NAME`) stays as it is written.
//!
//! No library: those that there are know neither `$'…'`, which browsers write, nor `^`.

/// The commands of a text, each in its words. `Err`: a quote is not closed.
pub(super) fn commands(text: &str) -> Result<Vec<Vec<String>>, String> {
    let text = text.replace("\r\n", "\n");
    let is_windows = ["^\n", "^\"", "^ \n"].iter().any(|sign| text.contains(sign));
    let mut cut = Cut { rest: text.chars().collect(), ..Cut::default() };
    cut.rest.reverse();
    if is_windows {
        cut.windows()?;
    } else {
        cut.bash()?;
    }
    cut.end_command();
    Ok(cut.joined())
}

#[derive(Default)]
struct Cut {
    /// Backwards.
    rest: Vec<char>,
    commands: Vec<Vec<String>>,
    words: Vec<String>,
    /// `None` between words.
    word: Option<String>,
}

impl Cut {
    fn next(&mut self) -> Option<char> {
        self.rest.pop()
    }

    fn ahead(&self) -> Option<char> {
        self.rest.last().copied()
    }

    fn put(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() {
            self.commands.push(words);
        }
    }

    /// A line that begins with an option belongs to the one above, though the sign for it is missing.
    fn joined(self) -> Vec<Vec<String>> {
        let mut all: Vec<Vec<String>> = Vec::new();
        for command in self.commands {
            match all.last_mut() {
                Some(above) if command[0].starts_with('-') => above.extend(command),
                _ => all.push(command),
            }
        }
        all
    }

    fn bash(&mut self) -> Result<(), String> {
        while let Some(c) = self.next() {
            match c {
                '\'' => self.single()?,
                '"' => self.double()?,
                '$' if self.ahead() == Some('\'') => self.ansi_c()?,
                '\\' | '`' if self.at_line_end() => self.skip_line_end(),
                '\\' => {
                    let literal = self.next();
                    literal.into_iter().for_each(|c| self.put(c));
                }
                '#' if self.word.is_none() => self.skip_comment(),
                '\n' | ';' | '|' => self.end_command(),
                '&' if self.word.is_none() || self.ahead().is_none_or(|c| c == '&' || c.is_whitespace()) => {
                    self.end_command();
                }
                '>' if self.word.is_none() => self.end_command(),
                c if c.is_whitespace() => self.end_word(),
                c => self.put(c),
            }
        }
        Ok(())
    }

    fn single(&mut self) -> Result<(), String> {
        self.word.get_or_insert_default();
        loop {
            match self.next() {
                Some('\'') => return Ok(()),
                Some(c) => self.put(c),
                None => return Err(open("'")),
            }
        }
    }

    fn double(&mut self) -> Result<(), String> {
        self.word.get_or_insert_default();
        loop {
            match self.next() {
                Some('"') => return Ok(()),
                Some('\\') => match self.next() {
                    Some('\n') => {}
                    Some(c @ ('"' | '\\' | '$' | '`')) => self.put(c),
                    Some(c) => {
                        self.put('\\');
                        self.put(c);
                    }
                    None => return Err(open("\"")),
                },
                Some(c) => self.put(c),
                None => return Err(open("\"")),
            }
        }
    }

    /// `$'…'`
    fn ansi_c(&mut self) -> Result<(), String> {
        self.next();
        let mut bytes = Vec::new();
        loop {
            match self.next() {
                Some('\'') => break,
                Some('\\') => self.escape(&mut bytes),
                Some(c) => push(&mut bytes, c),
                None => return Err(open("$'")),
            }
        }
        self.word.get_or_insert_default().push_str(&String::from_utf8_lossy(&bytes));
        Ok(())
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) {
        let Some(c) = self.next() else { return };
        match c {
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            'r' => bytes.push(b'\r'),
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'f' => bytes.push(12),
            'v' => bytes.push(11),
            'e' | 'E' => bytes.push(27),
            'x' => bytes.extend(self.digits(16, 2).and_then(|code| u8::try_from(code).ok())),
            'u' => self.digits(16, 4).and_then(char::from_u32).into_iter().for_each(|c| push(bytes, c)),
            'U' => self.digits(16, 8).and_then(char::from_u32).into_iter().for_each(|c| push(bytes, c)),
            '0'..='7' => {
                self.rest.push(c);
                bytes.extend(self.digits(8, 3).and_then(|code| u8::try_from(code).ok()));
            }
            c => push(bytes, c),
        }
    }

    fn digits(&mut self, radix: u32, most: usize) -> Option<u32> {
        let mut code = None;
        for _ in 0..most {
            let Some(digit) = self.ahead().and_then(|c| c.to_digit(radix)) else { break };
            self.next();
            code = Some(code.unwrap_or(0) * radix + digit);
        }
        code
    }

    /// Blanks behind the sign are a common slip.
    fn at_line_end(&self) -> bool {
        let mut blanks = self.rest.iter().rev().skip_while(|c| **c == ' ' || **c == '\t');
        blanks.next().is_none_or(|c| *c == '\n')
    }

    fn skip_line_end(&mut self) {
        while let Some(c) = self.next() {
            if c == '\n' {
                break;
            }
        }
    }

    fn skip_comment(&mut self) {
        while self.ahead().is_some_and(|c| c != '\n') {
            self.next();
        }
    }

    /// A caret takes the next character as it is; then `"` quotes and `\"` is one of them.
    fn windows(&mut self) -> Result<(), String> {
        let mut quoted = false;
        while let Some(mut c) = self.next() {
            let mut escaped = false;
            if c == '^' {
                if self.at_line_end() {
                    self.skip_line_end();
                    continue;
                }
                c = self.next().unwrap_or('^');
                escaped = true;
            }
            match c {
                '\\' if self.quote_follows() => self.put('"'),
                '"' => {
                    quoted = !quoted;
                    self.word.get_or_insert_default();
                }
                '\n' | '|' | '&' if !quoted && !escaped => self.end_command(),
                c if c.is_whitespace() && !quoted => self.end_word(),
                c => self.put(c),
            }
        }
        if quoted { Err(open("\"")) } else { Ok(()) }
    }

    /// Takes the quote, with a caret before it or without.
    fn quote_follows(&mut self) -> bool {
        let count = match self.rest.as_slice() {
            [.., '"'] => 1,
            [.., '"', '^'] => 2,
            _ => return false,
        };
        self.rest.truncate(self.rest.len() - count);
        true
    }
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
}

fn open(quote: &str) -> String {
    format!("a quote (`{quote}`) is not closed; paste the whole command")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_shell() {
        for (text, wanted) in [
            ("curl -d 'a b' \"c \\\" $d\" e\\ f", &["curl", "-d", "a b", "c \" $d", "e f"][..]),
            ("curl \\\n  -s \\  \n  x", &["curl", "-s", "x"]),
            ("curl \\\r\n  -s", &["curl", "-s"]),
            ("curl `\n -s", &["curl", "-s"]),
            ("curl\n  -s\n  'x'", &["curl", "-s"]),
            ("curl $'it\\'s\\u0021\\n\\x41\\101\\xc3\\xa9' a''b ''", &["curl", "it's!\nAA\u{e9}", "ab", ""]),
            ("# first\ncurl https://a/?b=c&d=e | jq .", &["curl", "https://a/?b=c&d=e"]),
            ("curl x > file", &["curl", "x"]),
            ("curl -d <token> x && rm y", &["curl", "-d", "<token>", "x"]),
            (
                "curl ^\"https://a/?b=c^&d=e^\" ^\n  -H ^\"a: b^\"",
                &["curl", "https://a/?b=c&d=e", "-H", "a: b"],
            ),
            (
                "curl --data-raw ^\"^{^\\^\"a^\\^\":^\\^\"b c^\\^\"^}^\"",
                &["curl", "--data-raw", "{\"a\":\"b c\"}"],
            ),
            ("curl \"a\" ^\r\n -d \"x=\\\"y\\\"\"", &["curl", "a", "-d", "x=\"y\""]),
        ] {
            let all = commands(text).expect(text);
            let curl = all.iter().find(|words| words[0] == "curl").expect(text);
            assert_eq!(curl, wanted, "{text}");
        }
    }

    #[test]
    fn an_open_quote_is_an_error() {
        for text in ["curl 'a", "curl \"a", "curl \"a\\", "curl $'a\\'", "curl ^\"a ^\n b"] {
            assert!(commands(text).expect_err(text).contains("not closed"), "{text}");
        }
    }
}
