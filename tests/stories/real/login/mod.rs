//! `tokcli login` and `tokcli logout` at servers of other makes: from nothing to a token that the server takes, and back to
//! nothing that it takes.

mod chromium;
mod dialects;
mod discovery;
mod glewlwyd;
mod openid;
mod paste;
mod toolkit;

use serde_json::Value;

use super::Kind;
use super::person::Person;
use super::scene::Scene;
use crate::login::browser::{Page, get};
use crate::login::scene::Waiting;
use crate::world::{Ended, World};

const CODE: [&str; 3] = ["--grant", "authorization_code", "--no-browser"];

/// The last line of a login that succeeded.
#[track_caller]
pub fn logged_in(ended: Ended) {
    let ended = ended.succeeds();
    let line: Value =
        serde_json::from_str(ended.stdout.lines().last().unwrap_or_default()).expect("an object");
    assert_eq!((&line["profile"], &line["outcome"]), (&"real".into(), &"logged_in".into()), "{ended:#?}");
}

/// A person with this browser consents, unasked, and comes back to tokcli: the page that they see.
#[track_caller]
fn by_code(world: &World, person: &mut Person) -> Page {
    let mut login = Waiting::of(world, &CODE);
    let back = person.goes(&login.address()).back();
    let page = get(&back).is(200);
    logged_in(login.ends());
    page
}

pub fn state(world: &World) -> String {
    let status = world.run(&["status", "--json"]).succeeds().object();
    status["profiles"][0]["state"].as_str().expect("text").to_owned()
}

/// What came of a login is taken by the server, and so is what comes of that.
#[track_caller]
pub fn lives<K: Kind>(scene: &Scene<K>) {
    let token = scene.world.run(&["token"]).succeeds().keeps_stderr_empty();
    scene.assert_accepted(&token.stdout);
    let next = scene.world.run(&["refresh"]).succeeds().keeps_stderr_empty();
    assert_ne!(next.stdout, token.stdout);
    scene.assert_accepted(&next.stdout);
    scene.world.assert_nothing_in_the_clear();
}

/// The server takes nothing any more of what it gave last, and here nothing is left of it.
#[track_caller]
pub fn ends<K: Kind>(scene: &Scene<K>) {
    let token = scene.world.run(&["token"]).succeeds().stdout;
    scene.assert_accepted(&token);
    scene.world.run(&["logout"]).succeeds().says("revoked");
    let port = scene.server.place.port;
    assert!(!scene.kind.accepts(port, token.trim_end()), "the access token lives on");
    assert_eq!(state(&scene.world), "none");
    assert_eq!(scene.world.run(&["token", "--json"]).exits(4).error()["code"], "no_credential");
}
