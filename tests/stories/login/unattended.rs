//! Logins that nobody is there for: the token of a CI job, and `relogin`, which logs in where no login lives, once for each
//! death of one.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use super::kills::windows;
use super::scene::{lives, logged_in, server, state, with_a_password, world};
use crate::moments::Traced;
use crate::permits::Permit;
use crate::sequence::wait_for;
use crate::stand_in::{Fault, StandIn};
use crate::sweeps::lies_in;
use crate::world::{On, World};

/// The runner of a CI job: gives an OpenID token to whoever shows the job's token.
struct Runner {
    url: String,
    /// The head of each request.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Runner {
    /// `answer` is all that comes down the wire.
    fn start(answer: String) -> Runner {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/idtoken?version=2", listener.local_addr().expect("bound"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let heads = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = serve(stream, &answer, &heads);
            }
        });
        Runner { url, seen }
    }

    fn giving(token: &str) -> Runner {
        Runner::start(http(200, "", &format!(r#"{{"count":1234,"value":"{token}"}}"#)))
    }

    fn requests(&self) -> Vec<String> {
        self.seen.lock().expect("no panic").clone()
    }

    fn is_here(&self, world: &mut World) {
        world.set("ACTIONS_ID_TOKEN_REQUEST_URL", &self.url);
        world.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner-canary");
    }
}

fn serve(mut stream: TcpStream, answer: &str, heads: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut head = String::new();
    let mut lines = BufReader::new(stream.try_clone()?);
    while lines.read_line(&mut head)? > 2 {}
    heads.lock().expect("no panic").push(head);
    stream.write_all(answer.as_bytes())
}

fn http(status: u16, more: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} x\r\nConnection: close\r\n{more}Content-Length: {}\r\n\r\n{body}", body.len())
}

const SUBJECT: &str = "subject_token = { actions_id_token = \"api://tokens & more\" }";
const EXCHANGE: [&str; 4] = ["login", "--json", "--grant", "token_exchange"];

/// A profile that exchanges the token of its job.
fn job(vendor: &StandIn) -> World {
    let mut world = world(On::File, vendor);
    world.set("CI", "true");
    world.add(SUBJECT);
    world
}

fn spawn(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("tokcli runs")
}

pub(super) fn many(world: &World, command: &str, count: usize) -> Vec<Child> {
    (0..count).map(|_| spawn(world.command(&[command]))).collect()
}

pub(super) fn ended(children: Vec<Child>) -> Vec<Output> {
    children.into_iter().map(|child| child.wait_with_output().expect("it ends")).collect()
}

#[test]
fn a_job_exchanges_the_token_that_its_runner_gives_for_this_login_alone() {
    let vendor = server();
    let mut world = job(&vendor);
    let runner = Runner::giving(&vendor.subject_token());
    runner.is_here(&mut world);
    world.add("params.subject_token_type = \"urn:ietf:params:oauth:token-type:id_token\"\nparams.audience = \"deploy\"");
    logged_in(world.run(&EXCHANGE), &vendor);
    let asked = runner.requests();
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].starts_with("GET /idtoken?version=2&audience=api%3A%2F%2Ftokens+%26+more HTTP/1.1\r\n"),
        "{asked:?}"
    );
    assert!(asked[0].to_lowercase().contains("authorization: bearer runner-canary\r\n"), "{asked:?}");
    let sent = String::from_utf8(vendor.requests()[0].body.clone()).expect("a form");
    let kinds: Vec<_> = sent.split('&').filter(|pair| pair.starts_with("subject_token_type=")).collect();
    assert_eq!(kinds, ["subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aid_token"]);
    assert!(sent.contains("audience=deploy"), "{sent}");
    // What is at hand needs no runner.
    let token = world.run(&["token"]).succeeds();
    assert!(vendor.accepts(token.stdout.trim()) && runner.requests().len() == 1);
    world.assert_nothing_in_the_clear();
}

#[test]
fn a_job_that_may_have_no_token_is_told_what_its_workflow_lacks() {
    let vendor = server();
    let mut world = job(&vendor);
    for (name, lacks) in [
        ("", "ACTIONS_ID_TOKEN_REQUEST_URL"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    ] {
        if !name.is_empty() {
            world.set(name, "https://runner.example/");
        }
        let error = world.run(&EXCHANGE).exits(3).error();
        let (message, hint) =
            (error["message"].as_str().expect("text"), error["hint"].as_str().expect("one"));
        assert!(message.contains("subject_token") && message.contains(lacks), "{message}");
        assert!(hint.contains("`permissions: id-token: write`"), "{hint}");
    }
    world.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner-canary");
    for wrong in
        ["http://runner.example/", "ftp://127.0.0.1/", "https://a:b-canary@runner.example/", "canary"]
    {
        world.set("ACTIONS_ID_TOKEN_REQUEST_URL", wrong);
        world.run(&EXCHANGE).exits(3).says("ACTIONS_ID_TOKEN_REQUEST_URL");
    }
    assert_eq!((vendor.requests().len(), state(&world)), (0, "none".to_owned()));
    vendor.expect_unused();
}

#[test]
fn a_runner_that_gives_no_token_stops_the_login_without_a_word_of_its_answer() {
    let vendor = server();
    let other = Runner::giving("canary");
    let redirect = http(302, &format!("Location: {}\r\n", other.url), "canary");
    for (answer, exit) in [
        (http(403, "", "canary"), 3),
        (redirect, 3),
        (http(200, "", "canary"), 3),
        (http(200, "", r#"{"value":["canary"]}"#), 3),
        (http(429, "Retry-After: 7\r\n", "canary"), 5),
    ] {
        let mut world = job(&vendor);
        Runner::start(answer.clone()).is_here(&mut world);
        let error = world.run(&EXCHANGE).exits(exit).error();
        assert!(error["message"].as_str().expect("text").contains("subject_token"), "{answer}: {error}");
        assert_eq!(state(&world), "none");
    }
    assert!(other.requests().is_empty(), "a redirect is not followed");
    assert_eq!(vendor.requests().len(), 0);
    vendor.expect_unused();
}

#[test]
fn what_fits_several_logins_is_asked_for_by_name() {
    let vendor = server();
    let mut world = job(&vendor);
    Runner::giving(&vendor.subject_token()).is_here(&mut world);
    world.run(&["login"]).exits(3).says("jwt_bearer, token_exchange").says("--grant");
    assert_eq!(vendor.requests().len(), 0);
    world.add("relogin = \"token_exchange\"");
    world.run(&["login"]).succeeds();
    assert!(String::from_utf8_lossy(&vendor.requests()[0].body).contains("token-exchange"));
}

#[test]
fn a_job_that_starts_with_nothing_gets_its_token_by_asking_for_it() {
    let vendor = server();
    let mut world = job(&vendor);
    Runner::giving(&vendor.subject_token()).is_here(&mut world);
    world.add("relogin = \"token_exchange\"");
    world.run(&["token", "--offline"]).exits(4);
    assert_eq!(state(&world), "ready");
    world.run(&["status", "--check"]).succeeds();
    assert_eq!(vendor.requests().len(), 0);
    let token = world.run(&["token"]).succeeds().keeps_stderr_empty();
    assert!(vendor.accepts(token.stdout.trim()));
    world.run(&["token"]).succeeds().prints(&token.stdout);
    assert_eq!(vendor.requests().len(), 1);
    // It came without a refresh token: when it is over, the job asks again by itself.
    vendor.expire_access();
    let next = world.run(&["refresh"]).succeeds();
    assert!(vendor.accepts(next.stdout.trim()) && next.stdout != token.stdout);
    assert_eq!(vendor.requests().len(), 2);
    world.assert_nothing_in_the_clear();
}

/// Logs in by itself with the person's password.
pub(super) fn by_password(store: On, vendor: &StandIn) -> World {
    let mut world = world(store, vendor);
    with_a_password(&mut world, vendor);
    world.add("relogin = true");
    world
}

/// A login that has just ended at the vendor.
fn dead(store: On, vendor: &StandIn) -> World {
    let world = by_password(store, vendor);
    world.import(vendor);
    world.run(&["refresh"]).succeeds();
    vendor.expire_login();
    vendor.expire_access();
    world
}

fn many_begin_at_once(store: On, count: usize) {
    let _alone = Permit::of_a_crowd();
    let vendor = server();
    let world = by_password(store, &vendor);
    let latch = vendor.hold(1);
    let children = many(&world, "token", count);
    wait_for(|| vendor.requests().len() == 1);
    latch.open();
    let outputs = ended(children);
    for output in &outputs {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(outputs.iter().map(|output| &output.stdout).collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(vendor.requests().len(), 1);
    lives(&world, &vendor);
}

#[test]
fn fifty_that_begin_at_once_share_one_login() {
    many_begin_at_once(On::File, 50);
}

#[test]
fn many_that_begin_at_once_on_the_keyring_share_one_login() {
    many_begin_at_once(On::Keyring, 12);
}

#[test]
fn a_login_that_died_is_given_again_by_itself_and_nobody_is_told() {
    for store in [On::File, On::Keyring] {
        let vendor = server();
        let mut world = dead(store, &vendor);
        world.add("on_login_required = { command = [\"touch\", \"told\"] }");
        let before = vendor.requests().len();
        let token = world.run(&["refresh"]).succeeds();
        assert!(vendor.accepts(token.stdout.trim()));
        assert_eq!(vendor.requests().len() - before, 2, "the refresh, and the login");
        assert!(!world.path().join("told").exists());
        lives(&world, &vendor);
    }
}

#[test]
fn a_wrong_password_is_tried_once_for_each_death_whoever_comes() {
    for from_nothing in [true, false] {
        let vendor = server();
        let mut world = if from_nothing { by_password(On::File, &vendor) } else { dead(On::File, &vendor) };
        world.set("LOGIN_PASSWORD", "wrong-canary");
        // The access token at hand would do for `token`.
        let command = if from_nothing { "token" } else { "refresh" };
        for output in ended(many(&world, command, 8)) {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.code() == Some(4) && !said.contains("canary"), "{said}");
        }
        world.run(&[command]).exits(4).says("tokcli login");
        assert_eq!(vendor.wrong_passwords(), 1, "from nothing: {from_nothing}");
        world.run(&["status", "--check"]).exits(4);
        // A person ends that.
        world.set("LOGIN_PASSWORD", &vendor.password());
        world.run(&[command]).exits(4);
        logged_in(world.run(&["login", "--json"]), &vendor);
        lives(&world, &vendor);
        // The next death is another one.
        vendor.expire_login();
        vendor.expire_access();
        let token = world.run(&["refresh"]).succeeds();
        assert!(vendor.accepts(token.stdout.trim()));
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn what_the_vendor_did_not_judge_has_not_been_tried() {
    for from_nothing in [true, false] {
        let vendor = server();
        let world = if from_nothing { by_password(On::File, &vendor) } else { dead(On::File, &vendor) };
        if !from_nothing {
            // The death is noticed first.
            vendor.misbehave(Fault::Answer {
                status: 400,
                headers: Vec::new(),
                body: br#"{"error":"invalid_grant"}"#.to_vec(),
            });
        }
        let unwell = || Fault::Answer {
            status: 503,
            headers: vec![("Retry-After".into(), "1".into())],
            body: b"{}".to_vec(),
        };
        (0..2).for_each(|_| vendor.misbehave(unwell()));
        let before = vendor.requests().len();
        let command = if from_nothing { "token" } else { "refresh" };
        let said = world.run(&[command]);
        assert!(matches!(said.code, Some(4 | 5)), "{said:#?}");
        assert!(vendor.requests().len() > before);
        vendor.behave();
        std::thread::sleep(std::time::Duration::from_millis(2_100));
        let token = world.run(&[command]).succeeds();
        assert!(vendor.accepts(token.stdout.trim()), "from nothing: {from_nothing}");
        lives(&world, &vendor);
    }
}

#[test]
fn a_vendor_that_is_unwell_is_asked_once_by_all_who_wait() {
    let vendor = server();
    let world = by_password(On::File, &vendor);
    let unwell = || Fault::Answer {
        status: 503,
        headers: vec![("Retry-After".into(), "60".into())],
        body: b"{}".to_vec(),
    };
    (0..6).for_each(|_| vendor.misbehave(unwell()));
    for output in ended(many(&world, "token", 6)) {
        assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(vendor.requests().len(), 1);
    vendor.behave();
    // A person need not wait for that.
    logged_in(world.run(&["login", "--json"]), &vendor);
    lives(&world, &vendor);
}

#[test]
fn a_vendor_that_nobody_reaches_has_not_been_tried() {
    let vendor = server();
    let mut world = by_password(On::File, &vendor);
    world.set("HTTPS_PROXY", "http://127.0.0.1:9");
    world.add("proxy = \"http://127.0.0.1:9\"");
    world.change(&vendor.token_url(), "https://vendor.example/token");
    world.run(&["token", "--deadline", "2s"]).exits(5);
    world.change("https://vendor.example/token", &vendor.token_url());
    world.change("proxy = \"http://127.0.0.1:9\"", "");
    let token = world.run(&["token", "--deadline", "20s"]).succeeds();
    assert!(vendor.accepts(token.stdout.trim()));
    assert_eq!(vendor.requests().len(), 1);
}

/// `kill -9` at the calls of a `token` that logs in by itself. Whatever came of it, the password goes out once.
fn killed(from_nothing: bool, nth: usize) {
    let vendor = server();
    let world = by_password(On::File, &vendor);
    let prepare = || {
        world.run(&["logout", "--local"]);
        if !from_nothing {
            world.import(&vendor);
            world.run(&["refresh"]).succeeds();
            vendor.expire_login();
            vendor.expire_access();
        }
    };
    prepare();
    let command = ["refresh"];
    // What is made once and for all is there in every run that counts.
    world.run(&command).succeeds();
    prepare();
    let mut calls = world.calls(&command);
    calls.retain(|call| !["execve", "exit_group", "exit"].contains(&call.name.as_str()));
    let windows = windows(&calls, true);
    let points: BTreeSet<(String, usize)> =
        calls.into_iter().map(|Traced { name, nth, .. }| (name, nth)).collect();
    std::fs::remove_file(world.path().join("calls")).expect("the trace, with what was sent");
    let journals = |name: &str| ["pwrite64", "fdatasync"].contains(&name);
    let chosen = points.iter().enumerate().filter(|(at, (name, _))| at % nth == 0 || journals(name));
    let (mut lost, mut all) = (0, 0);
    for (_, (name, nth)) in chosen {
        prepare();
        let passwords = || {
            let requests = vendor.requests();
            requests.iter().filter(|seen| String::from_utf8_lossy(&seen.body).contains("password=")).count()
        };
        let before = passwords();
        world.run_injected(&format!("{name}:signal=KILL:when={nth}"), &command);
        let next = world.run(&[if from_nothing { "token" } else { "refresh" }]);
        let sent = passwords() - before;
        let at = format!("{name} {nth}: {next:#?}");
        assert!(sent <= 1, "{at}: {sent} logins");
        match next.code {
            Some(0) => assert!(vendor.accepts(next.stdout.trim()), "{at}"),
            // Sent, or about to be, and killed before the answer lay in the journal.
            code => {
                assert!(matches!(code, Some(4 | 8)), "{at}");
                let allowed = windows.iter().any(|window| lies_in(window, name, *nth));
                assert!(allowed, "{at}: lost, although nothing was under way");
                lost += 1;
            }
        }
        all += 1;
        // And without a hand being lent to it.
        world.run(&["login", "--replace", "--json"]).succeeds();
        lives(&world, &vendor);
    }
    eprintln!(
        "kill -9 at each call of a login by itself, from nothing: {from_nothing}: of {all} kills {lost} lost the try"
    );
}

#[test]
fn killed_at_every_eighth_call_of_a_login_by_itself_from_nothing() {
    killed(true, 8);
}

#[test]
fn killed_at_every_eighth_call_of_a_login_by_itself_after_a_death() {
    killed(false, 8);
}
