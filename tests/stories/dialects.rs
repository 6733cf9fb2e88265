//! The dialects that docs/dialects/ shows, run as a user would run them,
//! against servers that give the answers it speaks of.

use std::fs;
use std::path::Path;

use httpmock::prelude::*;
use serde_json::json;

use crate::world::{On, World};

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/dialects").join(name);
    fs::read_to_string(path).expect("the page")
}

/// The TOML blocks of the pages, in order.
fn blocks() -> Vec<String> {
    let text = ["tutorial.md", "reference.md", "patterns.md"].map(page).concat();
    let blocks =
        text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().expect("closed").to_owned());
    blocks.collect()
}

fn world(profile: &str, dialect: &str) -> World {
    let mut world = World::on(On::File);
    world.set("ACME_SECRET", "canary-secret");
    world.add(profile);
    world.add("store = \"file\"");
    world.add(dialect);
    world.run_with(&["import"], "rt-canary-1").succeeds();
    world
}

#[test]
fn the_short_form_is_a_whole_file() {
    let file = &blocks()[0];
    assert!(file.lines().count() <= 12, "{file}");
    let server = MockServer::start();
    let token = server.mock(|when, then| {
        when.method(POST).path("/oauth/token").body(
            "grant_type=refresh_token&refresh_token=rt-canary-1&scope=read+write&client_id=app-7&client_secret=canary-secret",
        );
        then.status(200).json_body(json!({ "access_token": "at-1", "expires_in": 60 }));
    });
    let mut world = World::on(On::File);
    world.set("NIMBUS_SECRET", "canary-secret");
    world.add(&file.replace("https://id.nimbus.example", &server.base_url()));
    world.add("store = \"file\"");
    world.run(&["config", "check"]).succeeds();
    world.run_with(&["import"], "rt-canary-1").succeeds();
    world.run(&["token"]).succeeds().prints("at-1\n");
    token.assert_calls(1);
}

#[test]
fn the_vendor_with_an_oddity_works() {
    let dialect = &blocks()[2];
    let server = MockServer::start();
    let token = server.mock(|when, then| {
        when.method(POST).path("/oauth/token").header("X-Tenant", "eu1").body(
            "grant_type=refresh_token&refresh_token=rt-canary-1&client_id=app-7&client_secret=canary-secret",
        );
        then.status(200)
            .json_body(json!({ "access_token": "at-1", "expires_in": 60, "refresh_token": "rt-canary-2" }));
    });
    let profile = format!(
        "[profiles.acme]\ndialect = \"acme\"\nbase_url = \"{}\"\nclient_id = \"app-7\"\nclient_secret = {{ env = \"ACME_SECRET\" }}\nparams = {{ tenant = \"eu1\" }}",
        server.base_url()
    );
    let world = world(&profile, dialect);
    world.run(&["token"]).succeeds().prints("at-1\n");
    token.assert_calls(1);
}

#[test]
fn the_vendor_from_nothing_works() {
    let dialect = &blocks()[3];
    let server = MockServer::start();
    let profile = format!(
        "[profiles.borealis]\ndialect = \"borealis\"\nbase_url = \"{}\"\nparams = {{ app_id = \"app-7\", app_key = {{ env = \"ACME_SECRET\" }} }}",
        server.base_url()
    );
    let world = world(&profile, dialect);
    let later = jiff::Timestamp::now().as_millisecond() + 3_600_000;
    for (answer, exit, words) in [
        (
            json!({ "code": 40101, "message": "refresh token is too old" }),
            4,
            "(status 200: refresh token is too old)",
        ),
        (json!({ "code": "42900" }), 5, "limits how often"),
        (
            json!({ "code": 0, "data": { "accessToken": "at-2", "refreshToken": "rt-canary-2", "expiresAt": later } }),
            0,
            "",
        ),
    ] {
        let mut renew = server.mock(|when, then| {
            when.method(POST)
                .path("/v2/token/renew")
                .header("X-App-Key", "canary-secret")
                .json_body(json!({ "appId": "app-7", "refreshToken": "rt-canary-1", "version": 2 }));
            then.status(200).json_body(answer);
        });
        world.run(&["refresh"]).exits(exit).says(words);
        renew.assert_calls(1);
        renew.delete();
        if exit == 5 {
            // A limit binds for a minute; a new login is a new credential.
            world.run_with(&["import", "--replace"], "rt-canary-other").succeeds();
            world.run_with(&["import", "--replace"], "rt-canary-1").succeeds();
        }
    }
    let object = world.run(&["token", "--json"]).succeeds().object();
    assert_eq!(object["expires_at_unix"], later / 1_000);
}

/// What stands in a block alone, with what it needs around it.
fn framed(block: &str, blocks: &[String]) -> String {
    let request = "[dialects.frame]\nextends = \"oauth2\"\n[dialects.frame.exchanges.refresh.request]\nclient_auth = []\n";
    let answer = "[dialects.frame]\nextends = \"oauth2\"\n[dialects.frame.exchanges.refresh.answer]\n";
    match block {
        block if block.starts_with("[[dialects.acme.examples]]") => format!("{}\n{block}", blocks[2]),
        block if block.starts_with("query.") || block.starts_with("values.") => format!("{request}{block}"),
        block if block.starts_with("keep") => format!("{answer}{block}"),
        block => block.to_owned(),
    }
}

#[test]
fn every_dialect_on_the_page_is_whole_and_its_examples_come_out_as_recorded() {
    let blocks = blocks();
    let whole: Vec<String> = blocks
        .iter()
        .map(|block| framed(block, &blocks))
        .filter(|block| !block.contains("[profiles."))
        .collect();
    assert_eq!(whole.len() + 1, blocks.len(), "one block is a profile");
    let world = World::on(On::File);
    let mut recorded = 0;
    for block in whole {
        assert!(block.contains("[dialects."), "a block that nothing runs: {block}");
        world.write("profiles.toml", &block);
        world.run(&["config", "check"]).succeeds();
        world.write("page.toml", &block);
        world.run(&["dialect", "check", "page.toml"]).succeeds();
        let tested = world.run(&["dialect", "test", "page.toml"]).succeeds();
        recorded += tested.stdout.matches(": as recorded").count();
    }
    let examples = blocks.iter().flat_map(|block| block.lines()).filter(|line| line.ends_with(".examples]]"));
    assert_eq!(recorded, examples.count());
}

#[test]
fn the_bases_stand_on_the_page_as_they_are() {
    let blocks = blocks();
    let world = World::on(On::File);
    world.write("profiles.toml", "");
    for name in ["oauth2", "oauth2-client-credentials"] {
        let source = world.run(&["dialect", "show", name]).succeeds().stdout;
        let dialect = source.split(&format!("\n[[dialects.{name}.examples]]")).next().expect("a dialect");
        assert!(blocks.iter().any(|block| block.trim_end() == dialect.trim_end()), "{name} has changed");
    }
}

#[test]
fn the_patterns_name_vendors_that_use_them() {
    let text = page("patterns.md");
    let table = text.split("# Patterns").nth(1).expect("a section").split("\n## ").next().expect("a table");
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ") && line.contains('`')).collect();
    assert!(rows.len() > 15);
    let world = World::on(On::File);
    world.write("profiles.toml", "");
    for row in rows {
        let cells: Vec<&str> = row.split(" | ").collect();
        for name in cells.last().expect("a cell").split('`').skip(1).step_by(2) {
            world.run(&["dialect", "show", name]).succeeds();
        }
    }
}

/// Whoever writes a dialect by a program sees in the object what differs, also where something does.
#[test]
fn what_differs_from_a_record_is_in_the_object_of_a_failure() {
    let world = World::on(On::File);
    let head = "[dialects.acme]\nextends = \"oauth2\"\naccess_lifetime = \"2h\"\n";
    let example = "[[dialects.acme.examples]]\nprofile = { token_url = \"https://a.example/t\", client_id = \"c\", client_secret = \"canary-secret\" }\ncredential.refresh_token = \"canary-rt\"\n";
    let answer = "answers = [{ body = '{\"access_token\":\"at-2\"}', reads = { access_token = \"at-2\", expires_in = 3600 } }]\n";
    world.write("acme.toml", &format!("{head}{example}{answer}"));
    let ended = world.run(&["dialect", "test", "acme.toml", "--json"]).exits(3).says_nothing_on_stdout();
    let object: serde_json::Value = serde_json::from_str(&ended.stderr).expect("an object");
    assert_eq!(object["error"]["code"], "config", "{object}");
    let differences = &object["examples"][0]["differences"];
    // The lifetime that the dialect gives is counted.
    assert_eq!(differences[0]["recorded"], "3600", "{object}");
    assert_eq!(differences[0]["comes_out"], "7200", "{object}");
    world.write("acme.toml", &format!("{head}{example}{}", answer.replace("3600", "7200")));
    world.run(&["dialect", "test", "acme.toml"]).succeeds();
    // An example of nothing shows what would be sent.
    world.write("acme.toml", &format!("{head}{example}"));
    let shown = world.run(&["dialect", "test", "acme.toml"]).succeeds().stdout;
    assert!(shown.contains("> grant_type=refresh_token&refresh_token=***"), "{shown}");
    world.write("acme.toml", &format!("{head}{}", example.replace("client_id = \"c\", ", "")));
    world.run(&["dialect", "test", "acme.toml"]).exits(3).says("`profiles.example.client_id`: missing");
}

#[test]
fn mistakes_are_told_to_programs_one_by_one() {
    let world = World::on(On::File);
    world.write("acme.toml", "[dialects.acme]\nextends = \"oauth2\"\ntitel = \"x\"\nrotation = \"strikt\"\n");
    let ended = world.run(&["dialect", "check", "acme.toml", "--json"]).exits(3).says_nothing_on_stdout();
    let object: serde_json::Value = serde_json::from_str(&ended.stderr).expect("an object");
    let places: Vec<_> =
        object["mistakes"].as_array().expect("a list").iter().map(|one| &one["line"]).collect();
    assert_eq!(places, [3, 4], "{object}");
    world.write("profiles.toml", "[profiles.a]\ndialect = \"oauth2\"\ntimeuot = \"5s\"\nstor = \"file\"\n");
    let ended = world.run(&["config", "check", "--json"]).exits(3).says_nothing_on_stdout();
    let object: serde_json::Value = serde_json::from_str(&ended.stderr).expect("an object");
    let places: Vec<_> =
        object["mistakes"].as_array().expect("a list").iter().map(|one| &one["line"]).collect();
    assert_eq!(places, [1, 3, 4], "{object}");
    assert!(object["mistakes"][1]["file"].as_str().is_some_and(|file| file.ends_with("profiles.toml")));
}

/// What somebody records they may show: nothing of it is theirs, and it replays.
#[test]
fn a_real_refresh_becomes_a_record_of_which_nothing_is_anybodys() {
    let server = MockServer::start();
    let jwt = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtleS1jYW5hcnkifQ.eyJleHAiOjE3OTU5NjAwMDAsInN1YiI6ImNhbmFyeS11c2VyIn0.c2lnLWNhbmFyeQ";
    server.mock(|when, then| {
        when.method(POST)
            .path("/t")
            .header("X-Key", "canary-key")
            .json_body_includes(r#"{"token":"rt-canary-1"}"#);
        then.status(200).header("X-Trace", "canary-trace").json_body(json!({
            "code": 0, "message": "success",
            "data": { "token": jwt, "refresh": "rt-Canary_0123456789abcdef", "expires_in": 7_200,
                "user": { "id": 98_765_432, "mail": "canary@corp.example", "roles": ["admin"] } },
        }));
    });
    let mut world = World::on(On::File);
    let dialect = "[dialects.acme]\nparams = { key = { secret = true }, tenant = {} }\n[dialects.acme.exchanges.refresh]\nrequest.url = \"{{ base_url }}/t\"\nrequest.headers.X-Key = \"{{ params.key }}\"\nrequest.json = { token = \"{{ refresh_token }}\", tenant = \"{{ params.tenant }}\" }\nanswer = { access_token = \"/data/token\", refresh_token = \"/data/refresh\", account = \"/data/user/mail\", words = [\"/message\"] }\nsuccess.tests = [{ at = \"/code\", equals = 0 }]\nrefusals = [{ is = \"login_required\", tests = [{ at = \"/code\", equals = 40101 }] }]\n";
    let profile = |name: &str| {
        format!(
            "[profiles.{name}]\ndialect = \"acme\"\nstore = \"file\"\nbase_url = \"{}\"\nparams = {{ key = {{ env = \"KEY\" }}, tenant = \"canary-corp\" }}\n",
            server.base_url()
        )
    };
    world.add(&profile("mine"));
    world.add(dialect);
    world.set("KEY", "canary-key");
    world.run_with(&["import"], "rt-canary-1\n").succeeds();
    let record = world.run(&["dialect", "record", "acme"]).succeeds().stdout;
    assert!(!record.to_lowercase().contains("canary"), "{record}");
    for kept in ["\"expires_in\":7200", "\"message\":\"success\"", "\"code\":0", "\"roles\":[\"admin\"]"] {
        assert!(record.contains(kept), "{kept}: {record}");
    }
    assert!(!record.contains("98765432"), "{record}");
    // What it got is kept as by any refresh.
    world.run(&["token"]).succeeds().prints(&format!("{jwt}\n"));
    world.write("acme.toml", &format!("{dialect}\n{record}"));
    world.run(&["dialect", "check", "acme.toml"]).succeeds();
    let replayed = world.run(&["dialect", "test", "acme.toml"]).succeeds().stdout;
    assert!(
        replayed.contains("as recorded") && replayed.contains("POST https://api.vendor.example/t"),
        "{replayed}"
    );
    // A refusal is recorded, too.
    server.reset();
    server.mock(|when, then| {
        when.method(POST).path("/t");
        then.status(200)
            .json_body(json!({ "code": 40_101, "message": "token 9f86d081884c7d659a2f is over" }));
    });
    let ended = world.run(&["dialect", "record", "acme"]).succeeds().says("that is what is recorded");
    assert!(!ended.stdout.contains("9f86d081"), "{}", ended.stdout);
    world.write("acme.toml", &format!("{dialect}\n{}", ended.stdout));
    assert!(ended.stdout.contains("login_required"), "{}", ended.stdout);
    world.run(&["dialect", "test", "acme.toml"]).succeeds();
    // Which profile is meant must be clear.
    world.add(&profile("yours"));
    world.run(&["dialect", "record", "acme"]).exits(3).says("which profile? `acme` is used by mine, yours");
    world.run(&["dialect", "record", "oauth2"]).exits(3).says("no profile uses the dialect `oauth2`");
    world
        .run(&["dialect", "record", "oauth2", "-p", "mine"])
        .exits(3)
        .says("does not use the dialect `oauth2`");
}

const STEPS: &str = "[dialects.lodge]\nsteps = [\"session\", \"refresh\"]\nparams.room = { about = \"a room\" }\n\
    exchanges.session = { request = { url = \"https://lodge.example/in\", json = { who = \"{{ username }}\", pw = \"{{ password }}\" } }, answer.keep.id = \"/id\" }\n\
    exchanges.refresh = { request = { url = \"{{ base_url }}/{{ params.room }}\", client_auth = \"client_secret_post\", form.t = \"{{ refresh_token }}\", form.id = \"{{ kept.id }}\" }, answer.access_token = \"/at\" }\n\
    [[dialects.lodge.examples]]\nexchange = \"session\"\nprofile = { PROFILE }\n";

#[test]
fn an_example_of_one_step_names_what_that_step_is_made_of_and_a_name_is_no_secret() {
    let world = World::on(On::File);
    world.write(
        "lodge.toml",
        &STEPS.replace("PROFILE", "username = \"ada-of-the-lodge\", password = \"pw-made-up\""),
    );
    let shown = world.run(&["dialect", "test", "lodge.toml"]).succeeds().stdout;
    assert!(shown.contains("{\"who\":\"ada-of-the-lodge\",\"pw\":\"***\"}"), "{shown}");
    // What it is made of it needs, and is told of that alone.
    world.write("lodge.toml", &STEPS.replace("PROFILE", "username = \"ada-of-the-lodge\""));
    let told = world.run(&["dialect", "test", "lodge.toml"]).exits(3).stderr;
    assert!(told.contains("password") && !told.contains("client_secret") && !told.contains("room"), "{told}");
}

/// Placeholders make words of the request's own into secrets; only what a template fills in is one.
#[test]
fn masks_stand_where_values_do_and_nowhere_else() {
    let world = World::on(On::File);
    let head = "[dialects.acme]\nextends = \"oauth2\"\nparams.key = { secret = true }\n\
        exchanges.refresh.request = { url = \"https://acme.example/token/{{ params.key }}\", secret_in_url = true, query.token = \"{{ kept.site }}\" }\n\
        exchanges.refresh.answer.keep.site = \"/site\"\n\
        logins.password.ask.pin = { about = \"pin\", secret = true }\nlogins.password.ask.site = { about = \"site\" }\n\
        exchanges.password.request = { url = \"https://acme.example/token\", form = { password = \"{{ password }}\", username = \"{{ username }}\", pin = \"{{ asked.pin }}\", site = \"{{ asked.site }}\" } }\n\
        exchanges.password.answer.access_token = \"/access_token\"\n";
    for word in ["Token", "REFRESH_TOKEN", "a/token", "https", "refresh_token", "POST"] {
        let example = format!(
            "[[dialects.acme.examples]]\nprofile = {{ client_id = \"me\", client_secret = \"{word}\", params.key = \"{word}\" }}\n\
            credential = {{ refresh_token = \"{word}\", kept.site = \"north\" }}\n"
        );
        world.write("acme.toml", &format!("{head}{example}"));
        let shown = world.run(&["dialect", "test", "acme.toml"]).succeeds().stdout;
        assert!(shown.contains("> POST https://acme.example/token/***?token=north\n"), "{shown}");
        assert!(shown.contains("> Authorization: Basic ***\n"), "{shown}");
        assert!(shown.contains("> grant_type=refresh_token&refresh_token=***\n"), "{shown}");
    }
    let typed = "[[dialects.acme.examples]]\nexchange = \"password\"\nprofile.params.key = \"k\"\n\
        given = { username = \"ada\", password = \"pw-made-up-99\", \"asked.pin\" = \"1234\", \"asked.site\" = \"north\" }\n";
    world.write("acme.toml", &format!("{head}{typed}"));
    let shown = world.run(&["dialect", "test", "acme.toml"]).succeeds().stdout;
    assert!(shown.contains("username=ada&password=***&pin=***&site=north"), "{shown}");
    // Of a whole address that is a secret only the method is left.
    world.write(
        "acme.toml",
        "[dialects.acme]\nextends = \"oauth2\"\nhosts = [\"a.example\"]\nexchanges.refresh.request = { url = \"{{ kept.url }}/t\", secret_in_url = true }\n\
        exchanges.refresh.answer.keep.url = { at = \"/url\", secret = true }\n\
        [[dialects.acme.examples]]\nprofile = { base_url = \"https://a.example\", client_id = \"me\" }\n\
        credential = { refresh_token = \"rt-1\", kept.url = \"https://a.example/canary\" }\n",
    );
    let shown = world.run(&["dialect", "test", "acme.toml"]).succeeds().stdout;
    assert!(shown.contains("> POST ***\n") && !shown.contains("canary"), "{shown}");
}

/// A header may come more than once.
#[test]
fn an_answer_of_an_example_may_set_two_cookies() {
    let world = World::on(On::File);
    let text = "[dialects.acme]\nextends = \"oauth2-client-credentials\"\nexchanges.refresh.request.url = \"https://a.example/t\"\n\
        exchanges.refresh.answer.access_token = { cookie = \"SESSION\" }\nexchanges.refresh.answer.keep.route = { cookie = \"ROUTE\" }\n\
        exchanges.refresh.answer.access_token_as = \"SESSION={{ access_token }};ROUTE={{ kept.route }}\"\n\
        [[dialects.acme.examples]]\nprofile = { client_id = \"c\", client_secret = \"canary\" }\n\
        [[dialects.acme.examples.answers]]\nheaders = { Set-Cookie = [\"SESSION=s-1; HttpOnly\", \"ROUTE=.node1; Path=/\"] }\nbody = \"{}\"\n\
        reads = { access_token = \"SESSION=s-1;ROUTE=.node1\", kept = { route = \".node1\" } }\n";
    world.write("acme.toml", text);
    world.run(&["dialect", "test", "acme.toml"]).succeeds();
    world.write("acme.toml", &text.replace(", \"ROUTE=.node1; Path=/\"", ""));
    world.run(&["dialect", "test", "acme.toml"]).exits(3);
    // Nobody is handed a token with a blank in it.
    world.write("acme.toml", &text.replace(";ROUTE=", "; ROUTE="));
    let told =
        world.run(&["dialect", "check", "acme.toml"]).exits(3).says("acme.toml:6:").says("access_token_as");
    told.says("puts a blank into the token").says("remove it");
}

/// What a person finds at the first look at a file, in the words of what was meant.
#[test]
fn what_an_address_or_a_body_lacks_is_found_at_its_own_place() {
    let world = World::on(On::File);
    let head = "[dialects.acme]\nextends = \"oauth2\"\nparams.lane = { default = \"\" }\n";
    let otherwise = "write `{{ '-' ~ params.lane if params.lane else '' }}`";
    for (lines, place, words) in [
        (
            "exchanges.refresh.request.url = \"https://auth{{ params.lane }}.acme.example\"",
            "acme.toml:4:",
            otherwise,
        ),
        (
            "exchanges.refresh.request.url = \"https://acme.example/{{ params.lane }}/t\"",
            "acme.toml:4:",
            otherwise,
        ),
        (
            "exchanges.refresh.request = { url = \"https://acme.example/t\", query.lane = \"{{ params.lane }}\" }\n\
            logins.authorization_code.authorization.url = \"https://{{ params.lane }}.acme.example\"",
            "acme.toml:5:",
            otherwise,
        ),
        (
            "exchanges.refresh.request = { url = \"https://acme.example/t\", query.lane = \"{{ params.lane }}\", json.a = \"b\" }",
            "acme.toml:4:",
            "your `json` replaces the inherited `form`",
        ),
        (
            "exchanges.refresh.request = { url = \"https://acme.example/t\", query.lane = \"{{ params.lane }}\" }\n\
            exchanges.refresh.answer.access_expires = \"/until\"",
            "acme.toml:5:",
            "`{ at = \"/until\", unit = \"seconds\" }`",
        ),
    ] {
        world.write("acme.toml", &format!("{head}{lines}\n"));
        world.run(&["dialect", "check", "acme.toml"]).exits(3).says(place).says(words);
    }
    let fits = "exchanges.refresh.request.url = \"https://auth{{ '-' ~ params.lane if params.lane else '' }}.acme.example\"\n";
    world.write("acme.toml", &format!("{head}{fits}"));
    world.run(&["dialect", "check", "acme.toml"]).succeeds();
    world.write("two.toml", &format!("{head}{fits}{}", format!("{head}{fits}").replace("acme", "bolt")));
    world.write("answer.secret", "{}");
    world
        .run(&["dialect", "test", "two.toml", "--answer", "answer.secret"])
        .exits(3)
        .says("`--answer` takes one dialect, but this file defines several");
}
