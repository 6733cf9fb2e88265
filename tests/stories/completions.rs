//! Completions, as real shells ask for them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::world::{On, World};

/// Two profiles, a store and a dialect of one's own; `tokcli` is found by its name.
fn world() -> World {
    let mut world = World::on(On::File);
    world.add("[profiles.workshop]\ndialect = \"mill\"\naccount = \"everybody\"");
    world.add("[profiles.garden]\ndialect = \"oauth2\"\nstore = \"shed\"\n[stores.shed]\nkind = \"file\"");
    world.add("[dialects.mill]\nextends = \"oauth2\"");
    let programs = Path::new(env!("CARGO_BIN_EXE_tokcli")).parent().expect("a directory").display();
    world.set("PATH", &format!("{programs}:{}", env!("PATH")));
    world
}

/// A new bash that has found the installed script, at the end of these words, of which the last one is being written.
fn bash(world: &World, line: &str) -> Vec<String> {
    let script = ". .local/share/bash-completion/completions/tokcli
        read -r -a COMP_WORDS <<<\"$0\"; [[ $0 == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_TYPE=9
        word=$(complete -p tokcli | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
        $word tokcli \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\" && printf '%s\\n' \"${COMPREPLY[@]}\"";
    lines(&world.command_of("bash", &["-c", script, line]).output().expect("bash").stdout)
}

fn fish(world: &World, line: &str) -> Vec<String> {
    let script = format!("complete -C '{line}'");
    let output = world.command_of("fish", &["-c", &script]).output().expect("fish");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    lines(&output.stdout).iter().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
}

#[test]
fn installed_completions_know_the_names_that_are_there() {
    let world = world();
    for shell in ["bash", "fish"] {
        world.run(&["completions", "install", shell]).succeeds();
    }
    for (line, offered, not) in [
        ("tokcli token -p wo", "workshop", "garden"),
        ("tokcli -p ga", "garden", "workshop"),
        ("tokcli exec -p wo", "workshop", "garden"),
        ("tokcli config remove ga", "garden", "workshop"),
        ("tokcli dialect show mil", "mill", "oauth2"),
        ("tokcli dialect test zoh", "zoho", "mill"),
        ("tokcli doctor --store sh", "shed", "file"),
        ("tokcli stat", "status", "token"),
        ("tokcli refresh --stri", "--strict-store", "--all"),
        ("tokcli header --as o", "object", "line"),
    ] {
        for found in [bash(&world, line), fish(&world, line)] {
            assert!(found.iter().any(|one| one.trim_end() == offered), "{line}: {found:?}");
            assert!(!found.iter().any(|one| one.trim_end() == not), "{line}: {found:?}");
        }
    }
    // bash takes `=` for the end of a word, and asks for what is behind it.
    let settings = fish(&world, "tokcli config add new --set account=ev");
    assert_eq!(settings, ["account=everybody"]);
}

#[test]
fn a_configuration_that_is_wrong_or_missing_completes_what_can_be() {
    let world = world();
    world.run(&["completions", "install", "fish"]).succeeds();
    world.write(
        "profiles.toml",
        "[profiles.workshop]\ndialect = 3\n[profiles.garden]\ndialect = \"oauth2\"\n",
    );
    assert!(fish(&world, "tokcli token -p ga").contains(&"garden".to_owned()));
    world.write("profiles.toml", "what is this");
    assert!(fish(&world, "tokcli stat").contains(&"status".to_owned()));
    assert_eq!(fish(&world, "tokcli token -p wo"), [""; 0]);
    fs::remove_file(world.path().join("profiles.toml")).expect("removed");
    assert!(fish(&world, "tokcli dialect show zoh").contains(&"zoho".to_owned()));
}

#[test]
fn the_script_goes_where_the_shell_looks() {
    let mut world = world();
    for (shell, file, next) in [
        ("bash", ".local/share/bash-completion/completions/tokcli", ""),
        ("zsh", ".zfunc/_tokcli", "~/.zshrc"),
        ("fish", ".config/fish/completions/tokcli.fish", ""),
        ("elvish", ".config/elvish/lib/tokcli-completions.elv", "rc.elv"),
        ("powershell", ".config/powershell/tokcli-completions.ps1", "$PROFILE"),
    ] {
        let path = world.path().join(file);
        let said = world.run(&["completions", "install", shell]).succeeds().stdout;
        assert!(said.starts_with(&format!("{}\n", path.display())) && said.contains(next), "{said}");
        let script = fs::read_to_string(&path).expect("there");
        world.run(&["completions", shell]).succeeds().prints(&script);
        // Once more, and after somebody spoiled it.
        fs::write(&path, "something else").expect("written");
        let told = world.run(&["completions", "install", shell, "--json"]).succeeds().stdout;
        let told: Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!((&told["shell"], &told["path"]), (&shell.into(), &path.to_str().into()));
        assert_eq!(told["next"].is_null(), next.is_empty(), "{told}");
        assert_eq!(fs::read_to_string(&path).expect("there"), script);
    }
    world.set("SHELL", "/usr/bin/fish");
    world.set("XDG_CONFIG_HOME", world.path().join("elsewhere").to_str().expect("UTF-8"));
    world.run(&["completions", "install"]).succeeds();
    assert!(world.path().join("elsewhere/fish/completions/tokcli.fish").exists());
    world.set("BASH_COMPLETION_USER_DIR", world.path().join("own").to_str().expect("UTF-8"));
    world.run(&["completions", "install", "bash"]).succeeds();
    assert!(world.path().join("own/completions/tokcli").exists());
    world.set("SHELL", "/bin/dash");
    let refused = world.run(&["completions", "install"]).exits(2);
    assert!(refused.stderr.contains("tokcli completions install bash"), "{}", refused.stderr);
}

/// Where no shell asks, the variable means nothing.
#[test]
fn a_variable_alone_completes_nothing() {
    let mut world = world();
    world.set("TOKCLI_COMPLETE", "bash");
    world.run(&["config", "path"]).succeeds();
    world.set("TOKCLI_COMPLETE", "canary-shell");
    world.run(&["--", "tokcli", ""]).exits(2);
}
