//! A store of the user's own commands: on machines that come and go, what is loaded may be stale, what is saved is all that
//! outlives them.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::shim::Shim;
use crate::stand_in::{Fault, Options, StandIn, Vendor};
use crate::world::{Ended, On, World};

/// 32 bytes in base64.
const KEY: &str = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=";
const OTHER_KEY: &str = "zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0=";

const LOAD: &str = "load = [\"sh\", \"-c\", \"cat record 2> /dev/null || true\"]";
const SAVE: &str = "save = [\"sh\", \"-c\", \"cat > record.new && mv record.new record && echo >> saves\"]";

/// A profile `w` at a vendor that rotates, in a store of commands with these lines.
fn world_of(vendor: &StandIn, lines: &str) -> World {
    let mut world = World::on(On::File).asking_the_store();
    world.give_secrets(vendor);
    let entry = crate::world::entry(vendor, "w", On::File).replace("\"file\"", "\"ci\"");
    world.add(&format!("{entry}\n[stores.ci]\nkind = \"command\"\nkey = {{ env = \"CI_KEY\" }}\n{lines}"));
    world.set("CI_KEY", KEY);
    world
}

fn world(vendor: &StandIn) -> World {
    world_of(vendor, &format!("{LOAD}\n{SAVE}\nexclusive = true"))
}

fn import(world: &World, vendor: &StandIn) {
    world.run_with(&["import"], &vendor.login().refresh_token).succeeds();
}

/// Nothing is left of what a machine had on its disk.
fn fresh_machine(world: &World) {
    let _ = fs::remove_dir_all(world.state());
}

fn saves(world: &World) -> usize {
    fs::read_to_string(world.path().join("saves")).unwrap_or_default().lines().count()
}

fn record(world: &World) -> String {
    fs::read_to_string(world.path().join("record")).unwrap_or_default()
}

fn spawned(world: &World, arguments: &[&str]) -> Child {
    let mut command = world.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("tokcli runs")
}

fn strict() -> StandIn {
    StandIn::start_with(Vendor::OAuth2, Options { reuse_revokes: true, ..Options::default() })
}

#[test]
fn each_machine_begins_with_nothing_and_goes_on_where_the_last_one_was() {
    let vendor = strict();
    let world = world(&vendor);
    import(&world, &vendor);
    let line = record(&world);
    assert!(line.starts_with("tokcli-sealed-1:") && line.trim_end().bytes().all(|b| b.is_ascii_graphic()));
    let mut last = String::new();
    for _ in 0..3 {
        fresh_machine(&world);
        let new = world.run(&["refresh"]).succeeds().keeps_stderr_empty().stdout;
        assert_ne!(new, last);
        // Another machine finds the access token, too.
        fresh_machine(&world);
        world.run(&["token"]).succeeds().prints(&new).keeps_stderr_empty();
        last = new;
    }
    assert_eq!((vendor.requests().len(), vendor.reused().len()), (3, 0));
    // One proves that it can be saved, before anything is sent, and one saves what came.
    assert_eq!(saves(&world), 1 + 3 * 2);
    world.assert_nothing_in_the_clear();
}

/// As the secrets of a CI are: what a job was started with, whatever it saves.
#[test]
fn f78_what_is_loaded_may_be_as_old_as_the_job() {
    let vendor = strict();
    let lines = format!("load = [\"cat\", \"stale\"]\n{SAVE}\nexclusive = true");
    let world = world_of(&vendor, &lines);
    world.write("stale", "\n");
    import(&world, &vendor);
    world.run(&["token"]).succeeds();
    for _ in 0..2 {
        let before = saves(&world);
        let new = world.run(&["refresh"]).succeeds().keeps_stderr_empty().stdout;
        for _ in 0..3 {
            world.run(&["token"]).succeeds().prints(&new);
        }
        assert_eq!(saves(&world) - before, 2, "what is saved already is not saved again");
    }
    assert_eq!(vendor.reused(), Vec::<String>::new());
    // The next job.
    fresh_machine(&world);
    world.write("stale", &record(&world));
    world.run(&["refresh"]).succeeds().keeps_stderr_empty();
    assert_eq!(vendor.reused(), Vec::<String>::new());
}

#[test]
fn what_a_store_without_save_did_not_take_is_not_said_to_be_there() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = world(&vendor);
    import(&world, &vendor);
    world.run(&["refresh"]).succeeds();
    world.run(&["recover"]).succeeds().prints("w: journal and store agree\n");
    world.change(SAVE, "");
    let before = record(&world);
    let token = world.run(&["refresh", "--allow-loss"]).succeeds().stdout;
    let words =
        "w: the journal is ahead of the store, which has no `save`: what it holds stays in the journal\n";
    for _ in 0..2 {
        world.run(&["recover"]).succeeds().prints(words);
        let told = world.run(&["recover", "--json"]).succeeds().object();
        assert_eq!(told["outcome"], "intact");
    }
    assert_eq!(record(&world), before);
    // A store that takes it again catches up, once.
    world.change(&format!("{LOAD}\n"), &format!("{LOAD}\n{SAVE}"));
    world
        .run(&["recover"])
        .succeeds()
        .prints("w: the journal was ahead of the store; the store has caught up\n");
    assert_ne!(record(&world), before);
    world.run(&["recover"]).succeeds().prints("w: journal and store agree\n");
    world.run(&["token"]).succeeds().prints(&token);
}

#[test]
fn f84_what_a_rotation_would_lose_is_refused_before_anything_is_sent() {
    for (lines, words) in [
        (LOAD.to_owned(), "the store `ci` has no `save`"),
        (format!("{LOAD}\n{SAVE}"), "the store `ci` is not `exclusive`"),
    ] {
        let vendor = strict();
        let mut world = world(&vendor);
        import(&world, &vendor);
        world.change(&format!("{LOAD}\n{SAVE}\nexclusive = true"), &lines);
        for command in ["token", "refresh"] {
            let refused = world.run(&[command]).exits(3);
            refused.says(words).says("--allow-loss");
        }
        let error = world.run(&["token", "--json"]).exits(3).error();
        assert_eq!(error["code"], "refused");
        let all = world.run(&["refresh", "--all", "--json"]).exits(3);
        assert!(all.stdout.contains("\"code\":\"refused\""), "{}", all.stdout);
        assert_eq!(vendor.requests().len(), 0, "{words}");
        let new = world.run(&["refresh", "--allow-loss"]).succeeds().stdout;
        // This machine knows it.
        world.run(&["token"]).succeeds().prints(&new);
        assert_eq!(vendor.reused(), Vec::<String>::new());
        assert_eq!(vendor.requests().len(), 1);
    }
}

#[test]
fn where_nothing_rotates_loading_is_enough_and_without_saving_nothing_begins() {
    let vendor = StandIn::start_with(Vendor::OAuth2, Options { rotates: false, ..Options::default() });
    let mut world = world(&vendor);
    world.change("dialect = \"oauth2\"", "dialect = \"oauth2\"\nrotation = \"none\"");
    import(&world, &vendor);
    world.change(&format!("{LOAD}\n{SAVE}\nexclusive = true"), LOAD);
    for _ in 0..2 {
        fresh_machine(&world);
        let new = world.run(&["token"]).succeeds().keeps_stderr_empty().stdout;
        world.run(&["token"]).succeeds().prints(&new);
    }
    assert_eq!(vendor.requests().len(), 2);
    world.run_with(&["import", "--replace", "--allow-loss"], "rt-canary-9").exits(3).says("has no `save`");
}

/// What the file holds, and what is said of it. Nothing is sent, and nothing is changed.
#[test]
fn f76_what_cannot_be_loaded_is_exit_6_and_nothing_is_sent() {
    let vendor = strict();
    vendor.expect_unused();
    let mut world = world(&vendor);
    import(&world, &vendor);
    let good = record(&world);
    let (short, newer) = (good.trim_end()[..good.len() - 9].to_owned(), good.replace("sealed-1", "sealed-7"));
    for (text, words) in [
        ("rt-canary-1\n", "is not a sealed record of tokcli"),
        (short.as_str(), "sealed with another one, or is damaged"),
        (newer.as_str(), "was written by a newer tokcli"),
    ] {
        fresh_machine(&world);
        world.write("record", text);
        world.run(&["token"]).exits(6).says(words);
        world.run(&["refresh"]).exits(6).says(words);
        assert_eq!(record(&world), text);
    }
    world.write("record", &good);
    world.set("CI_KEY", OTHER_KEY);
    world.run(&["token"]).exits(6).says("environment variable `CI_KEY`");
    world.set("CI_KEY", "short");
    world.run(&["token"]).exits(6).says("does not hold a key: 32 bytes in base64");
    world.set("CI_KEY", "");
    world.run(&["token"]).exits(6).says("`CI_KEY`");
    world.set("CI_KEY", KEY);
    world.change("2> /dev/null || true", "&& exit 7");
    let failed = world.run(&["token"]).exits(6).says("`load` of the store `ci`: command `sh` failed");
    failed.says("must end with status 0 and print nothing");
    world.change("sh\", \"-c\", \"cat record && exit 7", "no-such-program");
    world.run(&["token"]).exits(6).says("command `no-such-program` cannot be run");
    assert_eq!(vendor.requests().len(), 0);
}

#[test]
fn f77_a_save_that_fails_before_the_request_spends_nothing_and_after_it_loses_nothing() {
    let vendor = strict();
    let mut world = world(&vendor);
    import(&world, &vendor);
    world.change("cat > record.new &&", "test -e allowed && rm allowed && cat > record.new &&");
    world.run(&["refresh"]).exits(6).says("`save` of the store `ci`: command `sh` failed");
    assert_eq!(vendor.requests().len(), 0);
    // The proof succeeds, and what came cannot be saved.
    world.write("allowed", "");
    let new = world.run(&["refresh"]).succeeds().says("is safe, but not everywhere it belongs").stdout;
    world.write("allowed", "");
    let token = world.run(&["token"]).succeeds().prints(&new);
    assert!(token.stderr.is_empty(), "the next run saves it: {token:?}");
    world.write("allowed", "");
    world.run(&["refresh", "--strict-store"]).exits(7).says("not everywhere it belongs");
    world.write("allowed", "");
    world.run(&["token"]).succeeds();
    fresh_machine(&world);
    world.change("test -e allowed && rm allowed && ", "");
    world.run(&["refresh"]).succeeds();
    assert_eq!((vendor.requests().len(), vendor.reused().len()), (3, 0));
}

/// Programs that never end: one that loads, one that saves before the request, and one that saves what it gave.
#[test]
fn f76_f77_a_program_that_hangs_is_given_up() {
    std::thread::scope(|all| {
        all.spawn(|| {
            let vendor = strict();
            vendor.expect_unused();
            let mut world = world(&vendor);
            import(&world, &vendor);
            world.change("cat record 2> /dev/null || true", "exec sleep 600");
            fresh_machine(&world);
            let ended = world.run(&["token"]).exits(6);
            ended.says("`load` of the store `ci`: command `sh` did not end within 30 s");
        });
        all.spawn(|| {
            let vendor = strict();
            vendor.expect_unused();
            let mut world = world(&vendor);
            import(&world, &vendor);
            world.change("cat > record.new &&", "exec sleep 600 &&");
            let ended = world.run(&["refresh"]).exits(6);
            ended.says("`save` of the store `ci`: command `sh` did not end within 60 s");
        });
        all.spawn(|| {
            let vendor = strict();
            let mut world = world(&vendor);
            import(&world, &vendor);
            world.change(
                "cat > record.new &&",
                "if [ -e once ]; then exec sleep 600; fi; touch once; cat > record.new &&",
            );
            let new = world.run(&["refresh"]).succeeds().says("did not end within 60 s").stdout;
            world.change("if [ -e once ]; then exec sleep 600; fi; ", "");
            world.run(&["token"]).succeeds().prints(&new).keeps_stderr_empty();
            fresh_machine(&world);
            world.run(&["refresh"]).succeeds();
            assert_eq!((vendor.requests().len(), vendor.reused().len()), (2, 0));
        });
    });
}

/// As most places for secrets are.
#[test]
fn a_place_that_is_too_small_for_an_unread_answer_has_the_tokens() {
    let vendor = strict();
    let mut world = world(&vendor);
    world.change("cat > record.new &&", "cat > record.new && [ $(wc -c < record.new) -lt 9000 ] &&");
    import(&world, &vendor);
    vendor.misbehave(Fault::edit(|_| serde_json::json!({ "pad": "p".repeat(9_000) })));
    let unread = world.run(&["refresh"]).exits(8).says("kept sealed");
    unread.says("`save` of the store `ci` did not accept the answer");
    world.run(&["token"]).exits(8);
    assert!(record(&world).len() < 9_000);
    fresh_machine(&world);
    world.run(&["status", "--json"]).succeeds();
    let there = world.run(&["recover"]).succeeds();
    assert!(!there.stdout.contains("no credential"), "{there:?}");
    // On the machine that comes next a small one would be there.
    vendor.expect_reuse();
    world.run(&["token"]).exits(8);
}

/// Killed at each of its writes to the disk and at each start of a program: on the same machine nothing is lost.
#[test]
fn f80_a_run_that_is_killed_loses_nothing_while_its_disk_is_there() {
    for at in ["pwrite64", "execve"] {
        let (mut n, mut lost) = (1, 0);
        loop {
            let vendor = strict();
            let world = world(&vendor);
            import(&world, &vendor);
            let output = world.run_injected(&format!("{at}:signal=KILL:when={n}"), &["refresh"]);
            let sent = vendor.requests().len();
            if output.status.success() {
                assert!(n > 2 && lost <= 1, "{at}: {n} were killed, {lost} lost");
                break;
            }
            let code = world.run(&["token"]).code;
            // The answer alone is lost that was not sealed yet, with its connection: nobody asks again before its time.
            let unsealed = at == "pwrite64" && sent == 1 && code != Some(0);
            lost += usize::from(unsealed);
            assert!(code == Some(0) || (unsealed && code == Some(8)), "{at} {n}: {code:?}");
            assert_eq!(vendor.reused(), Vec::<String>::new(), "{at} {n}");
            n += 1;
        }
    }
}

/// The request is out, and the machine is gone with all that it had.
#[test]
fn f79_what_a_machine_took_with_it_is_asked_for_once_more_as_the_class_allows() {
    let vendor = StandIn::start_with(Vendor::OAuth2, Options { rotates: false, ..Options::default() });
    let mut world = world(&vendor);
    world.change("dialect = \"oauth2\"", "dialect = \"oauth2\"\nrotation = \"family\"");
    import(&world, &vendor);
    let latch = vendor.hold(1);
    let mut child = spawned(&world, &["refresh"]);
    crate::sequence::wait_for(|| vendor.requests().len() == 1);
    child.kill().expect("killed");
    child.wait().expect("gone");
    latch.open();
    fresh_machine(&world);
    let shim = Shim::build(&world);
    world.run(&["token"]).exits(8).says("the last request has no known outcome");
    shim.later(&mut world, 61);
    world.run(&["token"]).succeeds();
    assert_eq!(vendor.requests().len(), 2);
    // Where others may use it meanwhile, nobody takes it over.
    vendor.misbehave(Fault::DropAfterRead);
    world.run(&["refresh"]).exits(8);
    world.change("exclusive = true", "");
    fresh_machine(&world);
    shim.later(&mut world, 200);
    world.run(&["refresh", "--allow-loss"]).exits(8).says("in another state directory");
}

#[test]
fn many_callers_are_one_request_and_one_save() {
    let vendor = strict();
    let world = world(&vendor);
    import(&world, &vendor);
    let before = saves(&world);
    let children: Vec<Child> = (0..12).map(|_| spawned(&world, &["token"])).collect();
    let ended: Vec<Ended> = children
        .into_iter()
        .map(|child| Ended::of("token", child.wait_with_output().expect("it ends"), Instant::now()))
        .collect();
    assert!(ended.iter().all(|one| one.code == Some(0) && one.stdout == ended[0].stdout), "{ended:?}");
    assert_eq!((vendor.requests().len(), saves(&world) - before), (1, 2));
}

#[test]
fn a_logout_removes_it_or_leaves_a_tombstone() {
    for (lines, left) in [("remove = [\"rm\", \"record\"]", None), ("", Some("tokcli-sealed-1:"))] {
        let vendor = strict();
        let world = world_of(&vendor, &format!("{LOAD}\n{SAVE}\nexclusive = true\n{lines}"));
        import(&world, &vendor);
        let old = record(&world);
        world.run(&["logout", "--local"]).succeeds();
        assert_eq!(record(&world).get(..16), left);
        world.run(&["token"]).exits(4);
        fresh_machine(&world);
        world.run(&["token"]).exits(4);
        let state: Value = world.run(&["status", "--json"]).succeeds().object();
        assert_eq!(state["profiles"][0]["state"], "none");
        // What a stale `load` gives does not come back where the tombstone is known.
        if left.is_some() {
            world.run(&["logout", "--local"]).exits(4);
        }
        import(&world, &vendor);
        if left.is_some() {
            world.run(&["logout", "--local"]).succeeds();
            world.write("record", &old);
            world.run(&["token"]).exits(4);
            import(&world, &vendor);
        }
        fresh_machine(&world);
        world.run(&["token"]).succeeds();
        assert_eq!(vendor.reused(), Vec::<String>::new());
    }
}

#[test]
fn a_store_whose_commands_name_the_account_keeps_several() {
    let vendor = strict();
    let mut world = world_of(
        &vendor,
        "load = [\"sh\", \"-c\", \"cat record-$1 2> /dev/null || true\", \"sh\", \"{account}\"]\n\
         save = [\"tee\", \"record-{account}\"]\nexclusive = true",
    );
    let other = crate::world::entry(&vendor, "v", On::File).replace("\"file\"", "\"ci\"");
    world.add(&other);
    for name in ["v", "w"] {
        world.run_with(&["import", "-p", name], &vendor.login().refresh_token).succeeds();
    }
    fresh_machine(&world);
    for name in ["v", "w"] {
        assert!(world.path().join(format!("record-{name}")).exists());
        world.run(&["token", "-p", name]).succeeds();
    }
    assert_eq!((vendor.requests().len(), vendor.reused().len()), (2, 0));
    // One record for two accounts would be that of the last one.
    world.change("{account}", "x");
    for name in ["v", "w"] {
        world.run(&["token", "-p", name]).exits(3).says("keeps another account in the store `ci`");
    }
    world.run(&["config", "check"]).exits(3).says("use `{account}`");
    // And that of somebody else is no credential of this profile.
    fs::copy(world.path().join("record-v"), world.path().join("record-w")).expect("copied");
    world.change("\"sh\", \"x\"", "\"sh\", \"{account}\"");
    world.change("record-x", "record-{account}");
    fresh_machine(&world);
    world.run(&["token", "-p", "w"]).exits(6).says("the record of the account `v`, not of `w`");
}

/// Nobody asks the commands what they hold under another name.
#[test]
fn a_credential_that_no_profile_names_is_told_by_its_journal() {
    let vendor = strict();
    vendor.expect_unused();
    let mut world = world(&vendor);
    import(&world, &vendor);
    let unnamed = |world: &World| world.run(&["status", "--json"]).succeeds().object()["unnamed"].clone();
    assert_eq!(unnamed(&world), serde_json::json!([]));
    world.change("[profiles.w]", "[profiles.v]");
    let left = unnamed(&world);
    assert_eq!((&left[0]["store"], &left[0]["account"]), (&"command".into(), &Value::Null), "{left}");
    let journal = left[0]["journal"].as_str().expect("its name").to_owned();
    assert!(journal.starts_with("c-"), "{journal}");
    let words = format!("whose journal is `{journal}.jrn`, of a store of kind `command`");
    world.run(&["status"]).succeeds().says(&words);
    world.change("store = \"ci\"", "store = \"ci\"\naccount = \"w\"");
    assert_eq!(unnamed(&world), serde_json::json!([]));
}

/// Each is one mistake, told at its key.
#[test]
fn b108_a_mistaken_store_is_told_at_its_key() {
    let key = "key = { env = \"CI_KEY\" }";
    let command = format!("kind = \"command\"\n{key}");
    for (lines, at, words) in [
        (format!("kind = \"command\"\n{LOAD}"), "stores.ci.key", "openssl rand -base64 32"),
        (
            format!("kind = \"command\"\nkey = {{ keyring = true }}\n{LOAD}"),
            "stores.ci.key",
            "a key that every machine has",
        ),
        (command.clone(), "stores.ci.load", "`load` is missing"),
        (format!("{command}\nload = []"), "stores.ci.load", "names no program"),
        (format!("{command}\nload = [\"\"]"), "stores.ci.load", "names no program"),
        (format!("{command}\n{LOAD}\nsave = \"gh\""), "stores.ci.save", ""),
        (
            format!("{command}\n{LOAD}\nsave = [\"tee\", \"{{account}}\"]"),
            "stores.ci.save",
            "in both, or in neither",
        ),
        (format!("kind = \"file\"\n{LOAD}"), "stores.ci.load", "belongs to stores of kind `command`"),
        ("kind = \"file\"\nexclusive = true".into(), "stores.ci.exclusive", "of kind `command`"),
        ("kind = \"keyring\"\nremove = [\"x\"]".into(), "stores.ci.remove", "of kind `command`"),
        (format!("{command}\n{LOAD}\nsafe = [\"x\"]"), "stores.ci", "save"),
    ] {
        let vendor = strict();
        vendor.expect_unused();
        let mut world = World::on(On::File);
        world.give_secrets(&vendor);
        let entry = crate::world::entry(&vendor, "w", On::File).replace("\"file\"", "\"ci\"");
        world.add(&format!("{entry}\n[stores.ci]\n{lines}"));
        let error = world.run(&["token"]).exits(3);
        error.says(at).says(words);
    }
}

#[test]
fn secrets_of_profiles_are_kept_elsewhere() {
    let vendor = strict();
    vendor.expect_unused();
    let mut world = world(&vendor);
    world.change(
        "client_secret = { command = [\"cat\", \"oauth2.secret\"] }",
        "client_secret = { store = true }",
    );
    let words = "keeps no secrets of profiles";
    world.run_with(&["secret", "set", "client_secret"], "canary-cs").exits(3).says(words);
    world.run_with(&["import"], "rt-canary-1").succeeds();
    world.run(&["token"]).exits(3).says(words);
}

/// What would be refused when it is used is told before.
#[test]
fn what_such_a_store_does_not_do_is_told_by_the_check() {
    let vendor = strict();
    vendor.expect_unused();
    let whole = format!("{LOAD}\n{SAVE}\nexclusive = true");
    let mut world = world(&vendor);
    let warnings = |world: &World| {
        let told = world.run(&["config", "check", "--json"]).succeeds().keeps_stderr_empty().object();
        told["warnings"].as_array().expect("a list").clone()
    };
    assert_eq!(warnings(&world), [Value::Null; 0]);
    for (lines, words) in
        [(LOAD.to_owned(), "has no `save`"), (format!("{LOAD}\n{SAVE}"), "is not `exclusive`")]
    {
        world.change(&whole, &lines);
        let told = warnings(&world);
        let first = told[0].as_str().expect("words");
        assert!(first.starts_with("`profiles.w.store`: ") && first.contains(words), "{told:?}");
        assert!(told.len() == 1 && first.contains("rotation would be lost"), "{told:?}");
        world.run(&["config", "check"]).succeeds().says(words).says("`--allow-loss`");
        // What does not rotate needs neither.
        world.change("dialect = \"oauth2\"", "dialect = \"oauth2\"\nrotation = \"none\"");
        assert_eq!(warnings(&world), [Value::Null; 0]);
        world.change("\nrotation = \"none\"", "");
        world.change(&lines, &whole);
    }
    world.change(
        "client_secret = { command = [\"cat\", \"oauth2.secret\"] }",
        "client_secret = { store = true }",
    );
    let error = world.run(&["config", "check", "--json"]).exits(3).error();
    let message = error["message"].as_str().expect("words");
    assert!(
        message.contains("profiles.toml:") && message.contains("`profiles.w.client_secret`: "),
        "{error}"
    );
    assert!(message.contains("keeps no secrets of profiles"), "{error}");
    assert_eq!(error["hint"], "take the secret from the environment, a file or a command");
}

/// Each of its commands has the rest of the environment.
#[test]
fn no_command_of_a_store_sees_its_key_or_a_secret() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = world(&vendor);
    for (command, name) in [("cat record", "load"), ("cat > record.new", "save")] {
        world.change(command, &format!("env > seen-{name}; {command}"));
    }
    world.change(
        "exclusive = true",
        "exclusive = true\nremove = [\"sh\", \"-c\", \"env > seen-remove; rm record\"]",
    );
    world.set("SOMETHING_ELSE", "kept");
    import(&world, &vendor);
    world.run(&["refresh"]).succeeds();
    world.run(&["logout", "--local"]).succeeds();
    for name in ["load", "save", "remove"] {
        let seen = fs::read_to_string(world.path().join(format!("seen-{name}"))).expect("it was run");
        assert!(seen.contains("SOMETHING_ELSE=kept"), "{name}: {seen}");
        assert!(!seen.contains("CI_KEY") && !seen.contains(KEY), "{name}: {seen}");
        assert!(!seen.contains("FBOX_SECRET") && !seen.contains(vendor.client_secret()), "{name}: {seen}");
    }
}

/// A program that never reads, one that leaves an agent behind, and one that prints what it should not.
#[test]
fn b109_programs_of_every_manner_are_served() {
    let vendor = strict();
    let mut world = world(&vendor);
    import(&world, &vendor);
    // The agent holds what it was started with until it is told to end.
    world.change("cat > record.new &&", "sleep 0.2; cat > record.new; (cat agent > /dev/null &) &&");
    let agent = world.path().join("agent");
    nix::unistd::mkfifo(&agent, nix::sys::stat::Mode::S_IRWXU).expect("made");
    let told = fs::File::options().read(true).write(true).open(&agent).expect("a way to it");
    world.run(&["refresh"]).succeeds();
    drop(told);
    world.change(
        "sleep 0.2; cat > record.new; (cat agent > /dev/null &) &&",
        "cat > record.new && cat record.new &&",
    );
    let new = world.run(&["refresh"]).succeeds();
    assert_eq!(new.stdout.lines().count(), 1, "what `save` prints goes nowhere: {}", new.stdout);
    fresh_machine(&world);
    world.run(&["token"]).succeeds().prints(&new.stdout);
    // It is believed if it ends with status 0.
    world.change(
        "sh\", \"-c\", \"cat > record.new && cat record.new && mv record.new record && echo >> saves",
        "true",
    );
    let new = world.run(&["refresh"]).succeeds();
    assert!(vendor.accepts(new.stdout.trim_end()));
    assert_eq!(vendor.reused(), Vec::<String>::new());
    assert!(Path::new(&world.state()).exists());
}

/// Two machines of one store, each with a disk that stays.
fn on_machine<T>(world: &mut World, name: &str, run: impl FnOnce(&World) -> T) -> T {
    let state = world.path().join(format!("state-{name}"));
    world.set("TOKCLI_STATE_DIR", state.to_str().expect("UTF-8"));
    run(world)
}

/// What one machine could not read another has read since: there it is of the past.
#[test]
fn what_was_read_elsewhere_takes_no_newer_token_away() {
    for given_up in [false, true] {
        let vendor = strict();
        let mut world = world(&vendor);
        on_machine(&mut world, "a", |world| import(world, &vendor));
        vendor.misbehave(Fault::edit(|answer| serde_json::json!({ "wrapped": answer })));
        on_machine(&mut world, "a", |world| world.run(&["refresh"])).exits(8).says("kept sealed");
        world.add(
            "[dialects.oauth2]\nextends = \"oauth2\"\n[dialects.oauth2.exchanges.refresh.answer]\n\
             access_token = [\"/access_token\", \"/wrapped/access_token\"]\n\
             refresh_token = [\"/refresh_token\", \"/wrapped/refresh_token\"]",
        );
        on_machine(&mut world, "b", |world| world.run(&["recover"])).succeeds();
        let new = on_machine(&mut world, "b", |world| world.run(&["refresh"])).succeeds().stdout;
        if given_up {
            on_machine(&mut world, "b", |world| world.run(&["recover", "--discard-answers", "-p", "w"]))
                .succeeds();
        }
        on_machine(&mut world, "a", |world| world.run(&["token"])).succeeds().prints(&new);
        for machine in ["a", "b", "a"] {
            on_machine(&mut world, machine, |world| world.run(&["refresh"])).succeeds();
        }
        assert_eq!((vendor.requests().len(), vendor.reused().len()), (5, 0));
    }
}

#[test]
fn a_save_that_takes_its_time_is_waited_for() {
    let vendor = strict();
    let mut world = world(&vendor);
    import(&world, &vendor);
    let shim = Shim::build(&world);
    let asleep = shim.asleep(&mut world);
    // The clock goes on by as much as a program may take, and nobody has to wait for it.
    world.change("cat > record.new &&", &format!("echo 40 > {}; cat > record.new &&", asleep.display()));
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 1);
}

/// While the token at hand is valid, it is printed: nothing is wrong with it.
#[test]
fn what_may_not_be_refreshed_may_be_used() {
    let vendor = strict();
    let mut world = world(&vendor);
    import(&world, &vendor);
    let token = world.run(&["token"]).succeeds().stdout;
    world.change("exclusive = true", "");
    // Of less life than is asked for.
    let shim = Shim::build(&world);
    shim.later(&mut world, 2_000);
    let used = world.run(&["token", "--min-ttl", "1800s"]).succeeds().prints(&token);
    used.says("still valid and is used").says("is not `exclusive`");
    world.run(&["refresh"]).exits(3).says("is not `exclusive`");
    shim.later(&mut world, 3_700);
    world.run(&["token"]).exits(3).says("is not `exclusive`");
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn a_client_without_a_login_needs_no_saving() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_departures();
    let mut world = world_of(&vendor, LOAD);
    world.change("dialect = \"oauth2\"", "dialect = \"oauth2-client-credentials\"");
    let answered = world.run(&["token"]);
    assert!(!answered.stderr.contains("did not give back"), "{answered:?}");
    assert!(!vendor.requests().is_empty(), "it asks: {answered:?}");
}

/// One state directory, two environments: the commands are the same, and what they lead to is not.
#[test]
fn two_places_of_one_name_never_give_each_other_tokens() {
    let vendor = strict();
    let mut world = world_of(
        &vendor,
        "load = [\"sh\", \"-c\", \"cat record-$WHERE 2> /dev/null || true\"]\n\
         save = [\"sh\", \"-c\", \"cat > record-$WHERE\"]\nexclusive = true",
    );
    let mut tokens = Vec::new();
    for place in ["production", "staging"] {
        world.set("WHERE", place);
        fresh_machine(&world);
        import(&world, &vendor);
        tokens.push(world.run(&["token"]).succeeds().stdout);
    }
    // This machine knows staging; production is another place, newer or older.
    for command in ["token", "refresh"] {
        world.set("WHERE", "production");
        world.run(&[command]).exits(6).says("of another place than").says("TOKCLI_STATE_DIR");
        world.set("WHERE", "staging");
        world.run(&["token"]).succeeds().prints(&tokens[1]);
    }
    world.set("WHERE", "production");
    on_machine(&mut world, "production", |world| world.run(&["token"])).succeeds().prints(&tokens[0]);
    assert_eq!(vendor.reused(), Vec::<String>::new());
    // A person may say that this is the one.
    let staging = world.state().display().to_string();
    world.set("TOKCLI_STATE_DIR", &staging);
    world.run(&["recover", "--discard-journal", "--yes", "-p", "w"]).succeeds();
    world.run(&["token"]).succeeds().prints(&tokens[0]);
}

/// Killed at each of its calls while it starts `save`: what `save` then finds is the whole record, or it never began.
#[test]
fn a_save_that_outlives_its_run_takes_a_whole_record() {
    for call in ["rt_sigprocmask", "close", "fcntl", "clone3", "write"] {
        for n in (1..60).step_by(7) {
            let vendor = strict();
            vendor.expect_unused();
            let world = world(&vendor);
            import(&world, &vendor);
            world.run_injected(&format!("{call}:signal=KILL:when={n}"), &["refresh"]);
            assert!(record(&world).starts_with("tokcli-sealed-1:"), "{call} {n}: {:?}", record(&world));
        }
    }
}

#[test]
fn one_record_under_two_names_is_told() {
    let vendor = strict();
    vendor.expect_unused();
    let mut world = world(&vendor);
    let other = crate::world::entry(&vendor, "v", On::File).replace("\"file\"", "\"cd\"");
    world.add(&format!(
        "{other}account = \"w\"\n[stores.cd]\nkind = \"command\"\nkey = {{ env = \"CI_KEY\" }}\n{LOAD}\n{SAVE}\nexclusive = true"
    ));
    for name in ["v", "w"] {
        world.run(&["token", "-p", name]).exits(3).says("give both profiles the same store");
    }
    // Two accounts make it no better: the one would take the other's place.
    world.change("account = \"w\"", "account = \"other\"");
    for name in ["v", "w"] {
        world.run(&["token", "-p", name]).exits(3).says("so there is one record for both");
    }
}

/// A program that prints a token, and one that has it in its environment, ask a process apart: what commands say reaches the person
/// all the same.
#[test]
fn what_commands_say_is_passed_on_whoever_asks() {
    let vendor = strict();
    vendor.expect_unused();
    let mut world = world(&vendor);
    import(&world, &vendor);
    world.change("cat > record.new &&", "echo 'HTTP 403: ask for more rights' >&2; exit 1;");
    for words in [
        &["token"][..],
        &["header"],
        &["env", "--format", "sh"],
        &["exec", "--env", "API_TOKEN", "--", "true"],
    ] {
        let said = world.run(words).exits(6).says("HTTP 403: ask for more rights");
        said.says("`save` of the store `ci`: command `sh` failed");
        let json = world
            .run(&[words[0], "--json"].into_iter().chain(words[1..].iter().copied()).collect::<Vec<_>>());
        assert_eq!(json.error()["code"], "store_unavailable", "{words:?}");
    }
}

/// What the disk does not take the program still takes.
#[test]
fn a_disk_that_is_full_after_the_answer_is_no_reason_not_to_save() {
    let vendor = strict();
    let world = world(&vendor);
    import(&world, &vendor);
    let saved = record(&world);
    // The second record is prepared after the answer; it is renamed into its place.
    for nth in 1..12 {
        world.run_injected(&format!("rename:error=ENOSPC:when={nth}+"), &["refresh"]);
    }
    assert_ne!(record(&world), saved);
    fresh_machine(&world);
    world.run(&["token"]).succeeds();
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.reused(), Vec::<String>::new());
}

/// A run is killed while its program saves: that goes on by itself, and what the next run saves comes after it.
#[test]
fn a_save_that_outlives_its_run_is_not_the_last_word() {
    let vendor = strict();
    vendor.expect_unused();
    let mut world = world(&vendor);
    import(&world, &vendor);
    // The third save is that of the first answer.
    world.change(
        "cat > record.new && mv record.new record",
        "cat > new.$$; exec < /dev/null; [ $(wc -l < saves) = 2 ] && mkdir held && until [ -e go ]; do sleep 0.01; done; mv new.$$ record",
    );
    let mut killed = spawned(&world, &["refresh"]);
    let held = world.path().join("held");
    crate::sequence::wait_for(|| held.exists());
    killed.kill().expect("killed");
    killed.wait().expect("ended");
    let late = world.run(&["refresh", "--deadline", "1s"]).exits(6);
    late.says("the store `ci`: a program that an earlier run started to change it has not ended")
        .says(".changing open");
    let next = spawned(&world, &["refresh"]);
    std::thread::sleep(std::time::Duration::from_millis(300));
    world.write("go", "");
    assert!(next.wait_with_output().expect("ended").status.success());
    assert_eq!((vendor.requests().len(), saves(&world)), (2, 6));
    fresh_machine(&world);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.reused(), Vec::<String>::new());
}

/// The same for a program that removes: the next login is not its to remove.
#[test]
fn a_remove_that_outlives_its_run_removes_no_later_login() {
    let vendor = strict();
    vendor.expect_unused();
    let remove =
        "remove = [\"sh\", \"-c\", \"mkdir held; until [ -e go ]; do sleep 0.01; done; rm -f record\"]";
    let world = world_of(&vendor, &format!("{LOAD}\n{SAVE}\n{remove}\nexclusive = true"));
    import(&world, &vendor);
    let mut killed = spawned(&world, &["logout", "--local"]);
    let held = world.path().join("held");
    crate::sequence::wait_for(|| held.exists());
    killed.kill().expect("killed");
    killed.wait().expect("ended");
    let login = vendor.login().refresh_token;
    let next = world.queue(&["import"], &login);
    std::thread::sleep(std::time::Duration::from_millis(300));
    world.write("go", "");
    let next = next.wait_with_output().expect("ended");
    assert!(next.status.success(), "{}", String::from_utf8_lossy(&next.stderr));
    fresh_machine(&world);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.reused(), Vec::<String>::new());
}

/// What it started may have left the processes that are ended with it.
#[test]
fn what_a_save_left_behind_that_was_cut_off_is_waited_for() {
    let vendor = strict();
    vendor.expect_unused();
    let mut world = world(&vendor);
    import(&world, &vendor);
    world.change(
        "cat > record.new && mv record.new record",
        "if mkdir held; then setsid -f sh -c 'until [ -e go ]; do sleep 0.01; done; cat > record; echo > late'; sleep 60; fi; cat > new.$$; mv new.$$ record",
    );
    world.run(&["refresh", "--deadline", "1s"]).exits(6).says("did not end within");
    let next = world.queue(&["refresh"], "");
    std::thread::sleep(std::time::Duration::from_millis(300));
    world.write("go", "");
    assert!(next.wait_with_output().expect("ended").status.success());
    assert!(world.path().join("late").exists(), "the one left behind came first");
    fresh_machine(&world);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.reused(), Vec::<String>::new());
}

#[test]
fn what_a_save_prints_is_nobodys_to_count() {
    let vendor = strict();
    let mut world = world(&vendor);
    import(&world, &vendor);
    world.change("cat > record.new &&", "head -c 200000 /dev/zero; cat > record.new &&");
    world.run(&["refresh"]).succeeds().keeps_stderr_empty();
    fresh_machine(&world);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.reused(), Vec::<String>::new());
}
