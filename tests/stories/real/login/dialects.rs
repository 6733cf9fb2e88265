//! Servers that speak no OAuth 2.0, logged in at by a password and logged out of as their users' dialects say it.

use std::thread;
use std::time::Duration;

use super::{ends, lives, logged_in, state};
use crate::real::Kind;
use crate::real::matrix::Matrix;
use crate::real::scene::{LONG, Scene};
use crate::real::server::ask_json;
use crate::real::simplejwt::SimpleJwt;

const LOGIN: [&str; 4] = ["login", "--json", "--grant", "password"];

fn nobody<K: Kind>(kind: K) -> Scene<K> {
    let mut scene = Scene::nobody_counted(kind, LONG);
    scene.world.set("REAL_PASSWORD", "canary-password");
    scene.world.add("username = \"alice\"\npassword = { env = \"REAL_PASSWORD\" }");
    scene
}

/// A wrong password is tried once. The right one is good until the logout, and nothing is afterwards.
fn by_password<K: Kind>(kind: K) -> Scene<K> {
    let mut scene = nobody(kind);
    scene.world.set("REAL_PASSWORD", "wrong-canary");
    assert_eq!(scene.world.run(&LOGIN).exits(4).error()["code"], "login_required");
    assert_eq!((scene.relay().requests(), state(&scene.world)), (1, "none".to_owned()));
    scene.world.set("REAL_PASSWORD", "canary-password");
    logged_in(scene.world.run(&LOGIN));
    assert_eq!(scene.relay().requests(), 2);
    lives(&scene);
    scene
}

#[test]
#[ignore = "`make test-real` runs it"]
fn synapse_by_a_password() {
    let scene = by_password(Matrix);
    let last = scene.relay().last_answer();
    ends(&scene);
    let (status, _) = ask_json(
        scene.server.place.port,
        "POST",
        "/_matrix/client/v3/refresh",
        &[],
        &serde_json::json!({
            "refresh_token": last["refresh_token"],
        }),
    );
    assert!([401, 403].contains(&status), "{status}");
}

#[test]
#[ignore = "`make test-real` runs it"]
fn simplejwt_by_a_password() {
    let scene = by_password(SimpleJwt);
    let last = scene.relay().last_answer();
    scene.world.run(&["logout"]).succeeds().says("revoked");
    assert_eq!(state(&scene.world), "none");
    // Nothing ends an access token of it but its time.
    let token = serde_json::json!({ "refresh": last["refresh"] });
    let (status, answer) = ask_json(scene.server.place.port, "POST", "/api/token/refresh/", &[], &token);
    assert_eq!((status, &answer["code"]), (401, &"token_not_valid".into()));
}

/// Somewhere from its start to its end. Whatever was stored is a login that lives; otherwise the next one is.
#[test]
#[ignore = "`make test-real` runs it"]
fn logins_killed_at_any_moment() {
    let scene = nobody(SimpleJwt);
    let whole = scene.world.run(&LOGIN).succeeds().seconds;
    let mut stored = 0;
    for tenths in 1..=12 {
        scene.world.run(&["logout"]).succeeds();
        let mut run = scene.world.spawn(&LOGIN);
        thread::sleep(Duration::from_secs_f64(whole * f64::from(tenths) / 10.0));
        run.kill().expect("ours");
        run.wait().expect("it ends");
        let token = scene.world.run(&["token", "--json"]);
        if token.code == Some(0) {
            stored += 1;
            scene.assert_granted(token);
        } else {
            assert!(matches!(token.code, Some(4 | 8)), "{token:#?}");
            logged_in(scene.world.run(&LOGIN));
        }
        lives(&scene);
    }
    assert!(stored < 12, "none was killed before its end");
}
