//! What `status` tells people and scripts: who, until when, and whether a person is needed.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};

use crate::sequence::wait_for;
use crate::shim::Shim;
use crate::stand_in::{Answer, Fault, Options, StandIn, Vendor};
use crate::world::{Ended, On, World, entry, walk};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// What a terminal of so many columns shows. `script` is one; of those that it makes `stty` says how wide they are.
fn on_terminal(world: &World, columns: usize, arguments: &str) -> String {
    let line = format!("stty rows 24 cols {columns} && {} {arguments}", env!("CARGO_BIN_EXE_tokcli"));
    let output = world.command_of("script", &["-qec", &line, "/dev/null"]).stdin(Stdio::null()).output();
    let output = output.expect("script runs (util-linux)");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8").replace("\r\n", "\n")
}

fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once('m').expect("a colour").1)
}

fn state_of(world: &World, profile: &str) -> Value {
    let status = world.run(&["status", "--json"]).succeeds().keeps_stderr_empty().object();
    let profiles = status["profiles"].as_array().expect("a list");
    profiles.iter().find(|one| one["profile"] == profile).expect("it is there").clone()
}

fn jwt(claims: &Value) -> String {
    format!("e30.{}.sig", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// Beside what the vendor gives, an id token.
fn with_an_id_token(answer: Answer) -> Answer {
    let mut body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    body["id_token"] = jwt(&json!({ "sub": "f3b0", "name": "Jane", "email": "jane.doe@example.com" })).into();
    Answer { body: body.to_string().into_bytes(), ..answer }
}

/// Of three logins: one that two profiles share, one that is dead, and one that nobody made.
fn three_logins() -> (StandIn, StandIn, World) {
    let options = Options { reshape: Some(|_, answer| with_an_id_token(answer)), ..Options::default() };
    let (fbox, drive) = (StandIn::start_with(Vendor::Fbox, options), StandIn::start(Vendor::Babelbird));
    let mut world = World::on(On::File);
    world.profile(&fbox);
    world.add(
        &(entry(&fbox, "a-second-audience-of-it", On::File) + "account = \"fbox\"\nscope = \"mail.read\""),
    );
    world.profile(&drive);
    let long = "a-name-that-is-as-long-as-a-name-may-be-which-is-sixty-four-more";
    world.add(&entry(&fbox, &long[..64], On::File));
    world.import(&fbox);
    world.run(&["token", "-p", "fbox"]).succeeds();
    drive.expire_login();
    let login = drive.login();
    drive.expire_login();
    world.run_with(&["import", "-p", "babelbird"], &login.refresh_token).succeeds();
    world.run(&["token", "-p", "babelbird"]).exits(4);
    (fbox, drive, world)
}

#[test]
fn a_terminal_shows_words_for_people_that_fit_it() {
    let (_fbox, _drive, mut world) = three_logins();
    world.set("TERM", "xterm");
    world.set("NO_COLOR", "1");
    let shown = on_terminal(&world, 80, "status");
    // Time passes, and is told in as many digits.
    let shape: String = shown.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
    assert_eq!(
        shape,
        "PROFILE             STATE           TOKEN ENDS     LOGIN ENDS  WHO\n\
         a-name-that-is-as…  no login\n\
         babelbird           login required  -              ended\n\
         fbox                valid           in # h ## min  in # weeks  jane.doe@example…\n  \
           a-second-audien…  valid           in # h ## min\n"
    );
    assert!(shown.lines().all(|line| line.chars().count() <= 80));
    let wide = on_terminal(&world, 120, "status");
    for line in wide.lines() {
        assert!(line.chars().count() <= 120, "{line}");
    }
    for words in ["SCOPE", "mail.read", "jane.doe@example.com", "\n  a-second-audience-of-it "] {
        assert!(wide.contains(words), "{words}: {wide}");
    }
    let widest = on_terminal(&world, 200, "status");
    for words in [
        "DIALECT",
        "STORE",
        "babelbird",
        "file",
        "a-name-that-is-as-long-as-a-name-may-be-which-is-sixty-four-more",
    ] {
        assert!(widest.contains(words), "{words}: {widest}");
    }
    // So narrow that it must break, it is a table all the same.
    assert_eq!(on_terminal(&world, 20, "status").lines().count(), 5);
}

#[test]
fn colours_tell_what_is_urgent_and_are_left_out_where_nobody_wants_them() {
    let (_fbox, _drive, mut world) = three_logins();
    world.set("TERM", "xterm");
    let shown = on_terminal(&world, 120, "status");
    for painted in
        ["\u{1b}[32mvalid\u{1b}[0m", "\u{1b}[31mlogin required\u{1b}[0m", "\u{1b}[31mno login\u{1b}[0m"]
    {
        assert!(shown.contains(painted), "{painted:?}: {shown:?}");
    }
    world.set("NO_COLOR", "1");
    let uncoloured = on_terminal(&world, 120, "status");
    assert!(!uncoloured.contains('\u{1b}'), "{uncoloured:?}");
    assert_eq!(plain(&shown).split_whitespace().count(), uncoloured.split_whitespace().count());
    assert!(on_terminal(&world, 120, "status --color always").contains("\u{1b}[32mvalid"));
    world.set("NO_COLOR", "");
    for (term, arguments) in [("dumb", "status"), ("xterm", "status --color never")] {
        world.set("TERM", term);
        assert!(!on_terminal(&world, 120, arguments).contains('\u{1b}'), "{term} {arguments}");
    }
}

#[test]
fn without_a_terminal_and_with_utc_a_table_has_instants_for_scripts() {
    let (_fbox, _drive, mut world) = three_logins();
    world.set("TERM", "xterm");
    let piped = world.run(&["status"]).succeeds().keeps_stderr_empty().stdout;
    let head: Vec<&str> = piped
        .lines()
        .next()
        .expect("a head")
        .split("  ")
        .filter(|word| !word.is_empty())
        .map(str::trim)
        .collect();
    assert_eq!(head, ["PROFILE", "DIALECT", "STORE", "STATE", "ACCESS TOKEN UNTIL", "LOGIN UNTIL", "WHO"]);
    let fbox: Vec<&str> =
        piped.lines().find(|line| line.starts_with("fbox ")).expect("fbox").split_whitespace().collect();
    assert_eq!((fbox[1], fbox[2], fbox[3], fbox[6]), ("fbox", "file", "valid", "jane.doe@example.com"));
    assert!(fbox[4..6].iter().all(|time| time.parse::<jiff::Timestamp>().is_ok()), "{fbox:?}");
    assert!(!piped.contains('\u{1b}') && !piped.contains('…'));
    assert_eq!(on_terminal(&world, 80, "status --utc"), piped);
    assert_eq!(world.run(&["status", "--utc"]).succeeds().stdout, piped);
    assert_eq!(world.run(&["status", "--color", "always"]).succeeds().stdout, piped);
    let one = on_terminal(&world, 80, "status --json");
    assert!(serde_json::from_str::<Value>(&one).is_ok_and(|object| object["profiles"].is_array()), "{one}");
}

#[test]
fn times_are_told_as_people_tell_them() {
    let options = Options { access_lifetime: 2 * 3_600, ..Options::default() };
    let vendor = StandIn::start_with(Vendor::Fbox, options);
    let mut world = World::with(On::File, &vendor);
    world.set("NO_COLOR", "1");
    world.run(&["token"]).succeeds();
    let shim = Shim::build(&world);
    for (later, token, login) in [
        (0, "in 1 h 59 min", "in 4 weeks"),
        (HOUR + 30 * MINUTE, "in 29 min", "in 4 weeks"),
        (2 * HOUR + 5 * MINUTE, "expired 5 min ago", "in 4 weeks"),
        (10 * DAY, "expired 9 days ago", "in 2 weeks"),
        (29 * DAY + 12 * HOUR, "expired 4 weeks ago", "in 11 h"),
        (31 * DAY, "expired 4 weeks ago", "expired 1 day ago"),
    ] {
        shim.later(&mut world, later);
        let shown = on_terminal(&world, 120, "status");
        let row = shown.lines().nth(1).expect("a row");
        assert!(row.contains(token) && row.contains(login), "{later}: {row}");
    }
}

#[test]
fn who_is_logged_in_is_told_where_an_answer_tells() {
    let options = Options { reshape: Some(|_, answer| with_an_id_token(answer)), ..Options::default() };
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start_with(Vendor::Fbox, options.clone());
        let world = World::with(store, &vendor);
        assert_eq!(state_of(&world, "fbox")["who"], Value::Null, "nothing has told yet");
        world.run(&["refresh"]).succeeds().keeps_stderr_empty();
        assert_eq!(state_of(&world, "fbox")["who"], "jane.doe@example.com");
    }
    // What a token says commands no terminal, and a token is no name.
    for (claims, who) in [
        (json!({ "email": "x\u{1b}]0;y\u{7}\u{202e}z\n" }), json!("x\\u{1b}]0;y\\u{7}\\u{202e}z")),
        (json!({ "email": "x".repeat(5_000) }), json!("x".repeat(99) + "…")),
        (json!({ "email": 7, "sub": "s-1" }), json!("s-1")),
        (json!([]), Value::Null),
    ] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        let token = jwt(&claims);
        vendor.misbehave(Fault::edit(move |mut body| {
            body["id_token"] = token.clone().into();
            body
        }));
        world.run(&["refresh"]).succeeds();
        assert_eq!(state_of(&world, "fbox")["who"], who, "{claims}");
        let table = world.run(&["status"]).succeeds().stdout;
        assert_eq!(table.lines().count(), 2, "{table}");
        assert!(!table.contains('\u{1b}'));
    }
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let secret = vendor.client_secret().to_owned();
    vendor.misbehave(Fault::edit(move |mut body| {
        body["id_token"] = jwt(&json!({ "email": format!("a-{secret}") })).into();
        body
    }));
    world.run(&["refresh"]).succeeds();
    assert_eq!(state_of(&world, "fbox")["who"], Value::Null, "a secret is no name");
    world.run(&["status"]).succeeds();
}

#[test]
fn what_needs_no_person_is_ready() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    assert_eq!(state_of(&world, "fbox")["state"], "ready", "imported, and nothing asked for yet");
    world.add("[dialects.own]\nrenews_with = 'client'\nexchanges.refresh = { request.url = '{{ base_url }}/t', answer.access_token = '/t' }");
    world.add("[profiles.robot]\ndialect = 'own'\nstore = 'file'\nbase_url = 'https://a.example'");
    assert_eq!(state_of(&world, "robot")["state"], "ready", "there is nothing to log in with");
    world.run(&["token", "-p", "fbox"]).succeeds();
    assert_eq!(state_of(&world, "fbox")["state"], "valid");
    let shim = Shim::build(&world);
    shim.later(&mut world, 3 * HOUR);
    assert_eq!(state_of(&world, "fbox")["state"], "ready", "the refresh token is valid yet");
    shim.later(&mut world, 31 * DAY);
    assert_eq!(state_of(&world, "fbox")["state"], "expired", "nothing can renew it");
}

/// `tokcli` without its engine: what it answers can have come from the cache alone.
fn alone(world: &World, arguments: &[&str]) -> Ended {
    let path = world.path().join("alone/tokcli");
    if !path.exists() {
        fs::create_dir(world.path().join("alone")).expect("made");
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_tokcli")).arg(&path).status();
        assert!(copied.expect("cp").success());
    }
    world.end(world.command_of(path.to_str().expect("UTF-8"), arguments), arguments, "")
}

fn silent(ended: Ended, exit: i32) {
    ended.exits(exit).keeps_stderr_empty().says_nothing_on_stdout();
}

#[test]
fn check_says_by_its_exit_alone_whether_a_person_is_needed() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    silent(world.run(&["status", "--check"]), 4);
    world.import(&vendor);
    silent(world.run(&["status", "--check"]), 0);
    silent(world.run(&["status", "--check", "--json", "--within", "29d"]), 0);
    silent(world.run(&["status", "--check", "--within", "31d"]), 4);
    let said = world.run(&["status", "--check", "--within", "31d", "-v"]).exits(4).says_nothing_on_stdout();
    said.says("`fbox` needs a person: ready");
    // One of two is enough, unless the other is asked about.
    world.add(&entry(&vendor, "second", On::File));
    silent(world.run(&["status", "--check"]), 4);
    silent(world.run(&["status", "--check", "-p", "fbox"]), 0);
    silent(world.run(&["status", "--check", "-p", "second"]), 4);
    world.run(&["status", "--check", "-p", "third"]).exits(3).says("no such profile");
    world.run(&["status", "--within", "7d"]).exits(2).says("--check");
    world.run(&["status", "--check", "--utc"]).exits(2);
    let shim = Shim::build(&world);
    shim.later(&mut world, 31 * DAY);
    silent(world.run(&["status", "--check", "-p", "fbox"]), 4);
    shim.later(&mut world, 0);
    vendor.expire_login();
    world.run(&["token", "-p", "fbox"]).exits(4);
    silent(world.run(&["status", "--check", "-p", "fbox"]), 4);
    // What cannot be read has its own exit, and words; of several the highest counts.
    let mut files = Vec::new();
    walk(&world.state().join("journal"), &mut files);
    fs::write(&files[0], "damaged").expect("written");
    world.run(&["status", "--check"]).exits(6).says("is not a journal of tokcli").says_nothing_on_stdout();
    let error = world.run(&["status", "--check", "--json"]).exits(6).says_nothing_on_stdout().error();
    assert_eq!((&error["code"], &error["profile"]), (&json!("store_damaged"), &json!("fbox")));
    assert_eq!(vendor.requests().len(), 1, "nothing was sent");
}

#[test]
fn check_needs_a_person_for_a_rejected_client_and_after_an_end_that_nobody_knows() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    vendor.reject_client();
    world.run(&["token"]).exits(3);
    silent(world.run(&["status", "--check"]), 4);

    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.add("replay = \"never\"");
    vendor.misbehave(Fault::DropAfterRead);
    world.run(&["token"]).exits(8);
    silent(world.run(&["status", "--check"]), 4);
}

#[test]
fn check_needs_a_person_where_a_run_was_killed_and_nothing_may_be_presented_again() {
    for (keys, exit) in [("replay = \"never\"", 4), ("rotation = \"strict\"", 0)] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(On::File, &vendor);
        world.add(keys);
        let latch = vendor.hold(1);
        let mut run =
            world.command(&["token"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
        wait_for(|| vendor.requests().len() == 1);
        run.kill().expect("killed");
        run.wait().expect("ended");
        latch.open();
        for _ in 0..2 {
            silent(world.run(&["status", "--check"]), exit);
        }
    }
}

#[test]
fn check_says_what_is_wrong_with_a_credential_that_is_bound_elsewhere() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::with(On::File, &vendor);
    silent(world.run(&["status", "--check"]), 0);
    world.change(&vendor.origin(), "https://elsewhere.example");
    let ended = world.run(&["status", "--check"]).exits(3).says_nothing_on_stdout();
    ended.says("https://elsewhere.example").says(&vendor.origin());
}

#[test]
fn check_with_a_locked_keyring_is_neither_yes_nor_no() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    silent(world.run(&["status", "--check"]), 0);
    world.service().lock();
    // `-v` is not for the small program: the store is looked into, whatever is kept.
    world.run(&["status", "--check", "-v"]).exits(6).says("locked").says_nothing_on_stdout();
    vendor.expect_unused();
}

#[test]
fn check_is_answered_from_the_cache_while_nothing_has_changed() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor).with_the_cache();
    let misses = |world: &World, arguments: &[&str]| {
        alone(world, arguments).exits(1).says("cannot start").says("tokcli-engine");
    };
    std::thread::sleep(Duration::from_millis(80));
    misses(&world, &["status", "--check"]);
    silent(world.run(&["status", "--check"]), 0);
    for (arguments, exit) in [
        (&["status", "--check"][..], 0),
        (&["status", "--check", "--within", "29d"], 0),
        (&["--json", "status", "--within=31d", "--check"], 4),
    ] {
        silent(alone(&world, arguments), exit);
    }
    // Another question, another look.
    misses(&world, &["status", "--check", "-p", "fbox"]);
    misses(&world, &["status", "--check", "-v"]);
    misses(&world, &["status"]);
    // The clock is asked each time.
    let shim = Shim::build(&world);
    shim.later(&mut world, 31 * DAY);
    silent(alone(&world, &["status", "--check"]), 4);
    shim.later(&mut world, 0);
    // Whatever writes the journal ends it.
    for (change, exit) in [("refresh", 0), ("dies", 4), ("import", 0), ("logout", 4)] {
        silent(world.run(&["status", "--check"]), if exit == 0 && change != "refresh" { 4 } else { 0 });
        match change {
            "refresh" => drop(world.run(&["refresh"]).succeeds()),
            "dies" => {
                vendor.expire_login();
                drop(world.run(&["refresh"]).exits(4));
            }
            "import" => drop(world.import(&vendor)),
            _ => drop(world.run(&["logout", "--local"]).succeeds()),
        }
        misses(&world, &["status", "--check"]);
        silent(world.run(&["status", "--check"]), exit);
        silent(alone(&world, &["status", "--check"]), exit);
    }
    // And so does a changed configuration.
    world.add("[profiles.other]\ndialect = \"oauth2\"\ntoken_url = \"https://a.example/t\"\nclient_id = \"c\"\nstore = \"file\"");
    misses(&world, &["status", "--check"]);
    world.assert_nothing_in_the_clear();
}

#[test]
fn a_forecast_of_another_journal_is_not_believed() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor).with_the_cache();
    std::thread::sleep(Duration::from_millis(80));
    silent(world.run(&["status", "--check"]), 0);
    silent(alone(&world, &["status", "--check"]), 0);
    let keys = fs::read("/proc/keys").expect("the kernel keeps keys");
    let keys = String::from_utf8_lossy(&keys).into_owned();
    let mark = world.path().display().to_string();
    let line =
        keys.lines().find(|line| line.contains("tokcli:forecast:") && line.contains(&mark)).expect("a key");
    let id = u32::from_str_radix(line.split_whitespace().next().expect("an id"), 16)
        .expect("a number")
        .to_string();
    let keyctl = |arguments: &[&str], input: &[u8]| {
        assert_cmd::Command::new("keyctl")
            .args(arguments)
            .write_stdin(input)
            .output()
            .expect("keyctl is installed")
    };
    let kept = keyctl(&["pipe", &id], b"").stdout;
    let text = String::from_utf8_lossy(&kept).into_owned();
    assert!(text.contains("\"needs_person\":false") && !text.contains("canary"), "legible, and no secret");
    let at = kept.windows(5).position(|part| part == b"false").expect("it says so");
    let forged = [&kept[..at], b"true ", &kept[at + 5..]].concat();
    assert!(keyctl(&["pupdate", &id], &forged).status.success());
    alone(&world, &["status", "--check"]).exits(1).says("cannot start");
    vendor.expect_unused();
}

#[test]
fn credentials_that_no_profile_names_are_listed() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(store, &vendor);
        world.run(&["token"]).succeeds();
        let none = world.run(&["status", "--json"]).succeeds().object();
        assert_eq!(none["unnamed"], json!([]));
        world.change("[profiles.fbox]", "[profiles.renamed]");
        let object = world.run(&["status", "--json"]).succeeds().keeps_stderr_empty().object();
        assert_eq!(object["profiles"][0]["state"], "none");
        let unnamed = &object["unnamed"][0];
        let said = (&unnamed["account"], &unnamed["store"], &unnamed["origins"][0]);
        assert_eq!(said, (&json!("fbox"), &json!(store.word()), &json!(vendor.origin())), "{object}");
        let words = format!(
            "no profile names the credential `fbox` in the store `{}` ({})",
            store.word(),
            vendor.origin()
        );
        world
            .run(&["status"])
            .succeeds()
            .says(&words)
            .says("a profile with `account = \"fbox\"` would use it, and `logout` forgets it");
        // Whoever asks for one profile asks for nothing else, nor does whoever watches.
        world.run(&["status", "-p", "renamed"]).succeeds().keeps_stderr_empty();
        silent(world.run(&["status", "--check"]), 4);
        world.add("account = \"fbox\"");
        let back = world.run(&["status", "--json"]).succeeds().object();
        assert_eq!((&back["unnamed"], &back["profiles"][0]["state"]), (&json!([]), &json!("valid")));
        world.run(&["logout", "--local"]).succeeds();
        world.change("account = \"fbox\"", "");
        assert_eq!(
            world.run(&["status", "--json"]).succeeds().object()["unnamed"],
            json!([]),
            "it is buried"
        );
    }
}

#[test]
fn many_credentials_that_no_profile_names_are_one_warning() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::with(On::File, &vendor);
    world.add(&entry(&vendor, "another", On::File));
    world.run_with(&["import", "-p", "another"], &vendor.login().refresh_token).succeeds();
    world.write("other.toml", &entry(&vendor, "other", On::File));
    world.set("TOKCLI_CONFIG", &world.path().join("other.toml").display().to_string());
    let told = world.run(&["status"]).succeeds();
    let words = "tokcli: warning: no profile names 2 of the credentials that are kept here; `tokcli status -v` lists them\n";
    assert_eq!(told.stderr, words);
    let mut each = world.run(&["status", "-v"]).succeeds();
    for name in ["another", "fbox"] {
        each = each.says(&format!("no profile names the credential `{name}` in the store `file`"));
    }
    let told = world.run(&["status", "--json"]).succeeds().object();
    assert_eq!(told["unnamed"].as_array().map(Vec::len), Some(2), "{told}");
}

#[test]
fn what_never_came_to_anything_is_no_credential_that_is_left() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::OAuth2);
        let mut world = World::on(store);
        world.give_secrets(&vendor);
        // It speaks no TLS.
        let own = entry(&vendor, "ghost", store)
            .replace("\"oauth2\"", "\"oauth2-client-credentials\"")
            .replace("http://", "https://");
        world.add(&own);
        let failed = || {
            world.run(&["token"]).exits(5);
        };
        failed();
        world.run(&["logout", "--local"]).succeeds().says("no token ever came of it");
        failed();
        let removed = world.run(&["config", "remove", "ghost"]).succeeds();
        assert!(!removed.stderr.contains("stays"), "{removed:#?}");
        world.add(&entry(&vendor, "other", store));
        world.run(&["status"]).succeeds().keeps_stderr_empty();
        let told = world.run(&["doctor", "--json"]).stdout;
        assert!(!told.contains("ghost"), "{told}");
        // The vendor may have granted what never arrived.
        let lost = entry(&vendor, "lost", store).replace("\"oauth2\"", "\"oauth2-client-credentials\"");
        world.add(&lost);
        vendor.misbehave(Fault::DropAfterRead);
        world.run(&["token", "-p", "lost"]).exits(5).says("no answer came");
        world
            .run(&["config", "remove", "lost"])
            .succeeds()
            .says("the credential of the account `lost` stays");
    }
}

#[test]
fn a_credential_that_another_store_was_left_with_is_listed_too() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::with(On::Keyring, &vendor);
    world.change("store = \"keyring\"", "store = \"file\"");
    let object = world.run(&["status", "--json"]).succeeds().object();
    let unnamed = &object["unnamed"][0];
    assert_eq!((&unnamed["account"], &unnamed["store"]), (&json!("fbox"), &json!("keyring")), "{object}");
    // A keyring that tells nothing delays nobody, and a journal that does not open is named by its file.
    world.service().lock();
    world.run(&["status"]).succeeds().says("no profile names the credential").keeps_to(10.0);
    let own = "[stores.own]\nkind = \"file\"\nkey = { env = \"KEY\" }";
    world.set("KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    world.change("store = \"file\"", "store = \"own\"");
    world.add(own);
    world.import(&vendor);
    world.change("[profiles.fbox]", "[profiles.renamed]");
    let said = world.run(&["status", "-v"]).succeeds();
    assert!(said.stderr.contains("the credential whose journal is `f-"), "{}", said.stderr);
}
