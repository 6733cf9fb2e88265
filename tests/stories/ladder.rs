//! Answers that transport and habit have changed on their way, over the wire: the token is granted after one request,
//! a warning names what was odd, and the next run presents the new refresh token. And those that must stay unread:
//! nothing more is sent until somebody insists.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::stand_in::{Act, Fault, Options, StandIn, Tls, Vendor};
use crate::world::{On, World};

/// How the body is framed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Frame {
    Length,
    Chunks,
    /// The end of the connection ends it.
    Close,
    TooLong,
    NoLastChunk,
    /// The connection ends without a word.
    Unended,
}
use Frame::{Chunks, Close, Length, NoLastChunk, TooLong, Unended};

fn told(frame: Frame, headers: &str, body: &[u8]) -> Vec<Act> {
    let length = body.len() + if frame == TooLong { 100 } else { 0 };
    let framing = match frame {
        Length | TooLong => format!("Content-Length: {length}\r\n"),
        Chunks | NoLastChunk => "Transfer-Encoding: chunked\r\n".to_owned(),
        Close | Unended => String::new(),
    };
    let mut bytes = format!("HTTP/1.1 200 OK\r\n{headers}{framing}\r\n").into_bytes();
    match frame {
        Chunks | NoLastChunk => {
            let last: &[u8] = if frame == Chunks { b"0\r\n\r\n" } else { b"" };
            bytes.extend([format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n", last].concat());
        }
        _ => bytes.extend(body),
    }
    let mut acts = vec![Act::Send(bytes)];
    acts.extend((frame == Unended).then_some(Act::Drop));
    acts
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    to.write_all(bytes).expect("written");
    to.finish().expect("finished")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    to.write_all(bytes).expect("written");
    to.finish().expect("finished")
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    to.write_all(bytes).expect("written");
    to.finish().expect("finished")
}

/// One meta-block that is not compressed (RFC 7932 section 9).
fn brotli(bytes: &[u8]) -> Vec<u8> {
    let head = (u32::try_from(bytes.len() - 1).expect("short") << 4) | (1 << 20);
    [&head.to_le_bytes()[..3], bytes, b"\x03"].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Behind its first bracket.
fn first(text: &str, member: &[u8]) -> Vec<u8> {
    [b"{", member, b",", &text.as_bytes()[1..]].concat()
}

/// Before its last bracket.
fn last(text: &str, member: &[u8]) -> Vec<u8> {
    [&text.as_bytes()[..text.len() - 1], b",", member, b"}"].concat()
}

/// What it is called, its headers, what is done to the vendor's own text, and a part of the warning.
type Row = (&'static str, &'static str, fn(&str) -> Vec<u8>, &'static str);

const GZIP: &str = "Content-Encoding: gzip\r\n";

const TRANSPORTS: [Row; 16] = [
    ("as it should be", "", |text| text.into(), ""),
    ("a page by its type", "Content-Type: text/html\r\n", |text| text.into(), ""),
    ("said, but not done", GZIP, |text| text.into(), ""),
    ("gzip", GZIP, |text| gzip(text.as_bytes()), "as gzip"),
    ("gzip, unsaid", "", |text| gzip(text.as_bytes()), "as gzip"),
    (
        "gzip in gzip",
        "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
        |text| gzip(&gzip(text.as_bytes())),
        "as gzip",
    ),
    ("zlib", "Content-Encoding: deflate\r\n", |text| zlib(text.as_bytes()), "as deflate"),
    ("deflate", "Content-Encoding: deflate\r\n", |text| deflate(text.as_bytes()), "as deflate"),
    ("br", "Content-Encoding: br\r\n", |text| brotli(text.as_bytes()), "as br"),
    ("a mark", "", |text| [b"\xef\xbb\xbf", text.as_bytes()].concat(), "byte order mark"),
    ("UTF-16", "", |text| utf16(&format!("\u{feff}{text}")), "UTF-16"),
    ("UTF-16 without a mark", "Content-Type: application/json; charset=utf-16le\r\n", utf16, "UTF-16"),
    (
        "Latin-1",
        "Content-Type: application/json; charset=iso-8859-1\r\n",
        |text| first(text, b"\"n\":\"caf\xe9\""),
        "not UTF-8",
    ),
    ("Latin-1, unsaid", "", |text| first(text, b"\"n\":\"caf\xe9\""), "not UTF-8"),
    (
        "GBK",
        "Content-Type: application/json; charset=gbk\r\n",
        |text| first(text, b"\"n\":\"\xd6\xd0\x95\x5c\""),
        "not UTF-8",
    ),
    ("gzip of UTF-8 with a mark", GZIP, |text| gzip(format!("\u{feff}{text}").as_bytes()), "byte order mark"),
];

const JUNK: [Row; 26] = [
    ("a lone surrogate", "", |text| first(text, br#""n":"\ud800""#), "half a surrogate pair"),
    ("NaN", "", |text| first(text, b"\"n\":NaN"), "JSON does not know"),
    ("a raw tab", "", |text| first(text, b"\"n\":\"a\tb\""), "control characters"),
    ("a comma at the end", "", |text| text.replace('}', ",}").into(), "a comma too many"),
    ("a comment", "", |text| last(text, b"\n// the \"end\"\n\"n\":1"), "comments"),
    ("single quotes", "", |text| text.replace('"', "'").into(), "quotes of another kind"),
    (
        "names without quotes",
        "",
        |text| text.replace("{\"", "{").replace(",\"", ",").replace("\":", ":").into(),
        "names without quotes",
    ),
    ("a number out of range", "", |text| last(text, b"\"n\":1e999"), "unusual numbers"),
    ("undefined", "", |text| last(text, b"\"n\":undefined"), "JSON does not know"),
    ("an unknown escape", "", |text| last(text, br#""n":"C:\Windows""#), "unknown escapes"),
    ("quotes in a string", "", |text| first(text, br#""n":"say "hi" to""#), "cannot be read"),
    ("a name twice", "", |text| last(text, &text.as_bytes()[1..text.len() - 1]), "a name twice"),
    ("a comma too few", "", |text| text.replacen(",\"", " \"", 1).into(), "a comma too few"),
    (
        "a notice before",
        "",
        |text| {
            format!("<br />\n<b>Notice</b>: Undefined index: {{x}} in <b>/srv/a.php</b><br />\n{text}").into()
        },
        "other text",
    ),
    ("a notice behind", "", |text| format!("{text}\n<!-- 0.3 s -->").into(), "other text"),
    ("a guard", "", |text| format!(")]}}',\n{text}").into(), "other text"),
    ("an endless guard", "", |text| format!("for(;;);{text}").into(), "other text"),
    ("JSONP", "", |text| format!("/**/cb({text});").into(), "other text"),
    ("in a string", "", |text| Value::from(text).to_string().into(), "in a string"),
    ("a list of one", "", |text| format!("[{text}]").into(), "a list of one"),
    ("a string in a list", "", |text| json!([text]).to_string().into(), "in a string"),
    ("entities", "", |text| text.replace('"', "&quot;").into(), "escaped"),
    ("a NUL behind", "", |text| format!("{text}\0").into(), "unusual blanks"),
    (
        "chunk sizes in it",
        "",
        |text| format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len()).into(),
        "chunk sizes",
    ),
    (
        "a mark, a notice and a comma",
        "",
        |text| format!("\u{feff}hello {}", text.replace('}', ",}")).into(),
        "a comma too many",
    ),
    ("gzip of a guard", GZIP, |text| gzip(format!("while(1);{text}").as_bytes()), "other text"),
];

struct Table {
    vendor: StandIn,
    world: World,
}

impl Table {
    fn of(vendor: StandIn, lines: &str) -> Table {
        let mut world = World::with(On::File, &vendor);
        world.add(lines);
        Table { vendor, world }
    }

    /// One request, a token, a warning; and the next run sends the new refresh token.
    fn is_granted(&self, frame: Frame, (what, headers, spoil, warning): Row) {
        let Table { vendor, world } = self;
        let what = format!("{what}, {frame:?}");
        let before = vendor.requests().len();
        vendor.misbehave(Fault::retell(move |real| told(frame, headers, &spoil(&real.to_string()))));
        let ended = world.run(&["refresh", "--json"]);
        assert_eq!(ended.code, Some(0), "{what}: {ended:#?}");
        assert_eq!(vendor.requests().len(), before + 1, "{what}: one request");
        let object = ended.object();
        assert_eq!(object["access_token"], vendor.current().access_token, "{what}");
        let said = object["warnings"].to_string();
        let whole = [Length, Chunks, Close].contains(&frame);
        assert!(said.contains(warning), "{what}: {said}");
        assert_eq!(said.contains("did not end as HTTP announced"), !whole, "{what}: {said}");
        assert_eq!(said == "[]", warning.is_empty() && whole, "{what}: {said}");
        let wanted = vendor.current().refresh_token;
        world.run(&["refresh"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
        assert_eq!(vendor.requests()[before + 1].presented, Some(wanted), "{what}");
        assert_eq!(vendor.requests().len(), before + 2, "{what}");
    }

    /// It is kept, nothing is sent by itself, and the old token is presented if somebody insists.
    fn is_kept(&self, what: &str, acts: Vec<Act>) {
        let Table { vendor, world } = self;
        let before = vendor.requests().len();
        vendor.misbehave(Fault::Acts(acts));
        let error = world.run(&["refresh", "--json"]).exits(8).error();
        assert_eq!(error["code"], "unreadable_answer", "{what}: {error}");
        world.run(&["refresh"]).exits(8);
        assert_eq!(vendor.requests().len(), before + 1, "{what}: nothing more is sent");
        world.run(&["recover", "-p", vendor.vendor().name()]).succeeds();
        world.run(&["refresh", "--force-replay"]).succeeds();
    }
}

#[test]
fn bytes_that_transport_has_changed_are_read() {
    let table = Table::of(StandIn::start(Vendor::Fbox), "rotation = \"family\"");
    for (at, row) in TRANSPORTS.into_iter().enumerate() {
        table.is_granted([Length, Chunks, Close][at % 3], row);
    }
}

#[test]
fn json_as_people_and_servers_write_it_is_read() {
    let table = Table::of(StandIn::start(Vendor::Fbox), "rotation = \"strict\"");
    for (at, row) in JUNK.into_iter().enumerate() {
        table.is_granted([Length, Close, Chunks][at % 3], row);
    }
}

#[test]
fn json_that_is_closed_excuses_its_frame() {
    let table = Table::of(StandIn::start(Vendor::Fbox), "rotation = \"grace-new\"\ngrace = \"60s\"");
    for frame in [TooLong, NoLastChunk] {
        for row in [TRANSPORTS[0], TRANSPORTS[3], TRANSPORTS[9], JUNK[0], JUNK[13], JUNK[18]] {
            table.is_granted(frame, row);
        }
    }
    let options = Options { tls: Tls::SelfSigned, ..Options::default() };
    let table = Table::of(StandIn::start_with(Vendor::Fbox, options), "");
    for row in [TRANSPORTS[0], TRANSPORTS[4], TRANSPORTS[10], JUNK[3]] {
        table.is_granted(Unended, row);
    }
}

#[test]
fn tokens_within_an_envelope_are_read_alike() {
    let table = Table::of(StandIn::start(Vendor::HuaweiIsales), "");
    for row in [TRANSPORTS[3], TRANSPORTS[9], TRANSPORTS[10], JUNK[0], JUNK[4], JUNK[15], JUNK[18]] {
        table.is_granted(Length, row);
    }
    let table = Table::of(StandIn::start(Vendor::OAuth2), "");
    for row in [TRANSPORTS[4], TRANSPORTS[13], JUNK[1], JUNK[17]] {
        table.is_granted(TooLong, row);
    }
}

#[test]
fn a_form_where_json_is_declared_is_read_if_its_frame_is_whole() {
    let table = Table::of(StandIn::start(Vendor::Fbox), "");
    let form: fn(&str) -> Vec<u8> = |text| {
        let members: serde_json::Map<String, Value> = serde_json::from_str(text).expect("JSON");
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pairs = members.iter().map(|(name, value)| (name.clone(), text(value)));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into()
    };
    table.is_granted(Length, ("a form", "", form, "is a form"));
    let body = b"access_token=at-canary-x&refresh_token=rt-canary-x";
    table.vendor.misbehave(Fault::Acts(told(TooLong, "", body)));
    table.world.run(&["refresh"]).exits(8).says("broke off");
}

#[test]
fn what_is_not_certain_is_kept_and_nothing_more_is_sent() {
    let good = r#"{"access_token":"at-canary-one","refresh_token":"rt-canary-one"}"#;
    let other = good.replace("one", "other");
    let table = Table::of(StandIn::start(Vendor::Fbox), "rotation = \"strict\"");
    let sent = table.vendor.current().refresh_token;
    let bomb = gzip(&[good.as_bytes(), &vec![b' '; 300 << 10]].concat());
    for (what, body) in [
        ("two values", format!("{good}{other}").into_bytes()),
        ("two access tokens", last(good, b"\"access_token\":\"at-canary-other\"")),
        ("half a surrogate pair in a token", good.replace("rt-canary-one", "rt-canary\\ud800").into()),
        ("what was sent", json!({ "refresh_token": sent }).to_string().into()),
        ("what was sent, as an access token", json!({ "access_token": sent }).to_string().into()),
        ("too much", bomb),
        ("cut between the tokens", good[..good.find(",\"re").expect("there")].into()),
        ("within a value that is not closed", format!("{{\"data\":{good},").into()),
        ("an unknown text", "moved".into()),
    ] {
        if what.starts_with("what was sent") {
            let body =
                String::from_utf8(body).expect("text").replace(&sent, &table.vendor.current().refresh_token);
            table.is_kept(what, told(Length, "", body.as_bytes()));
        } else {
            table.is_kept(what, told(Length, "", &body));
        }
    }
}

#[test]
fn refusals_are_read_through_the_ladder_and_a_page_is_none() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let world = World::with(On::File, &vendor);
    let refusal = br#"{"error":"invalid_grant","error_description":"expired"}"#;
    let answer = |status: u16, headers: &[(&str, &str)], body: &[u8]| Fault::Answer {
        status,
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.to_vec(),
    };
    let mark = [b"\xef\xbb\xbf", &refusal[..]].concat();
    let latin = [b"{\"x\":\"caf\xe9\",", &refusal[1..]].concat();
    for (headers, body) in [
        (&[("Content-Encoding", "gzip")][..], gzip(refusal)),
        (&[], gzip(refusal)),
        (&[], mark),
        (&[], latin),
        (&[], [b"Notice: x\n", &refusal[..]].concat()),
    ] {
        for status in [400, 200] {
            vendor.misbehave(answer(status, headers, &body));
            world.run(&["refresh"]).exits(4).says("invalid_grant");
            world.run(&["refresh"]).succeeds();
        }
    }
    let page = b"<html><head><title>403</title></head><body>blocked</body></html>";
    for (status, headers, body) in [
        (401, &[][..], page.to_vec()),
        (403, &[("Content-Encoding", "gzip")][..], gzip(page)),
        (302, &[], page.to_vec()),
    ] {
        vendor.misbehave(answer(status, headers, &body));
        let error = world.run(&["refresh", "--json"]).exits(5).error();
        assert_eq!(error["code"], "unavailable", "{status}");
        world.run_with(&["import", "--replace"], &vendor.login().refresh_token).succeeds();
    }
}

#[test]
fn a_pasted_answer_is_read_by_the_same_ladder() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let import = ["import", "--replace", "--answer", "--obtained-at", "now"];
    for (spoil, warning) in [
        // The mark of a file goes without a word.
        ((|text| format!("\u{feff}{text}")) as fn(&str) -> String, "imported"),
        (|text| format!("Answer: {text}."), "other text"),
        (|text| text.replace('"', "'").replace('}', ",}"), "quotes of another kind"),
    ] {
        let login = vendor.login();
        world.run_with(&import, &spoil(&login.answer.to_string())).succeeds().says(warning);
        world.run(&["token"]).succeeds().prints(&format!("{}\n", login.access_token));
        world.run(&["refresh"]).succeeds();
    }
    world.run_with(&import, "moved").exits(3).says("not JSON");
}
