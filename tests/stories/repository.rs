//! What the repository promises about itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::world::{On, World};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_checked_in_completions_are_the_current_ones() {
    let world = World::on(On::File);
    for (shell, file) in [
        ("bash", "tokcli.bash"),
        ("zsh", "_tokcli"),
        ("fish", "tokcli.fish"),
        ("powershell", "_tokcli.ps1"),
        ("elvish", "tokcli.elv"),
    ] {
        let current = world.run(&["completions", shell]).succeeds().stdout;
        let kept = fs::read_to_string(root().join("completions").join(file)).expect(file);
        assert!(current == kept, "completions/{file} is stale: run `make completions`");
    }
}

#[test]
fn the_example_configuration_is_right_and_shows_every_key() {
    let world = World::on(On::File);
    let text = fs::read_to_string(root().join("profiles.example.toml")).expect("the example");
    world.write("profiles.toml", &text);
    world.run(&["config", "check"]).succeeds();
    for key in [
        "default_profile",
        "dialect_files",
        "dialect",
        "base_url",
        "token_url",
        "client_id",
        "client_secret",
        "client_auth",
        "account",
        "store",
        "min_ttl",
        "access_lifetime",
        "timeout",
        "scope",
        "params",
        "rotation",
        "grace",
        "replay",
        "tls",
        "ca_file",
        "pin_sha256",
        "insecure",
        "client_cert",
        "client_key",
        "proxy",
        "proxy_auth",
        "kind",
        "key",
        "extends",
    ] {
        assert!(text.contains(&format!("{key} =")), "{key} is missing in profiles.example.toml");
    }
}

#[test]
fn no_vendor_is_named_in_the_code() {
    let output = Command::new("grep")
        .args(["-rniE", "fbox|babelbird|veeam|huawei|isales", "--include=*.rs", "src"])
        .current_dir(root())
        .output()
        .expect("grep");
    let lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    assert!(lines.is_empty(), "{lines:#?}");
}
