//! What a keyring keeps under one account: the credential and the journal's key, in
//! one line of printable ASCII. A line break in a secret has destroyed keyrings.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

use super::seal::SealingKey;
use crate::base::error::{Result, damaged, internal, unavailable};
use crate::credential::record::Contents;

/// A higher one is never overwritten.
const VERSION: u64 = 1;

/// What a keyring keeps under one account: the credential and the journal's key.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) version: u64,
    pub(crate) key: SealingKey,
    pub(crate) contents: Contents,
}

impl Item {
    pub(crate) fn new(key: SealingKey, contents: &Contents) -> Item {
        let mut contents = contents.clone();
        if let Some(attempt) = &mut contents.attempt {
            // A raw answer is the journal's; items must stay small.
            attempt.answer = None;
        }
        Item { version: VERSION, key, contents }
    }

    /// One line of printable ASCII: a line break in a secret has destroyed keyrings.
    pub(crate) fn encode(&self) -> Result<String> {
        let mut line = Vec::new();
        self.serialize(&mut Serializer::with_formatter(&mut line, Ascii))
            .map_err(|_| internal("the record cannot be written as JSON"))?;
        String::from_utf8(line).map_err(|_| internal("the record is not ASCII"))
    }

    /// For keyrings with small items. The access token is left out first, and lives in the
    /// journal; then what only helps. The key and the refresh token must fit.
    pub(crate) fn encode_within(&self, largest: Option<usize>) -> Result<String> {
        let whole = self.encode()?;
        let Some(limit) = largest.filter(|limit| whole.len() > *limit) else {
            return Ok(whole);
        };
        let mut small = self.clone();
        small.contents.record.access = None;
        let without_access = small.encode()?;
        if without_access.len() <= limit {
            return Ok(without_access);
        }
        let record = &mut small.contents.record;
        (record.spent, record.candidates) = (Vec::new(), Vec::new());
        (record.outcome, record.mark) = (None, None);
        let least = small.encode()?;
        if least.len() <= limit {
            return Ok(least);
        }
        let words = format!(
            "the refresh token is too large for the {limit} bytes that an item of this keyring holds"
        );
        Err(unavailable(words)
            .hint("`store = \"file\"` in the profile keeps the credential in a sealed file"))
    }

    /// `place` names the item in the error; what it holds is never shown.
    pub(crate) fn decode(bytes: &[u8], place: &str) -> Result<Item> {
        let foreign = || damaged(format!("{place} holds something that tokcli did not write"));
        let value: Value = serde_json::from_slice(bytes).map_err(|_| foreign())?;
        match version(&value) {
            Some(VERSION) => {
                let item: Item = serde_json::from_value(value).map_err(|_| foreign())?;
                if item.contents.is_sane() { Ok(item) } else { Err(foreign()) }
            }
            Some(newer) if newer > VERSION => {
                Err(damaged(format!("{place} was written by a newer tokcli (format {newer})"))
                    .hint("update tokcli"))
            }
            _ => Err(foreign()),
        }
    }

    /// Whether a later tokcli wrote it.
    pub(crate) fn is_newer(bytes: &[u8]) -> bool {
        serde_json::from_slice(bytes).is_ok_and(|value| version(&value).is_some_and(|v| v > VERSION))
    }
}

fn version(value: &Value) -> Option<u64> {
    value.get("version").and_then(Value::as_u64)
}

/// JSON whose strings are ASCII.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + std::io::Write>(
        &mut self,
        to: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        for c in fragment.chars() {
            if matches!(c, ' '..='~') {
                write!(to, "{c}")?;
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(to, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use base64::prelude::{BASE64_STANDARD, Engine as _};
    use proptest::prelude::*;

    use super::*;
    use crate::base::digest::sha256_hex;
    use crate::credential::record::{Access, AccessExpiry};
    use crate::credential::secrets::AccessToken;
    use crate::testing::samples::{Any, any_contents, contents, moment};

    fn json(contents: &Contents) -> Value {
        serde_json::to_value(contents).expect("JSON")
    }

    #[test]
    fn an_item_is_one_line_of_printable_ascii_and_comes_back_whole() {
        let item =
            Item::new(SealingKey::draw().expect("random"), &contents(1, 2, 3, "ü\n\"\\\u{1f600}\u{0}"));
        let line = item.encode().expect("encoded");
        assert!(line.bytes().all(|b| (0x20..0x7f).contains(&b)), "{line}");
        let back = Item::decode(line.as_bytes(), "it").expect("decoded");
        assert_eq!(back.contents.record.refresh_token, item.contents.record.refresh_token);
        assert!(back.key == item.key);
    }

    #[test]
    fn f44_a_small_item_leaves_out_the_access_token_first_and_never_the_key() {
        let mut contents = contents(1, 2, 3, &"r".repeat(300));
        contents.record.access = Some(Access {
            token: AccessToken::new("a".repeat(1_500)),
            token_type: None,
            scope: None,
            obtained: moment(1),
            expires: AccessExpiry::Unknown,
            extra: BTreeMap::new(),
        });
        contents.record.spent = (0..8).map(|n| sha256_hex(&n.to_string())).collect();
        let item = Item::new(SealingKey::draw().expect("random"), &contents);
        let decoded = |line: &str| Item::decode(line.as_bytes(), "it").expect("decoded");
        let whole = item.encode().expect("encoded").len();
        assert!(whole > 2_560, "{whole}");
        assert_eq!(item.encode_within(None).expect("fits").len(), whole);
        let small = item.encode_within(Some(2_560)).expect("fits");
        assert!(small.len() <= 2_560 && decoded(&small).contents.record.access.is_none());
        assert_eq!(decoded(&small).contents.record.spent.len(), 8);
        assert!(decoded(&small).contents.is_copy_of(&contents));
        let least = item.encode_within(Some(900)).expect("fits");
        let back = decoded(&least);
        assert!(least.len() <= 900 && back.key == item.key && back.contents.is_copy_of(&contents));
        let error = item.encode_within(Some(400)).expect_err("too small");
        assert!(error.message().contains("400 bytes") && !error.message().contains("rrrr"), "{error}");
    }

    #[test]
    fn foreign_and_newer_items_are_refused_without_showing_them() {
        for (bytes, wanted) in [
            (&b"rt-CANARY"[..], "did not write"),
            (b"", "did not write"),
            (b"{\"version\":\"CANARY\"}", "did not write"),
            (b"{\"version\":1,\"key\":\"CANARY\"}", "did not write"),
            (b"{\"version\":2,\"x\":\"CANARY\"}", "newer tokcli"),
            (b"\xff\xfeCANARY", "did not write"),
        ] {
            let error = Item::decode(bytes, "the keyring's item").err().expect("refused");
            assert!(error.message().contains(wanted) && !error.message().contains("CANARY"), "{error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn any_item_is_one_line_of_ascii_and_comes_back_whole(Any(contents) in any_contents(), key in any::<[u8; 32]>()) {
            let key = SealingKey::from_base64(&BASE64_STANDARD.encode(key)).expect("32 bytes");
            let item = Item::new(key.clone(), &contents);
            let line = item.encode().expect("encoded");
            prop_assert!(line.bytes().all(|b| (0x20..0x7f).contains(&b)), "{line}");
            let back = Item::decode(line.as_bytes(), "it").expect("decoded");
            prop_assert!(back.key == key);
            prop_assert_eq!(json(&back.contents), json(&item.contents));
            prop_assert!(back.contents.is_copy_of(&contents));
        }
    }
}
