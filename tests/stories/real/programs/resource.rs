//! A server that takes the tokens of a stand-in, and nobody without one.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::stand_in::{Answer, Identity, Options, Request, StandIn, Tls, Wire};

type Serves = dyn Fn(&Request) -> Answer + Send + Sync;

pub struct Resource {
    port: u16,
    pub pem: String,
    calls: Arc<Mutex<Vec<String>>>,
}

struct Door {
    vendor: Arc<StandIn>,
    /// The values of `WWW-Authenticate`.
    offers: &'static [&'static str],
    identity: Option<Identity>,
    serves: Box<Serves>,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Resource {
    pub fn start(
        vendor: &Arc<StandIn>,
        tls: Tls,
        offers: &'static [&'static str],
        serves: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Resource {
        let identity = Identity::fresh(&Options { tls, ..Options::default() }).expect("a certificate");
        let pem = identity.as_ref().map(|identity| identity.pem.clone()).unwrap_or_default();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let calls: Arc<Mutex<Vec<String>>> = Arc::default();
        let door = Arc::new(Door {
            vendor: vendor.clone(),
            offers,
            identity,
            serves: Box::new(serves),
            calls: calls.clone(),
        });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let door = door.clone();
                // Who hangs up early has what was wanted.
                thread::spawn(move || drop(door.answer(stream)));
            }
        });
        Resource { port, pem, calls }
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Status, scheme, method and path of each request so far.
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Door {
    fn answer(&self, stream: TcpStream) -> io::Result<()> {
        let mut wire = Wire::open(stream, self.identity.as_ref())?;
        let request = Request::read(&mut wire)?;
        let given = request.header("authorization").unwrap_or_default();
        let (scheme, value) = given.split_once(' ').unwrap_or(("nobody", given));
        let answer = if self.takes(scheme, value) { (self.serves)(&request) } else { self.refusal() };
        let line = format!("{} {scheme} {} {}", answer.status, request.method, request.path);
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        answer.send(&mut wire)?;
        wire.finish()
    }

    fn takes(&self, scheme: &str, value: &str) -> bool {
        match scheme {
            "Bearer" => self.vendor.accepts(value),
            "Basic" => STANDARD
                .decode(value)
                .ok()
                .and_then(|plain| String::from_utf8(plain).ok())
                .and_then(|plain| Some(plain.split_once(':')?.1.to_owned()))
                .is_some_and(|token| self.vendor.accepts(&token)),
            _ => false,
        }
    }

    fn refusal(&self) -> Answer {
        let mut answer = Answer::empty(401);
        for offer in self.offers {
            answer.headers.push(("WWW-Authenticate".into(), (*offer).into()));
        }
        answer
    }
}

/// The repositories below a directory, by git's own program for web servers (`git-http-backend(1)`).
pub fn repositories(root: PathBuf) -> impl Fn(&Request) -> Answer {
    move |request| {
        let mut backend = Command::new("git");
        backend.arg("http-backend").env("GIT_PROJECT_ROOT", &root).env("GIT_HTTP_EXPORT_ALL", "1");
        backend.env("PATH_INFO", &request.path).env("REQUEST_METHOD", &request.method);
        backend.env("QUERY_STRING", &request.query).env("GIT_CONFIG_COUNT", "1");
        backend.env("GIT_CONFIG_KEY_0", "safe.directory").env("GIT_CONFIG_VALUE_0", "*");
        for (variable, header) in [
            ("CONTENT_TYPE", "content-type"),
            ("HTTP_CONTENT_ENCODING", "content-encoding"),
            ("HTTP_GIT_PROTOCOL", "git-protocol"),
        ] {
            backend.env(variable, request.header(header).unwrap_or_default());
        }
        let output = assert_cmd::Command::from_std(backend).write_stdin(request.body.clone()).output();
        let output = output.expect("git is installed").stdout;
        let end = output.windows(4).position(|four| four == b"\r\n\r\n").expect("the end of the head");
        let mut answer = Answer { body: output[end + 4..].to_vec(), ..Answer::empty(200) };
        for line in String::from_utf8_lossy(&output[..end]).lines() {
            match line.split_once(": ") {
                Some(("Status", status)) => answer.status = status[..3].parse().expect("a status"),
                Some((name, value)) => answer = answer.with(name, value),
                None => {}
            }
        }
        answer
    }
}
