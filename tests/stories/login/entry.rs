//! The way in of a new person: from `config add` to the first token, and what they are told where it goes wrong.

use super::browser::{Browser, get, sent_to};
use super::scene::{Waiting, address_on, server, state, world};
use crate::config_edit::{Screen, unbroken};
use crate::stand_in::{Consent, StandIn};
use crate::world::{On, World};

/// Nothing but a machine with a browser.
fn empty() -> (World, Browser) {
    let mut world = World::on(On::File);
    std::fs::remove_file(world.path().join("profiles.toml")).unwrap_or_default();
    world.set("DISPLAY", ":0");
    let browser = Browser::of(&mut world);
    (world, browser)
}

/// `config add`, a public client of the standard, until the addresses are asked for.
fn asked(world: &World) -> Screen {
    let mut screen = Screen::of(world, "config add work --set store=file");
    screen.sees("Whose tokens?").sees("Esc ends").types("oauth2").sees("> oauth2  ").types("\r");
    screen.sees("authenticate").types("public\r");
    screen
}

fn answered(screen: &mut Screen, answers: &[(&str, &str)]) {
    for (question, answer) in answers {
        screen.sees(question).types(&format!("{answer}\r"));
    }
}

#[track_caller]
fn ends_with_a_token(world: &World, vendor: &StandIn, screen: Screen) {
    let (code, shown) = screen.ends();
    assert_eq!(code, Some(0), "{shown}");
    let token = world.run(&["token", "-p", "work"]).succeeds();
    assert!(vendor.accepts(token.stdout.trim()));
    world.run(&["refresh", "-p", "work"]).succeeds();
    world.assert_nothing_in_the_clear();
}

#[test]
fn from_nothing_to_a_token_by_the_addresses() {
    let vendor = server();
    let (world, browser) = empty();
    let mut screen = asked(&world);
    answered(
        &mut screen,
        &[
            ("issuer:", ""),
            ("token_url:", &vendor.token_url()),
            ("authorization_url:", "http://plain.example/a"),
        ],
    );
    screen.sees("sends secrets in the clear").types(&"\u{7f}".repeat(22));
    screen.types(&format!("{}\r", vendor.authorization_url()));
    answered(
        &mut screen,
        &[("device_authorization_url:", ""), ("client_id:", vendor.client_id()), ("scope:", "")],
    );
    screen.sees("log in now?").types("\r");
    browser.follows().is(200);
    ends_with_a_token(&world, &vendor, screen);
}

#[test]
fn from_nothing_to_a_token_by_the_issuer_alone() {
    let vendor = server();
    let (world, browser) = empty();
    let mut screen = asked(&world);
    answered(
        &mut screen,
        &[("issuer:", &vendor.origin()), ("client_id:", vendor.client_id()), ("scope:", "")],
    );
    screen.sees("log in now?").types("\r");
    browser.follows().is(200);
    ends_with_a_token(&world, &vendor, screen);
    let written = std::fs::read_to_string(world.path().join("profiles.toml")).expect("written");
    assert!(written.contains("issuer = ") && !written.contains("token_url"), "{written}");
}

#[test]
fn whoever_gives_no_address_to_log_in_is_told_which_would_do() {
    let vendor = server();
    vendor.expect_unused();
    let (world, _) = empty();
    let mut screen = asked(&world);
    answered(
        &mut screen,
        &[
            ("issuer:", ""),
            ("token_url:", &vendor.token_url()),
            ("authorization_url:", ""),
            ("device_authorization_url:", ""),
            ("client_id:", vendor.client_id()),
        ],
    );
    let (code, shown) = screen.ends();
    assert!(code == Some(0) && !shown.contains("log in now?") && !shown.contains("scope:"), "{shown}");
    let told = "to log in, it needs one of `authorization_url` (a browser), `device_authorization_url` (another device)";
    assert!(shown.contains(told) && shown.contains("`tokcli import --profile work`"), "{shown}");
    // Whatever is tried, both are named, and nothing is sent.
    for words in [&["--device"][..], &["--no-browser"], &["--grant", "authorization_code"]] {
        let error = world.run(&[&["login", "--json"], words].concat()).exits(3).error();
        let said = error["message"].as_str().expect("text");
        assert_eq!(error["code"], "config", "{error}");
        for key in ["`authorization_url`", "`device_authorization_url`"] {
            assert!(said.contains(key), "{words:?}: {said}");
        }
    }
    assert!(vendor.requests().is_empty());
}

#[test]
fn without_a_terminal_all_addresses_are_named_at_once_and_taken() {
    let vendor = server();
    let (world, _) = empty();
    let error = world.run(&["--json", "config", "add", "work", "--dialect", "oauth2"]).exits(3).error();
    let said = format!("{error}");
    for key in ["token_url", "authorization_url", "device_authorization_url", "issuer"] {
        assert!(
            said.contains(&format!("`{key}`")) && said.contains(&format!("--set {key}=https://")),
            "{key}: {said}"
        );
    }
    let whole = [
        format!("client_id={}", vendor.client_id()),
        format!("token_url={}", vendor.token_url()),
        format!("authorization_url={}", vendor.authorization_url()),
        format!("device_authorization_url={}", vendor.device_authorization_url()),
        "store=file".to_owned(),
    ];
    let issuer = [
        format!("client_id={}", vendor.client_id()),
        format!("issuer={}", vendor.origin()),
        "store=file".to_owned(),
    ];
    for (name, settings) in [("one", &whole[..]), ("two", &issuer)] {
        let mut words = vec!["config", "add", name, "--dialect", "oauth2"];
        settings.iter().for_each(|one| words.extend(["--set", one]));
        world.run(&words).succeeds().says(&format!("`tokcli login --profile {name}` logs in"));
        let mut login = Waiting::of(&world, &["-p", name, "--no-browser"]);
        login.visited().is(200);
        login.ends().succeeds();
        assert!(vendor.accepts(world.run(&["token", "-p", name]).succeeds().stdout.trim()));
    }
}

#[test]
fn a_dialect_of_ones_own_is_asked_for_the_addresses_that_it_leaves_open() {
    let vendor = server();
    let (world, browser) = empty();
    world.write(
        "profiles.toml",
        "[dialects.acme]\nextends = \"oauth2\"\n[dialects.acme.logins.authorization_code]\n",
    );
    let mut screen =
        Screen::of(&world, "config add work --dialect acme --set store=file --set client_auth=none");
    answered(
        &mut screen,
        &[
            ("issuer:", ""),
            ("token_url:", &vendor.token_url()),
            ("authorization_url:", &vendor.authorization_url()),
            ("client_id:", vendor.client_id()),
            ("scope:", ""),
        ],
    );
    screen.sees("log in now?").types("\r");
    browser.follows().is(200);
    ends_with_a_token(&world, &vendor, screen);
}

#[test]
fn no_leaves_a_profile_that_is_whole() {
    let vendor = server();
    let (world, browser) = empty();
    let mut screen = asked(&world);
    answered(
        &mut screen,
        &[
            ("issuer:", &vendor.origin()),
            ("client_id:", vendor.client_id()),
            ("scope:", "read"),
            ("log in now?", "no"),
        ],
    );
    let (code, shown) = screen.ends();
    assert!(code == Some(0) && shown.contains("`tokcli login --profile work` logs in"), "{shown}");
    assert!(!browser.was_opened() && vendor.requests().is_empty());
    world.run(&["config", "check"]).succeeds();
    let mut login = Waiting::of(&world, &["--no-browser"]);
    assert!(login.address().contains("scope=read"));
    login.visited().is(200);
    login.ends().succeeds();
}

#[test]
fn a_login_that_fails_leaves_the_profile_and_says_how_to_go_on() {
    let vendor = server();
    let (world, browser) = empty();
    vendor.visitors(&[Consent::Denied]);
    let mut screen = asked(&world);
    answered(
        &mut screen,
        &[
            ("issuer:", &vendor.origin()),
            ("client_id:", vendor.client_id()),
            ("scope:", ""),
            ("log in now?", "y"),
        ],
    );
    browser.follows();
    let (code, shown) = screen.ends();
    assert_eq!(code, Some(4), "{shown}");
    assert_eq!(plain(&shown).matches("hint: ").count(), 1, "{shown}");
    assert!(shown.contains("`tokcli login --profile work` starts over"), "{shown}");
    world.run(&["config", "check"]).succeeds();
    assert_eq!(state(&world), "none");
    let mut login = Waiting::of(&world, &["--no-browser"]);
    login.visited().is(200);
    login.ends().succeeds();
    // A server that nobody reaches is no other case.
    let (world, _) = empty();
    let mut screen = asked(&world);
    answered(
        &mut screen,
        &[("issuer:", "http://127.0.0.1:9"), ("client_id:", "c"), ("scope:", ""), ("log in now?", "y")],
    );
    let (code, shown) = screen.ends();
    assert!(code == Some(5) && shown.contains("`tokcli login --profile work` starts over"), "{shown}");
    assert!(shown.contains("`tokcli config edit`"), "{shown}");
}

#[test]
fn nobody_is_offered_a_login_that_cannot_work_there() {
    let vendor = server();
    let (mut world, _) = empty();
    world.set("CI", "true");
    let mut screen = asked(&world);
    answered(
        &mut screen,
        &[("issuer:", &vendor.origin()), ("client_id:", vendor.client_id()), ("scope:", "")],
    );
    let (code, shown) = screen.ends();
    assert!(code == Some(0) && !shown.contains("log in now?"), "{shown}");
    world.run(&["config", "check"]).succeeds();
    // Over SSH the login with a device is taken, and without one the address is pasted.
    for (device, sees) in
        [(vendor.device_authorization_url(), "type this code"), (String::new(), "paste here the address")]
    {
        let (mut world, browser) = empty();
        world.set("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22");
        let mut screen = asked(&world);
        answered(
            &mut screen,
            &[
                ("issuer:", ""),
                ("token_url:", &vendor.token_url()),
                ("authorization_url:", &vendor.authorization_url()),
                ("device_authorization_url:", &device),
                ("client_id:", vendor.client_id()),
                ("scope:", ""),
                ("log in now?", ""),
            ],
        );
        screen.sees(sees).types("\u{3}");
        assert_eq!(screen.ends().0, Some(130));
        assert!(!browser.was_opened());
    }
}

#[test]
fn the_screen_names_the_redirect_address_that_the_vendor_must_know() {
    let vendor = server();
    vendor.expect_unused();
    // Their ports are none that the system gives to whoever asks for any.
    for (keys, rule, words, says) in [
        ("", "any_port", "", "`http://127.0.0.1/` (any port)"),
        ("redirect_uri = \"http://localhost/cb\"", "any_port", "", "`http://localhost/cb` (any port)"),
        ("redirect_uri = \"http://localhost:28457/cb\"", "any_port", "", "`http://localhost:28457/cb`"),
        ("", "any_port", " --redirect-port 28458", "`http://127.0.0.1:28458/`"),
        ("redirect_uri = \"http://localhost:28459/cb\"", "exact", "", "`http://localhost:28459/cb`"),
        ("redirect_uri = \"https://me.example/done\"", "https", "", "`https://me.example/done`"),
    ] {
        let mut world = world(On::File, &vendor);
        world.change("dialect = \"oauth2\"", "dialect = \"own\"");
        world.add(keys);
        world.add(&format!(
            "[dialects.own]\nextends = \"oauth2\"\n[dialects.own.logins.authorization_code.authorization]\nredirect = \"{rule}\"\n"
        ));
        let mut screen = Screen::of(&world, &format!("login --no-browser{words}"));
        screen.sees(&format!("tokcli: the vendor must know the redirect address {says}"));
        let address = address_on(&mut screen, &(vendor.authorization_url() + "?"));
        screen.types("\u{3}");
        assert_eq!(screen.ends().0, Some(130), "{address}");
        // Nobody comes back: that is the likely reason, and here is the key.
        let more: Vec<&str> = words.split_whitespace().collect();
        let login = ["login", "--no-browser", "--deadline", "1s"];
        if rule == "https" {
            // Standard input is over at once.
            continue;
        }
        let said = &world.run(&[&login[..], &more].concat()).exits(4).stderr;
        let (error, hint) = said.split_once("\nhint: ").expect("a hint");
        assert!(error.contains(&format!("does not know the redirect address {says}")), "{said}");
        assert!(hint.contains("`redirect_uri` under [profiles.oauth2]"), "{said}");
    }
}

#[test]
fn an_answer_to_another_login_is_warned_of_once() {
    let vendor = server();
    let world = world(On::File, &vendor);
    let mut screen = Screen::of(&world, "login --no-browser");
    let address = address_on(&mut screen, &(vendor.authorization_url() + "?"));
    let back = sent_to(&address);
    let (here, query) = back.split_once('?').expect("a query");
    for wrong in [
        "code=wrong-value&state=other-value",
        "code=wrong-value&state=third-value",
        "code=wrong-value",
        "code=wrong-value",
    ] {
        get(&format!("{here}?{wrong}")).is(400);
    }
    screen.sees("what came to the redirect address is refused: it belongs to another login");
    get(&format!("{here}?{query}")).is(200);
    let (code, shown) = screen.ends();
    assert_eq!(code, Some(0), "{shown}");
    for kind in ["it belongs to another login", "it has no `state`"] {
        assert_eq!(shown.matches(kind).count(), 1, "{shown}");
    }
    assert!(!shown.contains("-value"), "{shown}");
}

#[test]
fn words_are_broken_at_a_terminal_alone_and_what_is_copied_is_whole() {
    let (world, _) = empty();
    let line = ["config", "add", "a", "--dialect", "google-service-account"];
    let piped = world.run(&line).exits(3);
    let both: Vec<&str> = piped.stderr.lines().collect();
    assert!(matches!(both[..], [error, hint] if error.len() > 80 && hint.len() > 80), "{both:#?}");
    // The same at a terminal, whose standard input is none.
    let screen =
        Screen::that(&world, &format!("{} {} < /dev/null", env!("CARGO_BIN_EXE_tokcli"), line.join(" ")));
    let (code, shown) = screen.ends_as_it_is();
    assert_eq!(code, Some(3), "{shown}");
    let told = shown.split("speed ").next().expect("words");
    assert!(plain(&unbroken(told)).starts_with(&piped.stderr), "{told}");
    let command = piped.stderr.split('`').find(|part| part.starts_with("tokcli config add")).expect("one");
    assert!(shown.contains(command), "{shown}");
    for line in told.split("\r\n").map(plain).filter(|line| !line.contains(command)) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// Without colours.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts
        .fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
        .replace('\r', "")
}

#[test]
fn eighty_columns_show_how_one_logs_in() {
    let (world, _) = empty();
    world.write("profiles.toml", "");
    let (code, shown) = Screen::of(&world, "dialect list").ends_as_it_is();
    let shown = plain(shown.split("speed ").next().expect("a table"));
    let mut lines = shown.lines();
    assert!(code == Some(0) && lines.next().is_some_and(|head| head.ends_with("LOGIN")), "{shown}");
    assert!(lines.clone().all(|line| line.chars().count() <= 80), "{shown}");
    let row = |name: &str| lines.clone().find(|line| line.starts_with(name)).expect("a row").to_owned();
    assert!(row("oauth2  ").contains("  browser, device, "), "{}", row("oauth2  "));
    assert!(row("veeam-azure  ").ends_with("  password"), "{}", row("veeam-azure  "));
    assert!(row("aws-sso  ").contains("device"), "{}", row("aws-sso  "));
    // Whoever has room sees what becomes of a spent token too.
    let wide = world.run(&["dialect", "list", "oauth2"]).succeeds();
    assert!(wide.stdout.contains("unknown"), "{wide:#?}");
}
