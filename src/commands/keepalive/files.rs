//! Files of a timer: all of them are written or none, and what stood there before comes back if the timer does not take them.

use std::path::Path;
use std::time::Instant;

use super::timer::{MARK, Part};
use crate::base::error::{Result, refused};
use crate::store::foreign;

/// What stood there, each in the place of a part.
pub(super) struct Before(Vec<Part>);

impl Before {
    /// Refuses what somebody else has written.
    pub(super) fn read(parts: &[Part]) -> Result<Before> {
        parts.iter().map(|part| ours(&part.place)).collect::<Result<_>>().map(Before)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|part| part.text.is_empty())
    }

    pub(super) fn says(&self, parts: &[Part]) -> bool {
        self.0.iter().zip(parts).all(|(before, part)| before.text == part.text)
    }

    /// All of them or none.
    pub(super) fn write(&self, parts: &[Part], until: Instant) -> Result<()> {
        for (at, (from, to)) in self.0.iter().zip(parts).enumerate() {
            if let Err(error) = change(from, to, until) {
                // Where another run was faster its files stay.
                self.restore(&parts[..at], until);
                return Err(error);
            }
        }
        Ok(())
    }

    /// What cannot be undone either is told by what failed first.
    pub(super) fn restore(&self, written: &[Part], until: Instant) {
        for (before, part) in self.0.iter().zip(written) {
            let _ = match before.text.is_empty() {
                true => remove(&part.place),
                false => change(part, before, until),
            };
        }
    }
}

fn change(from: &Part, to: &Part, until: Instant) -> Result<()> {
    foreign::replace(&to.place, &from.text, &to.text, until).map(drop)
}

/// As it stands; its text is empty if there is none.
pub(super) fn ours(place: &Path) -> Result<Part> {
    let text = foreign::read(place)?;
    if text.is_empty() || text.contains(MARK) {
        return Ok(Part { place: place.to_owned(), text });
    }
    let words = format!("{} exists and was not {MARK}; it is left unchanged", place.display());
    Err(refused(words))
}

/// With the two directories above, if nothing is left in them.
pub(super) fn remove(place: &Path) -> Result<()> {
    foreign::remove(place)?;
    place.ancestors().skip(1).take(2).for_each(foreign::remove_if_empty);
    Ok(())
}
