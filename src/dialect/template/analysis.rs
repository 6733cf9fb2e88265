//! The walk over a template's syntax tree, every branch of it: which names it uses, and whether all of it can
//! be filled in.

use std::collections::BTreeSet;

use minijinja::machinery::ast::{
    BinOp, BinOpKind, CallArg, Compare, Expr, Filter as FilterExpr, IfExpr, Slice,
};
use minijinja::value::ValueKind;

use super::filters::{self, ExprType, Filter};
use crate::base::suggest::{self, meant_or};

/// What a request says of itself, for those of its parts that are filled in last.
const REQUEST: [&str; 8] = ["method", "url", "host", "path", "query", "form", "json", "body"];

pub(super) const UNENCODED: &str = "bytes stand here; add `| hex`, `| base64` or `| base64url`";

#[derive(Default)]
pub(super) struct Analysis {
    pub(super) needed: BTreeSet<String>,
    /// Those with a `default`.
    pub(super) optional: BTreeSet<String>,
    /// Those that whoever reads what comes out can tell: a digest, a signature or its key hides the others.
    pub(super) shown: BTreeSet<String>,
    /// Within how many digests and signatures this stands.
    hidden: usize,
}

impl Analysis {
    pub(super) fn expression(&mut self, expr: &Expr<'_>) -> Result<ExprType, String> {
        if let Some(name) = dotted(expr) {
            return self.name(name);
        }
        match expr {
            Expr::Const(constant) => Ok(match constant.value.kind() {
                ValueKind::Seq | ValueKind::Map => ExprType::Many,
                ValueKind::None => ExprType::Any,
                _ => ExprType::Plain,
            }),
            Expr::Slice(slice) => self.slice(slice),
            Expr::UnaryOp(unary) => self.plain(&unary.expr, "this operand"),
            Expr::BinOp(binary) => self.binary(binary),
            Expr::Compare(compare) => self.comparison(compare),
            Expr::IfExpr(choice) => self.choice(choice),
            Expr::Filter(filter) => self.filter(filter),
            Expr::GetAttr(get) => self.member(&get.expr),
            Expr::GetItem(get) => {
                self.plain(&get.subscript_expr, "what stands in the brackets")?;
                self.member(&get.expr)
            }
            Expr::List(list) => self.items(&list.items),
            Expr::Tuple(tuple) => self.items(&tuple.items),
            Expr::Map(map) => self.items(&map.keys).and_then(|_| self.items(&map.values)),
            Expr::Test(_) => Err("there are no tests such as `is defined`; a parameter is left out by itself when a value is not there".into()),
            Expr::Call(_) => Err("there are no functions and no methods; a filter is written `value | name`".into()),
            Expr::Var(_) => Err("not a template".into()),
        }
    }

    fn name(&mut self, name: String) -> Result<ExprType, String> {
        let what = match name.as_str() {
            "none" | "None" => return Ok(ExprType::Any),
            "request.query" | "request.form" | "request.json" => ExprType::Many,
            _ => ExprType::Plain,
        };
        if let Some(part) = name.strip_prefix("request.").filter(|part| !REQUEST.contains(part)) {
            let advice = suggest::did_you_mean(part, REQUEST).map_or_else(
                || format!("; known are {}", REQUEST.join(", ")),
                |close| format!(", did you mean `request.{close}`?"),
            );
            return Err(format!("`request` has no such part{advice}"));
        }
        self.show(&name);
        self.needed.insert(name);
        Ok(what)
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

    fn slice(&mut self, slice: &Slice<'_>) -> Result<ExprType, String> {
        for bound in [&slice.start, &slice.stop, &slice.step].into_iter().flatten() {
            self.plain(bound, "a bound of a part")?;
        }
        self.expression(&slice.expr)
    }

    fn binary(&mut self, binary: &BinOp<'_>) -> Result<ExprType, String> {
        match binary.op {
            BinOpKind::Mul | BinOpKind::Pow => {
                return Err("`*` is not known between `{{` and `}}`; there are `+`, `-`, `//` and `%`".into());
            }
            BinOpKind::Div => return Err("`/` gives fractions; write `//` for whole numbers".into()),
            _ => {}
        }
        let both = [self.expression(&binary.left)?, self.expression(&binary.right)?];
        if both.contains(&ExprType::Bytes) {
            return Err(UNENCODED.into());
        }
        if both.contains(&ExprType::Many) && !matches!(binary.op, BinOpKind::In) {
            return Err(
                "a list or a map is no operand; add `| json`, `| join(',')` or `| sorted_pairs('=', '&')`"
                    .into(),
            );
        }
        Ok(ExprType::Plain)
    }

    fn comparison(&mut self, compare: &Compare<'_>) -> Result<ExprType, String> {
        self.expression(&compare.expr)?;
        for operation in &compare.ops {
            self.expression(&operation.expr)?;
        }
        Ok(ExprType::Plain)
    }

    /// Of two types that which can do less.
    fn choice(&mut self, choice: &IfExpr<'_>) -> Result<ExprType, String> {
        self.expression(&choice.test_expr)?;
        let yes = self.expression(&choice.true_expr)?;
        let Some(other) = &choice.false_expr else {
            return Err("an `if` needs an `else`, as in `'a' if params.x else 'b'`".into());
        };
        let both = [yes, self.expression(other)?];
        let least =
            [ExprType::Bytes, ExprType::Many, ExprType::Any].into_iter().find(|one| both.contains(one));
        Ok(least.unwrap_or(ExprType::Plain))
    }

    fn plain(&mut self, expr: &Expr<'_>, what: &str) -> Result<ExprType, String> {
        match self.expression(expr)? {
            one @ (ExprType::Plain | ExprType::Any) => Ok(one),
            ExprType::Bytes | ExprType::Many => Err(format!("{what} must be a text or a number")),
        }
    }

    fn member(&mut self, of: &Expr<'_>) -> Result<ExprType, String> {
        match self.expression(of)? {
            ExprType::Bytes => Err("bytes have no members".into()),
            _ => Ok(ExprType::Any),
        }
    }

    fn items(&mut self, items: &[Expr<'_>]) -> Result<ExprType, String> {
        for item in items {
            if self.expression(item)? == ExprType::Bytes {
                return Err(UNENCODED.into());
            }
        }
        Ok(ExprType::Many)
    }

    fn filter(&mut self, written: &FilterExpr<'_>) -> Result<ExprType, String> {
        let name = written.name;
        let filter = filters::find(name).ok_or_else(|| no_filter(name))?;
        let Some(input) = &written.expr else { return Err(format!("`{name}` needs a value before it")) };
        let given = self.hiding(filter.hides(), |own| own.input(name, input))?;
        if given != ExprType::Any && !filter.takes.contains(&given) {
            return Err(match given {
                ExprType::Bytes => {
                    format!("`{name}` takes no bytes; add `| hex`, `| base64` or `| base64url` before it")
                }
                ExprType::Many => format!("`{name}` takes a text, not a list or a map"),
                _ => format!("`{name}` takes a list or a map, not a text"),
            });
        }
        let mut count = 0;
        for argument in &written.args {
            let hides = filter.hides() || filter.name == "jwt";
            count += usize::from(self.hiding(hides, |own| own.argument(filter, argument))?);
        }
        if (filter.least..=filter.most).contains(&count) {
            Ok(filter.gives)
        } else {
            Err(wrong_count(filter))
        }
    }

    /// What stands before a filter; before `default` a value may be absent.
    fn input(&mut self, filter: &str, input: &Expr<'_>) -> Result<ExprType, String> {
        match dotted(input).filter(|_| filter == "default") {
            Some(optional) => {
                let given = Analysis::default().expression(input)?;
                self.show(&optional);
                self.optional.insert(optional);
                Ok(given)
            }
            None => self.expression(input),
        }
    }

    /// Whether it is given by its position.
    fn argument(&mut self, filter: &Filter, argument: &CallArg<'_>) -> Result<bool, String> {
        match argument {
            CallArg::Pos(value) => self.expression(value).map(|_| true),
            CallArg::Kwarg(word, value) => {
                self.expression(value)?;
                match filter.named.filter(|named| !named.contains(word)) {
                    Some(named) => Err(no_argument(filter.name, word, named)),
                    None => Ok(false),
                }
            }
            CallArg::PosSplat(_) | CallArg::KwargSplat(_) => {
                Err("`*` is not known between `{{` and `}}`".into())
            }
        }
    }
}

fn no_filter(name: &str) -> String {
    let names = filters::FILTERS.iter().map(|filter| filter.name);
    // One algorithm is not another with a slip in it.
    let digits = |name: &str| {
        let mut digits: Vec<u8> = name.bytes().filter(u8::is_ascii_digit).collect();
        digits.sort_unstable();
        digits
    };
    let alike = names.clone().filter(|known| digits(known) == digits(name));
    let advice = meant_or(name, alike, || format!("; known are {}", names.collect::<Vec<_>>().join(", ")));
    format!("there is no filter `{name}`{advice}")
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

/// `now`, `params.tenant`, `params['tenant']`.
fn dotted(expr: &Expr<'_>) -> Option<String> {
    let group = |expr: &Expr<'_>| match expr {
        Expr::Var(var) if ["params", "kept", "asked", "request"].contains(&var.id) => Some(var.id.to_owned()),
        _ => None,
    };
    match expr {
        Expr::Var(var) => Some(var.id.to_owned()),
        Expr::GetAttr(get) => Some(format!("{}.{}", group(&get.expr)?, get.name)),
        Expr::GetItem(get) => match &get.subscript_expr {
            Expr::Const(name) => Some(format!("{}.{}", group(&get.expr)?, name.value.as_str()?)),
            _ => None,
        },
        _ => None,
    }
}
