//! Programs that fetch mail over IMAP.

use std::path::Path;

use super::{LONG, Scene, USUAL, goes_well, outcome, scene};
use crate::world::walk;

/// A letter of that subject is somewhere there.
fn has(scene: &Scene, place: &str, subject: &str) -> bool {
    let (mut files, place) = (Vec::new(), scene.world.path().join(place));
    match place.is_file() {
        true => files.push(place),
        false if place.exists() => walk(&place, &mut files),
        false => {}
    }
    let text = |path: &Path| String::from_utf8_lossy(&std::fs::read(path).expect("readable")).into_owned();
    files.iter().any(|path| text(path).contains(&format!("Subject: {subject}")))
}

fn with_a_letter(length: usize) -> Scene {
    let scene = scene(length);
    scene.office.deliver("hello");
    scene
}

#[test]
#[ignore = "`make test-real` runs it"]
fn mbsync_fetches_with_a_long_token() {
    let scene = with_a_letter(LONG);
    scene.write(
        ".mbsyncrc",
        "IMAPAccount work
Host localhost
Port {imaps}
SSLType IMAPS
CertificateFile {certificate}
AuthMechs XOAUTH2
User me@example.com
PassCmd \"tokcli token -p fbox\"

IMAPStore remote
Account work

MaildirStore local
Path ~/mail/
Inbox ~/mail/INBOX
SubFolders Verbatim

Channel work
Far :remote:
Near :local:
Patterns *
Create Near
SyncState *
",
    );
    std::fs::create_dir(scene.world.path().join("mail")).expect("made");
    goes_well(scene.command(&["mbsync", "work"]));
    assert!(has(&scene, "mail", "hello"));
    scene.asked_once();
}

#[test]
#[ignore = "`make test-real` runs it"]
fn getmail_fetches_with_a_long_token() {
    let scene = with_a_letter(LONG);
    // Its Maildir takes nothing for root.
    scene.write(
        ".config/getmail/getmailrc",
        "[retriever]
type = SimpleIMAPSSLRetriever
server = localhost
port = {imaps}
username = me@example.com
use_xoauth2 = True
password_command = (\"tokcli\", \"token\", \"-p\", \"fbox\")
ca_certs = {certificate}

[destination]
type = MDA_external
path = /bin/sh
arguments = (\"-c\", \"cat >$HOME/letter\")
allow_root_commands = true
",
    );
    goes_well(scene.command(&["getmail"]));
    assert!(has(&scene, "letter", "hello"));
    scene.asked_once();
}

#[test]
#[ignore = "`make test-real` runs it"]
fn offlineimap_fetches_with_a_long_token() {
    let scene = with_a_letter(LONG);
    scene.write(
        ".offlineimaprc",
        "[general]
accounts = work
pythonfile = ~/.offlineimap.py

[Account work]
localrepository = local
remoterepository = remote

[Repository local]
type = Maildir
localfolders = ~/mail

[Repository remote]
type = IMAP
remotehost = localhost
remoteport = {imaps}
ssl = yes
sslcacertfile = {certificate}
remoteuser = me@example.com
auth_mechanisms = XOAUTH2
oauth2_access_token_eval = token()
",
    );
    scene.write(
        ".offlineimap.py",
        "import subprocess

def token():
    return subprocess.check_output([\"tokcli\", \"token\", \"-p\", \"fbox\"], text=True).strip()
",
    );
    goes_well(scene.command(&["offlineimap", "-o", "-u", "basic"]));
    assert!(has(&scene, "mail", "hello"));
    scene.asked_once();
}

const MUTTRC: &str = "set imap_user = \"me@example.com\"
set imap_authenticators = \"xoauth2\"
set imap_oauth_refresh_command = \"tokcli token -p fbox\"
set folder = \"imaps://localhost:{imaps}/\"
set spoolfile = \"+INBOX\"
set ssl_force_tls = yes
set certificate_file = \"{certificate}\"
set copy = no
set quit = yes
";

/// Whether it could read the letter, and what it showed.
fn mutt(program: &str, length: usize) -> (bool, String) {
    let scene = with_a_letter(length);
    scene.write("rc", MUTTRC);
    let keys = "push <copy-message>copied<enter>y<quit>";
    // What it says stands on the screen for too short a time.
    let log = if program == "neomutt" { "-d 1 -l log" } else { "" };
    let (_, text) = outcome(scene.at_a_terminal("60", &format!("exec {program} {log} -F rc -e '{keys}'")));
    let log = std::fs::read_to_string(scene.world.path().join("log0")).unwrap_or_default();
    (has(&scene, "copied", "hello"), text + &log)
}

#[test]
#[ignore = "`make test-real` runs it"]
fn mutt_reads_with_a_long_token_and_neomutt_with_a_usual_one() {
    let (read, text) = mutt("mutt", LONG);
    assert!(read, "{text}");
    let (read, text) = mutt("neomutt", USUAL);
    assert!(read, "{text}");
    let (read, text) = mutt("neomutt", LONG);
    assert!(!read && text.contains("OAUTH token is too big"), "{text}");
}

#[test]
#[ignore = "`make test-real` runs it"]
fn aerc_logs_in_with_a_long_token() {
    let scene = with_a_letter(LONG);
    scene.write(
        ".config/aerc/accounts.conf",
        "[work]
source = imaps+xoauth2://me%40example.com@localhost:{imaps}
source-cred-cmd = tokcli token -p fbox
default = INBOX
from = me@example.com
",
    );
    let mut aerc = scene.at_a_terminal("15", "stty rows 30 cols 100; exec aerc");
    aerc.env("SSL_CERT_FILE", scene.office.certificate());
    let (_, text) = outcome(aerc);
    assert!(scene.office.log().contains("Login: user=<me@example.com>, method=XOAUTH2"), "{text}");
    scene.asked_once();
}
