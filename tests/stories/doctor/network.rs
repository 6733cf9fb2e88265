//! What leads to the vendors, and what they say when they are asked for nothing.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use super::{Machine, Mend, Wanted, check, notes, row, says};
use crate::shim::Shim;
use crate::stand_in::{Options, StandIn, Tls, Vendor};
use crate::world::{CANARY, On, World};

/// Answers whoever comes with this head, and notes what was asked.
fn server(answer: fn() -> String) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&asked);
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut head = String::new();
            let mut reader = BufReader::new(client.try_clone().expect("clone"));
            while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
            notes.lock().expect("notes").push(head);
            let _ = client.write_all(answer().as_bytes());
        }
    });
    (port, asked)
}

fn dated() -> String {
    let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
    format!("HTTP/1.1 404 Not Found\r\nDate: {now}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

fn at(token_url: &str) -> Machine {
    let mut world = World::on(On::File);
    world.add(&format!(
        "[profiles.acme]\ndialect = \"oauth2\"\nstore = \"file\"\ntoken_url = \"{token_url}\"\nclient_id = \"c\"\n"
    ));
    world.run_with(&["import"], "rt-canary-1").succeeds();
    Machine::of(world, None)
}

fn elsewhere() -> Machine {
    at("https://vendor.invalid/token")
}

fn online() -> Machine {
    let (port, asked) = server(dated);
    let mut machine = at(&format!("http://127.0.0.1:{port}/token"));
    machine.asks(&["--online"]);
    machine.is_well("it answers");
    let asked = asked.lock().expect("notes").join("");
    assert!(asked.starts_with("GET / HTTP/1.1\r\n") && !asked.contains("canary"), "{asked}");
    machine
}

/// A server that says this until its client leaves.
fn endless(piece: &'static str) -> Machine {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        let piece = piece.repeat(500);
        for mut client in listener.incoming().flatten() {
            while client.write_all(piece.as_bytes()).is_ok() {}
        }
    });
    at(&format!("http://127.0.0.1:{port}/token"))
}

fn asked_in_vain(it: &mut Machine) -> Vec<Wanted> {
    it.asks(&["--online"]);
    says("connection", Some("acme"), &["answers no HTTP request"], &["[profiles.acme]"])
}

fn asked_no_more() -> Mend {
    Mend::By(|it| it.asks(&[]))
}

#[test]
fn certificates_and_proxies_are_named_without_asking_anybody() {
    check(&[
        row(
            "SSL_CERT_FILE leads nowhere",
            elsewhere,
            |it| {
                it.world.set("SSL_CERT_FILE", "/no/such.pem");
                says(
                    "certificates",
                    None,
                    &["`SSL_CERT_FILE` names /no/such.pem, which is not there"],
                    &["unset SSL_CERT_FILE"],
                )
            },
            Mend::By(|it| it.world.set("SSL_CERT_FILE", "")),
        ),
        row(
            "SSL_CERT_FILE is a directory",
            elsewhere,
            |it| {
                it.world.set("SSL_CERT_FILE", "/tmp");
                says(
                    "certificates",
                    None,
                    &["`SSL_CERT_FILE` names /tmp, which is not a file"],
                    &["unset SSL_CERT_FILE"],
                )
            },
            Mend::By(|it| it.world.set("SSL_CERT_FILE", "")),
        ),
        row(
            "SSL_CERT_FILE holds none",
            elsewhere,
            |it| {
                it.world.write("empty.pem", "nothing\n");
                let path = it.world.path().join("empty.pem").display().to_string();
                it.world.set("SSL_CERT_FILE", &path);
                says(
                    "certificates",
                    None,
                    &["`SSL_CERT_FILE`", &path, "holds no certificate"],
                    &["unset SSL_CERT_FILE"],
                )
            },
            Mend::By(|it| it.world.set("SSL_CERT_FILE", "")),
        ),
        row(
            "SSL_CERT_DIR leads nowhere, although no profile speaks TLS",
            Machine::file,
            |it| {
                it.world.set("SSL_CERT_DIR", "/no/such");
                notes("certificates", None, &["`SSL_CERT_DIR` names /no/such"])
            },
            Mend::By(|it| it.world.set("SSL_CERT_DIR", "")),
        ),
        row(
            "a profile's own authority is gone",
            elsewhere,
            |it| {
                it.world.add("tls = { ca_file = \"ca.pem\" }");
                let path = it.world.path().join("ca.pem").display().to_string();
                says("certificates", Some("acme"), &["`tls.ca_file`", &path], &["[profiles.acme]"])
            },
            Mend::By(|it| it.world.change("tls = { ca_file = \"ca.pem\" }", "")),
        ),
        row(
            "a proxy's variable holds none",
            elsewhere,
            |it| {
                it.world.set("ALL_PROXY", "ftp://canary@proxy.example");
                says(
                    "proxy",
                    None,
                    &["`ALL_PROXY` does not hold the address of a proxy"],
                    &["http://proxy.example:3128"],
                )
            },
            Mend::By(|it| it.world.change("client_id", "proxy = \"none\"\nclient_id")),
        ),
    ]);
}

#[test]
fn who_cannot_be_reached_and_whose_clock_differs_is_named_online() {
    check(&[
        row(
            "the name leads nowhere",
            elsewhere,
            |it| {
                it.asks(&["--online"]);
                says("dns", Some("acme"), &["`vendor.invalid`"], &["[profiles.acme]", "/etc/resolv.conf"])
            },
            Mend::By(|it| it.asks(&[])),
        ),
        row(
            "nobody listens there",
            || {
                let port = TcpListener::bind("127.0.0.1:0")
                    .expect("a port")
                    .local_addr()
                    .expect("an address")
                    .port();
                at(&format!("http://127.0.0.1:{port}/token"))
            },
            |it| {
                it.asks(&["--online"]);
                says(
                    "connection",
                    Some("acme"),
                    &["cannot connect to `127.0.0.1:", "refused"],
                    &["http://127.0.0.1:", "[profiles.acme]"],
                )
            },
            Mend::By(|it| it.asks(&[])),
        ),
        row(
            "interim answers come without end",
            || endless("HTTP/1.1 100 Continue\r\n\r\n"),
            asked_in_vain,
            asked_no_more(),
        ),
        row(
            "hints come without end",
            || endless("HTTP/1.1 103 Early Hints\r\n\r\n"),
            asked_in_vain,
            asked_no_more(),
        ),
        row("headers come without end", || endless("X: y\r\n"), asked_in_vain, asked_no_more()),
        row(
            "the clock is ahead",
            online,
            |it| {
                Shim::build(&it.world).ahead(&mut it.world, 7_230);
                says(
                    "clock",
                    None,
                    &["2 h ahead of that of `http://127.0.0.1:"],
                    &["timedatectl set-ntp true"],
                )
            },
            Mend::By(|it| it.world.set("LD_PRELOAD", "")),
        ),
        row(
            "the clock is behind",
            online,
            |it| {
                Shim::build(&it.world).ahead(&mut it.world, -330);
                says(
                    "clock",
                    None,
                    &["5 min behind that of `http://127.0.0.1:"],
                    &["timedatectl set-ntp true"],
                )
            },
            Mend::By(|it| it.world.set("LD_PRELOAD", "")),
        ),
        row(
            "a proxy wants a login",
            elsewhere,
            |it| {
                let (port, _) = server(|| {
                    "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n".to_owned()
                });
                it.world.set("HTTPS_PROXY", &format!("http://127.0.0.1:{port}"));
                it.asks(&["--online"]);
                says(
                    "proxy",
                    Some("acme"),
                    &[&format!("`127.0.0.1:{port}` wants a login"), "407"],
                    &["`proxy_auth`"],
                )
            },
            Mend::By(|it| it.asks(&[])),
        ),
        row(
            "a proxy is not there",
            elsewhere,
            |it| {
                it.world.set("HTTPS_PROXY", "http://127.0.0.1:9");
                it.asks(&["--online"]);
                says(
                    "proxy",
                    Some("acme"),
                    &["the proxy `127.0.0.1:9`"],
                    &["`HTTPS_PROXY` names a running proxy", "[profiles.acme]"],
                )
            },
            Mend::By(|it| it.asks(&[])),
        ),
        row(
            "a proxy's name leads nowhere",
            elsewhere,
            |it| {
                it.world.set("ALL_PROXY", "http://proxy.invalid:3128");
                it.asks(&["--online"]);
                says("dns", Some("acme"), &["`proxy.invalid`"], &["`ALL_PROXY` names a running proxy"])
            },
            Mend::By(|it| it.asks(&[])),
        ),
        row(
            "the certificate is over, or the clock is wrong",
            || {
                let vendor =
                    StandIn::start_with(Vendor::Fbox, Options { tls: Tls::Expired, ..Options::default() });
                let world = World::with(On::File, &vendor);
                world.write("ca.pem", &vendor.certificate_pem());
                world.run(&["token"]).succeeds();
                Machine::of(world, Some(vendor))
            },
            |it| {
                let pin = format!("tls = {{ pin_sha256 = \"{}\" }}", it.vendor().fingerprint());
                it.world.change(&pin, "tls = { ca_file = \"ca.pem\" }");
                it.asks(&["--online"]);
                says("certificates", Some("fbox"), &["it has expired"], &["`date -u`", "a new certificate"])
            },
            Mend::By(|it| it.asks(&[])),
        ),
        row(
            "the certificate is not the pinned one",
            || {
                let vendor = StandIn::start_tls(Vendor::Fbox);
                let world = World::with(On::File, &vendor);
                world.run(&["token"]).succeeds();
                Machine::of(world, Some(vendor))
            },
            |it| {
                let print = it.vendor().fingerprint();
                it.world.change(&print, &"0a".repeat(32));
                it.asks(&["--online"]);
                says(
                    "certificates",
                    Some("fbox"),
                    &["is not trusted: it is not the pinned one", &print],
                    &["pin_sha256", &print],
                )
            },
            Mend::By(|it| {
                let print = it.vendor().fingerprint();
                it.world.change(&"0a".repeat(32), &print);
                it.asks(&[]);
            }),
        ),
    ]);
}

/// A vendor is asked for its root, and nothing is spent there.
#[test]
fn a_vendor_that_is_asked_for_nothing_gives_nothing() {
    let mut machine = Machine::file();
    let before = machine.world.journal();
    machine.asks(&["--online"]);
    let ended = machine.run(true);
    assert!(machine.world.journal() == before, "nothing was written");
    ended.succeeds().prints("{\"version\":1,\"findings\":[]}\n");
    let asked = machine.vendor().requests();
    let last = asked.last().expect("it was asked");
    assert_eq!((last.method.as_str(), last.path.as_str(), asked.len()), ("GET", "/", 2));
    assert!(!last.headers.iter().any(|(_, value)| value.contains(CANARY)), "no secret goes there");
}

/// Without `--online` nobody is asked, whoever is named.
#[test]
fn nobody_is_asked_offline() {
    let (port, asked) = server(dated);
    let machine = at(&format!("http://127.0.0.1:{port}/token"));
    machine.is_well("offline");
    assert_eq!(*asked.lock().expect("notes"), Vec::<String>::new());
}

/// A mail server that offers these mechanisms.
fn mail(capabilities: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            client.write_all(b"* OK ready\r\n").expect("written");
            let reader = BufReader::new(client.try_clone().expect("clone"));
            for line in reader.lines().map_while(Result::ok) {
                let tag = line.split(' ').next().unwrap_or_default().to_owned();
                let list = if line.ends_with("CAPABILITY") {
                    format!("* CAPABILITY IMAP4rev1 {capabilities}\r\n")
                } else {
                    String::new()
                };
                if client.write_all(format!("{list}{tag} OK done\r\n").as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    port
}

#[test]
fn a_mail_server_is_asked_which_logins_it_offers() {
    let machine = Machine::file();
    let ask =
        |port: u16| machine.world.run(&["doctor", "--json", "--mail", &format!("imap://127.0.0.1:{port}")]);
    let told = ask(mail("AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER")).succeeds().object();
    let finding = &told["findings"][0];
    assert_eq!((&finding["check"], &finding["mend"]), (&"mail".into(), &serde_json::Value::Null), "{told}");
    assert!(finding["message"].as_str().expect("text").ends_with("offers XOAUTH2 and OAUTHBEARER"), "{told}");
    let told = ask(mail("AUTH=PLAIN LOGINDISABLED")).exits(1).object();
    assert!(
        told["findings"][0]["message"].as_str().expect("text").contains("neither XOAUTH2 nor OAUTHBEARER"),
        "{told}"
    );
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let told = ask(closed).exits(1).object();
    assert!(
        told["findings"][0]["message"].as_str().expect("text").contains("cannot connect to `127.0.0.1:"),
        "{told}"
    );
    // As `sasl --check` has it.
    for (server, words) in [
        ("127.0.0.1:1", "imap://HOST:PORT"),
        ("smtp://127.0.0.1", "`submission`"),
        ("127.0.0.1:mail", "a numeric port"),
    ] {
        machine.world.run(&["doctor", "--mail", server]).exits(2).says(words);
    }
}
