//! One HTTP/1.1 request in and one answer out, over anything that reads and writes.
//!
//! A request is kept as it was sent (header spelling, raw query, raw body), because the vendors' files judge exactly that.
//! Every connection carries one request: an answer always says `Connection: close`.

use std::io::{self, Read, Write};

use serde_json::{Value, json};

const LARGEST: usize = 1 << 20;
const MOST_HEADERS: usize = 100;

/// A request as it stood on the wire.
#[derive(Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// Without the question mark, still encoded; empty when there is none.
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn read(from: &mut impl Read) -> io::Result<Request> {
        let mut bytes = Vec::new();
        let (mut request, head) = loop {
            if let Some(parsed) = Request::parse_head(&bytes)? {
                break parsed;
            }
            more(from, &mut bytes)?;
        };
        let length = request.content_length()?;
        while bytes.len() < head + length {
            more(from, &mut bytes)?;
        }
        request.body = bytes.split_off(head);
        Ok(request)
    }

    /// The first value of the header, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers_named(name).first().copied()
    }

    pub fn headers_named(&self, name: &str) -> Vec<&str> {
        let same = |header: &&(String, String)| header.0.eq_ignore_ascii_case(name);
        self.headers.iter().filter(same).map(|(_, value)| value.as_str()).collect()
    }

    /// The request without its body, and where the body begins; `None` until the head is complete.
    fn parse_head(bytes: &[u8]) -> io::Result<Option<(Request, usize)>> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut head = httparse::Request::new(&mut headers);
        let httparse::Status::Complete(length) = head.parse(bytes).map_err(unreadable)? else {
            return Ok(None);
        };
        let target = head.path.unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let request = Request {
            method: head.method.unwrap_or_default().to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: head.headers.iter().map(|h| (h.name.to_owned(), text(h.value))).collect(),
            body: Vec::new(),
        };
        Ok(Some((request, length)))
    }

    fn content_length(&self) -> io::Result<usize> {
        match self.header("content-length").map(str::parse) {
            None => Ok(0),
            Some(Ok(length)) if length <= LARGEST => Ok(length),
            Some(_) => Err(unreadable("Content-Length")),
        }
    }
}

fn more(from: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut chunk = [0; 8192];
    match from.read(&mut chunk)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ if bytes.len() > 2 * LARGEST => Err(unreadable("too large")),
        length => {
            bytes.extend_from_slice(&chunk[..length]);
            Ok(())
        }
    }
}

fn unreadable(what: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_string())
}

/// An answer; `Content-Length` and `Connection` are added on the way out where they are not set.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn empty(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), body: Vec::new() }
    }

    pub fn json(status: u16, body: &Value) -> Answer {
        let answer = Answer { body: body.to_string().into_bytes(), ..Answer::empty(status) };
        answer.with("Content-Type", "application/json")
    }

    /// A page for a person.
    pub fn page(status: u16, words: &str) -> Answer {
        let body = format!("<!doctype html><title>stand-in</title><p>{words}</p>\n").into_bytes();
        Answer { body, ..Answer::empty(status) }.with("Content-Type", "text/html; charset=utf-8")
    }

    /// RFC 6749 section 5.2.
    pub fn oauth_error(status: u16, code: &str) -> Answer {
        Answer::json(status, &json!({ "error": code }))
    }

    /// Sets a header, in place of the one that has this name.
    pub fn with(mut self, name: &str, value: &str) -> Answer {
        self.headers.retain(|(old, _)| !old.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !self.has("content-length") && !self.has("transfer-encoding") {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        if !self.has("connection") {
            head += "Connection: close\r\n";
        }
        (head + "\r\n").into_bytes()
    }

    pub fn send(&self, to: &mut impl Write) -> io::Result<()> {
        to.write_all(&self.head())?;
        to.write_all(&self.body)?;
        to.flush()
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    }
}
