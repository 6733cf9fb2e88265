//! The built-in dialects: every file of `catalog/`, in the same language that
//! users write, packed and compiled in by `build.rs`. Who uses one opens its pack, not the catalogue.

use std::ops::Range;

/// Where in its pack a dialect stands: itself, and its recorded examples.
struct PackedDialect {
    name: &'static str,
    pack: usize,
    ranges: [Range<usize>; 2],
}

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// Sorted.
pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
    ENTRIES.iter().map(|entry| entry.name)
}

pub(crate) fn has(name: &str) -> bool {
    find(name).is_some()
}

/// A dialect without its examples.
pub(crate) fn source(name: &str) -> Option<String> {
    unpacked(find(name)?, 0)
}

/// The examples of a dialect, as they stand after it.
pub(crate) fn examples(name: &str) -> Option<String> {
    unpacked(find(name)?, 1)
}

/// The whole file.
pub(crate) fn file(name: &str) -> Option<String> {
    Some(source(name)? + &examples(name)?)
}

fn find(name: &str) -> Option<&'static PackedDialect> {
    let at = ENTRIES.binary_search_by(|entry| entry.name.cmp(name)).ok()?;
    Some(&ENTRIES[at])
}

fn unpacked(entry: &PackedDialect, kind: usize) -> Option<String> {
    let bytes = miniz_oxide::inflate::decompress_to_vec(PACKS[entry.pack][kind]).ok()?;
    String::from_utf8(bytes.get(entry.ranges[kind].clone())?.to_vec()).ok()
}
