//! Which proxy leads to a server, if any. This machine is always reached without one; a login in an
//! address is never shown.

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::prepared::host;
use super::upstream::Upstream;
use crate::base::address::is_loopback;
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
    /// For `-v`: which one leads to `url`; a login in it is never shown.
    pub(crate) fn words(&self, url: &Url) -> String {
        if is_here(url) {
            return match self {
                Proxy::Url(_) => {
                    " without the profile's `proxy`, because this machine is reached directly".to_owned()
                }
                _ => String::new(),
            };
        }
        match self {
            Proxy::Url(_) if url.scheme() == "http" => {
                " without the profile's `proxy`, because there is no TLS".to_owned()
            }
            Proxy::Environment if url.scheme() == "http" => String::new(),
            Proxy::Url(proxy) => format!(" through the proxy {}", proxy.host_str().unwrap_or_default()),
            Proxy::None => String::new(),
            Proxy::Environment => match from_environment() {
                Ok(Some((name, _))) if is_excepted(url) => {
                    format!(" without the proxy of `{name}`, because `NO_PROXY` says so")
                }
                Ok(Some((name, proxy))) => {
                    format!(" through the proxy {} (`{name}`)", proxy.host_str().unwrap_or_default())
                }
                _ => String::new(),
            },
        }
    }
}

pub(crate) fn is_here(url: &Url) -> bool {
    url.host().is_some_and(|host| is_loopback(&host))
}

/// The first that is set counts. Not `HTTP_PROXY`: what is not TLS goes through no proxy.
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
        config(format!("`{name}` does not hold the address of a proxy"))
            .hint("write it as `http://proxy.example:3128`; `proxy = \"none\"` in the profile ignores it")
    })
}

/// `Err` if the variables of the environment name no proxy that can be used.
pub(crate) fn check_environment() -> Result<()> {
    from_environment().map(drop)
}

/// What names the proxy by which `url` is reached, as a person has it before them. `None`: it is reached straight.
pub(crate) fn named_by(url: &Url, proxy: &Proxy) -> Option<&'static str> {
    of(url, proxy, None).ok().flatten()?;
    match proxy {
        Proxy::Environment => from_environment().ok().flatten().map(|(name, _)| name),
        Proxy::Url(_) | Proxy::None => Some("proxy"),
    }
}

fn exceptions() -> Option<String> {
    ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| environment::text(name).ok().flatten())
}

/// In the library's reading of `NO_PROXY`, which is curl's.
fn is_excepted(url: &Url) -> bool {
    let Some(list) = exceptions() else { return false };
    let Ok(target) = format!("https://{}/", host(url)).parse::<Uri>() else { return false };
    Matcher::builder().all("http://proxy.invalid").no(list).build().intercept(&target).is_none()
}

/// `None`: `url` is reached straight. `auth`: `user:password`.
pub(super) fn of(url: &Url, proxy: &Proxy, auth: Option<&str>) -> Result<Option<Upstream>> {
    match proxy {
        // Without TLS a proxy would read along, and it alone would know who is at the other end.
        _ if is_here(url) || url.scheme() == "http" => Ok(None),
        Proxy::None => Ok(None),
        Proxy::Environment => {
            let found = from_environment()?.filter(|_| !is_excepted(url));
            Ok(found.map(|(_, address)| Upstream::of_environment(address)))
        }
        Proxy::Url(address) => {
            let pair =
                |auth: &str| auth.split_once(':').map(|(user, word)| (user.to_owned(), word.to_owned()));
            let login =
                auth.map(|auth| pair(auth).ok_or_else(|| config("`proxy_auth` must give `user:password`")));
            Ok(Some(Upstream::of_profile(address, login.transpose()?)))
        }
    }
}
