//! The metadata of a protected resource (RFC 9728): whom it trusts, and what a token for it is asked for by.
//!
//! The rule that matters: a document counts only if it is of the resource that was asked for, or lies where the
//! origin of that tells of itself and is of the origin.

use url::Url;

use super::document::Document;
use super::found::{How, Issuer, Start, origin};
use super::places;
use crate::base::address::checked_url;
use crate::base::error::{Error, Result, config, refused};
use crate::base::redact::vendor_words;

/// A protected resource, such as an MCP server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// What `resource` of RFC 8707 says.
    pub(crate) identifier: String,
    /// Whom it takes tokens from. Of several somebody has to choose.
    pub(crate) issuers: Vec<Issuer>,
    /// What it asked for when it was met without a token.
    asked: Option<String>,
    pub(crate) scopes: Option<Vec<String>>,
    /// It tells of itself; else it is asked as an authorization server, as MCP had it before RFC 9728.
    pub(crate) published: bool,
}

impl Resource {
    /// It has no metadata.
    pub(super) fn unpublished(url: &Url, asked: Option<String>) -> Resource {
        let issuers = vec![Issuer { text: origin(url), how: How::Guessed }];
        Resource { identifier: identifier(url), issuers, asked, scopes: None, published: false }
    }

    /// What to ask for where nobody says: what the resource asked for, else all that it knows (MCP authorization, "scope
    /// selection strategy").
    pub(crate) fn scope(&self) -> Option<String> {
        let known = self.scopes.as_ref().map(|all| all.join(" "));
        self.asked.clone().or(known).filter(|scope| !scope.trim().is_empty())
    }
}

/// As RFC 8707 sends an address: without a fragment, and an empty path stays empty.
pub(crate) fn identifier(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    let bare = url.path() == "/" && url.query().is_none();
    if bare { origin(&url) } else { url.into() }
}

pub(super) fn read(document: &Document, asked: Option<String>, start: &Start) -> Result<Resource> {
    let at = &document.at;
    let said = document.text("resource")?;
    let said =
        said.ok_or_else(|| refused(format!("the metadata at `{at}` does not say whose it is (`resource`)")))?;
    let own = identifier(start.url());
    let is_root = *at == places::of_root(start.url());
    let of = checked_url(said).ok().map(|url| identifier(&url));
    let identifier = of.clone().filter(|of| *of == own || is_root && *of == origin(start.url()));
    let identifier = identifier.ok_or_else(|| mismatch(said, of, &own, at, start))?;
    let servers = document.list("authorization_servers")?.unwrap_or_default();
    let issuers: Vec<Issuer> = servers.into_iter().map(|text| Issuer { text, how: How::Found }).collect();
    if issuers.is_empty() {
        return Ok(Resource {
            identifier,
            scopes: document.list("scopes_supported")?,
            ..Resource::unpublished(start.url(), asked)
        });
    }
    for issuer in &issuers {
        start
            .issuer(issuer)
            .map_err(|error| refused(format!("`authorization_servers` at `{at}`: {error}")))?;
    }
    Ok(Resource { identifier, issuers, asked, scopes: document.list("scopes_supported")?, published: true })
}

/// Of something else at the same origin it may well be what was meant.
fn mismatch(said: &str, of: Option<String>, own: &str, at: &Url, start: &Start) -> Error {
    let shown = vendor_words(said, &[]);
    let error = refused(format!("the metadata at `{at}` is of `{shown}`, not of `{own}`"));
    let near = of.filter(|of| Url::parse(of).is_ok_and(|url| url.origin() == start.url().origin()));
    match near {
        Some(of) => error.hint(format!("`--url {of}` asks for that one, if it is what you mean")),
        None => error,
    }
}

/// The one issuer, or the one that a person named. `Err`: it is for them to say.
pub(crate) fn chosen<'a>(resource: &'a Resource, named: Option<&str>) -> Result<&'a Issuer> {
    let known = || {
        let all: Vec<String> =
            resource.issuers.iter().map(|one| format!("`{}`", vendor_words(&one.text, &[]))).collect();
        all.join(", ")
    };
    match (named, resource.issuers.as_slice()) {
        (Some(named), all) => {
            let found = all.iter().find(|one| one.text == named || one.is(named));
            found.ok_or_else(|| {
                let (named, of) = (vendor_words(named, &[]), &resource.identifier);
                refused(format!("`{of}` accepts no tokens of `{named}`, only of {}", known()))
            })
        }
        (None, [one]) => Ok(one),
        (None, _) => {
            let words = format!("`{}` accepts tokens of several servers: {}", resource.identifier, known());
            Err(config(words).hint("`--issuer ISSUER` says which"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::base::error::Code;

    const RESOURCE: &str = "https://m.example/mcp";
    const PLACE: &str = "https://m.example/.well-known/oauth-protected-resource/mcp";
    const ROOT: &str = "https://m.example/.well-known/oauth-protected-resource";

    fn read_at(asked: &str, place: &str, members: Value) -> Result<Resource> {
        let Value::Object(members) = members else { panic!("an object") };
        let document = Document { at: Url::parse(place).expect(place), members };
        read(&document, None, &Start::new(Url::parse(asked).expect(asked)))
    }

    fn of(asked: &str, place: &str, resource: &str) -> Option<String> {
        let members = json!({ "resource": resource, "authorization_servers": ["https://a.example"] });
        read_at(asked, place, members).ok().map(|resource| resource.identifier)
    }

    #[test]
    fn a_document_is_of_what_was_asked_for_or_at_the_root_of_the_origin() {
        for (asked, place, resource) in [
            (RESOURCE, PLACE, RESOURCE),
            (RESOURCE, "https://other.example/m", RESOURCE),
            (RESOURCE, ROOT, RESOURCE),
            (RESOURCE, ROOT, "https://m.example"),
            (RESOURCE, ROOT, "https://m.example/"),
            ("https://m.example", ROOT, "https://m.example/"),
            ("https://m.example/", ROOT, "https://m.example"),
            ("https://M.example:443/mcp", PLACE, RESOURCE),
            ("https://m\u{fc}.example/mcp", PLACE, "https://xn--m-eha.example/mcp"),
            (RESOURCE, PLACE, "HTTPS://M.EXAMPLE/mcp"),
        ] {
            let wanted = checked_url(resource).map(|url| identifier(&url)).ok();
            assert_eq!(of(asked, place, resource), wanted, "{asked} {place} {resource}");
        }
        for (place, resource) in [
            (PLACE, "https://m.example"),
            ("https://m.example/meta", "https://m.example"),
            (PLACE, "https://m.example/mcp/"),
            (PLACE, "https://m.example/MCP"),
            (PLACE, "https://m.example/mcp?x"),
            (PLACE, "https://m.example/mcp#"),
            (PLACE, "https://m.example/mcp/x"),
            (PLACE, "https://m.example/m"),
            (PLACE, "https://m.example.evil/mcp"),
            (PLACE, "http://m.example/mcp"),
            (PLACE, "mcp"),
            (PLACE, ""),
            (PLACE, "https://m.example:444/mcp"),
            (PLACE, "https://u@m.example/mcp"),
            (ROOT, "https://b.example"),
            (ROOT, "https://m.example/other"),
            (ROOT, "https://m.\u{435}xample/mcp"),
        ] {
            assert_eq!(of(RESOURCE, place, resource), None, "{place} {resource}");
        }
    }

    #[test]
    fn a_mismatch_names_both_and_the_address_to_ask_for_if_it_is_near() {
        let told = |resource: &str| {
            let error = read_at(RESOURCE, PLACE, json!({ "resource": resource })).expect_err("refused");
            assert_eq!(error.code, Code::Refused);
            (error.message(), error.hint)
        };
        let (words, hint) = told("https://m.example/");
        assert_eq!(
            words,
            format!("the metadata at `{PLACE}` is of `https://m.example/`, not of `{RESOURCE}`")
        );
        assert_eq!(
            hint.as_deref(),
            Some("`--url https://m.example` asks for that one, if it is what you mean")
        );
        assert_eq!(told("https://b.example/mcp").1, None);
        let none = read_at(RESOURCE, PLACE, json!({})).expect_err("refused");
        assert!(none.message().ends_with("does not say whose it is (`resource`)"));
    }

    #[test]
    fn whom_it_trusts_is_checked_and_may_be_nobody_or_several() {
        let read = |servers: Value| {
            read_at(RESOURCE, PLACE, json!({ "resource": RESOURCE, "authorization_servers": servers }))
        };
        let issuers = |resource: &Resource| {
            resource.issuers.iter().map(|one| (one.text.clone(), one.how)).collect::<Vec<_>>()
        };
        let one = read(json!(["https://a.example/o"])).expect("one");
        assert_eq!(issuers(&one), [("https://a.example/o".to_owned(), How::Found)]);
        assert!(one.published && chosen(&one, None).is_ok());
        for none in [json!(null), json!([])] {
            let none = read(none).expect("none");
            assert_eq!(issuers(&none), [("https://m.example".to_owned(), How::Guessed)]);
            assert!(!none.published);
        }
        let two = read(json!(["https://a.example", "https://b.example/"])).expect("two");
        let error = chosen(&two, None).expect_err("which");
        assert!(
            error.code == Code::Config
                && error.message().contains("`https://a.example`, `https://b.example/`")
        );
        assert_eq!(
            chosen(&two, Some("https://b.example")).map(|one| one.text.as_str()).ok(),
            Some("https://b.example/")
        );
        assert_eq!(chosen(&two, Some("https://c.example")).expect_err("none").code, Code::Refused);
        for bad in [
            "http://a.example",
            "https://10.0.0.1",
            "https://localhost/o",
            "https://[::1]",
            "https://a.example?x",
            "https://u@a.example",
            "https://a.example/#f",
            "a.example",
            "",
        ] {
            let error = read(json!(["https://a.example", bad])).expect_err(bad);
            assert_eq!(error.code, Code::Refused, "{bad}");
            assert!(error.message().starts_with("`authorization_servers` at `https://m.example/"), "{error}");
        }
        for bad in [json!("https://a.example"), json!([7]), json!({})] {
            assert!(read(bad).is_err());
        }
    }

    #[test]
    fn the_scope_is_what_was_asked_for_else_all_that_it_knows() {
        let with = |asked: Option<&str>, scopes: Option<&[&str]>| {
            let url = Url::parse(RESOURCE).expect("one");
            let mut resource = Resource::unpublished(&url, asked.map(str::to_owned));
            resource.scopes = scopes.map(|all| all.iter().map(|one| (*one).to_owned()).collect());
            resource.scope()
        };
        assert_eq!(with(Some("a b"), Some(&["c"])).as_deref(), Some("a b"));
        assert_eq!(with(None, Some(&["c", "d"])).as_deref(), Some("c d"));
        assert_eq!((with(None, Some(&[])), with(None, None)), (None, None));
    }

    #[test]
    fn an_identifier_is_the_canonical_address() {
        for (text, wanted) in [
            ("https://M.example/", "https://m.example"),
            ("https://m.example", "https://m.example"),
            ("https://m.example:8443", "https://m.example:8443"),
            ("https://m.example/mcp/", "https://m.example/mcp/"),
            ("https://m.example/?k=1#f", "https://m.example/?k=1"),
            ("http://[::1]:9000/", "http://[::1]:9000"),
        ] {
            assert_eq!(identifier(&Url::parse(text).expect(text)), wanted);
        }
    }
}
