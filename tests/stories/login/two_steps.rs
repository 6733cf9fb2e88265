//! Logins of two requests, where the second goes on from what the first gave: the JWT login of `babelbird`, by a person and by
//! itself, and what becomes of it where the second leads nowhere.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use super::scene::{lives, logged_in, state, world};
use super::unattended::{ended, many};
use crate::permits::Permit;
use crate::stand_in::{StandIn, Vendor};
use crate::world::{On, World};

const JWT: [&str; 4] = ["login", "--json", "--grant", "jwt"];
const FIRST: &str = "/api/authorizeByJWT.do";
const SECOND: &str = "/api/token.do";

fn place(store: On) -> (StandIn, World) {
    let vendor = StandIn::start(Vendor::Babelbird);
    let mut world = world(store, &vendor);
    world.set("JWT_KEY", &vendor.jwt_key());
    world.add("params.jwt_key = { env = \"JWT_KEY\" }\nparams.email = \"jö+1@example.com\"");
    (vendor, world)
}

#[test]
fn babelbird_logs_in_by_a_jwt_and_nobody() {
    for store in [On::File, On::Keyring] {
        let (vendor, world) = place(store);
        logged_in(world.run(&JWT), &vendor);
        assert_eq!((vendor.requests_at(FIRST), vendor.requests_at(SECOND), vendor.codes_spent()), (1, 1, 1));
        assert!(vendor.requests()[0].query.contains("email=j%C3%B6%2B1%40example.com"));
        lives(&world, &vendor);
    }
}

#[test]
fn babelbird_refuses_a_jwt_of_another_key_once() {
    let (vendor, mut world) = place(On::File);
    world.set("JWT_KEY", "another-canary");
    let error = world.run(&JWT).exits(4).error();
    assert_eq!(error["code"], "login_required");
    assert_eq!(
        (vendor.requests().len(), vendor.requests_at(SECOND), state(&world)),
        (1, 0, "none".to_owned())
    );
    world.set("JWT_KEY", &vendor.jwt_key());
    logged_in(world.run(&JWT), &vendor);
    lives(&world, &vendor);
}

#[test]
fn babelbird_logs_in_by_a_jwt_again_when_a_login_has_died() {
    let (vendor, mut world) = place(On::File);
    world.add("relogin = \"jwt\"");
    let first = world.run(&["token"]).succeeds().keeps_stderr_empty();
    assert!(vendor.accepts(first.stdout.trim()));
    vendor.expire_login();
    vendor.expire_access();
    let next = world.run(&["refresh"]).succeeds();
    assert!(vendor.accepts(next.stdout.trim()));
    assert_eq!((vendor.requests_at(FIRST), vendor.requests_at(SECOND)), (2, 2));
    lives(&world, &vendor);
}

/// A door to the vendor at a port of its own, once somebody opens it.
struct Door {
    port: u16,
    to: String,
}

impl Door {
    /// Nobody listens there.
    fn shut(vendor: &StandIn) -> Door {
        let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|one| one.local_addr());
        let to = vendor.origin().trim_start_matches("http://").to_owned();
        Door { port: free.expect("a port").port(), to }
    }

    fn open(&self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).expect("still free");
        let to = self.to.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let _ = relay(client, &to);
            }
        });
    }
}

/// One request and its answer.
fn relay(mut client: TcpStream, to: &str) -> std::io::Result<()> {
    let mut vendor = TcpStream::connect(to)?;
    let (mut from_client, mut to_vendor) = (client.try_clone()?, vendor.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_vendor));
    let mut answer = Vec::new();
    vendor.read_to_end(&mut answer)?;
    client.write_all(&answer)?;
    client.shutdown(std::net::Shutdown::Both)
}

/// Its second step goes through that door.
fn behind_a_door(vendor: &StandIn, mut world: World) -> (Door, World) {
    let door = Door::shut(vendor);
    world.change("dialect = \"babelbird\"", "dialect = \"split\"");
    world.add(&format!("params.second = \"http://127.0.0.1:{}\"\nrelogin = \"jwt\"", door.port));
    world.add("[dialects.split]\nextends = \"babelbird\"\nparams.second = {}\nlogins.jwt = {}\n[dialects.split.exchanges.jwt.request]\nurl = \"{{ params.second }}/api/token.do\"");
    (door, world)
}

/// The first request was judged, and judged well; the second certainly was not sent.
#[test]
fn a_second_step_that_is_not_reached_does_not_use_up_the_try() {
    let _alone = Permit::of_a_crowd();
    for from_nothing in [true, false] {
        let (vendor, world) = place(On::File);
        let (door, mut world) = behind_a_door(&vendor, world);
        if !from_nothing {
            world.import(&vendor);
            world.run(&["refresh"]).succeeds();
            vendor.expire_login();
            vendor.expire_access();
        }
        let command = if from_nothing { "token" } else { "refresh" };
        let failed = world.run(&[command]);
        assert!(matches!(failed.code, Some(4 | 5)), "{failed:#?}");
        assert!(failed.stderr.contains("127.0.0.1"), "it says what is not reached: {}", failed.stderr);
        assert_eq!((vendor.requests_at(FIRST), vendor.requests_at(SECOND)), (1, 0));
        assert_eq!(state(&world), if from_nothing { "ready" } else { "login_required" });
        // Whoever comes at once does not begin anew.
        for output in ended(many(&world, command, 6)) {
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(5), "{said}");
        }
        let error = world.run(&[command, "--json"]).exits(5).error();
        assert!(error["retry_after"].as_u64().is_some_and(|left| (1..=60).contains(&left)), "{error}");
        assert_eq!((vendor.requests_at(FIRST), vendor.requests_at(SECOND)), (1, 0), "again and again");
        door.open();
        let shim = crate::shim::Shim::build(&world);
        shim.later(&mut world, 90);
        let token = world.run(&[command]).succeeds();
        assert!(vendor.accepts(token.stdout.trim()), "from nothing: {from_nothing}");
        assert_eq!((vendor.requests_at(FIRST), vendor.requests_at(SECOND)), (2, 1));
        assert_eq!(vendor.codes_spent(), 1);
    }
}
