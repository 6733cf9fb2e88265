//! A real Secret Service: gnome-keyring on a session bus of its own. The bus can
//! start nothing by itself, so a daemon that was killed stays dead.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"#;
const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";

pub struct SecretService {
    home: TempDir,
    bus: Child,
    daemon: Child,
    address: String,
}

impl SecretService {
    pub fn start() -> SecretService {
        let home = tempfile::tempdir().expect("a directory for the keyring");
        for directory in ["run", "data"] {
            fs::DirBuilder::new().mode(0o700).create(home.path().join(directory)).expect("mkdir");
        }
        fs::write(home.path().join("bus.conf"), BUS).expect("bus.conf");
        let (bus, address) = start_bus(home.path());
        let daemon = start_daemon(home.path(), &address);
        let service = SecretService { home, bus, daemon, address };
        service.wait_until_ready();
        service
    }

    /// What a program needs to find it.
    pub fn environment(&self) -> Vec<(String, String)> {
        vec![("DBUS_SESSION_BUS_ADDRESS".into(), self.address.clone())]
    }

    pub fn lock(&self) {
        let call = self.call("org.freedesktop.Secret.Service.Lock", &[&format!("['{COLLECTION}']")]);
        assert!(call.status.success(), "the keyring locks: {}", String::from_utf8_lossy(&call.stderr));
    }

    pub fn kill_daemon(&mut self) {
        self.daemon.kill().expect("the daemon is ours");
        self.daemon.wait().expect("it ends");
    }

    /// Stopped, it neither answers nor goes away.
    pub fn stop_daemon(&self) {
        signal(self.daemon.id(), "STOP");
    }

    pub fn stop_bus(&self) {
        signal(self.bus.id(), "STOP");
    }

    /// `secret-tool lookup service tokcli username ACCOUNT`
    pub fn lookup(&self, account: &str) -> Output {
        self.secret_tool(&["lookup", "service", "tokcli", "username", account], "")
    }

    pub fn secret_tool(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command("secret-tool")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("secret-tool runs");
        child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
        child.wait_with_output().expect("it ends")
    }

    pub fn files(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn call(&self, method: &str, arguments: &[&str]) -> Output {
        let mut command = self.command("gdbus");
        command.args([
            "call",
            "--session",
            "-d",
            "org.freedesktop.secrets",
            "-o",
            "/org/freedesktop/secrets",
            "-m",
            method,
        ]);
        command.args(arguments).output().expect("gdbus runs")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        environment(&mut command, self.home.path(), &self.address);
        command
    }

    fn wait_until_ready(&self) {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let read = self.call("org.freedesktop.Secret.Service.ReadAlias", &["default"]);
            if String::from_utf8_lossy(&read.stdout).contains(COLLECTION) {
                return;
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
        for child in [&mut self.daemon, &mut self.bus] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn start_bus(home: &Path) -> (Child, String) {
    let mut command = Command::new("dbus-daemon");
    command
        .arg(format!("--config-file={}", home.join("bus.conf").display()))
        .args(["--nofork", "--print-address=1"]);
    let mut bus = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("dbus-daemon is installed (`make test` installs it)");
    let mut address = String::new();
    BufReader::new(bus.stdout.take().expect("piped"))
        .read_line(&mut address)
        .expect("the bus says its address");
    (bus, address.trim().to_owned())
}

fn start_daemon(home: &Path, address: &str) -> Child {
    let mut command = Command::new("gnome-keyring-daemon");
    environment(&mut command, home, address);
    command.args(["--foreground", "--unlock", "--components=secrets"]);
    let mut daemon = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("gnome-keyring is installed (`make test` installs it)");
    daemon.stdin.take().expect("piped").write_all(b"password").expect("it reads its password");
    daemon
}

fn environment(command: &mut Command, home: &Path, address: &str) {
    command.env_clear().env("PATH", env!("PATH")).env("HOME", home);
    command.env("XDG_RUNTIME_DIR", home.join("run")).env("XDG_DATA_HOME", home.join("data"));
    command.env("DBUS_SESSION_BUS_ADDRESS", address);
}

fn signal(pid: u32, name: &str) {
    let sent =
        Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().expect("kill runs");
    assert!(sent.success());
}
