//! What an answer of every kind means.

use super::*;
use crate::base::clock::Moment;
use crate::credential::reading::{Evidence, RefusalKind};
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::dialect::schema::Dialect;

const DIALECT: &str = r#"
    [exchanges.refresh.request]
    url = "https://a.example/t"
    form.refresh_token = "{{ refresh_token }}"
    [exchanges.refresh.answer]
    access_token = "/access_token"
    refresh_token = ["/refresh_token", { header = "X-Refresh" }]
    scope = "/scope"
    access_expires = [{ at = "/expires_in", unit = "seconds" }]
    retry_after = [{ at = "/wait", unit = "seconds" }, { at = "/until", unit = "epoch_seconds" }]
    words = ["/error", "/code"]
    keep.shard = { at = "/shard", optional = true }
    [exchanges.refresh.success]
    tests = [{ at = "/ok", not_equals = false }]
    [[exchanges.refresh.refusals]]
    is = "login_required"
    tests = [{ at = "/error", equals = "invalid_grant" }]
    [[exchanges.refresh.refusals]]
    is = "no_answer"
    status = [504]
"#;

fn raw(status: u16, body: &str) -> RawAnswer {
    let at = Moment { wall_ms: 1_000_000, boot_ms: 0, boot: "test".into() };
    RawAnswer { status, headers: Vec::new(), body: body.into(), complete: true, garbled: None, at }
}

fn dialect(text: &str) -> Dialect {
    toml::from_str(text).expect("a dialect")
}

/// In one line: what it is, and what came with it.
fn read(dialect: &str, raw: &RawAnswer) -> String {
    let shown = |token: Option<&str>| token.unwrap_or("-").to_owned();
    match self::dialect(dialect).refresh().last().open(raw).reading() {
        Reading::Granted(tokens) => format!(
            "granted {} {}",
            shown(tokens.access_token.as_ref().map(AccessToken::expose)),
            shown(tokens.refresh_token.as_ref().map(RefreshToken::expose))
        ),
        Reading::Further { step, .. } => format!("further {step}"),
        Reading::Refused { verdict, words, refresh_token, .. } => {
            let given = refresh_token.map(|token| format!(" and gives {}", token.expose()));
            format!("{verdict:?} {}{}", shown(words.as_deref()), given.unwrap_or_default())
        }
        Reading::Unreadable { refresh_token, words } => format!(
            "unreadable {} {}",
            shown(refresh_token.as_ref().map(RefreshToken::expose)),
            shown(words.as_deref())
        ),
        Reading::Salvaged(refresh, access) => {
            format!("salvaged {} {}", refresh.expose(), shown(access.as_ref().map(AccessToken::expose)))
        }
        Reading::Unknown(why) => format!("unknown: {why}"),
    }
}

#[test]
fn an_answer_is_a_success_a_refusal_or_neither() {
    let good = r#"{"access_token":"at","refresh_token":"rt"}"#;
    for (status, body, wanted) in [
        (200, good, "granted at rt"),
        (201, r#"{"access_token":"at"}"#, "granted at -"),
        // What grants is no refusal, whatever else it says.
        (200, r#"{"access_token":"at","error":"invalid_grant"}"#, "granted at -"),
        // No token is lost that came, whatever stands beside it.
        (500, good, "salvaged rt at"),
        (400, good, "RequestRejected - and gives rt"),
        (302, good, "RequestRejected - and gives rt"),
        (
            400,
            r#"{"error":"invalid_grant","refresh_token":"rt"}"#,
            "LoginRequired invalid_grant and gives rt",
        ),
        (
            200,
            r#"{"error":"invalid_grant","refresh_token":"rt","code":7}"#,
            "LoginRequired invalid_grant: 7 and gives rt",
        ),
        (504, r#"{"refresh_token":"rt"}"#, "salvaged rt -"),
        (200, r#"{"ok":false,"access_token":"at","refresh_token":"rt"}"#, "unreadable rt -"),
        (200, r#"{"access_token":" ","code":7}"#, "unreadable - 7"),
        (200, r#"{"access_token":"null","code":7}"#, "unreadable - 7"),
        (200, r#"{"access_token":"undefined","refresh_token":"rt"}"#, "unreadable rt -"),
        (200, r#"{"error":"invalid_grant","code":"x"}"#, "LoginRequired invalid_grant: x"),
        // Nothing lists it, so it passes; an error that is none says nothing.
        (200, r#"{"error":"server_error"}"#, "Unavailable server_error"),
        (201, r#"{"error":"temporarily_unavailable","code":7}"#, "Unavailable temporarily_unavailable: 7"),
        (200, r#"{"error":"","code":7}"#, "unreadable - 7"),
        (200, r#"{"error":"0","data":{}}"#, "unreadable - 0"),
        (200, r#"{"error":{"x":1}}"#, "unreadable - -"),
        (200, r#"{"error":"server_error","refresh_token":"rt"}"#, "unreadable rt server_error"),
        (400, r#"{"error":"invalid_grant"}"#, "LoginRequired invalid_grant"),
        (400, "{}", "RequestRejected -"),
        (302, "", "RequestRejected -"),
        // A page is no evidence.
        (302, "<html>moved</html>", "Unavailable a web page"),
        (401, "<!-- x --> <!DOCTYPE HTML><p>no", "Unavailable a web page"),
        (401, "<br>no", "RequestRejected -"),
        (401, r#"{"error":""}"#, "RequestRejected -"),
        (429, "<html>", "RateLimited a web page"),
        (503, "", "Unavailable -"),
        (408, "{}", "unknown: the vendor answered with status 408"),
        (504, "{}", "unknown: the vendor answered with a failure of its own (status 504)"),
        (200, "<html>", "unknown: the answer (status 200) is a web page"),
        (204, "", "unknown: the answer (status 204) is empty"),
        (200, "\u{feff}\r\n ", "unknown: the answer (status 200) is empty"),
        // Cut apart within the name of the refresh token.
        (200, "{\"access_token\":\"at\",\"refre\r\nzz\r\nsh_token\":\"rt\"}", "unreadable - -"),
        (200, "[1]", "unreadable - -"),
        (200, "moved", "unreadable - -"),
        (299, "<br>moved", "unreadable - -"),
    ] {
        assert_eq!(read(DIALECT, &raw(status, body)), wanted, "{status} {body}");
    }
}

const OTHERWISE: &str = r#"
    [exchanges.refresh.request]
    url = "https://a.example/t"
    form.refresh_token = "{{ refresh_token }}"
    [exchanges.refresh.answer]
    access_token = "/data/token"
    refresh_token = "/data/refresh"
    words = ["/message"]
    [exchanges.refresh.success]
    tests = [{ at = "/code", equals = 0 }]
    [[exchanges.refresh.refusals]]
    is = "request_rejected"
    otherwise = true
    [[exchanges.refresh.refusals]]
    is = "login_required"
    tests = [{ at = "/code", equals = 7 }]
"#;

#[test]
fn what_nothing_else_names_is_refused_if_the_answer_says_that_it_is_no_success() {
    for (status, body, wanted) in [
        (200, r#"{"code":0,"data":{"token":"at","refresh":"rt"}}"#, "granted at rt"),
        (200, r#"{"code":7,"message":"over"}"#, "LoginRequired over"),
        (200, r#"{"code":8,"message":"odd"}"#, "RequestRejected odd"),
        (200, r#"{"error":"odd"}"#, "RequestRejected -"),
        (400, "{}", "RequestRejected -"),
        (302, "", "RequestRejected -"),
        // It says that it is a success, or holds a token: nobody knows what it is.
        (200, r#"{"code":0,"result":{"token":"at"}}"#, "unreadable - -"),
        (200, r#"{"code":8,"data":{"refresh":"rt"}}"#, "unreadable rt -"),
        (200, r#"{"code":8,"data":{"token":"at"}}"#, "unreadable - -"),
        (200, r#"{"code":8,"data":{"token":{"value":"x"}}}"#, "unreadable - -"),
        (200, r#"{"code":8,"data":{"refresh":17}}"#, "unreadable - -"),
        (200, r#"{"code":8,"data":{"token":false,"refresh":0}}"#, "RequestRejected -"),
        (200, r#"{"data":{"accessToken":"3f9a0c71d2e84b56"}}"#, "unreadable - -"),
        (200, r#"{"code":8,"x":[{"jwts":["3f9a0c71d2e84b56"]}]}"#, "unreadable - -"),
        (200, r#"{"code":8,"x":"eyJhbGciOiJIUzI1NiJ9.e30.c2ln"}"#, "unreadable - -"),
        (200, r#"{"code":8,"newToken":"Bearer rt-new-canary-abc"}"#, "unreadable - -"),
        (200, r#"{"code":8,"token":{"value":"3f9a0c71d2e84b56"}}"#, "unreadable - -"),
        (200, r#"{"code":8,"data":"{\"access_token\":\"3f9a0c71d2e84b56\"}"}"#, "unreadable - -"),
        (200, r#"{"code":8,"token":12345678901234567}"#, "unreadable - -"),
        (200, r#"{"code":8,"token":"3f9a_not_0c71d2e84b56"}"#, "unreadable - -"),
        // What errors hold as well.
        (200, r#"{"code":8,"trace":"3f9a0c71d2e84b563f9a0c71d2e84b56"}"#, "RequestRejected -"),
        (200, r#"{"code":8,"errors":{"refresh_token":"must_be_a_valid_token"}}"#, "RequestRejected -"),
        (200, r#"{"code":8,"errors":{"refresh_token":"The_token_is_revoked"}}"#, "RequestRejected -"),
        (200, r#"{"code":8,"data":{"refresh":"expired","token":"null"}}"#, "RequestRejected -"),
        (200, r#"{"code":8,"token_url":"https://a.example/3f9a"}"#, "RequestRejected -"),
        (200, r#"{"code":8,"tokenExpiredAt":"2026-11-29T17:00:00Z"}"#, "RequestRejected -"),
        (200, r#"{"code":8,"token":"2026-11-29T17:00:00Z"}"#, "RequestRejected -"),
        (200, r#"{"code":8,"authResult":"ACCOUNT_SUSPENDED"}"#, "RequestRejected -"),
        (200, r#"{"code":8,"ticket":"ACCOUNT_SUSPENDED"}"#, "RequestRejected -"),
        (200, r#"{"code":8,"session_id":"4f2c9a8be0d14f7d"}"#, "RequestRejected -"),
        (200, r#"{"code":8,"token":"platform-team@vendor.example"}"#, "RequestRejected -"),
        (200, r#"{"code":8,"authority":"login.vendor.example"}"#, "RequestRejected -"),
        (200, r#"{"code":8,"token_type":"application/x-bearer"}"#, "RequestRejected -"),
        (200, r#"{"code":8,"access_level":"ROLE_SUBSCRIBER_BASIC"}"#, "RequestRejected -"),
        (200, "[8]", "unreadable - -"),
        (200, "oops", "unreadable - -"),
        (200, r#"{"code":8,"refre"#, "unreadable - -"),
        (200, "<html>", "unknown: the answer (status 200) is a web page"),
        (200, "", "unknown: the answer (status 200) is empty"),
        // These have a meaning of their own.
        (403, "<html>", "Unavailable a web page"),
        (429, "{}", "RateLimited -"),
        (503, "{}", "Unavailable -"),
        (408, "{}", "unknown: the vendor answered with status 408"),
        (500, "{}", "unknown: the vendor answered with status 500"),
        (101, "", "unknown: the vendor answered with status 101"),
    ] {
        assert_eq!(read(OTHERWISE, &raw(status, body)), wanted, "{status} {body}");
    }
    let named = OTHERWISE.replace("otherwise = true", "otherwise = true\nstatus = [408, '5xx']");
    for (status, body, wanted) in [
        (408, "{}", "RequestRejected -"),
        (500, "{}", "RequestRejected -"),
        (500, "<html>", "Unavailable a web page"),
        (200, r#"{"code":8}"#, "unreadable - -"),
        (400, r#"{"code":7}"#, "LoginRequired -"),
    ] {
        assert_eq!(read(&named, &raw(status, body)), wanted, "{status} {body}");
    }
    let broken = RawAnswer { complete: false, ..raw(400, r#"{"code":8"#) };
    assert_eq!(read(OTHERWISE, &broken), "unknown: the answer broke off");
}

#[test]
fn a_test_looks_at_the_whole_text_at_any_element_and_at_what_need_not_be_there() {
    let with = |test: &str| {
        format!(
            "{}[[exchanges.refresh.refusals]]\nis = 'client_rejected'\nstatus = ['4xx', 200]\ntests = [{test}]",
            DIALECT
        )
    };
    let (yes, no) = (true, false);
    for (test, body, wanted) in [
        ("{ at = '', contains = 'unknown app' }", r#"{"x":["Unknown App 7"]}"#, yes),
        ("{ at = '', contains = 'unknown app' }", "error: unknown app", yes),
        ("{ at = '', contains = 'unknown app' }", "<html>unknown app", yes),
        ("{ at = '', contains = 'unknown app' }", "", no),
        ("{ at = '', equals = 'no app' }", " no app\r\n", yes),
        ("{ at = '', equals = 7 }", "7", yes),
        ("{ at = '', not_equals = 'ok' }", "ok", no),
        ("{ at = '', contains = 'id', strip = 'no ' }", "no id", yes),
        ("{ at = ['/no', '/why'], equals = 7 }", r#"{"why":7}"#, yes),
        ("{ at = ['/no', '/why'], equals = 7 }", r#"{"no":1,"why":7}"#, no),
        ("{ at = ['/no', '/why'], equals = 7 }", r#"{"no":null,"why":"7"}"#, yes),
        ("{ at = '/errors/*/code', equals = 7 }", r#"{"errors":[{"code":1},{"code":7}]}"#, yes),
        ("{ at = '/errors/*/code', equals = 7 }", r#"{"errors":[{"x":7}]}"#, no),
        ("{ at = '/errors/*/code', not_equals = 7 }", r#"{"errors":[{"code":1},{"code":7}]}"#, no),
        ("{ at = '/errors/*/code', not_equals = 7 }", r#"{"errors":[{"code":1}]}"#, yes),
        ("{ at = '/errors/*/code', present = false }", r#"{"errors":[{"code":null}]}"#, yes),
        ("{ at = '/errors/*', contains = 'app' }", r#"{"errors":["no","bad app"]}"#, yes),
        ("{ at = '/errors/*/a', equals = 1, contains = '1' }", r#"{"errors":[{"a":"1"}]}"#, yes),
        // In a table it is a name.
        ("{ at = '/errors/*/code', equals = 7 }", r#"{"errors":{"*":{"code":7},"a":{"code":1}}}"#, yes),
        ("{ at = '/errors/*/code', equals = 7 }", r#"{"errors":{"a":{"code":7}}}"#, no),
        ("{ at = '/code', equals = 7, optional = true }", r#"{"code":7}"#, yes),
        ("{ at = '/code', equals = 7, optional = true }", "{}", yes),
        ("{ at = '/code', equals = 7, optional = true }", r#"{"code":null}"#, yes),
        ("{ at = '/code', equals = 7, optional = true }", r#"{"code":8}"#, no),
        ("{ at = '/code', equals = 7, optional = true }", "oops", no),
    ] {
        let is = read(&with(test), &raw(400, body)).starts_with("ClientRejected");
        assert_eq!(is, wanted, "{test} {body}");
    }
    // A page may be anybody's, so what stands in it is believed for a while only.
    let text = with("{ at = '', contains = 'unknown app' }");
    for (body, by) in [("<html>unknown app", Evidence::Status), ("unknown app", Evidence::Words)] {
        let raw = raw(401, body);
        assert_eq!(dialect(&text).refresh().last().open(&raw).reading().evidence(), by, "{body}");
    }
    // That a status is not listed for it, no text outweighs.
    assert_eq!(read(&text, &raw(202, "unknown app")), "unreadable - -");
}

#[test]
fn a_place_may_be_in_any_element_and_below_another() {
    let within = r#"
        [exchanges.refresh.request]
        url = "https://a.example/t"
        form.refresh_token = "{{ refresh_token }}"
        [exchanges.refresh.answer]
        within = "/data"
        access_token = "/tokens/*/access"
        refresh_token = ["/tokens/*/refresh", { header = "X-Refresh" }]
        words = ["/message"]
        [exchanges.refresh.success]
        tests = [{ at = "/code", equals = 0 }]
    "#;
    for (body, wanted) in [
        (r#"{"code":0,"data":{"tokens":[{"refresh":"rt"},{"access":""},{"access":"at"}]}}"#, "granted at rt"),
        (r#"{"code":0,"tokens":[{"access":"at"}],"message":"m"}"#, "unreadable - m"),
        (r#"{"code":0,"data":"{\"tokens\":[{\"access\":\"at\"}]}"}"#, "granted at -"),
    ] {
        assert_eq!(read(within, &raw(200, body)), wanted, "{body}");
    }
    let at_the_body = within.replace("\"/data\"", "\"\"");
    assert_eq!(read(&at_the_body, &raw(200, r#"{"code":0,"tokens":[{"access":"at"}]}"#)), "granted at -");
}

#[test]
fn a_plain_text_is_a_token_unless_it_shows_that_it_is_none() {
    let text = r#"
        [exchanges.refresh.request]
        url = "https://a.example/t"
        form.refresh_token = "{{ refresh_token }}"
        [exchanges.refresh.answer]
        format = "text"
        access_token = { at = "/text", strip = "Bearer " }
    "#;
    let sure = format!("{text}[exchanges.refresh.success]\ntests = [{{ header = 'X-Ok', equals = 1 }}]");
    for (body, is_one) in [
        ("at-1", true),
        (" at-1\r\n", true),
        ("\"at-1\"", true),
        ("Bearer at-1", true),
        ("12345", true),
        ("0", false),
        ("-1", false),
        ("403", false),
        ("aGVsbG8=", true),
        ("no such user", false),
        ("a\nb", false),
        ("{\"error\":7}", false),
        ("[1]", false),
        ("null", false),
        ("false", false),
        ("<Error>x</Error>", false),
    ] {
        let mut raw = raw(200, body);
        assert_eq!(read(text, &raw).starts_with("granted"), is_one, "{body}");
        assert!(is_one || read(text, &raw).starts_with("unreadable"), "{body}");
        raw.headers.push(("x-ok".into(), "1".into()));
        assert!(read(&sure, &raw).starts_with("granted"), "{body}");
    }
    assert!(read(text, &raw(200, "<html>")).starts_with("unknown"));
}

#[test]
fn of_an_answer_that_broke_off_the_new_refresh_token_is_saved() {
    let body = r#"{"refresh_token":"rt","access_token":"at","scope":"#;
    for (status, body, wanted) in [
        (200, body, "salvaged rt at"),
        (200, &body[..24], "salvaged rt -"),
        (200, &body[..19], "unknown: the answer broke off"),
        (500, body, "salvaged rt at"),
        (400, &body[..24], "salvaged rt -"),
        (0, "", "unknown: no answer came"),
        (0, "\r\n ", "unknown: no answer came"),
        (0, r#"{"refresh_token":"rt","access_token":"at"}"#, "unknown: the answer is not HTTP"),
        (0, "HTTP/1.1 2000 OK\r\n\r\n{}", "unknown: the answer is not HTTP"),
        (0, "HTTP/1.1 200 OK\r\nX-Refresh: r", "unknown: the answer broke off"),
        // Closed, it shows itself that it is whole.
        (200, r#"{"refresh_token":"rt","access_token":"at"}"#, "granted at rt"),
        (200, r#"{"access_token":"at","error":"server_error"}"#, "granted at -"),
        (400, r#"{"error":"invalid_grant"}"#, "LoginRequired invalid_grant"),
        (400, r#"{"error":"invalid_grant""#, "unknown: the answer broke off"),
    ] {
        let raw = RawAnswer { complete: false, ..raw(status, body) };
        assert_eq!(read(DIALECT, &raw), wanted, "{status} {body}");
    }
    let mut raw = RawAnswer { complete: false, ..raw(200, "{") };
    raw.headers.push(("x-refresh".into(), "rt".into()));
    assert_eq!(read(DIALECT, &raw), "salvaged rt -");
    // Cut where nobody noticed.
    raw.complete = true;
    assert_eq!(read(DIALECT, &raw), "salvaged rt -");
}

#[test]
fn what_may_hold_a_token_is_kept_though_it_means_nothing() {
    for (status, body, wanted) in [
        (200, "[1]", true),
        (200, " ", false),
        (200, "<html>", false),
        (503, "{}", false),
        // No HTTP, but a vendor's all the same.
        (0, r#"{"access_token":"at"}"#, true),
        (0, "\u{feff}\r\n", false),
        (0, "<!DOCTYPE html>", false),
    ] {
        let dialect = dialect(DIALECT);
        let raw = RawAnswer { complete: false, ..raw(status, body) };
        assert_eq!(dialect.refresh().last().open(&raw).holds_something(), wanted, "{status} {body}");
    }
}

#[test]
fn a_step_that_keeps_the_access_token_needs_none() {
    let keeps = DIALECT.replace("scope = ", "keeps_access_token = true\nscope = ");
    assert_eq!(read(&keeps, &raw(200, "{}")), "granted - -");
    // Then a refusal that matches is one.
    assert_eq!(read(&keeps, &raw(200, r#"{"error":"invalid_grant"}"#)), "LoginRequired invalid_grant");
}

#[test]
fn who_renews_with_the_access_token_gets_it_as_the_refresh_token_too() {
    let same = format!("renews_with = \"access_token\"\n{DIALECT}");
    let same = same.replace("refresh_token = [\"/refresh_token\", { header = \"X-Refresh\" }]", "");
    assert_eq!(read(&same, &raw(200, r#"{"access_token":"at"}"#)), "granted at at");
}

#[test]
fn how_long_to_wait_is_in_whole_seconds_from_the_answer() {
    let dialect = dialect(DIALECT);
    for (body, wanted) in [
        (r#"{"wait":7}"#, Some(7)),
        (r#"{"wait":0.2}"#, Some(1)),
        (r#"{"wait":"soon","until":1795888830}"#, Some(30)),
        (r#"{"until":1795888800.5}"#, Some(1)),
        (r#"{"until":1795888700}"#, None),
        ("{}", None),
        ("<html>", None),
    ] {
        let mut raw = raw(429, body);
        raw.at.wall_ms = 1_795_888_800_000;
        assert_eq!(dialect.refresh().last().open(&raw).retry_after(), wanted, "{body}");
    }
}

#[test]
fn an_answer_of_unknown_age_has_only_absolute_expiries() {
    let dialect = dialect(DIALECT);
    let body = raw(500, r#"{"access_token":"at","expires_in":60}"#);
    let opened = dialect.refresh().last().open(&body);
    let expires = |known| opened.imported(known).expect("of any status").access_expires;
    assert_eq!(expires(true), Some(Expires::After(Duration::from_secs(60))));
    assert_eq!(expires(false), None);
    assert!(dialect.refresh().last().open(&raw(200, r#"{"scope":"s"}"#)).imported(true).is_none());
}

#[test]
fn members_are_named_and_never_shown() {
    let body = r#"{"a/b":{"t":"CANARY"},"l":[1,2],"n":null,"ok":true}"#;
    let members = |text: &str, body: &str| dialect(text).refresh().last().open(&raw(200, body)).members();
    let names = members(DIALECT, body).expect("JSON");
    let wanted = [
        ("/a~1b/t", "string of 6 characters"),
        ("/l", "list of 2"),
        ("/n", "null"),
        ("/ok", "true or false"),
    ];
    assert_eq!(names, wanted.map(|(at, kind)| (at.to_owned(), kind.to_owned())));
    let within = DIALECT.replace("scope = ", "format = [\"json\", \"json_within\"]\nscope = ");
    assert_eq!(members(&within, &format!("f({body});")), Some(names));
    let form = DIALECT.replace("scope = ", "format = \"form\"\nscope = ");
    assert_eq!(members(&form, "CANARY=&b=1"), None);
    assert_eq!(members(DIALECT, "CANARY"), None);
}

#[test]
fn an_author_is_told_why_an_answer_is_no_success() {
    let dialect = dialect(DIALECT);
    for (status, body, wanted) in [
        (200, "<html>", "the body is not in the declared format"),
        (200, r#"{"access_token":"a"} {"access_token":"b"}"#, "it contains two values whose tokens differ"),
        (200, r#"{"access_token":"a\ud800"}"#, "its tokens are incomplete or uncertain"),
        (500, "{}", "status 500 is not a success"),
        (200, r#"{"ok":false}"#, "the test at `/ok` does not hold"),
        (200, "{}", "no access token at `/access_token`"),
    ] {
        let why = dialect.refresh().last().open(&raw(status, body)).why_not();
        assert_eq!(why, wanted, "{status} {body}");
    }
}

#[test]
fn an_id_token_stands_beside_the_access_token_and_is_nothing_that_was_sent() {
    let id_token = |body: &str| {
        let raw = raw(200, body);
        let dialect = dialect(DIALECT);
        let step = dialect.refresh().last();
        let sent = Sent { refresh_token: Some("rt-sent"), secrets: &["secret"], ..Sent::default() };
        let Reading::Granted(tokens) = step.open(&raw).reading_after(&sent) else { panic!("{body}") };
        tokens.id_token.map(|token| token.expose().to_owned())
    };
    let with =
        |id_token: &str| format!(r#"{{"access_token":"at","refresh_token":"rt","id_token":"{id_token}"}}"#);
    assert_eq!(id_token(&with("a.b.c")).as_deref(), Some("a.b.c"));
    for none in ["", " ", "a b", "rt-sent", "secret", "rt", "\u{fc}"] {
        assert_eq!(id_token(&with(none)), None, "{none:?}");
    }
    assert_eq!(id_token(r#"{"access_token":"at"}"#), None);
}

#[test]
fn what_a_refusal_gives_is_none_that_was_sent_or_spent() {
    let dialect = dialect(DIALECT);
    let raw = raw(400, r#"{"error":"invalid_grant","refresh_token":"rt"}"#);
    let given = |sent: &Sent<'_>| match dialect.refresh().last().open(&raw).reading_after(sent) {
        Reading::Refused { verdict: RefusalKind::LoginRequired, refresh_token, .. } => {
            refresh_token.map(|token| token.expose().to_owned())
        }
        _ => panic!("it is refused"),
    };
    assert_eq!(given(&Sent::default()).as_deref(), Some("rt"));
    assert_eq!(given(&Sent { refresh_token: Some("rt"), ..Sent::default() }), None);
    assert_eq!(given(&Sent { is_spent: Some(&|token| token == "rt"), ..Sent::default() }), None);
    assert_eq!(given(&Sent { secrets: &["rt"], ..Sent::default() }), None);
}

#[test]
fn what_is_not_there_is_no_refusal_while_a_token_may_stand_elsewhere() {
    let lacking = DIALECT.replace(
        "tests = [{ at = \"/error\", equals",
        "tests = [{ at = \"/access_token\", present = false }, { at = \"/error\", not_equals",
    );
    let lacking = lacking.replace("access_token = \"/access_token\"", "access_token = '/access_token'");
    for (status, body, wanted) in [
        (200, "{}", "LoginRequired -"),
        (200, r#"{"trace":"3f9a0c71d2e84b56"}"#, "LoginRequired -"),
        (200, r#"{"data":{"accessToken":"3f9a0c71d2e84b56"}}"#, "unreadable - -"),
        (400, r#"{"data":{"accessToken":"3f9a0c71d2e84b56"}}"#, "LoginRequired -"),
    ] {
        assert_eq!(read(&lacking, &raw(status, body)), wanted, "{status} {body}");
    }
}

#[test]
fn a_refusal_that_looks_where_the_token_stands_outweighs_it() {
    let with = |dialect: &str, refusal: &str| {
        format!("{dialect}\n[[exchanges.refresh.refusals]]\nis = 'client_rejected'\ntests = [{refusal}]")
    };
    let text = r#"
        [exchanges.refresh.request]
        url = "https://a.example/t"
        form.refresh_token = "{{ refresh_token }}"
        [exchanges.refresh.answer]
        format = "text"
        access_token = "/text"
    "#;
    for (dialect, refusal, body, wanted) in [
        (text, "{ at = '', equals = 'E-17' }", "E-17", "ClientRejected -"),
        (text, "{ at = '', equals = 'E-17' }", "E-18", "granted E-18 -"),
        (text, "{ at = '/text', contains = 'bad' }", "bad-17", "ClientRejected -"),
        (
            DIALECT,
            "{ at = '/access_token', equals = 'e-17' }",
            r#"{"access_token":"e-17"}"#,
            "ClientRejected -",
        ),
        (
            DIALECT,
            "{ at = '/access_token', equals = 'e-17' }",
            r#"{"access_token":"e-17","refresh_token":"rt"}"#,
            "unreadable rt -",
        ),
        (DIALECT, "{ at = '/code', equals = 7 }", r#"{"access_token":"at","code":7}"#, "granted at -"),
        (DIALECT, "{ at = '', contains = 'e-17' }", r#"{"access_token":"e-17"}"#, "granted e-17 -"),
    ] {
        assert_eq!(read(&with(dialect, refusal), &raw(200, body)), wanted, "{refusal} {body}");
    }
}

#[test]
fn text_anywhere_in_the_body_is_no_more_than_a_bare_status() {
    let with = |status: &str| {
        format!(
            "{DIALECT}\n[[exchanges.refresh.refusals]]\nis = 'login_required'\n{status}\ntests = [{{ at = '', contains = 'no login' }}]"
        )
    };
    for (status, body, unsaid, said) in [
        (401, "no login", "LoginRequired -", "LoginRequired -"),
        (200, "no login", "LoginRequired -", "LoginRequired -"),
        (401, "<html>no login", "Unavailable a web page", "LoginRequired a web page"),
        (200, "<html>no login", "unknown: the answer (status 200) is a web page", "LoginRequired a web page"),
        (
            200,
            r#"{"m":"no login","data":{"refreshToken":"rt-new-canary-abc"}}"#,
            "unreadable - -",
            "unreadable - -",
        ),
        (500, "no login", "unknown: the vendor answered with status 500", "LoginRequired -"),
        (503, "no login", "Unavailable -", "LoginRequired -"),
        (429, "no login", "RateLimited -", "LoginRequired -"),
    ] {
        assert_eq!(read(&with(""), &raw(status, body)), unsaid, "{status} {body}");
        assert_eq!(
            read(&with("status = ['2xx', '4xx', '5xx']"), &raw(status, body)),
            said,
            "{status} {body}"
        );
    }
}

#[test]
fn only_the_body_of_what_is_no_success_gives_a_refresh_token() {
    let page = "<html>maintenance";
    for (status, complete, body, wanted) in [
        (200, true, r#"{"access_token":"at"}"#, "granted at rt"),
        // Where it broke off, its head is all there is.
        (200, false, "{", "salvaged rt -"),
        (200, true, "{", "salvaged rt -"),
        (200, true, "", "salvaged rt -"),
        (200, true, page, "unknown: the answer (status 200) is a web page"),
        (200, true, r#"{"error":"x"}"#, "unreadable - x"),
        (200, true, r#"{"error":"invalid_grant"}"#, "LoginRequired invalid_grant"),
        (400, true, r#"{"error":"invalid_grant"}"#, "LoginRequired invalid_grant"),
        (500, true, "{}", "unknown: the vendor answered with status 500"),
        (500, false, "{", "unknown: the answer broke off"),
    ] {
        let mut raw = RawAnswer { complete, ..raw(status, body) };
        raw.headers.push(("x-refresh".into(), "rt".into()));
        assert_eq!(read(DIALECT, &raw), wanted, "{status} {body}");
    }
    for nothing in ["null", "undefined", "N/A", "-", "0", "false", "deleted"] {
        let body = format!(r#"{{"error":"invalid_grant","refresh_token":"{nothing}"}}"#);
        assert_eq!(read(DIALECT, &raw(400, &body)), "LoginRequired invalid_grant", "{nothing}");
    }
    // What was sent may stand anywhere.
    let echo = raw(200, r#"{"code":8,"request":{"token":"rt-canary-0123456789"}}"#);
    let sent = Sent { refresh_token: Some("rt-canary-0123456789"), ..Sent::default() };
    let dialect = dialect(OTHERWISE);
    let reading = dialect.refresh().last().open(&echo).reading_after(&sent);
    assert!(matches!(reading, Reading::Refused { verdict: RefusalKind::RequestRejected, .. }));
}
