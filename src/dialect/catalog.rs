//! The built-in dialects: every file of `catalog/`, in the same language that
//! users write, packed and compiled in by `build.rs`. Who uses one opens its pack, not the catalogue.

use std::ops::Range;

/// Where a dialect is: for each kind of text, the pack, and the place in it.
struct PackedDialect {
    name: &'static str,
    places: [(usize, Range<usize>); 3],
}

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

const SOURCE: usize = 0;
const EXAMPLES: usize = 1;
const MERGED: usize = 2;

/// Sorted.
pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
    ENTRIES.iter().map(|entry| entry.name)
}

pub(crate) fn has(name: &str) -> bool {
    find(name).is_some()
}

/// A dialect without its examples.
pub(crate) fn source(name: &str) -> Option<String> {
    unpacked(name, SOURCE)
}

/// The examples of a dialect, as they stand after it.
pub(crate) fn examples(name: &str) -> Option<String> {
    unpacked(name, EXAMPLES)
}

/// The whole file.
pub(crate) fn file(name: &str) -> Option<String> {
    Some(source(name)? + &examples(name)?)
}

/// What a dialect comes to with those of the catalogue that it extends, as `base::packed` packs it. `None`: that is still to be
/// found out, as for one whose file is new.
pub(crate) fn merged(name: &str) -> Option<String> {
    unpacked(name, MERGED).filter(|text| !text.is_empty())
}

fn find(name: &str) -> Option<&'static PackedDialect> {
    let at = ENTRIES.binary_search_by(|entry| entry.name.cmp(name)).ok()?;
    Some(&ENTRIES[at])
}

fn unpacked(name: &str, kind: usize) -> Option<String> {
    let (pack, place) = &find(name)?.places[kind];
    // What comes after it stays packed.
    let pack = miniz_oxide::inflate::decompress_to_vec_with_limit(PACKS[kind][*pack], place.end);
    let text = pack.unwrap_or_else(|stopped| stopped.output);
    String::from_utf8(text.get(place.clone())?.to_vec()).ok()
}
