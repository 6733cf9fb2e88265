//! Where what was recorded and what comes out differ.

/// One part of a request or an answer, as it must be and as it is.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) what: String,
    pub(crate) recorded: String,
    pub(crate) comes_out: String,
}

impl Difference {
    pub(super) fn new(
        what: impl Into<String>,
        recorded: impl Into<String>,
        comes_out: impl Into<String>,
    ) -> Difference {
        Difference { what: what.into(), recorded: recorded.into(), comes_out: comes_out.into() }
    }
}
