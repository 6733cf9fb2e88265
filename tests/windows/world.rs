//! A user's little world: a directory with profiles and a state directory of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::stand_in::{Login, StandIn, Vendor};

pub struct World {
    directory: tempfile::TempDir,
    profiles: String,
    environment: Vec<(String, String)>,
    /// In Credential Manager, which all tests share: an account of its own.
    account: String,
    program: PathBuf,
}

#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// It is not Windows in everything.
pub fn is_wine() -> bool {
    std::env::var_os("WINEPREFIX").is_some()
}

impl World {
    pub fn empty() -> World {
        let directory =
            tempfile::Builder::new().prefix("tokcli story ä ü 漢 ").tempdir().expect("a directory");
        let account = directory.path().to_str().and_then(|path| path.rsplit(' ').next()).expect("a name");
        let account = format!("story-{}", account.trim_start_matches('.'));
        let program = env!("CARGO_BIN_EXE_tokcli").into();
        World { directory, profiles: String::new(), environment: Vec::new(), account, program }
    }

    /// It is called by another name from here on.
    pub fn call(&mut self, program: PathBuf) {
        self.program = program;
    }

    /// With a profile for the vendor, and its login.
    pub fn with(store: &str, vendor: &StandIn) -> World {
        let mut world = World::empty();
        let entry = world.entry(vendor, store);
        world.add(&entry);
        world.import(&vendor.login());
        world
    }

    /// A profile whose client secret comes from where that vendor's users might keep it.
    pub fn entry(&mut self, vendor: &StandIn, store: &str) -> String {
        let kind = vendor.vendor().name();
        let mut lines = vec![format!("[profiles.{kind}]\ndialect = \"{kind}\"\nstore = \"{store}\"")];
        lines.push(format!("account = '{}'", self.account));
        lines.push(match vendor.vendor() {
            Vendor::OAuth2 => format!("token_url = \"{}\"", vendor.token_url()),
            _ => format!("base_url = \"{}\"", vendor.origin()),
        });
        if !vendor.client_id().is_empty() {
            lines.push(format!("client_id = \"{}\"", vendor.client_id()));
        }
        if !vendor.client_secret().is_empty() {
            self.set("VENDOR_SECRET", vendor.client_secret());
            // As Notepad leaves it.
            self.write("vendor.secret", format!("\u{feff}{}\r\n", vendor.client_secret()).as_bytes());
            lines.push(match vendor.vendor() {
                Vendor::Babelbird => "client_secret = { file = 'vendor.secret' }".to_owned(),
                Vendor::OAuth2 => {
                    "client_secret = { command = ['cmd', '/c', 'type', 'vendor.secret'] }".to_owned()
                }
                _ => "client_secret = { env = 'VENDOR_SECRET' }".to_owned(),
            });
        }
        if !vendor.fingerprint().is_empty() {
            lines.push(format!("tls = {{ pin_sha256 = \"{}\" }}", vendor.fingerprint()));
        }
        lines.join("\n") + "\n"
    }

    pub fn account(&self) -> &str {
        &self.account
    }

    /// A word of the path of its configuration that no other world has.
    pub fn mark(&self) -> &str {
        self.account.trim_start_matches("story-")
    }

    pub fn config(&self) -> String {
        self.path().join("profiles.toml").display().to_string()
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.into(), value.into()));
    }

    pub fn add(&mut self, toml: &str) {
        let all = format!("{}{toml}", self.profiles);
        self.set_profiles(&all);
    }

    pub fn set_profiles(&mut self, toml: &str) {
        toml.clone_into(&mut self.profiles);
        // A byte order mark and CRLF, as editors there write.
        let text = format!("\u{feff}{}", self.profiles.replace('\n', "\r\n"));
        self.write("profiles.toml", text.as_bytes());
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path().join(name), bytes).expect("written");
    }

    pub fn import(&self, login: &Login) {
        self.run_with(&["import"], login.refresh_token.as_bytes()).succeeds();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.path());
        command.env("TOKCLI_CONFIG", self.path().join("profiles.toml")).env("TOKCLI_STATE_DIR", self.state());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("tokcli runs")
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, b"")
    }

    pub fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ended {
        use std::io::Write as _;
        let mut child = self.spawn(arguments);
        let _ = child.stdin.take().expect("piped").write_all(input);
        Ended::of(child)
    }
}

impl Drop for World {
    /// Credential Manager keeps what is in it.
    fn drop(&mut self) {
        if self.profiles.contains("store = \"keyring\"") {
            let _ = self.run(&["logout", "--local", "--all"]);
        }
    }
}

impl Ended {
    pub fn of(child: Child) -> Ended {
        let output = child.wait_with_output().expect("it ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    #[track_caller]
    pub fn succeeds(self) -> Ended {
        self.exits(0)
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Ended {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Ended {
        assert!(self.stderr.contains(words), "it does not say `{words}`: {self:#?}");
        self
    }

    #[track_caller]
    pub fn prints(self, text: &str) -> Ended {
        assert_eq!(self.stdout, text, "{self:#?}");
        self
    }

    pub fn object(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("an object")
    }
}
