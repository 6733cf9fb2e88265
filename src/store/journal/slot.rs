//! One of the two slots of a journal: a clear head, what is sealed behind it, and a checksum over both. Every format keeps
//! head and checksum as they are.

use std::fs::File;
use std::io;

use sha2::{Digest as _, Sha256};

use super::super::payload::{from_old_payload, from_payload};
use super::super::seal::SealingKey;
use crate::credential::state::{Credential, Order, Version};

const MAGIC: [u8; 8] = *b"tokcli\0J";
pub(super) const FORMAT: u32 = 2;
/// That of version 0.1.0, which `credential/legacy.rs` reads.
pub(super) const OLD_FORMAT: u32 = 1;
pub(super) const HEAD: usize = 64;
pub(super) const SUM: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Empty = 0,
    Sealed = 1,
    Tombstone = 2,
}

/// The clear part of a slot; with the credential's id it is bound to the seal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) format: u32,
    pub(super) kind: Kind,
    pub(super) journal: [u8; 16],
    pub(super) version: Version,
    pub(super) length: usize,
}

/// A slot whose checksum holds.
pub(crate) struct Slot {
    pub(super) head: Head,
    pub(super) clear: [u8; HEAD],
    pub(super) sealed: Vec<u8>,
}

impl Slot {
    pub(crate) fn opened(&self, credential: &str, key: &SealingKey) -> Option<Credential> {
        let payload = key.open(&bound(&self.clear, credential), &self.sealed)?;
        let held =
            if self.head.format == OLD_FORMAT { from_old_payload(&payload) } else { from_payload(&payload) };
        held.filter(|held| held.order() == self.head.version.order)
    }
}

/// The seal holds for this credential only: swapped files are noticed.
pub(super) fn bound(clear: &[u8; HEAD], credential: &str) -> Vec<u8> {
    [clear, credential.as_bytes()].concat()
}

impl Head {
    /// Of a slot without a sealed part.
    pub(super) fn clear(kind: Kind, journal: [u8; 16], version: Version) -> Head {
        Head { format: FORMAT, kind, journal, version, length: 0 }
    }

    pub(super) fn rank(&self) -> (bool, Version, u32) {
        (self.kind != Kind::Empty, self.version, self.format)
    }

    pub(super) fn encode(&self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
        put(0, &MAGIC);
        put(8, &self.format.to_le_bytes());
        put(12, &(self.kind as u32).to_le_bytes());
        put(16, &self.journal);
        put(32, &self.version.order.epoch.to_le_bytes());
        put(40, &self.version.order.generation.to_le_bytes());
        put(48, &self.version.sequence.to_le_bytes());
        put(56, &(self.length as u64).to_le_bytes());
        bytes
    }

    pub(super) fn decode(clear: &[u8; HEAD]) -> Option<Head> {
        let number = |at: usize| clear[at..at + 8].try_into().map(u64::from_le_bytes).ok();
        let format = [FORMAT, OLD_FORMAT].into_iter().find(|format| clear[8..12] == format.to_le_bytes())?;
        (clear[..8] == MAGIC).then_some(())?;
        let kind = [Kind::Empty, Kind::Sealed, Kind::Tombstone]
            .into_iter()
            .find(|kind| clear[12..16] == (*kind as u32).to_le_bytes())?;
        let order = Order { epoch: number(32)?.cast_signed(), generation: number(40)? };
        order.is_sane().then_some(())?;
        Some(Head {
            format,
            kind,
            journal: clear[16..32].try_into().ok()?,
            version: Version { order, sequence: number(48)? },
            length: usize::try_from(number(56)?).ok()?,
        })
    }
}

pub(super) fn image(clear: &[u8; HEAD], sealed: &[u8]) -> Vec<u8> {
    let sum = Sha256::new().chain_update(clear).chain_update(sealed).finalize();
    [clear, sealed, &sum].concat()
}

/// `bytes` with a length and a checksum that hold.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn image_over(bytes: &[u8]) -> Vec<u8> {
    let Some((clear, sealed)) = bytes.split_first_chunk::<HEAD>() else {
        return Vec::new();
    };
    let mut clear = *clear;
    clear[56..].copy_from_slice(&(sealed.len() as u64).to_le_bytes());
    image(&clear, sealed)
}

/// Whether a slot is whole, and of a format that is not known yet: whatever the other slot holds is older than that.
/// Where the checksum does not hold the slot is torn, and says nothing; every format keeps head and checksum as they are.
pub(super) fn is_newer(from: impl Fn(&mut [u8], u64) -> io::Result<()>, at: u64, slot_size: u64) -> bool {
    let mut clear = [0; HEAD];
    let read = from(&mut clear, at).is_ok() && clear[..8] == MAGIC;
    let format = u32::from_le_bytes([clear[8], clear[9], clear[10], clear[11]]);
    let length = clear[56..].try_into().map(u64::from_le_bytes);
    let Ok(length) = length.map_err(drop).and_then(|length| usize::try_from(length).map_err(drop)) else {
        return false;
    };
    read && format > FORMAT && whole(from, &clear, length, at, slot_size).is_ok_and(|sealed| sealed.is_some())
}

/// What is sealed behind a head; `None`: it does not fit, or the checksum does not hold.
fn whole(
    from: impl Fn(&mut [u8], u64) -> io::Result<()>,
    clear: &[u8; HEAD],
    length: usize,
    at: u64,
    slot_size: u64,
) -> io::Result<Option<Vec<u8>>> {
    if (HEAD + SUM).saturating_add(length) as u64 > slot_size {
        return Ok(None);
    }
    let mut sealed = vec![0; length];
    let mut sum = [0; SUM];
    from(&mut sealed, at + HEAD as u64)?;
    from(&mut sum, at + (HEAD + length) as u64)?;
    let holds = image(clear, &sealed).ends_with(&sum);
    Ok(holds.then_some(sealed))
}

/// `None`: torn, or never ours.
pub(crate) fn read_slot(
    from: impl Fn(&mut [u8], u64) -> io::Result<()>,
    at: u64,
    slot_size: u64,
) -> io::Result<Option<Slot>> {
    let mut clear = [0; HEAD];
    from(&mut clear, at)?;
    let Some(head) = Head::decode(&clear) else {
        return Ok(None);
    };
    let sealed = whole(from, &clear, head.length, at, slot_size)?;
    Ok(sealed.map(|sealed| Slot { head, clear, sealed }))
}

#[cfg(unix)]
pub(super) fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(unix)]
pub(super) fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
pub(super) fn read_at(mut file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(bytes)
}

#[cfg(windows)]
pub(super) fn write_at(mut file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    use std::io::{Seek as _, SeekFrom, Write as _};
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}
