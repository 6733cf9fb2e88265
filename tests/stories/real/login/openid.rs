//! oidc-provider: the code flow by a public and by a confidential client, the device flow, a client that registers itself, and
//! what the server makes of the tokens afterwards.

use serde_json::{Value, json};

use super::{CODE, by_code, ends, lives, logged_in, state};
use crate::login::browser::{get, request};
use crate::login::scene::Waiting;
use crate::real::Kind as _;
use crate::real::openid::OpenId;
use crate::real::person::Person;
use crate::real::scene::{LONG, Scene};
use crate::real::server::ask_json;
use crate::sequence::wait_for;

/// A server where nobody has logged in, and a profile that knows each way to it.
pub fn nobody(kind: OpenId) -> Scene<OpenId> {
    let mut scene = Scene::nobody_counted(kind, LONG);
    let origin = scene.server.place.origin();
    scene.world.add(&addresses(&origin));
    scene
}

pub fn addresses(origin: &str) -> String {
    format!(
        "authorization_url = \"{origin}/auth\"\ndevice_authorization_url = \"{origin}/device/auth\"\n\
         revocation_url = \"{origin}/token/revocation\"\nscope = \"openid\""
    )
}

fn token(answer: &Value, name: &str) -> String {
    answer[name].as_str().expect("a token").to_owned()
}

/// What the server says to somebody else who presents a refresh token: status and error.
fn presented(scene: &Scene<OpenId>, refresh_token: &str) -> (u16, Value) {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    let (status, answer) = scene.kind.post(scene.server.place.port, "/token", &fields);
    (status, answer["error"].clone())
}

fn rotates_and_is_ended_by_a_spent_token(method: &'static str) {
    let scene = nobody(OpenId::of(method));
    by_code(&scene.world, &mut Person::default());
    assert_eq!(scene.relay().requests(), 1);
    let first = scene.relay().last_answer();
    lives(&scene);
    assert_eq!(scene.relay().requests(), 2);
    let second = scene.relay().last_answer();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    // Somebody has the first one.
    assert_eq!(presented(&scene, &token(&first, "refresh_token")), (400, "invalid_grant".into()));
    assert!(!scene.kind.accepts(scene.server.place.port, &token(&second, "access_token")));
    assert_eq!(scene.world.run(&["refresh", "--json"]).exits(4).error()["code"], "login_required");
    by_code(&scene.world, &mut Person::default());
    lives(&scene);
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_public_client_logs_in_by_code() {
    rotates_and_is_ended_by_a_spent_token("none");
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_confidential_client_logs_in_by_code() {
    rotates_and_is_ended_by_a_spent_token("client_secret_basic");
}

/// The server takes no proof without its nonce, and binds even what a public client renews with to the key.
#[test]
#[ignore = "`make test-real` runs it"]
fn tokens_that_are_bound_to_a_key_are_proven_at_each_place() {
    let mut scene = Scene::nobody(OpenId::of("bound"), LONG);
    let port = scene.server.place.port;
    scene.world.add(&addresses(&scene.server.place.origin()));
    by_code(&scene.world, &mut Person::default());
    let first = scene.world.run(&["token", "--json"]).succeeds().object();
    assert_eq!(first["token_type"], "DPoP");
    for _ in 0..2 {
        scene.world.run(&["refresh"]).succeeds().keeps_stderr_empty();
    }
    let token = scene.world.run(&["token"]).succeeds().stdout;
    assert_ne!(first["access_token"], token.trim_end());
    assert!(!scene.kind.accepts(port, token.trim_end()), "it is no bearer token");
    let url = format!("{}/me", scene.server.place.origin());
    let me = |more: &[&str]| {
        let line = [&["header", "--url", &url, "--method", "GET"], more].concat();
        let printed = scene.world.run(&line).succeeds().stdout;
        let headers: Vec<(&str, &str)> = printed.lines().filter_map(|line| line.split_once(": ")).collect();
        request("GET", &url, &headers, "").expect("an answer")
    };
    let challenge = me(&[]).is(401);
    assert_eq!(challenge.json()["error"], "use_dpop_nonce");
    let nonce = challenge.header("dpop-nonce").expect("a nonce");
    assert_eq!(me(&["--nonce", nonce]).is(200).json()["sub"], "alice");
    scene.world.assert_nothing_in_the_clear();
}

#[test]
#[ignore = "`make test-real` runs it"]
fn whoever_cancels_is_believed() {
    let scene = nobody(OpenId::with_pages("none"));
    let mut login = Waiting::of(&scene.world, &CODE);
    let mut person = Person::default();
    let page = person.goes(&login.address());
    let back = person.goes(&format!("{}/abort", page.url)).back();
    assert!(get(&back).is(200).body.contains("Not logged in"));
    let error = login.ends().exits(4).error();
    assert!(error["message"].as_str().expect("text").contains("access_denied"), "{error}");
    assert_eq!((state(&scene.world), scene.relay().requests()), ("none".to_owned(), 0));
}

/// Where the server asks whether this is the device.
fn at_the_device_page(login: &mut Waiting, person: &mut Person) -> crate::real::person::Place {
    let page = person.goes(&login.address());
    let confirm = person.fills(&page, &[]);
    let code = login.event["user_code"].as_str().expect("a code");
    assert!(confirm.page().body.contains(code), "{confirm:?}");
    confirm
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_device_is_approved_elsewhere() {
    let scene = nobody(OpenId::of("none"));
    let mut login = Waiting::of(&scene.world, &["--device"]);
    let mut person = Person::default();
    let confirm = at_the_device_page(&mut login, &mut person);
    let done = person.fills(&confirm, &[]);
    assert!(done.page().body.contains("Sign-in Success"), "{done:?}");
    logged_in(login.ends());
    lives(&scene);
    ends(&scene);
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_device_is_denied_elsewhere() {
    let scene = nobody(OpenId::of("none"));
    let mut login = Waiting::of(&scene.world, &["--device"]);
    let mut person = Person::default();
    let confirm = at_the_device_page(&mut login, &mut person);
    person.fills(&confirm, &[("abort", "yes")]);
    let error = login.ends().exits(4).error();
    assert!(error["message"].as_str().expect("text").contains("access_denied"), "{error}");
    assert_eq!(state(&scene.world), "none");
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_device_code_runs_out() {
    let scene = nobody(OpenId::with_devices("none", 7));
    let mut login = Waiting::of(&scene.world, &["--device"]);
    let address = login.address();
    let ended = login.ends().exits(4).keeps_to(7.0);
    assert_eq!(ended.error()["code"], "login_required");
    assert!(ended.seconds > 4.0 && state(&scene.world) == "none", "{ended:?}");
    // Whoever comes after that second is told so.
    let mut person = Person::default();
    wait_for(|| {
        let page = person.goes(&address);
        !person.fills(&page, &[]).page().body.contains("Confirm Device")
    });
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_logout_leaves_nothing_alive() {
    for method in ["none", "client_secret_post"] {
        let scene = nobody(OpenId::of(method));
        by_code(&scene.world, &mut Person::default());
        lives(&scene);
        let last = scene.relay().last_answer();
        ends(&scene);
        assert_eq!(presented(&scene, &token(&last, "refresh_token")), (400, "invalid_grant".into()));
    }
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_server_that_is_down_takes_nothing_back_and_the_login_stays() {
    let mut scene = nobody(OpenId::of("none"));
    by_code(&scene.world, &mut Person::default());
    let token = scene.world.run(&["token"]).succeeds().stdout;
    scene.server.kill();
    assert_eq!(scene.world.run(&["logout", "--json"]).exits(5).error()["code"], "unreachable");
    scene.world.run(&["token"]).succeeds().prints(&token);
    scene.up();
    lives(&scene);
    ends(&scene);
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_login_whose_answer_was_lost_is_begun_again() {
    let scene = nobody(OpenId::of("none"));
    scene.relay().lose_answer(|| {});
    let mut login = Waiting::of(&scene.world, &CODE);
    let back = Person::default().goes(&login.address()).back();
    assert!(get(&back).is(200).body.contains("Not logged in"));
    assert_eq!(login.ends().exits(8).error()["code"], "no_answer");
    // The server gave it to somebody.
    let given = token(&scene.relay().last_answer(), "access_token");
    assert!(scene.kind.accepts(scene.server.place.port, &given));
    assert_eq!(state(&scene.world), "none");
    by_code(&scene.world, &mut Person::default());
    lives(&scene);
}

/// By RFC 7591, in the story's own words.
#[test]
#[ignore = "`make test-real` runs it"]
fn a_client_that_has_just_been_registered_logs_in() {
    let mut scene = nobody(OpenId::of("none"));
    let wish = json!({
        "redirect_uris": ["http://127.0.0.1/"], "application_type": "native", "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
    });
    let (status, client) = ask_json(scene.server.place.port, "POST", "/reg", &[], &wish);
    assert_eq!(status, 201, "{client}");
    let id = client["client_id"].as_str().expect("an id");
    scene.world.change("client_id = \"none\"", &format!("client_id = \"{id}\""));
    by_code(&scene.world, &mut Person::default());
    lives(&scene);
    ends(&scene);
}

/// RFC 9126, said in a dialect.
const PUSHED: &str = r#"[dialects.oauth2]
extends = "oauth2"
remove = ["logins.authorization_code.authorization.query"]
revocation = {}
[dialects.oauth2.logins.authorization_code]
steps = ["push", "authorization", "authorization_code"]
[dialects.oauth2.logins.authorization_code.authorization.query]
client_id = "{{ client_id }}"
request_uri = "{{ kept.request_uri }}"
[dialects.oauth2.exchanges.push]
like = "refresh"
request.url = "ORIGIN/request"
answer.keep = { request_uri = "/request_uri" }
[dialects.oauth2.exchanges.push.request.form]
response_type = "code"
client_id = "{{ client_id }}"
redirect_uri = "{{ redirect_uri }}"
scope = "{{ scope }}"
state = "{{ state }}"
code_challenge = "{{ code_challenge }}"
code_challenge_method = "S256"
"#;

#[test]
#[ignore = "`make test-real` runs it"]
fn what_is_asked_for_is_pushed_before_the_browser_comes() {
    for method in ["none", "client_secret_basic", "client_secret_post"] {
        let mut scene = nobody(OpenId::of(method));
        let origin = scene.server.place.origin();
        scene.world.add(&PUSHED.replace("ORIGIN", &origin));
        let mut login = Waiting::of(&scene.world, &CODE);
        let address = login.address();
        let (_, query) = address.split_once('?').expect("a query");
        let names: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
        assert_eq!(names, ["client_id", "request_uri"], "{method}");
        let back = Person::default().goes(&address).back();
        get(&back).is(200);
        login.event = Value::Null;
        logged_in(login.ends());
        lives(&scene);
        ends(&scene);
    }
}
