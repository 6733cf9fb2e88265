//! Words as a shell takes them, in commands that a person is shown.

/// One word, whatever is in it.
pub(crate) fn quoted(word: &str) -> String {
    // Nobody can type the one character that no quotes help.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_it_for_one_word() {
        for word in ["a", "", "/tmp/a b", "openid offline_access", "it's", "$(touch x)", "`x`", "a\"b", "~"] {
            let line = format!("tokcli {}", quoted(word));
            assert_eq!(shlex::split(&line), Some(vec!["tokcli".to_owned(), word.to_owned()]), "{line}");
        }
        assert_eq!(quoted("/tmp/a-b.toml"), "/tmp/a-b.toml");
    }
}
