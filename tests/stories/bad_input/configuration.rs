//! Entries 1 to 18: profiles.toml, its place, and the files that it names.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::process::{Child, Command};
use std::time::Instant;

use super::{STRANGER, all_are_wrong, mode, opened, waiting, with};
use crate::configuration::GOOD;
use crate::sequence::wait_for;
use crate::shim::{Shim, hosts, is_root, passwd};
use crate::stand_in::{Fault, Options, StandIn, Tls, Vendor};
use crate::world::{CANARY, Ended, On, World, entry, walk};

#[test]
fn b01_what_is_no_plain_file_is_refused_without_waiting() {
    let world = World::on(On::File);
    let path = world.path().join("profiles.toml");
    // A run that waited would never end.
    let refused = |words: &str| world.run(&["token"]).exits(3).says(words);
    for device in ["/dev/null", "/dev/zero", "/dev/full"] {
        world.run(&["token", "--config", device]).exits(3).says("is not a file");
    }
    let _listening = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    refused("is not a file");
    fs::remove_file(&path).expect("removed");
    // Sparse: 100 MB are refused before they are read.
    fs::File::create(&path).and_then(|file| file.set_len(100 << 20)).expect("made");
    mode(&path, 0o600);
    refused("larger than 16 MiB");
    fs::remove_file(&path).expect("removed");
    symlink("profiles.toml", &path).expect("linked");
    refused("cannot read");
    let below = path.join("x").display().to_string();
    fs::remove_file(&path).expect("removed");
    world.write("profiles.toml", GOOD);
    world.run(&["token", "--config", &below]).exits(3).says("not a directory");
    symlink("nowhere", world.path().join("dangling")).expect("linked");
    world.run(&["token", "--config", "dangling"]).exits(3).says("there is no dangling");
    world.write("profiles.toml", "# only words\n");
    world.run(&["token"]).exits(3).says("names no profile");
    assert!(!world.state().exists());
}

#[test]
fn b02_bytes_that_are_no_text_are_named_by_their_place() {
    let world = World::on(On::File);
    let path = world.path().join("profiles.toml");
    for (bytes, words) in [
        (b"\xff\xfe[\0p\0".to_vec(), "is not UTF-8"),
        ([GOOD.as_bytes(), b"# \xe9t\xe9\n"].concat(), "is not UTF-8"),
        ([GOOD.as_bytes(), b"\0"].concat(), "profiles.toml:7:"),
        (GOOD.replace("\"id\"", "\"i\0d\"").into_bytes(), "profiles.toml:4:"),
        (GOOD.replace("id\"", "id\"\r").into_bytes(), ""),
        (GOOD.replace('\n', "\r").into_bytes(), "profiles.toml:1:"),
        (format!("{GOOD}\u{feff}").into_bytes(), "profiles.toml:7:"),
    ] {
        fs::write(&path, &bytes).expect("written");
        let ended = world.run(&["config", "check"]);
        if words.is_empty() {
            ended.succeeds()
        } else {
            ended.exits(3).says(words)
        };
    }
}

#[test]
fn b03_a_key_stands_once_and_is_known() {
    all_are_wrong(&[
        (with("client_id = \"canary\""), "profiles.toml:7:1: duplicate key"),
        (with("[profiles.a]"), "profiles.toml:7:"),
        (with("profiles.a.x = 1"), "profiles.toml:7:"),
        (with("refesh_token = \"rt-canary\""), "profiles.toml:7:1: `profiles.a.refesh_token`: unknown key"),
        (with("refresh_token = \"rt-canary\""), "`profiles.a.refresh_token`: unknown key"),
        (with("tls = { insecur = true }"), "did you mean `insecure`?"),
        (with("[profile.b]\ndialect = \"fbox\""), "`profile`: unknown key, did you mean `profiles`?"),
        (with("[stores.x]\nkind = \"file\"\nkye = { env = \"K\" }"), "did you mean `key`?"),
        (with("[stores.x]\nkind = \"cloud\""), "profiles.toml:8:1"),
    ]);
    let world = World::on(On::File);
    world.write("profiles.toml", &format!("dialect_files = [\"d.toml\", \"d.toml\"]\n{GOOD}"));
    world.write("d.toml", "[dialects.x]\nextends = \"oauth2\"\n");
    world.run(&["config", "check"]).exits(3).says("`dialects.x`");
    world.write("profiles.toml", &format!("dialect_files = [\"d.toml\"]\n{GOOD}"));
    world.run(&["config", "check"]).succeeds();
    world.write("d.toml", "default_profile = \"a\"\n");
    world.run(&["config", "check"]).exits(3).says("d.toml:1:1: `default_profile`: unknown key");
}

#[test]
fn b04_b05_a_configuration_is_refused_only_when_others_can_write_it() {
    let world = World::on(On::File);
    world.write("profiles.toml", GOOD);
    let path = world.path().join("profiles.toml");
    let check = || world.run(&["config", "check"]);
    // Symlink farms and stores that keep equal files once make hard links: their mode and owner count, not their number.
    fs::hard_link(&path, world.path().join("second")).expect("linked");
    check().succeeds();
    // A link leads to where the file is, and whoever can write there can replace it.
    let farm = world.path().join("farm");
    fs::create_dir(&farm).expect("made");
    fs::rename(&path, farm.join("real.toml")).expect("moved");
    symlink("hop.toml", &path).expect("linked");
    symlink("farm/real.toml", world.path().join("hop.toml")).expect("linked");
    check().succeeds();
    mode(&farm, 0o777);
    check().exits(3).says("others can write the directory of").says("chmod o-w");
    mode(&farm, 0o755);
    mode(&farm.join("real.toml"), 0o620);
    check().exits(3).says("others can write").says("(mode 620)").says("chmod go-w");
    mode(&farm.join("real.toml"), 0o604);
    check().succeeds();
    world.write("d.toml", "[dialects.x]\nextends = \"oauth2\"\n");
    world.write("farm/real.toml", &format!("dialect_files = [\"d.toml\"]\n{GOOD}"));
    mode(&world.path().join("d.toml"), 0o666);
    check().exits(3).says("profiles.toml:1:18: `dialect_files.1`: others can write");
    if is_root() {
        mode(&world.path().join("d.toml"), 0o600);
        for (place, words) in [
            (farm.clone(), "the directory of "),
            (farm.join("real.toml"), "belongs to another user (uid 12345)"),
            (world.path().join("d.toml"), "`dialect_files.1`"),
        ] {
            check().succeeds();
            chown(&place, Some(STRANGER), None).expect("root may");
            check().exits(3).says(words).says("belongs to another user");
            chown(&place, Some(0), None).expect("root may");
        }
        std::os::unix::fs::lchown(&path, Some(STRANGER), None).expect("root may");
        check().exits(3).says("belongs to another user");
    }
}

#[test]
fn b04_b05_a_configuration_may_belong_to_root() {
    let mut world = World::on(On::File);
    world.write("profiles.toml", GOOD);
    let shim = Shim::build(&world);
    shim.user(&mut world, STRANGER);
    let checked = world.run(&["config", "check"]);
    if is_root() {
        checked.succeeds()
    } else {
        checked.exits(3).says("belongs to another user")
    };
}

/// Names that no profile, account or store may have, as TOML writes them.
const BAD_NAMES: [&str; 15] = [
    "",
    "..",
    ".",
    "a/b",
    "-x",
    "_x",
    ".x",
    "a b",
    " a",
    "\u{430}bc",
    "\u{e9}",
    "e\u{301}",
    "a\\nb",
    "a\\u0000b",
    "a\\u001b[2J",
];

#[test]
fn b06_profile_names() {
    let long = "x".repeat(300);
    for name in BAD_NAMES.into_iter().chain([long.as_str()]) {
        all_are_wrong(&[
            (format!("{GOOD}[profiles.\"{name}\"]\ndialect = \"fbox\"\n"), "profiles.toml:7:"),
            (
                with(&format!("account = \"{name}\"")),
                "profiles.toml:7:1: `profiles.a.account`: a name is 1 to 64",
            ),
            (format!("{GOOD}[stores.\"{name}\"]\nkind = \"file\"\n"), "profiles.toml:7:"),
        ]);
        let world = World::on(On::File);
        world.write("profiles.toml", GOOD);
        if !name.contains('\\') {
            let error = world.run(&["token", "--json", &format!("--profile={name}")]).exits(3).error();
            assert_eq!((error["code"].as_str(), error["profile"].as_str()), (Some("unknown_profile"), None));
        }
    }
    all_are_wrong(&[(
        format!("{GOOD}[profiles.A]\ndialect = \"fbox\"\n"),
        "profiles.toml:1:11: `profiles.a`: differs from `A` only in upper and lower case",
    )]);
    // Reserved on Windows; no file is named after it.
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.give_secrets(&vendor);
    world.add(&entry(&vendor, "CON", On::File));
    world.run_with(&["import"], &vendor.login().refresh_token).succeeds();
    world.run(&["token"]).succeeds();
    let mut files = Vec::new();
    walk(&world.state(), &mut files);
    assert!(files.iter().all(|path| !path.display().to_string().contains("CON")), "{files:?}");
}

#[test]
fn b06_names_that_are_not_utf_8() {
    use std::os::unix::ffi::OsStrExt as _;
    let world = World::on(On::File);
    world.write("profiles.toml", GOOD);
    let odd = std::ffi::OsStr::from_bytes(b"a\xff");
    let mut command = world.command(&["token"]);
    command.env("TOKCLI_PROFILE", odd);
    world.end(command, &["token"], "").exits(3).says("`TOKCLI_PROFILE` is not UTF-8");
    let mut command = world.command(&["token", "-p"]);
    command.arg(odd);
    world.end(command, &["token", "-p"], "").exits(2).says("UTF-8");
    let mut command = world.command(&["token"]);
    command.env("TOKCLI_CONFIG", odd);
    world.end(command, &["token"], "").exits(3).says("there is no a");
}

#[test]
fn b07_addresses() {
    let at = |address: &str| GOOD.replace("https://a.example", address);
    let rows = [
        ("http://a.example", "`http://` sends secrets in the clear"),
        ("HTTP://a.example", "`http://` sends secrets in the clear"),
        ("http://127.0.0.1.evil.tld", "`http://` sends secrets in the clear"),
        ("http://localhost.evil", "`http://` sends secrets in the clear"),
        ("http://localhost.", "`http://` sends secrets in the clear"),
        ("http://[::ffff:10.0.0.1]", "`http://` sends secrets in the clear"),
        ("http://134744072", "`http://` sends secrets in the clear"),
        ("http://0.0.0.0", "`http://` sends secrets in the clear"),
        ("ftp://a.example", "begins with `https://`"),
        ("file:///etc/passwd", "begins with `https://`"),
        ("a.example", "this is not an address"),
        ("https://", "this is not an address"),
        ("https://?x", "this is not an address"),
        ("https://u:canary@a.example", "must not contain a login"),
        ("https://canary@a.example", "must not contain a login"),
        ("https://a.example/#canary", "must not have a fragment"),
        ("https://a.example?x=canary", "must not have a query"),
        ("https://a.example:0", "port 0"),
        ("https://a.example:99999", "this is not an address"),
        ("https://a canary.example", "must not contain spaces"),
        ("https://a.example/\\n", "must not contain spaces or control characters"),
        ("https://a%00.example", "this is not an address"),
        ("https://a%2fb.example", "this is not an address"),
        ("", "this is not an address"),
    ];
    let place = |words: &str| format!("profiles.toml:3:1: `profiles.a.base_url`: {words}");
    let world = World::on(On::File);
    for (address, words) in rows {
        world.write("profiles.toml", &at(address));
        let said = world.run(&["config", "check"]).exits(3).says(words).says(&place("")).stderr;
        assert!(!said.contains("a.example"), "{said}");
        if !words.contains("query") && !address.is_empty() && !address.contains('\\') {
            world.write(
                "profiles.toml",
                &at("https://b.example")
                    .replace("client_id", &format!("token_url = \"{address}\"\nclient_id")),
            );
            world
                .run(&["config", "check"])
                .exits(3)
                .says(words)
                .says("profiles.toml:4:1: `profiles.a.token_url`");
        }
    }
    for (address, origin) in [
        ("https://127.0.0.1.evil.tld", "https://127.0.0.1.evil.tld/"),
        ("https://a.example.", "https://a.example./"),
        ("HTTPS://A.Example:443", "https://a.example/"),
        ("https://a.example:65535", "https://a.example:65535/"),
        ("https://m\u{fc}nchen.example", "https://xn--mnchen-3ya.example/"),
        ("http://2130706433:8080", "http://127.0.0.1:8080/"),
        ("http://LOCALHOST:8080", "http://localhost:8080/"),
        ("http://[::1]:8080", "http://[::1]:8080/"),
    ] {
        world.write("profiles.toml", &at(address));
        let shown = world.run(&["refresh", "--dry-run", "--json"]).succeeds().object();
        let url = shown["request"]["url"].as_str().expect("text").to_owned();
        assert!(url.starts_with(origin), "{address}: {url}");
    }
}

#[test]
fn b08_localhost_is_pinned_and_the_resolver_is_not_asked() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    world.change("http://127.0.0.1", "http://localhost");
    world.import(&vendor);
    let asks = |trace: &str| {
        ["/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf", "/hosts\""]
            .iter()
            .any(|file| trace.contains(file))
    };
    let (code, trace) = opened(&world, &["refresh"]);
    assert_eq!(code, Some(0));
    assert!(!asks(&trace), "{trace}");
    // Whatever the hosts file says.
    hosts(&mut world, "192.0.2.1 localhost\n");
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 2);
    let mut elsewhere = World::on(On::File);
    elsewhere.write("profiles.toml", GOOD);
    elsewhere.set("S", "canary");
    elsewhere.run_with(&["import"], "rt-canary").succeeds();
    hosts(&mut elsewhere, "127.0.0.1 a.example\n");
    let (code, trace) = opened(&elsewhere, &["refresh"]);
    assert_eq!(code, Some(5), "nothing listens on 443");
    assert!(asks(&trace), "of any other name the resolver is asked: {trace}");
}

#[test]
fn b10_certificate_files() {
    let vendor =
        StandIn::start_with(Vendor::Fbox, Options { tls: Tls::NamedForLoopback, ..Options::default() });
    let mut world = World::on(On::File);
    world.profile(&vendor);
    world.change(&format!("pin_sha256 = \"{}\"", vendor.fingerprint()), "ca_file = \"ca.pem\"");
    world.import(&vendor);
    let key = rcgen::KeyPair::generate().expect("a key");
    let other = |expired: bool| {
        let mut params = rcgen::CertificateParams::new(vec!["other".to_owned()]).expect("params");
        if expired {
            params.not_after = rcgen::date_time_ymd(2001, 1, 1);
        }
        params.self_signed(&key).expect("signed")
    };
    let refused = |words: &str| {
        world.run(&["refresh"]).exits(3).says(words);
        assert_eq!(vendor.requests().len(), 0, "{words}");
    };
    refused("`tls.ca_file`: cannot read");
    for text in [String::new(), "canary\n".to_owned(), key.serialize_pem()] {
        world.write("ca.pem", &text);
        refused("`tls.ca_file`: ");
    }
    fs::write(world.path().join("ca.pem"), other(false).der()).expect("written");
    refused("holds no certificate in PEM");
    world.write("ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    refused("ca.pem");
    // An expired one vouches for nobody, but is in nobody's way either.
    world.write("ca.pem", &other(true).pem());
    refused("is not trusted");
    world.write("ca.pem", &"#".repeat((1 << 20) + 1));
    refused("not a file of at most");
    fs::remove_file(world.path().join("ca.pem")).expect("removed");
    fs::create_dir(world.path().join("ca.pem")).expect("made");
    refused("not a file of at most");
    fs::remove_dir(world.path().join("ca.pem")).expect("removed");
    let thousand: String = (0..1_000).map(|_| other(false).pem()).collect();
    world.write("ca.pem", &(thousand + &vendor.certificate_pem()));
    world.run(&["refresh"]).succeeds();
    let pin = |digits: &str| with(&format!("tls = {{ pin_sha256 = \"{digits}\" }}"));
    let place = "profiles.toml:7:9: `profiles.a.tls.pin_sha256`: expected 64 hexadecimal digits";
    let rows: Vec<_> =
        [String::new(), "0".repeat(63), "0".repeat(65), "g".repeat(64), ":".repeat(64), "\u{660}".repeat(64)]
            .map(|digits| (pin(&digits), place))
            .into();
    all_are_wrong(&rows);
}

#[test]
fn b11_an_unchecked_certificate_is_loud_and_never_for_all() {
    let vendor = StandIn::start_tls(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.change(&format!("pin_sha256 = \"{}\"", vendor.fingerprint()), "insecure = true");
    for _ in 0..2 {
        world.run(&["refresh"]).succeeds().says("tokcli: warning: `tls.insecure` is set");
    }
    let object = world.run(&["refresh", "--json"]).succeeds().keeps_stderr_empty().object();
    assert!(object["warnings"][0].as_str().expect("text").contains("`tls.insecure` is set"), "{object}");
    all_are_wrong(&[
        (format!("insecure = true\n{GOOD}"), "profiles.toml:1:1: `insecure`: unknown key"),
        (format!("tls = {{ insecure = true }}\n{GOOD}"), "profiles.toml:1:1: `tls`: unknown key"),
        (with("insecure = true"), "profiles.toml:7:1: `profiles.a.insecure`: unknown key"),
        (with("tls = { insecure = \"yes\" }"), "`profiles.a.tls.insecure`: expected a boolean"),
        (with("[stores.x]\nkind = \"file\"\ninsecure = true"), "`stores.x.insecure`: unknown key"),
    ]);
}

#[test]
fn b12_durations() {
    let keys = ["timeout", "min_ttl", "access_lifetime"];
    let rows: Vec<_> = keys
        .into_iter()
        .flat_map(|key| {
            [
                "0",
                "90",
                "-90",
                "1e18",
                "nan",
                "inf",
                "true",
                "[]",
                "\"0s\"",
                "\"90\"",
                "\"-90s\"",
                "\"1e18s\"",
                "\"NaN\"",
                "\"90 s\"",
                "\"1.5h\"",
                "\"\"",
                "\"s\"",
                "\"90S\"",
                "\"999999999999999999d\"",
            ]
            .map(|value| (with(&format!("{key} = {value}")), key))
        })
        .collect();
    all_are_wrong(&rows);
    for (value, words) in [
        ("90", "expected a number and a unit, such as `90s`, `15m`, `2h` or `30d`, in quotes"),
        ("\"0s\"", "must be longer than zero"),
        ("\"1000000000d\"", "a duration of more than a hundred years"),
    ] {
        let place = format!("profiles.toml:7:1: `profiles.a.timeout`: {words}");
        all_are_wrong(&[(with(&format!("timeout = {value}")), &place)]);
    }
    let world = World::on(On::File);
    world.write("profiles.toml", &with("timeout = \"90s\"\nmin_ttl = \"1s\"\naccess_lifetime = \"36600d\""));
    world.run(&["config", "check"]).succeeds();
    for flag in ["--deadline", "--min-ttl"] {
        for value in ["", "90", "-1s", "1e18s", "NaN", "1.5h", "999999999999999999d", "s", "90 s"] {
            world.run(&["token", &format!("{flag}={value}")]).exits(2).says(flag);
        }
    }
}

#[test]
fn b13_profiles_of_one_account_share_one_lock() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.add(&entry(&vendor, "twin", On::File));
    world.add("account = \"fbox\"");
    let latch = vendor.hold(1);
    let first = world.spawn(&["token", "-p", "fbox"]);
    wait_for(|| vendor.requests().len() == 1);
    let both = [first, world.queue(&["token", "-p", "twin"], "")];
    latch.open();
    let ended = both.map(|child| {
        let output = child.wait_with_output().expect("it ends");
        Ended::of("token", output, Instant::now()).succeeds().keeps_stderr_empty().stdout
    });
    let token = format!("{}\n", vendor.current().access_token);
    assert_eq!(ended, [token.clone(), token]);
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn b14_where_the_values_of_an_answer_stand() {
    let dialect = |lines: &str| {
        format!("{}[dialects.mine]\nextends = \"oauth2\"\n{lines}\n", GOOD.replace("\"fbox\"", "\"mine\""))
    };
    let at = |key: &str, pointer: &str| dialect(&format!("exchanges.refresh.answer.{key} = \"{pointer}\""));
    all_are_wrong(&[
        (GOOD.replace("\"fbox\"", "\"nobody\""), "profiles.toml:2:1: `profiles.a.dialect`: no such dialect"),
        (
            at("access_token", "access_token"),
            "profiles.toml:9:26: `dialects.mine.exchanges.refresh.answer.access_token`: a JSON Pointer begins with `/`",
        ),
        (at("access_token", ""), "begins with `/`"),
        (at("access_token", "#/a"), "begins with `/`"),
        (at("access_token", "/a~2b"), "`~` is written `~0`"),
        (at("access_token", "/a~"), "`~` is written `~0`"),
        (
            at("access_token", "/refresh_token"),
            "profiles.toml:9:26: `dialects.mine.exchanges.refresh.answer.access_token`: `refresh_token` points to the place of `access_token`",
        ),
        (at("scope", "/refresh_token"), "answer.scope`: `scope` points to the place of `refresh_token`"),
        (
            at("token_type", "/access_token"),
            "answer.token_type`: `token_type` points to the place of `access_token`",
        ),
        (
            dialect("exchanges.refresh.answer.access_token = 7"),
            "answer.access_token`: expected a place: a JSON Pointer",
        ),
    ]);
    // `~0`, `~1` and places in a list are found; a place that no answer has is an answer without a token.
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    world.add(
        "[dialects.mine]\nextends = \"oauth2\"\nexchanges.refresh.answer.access_token = \"/x~0y/0/a~1b\"",
    );
    world.change("dialect = \"oauth2\"", "dialect = \"mine\"");
    world.import(&vendor);
    vendor.misbehave(Fault::edit(|mut answer| {
        answer["x~y"] = serde_json::json!([{ "a/b": answer["access_token"] }]);
        answer
    }));
    world.run(&["refresh"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
    let error = world.run(&["refresh", "--json"]).exits(8).error();
    assert_eq!(error["code"], "unreadable_answer");
    world.change("/x~0y/0/a~1b", "/access_token");
    world.run(&["token"]).succeeds();
    assert!(vendor.reused().is_empty());
}

/// Whatever a template language, a shell, a URL, a form or JSON could trip over.
const NASTY: &str = "canary&=+%41%#\"\\'`$x;{{ 7*7 }}{% raw %}<>|^?/@,:";

#[test]
fn b15_what_is_put_into_a_request_arrives_as_it_is() {
    for kind in Vendor::ALL {
        let options = Options { secret_word: NASTY.to_owned(), ..Options::default() };
        let tls = if kind == Vendor::VeeamAzure { Tls::SelfSigned } else { Tls::None };
        let vendor = StandIn::start_with(kind, Options { tls, ..options });
        let world = World::with(On::File, &vendor);
        // The stand-in compares every value with what it gave.
        for _ in 0..2 {
            world.run(&["refresh", "--json"]).succeeds();
        }
        let shown = world.run(&["refresh", "--dry-run"]).succeeds().stdout;
        assert!(!shown.contains(CANARY), "{shown}");
    }
    for method in ["client_secret_basic", "client_secret_post"] {
        let client_secret = format!("{NASTY}\nsecond line\t\u{e9}");
        let options = Options { client_secret, oauth2_auth: method, ..Options::default() };
        let vendor = StandIn::start_with(Vendor::OAuth2, options);
        let mut world = World::on(On::File);
        world.profile(&vendor);
        world.add(&format!("client_auth = \"{method}\""));
        world.import(&vendor);
        world.run(&["refresh"]).succeeds();
    }
}

#[test]
fn b15_what_a_header_cannot_carry_is_not_sent() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    world.add("params = { pin = { env = \"PIN\" } }");
    world.change("dialect = \"oauth2\"", "dialect = \"mine\"");
    world.add("[dialects.mine]\nextends = \"oauth2\"\nparams.pin = { secret = true }");
    world.add("exchanges.refresh.request.headers.X-Pin = \"{{ params.pin }}\"");
    world.import(&vendor);
    for odd in ["canary\r\nX-Other: 1", "canary\n\n", "canary\u{1b}", "canary\u{7f}"] {
        world.set("PIN", odd);
        world.run(&["refresh"]).exits(3).says("the value of header `X-Pin` contains a control character");
    }
    assert_eq!(vendor.requests().len(), 0);
    // The stand-in allows its own secrets in no header of another name.
    let pin = NASTY.replace(CANARY, "");
    world.set("PIN", &pin);
    world.run(&["refresh"]).succeeds();
    assert!(vendor.requests()[0].headers.contains(&("X-Pin".to_owned(), pin)));
}

#[test]
fn b16_scopes() {
    all_are_wrong(&[
        (
            with("scope = \"\""),
            "profiles.toml:7:1: `profiles.a.scope`: is empty or contains a control character",
        ),
        (with("scope = \"a\\nb\""), "`profiles.a.scope`: is empty or contains a control character"),
        (with("scope = \"a\\u0000\""), "`profiles.a.scope`: is empty or contains a control character"),
        (with("scope = \"a\\u009b\""), "`profiles.a.scope`: is empty or contains a control character"),
        (with("scope = [\"a\", \"b\"]"), "`profiles.a.scope`: expected a string"),
    ]);
    // Twice the same is the vendor's to judge, and reaches it so.
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    world.add("scope = \"a b a\"");
    world.import(&vendor);
    world.run(&["refresh"]).succeeds();
    let sent = String::from_utf8_lossy(&vendor.requests()[0].body).into_owned();
    assert!(
        sent.contains("scope=a+b+a") || sent.contains("scope=a%20b%20a"),
        "{}",
        sent.replace(CANARY, "***")
    );
}

#[test]
fn b17_an_address_that_changes_while_a_run_waits_gets_nothing() {
    let (old, new) = (StandIn::start(Vendor::Fbox), StandIn::start(Vendor::Fbox));
    new.expect_unused();
    let mut world = World::with(On::File, &old);
    let (held, child) = waiting(&world);
    world.change(&old.origin(), &new.origin());
    drop(held);
    let output = child.wait_with_output().expect("it ends");
    // What it read at its start is what it does: the old address, to which the credential is bound.
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), old.current().access_token);
    assert_eq!((old.requests().len(), new.requests().len()), (1, 0));
    world.run(&["token"]).exits(3).says(&old.origin()).says(&new.origin()).says("tokcli rebind");
    assert_eq!((old.requests().len(), new.requests().len()), (1, 0));
}

#[test]
fn b17_a_credential_that_is_bound_anew_while_a_run_waits_goes_nowhere() {
    let (old, new) = (StandIn::start(Vendor::Fbox), StandIn::start(Vendor::Fbox));
    old.expect_unused();
    new.expect_unused();
    let mut world = World::with(On::File, &old);
    let (held, child) = waiting(&world);
    send(&child, "STOP");
    world.change(&old.origin(), &new.origin());
    drop(held);
    world.run(&["rebind", "--yes"]).succeeds();
    send(&child, "CONT");
    let output = child.wait_with_output().expect("it ends");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{words}");
    assert!(words.contains("tokcli rebind") && output.stdout.is_empty(), "{words}");
    assert_eq!((old.requests().len(), new.requests().len()), (0, 0));
}

fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

#[test]
fn b18_paths_and_the_home_directory() {
    let mut world = World::on(On::File);
    all_are_wrong(&[
        (
            with("tls = { ca_file = \"~root/ca.pem\" }"),
            "profiles.toml:7:9: `profiles.a.tls.ca_file`: `~user` is not supported, only `~/`",
        ),
        (
            format!("dialect_files = [\"~root/x\"]\n{GOOD}"),
            "profiles.toml:1:18: `dialect_files.1`: `~user` is not supported",
        ),
        (
            with("[stores.file]\nkind = \"file\"\nkey = { file = \"~root/x\" }"),
            "`stores.file.key`: `~user` is not supported",
        ),
    ]);
    // Relative to the file, wherever the run stands; `~/` is the home.
    fs::create_dir_all(world.path().join("home/sub")).expect("made");
    world.write("home/sub/d.toml", "[dialects.x]\nextends = \"oauth2\"\n");
    world.write(
        "home/sub/profiles.toml",
        &format!("dialect_files = [\"d.toml\", \"../sub/e.toml\", \"~/f.toml\"]\n{GOOD}"),
    );
    world.write("home/sub/e.toml", "[dialects.y]\nextends = \"x\"\n");
    world.write("home/f.toml", "[dialects.z]\nextends = \"y\"\n");
    let home = world.path().join("home").display().to_string();
    world.set("HOME", &home);
    world.run(&["config", "check", "--config", "home/sub/profiles.toml"]).succeeds();
    // A home that is none is not believed: the passwd entry's is.
    passwd(&mut world, &format!("me:x:{}:0::{home}:/bin/sh\n", crate::shim::own_uid()));
    for odd in ["", "home", "."] {
        world.set("HOME", odd);
        world.run(&["config", "check", "--config", "home/sub/profiles.toml"]).succeeds();
    }
    // Where the configuration is looked for.
    world.set("TOKCLI_CONFIG", "");
    for (odd, code, path) in [
        ("", 0, format!("{home}/.config/tokcli/profiles.toml\n")),
        ("/", 0, "/.config/tokcli/profiles.toml\n".to_owned()),
        ("home", 3, String::new()),
        (".", 3, String::new()),
    ] {
        let mut command = world.command(&["config", "path"]);
        if odd.is_empty() {
            command.env_remove("HOME")
        } else {
            command.env("HOME", odd)
        };
        let ended = world.end(command, &["config", "path"], "").exits(code).prints(&path);
        if code == 3 {
            ended.says("there is no configuration directory").says("--config FILE");
        }
    }
}

#[test]
fn b18_the_state_directory_follows_the_passwd_entry_and_nothing_else() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let token = vendor.login().refresh_token;
    let uid = crate::shim::own_uid();
    let home = world.path().join("passwd-home");
    fs::create_dir(&home).expect("made");
    let state = world.state().display().to_string();
    world.set("TOKCLI_STATE_DIR", "");
    let words = "this user has no home directory to keep a journal in";
    for text in [
        "other:x:54321:0::/home/other:/bin/sh\n".to_owned(),
        format!("me:x:{uid}:0::relative:/bin/sh\n"),
        format!("me:x:{uid}:0:::/bin/sh\n"),
        String::new(),
    ] {
        passwd(&mut world, &text);
        let ended = world.run_with(&["import"], &token).exits(3);
        ended.says(words).says("TOKCLI_STATE_DIR");
        world.run(&["token"]).exits(3).says(words);
    }
    world.set("TOKCLI_STATE_DIR", &state);
    world.run_with(&["import"], &token).succeeds();
    for relative in ["state", "./state", "~/state"] {
        world.set("TOKCLI_STATE_DIR", relative);
        world.run(&["token"]).exits(3).says("must be an absolute path");
    }
    // Whatever `HOME` and `XDG_*` say: two runs of one user must find the same lock.
    world.set("TOKCLI_STATE_DIR", "");
    world.set("XDG_STATE_HOME", "/nowhere");
    passwd(&mut world, &format!("me:x:{uid}:0::{}:/bin/sh\n", home.display()));
    for (elsewhere, code) in [("/", 4), ("relative", 4), ("/home/other", 4)] {
        world.set("HOME", elsewhere);
        world.run(&["token"]).exits(code);
    }
    world.run_with(&["import"], &token).succeeds();
    assert!(home.join(".local/state/tokcli/journal").is_dir());
    assert!(!world.path().join("relative").exists());
}
