//! oidc-provider (Node.js): a spent refresh token that is presented again ends the whole login.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use base64::Engine as _;
use serde_json::Value;

use super::scene::{LONG, Scene};
use super::server::{Place, ask, ask_form, installed, sources};
use super::{Class, Kind, tell};

tell!(OpenId::of("client_secret_basic");
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

pub struct OpenId {
    /// Its client has the name of its method.
    method: &'static str,
    /// The package's own pages ask for a name and for consent.
    pages: bool,
    /// How long a device code lives, in seconds.
    device: u32,
}

impl OpenId {
    pub fn of(method: &'static str) -> OpenId {
        OpenId { method, pages: false, device: LONG }
    }

    pub fn with_pages(method: &'static str) -> OpenId {
        OpenId { pages: true, ..OpenId::of(method) }
    }

    pub fn with_devices(method: &'static str, device: u32) -> OpenId {
        OpenId { device, ..OpenId::of(method) }
    }

    /// As the client: status and body.
    pub fn post(&self, port: u16, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let form = |pairs: &[(&str, &str)]| {
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
        };
        if self.method == "none" {
            return ask_form(port, path, &[fields, &[("client_id", self.method)]].concat());
        }
        // Each is form-encoded first (RFC 6749 section 2.3.1).
        let login = format!("{}:{}", self.method, form(&[("", SECRET)]).trim_start_matches('='));
        let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(login));
        let headers =
            [("Authorization", basic.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
        ask(port, "POST", path, &headers, &form(fields))
    }
}

const SECRET: &str = "canary s3:cr3t/+=%&~ of 32 bytes and more";

impl Kind for OpenId {
    fn prepare(&mut self, place: &Place) {
        // Node.js looks for packages beside the program.
        fs::copy(sources().join("openid.mjs"), place.path().join("openid.mjs")).expect("copied");
        symlink(installed("node_modules"), place.path().join("node_modules")).expect("linked");
    }

    fn command(&self, place: &Place) -> Command {
        let mut command = place.command(&installed("bin/node"));
        command.arg("openid.mjs").env("DEVICE", self.device.to_string());
        if self.pages {
            command.env("PAGES", "own");
        }
        command
    }

    fn is_ready(&self, port: u16) -> bool {
        ask(port, "GET", "/.well-known/openid-configuration", &[], "").0 == 200
    }

    fn profile(&self, origin: &str) -> String {
        let method = self.method;
        let secret = match method {
            "none" => "",
            "private_key_jwt" => "private_key = { env = \"REAL_SECRET\" }\n",
            _ => "client_secret = { env = \"REAL_SECRET\" }\n",
        };
        if method == "bound" {
            return format!(
                "dialect = \"bound\"\ntoken_url = \"{origin}/token\"\nrotation = \"family\"\n\
                 client_id = \"bound\"\nclient_auth = \"none\"\n"
            );
        }
        format!(
            "dialect = \"oauth2\"\ntoken_url = \"{origin}/token\"\nrotation = \"family\"\n\
             client_id = \"{method}\"\nclient_auth = \"{method}\"\n{secret}"
        )
    }

    fn secret(&self) -> &'static str {
        SECRET
    }

    fn login(&self, port: u16) -> Option<Value> {
        let (status, answer) = ask(port, "POST", &format!("/login/{}", self.method), &[], "");
        assert_eq!(status, 200, "alice is logged in");
        Some(answer)
    }

    fn accepts(&self, port: u16, access_token: &str) -> bool {
        ask(port, "GET", "/me", &[("Authorization", &format!("Bearer {access_token}"))], "").0 == 200
    }

    fn revoke(&self, port: u16, last: &Value) {
        let token = last["refresh_token"].as_str().expect("a token");
        let (status, _) = self.post(port, "/token/revocation", &[("token", token)]);
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
        let mut scene = Scene::direct(OpenId::of(method), LONG);
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
