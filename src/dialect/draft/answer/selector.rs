//! Where a value of a pasted answer stands, as a dialect writes it.

use crate::dialect::draft::toml_line::quoted;

/// A JSON Pointer, and a beginning of the value that is no part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DraftedSelector {
    pub(crate) at: String,
    pub(crate) strip: bool,
}

#[derive(Clone)]
pub(crate) struct DraftedExpiry {
    pub(crate) selector: DraftedSelector,
    pub(crate) unit: &'static str,
    pub(crate) note: Option<&'static str>,
}

impl DraftedSelector {
    pub(crate) fn at(pointer: &str) -> DraftedSelector {
        DraftedSelector { at: pointer.to_owned(), strip: false }
    }

    /// As TOML.
    pub(crate) fn written(&self) -> String {
        let at = quoted(&self.at);
        if self.strip { format!("{{ at = {at}, strip = \"Bearer \" }}") } else { at }
    }
}

impl DraftedExpiry {
    /// As TOML.
    pub(crate) fn written(&self) -> String {
        format!("[{{ at = {}, unit = \"{}\" }}]", quoted(&self.selector.at), self.unit)
    }
}
