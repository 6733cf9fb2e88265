//! What the profile decides about a request, and pairs of names and values, which may be secrets.

use url::Url;
use zeroize::Zeroizing;

use crate::dialect::schema::ClientAuth;
use crate::dialect::signature::Alg;

/// What the profile decides about a request.
pub(crate) struct Settings<'a> {
    /// `token_url`: the whole address.
    pub(crate) address: Option<&'a Url>,
    pub(crate) client_auth: ClientAuth,
    /// Of a client assertion; without it the key's own.
    pub(crate) signing_alg: Option<Alg>,
    /// Params that the dialect does not declare.
    pub(crate) extra: Vec<(&'a str, &'a str)>,
    /// Values are stand-ins: nothing is signed.
    pub(crate) trial: bool,
}

pub(super) type Pairs = Vec<(String, Zeroizing<String>)>;

pub(super) fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}
