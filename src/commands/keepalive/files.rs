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

    /// Then `work` is to be done with it. If anything fails, all is as it was, and `again` is told.
    pub(super) fn replace(
        &self,
        parts: &[Part],
        until: Instant,
        work: impl FnOnce() -> Result<()>,
        again: impl FnOnce(bool),
    ) -> Result<()> {
        let change = |from: &Part, to: &Part| foreign::replace(&to.place, &from.text, &to.text, until);
        let mut pairs = self.0.iter().zip(parts);
        let done = pairs.try_for_each(|(from, to)| change(from, to).map(drop)).and_then(|()| work());
        if done.is_err() {
            for (before, part) in self.0.iter().zip(parts) {
                // What cannot be undone either is told by what failed first.
                let _ = match before.text.is_empty() {
                    true => remove(&part.place),
                    false => change(part, before).map(drop),
                };
            }
            again(!self.is_empty());
        }
        done
    }
}

/// As it stands; its text is empty if there is none.
pub(super) fn ours(place: &Path) -> Result<Part> {
    let text = foreign::read(place)?;
    if text.is_empty() || text.contains(MARK) {
        return Ok(Part { place: place.to_owned(), text });
    }
    let words = format!("{} is there and was not {MARK}; it stays as it is", place.display());
    Err(refused(words))
}

/// With the two directories above, if nothing is left in them.
pub(super) fn remove(place: &Path) -> Result<()> {
    foreign::remove(place)?;
    place.ancestors().skip(1).take(2).for_each(foreign::remove_if_empty);
    Ok(())
}
