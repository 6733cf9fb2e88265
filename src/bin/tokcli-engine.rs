//! On Linux `tokcli` is a small program that hands over to this one. Elsewhere it needs none: packages leave this file out.

#[cfg(all(target_os = "linux", target_env = "musl"))]
#[global_allocator]
static MEMORY: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    tokcli::engine().into()
}

#[cfg(not(target_os = "linux"))]
fn main() {}
