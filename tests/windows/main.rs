//! Stories that are told on Windows, of the real `tokcli.exe` against strict stand-in vendors: under wine, or on Windows itself.

#![cfg(windows)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::disallowed_types,
    unreachable_pub,
    reason = "a test prints, writes and spawns as it likes"
)]

#[path = "../../examples/vendors/stand_in/mod.rs"]
mod stand_in;

mod console;
mod world;

mod files;
mod interrupted;
mod logins;
mod programs;
mod vendors;
