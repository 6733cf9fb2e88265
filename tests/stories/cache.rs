//! The cache of access tokens: asked with `tokcli` alone, whose engine is out of reach, so that what is
//! printed can have come from nowhere else.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::sequence::wait_for;
use crate::shim::{Shim, is_root};
use crate::stand_in::{Options, StandIn, Vendor};
use crate::world::{CANARY, Ended, On, World, entry, found_it_held};

/// A file that was changed just now is not trusted to be what was read.
pub fn settle() {
    std::thread::sleep(Duration::from_millis(80));
}

/// `tokcli` without its engine.
fn front(world: &World) -> PathBuf {
    let path = world.path().join("alone/tokcli");
    if !path.exists() {
        fs::create_dir(world.path().join("alone")).expect("made");
        // By another process: what this one writes, its children may hold open, and then it cannot be run.
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_tokcli")).arg(&path).status();
        assert!(copied.expect("cp").success());
    }
    path
}

pub fn ask_front(world: &World, arguments: &[&str]) -> Ended {
    let path = front(world);
    world.end(world.command_of(path.to_str().expect("UTF-8"), arguments), arguments, "")
}

pub trait Asked {
    fn misses(self);
}

impl Asked for Ended {
    #[track_caller]
    fn misses(self) {
        self.exits(1).says("cannot start").says("tokcli-engine").says("hint: ");
    }
}

/// One profile with a valid token, kept.
fn warm(store: On) -> (StandIn, World, String) {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(store, &vendor).with_the_cache();
    settle();
    let token = world.run(&["token"]).succeeds().stdout;
    ask_front(&world, &["token"]).succeeds().prints(&token).keeps_stderr_empty();
    (vendor, world, token)
}

/// As the kernel lists them: the timeout, the permissions and the name of each key of this world.
pub fn keys(world: &World) -> Vec<(String, String, String)> {
    let mark = world.path().to_str().expect("UTF-8").to_owned();
    let list = fs::read("/proc/keys").expect("the kernel keeps keys");
    let list = String::from_utf8_lossy(&list).into_owned();
    let fields = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        (words[3].to_owned(), words[4].to_owned(), words[8].trim_end_matches(':').to_owned())
    };
    let lives =
        |line: &&str| !line.split_whitespace().nth(1).is_some_and(|flags| flags.contains(['i', 'R', 'D']));
    let ours = |line: &&str| line.contains(" tokcli:") && line.contains(&mark);
    list.lines().filter(ours).filter(lives).map(fields).collect()
}

fn key_of(world: &World, kind: &str) -> String {
    let prefix = format!("tokcli:{kind}:");
    let found = keys(world).into_iter().find(|(_, _, name)| name.starts_with(&prefix));
    found.unwrap_or_else(|| panic!("no key {prefix}")).2
}

fn keyctl(arguments: &[&str]) -> String {
    let output = Command::new("keyctl")
        .args(arguments)
        .output()
        .expect("keyctl is installed (`make test` installs it)");
    assert!(output.status.success(), "keyctl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

#[test]
fn a_valid_token_of_the_file_store_is_printed_without_configuration_or_store() {
    let (vendor, world, token) = warm(On::File);
    for arguments in
        [&["token"][..], &["token", "--offline"], &["token", "--min-ttl", "5m"], &["token", "-q"]]
    {
        ask_front(&world, arguments).succeeds().prints(&token).keeps_stderr_empty();
    }
    ask_front(&world, &["token", "--no-cache"]).misses();
    ask_front(&world, &["refresh"]).misses();
    ask_front(&world, &["token", "-p", "fbox"]).misses();
    world.run(&["token", "-p", "fbox"]).succeeds().prints(&token);
    ask_front(&world, &["token", "-p", "fbox"]).succeeds().prints(&token);
    assert_eq!(vendor.requests().len(), 1);
    world.assert_nothing_in_the_clear();
}

#[test]
fn a_valid_token_of_the_keyring_is_printed_though_the_keyring_is_out_of_reach() {
    let (vendor, mut world, token) = warm(On::Keyring);
    world.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    ask_front(&world, &["token"]).succeeds().prints(&token).keeps_stderr_empty();
    world.run(&["token"]).succeeds().prints(&token).keeps_stderr_empty();
    world.run(&["token", "--no-cache"]).exits(6);
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn json_from_the_cache_is_json_from_the_store() {
    let (_vendor, world, _) = warm(On::File);
    let asked = |ended: Ended| {
        let mut object = ended.succeeds().object();
        let left = object["expires_in"].take().as_i64().expect("a number");
        (object, left)
    };
    let (cached, left) = asked(ask_front(&world, &["token", "--json"]));
    let (stored, later) = asked(world.run(&["token", "--json", "--no-cache"]));
    assert_eq!(cached, stored);
    assert!((left - later).abs() <= 5, "{left} and {later}");
}

#[test]
fn the_minimum_ttl_is_kept_to_the_second_and_cut_with_the_same_warning() {
    let vendor = StandIn::start_with(Vendor::Fbox, Options { access_lifetime: 600, ..Options::default() });
    let mut world = World::with(On::File, &vendor).with_the_cache();
    world.add("min_ttl = \"2m\"");
    let shim = Shim::build(&world);
    settle();
    let token = world.run(&["token"]).succeeds().stdout;
    ask_front(&world, &["token"]).succeeds().prints(&token);
    let cut = ask_front(&world, &["token", "--min-ttl", "9m"]).succeeds().prints(&token);
    assert_eq!(cut.stderr, world.run(&["token", "--min-ttl", "9m", "--no-cache"]).succeeds().stderr);
    cut.says("the minimum TTL is cut to half of the token's life, 300 s");
    shim.later(&mut world, 470);
    ask_front(&world, &["token"]).succeeds().prints(&token);
    ask_front(&world, &["token", "--min-ttl", "3m"]).misses();
    shim.later(&mut world, 490);
    ask_front(&world, &["token"]).misses();
    ask_front(&world, &["token", "--offline"]).succeeds().prints(&token);
    shim.later(&mut world, 601);
    ask_front(&world, &["token", "--offline"]).misses();
    assert_eq!(vendor.requests().len(), 1);
    // Looked at by both programs, and warned of by one.
    shim.later(&mut world, 490);
    let cut = world.run(&["token", "--min-ttl", "9m"]).succeeds();
    assert_eq!(cut.stderr.matches("minimum TTL").count(), 1, "{}", cut.stderr);
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn whatever_is_changed_about_the_configuration_is_read_again() {
    let (_vendor, mut world, token) = warm(On::File);
    world.write("more.toml", "[dialects.mine]\nextends = \"oauth2\"\n");
    world.change("[profiles.fbox]", "dialect_files = [\"more.toml\"]\n[profiles.fbox]");
    ask_front(&world, &["token"]).misses();
    let again = |world: &World| {
        settle();
        world.run(&["token"]).succeeds().prints(&token);
        ask_front(world, &["token"]).succeeds().prints(&token);
    };
    again(&world);
    // Of the same length, at the same second.
    world.write("more.toml", "[dialects.mime]\nextends = \"oauth2\"\n");
    ask_front(&world, &["token"]).misses();
    again(&world);
    let path = world.path().join("profiles.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).expect("set");
    ask_front(&world, &["token"]).misses();
    world.run(&["token"]).exits(3).says("others can write");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
    again(&world);
    let before = fs::metadata(world.path()).expect("is there").permissions();
    fs::set_permissions(world.path(), fs::Permissions::from_mode(0o777)).expect("set");
    ask_front(&world, &["token"]).misses();
    world.run(&["token"]).exits(3).says("others can write the directory");
    fs::set_permissions(world.path(), before).expect("set");
    ask_front(&world, &["token"]).succeeds().prints(&token);
    fs::remove_file(&path).expect("removed");
    ask_front(&world, &["token"]).misses();
    world.run(&["token"]).exits(3).says("there is no");
}

#[test]
fn b105_another_home_is_another_configuration_where_a_path_begins_there() {
    let (_vendor, mut world, token) = warm(On::File);
    let homes = ["one", "two"].map(|name| world.path().join(name));
    for home in &homes {
        fs::create_dir(home).expect("made");
    }
    let at = |world: &mut World, home: &Path| world.set("HOME", home.to_str().expect("UTF-8"));
    // Nothing in it is of the home yet.
    at(&mut world, &homes[0]);
    ask_front(&world, &["token"]).succeeds().prints(&token);
    world.write("one/more.toml", "[dialects.mine]\nextends = \"oauth2\"\n");
    world.change("[profiles.fbox]", "dialect_files = [\"~/more.toml\"]\n[profiles.fbox]");
    settle();
    let serves = |world: &World| {
        world.run(&["token"]).succeeds().prints(&token);
        ask_front(world, &["token"]).succeeds().prints(&token);
    };
    serves(&world);
    at(&mut world, &homes[1]);
    ask_front(&world, &["token"]).misses();
    world.run(&["token"]).exits(3).says("more.toml");
    // What stands there may say anything: it is read, and counts.
    world.write("two/more.toml", "[dialects.mine]\nextends = \"nothing\"\n[dialects.fbox]\n");
    settle();
    let other = world.run(&["token"]);
    ask_front(&world, &["token"]).misses();
    assert_ne!(other.code, Some(0), "{other:?}");
    at(&mut world, &homes[0]);
    serves(&world);
    // Of whoever has no home of that name, the passwd entry tells.
    for nowhere in ["", "relative"] {
        world.set("HOME", nowhere);
        ask_front(&world, &["token"]).misses();
    }
    // Every other path that begins there.
    at(&mut world, &homes[0]);
    world.change("dialect_files = [\"~/more.toml\"]\n", "");
    let key = "\n[stores.mine]\nkind = \"file\"\nkey = { file = \"~/key\" }\n";
    world.change("store = \"file\"", "store = \"mine\"");
    world.add(key);
    fs::copy(world.state().join("file.key"), homes[0].join("key")).expect("copied");
    settle();
    serves(&world);
    at(&mut world, &homes[1]);
    ask_front(&world, &["token"]).misses();
    world.run(&["token"]).exits(6);
}

#[test]
fn a_configuration_behind_a_link_is_read_again_when_the_link_leads_elsewhere() {
    let (_vendor, mut world, token) = warm(On::File);
    let path = world.path().join("profiles.toml");
    for (name, more) in [("one.toml", ""), ("two.toml", "min_ttl = \"3m\"\n")] {
        world.write(name, &(fs::read_to_string(&path).expect("read") + more));
    }
    let link = world.path().join("link.toml");
    std::os::unix::fs::symlink("one.toml", &link).expect("linked");
    world.set("TOKCLI_CONFIG", link.to_str().expect("UTF-8"));
    settle();
    world.run(&["token"]).succeeds().prints(&token);
    ask_front(&world, &["token"]).succeeds().prints(&token);
    std::os::unix::fs::symlink("two.toml", world.path().join("new")).expect("linked");
    fs::rename(world.path().join("new"), &link).expect("renamed");
    ask_front(&world, &["token"]).misses();
}

#[test]
fn a_configuration_changed_a_moment_ago_is_kept_in_no_cache() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor).with_the_cache();
    settle();
    // The time stands still at the second in which it was changed, or before it: it could change again unseen.
    let changed = fs::metadata(world.path().join("profiles.toml")).expect("there").ctime();
    Shim::build(&world).at(&mut world, changed - 1);
    let token = world.run(&["token"]).succeeds().stdout;
    ask_front(&world, &["token"]).misses();
    // So it does not matter when it is asked: a moment later it is kept.
    world.set("SHIM_CLOCK", &(changed + 2).to_string());
    world.run(&["token"]).succeeds().prints(&token);
    ask_front(&world, &["token"]).succeeds().prints(&token);
}

#[test]
fn the_profile_is_the_one_that_is_asked_for_by_whatever_means() {
    let (fbox, babel) = (StandIn::start(Vendor::Fbox), StandIn::start(Vendor::Babelbird));
    let mut world = World::on(On::File).with_the_cache();
    world.add("default_profile = \"fbox\"");
    world.profile(&fbox);
    world.profile(&babel);
    world.import(&fbox);
    world.import(&babel);
    settle();
    let of = |world: &World, arguments: &[&str]| world.run(arguments).succeeds().stdout;
    let (first, second) = (of(&world, &["token"]), of(&world, &["token", "-p", "babelbird"]));
    assert_ne!(first, second);
    ask_front(&world, &["token"]).succeeds().prints(&first);
    ask_front(&world, &["token", "-p", "babelbird"]).succeeds().prints(&second);
    world.set("TOKCLI_PROFILE", "babelbird");
    assert_eq!(of(&world, &["token"]), second);
    ask_front(&world, &["token"]).succeeds().prints(&second);
    ask_front(&world, &["token", "--profile=fbox"]).misses();
    world.set("TOKCLI_PROFILE", "nobody");
    ask_front(&world, &["token"]).misses();
    world.set("TOKCLI_PROFILE", "");
    ask_front(&world, &["token"]).succeeds().prints(&first);
    world.change("default_profile = \"fbox\"", "default_profile = \"babelbird\"");
    ask_front(&world, &["token"]).misses();
    assert_eq!(of(&world, &["token"]), second);
}

#[test]
fn a_rotation_a_logout_and_a_new_login_by_others_end_what_was_kept_on_the_file_store() {
    changed_by_others(On::File);
}

#[test]
fn a_rotation_a_logout_and_a_new_login_by_others_end_what_was_kept_on_the_keyring() {
    changed_by_others(On::Keyring);
}

fn changed_by_others(store: On) {
    let (vendor, world, token) = warm(store);
    // Asked for in another way, so that it leaves nothing that the next question finds.
    let rotated = world.run(&["refresh", "-p", "fbox"]).succeeds().stdout;
    assert_ne!(rotated, token);
    ask_front(&world, &["token", "-p", "fbox"]).succeeds().prints(&rotated);
    ask_front(&world, &["token"]).succeeds().prints(&rotated);
    world.run(&["refresh", "--all"]).succeeds();
    ask_front(&world, &["token"]).misses();
    let current = world.run(&["token"]).succeeds().stdout;
    ask_front(&world, &["token"]).succeeds().prints(&current);

    world.run(&["logout", "--local"]).succeeds();
    // What was displaced earlier, the kernel tidies up a moment later.
    wait_for(|| !keys(&world).iter().any(|(_, _, name)| name.starts_with("tokcli:token:")));
    ask_front(&world, &["token"]).misses();
    world.run(&["token"]).exits(4);
    world.import(&vendor);
    ask_front(&world, &["token"]).misses();
    let new = world.run(&["token"]).succeeds().stdout;
    assert_ne!(new, current);
    ask_front(&world, &["token"]).succeeds().prints(&new);
    fs::remove_dir_all(world.state().join("journal")).expect("removed");
    ask_front(&world, &["token"]).misses();
}

#[test]
fn a_profile_never_prints_what_another_binding_put_there() {
    let (old, new) = (StandIn::start(Vendor::Fbox), StandIn::start(Vendor::Fbox));
    new.expect_unused();
    let mut world = World::with(On::File, &old).with_the_cache();
    let elsewhere =
        entry(&old, "other", On::File).replace(&old.origin(), &new.origin()) + "account = \"fbox\"\n";
    world.add(&elsewhere);
    settle();
    let token = world.run(&["token", "-p", "fbox"]).succeeds().stdout;
    ask_front(&world, &["token", "-p", "fbox"]).succeeds().prints(&token);
    world.run(&["token", "-p", "other"]).exits(3).says("bound to");
    world.run(&["rebind", "-p", "other", "--yes"]).succeeds();
    ask_front(&world, &["token", "-p", "fbox"]).misses();
    world.run(&["token", "-p", "other"]).succeeds().prints(&token);
    ask_front(&world, &["token", "-p", "other"]).succeeds().prints(&token);
    ask_front(&world, &["token", "-p", "fbox"]).misses();
    world.run(&["token", "-p", "fbox"]).exits(3).says("bound to");
}

#[test]
fn state_directories_keep_their_tokens_apart() {
    let (vendor, mut world, token) = warm(On::File);
    let first = world.state();
    world.set("TOKCLI_STATE_DIR", world.path().join("second").to_str().expect("UTF-8"));
    ask_front(&world, &["token"]).misses();
    world.run(&["token"]).exits(4);
    world.import(&vendor);
    let other = world.run(&["token"]).succeeds().stdout;
    ask_front(&world, &["token"]).succeeds().prints(&other);
    world.set("TOKCLI_STATE_DIR", first.to_str().expect("UTF-8"));
    ask_front(&world, &["token"]).succeeds().prints(&token);
    fs::set_permissions(first.join("journal"), fs::Permissions::from_mode(0o755)).expect("set");
    ask_front(&world, &["token"]).misses();
    world.run(&["token"]).exits(6).says("others may use");
}

#[test]
fn nothing_is_kept_with_no_cache_or_offline_or_beside_a_warning() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor).with_the_cache();
    world.run(&["refresh", "--all"]).succeeds();
    settle();
    for arguments in [&["token", "--no-cache"][..], &["token", "--offline"], &["token", "--min-ttl", "30d"]] {
        world.run(arguments).succeeds();
        assert_eq!(keys(&world), [], "{arguments:?}");
    }
    world.run(&["token"]).succeeds();
    assert_eq!(keys(&world).len(), 2, "the profile and its token");
}

#[test]
fn keys_expire_with_their_token_and_are_for_this_user_alone() {
    let vendor = StandIn::start_with(Vendor::Fbox, Options { access_lifetime: 300, ..Options::default() });
    let world = World::with(On::File, &vendor).with_the_cache();
    settle();
    world.run(&["token"]).succeeds();
    for (timeout, permissions, name) in keys(&world) {
        assert_eq!(permissions, "3f0b0000", "{name}: the holder everything, the user view, read and search");
        let of_token = ["4m", "5m"].contains(&timeout.as_str());
        assert!(
            if name.starts_with("tokcli:token:") { of_token } else { timeout == "1d" || timeout == "23h" },
            "{name}: {timeout}"
        );
    }
    let short = StandIn::start_with(Vendor::Fbox, Options { access_lifetime: 6, ..Options::default() });
    let world = World::with(On::File, &short).with_the_cache();
    settle();
    let token = world.run(&["token"]).succeeds().stdout;
    key_of(&world, "token");
    let live = |(timeout, _, name): &(String, String, String)| {
        name.starts_with("tokcli:token:") && timeout != "expd"
    };
    wait_for(|| !keys(&world).iter().any(live));
    ask_front(&world, &["token"]).misses();
    wait_for(|| world.run(&["token"]).succeeds().stdout != token);
}

#[test]
fn b104_keys_that_are_damaged_foreign_or_too_large_are_only_slower() {
    let (vendor, world, token) = warm(On::File);
    for kind in ["token", "profile"] {
        let whole = payload(&world, kind);
        let mut damages = vec![
            b"x".to_vec(),
            b"{}".to_vec(),
            vec![0; 36],
            whole[..whole.len() / 2].to_vec(),
            whole[36..].to_vec(),
            // More than a page, but no more than a user who is not root may keep.
            vec![b'y'; 12_000],
            [&whole[..], &[b' '; 9_000]].concat(),
        ];
        // When it was made is said for making room alone; nonce, seal and text count to the last bit.
        for at in (8..36).step_by(5).chain((36..whole.len()).step_by(97)).chain([whole.len() - 1]) {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            damages.push(damaged);
        }
        for damage in damages {
            forge(&world, kind, &damage);
            ask_front(&world, &["token"]).misses();
            forge(&world, kind, &whole);
            ask_front(&world, &["token"]).succeeds().prints(&token);
        }
        forge(&world, kind, b"x");
        world.run(&["token"]).succeeds().prints(&token).keeps_stderr_empty();
        ask_front(&world, &["token"]).succeeds().prints(&token);
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn a_long_token_is_kept_like_any_other() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let mut world = World::on(On::File).with_the_cache();
    world.add(&entry(&vendor, "long", On::File));
    let token = format!("at-canary-{}", "x".repeat(15_000));
    let answer = format!(
        r#"{{"access_token":"{token}","refresh_token":"rt-canary","expires_in":3600,"token_type":"Bearer"}}"#
    );
    world.run_with(&["import", "--answer", "--obtained-at", "now"], &answer).succeeds();
    settle();
    world.run(&["token"]).succeeds().prints(&format!("{token}\n"));
    ask_front(&world, &["token"]).succeeds().prints(&format!("{token}\n"));
}

/// What a key holds.
fn payload(world: &World, kind: &str) -> Vec<u8> {
    payload_of(&key_of(world, kind))
}

fn payload_of(name: &str) -> Vec<u8> {
    let key = keyctl(&["search", "@u", "user", name]);
    let output = Command::new("keyctl").args(["pipe", &key]).output().expect("keyctl");
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// As any program of this user can.
fn forge(world: &World, kind: &str, bytes: &[u8]) {
    put(&key_of(world, kind), bytes);
}

fn put(name: &str, bytes: &[u8]) {
    let put = || {
        let mut keyctl = Command::new("keyctl");
        let keyctl = keyctl.args(["padd", "user", name, "@u"]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut keyctl = keyctl.spawn().expect("keyctl");
        std::io::Write::write_all(&mut keyctl.stdin.take().expect("piped"), bytes).expect("taken");
        keyctl.wait().expect("it ends").success()
    };
    // Quota comes back when the kernel has tidied up.
    wait_for(put);
}

/// Programs of this user that see none of its files, as in a sandbox, can read and write the keys.
#[test]
fn b104_a_copy_shows_no_token_to_who_cannot_read_the_journal_and_can_be_made_by_nobody_else() {
    let (fbox, babel) = (StandIn::start(Vendor::Fbox), StandIn::start(Vendor::Babelbird));
    let mut world = World::on(On::File).with_the_cache();
    world.add("default_profile = \"fbox\"");
    for vendor in [&fbox, &babel] {
        world.profile(vendor);
        world.import(vendor);
    }
    settle();
    let token = world.run(&["token"]).succeeds().stdout;
    let mine = |kind: &str| (key_of(&world, kind), payload(&world, kind));
    let (copy, plan) = (mine("token"), mine("profile"));
    for (name, bytes) in [&copy, &plan] {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains(CANARY) && !text.contains(token.trim()), "{name}: {text}");
    }
    // That of an earlier token of the same credential.
    let next = world.run(&["refresh"]).succeeds().stdout;
    assert_ne!(next, token);
    ask_front(&world, &["token"]).succeeds().prints(&next);
    put(&copy.0, &copy.1);
    ask_front(&world, &["token"]).misses();
    world.run(&["token"]).succeeds().prints(&next);
    // Those of another profile, each in the place of this one's.
    let (copy, plan) = (mine("token"), mine("profile"));
    world.run(&["token", "-p", "babelbird"]).succeeds();
    let other = |kind: &str| {
        let ours = |name: &str| name == copy.0 || name == plan.0;
        let mut names = keys(&world).into_iter().map(|(_, _, name)| name);
        let name = names.find(|name| name.starts_with(&format!("tokcli:{kind}:")) && !ours(name));
        let name = name.expect("another profile's");
        (name.clone(), payload_of(&name))
    };
    let (other_copy, other_plan) = (other("token"), other("profile"));
    for (name, bytes, own) in [(&copy.0, &other_copy.1, &plan), (&plan.0, &other_plan.1, &copy)] {
        put(&own.0, &own.1);
        put(name, bytes);
        ask_front(&world, &["token"]).misses();
    }
    put(&copy.0, &copy.1);
    put(&plan.0, &plan.1);
    ask_front(&world, &["token"]).succeeds().prints(&next);
}

#[test]
fn a_kernel_that_denies_keys_is_only_slower() {
    let (vendor, world, token) = warm(On::File);
    for errno in ["ENOSYS", "EPERM", "EACCES", "EDQUOT", "ENOMEM"] {
        for call in ["keyctl", "add_key"] {
            let output = world.run_injected(&format!("{call}:error={errno}"), &["token"]);
            assert_eq!(String::from_utf8_lossy(&output.stdout), token, "{call} {errno}");
            assert_eq!(
                (output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()),
                (Some(0), "")
            );
        }
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn keys_are_found_from_another_session_and_made_where_none_is_linked() {
    let (_vendor, world, token) = warm(On::File);
    let front = front(&world);
    let front = front.to_str().expect("UTF-8");
    // A session of its own has no link to the user's keyring.
    let other = world.command_of("keyctl", &["session", "-", front, "token"]);
    let ended = world.end(other, &["token"], "").succeeds();
    assert_eq!(ended.stdout, token);
    world.run(&["refresh", "--all"]).succeeds();
    let other = world.command_of("keyctl", &["session", "-", env!("CARGO_BIN_EXE_tokcli"), "token"]);
    let new = world.end(other, &["token"], "").succeeds().stdout;
    ask_front(&world, &["token"]).succeeds().prints(&new);
    assert!(keys(&world).iter().all(|(timeout, ..)| timeout != "perm"), "none without an expiry");
}

#[test]
fn killed_at_any_call_to_the_kernels_keys_no_run_leaves_one_without_an_expiry() {
    let (_vendor, world, token) = warm(On::File);
    world.run(&["refresh", "--all"]).succeeds();
    let calls = world.calls(&["token"]);
    for call in ["add_key", "keyctl"] {
        let nths: BTreeSet<usize> = calls.iter().filter(|one| one.name == call).map(|one| one.nth).collect();
        assert!(nths.len() > 1, "{calls:#?}");
        for nth in nths {
            world.run(&["refresh", "--all"]).succeeds();
            world.run_injected(&format!("{call}:signal=KILL:when={nth}"), &["token"]);
            // What was only in the keyring of the process goes with it, a moment later.
            wait_for(|| keys(&world).iter().all(|(timeout, ..)| timeout != "perm"));
            assert_ne!(world.run(&["token"]).succeeds().stdout, token);
        }
    }
}

/// A first run that the machine keeps from its work between journal and cache is not waited for, so that the
/// second may want the engine after all; five times in a row only a program that never takes the copy does.
#[test]
fn who_waits_for_a_refresh_takes_its_token_without_the_engine() {
    let mut ended = waits_for_a_refresh();
    for _ in 1..5 {
        if !ended.status.success() {
            ended = waits_for_a_refresh();
        }
    }
    assert!(ended.status.success(), "{ended:?}");
}

/// How the one that waits ends; it has no engine.
fn waits_for_a_refresh() -> Output {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor).with_the_cache();
    let shim = Shim::build(&world);
    settle();
    let old = world.run(&["token"]).succeeds().stdout;
    let latch = vendor.hold(1);
    shim.later(&mut world, 7_300);
    let first = world.spawn(&["token"]);
    wait_for(|| vendor.requests().len() == 2);
    let (front, queue) = (front(&world), world.path().join("queue"));
    let strace = ["-f", "-qq", "-e", "trace=fcntl", "-o", queue.to_str().expect("UTF-8")];
    let mut second =
        world.command_of("strace", &[&strace[..], &[front.to_str().expect("UTF-8"), "token"]].concat());
    let second = second.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let second = second.expect("strace is installed (`make test` installs it)");
    wait_for(|| found_it_held(&queue));
    latch.open();
    let second = second.wait_with_output().expect("it ends");
    let first = first.wait_with_output().expect("it ends");
    assert_eq!(vendor.requests().len(), 2);
    if second.status.success() {
        assert_eq!(second.stdout, first.stdout);
        assert_ne!(second.stdout, old.as_bytes());
    }
    second
}

/// The look of the one who waits is drawn out here for a second, and others look all the time.
#[test]
fn b106_who_only_looks_for_a_refresh_makes_nobody_find_the_credential_busy() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor).with_the_cache();
    let shim = Shim::build(&world);
    settle();
    world.run(&["token"]).succeeds();
    // Due from now on, and nobody has a copy of anything newer: all look whether somebody refreshes.
    shim.later(&mut world, 7_300);
    let (front, trace) = (front(&world), world.path().join("look"));
    let front = front.to_str().expect("UTF-8");
    let slow = "inject=flock:delay_exit=1000000";
    let strace = [
        "-f",
        "-qq",
        "-e",
        "trace=flock,fcntl",
        "-e",
        slow,
        "-o",
        trace.to_str().expect("UTF-8"),
        front,
        "token",
    ];
    let mut looking = world.command_of("strace", &strace);
    let mut looking = looking.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("strace runs");
    let looks = || {
        let trace = fs::read_to_string(&trace).unwrap_or_default();
        trace.contains("F_OFD_GETLK") || trace.contains("flock(")
    };
    wait_for(looks);
    world.run(&["refresh", "-p", "fbox", "--deadline", "0"]).succeeds();
    looking.wait().expect("it ends");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    world.command_of(front, &["token"]).output().expect("it runs");
                }
            });
        }
        for _ in 0..10 {
            world.run(&["refresh", "-p", "fbox", "--deadline", "0"]).succeeds();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn nobody_waits_for_a_refresh_who_has_a_valid_token() {
    let (vendor, world, token) = warm(On::File);
    let latch = vendor.hold(1);
    let refreshing = world.spawn(&["refresh", "--all"]);
    wait_for(|| vendor.requests().len() == 2);
    world.run(&["token"]).succeeds().prints(&token);
    latch.open();
    assert!(refreshing.wait_with_output().expect("it ends").status.success());
    assert_ne!(world.run(&["token"]).succeeds().stdout, token);
}

#[test]
fn a_user_with_many_profiles_keeps_the_latest_and_the_oldest_go() {
    if !is_root() {
        // Only another user has a quota that nobody else is using up.
        return many_profiles(&[]);
    }
    let user = (40_000 + std::process::id() % 20_000).to_string();
    many_profiles(&["--reuid", &user, "--regid", &user, "--clear-groups"]);
}

fn many_profiles(as_user: &[&str]) {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let mut world = World::on(On::File).with_the_cache();
    let names: Vec<String> = (0..40).map(|n| format!("p{n}")).collect();
    for name in &names {
        let text = entry(&vendor, name, On::File);
        world.add(&text);
    }
    let (tokcli, front) = (env!("CARGO_BIN_EXE_tokcli"), front(&world));
    hand_to(world.path(), as_user);
    let token = |name: &str| format!("at-canary-{name}-{}", "x".repeat(1_500));
    let run = |program: &Path, arguments: &[&str], input: &str| {
        let words = [as_user, &["--inh-caps=-all", program.to_str().expect("UTF-8")], arguments].concat();
        let words = if as_user.is_empty() { words[1..].to_vec() } else { words };
        let program = if as_user.is_empty() { words[0] } else { "setpriv" };
        let rest = if as_user.is_empty() { &words[1..] } else { &words[..] };
        world.end(world.command_of(program, rest), arguments, input)
    };
    settle();
    for name in &names {
        let answer = format!(
            r#"{{"access_token":"{}","refresh_token":"rt-canary-{name}","expires_in":3600,"token_type":"Bearer"}}"#,
            token(name)
        );
        run(Path::new(tokcli), &["import", "--answer", "--obtained-at", "now", "-p", name], &answer)
            .succeeds();
        run(Path::new(tokcli), &["token", "-p", name], "")
            .succeeds()
            .prints(&(token(name) + "\n"))
            .keeps_stderr_empty();
        // Quota comes back when the kernel has tidied up.
        std::thread::sleep(Duration::from_millis(30));
    }
    let kept = |name: &&String| run(&front, &["token", "-p", name], "").code == Some(0);
    let kept: Vec<&String> = names.iter().filter(kept).collect();
    assert!(kept.contains(&&names[39]), "the last one is kept: {kept:?}");
    assert!(as_user.is_empty() || (2..=13).contains(&kept.len()), "a quota of 20,000 bytes: {kept:?}");
    assert_eq!(kept, names[40 - kept.len()..].iter().collect::<Vec<_>>(), "and the latest before it");
}

/// Everything in the world belongs to the user it is played by.
fn hand_to(path: &Path, as_user: &[&str]) {
    if let Some(user) = as_user.get(1) {
        let done = Command::new("chown").args(["-R", user]).arg(path).status().expect("chown");
        assert!(done.success());
    }
}

#[test]
fn the_engine_says_who_is_to_be_asked_instead() {
    let world = World::on(On::File).with_the_cache();
    let engine = env!("CARGO_BIN_EXE_tokcli-engine");
    for arguments in [
        &["status"][..],
        &["9.9.9:1:x", "status"],
        &[],
        &[concat!(env!("CARGO_PKG_VERSION"), ":1"), "status"],
    ] {
        world
            .end(world.command_of(engine, arguments), arguments, "")
            .exits(1)
            .says("run `tokcli`")
            .says_nothing_on_stdout();
    }
}
