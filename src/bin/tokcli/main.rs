// With glibc it starts in `start.rs`.
#![cfg_attr(all(tokcli_begins, target_env = "gnu", not(test)), no_main)]

// Tested wherever it could begin so.
#[cfg(any(tokcli_begins, all(test, target_os = "linux", target_arch = "x86_64")))]
mod begin;
#[cfg(all(tokcli_begins, target_env = "gnu", not(test)))]
mod start;

use tokcli::main as run;

#[cfg(not(all(tokcli_begins, target_env = "gnu", not(test))))]
fn main() -> std::process::ExitCode {
    run().into()
}
