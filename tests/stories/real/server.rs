//! A server of another make, started from what `tests/real/install.sh` installed: on loopback, on a port and in a directory of
//! its own. It is over when this is dropped, and dies with the test if that is killed.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command};
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::Value;
use tempfile::TempDir;

use crate::sequence::wait_for;

/// Where it runs.
pub struct Place {
    directory: TempDir,
    pub port: u16,
    /// Of the access tokens, in seconds.
    pub lifetime: u32,
}

impl Place {
    pub fn new(lifetime: u32) -> Place {
        Place { directory: tempfile::tempdir().expect("a directory"), port: free_port(), lifetime }
    }

    /// With the port after its own, which some servers take unasked.
    pub fn with_the_next_port(lifetime: u32) -> Place {
        Place { port: free_ports(2), ..Place::new(lifetime) }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A program, with nothing of the environment of this test but what a server of its own needs.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program).current_dir(self.path());
        command.env_clear().env("PATH", env!("PATH")).env("HOME", self.path()).env("TMPDIR", self.path());
        command.env("PORT", self.port.to_string()).env("LIFETIME", self.lifetime.to_string());
        // The programs lie among our sources.
        command.env("PYTHONPATH", sources()).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    pub fn run(&self, program: &Path, arguments: &[&str]) {
        let output = self.command(program).args(arguments).output().expect("it runs");
        assert!(
            output.status.success(),
            "{}: {}",
            program.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// A program of the servers; without it the test fails.
pub fn installed(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target directory");
    let path = target.join("real").join(name);
    assert!(path.exists(), "{} is not there: `make test-real` installs it", path.display());
    path
}

pub fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real")
}

pub struct Server {
    pub place: Place,
    child: Option<Child>,
}

impl Server {
    pub fn new(place: Place) -> Server {
        Server { place, child: None }
    }

    pub fn start(&mut self, mut command: Command, is_ready: impl Fn(u16) -> bool) {
        let log = self.place.path().join("log");
        let file = File::options().create(true).append(true).open(&log).expect("a log");
        command.stdin(process::Stdio::null()).stdout(file.try_clone().expect("a log")).stderr(file);
        // What it starts in its turn ends with it.
        let mut child = command.process_group(0).spawn().expect("it starts");
        wait_for(|| {
            let ended = child.try_wait().expect("ours");
            assert!(ended.is_none(), "it ended: {}", fs::read_to_string(&log).unwrap_or_default());
            is_ready(self.place.port)
        });
        self.child = Some(child);
    }

    /// For another thread: ends it as `kill -9` does.
    pub fn killer(&self) -> impl FnOnce() + Send + 'static {
        let group = self.child.as_ref().expect("it runs").id();
        move || kill_group(group)
    }

    /// To it and all that it has started.
    pub fn signal(&self, name: &str) {
        let group = self.child.as_ref().expect("it runs").id();
        let sent = Command::new("kill").args([&format!("-{name}"), "--", &format!("-{group}")]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Nobody listens any more when this returns.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        kill_group(child.id());
        child.wait().expect("ours");
        wait_for(|| TcpStream::connect(("127.0.0.1", self.place.port)).is_err());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            kill_group(child.id());
            let _ = child.wait();
        }
    }
}

/// A group that has ended already is as good.
fn kill_group(group: u32) {
    let _ = Command::new("kill").args(["-KILL", "--", &format!("-{group}")]).output().expect("kill runs");
}

pub fn free_port() -> u16 {
    free_ports(1)
}

/// The first of so many in a row. Of those that no outgoing connection is given, or one might hold it while its server is down.
fn free_ports(count: u16) -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Other processes of tests have numbers close to this one's.
    let first = u16::try_from(process::id() * 197 % 9_000).expect("small");
    loop {
        let port = 20_000 + (first + NEXT.fetch_add(count, Ordering::Relaxed)) % 9_000;
        if (port..port + count).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return port;
        }
    }
}

/// What the test itself asks a server: status and body. A server that is down, or has nothing to say in JSON, has status 0
/// or a body of null.
pub fn ask(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
    let mut request =
        format!("{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("\r\n{body}");
    let answer = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    });
    let answer = String::from_utf8_lossy(&answer.unwrap_or_default()).into_owned();
    let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
    (status, body.unwrap_or_default())
}

pub fn ask_json(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
    ask(port, method, path, &[headers, &[("Content-Type", "application/json")]].concat(), &body.to_string())
}

pub fn ask_form(port: u16, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    ask(port, "POST", path, &[("Content-Type", "application/x-www-form-urlencoded")], &body)
}
