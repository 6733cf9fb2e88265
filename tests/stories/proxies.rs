//! Proxies: the profile's, the environment's, none; and never for this machine.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::stand_in::{Options, StandIn, Tls, Vendor};
use crate::world::{On, World};

/// A CONNECT proxy that leads everything to one vendor, and notes what it was asked.
struct Proxy {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn to(vendor: &StandIn) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (notes, target) = (Arc::clone(&asked), vendor.origin().replace("https://", ""));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (notes, target) = (Arc::clone(&notes), target.clone());
                std::thread::spawn(move || tunnel(client, &target, &notes));
            }
        });
        Proxy { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("notes").clone()
    }
}

fn tunnel(client: TcpStream, target: &str, notes: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(client.try_clone().expect("clone"));
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
    notes.lock().expect("notes").push(head);
    let server = TcpStream::connect(target).expect("the vendor listens");
    let mut back = client.try_clone().expect("clone");
    back.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").expect("written");
    let (from_server, to_server) = (server.try_clone().expect("clone"), server);
    std::thread::spawn(move || copy(from_server, back));
    copy(reader, to_server);
}

fn copy(mut from: impl Read, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

/// A vendor that can be reached only through the proxy, under a name that no resolver knows.
fn behind(proxy: &str, vendor: &StandIn) -> World {
    let mut world = World::on(On::File);
    world.profile(vendor);
    world.change(&vendor.origin(), "https://vendor.invalid");
    world.add(proxy);
    world.import(vendor);
    world
}

#[test]
fn b60_a_profile_can_name_its_proxy_and_a_login_for_it() {
    let vendor = StandIn::start_tls(Vendor::Fbox);
    let proxy = Proxy::to(&vendor);
    let mut world =
        behind(&format!("proxy = \"{}\"\nproxy_auth = {{ env = \"PROXY_LOGIN\" }}", proxy.address), &vendor);
    world.run(&["refresh"]).exits(3).says("`PROXY_LOGIN` is not set");
    world.set("PROXY_LOGIN", "no colon, canary");
    world.run(&["refresh"]).exits(3).says("`user:password`");
    world.set("PROXY_LOGIN", "user:canary-password");
    let ended = world.run(&["refresh", "-v"]).succeeds().says("through the proxy 127.0.0.1");
    assert_eq!(ended.stdout.trim(), vendor.current().access_token);
    let asked = proxy.asked();
    let login = BASE64_STANDARD.encode("user:canary-password");
    assert!(
        asked[0].starts_with("CONNECT vendor.invalid:443 ")
            && asked[0]
                .to_lowercase()
                .contains(&format!("proxy-authorization: basic {login}").to_lowercase()),
        "{}",
        asked[0]
    );
    assert!(!asked[0].contains("refresh_token"), "the proxy sees where, not what");
}

#[test]
fn b60_the_environments_proxies_count_unless_the_profile_says_none() {
    let vendor = StandIn::start_tls(Vendor::Fbox);
    let proxy = Proxy::to(&vendor);
    let mut world = behind("", &vendor);
    world.set("HTTPS_PROXY", &proxy.address.replace("http://", "http://user:canary-password@"));
    world.run(&["refresh", "-v"]).succeeds().says("through the proxy 127.0.0.1 (`HTTPS_PROXY`)");
    assert_eq!(proxy.asked().len(), 1);
    // Each of the variables, the exceptions from them, and what is none.
    let plain = proxy.address.clone();
    for (set, through) in [
        (&[("https_proxy", plain.as_str())][..], true),
        (&[("ALL_PROXY", &plain)], true),
        (&[("all_proxy", &plain)], true),
        (&[("HTTP_PROXY", &plain)], false),
        (&[("HTTPS_PROXY", &plain), ("NO_PROXY", "vendor.invalid")], false),
        (&[("HTTPS_PROXY", &plain), ("no_proxy", ".invalid")], false),
        (&[("HTTPS_PROXY", &plain), ("NO_PROXY", "*")], false),
        (&[("HTTPS_PROXY", &plain), ("NO_PROXY", "other.example")], true),
        (&[("HTTPS_PROXY", ""), ("https_proxy", &plain)], true),
        (&[("HTTPS_PROXY", ""), ("no_proxy", "vendor.invalid"), ("ALL_PROXY", &plain)], false),
        (&[("HTTPS_PROXY", plain.trim_start_matches("http://"))], true),
        (&[("HTTPS_PROXY", "http://127.0.0.1:1")], false),
    ] {
        let asked = proxy.asked().len();
        let every =
            ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "NO_PROXY", "no_proxy"];
        every.into_iter().for_each(|name| world.set(name, ""));
        set.iter().for_each(|(name, value)| world.set(name, value));
        let ended = world.run(&["refresh", "-v", "--deadline", "4s"]).exits(if through { 0 } else { 5 });
        if through {
            let (name, _) = set.iter().rfind(|(_, value)| value.contains("127.0.0.1")).expect("one");
            ended.says(&format!("through the proxy 127.0.0.1 (`{name}`)"));
        }
        assert_eq!(proxy.asked().len() - asked, usize::from(through), "{set:?}");
    }
    for odd in ["http://", "ftp://127.0.0.1", "http://canary@:1", "canary canary", "::", "\u{e9}\u{0301}:x"] {
        world.set("HTTPS_PROXY", odd);
        world
            .run(&["refresh"])
            .exits(3)
            .says("`HTTPS_PROXY` does not hold the address of a proxy")
            .says("proxy = \"none\"");
    }
    let asked = proxy.asked().len();
    world.set("HTTPS_PROXY", &plain);
    world.add("proxy = \"none\"");
    world.run(&["refresh", "--deadline", "1s"]).exits(5).says("`vendor.invalid`");
    assert_eq!(proxy.asked().len(), asked);
}

#[test]
fn b60_this_machine_is_never_reached_through_a_proxy() {
    let (vendor, other) = (StandIn::start(Vendor::Fbox), StandIn::start_tls(Vendor::Fbox));
    other.expect_unused();
    let proxy = Proxy::to(&other);
    let mut world = World::with(On::File, &vendor);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        world.set(name, &proxy.address);
    }
    world.run(&["refresh"]).succeeds();
    world.add(&format!("proxy = \"{}\"", proxy.address));
    world.run(&["refresh"]).succeeds();
    let port = vendor.origin().rsplit(':').next().expect("port").to_owned();
    world.change(&vendor.origin(), &format!("http://localhost:{port}"));
    world.run(&["rebind", "--yes"]).succeeds();
    world.run(&["refresh"]).succeeds();
    assert!(proxy.asked().is_empty());
}

#[test]
fn p33_a_proxy_that_is_silent_at_connect_holds_nobody_beyond_the_deadline() {
    let vendor = StandIn::start_tls(Vendor::Fbox);
    vendor.expect_unused();
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", silent.local_addr().expect("address"));
    let world = behind(&format!("proxy = \"{address}\""), &vendor);
    let ended = world.run(&["refresh", "--deadline", "3s"]).exits(5).says("no connection was made in time");
    assert!(ended.keeps_to(3.0).seconds > 2.9, "it was given its 3 s");
    let (mut client, _) = silent.accept().expect("it came");
    let mut asked = Vec::new();
    client.read_to_end(&mut asked).expect("it has left");
    assert!(asked.starts_with(b"CONNECT vendor.invalid:443 "), "{}", String::from_utf8_lossy(&asked));
    let state = world.run(&["status", "--json"]).succeeds().object()["profiles"][0]["state"].clone();
    assert_eq!(state, "ready", "nothing was sent, and nothing is uncertain");
    assert_eq!(world.run(&["refresh", "--deadline", "1s", "--json"]).exits(5).error()["code"], "unreachable");
}

/// A pin and `insecure` are about the vendor. A CA of its own may have issued the proxy's certificate too.
#[test]
fn b60_what_is_believed_of_the_vendor_is_not_believed_of_a_proxy() {
    let options = || Options { tls: Tls::NamedForLoopback, ..Options::default() };
    let (vendor, proxy) = (StandIn::start_tls(Vendor::Fbox), StandIn::start_with(Vendor::Fbox, options()));
    vendor.expect_unused();
    // It is no proxy: what counts is who is trusted with a CONNECT.
    proxy.expect_departures();
    let mut world = behind(&format!("proxy = \"{}\"", proxy.origin()), &vendor);
    world.write("ca.pem", &proxy.certificate_pem());
    let mut tls = format!("pin_sha256 = \"{}\"", vendor.fingerprint());
    for (lines, exit, says) in [
        (format!("pin_sha256 = \"{}\"", proxy.fingerprint()), 3, "the certificate of the proxy `127.0.0.1`"),
        ("insecure = true".to_owned(), 3, "the certificate of the proxy `127.0.0.1`"),
        (format!("ca_file = \"{}\"", world.path().join("ca.pem").display()), 5, "CONNECT"),
    ] {
        world.change(&tls, &lines);
        world.run(&["refresh", "--deadline", "0"]).exits(exit).says(says);
        tls = lines;
    }
}
