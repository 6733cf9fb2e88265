//! Logins with a browser on this machine, and with an address that is pasted; and stored secrets.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Child;

use serde_json::Value;

use crate::stand_in::{Options, StandIn, Vendor};
use crate::world::{Ended, World};

fn server() -> StandIn {
    StandIn::start_with(Vendor::OAuth2, Options { oauth2_auth: "none", ..Options::default() })
}

fn world(vendor: &StandIn) -> World {
    let mut world = World::empty();
    let entry = world.entry(vendor, "file");
    world.add(&format!("{entry}authorization_url = \"{}\"\n", vendor.authorization_url()));
    world
}

/// Where it sends a person.
fn address(run: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(run.stdout.as_mut().expect("piped")).read_line(&mut line).expect("UTF-8");
    let event: Value = serde_json::from_str(&line).expect("an event");
    event["url"].as_str().expect("an address").to_owned()
}

/// Where the vendor's page sends a browser that was sent to `address`; what is there, and what it says.
fn get(address: &str) -> (u16, String, String) {
    let rest = address.strip_prefix("http://").expect("plain");
    let (host, path) = rest.split_at(rest.find(['/', '?']).expect("a path"));
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let mut stream = TcpStream::connect(host).expect("somebody listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("UTF-8");
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let location = answer.lines().find_map(|line| {
        line.to_ascii_lowercase().starts_with("location:").then(|| line[9..].trim().to_owned())
    });
    (status, location.unwrap_or_default(), answer)
}

#[test]
fn a_browser_on_this_machine_brings_the_code_back() {
    let vendor = server();
    let world = world(&vendor);
    let mut run = world.spawn(&["login", "--grant", "authorization_code", "--no-browser", "--json"]);
    let shown = address(&mut run);
    let (status, back, _) = get(&shown);
    assert!((300..400).contains(&status), "{status}");
    assert_eq!(get(&back).0, 200);
    Ended::of(run).succeeds();
    world.run(&["refresh"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
}

#[test]
fn the_address_that_a_browser_ends_up_at_can_be_pasted() {
    let vendor = server();
    let world = world(&vendor);
    let mut run = world.spawn(&["login", "--grant", "authorization_code", "--paste", "--json"]);
    let shown = address(&mut run);
    let (_, back, _) = get(&shown);
    run.stdin.take().expect("piped").write_all(format!("{back}\r\n").as_bytes()).expect("pasted");
    Ended::of(run).succeeds();
    world.run(&["refresh"]).succeeds();
}

#[test]
fn a_secret_of_the_store_is_set_used_and_removed() {
    for store in ["file", "keyring"] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::empty();
        let entry = world.entry(&vendor, store);
        world.add(&entry.replace("{ env = 'VENDOR_SECRET' }", "{ store = true }"));
        world.import(&vendor.login());
        world.run(&["refresh"]).exits(3).says("no such secret");
        let secret = format!("{}\r\n", vendor.client_secret());
        world.run_with(&["secret", "set", "client_secret"], secret.as_bytes()).succeeds();
        world.run(&["refresh"]).succeeds();
        world.run(&["secret", "rm", "client_secret"]).succeeds();
        world.run(&["refresh"]).exits(3);
        assert_eq!(vendor.requests().len(), 1, "{store}");
    }
}

#[test]
fn nobody_is_asked_where_nobody_sits() {
    let vendor = server();
    vendor.expect_unused();
    let world = world(&vendor);
    Ended::of(world.spawn(&["import"])).exits(3);
}
