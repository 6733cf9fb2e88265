//! Every vendor of the catalogue, refreshed by the real binary against a stand-in made
//! from its recorded examples. What depends on the clock or on chance is replayed with
//! both given, inside the program (`every_recorded_example_goes_over_the_wire_as_recorded`).

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc;

use toml::{Table, Value};

use crate::world::{On, PATIENCE, World};

struct Case {
    name: String,
    dialect: Table,
    example: Table,
}

/// Each example of one step whose request is the same whenever it is sent.
fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dialect/catalog");
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).expect("the catalogue").map(|entry| entry.expect("readable").path()) {
        let text = fs::read_to_string(&entry).expect("text");
        let changes = ["now", "uuid", "random", "request.url", "request.host", "steps =", "jwt("];
        let name = entry.file_stem().expect("a name").to_string_lossy().into_owned();
        let file: Table = text.parse().expect("TOML");
        let dialect = file["dialects"][&name].as_table().expect("a table").clone();
        let source: String =
            text.lines().filter(|line| line.contains("{{") || line.starts_with("steps")).collect();
        if changes.iter().any(|word| source.contains(word)) || text.contains("oauth2-jwt-bearer") {
            continue;
        }
        for example in dialect.get("examples").and_then(Value::as_array).into_iter().flatten() {
            let example = example.as_table().expect("a table").clone();
            let signs = example.get("profile").is_some_and(|profile| profile.get("private_key").is_some());
            // Logins and revocations have stories of their own.
            let renews = !example.contains_key("authorization")
                && example.get("exchange").is_none_or(|exchange| exchange.as_str() == Some("refresh"));
            if example.contains_key("request") && renews && !signs {
                cases.push(Case { name: name.clone(), dialect: dialect.clone(), example });
            }
        }
    }
    cases
}

fn text(table: &Table, key: &str) -> Option<String> {
    table.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// A line of profiles.toml for each key, secrets by the environment.
fn profile(case: &Case, world: &mut World, port: u16) -> String {
    let address = url::Url::parse(
        &text(case.example["request"].as_table().expect("a table"), "url").expect("an address"),
    )
    .expect("an address");
    // What the dialect adds to the query comes by itself; what stands in the address must be said.
    let request = case
        .dialect
        .get("exchanges")
        .and_then(|all| all.get("refresh"))
        .and_then(|refresh| refresh.get("request"));
    let says = |key: &str| request.and_then(|request| request.get(key));
    let adds = says("query").is_some() || says("form_in").and_then(Value::as_str) == Some("query");
    let own = address.query().filter(|_| !adds);
    let query = own.map(|query| format!("?{query}")).unwrap_or_default();
    let mut profile = case.example.get("profile").and_then(Value::as_table).cloned().unwrap_or_default();
    profile.insert("dialect".into(), case.name.as_str().into());
    profile.insert("store".into(), "file".into());
    profile.insert("token_url".into(), format!("http://127.0.0.1:{port}{}{query}", address.path()).into());
    let mut hide = |table: &mut Table, key: &str, number: usize| {
        if let Some(secret) = text(table, key) {
            let name = format!("CASE_SECRET_{number}");
            world.set(&name, &secret);
            table.insert(key.into(), Table::from_iter([("env".to_owned(), Value::from(name))]).into());
        }
    };
    hide(&mut profile, "client_secret", 0);
    hide(&mut profile, "password", 100);
    let declared = case.dialect.get("params").and_then(Value::as_table).cloned().unwrap_or_default();
    if let Some(Value::Table(params)) = profile.get_mut("params") {
        for (number, (key, _)) in
            declared.iter().filter(|(_, rule)| rule.get("secret") == Some(&Value::Boolean(true))).enumerate()
        {
            hide(params, key, number + 1);
        }
    }
    toml::to_string(&Table::from_iter([(
        "profiles".to_owned(),
        Value::Table(Table::from_iter([("it".to_owned(), Value::Table(profile))])),
    )]))
    .expect("TOML")
}

/// One request and one recorded answer.
fn serve(listener: &TcpListener, answer: &Table) -> String {
    let (mut stream, _) = listener.accept().expect("asked");
    let came = request(&mut stream);
    let body = text(answer, "body").unwrap_or_default();
    let status = answer.get("status").and_then(Value::as_integer).unwrap_or(200);
    let mut reply = format!("HTTP/1.1 {status} Recorded\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in answer.get("headers").and_then(Value::as_table).into_iter().flatten() {
        reply += &format!("{name}: {}\r\n", value.as_str().expect("text"));
    }
    stream.write_all(format!("{reply}\r\n{body}").as_bytes()).expect("written");
    came
}

fn request(stream: &mut TcpStream) -> String {
    let mut came = String::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).expect("readable");
        came += std::str::from_utf8(&chunk[..count]).expect("UTF-8");
        let Some((head, body)) = came.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
        if count == 0 || body.len() >= length.map_or(0, |length| length.parse().expect("a number")) {
            return came;
        }
    }
}

/// Every departure from the record is refused.
fn assert_recorded(case: &Case, came: &str) {
    let name = &case.name;
    let recorded = case.example["request"].as_table().expect("a table");
    let (head, body) = came.split_once("\r\n\r\n").expect("whole");
    let mut lines = head.lines();
    let url = url::Url::parse(&text(recorded, "url").expect("an address")).expect("an address");
    let method = text(recorded, "method").unwrap_or_else(|| "POST".into());
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    assert_eq!(lines.next(), Some(format!("{method} {}{query} HTTP/1.1", url.path()).as_str()), "{name}");
    let mut sent: BTreeMap<String, String> = lines
        .map(|line| line.split_once(": ").expect("a header"))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let empty = Table::new();
    for (header, value) in recorded.get("headers").and_then(Value::as_table).unwrap_or(&empty) {
        let is = sent.remove(&header.to_lowercase());
        assert_eq!(is.as_deref(), value.as_str(), "{name}: {header}");
    }
    for ours in ["host", "user-agent", "content-length", "accept", "content-type"] {
        sent.remove(ours);
    }
    assert!(sent.is_empty(), "{name}: more headers than recorded: {sent:?}");
    match recorded.get("json") {
        Some(tree) => {
            let tree = serde_json::to_value(tree).expect("JSON");
            assert_eq!(serde_json::from_str::<serde_json::Value>(body).expect("JSON"), tree, "{name}");
        }
        None => assert_eq!(body, text(recorded, "body").unwrap_or_default(), "{name}"),
    }
}

fn import(case: &Case, world: &World) {
    let credential = case.example.get("credential").and_then(Value::as_table).cloned().unwrap_or_default();
    let key = if credential.contains_key("refresh_token") { "refresh_token" } else { "access_token" };
    if let Some(token) = text(&credential, key) {
        world.run_with(&["import", "--replace"], &token).succeeds();
    }
}

/// The exit status that a word of the record means.
fn exit(is: &str) -> i32 {
    match is {
        "login_required" => 4,
        "client_rejected" | "request_rejected" => 3,
        "rate_limited" | "unavailable" => 5,
        _ => 8,
    }
}

#[test]
fn every_vendor_is_refreshed_against_a_stand_in_made_from_its_examples() {
    let cases = cases();
    assert!(cases.len() > 80, "{}", cases.len());
    // Side by side: each has a server and a world of its own.
    let replayed: usize = std::thread::scope(|scope| {
        let some = cases.chunks(cases.len().div_ceil(4));
        let threads: Vec<_> =
            some.map(|some| scope.spawn(move || some.iter().map(replay).sum::<usize>())).collect();
        threads.into_iter().map(|thread| thread.join().expect("each is as recorded")).sum()
    });
    assert!(replayed > 200, "{replayed}");
}

/// All answers of its examples; how many there were.
fn replay(case: &Case) -> usize {
    let mut replayed = 0;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let mut world = World::on(On::File);
    let lines = profile(case, &mut world, port);
    world.add(&lines);
    let credential = case.example.get("credential").and_then(Value::as_table);
    let both = credential.is_some_and(|credential| {
        credential.contains_key("access_token") && credential.contains_key("refresh_token")
    });
    if both || credential.is_some_and(|credential| credential.contains_key("kept")) {
        return 0;
    }
    for answer in case.example.get("answers").and_then(Value::as_array).into_iter().flatten() {
        let answer = answer.as_table().expect("a table").clone();
        // What an earlier answer left behind is no part of the record.
        let _ = fs::remove_dir_all(world.state());
        import(case, &world);
        let (done, came) = mpsc::channel();
        let listener = listener.try_clone().expect("a socket");
        let reply = answer.clone();
        let server = std::thread::spawn(move || done.send(serve(&listener, &reply)).expect("wanted"));
        let ended = world.run(&["refresh", "--json"]);
        let came = came
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|_| panic!("{}: nothing was sent: {ended:?}", case.name));
        server.join().expect("it lives");
        assert_recorded(case, &came);
        replayed += 1;
        match text(&answer, "is") {
            // Nothing is spent where nothing is presented, so nothing is in doubt.
            Some(is) if ["no_answer", "login_required"].contains(&is.as_str()) && credential.is_none() => {
                assert!([3, 5].contains(&ended.code.expect("no signal")), "{}: {ended:?}", case.name);
            }
            Some(is) => assert_eq!(ended.code, Some(exit(&is)), "{}: {ended:?}", case.name),
            None => {
                let object = ended.succeeds().object();
                let wanted = answer["reads"].get("access_token").and_then(Value::as_str);
                assert!(
                    wanted.is_none_or(|wanted| object["access_token"] == wanted),
                    "{}: {object}",
                    case.name
                );
            }
        }
    }
    replayed
}
