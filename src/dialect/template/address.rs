//! Templates of addresses: what can be said of where one leads before there are values.

use url::Url;

use super::Template;
use super::filling::{Filling, Values, stand_in};
use crate::base::address::checked_url;

impl Template {
    /// For an address: whether a value whose name begins so decides where it leads. Filled in with stand-ins
    /// that differ in nothing else, it leads elsewhere.
    pub(crate) fn leads_by(&self, group: &str) -> bool {
        let origin = |more: &str| {
            let value = |name: &str| {
                let own = stand_in(name);
                if name.starts_with(group) { format!("{}{more}", own.as_str()).into() } else { own }
            };
            let values: Values = self.names().map(|name| (name.to_owned(), value(name))).collect();
            let text = self.render(&Filling { values: &values, request: None, trial: true }).ok()??;
            Url::parse(&text).ok().map(|url| url.origin().ascii_serialization())
        };
        let grouped = self.names().any(|name| name.starts_with(group));
        grouped && (origin("").is_none() || origin("") != origin("y"))
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
