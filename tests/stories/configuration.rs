//! profiles.toml, right and wrong: where, which key, the way out, never the text.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::world::{On, World};

pub const GOOD: &str = "[profiles.a]\ndialect = \"fbox\"\nbase_url = \"https://a.example\"\nclient_id = \"id\"\nclient_secret = { env = \"S\" }\nstore = \"file\"\n";

#[test]
fn every_mistake_is_named_with_its_place_and_the_way_out() {
    for (text, wanted) in [
        (
            "[profiles.a]\ndialect = \"fbx\"\n".to_owned(),
            "profiles.toml:2:1: `profiles.a.dialect`: no such dialect, did you mean `fbox`?",
        ),
        (
            GOOD.replace("client_id", "cleint_id"),
            "profiles.toml:4:1: `profiles.a.cleint_id`: unknown key, did you mean `client_id`?",
        ),
        (
            GOOD.replace("{ env = \"S\" }", "\"canary-secret\""),
            "profiles.toml:5:1: `profiles.a.client_secret`: a secret is never written here itself; write `{ env = \"NAME\" }`",
        ),
        (GOOD.replace("{ env = \"S\" }", "{ evn = \"canary\" }"), "did you mean `env`?"),
        (GOOD.replace("{ env = \"S\" }", "{ env = \"S\", file = \"x\" }"), "is one of"),
        (GOOD.replace("{ env = \"S\" }", "{ store = false }"), "write `{ store = true }`"),
        (GOOD.replace("{ env = \"S\" }", "{ env = \"S\", store = true }"), "is one of"),
        (
            GOOD.replace("\"https://a.example\"", "\"http://a.example\""),
            "profiles.toml:3:1: `profiles.a.base_url`: `http://` sends secrets in the clear",
        ),
        (GOOD.replace("\"https://a.example\"", "\"https://u:canary@a.example\""), "must not contain a login"),
        (GOOD.replace("\"https://a.example\"", "\"https://a.example?x=canary\""), "must not have a query"),
        (
            GOOD.replace("base_url = \"https://a.example\"\n", ""),
            "`profiles.a.base_url`: missing; the dialect `fbox` needs it",
        ),
        (GOOD.replace("client_secret = { env = \"S\" }\n", ""), "`profiles.a.client_secret`: missing"),
        (GOOD.replace("\"file\"", "\"flie\""), "`profiles.a.store`: no such store, did you mean `file`?"),
        (
            format!("{GOOD}timeout = 90\n"),
            "profiles.toml:7:1: `profiles.a.timeout`: expected a number and a unit",
        ),
        (format!("{GOOD}timeout = \"0s\"\n"), "must be longer than zero"),
        (format!("{GOOD}timeout = \"90\"\n"), "expected a number and a unit"),
        (format!("{GOOD}timeout = \"999999999999999999d\"\n"), "more than a hundred years"),
        (format!("{GOOD}rotation = \"grace-same\"\n"), "`profiles.a.grace`"),
        (format!("{GOOD}rotation = \"Strict\"\n"), "did you mean `strict`?"),
        (
            format!("{GOOD}client_auth = \"client_secret_basic\"\n"),
            "the dialect `fbox` supports only client_secret_post",
        ),
        (format!("{GOOD}params = {{ pin = \"canary\" }}\n"), "the dialect has no such param"),
        (
            format!("{GOOD}proxy = \"http://u:canary@p.example:3128\"\n"),
            "a login is never written here itself",
        ),
        (format!("{GOOD}proxy = \"p.example\"\n"), "`profiles.a.proxy`: expected `none` or an address"),
        (format!("{GOOD}proxy_auth = {{ env = \"X\" }}\n"), "needs a `proxy`"),
        (format!("{GOOD}tls = {{ pin_sha256 = \"canary\" }}\n"), "64 hexadecimal digits"),
        (format!("{GOOD}tls = {{ insecure = true, ca_file = \"x\" }}\n"), "use one"),
        (format!("{GOOD}tls = {{ client_cert = \"x\" }}\n"), "go together"),
        (format!("insecure = true\n{GOOD}"), "profiles.toml:1:1: `insecure`: unknown key"),
        (format!("{GOOD}account = \"../x\"\n"), "a name is 1 to 64"),
        (
            format!("{GOOD}[profiles.A]\ndialect = \"fbox\"\n"),
            "differs from `A` only in upper and lower case",
        ),
        (format!("{GOOD}[profiles.\"a/b\"]\ndialect = \"fbox\"\n"), "a name is 1 to 64"),
        (format!("{GOOD}[profiles.\"\"]\ndialect = \"fbox\"\n"), "a name is 1 to 64"),
        (format!("default_profile = \"b\"\n{GOOD}"), "profiles.toml:1:1: `default_profile`: no such profile"),
        (format!("dialect_files = [\"none.toml\"]\n{GOOD}"), "none.toml"),
        (format!("{GOOD}client_id = \"canary\"\n"), "profiles.toml:7:1: duplicate key"),
        (format!("{GOOD}x = canary\n"), "profiles.toml:7:5: string values must be quoted"),
        (format!("{GOOD}\0"), "profiles.toml:7:"),
        (String::new(), "names no profile"),
    ] {
        let world = World::on(On::File);
        world.write("profiles.toml", &text);
        for command in [&["token", "-p", "a"][..], &["config", "check"]] {
            if text.is_empty() && command[0] == "config" {
                continue;
            }
            // `choose` comes first where there is no profile at all.
            let command = if text.is_empty() { &["token"][..] } else { command };
            world.run(command).exits(3).says(wanted);
        }
        assert!(!world.state().exists(), "nothing is made for a configuration that is wrong");
    }
}

#[test]
fn check_names_everything_at_once() {
    let world = World::on(On::File);
    world.write("profiles.toml", "[profiles.a]\ndialect = \"fbx\"\n[profiles.b]\ndialect = \"oauth2\"\n[dialects.c]\nextends = \"oauth2\"\nrotation = \"x\"\n");
    let ended = world.run(&["config", "check"]).exits(3);
    assert_eq!(ended.stderr.matches("error: ").count(), 3, "{}", ended.stderr);
    let error = world.run(&["config", "check", "--json"]).exits(3).error();
    assert_eq!(error["message"].as_str().expect("text").matches("profiles.toml:").count(), 3, "{error}");
}

#[test]
fn check_goes_on_behind_what_it_cannot_read_and_tells_nothing_that_only_follows() {
    let world = World::on(On::File);
    world.write("more.toml", "[dialects.more]\ntitel = \"x\"\nextends = \"oauth2\"\n");
    world.write("broken.toml", "[dialects.broken\n");
    let lines = [
        "default_profile = \"tow\"",
        "dialect_files = [\"more.toml\", \"broken.toml\", \"none.toml\"]",
        "[profiles.one]",
        "dialect = \"own\"",
        "clint_id = \"c\"",
        "client_secret = \"literal\"",
        "store = \"box\"",
        "timeout = \"5x\"",
        "[profiles.two]",
        "dialect = \"oauth2\"",
        "token_url = \"http://a.example\"",
        "client_auth = \"basic\"",
        "[profiles.\"a name\"]",
        "dialect = \"oauth3\"",
        "[stores.box]",
        "kind = \"fil\"",
        "[dialects.own]",
        "extends = \"oauth2\"",
        "rotation = \"strickt\"",
        "exchanges.refresh.request.url = \"https://a.example/{{ params.t }}\"",
        "exchanges.refresh.answer.access_token = \"t\"",
    ];
    world.write("profiles.toml", &lines.join("\n"));
    let told = world.run(&["config", "check"]).exits(3).stderr;
    let places: Vec<String> = told
        .lines()
        .map(|line| {
            let line = line.trim_start_matches("tokcli: error: ");
            let (file, rest) = line.split_once(".toml:").expect("a file");
            let file = file.rsplit('/').next().expect("a name");
            format!("{file}:{}", rest.split(':').next().expect("a line"))
        })
        .collect();
    let wanted = [
        "profiles:1",
        "profiles:2",
        "profiles:5",
        "profiles:6",
        "profiles:8",
        "profiles:11",
        "profiles:12",
        "profiles:13",
        "profiles:14",
        "profiles:16",
        "profiles:19",
        "profiles:20",
        "profiles:21",
        "broken:1",
        "more:2",
    ];
    assert_eq!(places, wanted, "{told}");
}

#[test]
fn b01_b02_b04_files_that_cannot_be_trusted_or_read_are_refused() {
    let world = World::on(On::File);
    let path = world.path().join("profiles.toml");
    world.run(&["token"]).exits(3).says("there is no ").says("[profiles.NAME]");
    world.write("profiles.toml", GOOD);
    for mode in [0o602, 0o620, 0o666] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("mode");
        world.run(&["config", "check"]).exits(3).says("others can write").says("chmod go-w");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("mode");
    world.run(&["config", "check"]).succeeds();
    let real = world.path().join("real.toml");
    fs::rename(&path, &real).expect("renamed");
    std::os::unix::fs::symlink(&real, &path).expect("linked");
    world.run(&["config", "check"]).succeeds();
    fs::remove_file(&path).expect("removed");
    fs::create_dir(&path).expect("made");
    world.run(&["config", "check"]).exits(3).says("is not a file");
    fs::remove_dir(&path).expect("removed");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
    // A run that opened it would never end.
    world.run(&["config", "check"]).exits(3).says("is not a file");
    fs::remove_file(&path).expect("removed");
    fs::write(&path, b"\xff\xfe").expect("written");
    world.run(&["config", "check"]).exits(3).says("is not UTF-8");
    fs::write(&path, vec![b'#'; 17 << 20]).expect("written");
    world.run(&["config", "check"]).exits(3).says("larger than 16 MiB");
    fs::write(&path, format!("\u{feff}{}", GOOD.replace('\n', "\r\n"))).expect("written");
    world.run(&["config", "check"]).succeeds();
}

#[test]
fn the_profile_is_chosen_in_the_order_that_is_promised() {
    let mut world = World::on(On::File);
    world.write("profiles.toml", GOOD);
    world.run(&["refresh", "--dry-run", "--json"]).succeeds();
    let two = format!("{GOOD}{}", GOOD.replace("profiles.a", "profiles.b"));
    world.write("profiles.toml", &two);
    let error = world.run(&["refresh", "--dry-run", "--json"]).exits(3).error();
    assert_eq!(error["code"], "unknown_profile");
    world.run(&["token"]).exits(3).says("there are a, b");
    world.write("profiles.toml", &format!("default_profile = \"b\"\n{two}"));
    let chosen = |world: &World, more: &[&str]| {
        world.run(&[&["refresh", "--dry-run", "--json"], more].concat()).succeeds().object()["profile"]
            .clone()
    };
    assert_eq!(chosen(&world, &[]), "b");
    world.set("TOKCLI_PROFILE", "a");
    assert_eq!(chosen(&world, &[]), "a");
    assert_eq!(chosen(&world, &["-p", "b"]), "b");
    world.set("TOKCLI_PROFILE", "");
    assert_eq!(chosen(&world, &[]), "b", "an empty variable is none");
    world.run(&["token", "-p", "aa"]).exits(3).says("did you mean `a`?");
    for bad in ["", "../a", "--json", "a\nb"] {
        world.run(&["token", &format!("--profile={bad}")]).exits(3);
    }
}

#[test]
fn more_dialects_stand_in_files_beside() {
    let world = World::on(On::File);
    let acme = "[dialects.acme]\nextends = \"oauth2\"\n[dialects.acme.exchanges.refresh.request]\nurl = \"{{ base_url }}/oauth/renew\"\nclient_auth = \"client_secret_post\"\n";
    world.write("acme.toml", acme);
    world.write(
        "profiles.toml",
        &format!("dialect_files = [\"acme.toml\"]\n{}", GOOD.replace("\"fbox\"", "\"acme\"")),
    );
    let object = world.run(&["refresh", "--dry-run", "--json"]).succeeds().object();
    assert_eq!(object["request"]["url"], "https://a.example/oauth/renew");
    assert_eq!(
        object["request"]["body"],
        "grant_type=refresh_token&refresh_token=***&client_id=id&client_secret=***"
    );
    let list = world.run(&["dialect", "list"]).succeeds();
    assert!(list.stdout.contains("acme.toml"), "{}", list.stdout);
    let shown = world.run(&["dialect", "show", "acme"]).succeeds();
    assert!(shown.stdout.contains("extends = \"oauth2\""), "{}", shown.stdout);
    world.write("acme.toml", &acme.replace("extends", "extend"));
    world
        .run(&["config", "check"])
        .exits(3)
        .says("acme.toml:2:1: `dialects.acme.extend`: unknown key, did you mean `extends`?");
}

#[test]
fn secrets_that_cannot_be_had_are_named_and_nothing_is_sent() {
    let world = World::on(On::File);
    for (source, wanted) in [
        ("{ env = \"S\" }", "`profiles.a.client_secret`: environment variable `S` is not set"),
        ("{ file = \"none.secret\" }", "none.secret: no such file"),
        ("{ file = \"empty.secret\" }", "gives an empty secret"),
        ("{ file = \".\" }", "not a file of at most 64 KiB"),
        ("{ command = [\"false\"] }", "command `false` failed"),
        ("{ command = [\"does-not-exist\"] }", "command `does-not-exist` cannot be run"),
        ("{ command = [\"true\"] }", "gives an empty secret"),
        ("{ command = [\"printf\", \"\\\\377\"] }", "not UTF-8"),
    ] {
        world.write("empty.secret", "\n");
        world.write(
            "profiles.toml",
            &GOOD.replace("{ env = \"S\" }", source).replace("https://a.example", "http://127.0.0.1:1"),
        );
        world.run_with(&["import", "--replace"], "rt-canary-1").succeeds();
        world.run(&["refresh"]).exits(3).says(wanted);
    }
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    let world = World::on(On::File);
    let with = |from: &str, to: &str| GOOD.replace(from, to);
    for text in [
        with("\"fbox\"", "\"canary-secret\""),
        with("\"fbox\"", "\"\\u001b]52;c;canary\\u0007\""),
        with("\"file\"", "\"canary-secret\""),
        with("\"id\"", "\"canary\\u0000\""),
        with("{ env = \"S\" }", "{ env = \"canary-secret-1\" }"),
        with("{ env = \"S\" }", "[\"canary\"]"),
        with("\"https://a.example\"", "\"canary secret\""),
        format!("{GOOD}rotation = \"x`y`canary`z`, expected canary\"\n"),
        format!("{GOOD}tls = \"a, expected canary\"\n"),
        format!("{GOOD}params = \"a, expected canary\"\n"),
        format!("{GOOD}min_ttl = \"canary\"\n"),
        format!("default_profile = \"canary-secret\"\n{GOOD}"),
        format!("dialect_files = 'canary'\n{GOOD}"),
        format!("{GOOD}[dialects.x]\nextends = \"canary-secret\"\n"),
    ] {
        world.write("profiles.toml", &text);
        world.run(&["config", "check"]).exits(3);
    }
    world.write("profiles.toml", GOOD);
    world.run(&["token", "-p", "canary-secret"]).exits(3).says("no such profile");
    world.run(&["dialect", "show", "canary-secret"]).exits(3);
    for wrong in [
        &["import", "canary"][..],
        &["canary"],
        &["token", "canary"],
        &["token", "--deadline", "canary"],
        &["token", "--min-ttl=canary"],
        &["token", "--color", "canary"],
        &["completions", "canary"],
        &["recover", "--stdin=canary"],
        &["import", "--refresh-token", "canary"],
        &["import", "--refresh-token=canary"],
    ] {
        world.run(wrong).exits(2);
        assert_eq!(world.run(&[wrong, &["--json"]].concat()).exits(2).error()["code"], "usage");
    }
}

#[test]
fn b04_a_directory_that_others_can_write_is_no_place_for_the_configuration() {
    let world = World::on(On::File);
    let place = world.path().join("open");
    fs::create_dir(&place).expect("made");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).expect("mode");
    world.write("open/profiles.toml", GOOD);
    let path = place.join("profiles.toml").display().to_string();
    world
        .run(&["config", "check", "--config", &path])
        .exits(3)
        .says("others can write the directory")
        .says("chmod o-w");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o1777)).expect("mode");
    world.run(&["config", "check", "--config", &path]).succeeds();
}

#[test]
fn what_would_never_end_or_overflow_is_refused_in_time() {
    let world = World::on(On::File);
    let deep = format!(
        "{GOOD}[dialects.x]\nextends = \"oauth2\"\nexchanges.refresh.request.form.y = \"{{{{ {}1 }}}}\"\n",
        "not ".repeat(50_000)
    );
    world.write("profiles.toml", &deep);
    world.run(&["config", "check"]).exits(3).says("at most 2000 characters");
    let chain: String = (0..3_000).map(|n| format!("[dialects.d{n}]\nextends = \"d{}\"\n", n + 1)).collect();
    world.write("profiles.toml", &format!("{}{chain}", GOOD.replace("\"fbox\"", "\"d0\"")));
    world.run(&["token"]).exits(3).says("too long").keeps_to(2.0);
    let many: String = (0..400).map(|n| GOOD.replace("profiles.a", &format!("profiles.p{n}"))).collect();
    world.write("profiles.toml", &many);
    world.run(&["config", "check"]).succeeds().keeps_to(4.0);
    let fifo = world.path().join("fifo.pem");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    world.write(
        "profiles.toml",
        &format!(
            "{}tls = {{ ca_file = \"fifo.pem\" }}\n",
            GOOD.replace("{ env = \"S\" }", "{ command = [\"echo\", \"canary\"] }")
                .replace("https://a.example", "https://127.0.0.1:1")
        ),
    );
    world.run_with(&["import"], "rt-canary-1").succeeds();
    world.run(&["refresh"]).exits(3).says("not a file of at most");
}

/// It may be meant, and nothing works with it.
#[test]
fn a_configuration_without_a_profile_is_told() {
    let world = World::on(On::File);
    for text in ["", "[stores.own]\nkind = \"file\"\n"] {
        world.write("profiles.toml", text);
        let checked = world.run(&["config", "check"]).succeeds();
        checked.says("warning: ").says("profiles.toml names no profile; `tokcli config add NAME` adds one");
        let told = world.run(&["config", "check", "--json"]).succeeds().keeps_stderr_empty().object();
        assert_eq!(
            (&told["profiles"], told["warnings"].as_array().map(Vec::len)),
            (&0.into(), Some(1)),
            "{told}"
        );
    }
}
