//! Shells and programs that set a shell's environment, by the recipes of docs/integrations.md, with every value that means something
//! to one of them.

use std::fs;
use std::process::Command;

use super::programs::goes_well;
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
}

/// With tokcli first on the path.
fn command(kept: &Kept, program: &str, words: &[&str]) -> Command {
    let mut command = super::programs::command(&kept.0, program, words);
    command.env("SHELL", "/bin/sh").env("XDG_DATA_HOME", kept.0.path());
    command.env("MISE_TRUSTED_CONFIG_PATHS", kept.0.path()).env("MISE_OFFLINE", "1");
    command
}

const LINE: &str = "eval \"$(tokcli env --format sh --name API_TOKEN)\"\n";

#[track_caller]
fn reads_back(kept: Kept, program: &str, words: &[&str]) {
    super::programs::install(&kept.0, "tokcli");
    let mut kept = kept;
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
    kept.0.write(".envrc", LINE);
    goes_well(command(&kept, "direnv", &["allow"]));
    reads_back(kept, "direnv", &["exec", ".", "printenv", "API_TOKEN"]);
}

#[test]
#[ignore = "`make test-real` runs it"]
fn mise_reads_back_every_value_to_the_byte() {
    let kept = Kept::new();
    kept.0.write("mise.toml", "[env]\n_.source = \"./token.sh\"\n\n[tasks.deploy]\nrun = \"tokcli exec --env API_TOKEN -- ./deploy.sh\"\n");
    kept.0.write("token.sh", LINE);
    let mise = installed("bin/mise");
    reads_back(kept, mise.to_str().expect("UTF-8"), &["exec", "--", "printenv", "API_TOKEN"]);
}
