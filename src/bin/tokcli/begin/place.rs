//! Gives the thread the room that each has.

use std::cell::UnsafeCell;
use std::ptr;

use super::system;

const HALF: usize = 4_096;

/// A thread's own variables end in the middle, where the register `fs` points. Behind it C libraries keep what they know of a thread.
#[repr(align(64))]
struct Place(UnsafeCell<[u8; 2 * HALF]>);
// SAFETY: there is one thread.
unsafe impl Sync for Place {}
static PLACE: Place = Place(UnsafeCell::new([0; 2 * HALF]));

/// Of a segment, as ELF has it.
#[repr(C)]
pub(super) struct Header {
    kind: u32,
    flags: u32,
    offset: usize,
    address: usize,
    physical: usize,
    in_file: usize,
    in_memory: usize,
    align: usize,
}

const OF_A_THREAD: u32 = 7;

unsafe extern "C" {
    /// Where the program begins, which the linker knows.
    static __ehdr_start: u8;
}

/// `false`: it needs more room than there is, or cannot be had.
pub(super) unsafe fn give_to_the_thread(headers: *const Header, count: usize) -> bool {
    let thread = PLACE.0.get().cast::<u8>().wrapping_add(HALF);
    // SAFETY: the kernel tells the truth of the headers, and the place is nobody else's.
    unsafe {
        let base = &raw const __ehdr_start as usize;
        for nth in 0..count {
            let header = &*headers.add(nth);
            if header.kind == OF_A_THREAD {
                let length = header.in_memory.next_multiple_of(header.align.max(1));
                if length > HALF || header.align > 64 {
                    return false;
                }
                let image = (base + header.address) as *const u8;
                ptr::copy_nonoverlapping(image, thread.sub(length), header.in_file);
            }
        }
        // C libraries find a thread by its address there.
        for nth in [0, 2] {
            thread.cast::<usize>().add(nth).write(thread as usize);
        }
        system::set_fs(thread)
    }
}
