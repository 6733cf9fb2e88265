//! pnpm, by `tokenHelper` of the user's own `.npmrc`.

use serde_json::json;

use super::resource::Resource;
use super::{command, goes_well, install, run, scene, vendor};
use crate::real::server::installed;
use crate::stand_in::{Answer, Request, Tls};

#[test]
#[ignore = "`make test-real` runs it"]
fn a_private_registry_gets_its_token_and_another_gets_none() {
    let vendor = vendor();
    let serves = |request: &Request| match request.path.as_str() {
        "/own" => Answer::json(
            200,
            &json!({
                "name": "own", "dist-tags": { "latest": "1.0.0" },
                "versions": { "1.0.0": { "name": "own", "version": "1.0.0", "dist": { "tarball": "http://127.0.0.1:1/x.tgz" } } },
            }),
        ),
        _ => Answer::empty(404),
    };
    let server = Resource::start(&vendor, Tls::None, &[], serves);
    let other = Resource::start(&vendor, Tls::None, &[], serves);
    let world = scene(&vendor, &format!("http://{}/*", server.host()));
    let helper = install(&world, "pnpm-token-tokcli-fbox");
    world.write(".npmrc", &format!("//{}/:tokenHelper={helper}\n", server.host()));
    let view = |host: &str| {
        let registry = format!("--registry=http://{host}/");
        command(&world, installed("bin/pnpm"), &["view", "own", "version", &registry])
    };
    assert_eq!(goes_well(view(&server.host())).trim(), "1.0.0");
    assert_eq!(server.calls().last().map(String::as_str), Some("200 Bearer GET /own"));
    assert_eq!(vendor.requests().len(), 1);
    assert!(!run(view(&other.host())).status.success());
    assert!(other.calls().iter().all(|call| call.starts_with("401 nobody")), "{:?}", other.calls());
}
