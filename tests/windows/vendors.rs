//! Each vendor on each store, and many callers at once.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::stand_in::{StandIn, Vendor};
use crate::world::{Ended, World};

fn story(kind: Vendor, store: &str) {
    let vendor = if kind == Vendor::VeeamAzure { StandIn::start_tls(kind) } else { StandIn::start(kind) };
    let world = World::with(store, &vendor);
    let first = world.run(&["token"]).succeeds();
    assert_eq!(
        (first.stdout.trim_end(), first.stderr.as_str()),
        (vendor.current().access_token.as_str(), "")
    );
    world.run(&["token"]).succeeds().prints(&first.stdout);
    assert_eq!(vendor.requests().len(), 1, "a valid token is printed without a request");
    for rotation in 2..=3 {
        let run = world.run(&["refresh"]).succeeds();
        assert_eq!(run.stdout.trim_end(), vendor.current().access_token);
        assert_eq!(vendor.requests().len(), rotation);
    }
    let status = world.run(&["status", "--json"]).succeeds().object();
    assert_eq!(status["profiles"][0]["state"], "valid", "{status}");
    vendor.expire_login();
    world.run(&["refresh"]).exits(4).says("a person must log in again");
    world.import_again(&vendor);
    world.run(&["refresh"]).succeeds();
    world.run(&["logout", "--local"]).succeeds();
    world.run(&["token"]).exits(4);
}

impl World {
    fn import_again(&self, vendor: &StandIn) {
        let token = vendor.login().refresh_token;
        self.run_with(&["import"], token.as_bytes()).succeeds();
    }
}

const VENDORS: [Vendor; 4] = [Vendor::Fbox, Vendor::Babelbird, Vendor::VeeamAzure, Vendor::OAuth2];

#[test]
fn all_vendors_on_the_file_store() {
    for kind in VENDORS {
        story(kind, "file");
    }
}

#[test]
fn all_vendors_on_credential_manager() {
    for kind in VENDORS {
        story(kind, "keyring");
    }
}

#[test]
fn a_hundred_callers_are_one_request() {
    for store in ["file", "keyring"] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(store, &vendor);
        let callers: Vec<_> = (0..100).map(|_| world.spawn(&["token"])).collect();
        let tokens: Vec<String> =
            callers.into_iter().map(|caller| Ended::of(caller).succeeds().stdout).collect();
        let newest = vendor.current().access_token;
        assert!(tokens.iter().all(|token| token.trim_end() == newest), "{store}");
        assert_eq!((vendor.requests().len(), vendor.reused().len()), (1, 0), "{store}");
    }
}

/// 2,560 bytes an item there, and the vendor's tokens grow: what does not fit is in the journal.
#[test]
fn tokens_that_outgrow_an_item_of_credential_manager_are_kept_all_the_same() {
    let vendor = Growing::start();
    let mut world = World::empty();
    let account = world.account().to_owned();
    world.add(&format!(
        "[profiles.w]\ndialect = \"oauth2\"\ntoken_url = \"http://127.0.0.1:{}/t\"\nclient_id = \"c\"\naccount = '{account}'\nstore = \"keyring\"\n",
        vendor.port
    ));
    world.run_with(&["import"], "r".repeat(5_000).as_bytes()).exits(6).says("too large");
    world.run_with(&["import"], b"refresh-0").succeeds();
    for n in 1..=6 {
        let run = world.run(&["refresh"]).succeeds();
        assert_eq!(run.stdout.trim_end(), Growing::access_token(n));
        let fits = Growing::refresh_token(n).len() < 2_200;
        assert_eq!(run.stderr.contains("only in the journal of this machine"), !fits, "{n}: {run:#?}");
        world.run(&["token"]).succeeds().prints(&run.stdout);
    }
    world.run_with(&["import", "--replace"], Growing::refresh_token(6).as_bytes()).succeeds().says("already");
    // Where all of it must be in the store, that is not enough.
    world.run(&["refresh", "--strict-store"]).exits(7).says("only in the journal of this machine");
    world.run(&["token"]).succeeds().prints(&format!("{}\n", Growing::access_token(7)));
    let small = world.run(&["refresh"]).succeeds();
    assert!(!small.stderr.contains("only in the journal of this machine"), "{small:#?}");
    assert_eq!(
        *vendor.presented.lock().expect("whole"),
        (0..8).map(Growing::refresh_token).collect::<Vec<_>>()
    );
}

/// Its tokens are longer each time.
struct Growing {
    port: u16,
    presented: Arc<Mutex<Vec<String>>>,
}

impl Growing {
    fn access_token(n: usize) -> String {
        format!("access-{n}-{}", "a".repeat(n * 1_500))
    }

    fn refresh_token(n: usize) -> String {
        if n == 0 || n == 8 { format!("refresh-{n}") } else { format!("refresh-{n}-{}", "r".repeat(n * 700)) }
    }

    fn start() -> Growing {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let presented = Arc::<Mutex<Vec<String>>>::default();
        let theirs = Arc::clone(&presented);
        std::thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let mut caller = BufReader::new(caller);
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    caller.read_line(&mut line).expect("a line");
                    let line = line.trim_end().to_ascii_lowercase();
                    if let Some(said) = line.strip_prefix("content-length:") {
                        length = said.trim().parse().expect("a number");
                    }
                    if line.is_empty() {
                        break;
                    }
                }
                let mut body = vec![0; length];
                caller.read_exact(&mut body).expect("whole");
                let body = String::from_utf8(body).expect("UTF-8");
                let token = body.split('&').find_map(|part| part.strip_prefix("refresh_token="));
                let mut presented = theirs.lock().expect("whole");
                presented.push(token.unwrap_or_default().to_owned());
                let n = presented.len();
                let answer = serde_json::json!({
                    "access_token": Growing::access_token(n), "refresh_token": Growing::refresh_token(n),
                    "expires_in": 3600, "token_type": "Bearer",
                });
                let answer = answer.to_string();
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
                let _ = write!(caller.get_mut(), "{head}Content-Length: {}\r\n\r\n{answer}", answer.len());
            }
        });
        Growing { port, presented }
    }
}
