//! A mail server: dovecot with its `oauth2` passdb, which asks a server of ours about each token, and a server behind its
//! submission service that keeps what it is given.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::json;

use crate::real::server::{Place, Server, free_port};
use crate::sequence::wait_for;
use crate::stand_in::{Answer, Request, StandIn, Wire};

pub const ME: &str = "me@example.com";
/// What the server says of a token that it does not take.
pub const SCOPE: &str = "mail";

pub struct Office {
    pub imaps: u16,
    pub imap: u16,
    pub submission: u16,
    server: Server,
    sent: Arc<Mutex<Vec<String>>>,
}

impl Office {
    /// Whoever has a token of the vendor is [`ME`].
    pub fn open(vendor: &Arc<StandIn>) -> Office {
        let place = Place::new(0);
        let (imaps, imap, submission) = (place.port, free_port(), free_port());
        let sent = Arc::default();
        let ports = [imaps, imap, submission, introspection(vendor), relay(&sent)];
        prepare(&place, ports);
        let mut office = Office { imaps, imap, submission, server: Server::new(place), sent };
        let mut dovecot = office.server.place.command(Path::new("/usr/sbin/dovecot"));
        dovecot.args(["-F", "-c", "dovecot.conf"]);
        office.server.start(dovecot, |port| TcpStream::connect(("127.0.0.1", port)).is_ok());
        office
    }

    /// Its certificate, which is its own authority.
    pub fn certificate(&self) -> PathBuf {
        self.server.place.path().join("certificate.pem")
    }

    /// A letter in the inbox.
    pub fn deliver(&self, subject: &str) {
        let inbox = self.server.place.path().join("mail").join(ME).join("new");
        wait_for(|| inbox.exists());
        let letter = format!("From: you@example.com\nTo: {ME}\nSubject: {subject}\n\nbody\n");
        let path = inbox.join(format!("1700000000.M{subject}.x"));
        fs::write(&path, letter).expect("written");
        owned(&path);
    }

    /// The subjects of what was sent.
    pub fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What dovecot wrote of itself.
    pub fn log(&self) -> String {
        fs::read_to_string(self.server.place.path().join("dovecot.log")).unwrap_or_default()
    }
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// dovecot opens no mailbox as root.
fn owned(path: &Path) {
    if is_root() {
        let done =
            Command::new("chown").args(["-R", "nobody:nogroup"]).arg(path).status().expect("chown runs");
        assert!(done.success());
    }
}

fn prepare(place: &Place, [imaps, imap, submission, introspection, relay]: [u16; 5]) {
    let root = place.path();
    fs::set_permissions(root, Permissions::from_mode(0o755)).expect("mode");
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let own = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let write = |name: &str, text: &str| fs::write(root.join(name), text).expect("written");
    write("certificate.pem", &own.cert.pem());
    write("key.pem", &own.signing_key.serialize_pem());
    write(
        "oauth2.conf",
        &format!(
            "introspection_mode = post\nintrospection_url = http://127.0.0.1:{introspection}/\nactive_attribute = active\nactive_value = true\nusername_attribute = username\nscope = {SCOPE}\n"
        ),
    );
    let mail = root.join("mail").join(ME);
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(mail.join(part)).expect("made");
    }
    owned(&root.join("mail"));
    let user = |option: &str| {
        let output = Command::new("id").arg(option).output().expect("id runs");
        String::from_utf8(output.stdout).expect("a name").trim().to_owned()
    };
    let (me, group) = (user("-un"), user("-gn"));
    let [internal, internal_group, login, owner, owners]: [&str; 5] = match is_root() {
        true => ["dovecot", "dovecot", "dovenull", "nobody", "nogroup"],
        false => [&me, &group, &me, &me, &group],
    };
    let here = root.display();
    write(
        "dovecot.conf",
        &format!(
            "base_dir = {here}/run
state_dir = {here}/state
log_path = {here}/dovecot.log
protocols = imap submission
listen = 127.0.0.1
hostname = localhost
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
ssl = yes
ssl_cert = <{here}/certificate.pem
ssl_key = <{here}/key.pem
auth_mechanisms = xoauth2 oauthbearer
auth_failure_delay = 0
auth_verbose = yes
mail_location = maildir:{here}/mail/%u
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {here}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid={owner} gid={owners} home={here}/mail/%u
}}
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {submission}
  }}
}}
"
        ),
    );
}

/// RFC 7662, as dovecot asks.
fn introspection(vendor: &Arc<StandIn>) -> u16 {
    let (listener, port) = listener();
    let vendor = vendor.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let vendor = vendor.clone();
            thread::spawn(move || {
                let mut wire = Wire::open(stream, None)?;
                let request = Request::read(&mut wire)?;
                let mut form = url::form_urlencoded::parse(&request.body);
                let token = form.find(|(name, _)| name == "token").map(|(_, value)| value.into_owned());
                let active = token.is_some_and(|token| vendor.accepts(&token));
                Answer::json(200, &json!({ "active": active, "username": ME, "scope": SCOPE }))
                    .send(&mut wire)?;
                wire.finish()
            });
        }
    });
    port
}

/// Takes every letter, and keeps its subject.
fn relay(sent: &Arc<Mutex<Vec<String>>>) -> u16 {
    let (listener, port) = listener();
    let sent = sent.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sent = sent.clone();
            // Who hangs up has what was wanted.
            thread::spawn(move || drop(take(stream, &sent)));
        }
    });
    port
}

fn take(mut stream: TcpStream, sent: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let (lines, mut in_letter) = (BufReader::new(stream.try_clone()?).lines(), false);
    stream.write_all(b"220 relay\r\n")?;
    for line in lines {
        let line = line?;
        let answer = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            _ if in_letter && line == "." => "250 kept",
            _ if in_letter => {
                let subject = line.strip_prefix("Subject: ").map(str::to_owned);
                sent.lock().unwrap_or_else(PoisonError::into_inner).extend(subject);
                continue;
            }
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 good",
        };
        in_letter = answer == "354 go on";
        stream.write_all(format!("{answer}\r\n").as_bytes())?;
    }
    Ok(())
}

fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    (listener, port)
}
