//! Glewlwyd: a redirect address that is fixed to the last digit, and devices that ask each second. The administrator, who has
//! consented, is the person; what the scripts of its pages would say, they say themselves.

use super::{CODE, ends, lives, logged_in, state};
use crate::login::browser::get;
use crate::login::scene::Waiting;
use crate::real::glewlwyd::Glewlwyd;
use crate::real::scene::{LONG, Scene};

fn nobody() -> Scene<Glewlwyd> {
    let mut scene = Scene::nobody_counted(Glewlwyd::new(), LONG);
    let api = format!("{}/api/oidc", scene.server.place.origin());
    scene.world.add(&format!(
        "authorization_url = \"{api}/auth\"\ndevice_authorization_url = \"{api}/device_authorization\"\n\
         revocation_url = \"{api}/revoke\"\nscope = \"g_profile\"\nredirect_uri = \"http://127.0.0.1:{}/\"",
        scene.kind.port
    ));
    scene
}

/// Both tokens are dead at the server.
fn ends_for_good(scene: &Scene<Glewlwyd>) {
    let last = scene.relay().last_answer();
    ends(scene);
    let spent = ("refresh_token", last["refresh_token"].as_str().expect("a token"));
    let fields = [("grant_type", "refresh_token"), spent];
    assert_eq!(scene.kind.post(scene.server.place.port, "/api/oidc/token", &fields).0, 400);
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_client_with_one_redirect_address_logs_in_by_code() {
    let mut scene = nobody();
    let mut login = Waiting::of(&scene.world, &CODE);
    let address = login.address();
    assert_eq!(login.redirect().port(), Some(scene.kind.port));
    let page = scene.kind.admin.goes(&format!("{address}&g_continue"));
    get(&page.back()).is(200);
    logged_in(login.ends());
    lives(&scene);
    ends_for_good(&scene);
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_port_that_is_not_the_registered_one_is_refused_by_the_server() {
    let mut scene = nobody();
    let port = crate::real::server::free_port().to_string();
    let words = [&CODE[..], &["--redirect-port", &port, "--deadline", "2s"]].concat();
    let mut login = Waiting::of(&scene.world, &words);
    let address = login.address();
    // It sends nobody anywhere.
    let page = scene.kind.admin.goes(&format!("{address}&g_continue"));
    assert_eq!(page.page().status, 403, "{page:?}");
    login.ends().exits(4);
    assert_eq!((state(&scene.world), scene.relay().requests()), ("none".to_owned(), 0));
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_device_is_approved_within_a_second_or_two() {
    let mut scene = nobody();
    let mut login = Waiting::of(&scene.world, &["--device"]);
    let address = login.address();
    let page = scene.kind.admin.goes(&format!("{address}&g_continue"));
    assert!(page.url.contains("prompt=deviceComplete"), "{page:?}");
    logged_in(login.ends());
    lives(&scene);
    ends_for_good(&scene);
}
