//! What is pasted at a hidden prompt and has several lines: refused, and nothing of it shown, stored or left to others.

use crate::config_edit::Screen;
use crate::world::{On, World};

/// Three lines; who sees one of them on the screen fails the story.
const PEM: &str =
    "-----BEGIN PRIVATE KEY-----\ncanary-first-line\ncanary-second-line\n-----END PRIVATE KEY-----\n";
const JSON: &str = "{\n  \"access_token\": \"canary-access\",\n  \"refresh_token\": \"canary-refresh\"\n}\n";

fn world(keys: &str) -> World {
    let mut world = World::on(On::File);
    world.add(&format!("[profiles.a]\ndialect = \"oauth2\"\ntoken_url = \"https://a.example/t\"\nclient_id = \"c\"\nstore = \"file\"\n{keys}\n"));
    world
}

#[test]
fn several_lines_at_a_hidden_prompt_are_refused_and_shown_nowhere() {
    let world = world("client_secret = { store = true }");
    for (line, question, pasted, again) in [
        (
            "secret set client_secret",
            "client_secret: ",
            PEM,
            "tokcli secret set client_secret --profile a < FILE",
        ),
        (
            "secret set client_secret",
            "client_secret: ",
            "canary-one\ncanary-two\n",
            "tokcli secret set client_secret",
        ),
        (
            "secret set client_secret",
            "client_secret: ",
            "\n{\n\"canary\": 1}",
            "tokcli secret set client_secret",
        ),
        ("import", "refresh token: ", "canary-one\r\ncanary-two\r\n", "tokcli import --profile a < FILE"),
        ("import --answer", "token answer: ", JSON, "tokcli import --answer --profile a < FILE"),
    ] {
        let mut screen = Screen::of(&world, line);
        screen.sees(question).types(pasted).sees("has several lines").sees(again);
        let (code, shown) = screen.ends();
        assert_eq!(code, Some(3), "{line}: {shown}");
        assert!(!shown.contains("END PRIVATE") && !shown.contains("_token\""), "{shown}");
        let listed = world.run(&["secret", "list", "--json"]).succeeds().object();
        assert_eq!(listed["secrets"][0]["state"], "missing", "{line}");
        let status = world.run(&["status", "--json"]).object();
        assert_eq!(status["profiles"][0]["state"], "none", "{line}");
    }
    // One line is stored, whatever ends it, and whatever comes in front.
    let mut screen = Screen::of(&world, "secret set client_secret");
    screen.sees("client_secret: ").types("\r").sees("nothing was typed").sees("client_secret: ");
    screen.types("canary-secret\r\n");
    assert_eq!(screen.ends().0, Some(0));
    let listed = world.run(&["secret", "list", "--json"]).succeeds().object();
    assert_eq!(listed["secrets"][0]["state"], "set");
}

#[test]
fn whoever_types_nothing_or_interrupts_stores_nothing() {
    let world = world("client_secret = { store = true }");
    let mut screen = Screen::of(&world, "secret set client_secret");
    for _ in 0..3 {
        screen.sees("client_secret: ").types("\r").sees("nothing was typed");
    }
    let (code, shown) = screen.ends();
    assert!(code == Some(3) && shown.contains("no client_secret was typed"), "{shown}");
    // The terminal is as it was, too.
    let mut screen = Screen::of(&world, "secret set client_secret");
    screen.sees("client_secret: ").types("canary\u{3}");
    assert_eq!(screen.ends().0, Some(130));
}

#[test]
fn a_key_that_is_pasted_into_the_questions_is_refused_and_another_source_asked_for() {
    let world = World::on(On::File);
    let mut screen = Screen::of(&world, "config add my --dialect ibm-cloud --set store=file");
    screen.sees("params.api_key come from").sees("]").types("\r").sees("params.api_key: ").types(PEM);
    screen.sees("Several lines cannot be typed. Where does params.api_key come from?").sees("]").types("\r");
    screen.sees("Path of the file").types("key.pem\r");
    let (code, shown) = screen.ends();
    assert!(code == Some(0) && !shown.contains("END PRIVATE"), "{shown}");
    world.run(&["config", "check"]).succeeds();
    let written = std::fs::read_to_string(world.path().join("profiles.toml")).expect("it");
    assert!(written.contains("api_key = { file = \"key.pem\" }"), "{written}");
}

#[test]
fn where_no_keyring_can_be_reached_another_store_is_offered_before_a_secret_is_typed() {
    for (keys, store, stored) in [("\r", "file", true), ("keyring\r", "keyring", false)] {
        let world = World::on(On::File);
        let mut screen = Screen::of(&world, "config add my --dialect ibm-cloud");
        screen.sees("No keyring can be reached here").sees("]").types(keys);
        screen.sees("params.api_key come from").sees("]").types("\r");
        screen.sees("params.api_key: ").types("canary-key\r");
        let (code, shown) = screen.ends();
        assert_eq!(code, Some(if stored { 0 } else { 6 }), "{shown}");
        let written = std::fs::read_to_string(world.path().join("profiles.toml")).expect("it");
        assert!(written.contains(&format!("store = \"{store}\"")), "{written}");
        let next = if stored {
            "`tokcli token --profile my` gets a token"
        } else {
            "keeps the credential in a sealed file; then `tokcli secret set params.api_key --profile my` stores it"
        };
        assert!(shown.contains(next), "{shown}");
    }
}

#[test]
fn the_next_step_after_a_new_profile_is_told() {
    let world = World::on(On::File);
    let add = |name: &str, words: &[&str]| {
        let all = [&["config", "add", name, "--set", "store=file", "--dialect"], words].concat();
        world.run(&all).succeeds()
    };
    add("a", &["oauth2", "--set", "token_url=https://a.example/t", "--set", "client_id=c"])
        .says("`tokcli import --profile a` imports the refresh token of a login");
    let other =
        ["oauth2", "--set", "token_url=https://a.example/t", "--set", "client_id=c", "--set", "account=a"];
    let shared = add("b", &other);
    assert!(!shared.stderr.contains("import"), "{}", shared.stderr);
    let key = ["google-service-account", "--set", "params.key_file.store=true", "--set", "params.scopes=s"];
    add("g", &key)
        .says("`tokcli secret set params.key_file --profile g < FILE` stores its secret")
        .says("`tokcli token --profile g` gets a token");
    let object = add("h", &[&key[..], &["--json"]].concat()).object();
    assert_eq!(object["secrets_to_set"], serde_json::json!(["params.key_file"]), "{object}");
    // At a terminal a key that is a file is asked for as one.
    let mut screen = Screen::of(&world, "config add i --dialect google-service-account --set store=file");
    screen.sees("params.key_file come from").sees("> a file").sees("]").types("\r").sees("Path of the file");
    screen.types("key.json\r").sees("params.scopes").types("s\r").sees("params.subject").types("\r");
    assert_eq!(screen.ends().0, Some(0));
}

#[test]
fn the_way_that_a_removed_profile_names_forgets_its_stored_secrets() {
    let world = world("client_secret = { store = true }");
    world.run_with(&["secret", "set", "client_secret"], "canary-s").succeeds();
    let text = std::fs::read_to_string(world.path().join("profiles.toml")).expect("it");
    world
        .run(&["config", "remove", "a"])
        .succeeds()
        .says("`account = \"a\"`, `store = \"file\"` and the same dialect")
        .says("`tokcli logout --local --all-secrets --profile NAME` forgets it");
    world.write("profiles.toml", &text);
    world.run(&["logout", "--local", "--all-secrets", "--profile", "a"]).succeeds();
    let listed = world.run(&["secret", "list", "--json"]).succeeds().object();
    assert_eq!(listed["secrets"][0]["state"], "missing");
}

#[test]
fn an_editor_that_cannot_be_started_leaves_no_copy() {
    let mut world = world("");
    world.set("VISUAL", "/nonexistent/editor");
    let (code, shown) = Screen::of(&world, "config edit").ends();
    assert!(code == Some(3) && !shown.contains("what you wrote"), "{shown}");
    let names = std::fs::read_dir(world.path()).expect("it").flatten().map(|entry| entry.file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().contains("edit-")));
    // Of a copy that a reader stops at, all that is wrong is told.
    world.set("VISUAL", "printf '[profiles.x]\\nbad = 1\\n[profiles.y]\\nworse = 1\\n' >>");
    let mut screen = Screen::of(&world, "config edit");
    screen
        .sees("`profiles.x")
        .sees("`profiles.y")
        .sees("the copy is ")
        .sees("edit it again? [Y/n]")
        .types("n\r");
    assert_eq!(screen.ends().0, Some(3));
}
