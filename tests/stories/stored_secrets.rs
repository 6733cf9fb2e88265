//! Secrets that a profile keeps in its store: set, listed, removed, used, and by no way lost, leaked or sent elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::moments::Traced;
use crate::permits::Permit;
use crate::stand_in::{StandIn, Vendor};
use crate::sweeps::Tally;
use crate::world::{CANARY, Ended, On, World, walk};

/// Of the one-time codes, 20 bytes.
const SEED: &[u8] = b"12345678901234567890";
const SEED_BASE32: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// A vendor that logs in with a name and a password, perhaps with a one-time code too, which it takes once. Whoever has
/// a live password is let in; what each login presented is written down.
struct Desk {
    origin: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// The form of each request.
    logins: Vec<BTreeMap<String, String>>,
    /// Codes that came twice.
    reused: Vec<String>,
    /// Seconds; `None`: no code is asked for.
    period: Option<u64>,
    /// Instead of a token, with status 401.
    says: Option<String>,
}

impl Desk {
    fn open(period: Option<u64>) -> Desk {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("its address"));
        let seen = Arc::new(Mutex::new(Seen { period, ..Seen::default() }));
        let desk = Desk { origin, seen: Arc::clone(&seen) };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                thread::spawn(move || drop(answer(&stream, &seen)));
            }
        });
        desk
    }

    fn logins(&self) -> Vec<BTreeMap<String, String>> {
        self.seen.lock().expect("it goes on").logins.clone()
    }

    fn last(&self, field: &str) -> String {
        self.logins().last().and_then(|form| form.get(field).cloned()).unwrap_or_default()
    }

    fn says(&self, words: Option<&str>) {
        self.seen.lock().expect("it goes on").says = words.map(str::to_owned);
    }

    fn assert_no_code_came_twice(&self) {
        let reused = self.seen.lock().expect("it goes on").reused.clone();
        assert!(reused.is_empty(), "{reused:?}");
    }

    /// A profile that logs in here, whose secrets are all stored.
    fn world(&self, store: On, keys: &str) -> World {
        let mut world = World::on(store);
        world.add(&self.profile("desk", store, keys));
        let code = if keys.contains("totp_seed") { ", otp = \"{{ totp }}\"" } else { "" };
        world.add(&format!(
            "[dialects.desk]\nrenews_with = \"client\"\nexchanges.refresh.request = {{ url = \"{{{{ base_url }}}}/login\", form = {{ user = \"{{{{ username }}}}\", password = \"{{{{ password }}}}\"{code} }} }}\n\
             exchanges.refresh.answer = {{ access_token = \"/token\", access_expires = [{{ at = \"/life\", unit = \"seconds\" }}], words = [\"/error\"] }}\n\
             exchanges.refresh.refusals = [{{ is = \"client_rejected\", status = [401] }}]"
        ));
        world
    }

    fn profile(&self, name: &str, store: On, keys: &str) -> String {
        let store = store.word();
        format!(
            "[profiles.{name}]\ndialect = \"desk\"\nbase_url = \"{}\"\nstore = \"{store}\"\n{keys}\n",
            self.origin
        )
    }
}

const STORED: &str = "username = \"ada\"\npassword = { store = true }";
const STORED_ALL: &str =
    "username = { store = true }\npassword = { store = true }\ntotp_seed = { store = true }";

fn answer(stream: &TcpStream, seen: &Mutex<Seen>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line)? > 2 {
        let lower = line.to_ascii_lowercase();
        length =
            lower.strip_prefix("content-length:").map_or(length, |text| text.trim().parse().unwrap_or(0));
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let (status, answer) = decide(form, &mut seen.lock().expect("it goes on"));
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        answer.len()
    );
    let mut stream = stream;
    stream.write_all((head + &answer).as_bytes())
}

fn decide(form: BTreeMap<String, String>, seen: &mut Seen) -> (&'static str, Value) {
    let code = form.get("otp").cloned();
    if let Some(code) = &code
        && seen.logins.iter().any(|before| before.get("otp") == Some(code))
    {
        seen.reused.push(code.clone());
    }
    let now = u64::try_from(jiff::Timestamp::now().as_second()).expect("not long ago");
    let right =
        seen.period.is_none_or(|period| (0..2).any(|late| code == Some(code_at(now / period - late))));
    seen.logins.push(form);
    match &seen.says {
        Some(words) => ("401 No", json!({ "error": words })),
        None if !right => ("401 No", json!({ "error": "wrong code" })),
        None => ("200 OK", json!({ "token": format!("at-{CANARY}-{}", seen.logins.len()), "life": 3600 })),
    }
}

/// RFC 4226 section 5.3, by hand.
fn code_at(counter: u64) -> String {
    let mut mac = <Hmac<Sha1> as hmac::Mac>::new_from_slice(SEED).expect("any length");
    mac.update(&counter.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes(hash[at..at + 4].try_into().expect("four")) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn outcome(ended: Ended) -> String {
    let object = ended.succeeds().object();
    assert_eq!(object["version"], 1);
    object["outcome"].as_str().expect("a word").to_owned()
}

fn states(world: &World, arguments: &[&str]) -> Vec<(String, String)> {
    let object = world.run(&[&["secret", "list", "--json"], arguments].concat()).succeeds().object();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let secrets = object["secrets"].as_array().expect("a list").iter();
    secrets.map(|secret| (text(&secret["name"]), text(&secret["state"]))).collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect()
}

#[test]
fn a_stored_secret_is_set_used_listed_and_removed() {
    for store in [On::File, On::Keyring] {
        let desk = Desk::open(None);
        let world = desk.world(store, STORED).asking_the_store();
        let missing = world.run(&["token", "--json"]).exits(3).error();
        assert_eq!(missing["code"], "config");
        assert!(missing["message"].as_str().expect("text").contains("`profiles.desk.password`"), "{missing}");
        let hint = missing["hint"].as_str().expect("a way out");
        assert!(hint.contains("`tokcli secret set password --profile desk`"), "{hint}");
        assert_eq!(states(&world, &[]), pairs(&[("password", "missing")]));
        assert!(desk.logins().is_empty());

        let set = |value: &str| outcome(world.run_with(&["secret", "set", "password", "--json"], value));
        assert_eq!(set("canary-pw-1\n"), "set");
        assert_eq!(set("canary-pw-1"), "unchanged");
        let token = world.run(&["token"]).succeeds();
        assert_eq!((desk.last("user"), desk.last("password")), ("ada".into(), "canary-pw-1".into()));
        assert_eq!(set("canary-pw-2"), "set");
        world.run(&["token"]).succeeds().prints(&token.stdout);
        world.run(&["refresh"]).succeeds();
        assert_eq!(desk.last("password"), "canary-pw-2");

        let list = world.run(&["secret", "list", "--json"]).succeeds().object();
        let secret = &list["secrets"][0];
        assert_eq!((&list["version"], &list["profile"]), (&json!(1), &json!("desk")));
        assert_eq!((&secret["name"], &secret["state"]), (&json!("password"), &json!("set")));
        assert_eq!(secret["bound_to"], json!([desk.origin]));
        assert!(secret["set_at"].as_str().expect("a time").ends_with('Z'), "{secret}");
        let text = world.run(&["secret", "list"]).succeeds().keeps_stderr_empty().stdout;
        assert!(text.contains("password") && text.contains(&desk.origin) && !text.contains(CANARY), "{text}");

        let spoken = world.run_with(&["secret", "set", "password"], "canary-pw-3").succeeds();
        spoken.says("stored the secret `password`").says(&desk.origin).says_nothing_on_stdout();
        world.assert_nothing_in_the_clear();
        let removed = world.run(&["secret", "rm", "password"]).succeeds();
        removed.says("removed the stored secret `password`").says_nothing_on_stdout();
        assert_eq!(outcome(world.run(&["secret", "rm", "password", "--json"])), "unchanged");
        // A token at hand needs no secret.
        world.run(&["token"]).succeeds();
        world.run(&["refresh"]).exits(3).says("secret set password");
        if store == On::Keyring {
            assert!(!world.service().lookup(".secrets.desk").status.success(), "the item is gone");
        }
        assert_eq!(set("canary-pw-4"), "set");
        world.run(&["refresh"]).succeeds();
        assert_eq!((desk.last("password").as_str(), desk.logins().len()), ("canary-pw-4", 3));
    }
}

#[test]
fn an_api_key_and_a_client_secret_are_stored_as_well_as_secret_params() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    world.change("{ env = \"FBOX_SECRET\" }", "{ store = true }");
    world.set("FBOX_SECRET", "");
    world.import(&vendor);
    world.run_with(&["secret", "set", "client_secret"], vendor.client_secret()).succeeds();
    let token = world.run(&["token"]).succeeds();
    assert!(vendor.accepts(token.stdout.trim()));

    let desk = Desk::open(None);
    let mut world = desk
        .world(On::File, "username = \"ada\"\npassword = { store = true }\nparams.pin = { store = true }");
    world
        .change("form = {", "headers.X-Api-Key = \"{{ params.pin }}\", repeats = \"params.pin\", form = { pin = \"{{ params.pin }}\",");
    world.change("renews_with", "params = { pin = { secret = true } }\nrenews_with");
    world.run_with(&["secret", "set", "params.pin"], "canary-pin").succeeds();
    world.run_with(&["secret", "set", "password"], "canary-pw").succeeds();
    world.run(&["token"]).succeeds();
    assert_eq!((desk.last("pin"), desk.last("password")), ("canary-pin".into(), "canary-pw".into()));
    world.assert_nothing_in_the_clear();
}

#[test]
fn profiles_of_one_account_share_its_secrets() {
    let desk = Desk::open(None);
    let mut world = desk.world(On::File, STORED);
    world.add(&desk.profile("other", On::File, &format!("account = \"desk\"\n{STORED}")));
    world.add(&desk.profile("alone", On::File, STORED));
    world.run_with(&["secret", "set", "password", "-p", "other"], "canary-pw").succeeds();
    world.run(&["token", "-p", "desk"]).succeeds();
    assert_eq!(desk.last("password"), "canary-pw");
    world.run(&["token", "-p", "alone"]).exits(3).says("secret set password --profile alone");
}

#[test]
fn a_name_that_no_stored_secret_has_is_refused_and_not_repeated() {
    let desk = Desk::open(None);
    let keys = "username = \"ada\"\npassword = { store = true }\nclient_secret = { env = \"FROM_HERE\" }\nparams.pin = { store = true }";
    let mut world = desk.world(On::File, keys);
    world.change("renews_with", "params = { pin = { optional = true, secret = true } }\nrenews_with");
    world.change("form = {", "form = { pin = \"{{ params.pin }}\",");
    for (name, words) in [
        ("pasword", "did you mean `password`?"),
        ("pin", "did you mean `params.pin`?"),
        ("canary-pw-1", "has no secret of that name"),
        ("password=canary-pw-1", "has no secret of that name"),
        ("base_url", "has no secret of that name"),
        ("client_secret", "takes its secret from the environment variable `FROM_HERE`"),
        ("totp_seed", "does not take its secret from the store"),
    ] {
        world.run_with(&["secret", "set", name, "-p", "desk"], "canary-x").exits(3).says(words);
        let error =
            world.run_with(&["secret", "set", name, "-p", "desk", "--json"], "canary-x").exits(3).error();
        assert_eq!(error["code"], "config", "{error}");
    }
    world.run(&["secret", "rm", "canary-pw-1"]).exits(3).says("has no secret of that name");
    assert_eq!(outcome(world.run(&["secret", "rm", "client_secret", "--json"])), "unchanged");
    world.run(&["secret", "set", "password", "canary-pw-1"]).exits(2).says("standard input");
    for (input, words) in [("", "no password on standard input"), ("canary\u{1}", "control character")] {
        world.run_with(&["secret", "set", "password"], input).exits(3).says(words);
    }
    world.run_with(&["secret", "set", "password"], " canary ").succeeds().says("begins or ends with a blank");
    assert_eq!(states(&world, &[]), pairs(&[("params.pin", "missing"), ("password", "set")]));
    assert!(desk.logins().is_empty());
}

#[test]
fn a_secret_is_sent_nowhere_but_where_it_was_set_for() {
    for store in [On::File, On::Keyring] {
        let (desk, other) = (Desk::open(None), Desk::open(None));
        let mut world = desk.world(store, STORED);
        world.run_with(&["secret", "set", "password"], "canary-pw").succeeds();
        world.run(&["token"]).succeeds();
        world.change(&format!("base_url = \"{}\"", desk.origin), &format!("base_url = \"{}\"", other.origin));
        world.run(&["refresh"]).exits(3).says("rebind");
        world.run(&["rebind", "--yes"]).succeeds();
        let error = world.run(&["refresh", "--json"]).exits(3).error();
        assert_eq!(error["code"], "refused");
        let words = error["message"].as_str().expect("text");
        assert!(words.contains(&desk.origin) && words.contains(&other.origin), "{words}");
        assert!(error["hint"].as_str().expect("a way out").contains("secret set password"), "{error}");
        // Nor does a credential that begins anew take it along.
        world.run(&["logout", "--local"]).succeeds();
        world.run(&["token"]).exits(3).says(&desk.origin).says(&other.origin);
        assert_eq!(states(&world, &[]), pairs(&[("password", "elsewhere")]));
        assert!(other.logins().is_empty(), "nothing was sent");
        assert_eq!(outcome(world.run_with(&["secret", "set", "password", "--json"], "canary-pw")), "set");
        world.run(&["token"]).succeeds();
        assert_eq!((desk.logins().len(), other.last("password").as_str()), (1, "canary-pw"));
    }
}

#[test]
fn a_login_for_a_proxy_is_bound_to_the_proxy() {
    let mut world = World::on(On::File);
    world.add("[profiles.a]\ndialect = \"oauth2\"\ntoken_url = \"https://a.invalid/t\"\nclient_id = \"c\"\nstore = \"file\"\nproxy = \"http://127.0.0.1:1\"\nproxy_auth = { store = true }");
    world.run_with(&["import"], "rt-canary-1").succeeds();
    world.run_with(&["secret", "set", "proxy_auth"], "ada:canary").succeeds().says("http://127.0.0.1:1");
    world.run(&["refresh"]).exits(5);
    world.change("token_url = \"https://a.invalid/t\"", "token_url = \"https://a.invalid/other\"");
    world.run(&["refresh"]).exits(5);
    world.change("http://127.0.0.1:1", "socks5://127.0.0.1:2");
    let refused = world.run(&["refresh"]).exits(3);
    refused.says("was set for http://127.0.0.1:1, but").says("gives it to socks5://127.0.0.1:2");
}

#[test]
fn logout_keeps_stored_secrets_unless_they_are_to_go_too() {
    for store in [On::File, On::Keyring] {
        let desk = Desk::open(None);
        let world = desk.world(store, STORED);
        let logout = ["logout", "--local", "--all-secrets"];
        world.run(&logout).exits(4);
        world.run_with(&["secret", "set", "password"], "canary-pw").succeeds();
        world.run(&["token"]).succeeds();
        world.run(&["logout", "--local"]).succeeds().says("`--all-secrets` forgets them too");
        world.run(&["token"]).succeeds();
        world.run(&logout).succeeds().says("and its stored secrets (password)");
        world.run(&["token"]).exits(3).says("secret set password");
        // Without a credential they go as well.
        world.run_with(&["secret", "set", "password"], "canary-pw").succeeds();
        let object = world.run(&[&logout[..], &["--json"]].concat()).succeeds().object();
        assert_eq!(object, json!({ "version": 1, "profile": "desk", "outcome": "logged_out" }));
        assert_eq!(states(&world, &[]), pairs(&[("password", "missing")]));
        world.run(&logout).exits(4);
        assert_eq!(desk.logins().len(), 2);
    }
}

/// At every `nth` system call, and at those of the journal: which of two values a run finds, whatever became of the one that
/// sets the second.
pub fn kills(store: On, nth: usize) -> Tally {
    let begun = Instant::now();
    let desk = Desk::open(None);
    let world = desk.world(store, STORED);
    let command = ["secret", "set", "password"];
    let mut current = "canary-pw-first".to_owned();
    world.run_with(&command, &current).succeeds();
    let calls = world.calls_with(&command, "canary-pw-traced");
    current = "canary-pw-traced".to_owned();
    let is_of_the_journal = |call: &Traced| ["pwrite64", "fdatasync", "rename"].contains(&call.name.as_str());
    let calls: Vec<&Traced> = calls
        .iter()
        .filter(|call| !["execve", "exit", "exit_group"].contains(&call.name.as_str()))
        .enumerate()
        .filter(|(at, call)| at % nth == 0 || is_of_the_journal(call))
        .map(|(_, call)| call)
        .collect();
    assert!(calls.iter().filter(|call| is_of_the_journal(call)).count() >= 4, "both slots are written");
    let (mut olds, mut news) = (0, 0);
    for (at, call) in calls.iter().enumerate() {
        let next = format!("canary-pw-{at}");
        let inject = format!("{}:signal=KILL:when={}", call.name, call.nth);
        world.run_injected_with(&inject, &command, &next);
        world.run(&["refresh"]).succeeds();
        let found = desk.last("password");
        assert!(found == current || found == next, "{inject}: neither the old nor the new one");
        if found == next {
            news += 1;
        } else {
            olds += 1;
        }
        current = found;
    }
    assert!(olds > 0 && news > 0, "{olds} old, {news} new");
    eprintln!("{} kills of `secret set`, {}: {olds} old, {news} new", calls.len(), store.word());
    let what = format!("kill -9 at each call of `secret set`, {}", store.word());
    let seconds = begun.elapsed().as_secs_f64();
    let tally =
        Tally { what, faults: calls.len(), requests: desk.logins().len(), seconds, ..Tally::default() };
    world.run_with(&command, "canary-pw-last").succeeds();
    world.run(&["refresh"]).succeeds();
    assert_eq!(desk.last("password"), "canary-pw-last");
    assert_eq!(states(&world, &[]), pairs(&[("password", "set")]));
    tally
}

#[test]
fn killed_at_every_system_call_of_a_set_on_the_file_store() {
    kills(On::File, 1);
}

/// And at each call that writes or syncs the journal.
#[test]
fn killed_at_every_eighth_system_call_of_a_set_on_the_keyring() {
    kills(On::Keyring, 8);
}

#[test]
fn killed_while_it_removes_a_secret_is_there_or_gone() {
    for (store, nth) in [(On::File, 3), (On::Keyring, 8)] {
        let desk = Desk::open(None);
        let world = desk.world(store, STORED);
        let set = || world.run_with(&["secret", "set", "password"], "canary-pw").succeeds();
        set();
        let calls = world.calls(&["secret", "rm", "password"]);
        let calls =
            calls.iter().filter(|call| !["execve", "exit", "exit_group"].contains(&call.name.as_str()));
        let (mut there, mut gone) = (0, 0);
        for call in calls.step_by(nth) {
            set();
            let inject = format!("{}:signal=KILL:when={}", call.name, call.nth);
            world.run_injected(&inject, &["secret", "rm", "password"]);
            match world.run(&["refresh"]).code {
                Some(0) => there += 1,
                Some(3) => gone += 1,
                other => panic!("{inject}: {other:?}"),
            }
        }
        assert!(there > 0 && gone > 0, "{there} there, {gone} gone");
        set();
        world.run(&["refresh"]).succeeds();
    }
}

#[test]
fn the_key_of_a_file_store_is_not_made_anew_beside_secrets_that_it_sealed() {
    let desk = Desk::open(None);
    let mut world = desk.world(On::File, STORED);
    world.add(&desk.profile("other", On::File, STORED));
    world.run_with(&["secret", "set", "password", "-p", "desk"], "canary-pw").succeeds();
    let key = world.state().join("file.key");
    let kept = fs::read(&key).expect("made");
    fs::remove_file(&key).expect("removed");
    for (command, profile) in [("refresh", "desk"), ("set", "desk"), ("set", "other")] {
        let words = if command == "set" { vec!["secret", "set", "password"] } else { vec![command] };
        world
            .run_with(&[&words[..], &["-p", profile]].concat(), "canary-new")
            .exits(6)
            .says("key is missing");
    }
    assert!(!key.exists());
    world.write("state/file.key", &String::from_utf8(kept).expect("base64"));
    world.run(&["refresh", "-p", "desk"]).succeeds();
    assert_eq!(desk.last("password"), "canary-pw");
}

/// A first secret makes journal, key and item: before it there was none.
#[test]
fn killed_at_every_fourth_system_call_of_a_first_set_nothing_is_damaged() {
    let (desk, command) = (Desk::open(None), ["secret", "set", "password"]);
    let fresh = || desk.world(On::File, STORED);
    let calls = fresh().calls_with(&command, "canary-pw");
    let calls = calls.iter().filter(|call| !["execve", "exit", "exit_group"].contains(&call.name.as_str()));
    for call in calls.step_by(4) {
        let world = fresh();
        let inject = format!("{}:signal=KILL:when={}", call.name, call.nth);
        world.run_injected_with(&inject, &command, "canary-pw");
        let there = states(&world, &[]);
        assert!(
            [pairs(&[("password", "missing")]), pairs(&[("password", "set")])].contains(&there),
            "{inject}"
        );
        world.run_with(&command, "canary-pw-2").succeeds();
        world.run(&["refresh"]).succeeds();
        assert_eq!(desk.last("password"), "canary-pw-2", "{inject}");
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn errors_at_every_writing_call_of_a_set_leave_the_old_or_the_new_value() {
    let (desk, command) = (Desk::open(None), ["secret", "set", "password"]);
    let world = desk.world(On::File, STORED);
    world.run_with(&command, "canary-pw").succeeds();
    let calls = world.calls_with(&command, "canary-pw-traced");
    let mut current = "canary-pw-traced".to_owned();
    let writing = ["pwrite64", "fdatasync", "fsync", "rename", "flock", "ftruncate"];
    for (at, call) in calls.iter().filter(|call| writing.contains(&call.name.as_str())).enumerate() {
        for error in ["EIO", "ENOSPC"] {
            let next = format!("canary-pw-{at}-{error}");
            let inject = format!("{}:error={error}:when={}", call.name, call.nth);
            let code = world.run_injected_with(&inject, &command, &next).status.code();
            world.run(&["refresh"]).succeeds();
            let found = desk.last("password");
            assert!(found == next || (found == current && code != Some(0)), "{inject}: {code:?}");
            current = found;
        }
    }
}

#[test]
fn many_that_set_at_once_lose_nothing() {
    for store in [On::File, On::Keyring] {
        let desk = Desk::open(None);
        let names: Vec<String> = (0..8).map(|n| format!("p{n}")).collect();
        let params: Vec<String> =
            names.iter().map(|name| format!("params.{name} = {{ store = true }}")).collect();
        let mut world = desk.world(store, &format!("{STORED}\n{}", params.join("\n")));
        let declared: Vec<String> =
            names.iter().map(|name| format!("{name} = {{ optional = true }}")).collect();
        world.change("renews_with", &format!("params = {{ {} }}\nrenews_with", declared.join(", ")));
        let fields: Vec<String> =
            names.iter().map(|name| format!("{name} = \"{{{{ params.{name} }}}}\"")).collect();
        world.change("form = {", &format!("form = {{ {},", fields.join(", ")));
        let children: Vec<_> = names
            .iter()
            .map(|name| {
                let mut child = world.spawn(&["secret", "set", &format!("params.{name}")]);
                let value = format!("canary-{name}");
                child.stdin.take().expect("piped").write_all(value.as_bytes()).expect("it reads");
                child
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().expect("it ends");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        world.run_with(&["secret", "set", "password"], "canary-pw").succeeds();
        world.run(&["token"]).succeeds();
        for name in &names {
            assert_eq!(desk.last(name), format!("canary-{name}"));
        }
    }
}

#[test]
fn a_locked_keyring_is_exit_6_at_once_and_nothing_is_written_or_sent() {
    let desk = Desk::open(None);
    let mut world = desk.world(On::Keyring, STORED).asking_the_store();
    world.run_with(&["secret", "set", "password"], "canary-pw").succeeds();
    world.run(&["token"]).succeeds();
    let before = journals(&world);
    world.service().lock();
    for (command, input) in [
        (&["secret", "set", "password"][..], "canary-new"),
        (&["secret", "rm", "password"], ""),
        (&["secret", "list"], ""),
        (&["refresh"], ""),
        (&["logout", "--local", "--all-secrets"], ""),
    ] {
        world.run_with(command, input).exits(6).says("locked").says("hint: ");
    }
    let error = world.run_with(&["secret", "set", "password", "--json"], "canary-new").exits(6).error();
    assert_eq!(error["code"], "store_locked");
    assert_eq!(journals(&world), before);
    world.keyring.as_mut().expect("keyring").unlock();
    world.run(&["refresh"]).succeeds();
    assert_eq!((desk.logins().len(), desk.last("password").as_str()), (2, "canary-pw"));
}

#[test]
fn a_crowd_that_needs_a_stored_secret_logs_in_once() {
    for store in [On::File, On::Keyring] {
        let _alone = Permit::of_a_crowd();
        let desk = Desk::open(Some(2));
        let world = with_codes(&desk, store, 2);
        let children: Vec<_> = (0..30).map(|_| world.spawn(&["token"])).collect();
        let mut tokens = BTreeSet::new();
        for child in children {
            let output = child.wait_with_output().expect("it ends");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            tokens.insert(output.stdout);
        }
        assert_eq!((tokens.len(), desk.logins().len()), (1, 1));
    }
}

fn journal_files(world: &World) -> Vec<PathBuf> {
    let mut files = Vec::new();
    walk(&world.state().join("journal"), &mut files);
    files.retain(|path| path.extension().is_some_and(|end| end == "jrn"));
    files.sort();
    files
}

fn journals(world: &World) -> Vec<Vec<u8>> {
    journal_files(world).iter().map(|path| fs::read(path).expect("read")).collect()
}

#[test]
fn a_keyring_that_fell_behind_or_lost_its_journal_still_has_the_secret() {
    let desk = Desk::open(None);
    let world = desk.world(On::Keyring, STORED);
    world.run_with(&["secret", "set", "password"], "canary-pw-1").succeeds();
    let old = world.service().lookup(".secrets.desk").stdout;
    assert!(String::from_utf8_lossy(&old).contains("canary-pw-1"), "its home is the keyring");
    world.run_with(&["secret", "set", "password"], "canary-pw-2").succeeds();
    // As after a daemon that acknowledged a write and died before saving it.
    world.service().overwrite(".secrets.desk", &old);
    world.run(&["token"]).succeeds();
    assert_eq!(desk.last("password"), "canary-pw-2");
    let item = world.service().lookup(".secrets.desk").stdout;
    let item = String::from_utf8_lossy(&item);
    assert!(item.contains("canary-pw-2") && !item.contains("canary-pw-1"), "it is pushed forward");
    fs::remove_dir_all(world.state()).expect("removed");
    world.run_with(&["secret", "set", "password"], "canary-pw-3").succeeds();
    fs::remove_dir_all(world.state()).expect("removed");
    world.run(&["refresh"]).succeeds();
    assert_eq!(desk.last("password"), "canary-pw-3");
}

#[test]
fn a_journal_of_secrets_is_set_aside_only_on_purpose() {
    for store in [On::File, On::Keyring] {
        let desk = Desk::open(None);
        let world = desk.world(store, STORED).asking_the_store();
        world.run_with(&["secret", "set", "password"], "canary-pw").succeeds();
        let [journal] = &journal_files(&world)[..] else { panic!("one journal") };
        fs::write(journal, vec![7; 100]).expect("written");
        let way = "recover --discard-journal --secrets --profile desk";
        world.run(&["refresh"]).exits(6).says(way);
        world.run_with(&["secret", "set", "password"], "canary-new").exits(6).says(way);
        world.run(&["recover", "--discard-journal", "--secrets", "-p", "desk"]).succeeds();
        if store == On::Keyring {
            world.run(&["refresh"]).succeeds();
            assert_eq!(desk.last("password"), "canary-pw");
        } else {
            world.run(&["refresh"]).exits(3).says("secret set password");
        }
        world.run_with(&["secret", "set", "password"], "canary-new").succeeds();
        world.run(&["refresh"]).succeeds();
        assert_eq!(desk.last("password"), "canary-new");
    }
    // The item is gone, and only its journal is left.
    let desk = Desk::open(None);
    let world = desk.world(On::Keyring, STORED);
    world.run_with(&["secret", "set", "password"], "canary-pw").succeeds();
    let clear = ["clear", "service", "tokcli", "username", ".secrets.desk"];
    assert!(world.service().secret_tool(&clear, "").status.success());
    let gone = world.run(&["refresh"]).exits(6).says("the stored secrets of this account");
    gone.says("recover --discard-journal --secrets --profile desk").says("tokcli secret set NAME");
    world.run(&["recover", "--discard-journal", "--secrets", "-p", "desk"]).succeeds();
    world.run_with(&["secret", "set", "password"], "canary-pw-2").succeeds();
    world.run(&["token"]).succeeds();
}

/// What either slot of the journal tells when the other is damaged.
#[test]
fn what_was_replaced_or_removed_is_sealed_in_no_slot_any_more() {
    let desk = Desk::open(None);
    let world = desk.world(On::File, "username = { store = true }\npassword = { store = true }");
    world.run_with(&["secret", "set", "username"], "canary-ada").succeeds();
    world.run_with(&["secret", "set", "password"], "canary-old").succeeds();
    world.run_with(&["secret", "set", "password"], "canary-new").succeeds();
    let [journal] = &journal_files(&world)[..] else { panic!("one journal") };
    let by_each_slot = |look: &dyn Fn()| {
        let whole = fs::read(journal).expect("read");
        for slot in 0..2 {
            let mut damaged = whole.clone();
            let at = slot * whole.len() / 2;
            damaged[at..at + 4096].fill(7);
            fs::write(journal, damaged).expect("written");
            look();
        }
        fs::write(journal, whole).expect("written");
    };
    by_each_slot(&|| {
        world.run(&["logout", "--local"]);
        world.run(&["token"]).succeeds();
        assert_eq!(desk.last("password"), "canary-new");
    });
    world.run(&["secret", "rm", "password"]).succeeds();
    by_each_slot(&|| {
        assert_eq!(states(&world, &[]), pairs(&[("password", "missing"), ("username", "set")]));
    });
    world.run(&["secret", "rm", "username"]).succeeds();
    by_each_slot(&|| {
        assert_eq!(states(&world, &[]), pairs(&[("password", "missing"), ("username", "missing")]));
    });
}

fn seed(period: u64) -> String {
    format!("otpauth://totp/Desk:ada?secret={SEED_BASE32}&issuer=Desk&period={period}")
}

/// A world that logs in with all three.
fn with_codes(desk: &Desk, store: On, period: u64) -> World {
    let world = desk.world(store, STORED_ALL);
    for (key, value) in [("username", "ada-canary"), ("password", "canary-pw"), ("totp_seed", &seed(period))]
    {
        world.run_with(&["secret", "set", key], value).succeeds();
    }
    world
}

#[test]
fn no_time_step_is_used_twice_and_whoever_comes_too_early_waits() {
    const PERIOD: u64 = 3;
    for store in [On::File, On::Keyring] {
        let desk = Desk::open(Some(PERIOD));
        let world = with_codes(&desk, store, PERIOD);
        world.run(&["refresh"]).succeeds();
        let begun = Instant::now();
        let mut waited = 0;
        for _ in 0..3 {
            let ended = world.run(&["refresh"]).succeeds();
            waited += usize::from(ended.stderr.contains("waiting "));
        }
        assert!(begun.elapsed().as_secs() >= 2 * PERIOD - 1 && waited >= 1, "{waited}");
        // Several at once follow each other, each with a code of its own or the token of another.
        let children: Vec<_> = (0..4).map(|_| world.spawn(&["refresh"])).collect();
        for child in children {
            let output = child.wait_with_output().expect("it ends");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        // After a logout nobody knows which were used.
        world.run(&["refresh"]).succeeds();
        world.run(&["logout", "--local"]).succeeds();
        world.run(&["token"]).succeeds();
        desk.assert_no_code_came_twice();
        assert!(desk.logins().len() >= 6 && desk.last("user") == "ada-canary");
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn who_may_not_wait_for_the_next_time_step_is_told_when_it_begins() {
    // So long, and so far from its end, that none begins meanwhile.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let period = (1_800..=3_600).find(|period| now % period < period / 2).expect("there is one");
    let desk = Desk::open(Some(period));
    let world = with_codes(&desk, On::File, period);
    world.run(&["refresh"]).succeeds();
    let error = world.run(&["refresh", "--json"]).exits(5).error();
    assert_eq!(error["code"], "unavailable");
    let left = error["retry_after"].as_u64().expect("a number");
    assert!((1..=period).contains(&left), "{error}");
    // What is at hand is still good.
    world.run(&["token"]).succeeds();
    world.run(&["refresh", "--deadline", "0"]).exits(5).says("was sent already").keeps_to(1.0);
    assert_eq!(desk.logins().len(), 1);
    desk.assert_no_code_came_twice();
}

/// The step is in the journal with the intent, before the first byte goes out.
#[test]
fn no_time_step_is_used_twice_whenever_a_run_is_killed() {
    const PERIOD: u64 = 2;
    let desk = Desk::open(Some(PERIOD));
    let world = with_codes(&desk, On::File, PERIOD);
    world.run(&["refresh"]).succeeds();
    let calls = world.calls(&["refresh"]);
    let telling = ["pwrite64", "fdatasync", "writev", "sendto", "recvfrom", "shutdown"];
    let telling: Vec<&Traced> = calls.iter().filter(|call| telling.contains(&call.name.as_str())).collect();
    assert!(telling.len() > 5, "{telling:?}");
    for call in telling {
        world.run_injected(&format!("{}:signal=KILL:when={}", call.name, call.nth), &["refresh"]);
        world.run(&["refresh"]).succeeds();
    }
    desk.assert_no_code_came_twice();
}

#[test]
fn stored_secrets_show_nowhere() {
    for store in [On::File, On::Keyring] {
        let desk = Desk::open(Some(2));
        let mut world = with_codes(&desk, store, 2);
        world.set("RUST_LOG", "trace");
        let dry = world.run(&["refresh", "--dry-run", "-v"]).succeeds();
        assert!(dry.stdout.contains("user=***&password=***&otp=***"), "{}", dry.stdout);
        world.run(&["token", "-v"]).succeeds();
        let code = desk.last("otp");
        assert_eq!(code.len(), 6);
        for command in [
            &["secret", "list", "-v"][..],
            &["secret", "list", "--json"],
            &["status", "-v"],
            &["status", "--json"],
            &["config", "check", "-v"],
            &["recover", "-v"],
        ] {
            let ended = world.run(command).succeeds();
            let said = ended.stdout + &ended.stderr;
            for secret in [CANARY, SEED_BASE32, "ada-"] {
                assert!(!said.contains(secret), "{command:?}: {said}");
            }
        }
        // No program that tokcli starts, and no attribute in the keyring, knows of them.
        world.write("spy", "#!/bin/sh\ncat /proc/$$/cmdline /proc/$$/environ > spied\necho region\n");
        fs::set_permissions(world.path().join("spy"), fs::Permissions::from_mode(0o700)).expect("mode");
        world.change("totp_seed", "params.region = { command = [\"./spy\"] }\ntotp_seed");
        world.change("renews_with", "params = { region = { optional = true } }\nrenews_with");
        world.change("form = {", "form = { region = \"{{ params.region }}\",");
        world.run(&["refresh"]).succeeds();
        let spied =
            String::from_utf8_lossy(&fs::read(world.path().join("spied")).expect("it ran")).into_owned();
        assert!(!spied.contains(CANARY) && !spied.contains(SEED_BASE32), "{spied}");
        if store == On::Keyring {
            let all = world.service().lookup_all(".secrets.desk");
            let attributes = all.lines().filter(|line| !line.starts_with("secret = "));
            let attributes = attributes.collect::<Vec<_>>().join("\n");
            assert!(attributes.contains(".secrets.desk") || all.contains("label"), "{all}");
            assert!(!attributes.contains(CANARY) && !attributes.contains(SEED_BASE32), "{attributes}");
        }
        world.assert_nothing_in_the_clear();
        let mut files = Vec::new();
        walk(&world.state(), &mut files);
        for path in files {
            let bytes = String::from_utf8_lossy(&fs::read(&path).expect("read")).into_owned();
            assert!(!bytes.contains(SEED_BASE32) && !bytes.contains("ada-"), "{}", path.display());
        }
    }
}

#[test]
fn a_vendor_that_repeats_a_stored_secret_is_not_quoted() {
    let desk = Desk::open(None);
    let world = with_codes(&desk, On::File, 1);
    let lower = SEED_BASE32.to_lowercase();
    for words in
        ["no canary-pw here", &format!("seed {SEED_BASE32}"), &lower, &format!("secret={SEED_BASE32}")]
    {
        desk.says(Some(words));
        let ended = world.run(&["refresh"]).exits(3).says("(withheld: ");
        assert!(!ended.stderr.to_lowercase().contains(&lower[..12]), "{}", ended.stderr);
    }
    desk.says(Some("no such user"));
    world.run(&["refresh"]).exits(3).says("no such user");
    // A refusal is remembered until the secret is another one.
    world.run(&["token"]).exits(3).says("remembered");
    let before = desk.logins().len();
    world.run_with(&["secret", "set", "password"], "canary-right").succeeds();
    desk.says(None);
    world.run(&["token"]).succeeds();
    assert_eq!((desk.logins().len(), desk.last("password").as_str()), (before + 1, "canary-right"));
}

#[test]
fn a_password_beside_its_second_factor_is_told() {
    let words = "are one factor, not two";
    let desk = Desk::open(None);
    let world = desk.world(On::File, STORED_ALL);
    world.run(&["config", "check"]).succeeds().says(words).says("`profiles.desk.totp_seed`");
    let password = world.run_with(&["secret", "set", "password"], "canary-pw").succeeds();
    assert!(!password.stderr.contains(words), "{}", password.stderr);
    world.run_with(&["secret", "set", "totp_seed"], SEED_BASE32).succeeds().says(words);
    let object = world.run_with(&["secret", "set", "password", "--json"], "canary-2").succeeds().object();
    assert!(object["warnings"][0].as_str().expect("words").contains(words), "{object}");
    let apart = desk
        .world(On::File, &STORED_ALL.replace("password = { store = true }", "password = { env = \"P\" }"));
    let checked = apart.run(&["config", "check"]).succeeds();
    assert!(!checked.stderr.contains(words), "{}", checked.stderr);
    for (input, words) in [("canary0189", "base32"), ("otpauth://hotp/a?secret=CANARYAA", "counter-based")] {
        world.run_with(&["secret", "set", "totp_seed"], input).exits(3).says(words);
    }
}

#[test]
fn a_stored_secret_that_is_large_survives_and_one_that_is_too_large_is_refused() {
    let desk = Desk::open(None);
    let world = desk.world(On::File, STORED);
    let long = "canary-".repeat(9_000);
    world.run_with(&["secret", "set", "password"], &long).succeeds();
    world.run(&["token"]).succeeds();
    assert_eq!(desk.last("password"), long);
    for (length, words) in [((64 << 10) + 1, "contains more than 64 KiB"), (300_000, "larger than 256 KiB")] {
        world.run_with(&["secret", "set", "password"], &"x".repeat(length)).exits(3).says(words);
    }
    world.run(&["refresh"]).succeeds();
    assert_eq!(desk.last("password"), long);
}

#[test]
fn a_dialect_is_tested_with_a_recorded_code() {
    let world = World::on(On::File);
    let dialect = |otp: &str| {
        format!(
            "[dialects.a]\nrenews_with = \"client\"\nexchanges.refresh.request = {{ url = \"https://a.example/login\", form = {{ u = \"{{{{ username }}}}\", p = \"{{{{ password }}}}\", c = \"{{{{ totp }}}}\" }} }}\nexchanges.refresh.answer.access_token = \"/t\"\n\
             [[dialects.a.examples]]\nnow = \"1970-01-01T00:00:59Z\"\nprofile = {{ username = \"made-up\", password = \"pw-made-up\", totp_seed = \"{SEED_BASE32}\" }}\nrequest = {{ url = \"https://a.example/login\", body = \"u=made-up&p=pw-made-up&c={otp}\" }}\n"
        )
    };
    world.write("a.toml", &dialect("287082"));
    let shown = world.run(&["dialect", "test", "./a.toml"]).succeeds().stdout;
    assert!(shown.contains("c=***") && !shown.contains("287082") && !shown.contains("pw-made-up"), "{shown}");
    world.write("a.toml", &dialect("287083"));
    world.run(&["dialect", "test", "./a.toml"]).exits(3);
    // In an address it is a secret like any other.
    world.write(
        "a.toml",
        &dialect("287082").replace("a.example/login\", form", "a.example/{{ totp }}\", form"),
    );
    world.run(&["dialect", "check", "./a.toml"]).exits(3).says("`totp` is a secret");
}
