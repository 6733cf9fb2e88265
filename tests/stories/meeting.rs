//! What a person meets: waits that speak, hints that can be followed, lists that can be read.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use crate::secret_service::signal;
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
            let (seconds, rest) = rest.split_once(" s at the most").expect("seconds");
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
