//! Nodes of a vault that are of no use: what is asked goes to another one, and nobody waits beyond the deadline.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::machine::{Fleet, machine};
use crate::world::World;

/// Where no vault answers.
struct Node {
    port: u16,
    _kept: (Option<TcpListener>, Option<TcpStream>),
}

/// It is switched off, or behind a wall: nobody says anything, not even that nobody is there.
fn switched_off() -> Node {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    let listener = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
        socket.listen(0).expect("it listens").into_std().expect("a listener")
    });
    let address = listener.local_addr().expect("bound");
    // Nobody takes this one, and there is no room for another.
    let first = TcpStream::connect(address).expect("the first");
    assert!(TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_err());
    Node { port: address.port(), _kept: (Some(listener), Some(first)) }
}

/// Its port is free.
fn refusing() -> Node {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
    Node { port, _kept: (None, None) }
}

/// It takes every connection, and says nothing.
fn silent() -> Node {
    serving(|mut caller| {
        let _ = caller.read_to_end(&mut Vec::new());
    })
}

/// It takes every connection, and closes it.
fn closing() -> Node {
    serving(drop)
}

fn serving(serve: fn(TcpStream)) -> Node {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    thread::spawn(move || {
        for caller in listener.incoming().flatten() {
            thread::spawn(move || serve(caller));
        }
    });
    Node { port, _kept: (None, None) }
}

type Kind = (&'static str, fn() -> Node);

const KINDS: [Kind; 4] =
    [("switched off", switched_off), ("refusing", refusing), ("silent", silent), ("closing", closing)];

fn at(fleet: &Fleet, ports: &[u16]) -> World {
    machine(&fleet.vendor, 9, ports, &fleet.vault.token(3600), "")
}

/// Whichever stands first in the list.
#[test]
fn a_node_that_is_of_no_use_is_passed_over() {
    let fleet = Fleet::of(1);
    for (count, (kind, node)) in KINDS.into_iter().enumerate() {
        let node = node();
        let world = at(&fleet, &[node.port, fleet.relay.port]);
        world.run(&["refresh", "--deadline", "8s"]).succeeds().keeps_stderr_empty();
        assert_eq!(fleet.requests(), count + 1, "{kind}");
        let told = world.run(&["status", "--json"]).succeeds().object().to_string();
        assert!(told.contains("\"valid\""), "{kind}: {told}");
        let found = world.run(&["doctor", "--store", "v"]).succeeds().stdout;
        assert!(!found.contains("reached"), "{kind}: {found}");
    }
    fleet.assert_well_after(KINDS.len());
}

#[test]
fn of_a_vault_without_a_node_that_answers_each_is_named() {
    let fleet = Fleet::of(1);
    fleet.vendor.expect_unused();
    let nodes = KINDS.map(|(_, node)| node());
    let ports = [0, 1, 2, 3].map(|n: usize| nodes[n].port);
    let told = at(&fleet, &ports).run(&["refresh", "--json"]).exits(6).error();
    let words = told["message"].as_str().expect("words");
    for port in ports {
        assert!(words.contains(&format!("`127.0.0.1:{port}`")), "{port}: {words}");
    }
    assert!(words.contains("connection refused"), "{words}");
    assert_eq!(told["hint"], "see that the vault runs, and that `address` under [stores.v] is its address");
}

/// Every question, and every connection. The limit is wide: each took ten seconds by itself.
#[test]
fn nobody_waits_beyond_the_deadline_for_a_vault_that_says_nothing() {
    let fleet = Fleet::of(1);
    fleet.vendor.expect_unused();
    for (kind, node) in KINDS {
        let node = node();
        let begun = Instant::now();
        at(&fleet, &[node.port]).run(&["refresh", "--deadline", "1s"]).exits(6).says("cannot be reached");
        assert!(begun.elapsed() < Duration::from_secs(8), "{kind}: {:?}", begun.elapsed());
    }
}
