//! One login under way: `tokcli login` as a process, with what it shows while it waits.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use url::Url;

use super::browser::{Page, visit};
use crate::config_edit::Screen;
use crate::sequence::wait_for;
use crate::stand_in::{Options, StandIn, USER, Vendor};
use crate::world::{Ended, On, World, entry};

/// A public client of a standard server, as programs on a desktop are.
pub fn server() -> StandIn {
    StandIn::start_with(Vendor::OAuth2, Options { oauth2_auth: "none", ..Options::default() })
}

/// The same with more or other options.
pub fn server_with(options: Options) -> StandIn {
    StandIn::start_with(Vendor::OAuth2, options)
}

/// A profile that can log in at that server in every way, and has not.
pub fn profile(vendor: &StandIn, store: On) -> String {
    let mut lines = entry(vendor, vendor.vendor().name(), store);
    if vendor.vendor() == Vendor::OAuth2 {
        lines += &format!("authorization_url = \"{}\"\n", vendor.authorization_url());
        lines += &format!("device_authorization_url = \"{}\"\n", vendor.device_authorization_url());
        lines += &format!("revocation_url = \"{}\"\n", vendor.revocation_url());
        if vendor.client_secret().is_empty() {
            lines += "client_auth = \"none\"\n";
        }
    }
    lines
}

pub fn world(store: On, vendor: &StandIn) -> World {
    let mut world = World::on(store);
    world.give_secrets(vendor);
    world.add(&profile(vendor, store));
    world
}

/// And the person's name and password, where the profile takes them from.
pub fn with_a_password(world: &mut World, vendor: &StandIn) {
    world.set("LOGIN_PASSWORD", &vendor.password());
    world.add(&format!("username = \"{USER}\"\npassword = {{ env = \"LOGIN_PASSWORD\" }}"));
}

/// `login --json` that waits for somebody, and where it sends them.
pub struct Waiting {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    errors: JoinHandle<Vec<u8>>,
    what: String,
    said: String,
    begun: Instant,
    pub event: Value,
}

impl Waiting {
    /// `login --json` and these words, until it says where to go.
    #[track_caller]
    pub fn of(world: &World, words: &[&str]) -> Waiting {
        let words = [&["login", "--json"], words].concat();
        Waiting::that(world.command(&words), &words.join(" "))
    }

    /// Another way to start it.
    #[track_caller]
    pub fn that(mut command: Command, what: &str) -> Waiting {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("tokcli runs");
        let (output, mut errors) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let errors = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = errors.read_to_end(&mut bytes);
            bytes
        });
        let mut waiting = Waiting {
            input: child.stdin.take(),
            child,
            output: BufReader::new(output),
            errors,
            what: what.to_owned(),
            said: String::new(),
            begun: Instant::now(),
            event: Value::Null,
        };
        waiting.output.read_line(&mut waiting.said).expect("a line, or the end");
        waiting.event = serde_json::from_str(&waiting.said).unwrap_or_default();
        waiting
    }

    /// Where the browser is to go. A login that ended instead says why.
    #[track_caller]
    pub fn address(&mut self) -> String {
        match self.event["url"].as_str() {
            Some(url) => {
                assert_eq!((&self.event["version"], &self.event["event"]), (&1.into(), &"visit".into()));
                url.to_owned()
            }
            None => {
                let code = self.child.wait();
                panic!(
                    "`{}` sends nobody anywhere: {:?} {code:?}; it may say why on stderr",
                    self.what, self.said
                )
            }
        }
    }

    /// Where it waits for the browser.
    pub fn redirect(&mut self) -> Url {
        let address = Url::parse(&self.address()).expect("an address");
        let back =
            address.query_pairs().find(|(name, _)| name == "redirect_uri").expect("one").1.into_owned();
        Url::parse(&back).expect("an address")
    }

    /// A person goes there, and consents or not: the page where it ends.
    #[track_caller]
    pub fn visited(&mut self) -> Page {
        visit(&self.address())
    }

    pub fn signals(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().expect("a pid")), signal).expect("ours");
    }

    pub fn still_waits(&mut self) -> bool {
        self.child.try_wait().expect("ours").is_none()
    }

    /// It ends as programs do that a signal ends, which a shell tells as 128 and its number.
    #[track_caller]
    pub fn dies_of(self, signal: Signal) -> Ended {
        self.signals(signal);
        let (ended, by) = self.ended();
        assert_eq!(by, Some(signal as i32), "{ended:#?}");
        ended
    }

    /// How it ended. Nothing of it listens any more.
    #[track_caller]
    pub fn ends(self) -> Ended {
        self.ended().0
    }

    /// With the signal that ended it, if one did.
    #[track_caller]
    fn ended(mut self) -> (Ended, Option<i32>) {
        drop(self.input.take());
        let listened =
            self.event["url"].as_str().filter(|url| url.contains("redirect_uri")).map(str::to_owned);
        let mut stdout = self.said.into_bytes();
        self.output.read_to_end(&mut stdout).expect("the rest");
        let status = self.child.wait().expect("it ends");
        let stderr = self.errors.join().expect("no panic");
        if let Some(url) = listened {
            assert!(!listens(&url), "`{}` has ended, and something listens", self.what);
        }
        (Ended::of(&self.what, Output { status, stdout, stderr }, self.begun), status.signal())
    }
}

/// Does anything listen at the redirect address of this authorization request?
pub fn listens(authorization: &str) -> bool {
    let address = Url::parse(authorization).expect("an address");
    let back = address.query_pairs().find(|(name, _)| name == "redirect_uri").expect("one").1.into_owned();
    let back = Url::parse(&back).expect("an address");
    let (host, port) = (back.host_str().unwrap_or_default().to_owned(), back.port_or_known_default());
    back.scheme() == "http" && TcpStream::connect((host.trim_matches(['[', ']']), port.unwrap_or(80))).is_ok()
}

/// What a person would copy: the address that begins like this.
pub fn address_on(screen: &mut Screen, begins: &str) -> String {
    screen.sees(begins);
    let whole = |text: &str| {
        let at = text.find(begins)?;
        let end = text[at..].find(|c: char| c.is_whitespace() || c == '\u{1b}')?;
        Some(text[at..at + end].to_owned())
    };
    wait_for(|| whole(&screen.shown()).is_some());
    whole(&screen.shown()).expect("just seen")
}

/// The last line of a login that succeeded.
#[track_caller]
pub fn logged_in(ended: Ended, vendor: &StandIn) -> Ended {
    let ended = ended.succeeds();
    let last = ended.stdout.lines().last().unwrap_or_default();
    let line: Value = serde_json::from_str(last).expect("an object");
    assert_eq!(line["version"], 1);
    assert_eq!((&line["profile"], &line["outcome"]), (&vendor.vendor().name().into(), &"logged_in".into()));
    ended
}

/// The credential is there, is that of the newest login, and lives on.
#[track_caller]
pub fn lives(world: &World, vendor: &StandIn) {
    let token = world.run(&["token"]).succeeds();
    assert_eq!(token.stdout.trim(), vendor.current().access_token, "the newest login counts");
    assert!(vendor.accepts(token.stdout.trim()));
    let refreshed = world.run(&["refresh"]).succeeds();
    assert!(vendor.accepts(refreshed.stdout.trim()) && refreshed.stdout != token.stdout);
    world.assert_nothing_in_the_clear();
}

/// What `status` says of the only profile.
#[track_caller]
pub fn state(world: &World) -> String {
    let status = world.run(&["status", "--json"]).succeeds().object();
    status["profiles"][0]["state"].as_str().expect("text").to_owned()
}
