//! What a keyring keeps under one account: the credential and the journal's key, in
//! one line of printable ASCII. A line break in a secret has destroyed keyrings.

use serde::{Deserialize, Serialize};
use serde_json::ser::{Formatter, Serializer};

use super::seal::SealingKey;
use crate::base::error::{Result, damaged, internal, unavailable};
use crate::credential::legacy;
use crate::credential::record::Record;
use crate::credential::state::Credential;

/// A higher one is never overwritten.
const FORMAT: u64 = 2;
/// That of version 0.1.0.
const OLD_FORMAT: u64 = 1;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Item {
    /// The format of what follows.
    version: u64,
    pub(crate) key: SealingKey,
    pub(crate) credential: Credential,
}

#[derive(Deserialize)]
struct OldItem {
    key: SealingKey,
    contents: legacy::Contents,
}

impl Item {
    /// Answers as they came are the journal's: items must stay small.
    pub(crate) fn new(key: SealingKey, credential: &Credential) -> Item {
        Item { version: FORMAT, key, credential: credential.without_answers() }
    }

    /// For stores whose records are as large as they must be.
    pub(super) fn whole(key: SealingKey, credential: Credential) -> Item {
        Item { version: FORMAT, key, credential }
    }

    pub(crate) fn encode(&self) -> Result<String> {
        let mut line = Vec::new();
        self.serialize(&mut Serializer::with_formatter(&mut line, Ascii))
            .map_err(|_| internal("the record cannot be written as JSON"))?;
        String::from_utf8(line).map_err(|_| internal("the record is not ASCII"))
    }

    /// For keyrings with small items: as much as fits. The key and the refresh token must.
    pub(crate) fn encode_within(&self, largest: Option<usize>) -> Result<String> {
        let mut line = self.encode()?;
        let Some(limit) = largest else { return Ok(line) };
        let mut item = self.clone();
        while line.len() > limit {
            if !item.credential.record_mut().is_some_and(Record::shrink) {
                let of_secrets = item.credential.record().is_some_and(|record| !record.stored.is_empty());
                let (what, all) = match of_secrets {
                    false => ("the refresh token is", "the credential"),
                    true => ("the stored secrets of this account are", "them"),
                };
                let words =
                    format!("{what} too large for the {limit} bytes that an item of this keyring can hold");
                return Err(unavailable(words)
                    .hint(format!("`store = \"file\"` in the profile keeps {all} in a sealed file")));
            }
            line = item.encode()?;
        }
        Ok(line)
    }

    /// `place` names the item in the error; what it holds is never shown.
    pub(crate) fn decode(bytes: &[u8], place: &str) -> Result<Item> {
        let foreign = || damaged(format!("{place} contains something that tokcli did not write"));
        let item =
            match format_of(bytes) {
                Some(FORMAT) => serde_json::from_slice(bytes).ok(),
                Some(OLD_FORMAT) => serde_json::from_slice(bytes).ok().map(|OldItem { key, contents }| {
                    Item { version: FORMAT, key, credential: Credential::from(contents) }
                }),
                Some(newer) if newer > FORMAT => {
                    let words = format!("{place} was written by a newer tokcli (format {newer})");
                    return Err(damaged(words).hint("update tokcli"));
                }
                _ => None,
            };
        item.filter(|item| item.credential.is_sane()).ok_or_else(foreign)
    }

    /// Whether a later tokcli wrote it.
    pub(crate) fn is_newer(bytes: &[u8]) -> bool {
        format_of(bytes).is_some_and(|format| format > FORMAT)
    }
}

/// Without a copy of the rest, which is secret.
fn format_of(bytes: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u64,
    }
    serde_json::from_slice(bytes).ok().map(|Versioned { version }| version)
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
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::base::digest::sha256_hex;
    use crate::credential::access::AccessExpiry;
    use crate::credential::audience::Audience;
    use crate::credential::secrets::ClientSecret;
    use crate::credential::stored_secret::StoredSecret;
    use crate::testing::samples::{Any, access, any_credential, credential, moment};

    fn json(credential: &Credential) -> Value {
        serde_json::to_value(credential).expect("JSON")
    }

    #[test]
    fn an_item_is_one_line_of_printable_ascii_and_comes_back_whole() {
        let item =
            Item::new(SealingKey::draw().expect("random"), &credential(1, 2, 3, "ü\n\"\\\u{1f600}\u{0}"));
        let line = item.encode().expect("encoded");
        assert!(line.bytes().all(|b| (0x20..0x7f).contains(&b)), "{line}");
        let back = Item::decode(line.as_bytes(), "it").expect("decoded");
        assert!(back.credential.is_copy_of(&item.credential));
        assert!(back.key == item.key);
    }

    #[test]
    fn f44_a_small_item_leaves_out_the_access_token_first_and_never_the_key() {
        let mut there = credential(1, 2, 3, &"r".repeat(300));
        let record = there.record_mut().expect("held");
        record.set_access(
            &Audience::default(),
            Some(access(&"a".repeat(1_500), moment(1), AccessExpiry::Unknown)),
        );
        record.spent = (0..8).map(|n| sha256_hex(&n.to_string())).collect();
        let item = Item::new(SealingKey::draw().expect("random"), &there);
        let decoded = |line: &str| Item::decode(line.as_bytes(), "it").expect("decoded").credential;
        let spent = |there: &Credential| there.record().expect("held").spent.len();
        let whole = item.encode().expect("encoded").len();
        assert!(whole > 2_560, "{whole}");
        assert_eq!(item.encode_within(None).expect("fits").len(), whole);
        let small = item.encode_within(Some(2_560)).expect("fits");
        assert!(
            small.len() <= 2_560
                && decoded(&small).record().expect("held").access(&Audience::default()).is_none()
        );
        assert_eq!(spent(&decoded(&small)), 8);
        assert!(decoded(&small).is_copy_of(&there));
        let least = item.encode_within(Some(900)).expect("fits");
        let back = Item::decode(least.as_bytes(), "it").expect("decoded");
        assert!(least.len() <= 900 && back.key == item.key && back.credential.is_copy_of(&there));
        let error = item.encode_within(Some(400)).expect_err("too small");
        assert!(error.message().contains("400 bytes") && !error.message().contains("rrrr"), "{error}");
    }

    #[test]
    fn secrets_of_a_profile_fit_a_small_item_whole_or_are_refused() {
        let mut there = credential(1, 2, 3, "");
        let record = there.record_mut().expect("held");
        record.refresh_token = None;
        let secret = |value: String| StoredSecret {
            value: ClientSecret::new(value),
            origins: vec!["https://a.example".into()],
            set: moment(1),
        };
        record.stored.insert("password".into(), secret("p".repeat(1_500)));
        let item = |there: &Credential| Item::new(SealingKey::draw().expect("random"), there);
        let line = item(&there).encode_within(Some(2_560)).expect("fits");
        let back = Item::decode(line.as_bytes(), "it").expect("decoded").credential;
        assert_eq!(back.record().expect("held").stored["password"].value.expose().len(), 1_500);
        there.record_mut().expect("held").stored.insert("other".into(), secret("o".repeat(1_500)));
        let error = item(&there).encode_within(Some(2_560)).expect_err("too large");
        assert!(error.message().starts_with("the stored secrets of this account are too large"), "{error}");
        assert!(!error.message().contains("oooo"), "{error}");
    }

    #[test]
    fn foreign_and_newer_items_are_refused_without_showing_them() {
        for (bytes, wanted) in [
            (&b"rt-CANARY"[..], "did not write"),
            (b"", "did not write"),
            (b"{\"version\":\"CANARY\"}", "did not write"),
            (b"{\"version\":1,\"key\":\"CANARY\"}", "did not write"),
            (b"{\"version\":2,\"key\":\"CANARY\"}", "did not write"),
            (b"{\"version\":3,\"x\":\"CANARY\"}", "newer tokcli"),
            (b"\xff\xfeCANARY", "did not write"),
        ] {
            let error = Item::decode(bytes, "the keyring's item").err().expect("refused");
            assert!(error.message().contains(wanted) && !error.message().contains("CANARY"), "{error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn any_item_is_one_line_of_ascii_and_comes_back_whole(Any(there) in any_credential(), key in any::<[u8; 32]>()) {
            let key = SealingKey::from_base64(&BASE64_STANDARD.encode(key)).expect("32 bytes");
            let item = Item::new(key.clone(), &there);
            let line = item.encode().expect("encoded");
            prop_assert!(line.bytes().all(|b| (0x20..0x7f).contains(&b)), "{line}");
            let back = Item::decode(line.as_bytes(), "it").expect("decoded");
            prop_assert!(back.key == key);
            prop_assert_eq!(json(&back.credential), json(&item.credential));
            prop_assert!(back.credential.is_copy_of(&there));
        }
    }
}
