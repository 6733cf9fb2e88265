//! `helper install` and `helper list`: links, and lines in files of other programs.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{PLACE, Told, another, end, scene, world_of};
use crate::stand_in::{StandIn, Vendor};
use crate::world::World;

/// With directories of the user's first on `PATH`.
fn command(world: &World, words: &[&str]) -> Command {
    let mut command = world.command(words);
    command.env("PATH", format!("{}:{}", bin(world).display(), env!("PATH")));
    command.env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

fn install(world: &World, words: &[&str]) -> Told {
    end(command(world, &[&["helper", "install"], words].concat()), "")
}

fn list(world: &World) -> Vec<Value> {
    let told = end(command(world, &["helper", "list", "--json"]), "").object();
    assert_eq!(told["version"], 1);
    told["helpers"].as_array().expect("a list").clone()
}

fn of<'a>(rows: &'a [Value], helper: &str) -> &'a Value {
    let mut all = rows.iter().filter(|row| row["helper"] == helper);
    let row = all.next().expect("it is listed");
    assert!(all.next().is_none(), "{rows:?}");
    row
}

/// Nothing here sends anything.
fn idle() -> (StandIn, World) {
    let (vendor, world) = scene();
    vendor.expect_unused();
    (vendor, world)
}

fn bin(world: &World) -> PathBuf {
    world.path().join(".local/bin")
}

fn tokcli() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_tokcli"))
}

fn put(world: &World, name: &str, text: &str) -> PathBuf {
    let path = world.path().join(name);
    fs::create_dir_all(path.parent().expect("a directory")).expect("made");
    fs::write(&path, text).expect("written");
    path
}

#[track_caller]
fn succeeds(told: &Told) {
    assert_eq!(told.code, Some(0), "{told:?}");
}

#[track_caller]
fn fails(told: &Told, words: &str) {
    assert!(told.code == Some(3) && told.stdout.is_empty() && told.stderr.contains(words), "{told:?}");
}

#[test]
fn a_link_is_made_once_and_said() {
    let (vendor, world) = idle();
    let link = bin(&world).join("git-credential-tokcli");
    for said in ["made the link", "is there"] {
        let told = install(&world, &["git"]);
        succeeds(&told);
        assert!(
            told.stderr.contains(said) && told.stderr.contains(link.to_str().expect("UTF-8")),
            "{told:?}"
        );
        assert!(!told.stderr.contains("warning"), "{told:?}");
        assert_eq!(fs::read_link(&link).expect("a link"), tokcli());
        let file = world.path().join(".gitconfig");
        let lines = format!("{}:\n[credential \"{PLACE}\"]\n\thelper =\n\thelper = tokcli\n", file.display());
        assert_eq!(told.stdout, lines, "the file first");
        assert!(!file.exists(), "nothing is written unasked");
    }
    let told = install(&world, &["git", "--json", "-p", "fbox"]).object();
    let named = bin(&world).join("git-credential-tokcli-fbox");
    assert_eq!(told["link"], json!({ "path": named, "program": tokcli(), "outcome": "made" }));
    assert_eq!((&told["version"], &told["helper"]), (&json!(1), &json!("git")));
    assert_eq!(told["files"][0]["outcome"], "printed");
    assert_eq!(vendor.requests().len(), 0);
}

#[test]
fn the_directory_is_one_of_the_users_that_is_on_the_path() {
    let (_vendor, world) = idle();
    let run = |path: &str, words: &[&str]| {
        let mut command = command(&world, &[&["helper", "install", "docker"], words].concat());
        command.env("PATH", path);
        end(command, "")
    };
    let name = "docker-credential-tokcli";
    let other = world.path().join("bin");
    succeeds(&run(&format!("{}:/usr/bin", other.display()), &[]));
    assert!(other.join(name).is_symlink() && !bin(&world).exists());
    let told = run("/usr/bin", &[]);
    succeeds(&told);
    assert!(bin(&world).join(name).is_symlink(), "it is the usual one");
    let words = format!("warning: {} is not on `PATH`", bin(&world).display());
    assert!(told.stderr.contains(&words), "{told:?}");
    let own = world.path().join("own");
    succeeds(&run("/usr/bin", &["--dir", "own"]));
    assert_eq!(fs::read_link(own.join(name)).expect("a link"), tokcli());
    // Another program of that name comes first.
    let first = put(&world, "first/docker-credential-tokcli", "#!/bin/sh\n");
    fs::set_permissions(&first, fs::Permissions::from_mode(0o755)).expect("mode");
    let path = format!("{}:{}", first.parent().expect("one").display(), other.display());
    leads_to(&run(&path, &[]), &first, &other.join(name));
    fails(&run("/usr/bin", &["--dir", "first"]), "is not a link to tokcli");
    assert_eq!(fs::read_to_string(first).expect("there"), "#!/bin/sh\n", "it stays");
    let mut kubectl = command(&world, &["helper", "install", "kubectl", "--dir", "own"]);
    kubectl.env("PATH", "/usr/bin");
    fails(&end(kubectl, ""), "kubectl needs no link");
}

/// One that is found is run, whatever is installed.
#[track_caller]
fn leads_to(told: &Told, first: &Path, meant: &Path) {
    succeeds(told);
    let directory = meant.parent().expect("one");
    let words = format!("warning: `PATH` leads to {} and not to {}, so ", first.display(), meant.display());
    let way_out = format!(
        "put {} before the others in `PATH`, or remove that one if nothing else needs it",
        directory.display()
    );
    assert!(told.stderr.contains(&words) && told.stderr.contains(&way_out), "{told:?}");
}

/// What a program would run instead may be an older link, or an older `tokcli` itself.
#[test]
fn whatever_path_leads_to_instead_is_said() {
    let (_vendor, world) = idle();
    let program = |path: &str| {
        let program = put(&world, path, "#!/bin/sh\n");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("mode");
        program
    };
    let old = program("old/tokcli");
    let before = world.path().join("before");
    fs::create_dir_all(&before).expect("made");
    let run = |words: &[&str]| {
        let mut command = command(&world, &[&["helper", "install"], words].concat());
        let all = [before.clone(), bin(&world), "/usr/bin".into()];
        command.env("PATH", std::env::join_paths(all).expect("a path"));
        end(command, "")
    };
    for (helper, name) in [
        ("git", "git-credential-tokcli"),
        ("docker", "docker-credential-tokcli"),
        ("cargo", "cargo-credential-tokcli"),
        ("pip", "keyring"),
    ] {
        let (first, meant) = (before.join(name), bin(&world).join(name));
        symlink(&old, &first).expect("made");
        leads_to(&run(&[helper]), &first, &meant);
        let told = run(&[helper, "--json"]).object();
        assert_eq!(told["warnings"].as_array().map(Vec::len), Some(1), "{told}");
        // It leads here, too.
        fs::remove_file(&first).expect("there");
        symlink(tokcli(), &first).expect("made");
        let told = run(&[helper]);
        assert!(!told.stderr.contains("warning"), "{told:?}");
        fs::remove_file(&first).expect("there");
        // Nobody runs what leads nowhere.
        symlink("/nowhere/tokcli", &first).expect("made");
        let told = run(&[helper]);
        assert!(!told.stderr.contains("warning"), "{told:?}");
    }
    for helper in ["kubectl", "terraform"] {
        let words = format!("is not on `PATH`, where {helper} looks for `tokcli`");
        let told = run(&[helper]);
        assert!(told.code == Some(0) && told.stderr.contains(&words), "{told:?}");
        let first = before.join("tokcli");
        symlink(&old, &first).expect("made");
        leads_to(&run(&[helper]), &first, tokcli());
        fs::remove_file(&first).expect("there");
        symlink(tokcli(), &first).expect("made");
        let told = run(&[helper]);
        assert!(!told.stderr.contains("warning"), "{told:?}");
        fs::remove_file(&first).expect("there");
    }
}

#[test]
fn only_a_link_of_ours_is_replaced() {
    let (_vendor, world) = idle();
    let link = bin(&world).join("keyring");
    fs::create_dir_all(bin(&world)).expect("made");
    let old = put(&world, "old/tokcli", "");
    for target in [old.to_str().expect("UTF-8"), "/nowhere/tokcli"] {
        symlink(target, &link).expect("made");
        let told = install(&world, &["pip", "--json"]).object();
        assert_eq!(told["link"]["outcome"], "replaced");
        assert_eq!(fs::read_link(&link).expect("a link"), tokcli());
        fs::remove_file(&link).expect("there");
    }
    for target in ["/bin/true", "/nowhere/keyring"] {
        symlink(target, &link).expect("made");
        fails(&install(&world, &["pip", "--write"]), "it was not changed");
        assert_eq!(fs::read_link(&link).expect("a link"), Path::new(target));
        fs::remove_file(&link).expect("there");
    }
    assert!(!world.path().join(".config/pip/pip.conf").exists(), "nothing was written");
    let left = fs::read_dir(bin(&world)).expect("there").count();
    assert_eq!(left, 0, "nothing is left over");
}

/// A helper, its file, the text before, and with our lines.
fn written(world: &World) -> [(&'static str, &'static str, String, String); 8] {
    let bin = bin(world).display().to_string();
    let place = PLACE.trim_start_matches("https://");
    [
        (
            "docker",
            ".docker/config.json",
            "{\n\t\"auths\": {\"z\": {}},\n\t\"credsStore\": \"x\",\n\t\"credHelpers\": {\"a\": \"b\"}\n}".into(),
            format!(
                "{{\n\t\"auths\": {{\n\t\t\"z\": {{}}\n\t}},\n\t\"credsStore\": \"x\",\n\t\"credHelpers\": {{\n\t\t\"a\": \"b\",\n\t\t\"{place}\": \"tokcli\"\n\t}}\n}}"
            ),
        ),
        (
            "bazel",
            ".bazelrc",
            "build --x # mine".into(),
            format!("build --x # mine\ncommon --credential_helper={place}={bin}/bazel-credential-tokcli\n"),
        ),
        (
            "cargo",
            ".cargo/config.toml",
            "# mine\n[registry]\ndefault = \"own\"\n".into(),
            "# mine\n[registry]\nglobal-credential-providers = [\"cargo:token\", \"cargo-credential-tokcli\"]\ndefault = \"own\"\n".into(),
        ),
        (
            "pip",
            ".config/pip/pip.conf",
            "[global]\nindex-url = https://pypi.example.com/simple/\n".into(),
            "[global]\nkeyring-provider = subprocess\nindex-url = https://pypi.example.com/simple/\n".into(),
        ),
        (
            "pnpm",
            ".npmrc",
            "registry=https://npm.example.com/\n".into(),
            format!("registry=https://npm.example.com/\n//{place}/:tokenHelper={bin}/pnpm-token-tokcli\n"),
        ),
        (
            "aws",
            ".aws/config",
            "[default]\nregion = eu-west-1\n".into(),
            format!(
                "[default]\nregion = eu-west-1\n\n[profile tokcli]\ncredential_process = {} helper aws\n",
                tokcli().display()
            ),
        ),
        ("git", ".gitconfig", "[user]\n\tname = x\n".into(), format!("[user]\n\tname = x\n[credential \"{PLACE}\"]\n\thelper = \n\thelper = tokcli\n")),
        (
            "systemd",
            ".config/systemd/user/tokcli-token@.service",
            String::new(),
            format!(
                "[Unit]\nDescription=One access token of tokcli\nCollectMode=inactive-or-failed\n\n[Service]\nExecStart={} helper systemd\nStandardInput=socket\nStandardOutput=journal\nStandardError=journal\n",
                tokcli().display()
            ),
        ),
    ]
}

#[test]
fn lines_are_added_once_and_all_else_stays() {
    let (vendor, world) = idle();
    for (helper, file, before, after) in written(&world) {
        for before in [before, String::new()] {
            let path = world.path().join(file);
            if before.is_empty() {
                let _ = fs::remove_file(&path);
            } else {
                put(&world, file, &before);
                fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("mode");
            }
            for said in ["wrote", "says so already"] {
                let told = install(&world, &[helper, "--write"]);
                assert_eq!((told.code, &*told.stdout), (Some(0), ""), "{told:?}");
                assert!(told.stderr.contains(&format!("{} ", path.display())) || said == "wrote", "{told:?}");
                assert!(told.stderr.contains(said), "{told:?}");
                let text = fs::read_to_string(&path).expect("there");
                if before.is_empty() {
                    let last = after.trim_end().lines().last().expect("a line").trim();
                    let last = if helper == "cargo" { "global-credential-providers" } else { last };
                    assert!(text.contains(last) || helper == "docker" || helper == "pip", "{helper}: {text}");
                } else {
                    assert_eq!(text, after, "{helper}");
                    let mode = fs::metadata(&path).expect("there").permissions().mode() & 0o777;
                    assert_eq!(mode, 0o640, "{helper}");
                }
            }
        }
    }
    assert_eq!(vendor.requests().len(), 0);
}

#[test]
fn a_file_that_is_not_right_or_says_something_else_is_left_alone_and_named() {
    let (_vendor, world) = idle();
    let place = PLACE.trim_start_matches("https://");
    for (helper, file, text, words) in [
        (
            "docker",
            ".docker/config.json",
            "{\"auths\":{\"x\":{\"auth\":\"at-canary\"}}".into(),
            "it is not JSON",
        ),
        (
            "docker",
            ".docker/config.json",
            format!("{{\"credHelpers\":{{\"{place}\":\"other\"}}}}"),
            "says something else already",
        ),
        ("docker", ".docker/config.json", "{\"n\":12345678901234567890123}".into(), "written differently"),
        ("docker", ".docker/config.json", "{\"a\":1,\"a\":2}".into(), "written differently"),
        (
            "bazel",
            ".bazelrc",
            format!("common --credential_helper={place}=/opt/corp\n"),
            "says something else already",
        ),
        ("cargo", ".cargo/config.toml", "[registry\ntoken = \"at-canary\"".into(), "it is not TOML"),
        ("pip", ".config/pip/pip.conf", "[global]\nat-canary\n".into(), "line 2 is neither"),
        (
            "pip",
            ".config/pip/pip.conf",
            "[global]\nkeyring-provider = import\n".into(),
            "says something else already",
        ),
        ("pnpm", ".npmrc", format!("//{place}/:tokenHelper=/bin/other\n"), "says something else already"),
        ("aws", ".aws/config", "at-canary\n".into(), "line 1 is neither"),
        ("git", ".gitconfig", "[at-canary\n".into(), "`git config` failed"),
        (
            "git",
            ".gitconfig",
            format!("[credential \"{PLACE}\"]\n\thelper = store\n"),
            "says something else already",
        ),
        (
            "pip",
            ".config/pip/pip.conf",
            "[global]\nkeyring_provider = import\n".into(),
            "says something else already",
        ),
        (
            "systemd",
            ".config/systemd/user/tokcli-token.socket",
            "[Socket]\n".into(),
            "says something else already",
        ),
    ] {
        let path = put(&world, file, &text);
        let told = install(&world, &[helper, "--write"]);
        fails(&told, words);
        assert!(told.stderr.contains(file), "it is named: {told:?}");
        assert_eq!(fs::read_to_string(&path).expect("there"), text, "{helper}");
        assert!(!bin(&world).exists(), "{helper}: nothing is made before that");
        fs::remove_file(path).expect("there");
    }
}

#[test]
fn of_many_at_once_one_adds_the_lines() {
    let (_vendor, world) = idle();
    std::thread::scope(|threads| {
        for _ in 0..6 {
            threads.spawn(|| succeeds(&install(&world, &["git", "--write"])));
        }
    });
    let text = fs::read_to_string(world.path().join(".gitconfig")).expect("written");
    assert_eq!(text, format!("[credential \"{PLACE}\"]\n\thelper = \n\thelper = tokcli\n"));
}

/// git and kubectl would put a file in the place of a device.
#[test]
fn what_is_no_file_stays() {
    let (_vendor, world) = idle();
    let pipe = world.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRUSR).expect("made");
    for (helper, variable) in
        [("git", "GIT_CONFIG_GLOBAL"), ("kubectl", "KUBECONFIG"), ("pip", "PIP_CONFIG_FILE")]
    {
        let mut command = command(&world, &["helper", "install", helper, "--write"]);
        command.env(variable, &pipe);
        let told = end(command, "");
        fails(&told, "is not a file");
        assert!(!fs::metadata(&pipe).expect("there").is_file(), "{helper}");
    }
}

/// git says the path only if it is told to, and docker never.
#[test]
fn a_pattern_with_a_path_is_told_to_those_that_say_one() {
    let (_vendor, mut world) = idle();
    world.change(&format!("{PLACE}/*"), &format!("{PLACE}/team/*"));
    let told = install(&world, &["git"]);
    succeeds(&told);
    assert!(told.stdout.ends_with("\thelper = tokcli\n\tuseHttpPath = true\n"), "{told:?}");
    let told = install(&world, &["docker"]);
    fails(&told, "docker accepts none of the addresses");
    assert!(told.stderr.contains(&format!("docker cannot be configured for {PLACE}/team")), "{told:?}");
}

#[test]
fn a_symlink_is_followed_and_stays() {
    let (_vendor, world) = idle();
    let real = put(&world, "dotfiles/npmrc", "");
    symlink("dotfiles/npmrc", world.path().join(".npmrc")).expect("made");
    succeeds(&install(&world, &["pnpm", "--write"]));
    assert!(world.path().join(".npmrc").is_symlink());
    assert!(fs::read_to_string(real).expect("there").contains(":tokenHelper="));
    let left = fs::read_dir(world.path().join("dotfiles")).expect("there").count();
    assert_eq!(left, 1, "nothing is left over");
}

#[test]
fn what_goes_into_a_file_that_only_the_user_knows_is_printed() {
    let (_vendor, world) = idle();
    for (helper, words) in [("terraform", "data \"external\""), ("google", "\"credential_source\"")] {
        for more in [&[][..], &["--write"]] {
            let told = install(&world, &[&[helper], more].concat());
            succeeds(&told);
            assert!(told.stdout.contains(words), "{told:?}");
            assert_eq!(told.stderr.contains("nothing was written"), !more.is_empty(), "{told:?}");
        }
    }
}

#[test]
fn the_places_are_those_of_the_profiles() {
    let (vendor, mut world) = idle();
    another(&mut world, "other");
    world.add("match = [\"https://*.example.org:8443/a/*\", \"https://git.example.com/b/*\"]");
    let all = install(&world, &["git"]);
    for origin in [PLACE, "https://*.example.org:8443"] {
        assert_eq!(all.stdout.matches(&format!("[credential \"{origin}\"]")).count(), 1, "{all:?}");
    }
    let one = install(&world, &["pnpm", "-p", "other"]);
    assert!(one.stdout.contains("//git.example.com/b/:tokenHelper="), "{one:?}");
    assert!(one.stderr.contains("pnpm cannot be configured for https://*.example.org:8443"), "{one:?}");
    fails(&install(&world, &["git", "-p", "nobody"]), "no such profile");
    // Without `match` it is the vendor's own address.
    let mut bare = World::with(crate::world::On::File, &vendor);
    let told = install(&bare, &["git"]);
    assert!(told.stdout.contains(&format!("[credential \"{}\"]", vendor.origin())), "{told:?}");
    bare.change("base_url", "token_url");
    fails(&install(&bare, &["git"]), "no profile says which addresses");
    // Whoever names one hears of that one, also beside others that say so.
    bare.add(&crate::world::entry(&vendor, "said", crate::world::On::File));
    bare.add("match = [\"https://git.example.com/*\"]");
    let bare_one = vendor.vendor().name();
    for kind in ["git", "pnpm"] {
        let told = install(&bare, &[kind, "-p", bare_one]);
        fails(&told, &format!("`profiles.{bare_one}` has no `match`"));
        fails(&told, &format!("under [profiles.{bare_one}]"));
    }
}

#[test]
fn git_finds_the_helper_that_was_installed_for_it() {
    let (vendor, world) = scene();
    succeeds(&install(&world, &["git", "--write"]));
    let mut git = world.command_of("git", &["credential", "fill"]);
    git.env("PATH", format!("{}:{}", bin(&world).display(), env!("PATH")));
    git.env("GIT_TERMINAL_PROMPT", "0").env("GIT_CONFIG_NOSYSTEM", "1");
    let told = end(git, "protocol=https\nhost=git.example.com\n\n");
    assert!(told.stdout.contains(&format!("password={}\n", vendor.current().access_token)), "{told:?}");
}

#[test]
fn the_list_says_what_works_and_asks_nobody() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let world = world_of(&vendor);
    let rows = list(&world);
    let git = of(&rows, "git");
    assert_eq!((&git["link"], &git["works"], &git["set_up"]), (&Value::Null, &json!(false), &json!(false)));
    assert_eq!(git["trouble"], "there is no link `git-credential-tokcli`");
    assert_eq!(of(&rows, "kubectl")["trouble"], Value::Null, "it needs no link");
    for helper in ["git", "docker", "bazel", "cargo", "pip", "pnpm", "aws", "systemd"] {
        succeeds(&install(&world, &[helper, "--write"]));
    }
    let rows = list(&world);
    assert_eq!(rows.len(), 11);
    for helper in ["git", "docker", "bazel", "cargo", "pip", "pnpm"] {
        let row = of(&rows, helper);
        let wanted = (&json!(true), &json!(true), &json!(true), &json!(true), &Value::Null);
        let told = (&row["works"], &row["set_up"], &row["first_on_path"], &row["current"], &row["trouble"]);
        assert_eq!(told, wanted, "{helper}: {row}");
    }
    let shown = end(command(&world, &["helper", "list"]), "");
    let head: Vec<&str> = shown.stdout.lines().next().expect("a head").split_whitespace().collect();
    assert_eq!(head, ["HELPER", "PROFILE", "LINK", "SET", "UP", "ANSWERS"]);
    assert_eq!(shown.stdout.lines().count(), 12, "{shown:?}");
    // One that leads nowhere, one that another comes before, and one whose profile has no login.
    let link = bin(&world).join("cargo-credential-tokcli");
    fs::remove_file(&link).expect("there");
    symlink("/nowhere/tokcli", &link).expect("made");
    let first = put(&world, "first/git-credential-tokcli", "#!/bin/sh\n");
    fs::set_permissions(&first, fs::Permissions::from_mode(0o755)).expect("mode");
    symlink(tokcli(), bin(&world).join("pnpm-token-tokcli-nobody")).expect("made");
    let mut asked = command(&world, &["helper", "list", "--json"]);
    let path =
        format!("{}:{}:{}", first.parent().expect("one").display(), bin(&world).display(), env!("PATH"));
    asked.env("PATH", path);
    let rows = end(asked, "").object()["helpers"].as_array().expect("a list").clone();
    assert_eq!(of(&rows, "cargo")["trouble"], "the link leads nowhere");
    assert_eq!(of(&rows, "git")["trouble"], "not on `PATH`, or not the first of its name there");
    let nobody = rows.iter().find(|row| row["profile"] == "nobody").expect("listed");
    assert!(nobody["trouble"].as_str().expect("words").contains("no such profile"), "{nobody}");
    assert_eq!(vendor.requests().len(), 0, "nothing is spent");
    world.run(&["logout", "--local"]).succeeds();
    assert_eq!(of(&list(&world), "docker")["trouble"], "the state of `fbox` is none");
}

/// git and kubectl, and a program of an older tokcli that two links lead to.
#[test]
fn a_program_that_never_answers_is_asked_once_and_told() {
    let (vendor, world) = idle();
    let silent = |name: &str| {
        let asked = world.path().join(format!("asked-{}", name.replace('/', "-")));
        let script = format!("#!/bin/sh\necho >>{}\nexec /bin/sleep 600\n", asked.display());
        let path = put(&world, name, &script);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("mode");
        (path, asked)
    };
    let [(_, git), (_, kubectl)] = [".local/bin/git", ".local/bin/kubectl"].map(silent);
    for (helper, words) in
        [("git", "`git config` failed: `git` did not end"), ("kubectl", "`kubectl config` failed: `kubectl`")]
    {
        fails(&install(&world, &[helper, "--write", "--deadline", "4s"]), words);
    }
    let (old, asked) = silent("old/tokcli");
    for name in ["git-credential-tokcli", "docker-credential-tokcli"] {
        let _ = fs::remove_file(bin(&world).join(name));
        symlink(&old, bin(&world).join(name)).expect("made");
    }
    let before = [&git, &kubectl].map(|asked| fs::read_to_string(asked).expect("asked").len());
    assert_eq!(before, [1, 1]);
    let told = end(command(&world, &["helper", "list", "--json", "--deadline", "12s"]), "").object();
    let rows = told["helpers"].as_array().expect("a list");
    for helper in ["git", "docker"] {
        let words = format!("the link does not answer: `{}` did not end within ", old.display());
        assert!(of(rows, helper)["trouble"].as_str().expect("words").starts_with(&words), "{rows:?}");
    }
    assert_eq!((&of(rows, "git")["set_up"], &of(rows, "kubectl")["set_up"]), (&Value::Null, &Value::Null));
    let words = of(rows, "kubectl")["trouble"].as_str().expect("words");
    assert!(words.starts_with("`kubectl` did not end within "), "{rows:?}");
    let after = [&git, &kubectl, &asked].map(|asked| fs::read_to_string(asked).expect("asked").len());
    assert_eq!(after, [2, 2, 1], "each once more");
    assert_eq!(vendor.requests().len(), 0);
}
