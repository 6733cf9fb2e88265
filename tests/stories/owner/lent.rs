//! A token that another machine lends: got once, kept here like any other, and nothing else of the login.

use std::fs;
use std::process::{Child, Stdio};
use std::thread;

use serde_json::json;

use super::pair::{Owner, PROFILE, profile};
use crate::sequence::wait_for;
use crate::shim::Shim;
use crate::stand_in::{Fault, Options, StandIn, Vendor};
use crate::world::{On, World};

fn strict() -> StandIn {
    StandIn::start_with(Vendor::OAuth2, Options { reuse_revokes: true, ..Options::default() })
}

fn spawned(world: &World, arguments: &[&str]) -> Child {
    let mut command = world.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("tokcli runs")
}

#[test]
fn one_connection_serves_for_a_tokens_life() {
    let vendor = strict();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    let token = here.run(&["token"]).succeeds().keeps_stderr_empty().stdout;
    assert!(vendor.accepts(token.trim()));
    for _ in 0..3 {
        here.run(&["token"]).succeeds().prints(&token).keeps_stderr_empty();
    }
    here.run(&["token", "--offline"]).succeeds().prints(&token).keeps_stderr_empty();
    assert_eq!((owner.connections(), vendor.requests().len()), (1, 1));
    owner.world.run(&["token"]).succeeds().prints(&token);
    assert_eq!(vendor.requests().len(), 1);
    here.assert_nothing_in_the_clear();
    owner.world.assert_nothing_in_the_clear();
}

#[test]
fn offline_nothing_is_asked() {
    let vendor = strict();
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    let error = here.run(&["token", "--offline", "--json"]).exits(3).error();
    assert_eq!((&error["code"], owner.connections()), (&json!("refused"), 0));
}

/// By the clock here: the two clocks may say what they like, and the owner's token is not younger for having travelled.
#[test]
fn what_is_left_of_its_life_is_told_as_the_owner_would() {
    let vendor = strict();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    let there = owner.world.run(&["token", "--json"]).succeeds().object();
    thread::sleep(std::time::Duration::from_secs(2));
    let told = here.run(&["token", "--json"]).succeeds().object();
    for member in ["access_token", "token_type", "scope"] {
        assert_eq!(told[member], there[member], "{member}");
    }
    let [own, others] = [&told, &there].map(|one| one["expires_at_unix"].as_i64().expect("a time"));
    // The request's way there counts as gone: one clock serves both here.
    assert!(own <= others && others - own < 60, "{own} {others}");
    assert_eq!(told["refreshed"], false, "nothing was sent for this request");
    assert_eq!(told["warnings"], json!([]));
}

#[test]
fn a_refresh_is_passed_on_and_one_that_came_since_will_do() {
    let vendor = strict();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    let first = here.run(&["token"]).succeeds().stdout;
    let told = here.run(&["refresh", "--json"]).succeeds().object();
    assert_eq!(told["refreshed"], true, "for this request one was sent");
    let second = format!("{}\n", told["access_token"].as_str().expect("a token"));
    assert_ne!(first, second);
    here.run(&["token"]).succeeds().prints(&second);
    assert_eq!((owner.connections(), vendor.requests().len()), (2, 2));
    // Both began before there was an answer.
    let other = owner.caller(&vendor);
    let latch = vendor.hold(1);
    let children = [spawned(&here, &["refresh"]), spawned(&other, &["refresh"])];
    wait_for(|| vendor.requests().len() == 3 && owner.connections() == 4);
    latch.open();
    let [one, another] = children.map(|child| child.wait_with_output().expect("it ends").stdout);
    assert_eq!(String::from_utf8(one.clone()), String::from_utf8(another));
    assert_eq!(vendor.requests().len(), 3);
    assert!(vendor.accepts(String::from_utf8(one).expect("UTF-8").trim()));
    assert_eq!(vendor.reused(), Vec::<String>::new());
}

#[test]
fn many_callers_on_one_machine_are_one_connection() {
    let vendor = strict();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    let latch = vendor.hold(1);
    let children: Vec<Child> = (0..40).map(|_| spawned(&here, &["token"])).collect();
    wait_for(|| vendor.requests().len() == 1);
    latch.open();
    let mut all: Vec<Vec<u8>> =
        children.into_iter().map(|child| child.wait_with_output().expect("it ends").stdout).collect();
    all.dedup();
    assert!(all.len() == 1 && !all[0].is_empty(), "{} tokens", all.len());
    assert_eq!((owner.connections(), vendor.requests().len()), (1, 1));
}

#[test]
fn an_owner_that_fails_fails_for_all_who_wait_with_one_connection() {
    let vendor = strict();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    vendor.expire_login();
    owner.lets("while ! [ -e go ]; do sleep 0.05; done; exec \"$@\"");
    let children: Vec<Child> = (0..8).map(|_| spawned(&here, &["token"])).collect();
    wait_for(|| owner.connections() == 1);
    // All of them are under way by now, or would be told by a connection of their own.
    thread::sleep(std::time::Duration::from_secs(2));
    owner.world.write("go", "");
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(4), "{words}");
        assert!(words.contains("on the owner: log in at the vendor"), "{words}");
    }
    assert_eq!((owner.connections(), vendor.requests().len()), (1, 1));
}

#[test]
fn f92_whoever_is_killed_while_it_asks_costs_the_owner_nothing() {
    let vendor = strict();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    let latch = vendor.hold(1);
    let mut asking = spawned(&here, &["token"]);
    wait_for(|| vendor.requests().len() == 1);
    asking.kill().expect("ours");
    asking.wait().expect("it ends");
    latch.open();
    let token = here.run(&["token"]).succeeds().stdout;
    owner.world.run(&["token"]).succeeds().prints(&token);
    assert_eq!((vendor.requests().len(), vendor.reused()), (1, Vec::<String>::new()));
}

#[test]
fn f91_an_owner_that_is_killed_while_it_refreshes_goes_on_by_its_own_journal() {
    let vendor = strict();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    let first = here.run(&["token"]).succeeds().stdout;
    owner.lets("echo $$ > pid; exec \"$@\"");
    // What it is asked is never handled.
    let silence = vendor.keep_silent();
    let asking = spawned(&here, &["refresh"]);
    wait_for(|| vendor.requests().len() == 2);
    let pid = fs::read_to_string(owner.world.path().join("pid")).expect("it runs");
    let pid = nix::unistd::Pid::from_raw(pid.trim().parse().expect("a number"));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).expect("ours");
    let output = asking.wait_with_output().expect("it ends");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(5) && words.contains("gave no answer"), "{words}");
    silence.open();
    // The owner's own rule for what nobody knows the end of.
    owner.lets("exec \"$@\"");
    let told = here.run(&["refresh", "--json"]).exits(8).error();
    assert_eq!(told["code"], "no_answer");
    here.run(&["token"]).succeeds().prints(&first);
    assert_eq!((vendor.requests().len(), vendor.reused()), (2, Vec::<String>::new()));
}

#[test]
fn f90_a_token_at_hand_is_used_while_the_owner_cannot_be_asked() {
    let vendor = strict();
    let owner = Owner::of(&vendor);
    let mut here = owner.caller(&vendor);
    let shim = Shim::build(&here);
    let token = here.run(&["token"]).succeeds().stdout;
    owner.lets("echo 'Connection refused' >&2; exit 255");
    // Of its hour a third is left.
    shim.later(&mut here, 2_400);
    let used = here.run(&["token", "--min-ttl", "25m"]);
    used.succeeds()
        .prints(&token)
        .says("the token at hand is still valid and is used")
        .says("gave no answer");
    let error = here.run(&["refresh", "--json"]).exits(5).error();
    assert_eq!(error["code"], "unreachable");
    assert_eq!(vendor.requests().len(), 1);
}

/// What each end of the program comes to.
#[test]
fn each_way_not_to_be_answered_has_its_own_words() {
    let vendor = strict();
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let mut here = owner.caller(&vendor);
    for (script, exit, code, words) in [
        ("exit 255", 5, "unreachable", "gave no answer"),
        ("kill -9 $$", 5, "unreachable", "gave no answer"),
        ("exit 127", 3, "config", "has no `tokcli`"),
        ("exit 126", 3, "config", "has no `tokcli`"),
        ("exit 2", 3, "config", "does not know `serve-once`"),
        ("echo Welcome; exit 0", 5, "unreachable", "gave no answer"),
        ("\"$@\" | head -c 200", 5, "unreachable", "gave no answer"),
        ("\"$@\" | sed s/tokcli-answer:./tokcli-answer:g/", 5, "unreachable", "gave no answer"),
        ("head -c 600000 /dev/zero", 5, "unreachable", "gives more than"),
    ] {
        owner.lets(script);
        // A state of its own: nothing is known from before.
        fs::remove_dir_all(here.state()).ok();
        let error = here.run(&["token", "--json", "--deadline", "60s", "--no-cache"]).exits(exit).error();
        assert_eq!(error["code"], code, "{script}: {error}");
        assert!(error["message"].as_str().is_some_and(|said| said.contains(words)), "{script}: {error}");
    }
    owner.lets("sleep 30");
    let late = here.run(&["token", "--json", "--deadline", "2s"]).exits(5).error();
    assert!(late["message"].as_str().is_some_and(|said| said.contains("did not end within 2 s")), "{late}");
    here.change(&owner.store(), "[stores.box]\nkind = \"remote\"\ncommand = [\"no-such-ssh\"]\n");
    let gone = here.run(&["token", "--json"]).exits(3).error();
    assert!(gone["hint"].as_str().is_some_and(|hint| hint.starts_with("install `no-such-ssh`")), "{gone}");
}

#[test]
fn what_a_server_says_before_is_skipped_and_what_ssh_says_is_passed_on() {
    let vendor = strict();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    owner.lets("echo Welcome; printf 'no newline, tokcli-answer:'; echo banner >&2; \"$@\"; echo bye");
    here.run(&["token"]).succeeds().says("banner");
    here.run(&["refresh", "--json"]).succeeds().keeps_stderr_empty();
}

#[test]
fn a_wait_that_the_vendor_asks_for_binds_here_too() {
    let vendor = strict();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    vendor.rate_limit(Some("600"));
    for _ in 0..2 {
        let error = here.run(&["token", "--json"]).exits(5).error();
        assert_eq!(error["code"], "rate_limited");
        let left = error["retry_after"].as_u64().expect("a wait");
        assert!((1..=600).contains(&left), "{left}");
    }
    assert_eq!((owner.connections(), vendor.requests().len()), (1, 1));
}

#[test]
fn an_answer_of_the_vendor_that_never_came_is_told_as_such() {
    let vendor = strict();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    vendor.misbehave(Fault::DropAfterRead);
    let error = here.run(&["token", "--json"]).exits(8).error();
    assert_eq!(error["code"], "no_answer");
}

/// Another name here than there, and two profiles of one owner.
#[test]
fn the_account_is_what_the_owner_calls_the_profile() {
    let vendor = strict();
    let owner = Owner::of(&vendor);
    let mut here = World::on(On::File);
    here.add(&profile(&vendor, "mine").replace("store =", "account = \"w\"\nstore ="));
    here.add(&owner.store());
    let token = here.run(&["token", "-p", "mine"]).succeeds().stdout;
    owner.world.run(&["token", "-p", PROFILE]).succeeds().prints(&token);
}

#[test]
fn an_owner_may_ask_another_one() {
    let vendor = strict();
    let first = Owner::of(&vendor);
    let middle = Owner::serving(first.caller(&vendor));
    let here = middle.caller(&vendor);
    let token = here.run(&["token"]).succeeds().keeps_stderr_empty().stdout;
    first.world.run(&["token"]).succeeds().prints(&token);
    assert_eq!((first.connections(), middle.connections(), vendor.requests().len()), (1, 1, 1));
    vendor.expire_login();
    here.run(&["refresh"])
        .exits(4)
        .says("the owner behind the store `box`: the owner behind the store `box`: ");
}

#[test]
fn the_timer_leaves_it_to_the_owner() {
    let vendor = strict();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    let line = here.run(&["refresh", "--all", "--due", "--json"]).succeeds().object();
    assert_eq!((&line["outcome"], owner.connections()), (&json!("not_due"), 0));
    let line = here.run(&["refresh", "--all", "--json"]).succeeds().object();
    assert_eq!((&line["outcome"], owner.connections()), (&json!("refreshed"), 1));
}

/// One token of a login for each of two machines, of which one wants to know who somebody is.
#[test]
fn an_id_token_is_lent_to_whoever_asks_for_it_alone() {
    let scopes = &["openid", "read"];
    let vendor = StandIn::start_with(Vendor::OAuth2, Options { scopes, ..Options::default() });
    let mut owner = Owner::of(&vendor);
    owner.world.change("[profiles.w]\n", "[profiles.w]\nscope = \"openid read\"\n");
    let mut here = owner.caller(&vendor);
    here.change("[profiles.w]\n", "[profiles.w]\nscope = \"openid read\"\n");
    here.add(
        &profile(&vendor, "who")
            .replace("store =", "scope = \"read openid\"\naccount = \"w\"\ntoken = \"id\"\nstore ="),
    );
    let access = here.run(&["token", "-p", "w"]).succeeds().stdout;
    assert!(vendor.accepts(access.trim()));
    let id = here.run(&["token", "-p", "who"]).succeeds().stdout;
    assert!(id != access && id.matches('.').count() == 2, "a signed token");
    for _ in 0..2 {
        here.run(&["token", "-p", "w"]).succeeds().prints(&access);
        here.run(&["token", "-p", "who"]).succeeds().prints(&id);
    }
    assert_eq!((owner.connections(), vendor.requests().len()), (2, 1));
}

/// A program was refused with the token: the owner lends another one, which it gets for it.
#[test]
fn a_token_that_a_program_was_refused_with_is_not_lent_again() {
    let vendor = strict();
    let mut owner = Owner::of(&vendor);
    let mut here = owner.caller(&vendor);
    here.change("[profiles.w]\n", "[profiles.w]\nmatch = [\"https://git.example/*\"]\n");
    let shim = Shim::build(&here);
    let place = "protocol=https\nhost=git.example\n";
    let ask = |here: &World, what: &str, more: &str| {
        let arguments = ["helper", "git", what];
        let run = here.command(&arguments);
        let mut child = assert_cmd::Command::from_std(run);
        let output = child.write_stdin(format!("{place}{more}\n")).output().expect("it runs");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let first = here.run(&["token"]).succeeds().stdout.trim().to_owned();
    assert!(ask(&here, "get", "").contains(&format!("password={first}\n")));
    // One that has just come is not doubted.
    shim.later(&mut here, 120);
    shim.later(&mut owner.world, 120);
    owner.lets("exec \"$@\"");
    ask(&here, "erase", &format!("password={first}\n"));
    let told = ask(&here, "get", "");
    let second = vendor.current().access_token;
    assert!(second != first && told.contains(&format!("password={second}\n")), "{told}");
    // Nor is it asked for once more.
    assert!(ask(&here, "get", "").contains(&second));
    assert_eq!(vendor.requests().len(), 2);
}
