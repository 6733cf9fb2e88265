//! pip, with tokcli in the place of the program `keyring`.

use super::resource::Resource;
use super::{command, goes_well, run, scene, set_up, vendor};
use crate::real::server::installed;
use crate::stand_in::{Answer, Request, Tls};

#[test]
#[ignore = "`make test-real` runs it"]
fn a_private_index_gets_its_token_and_another_gets_none() {
    let vendor = vendor();
    let serves = |request: &Request| match request.path.as_str() {
        "/simple/own/" => {
            Answer::page(200, "<a href='/own-1.0-py3-none-any.whl'>own-1.0-py3-none-any.whl</a>")
        }
        _ => Answer::empty(404),
    };
    let offers = &["Basic realm=\"x\""];
    let server = Resource::start(&vendor, Tls::None, offers, serves);
    let world = scene(&vendor, &format!("http://{}/simple/*", server.host()));
    set_up(&world, &["pip"]);
    let download = |host: &str| {
        let index = format!("--index-url=http://oauth2@{host}/simple/");
        let words = ["index", "versions", "--disable-pip-version-check", "--no-input", &index, "own"];
        command(&world, installed("venv/bin/pip"), &words)
    };
    let said = goes_well(download(&server.host()));
    assert!(said.contains("1.0"), "{said}");
    let calls = server.calls();
    assert!(calls.contains(&"200 Basic GET /simple/own/".to_owned()), "{calls:?}");
    assert_eq!(vendor.requests().len(), 1);
    let other = Resource::start(&vendor, Tls::None, offers, serves);
    assert!(!run(download(&other.host())).status.success());
    // The name in the address goes out by itself.
    assert!(other.calls().iter().all(|call| call.starts_with("401 ")), "{:?}", other.calls());
    assert_eq!(vendor.requests().len(), 1);
}
