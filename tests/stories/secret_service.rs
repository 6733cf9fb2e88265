//! A real Secret Service: gnome-keyring on a session bus of its own. The bus can
//! start nothing by itself, so a daemon that was killed stays dead until it is
//! started again, over the same files and at the same address.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>ADDRESS</listen><servicedir>SERVICES</servicedir>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"#;
/// Only one that never comes is waited for to the end.
const PATIENCE: Duration = Duration::from_secs(120);
const PASSWORD: &[u8] = b"password";
const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";

pub struct SecretService {
    home: TempDir,
    bus: Child,
    daemon: Child,
}

impl SecretService {
    pub fn start() -> SecretService {
        let home = make_home();
        let bus = start_bus(home.path());
        let daemon = start_daemon(home.path(), &[]);
        let mut service = SecretService { home, bus, daemon };
        service.wait_until_ready();
        service
    }

    /// What a program needs to find it.
    pub fn environment(&self) -> Vec<(String, String)> {
        vec![("DBUS_SESSION_BUS_ADDRESS".into(), address(self.home.path()))]
    }

    pub fn lock(&self) {
        let call = self.call("org.freedesktop.Secret.Service.Lock", &[&format!("['{COLLECTION}']")]);
        assert!(call.status.success(), "the keyring locks: {}", String::from_utf8_lossy(&call.stderr));
    }

    /// By a daemon that takes over, as at the next login.
    pub fn unlock(&mut self) {
        let next = start_daemon(self.home.path(), &["--replace"]);
        self.daemon.wait().expect("the old one makes way");
        self.daemon = next;
        self.wait_until_ready();
    }

    pub fn kill_daemon(&mut self) {
        end(&mut self.daemon);
    }

    /// The daemon notices, and ends.
    pub fn kill_bus(&mut self) {
        end(&mut self.bus);
    }

    pub fn delete_collection(&self) {
        let object = ["-d", "org.freedesktop.secrets", "-o", COLLECTION];
        let deleted = self.gdbus(&object, "org.freedesktop.Secret.Collection.Delete", &[]);
        assert!(deleted.status.success(), "{}", String::from_utf8_lossy(&deleted.stderr));
    }

    /// Items are made in this collection from now on: in `session` they end with that.
    pub fn make_default(&self, collection: &str) {
        let path = format!("/org/freedesktop/secrets/collection/{collection}");
        let set = self.call("org.freedesktop.Secret.Service.SetAlias", &["default", &path]);
        assert!(set.status.success(), "{}", String::from_utf8_lossy(&set.stderr));
    }

    /// Another collection, locked, that holds what this one holds now.
    pub fn copy_into_a_locked_collection(&mut self) {
        end(&mut self.daemon);
        let keyrings = self.files().join("keyrings");
        fs::copy(keyrings.join("login.keyring"), keyrings.join("other.keyring")).expect("copied");
        self.restart();
    }

    /// Over the same files and at the same address.
    pub fn restart(&mut self) {
        end(&mut self.daemon);
        end(&mut self.bus);
        // Or the bus starts that one, if it is asked before ours is there.
        let _ = fs::remove_file(self.home.path().join("services/org.freedesktop.secrets.service"));
        self.bus = start_bus(self.home.path());
        self.daemon = start_daemon(self.home.path(), &[]);
        self.wait_until_ready();
    }

    /// From now on the bus starts a daemon for whoever asks, one that finds no keyring.
    pub fn offer_a_fresh_daemon(&self) {
        let fresh = self.home.path().join("fresh");
        fs::DirBuilder::new().mode(0o700).create(&fresh).expect("mkdir");
        let daemon = "gnome-keyring-daemon --foreground --components=secrets";
        let there = format!("HOME={0} XDG_RUNTIME_DIR={0} XDG_DATA_HOME={0}", fresh.display());
        self.offer("org.freedesktop.secrets", &format!("env {there} {daemon}"));
    }

    /// From now on the bus starts this program for whoever wants to talk to `name`.
    pub fn offer(&self, name: &str, program: &str) {
        let service = format!("[D-BUS Service]\nName={name}\nExec=/usr/bin/{program}\n");
        let file = self.home.path().join("services").join(format!("{name}.service"));
        fs::write(file, service).expect("written");
        let bus = ["-d", "org.freedesktop.DBus", "-o", "/org/freedesktop/DBus"];
        assert!(self.gdbus(&bus, "org.freedesktop.DBus.ReloadConfig", &[]).status.success());
    }

    /// The daemon can write no file, as on a full disk, or can again.
    pub fn disk_full(&self, full: bool) {
        let limit = if full { "--fsize=0:" } else { "--fsize=unlimited:" };
        let limited = Command::new("prlimit").args(["--pid", &self.daemon.id().to_string(), limit]).status();
        assert!(limited.expect("prlimit runs").success());
    }

    /// Stopped, it neither answers nor goes away.
    pub fn stop_daemon(&self) {
        signal(self.daemon.id(), "STOP");
    }

    pub fn continue_daemon(&self) {
        signal(self.daemon.id(), "CONT");
    }

    pub fn stop_bus(&self) {
        signal(self.bus.id(), "STOP");
    }

    /// What its clients ask of it while `work` runs, as often as they do, by the methods' names.
    pub fn count_calls(&self, work: impl FnOnce()) -> BTreeMap<String, usize> {
        let mut command = self.command("dbus-monitor");
        command.args(["--session", "--profile", "type=method_call,destination=org.freedesktop.secrets"]);
        let mut monitor = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
        let (lines, seen) = mpsc::channel();
        let from = BufReader::new(monitor.stdout.take().expect("piped"));
        let reader = std::thread::spawn(move || {
            from.lines().map_while(Result::ok).for_each(|line| lines.send(line).expect("somebody counts"));
        });
        // A call of ours is seen when it watches, and another when it has seen all before it.
        let mark = |name: &str| {
            let until = Instant::now() + Duration::from_secs(20);
            let mut before = Vec::new();
            loop {
                self.call("org.freedesktop.Secret.Service.ReadAlias", &[name]);
                while let Ok(line) = seen.recv_timeout(Duration::from_millis(100)) {
                    if line.ends_with("\tReadAlias") {
                        return before;
                    }
                    before.push(line);
                }
                assert!(Instant::now() < until, "dbus-monitor watches");
            }
        };
        mark("begin");
        work();
        let between = mark("end");
        end(&mut monitor);
        reader.join().expect("it ends");
        let mut counts = BTreeMap::new();
        for method in between.iter().filter_map(|line| line.rsplit('\t').next()) {
            *counts.entry(method.to_owned()).or_default() += 1;
        }
        counts
    }

    /// `secret-tool lookup service tokcli username ACCOUNT`
    pub fn lookup(&self, account: &str) -> Output {
        self.secret_tool(&["lookup", "service", "tokcli", "username", account], "")
    }

    /// Puts something else into the item of `account`.
    pub fn overwrite(&self, account: &str, secret: impl AsRef<[u8]>) {
        let item = ["store", "--label=x", "service", "tokcli", "username", account];
        assert!(self.secret_tool(&item, secret).status.success());
    }

    /// A second item with exactly the same attributes.
    pub fn duplicate(&self, account: &str, secret: impl AsRef<[u8]>) {
        let item = ["store", "--label=x", "service", "tokcli", "username", account, "extra", "1"];
        assert!(self.secret_tool(&item, secret).status.success());
        let attributes = format!("{{'service': 'tokcli', 'username': '{account}'}}");
        self.set_attributes("{'extra': '1'}", &attributes);
    }

    /// The item of `account` is from now on that of another program.
    pub fn give_away(&self, account: &str, secret: impl AsRef<[u8]>) {
        self.set_attributes(&format!("{{'username': '{account}'}}"), "{'of': 'another'}");
        assert!(self.secret_tool(&["store", "--label=x", "of", "another"], secret).status.success());
    }

    /// Of the one item that has those of `wanted`.
    fn set_attributes(&self, wanted: &str, attributes: &str) {
        let found = self.call("org.freedesktop.Secret.Service.SearchItems", &[wanted]);
        let found = String::from_utf8_lossy(&found.stdout).into_owned();
        let path = found.split('\'').find(|part| part.starts_with('/')).expect("a path");
        let set = ["org.freedesktop.Secret.Item", "Attributes", &format!("<{attributes}>")];
        let object = ["-d", "org.freedesktop.secrets", "-o", path];
        assert!(self.gdbus(&object, "org.freedesktop.DBus.Properties.Set", &set).status.success());
    }

    /// What all items of exactly this account hold, in the keyring's order.
    pub fn lookup_all(&self, account: &str) -> String {
        let found = self.secret_tool(&["search", "--all", "service", "tokcli", "username", account], "");
        String::from_utf8_lossy(&found.stdout).into_owned()
    }

    pub fn secret_tool(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
        let mut child = self
            .command("secret-tool")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("secret-tool runs");
        child.stdin.take().expect("piped").write_all(input.as_ref()).expect("it reads");
        child.wait_with_output().expect("it ends")
    }

    /// The keyring as it is on the disk.
    pub fn keyring_file(&self) -> Vec<u8> {
        fs::read(self.files().join("keyrings/login.keyring")).expect("read")
    }

    pub fn files(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn call(&self, method: &str, arguments: &[&str]) -> Output {
        let service = ["-d", "org.freedesktop.secrets", "-o", "/org/freedesktop/secrets"];
        self.gdbus(&service, method, arguments)
    }

    fn gdbus(&self, object: &[&str], method: &str, arguments: &[&str]) -> Output {
        let mut command = self.command("gdbus");
        command.args(["call", "--session"]).args(object).args(["-m", method]);
        command.args(arguments).output().expect("gdbus runs")
    }

    /// What the daemon and those before it complained of.
    fn last_words(&self) -> String {
        fs::read_to_string(self.home.path().join("complaints")).unwrap_or_default()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        environment(&mut command, self.home.path());
        command
    }

    fn wait_until_ready(&mut self) {
        let until = Instant::now() + PATIENCE;
        loop {
            let read = self.call("org.freedesktop.Secret.Service.ReadAlias", &["default"]);
            if String::from_utf8_lossy(&read.stdout).contains(COLLECTION) {
                return;
            }
            if let Some(status) = self.daemon.try_wait().expect("it is ours") {
                tell(&format!("gnome-keyring ended by itself: {status}. {}", self.last_words()));
                self.daemon = start_daemon(self.home.path(), &[]);
            }
            assert!(
                Instant::now() < until,
                "the keyring is not ready: {}",
                String::from_utf8_lossy(&read.stderr)
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for SecretService {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let ended = self.daemon.try_wait();
            tell(&format!("gnome-keyring: {ended:?}. {}", self.last_words()));
        }
        end(&mut self.daemon);
        end(&mut self.bus);
    }
}

/// Captured, it stands beside what failed.
#[allow(clippy::disallowed_macros, reason = "the programs' own way of printing is none for tests")]
fn tell(words: &str) {
    eprintln!("{words}");
}

/// A directory with what a bus of its own needs.
pub fn make_home() -> TempDir {
    let home = tempfile::tempdir().expect("a directory for the keyring");
    for directory in ["run", "data", "services"] {
        fs::DirBuilder::new().mode(0o700).create(home.path().join(directory)).expect("mkdir");
    }
    let bus = BUS
        .replace("ADDRESS", &address(home.path()))
        .replace("SERVICES", &home.path().join("services").display().to_string());
    fs::write(home.path().join("bus.conf"), bus).expect("bus.conf");
    home
}

pub fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

pub fn address(home: &Path) -> String {
    format!("unix:path={}", home.join("bus").display())
}

pub fn start_bus(home: &Path) -> Child {
    let mut command = Command::new("dbus-daemon");
    environment(&mut command, home);
    command
        .arg(format!("--config-file={}", home.join("bus.conf").display()))
        .args(["--nofork", "--print-address=1"]);
    let mut bus = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("dbus-daemon is installed (`make test` installs it)");
    // It says its address when it listens.
    BufReader::new(bus.stdout.take().expect("piped")).read_line(&mut String::new()).expect("a line");
    bus
}

fn start_daemon(home: &Path, more: &[&str]) -> Child {
    let mut command = Command::new("env");
    environment(&mut command, home);
    // A limit on the size of its files is to be an error, and no death. On one processor, because its two threads race for who
    // hears first of a new client, and if the wrong one does it aborts (`gkd_secret_service_get_pkcs11_session: assertion 'client' failed`).
    command.args(["--ignore-signal=XFSZ", "taskset", "--cpu-list", &processor(), "gnome-keyring-daemon"]);
    command.args(["--foreground", "--unlock", "--components=secrets"]).args(more);
    let complaints = fs::File::options().create(true).append(true).open(home.join("complaints"));
    let mut daemon = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(complaints.expect("opened"))
        .spawn()
        .expect("gnome-keyring is installed (`make test` installs it)");
    // One that ends before it has read its password is started again by whoever waits for it.
    let _ = daemon.stdin.take().expect("piped").write_all(PASSWORD);
    daemon
}

/// Each of those that we may use in turn.
fn processor() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or("0");
    let number = |text: &str| text.trim().parse::<usize>().unwrap_or(0);
    let all: Vec<usize> = list
        .split(',')
        .flat_map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            number(first)..=number(last)
        })
        .collect();
    all[NEXT.fetch_add(1, Ordering::Relaxed) % all.len()].to_string()
}

pub fn environment(command: &mut Command, home: &Path) {
    command.env_clear().env("PATH", env!("PATH")).env("HOME", home);
    command.env("XDG_RUNTIME_DIR", home.join("run")).env("XDG_DATA_HOME", home.join("data"));
    command.env("DBUS_SESSION_BUS_ADDRESS", address(home));
}

pub fn signal(pid: u32, name: &str) {
    let sent =
        Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().expect("kill runs");
    assert!(sent.success());
}
