//! What a dialect says of its logins reaches whoever logs in, or looks at the dialect.

use super::scene::{lives, server, with_a_password, world};
use crate::stand_in::{Poll, StandIn};
use crate::world::{On, World};

const ABOUT: &str = "only members of the pilot may log in";

/// A dialect whose logins by password and by device want something to be known first.
fn place(about: &str) -> (StandIn, World) {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    with_a_password(&mut world, &vendor);
    world.change("dialect = \"oauth2\"", "dialect = \"pilot\"");
    let about = serde_json::json!(about);
    world.add(&format!("[dialects.pilot]\nextends = \"oauth2\"\nlogins.password.about = {about}\nlogins.device_code.about = {about}"));
    (vendor, world)
}

#[test]
fn what_one_must_know_is_said_before_anything_else() {
    let (vendor, world) = place(ABOUT);
    for words in [&["login", "--grant", "password"][..], &["login", "--replace", "--device"]] {
        vendor.polls(&[Poll::Approved]);
        let said = world.run(words).succeeds();
        let first = said.stderr.lines().next().unwrap_or_default();
        assert_eq!(first, format!("tokcli: {ABOUT}"), "{words:?}");
        assert_eq!(said.stderr.matches(ABOUT).count(), 1, "{words:?}");
    }
    // A program knows it, and a login by itself has nobody to tell.
    let data = world.run(&["login", "--replace", "--json", "--grant", "password"]).succeeds();
    assert!(!data.stderr.contains(ABOUT) && !data.stdout.contains(ABOUT), "{data:#?}");
    lives(&world, &vendor);
}

#[test]
fn a_login_that_fails_has_said_it_too() {
    let (vendor, mut world) = place(ABOUT);
    world.set("LOGIN_PASSWORD", "wrong-canary");
    world.run(&["login", "--grant", "password"]).exits(4).says(ABOUT);
    assert_eq!(vendor.wrong_passwords(), 1);
}

#[test]
fn a_login_by_itself_says_it_to_nobody() {
    let (vendor, mut world) = place(ABOUT);
    world.change("username =", "relogin = true\nusername =");
    let token = world.run(&["token"]).succeeds().keeps_stderr_empty();
    assert!(vendor.accepts(token.stdout.trim()));
}

#[test]
fn what_one_must_know_commands_no_terminal() {
    let (vendor, world) = place("a\u{1b}[2Jb");
    let said = world.run(&["login", "--grant", "password"]);
    assert!(!said.stderr.contains('\u{1b}'), "{said:#?}");
    // Shown harmlessly, or refused when the file is read.
    assert!(said.code == Some(3) || said.stderr.contains("a\\u{1b}[2Jb"), "{said:#?}");
    if said.code == Some(3) {
        vendor.expect_unused();
    }
}

#[test]
fn a_dialects_tests_say_which_of_its_logins_each_is_about() {
    let world = World::on(On::File);
    world.write("profiles.toml", "");
    let tested = world.run(&["dialect", "test", "babelbird"]).succeeds().stdout;
    for title in ["authorization_code: address", "authorization_code", "authorize_by_jwt", "jwt"] {
        let line = |line: &str| {
            line.starts_with("babelbird, example ") && line.ends_with(&format!(": {title}: as recorded"))
        };
        assert!(tested.lines().any(line), "{title}: {tested}");
    }
    let told = world.run(&["dialect", "test", "babelbird", "--json"]).succeeds().stdout;
    assert!(told.contains("authorization_code: address") && told.contains("authorize_by_jwt"), "{told}");
    // What was not recorded so is named by its login, too.
    let source = world.run(&["dialect", "show", "babelbird"]).succeeds().stdout;
    let source = source
        .replace("[dialects.babelbird", "[dialects.spoilt")
        .replace("dialects.babelbird.", "dialects.spoilt.");
    let spoilt = source.replace("&data=state-1", "&data=state-2");
    assert_ne!(spoilt, source, "the address is in there");
    world.write("spoilt.toml", &spoilt);
    let said = world.run(&["dialect", "test", "spoilt.toml"]).exits(3);
    let words = said.stdout.clone() + &said.stderr;
    assert!(words.contains("authorization_code: address: NOT as recorded"), "{words}");
}
