//! Glewlwyd: it takes a redirect address only word for word, knows the secret of a Basic header only as it is, and answers each
//! refusal with 400 and nothing.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::Kind;
use super::person::Person;
use super::server::{Place, ask, ask_form, installed};
use super::{Class, server};

/// It comes back to this port, and no other.
pub struct Glewlwyd {
    pub port: u16,
    /// Logged in at the server since it started.
    pub admin: Person,
}

const SECRET: &str = "canary s3:cr3t/+=%&é";
const TABLES: &str = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
/// It makes the database that the package ships the tables of.
const MAKE: &str =
    "import sqlite3, sys; sqlite3.connect('glewlwyd.db').executescript(open(sys.argv[1]).read())";

impl Glewlwyd {
    pub fn new() -> Glewlwyd {
        Glewlwyd { port: server::free_port(), admin: Person::default() }
    }

    /// As the client: status and body.
    pub fn post(&self, port: u16, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let client = [("client_id", "glewlwyd"), ("client_secret", SECRET)];
        ask_form(port, path, &[fields, &client].concat())
    }

    /// Its plugin for OpenID Connect, and a client of that, which the administrator consents to.
    fn set_up(&mut self, place: &Place) {
        let api = format!("{}/api", place.origin());
        let plugin = json!({
            "module": "oidc", "name": "oidc", "display_name": "oidc", "parameters": {
                "iss": format!("{api}/oidc"), "jwt-type": "sha", "jwt-key-size": "256", "key": "only for tests, of 32 bytes and more",
                "access-token-duration": place.lifetime, "refresh-token-duration": 86_400, "code-duration": 600,
                "refresh-token-rolling": true, "refresh-token-one-use": "always", "allow-non-oidc": true,
                "auth-type-code-enabled": true, "auth-type-refresh-enabled": true, "auth-type-device-enabled": true,
                "auth-type-client-enabled": false, "auth-type-password-enabled": false, "auth-type-implicit-enabled": false,
                "auth-type-token-enabled": false, "auth-type-id-token-enabled": false, "auth-type-none-enabled": false,
                "device-authorization-expiration": 600, "device-authorization-interval": 1,
                "device-authorization-verification-uri": format!("{api}/oidc/device"),
                "pkce-allowed": true, "pkce-method-plain-allowed": false, "introspection-revocation-allowed": true,
                "introspection-revocation-allow-target-client": true, "request-parameter-allow": true,
            },
        });
        let client = json!({
            "client_id": "glewlwyd", "name": "glewlwyd", "enabled": true, "confidential": true, "client_secret": SECRET,
            "authorization_type": ["code", "refresh_token", "device_authorization"], "scope": ["g_profile"],
            "redirect_uri": [format!("http://127.0.0.1:{}/", self.port)],
            "token_endpoint_auth_method": ["client_secret_basic", "client_secret_post"],
        });
        let login = json!({ "username": "admin", "password": "password" });
        let consent = json!({ "scope": "g_profile" });
        for (method, path, body) in [
            ("POST", "auth/", login),
            ("POST", "mod/plugin/", plugin),
            ("POST", "client/", client),
            ("PUT", "auth/grant/glewlwyd", consent),
        ] {
            assert_eq!(self.admin.sends(method, &format!("{api}/{path}"), &body), 200, "{path}");
        }
    }
}

impl Kind for Glewlwyd {
    fn prepare(&mut self, place: &Place) {
        static MADE: OnceLock<Vec<u8>> = OnceLock::new();
        let database = place.path().join("glewlwyd.db");
        let bytes = MADE.get_or_init(|| {
            place.run(&installed("venv/bin/python"), &["-c", MAKE, TABLES]);
            fs::read(&database).expect("a database")
        });
        fs::write(database, bytes).expect("written");
        let configuration =
            include_str!("../../real/glewlwyd.conf").replace("{PORT}", &place.port.to_string());
        fs::write(place.path().join("glewlwyd.conf"), configuration).expect("written");
    }

    fn command(&self, place: &Place) -> Command {
        let mut command = place.command(Path::new("glewlwyd"));
        command.arg("--config-file=glewlwyd.conf");
        command
    }

    fn is_ready(&self, port: u16) -> bool {
        ask(port, "GET", "/config", &[], "").0 == 200
    }

    fn started(&mut self, place: &Place) {
        self.set_up(place);
    }

    fn profile(&self, origin: &str) -> String {
        format!(
            "dialect = \"oauth2\"\ntoken_url = \"{origin}/api/oidc/token\"\nclient_id = \"glewlwyd\"\nrotation = \"strict\"\n\
             client_secret = {{ env = \"REAL_SECRET\" }}\nclient_auth = \"client_secret_basic_plain\""
        )
    }

    fn secret(&self) -> &'static str {
        SECRET
    }

    fn login(&self, _port: u16) -> Option<Value> {
        None
    }

    fn accepts(&self, port: u16, access_token: &str) -> bool {
        let bearer = format!("Bearer {access_token}");
        ask(port, "GET", "/api/oidc/userinfo", &[("Authorization", &bearer)], "").0 == 200
    }

    fn revoke(&self, port: u16, last: &Value) {
        let token = ("token", last["refresh_token"].as_str().expect("a token"));
        assert_eq!(self.post(port, "/api/oidc/revoke", &[token]).0, 200);
    }

    fn class(&self) -> Class {
        Class::Strict
    }
}
