//! How long a program of this machine's kind must be, by its own head: one that was cut off would be started, and
//! killed by the kernel without a word.

/// What is read of a program: its head and the table of its segments.
pub(super) const HEAD: usize = 4_096;

/// Where what it names ends. `None`: it is no program. One of another kind of machine is the kernel's to judge.
pub(super) fn extent(head: &[u8]) -> Option<u64> {
    let (magic, class, order) = (head.get(..4)?, head.get(4)?, head.get(5)?);
    if magic != b"\x7fELF" {
        return None;
    }
    let native = if cfg!(target_endian = "little") { 1 } else { 2 };
    match (class, *order == native) {
        (1, true) => Some(Layout::BITS_32.extent(head)),
        (2, true) => Some(Layout::BITS_64.extent(head)),
        _ => Some(0),
    }
}

/// Where the numbers stand, as elf(5) has it.
struct Layout {
    /// Of an address or offset, in bytes.
    width: usize,
    segments: usize,
    sections: usize,
    /// Of the size of a segment's entry; that of its number, of a section's size and number follow.
    sizes: usize,
    /// In a segment's entry.
    offset: usize,
    in_file: usize,
}

impl Layout {
    const BITS_32: Layout =
        Layout { width: 4, segments: 28, sections: 32, sizes: 42, offset: 4, in_file: 16 };
    const BITS_64: Layout =
        Layout { width: 8, segments: 32, sections: 40, sizes: 54, offset: 8, in_file: 32 };

    /// A head that is itself cut off ends nowhere.
    fn extent(&self, head: &[u8]) -> u64 {
        self.end(head).unwrap_or(u64::MAX)
    }

    fn end(&self, head: &[u8]) -> Option<u64> {
        let short = |at: usize| number(head, at, 2);
        let long = |at: usize| number(head, at, self.width);
        let (segments, sections) = (long(self.segments)?, long(self.sections)?);
        let (size, count) = (short(self.sizes)?, short(self.sizes + 2)?);
        let table = short(self.sizes + 4)?.checked_mul(short(self.sizes + 6)?)?;
        let mut end = sections.checked_add(table)?.max(segments.checked_add(size.checked_mul(count)?)?);
        for nth in 0..count {
            let at = usize::try_from(segments.checked_add(nth * size)?).ok()?;
            // Tools that alter programs move the table to their end.
            let (Some(offset), Some(length)) = (long(at + self.offset), long(at + self.in_file)) else {
                break;
            };
            end = end.max(offset.checked_add(length)?);
        }
        Some(end)
    }
}

fn number(head: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = head.get(at..at.checked_add(width)?)?;
    let wide = |digit: &u8| u64::from(*digit);
    let shifted = |sum: u64, digit: u64| sum << 8 | digit;
    Some(if cfg!(target_endian = "little") {
        bytes.iter().rev().map(wide).fold(0, shifted)
    } else {
        bytes.iter().map(wide).fold(0, shifted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_names_all_that_it_is_made_of() {
        let own = std::env::current_exe().expect("this test");
        let bytes = std::fs::read(own).expect("legible");
        let end = extent(&bytes[..HEAD]).expect("a program");
        assert!(end <= bytes.len() as u64 && end > bytes.len() as u64 / 2, "{end} of {}", bytes.len());
        // Its table of segments may stand where it is not read.
        let mut moved = bytes[..HEAD].to_vec();
        moved[if cfg!(target_pointer_width = "64") { 32..36 } else { 28..32 }]
            .copy_from_slice(&1_000_000_u32.to_ne_bytes());
        assert_eq!(extent(&moved), Some(end));
        // Of however little is left, it is said to be more.
        for length in 6..HEAD {
            assert!(extent(&bytes[..length]).expect("a program") > length as u64, "{length}");
        }
    }

    #[test]
    fn what_is_no_program_has_no_extent() {
        for other in [&b""[..], b"\x7fEL", b"\x7fELF", b"#!/bin/sh\nexit 0\n", &[0; HEAD]] {
            assert_eq!(extent(other), None);
        }
        // Of the other order of bytes, and of no known class.
        for class in [[1, 3], [2, 3], [9, 1], [9, 2]] {
            assert_eq!(extent(&[&b"\x7fELF"[..], &class, &[0xFF; 90]].concat()), Some(0));
        }
        // Numbers as large as can be.
        for class in [1, 2] {
            let order = if cfg!(target_endian = "little") { 1 } else { 2 };
            let end = extent(&[&b"\x7fELF"[..], &[class, order], &[0xFF; HEAD]].concat());
            assert!(end.is_some_and(|end| end > u32::MAX.into()), "{end:?}");
        }
    }
}
