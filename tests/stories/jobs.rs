//! CI jobs: `env --to`, told of runners that read log and files as the real ones do (`jobs/runner.rs`).

mod identity;
mod rotation;
mod runner;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::stand_in::{StandIn, Vendor};
use crate::world::{On, World};
use runner::{Kind, Runner};

/// A world whose credential holds an access token, and no vendor to ask.
fn holding(token: &str) -> World {
    let mut world = World::on(On::File);
    world.add("[profiles.api]\ndialect = \"oauth2\"\nstore = \"file\"\ntoken_url = \"http://127.0.0.1:9/t\"\nclient_id = \"c\"");
    let answer = format!(r#"{{"access_token":"{token}","refresh_token":"rt-canary-0","expires_in":3600}}"#);
    world.run_with(&["import", "--answer", "--obtained-at", "now"], &answer).succeeds();
    world
}

/// A credential without an access token, and a vendor that is not to be asked for one.
fn unasked() -> (StandIn, World) {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let world = World::with(On::File, &vendor);
    (vendor, world)
}

/// Whatever a token may hold that a runner reads as something else.
const ODD: &str = "canary%0Aab%25cd%3B;]##vso[x]::y=<<z#$`~+/=!";

#[test]
fn a_job_gives_a_token_to_the_steps_that_follow_and_never_shows_it() {
    for (kind, token) in [
        (Kind::Github, "canary-plain-token"),
        (Kind::Github, ODD),
        (Kind::Gitea, "canary-plain-token"),
        (Kind::Forgejo, "canary=<<;]##[add-mask]x"),
        (Kind::Azure, "canary-plain-token"),
        (Kind::Azure, "canary;]##vso[task.setvariable::y=<<z#$`~+/=!"),
        (Kind::Buildkite, "canary-plain-token"),
        (Kind::Buildkite, ODD),
    ] {
        let world = holding(token);
        for line in ["tokcli env", &format!("tokcli env --to {}", kind.name())] {
            let mut job = Runner::new(kind, &world);
            let step = format!("set -x\nBEFORE=1\n{line} --name API_TOKEN");
            assert_eq!(job.step(&step), Some(0), "{kind:?}: {}", job.log());
            // In spite of `set -x`, and of whoever prints it.
            let uses = "set -x\nprintf %s \"$API_TOKEN\" >seen\necho \"it is <$API_TOKEN>\"\nenv\ntest -n \"$API_TOKEN\"";
            assert_eq!(job.step(uses), Some(0), "{kind:?}: {}", job.log());
            assert_eq!(fs::read_to_string(world.path().join("seen")).expect("written"), token);
            assert!(job.log().contains("it is <***>"), "{kind:?}: {}", job.log());
            job.shows_nothing_of(token);
        }
    }
}

/// The runners here are worth nothing if they cannot tell.
#[test]
fn a_runner_shows_what_is_not_masked() {
    for kind in [Kind::Github, Kind::Azure, Kind::Buildkite] {
        let world = holding("canary-plain-token");
        let mut job = Runner::new(kind, &world);
        assert_eq!(job.step("echo \"x $(tokcli token) y\""), Some(0));
        assert!(job.log().contains("canary-plain-token"), "{}", job.log());
    }
    // With its commands stopped, the log has the mask itself.
    let world = holding("canary-plain-token");
    let mut job = Runner::new(Kind::Github, &world);
    job.step("echo '::stop-commands::x'\necho '::add-mask::canary-plain-token'\necho ::x::");
    assert!(job.log().contains("add-mask::canary"), "{}", job.log());
}

#[test]
fn the_variable_comes_from_the_vendor_if_need_be() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.set("CI", "true");
    let mut job = Runner::new(Kind::Github, &world);
    assert_eq!(
        job.step("printf 'LAST=line' >>\"$GITHUB_ENV\"\ntokcli env --fresh"),
        Some(0),
        "{}",
        job.log()
    );
    assert_eq!(
        job.step("test \"$LAST\" = line\nprintf %s \"$TOKCLI_TOKEN\" >seen"),
        Some(0),
        "{}",
        job.log()
    );
    let seen = fs::read_to_string(world.path().join("seen")).expect("written");
    assert!(vendor.accepts(&seen));
    job.shows_nothing_of(&seen);
}

/// Variables that each sets, and the rest of its kind.
const UNMASKED: [(&str, &str, &str); 10] = [
    ("gitlab", "GITLAB_CI", "true"),
    ("circleci", "CIRCLECI", "true"),
    ("jenkins", "JENKINS_URL", "https://ci.example/"),
    ("bitbucket", "BITBUCKET_BUILD_NUMBER", "7"),
    ("travis", "TRAVIS", "true"),
    ("woodpecker", "CI", "woodpecker"),
    ("drone", "DRONE", "true"),
    ("teamcity", "TEAMCITY_VERSION", "2026.1"),
    ("appveyor", "APPVEYOR", "True"),
    ("cirrus", "CIRRUS_CI", "true"),
];

#[test]
fn where_nothing_is_masked_it_is_refused_before_anything_is_sent() {
    let (vendor, world) = unasked();
    for (name, variable, value) in UNMASKED {
        let mut inside = world.command(&["env", "--name", "API_TOKEN", "--fresh"]);
        inside.env("CI", "true").env(variable, value);
        let itself = world.end(inside, &["env"], "");
        let told = world.run(&["env", "--to", name, "--name", "API_TOKEN", "--fresh"]);
        for ended in [itself, told] {
            let ended = ended.exits(3).says(&format!("`{name}` cannot mask"));
            ended.says("hint: `tokcli exec -p fbox --env API_TOKEN -- CMD` gives the token to one command");
        }
        let error = world.run(&["env", "--json", "--to", name]).exits(3).error();
        assert_eq!(error["code"], "refused", "{error}");
    }
    assert!(vendor.requests().is_empty());
}

#[test]
fn elsewhere_it_says_what_to_say() {
    let mut world = World::in_environment(On::File, Vec::new());
    let outside = world.run(&["env"]).exits(2).says("`--format FORMAT`").says("`--to CI`");
    assert!(!outside.stderr.contains("profiles.toml"), "{}", outside.stderr);
    assert_eq!(world.run(&["env", "--json"]).exits(2).error()["code"], "usage");
    world.run(&["env", "--format", "sh", "--to", "github"]).exits(2);
    world.run(&["env", "--to", "nosuch"]).exits(2);
    world.set("CI", "true");
    world.run(&["env"]).exits(2);
    world.set("GITHUB_ACTIONS", "true");
    world.set("JENKINS_URL", "https://ci.example/");
    world.run(&["env"]).exits(2).says("a job of `github` and of `jenkins`: `--to CI` says which");
}

#[test]
fn b68_a_file_that_no_runner_made_is_refused_before_anything_is_sent() {
    let (vendor, world) = unasked();
    let at = |name: &str| world.path().join(name);
    fs::create_dir(at("directory")).expect("made");
    fs::write(at("good"), "").expect("written");
    std::os::unix::fs::symlink(at("good"), at("link")).expect("made");
    std::os::unix::fs::symlink(at("nothing"), at("dangling")).expect("made");
    assert!(std::process::Command::new("mkfifo").arg(at("fifo")).status().expect("mkfifo").success());
    let run = |file: Option<&Path>| {
        let mut command = world.command(&["env", "--to", "github", "--fresh"]);
        if let Some(file) = file {
            command.env("GITHUB_ENV", file);
        }
        world.end(command, &["env"], "").exits(3).says("environment variable `GITHUB_ENV`")
    };
    run(None).says("is not set");
    run(Some(Path::new(""))).says("is not set");
    for (name, why) in [
        ("directory", "is not a file"),
        ("link", "is a symlink"),
        ("dangling", "is a symlink"),
        ("fifo", "is not a file"),
        ("nothing", "no such file"),
        ("good/below", "not a directory"),
    ] {
        run(Some(&at(name))).says(name).says(why);
    }
    run(Some(Path::new("good"))).says("is not an absolute path");
    run(Some(Path::new("/dev/null"))).says("is not a file");
    // Not even root writes there.
    let script = "mount -t tmpfs none directory && touch directory/env && mount -o remount,ro directory && exec \"$0\" \"$@\"";
    let words = ["-rm", "sh", "-c", script, env!("CARGO_BIN_EXE_tokcli"), "env", "--to", "github", "--fresh"];
    let mut read_only = world.command_of("unshare", &words);
    read_only.env("GITHUB_ENV", at("directory/env"));
    world
        .end(read_only, &["env"], "")
        .exits(3)
        .says("`GITHUB_ENV`")
        .says("cannot be written: read-only file system");
    if !crate::shim::is_root() {
        fs::set_permissions(at("good"), fs::Permissions::from_mode(0o400)).expect("set");
        run(Some(&at("good"))).says("cannot be written: permission denied");
    }
    assert!(vendor.requests().is_empty());
    assert_eq!(fs::read_to_string(at("good")).expect("read"), "");
}

/// First the mask: if the runner is gone, or does not read, the variable is not set.
#[test]
fn without_its_mask_no_variable_is_set() {
    let world = holding("canary-plain-token");
    let file = world.path().join("set_env");
    fs::write(&file, "").expect("written");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = world.command(&["env", "--to", "github"]);
    command.env("GITHUB_ENV", &file).stdout(writer);
    assert_eq!(command.status().expect("tokcli runs").code(), Some(1));
    assert_eq!(fs::read_to_string(&file).expect("there"), "");
}

/// The mask is out then, and the token in its store; half a line would make the runner refuse the whole file.
#[test]
fn a_disk_that_is_full_leaves_the_file_as_it_was() {
    let world = holding("canary-plain-token");
    let script = "set -e\nmkdir small\nmount -t tmpfs -o size=4k none small\nhead -c 4070 /dev/zero | tr '\\0' '#' >small/env\n\
        echo >>small/env\ncp small/env before\nchmod 600 small/env\n\
        GITHUB_ENV=$PWD/small/env \"$0\" env --to github || echo \"status $?\"\ncmp small/env before && echo same";
    let words = ["-rm", "sh", "-c", script, env!("CARGO_BIN_EXE_tokcli")];
    let output = world.command_of("unshare", &words).output().expect("unshare runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(stdout, "::add-mask::canary-plain-token\nstatus 1\nsame\n", "{stderr}");
    assert!(stderr.contains("cannot write to the file of `GITHUB_ENV`: no space left on device"), "{stderr}");
}

#[test]
fn a_mask_that_would_not_reach_the_log_is_refused_before_anything_is_sent() {
    let (vendor, world) = unasked();
    for kind in [Kind::Github, Kind::Azure] {
        for step in [
            "X=$(tokcli env --fresh)",
            "set -x\nX=$(tokcli env --fresh)",
            "X=`tokcli env --fresh`",
            "X=$(cd /; timeout 60 tokcli env --fresh)",
            "X=$( (tokcli env --fresh || exit 3; true) )",
            "eval \"$(tokcli env --fresh)\"; false",
            ". <(tokcli env --fresh); false",
            "tokcli env --fresh >/dev/null",
            "tokcli env --fresh >&-",
            "tokcli env --fresh >out",
            "tokcli env --fresh >>out",
            "set -o pipefail\ntokcli env --fresh | tee out",
            "dash -c 'X=$(tokcli env --fresh)'",
            "busybox sh -c 'X=$(tokcli env --fresh)'",
            "zsh -c 'X=$(tokcli env --fresh)'",
            "mksh -c 'X=$(tokcli env --fresh)'",
            "fish -c 'set X (tokcli env --fresh); or exit 3'",
            // Shells are told by what they are called.
            "cp /bin/dash ysh; ./ysh -c 'X=$(tokcli env --fresh)'",
            "cp /bin/dash bash-5.2; ./bash-5.2 -c 'X=$(tokcli env --fresh)'",
            "cp /bin/dash nu; ./nu -c 'X=$(tokcli env --fresh)'",
        ] {
            let mut job = Runner::new(kind, &world);
            assert!(matches!(job.step(step), Some(1 | 3)), "{kind:?} {step}: {}", job.log());
            assert!(job.log().contains("the mask would not reach the log"), "{kind:?} {step}: {}", job.log());
            assert!(job.variables().is_empty(), "{kind:?} {step}");
            job.shows_nothing_of("canary");
        }
    }
    assert!(vendor.requests().is_empty());
}

#[test]
fn whoever_passes_the_output_on_is_in_nobodys_way() {
    let world = holding("canary-plain-token");
    world.write("Makefile", "token:\n\ttokcli env\n");
    for step in [
        "timeout 60 tokcli env",
        "( cd / && tokcli env )",
        "{ tokcli env; } 2>errors",
        "if tokcli env; then :; fi",
        "tokcli env </dev/null",
        "sh -c 'tokcli env; true'",
        "perl -e 'open my $p, \"-|\", \"tokcli\", \"env\" or die; print while <$p>; close $p or exit 1'",
        "nohup setsid -w tokcli env",
    ] {
        for kind in [Kind::Github, Kind::Azure] {
            let mut job = Runner::new(kind, &world);
            assert_eq!(job.step(step), Some(0), "{kind:?} {step}: {}", job.log());
            assert_eq!(job.variables(), ["TOKCLI_TOKEN"], "{kind:?} {step}");
            job.shows_nothing_of("canary");
        }
    }
}

#[test]
fn what_a_mask_would_not_catch_is_refused() {
    for (kind, token) in [
        (Kind::Github, "canary7"),
        (Kind::Github, "canary'abc"),
        (Kind::Buildkite, "canary\\\\abc"),
        (Kind::Azure, "canary\\\"abc"),
        (Kind::Azure, "canary7"),
        (Kind::Buildkite, "canary7"),
        (Kind::Gitea, "canary%41abc"),
        (Kind::Forgejo, "canary::abc"),
        (Kind::Azure, "canary%0Aabc"),
    ] {
        let world = holding(token);
        let mut job = Runner::new(kind, &world);
        assert_eq!(job.step("tokcli env"), Some(3), "{kind:?} {token}: {}", job.log());
        assert!(job.variables().is_empty());
        job.shows_nothing_of(token);
    }
}

#[test]
fn a_name_that_the_ci_keeps_to_itself_is_refused_before_anything_is_sent() {
    let (vendor, world) = unasked();
    for (kind, name) in [
        (Kind::Github, "GITHUB_OUTPUT"),
        (Kind::Github, "NODE_OPTIONS"),
        (Kind::Github, "A\nB"),
        (Kind::Github, "A<<B"),
        (Kind::Azure, "SYSTEM_ACCESSTOKEN"),
        (Kind::Azure, "A;issecret=false"),
        (Kind::Azure, "A]x"),
        (Kind::Buildkite, "BUILDKITE_AGENT_ACCESS_TOKEN"),
    ] {
        let mut job = Runner::new(kind, &world);
        assert_eq!(job.step(&format!("tokcli env --fresh --name '{name}'")), Some(3), "{}", job.log());
        assert!(job.variables().is_empty(), "{name}");
    }
    assert!(vendor.requests().is_empty());
}

#[test]
fn an_agent_that_does_not_mask_is_given_no_variable() {
    let world = holding("canary-plain-token");
    let mut job = Runner::new(Kind::Buildkite, &world);
    fs::write(world.path().join("refuse-redactor"), "").expect("written");
    assert_eq!(job.step("tokcli env"), Some(3), "{}", job.log());
    assert!(job.log().contains("`buildkite-agent redactor add` failed"), "{}", job.log());
    assert!(job.variables().is_empty());
    job.shows_nothing_of("canary");
    // No agent to be told, and none that listens: nothing is asked for.
    let (vendor, world) = unasked();
    world
        .run(&["env", "--to", "buildkite", "--fresh"])
        .exits(3)
        .says("`BUILDKITE_AGENT_JOB_API_SOCKET` is not set");
    let mut alone = world.command(&["env", "--to", "buildkite", "--fresh"]);
    alone.env("BUILDKITE_AGENT_JOB_API_SOCKET", "/x");
    world.end(alone, &["env"], "").exits(3).says("`buildkite-agent` is in none of the directories");
    assert!(vendor.requests().is_empty());
}

#[test]
fn an_agent_that_lies_in_the_checkout_is_none() {
    let world = holding("canary-plain-token");
    let checkout = world.path().join("checkout");
    fs::create_dir_all(checkout.join("bin")).expect("made");
    let run = |path: &str| {
        let mut command = world.command(&["env", "--to", "buildkite"]);
        command.current_dir(&checkout).env("BUILDKITE_AGENT_JOB_API_SOCKET", "/x").env("PATH", path);
        world.end(command, &["env"], "")
    };
    let agent = |directory: &Path, told: &str| {
        let path = directory.join("buildkite-agent");
        fs::write(&path, format!("#!/bin/sh\ncat >>{}\n", world.path().join(told).display()))
            .expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
    };
    agent(&checkout, "stranger");
    agent(&checkout.join("bin"), "stranger");
    let usual = "/usr/bin:/bin";
    for element in ["", ".", "bin", "./bin", "../checkout"] {
        for path in [format!("{element}:{usual}"), format!("{usual}:{element}")] {
            run(&path).exits(3).says("`buildkite-agent` is in none of the directories");
        }
    }
    run("").exits(3);
    // One that lies elsewhere is found behind it.
    let real = world.path().join("real");
    fs::create_dir(&real).expect("made");
    agent(&real, "told");
    run(&format!(":.:bin:{}:{usual}", real.display())).succeeds();
    assert!(fs::read_to_string(world.path().join("told")).expect("told").contains("canary-plain-token"));
    assert!(!world.path().join("stranger").exists(), "a stranger's program was run");
}
