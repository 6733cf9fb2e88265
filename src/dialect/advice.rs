//! The end of a message about a name that is not known.

use crate::base::suggest;

/// The known name that was probably meant, or else what `otherwise` says.
pub(super) fn meant_or<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    suggest::did_you_mean(name, known).map_or_else(otherwise, |close| format!(", did you mean `{close}`?"))
}
