//! django-oauth-toolkit: for two minutes a spent refresh token gives the same successor again.

use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use super::server::{Place, ask, ask_form};
use super::simplejwt::{database, gunicorn, is_up};
use super::{Class, Kind, tell};

tell!(Toolkit(CLIENT);
    twenty_renewals_in_a_row,
    fifty_callers_for_an_expired_token_are_one_request,
    a_server_that_is_down_is_unreachable_and_when_it_is_back_all_is_well,
    a_run_killed_before_its_request_arrived,
    a_run_killed_before_its_answer_came,
    a_server_killed_before_it_handled_the_request,
    a_server_killed_before_its_answer_came,
    runs_killed_at_any_moment,
    a_server_killed_at_any_moment,
    the_answer_of_a_login_is_imported,
    a_login_that_the_server_revoked,
    a_wrong_secret_is_a_rejected_client_until_it_is_mended,
);

/// Under the name of its client.
pub struct Toolkit(pub &'static str);

/// It may ask for a token by password.
const CLIENT: &str = "toolkit";
/// It has no secret.
pub const PUBLIC: &str = "toolkit-public";
const SECRET: &str = "canary s3:cr3t/+=%&é";

impl Toolkit {
    /// As the client: status and body.
    pub fn post(&self, port: u16, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let client = [("client_id", self.0), ("client_secret", SECRET)];
        ask_form(port, path, &[fields, &client[..if self.0 == PUBLIC { 1 } else { 2 }]].concat())
    }
}

impl Kind for Toolkit {
    fn prepare(&mut self, place: &Place) {
        static MADE: OnceLock<Vec<u8>> = OnceLock::new();
        database(&MADE, "toolkit", place);
    }

    fn command(&self, place: &Place) -> Command {
        gunicorn(place, "toolkit:application")
    }

    fn is_ready(&self, port: u16) -> bool {
        is_up(port)
    }

    fn profile(&self, origin: &str) -> String {
        let client = match self.0 {
            PUBLIC => "client_auth = \"none\"",
            _ => "client_secret = { env = \"REAL_SECRET\" }",
        };
        format!(
            "dialect = \"oauth2\"\ntoken_url = \"{origin}/o/token/\"\nclient_id = \"{}\"\n{client}\n\
             rotation = \"grace-same\"\ngrace = \"2m\"",
            self.0
        )
    }

    fn secret(&self) -> &'static str {
        SECRET
    }

    fn login(&self, port: u16) -> Option<Value> {
        let alice = [("grant_type", "password"), ("username", "alice"), ("password", "canary-password")];
        let (status, answer) = self.post(port, "/o/token/", &alice);
        assert_eq!(status, 200, "alice is logged in: {answer}");
        Some(answer)
    }

    fn accepts(&self, port: u16, access_token: &str) -> bool {
        ask(port, "GET", "/me", &[("Authorization", &format!("Bearer {access_token}"))], "").0 == 200
    }

    fn revoke(&self, port: u16, last: &Value) {
        let token = ("token", last["refresh_token"].as_str().expect("a token"));
        let (status, _) = self.post(port, "/o/revoke_token/", &[token]);
        assert_eq!(status, 200);
    }

    fn class(&self) -> Class {
        Class::GraceSame
    }
}
