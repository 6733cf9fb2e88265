//! Words as a shell takes them, in commands that a person is shown.

/// One word, whatever is in it, for the shell of a person here.
pub(crate) fn quoted(word: &str) -> String {
    if cfg!(windows) { quoted_for_windows(word) } else { quoted_for_sh(word) }
}

/// The same for a POSIX shell.
pub(crate) fn quoted_for_sh(word: &str) -> String {
    // Nobody can type the one character that no quotes help.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}

/// For `cmd` and PowerShell. No file has a quotation mark in its name there.
fn quoted_for_windows(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:\\/~=@+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("\"{word}\"") }
}

/// The words of a line of Windows: what stands in quotes is one, and blanks part the rest.
pub(crate) fn words_of_windows(line: &str) -> Vec<String> {
    let pieces = line.split('"').enumerate();
    pieces
        .flat_map(|(at, piece)| match at % 2 {
            1 => vec![piece.to_owned()],
            _ => piece.split_whitespace().map(str::to_owned).collect(),
        })
        .collect()
}

/// A command that reads what is in a file. PowerShell has no `<`.
pub(crate) fn fed_by_a_file(command: &str) -> String {
    if cfg!(windows) { format!("type FILE | {command}") } else { format!("{command} < FILE") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_it_for_one_word() {
        for word in [
            "a",
            "",
            "/tmp/a b",
            "/Users/a/Library/Application Support/tokcli",
            "openid offline_access",
            "it's",
            "$(touch x)",
            "`x`",
            "a\"b",
            "~",
        ] {
            let line = format!("tokcli {}", quoted_for_sh(word));
            assert_eq!(shlex::split(&line), Some(vec!["tokcli".to_owned(), word.to_owned()]), "{line}");
        }
        assert_eq!(quoted_for_sh("/tmp/a-b.toml"), "/tmp/a-b.toml");
    }

    #[test]
    fn a_line_of_windows_comes_apart_at_quotes_and_blanks() {
        let editor = r"C:\Program Files\e.exe";
        for (line, words) in [
            ("code --wait", vec!["code", "--wait"]),
            (&format!("\"{editor}\" -w"), vec![editor, "-w"]),
            ("", vec![]),
        ] {
            assert_eq!(words_of_windows(line), words, "{line}");
        }
    }

    #[test]
    fn windows_has_quotes_of_its_own_and_no_escapes() {
        for (word, there) in [
            (r"C:\Users\a\p.toml", r"C:\Users\a\p.toml"),
            (r"C:\Program Files\tokcli", "\"C:\\Program Files\\tokcli\""),
            (r"C:\a & b", "\"C:\\a & b\""),
            ("", "\"\""),
        ] {
            assert_eq!(quoted_for_windows(word), there);
        }
    }
}
