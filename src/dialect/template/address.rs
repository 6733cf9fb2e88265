//! Templates of addresses: what can be said of where one leads before there are values.

use super::Template;
use super::value::{Filling, Values, stand_in};
use crate::base::address::checked_url;

impl Template {
    /// For an address: whether a value whose name begins so decides where it leads.
    pub(crate) fn leads_by(&self, group: &str) -> bool {
        let values: Values = self.names().map(|name| (name.to_owned(), stand_in(name))).collect();
        self.decides_host(&values, |name| name.starts_with(group))
    }

    /// For an address: whether it may be one of those names that decides where it leads, because the whole
    /// host does not stand, filled in with `values`, before the first of them.
    pub(crate) fn decides_host(&self, values: &Values, is: impl Fn(&str) -> bool) -> bool {
        let named = |template: &Template| template.names().any(&is);
        let cuts = self.source.match_indices("{{").map(|(at, _)| &self.source[..at]);
        // Braces within an expression's text are no place to cut: what stands before them is no template.
        let parts = cuts.filter_map(|part| Template::parse(part.to_owned()).ok());
        let before = parts.take_while(|part| !named(part)).last();
        let text =
            before.and_then(|part| part.render(&Filling { values, request: None, trial: true }).ok()?);
        named(self) && !text.is_some_and(|text| ends_its_host(&text))
    }

    /// What can be said of an address before there are values: how it begins, and what it must not hold.
    pub(crate) fn could_be_an_address(&self) -> Result<(), String> {
        let literal = self.source.split("{{").next().unwrap_or_default();
        if literal.len() == self.source.len() {
            return checked_url(literal).map(|_| ());
        }
        // What a value may begin with nobody knows yet.
        if literal.is_empty() || literal.eq_ignore_ascii_case("http://") {
            return Ok(());
        }
        let whole = if literal.ends_with("//") { format!("{literal}x.example") } else { literal.to_owned() };
        match checked_url(whole.strip_suffix(':').unwrap_or(&whole)) {
            // A part of a name or of a number may be anything.
            Err(_)
                if literal.to_lowercase().starts_with("https://") && !literal.contains(['@', '#', ' ']) =>
            {
                Ok(())
            }
            other => other.map(|_| ()),
        }
    }
}

/// Whether an address that begins so leads to the same host, however it goes on.
fn ends_its_host(text: &str) -> bool {
    let host = text.split_once("://").and_then(|(_, rest)| rest.split_once(['/', '?', '#']));
    host.is_some_and(|(host, _)| !host.is_empty())
}
