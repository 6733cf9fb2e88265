//! Claude Code, by `apiKeyHelper`, and by `headersHelper` for an MCP server.

use std::fs;
use std::process::Command;

use super::super::programs::goes_well;
use super::super::server::installed;
use super::{Ages, Scene};

fn scene(ages: Ages) -> Scene {
    let scene = Scene::new(ages);
    fs::create_dir(scene.world.path().join(".claude")).expect("made");
    scene.world.write(".claude/settings.json", &scene.recipe("Claude Code", "json"));
    scene
}

fn claude(scene: &Scene, words: &[&str]) -> Command {
    let program = installed("node_modules/@anthropic-ai/claude-code/cli.js");
    let line = [&[program.to_str().expect("UTF-8"), "-p", "say pong"], words].concat();
    let mut command = scene.command(installed("bin/node"), &line);
    command.env("ANTHROPIC_BASE_URL", scene.api.origin());
    command.env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1").env("DISABLE_AUTOUPDATER", "1");
    command
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_token_whose_time_is_over_is_asked_for_anew() {
    let scene = scene(Ages::Before("/v1/messages"));
    assert_eq!(goes_well(claude(&scene, &[])).trim(), "pong");
    let path = "POST /v1/messages";
    assert_eq!(scene.api.seen(), [format!("401 {path}: a token that is over"), format!("200 {path}")]);
    assert_eq!((scene.vendor.requests().len(), scene.asked()), (2, 2));
    assert!(scene.api.had_keys(), "docs/integrations.md says so");
}

#[test]
#[ignore = "`make test-real` runs it"]
fn an_mcp_server_gets_its_header() {
    let scene = scene(Ages::Never);
    scene.world.write(".mcp.json", &scene.nth_recipe("Claude Code", "json", 2));
    assert_eq!(
        goes_well(claude(&scene, &["--strict-mcp-config", "--mcp-config", ".mcp.json"])).trim(),
        "pong"
    );
    assert!(scene.api.answers() >= 2, "{:?}", scene.api.seen());
    // One of each helper.
    assert_eq!((scene.vendor.requests().len(), scene.asked()), (1, 2));
}
