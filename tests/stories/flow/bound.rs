//! Tokens that are bound to a key (RFC 9449), against a server that believes no proof but a right one.

use serde_json::Value;

use super::desk::{Desk, Rules};
use crate::login::browser::{request, visit};
use crate::login::scene::Waiting;
use crate::world::{On, World};

fn profile(desk: &Desk, on: On) -> String {
    let store = match on {
        On::File => "store = \"file\"\n",
        On::Keyring => "",
    };
    format!(
        "[profiles.bound]\ndialect = \"bound\"\ntoken_url = \"{}/token\"\nclient_id = \"app-7\"\nclient_auth = \"none\"\nusername = \"ada\"\npassword = {{ env = \"BOUND_PW\" }}\n{store}\
         [dialects.bound]\nextends = \"oauth2\"\nlogins.password = {{}}\nexchanges.refresh.request.dpop = true\n",
        desk.server.origin
    )
}

fn world(desk: &Desk, on: On) -> World {
    let mut world = World::on(on);
    world.set("BOUND_PW", "canary-pw");
    world.add(&profile(desk, on));
    world
}

fn logged_in(desk: &Desk, on: On) -> World {
    let world = world(desk, on);
    world.run(&["login", "--grant", "password"]).succeeds();
    world
}

/// The headers that were printed, sent to the API.
fn asked(url: &str, method: &str, headers: &str) -> (u16, Value) {
    let headers: Vec<(&str, &str)> = headers.lines().filter_map(|line| line.split_once(": ")).collect();
    let page = request(method, url, &headers, "").expect("an answer");
    (page.status, page.json())
}

#[test]
fn a_login_its_renewals_and_its_requests_prove_one_key() {
    for on in [On::File, On::Keyring] {
        let desk = Desk::open(Rules::default());
        let world = logged_in(&desk, on);
        assert_eq!(desk.books().told, ["use_dpop_nonce", "granted"], "{}", on.word());
        // The nonce came with the answer: nobody has to ask for it again.
        world.run(&["refresh"]).succeeds().keeps_stderr_empty();
        world.run(&["refresh"]).succeeds();
        assert_eq!(desk.books().told[2..], ["granted", "granted"]);
        let keys = desk.books().keys.clone();
        assert!(keys.len() == 3 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        world.run(&["token"]).succeeds().prints("at-3\n");
        assert_eq!(world.run(&["token", "--json"]).succeeds().object()["token_type"], "DPoP");
        let url = format!("{}/things?page=2", desk.server.origin);
        for more in [&[][..], &["--fresh"]] {
            world.run(&[&["header"], more].concat()).exits(3).says("each request needs a proof of its own");
        }
        let once = world.run(&["header", "--url", &url, "--method", "PUT"]).succeeds().stdout;
        assert_eq!(asked(&url, "PUT", &once).1["error"], "use_dpop_nonce");
        assert_eq!(asked(&url, "PUT", &once).1["error"], "jti was used");
        let line = ["header", "--url", &url, "--method", "PUT", "--nonce", "of-the-api"];
        let once = world.run(&line).succeeds().stdout;
        assert!(once.starts_with("Authorization: DPoP at-3\nDPoP: eyJ"), "{once}");
        assert_eq!(asked(&url, "GET", &once).1["error"], "htm");
        let once = world.run(&line).succeeds().stdout;
        assert_eq!(asked(&url, "PUT", &once).0, 200);
        let object = world.run(&[&line[..], &["--as", "object"]].concat()).succeeds().object();
        assert!(object["Authorization"] == "DPoP at-3" && object["DPoP"].is_string());
        let curl = world.run(&[&line[..], &["--as", "curl"]].concat()).succeeds().stdout;
        assert!(curl.lines().nth(1).is_some_and(|line| line.starts_with("header = \"DPoP: eyJ")), "{curl}");
        world.run(&["header", "--as", "bare"]).succeeds().prints("at-3\n");
        let shell = ["exec", "--env", "H=header", "--", "true"];
        world.run(&shell).exits(3).says("each request needs a proof of its own");
        // Another login has another key.
        world.run(&["login", "--grant", "password", "--replace"]).succeeds();
        let keys = desk.books().keys.clone();
        assert!(keys.len() == 4 && keys[3] != keys[0]);
        world.run(&["refresh"]).succeeds();
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn no_program_is_handed_a_token_without_the_proof_that_it_cannot_make() {
    let desk = Desk::open(Rules::default());
    let mut world = logged_in(&desk, On::File);
    world.change("client_id = \"app-7\"", "client_id = \"app-7\"\nmatch = [\"https://api.example/*\"]");
    let uri = "{\"uri\":\"https://api.example/x\"}";
    for (words, input) in [
        (&["helper", "pnpm"][..], ""),
        (&["helper", "bazel", "get"], uri),
        (&["helper", "git", "get"], "protocol=https\nhost=api.example\npath=x\n\n"),
        (&["helper", "kubectl"], ""),
        (&["helper", "aws"], ""),
        (&["sasl", "xoauth2", "--user", "ada@a.example"], ""),
        (&["env", "--format", "sh"], ""),
        (&["exec", "--env", "T", "--", "true"], ""),
        (&["exec", "--env", "T=header", "--", "true"], ""),
        (&["exec", "--fd", "3", "--", "true"], ""),
    ] {
        let ended = world.run_with(words, input);
        // Git is told to ask nobody else.
        let refused = ended.code != Some(0) || ended.stdout == "quit=1\n";
        assert!(refused && !ended.stdout.contains("at-1"), "{words:?}: {ended:?}");
        assert!(ended.stderr.contains("`tokcli header --url URL --method METHOD`"), "{words:?}: {ended:?}");
    }
    // Whoever is told what kind it is may do with it what it likes.
    world.run(&["token"]).succeeds().prints("at-1\n");
    world.run(&["exec", "--env", "T=json", "--", "true"]).succeeds();
}

#[test]
fn a_request_in_the_clear_gets_a_header_only_where_the_profile_allows_it() {
    let desk = Desk::open(Rules::default());
    let mut world = logged_in(&desk, On::File);
    let url = "http://192.168.7.7/things";
    world.run(&["header", "--url", url]).exits(3).says("set `tls = { plaintext = true }`");
    world.change("client_id = \"app-7\"", "client_id = \"app-7\"\ntls = { plaintext = true }");
    let shown = world.run(&["header", "--url", url]).succeeds().stdout;
    assert!(shown.starts_with("Authorization: DPoP at-1\nDPoP: eyJ"), "{shown}");
    world.run(&["header", "--url", "http://9.9.9.9/things"]).exits(3).says("not in a private network");
}

#[test]
fn a_code_is_bound_to_the_key_by_the_browsers_address_unless_a_proof_went_before_it() {
    let login = "logins.authorization_code.steps = [\"push\", \"authorization\", \"authorization_code\"]\n\
        logins.authorization_code.authorization = { url = \"ORIGIN/authorize\", query = { request_uri = \"{{ kept.request_uri }}\" } }\n\
        [dialects.bound.exchanges.push]\nlike = \"refresh\"\nrequest.url = \"ORIGIN/par\"\nrequest.dpop = PROVEN\nanswer.keep = { request_uri = \"/request_uri\" }\n\
        request.form = { redirect_uri = \"{{ redirect_uri }}\", state = \"{{ state }}\", code_challenge = \"{{ code_challenge }}\" }\n";
    for proven in [false, true] {
        let desk = Desk::open(Rules { nonces: false, ..Rules::default() });
        let mut world = world(&desk, On::File);
        let login = login.replace("ORIGIN", &desk.server.origin).replace("PROVEN", &proven.to_string());
        world.add(&login);
        let mut waiting = Waiting::of(&world, &["--grant", "authorization_code", "--no-browser"]);
        let address = url::Url::parse(&waiting.address()).expect("an address");
        let print =
            address.query_pairs().find(|(name, _)| name == "dpop_jkt").map(|(_, print)| print.to_string());
        let pushed = desk.server.asked().first().cloned().expect("it was pushed");
        assert_eq!((pushed.path.as_str(), pushed.header("dpop").is_empty()), ("/par", !proven));
        let back = format!("{}?code=canary-code&state={}", pushed.form("redirect_uri"), pushed.form("state"));
        visit(&back).is(200);
        waiting.event = Value::Null;
        waiting.ends().succeeds();
        let keys = desk.books().keys.clone();
        assert_eq!(print, keys.first().cloned().filter(|_| !proven), "{proven}");
        assert_eq!(keys.len(), 1);
    }
}

#[test]
fn of_two_challenges_in_a_row_one_is_obeyed_and_nothing_is_spent() {
    let desk = Desk::open(Rules { always_challenges: true, ..Rules::default() });
    let world = world(&desk, On::File);
    world.run(&["login", "--grant", "password"]).exits(5);
    assert_eq!(desk.books().told, ["use_dpop_nonce", "use_dpop_nonce"]);
    desk.knows("rt-canary-x");
    world.run_with(&["import"], "rt-canary-x").succeeds().says("is bound to the key of whoever obtained it");
    world.run(&["refresh"]).exits(5).says("a nonce is wanted");
    assert_eq!(desk.books().told.len(), 4);
    // It is a passing failure, and left alone for a moment as one.
    world.run(&["refresh"]).exits(5);
    assert_eq!(desk.books().told.len(), 4);
    let sent: Vec<String> = desk.server.asked().iter().map(|asked| asked.header("dpop").to_owned()).collect();
    let mut each = sent.clone();
    each.sort_unstable();
    each.dedup();
    assert_eq!(each.len(), sent.len(), "a proof was sent twice");
}

#[test]
fn whoever_is_killed_between_challenge_and_answer_obeys_in_the_next_run() {
    let (mut between, mut unknown) = (0, 0);
    for call in ["pwrite64", "fdatasync", "connect"] {
        for nth in 1..=9 {
            let desk = Desk::open(Rules::default());
            let world = logged_in(&desk, On::File);
            // The nonce that is at hand is no longer good.
            let before = {
                let mut books = desk.books();
                books.forget_the_nonce();
                books.told.clear();
                books.keys[0].clone()
            };
            let killed = world.run_injected(&format!("{call}:signal=KILL:when={nth}"), &["refresh"]);
            let told = std::mem::take(&mut desk.books().told);
            let ended = world.run(&["refresh"]);
            let (was_killed, only_challenged) = (!killed.status.success(), told == ["use_dpop_nonce"]);
            match ended.code {
                Some(0) => between += usize::from(was_killed && only_challenged),
                // Its answer, or whether its intent was followed by a request, nobody knows: as ever the next run waits.
                Some(8) => unknown += usize::from(was_killed && !told.is_empty()),
                code => panic!("{call} {nth}: {code:?} {told:?} {}", ended.stderr),
            }
            assert!(was_killed || ended.code == Some(0), "{call} {nth}");
            assert_eq!(desk.books().reused, 0, "{call} {nth}");
            assert!(desk.books().keys.iter().all(|key| *key == before), "{call} {nth}: another key");
        }
    }
    assert!(between >= 2 && unknown <= 6, "{between} {unknown}");
}

#[test]
fn a_clock_that_is_wrong_is_told_by_the_servers_own() {
    for ahead in [-600, 600] {
        // What it refuses before a nonce is looked at, the next run has right.
        let desk = Desk::open(Rules { nonces: false, ahead, ..Rules::default() });
        let mut world = world(&desk, On::File);
        world.change("extends = \"oauth2\"", "extends = \"oauth2-client-credentials\"");
        world.change("client_auth = \"none\"\n", "client_secret = { env = \"BOUND_PW\" }\n");
        world.change("logins.password = {}\n", "");
        world.run(&["token"]).exits(3).says("iat is not now");
        world.run(&["token"]).succeeds().prints("at-1\n");
        assert_eq!(desk.books().told, ["invalid_dpop_proof", "granted"], "{ahead}");
    }
}

#[test]
fn a_refresh_token_that_was_bound_elsewhere_is_refused_and_a_login_helps() {
    let desk = Desk::open(Rules::default());
    desk.knows("rt-canary-x");
    let world = world(&desk, On::File);
    let told = world.run_with(&["import"], "rt-canary-x").succeeds();
    told.says("a refresh token of a public client is bound to the key of whoever obtained it");
    world.run(&["refresh"]).exits(4).says("not this key's");
    world.run(&["login", "--grant", "password", "--replace"]).succeeds();
    world.run(&["refresh"]).succeeds();
}

#[test]
fn a_proof_is_shown_as_one_and_written_by_nobody_else() {
    let desk = Desk::open(Rules::default());
    let world = world(&desk, On::File);
    let shown = world.run(&["refresh", "--dry-run"]).succeeds().stdout;
    assert!(shown.contains("\nDPoP: ***\n"), "{shown}");
    for (change, words) in [
        ("dpop = \"ES256\"", ""),
        ("dpop = \"RS256\"", "expected `true`, `false` or"),
        ("dpop = true\nexchanges.refresh.request.headers.DPoP = \"x\"", "`dpop` makes this header"),
    ] {
        let mut world = World::on(On::File);
        world.set("BOUND_PW", "canary-pw");
        world.add(&profile(&desk, On::File).replace("dpop = true", change));
        let checked = world.run(&["config", "check"]);
        match words {
            "" => drop(checked.succeeds()),
            words => drop(checked.exits(3).says(words)),
        }
    }
    for (line, words) in [
        (&["header", "--method", "GET"][..], "--url"),
        (&["header", "--url", "ftp://a.example"], "`--url`"),
        (&["header", "--url", "https://a.example", "--method", "get"], "in capitals"),
        (&["header", "--url", "https://a.example", "--nonce", "a b"], "one word"),
    ] {
        let ended = world.run(line);
        assert!(ended.code != Some(0) && ended.stderr.contains(words), "{line:?}: {}", ended.stderr);
    }
}
