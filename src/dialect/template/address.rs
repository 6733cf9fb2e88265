//! Templates of addresses: what can be said of where one leads before there are values.

use std::collections::BTreeSet;

use super::syntax::{Expr, Piece};
use super::value::{Filling, StandIns, Values, stand_in};
use super::{Analysis, Template, rendered};
use crate::base::address::checked_url;

impl Template {
    /// For an address: whether a value whose name begins so decides where it leads.
    pub(crate) fn leads_by(&self, group: &str) -> bool {
        let values: Values = self.names().map(|name| (name.to_owned(), stand_in(name))).collect();
        let filling = Filling::standing_in(&values, StandIns::Tried(&self.names));
        self.decides_host(&filling, |name| name.starts_with(group))
    }

    /// For an address: whether it may be one of those names that decides where it leads, because the whole
    /// host does not stand, filled in as said, before the first of them.
    pub(crate) fn decides_host(&self, filling: &Filling<'_>, is: impl Fn(&str) -> bool) -> bool {
        let named = |piece: &Piece| match piece {
            Piece::Raw(_) => false,
            Piece::Expression(expr) => names(expr).iter().any(|name| is(name)),
        };
        let Some(first) = self.pieces.iter().position(named) else { return false };
        let before = rendered(&self.pieces[..first], filling);
        !before.is_ok_and(|text| ends_its_host(&text))
    }

    /// What can be said of an address before there are values: how it begins, and what it must not hold.
    pub(crate) fn could_be_an_address(&self) -> Result<(), String> {
        let literal = match &self.pieces[..] {
            [] => return checked_url("").map(|_| ()),
            [Piece::Raw(whole)] => return checked_url(whole).map(|_| ()),
            [Piece::Raw(literal), ..] => literal,
            [Piece::Expression(_), ..] => "",
        };
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

fn names(expr: &Expr) -> BTreeSet<String> {
    let mut analysis = Analysis::default();
    // It was without a fault when the template was parsed.
    let _ = analysis.expression(expr);
    &(&analysis.needed | &analysis.optional) | &analysis.omitted
}

/// Whether an address that begins so leads to the same host, however it goes on.
fn ends_its_host(text: &str) -> bool {
    let host = text.split_once("://").and_then(|(_, rest)| rest.split_once(['/', '?', '#']));
    host.is_some_and(|(host, _)| !host.is_empty())
}
