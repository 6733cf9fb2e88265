//! A server, a world with a profile `real` for it, and a login of it in the store.

use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::relay::Relay;
use super::server::{Place, Server};
use super::{Class, Kind};
use crate::sequence::wait_for;
use crate::world::{Ended, On, World};

/// Longer than any story takes, in seconds.
pub const LONG: u32 = 3600;
/// A moment, in seconds.
pub const SHORT: u32 = 2;
/// Until a request that nobody waits for any more is over, in seconds.
const SETTLES: i64 = 60;

pub struct Scene<K> {
    pub kind: K,
    pub server: Server,
    pub world: World,
    relay: Option<Relay>,
}

impl<K: Kind> Scene<K> {
    /// tokcli talks to the server itself.
    pub fn direct(kind: K, lifetime: u32) -> Scene<K> {
        let scene = Scene::nobody(kind, lifetime);
        scene.log_in();
        scene
    }

    /// Likewise, and nobody has logged in yet.
    pub fn nobody(kind: K, lifetime: u32) -> Scene<K> {
        let mut scene = Scene::start(kind, lifetime);
        let origin = scene.server.place.origin();
        scene.profile(&origin);
        scene
    }

    /// Through a relay that counts.
    pub fn counted(kind: K, lifetime: u32) -> Scene<K> {
        let scene = Scene::nobody_counted(kind, lifetime);
        scene.log_in();
        scene
    }

    pub fn nobody_counted(kind: K, lifetime: u32) -> Scene<K> {
        let mut scene = Scene::start(kind, lifetime);
        let relay = Relay::before(scene.server.place.port);
        scene.profile(&format!("http://127.0.0.1:{}", relay.port));
        scene.relay = Some(relay);
        scene
    }

    fn start(mut kind: K, lifetime: u32) -> Scene<K> {
        let place = Place::new(lifetime);
        kind.prepare(&place);
        let world = World::on(On::File);
        let mut scene = Scene { kind, server: Server::new(place), world, relay: None };
        scene.up();
        scene
    }

    fn profile(&mut self, origin: &str) {
        self.world.write("dialects.toml", include_str!("../../real/dialects.toml"));
        self.world.add("dialect_files = [\"dialects.toml\"]\n[profiles.real]\nstore = \"file\"");
        self.world.add(&self.kind.profile(origin));
        self.right_secret();
    }

    pub fn right_secret(&mut self) {
        self.world.set("REAL_SECRET", self.kind.secret());
    }

    pub fn log_in(&self) {
        if let Some(answer) = self.kind.login(self.server.place.port) {
            let [_, refresh_token] = self.kind.tokens();
            let token = answer.pointer(refresh_token).and_then(Value::as_str).expect("a token");
            self.world.run_with(&["import"], token).succeeds().says_nothing_on_stdout();
        }
    }

    pub fn up(&mut self) {
        let command = self.kind.command(&self.server.place);
        let kind = &self.kind;
        self.server.start(command, |port| kind.is_ready(port));
        self.kind.started(&self.server.place);
    }

    /// Started anew, it gives tokens of another life.
    pub fn up_with(&mut self, lifetime: u32) {
        self.server.kill();
        self.server.place.lifetime = lifetime;
        self.up();
    }

    pub fn relay(&self) -> &Relay {
        self.relay.as_ref().expect("a story that counts")
    }

    #[track_caller]
    pub fn assert_accepted(&self, stdout: &str) {
        let token = stdout.strip_suffix('\n').expect("one line");
        assert!(self.kind.accepts(self.server.place.port, token), "the server refuses what was printed");
    }

    /// `token --offline` prints what is valid.
    pub fn wait_until_expired(&self) {
        wait_for(|| {
            let run = self.world.run(&["token", "--offline"]);
            assert!(matches!(run.code, Some(0 | 3)), "{run:?}");
            run.code == Some(3)
        });
    }

    pub fn goes_unanswered(&self) {
        let (exit, code) = self.kind.class().unanswered();
        assert_eq!(self.world.run(&["token", "--json"]).exits(exit).error()["code"], code);
    }

    /// The runs after one whose request was sent and whose answer never came: documented exit codes, and at last a living
    /// login, with a person's help only where the server has ended it: never if it was not `handled`.
    pub fn comes_to_life(&self, handled: bool) {
        let class: Class = self.kind.class();
        if class.settles() {
            let requests = self.relay().requests();
            waits_for(&self.world.run(&["token", "--json"]).exits(8), "no_answer");
            assert_eq!(self.relay().requests(), requests);
        }
        let mut run = self.is_patient(&["token", "--json"]);
        if handled && !class.outlives_its_answer() {
            assert_eq!(run.exits(4).error()["code"], "login_required");
            self.log_in();
            run = self.world.run(&["token", "--json"]);
        }
        self.assert_granted(run);
    }

    #[track_caller]
    pub fn assert_granted(&self, run: Ended) {
        let object = run.exits(0).object();
        let token = object["access_token"].as_str().expect("a token");
        self.assert_accepted(&format!("{token}\n"));
    }

    /// What costs the server's patience, not a token, may be spread out: so long as it is a passing failure, a few times.
    pub fn is_patient(&self, arguments: &[&str]) -> Ended {
        for _ in 0..3 {
            let run = self.world.run(arguments);
            if run.code != Some(5) {
                return run;
            }
            waits_for(&run, "unavailable");
        }
        self.world.run(arguments)
    }
}

/// As a caller does that is told how long to wait.
fn waits_for(run: &Ended, code: &str) {
    let error: Value = run.error();
    assert_eq!(error["code"], code);
    let seconds = error["retry_after"].as_i64().unwrap_or_else(|| panic!("no time to wait: {error}"));
    assert!((0..=SETTLES).contains(&seconds), "{error}");
    thread::sleep(Duration::from_secs(seconds.unsigned_abs()));
}
