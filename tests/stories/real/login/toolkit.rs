//! django-oauth-toolkit: the code flow through Django's own login form and the package's consent form.

use super::{CODE, ends, lives, logged_in, state};
use crate::login::browser::get;
use crate::login::scene::Waiting;
use crate::real::person::{Person, Place};
use crate::real::scene::{LONG, Scene};
use crate::real::toolkit::{PUBLIC, Toolkit};

fn nobody(client: &'static str) -> Scene<Toolkit> {
    let mut scene = Scene::nobody_counted(Toolkit(client), LONG);
    let origin = scene.server.place.origin();
    scene.world.add(&format!(
        "authorization_url = \"{origin}/o/authorize/\"\nrevocation_url = \"{origin}/o/revoke_token/\"\nscope = \"read\""
    ));
    scene
}

/// Logged in at the server, and asked for consent.
fn asked_for_consent(login: &mut Waiting, person: &mut Person) -> Place {
    let form = person.goes(&login.address());
    assert!(form.url.contains("/login?next="), "{form:?}");
    person.fills(&form, &[("username", "alice"), ("password", "canary-password")])
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_public_and_a_confidential_client_log_in_by_code() {
    for client in [PUBLIC, "toolkit-code"] {
        let scene = nobody(client);
        let mut login = Waiting::of(&scene.world, &CODE);
        let mut person = Person::default();
        let consent = asked_for_consent(&mut login, &mut person);
        get(&person.fills(&consent, &[("allow", "Authorize")]).back()).is(200);
        logged_in(login.ends());
        lives(&scene);
        let last = scene.relay().last_answer();
        ends(&scene);
        let spent = ("refresh_token", last["refresh_token"].as_str().expect("a token"));
        let fields = [("grant_type", "refresh_token"), spent];
        let (status, answer) = scene.kind.post(scene.server.place.port, "/o/token/", &fields);
        assert_eq!((status, &answer["error"]), (400, &"invalid_grant".into()), "{client}");
    }
}

#[test]
#[ignore = "`make test-real` runs it"]
fn whoever_gives_no_consent_is_believed() {
    let scene = nobody(PUBLIC);
    let mut login = Waiting::of(&scene.world, &CODE);
    let mut person = Person::default();
    let consent = asked_for_consent(&mut login, &mut person);
    let back = person.fills(&consent, &[]).back();
    assert!(get(&back).is(200).body.contains("Not logged in"));
    let error = login.ends().exits(4).error();
    assert!(error["message"].as_str().expect("text").contains("access_denied"), "{error}");
    assert_eq!((state(&scene.world), scene.relay().requests()), ("none".to_owned(), 0));
}
