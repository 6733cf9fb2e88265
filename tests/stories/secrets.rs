//! Secrets are read as their programs mean it, are checked for dirt, and come out by no way again.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;
use std::thread;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use httpmock::prelude::*;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::stand_in::{Fault, StandIn, Vendor};
use crate::world::{Ended, On, World};

/// A profile whose client secret is what `source` gives, at a vendor that wants `secret`.
fn world(secret: &str, source: &str) -> (World, StandIn) {
    let options = crate::stand_in::Options { client_secret: secret.to_owned(), ..Default::default() };
    let vendor = StandIn::start_with(Vendor::OAuth2, options);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    world.import(&vendor);
    world.change("{ command = [\"cat\", \"oauth2.secret\"] }", source);
    (world, vendor)
}

fn of_shell(script: &str) -> String {
    format!("{{ command = [\"sh\", \"-c\", {}] }}", toml::Value::from(script))
}

/// What it left behind is ended, so that the next story finds none.
fn end(world: &World, name: &str) {
    let pid = fs::read_to_string(world.path().join(name)).expect("it was started");
    let _ = world.command_of("kill", &[pid.trim()]).status();
}

#[test]
fn b90_a_command_ends_with_its_exit_whatever_it_leaves_behind() {
    for script in [
        // Holds stdout and stderr.
        "sleep 100 & echo $! >agent; echo canary-1",
        "sleep 100 </dev/null & echo $! >agent; sleep 0.3; echo canary-1",
        "sleep 100 2>&1 & echo $! >agent; printf canary-1; exec >&-; sleep 0.2",
        "sleep 100 >/dev/null & echo $! >agent; echo canary-1",
    ] {
        let (world, _vendor) = world("canary-1", &of_shell(script));
        world.run(&["refresh"]).succeeds().keeps_to(3.0);
        end(&world, "agent");
    }
    let (world, vendor) = world("canary-1", &of_shell("sleep 100 & echo $! >agent; echo canary-1; exit 3"));
    vendor.expect_unused();
    world.run(&["refresh"]).exits(3).says("command `sh` failed (exit status: 3)").keeps_to(3.0);
    end(&world, "agent");
    assert!(vendor.requests().is_empty());
}

#[test]
fn b90_what_a_command_says_is_passed_on_and_with_json_dropped() {
    let (world, _vendor) = world("canary-1", &of_shell("echo touch the key >&2; echo canary-1"));
    world.run(&["refresh"]).succeeds().says("touch the key\n");
    world.run(&["refresh", "--json"]).succeeds().keeps_stderr_empty();
}

#[test]
fn b90_a_command_that_does_not_end_is_ended_with_all_that_it_started() {
    let script = "sleep 300 & echo $! >child; (sleep 301 & echo $! >grandchild; wait) & echo half; wait";
    let (world, vendor) = world("canary-1", &of_shell(script));
    vendor.expect_unused();
    let ended = world
        .run(&["refresh"])
        .exits(3)
        .says("`profiles.oauth2.client_secret`: command `sh` did not end within 30 s");
    assert!(ended.seconds > 29.0);
    for name in ["child", "grandchild"] {
        let pid = fs::read_to_string(world.path().join(name)).expect("it was started");
        // It was killed; on a busy machine its end takes a while.
        crate::sequence::wait_for(|| {
            let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
            stat.is_empty() || stat.contains(") Z ")
        });
    }
    assert!(vendor.requests().is_empty());
}

#[test]
fn b91_a_secret_that_is_too_large_is_refused_and_never_cut() {
    let most = "x".repeat(64 << 10);
    for (length, code) in [(most.len(), 0), (most.len() + 1, 3)] {
        for source in [of_shell("cat big.secret"), "{ file = \"big.secret\" }".to_owned()] {
            let (world, vendor) = world(&most, &source);
            world.write("big.secret", &"x".repeat(length));
            if code != 0 {
                vendor.expect_unused();
            }
            let ended = world.run(&["refresh"]).exits(code);
            assert_eq!(vendor.requests().len(), usize::from(code == 0), "{source}");
            if code != 0 {
                ended.says("`profiles.oauth2.client_secret`: ").says("64 KiB");
            }
        }
    }
    let (world, vendor) = world("canary-1", &of_shell("yes canary"));
    vendor.expect_unused();
    world.run(&["refresh"]).exits(3).says("command `sh` gives more than 64 KiB").keeps_to(3.0);
    // A file that does not say how long it is.
    let (mut world, unused) = self::world("canary-1", "{ env = \"BIG\" }");
    unused.expect_unused();
    world.set("BIG", &"x".repeat((64 << 10) + 1));
    world.run(&["refresh"]).exits(3).says("environment variable `BIG` contains more than 64 KiB");
    assert!(vendor.requests().is_empty());
    for words in [&["import"][..], &["import", "--answer"], &["recover", "--stdin", "-p", "oauth2"]] {
        world.run_with(words, &"x".repeat((256 << 10) + 1)).exits(3).says("larger than 256 KiB");
    }
}

fn utf_16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn b92_marks_of_editors_are_no_part_of_a_secret() {
    for bytes in [b"\xef\xbb\xbfcanary-1\n".to_vec(), utf_16("canary-1\r\n"), b"canary-1\r\n".to_vec()] {
        for source in ["{ file = \"own.secret\" }".to_owned(), of_shell("cat own.secret")] {
            let (world, _vendor) = world("canary-1", &source);
            fs::write(world.path().join("own.secret"), &bytes).expect("written");
            world.run(&["refresh"]).succeeds().keeps_stderr_empty();
        }
    }
    let (mut world, vendor) = world("canary-1", "{ env = \"S\" }");
    world.set("S", "\u{feff}canary-1");
    world.run(&["refresh"]).succeeds().keeps_stderr_empty();
    let token = vendor.login().refresh_token;
    for input in [format!("\u{feff}{token}\r\n").into_bytes(), utf_16(&format!("{token}\r\n"))] {
        fs::write(world.path().join("token.secret"), input).expect("written");
        world.run_after("exec <token.secret", &["import", "--replace"]).succeeds().says("imported");
        // The mark would be another token.
        world.run_with(&["import", "--replace"], &token).succeeds().says("is already this one");
        world.run_with(&["import", "--replace"], "rt-canary-other").succeeds();
    }
    let answer = json!({ "access_token": "at-canary", "refresh_token": "rt-canary-3" }).to_string();
    let (world, vendor) = self::world("canary-1", "{ env = \"S\" }");
    vendor.expect_unused();
    fs::write(world.path().join("answer.secret"), utf_16(&answer)).expect("written");
    world.run_after("exec <answer.secret", &["import", "--replace", "--answer"]).succeeds();
}

#[test]
fn b92_what_is_odd_about_a_secret_is_told_but_not_what_it_is() {
    for (secret, words) in [
        (" canary-1", "begins or ends with a blank"),
        ("canary-1\n", "ends with a second line break"),
        ("canary-1\r\n", "ends with a second line break"),
        ("\"canary-1\"", "is in quotes"),
        ("Bearer canary-1", "has the name of a scheme in front"),
        ("client_secret=canary-1", "has a name in front"),
        ("{\"secret\":\"canary-1\"}", "is a whole JSON object"),
        ("\u{201c}canary-1\u{201d}", "contains a typographic quotation mark"),
        ("canary\u{200b}-1", "contains an invisible character"),
    ] {
        let (mut world, _vendor) = world(secret, "{ env = \"S\" }");
        world.set("S", &format!("{secret}\n"));
        world.run(&["refresh"]).succeeds().says(&format!("warning: `profiles.oauth2.client_secret` {words}"));
        let object = world.run(&["refresh", "--json"]).succeeds().object();
        assert!(object["warnings"].to_string().contains(words), "{object}");
    }
    for (bytes, words) in [
        (&b"canary\x1b[31m\n"[..], "contains a control character"),
        (b"canary\0", "contains NUL"),
        (b"c\0a\0n\0a\0r\0y\0", "contains NUL"),
        (b"canary\xff", "is not UTF-8"),
    ] {
        let (world, vendor) = world("canary-1", "{ file = \"own.secret\" }");
        vendor.expect_unused();
        fs::write(world.path().join("own.secret"), bytes).expect("written");
        world.run(&["refresh"]).exits(3).says("`profiles.oauth2.client_secret`: ").says(words);
        assert!(vendor.requests().is_empty());
    }
}

#[test]
fn b92_an_imported_token_is_one_word_of_the_vendors() {
    let (world, vendor) = world("canary-1", "{ env = \"S\" }");
    vendor.expect_unused();
    for (input, words) in [
        ("\"rt-canary\"", "is in quotes"),
        ("'rt-canary'", "is in quotes"),
        ("\u{201c}rt-canary\u{201d}", "quotes"),
        ("Bearer rt-canary", "the name of a scheme in front"),
        ("refresh_token=rt-canary", "a name in front"),
        ("\"refresh_token\": \"rt-canary\",", "a name in front"),
        ("rt-can\u{200b}ary", "invisible character"),
        ("rt-can\tary", "control character"),
        ("rt-canary\n\n", "line break"),
        ("[{\"refresh_token\":\"rt-canary\"}]", "`--answer`"),
        ("HTTP/1.1 200 OK\n\n{\"refresh_token\":\"rt-canary\"}", "`--answer`"),
    ] {
        world.run_with(&["import", "--replace"], input).exits(3).says(words);
    }
    for (input, words) in [
        (" rt-canary-2", "begins or ends with a blank"),
        ("rt canary", "contains a blank"),
        ("rt-canary-\u{e9}", "not ASCII"),
    ] {
        world
            .run_with(&["import", "--replace"], input)
            .succeeds()
            .says("warning: the refresh token ")
            .says(words);
    }
}

/// A terminal drops what a line cannot hold, and says nothing of it.
#[test]
fn b91_a_typed_token_that_a_terminal_cut_is_refused() {
    let (world, vendor) = world("canary-1", "{ env = \"S\" }");
    vendor.expect_unused();
    let line = format!("{} import --replace", env!("CARGO_BIN_EXE_tokcli"));
    let mut script = world
        .command_of("script", &["-qefc", &line, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script runs (util-linux)");
    let (mut typing, mut screen) =
        (script.stdin.take().expect("piped"), script.stdout.take().expect("piped"));
    let mut shown = Vec::new();
    while !String::from_utf8_lossy(&shown).contains("refresh token: ") {
        let mut byte = [0];
        assert!(screen.read(&mut byte).expect("a screen") == 1, "{}", String::from_utf8_lossy(&shown));
        shown.push(byte[0]);
    }
    typing.write_all(format!("{}\n", "x".repeat(5_000)).as_bytes()).expect("typed");
    screen.read_to_end(&mut shown).expect("the rest");
    assert!(!script.wait().expect("it ends").success());
    assert!(
        String::from_utf8_lossy(&shown).contains("may be cut off"),
        "{}",
        String::from_utf8_lossy(&shown)
    );
}

/// Words made of a request.
type Echo = Box<dyn Fn(&str) -> String + Send>;

/// Answers each request with a refusal whose words are made of it.
fn echo(words: impl Fn(&str) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            let (mut request, mut piece) = (String::new(), [0; 4096]);
            loop {
                let length = stream.read(&mut piece).unwrap_or(0);
                request += &String::from_utf8_lossy(&piece[..length]);
                let Some((head, body)) = request.split_once("\r\n\r\n") else {
                    if length == 0 { break } else { continue }
                };
                let wanted = head.to_lowercase().split("content-length: ").nth(1).map_or(0, |rest| {
                    rest.split("\r\n").next().unwrap_or("0").parse::<usize>().expect("a number")
                });
                if body.len() >= wanted || length == 0 {
                    break;
                }
            }
            let body =
                json!({ "error": "invalid_request", "error_description": words(&request) }).to_string();
            let head = format!(
                "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    origin
}

fn field(request: &str, name: &str) -> String {
    let body = request.split("\r\n\r\n").nth(1).expect("a body");
    let mut pairs = url::form_urlencoded::parse(body.as_bytes());
    pairs.find(|(known, _)| known == name).expect(name).1.into_owned()
}

fn header(request: &str, name: &str) -> String {
    let line = request.lines().find(|line| line.to_lowercase().starts_with(name)).expect(name);
    line.split_once(": ").expect("a header").1.to_owned()
}

#[test]
fn b34_what_a_request_made_of_secrets_is_not_repeated() {
    let signed = |request: &str| field(request, "client_assertion");
    let last =
        |request: &str| field(request, "client_assertion").rsplit('.').next().expect("a part").to_owned();
    let echoes: [(&str, Echo); 6] = [
        ("client_secret_jwt", Box::new(signed)),
        ("client_secret_jwt", Box::new(last)),
        ("client_secret_jwt", Box::new(|request| header(request, "x-sign").to_uppercase())),
        ("client_secret_jwt", Box::new(|request| header(request, "x-sign")[10..40].to_owned())),
        ("client_secret_basic", Box::new(|request| header(request, "authorization"))),
        ("client_secret_basic", Box::new(|request| header(request, "x-sign"))),
    ];
    for (method, words) in echoes {
        let origin = echo(move |request| format!("bad <{}>", words(request)));
        let mut world = World::on(On::File);
        world.set("S", "canary-secret-of-32-characters-0");
        world.add(&format!(
            "[profiles.acme]\ndialect = \"acme\"\nstore = \"file\"\nclient_id = \"app-7\"\nclient_secret = {{ env = \"S\" }}\nclient_auth = \"{method}\"\nbase_url = \"{origin}\"\n[dialects.acme]\nextends = \"oauth2-client-credentials\"\nexchanges.refresh.request.url = \"{{{{ base_url }}}}/token\"\nexchanges.refresh.request.client_auth = [\"client_secret_basic\", \"client_secret_jwt\"]\nexchanges.refresh.request.headers.X-Sign = \"{{{{ now | hmac_sha256(client_secret) | hex }}}}\""
        ));
        world.run(&["token"]).exits(3).says("withheld");
    }
    // What was no secret is still told.
    let origin =
        echo(|request| format!("no client {} at {}", field(request, "client_id"), header(request, "x-date")));
    let mut world = World::on(On::File);
    world.set("S", "canary-secret");
    world.add(&format!(
        "[profiles.acme]\ndialect = \"acme\"\nstore = \"file\"\nclient_id = \"0f8fad5b-d9cb-469f-a165-70867728950e\"\nclient_secret = {{ env = \"S\" }}\nclient_auth = \"client_secret_post\"\nbase_url = \"{origin}\"\n[dialects.acme]\nextends = \"oauth2-client-credentials\"\nexchanges.refresh.request.url = \"{{{{ base_url }}}}/token\"\nexchanges.refresh.request.headers.X-Date = \"{{{{ now }}}}\""
    ));
    world.run(&["token"]).exits(3).says("no client 0f8fad5b-d9cb-469f-a165-70867728950e at 1");
}

#[test]
fn b34_digests_of_a_secret_are_not_repeated() {
    let (mut world, vendor) = world("canary-1", "{ env = \"S\" }");
    world.set("S", "canary-1");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for secret in [vendor.current().refresh_token, "canary-1".to_owned()] {
        let sha256 = Sha256::digest(&secret);
        let colons = sha256.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
        for echo in [
            hex(&sha256),
            hex(&sha256)[..20].to_owned(),
            colons,
            BASE64_STANDARD.encode(sha256),
            hex(secret.as_bytes()),
        ] {
            let body = json!({ "error": "invalid_scope", "error_description": format!("got {echo}") });
            vendor.misbehave(Fault::json(400, &body.to_string()));
            let ended = world.run(&["refresh"]).exits(3).says("withheld");
            assert!(!ended.stderr.contains(&echo), "{echo}");
        }
    }
}

#[test]
fn b93_a_dialect_that_would_show_a_token_is_refused_with_its_line() {
    let mut world = World::on(On::File);
    for (line, words) in [
        ("keep = { raw = \"/data\" }", "`keep.raw` may contain what is at `refresh_token`"),
        ("keep = { raw = \"/data/rt\" }", "`keep.raw`"),
        ("scope = \"/data\"", "`scope` may contain what is at `refresh_token`"),
        ("account = \"/data\"", "`account` may contain what is at `refresh_token`"),
        ("words = [\"/error\", \"/data\"]", "`words.1` may contain what is at `refresh_token`"),
        ("ignore_case = true\nkeep = { raw = \"/DATA\" }", "`keep.raw` may contain"),
        (
            "keep = { c = { header = \"Set-Cookie\" }, s = { cookie = \"s\", secret = true } }",
            "`keep.c` may contain what is at `keep.s`",
        ),
    ] {
        let text = format!(
            "[dialects.acme]\nexchanges.refresh.request = {{ url = \"https://a.example\", form.t = \"{{{{ refresh_token }}}}\" }}\n[dialects.acme.exchanges.refresh.answer]\naccess_token = \"/at\"\nrefresh_token = \"/data/rt\"\n{line}\n"
        );
        world.write("acme.toml", &text);
        world.run(&["dialect", "check", "acme.toml"]).exits(3).says(words).says(if line.contains('\n') {
            "acme.toml:7:"
        } else {
            "acme.toml:6:"
        });
    }
    // As a secret it may be kept, and is printed nowhere.
    let server = MockServer::start();
    server.mock(|when, then| {
        when.method(POST);
        let inner = json!({ "rt": "rt-canary-2", "at": "at-2" }).to_string();
        then.status(200).json_body(json!({ "data": inner }));
    });
    world.add(&format!(
        "[profiles.acme]\ndialect = \"acme\"\nstore = \"file\"\n[dialects.acme]\nexchanges.refresh.request = {{ url = \"{}\", form.t = \"{{{{ refresh_token }}}}\" }}\n[dialects.acme.exchanges.refresh.answer]\naccess_token = \"/data/at\"\nrefresh_token = \"/data/rt\"\nkeep = {{ raw = {{ at = \"/data\", secret = true }} }}\n",
        server.base_url()
    ));
    world.run_with(&["import"], "rt-canary-1").succeeds();
    let object = world.run(&["refresh", "--json"]).succeeds().object();
    assert_eq!(object["access_token"], "at-2");
    assert!(object.get("extra").is_none(), "{object}");
}

/// Nothing that a terminal would obey, and nothing that turns or hides text.
#[track_caller]
fn is_harmless(ended: &Ended) {
    let bad = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    for text in [&ended.stdout, &ended.stderr] {
        assert!(!text.contains(bad), "`{}`: {text:?}", ended.what);
    }
}

const EVIL: &str = "\u{1b}[2Jx\u{9b}31m\u{202e}y\u{2066}\u{7}";

#[test]
fn b94_names_and_texts_command_no_terminal() {
    let mut world = World::on(On::File);
    let escaped = "\\u001B[2Jx\\u009B31m\\u202Ey\\u2066\\u0007\\ntokcli: forged";
    let dialect = format!(
        "[dialects.acme]\ntitle = \"A {escaped}\"\nextends = \"oauth2\"\nundocumented = [\"scope {escaped}\"]\nexchanges.refresh.request.url = \"https://a.example/t\"\n"
    );
    world.write("acme.toml", &dialect);
    world.add("dialect_files = [\"acme.toml\"]");
    world.add("[profiles.acme]\ndialect = \"acme\"\nstore = \"file\"\nclient_id = \"a\"");
    for words in [
        &["dialect", "list"][..],
        &["dialect", "list", "acme"],
        &["dialect", "check", "acme"],
        &["dialect", "test", "acme"],
        &["config", "check"],
        &["status"],
        &["token", "-v"],
        &["refresh", "--dry-run"],
        &["completions", "bash"],
    ] {
        let ended = world.run(words);
        is_harmless(&ended);
        assert!(!ended.stdout.contains("\ntokcli: forged"), "{}", ended.stdout);
    }
    assert!(
        world
            .run(&["dialect", "list"])
            .stdout
            .contains("A \\u{1b}[2Jx\\u{9b}31m\\u{202e}y\\u{2066}\\u{7}\\u{a}tokcli")
    );
    // JSON says what it is.
    let object = world.run(&["dialect", "list", "acme", "--json"]).succeeds().object();
    assert!(object["dialects"][0]["title"].as_str().is_some_and(|title| title.contains(EVIL)));
    // Names of files, whatever is wrong with them.
    let odd = format!("od{EVIL}d");
    world.write(&format!("{odd}.toml"), "[profiles.a]\nx = 1\n");
    fs::create_dir(world.path().join(&odd)).expect("made");
    for words in [
        &["config", "check", "--config", &format!("{odd}.toml")][..],
        &["config", "path", "--config", &format!("{odd}.toml")],
        &["token", "--config", &format!("{odd}.none")],
        &["token", "--config", &odd],
        &["dialect", "check", &format!("{odd}.toml")],
        &["dialect", "show", &odd],
        &["dialect", "new", &odd],
        &["dialect", "new", "a", "--curl", &odd],
        &["token", "-p", &odd],
        &["status", "-p", &odd],
        &[&odd],
    ] {
        is_harmless(&world.run(words));
    }
    world.change(
        "client_id = \"a\"",
        &format!("client_id = \"a\"\nclient_secret = {{ file = \"{}\" }}", "od\\u001B[2Jd\\u202E"),
    );
    world.run_with(&["import"], "rt-canary").succeeds();
    let ended = world.run(&["refresh", "-v"]).exits(3).says("od\\u{1b}[2Jd\\u{202e}");
    is_harmless(&ended);
}

/// `script` gives tokcli a terminal.
#[test]
fn b94_a_source_is_harmless_on_a_terminal_and_says_the_same_in_a_pipe() {
    let mut world = World::on(On::File);
    let dialect = "[dialects.acme]\ntitle = \"\u{202e}turned \u{9b}31m\"\nextends = \"oauth2\"\nexchanges.refresh.request.url = \"https://a.example/t\"\n";
    world.write("acme.toml", dialect);
    world.add("dialect_files = [\"acme.toml\"]");
    // As TOML writes what is not to be seen as it is.
    let written = "title = \"\\u202Eturned \\u009B31m\"\n";
    let piped = world.run(&["dialect", "show", "acme"]).succeeds().stdout;
    assert!(piped.contains(written), "{piped:?}");
    world.write("copy.toml", &piped);
    world.run(&["dialect", "check", "copy.toml"]).succeeds();
    let line = format!("{} dialect show acme", env!("CARGO_BIN_EXE_tokcli"));
    let output = world.command_of("script", &["-qec", &line, "/dev/null"]).stdin(Stdio::null()).output();
    let shown = String::from_utf8_lossy(&output.expect("script runs (util-linux)").stdout).into_owned();
    assert!(shown.contains(written.trim_end()) && !shown.contains('\u{202e}'), "{shown:?}");
}

/// One secret for each place of a request, all of one shape: so that many are pasted in a few runs.
#[test]
fn b95_a_drafted_dialect_shows_nothing_that_was_pasted() {
    let world = World::on(On::File);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("small")
    };
    let alphabets = [
        "bcdfghjkmnpqrstvwxz",
        "BCDFGHJKMNPQRSTVWXZ23456789",
        "23456789",
        "bcdfghjkmnpqrstvwxz23456789BCDFGHJK",
        "0123456789abcdef",
    ];
    let mut pasted = 0;
    for turn in 0..40 {
        let alphabet = alphabets[turn % alphabets.len()].as_bytes();
        let length = [7, 9, 12, 20, 32, 44][turn % 6];
        let mut secrets = Vec::new();
        let mut one = || {
            let secret: String = (0..length).map(|_| char::from(alphabet[next(alphabet.len())])).collect();
            secrets.push(secret.clone());
            secret
        };
        let basic = BASE64_STANDARD.encode(format!("me:{}", one()));
        let curl = format!(
            "curl 'https://api.acme.example/hooks/{}/token?ticket={}&sid={}#frag={}' -X POST \\\n -H 'X-Foo: {}' -H 'X-Bar: a, {}; q={}' -H 'X-Auth: Basic {basic}' -H 'Authorization: Foo {}' -b 'a={}' -H 'Cookie: b={}' -A '{}' -e 'https://a.example/{}' -x 'http://u:{}@proxy:1' \\\n --json '{{\"refreshToken\":\"{}\",\"pswd\":\"{}\",\"mfa\":\"{}\",\"list\":[\"web\",\"{}\",{{\"a\":\"{}\"}}],\"in\":\"{{\\\"b\\\":\\\"{}\\\"}}\",\"form\":\"c={}%26d={}\",\"type\":\"{}\",\"grant_type\":\"{}\",\"device\":\"{}\"}}'",
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
        );
        let answer = json!({ "code": 0, "message": one(), "data": { "accessToken": one(), "refreshToken": one(), "scope": one(), "tokenType": one(), "who": [one()] } });
        world.write("curl.secret", &curl);
        world.write("answer.secret", &answer.to_string());
        let made = world
            .run(&["dialect", "new", "draft", "--curl", "curl.secret", "--answer", "answer.secret"])
            .succeeds();
        world.write("draft.toml", &made.stdout);
        let replayed = world.run(&["dialect", "test", "draft.toml"]).succeeds();
        world.run(&["dialect", "check", "draft.toml"]).succeeds();
        let shown =
            format!("{}{}{}{}", made.stdout, made.stderr, replayed.stdout, replayed.stderr).to_lowercase();
        for secret in &secrets {
            pasted += 1;
            let forms = [secret.to_lowercase(), BASE64_STANDARD.encode(secret).to_lowercase()];
            let letters = secret.to_lowercase();
            let parts = (0..letters.len().saturating_sub(11)).map(|at| letters[at..at + 12].to_owned());
            for form in forms.into_iter().chain(parts) {
                assert!(!shown.contains(&form), "{secret} of\n{curl}\n{answer}\nis in\n{shown}");
            }
        }
        for public in ["https://api.acme.example/hooks/", "/token", "\"web\"", "accesstoken", "refreshtoken"]
        {
            assert!(shown.contains(public), "{public} is not in {shown}");
        }
    }
    assert_eq!(pasted, 1_240, "31 of each turn");
}
