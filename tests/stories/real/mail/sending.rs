//! msmtp, and who sends by it; mutt and neomutt by themselves.

use super::{LONG, Scene, USUAL, goes_well, outcome, scene};

/// `~/.msmtprc` of docs/integrations.md.
const MSMTPRC: &str = "account work
host localhost
port {submission}
tls on
tls_starttls on
tls_trust_file {certificate}
auth xoauth2
user me@example.com
from me@example.com
passwordeval \"tokcli token -p fbox\"
";

fn msmtp(scene: &Scene) -> (bool, String) {
    scene.world.write("letter", "From: me@example.com\nTo: you@example.com\nSubject: hello\n\nbody\n");
    outcome(scene.command(&["sh", "-c", "exec msmtp -a work you@example.com <letter"]))
}

#[test]
#[ignore = "`make test-real` runs it"]
fn msmtp_sends_with_a_token_and_git_and_neomutt_by_msmtp() {
    let scene = scene(USUAL);
    scene.write(".msmtprc", MSMTPRC);
    let (well, text) = msmtp(&scene);
    assert!(well, "{text}");
    assert_eq!(scene.office.sent(), ["hello"]);
    scene.write(
        ".gitconfig",
        "[user]\n\tname = me\n\temail = me@example.com\n[sendemail]\n\tsmtpServer = /usr/bin/msmtp\n\tsmtpServerOption = -a\n\tsmtpServerOption = work\n\tconfirm = never\n",
    );
    for words in [
        &["init", "-q", "repository"][..],
        &["-C", "repository", "commit", "-q", "--allow-empty", "-m", "first"],
        &["-C", "repository", "add", "."],
        &["-C", "repository", "commit", "-q", "-m", "second"],
        &["-C", "repository", "send-email", "--quiet", "--to", "you@example.com", "-1"],
    ] {
        if words.contains(&"add") {
            scene.world.write("repository/file", "text\n");
        }
        // Debian's, to which its `send-email` belongs.
        goes_well(scene.command(&[&["/usr/bin/git"], words].concat()));
    }
    assert_eq!(scene.office.sent(), ["hello", "[PATCH] second"]);
    let line = "echo body | neomutt -F /dev/null -e 'set sendmail=\"msmtp -a work\" from=me@example.com record=' -s third you@example.com";
    goes_well(scene.command(&["sh", "-c", line]));
    assert_eq!(scene.office.sent()[2..], ["third"]);
    scene.asked_once();
}

/// It waits for no 334 with OAUTHBEARER, and sends no line over 4,094 characters at all.
#[test]
#[ignore = "`make test-real` runs it"]
fn msmtp_sends_no_token_that_is_too_long_for_it() {
    let long = scene(LONG);
    long.write(".msmtprc", MSMTPRC);
    let (well, text) = msmtp(&long);
    assert!(!well && text.contains("longer than 4094 characters"), "{text}");
    let usual = scene(USUAL);
    usual.write(".msmtprc", &MSMTPRC.replace("xoauth2", "oauthbearer"));
    let (well, text) = msmtp(&usual);
    assert!(!well && text.contains("500 5.5.2 Line too long"), "{text}");
    let short = scene(200);
    short.write(".msmtprc", &MSMTPRC.replace("xoauth2", "oauthbearer"));
    let (well, text) = msmtp(&short);
    assert!(well, "{text}");
}

/// Of `~/.muttrc` and `~/.neomuttrc` in docs/integrations.md, what sends.
const MUTTRC: &str = "set smtp_url = \"smtp://me@example.com@localhost:{submission}/\"
set smtp_authenticators = \"xoauth2\"
set smtp_oauth_refresh_command = \"tokcli token -p fbox\"
set ssl_starttls = yes
set ssl_force_tls = yes
set certificate_file = \"{certificate}\"
set from = \"me@example.com\"
set record = \"\"
";

fn mutt(program: &str, length: usize) -> (bool, Vec<String>) {
    let scene = scene(length);
    scene.write("rc", MUTTRC);
    let line = format!("echo body | {program} -F rc -s hello you@example.com");
    let (well, _) = outcome(scene.command(&["sh", "-c", &line]));
    (well, scene.office.sent())
}

#[test]
#[ignore = "`make test-real` runs it"]
fn mutt_sends_with_a_token_of_any_length_and_neomutt_with_a_short_one() {
    let sent = (true, vec!["hello".to_owned()]);
    assert_eq!(mutt("mutt", LONG), sent);
    assert_eq!(mutt("neomutt", 200), sent);
    // dovecot takes no such line of it.
    assert_eq!(mutt("neomutt", USUAL).1, [""; 0]);
}
