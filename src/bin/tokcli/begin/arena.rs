//! The memory of the small program: a room that was set aside, and what the kernel adds to it once the C library has started.
//! Only what was given out last is taken back, because the program soon ends or becomes the engine. There is one thread.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ptr::{copy_nonoverlapping, null_mut};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The largest token is read, decoded and printed in it a few times over. Only pages that are touched cost anything.
const SIZE: usize = 1 << 20;
/// No type here needs more.
const ALIGN: usize = 16;

/// Those that are touched lie side by side.
#[repr(C, align(64))]
pub(super) struct Room {
    /// Not zero before the C library has started. Assembly clears it too.
    early: AtomicUsize,
    /// What is free: from here, and to there. Both are zero at first.
    free: AtomicUsize,
    end: AtomicUsize,
    bytes: UnsafeCell<[u8; SIZE]>,
}
// SAFETY: parts of it are given out once each.
unsafe impl Sync for Room {}

pub(super) static ROOM: Room = Room {
    early: AtomicUsize::new(0),
    free: AtomicUsize::new(0),
    end: AtomicUsize::new(0),
    bytes: UnsafeCell::new([0; SIZE]),
};

// Tests have threads.
#[cfg_attr(not(test), global_allocator)]
#[cfg_attr(test, expect(dead_code, reason = "tests name its type"))]
static MEMORY: Memory = Memory;

pub(super) struct Memory;

pub(super) fn open() {
    ROOM.early.store(1, Ordering::Relaxed);
}

pub(super) fn close() {
    ROOM.early.store(0, Ordering::Relaxed);
}

fn take(layout: Layout) -> *mut u8 {
    if ROOM.end.load(Ordering::Relaxed) == 0 {
        set_aside(ROOM.bytes.get() as usize, SIZE);
    }
    let part = part(layout);
    if !part.is_null() {
        return part;
    }
    if ROOM.early.load(Ordering::Relaxed) != 0 {
        // SAFETY: it needs nothing of what is here.
        unsafe { super::tokcli_give_up() }
    }
    let size = layout.size().max(SIZE);
    match new_pages(size) {
        Some(start) => set_aside(start, size),
        None => return null_mut(),
    }
    self::part(layout)
}

fn set_aside(start: usize, size: usize) {
    ROOM.free.store(start, Ordering::Relaxed);
    ROOM.end.store(start + size, Ordering::Relaxed);
}

/// Null: it does not fit into what is free.
fn part(layout: Layout) -> *mut u8 {
    let start = ROOM.free.load(Ordering::Relaxed).next_multiple_of(layout.align());
    let fits = start.checked_add(layout.size()).is_some_and(|end| end <= ROOM.end.load(Ordering::Relaxed));
    if layout.align() > ALIGN || !fits {
        return null_mut();
    }
    ROOM.free.store(start + layout.size(), Ordering::Relaxed);
    start as *mut u8
}

fn new_pages(size: usize) -> Option<usize> {
    const READ_AND_WRITE: c_int = 3;
    const PRIVATE_AND_OF_NO_FILE: c_int = 0x22;
    const FAILED: usize = usize::MAX;
    unsafe extern "C" {
        fn mmap(at: *mut c_void, size: usize, may: c_int, kind: c_int, file: c_int, from: i64)
        -> *mut c_void;
    }
    // SAFETY: they are new.
    let start = unsafe { mmap(null_mut(), size, READ_AND_WRITE, PRIVATE_AND_OF_NO_FILE, -1, 0) } as usize;
    (start != FAILED).then_some(start)
}

// SAFETY: each part is given out once, by the only thread.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if ROOM.free.load(Ordering::Relaxed) == memory as usize + layout.size() {
            ROOM.free.store(memory as usize, Ordering::Relaxed);
        }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let is_last = ROOM.free.load(Ordering::Relaxed) == memory as usize + layout.size();
        if is_last
            && (memory as usize).checked_add(size).is_some_and(|end| end <= ROOM.end.load(Ordering::Relaxed))
        {
            ROOM.free.store(memory as usize + size, Ordering::Relaxed);
            return memory;
        }
        // SAFETY: the caller's layout and size are right, and both parts are as long as what is copied.
        unsafe {
            let other = take(Layout::from_size_align_unchecked(size, layout.align()));
            if !other.is_null() {
                copy_nonoverlapping(memory, other, layout.size().min(size));
            }
            other
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::*;

    /// Tests run beside each other, and there is one room.
    pub(in crate::begin) fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn what_is_given_out_is_aligned_apart_and_goes_on_beyond_the_room() {
        let _alone = alone();
        let layout = |size, align| Layout::from_size_align(size, align).expect("a layout");
        let is_of_the_room =
            |memory: *mut u8| (memory as usize).wrapping_sub(ROOM.bytes.get() as usize) < SIZE;
        let mut end = 0;
        for (size, align) in [(1, 1), (8, 8), (3, 1), (100, 16), (0, 4), (5, 2)] {
            let start = take(layout(size, align)) as usize;
            assert!(start >= end && start.is_multiple_of(align) && is_of_the_room(start as *mut u8));
            end = start + size;
        }
        // SAFETY: each was taken with that layout, and is written before it is read.
        unsafe {
            let old = Memory.alloc(layout(9, 1));
            copy_nonoverlapping(b"canary-01".as_ptr(), old, 9);
            let new = Memory.realloc(old, layout(9, 1), 4 * SIZE);
            assert!(!is_of_the_room(new), "there is not so much");
            assert_eq!(std::slice::from_raw_parts(new, 10), b"canary-01\0");
            new.add(4 * SIZE - 1).write(7);
            Memory.dealloc(new, layout(4 * SIZE, 1));
            assert!(!take(layout(1, 1)).is_null());
        }
        // SAFETY: the same.
        unsafe {
            let (first, last) = (Memory.alloc(layout(8, 8)), Memory.alloc(layout(64, 8)));
            last.write_bytes(7, 64);
            Memory.dealloc(first, layout(8, 8));
            Memory.dealloc(last, layout(64, 8));
            let again = Memory.alloc_zeroed(layout(64, 8));
            assert_eq!(again, last, "what was given out last is taken back");
            assert_eq!(std::slice::from_raw_parts(again, 64), [0; 64]);
            assert_eq!(Memory.realloc(again, layout(64, 8), 128), again, "the last grows where it is");
        }
        assert!(take(layout(1, 32)).is_null() && take(layout(usize::MAX >> 1, 1)).is_null());
    }
}
