//! Which addresses secrets may be sent to: HTTPS, and this machine.

use url::{Host, Url};

/// The address policy: HTTPS, except to this machine; no login, no fragment.
pub(crate) fn checked_url(text: &str) -> Result<Url, String> {
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("an address holds no spaces and no control characters".into());
    }
    let url = Url::parse(text).map_err(|cause| format!("this is no address: {cause}"))?;
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => {}
        ("http", Some(host)) if is_loopback(&host) => {}
        ("http", _) => {
            return Err(
                "`http://` sends secrets in the clear and is for this machine only; write `https://`".into(),
            );
        }
        _ => return Err("an address begins with `https://`".into()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address holds no login".into());
    }
    if url.fragment().is_some() {
        return Err("an address holds no fragment (`#`)".into());
    }
    if url.port() == Some(0) {
        return Err("port 0 is no port".into());
    }
    Ok(url)
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
    fn messages_about_addresses_do_not_repeat_them() {
        let why = checked_url("https://user:CANARY@a.example").expect_err("login");
        assert!(!why.contains("CANARY"));
    }
}
