//! What a fleet shares: a real OpenBao on loopback, which keeps all in memory. It is `bao` on the PATH, and ends with this.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::world;

const ROOT: &str = "yardstick";
/// It takes a second, and much longer on a busy machine.
const TRIES: usize = 600;

pub struct Engine {
    process: Child,
    port: u16,
    token: PathBuf,
    audit: PathBuf,
}

impl Engine {
    /// With a KV engine of version 2 at `secret`.
    pub fn start(directory: &Path) -> Result<Engine> {
        Engine::run(&directory.join("engine"), false)
    }

    /// One that notes each question, to be counted; the others are spared that.
    pub fn counting(directory: &Path) -> Result<Engine> {
        Engine::run(&directory.with_extension("engine"), true)
    }

    fn run(directory: &Path, counting: bool) -> Result<Engine> {
        let program = world::find("bao").context("`bao` is not installed")?;
        fs::create_dir(directory).with_context(|| directory.display().to_string())?;
        let (token, audit) = (directory.join("token"), directory.join("audit"));
        fs::write(&token, ROOT)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = Command::new(program);
        command.env_clear().env("HOME", directory).current_dir(directory);
        command.args(["server", "-dev", "-dev-no-store-token", &format!("-dev-root-token-id={ROOT}")]);
        command.arg(format!("-dev-listen-address=127.0.0.1:{port}"));
        if counting {
            let configuration = directory.join("audit.json");
            let device = json!({ "type": "file", "path": "all", "options": { "file_path": audit } });
            fs::write(&configuration, json!({ "audit": [device] }).to_string())?;
            command.arg(format!("-config={}", configuration.display()));
        }
        let log = File::create(directory.join("log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let process = command.spawn().context("`bao`")?;
        let mut engine = Engine { process, port, token, audit };
        engine.wait_until_ready().map(|()| engine)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        for _ in 0..TRIES {
            let stands = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok();
            if stands && self.command(&["kv", "get", "-mount=secret", "nothing"])?.code() == Some(2) {
                return Ok(());
            }
            if self.process.try_wait()?.is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(100));
        }
        bail!("`bao server` does not start")
    }

    fn command(&self, words: &[&str]) -> Result<std::process::ExitStatus> {
        let mut command = Command::new(world::find("bao").context("`bao` is not installed")?);
        command.args(words).envs(self.environment());
        Ok(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?)
    }

    /// For `bao` itself.
    pub fn environment(&self) -> [(&'static str, String); 2] {
        [("BAO_ADDR", format!("http://127.0.0.1:{}", self.port)), ("BAO_TOKEN", ROOT.to_owned())]
    }

    /// In profiles.toml.
    pub fn store(&self) -> String {
        format!(
            "[stores.fleet]\nkind = \"vault\"\naddress = \"http://127.0.0.1:{}\"\ntoken = {{ file = \"{}\" }}\n",
            self.port,
            self.token.display()
        )
    }

    /// Reads and writes of records since it was started.
    pub fn counted(&self) -> Result<(u64, u64)> {
        let text = fs::read_to_string(&self.audit).context("the engine notes nothing")?;
        let mut counts = (0, 0);
        for line in text.lines() {
            let noted: serde_json::Value = serde_json::from_str(line).context("the engine's notes")?;
            let request = &noted["request"];
            let of_record =
                request["path"].as_str().is_some_and(|path| path.starts_with("secret/data/tokcli/"));
            if noted["type"] != "request" || !of_record {
                continue;
            }
            match request["operation"].as_str() {
                Some("read") => counts.0 += 1,
                _ => counts.1 += 1,
            }
        }
        Ok(counts)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
