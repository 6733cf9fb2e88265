//! Links the unwinder of the C compiler into the programs where it can: then there is one shared library
//! less to load at each start, a tenth of what a warm `tokcli token` takes. Without it nothing else changes.

#![expect(clippy::disallowed_macros, clippy::disallowed_methods, reason = "this is how to talk with cargo")]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let set = |name: &str| std::env::var(name).unwrap_or_default();
    let glibc = set("CARGO_CFG_TARGET_OS") == "linux" && set("CARGO_CFG_TARGET_ENV") == "gnu";
    // Of another machine's compiler we know nothing.
    if !glibc || set("HOST") != set("TARGET") {
        return;
    }
    let Ok(output) = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output() else { return };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // A name alone is what compilers say that have none.
    let path = Path::new(text.trim());
    if let Some(directory) = path.parent().filter(|_| path.is_absolute() && path.exists()) {
        println!("cargo:rustc-link-search=native={}", directory.display());
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}
