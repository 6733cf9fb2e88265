//! Memory that is asked for before it is needed, and that a thread keeps for what it does next.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

use zeroize::Zeroize as _;

/// As much as an answer and what is made of it usually take, in bytes. The libraries that hand over a longer one ask for
/// memory themselves while it comes, so that no more than this can be there for certain.
const USUAL: usize = 8 << 10;
/// So many a thread keeps: what a request and its answer take.
const KEPT: usize = 3;

thread_local! {
    static LEFT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Empty, and for so many bytes as were asked for. Its beginning is there, not only promised: it was written to.
#[derive(Default)]
pub(crate) struct Room(Vec<u8>);

impl Room {
    /// `None`: there is too little memory.
    pub(crate) fn of(size: usize) -> Option<Room> {
        if let Some(left) = LEFT.with_borrow_mut(|left| smallest(left, size)) {
            return Some(Room(left));
        }
        let mut room = Vec::new();
        room.try_reserve_exact(size).ok()?;
        room.resize(size.min(USUAL), 1);
        std::hint::black_box(&mut room);
        room.clear();
        Some(Room(room))
    }

    /// What it holds, without the room that is left; if there is no memory for that, with it.
    pub(crate) fn into_vec(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if bytes.try_reserve_exact(self.len()).is_err() {
            return std::mem::take(&mut self.0);
        }
        bytes.extend_from_slice(&self);
        bytes
    }
}

/// That has room for `size`.
fn smallest(left: &mut Vec<Vec<u8>>, size: usize) -> Option<Vec<u8>> {
    let fitting = left.iter().enumerate().filter(|(_, room)| room.capacity() >= size);
    let place = fitting.min_by_key(|(_, room)| room.capacity())?.0;
    Some(left.swap_remove(place))
}

impl Deref for Room {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Room {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut room = std::mem::take(&mut self.0);
        // It may hold tokens; what lies behind them was never written, or overwritten here.
        room.as_mut_slice().zeroize();
        room.clear();
        // `Err`: the thread is ending.
        let _ = LEFT.try_with(|left| {
            let mut left = left.borrow_mut();
            if room.capacity() > 0 && left.len() < KEPT {
                left.push(room);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_uses_its_memory_again_the_smallest_that_fits() {
        let (small, large) = (Room::of(100).expect("memory"), Room::of(1_000).expect("memory"));
        let places = [small.as_ptr(), large.as_ptr()];
        drop((large, small));
        let again = [100, 1_000].map(|size| Room::of(size).expect("memory"));
        assert_eq!(again.each_ref().map(|room| room.as_ptr()), places);
        assert!(Room::of(100).expect("memory").capacity() >= 100, "another, while both are used");
    }

    #[test]
    fn nothing_is_left_of_what_a_room_held() {
        let mut room = Room::of(16).expect("memory");
        room.extend_from_slice(b"canary");
        assert_eq!(room.capacity(), 16);
        let bytes = room.into_vec();
        assert_eq!((bytes.as_slice(), bytes.capacity()), (&b"canary"[..], 6));
        let mut again = Room::of(16).expect("memory");
        assert!(again.is_empty());
        again.resize(6, 7);
        assert_eq!(again.as_slice(), [7; 6]);
    }
}
