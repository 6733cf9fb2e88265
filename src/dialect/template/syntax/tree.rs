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
