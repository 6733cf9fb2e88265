//! Characters that a person cannot see, or that command whoever shows them: a terminal obeys some, and others turn or
//! hide the text around them.

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// `text` where XML or HTML holds text, or the value of an attribute.
pub(crate) fn escaped_in_markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

/// Whether `c` shows as nothing, or changes how other text shows.
pub(crate) fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// `text` as a terminal may be given it: what would command it, or hide something, is written out. Lines and tabs
/// stay.
pub(crate) fn harmless(text: &str) -> String {
    escaped(text, |c| matches!(c, '\n' | '\t'))
}

/// The same for words that are to stay on one line.
pub(crate) fn harmless_line(text: &str) -> String {
    escaped(text, |_| false)
}

/// TOML in which nothing is hidden, and which says the same: what is, is written as an escape of a string, where nearly all
/// of it can stand. A literal string knows no escapes, so one that hides something becomes a basic string.
pub(crate) fn escaped_in_toml(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut out = String::with_capacity(text.len());
    for token in Source::new(text).lex() {
        let whole = text.get(token.span().start()..token.span().end()).unwrap_or_default();
        let quotes = match token.kind() {
            TokenKind::LiteralString => 1,
            TokenKind::MlLiteralString => 3,
            _ => 0,
        };
        let seen = seen_in_toml(whole);
        let inner = whole.get(quotes..whole.len().saturating_sub(quotes));
        match inner.filter(|_| quotes > 0 && seen != whole) {
            Some(inner) => {
                let inner = inner.replace('\\', "\\\\").replace('"', "\\\"");
                let quotes = "\"".repeat(quotes);
                out.extend([&*quotes, &*seen_in_toml(&inner), &*quotes]);
            }
            None => out.push_str(&seen),
        }
    }
    out
}

fn seen_in_toml(text: &str) -> String {
    let stays = |c: char| matches!(c, '\n' | '\r' | '\t');
    written_out(text, stays, |out, c| {
        let code = u32::from(c);
        out.push_str(&if code > 0xffff { format!("\\U{code:08X}") } else { format!("\\u{code:04X}") });
    })
}

/// JSON in whose strings nothing is hidden: to whoever reads it, it is the same.
pub(crate) fn escaped_in_json(text: &str) -> String {
    written_out(
        text,
        |_| false,
        |out, c| {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        },
    )
}

fn written_out(text: &str, stays: impl Fn(char) -> bool, write: impl Fn(&mut String, char)) -> String {
    // As nearly all are.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if (c.is_control() || is_hidden(c)) && !stays(c) {
            write(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> String {
    written_out(text, stays, |out, c| out.extend(c.escape_unicode()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_commands_a_terminal_is_written_out() {
        for (text, shown) in [
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("\u{9b}2J\u{7f}", "\\u{9b}2J\\u{7f}"),
            ("x\u{202e}y\u{2066}z\u{200b}\u{feff}", "x\\u{202e}y\\u{2066}z\\u{200b}\\u{feff}"),
            (
                "gr\u{fc}n \u{4e2d}\u{6587} \u{201c}q\u{201d} a\\u{1b}",
                "gr\u{fc}n \u{4e2d}\u{6587} \u{201c}q\u{201d} a\\u{1b}",
            ),
            ("a\r\n\tb\n", "a\\u{d}\n\tb\n"),
        ] {
            assert_eq!(harmless(text), shown);
        }
        assert_eq!(harmless_line("a\nb\tc"), "a\\u{a}b\\u{9}c");
    }

    #[test]
    fn a_literal_string_that_hides_something_becomes_a_basic_one_of_the_same_value() {
        for (text, shown) in [
            ("a = 'x\u{200b}\\d\"'", r#"a = "x\u200B\\d\"""#),
            ("a = '''\nx\u{202e}\\\n\"\"\"y''''", "a = \"\"\"\nx\\u202E\\\\\n\\\"\\\"\\\"y'\"\"\""),
            ("'k\u{200b}' = 'plain \\d' # '\u{200b}'", "\"k\\u200B\" = 'plain \\d' # '\\u200B'"),
            ("a = ['\u{200b}', \"'\u{200b}'\"]", r#"a = ["\u200B", "'\u200B'"]"#),
        ] {
            let is = escaped_in_toml(text);
            assert_eq!(is, shown);
            assert_eq!(is.parse::<toml::Table>().expect("TOML"), text.parse().expect("TOML"));
        }
    }

    proptest! {
        #[test]
        fn json_and_toml_say_the_same_with_what_is_hidden_written_out(text in any::<String>()) {
            let json = escaped_in_json(&serde_json::Value::from(text.clone()).to_string());
            prop_assert!(!json.chars().any(|c| c.is_control() || is_hidden(c)), "{json:?}");
            prop_assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text.clone());
            let toml = escaped_in_toml(&format!("a = {}", toml::Value::from(text.clone())));
            let seen = |c: char| "\n\r\t".contains(c) || !c.is_control() && !is_hidden(c);
            prop_assert!(toml.chars().all(seen), "{toml:?}");
            let table: toml::Table = toml.parse().expect("TOML");
            prop_assert_eq!(table["a"].as_str(), Some(text.as_str()));
        }

        #[test]
        fn nothing_hidden_is_left(text in any::<String>()) {
            let shown = harmless_line(&text);
            prop_assert!(!shown.chars().any(|c| c.is_control() || is_hidden(c)), "{shown:?}");
            if !text.chars().any(|c| c.is_control() || is_hidden(c)) {
                prop_assert_eq!(shown, text);
            }
        }
    }
}
