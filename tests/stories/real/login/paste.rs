//! tokcli runs where no browser reaches what it listens on: in a network of its own, which only a passage to the server's port
//! leads out of. So the address that the browser ends at is pasted into the terminal.

use std::fs;
use std::process::{Child, Command, Stdio};

use super::chromium::Chromium;
use super::{lives, openid};
use crate::config_edit::Screen;
use crate::login::scene::{address_on, listens};
use crate::real::openid::OpenId;
use crate::real::person::Person;
use crate::real::scene::{LONG, Scene};
use crate::real::server::{installed, sources};
use crate::sequence::wait_for;

/// A server, and a network that is not its own.
struct Apart {
    scene: Scene<OpenId>,
    passage: Child,
}

impl Drop for Apart {
    fn drop(&mut self) {
        let _ = self.passage.kill();
        let _ = self.passage.wait();
    }
}

impl Apart {
    fn from(kind: OpenId) -> Apart {
        let mut scene = Scene::nobody(kind, LONG);
        scene.world.add(&openid::addresses(&scene.server.place.origin()));
        let place = &scene.server.place;
        let (socket, passage) = (place.path().join("way"), sources().join("passage.mjs"));
        let (node, port) = (installed("bin/node"), place.port);
        let mut outside = Command::new("setpriv");
        outside
            .args(["--pdeathsig", "KILL", "--"])
            .arg(&node)
            .arg(&passage)
            .arg(&socket)
            .arg(port.to_string());
        let outside = outside.stdin(Stdio::null()).spawn().expect("it runs");
        let inside = format!(
            "ip link set lo up || exit 99\n'{}' '{}' {port} '{}' </dev/null & way=$!\n\
             until grep -q \" 0100007F:{port:04X} \" /proc/net/tcp; do sleep 0.05; done\n\
             '{}' \"$@\"\nstatus=$?\nkill $way\nexit $status\n",
            node.display(),
            passage.display(),
            socket.display(),
            env!("CARGO_BIN_EXE_tokcli"),
        );
        fs::write(place.path().join("inside.sh"), inside).expect("written");
        wait_for(|| socket.exists());
        Apart { scene, passage: outside }
    }

    /// The terminal of a run in there, and the address on it.
    fn begins(&self, words: &str) -> (Screen, String) {
        let inside = self.scene.server.place.path().join("inside.sh");
        let command = format!("unshare --map-root-user --net sh '{}' {words}", inside.display());
        let mut screen = Screen::that(&self.scene.world, &command);
        let address = address_on(&mut screen, &format!("{}/auth?", self.scene.server.place.origin()));
        (screen, address)
    }
}

#[test]
#[ignore = "`make test-real` runs it"]
fn the_address_that_chromium_ends_at_is_pasted() {
    let apart = Apart::from(OpenId::with_pages("none"));
    let (mut screen, address) = apart.begins("login --grant authorization_code --no-browser");
    let saw = Chromium::beside(&apart.scene).consents(&address);
    let back = saw["back"].as_str().unwrap_or_else(|| panic!("chromium came through: {saw:#}"));
    assert!(back.contains("code=") && !listens(&address));
    screen.types(&format!("{back}\r"));
    let (code, shown) = screen.ends();
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("logged in as alice"), "{shown}");
    lives(&apart.scene);
}

/// The server's own is shorter; nobody says how long another one's may be.
#[test]
#[ignore = "`make test-real` runs it"]
fn an_address_longer_than_a_line_of_the_terminal_is_pasted() {
    let apart = Apart::from(OpenId::of("none"));
    let (mut screen, address) = apart.begins("login --paste");
    let back = Person::default().goes(&address).back();
    screen.types(&format!("{back}&session_state={}\r", "x".repeat(6_000)));
    let (code, shown) = screen.ends();
    assert_eq!(code, Some(0), "{shown}");
    lives(&apart.scene);
}
