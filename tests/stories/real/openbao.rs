//! OpenBao: a token that is renewed with itself, and an AppRole, which tokcli logs in.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::scene::{LONG, Scene};
use super::server::{Place, ask, ask_json, free_port};
use super::{Class, Kind, tell};

mod token {
    use super::Bao;

    super::tell!(Bao::token();
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
    );
}

mod app_role {
    use super::Bao;

    super::tell!(Bao::app_role();
        twenty_renewals_in_a_row,
        fifty_callers_for_an_expired_token_are_one_request,
        a_server_that_is_down_is_unreachable_and_when_it_is_back_all_is_well,
        a_run_killed_before_its_request_arrived,
        a_run_killed_before_its_answer_came,
        a_server_killed_before_it_handled_the_request,
        a_server_killed_before_its_answer_came,
        runs_killed_at_any_moment,
        a_server_killed_at_any_moment,
        a_wrong_secret_is_a_rejected_client_until_it_is_mended,
    );
}

/// A sealed server answers, with 503, and nothing but waiting helps.
#[test]
#[ignore = "`make test-real` runs it"]
fn a_sealed_server_is_unavailable_until_it_is_unsealed() {
    let mut scene = Scene::counted(Bao::token(), LONG);
    scene.server.kill();
    let key = std::mem::take(&mut scene.kind.key);
    scene.up();
    let error = scene.world.run(&["token", "--json"]).exits(5).error();
    assert_eq!((&error["code"], scene.relay().requests()), (&json!("unavailable"), 1));
    // The wait binds everybody.
    assert_eq!(scene.world.run(&["token", "--json"]).exits(5).error()["code"], "unavailable");
    assert_eq!(scene.relay().requests(), 1);
    scene.kind.key = key;
    scene.kind.started(&scene.server.place);
    scene.comes_to_life(true);
}

/// With `Retry-After` and without: OpenBao has it both ways.
#[test]
#[ignore = "`make test-real` runs it"]
fn a_rate_limit_is_kept_to() {
    for with_headers in [true, false] {
        let scene = Scene::counted(Bao::token(), LONG);
        let port = scene.server.place.port;
        let headers = json!({"enable_rate_limit_response_headers": with_headers});
        scene.kind.admin(port, "POST", "sys/quotas/config", &headers);
        let quota = json!({"path": "auth/token/renew-self", "rate": 1, "interval": "50s"});
        scene.kind.admin(port, "POST", "sys/quotas/rate-limit/real", &quota);
        scene.world.run(&["refresh"]).succeeds();
        let error = scene.world.run(&["refresh", "--json"]).exits(5).error();
        assert_eq!(error["code"], "rate_limited");
        let seconds = error["retry_after"].as_i64().expect("a number");
        // Without a word of the server: a minute.
        let possible = if with_headers { 1..=50 } else { 55..=60 };
        assert!(possible.contains(&seconds), "{error}");
        // The wait binds everybody.
        assert_eq!(scene.world.run(&["refresh", "--json"]).exits(5).error()["code"], "rate_limited");
        assert_eq!(scene.relay().requests(), 2);
        // The token at hand is as good as before.
        let token = scene.world.run(&["token"]).succeeds();
        scene.assert_accepted(&token.stdout);
    }
}

const SECRET: &str = "canary-5ec2e7-1d";

struct Bao {
    app_role: bool,
    /// Empty: it stays sealed.
    key: String,
    root: String,
}

impl Bao {
    fn token() -> Bao {
        Bao { app_role: false, key: String::new(), root: String::new() }
    }

    fn app_role() -> Bao {
        Bao { app_role: true, ..Bao::token() }
    }

    fn admin(&self, port: u16, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) =
            ask_json(port, method, &format!("/v1/{path}"), &[("X-Vault-Token", &self.root)], body);
        assert!([200, 204].contains(&status), "{path}: {status} {answer}");
        answer
    }

    fn initialize(&mut self, port: u16) {
        let shares = json!({"secret_shares": 1, "secret_threshold": 1});
        let (status, answer) = ask_json(port, "PUT", "/v1/sys/init", &[], &shares);
        assert_eq!(status, 200);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        (self.key, self.root) = (text(&answer["keys_base64"][0]), text(&answer["root_token"]));
        self.unseal(port);
        self.admin(port, "POST", "sys/auth/approle", &json!({"type": "approle"}));
    }

    fn unseal(&self, port: u16) {
        ask_json(port, "PUT", "/v1/sys/unseal", &[], &json!({"key": self.key}));
        // It elects itself.
        crate::sequence::wait_for(|| health(port) == 200);
    }
}

fn health(port: u16) -> u16 {
    ask(port, "GET", "/v1/sys/health", &[], "").0
}

impl Kind for Bao {
    fn prepare(&mut self, place: &Place) {
        let (port, cluster) = (place.port, free_port());
        fs::create_dir(place.path().join("data")).expect("made");
        let configuration = json!({
            "api_addr": place.origin(),
            "cluster_addr": format!("https://127.0.0.1:{cluster}"),
            "listener": {"tcp": {
                "address": format!("127.0.0.1:{port}"), "cluster_address": format!("127.0.0.1:{cluster}"), "tls_disable": true,
            }},
            "storage": {"raft": {"path": "data", "node_id": "one", "performance_multiplier": "1"}},
        });
        fs::write(place.path().join("bao.json"), configuration.to_string()).expect("written");
    }

    fn command(&self, place: &Place) -> Command {
        let mut command = place.command(&crate::fleet::vault::program());
        command.args(["server", "-config=bao.json"]);
        command
    }

    /// Not initialized yet, or sealed.
    fn is_ready(&self, port: u16) -> bool {
        [501, 503].contains(&health(port))
    }

    fn started(&mut self, place: &Place) {
        if self.root.is_empty() {
            self.initialize(place.port);
        } else if self.key.is_empty() {
            return;
        } else {
            self.unseal(place.port);
        }
        let role = json!({"token_ttl": place.lifetime, "token_max_ttl": "30d", "secret_id_ttl": "30d"});
        self.admin(place.port, "POST", "auth/approle/role/real", &role);
        self.admin(place.port, "POST", "auth/approle/role/real/role-id", &json!({"role_id": "real"}));
        let secret = json!({"secret_id": SECRET});
        // Again, after a restart: it is there.
        ask_json(
            place.port,
            "POST",
            "/v1/auth/approle/role/real/custom-secret-id",
            &[("X-Vault-Token", &self.root)],
            &secret,
        );
    }

    fn profile(&self, origin: &str) -> String {
        let more = if self.app_role {
            "dialect = \"openbao-approle\"\nclient_id = \"real\"\nclient_secret = { env = \"REAL_SECRET\" }"
        } else {
            "dialect = \"openbao-token\""
        };
        format!("base_url = \"{origin}\"\n{more}")
    }

    fn secret(&self) -> &'static str {
        SECRET
    }

    fn login(&self, port: u16) -> Option<Value> {
        if self.app_role {
            return None;
        }
        let role = json!({"role_id": "real", "secret_id": SECRET});
        let (status, answer) = ask_json(port, "POST", "/v1/auth/approle/login", &[], &role);
        assert_eq!(status, 200, "{answer}");
        Some(answer)
    }

    fn tokens(&self) -> [&'static str; 2] {
        ["/auth/client_token"; 2]
    }

    fn accepts(&self, port: u16, access_token: &str) -> bool {
        ask(port, "GET", "/v1/auth/token/lookup-self", &[("X-Vault-Token", access_token)], "").0 == 200
    }

    fn revoke(&self, port: u16, last: &Value) {
        let accessor = json!({"accessor": last["auth"]["accessor"]});
        self.admin(port, "POST", "auth/token/revoke-accessor", &accessor);
    }

    fn class(&self) -> Class {
        if self.app_role { Class::Client } else { Class::Renewed }
    }
}
