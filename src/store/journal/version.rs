//! What anybody can see of a journal without its key, and by which a run notices that it was written.

use std::path::Path;

use super::slot::{HEAD, Head, read_at};
use crate::base::error::Result;
use crate::credential::state::{Order, Version};
use crate::store::files;

/// What anybody can see of a journal without its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Glance {
    /// There is none, or nothing was ever written into it.
    Nothing,
    Buried(Order),
    Sealed(Version),
}

impl Glance {
    pub(in crate::store) fn order(self) -> Option<Order> {
        match self {
            Glance::Nothing => None,
            Glance::Buried(order) | Glance::Sealed(Version { order, .. }) => Some(order),
        }
    }
}

/// The clear heads of both slots. Every write changes them, so whoever sees the same
/// heads again knows that nothing was written meanwhile.
#[derive(PartialEq, Eq)]
pub(crate) struct JournalVersion([u8; 2 * HEAD]);

impl JournalVersion {
    pub(super) fn of(clear: [[u8; HEAD]; 2]) -> JournalVersion {
        let mut both = [0; 2 * HEAD];
        both.as_chunks_mut().0.copy_from_slice(&clear);
        JournalVersion(both)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    #[cfg(test)]
    pub(crate) fn filled(byte: u8) -> JournalVersion {
        JournalVersion([byte; 2 * HEAD])
    }

    /// Drawn when the journal was made, and the same in both slots unless one is torn; known to nobody who
    /// cannot read the file.
    pub(crate) fn id(&self) -> &[u8] {
        &self.0[16..32]
    }

    /// Of the newest slot, as far as its head can tell.
    pub(crate) fn order(&self) -> Option<Order> {
        let heads = self.0.as_chunks().0.iter().filter_map(Head::decode);
        heads.max_by_key(Head::rank).map(|head| head.version.order)
    }

    /// As they are in the file, whether or not their slots are whole.
    pub(in crate::store) fn read(path: &Path) -> Result<Option<JournalVersion>> {
        let Some(file) = files::open(path, false)? else {
            return Ok(None);
        };
        let mut clear = [[0; HEAD]; 2];
        let read = file.metadata().and_then(|facts| {
            read_at(&file, &mut clear[0], 0)?;
            read_at(&file, &mut clear[1], facts.len() / 2)
        });
        read.map_err(|cause| files::failed("read", path, &cause))?;
        Ok(Some(JournalVersion::of(clear)))
    }
}
