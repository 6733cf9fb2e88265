//! Where each refusal of a dialect was written: the lists of several dialects and exchanges become one, and what is wrong in
//! it is told by the place that its author knows.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::made::AFTER;

/// Who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Author {
    pub(super) dialect: String,
    /// A user's dialect may extend the one whose name it takes.
    pub(super) built_in: bool,
}

/// The place of a refusal in the file of its author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) author: Author,
    pub(super) exchange: String,
    key: String,
    index: usize,
}

impl Origin {
    /// A path into the refusal, below the dialect.
    pub(super) fn path(&self, rest: &[String]) -> Vec<String> {
        let begin = ["exchanges", &self.exchange, &self.key].map(str::to_owned);
        [&begin[..], &[self.index.to_string()], rest].concat()
    }

    fn of(refusal: &Value) -> Option<Origin> {
        match refusal.get(WRITTEN)?.as_array()?.as_slice() {
            [
                Value::String(dialect),
                Value::Boolean(built_in),
                Value::String(exchange),
                Value::String(key),
                index,
            ] => {
                let author = Author { dialect: dialect.clone(), built_in: *built_in };
                let index = usize::try_from(index.as_integer()?).ok()?;
                Some(Origin { author, exchange: exchange.clone(), key: key.clone(), index })
            }
            _ => None,
        }
    }
}

/// The origins of all refusals of each exchange, in their order.
pub(super) type Origins = BTreeMap<String, Vec<Option<Origin>>>;

/// In a refusal until all is merged.
const WRITTEN: &str = "\u{2}written";
/// Beside it: what is no table, and is told as such.
const ITSELF: &str = "\u{2}itself";

/// Notes in each refusal where it stands.
pub(super) fn mark(table: &mut Table, author: &Author) {
    let exchanges = table.get_mut("exchanges").and_then(Value::as_table_mut);
    for (exchange, written) in exchanges.into_iter().flatten() {
        for key in ["refusals", AFTER] {
            let all = written.get_mut(key).and_then(Value::as_array_mut);
            for (index, refusal) in all.into_iter().flatten().enumerate() {
                if !refusal.is_table() {
                    let itself = std::mem::replace(refusal, Value::Boolean(false));
                    *refusal = Table::from_iter([(ITSELF.to_owned(), itself)]).into();
                }
                let place: [Value; 5] = [
                    author.dialect.clone().into(),
                    author.built_in.into(),
                    exchange.clone().into(),
                    key.into(),
                    i64::try_from(index).unwrap_or(i64::MAX).into(),
                ];
                if let Value::Table(refusal) = refusal {
                    refusal.insert(WRITTEN.to_owned(), Value::Array(place.to_vec()));
                }
            }
        }
    }
}

/// A refusal as it was written.
pub(super) fn bare(mut refusal: Value) -> Value {
    let Value::Table(table) = &mut refusal else { return refusal };
    table.remove(WRITTEN);
    table.remove(ITSELF).unwrap_or(refusal)
}

/// Takes the notes out again. Once all is merged.
pub(super) fn unmark(table: &mut Table) -> Origins {
    let mut origins = Origins::new();
    let exchanges = table.get_mut("exchanges").and_then(Value::as_table_mut);
    for (exchange, merged) in exchanges.into_iter().flatten() {
        let Some(Value::Array(all)) = merged.get_mut("refusals") else { continue };
        origins.insert(exchange.clone(), all.iter().map(Origin::of).collect());
        *all = std::mem::take(all).into_iter().map(bare).collect();
    }
    origins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_comes_back_as_it_was_and_with_its_place() {
        let lines = "exchanges.a.refusals = [{ is = 'x' }, 7]\nexchanges.b.refusals = 'x'\nexchanges.c = 1\nexchanges.d.refusals_after = [{}]";
        let written: Table = lines.parse().expect("TOML");
        let author = Author { dialect: "acme".to_owned(), built_in: false };
        let mut table = written.clone();
        mark(&mut table, &author);
        assert_ne!(table, written);
        let after = table["exchanges"]["d"].clone();
        assert_eq!(bare(after[AFTER][0].clone()), Value::Table(Table::new()));
        if let Some(Value::Table(exchanges)) = table.get_mut("exchanges") {
            exchanges.insert("d".to_owned(), written["exchanges"]["d"].clone());
        }
        let origins = unmark(&mut table);
        assert_eq!(table, written);
        let paths: Vec<_> =
            origins["a"].iter().flatten().map(|one| one.path(&["is".to_owned()]).join(".")).collect();
        assert_eq!(paths, ["exchanges.a.refusals.0.is", "exchanges.a.refusals.1.is"]);
    }
}
