//! One-time codes by the clock (RFC 6238), from the seed that a vendor shows when a second factor is set up: base32
//! as people copy it, or the whole `otpauth://` address of its QR code.
//!
//! No words here repeat anything of the seed.

use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use totp_lite::{Sha1, Sha256, Sha512, totp_custom};
use url::Url;
use zeroize::Zeroizing;

/// What an address may leave out, and a bare seed always does (RFC 6238 section 1.2, and the key URI format).
const DIGITS: u32 = 6;
const PERIOD: u64 = 30;

pub(crate) struct Totp {
    seed: Zeroizing<Vec<u8>>,
    digits: u32,
    /// In seconds.
    period: u64,
    hash: Hash,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// RFC 4648 section 6, without padding. What is behind the last whole byte is ignored, as other programs do.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut base32 = Specification::new();
    base32.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    base32.check_trailing_bits = false;
    base32.encoding().expect("32 symbols, each once")
});

impl Totp {
    /// `Err` says why it is no seed, to stand behind the name of where it came from.
    pub(crate) fn parse(text: &str) -> Result<Totp, &'static str> {
        let text = text.trim();
        let scheme = text.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match scheme.as_str() {
            "otpauth" => of_address(text),
            "otpauth-migration" => Err(
                "is an export of several seeds; give the one `otpauth://totp/` address, or its seed in base32",
            ),
            _ => Ok(Totp { seed: seed(text)?, digits: DIGITS, period: PERIOD, hash: Hash::Sha1 }),
        }
    }

    /// When the time step began in which that moment lies; milliseconds and seconds since 1970.
    pub(crate) fn step(&self, at_ms: i64) -> i64 {
        let seconds = seconds(at_ms);
        i64::try_from(seconds - seconds % self.period).unwrap_or(i64::MAX)
    }

    /// In seconds: how long after that moment the next time step begins.
    pub(crate) fn left(&self, at_ms: i64) -> u64 {
        self.period - seconds(at_ms) % self.period
    }

    pub(crate) fn code(&self, at_ms: i64) -> Zeroizing<String> {
        let (period, digits, seed, at) = (self.period, self.digits, &self.seed, seconds(at_ms));
        Zeroizing::new(match self.hash {
            Hash::Sha1 => totp_custom::<Sha1>(period, digits, seed, at),
            Hash::Sha256 => totp_custom::<Sha256>(period, digits, seed, at),
            Hash::Sha512 => totp_custom::<Sha512>(period, digits, seed, at),
        })
    }

    /// The seed without whatever it was written with.
    pub(crate) fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32.encode(&self.seed))
    }
}

fn seconds(ms: i64) -> u64 {
    u64::try_from(ms.div_euclid(1_000)).unwrap_or(0)
}

fn seed(text: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let joins = |c: char| c.is_whitespace() || c == '-';
    let bare: String = text.chars().filter(|c| !joins(*c)).collect();
    let bare = Zeroizing::new(bare.trim_end_matches('=').to_ascii_uppercase());
    let foreign = |b: u8| !matches!(b, b'A'..=b'Z' | b'2'..=b'7');
    if bare.bytes().any(foreign) {
        return Err(
            "is not a seed for one-time codes: base32 has only the letters A to Z and the digits 2 to 7",
        );
    }
    let cut = "is not a whole seed for one-time codes: base32 of that length does not encode whole bytes";
    let seed = Zeroizing::new(BASE32.decode(bare.as_bytes()).map_err(|_| cut)?);
    if seed.is_empty() { Err("contains no seed for one-time codes") } else { Ok(seed) }
}

/// `otpauth://totp/LABEL?secret=…&algorithm=SHA1&digits=6&period=30`
fn of_address(text: &str) -> Result<Totp, &'static str> {
    let url = Url::parse(text).map_err(|_| "is not an `otpauth://totp/` address")?;
    match url.host_str().unwrap_or_default().to_ascii_lowercase().as_str() {
        "totp" => {}
        "hotp" => {
            return Err("is for counter-based codes (`hotp`); only time-based codes (`totp`) are supported");
        }
        _ => return Err("is not an `otpauth://totp/` address"),
    }
    let given = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| Zeroizing::new(value.into_owned()))
    };
    let text = given("secret").ok_or("has no `secret=` in its address")?;
    Ok(Totp {
        seed: seed(&text)?,
        digits: number(given("digits"), DIGITS, 6..=10).ok_or("has a `digits=` outside 6 to 10")?,
        period: number(given("period"), PERIOD, 1..=3_600)
            .ok_or("has a `period=` outside 1 to 3600 seconds")?,
        hash: hash(given("algorithm")).ok_or("has an `algorithm=` other than SHA1, SHA256 and SHA512")?,
    })
}

/// `None`: it is none of `among`.
fn number<N: std::str::FromStr + PartialOrd>(
    given: Option<Zeroizing<String>>,
    otherwise: N,
    among: std::ops::RangeInclusive<N>,
) -> Option<N> {
    let number = given.map_or(Some(otherwise), |text| text.parse().ok());
    number.filter(|number| among.contains(number))
}

fn hash(given: Option<Zeroizing<String>>) -> Option<Hash> {
    let word = given.map_or_else(|| "SHA1".to_owned(), |word| word.replace('-', "").to_ascii_uppercase());
    match word.strip_prefix("HMAC").unwrap_or(&word) {
        "SHA1" => Some(Hash::Sha1),
        "SHA256" => Some(Hash::Sha256),
        "SHA512" => Some(Hash::Sha512),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Totp {
        Totp::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    /// RFC 6238 appendix B, whose seeds are as long as the hash (erratum 2866).
    #[test]
    fn codes_are_those_of_the_rfc() {
        let seed = |bytes: usize| BASE32.encode(&"1234567890".repeat(7).as_bytes()[..bytes]);
        let address = |bytes, hash: &str| {
            of(&format!("otpauth://totp/a?secret={}&digits=8&algorithm={hash}", seed(bytes)))
        };
        let (sha1, sha256, sha512) = (address(20, "SHA1"), address(32, "SHA256"), address(64, "SHA512"));
        for (seconds, wanted) in [
            (59, ["94287082", "46119246", "90693936"]),
            (1_111_111_109, ["07081804", "68084774", "25091201"]),
            (1_111_111_111, ["14050471", "67062674", "99943326"]),
            (1_234_567_890, ["89005924", "91819424", "93441116"]),
            (2_000_000_000, ["69279037", "90698825", "38618901"]),
            (20_000_000_000, ["65353130", "77737706", "47863826"]),
        ] {
            let codes = [&sha1, &sha256, &sha512].map(|totp| totp.code(seconds * 1_000 + 999));
            assert_eq!(codes.each_ref().map(|code| code.as_str()), wanted, "{seconds}");
        }
        assert_eq!(of(&seed(20)).code(59_000).as_str(), "287082", "six digits are the last ones");
    }

    #[test]
    fn a_seed_is_read_as_vendors_show_it() {
        let bare = of("JBSWY3DPEHPK3PXP");
        for text in [
            "jbsw y3dp ehpk 3pxp",
            " JBSW-Y3DP-EHPK-3PXP\n",
            "JBSWY3DPEHPK3PXP====",
            "otpauth://totp/Example:a@b.example?secret=JBSWY3DPEHPK3PXP&issuer=Example",
            "OTPAUTH://TOTP/x?Secret=jbswy3dpehpk3pxp&algorithm=sha1&digits=6&period=30",
            "otpauth://totp/a%20b?secret=JBSW%20Y3DP%20EHPK%203PXP&algorithm=HmacSHA-1",
        ] {
            assert_eq!(of(text).code(59_000), bare.code(59_000), "{text}");
            assert_eq!(of(text).base32().as_str(), "JBSWY3DPEHPK3PXP");
        }
        // 26 characters are 16 bytes and two bits that say nothing.
        assert_eq!(of("MFRGGZDFMZTWQ2LKNNWG23TPOF").seed.len(), 16);
        let slow = of("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&period=60&digits=8&algorithm=SHA512");
        assert_eq!((slow.step(119_999), slow.left(119_999), slow.code(0).len()), (60, 1, 8));
        assert_eq!((bare.step(-5), bare.step(i64::MAX) % 30, bare.left(30_000)), (0, 0, 30));
    }

    #[test]
    fn what_is_no_seed_is_said_without_repeating_it() {
        for (text, why) in [
            ("", "no seed for one-time codes"),
            ("CANARY01", "base32 has only the letters"),
            ("CANARYÄ", "base32 has only the letters"),
            ("CAN", "not a whole seed"),
            ("otpauth://hotp/a?secret=CANARY&counter=1", "counter-based"),
            ("otpauth://CANARY/a?secret=CANARY", "not an `otpauth://totp/` address"),
            ("otpauth:CANARY", "not an `otpauth://totp/` address"),
            ("otpauth://totp/a?issuer=CANARY", "no `secret=`"),
            ("otpauth://totp/a?secret=CANARY1", "base32 has only the letters"),
            ("otpauth://totp/a?secret=CANARYAA&digits=5", "`digits=`"),
            ("otpauth://totp/a?secret=CANARYAA&digits=11", "`digits=`"),
            ("otpauth://totp/a?secret=CANARYAA&period=0", "`period=`"),
            ("otpauth://totp/a?secret=CANARYAA&algorithm=MD5", "`algorithm=`"),
            ("otpauth-migration://offline?data=CANARY", "export of several"),
        ] {
            let is = Totp::parse(text).map(|_| ()).expect_err(text);
            assert!(is.contains(why) && !is.contains("CANARY"), "{text}: {is}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_seed_or_none_and_any_moment_has_a_code(text in ".{0,60}", at in any::<i64>()) {
            if let Ok(totp) = Totp::parse(&text) {
                let step = totp.step(at);
                prop_assert_eq!(totp.code(at), totp.code(step.saturating_mul(1_000)));
                prop_assert!(totp.left(at) <= totp.period && totp.left(at) > 0);
            }
        }
    }
}
