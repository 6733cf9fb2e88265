//! The end of a login whose vendor is told with an access token; and an access token that renews itself, once it was refused.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::server::{Asked, Said, Server, said};
use crate::world::{On, World};

const LEAVING: &str = "[profiles.desk]\ndialect = \"desk\"\nbase_url = \"BASE\"\nstore = \"file\"\n\
    [dialects.desk]\nrotation = \"strict\"\nrevocation = { takes = \"all\" }\n\
    [dialects.desk.exchanges.refresh]\nrequest = { url = \"{{ base_url }}/token\", json.t = \"{{ refresh_token }}\" }\n\
    answer = { access_token = \"/at\", refresh_token = \"/rt\", access_expires = [{ at = \"/in\", unit = \"seconds\" }] }\n\
    refusals = [{ is = \"login_required\", tests = [{ at = \"/error\", equals = \"gone\" }] }]\n\
    [dialects.desk.exchanges.revoke]\nrequest = { url = \"{{ base_url }}/logout\", headers.Authorization = \"Bearer {{ access_token }}\" }\n\
    answer.format = \"none\"\n";

/// A refresh token is good once; whoever leaves shows the last access token.
#[derive(Default)]
struct Desk {
    count: usize,
    reused: usize,
    left: bool,
    /// In the place of a grant.
    says: Option<Said>,
}

fn desk(says: Option<Said>) -> (Server, Arc<Mutex<Desk>>) {
    let desk = Arc::new(Mutex::new(Desk { count: 1, says, ..Desk::default() }));
    let shared = Arc::clone(&desk);
    let server = Server::start(move |asked: &Asked| -> Said {
        let mut desk = shared.lock().expect("one after the other");
        if asked.path == "/logout" {
            desk.left = asked.header("authorization") == format!("Bearer at-canary-{}", desk.count);
            return said(if desk.left { 200 } else { 401 }, json!({}));
        }
        if serde_json::from_str::<Value>(&asked.body).ok()
            != Some(json!({ "t": format!("rt-canary-{}", desk.count) }))
        {
            desk.reused += 1;
            return said(401, json!({ "error": "gone" }));
        }
        if let Some(says) = &desk.says {
            return says.clone();
        }
        desk.count += 1;
        let (at, rt) = (format!("at-canary-{}", desk.count), format!("rt-canary-{}", desk.count));
        said(200, json!({ "at": at, "rt": rt, "in": 600 }))
    });
    (server, desk)
}

/// With a refresh token alone.
fn imported(server: &Server) -> World {
    let mut world = World::on(On::File);
    world.add(&LEAVING.replace("BASE", &server.origin));
    world.run_with(&["import"], "rt-canary-1").succeeds();
    world
}

#[test]
fn whoever_leaves_with_an_access_token_gets_one_first_if_that_can_be_had() {
    let (server, desk) = desk(None);
    let world = imported(&server);
    world.run(&["logout"]).succeeds().says("revoked the refresh token and the access token");
    assert_eq!(server.paths(), ["/token", "/logout"]);
    assert!(desk.lock().expect("whole").left);
    world.run(&["token"]).exits(4);
    // One that is at hand does.
    world.run_with(&["import"], "rt-canary-2").succeeds();
    world.run(&["refresh"]).succeeds();
    world.run(&["logout"]).succeeds();
    assert_eq!(server.paths(), ["/token", "/logout"]);
    world.assert_nothing_in_the_clear();
}

#[test]
fn whoever_leaves_is_told_what_could_not_be_revoked() {
    let (server, desk) = desk(Some(said(401, json!({ "error": "gone" }))));
    let world = imported(&server);
    world.run(&["logout"]).succeeds().says("no valid one could be obtained");
    assert_eq!(server.paths(), ["/token"]);
    world.run(&["token"]).exits(4);
    // What passes keeps it.
    desk.lock().expect("whole").says = Some(said(503, json!({})));
    world.run_with(&["import"], "rt-canary-1").succeeds();
    let kept = world.run(&["logout"]).exits(5);
    assert!(
        kept.stderr.contains("nothing was revoked") && kept.stderr.contains("--local"),
        "{}",
        kept.stderr
    );
    assert_eq!(server.paths(), ["/token"]);
    desk.lock().expect("whole").says = None;
    // As after any such answer, it is left alone for a moment.
    thread::sleep(Duration::from_secs(6));
    world.run(&["logout"]).succeeds().says("revoked");
    assert_eq!(server.paths(), ["/token", "/logout"]);
}

#[test]
fn whoever_is_killed_while_leaving_has_lost_nothing() {
    let mut between = 0;
    for call in ["pwrite64", "fdatasync", "connect"] {
        for nth in 1..=6 {
            let (server, desk) = desk(None);
            let world = imported(&server);
            let killed = world.run_injected(&format!("{call}:signal=KILL:when={nth}"), &["logout"]);
            between += usize::from(!killed.status.success() && server.paths() == ["/token"]);
            let ended = world.run(&["logout"]);
            let desk = desk.lock().expect("whole");
            // The answer may have been lost with whoever was killed: then the vendor refuses the token, once.
            let lost = desk.count == 2 && desk.reused == 1;
            assert!(desk.left || lost || killed.status.success(), "{call} {nth}: {}", ended.stderr);
            assert!(desk.reused <= 1, "{call} {nth}");
        }
    }
    assert!(between > 0);
}

const SESSION: &str = "[profiles.lodge]\ndialect = \"lodge\"\nbase_url = \"BASE\"\nSTORE\
    [dialects.lodge]\nrenews_with = \"access_token\"\nrotation = \"strict\"\n\
    [dialects.lodge.exchanges.refresh]\nrequest = { url = \"{{ base_url }}/extend\", json.t = \"{{ access_token }}\" }\n\
    answer = { access_token = \"/at\", access_expires = [{ at = \"/in\", unit = \"seconds\" }] }\n\
    refusals = [{ is = \"login_required\", REFUSAL }]\n";

/// It extends a session once, for so long.
fn lodge(seconds: u32) -> Server {
    Server::start(move |asked: &Asked| -> Said {
        match asked.body.contains("canary-1") {
            true => said(200, json!({ "at": "at-canary-2", "in": seconds })),
            false => said(401, json!({ "error": "gone" })),
        }
    })
}

const WORDS: &str = "tests = [{ at = \"/error\", equals = \"gone\" }]";

/// A session that was renewed once.
fn refreshed(server: &Server, on: On, refusal: &str) -> World {
    let store = if matches!(on, On::File) { "store = \"file\"\n" } else { "" };
    let mut world = World::on(on);
    let text = SESSION.replace("BASE", &server.origin).replace("STORE", store);
    world.add(&text.replace("REFUSAL", refusal));
    world.run_with(&["import"], "at-canary-1").succeeds();
    world.run(&["refresh"]).succeeds();
    world
}

#[test]
fn an_access_token_that_renews_itself_is_given_to_nobody_once_it_was_refused() {
    for on in [On::File, On::Keyring] {
        let server = lodge(3_600);
        let world = refreshed(&server, on, WORDS);
        world.run(&["token"]).succeeds().prints("at-canary-2\n");
        world.run(&["refresh"]).exits(4).says_nothing_on_stdout();
        for surface in [
            &["token"][..],
            &["header"],
            &["env", "--format", "sh"],
            &["exec", "--", "true"],
            &["token", "--offline"],
        ] {
            let ended = world.run(surface);
            assert!(ended.code != Some(0) && ended.stdout.is_empty(), "{surface:?}: {ended:?}");
        }
        assert!(server.asked().len() <= 3, "it is not asked for each");
    }
}

#[test]
fn nor_is_it_by_the_run_that_learns_of_it() {
    let server = lodge(8);
    let world = refreshed(&server, On::File, WORDS);
    // Half of its life is over, so that it is renewed although it is valid.
    thread::sleep(Duration::from_millis(4_500));
    world.run(&["token"]).exits(4).says_nothing_on_stdout();
}

#[test]
fn a_bare_status_takes_no_access_token_away() {
    let server = lodge(3_600);
    let world = refreshed(&server, On::File, "status = 401");
    world.run(&["refresh"]).exits(4);
    world.run(&["token"]).succeeds().prints("at-canary-2\n");
}
