//! What people are told on a machine that asks another one: what is in the way there, what was said before, where a thing is done.

use super::pair::{Owner, PROFILE};
use crate::stand_in::{StandIn, Vendor};

#[test]
fn what_is_in_the_way_is_told_by_all_in_the_same_words() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    for (script, code, words) in [
        ("exit 127", 3, "on the owner: install it, and give its whole path in the line of `authorized_keys`"),
        ("exit 255", 5, "serve-once < /dev/null` shows what is in the way"),
        ("kill -9 $$", 5, "serve-once < /dev/null` shows what is in the way"),
    ] {
        owner.lets(script);
        let hint = |command: &str| here.run(&[command, "--json"]).exits(code).error()["hint"].clone();
        let told = hint("token");
        assert!(told.as_str().is_some_and(|hint| hint.contains(words)), "{script}: {told}");
        assert_eq!(hint("refresh"), told, "{script}");
        let found = here.run(&["doctor", "--store", "box", "--json"]).exits(1).object()["findings"].clone();
        let found = found.as_array().expect("findings");
        assert!(found.iter().any(|one| one["check"] == "owner" && one["mend"] == told), "{found:?}");
    }
    owner.forces("--profiles other");
    let error = here.run(&["token", "--json"]).exits(3).error();
    let hint = error["hint"].as_str().expect("a hint");
    assert!(hint.contains("`--profiles` of its `serve-once`") && hint.contains("`account`"), "{hint}");
}

/// A word of the owner is its word of then: nobody else refused anything, and it may be otherwise by now.
#[test]
fn what_the_owner_said_before_is_told_as_that() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    let line = |arguments: &[&str]| {
        here.run(&[&["status", "--json"], arguments].concat()).succeeds().object()["profiles"][0].clone()
    };
    here.run(&["token"]).succeeds();
    owner.world.run(&["logout", "--local"]).succeeds();
    here.run(&["refresh"]).exits(4);
    let told = line(&[]);
    assert!(told["state"] == "none" && told["owner"]["said_before"].is_string(), "{told}");
    let said = here.run(&["doctor"]).exits(1).stdout;
    assert!(
        !said.contains("refused") && said.contains("the owner behind the store `box` said at 20"),
        "{said}"
    );
    assert!(said.contains("`tokcli refresh --profile w` asks it again"), "{said}");
    // Somebody logs in there, and nobody here has asked since.
    let login = vendor.login().refresh_token;
    owner.world.run_with(&["import", "--replace"], &format!("{login}\n")).succeeds();
    here.run(&["status"]).succeeds().says("its owner said at 20");
    here.run(&["status", "--check", "-v"]).exits(4).says("as its owner said at 20");
    let asked = line(&["--owner"]);
    assert!(asked["state"] == "ready" && asked["owner"]["said_before"].is_null(), "{asked}");
    here.run(&["status", "--owner"]).succeeds().keeps_stderr_empty();
    here.run(&["status", "--check", "--owner"]).succeeds();
    let said = here.run(&["doctor", "--online", "--json"]);
    assert!(!said.stdout.contains("needs a person") && !said.stdout.contains("asks it again"), "{said:?}");
    here.run(&["refresh"]).succeeds();
    assert_eq!(line(&[])["state"], "valid");
    here.run(&["status", "--check"]).succeeds();
    // A verdict of the vendor's on the owner's login is the owner's word, too.
    vendor.expire_login();
    here.run(&["refresh"]).exits(4);
    assert_eq!(line(&[])["state"], "login_required");
    let said = here.run(&["doctor"]).exits(1).stdout;
    assert!(said.contains("the owner behind the store `box` said at 20"), "{said}");
}

#[test]
fn what_is_done_on_the_owner_is_told_whole() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    for (arguments, whole) in [
        (&["export", "--sealed"] as &[&str], "export --sealed"),
        (&["import", "--sealed"], "import --sealed"),
        (&["import", "--answer"], "import --answer"),
        (&["secret", "set", "client_secret"], "secret set NAME"),
        (&["secret", "rm", "client_secret"], "secret rm NAME"),
        (&["secret", "list"], "secret list"),
        (&["recover", "--stdin"], "recover --stdin"),
        (&["recover", "--discard-answers", "-p", PROFILE], "recover --discard-answers"),
    ] {
        let told = format!("hint: on the owner: `tokcli {whole} --profile {PROFILE}`");
        here.run(arguments).exits(3).says(&told);
    }
    // Of all profiles nobody is refused, and nothing is silent.
    let all = here.run(&["recover"]).succeeds().stdout;
    assert!(all.starts_with("w: the login is another machine's") && all.lines().count() == 1, "{all}");
    let all = here.run(&["recover", "--json"]).succeeds().object();
    assert_eq!((&all["profile"], &all["outcome"]), (&"w".into(), &"nothing".into()));
    assert_eq!(owner.connections(), 0);
}

/// Nobody logs in here.
#[test]
fn a_profile_of_another_machines_login_lacks_nothing_to_log_in() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    let (address, client) =
        (format!("token_url={}", vendor.token_url()), format!("client_id={}", vendor.client_id()));
    let add = [
        "config",
        "add",
        "new",
        "--dialect",
        "oauth2",
        "--set",
        &address,
        "--set",
        &client,
        "--set",
        "store=box",
    ];
    let added = here.run(&add).succeeds();
    assert!(!added.stderr.contains("to log in, it needs"), "{added:?}");
    added.says("`tokcli token --profile new` asks the owner for a token");
}
