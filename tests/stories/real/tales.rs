//! What is told of every server. Each ends with a token that the server takes.

use std::collections::BTreeSet;
use std::process::{Child, Output};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::scene::{LONG, SHORT, Scene};
use super::{Class, Kind};
use crate::permits::Permit;
use crate::sequence::wait_for;
use crate::world::Ended;

const CALLERS: usize = 50;
const ROTATIONS: usize = 20;

pub fn twenty_renewals_in_a_row(kind: impl Kind) {
    let scene = Scene::counted(kind, LONG);
    let mut tokens = BTreeSet::new();
    for count in 1..=ROTATIONS {
        let run = scene.world.run(&["refresh"]).succeeds().keeps_stderr_empty();
        assert_eq!(scene.relay().requests(), count);
        scene.assert_accepted(&run.stdout);
        tokens.insert(run.stdout);
    }
    assert_eq!(tokens.len(), if scene.kind.class() == Class::Renewed { 1 } else { ROTATIONS });
}

pub fn fifty_callers_for_an_expired_token_are_one_request(kind: impl Kind) {
    // What is renewed with itself cannot be when it has expired: nothing is known yet of the one that was imported.
    let renewed = kind.class() == Class::Renewed;
    let mut scene = Scene::counted(kind, if renewed { LONG } else { SHORT });
    if !renewed {
        scene.world.run(&["token"]).succeeds();
        scene.wait_until_expired();
    }
    scene.up_with(LONG);
    let _alone = Permit::of_a_crowd();
    let before = scene.relay().requests();
    // Until all are there.
    let latch = scene.relay().hold_answer();
    let spawn = |_| scene.world.spawn(&["token"]);
    let callers: Vec<Child> = (0..CALLERS).map(spawn).collect();
    wait_for(|| scene.relay().requests() > before);
    latch.open();
    let outputs: Vec<Output> =
        callers.into_iter().map(|caller| caller.wait_with_output().expect("it ends")).collect();
    for output in &outputs {
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && words.is_empty(), "{:?}: {words}", output.status);
        assert_eq!(output.stdout, outputs[0].stdout);
    }
    assert_eq!(scene.relay().requests(), before + 1);
    scene.assert_accepted(&String::from_utf8_lossy(&outputs[0].stdout));
}

pub fn a_server_that_is_down_is_unreachable_and_when_it_is_back_all_is_well(kind: impl Kind) {
    let mut scene = Scene::direct(kind, LONG);
    let before = scene.world.run(&["token"]).succeeds();
    scene.server.kill();
    assert_eq!(scene.world.run(&["refresh", "--json"]).exits(5).error()["code"], "unreachable");
    scene.world.run(&["token"]).succeeds().prints(&before.stdout);
    scene.up();
    let after = scene.world.run(&["refresh"]).succeeds();
    scene.assert_accepted(&after.stdout);
}

pub fn a_run_killed_before_its_request_arrived(kind: impl Kind) {
    let scene = Scene::counted(kind, LONG);
    let latch = scene.relay().hold_request();
    let mut run = scene.world.spawn(&["token"]);
    wait_for(|| scene.relay().requests() == 1);
    run.kill().expect("ours");
    run.wait().expect("it ends");
    latch.open();
    // The server was asked nothing.
    scene.comes_to_life(false);
}

pub fn a_run_killed_before_its_answer_came(kind: impl Kind) {
    let scene = Scene::counted(kind, LONG);
    let latch = scene.relay().hold_answer();
    let mut run = scene.world.spawn(&["token"]);
    scene.relay().wait_for_answers(1);
    run.kill().expect("ours");
    run.wait().expect("it ends");
    latch.open();
    scene.comes_to_life(true);
}

pub fn a_server_killed_before_it_handled_the_request(kind: impl Kind) {
    let mut scene = Scene::counted(kind, LONG);
    scene.relay().lose_request(scene.server.killer());
    scene.goes_unanswered();
    scene.up_with(LONG);
    scene.comes_to_life(false);
}

pub fn a_server_killed_before_its_answer_came(kind: impl Kind) {
    let mut scene = Scene::counted(kind, LONG);
    scene.relay().lose_answer(scene.server.killer());
    scene.goes_unanswered();
    scene.up_with(LONG);
    scene.comes_to_life(true);
}

/// Somewhere from its start to its end, in steps of a tenth of what an undisturbed one takes.
pub fn runs_killed_at_any_moment(kind: impl Kind) {
    let scene = Scene::counted(kind, LONG);
    let whole = scene.world.run(&["refresh"]).succeeds().seconds;
    for tenths in 1..=10 {
        let mut run = scene.world.spawn(&["refresh"]);
        thread::sleep(Duration::from_secs_f64(whole * f64::from(tenths) / 10.0));
        run.kill().expect("ours");
        run.wait().expect("it ends");
        scene.assert_granted(scene.is_patient(&["refresh", "--json"]));
    }
}

/// Likewise. What the run says of it is one of three codes, and nobody has to log in.
pub fn a_server_killed_at_any_moment(kind: impl Kind) {
    let mut scene = Scene::direct(kind, LONG);
    let whole = scene.world.run(&["refresh"]).succeeds().seconds;
    for quarters in 1..=4 {
        let run = scene.world.spawn(&["refresh", "--json"]);
        thread::sleep(Duration::from_secs_f64(whole * f64::from(quarters) / 4.0));
        scene.server.kill();
        let begun = Instant::now();
        let run = Ended::of("refresh --json", run.wait_with_output().expect("it ends"), begun);
        match run.code {
            Some(0) => {}
            Some(5) => {
                let code = run.error()["code"].clone();
                assert!(code == "unreachable" || code == scene.kind.class().unanswered().1, "{code}");
            }
            _ => assert_eq!(run.exits(8).error()["code"], "no_answer"),
        }
        scene.up();
        scene.assert_granted(scene.is_patient(&["refresh", "--json"]));
    }
}

pub fn the_answer_of_a_login_is_imported(kind: impl Kind) {
    let scene = Scene::counted(kind, LONG);
    let answer = scene.kind.login(scene.server.place.port).expect("a login");
    let import = ["import", "--answer", "--obtained-at", "now", "--replace"];
    scene.world.run_with(&import, &answer.to_string()).succeeds().says_nothing_on_stdout();
    let given = answer.pointer(scene.kind.tokens()[0]).and_then(Value::as_str).expect("a token");
    scene.world.run(&["token"]).succeeds().keeps_stderr_empty().prints(&format!("{given}\n"));
    assert_eq!(scene.relay().requests(), 0);
    let renewed = scene.world.run(&["refresh"]).succeeds().keeps_stderr_empty();
    scene.assert_accepted(&renewed.stdout);
}

pub fn a_login_that_the_server_revoked(kind: impl Kind) {
    let scene = Scene::counted(kind, LONG);
    scene.world.run(&["refresh"]).succeeds();
    scene.world.run(&["refresh"]).succeeds();
    scene.kind.revoke(scene.server.place.port, &scene.relay().last_answer());
    assert_eq!(scene.world.run(&["refresh", "--json"]).exits(4).error()["code"], "login_required");
    let status = scene.world.run(&["status", "--json"]).succeeds().object();
    assert_eq!(status["profiles"][0]["state"], "login_required");
    // It is not asked again by itself.
    let requests = scene.relay().requests();
    scene.world.run(&["refresh", "--all"]).exits(4);
    assert_eq!(scene.relay().requests(), requests);
    scene.log_in();
    let token = scene.world.run(&["token"]).succeeds().keeps_stderr_empty();
    scene.assert_accepted(&token.stdout);
}

pub fn a_wrong_secret_is_a_rejected_client_until_it_is_mended(kind: impl Kind) {
    let mut scene = Scene::counted(kind, LONG);
    scene.world.set("REAL_SECRET", "not the canary");
    assert_eq!(scene.world.run(&["token", "--json"]).exits(3).error()["code"], "client_rejected");
    assert_eq!(scene.relay().requests(), 1);
    scene.right_secret();
    let token = scene.world.run(&["token"]).succeeds().keeps_stderr_empty();
    assert_eq!(scene.relay().requests(), 2);
    scene.assert_accepted(&token.stdout);
}
