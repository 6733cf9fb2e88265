//! The counterparts themselves: what the stand-ins grant to whoever keeps to the documents, refuse to whoever does not,
//! and write down. No tokcli in here.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::browser::{Page, form, get, request, sent_to};
use crate::stand_in::{Consent, Fault, Options, Poll, StandIn, Terms, USER, Vendor, one_time_code};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const BACK: &str = "http://127.0.0.1:4711/";
const STATE: &str = "a-state-of-22-letters-or-more";

fn public() -> StandIn {
    StandIn::start_with(Vendor::OAuth2, Options { oauth2_auth: "none", ..Options::default() })
}

fn authorization(vendor: &StandIn, change: &[(&str, Option<&str>)]) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", vendor.client_id()),
        ("redirect_uri", BACK),
        ("state", STATE),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in change {
        fields.retain(|(known, _)| known != name);
        fields.extend(value.map(|value| (*name, value)));
    }
    format!("{}?{}", vendor.authorization_url(), form(&fields))
}

fn post(url: &str, fields: &[(&str, &str)]) -> Page {
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    request("POST", url, &kind, &form(fields)).expect("an answer")
}

fn redeem(vendor: &StandIn, code: &str, verifier: &str) -> Page {
    post(
        &vendor.token_url(),
        &[
            ("grant_type", "authorization_code"),
            ("client_id", vendor.client_id()),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", verifier),
        ],
    )
}

fn parameter(address: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(address).expect("an address");
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn a_code(vendor: &StandIn) -> String {
    parameter(&sent_to(&authorization(vendor, &[])), "code").expect("a code")
}

fn access(page: &Page) -> String {
    page.json()["access_token"].as_str().expect("a token").to_owned()
}

#[test]
fn a_code_is_good_once_and_what_came_of_it_dies_with_the_second_time() {
    let vendor = public();
    let back = sent_to(&authorization(&vendor, &[]));
    assert!(back.starts_with("http://127.0.0.1:4711/?code="), "{back}");
    assert_eq!(parameter(&back, "state").as_deref(), Some(STATE));
    assert_eq!(parameter(&back, "iss"), Some(vendor.origin()));
    let code = parameter(&back, "code").expect("a code");
    let token = access(&redeem(&vendor, &code, VERIFIER).is(200));
    assert!(vendor.accepts(&token) && vendor.live_logins() == 1 && vendor.departures().is_empty());
    assert_eq!(redeem(&vendor, &code, VERIFIER).is(400).json()["error"], "invalid_grant");
    assert!(!vendor.accepts(&token) && vendor.live_logins() == 0);
    assert_eq!(vendor.departures(), ["a code came again"]);
    vendor.expect_departures();
}

#[test]
fn a_code_goes_to_whoever_asked_for_it_alone_and_in_time() {
    let vendor = public();
    let code = a_code(&vendor);
    redeem(&vendor, &code, &VERIFIER.replace('d', "e")).is(400);
    assert_eq!(vendor.departures(), ["the code_verifier does not belong to the code_challenge"]);
    // Spent all the same.
    redeem(&vendor, &code, VERIFIER).is(400);
    let late = a_code(&vendor);
    vendor.expire_codes();
    redeem(&vendor, &late, VERIFIER).is(400);
    assert_eq!(vendor.departures().len(), 2, "{:?}", vendor.departures());
    redeem(&vendor, "never-given", VERIFIER).is(400);
    assert_eq!(vendor.departures().last().map(String::as_str), Some("a code that was never given"));
    vendor.expect_departures();
}

#[test]
fn an_authorization_request_that_departs_is_refused() {
    let vendor = public();
    for (change, place) in [
        (("redirect_uri", Some("https://thief.example/")), "page"),
        (("redirect_uri", Some("http://127.0.0.1.thief.example:1/")), "page"),
        (("redirect_uri", Some("http://127.0.0.1:4711/elsewhere")), "page"),
        (("client_id", Some("another")), "page"),
        (("response_type", Some("token")), "unsupported_response_type"),
        (("code_challenge_method", Some("plain")), "invalid_request"),
        (("code_challenge", None), "invalid_request"),
        (("code_challenge", Some("short")), "invalid_request"),
        (("state", None), "invalid_request"),
        (("scope", Some("")), "invalid_scope"),
    ] {
        let before = vendor.departures().len();
        let page = get(&authorization(&vendor, &[change]));
        let back = page.header("location").map(str::to_owned);
        match place {
            "page" => assert!(page.status == 400 && back.is_none(), "{change:?}: {page:?}"),
            code => assert_eq!(parameter(&back.expect("back"), "error").as_deref(), Some(code), "{change:?}"),
        }
        assert!(vendor.departures().len() > before, "{change:?}");
    }
    request("POST", &authorization(&vendor, &[]), &[], "").expect("an answer");
    assert!(
        vendor.departures().contains(&"the method is POST, not GET".to_owned()),
        "{:?}",
        vendor.departures()
    );
    vendor.expect_departures();
}

#[test]
fn a_visitor_answers_as_they_were_told() {
    let vendor = public();
    let comes_back = |consent: Consent| {
        vendor.visitors(&[consent]);
        sent_to(&authorization(&vendor, &[]))
    };
    let denied = comes_back(Consent::Denied);
    assert_eq!(parameter(&denied, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&denied, "state").as_deref(), Some(STATE));
    assert_eq!(
        parameter(&comes_back(Consent::Fails("server_error")), "error").as_deref(),
        Some("server_error")
    );
    assert_ne!(parameter(&comes_back(Consent::WrongState), "state").as_deref(), Some(STATE));
    assert_eq!(parameter(&comes_back(Consent::NoState), "state"), None);
    assert_ne!(parameter(&comes_back(Consent::WrongIssuer), "iss"), Some(vendor.origin()));
    assert_eq!(parameter(&comes_back(Consent::NoIssuer), "iss"), None);
    assert_eq!(parameter(&comes_back(Consent::NoCode), "code"), None);
    vendor.visitors(&[Consent::NeverReturns]);
    get(&authorization(&vendor, &[])).is(200);
    // The same request in a second tab is no departure; its state in another request is one.
    assert_ne!(a_code(&vendor), a_code(&vendor));
    assert!(vendor.departures().is_empty(), "{:?}", vendor.departures());
    let other = URL_SAFE_NO_PAD.encode(Sha256::digest("another"));
    sent_to(&authorization(&vendor, &[("code_challenge", Some(&other))]));
    assert!(vendor.departures()[0].contains("a state serves a second"), "{:?}", vendor.departures());
    vendor.expect_departures();
}

#[test]
fn a_device_is_polled_for_no_faster_than_it_was_told() {
    let vendor = public();
    let client = [("client_id", vendor.client_id())];
    let begin = || post(&vendor.device_authorization_url(), &client).is(200).json();
    let poll = |device: &Value| {
        let code = device["device_code"].as_str().expect("a code");
        let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
        post(&vendor.token_url(), &[grant, client[0], ("device_code", code)])
    };
    let device = begin();
    assert_eq!(device["interval"], 1);
    let page = device["verification_uri_complete"].as_str().expect("a page");
    get(page).is(200);
    assert_eq!(poll(&device).is(400).json()["error"], "authorization_pending");
    assert_eq!(poll(&device).is(400).json()["error"], "slow_down");
    assert!(vendor.departures()[0].starts_with("a poll earlier than 1 s"), "{:?}", vendor.departures());
    // Approved by somebody with a browser; each device has an interval of its own.
    let device = begin();
    let page = device["verification_uri_complete"].as_str().expect("a page");
    get(&format!("{page}&answer=yes")).is(200);
    assert!(vendor.accepts(&access(&poll(&device).is(200))));
    vendor.device_terms(Terms { interval: None, expires_in: 0, complete: false });
    let late = begin();
    assert!(late.get("interval").is_none() && late.get("verification_uri_complete").is_none());
    assert_eq!(poll(&late).is(400).json()["error"], "expired_token");
    vendor.device_terms(Terms { interval: Some(0), ..Terms::default() });
    let device = begin();
    vendor.polls(&[Poll::Pending, Poll::Denied]);
    assert_eq!(poll(&device).is(400).json()["error"], "authorization_pending");
    assert_eq!(poll(&device).is(400).json()["error"], "access_denied");
    let device = begin();
    vendor.at_the_device_page(true);
    assert!(vendor.user_codes().is_empty());
    poll(&device).is(200);
    assert_eq!(poll(&device).is(400).json()["error"], "invalid_grant");
    assert_eq!(vendor.departures().last().map(String::as_str), Some("a device code came again"));
    vendor.expect_departures();
}

#[test]
fn grants_without_a_browser_and_the_end_of_what_they_gave() {
    let vendor = StandIn::start_with(
        Vendor::OAuth2,
        Options { oauth2_auth: "client_secret_post", ..Options::default() },
    );
    let client = [("client_id", vendor.client_id()), ("client_secret", vendor.client_secret())];
    let ask = |fields: &[(&str, &str)]| post(&vendor.token_url(), &[&client[..], fields].concat());
    let password = vendor.password();
    let by_password = |word: &str| ask(&[("grant_type", "password"), ("username", USER), ("password", word)]);
    assert_eq!(by_password("wrong").is(400).json()["error"], "invalid_grant");
    let login = by_password(&password).is(200).json();
    let alone = ask(&[("grant_type", "client_credentials")]).is(200).json();
    assert!(alone.get("refresh_token").is_none() && vendor.live_logins() == 1);
    let subject = vendor.subject_token();
    let exchanged = ask(&[
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", &subject),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
    ]);
    assert!(exchanged.is(200).json()["issued_token_type"].is_string());
    let bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    ask(&[("grant_type", bearer), ("assertion", &subject)]).is(200);
    ask(&[("grant_type", bearer), ("assertion", "e30.e30.x")]).is(400);
    let revoke = |fields: &[(&str, &str)]| post(&vendor.revocation_url(), fields);
    let refresh = login["refresh_token"].as_str().expect("a token");
    revoke(&[client[0], ("client_secret", "wrong"), ("token", refresh)]).is(401);
    assert!(vendor.accepts(login["access_token"].as_str().expect("a token")));
    revoke(&[&client[..], &[("token", refresh), ("token_type_hint", "refresh_token")]].concat()).is(200);
    assert!(!vendor.accepts(login["access_token"].as_str().expect("a token")) && vendor.live_logins() == 0);
    revoke(&[&client[..], &[("token", "unknown")]].concat()).is(200);
    vendor.misbehave_at("/revoke", Fault::json(503, ""));
    ask(&[("grant_type", "client_credentials")]).is(200);
    revoke(&[&client[..], &[("token", "unknown")]].concat()).is(503);
    assert_eq!(vendor.revoked(), [refresh, "unknown"]);
    assert!(vendor.departures().is_empty(), "{:?}", vendor.departures());
}

#[test]
fn a_server_says_of_itself_what_is_true_and_otherwise_what_it_is_told_to() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let challenge = get(&vendor.resource_url()).is(401);
    let words = challenge.header("www-authenticate").expect("a challenge");
    let (_, at) = words.split_once("resource_metadata=\"").expect("an address");
    let resource = get(at.trim_end_matches('"')).is(200).json();
    assert_eq!(resource["resource"], vendor.resource_url());
    let issuer = resource["authorization_servers"][0].as_str().expect("one").to_owned();
    let server = get(&format!("{issuer}/.well-known/oauth-authorization-server")).is(200).json();
    assert_eq!(server["issuer"], issuer);
    assert_eq!(server["token_endpoint"], vendor.token_url());
    vendor.lie(|path, mut truth| {
        assert!(path.contains("openid"));
        truth["issuer"] = json!("https://another.example");
        truth
    });
    let lie = get(&format!("{issuer}/.well-known/openid-configuration")).is(200).json();
    assert_eq!(lie["issuer"], "https://another.example");
    let wish = json!({ "redirect_uris": [BACK], "token_endpoint_auth_method": "none", "client_name": "x" });
    let kind = [("Content-Type", "application/json")];
    let register = server["registration_endpoint"].as_str().expect("an address");
    let client = request("POST", register, &kind, &wish.to_string()).expect("an answer").is(201).json();
    let id = client["client_id"].as_str().expect("an id");
    let back = sent_to(&authorization(&vendor, &[("client_id", Some(id))]));
    let code = parameter(&back, "code").expect("a code");
    // The code belongs to the client that registered.
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", id),
        ("code", &code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    post(&vendor.token_url(), &fields).is(200);
    assert!(vendor.departures().is_empty(), "{:?}", vendor.departures());
}

#[test]
fn fbox_locks_an_account_after_three_wrong_passwords() {
    let vendor = StandIn::start(Vendor::Fbox);
    let client = [("client_id", vendor.client_id()), ("client_secret", vendor.client_secret())];
    let scope = ("scope", "openid offline_access fbox email profile");
    let right = vendor.password();
    let log_in = |word: &str| {
        let person = [("username", USER), ("password", word), ("grant_type", "password"), scope];
        post(&vendor.token_url(), &[&client[..], &person].concat())
    };
    assert!(vendor.accepts(&access(&log_in(&right).is(200))));
    for _ in 0..3 {
        let refused = log_in("wrong").is(400).json();
        assert_eq!(refused["error_description"], "invalid_username_or_password");
    }
    log_in(&right).is(400);
    vendor.unlock();
    log_in(&right).is(200);
    let alone = [("scope", "fbox"), ("grant_type", "client_credentials")];
    let alone = post(&vendor.token_url(), &[&client[..], &alone].concat()).is(200).json();
    assert!(alone.get("refresh_token").is_none());
    assert!(vendor.departures().is_empty(), "{:?}", vendor.departures());
}

#[test]
fn babelbird_gives_a_code_to_a_browser_or_to_a_jwt() {
    let vendor = StandIn::start(Vendor::Babelbird);
    let query = form(&[
        ("response_type", "code"),
        ("client_id", vendor.client_id()),
        ("redirect_uri", BACK),
        ("data", STATE),
    ]);
    let back = sent_to(&format!("{}?{query}", vendor.authorization_url()));
    assert_eq!(parameter(&back, "data").as_deref(), Some(STATE));
    assert_eq!(parameter(&back, "iss"), None);
    let shown = STANDARD.encode(format!("{}:{}", vendor.client_id(), vendor.client_secret()));
    let headers = [("Authorization", &*format!("Basic {shown}")), ("Accept", "application/json")];
    let redeem = |code: &str, back: Option<&str>| {
        let mut fields = vec![("grant_type", "authorization_code"), ("code", code)];
        fields.extend(back.map(|back| ("redirect_uri", back)));
        let url = format!("{}/api/token.do?{}", vendor.origin(), form(&fields));
        request("POST", &url, &headers, "").expect("an answer")
    };
    let code = parameter(&back, "code").expect("a code");
    assert!(vendor.accepts(&access(&redeem(&code, Some(BACK)).is(200))));
    let jwt = signed(&json!({ "client_id": vendor.client_id() }), &vendor.jwt_key());
    let by_jwt = |jwt: &str| {
        let query = form(&[("response_type", "code"), ("client_id", vendor.client_id()), ("jwt_token", jwt)]);
        get(&format!("{}/api/authorizeByJWT.do?{query}", vendor.origin()))
    };
    let code = by_jwt(&jwt).is(200).json()["code"].as_str().expect("a code").to_owned();
    redeem(&code, None).is(200);
    by_jwt(&signed(&json!({ "client_id": vendor.client_id() }), "another key")).is(400);
    assert!(vendor.departures().is_empty(), "{:?}", vendor.departures());
    // Spent even though the exchange failed.
    let back = sent_to(&format!("{}?{query}", vendor.authorization_url()));
    let code = parameter(&back, "code").expect("a code");
    redeem(&code, Some("http://127.0.0.1:1/")).is(400);
    redeem(&code, Some(BACK)).is(400);
    vendor.expect_departures();
}

fn signed(claims: &Value, key: &str) -> String {
    use hmac::{Hmac, Mac as _};
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let text = format!("{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any length");
    mac.update(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

#[test]
fn veeam_azure_asks_for_a_code_that_is_good_once() {
    let vendor = StandIn::start(Vendor::VeeamAzure);
    let right = vendor.password();
    let log_in = |more: &[(&str, &str)]| {
        let person = [("grant_type", "Password"), ("username", USER), ("password", &right)];
        post(&vendor.token_url(), &[&person[..], more].concat())
    };
    let first = log_in(&[("short_lived_refresh_token", "true")]).is(200);
    assert_eq!(first.json()["shortLived"], true);
    let bearer = format!("Bearer {}", access(&first));
    let end =
        || request("DELETE", &vendor.token_url(), &[("Authorization", &bearer)], "").expect("an answer");
    end().is(204);
    assert!(!vendor.accepts(&access(&first)) && vendor.live_logins() == 0);
    end().is(401);
    vendor.demand_mfa();
    let half = || log_in(&[]).is(200).json()["mfa_token"].as_str().expect("a token").to_owned();
    let mfa = |token: &str, code: &str| {
        post(&vendor.token_url(), &[("grant_type", "Mfa"), ("mfa_token", token), ("mfa_code", code)])
    };
    let code = one_time_code();
    mfa(&half(), if code == "000000" { "111111" } else { "000000" }).is(401);
    let token = half();
    assert!(vendor.accepts(&access(&mfa(&token, &code).is(200))));
    assert!(vendor.departures().is_empty(), "{:?}", vendor.departures());
    mfa(&half(), &code).is(401);
    mfa(&token, &code).is(401);
    assert_eq!(
        vendor.departures(),
        ["a one-time code came again", "an mfa_token that was never given, or came again"]
    );
    vendor.expect_departures();
}

#[test]
fn huawei_isales_wants_user_and_passwd_and_nothing_else() {
    let vendor = StandIn::start(Vendor::HuaweiIsales);
    let url = format!("{}/rest/isales/v1/openapi/obs/auth/login", vendor.origin());
    let log_in = |body: Value| {
        let kind = [("Content-Type", "application/json")];
        request("POST", &url, &kind, &body.to_string()).expect("an answer")
    };
    let login = log_in(json!({ "user": USER, "passwd": vendor.password() })).is(200).json();
    assert!(vendor.accepts(login["resultData"]["token"].as_str().expect("a token")));
    assert_eq!(log_in(json!({ "user": USER, "passwd": "wrong" })).is(200).json()["result"], "1");
    assert!(vendor.departures().is_empty(), "{:?}", vendor.departures());
    log_in(json!({ "user": USER, "passwd": vendor.password(), "grant_type": "x" })).is(400);
    assert_eq!(vendor.departures().len(), 1);
    vendor.expect_departures();
}
