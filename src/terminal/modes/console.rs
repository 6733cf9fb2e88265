//! The door to the keys that a console of Windows has taken in and nobody has read. No crate that is here has a safe way to
//! take them without waiting for one.

#![expect(unsafe_code, reason = "this is the door")]

use std::mem::zeroed;

use windows_sys::Win32::System::Console::{
    GetStdHandle, INPUT_RECORD, KEY_EVENT, PeekConsoleInputW, ReadConsoleInputW, STD_INPUT_HANDLE,
};
use zeroize::Zeroize as _;

/// So many events of the keyboard, the mouse or the window are looked at together.
const ROOM: u32 = 64;

/// Takes away some of what waits to be read; whether more was among it than ends of lines. `None`: nothing waits.
pub(super) fn take() -> Option<bool> {
    // SAFETY: a record of zeros is one of no kind.
    let mut taken: [INPUT_RECORD; ROOM as usize] = unsafe { zeroed() };
    let mut count = 0;
    // SAFETY: the handle is the process's own, or none, which is refused. `taken` has so much room.
    let known =
        unsafe { PeekConsoleInputW(GetStdHandle(STD_INPUT_HANDLE), taken.as_mut_ptr(), ROOM, &mut count) };
    let waits = if known == 0 { 0 } else { count };
    if waits == 0 {
        return None;
    }
    // SAFETY: the same; so much waits, so that this does not.
    unsafe { ReadConsoleInputW(GetStdHandle(STD_INPUT_HANDLE), taken.as_mut_ptr(), waits, &mut count) };
    let mut more = false;
    for record in &mut taken {
        if u32::from(record.EventType) != KEY_EVENT {
            continue;
        }
        // SAFETY: of this kind it holds a key, and of a key a character.
        let (pressed, unit) = unsafe {
            let key = &mut record.Event.KeyEvent;
            let told = (key.bKeyDown != 0, key.uChar.UnicodeChar);
            key.uChar.UnicodeChar.zeroize();
            told
        };
        // Shift and its kind are keys without one.
        more |= pressed && ![0, u16::from(b'\r'), u16::from(b'\n')].contains(&unit);
    }
    Some(more)
}
