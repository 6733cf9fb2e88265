//! The journal: what must survive is written here first. Two preallocated slots,
//! each of which alone tells everything; a write goes to the one that is not the
//! newest, so whatever a power cut tears, the other stands.
//!
//! Between a vendor's answer and [`Journal::write`] nothing may happen.

mod slot;
mod version;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use self::slot::image_over;
use self::slot::{FORMAT, HEAD, Head, Kind, SUM, image, is_newer, read_at, write_at};
pub(crate) use self::slot::{Slot, read_slot};
pub(super) use self::version::Glance;
pub(crate) use self::version::JournalVersion;
use super::files;
use super::payload::{payload, write_payload};
use super::seal::{NONCE, Nonce, SealingKey, TAG, random};
use crate::base::digest::hex;
use crate::base::error::{Result, damaged, internal, unavailable};
use crate::base::process;
use crate::base::room::Room;
use crate::credential::state::{BURIALS, Credential, Order, Version};
use crate::http::message::LARGEST_ANSWER;

const UPDATE: &str = "update tokcli";
/// The smallest that there is.
const SLOT: u64 = 64 << 10;
/// Of a journal that is made, so that most never need larger ones.
const NEW_SLOT: u64 = 128 << 10;
/// Above it a length is none that a run could have given a journal.
const LARGEST_SLOT: u64 = 8 << 20;
/// What an answer can add to a record, read or unread. Unread: itself, and the new refresh token that was found in it.
/// Read: its tokens, and what it leaves for later requests, which is less than half as much but stands there twice.
/// The rest is for words and names.
const ROOM: usize = 2 * LARGEST_ANSWER + (16 << 10);

/// What the key opens.
pub(super) enum Unsealed {
    Nothing,
    Buried,
    Held(Box<Credential>),
    /// The newest slot is sealed with another key, or was tampered with.
    Unreadable(Order),
}

/// Memory for one write.
#[derive(Default)]
struct Buffer {
    /// Head, what is sealed, and checksum.
    image: Room,
    /// What the seal is bound to.
    bound: Vec<u8>,
}

pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    credential: String,
    id: [u8; 16],
    slot_size: u64,
    slots: [Option<Slot>; 2],
    /// Empty until a write is prepared.
    buffer: Buffer,
}

impl Journal {
    /// `None`: there is no file.
    pub(super) fn open(path: &Path, credential: &str, write: bool) -> Result<Option<Journal>> {
        let Some(file) = files::open(path, write)? else {
            return Ok(None);
        };
        let fail = |cause: &io::Error| files::failed("read", path, cause);
        let length = file.metadata().map_err(|cause| fail(&cause))?.len();
        let whole = length % SLOT == 0 && (length / SLOT).is_power_of_two();
        if !whole || !(2 * SLOT..=2 * LARGEST_SLOT).contains(&length) {
            return Err(damaged(format!("{} is not a journal of tokcli ({length} bytes)", path.display())));
        }
        let slot_size = length / 2;
        let from = |bytes: &mut [u8], at| read_at(&file, bytes, at);
        let slots = [
            read_slot(from, 0, slot_size).map_err(|cause| fail(&cause))?,
            read_slot(from, slot_size, slot_size).map_err(|cause| fail(&cause))?,
        ];
        if [0, slot_size].into_iter().any(|at| is_newer(from, at, slot_size)) {
            let words = format!("{} was written by a newer tokcli", path.display());
            return Err(damaged(words).hint(UPDATE));
        }
        let Some(id) = slots.iter().flatten().map(|slot| slot.head.journal).next() else {
            return Err(damaged(format!("both slots of {} are damaged", path.display())));
        };
        Ok(Some(Journal {
            file,
            path: path.to_owned(),
            credential: credential.to_owned(),
            id,
            slot_size,
            slots,
            buffer: Buffer::default(),
        }))
    }

    pub(super) fn make(path: &Path, credential: &str) -> Result<Journal> {
        let empty = Head::clear(Kind::Empty, random()?, Version::default());
        let slot = image(&empty.encode(), &[]);
        Journal::make_sized(path, credential, [slot.clone(), slot], NEW_SLOT)
    }

    /// Whole or not at all: `slots` are in the file before it takes its name.
    fn make_sized(path: &Path, credential: &str, slots: [Vec<u8>; 2], slot_size: u64) -> Result<Journal> {
        let size = usize::try_from(slot_size).map_err(|_| internal("a journal of that size"))?;
        let padded = slots.map(|mut slot| {
            slot.resize(size, 0);
            slot
        });
        files::put(path, &padded.concat())?;
        Journal::open(path, credential, true)?.ok_or_else(|| internal("the journal just made is gone"))
    }

    pub(super) fn id(&self) -> String {
        hex(&self.id)
    }

    /// `None`: a slot is torn, or was being written; then they prove nothing.
    pub(super) fn version(&self) -> Option<JournalVersion> {
        match &self.slots {
            [Some(first), Some(second)] => Some(JournalVersion::of([first.clear, second.clear])),
            _ => None,
        }
    }

    pub(super) fn glance(&self) -> Glance {
        match self.newest().map(|slot| slot.head) {
            Some(Head { kind: Kind::Tombstone, version, .. }) => Glance::Buried(version.order),
            Some(Head { kind: Kind::Sealed, version, .. }) => Glance::Sealed(version),
            _ => Glance::Nothing,
        }
    }

    pub(super) fn unseal(&self, key: &SealingKey) -> Unsealed {
        match (self.glance(), self.newest()) {
            (Glance::Buried(_), _) => Unsealed::Buried,
            (Glance::Sealed(version), Some(slot)) => match slot.opened(&self.credential, key) {
                Some(credential) => Unsealed::Held(Box::new(credential)),
                None => Unsealed::Unreadable(version.order),
            },
            _ => Unsealed::Nothing,
        }
    }

    /// Makes a journal with larger slots if `credential` would not fit with the largest answer, or with what that can
    /// make of it.
    pub(super) fn make_room(&mut self, credential: &Credential) -> Result<()> {
        self.make_room_for(payload(credential)?.len() + ROOM)
    }

    /// The same for `credential` alone: what an answer brought that was read after all may be more than anybody
    /// could know when it was sent for.
    pub(super) fn fit(&mut self, credential: &Credential) -> Result<()> {
        self.make_room_for(payload(credential)?.len())
    }

    /// What the slots hold is carried over as it is: no seal depends on their size.
    fn make_room_for(&mut self, payload: usize) -> Result<()> {
        let needed = (payload + HEAD + NONCE + TAG + SUM) as u64;
        let slot_size = self.slot_size.max(needed.next_power_of_two());
        if slot_size > LARGEST_SLOT {
            let words = format!("{} would need slots of {slot_size} bytes", self.path.display());
            return Err(unavailable(words).hint("`recover` shows the answers that are kept in it unread"));
        }
        process::check_size_limit(2 * slot_size)?;
        if slot_size == self.slot_size { Ok(()) } else { self.rewritten(slot_size) }
    }

    /// The same, as a new file at its path.
    fn rewritten(&mut self, slot_size: u64) -> Result<()> {
        let carried = |slot: &Option<Slot>| slot.as_ref().map(|slot| image(&slot.clear, &slot.sealed));
        let slots = [&self.slots[0], &self.slots[1]].map(|slot| carried(slot).unwrap_or_default());
        #[cfg(windows)]
        self.let_go()?;
        let made = Journal::make_sized(&self.path, &self.credential, slots, slot_size);
        #[cfg(windows)]
        if made.is_err() {
            self.hold_again();
        }
        *self = Journal { buffer: std::mem::take(&mut self.buffer), ..made? };
        Ok(())
    }

    /// There no file is replaced that is held open.
    #[cfg(windows)]
    fn let_go(&mut self) -> Result<()> {
        self.file = files::nothing().map_err(|cause| files::failed("let go of", &self.path, &cause))?;
        Ok(())
    }

    #[cfg(windows)]
    fn hold_again(&mut self) {
        if let Ok(Some(there)) = Journal::open(&self.path, &self.credential, true) {
            self.file = there.file;
        }
    }

    /// Puts it back where it belongs, if what is there now is older or no journal.
    pub(super) fn bring_back(&mut self) -> Result<()> {
        let elsewhere = || unavailable(format!("another journal is at {} now", self.path.display()));
        match Journal::open(&self.path, &self.credential, false) {
            Ok(Some(there)) if there.rank() > self.rank() => return Err(elsewhere()),
            Err(error) if error.hint.as_deref() == Some(UPDATE) => return Err(error),
            _ => {}
        }
        self.rewritten(self.slot_size)
    }

    fn rank(&self) -> Option<(bool, Version, u32)> {
        self.newest().map(|slot| slot.head.rank())
    }

    /// Whether its path leads to it still, and it is as it was written. What cannot be looked at proves nothing.
    pub(super) fn is_in_place(&self) -> bool {
        let mut clear = [0; HEAD];
        let slots = self.slots.iter().zip([0, self.slot_size]);
        files::is_at(&self.file, &self.path).unwrap_or(true)
            && self.file.metadata().is_ok_and(|facts| facts.len() == 2 * self.slot_size)
            && slots
                .filter_map(|(slot, at)| Some((slot.as_ref()?, at)))
                .all(|(slot, at)| read_at(&self.file, &mut clear, at).is_ok() && clear == slot.clear)
    }

    /// Asks for the memory of a write before it is needed. All writes that follow use the same.
    pub(super) fn prepare(&mut self) -> Result<()> {
        let size = usize::try_from(self.slot_size).unwrap_or(0);
        let Buffer { image, bound } = &mut self.buffer;
        if image.capacity() < size {
            *image =
                Room::of(size).ok_or_else(|| unavailable("there is too little memory for the journal"))?;
        }
        let size = HEAD + self.credential.len();
        if bound.capacity() < size {
            *bound = vec![1; size];
        }
        Ok(())
    }

    /// Seals and writes `credential`, durable when it returns. Nonce and memory were made before: until the slot is
    /// written none is asked for.
    pub(super) fn write(
        &mut self,
        credential: &Credential,
        key: &SealingKey,
        nonce: &Nonce,
    ) -> io::Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let written = self.write_from(&mut buffer, credential, key, nonce);
        self.buffer = buffer;
        written
    }

    fn write_from(
        &mut self,
        buffer: &mut Buffer,
        credential: &Credential,
        key: &SealingKey,
        nonce: &Nonce,
    ) -> io::Result<()> {
        let Buffer { image, bound } = buffer;
        let start = HEAD + NONCE;
        image.clear();
        image.resize(HEAD, 0);
        image.extend_from_slice(nonce);
        write_payload(image, credential)?;
        let head = Head {
            length: image.len() - HEAD + TAG,
            ..Head::clear(Kind::Sealed, self.id, credential.version)
        };
        let clear = head.encode();
        image[..HEAD].copy_from_slice(&clear);
        bound.clear();
        bound.extend_from_slice(&clear);
        bound.extend_from_slice(self.credential.as_bytes());
        let tag = key.seal_in_place(nonce, bound, &mut image[start..]);
        image.extend_from_slice(&tag.ok_or_else(|| io::Error::other("the record cannot be sealed"))?);
        let sum = Sha256::digest(image.as_slice());
        image.extend_from_slice(&sum);
        self.write_slot(head, image)
    }

    /// Buries whatever was there, in both slots.
    pub(super) fn bury(&mut self, order: Order) -> io::Result<()> {
        for sequence in 1..=BURIALS {
            let head = Head::clear(Kind::Tombstone, self.id, Version { order, sequence });
            self.write_slot(head, &image(&head.encode(), &[]))?;
        }
        Ok(())
    }

    fn write_slot(&mut self, head: Head, image: &[u8]) -> io::Result<()> {
        if image.len() as u64 > self.slot_size {
            return Err(io::Error::other("the record does not fit into the journal"));
        }
        let index = self.oldest();
        // Until it is durable the slot counts as torn.
        self.slots[index] = None;
        write_at(&self.file, image, index as u64 * self.slot_size)?;
        self.file.sync_data()?;
        let sealed = image[HEAD..image.len() - SUM].to_vec();
        self.slots[index] = Some(Slot { head, clear: head.encode(), sealed });
        Ok(())
    }

    /// A slot is of an older format: a program that knows no other would take it for the newest.
    pub(super) fn is_outdated(&self) -> bool {
        self.slots.iter().flatten().any(|slot| slot.head.format < FORMAT)
    }

    fn newest(&self) -> Option<&Slot> {
        self.slots.iter().flatten().max_by_key(|slot| slot.head.rank())
    }

    /// Where the next write goes: never over the newest.
    fn oldest(&self) -> usize {
        match &self.slots {
            [None, _] => 0,
            [_, None] => 1,
            [Some(first), Some(second)] => usize::from(second.head.rank() < first.head.rank()),
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "it damages files on purpose")]
mod tests;
