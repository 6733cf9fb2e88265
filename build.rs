//! Packs the catalogue and the schema: a vendor is added by adding its file, and named nowhere else.
//! And links the C library and the unwinder into the programs, as far as that can be.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "it speaks with cargo")]

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use miniz_oxide::mz_adler32_oxide;

const FOLDER: &str = "src/dialect/catalog";
/// Made of the folder by `make catalog`, and compared with it by the tests. It begins with the checksum of the files that it was
/// made of: where they are others, each run merges what it uses.
const MERGED: &str = "src/dialect/catalog.merged";
const SCHEMA: &str = "docs/profiles.schema.json";

fn main() {
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rerun-if-changed={MERGED}");
    println!("cargo::rerun-if-changed={SCHEMA}");
    println!("cargo::rerun-if-changed=build.rs");
    list_the_catalogue();
    pack_the_schema();
    link();
}

/// Packs the catalogue in three parts: the dialects as written, their recorded examples, and each dialect merged with those that
/// it extends, which is all that a refresh needs. Texts packed together compress better, but one cannot be read without
/// unpacking those before it; so few of what every run reads are packed together.
fn list_the_catalogue() {
    let entries = fs::read_dir(FOLDER).expect("the catalogue is part of the source");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort_by(|one, other| one.file_stem().cmp(&other.file_stem()));
    let texts: Vec<String> = files.iter().map(|path| fs::read_to_string(path).expect("UTF-8")).collect();
    let merged = fs::read_to_string(MERGED).unwrap_or_default();
    let sum = texts.iter().fold(1, |sum, text| mz_adler32_oxide(sum, text.as_bytes()));
    // Of another state of the catalogue it says nothing.
    let merged = merged.strip_prefix(&format!("{sum}\n")).map(merged_by_name).unwrap_or_default();
    let mut parts = [Packs::new("source", 16), Packs::new("examples", 16), Packs::new("merged", 8)];
    let mut rows = String::new();
    for (path, text) in files.iter().zip(&texts) {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("names are ASCII");
        let (dialect, examples) = text.split_at(examples_of(name, text));
        let texts = [dialect, examples, merged.get(name).copied().unwrap_or_default()];
        let places: Vec<_> = parts.iter_mut().zip(texts).map(|(part, text)| part.add(text)).collect();
        rows += &format!("    PackedDialect {{ name: {name:?}, places: {places:?} }},\n");
    }
    let packs: String = parts.into_iter().map(Packs::written).collect();
    let rust = format!(
        "const ENTRIES: &[PackedDialect] = &[\n{rows}];\nconst PACKS: [&[&[u8]]; 3] = [\n{packs}];\n"
    );
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("catalog.rs"), rust).expect("OUT_DIR is writable");
}

/// Texts that are packed together, so many at a time.
struct Packs {
    kind: &'static str,
    together: usize,
    count: usize,
    texts: Vec<String>,
}

impl Packs {
    fn new(kind: &'static str, together: usize) -> Packs {
        Packs { kind, together, count: 0, texts: Vec::new() }
    }

    /// In which pack it is, and where there.
    fn add(&mut self, text: &str) -> (usize, Range<usize>) {
        if self.count.is_multiple_of(self.together) {
            self.texts.push(String::new());
        }
        self.count += 1;
        let pack = self.texts.len() - 1;
        let from = self.texts[pack].len();
        self.texts[pack] += text;
        (pack, from..self.texts[pack].len())
    }

    fn written(self) -> String {
        let out = env::var_os("OUT_DIR").expect("cargo sets it");
        let pack = |(index, text): (usize, &String)| {
            let file = Path::new(&out).join(format!("catalog-{}-{index}.deflate", self.kind));
            fs::write(&file, miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 10)).expect("writable");
            format!("include_bytes!({:?}), ", file.to_str().expect("UTF-8"))
        };
        let packs: String = self.texts.iter().enumerate().map(pack).collect();
        format!("    &[{packs}],\n")
    }
}

/// The merged dialects, as the tests write them: of each its name, a space, and a value as `src/base/packed.rs` has it.
fn merged_by_name(mut text: &str) -> BTreeMap<&str, &str> {
    let mut all = BTreeMap::new();
    while let Some((name, rest)) = text.split_once(' ') {
        let length = rest.get(1..).and_then(|rest| rest.split_once(':')).map(|(length, _)| length);
        let end = length.and_then(|length| Some(length.len() + 2 + length.parse::<usize>().ok()?));
        let value = end.and_then(|end| rest.get(..end));
        let value = value.unwrap_or_else(|| panic!("{MERGED} is damaged; `make catalog` makes it anew"));
        all.insert(name, value);
        text = rest[value.len()..].trim_start();
    }
    all
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

/// The C library and the unwinder. One shared library less to load is a tenth of what a warm `tokcli token` takes; the small
/// program, which resolves no names and loads nothing, needs none at all, and takes half.
fn link() {
    let set = |name: &str| env::var(name).unwrap_or_default();
    let glibc = set("CARGO_CFG_TARGET_OS") == "linux" && set("CARGO_CFG_TARGET_ENV") == "gnu";
    let out = PathBuf::from(set("OUT_DIR"));
    let release = set("PROFILE") == "release";
    let musl = set("CARGO_CFG_TARGET_OS") == "linux" && set("CARGO_CFG_TARGET_ENV") == "musl";
    if (glibc || musl) && release {
        // A panic aborts, so nobody unwinds: the tables for it are an eighth of the program. What musl begins a program with
        // wants its own.
        let script = out.join("sections.ld");
        let kept = if musl { "EXCLUDE_FILE(*crt*.o) " } else { "" };
        let tables = [".eh_frame", ".eh_frame.*", ".gcc_except_table", ".gcc_except_table.*"];
        let tables = tables.map(|table| format!("*({kept}{table})")).join(" ");
        let rare: String = RARE.iter().map(|path| named(path)).collect();
        let text = format!(
            "SECTIONS {{ /DISCARD/ : {{ {tables} }} .text.rare : {{ *({rare} ) }} }} INSERT AFTER .text;\n"
        );
        fs::write(&script, text).expect("OUT_DIR is writable");
        let argument = format!("-Wl,--no-eh-frame-hdr,-T,{}", script.display());
        if runs(&out, &argument).is_some() {
            println!("cargo::rustc-link-arg-bins={argument}");
        }
    }
    let packed = release && is_linked_as_usual() && link_smaller(&out);
    println!("cargo::rustc-check-cfg=cfg(tokcli_begins, tokcli_instead)");
    if musl && is_linked_as_usual() {
        begin_early(packed);
    }
    // Of another machine's compiler we know nothing.
    if !glibc || set("HOST") != set("TARGET") {
        return;
    }
    let Some(unwinder) = archive("gcc_eh") else { return };
    // In a directory of its own: beside it lies the shared one.
    let own = out.join("unwinder");
    let _ = fs::create_dir(&own);
    fs::copy(unwinder, own.join("libgcc_eh.a")).expect("OUT_DIR is writable");
    println!("cargo::rustc-link-search=native={}", own.display());
    println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    // Tests preload into the programs of other profiles.
    if release && is_linked_as_usual() {
        link_the_small_program_statically(&out, packed);
    }
}

/// The code of crates and modules that a refresh with the file store over TLS 1.3 does not run, nor `status`. It lies behind all
/// other, because the system reads the pages around each that is run: what runs shares them with nothing else.
const RARE: &[&str] = &[
    "addr2line::function",
    "addr2line::line",
    "aes",
    "brotli_decompressor",
    "clap_builder::output::help_template",
    "clap_complete::engine::complete",
    "console",
    "core::slice::sort::stable::quicksort",
    "core::slice::sort::unstable",
    "crypto_bigint",
    "data_encoding",
    "dbus",
    "gimli::read::dwarf",
    "inquire",
    "jiff::error",
    "jiff::fmt::friendly",
    "jiff::fmt::strtime",
    "jiff::fmt::util",
    "ring::rsa",
    "roxmltree",
    "rsa",
    "rustc_demangle::legacy",
    "rustc_demangle::v0",
    "rustls::client::tls12",
    "ruzstd",
    "sha1",
    "tokcli::commands::config",
    "tokcli::commands::dialect",
    "tokcli::commands::doctor",
    "tokcli::commands::helper::run",
    "tokcli::commands::helper::serve",
    "tokcli::commands::keepalive",
    "tokcli::commands::login",
    "tokcli::commands::logout",
    "tokcli::commands::resource",
    "tokcli::commands::sasl",
    "tokcli::credential::fleet",
    "tokcli::credential::legacy",
    "tokcli::dialect::check",
    "tokcli::dialect::diagnosis",
    "tokcli::dialect::draft::answer",
    "tokcli::dialect::draft::request",
    "tokcli::dialect::examples",
    "tokcli::dialect::template::filters",
    "tokcli::http::redirect",
    "tokcli::profile::login",
    "tokcli::session::discovery",
    "tokcli::session::login::Run",
    "tokcli::session::login::code",
    "tokcli::session::owner",
    "tokcli::store::backend::command",
    "tokcli::store::backend::keyring",
    "tokcli::store::keyring",
    "tokcli::store::survey",
    "tokcli::store::vault",
    "tokcli::surface::sasl",
    "tokcli::surface::setup",
    "tokcli::terminal::input",
    "tokcli::terminal::prompt",
    "tokcli::terminal::visit",
    "tokcli::terminal::wording",
];

/// The sections of such code. The names of functions have those of their modules in them, each after its length.
fn named(path: &str) -> String {
    let name: String = path.split("::").map(|word| format!("{}{word}", word.len())).collect();
    format!(" .text.*{name}*")
}

/// What not every linker can do, and not every C library then starts: it is tried first. Whether addresses can be packed.
fn link_smaller(out: &Path) -> bool {
    // Functions that came out alike become one.
    let alike = "-Wl,--icf=all";
    if runs(out, alike).is_some() {
        println!("cargo::rustc-link-arg-bins={alike}");
    }
    let can_be_packed = runs(out, PACKED).is_some();
    if can_be_packed {
        println!("cargo::rustc-link-arg-bin=tokcli-engine={PACKED}");
    }
    can_be_packed
}

/// The table of the addresses that change with the place of the program, as a map of bits: a thirtieth of a program.
const PACKED: &str = "-Wl,-z,pack-relative-relocs";

/// Whether a program runs that is linked so, as the programs will be.
fn runs(out: &Path, argument: &str) -> Option<()> {
    let (source, program) = (out.join("trial.rs"), out.join("linked"));
    fs::write(&source, "fn main() {}\n").expect("OUT_DIR is writable");
    let mut rustc = Command::new(env::var_os("RUSTC")?);
    rustc.args(["--target", &env::var("TARGET").ok()?, &format!("-Clink-arg={argument}")]);
    // What the linker warns of it does not do.
    let built = rustc.arg("-Dwarnings").arg("-o").arg(&program).arg(&source).output().ok()?;
    (built.status.success() && Command::new(&program).status().ok()?.success()).then_some(())
}

/// See `src/bin/tokcli/begin.rs`, which knows one kind of processor.
fn begin_early(packed: bool) {
    if env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86_64") {
        println!("cargo::rustc-cfg=tokcli_begins");
        println!("cargo::rustc-link-arg-bin=tokcli=-Wl,--entry=tokcli_begin");
        // Whatever its C library can do: this program puts its addresses right itself.
        if packed {
            println!("cargo::rustc-link-arg-bin=tokcli={PACKED}");
        }
    }
}

/// Whoever says how to link may say what does not go with a static program.
fn is_linked_as_usual() -> bool {
    println!("cargo::rerun-if-env-changed=TOKCLI_LINK");
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let of_linking = [
        "crt-static",
        "-L",
        "-l",
        "link",
        "relocation-model",
        "prefer-dynamic",
        "profile-generate",
        "instrument-coverage",
    ];
    let unusual = flags.split('\x1f').any(|flag| of_linking.iter().any(|part| flag.contains(part)));
    let dynamic = env::var("TOKCLI_LINK").is_ok_and(|link| link == "dynamic");
    !unusual && !dynamic && env::var_os("RUSTC_LINKER").is_none_or(|linker| linker == "cc")
}

/// rustc has one way to link for all that a package is made of. So the names of the shared libraries lead the linker to the
/// static ones, for this program alone.
fn link_the_small_program_statically(out: &Path, packed: bool) -> Option<()> {
    let named = out.join("static");
    let _ = fs::create_dir(&named);
    // Not every linker goes back to a library that it has left behind, and the C library needs those of the compiler. The last
    // three are parts of the first in glibc 2.34, and may be missing.
    let members: [(&str, &[&str]); 7] = [
        ("c", &["c", "gcc", "gcc_eh"]),
        ("gcc_s", &["gcc", "gcc_eh"]),
        ("m", &["m"]),
        ("rt", &["rt"]),
        ("pthread", &["pthread"]),
        ("util", &["util"]),
        ("dl", &["dl"]),
    ];
    archive("c")?;
    archive("gcc")?;
    makes_static_programs(out)?;
    for (name, members) in members {
        let found: Vec<String> =
            members.iter().filter_map(|member| Some(archive(member)?.display().to_string())).collect();
        if !found.is_empty() {
            let script = format!("GROUP ( {} )\n", found.join(" "));
            fs::write(named.join(format!("lib{name}.so")), script).expect("OUT_DIR is writable");
        }
    }
    println!("cargo::rustc-link-arg-bin=tokcli=-L{}", named.display());
    println!("cargo::rustc-link-arg-bin=tokcli=-static-pie");
    begin_early(packed);
    let characters = "-Wl,-u,_nl_C_LC_CTYPE";
    if works_with_ours_instead(out, &named, characters).is_some() {
        println!("cargo::rustc-cfg=tokcli_instead");
        println!("cargo::rustc-link-arg-bin=tokcli={characters}");
    }
    Some(())
}

/// See `src/bin/tokcli/begin/instead.rs`: whether the C library starts with these, and what needs them does its work. `characters`
/// has it bring along its table of characters, which nothing asks for then, and which it reads when it starts.
fn works_with_ours_instead(out: &Path, libraries: &Path, characters: &str) -> Option<()> {
    const FOLDER: &str = "src/bin/tokcli/begin";
    for file in ["arena", "instead", "trial"] {
        println!("cargo::rerun-if-changed={FOLDER}/{file}.rs");
    }
    if env::var("CARGO_CFG_TARGET_ARCH").ok()? != "x86_64" {
        return None;
    }
    let program = out.join("instead");
    let mut rustc = Command::new(env::var_os("RUSTC")?);
    // What is left out of it must be what is left out of ours.
    rustc.args([
        "--edition=2024",
        "-Cpanic=abort",
        "-Copt-level=z",
        "-Clto",
        "-Ccodegen-units=1",
        "-Awarnings",
    ]);
    rustc.args(["--target", &env::var("TARGET").ok()?]);
    rustc.args([&format!("-Clink-arg=-L{}", libraries.display()), "-Clink-arg=-static-pie"]);
    rustc.arg(format!("-Clink-arg={characters}")).arg("-o").arg(&program).arg(format!("{FOLDER}/trial.rs"));
    let built = rustc.output().ok()?.status.success();
    (built && Command::new(&program).status().ok()?.code() == Some(42)).then_some(())
}

/// Whether a program of its kind runs: some have a static C library, and not the rest.
fn makes_static_programs(out: &Path) -> Option<()> {
    let (source, program) = (out.join("trial.c"), out.join("trial"));
    fs::write(&source, "int main(void) { return 42; }\n").expect("OUT_DIR is writable");
    let built = Command::new("cc").arg("-static-pie").arg("-o").arg(&program).arg(&source).output().ok()?;
    let is_right = || Command::new(&program).status().ok()?.code();
    (built.status.success() && is_right() == Some(42)).then_some(())
}

/// The C compiler's static library of that name, if it has one.
fn archive(name: &str) -> Option<PathBuf> {
    let output = Command::new("cc").arg(format!("-print-file-name=lib{name}.a")).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    // A name alone is what compilers say that have none.
    (path.is_absolute() && path.exists()).then_some(path)
}
