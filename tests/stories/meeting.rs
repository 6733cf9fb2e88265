//! What a person meets: waits that speak, hints that can be followed, lists that can be read.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use crate::secret_service::{SecretService, signal};
use crate::sequence::wait_for;
use crate::stand_in::{Fault, StandIn, Vendor};
use crate::world::{On, World};

/// Takes every signal as its default says, whoever started the tests.
fn spawn(world: &World, arguments: &[&str]) -> Child {
    let tokcli = ["--default-signal", env!("CARGO_BIN_EXE_tokcli")];
    let mut command = world.command_of("env", &[&tokcli, arguments].concat());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("env runs (coreutils)")
}

/// Gives what was said when it holds `words`; the rest comes later.
fn hear(child: &mut Child, words: &str) -> String {
    let mut said = Vec::new();
    let stderr = child.stderr.as_mut().expect("piped");
    let mut byte = [0];
    while !String::from_utf8_lossy(&said).contains(words) {
        assert_eq!(stderr.read(&mut byte).expect("readable"), 1, "only {:?}", String::from_utf8_lossy(&said));
        said.push(byte[0]);
    }
    String::from_utf8(said).expect("UTF-8")
}

/// What a terminal shows of a line of the shell.
fn on_terminal(world: &World, line: &str) -> Output {
    let line = line.replacen("tokcli", env!("CARGO_BIN_EXE_tokcli"), 1);
    let output = world.command_of("script", &["-qec", &line, "/dev/null"]).stdin(Stdio::null()).output();
    output.expect("script runs (util-linux)")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}

#[test]
fn a_signal_while_the_answer_is_out_is_told_what_is_waited_for_and_takes_effect_after() {
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        for command in [&["refresh"][..], &["refresh", "-q"]] {
            let vendor = StandIn::start(Vendor::Fbox);
            let world = World::with(On::File, &vendor);
            let latch = vendor.hold(1);
            let mut child = spawn(&world, command);
            wait_for(|| vendor.requests().len() == 1);
            signal(child.id(), name);
            let said = hear(&mut child, "\n");
            let (head, rest) = said.split_once(", for ").expect("how long");
            assert_eq!(head, "tokcli: waiting for the vendor's answer", "{said}");
            let (seconds, rest) = rest.split_once(" s at most").expect("seconds");
            assert!((1..=91).contains(&seconds.parse::<u32>().expect("a number")), "{said}");
            assert!(rest.contains("do not kill it (`kill -9`)"), "{said}");
            // A second one is not told again, and ends nothing either.
            signal(child.id(), name);
            latch.open();
            let output = child.wait_with_output().expect("it ends");
            assert_eq!(output.status.signal(), Some(number), "{output:?}");
            assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
            world.run(&["token"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
            assert_eq!(vendor.requests().len(), 1, "SIG{name} lost nothing");
        }
    }
}

#[test]
fn with_json_a_signal_is_awaited_in_silence() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let latch = vendor.hold(1);
    let child = spawn(&world, &["refresh", "--json"]);
    wait_for(|| vendor.requests().len() == 1);
    signal(child.id(), "TERM");
    std::thread::sleep(Duration::from_millis(300));
    latch.open();
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.signal(), text(&output.stderr).as_str()), (Some(15), ""));
}

#[test]
fn an_ignored_signal_is_neither_told_nor_obeyed() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let latch = vendor.hold(1);
    let tokcli = ["-c", "trap '' HUP; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_tokcli"), "refresh"];
    let mut command = world.command_of("sh", &tokcli);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sh runs");
    wait_for(|| vendor.requests().len() == 1);
    signal(child.id(), "HUP");
    std::thread::sleep(Duration::from_millis(300));
    latch.open();
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn with_all_a_signal_is_told_what_is_waited_for() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let latch = vendor.hold(1);
    let mut child = spawn(&world, &["refresh", "--all"]);
    wait_for(|| vendor.requests().len() == 1);
    signal(child.id(), "INT");
    let said = hear(&mut child, "\n");
    assert!(said.starts_with("tokcli: waiting for the vendor's answer, for "), "{said}");
    assert!(said.contains("`kill -9`"), "{said}");
    latch.open();
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.signal(), Some(2), "{output:?}");
    world.run(&["token"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
    assert_eq!(vendor.requests().len(), 1);
}

/// Ends by `signal` within a moment, in silence, though what it waits for never comes.
fn ends_at_once(mut child: Child, name: &str, number: i32) {
    let begun = Instant::now();
    signal(child.id(), name);
    wait_for(|| child.try_wait().expect("it is ours").is_some());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.signal(), Some(number), "{output:?}");
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn what_can_lose_nothing_ends_at_the_first_signal() {
    for (name, number) in [("INT", 2), ("TERM", 15)] {
        // A client that gets its tokens by its own keys.
        let mut world = World::on(On::File);
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = silent.local_addr().expect("bound").port();
        world.set("S", "s3cr3t-canary");
        world.add(&format!("[profiles.own]\ndialect = \"oauth2-client-credentials\"\nstore = \"file\"\ntoken_url = \"http://127.0.0.1:{port}/t\"\nclient_id = \"c\"\nclient_secret = {{ env = \"S\" }}\n"));
        let child = spawn(&world, &["token"]);
        let (mut asked, _) = silent.accept().expect("asked");
        assert!(asked.read(&mut [0; 512]).expect("a request") > 0);
        ends_at_once(child, name, number);
        // Who has it next asks at once.
        let mut next = spawn(&world, &["token"]);
        let (mut asked, _) = silent.accept().expect("asked again");
        assert!(asked.read(&mut [0; 512]).expect("a request") > 0);
        let answer = "{\"access_token\":\"at-canary-1\",\"token_type\":\"Bearer\",\"expires_in\":3600}";
        write!(
            asked,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        )
        .expect("written");
        wait_for(|| next.try_wait().expect("it is ours").is_some());
        assert_eq!(text(&next.wait_with_output().expect("it ends").stdout), "at-canary-1\n");
        // A connection that is never made: the handshake gets no answer.
        world.add(&format!("[profiles.shut]\ndialect = \"fbox\"\nstore = \"file\"\nbase_url = \"https://127.0.0.1:{port}\"\nclient_id = \"c\"\nclient_secret = {{ env = \"S\" }}\n"));
        world.run_with(&["import", "-p", "shut"], "rt-canary-1").succeeds();
        let child = spawn(&world, &["refresh", "-p", "shut"]);
        let _held = silent.accept().expect("asked");
        std::thread::sleep(Duration::from_millis(100));
        ends_at_once(child, name, number);
    }
}

#[test]
fn whoever_waits_for_another_run_ends_at_the_first_signal() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let latch = vendor.hold(1);
    let first = spawn(&world, &["refresh"]);
    wait_for(|| vendor.requests().len() == 1);
    for command in [&["refresh"][..], &["token"], &["logout"]] {
        let child = spawn(&world, command);
        std::thread::sleep(Duration::from_millis(300));
        ends_at_once(child, "INT", 2);
    }
    latch.open();
    assert!(first.wait_with_output().expect("it ends").status.success());
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn at_a_terminal_a_wait_of_two_seconds_is_told_once() {
    const WORDS: [&str; 3] =
        ["the vendor's answer, for ", "another run of tokcli", "the command that gives a secret"];
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    let told = |line: &str| {
        let output = on_terminal(&world, line);
        let shown = text(&output.stdout);
        WORDS.map(|words| shown.matches(&format!("tokcli: waiting for {words}")).count())
    };
    let slow = || vendor.misbehave(Fault::Delay(Duration::from_millis(4_500)));
    for (line, wanted) in [
        ("tokcli refresh", [1, 0, 0]),
        ("tokcli refresh -q", [0; 3]),
        ("tokcli refresh --json", [0; 3]),
        ("tokcli refresh 2>/dev/null", [0; 3]),
    ] {
        slow();
        assert_eq!(told(line), wanted, "{line}");
    }
    assert_eq!(told("tokcli refresh"), [0; 3], "nothing takes long");
    slow();
    let first = spawn(&world, &["refresh"]);
    wait_for(|| vendor.requests().len() == 6);
    assert_eq!(told("tokcli refresh"), [0, 1, 0]);
    assert!(first.wait_with_output().expect("it ends").stderr.is_empty(), "it has no terminal");
    let secret = format!("{{ command = [\"sh\", \"-c\", \"sleep 3; echo '{}'\"] }}", vendor.client_secret());
    world.change("{ env = \"FBOX_SECRET\" }", &secret);
    let shown = text(&on_terminal(&world, "tokcli refresh").stdout);
    assert_eq!(
        shown.matches("tokcli: waiting for the command that gives a secret, for ").count(),
        1,
        "{shown}"
    );
}

/// A server that gives one answer to whoever asks, for ever.
fn server(status: u16, body: &'static str) -> String {
    let door = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = door.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for mut asked in door.incoming().flatten() {
            // A request comes in one piece, or in two.
            let mut chunk = [0; 8_192];
            let mut came = Vec::new();
            while !is_whole(&came) {
                match asked.read(&mut chunk) {
                    Ok(count) if count > 0 => came.extend_from_slice(&chunk[..count]),
                    _ => break,
                }
            }
            let head = format!(
                "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = asked.write_all(head.as_bytes());
        }
    });
    format!("http://127.0.0.1:{port}")
}

fn is_whole(request: &[u8]) -> bool {
    let request = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.parse().expect("a number"))
}

/// A profile `work` of a server, with a login.
fn at(origin: &str, more: &str) -> World {
    let mut world = World::on(On::File);
    world.add(&format!(
        "[profiles.work]\ndialect = \"oauth2\"\nstore = \"file\"\ntoken_url = \"{origin}/t\"\nclient_id = \"c\"\n{more}"
    ));
    world.run_with(&["import", "-p", "work"], "rt-canary-1").succeeds();
    world
}

#[test]
fn an_error_that_the_dialect_does_not_name_is_told_by_names_and_never_by_values() {
    let body = r#"{"error":{"code":40125,"message":"canary words","details":[{"reason":"NO"}]},"trace":"x"}"#;
    for (status, exit, what) in [
        (
            400,
            3,
            "the vendor rejected the request (status 400: the answer holds /error/code, /error/message, /error/details, /trace)",
        ),
        (
            403,
            3,
            "the vendor rejected the request (status 403: the answer holds /error/code, /error/message, /error/details, /trace)",
        ),
        (
            401,
            3,
            "the vendor rejected the client (status 401: the answer holds /error/code, /error/message, /error/details, /trace)",
        ),
        (
            429,
            5,
            "the vendor limits how often it is asked (status 429: the answer holds /error/code, /error/message, /error/details, /trace)",
        ),
        (
            500,
            8,
            "the vendor answered with status 500: the answer holds /error/code, /error/message, /error/details, /trace",
        ),
    ] {
        let world = at(&server(status, body), "");
        let ended = world.run(&["refresh"]).exits(exit).says(what);
        assert!(!ended.stderr.contains("canary") && !ended.stderr.contains("40125"), "{}", ended.stderr);
        if status == 400 {
            ended.says("the dialect `oauth2` can name it in `words`, and list it in `refusals`");
        }
    }
    // Followed, the hint gives the vendor's words.
    let mut world = at(&server(400, body), "");
    world.change("dialect = \"oauth2\"", "dialect = \"own\"");
    world.add("[dialects.own]\nextends = \"oauth2\"\nexchanges.refresh.answer.words = [\"/error/code\"]\n");
    world.run(&["refresh"]).exits(3).says("the vendor rejected the request (status 400: 40125)");
}

#[test]
fn an_address_where_nothing_is_leads_to_the_servers_own_words_about_it() {
    for (status, body) in [(404, "{}"), (405, ""), (410, "{\"x\":1}"), (404, "<!doctype html><html></html>")]
    {
        let origin = server(status, body);
        let world = at(&origin, "");
        let ended = world.run(&["refresh"]);
        let hint = format!(
            "hint: compare `token_url` under [profiles.work] with the `token_endpoint` at {origin}/.well-known/openid-configuration, or at {origin}/.well-known/oauth-authorization-server (RFC 8414)"
        );
        assert!(ended.stderr.contains(&hint), "{status} {body}: {}", ended.stderr);
    }
    // A dialect that makes the address of another one.
    let origin = server(404, "{}");
    let mut world = World::on(On::File);
    world.set("S", "s3cr3t-canary");
    world.add(&format!("[profiles.box]\ndialect = \"fbox\"\nstore = \"file\"\nbase_url = \"{origin}\"\nclient_id = \"c\"\nclient_secret = {{ env = \"S\" }}\n"));
    world.run_with(&["import"], "rt-canary-1").succeeds();
    let ended = world.run(&["refresh"]).exits(3).says("check `base_url` under [profiles.box]; `tokcli refresh --profile box --dry-run` shows the whole address");
    assert!(!ended.stderr.contains("well-known"), "{}", ended.stderr);
    let shown = world.run(&["refresh", "--profile", "box", "--dry-run"]).succeeds().stdout;
    assert!(shown.contains(&origin), "{shown}");
}

#[test]
fn within_a_wait_it_is_said_that_nobody_was_asked() {
    for (fault, first, then) in [
        (503, "the vendor is not available now (status 503", "it answered with status 503"),
        (429, "the vendor limits how often it is asked (status 429", "it answered with status 429"),
    ] {
        let vendor = StandIn::start(Vendor::OAuth2);
        let world = World::with(On::File, &vendor);
        vendor.misbehave(Fault::json(fault, "{}"));
        world.run(&["refresh"]).exits(5).says(first);
        let ended = world.run(&["refresh"]).exits(5).says("the vendor is not asked again for ").says(then);
        assert!(!ended.stderr.contains(first), "{}", ended.stderr);
        assert_eq!(vendor.requests().len(), 1);
    }
    // Of a client whose request spends nothing a failure of any kind is waited out.
    let origin = server(500, "");
    let mut world = World::on(On::File);
    world.set("S", "s3cr3t-canary");
    world.add(&format!("[profiles.own]\ndialect = \"oauth2-client-credentials\"\nstore = \"file\"\ntoken_url = \"{origin}/t\"\nclient_id = \"rt-canary-1\"\nclient_secret = {{ env = \"S\" }}\n"));
    world.run(&["token"]).exits(5).says("the vendor answered with status 500");
    let ended = world
        .run(&["token"])
        .exits(5)
        .says("the vendor is not asked again for ")
        .says("; it answered with status 500");
    assert!(!ended.stderr.contains("the vendor answered"), "{}", ended.stderr);
}

#[test]
fn after_a_refused_login_the_token_at_hand_is_printed_with_the_word_that_a_login_is_needed() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::OAuth2);
        let world = World::with(store, &vendor).with_the_cache();
        let token = world.run(&["token"]).succeeds().stdout;
        assert!(world.run(&["token"]).succeeds().stderr.is_empty());
        vendor.expire_login();
        world.run(&["refresh"]).exits(4);
        let requests = vendor.requests().len();
        // Again and again: the copy must not swallow it.
        for _ in 0..3 {
            let ended = world.run(&["token"]).succeeds().prints(&token);
            let words = "tokcli: warning: the vendor refused the refresh token (status 400: invalid_grant";
            assert!(ended.stderr.starts_with(words), "{}", ended.stderr);
            let end =
                ended.stderr.split("; a person must log in again before this access token ends at ").nth(1);
            assert!(end.is_some_and(|end| end.starts_with("20") && end.ends_with("Z\n")), "{}", ended.stderr);
        }
        let object = world.run(&["token", "--json"]).succeeds().object();
        assert!(
            object["warnings"][0].as_str().is_some_and(|words| words.contains("log in again")),
            "{object}"
        );
        world.run(&["token", "--offline"]).succeeds().says("a person must log in again");
        assert_eq!(vendor.requests().len(), requests, "nobody is asked");
        let login = vendor.login();
        world.run_with(&["import"], &login.refresh_token).succeeds();
        assert!(world.run(&["refresh"]).succeeds().stderr.is_empty());
        assert!(world.run(&["token"]).succeeds().stderr.is_empty());
    }
}

#[test]
fn a_renamed_profile_is_told_the_account_that_no_profile_names() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(store, &vendor);
        world.change("[profiles.fbox]", "[profiles.boxes]");
        for command in [&["token"][..], &["refresh"], &["logout"]] {
            world.run(command).exits(4).says("there is no credential `boxes`").says(
                "hint: `account = \"fbox\"` under [profiles.boxes] uses the credential `fbox`, which no profile names; otherwise `tokcli login --profile boxes`",
            );
        }
        let line = world.run(&["refresh", "--all", "--json"]).exits(4).stdout;
        assert!(line.contains("`account = \\\"fbox\\\"`"), "{line}");
        // Another login of the same vendor is in nobody's way; two of this one's leave it open.
        world.change("[profiles.boxes]", "[profiles.boxes]\naccount = \"fbox\"");
        world.run(&["token"]).succeeds();
        world.change("account = \"fbox\"", "account = \"second\"");
        world.run_with(&["import"], &vendor.login().refresh_token).succeeds();
        world.change("account = \"second\"\n", "");
        let ended = world.run(&["token"]).exits(4).says("hint: `tokcli login --profile boxes` gets one");
        assert!(!ended.stderr.contains("account ="), "{}", ended.stderr);
    }
}

#[test]
fn all_that_profiles_lack_is_told_in_one_go_each_at_its_profile() {
    let mut world = World::on(On::File);
    world.add("default_profile = \"one\"\n\n[profiles.one]\ndialect = \"fbox\"\n\n[profiles.two]\nstore = \"file\"\n\n[profiles.three]\ndialect = \"fbox\"\nbase_url = \"http://a.example\"\nclint_id = \"c\"\n\n[profiles.four]\ndialect = \"huawei-isales\"\nbase_url = \"http://a.example\"\nstore = \"fil\"\n");
    let told = world.run(&["config", "check"]).exits(3).stderr;
    for (line, words) in [
        (
            3,
            "`profiles.one`: `base_url`, `client_id` and `client_secret` are missing; the dialect `fbox` needs them",
        ),
        (6, "`profiles.two`: `dialect` is missing"),
        // What is meant by another name is there.
        (9, "`profiles.three.client_secret`: missing; the dialect `fbox` needs it"),
        (11, "`profiles.three.base_url`: `http://` sends secrets in the clear"),
        (12, "`profiles.three.clint_id`: unknown key, did you mean `client_id`?"),
        (17, "`profiles.four.store`: no such store, did you mean `file`?"),
        (16, "`profiles.four.base_url`: `http://` sends secrets in the clear"),
    ] {
        let wanted = format!("profiles.toml:{line}:");
        let found = told.lines().find(|told| told.contains(words));
        assert!(found.is_some_and(|found| found.contains(&wanted)), "{line} {words}: {told}");
    }
    assert_eq!(told.lines().count(), 7, "{told}");
    let error = world.run(&["config", "check", "--json"]).exits(3).error();
    assert!(error["message"].as_str().is_some_and(|words| words.matches("profiles.toml:").count() == 7));
    // A run says of its own profile all that it lacks.
    world.change("[profiles.two]\nstore = \"file\"\n", "");
    world.change("clint_id", "client_id");
    world.run(&["token"]).exits(3).says("`base_url`, `client_id` and `client_secret` are missing");
}

#[test]
fn a_logout_without_a_flag_forgets_and_says_that_the_vendor_was_not_told() {
    for (flag, told) in [(&[][..], true), (&["--local"], false)] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        let ended = world.run(&[&["logout"], flag].concat()).succeeds().says_nothing_on_stdout();
        assert!(ended.stderr.starts_with("tokcli: forgot the credential `fbox`; "), "{}", ended.stderr);
        assert_eq!(ended.stderr.contains("the vendor was not told"), told, "{}", ended.stderr);
        world.run(&["token"]).exits(4).says("there is no credential");
        vendor.expect_unused();
    }
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let world = World::with(On::File, &vendor);
    world.run(&["logout"]).succeeds().says("the vendor was not told, because the dialect `fbox` has no way to revoke it; it stays valid at the vendor until it expires");
    let again = World::with(On::File, &vendor);
    let object = again.run(&["logout", "--json"]).succeeds().keeps_stderr_empty().object();
    assert_eq!(object["outcome"], "logged_out");
    world.run(&["logout"]).exits(4);
}

/// What a person reads in a terminal of so many columns.
fn at_width(world: &World, columns: u16, arguments: &str) -> String {
    let line = format!("stty cols {columns} rows 40; {} {arguments}", env!("CARGO_BIN_EXE_tokcli"));
    let output = world.command_of("script", &["-qec", &line, "/dev/null"]).stdin(Stdio::null()).output();
    text(&output.expect("script runs (util-linux)").stdout)
}

#[test]
fn the_catalogue_is_one_line_each_and_fits_the_terminal() {
    let mut world = World::on(On::File);
    world.set("NO_COLOR", "1");
    world.set("TOKCLI_CONFIG", "");
    let piped = world.run(&["dialect", "list"]).succeeds().stdout;
    let all = piped.lines().count();
    let objects = world.run(&["dialect", "list", "--json"]).succeeds().object();
    assert_eq!(objects["dialects"].as_array().map(Vec::len), Some(all));
    for key in [
        "name",
        "title",
        "renews_with",
        "rotation",
        "documentation",
        "undocumented",
        "from",
        "logins",
        "revocation",
    ] {
        assert!(!objects["dialects"][0][key].is_null() || key == "documentation", "{key}");
    }
    for columns in [80, 120] {
        let shown = at_width(&world, columns, "dialect list");
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), all + 1, "a head, and one line each");
        assert!(lines[0].starts_with("NAME ") && lines[0].ends_with(" LOGIN"), "{}", lines[0]);
        assert_eq!(lines[0].contains(" ROTATION"), columns == 120, "{}", lines[0]);
        let longest = lines.iter().max_by_key(|line| line.chars().count()).expect("some");
        assert!(longest.chars().count() <= usize::from(columns), "{columns}: {longest}");
        let box_line = lines.iter().find(|line| line.starts_with("fbox ")).expect("it is there");
        assert!(box_line.contains("Flexem FBox (FlexManager)"), "{box_line}");
        assert_eq!(box_line.contains(" unknown"), columns == 120, "{box_line}");
    }
    for text in ["not documented", "not checked", "https://"] {
        assert!(!piped.contains(text), "{text}");
    }
    assert!(world.run(&["dialect", "show", "acronis"]).succeeds().stdout.contains("undocumented = "));
}

#[test]
fn the_catalogue_is_searched_by_name_then_title_then_other_names_and_addresses_last() {
    let mut world = World::on(On::File);
    world.set("TOKCLI_CONFIG", "");
    let names = |words: &[&str]| {
        let found = world.run(&[&["dialect", "list"], words].concat()).succeeds().stdout;
        found.lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect::<Vec<_>>()
    };
    let github = names(&["github"]);
    assert_eq!(github[..2], ["github-app-installation", "github-app-user"]);
    assert!(github.iter().position(|name| name == "amadeus").is_none_or(|at| at >= 2), "{github:?}");
    for (words, wanted) in [
        (&["oidc"][..], &["oauth2", "keycloak", "okta", "auth0", "google", "microsoft-entra"][..]),
        (&["OpenID", "Connect"], &["oauth2", "keycloak"]),
        (&["open", "id", "connect"], &["oauth2"]),
        (&["google", "workspace"], &["google", "google-service-account"]),
        (&["g", "suite"], &["google"]),
        (&["gmail"], &["google"]),
        (&["azure"], &["microsoft-entra", "microsoft-entra-client", "veeam-azure"]),
        (&["device", "login"], &["oauth2"]),
        (&["AAD"], &["microsoft-entra"]),
        (&["o365"], &["microsoft-entra", "veeam-m365"]),
        (&["office", "365"], &["microsoft-entra"]),
    ] {
        let found = names(words);
        for name in wanted {
            assert!(found.iter().any(|one| one == name), "{words:?}: {name} is not in {found:?}");
        }
    }
    assert_eq!(names(&["keycloak"])[0], "keycloak");
    // Nothing found is no success, and what is near is named; what was asked for may be a secret.
    let ended = world.run(&["dialect", "list", "nosuchvendor-canary"]).exits(1).says_nothing_on_stdout();
    ended
        .says("no dialect has these words in its name, title, keywords, address or logins")
        .says("hint: `tokcli dialect list` lists all");
    for (slip, near) in [
        ("githb", "`github-app-user`"),
        ("keyclaok", "`keycloak`"),
        ("salesfroce", "`salesforce`"),
        ("mircosoft", "`microsoft-entra`"),
    ] {
        world
            .run(&["dialect", "list", slip])
            .exits(1)
            .says_nothing_on_stdout()
            .says("; similar: ")
            .says(near);
    }
    assert_eq!(
        world.run(&["dialect", "list", "nosuchvendor", "--json"]).exits(1).error()["code"],
        "internal"
    );
}

#[test]
fn a_line_of_a_crontab_runs_in_an_empty_environment() {
    // cron gives HOME, LOGNAME, SHELL and a short PATH, and nothing of the session.
    let run = |world: &World, more: &[&str], command: &[&str]| {
        let tokcli = env!("CARGO_BIN_EXE_tokcli");
        let place = |name: &str, path: std::path::PathBuf| format!("{name}={}", path.display());
        let words = [
            vec!["-i".to_owned(), "PATH=/usr/bin:/bin".into(), place("HOME", world.path().to_owned())],
            vec![
                place("TOKCLI_STATE_DIR", world.state()),
                place("TOKCLI_CONFIG", world.path().join("profiles.toml")),
            ],
            more.iter().map(|word| (*word).to_owned()).collect(),
            vec![tokcli.to_owned()],
            command.iter().map(|word| (*word).to_owned()).collect(),
        ]
        .concat();
        std::process::Command::new("env").args(words).output().expect("env runs (coreutils)")
    };
    let due = ["refresh", "--all", "--due", "-q"];
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(store, &vendor);
        // As the quick start has it: a variable of the shell, which cron does not know.
        let output = run(&world, &[], &["refresh"]);
        let said = text(&output.stderr);
        assert!(!output.status.success(), "{said}");
        if store == On::File {
            assert!(said.contains("environment variable `FBOX_SECRET` is not set"), "{said}");
            assert!(said.contains("hint: cron, timers and services start with their own environment: set `FBOX_SECRET` there, or keep the secret where they find it, as in `{ store = true }`"), "{said}");
        }
        // Followed.
        world.change("{ env = \"FBOX_SECRET\" }", "{ file = \"fbox.secret\" }");
        let bus = world.keyring.as_ref().map(SecretService::environment).unwrap_or_default();
        let bus: Vec<String> = bus
            .into_iter()
            .filter(|(name, _)| name == "DBUS_SESSION_BUS_ADDRESS")
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let bus: Vec<&str> = bus.iter().map(String::as_str).collect();
        assert_eq!(bus.len(), usize::from(store == On::Keyring));
        let output = run(&world, &bus, &due);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        let output = run(&world, &bus, &["token"]);
        assert_eq!(text(&output.stdout), format!("{}\n", vendor.current().access_token), "{output:?}");
    }
}

/// The session's bus stands where libdbus looks for it when `XDG_RUNTIME_DIR` alone is said.
#[test]
fn the_runtime_directory_alone_leads_to_the_keyring() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    let address =
        world.service().environment().into_iter().find(|(name, _)| name == "DBUS_SESSION_BUS_ADDRESS");
    let address = address.expect("a bus").1;
    let socket =
        address.split(',').find_map(|part| part.strip_prefix("unix:path=")).expect("a socket").to_owned();
    let runtime = world.path().join("run");
    std::fs::create_dir(&runtime).expect("made");
    // libdbus believes in no symlink there.
    std::fs::hard_link(socket, runtime.join("bus")).expect("linked");
    let mut command =
        world.command_of("env", &["-u", "DBUS_SESSION_BUS_ADDRESS", env!("CARGO_BIN_EXE_tokcli"), "refresh"]);
    let output = command.env("XDG_RUNTIME_DIR", &runtime).output().expect("env runs (coreutils)");
    assert!(output.status.success(), "{output:?}");
}

/// The lines of the README, as a shell runs them: no token stands in an argument, and git gives it to one host alone.
#[test]
fn the_lines_for_curl_and_git_keep_the_token_where_it_belongs() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let token = world.run(&["token"]).succeeds().stdout.trim().to_owned();
    let shell = |script: &str| {
        let tokcli = std::path::Path::new(env!("CARGO_BIN_EXE_tokcli")).parent().expect("a directory");
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", tokcli.display());
        let mut command = world.command_of("sh", &["-c", script]);
        let output = command.env("PATH", path).output().expect("sh runs");
        (output.status.success(), text(&output.stdout), text(&output.stderr))
    };
    let door = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://127.0.0.1:{}/v1/me", door.local_addr().expect("bound").port());
    let api = std::thread::spawn(move || {
        let (mut asked, _) = door.accept().expect("asked");
        let mut chunk = [0; 4_096];
        let count = asked.read(&mut chunk).expect("a request");
        asked
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nme")
            .expect("written");
        text(&chunk[..count])
    });
    let line = r#"T=$(tokcli token) && printf 'header = "Authorization: Bearer %s"\n' "$T" | curl -sS -K - "#;
    let (good, out, err) = shell(&format!("{line}{url}"));
    assert!(good && out == "me", "{out} {err}");
    assert!(api.join().expect("it lives").contains(&format!("Authorization: Bearer {token}\n")));
    let git = |host: &str| {
        shell(&format!(
            r#"GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.https://git.example/.extraHeader \
            GIT_CONFIG_VALUE_0="Authorization: Bearer $(tokcli token)" git config --get-urlmatch http.extraHeader https://{host}/a.git"#
        ))
    };
    let (good, header, err) = git("git.example");
    assert!(good && header == format!("Authorization: Bearer {token}\n"), "{header} {err}");
    assert!(!git("elsewhere.example").0, "no other host gets it");
}
