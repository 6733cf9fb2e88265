//! The addresses that a dialect leaves to the profile and a login goes to. A refresh does without them, so a profile is
//! whole without them too: whoever wants to log in is asked for them, and need not have them.

use toml::Table;

use super::file::WrittenProfile;
use super::missing::{Kind, Missing, Read};
use crate::base::error::Result;
use crate::credential::reading::RenewsWith;
use crate::dialect::UserDialects;
use crate::dialect::schema::Dialect;

/// A server that publishes all the others (RFC 8414).
pub(crate) const ISSUER: &str = "issuer";
const ISSUER_IS: &str = "the server's address, if it publishes all others there; otherwise leave empty";

/// Some servers are told for which API a login is.
const BASE: &str = "base_url";
const BASE_IS: &str = "the API that the token is for; the login names it";

/// The key, what it is, and for what login one needs it.
const ADDRESSES: [(&str, &str, &str); 2] = [
    ("authorization_url", "where a browser logs in; empty: nowhere", "a browser"),
    ("device_authorization_url", "where a login on another device begins; empty: nowhere", "another device"),
];

/// What of these `keys` lack, in the order in which it is best asked.
pub(crate) fn missing(dialects: &UserDialects, keys: &Table) -> Result<Vec<Missing>> {
    let Read { written, dialect } = Read::of(dialects, keys)?;
    let mut all = Vec::new();
    if written.issuer.is_none() && takes_issuer(&written, &dialect) {
        all.push(optional(ISSUER, ISSUER_IS));
    }
    if written.issuer.is_none() {
        let wanted = ADDRESSES.into_iter().filter(|(key, ..)| wants(&dialect, key) && !has(&written, key));
        all.extend(wanted.map(|(key, about, _)| optional(key, about)));
    }
    // Where nobody logs in, nobody needs it either.
    if leads_somewhere(keys) && written.base_url.is_none() && wants(&dialect, BASE) {
        all.push(Missing::plain(&[BASE], Kind::Address, BASE_IS));
    }
    Ok(all)
}

/// With which `keys` a login would have where to go, each with what it is for; none, if it has that already or goes elsewhere.
pub(crate) fn ways_in(dialects: &UserDialects, keys: &Table) -> Result<Vec<(&'static str, &'static str)>> {
    let Read { written, dialect } = Read::of(dialects, keys)?;
    let mut wanted = ADDRESSES.into_iter().filter(|(key, ..)| wants(&dialect, key)).peekable();
    if written.issuer.is_some() || wanted.clone().any(|(key, ..)| has(&written, key)) {
        return Ok(Vec::new());
    }
    let issuer = (wanted.peek().is_some() && takes_issuer(&written, &dialect))
        .then_some((ISSUER, "all addresses, where the server publishes them"));
    Ok(wanted.map(|(key, _, with)| (key, with)).chain(issuer).collect())
}

/// Whether a login has somewhere to go that the profile says.
pub(crate) fn leads_somewhere(keys: &Table) -> bool {
    keys.contains_key(ISSUER) || ADDRESSES.iter().any(|(key, ..)| keys.contains_key(*key))
}

/// Whether a server may be named that says where tokens are asked of.
fn takes_issuer(written: &WrittenProfile, dialect: &Dialect) -> bool {
    written.token_url.is_none()
        && dialect.renews_with != RenewsWith::Client
        && dialect.refresh().last().exchange.request.url.uses("token_url")
        && ADDRESSES.iter().any(|(key, ..)| wants(dialect, key))
}

fn wants(dialect: &Dialect, key: &str) -> bool {
    dialect.all_logins().any(|(login, flow)| {
        let visited = login.authorization.as_ref().is_some_and(|it| {
            it.url.needs(key) || it.query.templates().any(|(_, template)| template.needs(key))
        });
        visited || flow.steps().any(|step| step.exchange.request.url.needs(key))
    })
}

fn has(written: &WrittenProfile, key: &str) -> bool {
    match key {
        "authorization_url" => written.authorization_url.is_some(),
        _ => written.device_authorization_url.is_some(),
    }
}

fn optional(key: &str, about: &str) -> Missing {
    Missing { default: Some(String::new()), ..Missing::plain(&[key], Kind::Address, about) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::profiles::profiles;

    /// A vendor whose addresses are all known.
    const FIXED: &str = "[dialects.fixed]\nextends = 'oauth2'\nexchanges.refresh.request.url = 'https://a.example/t'\nexchanges.device_authorization.request.url = 'https://a.example/d'\nlogins = { device_code = {}, authorization_code.authorization.url = 'https://a.example/a' }\n";

    #[test]
    fn only_what_the_profile_says_is_asked_for_and_an_issuer_says_all() {
        let none = profiles(FIXED).unwrap_or_else(|why| panic!("{why}"));
        for (keys, asked, ways) in [
            (
                "dialect = 'oauth2'",
                &["issuer", "authorization_url", "device_authorization_url"][..],
                &["authorization_url", "device_authorization_url", "issuer"][..],
            ),
            (
                "dialect = 'oauth2'\ntoken_url = 'https://a.example'",
                &["authorization_url", "device_authorization_url"],
                &["authorization_url", "device_authorization_url"],
            ),
            (
                "dialect = 'oauth2'\ntoken_url = 'https://a.example'\nauthorization_url = 'https://a.example'",
                &["device_authorization_url"],
                &[],
            ),
            ("dialect = 'oauth2'\nissuer = 'https://a.example'", &[], &[]),
            ("dialect = 'smart-on-fhir'", &["issuer", "authorization_url"], &["authorization_url", "issuer"]),
            ("dialect = 'smart-on-fhir'\nissuer = 'https://a.example'", &["base_url"], &[]),
            ("dialect = 'fixed'", &[], &[]),
            ("dialect = 'oauth2-client-credentials'", &[], &[]),
        ] {
            let keys: Table = keys.parse().expect("TOML");
            let lacking = missing(&none.dialects, &keys).unwrap_or_else(|why| panic!("{keys}: {why}"));
            assert!(lacking.iter().all(|one| one.default.is_some() != (one.name() == "base_url")), "{keys}");
            assert_eq!(lacking.iter().map(Missing::name).collect::<Vec<_>>(), asked, "{keys}");
            let found = ways_in(&none.dialects, &keys).unwrap_or_else(|why| panic!("{keys}: {why}"));
            assert_eq!(found.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ways, "{keys}");
        }
    }
}
