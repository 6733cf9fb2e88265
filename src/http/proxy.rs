//! Which proxy a request goes through: the profile's, or the environment's. This machine is reached
//! without one, which the client sees to; a login in an address is never shown.

use url::Url;

use crate::base::environment;
use crate::base::error::{Result, config};

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Proxy {
    /// `HTTPS_PROXY` and its kin.
    Environment,
    None,
    Url(Url),
}

impl Proxy {
    /// For `-v`: which one, or where it may come from; a login in it is never shown.
    pub(crate) fn words(&self) -> String {
        match self {
            Proxy::Url(url) => format!(" through the proxy {}", url.host_str().unwrap_or_default()),
            Proxy::None => String::new(),
            Proxy::Environment => match from_environment() {
                Ok(Some((name, url))) => {
                    let except = if exceptions().is_some() { " and to whom `NO_PROXY` names" } else { "" };
                    let host = url.host_str().unwrap_or_default();
                    format!(" through the proxy {host} (`{name}`), but to this machine{except}")
                }
                _ => String::new(),
            },
        }
    }
}

/// The first that is set counts. Not `HTTP_PROXY`: what is not TLS goes to this machine only.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const PROXY_SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Read here and not by the client library, for which an empty variable hides the one in lower case, and one that it
/// does not understand is none.
fn from_environment() -> Result<Option<(&'static str, Url)>> {
    let Some(name) = PROXY_VARIABLES.into_iter().find(|name| environment::os(name).is_some()) else {
        return Ok(None);
    };
    let text = environment::text(name).ok().flatten().unwrap_or_default();
    let text = if text.contains("://") { text } else { format!("http://{text}") };
    let url = Url::parse(&text).ok();
    let url = url.filter(|url| url.has_host() && PROXY_SCHEMES.contains(&url.scheme()));
    url.map(|url| Some((name, url))).ok_or_else(|| {
        config(format!("`{name}` holds no address of a proxy"))
            .hint("write it as `http://proxy.example:3128`; `proxy = \"none\"` in the profile ignores it")
    })
}

fn exceptions() -> Option<String> {
    ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| environment::text(name).ok().flatten())
}

/// What the client library is told; `None`: no proxy. `auth`: `user:password`.
pub(super) fn of(proxy: &Proxy, auth: Option<&str>) -> Result<Option<reqwest::Proxy>> {
    match proxy {
        Proxy::None => Ok(None),
        Proxy::Environment => {
            let Some((_, address)) = from_environment()? else { return Ok(None) };
            let except = exceptions().and_then(|list| reqwest::NoProxy::from_string(&list));
            Ok(Some(all(&address)?.no_proxy(except)))
        }
        Proxy::Url(address) => {
            let Some(auth) = auth else { return all(address).map(Some) };
            let (user, password) =
                auth.split_once(':').ok_or_else(|| config("`proxy_auth` must give `user:password`"))?;
            Ok(Some(all(address)?.basic_auth(user, password)))
        }
    }
}

fn all(address: &Url) -> Result<reqwest::Proxy> {
    reqwest::Proxy::all(address.as_str()).map_err(|_| config("`proxy` is not an address"))
}
