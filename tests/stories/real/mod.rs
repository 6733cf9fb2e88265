//! Servers of other makes, as their authors publish them: what tokcli does with them when they or it are killed, refuse, or are
//! asked by many at once. `make test-real` installs them (`tests/real/install.sh`) and runs what is ignored here.

mod agents;
mod containers;
mod glewlwyd;
mod keepalive;
mod login;
mod mail;
mod matrix;
mod openbao;
mod openid;
mod owner;
mod person;
mod programs;
mod relay;
mod scene;
pub mod server;
mod shells;
mod simplejwt;
mod tales;
mod toolkit;
mod units;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::world::{On, World};
use server::{Place, sources};

/// One server as tokcli sees it.
pub trait Kind {
    /// In its directory, before it starts for the first time.
    fn prepare(&mut self, _place: &Place) {}

    fn command(&self, place: &Place) -> Command;

    fn is_ready(&self, port: u16) -> bool;

    /// After each start.
    fn started(&mut self, _place: &Place) {}

    /// The lines of a profile behind its name and store.
    fn profile(&self, origin: &str) -> String;

    /// What the profile takes from the variable `REAL_SECRET`.
    fn secret(&self) -> &'static str {
        ""
    }

    /// A new login: the server's answer. `None` where tokcli logs in itself.
    fn login(&self, port: u16) -> Option<Value>;

    /// Where an answer has its access token and what the next one is asked for with.
    fn tokens(&self) -> [&'static str; 2] {
        ["/access_token", "/refresh_token"]
    }

    /// Whether the server takes this access token.
    fn accepts(&self, port: u16, access_token: &str) -> bool;

    /// Ends the login at the server, given its last answer.
    fn revoke(&self, port: u16, last: &Value);

    fn class(&self) -> Class;
}

/// What a server does with what was presented before, as its profile or dialect says it.
#[derive(Clone, Copy, PartialEq)]
pub enum Class {
    /// What is renewed stays as it is (`none`).
    Renewed,
    Strict,
    GraceSame,
    CommitOnUse,
    Family,
    /// There is nothing that could be spent.
    Client,
}

impl Class {
    /// The next run waits until the server has settled.
    fn settles(self) -> bool {
        self == Class::Family
    }

    /// Whether a login outlives an answer that was lost on its way; otherwise a person must log in.
    fn outlives_its_answer(self) -> bool {
        !matches!(self, Class::Strict | Class::Family)
    }

    /// Exit status and code of a run whose request was sent and not answered.
    fn unanswered(self) -> (i32, &'static str) {
        if self == Class::Client { (5, "unavailable") } else { (8, "no_answer") }
    }
}

/// The stories that are told of a server, each a test of its own.
macro_rules! tell {
    ($kind:expr; $($tale:ident),+ $(,)?) => {
        $(
            #[test]
            #[ignore = "`make test-real` runs it"]
            fn $tale() {
                $crate::real::tales::$tale($kind);
            }
        )+
    };
}
use tell;

/// What was seen was seen of these versions.
#[test]
fn the_documented_versions_are_those_that_are_installed() {
    let read = |path: PathBuf| fs::read_to_string(path).expect("UTF-8");
    let pins = ["requirements.txt", "package.json", "../openbao.txt"];
    let installed: String = pins.iter().map(|file| read(sources().join(file))).collect();
    let documented = read(sources().join("../../docs/reliability.md"));
    let rows = |head: &str| -> Vec<Vec<String>> {
        let table = documented.split(head).nth(1).expect("a table").lines().skip(2);
        let rows = table.map_while(|line| line.strip_prefix("| "));
        rows.map(|line| line.split(" | ").map(str::to_owned).collect()).collect()
    };
    let is_pinned = |name: &str, version: &str| {
        let pins = [format!("{name}=={version}\n"), format!("\"{name}\": \"{version}\"")];
        assert!(pins.iter().any(|pin| installed.contains(pin)), "{name} {version} is not what is installed");
    };
    let renewed = rows("| server | version |");
    assert_eq!(renewed.len(), 5);
    for row in renewed {
        is_pinned(row[0].split(' ').next().expect("a name"), &row[1]);
    }
    let logged_in = rows("| server | logged in by |");
    assert_eq!(logged_in.len(), 5);
    // Debian's are what Debian has.
    for row in logged_in.iter().filter(|row| !row[0].ends_with("(Debian's)")) {
        let (name, version) = row[0].split_once(' ').expect("a name and a version");
        is_pinned(name, version);
    }
}

#[test]
fn the_dialects_for_real_servers_hold_their_examples() {
    let world = World::on(On::File);
    let file = sources().join("dialects.toml");
    for command in ["check", "test"] {
        world.run(&["dialect", command, file.to_str().expect("UTF-8")]).succeeds();
    }
}
