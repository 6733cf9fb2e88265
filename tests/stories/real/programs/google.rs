//! google-auth, by a configuration with an executable as its source, against a stand-in of the token exchange (RFC 8693).

use serde_json::json;

use super::{command, goes_well, install, scene, vendor};
use crate::real::server::installed;
use crate::stand_in::{Answer, Request};

const SCRIPT: &str = "
import json, sys
import google.auth.pluggable, google.auth.transport.requests
credentials = google.auth.pluggable.Credentials.from_file(sys.argv[1])
credentials.refresh(google.auth.transport.requests.Request())
print(credentials.token)
";

#[test]
#[ignore = "`make test-real` runs it"]
fn a_token_is_exchanged_for_one_of_googles() {
    let vendor = vendor();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let world = scene(&vendor, &format!("http://{address}/*"));
    let tokcli = install(&world, "tokcli");
    let config = json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/o",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("http://{address}/v1/token"),
        "credential_source": { "executable": { "command": format!("{tokcli} helper google -p fbox"), "timeout_millis": 10000 } },
    });
    world.write("google.json", &config.to_string());
    let exchange = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a call");
        let request = Request::read(&mut stream).expect("a request");
        let answer = json!({
            "access_token": "of-google", "token_type": "Bearer", "expires_in": 3600,
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        });
        Answer::json(200, &answer).send(&mut stream).expect("taken");
        String::from_utf8(request.body).expect("a form")
    });
    let mut python = command(&world, installed("venv/bin/python"), &["-c", SCRIPT, "google.json"]);
    python.env("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
    assert_eq!(goes_well(python), "of-google\n");
    let form = exchange.join().expect("it was called");
    let subject = format!("subject_token={}", vendor.current().access_token);
    assert!(form.split('&').any(|field| field == subject), "the token was given as it is");
}
