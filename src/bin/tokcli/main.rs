// With glibc it starts in `begin/start.rs`.
#![cfg_attr(all(tokcli_begins, target_env = "gnu", not(test)), no_main)]

// Tested wherever it could begin so.
#[cfg(any(tokcli_begins, all(test, target_os = "linux", target_arch = "x86_64")))]
mod begin;

#[cfg(not(all(tokcli_begins, target_env = "gnu", not(test))))]
fn main() -> std::process::ExitCode {
    tokcli::main().into()
}
