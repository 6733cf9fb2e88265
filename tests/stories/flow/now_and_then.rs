//! A step of a refresh that is taken only if the refresh token is about to expire.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::server::{Asked, Said, Server, said};
use crate::world::{On, World};

const DIALECT: &str = "[profiles.light]\ndialect = \"light\"\nbase_url = \"BASE\"\nstore = \"file\"\n\
    [dialects.light]\nrotation = \"strict\"\nsteps = [\"renewal\", \"refresh\"]\nrefresh_lifetime = \"LIVES\"\n\
    exchanges.renewal = { refresh_expires_within = \"7d\", request = { url = \"{{ base_url }}/renew\", json.t = \"{{ refresh_token }}\" }, answer = { refresh_token = \"/rt\", refresh_expires = [{ at = \"/left\", unit = \"seconds\" }] }, REFUSALS }\n\
    exchanges.refresh = { request = { url = \"{{ base_url }}/token\", json.t = \"{{ refresh_token }}\" }, answer = { access_token = \"/at\", access_expires = [{ at = \"/in\", unit = \"seconds\" }] }, REFUSALS }\n";
const REFUSALS: &str = "refusals = [{ is = \"login_required\", tests = [{ at = \"/error\", equals = \"another one is live\" }] }]";

/// What is imported lives for so long.
fn dialect(base: &str, lives: &str) -> String {
    DIALECT.replace("BASE", base).replace("LIVES", lives).replace("REFUSALS", REFUSALS)
}

/// Of one login: a refresh token that was renewed is refused from then on. A new one lives so many seconds.
fn vendor(lives: Value) -> Server {
    let live = Mutex::new((1, 0));
    Server::start(move |asked: &Asked| -> Said {
        let mut live = live.lock().expect("one after the other");
        let came: Value = serde_json::from_str(&asked.body).expect("JSON");
        if came != json!({ "t": format!("rt-canary-{}", live.0) }) {
            return said(401, json!({ "error": "another one is live" }));
        }
        if asked.path == "/renew" {
            live.0 += 1;
            return said(200, json!({ "rt": format!("rt-canary-{}", live.0), "left": lives }));
        }
        live.1 += 1;
        said(200, json!({ "at": format!("at-{}-{}", live.0, live.1), "in": 3600 }))
    })
}

fn world(vendor: &Server, lives: &str) -> World {
    let mut world = World::on(On::File);
    world.add(&dialect(&vendor.origin, lives));
    world.run_with(&["import"], "rt-canary-1").succeeds();
    world
}

#[test]
fn a_step_is_taken_only_if_the_refresh_token_expires_soon_and_then_once() {
    let vendor = vendor(json!(60 * 86_400));
    let mut world = world(&vendor, "8d");
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.paths(), ["/token"], "eight days are left");
    world.change("8d", "6d");
    // The same token again would be the same login.
    for token in ["rt-canary-other", "rt-canary-1"] {
        world.run_with(&["import", "--replace"], token).succeeds();
    }
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.paths(), ["/renew", "/token"], "six are");
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.paths(), ["/token"], "the new one lives for sixty");
    world.run(&["token"]).succeeds().prints("at-2-3\n");
}

#[test]
fn a_step_is_not_taken_once_an_answer_calls_the_refresh_token_endless() {
    let vendor = vendor(json!(0));
    let world = world(&vendor, "6d");
    for paths in [&["/renew", "/token"][..], &["/token"]] {
        world.run(&["refresh"]).succeeds();
        assert_eq!(vendor.paths(), paths);
    }
}

#[test]
fn whoever_is_killed_between_the_steps_loses_nothing_and_no_step_is_sent_twice_with_one_token() {
    let mut between = 0;
    for call in ["pwrite64", "fdatasync", "connect"] {
        for nth in 1..=8 {
            let vendor = vendor(json!(60 * 86_400));
            let world = world(&vendor, "6d");
            let killed = world.run_injected(&format!("{call}:signal=KILL:when={nth}"), &["refresh"]);
            let paths = vendor.paths();
            between += usize::from(!killed.status.success() && paths == ["/renew"]);
            let ended = world.run(&["refresh"]);
            let again = vendor.paths();
            let all = [paths, again].concat();
            let renewals = all.iter().filter(|path| *path == "/renew").count();
            // The answer itself may have been lost with whoever was killed: then a person knows, and nothing is hidden.
            let lost = renewals > 0 && ended.code == Some(4);
            assert!(
                lost || (ended.code == Some(0) && renewals == 1),
                "{call} {nth}: {all:?} {}",
                ended.stderr
            );
            assert!(!lost || renewals == 2, "{call} {nth}: {all:?}");
        }
    }
    assert!(between >= 3, "{between}");
}

#[test]
fn what_a_step_now_and_then_needs_is_said_at_load() {
    for (from, to, words) in [
        ("refresh_lifetime = \"60d\"\n", "", ""),
        (", refresh_expires = [{ at = \"/left\", unit = \"seconds\" }]", "", ""),
        ("answer = { refresh_token = \"/rt\", refresh", "answer = { refresh", "brings another refresh token"),
        ("steps = [\"renewal\", \"refresh\"]", "steps = [\"refresh\"]", "no step sends it"),
        (
            "json.t = \"{{ refresh_token }}\" }, answer = { access",
            "json.t = \"x\" }, answer = { access",
            "nothing here sends the `refresh_token`",
        ),
    ] {
        let mut world = World::on(On::File);
        let text = dialect("https://a.example", "60d");
        assert!(text.contains(from), "{from}");
        world.add(&text.replacen(from, to, 1));
        let checked = world.run(&["config", "check"]);
        match words {
            "" => drop(checked.succeeds()),
            words => drop(checked.exits(3).says(words)),
        }
    }
    let both = dialect("https://a.example", "60d").replace("refresh_lifetime = \"60d\"\n", "");
    let mut world = World::on(On::File);
    world.add(&both.replace(", refresh_expires = [{ at = \"/left\", unit = \"seconds\" }]", ""));
    world.run(&["config", "check"]).exits(3).says("this step would never be taken; add `refresh_lifetime`");
}
