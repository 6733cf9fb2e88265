//! The assignment of a token to an environment variable, as each shell reads it back: to the byte, and as nothing else.
//!
//! The rule that matters: a value is printable ASCII without a space (`printable`), a name is one that `variable` lets pass. Each
//! form escapes all that means something between its quotes.

use clap::ValueEnum;
use zeroize::Zeroizing;

use super::variable;
use crate::base::error::{Result, refused};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// sh, bash, dash, zsh, ksh and busybox: by `eval`
    Sh,
    /// fish: `… | source`
    Fish,
    /// PowerShell: `… | Invoke-Expression`
    Powershell,
    /// Nushell: by `nu -c`; a shell that runs takes `--format json` and `load-env`
    Nushell,
    /// A line of an `.env` file
    Dotenv,
    /// A JSON object
    Json,
}

/// One line. `Err`: the name is none for a token, or the format has no way to write this value.
pub(crate) fn assignment(format: Format, name: &str, value: &str) -> Result<Zeroizing<String>> {
    variable::check(name)?;
    Ok(Zeroizing::new(match format {
        Format::Sh => format!("export {name}='{}'\n", *replaced(value, &[('\'', r"'\''")])),
        Format::Fish => format!("set -gx {name} '{}'\n", *replaced(value, &[('\\', r"\\"), ('\'', r"\'")])),
        Format::Powershell => format!("$env:{name} = '{}'\n", *replaced(value, &[('\'', "''")])),
        Format::Nushell => format!("$env.{name} = \"{}\"\n", *double_quoted(value)),
        Format::Dotenv => format!("{name}={}\n", *dotenv(value)?),
        Format::Json => format!("{{\"{name}\":\"{}\"}}\n", *double_quoted(value)),
    }))
}

fn double_quoted(value: &str) -> Zeroizing<String> {
    replaced(value, &[('\\', r"\\"), ('"', "\\\"")])
}

/// Each of these characters by what stands for it.
fn replaced(value: &str, by: &[(char, &str)]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(value.len() * 4));
    for c in value.chars() {
        match by.iter().find(|(special, _)| *special == c) {
            Some((_, instead)) => out.push_str(instead),
            None => out.push(c),
        }
    }
    out
}

/// Files of that kind have many readers and no standard. What a token may hold (RFC 6750 section 2.1) all of them take as it
/// stands, and between single quotes most take the rest but for these, which some unescape, end with, or fill in.
fn dotenv(value: &str) -> Result<Zeroizing<String>> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    let is_plain = value.bytes().all(plain) && !value.starts_with('~');
    let many = ['\'', '"', '\\', '$', '`'];
    if is_plain {
        return Ok(Zeroizing::new(value.to_owned()));
    }
    match value.contains(many) {
        true => Err(refused("the token contains a quote, a backslash or a `$`, which readers of `.env` files interpret in different ways")
            .hint("`--format json` can carry it")),
        false => Ok(Zeroizing::new(format!("'{value}'"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every character that a token may hold.
    fn all() -> String {
        (0x21..=0x7e_u8).map(char::from).collect()
    }

    fn shown(format: Format, value: &str) -> String {
        assignment(format, "A", value).expect("good").to_string()
    }

    #[test]
    fn what_means_something_is_escaped() {
        let value = r#"a'b"c\d$e`f!"#;
        for (format, line) in [
            (Format::Sh, "export A='a'\\''b\"c\\d$e`f!'\n"),
            (Format::Fish, "set -gx A 'a\\'b\"c\\\\d$e`f!'\n"),
            (Format::Powershell, "$env:A = 'a''b\"c\\d$e`f!'\n"),
            (Format::Nushell, "$env.A = \"a'b\\\"c\\\\d$e`f!\"\n"),
            (Format::Json, "{\"A\":\"a'b\\\"c\\\\d$e`f!\"}\n"),
        ] {
            assert_eq!(shown(format, value), line);
        }
        assert_eq!(shown(Format::Dotenv, "a.b-c_d~e+f/g=="), "A=a.b-c_d~e+f/g==\n");
        assert_eq!(shown(Format::Dotenv, "a#b!c"), "A='a#b!c'\n");
        // A shell that reads such a file would take it for a home.
        assert_eq!(shown(Format::Dotenv, "~"), "A='~'\n");
        for taken in ["a'b", "a\"b", "a\\b", "a$b", "a`b"] {
            assert!(assignment(Format::Dotenv, "A", taken).is_err(), "{taken}");
        }
    }

    #[test]
    fn json_is_read_back() {
        let read: serde_json::Value = serde_json::from_str(&shown(Format::Json, &all())).expect("JSON");
        assert_eq!(read["A"], all());
    }

    /// As each grammar has it: what stands between the quotes, and nothing behind them.
    fn read_back(line: &str, open: &str, escapes: &[(&str, char)], quote: char) -> Option<String> {
        let mut rest = line.strip_prefix(open)?;
        let mut out = String::new();
        loop {
            if let Some((escape, c)) = escapes.iter().find(|(escape, _)| rest.starts_with(escape)) {
                (out, rest) = (out + &c.to_string(), &rest[escape.len()..]);
            } else if rest.starts_with(quote) {
                return (&rest[1..] == "\n").then_some(out);
            } else {
                let c = rest.chars().next()?;
                (out, rest) = (out + &c.to_string(), &rest[1..]);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn every_value_is_read_back_and_nothing_else(value in "[!-~]{0,40}|['\"\\\\$`!]{0,12}") {
            let read = |format, open, escapes: &[(&str, char)], quote| {
                read_back(&shown(format, &value), open, escapes, quote)
            };
            let same = Some(value.clone());
            prop_assert_eq!(&read(Format::Sh, "export A='", &[(r"'\''", '\'')], '\''), &same);
            prop_assert_eq!(&read(Format::Fish, "set -gx A '", &[(r"\\", '\\'), (r"\'", '\'')], '\''), &same);
            prop_assert_eq!(&read(Format::Powershell, "$env:A = '", &[("''", '\'')], '\''), &same);
            let double = [(r"\\", '\\'), ("\\\"", '"')];
            prop_assert_eq!(&read(Format::Nushell, "$env.A = \"", &double, '"'), &same);
            let json: serde_json::Value = serde_json::from_str(&shown(Format::Json, &value)).expect("JSON");
            prop_assert_eq!(json, serde_json::json!({ "A": value }));
        }

        #[test]
        fn a_name_that_passes_is_a_plain_word(name in any::<String>()) {
            if let Ok(line) = assignment(Format::Sh, &name, "v") {
                let word = line.strip_prefix("export ").and_then(|line| line.strip_suffix("='v'\n"));
                prop_assert!(word.is_some_and(|word| word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')));
            }
        }
    }
}
