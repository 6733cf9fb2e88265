//! Patterns of addresses, as `match` in a profile lists them: which ones a program may be given this token for.
//!
//! The rule that matters: a pattern means no more than it shows. Scheme and port are exact, `*` stands for one label of a
//! host or for the rest of a path, and what could be read in two ways is refused, in a pattern as in an address.

use url::Url;

use crate::base::address::{Place, checked_url};

/// An address that a program wants a token for, or the origin of one of ours.
pub(super) struct Address {
    scheme: String,
    host: String,
    port: Option<u16>,
    path: String,
}

impl Address {
    /// `Err`: what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Address, String> {
        let (scheme, rest) = text.split_once("://").ok_or("an address begins with `https://`")?;
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        if authority.is_empty() || authority.contains(['@', '*', '%']) {
            return Err("an address has a plain host after `https://`, and no login (`@`)".into());
        }
        // What is asked for is told by its path.
        let path = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
        if path.contains('*') {
            return Err("an address must not contain `*`".into());
        }
        let path = plain_path(path)?;
        let url = checked_url(&format!("{scheme}://{authority}{path}"))?;
        if !shows_its_host(authority, &url) {
            return Err("its host can be read in two ways".into());
        }
        Ok(Address::of(&url))
    }

    pub(super) fn of(url: &Url) -> Address {
        Address {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default(),
            path: url.path().to_owned(),
        }
    }

    pub(super) fn place(&self) -> Place {
        let usual = if self.scheme == "https" { 443 } else { 80 };
        let port = self.port.filter(|port| *port != usual);
        Place { scheme: self.scheme.clone(), host: self.host.clone(), port, path: self.path.clone() }
    }

    pub(super) fn has_origin_of(&self, other: &Address) -> bool {
        (&self.scheme, &self.host, self.port) == (&other.scheme, &other.host, other.port)
    }
}

/// Whether nobody reads another host there: `012.0.0.5` is 10.0.0.5 to some and 12.0.0.5 to others, and some do not map letters and
/// dots that look like those of ASCII.
fn shows_its_host(authority: &str, url: &Url) -> bool {
    let meant = url.host_str().unwrap_or_default();
    if authority.starts_with('[') {
        return true;
    }
    let shown = authority.split(':').next().unwrap_or_default();
    shown.split('.').count() == meant.split('.').count()
        && shown.split('.').zip(meant.split('.')).all(|(shown, meant)| {
            if shown.is_ascii() { shown.eq_ignore_ascii_case(meant) } else { meant.starts_with("xn--") }
        })
}

/// How much of an address a pattern writes out: labels of the host, then of the path; the greater wins.
pub(super) type Closeness = (usize, usize, bool);

pub(super) struct Pattern {
    /// With a name in the place of each `*`.
    like: Address,
    /// Of the labels of the host, those that are `*`.
    any: Vec<bool>,
    /// Whatever stands behind its path.
    rest: bool,
}

impl Pattern {
    /// `Err`: what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Pattern, String> {
        let (scheme, rest) = text.split_once("://").ok_or("a pattern begins with `https://`")?;
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        // A browser would take what stands behind further slashes for the host.
        if authority.is_empty() {
            return Err("a pattern has a host after `https://`".into());
        }
        let any = authority.split('.').map(|label| label == "*").collect();
        let host = plain_host(authority)?;
        if path.contains(['?', '#']) {
            return Err("a pattern has no query (`?`) and no fragment (`#`)".into());
        }
        let rest = path.ends_with('*');
        let path = plain_path(path)?;
        let url = checked_url(&format!("{scheme}://{host}{path}"))?;
        if !shows_its_host(&host, &url) {
            return Err(format!(
                "its host can be read in two ways; write `{}`",
                url.host_str().unwrap_or_default()
            ));
        }
        let like = Address::of(&url);
        Ok(Pattern { like, any, rest })
    }

    /// As it is written, but for what may stand behind its path.
    pub(super) fn place(&self) -> Place {
        let labels = self.like.host.split('.').zip(self.any.iter().chain(std::iter::repeat(&false)));
        let host: Vec<&str> = labels.map(|(label, any)| if *any { "*" } else { label }).collect();
        Place { host: host.join("."), ..self.like.place() }
    }

    /// `None`: it does not mean this address.
    pub(super) fn means(&self, address: &Address) -> Option<Closeness> {
        let like = &self.like;
        if like.scheme != address.scheme || like.port != address.port {
            return None;
        }
        if self.any.contains(&true) {
            let (own, theirs) = (like.host.split('.'), address.host.split('.'));
            let alike = own.clone().zip(theirs.clone()).zip(&self.any);
            let same_count = own.count() == theirs.clone().count();
            let mut all = alike.map(|((own, theirs), any)| *any && !theirs.is_empty() || own == theirs);
            if !same_count || !all.all(|one| one) {
                return None;
            }
        } else if like.host != address.host {
            return None;
        }
        let path = if self.rest { address.path.starts_with(&like.path) } else { address.path == like.path };
        let written = self.any.iter().filter(|any| !**any).count();
        path.then_some((written, like.path.len(), !self.rest))
    }
}

fn plain_host(authority: &str) -> Result<String, String> {
    if authority.contains('@') {
        return Err("a pattern has no login (`@`)".into());
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if !host.contains('*') {
        return Ok(authority.to_owned());
    }
    let labels: Vec<&str> = host.split('.').collect();
    if labels.iter().any(|label| label.contains('*') && *label != "*") {
        return Err("`*` stands for one whole label of a host, such as `https://*.example.com/`".into());
    }
    // Whoever owns a name below a public suffix owns nothing of its neighbours.
    if labels.iter().rev().take(2).any(|label| *label == "*" || label.is_empty()) || labels.len() < 3 {
        return Err("the last two labels of a host must be written out".into());
    }
    if labels.iter().rev().take(2).all(|label| label.bytes().all(|b| b.is_ascii_digit())) {
        return Err("a numeric address has no `*`".into());
    }
    let names: Vec<&str> = labels.into_iter().map(|label| if label == "*" { "a" } else { label }).collect();
    Ok(port.map_or(names.join("."), |port| format!("{}:{port}", names.join("."))))
}

fn plain_path(path: &str) -> Result<&str, String> {
    if path.contains('\\') {
        return Err("a path must not contain a backslash".into());
    }
    let bare = path.strip_suffix('*').unwrap_or(path);
    if bare.contains('*') || bare.len() < path.len() && !bare.ends_with('/') {
        return Err("in a path `*` must come last, after a `/`".into());
    }
    let mut lower = bare.to_ascii_lowercase();
    // Some servers decode twice.
    while lower.contains("%25") {
        lower = lower.replace("%25", "%");
    }
    let codes =
        lower.split('%').skip(1).map(|rest| u8::from_str_radix(rest.get(..2).unwrap_or_default(), 16));
    for code in codes {
        match code {
            Ok(b'/' | b'\\') => return Err("a path must not contain an encoded slash (`%2F`, `%5C`)".into()),
            Ok(code) if code.is_ascii_control() => {
                return Err("a path must not contain an encoded control character".into());
            }
            Ok(_) => {}
            Err(_) => return Err("`%` must be followed by two hexadecimal digits".into()),
        }
    }
    // And some cut off what stands behind a semicolon before they go up.
    let dots = lower.replace("%2e", ".").replace("%3b", ";");
    if dots.split('/').any(|part| matches!(part.split(';').next(), Some("." | ".."))) {
        return Err("a path must not contain `.` or `..`".into());
    }
    Ok(bare)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_place_is_what_a_pattern_shows() {
        for (pattern, origin, path) in [
            ("https://git.example.com/*", "https://git.example.com", "/"),
            ("https://Git.example.com:443/team/*", "https://git.example.com", "/team/"),
            ("https://*.example.com:8443/a", "https://*.example.com:8443", "/a"),
            ("http://127.0.0.1:9000/*", "http://127.0.0.1:9000", "/"),
            ("https://[2001:db8::1]:8443/*", "https://[2001:db8::1]:8443", "/"),
        ] {
            let place = Pattern::read(pattern).expect("a pattern").place();
            assert_eq!((&*place.origin(), &*place.path), (origin, path), "{pattern}");
        }
    }

    fn check(text: &str) -> Result<(), String> {
        Pattern::read(text).map(drop)
    }

    #[test]
    fn a_pattern_means_no_more_than_it_shows() {
        for good in [
            "https://git.example.com/*",
            "https://git.example.com",
            "https://git.example.com/",
            "https://git.example.com:8443/a/b",
            "https://*.example.com/*",
            "https://*.*.example.com/x/*",
            "https://a.*.example.com",
            "https://*.example.com:8443/",
            "https://192.0.2.1/*",
            "https://[2001:db8::1]:8443/*",
            "http://127.0.0.1:9000/mcp",
            "http://localhost/*",
            "https://example.com/%C3%BC/a%20b/*",
            "https://m\u{fc}nchen.example/*",
            "https://example.com/a..b/.well-known/*",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "*",
            "git.example.com/*",
            "https://",
            "https:///*",
            "https:///@x.example",
            "https://*",
            "https://*/",
            "https://*.com/",
            "https://example.*/",
            "https://*.*.com/",
            "https://a*.example.com/",
            "https://**.example.com/",
            "https://*.example.com./",
            "https://*..com/",
            "https://*.0.0.1/",
            "https://127.*.0.1/",
            "https://[*::1]/",
            "https://*:443/",
            "https://example.com:*/",
            "https://example.com:0/",
            "https://u@example.com/*",
            "https://@example.com/*",
            "https://u:p@*.example.com/*",
            "https://:@example.com/*",
            "https://*@a.example.com/",
            "*://example.com/",
            "http://example.com/*",
            "ftp://example.com/*",
            "https://example.com/*/x",
            "https://example.com/a*",
            "https://example.com/**",
            "https://example.com/a/*?x",
            "https://example.com/?*",
            "https://example.com/#x",
            "https://example.com?x",
            "https://example.com/../x",
            "https://example.com/a/..",
            "https://example.com/./x",
            "https://example.com/%2e%2E/x",
            "https://example.com/.%2e",
            "https://example.com/a%2Fb",
            "https://example.com/a%5cb",
            "https://example.com\\a",
            "https://example.com/a\\b",
            "https://example.com/%00",
            "https://example.com/%0d%0a",
            "https://example.com/%7f",
            "https://example.com/%",
            "https://example.com/%2",
            "https://example.com/%zz",
            "https://example.com/a b",
            "https://example.com/\n",
            "https://example.com/\u{1b}",
            " https://example.com/",
            "https://exa\u{a0}mple.com/",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged(text in "[a-z*./:%@?#\\[\\]\u{fc}\\\\2e ]{0,20}") {
            let _ = check(&text);
            if check(&format!("https://{text}")).is_ok() {
                let authority = text.split('/').next().unwrap_or_default();
                prop_assert!(!authority.is_empty() && !authority.contains('@'), "{text}");
                prop_assert!(!text.contains(['?', '#', '\\', ' ']), "{text}");
            }
        }
    }
}
