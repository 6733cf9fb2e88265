//! Lists the catalogue: a vendor is added by adding its file, and named nowhere else.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "it speaks with cargo")]

use std::path::Path;
use std::{env, fs};

const FOLDER: &str = "src/dialect/catalog";

fn main() {
    println!("cargo::rerun-if-changed={FOLDER}");
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
