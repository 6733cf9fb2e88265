//! A client that registers itself (RFC 7591): what it asks for, and what it got.
//!
//! The rule that matters: what the server gave is a secret, all of it but the client's name.

use serde_json::{Map, Value, json};
use url::Url;
use zeroize::Zeroizing;

use super::document::{Document, Missed};
use super::metadata::Server;
use crate::base::error::{Code, Error, Result, config, refused};
use crate::base::redact::vendor_words;
use crate::credential::secrets::ClientSecret;
use crate::http::message::{HttpRequest, Method, Proofs, RawAnswer, Wanted};

/// What a client registers with.
pub(crate) struct NewClient {
    /// Where a browser may come back to; for a login without one, none.
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) grants: Vec<String>,
    pub(crate) scope: Option<String>,
}

/// What it got.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<ClientSecret>,
    /// In seconds since 1970; `None`: never.
    pub(crate) secret_expires_at: Option<i64>,
    /// How the client proves at the token endpoint who it is, in the word of RFC 7591.
    pub(crate) client_auth: String,
}

/// Ways to prove who the client is that a registration can give, from the one that is best kept.
const CLIENT_AUTH: [&str; 3] = ["none", "client_secret_basic", "client_secret_post"];

pub(super) fn request(endpoint: &Url, client: &NewClient, server: &Server) -> Result<HttpRequest> {
    let mut body = json!({
        "client_name": "tokcli",
        "application_type": "native",
        "token_endpoint_auth_method": client_auth(server)?,
        "grant_types": client.grants,
    });
    if !client.redirect_uris.is_empty() {
        body["redirect_uris"] = json!(client.redirect_uris);
        body["response_types"] = json!(["code"]);
    }
    if let Some(scope) = &client.scope {
        body["scope"] = json!(scope);
    }
    let header = |name: &str, value: &str| (name.to_owned(), Zeroizing::new(value.to_owned()));
    Ok(HttpRequest {
        method: Method::default(),
        url: endpoint.clone(),
        headers: vec![header("Content-Type", "application/json"), header("Accept", "application/json")],
        body: Some(Zeroizing::new(body.to_string())),
        wanted: Wanted {
            headers: ["location", "retry-after", "date"].map(str::to_owned).to_vec(),
            body: true,
        },
        proofs: Proofs::default(),
    })
}

/// Where the server does not say, a program on somebody's machine keeps no secret (RFC 8252 section 8.4).
fn client_auth(server: &Server) -> Result<&'static str> {
    let Some(known) = &server.client_auth else { return Ok(CLIENT_AUTH[0]) };
    let found = CLIENT_AUTH.into_iter().find(|one| known.iter().any(|known| known == one));
    found.ok_or_else(|| {
        let (issuer, known) = (&server.pinned.issuer, vendor_words(&known.join(", "), &[]));
        config(format!("`{issuer}` authenticates no client by {}, only by {known}", CLIENT_AUTH.join(", ")))
    })
}

pub(super) fn read(raw: &RawAnswer, endpoint: &Url, client: &NewClient) -> Result<Registered> {
    match raw.status {
        200 | 201 => {}
        // Nobody is let in, or nobody is there.
        401 | 403 | 404 | 405 => {
            let words = format!("`{endpoint}` lets no client register itself (status {})", raw.status);
            return Err(by_hand(words, client));
        }
        _ => return Err(refusal(raw, endpoint)),
    }
    let members = Missed::or_members(raw, &[200, 201]).map_err(|miss| miss.at(endpoint))?;
    let document = Document { at: endpoint.clone(), members };
    registered(&document)
}

fn registered(document: &Document) -> Result<Registered> {
    let at = &document.at;
    let client_id = document.text("client_id")?.unwrap_or_default();
    if client_id.is_empty() || client_id.chars().any(char::is_control) {
        return Err(refused(format!("`{at}` registered a client, and gave no `client_id` that can be used")));
    }
    let client_secret =
        document.text("client_secret")?.filter(|text| !text.is_empty()).map(ClientSecret::new);
    // RFC 7591 section 2: what is not said is the first way that knows a secret.
    let unsaid = if client_secret.is_some() { "client_secret_basic" } else { "none" };
    let client_auth = document.text("token_endpoint_auth_method")?.unwrap_or(unsaid).to_owned();
    if !CLIENT_AUTH.contains(&client_auth.as_str()) {
        let way = vendor_words(&client_auth, &[]);
        return Err(refused(format!("`{at}` registered a client that has to authenticate with `{way}`")));
    }
    if client_auth != "none" && client_secret.is_none() {
        return Err(refused(format!("`{at}` registered a client with a secret, and did not give it")));
    }
    let expires = document.members.get("client_secret_expires_at").and_then(Value::as_i64);
    Ok(Registered {
        client_id: client_id.to_owned(),
        client_secret,
        secret_expires_at: expires.filter(|at| *at > 0),
        client_auth,
    })
}

/// The server's own words, if it has any (RFC 7591 section 3.2.2).
fn refusal(raw: &RawAnswer, endpoint: &Url) -> Error {
    let said: Map<String, Value> = serde_json::from_slice(&raw.body).unwrap_or_default();
    let text = |name| said.get(name).and_then(Value::as_str).map(|text| vendor_words(text, &[]));
    let miss = |raw| Missed::or_members(raw, &[]).err().map(|miss| miss.at(endpoint));
    let Some(code) = text("error").filter(|_| (400..500).contains(&raw.status) && raw.status != 429) else {
        return miss(raw).unwrap_or_else(|| refused(format!("`{endpoint}` registered nothing")));
    };
    let more = text("error_description").map(|words| format!(": {words}")).unwrap_or_default();
    Error::new(Code::Refused, format!("`{endpoint}` does not register this client: `{code}`{more}"))
}

/// The way out where nobody registers by themselves.
pub(super) fn by_hand(words: String, client: &NewClient) -> Error {
    let hint = match client.redirect_uris.first() {
        Some(address) => format!(
            "register a client at the server by hand, a public or native one with the redirect address `{address}`, and write its `client_id` in the profile"
        ),
        None => {
            "register a client at the server by hand, and write its `client_id` in the profile".to_owned()
        }
    };
    config(words).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::super::found::Start;
    use super::*;
    use crate::testing::samples::raw;

    fn server(client_auth: Option<&[&str]>) -> Server {
        let mut members = json!({ "issuer": "https://a.example", "token_endpoint": "https://a.example/t" });
        if let Some(client_auth) = client_auth {
            members["token_endpoint_auth_methods_supported"] = json!(client_auth);
        }
        let Value::Object(members) = members else { unreachable!("an object") };
        let document = Document { at: at(), members };
        super::super::metadata::read(
            vec![document],
            &super::super::Issuer::given("https://a.example"),
            &start(),
        )
        .expect("metadata")
    }

    fn start() -> Start {
        Start::new(Url::parse("https://a.example").expect("one"))
    }

    fn at() -> Url {
        Url::parse("https://a.example/register").expect("one")
    }

    fn client() -> NewClient {
        NewClient {
            redirect_uris: vec!["http://127.0.0.1/".into()],
            grants: vec!["authorization_code".into(), "refresh_token".into()],
            scope: Some("a b".into()),
        }
    }

    fn answered(status: u16, body: &Value) -> Result<Registered> {
        read(&raw(status, &body.to_string()), &at(), &client())
    }

    fn told(status: u16, body: &Value) -> (Code, String, Option<String>) {
        let error = answered(status, body).expect_err("no client");
        (error.code, error.message(), error.hint)
    }

    #[test]
    fn a_client_asks_for_as_little_as_the_server_lets_it() {
        let body = |client: &NewClient, auth: Option<&[&str]>| {
            let request = request(&at(), client, &server(auth)).expect("a request");
            assert_eq!((request.method.word(), request.url.as_str()), ("POST", "https://a.example/register"));
            serde_json::from_str::<Value>(request.body.as_deref().expect("a body")).expect("JSON")
        };
        assert_eq!(
            body(&client(), None),
            json!({
                "client_name": "tokcli",
                "application_type": "native",
                "token_endpoint_auth_method": "none",
                "grant_types": ["authorization_code", "refresh_token"],
                "redirect_uris": ["http://127.0.0.1/"],
                "response_types": ["code"],
                "scope": "a b",
            })
        );
        let device = NewClient { redirect_uris: Vec::new(), grants: vec!["x".into()], scope: None };
        let bare = body(&device, Some(&["client_secret_post", "client_secret_basic"]));
        assert_eq!(
            bare,
            json!({
                "client_name": "tokcli",
                "application_type": "native",
                "token_endpoint_auth_method": "client_secret_basic",
                "grant_types": ["x"],
            })
        );
        let other = request(&at(), &client(), &server(Some(&["private_key_jwt"]))).err().expect("none");
        assert_eq!((other.code, other.message().contains("private_key_jwt")), (Code::Config, true));
    }

    #[test]
    fn what_a_client_got_is_read() {
        let got = answered(201, &json!({ "client_id": "c-1" })).expect("a client");
        assert_eq!((got.client_id.as_str(), got.client_auth.as_str()), ("c-1", "none"));
        assert!(got.client_secret.is_none() && got.secret_expires_at.is_none());
        let got = answered(
            200,
            &json!({
                "client_id": "c-1",
                "client_secret": "canary-1",
                "client_secret_expires_at": 1_800_000_000,
            }),
        )
        .expect("a client");
        assert_eq!(got.client_auth, "client_secret_basic");
        assert_eq!(got.client_secret.as_ref().map(ClientSecret::expose), Some("canary-1"));
        assert_eq!(got.secret_expires_at, Some(1_800_000_000));
        assert!(!format!("{got:?}").contains("canary"), "no secret shows");
        let never = json!({ "client_id": "c", "client_secret": "s", "client_secret_expires_at": 0 });
        assert_eq!(answered(201, &never).expect("a client").secret_expires_at, None);
    }

    #[test]
    fn a_client_that_cannot_be_used_is_refused_without_its_secret() {
        for bad in [
            json!({}),
            json!({ "client_id": "" }),
            json!({ "client_id": 7 }),
            json!({ "client_id": "a\nb", "client_secret": "canary" }),
            json!({ "client_id": "c", "client_secret": ["canary"] }),
            json!({ "client_id": "c", "client_secret": "canary", "token_endpoint_auth_method": "private_key_jwt" }),
            json!({ "client_id": "c", "token_endpoint_auth_method": "client_secret_post" }),
        ] {
            let (code, words, _) = told(201, &bad);
            assert_eq!(code, Code::Refused, "{bad}");
            assert!(!words.contains("canary"), "{words}");
        }
    }

    #[test]
    fn where_nobody_registers_by_themselves_it_is_said_how_to_do_it_by_hand() {
        for status in [401, 403, 404, 405] {
            let (code, words, hint) = told(status, &json!({ "error": "access_denied" }));
            assert_eq!(code, Code::Config);
            assert_eq!(
                words,
                format!("`https://a.example/register` lets no client register itself (status {status})")
            );
            assert!(hint.expect("a way out").contains("redirect address `http://127.0.0.1/`"));
        }
    }

    #[test]
    fn a_refusal_is_told_in_the_servers_words_and_what_may_pass_as_such() {
        let body = json!({ "error": "invalid_redirect_uri", "error_description": "no\u{1b}[2J loopback" });
        assert_eq!(
            told(400, &body),
            (
                Code::Refused,
                "`https://a.example/register` does not register this client: `invalid_redirect_uri`: no?[2J loopback"
                    .into(),
                None
            )
        );
        assert_eq!(told(400, &json!({})).0, Code::Config);
        assert_eq!(told(503, &json!({ "error": "x" })).0, Code::Unavailable);
        assert_eq!(told(429, &json!({ "error": "x" })).0, Code::RateLimited);
        assert_eq!(told(307, &json!({})).0, Code::Refused);
        assert_eq!(told(0, &json!({})).0, Code::Unavailable);
        let page = read(&raw(200, "<html>"), &at(), &client()).expect_err("a page");
        assert_eq!((page.code, page.message().ends_with("a page, not JSON")), (Code::Config, true));
    }
}
