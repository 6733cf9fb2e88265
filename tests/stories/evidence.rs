//! What an answer must say before it is taken for a refusal: the vendor's words, or a bare status that the vendor
//! documents; and what is said where it may have been meant otherwise.

use serde_json::json;

use crate::stand_in::{Fault, Options, StandIn, Vendor};
use crate::world::{On, World};

/// A world whose one profile speaks to an OAuth 2.0 stand-in in the words of `dialect`.
fn speaking(dialect: &str, vendor: &StandIn, more: &str) -> World {
    let mut world = World::on(On::File);
    world.profile(vendor);
    world.change("dialect = \"oauth2\"", &format!("dialect = \"{dialect}\"\n{more}"));
    world.import(vendor);
    world
}

fn started(oauth2_auth: &'static str) -> StandIn {
    StandIn::start_with(Vendor::OAuth2, Options { oauth2_auth, ..Options::default() })
}

fn bare(status: u16) -> Fault {
    Fault::Answer { status, headers: Vec::new(), body: Vec::new() }
}

#[test]
fn words_of_a_passing_failure_ask_nobody_to_log_in() {
    let busy =
        |description: &str| json!({ "error": "invalid_grant", "error_description": description }).to_string();
    let coded = |code: u32| json!({ "error": "invalid_grant", "error_codes": [code] }).to_string();
    for (dialect, body, exit, code) in [
        ("salesforce", busy("token request is already being processed"), 5, "unavailable"),
        ("salesforce", busy("Token request is already being processed"), 5, "unavailable"),
        ("salesforce", busy("expired access/refresh token"), 4, "login_required"),
        ("microsoft-entra", coded(50196), 5, "rate_limited"),
        ("microsoft-entra", coded(90033), 5, "unavailable"),
        ("microsoft-entra", coded(700_082), 4, "login_required"),
        ("google", json!({ "error": "internal_failure" }).to_string(), 5, "unavailable"),
        ("oauth2", json!({ "error": "server_error" }).to_string(), 5, "unavailable"),
        ("oauth2", json!({ "error": "slow_down" }).to_string(), 5, "rate_limited"),
    ] {
        let vendor = started("client_secret_post");
        let world = speaking(dialect, &vendor, "client_auth = \"client_secret_post\"");
        vendor.misbehave(Fault::json(400, &body));
        let error = world.run(&["refresh", "--json"]).exits(exit).error();
        assert_eq!(error["code"], code, "{dialect} {body}");
        // The token that was refused in passing is the one that the next login must not push aside unasked.
        let marked = exit == 4;
        let import = world.run_with(&["import"], &vendor.login().refresh_token);
        if marked {
            import.succeeds()
        } else {
            import.exits(3).says(" --replace ")
        };
    }
}

#[test]
fn a_server_that_does_not_form_decode_basic_is_hinted_at_and_served() {
    let vendor = started("client_secret_basic_plain");
    let mut world = speaking("oauth2", &vendor, "");
    world.run(&["refresh"]).exits(3).says("`client_auth = \"client_secret_basic_plain\"`");
    world.change("dialect = \"oauth2\"", "dialect = \"oauth2\"\nclient_auth = \"client_secret_basic_plain\"");
    world.run(&["refresh"]).succeeds().keeps_stderr_empty();
    // There it cannot be the encoding.
    vendor.misbehave(Fault::json(401, r#"{"error":"invalid_client"}"#));
    let refused = world.run(&["refresh"]).exits(3);
    assert!(!refused.stderr.contains("client_secret_basic_plain"), "{}", refused.stderr);
}

#[test]
fn a_refusal_without_a_body_can_be_said_and_a_page_is_none() {
    let vendor = started("client_secret_basic_plain");
    let world = speaking("glewlwyd", &vendor, "");
    world.run(&["refresh"]).succeeds();
    vendor.misbehave(bare(400));
    world.run(&["refresh"]).exits(4).says("log in again");
    // A login is what was asked for: it needs no `--replace`.
    world.run_with(&["import"], &vendor.login().refresh_token).succeeds();
    world.run(&["refresh"]).succeeds();
    let page = Fault::Answer { status: 400, headers: Vec::new(), body: b"<html>no</html>".to_vec() };
    vendor.misbehave(page);
    let error = world.run(&["refresh", "--json"]).error();
    assert_ne!(error["code"], "login_required", "{error}");
}

#[test]
fn a_bare_status_that_nobody_documents_marks_nothing() {
    for (dialect, status) in [("microsoft-entra", 401), ("schwab", 401), ("google", 403), ("ups", 401)] {
        let auth = match dialect {
            "schwab" | "ups" => "client_secret_basic_plain",
            _ => "client_secret_post",
        };
        let vendor = started(auth);
        let world = speaking(dialect, &vendor, &format!("client_auth = \"{auth}\""));
        vendor.misbehave(bare(status));
        let error = world.run(&["refresh", "--json"]).exits(3).error();
        assert_eq!(error["code"], "request_rejected", "{dialect}");
        let before = vendor.requests().len();
        world.run(&["token"]);
        assert_eq!(vendor.requests().len(), before + 1, "{dialect}: nothing is marked, so the next run asks");
    }
}

#[test]
fn a_dialect_that_stops_callers_on_a_bare_status_is_remarked_on() {
    let world = World::on(On::File);
    let dialect = |more: &str| {
        format!(
            "[dialects.acme]\nextends = \"oauth2\"\nexchanges.refresh.refusals = [{{ is = \"client_rejected\", status = [401]{more} }}]\n"
        )
    };
    world.write("acme.toml", &dialect(""));
    let check = world.run(&["dialect", "check", "acme.toml"]).succeeds().prints("acme: nothing wrong\n");
    check.says("warning: acme: `exchanges.refresh.refusals.1` relies on a bare status");
    let object = world.run(&["dialect", "check", "acme.toml", "--json"]).succeeds().object();
    assert_eq!(object["remarks"].as_array().map(Vec::len), Some(1), "{object}");
    world.write("acme.toml", &dialect(", documentation = \"https://acme.example/errors#401\""));
    world.run(&["dialect", "check", "acme.toml"]).succeeds().keeps_stderr_empty();
    world.write("acme.toml", &dialect(", documentation = \"page 4\""));
    world.run(&["dialect", "check", "acme.toml"]).exits(3).says("this is not the address of a page");
}
