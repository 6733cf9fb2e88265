//! `serve-once` by itself: what comes on standard input may be anything.

use serde_json::{Value, json};

use super::pair::Owner;
use crate::stand_in::{StandIn, Vendor};
use crate::world::Ended;

const NONCE: &str = "00112233445566778899aabbccddeeff";

fn request(vendor: &StandIn) -> Value {
    json!({
        "version": 1, "nonce": NONCE, "ask": "token", "profile": "w", "audience": "default",
        "binding": { "origins": [vendor.origin()], "client_id": vendor.client_id(), "issuer": null },
    })
}

/// The answer behind its mark.
fn answer(ended: &Ended) -> Value {
    let frame = format!("tokcli-answer:{NONCE}:");
    let line = ended.stdout.strip_prefix(&frame).unwrap_or_else(|| panic!("{ended:?}"));
    serde_json::from_str(line).expect("JSON")
}

#[test]
fn what_is_no_request_is_a_clear_error_and_nothing_on_stdout() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let long = format!("{{\"version\":1,\"nonce\":\"{}\"}}\n", "0".repeat(20_000));
    let binary = "\u{1}\u{2}\u{fffd}\n";
    for (input, words) in [
        ("", "standard input ended before a request came"),
        ("\n", "is not a request of tokcli"),
        ("GET / HTTP/1.1\r\n\r\n", "is not a request of tokcli"),
        ("{}\n", "has no number"),
        ("[]\n", "is not a request of tokcli"),
        ("{\"nonce\":\"short\",\"version\":1}\n", "has no number"),
        (long.as_str(), "longer than 16 KiB"),
        (binary, "is not a request of tokcli"),
    ] {
        let ended = owner.world.run_with(&["serve-once"], input).exits(2);
        ended.says(words).says("hint: a profile in a store of kind `remote`").says_nothing_on_stdout();
    }
    let deep = format!("{}\n", "[".repeat(10_000));
    owner.world.run_with(&["serve-once"], &deep).exits(2).says("is not a request of tokcli");
}

#[test]
fn what_is_framed_is_told_in_the_frame_and_nowhere_else() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut request = request(&vendor);
        change(&mut request);
        format!("{request}\n")
    };
    for (line, code, exit, words) in [
        (with(&|it| it["version"] = json!(2)), "refused", 3, "requests of version 2 are not known"),
        (with(&|it| it["ask"] = json!("secrets")), "usage", 2, "has a wrong one"),
        (with(&|it| it["profile"] = json!(7)), "usage", 2, "has a wrong one"),
        (with(&|it| it["profile"] = json!("other")), "refused", 3, "it serves no profile `other`"),
        (
            with(&|it| it["audience"] = json!("scope=x")),
            "refused",
            3,
            "asks for `default`, but this machine wants `scope=x`",
        ),
        (with(&|it| it["binding"]["client_id"] = json!("x")), "refused", 3, "but this machine means"),
        (with(&|it| it["ask"] = json!("logout")), "refused", 3, "does not log out"),
    ] {
        let output = run(&owner, &[], &line);
        assert_eq!((output.code, output.stderr.as_str()), (Some(exit), ""), "{line}");
        let told = answer(&output)["error"].clone();
        assert_eq!((&told["code"], &told["exit"]), (&json!(code), &json!(exit)), "{line}");
        assert!(told["message"].as_str().is_some_and(|said| said.contains(words)), "{told}");
    }
}

/// A failed run whose answer is on stdout all the same.
fn run(owner: &Owner, arguments: &[&str], input: &str) -> Ended {
    let all = [&["serve-once"], arguments].concat();
    let mut command = assert_cmd::Command::from_std(owner.world.command(&all));
    let begun = std::time::Instant::now();
    let output = command.write_stdin(input).output().expect("it runs");
    Ended {
        what: "serve-once".to_owned(),
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        seconds: begun.elapsed().as_secs_f64(),
    }
}

/// Nobody learns what else is there: for what is not served and what is not there the same words.
#[test]
fn f94_a_key_for_one_profile_reaches_no_other() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut owner = Owner::of(&vendor);
    owner.world.add(&crate::world::entry(&vendor, "x", crate::world::On::File));
    owner.world.run_with(&["import", "-p", "x"], "rt-unknown").succeeds();
    let mut told = Vec::new();
    for name in ["x", "y", "W", "", "../w", "w,x"] {
        for ask in ["token", "refresh", "status", "logout"] {
            let mut request = request(&vendor);
            (request["profile"], request["ask"]) = (json!(name), json!(ask));
            let output = run(&owner, &["--profiles", "w", "--allow", "logout"], &format!("{request}\n"));
            let error = answer(&output)["error"].clone();
            assert_eq!((output.code, &error["code"]), (Some(3), &json!("refused")), "{error}");
            told.push(error["message"].as_str().expect("words").replace(&format!("`{name}`"), ""));
        }
    }
    told.dedup();
    assert_eq!(told, ["it serves no profile  to this machine"]);
    let output = run(&owner, &["--profiles", "v,w"], &format!("{}\n", request(&vendor)));
    assert_eq!(output.code, Some(0));
    assert!(answer(&output)["token"]["lent"]["access_token"].is_string());
    // A configuration that cannot be read may name others; here nobody is told of it.
    owner.world.add("[profiles.secretive]\ndialect = 3\n");
    owner.world.write("profiles.toml", "[profiles.secretive\n");
    let output = run(&owner, &["--profiles", "w"], &format!("{}\n", request(&vendor)));
    let error = answer(&output)["error"].clone();
    assert!(error["code"] == "config" && !output.stdout.contains("secretive"), "{error}");
}

#[test]
fn what_is_lent_holds_nothing_that_renews() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let owner = Owner::of(&vendor);
    let output = run(&owner, &[], &format!("{}\n", request(&vendor)));
    let said = answer(&output);
    assert_eq!((&said["version"], &said["tokcli"]), (&json!(1), &json!(env!("CARGO_PKG_VERSION"))));
    let token = &said["token"];
    assert_eq!(token["refreshed"], true);
    assert_eq!(token["binding"]["origins"], json!([vendor.origin()]));
    let lent = token["lent"].as_object().expect("an object");
    let mut members: Vec<&str> = lent.keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["access_token", "age_ms", "expires_in_ms", "scope", "token_type"]);
    assert!(!output.stdout.contains(&vendor.current().refresh_token));
    // Nothing follows the line.
    assert_eq!(output.stdout.matches('\n').count(), 1);
}
