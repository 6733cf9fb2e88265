//! Clocks that are wrong, expiries in every form, and moments that lie ahead: one request in a token's life,
//! whatever the clocks say.

use std::process::{Child, Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::permits::Permit;
use crate::sequence::wait_for;
use crate::shim::Shim;
use crate::stand_in::{Answer, Fault, Options, Pair, StandIn, Vendor};
use crate::world::{On, World};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

type Reshape = fn(&Pair, Answer) -> Answer;

/// A way in which vendors say when an access token ends, and how a dialect reads it.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    reshape: Reshape,
    answer: &'static str,
}

const KINDS: [Kind; 7] = [
    Kind {
        name: "a life",
        reshape: lasting,
        answer: "access_expires = [{ at = '/expires_in', unit = 'seconds' }]",
    },
    Kind { name: "a JWT", reshape: jwt, answer: "access_expires = []" },
    Kind {
        name: "seconds since 1970",
        reshape: epoch,
        answer: "access_expires = [{ at = '/expires_at', unit = 'epoch_seconds' }]",
    },
    Kind {
        name: "milliseconds since 1970",
        reshape: epoch_ms,
        answer: "access_expires = [{ at = '/expires_at', unit = 'epoch_milliseconds' }]",
    },
    Kind {
        name: "ISO 8601",
        reshape: iso,
        answer: "access_expires = [{ at = '/expires_at', unit = 'iso8601' }]",
    },
    Kind {
        name: "a date of HTTP",
        reshape: http_date,
        answer: "access_expires = [{ header = 'X-Until', unit = 'http_date' }]",
    },
    Kind {
        name: "a cookie",
        reshape: cookie,
        answer: "access_token = { cookie = 'sid' }\naccess_expires = [{ cookie = 'sid', unit = 'cookie_life' }]",
    },
];

fn date_of(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn edited(answer: Answer, edit: impl FnOnce(&mut serde_json::Map<String, Value>)) -> Answer {
    let mut body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    edit(body.as_object_mut().expect("an object"));
    Answer { body: body.to_string().into_bytes(), ..answer }
}

fn dated(answer: Answer) -> Answer {
    answer.with("Date", &date_of(Timestamp::now()))
}

fn lasting(_: &Pair, answer: Answer) -> Answer {
    dated(answer)
}

fn until(pair: &Pair, answer: Answer, expiry: Value) -> Answer {
    edited(dated(answer), |body| {
        body.remove("expires_in");
        if !expiry.is_null() {
            body.insert("expires_at".into(), expiry);
        }
        body.insert("access_token".into(), json!(pair.access));
    })
}

/// Its signature is made of the token that it stands for.
fn as_jwt(pair: &Pair, claims: &Value) -> String {
    format!("e30.{}.{}", BASE64.encode(claims.to_string()), pair.access.replace(['.', '~'], "-"))
}

fn jwt(pair: &Pair, answer: Answer) -> Answer {
    let claims = json!({ "iat": pair.issued.as_second(), "exp": pair.access_dies().as_second() });
    edited(until(pair, answer, Value::Null), |body| {
        body.insert("access_token".into(), json!(as_jwt(pair, &claims)));
    })
}

fn epoch(pair: &Pair, answer: Answer) -> Answer {
    until(pair, answer, json!(pair.access_dies().as_second()))
}

fn epoch_ms(pair: &Pair, answer: Answer) -> Answer {
    until(pair, answer, json!(pair.access_dies().as_millisecond()))
}

fn iso(pair: &Pair, answer: Answer) -> Answer {
    until(pair, answer, json!(pair.access_dies().to_string()))
}

fn http_date(pair: &Pair, answer: Answer) -> Answer {
    until(pair, answer, Value::Null).with("X-Until", &date_of(pair.access_dies()))
}

fn cookie(pair: &Pair, answer: Answer) -> Answer {
    let value = format!("sid={}; Path=/; Expires={}", pair.access, date_of(pair.access_dies()));
    edited(until(pair, answer, Value::Null), |body| drop(body.remove("access_token")))
        .with("Set-Cookie", &value)
}

fn without_date(answer: Answer) -> Answer {
    let mut answer = answer;
    answer.headers.retain(|(name, _)| name != "Date");
    answer
}

/// A vendor that says it so, whose tokens live for so many seconds, and its profile.
fn started(store: On, kind: Kind, life: i64) -> (StandIn, World) {
    let options =
        Options { access_lifetime: life.unsigned_abs(), reshape: Some(kind.reshape), ..Options::default() };
    let vendor = StandIn::start_with(Vendor::OAuth2, options);
    let mut world = World::on(store);
    world.give_secrets(&vendor);
    world.add(&format!(
        "[dialects.own]\nextends = 'oauth2'\n[dialects.own.exchanges.refresh.answer]\n{}\n\
         [profiles.oauth2]\ndialect = 'own'\nstore = '{}'\ntoken_url = '{}'\nclient_id = '{}'\nclient_secret = {{ env = 'OAUTH2_SECRET' }}",
        kind.answer,
        store.word(),
        vendor.token_url(),
        vendor.client_id()
    ));
    world.import(&vendor);
    (vendor, world)
}

fn spawn(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("tokcli runs")
}

/// So many ask at once, and all that they say. One request, one token for all.
#[track_caller]
fn crowd(world: &World, vendor: &StandIn, count: usize, what: &str) -> (String, String) {
    let before = vendor.requests().len();
    let latch = vendor.hold(1);
    let children: Vec<Child> = (0..count).map(|_| spawn(world.command(&["token"]))).collect();
    wait_for(|| vendor.requests().len() > before);
    latch.open();
    let outputs: Vec<Output> =
        children.into_iter().map(|child| child.wait_with_output().expect("it ends")).collect();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said: String = outputs.iter().map(|output| text(&output.stderr)).collect();
    assert!(outputs.iter().all(|output| output.status.success()), "{what}: {said}");
    assert!(outputs.iter().all(|output| output.stdout == outputs[0].stdout), "{what}: one token for all");
    assert_eq!(vendor.requests().len(), before + 1, "{what}: one request in a token's life");
    (text(&outputs[0].stdout), said)
}

/// A clock that is wrong, by so many seconds, and all that is told of it.
fn under(kind: Kind, clock: i64, life: i64, count: usize, shim: &Shim) -> (StandIn, World, String) {
    let (vendor, mut world) = started(On::File, kind, life);
    shim.ahead(&mut world, clock);
    let what = format!("{}, clock {clock} s ahead", kind.name);
    let (token, said) = crowd(&world, &vendor, count, &what);
    world.run(&["token"]).succeeds().prints(&token);
    let object = world.run(&["token", "--json"]).succeeds().object();
    let left = object["expires_in"].as_i64().expect("a number");
    assert!((life - 100..=life).contains(&left), "{what}: {left} of {life} s");
    assert_eq!(vendor.requests().len(), 1, "{what}");
    (vendor, world, said)
}

const CLOCKS: [i64; 7] = [-DAY + MINUTE, -7 * HOUR, -6 * MINUTE, 0, 6 * MINUTE, 7 * HOUR, DAY - MINUTE];

#[test]
fn p1_f56_one_request_in_a_tokens_life_whatever_the_clock_says() {
    let _alone = Permit::of_a_crowd();
    let shims = World::on(On::File);
    let shim = Shim::build(&shims);
    for kind in KINDS {
        for clock in CLOCKS {
            let (vendor, mut world, said) = under(kind, clock, 600, 5, &shim);
            let warned = said.matches("the clock of this machine is").count();
            let wrong = clock != 0 && kind.name != "a life";
            assert_eq!(warned, usize::from(wrong), "{}, {clock}: {said}", kind.name);
            // The clock is set again, right or wrong: within one boot the boot's own counts.
            for jump in [0, 6 * MINUTE, -DAY, 400 * DAY] {
                shim.ahead(&mut world, jump);
                world.run(&["token"]).succeeds();
            }
            assert_eq!(vendor.requests().len(), 1, "{}, {clock}: no jump makes a request", kind.name);
        }
    }
}

/// simplejwt with its five minutes and a clock six minutes ahead; Strava's `expires_at` and one seven hours ahead.
#[test]
fn p1_f56_fifty_callers_make_one_request_under_a_wrong_clock() {
    let _alone = Permit::of_a_crowd();
    let shims = World::on(On::File);
    let shim = Shim::build(&shims);
    let (simplejwt, strava) = (KINDS[1], KINDS[2]);
    under(simplejwt, 6 * MINUTE, 300, 50, &shim);
    under(strava, 7 * HOUR, 6 * HOUR, 50, &shim);
    // Where no date tells, the token's own word does: when it was made, or how long it lives.
    let undated = |pair: &Pair, answer: Answer| without_date(jwt(pair, answer));
    under(Kind { reshape: undated, ..simplejwt }, 6 * MINUTE, 300, 50, &shim);
    let both = |pair: &Pair, answer: Answer| {
        let life = json!(pair.access_lifetime);
        edited(without_date(epoch(pair, answer)), |body| drop(body.insert("expires_in".into(), life)))
    };
    let answer = "access_expires = [{ at = '/expires_at', unit = 'epoch_seconds' }, { at = '/expires_in', unit = 'seconds' }]";
    under(Kind { name: "both", reshape: both, answer }, 7 * HOUR, 6 * HOUR, 5, &shim);
    // And where nothing tells, it is good for five minutes, with a word at each refresh.
    let nothing = |pair: &Pair, answer: Answer| without_date(epoch(pair, answer));
    let (vendor, mut world) = started(On::File, Kind { reshape: nothing, ..strava }, 6 * HOUR);
    shim.ahead(&mut world, 7 * HOUR);
    let (token, said) = crowd(&world, &vendor, 50, "nothing tells");
    assert_eq!(
        said.matches("has already expired; the access token counts as good for 300 s").count(),
        1,
        "{said}"
    );
    world.run(&["token"]).succeeds().prints(&token);
    shim.later(&mut world, 250);
    crowd(&world, &vendor, 5, "the short while is over");
    assert_eq!(vendor.requests().len(), 2);
}

fn with(date: &str, answer: Answer) -> Answer {
    answer.with("Date", date)
}

/// Of a cache, which says so.
fn aged(answer: Answer) -> Answer {
    let then = Timestamp::now() - jiff::SignedDuration::from_hours(2);
    with(&date_of(then), answer).with("Age", "7200")
}

#[test]
fn f56_a_nonsensical_date_makes_nothing_worse() {
    let reshapes: [(usize, Reshape); 10] = [
        (1, |pair, answer| with("Thu, 01 Jan 1970 00:00:00 GMT", jwt(pair, answer))),
        (1, |pair, answer| with("Fri, 01 Jan 2100 00:00:00 GMT", jwt(pair, answer))),
        (1, |pair, answer| with("today", jwt(pair, answer))),
        (1, |pair, answer| with("Thu, 01 May 2025 00:00:00 GMT", jwt(pair, answer))),
        (1, |pair, answer| aged(jwt(pair, answer))),
        (2, |pair, answer| with("Thu, 01 Jan 1970 00:00:00 GMT", epoch(pair, answer))),
        (2, |pair, answer| with("Fri, 01 Jan 2100 00:00:00 GMT", epoch(pair, answer))),
        (2, |pair, answer| with("today", epoch(pair, answer))),
        (2, |pair, answer| with("Thu, 01 May 2025 00:00:00 GMT", epoch(pair, answer))),
        (2, |pair, answer| aged(epoch(pair, answer))),
    ];
    for (number, (kind, reshape)) in reshapes.into_iter().enumerate() {
        let (vendor, world) = started(On::File, Kind { reshape, ..KINDS[kind] }, 600);
        let object = world.run(&["token", "--json"]).succeeds().object();
        let left = object["expires_in"].as_i64().expect("a number");
        assert!((500..=600).contains(&left), "{number}: {left}");
        assert_eq!(object["warnings"], json!([]), "{number}");
        world.run(&["token"]).succeeds();
        assert_eq!(vendor.requests().len(), 1);
    }
}

/// An expiry in the answer's `expires_in`, whatever it is.
fn says(vendor: &StandIn, value: Value) {
    vendor.misbehave(Fault::edit(move |mut answer| {
        answer["expires_in"] = value.clone();
        answer
    }));
}

#[test]
fn b27_an_expiry_that_cannot_be_read_is_short_and_said_each_time() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::with(On::File, &vendor);
    let unreadable = [
        json!("soon"),
        json!(0),
        json!(-1),
        json!("-3600"),
        json!(true),
        json!([]),
        json!(1e30),
        json!("2126-11-28 18:00"),
    ];
    for value in unreadable {
        says(&vendor, value.clone());
        let object = world.run(&["refresh", "--json"]).succeeds().object();
        let left = object["expires_in"].as_i64().expect("a number");
        assert!((250..=300).contains(&left), "{value}: {left}");
        let words =
            "the answer's `/expires_in` is not a usable expiry; the access token counts as good for 300 s";
        assert_eq!(object["warnings"], json!([words]), "{value}");
    }
    // Once more in each short life, and said once more.
    let asked = vendor.requests().len();
    let shim = Shim::build(&world);
    for (round, later) in [(1, 400), (2, 800)] {
        shim.later(&mut world, later);
        says(&vendor, json!("soon"));
        world.run(&["token"]).succeeds().says("not a usable expiry");
        world.run(&["token"]).succeeds().keeps_stderr_empty();
        assert_eq!(vendor.requests().len(), asked + round);
    }
    // The profile's own word comes first.
    world.add("access_lifetime = \"2h\"");
    says(&vendor, json!(0));
    world.run(&["refresh"]).succeeds().says("the access token counts as good for 7200 s");
}

#[test]
fn b27_what_can_be_meant_in_one_way_only_is_read() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let world = World::with(On::File, &vendor);
    let ends = Timestamp::now() + jiff::SignedDuration::from_hours(1);
    for value in [
        json!("3600s"),
        json!(" 3600 "),
        json!("3.6e3"),
        json!([3600]),
        json!("1h"),
        json!("PT1H"),
        json!(ends.to_string()),
        json!(date_of(ends)),
        json!(ends.as_second()),
        json!(ends.as_millisecond().to_string()),
    ] {
        says(&vendor, value.clone());
        let object = world.run(&["refresh", "--json"]).succeeds().object();
        let left = object["expires_in"].as_i64().expect("a number");
        assert!((3_500..=3_600).contains(&left), "{value}: {left}");
        assert_eq!(object["warnings"], json!([]), "{value}");
    }
}

fn status(world: &World) -> Value {
    world.run(&["status", "--json"]).succeeds().object()["profiles"][0].clone()
}

fn bare_jwt(claims: &Value) -> String {
    format!("e30.{}.canary-rt", BASE64.encode(claims.to_string()))
}

#[test]
fn b27_a_refresh_token_that_is_a_jwt_ends_by_its_own_exp_or_never() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let ends = Timestamp::now().as_second() + 30 * DAY;
    let shown = Timestamp::from_second(ends).expect("a time").to_string();
    for (exp, wanted) in [
        (json!(ends), json!(shown)),
        (json!(ends * 1_000), json!(shown)),
        (json!(ends.to_string()), json!(shown)),
        (json!(0), Value::Null),
        (json!(null), Value::Null),
        (json!(-1), Value::Null),
        (json!(7), Value::Null),
        (json!(1e300), Value::Null),
        (json!("never"), Value::Null),
    ] {
        let token = bare_jwt(&json!({ "exp": exp, "jti": exp.to_string() }));
        world.run_with(&["import", "--replace"], &token).succeeds();
        let status = status(&world);
        assert_eq!([&status["refresh_expires_at"], &status["dies_at"]], [&wanted; 2], "{exp}");
    }
}

/// Nobody but the vendor knows whether it is good still.
#[test]
fn b27_an_old_refresh_token_that_is_a_jwt_is_told_and_asked_about_all_the_same() {
    let now = Timestamp::now().as_second();
    let shown = |at: i64| json!(Timestamp::from_second(at).expect("a time").to_string());
    for (kind, claims, ends) in [
        ("sliding", json!({ "exp": now - DAY, "iat": now - 31 * DAY }), Some(now - DAY)),
        ("sliding", json!({ "iat": now - 40 * DAY }), Some(now - 10 * DAY)),
        ("absolute", json!({ "iat": now - 40 * DAY }), Some(now - 10 * DAY)),
        ("sliding", json!({ "exp": now + DAY, "iat": now - 40 * DAY }), None),
        ("sliding", json!({ "iat": now - 20 * DAY }), None),
        // When it was used last nobody knows, and a clock may be wrong.
        ("idle", json!({ "iat": now - 40 * DAY }), None),
        ("sliding", json!({ "iat": now + 40 * DAY }), None),
    ] {
        let vendor = StandIn::start(Vendor::OAuth2);
        let mut world = World::on(On::File);
        world.profile(&vendor);
        world.add(&format!(
            "dialect = 'own'\n[dialects.own]\nextends = 'oauth2'\nrefresh_lifetime = '30d'\nrefresh_lifetime_kind = '{kind}'"
        ));
        world.change("dialect = \"oauth2\"", "#");
        let imported = world.run_with(&["import"], &bare_jwt(&claims)).succeeds();
        let words = "only the vendor can say whether it still works";
        assert_eq!(imported.stderr.contains(words), ends.is_some(), "{claims}: {}", imported.stderr);
        let status = status(&world);
        if let Some(ends) = ends {
            imported.says(&format!("the refresh token ended at {}", shown(ends).as_str().expect("a time")));
            assert_eq!((&status["dies_at"], &status["state"]), (&shown(ends), &json!("expired")), "{claims}");
            let told = world.run(&["doctor", "--json"]).exits(1).object();
            let finding = &told["findings"][0];
            assert_eq!(
                (&finding["check"], &finding["profile"]),
                (&json!("login"), &status["profile"]),
                "{told}"
            );
            assert!(finding["message"].as_str().expect("words").contains("has ended at"), "{told}");
        } else {
            assert_eq!(status["state"], "ready", "{claims}: {status}");
        }
        // The stand-in knows no such token, and is asked.
        world.run(&["token"]).exits(4);
        assert_eq!(vendor.requests().len(), 1, "{claims}");
    }
}

#[test]
fn b27_what_an_answer_says_of_a_refresh_token_that_never_ends() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::with(On::File, &vendor);
    world.add(
        "dialect = 'own'\n[dialects.own]\nextends = 'oauth2'\nrefresh_lifetime = '30d'\n\
         exchanges.refresh.answer.refresh_expires = [{ at = '/refresh_expires_in', unit = 'seconds' }]",
    );
    world.change("dialect = \"oauth2\"", "#");
    for (said, ends, warns) in [
        (json!(1_800), true, false),
        (json!(0), false, false),
        (json!(1_800), true, false),
        (json!(-1), false, false),
        (json!(1_800), true, false),
        (json!("0001-01-01T00:00:00Z"), false, false),
        (json!(null), true, false),
        (json!("soon"), true, true),
    ] {
        let shown = said.clone();
        vendor.misbehave(Fault::edit(move |mut answer| {
            answer["refresh_expires_in"] = said.clone();
            answer
        }));
        let object = world.run(&["refresh", "--json"]).succeeds().object();
        assert_eq!(object["warnings"] != json!([]), warns, "{shown}: {object}");
        assert_eq!(status(&world)["dies_at"].is_string(), ends, "{shown}");
    }
}

#[test]
fn f56_failures_and_waits_of_the_future_bind_nobody() {
    let refused = Fault::json(400, "{}");
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    let shim = Shim::build(&world);
    // Both clocks ran a year ahead, then the machine was put back.
    shim.later(&mut world, 365 * DAY);
    vendor.misbehave(refused);
    world.run(&["refresh"]).exits(3);
    shim.later(&mut world, 0);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 2, "it asks itself");
    for (boot, wall) in [(365 * DAY, 0), (365 * DAY, 365 * DAY)] {
        shim.up_longer(&mut world, boot);
        shim.ahead(&mut world, wall);
        let headers = vec![("Retry-After".to_owned(), "3000".to_owned())];
        vendor.misbehave(Fault::Answer { status: 429, headers, body: Vec::new() });
        world.run(&["refresh"]).exits(5);
        shim.up_longer(&mut world, 0);
        shim.ahead(&mut world, 0);
        let before = vendor.requests().len();
        if wall == 0 {
            // The wall clock knows how long ago it was.
            world.run(&["refresh"]).exits(5);
            assert_eq!(vendor.requests().len(), before);
            shim.later(&mut world, 3_001);
        }
        world.run(&["refresh"]).succeeds();
        assert_eq!(vendor.requests().len(), before + 1, "{boot} {wall}");
        shim.later(&mut world, 0);
    }
}

#[test]
fn f56_no_clock_makes_a_replay_early_and_none_keeps_it_off() {
    // Sent by the usual clock, followed up by one that is a day ahead: it is not settled for that.
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(store, &vendor);
        let shim = Shim::build(&world);
        vendor.misbehave(Fault::DropAfterRead);
        world.run(&["refresh"]).exits(8);
        shim.up_longer(&mut world, DAY);
        world.run(&["refresh"]).exits(8).says("may still be working on it");
        assert_eq!(vendor.requests().len(), 1, "{store:?}");
        shim.later(&mut world, 61);
        world.run(&["refresh"]).succeeds();
        assert_eq!(vendor.requests().len(), 2, "{store:?}");
    }
    // Sent by clocks that were a year ahead: it counts as sent when it is first seen, and settles from there.
    for (rotation, left) in [("", 60), ("rotation = \"grace-new\"\ngrace = \"1000s\"", 15)] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(On::File, &vendor);
        world.add(rotation);
        let shim = Shim::build(&world);
        shim.later(&mut world, 365 * DAY);
        vendor.misbehave(Fault::DropAfterRead);
        world.run(&["refresh"]).exits(8);
        shim.later(&mut world, 0);
        for _ in 0..2 {
            let error = world.run(&["refresh", "--json"]).exits(8).error();
            let wait = error["retry_after"].as_i64().expect("a number");
            assert!((1..=left + 1).contains(&wait), "{rotation}: {error}");
        }
        assert_eq!(vendor.requests().len(), 1, "{rotation}");
        shim.later(&mut world, left + 1);
        world.run(&["refresh"]).succeeds();
        assert_eq!(vendor.requests().len(), 2, "{rotation}");
    }
}

#[test]
fn f56_a_token_of_the_future_is_of_unknown_age_and_asked_for_once() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    let shim = Shim::build(&world);
    shim.later(&mut world, 365 * DAY);
    world.run(&["token"]).succeeds();
    shim.later(&mut world, 0);
    world.run(&["token", "--offline"]).exits(3);
    let token = world.run(&["token"]).succeeds().stdout;
    world.run(&["token"]).succeeds().prints(&token);
    assert_eq!(vendor.requests().len(), 2);
    // By the boot clock alone: the wall clock tells its age.
    shim.up_longer(&mut world, DAY);
    let token = world.run(&["refresh"]).succeeds().stdout;
    shim.up_longer(&mut world, 0);
    world.run(&["token"]).succeeds().prints(&token);
    assert_eq!(vendor.requests().len(), 3);
}

/// As OpenBao and Instagram have it: the stand-in's refresh token is the only one.
fn only_token(pair: &Pair, answer: Answer) -> Answer {
    let token = json!(pair.refresh);
    edited(answer, |body| drop(body.insert("access_token".into(), token)))
}

#[test]
fn who_renews_with_the_access_token_is_due_and_dies_with_it() {
    let options = Options { access_lifetime: 3_600, reshape: Some(only_token), ..Options::default() };
    let vendor = StandIn::start_with(Vendor::OAuth2, options);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    world.add(
        "dialect = 'own'\n[dialects.own]\nextends = 'oauth2'\nrenews_with = 'access_token'\n\
         exchanges.refresh.answer.access_token = '/access_token'\nexchanges.refresh.answer.refresh_token = '/access_token'",
    );
    world.change("dialect = \"oauth2\"", "#");
    world.import(&vendor);
    let due = |world: &World| {
        let ended = world.run(&["refresh", "--all", "--due", "--json"]).succeeds();
        serde_json::from_str::<Value>(&ended.stdout).expect("a line")["outcome"].clone()
    };
    // Nobody knows how long the one that was brought lives.
    assert_eq!(status(&world)["dies_at"], Value::Null);
    assert_eq!(due(&world), "refreshed");
    let known = status(&world);
    assert!(known["expires_at"].is_string(), "{known}");
    assert_eq!(known["dies_at"], known["expires_at"]);
    let shim = Shim::build(&world);
    for (later, wanted) in
        [(0, "not_due"), (1_500, "not_due"), (1_801, "refreshed"), (1_802, "not_due"), (3_700, "refreshed")]
    {
        shim.later(&mut world, later);
        assert_eq!(due(&world), wanted, "{later}");
    }
    assert_eq!(vendor.requests().len(), 3);
    let text = world.run(&["status"]).succeeds().stdout;
    let until = status(&world)["dies_at"].as_str().expect("a time").to_owned();
    assert_eq!(text.matches(&until).count(), 2, "{text}");
}

#[test]
fn an_expiry_counts_from_the_answers_own_time() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    world.add(
        "dialect = 'own'\n[dialects.own]\nextends = 'oauth2'\n[dialects.own.exchanges.refresh.answer]\nexpires_by = 'earliest'\n\
         access_expires = [{ at = '/expires_in', unit = 'seconds' }, { at = '/expires_at', unit = 'epoch_seconds' }]",
    );
    world.change("dialect = \"oauth2\"", "#");
    let now = Timestamp::now().as_second();
    // Obtained so long ago; both expiries; whether it is over.
    for (ago, lasts, until, over) in [
        (2 * HOUR, HOUR, now + HOUR, true),
        (2 * HOUR, 3 * HOUR, now - 60, true),
        (2 * HOUR, 3 * HOUR, now + 3 * HOUR, false),
        (0, HOUR, now - HOUR, true),
        (0, 0, now + HOUR, false),
    ] {
        let token = vendor.login().refresh_token;
        let answer = json!({ "access_token": "at.canary", "refresh_token": token, "expires_in": lasts, "expires_at": until });
        let obtained = (now - ago).to_string();
        let arguments = ["import", "--replace", "--answer", "--obtained-at", &obtained];
        world.run_with(&arguments, &answer.to_string()).succeeds();
        world.run(&["token", "--offline"]).exits(if over { 3 } else { 0 });
    }
    // An answer that was sealed, and is read when its token is over.
    world.run_with(&["import", "--replace"], &vendor.login().refresh_token).succeeds();
    world.run_injected(&crate::moments::Moment::AnswerSynced.inject("signal=KILL"), &["refresh"]);
    let shim = Shim::build(&world);
    shim.later(&mut world, 2 * HOUR);
    let object = world.run(&["token", "--json"]).succeeds().object();
    assert_eq!(object["refreshed"], true);
    assert_eq!(vendor.requests().len(), 2);
}
