//! pip and uv, in the place of the program `keyring`.

use serde_json::json;

use super::{another, ask, current, scene};

#[test]
fn an_index_gets_a_name_and_the_token() {
    let (vendor, world) = scene();
    for service in ["https://git.example.com/simple/", "git.example.com"] {
        for name in [None, Some("me")] {
            let mut words = vec!["helper", "pip", "--mode=creds", "--output=json", "get", service];
            words.extend(name);
            let told = ask(&world, &words, "").object();
            let (token, _) = current(&vendor, &world);
            assert_eq!(told, json!({ "username": name.unwrap_or("oauth2"), "password": token }));
        }
        let (token, _) = current(&vendor, &world);
        ask(&world, &["helper", "pip", "get", service, "me"], "").is(0, &format!("{token}\n"), "");
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn none_here_is_told_by_the_status() {
    let (vendor, mut world) = scene();
    another(&mut world, "other");
    for service in ["https://pypi.org/simple/", "pypi.org", "http://pypi.intranet/"] {
        ask(&world, &["helper", "pip", "--mode=creds", "--output=json", "get", service], "").is(1, "", "");
        ask(&world, &["helper", "pip", "get", service, "me"], "").is(1, "", "");
    }
    ask(&world, &["-p", "other", "helper", "pip", "get", "https://git.example.com/", "me"], "").is(1, "", "");
    for action in ["set", "del"] {
        let told = ask(&world, &["helper", "pip", action, "https://git.example.com/", "me"], "at-x\n");
        assert_eq!((told.code, &*told.stdout), (Some(3), ""), "{told:?}");
        // By these words pip would take it for an old one, and call it otherwise.
        assert!(!told.stderr.contains("unrecognized arguments"), "{told:?}");
    }
    vendor.expire_login();
    let told = ask(&world, &["helper", "pip", "get", "https://git.example.com/", "me"], "");
    assert_eq!((told.code, &*told.stdout), (Some(4), ""), "{told:?}");
}
