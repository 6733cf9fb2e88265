//! What the profile decides about a request.

use url::Url;

use crate::dialect::schema::ClientAuth;
use crate::dialect::signature::Alg;

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
