//! Secrets, and logins.

use std::fs;

use serde_json::Value;

use super::states::mode;
use super::{Machine, Mend, check, notes, row, says};
use crate::sequence::wait_for;
use crate::shim::Shim;
use crate::stand_in::{Fault, StandIn, Vendor};
use crate::world::{On, World, entry};

fn of(vendor: Vendor) -> Machine {
    let vendor = StandIn::start(vendor);
    let world = World::with(On::File, &vendor).asking_the_store();
    world.run(&["token"]).succeeds();
    Machine::of(world, Some(vendor))
}

#[test]
fn a_secret_that_is_not_where_it_should_be_is_named() {
    check(&[
        row(
            "its variable is not set",
            Machine::file,
            |it| {
                it.world.set("FBOX_SECRET", "");
                says(
                    "secret_source",
                    Some("fbox"),
                    &["profiles.fbox.client_secret", "`FBOX_SECRET` is not set"],
                    &["set `FBOX_SECRET`"],
                )
            },
            Mend::By(|it| {
                let vendor = it.vendor.take().expect("one");
                it.world.give_secrets(&vendor);
                it.vendor = Some(vendor);
            }),
        ),
        row(
            "its file is gone",
            || of(Vendor::Babelbird),
            |it| {
                let path = it.world.path().join("babelbird.secret");
                fs::rename(&path, it.world.path().join("kept.secret")).expect("moved");
                let path = path.display().to_string();
                says(
                    "secret_source",
                    Some("babelbird"),
                    &["profiles.babelbird.client_secret", &path],
                    &[&path],
                )
            },
            Mend::By(|it| {
                fs::rename(it.world.path().join("kept.secret"), it.world.path().join("babelbird.secret"))
                    .expect("back");
            }),
        ),
        row(
            "its file can be read by others",
            || of(Vendor::Babelbird),
            |it| {
                let path = it.world.path().join("babelbird.secret");
                mode(it.world.path(), 0o755);
                mode(&path, 0o644);
                let line = format!("`chmod go= {}`", path.display());
                notes(
                    "secret_source",
                    Some("babelbird"),
                    &["others can read", "profiles.babelbird.client_secret", &line],
                )
            },
            Mend::By(|it| mode(&it.world.path().join("babelbird.secret"), 0o600)),
        ),
        row(
            "it stands in quotes",
            Machine::file,
            |it| {
                let secret = it.vendor().client_secret().to_owned();
                it.world.set("FBOX_SECRET", &format!("\"{secret}\""));
                notes("secret_source", Some("fbox"), &["profiles.fbox.client_secret", "quote"])
            },
            Mend::By(|it| {
                let secret = it.vendor().client_secret().to_owned();
                it.world.set("FBOX_SECRET", &secret);
            }),
        ),
        row(
            "its program is none",
            || of(Vendor::OAuth2),
            |it| {
                it.world.change("\"cat\"", "\"no-such-cat\"");
                says(
                    "secret_source",
                    Some("oauth2"),
                    &["profiles.oauth2.client_secret", "`no-such-cat`"],
                    &["no-such-cat"],
                )
            },
            Mend::By(|it| it.world.change("\"no-such-cat\"", "\"cat\"")),
        ),
        row(
            "its store does not hold it",
            Machine::file,
            |it| {
                it.world.change("{ env = \"FBOX_SECRET\" }", "{ store = true }");
                says(
                    "secret_source",
                    Some("fbox"),
                    &["profiles.fbox.client_secret", "holds no such secret"],
                    &["`tokcli secret set client_secret --profile fbox`"],
                )
            },
            Mend::By(|it| {
                let secret = it.vendor().client_secret().to_owned();
                it.world
                    .run_with(&["secret", "set", "client_secret", "--profile", "fbox"], &secret)
                    .succeeds();
            }),
        ),
        row(
            "nobody could be told of a death",
            Machine::file,
            |it| {
                it.world.add("on_login_required = { command = [\"no-such-crier\"] }");
                says("notice", None, &["on_login_required", "`no-such-crier`"], &["no-such-crier"])
            },
            Mend::By(|it| it.world.change("no-such-crier", "true")),
        ),
    ]);
}

/// By the clock of the machine, which runs ahead from now on. When it dies.
fn a_day_before_it_dies(machine: &mut Machine) -> String {
    let told = machine.world.run(&["status", "--json"]).succeeds().object();
    let dies = told["profiles"][0]["dies_at"].as_str().expect("known").to_owned();
    let at: jiff::Timestamp = dies.parse().expect("an instant");
    let left = at.as_second() - jiff::Timestamp::now().as_second();
    Shim::build(&machine.world).later(&mut machine.world, left - 86_400);
    dies
}

fn refreshed(machine: &mut Machine) {
    machine.vendor().behave();
    machine.world.run(&["refresh"]).succeeds();
}

#[test]
fn a_login_that_needs_a_person_or_will_is_named() {
    check(&[
        row(
            "there is none",
            Machine::file,
            |it| {
                it.world.run(&["logout", "--local"]).succeeds();
                says(
                    "login",
                    Some("fbox"),
                    &["no credential `fbox`", "`file`"],
                    &["tokcli import --profile fbox"],
                )
            },
            Mend::By(|it| drop(it.world.import(it.vendor()))),
        ),
        row(
            "its profile was renamed",
            Machine::file,
            |it| {
                it.world.change("[profiles.fbox]", "[profiles.box]");
                says(
                    "login",
                    Some("box"),
                    &["no credential `box`"],
                    &["`account = \"fbox\"`", "[profiles.box]"],
                )
            },
            Mend::By(|it| it.world.add("account = \"fbox\"")),
        ),
        row(
            "the vendor ended it",
            Machine::file,
            |it| {
                it.vendor().expire_login();
                it.world.run(&["refresh"]).exits(4);
                says(
                    "login",
                    Some("fbox"),
                    &["refused the login of `fbox`"],
                    &["`tokcli login --profile fbox`"],
                )
            },
            Mend::By(|it| drop(it.world.import(it.vendor()))),
        ),
        row(
            "the client was rejected",
            Machine::file,
            |it| {
                it.vendor().reject_client();
                it.world.run(&["refresh"]).exits(3);
                says(
                    "client",
                    Some("fbox"),
                    &["rejected the client of `fbox`"],
                    &["`client_id`", "`tokcli refresh --profile fbox`"],
                )
            },
            Mend::By(refreshed),
        ),
        row(
            "an answer could not be read",
            Machine::file,
            |it| {
                it.vendor().misbehave(Fault::json(
                    200,
                    "{\"result\":{\"access\":\"at-canary\",\"refresh\":\"rt-canary-9\"}}",
                ));
                it.world.run(&["refresh"]).exits(8);
                says(
                    "unread_answer",
                    Some("fbox"),
                    &["could not be read"],
                    &["`tokcli recover --profile fbox`", "--discard-answers"],
                )
            },
            Mend::By(|it| {
                it.vendor().behave();
                it.world.run(&["recover", "--profile", "fbox", "--discard-answers"]).succeeds();
                let token = it.vendor().login().refresh_token;
                it.world.run_with(&["import", "--replace"], &token).succeeds();
            }),
        ),
        row(
            "nobody knows how a request ended",
            || {
                let mut machine = Machine::file();
                machine.world.add("rotation = \"strict\"");
                machine
            },
            |it| {
                let then = it.vendor().remember();
                let (latch, sent) = (it.vendor().hold(1), it.vendor().requests().len());
                let mut child = it.world.spawn(&["refresh"]);
                wait_for(|| it.vendor().requests().len() > sent);
                child.kill().expect("ours");
                child.wait().expect("it ends");
                latch.open();
                // As if it had never been heard.
                it.vendor().restore(&then);
                says(
                    "open_attempt",
                    Some("fbox"),
                    &["`fbox`", "how it ended is not known"],
                    &["`tokcli refresh --profile fbox`"],
                )
            },
            Mend::Line,
        ),
        row(
            "and may not ask again",
            || {
                let mut machine = Machine::file();
                machine.world.add("replay = \"never\"");
                machine
            },
            |it| {
                it.vendor().misbehave(Fault::DropAfterRead);
                it.world.run(&["refresh"]).exits(8);
                says(
                    "open_attempt",
                    Some("fbox"),
                    &["`fbox`", "not sent again automatically"],
                    &["tokcli login --replace --profile fbox", "--force-replay"],
                )
            },
            Mend::By(|it| {
                let token = it.vendor().login().refresh_token;
                it.world.run_with(&["import", "--replace"], &token).succeeds();
            }),
        ),
        row(
            "it ends soon, whoever refreshes",
            Machine::file,
            |it| {
                let dies = a_day_before_it_dies(it);
                says(
                    "login_ends",
                    Some("fbox"),
                    &["`fbox`", &dies, "no refresh extends it"],
                    &["`tokcli login --profile fbox`"],
                )
            },
            Mend::By(|it| {
                it.world.set("LD_PRELOAD", "");
                refreshed(it);
            }),
        ),
        row(
            "it ends soon unless somebody refreshes",
            || of(Vendor::Babelbird),
            |it| {
                let dies = a_day_before_it_dies(it);
                says(
                    "login_ends",
                    Some("babelbird"),
                    &["`babelbird`", &dies, "unless it is refreshed before then"],
                    &["tokcli refresh --profile babelbird"],
                )
            },
            Mend::By(|it| {
                it.world.set("LD_PRELOAD", "");
                refreshed(it);
            }),
        ),
        row(
            "it belongs to another vendor",
            Machine::file,
            |it| {
                let origin = it.vendor().origin();
                it.world.change(&origin, "https://elsewhere.invalid");
                says(
                    "binding",
                    Some("fbox"),
                    &["https://elsewhere.invalid", &origin],
                    &["`tokcli rebind --profile fbox`"],
                )
            },
            Mend::By(|it| {
                let origin = it.vendor().origin();
                it.world.change("https://elsewhere.invalid", &origin);
            }),
        ),
        row(
            "no profile names it",
            Machine::file,
            |it| {
                it.world.run(&["logout", "--local"]).succeeds();
                it.world.import(it.vendor());
                it.world.run(&["token"]).succeeds();
                let second = entry(it.vendor(), "second", On::File);
                it.world.add(&second);
                it.world.run_with(&["import", "-p", "second"], &it.vendor().login().refresh_token).succeeds();
                it.world.change(&second, "");
                notes("unnamed", None, &["credential `second`", "`file`", "`account = \"second\"`"])
            },
            Mend::By(|it| {
                let second = entry(it.vendor(), "second", On::File);
                it.world.add(&second);
            }),
        ),
    ]);
}

/// As one repository has it, beside another: what the other's profiles have there is nothing to mend, least of all by losing it.
#[test]
fn two_configurations_may_share_one_state_directory() {
    let mut machine = Machine::file();
    let ours = fs::read_to_string(machine.world.path().join("profiles.toml")).expect("read");
    let others = entry(machine.vendor(), "other", On::File)
        + "[stores.own]\nkind = \"file\"\nkey = { env = \"KEY\" }\n";
    machine.world.write("profiles.toml", &others);
    machine.world.run_with(&["import", "-p", "other"], "rt-canary-1").succeeds();
    machine.world.set("KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    machine.world.write(
        "profiles.toml",
        &others
            .replace("[profiles.other]", "[profiles.third]")
            .replace("store = \"file\"", "store = \"own\""),
    );
    machine.world.run_with(&["import", "-p", "third"], "rt-canary-2").succeeds();
    machine.world.write("profiles.toml", &ours);
    let told = machine.run(true).succeeds().object();
    let findings = told["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 1, "nobody can tell whose the third is: {told}");
    assert_eq!((&findings[0]["check"], &findings[0]["mend"]), (&"unnamed".into(), &Value::Null), "{told}");
    assert!(
        findings[0]["message"].as_str().is_some_and(|words| words.contains("credential `other`")),
        "{told}"
    );
    fs::remove_file(machine.world.state().join("file.key")).expect("lost");
    let told = machine.run(true).exits(1).object();
    let checks: Vec<_> =
        told["findings"].as_array().expect("a list").iter().map(|one| one["check"].as_str()).collect();
    assert_eq!(checks, [Some("store_key")], "{told}");
}

#[test]
fn one_profile_is_looked_at_alone() {
    let mut machine = Machine::file();
    let second = entry(machine.vendor(), "second", On::File);
    machine.world.add(&second);
    let all = machine.world.run(&["doctor", "--json"]).exits(1).object();
    assert_eq!(
        (&all["findings"][0]["profile"], all["findings"].as_array().map(Vec::len)),
        (&Value::from("second"), Some(1)),
        "{all}"
    );
    machine.asks(&["-p", "fbox"]);
    machine.is_well("the other is not asked about");
    let one = machine.world.run(&["doctor", "-p", "second", "--json"]).exits(1).object();
    assert_eq!(one["findings"], all["findings"]);
}
