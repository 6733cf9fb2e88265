//! The ways in which a person, or a program for them, gets the first credential; and how it is given back. Each is a
//! flow of exchanges, and a code login begins with an address that a browser visits.

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use super::conditions::Test;
use super::fields::Fields;
use crate::base::address::is_loopback;
use crate::dialect::template::Template;

/// One way to log in. Its name is the grant's: `authorization_code`, `device_code`, `password`, or the vendor's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Login {
    /// Address of the vendor's page that documents it.
    pub(crate) documentation: Option<String>,
    /// What whoever logs in should know or have set up before, in one line.
    pub(crate) about: Option<String>,
    /// A dialect that extends this one has it only if it names it: no vendor is meant, but whoever follows the standard.
    pub(crate) inherit: Option<Inherit>,
    /// What a browser visits; the redirect gives the `code`.
    pub(crate) authorization: Option<Authorization>,
    /// What a person is asked for, beside what the profile gives; templates name it as `asked.NAME`.
    #[serde(default)]
    #[cfg_attr(test, schemars(transform = crate::testing::json_schema::identifiers))]
    pub(crate) ask: BTreeMap<String, Ask>,
    /// Where whoever decides on another device types the code, of a vendor whose answer does not say.
    pub(crate) verification_uri: Option<Template>,
    /// Its exchanges, in order; the one of the login's own name if they are not given. One that has a refusal
    /// `authorization_pending` comes last, and is sent again until somebody has decided. `authorization` stands where the
    /// browser's visit does; without it, before all of them.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<String>"))]
    pub(crate) steps: Vec<String>,
}

/// Among the steps of a login: the browser's visit.
pub(crate) const AUTHORIZATION: &str = "authorization";

impl Login {
    /// The exchanges that are sent before the browser's visit.
    pub(crate) fn before_the_visit(&self) -> &[String] {
        let visit = self.steps.iter().position(|step| step == AUTHORIZATION);
        let visit = visit.filter(|_| self.authorization.is_some());
        visit.map_or(&[], |at| &self.steps[..at])
    }

    /// Those of the addresses that a person visits.
    pub(crate) fn visited(&self) -> impl Iterator<Item = &Template> {
        let authorization = self.authorization.iter().flat_map(Authorization::templates);
        authorization.map(|(_, template)| template).chain(&self.verification_uri)
    }
}

/// `inherit = "if_named"`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Inherit {
    IfNamed,
}

/// The authorization request (RFC 6749 section 4.1.1), and how its answer comes back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transform = crate::testing::json_schema::nothing_required))]
pub(crate) struct Authorization {
    /// The address, without the parameters.
    pub(crate) url: Template,
    /// The parameters, in the order in which they are sent.
    #[serde(default)]
    pub(crate) query: Fields,
    /// What stands behind the address and a `#`.
    pub(crate) fragment: Option<Template>,
    /// Where the parameters stand.
    #[serde(default)]
    pub(crate) query_in: QueryIn,
    /// The redirect address of a profile that gives none; `http://127.0.0.1` with a free port if it is not given.
    pub(crate) redirect_uri: Option<String>,
    /// Which redirect addresses the vendor takes.
    #[serde(default)]
    pub(crate) redirect: RedirectRule,
    /// The names of the parameters that come back.
    #[serde(default)]
    pub(crate) answer: RedirectAnswer,
}

impl Authorization {
    /// Each with the keys that lead to it.
    pub(crate) fn templates(&self) -> impl Iterator<Item = (Vec<&str>, &Template)> {
        let query = self.query.templates().map(|(name, template)| (vec!["query", name], template));
        let fragment = self.fragment.iter().map(|template| (vec!["fragment"], template));
        [(vec!["url"], &self.url)].into_iter().chain(query).chain(fragment)
    }

    pub(crate) fn uses(&self, name: &str) -> bool {
        self.templates().any(|(_, template)| template.uses(name))
    }
}

/// Which part of an address the parameters are.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum QueryIn {
    /// Its query.
    #[default]
    Query,
    /// The end of its fragment, as pages want it that find their way by it: `#/login?client_id=…`.
    Fragment,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum RedirectRule {
    /// Of a loopback address any port (RFC 8252 section 7.3).
    #[default]
    AnyPort,
    /// Word for word one that was registered, its port included.
    Exact,
    /// One that was registered, and only https: the person pastes the address that the browser shows.
    Https,
}

/// Whether it is one that a browser may be sent back to: https, this machine, an app's own scheme (RFC 8252 section 7.1),
/// or a name for a bare code. `Err`: what is wrong, without repeating it.
pub(crate) fn checked_redirect(text: &str) -> Result<Url, &'static str> {
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("a redirect address must not contain spaces or control characters");
    }
    let url = Url::parse(text).map_err(|_| "this is not an address")?;
    if url.fragment().is_some() {
        return Err("a redirect address must not have a fragment (RFC 6749 section 3.1.2)");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a redirect address must not contain a login");
    }
    if url.port() == Some(0) {
        return Err("port 0 is not a usable port");
    }
    let whole = text.split_once("://").is_some_and(|(_, rest)| !rest.starts_with(['/', '\\']));
    let loopback = url.host().is_some_and(|host| is_loopback(&host));
    match url.scheme() {
        "https" | "http" if !whole => {
            Err("this is not an address: an address has `//` and a host after its scheme")
        }
        "http" if !loopback => {
            Err("`http://` is for this machine only; write `https://`, or a loopback address")
        }
        "https" | "http" | "urn" => Ok(url),
        scheme if scheme.contains('.') => Ok(url),
        _ => Err(
            "a redirect address begins with `https://`, `http://` for this machine, `urn:`, or a scheme with a dot such as `com.example.app:`",
        ),
    }
}

/// What the redirect brings, by the names of its parameters (RFC 6749 section 4.1.2).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RedirectAnswer {
    /// What the first exchange presents as `code`.
    pub(crate) code: String,
    /// Must be the `state` that was sent.
    pub(crate) state: String,
    /// Says that nothing was granted.
    pub(crate) error: String,
    /// Where the vendor's own words about that stand.
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<String>"))]
    pub(crate) words: Vec<String>,
    /// Values that are kept with the credential; later requests name them as `kept.NAME`.
    #[cfg_attr(test, schemars(transform = crate::testing::json_schema::identifiers))]
    pub(crate) keep: BTreeMap<String, String>,
}

impl Default for RedirectAnswer {
    fn default() -> RedirectAnswer {
        RedirectAnswer {
            code: "code".to_owned(),
            state: "state".to_owned(),
            error: "error".to_owned(),
            words: vec!["error_description".to_owned()],
            keep: BTreeMap::new(),
        }
    }
}

/// Something that a person is asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Ask {
    /// What it is, as it is asked for: `code from the text message`.
    pub(crate) about: String,
    /// It is not shown while it is typed.
    #[serde(default)]
    pub(crate) secret: bool,
}

/// An answer that asks for one more step before tokens are given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Further {
    /// The exchange that is sent next.
    pub(crate) step: String,
    /// All of which must hold of an answer with a status of the success set.
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<Test>"))]
    pub(crate) tests: Vec<Test>,
}

/// How a token is given back (RFC 7009).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Revocation {
    /// Address of the vendor's page that documents it.
    pub(crate) documentation: Option<String>,
    /// A dialect that extends this one has it only if it names it. Here so that the key is known.
    #[serde(rename = "inherit")]
    _inherit: Option<Inherit>,
    /// What the vendor then does with the other tokens of the login.
    #[serde(default)]
    pub(crate) takes: Takes,
}

/// What is over when the refresh token is revoked.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Takes {
    /// Only what was presented: the access tokens are revoked one by one.
    #[default]
    One,
    /// All that came of the login.
    All,
}

#[cfg(test)]
mod tests {
    use super::checked_redirect;

    #[test]
    fn a_redirect_address_leads_to_this_machine_https_an_app_or_a_bare_code() {
        for good in [
            "http://127.0.0.1/",
            "http://localhost",
            "http://localhost:8457/callback?x=1",
            "http://[::1]:80/cb",
            "https://a.example/cb?x=1",
            "urn:ietf:wg:oauth:2.0:oob",
            "com.example.app:/cb",
            "com.example.app://cb/x",
        ] {
            assert!(checked_redirect(good).is_ok(), "{good}: {:?}", checked_redirect(good));
        }
        for bad in [
            "",
            "localhost:8457",
            "/cb",
            "http://a.example/cb",
            "http://localhost.evil/cb",
            "http:localhost/cb",
            "https:///a.example",
            "https:\\\\a.example",
            "https://u@a.example/cb",
            "https://u:p@a.example/cb",
            "com.example.app://u@x/cb",
            "https://a.example/cb#x",
            "https://a.example/cb#",
            "urn:ietf:wg:oauth:2.0:oob#x",
            "http://localhost:0/",
            "http://localhost/c b",
            " http://localhost/",
            "http://local\nhost/",
            "https://a.example/\u{7f}",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "file:///etc/passwd",
            "data:text/html,x",
            "ftp://localhost/cb",
            "myapp://cb",
        ] {
            assert!(checked_redirect(bad).is_err(), "{bad}");
        }
    }
}
