//! A secret as somebody keeps it, and what came along with it: the mark that an editor puts in front, quotes of a
//! shell, a second line break. What can only be wrong is an error, what may be meant is told.
//!
//! No words here repeat anything of the secret.

use zeroize::Zeroizing;

use super::characters::is_hidden;

/// Bytes as text: UTF-8, or UTF-16 that says so by its byte order mark, as `>` of Windows PowerShell writes it. The
/// mark is no part of the text.
pub(crate) fn decoded(bytes: &[u8]) -> Result<Zeroizing<String>, &'static str> {
    let units = |of: fn([u8; 2]) -> u16| bytes[2..].chunks_exact(2).map(move |two| of([two[0], two[1]]));
    let wide = match bytes {
        [0xff, 0xfe, ..] if bytes.len().is_multiple_of(2) => Some(units(u16::from_le_bytes)),
        [0xfe, 0xff, ..] if bytes.len().is_multiple_of(2) => Some(units(u16::from_be_bytes)),
        _ => None,
    };
    let text = match wide {
        Some(units) => {
            char::decode_utf16(units).collect::<Result<String, _>>().map_err(|_| "is not UTF-8")?
        }
        None => str::from_utf8(bytes).map_err(|_| "is not UTF-8")?.to_owned(),
    };
    let text = Zeroizing::new(text);
    if text.contains('\0') {
        return Err("contains NUL, a control character, as UTF-16 and binary files do; save it as UTF-8");
    }
    Ok(unmarked(text))
}

/// Without byte order marks in front.
pub(crate) fn unmarked(text: Zeroizing<String>) -> Zeroizing<String> {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Zeroizing::new(rest.trim_start_matches('\u{feff}').to_owned()),
        None => text,
    }
}

/// Without one trailing newline.
pub(crate) fn bare(text: &str) -> &str {
    text.strip_suffix('\n').map_or(text, |cut| cut.strip_suffix('\r').unwrap_or(cut))
}

/// What a secret is for, and so what it may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One line, such as a client secret (RFC 6749 appendix A).
    Line,
    /// Whatever a dialect's template makes of it; JSON and PEM are of several lines.
    Free,
    /// A key or a certificate, of which its reader says what is wrong.
    Pem,
}

/// What is odd about a secret of that form, if anything. `Err`: it can only be wrong.
pub(crate) fn oddities(text: &str, form: Form) -> Result<Vec<&'static str>, &'static str> {
    let is_block = text.trim_start().starts_with("-----BEGIN ");
    let of_lines = form == Form::Pem || form == Form::Free && (is_block || is_json(text));
    let controls = text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    if controls && form != Form::Free {
        return Err("contains a control character");
    }
    if of_lines {
        return Ok(Vec::new());
    }
    let mut odd = Vec::new();
    if text.trim_end_matches(['\n', '\r']).contains(['\n', '\r']) {
        odd.push("has several lines");
    } else if text.contains(['\n', '\r']) {
        odd.push("ends with a second line break");
    }
    if controls {
        odd.push("contains a control character");
    }
    if text.contains('\t') {
        odd.push("contains a tab");
    }
    odd.extend(around(text));
    if form == Form::Line && is_json(text) {
        odd.push("is a whole JSON object");
    }
    Ok(odd)
}

/// The same of a refresh token that somebody imports: it is one word that a vendor made.
pub(crate) fn token_oddities(text: &str) -> Result<Vec<&'static str>, &'static str> {
    if text.chars().any(char::is_control) {
        return Err("contains a line break or another control character");
    }
    if text.chars().any(is_hidden) {
        return Err("contains an invisible character; copy it again from where it came");
    }
    let bare = text.trim();
    let is_quote = |c: char| QUOTES.contains(c);
    if bare.len() > 1 && bare.starts_with(is_quote) && bare.ends_with(is_quote) {
        return Err("is in quotes; remove them");
    }
    if bare.contains(TYPOGRAPHIC) {
        return Err(
            "contains a typographic quotation mark, which no token has; copy it again from where it came",
        );
    }
    if has_scheme(bare) {
        return Err("has the name of a scheme in front, such as `Bearer `; remove it");
    }
    if has_name_of_a_token(bare) {
        return Err("has a name in front, such as `refresh_token=`; remove it");
    }
    let mut odd = around(text);
    if bare.contains(char::is_whitespace) {
        odd.push("contains a blank");
    }
    if !bare.is_ascii() {
        odd.push("contains characters that are not ASCII");
    }
    Ok(odd)
}

const TYPOGRAPHIC: [char; 9] =
    ['\u{2018}', '\u{2019}', '\u{201a}', '\u{201c}', '\u{201d}', '\u{201e}', '\u{ab}', '\u{bb}', '\u{ff02}'];
const QUOTES: &str = "\"'`\u{2018}\u{2019}\u{201a}\u{201c}\u{201d}\u{201e}\u{ab}\u{bb}\u{ff02}";

/// What stands around a secret, or in it, by mistake.
fn around(text: &str) -> Vec<&'static str> {
    let line = text.trim_end_matches(['\n', '\r']);
    let bare = line.trim();
    let is_quote = |c: char| QUOTES.contains(c);
    let mut odd = Vec::new();
    let mut tell = |is: bool, words| odd.extend(is.then_some(words));
    tell(bare.len() < line.len() || bare.is_empty(), "begins or ends with a blank");
    tell(text.chars().any(is_hidden), "contains an invisible character");
    tell(bare.len() > 1 && bare.starts_with(is_quote) && bare.ends_with(is_quote), "is in quotes");
    tell(bare.contains(TYPOGRAPHIC), "contains a typographic quotation mark");
    tell(has_scheme(bare), "has the name of a scheme in front, such as `Bearer `");
    tell(has_name(bare), "has a name in front, such as `token=`");
    odd
}

fn is_json(text: &str) -> bool {
    let text = text.trim();
    text.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn has_scheme(text: &str) -> bool {
    let (first, rest) = text.split_once([' ', '\t', '\u{a0}']).unwrap_or((text, ""));
    let schemes = ["bearer", "basic", "token", "apikey", "authorization:", "bearer:", "token:"];
    schemes.contains(&first.to_ascii_lowercase().as_str()) && !rest.trim().is_empty()
}

fn has_name(text: &str) -> bool {
    let known = ["token", "secret", "password", "passwd", "apikey", "key", "pwd", "authorization"];
    let ends = ["token", "secret", "password", "apikey"];
    name_in_front(text)
        .is_some_and(|name| known.contains(&name.as_str()) || ends.iter().any(|end| name.ends_with(end)))
}

/// The names that the answers of vendors have for it.
fn has_name_of_a_token(text: &str) -> bool {
    name_in_front(text).is_some_and(|name| matches!(name.as_str(), "refreshtoken" | "accesstoken"))
}

/// `export CLIENT_SECRET=…`, `"refresh_token": …`; in lower case and without what joins words. Not `user:password`.
fn name_in_front(text: &str) -> Option<String> {
    let text = text.strip_prefix("export ").unwrap_or(text);
    let is_quote = |c: char| QUOTES.contains(c);
    let (name, value) = text.split_once('=').filter(|(name, _)| !name.contains(':')).or_else(|| {
        let (name, value) = text.split_once(':')?;
        let marked =
            name.ends_with(is_quote) || value.starts_with([' ', '\t']) || value.starts_with(is_quote);
        marked.then_some((name, value))
    })?;
    let name = name.trim_matches(|c: char| c.is_whitespace() || is_quote(c)).to_ascii_lowercase();
    let is_word = name.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-'));
    let plain = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    // `key=` is what base64 may end with.
    (is_word && !value.trim_matches('=').is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_utf_16_are_no_part_of_a_text() {
        let wide =
            |of: fn(u16) -> [u8; 2]| "\u{feff}s\u{fc}\n".encode_utf16().flat_map(of).collect::<Vec<u8>>();
        for bytes in [
            "s\u{fc}\n".as_bytes().to_vec(),
            "\u{feff}s\u{fc}\n".as_bytes().to_vec(),
            "\u{feff}\u{feff}s\u{fc}\n".as_bytes().to_vec(),
            wide(u16::to_le_bytes),
            wide(u16::to_be_bytes),
        ] {
            assert_eq!(decoded(&bytes).map(|text| text.to_string()), Ok("s\u{fc}\n".to_owned()), "{bytes:?}");
        }
        for bytes in
            [&b"\xff"[..], b"\xff\xfe\0", b"\xff\xfe\0\xd8", b"s\0e\0", b"a\0", b"\xff\xfe\0\0a\0\0\0"]
        {
            assert!(decoded(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn one_newline_goes() {
        for (text, wanted) in
            [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a\r", "a\r"), ("a", "a"), ("\n", "")]
        {
            assert_eq!(bare(text), wanted);
        }
    }

    #[test]
    fn what_is_odd_is_told_and_what_is_wrong_refused() {
        use Form::{Free, Line, Pem};
        for (text, form, wanted) in [
            ("s3cr3t", Line, &[][..]),
            ("pass word=x", Line, &[]),
            ("c2VjcmV0==", Line, &[]),
            ("token:x=y", Line, &[]),
            ("key=", Line, &[]),
            ("a \"b\" c", Line, &[]),
            (" s", Line, &["begins or ends with a blank"]),
            ("s\u{a0}", Line, &["begins or ends with a blank"]),
            ("\"s\"", Line, &["is in quotes"]),
            ("s\u{200b}t", Line, &["contains an invisible character"]),
            ("\u{201c}s\u{201d}", Line, &["is in quotes", "contains a typographic quotation mark"]),
            ("Bearer s", Line, &["has the name of a scheme in front, such as `Bearer `"]),
            ("export CLIENT_SECRET=s", Line, &["has a name in front, such as `token=`"]),
            ("token=s", Line, &["has a name in front, such as `token=`"]),
            ("{\"a\":1}", Line, &["is a whole JSON object"]),
            ("{\n\"a\":1}\n", Free, &[]),
            ("-----BEGIN KEY-----\nx\n", Free, &[]),
            ("a\nb", Free, &["has several lines"]),
            ("a\n", Free, &["ends with a second line break"]),
            ("a\r\n", Line, &["ends with a second line break"]),
            ("a\nb", Line, &["has several lines"]),
            ("a\tb", Line, &["contains a tab"]),
            ("a\u{1b}", Free, &["contains a control character"]),
            (" x\n y\t", Pem, &[]),
        ] {
            assert_eq!(oddities(text, form), Ok(wanted.to_vec()), "{text:?}");
        }
        for (text, form) in [("a\u{1b}", Line), ("a\u{7f}b", Line), ("\u{85}", Pem)] {
            assert!(oddities(text, form).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_imported_token_is_one_word() {
        for text in ["rt-1.a_b~c+/=", "a=b", "v1:abc", "eyJ.eyJ.x", "token", "bearer", "\u{e9}"] {
            let odd = token_oddities(text).expect(text);
            assert_eq!(odd.is_empty(), text.is_ascii(), "{text}");
        }
        for text in [" a", "a b", "a\u{a0}", "token=a", "export TOKEN=a"] {
            assert!(!token_oddities(text).expect(text).is_empty(), "{text:?}");
        }
        for text in [
            "a\nb",
            "a\t",
            "\"a\"",
            "'a'",
            "`a`",
            "\u{201c}a\u{201d}",
            "a\u{2019}",
            "a\u{200b}b",
            "a\u{202e}",
            "Bearer a",
            "bearer\u{a0}a",
            "refresh_token=a&x=y",
            "refreshToken: a",
            "\"refresh_token\":\"a\",",
            "Authorization: Bearer a",
            "export REFRESH_TOKEN=a",
        ] {
            assert!(token_oddities(text).is_err(), "{text:?}");
        }
    }
}
