//! All kinds of programs at once, on one token that is over: one request.

use std::io::Write as _;
use std::process::{Child, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{Told, scene};
use crate::permits::Permit;
use crate::sequence::wait_for;

#[test]
fn two_hundred_programs_at_once_make_one_request() {
    let _alone = Permit::of_a_crowd();
    let (vendor, world) = scene();
    world.run(&["refresh"]).succeeds();
    vendor.expire_access();
    let mut world = world;
    let shim = crate::shim::Shim::build(&world);
    shim.later(&mut world, 8_000);
    let latch = vendor.hold(1);
    let uri = json!({ "uri": "https://git.example.com/" }).to_string();
    let kinds: [(&[&str], &str); 10] = [
        (&["helper", "git", "get"], "protocol=https\nhost=git.example.com\n"),
        (&["helper", "kubectl"], ""),
        (&["header"], ""),
        (&["sasl", "xoauth2", "--user", "me"], ""),
        (&["token"], ""),
        (&["helper", "docker", "get"], "git.example.com"),
        (&["helper", "bazel", "get"], &uri),
        (&["header", "--fresh"], ""),
        (&["exec", "--env", "API_TOKEN", "--", "printenv", "API_TOKEN"], ""),
        (&["env", "--format", "dotenv"], ""),
    ];
    let start = |n: usize| -> Child {
        let (words, input) = kinds[n % kinds.len()];
        let mut command = world.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("tokcli runs");
        let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
        child
    };
    let children: Vec<Child> = (0..200).map(start).collect();
    wait_for(|| vendor.requests().len() == 2);
    latch.open();
    let token = vendor.current().access_token;
    for (n, child) in children.into_iter().enumerate() {
        let told = Told::of(child.wait_with_output().expect("it ends"));
        let words = kinds[n % kinds.len()].0;
        assert_eq!(told.code, Some(0), "{words:?}: {told:?}");
        let said = if words[0] == "sasl" { decoded(&told.stdout) } else { told.stdout };
        assert!(said.contains(&token), "{words:?}: {said}");
    }
    assert_eq!(vendor.requests().len(), 2);
}

fn decoded(base64: &str) -> String {
    let bytes = STANDARD.decode(base64.trim_end()).expect("base64");
    String::from_utf8(bytes).expect("UTF-8")
}
