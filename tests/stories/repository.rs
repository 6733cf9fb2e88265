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
        "private_key",
        "key_id",
        "certificate",
        "signing_alg",
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
        .args(["-rniE", "fbox|babelbird|veeam|huawei|isales|withings|wechat|alipay|salesforce|microsoft|google|atlassian|zoho|slack", "--include=*.rs", "src"])
        .current_dir(root())
        .output()
        .expect("grep");
    let lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    assert!(lines.is_empty(), "{lines:#?}");
}

#[test]
fn the_readme_names_vendors_that_are_there() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let section =
        readme.split("## Vendors").nth(1).expect("a section").split("## Where").next().expect("its end");
    let world = World::on(On::File);
    world.write("profiles.toml", "");
    let object = world.run(&["dialect", "list", "--json"]).succeeds().object();
    let known: Vec<&str> = object["dialects"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert!(section.contains("more than two hundred") && known.len() > 200, "{}", known.len());
    let rows = section.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let named: Vec<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    assert!(named.len() > 30);
    for name in named {
        assert!(known.contains(&name), "{name} is not in the catalogue");
    }
}
