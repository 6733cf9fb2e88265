//! Synapse, a Matrix homeserver: a spent refresh token lives until what it gave is used.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::server::{Place, ask, ask_json, installed};
use super::{Class, Kind, tell};

tell!(Matrix;
    twenty_renewals_in_a_row,
    fifty_callers_for_an_expired_token_are_one_request,
    a_server_that_is_down_is_unreachable_and_when_it_is_back_all_is_well,
    a_run_killed_before_its_answer_came,
    a_server_killed_before_its_answer_came,
    runs_killed_at_any_moment,
    the_answer_of_a_login_is_imported,
    a_login_that_the_server_revoked,
);

pub struct Matrix;

const CLIENT: &str = "/_matrix/client/v3";

impl Kind for Matrix {
    fn prepare(&mut self, place: &Place) {
        // Signs nothing that anybody sees.
        let key = "ed25519 a_real AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
        fs::write(place.path().join("signing.key"), key).expect("written");
    }

    fn command(&self, place: &Place) -> Command {
        let configuration = include_str!("../../real/matrix.yaml")
            .replace("{PORT}", &place.port.to_string())
            .replace("{LIFETIME}", &place.lifetime.to_string());
        fs::write(place.path().join("matrix.yaml"), configuration).expect("written");
        let mut command = place.command(&installed("venv/bin/python"));
        command.args(["-m", "synapse.app.homeserver", "-c", "matrix.yaml"]);
        command
    }

    fn is_ready(&self, port: u16) -> bool {
        ask(port, "GET", "/_matrix/client/versions", &[], "").0 == 200
    }

    fn started(&mut self, place: &Place) {
        let alice = json!({
            "auth": {"type": "m.login.dummy"}, "username": "alice", "password": "canary-password", "inhibit_login": true,
        });
        let (status, answer) = ask_json(place.port, "POST", &format!("{CLIENT}/register"), &[], &alice);
        assert!(status == 200 || answer["errcode"] == "M_USER_IN_USE", "{status}: {answer}");
    }

    fn profile(&self, origin: &str) -> String {
        format!("dialect = \"matrix\"\nbase_url = \"{origin}\"")
    }

    fn login(&self, port: u16) -> Option<Value> {
        let alice = json!({
            "type": "m.login.password", "identifier": {"type": "m.id.user", "user": "alice"}, "password": "canary-password",
            "refresh_token": true,
        });
        let (status, answer) = ask_json(port, "POST", &format!("{CLIENT}/login"), &[], &alice);
        assert_eq!(status, 200, "alice is logged in: {answer}");
        Some(answer)
    }

    fn accepts(&self, port: u16, access_token: &str) -> bool {
        let authorization = format!("Bearer {access_token}");
        ask(port, "GET", &format!("{CLIENT}/account/whoami"), &[("Authorization", &authorization)], "").0
            == 200
    }

    fn revoke(&self, port: u16, last: &Value) {
        let authorization = format!("Bearer {}", last["access_token"].as_str().expect("a token"));
        let headers = [("Authorization", authorization.as_str())];
        assert_eq!(ask_json(port, "POST", &format!("{CLIENT}/logout"), &headers, &json!({})).0, 200);
    }

    fn class(&self) -> Class {
        Class::CommitOnUse
    }
}
