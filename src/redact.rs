//! Text that a server chose, made fit for a terminal and a log.
//!
//! Printable ASCII only, at most 300 characters, and nothing at all if any
//! stretch of a live secret shows in it, however it was encoded.

use std::collections::HashSet;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A stretch of a secret this long counts as the secret.
const TELLING: usize = 12;
const LONGEST: usize = 300;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// `text` as it may be shown, given every secret that was in play.
pub(crate) fn vendor_words(text: &str, secrets: &[&str]) -> String {
    let readings = readings(text);
    if secrets.iter().any(|secret| shows(&readings, secret)) {
        return "(withheld: the vendor's words hold part of a secret)".into();
    }
    let clean: String = text.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if clean.len() > LONGEST { format!("{}...", &clean[..LONGEST - 3]) } else { clean }
}

fn shows(readings: &[String], secret: &str) -> bool {
    let secret = secret.to_lowercase();
    match secret.chars().count() {
        0 => false,
        1..TELLING => readings.iter().any(|reading| reading.contains(&secret)),
        _ => {
            let telling: HashSet<&str> = stretches(&secret).collect();
            readings.iter().any(|reading| stretches(reading).any(|stretch| telling.contains(stretch)))
        }
    }
}

/// Every so many characters in a row.
fn stretches(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.char_indices().map(|(at, _)| at);
    let ends = starts.clone().skip(TELLING).chain([text.len()]);
    starts.zip(ends).map(|(start, end)| &text[start..end])
}

/// The text as it stands and as somebody might decode it, in lower case. Twice: a header
/// with a client secret is form encoding within base64 (RFC 6749 section 2.3.1).
fn readings(text: &str) -> Vec<String> {
    let once = decoded(text);
    let twice: Vec<String> = once.iter().flat_map(|reading| decoded(reading)).collect();
    let all = [vec![text.to_owned()], once, twice].concat();
    all.iter().map(|reading| reading.to_lowercase()).collect()
}

fn decoded(text: &str) -> Vec<String> {
    let mut all = base64_decoded(text);
    all.extend([form_decoded(text), percent_decoded(text), json_decoded(text)]);
    all
}

fn form_decoded(text: &str) -> String {
    let pairs = url::form_urlencoded::parse(text.as_bytes());
    // `&` and `=` are put back so that no stretch is lost between the pieces.
    pairs
        .map(|(key, value)| if value.is_empty() { key.into_owned() } else { format!("{key}={value}") })
        .collect::<Vec<_>>()
        .join("&")
}

/// Unlike a form's, a `+` stays a `+`.
fn percent_decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let digits =
            [ahead.next(), ahead.next()].map(|digit| digit.and_then(|digit| char::from(digit).to_digit(16)));
        match (byte, digits) {
            (b'%', [Some(high), Some(low)]) => {
                out.extend(u8::try_from(high * 16 + low));
                rest = ahead;
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn json_decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next() {
            Some('u') => {
                let code: String = rest.by_ref().take(4).collect();
                out.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            }
            Some(escaped) => out.push(escaped),
            None => {}
        }
    }
    out
}

/// Every run of base64 letters, decoded from each of the four places a quantum can begin.
fn base64_decoded(text: &str) -> Vec<String> {
    let runs = text.split(|c: char| !(c.is_ascii_alphanumeric() || "+/-_".contains(c)));
    let mut all = Vec::new();
    for run in runs.filter(|run| run.len() >= TELLING) {
        let standard = run.replace('-', "+").replace('_', "/");
        let engine = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
        for start in 0..4 {
            let piece = &standard[start..];
            let whole = piece.len() - usize::from(piece.len() % 4 == 1);
            if let Ok(bytes) = engine.decode(&piece[..whole]) {
                all.push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "rt-canary-0123456789/+";

    #[test]
    fn plain_words_pass_and_lose_control_characters() {
        assert_eq!(vendor_words("token\u{1b}[31m expired\r\n", &[SECRET]), "token?[31m expired??");
        assert_eq!(vendor_words("\u{202e}\u{9b}2J\u{7f} x", &[]), "??2J? x");
        assert_eq!(vendor_words(&"a".repeat(5_000), &[]).len(), LONGEST);
    }

    #[test]
    fn any_stretch_of_a_secret_withholds_the_text() {
        use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
        let percent: String = SECRET.bytes().map(|b| format!("%{b:02X}")).collect();
        let escaped: String = SECRET.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
        for text in [
            format!("bad token {SECRET}"),
            format!("bad token {}", &SECRET[3..16]),
            SECRET.to_uppercase(),
            percent.clone(),
            escaped,
            SECRET.replace('/', "%2F").replace('-', "%2d"),
            BASE64_STANDARD.encode(SECRET),
            BASE64_STANDARD.encode(format!("x{SECRET}")),
            format!("id={}", BASE64_URL_SAFE_NO_PAD.encode(format!("xy{SECRET}"))),
            format!("Basic {}", BASE64_STANDARD.encode(format!("id:{percent}"))),
            format!("é{}é", &SECRET[8..20]),
        ] {
            assert!(vendor_words(&text, &[SECRET]).starts_with("(withheld"), "{text}");
        }
        assert_eq!(vendor_words("rt-canary-0", &[SECRET]), "rt-canary-0", "eleven characters are no stretch");
        assert!(
            vendor_words("pin 1234 is wrong", &["1234"]).starts_with("(withheld"),
            "a short secret counts whole"
        );
    }
}
