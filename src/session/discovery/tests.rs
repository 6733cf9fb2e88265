//! The search over the wire, against a small server on this machine.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use url::Url;

use super::registration::NewClient;
use super::resource::{Resource, chosen};
use super::{Discovery, Issuer, Server};
use crate::base::error::{Code, Error, Result};
use crate::base::mutex::lock;
use crate::base::signals::spawn_deaf;
use crate::credential::secrets::ClientSecret;
use crate::http::client::Route;
use crate::http::proxy::Proxy;
use crate::http::tls::Tls;

#[expect(clippy::disallowed_methods, reason = "somebody has to be asked")]
pub(super) fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a port")
}

/// Answers by path, `HERE` in an answer being its own origin; all other paths with 404. Gone with the test process.
struct Web {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Web {
    fn serve(answers: &[(&str, String)]) -> Web {
        let listener = listen();
        let port = listener.local_addr().expect("bound").port();
        let here = format!("http://127.0.0.1:{port}");
        let answers: HashMap<String, String> = answers
            .iter()
            .map(|(path, answer)| ((*path).to_owned(), answer.replace("HERE", &here)))
            .collect();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&seen);
        spawn_deaf(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let request = read(&mut stream);
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                if request.is_empty() {
                    continue;
                }
                lock(&notes).push(request);
                let answer = answers.get(&path).cloned().unwrap_or_else(|| plain(404, "", "no"));
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Web { port, seen }
    }

    fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn paths(&self) -> Vec<String> {
        let path = |request: &String| request.split(' ').nth(1).unwrap_or_default().to_owned();
        lock(&self.seen).iter().map(path).collect()
    }
}

fn read(stream: &mut std::net::TcpStream) -> String {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let (mut came, mut bytes) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut bytes) {
        came.extend_from_slice(&bytes[..count]);
        let text = String::from_utf8_lossy(&came);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_lowercase().split_once("content-length: ").map(|(_, rest)| rest.to_owned());
        let length = length.and_then(|rest| rest.lines().next().and_then(|line| line.parse().ok()));
        if body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    String::from_utf8_lossy(&came).into_owned()
}

fn plain(status: u16, headers: &str, body: &str) -> String {
    // Its own address may take more room than the word for it.
    format!("HTTP/1.1 {status} x\r\nConnection: close\r\n{headers}\r\n{body}")
}

fn json(members: &Value) -> String {
    plain(200, "Content-Type: application/json\r\n", &members.to_string())
}

fn metadata(issuer: &str) -> Value {
    json!({ "issuer": issuer, "token_endpoint": "HERE/token", "authorization_endpoint": "HERE/auth" })
}

/// What is found from `given`, with so much time for all and for each.
fn within<T>(given: &str, all: u64, each: u64, ask: impl FnOnce(&Discovery<'_>) -> Result<T>) -> Result<T> {
    let (tls, proxy) = (Tls::default(), Proxy::None);
    let route = Route {
        tls: &tls,
        proxy: &proxy,
        proxy_auth: None,
        connect: Duration::from_millis(all),
        timeout: Duration::from_millis(each),
    };
    ask(&Discovery::from(Url::parse(given).expect(given), &route, &|_| ()))
}

fn server_of(given: &str, issuer: &str) -> Result<Server> {
    within(given, 20_000, 5_000, |discovery| discovery.server(&Issuer::given(issuer)))
}

fn server(issuer: &str) -> Result<Server> {
    server_of(issuer, issuer)
}

fn resource(url: &str) -> Result<Resource> {
    within(url, 20_000, 5_000, |discovery| {
        let found = discovery.resource();
        assert!(
            !found.as_ref().is_ok_and(|found| found.issuers.is_empty()),
            "there is always somebody to ask"
        );
        found
    })
}

fn told<T>(outcome: Result<T>) -> (Code, String) {
    let error: Error = outcome.err().expect("an error");
    (error.code, error.message())
}

#[test]
fn a_server_is_asked_at_each_place_and_nothing_is_said_to_it() {
    let more =
        json!({ "issuer": "HERE/o", "token_endpoint": "HERE/token", "revocation_endpoint": "HERE/revoke" });
    let web = Web::serve(&[
        ("/o/.well-known/openid-configuration", json(&metadata("HERE/o"))),
        ("/o/.well-known/oauth-authorization-server", json(&more)),
    ]);
    let (here, issuer) = (web.origin(), format!("{}/o", web.origin()));
    let server = server(&issuer).expect("found");
    assert_eq!(server.pinned.issuer, issuer);
    assert_eq!(server.pinned.authorization_endpoint, Some(format!("{here}/auth")));
    assert_eq!(server.pinned.revocation_endpoint, Some(format!("{here}/revoke")));
    assert_eq!(
        web.paths(),
        [
            "/.well-known/oauth-authorization-server/o",
            "/o/.well-known/openid-configuration",
            "/.well-known/openid-configuration/o",
            "/o/.well-known/oauth-authorization-server",
        ]
    );
    for request in lock(&web.seen).iter() {
        let request = request.to_lowercase();
        assert!(
            request.starts_with("get ") && request.contains("\r\naccept: application/json\r\n"),
            "{request}"
        );
        assert!(!request.contains("authorization:") && !request.contains("cookie"), "{request}");
    }
}

#[test]
fn what_is_no_metadata_is_told_by_what_answered() {
    let place = "/.well-known/oauth-authorization-server";
    let large = format!("{{\"issuer\":\"HERE\",\"x\":\"{}\"}}", "x".repeat(300 << 10));
    let lie = json(&metadata("https://b.example"));
    for (answer, code, words) in [
        (
            plain(404, "", ""),
            Code::Config,
            "HERE` does not say where to log in: `HERE/.well-known/oauth-authorization-server` answered with status 404, `HERE/.well-known/openid-configuration` answered with status 404",
        ),
        (plain(200, "", "<!doctype html>"), Code::Config, "answered with a page, not JSON"),
        (plain(200, "", "[]"), Code::Config, "answered with JSON that is not an object"),
        (
            plain(302, "Location: HERE/elsewhere\r\n", ""),
            Code::Refused,
            "answered with a redirect to `HERE/elsewhere`, which is not followed",
        ),
        (plain(307, "Location: http://169.254.169.254/\r\n", ""), Code::Refused, "http://169.254.169.254/"),
        (plain(200, "", &large), Code::Refused, "answered with more than 48 KiB"),
        (plain(200, "Content-Length: 99\r\n", "{\"issuer\":"), Code::Unavailable, "an answer that broke off"),
        (plain(503, "Retry-After: 7\r\n", ""), Code::Unavailable, "answered with status 503"),
        (plain(429, "", ""), Code::RateLimited, "answered with status 429"),
        (lie, Code::Refused, "is of `https://b.example`, not of `HERE`"),
        (
            json(&json!({ "issuer": "HERE", "token_endpoint": "http://b.example/t" })),
            Code::Refused,
            "nothing is sent there",
        ),
        (json(&json!({ "issuer": "HERE" })), Code::Config, "publishes no `token_endpoint`"),
    ] {
        let web = Web::serve(&[(place, answer)]);
        let (found, said) = told(server(&web.origin()));
        let words = words.replace("HERE", &web.origin());
        assert!(found == code && said.contains(&words), "{words}: {} {said}", found.word());
        assert!(!web.paths().contains(&"/elsewhere".to_owned()), "no redirect is followed");
    }
}

#[test]
fn who_does_not_answer_is_waited_for_no_longer_than_the_time_allows() {
    let gone = listen().local_addr().expect("bound").port();
    let (code, words) = told(server(&format!("http://127.0.0.1:{gone}")));
    assert!(code == Code::Unreachable && words.starts_with("cannot connect to `127.0.0.1:"), "{words}");
    // It takes connections and says nothing.
    let silent = listen();
    let issuer = format!("http://{}", silent.local_addr().expect("bound"));
    let begun = Instant::now();
    let ended = within(&issuer, 700, 60_000, |discovery| discovery.server(&Issuer::given(issuer.as_str())));
    let (code, words) = told(ended);
    assert!(code == Code::Unavailable && words.contains("did not answer"), "{words}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn a_resource_tells_of_itself_where_its_challenge_says() {
    let challenge = "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: Bearer scope=\"a b\", resource_metadata=\"HERE/meta\"\r\n";
    let web = Web::serve(&[
        ("/mcp", plain(401, challenge, "")),
        ("/meta", json(&json!({ "resource": "HERE/mcp", "authorization_servers": ["HERE/o"] }))),
        ("/.well-known/oauth-authorization-server/o", json(&metadata("HERE/o"))),
    ]);
    let url = format!("{}/mcp", web.origin());
    let found = resource(&url).expect("found");
    assert_eq!((found.identifier.as_str(), found.scope().as_deref()), (url.as_str(), Some("a b")));
    assert_eq!(web.paths(), ["/mcp", "/meta"]);
    let server =
        within(&url, 20_000, 5_000, |discovery| discovery.server(chosen(&found, None)?)).expect("found");
    assert_eq!(server.pinned.issuer, format!("{}/o", web.origin()));
}

#[test]
fn a_resource_without_challenge_tells_of_itself_at_its_well_known_places() {
    let place = "/.well-known/oauth-protected-resource";
    let of = |resource: &str| json(&json!({ "resource": resource, "authorization_servers": ["HERE"] }));
    let below = format!("{place}/mcp");
    for (at, answer, identifier) in [
        (below.as_str(), of("HERE/mcp"), "HERE/mcp"),
        (place, of("HERE/mcp"), "HERE/mcp"),
        (place, of("HERE/"), "HERE"),
    ] {
        let web = Web::serve(&[("/mcp", plain(405, "", "")), (at, answer)]);
        let found = resource(&format!("{}/mcp", web.origin())).expect("found");
        assert_eq!((found.identifier, found.published), (identifier.replace("HERE", &web.origin()), true));
    }
    let web = Web::serve(&[("/mcp", plain(401, "WWW-Authenticate: Bearer\r\n", ""))]);
    let found = resource(&format!("{}/mcp", web.origin())).expect("its origin");
    assert!(!found.published && chosen(&found, None).is_ok_and(|issuer| issuer.text == web.origin()));
    assert_eq!(web.paths(), ["/mcp", below.as_str(), place]);
}

#[test]
fn a_resource_that_lies_is_refused() {
    let place = "/.well-known/oauth-protected-resource/mcp";
    let pointing = |to: &str| {
        ("/mcp", plain(401, &format!("WWW-Authenticate: Bearer resource_metadata=\"{to}\"\r\n"), ""))
    };
    for (answers, words) in [
        (vec![(place, json(&json!({ "resource": "HERE/other" })))], "is of `HERE/other`, not of `HERE/mcp`"),
        (
            vec![(place, json(&json!({ "resource": "https://b.example/mcp" })))],
            "is of `https://b.example/mcp`",
        ),
        (
            vec![(place, plain(301, "Location: HERE/x\r\n", ""))],
            "a redirect to `HERE/x`, which is not followed",
        ),
        (
            vec![pointing("http://b.example/meta")],
            "`resource_metadata` of `HERE/mcp` is `http://b.example/meta`",
        ),
        (vec![pointing("/meta")], "`resource_metadata` of `HERE/mcp` is `/meta`"),
        (
            vec![pointing("HERE/meta"), ("/meta", plain(302, "Location: HERE/x\r\n", ""))],
            "a redirect to `HERE/x`",
        ),
        (
            vec![(
                place,
                json(&json!({ "resource": "HERE/mcp", "authorization_servers": ["http://b.example"] })),
            )],
            "`authorization_servers` at `HERE/",
        ),
    ] {
        let web = Web::serve(&answers);
        let (code, said) = told(resource(&format!("{}/mcp", web.origin())));
        let words = words.replace("HERE", &web.origin());
        assert!(code == Code::Refused && said.contains(&words), "{words}: {said}");
        assert!(!web.paths().contains(&"/x".to_owned()));
    }
    // What the challenge names is not there.
    let web = Web::serve(&[pointing("HERE/meta")]);
    assert_eq!(told(resource(&format!("{}/mcp", web.origin()))).0, Code::Config);
}

#[test]
fn what_a_public_address_names_never_leads_to_this_machine_whatever_its_name_says() {
    let web = Web::serve(&[("/.well-known/oauth-authorization-server", json(&metadata("HERE")))]);
    // By its own words.
    let (code, words) = told(server_of("https://m.example/mcp", &web.origin()));
    assert!(code == Code::Refused && words.contains("it is not https"), "{words}");
    // By who turns out to be there: a name says nothing, and may say something else the next time.
    let (code, words) = told(super::fetch::tests::peer_of_found(&format!("http://localhost:{}/", web.port)));
    assert!(code == Code::Refused && words.contains("an address of a private network"), "{words}");
    assert_eq!(web.paths(), Vec::<String>::new(), "not a byte");
    // From this machine it may.
    assert!(server(&web.origin()).is_ok());
}

#[test]
fn a_client_registers_itself_once_and_its_secret_shows_nowhere() {
    let got = json!({ "client_id": "c-1", "client_secret": "canary", "token_endpoint_auth_method": "client_secret_post" });
    let of = |answer: String| {
        let mut members = metadata("HERE");
        members["registration_endpoint"] = json!("HERE/register");
        Web::serve(&[("/.well-known/oauth-authorization-server", json(&members)), ("/register", answer)])
    };
    let client = NewClient {
        redirect_uris: vec!["http://127.0.0.1/".into()],
        grants: vec!["authorization_code".into()],
        scope: None,
    };
    let register = |web: &Web| {
        within(&web.origin(), 20_000, 5_000, |discovery| {
            discovery.register(&discovery.server(&Issuer::given(web.origin()))?, &client)
        })
    };
    let web = of(plain(201, "", &got.to_string()));
    let registered = register(&web).expect("a client");
    assert_eq!(registered.client_secret.as_ref().map(ClientSecret::expose), Some("canary"));
    let asked = lock(&web.seen).last().cloned().expect("asked");
    assert!(asked.starts_with("POST /register HTTP/1.1\r\n"), "{asked}");
    let body: Value = serde_json::from_str(asked.split_once("\r\n\r\n").expect("a body").1).expect("JSON");
    assert_eq!(
        (&body["client_name"], &body["redirect_uris"][0]),
        (&json!("tokcli"), &json!("http://127.0.0.1/"))
    );
    // Whoever closes the connection without a word may have registered it: nothing is sent twice.
    let web = of(String::new());
    assert_eq!(told(register(&web)).0, Code::Unavailable);
    assert_eq!(web.paths().iter().filter(|path| *path == "/register").count(), 1);
    let (code, words) = told(register(&of(plain(403, "", ""))));
    assert!(code == Code::Config && words.contains("lets no client register itself"), "{words}");
    let web = Web::serve(&[("/.well-known/oauth-authorization-server", json(&metadata("HERE")))]);
    assert!(told(register(&web)).1.contains("does not register clients automatically"));
}

#[test]
fn origins_that_the_person_did_not_give_are_told() {
    let mut members = metadata("HERE");
    members["token_endpoint"] = json!("https://b.example:8443/t");
    members["revocation_endpoint"] = json!("https://c.example/r");
    members["device_authorization_endpoint"] = json!("https://b.example:8443/d");
    let web = Web::serve(&[("/.well-known/openid-configuration", json(&members))]);
    let new = within(&web.origin(), 20_000, 5_000, |discovery| {
        Ok(discovery.new_origins(&discovery.server(&Issuer::given(web.origin()))?))
    });
    assert_eq!(new.expect("found"), ["https://b.example:8443", "https://c.example"]);
}
