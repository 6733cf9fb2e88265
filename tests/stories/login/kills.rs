//! `kill -9` at the system calls of a login, one after the other. Each time what was there before is there still, unless the
//! new login is; and the next login needs nobody to clear anything away.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Output, Stdio};

use super::browser::wander;
use super::scene::{logged_in, server, with_a_password, world};
use crate::moments::Traced;
use crate::stand_in::{Poll, StandIn, Vendor, one_time_code};
use crate::sweeps::Tally;
use crate::world::{Ended, On, World};

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Way {
    Password,
    /// And a one-time code, which the vendor asks for.
    TwoSteps,
    Device,
    Code,
}

impl Way {
    fn arguments(self) -> Vec<&'static str> {
        self.plainly_or_over(true)
    }

    pub(super) fn plainly_or_over(self, over: bool) -> Vec<&'static str> {
        let replace: &[&str] = if over { &["--replace"] } else { &[] };
        [&self.plainly(), replace].concat()
    }

    /// Nothing of what is there may go.
    pub(super) fn plainly(self) -> Vec<&'static str> {
        let grant: &[&str] = match self {
            Way::Password | Way::TwoSteps => &["password"],
            Way::Device => &["device_code"],
            Way::Code => &["authorization_code", "--no-browser"],
        };
        [&["login", "--json", "--grant"], grant].concat()
    }
}

pub(super) struct Sweep {
    pub(super) vendor: StandIn,
    pub(super) world: World,
    pub(super) way: Way,
    /// Is there a credential before each login?
    pub(super) over: bool,
}

impl Sweep {
    pub(super) fn new(store: On, way: Way, over: bool) -> Sweep {
        let vendor = if way == Way::TwoSteps { StandIn::start(Vendor::VeeamAzure) } else { server() };
        let mut world = world(store, &vendor);
        with_a_password(&mut world, &vendor);
        Sweep { vendor, world, way, over }
    }

    pub(super) fn prepare(&self) {
        if self.over {
            let login = self.vendor.login().refresh_token;
            self.world.run_with(&["import", "--replace"], &login).succeeds();
            self.world.run(&["refresh"]).succeeds();
        } else {
            self.world.run(&["logout", "--local"]);
        }
        self.vendor.behave();
        match self.way {
            Way::Device => self.vendor.polls(&[Poll::Approved]),
            Way::TwoSteps => self.vendor.demand_mfa(),
            Way::Password | Way::Code => {}
        }
    }

    /// The person goes where the login sends them, if it gets so far.
    pub(super) fn end(&self, mut command: std::process::Command) -> Output {
        command.stdin(self.typed()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("strace is installed (`make test` installs it)");
        let mut lines = std::io::BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        std::io::BufRead::read_line(&mut lines, &mut line).expect("a line, or the end");
        let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        let tab = event["url"].as_str().filter(|_| self.way == Way::Code).map(str::to_owned).map(|url| {
            // Killed, nobody is at home.
            std::thread::spawn(move || wander(&url))
        });
        std::io::Read::read_to_string(&mut lines, &mut line).expect("the rest");
        let mut output = child.wait_with_output().expect("it ends");
        output.stdout = line.into_bytes();
        tab.map(std::thread::JoinHandle::join);
        output
    }

    /// What somebody knows by heart.
    fn typed(&self) -> Stdio {
        if self.way != Way::TwoSteps {
            return Stdio::null();
        }
        self.vendor.forget_one_time_codes();
        self.world.write("code.secret", &one_time_code());
        std::fs::File::open(self.world.path().join("code.secret")).expect("just written").into()
    }

    /// The calls of a login that nothing disturbs, in order.
    pub(super) fn calls(&self) -> Vec<Traced> {
        // What is made once and for all is there in every run that counts.
        self.prepare();
        self.end(self.world.command(&self.way.arguments()));
        self.prepare();
        let file = self.world.path().join("calls");
        let options = ["-s", "64", "-e", crate::world::LEGIBLE, "-o", file.to_str().expect("UTF-8")];
        let output = self.end(self.world.strace(&options, &self.way.arguments()));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let calls = crate::moments::read(&std::fs::read_to_string(&file).expect("the trace"));
        // It shows what was sent.
        std::fs::remove_file(file).expect("the trace");
        calls
            .into_iter()
            .filter(|call| !["execve", "exit_group", "exit"].contains(&call.name.as_str()))
            .collect()
    }

    /// Each once, by name and number.
    fn points(&self) -> Vec<(String, usize)> {
        let points: BTreeSet<_> =
            self.calls().into_iter().map(|Traced { name, nth, .. }| (name, nth)).collect();
        points.into_iter().collect()
    }

    fn kills(&self, what: String, nth: usize) -> Tally {
        let points = self.points();
        let journals = |name: &str| ["pwrite64", "fdatasync"].contains(&name);
        let chosen: Vec<_> =
            points.iter().enumerate().filter(|(at, (name, _))| at % nth == 0 || journals(name)).collect();
        let mut tally = Tally { what, faults: chosen.len(), ..Tally::default() };
        let begun = std::time::Instant::now();
        let before = self.vendor.requests().len();
        for (_, (name, nth)) in chosen {
            self.prepare();
            let old = self.vendor.current();
            let tokens = self.vendor.requests_at("/token");
            let inject = format!("{name}:signal=KILL:when={nth}");
            self.end(self.world.injected(&inject, &[], &self.way.arguments()));
            let at = format!("{}: {name} {nth}", tally.what);
            let sent = self.vendor.requests_at("/token") - tokens;
            assert!(sent <= 1, "{at}: {sent} exchanges");
            tally.inherent += self.check(&at, sent, &old.access_token);
            // And without a hand being lent to it.
            self.vendor.behave();
            self.vendor.polls(&[Poll::Approved]);
            let output = self.end(self.world.command(&self.way.arguments()));
            logged_in(
                Ended::of(&self.way.arguments().join(" "), output, std::time::Instant::now()),
                &self.vendor,
            );
            let live = self.world.run(&["refresh"]).succeeds();
            assert!(self.vendor.accepts(live.stdout.trim()), "{at}");
        }
        assert!(self.vendor.reused().is_empty(), "{}: a spent token went out again", tally.what);
        eprintln!("{}: of {} kills {} lost an answer", tally.what, tally.faults, tally.inherent);
        tally.requests = self.vendor.requests().len() - before;
        tally.seconds = begun.elapsed().as_secs_f64();
        tally
    }

    /// Is the answer of a login lost? Of what is there, everything lives.
    fn check(&self, at: &str, sent: usize, old: &str) -> usize {
        let next = self.world.run(&["token"]);
        let newest = self.vendor.current().access_token;
        let has = |token: &str| next.code == Some(0) && next.stdout.trim() == token;
        if has(&newest) && self.vendor.accepts(&newest) && newest != old {
            return 0;
        }
        if self.over {
            assert!(
                has(old) && self.vendor.accepts(old),
                "{at}: neither the new login nor the old one: {next:#?}"
            );
        } else {
            assert!(matches!(next.code, Some(4 | 8)), "{at}: {next:#?}");
        }
        usize::from(sent == 1)
    }
}

/// Calls by name, from which to which.
pub(super) type Window = BTreeMap<String, (usize, usize)>;

/// Of each request, from its first byte, or from the intent that is written before it, to the journal's write of the answer.
/// Whoever is killed there may have lost that.
pub(super) fn windows(calls: &[Traced], from_the_intent: bool) -> Vec<Window> {
    let is_written = |call: &Traced| call.name == "pwrite64";
    let sends = calls.iter().enumerate().filter(|(_, call)| call.text.contains("\"POST "));
    let sends: Vec<usize> = sends.map(|(at, _)| at).collect();
    let window = |sent: &usize| {
        let intent = calls[..*sent].iter().rposition(is_written).filter(|_| from_the_intent);
        let answer = calls[*sent..].iter().position(is_written).expect("an answer is sealed");
        let mut window = Window::new();
        for Traced { name, nth, .. } in &calls[intent.unwrap_or(*sent)..=sent + answer] {
            let (first, last) = window.entry(name.clone()).or_insert((*nth, *nth));
            (*first, *last) = ((*first).min(*nth), (*last).max(*nth));
        }
        window
    };
    sends.iter().map(window).collect()
}

pub fn kills(store: On, way: Way, over: bool, nth: usize) -> Tally {
    let beneath = if over { "over a credential" } else { "the first" };
    let what = format!("kill -9 at each call of a login ({way:?}, {beneath}), {}", store.word());
    let tally = Sweep::new(store, way, over).kills(what, nth);
    // Between sending and the journal lie few calls, whatever the way.
    assert!(tally.inherent * 4 < tally.faults.max(40), "{tally}");
    tally
}

#[test]
fn killed_at_every_eighth_call_of_a_first_login_by_password() {
    kills(On::File, Way::Password, false, 8);
}

#[test]
fn killed_at_every_eighth_call_of_a_login_by_password_over_a_credential() {
    kills(On::File, Way::Password, true, 8);
}

#[test]
fn killed_at_every_sixteenth_call_of_a_login_with_a_browser_over_a_credential() {
    kills(On::File, Way::Code, true, 16);
}

#[test]
fn killed_at_every_fortieth_call_of_a_first_login_by_device() {
    kills(On::File, Way::Device, false, 40);
}

#[test]
fn killed_at_every_fortieth_call_of_a_login_with_a_browser_on_the_keyring() {
    kills(On::Keyring, Way::Code, true, 40);
}
