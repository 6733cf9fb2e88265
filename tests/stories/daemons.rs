//! Keyring daemons that die, stop, lock or lie, at each moment of a refresh after
//! the vendor was called: the journal has the new token, and the next run with a
//! working keyring brings it there without a request.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Instant;

use crate::keepassxc::KeePassXc;
use crate::matrix::children_of;
use crate::moments::Moment;
use crate::secret_service::{SecretService, signal};
use crate::sequence::wait_for;
use crate::stand_in::{Act, Fault, Gate, Latch, StandIn, Vendor};
use crate::world::{Ended, On, PATIENCE, World};

/// Where a refresh is held: by the vendor, or stopped by strace at a system call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Sent,
    HalfAnswered,
    Answered,
    Journalled,
    Synced,
    Recorded,
    Stored,
}

const ALL: [At; 7] =
    [At::Sent, At::HalfAnswered, At::Answered, At::Journalled, At::Synced, At::Recorded, At::Stored];

impl At {
    /// A call that is stopped has been made; one that is interrupted is made again afterwards.
    fn call(self) -> Option<String> {
        let (done, before) = ("signal=STOP", "error=EINTR:signal=STOP");
        match self {
            At::Sent | At::HalfAnswered => None,
            At::Answered => Some(Moment::Answer.inject(before)),
            At::Journalled => Some(Moment::Answer.inject(done)),
            At::Synced => Some(Moment::AnswerSynced.inject(done)),
            At::Recorded => Some(Moment::RecordSynced.inject(done)),
            // Of the file of stdout the first call counts.
            At::Stored => Some(format!("write:{before}:when=1")),
        }
    }
}

/// A refresh that has come to its moment and stays there until it is told to go on.
struct Held {
    child: Child,
    stdout: PathBuf,
    begun: Instant,
    latch: Option<Latch>,
}

impl Held {
    fn at(at: At, world: &World, vendor: &StandIn, arguments: &[&str]) -> Held {
        let (stdout, trace) = (world.path().join("stdout"), world.path().join("trace"));
        let (latch, mut command) = match at.call() {
            None => (Some(hold(at, vendor)), world.command(arguments)),
            Some(inject) => {
                let name = inject.split(':').next().expect("a call");
                let options = [format!("trace={name}"), format!("inject={inject}")];
                let mut strace =
                    world.command_of("strace", &["-f", "-qq", "-e", &options[0], "-e", &options[1], "-o"]);
                strace.arg(&trace);
                if at == At::Stored {
                    strace.arg("-P").arg(&stdout);
                }
                strace.arg(env!("CARGO_BIN_EXE_tokcli")).args(arguments);
                (None, strace)
            }
        };
        let begun = Instant::now();
        command.stdin(Stdio::null()).stdout(File::create(&stdout).expect("made")).stderr(Stdio::piped());
        let mut held = Held { child: command.spawn().expect("it runs"), stdout, begun, latch };
        let is_stopped = || fs::read_to_string(&trace).unwrap_or_default().contains("--- stopped by SIGSTOP");
        wait_for(|| {
            assert!(held.is_running(), "{at:?}: it ended before it came to its moment");
            !vendor.requests().is_empty() && (held.latch.is_some() || is_stopped())
        });
        held
    }

    fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("ours").is_none()
    }

    fn end(self, what: &str) -> Ended {
        match self.latch {
            Some(latch) => latch.open(),
            None => children_of(self.child.id()).into_iter().for_each(|tokcli| signal(tokcli, "CONT")),
        }
        let mut output = self.child.wait_with_output().expect("it ends");
        output.stdout = fs::read(self.stdout).expect("read");
        Ended::of(what, output, self.begun)
    }
}

/// The vendor answers nothing yet, or half.
fn hold(at: At, vendor: &StandIn) -> Latch {
    if at == At::Sent {
        return vendor.hold(1);
    }
    let (gate, latch) = Gate::shut();
    vendor.misbehave(Fault::retell(move |answer| {
        let body = answer.to_string();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        let (half, rest) = body.split_at(body.len() / 2);
        vec![Act::Send((head + half).into()), Act::Wait(gate.clone()), Act::Send(rest.into())]
    }));
    latch
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Strike {
    Lock,
    Kill,
    KillBus,
    Stop,
}

impl Strike {
    fn strike(self, service: &mut SecretService) {
        match self {
            Strike::Lock => service.lock(),
            Strike::Kill => service.kill_daemon(),
            Strike::KillBus => service.kill_bus(),
            Strike::Stop => service.stop_daemon(),
        }
    }

    fn mend(self, service: &mut SecretService) {
        match self {
            Strike::Lock => service.unlock(),
            Strike::Kill | Strike::KillBus => service.restart(),
            Strike::Stop => service.continue_daemon(),
        }
    }
}

#[test]
fn f34_a_locked_keyring_whose_prompt_nobody_answers_is_exit_6_at_once() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor).asking_the_store();
    world.run(&["token"]).succeeds();
    // Whoever asks for the keyring to be unlocked waits for this one.
    world.service().offer("org.gnome.keyring.SystemPrompter", "sleep 1000");
    world.service().lock();
    world.set("DISPLAY", ":0");
    for command in [&["token"][..], &["refresh"], &["import", "--replace"], &["logout", "--local"]] {
        // Not "did not answer within 3 s": it has not waited for the prompt.
        world.run_with(command, "rt-canary-new").exits(6).says("the keyring is locked");
    }
    let other = ["1", "secret-tool", "lookup", "service", "tokcli", "username", "fbox"];
    let other = world.command_of("timeout", &other).output().expect("it runs");
    assert_eq!(other.status.code(), Some(124), "others do wait");
    world.run(&["token"]).exits(6).says("the keyring is locked");
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn f35_a_keyring_that_becomes_locked_after_the_send_loses_nothing() {
    everywhere(Strike::Lock);
}

#[test]
fn f36_a_daemon_killed_after_the_send_loses_nothing() {
    everywhere(Strike::Kill);
}

#[test]
fn f36_a_bus_killed_after_the_send_loses_nothing() {
    everywhere(Strike::KillBus);
}

#[test]
fn f38_a_daemon_stopped_after_the_send_loses_nothing() {
    everywhere(Strike::Stop);
}

#[test]
fn f35_f36_f38_a_file_store_minds_no_keyring_once_it_has_its_key() {
    thread::scope(|threads| {
        for strike in [Strike::Lock, Strike::Kill, Strike::KillBus, Strike::Stop] {
            threads.spawn(move || beside_the_file_store(strike, false));
            threads.spawn(move || beside_the_file_store(strike, true));
        }
    });
}

/// Where the file store has its key from the keyring, the next run needs the daemon, and waits 3 s at most.
fn beside_the_file_store(strike: Strike, key_is_there: bool) {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::Keyring).asking_the_store();
    world.profile(&vendor);
    world.change("store = \"keyring\"", "store = \"sealed\"");
    let key = if key_is_there { "key = { keyring = true }" } else { "" };
    world.add(&format!("[stores.sealed]\nkind = \"file\"\n{key}"));
    world.import(&vendor);
    let latch = vendor.hold(1);
    let child = world.spawn(&["refresh"]);
    wait_for(|| vendor.requests().len() == 1);
    strike.strike(world.keyring.as_mut().expect("keyring"));
    latch.open();
    let ended = Ended::of("refresh", child.wait_with_output().expect("it ends"), Instant::now());
    let token = ended.succeeds().keeps_stderr_empty().stdout;
    if key_is_there {
        for command in [&["token"][..], &["refresh"], &["import", "--replace"]] {
            let ended = world.run_with(command, "rt-canary-new").exits(6).keeps_to(3.0);
            let waited = ended.stderr.contains("did not answer");
            assert_eq!(waited, strike == Strike::Stop, "{strike:?}: {}", ended.stderr);
        }
        assert_eq!(vendor.requests().len(), 1, "{strike:?}");
        strike.mend(world.keyring.as_mut().expect("keyring"));
    }
    world.run(&["token"]).succeeds().prints(&token).keeps_stderr_empty();
    world.run(&["refresh"]).succeeds().keeps_stderr_empty();
    assert_eq!(vendor.requests().len(), 2);
}

/// At every moment, and once with `--strict-store`.
fn everywhere(strike: Strike) {
    thread::scope(|threads| {
        for at in ALL {
            threads.spawn(move || struck(at, strike, false));
        }
        threads.spawn(move || struck(At::Synced, strike, true));
    });
}

fn struck(at: At, strike: Strike, strict: bool) {
    let what = format!("refresh ({strike:?} at {at:?})");
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor);
    let arguments = if strict { &["refresh", "--strict-store", "--json"][..] } else { &["refresh"] };
    let held = Held::at(at, &world, &vendor, arguments);
    let service = world.keyring.as_mut().expect("keyring");
    let before = service.keyring_file();
    strike.strike(service);
    let ended = held.end(&what);
    let token = vendor.current().access_token;
    if strict {
        let error = ended.exits(7).says_nothing_on_stdout().error();
        assert_eq!(error["code"], "not_stored", "{what}: {error}");
    } else if at == At::Stored {
        ended.succeeds().prints(&format!("{token}\n")).keeps_stderr_empty();
    } else {
        ended
            .succeeds()
            .keeps_to(3.0)
            .prints(&format!("{token}\n"))
            .says("warning: the new credential is safe, but not");
    }
    assert_eq!(vendor.requests().len(), 1, "{what}");
    let service = world.keyring.as_mut().expect("keyring");
    if matches!(strike, Strike::Kill | Strike::KillBus) {
        assert!(service.keyring_file() == before, "{what}: what the daemon had saved stands");
    }
    strike.mend(service);
    world.run(&["token"]).succeeds().prints(&format!("{token}\n")).keeps_stderr_empty();
    assert_eq!(vendor.requests().len(), 1, "{what}: no second request");
    holds_the_newest(&world, &vendor);
}

#[track_caller]
fn holds_the_newest(world: &World, vendor: &StandIn) {
    let item = String::from_utf8_lossy(&world.service().lookup("fbox").stdout).into_owned();
    assert!(item.contains(&vendor.current().refresh_token), "the keyring holds the newest");
}

/// Stands between tokcli and its bus, and holds back one message that replaces a
/// secret until it is told to let it go: even after tokcli is gone.
struct Relay {
    address: String,
    held: Receiver<()>,
    go: Sender<()>,
}

impl Relay {
    /// The first replaces the item by the intent, the second by the record.
    fn holding(nth: usize, world: &World) -> Relay {
        let path = world.path().join("relay");
        let bus = world.service().environment().remove(0).1;
        let bus = bus.strip_prefix("unix:path=").expect("a path").to_owned();
        let listener = UnixListener::bind(&path).expect("bound");
        let ((tell, held), (go, wait)) = (mpsc::channel(), mpsc::channel());
        thread::spawn(move || {
            let (mut tokcli, _) = listener.accept().expect("tokcli connects");
            let mut bus = UnixStream::connect(bus).expect("the bus is there");
            let (mut back, mut to) = (bus.try_clone().expect("cloned"), tokcli.try_clone().expect("cloned"));
            thread::spawn(move || std::io::copy(&mut back, &mut to));
            let (mut bytes, mut sets) = (vec![0; 1 << 20], 0);
            while let Ok(n @ 1..) = tokcli.read(&mut bytes) {
                sets += usize::from(bytes[..n].windows(9).any(|word| word == b"SetSecret"));
                if sets == nth {
                    tell.send(()).expect("somebody waits");
                    sets += 1;
                    if wait.recv().is_err() {
                        return;
                    }
                }
                if bus.write_all(&bytes[..n]).is_err() {
                    return;
                }
            }
            // The bus must not see it leave before the daemon has answered.
            let _ = wait.recv();
        });
        Relay { address: format!("unix:path={}", path.display()), held, go }
    }

    fn wait(&self) {
        self.held.recv_timeout(PATIENCE).expect("the item is to be replaced");
    }

    fn let_go(&self) {
        self.go.send(()).expect("it holds one back");
    }
}

const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";

#[test]
fn p8_a_write_that_lands_after_the_next_rotation_is_harmless() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor).asking_the_store();
    let relay = Relay::holding(2, &world);
    let direct = world.service().environment().remove(0).1;
    world.set(BUS, &relay.address);
    let ended = world.run(&["refresh"]).succeeds().says("warning: the new credential is safe");
    assert!(ended.keeps_to(3.0).seconds > 1.5, "it was given its 3 s");
    relay.wait();
    let old = vendor.current();
    world.set(BUS, &direct);
    let newest = world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 2);
    holds_the_newest(&world, &vendor);
    relay.let_go();
    // The late write lands.
    wait_for(|| String::from_utf8_lossy(&world.service().lookup("fbox").stdout).contains(&old.refresh_token));
    world.run(&["token"]).succeeds().prints(&newest.stdout).keeps_stderr_empty();
    assert_eq!(vendor.requests().len(), 2, "nothing was spent");
    holds_the_newest(&world, &vendor);
}

#[test]
fn p8_a_late_intent_is_no_open_attempt() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor);
    let relay = Relay::holding(1, &world);
    let direct = world.service().environment().remove(0).1;
    world.set(BUS, &relay.address);
    world.run(&["refresh"]).exits(6);
    relay.wait();
    assert_eq!(vendor.requests().len(), 0);
    relay.let_go();
    world.set(BUS, &direct);
    // The late write lands.
    wait_for(|| String::from_utf8_lossy(&world.service().lookup("fbox").stdout).contains("\"attempt\":{"));
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn p8_a_write_stuck_in_a_stopped_daemon_lands_when_it_goes_on() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor);
    let relay = Relay::holding(2, &world);
    let direct = world.service().environment().remove(0).1;
    world.set(BUS, &relay.address);
    let child = world.spawn(&["refresh"]);
    relay.wait();
    world.service().stop_daemon();
    relay.let_go();
    let ended = Ended::of("refresh", child.wait_with_output().expect("it ends"), Instant::now());
    let token = ended.succeeds().says("warning: the new credential is safe");
    world.set(BUS, &direct);
    world.run(&["refresh"]).exits(6);
    world.service().continue_daemon();
    world.run(&["token"]).succeeds().prints(&token.stdout).keeps_stderr_empty();
    assert_eq!(vendor.requests().len(), 1);
    holds_the_newest(&world, &vendor);
}

#[test]
fn f40_a_fresh_daemon_that_the_bus_started_proves_nothing() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor).asking_the_store();
    let token = world.run(&["token"]).succeeds();
    let journal = world.journal();
    let service = world.keyring.as_mut().expect("keyring");
    service.offer_a_fresh_daemon();
    service.kill_daemon();
    for command in [&["token"][..], &["refresh"], &["import", "--replace"], &["logout", "--local"]] {
        let ended = world.run_with(command, "rt-canary-new").exits(6).says("its sealed journal is here");
        assert!(!ended.stderr.contains("discard-journal"), "{}", ended.stderr);
    }
    assert_eq!(world.run(&["token", "--json"]).exits(6).error()["code"], "store_unavailable");
    assert!(world.journal() == journal, "nothing was written");
    world.keyring.as_mut().expect("keyring").restart();
    world.run(&["token"]).succeeds().prints(&token.stdout);
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn f42_an_item_deleted_under_the_refresh_is_made_again() {
    for at_the_write in [false, true] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(On::Keyring, &vendor);
        let direct = world.service().environment().remove(0).1;
        let clear = |world: &World| {
            let arguments = ["clear", "service", "tokcli", "username", "fbox"];
            assert!(world.service().secret_tool(&arguments, "").status.success());
        };
        let output = if at_the_write {
            let relay = Relay::holding(2, &world);
            world.set(BUS, &relay.address);
            let child = world.spawn(&["refresh"]);
            relay.wait();
            clear(&world);
            relay.let_go();
            child.wait_with_output().expect("it ends")
        } else {
            let latch = vendor.hold(1);
            let child = world.spawn(&["refresh"]);
            wait_for(|| !vendor.requests().is_empty());
            clear(&world);
            latch.open();
            child.wait_with_output().expect("it ends")
        };
        let token = Ended::of("refresh", output, Instant::now()).succeeds().keeps_stderr_empty();
        world.set(BUS, &direct);
        holds_the_newest(&world, &vendor);
        world.run(&["token"]).succeeds().prints(&token.stdout);
        assert_eq!(vendor.requests().len(), 1);
    }
}

#[test]
fn f43_a_keyring_whose_disk_is_full_keeps_the_old_value_and_the_journal_the_new() {
    for strict in [false, true] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(On::Keyring, &vendor);
        world.run(&["refresh"]).succeeds();
        // Full before anything is sent: nothing is.
        world.service().disk_full(true);
        world.run(&["refresh"]).exits(6).says("the keyring failed");
        assert_eq!(vendor.requests().len(), 1);
        world.service().disk_full(false);
        // Full after it.
        let latch = vendor.hold(1);
        let child = world.spawn(if strict { &["refresh", "--strict-store"] } else { &["refresh"] });
        wait_for(|| vendor.requests().len() == 2);
        let (item, file) = (world.service().lookup("fbox").stdout, world.service().keyring_file());
        world.service().disk_full(true);
        latch.open();
        let ended = Ended::of("refresh", child.wait_with_output().expect("it ends"), Instant::now());
        let ended =
            ended.exits(if strict { 7 } else { 0 }).says("not everywhere it belongs: the keyring failed");
        assert_eq!(ended.stdout.is_empty(), strict);
        assert!(world.service().keyring_file() == file, "the old value is on the disk");
        assert!(world.service().lookup("fbox").stdout == item, "and in the daemon");
        let token = format!("{}\n", vendor.current().access_token);
        world.run(&["token"]).succeeds().prints(&token).says("still valid and is used");
        world.service().disk_full(false);
        world.run(&["token"]).succeeds().prints(&token);
        holds_the_newest(&world, &vendor);
        world.keyring.as_mut().expect("keyring").restart();
        holds_the_newest(&world, &vendor);
        assert_eq!(vendor.requests().len(), 2);
    }
}

#[test]
fn f37_what_keepassxc_acknowledged_and_lost_comes_back_from_the_journal() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut keepassxc = KeePassXc::start();
    let mut world = World::in_environment(On::Keyring, keepassxc.environment()).asking_the_store();
    world.profile(&vendor);
    let empty = keepassxc.database();
    world.import(&vendor);
    keepassxc.wait_until_saved(&empty);
    for rotations in 1..=3 {
        let saved = keepassxc.disk_full();
        let mut token = String::new();
        for _ in 0..rotations {
            token = world.run(&["refresh"]).succeeds().keeps_stderr_empty().stdout;
        }
        let sent = vendor.requests().len();
        keepassxc.kill_and_restart(&saved);
        let item = keepassxc.lookup("fbox").expect("the item was saved once");
        assert!(!item.contains(&vendor.current().refresh_token), "what it had acknowledged is lost");
        world.run(&["token"]).succeeds().prints(&token).keeps_stderr_empty();
        assert_eq!(vendor.requests().len(), sent, "nothing was spent");
        let item = keepassxc.lookup("fbox").expect("there");
        assert!(item.contains(&vendor.current().refresh_token), "and the keyring has the newest");
    }
}

#[test]
fn f37_an_item_whose_creation_keepassxc_lost_is_exit_6() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut keepassxc = KeePassXc::start();
    let mut world = World::in_environment(On::Keyring, keepassxc.environment());
    world.profile(&vendor);
    let saved = keepassxc.disk_full();
    world.import(&vendor);
    let journal = world.journal();
    keepassxc.kill_and_restart(&saved);
    assert_eq!(keepassxc.lookup("fbox"), None, "what it had acknowledged is lost");
    assert_eq!(world.run(&["token", "--json"]).exits(6).error()["code"], "store_unavailable");
    for command in [&["refresh"][..], &["import", "--replace"]] {
        let ended = world.run_with(command, "rt-canary-new").exits(6).says("its sealed journal is here");
        // The keyring is open, and what it never had comes back no more than after a reset.
        ended.says("if that was reset").says("recover --discard-journal --profile fbox");
    }
    assert!(world.journal() == journal, "nothing was written");
}

#[test]
fn p5_a_keyring_file_that_a_power_cut_brought_back_is_brought_up_to_the_journal() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor).asking_the_store();
    let mut token = String::new();
    for _ in 0..3 {
        let service = world.keyring.as_ref().expect("keyring");
        let file = service.files().join("keyrings/login.keyring");
        let before = service.keyring_file();
        token = world.run(&["refresh"]).succeeds().stdout;
        let service = world.keyring.as_mut().expect("keyring");
        assert!(service.keyring_file() != before, "it was saved");
        // It is renamed into place, and nobody syncs its directory.
        service.kill_daemon();
        fs::write(file, before).expect("written");
        service.restart();
    }
    world.run(&["token"]).succeeds().prints(&token);
    assert_eq!(vendor.requests().len(), 3, "nothing was spent");
    holds_the_newest(&world, &vendor);
}
