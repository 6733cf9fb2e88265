//! Which addresses secrets may be sent to: HTTPS, and this machine. The resolver is not asked, and
//! what is wrong with an address is told without repeating it: a secret may stand in it.

use std::net::IpAddr;

use url::{Host, Url};

use super::network::is_of_ones_own_network;

/// Where something is served. In the place of labels of the host may stand `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) scheme: String,
    pub(crate) host: String,
    /// `None`: the usual one.
    pub(crate) port: Option<u16>,
    pub(crate) path: String,
}

impl Place {
    /// The host, and the port if it is not the usual one.
    pub(crate) fn authority(&self) -> String {
        self.port.map_or(self.host.clone(), |port| format!("{}:{port}", self.host))
    }

    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority())
    }
}

/// Who may be spoken to without TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cleartext {
    /// This machine.
    #[default]
    Here,
    /// A network of one's own, too. A name says nothing about where it leads: whoever connects looks at the address.
    Private,
}

/// The address policy: HTTPS, except to this machine; no login, no fragment.
pub(crate) fn checked_url(text: &str) -> Result<Url, String> {
    checked_url_by(text, Cleartext::Here)
}

pub(crate) fn checked_url_by(text: &str, cleartext: Cleartext) -> Result<Url, String> {
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("an address must not contain spaces or control characters".into());
    }
    if has_zone(text) {
        return Err("an address with a zone (`%eth0`) is valid only on this machine and cannot be used; write the name of the host, or an address that it has without a zone".into());
    }
    let url = Url::parse(text).map_err(|cause| match cause {
        url::ParseError::RelativeUrlWithoutBase => {
            "this is not an address: one begins with `https://`".to_owned()
        }
        cause => format!("this is not an address: {cause}"),
    })?;
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => {}
        ("http", Some(host)) if is_loopback(&host) => {}
        ("http", Some(host)) if cleartext == Cleartext::Private => {
            let literal = match host {
                Host::Domain(_) => None,
                Host::Ipv4(address) => Some(IpAddr::V4(address)),
                Host::Ipv6(address) => Some(IpAddr::V6(address)),
            };
            if literal.is_some_and(|address| !is_of_ones_own_network(address)) {
                return Err(
                    "`http://` sends secrets in the clear, and this address is not in a private network; write `https://`".into(),
                );
            }
        }
        ("http", _) => {
            return Err(
                "`http://` sends secrets in the clear and is for this machine only; write `https://`".into(),
            );
        }
        _ => return Err("an address begins with `https://`".into()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address must not contain a login".into());
    }
    if url.fragment().is_some() {
        return Err("an address must not have a fragment (`#`)".into());
    }
    if url.port() == Some(0) {
        return Err("port 0 is not a usable port".into());
    }
    Ok(url)
}

/// `http://[fe80::1%25eth0]/` (RFC 6874), or as programs write it.
fn has_zone(text: &str) -> bool {
    let host = text.split_once("://[").and_then(|(_, rest)| rest.split_once(']'));
    host.is_some_and(|(host, _)| host.contains('%'))
}

/// What an issuer's name must look like: an address without a query (RFC 8414 section 2). `Err`: what is wrong, without
/// repeating it.
pub(crate) fn checked_issuer(text: &str) -> Result<Url, String> {
    let url = checked_url(text)?;
    match url.query() {
        Some(_) => Err("an issuer must not have a query (`?`)".into()),
        None => Ok(url),
    }
}

/// A literal of this machine, or the name that is pinned to one. The resolver is not asked.
pub(crate) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    #[test]
    fn only_https_and_this_machine_are_addresses() {
        for good in [
            "https://api.example",
            "https://192.0.2.10/api",
            "https://a.example:8443/x?y=1",
            "https://[2001:db8::1]/",
            "http://127.0.0.1:8080",
            "http://127.1.2.3",
            "http://[::1]:80",
            "http://localhost:1/x",
            "HTTP://LOCALHOST",
            "https://münchen.example",
        ] {
            assert!(checked_url(good).is_ok(), "{good}: {:?}", checked_url(good));
        }
        for bad in [
            "",
            "api.example",
            "http://api.example",
            "HTTP://api.example",
            "ftp://a.example",
            "https://",
            "https://u:p@a.example",
            "https://u@a.example",
            "https://a.example/#x",
            "http://127.0.0.1.evil.tld",
            "http://localhost.evil",
            "http://[::ffff:10.0.0.1]",
            "http://localhost.",
            "https://a.example:0",
            "https://a.example:99999",
            "https://a b.example",
            "https://a%00.example",
            " https://a.example",
            "file:///etc/passwd",
            "https://a.example\n",
        ] {
            assert!(checked_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_with_a_zone_is_told_as_such() {
        for text in ["http://[fe80::1%eth0]/x", "http://[fe80::1%25eth0]", "https://[fe80::1%0]:8443"] {
            for cleartext in [Cleartext::Here, Cleartext::Private] {
                assert!(
                    checked_url_by(text, cleartext).is_err_and(|why| why.contains("with a zone")),
                    "{text}"
                );
            }
        }
        assert!(checked_url("https://a.example/[%5B]").is_ok());
    }

    #[test]
    fn messages_about_addresses_do_not_repeat_them() {
        let why = checked_url("https://user:CANARY@a.example").expect_err("login");
        assert!(!why.contains("CANARY"));
    }

    #[test]
    fn an_issuer_has_no_query_and_no_fragment() {
        for good in
            ["https://a.example", "https://a.example/t/", "http://127.0.0.1:9000", "https://10.0.0.1/r"]
        {
            assert!(checked_issuer(good).is_ok(), "{good}");
        }
        for bad in [
            "https://a.example?",
            "https://a.example/?x",
            "https://a.example/#",
            "http://a.example",
            "a.example",
        ] {
            assert!(checked_issuer(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_network_of_ones_own_may_be_named_without_tls_if_that_is_said() {
        for text in [
            "http://nas.local",
            "http://10.1.2.3:8080/x",
            "http://[fd00::1]",
            "http://169.254.1.1",
            "http://nas",
        ] {
            assert!(checked_url(text).is_err(), "{text}");
            assert!(checked_url_by(text, Cleartext::Private).is_ok(), "{text}");
        }
        for text in [
            "http://8.8.8.8",
            "http://100.64.0.1",
            "http://[2001:db8::1]",
            "http://[::ffff:8.8.8.8]",
            "http://134744072",
            "http://u@nas.local",
            "http://nas.local/#x",
            "ftp://nas.local",
        ] {
            assert!(checked_url_by(text, Cleartext::Private).is_err(), "{text}");
        }
    }

    const HOSTS: &[&str] = &[
        "a.example",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "localhost.evil",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "10.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
        "0",
        "xn--a",
        "m\u{fc}nchen.example",
        "\u{ff4c}ocalhost",
        "",
    ];

    /// Pieces that make an address, or nearly one.
    fn nearly() -> impl Strategy<Value = String> {
        let scheme = select(&["https", "http", "HTTP", "ftp", "file", "ws", "javascript", ""][..]);
        let sign = select(&["://", ":", ":/", ":\\\\", ":///", ""][..]);
        let login = select(&["", "", "", "u@", "u:p@", ":p@", "@", "%40"][..]);
        let port = select(&["", ":1", ":0", ":443", ":80", ":65536", ":x", ":"][..]);
        let rest = select(&["", "/", "/a?b=c", "?", "#", "/#x", "/@b", "\\x", "/%0a", "//c"][..]);
        (scheme, sign, login, select(HOSTS).prop_map(str::to_owned), port, rest).prop_map(
            |(scheme, sign, login, host, port, rest)| format!("{scheme}{sign}{login}{host}{port}{rest}"),
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]

        #[test]
        fn whatever_is_accepted_is_https_or_this_machine(text in prop_oneof![4 => nearly(), 1 => any::<String>()]) {
            let Ok(url) = checked_url(&text) else { return Ok(()) };
            let local = match url.host().expect("a host") {
                Host::Domain(name) => name == "localhost",
                Host::Ipv4(address) => address.octets()[0] == 127,
                Host::Ipv6(address) => address.segments() == [0, 0, 0, 0, 0, 0, 0, 1],
            };
            prop_assert!(url.scheme() == "https" || (url.scheme() == "http" && local), "{text}");
            prop_assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{text}");
            prop_assert_ne!(url.port(), Some(0));
            // What is sent is what was checked.
            let again = checked_url(url.as_str());
            prop_assert_eq!(again.as_ref(), Ok(&url), "{}", text);
        }
    }
}
