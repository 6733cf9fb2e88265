//! What a failed login, token or logout advises: it fits the dialect, the place and what was asked, and whoever follows it
//! gets further.

use std::net::TcpListener;

use super::scene::{Waiting, address_on, lives, logged_in, profile, server, state, with_a_password, world};
use super::unattended::by_password;
use crate::config_edit::Screen;
use crate::stand_in::{Consent, Fault, Options, Poll, StandIn, TOTP_SEED, Terms, Vendor};
use crate::world::{Ended, On, World};

#[track_caller]
fn hint(ended: &Ended) -> String {
    if ended.stderr.starts_with('{') {
        return ended.error()["hint"].as_str().unwrap_or_else(|| panic!("no hint: {ended:#?}")).to_owned();
    }
    let line = ended.stderr.lines().find_map(|line| line.split_once("hint: "));
    line.unwrap_or_else(|| panic!("no hint: {ended:#?}")).1.to_owned()
}

/// The commands of tokcli that a hint names, without the program.
fn commands(hint: &str) -> Vec<Vec<String>> {
    let quoted = hint.split('`').skip(1).step_by(2);
    let words = quoted.map(|line| shlex::split(line).unwrap_or_else(|| panic!("no command line: {line}")));
    words
        .filter(|words| words.first().is_some_and(|word| word == "tokcli"))
        .map(|words| words[1..].to_vec())
        .collect()
}

/// The only login that a hint names.
#[track_caller]
fn login(hint: &str) -> Vec<String> {
    let mut logins = commands(hint);
    logins.retain(|words| words[0] == "login");
    assert_eq!(logins.len(), 1, "{hint}");
    logins.remove(0)
}

fn words(line: &[String]) -> Vec<&str> {
    line.iter().map(String::as_str).collect()
}

fn again(world: &World, line: &[String]) -> Waiting {
    Waiting::that(world.command(line), &line.join(" "))
}

fn quick() -> Terms {
    Terms { interval: Some(1), expires_in: 600, complete: true }
}

/// A vendor that people know by a browser alone; nobody asks it anything here.
fn without_devices() -> World {
    let mut world = World::on(On::File);
    world.add("[profiles.air]\ndialect = \"airtable\"\nclient_id = \"c\"\nstore = \"file\"\n");
    world
}

#[test]
fn a_login_that_was_denied_is_asked_for_again_as_it_was_asked_for() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    with_a_password(&mut world, &vendor);
    logged_in(world.run(&["login", "--json", "--grant", "password"]), &vendor);
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let port = port.to_string();
    let asked = ["--grant", "authorization_code", "--no-browser", "--redirect-port", &port, "--replace"];
    vendor.visitors(&[Consent::Denied]);
    let mut denied = Waiting::of(&world, &asked);
    denied.visited();
    let line = login(&hint(&denied.ends().exits(4)));
    for word in asked {
        assert!(line.iter().any(|said| said == word), "{word}: {line:?}");
    }
    let mut anew = again(&world, &line);
    assert_eq!(anew.redirect().port().map(|port| port.to_string()), Some(port));
    anew.visited().is(200);
    logged_in(anew.ends(), &vendor);
    lives(&world, &vendor);
}

#[test]
fn a_device_login_that_was_denied_stays_one() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    vendor.device_terms(quick());
    vendor.polls(&[Poll::Denied]);
    let path = world.path().join("profiles.toml").display().to_string();
    world.set("TOKCLI_CONFIG", "/nonexistent/profiles.toml");
    let asked = ["--device", "--scope", "openid offline_access", "--config", &path];
    let line = login(&hint(&Waiting::of(&world, &asked).ends().exits(4)));
    assert_eq!(words(&line)[..4], ["login", "--device", "--scope", "openid offline_access"]);
    vendor.polls(&[Poll::Approved]);
    logged_in(again(&world, &line).ends(), &vendor);
    world.set("TOKCLI_CONFIG", &path);
    lives(&world, &vendor);
}

#[test]
fn over_another_credential_the_hint_is_the_login_that_replaces_it() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    with_a_password(&mut world, &vendor);
    world.run(&["login", "--grant", "password"]).succeeds();
    let line = login(&hint(&world.run(&["login", "--grant", "password"]).exits(3)));
    assert_eq!(words(&line), ["login", "--grant", "password", "--replace", "--profile", "oauth2"]);
    world.run(&words(&line)).succeeds();
    lives(&world, &vendor);
}

#[test]
fn a_rejected_client_is_mended_and_logs_in_again() {
    let vendor = StandIn::start_with(
        Vendor::OAuth2,
        Options { oauth2_auth: "client_secret_post", ..Options::default() },
    );
    let mut world = world(On::File, &vendor);
    world.add("client_auth = \"client_secret_post\"");
    with_a_password(&mut world, &vendor);
    vendor.reject_client();
    let ended = world.run(&["login", "--grant", "password"]).exits(3);
    let said = hint(&ended);
    assert!(said.contains("`client_id`, `client_secret` under [profiles.oauth2]"), "{said}");
    assert!(!said.contains("password`") && !said.contains("refresh"), "{said}");
    vendor.behave();
    world.run(&words(&login(&said))).succeeds();
    lives(&world, &vendor);
}

#[test]
fn without_a_terminal_each_way_of_this_dialect_is_named_with_what_it_lacks() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    world.change("\ndevice_authorization_url = ", "\n# device_authorization_url = ");
    let said = hint(&world.run(&["login"]).exits(4));
    for wanted in [
        "with `device_authorization_url` under [profiles.oauth2] `tokcli login --device --profile oauth2`",
        "with `username` and `password` under [profiles.oauth2] `tokcli login --grant password --profile oauth2` runs unattended",
        "with `subject_token` under [profiles.oauth2] `tokcli login --grant jwt_bearer --profile oauth2` runs unattended",
        "`tokcli login --no-browser --profile oauth2` shows an address",
        "`tokcli import --profile oauth2`",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    world.change("\n# device_authorization_url = ", "\ndevice_authorization_url = ");
    let said = hint(&world.run(&["login"]).exits(4));
    let device = commands(&said).into_iter().find(|line| line.contains(&"--device".to_owned()));
    vendor.device_terms(quick());
    vendor.polls(&[Poll::Approved]);
    world.run(&words(&device.expect("it is named"))).succeeds();
    lives(&world, &vendor);
}

#[test]
fn what_the_dialect_lacks_is_never_advised() {
    let mut world = without_devices();
    for ci in ["", "true"] {
        world.set("CI", ci);
        let said = hint(&world.run(&["login", "--device"]).exits(3));
        assert_eq!(words(&login(&said)), ["login", "--grant", "authorization_code", "--profile", "air"]);
        let ended = world.run(&["login"]).exits(4);
        for other in ["--device", "password", "subject_token", "secret set"] {
            assert!(!ended.stderr.contains(other), "{other}: {ended:#?}");
        }
        assert_eq!(ended.stderr.contains("`CI` is set"), !ci.is_empty(), "{ended:#?}");
        // In a job nobody comes to a browser of its machine.
        assert_eq!(ended.stderr.contains("--no-browser"), ci.is_empty(), "{ended:#?}");
    }
    let line = ["--device", "--paste"].map(|flag| format!("login {flag} --grant device_code"));
    world.run(&line[1].split(' ').collect::<Vec<_>>()).exits(3).says("authorization_code");
}

#[test]
fn ci_at_a_terminal_is_named_and_can_be_set_aside() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    world.set("CI", "true");
    let (code, shown) = Screen::of(&world, "login").ends();
    assert_eq!(code, Some(4), "{shown}");
    assert!(shown.contains("`CI` is set"), "{shown}");
    let begins = "`CI= tokcli login --profile oauth2`";
    assert!(shown.replace("\r\n", "").contains(begins), "{shown}");
    let line = begins.trim_matches('`').replace("tokcli", env!("CARGO_BIN_EXE_tokcli"));
    let mut screen = Screen::that(&world, &line);
    screen.sees(&vendor.origin()).types("\u{3}");
    assert_eq!(screen.ends().0, Some(130));
    // What says no CI is none.
    for no in ["false", "0"] {
        world.set("CI", no);
        let mut screen = Screen::of(&world, "login");
        screen.sees(&vendor.origin()).types("\u{3}");
        assert_eq!(screen.ends().0, Some(130), "{no}");
    }
}

#[test]
fn a_login_that_lacks_the_second_step_alone_names_both_ways_to_it() {
    for typed in [true, false] {
        let vendor = StandIn::start_tls(Vendor::VeeamAzure);
        let mut world = world(On::File, &vendor);
        with_a_password(&mut world, &vendor);
        vendor.demand_mfa();
        let said = hint(&world.run(&["login", "--grant", "password"]).exits(4));
        assert!(
            said.contains("at a terminal") && said.contains("`totp_seed` under [profiles.veeam-azure]"),
            "{said}"
        );
        assert!(!said.contains("`username`") && !said.contains("`password`"), "{said}");
        let line = login(&said);
        if typed {
            let mut screen = Screen::of(&world, &line.join(" "));
            screen.sees("code").types(&format!("{}\r", crate::stand_in::one_time_code()));
            let (code, shown) = screen.ends();
            assert_eq!(code, Some(0), "{shown}");
        } else {
            world.write("seed.secret", TOTP_SEED);
            world.add("totp_seed = { file = \"seed.secret\" }");
            world.run(&words(&line)).succeeds();
        }
        vendor.behave();
        lives(&world, &vendor);
    }
}

#[test]
fn a_login_by_itself_asks_nobody_and_reads_nobodys_standard_input() {
    let vendor = StandIn::start_tls(Vendor::VeeamAzure);
    let mut world = world(On::File, &vendor);
    with_a_password(&mut world, &vendor);
    world.add("relogin = true");
    vendor.demand_mfa();
    let code = crate::stand_in::one_time_code();
    let ended = world.run_with(&["token"], &code).exits(4);
    assert!(ended.stderr.contains("one-time code") && ended.stderr.contains("`totp_seed`"), "{ended:#?}");
    vendor.expect_unused();
}

#[test]
fn a_login_by_itself_that_was_tried_in_vain_says_when_how_it_ended_and_what_to_mend() {
    for from_nothing in [true, false] {
        let vendor = server();
        let mut world = by_password(On::File, &vendor);
        if !from_nothing {
            world.import(&vendor);
            world.run(&["refresh"]).succeeds();
            vendor.expire_login();
        }
        world.set("LOGIN_PASSWORD", "wrong-canary");
        world.run(&["refresh"]).exits(4);
        let ended = world.run(&["refresh", "--json"]).exits(4);
        let error = ended.error();
        let wanted = if from_nothing { "no_credential" } else { "login_required" };
        assert_eq!(error["code"], wanted);
        let message = error["message"].as_str().expect("text");
        for part in
            ["an automatic login was tried at 20", "and failed: the vendor refused the login (status 400"]
        {
            assert!(message.contains(part), "{part}: {message}");
        }
        let said = hint(&ended);
        assert!(said.starts_with("check `username`, `password` under [profiles.oauth2]"), "{said}");
        assert_eq!(vendor.wrong_passwords(), 1);
        world.set("LOGIN_PASSWORD", &vendor.password());
        world.run(&words(&login(&said))).succeeds();
        lives(&world, &vendor);
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn a_try_that_nobody_saw_the_end_of_says_so() {
    let vendor = server();
    let world = by_password(On::File, &vendor);
    let latch = vendor.hold(1);
    let mut child = world.spawn(&["token"]);
    crate::sequence::wait_for(|| vendor.requests().len() == 1);
    child.kill().expect("ours");
    child.wait().expect("it ends");
    latch.open();
    let ended = world.run(&["token"]).exits(4).says("an automatic login was tried at 20");
    assert!(ended.stderr.contains("whether the login was granted is not known"), "{ended:#?}");
    let line = login(&hint(&ended));
    world.run(&words(&line)).succeeds();
    lives(&world, &vendor);
}

#[test]
fn consent_denied_and_an_input_that_ends_have_a_way_on() {
    let vendor = server();
    let world = world(On::File, &vendor);
    vendor.visitors(&[Consent::Denied]);
    let mut denied = Waiting::of(&world, &["--grant", "authorization_code", "--no-browser"]);
    denied.visited();
    let line = login(&hint(&denied.ends().exits(4)));
    let mut anew = again(&world, &line);
    anew.visited().is(200);
    logged_in(anew.ends(), &vendor);
    let paste = ["login", "--paste", "--grant", "authorization_code", "--replace"];
    for input in ["", "nonsense\n"] {
        let line = login(&hint(&world.run_with(&paste, input).exits(4)));
        assert_eq!(words(&line)[..5], ["login", "--grant", "authorization_code", "--paste", "--replace"]);
    }
    let mut screen = Screen::of(&world, "login --paste --replace");
    address_on(&mut screen, &(vendor.authorization_url() + "?"));
    screen.sees("paste here the address").types("\u{4}");
    let (code, shown) = screen.ends();
    let flat = shown.replace("\r\n", "");
    assert_eq!(code, Some(4), "{shown}");
    assert!(flat.contains("`tokcli login --paste --replace --profile oauth2` starts over"), "{shown}");
    for (error, says) in [
        ("invalid_scope", "check what `--scope` says"),
        ("unauthorized_client", "`client_id` under [profiles.oauth2]"),
        ("server_error", "starts over"),
    ] {
        vendor.visitors(&[Consent::Fails(error)]);
        let words = ["--grant", "authorization_code", "--no-browser", "--scope", "all", "--replace"];
        let mut denied = Waiting::of(&world, &words);
        denied.visited();
        let said = hint(&denied.ends());
        assert!(said.contains(says) && login(&said).contains(&"--scope".to_owned()), "{error}: {said}");
    }
}

#[test]
fn a_logout_says_that_it_forgets_an_answer_when_it_has() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    with_a_password(&mut world, &vendor);
    world.run(&["login", "--grant", "password"]).succeeds();
    vendor.misbehave(Fault::spend_then(Fault::json(200, r#"{"tokens":"canary"}"#)));
    world.run(&["refresh"]).exits(8);
    vendor.misbehave_at("/revoke", Fault::json(503, ""));
    let kept = world.run(&["logout"]).exits(5);
    assert!(
        !kept.stderr.contains("could not be read") && kept.stderr.contains("nothing was forgotten"),
        "{kept:#?}"
    );
    vendor.behave();
    world
        .run(&["logout"])
        .succeeds()
        .says("warning: an answer of the vendor that could not be read was forgotten");
    assert_eq!(state(&world), "none");
}

#[test]
fn a_busy_port_that_only_the_profile_can_change_is_told_so() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port().to_string();
    world.add(&format!("redirect_uri = \"http://127.0.0.1:{port}/callback\""));
    let code = ["login", "--grant", "authorization_code", "--no-browser"];
    let said = hint(&world.run(&code).exits(5));
    assert!(
        said.contains("`redirect_uri` under [profiles.oauth2]") && !said.contains("--redirect-port"),
        "{said}"
    );
    let line = login(&said);
    let other = [&code[..], &["--redirect-port", &port]].concat();
    let said = hint(&world.run(&other).exits(5));
    assert!(said.contains("--redirect-port PORT"), "{said}");
    drop(taken);
    let mut anew = again(&world, &[&line[..], &["--json".to_owned()]].concat());
    anew.visited().is(200);
    logged_in(anew.ends(), &vendor);
}

#[test]
fn a_deadline_that_leaves_no_time_sends_nobody_anywhere() {
    let vendor = server();
    let world = world(On::File, &vendor);
    for way in [&["--device"][..], &["--grant", "authorization_code", "--no-browser"]] {
        let words = [&["login", "--json", "--deadline", "0"][..], way].concat();
        let ended = world.run(&words).exits(4).says_nothing_on_stdout().keeps_to(2.0);
        assert_eq!(ended.error()["code"], "login_required");
        assert!(ended.error()["message"].as_str().expect("text").contains("the deadline"), "{ended:#?}");
        assert!(!login(&hint(&ended)).contains(&"--deadline".to_owned()));
        assert_eq!((vendor.requests().len(), state(&world)), (0, "none".to_owned()));
    }
    vendor.device_terms(Terms { interval: Some(5), ..quick() });
    let ended = world.run(&["login", "--json", "--device", "--deadline", "2s"]).exits(4).keeps_to(3.0);
    assert!(ended.stdout.is_empty(), "{ended:#?}");
    assert!(ended.error()["message"].as_str().expect("text").contains("only every 5 s"), "{ended:#?}");
    assert_eq!((vendor.requests_at("/token"), state(&world)), (0, "none".to_owned()));
    vendor.device_terms(quick());
    vendor.polls(&[Poll::Approved]);
    logged_in(again(&world, &login(&hint(&ended))).ends(), &vendor);
    lives(&world, &vendor);
}

/// The warnings of `config check`.
fn remarks(world: &World) -> Vec<String> {
    let warnings = world.run(&["config", "check", "--json"]).succeeds().object()["warnings"].clone();
    warnings.as_array().expect("a list").iter().map(|one| one.as_str().expect("text").to_owned()).collect()
}

#[test]
fn a_relogin_that_can_never_come_is_found_by_a_check() {
    let base = "store = \"file\"\nclient_id = \"c\"\n";
    let oauth2 = format!("{base}dialect = \"oauth2\"\ntoken_url = \"https://a.example/t\"\n");
    let google = format!("{base}dialect = \"google\"\nclient_secret = {{ env = \"S\" }}\n");
    let fbox = format!(
        "{base}dialect = \"fbox\"\nbase_url = \"https://fbox360.com\"\nclient_secret = {{ env = \"S\" }}\n"
    );
    let person = "username = \"u\"\npassword = { env = \"P\" }\n";
    for (keys, relogin, says) in [
        (google.clone(), "true", Some("each login of the dialect `google` asks a person")),
        (google.clone(), "\"device_code\"", Some("the login `device_code` asks a person each time")),
        (google, "false", None),
        (oauth2.clone(), "true", Some("`password` needs `username` and `password` under [profiles.a]")),
        (oauth2.clone(), "\"password\"", Some("the login `password` needs `username` and `password`")),
        (oauth2.clone(), "\"token_exchange\"", Some("the login `token_exchange` needs `subject_token`")),
        (oauth2.clone() + "subject_token = { env = \"S\" }\n", "true", Some("`relogin` can name one")),
        (oauth2.clone() + "subject_token = { env = \"S\" }\n", "\"jwt_bearer\"", None),
        (oauth2 + person, "true", None),
        (
            fbox.clone(),
            "true",
            Some("`client_credentials` must be named: `relogin = \"client_credentials\"`"),
        ),
        (fbox.clone(), "\"client_credentials\"", None),
        (fbox + person, "true", None),
    ] {
        let mut world = World::on(On::File);
        world.add(&format!("[profiles.a]\n{keys}relogin = {relogin}\n"));
        let found = remarks(&world);
        match says {
            None => assert!(found.is_empty(), "{keys}{relogin}: {found:?}"),
            Some(words) => assert!(
                matches!(&found[..], [one] if one.starts_with("`profiles.a.relogin`") && one.contains(words)),
                "{keys}{relogin}: {found:?}"
            ),
        }
    }
}

#[test]
fn a_client_alone_logs_in_only_where_somebody_names_that() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.give_secrets(&vendor);
    world.add(&profile(&vendor, On::File));
    let said = hint(&world.run(&["login"]).exits(4));
    assert!(said.contains("with `username` and `password` under [profiles.fbox]"), "{said}");
    world.add("relogin = true");
    world.run(&["token"]).exits(4);
    assert_eq!(vendor.requests().len(), 0);
    let line = commands(&said).into_iter().find(|line| line.contains(&"client_credentials".to_owned()));
    world.run(&words(&line.expect("it is named"))).succeeds();
    let token = world.run(&["token"]).succeeds();
    assert!(vendor.accepts(token.stdout.trim()));
    world.run(&["logout"]).succeeds();
    world.change("relogin = true", "relogin = \"client_credentials\"");
    let token = world.run(&["token"]).succeeds();
    assert!(vendor.accepts(token.stdout.trim()));
}
