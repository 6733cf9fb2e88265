//! How a profile's server is reached: by the addresses that it gives, and by a proxy.

use url::Url;

use super::Profile;
use super::file::WrittenProfile;
use super::tls::address;
use crate::base::fault::Fault;
use crate::http::proxy::Proxy;

impl Profile {
    /// One that somebody gives for a request with its token.
    pub(crate) fn address(&self, text: &str) -> Result<Url, String> {
        address(text, self.tls.cleartext())
    }
}

pub(super) fn proxy(written: &WrittenProfile) -> Result<Proxy, Fault> {
    let fault = |words: &str| Fault::at(&["proxy"], words);
    let text = match &written.proxy {
        Some(text) if text == "none" => return Ok(Proxy::None),
        Some(text) => text,
        None if written.proxy_auth.is_some() => return Err(Fault::at(&["proxy_auth"], "needs a `proxy`")),
        None => return Ok(Proxy::Environment),
    };
    let known = |url: &Url| url.has_host() && ["http", "https", "socks5", "socks5h"].contains(&url.scheme());
    let url = Url::parse(text).ok().filter(known);
    let url =
        url.ok_or_else(|| fault("expected `none` or an address such as `http://proxy.example:3128`"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fault(
            "a login is never written here itself; write `proxy_auth = { env = \"NAME\" }` with `user:password` in NAME",
        ));
    }
    Ok(Proxy::Url(url))
}
