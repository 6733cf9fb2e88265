//! The walk over a template's syntax tree, every branch of it: which names it uses, and whether all of it can
//! be filled in.

use std::collections::BTreeSet;

use super::filters::{ExprType, Filter, Hides};
use super::syntax::{BinaryOp, ComparisonOp, Expr, FilterCall, GROUPS};
use super::value::Value;
use crate::base::suggest::{self, meant_or};

/// What a request says of itself, for those of its parts that are filled in last.
const REQUEST: [&str; 9] = ["method", "url", "host", "path", "query", "headers", "form", "json", "body"];

pub(super) const UNENCODED: &str = "this gives bytes; add `| hex`, `| base64` or `| base64url`";

#[derive(Default)]
pub(super) struct Analysis {
    pub(super) needed: BTreeSet<String>,
    /// Those with a `default`.
    pub(super) optional: BTreeSet<String>,
    /// Those of what is `optional`.
    pub(super) omitted: BTreeSet<String>,
    /// Those that whoever reads what comes out can tell: a digest, a signature or its key hides the others.
    pub(super) shown: BTreeSet<String>,
    /// Within how many digests and signatures this stands.
    hidden: usize,
}

impl Analysis {
    pub(super) fn expression(&mut self, expr: &Expr) -> Result<ExprType, String> {
        match expr {
            Expr::Literal(Value::None) => Ok(ExprType::Any),
            Expr::Literal(_) => Ok(ExprType::Plain),
            Expr::Name(name) => self.name(name),
            Expr::Slice(of, from, up_to) => {
                for bound in [from, up_to].into_iter().flatten() {
                    self.plain(bound, "a bound of a part")?;
                }
                self.expression(of)
            }
            Expr::Negative(of) | Expr::Not(of) => self.plain(of, "this operand"),
            Expr::And(left, right) | Expr::Or(left, right) => self.operands(left, right),
            Expr::Binary(op, left, right) => self.binary(*op, left, right),
            Expr::Comparison(first, more) => self.comparison(first, more),
            Expr::Choice { test, yes, no } => {
                self.expression(test)?;
                let both = [self.expression(yes)?, self.expression(no)?];
                Ok(less(both))
            }
            Expr::Filter(call) => self.filter(call),
            Expr::Member(of, _) => self.member(of),
            Expr::Item(of, index) => {
                self.plain(index, "what is in the brackets")?;
                self.member(of)
            }
            Expr::List(items) => self.items(items.iter()),
            Expr::Map(members) => self.items(members.iter().flat_map(|(name, value)| [name, value])),
        }
    }

    fn name(&mut self, name: &str) -> Result<ExprType, String> {
        if GROUPS.contains(&name) {
            return Err(format!(
                "`{name}` is a group of values; name one of them, as in `{name}.{}`",
                match name {
                    "request" => "path",
                    _ => "x",
                }
            ));
        }
        if let Some(part) = name.strip_prefix("request.").filter(|part| !REQUEST.contains(part)) {
            let advice = suggest::did_you_mean(part, REQUEST).map_or_else(
                || format!("; known parts are {}", REQUEST.join(", ")),
                |close| format!(", did you mean `request.{close}`?"),
            );
            return Err(format!("`request` has no such part{advice}"));
        }
        self.show(name);
        self.needed.insert(name.to_owned());
        Ok(match name {
            "request.query" | "request.headers" | "request.form" | "request.json" => ExprType::Many,
            _ if name.starts_with("values.") => ExprType::Any,
            _ => ExprType::Plain,
        })
    }

    fn show(&mut self, name: &str) {
        if self.hidden == 0 {
            self.shown.insert(name.to_owned());
        }
    }

    /// What is hidden in here nobody can tell from what comes out.
    fn hiding<T>(&mut self, hides: bool, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.hidden += usize::from(hides);
        let found = inner(self);
        self.hidden -= usize::from(hides);
        found
    }

    /// Bytes go with bytes, and texts with texts.
    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<ExprType, String> {
        match [self.expression(left)?, self.expression(right)?] {
            [ExprType::Bytes, ExprType::Bytes] if op == BinaryOp::Join => Ok(ExprType::Bytes),
            both => single(both),
        }
    }

    fn operands(&mut self, left: &Expr, right: &Expr) -> Result<ExprType, String> {
        let both = [self.expression(left)?, self.expression(right)?];
        single(both)
    }

    fn comparison(&mut self, first: &Expr, more: &[(ComparisonOp, Expr)]) -> Result<ExprType, String> {
        let mut left = self.expression(first)?;
        for (op, right) in more {
            let right = self.expression(right)?;
            match op {
                ComparisonOp::In | ComparisonOp::NotIn if right == ExprType::Many => {
                    single([left, ExprType::Plain])?
                }
                _ => single([left, right])?,
            };
            left = right;
        }
        Ok(ExprType::Plain)
    }

    fn plain(&mut self, expr: &Expr, what: &str) -> Result<ExprType, String> {
        match self.expression(expr)? {
            one @ (ExprType::Plain | ExprType::Any) => Ok(one),
            ExprType::Bytes | ExprType::Many => Err(format!("{what} must be a text or a number")),
        }
    }

    fn member(&mut self, of: &Expr) -> Result<ExprType, String> {
        match self.expression(of)? {
            ExprType::Bytes => Err("bytes have no members".into()),
            _ => Ok(ExprType::Any),
        }
    }

    fn items<'a>(&mut self, items: impl Iterator<Item = &'a Expr>) -> Result<ExprType, String> {
        for item in items {
            if self.expression(item)? == ExprType::Bytes {
                return Err(UNENCODED.into());
            }
        }
        Ok(ExprType::Many)
    }

    fn filter(&mut self, call: &FilterCall) -> Result<ExprType, String> {
        let FilterCall { filter, input, args, named } = call;
        let given = self.hiding(filter.hides == Hides::All, |own| own.input(filter.name, input))?;
        if given != ExprType::Any && !filter.takes.contains(&given) {
            let name = filter.name;
            return Err(match given {
                ExprType::Bytes => {
                    format!(
                        "`{name}` does not accept bytes; add `| hex`, `| base64` or `| base64url` before it"
                    )
                }
                ExprType::Many => format!("`{name}` needs a text, not a list or a map"),
                _ => format!("`{name}` needs a list or a map, not a text"),
            });
        }
        let hides = filter.hides != Hides::Nothing;
        for argument in args.iter().chain(named.iter().map(|(_, value)| value)) {
            self.hiding(hides, |own| own.expression(argument))?;
        }
        if let Some((word, known)) = named
            .iter()
            .find_map(|(word, _)| Some((word, filter.named.filter(|known| !known.contains(&word.as_str()))?)))
        {
            return Err(no_argument(filter.name, word, known));
        }
        if !(filter.least..=filter.most).contains(&args.len()) {
            return Err(wrong_count(filter));
        }
        Ok(if filter.gives == ExprType::Any && filter.name == "optional" { given } else { filter.gives })
    }

    /// What stands before a filter; before `default` and `optional` a value may be absent.
    fn input(&mut self, filter: &str, input: &Expr) -> Result<ExprType, String> {
        let into: fn(&mut Self) -> &mut BTreeSet<String> = match (filter, input) {
            ("default", Expr::Name(_)) => |own: &mut Self| &mut own.optional,
            ("optional", _) => |own: &mut Self| &mut own.omitted,
            _ => return self.expression(input),
        };
        let needed = std::mem::take(&mut self.needed);
        let given = self.expression(input);
        let found = std::mem::replace(&mut self.needed, needed);
        into(self).extend(found);
        given
    }
}

/// Of two types that which can do less.
fn less(both: [ExprType; 2]) -> ExprType {
    let least = [ExprType::Bytes, ExprType::Many, ExprType::Any].into_iter().find(|one| both.contains(one));
    least.unwrap_or(ExprType::Plain)
}

/// Operands that are neither bytes nor many.
fn single(both: [ExprType; 2]) -> Result<ExprType, String> {
    if both.contains(&ExprType::Bytes) {
        return Err(UNENCODED.into());
    }
    if both.contains(&ExprType::Many) {
        let words =
            "a list or a map cannot be an operand; add `| json`, `| join(',')` or `| sorted_pairs('=', '&')`";
        return Err(words.into());
    }
    Ok(ExprType::Plain)
}

fn no_argument(filter: &str, word: &str, named: &[&str]) -> String {
    let advice = meant_or(word, named.iter().copied(), || match named {
        [] => "; write its arguments without names".to_owned(),
        named => format!("; it has {}", named.join(", ")),
    });
    format!("`{filter}` has no argument of that name{advice}")
}

fn wrong_count(filter: &Filter) -> String {
    let Filter { name, least, most, .. } = filter;
    match (least, most) {
        (0, 0) => format!("`{name}` takes no argument; write `| {name}`"),
        (1, 1) => format!("`{name}` takes 1 argument; write `| {name}(…)`"),
        _ => {
            let count = if least == most { least.to_string() } else { format!("{least} to {most}") };
            let more = ", …".repeat((*least).max(1) - 1);
            format!("`{name}` takes {count} arguments; write `| {name}(…{more})`")
        }
    }
}
