//! `tokcli dialect new`: what somebody pastes becomes a dialect that works as it stands, against
//! a server that takes only the request that was pasted; and nothing of a secret is shown.

use std::fs;
use std::path::Path;

use httpmock::prelude::*;
use serde_json::{Value, json};

use crate::world::{CANARY, Ended, On, Since, World};

/// Pasted, made, saved as a dialect file, checked and replayed; then the profile that its words ask for.
fn world(curl: &str, answer: &Value, profile: &str) -> World {
    let mut world = World::on(On::File);
    world.set("TOKCLI_CONFIG", "");
    world.write("curl.secret", curl);
    world.write("answer.secret", &answer.to_string());
    let made = world.run(&["dialect", "new", "acme", "--curl", "curl.secret", "--answer", "answer.secret"]);
    let source = made.succeeds().keeps_stderr_empty().stdout;
    world.write("acme.toml", &source);
    world.run(&["dialect", "check", "acme.toml"]).succeeds();
    world.run(&["dialect", "test", "acme.toml"]).succeeds();
    let config = world.path().join("profiles.toml");
    world.set("TOKCLI_CONFIG", config.to_str().expect("UTF-8"));
    world.add("dialect_files = [\"acme.toml\"]");
    world.add(&format!("[profiles.acme]\ndialect = \"acme\"\nstore = \"file\"\n{profile}"));
    world.set("ACME_CLIENT_SECRET", "canary-secret");
    world.set("ACME_KEY", "canary-key");
    world.run(&["config", "check"]).succeeds();
    world
}

/// Refreshes once, and gives the object of the new token.
fn refreshed(world: &World) -> Value {
    world.run(&["refresh"]).succeeds().prints("at-2\n");
    world.run(&["token", "--json"]).succeeds().object()
}

/// What it gets now lives so many seconds.
#[track_caller]
fn lives(world: &World, seconds: i64) {
    let begun = Since::now();
    begun.assert_left(&refreshed(world)["expires_in"], seconds);
}

/// As OpenBao 2.7 prints it with `-output-curl-string`, and what it answered to that.
#[test]
fn a_token_that_renews_itself_is_known_by_where_it_is_sent() {
    let server = MockServer::start();
    let renewed = server.mock(|when, then| {
        when.method(PUT)
            .path("/v1/auth/token/renew-self")
            .header("X-Vault-Request", "true")
            .header("X-Vault-Token", "canary-token")
            .json_body(json!({ "increment": 0 }));
        then.status(200).json_body(json!({ "lease_id": "", "lease_duration": 0, "data": null, "auth": {
            "client_token": "at-2", "accessor": "61sqWAsczPdaGokRHsguNe08", "lease_duration": 3_600, "renewable": true,
            "token_type": "service",
        } }));
    });
    let curl = format!(
        "curl -X PUT -H \"X-Vault-Request: true\" -H \"X-Vault-Token: $(bao print token)\" -d '{{\"increment\":0}}' \"{}\"",
        server.url("/v1/auth/token/renew-self")
    );
    let answer = json!({ "request_id": "5e450b89-0368-f37b-b928-2531002ff9c1", "lease_id": "", "renewable": false,
        "lease_duration": 0, "data": null, "auth": { "client_token": "s.iyqMvwLdzcYHGPTuTE37CT4o",
        "accessor": "61sqWAsczPdaGokRHsguNe08", "lease_duration": 3_600, "renewable": true, "token_type": "service" } });
    let world = world(&curl, &answer, "");
    world.run_with(&["import"], "canary-token\n").succeeds();
    lives(&world, 3_600);
    renewed.assert();
}

/// A vendor of which nothing is known but that 0 is a success: it has refused, and the token is as good as before.
#[test]
fn any_other_code_than_that_of_a_success_is_a_refusal() {
    let server = MockServer::start();
    let code = |code: i64| json!({ "code": code, "msg": "system busy" });
    let mut refused = server.mock(|when, then| {
        when.method(POST).path("/renew");
        then.status(200).json_body(code(50_001));
    });
    let curl = format!("curl {} --json '{{\"refreshToken\":\"77de68daecd823ba\"}}'", server.url("/renew"));
    let good = json!({ "code": 0, "msg": "", "data": { "accessToken": "8e296a067a375633", "refreshToken": "4e732ced3463d06d" } });
    let world = world(&curl, &good, "");
    world.run_with(&["import"], "rt-canary-1\n").succeeds();
    world.run(&["refresh"]).exits(3).says("50001: system busy");
    refused.delete();
    let granted = server.mock(|when, then| {
        when.method(POST).path("/renew").json_body(json!({ "refreshToken": "rt-canary-1" }));
        then.status(200).json_body(
            json!({ "code": 0, "data": { "accessToken": "at-2", "refreshToken": "rt-canary-2" } }),
        );
    });
    world.run(&["refresh"]).succeeds().prints("at-2\n");
    granted.assert();
}

#[test]
fn an_oauth_form_works_as_pasted() {
    let server = MockServer::start();
    let token = server.mock(|when, then| {
        when.method(POST)
            .path("/oauth/token")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .form_urlencoded_tuple("grant_type", "refresh_token")
            .form_urlencoded_tuple("refresh_token", "rt-canary-1")
            .form_urlencoded_tuple("client_id", "app-7")
            .form_urlencoded_tuple("client_secret", "canary-secret")
            .form_urlencoded_tuple("audience", "https://api.acme.example/v1");
        then.status(200).json_body(
            json!({ "access_token": "at-2", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "rt-canary-2" }),
        );
    });
    let curl = format!(
        "# from the vendor's page\ncurl --location --request POST '{}/oauth/token' \\\n  --header 'Content-Type: application/x-www-form-urlencoded' \\\n  --header 'Cookie: session=canary-cookie' \\\n  --data-urlencode 'grant_type=refresh_token' \\\n  --data-urlencode 'refresh_token=rt-canary-0' \\\n  --data-urlencode 'audience=https://api.acme.example/v1' \\\n  --data-urlencode 'client_id=app-7' \\\n  --data-urlencode 'client_secret=canary-secret' | jq .",
        server.base_url()
    );
    let answer = json!({ "access_token": "at-canary", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "rt-canary-1" });
    let world =
        world(&curl, &answer, "client_id = \"app-7\"\nclient_secret = { env = \"ACME_CLIENT_SECRET\" }");
    world.run_with(&["import"], "rt-canary-1").succeeds();
    lives(&world, 3_600);
    token.assert_calls(1);
    let shown = world.run(&["dialect", "show", "acme"]).succeeds().stdout;
    assert!(shown.contains("extends = \"oauth2\"") && !shown.contains("grant_type ="), "{shown}");
}

#[test]
fn json_in_camel_case_with_an_envelope_works_as_pasted() {
    let server = MockServer::start();
    let later = jiff::Timestamp::now().as_millisecond() + 3_600_000;
    let answer = json!({ "code": 0, "msg": "success", "data": {
        "accessToken": "at-2", "refreshToken": "rt-canary-2", "accessTokenExpireAt": later, "userName": "Canary Jane" } });
    let renew = server.mock(|when, then| {
        when.method(POST)
            .path("/v2/auth/renew")
            .header("X-App-Key", "canary-key")
            .header("Content-Type", "application/json")
            .json_body(json!({ "appId": "app-7", "refreshToken": "rt-canary-1", "version": 2, "client": { "os": "web", "beta": true } }));
        then.status(200).json_body(answer.clone());
    });
    let curl = format!(
        "curl '{}/v2/auth/renew' \\\n  -H 'accept: application/json, text/plain, */*' \\\n  -H 'accept-language: en' \\\n  -H 'content-type: application/json' \\\n  -b 'sid=canary' \\\n  -H 'sec-ch-ua: \"Chromium\"' \\\n  -H 'user-agent: Mozilla/5.0' \\\n  -H 'x-app-key: canary-key' \\\n  --data-raw $'{{\"appId\":\"app-7\",\"refreshToken\":\"rt-canary-0\",\"version\":2,\"client\":{{\"os\":\"web\",\"beta\":true}}}}' \\\n  --compressed --insecure",
        server.base_url()
    );
    let world =
        world(&curl, &answer, "client_id = \"app-7\"\nparams = { x_app_key = { env = \"ACME_KEY\" } }");
    world.run_with(&["import"], "rt-canary-1").succeeds();
    assert_eq!(refreshed(&world)["expires_at_unix"], later / 1_000);
    renew.assert_calls(1);
    // What is no success for the vendor is none for us.
    let mut renew = renew;
    renew.delete();
    server.mock(|when, then| {
        when.method(POST);
        then.status(200)
            .json_body(json!({ "code": 40101, "msg": "log in again", "data": { "accessToken": "x" } }));
    });
    world.run(&["refresh"]).exits(8).says("40101: log in again");
}

#[test]
fn a_basic_header_with_the_rest_in_the_query_works_as_pasted() {
    let server = MockServer::start();
    let token = server.mock(|when, then| {
        when.method(POST)
            .path("/oauth2/token")
            // app-7:canary-secret
            .header("Authorization", "Basic YXBwLTc6Y2FuYXJ5LXNlY3JldA==")
            .query_param("grant_type", "refresh_token")
            .query_param("refresh_token", "rt-canary-1");
        then.status(200)
            .json_body(json!({ "access_token": "at-2", "expires": "7200", "refresh_token": "rt-canary-2" }));
    });
    let curl = format!(
        "$ curl -X POST -H \"Authorization: Basic YXBwLTc6Y2FuYXJ5LXNlY3JldA==\" \"{}/oauth2/token?grant_type=refresh_token&refresh_token=rt-canary-0\"",
        server.base_url()
    );
    let answer = json!({ "access_token": "canary", "expires": "7200", "refresh_token": "rt-canary-1" });
    let world =
        world(&curl, &answer, "client_id = \"app-7\"\nclient_secret = { env = \"ACME_CLIENT_SECRET\" }");
    world.run_with(&["import"], "rt-canary-1").succeeds();
    lives(&world, 7_200);
    token.assert_calls(1);
}

#[test]
fn a_get_with_the_token_in_its_query_works_as_pasted() {
    let server = MockServer::start();
    let token = server.mock(|when, then| {
        when.method(GET)
            .path("/refresh_access_token")
            .query_param("grant_type", "x_refresh_token")
            .query_param("access_token", "at-canary-1");
        then.status(200)
            .json_body(json!({ "access_token": "at-2", "token_type": "bearer", "expires_in": 5_184_000 }));
    });
    let curl = format!(
        "curl -G {}/refresh_access_token -d grant_type=x_refresh_token -d access_token=at-canary-0",
        server.base_url()
    );
    let answer = json!({ "access_token": "at-canary-1", "token_type": "bearer", "expires_in": 5_184_000 });
    let world = world(&curl, &answer, "");
    world.run_with(&["import"], "at-canary-1").succeeds();
    assert!(refreshed(&world)["expires_in"].as_i64().is_some_and(|seconds| seconds > 5_100_000));
    token.assert_calls(1);
}

#[test]
fn client_credentials_work_as_pasted() {
    let server = MockServer::start();
    let token = server.mock(|when, then| {
        when.method(POST)
            .path("/0f8fad5b-d9cb-469f-a165-70867728950e/oauth2/v2.0/token")
            .form_urlencoded_tuple("grant_type", "client_credentials")
            .form_urlencoded_tuple("client_id", "app-7")
            .form_urlencoded_tuple("client_secret", "canary-secret")
            .form_urlencoded_tuple("scope", "https://graph.acme.example/.default");
        then.status(200)
            .json_body(json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": "at-2" }));
    });
    let curl = format!(
        "curl ^\"{}/0f8fad5b-d9cb-469f-a165-70867728950e/oauth2/v2.0/token^\" ^\r\n  -H ^\"Content-Type: application/x-www-form-urlencoded^\" ^\r\n  --data-raw ^\"client_id=app-7^&scope=https^%3A^%2F^%2Fgraph.acme.example^%2F.default^&client_secret=canary-secret^&grant_type=client_credentials^\"",
        server.base_url()
    );
    let answer = json!({ "token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": "at-canary-1" });
    let profile = "client_id = \"app-7\"\nclient_secret = { env = \"ACME_CLIENT_SECRET\" }\nscope = \"https://graph.acme.example/.default\"\nparams = { path_id = \"0f8fad5b-d9cb-469f-a165-70867728950e\" }";
    let world = world(&curl, &answer, profile);
    world.run(&["import"]).exits(3).says("nothing to import");
    lives(&world, 3_599);
    token.assert_calls(1);
}

/// Without any configuration.
fn new(world: &World, curl: &str, answer: Option<&str>) -> Ended {
    world.write("curl.secret", curl);
    let mut words = vec!["dialect", "new", "acme", "--curl", "curl.secret"];
    if let Some(answer) = answer {
        world.write("answer.secret", answer);
        words.extend(["--answer", "answer.secret"]);
    }
    world.run(&words)
}

fn bare() -> World {
    let mut world = World::on(On::File);
    world.set("TOKCLI_CONFIG", "");
    world
}

#[test]
fn the_starting_point_is_whole_and_explains_itself() {
    let world = bare();
    for name in ["acme", "a.b", "NAME"] {
        let source = world.run(&["dialect", "new", name]).succeeds().keeps_stderr_empty().stdout;
        world.write("new.toml", &source);
        world.run(&["dialect", "check", "new.toml"]).succeeds().prints(&format!("{name}: nothing wrong\n"));
        let replayed = world.run(&["dialect", "test", "new.toml"]).succeeds();
        assert!(replayed.stdout.contains("as recorded") && replayed.stdout.contains("login_required"));
        for key in [
            "title",
            "documentation",
            "renews_with",
            "rotation",
            "access_lifetime",
            "method",
            "url",
            "client_auth",
            "scope",
            "access_token",
            "refresh_token",
            "token_type",
            "access_expires",
            "words",
            "status",
            "is",
            "tests",
        ] {
            assert!(source.lines().any(|line| line.starts_with(&format!("{key} = "))), "{key} is missing");
        }
        let object = world.run(&["dialect", "new", name, "--json"]).succeeds().object();
        assert_eq!(
            (&object["version"], &object["name"], &object["source"]),
            (&json!(1), &json!(name), &json!(source))
        );
    }
}

#[test]
fn no_secret_of_a_paste_is_shown_wherever_it_stands() {
    let world = bare();
    let key = "canary0123456789abcdef0123456789";
    let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.canary";
    let basic = "Y2FuYXJ5OmNhbmFyeS1zZWNyZXQ=";
    let host = "https://api.acme.example";
    for curl in [
        format!("curl {host}/hooks/{key}/token -d refresh_token=canary -d x={key}"),
        format!(
            "curl {host}/t?sig={key}\\&api_key=canary -d 'refresh_token={jwt}&password=canary-1&note=canary-1'"
        ),
        "curl https://canary:canary-2@api.acme.example/t -d refresh_token=canary -x http://canary:canary@proxy:1"
            .to_owned(),
        format!(
            "curl {host}/t -u canary:canary-3 -d refresh_token=canary -e https://x.example/{key} -b a=canary"
        ),
        format!("curl {host}/t -u {key}: -d grant_type=client_credentials"),
        format!(
            "curl {host}/t -H 'Authorization: Basic {basic}' -H 'Cookie: canary' -d refresh_token=canary"
        ),
        format!(
            "curl {host}/t -H 'Authorization: Bearer {jwt}' -H 'X-Trace: {key}' -H 'X-Auth: Token canary'"
        ),
        format!(
            "curl {host}/t --json '{{\"a\":[{{\"token\":\"canary\"}},\"{key}\"],\"inner\":\"{{\\\"x\\\":\\\"{key}\\\"}}\",\"pin\":1234}}'"
        ),
        format!(
            "curl {host}/t --oauth2-bearer canary -d client_assertion={jwt} -d grant_type=client_credentials"
        ),
        format!(
            "# {key}\nexport TOKEN=canary\ncurl {host}/t -d refresh_token=$TOKEN -d session=canary -d email=canary@x.example"
        ),
    ] {
        let answer = json!({ "access_token": jwt, "refresh_token": key, "id_token": jwt, "user": { "name": "canary" },
            "message": format!("welcome {key}"), "session": "canary", "scope": format!("{key} read"), "expires_in": 60, "code": 0 });
        for answer in [None, Some(answer.to_string())] {
            let made = new(&world, &curl, answer.as_deref());
            let made = made.succeeds();
            assert!(!made.stdout.to_lowercase().contains(CANARY), "{curl}: {}", made.stdout);
            for secret in [key, &key[6..], jwt, basic, "1234\"", "eyJzdWI"] {
                assert!(!made.stdout.contains(secret), "{curl}: {}", made.stdout);
            }
            world.write("made.toml", &made.stdout);
            world.run(&["dialect", "check", "made.toml"]).succeeds();
            world.run(&["dialect", "test", "made.toml"]).succeeds();
        }
    }
}

#[test]
fn what_cannot_be_a_dialect_is_said_and_not_repeated() {
    let world = bare();
    for (curl, words) in [
        ("wget https://canary.example", "no curl command"),
        ("curl 'https://a.example -d canary", "not closed"),
        ("curl -d refresh_token=canary", "no address"),
        ("curl http://canary.example -d a=canary", "for this machine only"),
        ("curl canary.example/t -d a=b", "no `https://`"),
        ("curl https://a.example -F a=canary", "multipart"),
        ("curl https://a.example -d @canary", "reads a file"),
        ("curl https://a.example -d canary", "neither a form nor JSON"),
        ("curl https://a.example -d '<a>canary</a>'", "neither a form nor JSON"),
        ("curl https://a.example -H 'Content-Type: application/json' -d '{canary'", "is not JSON"),
        ("curl https://a.example?canary0123456789abcdef", "looks like a secret"),
        ("curl https://a.example -X HEAD -d canary=1", "method"),
        (" \n", "there is no curl command in it"),
    ] {
        new(&world, curl, None).exits(3).says(words);
    }
    let curl = "curl https://a.example -d refresh_token=canary";
    for (answer, words) in [
        ("<html>canary</html>", "neither JSON nor a form"),
        ("canary", "neither JSON nor a form"),
        ("\"canary\"", "not an object"),
        ("{\"error\":\"canary\"}", "nothing that is named like an access token"),
        ("", "there is no answer in it"),
    ] {
        new(&world, curl, Some(answer)).exits(3).says(words);
    }
    world.run(&["dialect", "new", "acme", "--curl", "-", "--answer", "-"]).exits(3).says("both");
    world.run(&["dialect", "new", "acme", "--curl", "nowhere"]).exits(3).says("--curl: cannot read nowhere");
    // The command itself, with its secrets, in place of a file.
    let pasted = "curl https://vendor.example/token -d client_secret=hunter2";
    let refused = world.run(&["dialect", "new", "acme", "--curl", pasted, "--json"]).exits(3).error();
    assert_eq!(refused["message"], "--curl: what follows it is not the path of a file");
    assert!(refused["hint"].as_str().is_some_and(|hint| hint.contains("give `-`")), "{refused}");
    world.run(&["dialect", "new", "-acme"]).exits(2);
    world.run(&["dialect", "new", "a b"]).exits(3).says("a name is 1 to 64");
    let error = world.run(&["dialect", "new", "a b", "--json"]).exits(3).error();
    assert_eq!(error["code"], "config");
}

#[test]
fn either_may_come_from_standard_input() {
    let world = bare();
    let curl = "curl https://a.example/t -d grant_type=refresh_token -d refresh_token=rt-canary";
    let from_curl = world.run_with(&["dialect", "new", "acme", "--curl", "-"], curl).succeeds().stdout;
    assert!(from_curl.contains("extends = \"oauth2\"") && from_curl.contains("https://a.example/t"));
    let answer = "HTTP/2 200\r\ncontent-type: application/json\r\n\r\n{\"token\":{\"access\":\"canary\",\"refresh\":\"canary-2\"}}";
    let from_answer = world.run_with(&["dialect", "new", "acme", "--answer", "-"], answer).succeeds().stdout;
    assert!(from_answer.contains("access_token = \"/token/access\""), "{from_answer}");
    assert!(from_answer.contains("refresh_token = \"/token/refresh\""), "{from_answer}");
}

/// What a block of the page holds, by the sign that it begins with.
fn block<'a>(section: &'a str, sign: &str) -> &'a str {
    let rest = section.split(&format!("```{sign}\n")).nth(1).expect(sign);
    rest.split("```").next().expect("closed")
}

#[test]
fn what_the_page_shows_is_what_comes_out() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/dialects/tutorial.md");
    let page = fs::read_to_string(page).expect("the page");
    let section = page.split("\n## Writing your own\n").nth(1).expect("the section");
    let world = bare();
    world.write("curl.txt", block(section, "sh"));
    world.write("answer.json", block(section, "json"));
    let words = ["dialect", "new", "aurora", "--curl", "curl.txt", "--answer", "answer.json"];
    let made = world.run(&words).succeeds().stdout;
    assert!(made.contains(block(section, "toml")), "{made}");
    world.write("aurora.toml", &made);
    let console = block(section, "console");
    for command in ["check", "test"] {
        let shown =
            console.split(&format!("$ tokcli dialect {command} aurora.toml\n")).nth(1).expect(command);
        let shown = shown.split("$ ").next().expect("a piece");
        world.run(&["dialect", command, "aurora.toml"]).succeeds().prints(shown);
    }
}
