//! Lists the catalogue: a vendor is added by adding its file, and named nowhere else.
//! And links the C compiler's unwinder into the programs where it can.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "it speaks with cargo")]

use std::path::Path;
use std::process::Command;
use std::{env, fs};

const FOLDER: &str = "src/dialect/catalog";

fn main() {
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rerun-if-changed=build.rs");
    list_the_catalogue();
    link_the_unwinder();
}

fn list_the_catalogue() {
    let entries = fs::read_dir(FOLDER).expect("the catalogue is part of the source");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort_by(|one, other| one.file_stem().cmp(&other.file_stem()));
    let rows: String = files
        .iter()
        .map(|path| {
            let name = path.file_stem().and_then(|stem| stem.to_str()).expect("names are ASCII");
            let whole = fs::canonicalize(path).expect("it is there");
            format!("    ({name:?}, include_str!({whole:?})),\n")
        })
        .collect();
    let to = Path::new(&env::var_os("OUT_DIR").expect("cargo sets it")).join("catalog.rs");
    fs::write(to, format!("[\n{rows}]\n")).expect("OUT_DIR is writable");
}

/// One shared library less to load at each start: a tenth of what a warm `tokcli token` takes. Where the
/// compiler has no static one, nothing else changes.
fn link_the_unwinder() {
    let set = |name: &str| env::var(name).unwrap_or_default();
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
        println!("cargo::rustc-link-search=native={}", directory.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}
