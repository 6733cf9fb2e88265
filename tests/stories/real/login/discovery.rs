//! oidc-provider as its own metadata describe it: a profile that names the issuer alone, and a resource whose server nobody has
//! heard of, where tokcli registers itself.

use super::{CODE, lives, logged_in, state};
use crate::login::browser::get;
use crate::login::scene::Waiting;
use crate::real::openid::OpenId;
use crate::real::person::Person;
use crate::real::scene::{LONG, Scene};
use crate::real::server::ask;

#[test]
#[ignore = "`make test-real` runs it"]
fn an_issuer_is_all_that_a_profile_names() {
    let mut scene = Scene::nobody(OpenId::of("none"), LONG);
    let origin = scene.server.place.origin();
    scene.world.change(&format!("token_url = \"{origin}/token\""), &format!("issuer = \"{origin}\""));
    scene.world.add("scope = \"openid\"");
    let mut login = Waiting::of(&scene.world, &[&CODE[..], &["--yes"]].concat());
    get(&Person::default().goes(&login.address()).back()).is(200);
    logged_in(login.ends());
    lives(&scene);
    scene.world.run(&["logout"]).succeeds().says("revoked");
    assert_eq!(state(&scene.world), "none");
}

/// As at an MCP server: its tokens are good there (RFC 8707), after a refresh too.
#[test]
#[ignore = "`make test-real` runs it"]
fn a_resource_leads_to_its_server_which_registers_a_client() {
    let mut scene = Scene::nobody(OpenId::of("none"), LONG);
    let origin = scene.server.place.origin();
    scene.world.set("TOKCLI_STORE", "file");
    let resource = format!("{origin}/mcp");
    let words = [&CODE[..], &["--yes", "--profile", "mcp", "--url", &resource]].concat();
    let mut login = Waiting::of(&scene.world, &words);
    get(&Person::default().goes(&login.address()).back()).is(200);
    login.ends().succeeds();
    for command in ["token", "refresh"] {
        let token = scene.world.run(&[command, "--profile", "mcp"]).succeeds().keeps_stderr_empty().stdout;
        let bearer = format!("Bearer {}", token.trim_end());
        let (status, answer) = ask(scene.server.place.port, "GET", "/mcp", &[("Authorization", &bearer)], "");
        assert_eq!((status, &answer["user"]), (200, &"alice".into()), "{command}");
    }
    // It says itself that a JWT cannot be revoked.
    scene.world.run(&["logout", "--profile", "mcp"]).succeeds().says("revoked the refresh token");
}
