//! What the language of dialects can say beyond one request with a refresh token:
//! clients without a login, tokens that renew themselves, several steps, kept values.

use std::fs;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use httpmock::prelude::*;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::json;

use crate::moments::Traced;
use crate::shim::Shim;
use crate::world::{On, Since, World};

/// A world with one profile `acme` of the dialect `acme`, on the file store.
fn world(server: &MockServer, dialect: &str) -> World {
    let mut world = World::on(On::File);
    world.set("ACME_SECRET", "canary-secret");
    world.add(&format!(
        "[profiles.acme]\ndialect = \"acme\"\nstore = \"file\"\nclient_id = \"app-7\"\nclient_secret = {{ env = \"ACME_SECRET\" }}\nbase_url = \"{}\"\n",
        server.base_url()
    ));
    world.add(dialect);
    world.run(&["config", "check"]).succeeds();
    world
}

const CLIENT: &str = r#"
[dialects.acme]
extends = "oauth2-client-credentials"
exchanges.refresh.request.url = "{{ base_url }}/token"
"#;

#[test]
fn a_client_without_a_login_needs_no_import() {
    for store in [On::File, On::Keyring] {
        let server = MockServer::start();
        let good = server.mock(|when, then| {
            when.method(POST)
                .path("/token")
                .header("Authorization", "Basic YXBwLTc6Y2FuYXJ5LXNlY3JldA==")
                .body("grant_type=client_credentials");
            then.status(200).json_body(json!({ "access_token": "at-1", "expires_in": 3600 }));
        });
        let mut world = World::on(store);
        world.set("ACME_SECRET", "canary-secret");
        world.add(&format!(
            "[profiles.acme]\ndialect = \"acme\"\nstore = \"{}\"\nclient_id = \"app-7\"\nclient_secret = {{ env = \"ACME_SECRET\" }}\nbase_url = \"{}\"\n{CLIENT}",
            store.word(), server.base_url()
        ));
        world.run(&["token", "--offline"]).exits(4).says("nothing is imported");
        world.run_with(&["import"], "rt-canary").exits(3).says("needs no login").says("`tokcli token");
        assert_eq!(good.calls(), 0);
        let object = world.run(&["token", "--json"]).succeeds().object();
        assert_eq!((&object["access_token"], &object["refreshed"]), (&json!("at-1"), &json!(true)));
        world.run(&["token"]).succeeds().prints("at-1\n");
        world.run(&["status"]).succeeds();
        assert_eq!(good.calls(), 1);
        // Forgotten, it is only asked for again.
        world.run(&["logout", "--local"]).succeeds();
        world.run(&["token"]).succeeds().prints("at-1\n");
        assert_eq!(good.calls(), 2);
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn a_client_loses_nothing_by_a_lost_answer_and_is_told_when_it_is_rejected() {
    let server = MockServer::start();
    let world = world(&server, CLIENT);
    let answer = |status: u16, body: &str| {
        let body = body.to_owned();
        server.mock(move |when, then| {
            when.path("/token");
            then.status(status).body(body);
        })
    };
    let mut mock = answer(500, "oops");
    world.run(&["token"]).exits(5).says("status 500; nothing was spent");
    mock.delete();
    let mut mock = answer(200, "<html>");
    world.run(&["refresh"]).exits(5);
    mock.delete();
    world.run(&["logout", "--local"]).succeeds();
    let mut mock = answer(200, "{\"token\":\"at-canary\"}");
    world.run(&["token"]).exits(8).says("no access token at `/access_token`").says("a later run asks again");
    world.run(&["token", "--json"]).exits(8);
    assert_eq!(mock.calls(), 1, "not at once");
    mock.delete();
    world.run(&["logout", "--local"]).succeeds();
    let mut mock = answer(401, "{\"error\":\"invalid_client\"}");
    world.run(&["token"]).exits(3).says("rejected the client").says("client_secret");
    world.run(&["token"]).exits(3).says("remembered");
    assert_eq!(mock.calls(), 1);
    mock.delete();
    // No login would help, whatever the vendor calls it.
    let mut mock = answer(400, "{\"error\":\"invalid_grant\"}");
    world.run(&["refresh"]).exits(3).says("rejected the client");
    mock.delete();
    let _good = answer(200, "{\"access_token\":\"at-2\"}");
    world.run(&["refresh"]).succeeds().prints("at-2\n");
}

#[test]
fn an_access_token_can_renew_itself() {
    let server = MockServer::start();
    let world = world(
        &server,
        r#"
[dialects.acme]
renews_with = "access_token"
[dialects.acme.exchanges.refresh.request]
method = "GET"
url = "{{ base_url }}/refresh"
query = { grant = "refresh", key = "{{ client_id }}", secret = "{{ client_secret }}", access_token = "{{ access_token }}" }
[dialects.acme.exchanges.refresh.answer]
access_token = "/access_token"
access_expires = [{ at = "/expires_in", unit = "seconds" }]
"#,
    );
    world.run_with(&["import"], "at-0").succeeds();
    for (old, new) in [("at-0", "at-1"), ("at-1", "at-2")] {
        let mut mock = server.mock(|when, then| {
            when.method(GET).path("/refresh").query_param("access_token", old);
            then.status(200).json_body(json!({ "access_token": new, "expires_in": 3600 }));
        });
        world.run(&["refresh"]).succeeds().prints(&format!("{new}\n"));
        mock.assert_calls(1);
        mock.delete();
    }
    // What was used up is known, as with any rotation.
    world.run_with(&["import"], "at-0").exits(3).says("already been used");
    world.run(&["token"]).succeeds().prints("at-2\n");
}

#[test]
fn a_success_may_leave_the_token_and_extend_its_life() {
    let server = MockServer::start();
    let world = world(
        &server,
        r#"
[dialects.acme]
renews_with = "access_token"
access_lifetime = "10m"
margin = "1m"
[dialects.acme.exchanges.refresh.request]
url = "{{ base_url }}/alive"
headers.X-Session = "{{ access_token }}"
[dialects.acme.exchanges.refresh.answer]
format = "none"
keeps_access_token = true
[[dialects.acme.exchanges.refresh.refusals]]
is = "login_required"
status = [401]
"#,
    );
    world.run_with(&["import"], "at-0").succeeds();
    let mut alive = server.mock(|when, then| {
        when.method(POST).path("/alive").header("X-Session", "at-0");
        then.status(204);
    });
    let begun = Since::now();
    let object = world.run(&["refresh", "--json"]).succeeds().object();
    assert_eq!(object["access_token"], "at-0");
    // Ten minutes less the margin.
    begun.assert_left(&object["expires_in"], 540);
    alive.assert_calls(1);
    alive.delete();
    server.mock(|when, then| {
        when.path("/alive");
        then.status(401);
    });
    world.run(&["refresh"]).exits(4).says("log in");
}

const STEPS: &str = r#"
[dialects.acme]
steps = ["ticket", "refresh"]
rotation = "unknown"
[dialects.acme.exchanges.ticket.request]
url = "{{ base_url }}/ticket"
form = { refresh_token = "{{ refresh_token }}" }
[dialects.acme.exchanges.ticket.answer]
refresh_token = "/next"
keep = { ticket = { at = "/ticket", secret = true } }
[dialects.acme.exchanges.refresh.request]
url = "{{ base_url }}/token"
json = { ticket = "{{ kept.ticket }}" }
[dialects.acme.exchanges.refresh.answer]
access_token = "/token"
access_expires = [{ at = "/minutes", unit = "minutes" }]
"#;

/// The step that gives a ticket for `old` and makes `new` of it.
fn ticket<'a>(server: &'a MockServer, old: &str, new: &str) -> httpmock::Mock<'a> {
    let (old, new) = (format!("refresh_token={old}"), new.to_owned());
    server.mock(move |when, then| {
        when.method(POST).path("/ticket").body(old);
        then.status(200).json_body(json!({ "ticket": "canary-ticket", "next": new }));
    })
}

#[test]
fn one_step_feeds_the_next_and_what_the_first_gave_is_never_lost() {
    let server = MockServer::start();
    let world = world(&server, STEPS);
    world.run_with(&["import"], "rt-canary-1").succeeds();
    let shown = world.run(&["refresh", "--dry-run"]).succeeds();
    assert!(shown.stdout.contains("/ticket\n") && shown.stdout.contains("{\"ticket\":\"***\"}"), "{shown:?}");
    let shown = world.run(&["refresh", "--dry-run", "--json"]).succeeds().object();
    assert_eq!(shown["steps"].as_array().map(Vec::len), Some(2));

    // The second step fails without a word; the first has rotated.
    let first = ticket(&server, "rt-canary-1", "rt-canary-2");
    let mut broken = server.mock(|when, then| {
        when.path("/token");
        then.status(500);
    });
    world.run(&["token"]).exits(8);
    first.assert_calls(1);
    broken.assert_calls(1);
    broken.delete();
    // The journal has the new refresh token; with the outcome unknown a run must wait, unless it is forced.
    world.run(&["token"]).exits(8).says("has no known outcome");
    assert!(!world.journal().windows(6).any(|window| window == b"canary"));

    // A step that presents nothing to be spent may be asked again at once.
    let mut world = self::world(&server, &STEPS.replace("rotation = \"unknown\"", "rotation = \"strict\""));
    world.run_with(&["import"], "rt-canary-5").succeeds();
    let mut first = ticket(&server, "rt-canary-5", "rt-canary-6");
    let mut broken = server.mock(|when, then| {
        when.path("/token");
        then.status(503);
    });
    world.run(&["token"]).exits(5).says("not available");
    first.assert_calls(1);
    broken.assert_calls(1);
    first.delete();
    broken.delete();
    let second = ticket(&server, "rt-canary-6", "rt-canary-7");
    let token = server.mock(|when, then| {
        when.method(POST).path("/token").json_body(json!({ "ticket": "canary-ticket" }));
        then.status(200).json_body(json!({ "token": "at-1", "minutes": 30 }));
    });
    // The 5 s are over, in which an unavailable server is left alone.
    Shim::build(&world).later(&mut world, 60);
    let begun = Since::now();
    let object = world.run(&["token", "--json"]).succeeds().object();
    assert_eq!((&object["access_token"], &object["extra"]), (&json!("at-1"), &json!(null)));
    begun.assert_left(&object["expires_in"], 1_800);
    second.assert_calls(1);
    token.assert_calls(1);
    world.assert_nothing_in_the_clear();
}

fn second_step(server: &MockServer) -> httpmock::Mock<'_> {
    server.mock(|when, then| {
        when.path("/token");
        then.status(200).json_body(json!({ "token": "at-1", "minutes": 30 }));
    })
}

#[test]
fn a_chain_killed_between_its_steps_goes_on_with_the_newest_refresh_token() {
    let start = |server: &MockServer| {
        let world = world(server, &STEPS.replace("\"unknown\"", "\"strict\""));
        world.run_with(&["import"], "rt-canary-1").succeeds();
        world
    };
    // The second connection is the second step's: found in a run of its own.
    let server = MockServer::start();
    let (_first, _token) = (ticket(&server, "rt-canary-1", "rt-canary-2"), second_step(&server));
    let calls = start(&server).calls(&["refresh"]);
    let to_the_server = |call: &&Traced| call.name == "connect" && call.text.contains("sa_family=AF_INET,");
    let second = calls.iter().filter(to_the_server).nth(1).expect("two steps").nth;
    let server = MockServer::start();
    let world = start(&server);
    let (mut first, token) = (ticket(&server, "rt-canary-1", "rt-canary-2"), second_step(&server));
    world.run_injected(&format!("connect:signal=SIGKILL:when={second}"), &["refresh"]);
    first.assert_calls(1);
    token.assert_calls(0);
    first.delete();
    let second = ticket(&server, "rt-canary-2", "rt-canary-3");
    world.run(&["refresh"]).succeeds().prints("at-1\n");
    second.assert_calls(1);
    token.assert_calls(1);
}

#[test]
fn a_refused_step_leaves_what_was_open_before_as_it_was() {
    let server = MockServer::start();
    let dialect = r#"
[dialects.acme]
steps = ["nonce", "refresh"]
replay = "never"
[dialects.acme.exchanges.nonce]
request.url = "{{ base_url }}/nonce"
answer.keep = { nonce = { at = "/nonce", secret = true } }
refusals = [{ is = "client_rejected", status = [401] }]
[dialects.acme.exchanges.refresh]
request.url = "{{ base_url }}/token"
request.form = { refresh_token = "{{ refresh_token }}", nonce = "{{ kept.nonce }}" }
answer.access_token = "/token"
"#;
    let world = world(&server, dialect);
    world.run_with(&["import"], "rt-canary-1").succeeds();
    let answer = |path: &str, status: u16, body: &str| {
        let (path, body) = (path.to_owned(), body.to_owned());
        server.mock(move |when, then| {
            when.path(path);
            then.status(status).body(body);
        })
    };
    let token = answer("/token", 500, "oops");
    // A step that presents nothing may fail as it likes.
    for (status, body, exit) in [(401, "{}", 3), (200, "{}", 8)] {
        let mut nonce = answer("/nonce", status, body);
        world.run(&["refresh"]).exits(exit);
        nonce.delete();
        assert_eq!(token.calls(), 0);
    }
    let mut nonce = answer("/nonce", 200, "{\"nonce\":\"canary-nonce\"}");
    world.run(&["refresh"]).exits(8).says("nothing more is sent automatically");
    token.assert_calls(1);
    world.run(&["refresh"]).exits(8).says("could end the session");
    nonce.delete();
    // Not even a refusal of the first step makes the token as good as new.
    let nonce = answer("/nonce", 401, "{}");
    world.run(&["refresh"]).exits(8);
    nonce.assert_calls(0);
    token.assert_calls(1);
}

#[test]
fn a_refusal_goes_before_a_success_that_holds_nothing() {
    let server = MockServer::start();
    let world = world(
        &server,
        r#"
[dialects.acme]
renews_with = "access_token"
[dialects.acme.exchanges.refresh]
request.url = "{{ base_url }}/alive"
request.headers.X-Session = "{{ access_token }}"
answer.keeps_access_token = true
refusals = [{ is = "login_required", tests = [{ at = "/code", equals = 401 }] }]
"#,
    );
    world.run_with(&["import"], "at-0").succeeds();
    let mut mock = server.mock(|when, then| {
        when.path("/alive");
        then.status(200).body("{\"code\":401}");
    });
    world.run(&["refresh"]).exits(4);
    mock.delete();
    server.mock(|when, then| {
        when.path("/alive");
        then.status(200).body("{\"code\":0}");
    });
    world.run(&["refresh"]).succeeds().prints("at-0\n");
}

#[test]
fn a_token_in_a_header_is_saved_whatever_becomes_of_the_body() {
    let server = MockServer::start();
    let world = world(
        &server,
        r#"
[dialects.acme]
[dialects.acme.exchanges.refresh]
request.url = "{{ base_url }}/token"
request.headers.X-Refresh = "{{ refresh_token }}"
answer.format = "none"
answer.access_token = { header = "X-Access" }
answer.refresh_token = { header = "X-Refresh" }
"#,
    );
    world.run_with(&["import"], "rt-canary-1").succeeds();
    let page = server.mock(|when, then| {
        when.path("/token").header("X-Refresh", "rt-canary-1");
        then.status(200)
            .header("X-Access", "at-1")
            .header("X-Refresh", "rt-canary-2")
            .body("x".repeat(200_000));
    });
    world.run(&["refresh"]).succeeds().prints("at-1\n");
    page.assert_calls(1);
    let next = server.mock(|when, then| {
        when.path("/token").header("X-Refresh", "rt-canary-2");
        then.status(200).header("X-Access", "at-2");
    });
    world.run(&["refresh"]).succeeds().prints("at-2\n");
    next.assert_calls(1);
}

#[test]
fn kept_values_are_shown_used_again_and_secret_if_they_are() {
    let server = MockServer::start();
    let world = world(
        &server,
        r#"
[dialects.acme]
extends = "oauth2"
[dialects.acme.exchanges.refresh.request]
url = "{{ base_url }}/token"
client_auth = []
headers.X-Device = "{{ kept.device }}"
headers.X-Shard = "{{ kept.shard | default('none') }}"
[dialects.acme.exchanges.refresh.answer]
account = "/user/id"
keep = { api = "/api", shard = { header = "X-Shard" }, device = { at = "/device", secret = true } }
"#,
    );
    world.run_with(&["import"], "rt-canary-1").succeeds();
    let answer = |shard: &str, user: u32| {
        let body = json!({ "access_token": "at-1", "expires_in": 3600, "api": "https://eu.api.example", "device": "canary-device", "user": { "id": user } });
        let shard = shard.to_owned();
        (body, shard)
    };
    let (body, shard) = answer("s-1", 7);
    let mut first = server.mock(|when, then| {
        when.path("/token").header("X-Shard", "none").is_true(|request| {
            !request.headers_vec().iter().any(|(name, _)| name.eq_ignore_ascii_case("x-device"))
        });
        then.status(200).header("X-Shard", shard).json_body(body);
    });
    let object = world.run(&["refresh", "--json"]).succeeds().object();
    assert_eq!(object["extra"], json!({ "api": "https://eu.api.example", "shard": "s-1" }));
    assert_eq!(object["warnings"], json!([]));
    first.assert_calls(1);
    first.delete();
    // Also of the copy in the cache.
    assert_eq!(world.run(&["token", "--json"]).succeeds().object()["extra"]["shard"], "s-1");
    let (body, shard) = answer("s-2", 8);
    let second = server.mock(|when, then| {
        when.path("/token").header("X-Shard", "s-1").header("X-Device", "canary-device");
        then.status(200).header("X-Shard", shard).json_body(body);
    });
    let object = world.run(&["refresh", "--json"]).succeeds().object();
    second.assert_calls(1);
    assert_eq!(object["extra"]["shard"], "s-2");
    assert_eq!(object["warnings"], json!(["the vendor's answer is for another account than before"]));
    world.assert_nothing_in_the_clear();
}

#[test]
fn an_imported_answer_is_kept_like_any_other() {
    let server = MockServer::start();
    let world = world(
        &server,
        r#"
[dialects.acme]
extends = "oauth2"
[dialects.acme.exchanges.refresh.request]
url = "{{ base_url }}/token"
[dialects.acme.exchanges.refresh.answer]
format = ["json", "form"]
keep = { shop = "/shop" }
"#,
    );
    for answer in [
        "access_token=at-1&refresh_token=rt-canary-1&shop=s-1",
        "{\"access_token\":\"at-2\",\"refresh_token\":\"rt-canary-2\",\"shop\":7}",
    ] {
        world.run_with(&["import", "--answer", "--obtained-at", "now", "--replace"], answer).succeeds();
        let object = world.run(&["token", "--json"]).succeeds().object();
        let shop = if answer.starts_with('{') { "7" } else { "s-1" };
        assert_eq!(object["extra"], json!({ "shop": shop }));
    }
    world.run_with(&["import", "--answer", "--replace"], "canary, no answer at all").exits(3);
    // Tokens that stand in headers come with the head of the answer.
    let dialect = "[dialects.acme]\nextends = \"oauth2\"\n[dialects.acme.exchanges.refresh]\nrequest.url = \"{{ base_url }}/token\"\nanswer.format = \"none\"\nanswer.access_token = { header = \"X-Access\" }\nanswer.refresh_token = { header = \"X-Refresh\" }\n";
    let world = self::world(&server, dialect);
    let head = "HTTP/1.1 204 No Content\r\nX-Access: at-9\r\nx-refresh: rt-canary-9\r\n\r\n";
    world.run_with(&["import", "--answer", "--obtained-at", "now"], head).succeeds();
    world.run(&["token"]).succeeds().prints("at-9\n");
}

#[test]
fn an_address_from_an_answer_leads_only_to_listed_hosts() {
    let (server, elsewhere) = (MockServer::start(), MockServer::start());
    let dialect = r#"
[dialects.acme]
steps = ["where", "refresh"]
hosts = ["127.0.0.1"]
[dialects.acme.exchanges.where.request]
method = "GET"
url = "{{ base_url }}/where"
[dialects.acme.exchanges.where.answer]
keep = { host = "/host" }
[dialects.acme.exchanges.refresh.request]
url = "{{ 'http://' ~ kept.host }}/token"
form.refresh_token = "{{ refresh_token }}"
[dialects.acme.exchanges.refresh.answer]
access_token = "/access_token"
"#;
    let world = world(&server, dialect);
    world.run_with(&["import"], "rt-canary-1").succeeds();
    let token = elsewhere.mock(|when, then| {
        when.method(POST).path("/token").body("refresh_token=rt-canary-1");
        then.status(200).json_body(json!({ "access_token": "at-1" }));
    });
    for (host, exit) in [
        (format!("localhost:{}", elsewhere.port()), 3),
        ("evil.example".to_owned(), 3),
        (format!("evil.example@127.0.0.1:{}", elsewhere.port()), 3),
        (format!("127.0.0.1:{}", elsewhere.port()), 0),
    ] {
        let mut first = server.mock(|when, then| {
            when.path("/where");
            then.status(200).json_body(json!({ "host": host }));
        });
        world.run(&["refresh"]).exits(exit);
        assert_eq!(token.calls(), usize::from(exit == 0), "{host}");
        first.delete();
    }
}

#[test]
fn an_answer_that_the_dialect_could_not_read_is_there_once_it_can() {
    let server = MockServer::start();
    let dialect = "[dialects.acme]\nextends = \"oauth2\"\nexchanges.refresh.request.url = \"{{ base_url }}/token\"\nexchanges.refresh.answer.access_token = \"/data/token\"\nexchanges.refresh.answer.refresh_token = \"/data/refresh\"\n";
    let mut world = world(&server, dialect);
    world.run_with(&["import"], "rt-canary-1").succeeds();
    let mut token = server.mock(|when, then| {
        when.path("/token");
        then.status(200).json_body(json!({ "result": { "token": "at-1", "refresh": "rt-canary-2" } }));
    });
    world.run(&["token"]).exits(8).says("/data/token").says("/result/token");
    world.run(&["token"]).exits(8);
    let found = world.run(&["recover", "-p", "acme"]).succeeds();
    assert!(found.stdout.contains("/result/token: string of 4 characters"), "{found:?}");
    world.change("/data/token", "/result/token");
    world.change("/data/refresh", "/result/refresh");
    world
        .run(&["recover", "-p", "acme"])
        .succeeds()
        .prints("acme: an answer that had been left sealed was read and stored\n");
    world.run(&["token"]).succeeds().prints("at-1\n");
    token.assert_calls(1);
    token.delete();
    // And its new refresh token is the one that is used from now on.
    let next = server.mock(|when, then| {
        when.path("/token").body_includes("rt-canary-2");
        then.status(200).json_body(json!({ "result": { "token": "at-2", "refresh": "rt-canary-3" } }));
    });
    world.run(&["refresh"]).succeeds().prints("at-2\n");
    next.assert_calls(1);
}

#[test]
fn answers_in_other_formats_headers_and_cookies_are_read() {
    let server = MockServer::start();
    for (answer, status, headers, body) in [
        (
            "format = \"form\"\naccess_token = \"/access_token\"",
            200,
            vec![],
            "access_token=at-1&expires_in=5",
        ),
        (
            "format = \"text\"\naccess_token = { at = \"/text\", strip = \"Bearer \" }",
            200,
            vec![],
            "bearer at-1\n",
        ),
        (
            "format = \"xml\"\naccess_token = \"/Envelope/Token\"",
            200,
            vec![],
            "<s:Envelope xmlns:s='x'><Token>at-1</Token></s:Envelope>",
        ),
        (
            "format = \"none\"\naccess_token = { header = \"X-Subject-Token\" }",
            201,
            vec![("X-Subject-Token", "at-1")],
            "ignored",
        ),
        (
            "format = \"none\"\naccess_token = { cookie = \"sid\" }",
            200,
            vec![("Set-Cookie", "sid=at-1; Path=/; HttpOnly")],
            "",
        ),
        ("format = [\"json\", \"form\"]\naccess_token = \"/t\"", 200, vec![], "t=at-1"),
        ("format = \"json_within\"\naccess_token = \"/t\"", 200, vec![], "callback({\"t\":\"at-1\"});"),
        ("ignore_case = true\naccess_token = \"/accesstoken\"", 200, vec![], "{\"AccessToken\":\"at-1\"}"),
        ("access_token = \"/data/token\"", 200, vec![], "{\"data\":\"{\\\"token\\\":\\\"at-1\\\"}\"}"),
    ] {
        let dialect = format!(
            "[dialects.acme]\nrenews_with = \"client\"\n[dialects.acme.exchanges.refresh.request]\nurl = \"{{{{ base_url }}}}/token\"\nform = {{ id = \"{{{{ client_id }}}}\", key = \"{{{{ client_secret }}}}\" }}\n[dialects.acme.exchanges.refresh.answer]\n{answer}\n"
        );
        let world = world(&server, &dialect);
        let mut mock = server.mock(|when, then| {
            when.path("/token").body("id=app-7&key=canary-secret");
            let then =
                headers.iter().fold(then.status(status), |then, (name, value)| then.header(*name, *value));
            then.body(body);
        });
        world.run(&["token"]).succeeds().prints("at-1\n");
        mock.delete();
    }
}

#[test]
fn a_vendor_says_in_its_own_way_how_long_to_wait() {
    let server = MockServer::start();
    let world = world(
        &server,
        &format!(
            "{CLIENT}exchanges.refresh.answer.retry_after = [{{ header = \"X-Rate-Reset\", unit = \"epoch_seconds\" }}, {{ at = \"/wait\", unit = \"milliseconds\" }}]\n"
        ),
    );
    let mut mock = server.mock(|when, then| {
        when.path("/token");
        then.status(429).json_body(json!({ "wait": 90_000 }));
    });
    let error = world.run(&["token", "--json"]).exits(5).error();
    assert_eq!(error["retry_after"], 90);
    mock.delete();
    world.run(&["logout", "--local"]).succeeds();
    let (reset, begun) = (jiff::Timestamp::now().as_second() + 1_000, Since::now());
    server.mock(|when, then| {
        when.path("/token");
        then.status(429).header("X-Rate-Reset", reset.to_string());
    });
    let error = world.run(&["token", "--json"]).exits(5).error();
    begun.assert_left(&error["retry_after"], 1_000);
}

#[test]
fn a_client_known_by_its_certificate_names_itself_and_must_have_one() {
    let profile = "[profiles.acme]\ndialect = \"oauth2-client-credentials\"\nstore = \"file\"\nclient_id = \"app-7\"\ntoken_url = \"https://a.example/t\"\n";
    for method in ["tls_client_auth", "self_signed_tls_client_auth"] {
        let mut world = World::on(On::File);
        world.add(&format!("{profile}client_auth = \"{method}\""));
        world.run(&["token"]).exits(3).says("mutual TLS").says("tls.client_cert");
        world.add("tls = { client_cert = \"a.pem\", client_key = \"a.key\" }");
        let shown = world.run(&["refresh", "--dry-run"]).succeeds();
        assert!(shown.stdout.ends_with("\n\ngrant_type=client_credentials&client_id=app-7\n"), "{shown:?}");
    }
}

#[test]
fn a_client_signs_its_own_assertion() {
    let server = MockServer::start();
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
    let mut world = World::on(On::File);
    world.write("key.secret", &key.serialize_pem());
    world.add(&format!(
        "[profiles.acme]\ndialect = \"acme\"\nstore = \"file\"\nclient_id = \"app-7\"\nprivate_key = {{ file = \"key.secret\" }}\nkey_id = \"k-1\"\nbase_url = \"{}\"\n{CLIENT}",
        server.base_url()
    ));
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let record = std::sync::Arc::clone(&seen);
    server.mock(move |when, then| {
        when.path("/token").is_true(move |request| {
            record.lock().expect("whole").push(request.body_string());
            true
        });
        then.status(200).json_body(json!({ "access_token": "at-1" }));
    });
    world.run(&["token"]).succeeds().prints("at-1\n");
    let body = seen.lock().expect("whole").last().expect("a request").clone();
    let form: std::collections::BTreeMap<String, String> =
        url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let parts: Vec<&str> = form["client_assertion"].split('.').collect();
    let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
    let header: serde_json::Value = serde_json::from_slice(&decode(parts[0])).expect("JSON");
    let claims: serde_json::Value = serde_json::from_slice(&decode(parts[1])).expect("JSON");
    assert_eq!((&header["alg"], &header["kid"]), (&json!("ES256"), &json!("k-1")));
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("app-7"), &json!("app-7")));
    assert_eq!(claims["aud"], format!("{}/token", server.base_url()));
    assert_eq!(claims["exp"].as_i64().expect("a time") - claims["iat"].as_i64().expect("a time"), 300);
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key_raw());
    let signed = format!("{}.{}", parts[0], parts[1]);
    public.verify(signed.as_bytes(), &decode(parts[2])).expect("a good signature");
    // A key that is none is said to be so, and nothing is sent.
    let sent = seen.lock().expect("whole").len();
    world.write("key.secret", "canary-no-key");
    world.run(&["refresh"]).exits(3).says("private key");
    fs::write(
        world.path().join("key.secret"),
        "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n",
    )
    .expect("written");
    world.run(&["refresh"]).exits(3).says("private key");
    assert_eq!(seen.lock().expect("whole").len(), sent);
}

/// What is sent without a body, in JSON, or in the query, each by one line on top of the same base.
#[test]
fn a_form_goes_where_one_line_says() {
    for (lines, request) in [
        (
            "form_in = \"query\"\nclient_auth = \"client_secret_query\"",
            "POST /token?grant_type=refresh_token&refresh_token=rt-canary&client_id=app-7&client_secret=canary-secret\n\n",
        ),
        (
            "method = \"GET\"\nform_in = \"query\"\nclient_auth = \"none\"",
            "GET /token?grant_type=refresh_token&refresh_token=rt-canary&client_id=app-7\n\n",
        ),
        (
            "form_in = \"json\"\nclient_auth = \"client_secret_post\"",
            "POST /token\napplication/json\n{\"grant_type\":\"refresh_token\",\"refresh_token\":\"rt-canary\",\"client_id\":\"app-7\",\"client_secret\":\"canary-secret\"}",
        ),
        (
            "form = {}\nclient_auth = []\nquery = { code = \"{{ refresh_token }}\" }",
            "POST /token?code=rt-canary\n\n",
        ),
    ] {
        let server = MockServer::start();
        let seen = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
        let record = std::sync::Arc::clone(&seen);
        server.mock(move |when, then| {
            when.is_true(move |request| {
                let kind =
                    request.headers().get("content-type").map(|kind| kind.to_str().expect("text").to_owned());
                let line =
                    format!("{} {}", request.method(), request.uri().path_and_query().expect("a path"));
                *record.lock().expect("whole") =
                    format!("{line}\n{}\n{}", kind.unwrap_or_default(), request.body_string());
                true
            });
            then.status(200).json_body(json!({ "access_token": "at-1" }));
        });
        let dialect = format!(
            "[dialects.acme]\nextends = \"oauth2\"\n[dialects.acme.exchanges.refresh.request]\nurl = \"{{{{ base_url }}}}/token\"\n{lines}\n"
        );
        let world = world(&server, &dialect);
        world.run_with(&["import"], "rt-canary").succeeds();
        world.run(&["refresh"]).succeeds().prints("at-1\n");
        assert_eq!(*seen.lock().expect("whole"), request, "{lines}");
    }
}

#[test]
fn a_dry_run_shows_names_and_structure_of_what_is_made_of_secrets() {
    let server = MockServer::start();
    let dialect = r#"
[dialects.acme]
extends = "oauth2"
[dialects.acme.exchanges.refresh.request]
url = "{{ base_url }}/token"
client_auth = []
headers.Authorization = "Sig keyId=\"{{ client_id }}\",sig=\"{{ request.body | hmac_sha256(client_secret) | base64 }}\""
headers.X-Login = "Basic {{ (client_id ~ ':' ~ client_secret) | base64 }}"
query.sign = "{{ request.path | hmac_sha256(client_secret) | hex }}"
query.v = 2
repeats = "client_secret"
body = "<login><t>{{ refresh_token }}</t><digest>{{ client_secret | sha256 | hex }}</digest><n>1</n></login>"
"#;
    let world = world(&server, dialect);
    let shown = world.run(&["refresh", "--dry-run"]).succeeds().stdout;
    let wanted = format!(
        "POST {}/token?sign=***&v=2\nAuthorization: Sig keyId=\"app-7\",sig=\"***\"\nX-Login: Basic ***\nAccept: application/json\n\n<login><t>***</t><digest>***</digest><n>1</n></login>\n",
        server.base_url()
    );
    assert_eq!(shown, wanted);
}

#[test]
fn an_assertion_may_speak_for_another_than_the_client() {
    let server = MockServer::start();
    let seen = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let record = std::sync::Arc::clone(&seen);
    server.mock(move |when, then| {
        when.path("/token").is_true(move |request| {
            *record.lock().expect("whole") = request.body_string();
            true
        });
        then.status(200).json_body(json!({ "access_token": "at-1" }));
    });
    let claims = "client_auth = \"client_secret_jwt\", client_assertion = { issuer = \"{{ params.team }}\", subject = \"svc:{{ client_id }}\" }";
    let dialect = format!(
        "{}\nparams.team = {{ default = \"team-1\" }}\n",
        CLIENT.replace(
            "exchanges.refresh.request.url = \"{{ base_url }}/token\"",
            &format!("exchanges.refresh.request = {{ url = \"{{{{ base_url }}}}/token\", {claims} }}")
        )
    );
    let world = world(&server, &dialect);
    world.run(&["token"]).succeeds().prints("at-1\n");
    let form: std::collections::BTreeMap<String, String> =
        url::form_urlencoded::parse(seen.lock().expect("whole").as_bytes()).into_owned().collect();
    let claims = form["client_assertion"].split('.').nth(1).expect("a JWT");
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("team-1"), &json!("svc:app-7")));
    assert_eq!(form["client_id"], "app-7");
}

/// A value that would reach beyond its place in an address is an error of the param, before anything is sent.
#[test]
fn values_in_an_address_stay_in_their_place() {
    let server = MockServer::start();
    let path = server.mock(|when, then| {
        when.method(POST).path("/a%20b/c/token");
        then.status(200).json_body(json!({ "access_token": "at-1" }));
    });
    let profile = |tenant: &str| {
        let mut world = World::on(On::File);
        world.add(&format!(
            "[profiles.acme]\ndialect = \"acme\"\nstore = \"file\"\nclient_id = \"app-7\"\nbase_url = \"{}\"\nparams.tenant = \"{tenant}\"\n[dialects.acme]\nextends = \"oauth2\"\nparams.tenant = {{}}\nexchanges.refresh.request.url = \"{{{{ base_url }}}}/{{{{ params.tenant | path }}}}/token\"\n",
            server.base_url()
        ));
        world
    };
    let good = profile("a b/c");
    good.run_with(&["import"], "rt-canary").succeeds();
    good.run(&["refresh"]).succeeds().prints("at-1\n");
    path.assert();
    for bad in ["../admin", "", "a//b"] {
        profile(bad).run(&["config", "check"]).exits(3).says("`profiles.acme.params.tenant`: ");
    }
}

#[test]
fn a_token_is_put_together_for_programs_and_the_vendor_sees_its_own() {
    let server = MockServer::start();
    let world = world(
        &server,
        r#"
[dialects.acme]
renews_with = "access_token"
[dialects.acme.exchanges.refresh]
request.url = "{{ base_url }}/renew"
request.headers.X-Session = "{{ access_token }}"
answer.within = "/data"
answer.access_token = "/*/token"
answer.keep.user = "/0/user"
answer.access_expires = { at = "/0/in", unit = "by_size" }
answer.access_token_as = "{{ client_id }}.{{ kept.user }}:{{ access_token }}"
success.tests = { at = "/code", equals = 0, optional = true }
refusals = { is = "request_rejected", otherwise = true }
"#,
    );
    world.run_with(&["import"], "at-0").succeeds();
    for (old, new) in [("at-0", "at-1"), ("at-1", "at-2")] {
        let mut mock = server.mock(|when, then| {
            when.path("/renew").header("X-Session", old);
            then.status(200)
                .json_body(json!({ "code": 0, "data": [{ "user": "ada", "in": 3600 }, { "token": new }] }));
        });
        let whole = format!("app-7.ada:{new}\n");
        world.run(&["refresh"]).succeeds().prints(&whole);
        world.run(&["token"]).succeeds().prints(&whole);
        mock.assert_calls(1);
        mock.delete();
    }
    // A code that nothing names is a refusal, and costs nothing.
    let mut mock = server.mock(|when, then| {
        when.path("/renew").header("X-Session", "at-2");
        then.status(200).json_body(json!({ "code": 9 }));
    });
    world.run(&["refresh"]).exits(3);
    world.run(&["token"]).succeeds().prints("app-7.ada:at-2\n");
    mock.delete();
    // Without all of its parts none is given out, and the answer is kept.
    let mut mock = server.mock(|when, then| {
        when.path("/renew").header("X-Session", "at-2");
        then.status(200).json_body(json!({ "data": [{ "token": "at-3", "in": 3600 }] }));
    });
    world.run(&["refresh"]).exits(8).says("`user` at `/data/0/user`, a part of its access token");
    mock.delete();
    // A run goes on with the new token that came in it.
    let mock = server.mock(|when, then| {
        when.path("/renew").header("X-Session", "at-3");
        then.status(200).json_body(json!({ "data": [{ "token": "at-4", "user": "ada" }] }));
    });
    world.run(&["refresh"]).succeeds().prints("app-7.ada:at-4\n");
    mock.assert_calls(1);
}

/// What only shows when values are there names the key and its place in the file, as every other mistake does.
#[test]
fn what_cannot_be_made_of_a_value_is_told_with_its_place() {
    let mut world = World::on(On::File);
    world.add("dialect_files = [\"acme.toml\"]");
    world.add("[profiles.acme]\ndialect = \"acme\"\nparams = { port = \"canary-port\", file = '{\"n\":12345678901234567890123}' }");
    for (lines, place, key, words) in [
        (
            "json.deep.ports = [1, \"{{ params.port | int }}\"]",
            "acme.toml:7:",
            "`dialects.acme.exchanges.refresh.request.json.deep.ports.2`",
            "should be a whole number",
        ),
        (
            "headers.X-Port = \"{{ params.port | int }}\"",
            "acme.toml:7:",
            "`dialects.acme.exchanges.refresh.request.headers.X-Port`",
            "should be a whole number",
        ),
        (
            "headers.X = \"{{ values.n }}\"\nvalues.n = \"{{ (params.file | from_json).n }}\"",
            "acme.toml:8:",
            "`dialects.acme.exchanges.refresh.request.values.n`",
            "must be in quotes",
        ),
    ] {
        world.write(
            "acme.toml",
            &format!(
                "[dialects.acme]\nrenews_with = \"client\"\nexchanges.refresh.answer.access_token = \"/t\"\nparams = {{ port = {{ optional = true }}, file = {{ optional = true }} }}\n[dialects.acme.exchanges.refresh.request]\nurl = \"https://a.example/{{{{ params.port | default('x') }}}}/{{{{ params.file | default('x') | length }}}}\"\n{lines}\n"
            ),
        );
        world.run(&["config", "check"]).succeeds();
        let told = world.run(&["refresh", "--dry-run"]).exits(3).says(place).says(key).says(words);
        assert!(
            !told.stderr.contains("canary-port") && !told.stderr.contains("1234567890"),
            "{}",
            told.stderr
        );
    }
}

/// As somebody has it on the screen: with its head, without, and in whatever format.
#[test]
fn what_a_dialect_reads_in_an_answer_at_hand_is_told_without_its_tokens() {
    let world = World::on(On::File);
    world.write(
        "acme.toml",
        "[dialects.acme]\nextends = \"oauth2\"\n[dialects.acme.exchanges.refresh]\nrequest.url = \"https://a.example/t\"\n[dialects.acme.exchanges.refresh.answer]\nformat = [\"json\", \"xml\"]\naccess_token = [{ header = \"X-Subject-Token\" }, \"/access_token\", \"/r/token\"]\nkeep.site = \"/site\"\nkeep.pin = { at = \"/pin\", secret = true }\n",
    );
    let read = |answer: &str| {
        world.write("answer.secret", answer);
        world
            .run(&["dialect", "test", "acme.toml", "--answer", "answer.secret", "--json"])
            .succeeds()
            .object()
    };
    let head = read(
        "HTTP/2 201 \r\ncontent-type: application/json\r\nx-subject-token: at-canary\r\n\r\n{\"site\":\"north\",\"pin\":\"canary-1\",\"expires_in\":60,\"refresh_token\":\"rt-canary\"}\n",
    );
    assert_eq!(head["verdict"], "success");
    assert_eq!(head["status"], 201);
    assert_eq!(
        head["reads"],
        json!({ "access_token": "***", "refresh_token": "***", "expires_in": 60, "kept.site": "north", "kept.pin": "***" })
    );
    assert_eq!(read("<r><token>at-canary</token></r>")["reads"], json!({ "access_token": "***" }));
    let refused =
        read("HTTP/1.1 400 Bad Request\n\n{\"error\":\"invalid_grant\",\"error_description\":\"over\"}");
    assert_eq!(
        (&refused["verdict"], &refused["words"]),
        (&json!("login_required"), &json!("invalid_grant: over"))
    );
    let lost = read("{\"token\":\"at-canary\"}");
    assert_eq!(lost["verdict"], "unreadable_answer");
    // A new refresh token of a refusal is there all the same, and an expiry that says nothing is named.
    let refused =
        read("HTTP/1.1 400 No\n\n{\"error\":\"invalid_grant\",\"refresh_token\":\"rt-canary-1234567890\"}");
    assert_eq!(refused["reads"], json!({ "refresh_token": "***" }));
    let odd = read("{\"access_token\":\"at-canary-1\",\"expires_in\":\"soon\"}");
    assert_eq!(odd["access_expires"], "at /expires_in, not usable as seconds");
    // A place of something else may hold a token.
    let mistaken = read(
        "{\"access_token\":\"at-canary-1234567890\",\"scope\":\"x at-canary-1234567890\",\"site\":\"at-canary-1234567890\"}",
    );
    assert_eq!(
        mistaken["reads"],
        json!({ "access_token": "***", "scope": "***", "kept.site": "***" }),
        "{mistaken}"
    );
    let elsewhere = read("HTTP/1.1 302 Found\nLocation: https://a.example/login\n\n");
    assert_eq!(elsewhere["why"], "status 302 is not a success, and there is no body", "{elsewhere}");
    world.write("answer.secret", "{}");
    let other = ["dialect", "test", "acme.toml", "--answer", "answer.secret", "--exchange", "refersh"];
    world.run(&other).exits(3).says("did you mean `refresh`?");
    let shown = world.run(&["dialect", "test", "acme.toml", "--answer", "answer.secret"]).succeeds().stdout;
    assert!(shown.starts_with("acme, refresh: answer (status 200): unreadable_answer\n"), "{shown}");
}

/// A text that turns round what stands beside it is seen as such, also by whoever reads a file or JSON.
#[test]
fn what_hides_in_a_dialect_is_written_out() {
    let mut world = World::on(On::File);
    world.add("[dialects.acme]\nextends = \"oauth2\"\ntitle = \"a\u{2066}b\u{e0041}\"\nexchanges.refresh.request.url = \"https://a.example/t\"");
    let source = world.run(&["dialect", "show", "acme"]).succeeds().stdout;
    assert!(source.contains("\"a\\u2066b\\U000E0041\"") && source.is_ascii(), "{source}");
    for words in [&["dialect", "show", "acme", "--json"][..], &["dialect", "list", "acme", "--json"]] {
        let stdout = world.run(words).succeeds().stdout;
        assert!(stdout.is_ascii(), "{stdout}");
    }
    let listed = world.run(&["dialect", "list", "acme", "--json"]).succeeds().object();
    assert_eq!(listed["dialects"][0]["title"], "a\u{2066}b\u{e0041}");
    world.write("curl.secret", "curl https://a.example/t -d 'refresh_token=rt-canary&x\u{202e}y=true'");
    let drafted = world.run(&["dialect", "new", "acme", "--curl", "curl.secret"]).succeeds().stdout;
    assert!(drafted.contains("\"x\\u202Ey\" = \"true\"") && !drafted.contains('\u{202e}'), "{drafted}");
}

#[test]
fn an_address_with_a_zone_is_refused_with_the_way_out() {
    for host in ["fe80::1%eth0", "fe80::1%25eth0"] {
        let mut world = World::on(On::File);
        world.add(&format!(
            "[profiles.acme]\ndialect = \"oauth2\"\ntoken_url = \"http://[{host}]/t\"\nclient_id = \"app-7\"\ntls = {{ plaintext = true }}"
        ));
        world
            .run(&["config", "check"])
            .exits(3)
            .says("`profiles.acme.token_url`: an address with a zone")
            .says("without a zone");
    }
}
