//! What must be granted, whatever transport and habit did to it, and what must stay unread: every combination of
//! frame, encoding, charset, junk and place.

use std::io::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::opened::Sent;
use crate::base::clock::Moment;
use crate::credential::reading::{Evidence, Reading, RefusalKind};
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::dialect::schema::Dialect;
use crate::http::message::{Garbled, RawAnswer};

const ACCESS: &str = "at-canary-0123456789+/==";
const REFRESH: &str = "rt-canary-0123456789._~-";

fn dialect(answer: &str) -> Dialect {
    let text = format!(
        "[exchanges.refresh.request]\nurl = \"https://a.example/t\"\nform.refresh_token = \"{{{{ refresh_token }}}}\"\n\
         [exchanges.refresh.answer]\n{answer}\n\
         [[exchanges.refresh.refusals]]\nis = \"login_required\"\nstatus = [400]\ntests = [{{ at = \"/error\", equals = \"invalid_grant\" }}]\n\
         [[exchanges.refresh.refusals]]\nis = \"client_rejected\"\nstatus = [401]\n"
    );
    toml::from_str(&text).expect("a dialect")
}

/// Where a vendor puts its tokens, and an answer with them.
const PLACES: [(&str, &str); 3] = [
    (
        "access_token = '/access_token'\nrefresh_token = '/refresh_token'\naccess_expires = [{ at = '/expires_in', unit = 'seconds' }]",
        r#"{"expires_in":3600,"access_token":"@A","token_type":"Bearer","refresh_token":"@R","x":[1,{"y":null}]}"#,
    ),
    (
        "access_token = '/data/0/token'\nrefresh_token = '/data/0/refreshToken'",
        r#"{"code":0,"data":[{"token":"@A","refreshToken":"@R"}],"message":"done"}"#,
    ),
    (
        "access_token = '/result/t'\nrefresh_token = { header = 'X-Refresh' }\nignore_case = true",
        r#"{"Result":{"T":"@A"},"ok":true}"#,
    ),
];

fn raw(status: u16, body: Vec<u8>) -> RawAnswer {
    let at = Moment { wall_ms: 1_767_225_600_000, boot_ms: 0, boot: "test".into() };
    RawAnswer { status, headers: Vec::new(), body, complete: true, garbled: None, at }
}

fn tokens(text: &str) -> String {
    text.replace("@A", ACCESS).replace("@R", REFRESH)
}

/// How it came: what it is called, what it does to the bytes and the headers, and the words of the warning.
type Transport = (&'static str, fn(&str) -> (Vec<u8>, &'static str), &'static str);

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    to.write_all(bytes).expect("written");
    to.finish().expect("finished")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    to.write_all(bytes).expect("written");
    to.finish().expect("finished")
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    to.write_all(bytes).expect("written");
    to.finish().expect("finished")
}

/// RFC 7932, section 9: one meta-block that is not compressed, and an empty last one.
fn brotli(bytes: &[u8]) -> Vec<u8> {
    let head = u32::try_from(bytes.len() - 1).expect("short") << 4 | 1 << 20;
    [&head.to_le_bytes()[..3], bytes, b"\x03"].concat()
}

/// RFC 8878, section 3.1.1: one raw block.
fn zstd(bytes: &[u8]) -> Vec<u8> {
    let size = u32::try_from(bytes.len()).expect("short");
    [b"\x28\xb5\x2f\xfd\xa0", &size.to_le_bytes()[..], &(size << 3 | 1).to_le_bytes()[..3], bytes].concat()
}

fn chunks(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    for part in bytes.chunks(37) {
        all.extend(format!("{:x}\r\n", part.len()).into_bytes());
        all.extend([part, b"\r\n"].concat());
    }
    all.extend(b"0\r\n\r\n");
    all
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

const TRANSPORTS: [Transport; 18] = [
    ("plain", |text| (text.into(), ""), ""),
    ("said, but not done", |text| (text.into(), "gzip"), ""),
    ("said twice, but not done", |text| (text.into(), "br, deflate"), ""),
    ("gzip", |text| (gzip(text.as_bytes()), "gzip"), "as gzip"),
    ("gzip, unsaid", |text| (gzip(text.as_bytes()), ""), "as gzip"),
    ("gzip, with padding", |text| ([&gzip(text.as_bytes())[..], b"\0\0"].concat(), "x-gzip"), "as gzip"),
    ("gzip in gzip", |text| (gzip(&gzip(text.as_bytes())), "gzip, gzip"), "as gzip"),
    ("zlib", |text| (zlib(text.as_bytes()), "deflate"), "as deflate"),
    ("zlib, unsaid", |text| (zlib(text.as_bytes()), ""), "as deflate"),
    ("deflate", |text| (deflate(text.as_bytes()), "deflate"), "as deflate"),
    ("br", |text| (brotli(text.as_bytes()), "br"), "as br"),
    ("zstd", |text| (zstd(text.as_bytes()), "zstd"), "as zstd"),
    ("br in gzip", |text| (gzip(&brotli(text.as_bytes())), "br, gzip"), "as br"),
    ("chunks", |text| (chunks(text.as_bytes()), ""), "chunk sizes"),
    ("gzip in chunks", |text| (chunks(&gzip(text.as_bytes())), "gzip"), "as gzip"),
    ("a mark", |text| ([b"\xef\xbb\xbf", text.as_bytes()].concat(), ""), "byte order mark"),
    ("UTF-16", |text| (utf16(&format!("\u{feff}{text}"), true), ""), "UTF-16"),
    ("UTF-16 without a mark, in zlib", |text| (zlib(&utf16(text, false)), ""), "UTF-16"),
];

/// What was written before, behind or into it, and the words of the warning.
type Junk = (&'static str, fn(&str) -> String, &'static str);

fn first(text: &str, member: &str) -> String {
    text.replacen('{', &format!("{{{member},"), 1)
}

fn last(text: &str, member: &str) -> String {
    format!("{},{member}}}", &text[..text.len() - 1])
}

const JUNK: [Junk; 52] = [
    ("nothing", |text| text.to_owned(), ""),
    ("white space", |text| format!("\r\n\t {text}\n\n"), ""),
    ("a comma at the end", |text| text.replace('}', ",}"), "a comma too many"),
    ("two commas", |text| text.replacen(',', ",,", 1), "a comma too many"),
    ("a comma first", |text| text.replacen('{', "{,", 1), "a comma too many"),
    ("no comma", |text| text.replacen(",\"", "\n\"", 1), "a comma too few"),
    ("a comment", |text| text.replacen('{', "{ // say \"hi\", }\n", 1), "comments"),
    ("a block comment", |text| format!("/* {{ */ {}", text.replacen('}', "/* } */}", 1)), "comments"),
    ("a comment with a hash", |text| text.replacen('}', "# it's }\n}", 1), "comments"),
    ("single quotes", |text| text.replace('"', "'"), "quotes of another kind"),
    (
        "typed quotes",
        |text| {
            text.replace("\":\"", "\u{201d}:\u{201c}")
                .replace("\",\"", "\u{201d},\u{201c}")
                .replace('"', "\u{201d}")
        },
        "quotes of another kind",
    ),
    (
        "names without quotes",
        |text| text.replace("{\"", "{").replace(",\"", ",").replace("\":", ":"),
        "names without quotes",
    ),
    ("arrows", |text| text.replace("\":", "\" => "), "another sign in place of a colon"),
    ("NaN before", |text| first(text, "\"n\":NaN"), "that JSON does not know"),
    ("Infinity behind", |text| last(text, "\"n\":-Infinity"), "unusual numbers"),
    ("undefined", |text| first(text, "\"n\":undefined"), "that JSON does not know"),
    ("words of Python", |text| first(text, "\"n\":None,\"m\":True"), "that JSON does not know"),
    ("a call", |text| first(text, "\"n\":new Date(1,2)"), "that JSON does not know"),
    ("no value", |text| first(text, "\"n\":"), "that JSON does not know"),
    ("markup for a value", |text| first(text, "\"n\":<b>x</b>"), "a value that cannot be read"),
    ("1e400", |text| first(text, "\"n\":1e400"), "unusual numbers"),
    ("zeros before a number", |text| last(text, "\"n\":007,\"m\":.5,\"o\":0x1F"), "unusual numbers"),
    ("a plus sign", |text| last(text, "\"n\":+7"), "unusual numbers"),
    ("a raw tab", |text| first(text, "\"n\":\"a\tb\""), "control characters"),
    ("a raw line break", |text| last(text, "\"n\":\"a\r\nb\""), "control characters"),
    ("a raw NUL", |text| last(text, "\"n\":\"a\0b\""), "control characters"),
    ("an unknown escape", |text| first(text, r#""n":"C:\Users\x""#), "unknown escapes"),
    ("escapes of JavaScript", |text| first(text, r#""n":"it\'s \x41\v""#), "unknown escapes"),
    ("a broken escape", |text| first(text, r#""n":"\u12""#), "unknown escapes"),
    ("a lone surrogate before", |text| first(text, r#""n":"\ud83d""#), "half a surrogate pair"),
    ("a lone surrogate behind", |text| last(text, r#""n":"x\udc00y""#), "half a surrogate pair"),
    ("quotes in a string", |text| first(text, r#""n":"say "hi" to""#), "a value that cannot be read"),
    ("a name twice", |text| first(&last(text, "\"n\":1"), "\"n\":2"), "a name twice"),
    ("a value twice", |text| last(text, &text[1..text.len() - 1]), "a name twice"),
    ("a no-break space", |text| text.replacen(':', ":\u{a0}", 1), "unusual blanks"),
    (
        "deep",
        |text| last(text, &format!("\"n\":{}{}", "[".repeat(3_000), "]".repeat(3_000))),
        "nested too deeply",
    ),
    (
        "a notice before",
        |text| {
            format!("<br />\n<b>Warning</b>: Undefined {{x}} in [a] it's <b>/srv/{{y}}.php</b><br />\n{text}")
        },
        "other text around",
    ),
    (
        "a log line before",
        |text| format!("[28-Nov-2026 10:00:00 UTC] PHP Notice: \"x\" {{closure}}\n{text}"),
        "other text around",
    ),
    ("a notice behind", |text| format!("{text}\n<!-- served by a -->"), "other text around"),
    ("a NUL behind", |text| format!("{text}\0"), "unusual blanks"),
    ("another value behind", |text| format!("{text}{{\"ok\":true}}"), "other text around"),
    ("a guard", |text| format!(")]}}',\n{text}"), "other text around"),
    ("an endless guard", |text| format!("while(1);{text}"), "other text around"),
    ("JSONP", |text| format!("/**/callback({text});"), "other text around"),
    (
        "headers in the body",
        |text| format!("Content-Type: application/json\r\n\r\n{text}"),
        "other text around",
    ),
    ("an element around", |text| format!("<pre>{text}</pre>"), "other text around"),
    (
        "a page that holds nothing else",
        |text| format!("<html><head></head><body><pre>{text}</pre></body></html>"),
        "other text around",
    ),
    ("in a string", |text| serde_json::Value::from(text).to_string(), "in a string"),
    (
        "in a string in a string",
        |text| serde_json::Value::from(serde_json::Value::from(text).to_string()).to_string(),
        "in a string",
    ),
    ("a list of one", |text| format!("[{text}]"), "a list of one"),
    ("a string in a list", |text| format!("[{}]", serde_json::Value::from(text)), "in a string"),
    ("entities", |text| text.replace('"', "&quot;"), "escaped"),
];

/// The warnings of a grant, or what it is instead.
fn granted(reading: Reading) -> Result<Vec<String>, String> {
    Err(match reading {
        Reading::Granted(tokens) => {
            let found = [
                tokens.access_token.as_ref().map(AccessToken::expose),
                tokens.refresh_token.as_ref().map(RefreshToken::expose),
            ];
            if found == [Some(ACCESS), Some(REFRESH)] {
                return Ok(tokens.warnings);
            }
            format!("granted {found:?}")
        }
        Reading::Further { step, .. } => format!("further {step}"),
        Reading::Refused { verdict, .. } => format!("{verdict:?}"),
        Reading::Unreadable { .. } => "unreadable".to_owned(),
        Reading::Salvaged(..) => "salvaged".to_owned(),
        Reading::Unknown(why) => why,
    })
}

#[test]
fn whole_tokens_are_granted_whatever_was_done_to_the_answer() {
    let (mut cases, mut wrong) = (0, Vec::new());
    for (place, body) in PLACES {
        let dialect = dialect(place);
        let step = dialect.refresh().last();
        for (transport, carry, of_transport) in TRANSPORTS {
            for (junk, spoil, of_junk) in JUNK {
                for complete in [true, false] {
                    let what = format!("{transport}, {junk}, complete: {complete}, {place}");
                    let (body, coding) = carry(&spoil(&tokens(body)));
                    let mut raw = RawAnswer { complete, ..raw(200, body) };
                    raw.headers.push(("x-refresh".into(), REFRESH.into()));
                    raw.headers.push(("content-encoding".into(), coding.into()));
                    let warnings = match granted(step.open(&raw).reading()) {
                        Ok(warnings) => warnings,
                        Err(is) => {
                            wrong.push(format!("{what}: {is}"));
                            continue;
                        }
                    };
                    let all = warnings.join("\n");
                    let odd = !(of_transport.is_empty() && of_junk.is_empty() && complete);
                    let mut once = warnings.clone();
                    once.dedup();
                    let good = all.contains(of_transport)
                        && all.contains(of_junk)
                        && all.contains("did not end as HTTP announced") != complete
                        && (odd || warnings.is_empty())
                        && all.chars().all(|c| c == '\n' || (' '..='~').contains(&c))
                        && !all.contains("canary")
                        && once.len() == warnings.len();
                    if !good {
                        wrong.push(format!("{what}: {warnings:?}"));
                    }
                    cases += 1;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cases}: {:#?}", wrong.len(), &wrong[..wrong.len().min(40)]);
    assert!(cases > 5_000, "{cases}");
}

#[test]
fn formats_that_are_no_json_are_read_through_the_same_ladder() {
    let form = format!("access_token={}&refresh_token={REFRESH}&n=1", ACCESS.replace('+', "%2B"));
    let xml = tokens("<r><access_token>@A</access_token><refresh_token>@R</refresh_token></r>");
    let json = tokens(r#"{"access_token":"@A","refresh_token":"@R"}"#);
    let places = "access_token = ['/access_token', '/r/access_token']\nrefresh_token = ['/refresh_token', '/r/refresh_token']\n";
    let latin = [b"<?xml version='1.0' encoding='ISO-8859-1'?><!-- caf\xe9 -->", xml.as_bytes()].concat();
    for (format, body, warning) in [
        ("form", form.clone().into_bytes(), ""),
        ("form", json.clone().into_bytes(), "is JSON"),
        ("form", gzip(form.as_bytes()), "as gzip"),
        ("form", format!("Notice: x = 1\n{form}\n").into_bytes(), "other text"),
        ("json", form.clone().into_bytes(), "is a form"),
        ("json", gzip(form.as_bytes()), "as gzip"),
        ("json", BASE64_STANDARD.encode(&json).into_bytes(), "Base64"),
        ("json", BASE64_STANDARD.encode(gzip(json.as_bytes())).into_bytes(), "Base64"),
        (
            "json",
            url::form_urlencoded::byte_serialize(json.as_bytes()).collect::<String>().into_bytes(),
            "escaped",
        ),
        (
            "json",
            first(&json, "\"n\":\"\u{fe}\"").chars().map(|c| u8::try_from(c).expect("Latin-1")).collect(),
            "not UTF-8",
        ),
        ("json_within", format!("cb({json}); // {{").into_bytes(), ""),
        ("json_within", form.clone().into_bytes(), "is a form"),
        ("xml", xml.clone().into_bytes(), ""),
        ("xml", format!("\n <?xml version='1.0'?>{xml} bye").into_bytes(), "other text"),
        ("xml", latin, "not UTF-8"),
        ("xml", utf16(&format!("\u{feff}{xml}"), false), "UTF-16"),
        ("xml", zlib(xml.as_bytes()), "as deflate"),
        ("xml", json.clone().into_bytes(), "is JSON"),
    ] {
        let what = format!("{format}, {warning}");
        let dialect = dialect(&format!("format = '{format}'\n{places}"));
        let mut raw = raw(200, body);
        let warnings = granted(dialect.refresh().last().open(&raw).reading());
        let warnings = warnings.unwrap_or_else(|is| panic!("{what}: {is}")).join("\n");
        assert!(
            warnings.contains(warning) && warning.is_empty() == warnings.is_empty(),
            "{what}: {warnings}"
        );
        // What is no JSON needs its frame whole.
        raw.complete = false;
        let opened = dialect.refresh().last().open(&raw);
        let whole = String::from_utf8_lossy(&raw.body);
        let is_json =
            ["Base64", "escaped"].contains(&warning) || (whole.contains('{') && warning != "as gzip");
        assert_eq!(matches!(opened.reading(), Reading::Granted(_)), is_json, "{what}");
    }
    let text = dialect("format = 'text'\naccess_token = '/text'");
    for (body, warning) in [
        (ACCESS.into(), ""),
        (format!("\u{feff}{ACCESS}\n").into_bytes(), "byte order mark"),
        (gzip(ACCESS.as_bytes()), "as gzip"),
        (utf16(ACCESS, true), "UTF-16"),
    ] {
        match text.refresh().last().open(&raw(200, body)).reading() {
            Reading::Granted(tokens) => {
                assert_eq!(tokens.access_token.as_ref().map(AccessToken::expose), Some(ACCESS));
                assert!(tokens.warnings.join("").contains(warning), "{:?}", tokens.warnings);
            }
            _ => panic!("{warning}"),
        }
    }
}

#[test]
fn what_is_not_certain_stays_unread() {
    let (place, good) = PLACES[0];
    let dialect = dialect(place);
    let step = dialect.refresh().last();
    let other = good.replace("@A", "at-canary-other");
    let sent = Sent {
        refresh_token: Some("rt-canary-sent"),
        secrets: &["cs-canary-sent"],
        was_sent: None,
        ..Sent::default()
    };
    let mut wrong = Vec::new();
    for (what, body) in [
        ("two values", format!("{good}\n{other}")),
        (
            "two values, the second with a refresh token alone",
            r#"{"access_token":"@A"}{"refresh_token":"@R"}"#.into(),
        ),
        ("two values in two lists", format!("[{good}][{other}]")),
        ("two access tokens", last(good, "\"access_token\":\"at-canary-other\"")),
        ("two refresh tokens", first(good, "\"refresh_token\":\"rt-canary-other\"")),
        ("two names, one escaped", last(good, "\"access_\\u0074oken\":\"at-canary-other\"")),
        ("half a surrogate pair in a token", good.replace("@A", "@A\\ud800")),
        ("an unknown escape in a refresh token", good.replace("@R", "@R\\q")),
        ("a line break in a token", good.replace("@A", "at-canary\nat-canary")),
        ("a byte that is no UTF-8 in a token", good.replace("@A", "@A\u{fe}")),
        ("a bare token", good.replace("\"@A\"", "at_canary")),
        ("a bare refresh token", good.replace("\"@R\"", "rt_canary")),
        ("a bare refresh token that begins like a number", good.replace("\"@R\"", "12ab")),
        ("quotes in a token", good.replace("@A", "at-canary\"quoted\"")),
        ("the refresh token that was sent, alone", r#"{"refresh_token":"rt-canary-sent"}"#.into()),
        (
            "the refresh token that was sent, as the access token",
            r#"{"access_token":"rt-canary-sent","refresh_token":"@R"}"#.into(),
        ),
        ("a secret as the access token", good.replace("@A", "cs-canary-sent")),
        ("a secret as the refresh token", good.replace("@R", "cs-canary-sent")),
        ("cut between the tokens", good[..good.find("\"refresh").expect("there")].into()),
        ("a list of two", format!("[{good},{other}]")),
        ("names that look alike", good.replace("access_token", "accessToken")),
        ("elsewhere", format!("{{\"data\":{good}}}")),
        ("within what is not closed", format!("{{\"data\":{good},\"x\":")),
        ("within a list that is not closed", format!("[1,{good}")),
        ("within a string of another member", format!("{{\"data\":{}}}", serde_json::Value::from(good))),
        ("commented out", format!("{{\"x\":1 /* {good} */}}")),
        ("a form with a blank in a token", "access_token=at+canary&refresh_token=@R".into()),
        ("a form with two tokens", "access_token=@A&access_token=at-canary-other".into()),
        ("a form parted by another sign", "access_token=@A;refresh_token=@R".into()),
        ("a form parted by a bar", "access_token=@A|refresh_token=@R".into()),
        ("a form with entities", "access_token=@A&amp;refresh_token=@R".into()),
        ("a form with quotes", r#"access_token="@A"&refresh_token="@R""#.into()),
        ("a semicolon for a comma", r#"{"access_token":"@A","expires_in":3600;"refresh_token":"@R"}"#.into()),
        ("a semicolon behind a text", r#"{"access_token":"@A","s":"a";"refresh_token":"@R","x":1}"#.into()),
        (
            "a unit behind a number",
            r#"{"access_token":"@A","expires_in":3600 s "refresh_token":"@R"}"#.into(),
        ),
        (
            "quotes in other texts",
            r#"{"access_token":"@A","n":"5" tall","refresh_token":"@R","s":"6" wide"}"#.into(),
        ),
        (
            "an event of two lines",
            "data: {\"access_token\":\"@A\",\ndata: \"refresh_token\":\"@R\"}\n".into(),
        ),
        ("a name with an unknown escape", good.replace("refresh_token", "refresh\\_token")),
        ("a name with half a surrogate pair", good.replace("refresh_token", "refresh\\ud800_token")),
        ("a name with a byte that is no UTF-8", good.replace("refresh_token", "refresh\u{fe}token")),
        ("bare words", "access_token: @A\nrefresh_token: @R".into()),
        ("a map of Java", "{access_token=@A, refresh_token=@R}".into()),
        ("a dump", "Array\n(\n [access_token] => @A\n)".into()),
        ("a number", "17".into()),
        ("a string", "\"@A\"".into()),
        ("text", "moved".into()),
        ("a line break alone in markup", "<br>moved".into()),
        ("too deep", format!("{}{good}{}", "[".repeat(300), "]".repeat(300))),
    ] {
        let body = tokens(&body);
        let latin = |c: char| if c == '\u{fe}' { vec![0xfe] } else { c.to_string().into_bytes() };
        let raw = raw(200, body.chars().flat_map(latin).collect());
        let reading = step.open(&raw).reading_after(&sent);
        // A refresh token that is certain is not held back because of the other.
        let certain =
            what.ends_with("in a token") || what == "names that look alike" || what == "a bare token";
        let good = match &reading {
            Reading::Unreadable { refresh_token: Some(token), .. } => certain && token.expose() == REFRESH,
            Reading::Unreadable { refresh_token: None, .. } => true,
            _ => false,
        };
        if !good {
            wrong.push(format!("{what}: {:?}", granted(reading)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let mut damaged = gzip(good.as_bytes());
    let sum = damaged.len() - 7;
    damaged[sum] ^= 1;
    let bomb = gzip(&[good.as_bytes(), &vec![b' '; 1 << 20]].concat());
    for (what, body) in [("a bomb", bomb), ("a wrong sum", damaged)] {
        let reading = step.open(&raw(200, body)).reading();
        assert!(matches!(reading, Reading::Unreadable { refresh_token: None, .. }), "{what}");
    }
    // Other bytes may lie within, and only a checksum tells that there are none.
    for (what, body, checked) in [
        ("gzip", gzip(tokens(good).as_bytes()), true),
        ("zlib", zlib(tokens(good).as_bytes()), true),
        ("deflate", deflate(tokens(good).as_bytes()), false),
        ("brotli", brotli(tokens(good).as_bytes()), false),
        ("gzip, cut", gzip(&[tokens(good).as_bytes(), &[b' '; 900]].concat())[..130].to_vec(), false),
    ] {
        for (garbled, name) in [(Some(Garbled::Ended), "ended"), (Some(Garbled::Cut), "cut")] {
            let raw = RawAnswer { complete: false, garbled, ..raw(200, body.clone()) };
            let reading = step.open(&raw).reading_after(&sent);
            let good = match &reading {
                Reading::Granted(_) => checked,
                Reading::Unreadable { refresh_token: None, .. } => !checked && name == "ended",
                Reading::Unknown(_) => !checked && name == "cut",
                _ => false,
            };
            assert!(good, "{what}, {name}: {:?}", granted(reading));
        }
    }
    // Only under a status of success.
    for status in [400, 404, 302, 500] {
        assert!(!matches!(
            step.open(&raw(status, gzip(tokens(good).as_bytes()))).reading(),
            Reading::Granted(_)
        ));
    }
}

#[test]
fn a_vendor_that_renews_the_access_token_by_itself_may_give_the_same() {
    let text = "renews_with = 'access_token'\n[exchanges.refresh.request]\nurl = 'https://a.example/t'\n\
        form.t = '{{ access_token }}'\n[exchanges.refresh.answer]\naccess_token = '/t'\n";
    let dialect: Dialect = toml::from_str(text).expect("a dialect");
    let sent = Sent { refresh_token: Some("at"), secrets: &[], ..Sent::default() };
    let raw = raw(200, br#"{"t":"at"}"#.to_vec());
    assert!(matches!(dialect.refresh().last().open(&raw).reading_after(&sent), Reading::Granted(_)));
}

#[test]
fn refusals_are_read_through_the_ladder_too() {
    let dialect = dialect(&format!("{}\nwords = ['/error']", PLACES[0].0));
    let step = dialect.refresh().last();
    let refused = r#"{"error":"invalid_grant"}"#;
    let mut wrong = Vec::new();
    for (what, carry, _) in TRANSPORTS {
        for (junk, spoil, _) in JUNK {
            for status in [200, 400] {
                let (body, coding) = carry(&spoil(refused));
                let mut raw = raw(status, body);
                raw.headers.push(("content-encoding".into(), coding.into()));
                match step.open(&raw).reading() {
                    Reading::Refused { verdict, evidence, words, .. } => {
                        let found = (verdict, evidence, words.as_deref());
                        let wanted = (RefusalKind::LoginRequired, Evidence::Words, Some("invalid_grant"));
                        assert_eq!(found, wanted, "{what}, {junk}, {status}");
                    }
                    other => wrong.push(format!("{what}, {junk}, {status}: {:?}", granted(other))),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} {:#?}", wrong.len(), &wrong[..wrong.len().min(40)]);
}

#[test]
fn a_page_is_no_evidence_and_a_bare_status_is_what_the_dialect_says() {
    use RefusalKind::{ClientRejected, RateLimited, RequestRejected, Unavailable};
    let dialect = dialect(PLACES[0].0);
    let step = dialect.refresh().last();
    let page = "<!doctype html><title>Just a moment...</title>";
    for (status, body, wanted) in [
        (401, page.into(), Unavailable),
        (401, gzip(page.as_bytes()), Unavailable),
        (401, utf16(page, false), Unavailable),
        (403, page.into(), Unavailable),
        (302, page.into(), Unavailable),
        (429, page.into(), RateLimited),
        (401, Vec::new(), ClientRejected),
        (401, br#"{"error":""}"#.to_vec(), ClientRejected),
        (401, br#"{"message":"no"}"#.to_vec(), ClientRejected),
        (401, b"no".to_vec(), ClientRejected),
        (403, Vec::new(), RequestRejected),
    ] {
        match step.open(&raw(status, body)).reading() {
            Reading::Refused { verdict, evidence, .. } => {
                let by = if wanted == Unavailable { Evidence::Nothing } else { Evidence::Status };
                assert_eq!((verdict, evidence), (wanted, by), "{status}");
            }
            _ => panic!("{status}"),
        }
    }
    assert!(matches!(step.open(&raw(408, page.into())).reading(), Reading::Unknown(_)));
}
