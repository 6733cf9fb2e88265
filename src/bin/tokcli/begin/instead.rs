//! Replacements for functions of the C library. Its own translate messages, convert characters and format numbers, and would bring
//! along all that does so: a third of the program. These are weak: where its own come along nevertheless, these are not used.
//! The build script tries them first, in `trial.rs`.

#![cfg_attr(test, allow(dead_code, reason = "tests fail with the C library's own"))]

use std::alloc::{GlobalAlloc as _, Layout};
#[cfg(not(test))]
use std::arch::global_asm;
use std::ffi::{CStr, c_char, c_int, c_long};
use std::ptr::{copy_nonoverlapping, null_mut};

use super::arena::Memory;
use super::words_of;

#[cfg(not(test))]
macro_rules! instead {
    ($($name:literal: $function:ident),+ $(,)?) => {
        $(global_asm!(
            concat!(".weak ", $name),
            concat!(".type ", $name, ", @function"),
            concat!($name, ":"),
            "jmp {}",
            sym $function,
        );)+
    };
}

#[cfg(not(test))]
instead! {
    "malloc": malloc,
    "calloc": calloc,
    "realloc": realloc,
    "free": free,
    "__assert_fail": fail,
    "__strerror_r": text_of,
    "__xpg_strerror_r": write_text_of,
    "sysconf": limit,
    "__sysconf": limit,
}

// How characters are converted: the table of characters, which the start reads, refers to it, and nothing that is used does.
#[cfg(not(test))]
global_asm!(
    ".weak __wcsmbs_gconv_fcts_c",
    ".pushsection .data.rel.ro",
    "__wcsmbs_gconv_fcts_c:",
    ".zero 64",
    ".popsection"
);

/// Before each part is its length.
const HEAD: usize = 16;

unsafe extern "C" fn malloc(length: usize) -> *mut u8 {
    let layout = length.checked_add(HEAD).and_then(|whole| Layout::from_size_align(whole, HEAD).ok());
    let Some(layout) = layout else { return null_mut() };
    // SAFETY: the layout is not empty, and as long as what is written.
    unsafe {
        let head = Memory.alloc(layout);
        if head.is_null() {
            return head;
        }
        head.cast::<usize>().write(length);
        head.add(HEAD)
    }
}

unsafe extern "C" fn calloc(count: usize, length: usize) -> *mut u8 {
    let Some(length) = count.checked_mul(length) else { return null_mut() };
    // SAFETY: the part is as long.
    unsafe {
        let part = malloc(length);
        if !part.is_null() {
            part.write_bytes(0, length);
        }
        part
    }
}

unsafe extern "C" fn realloc(part: *mut u8, length: usize) -> *mut u8 {
    // SAFETY: the caller has the part of `malloc`.
    unsafe {
        let other = malloc(length);
        if !part.is_null() && !other.is_null() {
            copy_nonoverlapping(part, other, part.sub(HEAD).cast::<usize>().read().min(length));
        }
        other
    }
}

unsafe extern "C" fn free(_: *mut u8) {}

unsafe extern "C" fn fail(said: *const c_char, file: *const c_char, line: c_int, _: *const c_char) -> ! {
    // SAFETY: both texts end with a zero.
    let (said, file) = unsafe { (CStr::from_ptr(said), CStr::from_ptr(file)) };
    panic!("the C library, {}, {line}: {}", file.to_string_lossy(), said.to_string_lossy())
}

unsafe extern "C" fn text_of(number: c_int, room: *mut c_char, length: usize) -> *mut c_char {
    // SAFETY: the caller's.
    unsafe { write_text_of(number, room, length) };
    room
}

unsafe extern "C" fn write_text_of(number: c_int, room: *mut c_char, length: usize) -> c_int {
    let text = words_of(number);
    let Some(most) = length.checked_sub(1) else { return 0 };
    let fitting = text.len().min(most);
    // SAFETY: the caller's room is as long.
    unsafe {
        copy_nonoverlapping(text.as_ptr(), room.cast(), fitting);
        room.add(fitting).write(0);
    }
    0
}

/// Asked for are the largest number of groups, the size of a page, and how many links may lead to each other: there is no limit.
extern "C" fn limit(of: c_int) -> c_long {
    const GROUPS: c_int = 3;
    const PAGE: c_int = 30;
    match of {
        GROUPS => 65_536,
        PAGE => 4_096,
        _ => -1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::begin::arena::tests::alone;

    #[test]
    fn a_part_keeps_what_is_in_it_when_it_grows_and_when_it_shrinks() {
        let _alone = alone();
        // SAFETY: each part is as long as what is written and read.
        unsafe {
            let part = calloc(2, 4);
            assert_eq!(std::slice::from_raw_parts(part, 8), [0; 8]);
            copy_nonoverlapping(b"canary-1".as_ptr(), part, 8);
            let longer = realloc(part, 9);
            assert_eq!(std::slice::from_raw_parts(longer, 9), b"canary-1\0");
            assert_eq!(std::slice::from_raw_parts(realloc(longer, 3), 3), b"can");
            assert!(!realloc(null_mut(), 1).is_null());
            assert!((part as usize).is_multiple_of(HEAD));
            free(part);
            assert!(malloc(usize::MAX).is_null() && malloc(usize::MAX >> 1).is_null());
            assert!(calloc(usize::MAX, 2).is_null());
        }
    }

    #[test]
    fn an_error_has_its_words_as_far_as_there_is_room() {
        let written = |number, length| {
            let mut room = [1; 64];
            // SAFETY: the room is not shorter.
            unsafe { text_of(number, room.as_mut_ptr().cast(), length) };
            room
        };
        assert_eq!(&written(13, 64)[..18], b"Permission denied\0");
        assert_eq!(written(13, 5)[..6], *b"Perm\0\x01");
        assert_eq!(written(13, 0), [1; 64]);
        assert_eq!(&written(-1, 64)[..14], b"Unknown errno\0");
    }

    #[test]
    fn limits_are_those_of_the_c_library() {
        for name in [nix::unistd::SysconfVar::NGROUPS_MAX, nix::unistd::SysconfVar::PAGE_SIZE] {
            let ours = limit(name as c_int);
            assert_eq!(nix::unistd::sysconf(name).expect("it is known"), Some(ours));
        }
    }
}
