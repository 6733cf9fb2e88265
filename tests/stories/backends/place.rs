//! Where a login can be kept, and the machines that use it: for each kind of store a place of its own, with what makes it refuse.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::fleet::machine::rotating;
use crate::fleet::vault::{Cluster, POLICY, ROOT, Vault, told};
use crate::owner::pair::{self, Owner};
use crate::stand_in::StandIn;
use crate::world::{On, World, entry};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Keyring,
    Command,
    Remote,
    Vault,
}

/// What keeps the records of a fleet, one for all places.
pub enum Engine {
    None,
    One(Vault),
    Three(Cluster),
}

/// 32 bytes in base64.
const KEY: &str = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=";

/// Two profiles, `w` and `x`, at one vendor, without a login.
pub struct Place<'a> {
    pub kind: Kind,
    pub vendor: StandIn,
    /// The machine on which tokens are asked for.
    pub here: World,
    /// The machine that has the login, where that is another one.
    owner: Option<Owner>,
    engine: &'a Engine,
    /// What machines share by commands, and a name that no other place has.
    shared: TempDir,
}

impl<'a> Place<'a> {
    pub fn fresh(kind: Kind, engine: &'a Engine) -> Place<'a> {
        let vendor = rotating(3600);
        let owner = (kind == Kind::Remote).then(|| {
            let mut world = World::on(On::File).asking_the_store();
            world.give_secrets(&vendor);
            ["w", "x"].iter().for_each(|name| world.add(&entry(&vendor, name, On::File)));
            let owner = Owner::serving(world);
            owner.forces("--allow logout");
            owner
        });
        let shared = tempfile::tempdir().expect("a directory");
        let mut here = World::on(if kind == Kind::Keyring { On::Keyring } else { On::File });
        let token = engine.token();
        let place = Place { kind, vendor, here: World::on(On::File), owner, engine, shared };
        place.furnish(&mut here, 0, &token);
        Place { here, ..place }
    }

    /// Another machine that uses the same login, or the same machine without its state directory.
    pub fn another(&self) -> World {
        let mut world = match &self.here.keyring {
            Some(keyring) => World::in_environment(On::Keyring, keyring.environment()),
            None => World::on(On::File),
        };
        self.furnish(&mut world, 1, &self.engine.token());
        world
    }

    fn furnish(&self, world: &mut World, n: usize, token: &str) {
        for name in ["w", "x"] {
            world.add(&match self.kind {
                Kind::Remote => pair::profile(&self.vendor, name).replace("\"box\"", "\"s\""),
                _ => entry(&self.vendor, name, On::File).replace("\"file\"", "\"s\""),
            });
        }
        if self.kind != Kind::Remote {
            world.give_secrets(&self.vendor);
        }
        world.set("RECORD_KEY", KEY);
        world.write("vault.secret", token);
        world.add(&self.store(n));
    }

    /// As it is written on the machine of this number.
    fn store(&self, n: usize) -> String {
        let directory = self.shared.path().display().to_string();
        match self.kind {
            Kind::File => "[stores.s]\nkind = \"file\"\n".into(),
            Kind::Keyring => "[stores.s]\nkind = \"keyring\"\n".into(),
            Kind::Command => {
                let script = |does: &str| {
                    format!("[\"sh\", \"-c\", \"cd {directory} && test ! -e closed && {does}\"]")
                };
                format!(
                    "[stores.s]\nkind = \"command\"\nexclusive = true\nkey = {{ env = \"RECORD_KEY\" }}\nload = {}\nsave = {}\n",
                    script("if test -e {account}; then cat {account}; fi"),
                    script("cat > new && mv new {account}"),
                )
            }
            Kind::Remote => self.owner().store().replace("stores.box", "stores.s"),
            Kind::Vault => {
                let addresses: Vec<String> =
                    self.engine.ports().iter().map(|port| format!("\"http://127.0.0.1:{port}\"")).collect();
                let name = self.shared.path().file_name().expect("a name").to_string_lossy().replace('.', "");
                format!(
                    "[stores.s]\nkind = \"vault\"\naddress = [{}]\nprefix = \"tokcli/{name}\"\nmachine = \"m{n}\"\ntoken = {{ file = \"vault.secret\" }}\n",
                    addresses.join(", ")
                )
            }
        }
    }

    fn owner(&self) -> &Owner {
        self.owner.as_ref().expect("a store on another machine")
    }

    /// The machine that has the login.
    pub fn holder(&self) -> &World {
        self.owner.as_ref().map_or(&self.here, |owner| &owner.world)
    }

    pub fn import(&self, profile: &str) {
        let token = self.vendor.login().refresh_token;
        self.holder().run_with(&["import", "-p", profile], &token).succeeds().says_nothing_on_stdout();
    }

    /// Whatever is asked of the store from now on fails.
    pub fn close(&self) {
        match self.kind {
            Kind::File => unreachable!("its store is its disk"),
            Kind::Keyring => self.here.service().lock(),
            Kind::Command => fs::write(self.shared.path().join("closed"), "").expect("written"),
            Kind::Remote => self.owner().lets("exit 255"),
            Kind::Vault => {
                let token = fs::read_to_string(self.here.path().join("vault.secret")).expect("there");
                self.engine.tell("auth/token/revoke", &json!({ "token": token }));
            }
        }
    }

    pub fn open(&mut self) {
        match self.kind {
            Kind::File => unreachable!("its store is its disk"),
            Kind::Keyring => self.here.keyring.as_mut().expect("there").unlock(),
            Kind::Command => fs::remove_file(self.shared.path().join("closed")).expect("there"),
            Kind::Remote => self.owner().forces(""),
            Kind::Vault => self.here.write("vault.secret", &self.engine.token()),
        }
    }

    pub fn requests(&self) -> usize {
        self.vendor.requests().len()
    }

    /// As `token` prints it.
    pub fn newest(&self) -> String {
        format!("{}\n", self.vendor.current().access_token)
    }
}

impl Engine {
    fn ports(&self) -> Vec<u16> {
        match self {
            Engine::None => Vec::new(),
            Engine::One(vault) => vec![vault.port()],
            Engine::Three(cluster) => cluster.ports(),
        }
    }

    fn tell(&self, path: &str, body: &serde_json::Value) -> serde_json::Value {
        match self {
            Engine::None => serde_json::Value::Null,
            Engine::One(vault) => told(vault.port(), ROOT, "POST", path, body),
            Engine::Three(cluster) => cluster.tell("POST", path, body),
        }
    }

    /// That may do what the documentation says, and nothing more.
    fn token(&self) -> String {
        self.tell("sys/policies/acl/tokcli", &json!({ "policy": POLICY }));
        let wanted =
            json!({"policies": ["tokcli"], "no_default_policy": true, "ttl": "1h", "no_parent": true});
        let answer = self.tell("auth/token/create", &wanted);
        answer["auth"]["client_token"].as_str().unwrap_or_default().to_owned()
    }
}
