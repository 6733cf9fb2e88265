//! djangorestframework-simplejwt: JWTs, expiries in them alone, no client, and a spent refresh token is only refused.

use std::fs;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::server::{Place, ask, ask_json, installed};
use super::{Class, Kind, tell};

tell!(SimpleJwt;
    twenty_renewals_in_a_row,
    fifty_callers_for_an_expired_token_are_one_request,
    a_server_that_is_down_is_unreachable_and_when_it_is_back_all_is_well,
    a_run_killed_before_its_request_arrived,
    a_run_killed_before_its_answer_came,
    a_server_killed_before_it_handled_the_request,
    a_server_killed_before_its_answer_came,
    the_answer_of_a_login_is_imported,
    a_login_that_the_server_revoked,
);

pub struct SimpleJwt;

/// Two processes, as in service.
pub fn gunicorn(place: &Place, application: &str) -> Command {
    let mut command = place.command(&installed("venv/bin/python"));
    let address = format!("127.0.0.1:{}", place.port);
    command.args([
        "-m",
        "gunicorn",
        "--worker-class",
        "gthread",
        "--threads",
        "8",
        "--workers",
        "2",
        "--preload",
    ]);
    command.args(["--no-control-socket", "--bind", &address, application]);
    command
}

/// The first to want a site's database has it made; the others get a copy.
pub fn database(made: &OnceLock<Vec<u8>>, site: &str, place: &Place) {
    let file = place.path().join("db.sqlite3");
    let bytes = made.get_or_init(|| {
        place.run(&installed("venv/bin/python"), &["-m", site]);
        fs::read(&file).expect("a database")
    });
    fs::write(file, bytes).expect("written");
}

/// `me` wants a token.
pub fn is_up(port: u16) -> bool {
    [401, 403].contains(&ask(port, "GET", "/me", &[], "").0)
}

impl Kind for SimpleJwt {
    fn prepare(&mut self, place: &Place) {
        static MADE: OnceLock<Vec<u8>> = OnceLock::new();
        database(&MADE, "simplejwt", place);
    }

    fn command(&self, place: &Place) -> Command {
        gunicorn(place, "simplejwt:application")
    }

    fn is_ready(&self, port: u16) -> bool {
        is_up(port)
    }

    fn profile(&self, origin: &str) -> String {
        format!("dialect = \"simplejwt\"\nbase_url = \"{origin}\"")
    }

    fn login(&self, port: u16) -> Option<Value> {
        let alice = json!({"username": "alice", "password": "canary-password"});
        let (status, answer) = ask_json(port, "POST", "/api/token/", &[], &alice);
        assert_eq!(status, 200, "alice is logged in: {answer}");
        Some(answer)
    }

    fn tokens(&self) -> [&'static str; 2] {
        ["/access", "/refresh"]
    }

    fn accepts(&self, port: u16, access_token: &str) -> bool {
        ask(port, "GET", "/me", &[("Authorization", &format!("Bearer {access_token}"))], "").0 == 200
    }

    fn revoke(&self, port: u16, last: &Value) {
        let token = json!({"refresh": last["refresh"]});
        assert_eq!(ask_json(port, "POST", "/api/token/blacklist/", &[], &token).0, 200);
    }

    fn class(&self) -> Class {
        Class::Strict
    }
}
