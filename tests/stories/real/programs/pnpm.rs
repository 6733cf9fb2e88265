//! pnpm, by `tokenHelper` of the user's own `.npmrc`.

use serde_json::json;

use super::resource::Resource;
use super::{command, goes_well, run, scene, set_up, vendor};
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
                "versions": { "1.0.0": { "name": "own", "version": "1.0.0", "dist": { "tarball": "http://127.0.0.1:1/x.tgz", "shasum": "da39a3ee5e6b4b0d3255bfef95601890afd80709" } } },
            }),
        ),
        _ => Answer::empty(404),
    };
    let server = Resource::start(&vendor, Tls::None, &[], serves);
    let other = Resource::start(&vendor, Tls::None, &[], serves);
    let world = scene(&vendor, &format!("http://{}/*", server.host()));
    set_up(&world, &["pnpm", "-p", "fbox"]);
    let project = world.path().join("project");
    std::fs::create_dir(&project).expect("made");
    std::fs::write(project.join("package.json"), "{\"dependencies\":{\"own\":\"1.0.0\"}}").expect("written");
    let locks = |host: &str| {
        let registry = format!("--registry=http://{host}/");
        let pnpm = installed("node_modules/pnpm/bin/pnpm.cjs");
        let pnpm = pnpm.to_str().expect("UTF-8");
        let words = [pnpm, "install", "--lockfile-only", "--ignore-scripts", &registry];
        let mut command = command(&world, installed("bin/node"), &words);
        command.current_dir(&project);
        command
    };
    assert!(!run(locks(&other.host())).status.success());
    goes_well(locks(&server.host()));
    let locked = std::fs::read_to_string(project.join("pnpm-lock.yaml")).expect("it was made");
    assert!(locked.contains("own@1.0.0"), "{locked}");
    assert_eq!(server.calls().last().map(String::as_str), Some("200 Bearer GET /own"));
    assert_eq!(vendor.requests().len(), 1);
    assert!(other.calls().iter().all(|call| call.starts_with("401 nobody")), "{:?}", other.calls());
}
