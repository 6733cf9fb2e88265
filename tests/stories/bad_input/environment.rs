//! Entries 60 to 70: variables, clocks, the session's bus, and a kernel without locks. Proxies stand in `proxies.rs`.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Stdio;

use super::{STRANGER, mode, opened};
use crate::configuration::GOOD;
use crate::shim::{Shim, is_root};
use crate::stand_in::{Options, StandIn, Tls, Vendor};
use crate::world::{On, World, walk};

#[test]
fn b61_certificates_and_key_logs_of_the_environment() {
    let vendor =
        StandIn::start_with(Vendor::Fbox, Options { tls: Tls::NamedForLoopback, ..Options::default() });
    let mut world = World::on(On::File);
    world.profile(&vendor);
    world.change(&format!("tls = {{ pin_sha256 = \"{}\" }}", vendor.fingerprint()), "");
    world.import(&vendor);
    world.write("ca.pem", &vendor.certificate_pem());
    let root = world.path().to_owned();
    let path = |name: &str| root.join(name).display().to_string();
    let (authorities, absent, log) = (path("ca.pem"), path("absent.pem"), path("keys.log"));
    world.write("openssl.cnf", "openssl_conf = canary\n[[[");
    let conf = path("openssl.cnf");
    world.run(&["refresh"]).exits(3).says("is not trusted");
    world.set("SSL_CERT_FILE", &absent);
    world.run(&["refresh", "-v"]).exits(3).says("`SSL_CERT_FILE`");
    assert_eq!(vendor.requests().len(), 0);
    world.set("SSL_CERT_FILE", &authorities);
    world.set("SSLKEYLOGFILE", &log);
    world.set("OPENSSL_CONF", &conf);
    let said = world.run(&["refresh", "-v"]).succeeds().stderr;
    assert!(
        said.contains("from the environment: `TOKCLI_CONFIG`, `TOKCLI_STATE_DIR`, `SSL_CERT_FILE`; ignored: `SSLKEYLOGFILE`, `OPENSSL_CONF`\n"),
        "{said}"
    );
    assert!(!Path::new(&log).exists(), "no key is logged");
    let (code, trace) = opened(&world, &["refresh"]);
    assert!(code == Some(0) && !trace.contains("openssl.cnf") && !trace.contains("keys.log"), "{trace}");
    world.set("SSL_CERT_FILE", "");
    fs::create_dir(world.path().join("certs")).expect("made");
    world.write("certs/0123abcd.0", &vendor.certificate_pem());
    let directory = path("certs");
    world.set("SSL_CERT_DIR", &directory);
    world.run(&["refresh", "-v"]).succeeds().says("`SSL_CERT_DIR`");
}

#[test]
fn b62_b65_b67_variables_of_other_programs_change_nothing() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    for (name, value) in [
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "full"),
        ("VAULT_ADDR", "http://127.0.0.1:1"),
        ("VAULT_TOKEN", "canary-vault"),
        ("VAULT_SKIP_VERIFY", "1"),
        ("CURL_CA_BUNDLE", "/nowhere"),
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_ENV", "/nowhere"),
    ] {
        world.set(name, value);
    }
    let ended = world.run(&["refresh", "-v"]).succeeds();
    let words = "; ignored: `RUST_LOG`, `VAULT_ADDR`, `VAULT_TOKEN`, `VAULT_SKIP_VERIFY`, `CURL_CA_BUNDLE`\n";
    assert!(ended.stderr.contains(words), "{}", ended.stderr);
    assert!(ended.stderr.lines().all(|line| line.starts_with("tokcli: ")), "{}", ended.stderr);
    world.run(&["refresh"]).succeeds().keeps_stderr_empty();
}

#[test]
fn b63_no_temporary_directory_is_used() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::Keyring);
    world.profile(&vendor);
    let temporary = world.path().join("temporary");
    fs::create_dir(&temporary).expect("made");
    mode(&temporary, 0o777);
    world.set("TMPDIR", &temporary.display().to_string());
    world.import(&vendor);
    let (code, trace) = opened(&world, &["refresh"]);
    assert_eq!(code, Some(0));
    assert!(!trace.contains("temporary"), "{trace}");
}

#[test]
fn b64_a_bus_that_is_none_is_exit_6_in_time_and_runs_nothing() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::on(On::Keyring);
    world.profile(&vendor);
    let spy = world.path().join("spy");
    fs::write(&spy, "#!/bin/sh\ntouch \"$(dirname \"$0\")/ran\"\nexec sleep 1000\n").expect("written");
    mode(&spy, 0o700);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    // Talks, but not D-Bus.
    let odd = std::os::unix::net::UnixListener::bind(world.path().join("odd")).expect("a socket");
    std::thread::spawn(move || {
        for mut client in odd.incoming().flatten() {
            let _ = client.write_all(&[b'x'; 100_000]);
        }
    });
    let mute = std::os::unix::net::UnixListener::bind(world.path().join("mute")).expect("a socket");
    let root = world.path().to_owned();
    let at = |name: &str| root.join(name).display().to_string();
    let rows = [
        (format!("unixexec:path={}", at("spy")), "names a program to run"),
        (format!("unix:path=/nowhere;unixexec:path={}", at("spy")), "names a program to run"),
        // Nobody listens there.
        ("tcp:host=127.0.0.1,port=1".to_owned(), "no D-Bus session"),
        (
            format!("tcp:host=127.0.0.1,port={}", silent.local_addr().expect("address").port()),
            "did not answer",
        ),
        (format!("unix:path={}", at("odd")), ""),
        (format!("unix:path={}", at("mute")), "did not answer"),
        ("unix:path=/nowhere".to_owned(), "no D-Bus session"),
        ("autolaunch:".to_owned(), "no D-Bus session"),
        ("nonsense".to_owned(), "no D-Bus session"),
        ("unix:path=%".to_owned(), "no D-Bus session"),
        ("\u{7f}\u{1b}]0;x".to_owned(), "no D-Bus session"),
        (";".repeat(100_000), "no D-Bus session"),
        (String::new(), "no D-Bus session"),
    ];
    for (address, words) in rows {
        world.set("DBUS_SESSION_BUS_ADDRESS", &address);
        world.set("XDG_RUNTIME_DIR", "/run/user/54321");
        world.set("DISPLAY", ":99");
        world.run_with(&["import"], "rt-canary").exits(6).says(words).keeps_to(3.0);
    }
    drop(mute);
    assert!(!world.path().join("ran").exists(), "an address starts no program");
    let mut files = Vec::new();
    walk(&world.state().join("journal"), &mut files);
    assert!(files.is_empty(), "nothing was written: {files:?}");
}

#[test]
fn b64_a_bus_of_another_user_is_not_asked() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::on(On::Keyring);
    world.profile(&vendor);
    world.set("DBUS_SESSION_BUS_ADDRESS", "");
    let runtime = world.path().join("runtime");
    fs::create_dir(&runtime).expect("made");
    let bus = std::os::unix::net::UnixListener::bind(runtime.join("bus")).expect("a socket");
    bus.set_nonblocking(true).expect("set");
    world.set("XDG_RUNTIME_DIR", &runtime.display().to_string());
    let asked = || bus.accept().is_ok();
    world.run(&["token"]).exits(6);
    assert!(asked(), "our own is");
    if is_root() {
        chown(runtime.join("bus"), Some(STRANGER), None).expect("root may");
        world.run(&["token"]).exits(6).says("no D-Bus session");
        assert!(!asked());
    }
}

#[test]
fn b66_terminals_languages_and_time_zones() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    let plain = world.run(&["refresh", "--json"]).succeeds().object()["expires_at"].clone();
    let (error, status) =
        (world.run(&["token", "-p", "FBOX"]).exits(3).stderr, world.run(&["status"]).succeeds().stdout);
    for (name, value) in [
        ("TERM", "dumb"),
        ("NO_COLOR", "1"),
        ("LANG", "C"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("LC_ALL", "../../etc/passwd"),
        ("LANGUAGE", "tr"),
        ("TZ", "Nowhere/Nothing"),
        ("TZ", ":/etc/passwd"),
        ("TZ", "XXX-99:99:99"),
        ("TZ", "right/UTC"),
        ("TZ", "America/St_Johns"),
    ] {
        world.set(name, value);
        assert_eq!(
            world.run(&["token", "--json"]).succeeds().object()["expires_at"],
            plain,
            "{name}={value}"
        );
        assert_eq!(world.run(&["status"]).succeeds().stdout, status, "{name}={value}");
        assert_eq!(world.run(&["token", "-p", "FBOX"]).exits(3).stderr, error, "{name}={value}");
    }
}

#[test]
fn b66_colours_only_where_they_are_wanted() {
    let mut world = World::on(On::File);
    world.write("profiles.toml", GOOD);
    for (term, no_color, flag, terminal, colored) in [
        ("xterm", "", "auto", true, true),
        ("", "", "auto", true, true),
        ("xterm", "", "auto", false, false),
        ("xterm", "1", "auto", true, false),
        ("dumb", "", "auto", true, false),
        ("xterm", "", "never", true, false),
        ("dumb", "1", "always", true, true),
        ("dumb", "1", "always", false, true),
    ] {
        world.set("TERM", term);
        world.set("NO_COLOR", no_color);
        let arguments = ["token", "-p", "x", "--color", flag];
        let shown = if terminal {
            let line = format!("{} {}", env!("CARGO_BIN_EXE_tokcli"), arguments.join(" "));
            let output =
                world.command_of("script", &["-qefc", &line, "/dev/null"]).stdin(Stdio::null()).output();
            let output = output.expect("script runs");
            assert_eq!(output.status.code(), Some(3), "{output:?}");
            String::from_utf8(output.stdout).expect("UTF-8")
        } else {
            world.run(&arguments).exits(3).stderr
        };
        assert!(shown.contains("no such profile"), "{shown}");
        assert_eq!(shown.contains('\u{1b}'), colored, "{term} {no_color} {flag} {terminal}: {shown}");
    }
}

#[test]
fn f56_b66_clocks_that_are_wrong() {
    let at = |seconds: i64| {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(On::File, &vendor);
        let shim = Shim::build(&world);
        shim.at(&mut world, seconds);
        world.run(&["refresh"]).succeeds();
        let object = world.run(&["token", "--json"]).succeeds().object();
        let left = object["expires_at_unix"].as_i64().expect("a number") - seconds;
        assert!((3_000..100_000).contains(&left), "{object}");
        world.run(&["status"]).succeeds();
        // The clock is set right (or wrong) while the token lives: this boot's own clock counts its age.
        world.set("SHIM_CLOCK", "1800000000");
        world.run(&["token"]).succeeds();
        assert_eq!(vendor.requests().len(), 1, "no clock makes a storm of requests");
        world.run(&["refresh"]).succeeds();
        world.run_with(&["import", "--replace"], &vendor.login().refresh_token).succeeds();
        world.run(&["token"]).succeeds();
    };
    for seconds in [0, 1, 1_000, 2_147_483_648, 4_294_967_296, 4_300_000_000, 16_000_000_000] {
        at(seconds);
    }
}

#[test]
fn b66_a_leap_second_is_a_time() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let answer = vendor.login().answer.to_string();
    for (time, exit) in [
        ("2016-12-31T23:59:60Z", 0),
        ("2016-12-31T23:59:61Z", 3),
        ("2016-02-30T00:00:00Z", 3),
        ("1969-12-31T23:59:59Z", 3),
        ("-1", 3),
        ("0", 0),
        ("99999999999999999999", 3),
        ("9223372036854775807", 3),
        ("", 3),
    ] {
        let arguments = ["import", "--replace", "--answer", &format!("--obtained-at={time}")];
        let ended = world.run_with(&arguments, &answer);
        assert!(ended.code == Some(exit) || (time.is_empty() && ended.code == Some(2)), "{time}: {ended:#?}");
    }
    assert_eq!(vendor.requests().len(), 0);
}

#[test]
fn f31_b70_without_locks_nothing_is_sent() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    for error in ["ENOSYS", "ENOLCK", "EOPNOTSUPP", "EPERM", "EINVAL"] {
        for command in
            [&["token"][..], &["refresh"], &["logout", "--local"], &["rebind", "--yes"], &["recover"]]
        {
            let output = world.run_injected(&format!("flock:error={error}"), command);
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(6), "{error} {command:?}: {words}");
            assert!(
                words.contains("cannot lock") && output.stdout.is_empty(),
                "{error} {command:?}: {words}"
            );
        }
    }
    assert_eq!(vendor.requests().len(), 0);
    world.run(&["token"]).succeeds();
    // Nobody needs a lock to look.
    let output = world.run_injected("flock:error=ENOSYS", &["token"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), vendor.current().access_token);
}

#[test]
fn b70_a_lock_that_is_interrupted_is_asked_for_again() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let output = world.run_injected("flock:error=EAGAIN:when=1..3", &["refresh"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(vendor.requests().len(), 1);
}
