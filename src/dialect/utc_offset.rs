//! Offsets from UTC, as dialects write them: `+08:00`, `-0330`, `Z`.

use crate::base::fault::said;
use jiff::tz::Offset;
use serde::{Deserialize, Deserializer};

/// `+08:00`
#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::OffsetFromUtc"))]
pub(crate) struct UtcOffset(pub(crate) Offset);

impl UtcOffset {
    pub(crate) fn parse(text: &str) -> Result<UtcOffset, String> {
        let wrong = || "an offset from UTC is written `+08:00` or `-03:30`".to_owned();
        if text == "Z" {
            return Ok(UtcOffset(Offset::UTC));
        }
        let sign = match text.as_bytes().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(wrong()),
        };
        let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
        let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i32>().ok();
        match (digits.len(), number(0..2), number(2..4)) {
            (4, Some(hours @ 0..=23), Some(minutes @ 0..=59)) => {
                let seconds = sign * (hours * 3_600 + minutes * 60);
                Offset::from_seconds(seconds).map(UtcOffset).map_err(|_| wrong())
            }
            _ => Err(wrong()),
        }
    }
}

impl<'de> Deserialize<'de> for UtcOffset {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<UtcOffset, D::Error> {
        UtcOffset::parse(&String::deserialize(from)?).map_err(said)
    }
}
