//! Characters that a person cannot see, or that command whoever shows them: a terminal obeys some, and others turn or
//! hide the text around them.

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

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if (c.is_control() || is_hidden(c)) && !stays(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
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

    proptest! {
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
