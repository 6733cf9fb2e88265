//! Shells and programs that set a shell's environment, by the recipes of docs/integrations.md, with every value that means something
//! to one of them.

use std::fs;
use std::process::Command;

use super::programs::{goes_well, recipe};
use super::server::installed;
use crate::programs::env::{Kept, read_back, values};

#[test]
#[ignore = "`make test-real` runs it"]
fn nushell_reads_back_every_value_to_the_byte() {
    let (values, mut json, mut nushell) = (values(), Vec::new(), Vec::new());
    let mut kept = Kept::new();
    for (n, value) in values.iter().enumerate() {
        kept = kept.token(value);
        json.push(kept.line("json", &format!("V{n}")));
        nushell.push(kept.line("nushell", &format!("V{n}")));
    }
    let place = kept.0.path().join("shell");
    fs::create_dir(&place).expect("made");
    let wanted: Vec<Option<String>> = values.into_iter().map(Some).collect();
    let nu = installed("bin/nu");
    let shell = [nu.to_str().expect("UTF-8"), "--no-config-file"];
    for (read_line, lines) in [("open --raw {} | from json | load-env", &json), ("source {}", &nushell)] {
        assert_eq!(read_back(&place, &shell, read_line, lines), wanted, "{read_line}");
    }
    super::programs::install(&kept.0, "tokcli");
    let line = recipe("## Shells", "nu", 1) + "print $env.API_TOKEN";
    let value = "$a'b";
    let kept = kept.token(value);
    assert_eq!(
        goes_well(command(&kept, nu.to_str().expect("UTF-8"), &["-n", "-c", &line])),
        format!("{value}\n")
    );
}

/// With tokcli first on the path.
fn command(kept: &Kept, program: &str, words: &[&str]) -> Command {
    let mut command = super::programs::command(&kept.0, program, words);
    command.env("SHELL", "/bin/sh").env("XDG_DATA_HOME", kept.0.path());
    command.env("MISE_TRUSTED_CONFIG_PATHS", kept.0.path()).env("MISE_OFFLINE", "1");
    command
}

#[track_caller]
fn reads_back(mut kept: Kept, program: &str, words: &[&str]) {
    super::programs::install(&kept.0, "tokcli");
    for value in values() {
        kept = kept.token(&value);
        let said = goes_well(command(&kept, program, words));
        assert_eq!(said, format!("{value}\n"), "{program}");
        assert!(!kept.0.path().join("pwned").exists(), "{program} ran a value: {value}");
    }
}

#[test]
#[ignore = "`make test-real` runs it"]
fn direnv_reads_back_every_value_to_the_byte() {
    let kept = Kept::new();
    kept.0.write(".envrc", &recipe("### direnv", "sh", 1));
    goes_well(command(&kept, "direnv", &["allow"]));
    reads_back(kept, "direnv", &["exec", ".", "printenv", "API_TOKEN"]);
}

#[test]
#[ignore = "`make test-real` runs it"]
fn mise_reads_back_every_value_to_the_byte() {
    let mise = installed("bin/mise");
    let mise = mise.to_str().expect("UTF-8");
    for words in [&["exec", "--", "printenv", "API_TOKEN"][..], &["run", "deploy"]] {
        let kept = Kept::new();
        kept.0.write("mise.toml", &recipe("### mise", "toml", 1));
        kept.0.write("token.sh", &recipe("### mise", "sh", 1));
        super::agents::script(&kept.0, "../deploy.sh", "#!/bin/sh\nprintenv API_TOKEN\n");
        reads_back(kept, mise, words);
    }
}
