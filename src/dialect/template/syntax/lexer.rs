//! From the text behind `{{` to tokens, up to the `}}` that belongs to it.

use std::iter::Peekable;
use std::str::CharIndices;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    Whole(i64),
    /// An operator, a bracket, a comma.
    Sign(&'static str),
}

/// The longer before those that they begin with.
const SIGNS: [&str; 28] = [
    "//", "**", "==", "!=", "<=", ">=", "(", ")", "[", "]", "{", "}", ",", ":", ".", "|", "~", "+", "-", "*",
    "/", "%", "<", ">", "=", "!", "&", "?",
];

/// The tokens, and what stands behind the `}}`.
pub(super) fn expression(source: &str) -> Result<(Vec<Token>, &str), String> {
    if source.starts_with(['-', '+']) {
        return Err("`{{-` is not supported: white space around an expression is kept as written".into());
    }
    let mut tokens = Vec::new();
    let mut open = 0_usize;
    let mut rest = source.trim_start();
    loop {
        if open == 0
            && let Some(after) = rest.strip_prefix("}}")
        {
            return Ok((tokens, after));
        }
        if open == 0 && rest.starts_with("-}}") {
            return Err("`-}}` is not supported: white space around an expression is kept as written".into());
        }
        let (token, after) = token(rest)?;
        match &token {
            Token::Sign("(" | "[" | "{") => open += 1,
            Token::Sign(")" | "]" | "}") => open = open.saturating_sub(1),
            _ => {}
        }
        tokens.push(token);
        rest = after.trim_start();
    }
}

fn token(rest: &str) -> Result<(Token, &str), String> {
    let first = rest.chars().next().ok_or("`{{` is not closed; write `}}` where the expression ends")?;
    if first == '\'' || first == '"' {
        return text(rest, first);
    }
    if first.is_ascii_digit() {
        let (digits, after) = split(rest, |c| c.is_ascii_alphanumeric() || c == '_');
        let whole = digits
            .parse()
            .map_err(|_| format!("`{digits}` is not a whole number that can be calculated with"))?;
        let fraction = after.starts_with('.') && after[1..].starts_with(|c: char| c.is_ascii_digit());
        return match fraction {
            true => Err("only whole numbers are supported; write a fraction as a text".into()),
            false => Ok((Token::Whole(whole), after)),
        };
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let (name, after) = split(rest, |c| c.is_ascii_alphanumeric() || c == '_');
        return Ok((Token::Name(name.to_owned()), after));
    }
    let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
    sign.map(|sign| (Token::Sign(sign), &rest[sign.len()..]))
        .ok_or_else(|| format!("`{}` means nothing here", first.escape_debug()))
}

fn split(text: &str, within: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !within(c)).unwrap_or(text.len()))
}

/// From its quotation mark to the next.
fn text(rest: &str, quote: char) -> Result<(Token, &str), String> {
    let mut text = String::new();
    let mut chars = rest.char_indices().peekable();
    chars.next();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => text.push(escaped(&mut chars)?),
            _ if c == quote => return Ok((Token::Text(text), &rest[at + 1..])),
            _ => text.push(c),
        }
    }
    Err(format!("a text is not closed; write {quote} where it ends"))
}

/// As in JSON, and either quotation mark.
fn escaped(chars: &mut Peekable<CharIndices<'_>>) -> Result<char, String> {
    let Some((_, letter)) = chars.next() else { return Err("a text ends with `\\`".into()) };
    Ok(match letter {
        '\\' | '/' | '\'' | '"' => letter,
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\x08',
        'f' => '\x0c',
        'x' => code(chars, 2).and_then(char::from_u32).ok_or("`\\x` needs two hexadecimal digits")?,
        'u' => unicode(chars).ok_or("`\\u` needs the four hexadecimal digits of a character")?,
        _ => {
            return Err(format!(
                "`\\{}` is not an escape; a backslash is written `\\\\`",
                letter.escape_debug()
            ));
        }
    })
}

fn code(chars: &mut Peekable<CharIndices<'_>>, digits: usize) -> Option<u32> {
    (0..digits).try_fold(0, |code, _| Some(code * 16 + chars.next()?.1.to_digit(16)?))
}

/// A character beyond the first 65,536 is a pair, as in JSON.
fn unicode(chars: &mut Peekable<CharIndices<'_>>) -> Option<char> {
    let first = code(chars, 4)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first);
    }
    chars.next_if(|(_, c)| *c == '\\')?;
    chars.next_if(|(_, c)| *c == 'u')?;
    let second = code(chars, 4).filter(|second| (0xdc00..0xe000).contains(second))?;
    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
}
