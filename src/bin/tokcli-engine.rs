//! On Linux `tokcli` is a small program that hands over to this one. Elsewhere it needs none: packages leave this file out.

// With glibc it starts as the small program does.
#![cfg_attr(all(tokcli_begins, target_env = "gnu", not(test)), no_main)]

#[cfg(all(tokcli_begins, target_env = "gnu", not(test)))]
#[path = "tokcli/start.rs"]
mod start;

#[cfg(target_os = "linux")]
use tokcli::engine as run;

#[cfg(all(target_os = "linux", target_env = "musl"))]
#[global_allocator]
static MEMORY: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[cfg(all(target_os = "linux", not(all(tokcli_begins, target_env = "gnu", not(test)))))]
fn main() -> std::process::ExitCode {
    run().into()
}

#[cfg(not(target_os = "linux"))]
fn main() {}
