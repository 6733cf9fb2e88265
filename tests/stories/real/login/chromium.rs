//! From click to token in Chromium, started by tokcli itself: it goes through oidc-provider's own pages, click by click and key by
//! key, and comes back to where tokcli listens.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{lives, openid, state};
use crate::config_edit::Screen;
use crate::real::openid::OpenId;
use crate::real::scene::Scene;
use crate::real::server::{free_port, installed, sources};
use crate::sequence::wait_for;

pub struct Chromium {
    program: PathBuf,
    tells: PathBuf,
}

impl Chromium {
    /// Beside the server, where its packages are.
    pub fn beside(scene: &Scene<OpenId>) -> Chromium {
        let place = scene.server.place.path();
        let program = place.join("chromium.mjs");
        fs::copy(sources().join("chromium.mjs"), &program).expect("copied");
        Chromium { program, tells: place.join("saw.json") }
    }

    /// As `BROWSER`.
    fn is_the_browser_of(&self, scene: &mut Scene<OpenId>, does: &str) {
        let (node, program) = (installed("bin/node"), self.program.display());
        scene.world.set("BROWSER", &format!("'{}' '{program}'", node.display()));
        scene.world.set("DOES", does);
        scene.world.set("TELLS", self.tells.to_str().expect("UTF-8"));
    }

    /// Opened by somebody else, who says where it ended.
    pub fn consents(&self, address: &str) -> Value {
        let mut command = Command::new(installed("bin/node"));
        command.arg(&self.program).arg(address).env("DOES", "consents").env("TELLS", &self.tells);
        let ended = command.stdin(Stdio::null()).output().expect("it runs");
        assert!(ended.status.success(), "{ended:?}");
        self.saw()
    }

    fn saw(&self) -> Value {
        wait_for(|| self.tells.exists());
        let saw: Value = serde_json::from_slice(&fs::read(&self.tells).expect("it")).expect("JSON");
        assert_eq!((&saw["error"], &saw["arguments"]), (&Value::Null, &json!(1)), "{saw:#}");
        // It began where a person does.
        assert_eq!(saw["pages"], json!(["Sign-in"]), "{saw:#}");
        saw
    }
}

/// The profile has these lines besides; the browser comes back to this page, on whatever port.
fn clicked(does: &str, lines: &str, back: &str) -> (Scene<OpenId>, Option<i32>, String, Value) {
    let mut scene = openid::nobody(OpenId::with_pages("none"));
    scene.world.add(lines);
    let chromium = Chromium::beside(&scene);
    chromium.is_the_browser_of(&mut scene, does);
    let (code, shown) = Screen::of(&scene.world, "login --grant authorization_code").ends();
    let saw = chromium.saw();
    // One page, which needs no network, no script and nothing else, and which its own policy lets be as it is.
    assert_eq!(saw["requests"], json!([back]), "{saw:#}");
    assert_eq!((&saw["scripts"], &saw["resources"]), (&json!(0), &json!(0)), "{saw:#}");
    assert_eq!((&saw["complaints"], &saw["width"]), (&json!([]), &json!("576px")), "{saw:#}");
    (scene, code, shown, saw)
}

#[test]
#[ignore = "`make test-real` runs it"]
fn chromium_goes_from_click_to_token() {
    let (scene, code, shown, saw) = clicked("consents", "", "http://127.0.0.1/");
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("logged in as alice"), "{shown}");
    assert_eq!(saw["title"], "Logged in - tokcli");
    assert_eq!(saw["text"], "Logged in\n\ntokcli has what it needs. This page can be closed.");
    lives(&scene);
}

/// Which of its addresses that is, the browser decides.
#[test]
#[ignore = "`make test-real` runs it"]
fn chromium_comes_back_to_localhost() {
    let redirect = format!("redirect_uri = \"http://localhost:{}/callback\"", free_port());
    let (scene, code, shown, _) = clicked("consents", &redirect, "http://localhost/callback");
    assert_eq!(code, Some(0), "{shown}");
    lives(&scene);
}

#[test]
#[ignore = "`make test-real` runs it"]
fn chromium_is_told_that_nobody_is_logged_in() {
    let (scene, code, shown, saw) = clicked("denies", "", "http://127.0.0.1/");
    assert_eq!(code, Some(4), "{shown}");
    assert_eq!(saw["title"], "Not logged in - tokcli");
    let text = saw["text"].as_str().expect("text");
    assert!(text.contains("access_denied") && text.contains("not logged in"), "{text}");
    assert_eq!((state(&scene.world), scene.relay().requests()), ("none".to_owned(), 0));
}
