//! Memory for the time before the C library has any to give.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The largest token is read, decoded and printed in it a few times over. Only pages that are touched cost anything.
const SIZE: usize = 1 << 20;

/// Those that are touched lie side by side.
#[repr(C, align(64))]
pub(super) struct Room {
    /// Not zero before the C library has started. Assembly clears it too.
    early: AtomicUsize,
    taken: AtomicUsize,
    bytes: UnsafeCell<[u8; SIZE]>,
}
// SAFETY: parts of it are given out once each.
unsafe impl Sync for Room {}

pub(super) static ROOM: Room =
    Room { early: AtomicUsize::new(0), taken: AtomicUsize::new(0), bytes: UnsafeCell::new([0; SIZE]) };

#[global_allocator]
static MEMORY: Memory = Memory;

struct Memory;

pub(super) fn open() {
    ROOM.early.store(1, Ordering::Relaxed);
}

pub(super) fn close() {
    ROOM.early.store(0, Ordering::Relaxed);
}

fn is_early() -> bool {
    ROOM.early.load(Ordering::Relaxed) != 0
}

fn is_of_the_room(memory: *mut u8) -> bool {
    (memory as usize).wrapping_sub(ROOM.bytes.get() as usize) < SIZE
}

fn take(layout: Layout) -> *mut u8 {
    let start = ROOM.taken.load(Ordering::Relaxed).next_multiple_of(layout.align().min(16));
    let fits = layout.align() <= 16 && start.checked_add(layout.size()).is_some_and(|end| end <= SIZE);
    if !fits {
        return no_more();
    }
    ROOM.taken.store(start + layout.size(), Ordering::Relaxed);
    ROOM.bytes.get().cast::<u8>().wrapping_add(start)
}

/// Tests go on.
fn no_more() -> *mut u8 {
    // SAFETY: it needs nothing of what is here.
    if is_early() { unsafe { super::tokcli_give_up() } } else { null_mut() }
}

// SAFETY: each part is given out once, by the only thread that there is then; the rest is the system's.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's layout is right.
        if is_early() { take(layout) } else { unsafe { System.alloc(layout) } }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // Nothing is given out twice, so it still is as it was made.
        // SAFETY: as above.
        if is_early() { take(layout) } else { unsafe { System.alloc_zeroed(layout) } }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if !is_of_the_room(memory) {
            // SAFETY: then it is the system's.
            unsafe { System.dealloc(memory, layout) }
        }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_of_the_room(memory) {
            // SAFETY: then it is the system's.
            return unsafe { System.realloc(memory, layout, size) };
        }
        // SAFETY: the caller's layout and size are right, and both parts are as long as what is copied.
        unsafe {
            let larger = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !larger.is_null() {
                std::ptr::copy_nonoverlapping(memory, larger, layout.size().min(size));
            }
            larger
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_out_is_aligned_apart_and_ends_with_the_room() {
        let layout = |size, align| Layout::from_size_align(size, align).expect("a layout");
        let mut end = 0;
        for (size, align) in [(1, 1), (8, 8), (3, 1), (100, 16), (0, 4), (5, 2)] {
            let start = take(layout(size, align)) as usize;
            assert!(start >= end && start.is_multiple_of(align) && is_of_the_room(start as *mut u8));
            end = start + size;
        }
        // SAFETY: it was taken with that layout, and is written before it is read.
        unsafe {
            let old = take(layout(9, 1));
            std::ptr::copy_nonoverlapping(b"canary-01".as_ptr(), old, 9);
            let new = Memory.realloc(old, layout(9, 1), 4_000);
            assert!(!is_of_the_room(new), "the C library has started");
            assert_eq!(std::slice::from_raw_parts(new, 9), b"canary-01");
            Memory.dealloc(new, layout(4_000, 1));
            Memory.dealloc(old, layout(9, 1));
        }
        assert!(take(layout(SIZE, 1)).is_null() && take(layout(1, 32)).is_null());
        assert!(take(layout(usize::MAX >> 1, 1)).is_null());
    }
}
