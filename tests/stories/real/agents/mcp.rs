//! Clients of the Model Context Protocol: its SDKs for TypeScript and Python, and mcp-remote.

use super::super::programs::goes_well;
use super::super::server::installed;
use super::{Ages, Scene, script};

const PING: &str = "console.log(JSON.stringify(await client.callTool({ name: 'ping', arguments: {} })));\nawait client.close();\n";

/// It has asked once more, and had an answer to everything.
#[track_caller]
fn asked_once_more(scene: &Scene) {
    let mut seen = scene.api.seen();
    assert_eq!(seen.remove(0), "401 POST /mcp: a token that is over");
    let fits = |line: &String| ["200 POST /mcp", "202 POST /mcp", "405 GET /mcp"].contains(&&**line);
    assert!(seen.iter().all(fits) && seen.len() > 2, "{seen:?}");
    assert_eq!(scene.vendor.requests().len(), 2);
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_client_in_typescript_has_a_token_for_each_request() {
    let scene = Scene::new(Ages::Before("/mcp"));
    let heading = "MCP clients of your own, in TypeScript";
    scene.world.write("token.mjs", &scene.recipe(heading, "js"));
    let client = scene.nth_recipe(heading, "js", 2) + PING;
    let said = goes_well(scene.node("client.mjs", &client));
    assert!(said.contains("\"text\":\"pong\""), "{said}");
    asked_once_more(&scene);
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_client_in_python_has_a_token_for_each_request() {
    let scene = Scene::new(Ages::Before("/mcp"));
    let client = scene.recipe("MCP clients of your own, in Python", "python");
    let said = goes_well(scene.python(&client));
    assert!(said.contains("name='ping'"), "{said}");
    asked_once_more(&scene);
}

#[test]
#[ignore = "`make test-real` runs it"]
fn mcp_remote_has_one_for_as_long_as_it_runs() {
    let scene = Scene::new(Ages::Never);
    scene.world.write("servers.json", &scene.recipe("mcp-remote", "json"));
    let remote = installed("node_modules/mcp-remote/dist/proxy.js");
    let npx = format!(
        "#!/bin/sh\n[ \"$1\" = mcp-remote ] && shift\nexec {} {} \"$@\"\n",
        installed("bin/node").display(),
        remote.display()
    );
    script(&scene.world, "npx", &npx);
    let client = "import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const { own } = JSON.parse(readFileSync('servers.json')).mcpServers;
const transport = new StdioClientTransport({ ...own, env: process.env });
const client = new Client({ name: 'own', version: '1.0.0' });
await client.connect(transport);
";
    let said = goes_well(scene.node("client.mjs", &(client.to_owned() + PING)));
    assert!(said.contains("\"text\":\"pong\""), "{said}");
    assert!(scene.api.answers() >= 2, "{:?}", scene.api.seen());
    assert_eq!((scene.vendor.requests().len(), scene.asked()), (1, 1));
}
