//! What changes from request to request without anybody's doing: the time and what
//! is drawn at random. An input, so that a recorded request comes out the same.

use zeroize::Zeroizing;

use super::template::Values;
use crate::base::clock::Moment;
use crate::base::digest::hex;

pub(crate) struct Nonces {
    pub(crate) now_ms: i64,
    pub(crate) uuid: String,
    /// Hexadecimal digits.
    pub(crate) random: String,
    pub(crate) random_digits: String,
}

impl Nonces {
    /// `Err`: the system has no randomness.
    pub(crate) fn now() -> Result<Nonces, String> {
        let mut bytes = [0; 80];
        getrandom::fill(&mut bytes).map_err(|_| "the system provides no random bytes".to_owned())?;
        let digits = bytes[48..].iter().enumerate();
        // No leading zero, which some would drop.
        let digits = digits.map(|(at, byte)| if at == 0 { 1 + byte % 9 } else { byte % 10 });
        Ok(Nonces {
            now_ms: Moment::now().wall_ms,
            uuid: uuid(&bytes[32..48]),
            random: hex(&bytes[..32]),
            random_digits: digits.map(|digit| char::from(b'0' + digit)).collect(),
        })
    }

    pub(crate) fn fill(&self, values: &mut Values) {
        let mut put = |name: &str, value: String| values.insert(name.to_owned(), Zeroizing::new(value));
        put("now", self.now_ms.div_euclid(1_000).to_string());
        put("now_ms", self.now_ms.to_string());
        put("uuid", self.uuid.clone());
        put("random", self.random.clone());
        put("random_digits", self.random_digits.clone());
    }
}

/// Version 4 (RFC 9562 section 5.4), of sixteen random bytes.
fn uuid(random: &[u8]) -> String {
    let mut bytes = random.to_vec();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    [&bytes[..4], &bytes[4..6], &bytes[6..8], &bytes[8..10], &bytes[10..]].map(hex).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_has_its_shape_and_is_never_the_same() {
        let (one, other) = (Nonces::now().expect("random"), Nonces::now().expect("random"));
        let shape = |text: &str| {
            text.chars().map(|c| if c.is_ascii_hexdigit() { 'h' } else { c }).collect::<String>()
        };
        assert_eq!(shape(&one.uuid), "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh");
        assert!(&one.uuid[14..15] == "4" && "89ab".contains(&one.uuid[19..20]));
        assert_eq!((one.random.len(), one.random_digits.len()), (64, 32));
        assert!(one.random_digits.bytes().all(|b| b.is_ascii_digit()) && !one.random_digits.starts_with('0'));
        assert!(
            one.uuid != other.uuid && one.random != other.random && one.random_digits != other.random_digits
        );
    }
}
