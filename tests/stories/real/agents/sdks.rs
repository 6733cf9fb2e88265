//! The SDKs of two vendors of models, which ask a function for the token.

use super::super::programs::goes_well;
use super::{Ages, Scene};

const HEADING: &str = "SDKs of OpenAI and Anthropic";

#[test]
#[ignore = "`make test-real` runs it"]
fn openai_asks_before_each_request() {
    let scene = Scene::new(Ages::After("/v1/responses"));
    let twice =
        "for _ in range(2):\n    print(client.responses.create(model=\"m\", input=\"ping\").output_text)\n";
    let client = scene.recipe(HEADING, "python") + twice;
    assert_eq!(goes_well(scene.python(&client)), "pong\npong\n");
    assert_eq!(scene.api.seen(), ["200 POST /v1/responses"; 2]);
    assert_eq!((scene.vendor.requests().len(), scene.asked()), (2, 2));
}

#[test]
#[ignore = "`make test-real` runs it"]
fn anthropic_asks_again_after_a_401() {
    let scene = Scene::new(Ages::Before("/v1/messages"));
    scene.world.write("token.mjs", &scene.recipe("MCP clients of your own, in TypeScript", "js"));
    let once = "const messages = [{ role: 'user', content: 'ping' }];
console.log((await client.messages.create({ model: 'm', max_tokens: 9, messages })).content[0].text);
";
    let client = scene.recipe(HEADING, "js") + once;
    assert_eq!(goes_well(scene.node("client.mjs", &client)), "pong\n");
    let path = "POST /v1/messages";
    assert_eq!(scene.api.seen(), [format!("401 {path}: a token that is over"), format!("200 {path}")]);
    assert_eq!((scene.vendor.requests().len(), scene.asked()), (2, 2));
    assert!(!scene.api.had_keys(), "as a bearer token alone");
}
