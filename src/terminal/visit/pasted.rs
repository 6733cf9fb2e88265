//! What somebody pastes who was asked for the address that the browser shows: with what stands around it when it is
//! copied, and broken where a terminal or a mail breaks lines.
//!
//! The rule that matters: nothing of it is in the words that refuse it.

use url::Url;
use zeroize::Zeroizing;

use crate::http::redirect::{self, Params};

/// What is asked for.
pub(super) struct Expected<'a> {
    redirect_uri: &'a str,
    bare_code: Option<&'a str>,
}

impl<'a> Expected<'a> {
    pub(super) fn of(redirect_uri: &'a str, bare_code: Option<&'a str>) -> Expected<'a> {
        Expected { redirect_uri, bare_code }
    }

    /// The parameters of the query, or of the fragment. `Err` says why there are none, in words that hold nothing secret.
    pub(super) fn params(&self, text: &str) -> Result<Params, String> {
        let text = bared(text);
        if text.is_empty() {
            return Err("nothing was pasted".to_owned());
        }
        let Ok(url) = Url::parse(&self.with_scheme(&text)) else { return self.of_text(&text) };
        let params = match url.scheme() {
            _ if self.is_here(&url) => of_url(&url),
            "http" | "https" => {
                Err(format!("that is another address: the right one begins with `{}`", self.redirect_uri))
            }
            _ => self.of_text(&text),
        };
        let _wiped = Zeroizing::new(String::from(url));
        params
    }

    /// Some browsers show an address without it.
    fn with_scheme(&self, text: &str) -> Zeroizing<String> {
        let bare = self.redirect_uri.split_once("://");
        Zeroizing::new(match bare.filter(|(_, bare)| text.starts_with(bare)) {
            Some((scheme, _)) => format!("{scheme}://{text}"),
            None => text.to_owned(),
        })
    }

    fn of_text(&self, text: &str) -> Result<Params, String> {
        let query = text.trim_start_matches(['?', '#']);
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let is_query = query.split_once('=').is_some_and(|(name, _)| name.chars().all(named));
        if is_query && query.split('&').any(|pair| pair.starts_with("state=")) {
            return once(query);
        }
        match self.bare_code {
            Some(name) if !text.contains(char::is_whitespace) => {
                Ok(vec![(name.to_owned(), Zeroizing::new(text.to_owned()))])
            }
            Some(_) => Err("that is more than a code".to_owned()),
            None => Err(format!("that is not the whole address: it begins with `{}`", self.redirect_uri)),
        }
    }

    /// Whether it differs in nothing but what was added.
    fn is_here(&self, url: &Url) -> bool {
        let Ok(own) = Url::parse(self.redirect_uri) else { return false };
        let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
        own.scheme() == url.scheme()
            && own.host() == url.host()
            && own.port_or_known_default() == url.port_or_known_default()
            && path(&own) == path(url)
    }
}

fn of_url(url: &Url) -> Result<Params, String> {
    match (url.query().unwrap_or_default(), url.fragment().unwrap_or_default()) {
        ("", "") => Err("that address holds no answer to a login".to_owned()),
        ("", fragment) => once(fragment),
        // Some add a fragment to whatever they redirect to.
        (query, _) => once(query),
    }
}

fn once(query: &str) -> Result<Params, String> {
    redirect::params(query).ok_or_else(|| "that address has one parameter twice".to_owned())
}

/// Without blanks, quotes and brackets around it, and without the breaks of lines within it.
fn bared(text: &str) -> Zeroizing<String> {
    let around = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '"' | '\'' | '`' | '<' | '>' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2018}'..='\u{201f}')
    };
    let mut joined = Zeroizing::new(String::with_capacity(text.len()));
    for line in text.split(['\r', '\n']) {
        joined.push_str(line.trim());
    }
    Zeroizing::new(joined.trim_matches(around).to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: &str = "http://127.0.0.1:8457/cb";

    fn params(text: &str) -> Result<Vec<String>, String> {
        let params = Expected::of(HERE, None).params(text)?;
        Ok(params.into_iter().map(|(name, value)| format!("{name}={}", *value)).collect())
    }

    #[test]
    fn the_address_is_found_in_what_is_copied_with_it() {
        let whole = Ok(vec!["code=c/1 x".to_owned(), "state=s".to_owned()]);
        for text in [
            "http://127.0.0.1:8457/cb?code=c%2F1+x&state=s",
            "  http://127.0.0.1:8457/cb?code=c%2F1+x&state=s \t",
            "\"http://127.0.0.1:8457/cb?code=c%2F1+x&state=s\"",
            "<http://127.0.0.1:8457/cb?code=c%2F1+x&state=s>",
            "\u{201c}http://127.0.0.1:8457/cb?code=c%2F1+x&state=s\u{201d}",
            "\u{feff}http://127.0.0.1:8457/cb?code=c%2F1+x&state=s",
            "http://127.0.0.1:8457/cb?code=c%2\nF1+x&sta\r\n   te=s",
            "http://127.0.0.1:8457/cb#code=c%2F1+x&state=s",
            "http://127.0.0.1:8457/cb?code=c%2F1+x&state=s#_=_",
            "http://127.0.0.1:8457/cb/?code=c%2F1+x&state=s",
            "HTTP://127.0.0.1:8457/cb?code=c%2F1+x&state=s",
            "127.0.0.1:8457/cb?code=c%2F1+x&state=s",
            "?code=c%2F1+x&state=s",
            "code=c%2F1+x&state=s",
        ] {
            assert_eq!(params(text), whole, "{text:?}");
        }
        let long = format!("{HERE}?code={}&state=s", "x".repeat(60_000));
        assert_eq!(params(&long).expect("it")[0].len(), "code=".len() + 60_000);
    }

    #[test]
    fn what_is_not_the_address_is_refused_and_not_repeated() {
        for (text, says) in [
            ("", "nothing was pasted"),
            (" \r\n\"\" ", "nothing was pasted"),
            ("http://127.0.0.1:8457/cb", "no answer to a login"),
            ("http://127.0.0.1:8458/cb?code=canary&state=s", "another address"),
            ("http://127.0.0.1:8457/other?code=canary&state=s", "another address"),
            ("https://127.0.0.1:8457/cb?code=canary&state=s", "another address"),
            ("https://vendor.example/authorize?state=s&client_id=canary", "another address"),
            ("http://127.0.0.1:8457/cb?code=canary&code=canary&state=s", "twice"),
            ("code=canary&state=s&state=s", "twice"),
            ("canary", "not the whole address"),
            ("127.0.0.1:8458/cb?code=canary&state=s", "not the whole address"),
            ("code=canary", "not the whole address"),
        ] {
            let words = params(text).expect_err(text);
            assert!(words.contains(says) && !words.contains("canary"), "{text:?}: {words}");
        }
    }

    #[test]
    fn a_bare_code_counts_only_where_the_vendor_shows_one() {
        let oob = Expected::of("urn:ietf:wg:oauth:2.0:oob", Some("code"));
        for code in ["4/0AbC-d_e==", "a#b", "urn:x"] {
            let shown = Ok(vec![("code".to_owned(), Zeroizing::new(code.to_owned()))]);
            assert_eq!(oob.params(&format!(" {code}\n")), shown);
        }
        assert!(oob.params("4/0 canary").expect_err("two words").contains("more than a code"));
        let both = oob.params("code=1&state=s").expect("a query");
        assert_eq!(both.len(), 2);
        assert!(Expected::of(HERE, None).params("4/0AbC-d_e").is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics_or_is_repeated(text in any::<String>()) {
            for bare in [None, Some("code")] {
                if let Err(words) = Expected::of(HERE, bare).params(&format!("{text}canary")) {
                    prop_assert!(!words.contains("canary"), "{words}");
                }
            }
        }
    }
}
