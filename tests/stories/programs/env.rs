//! `env`: what it prints, real shells read back, to the byte, and as nothing but a value.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::world::{On, World};

/// One profile without a vendor, and an access token that this chose.
pub struct Kept(pub World, u32);

impl Kept {
    pub fn new() -> Kept {
        let mut world = World::on(On::File);
        world.add("[profiles.one]\ndialect = \"oauth2\"\nstore = \"file\"\ntoken_url = \"http://127.0.0.1:9/token\"\nclient_id = \"c\"\n");
        Kept(world, 0)
    }

    pub fn token(mut self, token: &str) -> Kept {
        self.1 += 1;
        let refresh_token = format!("rt-canary-{}", self.1);
        let answer = json!({ "access_token": token, "refresh_token": refresh_token, "expires_in": 3600 });
        let line = ["import", "--answer", "--obtained-at", "now", "--replace"];
        self.0.run_with(&line, &answer.to_string()).succeeds();
        self
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.0.command(arguments).output().expect("tokcli runs")
    }

    #[track_caller]
    pub fn line(&self, format: &str, name: &str) -> String {
        let output = self.run(&["env", "--format", format, "--name", name]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}

/// The names of its own that a shell lists are those that it reads, or evaluates, or overwrites.
#[test]
fn p31_no_variable_of_a_shell_holds_a_token() {
    let kept = Kept::new().token("at-canary");
    let lists = [
        ("bash", "compgen -v"),
        ("zsh", "print -l ${(k)parameters}"),
        ("mksh", "typeset"),
        ("ksh93", "typeset"),
        ("fish", "set -n"),
        ("busybox", "set"),
        ("dash", "set"),
    ];
    for (shell, list) in lists {
        let mut command = Command::new(shell);
        command.env_clear().env("PATH", std::env::var_os("PATH").expect("there"));
        let command = if shell == "busybox" { command.arg("sh") } else { &mut command };
        let said = command.args(["-c", list]).output().unwrap_or_else(|why| panic!("{shell}: {why}"));
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let words = said.lines().filter_map(|line| line.split('=').next()?.split(' ').next_back());
        let names: BTreeSet<&str> = words.filter(|name| name.contains(char::is_uppercase)).collect();
        assert!(names.contains("PATH") || names.contains("PPID"), "{shell}: {said}");
        for name in names {
            let output = kept.run(&["env", "--format", "sh", "--name", name]);
            assert_eq!(output.status.code(), Some(3), "{shell}: {name}");
        }
    }
}

/// Whatever means something to some shell, and an attempt at each way out of quotes.
const HOSTILE: &[&str] = &[
    "plain-Token_1.2~3+4/5==",
    "'",
    "''",
    "'''",
    "\\",
    "\\\\",
    "\\'",
    "'\\''",
    "a\\",
    "a'",
    "'a",
    "\"",
    "\\\"",
    "`>pwned`",
    "$(>pwned)",
    "$((1+1))",
    "${HOME}",
    "$HOME",
    "$$",
    "$",
    "!",
    "!!",
    "!$",
    "^a^b^",
    "';>pwned;'",
    "\";>pwned;\"",
    "\\';>pwned;\\'",
    "');>pwned;('",
    "'|tee${IFS}pwned|'",
    "&>pwned&",
    "#",
    "a#b",
    "~",
    "~root",
    "*",
    "?[a-z]",
    "{a,b}",
    "=ls",
    "%1",
    "-n",
    "--",
    "-e\\n\\t\\x41\\101",
    "%s%n",
    "<(>pwned)",
    "(>pwned)",
    "\\n\\r\\u{7d}",
    "$'\\n'",
    "$env:HOME",
    "'+(1)+'",
    "@{a=1}",
    "[System.IO.File]::Create('pwned')",
    "$(date>pwned)`date>pwned`;date>pwned|date>pwned",
];

/// The hostile ones, all characters at once, a long one, and random ones, mostly of what is special.
pub fn values() -> Vec<String> {
    let mut values: Vec<String> = HOSTILE.iter().map(ToString::to_string).collect();
    values.push((0x21..=0x7e_u8).map(char::from).collect());
    values.push("x'\\".repeat(1_500));
    let mut runner = TestRunner::default();
    for pattern in ["[!-~]{1,60}", "['\"\\\\$`!;(){}#&|<>*?~^%@=-]{1,20}"] {
        let mut draw = || pattern.new_tree(&mut runner).expect("a pattern").current();
        // What is markup, or JSON, or begins like it, is no token, and a dash means that there is none.
        let is_token = |value: &String| {
            !value.starts_with(['<', '{', '['])
                && value != "-"
                && serde_json::from_str::<serde_json::Value>(value).is_err()
        };
        values.extend(std::iter::repeat_with(&mut draw).filter(is_token).take(20));
    }
    values
}

/// The shell reads each line of ours by `read_line`, where `{}` is its file, and shows its environment.
pub fn read_back(place: &Path, shell: &[&str], read_line: &str, lines: &[String]) -> Vec<Option<String>> {
    let mut script = String::new();
    for (n, line) in lines.iter().enumerate() {
        fs::write(place.join(format!("line{n}")), line).expect("written");
        script += &read_line.replace("{}", &format!("line{n}"));
        script.push('\n');
    }
    let env = ["/usr/bin/env", "/bin/env"].into_iter().find(|path| Path::new(path).exists()).expect("env");
    script += &format!("{env} -0\n");
    fs::write(place.join("script"), script).expect("written");
    let output = Command::new(shell[0])
        .args(&shell[1..])
        .arg("script")
        .current_dir(place)
        .env_clear()
        .env("PATH", env!("PATH"))
        .env("HOME", place)
        .output()
        .unwrap_or_else(|_| panic!("{} is installed (`make test` installs it)", shell[0]));
    assert!(output.status.success() && output.stderr.is_empty(), "{shell:?}: {output:?}");
    assert!(!place.join("pwned").exists(), "{shell:?} ran a value");
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    let value = |n: usize| {
        let head = format!("V{n}=");
        shown.split('\0').find_map(|line| line.strip_prefix(&head)).map(str::to_owned)
    };
    (0..lines.len()).map(value).collect()
}

#[test]
fn p32_shells_read_back_every_value_to_the_byte() {
    let (values, mut sh, mut fish) = (values(), Vec::new(), Vec::new());
    let mut kept = Kept::new();
    for (n, value) in values.iter().enumerate() {
        kept = kept.token(value);
        sh.push(kept.line("sh", &format!("V{n}")));
        fish.push(kept.line("fish", &format!("V{n}")));
    }
    let place = kept.0.path().join("shell");
    fs::create_dir(&place).expect("made");
    let wanted: Vec<Option<String>> = values.into_iter().map(Some).collect();
    let eval = "eval \"$(cat {})\"";
    for shell in [
        &["dash"][..],
        &["dash", "-u"],
        &["bash"],
        &["bash", "--posix"],
        &["bash", "-o", "history", "-o", "histexpand"],
        &["zsh", "-f"],
        &["zsh", "-f", "-o", "rcquotes", "-o", "extendedglob", "-o", "ksharrays"],
        &["zsh", "--emulate", "sh", "-f"],
        &["ksh"],
        &["mksh"],
        &["busybox", "sh"],
    ] {
        assert_eq!(read_back(&place, shell, eval, &sh), wanted, "{shell:?}");
        // A file of them, as somebody may write one.
        assert_eq!(read_back(&place, shell, ". ./{}", &sh), wanted, "{shell:?}");
    }
    for line in ["source {}", "cat {} | source", "eval (cat {})"] {
        assert_eq!(read_back(&place, &["fish", "--no-config"], line, &fish), wanted, "fish: {line}");
    }
}

#[test]
fn what_each_format_prints() {
    let kept = Kept::new().token("a'b");
    for (format, line) in [
        ("sh", "export TOKCLI_TOKEN='a'\\''b'\n"),
        ("fish", "set -gx TOKCLI_TOKEN 'a\\'b'\n"),
        ("powershell", "$env:TOKCLI_TOKEN = 'a''b'\n"),
        ("nushell", "$env.TOKCLI_TOKEN = \"a'b\"\n"),
        ("json", "{\"TOKCLI_TOKEN\":\"a'b\"}\n"),
    ] {
        let output = kept.run(&["env", "--format", format]);
        assert_eq!(String::from_utf8_lossy(&output.stdout), line);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
    let output = kept.run(&["env", "--format", "dotenv"]);
    assert_eq!((output.status.code(), &*output.stdout), (Some(3), &b""[..]));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`--format json` can carry it"), "{output:?}");
    let kept = kept.token("a.b-c_d~e+f/g==");
    assert_eq!(kept.line("dotenv", "GITHUB_TOKEN"), "GITHUB_TOKEN=a.b-c_d~e+f/g==\n");
}

/// Bad inputs 55: what is no name, or one that means something.
#[test]
fn b55_names_that_run_something_are_refused() {
    let kept = Kept::new().token("at");
    for name in [
        "A;rm",
        "PATH",
        "LD_PRELOAD",
        "1A",
        "token",
        "path",
        "\u{e4}",
        "A B",
        "A\nB",
        "A=B",
        "",
        "BASH_ENV",
        "ENV",
        "IFS",
        "NODE_OPTIONS",
        "PYTHONSTARTUP",
        "GIT_SSH_COMMAND",
        "PROMPT_COMMAND",
        "DYLD_INSERT_LIBRARIES",
        "$(id)",
    ] {
        for line in
            [&["env", "--format", "sh", "--name", name][..], &["exec", "--env", name, "--", "touch", "ran"]]
        {
            // There the form stands behind it.
            if line[0] == "exec" && name.contains('=') {
                continue;
            }
            let output = kept.run(line);
            assert_eq!((output.status.code(), &*output.stdout), (Some(3), &b""[..]), "{line:?}: {output:?}");
            assert!(!kept.0.path().join("ran").exists());
        }
    }
    let output = kept.run(&["--json", "env", "--format", "sh", "--name", "PATH"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stderr).expect("one object");
    assert_eq!(told["error"]["code"], "refused");
}

/// Bad inputs 55 and P31: values that no line can hold.
#[test]
fn b55_values_that_are_no_word_are_refused() {
    for token in ["a b", "a\nb", "a\u{1b}[0m", "\u{e4}", "a\u{7f}", "a\tb", "a\r"] {
        let kept = Kept::new().token(token);
        for format in ["sh", "fish", "powershell", "nushell", "dotenv", "json"] {
            let output = kept.run(&["env", "--format", format]);
            assert_eq!((output.status.code(), &*output.stdout), (Some(3), &b""[..]), "{token:?}: {output:?}");
        }
        // `exec` gives what JSON can carry.
        let line = ["exec", "--env", "A=json", "--", "printenv", "A"];
        let output = kept.run(&line);
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("an object");
        assert_eq!(told["access_token"], token);
        for place in [["--env", "A"], ["--env", "A=header"], ["--fd", "3"]] {
            let output = kept.run(&["exec", place[0], place[1], "--", "touch", "ran"]);
            assert_eq!(output.status.code(), Some(3), "{output:?}");
            assert!(!kept.0.path().join("ran").exists());
        }
    }
}
