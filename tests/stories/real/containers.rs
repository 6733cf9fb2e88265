//! A real runtime of containers: the image of docs/unattended.md is built, and run as the page says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::stand_in::{StandIn, Vendor};
use crate::world::{On, World, variable};

/// What stands in a block of the section, found by what it holds.
fn block(kind: &str, holds: &str) -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/unattended.md"))
        .expect("the page");
    let section = page.split("\n## In a container").nth(1).expect("a section");
    let blocks = section.split("\n## ").next().expect("its end").split("```").skip(1).step_by(2);
    let mut found = blocks
        .filter_map(|block| block.strip_prefix(&format!("{kind}\n")))
        .filter(|block| block.contains(holds));
    found.next().unwrap_or_else(|| panic!("no {kind} with {holds}")).to_owned()
}

/// Its images and containers lie in a directory of this story.
struct Podman {
    directory: PathBuf,
}

impl Podman {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("podman");
        let at = |name: &str| self.directory.join(name).display().to_string();
        command.args([
            "--storage-driver",
            "vfs",
            "--runtime",
            "runc",
            "--root",
            &at("images"),
            "--runroot",
            &at("run"),
        ]);
        command.args(["--cgroup-manager", "cgroupfs"]).args(words).current_dir(&self.directory);
        command
    }

    #[track_caller]
    fn works(&self, words: &[&str]) -> String {
        let output =
            self.command(words).output().expect("podman is installed (`make test-real` installs it)");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {said}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        let _ = self.command(&["rmi", "--all", "--force"]).output();
    }
}

/// The directories of the machine in which the loader and the libraries of these programs lie; none, if they are static.
fn libraries() -> Vec<String> {
    let listed = Command::new("ldd").arg(env!("CARGO_BIN_EXE_tokcli-engine")).output().expect("ldd runs");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let files = listed.split_ascii_whitespace().filter(|word| word.starts_with('/'));
    files.flat_map(|file| ["-v".to_owned(), format!("{file}:{file}:ro")]).collect()
}

#[test]
#[ignore = "needs podman, runc and root: `make test-real`"]
fn the_image_of_the_page_works_for_a_user_from_nowhere_on_a_root_that_nobody_can_write() {
    assert!(crate::shim::is_root(), "podman runs as root here");
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let podman = Podman { directory: world.path().join("context") };
    fs::create_dir_all(&podman.directory).expect("made");
    for (from, to) in [
        (env!("CARGO_BIN_EXE_tokcli"), "tokcli"),
        (env!("CARGO_BIN_EXE_tokcli-engine"), "tokcli-engine"),
        ("/etc/ssl/certs/ca-certificates.crt", "ca-certificates.crt"),
    ] {
        fs::copy(from, podman.directory.join(to)).expect("copied");
    }
    fs::copy(world.path().join("profiles.toml"), podman.directory.join("profiles.toml")).expect("copied");
    let dockerfile = block("dockerfile", "FROM scratch");
    assert_eq!(dockerfile.lines().count(), 4, "{dockerfile}");
    fs::write(podman.directory.join("Dockerfile"), dockerfile).expect("written");
    // The commands of the page, by podman for `docker`; of a bare machine more is told than there.
    let lines: Vec<String> =
        block("sh", "docker build").replace("\\\n", " ").lines().map(str::to_owned).collect();
    let words = |line: &str| -> Vec<String> {
        let line = line.split('<').next().expect("one").trim();
        line.strip_prefix("docker ").expect("docker").split_whitespace().map(str::to_owned).collect()
    };
    let mut build = words(&lines[0]);
    build.splice(1..1, ["--isolation".to_owned(), "chroot".to_owned()]);
    podman.works(&build.iter().map(String::as_str).collect::<Vec<_>>());
    let made = Command::new("sh").args(["-euc", &lines[1]]).current_dir(&podman.directory).status();
    assert!(made.expect("sh runs").success());
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fs::set_permissions(podman.directory.join("profiles.toml"), readable).expect("set");
    let secret = format!("{}={}", variable("fbox"), vendor.client_secret());
    let run = |line: &str, input: &str| -> Output {
        let mut words = words(line);
        let more = ["--network=host", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", "-e"];
        let more = more.iter().map(|word| (*word).to_owned()).chain([secret.clone()]).chain(libraries());
        words.splice(1..1, more);
        let words: Vec<String> = words
            .into_iter()
            .map(|word| {
                if word == "work" {
                    "fbox".to_owned()
                } else {
                    word.replace("$PWD", &podman.directory.display().to_string())
                }
            })
            .collect();
        let command = podman.command(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_cmd::Command::from_std(command).write_stdin(input).output().expect("podman runs")
    };
    let imported = run(&lines[2], &vendor.login().refresh_token);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    for _ in 0..2 {
        let told = run(&lines[3], "");
        let token = String::from_utf8_lossy(&told.stdout).trim().to_owned();
        assert!(told.status.success() && vendor.accepts(&token), "{}", String::from_utf8_lossy(&told.stderr));
    }
    assert_eq!(vendor.requests().len(), 1, "the volume keeps what came");
    // The directory of all, as state: one line says what to set.
    let all = run(
        &lines[2].replace("TOKCLI_STATE_DIR=/state", "TOKCLI_STATE_DIR=/dev/shm"),
        &vendor.login().refresh_token,
    );
    let said = String::from_utf8_lossy(&all.stderr);
    assert!(
        said.contains("hint: set `TOKCLI_STATE_DIR` to a separate directory, such as /dev/shm/tokcli"),
        "{said}"
    );
}
