//! The ways back of a login, side by side. At a pseudo-terminal this program runs itself under `script`.

#![expect(clippy::disallowed_methods, reason = "browsers, and what reads a terminal")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;
use crate::base::environment;
use crate::base::mutex::lock;
use crate::terminal::arguments::Cli;
use crate::terminal::prompt::Prompter;

const SOON: Duration = Duration::from_secs(60);

fn output(words: &[&str]) -> Output {
    let words: Vec<_> = ["token"].iter().chain(words).map(Into::into).collect();
    Output::new(&Cli::quick(&words).expect("a plain line").global)
}

fn accepts(params: &Params) -> std::result::Result<(), String> {
    let right = params.iter().any(|(name, value)| name == "state" && value.as_str() == "right");
    right.then_some(()).ok_or_else(|| "that is the answer to another login".to_owned())
}

fn connect(port: u16) -> std::io::Result<TcpStream> {
    TcpStream::connect(("127.0.0.1", port))
}

fn get(port: u16, target: &str) -> String {
    let mut stream = connect(port).expect("it listens");
    write!(stream, "GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").expect("sent");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("a page");
    page
}

#[test]
fn the_browser_comes_back_or_nobody_does() {
    let out = output(&["--json"]);
    let loopback = Loopback::bind("http://127.0.0.1/cb", true, None).expect("a free port");
    let port = loopback.port();
    let way = Way { redirect_uri: loopback.redirect_uri(), bare_code: None, pasted: false };
    let soon = Instant::now() + Duration::from_millis(300);
    assert!(returned(&out, &way, Some(&loopback), None, &accepts, soon).expect("it waits").is_none());
    let browser = thread::spawn(move || {
        assert!(get(port, "/cb?code=1&state=wrong").starts_with("HTTP/1.1 400 "));
        get(port, "/cb?code=c&state=right")
    });
    let came = returned(&out, &way, Some(&loopback), None, &accepts, Instant::now() + SOON);
    let came = came.expect("it waits").expect("it comes");
    assert_eq!(came.params[0], ("code".to_owned(), "c".to_owned().into()));
    came.reply.expect("a browser waits").finish("Logged in", "as anna");
    assert!(browser.join().expect("told").contains("as anna"));
}

/// Tells a test which is run again by itself, in a terminal, what to do there.
const PART: &str = "TOKCLI_TEST_VISIT";

/// What is run there: waits with a listener (`both`), without one (`paste`), or for a code (`code`).
fn waits_as_told(part: &str) {
    let out = output(&[]);
    if part == "show" {
        let url = Url::parse(LONG).expect("one");
        let code = Some("WDJB-MJHT\u{1b}[2J");
        return show(&out, &Visit { opens: false, url: &url, user_code: code, scanned: Some(&url) });
    }
    // Somebody was asked something before.
    drop(Prompter::open());
    let listener =
        (part == "both").then(|| Loopback::bind("http://127.0.0.1/cb", true, None).expect("a free port"));
    let redirect_uri = listener.as_ref().map_or("https://app.example/cb", Loopback::redirect_uri);
    let port = listener.as_ref().map_or(0, Loopback::port);
    out.notice(&format!("process={} port={port} .", std::process::id()));
    let way = Way { redirect_uri, bare_code: (part == "code").then_some("state"), pasted: true };
    let came = returned(&out, &way, listener.as_ref(), None, &accepts, Instant::now() + SOON);
    match came.map(|came| came.expect("not so long")) {
        Ok(Returned { params, reply }) => {
            let by = if reply.is_some() { "browser" } else { "hand" };
            let length: usize = params.iter().map(|(_, value)| value.len()).sum();
            out.notice(&format!("came by {by}: {length} characters"));
        }
        Err(error) => out.notice(&format!("error {}: {error}", error.code.exit())),
    }
}

/// Of more than one line.
const LONG: &str =
    "https://vendor.example/device?user_code=WDJB-MJHT&and=more&and=more&and=more&and=more&and=more";

struct Terminal {
    script: Child,
    keys: ChildStdin,
    shown: Arc<Mutex<String>>,
    seen: usize,
}

impl Terminal {
    /// After the run a shell reads a line.
    fn of(part: &str) -> Terminal {
        Terminal::with(part, 24)
    }

    fn with(part: &str, rows: u16) -> Terminal {
        let program = std::env::current_exe().expect("it runs");
        let test = "terminal::visit::tests::at_a_terminal";
        let line = format!(
            "trap : INT; stty cols 80 rows {rows}; {PART}={part} '{}' --exact {test} --nocapture; status=$?; stty -a; read -r line; echo \"the shell read <$line>\"; exit $status",
            program.display()
        );
        let mut script = Command::new("script")
            .args(["-qefc", &line, "/dev/null"])
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm")
            .env_remove("NO_COLOR")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script runs");
        let (keys, mut all) = (script.stdin.take().expect("piped"), script.stdout.take().expect("piped"));
        let shown = Arc::new(Mutex::new(String::new()));
        let shared = Arc::clone(&shown);
        thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(count @ 1..) = all.read(&mut part) {
                lock(&shared).push_str(&String::from_utf8_lossy(&part[..count]));
            }
        });
        Terminal { script, keys, shown, seen: 0 }
    }

    /// What stands between what was seen last and `words`.
    #[track_caller]
    fn sees(&mut self, words: &str) -> String {
        let until = Instant::now() + SOON;
        loop {
            let shown = unbroken(&lock(&self.shown));
            if let Some(at) = shown[self.seen..].find(words) {
                let before = shown[self.seen..][..at].to_owned();
                self.seen += at + words.len();
                return before;
            }
            assert!(Instant::now() < until, "no `{words}` in {:?}", &shown[self.seen..]);
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn types(&mut self, keys: &str) -> &mut Terminal {
        self.keys.write_all(keys.as_bytes()).expect("typed");
        self.keys.flush().expect("typed");
        self
    }

    /// The process and its port, once it asks.
    #[track_caller]
    fn asks(&mut self) -> (i32, u16) {
        self.sees("process=");
        let process = self.sees(" port=").parse().expect("a number");
        let port = self.sees(" .").parse().expect("a number");
        self.sees("press Enter");
        // Lines that a terminal echoes would show.
        thread::sleep(Duration::from_millis(200));
        (process, port)
    }

    /// The exit status. The terminal is as it was, the shell gets its own line, and no code was shown.
    #[track_caller]
    fn ends(mut self) -> Option<i32> {
        self.sees(" echoe ");
        let modes = lock(&self.shown).clone();
        for mode in ["isig", "icanon", "echo", "icrnl", "opost"] {
            assert!(
                modes.split_whitespace().any(|word| word.trim_end_matches(';') == mode),
                "{mode}: {modes}"
            );
        }
        self.types("own line\n").sees("the shell read <own line>");
        let status = self.script.wait().expect("it ends");
        let shown = lock(&self.shown).clone();
        assert!(!shown.contains("canary"), "{shown}");
        assert_eq!(shown.matches("\u{1b}[?2004h").count(), shown.matches("\u{1b}[?2004l").count(), "{shown}");
        status.code()
    }
}

/// One that failed leaves nobody waiting.
impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}

/// One test, because it is run again by its name.
#[test]
fn at_a_terminal() {
    if let Some(part) = environment::os(PART) {
        return waits_as_told(&part.to_string_lossy());
    }
    shown_where_to_go();
    pasted_after_mistakes();
    longer_than_a_line();
    marked_and_broken_into_lines();
    code_alone();
    browser_before_the_paste_is_whole();
    nothing_pasted();
    stopped_and_continued();
    ended_by_signals();
    terminal_closed();
}

/// Without the breaks between the words of a message. What is indented further is none.
fn unbroken(shown: &str) -> String {
    let mut parts = shown.split("\r\n  ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let broken = part.starts_with(|c: char| !c.is_whitespace());
        text + if broken { " " } else { "\r\n  " } + part
    })
}

fn shown_where_to_go() {
    for (rows, drawn) in [(24, false), (80, true)] {
        let mut terminal = Terminal::with("show", rows);
        terminal.sees(&format!("open this address in a browser:\r\n\r\n{LONG}\r\n\r\n"));
        terminal.sees("    WDJB-MJHT\\u{1b}[2J\r\n");
        let shown = Arc::clone(&terminal.shown);
        assert_eq!(terminal.ends(), Some(0));
        assert_eq!(lock(&shown).contains('\u{2584}'), drawn, "{rows} rows");
    }
}

fn pasted_after_mistakes() {
    let mut terminal = Terminal::of("both");
    let (_, port) = terminal.asks();
    terminal.types(&format!("http://127.0.0.1:{port}/cb?code=canary&state=wrong\r"));
    terminal.sees("that is the answer to another login; paste it again");
    terminal.types("canary\r").sees("that is not the whole address");
    terminal.types("\r").sees("nothing was pasted");
    terminal.types(&format!("  'http://127.0.0.1:{port}/cb?code=canary&state=right'\r"));
    terminal.sees("came by hand: 11 characters");
    assert_eq!(terminal.ends(), Some(0));
}

fn longer_than_a_line() {
    let mut terminal = Terminal::of("paste");
    terminal.asks();
    let code = "canary".repeat(3000);
    terminal.types(&format!("https://app.example/cb?code={code}&state=right\r"));
    terminal.sees("came by hand: 18005 characters");
    assert_eq!(terminal.ends(), Some(0));
}

fn marked_and_broken_into_lines() {
    let mut terminal = Terminal::of("paste");
    terminal.asks();
    terminal.types("\u{1b}[200~https://app.example/cb?code=can\rary&st\rate=right\r\u{1b}[201~");
    terminal.sees("came by hand: 11 characters");
    assert_eq!(terminal.ends(), Some(0));
}

fn code_alone() {
    let mut terminal = Terminal::of("code");
    terminal.asks();
    terminal.types("canary\r").sees("answer to another login");
    terminal.types("right\r").sees("came by hand: 5 characters");
    assert_eq!(terminal.ends(), Some(0));
}

/// What is typed by then is nobody's.
fn browser_before_the_paste_is_whole() {
    let mut terminal = Terminal::of("both");
    let (_, port) = terminal.asks();
    terminal.types("http://127.0.0.1/cb?code=canary");
    let browser = thread::spawn(move || get(port, "/cb?code=canary&state=right"));
    terminal.sees("came by browser: 11 characters");
    browser.join().expect("told");
    assert_eq!(terminal.ends(), Some(0));
    assert!(connect(port).is_err(), "nothing listens");
}

fn nothing_pasted() {
    let mut terminal = Terminal::of("paste");
    terminal.asks();
    terminal.types("\u{4}").sees("error 4: ");
    assert_eq!(terminal.ends(), Some(0));
    // A listener goes on.
    let mut terminal = Terminal::of("both");
    let (_, port) = terminal.asks();
    terminal.types("\u{4}");
    thread::sleep(Duration::from_millis(200));
    get(port, "/cb?code=canary&state=right");
    terminal.sees("came by browser");
    assert_eq!(terminal.ends(), Some(0));
}

fn signal(process: i32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

fn stopped_and_continued() {
    let mut terminal = Terminal::of("both");
    let (process, port) = terminal.asks();
    signal(process, "TSTP");
    thread::sleep(Duration::from_millis(500));
    signal(process, "CONT");
    thread::sleep(Duration::from_millis(500));
    terminal.types(&format!("http://127.0.0.1:{port}/cb?code=canary&state=right\r"));
    terminal.sees("came by hand: 11 characters");
    assert_eq!(terminal.ends(), Some(0));
}

fn ended_by_signals() {
    for (name, status) in [("INT", 130), ("TERM", 143), ("HUP", 129), ("", 130)] {
        let mut terminal = Terminal::of("both");
        let (process, port) = terminal.asks();
        terminal.types("http://127.0.0.1/cb?code=canary");
        // What comes later is for the shell.
        thread::sleep(Duration::from_millis(300));
        if name.is_empty() {
            terminal.types("\u{3}");
        } else {
            signal(process, name);
        }
        assert_eq!(terminal.ends(), Some(status), "{name}");
        assert!(connect(port).is_err(), "nothing listens");
    }
}

fn terminal_closed() {
    let mut terminal = Terminal::of("both");
    let (process, port) = terminal.asks();
    terminal.script.kill().expect("it runs");
    terminal.script.wait().expect("it ends");
    let until = Instant::now() + SOON;
    while connect(port).is_ok() {
        assert!(Instant::now() < until, "process {process} still listens");
        thread::sleep(Duration::from_millis(20));
    }
}

/// From a pipe without a listener one line is read.
#[test]
fn from_a_pipe() {
    if let Some(part) = environment::os(PART) {
        return waits_as_told(&part.to_string_lossy());
    }
    for (line, says) in [
        ("https://app.example/cb?code=canary&state=right\nmore\n", "came by hand: 11 characters"),
        ("https://app.example/cb?code=canary&state=right", "came by hand: 11 characters"),
        (
            "https://app.example/cb?code=canary&state=wrong\n",
            "error 4: not logged in: standard input holds something other than was asked for: that is the answer",
        ),
        (
            "canary\n",
            "error 4: not logged in: standard input holds something other than was asked for: that is not the whole address",
        ),
        ("", "error 4: not logged in: the input ended before anything was pasted"),
    ] {
        let mut run = Command::new(std::env::current_exe().expect("it runs"))
            .args(["--exact", "terminal::visit::tests::from_a_pipe", "--nocapture"])
            .env(PART, "paste")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        run.stdin.take().expect("piped").write_all(line.as_bytes()).expect("read");
        let ended = run.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success() && said.contains(says) && !said.contains("canary"), "{line}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn a_browser_is_given_the_address_and_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().expect("a directory");
    let seen = directory.path().join("seen");
    let program = directory.path().join("browser");
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$#\" \"$1\" \"${{CARGO_PKG_NAME-hidden}}\" > '{0}.part'\necho shown\nmv '{0}.part' '{0}'\nexit 3\n",
        seen.display()
    );
    std::fs::File::options()
        .write(true)
        .create_new(true)
        .open(&program)
        .and_then(|mut file| file.write_all(script.as_bytes()))
        .expect("written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).expect("set");
    let address = Url::parse("https://vendor.example/?a=1&b=$(id);c=`id`|d").expect("one");
    let words = [program.display().to_string(), address.to_string()];
    let ended =
        crate::base::detached::start_heard(&words, &["CARGO_PKG_NAME".to_owned()]).expect("it starts");
    let opened = Opened::of(ended);
    let until = Instant::now() + SOON;
    while !opened.has_failed() {
        assert!(Instant::now() < until, "it is heard of");
        thread::sleep(Duration::from_millis(5));
    }
    let seen = std::fs::read_to_string(seen).expect("it ran");
    assert_eq!(seen, format!("1\n{address}\nhidden\n"));
}
