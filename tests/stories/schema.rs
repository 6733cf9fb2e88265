//! What an editor is told about profiles.toml agrees with what tokcli says of it.

use std::fs;
use std::path::Path;

use jsonschema::Validator;
use serde_json::Value;

use crate::world::{On, World};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn validator(world: &World) -> Validator {
    let text = world.run(&["config", "schema"]).succeeds().keeps_stderr_empty().stdout;
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("a schema");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

fn read(text: &str) -> Value {
    let table: toml::Table = text.parse().expect("TOML");
    serde_json::to_value(table).expect("JSON")
}

/// TOML blocks of a page that could be files: every key at the top is one of profiles.toml's, and no dialect is
/// continued from another block.
fn blocks(page: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).expect(page);
    let blocks =
        text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().expect("closed").to_owned());
    let known =
        ["default_profile", "dialect_files", "on_login_required", "log", "profiles", "stores", "dialects"];
    let whole = |text: &String| {
        let table: toml::Table = text.parse().expect(page);
        let begun =
            |dialect: &toml::Value| ["extends", "exchanges"].iter().any(|key| dialect.get(key).is_some());
        let dialects = table.get("dialects").and_then(toml::Value::as_table);
        table.keys().all(|key| known.contains(&key.as_str()))
            && dialects.is_none_or(|all| all.iter().all(|(_, dialect)| begun(dialect)))
    };
    blocks.filter(whole).collect()
}

#[test]
fn everything_that_we_show_is_right_by_the_schema() {
    let validator = validator(&World::on(On::File));
    let mut files = vec![(
        "profiles.example.toml".to_owned(),
        fs::read_to_string(root().join("profiles.example.toml")).expect("it"),
    )];
    let catalog = fs::read_dir(root().join("src/dialect/catalog")).expect("the catalogue").flatten();
    files.extend(
        catalog
            .map(|file| (file.path().display().to_string(), fs::read_to_string(file.path()).expect("text"))),
    );
    let pages = fs::read_dir(root().join("docs")).expect("docs").flatten();
    let pages =
        pages.filter_map(|file| file.file_name().into_string().ok()).filter(|name| name.ends_with(".md"));
    for page in pages.map(|name| format!("docs/{name}")).chain(["README.md".to_owned()]) {
        files.extend(blocks(&page).into_iter().map(|text| (page.clone(), text)));
    }
    assert!(files.iter().filter(|(name, _)| name.ends_with(".md")).count() >= 5, "the pages show files");
    for (name, text) in files {
        let wrong: Vec<String> = validator
            .iter_errors(&read(&text))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}\n{text}");
    }
}

const PROFILE: &str = "[profiles.a]\ndialect = \"oauth2\"\ntoken_url = \"https://a.example/t\"\n";
const IN_STORE_A: &str = "[profiles.a]\ndialect = \"oauth2\"\ntoken_url = \"https://a.example/t\"\nclient_id = \"c\"\nstore = \"a\"\n[stores.a]\n";
const DIALECT: &str = "[dialects.a]\nextends = \"oauth2\"\n";
const ANSWER: &str = "[dialects.a]\nextends = \"oauth2\"\n[dialects.a.exchanges.refresh.answer]\n";

const WRONG: [(&str, &str); 85] = [
    ("", "profile = {}"),
    ("", "default_profile = 5"),
    ("", "[profiles.\"a b\"]\ndialect = \"oauth2\""),
    ("", "[profiles.a]\ntoken_url = \"https://a.example\""),
    ("", "[profiles.a]\ndialect = \"oauth2\"\ntoken_url = \"http://a.example\""),
    ("", "[stores.a]\nkind = \"cloud\""),
    ("", "[stores.a]\nkind = \"file\"\nkey = \"canary\""),
    (IN_STORE_A, "kind = \"keyring\"\nkey = { env = \"K\" }"),
    (IN_STORE_A, "kind = \"file\"\nload = [\"cat\"]"),
    (IN_STORE_A, "kind = \"keyring\"\nexclusive = true"),
    (IN_STORE_A, "kind = \"command\"\nload = [\"cat\"]"),
    (IN_STORE_A, "kind = \"vault\"\ntoken = { env = \"T\" }"),
    (
        IN_STORE_A,
        "kind = \"vault\"\naddress = \"https://v.example\"\ntoken = { env = \"T\" }\nload = [\"cat\"]",
    ),
    (IN_STORE_A, "kind = \"vault\"\naddress = \"https://v.example\"\njwt = { role = \"r\" }"),
    (
        IN_STORE_A,
        "kind = \"vault\"\naddress = \"https://v.example\"\ntoken = { env = \"T\" }\nrecovery = \"perhaps\"",
    ),
    (IN_STORE_A, "kind = \"remote\""),
    (IN_STORE_A, "kind = \"command\"\nkey = { env = \"K\" }"),
    (IN_STORE_A, "kind = \"command\"\nkey = { env = \"K\" }\nload = []"),
    (PROFILE, "timeuot = \"5s\""),
    (PROFILE, "client_id = 7"),
    (PROFILE, "client_secret = \"canary\""),
    (PROFILE, "client_secret = { env = \"not a name\" }"),
    (PROFILE, "client_secret = { env = \"A\", file = \"b\" }"),
    (PROFILE, "client_secret = { command = [] }"),
    (PROFILE, "client_secret = { credential = \"../key\" }"),
    (PROFILE, "client_secret = { credential = \"..\" }"),
    ("", "[stores.a]\nkind = \"file\"\nkey = { credential = \"a/b\" }"),
    (PROFILE, "client_secret = { enw = \"A\" }"),
    (PROFILE, "client_auth = \"basic\""),
    (PROFILE, "signing_alg = \"RS1\""),
    (PROFILE, "timeout = \"5\""),
    (PROFILE, "timeout = 5"),
    (PROFILE, "timeout = \"0s\""),
    (PROFILE, "rotation = \"sometimes\""),
    (PROFILE, "replay = \"always\""),
    (PROFILE, "account = \"a/b\""),
    (PROFILE, "params = { a = 1.5 }"),
    (PROFILE, "params = { a = { env = \"A\", about = \"b\" } }"),
    (PROFILE, "tls = { pin_sha256 = \"abc\" }"),
    (PROFILE, "tls = { insecure = \"yes\" }"),
    (PROFILE, "tls = { ca = \"a.pem\" }"),
    (PROFILE, "proxy = \"ftp://a.example\""),
    (DIALECT, "rotaton = \"strict\""),
    (DIALECT, "renews_with = \"token\""),
    (DIALECT, "margin = \"5 minutes\""),
    (DIALECT, "steps = 1"),
    (DIALECT, "params.a-b = {}"),
    (DIALECT, "params.a = { optinal = true }"),
    (DIALECT, "exchanges.refresh.anser = {}"),
    (DIALECT, "exchanges.refresh.request.method = \"post\""),
    (DIALECT, "exchanges.refresh.request.form.a = \"{% if a %}\""),
    (DIALECT, "exchanges.refresh.request.form.a = { b = 1 }"),
    (DIALECT, "exchanges.refresh.request.client_auth = [\"basic\"]"),
    (DIALECT, "exchanges.refresh.request = { form.a = \"b\", json.a = \"b\" }"),
    (DIALECT, "exchanges.refresh.success.status = [20]"),
    (DIALECT, "exchanges.refresh.success.status = [\"6xx\"]"),
    (DIALECT, "exchanges.refresh.success.tests = [{ at = \"/a\" }]"),
    (DIALECT, "exchanges.refresh.success.tests = [{ at = \"/a\", equals = [] }]"),
    (DIALECT, "exchanges.refresh.refusals = [{ is = \"no\", status = [400] }]"),
    (DIALECT, "exchanges.refresh.success.tests = [{ at = \"/a\", empty = true }]"),
    (DIALECT, "exchanges.refresh.success.tests = [{ empty = true, equals = 1 }]"),
    (DIALECT, "exchanges.refresh.success.tests = [{ empty = 0 }]"),
    (DIALECT, "exchanges.refresh.refusals = [{ is = \"login_required\" }]"),
    (DIALECT, "examples = [{ answers = [{ is = \"no_answer\", reads = {} }] }]"),
    (DIALECT, "examples = [{ answers = [{ status = 20, is = \"no_answer\" }] }]"),
    (DIALECT, "exchanges.refresh.success.tests = { at = \"/a\", equals = 1, present = false }"),
    (DIALECT, "exchanges.refresh.success.tests = { at = \"/a\", present = true, optional = true }"),
    (DIALECT, "exchanges.refresh.success.tests = { at = \"a\", equals = 1 }"),
    (DIALECT, "exchanges.refresh.success.tests = { at = [], equals = 1 }"),
    (DIALECT, "exchanges.refresh.refusals = { is = \"login_required\", otherwise = false }"),
    (
        DIALECT,
        "exchanges.refresh.refusals = { is = \"login_required\", otherwise = true, tests = { at = \"/a\", equals = 1 } }",
    ),
    (ANSWER, "within = \"data\""),
    (ANSWER, "access_expires = { at = \"/a\", unit = \"seconds\", plus = \"2h\" }"),
    (
        ANSWER,
        "access_expires = { at = \"/a\", unit = \"epoch_seconds\", since = { at = \"/b\", unit = \"epoch_seconds\" } }",
    ),
    (
        ANSWER,
        "access_expires = { at = \"/a\", unit = \"seconds\", since = { at = \"/b\", unit = \"seconds\" } }",
    ),
    (ANSWER, "access_expires = { time_of_day = \"6:00\" }"),
    (ANSWER, "access_expires = { time_of_day = \"06:00\", at = \"/a\", unit = \"seconds\" }"),
    (ANSWER, "access_token = \"access_token\""),
    (ANSWER, "access_token = \"/a~b\""),
    (ANSWER, "access_token = { at = \"/a\", header = \"b\" }"),
    (ANSWER, "access_token = []"),
    (ANSWER, "access_expires = [{ at = \"/a\", unit = \"second\" }]"),
    (ANSWER, "access_expires = [{ at = \"/a\", unit = \"date\" }]"),
    (ANSWER, "access_expires = [{ at = \"/a\", unit = \"iso8601\", offset = \"8\" }]"),
    (
        "",
        "[dialects.a.exchanges.refresh]\nrequest.form.a = \"{{ refresh_token }}\"\nanswer.access_token = \"/a\"",
    ),
];

#[test]
fn what_the_schema_refuses_tokcli_refuses_too() {
    let world = World::on(On::File);
    let validator = validator(&world);
    for head in [PROFILE, DIALECT] {
        world.write("profiles.toml", head);
        assert!(validator.is_valid(&read(head)), "{head}");
        world.run(&["config", "check"]).succeeds();
    }
    for (head, line) in WRONG {
        let text = format!("{head}{line}\n");
        assert!(!validator.is_valid(&read(&text)), "an editor would not see it: {text}");
        world.write("profiles.toml", &text);
        // Recorded examples are read only by those who ask for dialects.
        let command = if line.contains("examples") { ["dialect", "check"] } else { ["config", "check"] };
        world.run(&command).exits(3);
    }
}

const ALONE: [(&str, &str); 27] = [
    (DIALECT, "keywords = \"k\""),
    (DIALECT, "undocumented = \"u\""),
    (DIALECT, "remove = \"title\""),
    (DIALECT, "steps = \"refresh\""),
    (DIALECT, "hosts = \"a.example\""),
    (DIALECT, "params.p.one_of = \"x\"\nexchanges.refresh.request.form.p = \"{{ params.p }}\""),
    (DIALECT, "exchanges.refresh.success.status = 200"),
    (DIALECT, "exchanges.refresh.success.status = \"2xx\""),
    (DIALECT, "exchanges.refresh.success.tests = { at = \"/a\", equals = 1 }"),
    (
        DIALECT,
        "exchanges.refresh.refusals = { is = \"login_required\", status = 400, tests = { at = \"/a\", equals = 1 } }",
    ),
    (DIALECT, "examples.answers = { is = \"no_answer\", status = 500 }"),
    (ANSWER, "access_expires = { at = \"/a\", unit = \"seconds\" }"),
    (ANSWER, "refresh_expires = { at = \"/a\", unit = \"seconds\" }"),
    (ANSWER, "retry_after = { at = \"/a\", unit = \"seconds\" }"),
    (ANSWER, "words = \"/a\""),
    (ANSWER, "words = { header = \"X-Why\" }"),
    (ANSWER, "within = \"/data\""),
    (ANSWER, "within = \"\""),
    (ANSWER, "access_token_as = \"{{ client_id }}:{{ access_token }}\""),
    (ANSWER, "access_expires = { time_of_day = \"06:00\", offset = \"+05:30\" }"),
    (ANSWER, "access_expires = { at = \"/a\", unit = \"by_size\" }"),
    (ANSWER, "access_expires = { at = \"/a\", unit = \"date\", format = \"%F %T\", plus = \"2h\" }"),
    (
        ANSWER,
        "access_expires = { at = \"/a\", unit = \"hours\", since = { header = \"X\", unit = \"iso8601\", offset = \"+08:00\" } }",
    ),
    (DIALECT, "exchanges.refresh.success.tests = { at = \"\", contains = \"x\", optional = true }"),
    (DIALECT, "exchanges.refresh.success.tests = { at = [\"/a\", \"/*/b\"], not_equals = 1 }"),
    (DIALECT, "exchanges.refresh.refusals = { is = \"request_rejected\", otherwise = true }"),
    (DIALECT, "exchanges.refresh.refusals = { is = \"unavailable\", otherwise = true, status = \"5xx\" }"),
];

#[test]
fn a_value_alone_is_a_list_of_one_to_an_editor_and_to_tokcli() {
    let world = World::on(On::File);
    let validator = validator(&world);
    for (head, line) in ALONE {
        let text = format!("{head}{line}\n");
        assert!(validator.is_valid(&read(&text)), "an editor would underline it: {text}");
        world.write("profiles.toml", &text);
        world.run(&["dialect", "check"]).succeeds();
        world.run(&["dialect", "test", "a"]).succeeds();
    }
}

#[test]
fn with_json_it_is_the_same_on_one_line() {
    let world = World::on(On::File);
    let text = world.run(&["config", "schema"]).succeeds().stdout;
    let object = world.run(&["config", "schema", "--json"]).succeeds().object();
    assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), object);
}
