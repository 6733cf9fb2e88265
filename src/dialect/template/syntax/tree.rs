//! The tree of an expression, and where expressions stand.

use crate::dialect::template::filters::Filter;
use crate::dialect::template::value::Value;

/// What is joined to make the text of a template.
#[derive(Clone, Debug)]
pub(in crate::dialect::template) enum Piece {
    Raw(String),
    Expression(Expr),
}

#[derive(Clone, Debug)]
pub(in crate::dialect::template) enum Expr {
    Literal(Value),
    /// `now`, `params.tenant`.
    Name(String),
    Member(Box<Expr>, String),
    Item(Box<Expr>, Box<Expr>),
    /// From a bound, up to a bound.
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    Negative(Box<Expr>),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a < b <= c`: each with its neighbour.
    Comparison(Box<Expr>, Vec<(ComparisonOp, Expr)>),
    Choice {
        test: Box<Expr>,
        yes: Box<Expr>,
        no: Box<Expr>,
    },
    Filter(FilterCall),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
}

impl Expr {
    /// What it is made of.
    pub(in crate::dialect::template) fn parts(&self) -> Vec<&Expr> {
        match self {
            Expr::Literal(_) | Expr::Name(_) => Vec::new(),
            Expr::Member(of, _) | Expr::Negative(of) | Expr::Not(of) => vec![of],
            Expr::Item(one, other)
            | Expr::And(one, other)
            | Expr::Or(one, other)
            | Expr::Binary(_, one, other) => vec![one, other],
            Expr::Slice(of, from, to) => {
                [Some(of), from.as_ref(), to.as_ref()].into_iter().flatten().map(|one| &**one).collect()
            }
            Expr::Comparison(first, others) => {
                [&**first].into_iter().chain(others.iter().map(|(_, one)| one)).collect()
            }
            Expr::Choice { test, yes, no } => vec![test, yes, no],
            Expr::Filter(call) => {
                let named = call.named.iter().map(|(_, one)| one);
                [&*call.input].into_iter().chain(&call.args).chain(named).collect()
            }
            Expr::List(items) => items.iter().collect(),
            Expr::Map(members) => members.iter().flat_map(|(name, value)| [name, value]).collect(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect::template) enum BinaryOp {
    Join,
    Add,
    Subtract,
    Divide,
    Remainder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect::template) enum ComparisonOp {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

#[derive(Clone, Debug)]
pub(in crate::dialect::template) struct FilterCall {
    pub(in crate::dialect::template) filter: &'static Filter,
    pub(in crate::dialect::template) input: Box<Expr>,
    pub(in crate::dialect::template) args: Vec<Expr>,
    pub(in crate::dialect::template) named: Vec<(String, Expr)>,
}

/// Names of these are written with a dot: `params.tenant`, or `params['tenant']`.
pub(in crate::dialect::template) const GROUPS: [&str; 5] = ["params", "kept", "asked", "request", "values"];
