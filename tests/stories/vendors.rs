//! Each vendor's story, on each store: import, three rotations, the cache, JSON, and a refusal.

use serde_json::{Value, json};

use crate::shim::Shim;
use crate::stand_in::{Fault, Options, StandIn, Tls, Vendor};
use crate::world::{On, Since, World, entry};

macro_rules! stories {
    ($($name:ident: $vendor:ident on $store:ident;)*) => {
        $(#[test] fn $name() { story(Vendor::$vendor, On::$store) })*
    };
}

stories! {
    fbox_on_the_file_store: Fbox on File;
    fbox_on_the_keyring: Fbox on Keyring;
    babelbird_on_the_file_store: Babelbird on File;
    babelbird_on_the_keyring: Babelbird on Keyring;
    veeam_azure_on_the_file_store: VeeamAzure on File;
    veeam_azure_on_the_keyring: VeeamAzure on Keyring;
    huawei_isales_on_the_file_store: HuaweiIsales on File;
    huawei_isales_on_the_keyring: HuaweiIsales on Keyring;
    oauth2_on_the_file_store: OAuth2 on File;
    oauth2_on_the_keyring: OAuth2 on Keyring;
}

fn started(vendor: Vendor) -> StandIn {
    if vendor == Vendor::VeeamAzure { StandIn::start_tls(vendor) } else { StandIn::start(vendor) }
}

fn story(kind: Vendor, store: On) {
    let vendor = started(kind);
    let world = World::with(store, &vendor);
    let name = kind.name();

    let first = world.run(&["token", "-p", name]).succeeds().keeps_stderr_empty();
    assert_eq!(first.stdout, format!("{}\n", vendor.current().access_token));
    assert_eq!(vendor.requests().len(), 1);
    world.run(&["token", "-p", name]).succeeds().prints(&first.stdout);
    world.run(&["token", "-p", name, "--offline"]).succeeds().prints(&first.stdout);
    assert_eq!(vendor.requests().len(), 1, "a valid token is printed without a request");

    let rotated = Since::now();
    for rotation in 2..=3 {
        let run = world.run(&["refresh", "-p", name]).succeeds().keeps_stderr_empty();
        assert_eq!(run.stdout, format!("{}\n", vendor.current().access_token));
        assert_eq!(vendor.requests().len(), rotation);
        assert_ne!(run.stdout, first.stdout);
    }

    let begun = Since::now();
    let cached = world.run(&["token", "-p", name, "--json"]).succeeds().keeps_stderr_empty().object();
    check_object(&cached, name, &vendor, false, &rotated);
    let fresh = world.run(&["refresh", "-p", name, "--json"]).succeeds().keeps_stderr_empty().object();
    check_object(&fresh, name, &vendor, true, &begun);

    let status = world.run(&["status", "--json"]).succeeds().object();
    assert_eq!(status["profiles"][0]["state"], "valid");
    world.assert_nothing_in_the_clear();

    vendor.expire_login();
    let before = vendor.requests().len();
    world.run(&["refresh", "-p", name]).exits(4).says("log in again").says("hint: ");
    assert_eq!(vendor.requests().len(), before + 1);
    let refused = world.run(&["refresh", "-p", name, "--json"]).exits(4).error();
    assert_eq!((&refused["code"], &refused["profile"]), (&json!("login_required"), &json!(name)));
    world.assert_nothing_in_the_clear();
}

/// Obtained at `begun` or later.
fn check_object(object: &Value, name: &str, vendor: &StandIn, refreshed: bool, begun: &Since) {
    let keys: Vec<_> = object.as_object().expect("object").keys().map(String::as_str).collect();
    let wanted = [
        "version",
        "profile",
        "access_token",
        "token_type",
        "expires_at",
        "expires_at_unix",
        "expires_in",
        "scope",
        "refreshed",
        "warnings",
    ];
    assert_eq!(keys, wanted);
    assert_eq!(object["profile"], name);
    assert_eq!(object["access_token"], vendor.current().access_token);
    assert_eq!(object["token_type"], "Bearer");
    assert_eq!(object["refreshed"], refreshed);
    assert_eq!(object["warnings"], json!([]));
    let lifetime = match vendor.vendor() {
        Vendor::Fbox => 7_200,
        Vendor::HuaweiIsales => 300,
        _ => 3_600,
    };
    begun.assert_left(&object["expires_in"], lifetime);
    let at: jiff::Timestamp = object["expires_at"].as_str().expect("text").parse().expect("RFC 3339");
    assert_eq!(object["expires_at_unix"], at.as_second());
}

/// Status, body, and what it must come to.
fn refusals(kind: Vendor, rows: &[(u16, &str, i32, &str)]) {
    let vendor = started(kind);
    let world = World::with(On::File, &vendor);
    for (status, body, exit, code) in rows {
        vendor.misbehave(Fault::json(*status, body));
        let before = vendor.requests().len();
        let error = world.run(&["refresh", "-p", kind.name(), "--json"]).exits(*exit).error();
        assert_eq!(error["code"], *code, "{status} {body}");
        assert_eq!(vendor.requests().len(), before + 1, "asked once, never retried at once: {status} {body}");
        // A new login forgives a passing refusal, too; nothing of it is remembered.
        let login = vendor.login();
        let import = if kind == Vendor::HuaweiIsales {
            world.run_with(&["import", "--replace", "--answer", "-p", kind.name()], &login.answer.to_string())
        } else {
            world.run_with(&["import", "--replace", "-p", kind.name()], &login.refresh_token)
        };
        import.succeeds();
    }
    vendor.behave();
    world.run(&["refresh", "-p", kind.name()]).succeeds();
}

#[test]
fn what_fbox_refuses() {
    refusals(
        Vendor::Fbox,
        &[
            (401, "", 4, "login_required"),
            // A page is whoever's it may be.
            (401, "<html>", 5, "unavailable"),
            (400, r#"{"error":"invalid_grant"}"#, 4, "login_required"),
            (400, r#"{"error":"invalid_type"}"#, 4, "login_required"),
            (400, r#"{"error":"invalid_client"}"#, 3, "client_rejected"),
            (401, r#"{"error":"invalid_client"}"#, 3, "client_rejected"),
            (429, r#"{"error":"invalid_client"}"#, 3, "client_rejected"),
            (429, "", 5, "rate_limited"),
            (429, r#"{"error":"invalid_grant"}"#, 5, "rate_limited"),
            (400, r#"{"error":"invalid_scope"}"#, 3, "request_rejected"),
            (400, r#"{"error":"Invalid_grant"}"#, 3, "request_rejected"),
            (404, "", 3, "request_rejected"),
            (503, "", 5, "unavailable"),
            (500, r#"{"error":"x"}"#, 8, "no_answer"),
            (200, "<html>maintenance</html>", 8, "no_answer"),
            (200, r#"{"access_Token":"at-canary-1","refresh_Token":"x"}"#, 8, "unreadable_answer"),
            (200, r#"{"access_token":""}"#, 8, "unreadable_answer"),
            (307, "", 3, "request_rejected"),
        ],
    );
}

#[test]
fn what_babelbird_refuses() {
    refusals(
        Vendor::Babelbird,
        &[
            (400, r#"{"error":"invalid_grant"}"#, 4, "login_required"),
            (401, r#"{"error":"invalid_grant"}"#, 4, "login_required"),
            (401, r#"{"error":"invalid_client"}"#, 3, "client_rejected"),
            (401, "", 3, "request_rejected"),
            (400, r#"{"errcode":4711}"#, 3, "request_rejected"),
            (429, "", 5, "rate_limited"),
            (502, "", 8, "no_answer"),
            (201, "", 8, "no_answer"),
        ],
    );
}

#[test]
fn what_veeam_azure_refuses() {
    refusals(
        Vendor::VeeamAzure,
        &[
            (400, r#"{"error":"invalid_grant"}"#, 4, "login_required"),
            (401, "", 4, "login_required"),
            (200, r#"{"mfa_token":"canary","expires_in":60}"#, 4, "login_required"),
            (400, r#"{"title":"Bad Request"}"#, 3, "request_rejected"),
            (503, "", 5, "unavailable"),
            (504, "", 8, "no_answer"),
        ],
    );
}

#[test]
fn what_huawei_isales_refuses() {
    refusals(
        Vendor::HuaweiIsales,
        &[
            (403, "", 4, "login_required"),
            (200, r#"{"result":1}"#, 4, "login_required"),
            (200, r#"{"result":"1001","resultData":null}"#, 4, "login_required"),
            (200, r#"{"result":"1","resultData":{"token":"canary-at-x"}}"#, 4, "login_required"),
            (401, "", 3, "client_rejected"),
            (500, "", 3, "request_rejected"),
            (400, "", 3, "request_rejected"),
            (404, "", 3, "request_rejected"),
            (200, r#"{"result":0,"resultData":{}}"#, 8, "unreadable_answer"),
            (200, r#"{"resultData":{"token":"canary-at-x"}}"#, 8, "unreadable_answer"),
            (502, "", 8, "no_answer"),
        ],
    );
}

#[test]
fn what_an_oauth2_server_refuses() {
    refusals(
        Vendor::OAuth2,
        &[
            (400, r#"{"error":"invalid_grant"}"#, 4, "login_required"),
            (403, r#"{"error":"invalid_grant"}"#, 4, "login_required"),
            (401, r#"{"error":"invalid_client"}"#, 3, "client_rejected"),
            (400, r#"{"error":"unauthorized_client"}"#, 3, "client_rejected"),
            (400, r#"{"error":"invalid_scope"}"#, 3, "request_rejected"),
            (400, r#"{"error":"temporarily_unavailable"}"#, 5, "unavailable"),
            (429, "", 5, "rate_limited"),
        ],
    );
}

#[test]
fn fbox_refreshes_at_the_old_address_too() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    world.change("base_url = ", &format!("token_url = \"{}/core/connect/token\"\n# ", vendor.origin()));
    world.import(&vendor);
    world.run(&["token"]).succeeds();
    assert_eq!(vendor.requests()[0].path, "/core/connect/token");
}

#[test]
fn fbox_lifetimes_hold_when_the_answer_does_not_say() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    vendor.misbehave(Fault::edit(|mut answer| {
        answer.as_object_mut().expect("object").remove("expires_in");
        answer
    }));
    let begun = Since::now();
    let object = world.run(&["token", "--json"]).succeeds().object();
    begun.assert_left(&object["expires_in"], 7_200);
    let dies = |world: &World| {
        world.run(&["status", "--json"]).succeeds().object()["profiles"][0]["dies_at"].clone()
    };
    let first = dies(&world);
    let at: jiff::Timestamp = first.as_str().expect("a time").parse().expect("RFC 3339");
    let days = at.duration_since(jiff::Timestamp::now()).as_hours();
    assert_eq!(days, 30 * 24 - 1, "30 days from the login");
    Shim::build(&world).later(&mut world, 600);
    world.run(&["refresh"]).succeeds();
    assert_eq!(dies(&world), first, "absolute: a refresh does not extend it");
}

#[test]
fn veeam_azure_expiry_is_looked_for_in_three_places() {
    let vendor = StandIn::start_tls(Vendor::VeeamAzure);
    let world = World::with(On::File, &vendor);
    let lives = |seconds: i64| {
        let begun = Since::now();
        begun.assert_left(&world.run(&["refresh", "--json"]).succeeds().object()["expires_in"], seconds);
    };
    let without = |names: &'static [&'static str]| {
        Fault::edit(move |mut answer| {
            for name in names {
                answer.as_object_mut().expect("object").remove(*name);
            }
            answer
        })
    };
    lives(3_600);
    vendor.misbehave(without(&["expires_in"]));
    // `.expires`, with seven fraction digits.
    lives(3_600);
    vendor.misbehave(without(&["expires_in", ".expires"]));
    // The JWT's `exp`.
    lives(3_600);
    vendor.misbehave(Fault::edit(|mut answer| {
        answer["expires_in"] = json!("1200");
        answer
    }));
    // `expires_in` first, also as a string.
    lives(1_200);
}

#[test]
fn veeam_azure_gets_user_and_password_only_if_the_profile_gives_them() {
    let vendor = StandIn::start_tls(Vendor::VeeamAzure);
    let mut world = World::with(On::File, &vendor);
    world.run(&["refresh"]).succeeds();
    world.set("VEEAM_PASSWORD", "p&=+%ü-canary");
    world.add("params = { Username = { env = \"VEEAM_USER\" }, Password = { env = \"VEEAM_PASSWORD\" } }");
    world.run(&["refresh"]).exits(3).says("`VEEAM_USER` is not set");
    world.set("VEEAM_USER", "administrator");
    world.run(&["refresh"]).succeeds();
    let bodies: Vec<String> =
        vendor.requests().iter().map(|seen| String::from_utf8_lossy(&seen.body).into_owned()).collect();
    assert!(!bodies[0].contains("Username"), "{}", bodies[0]);
    assert!(
        bodies[1].contains("Username=administrator&Password=p%26%3D%2B%25%C3%BC-canary"),
        "{}",
        bodies[1]
    );
}

#[test]
fn f75_b10_b11_an_appliance_is_known_by_its_pin_or_its_ca_file_and_not_otherwise() {
    let vendor = StandIn::start_tls(Vendor::VeeamAzure);
    let mut world = World::with(On::File, &vendor);
    let pin = format!("tls = {{ pin_sha256 = \"{}\" }}", vendor.fingerprint());
    world.run(&["refresh"]).succeeds();
    let colons: Vec<String> = vendor
        .fingerprint()
        .to_uppercase()
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).into_owned())
        .collect();
    world.change(&pin, &format!("tls = {{ pin_sha256 = \"{}\" }}", colons.join(":")));
    world.run(&["refresh"]).succeeds();
    world.change(&format!("tls = {{ pin_sha256 = \"{}\" }}", colons.join(":")), "tls = { insecure = true }");
    world.run(&["refresh"]).succeeds().says("warning").says("insecure");
    let requests = vendor.requests().len();
    world.change("tls = { insecure = true }", &format!("tls = {{ pin_sha256 = \"{}\" }}", "0".repeat(64)));
    world.run(&["refresh"]).exits(3).says("not the pinned one").says(&vendor.fingerprint());
    world.change(&format!("tls = {{ pin_sha256 = \"{}\" }}", "0".repeat(64)), "");
    let error = world.run(&["refresh", "--json"]).exits(3).error();
    assert_eq!(error["code"], "config");
    assert!(error["message"].as_str().expect("text").contains(&vendor.fingerprint()), "{error}");
    assert_eq!(vendor.requests().len(), requests, "nothing was sent to a stranger");
}

#[test]
fn p28_trust_in_a_server_is_the_profiles_alone() {
    for trust in ["pin", "tls = { insecure = true }"] {
        // Before it and after it, at the same server.
        for stranger in ["another", "twin"] {
            let vendor = StandIn::start_tls(Vendor::Fbox);
            let mut world = World::with(On::File, &vendor);
            let pin = format!("tls = {{ pin_sha256 = \"{}\" }}", vendor.fingerprint());
            world.add(&entry(&vendor, stranger, On::File).replace(&pin, ""));
            if trust != "pin" {
                // Only the first profile has the line.
                world.change(&pin, trust);
            }
            let login = vendor.login().refresh_token;
            world.run_with(&["import", "-p", stranger], &login).succeeds();
            let all = world.run(&["refresh", "--all"]).exits(3).says("1 refreshed, 1 failed");
            assert!(
                all.stdout.contains("fbox: refreshed, expires ")
                    && all.stdout.contains(&format!("{stranger}: failed, config: ")),
                "{trust}: {}",
                all.stdout
            );
            assert_eq!((vendor.requests().len(), vendor.sends_of(&login)), (1, 0), "{trust}");
            world.run(&["refresh", "-p", stranger]).exits(3).says(&vendor.fingerprint());
        }
    }
}

#[test]
fn a_private_ca_is_trusted_for_its_profile() {
    let vendor =
        StandIn::start_with(Vendor::VeeamAzure, Options { tls: Tls::NamedForLoopback, ..Options::default() });
    let mut world = World::with(On::File, &vendor);
    let pin = format!("tls = {{ pin_sha256 = \"{}\" }}", vendor.fingerprint());
    world.write("ca.pem", &vendor.certificate_pem());
    world.change(&pin, "tls = { ca_file = \"ca.pem\" }");
    world.run(&["refresh"]).succeeds();
    for (text, words) in [
        ("", "holds no certificate"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds no certificate"),
    ] {
        world.write("ca.pem", text);
        world.run(&["refresh"]).exits(3).says(words).says("tls.ca_file");
    }
    std::fs::remove_file(world.path().join("ca.pem")).expect("removed");
    world.run(&["refresh"]).exits(3).says("cannot read").says("ca.pem");
}

#[test]
fn a_client_certificate_is_shown_to_a_server_that_wants_one() {
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = rcgen::CertificateParams::new(vec!["client".to_owned()])
        .expect("params")
        .self_signed(&key)
        .expect("signed");
    let options =
        Options { tls: Tls::SelfSigned, demand_client_cert: Some(certificate.pem()), ..Options::default() };
    let vendor = StandIn::start_with(Vendor::Fbox, options);
    let mut world = World::with(On::File, &vendor);
    let without = world.run(&["refresh"]);
    assert!(matches!(without.code, Some(5 | 8)), "{without:?}");
    assert_eq!(vendor.requests().len(), 0);
    world.write("client.pem", &certificate.pem());
    world.write("client.secret", &key.serialize_pem());
    let pin = format!("pin_sha256 = \"{}\"", vendor.fingerprint());
    world.change(&pin, &format!("{pin}, client_cert = \"client.pem\", client_key = \"client.secret\""));
    // TLS 1.3 tells a client only after the handshake that its certificate was missed: not known to be unsent.
    world.run_with(&["import", "--replace"], &vendor.login().refresh_token).succeeds();
    world.run(&["refresh"]).succeeds();
}

#[test]
fn oauth2_authenticates_by_each_registered_name() {
    for method in ["client_secret_basic", "client_secret_post", "none"] {
        let vendor =
            StandIn::start_with(Vendor::OAuth2, Options { oauth2_auth: method, ..Options::default() });
        let mut world = World::on(On::File);
        world.profile(&vendor);
        world.add(&format!("client_auth = \"{method}\"\nscope = \"api read\"\nparams = {{ audience = \"https://api.example/\" }}"));
        world.import(&vendor);
        world.run(&["token"]).succeeds();
        let body = String::from_utf8_lossy(&vendor.requests()[0].body).into_owned();
        assert!(
            body.contains("scope=api+read") && body.contains("audience=https%3A%2F%2Fapi.example%2F"),
            "{body}"
        );
    }
}

#[test]
fn p12_a_vendor_that_gives_no_new_refresh_token_leaves_the_old_one() {
    let vendor = StandIn::start_with(Vendor::OAuth2, Options { rotates: false, ..Options::default() });
    let world = World::with(On::File, &vendor);
    for _ in 0..3 {
        world.run(&["refresh"]).succeeds().keeps_stderr_empty();
    }
    vendor.misbehave(Fault::edit(|mut answer| {
        answer["refresh_token"] = json!("");
        answer
    }));
    world.run(&["refresh"]).succeeds().says("the old refresh token is kept");
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.sends_of(&vendor.current().refresh_token), 5);
}
