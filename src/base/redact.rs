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
    let clean: String = text.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    // Cleaning may put together what the text itself does not show.
    let readings = readings(text);
    let readings: Vec<String> = readings.iter().chain([&clean]).map(|reading| folded(reading)).collect();
    if secrets.iter().any(|secret| shows(&readings, secret)) {
        return "(withheld: the vendor's words hold part of a secret)".into();
    }
    if clean.len() > LONGEST { format!("{}...", &clean[..LONGEST - 3]) } else { clean }
}

/// Whether any of these shows in `text`, however it was encoded.
pub(crate) fn shows_any(text: &str, secrets: &[&str]) -> bool {
    let readings: Vec<String> = readings(text).iter().map(|reading| folded(reading)).collect();
    secrets.iter().any(|secret| shows(&readings, secret))
}

fn shows(readings: &[String], secret: &str) -> bool {
    let secret = folded(secret);
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

/// Letter by letter: the lower case of a word may depend on where it ends.
fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// The text as it stands and as somebody might decode it. Twice: a header with a client
/// secret is form encoding within base64 (RFC 6749 section 2.3.1).
fn readings(text: &str) -> Vec<String> {
    let once = decoded(text);
    let twice: Vec<String> = once.iter().flat_map(|reading| decoded(reading)).collect();
    [vec![text.to_owned()], once, twice].concat()
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
    // In UTF-16, as JSON escapes: two of them may be one character.
    let mut out: Vec<u16> = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let escaped = if c == '\\' { rest.next() } else { None };
        let code = rest.as_str().get(..4).filter(|_| escaped == Some('u'));
        match code.and_then(|code| u16::from_str_radix(code, 16).ok()) {
            Some(unit) => {
                out.push(unit);
                rest = rest.as_str()[4..].chars();
            }
            None => out.extend_from_slice(escaped.unwrap_or(c).encode_utf16(&mut [0; 2])),
        }
    }
    String::from_utf16_lossy(&out)
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
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

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

    /// What a vendor's page or library may do to a token that it quotes.
    fn encodings(secret: &str, before: &str) -> Vec<String> {
        let percent = |b: u8, upper: bool| if upper { format!("%{b:02X}") } else { format!("%{b:02x}") };
        let unsafe_only = |b: u8| {
            if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { percent(b, true) }
        };
        let json = serde_json::to_string(secret).expect("JSON");
        let units: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        // Whatever the place of its bytes in the encoded text, and of that among letters.
        let aligned = |engine: &dyn Fn(&str) -> String| -> Vec<String> {
            let at = |n: usize| {
                format!("{}{}", &"IDx"[..n % 4], engine(&format!("{}{secret}x", &before[..n / 4])))
            };
            (0..12).map(at).collect()
        };
        let mut all = vec![
            secret.to_owned(),
            secret.to_ascii_uppercase(),
            secret.to_ascii_lowercase(),
            secret.bytes().map(|b| percent(b, false)).collect(),
            secret.bytes().map(unsafe_only).collect(),
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
            json.trim_matches('"').to_owned(),
            json.replace('/', "\\/"),
            units,
        ];
        all.extend(aligned(&|text| BASE64_STANDARD.encode(text)));
        all.extend(aligned(&|text| BASE64_URL_SAFE_NO_PAD.encode(text)));
        all
    }

    /// No 12 characters of it.
    fn is_silent_about(shown: &str, secret: &str) -> bool {
        let shown = shown.to_lowercase();
        let letters: Vec<char> = secret.to_lowercase().chars().collect();
        !letters.windows(TELLING).any(|window| shown.contains(&window.iter().collect::<String>()))
    }

    /// Printable text of any script, or of ASCII only.
    fn secret() -> impl Strategy<Value = String> {
        prop_oneof![3 => "[ -~]{12,200}", 1 => "\\PC{12,60}", 1 => "[a-zA-Z0-9._~+/=-]{12,60}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        #[test]
        fn no_encoding_of_a_secret_is_shown(secret in secret(), which: Index, before in "[a-z]{2}[ -~]{0,20}", after in "[ -~]{0,20}") {
            // An escape sign before it would change what its first characters mean.
            let before = before.replace(['%', '\\'], "-") + " ";
            let all = encodings(&secret, &before);
            let text = format!("{before}{} {after}", which.get(&all));
            prop_assert!(vendor_words(&text, &["other", &secret]).starts_with("(withheld"), "{text}");
        }

        #[test]
        fn cleaning_puts_no_secret_together(secret in "[a-c? ]{12,30}", gap in "[\\x00-\\x20\u{9b}\u{202e}]") {
            let text = secret.replace('?', "\u{1b}").replace(' ', &format!(" {gap}")).trim().to_owned();
            let shown = vendor_words(&text, &[&secret]);
            prop_assert!(is_silent_about(&shown, &secret), "{shown}");
        }

        #[test]
        fn what_is_shown_holds_no_stretch_of_a_secret(secret in secret(), from: Index, many in 0..40_usize, before in any::<String>(), after in any::<String>(), gap in "[\\x00-\\x1f \u{9b}\u{202e}\u{2028}?]{0,3}") {
            let letters: Vec<char> = secret.chars().collect();
            let from = from.index(letters.len());
            let (left, right) = letters[from..(from + many).min(letters.len())].split_at(many.min(letters.len() - from) / 2);
            // Control characters become `?` and spaces are joined: that must not put a secret together.
            let text = format!("{before}{}{gap}{}{after}", String::from_iter(left), String::from_iter(right));
            let shown = vendor_words(&text, &[&secret]);
            prop_assert!(is_silent_about(&shown, &secret), "{shown}");
            prop_assert!(shown.bytes().all(|b| matches!(b, b' '..=b'~')) && shown.len() <= LONGEST, "{shown}");
        }

        #[test]
        fn any_text_comes_out_printable_and_short(text in vec(any::<char>(), 0..600).prop_map(String::from_iter)) {
            let shown = vendor_words(&text, &[]);
            prop_assert!(shown.bytes().all(|b| matches!(b, b' '..=b'~')) && shown.len() <= LONGEST, "{shown}");
        }
    }
}
