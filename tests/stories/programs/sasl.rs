//! `sasl`, as mail programs send it: Google's and Microsoft's XOAUTH2, and RFC 7628.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{ask, scene, unasked};

#[test]
fn each_mechanism_says_what_its_document_has() {
    let (vendor, world) = scene();
    let plain = |words: &[&str]| {
        let told = ask(&world, words, "");
        assert_eq!((told.code, &*told.stderr), (Some(0), ""), "{told:?}");
        let line = told.stdout.strip_suffix('\n').expect("one line").to_owned();
        assert!(!line.contains(['\n', ' ']), "one word");
        String::from_utf8(STANDARD.decode(line).expect("base64")).expect("UTF-8")
    };
    let me = "someuser@example.com";
    for _ in 0..2 {
        let xoauth2 = plain(&["sasl", "xoauth2", "--user", me]);
        let token = vendor.current().access_token;
        assert_eq!(xoauth2, format!("user={me}\u{1}auth=Bearer {token}\u{1}\u{1}"));
        let bearer = plain(&["sasl", "oauthbearer", "--user", me]);
        assert_eq!(bearer, format!("n,a={me},\u{1}auth=Bearer {token}\u{1}\u{1}"));
        let whole =
            plain(&["sasl", "oauthbearer", "--user=a,b=c", "--host", "mail.example", "--port", "143"]);
        let wanted =
            format!("n,a=a=2Cb=3Dc,\u{1}host=mail.example\u{1}port=143\u{1}auth=Bearer {token}\u{1}\u{1}");
        assert_eq!(whole, wanted);
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn nothing_ends_a_field_early() {
    let (vendor, world) = scene();
    for words in [
        &["sasl", "xoauth2", "--user", "me\u{1}auth=Bearer x"][..],
        &["sasl", "oauthbearer", "--user", "me", "--host", "a\u{1}b"],
        &["sasl", "oauthbearer", "--user", "me\n"],
        &["sasl", "oauthbearer", "--user", ""],
        &["sasl", "oauthbearer", "--user", "me", "--port", "0"],
        &["sasl", "oauthbearer", "--user", "me", "--port", "65536"],
        &["sasl", "xoauth2"],
        &["sasl", "plain", "--user", "me"],
    ] {
        let told = ask(&world, words, "");
        assert_eq!((told.code, &*told.stdout), (Some(2), ""), "{told:?}");
    }
    unasked(&vendor);
}
