//! What the C library has several of and chooses among when it starts. These need no choice, and are there before.
//!
//! They are in assembly: a loop over bytes is what a compiler takes for a call of these very functions.

use std::arch::asm;
use std::ffi::{c_char, c_int};

#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    // SAFETY: the caller's two parts have that length.
    unsafe {
        asm!("rep movsb", inout("rcx") length => _, inout("rdi") to => _, inout("rsi") from => _,
            options(nostack, preserves_flags));
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    if (to as usize).wrapping_sub(from as usize) >= length {
        // SAFETY: the caller's.
        return unsafe { memcpy(to, from, length) };
    }
    // SAFETY: the caller's two parts have that length; from the end, what is still to be copied is not overwritten.
    unsafe {
        asm!("std", "rep movsb", "cld", inout("rcx") length => _,
            inout("rdi") to.wrapping_add(length).wrapping_sub(1) => _,
            inout("rsi") from.wrapping_add(length).wrapping_sub(1) => _, options(nostack));
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memset(at: *mut u8, byte: c_int, length: usize) -> *mut u8 {
    // SAFETY: the caller's part has that length.
    unsafe {
        asm!("rep stosb", inout("rcx") length => _, inout("rdi") at => _, in("eax") byte,
            options(nostack, preserves_flags));
    }
    at
}

/// The difference of the first bytes that differ within a length. `$equal`: what is done after two that are equal; `2b` goes on.
macro_rules! difference {
    ($one:expr, $other:expr, $length:expr, $($equal:literal),+) => {{
        let (one_byte, other_byte): (c_int, c_int);
        asm!(
            "xor {a:e}, {a:e}", "xor {b:e}, {b:e}",
            "2:", "sub rcx, 1", "jb 3f",
            "movzx {a:e}, byte ptr [rdi]", "movzx {b:e}, byte ptr [rsi]",
            "inc rdi", "inc rsi",
            "cmp {a:e}, {b:e}", "jne 3f",
            $($equal,)+ "3:",
            a = out(reg) one_byte, b = out(reg) other_byte,
            inout("rcx") $length => _, inout("rdi") $one => _, inout("rsi") $other => _, options(nostack, readonly)
        );
        one_byte - other_byte
    }};
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, length: usize) -> c_int {
    // SAFETY: the caller's two parts have that length.
    unsafe { difference!(one, other, length, "jmp 2b") }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(one: *const u8, other: *const u8, length: usize) -> c_int {
    // SAFETY: the caller's.
    unsafe { memcmp(one, other, length) }
}

// For `getenv`.
#[unsafe(no_mangle)]
unsafe extern "C" fn strncmp(one: *const u8, other: *const u8, length: usize) -> c_int {
    // SAFETY: each of the caller's texts has that length, or ends with a zero.
    unsafe { difference!(one, other, length, "test {a:e}, {a:e}", "jne 2b") }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strlen(text: *const c_char) -> usize {
    let end: *const c_char;
    // SAFETY: the caller's text ends with a zero.
    unsafe {
        asm!("2:", "cmp byte ptr [{at}], 0", "je 3f", "inc {at}", "jmp 2b", "3:",
            at = inout(reg) text => end, options(nostack, readonly));
    }
    end as usize - text as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of all lengths up to some, with every kind of byte.
    fn texts() -> impl Iterator<Item = Vec<u8>> {
        (0..70_usize).map(|length| (0..length).map(|nth| (nth * 37 + length).to_le_bytes()[0]).collect())
    }

    #[test]
    fn what_is_copied_arrives_wherever_it_goes() {
        for text in texts() {
            let mut there = vec![0; text.len()];
            // SAFETY: both are as long.
            unsafe { memcpy(there.as_mut_ptr(), text.as_ptr(), text.len()) };
            assert_eq!(there, text);
            for (from, to) in [(0, 7), (7, 0), (3, 3), (0, 1), (1, 0)] {
                let mut room = [&text[..], &[1; 7]].concat();
                let mut expected = room.clone();
                expected.copy_within(from..from + text.len(), to);
                // SAFETY: the room is 7 bytes longer than what is moved in it.
                unsafe { memmove(room.as_mut_ptr().add(to), room.as_ptr().add(from), text.len()) };
                assert_eq!(room, expected, "{from} to {to}");
            }
            // SAFETY: as long as it is; of what is filled with, the lowest byte counts.
            unsafe { memset(there.as_mut_ptr(), 0x1_5A, text.len()) };
            assert!(there.iter().all(|byte| *byte == 0x5A));
        }
    }

    #[test]
    fn what_is_compared_has_the_order_of_its_bytes() {
        for one in texts() {
            for at in 0..one.len() {
                let mut other = one.clone();
                other[at] = other[at].wrapping_add(0x81);
                for (one, other) in [(&one, &one), (&one, &other), (&other, &one)] {
                    // SAFETY: all are as long.
                    let (order, differs) = unsafe {
                        let (one, other) = (one.as_ptr(), other.as_ptr());
                        (memcmp(one, other, at + 1), bcmp(one, other, at + 1))
                    };
                    assert_eq!(order.cmp(&0), one[..=at].cmp(&other[..=at]));
                    assert_eq!(differs == 0, one[..=at] == other[..=at]);
                }
            }
        }
        // SAFETY: nothing is read.
        assert_eq!(unsafe { memcmp(b"a".as_ptr(), b"b".as_ptr(), 0) }, 0);
    }

    #[test]
    fn texts_end_with_a_zero() {
        for (one, other, length, order) in [
            (c"HOME", c"HOME=/", 4, 0),
            (c"HOME", c"HOME=/", 5, -1),
            (c"HOME", c"HOM", 9, 1),
            (c"", c"", 9, 0),
            (c"\xFF", c"a", 1, 1),
            (c"a", c"b", 0, 0),
        ] {
            // SAFETY: both end with a zero.
            let found = unsafe { strncmp(one.as_ptr().cast(), other.as_ptr().cast(), length) };
            assert_eq!(found.signum(), order, "{one:?} {other:?}");
            // SAFETY: the same.
            assert_eq!(unsafe { strlen(one.as_ptr()) }, one.to_bytes().len());
        }
    }
}
