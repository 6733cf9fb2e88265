//! Several access tokens of one login: each profile gets its own, all share the refresh token, and whatever happens to
//! one costs the others nothing.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::cache::{Asked as _, ask_front, keys, settle};
use crate::moments::Moment;
use crate::permits::Permit;
use crate::sequence::wait_for;
use crate::shim::Shim;
use crate::stand_in::{Fault, Options, StandIn, Vendor};
use crate::world::{On, World, walk};

/// Rotates, is strict, and grants no more than was asked for.
pub fn vendor() -> StandIn {
    let scopes = &[
        "mail", "files", "openid", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "t0", "t1",
        "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9",
    ];
    StandIn::start_with(Vendor::OAuth2, Options { scopes, ..Options::default() })
}

/// A profile of the one login.
fn profile(vendor: &StandIn, store: On, name: &str, keys: &str) -> String {
    format!(
        "[profiles.{name}]\ndialect = \"oauth2\"\naccount = \"one\"\nrotation = \"strict\"\nstore = \"{}\"\ntoken_url = \"{}\"\nclient_id = \"{}\"\nclient_secret.env = \"OAUTH2_SECRET\"\n{keys}\n",
        store.word(),
        vendor.token_url(),
        vendor.client_id(),
    )
}

/// Two profiles of one login, of which nothing but the refresh token is there.
pub fn world(store: On, vendor: &StandIn) -> World {
    let mut world = World::on(store);
    world.give_secrets(vendor);
    for name in ["mail", "files"] {
        world.add(&profile(vendor, store, name, &format!("scope = \"{name}\"")));
    }
    world.run_with(&["import", "-p", "mail"], &vendor.login().refresh_token).succeeds();
    world
}

/// From the store, wherever else it is.
pub const OF_MAIL: [&str; 4] = ["token", "--no-cache", "-p", "mail"];
const OF_FILES: [&str; 4] = ["token", "--no-cache", "-p", "files"];

/// The token that a run prints, which is for this scope.
#[track_caller]
fn token_for(vendor: &StandIn, world: &World, arguments: &[&str], scope: &str) -> String {
    let token = world.run(arguments).succeeds().stdout;
    assert!(vendor.accepts(token.trim()), "{arguments:?}");
    assert_eq!(vendor.scope_of(token.trim()).as_deref(), Some(scope), "{arguments:?}");
    token
}

fn spawn(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("tokcli runs")
}

fn ended(children: impl IntoIterator<Item = Child>) -> Vec<Output> {
    children.into_iter().map(|child| child.wait_with_output().expect("it ends")).collect()
}

/// All printed one and the same token, which is for this scope.
#[track_caller]
fn agree(vendor: &StandIn, outputs: &[Output], scope: &str) {
    let printed: BTreeSet<&[u8]> = outputs.iter().map(|output| output.stdout.as_slice()).collect();
    let told: Vec<_> = outputs.iter().map(|output| String::from_utf8_lossy(&output.stderr)).collect();
    assert!(outputs.iter().all(|output| output.status.success()), "{told:?}");
    assert_eq!(printed.len(), 1, "{scope}");
    let token = String::from_utf8_lossy(outputs[0].stdout.as_slice()).trim().to_owned();
    assert_eq!(vendor.scope_of(&token).as_deref(), Some(scope));
}

/// `count` callers, half of them for each audience: no more requests than audiences, one after the other.
fn storm(store: On, count: usize) {
    let _alone = Permit::of_a_crowd();
    let vendor = vendor();
    let world = world(store, &vendor);
    let latch = vendor.hold(1);
    let of = |scope: &str, count: usize| -> Vec<Child> {
        (0..count).map(|_| spawn(world.command(&["token", "-p", scope]))).collect()
    };
    let (mut mail, mut files) = (Vec::new(), Vec::new());
    for _ in 0..count / 2 {
        mail.extend(of("mail", 1));
        files.extend(of("files", 1));
    }
    wait_for(|| vendor.requests().len() == 1);
    latch.open();
    agree(&vendor, &ended(mail), "mail");
    agree(&vendor, &ended(files), "files");
    assert_eq!(vendor.requests().len(), 2);

    // The same by hand: who waited adopts what was obtained for the same audience, and nothing else.
    let latch = vendor.hold(1);
    let first = spawn(world.command(&["refresh", "-p", "files"]));
    wait_for(|| vendor.requests().len() == 3);
    let mail = world.queue_all(count / 10, &["refresh", "-p", "mail"], "");
    let files = world.queue_all(count / 10, &["refresh", "-p", "files"], "");
    latch.open();
    agree(&vendor, &ended(files.into_iter().chain([first])), "files");
    agree(&vendor, &ended(mail), "mail");
    assert_eq!(vendor.requests().len(), 4);
    let lineage: BTreeSet<_> = vendor.requests().into_iter().map(|seen| seen.presented).collect();
    assert_eq!(lineage.len(), 4, "each presented the one that the last was given");
}

#[test]
fn a_hundred_callers_for_two_audiences_make_two_requests_on_the_file_store() {
    storm(On::File, 100);
}

#[test]
fn a_hundred_callers_for_two_audiences_make_two_requests_on_the_keyring() {
    storm(On::Keyring, 100);
}

#[test]
fn what_one_audience_is_refused_for_its_own_sake_costs_the_others_nothing() {
    let _alone = Permit::of_a_crowd();
    let vendor = vendor();
    let mut world = world(On::File, &vendor);
    world.add(&profile(&vendor, On::File, "odd", "scope = \"unheard-of\""));
    let latch = vendor.hold(1);
    let first = spawn(world.command(&["refresh", "-p", "odd"]));
    wait_for(|| vendor.requests().len() == 1);
    let odd = world.queue_all(8, &["refresh", "-p", "odd"], "");
    let mail = world.queue_all(8, &["refresh", "-p", "mail"], "");
    latch.open();
    for output in ended(odd.into_iter().chain([first])) {
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(3) && words.contains("invalid_scope"), "{words}");
    }
    agree(&vendor, &ended(mail), "mail");
    assert_eq!(vendor.requests().len(), 2, "the outcome of the one did not overwrite that of the other");
}

#[test]
fn each_profile_has_its_own_token_and_a_refresh_for_one_leaves_the_other_alone() {
    for store in [On::File, On::Keyring] {
        let vendor = vendor();
        let world = world(store, &vendor);
        let mail = token_for(&vendor, &world, &OF_MAIL, "mail");
        let files = token_for(&vendor, &world, &OF_FILES, "files");
        assert_eq!(vendor.requests().len(), 2);
        let anew = token_for(&vendor, &world, &["refresh", "-p", "files"], "files");
        assert_ne!(anew, files);
        world.run(&OF_MAIL).succeeds().prints(&mail);
        world.run(&OF_FILES).succeeds().prints(&anew);
        let status = world.run(&["status", "--json"]).succeeds().object();
        let states: Vec<_> =
            status["profiles"].as_array().expect("a list").iter().map(|one| &one["state"]).collect();
        assert_eq!(states, ["valid", "valid"]);
        assert_eq!(vendor.requests().len(), 3);
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn a_refused_login_is_not_presented_again_for_the_same_scopes_in_another_order() {
    let vendor = vendor();
    let mut world = world(On::File, &vendor);
    world.add(&profile(&vendor, On::File, "both", "scope = \"mail files\""));
    world.add(&profile(&vendor, On::File, "again", "scope = \"files mail\""));
    vendor.expire_login();
    world.run(&["token", "-p", "both"]).exits(4);
    let asked = vendor.requests().len();
    world.run(&["token", "-p", "again"]).exits(4).says("remembered");
    assert_eq!(vendor.requests().len(), asked);
}

#[test]
fn scopes_in_another_order_are_one_audience() {
    let vendor = vendor();
    let mut world = world(On::File, &vendor);
    world.add(&profile(&vendor, On::File, "both", "scope = \"mail files\""));
    world.add(&profile(&vendor, On::File, "again", "scope = \"files mail\""));
    let both = world.run(&["token", "-p", "both"]).succeeds().stdout;
    world.run(&["token", "-p", "again"]).succeeds().prints(&both);
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn refresh_all_refreshes_each_audience_once_and_adopts_for_the_others() {
    let vendor = vendor();
    let mut world = world(On::File, &vendor);
    world.add(&profile(&vendor, On::File, "z-mail", "scope = \"mail\""));
    let outcomes = |world: &World, arguments: &[&str]| -> Vec<Value> {
        let ended = world.run(arguments).succeeds();
        let line = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["outcome"].clone();
        ended.stdout.lines().map(line).collect()
    };
    assert_eq!(outcomes(&world, &["refresh", "--all", "--json"]), ["refreshed", "refreshed", "adopted"]);
    assert_eq!(vendor.requests().len(), 2);
    assert_eq!(
        outcomes(&world, &["refresh", "--all", "--due", "--json"]),
        ["not_due"; 3],
        "the login is what is due"
    );
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn a_lost_answer_for_one_audience_is_followed_up_by_whoever_comes_next() {
    let vendor = vendor();
    let world = world(On::File, &vendor);
    vendor.misbehave(Fault::DropAfterRead);
    world.run(&["refresh", "-p", "mail"]).exits(8);
    let files = token_for(&vendor, &world, &OF_FILES, "files");
    token_for(&vendor, &world, &OF_MAIL, "mail");
    world.run(&OF_FILES).succeeds().prints(&files);
    assert_eq!(vendor.requests().len(), 3);
}

/// A server that repeats its answer within a grace repeats the access token in it, whoever asks.
#[test]
fn a_repeated_answer_gives_nobody_the_token_of_another_audience() {
    let vendor = vendor();
    vendor.expect_reuse();
    let mut world = world(On::File, &vendor);
    world.change("rotation = \"strict\"", "rotation = \"grace-same\"\ngrace = \"90s\"");
    vendor.misbehave(Fault::spend_then(Fault::DropAfterRead));
    world.run(&["refresh", "-p", "mail"]).exits(8);
    let lost = vendor.current();
    assert_eq!(vendor.scope_of(&lost.access_token).as_deref(), Some("mail"));
    let answer = json!({ "access_token": lost.access_token, "refresh_token": lost.refresh_token, "expires_in": 3_600 });
    vendor.misbehave(Fault::json(200, &answer.to_string()));
    world.run(&OF_FILES).exits(5).says("may have repeated its answer");
    token_for(&vendor, &world, &OF_FILES, "files");
    token_for(&vendor, &world, &OF_MAIL, "mail");
    assert_eq!(vendor.requests()[2].presented.as_ref(), Some(&lost.refresh_token), "that is taken");
    assert_eq!(vendor.requests().len(), 4);
}

/// Killed when the answer is in the journal, and nobody has read it.
fn unread(world: &World, profile: &str) {
    world.run_injected(&Moment::AnswerSynced.inject("signal=KILL"), &["refresh", "-p", profile]);
}

#[test]
fn an_answer_that_another_run_reads_belongs_to_the_audience_that_it_was_asked_for() {
    for store in [On::File, On::Keyring] {
        let vendor = vendor();
        let world = world(store, &vendor);
        unread(&world, "mail");
        assert_eq!(vendor.requests().len(), 1);
        let asked_for_mail = vendor.current().access_token;
        token_for(&vendor, &world, &OF_FILES, "files");
        assert_eq!(vendor.requests().len(), 2, "it goes on for its own");
        world.run(&OF_MAIL).succeeds().prints(&format!("{asked_for_mail}\n"));
        assert_eq!(vendor.requests().len(), 2);
        // Who refreshes by hand is not content with what was there before.
        let files = world.run(&OF_FILES).succeeds().stdout;
        unread(&world, "mail");
        let anew = token_for(&vendor, &world, &["refresh", "-p", "files"], "files");
        assert_ne!(anew, files);
        assert_eq!(vendor.requests().len(), 4);
    }
}

#[test]
fn a_refusal_of_another_audience_that_was_left_unread_is_nobody_elses() {
    let vendor = vendor();
    let mut world = world(On::File, &vendor);
    world.add(&profile(&vendor, On::File, "odd", "scope = \"unheard-of\""));
    unread(&world, "odd");
    assert_eq!(vendor.requests().len(), 1);
    token_for(&vendor, &world, &OF_MAIL, "mail");
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn recover_reads_for_whichever_audience_it_was() {
    let vendor = vendor();
    let world = world(On::File, &vendor);
    let files = token_for(&vendor, &world, &OF_FILES, "files");
    unread(&world, "mail");
    world.run(&["recover", "-p", "files"]).succeeds();
    world.run(&OF_FILES).succeeds().prints(&files);
    let mail = format!("{}\n", vendor.current().access_token);
    world.run(&OF_MAIL).succeeds().prints(&mail);
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn a_login_that_is_over_is_asked_about_once_whoever_asks() {
    let vendor = vendor();
    let world = world(On::File, &vendor);
    vendor.expire_login();
    world.run(&OF_MAIL).exits(4).says("log in again");
    for _ in 0..3 {
        world.run(&OF_FILES).exits(4).says("remembered from the last request");
        world.run(&OF_MAIL).exits(4).says("remembered from the last request");
    }
    assert_eq!(vendor.requests().len(), 1);
    // By hand both are asked for.
    world.run(&["refresh", "-p", "files"]).exits(4);
    world.run(&OF_MAIL).exits(4);
    assert_eq!(vendor.requests().len(), 2);
    world.run_with(&["import", "-p", "files"], &vendor.login().refresh_token).succeeds();
    token_for(&vendor, &world, &OF_MAIL, "mail");
    token_for(&vendor, &world, &OF_FILES, "files");
}

#[test]
fn a_rejected_client_is_asked_about_once_by_each() {
    let vendor = vendor();
    let world = world(On::File, &vendor);
    vendor.reject_client();
    for _ in 0..3 {
        world.run(&OF_MAIL).exits(3);
        world.run(&OF_FILES).exits(3);
    }
    assert_eq!(vendor.requests().len(), 2, "they do not take turns");
    vendor.behave();
    token_for(&vendor, &world, &["refresh", "-p", "mail"], "mail");
    token_for(&vendor, &world, &OF_FILES, "files");
}

#[test]
fn a_wait_binds_every_audience() {
    let vendor = vendor();
    let world = world(On::File, &vendor);
    vendor.rate_limit(Some("60"));
    world.run(&["refresh", "-p", "mail"]).exits(5);
    for arguments in [&OF_FILES[..], &["refresh", "-p", "files"]] {
        let error = world.run(&[arguments, &["--json"]].concat()).exits(5).error();
        assert_eq!(error["code"], "rate_limited");
        assert!(error["retry_after"].as_u64().is_some_and(|left| (30..=60).contains(&left)), "{error}");
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn logout_forgets_all_of_them_and_rebind_confirms_all_of_them() {
    for store in [On::File, On::Keyring] {
        let vendor = vendor();
        let mut world = world(store, &vendor).with_the_cache();
        settle();
        let mail = token_for(&vendor, &world, &["token", "-p", "mail"], "mail");
        let files = token_for(&vendor, &world, &["token", "-p", "files"], "files");
        // The first one's copy was sealed to what the journal held then.
        world.run(&["token", "-p", "mail"]).succeeds().prints(&mail);
        for (name, token) in [("mail", &mail), ("files", &files)] {
            ask_front(&world, &["token", "-p", name]).succeeds().prints(token);
        }
        world.change("client_id", "client_auth = \"client_secret_post\"\nclient_id");
        let id = format!("client_id = \"{}\"", vendor.client_id());
        world.change(&id, "client_id = \"another\"");
        for arguments in [OF_MAIL, OF_FILES] {
            world.run(&arguments).exits(3).says("bound to");
        }
        world.run(&["rebind", "--yes", "-p", "files"]).succeeds();
        world.run(&OF_MAIL).succeeds().prints(&mail);
        world.run(&OF_FILES).succeeds().prints(&files);
        world.run(&["logout", "--local", "-p", "files"]).succeeds();
        wait_for(|| !keys(&world).iter().any(|(_, _, name)| name.starts_with("tokcli:token:")));
        for name in ["mail", "files"] {
            ask_front(&world, &["token", "-p", name]).misses();
            world.run(&["token", "-p", name]).exits(4);
        }
        assert_eq!(vendor.requests().len(), 2);
    }
}

#[test]
fn a_scope_on_the_command_line_is_an_audience_of_its_own_and_sixteen_are_kept() {
    let vendor = vendor();
    let world = world(On::File, &vendor).with_the_cache();
    let ask = |scope: &str| token_for(&vendor, &world, &["token", "-p", "mail", "--scope", scope], scope);
    let scopes: Vec<String> =
        ["s", "t"].iter().flat_map(|set| (0..10).map(move |n| format!("{set}{n}"))).collect();
    let tokens: Vec<String> = scopes.iter().map(|scope| ask(scope)).collect();
    assert_eq!(vendor.requests().len(), 20);
    for (scope, token) in scopes.iter().zip(&tokens).skip(4) {
        world.run(&["token", "--no-cache", "-p", "mail", "--scope", scope]).succeeds().prints(token);
    }
    assert_eq!(vendor.requests().len(), 20, "the last sixteen are kept");
    assert_ne!(ask("s0"), tokens[0]);
    assert_eq!(vendor.requests().len(), 21, "the first one was forgotten");
    // The order of scopes does not matter, and the profile's own is what it would be without the flag.
    let both = world.run(&["token", "-p", "mail", "--scope", "s1 s0"]).succeeds().stdout;
    world.run(&["token", "-p", "files", "--scope", "s0 s1"]).succeeds().prints(&both);
    let own = token_for(&vendor, &world, &OF_MAIL, "mail");
    world.run(&["token", "-p", "files", "--scope", "mail"]).succeeds().prints(&own);
    // What no profile asks for is told below the login.
    let status = world.run(&["status", "--json"]).succeeds().object();
    let others = status["profiles"][0]["others"].as_array().expect("a list").clone();
    assert!(!others.is_empty() && others.len() <= 16, "{others:?}");
    assert!(
        others.iter().all(|other| other["audience"].as_str().is_some_and(|text| text.contains("scope=")))
    );
}

#[test]
fn a_token_for_a_scope_of_the_command_line_comes_from_the_cache_too() {
    let vendor = vendor();
    let world = world(On::File, &vendor).with_the_cache();
    settle();
    let arguments = ["token", "-p", "mail", "--scope", "s0 100%"];
    world.run(&arguments).exits(3);
    let arguments = ["token", "-p", "mail", "--scope", "s0 s1"];
    let token = world.run(&arguments).succeeds().stdout;
    ask_front(&world, &arguments).succeeds().prints(&token);
    ask_front(&world, &["token", "-p", "mail"]).misses();
    ask_front(&world, &["token", "-p", "mail", "--scope", "s0"]).misses();
    // A refresh for another audience costs the copy one look in the store.
    world.run(&["refresh", "-p", "files"]).succeeds();
    world.run(&arguments).succeeds().prints(&token);
    ask_front(&world, &arguments).succeeds().prints(&token);
}

#[test]
fn a_scope_that_would_change_nothing_is_refused() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let world = World::with(On::File, &vendor);
    world.run(&["token", "--scope", "other"]).exits(3).says("sends no scope with a refresh");
    world.run(&["token", "--scope", ""]).exits(2).says("--scope");
}

#[test]
fn a_profile_can_serve_the_id_token() {
    for store in [On::File, On::Keyring] {
        let vendor = vendor();
        let mut world = world(store, &vendor).with_the_cache();
        world.add(&profile(&vendor, store, "who", "scope = \"openid mail\"\ntoken = \"id\""));
        world.add(&profile(&vendor, store, "what", "scope = \"openid mail\""));
        settle();
        let id_token = world.run(&["token", "-p", "who"]).succeeds().keeps_stderr_empty().stdout;
        assert_eq!(id_token.matches('.').count(), 2, "a JWT");
        world.run(&["token", "-p", "who"]).succeeds().prints(&id_token);
        ask_front(&world, &["token", "-p", "who"]).succeeds().prints(&id_token);
        let object = world.run(&["token", "-p", "who", "--json"]).succeeds().object();
        assert_eq!(object["access_token"], id_token.trim());
        assert!(
            object["expires_in"].as_i64().is_some_and(|left| (3_500..=3_600).contains(&left)),
            "{object}"
        );
        // The access token of the same answer is another profile's.
        token_for(&vendor, &world, &["token", "-p", "what"], "openid mail");
        ask_front(&world, &["token", "-p", "who"]).succeeds().prints(&id_token);
        assert_eq!(vendor.requests().len(), 1);
        let anew = world.run(&["refresh", "-p", "who"]).succeeds().stdout;
        assert!(anew != id_token && anew.matches('.').count() == 2);
        world.run(&["token", "--no-cache", "-p", "who"]).succeeds().prints(&anew);
        assert_eq!(vendor.requests().len(), 2);
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn where_no_id_token_comes_the_vendor_is_not_asked_again_and_again() {
    let vendor = vendor();
    let mut world = world(On::File, &vendor);
    world.add(&profile(&vendor, On::File, "who", "scope = \"mail\"\ntoken = \"id\""));
    for _ in 0..3 {
        let error = world.run(&["token", "-p", "who", "--json"]).exits(3).error();
        assert_eq!(error["code"], "refused");
        assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("openid")), "{error}");
    }
    assert_eq!(vendor.requests().len(), 1);
    token_for(&vendor, &world, &OF_MAIL, "mail");
    assert_eq!(vendor.requests().len(), 1, "the refresh stands");
    world.run(&["refresh", "-p", "who"]).exits(3);
    assert_eq!(vendor.requests().len(), 2);
    // With the scope it is another audience.
    world.change("scope = \"mail\"\ntoken = \"id\"", "scope = \"openid\"\ntoken = \"id\"");
    let id_token = world.run(&["token", "-p", "who"]).succeeds().stdout;
    // An answer without one keeps what is valid.
    vendor.misbehave(Fault::edit(|mut answer| {
        answer.as_object_mut().expect("an object").remove("id_token");
        answer
    }));
    world.run(&["refresh", "-p", "who"]).succeeds().prints(&id_token);
    world.run(&["token", "--min-ttl", "50m", "-p", "who"]).succeeds().prints(&id_token);
    assert_eq!(vendor.requests().len(), 4);
}

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/files/one-audience")
}

/// What was left behind before there were several audiences, for a vendor that is elsewhere by now.
fn left_behind(accounts: &str, vendor: &StandIn, profiles: &[(&str, &str)]) -> World {
    let mut world = World::on(On::File);
    world.give_secrets(vendor);
    let private = |path: PathBuf, bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode");
    };
    fs::DirBuilder::new().mode(0o700).recursive(true).create(world.state().join("journal")).expect("made");
    private(world.state().join("file.key"), &fs::read(files().join("file.key")).expect("the key"));
    let mut paths = Vec::new();
    walk(&files(), &mut paths);
    let name = |path: &PathBuf| path.file_name().expect("a name").to_str().expect("UTF-8").to_owned();
    let path =
        paths.iter().find(|path| name(path).starts_with(&format!("{accounts}."))).expect("one of them");
    let slots = fs::read(path).expect("read");
    let sealed = u64::from_le_bytes(slots[56..64].try_into().expect("eight"));
    let (first, second) = slots.split_at(64 + usize::try_from(sealed).expect("small") + 32);
    let whole = [first, second].map(|slot| [slot, &vec![0; (128 << 10) - slot.len()]].concat()).concat();
    let journal = name(path).split('.').nth(1).expect("a journal").to_owned();
    private(world.state().join(format!("journal/{journal}.jrn")), &whole);
    for (name, keys) in profiles {
        let account = format!("account = \"{accounts}\"");
        world.add(&profile(vendor, On::File, name, keys).replace("account = \"one\"", &account));
    }
    let status = world.run(&["status", "--json"]).succeeds().object();
    let state = if accounts == "marked" {
        "login_required"
    } else if accounts == "unread" {
        "uncertain"
    } else {
        "valid"
    };
    let alone = profiles.iter().all(|(_, keys)| keys.starts_with("scope = \"a\""));
    let told = if alone || state != "valid" { state } else { "ready" };
    assert_eq!(status["profiles"][0]["state"], told, "{status}");
    let (name, _) = profiles[0];
    world.run(&["rebind", "--yes", "-p", name]).succeeds();
    world
}

/// The vendor knows none of their tokens: it takes the next one for good.
fn grants(vendor: &StandIn, access: &str, refresh: &str) {
    vendor.misbehave(Fault::json(
        200,
        &json!({ "access_token": access, "refresh_token": refresh, "expires_in": 3_600 }).to_string(),
    ));
}

#[test]
fn what_was_kept_before_there_were_several_audiences_is_served_to_whoever_asks_alone() {
    let vendor = vendor();
    let world =
        left_behind("held", &vendor, &[("a", "scope = \"a\""), ("b", "scope = \"a\"\nmin_ttl = \"5m\"")]);
    for name in ["a", "b"] {
        world.run(&["token", "-p", name]).succeeds().prints("at-canary-held-3\n");
    }
    grants(&vendor, "at-canary-new", "rt-canary-new");
    world.run(&["refresh", "-p", "a"]).succeeds().prints("at-canary-new\n");
    assert_eq!(vendor.requests()[0].presented.as_deref(), Some("rt-canary-held-3"));
    world.run(&["token", "-p", "b"]).succeeds().prints("at-canary-new\n");
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn where_it_may_be_a_siblings_token_it_is_left_to_expire() {
    let vendor = vendor();
    let world = left_behind("held", &vendor, &[("a", "scope = \"a\""), ("b", "scope = \"b\"")]);
    for name in ["a", "b"] {
        grants(&vendor, &format!("at-canary-{name}"), &format!("rt-canary-{name}"));
        world.run(&["token", "-p", name]).succeeds().prints(&format!("at-canary-{name}\n"));
    }
    world.run(&["token", "-p", "a"]).succeeds().prints("at-canary-a\n");
    let presented: Vec<_> = vendor.requests().into_iter().map(|seen| seen.presented).collect();
    assert_eq!(presented, ["rt-canary-held-3", "rt-canary-a"].map(|token| Some(token.to_owned())));
}

#[test]
fn an_answer_that_was_left_unread_before_is_read_and_loses_nothing() {
    let vendor = vendor();
    let world = left_behind("unread", &vendor, &[("a", "scope = \"a\"")]);
    world.run(&["token", "-p", "a"]).succeeds().prints("at-canary-unread-4\n");
    assert!(vendor.requests().is_empty());
    let world = left_behind("unread", &vendor, &[("a", "scope = \"a\""), ("b", "scope = \"b\"")]);
    grants(&vendor, "at-canary-b", "rt-canary-b");
    world.run(&["token", "-p", "b"]).succeeds().prints("at-canary-b\n");
    assert_eq!(vendor.requests()[0].presented.as_deref(), Some("rt-canary-unread-4"), "what it had given");
}

/// When the last of it was written.
const MADE: i64 = 1_795_896_572;

#[test]
fn failures_waits_and_marks_of_before_are_understood() {
    let vendor = vendor();
    for account in ["failed", "limited", "marked"] {
        let mut world = left_behind(account, &vendor, &[("a", "scope = \"a\"")]);
        let shim = Shim::build(&world);
        shim.booted(&mut world, "another-boot", 10);
        shim.at(&mut world, MADE + 60);
        world.run(&["token", "-p", "a"]).succeeds().prints(&format!("at-canary-{account}-2\n"));
        if account == "limited" {
            world.run(&["refresh", "-p", "a"]).exits(5).says("is not asked again for");
            shim.at(&mut world, MADE + 3_700);
        }
        grants(&vendor, "at-canary-new", "rt-canary-new");
        world.run(&["refresh", "-p", "a"]).succeeds().prints("at-canary-new\n");
    }
    assert_eq!(vendor.requests().len(), 3);
}
