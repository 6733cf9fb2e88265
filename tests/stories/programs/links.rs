//! The names under which programs call tokcli.

use std::fs;

use super::{another, current, end, link, scene};

const WHERE: &str = "protocol=https\nhost=git.example.com\n";

#[test]
fn each_program_finds_its_helper_by_its_name() {
    let (vendor, mut world) = scene();
    another(&mut world, "other");
    let (token, _) = current(&vendor, &world);
    let uri = "{\"uri\":\"https://git.example.com/\"}";
    for (name, words, input, wanted) in [
        ("git-credential-tokcli", &["get"][..], WHERE, Some("password=")),
        ("git-credential-tokcli-fbox", &["get"], WHERE, Some("password=")),
        ("git-credential-tokcli-other", &["get"], WHERE, None),
        ("docker-credential-tokcli", &["get"], "git.example.com", Some("\"Secret\":")),
        ("docker-credential-tokcli-fbox", &["get"], "git.example.com", Some("\"Secret\":")),
        ("docker-credential-tokcli-other", &["get"], "git.example.com", None),
        ("bazel-credential-tokcli", &["get"], uri, Some("Bearer ")),
        (
            "keyring",
            &["--mode=creds", "--output=json", "get", "https://git.example.com/"],
            "",
            Some("\"password\":"),
        ),
        ("pnpm-token-tokcli-fbox", &[], "", Some("Bearer ")),
    ] {
        let link = link(&world, name);
        let told = end(world.command_of(link.to_str().expect("UTF-8"), words), input);
        match wanted {
            Some(wanted) => {
                assert!(told.code == Some(0) && told.stdout.contains(wanted), "{name}: {told:?}");
                assert!(told.stdout.contains(&token), "{name}: {told:?}");
            }
            None => told.got_nothing(),
        }
    }
}

#[test]
fn a_link_is_found_on_the_path_as_the_programs_look_for_it() {
    let (vendor, world) = scene();
    let bin = world.path().join("bin");
    fs::create_dir(&bin).expect("made");
    link(&world, "bin/git-credential-tokcli");
    link(&world, "bin/tokcli");
    for (helper, name) in
        [("tokcli", "oauth2"), ("!tokcli helper git --username x-access-token", "x-access-token")]
    {
        let setting = format!("credential.helper={helper}");
        let mut command = world.command_of("git", &["-c", &setting, "credential", "fill"]);
        command.env("PATH", format!("{}:{}", bin.display(), env!("PATH"))).env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        let told = end(command, format!("{WHERE}\n"));
        assert_eq!(told.code, Some(0), "{told:?}");
        let username = format!("username={name}\n");
        let password = format!("\npassword={}\n", vendor.current().access_token);
        assert!(told.stdout.contains(&username) && told.stdout.contains(&password), "{told:?}");
    }
}
