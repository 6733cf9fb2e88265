//! boto3, by a configuration with `credential_process`, against a stand-in of STS that takes one key and its session token.

use httpmock::prelude::*;
use serde_json::json;

use super::{command, goes_well, set_up};
use crate::programs::aws::DIALECT;
use crate::real::server::installed;
use crate::stand_in::{Answer, Request};
use crate::world::{On, World};

const SCRIPT: &str = "
import sys
import boto3
session = boto3.Session(profile_name='keys')
assert session.get_credentials().method == 'custom-process'
sts = session.client('sts', region_name='us-east-1', endpoint_url=sys.argv[1])
assert session.get_credentials().get_frozen_credentials().secret_key == sys.argv[2]
print(sts.get_caller_identity()['Account'])
";

/// Whether the signature is right is a matter of the SDK, which has the secret key as the vendor gave it.
#[test]
#[ignore = "`make test-real` runs it"]
fn a_request_is_signed_with_the_keys_of_the_vendor() {
    let vendor = MockServer::start();
    let now = jiff::Timestamp::now();
    let keys = |name: &str, ends: i64| {
        json!({ "credentials": {
            "accessKeyId": format!("AKIA{name}"), "secretAccessKey": "canary-secret", "sessionToken": format!("st-canary-{name}=="),
            "expiration": now.as_millisecond() + ends * 1_000,
        }, "refreshToken": format!("rt-canary-{name}") })
    };
    let new = keys("ONE", 3_600);
    let renewal = vendor.mock(|when, then| {
        when.method(POST).path("/t");
        then.status(200).json_body(new.clone());
    });
    let mut world = World::on(On::File);
    let base = vendor.base_url();
    world.add(&format!(
        "[profiles.keys]\ndialect = \"keys\"\nbase_url = \"{base}\"\nstore = \"file\"\nmin_ttl = \"16m\""
    ));
    world.add(DIALECT);
    // Of their hour so little is left that boto3 would ask again each time.
    let obtained = (now.as_second() - 2_670).to_string();
    let old = keys("OLD", 930).to_string();
    world.run_with(&["import", "--answer", "--obtained-at", &obtained], &old).succeeds();
    set_up(&world, &["aws", "-p", "keys"]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let service = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a call");
        let request = Request::read(&mut stream).expect("a request");
        let xml = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>12</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
        let given = request.header("authorization").unwrap_or_default().to_owned();
        let session = request.header("x-amz-security-token").unwrap_or_default().to_owned();
        let takes = given.starts_with("AWS4-HMAC-SHA256 Credential=AKIAONE/") && session == "st-canary-ONE==";
        let answer =
            if takes { Answer { body: xml.into(), ..Answer::empty(200) } } else { Answer::empty(403) };
        answer.send(&mut stream).expect("taken");
        (given, session)
    });
    let url = format!("http://{address}");
    let mut python = command(&world, installed("venv/bin/python"), &["-c", SCRIPT, &url, "canary-secret"]);
    python.env("AWS_EC2_METADATA_DISABLED", "true");
    assert_eq!(goes_well(python), "12\n");
    let (given, session) = service.join().expect("it was called");
    assert_eq!(session, "st-canary-ONE==", "{given}");
    renewal.assert_calls(1);
}
