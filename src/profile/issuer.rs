//! A profile that names its server alone (`issuer`): the addresses come from what the server said of itself at the login.
//!
//! The rule that matters: until somebody has asked, such a profile points nowhere, and nothing can be sent.

use std::borrow::Cow;

use url::Url;

use super::Profile;
use super::file::WrittenProfile;
use crate::base::address::checked_issuer;
use crate::base::fault::Fault;
use crate::credential::reading::RenewsWith;
use crate::dialect::schema::Dialect;
use crate::http::client::Peers;

/// Whether an issuer goes with this dialect.
pub(super) fn check(written: &WrittenProfile, dialect: &Dialect) -> Result<(), Fault> {
    let Some(issuer) = &written.issuer else { return Ok(()) };
    let fault = |words: &str| Err(Fault::at(&["issuer"], words));
    if let Err(why) = checked_issuer(issuer) {
        return fault(&why);
    }
    let name = &written.dialect;
    if !dialect.refresh().last().exchange.request.url.uses("token_url") {
        return fault(&format!(
            "the dialect `{name}` itself says where requests go; an issuer works only with one that leaves that to the profile, such as `oauth2`"
        ));
    }
    if dialect.renews_with == RenewsWith::Client && written.token_url.is_none() {
        return fault(&format!(
            "the dialect `{name}` needs no login, and only a login asks an issuer; set `token_url`"
        ));
    }
    Ok(())
}

impl WrittenProfile {
    /// With the addresses that were discovered, but for those that stand in the file.
    pub(super) fn located(&self) -> Cow<'_, WrittenProfile> {
        let Some(found) = &self.discovered else { return Cow::Borrowed(self) };
        let mut located = self.clone();
        located.token_url.get_or_insert_with(|| found.token_endpoint.clone());
        for (own, found) in [
            (&mut located.authorization_url, &found.authorization_endpoint),
            (&mut located.device_authorization_url, &found.device_authorization_endpoint),
            (&mut located.revocation_url, &found.revocation_endpoint),
        ] {
            *own = own.take().or_else(|| found.clone());
        }
        Cow::Owned(located)
    }

    pub(super) fn awaits_discovery(&self) -> bool {
        self.issuer.is_some() && self.token_url.is_none()
    }

    /// Its secrets are for the issuer, wherever that says that it lives, and for the addresses in the file. `None`: there
    /// is no issuer.
    pub(super) fn receivers(&self) -> Option<Vec<String>> {
        let issuer = self.issuer.clone()?;
        let own = [&self.token_url, &self.revocation_url, &self.device_authorization_url];
        let own = own.into_iter().flatten().filter_map(|text| Url::parse(text).ok());
        let mut all = vec![issuer];
        for origin in own.map(|url| url.origin().ascii_serialization()) {
            if !all.contains(&origin) {
                all.push(origin);
            }
        }
        Some(all)
    }
}

impl Profile {
    /// Whether both say the same of where a credential goes. What an issuer says of that is the credential's.
    pub(crate) fn points_where(&self, other: &Profile) -> bool {
        let (own, its) = (&self.binding, &other.binding);
        let by_issuer = self.issuer.is_some() && self.receivers == other.receivers;
        own.client_id == its.client_id
            && self.issuer == other.issuer
            && (by_issuer || own.origins == its.origins)
    }

    pub(crate) fn awaits_discovery(&self) -> bool {
        self.awaits_discovery
    }

    /// Where its requests go its server said itself.
    pub(crate) fn is_discovered(&self) -> bool {
        let said = self.plain.get("token_url");
        self.binding
            .discovered
            .as_ref()
            .is_some_and(|found| said.is_some_and(|url| **url == found.token_endpoint))
    }

    /// Who may answer there, if not anybody: whom a public server names is public too, whatever a name leads to later.
    pub(crate) fn peers(&self, url: &Url) -> Option<Peers> {
        let found = self.binding.discovered.as_deref().filter(|found| !found.in_private)?;
        let own = self.receivers.iter().flatten().filter_map(|text| Url::parse(text).ok());
        let issuer = Url::parse(&found.issuer).ok();
        let given = own.chain(issuer).any(|own| own.origin() == url.origin());
        (!given).then_some(Peers::Public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::discovered::Discovered;
    use crate::dialect::nonces::Nonces;
    use crate::testing::profiles::{profile, profiles};

    const KEYS: &str = "[profiles.a]\ndialect = 'oauth2'\nissuer = 'https://a.example'\nclient_id = 'c'\n";

    fn found() -> Discovered {
        Discovered {
            issuer: "https://a.example".into(),
            token_endpoint: "https://t.example/t".into(),
            authorization_endpoint: Some("https://a.example/auth".into()),
            revocation_endpoint: Some("https://r.example/r".into()),
            client_auth: vec!["client_secret_post".into(), "client_secret_basic".into()],
            ..Discovered::default()
        }
    }

    #[test]
    fn a_profile_that_names_its_issuer_alone_points_nowhere_until_somebody_has_asked() {
        let all = profiles(KEYS).unwrap_or_else(|why| panic!("{why}"));
        let blank = all.get("a").expect("whole");
        assert!(blank.awaits_discovery() && blank.binding.origins.is_empty());
        let step = blank.dialect.refresh().last();
        let draw = Nonces::now().expect("a draw");
        assert!(blank.masked_request(&step, "***", &draw).is_err());
        let found = found();
        let placed = all.with_addresses(&blank, &found).expect("whole");
        assert!(!placed.awaits_discovery());
        assert_eq!(placed.binding.origins, ["https://t.example", "https://r.example"]);
        assert_eq!(placed.binding.discovered.as_deref(), Some(&found));
        let step = placed.dialect.refresh().last();
        let sent = placed.masked_request(&step, "***", &draw).expect("a request");
        assert_eq!(sent.url.as_str(), "https://t.example/t");
        // As if it said another scope, it still knows where it goes.
        let scoped = all.with_scope(&placed, "x").expect("it sends a scope");
        assert_eq!(scoped.binding, placed.binding);
    }

    #[test]
    fn whom_a_public_server_names_is_public() {
        let all = profiles(KEYS).unwrap_or_else(|why| panic!("{why}"));
        let blank = all.get("a").expect("whole");
        let placed = |found: &Discovered| all.with_addresses(&blank, found).expect("whole");
        let only_public = |profile: &Profile, at: &str| {
            profile.peers(&at.parse().expect(at)).is_some_and(|peers| peers == Peers::Public)
        };
        let public = placed(&found());
        assert!(only_public(&public, "https://t.example/t") && !only_public(&public, "https://a.example/x"));
        let inner = placed(&Discovered { in_private: true, ..found() });
        assert!(!only_public(&inner, "https://t.example/t") && !only_public(&blank, "https://t.example/t"));
    }

    #[test]
    fn what_stands_in_the_file_wins() {
        let all = profiles(&format!("{KEYS}token_url = 'https://own.example/t'\n"));
        let all = all.unwrap_or_else(|why| panic!("{why}"));
        let own = all.get("a").expect("whole");
        assert!(!own.awaits_discovery() && own.binding.origins == ["https://own.example"]);
        let placed = all.with_addresses(&own, &found()).expect("whole");
        assert_eq!(placed.binding.origins, ["https://own.example", "https://r.example"]);
    }

    #[test]
    fn its_secrets_are_for_the_issuer_and_shown_in_a_way_that_both_know() {
        let all = profiles(&format!("{KEYS}client_secret.store = true\n"));
        let all = all.unwrap_or_else(|why| panic!("{why}"));
        let blank = all.get("a").expect("whole");
        let placed = all.with_addresses(&blank, &found()).expect("whole");
        assert_eq!(blank.receivers("client_secret"), ["https://a.example"]);
        assert_eq!(placed.receivers("client_secret"), ["https://a.example"]);
        // In the order of the dialect.
        assert_eq!(placed.client_auth_words().next(), Some("client_secret_basic"));
        let only = Discovered { client_auth: vec!["client_secret_post".into()], ..found() };
        let placed = all.with_addresses(&blank, &only).expect("whole");
        assert_eq!(placed.client_auth_words().next(), Some("client_secret_post"));
    }

    #[test]
    fn two_profiles_of_one_credential_have_one_issuer() {
        let b = "[profiles.b]\ndialect = 'oauth2'\naccount = 'a'\nclient_id = 'c'\n";
        for (keys, rival) in [
            ("issuer = 'https://a.example'\n", None),
            ("issuer = 'https://b.example'\n", Some("a")),
            ("token_url = 'https://a.example/t'\n", Some("a")),
            ("issuer = 'https://a.example'\ntoken_url = 'https://b.example/t'\n", Some("a")),
        ] {
            let all = profiles(&format!("{KEYS}{b}{keys}")).unwrap_or_else(|why| panic!("{why}"));
            assert_eq!(all.rival(&all.get("b").expect("whole")).as_deref(), rival, "{keys}");
            let a = all.with_addresses(&all.get("a").expect("whole"), &found()).expect("whole");
            assert_eq!(all.rival(&a).is_some(), rival.is_some(), "{keys}");
        }
    }

    #[test]
    fn an_issuer_goes_only_where_it_means_something() {
        for (keys, why) in [
            ("dialect = 'oauth2'\nissuer = 'http://a.example'", "`profiles.a.issuer`: `http://` sends"),
            (
                "dialect = 'oauth2'\nissuer = 'https://a.example/?x'",
                "`profiles.a.issuer`: an issuer must not have a query",
            ),
            ("dialect = 'canva'\nissuer = 'https://a.example'", "itself says where requests go"),
            ("dialect = 'oauth2-client-credentials'\nissuer = 'https://a.example'", "needs no login"),
        ] {
            let own = "[dialects.own]\nextends = 'oauth2'\nrenews_with = 'client'\nexchanges.refresh.request.form = { grant_type = 'client_credentials' }\n";
            let text = format!("{keys}\nclient_id = 'c'\nclient_secret.env = 'S'\n{own}");
            let is = profile(&text).map(|_| ()).expect_err(keys);
            assert!(is.contains(why), "{is}");
        }
    }
}
