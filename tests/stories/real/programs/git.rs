//! git over HTTP, of each version that the machine has: 2.46 takes a bearer token as what it is, an older one as a password.

use std::path::Path;

use super::resource::{Resource, repositories};
use super::{command, goes_well, run, scene, set_up, vendor};
use crate::shim::Shim;
use crate::stand_in::Tls;
use crate::world::World;

const OFFERS: &[&str] = &["Basic realm=\"x\"", "Bearer realm=\"x\""];

fn git(world: &World, git: &Path, words: &[&str]) -> std::process::Command {
    let mut command = command(world, git, words);
    command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "x").env(format!("GIT_{who}_EMAIL"), "x@example.com");
    }
    command
}

fn version(world: &World, program: &Path) -> (u32, u32) {
    let said = goes_well(git(world, program, &["version"]));
    let mut numbers = said.trim_start_matches("git version ").split('.').map(|part| part.trim().parse());
    let mut next = || numbers.next().expect("a number").expect("a number");
    (next(), next())
}

fn fetches(program: &Path) {
    let vendor = vendor();
    let root = tempfile::tempdir().expect("a directory");
    let server = Resource::start(&vendor, Tls::None, OFFERS, repositories(root.path().to_owned()));
    let mut world = scene(&vendor, &format!("http://{}/*", server.host()));
    // A helper that keeps what it is given would keep the token, and answer with it when it is over.
    goes_well(git(&world, program, &["config", "--global", "credential.helper", "store"]));
    set_up(&world, &["git"]);
    let lines = format!("[credential \"http://{}\"]\n\thelper = \n\thelper = tokcli\n", server.host());
    let written = std::fs::read_to_string(world.path().join(".gitconfig")).expect("written");
    assert_eq!(written, format!("[credential]\n\thelper = store\n{lines}"));
    let here = root.path().join("team/app.git");
    let here = here.to_str().expect("UTF-8");
    goes_well(git(&world, program, &["init", "-q", "source"]));
    let commit = ["-C", "source", "commit", "-q", "--allow-empty", "-m"];
    goes_well(git(&world, program, &[&commit[..], &["one"]].concat()));
    goes_well(git(&world, program, &["clone", "-q", "--bare", "source", here]));
    let address = format!("http://{}/team/app.git", server.host());
    goes_well(git(&world, program, &["clone", "-q", &address, "copy"]));
    let knows = version(&world, program) >= (2, 46);
    let taken = if knows { "200 Bearer " } else { "200 Basic " };
    let calls = server.calls();
    assert!(calls.iter().any(|call| call.starts_with(taken)), "{calls:?}");
    assert!(calls[0].starts_with("401 nobody"), "{calls:?}");
    assert_eq!(vendor.requests().len(), 1);
    assert!(!world.path().join(".git-credentials").exists());
    // The server takes the token no more: git is refused, says so, and gets another the next time.
    Shim::build(&world).later(&mut world, 120);
    vendor.expire_access();
    assert!(!run(git(&world, program, &["-C", "copy", "fetch", "-q"])).status.success());
    goes_well(git(&world, program, &["-C", "copy", "fetch", "-q"]));
    assert_eq!(vendor.requests().len(), 2);
    // Elsewhere git asks nobody of us.
    let other = Resource::start(&vendor, Tls::None, OFFERS, repositories(root.path().to_owned()));
    let address = format!("http://{}/team/app.git", other.host());
    let helper = ["-c", "credential.helper=tokcli", "clone", "-q", &address, "other"];
    assert!(!run(git(&world, program, &helper)).status.success());
    assert!(other.calls().iter().all(|call| call.starts_with("401 nobody")), "{:?}", other.calls());
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
#[ignore = "`make test-real` runs it"]
fn each_git_that_is_here_fetches_with_a_token() {
    let all = ["/usr/bin/git", "/usr/local/bin/git"].map(Path::new);
    let here: Vec<&Path> = all.into_iter().filter(|path| path.exists()).collect();
    assert!(!here.is_empty(), "git is installed");
    here.into_iter().for_each(fetches);
}
