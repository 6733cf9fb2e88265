//! A real vault (OpenBao) on loopback: one node that keeps all in memory, or three that keep a log together.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::real::server::{Place, Server, ask, ask_json, free_port};
use crate::sequence::wait_for;

/// The program of the vault; without it the test fails.
pub fn program() -> PathBuf {
    let found = Path::new(env!("CARGO_TARGET_TMPDIR")).ancestors().map(|up| up.join("openbao/bao"));
    let mut found = found.filter(|path| path.exists());
    found.next().expect("OpenBao is not there: `sh tests/install.sh` installs it")
}

/// Asked with the root token.
pub fn asked(port: u16, root: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    ask_json(port, method, &format!("/v1/{path}"), &[("X-Vault-Token", root)], body)
}

#[track_caller]
pub fn told(port: u16, root: &str, method: &str, path: &str, body: &Value) -> Value {
    let (status, answer) = asked(port, root, method, path, body);
    assert!([200, 204].contains(&status), "{path}: {status} {answer}");
    answer
}

pub const ROOT: &str = "root";

/// One node in memory, with a KV engine of version 2 at `secret`.
pub struct Vault(Server);

impl Vault {
    pub fn start() -> Vault {
        let place = Place::with_the_next_port(0);
        let mut command = place.command(&program());
        command.args(["server", "-dev", "-dev-no-store-token", "-dev-root-token-id=root"]);
        command.arg(format!("-dev-listen-address=127.0.0.1:{}", place.port));
        let mut server = Server::new(place);
        server.start(command, |port| health(port) == 200);
        Vault(server)
    }

    pub fn port(&self) -> u16 {
        self.0.place.port
    }

    #[track_caller]
    pub fn tell(&self, method: &str, path: &str, body: &Value) -> Value {
        told(self.port(), ROOT, method, path, body)
    }

    pub fn ask(&self, method: &str, path: &str) -> (u16, Value) {
        asked(self.port(), ROOT, method, path, &Value::Null)
    }

    /// A token that may do what the documentation says, and nothing more. It lives for so many seconds.
    pub fn token(&self, seconds: u32) -> String {
        self.policy(POLICY);
        let wanted = json!({"policies": ["tokcli"], "no_default_policy": true, "ttl": format!("{seconds}s"), "no_parent": true});
        let answer = self.tell("POST", "auth/token/create", &wanted);
        answer["auth"]["client_token"].as_str().expect("a token").to_owned()
    }

    pub fn policy(&self, text: &str) {
        self.tell("PUT", "sys/policies/acl/tokcli", &json!({ "policy": text }));
    }
}

/// The least that works.
pub const POLICY: &str =
    "path \"secret/data/tokcli/*\" {\n  capabilities = [\"create\", \"read\", \"update\"]\n}\n";

fn health(port: u16) -> u16 {
    ask(port, "GET", "/v1/sys/health", &[], "").0
}

/// Three nodes.
pub struct Cluster {
    nodes: Vec<Server>,
    peers: Vec<u16>,
    key: String,
    pub root: String,
}

impl Cluster {
    /// With a KV engine of version 2 at `secret`. Each node votes when this returns.
    pub fn start() -> Cluster {
        let nodes = (0..3).map(|_| Server::new(Place::new(0))).collect();
        let peers = (0..3).map(|_| free_port()).collect();
        let mut cluster = Cluster { nodes, peers, key: String::new(), root: String::new() };
        (0..3).for_each(|n| cluster.configure(n));
        (0..3).for_each(|n| cluster.run(n));
        cluster.initialize();
        cluster.tell("POST", "sys/mounts/secret", &json!({"type": "kv", "options": {"version": "2"}}));
        // It is made ready behind the answer.
        wait_for(|| {
            let (status, _) = asked(cluster.port(0), &cluster.root, "GET", "secret/config", &Value::Null);
            status == 200
        });
        cluster
    }

    fn configure(&self, n: usize) {
        let Place { port, .. } = self.nodes[n].place;
        let (place, peer) = (&self.nodes[n].place, self.peers[n]);
        fs::create_dir(place.path().join("data")).expect("made");
        let configuration = json!({
            "api_addr": place.origin(),
            "cluster_addr": format!("https://127.0.0.1:{peer}"),
            "listener": {"tcp": {
                "address": format!("127.0.0.1:{port}"), "cluster_address": format!("127.0.0.1:{peer}"), "tls_disable": true,
            }},
            "storage": {"raft": {"path": "data", "node_id": format!("n{n}"), "performance_multiplier": "1"}},
        });
        fs::write(place.path().join("bao.json"), configuration.to_string()).expect("written");
    }

    fn run(&mut self, n: usize) {
        let mut command = self.nodes[n].place.command(&program());
        command.args(["server", "-config=bao.json"]);
        self.nodes[n].start(command, |port| [501, 503].contains(&health(port)));
    }

    fn initialize(&mut self) {
        let shares = json!({"secret_shares": 1, "secret_threshold": 1});
        let (status, answer) = ask_json(self.port(0), "PUT", "/v1/sys/init", &[], &shares);
        assert_eq!(status, 200, "{answer}");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        (self.key, self.root) = (text(&answer["keys_base64"][0]), text(&answer["root_token"]));
        self.unseal(0);
        wait_for(|| health(self.port(0)) == 200);
        let first = json!({ "leader_api_addr": self.nodes[0].place.origin() });
        for n in 1..3 {
            ask_json(self.port(n), "POST", "/v1/sys/storage/raft/join", &[], &first);
            self.unseal(n);
            wait_for(|| health(self.port(n)) == 429);
        }
        // Nobody votes at once, and whoever does not keeps nobody alive.
        wait_for(|| {
            let (_, answer) =
                asked(self.port(0), &self.root, "GET", "sys/storage/raft/configuration", &Value::Null);
            let servers = answer["data"]["config"]["servers"].as_array().cloned().unwrap_or_default();
            servers.iter().filter(|server| server["voter"] == true).count() == 3
        });
    }

    fn unseal(&self, n: usize) {
        ask_json(self.port(n), "PUT", "/v1/sys/unseal", &[], &json!({"key": self.key}));
    }

    pub fn port(&self, n: usize) -> u16 {
        self.nodes[n].place.port
    }

    pub fn ports(&self) -> Vec<u16> {
        (0..3).map(|n| self.port(n)).collect()
    }

    /// Which node leads, when one does.
    pub fn leader(&self) -> usize {
        let mut found = None;
        wait_for(|| {
            let leads = |port: u16| ask(port, "GET", "/v1/sys/leader", &[], "").1["is_self"] == true;
            found = (0..3).find(|n| leads(self.port(*n)));
            found.is_some()
        });
        found.expect("one")
    }

    #[track_caller]
    pub fn tell(&self, method: &str, path: &str, body: &Value) -> Value {
        told(self.port(self.leader()), &self.root, method, path, body)
    }

    pub fn kill(&mut self, n: usize) {
        self.nodes[n].kill();
    }

    /// Started anew it is sealed.
    pub fn bring_back(&mut self, n: usize) {
        self.run(n);
        self.unseal(n);
        wait_for(|| [200, 429].contains(&health(self.port(n))));
    }

    /// It runs no further until it is let go.
    pub fn stop(&self, n: usize) {
        self.nodes[n].signal("STOP");
    }

    pub fn go_on(&self, n: usize) {
        self.nodes[n].signal("CONT");
    }
}
