//! Packs the catalogue and the schema: a vendor is added by adding its file, and named nowhere else.
//! And links the C compiler's unwinder into the programs where it can.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "it speaks with cargo")]

use std::path::Path;
use std::process::Command;
use std::{env, fs};

const FOLDER: &str = "src/dialect/catalog";
const SCHEMA: &str = "docs/profiles.schema.json";

fn main() {
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rerun-if-changed={SCHEMA}");
    println!("cargo::rerun-if-changed=build.rs");
    list_the_catalogue();
    pack_the_schema();
    link_the_unwinder();
}

/// So many dialects are packed together: together they pack better, and only one pack is opened for one of them.
const PACK: usize = 16;

/// Packs the catalogue, the recorded examples apart from the dialects, which are all that a refresh needs.
fn list_the_catalogue() {
    let entries = fs::read_dir(FOLDER).expect("the catalogue is part of the source");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort_by(|one, other| one.file_stem().cmp(&other.file_stem()));
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    let (mut rows, mut packs) = (String::new(), String::new());
    for (pack, files) in files.chunks(PACK).enumerate() {
        let mut texts = [String::new(), String::new()];
        for path in files {
            let name = path.file_stem().and_then(|stem| stem.to_str()).expect("names are ASCII");
            let text = fs::read_to_string(path).expect("UTF-8");
            let (dialect, examples) = text.split_at(examples_of(name, &text));
            let from = texts.each_ref().map(String::len);
            texts[0] += dialect;
            texts[1] += examples;
            let ranges = [from[0]..texts[0].len(), from[1]..texts[1].len()];
            rows += &format!("    PackedDialect {{ name: {name:?}, pack: {pack}, ranges: {ranges:?} }},\n");
        }
        packs += "    [";
        for (kind, text) in texts.iter().enumerate() {
            let file = Path::new(&out).join(format!("catalog-{pack}-{kind}.deflate"));
            fs::write(&file, miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 10)).expect("writable");
            packs += &format!("include_bytes!({:?}), ", file.to_str().expect("UTF-8"));
        }
        packs += "],\n";
    }
    let rust = format!(
        "const ENTRIES: &[PackedDialect] = &[\n{rows}];\nconst PACKS: &[[&[u8]; 2]] = &[\n{packs}];\n"
    );
    fs::write(Path::new(&out).join("catalog.rs"), rust).expect("OUT_DIR is writable");
}

/// Where the examples begin, with the comments that belong to the first: they come last in a file.
fn examples_of(name: &str, text: &str) -> usize {
    let Some(first) = text.find(&format!("\n[[dialects.{name}.examples]]")) else { return text.len() };
    let mut start = first + 1;
    while let Some(line) =
        text[..start - 1].rfind('\n').map(|before| before + 1).filter(|line| text[*line..].starts_with('#'))
    {
        start = line;
    }
    let mut tables =
        text[start..].lines().filter(|line| line.starts_with(['[']) && line.contains("dialects."));
    assert!(tables.all(|line| line.contains(".examples")), "{name}: examples come last");
    start
}

fn pack_the_schema() {
    let schema = fs::read(SCHEMA).expect("the schema is part of the source");
    let to = Path::new(&env::var_os("OUT_DIR").expect("cargo sets it")).join("schema.deflate");
    fs::write(to, miniz_oxide::deflate::compress_to_vec(&schema, 10)).expect("OUT_DIR is writable");
}

/// One shared library less to load at each start: a tenth of what a warm `tokcli token` takes. Where the
/// compiler has no static one, nothing else changes.
fn link_the_unwinder() {
    let set = |name: &str| env::var(name).unwrap_or_default();
    let glibc = set("CARGO_CFG_TARGET_OS") == "linux" && set("CARGO_CFG_TARGET_ENV") == "gnu";
    if glibc && set("PROFILE") == "release" {
        // A panic aborts, so nobody unwinds: the tables for it are an eighth of the program. What musl begins a program with
        // wants its own.
        let script = Path::new(&set("OUT_DIR")).join("without-unwind-tables.ld");
        let tables = "*(.eh_frame .eh_frame.* .gcc_except_table .gcc_except_table.*)";
        let text = format!("SECTIONS {{ /DISCARD/ : {{ {tables} }} }} INSERT AFTER .text;\n");
        fs::write(&script, text).expect("OUT_DIR is writable");
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr,-T,{}", script.display());
    }
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
