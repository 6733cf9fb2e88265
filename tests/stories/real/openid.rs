//! oidc-provider (Node.js): a spent refresh token that is presented again ends the whole login.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use base64::Engine as _;
use serde_json::Value;

use super::scene::{LONG, Scene};
use super::server::{Place, ask, installed, sources};
use super::{Class, Kind, tell};

tell!(OpenId("client_secret_basic");
    twenty_renewals_in_a_row,
    fifty_callers_for_an_expired_token_are_one_request,
    a_server_that_is_down_is_unreachable_and_when_it_is_back_all_is_well,
    a_run_killed_before_its_request_arrived,
    a_run_killed_before_its_answer_came,
    a_server_killed_before_it_handled_the_request,
    a_server_killed_before_its_answer_came,
    the_answer_of_a_login_is_imported,
    a_login_that_the_server_revoked,
    a_wrong_secret_is_a_rejected_client_until_it_is_mended,
);

/// Its client has the name of its method.
struct OpenId(&'static str);

const SECRET: &str = "canary s3:cr3t/+=%&~ of 32 bytes and more";

impl Kind for OpenId {
    fn prepare(&mut self, place: &Place) {
        // Node.js looks for packages beside the program.
        fs::copy(sources().join("openid.mjs"), place.path().join("openid.mjs")).expect("copied");
        symlink(installed("node_modules"), place.path().join("node_modules")).expect("linked");
    }

    fn command(&self, place: &Place) -> Command {
        let mut command = place.command(&installed("bin/node"));
        command.arg("openid.mjs");
        command
    }

    fn is_ready(&self, port: u16) -> bool {
        ask(port, "GET", "/.well-known/openid-configuration", &[], "").0 == 200
    }

    fn profile(&self, origin: &str) -> String {
        let method = self.0;
        let secret = match method {
            "none" => "",
            "private_key_jwt" => "private_key = { env = \"REAL_SECRET\" }\n",
            _ => "client_secret = { env = \"REAL_SECRET\" }\n",
        };
        format!(
            "dialect = \"oauth2\"\ntoken_url = \"{origin}/token\"\nrotation = \"family\"\n\
             client_id = \"{method}\"\nclient_auth = \"{method}\"\n{secret}"
        )
    }

    fn secret(&self) -> &'static str {
        SECRET
    }

    fn login(&self, port: u16) -> Option<Value> {
        let (status, answer) = ask(port, "POST", &format!("/login/{}", self.0), &[], "");
        assert_eq!(status, 200, "alice is logged in");
        Some(answer)
    }

    fn accepts(&self, port: u16, access_token: &str) -> bool {
        ask(port, "GET", "/me", &[("Authorization", &format!("Bearer {access_token}"))], "").0 == 200
    }

    fn revoke(&self, port: u16, last: &Value) {
        let token = last["refresh_token"].as_str().expect("a token");
        let form = |pair: &[(&str, &str)]| {
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pair).finish()
        };
        // Each is form-encoded first (RFC 6749 section 2.3.1).
        let login = format!("{}:{}", self.0, form(&[("", SECRET)]).trim_start_matches('='));
        let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(login));
        let headers =
            [("Authorization", basic.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
        let (status, _) = ask(port, "POST", "/token/revocation", &headers, &form(&[("token", token)]));
        assert_eq!(status, 200);
    }

    fn class(&self) -> Class {
        Class::Family
    }
}

/// Those of the registry that it knows. The assertions are for the address that the server has itself, so nobody stands between.
#[test]
#[ignore = "`make test-real` runs it"]
fn each_way_of_authenticating_the_client_is_taken() {
    for method in
        ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]
    {
        let mut scene = Scene::direct(OpenId(method), LONG);
        if method == "private_key_jwt" {
            let key = fs::read_to_string(scene.server.place.path().join("client.pem")).expect("a key");
            scene.world.set("REAL_SECRET", &key);
        }
        for _ in 0..2 {
            let run = scene.world.run(&["refresh"]).succeeds().keeps_stderr_empty();
            scene.assert_accepted(&run.stdout);
        }
    }
}
