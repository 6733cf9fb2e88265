//! `sasl --check` against dovecot.

use super::office::ME;
use super::{LONG, scene};

const MECHANISMS: [&str; 2] = ["xoauth2", "oauthbearer"];

#[test]
#[ignore = "`make test-real` runs it"]
fn a_server_takes_the_token_or_says_why_not() {
    let scene = scene(LONG);
    let (imaps, imap) = (scene.office.imaps.to_string(), scene.office.imap.to_string());
    let submission = scene.office.submission.to_string();
    let services = [("imaps", &imaps), ("imap", &imap), ("submission", &submission)];
    let each = |then: &dyn Fn(&[&str], &str)| {
        for mechanism in MECHANISMS {
            for (service, port) in services {
                let service = format!("--check={service}");
                let words =
                    ["sasl", mechanism, "--user", ME, "--host", "localhost", "--port", port, &service];
                then(&words, mechanism);
            }
        }
    };
    each(&|words, _| {
        let ended = scene.world.run(words).succeeds().says_nothing_on_stdout();
        ended.says(&format!("accepts the token for {ME}"));
    });
    scene.asked_once();
    scene.vendor.expire_access();
    each(&|words, mechanism| {
        let ended = scene.world.run(words).exits(4).says_nothing_on_stdout();
        ended.says("does not accept the token").says(match mechanism {
            "xoauth2" => "status `401`, scope `mail`, schemes `bearer`",
            _ => "status `invalid_token`",
        });
    });
    scene.asked_once();
}

#[test]
#[ignore = "`make test-real` runs it"]
fn whoever_is_not_known_gets_no_token() {
    let mut scene = scene(0);
    let ca = format!("tls = {{ ca_file = \"{}\" }}", scene.office.certificate().display());
    scene.world.change(&ca, "");
    let imaps = scene.office.imaps.to_string();
    let words = ["sasl", "xoauth2", "--user", ME, "--host", "localhost", "--port", &imaps, "--check=imaps"];
    scene.world.run(&words).exits(3).says("the certificate of").says("tls.ca_file");
    assert!(!scene.office.log().contains(ME));
}
