//! The system calls of the beginning, without the C library.

use std::arch::asm;
use std::ffi::{CStr, c_char};

const WRITE: usize = 1;
const ON_SIGNAL: usize = 13;
const EXECUTE: usize = 59;
const FOR_THIS_PROCESSOR: usize = 158;
const EXIT: usize = 231;

const BROKEN_PIPE: usize = 13;
const IGNORE: usize = 1;
/// Those of faults: an instruction that is none, an abort, and memory that is not there.
const FAULTS: [usize; 4] = [4, 6, 7, 11];
/// The action names where it returns to, as it must; it can come again.
const FLAGS: usize = 0x0400_0000 | 0x4000_0000;
/// Of the kernel's mask of signals, in bytes.
const MASK: usize = 8;
const SET_FS: usize = 0x1002;
const INTERRUPTED: isize = -4;

pub(super) enum Written {
    All,
    Nothing,
    Part,
}

/// A reader who went away kills nobody, as it is in every program of Rust.
pub(super) fn ignore_broken_pipes() {
    let action = [IGNORE, 0, 0, 0];
    // SAFETY: the pointer leads to what is borrowed here.
    unsafe { call(ON_SIGNAL, [BROKEN_PIPE, action.as_ptr() as usize, 0, MASK]) };
}

/// To standard output.
pub(super) fn print(text: &[u8]) -> Written {
    ignore_broken_pipes();
    let mut rest = text;
    while !rest.is_empty() {
        // SAFETY: as long as it is.
        match unsafe { call(WRITE, [1, rest.as_ptr() as usize, rest.len(), 0]) } {
            INTERRUPTED => {}
            length => match usize::try_from(length).ok().and_then(|length| rest.get(length..)) {
                Some(behind) if behind.len() < rest.len() => rest = behind,
                _ if rest.len() == text.len() => return Written::Nothing,
                _ => return Written::Part,
            },
        }
    }
    Written::All
}

/// On standard error: what was printed is not all.
pub(super) fn complain(json: bool) {
    let line: &[u8] = if json {
        br#"{"version":1,"error":{"code":"internal","exit":1,"profile":null,"message":"cannot write all to standard output","hint":null,"retry_after":null}}
"#
    } else {
        b"tokcli: error: cannot write all to standard output\n"
    };
    // SAFETY: as long as it is.
    unsafe { call(WRITE, [2, line.as_ptr() as usize, line.len(), 0]) };
}

/// What signals did before.
pub(super) struct Net([[usize; 4]; FAULTS.len()]);

impl Net {
    /// A fault ends the attempt, and not the program.
    pub(super) fn spread(give_up: usize) -> Net {
        let action = [give_up, FLAGS, give_up, 0];
        let mut before = [[0; 4]; FAULTS.len()];
        for (signal, before) in FAULTS.iter().zip(&mut before) {
            let (action, before) = (action.as_ptr() as usize, before.as_mut_ptr() as usize);
            // SAFETY: both lead to actions as the kernel has them.
            unsafe { call(ON_SIGNAL, [*signal, action, before, MASK]) };
        }
        Net(before)
    }

    pub(super) fn take_away(self) {
        for (signal, before) in FAULTS.iter().zip(&self.0) {
            // SAFETY: as the kernel told it.
            unsafe { call(ON_SIGNAL, [*signal, before.as_ptr() as usize, 0, MASK]) };
        }
    }
}

pub(super) fn exit(code: u8) -> ! {
    loop {
        // SAFETY: nothing is left to be done.
        unsafe { call(EXIT, [code.into(), 0, 0, 0]) };
    }
}

/// Comes back if it cannot be done. `words` and `environment` are lists that end with a zero.
pub(super) unsafe fn execute(program: &CStr, words: *const *const c_char, environment: *const *const c_char) {
    // SAFETY: the caller's.
    unsafe { call(EXECUTE, [program.as_ptr() as usize, words as usize, environment as usize, 0]) };
}

/// Where this thread's own place is.
pub(super) unsafe fn set_fs(place: *const u8) -> bool {
    // SAFETY: the caller's.
    unsafe { call(FOR_THIS_PROCESSOR, [SET_FS, place as usize, 0, 0]) == 0 }
}

/// musl's own looks for a faster way first, in what it was told when it started.
#[cfg(target_env = "musl")]
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: std::ffi::c_int, time: *mut std::ffi::c_void) -> std::ffi::c_int {
    const TIME: usize = 228;
    // SAFETY: the caller's.
    let failed = unsafe { call(TIME, [clock.cast_unsigned() as usize, time as usize, 0, 0]) != 0 };
    -std::ffi::c_int::from(failed)
}

unsafe fn call(number: usize, [first, second, third, fourth]: [usize; 4]) -> isize {
    let result;
    // SAFETY: as any system call; the caller knows which.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") first,
            in("rsi") second,
            in("rdx") third,
            in("r10") fourth,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}
