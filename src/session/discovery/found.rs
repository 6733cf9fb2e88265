//! An address that was found, held against the one that a person gave.

use std::cell::Cell;
use std::net::IpAddr;

use url::{Host, Url};

use crate::base::address::{checked_issuer, checked_url, is_loopback};
use crate::base::error::{Error, Result, refused};
use crate::base::network::{is_private, is_private_host};
use crate::base::redact::vendor_words;
use crate::http::client::Peers;

/// Where the search began.
pub(super) struct Start {
    url: Url,
    /// It is in a private network: by its own words, or because its peer was.
    private: Cell<bool>,
}

impl Start {
    pub(super) fn new(url: Url) -> Start {
        let private = Cell::new(is_in_private(&url));
        Start { url, private }
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn is_private(&self) -> bool {
        self.private.get()
    }

    /// Who may answer at `url`.
    pub(super) fn peers(&self, url: &Url) -> Peers {
        if self.may_be_private(url) { Peers::Any } else { Peers::Public }
    }

    /// An answer came from there: over TLS, if it is not this machine.
    pub(super) fn answered(&self, url: &Url, peer: Option<IpAddr>) {
        if url.origin() == self.url.origin() && peer.is_some_and(is_private) {
            self.private.set(true);
        }
    }

    /// The address that `by` names as `what`.
    pub(super) fn found(&self, text: &str, what: &str, by: &Url) -> Result<Url> {
        let told = |why: &str| {
            let (by, text) = (by.as_str(), vendor_words(text, &[]));
            refused(format!("{what} of `{by}` is `{text}`, and nothing is sent there: {why}"))
        };
        let url = checked_url(text).map_err(|why| told(&why))?;
        self.check(&url).map_err(|why| told(&why))?;
        Ok(url)
    }

    fn check(&self, url: &Url) -> std::result::Result<(), String> {
        let here = self.url.host().is_some_and(|host| is_loopback(&host));
        if url.scheme() == "http" && !here {
            return Err(format!("it is not https, and `{}` is not this machine", origin(&self.url)));
        }
        if is_in_private(url) && !self.may_be_private(url) {
            return Err(format!("it leads into a private network, and `{}` does not", origin(&self.url)));
        }
        Ok(())
    }

    fn may_be_private(&self, url: &Url) -> bool {
        self.private.get() || url.origin() == self.url.origin()
    }

    /// The issuer's address, whoever named it.
    pub(super) fn issuer(&self, issuer: &Issuer) -> Result<Url> {
        let told = |why: String| {
            let text = vendor_words(&issuer.text, &[]);
            refused(format!("`{text}` is not an issuer that can be asked: {why}"))
        };
        let url = checked_issuer(&issuer.text).map_err(told)?;
        self.check(&url).map_err(told)?;
        Ok(url)
    }
}

fn is_in_private(url: &Url) -> bool {
    url.host().is_some_and(|host: Host<&str>| is_private_host(&host))
}

pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Who named an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// A person, who can write it as the server does.
    Given,
    /// The metadata of a resource.
    Found,
    /// Nobody: it is the origin of a resource without metadata.
    Guessed,
}

/// An authorization server, by the name that it gives itself (RFC 8414 section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issuer {
    pub(crate) text: String,
    pub(crate) how: How,
}

impl Issuer {
    pub(crate) fn given(text: impl Into<String>) -> Issuer {
        Issuer { text: text.into(), how: How::Given }
    }

    /// To the letter (RFC 8414 section 3.3). An empty path and `/` are one address (RFC 3986 section 6.2.3), and
    /// resources in the wild confuse them: only a person is told to write it as the server does.
    pub(super) fn is(&self, said: &str) -> bool {
        let same = |long: &str, short: &str| {
            long.strip_suffix('/') == Some(short) && Url::parse(short).is_ok_and(|url| url.path() == "/")
        };
        let near = || same(&self.text, said) || same(said, &self.text);
        self.text == said || self.how != How::Given && near()
    }

    /// The document says that it is of somebody else.
    pub(super) fn mismatch(&self, said: Option<&str>, place: &Url) -> Error {
        let (asked, place) = (vendor_words(&self.text, &[]), place.as_str());
        let Some(said) = said else {
            return refused(format!("the metadata at `{place}` does not say whose it is (`issuer`)"));
        };
        let shown = vendor_words(said, &[]);
        let error = refused(format!("the metadata at `{place}` is of `{shown}`, not of `{asked}`"));
        let same = |a: &str, b: &str| match (Url::parse(a), Url::parse(b)) {
            (Ok(a), Ok(b)) => a.as_str().trim_end_matches('/') == b.as_str().trim_end_matches('/'),
            _ => false,
        };
        // Written otherwise, but the same server.
        if self.how == How::Given && shown == said && same(said, &self.text) && checked_issuer(said).is_ok() {
            return error.hint(format!("write `issuer = \"{said}\"`, to the letter"));
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Code;

    fn start(url: &str) -> Start {
        Start::new(Url::parse(url).expect(url))
    }

    fn told(start: &Start, text: &str) -> Option<String> {
        let by = Url::parse("https://d.example/m").expect("one");
        let error = start.found(text, "`token_endpoint`", &by).err()?;
        assert_eq!(error.code, Code::Refused);
        Some(error.message())
    }

    #[test]
    fn what_a_public_address_names_is_public_and_https() {
        let start = start("https://a.example/mcp");
        for good in [
            "https://a.example/t",
            "https://b.example:8443/t?x=1",
            "https://8.8.8.8/",
            "https://[2a00::1]/t",
            "https://m\u{fc}nchen.example/t",
            "https://xn--mnchen-3ya.example/t",
        ] {
            assert_eq!(told(&start, good), None, "{good}");
        }
        for bad in [
            "http://a.example/t",
            "http://127.0.0.1/t",
            "http://localhost:80/t",
            "https://localhost/t",
            "https://127.0.0.1/t",
            "https://127.1/t",
            "https://2130706433/t",
            "https://0x7f.0.0.1/t",
            "https://0.0.0.0/",
            "https://10.0.0.1/t",
            "https://172.16.0.1/",
            "https://192.168.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://[::1]/t",
            "https://[::ffff:10.0.0.1]/t",
            "https://[::ffff:7f00:1]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://u@a.example/t",
            "https://u:p@a.example/t",
            "https://a.example/t#f",
            "https://a.example/t\n",
            "https://a.example/\u{1b}[2J",
            "https://a b.example/",
            "/t",
            "t",
            "",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "ftp://a.example/",
            "https://",
            "https://a.example:0/",
            "//a.example/t",
        ] {
            let words = told(&start, bad).unwrap_or_else(|| panic!("{bad}"));
            assert!(words.starts_with("`token_endpoint` of `https://d.example/m` is `"), "{words}");
            assert!(words.chars().all(|c| matches!(c, ' '..='~')), "{words}");
        }
    }

    #[test]
    fn a_private_address_may_name_private_ones_and_only_this_machine_goes_without_tls() {
        let inner = start("https://10.0.0.1/mcp");
        assert_eq!(told(&inner, "https://192.168.1.1/t"), None);
        assert!(told(&inner, "http://127.0.0.1/t").is_some());
        let here = start("http://127.0.0.1:9000/mcp");
        for good in
            ["http://127.0.0.1:9001/t", "http://localhost/t", "https://10.0.0.1/", "https://a.example/t"]
        {
            assert_eq!(told(&here, good), None, "{good}");
        }
        assert!(told(&here, "http://a.example/t").is_some());
    }

    #[test]
    fn whether_a_name_is_private_is_seen_by_who_answered_there() {
        let start = start("https://sso.example/a");
        let at = |text: &str| Url::parse(text).expect(text);
        let private = Some(IpAddr::from([10, 0, 0, 1]));
        let other = at("https://auth.example/");
        assert_eq!(
            (start.peers(&other), start.peers(&at("https://sso.example/x"))),
            (Peers::Public, Peers::Any)
        );
        start.answered(&other, private);
        start.answered(&at("https://sso.example:444/"), private);
        start.answered(start.url(), Some(IpAddr::from([8, 8, 8, 8])));
        start.answered(start.url(), None);
        assert!(start.peers(&other) == Peers::Public && told(&start, "https://10.0.0.2/t").is_some());
        start.answered(&at("https://sso.example/b"), private);
        assert!(start.peers(&other) == Peers::Any && told(&start, "https://10.0.0.2/t").is_none());
    }

    #[test]
    fn an_issuer_is_who_was_asked_to_the_letter() {
        let is = |asked: &str, how, said: &str| Issuer { text: asked.into(), how }.is(said);
        for how in [How::Given, How::Found, How::Guessed] {
            assert!(is("https://a.example/t", how, "https://a.example/t"));
            for other in [
                "https://a.example/t/",
                "https://a.example/T",
                "https://A.example/t",
                "https://a.example:443/t",
                "http://a.example/t",
                "https://a.example/t?",
                "https://a.example",
                "https://a.example/%74",
                "",
            ] {
                assert!(!is("https://a.example/t", how, other), "{other}");
            }
        }
        assert!(!is("https://a.example", How::Given, "https://a.example/"));
        assert!(!is("https://a.example/", How::Given, "https://a.example"));
        assert!(is("https://a.example", How::Found, "https://a.example/"));
        assert!(is("https://a.example/", How::Guessed, "https://a.example"));
        assert!(!is("https://a.example", How::Found, "https://a.example//"));
        assert!(!is("https://a.example/", How::Found, "https://b.example"));
    }

    #[test]
    fn a_mismatch_names_both_and_says_how_to_write_it_where_that_helps() {
        let place = Url::parse("https://a.example/.well-known/x").expect("one");
        let told = |asked: &str, how, said: Option<&str>| {
            let error = Issuer { text: asked.into(), how }.mismatch(said, &place);
            (error.message(), error.hint)
        };
        let (words, hint) = told("https://a.example", How::Given, Some("https://a.example/"));
        assert_eq!(
            words,
            "the metadata at `https://a.example/.well-known/x` is of `https://a.example/`, not of `https://a.example`"
        );
        assert_eq!(hint.as_deref(), Some("write `issuer = \"https://a.example/\"`, to the letter"));
        assert!(told("HTTPS://A.example", How::Given, Some("https://a.example")).1.is_some());
        assert!(told("https://m\u{fc}.example", How::Given, Some("https://xn--m-eha.example")).1.is_some());
        assert!(told("https://a.example/t", How::Found, Some("https://a.example/t/")).1.is_none());
        assert!(told("https://a.example", How::Given, Some("https://b.example")).1.is_none());
        assert!(told("https://a.example", How::Given, None).0.contains("does not say whose it is"));
        let (words, _) = told("https://a.example", How::Given, Some("x\u{1b}[2J"));
        assert!(words.contains("`x?[2J`"), "{words}");
    }
}
