//! What templates are filled in with: values by their names, here and now, or stand-ins of them.

use std::collections::BTreeMap;

use minijinja::Value;
use zeroize::Zeroizing;

/// What a template may name, and what it stands for here and now.
pub(crate) type Values = BTreeMap<String, Zeroizing<String>>;

/// What templates are filled in with.
#[derive(Clone, Copy)]
pub(crate) struct Filling<'a> {
    pub(crate) values: &'a Values,
    /// `None`: not yet.
    pub(crate) request: Option<&'a Value>,
    /// Values are stand-ins: nothing is decoded, parsed or signed with.
    pub(crate) trial: bool,
}

/// Stands for every value when a template is tried before there are any.
pub(super) const STAND_IN: &str = "x";

/// Every value that a name may have when there is none yet: for a trial.
pub(crate) fn stand_in(name: &str) -> Zeroizing<String> {
    Zeroizing::new(match name {
        "now" => "1767225600".to_owned(),
        "now_ms" => "1767225600000".to_owned(),
        "random" | "random_digits" | "uuid" => "1".repeat(64),
        "base_url" | "token_url" => "https://x.example".to_owned(),
        _ => STAND_IN.to_owned(),
    })
}
