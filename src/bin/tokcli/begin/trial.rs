//! Not a part of the program: the build script makes a program of its own of it, and uses `instead.rs` only where that one works.

#![no_main]

mod arena;
mod instead;

use std::process::exit;
use std::{env, fs, io, thread, time};

unsafe extern "C" fn tokcli_give_up() -> ! {
    exit(1)
}

fn words_of(_: std::ffi::c_int) -> &'static str {
    "some words"
}

/// What of the C library the small program needs, and its own parts would be used for.
fn works() -> io::Result<bool> {
    let here = fs::canonicalize(env::current_dir()?)?;
    let missing = fs::read(here.join("nothing of this name"));
    thread::sleep(time::Duration::from_nanos(1));
    Ok(fs::read_dir(here)?.count() > 0
        && missing.is_err_and(|error| error.to_string().contains("some words"))
        && env::var_os("PATH").is_some_and(|path| !path.is_empty()))
}

#[unsafe(no_mangle)]
extern "C" fn main() -> std::ffi::c_int {
    exit(if works().is_ok_and(|works| works) { 42 } else { 1 })
}
