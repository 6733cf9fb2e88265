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
    /// The same as a JSON object
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

/// `proof`: of a token that is bound to a key, that whoever sends this request has it.
pub(crate) fn shown(handed: &Handed, proof: Option<&str>, form: Form) -> Zeroizing<String> {
    let value = value(handed);
    let proof = proof.unwrap_or_default();
    Zeroizing::new(match (form, proof) {
        (Form::Bare, _) => format!("{}\n", handed.token()),
        (Form::Line, "") => format!("Authorization: {}\n", *value),
        (Form::Line, proof) => format!("Authorization: {}\nDPoP: {proof}\n", *value),
        (Form::Object, "") => format!("{{\"Authorization\":\"{}\"}}\n", *escaped(&value)),
        (Form::Object, proof) => {
            format!("{{\"Authorization\":\"{}\",\"DPoP\":\"{proof}\"}}\n", *escaped(&value))
        }
        (Form::Curl, "") => format!("header = \"Authorization: {}\"\n", *escaped(&value)),
        (Form::Curl, proof) => {
            format!("header = \"Authorization: {}\"\nheader = \"DPoP: {proof}\"\n", *escaped(&value))
        }
    })
}

/// In double quotes, for JSON as for curl: a token is printable ASCII, so that these two are all there is to escape.
fn escaped(value: &str) -> Zeroizing<String> {
    Zeroizing::new(value.replace('\\', "\\\\").replace('"', "\\\""))
}
