//! The vendor of the yardsticks: a TLS server in a process of its own, one thread
//! for each connection, so that it is never what is measured.
//!
//! A refresh token is `NAME.NUMBER.FILLING`. At `/rotating` only the newest number
//! of a name is good, as at a vendor that rotates; `/still` takes any, for yardsticks
//! that keep nothing. A discovery document is there for those who must have one. It is told things on standard input, one line each, and answers
//! each with a line: `delay MILLISECONDS`, `lifetime SECONDS`, `take` (how many
//! requests were granted and refused since the last `take`).

use std::collections::HashMap;
use std::io::{self, BufRead as _, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

/// About what a signed access token with a few claims takes.
pub const ACCESS_TOKEN: usize = 1_200;
const FILLING: usize = 48;
const DISCOVERY: &str = "/.well-known/openid-configuration";
const PATIENCE: Duration = Duration::from_secs(60);

pub fn refresh_token(name: &str, number: u64) -> String {
    format!("{name}.{number}.{}", "r".repeat(FILLING))
}

pub fn access_token(name: &str, number: u64) -> String {
    let begin = format!("{name}.{number}.");
    format!("{begin}{}", "a".repeat(ACCESS_TOKEN - begin.len()))
}

/// RFC 6749 section 5.1.
pub fn answer(name: &str, number: u64, lifetime: u64) -> String {
    let answer = json!({
        "access_token": access_token(name, number),
        "token_type": "Bearer",
        "expires_in": lifetime,
        "refresh_token": refresh_token(name, number),
    });
    answer.to_string()
}

struct Books {
    port: u16,
    newest: HashMap<String, u64>,
    granted: u64,
    refused: u64,
    delay: Duration,
    lifetime: u64,
}

/// Prints its port, and serves until standard input closes.
pub fn serve(certificate: &Path, key: &Path) -> Result<()> {
    let config = Arc::new(config(certificate, key)?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    println!("{port}");
    let newest = HashMap::new();
    let books = Books { port, newest, granted: 0, refused: 0, delay: Duration::ZERO, lifetime: 3_600 };
    let books = Arc::new(Mutex::new(books));
    let theirs = Arc::clone(&books);
    thread::spawn(move || accept(&listener, &config, &theirs));
    for line in io::stdin().lock().lines() {
        println!("{}", told(&line?, &mut open(&books)));
    }
    Ok(())
}

fn config(certificate: &Path, key: &Path) -> Result<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(certificate)?;
    let chain = chain.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(config)
}

fn told(line: &str, books: &mut Books) -> String {
    let (word, number) = line.split_once(' ').unwrap_or((line, ""));
    match (word, number.parse()) {
        ("delay", Ok(milliseconds)) => books.delay = Duration::from_millis(milliseconds),
        ("lifetime", Ok(seconds)) => books.lifetime = seconds,
        ("take", _) => {
            let taken = format!("{} {}", books.granted, books.refused);
            (books.granted, books.refused) = (0, 0);
            return taken;
        }
        _ => return "what?".to_owned(),
    }
    "ok".to_owned()
}

fn accept(listener: &TcpListener, config: &Arc<ServerConfig>, books: &Arc<Mutex<Books>>) {
    for stream in listener.incoming().flatten() {
        let (config, books) = (Arc::clone(config), Arc::clone(books));
        // Whoever hangs up in the middle gets no answer.
        thread::spawn(move || drop(converse(stream, config, &books)));
    }
}

fn converse(stream: TcpStream, config: Arc<ServerConfig>, books: &Mutex<Books>) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let session = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut wire = StreamOwned::new(session, stream);
    let (path, body) = request(&mut wire)?;
    let delay = open(books).delay;
    if !delay.is_zero() {
        thread::sleep(delay);
    }
    let (status, answer) = respond(&path, &body, &mut open(books));
    let length = answer.len();
    let head = "Content-Type: application/json\r\nCache-Control: no-store\r\nConnection: close";
    write!(wire, "HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {length}\r\n\r\n{answer}")?;
    wire.conn.send_close_notify();
    wire.flush()?;
    wire.sock.shutdown(std::net::Shutdown::Write)
}

/// The path and the body of one request.
fn request(wire: &mut impl Read) -> io::Result<(String, String)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= content_length(head)
        {
            let path = head.split(' ').nth(1).unwrap_or_default();
            return Ok((path.to_owned(), body.to_owned()));
        }
        match wire.read(&mut chunk)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => bytes.extend_from_slice(&chunk[..length]),
        }
    }
}

fn content_length(head: &str) -> usize {
    let value = head.lines().filter_map(|line| line.split_once(':'));
    let mut value = value.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    value.next().and_then(|(_, length)| length.trim().parse().ok()).unwrap_or(0)
}

fn respond(path: &str, body: &str, books: &mut Books) -> (&'static str, String) {
    if path == DISCOVERY {
        return ("200 OK", discovery(books.port));
    }
    let presented = body.split('&').find_map(|field| field.strip_prefix("refresh_token="));
    let granted = presented.and_then(|token| grant(token, path == "/rotating", books));
    match granted {
        Some(answer) => {
            books.granted += 1;
            ("200 OK", answer)
        }
        None => {
            books.refused += 1;
            ("400 Bad Request", json!({ "error": "invalid_grant" }).to_string())
        }
    }
}

/// OpenID Connect Discovery 1.0 section 3, as little of it as will do.
fn discovery(port: u16) -> String {
    let issuer = format!("https://127.0.0.1:{port}");
    let document = json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}/still"),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "scopes_supported": ["openid", "offline_access"],
        "grant_types_supported": ["refresh_token"],
        "response_types_supported": ["code"],
    });
    document.to_string()
}

fn grant(token: &str, rotating: bool, books: &mut Books) -> Option<String> {
    let mut parts = token.split('.');
    let (name, number) = (parts.next()?, parts.next()?.parse::<u64>().ok()?);
    if rotating {
        let newest = books.newest.entry(name.to_owned()).or_default();
        if *newest != number {
            return None;
        }
        *newest += 1;
    }
    Some(answer(name, number + 1, books.lifetime))
}

fn open(books: &Mutex<Books>) -> std::sync::MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}
