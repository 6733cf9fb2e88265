//! systemd, which connects to a socket and reads to the end (systemd.exec(5), `LoadCredential=`).

use std::fs;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, bind, connect, socket};

use super::{Told, another, scene};
use crate::stand_in::StandIn;
use crate::world::World;

/// A socket as a unit with `Accept=yes` has it.
struct Unit<'a> {
    world: &'a World,
    listener: UnixListener,
    path: PathBuf,
}

impl<'a> Unit<'a> {
    fn listen(world: &'a World, mode: u32) -> Unit<'a> {
        let path = world.path().join("tokcli.sock");
        let _ = fs::remove_file(&path);
        let listener = UnixListener::bind(&path).expect("a socket");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("mode");
        Unit { world, listener, path }
    }

    /// Who connects gets a process of its own. What it was told, and how that ended.
    fn asks(&self, client: UnixStream, words: &[&str]) -> (String, Told) {
        let told = serve(self.world, &self.listener, words);
        (read(client), told)
    }
}

fn serve(world: &World, listener: &UnixListener, words: &[&str]) -> Told {
    let (connection, _) = listener.accept().expect("somebody connects");
    let mut command = world.command(&[&["helper", "systemd"], words].concat());
    command.stdin(Stdio::from(OwnedFd::from(connection)));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let told = Told::of(command.output().expect("tokcli runs"));
    assert_eq!(told.stdout, "", "it is the journal's");
    told
}

fn read(mut client: UnixStream) -> String {
    let mut text = String::new();
    client.read_to_string(&mut text).expect("to the end");
    text
}

/// As the manager connects, for a credential of a unit.
fn manager(path: &Path, name: &str) -> UnixStream {
    let client =
        socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).expect("a socket");
    let own = UnixAddr::new_abstract(name.as_bytes()).expect("a name");
    bind(std::os::fd::AsRawFd::as_raw_fd(&client), &own).expect("bound");
    let there = UnixAddr::new(path).expect("a path");
    connect(std::os::fd::AsRawFd::as_raw_fd(&client), &there).expect("it listens");
    client.into()
}

/// Each time by another name, of which the machine has one each.
fn named(path: &Path, credential: &str) -> UnixStream {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let random = format!("{:x}{:08x}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    manager(path, &format!("{random}/unit/app.service/{credential}"))
}

fn token(vendor: &StandIn) -> String {
    vendor.current().access_token
}

#[test]
fn a_unit_gets_the_token_of_the_profile_that_its_credential_names() {
    let (vendor, mut world) = scene();
    another(&mut world, "other");
    let unit = Unit::listen(&world, 0o600);
    for _ in 0..2 {
        let (got, told) = unit.asks(named(&unit.path, "fbox"), &[]);
        assert_eq!((told.code, &*told.stderr), (Some(0), ""), "{told:?}");
        assert_eq!(got, token(&vendor), "and nothing else");
    }
    assert_eq!(vendor.requests().len(), 1);
    for credential in ["other", "nobody"] {
        let (got, told) = unit.asks(named(&unit.path, credential), &[]);
        assert!(got.is_empty() && matches!(told.code, Some(3 | 4)), "{credential}: {told:?}");
    }
    // A name on the line wins, and is needed where two may be meant and nothing tells.
    let (got, _) = unit.asks(named(&unit.path, "other"), &["-p", "fbox"]);
    assert_eq!(got, token(&vendor));
    let plain = || UnixStream::connect(&unit.path).expect("it listens");
    assert_eq!(unit.asks(plain(), &["-p", "fbox"]).0, token(&vendor));
    let (got, told) = unit.asks(plain(), &[]);
    assert!(got.is_empty() && told.code == Some(3), "{told:?}");
    // What is kept for the next `token` is not what a credential asked for.
    assert_eq!(world.run(&["token"]).code, Some(3));
}

#[test]
fn a_socket_that_others_may_use_gives_nothing() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    for mode in [0o660, 0o606, 0o666, 0o640] {
        let unit = Unit::listen(&world, mode);
        let (got, told) = unit.asks(named(&unit.path, "fbox"), &[]);
        assert!(got.is_empty() && told.code == Some(3), "{told:?}");
        assert!(told.stderr.contains(&format!("(mode {mode:04o})\nhint: set `SocketMode=0600`")), "{told:?}");
    }
    if crate::shim::is_root() {
        let unit = Unit::listen(&world, 0o600);
        std::os::unix::fs::chown(&unit.path, Some(12_345), None).expect("root may");
        let (got, told) = unit.asks(named(&unit.path, "fbox"), &[]);
        assert!(got.is_empty() && told.stderr.contains("belongs to another user (uid 12345)"), "{told:?}");
    }
    assert_eq!(vendor.requests().len(), 0);
}

/// Needs a second user; without root there is none.
#[test]
fn another_user_gets_nothing() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    if !crate::shim::is_root() {
        return;
    }
    // One without a file, so that nothing but the peer's user is in the way.
    let name = format!("tokcli-story-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("a name");
    let listener = UnixListener::bind_addr(&address).expect("a socket");
    let script = "use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die; connect($s, pack_sockaddr_un(\"\\0$ARGV[0]\")) or die; print <$s>; print 'end'";
    let mut client = Command::new("setpriv");
    client.args(["--reuid=12345", "--regid=12345", "--clear-groups", "perl", "-e", script, &name]);
    let client = client.stdout(Stdio::piped()).spawn().expect("perl is there");
    let told = serve(&world, &listener, &["-p", "fbox"]);
    assert_eq!(told.code, Some(3), "{told:?}");
    assert!(told.stderr.contains("another user (uid 12345) is asking; no token"), "{told:?}");
    let output = client.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "end");
    assert_eq!(vendor.requests().len(), 0);
}

#[test]
fn what_is_no_connection_gets_nothing() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    let run = |input: Stdio| {
        let mut command = world.command(&["helper", "systemd"]);
        let output = command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).output();
        let told = Told::of(output.expect("tokcli runs"));
        assert_eq!((told.code, &*told.stdout), (Some(3), ""), "{told:?}");
        assert!(told.stderr.contains("standard input is not a connection"), "{told:?}");
    };
    run(Stdio::null());
    run(Stdio::piped());
    // A socket that listens, as without `Accept=yes`.
    run(Stdio::from(OwnedFd::from(Unit::listen(&world, 0o600).listener)));
}

#[test]
fn the_units_are_right_by_systemds_own_word() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    let usual = Path::new(env!("CARGO_BIN_EXE_tokcli"));
    check_units(&world, usual);
    // In such a path systemd takes `%` for its own, and `$` as it stands.
    let odd = world.path().join("a$b c%d");
    fs::create_dir(&odd).expect("made");
    for name in ["tokcli", "tokcli-engine"] {
        fs::copy(usual.with_file_name(name), odd.join(name)).expect("copied");
    }
    fs::remove_dir_all(world.path().join(".config/systemd")).expect("removed");
    check_units(&world, &odd.join("tokcli"));
}

fn check_units(world: &World, program: &Path) {
    let program = program.to_str().expect("UTF-8");
    let install = world.command_of(program, &["helper", "install", "systemd", "--write"]).output();
    assert!(install.expect("tokcli runs").status.success(), "{program}");
    let units = world.path().join(".config/systemd/user");
    let app = "[Service]\nLoadCredential=fbox:%t/tokcli-token.sock\nExecStart=/bin/cat %d/fbox\n";
    fs::write(units.join("app.service"), app).expect("written");
    let mut all = Vec::new();
    for name in ["tokcli-token.socket", "tokcli-token@.service", "app.service"] {
        assert!(units.join(name).exists(), "{name}");
        all.push(units.join(name).to_str().expect("UTF-8").to_owned());
    }
    let mut verify = world.command_of("systemd-analyze", &["--user", "verify"]);
    verify.args(&all).env("XDG_RUNTIME_DIR", world.path());
    let output = verify.output().expect("systemd is installed (`make test` installs it)");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
}
