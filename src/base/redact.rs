//! Text that a server chose, made fit for a terminal and a log.
//!
//! Printable ASCII only, at most 300 characters, and nothing at all if any
//! stretch of a live secret shows in it, however it was encoded, or a digest of
//! one, or a signed token of anybody's.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::digest::hex;

/// A stretch of a secret this long counts as the secret.
const TELLING: usize = 12;
const LONGEST: usize = 300;
/// So many letters of base64 hold a short login.
const SHORTEST_CODE: usize = 6;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// `text` as it may be shown, given every secret that was in play.
pub(crate) fn vendor_words(text: &str, secrets: &[&str]) -> String {
    let clean: String = text.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    // Cleaning may put together what the text itself does not show.
    let readings = Readings::of(readings(text).into_iter().chain([clean.clone()]));
    if readings.show(secrets) || readings.0.iter().any(|reading| holds_signed_token(reading)) {
        return "(withheld: the vendor's words contain part of a secret)".into();
    }
    if clean.len() > LONGEST { format!("{}...", &clean[..LONGEST - 3]) } else { clean }
}

/// Whether any of these shows in `text`, however it was encoded.
pub(crate) fn shows_any(text: &str, secrets: &[&str]) -> bool {
    Readings::of(readings(text)).show(secrets)
}

/// A text in all its readings, folded.
struct Readings(BTreeSet<String>);

/// The same, and every stretch of them by its hash. The stretches of a secret are looked up and not kept: a token of some KiB has
/// many in all its forms, and what a vendor says is mostly short.
struct Shown<'a> {
    texts: &'a BTreeSet<String>,
    stretches: HashSet<u64>,
    hasher: RandomState,
    /// At the places of [`ends`]: a stretch may be among them.
    likely: Box<[bool; 1 << 10]>,
}

impl Readings {
    fn of(texts: impl IntoIterator<Item = String>) -> Readings {
        Readings(texts.into_iter().map(|text| folded(&text)).collect())
    }

    fn show(&self, secrets: &[&str]) -> bool {
        if secrets.is_empty() {
            return false;
        }
        let shown = Shown::by(&self.0);
        secrets.iter().any(|secret| shown.shows(secret) || shown.shows_a_form_of(secret))
    }
}

impl Shown<'_> {
    fn by(texts: &BTreeSet<String>) -> Shown<'_> {
        let (mut stretches, hasher) = (HashSet::new(), RandomState::new());
        let mut likely = Box::new([false; 1 << 10]);
        for text in texts {
            any_stretch(text, |stretch| {
                likely[ends(stretch)] = true;
                stretches.insert(hasher.hash_one(stretch));
                false
            });
        }
        Shown { texts, stretches, hasher, likely }
    }

    /// A short secret counts as a whole, every stretch of a longer one.
    fn shows(&self, secret: &str) -> bool {
        let secret = folded(secret);
        match secret.chars().take(TELLING).count() {
            0 => false,
            1..TELLING => self.texts.iter().any(|text| text.contains(secret.as_str())),
            _ => any_stretch(&secret, |stretch| self.has(stretch)),
        }
    }

    fn has(&self, stretch: &[u8]) -> bool {
        self.likely[ends(stretch)] && self.stretches.contains(&self.hasher.hash_one(stretch))
    }

    /// What a vendor's log may write for a secret: encodings that no reading undoes, and digests.
    fn shows_a_form_of(&self, secret: &str) -> bool {
        // Those of a few bytes are too short to tell.
        let shows = |form: &str| form.len() >= TELLING && self.shows(form);
        let shows_digest = |digest: &[u8]| {
            shows(&hex(digest))
                || shows(&base32(digest))
                || shows(&BASE64_STANDARD_NO_PAD.encode(digest))
                || shows(&BASE64_URL_SAFE_NO_PAD.encode(digest))
        };
        let bytes = secret.as_bytes();
        !bytes.is_empty()
            && !self.stretches.is_empty()
            && (shows(&hex(bytes))
                // From each of the places at which a quantum can begin.
                || (0..5.min(bytes.len())).any(|from| shows(&base32(&bytes[from..])))
                || shows_digest(&Md5::digest(bytes))
                || shows_digest(&Sha1::digest(bytes))
                || shows_digest(&Sha256::digest(bytes))
                || shows_digest(&Sha384::digest(bytes))
                || shows_digest(&Sha512::digest(bytes)))
    }
}

/// RFC 4648 section 6, without padding.
fn base32(bytes: &[u8]) -> String {
    let letter = |quantum: u64, at: usize| {
        let index = (quantum >> (35 - 5 * at)) & 31;
        char::from(b"abcdefghijklmnopqrstuvwxyz234567"[index as usize])
    };
    let of = |chunk: &[u8]| {
        let mut whole = [0; 8];
        whole[3..3 + chunk.len()].copy_from_slice(chunk);
        let letters = (chunk.len() * 8).div_ceil(5);
        (0..letters).map(move |at| letter(u64::from_be_bytes(whole), at)).collect::<String>()
    };
    bytes.chunks(5).map(of).collect()
}

/// A JSON Web Token in its compact form, whoever made it: a client's own assertion is made during a request, and an
/// answer may be read long after that. `reading` is folded.
fn holds_signed_token(reading: &str) -> bool {
    let of_token = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let runs = reading.split(|c: char| !of_token(c));
    runs.filter_map(|run| run.find("eyj").map(|at| &run[at..])).any(|run| {
        let mut parts = run.split('.');
        let long = |part: Option<&str>| part.is_some_and(|part| part.len() >= TELLING);
        long(parts.next()) && long(parts.next())
    })
}

/// Whether this is so of any [`TELLING`] characters in a row.
fn any_stretch(text: &str, mut is_so: impl FnMut(&[u8]) -> bool) -> bool {
    if text.is_ascii() {
        return text.as_bytes().windows(TELLING).any(is_so);
    }
    let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    starts.push(text.len());
    starts.windows(TELLING + 1).any(|at| is_so(&text.as_bytes()[at[0]..at[TELLING]]))
}

/// Cheaper than a hash, and tells most stretches apart from a few.
fn ends(stretch: &[u8]) -> usize {
    let ends = [stretch.first(), stretch.last()].map(|byte| byte.copied().map_or(0, usize::from));
    (ends[0] << 3 ^ ends[1]) & ((1 << 10) - 1)
}

/// Letter by letter: the lower case of a word may depend on where it ends.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_lowercase).collect()
}

/// The text as it stands and as somebody might decode it. Twice: a header with a client
/// secret is form encoding within base64 (RFC 6749 section 2.3.1).
fn readings(text: &str) -> Vec<String> {
    let once = decoded(text);
    let twice: Vec<String> = once.iter().flat_map(|reading| decoded(reading)).collect();
    // `AB:CD:EF` is how some write digests.
    let joined = text.replace([':', '-', ' '], "");
    [vec![text.to_owned(), joined], once, twice].concat()
}

fn decoded(text: &str) -> Vec<String> {
    let mut all = base64_decoded(text);
    all.extend([form_decoded(text), hex_decoded(text, "%"), json_decoded(text)]);
    // In programs, in mail, and in pages.
    all.extend([hex_decoded(text, "\\x"), hex_decoded(text, "="), without_entities(text)]);
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

/// Bytes that stand as two hexadecimal digits behind `sign`. Unlike a form's, a `+` stays a `+`.
fn hex_decoded(text: &str, sign: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = rest.strip_prefix(sign.as_bytes()).and_then(|digits| Some((digits.get(..2)?, digits)));
        let code = code.and_then(|(two, digits)| Some((std::str::from_utf8(two).ok()?, digits)));
        match code.and_then(|(two, digits)| Some((u8::from_str_radix(two, 16).ok()?, &digits[2..]))) {
            Some((code, after)) => {
                out.push(code);
                rest = after;
            }
            None => {
                out.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `&#82;` and `&#x52;` as the characters that they stand for.
fn without_entities(text: &str) -> String {
    let mut out = String::new();
    let mut pieces = text.split("&#");
    out.extend(pieces.next());
    for piece in pieces {
        let (digits, after) = piece.split_once(';').unwrap_or((piece, ""));
        let hexadecimal = digits.strip_prefix(['x', 'X']);
        let code =
            hexadecimal.map_or_else(|| digits.parse().ok(), |digits| u32::from_str_radix(digits, 16).ok());
        match code.and_then(char::from_u32) {
            Some(c) => out.extend([c.to_string().as_str(), after]),
            None => out.extend(["&#", piece]),
        }
    }
    out
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
    for run in runs.filter(|run| run.len() >= SHORTEST_CODE) {
        let standard = run.replace('-', "+").replace('_', "/");
        let engine = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
        for start in 0..4 {
            let piece = &standard[start..];
            let whole = piece.len() - usize::from(piece.len() % 4 == 1);
            if let Ok(bytes) = engine.decode(&piece[..whole])
                // Of a few letters nearly all are words of the vendor's, and come to nothing legible.
                && (run.len() >= TELLING || bytes.iter().all(|byte| matches!(byte, b' '..=b'~')))
            {
                // In UTF-16, of which the zeros say nothing.
                let text = if bytes.contains(&0) {
                    bytes.into_iter().filter(|byte| *byte != 0).collect()
                } else {
                    bytes
                };
                all.push(String::from_utf8_lossy(&text).into_owned());
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;
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

    #[test]
    fn digests_and_other_bases_of_a_secret_withhold_the_text() {
        // Of "hunter2".
        for text in [
            "2ab96390c7dbe3439de74d0c9b0b1767",
            "F3BBBD66A63D4BF1747940578EC3D0103530E21D",
            "f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7",
            "got 9S+9MrKzuG/4jvbEkGKChfSCrxXdyylUH5S89Saj9sc=",
            "got 9S-9MrKzuG_4jvbEkGKChfSCrxXdyylUH5S89Saj9sc",
            "2A:B9:63:90:C7:DB:E3:43:9D:E7:4D:0C:9B:0B:17:67",
            "68756e74657232",
            "NB2W45DFOIZA====",
        ] {
            assert!(vendor_words(text, &["hunter2"]).starts_with("(withheld"), "{text}");
            assert_eq!(vendor_words(text, &["another"]), text);
        }
        for (bytes, wanted) in [("", ""), ("f", "my"), ("foobar", "mzxw6ytboi"), ("fooba", "mzxw6ytb")] {
            assert_eq!(base32(bytes.as_bytes()), wanted);
        }
    }

    #[test]
    fn a_signed_token_of_anybodys_withholds_the_text() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhcHAtNyJ9.AAAA";
        for text in
            [jwt.to_owned(), format!("bad assertion '{jwt}'"), jwt.to_uppercase(), jwt.replace('.', "%2E")]
        {
            assert!(vendor_words(&text, &[]).starts_with("(withheld"), "{text}");
        }
        for text in ["keyjar.example.com is not known", "eyJ.eyJ", "read e.y.J"] {
            assert_eq!(vendor_words(text, &[]), text);
        }
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
        all.push(hex(secret.as_bytes()));
        let each = |before: &str, after: &str| {
            secret.bytes().map(|b| format!("{before}{b:02x}{after}")).collect::<String>()
        };
        all.extend([each("\\x", ""), each("=", "").to_uppercase()]);
        all.push(secret.chars().map(|c| format!("&#{};", u32::from(c))).collect());
        all.push(secret.chars().map(|c| format!("&#x{:x};", u32::from(c))).collect());
        let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
        if secret.is_ascii() {
            all.push(BASE64_STANDARD.encode(&wide));
        }
        all.extend((0..5).map(|n| base32(format!("{}{secret}", &before[..n.min(2)]).as_bytes())));
        all.extend([hex(&Sha256::digest(secret)), hex(&Md5::digest(secret)).to_uppercase()]);
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
