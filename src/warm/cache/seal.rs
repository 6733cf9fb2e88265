//! Keys of the kernel can be read, and others put in their place, by programs of this user that see none of the user's files:
//! in a sandbox, or in a container that shares the user's number. So what is kept is sealed with what only a reader of the
//! journal knows: its identity, 16 bytes drawn when it was made.
//!
//! The rule that matters: nothing is taken from a key whose seal does not hold. What is sealed to a version of the journal
//! cannot outlive it.

#[cfg(any(target_os = "linux", test))]
use chacha20poly1305::Tag;
use chacha20poly1305::aead::AeadInPlace as _;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, Nonce};
use zeroize::Zeroizing;

use crate::base::clock::Moment;
use crate::store::JournalVersion;
use crate::store::seal::random;

/// Of what is written here. Another version may know other dialects.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "-3");

#[cfg(any(target_os = "linux", test))]
const AT: usize = 8;
const NONCE: usize = 12;
#[cfg(any(target_os = "linux", test))]
const TAG: usize = 16;

pub(super) struct CopySeal(ChaCha20Poly1305);

impl CopySeal {
    pub(super) fn of(journal: &JournalVersion) -> CopySeal {
        let mut key = Zeroizing::new(*b"................tokcli's copies.");
        key[..16].copy_from_slice(journal.id());
        CopySeal(ChaCha20Poly1305::new((&*key).into()))
    }

    /// `when it was made ‖ nonce ‖ tag ‖ ciphertext`. For one `name` and one version of the journal.
    pub(super) fn hide(
        &self,
        name: &str,
        journal: &JournalVersion,
        mut text: Zeroizing<Vec<u8>>,
    ) -> Option<Zeroizing<Vec<u8>>> {
        self.sealed(&[name.as_bytes(), journal.bytes()], &mut text)
    }

    /// `None`: another made it, or of another version of the journal.
    #[cfg(any(target_os = "linux", test))]
    pub(super) fn reveal<'a>(
        &self,
        name: &str,
        journal: &JournalVersion,
        kept: &'a mut [u8],
    ) -> Option<&'a [u8]> {
        let (head, text) = kept.split_at_mut_checked(AT + NONCE + TAG)?;
        self.opened(head, &[name.as_bytes(), journal.bytes()], text)?;
        Some(text)
    }

    /// The same, but for the text, which is left legible.
    pub(super) fn vouch(&self, name: &str, text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut sealed = self.sealed(&[name.as_bytes(), text], &mut Zeroizing::default())?;
        sealed.extend_from_slice(text);
        Some(sealed)
    }

    #[cfg(any(target_os = "linux", test))]
    pub(super) fn is_vouched_for(&self, name: &str, kept: &[u8]) -> bool {
        kept.split_at_checked(AT + NONCE + TAG)
            .is_some_and(|(head, text)| self.opened(head, &[name.as_bytes(), text], &mut []).is_some())
    }

    fn sealed(&self, bound: &[&[u8]; 2], text: &mut Zeroizing<Vec<u8>>) -> Option<Zeroizing<Vec<u8>>> {
        let (at, nonce) = (Moment::now().wall_ms.to_le_bytes(), random::<NONCE>().ok()?);
        let tag = self.0.encrypt_in_place_detached(&Nonce::from(nonce), &all(bound), text).ok()?;
        // In one piece: what grows leaves copies of itself behind.
        Some(Zeroizing::new([&at, &nonce[..], &tag, text].concat()))
    }

    #[cfg(any(target_os = "linux", test))]
    fn opened(&self, head: &[u8], bound: &[&[u8]; 2], text: &mut [u8]) -> Option<()> {
        let (nonce, tag) = head[AT..].split_at(NONCE);
        self.0
            .decrypt_in_place_detached(Nonce::from_slice(nonce), &all(bound), text, Tag::from_slice(tag))
            .ok()
    }
}

/// Legible in what [`CopySeal::vouch`] made, before anybody has seen whether it is right.
#[cfg(any(target_os = "linux", test))]
pub(super) fn legible(kept: &[u8]) -> Option<&[u8]> {
    kept.get(AT + NONCE + TAG..)
}

/// When something was made (ms since 1970), as it says itself; what says nothing is oldest.
#[cfg(any(target_os = "linux", test))]
pub(super) fn made(kept: &[u8]) -> i64 {
    kept.first_chunk().copied().map_or(0, i64::from_le_bytes)
}

/// The length tells where the one ends and the other begins.
fn all(bound: &[&[u8]; 2]) -> Vec<u8> {
    [VERSION.as_bytes(), &(bound[0].len() as u64).to_le_bytes(), bound[0], bound[1]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Zeroizing<Vec<u8>> {
        Zeroizing::new(b"at-canary".to_vec())
    }

    #[test]
    fn what_is_hidden_is_revealed_for_its_name_and_its_version_of_the_journal_only() {
        let (journal, other) = (JournalVersion::filled(1), JournalVersion::filled(2));
        let seal = CopySeal::of(&journal);
        let kept = seal.hide("a", &journal, text()).expect("hidden");
        let opened = |seal: &CopySeal, name: &str, journal: &JournalVersion, kept: &[u8]| {
            seal.reveal(name, journal, &mut kept.to_vec()).map(<[u8]>::to_vec)
        };
        assert_eq!(opened(&seal, "a", &journal, &kept).as_deref(), Some(&b"at-canary"[..]));
        assert!(made(&kept) > 0 && !kept.windows(6).any(|part| part == b"canary"));
        assert_eq!(opened(&seal, "b", &journal, &kept), None);
        assert_eq!(opened(&seal, "a", &other, &kept), None);
        assert_eq!(opened(&CopySeal::of(&other), "a", &journal, &kept), None);
        for at in AT..kept.len() {
            let mut broken = kept.to_vec();
            broken[at] ^= 1;
            assert_eq!(opened(&seal, "a", &journal, &broken), None, "byte {at}");
            assert_eq!(opened(&seal, "a", &journal, &kept[..at]), None, "{at} bytes");
        }
        let again = seal.hide("a", &journal, text()).expect("hidden");
        assert_ne!(again[AT..], kept[AT..], "another nonce each time");
    }

    #[test]
    fn what_is_vouched_for_is_legible_and_cannot_be_altered() {
        let seal = CopySeal::of(&JournalVersion::filled(1));
        let kept = seal.vouch("a", &text()).expect("sealed");
        assert!(seal.is_vouched_for("a", &kept) && legible(&kept) == Some(b"at-canary"));
        assert!(!seal.is_vouched_for("b", &kept));
        assert!(!CopySeal::of(&JournalVersion::filled(2)).is_vouched_for("a", &kept));
        for at in AT..kept.len() {
            let mut broken = kept.to_vec();
            broken[at] ^= 1;
            assert!(!seal.is_vouched_for("a", &broken), "byte {at}");
        }
        assert!(!seal.is_vouched_for("a", b"") && legible(b"").is_none() && made(b"") == 0);
    }
}
