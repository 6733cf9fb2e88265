//! Two machines: an owner, which has the login, and others, which ask it over a transport of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::stand_in::StandIn;
use crate::world::{On, World, entry};

/// The name that the owner's profile has.
pub const PROFILE: &str = "w";

pub struct Owner {
    pub world: World,
    wire: PathBuf,
}

impl Owner {
    /// With a profile `w` whose login is imported.
    pub fn of(vendor: &StandIn) -> Owner {
        let mut world = World::on(On::File).asking_the_store();
        world.give_secrets(vendor);
        world.add(&entry(vendor, PROFILE, On::File));
        world.run_with(&["import"], &format!("{}\n", vendor.login().refresh_token)).succeeds();
        Owner::serving(world)
    }

    /// With a profile `w` that works.
    pub fn serving(world: World) -> Owner {
        let wire = world.path().join("wire.secret");
        let owner = Owner { world, wire };
        owner.lets("exec \"$@\"");
        owner
    }

    /// What a connection runs, in the place of a shell at a server: `$@` is what was asked for, and each is counted.
    pub fn lets(&self, script: &str) {
        let path = self.world.path();
        let count = path.join("connections");
        let command = self.world.command(&[] as &[&str]);
        let variables: Vec<String> = command
            .get_envs()
            .filter_map(|(name, value)| Some(format!("{}='{}'", name.to_str()?, value?.to_str()?)))
            .collect();
        let text = format!(
            "#!/bin/sh\nif [ -z \"$THERE\" ]; then echo \"$@\" >> {}; exec env -i THERE=1 {} \"$0\" \"$@\"; fi\ncd {}\nunset THERE\n{script}\n",
            count.display(),
            variables.join(" "),
            path.display()
        );
        // Nobody finds half of it.
        let new = path.join("wire.new");
        fs::write(&new, text).expect("written");
        fs::set_permissions(&new, fs::Permissions::from_mode(0o700)).expect("mode");
        fs::rename(&new, &self.wire).expect("in its place");
    }

    /// An answer made up, after `first` has run: `said` is what it holds beside its frame.
    pub fn answers(&self, said: &Value, first: &str) {
        let mut answer = json!({ "version": 1, "tokcli": env!("CARGO_PKG_VERSION"), "held_ms": 0 });
        let members = said.as_object().expect("members").clone();
        answer.as_object_mut().expect("an object").extend(members);
        self.world.write("answer.json", &format!("{answer}\n"));
        self.lets(&format!(
            "nonce=$(sed -n 's/.*\"nonce\":\"\\([0-9a-f]*\\)\".*/\\1/p')\n{first}\nprintf 'tokcli-answer:%s:' \"$nonce\"; cat answer.json"
        ));
    }

    /// As `command=` in authorized_keys: whatever was asked for.
    pub fn forces(&self, arguments: &str) {
        self.lets(&format!("exec {} serve-once {arguments}", env!("CARGO_BIN_EXE_tokcli")));
    }

    pub fn connections(&self) -> usize {
        fs::read_to_string(self.world.path().join("connections")).unwrap_or_default().lines().count()
    }

    /// What stands in profiles.toml of a machine that asks it.
    pub fn store(&self) -> String {
        format!(
            "[stores.box]\nkind = \"remote\"\ncommand = [\"{}\", \"{}\"]\n",
            self.wire.display(),
            env!("CARGO_BIN_EXE_tokcli")
        )
    }

    /// Another machine, with the same profile but for its secret.
    pub fn caller(&self, vendor: &StandIn) -> World {
        let mut world = World::on(On::File);
        world.add(&profile(vendor, PROFILE));
        world.add(&self.store());
        world
    }
}

/// Of a machine that asks another one: what the owner's has, without the secret.
pub fn profile(vendor: &StandIn, name: &str) -> String {
    let lines = entry(vendor, name, On::File).replace("\"file\"", "\"box\"");
    lines.lines().filter(|line| !line.starts_with("client_secret")).map(|line| format!("{line}\n")).collect()
}
