//! django-oauth-toolkit: for two minutes a spent refresh token gives the same successor again.

use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use super::server::{Place, ask, ask_form};
use super::simplejwt::{database, gunicorn, is_up};
use super::{Class, Kind, tell};

tell!(Toolkit;
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

struct Toolkit;

const CLIENT: [(&str, &str); 2] = [("client_id", "toolkit"), ("client_secret", "canary s3:cr3t/+=%&é")];

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
        format!(
            "dialect = \"oauth2\"\ntoken_url = \"{origin}/o/token/\"\nclient_id = \"toolkit\"\n\
             client_secret = {{ env = \"REAL_SECRET\" }}\nrotation = \"grace-same\"\ngrace = \"2m\""
        )
    }

    fn secret(&self) -> &'static str {
        CLIENT[1].1
    }

    fn login(&self, port: u16) -> Option<Value> {
        let alice = [("grant_type", "password"), ("username", "alice"), ("password", "canary-password")];
        let (status, answer) = ask_form(port, "/o/token/", &[&CLIENT[..], &alice].concat());
        assert_eq!(status, 200, "alice is logged in: {answer}");
        Some(answer)
    }

    fn accepts(&self, port: u16, access_token: &str) -> bool {
        ask(port, "GET", "/me", &[("Authorization", &format!("Bearer {access_token}"))], "").0 == 200
    }

    fn revoke(&self, port: u16, last: &Value) {
        let token = ("token", last["refresh_token"].as_str().expect("a token"));
        let (status, _) = ask_form(port, "/o/revoke_token/", &[CLIENT[0], CLIENT[1], token]);
        assert_eq!(status, 200);
    }

    fn class(&self) -> Class {
        Class::GraceSame
    }
}
