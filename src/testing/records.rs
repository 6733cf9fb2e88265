//! What the fuzz target `records` asks of the formats at rest: whatever bytes lie
//! in a keyring's item or in a journal, they are refused, or come to a record
//! that every command can reckon with.

use std::io;

use crate::base::clock::{Moment, rfc3339};
use crate::credential::audience::Audience;
use crate::credential::merge::merged;
use crate::credential::secrets::RefreshToken;
use crate::credential::state::Credential;
use crate::store::item::Item;
use crate::store::journal::{self, Slot};
use crate::store::payload;
use crate::store::seal::SealingKey;

pub(crate) fn key() -> SealingKey {
    SealingKey::from_base64(&"A".repeat(43).chars().chain(['=']).collect::<String>()).expect("32 zeros")
}

/// The first byte says what the others are.
pub(crate) fn records(data: &[u8]) {
    match data.split_first() {
        Some((b'i', bytes)) => item(bytes),
        Some((b'p', bytes)) => payload(bytes),
        Some((b's', bytes)) => drop(slot(bytes)),
        // Nobody hits a checksum by chance: this one is made right.
        Some((b'h', bytes)) => drop(slot(&journal::image_over(bytes)).map(|slot| sealed_by_nobody(&slot))),
        _ => {}
    }
}

fn item(bytes: &[u8]) {
    let item = match Item::decode(bytes, "the item") {
        Ok(item) => item,
        Err(error) => {
            return assert!(error.message().starts_with("the item ") && error.message().len() < 100);
        }
    };
    let line = item.encode().expect("what was read can be written");
    assert!(line.bytes().all(|b| matches!(b, b' '..=b'~')), "{line}");
    let back = Item::decode(line.as_bytes(), "it").expect("what was written can be read");
    assert_eq!(back.encode().expect("as before"), line);
    reckoned_with(&item.credential);
}

fn payload(bytes: &[u8]) {
    for credential in [payload::from_payload(bytes), payload::from_old_payload(bytes)].into_iter().flatten() {
        survives(&credential);
        reckoned_with(&credential);
    }
}

/// The journal gives back what it took, to the byte.
pub(crate) fn survives(credential: &Credential) {
    let written = payload::payload(credential).expect("a payload");
    let back = payload::from_payload(&written).expect("what was written can be read");
    assert!(payload::payload(&back).expect("as before") == written);
}

fn slot(bytes: &[u8]) -> Option<Slot> {
    let from = |to: &mut [u8], at| {
        let there = usize::try_from(at).ok().and_then(|at| bytes.get(at..)?.get(..to.len()));
        to.copy_from_slice(there.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    };
    journal::read_slot(from, 0, 64 << 10).ok().flatten()
}

fn sealed_by_nobody(slot: &Slot) {
    assert!(slot.opened("c", &key()).is_none(), "a seal was guessed");
}

/// The arithmetic of every command, on a record that no run may have written.
fn reckoned_with(credential: &Credential) {
    let now = Moment { wall_ms: 1_767_225_600_000, boot_ms: 60_000, boot: "b".into() };
    for answer in credential.answers() {
        let _ = (now.since(&answer.at), answer.retry_after());
    }
    if let Some(open) = credential.open() {
        let _ = (now.since(&open.attempt.sent_at), open.attempt.replays + 1);
    }
    let Some(record) = credential.record() else { return };
    for access in record.audiences().filter_map(|audience| record.access(audience)) {
        for now in [&now, &access.obtained] {
            let left = access.remaining(now);
            assert!(left.is_none_or(|left| left > 0));
        }
        let _ = (access.lifetime(), access.expires_at().and_then(rfc3339));
    }
    for moment in
        record.ended_elsewhere(&Audience::default()).map(|ended| &ended.at).chain([&record.refresh_obtained])
    {
        let _ = (now.since(moment), moment.age(&now), moment.is_between(&now, &now));
    }
    let next = credential.changed(|record| record.keep_candidate(RefreshToken::new("next")));
    assert!(next.version > credential.version);
    for (one, other) in [(credential, &next), (&next, credential)] {
        assert!(merged(Some(one), Some(other), None).is_copy_of(&next));
    }
}
