//! Habits of container images: a root that nobody can write, a user whom nobody knows, no /proc, no kernel keyring, and
//! whatever else a bare image lacks. Each works, or says in one line what to set.
//!
//! No runtime of containers is needed: namespaces make what it makes. `real/containers.rs` has a real one.

use std::cell::RefCell;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::sequence::wait_for;
use crate::stand_in::{Options, StandIn, Tls, Vendor};
use crate::world::{Ended, On, World, variable};

/// A root with what the two programs need and nothing else.
struct Image<'a> {
    world: &'a World,
    root: PathBuf,
    secret: String,
}

/// How it is run.
#[derive(Clone, Copy)]
struct Habit<'a> {
    /// Commands of a shell, in the root, before that becomes read-only.
    mounts: &'a str,
    environment: &'a [(&'a str, &'a str)],
    /// With what error the kernel's keyring is denied.
    keyring: Option<&'a str>,
    /// Commands of a shell that becomes it.
    before: &'a str,
}

/// A volume for its state, and nothing that could be left out.
const PLAIN: Habit<'static> = Habit { mounts: VOLUME, environment: STATE, keyring: None, before: "" };
const VOLUME: &str = "mount --bind ../volume state";
const STATE: &[(&str, &str)] = &[("TOKCLI_STATE_DIR", "/state/tokcli")];

/// What a program is linked with, and its loader.
fn libraries(program: &str) -> Vec<PathBuf> {
    let listed = Command::new("ldd").arg(program).output().expect("ldd runs");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let paths = listed.split_ascii_whitespace().filter(|word| word.starts_with('/'));
    paths.map(PathBuf::from).filter(|path| path.exists()).collect()
}

const PROGRAMS: [&str; 2] = [env!("CARGO_BIN_EXE_tokcli"), env!("CARGO_BIN_EXE_tokcli-engine")];

impl<'a> Image<'a> {
    fn of(world: &'a World, vendor: &StandIn) -> Image<'a> {
        let root = world.path().join("root");
        for directory in ["bin", "conf", "dev/shm", "state", "home"] {
            fs::create_dir_all(root.join(directory)).expect("made");
        }
        fs::create_dir(world.path().join("volume")).expect("made");
        for file in ["bin/tokcli", "bin/tokcli-engine", "dev/null"] {
            fs::write(root.join(file), "").expect("written");
        }
        for library in PROGRAMS.iter().flat_map(|program| libraries(program)) {
            let place = root.join(library.strip_prefix("/").expect("absolute"));
            fs::create_dir_all(place.parent().expect("one")).expect("made");
            fs::copy(&library, place).expect("copied");
        }
        fs::copy(world.path().join("profiles.toml"), root.join("conf/profiles.toml")).expect("copied");
        Image { world, root, secret: vendor.client_secret().to_owned() }
    }

    /// As its first process, and as a user that no file names.
    fn command(&self, habit: Habit<'_>, words: &[&str]) -> Command {
        let Habit { mounts, before, .. } = habit;
        let script = format!(
            "set -e\ncd root\nmount --bind . .\ncd \"$PWD\"\n\
             mount --bind {tokcli} bin/tokcli\nmount --bind {engine} bin/tokcli-engine\nmount --bind /dev/null dev/null\n\
             {mounts}\nmount -o remount,bind,ro .\n{before}\n\
             exec unshare --user --map-user=54321 --map-group=54321 --root=\"$PWD\" --wd=/ /bin/tokcli \"$@\"",
            tokcli = PROGRAMS[0],
            engine = PROGRAMS[1],
        );
        let inside = ["unshare", "-rm", "--pid", "--fork", "sh", "-c", &script, "sh"];
        let denied = habit.keyring.map(|error| format!("inject=keyctl,add_key,request_key:error={error}"));
        let strace = denied.as_ref().map(|denied| {
            vec![
                "strace",
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=keyctl,add_key,request_key",
                "-e",
                denied,
            ]
        });
        let all = [strace.as_deref().unwrap_or_default(), &inside, words].concat();
        let mut command = self.world.command_of(all[0], &all[1..]);
        command.env_clear().env("PATH", env!("PATH")).env("TOKCLI_CONFIG", "/conf/profiles.toml");
        command.env(variable("fbox"), &self.secret).envs(habit.environment.iter().copied());
        command
    }

    fn run_with(&self, habit: Habit<'_>, words: &[&str], input: &str) -> Ended {
        self.world.end(self.command(habit, words), words, input)
    }

    fn run(&self, habit: Habit<'_>, words: &[&str]) -> Ended {
        self.run_with(habit, words, "")
    }
}

fn world(vendor: &StandIn) -> World {
    let mut world = World::on(On::File);
    world.profile(vendor);
    world
}

/// All that a job of an image does, in this order.
#[track_caller]
fn works(image: &Image<'_>, vendor: &StandIn, habit: Habit<'_>) {
    let sent = vendor.requests().len();
    // Of whom standard input is closed has nothing to import.
    let open = Habit { before: "", ..habit };
    image.run_with(open, &["import", "--replace"], &vendor.login().refresh_token).succeeds();
    let first = image.run(habit, &["token"]).succeeds().keeps_stderr_empty();
    assert!(vendor.accepts(first.stdout.trim()));
    image.run(habit, &["token"]).succeeds().prints(&first.stdout);
    let next = image.run(habit, &["refresh"]).succeeds().keeps_stderr_empty();
    assert!(vendor.accepts(next.stdout.trim()) && next.stdout != first.stdout);
    image.run(habit, &["status"]).succeeds().keeps_stderr_empty();
    image.run(habit, &["status", "--check"]).succeeds().keeps_stderr_empty();
    image.run(habit, &["exec", "--", "/bin/tokcli", "--version"]).succeeds().keeps_stderr_empty();
    image.run(habit, &["refresh", "--all", "-q"]).succeeds().keeps_stderr_empty();
    assert_eq!(vendor.requests().len() - sent, 3);
}

#[test]
fn each_habit_of_images_works() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = world(&vendor);
    let image = Image::of(&world, &vendor);
    let state = |name: &'static str, value: &'static str| [STATE[0], (name, value)];
    let of_shm = [("TOKCLI_STATE_DIR", "/dev/shm/tokcli")];
    let habits: [(&str, Habit<'_>); 17] = [
        ("a root that nobody can write, no passwd, no /proc, no tty, as the first process", PLAIN),
        (
            "/proc",
            Habit { mounts: "mkdir -p proc; mount -t proc proc proc; mount --bind ../volume state", ..PLAIN },
        ),
        ("a keyring of the kernel that seccomp denies", Habit { keyring: Some("EPERM"), ..PLAIN }),
        ("a kernel without one", Habit { keyring: Some("ENOSYS"), ..PLAIN }),
        (
            "/dev/shm",
            Habit {
                mounts: "mount -t tmpfs -o mode=1777 none dev/shm; mount --bind ../volume dev/shm",
                environment: &of_shm,
                ..PLAIN
            },
        ),
        (
            "a volume that is mounted noexec",
            Habit {
                mounts: "mount --bind ../volume state; mount -o remount,bind,noexec,nosuid,nodev state",
                ..PLAIN
            },
        ),
        (
            "a volume of everybody",
            Habit { mounts: "chmod 1777 ../volume; mount --bind ../volume state", ..PLAIN },
        ),
        ("umask 000", Habit { before: "umask 000", ..PLAIN }),
        ("umask 002", Habit { before: "umask 002", ..PLAIN }),
        ("umask 077", Habit { before: "umask 077", ..PLAIN }),
        ("no standard input", Habit { before: "exec <&-", ..PLAIN }),
        ("HOME is the root", Habit { environment: &state("HOME", "/"), ..PLAIN }),
        ("HOME is nowhere", Habit { environment: &state("HOME", "/nowhere"), ..PLAIN }),
        ("HOME cannot be written", Habit { environment: &state("HOME", "/home"), ..PLAIN }),
        ("TMPDIR is nowhere", Habit { environment: &state("TMPDIR", "/nowhere"), ..PLAIN }),
        ("XDG_RUNTIME_DIR is nowhere", Habit { environment: &state("XDG_RUNTIME_DIR", "/nowhere"), ..PLAIN }),
        ("the locale C", Habit { environment: &state("LC_ALL", "C"), ..PLAIN }),
    ];
    for (what, habit) in habits {
        println!("{what}");
        works(&image, &vendor, habit);
    }
    // No file of it is open to others, whatever the mask was.
    let mut files = Vec::new();
    crate::world::walk(&world.path().join("volume/tokcli"), &mut files);
    assert!(!files.is_empty());
    for file in files {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&file).expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", file.display());
    }
}

/// A bare image, a user from nowhere, and everything denied that can be.
#[test]
fn all_habits_at_once_work() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = world(&vendor);
    let image = Image::of(&world, &vendor);
    let environment = [
        ("TOKCLI_STATE_DIR", "/dev/shm/tokcli"),
        ("HOME", "/"),
        ("TMPDIR", "/nowhere"),
        ("LC_ALL", "C"),
        ("XDG_RUNTIME_DIR", "/run/user/54321"),
    ];
    for (keyring, mask) in [("EPERM", "000"), ("ENOSYS", "077")] {
        let before = format!("umask {mask}; exec <&-");
        works(
            &image,
            &vendor,
            Habit {
                mounts: "mount --bind ../volume dev/shm; mount -o remount,bind,noexec,nosuid,nodev dev/shm",
                environment: &environment,
                keyring: Some(keyring),
                before: &before,
            },
        );
    }
}

#[test]
fn what_is_lacking_is_said_in_one_line_with_what_to_set() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = world(&vendor);
    world.add("[profiles.ring]\ndialect = \"oauth2\"\ntoken_url = \"https://127.0.0.1:9/t\"\nclient_id = \"c\"\nclient_auth = \"none\"");
    world.add("[profiles.far]\ndialect = \"oauth2\"\nstore = \"file\"\ntoken_url = \"https://127.0.0.1:9/t\"\nclient_id = \"c\"\nclient_auth = \"none\"");
    let image = Image::of(&world, &vendor);
    let import = |habit: Habit<'_>, profile: &str, code: i32, error: &str, hint: &str| {
        let ended = image.run_with(habit, &["import", "-p", profile], "rt-canary-0").exits(code).says(error);
        let lines: Vec<&str> = ended.stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert!(
            lines[0].starts_with("tokcli: error: ")
                && lines[1].starts_with("hint: ")
                && lines[1].contains(hint),
            "{lines:#?}"
        );
    };
    let set = "set `TOKCLI_STATE_DIR` to a directory that this user can write";
    let at = |place: &'static str| [("TOKCLI_STATE_DIR", place)];
    let none = Habit { environment: &[], ..PLAIN };
    import(
        none,
        "fbox",
        3,
        "this user has no home directory",
        "set `TOKCLI_STATE_DIR` to a private directory",
    );
    let homed = Habit { environment: &[("HOME", "/state")], ..PLAIN };
    import(
        homed,
        "fbox",
        3,
        "this user has no home directory",
        "set `TOKCLI_STATE_DIR` to a private directory",
    );
    import(
        Habit { environment: &at("/nowhere/tokcli"), ..PLAIN },
        "fbox",
        6,
        "cannot make /nowhere/tokcli: read-only file system",
        set,
    );
    import(
        Habit { environment: &at("/home"), ..PLAIN },
        "fbox",
        6,
        "cannot make /home/journal: read-only file system",
        set,
    );
    let foreign = Habit { mounts: "mount -t tmpfs -o mode=555 none state", ..PLAIN };
    import(foreign, "fbox", 6, "cannot make /state/tokcli: permission denied", set);
    import(PLAIN, "ring", 6, "there is no D-Bus session", "`store = \"file\"` in the profile");
    let no_file = Habit { environment: &[STATE[0], ("TOKCLI_CONFIG", "/conf/none.toml")], ..PLAIN };
    import(no_file, "fbox", 3, "there is no /conf/none.toml", "config add NAME");
    let unset = Habit { environment: &[STATE[0], ("TOKCLI_CONFIG", "")], ..PLAIN };
    import(unset, "fbox", 3, "there is no configuration directory", "`--config FILE`");
    // Nobody's certificate is trusted where there is no list of whom to trust.
    image.run_with(PLAIN, &["import", "-p", "far"], "rt-canary-0").succeeds();
    let ended =
        image.run(PLAIN, &["token", "-p", "far"]).exits(3).says("trusted certificates cannot be loaded");
    assert_eq!(ended.stderr.lines().filter(|line| line.starts_with("hint: ")).count(), 1);
    ended.says("(`ca-certificates`), or name one in `SSL_CERT_FILE`");
    // A state that was written once, and cannot be any more.
    let shut = "mount --bind ../volume state; mount -o remount,bind,ro state";
    image
        .run(Habit { mounts: shut, ..PLAIN }, &["refresh", "-p", "far"])
        .exits(6)
        .says("read-only file system")
        .says(set);
}

/// A certificate that the profile names is enough.
#[test]
fn without_any_bundle_the_profile_says_whom_to_trust() {
    for by_pin in [false, true] {
        let vendor =
            StandIn::start_with(Vendor::Fbox, Options { tls: Tls::NamedForLoopback, ..Options::default() });
        let mut world = world(&vendor);
        let pin = format!("tls = {{ pin_sha256 = \"{}\" }}", vendor.fingerprint());
        if !by_pin {
            world.change(&pin, "tls = { ca_file = \"ca.pem\" }");
        }
        let image = Image::of(&world, &vendor);
        fs::write(image.root.join("conf/ca.pem"), vendor.certificate_pem()).expect("written");
        works(&image, &vendor, PLAIN);
    }
}

/// The process that is the first one inside, as it is known outside.
fn first_of(unshare: u32) -> Option<i32> {
    let children = fs::read_to_string(format!("/proc/{unshare}/task/{unshare}/children")).ok()?;
    let child = children.split_ascii_whitespace().next()?;
    let name = fs::read_to_string(format!("/proc/{child}/comm")).ok()?;
    (name.trim() == "tokcli-engine").then(|| child.parse().expect("a number"))
}

/// Signals it when it has sent, or what it sent has `arrived`.
#[track_caller]
fn ended_by(
    image: &Image<'_>,
    words: &[&str],
    signal: Signal,
    arrived: impl Fn() -> bool,
    meanwhile: impl FnOnce(),
) {
    let begun = Instant::now();
    let mut command = image.command(PLAIN, words);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("unshare runs");
    wait_for(|| arrived() && first_of(child.id()).is_some());
    kill(Pid::from_raw(first_of(child.id()).expect("it runs")), signal).expect("ours");
    meanwhile();
    let ended = Ended::of("refresh", child.wait_with_output().expect("it ends"), begun);
    ended.exits(128 + signal as i32);
}

/// The kernel keeps from it whatever it does not handle.
#[test]
fn the_first_process_of_a_container_ends_by_a_signal_as_others_do() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = world(&vendor);
    let mute = TcpListener::bind("127.0.0.1:0").expect("a port");
    mute.set_nonblocking(true).expect("set");
    let address = mute.local_addr().expect("bound");
    world.add(&format!("[profiles.mute]\ndialect = \"oauth2-client-credentials\"\nstore = \"file\"\ntoken_url = \"http://{address}/t\"\nclient_id = \"c\"\nclient_secret = {{ env = \"{}\" }}", variable("fbox")));
    let image = Image::of(&world, &vendor);
    // Nothing is lost by it: at once, though nobody ever answers.
    let held = RefCell::new(Vec::new());
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let arrived = || {
            mute.accept().is_ok_and(|(stream, _)| {
                held.borrow_mut().push(stream);
                true
            }) || held.borrow().len() > usize::from(signal == Signal::SIGINT)
        };
        ended_by(&image, &["refresh", "-p", "mute"], signal, arrived, || {});
    }
    // The answer is on its way: it is stored first.
    image.run_with(PLAIN, &["import", "-p", "fbox"], &vendor.login().refresh_token).succeeds();
    let latch = vendor.hold(1);
    let arrived = || vendor.requests().len() == 1;
    ended_by(&image, &["refresh", "-p", "fbox"], Signal::SIGTERM, arrived, || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        latch.open();
    });
    let token = image.run(PLAIN, &["token", "-p", "fbox"]).succeeds();
    assert!(vendor.accepts(token.stdout.trim()));
    assert_eq!(vendor.requests().len(), 1, "what came was kept");
}
