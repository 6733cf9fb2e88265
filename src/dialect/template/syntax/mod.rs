//! What a template is written in: its texts and expressions, as a tree.
//!
//! The grammar is that of Jinja's expressions, and no more of it than a request needs: nothing repeats, nothing is
//! called, so what comes out is bounded by what goes in.

mod lexer;
mod parser;
mod tree;

pub(super) use self::tree::{BinaryOp, ComparisonOp, Expr, FilterCall, GROUPS, Piece};

pub(super) fn parse(source: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find("{{") {
        pieces.extend((at > 0).then(|| Piece::Raw(rest[..at].to_owned())));
        let (tokens, after) = lexer::expression(&rest[at + 2..])?;
        pieces.push(Piece::Expression(parser::parse(tokens)?));
        rest = after;
    }
    pieces.extend((!rest.is_empty()).then(|| Piece::Raw(rest.to_owned())));
    Ok(pieces)
}
