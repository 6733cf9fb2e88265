//! Machines that share a login: each has a home and a state directory of its own.

use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::relay::Relay;
use super::vault::Vault;
use crate::shim::Shim;
use crate::stand_in::{Options, StandIn, Vendor};
use crate::world::{Ended, On, World};

/// A vault behind a relay, a strict vendor, and machines.
pub struct Fleet {
    pub vendor: StandIn,
    pub relay: Relay,
    pub vault: Vault,
    pub machines: Vec<World>,
}

/// Where the only account is.
pub const PATH: &str = "secret/data/tokcli/w";

impl Fleet {
    /// The first machine has the login.
    pub fn of(machines: usize) -> Fleet {
        Fleet::at(rotating(3600), machines, "")
    }

    pub fn at(vendor: StandIn, machines: usize, lines: &str) -> Fleet {
        let fleet = Fleet::without_login(vendor, machines, lines);
        fleet.import(0);
        fleet
    }

    /// `lines`: more for the store.
    pub fn without_login(vendor: StandIn, machines: usize, lines: &str) -> Fleet {
        let vault = Vault::start();
        let relay = Relay::before(vault.port());
        let token = vault.token(3600);
        let machine = |n: usize| machine(&vendor, n, &[relay.port], &token, lines);
        let machines = (0..machines).map(machine).collect();
        Fleet { vendor, relay, vault, machines }
    }

    pub fn import(&self, n: usize) {
        let token = self.vendor.login().refresh_token;
        self.machines[n].run_with(&["import"], &token).succeeds().says_nothing_on_stdout();
    }

    pub fn run(&self, n: usize, arguments: &[&str]) -> Ended {
        self.machines[n].run(arguments)
    }

    pub fn spawn(&self, n: usize, arguments: &[&str]) -> Child {
        spawn(self.machines[n].command(arguments))
    }

    pub fn requests(&self) -> usize {
        self.vendor.requests().len()
    }

    /// What is there, with its metadata.
    pub fn data(&self) -> Value {
        self.vault.ask("GET", PATH).1["data"].clone()
    }

    pub fn claim(&self) -> Value {
        self.data()["data"]["claim"].clone()
    }

    /// On this machine it is so many seconds later.
    pub fn later(&mut self, n: usize, seconds: i64) {
        let machine = &mut self.machines[n];
        Shim::build(machine).later(machine, seconds);
    }

    /// One was never handled, and one more was made in its place; all are served by what that one gave.
    #[track_caller]
    pub fn assert_well_after_replay(&self) {
        self.assert_well_after(2);
    }

    /// No request but these was made, none of them with a token that was spent, and what is there is the vendor's newest.
    #[track_caller]
    pub fn assert_well_after(&self, requests: usize) {
        assert_eq!((self.requests(), self.vendor.reused().len()), (requests, 0));
        let newest = self.vendor.current().access_token;
        for n in 0..self.machines.len() {
            self.run(n, &["token", "--min-ttl", "0"]).succeeds();
        }
        assert_eq!(self.requests(), requests);
        assert!(self.vendor.accepts(&newest));
        let record = super::relay::opened(&self.data()["data"]);
        assert!(
            record.contains(&self.vendor.current().refresh_token),
            "the vault holds the newest refresh token"
        );
        assert_eq!(self.claim(), Value::Null);
    }
}

/// It rotates, and revokes all where a token comes twice.
pub fn rotating(access_lifetime: u64) -> StandIn {
    StandIn::start_with(
        Vendor::OAuth2,
        Options { reuse_revokes: true, access_lifetime, ..Options::default() },
    )
}

/// `ports`: of the vault.
pub fn machine(vendor: &StandIn, n: usize, ports: &[u16], token: &str, lines: &str) -> World {
    let mut world = World::on(On::File);
    world.give_secrets(vendor);
    world.write("vault.secret", token);
    let entry = crate::world::entry(vendor, "w", On::File).replace("\"file\"", "\"v\"");
    let addresses: Vec<String> = ports.iter().map(|port| format!("\"http://127.0.0.1:{port}\"")).collect();
    let token = if lines.contains("approle =") || lines.contains("jwt =") || lines.contains("kubernetes =") {
        ""
    } else {
        "token = { file = \"vault.secret\" }\n"
    };
    world.add(&format!(
        "{entry}\n[stores.v]\nkind = \"vault\"\naddress = [{}]\nmachine = \"m{n}\"\n{token}{lines}",
        addresses.join(", ")
    ));
    world
}

pub fn spawn(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("tokcli runs")
}

/// How a run ended that `spawn` began, checked like every run.
pub fn ended(arguments: &[&str], child: Child) -> Ended {
    let output = child.wait_with_output().expect("it ends");
    Ended::of(&arguments.join(" "), output, std::time::Instant::now())
}

pub fn kill(child: &mut Child) {
    child.kill().expect("ours");
    child.wait().expect("it ends");
}

impl Ended {
    /// The access token that the vendor gave last.
    #[track_caller]
    pub fn prints_the_newest(self, fleet: &Fleet) -> Ended {
        self.prints(&format!("{}\n", fleet.vendor.current().access_token))
    }
}
