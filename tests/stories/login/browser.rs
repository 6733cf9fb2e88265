//! A person with a browser: it goes to an address and follows wherever it is sent, and does nothing else.
//!
//! `Browser` is the program that `BROWSER` names: it writes down how it was called, and a story follows from there.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use url::Url;

use crate::sequence::wait_for;
use crate::world::{PATIENCE, World};

/// What came of one request.
#[derive(Clone, Debug)]
pub struct Page {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Page {
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |header: &&(String, String)| header.0.eq_ignore_ascii_case(name);
        self.headers.iter().find(same).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("JSON: {self:?}"))
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Page {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

/// One request over plain HTTP. `Err` when nobody listens, or nobody answers.
pub fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> std::io::Result<Page> {
    let parsed = Url::parse(url).expect("an address");
    let host = parsed.host_str().expect("a host");
    let port = parsed.port_or_known_default().expect("a port");
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut target = parsed.path().to_owned();
    if let Some(query) = parsed.query() {
        target += &format!("?{query}");
    }
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
    if !body.is_empty() || method == "POST" {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    stream.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let _ = stream.shutdown(Shutdown::Both);
    read(&bytes).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
}

fn read(bytes: &[u8]) -> Option<Page> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    Some(Page { status, headers: lines.filter_map(header).collect(), body: body.to_owned() })
}

pub fn get(url: &str) -> Page {
    request("GET", url, &[("User-Agent", "Browser")], "").unwrap_or_else(|error| panic!("{url}: {error}"))
}

/// What `fields` are in form encoding.
pub fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Where the server sends its visitor, without going there.
pub fn sent_to(url: &str) -> String {
    let page = get(url).is(302);
    page.header("location").expect("a Location").to_owned()
}

/// The page where it ends.
#[track_caller]
pub fn visit(url: &str) -> Page {
    wander(url).unwrap_or_else(|| panic!("{url} leads nowhere"))
}

/// The same; `None` when nobody is at home on the way.
pub fn wander(url: &str) -> Option<Page> {
    let mut next = url.to_owned();
    for _ in 0..10 {
        let page = request("GET", &next, &[("User-Agent", "Browser")], "").ok()?;
        match page.header("location") {
            Some(location) => location.clone_into(&mut next),
            None => return Some(page),
        }
    }
    panic!("{url}: sent round and round")
}

/// The program that `BROWSER` names.
pub struct Browser {
    calls: PathBuf,
}

impl Browser {
    pub fn of(world: &mut World) -> Browser {
        Browser::that(world, "")
    }

    /// That does this besides, in the words of a shell.
    pub fn that(world: &mut World, does: &str) -> Browser {
        let (program, calls) = (world.path().join("browser"), world.path().join("browser.secret"));
        let script = format!(
            "#!/bin/sh\n{{ printf '%s\\n' \"$#\" \"$@\"; }} >> '{0}.new'; mv '{0}.new' '{0}'\n{does}\n",
            calls.display()
        );
        fs::write(&program, script).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("mode");
        world.set("BROWSER", program.to_str().expect("UTF-8"));
        Browser { calls }
    }

    /// Not yet, or never.
    pub fn was_opened(&self) -> bool {
        self.calls.exists()
    }

    /// The one argument it is called with. A second call would be news.
    #[track_caller]
    pub fn address(&self) -> String {
        wait_for(|| self.was_opened());
        let text = fs::read_to_string(&self.calls).expect("its calls");
        let lines: Vec<&str> = text.lines().collect();
        let ["1", address] = lines[..] else { panic!("not one call with one argument: {text}") };
        address.to_owned()
    }

    /// As a person does who consents, or whatever the vendor makes of it: the page where it ends.
    #[track_caller]
    pub fn follows(&self) -> Page {
        visit(&self.address())
    }
}
