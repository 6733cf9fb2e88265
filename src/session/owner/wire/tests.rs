//! Requests and answers as they come, whole or not.

use super::*;
use crate::testing::profiles::profile;

const NONCE: &str = "00112233445566778899aabbccddeeff";

fn request() -> Request {
    let profile =
        profile("dialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\naccount = 'b'\n");
    Request::new(NONCE.to_owned(), Asked::Token, &profile.expect("whole"))
}

#[test]
fn what_is_no_request_is_told_with_the_number_if_there_is_one() {
    let line = String::from_utf8(request().to_line().expect("a line").to_vec()).expect("UTF-8");
    assert!(Request::read(&line).is_ok_and(|read| read.profile == "b" && read.nonce() == NONCE));
    for (line, words, framed) in [
        ("", "not a request of tokcli", false),
        ("hello", "not a request of tokcli", false),
        ("[1]", "not a request of tokcli", false),
        ("{}", "has no number", false),
        (r#"{"nonce":"x","version":1}"#, "has no number", false),
        (&line.replace("\"version\":1", "\"version\":2"), "requests of version 2 are not known", true),
        (&line.replace("\"version\":1", "\"version\":\"1\""), "has no version", true),
        (
            &line.replace("\"ask\":\"token\"", "\"ask\":\"secrets\""),
            "lacks a member, or has a wrong one",
            true,
        ),
        (&line.replace("\"profile\":\"b\",", ""), "lacks a member, or has a wrong one", true),
    ] {
        let unread = Request::read(line).err().unwrap_or_else(|| panic!("{line}"));
        assert!(unread.error.message().contains(words), "{line}: {}", unread.error);
        assert_eq!(unread.nonce.is_some(), framed, "{line}");
    }
    // What a later version adds.
    assert!(Request::read(&line.replace("\"version\":1", "\"more\":[],\"version\":1")).is_ok());
}

#[test]
fn an_answer_is_found_behind_banners_and_only_if_it_is_whole_and_ours() {
    let error = refused("no").hint("ask another").retry_after(7);
    let answer = Answer::new(5, vec!["odd".into()], Said::Error(Failed::of(&error)));
    let framed = answer.framed(NONCE).expect("bytes").to_vec();
    let with = |before: &str, after: &str| [before.as_bytes(), &framed, after.as_bytes()].concat();
    for output in [with("", ""), with("Welcome!\nno newline", ""), with("tokcli-answer:other:{}\n", "bye\n")]
    {
        let found = Answer::find(&output, NONCE).expect("found");
        assert_eq!((found.held_ms, found.warnings), (5, vec!["odd".to_owned()]));
        let Said::Error(failed) = found.said else { panic!("an error") };
        let told = failed.told("the owner");
        assert_eq!(
            (told.code, told.message(), told.retry_after),
            (Code::Refused, "the owner: no".to_owned(), Some(7))
        );
        assert_eq!(told.hint.as_deref(), Some("on the owner: ask another"));
    }
    assert!(Answer::find(&framed, "ffffffffffffffffffffffffffffffff").is_none());
    for length in 0..framed.len() {
        assert!(Answer::find(&framed[..length], NONCE).is_none(), "cut at {length}");
    }
    let later = String::from_utf8(framed).expect("UTF-8").replace("\"version\":1", "\"version\":2");
    assert!(Answer::find(later.as_bytes(), NONCE).is_none());
}

#[test]
fn a_code_of_a_later_version_leaves_with_the_same_status() {
    for exit in [3, 4, 5, 6, 7, 8] {
        let failed = Failed {
            code: "new_word".into(),
            exit,
            message: "m".into(),
            hint: None,
            retry_after: None,
            sealed: None,
        };
        assert_eq!(failed.told("o").code.exit(), exit);
    }
}

#[test]
fn who_names_an_issuer_alone_is_content_with_its_addresses() {
    let place = |origins: &[&str], client: Option<&str>, issuer: Option<&str>| Place {
        origins: origins.iter().map(|it| (*it).to_owned()).collect(),
        client_id: client.map(str::to_owned),
        issuer: issuer.map(str::to_owned),
    };
    let whole = place(&["https://a.example"], Some("c"), Some("https://i.example"));
    assert!(place(&[], None, Some("https://i.example")).is_as(&whole));
    assert!(place(&[], Some("c"), Some("https://i.example")).is_as(&whole));
    assert!(!place(&[], Some("d"), Some("https://i.example")).is_as(&whole));
    assert!(!place(&[], None, Some("https://other.example")).is_as(&whole));
    assert!(!place(&["https://a.example"], Some("c"), None).is_as(&whole));
    assert!(!place(&[], None, None).is_as(&whole), "nothing is not everything");
}
