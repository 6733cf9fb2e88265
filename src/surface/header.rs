//! The header in which an access token goes (RFC 6750 section 2.1), as different programs read it.

use clap::ValueEnum;
use zeroize::Zeroizing;

use super::Handed;

#[cfg_attr(test, derive(Debug))]
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// `Authorization: Bearer …`, as on the wire
    #[default]
    Line,
    /// `{"Authorization":"Bearer …"}`
    Object,
    /// An option for `curl --config -`
    Curl,
    /// The token alone, for programs that make the header themselves
    Bare,
}

/// The value of `Authorization`.
pub(crate) fn value(handed: &Handed) -> Zeroizing<String> {
    Zeroizing::new(format!("{} {}", handed.scheme(), handed.token()))
}

pub(crate) fn shown(handed: &Handed, form: Form) -> Zeroizing<String> {
    let value = value(handed);
    Zeroizing::new(match form {
        Form::Line => format!("Authorization: {}\n", *value),
        Form::Object => format!("{{\"Authorization\":\"{}\"}}\n", *escaped(&value)),
        Form::Curl => format!("header = \"Authorization: {}\"\n", *escaped(&value)),
        Form::Bare => format!("{}\n", handed.token()),
    })
}

/// In double quotes, for JSON as for curl: a token is printable ASCII, so that these two are all there is to escape.
fn escaped(value: &str) -> Zeroizing<String> {
    Zeroizing::new(value.replace('\\', "\\\\").replace('"', "\\\""))
}
