// Tested wherever it could begin so.
#[cfg(any(tokcli_begins, all(test, target_os = "linux", target_arch = "x86_64")))]
mod begin;

fn main() -> std::process::ExitCode {
    tokcli::main()
}
