//! Keys of the console, for a program that runs in a group of its own.

use std::os::windows::process::CommandExt as _;
use std::process::Command;

const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
const CTRL_BREAK_EVENT: u32 = 1;

/// What is pressed for it reaches nobody else. A test that runs without a console gets one, which its children share.
#[expect(unsafe_code, reason = "there is no other way to have one")]
pub fn apart(command: &mut Command) {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn AllocConsole() -> i32;
    }
    // SAFETY: it takes nothing; where there is a console already, it fails and changes nothing.
    unsafe { AllocConsole() };
    command.creation_flags(CREATE_NEW_PROCESS_GROUP);
}

/// Ctrl-Break: a group of its own hears no Ctrl-C.
#[expect(unsafe_code, reason = "there is no other way to press a key")]
pub fn press_break(group: u32) {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GenerateConsoleCtrlEvent(event: u32, group: u32) -> i32;
    }
    // SAFETY: it takes two numbers.
    let pressed = unsafe { GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, group) };
    assert_ne!(pressed, 0, "{}", std::io::Error::last_os_error());
}
