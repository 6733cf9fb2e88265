//! Coding agents, MCP clients and SDKs, as their authors publish them, with the very lines that docs/integrations.md has of them.
//!
//! None of them reaches anything but the stand-ins here: what they ask elsewhere goes to a proxy that is not there.

mod api;
mod claude;
mod codex;
mod mcp;
mod sdks;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use super::programs;
use super::server::installed;
use crate::shim::Shim;
use crate::stand_in::StandIn;
use crate::world::World;
use api::{Ages, Api};

/// A vendor, an API that takes nothing but its current token, and a world whose tokcli grows older with both.
struct Scene {
    vendor: Arc<StandIn>,
    api: Api,
    world: World,
}

impl Scene {
    fn new(ages: Ages) -> Scene {
        let vendor = programs::vendor();
        let world = programs::scene(&vendor, "http://127.0.0.1:1/*");
        Shim::build(&world);
        world.write("later", "0");
        let place = world.path().display();
        let tokcli = format!(
            "#!/bin/sh\necho \"$*\" >>{place}/asked\nexport LD_PRELOAD={place}/shim.so SHIM_LATER=\"$(cat {place}/later)\"\nexec {} \"$@\"\n",
            env!("CARGO_BIN_EXE_tokcli")
        );
        script(&world, "tokcli", &tokcli);
        std::os::unix::fs::symlink(installed("node_modules"), world.path().join("node_modules"))
            .expect("made");
        let api = Api::start(&vendor, world.path().join("later"), ages);
        Scene { vendor, api, world }
    }

    /// The first part of this kind behind a heading of docs/integrations.md, about this scene.
    fn recipe(&self, heading: &str, kind: &str) -> String {
        self.nth_recipe(heading, kind, 1)
    }

    fn nth_recipe(&self, heading: &str, kind: &str, nth: usize) -> String {
        let text = programs::recipe(&format!("### {heading}"), kind, nth);
        let text = text.replace("https://llm.example.com", &self.api.origin());
        let text = text.replace("https://mcp.example.com", &self.api.origin());
        text.replace("\"work\"", "\"fbox\"").replace("'work'", "'fbox'").replace("-p work", "-p fbox")
    }

    fn command(&self, program: impl AsRef<Path>, words: &[&str]) -> Command {
        let mut command = programs::command(&self.world, program, words);
        for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
            command.env(proxy, "http://127.0.0.1:9");
        }
        command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
        command
    }

    /// A script for Node.js, which finds what is installed.
    fn node(&self, name: &str, text: &str) -> Command {
        self.world.write(name, text);
        self.command(installed("bin/node"), &[name])
    }

    fn python(&self, text: &str) -> Command {
        self.world.write("script.py", text);
        self.command(installed("venv/bin/python"), &["script.py"])
    }

    /// How often tokcli was asked.
    fn asked(&self) -> usize {
        fs::read_to_string(self.world.path().join("asked")).unwrap_or_default().lines().count()
    }
}

/// In `bin`, which programs look into first.
pub fn script(world: &World, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let bin = world.path().join("bin");
    fs::create_dir_all(&bin).expect("made");
    fs::write(bin.join(name), text).expect("written");
    fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o700)).expect("set");
}
