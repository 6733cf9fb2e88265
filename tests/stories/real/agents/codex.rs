//! Codex, by the command of a provider, and by a variable for an MCP server.

use std::fs;
use std::process::Stdio;

use super::super::programs::goes_well;
use super::super::server::installed;
use super::{Ages, Scene};
use crate::sequence::wait_for;

const ASK: [&str; 3] = ["exec", "--skip-git-repo-check", "say pong"];

fn scene(ages: Ages, with_a_server: bool) -> Scene {
    let scene = Scene::new(ages);
    fs::create_dir(scene.world.path().join(".codex")).expect("made");
    let mut config = format!("model = \"m\"\n{}", scene.recipe("Codex", "toml"));
    if with_a_server {
        config += &scene.nth_recipe("Codex", "toml", 3);
    }
    scene.world.write(".codex/config.toml", &config);
    scene
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_token_whose_time_is_over_is_asked_for_anew() {
    let scene = scene(Ages::Before("/v1/responses"), false);
    assert_eq!(goes_well(scene.command(installed("bin/codex"), &ASK)).trim(), "pong");
    let path = "POST /v1/responses";
    assert_eq!(scene.api.seen(), [format!("401 {path}: a token that is over"), format!("200 {path}")]);
    assert_eq!((scene.vendor.requests().len(), scene.asked()), (2, 2));
}

/// Codex kills tokcli each time, and has the token of the first request in the end.
#[test]
#[ignore = "`make test-real` runs it"]
fn a_vendor_that_takes_longer_than_codex_waits_is_asked_once() {
    let mut scene = scene(Ages::Never, false);
    let config = scene.world.path().join(".codex/config.toml");
    let hasty = fs::read_to_string(&config).expect("written") + "timeout_ms = 3000\n";
    fs::write(&config, hasty).expect("written");
    scene.world.add("rotation = \"strict\"");
    let latch = scene.vendor.hold(1);
    let mut codex = scene.command(installed("bin/codex"), &ASK);
    let codex = codex.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let codex = codex.expect("it is installed");
    wait_for(|| scene.asked() == 3);
    latch.open();
    let output = codex.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "pong");
    assert_eq!(scene.api.seen(), ["200 POST /v1/responses"]);
    assert_eq!(scene.vendor.requests().len(), 1);
}

#[test]
#[ignore = "`make test-real` runs it"]
fn an_mcp_server_gets_the_token_of_a_variable() {
    let scene = scene(Ages::Never, true);
    let line = scene.recipe("Codex", "sh");
    let codex = installed("bin/codex");
    super::script(&scene.world, "codex", &format!("#!/bin/sh\nexec {} \"$@\"\n", codex.display()));
    let line = format!("{} exec --skip-git-repo-check 'say pong'", line.trim());
    assert_eq!(goes_well(scene.command("sh", &["-c", &line])).trim(), "pong");
    assert!(scene.api.answers() >= 2, "{:?}", scene.api.seen());
    assert!(scene.api.seen().contains(&"200 POST /v1/responses".into()), "{:?}", scene.api.seen());
    assert_eq!((scene.vendor.requests().len(), scene.asked()), (1, 2));
}
