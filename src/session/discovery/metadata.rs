//! The metadata of an authorization server (RFC 8414): read from each place where it lies, checked, and put together.
//!
//! The rule that matters: a document counts only if it is of the issuer that was asked, and of two that differ the one at
//! the place that counts more.

use url::Url;

use super::document::{Document, Missed};
use super::found::{How, Issuer, Start};
use crate::base::error::{Error, Result, config, refused};
use crate::base::redact::vendor_words;
use crate::credential::discovered::Discovered;

/// What an authorization server says of itself.
#[derive(Debug)]
pub(crate) struct Server {
    /// What is kept with the credential. `resource` is for the caller to add.
    pub(crate) pinned: Discovered,
    /// Those of `pinned`.
    endpoints: Vec<Url>,
    /// RFC 7591.
    pub(crate) registration_endpoint: Option<Url>,
    /// `None`: it does not say; so for all lists.
    pub(crate) grants: Option<Vec<String>>,
    /// At the token endpoint.
    pub(crate) client_auth: Option<Vec<String>>,
    pub(crate) scopes: Option<Vec<String>>,
    pkce: Option<Vec<String>>,
    /// It takes authorization requests only if they were pushed before (RFC 9126).
    only_pushed: bool,
    /// What is odd, and does not stand in the way.
    pub(crate) warnings: Vec<String>,
}

const ENDPOINTS: [&str; 5] = [
    "token_endpoint",
    "authorization_endpoint",
    "device_authorization_endpoint",
    "revocation_endpoint",
    "registration_endpoint",
];

impl Server {
    /// `None`: it does not say.
    pub(crate) fn offers(&self, grant: &str) -> Option<bool> {
        self.grants.as_ref().map(|all| all.iter().any(|one| one == grant))
    }

    /// Whether a login by authorization code can work there. `Ok`: what to warn of. Without `S256` in a list that is
    /// given, it would go unprotected; many that give no list know it all the same.
    pub(crate) fn check_code_flow(&self) -> Result<Option<String>> {
        let issuer = &self.pinned.issuer;
        if self.pinned.authorization_endpoint.is_none() {
            return Err(config(format!("`{issuer}` publishes no `authorization_endpoint`")));
        }
        if self.only_pushed {
            let words = "accepts only authorization requests that are pushed to it (RFC 9126), which only a dialect of your own can do";
            return Err(config(format!("`{issuer}` {words}")));
        }
        match &self.pkce {
            None => {
                Ok(Some(format!("`{issuer}` does not say whether it supports PKCE; it is used all the same")))
            }
            Some(all) if all.iter().any(|one| one == "S256") => Ok(None),
            Some(all) => {
                let all = vendor_words(&all.join(" "), &[]);
                let known = if all.is_empty() { "none" } else { &all };
                Err(refused(format!(
                    "`{issuer}` does not support PKCE with S256, without which a login can be stolen (`code_challenge_methods_supported`: {known})"
                )))
            }
        }
    }

    /// Where requests go, registration included.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &Url> {
        self.endpoints.iter().chain(&self.registration_endpoint)
    }
}

/// Nothing was found at any of its places.
pub(super) fn none(issuer: &Issuer, missed: &[(Url, Missed)]) -> Error {
    if let Some(error) = Missed::worse_than_absent(missed) {
        return error;
    }
    let (text, told) = (vendor_words(&issuer.text, &[]), Missed::told(missed));
    let error = config(format!("`{text}` does not say where to log in: {told}"));
    match issuer.how {
        How::Given => error.hint(
            "check the address; a server without metadata is described by `token_url` and `authorization_url`",
        ),
        How::Found | How::Guessed => error,
    }
}

/// `found`: from the place that counts most.
pub(super) fn read(found: Vec<Document>, issuer: &Issuer, start: &Start) -> Result<Server> {
    let (mut own, mut warnings, mut other) = (Vec::new(), Vec::new(), None);
    for document in found {
        match document.text("issuer") {
            Ok(Some(said)) if issuer.is(said) => own.push(document),
            said => {
                let error = issuer.mismatch(said.ok().flatten(), &document.at);
                warnings.push(format!("{}; it is ignored", error.message()));
                other = other.or(Some(error));
            }
        }
    }
    let Some(merged) = merged(own, &mut warnings) else {
        return Err(other.unwrap_or_else(|| refused("there is no metadata")));
    };
    Reader { document: &merged, start }.server(warnings)
}

/// What one place lacks, the next one may have.
fn merged(documents: Vec<Document>, warnings: &mut Vec<String>) -> Option<Document> {
    let mut documents = documents.into_iter();
    let mut merged = documents.next()?;
    for further in documents {
        for name in ENDPOINTS.into_iter().chain(["issuer"]) {
            let both = (merged.member(name), further.member(name));
            if let (Some(one), Some(other)) = both
                && one != other
            {
                warnings.push(format!(
                    "`{name}` at `{}` differs from the one at `{}`, which counts",
                    further.at, merged.at
                ));
            }
        }
        for (name, value) in further.members {
            if !value.is_null() {
                let there = merged.members.entry(name).or_insert(serde_json::Value::Null);
                if there.is_null() {
                    *there = value;
                }
            }
        }
    }
    Some(merged)
}

struct Reader<'a> {
    document: &'a Document,
    start: &'a Start,
}

impl Reader<'_> {
    fn server(&self, mut warnings: Vec<String>) -> Result<Server> {
        let issuer = self.document.text("issuer")?.unwrap_or_default().to_owned();
        let [token, authorization, device, revocation, registration] =
            ENDPOINTS.map(|name| self.endpoint(name));
        let missing = || config(format!("`{issuer}` publishes no `token_endpoint`"));
        let (token, authorization, device) = (token?.ok_or_else(missing)?, authorization?, device?);
        let (revocation, registration) = (revocation?, registration?);
        authorization.as_ref().map_or(Ok(()), |url| check_query(url, &self.document.at))?;
        let text = |url: &Option<Url>| url.as_ref().map(Url::to_string);
        let mut pinned = Discovered {
            issuer,
            resource: None,
            token_endpoint: token.to_string(),
            authorization_endpoint: text(&authorization),
            device_authorization_endpoint: text(&device),
            revocation_endpoint: text(&revocation),
            client_auth: Vec::new(),
            in_private: self.start.is_private(),
            iss_in_answers: self.document.flag("authorization_response_iss_parameter_supported")?,
        };
        let mut list = |name| {
            self.document.list(name).unwrap_or_else(|error| {
                warnings.push(format!("{}; it is ignored", error.message()));
                None
            })
        };
        let client_auth = list("token_endpoint_auth_methods_supported");
        pinned.client_auth = client_auth.clone().unwrap_or_default();
        Ok(Server {
            pinned,
            endpoints: [Some(token), authorization, device, revocation].into_iter().flatten().collect(),
            registration_endpoint: registration,
            grants: list("grant_types_supported"),
            client_auth,
            scopes: list("scopes_supported"),
            pkce: list("code_challenge_methods_supported"),
            only_pushed: self.document.flag("require_pushed_authorization_requests")?,
            warnings,
        })
    }

    fn endpoint(&self, name: &'static str) -> Result<Option<Url>> {
        let text = self.document.text(name)?;
        text.map(|text| self.start.found(text, &format!("`{name}`"), &self.document.at)).transpose()
    }
}

/// Parameters that each login makes or the profile says, and those that would take the place of all of them (RFC 9101).
const OWN: [&str; 10] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "request",
    "request_uri",
];

/// A server that says one of these for its clients would be sent it twice, and may take its own.
fn check_query(url: &Url, at: &Url) -> Result<()> {
    let own = url.query_pairs().find_map(|(name, _)| OWN.iter().find(|own| **own == name));
    own.map_or(Ok(()), |name| {
        Err(refused(format!(
            "`authorization_endpoint` at `{at}` has `{name}` in its query, which each login sets itself"
        )))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::base::error::Code;

    const ISSUER: &str = "https://a.example/o";

    fn document(place: &str, members: Value) -> Document {
        let Value::Object(members) = members else { panic!("an object") };
        Document { at: Url::parse(&format!("https://a.example/{place}")).expect(place), members }
    }

    fn whole() -> Value {
        json!({
            "issuer": ISSUER,
            "token_endpoint": "https://a.example/o/token",
            "authorization_endpoint": "https://a.example/o/auth",
            "code_challenge_methods_supported": ["plain", "S256"],
        })
    }

    fn with(changes: Value) -> Value {
        let (Value::Object(mut members), Value::Object(changes)) = (whole(), changes) else {
            panic!("objects")
        };
        members.extend(changes);
        Value::Object(members)
    }

    fn start(url: &str) -> Start {
        Start::new(Url::parse(url).expect(url))
    }

    fn read_all(documents: Vec<Document>) -> Result<Server> {
        read(documents, &Issuer::given(ISSUER), &start(ISSUER))
    }

    fn read_one(members: Value) -> Result<Server> {
        read_all(vec![document("1", members)])
    }

    fn refusal(changes: Value) -> String {
        let error = read_one(with(changes)).expect_err("refused");
        assert_eq!(error.code, Code::Refused);
        error.message()
    }

    #[test]
    fn what_a_server_says_of_itself_is_read() {
        let server = read_one(with(json!({
            "device_authorization_endpoint": "https://b.example/device",
            "revocation_endpoint": "https://a.example/o/revoke?x=1",
            "registration_endpoint": "https://c.example/register",
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "scopes_supported": ["openid", "offline_access"],
            "token_endpoint_auth_methods_supported": ["none"],
            "authorization_response_iss_parameter_supported": true,
            "jwks_uri": 7,
        })))
        .expect("metadata");
        assert_eq!(
            server.pinned,
            Discovered {
                issuer: ISSUER.into(),
                resource: None,
                token_endpoint: "https://a.example/o/token".into(),
                authorization_endpoint: Some("https://a.example/o/auth".into()),
                device_authorization_endpoint: Some("https://b.example/device".into()),
                revocation_endpoint: Some("https://a.example/o/revoke?x=1".into()),
                client_auth: vec!["none".into()],
                in_private: false,
                iss_in_answers: true,
            }
        );
        assert_eq!(
            server.registration_endpoint.as_ref().map(Url::as_str),
            Some("https://c.example/register")
        );
        assert_eq!((server.offers("refresh_token"), server.offers("x")), (Some(true), Some(false)));
        assert_eq!(server.scopes.as_ref().map(Vec::len), Some(2));
        assert_eq!(server.client_auth.as_deref(), Some(&["none".to_owned()][..]));
        assert_eq!(server.warnings.len(), 0);
        assert_eq!(server.check_code_flow().expect("it works"), None);
        assert_eq!(read_one(whole()).expect("metadata").offers("refresh_token"), None);
    }

    #[test]
    fn a_document_of_another_issuer_is_refused_with_both_names() {
        for other in [
            "https://b.example/o",
            "https://a.example/o/",
            "https://a.example",
            "http://a.example/o",
            "https://A.example/o",
            "https://a.example/o?x",
            "",
        ] {
            let words = refusal(json!({ "issuer": other }));
            assert_eq!(
                words,
                format!("the metadata at `https://a.example/1` is of `{other}`, not of `{ISSUER}`")
            );
        }
        for none in [json!(null), json!(7), json!(["https://a.example/o"])] {
            assert!(refusal(json!({ "issuer": none })).ends_with("does not say whose it is (`issuer`)"));
        }
    }

    #[test]
    fn an_endpoint_that_no_secret_may_go_to_is_refused_by_its_name() {
        for name in ENDPOINTS {
            for bad in [
                "http://a.example/t",
                "http://127.0.0.1/t",
                "https://127.0.0.1/t",
                "https://10.1.2.3/t",
                "https://[::ffff:192.168.0.1]/",
                "https://0.0.0.0/",
                "https://100.64.1.1/",
                "https://localhost/",
                "https://u:p@a.example/t",
                "https://a.example/t#x",
                "https://a.example/\n",
                "/token",
                "",
            ] {
                let words = refusal(json!({ name: bad }));
                assert!(words.starts_with(&format!("`{name}` of `https://a.example/1` is `")), "{words}");
            }
            for bad in [json!(7), json!(["https://a.example/t"]), json!({}), json!(true)] {
                let words = refusal(json!({ name: bad }));
                assert_eq!(words, format!("`{name}` in the metadata at `https://a.example/1` is not text"));
            }
        }
        assert!(
            refusal(json!({ "authorization_response_iss_parameter_supported": "true" }))
                .contains("is not `true`")
        );
    }

    #[test]
    fn this_machine_may_speak_of_itself_without_tls() {
        let issuer = "http://127.0.0.1:9000";
        let members = json!({ "issuer": issuer, "token_endpoint": "http://localhost:9000/t" });
        let found = || vec![document("1", members.clone())];
        assert!(read(found(), &Issuer::given(issuer), &start(issuer)).is_ok());
        assert!(read(found(), &Issuer::given(issuer), &start("https://a.example/mcp")).is_err());
    }

    #[test]
    fn what_one_place_lacks_the_next_one_adds_and_the_first_counts() {
        let further = with(json!({
            "token_endpoint": "https://a.example/other",
            "revocation_endpoint": "https://a.example/o/revoke",
            "code_challenge_methods_supported": ["plain"],
        }));
        let first = with(json!({ "revocation_endpoint": null }));
        let server = read_all(vec![document("1", first), document("2", further)]).expect("metadata");
        assert_eq!(server.pinned.token_endpoint, "https://a.example/o/token");
        assert_eq!(server.pinned.revocation_endpoint.as_deref(), Some("https://a.example/o/revoke"));
        assert!(server.check_code_flow().is_ok());
        assert_eq!(
            server.warnings,
            [
                "`token_endpoint` at `https://a.example/2` differs from the one at `https://a.example/1`, which counts"
            ]
        );
    }

    #[test]
    fn nothing_is_taken_from_a_document_of_somebody_else() {
        let stranger = || {
            document(
                "1",
                json!({ "issuer": "https://b.example", "revocation_endpoint": "https://b.example/r" }),
            )
        };
        let server = read_all(vec![stranger(), document("2", whole())]).expect("metadata");
        assert_eq!((server.pinned.revocation_endpoint, server.warnings.len()), (None, 1));
        assert!(
            server.warnings[0]
                .ends_with("is of `https://b.example`, not of `https://a.example/o`; it is ignored")
        );
        assert_eq!(read_all(vec![stranger(), stranger()]).expect_err("refused").code, Code::Refused);
    }

    #[test]
    fn a_code_flow_needs_its_endpoint_and_pkce_unless_nothing_is_said_of_it() {
        let flow = |changes: Value| read_one(with(changes)).expect("metadata").check_code_flow();
        let told = |changes: Value| flow(changes).map_err(|error| (error.code, error.message()));
        assert_eq!(told(json!({})), Ok(None));
        let unsaid = "`https://a.example/o` does not say whether it supports PKCE; it is used all the same";
        assert_eq!(told(json!({ "code_challenge_methods_supported": null })), Ok(Some(unsaid.into())));
        for list in [json!(["plain"]), json!([]), json!(["s256"])] {
            let told = told(json!({ "code_challenge_methods_supported": list }));
            assert!(matches!(&told, Err((Code::Refused, words)) if words.contains("S256")), "{told:?}");
        }
        let pushed = told(json!({ "require_pushed_authorization_requests": true }));
        assert!(matches!(&pushed, Err((Code::Config, words)) if words.contains("RFC 9126")), "{pushed:?}");
        let none = told(json!({ "authorization_endpoint": null }));
        assert!(matches!(none, Err((Code::Config, words)) if words.contains("authorization_endpoint")));
        let none = read_one(with(json!({ "token_endpoint": null }))).expect_err("none");
        assert_eq!((none.code, none.message().contains("`token_endpoint`")), (Code::Config, true));
    }

    #[test]
    fn a_list_that_is_none_is_told_and_left_aside() {
        let server = read_one(with(json!({ "scopes_supported": "a b", "grant_types_supported": [1] })))
            .expect("metadata");
        assert_eq!((server.scopes, server.grants, server.warnings.len()), (None, None, 2));
    }

    #[test]
    fn an_authorization_address_says_nothing_that_each_login_says() {
        let of = |query: &str| {
            let at = format!("https://a.example/o/auth{query}");
            read_one(with(json!({ "authorization_endpoint": at })))
        };
        for query in ["", "?tenant=1", "?states=1&x=state"] {
            assert!(of(query).is_ok(), "{query}");
        }
        for name in ["state", "redirect_uri", "code_challenge", "client_id", "request_uri", "scope"] {
            let error = of(&format!("?x=1&{name}=CANARY")).expect_err(name);
            let words = error.message();
            assert_eq!(error.code, Code::Refused, "{name}");
            assert!(
                words.starts_with("`authorization_endpoint` at ") && words.contains(&format!("`{name}`")),
                "{words}"
            );
            assert!(!words.contains("CANARY"), "{words}");
        }
    }
}
