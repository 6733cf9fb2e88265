//! `sasl --check`: what goes over the wire, and what becomes of servers that say too much, too little or the wrong thing.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::{ask, scene, unasked};
use crate::world::World;

/// A server that talks to whoever comes first, and what it heard.
fn server(
    talk: impl FnOnce(TcpStream) -> io::Result<Vec<String>> + Send + 'static,
) -> (u16, Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let (said, heard) = channel();
    thread::spawn(move || {
        let (stream, _) = listener.accept().expect("somebody comes");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        let _ = said.send(talk(stream).unwrap_or_default());
    });
    (port, heard)
}

/// Says one line, or several, to each that it hears.
fn answering(answers: &[&'static str]) -> impl FnOnce(TcpStream) -> io::Result<Vec<String>> + Send + use<> {
    let answers = answers.to_vec();
    move |mut stream: TcpStream| {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let mut heard = Vec::new();
        for answer in answers {
            stream.write_all(answer.as_bytes())?;
            heard.extend(lines.next().transpose()?);
        }
        Ok(heard)
    }
}

fn check(world: &World, port: u16, more: &[&str]) -> super::Told {
    let port = port.to_string();
    let words = ["sasl", "xoauth2", "--user", "me@x", "--host", "localhost", "--port", &port];
    ask(world, &[&words[..], more].concat(), "")
}

const IMAP: &[&str] =
    &["* OK hi\r\n", "* CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2\r\nt1 OK done\r\n", "t2 OK hi\r\n"];

#[test]
fn what_goes_over_the_wire_is_what_is_printed_otherwise() {
    let (vendor, world) = scene();
    let printed = ask(&world, &["sasl", "xoauth2", "--user", "me@x"], "").stdout;
    let (port, heard) = server(answering(IMAP));
    check(&world, port, &["--check=imap"]).is(
        0,
        "",
        &format!("tokcli: localhost:{port} accepts the token for me@x\n"),
    );
    let wanted = ["t1 CAPABILITY", &format!("t2 AUTHENTICATE XOAUTH2 {}", printed.trim()), "t3 LOGOUT"];
    assert_eq!(heard.recv().expect("a talk"), wanted);
    let (port, _heard) = server(answering(IMAP));
    check(&world, port, &["--check=imap", "--json"]).is(
        0,
        "{\"version\":1,\"profile\":\"fbox\",\"outcome\":\"accepted\"}\n",
        "",
    );
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn what_is_no_server_is_said_before_anything_is_sent() {
    let (vendor, world) = scene();
    for (more, code) in
        [(&["--port", "7", "--check"][..], 2), (&["--check=smtp"], 2), (&["--check=imap", "imaps"], 2)]
    {
        let words = [&["sasl", "xoauth2", "--user", "me", "--host", "localhost"], more].concat();
        let told = ask(&world, &words, "");
        assert_eq!((told.code, &*told.stdout), (Some(code), ""), "{told:?}");
    }
    assert_eq!(ask(&world, &["sasl", "xoauth2", "--user", "me", "--check"], "").code, Some(2));
    for host in ["a/b", "a@b", "a b", "[::1", "a:1", "https://a"] {
        let told = ask(&world, &["sasl", "xoauth2", "--user", "me", "--host", host, "--check"], "");
        assert_eq!((told.code, &*told.stdout), (Some(3), ""), "{told:?}");
        assert!(told.stderr.contains("is neither a host name nor an IP address"), "{told:?}");
    }
    unasked(&vendor);
}

#[test]
fn a_server_that_goes_on_forever_or_says_nothing_is_left() {
    let (_vendor, world) = scene();
    let (port, _heard) = server(|mut stream| {
        loop {
            stream.write_all(&[b'x'; 4_096])?;
        }
    });
    let told = check(&world, port, &["--check=imap"]);
    assert!(told.code == Some(5) && told.stderr.contains("says more than a mail server"), "{told:?}");
    let (port, _heard) = server(|mut stream| {
        stream.write_all(b"* OK hi\r\n")?;
        loop {
            stream.write_all(b"* NOOP\r\n")?;
        }
    });
    let told = check(&world, port, &["--check=imap"]);
    assert!(told.code == Some(5) && told.stderr.contains("says more than a mail server"), "{told:?}");
    let (port, _heard) = server(|mut stream| {
        let mut all = String::new();
        stream.read_to_string(&mut all).map(|_| vec![all])
    });
    let told = check(&world, port, &["--check=imap", "--deadline", "5s"]);
    assert!(told.code == Some(5) && told.stderr.contains("did not answer in time"), "{told:?}");
    let (port, _heard) = server(|_stream| Ok(Vec::new()));
    let told = check(&world, port, &["--check=submission"]);
    assert!(told.code == Some(5) && told.stderr.contains("closed the connection"), "{told:?}");
}

/// What stands behind the answer to STARTTLS, somebody between has put there.
#[test]
fn nothing_that_was_said_before_tls_counts_behind_it() {
    let (_vendor, world) = scene();
    let offer: &'static str = "* CAPABILITY STARTTLS AUTH=XOAUTH2\r\nt1 OK done\r\n";
    let (port, heard) = server(answering(&["* OK hi\r\n", offer, "t2 OK go on\r\n* CAPABILITY SASL-IR\r\n"]));
    let told = check(&world, port, &["--check=imap"]);
    assert!(told.code == Some(3) && told.stderr.contains("before TLS"), "{told:?}");
    assert_eq!(heard.recv().expect("a talk"), ["t1 CAPABILITY", "t2 STARTTLS"]);
    let (port, heard) = server(move |stream| {
        let talk = answering(&["* OK hi\r\n", offer])(stream.try_clone()?)?;
        (&stream).write_all(b"t2 OK go on\r\n")?;
        let mut hello = [0; 5];
        (&stream).read_exact(&mut hello)?;
        (&stream).write_all(b"this is no TLS\r\n")?;
        // Until it hangs up, since what was not read would cut off what was said.
        let mut rest = Vec::new();
        let _ = (&stream).read_to_end(&mut rest);
        assert!(!rest.windows(4).any(|four| four == b"AUTH"));
        Ok(talk)
    });
    let told = check(&world, port, &["--check=imap"]);
    assert!(told.code == Some(5) && told.stderr.contains("does not speak TLS"), "{told:?}");
    assert_eq!(heard.recv().expect("a talk"), ["t1 CAPABILITY", "t2 STARTTLS"]);
}
