//! A credential as one sealed line of printable ASCII, which may lie and travel anywhere: what commands of the user load and
//! save, and what `export` writes; and the key under which one moves to another machine.
//!
//! The rule that matters: it holds all that is kept of a login, the answers too that nobody could read, and says nothing
//! without its key.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

use super::backend::key::{KeyPlace, MOVING};
use super::payload::{from_payload, payload};
use super::seal::{SealingKey, random};
use super::state_dir::StateDir;
use crate::base::error::{Result, internal, refused, unavailable};
use crate::credential::state::Credential;
use crate::profile::{KeySource, Profile};

/// How a line begins. Behind it: `nonce ‖ ciphertext ‖ tag` in base64url, of account, place and payload, with a line break
/// behind each of the first two.
const PREFIX: &str = "tokcli-sealed-1:";
/// How that of every format begins.
const ANY: &str = "tokcli-sealed-";

/// What a line holds.
pub(crate) struct Opened {
    pub(crate) account: String,
    /// Where it is kept, by a name that was drawn for that; empty in one that travels.
    pub(crate) place: String,
    pub(crate) credential: Credential,
}

/// Why it does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// tokcli did not write it.
    Foreign,
    /// A later tokcli did.
    Newer,
    /// It was sealed with another key, or changed since.
    Key,
}

impl Flaw {
    /// To stand behind the name of the place where it was found.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Flaw::Foreign => "is not a sealed record of tokcli",
            Flaw::Newer => "was written by a newer tokcli",
            Flaw::Key => "does not open with this key: it was sealed with another one, or is damaged",
        }
    }
}

/// Of what is sealed to leave the store: as it is `given`, else the store's own, if every machine can have that.
pub(crate) fn key_for_moving(
    profile: &Profile,
    given: Option<KeySource>,
    silent: bool,
) -> Result<SealingKey> {
    let can_move = |key: &&KeySource| matches!(key, KeySource::Secret(_) | KeySource::KeyFile(_));
    let own = || profile.store.key().filter(can_move).cloned();
    let source = given.or_else(own).ok_or_else(|| {
        let words = format!("the store `{}` has no key that another machine could have", profile.store_name);
        refused(words)
            .hint("`--key-env NAME` names a variable that holds one: what `openssl rand -base64 32` prints")
    })?;
    let place = KeyPlace::new(&source, MOVING, profile.directory(), &StateDir::locate()?, silent);
    place.read()?.ok_or_else(|| {
        unavailable(format!("the key of the sealed record is missing: {} does not exist", place.words()))
    })
}

pub(crate) fn seal(key: &SealingKey, account: &str, place: &str, credential: &Credential) -> Result<String> {
    let mut clear = format!("{account}\n{place}\n").into_bytes();
    clear.extend(payload(credential)?);
    let sealed = key.seal(&random()?, PREFIX.as_bytes(), clear);
    let sealed = sealed.ok_or_else(|| internal("the record cannot be sealed"))?;
    Ok(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(sealed)))
}

pub(crate) fn open(key: &SealingKey, line: &str) -> std::result::Result<Opened, Flaw> {
    let line = line.trim();
    let Some(text) = line.strip_prefix(PREFIX) else {
        return Err(if line.starts_with(ANY) { Flaw::Newer } else { Flaw::Foreign });
    };
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| Flaw::Key)?;
    let clear = key.open(PREFIX.as_bytes(), &sealed).ok_or(Flaw::Key)?;
    let mut parts = clear.splitn(3, |byte| *byte == b'\n');
    let mut text = || String::from_utf8(parts.next()?.to_vec()).ok();
    let (account, place) = text().zip(text()).ok_or(Flaw::Newer)?;
    let credential = parts.next().and_then(from_payload).ok_or(Flaw::Newer)?;
    Ok(Opened { account, place, credential })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::samples::{Any, any_credential, credential};

    #[test]
    fn a_line_opens_with_its_key_alone_and_tells_what_it_is_not() {
        let (key, other) = (SealingKey::draw().expect("random"), SealingKey::draw().expect("random"));
        let line = seal(&key, "work", "here", &credential(1, 2, 3, "rt-canary")).expect("sealed");
        assert!(line.bytes().all(|byte| byte.is_ascii_graphic()) && !line.contains("canary"), "{line}");
        let back = open(&key, &format!("{line}\r\n")).expect("opens");
        assert_eq!((back.account.as_str(), back.place.as_str()), ("work", "here"));
        assert_eq!(back.credential.order().generation, 2);
        let flaw = |key: &SealingKey, line: &str| open(key, line).map(|_| ()).expect_err(line);
        assert_eq!(flaw(&other, &line), Flaw::Key);
        assert_eq!(flaw(&key, &line[..line.len() - 2]), Flaw::Key);
        assert_eq!(flaw(&key, &line.replace("sealed-1", "sealed-2")), Flaw::Newer);
        assert_eq!(flaw(&key, "rt-canary"), Flaw::Foreign);
        assert_eq!(flaw(&key, ""), Flaw::Foreign);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn any_credential_comes_back_with_its_answers(Any(there) in any_credential()) {
            let key = SealingKey::draw().expect("random");
            let back = open(&key, &seal(&key, "a", "", &there).expect("sealed")).expect("opens").credential;
            let bodies = |of: &Credential| of.answers().map(|raw| raw.body.clone()).collect::<Vec<_>>();
            prop_assert_eq!(bodies(&back), bodies(&there));
            prop_assert_eq!(serde_json::to_value(&back).expect("JSON"), serde_json::to_value(&there).expect("JSON"));
        }
    }
}
