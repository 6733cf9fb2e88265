//! A world for one story: directories of its own, profiles, and runs of the real
//! binary, each of which is checked for what every run must keep.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::permits::Permit;
use crate::secret_service::SecretService;
use crate::sequence::wait_for;
use crate::stand_in::{Login, StandIn, Vendor};

/// Stands in every secret of every stand-in.
pub const CANARY: &str = "canary";

/// For strace, which must trace `prctl` too: tokcli hides its memory from everybody but root, and with it the texts.
pub const LEGIBLE: &str = "inject=prctl:retval=0";

/// So long a story waits for what must come to pass. Only one that fails waits to the end.
pub const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum On {
    File,
    Keyring,
}

impl On {
    pub fn word(self) -> &'static str {
        match self {
            On::File => "file",
            On::Keyring => "keyring",
        }
    }
}

pub struct World {
    directory: TempDir,
    pub store: On,
    pub keyring: Option<SecretService>,
    profiles: String,
    environment: Vec<(String, String)>,
    cached: bool,
    _keys: KeysOf,
    /// Returned when the daemon has ended.
    _permit: Option<Permit>,
}

/// The copies that runs of a world leave in the kernel's keyring. They would lie there for a day, and a user's room is limited.
struct KeysOf(PathBuf);

impl Drop for KeysOf {
    fn drop(&mut self) {
        let list = fs::read("/proc/keys").unwrap_or_default();
        let (list, mark) = (String::from_utf8_lossy(&list), self.0.display().to_string());
        for key in list.lines().filter(|line| line.contains(" tokcli:") && line.contains(&mark)) {
            let id = format!("0x{}", key.split_whitespace().next().unwrap_or_default());
            // One that has just expired cannot be.
            let _ = Command::new("keyctl").args(["invalidate", &id]).stderr(Stdio::null()).status();
        }
    }
}

impl World {
    pub fn on(store: On) -> World {
        let permit = (store == On::Keyring).then(Permit::of_a_daemon);
        let keyring = (store == On::Keyring).then(SecretService::start);
        let environment = keyring.as_ref().map(SecretService::environment).unwrap_or_default();
        World { keyring, _permit: permit, ..World::in_environment(store, environment) }
    }

    /// With a keyring that the story has started itself.
    pub fn in_environment(store: On, environment: Vec<(String, String)>) -> World {
        let directory = tempfile::tempdir().expect("a directory for the story");
        // Every story must hold either way: so the whole is told once more with `TOKCLI_TEST_CACHE=off`.
        let cached = std::env::var_os("TOKCLI_TEST_CACHE").is_none_or(|word| word != "off");
        let _keys = KeysOf(directory.path().to_owned());
        World {
            directory,
            store,
            keyring: None,
            profiles: String::new(),
            environment,
            cached,
            _keys,
            _permit: None,
        }
    }

    /// For stories in which somebody else changes what the store holds: the cache would not see it.
    pub fn asking_the_store(mut self) -> World {
        self.cached = false;
        self
    }

    /// For stories about the cache itself.
    pub fn with_the_cache(mut self) -> World {
        self.cached = true;
        self
    }

    pub fn is_cached(&self) -> bool {
        self.cached
    }

    /// One vendor, one profile named like it, and its first login imported.
    pub fn with(store: On, vendor: &StandIn) -> World {
        let mut world = World::on(store);
        world.profile(vendor);
        world.import(vendor);
        world
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    /// The bytes of the only journal.
    pub fn journal(&self) -> Vec<u8> {
        let mut files = Vec::new();
        walk(&self.state().join("journal"), &mut files);
        assert_eq!(files.len(), 1);
        fs::read(&files[0]).expect("read")
    }

    /// What the keyring's item of `account` holds.
    pub fn item(&self, account: &str) -> Value {
        serde_json::from_slice(&self.service().lookup(account).stdout).expect("JSON")
    }

    pub fn service(&self) -> &SecretService {
        self.keyring.as_ref().expect("this world is on the keyring")
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    pub fn profile(&mut self, vendor: &StandIn) {
        let entry = entry(vendor, vendor.vendor().name(), self.store);
        self.give_secrets(vendor);
        self.add(&entry);
    }

    /// More lines for profiles.toml.
    pub fn add(&mut self, toml: &str) {
        self.profiles += toml;
        self.profiles += "\n";
        self.write("profiles.toml", &self.profiles.clone());
    }

    pub fn change(&mut self, from: &str, to: &str) {
        assert!(self.profiles.contains(from), "{from} is in profiles.toml");
        self.profiles = self.profiles.replace(from, to);
        self.write("profiles.toml", &self.profiles.clone());
    }

    pub fn write(&self, name: &str, text: &str) {
        let shared = if name == "profiles.toml" { self.shared() } else { String::new() };
        let text = format!("{text}{shared}");
        let path = self.path().join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode");
    }

    /// Every story of the file store must hold on a vault as well: so those of the contract are told once more with
    /// `TOKCLI_TEST_VAULT=PORT`. There each world has a place of its own.
    fn shared(&self) -> String {
        let Ok(port) = std::env::var("TOKCLI_TEST_VAULT") else { return String::new() };
        let place = self.path().file_name().and_then(OsStr::to_str).expect("UTF-8").replace('.', "");
        let address = format!("address = \"http://127.0.0.1:{port}\"\nprefix = \"{place}\"");
        self.write("vault.secret", "root");
        // At the end, where no line of a story moves.
        format!("\n[stores.file]\nkind = \"vault\"\n{address}\ntoken = {{ file = \"vault.secret\" }}\n")
    }

    /// A client secret reaches tokcli by each of the ways there are.
    pub fn give_secrets(&mut self, vendor: &StandIn) {
        let name = vendor.vendor().name();
        self.set(&variable(name), vendor.client_secret());
        self.write(&format!("{name}.secret"), &format!("{}\n", vendor.client_secret()));
    }

    /// What the vendor gave at the login, into the store.
    pub fn import(&self, vendor: &StandIn) -> Login {
        let login = vendor.login();
        let name = vendor.vendor().name();
        let answer = login.answer.to_string();
        let run = if vendor.vendor() == Vendor::HuaweiIsales {
            self.run_with(&["import", "--answer", "-p", name], &answer)
        } else {
            self.run_with(&["import", "-p", name], &format!("{}\n", login.refresh_token))
        };
        run.succeeds().says_nothing_on_stdout();
        login
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, "")
    }

    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        self.end(self.command(arguments), arguments, input)
    }

    /// A shell does `setup` and becomes tokcli: for limits, masks and descriptors.
    pub fn run_after(&self, setup: &str, arguments: &[&str]) -> Ended {
        let script = format!("{setup}\nexec \"$0\" \"$@\"");
        let words = ["-c", &script, env!("CARGO_BIN_EXE_tokcli")];
        self.end(self.command_of("bash", &[&words, arguments].concat()), arguments, "")
    }

    /// Another way to start tokcli with `arguments`, checked like every run.
    pub fn end(&self, command: Command, arguments: &[&str], input: &str) -> Ended {
        let begun = Instant::now();
        let mut tokcli = assert_cmd::Command::from_std(command);
        // Nothing that tokcli does takes so long, and what waits for ever is to fail.
        tokcli.timeout(PATIENCE * 3);
        let output = tokcli.write_stdin(input).output().expect("tokcli runs");
        Ended::of(&arguments.join(" "), output, begun)
    }

    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tokcli runs")
    }

    pub fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_tokcli"), arguments)
    }

    /// Another program in the same world, for example strace.
    pub fn command_of(&self, program: &str, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(program);
        let has = |word: &str| arguments.iter().any(|one| one.as_ref() == word);
        let asks_the_store = !self.cached && !has("help") && !has("--no-cache");
        for word in arguments {
            command.arg(word);
            if asks_the_store && word.as_ref() == "token" {
                command.arg("--no-cache");
            }
        }
        command.current_dir(self.path()).env_clear().env("PATH", env!("PATH")).env("HOME", self.path());
        command.env("TOKCLI_CONFIG", self.path().join("profiles.toml")).env("TOKCLI_STATE_DIR", self.state());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// strace over tokcli and all its threads.
    pub fn strace(&self, options: &[&str], arguments: &[&str]) -> Command {
        let tokcli = [env!("CARGO_BIN_EXE_tokcli")];
        self.command_of("strace", &[&["-f", "-qq"], options, &tokcli, arguments].concat())
    }

    /// A run that finds the lock held and waits for it, when this returns.
    pub fn queue(&self, arguments: &[&str], input: &str) -> Child {
        self.queue_all(1, arguments, input).remove(0)
    }

    pub fn queue_all(&self, count: usize, arguments: &[&str], input: &str) -> Vec<Child> {
        let traces: Vec<_> = (0..count).map(|n| self.path().join(format!("queue-{n}"))).collect();
        let queue = |trace: &PathBuf| {
            // Of an earlier queue.
            let _ = fs::remove_file(trace);
            let options = ["-e", "trace=flock,fcntl", "-o", trace.to_str().expect("UTF-8")];
            let mut command = self.strace(&options, arguments);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().expect("strace is installed (`make test` installs it)");
            child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("taken");
            child
        };
        let children = traces.iter().map(queue).collect();
        for trace in &traces {
            wait_for(|| found_it_held(trace));
        }
        children
    }

    /// strace makes system calls fail, late, or kills at one: `NAME:error=EIO:when=2`.
    pub fn injected(&self, inject: &str, more: &[&str], arguments: &[&str]) -> Command {
        let name = inject.split(':').next().expect("a call");
        let (trace, fault) = (format!("trace={name}"), format!("inject={inject}"));
        self.strace(&[more, &["-o", "/dev/null", "-e", &trace, "-e", &fault]].concat(), arguments)
    }

    pub fn run_injected(&self, inject: &str, arguments: &[&str]) -> Output {
        self.run_injected_with(inject, arguments, "")
    }

    pub fn run_injected_with(&self, inject: &str, arguments: &[&str], input: &str) -> Output {
        let command = self.injected(inject, &[], arguments);
        let output = assert_cmd::Command::from_std(command).write_stdin(input).output();
        output.expect("strace is installed (`make test` installs it)")
    }

    /// No file but those that hold the client secrets shows a secret.
    pub fn assert_nothing_in_the_clear(&self) {
        let mut files = Vec::new();
        walk(self.path(), &mut files);
        if let Some(service) = &self.keyring {
            walk(&service.files(), &mut files);
        }
        for path in files.into_iter().filter(|path| path.extension().is_none_or(|end| end != "secret")) {
            let bytes = fs::read(&path).unwrap_or_default();
            assert!(
                !String::from_utf8_lossy(&bytes).contains(CANARY),
                "{} holds a secret in the clear",
                path.display()
            );
        }
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    pub what: String,
    /// `None`: by a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub seconds: f64,
}

impl Ended {
    pub fn of(what: &str, output: Output, begun: Instant) -> Ended {
        let ended = Ended {
            what: what.to_owned(),
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
            seconds: begun.elapsed().as_secs_f64(),
        };
        ended.check_what_always_holds();
        ended
    }

    fn check_what_always_holds(&self) {
        assert!(!self.stderr.contains(CANARY), "`{}` shows a secret on stderr: {}", self.what, self.stderr);
        assert!(
            !self.stderr.contains("panicked") && !self.stderr.contains("internal error"),
            "`{}`: {}",
            self.what,
            self.stderr
        );
        let prints_tokens =
            ["token", "refresh"].iter().any(|word| self.what.split(' ').any(|part| part == *word))
                && !self.what.split(' ').any(|part| part == "--all");
        assert!(prints_tokens || !self.stdout.contains(CANARY), "`{}` shows a secret on stdout", self.what);
        // A refresh token or a client secret is never a result.
        let secrets = ["rt-canary", "rt.canary", "canary-rt", "rt+", "rt/"];
        // The addresses of the catalogue hold anything.
        for secret in secrets.iter().take(if self.what.starts_with("dialect ") { 3 } else { secrets.len() }) {
            let shown = without_drawn_names(&unsealed(&self.stdout));
            assert!(!shown.contains(*secret), "`{}` prints a refresh token", self.what);
        }
        let words: Vec<&str> = self.what.split(' ').collect();
        let every_profile = words.contains(&"--all")
            || words.contains(&"status")
            // What is wrong is its result.
            || words.contains(&"doctor")
            || (words.contains(&"recover")
                && !words.iter().any(|word| {
                    word.starts_with("-p")
                        || ["--profile", "--stdin", "--discard-journal"]
                            .iter()
                            .any(|one| word.starts_with(one))
                }));
        if !every_profile && self.code != Some(0) {
            // Where a login sends a person is told before anybody knows what comes of it.
            let visit = |line: &&str| words[0] == "login" && line.contains("\"event\":\"visit\"");
            let printed: Vec<&str> = self.stdout.lines().filter(|line| !visit(line)).collect();
            assert!(printed.is_empty(), "`{}` failed but printed {printed:?}", self.what);
        }
    }

    #[track_caller]
    pub fn succeeds(self) -> Ended {
        self.exits(0)
    }

    /// It ends by a time limit of its own, so many seconds long: a busy machine may take ten times as long over it, and
    /// the next longer limit (90 s for an answer, 120 s for all) is still far.
    #[track_caller]
    pub fn keeps_to(self, seconds: f64) -> Ended {
        assert!(self.seconds < seconds.mul_add(10.0, 10.0), "`{}`: {} s", self.what, self.seconds);
        self
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Ended {
        assert_eq!(self.code, Some(code), "`{}`: {self:#?}", self.what);
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Ended {
        assert!(self.stderr.contains(words), "`{}` does not say `{words}`: {}", self.what, self.stderr);
        self
    }

    #[track_caller]
    pub fn prints(self, text: &str) -> Ended {
        assert_eq!(self.stdout, text, "`{}`", self.what);
        self
    }

    #[track_caller]
    pub fn says_nothing_on_stdout(self) -> Ended {
        self.prints("")
    }

    #[track_caller]
    pub fn keeps_stderr_empty(self) -> Ended {
        assert_eq!(self.stderr, "", "`{}`", self.what);
        self
    }

    /// The one object that `--json` prints.
    #[track_caller]
    pub fn object(&self) -> Value {
        assert_eq!(self.stdout.matches('\n').count(), 1, "one line: {}", self.stdout);
        serde_json::from_str(&self.stdout).expect("an object")
    }

    /// The `error` of a failure with `--json`.
    #[track_caller]
    pub fn error(&self) -> Value {
        let object: Value =
            serde_json::from_str(&self.stderr).unwrap_or_else(|_| panic!("one object: {}", self.stderr));
        assert_eq!(object["version"], 1);
        let keys: BTreeSet<_> =
            object["error"].as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, BTreeSet::from(["code", "exit", "profile", "message", "hint", "retry_after"]));
        assert_eq!(object["error"]["exit"], self.code.expect("no signal"));
        object["error"].clone()
    }
}

/// The names of temporary directories are drawn, and hold anything.
fn without_drawn_names(text: &str) -> String {
    let mut pieces = text.split("/.tmp");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |all, piece| all + "/" + piece.trim_start_matches(|c: char| c.is_ascii_alphanumeric()))
}

/// Without sealed texts, in whose letters anything may stand by chance.
fn unsealed(text: &str) -> String {
    let is_code = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let sealed = |run: &&str| run.len() > 200 && !run.contains("canary");
    text.split_inclusive(|c| !is_code(c)).filter(|run| !sealed(run)).collect()
}

/// A moment before something of a known length began: however long a machine took since, what is left of it lies between.
pub struct Since(Instant);

impl Since {
    pub fn now() -> Since {
        Since(Instant::now())
    }

    /// Of so many seconds this many are left, the first one perhaps begun.
    #[track_caller]
    pub fn assert_left(&self, left: &Value, of: i64) {
        let left = left.as_i64().unwrap_or_else(|| panic!("a number: {left}"));
        let gone = i64::try_from(self.0.elapsed().as_secs()).expect("not long") + 2;
        assert!((of - gone..=of).contains(&left), "{left} of {of} s, of which at most {gone} are gone");
    }
}

/// The record in a keyring's item, whatever is under way.
pub fn record(item: &mut Value) -> &mut Value {
    let state = &mut item["credential"]["state"];
    if state["held"].is_null() { &mut state["open"]["base"] } else { &mut state["held"] }
}

/// The access token in it.
pub fn access(item: &mut Value) -> &mut Value {
    &mut record(item)["accesses"]["default"]
}

/// As if somebody had rotated once more.
pub fn rotated(item: &mut Value, refresh_token: &str) {
    let credential = &mut item["credential"];
    for name in ["generation", "sequence"] {
        credential[name] = (credential[name].as_u64().expect("a number") + 1).into();
    }
    record(item)["refresh_token"] = refresh_token.into();
}

pub fn variable(profile: &str) -> String {
    format!("{}_SECRET", profile.to_uppercase().replace('-', "_"))
}

/// A profile for a stand-in, with its client secret from where that vendor's users might keep it.
pub fn entry(vendor: &StandIn, name: &str, store: On) -> String {
    let kind = vendor.vendor().name();
    let mut lines = vec![
        format!("[profiles.{name}]"),
        format!("dialect = \"{kind}\""),
        format!("store = \"{}\"", store.word()),
    ];
    lines.push(match vendor.vendor() {
        Vendor::OAuth2 => format!("token_url = \"{}\"", vendor.token_url()),
        _ => format!("base_url = \"{}\"", vendor.origin()),
    });
    if !vendor.client_id().is_empty() {
        lines.push(format!("client_id = \"{}\"", vendor.client_id()));
    }
    let source = match vendor.vendor() {
        Vendor::Babelbird => format!("{{ file = \"{kind}.secret\" }}"),
        Vendor::OAuth2 => format!("{{ command = [\"cat\", \"{kind}.secret\"] }}"),
        _ => format!("{{ env = \"{}\" }}", variable(kind)),
    };
    if !vendor.client_secret().is_empty() {
        lines.push(format!("client_secret = {source}"));
    }
    if !vendor.fingerprint().is_empty() {
        lines.push(format!("tls = {{ pin_sha256 = \"{}\" }}", vendor.fingerprint()));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// In a trace of `flock` and `fcntl`: it wanted the lock, or asked whether somebody holds it.
pub fn found_it_held(trace: &Path) -> bool {
    let trace = fs::read_to_string(trace).unwrap_or_default();
    trace.lines().any(|line| {
        (line.contains("flock(") && line.contains("EAGAIN")) || line.contains("F_OFD_GETLK, {l_type=F_WRLCK")
    })
}

pub fn walk(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}
