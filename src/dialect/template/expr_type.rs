//! What an expression is, as far as it can be known before there are values.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExprType {
    /// Text, a number, true or false: what a request can carry.
    Plain,
    /// Must be encoded first.
    Bytes,
    /// A list or a map.
    Many,
    /// Whatever a JSON text holds.
    Any,
}
