//! A client that a server knows by HTTP Digest (RFC 7616), which it asks for with a 401.

use std::sync::Mutex;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::server::{Asked, Said, Server, said};
use crate::world::{On, World};

const GATE: &str = "[profiles.gate]\ndialect = \"gate\"\nbase_url = \"BASE\"\nstore = \"file\"\nusername = \"ada\"\npassword = { env = \"GATE_PW\" }\n\
    [dialects.gate]\nrenews_with = \"client\"\n\
    [dialects.gate.exchanges.refresh]\nrequest = { method = \"GET\", url = \"{{ base_url }}/token\", query.v = 2, digest = { username = \"{{ username }}\", password = \"{{ password }}\" } }\n\
    answer = { access_token = \"/token\", access_expires = [{ at = \"/seconds\", unit = \"seconds\" }] }\n\
    refusals = [{ is = \"client_rejected\", status = [401], tests = [{ at = \"/error\", equals = \"who are you\" }] }]\n";
const PASSWORD: &str = "canary-pw-of-the-gate";

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Between the quotes, or as it stands.
fn param(header: &str, name: &str) -> String {
    let value = header
        .split(", ")
        .find_map(|part| part.trim_start_matches("Digest ").strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_default().trim_matches('"').to_owned()
}

fn is_right(asked: &Asked, nonce: &str) -> bool {
    let header = asked.header("authorization");
    let get = |name: &str| param(header, name);
    let first = hash(&format!("ada:gate, of course:{PASSWORD}"));
    let second = hash(&format!("{}:{}", asked.method, asked.path));
    let cnonce = get("cnonce");
    let wanted = hash(&format!("{first}:{nonce}:00000001:{cnonce}:auth:{second}"));
    header.starts_with("Digest ")
        && get("response") == wanted
        && get("nonce") == nonce
        && get("uri") == asked.path
        && (get("qop"), get("nc"), get("opaque")) == ("auth".into(), "00000001".into(), "o-1".into())
        && cnonce.len() >= 16
}

/// Each nonce of its is good for one request.
fn gate() -> Server {
    let count = Mutex::new(0);
    Server::start(move |asked: &Asked| -> Said {
        let mut count = count.lock().expect("one after the other");
        if is_right(asked, &format!("n-{count}")) {
            *count += 1;
            return said(200, json!({ "token": format!("at-{count}"), "seconds": 600 }));
        }
        *count += 1;
        let digest = |more: &str| {
            format!(
                "Digest realm=\"gate, of course\", nonce=\"n-{count}\", qop=\"auth,auth-int\", opaque=\"o-1\"{more}"
            )
        };
        said(401, json!({ "error": "who are you" }))
            .with("WWW-Authenticate", &digest(", algorithm=MD5"))
            .with("WWW-Authenticate", &format!("Basic realm=\"x\", {}", digest(", algorithm=SHA-256")))
    })
}

fn world(base: &str, password: &str) -> World {
    let mut world = World::on(On::File);
    world.set("GATE_PW", password);
    world.add(&GATE.replace("BASE", base));
    world
}

#[test]
fn a_digest_is_made_when_the_server_asks_for_it_and_the_password_never_travels() {
    let server = gate();
    let world = world(&server.origin, PASSWORD);
    let shown = world.run(&["refresh", "--dry-run"]).succeeds().stdout;
    assert!(shown.contains("\nAuthorization: Digest ***\n"), "{shown}");
    world.run(&["token"]).succeeds().prints("at-2\n").keeps_stderr_empty();
    world.run(&["refresh"]).succeeds();
    let asked = server.asked();
    let with: Vec<bool> = asked.iter().map(|asked| !asked.header("authorization").is_empty()).collect();
    assert_eq!(with, [false, true, false, true]);
    assert!(asked.iter().all(|asked| asked.path == "/token?v=2" && !format!("{asked:?}").contains("canary")));
    world.assert_nothing_in_the_clear();
}

#[test]
fn whoever_is_not_known_by_the_second_time_is_refused() {
    let server = gate();
    let world = world(&server.origin, "canary-another-password");
    let error = world.run(&["token", "--json"]).exits(3).error();
    assert_eq!(error["code"], "client_rejected");
    assert_eq!(server.asked().len(), 2, "asked once more, and no more");
    // It is marked as ever.
    world.run(&["token"]).exits(3);
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn whoever_is_killed_after_a_challenge_begins_anew() {
    let mut between = 0;
    for call in ["pwrite64", "fdatasync", "connect"] {
        for nth in 1..=6 {
            let server = gate();
            let world = world(&server.origin, PASSWORD);
            world.run(&["token"]).succeeds();
            server.paths();
            let killed = world.run_injected(&format!("{call}:signal=KILL:when={nth}"), &["refresh"]);
            between += usize::from(!killed.status.success() && server.paths().len() == 1);
            world.run(&["refresh"]).succeeds();
        }
    }
    assert!(between >= 2, "{between}");
}

#[test]
fn what_does_not_go_with_a_digest_is_found_at_load() {
    for (from, to, words) in [
        ("query.v = 2", "client_auth = \"client_secret_basic\"", "`client_auth` makes the same header"),
        ("query.v = 2", "headers.Authorization = \"x\"", "`digest` makes this header"),
        ("password = \"{{ password }}\"", "passwort = \"{{ password }}\"", "did you mean `password`?"),
        ("username = \"{{ username }}\"", "username = \"{{ scope }}\"", "all of this would be left out"),
    ] {
        let text = GATE.replace("BASE", "https://a.example");
        assert!(text.contains(from), "{from}");
        let mut world = World::on(On::File);
        world.set("GATE_PW", PASSWORD);
        world.add(&text.replace(from, to));
        world.run(&["config", "check"]).exits(3).says(words);
    }
}

#[test]
fn an_example_shows_no_password_and_may_leave_the_header_out() {
    for header in ["", "request.headers.Authorization = \"Digest ***\"\n"] {
        let example = format!(
            "[[dialects.gate.examples]]\nprofile = {{ base_url = \"https://a.example\", username = \"ada\", password = \"made-up-password\" }}\nrequest.method = \"GET\"\nrequest.url = \"https://a.example/token?v=2\"\n{header}"
        );
        let mut world = World::on(On::File);
        world.set("GATE_PW", PASSWORD);
        world.add(&format!("{}{example}", GATE.replace("BASE", "https://a.example")));
        let shown = world.run(&["dialect", "test"]).succeeds().stdout;
        assert!(shown.contains("Authorization: Digest ***\n"), "{shown}");
    }
}

#[test]
fn what_a_server_asks_for_in_the_place_of_a_known_digest_is_told() {
    for (asks, words) in [
        ("", "it asks for nothing (no `WWW-Authenticate`)"),
        ("Basic realm=\"x\"", "it asks for Basic, not for the digest"),
        ("Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"", "the protection (`qop`) auth-int alone"),
        (
            "Digest realm=\"x\", nonce=\"n\", qop=\"auth\", algorithm=SHA-512-256",
            "the algorithm sha-512-256, which is not supported; the server must offer MD5 or SHA-256",
        ),
    ] {
        let server = Server::start(move |_| {
            let refused = said(401, json!({ "error": "who are you" }));
            if asks.is_empty() { refused } else { refused.with("WWW-Authenticate", asks) }
        });
        let world = world(&server.origin, PASSWORD);
        let error = world.run(&["token", "--json"]).exits(3).error();
        assert_eq!(error["code"], "request_rejected", "{asks}");
        assert!(error["message"].as_str().is_some_and(|told| told.contains(words)), "{asks}: {error}");
        assert_eq!(server.asked().len(), 1, "{asks}");
    }
}

/// A vendor whose challenge gives tokens with a challenge, of either kind; nobody's token is good twice.
fn generous(dialect: &str, challenge: Said) -> (Server, World) {
    let first = Mutex::new(Some(challenge));
    let server = Server::start(move |asked: &Asked| -> Said {
        if let Some(challenge) = first.lock().expect("one after the other").take() {
            return challenge;
        }
        match asked.form("refresh_token").as_str() {
            "rt-canary-new" => said(
                200,
                json!({ "access_token": "at-2", "expires_in": 600, "refresh_token": "rt-canary-newer" }),
            ),
            _ => said(400, json!({ "error": "invalid_grant" })),
        }
    });
    let mut world = World::on(On::File);
    world.set("GATE_PW", PASSWORD);
    world.add(&format!(
        "[profiles.gate]\ndialect = \"gate\"\ntoken_url = \"{}/token\"\nclient_id = \"app-7\"\nclient_auth = \"none\"\nstore = \"file\"\nusername = \"ada\"\npassword = {{ env = \"GATE_PW\" }}\n[dialects.gate]\nextends = \"oauth2\"\n{dialect}\n",
        server.origin
    ));
    world.run_with(&["import"], "rt-canary-old").succeeds();
    (server, world)
}

#[test]
fn a_challenge_that_gives_tokens_is_not_followed_and_they_are_kept() {
    const BY_DIGEST: &str = "exchanges.refresh.request.client_auth = \"none\"\nexchanges.refresh.request.digest = { username = \"{{ username }}\", password = \"{{ password }}\" }";
    const BY_PROOF: &str = "exchanges.refresh.request.dpop = true";
    let digest =
        |body| said(401, body).with("WWW-Authenticate", "Digest realm=\"x\", nonce=\"n\", qop=\"auth\"");
    let proof = |mut body: serde_json::Value| {
        body["error"] = json!("use_dpop_nonce");
        said(400, body).with("DPoP-Nonce", "n-1")
    };
    let both = json!({ "access_token": "at-1", "refresh_token": "rt-canary-new", "expires_in": 600 });
    let one = json!({ "refresh_token": "rt-canary-new" });
    for (dialect, challenge) in [
        (BY_DIGEST, digest(both.clone())),
        (BY_DIGEST, digest(one.clone())),
        (BY_PROOF, proof(both)),
        (BY_PROOF, proof(one)),
    ] {
        let (server, world) = generous(dialect, challenge);
        world.run(&["refresh"]).exits(8);
        assert_eq!(server.asked().len(), 1, "{dialect}");
        world.run(&["refresh"]).succeeds().prints("at-2\n");
        let asked = server.asked();
        let presented: Vec<String> = asked.iter().skip(1).map(|asked| asked.form("refresh_token")).collect();
        assert_eq!(presented, ["rt-canary-new"], "{dialect}");
        world.assert_nothing_in_the_clear();
    }
    // What comes with every answer, or is what was sent, is no token that was given.
    for challenge in [
        digest(json!({ "refresh_token": "rt-canary-old", "access_token": "" })),
        digest(json!({ "error": "who are you" })).with("Set-Cookie", "sid=canary-of-nobody"),
    ] {
        let (server, world) = generous(
            &format!(
                "{BY_DIGEST}\nexchanges.refresh.answer.keep.sid = {{ header = \"Set-Cookie\", secret = true, optional = true }}"
            ),
            challenge,
        );
        world.run(&["refresh"]).exits(4);
        assert_eq!(server.asked().len(), 2);
    }
}
