//! Keys of the console, for one program among others.

use std::os::windows::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
const CTRL_BREAK_EVENT: u32 = 1;

/// Without a screen wine has no console to press a key of. There it takes a signal for Ctrl-C, which `tests/windows.sh` sends to
/// whose mark is put into this directory.
const HAND: &str = "TOKCLI_TEST_HAND";

/// What is pressed for it reaches nobody else. A group of its own hears no Ctrl-C.
pub fn apart(command: &mut Command) {
    if env::var_os(HAND).is_none() {
        command.creation_flags(CREATE_NEW_PROCESS_GROUP);
    }
}

/// `mark`: what stands in its command line, and in no other.
pub fn press(group: u32, mark: &str) {
    let Some(hand) = env::var_os(HAND) else { return press_break(group) };
    let asked = Path::new(&hand).join(mark);
    fs::write(&asked, "").expect("asked");
    let until = Instant::now() + Duration::from_secs(60);
    while asked.exists() {
        assert!(Instant::now() < until, "nobody presses it");
        thread::sleep(Duration::from_millis(2));
    }
}

#[expect(unsafe_code, reason = "there is no other way to press a key")]
fn press_break(group: u32) {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GenerateConsoleCtrlEvent(event: u32, group: u32) -> i32;
    }
    // SAFETY: it takes two numbers.
    let pressed = unsafe { GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, group) };
    assert_ne!(pressed, 0, "{}", std::io::Error::last_os_error());
}
