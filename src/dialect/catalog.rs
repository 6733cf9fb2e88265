//! The built-in dialects: every file of `catalog/`, in the same language that
//! users write, compiled in by `build.rs`.

/// Name and source, sorted by name.
pub(crate) const CATALOG: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

pub(crate) fn source(name: &str) -> Option<&'static str> {
    let at = CATALOG.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    Some(CATALOG[at].1)
}
