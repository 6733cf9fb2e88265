//! A server that a story makes up: whoever asks is answered by a function, and what came is written down. It is strict about
//! the form of what it is asked, and answers one connection after the other.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub method: String,
    pub path: String,
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn form(&self, name: &str) -> String {
        let mut pairs = url::form_urlencoded::parse(self.body.as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}

#[derive(Clone, Debug)]
pub struct Said {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
}

pub fn said(status: u16, body: Value) -> Said {
    Said { status, headers: Vec::new(), body }
}

impl Said {
    pub fn with(mut self, name: &'static str, value: &str) -> Said {
        self.headers.push((name, value.to_owned()));
        self
    }
}

pub struct Server {
    pub origin: String,
    came: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Asked) -> Said + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("bound"));
        let came = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&came);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let Some(asked) = read(&mut stream) else { continue };
                noted.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
                write(&mut stream, &answer(&asked));
            }
        });
        Server { origin, came }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.came.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The paths that were asked for since the last time.
    pub fn paths(&self) -> Vec<String> {
        let came = std::mem::take(&mut *self.came.lock().unwrap_or_else(PoisonError::into_inner));
        came.into_iter().map(|asked| asked.path).collect()
    }
}

/// `None`: whoever asked was gone before it had asked.
fn read(stream: &mut TcpStream) -> Option<Asked> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let mut came = Vec::new();
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        if let Ok(httparse::Status::Complete(end)) = request.parse(&came) {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
            let headers: BTreeMap<String, String> =
                request.headers.iter().map(|it| (it.name.to_lowercase(), text(it.value))).collect();
            let length: usize =
                headers.get("content-length").map_or(0, |length| length.parse().expect("a length"));
            if came.len() - end >= length {
                let [method, path] = [request.method, request.path].map(|it| it.expect("parsed").to_owned());
                return Some(Asked { method, path, headers, body: text(&came[end..end + length]) });
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk) {
            Ok(count) if count > 0 => came.extend_from_slice(&chunk[..count]),
            _ => return None,
        }
    }
}

fn write(stream: &mut TcpStream, said: &Said) {
    let body = said.body.to_string();
    let mut text = format!("HTTP/1.1 {} Said\r\nContent-Type: application/json\r\n", said.status);
    for (name, value) in &said.headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    // Whoever asked may have been killed.
    let _ = stream.write_all(text.as_bytes());
}
