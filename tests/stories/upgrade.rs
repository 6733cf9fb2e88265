//! What version 0.1.0 left behind, in every state it knew: it is used as it was meant then, and what is written from
//! now on is of today's form. `files/0.1.0/README.txt` tells how the files were made.
//!
//! A credential goes to no other address than its own, so these stories share one port, and are told one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

use crate::moments::Moment;
use crate::shim::Shim;
use crate::stand_in::{Answer, Request};
use crate::world::{Ended, On, Since, World, record, walk};

const PORT: u16 = 18_046;
/// The second after the last of it was written, and how long the machine was up then.
const MADE: i64 = 1_795_873_585;
const UPTIME: i64 = 666;
const BOOT: &str = "8f9d36b3-9c18-4f51-9c3a-bf56e92370ea";
const TWO_DAYS: i64 = 172_800;

/// What `token` makes of an account.
enum Token {
    /// This one is at hand.
    AtHand(String),
    /// A new one comes for this refresh token.
    For(&'static str),
    /// Exit, code and words; nobody is asked.
    Fails(i32, &'static str, &'static str),
}

struct Account {
    name: &'static str,
    state: &'static str,
    expires_at: Option<&'static str>,
    token: Token,
    /// The refresh token that the vendor knows as the live one.
    live: &'static str,
    spent: &'static [&'static str],
}

fn accounts() -> Vec<Account> {
    let account = |name, state, token, live| {
        let (expires_at, spent) = (None, &[][..]);
        Account { name, state, expires_at, token, live, spent }
    };
    let at_hand = |token: &str| Token::AtHand(token.to_owned());
    let large = Token::AtHand(format!("at-canary-large-3-{}", "x".repeat(14_336)));
    let unreadable = "the answer holds no access token at `/access_token` (status 200); the answer is kept sealed, and nothing more is sent automatically";
    let none = "there is no credential `buried` in the store `file`";
    vec![
        Account {
            expires_at: Some("2090-04-14T17:19:42Z"),
            spent: &["rt-canary-held-1"],
            ..account("held", "valid", at_hand("at-canary-held-2"), "rt-canary-held-2")
        },
        Account {
            spent: &["rt-canary-rotated-1", "rt-canary-rotated-2", "rt-canary-rotated-3"],
            ..account("rotated", "valid", at_hand("at-canary-rotated-4"), "rt-canary-rotated-4")
        },
        account("open", "uncertain", Token::For("rt-canary-open-1"), "rt-canary-open-1"),
        account(
            "sealed",
            "uncertain",
            Token::Fails(8, "unreadable_answer", unreadable),
            "rt-canary-sealed-2",
        ),
        account("unread", "uncertain", at_hand("at-canary-unread-2"), "rt-canary-unread-2"),
        // What its marks were about was less than what is sent: each is asked once more.
        account("marked", "login_required", Token::For("rt-canary-marked-1"), "rt-canary-marked-1"),
        account("limited", "ready", Token::For("rt-canary-limited-1"), "rt-canary-limited-1"),
        account("buried", "none", Token::Fails(4, "no_credential", none), "rt-canary-buried-1"),
        Account {
            expires_at: Some("2090-04-14T17:19:43Z"),
            spent: &["rt-canary-steps-1"],
            ..account("steps", "valid", at_hand("at-canary-steps-2"), "rt-canary-steps-2")
        },
        account("rejected", "client_rejected", Token::For("rt-canary-rejected-1"), "rt-canary-rejected-1"),
        account("aged", "ready", Token::For("rt-canary-aged-1"), "rt-canary-aged-1"),
        account("broken", "ready", Token::For("rt-canary-broken-2"), "rt-canary-broken-2"),
        account("stepsopen", "uncertain", Token::For("rt-canary-stepsopen-1"), "rt-canary-stepsopen-1"),
        Account {
            expires_at: Some("2090-04-14T17:19:44Z"),
            spent: &["rt-canary-large-1", "rt-canary-large-2"],
            ..account("large", "valid", large, "rt-canary-large-3")
        },
    ]
}

/// All that the vendor knows as live.
fn live() -> Vec<&'static str> {
    accounts().iter().map(|account| account.live).collect()
}

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/files/0.1.0")
}

/// Two days later, after another boot.
fn world(store: On) -> World {
    let mut world = World::on(store);
    let profiles = fs::read_to_string(files().join("profiles.toml")).expect("the profiles");
    let of_the_store = format!("store = \"{}\"", store.word());
    let kept = |part: &&str| !part.starts_with("[profiles.") || part.contains(&of_the_store);
    world.add(&profiles.split("\n\n").filter(kept).collect::<Vec<_>>().join("\n\n"));
    world.set("FIXTURE_SECRET", "secret-canary-client");
    lay(&world);
    at(&mut world, TWO_DAYS, "another-boot");
    world
}

/// So many seconds after all of it was made.
fn at(world: &mut World, seconds: i64, boot: &str) {
    let shim = Shim::build(world);
    shim.at(world, MADE + seconds);
    shim.booted(world, boot, UPTIME + seconds);
}

/// The files and items where they belong, as private as they were.
fn lay(world: &World) {
    let private = |path: PathBuf, bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode");
    };
    fs::DirBuilder::new().mode(0o700).recursive(true).create(world.state().join("journal")).expect("made");
    private(world.state().join("file.key"), &fs::read(files().join("file.key")).expect("the key"));
    for (account, name, bytes) in journals() {
        if name.starts_with("f-") == (world.store == On::File) {
            private(world.state().join(format!("journal/{name}.jrn")), &laid_out(&account, &bytes));
        }
    }
    for account in ["item", "itemopen"].into_iter().filter(|_| world.store == On::Keyring) {
        world.service().overwrite(account, item(account));
    }
}

fn item(account: &str) -> String {
    fs::read_to_string(files().join(format!("{account}.json"))).expect("an item")
}

/// Account, name and slots of each.
fn journals() -> Vec<(String, String, Vec<u8>)> {
    let mut paths = Vec::new();
    walk(&files(), &mut paths);
    let named = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.strip_suffix(".slots")?;
        let (account, journal) = name.split_once('.')?;
        Some((account.to_owned(), journal.to_owned(), fs::read(&path).expect("read")))
    };
    paths.into_iter().filter_map(named).collect()
}

/// A slot tells how long it is: a head of 64 bytes, its sealed part, a checksum.
fn laid_out(account: &str, slots: &[u8]) -> Vec<u8> {
    let sealed = u64::from_le_bytes(slots[56..64].try_into().expect("eight"));
    let (first, second) = slots.split_at(64 + usize::try_from(sealed).expect("small") + 32);
    let size = if account == "large" { 128 << 10 } else { 64 << 10 };
    [first, second].map(|slot| [slot, &vec![0; size - slot.len()]].concat()).concat()
}

fn journal(world: &World, account: &str) -> Vec<u8> {
    let (_, name, _) = journals().into_iter().find(|(one, ..)| one == account).expect("there is one");
    fs::read(world.state().join(format!("journal/{name}.jrn"))).expect("read")
}

/// Of both slots.
fn formats(journal: &[u8]) -> [u32; 2] {
    [0, journal.len() / 2]
        .map(|at| u32::from_le_bytes(journal[at + 8..at + 12].try_into().expect("four bytes")))
}

/// Everybody's vendor. It takes a refresh token that lives, once, and gives the next one.
struct Vendor {
    desk: Arc<Mutex<Desk>>,
    thread: Option<JoinHandle<()>>,
    _alone: MutexGuard<'static, ()>,
}

#[derive(Default)]
struct Desk {
    live: BTreeSet<String>,
    given: BTreeMap<String, usize>,
    asked: Vec<String>,
    closed: bool,
}

impl Vendor {
    fn knows(live: &[&str]) -> Vendor {
        static ALONE: Mutex<()> = Mutex::new(());
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let listener = bound();
        let live = live.iter().map(|&token| token.to_owned()).collect();
        let desk = Arc::new(Mutex::new(Desk { live, ..Desk::default() }));
        let theirs = desk.clone();
        let thread = Some(thread::spawn(move || serve(&listener, &theirs)));
        Vendor { desk, thread, _alone }
    }

    /// Since the last time, in any order.
    #[track_caller]
    fn was_asked(&self, wanted: &[&str]) {
        let mut asked = std::mem::take(&mut lock(&self.desk).asked);
        asked.sort();
        let mut wanted = wanted.to_vec();
        wanted.sort_unstable();
        assert_eq!(asked, wanted);
    }

    #[track_caller]
    fn was_not_asked(&self) {
        self.was_asked(&[]);
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        lock(&self.desk).closed = true;
        // Wakes it.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, PORT));
        let ended = self.thread.take().map(JoinHandle::join);
        if !thread::panicking() {
            assert!(ended.is_some_and(|ended| ended.is_ok()));
            self.was_not_asked();
        }
    }
}

/// Bound once and never closed: a program that another story starts may hold it open for a while.
fn bound() -> TcpListener {
    static LISTENER: OnceLock<TcpListener> = OnceLock::new();
    let bind = || match TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)) {
        Ok(listener) => listener,
        Err(why) => panic!("these stories need port {PORT} of 127.0.0.1: {why}"),
    };
    LISTENER.get_or_init(bind).try_clone().expect("a second handle")
}

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(listener: &TcpListener, desk: &Mutex<Desk>) {
    for connection in listener.incoming() {
        if lock(desk).closed {
            return;
        }
        let mut connection = connection.expect("a connection");
        // Who was killed says nothing.
        if let Ok(request) = Request::read(&mut connection) {
            let _ = lock(desk).answer(&request).send(&mut connection);
        }
    }
}

impl Desk {
    fn answer(&mut self, request: &Request) -> Answer {
        let fields = fields(request);
        let Some((account, at)) = request.path.trim_start_matches('/').split_once('/') else {
            return Answer::empty(404);
        };
        let in_two_steps = account.starts_with("steps");
        let presented =
            if in_two_steps && at == "token" { &fields["ticket"] } else { &fields["refresh_token"] };
        let presented = presented.as_str().unwrap_or_default();
        self.asked.push(format!("{} {presented}", request.path));
        if request.method != "POST" || !self.live.remove(presented) {
            return Answer::oauth_error(400, "invalid_grant");
        }
        if in_two_steps && at == "token" {
            let token = new("at", account, self.given[account]);
            let answer = json!({ "token": token, "seconds": 3_600, "account": "user-of-today" });
            return Answer::json(200, &answer);
        }
        let given = self.given.entry(account.to_owned()).or_default();
        *given += 1;
        let (refresh_token, ticket) = (new("rt", account, *given), new("ticket", account, *given));
        self.live.insert(refresh_token.clone());
        if in_two_steps {
            self.live.insert(ticket.clone());
            return Answer::json(200, &json!({ "refresh_token": refresh_token, "ticket": ticket }));
        }
        let access_token = new("at", account, *given);
        Answer::json(
            200,
            &json!({ "access_token": access_token, "token_type": "Bearer", "expires_in": 3_600, "refresh_token": refresh_token }),
        )
    }
}

fn fields(request: &Request) -> Value {
    if request.header("content-type").is_some_and(|kind| kind.contains("json")) {
        return serde_json::from_slice(&request.body).expect("JSON");
    }
    let pairs = url::form_urlencoded::parse(&request.body).into_owned();
    Value::Object(pairs.map(|(name, value)| (name, value.into())).collect())
}

/// What the vendor gives, counted for each account.
fn new(kind: &str, account: &str, n: usize) -> String {
    format!("{kind}-canary-{account}-new-{n}")
}

/// The requests of a refresh, of which the vendor is to see this refresh token; `n` is how many it has given then.
fn requests(account: &str, presented: &str, n: usize) -> Vec<String> {
    if !account.starts_with("steps") {
        return vec![format!("/{account}/token {presented}")];
    }
    let ticket = new("ticket", account, n);
    vec![format!("/{account}/ticket {presented}"), format!("/{account}/token {ticket}")]
}

fn texts(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

impl Account {
    fn run(&self, world: &World, arguments: &[&str]) -> Ended {
        world.run(&[arguments, &["--json", "-p", self.name]].concat())
    }

    /// `token`, and what it costs.
    #[track_caller]
    fn gives_its_token(&self, world: &World, vendor: &Vendor) {
        let ended = self.run(world, &["token"]);
        let (token, asked) = match &self.token {
            Token::Fails(exit, code, words) => {
                let error = ended.exits(*exit).error();
                assert_eq!((&error["code"], &error["message"]), (&json!(code), &json!(words)));
                return vendor.was_not_asked();
            }
            Token::AtHand(token) => (token.clone(), Vec::new()),
            Token::For(presented) => (new("at", self.name, 1), requests(self.name, presented, 1)),
        };
        let given = ended.succeeds().object();
        assert_eq!(given["access_token"], token);
        assert_eq!(given["refreshed"], !asked.is_empty(), "{}", self.name);
        if let Some(ends) = self.expires_at {
            assert_eq!(given["expires_at"], ends, "{}", self.name);
        }
        vendor.was_asked(&texts(&asked));
        assert_eq!(self.run(world, &["token"]).succeeds().object()["access_token"], token);
        vendor.was_not_asked();
    }

    /// The requests of the refresh after that.
    fn next_requests(&self) -> Vec<String> {
        match self.token {
            Token::AtHand(_) => requests(self.name, self.live, 1),
            Token::For(_) => requests(self.name, &new("rt", self.name, 1), 2),
            Token::Fails(..) => Vec::new(),
        }
    }
}

/// What a command for all profiles says of one.
fn line_of(ended: &Ended, profile: &str) -> Value {
    let lines = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("an object"));
    let mut of_it = lines.filter(|line| line["profile"] == profile);
    of_it.next().expect("every profile")
}

/// Whoever brings it is told that it is used up.
#[track_caller]
fn is_spent(world: &World, account: &str, token: &str) {
    let ended = world.run_with(&["import", "--replace", "--json", "-p", account], token);
    let error = ended.exits(3).error();
    assert_eq!(error["code"], "refused", "{token}");
    assert!(error["message"].as_str().expect("text").contains("this refresh token has already been used"));
}

#[test]
fn whatever_0_1_0_left_behind_is_used_as_it_was_meant() {
    let vendor = Vendor::knows(&live());
    let world = world(On::File);
    let before: Vec<_> = accounts().iter().map(|account| journal(&world, account.name)).collect();
    let status = world.run(&["status", "--json"]).succeeds().object();
    for account in accounts() {
        let all = status["profiles"].as_array().expect("a list");
        let one = all.iter().find(|one| one["profile"] == account.name).expect("every profile");
        let said = (&one["state"], &one["expires_at"]);
        assert_eq!(said, (&json!(account.state), &json!(account.expires_at)), "{}", account.name);
        let offline = account.run(&world, &["token", "--offline"]);
        match (account.state, account.token) {
            ("valid", Token::AtHand(token)) => assert_eq!(offline.succeeds().object()["access_token"], token),
            ("none", _) => assert_eq!(offline.exits(4).error()["code"], "no_credential"),
            _ => assert_eq!(offline.exits(3).error()["code"], "refused", "{}", account.name),
        }
    }
    for (account, before) in accounts().iter().zip(&before) {
        assert!(journal(&world, account.name) == *before, "{}: nothing was written", account.name);
    }
    for account in accounts() {
        account.gives_its_token(&world, &vendor);
    }
    let held = world.run(&["token", "--json", "-p", "held"]).succeeds().object();
    assert_eq!((&held["token_type"], &held["scope"]), (&json!("Bearer"), &json!("read")));
    // Counted from when the answer came, not from when it was read.
    let unread = world.run(&["token", "--json", "-p", "unread"]).succeeds().object();
    assert_eq!(unread["expires_at"], "2033-05-18T03:33:20Z");
    let extra =
        |world: &World| world.run(&["token", "--json", "-p", "steps"]).succeeds().object()["extra"].clone();
    let extra_before = json!({ "site": "https://site.example/2" });
    assert_eq!(extra(&world), extra_before);
    let ended = world.run(&["refresh", "--all", "--json"]).exits(8);
    for (account, before) in accounts().iter().zip(&before) {
        let line = line_of(&ended, account.name);
        let after = journal(&world, account.name);
        if let Token::Fails(_, code, _) = account.token {
            assert_eq!((&line["outcome"], &line["error"]["code"]), (&json!("failed"), &json!(code)));
            assert!(after == *before, "{}: nothing was written", account.name);
        } else {
            assert_eq!(line["outcome"], "refreshed", "{line}");
            assert_eq!((formats(before), formats(&after)), ([1, 1], [2, 2]), "{}", account.name);
            assert!(after.len() >= before.len(), "it has room for the largest answer");
        }
    }
    let asked: Vec<String> = accounts().iter().flat_map(Account::next_requests).collect();
    vendor.was_asked(&texts(&asked));
    // What an answer does not give again is kept.
    assert_eq!(extra(&world), extra_before);
    for account in accounts().iter().filter(|account| !account.next_requests().is_empty()) {
        for token in account.spent.iter().chain([&account.live]) {
            is_spent(&world, account.name, token);
        }
    }
    world.assert_nothing_in_the_clear();
}

#[test]
fn recover_reads_what_0_1_0_left_sealed_and_leaves_the_rest_as_it_is() {
    let vendor = Vendor::knows(&live());
    let world = world(On::File);
    let ended = world.run(&["recover", "--json"]).succeeds();
    let members = [
        "status 200, 77 bytes",
        "/result/access: string of 18 characters",
        "/result/refresh: string of 18 characters",
    ];
    for account in accounts() {
        let (outcome, found) = match account.name {
            "unread" => ("recovered", &[][..]),
            "sealed" => ("sealed", &members[..]),
            "buried" => ("nothing", &[][..]),
            _ => ("intact", &[][..]),
        };
        let said = json!({ "version": 1, "profile": account.name, "outcome": outcome, "found": found });
        assert_eq!(line_of(&ended, account.name), said);
    }
    assert_eq!(ended.stdout.lines().count(), accounts().len());
    vendor.was_not_asked();
    for account in accounts() {
        account.gives_its_token(&world, &vendor);
    }
    world.run(&["refresh", "-p", "steps"]).succeeds().says("for another account than before");
    vendor.was_asked(&texts(&requests("steps", "rt-canary-steps-2", 1)));
}

#[test]
fn an_answer_that_0_1_0_could_not_read_is_read_by_a_corrected_dialect() {
    let vendor = Vendor::knows(&live());
    let mut world = world(On::File);
    world.change("[profiles.sealed]\ndialect = \"oauth2\"", "[profiles.sealed]\ndialect = \"corrected\"");
    world.add(
        "\n[dialects.corrected]\nextends = \"oauth2\"\nexchanges.refresh.answer.access_token = \"/result/access\"\nexchanges.refresh.answer.refresh_token = \"/result/refresh\"",
    );
    let recovered = world.run(&["recover", "--json", "-p", "sealed"]).succeeds().object();
    assert_eq!(recovered["outcome"], "recovered");
    world.run(&["token", "-p", "sealed"]).succeeds().prints("at-canary-sealed-2\n");
    vendor.was_not_asked();
    world.change("dialect = \"corrected\"", "dialect = \"oauth2\"");
    world.run(&["refresh", "-p", "sealed"]).succeeds().prints("at-canary-sealed-new-1\n");
    vendor.was_asked(&["/sealed/token rt-canary-sealed-2"]);
    is_spent(&world, "sealed", "rt-canary-sealed-1");
}

#[test]
fn a_token_that_0_1_0_kept_for_later_is_presented_when_the_first_is_refused() {
    let vendor = Vendor::knows(&["rt-canary-broken-1"]);
    let world = world(On::File);
    let error = world.run(&["token", "--json", "-p", "broken"]).exits(5).error();
    assert_eq!((&error["code"], &error["retry_after"]), (&json!("unavailable"), &json!(0)));
    vendor.was_asked(&["/broken/token rt-canary-broken-2"]);
    world.run(&["token", "-p", "broken"]).succeeds().prints("at-canary-broken-new-1\n");
    vendor.was_asked(&["/broken/token rt-canary-broken-1"]);
    assert_eq!(formats(&journal(&world, "broken")), [2, 2]);
}

#[test]
fn what_0_1_0_was_told_to_wait_for_is_waited_for() {
    let vendor = Vendor::knows(&live());
    let mut world = world(On::File);
    // Within the boot in which it was written, some seconds later.
    at(&mut world, 1, BOOT);
    let begun = Since::now();
    for (account, exit, code, wait) in [
        ("open", 8, "no_answer", 58),
        ("stepsopen", 8, "no_answer", 59),
        ("limited", 5, "rate_limited", 3_599),
    ] {
        let error = world.run(&["token", "--json", "-p", account]).exits(exit).error();
        assert_eq!(error["code"], code, "{account}");
        begun.assert_left(&error["retry_after"], wait);
    }
    at(&mut world, 3_000, BOOT);
    let error = world.run(&["token", "--json", "-p", "limited"]).exits(5).error();
    assert_eq!(
        error["message"],
        "the vendor is not asked again for 9 min; the last request: the vendor limits how often it is asked (status 429: slow_down)"
    );
    vendor.was_not_asked();
    for account in ["open", "stepsopen"] {
        world.run(&["token", "-p", account]).succeeds().prints(&format!("at-canary-{account}-new-1\n"));
    }
    vendor.was_asked(&[
        "/open/token rt-canary-open-1",
        "/stepsopen/ticket rt-canary-stepsopen-1",
        "/stepsopen/token ticket-canary-stepsopen-new-1",
    ]);
    at(&mut world, 3_600, BOOT);
    world.run(&["token", "-p", "limited"]).succeeds().prints("at-canary-limited-new-1\n");
    vendor.was_asked(&["/limited/token rt-canary-limited-1"]);
}

#[test]
fn a_first_refresh_that_is_killed_at_any_moment_loses_nothing_of_0_1_0() {
    use Moment::{AnswerSynced, Connect, Intent, IntentSynced, Record, RecordSynced, Send};
    const REFRESH: [&str; 3] = ["refresh", "-p", "held"];
    let calls = {
        let vendor = Vendor::knows(&live());
        let calls = world(On::File).calls(&REFRESH);
        vendor.was_asked(&["/held/token rt-canary-held-2"]);
        calls
    };
    let kill = "signal=KILL";
    let at = |moment: Moment| moment.inject_into(&calls, kill);
    // A program of that version must not go on from a slot that it can read, once anything can have been sent.
    for (moment, asked, slots) in [
        (format!("pwrite64:{kill}:when=1"), false, [1, 1]),
        (format!("fdatasync:{kill}:when=1"), false, [2, 1]),
        (format!("pwrite64:{kill}:when=2"), false, [2, 1]),
        (format!("fdatasync:{kill}:when=2"), false, [2, 2]),
        (at(Connect), false, [2, 2]),
        (at(Intent), false, [2, 2]),
        (at(IntentSynced), false, [2, 2]),
        (at(Send), false, [2, 2]),
        (at(AnswerSynced), true, [2, 2]),
        (at(Record), true, [2, 2]),
        (at(RecordSynced), true, [2, 2]),
    ] {
        let vendor = Vendor::knows(&live());
        let mut world = world(On::File);
        world.run_injected(&moment, &REFRESH);
        assert_eq!(formats(&journal(&world, "held")), slots, "{moment}");
        let (first, second) = ("/held/token rt-canary-held-2", "/held/token rt-canary-held-new-1");
        let (sent, token, next) = if asked {
            (vec![first], "at-canary-held-new-1\n", second)
        } else {
            (Vec::new(), "at-canary-held-2\n", first)
        };
        vendor.was_asked(&sent);
        world.run(&["token", "-p", "held"]).succeeds().prints(token);
        vendor.was_not_asked();
        self::at(&mut world, TWO_DAYS + 100, "another-boot");
        world.run(&["refresh", "-p", "held"]).succeeds();
        vendor.was_asked(&[next]);
        for token in ["rt-canary-held-1", "rt-canary-held-2"] {
            is_spent(&world, "held", token);
        }
    }
}

#[test]
fn what_0_1_0_buried_stays_buried_until_somebody_logs_in() {
    let vendor = Vendor::knows(&["rt-canary-buried-9"]);
    let file = world(On::File);
    file.run(&["token", "-p", "buried"]).exits(4);
    assert_eq!(formats(&journal(&file, "buried")), [1, 1]);
    file.run_with(&["import", "-p", "buried"], "rt-canary-buried-9").succeeds();
    file.run(&["token", "-p", "buried"]).succeeds().prints("at-canary-buried-new-1\n");
    vendor.was_asked(&["/buried/token rt-canary-buried-9"]);
    file.run(&["logout", "--local", "-p", "buried"]).succeeds();
    assert_eq!(formats(&journal(&file, "buried")), [2, 2]);
    file.run(&["token", "-p", "buried"]).exits(4);
    // An item that somebody brings back is older than what buried it.
    let keyring = world(On::Keyring);
    keyring.run(&["logout", "--local", "-p", "item"]).succeeds();
    keyring.service().overwrite("item", item("item"));
    keyring.run(&["token", "--no-cache", "-p", "item"]).exits(4);
    keyring.run(&["refresh", "-p", "item"]).exits(4);
    vendor.was_not_asked();
}

#[test]
fn an_item_that_0_1_0_left_in_the_keyring_is_used_with_and_without_its_journal() {
    for with_journal in [true, false] {
        let vendor = Vendor::knows(&["rt-canary-item-2"]);
        let world = world(On::Keyring).asking_the_store();
        if !with_journal {
            fs::remove_dir_all(world.state().join("journal")).expect("removed");
        }
        let token = world.run(&["token", "--json", "-p", "item"]).succeeds().object();
        assert_eq!(
            (&token["access_token"], &token["expires_at"]),
            (&json!("at-canary-item-2"), &json!("2090-04-14T17:19:44Z"))
        );
        assert_eq!(token["refreshed"], false);
        vendor.was_not_asked();
        let old: Value = serde_json::from_str(&item("item")).expect("JSON");
        let today = |world: &World| {
            let mut item = world.item("item");
            assert_eq!((&item["version"], &item["key"]), (&json!(2), &old["key"]));
            record(&mut item).clone()
        };
        world.run(&["refresh", "-p", "item"]).succeeds().prints("at-canary-item-new-1\n");
        vendor.was_asked(&["/item/token rt-canary-item-2"]);
        let now = today(&world);
        assert_eq!(now["refresh_token"], "rt-canary-item-new-1");
        assert_eq!(now["spent"][0], old["contents"]["record"]["spent"][0], "the first of two");
        assert_eq!(formats(&journal(&world, "item")), [2, 2]);
        for token in ["rt-canary-item-1", "rt-canary-item-2"] {
            is_spent(&world, "item", token);
        }
        // A keyring that lost the write since is behind the journal, whatever the form of what it has.
        world.service().overwrite("item", item("item"));
        world.run(&["token", "-p", "item"]).succeeds().prints("at-canary-item-new-1\n");
        world.run(&["refresh", "-p", "item"]).succeeds().prints("at-canary-item-new-2\n");
        vendor.was_asked(&["/item/token rt-canary-item-new-1"]);
        assert_eq!(today(&world)["refresh_token"], "rt-canary-item-new-2");
    }
}

#[test]
fn an_attempt_that_0_1_0_left_open_in_the_keyring_counts_with_its_journal_alone() {
    let vendor = Vendor::knows(&["rt-canary-itemopen-1"]);
    let mut world = world(On::Keyring);
    let status = world.run(&["status", "--json"]).succeeds().object();
    assert_eq!(status["profiles"][1]["state"], "uncertain", "{status}");
    let journals = world.state().join("journal");
    let aside = world.state().join("aside");
    fs::rename(&journals, &aside).expect("moved");
    let error = world.run(&["token", "--json", "-p", "itemopen"]).exits(8).error();
    let words = "an unfinished request is recorded in another state directory (journal a94db9ea86230ac6053a0cc230d6a41b); only a run there knows how it went on";
    assert_eq!((&error["code"], &error["message"]), (&json!("no_answer"), &json!(words)));
    fs::remove_dir_all(&journals).expect("removed");
    fs::rename(&aside, &journals).expect("moved back");
    let clear = ["clear", "service", "tokcli", "username", "itemopen"];
    assert!(world.service().secret_tool(&clear, "").status.success());
    let error = world.run(&["token", "--json", "-p", "itemopen"]).exits(6).error();
    assert_eq!(error["code"], "store_unavailable", "{error}");
    world.service().overwrite("itemopen", item("itemopen"));
    // Within the boot in which it was written, some seconds later.
    at(&mut world, 1, BOOT);
    let begun = Since::now();
    let error = world.run(&["token", "--json", "-p", "itemopen"]).exits(8).error();
    begun.assert_left(&error["retry_after"], 59);
    vendor.was_not_asked();
    at(&mut world, TWO_DAYS, "another-boot");
    world.run(&["token", "-p", "itemopen"]).succeeds().prints("at-canary-itemopen-new-1\n");
    vendor.was_asked(&["/itemopen/token rt-canary-itemopen-1"]);
    world.run(&["refresh", "-p", "itemopen"]).succeeds().prints("at-canary-itemopen-new-2\n");
    vendor.was_asked(&["/itemopen/token rt-canary-itemopen-new-1"]);
    assert_eq!(formats(&journal(&world, "itemopen")), [2, 2]);
    assert_eq!(world.item("itemopen")["version"], 2);
}
