//! From bytes to text, whatever the charset. What counts is ASCII in every charset that vendors use, so no tables are
//! needed: tokens are ASCII (RFC 6749 appendix A), and of vendors' words nothing else is shown. A character that is not
//! known for sure becomes U+FFFD, and no token with one in it is taken.

use super::oddity::Oddity;

/// The text, and what was odd about its bytes. `declared`: the charset that a header or the XML declaration names.
pub(super) fn text(bytes: &[u8], declared: &str) -> (String, Option<Oddity>) {
    if let Some((wide, mark)) = wide(bytes, declared) {
        return (wide.decode(&bytes[mark..]), Some(Oddity::Wide(wide.name())));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        let (text, odd) = narrow(rest, declared);
        return (text, odd.or(Some(Oddity::Mark)));
    }
    narrow(bytes, declared)
}

#[derive(Clone, Copy)]
enum Wide {
    Utf16 { big: bool },
    Utf32 { big: bool },
}

/// By its byte order mark (with its length), its declared name, or the zeros beside the first characters.
fn wide(bytes: &[u8], declared: &str) -> Option<(Wide, usize)> {
    let utf16 = |big, mark| Some((Wide::Utf16 { big }, mark));
    let utf32 = |big, mark| Some((Wide::Utf32 { big }, mark));
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => utf32(false, 4),
        [0, 0, 0xfe, 0xff, ..] => utf32(true, 4),
        [0xff, 0xfe, ..] => utf16(false, 2),
        [0xfe, 0xff, ..] => utf16(true, 2),
        [1..=255, 0, 0, 0, 1..=255, 0, 0, 0, ..] => utf32(false, 0),
        [0, 0, 0, 1..=255, 0, 0, 0, 1..=255, ..] => utf32(true, 0),
        [1..=127, 0, ..] => utf16(false, 0),
        [0, 1..=127, ..] => utf16(true, 0),
        [_, 0, ..] if declared.starts_with("utf-16") => utf16(false, 0),
        [0, _, ..] if declared.starts_with("utf-16") => utf16(true, 0),
        _ => None,
    }
}

impl Wide {
    fn name(self) -> &'static str {
        match self {
            Wide::Utf16 { .. } => "UTF-16",
            Wide::Utf32 { .. } => "UTF-32",
        }
    }

    fn decode(self, bytes: &[u8]) -> String {
        match self {
            Wide::Utf16 { big } => {
                let unit =
                    |two: &[u8; 2]| if big { u16::from_be_bytes(*two) } else { u16::from_le_bytes(*two) };
                let units = bytes.as_chunks::<2>().0.iter().map(unit);
                char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
            }
            Wide::Utf32 { big } => {
                let code =
                    |four: &[u8; 4]| if big { u32::from_be_bytes(*four) } else { u32::from_le_bytes(*four) };
                let codes = bytes.as_chunks::<4>().0.iter().map(code);
                codes.map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
            }
        }
    }
}

fn narrow(bytes: &[u8], declared: &str) -> (String, Option<Oddity>) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), None);
    }
    let text = match kind(declared) {
        Kind::Latin => bytes.iter().copied().map(latin).collect(),
        Kind::Double => double(bytes),
        // A wrong byte among others, or a charset that nobody names.
        Kind::Other => {
            let unsure = |valid: &str, wrong: &[u8]| {
                valid.to_owned() + &wrong.iter().map(|_| char::REPLACEMENT_CHARACTER).collect::<String>()
            };
            bytes.utf8_chunks().map(|part| unsure(part.valid(), part.invalid())).collect()
        }
    };
    (text, Some(Oddity::Charset))
}

enum Kind {
    Latin,
    /// Of two bytes the second may look like ASCII.
    Double,
    Other,
}

fn kind(declared: &str) -> Kind {
    let begins = |names: &[&str]| names.iter().any(|name| declared.starts_with(name));
    if begins(&["iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252"]) {
        Kind::Latin
    } else if begins(&["gb", "big5", "shift", "sjis", "windows-31j", "windows-936", "euc-", "cp936", "cp949"])
    {
        Kind::Double
    } else {
        Kind::Other
    }
}

/// ISO 8859-1; what windows-1252 has instead of its control characters is not needed.
fn latin(byte: u8) -> char {
    if (0x80..0xa0).contains(&byte) { char::REPLACEMENT_CHARACTER } else { char::from(byte) }
}

/// A byte beyond ASCII takes the next one with it, unless that one ends a string in JSON.
fn double(bytes: &[u8]) -> String {
    let (mut text, mut rest) = (String::new(), bytes);
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        if first.is_ascii() {
            text.push(char::from(*first));
        } else {
            text.push(char::REPLACEMENT_CHARACTER);
            rest = more.split_first().filter(|(second, _)| **second >= b'@').map_or(more, |(_, after)| after);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ascii_is_read_in_every_charset() {
        let wide = |text: &str, big: bool| -> Vec<u8> {
            let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            text.encode_utf16().flat_map(bytes).collect()
        };
        let widest = |text: &str, big: bool| -> Vec<u8> {
            let bytes = |c: char| if big { (c as u32).to_be_bytes() } else { (c as u32).to_le_bytes() };
            text.chars().flat_map(bytes).collect()
        };
        for (bytes, declared, wanted) in [
            (b"{\"a\":\"b\"}".to_vec(), "utf-16", "{\"a\":\"b\"}"),
            (wide("\u{feff}{\"\u{1f600}\":1}", true), "", "{\"\u{1f600}\":1}"),
            (wide("\u{feff}{\"\u{e9}\":1}", false), "", "{\"\u{e9}\":1}"),
            (wide("{\"a\":1}", false), "", "{\"a\":1}"),
            (wide("{\"a\":1}", true), "utf-8", "{\"a\":1}"),
            (widest("\u{feff}{\"a\":1}", true), "", "{\"a\":1}"),
            (widest("\u{feff}{\"a\":1}", false), "", "{\"a\":1}"),
            (widest("{\"a\":1}", false), "", "{\"a\":1}"),
            (b"\xef\xbb\xbf{}".to_vec(), "", "{}"),
            (b"{\"n\":\"caf\xe9\"}".to_vec(), "iso-8859-1", "{\"n\":\"caf\u{e9}\"}"),
            (b"{\"n\":\"caf\xe9\"}".to_vec(), "", "{\"n\":\"caf\u{fffd}\"}"),
            // Its second byte is a backslash.
            (b"{\"n\":\"\x95\x5c\"}".to_vec(), "shift_jis", "{\"n\":\"\u{fffd}\"}"),
            (b"{\"n\":\"\xd6\xd0\xb1\"}".to_vec(), "gbk", "{\"n\":\"\u{fffd}\u{fffd}\"}"),
        ] {
            assert_eq!(text(&bytes, declared).0, wanted, "{bytes:?} {declared}");
        }
        assert_eq!(text(b"{}", "latin1"), ("{}".to_owned(), None));
    }
}
