//! Jobs that begin with nothing but the OpenID token of their CI, by the files of docs/unattended.md as they stand there.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::runner::{Kind, Runner};
use crate::login::scene::server;
use crate::stand_in::StandIn;
use crate::world::{On, World};

/// What stands in a block of the section, found by what it holds.
fn block(kind: &str, holds: &str) -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/unattended.md"))
        .expect("the page");
    let section = page.split("### A token for the steps of a job").nth(1).expect("a section");
    let blocks = section.split("\n### ").next().expect("its end").split("```").skip(1).step_by(2);
    let mut found = blocks
        .filter_map(|block| block.strip_prefix(&format!("{kind}\n")))
        .filter(|block| block.contains(holds));
    found.next().unwrap_or_else(|| panic!("no {kind} with {holds}")).to_owned()
}

/// profiles.toml with the line of this CI.
fn world(vendor: &StandIn, ci: &str, grant: &str) -> World {
    let text = block("toml", "[profiles.deploy]").replace("https://login.example/token", &vendor.token_url());
    let chosen = |line: &str| match line.trim_start_matches("# ").starts_with("subject_token") {
        true if line.contains(ci) => line.trim_start_matches("# ").to_owned(),
        true => String::new(),
        false => line.to_owned(),
    };
    let text: Vec<String> = text.lines().map(chosen).collect();
    let text = text.join("\n").replace("\"deploy\"", &format!("{:?}", vendor.client_id()));
    assert_eq!(text.matches("subject_token =").count(), 1, "{ci}: {text}");
    let mut world = World::on(On::File);
    world.add(&text.replace("relogin = \"token_exchange\"", &format!("relogin = \"{grant}\"")));
    deploy(&world, "printf %s \"$API_TOKEN\" >deployed\necho \"deployed with $API_TOKEN\"");
    world
}

fn deploy(world: &World, script: &str) {
    world.write("deploy.sh", &format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(world.path().join("deploy.sh"), fs::Permissions::from_mode(0o755)).expect("set");
}

/// The commands of a workflow.
fn steps(yaml: &str, mark: &str) -> Vec<String> {
    let steps: Vec<String> =
        yaml.lines().filter_map(|line| line.trim_start().strip_prefix(mark)).map(str::to_owned).collect();
    assert!(!steps.is_empty(), "{yaml}");
    steps
}

fn deployed(world: &World, vendor: &StandIn) -> String {
    let token = fs::read_to_string(world.path().join("deployed")).expect("it ran");
    assert!(vendor.accepts(&token));
    token
}

/// Gives `answer` to whoever sends a request that begins with `line` and shows the job's token.
fn endpoint(line: &'static str, answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = String::new();
            let mut lines = BufReader::new(stream.try_clone().expect("cloned"));
            while lines.read_line(&mut head).expect("read") > 2 {}
            let good = head.starts_with(line)
                && head.to_lowercase().contains("authorization: bearer job-canary\r\n");
            let (status, body) = if good { (200, answer.as_str()) } else { (401, "{}") };
            let _ = write!(
                stream,
                "HTTP/1.1 {status} x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    origin
}

/// A program on PATH that gives the token to whoever says these words.
fn program(world: &World, name: &str, words: &str, token: &str) {
    let bin = world.path().join("programs");
    fs::create_dir_all(&bin).expect("made");
    fs::write(bin.join(name), format!("#!/bin/sh\n[ \"$*\" = '{words}' ] || exit 3\necho '{token}'\n"))
        .expect("written");
    fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).expect("set");
}

const GRANTS: [&str; 2] = ["token_exchange", "jwt_bearer"];

#[test]
fn a_job_of_actions_begins_with_the_token_that_its_runner_gives() {
    for (kind, grant) in [(Kind::Github, GRANTS[0]), (Kind::Github, GRANTS[1]), (Kind::Forgejo, GRANTS[0])] {
        let vendor = server();
        let mut world = world(&vendor, "GitHub", grant);
        let answer = format!(r#"{{"value":"{}"}}"#, vendor.subject_token());
        let runner = endpoint("GET /idtoken?x=1&audience=https%3A%2F%2Flogin.example HTTP/1.1\r\n", answer);
        world.set("ACTIONS_ID_TOKEN_REQUEST_URL", &format!("{runner}/idtoken?x=1"));
        world.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "job-canary");
        let mut job = Runner::new(kind, &world);
        for step in steps(&block("yaml", "id-token: write"), "- run: ") {
            assert_eq!(job.step(&step), Some(0), "{step}: {}", job.log());
        }
        deployed(&world, &vendor);
        assert!(job.log().contains("deployed with ***"), "{}", job.log());
        job.shows_nothing_of("canary");
    }
}

#[test]
fn a_job_of_azure_begins_with_the_token_that_its_service_gives() {
    for grant in GRANTS {
        let vendor = server();
        let mut world = world(&vendor, "Azure", grant);
        world.write("id-token.sh", &block("sh", "oidcToken"));
        let answer = format!(r#"{{"oidcToken":"{}"}}"#, vendor.subject_token());
        let service = endpoint("POST /oidctoken?api-version=7.1 HTTP/1.1\r\n", answer);
        world.set("SYSTEM_OIDCREQUESTURI", &format!("{service}/oidctoken"));
        world.set("SYSTEM_ACCESSTOKEN", "job-canary");
        let mut job = Runner::new(Kind::Azure, &world);
        for step in steps(&block("yaml", "SYSTEM_ACCESSTOKEN"), "- script: ") {
            assert_eq!(job.step(&step), Some(0), "{step}: {}", job.log());
        }
        deployed(&world, &vendor);
        job.shows_nothing_of("canary");
    }
}

/// The status of curl is not lost behind a pipe: what failed is said, and nothing is exchanged.
#[test]
fn a_service_that_refuses_a_job_of_azure_is_named() {
    let vendor = server();
    vendor.expect_unused();
    let mut world = world(&vendor, "Azure", GRANTS[0]);
    world.write("id-token.sh", &block("sh", "oidcToken"));
    let service = endpoint("POST /oidctoken?api-version=7.1 HTTP/1.1\r\n", "{}".to_owned());
    world.set("SYSTEM_OIDCREQUESTURI", &format!("{service}/oidctoken"));
    for (bearer, words) in [
        // It answers 401.
        ("other-bearer", "command `sh` failed (exit status: 22)"),
        // It answers without a token.
        ("job-canary", "empty"),
        ("", "command `sh` failed"),
    ] {
        world.set("SYSTEM_ACCESSTOKEN", bearer);
        let ended = world.run(&["token", "-p", "deploy"]);
        assert_ne!(ended.code, Some(0), "{ended:?}");
        ended.says(words);
    }
}

#[test]
fn a_job_of_buildkite_begins_with_the_token_that_its_agent_gives() {
    for grant in GRANTS {
        let vendor = server();
        let world = world(&vendor, "Buildkite", grant);
        let mut job = Runner::new(Kind::Buildkite, &world);
        let words = "oidc request-token --audience https://login.example";
        job.answer(words, &vendor.subject_token());
        for step in ["tokcli env -p deploy --name API_TOKEN", "./deploy.sh"] {
            assert_eq!(job.step(step), Some(0), "{step}: {}", job.log());
        }
        deployed(&world, &vendor);
        job.shows_nothing_of("canary");
    }
}

/// No runner of theirs masks: so nothing of the token may reach their logs at all.
#[test]
fn a_job_of_gitlab_or_circleci_gives_the_token_to_one_command() {
    let line = steps(&block("yaml", "id_tokens:"), "- ").remove(0);
    for grant in GRANTS {
        for ci in ["GitLab", "CircleCI"] {
            let vendor = server();
            let mut world = world(&vendor, ci, grant);
            match ci {
                "GitLab" => world.set("LOGIN_ID_TOKEN", &vendor.subject_token()),
                _ => program(
                    &world,
                    "circleci",
                    r#"run oidc get --claims {"aud":"https://login.example"}"#,
                    &vendor.subject_token(),
                ),
            }
            deploy(&world, "printf %s \"$API_TOKEN\" >deployed\n[ -z \"${LOGIN_ID_TOKEN-}\" ]");
            let mut job = world.command_of("bash", &["-exc", &line]);
            let tokcli = Path::new(env!("CARGO_BIN_EXE_tokcli")).parent().expect("a directory").display();
            job.env("PATH", format!("{}:{tokcli}:{}", world.path().join("programs").display(), env!("PATH")));
            let ended = world.end(job, &["exec"], "").succeeds();
            let token = deployed(&world, &vendor);
            assert!(!ended.stderr.contains(&token) && ended.stdout.is_empty(), "{}", ended.stderr);
        }
    }
}
